"""Writing again never moves a ticket up or down (rule R7); only facts do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from strategies import NOON, Step, end_of, play, policies, scripts

from supportq import Desk, Policy
from supportq.events import Joined
from supportq.tickets import State


@given(policies, scripts, st.integers(0, 20), st.integers(1, 5), st.sampled_from([None, timedelta(0), timedelta(hours=1)]))
def test_a_repeat_without_news(policy: Policy, script: list[Step], which: int, times: int, ago: timedelta | None) -> None:
    """The same client says the same again, once or many times, as of now or delivered late: nobody's place changes."""
    desk, now = play(Desk(policy), script).desk, end_of(script)
    desk.advance(now=now)
    tickets = [t for t in desk.snapshot().tickets if t.state in (State.WAITING, State.TAKEN) and t.requests[0].bookings]
    if not tickets:
        return
    ticket = tickets[which % len(tickets)]
    line = desk.waiting()
    for number in range(times):
        received = None if ago is None else max(now - ago, ticket.arrived_at)
        said = ticket.requests[which % len(ticket.requests)]
        again = replace(said, id=f"again {number}", received_at=received)
        # A request that says by when it is to be answered may be late already.
        event, *_ = desk.submit(again, now=now)
        # A request may be about the matters of several tickets; where it joins another than its own it may bring news.
        if not isinstance(event, Joined) or event.ticket_id != ticket.id:
            return
        assert desk.waiting() == line


@given(policies, scripts, st.integers(0, 20))
def test_asking_again_after_giving_up_neither_costs_nor_wins_a_place(policy: Policy, script: list[Step], which: int) -> None:
    """D2: half of those who hang up ask again within the hour."""
    desk, now = play(Desk(policy), script).desk, end_of(script)
    desk.advance(now=now)
    tickets = [t for t in desk.snapshot().tickets if t.state is State.WAITING and t.replies == 0]
    if not tickets:
        return
    ticket, line = tickets[which % len(tickets)], desk.waiting()
    desk.withdraw(ticket.id, now=now)
    (event,) = desk.reopen(ticket.id, now=now)
    assert event.at == now
    assert desk.waiting() == line


def place(desk: Desk, ticket: str, at: datetime) -> tuple[str | None, datetime | None]:
    said = desk.explain(ticket, now=at)
    return said.lane, said.order_term


@given(policies, scripts, st.integers(2, 6))
def test_the_count_of_repeats_never_counts(policy: Policy, script: list[Step], times: int) -> None:
    """One repeat or six: the same line (D4)."""
    desk = play(Desk(policy), script).desk
    now = end_of(script)
    desk.advance(now=now)
    waiting = [t for t in desk.snapshot().tickets if t.state is State.WAITING and t.requests[0].bookings]
    if not waiting:
        return
    request = waiting[0].requests[0]
    one, many = Desk.from_snapshot(desk.snapshot()), Desk.from_snapshot(desk.snapshot())
    one.submit(replace(request, id="again 0", received_at=now), now=now)
    for number in range(times):
        many.submit(replace(request, id=f"again {number}", received_at=now), now=now)
    assert one.waiting() == many.waiting()
    assert [place(one, t, now) for t in one.waiting()] == [place(many, t, now) for t in many.waiting()]
    assert now >= NOON
