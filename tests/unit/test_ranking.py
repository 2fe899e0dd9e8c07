"""From ticket, policy and instant to a place in line (rules R1, R2, R4, R5), usable without a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, HeadStart, Lane, Order, Policy, Request, Target, when
from supportq._instants import FOREVER, micros
from supportq._lifecycle import Case
from supportq.identity import Sender
from supportq.policy import SHARE_UNIT
from supportq.ranking import Ranking, Shares, next_departure
from supportq.tickets import Basis

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
AT = micros(NOON)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANN = Client(email="ann@example.com")
SENDER = Sender(1, ("email:ann@example.com",), (), (), (AT, "A1"))


def us(moment: datetime) -> int:
    return micros(moment)


def case(*bookings: Booking, arrival: datetime = NOON, **fields: Any) -> Case:
    return Case.opened(Request("A1", ANN, bookings=bookings, **fields), us(arrival), SENDER, UTC)


def joined(first: Case, *bookings: Booking, **fields: Any) -> Case:
    return first.joined(Request("A2", ANN, bookings=bookings, **fields), us(NOON), SENDER, 0, Basis.CLIENT)


def test_the_first_lane_whose_condition_holds_has_the_ticket() -> None:
    ranking = Ranking(Policy((Lane("a", when.kind("a")), Lane("ab", when.kind("a", "b")), Lane("rest"))))
    assert [ranking.place(case(kind=kind), AT)[0] for kind in ("a", "b", "c")] == [0, 1, 2]


def test_a_place_stands_until_any_lane_above_may_take_the_ticket() -> None:
    policy = Policy((Lane("tonight", when.departs_within(12 * HOUR)), Lane("soon", when.departs_within(3 * DAY)), Lane("rest")))
    ranking = Ranking(policy)
    departure = NOON + 4 * DAY
    ticket = case(Booking("K", departs_at=departure))
    expected = [
        (NOON, 2, departure - 3 * DAY),
        (departure - 3 * DAY, 1, departure - 12 * HOUR),
        (departure - 12 * HOUR, 0, departure),
    ]
    for moment, lane, until in expected:
        assert ranking.place(ticket, us(moment)) == (lane, AT, us(until))
    assert ranking.place(ticket, us(departure)) == (2, AT, FOREVER)


def test_a_lane_by_kind_is_not_touched_by_dates() -> None:
    """R2: an emergency on the spot stays where it is, and a ticket whose plane has left is still answered."""
    ranking = Ranking(
        Policy((Lane("emergency", when.kind("emergency")), Lane("imminent", when.departs_within(DAY)), Lane("rest")))
    )
    ticket = case(Booking("K", departs_at=NOON + HOUR), kind="emergency")
    for moment in (NOON, NOON + HOUR, NOON + 9 * DAY):
        assert ranking.place(ticket, us(moment)) == (0, AT, FOREVER)


def test_order_by_departure_counts_what_is_ahead_and_flies() -> None:
    flights = (
        Booking("K1", departs_at=NOON + 3 * HOUR),
        Booking("K2", departs_at=NOON + HOUR, cancelled=True),
        Booking("K3", departs_at=NOON + 5 * HOUR),
        Booking("K4"),
    )
    assert next_departure(flights, AT) == us(NOON + 3 * HOUR)
    assert next_departure(flights, us(NOON + 3 * HOUR) - 1) == us(NOON + 3 * HOUR)
    assert next_departure(flights, us(NOON + 3 * HOUR)) == us(NOON + 5 * HOUR)
    assert next_departure(flights, us(NOON + 5 * HOUR)) == FOREVER
    assert next_departure((), AT) == FOREVER


def test_a_departure_changes_the_order_in_a_lane_by_departure() -> None:
    ranking = Ranking(Policy((Lane("all", order=Order.DEPARTURE),)))
    ticket = case(Booking("K1", departs_at=NOON + HOUR), Booking("K2", departs_at=NOON + DAY))
    assert ranking.place(ticket, AT) == (0, us(NOON + HOUR), us(NOON + HOUR))
    assert ranking.place(ticket, us(NOON + HOUR)) == (0, us(NOON + DAY), us(NOON + DAY))
    assert ranking.place(ticket, us(NOON + DAY)) == (0, FOREVER, FOREVER)


HEAD_STARTS = Ranking(
    Policy((Lane("all", head_starts=(HeadStart(90 * MINUTE, when.attribute("vip")), HeadStart(HOUR, when.party_of(4)))),))
)


@pytest.mark.parametrize(
    ("ticket", "by"),
    [
        (case(), timedelta(0)),
        (case(attributes={"vip": True}), 90 * MINUTE),
        (case(Booking("K", party_size=4)), HOUR),
        (case(Booking("K", party_size=4), attributes={"vip": True}), 90 * MINUTE),
        (joined(case(attributes={"vip": True})), 90 * MINUTE),
        (joined(case(), attributes={"vip": True}), timedelta(0)),
        (joined(case(arrival=NOON + HOUR), attributes={"vip": True}), 90 * MINUTE),
        (joined(case(Booking("K", party_size=4)), Booking("K", party_size=2)), HOUR),
    ],
)
def test_a_head_start_makes_a_ticket_older_inside_its_lane(ticket: Case, by: timedelta) -> None:
    """R4: the first that fits what was known at entry; of several requests the earliest counts, so that repeats win nothing."""
    assert HEAD_STARTS.order(ticket, 0, AT) == (us(NOON - by), FOREVER)


def test_a_head_start_looks_at_the_entry_not_at_later_news() -> None:
    ticket = case(Booking("K", cancelled=False))
    ranking = Ranking(Policy((Lane("all", head_starts=(HeadStart(HOUR, when.cancelled()),)),)))
    ticket.bookings = (Booking("K", cancelled=True),)
    assert ranking.head_start(ticket, 0) == 0


def test_reply_by_is_the_arrival_plus_the_first_target_that_fits_the_earliest_request() -> None:
    targets = (Target(2 * HOUR, when.attribute("vip")), Target(HOUR, when.channel("phone")))
    ranking = Ranking(Policy((Lane("all", order=Order.REPLY_BY),), targets=targets))
    assert ranking.order(case(), 0, us(NOON)) == (FOREVER, FOREVER)
    assert ranking.order(case(attributes={"vip": True}, channel="phone"), 0, us(NOON))[0] == us(NOON + 2 * HOUR)
    assert ranking.order(joined(case(attributes={"vip": True}), channel="phone"), 0, us(NOON))[0] == us(NOON + 2 * HOUR)
    assert ranking.place(case(channel="phone"), AT) == (0, us(NOON + HOUR), FOREVER)


# ------------------------------------------------------------------------ shares


def shares(*of_lanes: float) -> Shares:
    lanes = [Lane(f"l{index}", when.kind(f"k{index}"), share=share) for index, share in enumerate(of_lanes[:-1])]
    return Shares(Policy((*lanes, Lane("last", share=of_lanes[-1]))))


def take(counted: Shares, credit: dict[int, int], busy: list[int], times: int) -> tuple[list[int], dict[int, int]]:
    """The lanes of so many takes while the same lanes stay busy."""
    taken = []
    for _ in range(times):
        lane, _ = counted.choose(credit, busy)
        credit = counted.pay(credit, busy, lane)
        taken.append(lane)
    return taken, credit


def test_without_shares_rank_decides() -> None:
    plain = shares(0, 0, 0)
    assert plain.start == {}
    assert plain.choose({}, [1, 2]) == (1, False)
    assert plain.pay({}, [1, 2], 1) == {}


def test_a_quarter_is_every_fourth_take() -> None:
    counted = shares(0, 0.25)
    assert take(counted, counted.start, [0, 1], 12)[0] == [0, 0, 0, 1] * 3


def test_the_take_says_when_a_share_chose_it() -> None:
    counted = shares(0, 0.5)
    assert counted.choose({1: SHARE_UNIT // 2}, [0, 1]) == (1, True)
    # Where rank would have chosen it anyway, the share did not.
    assert counted.choose({1: SHARE_UNIT // 2}, [1]) == (1, False)


def test_an_empty_lane_earns_nothing() -> None:
    counted = shares(0, 0.25)
    _, credit = take(counted, counted.start, [0], 10)
    assert credit == {1: 0}
    assert take(counted, credit, [0, 1], 4)[0] == [0, 0, 0, 1]


def test_what_rank_gives_a_lane_is_not_held_against_it() -> None:
    counted = shares(0, 0.25, 0)
    _, credit = take(counted, counted.start, [1, 2], 10)
    assert credit == {1: 0}


def test_equal_credit_goes_to_the_lane_above() -> None:
    counted = shares(0, 0.5, 0.5)
    assert take(counted, counted.start, [0, 1, 2], 6)[0] == [0, 1, 2, 1, 2, 1]


def test_shares_of_thirds_never_drift() -> None:
    """Whole millionths: a lane with a third of takes has a third of them, to one take, however long it goes on."""
    counted = shares(0, 1 / 3, 1 / 3)
    taken, _ = take(counted, counted.start, [0, 1, 2], 30_000)
    assert all(abs(taken.count(lane) - 10_000) <= 1 for lane in (1, 2))


@pytest.mark.parametrize(
    ("counted", "credit", "lane", "ahead", "bound"),
    [
        (shares(0, 0), {}, 0, 5, 6),
        (shares(0, 0), {}, 1, 5, None),
        (shares(0, 0.25), {1: 0}, 1, 0, 4),
        (shares(0, 0.25), {1: 0}, 1, 2, 12),
        (shares(0, 0.25), {1: 3 * SHARE_UNIT // 4}, 1, 0, 1),
        (shares(0, 0.25), {1: 0}, 0, 0, 2),
        (shares(0, 1.0), {1: 0}, 0, 0, None),
        (shares(0.5, 0.5), {0: 0, 1: 0}, 0, 0, 2),
    ],
)
def test_the_bound_on_takes(counted: Shares, credit: dict[int, int], lane: int, ahead: int, bound: int | None) -> None:
    assert counted.bound(credit, lane, ahead) == bound
