"""A ticket closes when it is done, and by silence only when nobody is owed an answer; what needs none changes nothing (L1)."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from hypothesis import given
from strategies import NOON, POLICIES, Step, closing_scripts, perform

from supportq import Desk
from supportq.events import Admitted, ClientAsked, Confirmed, Event, Joined, Lapsed, Resolved
from supportq.tickets import Basis, State

POLICY = POLICIES["two systems"]


def days(script: list[Step]) -> list[tuple[Desk, datetime, tuple[Event, ...]]]:
    """The desk as it was before each step and after the last, when that was, and what happened in the step."""
    desk, now, told = Desk(POLICY), NOON, []
    for step in script:
        now += step.after
        before = Desk.from_snapshot(desk.snapshot())
        told.append((before, now, perform(desk, step, now)[0]))
    return [*told, (desk, now, ())]


@given(closing_scripts)
def test_a_ticket_closes_only_with_every_step_confirmed(script: list[Step]) -> None:
    for (before, now, happened), _ in pairwise(days(script)):
        for event in happened:
            if isinstance(event, Resolved):
                before.advance(now=now)
                assert before.explain(event.ticket_id).missing_steps == ()


@given(closing_scripts)
def test_a_step_is_confirmed_only_in_its_turn(script: list[Step]) -> None:
    for (before, now, happened), (after, _, _) in pairwise(days(script)):
        told = [event for event in happened if isinstance(event, Confirmed)]
        if len(told) != 1 or any(isinstance(event, Admitted) for event in happened):
            continue
        (event,) = told
        before.advance(now=now)
        known, missing = before.ticket(event.ticket_id), before.explain(event.ticket_id).missing_steps
        confirmed = after.ticket(event.ticket_id).confirmed
        if event.back_to is None:
            assert missing[0] == event.step
            assert [one.step for one in confirmed] == [*(one.step for one in known.confirmed), event.step]
        else:
            assert after.explain(event.ticket_id).missing_steps[0] == event.back_to
        assert event.until is None or after.ticket(event.ticket_id).parked_until == event.until


@given(closing_scripts)
def test_silence_has_its_outcome_exactly_when_due_and_closes_nothing_that_is_owed_an_answer(script: list[Step]) -> None:
    asked: dict[str, ClientAsked] = {}
    for (before, _, happened), (after, _, _) in pairwise(days(script)):
        for event in happened:
            if isinstance(event, ClientAsked):
                asked[event.ticket_id] = event
            elif isinstance(event, Lapsed):
                lapse = asked.pop(event.ticket_id).lapse
                assert lapse is not None
                assert (event.at, event.outcome) == (lapse.at, lapse.outcome)
                owed = before.ticket(event.ticket_id).unanswered
                assert (event.lane is None) == (lapse.closes and not owed)
        for ticket in after.snapshot().tickets:
            assert (ticket.outcome is None) or (ticket.state is State.CLOSED and not ticket.unanswered)


@given(closing_scripts)
def test_what_is_filed_with_a_ticket_changes_nothing_there(script: list[Step]) -> None:
    for (before, now, happened), (after, _, _) in pairwise(days(script)):
        for event in happened:
            if isinstance(event, Joined) and event.basis is Basis.FILED and len(happened) == 1:
                before.advance(now=now)
                known, ticket = before.ticket(event.ticket_id), after.ticket(event.ticket_id)
                for fact in ("state", "lane", "arrived_at", "bookings", "unanswered", "kind", "agent", "stage", "lapse"):
                    assert getattr(ticket, fact) == getattr(known, fact)
                assert before.waiting() == after.waiting()
