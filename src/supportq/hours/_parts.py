"""The calendar of a door, worked out part by part: when it opens and closes, and for how long (rule H1)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta, tzinfo
from typing import Final, NamedTuple

from supportq._instants import DAY, instant
from supportq.hours._openings import Opening

PART: Final = 91 * DAY
"""How long a part is: a quarter of a year. Part n begins n times so long after the epoch."""
_DAY: Final = timedelta(days=1)


class Part(NamedTuple):
    """When a door opens and closes in one part of the calendar; or, without edges, the sum of a block of parts."""

    edges: tuple[int, ...]
    """Opening, closing, opening, ... in microseconds; what lies over an end of the part is cut off there."""
    before: tuple[int, ...]
    """How long the door was open in this part before each edge, and at last in all of it."""

    def opened(self, at: int) -> int:
        """How long the door was open in this part before an instant of it; O(log edges)."""
        place = bisect_right(self.edges, at)
        return self.before[place] - (self.edges[place] - at if place & 1 else 0)


class Alike:
    """Stands in a dictionary for a zone that cannot, such as those of dateutil."""

    __slots__ = ("zone",)

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike) and self.zone == other.zone

    def __hash__(self) -> int:
        return 0


def part_of(openings_on: Callable[[date], Iterable[Opening]], zone: tzinfo, number: int) -> Part:
    """The part of this number of a door at which `openings_on` a date begin; O(openings of a quarter)."""
    start, end = number * PART, (number + 1) * PART
    edges: list[int] = []
    before: list[int] = []
    passed = 0
    for opens, closes in _merged(sorted(_intervals(openings_on, zone, start, end))):
        begins, ends = max(opens, start), min(closes, end)
        # Nothing is left of what lies outside, or of what a clock change skips.
        if begins < ends:
            edges += (begins, ends)
            before += (passed, passed + ends - begins)
            passed += ends - begins
    before.append(passed)
    return Part(tuple(edges), tuple(before))


def block_of(one: Part, other: Part) -> Part:
    """Neighbours as a block: their sum, without edges."""
    return Part((), (one.before[-1] + other.before[-1],))


def _intervals(
    openings_on: Callable[[date], Iterable[Opening]], zone: tzinfo, start: int, end: int
) -> Iterator[tuple[int, int]]:
    """All intervals that may lie between two instants, and some beside them."""
    day, last = (instant(at).astimezone(zone).date() for at in (start, end))
    # What begins on the day before yesterday may end today, if a clock change makes it longer.
    day -= 2 * _DAY
    while day <= last + _DAY:
        for opening in openings_on(day):
            if (interval := opening.on(day, zone)) is not None:
                yield interval
        day += _DAY


def _merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Intervals in order, with those that overlap or touch made one."""
    merged: list[tuple[int, int]] = []
    for opens, closes in intervals:
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged
