"""Hours: whether a door is open, until when that stands, and business time (rules H1, T4)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from supportq._checks import checked, held
from supportq._instants import FIRST, FOREVER, LAST, check_day, micros
from supportq.errors import InvalidValue, PolicyError
from supportq.hours._openings import Opening, SpecialDay, local_instant, whole_week
from supportq.hours._parts import PART, Alike, Part, block_of, part_of
from supportq.hours._recurrence import Recurrence

_DAY: Final = timedelta(days=1)
_KEPT: Final = 4_096
"""So many parts are kept: a thousand years, of all zones together; with two openings a day that is some 60 megabytes."""
_BEGIN: Final = micros(FIRST)
_END: Final = micros(LAST)
_LAST_PART: Final = _END // PART
_LARGEST: Final = 1_024
"""No block has more parts than this."""
_CYCLE: Final = 28
"""After so many years the weekdays of the dates come again."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a door is open, in one zone, or in the client's where `zone` is `None`.

    An interval belongs to the local date on which it begins, also if it goes on past midnight. Which intervals begin on a date
    is said by the first of these that speaks of it:

    1. `special_days`: these openings instead, or none;
    2. `holidays`: none, on any of these dates;
    3. `closed_by`: none, on the days of these recurrence rules;
    4. `openings`: those of the week.

    Intervals that overlap or touch are one. One of which a clock change leaves nothing does not happen.

    There is no clock here, so nothing can see by itself that a list of holidays is that of last year: state `holidays_cover`,
    the first and the last of the years for which it is to be, and a holiday outside of them is refused. Left out, it is the
    years from the first date of the list to the last. Either way one of these years without any holiday is refused. Dates after
    these years count as ordinary ones; `holidays_until` says from when on.

    >>> from supportq._instants import instant
    >>> office = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC, holidays=(date(2020, 4, 10),))
    >>> thursday, tuesday = (micros(datetime(2020, 4, day, 17, tzinfo=UTC)) for day in (9, 14))
    >>> office.is_open(thursday, UTC), instant(office.next_change(thursday, UTC)).isoformat()
    (True, '2020-04-09T18:00:00+00:00')
    >>> timedelta(microseconds=office.business_time(thursday, tuesday, UTC)) == timedelta(hours=1 + 9 + 8)
    True
    """

    openings: tuple[Opening, ...]
    zone: tzinfo | None = None
    _: KW_ONLY
    special_days: tuple[SpecialDay, ...] = ()
    holidays: tuple[date, ...] = ()
    holidays_cover: tuple[int, int] | None = None
    closed_by: tuple[Recurrence, ...] = ()
    _dated: dict[date, tuple[Opening, ...]] = field(init=False, repr=False, compare=False)
    """What begins on the dates that are named one by one."""
    _endless: int = field(init=False, repr=False, compare=False)
    """The number of the part from which on the door never closes again."""
    _parts: dict[tuple[Hashable, int, int], Part] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was asked about before: parts and blocks of them, by zone, number and size. What is not here is worked out again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "openings", held(self.openings, "hours.openings", Opening))
        if not self.openings:
            raise PolicyError("hours.openings", "must be one or more Opening; hours that never open are refused")
        if self.zone is not None and not isinstance(self.zone, tzinfo):
            raise PolicyError("hours.zone", f"must be a tzinfo such as ZoneInfo(...), not {self.zone!r}")
        object.__setattr__(self, "special_days", held(self.special_days, "hours.special_days", SpecialDay))
        for day, following in pairwise(sorted(special.day for special in self.special_days)):
            if day == following:
                raise PolicyError("hours.special_days", f"hold {day} twice; put all openings of a date into one")
        object.__setattr__(self, "holidays", _sorted_days(self.holidays))
        object.__setattr__(self, "holidays_cover", _checked_cover(self.holidays_cover, self.holidays))
        object.__setattr__(self, "closed_by", held(self.closed_by, "hours.closed_by", Recurrence))
        dated = dict.fromkeys(self.holidays, ()) | {special.day: special.openings for special in self.special_days}
        object.__setattr__(self, "_dated", dated)
        if self.closed_by:
            self._check_that_it_opens()
        object.__setattr__(self, "_endless", self._first_endless())

    def _check_that_it_opens(self) -> None:
        """Refuse rules that leave no day, in a whole cycle of the calendar after everything that has a date."""
        dated = [*self._dated, *(rule.since for rule in self.closed_by if rule.since)]
        first = max([2000, *(day.year for day in dated)]) + 1
        days = range(date(first, 1, 1).toordinal(), date(first + _CYCLE, 1, 1).toordinal())
        if not any(self.openings_on(date.fromordinal(day)) for day in days):
            problem = f"leaves no opening of the years {first} to {first + _CYCLE - 1}; hours that never open are refused"
            raise PolicyError("hours.closed_by", problem)

    def _first_endless(self) -> int:
        if self.closed_by or not whole_week(self.openings):
            return _LAST_PART + 1
        if not self._dated:
            return _BEGIN // PART
        # By then the last date is over in every zone, and so is what begins on it.
        last = datetime.combine(max(self._dated) + 3 * _DAY, time(), tzinfo=UTC)
        return micros(last) // PART + 1

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """The openings that begin on a local date, in the order in which they are given.

        >>> week = (Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),)
        >>> hours = Hours(week, special_days=(SpecialDay(date(2026, 12, 24), (Opening(time(9), time(12)),)),))
        >>> [opening.end.hour for day in (24, 25, 26) for opening in hours.openings_on(date(2026, 12, day))]
        [12, 18]
        """
        dated = self._dated.get(day)
        if dated is not None:
            return dated
        if any(rule.falls_on(day) for rule in self.closed_by):
            return ()
        weekday = day.weekday()
        return tuple(opening for opening in self.openings if weekday in opening.weekdays)

    def holidays_until(self, zone: tzinfo) -> int:
        """The instant at which the years end that the list of holidays covers; `FOREVER` for hours without holidays.

        From then on every date that has no exception and no rule counts as an ordinary one. `zone` is the client's.
        """
        if not self.holidays:
            return FOREVER
        last = self.holidays[-1].year if self.holidays_cover is None else self.holidays_cover[1]
        return local_instant(date(last + 1, 1, 1), time(), self.zone or zone)

    def status(self, at: int, zone: tzinfo) -> tuple[bool, int]:
        """Whether the door is open at an instant (microseconds), and until when that stands (`FOREVER`: for good).

        `zone` is the client's. O(log openings of a quarter) once the quarter is known.
        """
        zone = self.zone or zone
        number = at // PART
        edges = self._part(zone, number).edges
        place = bisect_right(edges, at)
        if place < len(edges) and edges[place] < (number + 1) * PART:
            return place & 1 == 1, edges[place]
        return self._status_across(place & 1 == 1, zone, number + 1)

    def _status_across(self, is_open: bool, zone: tzinfo, number: int) -> tuple[bool, int]:
        """What `status` answers where nothing changes before the part of this number."""
        while number <= _LAST_PART and not (is_open and number >= self._endless):
            edges = self._part(zone, number).edges
            start, end = number * PART, (number + 1) * PART
            goes_on = bool(edges) and edges[0] == start
            if goes_on is not is_open:
                return is_open, start
            # A door that is open closes at the second edge; one that is shut opens at the first.
            if len(edges) > is_open and edges[is_open] < end:
                return is_open, edges[is_open]
            number += 1
        return is_open, FOREVER

    def is_open(self, at: int, zone: tzinfo) -> bool:
        """Whether the door is open at an instant (microseconds); `zone` is the client's."""
        return self.status(at, zone)[0]

    def next_change(self, at: int, zone: tzinfo) -> int:
        """The next instant after `at` at which the door opens or closes; `FOREVER` if it does neither any more."""
        return self.status(at, zone)[1]

    def business_time(self, start: int, end: int, zone: tzinfo) -> int:
        """How long the door is open from `start` to `end`, all in microseconds; negative where `end` lies before `start`.

        `zone` is the client's. O(log openings of a quarter + log quarters) once these quarters are known. Instants outside of
        the years 1900 to 2299 are refused.
        """
        if end < start:
            return -self.business_time(end, start, zone)
        if start < _BEGIN or end > _END:
            raise InvalidValue("start" if start < _BEGIN else "end", "is outside the years 1900 to 2299")
        zone = self.zone or zone
        number, last = start // PART, end // PART
        passed = self._part(zone, last).opened(end) - self._part(zone, number).opened(start)
        while number < last:
            size = _block(number, last)
            passed += self._part(zone, number, size).before[-1]
            number += size
        return passed

    def after(self, start: int, business: int, zone: tzinfo) -> int:
        """The first instant at which the door has been open for `business` microseconds since `start`.

        For nothing that is `start` itself, and otherwise a closing rather than the opening after it. `FOREVER` where the hours
        do not give so much before the year 2300. `zone` is the client's. It costs what `business_time` does over that span.

        >>> from supportq._instants import instant
        >>> office = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
        >>> friday = micros(datetime(2020, 3, 20, 17, tzinfo=UTC))
        >>> instant(office.after(friday, 2 * 3_600_000_000, UTC)).isoformat()
        '2020-03-23T10:00:00+00:00'
        """
        if not _BEGIN <= start <= _END:
            raise InvalidValue("start", "is outside the years 1900 to 2299")
        if business < 0:
            raise InvalidValue("business", "must not be negative")
        if not business:
            return start
        zone = self.zone or zone
        number, size = start // PART, 1
        business += self._part(zone, number).opened(start)
        while number <= _LAST_PART:
            edges, before = self._part(zone, number, size)
            if business > before[-1]:
                business -= before[-1]
                number += size
                # Larger strides while there is far to go.
                size = min(2 * size, _block(number, _LAST_PART + 1))
            elif size > 1:
                size //= 2
            else:
                # Of edges with the same time before them the first is a closing.
                place = bisect_left(before, business)
                return edges[place] - (before[place] - business)
        return FOREVER

    def _part(self, zone: tzinfo, number: int, size: int = 1) -> Part:
        """A part of the calendar, or the sum of a block of them; from those that are kept if it is there."""
        try:
            return self._parts[zone, number, size]
        except (KeyError, TypeError):
            key = (zone if isinstance(zone, Hashable) else Alike(zone), number, size)
        part = self._parts.get(key)
        if part is None:
            if size == 1:
                part = part_of(self.openings_on, zone, number)
            else:
                half = size // 2
                part = block_of(self._part(zone, number, half), self._part(zone, number + half, half))
            if len(self._parts) >= _KEPT:
                self._parts.clear()
            self._parts[key] = part
        return part


def _block(number: int, end: int) -> int:
    """How many parts from this number on make a block that ends before `end`: a power of two that divides the number."""
    size = number & -number or _LARGEST
    while size > 1 and number + size > end:
        size //= 2
    return size


def _sorted_days(days: object) -> tuple[date, ...]:
    """Dates in order, each once."""
    if not isinstance(days, (tuple, list, set, frozenset)):
        raise PolicyError("hours.holidays", f"must be a list of dates, not {type(days).__name__}")
    for day in days:
        checked(check_day, day, "hours.holidays")
    return tuple(sorted(set(days)))


def _checked_cover(cover: object, holidays: tuple[date, ...]) -> tuple[int, int] | None:
    """The years that a list of holidays is for; a list that is plainly for other years, or leaves one out, is refused."""
    where = "hours.holidays_cover"
    if cover is None:
        if holidays and (missing := _years_without(holidays, holidays[0].year, holidays[-1].year)):
            problem = f"hold no day of {missing[0]}, but some before and after it; add those of that year"
            raise PolicyError("hours.holidays", problem)
        return None
    if not isinstance(cover, (tuple, list)) or len(cover) != 2 or not all(type(year) is int for year in cover):
        raise PolicyError(where, f"must be the first and the last year of the list, for example (2026, 2027), not {cover!r}")
    first, last = cover
    if not FIRST.year <= first <= last < LAST.year:
        raise PolicyError(where, f"must be two years from 1900 to 2299, the first not after the last, not {first} and {last}")
    for day in holidays:
        if not first <= day.year <= last:
            problem = f"hold {day}, outside of the years {first} to {last} that they cover; is it the list of another year?"
            raise PolicyError("hours.holidays", problem)
    if missing := _years_without(holidays, first, last):
        raise PolicyError("hours.holidays", f"hold no day of {missing[0]}; add those of that year, or shorten holidays_cover")
    return first, last


def _years_without(holidays: tuple[date, ...], first: int, last: int) -> list[int]:
    """The years from the first to the last in which none of the holidays lies."""
    return sorted(set(range(first, last + 1)) - {day.year for day in holidays})
