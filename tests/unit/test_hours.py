"""Opening hours: weekly, in a zone, exact across daylight saving (rule H1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from supportq import PolicyError
from supportq._instants import FOREVER, instant, micros
from supportq.hours import Hours, Opening, local_instant

PRAGUE, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
MOSCOW, APIA = ZoneInfo("Europe/Moscow"), ZoneInfo("Pacific/Apia")
WORKDAYS = (0, 1, 2, 3, 4)
MINUTE = timedelta(minutes=1)


def us(*moment: int) -> int:
    return micros(datetime(*moment, tzinfo=UTC))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("zone", "local", "expected", "why"),
    [
        (PRAGUE, (2020, 3, 20, 9, 0), (2020, 3, 20, 8, 0), "winter time"),
        (PRAGUE, (2020, 7, 1, 9, 0), (2020, 7, 1, 7, 0), "summer time"),
        (PRAGUE, (2020, 3, 29, 2, 0), (2020, 3, 29, 1, 0), "missing: the first instant that exists"),
        (PRAGUE, (2020, 3, 29, 2, 59), (2020, 3, 29, 1, 0), "missing: the first instant that exists"),
        (PRAGUE, (2020, 3, 29, 3, 0), (2020, 3, 29, 1, 0), "that instant itself"),
        (PRAGUE, (2020, 10, 25, 2, 0), (2020, 10, 25, 0, 0), "ambiguous: the first of the two"),
        (PRAGUE, (2020, 10, 25, 2, 50), (2020, 10, 25, 0, 50), "ambiguous: the first of the two"),
        (PRAGUE, (2020, 10, 25, 3, 0), (2020, 10, 25, 2, 0), "after the repeated hour"),
        (NEW_YORK, (2013, 3, 10, 2, 30), (2013, 3, 10, 7, 0), "missing"),
        (NEW_YORK, (2013, 11, 3, 1, 30), (2013, 11, 3, 5, 30), "ambiguous"),
        (LORD_HOWE, (2020, 10, 4, 2, 15), (2020, 10, 3, 15, 30), "half an hour is missing"),
        (LORD_HOWE, (2020, 4, 5, 1, 45), (2020, 4, 4, 14, 45), "half an hour comes twice"),
        (MOSCOW, (2014, 10, 26, 1, 30), (2014, 10, 25, 21, 30), "the last change of Moscow: the first of the two"),
        (MOSCOW, (2011, 3, 27, 2, 30), (2011, 3, 26, 23, 0), "the first change without return: missing"),
        (APIA, (2011, 12, 30, 12, 0), (2011, 12, 30, 10, 0), "a whole day is missing"),
    ],
)
def test_local_times_become_instants(zone: tzinfo, local: tuple[int, ...], expected: tuple[int, ...], why: str) -> None:
    year, month, day, hour, minute = local
    assert instant(local_instant(date(year, month, day), time(hour, minute), zone)) == instant(us(*expected)), why


def test_an_opening_may_lie_over_midnight() -> None:
    night = Opening(time(22), time(8))
    assert night.on(date(2020, 3, 20), UTC) == (us(2020, 3, 20, 22), us(2020, 3, 21, 8))


def test_equal_ends_are_a_whole_day() -> None:
    assert Opening(time(0), time(0)).on(date(2020, 3, 20), UTC) == (us(2020, 3, 20), us(2020, 3, 21))
    # On the day of the change to summer time it has 23 hours.
    assert Opening(time(0), time(0)).on(date(2020, 3, 29), PRAGUE) == (us(2020, 3, 28, 23), us(2020, 3, 29, 22))


def test_a_day_without_opening() -> None:
    assert Opening(time(9), time(18), weekdays=WORKDAYS).on(date(2020, 3, 21), UTC) is None


def test_weekdays_are_kept_once_and_in_order() -> None:
    assert Opening(time(9), time(18), weekdays=(4, 0, 4)).weekdays == (0, 4)


@pytest.mark.parametrize("zone", [UTC, PRAGUE, NEW_YORK, LORD_HOWE])
def test_an_office_is_open_by_its_own_clock(zone: tzinfo) -> None:
    office = Hours((Opening(time(9), time(12), WORKDAYS), Opening(time(13), time(18), WORKDAYS)), zone=zone)
    for clock, is_open in (
        ((8, 59), False),
        ((9, 0), True),
        ((11, 59), True),
        ((12, 0), False),
        ((13, 0), True),
        ((18, 0), False),
    ):
        for day in (20, 23):
            at = micros(datetime(2020, 3, day, *clock, tzinfo=zone).astimezone(UTC))
            # The client's zone has no say where the office has its own.
            assert office.is_open(at, NEW_YORK) is is_open
        saturday = micros(datetime(2020, 3, 21, *clock, tzinfo=zone).astimezone(UTC))
        assert not office.is_open(saturday, NEW_YORK)


def test_hours_without_zone_are_the_clients() -> None:
    day = Hours((Opening(time(9), time(18)),))
    at = us(2020, 3, 20, 20)
    assert (day.is_open(at, UTC), day.is_open(at, NEW_YORK)) == (False, True)


def test_the_next_change_is_found_over_a_weekend() -> None:
    office = Hours((Opening(time(9), time(18), WORKDAYS),), zone=PRAGUE)
    friday_evening = us(2020, 3, 20, 17)
    assert office.next_change(friday_evening, UTC) == us(2020, 3, 23, 8)
    assert office.next_change(us(2020, 3, 20, 16, 59), UTC) == friday_evening


def test_a_door_that_opens_once_a_week_opens_again() -> None:
    """Found by reading: the only coming opening used to be dropped with the last one looked at."""
    mondays = Hours((Opening(time(9), time(10), weekdays=(0,)),), zone=UTC)
    for day in range(23, 30):
        assert mondays.next_change(us(2020, 3, day, 12), UTC) == us(2020, 3, 30, 9)
    assert mondays.next_change(us(2020, 3, 30, 9), UTC) == us(2020, 3, 30, 10)


def test_a_door_that_never_closes_never_changes() -> None:
    always = Hours((Opening(time(0), time(0)),), zone=PRAGUE)
    halves = Hours((Opening(time(8), time(20)), Opening(time(20), time(8))), zone=PRAGUE)
    for hours in (always, halves):
        for at in (us(2020, 3, 29, 0, 59), us(2020, 10, 25, 0, 30), us(2020, 6, 1)):
            assert hours.is_open(at, UTC)
            assert hours.next_change(at, UTC) == FOREVER


def test_openings_that_touch_or_overlap_are_one() -> None:
    day = Hours((Opening(time(9), time(12)), Opening(time(12), time(15)), Opening(time(11), time(18))), zone=UTC)
    assert day.next_change(us(2020, 3, 20, 9), UTC) == us(2020, 3, 20, 18)


def test_an_opening_that_the_clock_skips_does_not_happen() -> None:
    early = Hours((Opening(time(2), time(3)),), zone=PRAGUE)
    day_before = us(2020, 3, 28, 2)
    assert early.next_change(day_before, UTC) == us(2020, 3, 30, 0)
    assert not early.is_open(us(2020, 3, 29, 1), UTC)


def test_a_weekly_opening_that_the_clock_skips_comes_a_week_later() -> None:
    """Found by coverage: on 29 March 2020 there is no 02:00 to 03:00 in Prague, so this door stays shut for a fortnight."""
    sundays = Hours((Opening(time(2), time(3), weekdays=(6,)),), zone=PRAGUE)
    assert sundays.next_change(us(2020, 3, 22, 1, 30), UTC) == us(2020, 3, 22, 2)
    for at in (us(2020, 3, 22, 2), us(2020, 3, 25, 12), us(2020, 3, 29, 1)):
        assert not sundays.is_open(at, UTC)
        assert sundays.next_change(at, UTC) == us(2020, 4, 5, 0)


def test_an_opening_in_the_repeated_hour_opens_once() -> None:
    early = Hours((Opening(time(2, 30), time(3)),), zone=PRAGUE)
    opened = us(2020, 10, 25, 0, 30)
    assert early.next_change(opened - 1, UTC) == opened
    # The wall clock shows 03:00 an hour and a half after the first 02:30: the door stays open through both.
    assert early.next_change(opened, UTC) == us(2020, 10, 25, 2)


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: Hours(()), "hours.openings"),
        (lambda: Hours("9-18"), "hours.openings"),  # type: ignore[arg-type]
        (lambda: Hours((None,)), "hours.openings"),  # type: ignore[arg-type]
        (lambda: Hours((Opening(time(9), time(18)),), zone="Europe/Prague"), "hours.zone"),  # type: ignore[arg-type]
        (lambda: Opening(time(9), time(18), weekdays=()), "opening.weekdays"),
        (lambda: Opening(time(9), time(18), weekdays="Mo"), "opening.weekdays"),  # type: ignore[arg-type]
        (lambda: Opening(time(9), time(18), weekdays=(True,)), "opening.weekdays"),
        (lambda: Opening(time(9), time(18), weekdays=(7,)), "opening.weekdays"),
        (lambda: Opening(time(9), time(18), weekdays=(-1,)), "opening.weekdays"),
        (lambda: Opening("9:00", time(18)), "opening"),  # type: ignore[arg-type]
        (lambda: Opening(time(9, tzinfo=UTC), time(18)), "opening"),
    ],
)
def test_wrong_hours_are_refused_naming_the_field(build: Any, field: str) -> None:
    with pytest.raises(PolicyError) as error:
        build()
    assert error.value.field == field
