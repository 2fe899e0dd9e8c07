"""An update by the host outranks what clients say about it, earlier or later (rule R7)."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from strategies import DAY, NOON, REFERENCES, SERVICES, Step, departures, distinct, gaps, perform, policies, requests, uncharged

from supportq import Booking, Client, Desk, Policy, Request


def _update(**scope: st.SearchStrategy[str]) -> st.SearchStrategy[Step]:
    return st.builds(
        lambda arguments: Step(timedelta(0), "update", arguments),
        st.fixed_dictionaries({**scope, "departs_at": st.none() | departures, "cancelled": st.booleans()}),
    )


news = st.lists(
    _update(booking=st.sampled_from(REFERENCES)) | _update(service=st.sampled_from(SERVICES)), min_size=1, max_size=5
)
strangers = distinct(
    requests(st.text("abcdef", min_size=1, max_size=8)).map(
        lambda request: Request(
            request.id,
            Client(account=request.id),
            received_at=request.received_at or NOON,
            channel=request.channel,
            kind=request.kind,
            bookings=request.bookings,
            attributes=request.attributes,
            addressed_to=request.addressed_to,
        )
    )
)


def tell(desk: Desk, steps: list[Step]) -> None:
    for step in steps:
        assert perform(desk, step, NOON)[1] is None


@given(uncharged, strangers, news, gaps)
def test_earlier_or_later_is_the_same(policy: Policy, batch: list[Request], said: list[Step], pause: timedelta) -> None:
    before, after, between = Desk(policy), Desk(policy), Desk(policy)
    tell(before, said)
    before.submit_many(batch, now=NOON)
    after.submit_many(batch, now=NOON)
    tell(after, said)
    between.submit_many(batch[::2], now=NOON)
    tell(between, said)
    between.submit_many(batch[1::2], now=NOON)
    for desk in (before, after, between):
        desk.advance(now=NOON + pause)
    assert before.waiting() == after.waiting() == between.waiting()
    known = {ticket.id: ticket.bookings for ticket in before.snapshot().tickets}
    assert {ticket.id: ticket.bookings for ticket in after.snapshot().tickets} == known


@given(policies, strangers, news)
def test_the_last_word_holds_whatever_was_said_before(policy: Policy, batch: list[Request], said: list[Step]) -> None:
    """And saying it again changes nothing."""
    desk = Desk(policy)
    desk.submit_many(batch, now=NOON)
    tell(desk, said)
    line, tickets = desk.waiting(), desk.snapshot().tickets
    tell(desk, said[-1:])
    assert desk.waiting() == line
    assert desk.snapshot().tickets == tickets


@given(policies, departures, departures, st.booleans(), st.booleans())
def test_a_client_cannot_talk_a_flight_nearer(
    policy: Policy, known: object, claimed: object, cancelled: bool, claims_cancelled: bool
) -> None:
    """The host knows when the plane leaves; whatever is claimed, the ticket stands where one that claims the truth stands."""
    desk = Desk(policy)
    desk.update(booking="KC-77", departs_at=known, cancelled=cancelled, now=NOON)  # type: ignore[arg-type]
    honest = Booking("KC-77", departs_at=known, cancelled=cancelled)  # type: ignore[arg-type]
    sly = Booking("KC-77", departs_at=claimed, cancelled=claims_cancelled)  # type: ignore[arg-type]
    desk.submit(Request("honest", Client(account="1"), bookings=honest), now=NOON)
    desk.submit(Request("sly", Client(account="2"), bookings=sly), now=NOON)
    for pause in (timedelta(0), DAY, 9 * DAY):
        desk.advance(now=NOON + pause)
        one, other = desk.explain("honest"), desk.explain("sly")
        assert (one.lane, one.order_term, one.next_change) == (other.lane, other.order_term, other.next_change)
