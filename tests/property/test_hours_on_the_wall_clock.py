"""Hours against a clock on the wall that is read minute by minute for two years (rule H1).

The oracle shares nothing with the module: it walks through the minutes of UTC, reads the wall clock at each, and asks the rules
of the week what they say of that reading. All openings lie on whole minutes. Rule H1 needs no word about clock changes here:
the first minute at which the wall clock shows a time *or a later one* is the first instant that exists if the time is skipped,
and the first of the two if it comes twice. So a door is open as the latest time says that the clock has shown so far.
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from supportq._instants import FOREVER, SECOND, instant, micros
from supportq.hours import Hours, Opening, Recurrence, SpecialDay

MINUTE = 60 * SECOND
WORKDAYS, WEEKEND = (0, 1, 2, 3, 4), (5, 6)
PLACES = {
    "Europe/Prague": 2020,
    "Europe/Moscow": 2010,  # an ordinary year, and the one in which Moscow stayed in summer
    "America/New_York": 2013,
    "Australia/Lord_Howe": 2020,
    "Pacific/Kiritimati": 2020,
}


@dataclass(frozen=True)
class Door:
    """One and the same door twice: as `Hours`, and as rules that the oracle understands."""

    week: tuple[tuple[int, int, tuple[int, ...]], ...]
    """From so many minutes after midnight, for so many minutes, on these weekdays."""
    special: tuple[tuple[tuple[int, int], tuple[tuple[int, int], ...]], ...] = ()
    """On this day of this month of every year: these openings instead."""
    holidays: tuple[tuple[int, int], ...] = ()
    """Shut on this day of this month."""
    last_fridays: bool = False
    new_year: bool = False

    def begins(self, day: date) -> list[tuple[int, int]]:
        """From when, and for how long, by the rules; the first that speaks of the date counts."""
        for dated, openings in self.special:
            if (day.month, day.day) == dated:
                return list(openings)
        if (day.month, day.day) in self.holidays:
            return []
        if self.last_fridays and day.weekday() == 4 and (day + timedelta(days=7)).month != day.month:
            return []
        if self.new_year and (day.month, day.day) == (1, 1):
            return []
        return [(start, length) for start, length, weekdays in self.week if day.weekday() in weekdays]

    def hours(self, zone: ZoneInfo, years: range) -> Hours:
        rules = []
        if self.last_fridays:
            rules.append(Recurrence("FREQ=MONTHLY;BYDAY=-1FR"))
        if self.new_year:
            rules.append(Recurrence("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1"))
        return Hours(
            tuple(Opening(at(start), at(start + length), weekdays) for start, length, weekdays in self.week),
            zone,
            special_days=tuple(
                SpecialDay(date(year, *dated), tuple(Opening(at(start), at(start + length)) for start, length in openings))
                for dated, openings in self.special
                for year in years
            ),
            holidays=tuple(date(year, *day) for day in self.holidays for year in years),
            closed_by=tuple(rules),
        )


def at(minutes: int) -> clock:
    return clock(minutes // 60 % 24, minutes % 60)


DOORS = (
    Door(
        week=((540, 180, WORKDAYS), (780, 300, WORKDAYS), (607, 85, (5,))), holidays=((3, 30), (5, 1), (12, 25)), new_year=True
    ),
    Door(
        week=((22 * 60, 600, (0, 2, 4, 5, 6)), (120, 45, (0, 1, 2, 3, 4, 5, 6))), special=(((3, 28), ((90, 30), (150, 1290))),)
    ),
    Door(week=((0, 1440, WORKDAYS), (130, 40, WEEKEND), (160, 1, WEEKEND)), holidays=((10, 27),), last_fridays=True),
    Door(
        week=((0, 1440, (0, 1, 2, 3, 4, 5, 6)),), special=(((10, 25), ((75, 60), (135, 30))), ((4, 5), ())), holidays=((4, 5),)
    ),
)


@lru_cache(maxsize=2)
def readings(place: str, first: datetime, days: int) -> array[int]:
    """For each minute the latest time that the clock has shown so far, in minutes since the beginning of the calendar."""
    zone, minute = ZoneInfo(place), timedelta(minutes=1)
    latest, found, moment = 0, array("q"), first
    for _ in range(days * 1440):
        shown = moment.astimezone(zone)
        latest = max(latest, shown.toordinal() * 1440 + shown.hour * 60 + shown.minute)
        found.append(latest)
        moment += minute
    return found


class Wall:
    """A door that was watched every minute."""

    def __init__(self, door: Door, place: str, first: datetime, days: int) -> None:
        self.first = micros(first)
        self.open = bytearray()
        known: dict[int, bytearray] = {}
        for shown in readings(place, first, days):
            day, minute = divmod(shown, 1440)
            if day not in known:
                known[day] = self.of_day(door, date.fromordinal(day))
            self.open.append(known[day][minute])
        self.before = [0, *accumulate(self.open)]

    @staticmethod
    def of_day(door: Door, day: date) -> bytearray:
        """Whether the door is open, for each minute that a clock can show on a date."""
        today, yesterday = door.begins(day), door.begins(day - timedelta(days=1))
        flags = bytearray(1440)
        for minute in range(1440):
            flags[minute] = any(start <= minute < start + length for start, length in today) or any(
                start <= minute + 1440 < start + length for start, length in yesterday
            )
        return flags

    def status(self, asked: int) -> tuple[bool, int | None]:
        """Open or not, and when that changes next; `None` if not while it was watched."""
        minute = (asked - self.first) // MINUTE
        change = self.open.find(1 - self.open[minute], minute)
        return bool(self.open[minute]), None if change < 0 else self.first + change * MINUTE

    def passed(self, asked: int) -> int:
        minute, rest = divmod(asked - self.first, MINUTE)
        return self.before[minute] * MINUTE + (rest if rest and self.open[minute] else 0)

    def after(self, start: int, business: int) -> int | None:
        if not business:
            return start
        wanted = self.passed(start) + business
        minute = bisect_left(self.before, -(-wanted // MINUTE))
        if minute >= len(self.before):
            return None
        return self.first + minute * MINUTE - (self.before[minute] * MINUTE - wanted)


def questions(rng: random.Random, days: int, count: int, edges: list[int]) -> list[int]:
    """Instants after the first: any microsecond, any minute, and often one at which something changes, or just beside it."""
    length = days * 1440 * MINUTE
    drawn = []
    for _ in range(count):
        match rng.randrange(3):
            case 0:
                drawn.append(rng.randrange(length))
            case 1:
                drawn.append(rng.randrange(length // MINUTE) * MINUTE)
            case _:
                drawn.append(min(max(rng.choice(edges) + rng.choice([-1, 0, 1]), 0), length - 1))
    return drawn


def compare(place: str, number: int, first: datetime, days: int, count: int) -> None:
    """So many random questions about one door at one place; each is asked of all four queries."""
    zone, door, rng = ZoneInfo(place), DOORS[number], random.Random(f"{place} {number}")
    wall = Wall(door, place, first, days)
    own = door.hours(zone, range(first.year - 1, first.year + days // 365 + 2))
    edges = [minute * MINUTE for minute in range(1, len(wall.open)) if wall.open[minute] != wall.open[minute - 1]]
    asked = questions(rng, days, count, edges)
    for one, other in zip(asked, rng.sample(asked, len(asked)), strict=True):
        at = wall.first + one
        is_open, until = wall.status(at)
        found = own.status(at, UTC)
        assert found[0] is is_open, instant(at)
        if until is None:
            assert found[1] >= wall.first + days * 1440 * MINUTE, instant(at)
        else:
            assert found[1] == until, instant(at)
        assert (own.is_open(at, UTC), own.next_change(at, UTC)) == found
        business = wall.passed(wall.first + other) - wall.passed(at)
        assert own.business_time(at, wall.first + other, UTC) == business, (instant(at), instant(wall.first + other))
        wanted = abs(business) if rng.random() < 0.5 else rng.randrange(50 * 60 * MINUTE)
        expected, got = wall.after(at, wanted), own.after(at, wanted, UTC)
        assert got == expected if expected is not None else got >= wall.first + days * 1440 * MINUTE, (instant(at), wanted)
        assert got < FOREVER


@pytest.mark.parametrize("number", range(len(DOORS)))
@pytest.mark.parametrize("month", [3, 9])
@pytest.mark.parametrize("place", PLACES)
def test_a_door_is_open_as_the_wall_clock_says(place: str, month: int, number: int) -> None:
    """Nine weeks in spring and in autumn, when clocks change."""
    compare(place, number, datetime(PLACES[place], month, 1, tzinfo=UTC), days=63, count=50)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(DOORS)))
@pytest.mark.parametrize("place", PLACES)
def test_a_door_is_open_as_the_wall_clock_says_for_two_years(place: str, number: int) -> None:
    """10,000 questions between them, and none answered otherwise."""
    compare(place, number, datetime(PLACES[place], 1, 1, tzinfo=UTC), days=731, count=10_000 // len(PLACES) // len(DOORS))
