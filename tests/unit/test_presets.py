"""The presets are policies as plain values; `crisis-air-desk` keeps the clauses A1 to A11 as far as a policy says them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportq import Booking, Client, Desk, Order, PolicyError, Request, Shift, Staffing
from supportq.events import Admitted, Joined, LaneChanged
from supportq.presets import NAMES, preset
from supportq.schema import policy_from_json, to_json

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


def request(name: str, departs_at: datetime | None = None, *, channel: str = "email", reference: str = "") -> Request:
    return Request(
        name,
        Client(account=f"client of {name}"),
        channel=channel,
        kind="refund",
        bookings=(Booking(reference or f"B-{name}", departs_at=departs_at),),
    )


def crisis_desk() -> Desk:
    return Desk(preset("crisis-air-desk"))


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_reads_from_and_writes_to_json_unchanged(name: str) -> None:
    policy = preset(name)
    assert policy.name == name
    assert policy_from_json(to_json(policy)) == policy
    assert to_json(policy_from_json(to_json(policy))) == to_json(policy)


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(PolicyError, match="crisis-air-desk") as refusal:
        preset("nosuch")
    assert refusal.value.field == "preset"


@pytest.mark.parametrize("name", NAMES)
def test_importing_a_preset_reads_no_file_but_modules(name: str) -> None:
    program = f"""
import sys, supportq, importlib
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from supportq.presets import preset
preset({name!r})
print([path for path in opened if not path.endswith((".py", ".pyc"))])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("hour", [0, 3, 12, 23])
@pytest.mark.parametrize("channel", ["phone", "email", "form", "messenger"])
def test_A1_every_door_is_open_round_the_clock(channel: str, hour: int) -> None:
    desk = crisis_desk()
    [event] = desk.submit(request("A", channel=channel), now=NOON.replace(hour=hour))
    assert isinstance(event, Admitted)
    assert desk.waiting() == ["A"]


def test_A2_a_backlog_of_the_crisis_loads_and_a_day_of_it_passes() -> None:
    desk = crisis_desk()
    desk.submit_many([request(f"old-{n}") for n in range(3_000)], now=NOON)
    desk.submit_many([request(f"new-{n}", NOON + 12 * HOUR) for n in range(150)], now=NOON + HOUR)
    for _ in range(300):
        desk.take("agent", now=NOON + 2 * HOUR)
    # All of the urgent ones, and with what is left of the day the oldest of the others.
    assert desk.counter().waiting_by_lane == {"imminent": 0, "standard": 2_850}


def test_A3_a_ticket_is_in_front_from_24_h_before_departure_until_it() -> None:
    desk = crisis_desk()
    departure = NOON + 3 * DAY
    desk.submit(request("anyone"), now=NOON)
    desk.submit(request("flies", departure), now=NOON)
    assert desk.waiting() == ["anyone", "flies"]

    assert desk.advance(now=departure - DAY - TICK) == ()
    [entered] = desk.advance(now=departure - DAY)
    assert entered == LaneChanged(departure - DAY, "standard", "imminent", ("flies",))
    assert desk.waiting() == ["flies", "anyone"]

    assert desk.advance(now=departure - TICK) == ()
    [left] = desk.advance(now=departure)
    assert left == LaneChanged(departure, "imminent", "standard", ("flies",))
    assert desk.waiting() == ["anyone", "flies"]


def test_A3_a_cancellation_takes_a_ticket_out_of_the_front_at_once() -> None:
    desk = crisis_desk()
    desk.submit(request("anyone"), now=NOON)
    desk.submit(request("flies", NOON + 6 * HOUR), now=NOON)
    assert desk.waiting() == ["flies", "anyone"]
    desk.update(booking="B-flies", cancelled=True, now=NOON + HOUR)
    assert desk.waiting() == ["anyone", "flies"]
    desk.update(booking="B-flies", cancelled=False, now=NOON + 2 * HOUR)
    assert desk.waiting() == ["flies", "anyone"]


def test_A4_everything_else_goes_strictly_by_arrival() -> None:
    policy = preset("crisis-air-desk")
    assert all(lane.order is Order.ARRIVAL and not lane.head_starts and not lane.share for lane in policy.lanes)
    desk = Desk(policy)
    late, early = request("early", NOON + 30 * DAY), request("late", NOON + 2 * DAY)
    desk.submit(late, now=NOON)
    desk.submit(early, now=NOON + HOUR)
    assert desk.waiting() == ["early", "late"]


def test_A5_a_ticket_whose_plane_has_left_is_still_answered() -> None:
    desk = crisis_desk()
    desk.submit(request("flown", NOON + HOUR), now=NOON)
    desk.advance(now=NOON + 60 * DAY)
    assert desk.waiting() == ["flown"]
    desk.take("agent", now=NOON + 60 * DAY)
    desk.reply("flown", now=NOON + 60 * DAY)
    assert desk.counter().answered == 1


def test_A6_an_estimate_is_a_range_in_which_two_weeks_and_more_are_said() -> None:
    desk = crisis_desk()
    desk.plan(Staffing((Shift(time(0), time(0), agents=1),), handling_time=HOUR), now=NOON)
    desk.submit_many([request(f"A{n:03}") for n in range(400)], now=NOON)
    estimate = desk.estimate("A399")
    assert estimate.p50 is not None
    assert estimate.p90 is not None
    assert 14 * DAY < estimate.p50 <= estimate.p90


def test_A8_a_repeat_through_another_door_joins_the_first_and_keeps_its_place() -> None:
    desk = crisis_desk()
    ann = Client(email="ann@example.com")
    desk.submit(Request("A1", ann, kind="refund", bookings=(Booking("KC77"),)), now=NOON)
    desk.submit(request("B1"), now=NOON + HOUR)
    [event] = desk.submit(Request("A2", ann, channel="phone", kind="refund", bookings=(Booking("kc-77"),)), now=NOON + 2 * HOUR)
    assert isinstance(event, Joined)
    assert event.ticket_id == "A1"
    assert desk.waiting() == ["A1", "B1"]


def test_A10_the_counter_of_the_evening() -> None:
    desk = crisis_desk()
    for name in ("A", "B", "C"):
        desk.submit(request(name), now=NOON)
    desk.submit(Request("A again", Client(account="client of A"), kind="refund", bookings=(Booking("B-A"),)), now=NOON + HOUR)
    desk.take("agent", now=NOON + HOUR)
    desk.reply("A", now=NOON + 2 * HOUR)
    evening = desk.counter(now=NOON + 10 * HOUR)
    assert (evening.received, evening.repeats, evening.answered, evening.waiting) == (4, 1, 1, 2)
    assert (evening.oldest, evening.oldest_wait) == ("B", 10 * HOUR)


def test_A11_agents_who_join_from_a_known_date_shorten_estimates_at_once() -> None:
    desk = crisis_desk()
    desk.submit_many([request(f"A{n:03}") for n in range(200)], now=NOON)
    few = Shift(time(0), time(0), agents=1)
    desk.plan(Staffing((few,), handling_time=HOUR), now=NOON)
    before = desk.estimate("A199").p50
    more = Shift(time(0), time(0), agents=4, first_day=date(2020, 3, 23))
    desk.plan(Staffing((few, more), handling_time=HOUR), now=NOON)
    after = desk.estimate("A199").p50
    assert before is not None
    assert after is not None
    assert 2 * DAY < after < before - DAY
