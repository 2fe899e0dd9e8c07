"""A target is missed once for each time its clock runs, exactly when due, and only where nobody answered in time (rule C1)."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from strategies import DAY, HOUR, Step, end_of, play, policies, scripts, steps

from supportq import Desk, Lane, Policy, Target
from supportq import events as ev
from supportq.tickets import ClockKind


@given(policies, scripts)
def test_a_breach_is_said_when_it_is_due_or_when_it_becomes_known(policy: Policy, script: list[Step]) -> None:
    desk = play(Desk(policy), script).desk
    log = [*play(Desk(policy), script).log, *desk.advance(now=end_of(script) + 5 * DAY)]
    for event in log:
        if isinstance(event, ev.Breached):
            assert event.due_at < event.at if event.cause == "KNOWN_LATE" else event.due_at == event.at
        if isinstance(event, ev.Warned):
            assert event.at < event.due_at


@given(policies, scripts)
def test_no_target_is_missed_twice_while_its_clock_runs(policy: Policy, script: list[Step]) -> None:
    late: dict[str, set[ClockKind]] = {}
    for event in play(Desk(policy), script).log:
        match event:
            case ev.Breached(ticket_id=ticket, clock=clock):
                assert clock not in late.setdefault(ticket, set())
                late[ticket].add(clock)
            case ev.Replied(ticket_id=ticket):
                late[ticket] = late.get(ticket, set()) & {ClockKind.RESOLUTION}
            case ev.Reopened(ticket_id=ticket) | ev.Joined(ticket_id=ticket, verdict="REOPENS"):
                late.pop(ticket, None)
            case ev.Split(ticket_id=ticket, into=part):
                late.pop(ticket, None)
                late.pop(part, None)
            case ev.Admitted(ticket_id=ticket):
                late.pop(ticket, None)


PLAIN = Policy((Lane("all"),), targets=(Target(5 * HOUR), Target(3 * DAY, clock=ClockKind.RESOLUTION)))
_quiet = steps.filter(lambda step: step.do not in ("ask_client", "reopen", "submit_many"))


@given(st.lists(_quiet, min_size=4, max_size=30))
def test_who_is_late_is_late_by_a_sum_that_anybody_can_do(script: list[Step]) -> None:
    """Of tickets to which nothing else happened: the first reply is missed if it is not given within so long of the request."""
    played = play(Desk(PLAIN), script)
    end = end_of(script) + 10 * DAY
    log = [*played.log, *played.desk.advance(now=end)]
    came: dict[str, datetime] = {}
    stopped: dict[str, datetime] = {}
    for event in log:
        match event:
            case ev.Admitted(ticket_id=ticket, request=request, at=at):
                if request.reply_by is None:
                    came[ticket] = request.received_at or at
                stopped.pop(ticket, None)
            case ev.Joined(ticket_id=ticket):
                came.pop(ticket, None)
            case ev.Replied(ticket_id=ticket, at=at) | ev.Withdrawn(ticket_id=ticket, at=at):
                stopped.setdefault(ticket, at)
    late = {event.ticket_id for event in log if isinstance(event, ev.Breached) and event.clock is ClockKind.FIRST_REPLY}
    for ticket, at in came.items():
        assert (ticket in late) == (stopped.get(ticket, end) >= at + 5 * HOUR)
