"""Opening hours: weekly intervals in a time zone, exact across daylight saving (rule H1).

This is the first form: `is_open` and `next_change`. Dated exceptions, holidays and business time come with teams.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from dateutil.tz import datetime_exists

from supportq._instants import FOREVER, instant, micros
from supportq.errors import PolicyError

__all__ = ["Hours", "Opening", "local_instant"]

_DAY = timedelta(days=1)
_WEEK = tuple(range(7))


def check_zone(zone: object, where: str) -> None:
    """Refuse what is neither a `tzinfo` nor `None`."""
    if zone is not None and not isinstance(zone, tzinfo):
        raise PolicyError(where, f"must be a tzinfo such as ZoneInfo(...), not {zone!r}")


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
    if datetime_exists(local):
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
        """The interval that begins on `day`, in microseconds, or `None` on a day without one."""
        if day.weekday() not in self.weekdays:
            return None
        last = day if self.end > self.start else day + _DAY
        return local_instant(day, self.start, zone), local_instant(last, self.end, zone)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a door is open: any number of weekly openings in one zone, or in the client's where `zone` is `None`.

    >>> weekdays = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
    >>> friday = micros(datetime(2020, 3, 20, 17, 59, tzinfo=UTC))
    >>> weekdays.is_open(friday, UTC), instant(weekdays.next_change(friday, UTC)).isoformat()
    (True, '2020-03-20T18:00:00+00:00')
    """

    openings: tuple[Opening, ...]
    zone: tzinfo | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.openings, (tuple, list)):
            raise PolicyError("hours.openings", f"must be a list of Opening, not {type(self.openings).__name__}")
        object.__setattr__(self, "openings", tuple(self.openings))
        if not self.openings or not all(isinstance(opening, Opening) for opening in self.openings):
            raise PolicyError("hours.openings", "must be one or more Opening; hours that never open are refused")
        check_zone(self.zone, "hours.zone")

    def intervals(self, at: int, zone: tzinfo) -> tuple[tuple[int, int], ...]:
        """Open intervals around `at` and for the two weeks after it, merged and in order; computed once a day and zone."""
        zone = self.zone or zone
        return _intervals(self.openings, zone, instant(at).astimezone(zone).date())

    def status(self, at: int, zone: tzinfo) -> tuple[bool, int]:
        """Whether the door is open at an instant (microseconds), and until when that stands (`FOREVER`: it never closes).

        `zone` is the client's.
        """
        spans = self.intervals(at, zone)
        for start, end in spans:
            if at < start:
                return False, start
            if at < end:
                # The last span may go on past the days that were looked at: so far only doors that never close come.
                return True, FOREVER if (start, end) == spans[-1] else end
        raise AssertionError("of two weekly openings a clock change skips one at most")

    def is_open(self, at: int, zone: tzinfo) -> bool:
        """Whether the door is open at an instant (microseconds); `zone` is the client's."""
        return self.status(at, zone)[0]

    def next_change(self, at: int, zone: tzinfo) -> int:
        """The next instant after `at` at which the door opens or closes; `FOREVER` for one that never closes."""
        return self.status(at, zone)[1]


@lru_cache(maxsize=1_024)
def _intervals(openings: tuple[Opening, ...], zone: tzinfo, today: date) -> tuple[tuple[int, int], ...]:
    found = sorted(
        span
        for offset in range(-2, 17)
        for opening in openings
        if (span := opening.on(today + offset * _DAY, zone)) is not None and span[0] < span[1]
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
