"""Openings by the wall clock, and the instants at which they begin and end (rule H1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from supportq._checks import checked, held
from supportq._instants import DAY, SECOND, check_day, instant, micros
from supportq.errors import PolicyError

_DAY = timedelta(days=1)
_WEEK = tuple(range(7))
WEEK: Final = 7 * DAY


def local_instant(day: date, clock: time, zone: tzinfo) -> int:
    """The instant (microseconds) at which a wall clock in `zone` shows `clock` on `day`.

    A local time that a spring change skips moves to the first instant that exists; one that an autumn change repeats is the
    first of the two (rule H1).

    >>> from zoneinfo import ZoneInfo
    >>> instant(local_instant(date(2020, 3, 29), time(2, 30), ZoneInfo("Europe/Prague"))).isoformat()
    '2020-03-29T01:00:00+00:00'
    >>> instant(local_instant(date(2020, 10, 25), time(2, 30), ZoneInfo("Europe/Prague"))).isoformat()
    '2020-10-25T00:30:00+00:00'
    """
    local = datetime.combine(day, clock, tzinfo=zone)
    found = local.astimezone(UTC)
    # Within one zone, datetimes compare by what the wall clock shows.
    if found.astimezone(zone) == local:
        return micros(found)
    # The wall clock jumped over this time: the change lies between the two readings of it.
    early, late = micros(local.replace(fold=1).astimezone(UTC)), micros(found)
    before = instant(early).astimezone(zone).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if instant(middle).astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


@dataclass(frozen=True, slots=True)
class Opening:
    """Open from `start` to `end` by the wall clock, on `weekdays` (Monday is 0).

    An `end` not after `start` lies on the next day, so 22:00 to 08:00 is a night and 00:00 to 00:00 a whole day.
    """

    start: time
    end: time
    weekdays: tuple[int, ...] = _WEEK

    def __post_init__(self) -> None:
        if not (isinstance(self.start, time) and isinstance(self.end, time)):
            raise PolicyError("opening", "start and end must be wall-clock times, for example time(9)")
        if not isinstance(self.weekdays, (tuple, list)) or not all(type(day) is int for day in self.weekdays):
            raise PolicyError("opening.weekdays", f"must be days from 0 (Monday) to 6, not {self.weekdays!r}")
        object.__setattr__(self, "weekdays", tuple(sorted(set(self.weekdays))))
        if not self.weekdays or not set(self.weekdays) <= set(_WEEK):
            raise PolicyError("opening.weekdays", f"must be days from 0 (Monday) to 6, not {self.weekdays!r}")
        if self.start.tzinfo or self.end.tzinfo:
            raise PolicyError("opening", "start and end are wall-clock times; the zone stands beside them")

    def on(self, day: date, zone: tzinfo) -> tuple[int, int] | None:
        """The interval that begins on `day`, in microseconds, or `None` on a day without one.

        One of which a clock change leaves nothing ends where it begins.
        """
        if day.weekday() not in self.weekdays:
            return None
        last = day if self.end > self.start else day + _DAY
        return local_instant(day, self.start, zone), local_instant(last, self.end, zone)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A dated exception: on this date these openings begin and no others; none at all, and the door stays shut.

    >>> christmas_eve = SpecialDay(date(2026, 12, 24), (Opening(time(9), time(12)),))
    """

    day: date
    openings: tuple[Opening, ...] = ()

    def __post_init__(self) -> None:
        checked(check_day, self.day, "special_day.day")
        object.__setattr__(self, "openings", held(self.openings, "special_day.openings", Opening))
        for opening in self.openings:
            if self.day.weekday() not in opening.weekdays:
                problem = (
                    f"hold one whose weekdays leave out {self.day.weekday()}, that of {self.day}; give it without weekdays"
                )
                raise PolicyError("special_day.openings", problem)


def weekly(openings: Iterable[Opening]) -> list[tuple[int, int]]:
    """The intervals of a week by the wall clock, in microseconds from Monday 00:00, in order."""
    intervals = []
    for opening in openings:
        start, end = _clock(opening.start), _clock(opening.end)
        for day in opening.weekdays:
            begins, ends = day * DAY + start, day * DAY + end + (DAY if end <= start else 0)
            # Once more a week earlier: what begins on a Sunday may end on Monday.
            intervals += [(begins, ends), (begins - WEEK, ends - WEEK)]
    return sorted(intervals)


def whole_week(openings: Iterable[Opening]) -> bool:
    """Whether the openings of a week leave no gap: a door that never closes."""
    reached = 0
    for begins, ends in weekly(openings):
        if begins > reached:
            return False
        reached = max(reached, ends)
    return reached >= WEEK


def _clock(clock: time) -> int:
    """Microseconds since midnight by the clock."""
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * SECOND + clock.microsecond
