"""The staffing calendar as a pass uses it: how many agents are planned from when on, and the cells that time is cut into."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from supportq._instants import DAY, HOUR
from supportq.staffing import Staffing

HORIZON: Final = 60
"""Days that a pass looks ahead."""
_GRID: Final = ((4 * HOUR, HOUR // 4), (12 * HOUR, HOUR // 2), (48 * HOUR, HOUR), (HORIZON * DAY, 2 * HOUR))
"""Up to which distance from now cells have which width."""


class HeadCount:
    """The planned head-count from `start` (microseconds) to the horizon."""

    __slots__ = ("_staffing", "end", "start")

    def __init__(self, staffing: Staffing, start: int) -> None:
        self.start: Final = start
        self.end: Final = start + HORIZON * DAY
        self._staffing: Final = staffing

    def steps(self) -> Iterator[tuple[int, int]]:
        """`(instant, agents from then on)` in order; the first at `start`."""
        return self._staffing.steps(self.start, self.end)

    def changes(self) -> Iterator[int]:
        """The instants after `start` at which the head-count changes."""
        agents = None
        for step, planned in self.steps():
            if agents is not None and planned != agents:
                yield step
            agents = planned

    def agent_time(self, until: int) -> int:
        """The time of all planned agents together from `start` on, in microseconds."""
        total, at, agents = 0, self.start, 0
        for step, planned in self.steps():
            total += agents * (min(step, until) - at)
            if step >= until:
                return total
            at, agents = step, planned
        return total + agents * (until - at)

    def opens_at(self, at: int) -> int | None:
        """When the first agents come, if nobody is planned at an instant and somebody is later."""
        agents = 0
        for step, planned in self.steps():
            if step <= at:
                agents = planned
            elif agents:
                return None
            elif planned:
                return step
        return None

    def cells(self) -> Iterator[tuple[int, int]]:
        """The end of each cell and the agents planned throughout it: no cell spans a change of the head-count."""
        at, agents = self.start, 0
        for end, planned in heapq.merge(_edges(self.start), self.steps(), key=itemgetter(0)):
            if end > self.end:
                return
            if end > at:
                yield end, agents
                at = end
            if planned is not None:
                agents = planned


def _edges(start: int) -> Iterator[tuple[int, None]]:
    edge = start
    for distance, width in _GRID:
        while edge < start + distance:
            edge += width
            yield edge, None
