"""Joining is order-free and idempotent (rule D4): what is told of a matter decides, never the order in which it was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import CHANNELS, CLIENTS, HOUR, NOON, attributes, departures, gaps, lane_index, policies, uncharged

from supportq import Booking, Client, Desk, Policy, Request
from supportq.events import Admitted, Joined, Replayed

matters = st.sampled_from([(client, reference) for client in CLIENTS[:2] for reference in ("K1", "K2")])


@st.composite
def messages(draw: st.DrawFn) -> Request:
    """A message about one of four matters, each of one client and one booking: it can only join its own."""
    client, reference = draw(matters)
    booking = Booking(
        reference,
        service=draw(st.sampled_from([None, "OK 81"])),
        departs_at=draw(st.none() | departures),
        cancelled=draw(st.booleans()),
        party_size=draw(st.sampled_from([None, 2, 4])),
        rooms=draw(st.sampled_from([None, 1, 2])),
        system=draw(st.sampled_from([None, "market"])),
    )
    return Request(
        draw(st.text("abcdefgh", min_size=3, max_size=6)),
        Client(email=client.email),
        kind="refund",
        bookings=booking,
        received_at=NOON - draw(st.sampled_from([0, 1, 2, 30])) * HOUR,
        channel=draw(st.sampled_from(CHANNELS)),
        missed_call=draw(st.booleans()),
        attributes=draw(attributes),
    )


batches = st.lists(messages(), min_size=1, max_size=9, unique_by=lambda request: request.id)


def seen(desk: Desk) -> list[dict[str, Any]]:
    """The line, without the ids of tickets: a ticket is named after the request that the desk was told of first."""
    line = [desk.ticket(ticket_id) for ticket_id in desk.waiting()]
    return [
        {
            "requests": sorted(request.id for request in ticket.requests),
            "arrived_at": ticket.arrived_at,
            "lane": ticket.lane,
            "bookings": sorted(ticket.bookings, key=repr),
            "unanswered": len(ticket.unanswered),
        }
        for ticket in line
    ]


def by_place(desk: Desk, policy: Policy) -> list[Any]:
    """The line with ties by id taken out: tickets with equal lane, order and arrival in an order of their own."""
    places = []
    for ticket in seen(desk):
        ticket_id = next(t.id for t in desk.snapshot().tickets if t.id in ticket["requests"])
        said = desk.explain(ticket_id)
        places.append((lane_index(policy, ticket["lane"]), str(said.order_term), str(said.arrived_at), ticket["requests"]))
    return sorted(places)


@given(uncharged, batches, st.randoms(use_true_random=False), gaps)
def test_in_whatever_order_it_is_told(policy: Policy, batch: list[Request], rng: Any, pause: timedelta) -> None:
    shuffled = list(batch)
    rng.shuffle(shuffled)
    one, other = Desk(policy), Desk(policy)
    for desk, told in ((one, batch), (other, shuffled)):
        desk.submit_many(told, now=NOON)
        desk.advance(now=NOON + pause)
    assert sorted(seen(one), key=repr) == sorted(seen(other), key=repr)
    assert by_place(one, policy) == by_place(other, policy)


@given(policies, batches)
def test_each_matter_is_one_ticket(policy: Policy, batch: list[Request]) -> None:
    desk = Desk(policy)
    desk.submit_many(batch, now=NOON)
    assert len(desk.waiting()) == len({(request.client, request.bookings[0].reference) for request in batch})
    for ticket in desk.snapshot().tickets:
        assert ticket.arrived_at == min(ticket.received_at)
        flights = [b.departure for request in ticket.requests for b in request.bookings]
        assert {booking.departure for booking in ticket.bookings} <= set(flights)
        assert min(booking.departure for booking in ticket.bookings) == min(flights)


@given(policies, batches, st.lists(st.integers(0, 100), max_size=5))
def test_telling_it_again_changes_nothing(policy: Policy, batch: list[Request], again: list[int]) -> None:
    """Idempotent: the same delivery twice, and the same words under another id, leave every place as it is."""
    once, twice = Desk(policy), Desk(policy)
    once.submit_many(batch, now=NOON)
    twice.submit_many(batch, now=NOON)
    line, places = twice.waiting(), by_place(twice, policy)
    for number in again:
        request = batch[number % len(batch)]
        (replayed,) = twice.submit(request, now=NOON)
        assert isinstance(replayed, Replayed)
        assert twice.waiting() == line
    assert replace(once.snapshot(), counts={}, sequence=0) == replace(twice.snapshot(), counts={}, sequence=0)
    for index, number in enumerate(again):
        request = batch[number % len(batch)]
        (joined,) = twice.submit(replace(request, id=f"again {index}"), now=NOON)
        assert isinstance(joined, Joined)
        assert twice.waiting() == line
    assert [place[:3] for place in by_place(twice, policy)] == [place[:3] for place in places]


@given(policies, messages(), messages(), gaps)
def test_joining_never_lowers_urgency(policy: Policy, one: Request, other: Request, pause: timedelta) -> None:
    """D4: a ticket of two requests stands no lower than either would alone."""
    claim, other_claim = one.bookings[0], replace(other.bookings[0], reference=one.bookings[0].reference)
    # Where one says more of the booking than the other, that is news of it, and news may move a ticket either way.
    assume((claim.departs_at is None) is (other_claim.departs_at is None))
    other = replace(one, id=other.id + "z", received_at=other.received_at, bookings=(other_claim,))
    now = NOON + pause

    def place(*told: Request) -> tuple[int, str, str]:
        desk = Desk(policy)
        events = desk.submit_many(told, now=NOON)
        assert isinstance(events[0], Admitted)
        desk.advance(now=now)
        said = desk.explain(events[0].ticket_id)
        # A lane by departure puts those without one last.
        return (
            lane_index(policy, said.lane),
            "" if said.order_term is None else said.order_term.isoformat(),
            str(said.arrived_at),
        )

    joined, alone = place(one, other), [place(one), place(other)]
    assert joined[0] <= min(lane for lane, _, _ in alone)
    assert joined[2] == min(arrived for _, _, arrived in alone)
