"""Rank is a pure function of (ticket, policy, instant) (rule R1): how the ticket came to be as it is has no part in it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from strategies import CLIENTS, DAY, NOON, Step, bookings, distinct, end_of, gaps, play, policies, requests, scripts, uncharged

from supportq import Client, Desk, Policy, Request
from supportq._instants import micros
from supportq._lifecycle import Case
from supportq.ranking import Ranking

strangers = distinct(
    st.builds(
        lambda request, number: Request(
            request.id,
            Client(account=request.id),
            received_at=request.received_at or NOON - number * DAY,
            channel=request.channel,
            kind=request.kind,
            bookings=request.bookings,
            missed_call=request.missed_call,
            addressed_to=request.addressed_to,
            attributes=request.attributes,
            zone=request.zone,
        ),
        requests(st.text("abcdef", min_size=1, max_size=20)),
        st.integers(0, 2),
    )
)
"""Requests that are all from different clients, so that none joins another."""


@given(uncharged, strangers, st.randoms(use_true_random=False))
def test_a_backlog_may_come_in_any_order(policy: Policy, batch: list[Request], rng: object) -> None:
    one, other = Desk(policy), Desk(policy)
    one.submit_many(batch, now=NOON)
    shuffled = list(batch)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    other.submit_many(shuffled, now=NOON)
    assert one.waiting() == other.waiting()


@given(uncharged, strangers, st.lists(gaps, min_size=12, max_size=12))
def test_one_by_one_or_all_at_once(policy: Policy, batch: list[Request], pauses: list[timedelta]) -> None:
    """Only when they came counts, not when the desk was told."""
    one, other, now = Desk(policy), Desk(policy), NOON
    for request, pause in zip(batch, pauses, strict=False):
        now += pause
        one.submit(request, now=now)
    other.submit_many(batch, now=now)
    assert one.waiting() == other.waiting()


@given(policies, scripts)
def test_the_line_is_sorted_by_place_arrival_and_id(policy: Policy, script: list[Step]) -> None:
    """Each place worked out anew, by ranking alone, from the public value of the ticket."""
    desk = play(Desk(policy), script).desk
    now = end_of(script)
    ranking = Ranking(policy)

    def rank(ticket_id: str) -> tuple[int, int, int, str]:
        ticket = desk.ticket(ticket_id)
        zone = policy.zone_named(ticket.requests[0].zone) or policy.zone
        senders = tuple(map(desk._state.clients.sender_of, ticket.requests))
        lane, order, _ = ranking.place(Case.restored(ticket, senders, zone), micros(now))
        assert ticket.lane == policy.lanes[lane].name
        return lane, order, micros(ticket.arrived_at), ticket_id

    desk.advance(now=now)
    assert desk.waiting() == sorted(desk.waiting(), key=rank)


@given(policies, st.lists(st.tuples(st.sampled_from(CLIENTS), bookings), min_size=1, max_size=6), gaps)
def test_neighbours_and_positions_tell_the_same_line(
    policy: Policy, told: list[tuple[Client, object]], pause: timedelta
) -> None:
    desk = Desk(policy)
    for number, (client, booking) in enumerate(told):
        desk.submit(Request(f"A{number}", client, bookings=(booking,)), now=NOON)  # type: ignore[arg-type]
    desk.advance(now=NOON + pause)
    line = desk.waiting()
    for index, ticket_id in enumerate(line):
        said = desk.explain(ticket_id)
        assert said.position == index + 1
        assert (said.above.ticket_id if said.above else None) == (line[index - 1] if index else None)
        assert (said.below.ticket_id if said.below else None) == (line[index + 1] if index + 1 < len(line) else None)
