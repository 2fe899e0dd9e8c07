"""The forward pass: how far the pointer into each lane's list has come at every later instant (rule E1).

Time is cut into cells, fine near now and coarse later, none across a change of the head-count. In each cell the capacity
(agents x time / handling time) goes to the lanes from the first to the last, as takes do. Tickets that wait are counted one
by one; what will come from outside is a flow. Whatever jumps out of a lane is passed for nothing there, and costs its one
slot in the lane that it jumps into: a jump from ahead of a ticket therefore costs that ticket nothing, one from behind does.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, TypeAlias

from supportq.estimates._rates import Rates
from supportq.estimates._values import Situation
from supportq.staffing import Staffing

_FEWEST: Final = 0.01
"""The share of a list that never gives up, however long it waits."""

Jump: TypeAlias = tuple[int, int, int, int]
"""A waiting ticket's next lane change: its instant, out of which lane, from which place in its list, into which lane."""


class LaneProgress:
    """One lane in the pass, and its curves: one value for each edge between cells.

    `progress` is the pointer: the ticket with `k` before it in the lane has been taken once it has come to `k + 1`. Past the
    end of the list it goes on with all the room that reaches the lane, for whoever stands there by then. `known` is the same
    if nothing more came from outside. `queue` is how many of the list wait; `above` how many wait in all lanes above.
    """

    __slots__ = (
        "_cost",
        *("_credit", "_flow", "_gone", "_left", "_next", "_reached", "_through"),
        *("above", "known", "progress", "queue", "share"),
    )

    def __init__(self, size: int, share: float, cost: float = 1.0) -> None:
        """`size` tickets wait, `share` of the capacity is guaranteed, an answer takes `cost` times the mean."""
        self.share: Final = share
        self._cost: Final = cost
        self._gone = bytearray(size)
        """1 for a ticket of the list that has jumped away."""
        self._left = size
        self._next = 0
        self._reached = 0.0
        self._credit = 0.0
        """Room given to the head of the list, not enough yet for a whole ticket."""
        self._flow = 0.0
        """Tickets that came from outside and wait; they stand behind the list."""
        self._through = 0.0
        """Tickets that came from outside and have been taken."""
        self.progress: list[float] = []
        self.known: list[float] = []
        self.queue: list[float] = []
        self.above: list[float] = []

    def leave(self, place: int) -> bool:
        """The ticket at this place of the list jumps away, unless it has been taken by now."""
        if place < self._next:
            return False
        self._gone[place] = 1
        self._left -= 1
        return True

    def join(self) -> None:
        """A ticket jumps into the lane, to the end of the list: before all that will still come from outside."""
        self._gone.append(0)
        self._left += 1

    def arrive(self, tickets: float) -> None:
        """So many come from outside."""
        self._flow += tickets

    def demand(self, stays: float) -> float:
        """How much room the lane can use, where such a share of the list has not given up."""
        return max(0.0, (self._left * stays + self._flow) * self._cost - self._credit)

    def serve(self, room: float, least: float, stays: float) -> float:
        """Spend room on the list, then on the flow; returns what is left over.

        Of the list such a share `stays`, the others have given up and are passed for nothing. The pointer comes as far as it
        would if there were always somebody in the lane to take its guaranteed `least`.
        """
        price = stays * self._cost
        self._reached += max(room, least) / price
        room += self._credit
        self._credit = 0.0
        if self._left:
            slots = min(int(room / price), self._left)
            self._walk(slots)
            room -= slots * price
        if self._left:
            self._credit = room
            return 0.0
        # What remains of the list has jumped away: it is passed for nothing.
        self._reached += len(self._gone) - self._next
        self._next = len(self._gone)
        served = min(room / self._cost, self._flow)
        self._flow -= served
        self._through += served
        return max(0.0, room - served * self._cost)

    def _walk(self, slots: int) -> None:
        """Take so many tickets off the list, passing those that have jumped away."""
        gone, at, wanted = self._gone, self._next, slots
        while wanted:
            if not gone[at]:
                wanted -= 1
            at += 1
        self._reached += at - self._next - slots
        self._next = at
        self._left -= slots

    def note(self, above: float, outside: float) -> tuple[float, float]:
        """Write down the end of a cell, given what waits above and what came from outside and was taken above.

        Returns the same two for the lane below.
        """
        self.progress.append(self._reached)
        self.known.append(self._reached + outside)
        self.queue.append(self._left)
        self.above.append(above)
        return above + self._left + self._flow, outside + self._through


class Progress:
    """The pass over all lanes. It goes as far as it is asked to; what it finds does not depend on who asked what before."""

    __slots__ = ("_cells", "_edges", "_jumps", "_upcoming", "capacity", "factors", "horizon", "lanes", "names", "rates")

    def __init__(self, situation: Situation, staffing: Staffing, jumps: Sequence[Jump]) -> None:
        """`jumps` stand in the order in which they fall due."""
        start = situation.at
        self.names: Final = situation.lanes
        self.rates: Final = Rates(situation, staffing)
        self.factors: Final = situation.factors
        self.horizon: Final = self.rates.head_count.end
        costs = situation.costs or (1.0,) * len(situation.lanes)
        self.lanes: Final = [
            LaneProgress(len(ids), share, cost)
            for ids, share, cost in zip(situation.waiting, situation.shares, costs, strict=True)
        ]
        self.capacity: Final = [0.0]
        """Curve of how many tickets can be taken."""
        self._jumps: Final = jumps
        self._upcoming = 0
        self._cells: Final = self.rates.cells()
        self._edges: Final = [start]
        self._note()
        if self.rates.idle:
            self._spend(start, float(self.rates.idle))

    def reach(self, curve: list[float], target: float, at: float) -> float | None:
        """The first instant, not before `at`, at which a curve has come to `target`; `None` if that is beyond the horizon."""
        while curve[-1] < target:
            if not self._step():
                return None
        after = bisect_left(curve, target)
        if after == 0:
            return at
        start, end = self._edges[after - 1], self._edges[after]
        below, above = curve[after - 1], curve[after]
        return max(at, start + (end - start) * ((target - below) / (above - below)))

    def value(self, curve: list[float], at: float) -> float:
        """A curve at an instant: at the start as it is before anything is done, beyond the horizon as it ends."""
        edges = self._edges
        while edges[-1] < at:
            if not self._step():
                return curve[-1]
        after = bisect_left(edges, at)
        if after == 0:
            return curve[0]
        start, end = edges[after - 1], edges[after]
        below, above = curve[after - 1], curve[after]
        return below + (above - below) * ((at - start) / (end - start))

    @property
    def end(self) -> int:
        """The last instant to which the pass has come."""
        return self._edges[-1]

    def answered(self) -> float:
        """How many tickets can be taken up to the horizon."""
        return self.value(self.capacity, self.horizon)

    def _step(self) -> bool:
        """One more cell; false at the horizon."""
        cell = next(self._cells, None)
        if cell is None:
            return False
        begin = self._edges[-1]
        # Half of what falls due inside a cell does so in its first half: taking all of it at the middle is right on average.
        self._move(until=(begin + cell.end) // 2)
        for lane, tickets in zip(self.lanes, self.rates.arrivals(begin, cell.end), strict=True):
            lane.arrive(tickets)
        if cell.walk_ins:
            self._spend(begin, cell.walk_ins)
        self._spend(cell.end, cell.room)
        return True

    def _move(self, until: int) -> None:
        """Let the tickets jump that do so by an instant."""
        jumps, lanes = self._jumps, self.lanes
        while self._upcoming < len(jumps) and jumps[self._upcoming][0] <= until:
            _, lane, place, target = jumps[self._upcoming]
            if lanes[lane].leave(place):
                lanes[target].join()
            self._upcoming += 1

    def _spend(self, end: int, room: float) -> None:
        """Give the room of a cell to the lanes: what is guaranteed to each, and the rest from the first to the last."""
        stays = _FEWEST + (1 - _FEWEST) * math.exp(self.rates.giving_up * (self._edges[0] - (self._edges[-1] + end) // 2))
        self._edges.append(end)
        self.capacity.append(self.capacity[-1] + room)
        least = [lane.share * room for lane in self.lanes]
        # A share that nobody is there to use is not held back from the others.
        held = [min(share, lane.demand(stays)) for share, lane in zip(least, self.lanes, strict=True)]
        free = max(0.0, room - math.fsum(held))
        for lane, share, reserve in zip(self.lanes, least, held, strict=True):
            free = lane.serve(free + reserve, share, stays)
        self._note()

    def _note(self) -> None:
        above = outside = 0.0
        for lane in self.lanes:
            above, outside = lane.note(above, outside)
