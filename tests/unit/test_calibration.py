"""Promises are judged when they fall due, and ranges follow what was seen (rule E3)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportq import Booking, Client, Desk, Lane, Policy, Request, Shift, Staffing, when
from supportq._instants import HOUR, instant, micros
from supportq._outlook import REUSE_ABOVE
from supportq.errors import InvalidValue, WrongState
from supportq.estimates import Calibration, CalibrationReport
from supportq.estimates._calibration import horizon_of
from supportq.events import AgentsCounted, Event, Promised, Taken

NOON = micros(datetime(2020, 3, 20, 12, tzinfo=UTC))
MINUTE = HOUR // 60


def kept(calibration: Calibration) -> dict[tuple[timedelta, date], tuple[int, int, int]]:
    """Of how many that fell due how many were taken by p10, and how many not by p90: by horizon and day."""
    return {(one.horizon, one.day): (one.due, one.early, one.late) for one in calibration.report(("standard",)).kept}


def told(calibration: Calibration, ticket: str, *, at: int, lower: int, upper: int) -> None:
    calibration.promised(ticket, 0, at, (lower, (lower + upper) // 2, upper))


def test_both_sides_are_judged_when_they_fall_due_served_or_not() -> None:
    calibration = Calibration()
    told(calibration, "in time", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
    told(calibration, "too soon", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
    told(calibration, "never", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.started("too soon", NOON + 10 * MINUTE)
    calibration.started("in time", NOON + 50 * MINUTE)
    calibration.settle(NOON + 50 * MINUTE)
    assert kept(calibration) == {}
    calibration.settle(NOON + HOUR - 1)
    assert kept(calibration) == {(timedelta(minutes=30), date(2020, 3, 20)): (3, 1, 1)}
    assert calibration.factors() == {(0, -1): (1, 1)}
    calibration.settle(NOON + HOUR)
    lower, upper = calibration.factors()[0, -1]
    assert lower > 1
    assert upper > 1


def test_the_trap_of_learning_from_those_who_are_served() -> None:
    """Nobody has been served: still the promises that fell due are broken, and the ranges widen."""
    calibration = Calibration()
    for hour in range(30):
        for number in range(10):
            told(calibration, f"{hour} {number}", at=NOON + hour * HOUR, lower=10 * MINUTE, upper=50 * MINUTE)
        calibration.settle(NOON + hour * HOUR)
    factors = calibration.factors()[0, -1]
    assert factors[1] == pytest.approx(2.718281828**1.4)
    assert factors[0] < 1


def test_beyond_sixteen_hours_ranges_are_only_widened() -> None:
    calibration = Calibration()
    for number in range(50):
        told(calibration, f"kept {number}", at=NOON + number * HOUR, lower=20 * HOUR, upper=30 * HOUR)
        calibration.started(f"kept {number}", NOON + number * HOUR + 25 * HOUR)
    calibration.settle(NOON + 200 * HOUR)
    assert calibration.factors()[0, 5] == (1, 1)


def test_where_nine_in_ten_are_kept_nothing_moves_for_long() -> None:
    calibration = Calibration()
    for number in range(400):
        at = NOON + number // 10 * HOUR
        told(calibration, f"{number}", at=at, lower=10 * MINUTE, upper=50 * MINUTE)
        waited = {0: 5, 1: 55}.get(number % 10, 30)
        calibration.started(f"{number}", at + waited * MINUTE)
    calibration.settle(NOON + 100 * HOUR)
    assert list(calibration.factors()[0, -1]) == pytest.approx([1, 1])


def test_whoever_leaves_without_an_answer_is_not_judged() -> None:
    calibration = Calibration()
    told(calibration, "gone", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.gone("gone")
    calibration.settle(NOON + 2 * HOUR)
    assert kept(calibration) == {}
    assert calibration.factors() == {}


def test_nothing_is_learnt_where_an_agent_is_free() -> None:
    calibration = Calibration()
    calibration.promised("A1", 0, NOON, (0, 0, 0))
    assert calibration.due > NOON + 1_000 * HOUR


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 90), st.integers(1, 400)), max_size=30), st.integers(0, 30))
def test_restored_from_json_it_goes_on_as_if_nothing_was(steps: list[tuple[int, int, int]], cut: int) -> None:
    """Rule G6: a snapshot anywhere changes nothing that follows."""
    straight, before = Calibration(), Calibration()
    at = NOON
    for number, (after, lower, more) in enumerate(steps):
        at += after * MINUTE
        if number == cut:
            stored = json.loads(json.dumps(before.state()))
            before = Calibration()
            before.restore(stored)
        for calibration in (straight, before):
            calibration.settle(at)
            told(calibration, f"T{number}", at=at, lower=lower * MINUTE, upper=(lower + more) * MINUTE)
            calibration.started(f"T{number // 2}", at)
    assert before.state() == straight.state()
    assert before.due == straight.due


def test_one_that_does_not_teach_is_judged_and_changes_no_range() -> None:
    calibration = Calibration()
    calibration.promised("A1", 0, NOON, (10 * MINUTE, 30 * MINUTE, 50 * MINUTE), teaches=False)
    calibration.settle(NOON + HOUR)
    assert calibration.factors() == {}
    assert list(kept(calibration).values()) == [(1, 0, 1)]


def test_what_the_promises_came_to() -> None:
    """Half of them took twice as long as promised: nine in ten would have been kept with 1.2 times p90."""
    calibration = Calibration()
    for number in range(10):
        told(calibration, f"{number}", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
        calibration.started(f"{number}", NOON + (60 if number < 5 else 24) * MINUTE)
    calibration.settle(NOON + 2 * HOUR)
    (truth,) = calibration.report(("standard",)).calibrated
    assert (truth.lane, truth.horizon, truth.due) == ("standard", timedelta(minutes=30), 10)
    assert truth.bias == pytest.approx(0.8)  # 24 of 30 minutes: the median
    assert truth.needed == pytest.approx(1.18)
    (days,) = calibration.report(("standard",)).kept
    assert (days.width, days.promised) == (timedelta(minutes=40), timedelta(minutes=30))
    assert days.within == 0.5
    told(calibration, "late", at=NOON + 2 * HOUR, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.settle(NOON + 4 * HOUR)
    (truth,) = calibration.report(("standard",)).calibrated
    assert truth.due == 11
    assert truth.bias == pytest.approx(1.91)
    calibration.started("late", NOON + 20 * HOUR)
    for number in range(9):
        told(calibration, f"never {number}", at=NOON + 20 * HOUR, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.settle(NOON + 30 * HOUR)
    (truth,) = calibration.report(("standard",)).calibrated
    assert (truth.due, truth.needed) == (20, None)


def test_horizons_are_powers_of_two_of_an_hour() -> None:
    assert [horizon_of(hours * HOUR) for hours in (0, 0.2, 0.5, 0.51, 2, 2.01, 300)] == [-2, -2, -1, 0, 1, 2, 9]


# ---------------------------------------------------------------------------------------------------- at the desk


def opened() -> tuple[Desk, list[Event]]:
    desk = Desk(Policy((Lane("front", when.departs_within(timedelta(hours=24))), Lane("standard"))))
    calendar = Staffing((Shift(time(0), time(0), agents=10),), handling_time=timedelta(minutes=10))
    log = list(desk.plan(calendar, now=instant(NOON)))
    return desk, log


def request(name: str, *, hours: float | None = None) -> Request:
    departs_at = None if hours is None else instant(NOON) + timedelta(hours=hours)
    return Request(name, Client(account=name), bookings=Booking(name, departs_at=departs_at))


def test_a_promise_is_the_estimate_and_is_kept() -> None:
    desk, log = opened()
    log += desk.submit(request("A1"), now=instant(NOON))
    desk.count_agents(0, now=instant(NOON))
    estimate = desk.estimate("A1")
    (promised,) = desk.promise("A1", now=instant(NOON))
    assert promised == Promised(instant(NOON), "A1", estimate.p10, estimate.p50, estimate.p90, estimate.reasons)


def test_asking_teaches_nothing_and_promising_does() -> None:
    """Rule E3: with a desk that never answers, promises are broken and the next range is wider."""
    widths = []
    for promises in (False, True):
        desk, _ = opened()
        desk.submit_many([request(f"A{number}") for number in range(60)], now=instant(NOON))
        desk.count_agents(10, now=instant(NOON))
        for _ in range(60):
            desk.take("agent", now=instant(NOON))
        desk.submit_many([request(f"B{number}") for number in range(60)], now=instant(NOON))
        for hour in range(12):
            now = instant(NOON + hour * HOUR)
            for number in range(10):
                if promises:
                    desk.promise(f"B{number}", now=now)
                else:
                    desk.estimate(f"B{number}", now=now)
        estimate = desk.estimate("B5", now=instant(NOON + 11 * HOUR))
        assert estimate.p50 is not None
        assert estimate.p90 is not None
        widths.append(estimate.p90 - estimate.p50)
    assert widths[1] > 1.5 * widths[0]


def test_what_does_not_wait_is_promised_nothing() -> None:
    desk, _ = opened()
    desk.submit(request("A1"), now=instant(NOON))
    desk.take("agent", now=instant(NOON))
    with pytest.raises(WrongState, match="promise"):
        desk.promise("A1", now=instant(NOON))


def test_promises_are_part_of_the_log() -> None:
    """Rules G1, G6: a desk rebuilt from its events, or from a snapshot, has learnt the same."""
    desk, log = opened()
    log += desk.count_agents(2, now=instant(NOON))
    for hour in range(40):
        now = instant(NOON + hour * HOUR)
        log += desk.submit(request(f"A{hour}", hours=hour + 40), now=now)
        log += desk.submit(request(f"B{hour}"), now=now)
        log += desk.promise(f"B{hour}", now=now)
        if hour % 3:
            taken = desk.take("agent", now=now + timedelta(minutes=20))
            log += taken
            assert isinstance(taken[-1], Taken)
            log += desk.reply(taken[-1].ticket_id, now=now + timedelta(minutes=30))
    log += desk.withdraw("B39", now=instant(NOON + 40 * HOUR))
    rebuilt, restored = Desk.from_log(desk.policy, log), Desk.from_snapshot(desk.snapshot())
    assert rebuilt == desk == restored
    assert rebuilt.estimate("B38") == restored.estimate("B38") == desk.estimate("B38")


def test_counted_agents_hold_until_the_plan_changes() -> None:
    desk = Desk(Policy((Lane("standard"),)))
    shifts = (Shift(time(8), time(20), agents=10), Shift(time(20), time(8), agents=4))
    desk.plan(Staffing(shifts, handling_time=timedelta(minutes=10)), now=instant(NOON))
    assert desk.count_agents(5, now=instant(NOON)) == (AgentsCounted(instant(NOON), 5),)
    desk.submit_many([request(f"A{number}") for number in range(600)], now=instant(NOON))
    for _ in range(5):
        desk.take("agent", now=instant(NOON))
    # Half of those planned are here, so the shift of eight hours sees 240 answers and not 480.
    waiting = desk.waiting()
    near, far = (desk.estimate(waiting[place]).p50 for place in (100, 300))
    assert near is not None
    assert far is not None
    assert timedelta(minutes=197) < near < timedelta(minutes=203)
    assert timedelta(hours=8) < far < timedelta(hours=11)
    assert desk.estimate(waiting[0]).assumptions["agents"] == 5
    assert desk.estimate(waiting[0], now=instant(NOON)).assumptions["show_up"] < 1  # type: ignore[operator]  # a share


@pytest.mark.parametrize("agents", [-1, 1.5, True, 100_001, "5"])
def test_a_count_that_is_none_is_refused(agents: object) -> None:
    desk, _ = opened()
    with pytest.raises(InvalidValue, match="agents"):
        desk.count_agents(agents, now=instant(NOON))  # type: ignore[arg-type]  # the point


def test_a_ticket_that_is_promised_again_is_judged_for_each_promise() -> None:
    """It was taken and came back: the take counts for what was promised before, and not for what was promised afterwards."""
    calibration = Calibration()
    told(calibration, "A1", at=NOON, lower=10 * MINUTE, upper=10 * HOUR)
    calibration.started("A1", NOON + HOUR)
    told(calibration, "A1", at=NOON + 2 * HOUR, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.settle(NOON + 20 * HOUR)
    day = date(2020, 3, 20)
    assert kept(calibration) == {(timedelta(minutes=30), day): (1, 0, 1), (timedelta(hours=8), day): (1, 0, 0)}


def test_a_ticket_that_is_handed_back_has_not_been_answered() -> None:
    calibration = Calibration()
    told(calibration, "A1", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.started("A1", NOON + 20 * MINUTE)
    calibration.handed_back("A1")
    calibration.settle(NOON + 2 * HOUR)
    assert list(kept(calibration).values()) == [(1, 0, 1)]


def test_what_left_and_came_back_is_judged_for_the_new_promise_only() -> None:
    calibration = Calibration()
    told(calibration, "A1", at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.gone("A1")
    told(calibration, "A1", at=NOON + 2 * HOUR, lower=10 * MINUTE, upper=50 * MINUTE)
    calibration.settle(NOON + 20 * HOUR)
    assert list(kept(calibration).values()) == [(1, 0, 1)]


def test_one_client_who_gives_up_at_once_says_nothing_of_the_others() -> None:
    desk, _ = opened()
    desk.submit(request("A"), now=instant(NOON))
    desk.withdraw("A", now=instant(NOON) + timedelta(seconds=5))
    desk.count_agents(0, now=instant(NOON) + timedelta(seconds=5))
    desk.submit(request("B"), now=instant(NOON + 9 * HOUR))
    assert desk.estimate("B").assumptions["give_up_per_day"] < 0.01  # type: ignore[operator]  # a rate


def test_the_middle_of_a_range_never_lies_outside_it_where_a_shift_opens() -> None:
    desk = Desk(Policy((Lane("standard"),)))
    desk.plan(Staffing((Shift(time(8), time(20), agents=3),), handling_time=timedelta(hours=2)), now=instant(NOON + 11 * HOUR))
    desk.submit_many([request(f"A{number}") for number in range(9)], now=instant(NOON + 11 * HOUR))
    for number in range(9):
        estimate = desk.estimate(f"A{number}")
        assert estimate.p10 is not None
        assert estimate.p50 is not None
        assert estimate.p90 is not None
        assert estimate.p10 <= estimate.p50 <= estimate.p90


def test_what_a_query_asked_changes_nothing_that_is_promised() -> None:
    """Rule E3, with a queue so long that passes are used again."""
    told: list[Event] = []
    for asks in (False, True):
        desk, _ = opened()
        desk.submit_many([request(f"A{number:04}") for number in range(2_100)], now=instant(NOON))
        if asks:
            desk.estimate("A0005")
        for _ in range(40):
            desk.take("agent", now=instant(NOON + 5 * MINUTE))
        told += desk.promise("A2000", now=instant(NOON + 20 * MINUTE))
    assert told[0] == told[1]


def test_a_count_is_used_at_once_and_ends_with_a_new_plan() -> None:
    desk, _ = opened()
    desk.submit_many([request(f"A{number:04}") for number in range(2_100)], now=instant(NOON))
    assert desk.estimate("A2000").assumptions["agents"] == 10
    desk.count_agents(4, now=instant(NOON + MINUTE))
    assert desk.estimate("A2000").assumptions["agents"] == 4
    desk.plan(
        Staffing((Shift(time(0), time(0), agents=50),), handling_time=timedelta(minutes=10)), now=instant(NOON + 2 * MINUTE)
    )
    assert desk.estimate("A2000").assumptions["agents"] == 50


def test_the_report_of_a_desk_names_lanes_and_changes_nothing() -> None:
    desk, _ = opened()
    assert desk.calibration() == CalibrationReport((), ())
    desk.submit_many([request(f"A{number}") for number in range(60)], now=instant(NOON))
    desk.promise("A50", now=instant(NOON))
    before = desk.snapshot()
    later = instant(NOON + 40 * HOUR)
    report = desk.calibration(now=later)
    (day,) = report.kept
    assert (day.lane, day.due, day.late) == ("standard", 1, 1)
    assert desk.snapshot() == before
    desk.count_agents(10, now=later)
    assert report == desk.calibration() == Desk.from_snapshot(desk.snapshot()).calibration()


def test_what_falls_due_while_a_ticket_is_put_aside_is_not_judged() -> None:
    calibration = Calibration()
    for name in ("away", "back"):
        told(calibration, name, at=NOON, lower=10 * MINUTE, upper=50 * MINUTE)
        calibration.put_aside(name, NOON + 20 * MINUTE)
    calibration.came_back("back", NOON + 30 * MINUTE)
    calibration.settle(NOON + 2 * HOUR)
    assert list(kept(calibration).values()) == [(1, 0, 1)]
    calibration.came_back("away", NOON + 3 * HOUR)
    calibration.started("away", NOON + 3 * HOUR)
    calibration.started("back", NOON + 3 * HOUR)
    (truth,) = calibration.report(("standard",)).calibrated
    assert truth.due == 1
    assert calibration.state()["aside"] == []


def test_whoever_is_parked_when_a_promise_falls_due_has_not_been_let_down() -> None:
    desk, _ = opened()
    desk.submit_many([request(f"A{number}") for number in range(60)], now=instant(NOON))
    desk.promise("A50", now=instant(NOON))
    desk.park("A50", until=instant(NOON + 30 * HOUR), now=instant(NOON))
    assert desk.calibration(now=instant(NOON + 20 * HOUR)) == CalibrationReport((), ())


@pytest.mark.parametrize("brought_back_by", ["a message", "a merge"])
def test_whoever_waits_again_before_a_promise_falls_due_is_let_down(brought_back_by: str) -> None:
    """E3: a ticket that a request or a merge has brought back out of a park is one that waits."""
    desk, _ = opened()
    desk.submit_many([request(f"A{number}") for number in range(60)], now=instant(NOON))
    desk.promise("A50", now=instant(NOON))
    desk.park("A50", until=instant(NOON + 30 * HOUR), now=instant(NOON))
    if brought_back_by == "a merge":
        desk.merge("A50", "A51", now=instant(NOON))
    else:
        desk.submit(replace(request("A50"), id="B50", text="anything new"), now=instant(NOON))
    assert "A50" in desk.waiting()
    (truth,) = desk.calibration(now=instant(NOON + 20 * HOUR)).calibrated
    assert truth.due == 1


def test_whose_promise_got_worse_and_by_how_much() -> None:
    """Half of the staff stay at home: whoever stands far behind waits twice as long; who is near hardly notices."""
    desk, _ = opened()
    names = [f"A{number:03}" for number in range(300)]
    desk.submit_many([request(name) for name in names], now=instant(NOON))
    for name in (names[20], names[290]):
        desk.promise(name, now=instant(NOON))
    assert desk.promises_worsened(timedelta(hours=1)) == ()
    desk.count_agents(5, now=instant(NOON))
    (worse,) = desk.promises_worsened(timedelta(hours=1))
    assert (worse.ticket_id, worse.promised_at) == (names[290], instant(NOON))
    assert worse.by is not None
    assert timedelta(hours=4) < worse.by < timedelta(hours=8)
    assert len(desk.promises_worsened(timedelta())) == 2
    # Nobody is planned any more: nothing can be promised, which comes first.
    desk.plan(Staffing((Shift(time(0), time(0), agents=0),)), now=instant(NOON))
    desk.count_agents(0, now=instant(NOON))
    worst = desk.promises_worsened(timedelta(hours=100))
    assert [(one.ticket_id, one.by) for one in worst] == [(names[20], None), (names[290], None)]
    assert "NO_STAFF" in {reason.code for reason in worst[0].reasons}
    # Whom an agent has is promised no more.
    desk.withdraw(names[20], now=instant(NOON))
    assert [one.ticket_id for one in desk.promises_worsened(timedelta())] == [names[290]]


def test_a_storm_shows_at_once_in_a_long_line() -> None:
    """What was promised is compared to the line as it is, not to a pass of before the storm."""
    desk, _ = opened()
    flight = "OK-890/2020-03-30"
    names = [f"B{number:04}" for number in range(REUSE_ABOVE + 100)]
    line = [Request(name, Client(account=name), bookings=Booking(name, service=flight)) for name in names]
    desk.submit_many([*(request(f"A{number:02}") for number in range(60)), *line], now=instant(NOON))
    desk.promise("A59", now=instant(NOON))
    desk.estimate("A59")
    assert desk.promises_worsened(timedelta(hours=1)) == ()
    desk.update(service=flight, departs_at=instant(NOON + 5 * HOUR), now=instant(NOON + MINUTE))
    assert desk.estimate("A59").as_of == instant(NOON)
    assert [one.ticket_id for one in desk.promises_worsened(timedelta(hours=1))] == ["A59"]


def test_a_threshold_must_be_a_duration() -> None:
    desk, _ = opened()
    with pytest.raises(InvalidValue, match="by"):
        desk.promises_worsened(3)  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize("minute", [50, 70])
def test_what_happens_after_a_promise_fell_due_changes_no_verdict(minute: int) -> None:
    """Rule E3: it is judged at its own instant, be the hour over or not."""
    desk, _ = opened()
    desk.submit_many([request(f"A{number:02}") for number in range(40)], now=instant(NOON))
    (promised,) = desk.promise("A39", now=instant(NOON))
    assert isinstance(promised, Promised)
    assert promised.p90 is not None
    assert promised.p90 < timedelta(minutes=50)
    desk.withdraw("A39", now=instant(NOON + minute * MINUTE))
    later = desk.calibration(now=instant(NOON + 10 * HOUR))
    assert [(day.due, day.late) for day in later.kept] == [(1, 1)]
    # It never comes true: late beyond measure.
    assert [(one.due, one.needed) for one in later.calibrated] == [(1, None)]


def test_a_late_promise_ends_when_its_ticket_is_taken() -> None:
    desk, _ = opened()
    desk.submit_many([request(f"A{number:02}") for number in range(30)], now=instant(NOON))
    desk.promise("A29", now=instant(NOON))
    late = instant(NOON + 5 * HOUR)
    for _ in range(30):
        desk.take("agent", now=late)
    assert desk.snapshot().calibration["open"] == []
    assert [one.due for one in desk.calibration().calibrated] == [1]
    desk.reply("A29", now=late)
    desk.resolve("A29", now=late)
    desk.advance(now=late + timedelta(days=95))
    assert desk.promises_worsened(timedelta()) == ()


def test_a_desk_from_a_snapshot_goes_on_as_the_live_one_where_promises_are_gone() -> None:
    desk, _ = opened()
    desk.submit_many([request(f"A{number:02}") for number in range(60)], now=instant(NOON))
    for name in ("A01", "A59"):
        desk.promise(name, now=instant(NOON))
    desk.withdraw("A59", now=instant(NOON + MINUTE))
    desk.count_agents(1, now=instant(NOON + 3 * HOUR))
    restored = Desk.from_snapshot(desk.snapshot())
    for one in (desk, restored):
        one.take("agent", now=instant(NOON + 3 * HOUR))
        one.take("agent", now=instant(NOON + 3 * HOUR))
    assert restored == desk


def test_a_snapshot_is_a_value_that_no_desk_changes() -> None:
    desk, _ = opened()
    desk.submit_many([request(f"A{number:02}") for number in range(60)], now=instant(NOON))
    for name in ("A00", "A01", "A59"):
        desk.promise(name, now=instant(NOON))
    for hour in (1, 5):
        desk.take("agent", now=instant(NOON + hour * HOUR))
    snapshot = desk.snapshot()
    before = json.dumps(snapshot.calibration)
    restored = Desk.from_snapshot(snapshot)
    restored.promise("A02", now=instant(NOON + 5 * HOUR))
    restored.take("agent", now=instant(NOON + 6 * HOUR))
    restored.take("agent", now=instant(NOON + 20 * HOUR))
    assert json.dumps(snapshot.calibration) == before


def test_what_stays_answered_after_a_split_is_promised_nothing() -> None:
    desk, _ = opened()
    desk.submit(request("A1"), now=instant(NOON))
    desk.take("agent", now=instant(NOON))
    desk.reply("A1", now=instant(NOON + MINUTE))
    desk.submit_many([request(f"B{number:02}") for number in range(30)], now=instant(NOON + MINUTE))
    desk.merge("A1", "B29", now=instant(NOON + 2 * MINUTE))
    desk.promise("A1", now=instant(NOON + 2 * MINUTE))
    desk.unmerge("B29", now=instant(NOON + 3 * MINUTE))
    assert desk.ticket("A1").state.value == "answered"
    assert desk.calibration(now=instant(NOON + 20 * HOUR)) == CalibrationReport((), ())
    assert desk.promises_worsened(timedelta()) == ()


def test_only_what_a_client_was_told_last_got_worse() -> None:
    """The last time nothing could be promised: then nothing got worse."""
    desk, _ = opened()
    desk.submit_many([request(f"A{number:02}") for number in range(60)], now=instant(NOON))
    desk.promise("A59", now=instant(NOON))
    desk.plan(Staffing((Shift(time(0), time(0), agents=0),)), now=instant(NOON))
    assert [one.ticket_id for one in desk.promises_worsened(timedelta())] == ["A59"]
    desk.promise("A59", now=instant(NOON))
    assert desk.promises_worsened(timedelta()) == ()
