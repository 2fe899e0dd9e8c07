"""The staffing calendar: head-counts exact across midnight, weekdays, dated shifts and clock changes (rules E1, H1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from supportq._instants import DAY, FOREVER, HOUR, micros
from supportq.errors import InvalidValue
from supportq.staffing import Shift, Staffing

PRAGUE = ZoneInfo("Europe/Prague")
FRIDAY = date(2020, 3, 20)


def at(day: int, hour: int = 0, minute: int = 0) -> int:
    """An instant of March 2020 in microseconds."""
    return micros(datetime(2020, 3, day, hour, minute, tzinfo=UTC))


def steps(staffing: Staffing, start: int, days: int) -> list[tuple[int, int]]:
    """The head-count of so many days."""
    return list(staffing.steps(start, start + days * DAY))


def test_a_shift_is_a_step_up_and_a_step_down() -> None:
    staffing = Staffing((Shift(time(8), time(20), 10),))
    assert steps(staffing, at(20), 1) == [(at(20), 0), (at(20, 8), 10), (at(20, 20), 0)]


def test_the_first_step_stands_at_the_start_itself() -> None:
    staffing = Staffing((Shift(time(8), time(20), 10),))
    assert steps(staffing, at(20, 12), 1) == [(at(20, 12), 10), (at(20, 20), 0), (at(21, 8), 10)]
    assert steps(staffing, at(20, 8), 1)[0] == (at(20, 8), 10)
    assert steps(staffing, at(20, 20), 1)[0] == (at(20, 20), 0)


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    staffing = Staffing((Shift(time(22), time(6), 4, first_day=FRIDAY, last_day=FRIDAY),))
    assert steps(staffing, at(20), 3) == [(at(20), 0), (at(20, 22), 4), (at(21, 6), 0)]
    assert steps(staffing, at(21, 1), 1)[0] == (at(21, 1), 4)


def test_shifts_add_up_and_a_handover_is_no_step() -> None:
    staffing = Staffing((Shift(time(0), time(12), 5), Shift(time(12), time(0), 5), Shift(time(10), time(14), 3)))
    assert steps(staffing, at(20, 6), 1) == [(at(20, 6), 5), (at(20, 10), 8), (at(20, 14), 5)]


def test_weekdays_and_dates_limit_a_shift() -> None:
    weekdays = Shift(time(9), time(17), 1, weekdays=(0, 1, 2, 3, 4), first_day=FRIDAY, last_day=date(2020, 3, 24))
    covered = [day for day in (date(2020, 3, 15) + timedelta(days=n) for n in range(14)) if weekdays.covers(day)]
    assert covered == [date(2020, 3, 20), date(2020, 3, 23), date(2020, 3, 24)]
    assert list(weekdays.days(date(2020, 3, 1), date(2020, 4, 1))) == covered
    assert list(weekdays.days(date(2020, 3, 21), date(2020, 3, 23))) == [date(2020, 3, 23)]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2020, 3, 28), 12), (date(2020, 3, 29), 11), (date(2020, 10, 24), 12), (date(2020, 10, 25), 13)],
)
def test_a_shift_across_a_clock_change_has_the_hours_that_pass(day: date, hours: int) -> None:
    staffing = Staffing((Shift(time(0), time(12), 1, first_day=day, last_day=day),), zone=PRAGUE)
    assert worked(staffing, micros(datetime.combine(day, time(12), UTC)) - DAY, 3) == hours * HOUR


def worked(staffing: Staffing, start: int, days: int) -> int:
    """Agent time over some days, in microseconds."""
    pieces = [*steps(staffing, start, days), (start + days * DAY, 0)]
    return sum(agents * (then - step) for (step, agents), (then, _) in pairwise(pieces))


def test_weeks_put_together_are_the_whole_calendar() -> None:
    shifts = (Shift(time(7), time(15), 24), Shift(time(15), time(23), 28), Shift(time(23), time(7), 10, weekdays=(4, 5)))
    staffing = Staffing(shifts, zone=PRAGUE)
    start = at(20, 3, 17)
    pieces = [step for week in range(4) for step in steps(staffing, start + week * 7 * DAY, 7)]
    whole = dict(steps(staffing, start, 28))
    for step, agents in pieces:
        past = max(known for known in whole if known <= step)
        assert whole[past] == agents
    assert sum(worked(staffing, start + week * 7 * DAY, 7) for week in range(4)) == worked(staffing, start, 28)


def test_the_end_of_the_calendar_is_the_last_end_of_a_shift() -> None:
    night = Shift(time(22), time(6), 4, first_day=FRIDAY, last_day=FRIDAY)
    day = Shift(time(8), time(20), 4, last_day=FRIDAY)
    assert Staffing((night, day)).ends_at == at(21, 6)
    assert Staffing((day,)).ends_at == at(20, 20)


def test_the_last_day_counts_only_if_the_shift_begins_on_it() -> None:
    mondays = Shift(time(8), time(20), 4, weekdays=(0,), last_day=FRIDAY)
    assert Staffing((mondays,)).ends_at == at(16, 20)


def test_a_calendar_with_one_endless_shift_never_ends() -> None:
    assert Staffing((Shift(time(8), time(20), 4), Shift(time(8), time(20), 4, last_day=FRIDAY))).ends_at == FOREVER
    assert Staffing(()).ends_at == FOREVER


def test_an_endless_shift_of_nobody_does_not_prolong_the_calendar() -> None:
    assert Staffing((Shift(time(8), time(20), 0), Shift(time(8), time(20), 4, last_day=FRIDAY))).ends_at == at(20, 20)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("shift.agents", {"agents": -1}),
        ("shift.agents", {"agents": 2.5}),
        ("shift.agents", {"agents": True}),
        ("shift.weekdays", {"weekdays": (7,)}),
        ("shift.weekdays", {"weekdays": ()}),
        ("shift", {"start": time(8, tzinfo=UTC)}),
        ("shift", {"end": "20:00"}),
        ("shift.first_day", {"first_day": datetime(2020, 3, 20, tzinfo=UTC)}),
        ("shift.last_day", {"last_day": date.max}),
        ("shift.last_day", {"first_day": FRIDAY, "last_day": FRIDAY - timedelta(days=1)}),
    ],
)
def test_a_shift_that_cannot_be_is_refused_naming_the_field(field: str, values: dict[str, object]) -> None:
    good: dict[str, object] = {"start": time(8), "end": time(20), "agents": 1}
    with pytest.raises(InvalidValue) as refusal:
        Shift(**{**good, **values})  # type: ignore[arg-type]  # wrong on purpose
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("staffing.shifts", {"shifts": 5}),
        ("staffing.shifts", {"shifts": (time(8),)}),
        ("staffing.zone", {"zone": "Europe/Prague"}),
        ("staffing.handling_time", {"handling_time": timedelta(0)}),
        ("staffing.handling_time", {"handling_time": 12}),
        ("staffing.show_up", {"show_up": 0}),
        ("staffing.show_up", {"show_up": 1.01}),
        ("staffing.show_up", {"show_up": float("nan")}),
        ("staffing.show_up", {"show_up": "all"}),
        ("staffing.expected_inflow", {"expected_inflow": 1500}),
        ("staffing.expected_inflow.front", {"expected_inflow": {"front": -1}}),
        ("staffing.expected_inflow.front", {"expected_inflow": {"front": "many"}}),
        ("staffing.expected_inflow.front", {"expected_inflow": {"front": float("inf")}}),
    ],
)
def test_staffing_that_cannot_be_is_refused_naming_the_field(field: str, values: dict[str, object]) -> None:
    with pytest.raises(InvalidValue) as refusal:
        Staffing(**{"shifts": (), **values})  # type: ignore[arg-type]  # wrong on purpose
    assert refusal.value.field == field


def test_staffing_is_a_value() -> None:
    inflow = {"front": 1500.0}
    staffing = Staffing((Shift(time(8), time(20), 10),), expected_inflow=inflow)
    inflow["front"] = 0.0
    assert staffing.expected_inflow == {"front": 1500.0}
    assert staffing == Staffing([Shift(time(8), time(20), 10)], expected_inflow={"front": 1500.0})  # type: ignore[arg-type]
    assert hash(staffing) == hash(Staffing((Shift(time(8), time(20), 10),)))
