"""Histories that once went wrong, each told as a few commands, under the rule that it broke."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from supportq import Booking, Client, Desk, HeadStart, Lane, LogError, Policy, PolicyError, Request, Shift, Staffing, when
from supportq.errors import RequestExists
from supportq.events import Admitted, Archived, Joined, Parked, Replied, Taken, Unparked
from supportq.hours import Hours, Opening
from supportq.tickets import Address

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN = Client(email="ann@example.com")
TRAVEL = Policy((Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard")))
PLAIN = Policy((Lane("everyone"),))


def verdict(desk: Desk, request: Request) -> str:
    (event,) = desk.submit(request, now=NOON)
    assert isinstance(event, (Admitted, Joined))
    return event.verdict


def test_an_edit_never_unites_two_accounts() -> None:
    """D1: two accounts are two clients, whatever else they share."""
    desk = Desk(PLAIN)
    desk.submit(Request("A", Client(account="1", email="a@example.com")), now=NOON)
    with pytest.raises(RequestExists):
        desk.submit(Request("A", Client(account="2", email="a@example.com"), text="other"), now=NOON)
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_a_cancelled_flight_leaves_the_front_though_it_was_told_in_two_messages() -> None:
    """R7, D4: one message names the departure, the other the flight, under two spellings of the booking."""
    desk = Desk(TRAVEL)
    desk.submit(Request("A1", ANN, bookings=Booking("K1", departs_at=NOON + HOUR)), now=NOON)
    desk.submit(Request("A2", ANN, bookings=Booking("k-1", service="OK 81")), now=NOON)
    assert desk.ticket("A1").lane == "imminent"
    desk.update(service="OK 81", cancelled=True, now=NOON)
    assert desk.ticket("A1").lane == "standard"
    assert len(desk.ticket("A1").bookings) == 1


def test_thanking_for_an_answer_does_not_jump_the_line() -> None:
    """R7: an answered ticket that is written to again waits for anybody, behind those who came before."""
    desk = Desk(PLAIN)
    desk.submit(Request("X", ANN, bookings=Booking("K1")), now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("X", now=NOON)
    desk.submit(Request("W", Client(email="w@example.com")), now=NOON + HOUR)
    desk.submit(Request("X2", ANN, bookings=Booking("K1")), now=NOON + 2 * HOUR)
    assert desk.waiting() == ["W", "X"]
    (taken,) = desk.take("ivan", now=NOON + 2 * HOUR)
    assert isinstance(taken, Taken)
    assert taken.ticket_id == "W"


@pytest.mark.parametrize("parked", [False, True])
def test_parking_an_answered_ticket_wins_no_place_for_the_next_message(parked: bool) -> None:
    """D2: after an answer the oldest unanswered request counts."""
    desk = Desk(PLAIN)
    desk.submit(Request("X", ANN, bookings=Booking("K1")), now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("X", now=NOON)
    desk.submit(Request("W", Client(email="w@example.com")), now=NOON + HOUR)
    if parked:
        desk.park("X", until=NOON + 3 * HOUR, now=NOON + HOUR)
    desk.submit(Request("X2", ANN, bookings=Booking("K1")), now=NOON + 2 * HOUR)
    desk.advance(now=NOON + 4 * HOUR)
    assert desk.waiting() == ["W", "X"]


def test_a_repeat_by_telephone_wins_no_head_start() -> None:
    """R7 before R4: a head start is a fact of the first request."""
    lane = Lane("everyone", head_starts=(HeadStart(2 * HOUR, when.channel("phone")),))
    desk = Desk(Policy((lane,)))
    desk.submit(Request("A", Client(email="w@example.com"), bookings=Booking("K0")), now=NOON)
    desk.submit(Request("B", ANN, bookings=Booking("K1")), now=NOON + HOUR)
    desk.submit(Request("B2", ANN, channel="phone", bookings=Booking("K1")), now=NOON + HOUR)
    assert desk.waiting() == ["A", "B"]


def test_many_legs_make_no_false_wake_up() -> None:
    """T3, T4: a hundred windows that run into each other are one."""
    policy = Policy((Lane("soon", when.departs_within(HOUR)), Lane("standard")))
    legs = tuple(Booking(f"K{n}", departs_at=NOON + n * HOUR) for n in range(1, 101))
    desk = Desk(policy)
    log = [*desk.submit(Request("A", ANN, bookings=legs), now=NOON)]
    assert desk.next_wakeup == NOON + 100 * HOUR
    log += desk.submit(Request("B", Client(email="w@example.com")), now=NOON + 71 * HOUR)
    assert Desk.from_log(policy, log) == desk


def test_before_1970_time_counts_backwards_and_rules_do_not() -> None:
    now = datetime(1969, 6, 1, tzinfo=UTC)
    desk = Desk(TRAVEL)
    legs = tuple(Booking(f"K{n}", departs_at=now + n * HOUR) for n in (1, 2))
    desk.submit(Request("A", ANN, bookings=legs), now=now)
    assert (desk.ticket("A").lane, desk.next_wakeup) == ("imminent", now + 2 * HOUR)


def test_lanes_by_overlapping_hours_of_two_zones_can_be_reached() -> None:
    office = when.within_hours(Hours((Opening(time(8), time(17)),), UTC))
    prague = when.within_hours(Hours((Opening(time(9), time(18)),), ZoneInfo("Europe/Prague")))
    assert len(Policy((Lane("office", office), Lane("prague", prague), Lane("night"))).lanes) == 3


def test_a_dead_lane_is_found_among_hundreds_of_names() -> None:
    many = when.kind(*(f"k{n}" for n in range(300))) | when.channel(*(f"c{n}" for n in range(200)))
    with pytest.raises(PolicyError, match="lane 'dead'"):
        Policy((Lane("many", many), Lane("dead", when.kind("k1")), Lane("standard")))


def test_whatsapp_is_the_telephone() -> None:
    desk = Desk(PLAIN)
    desk.submit(Request("A", Client(phone="+420 601 000 123"), bookings=Booking("K1")), now=NOON)
    message = Request("B", Client(messenger="whatsapp:420601000123"), bookings=Booking("K1"))
    assert verdict(desk, message) == "DUPLICATE_OF"


def test_sharp_s_is_not_double_s() -> None:
    """D3: a wrong merge is far worse than a missed one."""
    desk = Desk(PLAIN)
    desk.submit(Request("A", Client(email="groß@example.com"), bookings=Booking("K1")), now=NOON)
    other = Request("B", Client(email="gross@example.com"), bookings=Booking("K1"))
    assert verdict(desk, other) == "NEW"


def test_a_log_of_what_cannot_be_is_refused() -> None:
    """G2: a reply by somebody else, a park until the past, an early return, an early goodbye."""
    desk = Desk(PLAIN)
    log = [*desk.submit(Request("A", ANN), now=NOON), *desk.take("ivan", now=NOON)]
    parked = [*log, *desk.park("A", until=NOON + DAY, now=NOON)]
    desk.withdraw("A", now=NOON)
    for damaged in (
        [*log, Replied(NOON, "A", "olga", timedelta(0), (Address("other", None),))],
        [*log, Parked(NOON, "A", NOON - HOUR)],
        [*parked, Unparked(NOON + HOUR, "A", "everyone")],
        [*parked, *desk.advance(now=NOON), Archived(NOON, ("A",))],
    ):
        with pytest.raises(LogError) as refused:
            Desk.from_log(PLAIN, damaged)
        assert refused.value.position == len(damaged) - 1


def test_the_estimate_of_a_ticket_that_will_leave_the_front_knows_its_old_place() -> None:
    """E1: the oldest of all, in front tonight while the desk is closed, is first in line again after the departure."""
    desk = Desk(TRAVEL)
    desk.plan(Staffing((Shift(time(8), time(20), agents=10),), handling_time=timedelta(minutes=12)), now=NOON)
    night = NOON + 9 * HOUR
    oldest = Request("X", ANN, received_at=NOON - DAY, bookings=Booking("K1", departs_at=night + 2 * HOUR))
    line = [Request(f"W{n}", Client(account=str(n)), received_at=NOON - HOUR) for n in range(3_000)]
    desk.submit_many([oldest, *line], now=night)
    estimate = desk.estimate("X")
    assert estimate.p50 is not None
    assert timedelta(hours=10) < estimate.p50 < timedelta(hours=13)
    assert desk.forecast().estimate("X").p50 == estimate.p50
