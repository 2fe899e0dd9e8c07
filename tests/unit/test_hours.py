"""Opening hours: exceptions, holidays, rules, business time, exact across daylight saving (rule H1)."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import gettz

from supportq import InvalidValue, PolicyError
from supportq._instants import FOREVER, instant, micros
from supportq.hours import Hours, Opening, Recurrence, SpecialDay, local_instant
from supportq.hours._parts import PART

PRAGUE, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
MOSCOW, APIA, KIRITIMATI = ZoneInfo("Europe/Moscow"), ZoneInfo("Pacific/Apia"), ZoneInfo("Pacific/Kiritimati")
WORKDAYS = (0, 1, 2, 3, 4)
WEEK = (Opening(time(9), time(18), WORKDAYS),)
EVE = date(2026, 12, 24)
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
        (lambda: SpecialDay("2026-12-24"), "special_day.day"),  # type: ignore[arg-type]
        (lambda: SpecialDay(datetime(2026, 12, 24, tzinfo=UTC)), "special_day.day"),
        (lambda: SpecialDay(date(2300, 1, 1)), "special_day.day"),
        (lambda: SpecialDay(EVE, ("9-12",)), "special_day.openings"),  # type: ignore[arg-type]
        (lambda: SpecialDay(EVE, (Opening(time(9), time(12), weekdays=(0,)),)), "special_day.openings"),
        (lambda: Hours(WEEK, special_days=(SpecialDay(EVE), SpecialDay(EVE))), "hours.special_days"),
        (lambda: Hours(WEEK, special_days={EVE: ()}), "hours.special_days"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, special_days=(EVE,)), "hours.special_days"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, holidays="2026-12-24"), "hours.holidays"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, holidays=("2026-12-24",)), "hours.holidays"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, holidays=(datetime(2026, 12, 24),)), "hours.holidays"),
        (lambda: Hours(WEEK, holidays=(date(1899, 12, 31),)), "hours.holidays"),
        (lambda: Hours(WEEK, holidays=(EVE,), holidays_cover=2026), "hours.holidays_cover"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, holidays=(EVE,), holidays_cover=(2026,)), "hours.holidays_cover"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, holidays=(EVE,), holidays_cover=(2026, True)), "hours.holidays_cover"),
        (lambda: Hours(WEEK, holidays=(EVE,), holidays_cover=(2027, 2026)), "hours.holidays_cover"),
        (lambda: Hours(WEEK, holidays=(EVE,), holidays_cover=(2026, 2300)), "hours.holidays_cover"),
        (lambda: Hours(WEEK, closed_by=("FREQ=DAILY",)), "hours.closed_by"),  # type: ignore[arg-type]
        (lambda: Hours(WEEK, closed_by=Recurrence("FREQ=WEEKLY;BYDAY=SU")), "hours.closed_by"),  # type: ignore[arg-type]
    ],
)
def test_wrong_hours_are_refused_naming_the_field(build: Any, field: str) -> None:
    with pytest.raises(PolicyError) as error:
        build()
    assert error.value.field == field


# ---------------------------------------------------------------------------------- exceptions, holidays, rules


def opens(hours: Hours, day: date) -> list[tuple[int, int]]:
    """The hours of the clock between which the door is open on a date."""
    return [(opening.start.hour, opening.end.hour) for opening in hours.openings_on(day)]


def test_an_exception_stands_in_place_of_what_the_week_says() -> None:
    hours = Hours(WEEK, UTC, special_days=(SpecialDay(EVE, (Opening(time(9), time(12)),)), SpecialDay(date(2026, 12, 31))))
    assert [opens(hours, date(2026, 12, day)) for day in (23, 24, 31)] == [[(9, 18)], [(9, 12)], []]
    assert hours.next_change(us(2026, 12, 24, 9), UTC) == us(2026, 12, 24, 12)
    assert hours.next_change(us(2026, 12, 30, 18), UTC) == us(2027, 1, 1, 9)


def test_an_exception_may_open_on_a_day_that_has_no_opening() -> None:
    saturday = date(2026, 12, 19)
    hours = Hours(WEEK, UTC, special_days=(SpecialDay(saturday, (Opening(time(10), time(14)),)),))
    assert hours.is_open(us(2026, 12, 19, 10), UTC)
    assert not hours.is_open(us(2026, 12, 12, 10), UTC)


def test_exception_before_holiday_before_rule_before_week() -> None:
    rule = Recurrence("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=22,23,24,25")
    hours = Hours(
        WEEK,
        special_days=(SpecialDay(EVE, (Opening(time(9), time(12)),)),),
        holidays=(EVE, date(2026, 12, 28)),
        closed_by=(rule,),
    )
    expected = {21: [(9, 18)], 22: [], 24: [(9, 12)], 25: [], 28: [], 29: [(9, 18)]}
    assert {day: opens(hours, date(2026, 12, day)) for day in expected} == expected


def test_an_interval_belongs_to_the_date_on_which_it_begins() -> None:
    """A holiday takes the night that begins on it, and leaves the one that began before."""
    nights = Hours((Opening(time(22), time(6)),), UTC, holidays=(EVE,))
    assert nights.is_open(us(2026, 12, 24, 5), UTC)
    assert nights.status(us(2026, 12, 24, 6), UTC) == (False, us(2026, 12, 25, 22))


def test_a_holiday_is_a_date_of_the_zone_and_not_of_utc() -> None:
    hours = Hours((Opening(time(0), time(0)),), KIRITIMATI, holidays=(EVE,))
    assert hours.status(us(2026, 12, 23, 9), UTC) == (True, us(2026, 12, 23, 10))
    assert hours.status(us(2026, 12, 23, 10), UTC) == (False, us(2026, 12, 24, 10))


def test_the_exceptions_of_a_door_without_zone_are_dates_of_the_client() -> None:
    hours = Hours((Opening(time(0), time(0)),), holidays=(EVE,))
    at = us(2026, 12, 23, 12)
    assert [hours.is_open(at, zone) for zone in (KIRITIMATI, UTC, NEW_YORK)] == [False, True, True]


def test_holidays_are_kept_once_and_in_order() -> None:
    given: Any = {date(2026, 12, 25), EVE}
    assert Hours(WEEK, holidays=given) == Hours(WEEK, holidays=(EVE, date(2026, 12, 25), EVE))


def test_a_door_that_never_closes_does_so_on_a_holiday_and_then_never_again() -> None:
    always = Hours((Opening(time(0), time(0)),), PRAGUE, holidays=(EVE,))
    assert always.status(us(2020, 3, 20), UTC) == (True, us(2026, 12, 23, 23))
    assert always.status(us(2026, 12, 24), UTC) == (False, us(2026, 12, 24, 23))
    assert always.status(us(2026, 12, 24, 23), UTC) == (True, FOREVER)
    assert always.status(us(2299, 12, 31), UTC) == (True, FOREVER)


def test_a_door_that_never_closes_but_by_a_rule() -> None:
    leap_days = Hours((Opening(time(0), time(0)),), UTC, closed_by=(Recurrence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),))
    assert leap_days.status(us(2096, 3, 1), UTC) == (True, us(2104, 2, 29))
    assert leap_days.status(us(2104, 2, 29), UTC) == (False, us(2104, 3, 1))
    assert leap_days.status(us(2296, 3, 1), UTC) == (True, FOREVER)


def test_a_door_that_a_rule_keeps_shut_for_years_opens_again() -> None:
    others = Recurrence("FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYMONTHDAY=" + ",".join(map(str, range(1, 29))))
    hours = Hours((Opening(time(9), time(18), (0,)),), UTC, closed_by=(others, Recurrence("FREQ=YEARLY;BYMONTHDAY=30,31")))
    # Only a Monday on the 29th is left.
    assert hours.next_change(us(2026, 1, 1), UTC) == us(2026, 6, 29, 9)


# ------------------------------------------------------------------------------------------ the list of which year


def test_a_list_of_holidays_of_another_year_is_refused() -> None:
    with pytest.raises(PolicyError, match="hold 2025-12-24, outside of the years 2026 to 2027") as error:
        Hours(WEEK, holidays=(date(2025, 12, 24), EVE), holidays_cover=(2026, 2027))
    assert error.value.field == "hours.holidays"


def test_a_year_that_the_list_should_cover_and_does_not_is_refused() -> None:
    with pytest.raises(PolicyError, match="hold no day of 2027; add those of that year, or shorten holidays_cover"):
        Hours(WEEK, holidays=(EVE,), holidays_cover=(2026, 2027))


def test_H1_a_year_left_out_between_others_is_refused() -> None:
    with pytest.raises(PolicyError, match="hold no day of 2020, but some before and after it") as error:
        Hours(WEEK, holidays=(date(2019, 1, 1), date(2021, 1, 1)))
    assert error.value.field == "hours.holidays"
    assert Hours(WEEK, holidays=(date(2019, 1, 1), date(2020, 1, 1), date(2021, 1, 1))).holidays_cover is None


def test_hours_say_until_when_their_holidays_are_known() -> None:
    stated = Hours(WEEK, PRAGUE, holidays=(EVE, date(2027, 1, 1)), holidays_cover=(2026, 2027))
    assert stated.holidays_until(UTC) == us(2027, 12, 31, 23)
    assert Hours(WEEK, holidays=(EVE,)).holidays_until(NEW_YORK) == us(2027, 1, 1, 5)
    assert Hours(WEEK, PRAGUE).holidays_until(UTC) == FOREVER


# ------------------------------------------------------------------------------------------------- recurrence rules


@pytest.mark.parametrize(
    ("rule", "since", "field", "remedy"),
    [
        ("", None, "rule", "write each part once"),
        ("DAILY", None, "rule", "write each part once"),
        (None, None, "rule", "must be text"),
        ("FREQ=DAILY;FREQ=DAILY", None, "rule", "write each part once"),
        ("BYDAY=MO", None, "rule", "begin with FREQ=YEARLY"),
        ("FREQ=HOURLY", None, "rule", "which takes YEARLY, MONTHLY, WEEKLY, DAILY"),
        ("FREQ=DAILY;BYHOUR=9", None, "rule", "names whole days"),
        ("FREQ=DAILY;COUNT=3", None, "rule", "give the dates of a rule that ends as holidays"),
        ("FREQ=DAILY;UNTIL=20270101", None, "rule", "give the dates of a rule that ends as holidays"),
        ("DTSTART=20260101;FREQ=DAILY", None, "rule", "give that day as since"),
        ("FREQ=DAILY;BYMOON=1", None, "rule", "take it out"),
        ("FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", None, "rule", "whole numbers from 1 to 12"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", None, "rule", "whole numbers from -31 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1.5", None, "rule", "whole numbers"),
        ("FREQ=MONTHLY;BYDAY=XX", None, "rule", "weekdays such as MO"),
        ("FREQ=MONTHLY;BYDAY=0MO", None, "rule", "weekdays such as MO"),
        ("FREQ=WEEKLY;BYDAY=1MO", None, "rule", "needs FREQ=MONTHLY or FREQ=YEARLY"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", None, "rule", "needs FREQ=MONTHLY or FREQ=YEARLY"),
        ("FREQ=WEEKLY;WKST=XX;BYDAY=MO", None, "rule", "which takes MO, TU"),
        ("FREQ=DAILY;INTERVAL=0", date(2026, 1, 1), "rule", "whole numbers from 1 to 1000"),
        ("FREQ=DAILY;INTERVAL=1,2", date(2026, 1, 1), "rule", "whole numbers from 1 to 1000"),
        ("FREQ=YEARLY;BYMONTH=12", None, "rule", "add one of BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", None, "rule", "falls on no day of the years 1900 to 2299"),
        ("FREQ=YEARLY;INTERVAL=200;BYMONTH=1;BYMONTHDAY=1", date(2101, 2, 1), "rule", "falls on no day of the years 2101"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", None, "since", "counts its INTERVAL"),
        ("FREQ=WEEKLY;BYDAY=FR", "2026-01-02", "since", "must be a date"),
    ],
)
def test_a_bad_rule_is_refused_naming_the_field_and_the_remedy(rule: Any, since: Any, field: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as error:
        Recurrence(rule, since)
    assert error.value.field == f"recurrence.{field}"
    assert remedy in error.value.problem


def test_rules_that_leave_no_day_are_refused() -> None:
    workdays = Recurrence("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    with pytest.raises(PolicyError, match="leaves no opening of the years 2001 to 2028; hours that never open") as error:
        Hours(WEEK, closed_by=(workdays,))
    assert error.value.field == "hours.closed_by"
    assert Hours((Opening(time(9), time(18)),), UTC, closed_by=(workdays,)).next_change(us(2026, 3, 20), UTC) == us(
        2026, 3, 21, 9
    )


def test_hours_that_stop_opening_one_day_are_refused() -> None:
    """A later policy can close the desk; hours that stop would let clocks run for ever."""
    last_day = Recurrence("FREQ=DAILY", since=date(2027, 1, 1))
    with pytest.raises(PolicyError, match="of the years 2031 to 2058"):
        Hours(WEEK, closed_by=(last_day,), special_days=(SpecialDay(date(2030, 1, 1), (Opening(time(9), time(12)),)),))


def test_a_rule_is_kept_as_text() -> None:
    rule = Recurrence("freq=monthly;byday=-1fr")
    assert rule.rule == "freq=monthly;byday=-1fr"
    assert rule.falls_on(date(2026, 5, 29))


# ------------------------------------------------------------------------------------------------------ business time

HOUR = 3_600_000_000
OFFICE = Hours(
    (Opening(time(9), time(12), WORKDAYS), Opening(time(13), time(18), WORKDAYS)), PRAGUE, holidays=(date(2020, 4, 10),)
)


@pytest.mark.parametrize(
    ("start", "end", "hours", "why"),
    [
        ((2020, 3, 20, 8), (2020, 3, 20, 17), 8, "a day without its lunch"),
        ((2020, 3, 20, 17), (2020, 3, 23, 8), 0, "a weekend"),
        ((2020, 3, 27, 16), (2020, 3, 30, 8), 2, "over the change to summer time"),
        ((2020, 4, 9, 15), (2020, 4, 13, 8), 2, "over a holiday and a weekend"),
        ((2020, 1, 1), (2021, 1, 1), 8 * 261, "a year: 262 working days of 2020 less a holiday"),
        ((1970, 1, 1), (1970, 1, 1), 0, "nothing"),
    ],
)
def test_business_time(start: tuple[int, ...], end: tuple[int, ...], hours: int, why: str) -> None:
    assert OFFICE.business_time(us(*start), us(*end), UTC) == hours * HOUR, why
    assert OFFICE.business_time(us(*end), us(*start), UTC) == -hours * HOUR


def test_a_day_that_never_closes_has_as_many_hours_as_the_clock_gives_it() -> None:
    always = Hours((Opening(time(0), time(0)),), PRAGUE)
    for day, length in (((2020, 3, 28, 23), 23), ((2020, 10, 24, 22), 25)):
        start = us(*day)
        assert always.business_time(start, start + length * HOUR, UTC) == length * HOUR
    single = Hours((Opening(time(0), time(0), (6,)),), PRAGUE)
    assert single.business_time(us(2020, 3, 28), us(2020, 3, 31), UTC) == 23 * HOUR
    assert single.business_time(us(2020, 10, 24), us(2020, 10, 27), UTC) == 25 * HOUR


@pytest.mark.parametrize(
    ("start", "business", "expected"),
    [
        ((2020, 3, 20, 8), 8 * HOUR, (2020, 3, 20, 17)),
        ((2020, 3, 20, 8), 3 * HOUR, (2020, 3, 20, 11)),
        ((2020, 3, 20, 8), 3 * HOUR + 1, (2020, 3, 20, 12, 0, 0, 1)),
        ((2020, 3, 20, 17), HOUR, (2020, 3, 23, 9)),
        ((2020, 3, 27, 17), HOUR, (2020, 3, 30, 8)),
        ((2020, 3, 22, 3), 0, (2020, 3, 22, 3)),
        ((2020, 1, 1), 8 * 261 * HOUR, (2020, 12, 31, 17)),
    ],
)
def test_after_so_much_business_time(start: tuple[int, ...], business: int, expected: tuple[int, ...]) -> None:
    assert instant(OFFICE.after(us(*start), business, UTC)) == instant(us(*expected))


@pytest.mark.parametrize("offset", range(-2, 3))
def test_a_change_at_the_very_end_of_a_part_of_the_calendar(offset: int) -> None:
    """Parts begin at midnight in UTC; so do these days."""
    border = date(1970, 1, 1) + 200 * timedelta(microseconds=PART)
    day = border + timedelta(days=offset)
    begins = micros(datetime.combine(day, time(), tzinfo=UTC))
    hours = Hours((Opening(time(0), time(0), (day.weekday(),)),), UTC)
    assert hours.status(begins - 1, UTC) == (False, begins)
    assert hours.status(begins, UTC) == (True, begins + 24 * HOUR)
    assert hours.status(begins + 24 * HOUR, UTC) == (False, begins + 7 * 24 * HOUR)
    assert hours.after(begins - 1, 24 * HOUR, UTC) == begins + 24 * HOUR
    assert hours.after(begins - 1, 24 * HOUR + 1, UTC) == begins + 7 * 24 * HOUR + 1


def test_a_century_of_business_time() -> None:
    """Sums of blocks of quarters come to what the days come to, wherever a span begins and ends."""
    hour_a_day = Hours((Opening(time(9), time(10)),), UTC)
    start, century = us(1950, 1, 1), (date(2050, 1, 1) - date(1950, 1, 1)).days
    assert hour_a_day.business_time(start, us(2050, 1, 1), UTC) == century * HOUR
    for days in (*range(1, 2_000, 89), century - 1, century):
        assert hour_a_day.business_time(start, start + days * 24 * HOUR, UTC) == days * HOUR
        assert hour_a_day.after(start, days * HOUR, UTC) == start + (days * 24 - 14) * HOUR


def test_what_the_hours_never_give_is_never() -> None:
    assert OFFICE.after(us(2299, 12, 1), 10_000 * HOUR, UTC) == FOREVER


@pytest.mark.parametrize(
    "ask",
    [
        lambda: OFFICE.business_time(us(2020, 1, 1), FOREVER, UTC),
        lambda: OFFICE.business_time(us(1899, 1, 1), us(2020, 1, 1), UTC),
        lambda: OFFICE.after(us(1899, 1, 1), HOUR, UTC),
        lambda: OFFICE.after(us(2020, 1, 1), -1, UTC),
    ],
)
def test_business_time_that_cannot_be_meant_is_refused(ask: Callable[[], int]) -> None:
    with pytest.raises(InvalidValue):
        ask()


def test_hours_remember_nothing_that_could_be_seen() -> None:
    """What was asked before changes neither an answer nor what is equal, hashed, shown or copied (rule G1)."""
    fresh, asked = (Hours(WEEK, PRAGUE, holidays=(EVE,)) for _ in range(2))
    for year in range(1900, 2300, 7):
        asked.status(us(year, 6, 1), UTC)
    assert (asked, hash(asked), repr(asked)) == (fresh, hash(fresh), repr(fresh))
    assert copy.deepcopy(asked) == pickle.loads(pickle.dumps(asked)) == fresh
    assert replace(asked, holidays=()) == Hours(WEEK, PRAGUE)
    at = us(2026, 12, 24, 10)
    assert asked.status(at, UTC) == fresh.status(at, UTC) == (False, us(2026, 12, 25, 8))


def test_what_hours_remember_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportq.hours._hours._KEPT", 8)
    hours, unbounded = Hours(WEEK), Hours(WEEK)
    answers = [hours.business_time(us(2020, 1, 1), us(2030, 1, 1), zone) for zone in (UTC, PRAGUE, NEW_YORK)]
    assert len(hours._parts) <= 8
    monkeypatch.undo()
    assert [unbounded.business_time(us(2020, 1, 1), us(2030, 1, 1), zone) for zone in (UTC, PRAGUE, NEW_YORK)] == answers


def test_a_zone_may_be_any_tzinfo() -> None:
    """The zones of dateutil can be no keys of a dictionary; they used to fail."""
    prague = gettz("Europe/Prague")
    assert prague is not None
    assert not isinstance(prague, Hashable)
    own, clients = Hours(OFFICE.openings, prague), Hours(OFFICE.openings)
    for at in range(us(2020, 3, 26), us(2020, 4, 2), HOUR // 2):
        expected = Hours(OFFICE.openings, PRAGUE).status(at, UTC)
        assert (
            own.status(at, UTC) == clients.status(at, prague) == clients.status(at, gettz("Europe/Prague") or UTC) == expected
        )
    assert len(clients._parts) == 1
