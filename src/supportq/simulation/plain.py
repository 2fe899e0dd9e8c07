"""A queue without a desk: for models so plain that nothing but arrival, lane and agent matters, and for very many tickets.

Where every request is a new client's, no fact changes and no ticket is answered twice, a desk does no more than give each
request a lane and hand out the first of the first lane. This does that without requests, events and a log, some ten times as
fast, with the same policy and the same chance: agents begin the same tickets at the same instants as in `simulate`, which is a
law of the tests. It is there to check the simulation against the formulas of queueing theory, which takes millions of tickets.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from supportq import Desk, Order, Shift
from supportq._instants import EPOCH, micros, utc
from supportq.errors import InvalidValue
from supportq.events import Admitted
from supportq.simulation.arrivals import Poisson
from supportq.simulation.chance import Chance
from supportq.simulation.clients import written
from supportq.simulation.run import Model

__all__ = ["PlainRow", "simulate_plain"]

_SECOND: Final = 1_000_000
_NOBODY: Final = ""


@dataclass(slots=True)
class PlainRow:
    """One ticket: instants are microseconds since the epoch, -1 for what has not happened by the end."""

    ticket_id: str
    kind: str
    lane: int
    arrived: int
    started: int = -1
    answered: int = -1
    withdrawn: int = -1
    agent: str = _NOBODY

    @property
    def waited(self) -> timedelta | None:
        """From its arrival until an agent began; `None` if nobody has."""
        return None if self.started < 0 else timedelta(microseconds=self.started - self.arrived)


def simulate_plain(model: Model, *, start: datetime, until: datetime, seed: int = 1) -> list[PlainRow]:
    """One run of a plain model; the rows in the order of arrival. O(tickets x log agents).

    Raises `InvalidValue`, naming what is not plain: other sources than one `Poisson` without departures, agents who come and
    go, clients who write again or come back, and lanes that time changes or that are not ordered by arrival.
    """
    source = _plain_source(model)
    lanes = {kind: _lane_of(model, source, kind) for kind in source.kinds}
    queue = _Queue(model, Chance(seed))
    begin, end = micros(utc(start, "start")), micros(utc(until, "until"))
    for at, ticket_id, kind in source.arrivals(begin, end, Chance(seed)):
        queue.go_on(at)
        queue.arrive(PlainRow(ticket_id, kind, lanes[kind], at))
    queue.go_on(end)
    return queue.rows


class _Queue:
    """Agents, and lines of tickets in rank order, first in first out."""

    def __init__(self, model: Model, chance: Chance) -> None:
        self.rows: Final[list[PlainRow]] = []
        self._chance = chance
        self._service = model.service
        self._patience = model.clients.patience
        self._lines: Final[list[deque[PlainRow]]] = [deque() for _ in model.policy.lanes]
        self._ready: Final = deque(agent.name for agent in model.workforce.agents)
        self._heap: list[tuple[int, int, int, PlainRow]] = []
        self._serial = 0

    def arrive(self, row: PlainRow) -> None:
        """A ticket comes; who has been ready longest takes it at once."""
        self.rows.append(row)
        if self._ready:
            self._begin(self._ready.popleft(), row, row.arrived)
            return
        self._lines[row.lane].append(row)
        if self._patience is not None:
            (patience,) = self._chance.drawn("client", row.ticket_id)
            self._plan(row.arrived + round(self._patience.quantile(patience) * _SECOND), 4, row)

    def go_on(self, until: int) -> None:
        """What happens before an instant: answers are finished, and patience ends."""
        heap = self._heap
        while heap and heap[0][0] < until:
            at, rank, _, row = heapq.heappop(heap)
            if rank == 1:
                row.answered = at
                self._next(row.agent, at)
            elif row.started < 0:
                row.withdrawn = at

    def _next(self, agent: str, at: int) -> None:
        for line in self._lines:
            while line:
                row = line.popleft()
                if row.withdrawn < 0:
                    self._begin(agent, row, at)
                    return
        self._ready.append(agent)

    def _begin(self, agent: str, row: PlainRow, at: int) -> None:
        row.started, row.agent = at, agent
        (share,) = self._chance.drawn("service", row.ticket_id)
        self._plan(at + max(1, round(self._service.seconds(row.kind, agent, share) * _SECOND)), 1, row)

    def _plan(self, at: int, rank: int, row: PlainRow) -> None:
        self._serial += 1
        heapq.heappush(self._heap, (at, rank, self._serial, row))


def _plain_source(model: Model) -> Poisson:
    if len(model.sources) != 1 or not isinstance(source := model.sources[0], Poisson) or source.departures:
        raise InvalidValue("model.sources", "are not plain: give one Poisson without departures, or use simulate")
    clients, policy = model.clients, model.policy
    if clients.repeats or clients.comes_back or clients.asks:
        raise InvalidValue("model.clients", "write more than once; use simulate")
    if policy.teams or any(lane.order is not Order.ARRIVAL or lane.share or lane.head_starts for lane in policy.lanes):
        raise InvalidValue("model.policy", "has teams, shares, head starts or another order than by arrival; use simulate")
    if not all(lane.when is None or lane.when.timeless for lane in policy.lanes):
        raise InvalidValue("model.policy", "has a lane that time changes; use simulate")
    for agent in model.workforce.agents:
        if agent.breaks or agent.sickness or len(agent.shifts) != 1 or not _is_always(agent.shifts[0]):
            raise InvalidValue("model.workforce", f"has agent {agent.name!r}, who comes and goes; use simulate")
    return source


def _is_always(shift: Shift) -> bool:
    around = shift.start == shift.end and len(shift.weekdays) == 7
    return around and shift.first_day is None and shift.last_day is None


def _lane_of(model: Model, source: Poisson, kind: str) -> int:
    """The lane of a kind, as a desk gives it; on whatever channel it comes."""
    names = [lane.name for lane in model.policy.lanes]
    found = set()
    for channel in source.channels:
        request = written("one", "one", at=EPOCH, channel=channel, kind=kind)
        admitted = Desk(model.policy).submit(request, now=EPOCH)[0]
        assert isinstance(admitted, Admitted)
        found.add(names.index(admitted.lane))
    if len(found) > 1:
        raise InvalidValue("model.policy", f"puts {kind!r} into different lanes by its channel; use simulate")
    return found.pop()
