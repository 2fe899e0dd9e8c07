"""The bound on takes is kept (rule R5), shares deliver what they promise, and no ticket is left unanswered."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import HOUR, MINUTE, NOON, lane_index

from supportq import Client, Desk, HeadStart, Lane, Policy, Request, when
from supportq.events import Taken
from supportq.fairness import FairShare

KINDS = ("a", "b", "c", "d")
SHARES = st.sampled_from([0.0, 0.05, 0.2, 0.25, 1 / 3, 0.5, 0.9, 1.0])


@st.composite
def shared(draw: st.DrawFn) -> Policy:
    """Two to four lanes by kind, in order of arrival, with shares that sum to at most one; perhaps agencies are spaced out."""
    shares = draw(st.lists(SHARES, min_size=2, max_size=4))
    assume(round(sum(round(share * 1_000_000) for share in shares)) <= 1_000_000)
    starts = (HeadStart(HOUR, when.attribute("vip")),) if draw(st.booleans()) else ()
    lanes = [
        Lane(kind, when.kind(kind), share=share, head_starts=starts) for kind, share in zip(KINDS, shares[:-1], strict=False)
    ]
    fair = FairShare("agency", spacing=3 * MINUTE, at_most=20 * MINUTE) if draw(st.booleans()) else None
    return Policy((*lanes, Lane("rest", share=shares[-1], head_starts=starts)), fair_share=fair)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from(["ivan", "jana"])),
        st.tuples(st.just("take"), st.sampled_from(["ivan", "jana"])),
        st.tuples(st.just("arrive"), st.sampled_from(KINDS)),
        st.tuples(st.just("arrive"), st.sampled_from(KINDS)),
        st.tuples(st.just("agency"), st.sampled_from(KINDS)),
        st.tuples(st.just("return"), st.integers(0, 5)),
    ),
    max_size=60,
)
starting = st.lists(st.sampled_from(KINDS), min_size=1, max_size=10)


def arrive(desk: Desk, number: int, kind: str, now: Any, **fields: Any) -> None:
    desk.submit(Request(f"T{number:03}", Client(account=str(number)), kind=kind, **fields), now=now)


def turn(policy: Policy, lane: str) -> int:
    """How many takes one more before a ticket costs it: one where the lane has them all, 1/s for a share s."""
    index = lane_index(policy, lane)
    share = policy.lanes[index].share
    others = sum(one.share for one in policy.lanes) - share
    return ceil(1 / max(share, 1 - others if index == 0 else 0) - 1e-9)


def behind(desk: Desk, number: int) -> list[str]:
    """Who stands behind a ticket in its lane."""
    line = desk.waiting(lane=desk.position(f"T{number:03}").lane)
    return line[line.index(f"T{number:03}") + 1 :]


@given(shared(), starting, moves)
def test_every_ticket_is_taken_within_its_bound(policy: Policy, first: list[str], then: list[Any]) -> None:
    """Whatever arrives later. Only an older effective arrival, or a return to its agent, puts one more before a ticket."""
    desk, now = Desk(policy), NOON
    for number, kind in enumerate(first):
        arrive(desk, number, kind, now, attributes={"agency": "Sun"} if number % 2 else {})
    count, takes = len(first), 0
    latest: dict[str, int] = {}

    def look() -> None:
        """Every bound is a promise: by this number of takes at the latest."""
        for ticket_id in desk.waiting():
            bound = desk.explain(ticket_id).bound
            assert bound is not None
            if bound.takes is not None:
                assert bound.takes >= 1
                assert takes + bound.takes <= latest.get(ticket_id, takes + bound.takes), "a bound never gets worse"
                latest[ticket_id] = takes + bound.takes

    look()
    for what, which in then:
        now += timedelta(minutes=1)
        if what in ("arrive", "agency"):
            arrive(desk, count, which, now, attributes={"agency": "Sun"} if what == "agency" else {})
            # Who is delayed into the future by a fair share has one more before it.
            for ticket_id in latest.keys() & behind(desk, count):
                latest[ticket_id] += turn(policy, desk.position(ticket_id).lane or "")
            count += 1
        elif what == "return":
            held = [ticket.id for ticket in desk.snapshot().tickets if ticket.state == "taken"]
            if not held:
                continue
            desk.ask_client(held[which % len(held)], now=now)
            desk.client_answered(held[which % len(held)], now=now)
            # Those whom it may go before are promised anew.
            latest.clear()
        else:
            for event in desk.take(which, now=now):
                assert isinstance(event, Taken)
                takes += 1
                assert takes <= latest.pop(event.ticket_id, takes), "the promise was broken"
        look()
        assert all(takes < at for at in latest.values()), "a promise is overdue"
    while desk.waiting():
        for event in desk.take("karel", now=now):
            assert isinstance(event, Taken)
            takes += 1
            assert takes <= latest.pop(event.ticket_id, takes)


@given(shared(), starting, st.data())
def test_one_more_before_a_ticket_costs_it_one_turn_of_its_lane(policy: Policy, first: list[str], data: st.DataObject) -> None:
    """An older effective arrival raises the bounds behind it: by one take where the lane has them all, by 1/s for a share s."""
    desk = Desk(policy)
    for number, kind in enumerate(first):
        arrive(desk, number, kind, NOON)
    before = {ticket_id: desk.explain(ticket_id) for ticket_id in desk.waiting()}
    arrive(desk, 99, data.draw(st.sampled_from(KINDS)), NOON, received_at=NOON - HOUR, attributes={"vip": True})
    lane = desk.position("T099").lane
    for ticket_id, said in before.items():
        now = desk.explain(ticket_id)
        assert said.bound is not None
        assert now.bound is not None
        if said.lane != lane:
            assert now.bound == said.bound
        elif said.bound.takes is not None:
            assert now.bound.takes is not None
            assert 1 <= now.bound.takes - said.bound.takes <= turn(policy, lane or "")


@given(shared(), st.integers(1, 40))
def test_busy_lanes_get_their_shares(policy: Policy, takes: int) -> None:
    """While all lanes are busy, a lane with share s has at least s of any number of takes, but for those owed to others."""
    desk = Desk(policy)
    number = 0
    for kind in KINDS:
        for _ in range(takes):
            arrive(desk, number, kind, NOON)
            number += 1
    got = dict.fromkeys((lane.name for lane in policy.lanes), 0)
    with_share = sum(lane.share > 0 for lane in policy.lanes)
    for done in range(1, takes + 1):
        (event,) = desk.take("ivan", now=NOON)
        assert isinstance(event, Taken)
        got[event.lane] += 1
        for lane in policy.lanes:
            assert got[lane.name] > lane.share * done - with_share - 1e-3
    # Shares choose the lane, never rank inside it: each lane was taken from the front.
    for lane in policy.lanes:
        assert desk.waiting(lane=lane.name) == sorted(desk.waiting(lane=lane.name))


@given(shared(), starting)
def test_an_empty_lane_earns_nothing(policy: Policy, first: list[str]) -> None:
    desk = Desk(policy)
    for number, kind in enumerate(first):
        arrive(desk, number, kind, NOON)
    while desk.waiting():
        desk.take("ivan", now=NOON)
        busy = {lane_index(policy, name) for name, waiting in desk.counter().waiting_by_lane.items() if waiting}
        (credit,) = desk.snapshot().credits
        assert all(0 <= amount < len(policy.lanes) * 1_000_000 for amount in credit.values())
        before = dict(credit)
        twin = Desk.from_snapshot(desk.snapshot())
        if twin.take("ivan", now=NOON):
            (after,) = twin.snapshot().credits
            assert all(after[lane] == 0 for lane in before if lane not in busy)
