"""A desk at work: what happens outside, and named agents who answer by shifts. The event loop of `demo` and `replay`.

How the agents work, in words: each shift of the calendar has people of its own, the same ones every day. Who comes, or has
finished a ticket, takes the next one at once; if none waits they stay ready, and the one who has been ready longest takes the
next that comes. An answer takes its handling time, then the agent replies and closes the ticket; one that needs confirmations
stays answered. At the end of a shift an agent takes nothing more, but finishes the ticket in hand.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from supportq import CommandRefused, Desk, Request, Staffing
from supportq._instants import instant, micros
from supportq.errors import NotConfirmed
from supportq.events import Admitted, Event, Promised, Taken
from supportq.hours import Opening

__all__ = ["ASKS", "Cancellation", "Drive", "Happening", "Promise", "asks_in_sample", "lognormal", "when_it_comes"]

_ONE_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A service, such as a flight on a day, is known to be cancelled from `at` on."""

    at: datetime
    service: str


Happening: TypeAlias = Request | Cancellation
"""What comes from outside: a request, at its `received_at`, or news."""


@dataclass(frozen=True, slots=True)
class Promise:
    """An estimate that a client was told on arrival: the wait until somebody begins to answer (rule E1)."""

    ticket_id: str
    lane: str
    asked_at: datetime
    p10: timedelta
    p50: timedelta
    p90: timedelta


def lognormal(rng: random.Random, mean: timedelta, sigma: float) -> Callable[[], timedelta]:
    """Handling times with a mean and a spread (`sigma`, of the logarithm), in whole seconds, at least one."""
    middle = math.log(mean / timedelta(seconds=1)) - sigma * sigma / 2
    return lambda: timedelta(seconds=max(1, round(rng.lognormvariate(middle, sigma))))


def asks_in_sample(at: datetime) -> bool:
    """Whether a client who writes at an instant asks for an estimate; what `ASKS` says in words.

    A forecast of a long queue is a pass over all of it, and is used for half an hour: asking in bursts saves passes.
    """
    return at.astimezone(UTC).hour % 2 == 0 and at.minute < 30


ASKS: Final = "Whoever opens a ticket in the first half of an even hour (UTC) asks when it will be answered."


class Drive:
    """Runs a desk from `start` on, as far as it is told to.

    `happenings` must be in order of time. `handling` gives the time of each answer in turn. `asks` says of an instant
    whether clients whose tickets are opened then ask when they will be answered (`asks_in_sample` unless given); what they
    were told stands in `promises`, and `silent` counts the times when there was no answer (rule E2).

    Everything that happened is in `log`. Requests that the desk refused are in `refused`: the index of each among the
    happenings, and why.
    """

    def __init__(
        self,
        desk: Desk,
        happenings: Iterable[Happening],
        *,
        start: datetime,
        staffing: Staffing,
        handling: Callable[[], timedelta],
        asks: Callable[[datetime], bool] | None = None,
    ) -> None:
        self.desk: Final = desk
        self.log: list[Event] = []
        self.promises: Final[list[Promise]] = []
        self.refused: Final[list[tuple[int, CommandRefused]]] = []
        self.silent = 0
        self._happenings = iter(happenings)
        self._next = next(self._happenings, None)
        self._index = -1
        self.start: Final = start
        self._start = micros(start)
        self._staffing = staffing
        self._handling = handling
        self._asks = asks or asks_in_sample
        self._names = _names(staffing)
        self._planned_to = start.astimezone(staffing.zone).date() - _ONE_DAY
        # Who comes on shift (instant, agent, until when), and who finishes a ticket (instant, agent, ticket): two heaps.
        self._coming: list[tuple[int, str, int]] = []
        self._finishing: list[tuple[int, str, str]] = []
        self._stays: dict[str, int] = {}
        self._busy: set[str] = set()
        self._ready: dict[str, None] = {}
        self.log += desk.plan(staffing, now=start)

    @property
    def over(self) -> bool:
        """Whether nothing more comes from outside, and nobody waits or is being answered."""
        counter = self.desk.counter()
        return self._next is None and not counter.waiting and not counter.taken

    def load(self, backlog: Iterable[Request]) -> None:
        """Take in the requests that already wait at the start, each with its own arrival."""
        self.log += self.desk.submit_many(backlog, now=instant(self._start))

    def run_until(self, end: datetime) -> None:
        """Let everything happen that comes before `end`, and the desk advance to it."""
        until = micros(end)
        self._plan_shifts(end)
        # At one instant the news and the post come first, then those who finish, then those who come.
        acts = (self._happen, self._finish, self._come)
        while True:
            due = (
                until if self._next is None else micros(when_it_comes(self._next)),
                self._finishing[0][0] if self._finishing else until,
                self._coming[0][0] if self._coming else until,
            )
            earliest = min(due)
            if earliest >= until:
                break
            acts[due.index(earliest)]()
        self.log += self.desk.advance(now=end)

    # ------------------------------------------------------- what comes from outside

    def _happen(self) -> None:
        happening, self._next = self._next, next(self._happenings, None)
        assert happening is not None
        self._index += 1
        if isinstance(happening, Request):
            self._receive(happening)
        else:
            self.log += self.desk.update(service=happening.service, cancelled=True, now=happening.at)

    def _receive(self, request: Request) -> None:
        now = when_it_comes(request)
        try:
            events = self.desk.submit(request, now=now)
        except CommandRefused as refusal:
            self.log += refusal.events
            self.refused.append((self._index, refusal))
            return
        self.log += events
        admitted = events[-1]
        if isinstance(admitted, Admitted) and self._asks(now):
            self._promise(admitted)
        self._hand_out(micros(now))

    def _promise(self, admitted: Admitted) -> None:
        events = self.desk.promise(admitted.ticket_id, now=admitted.at)
        self.log += events
        told = events[-1]
        assert isinstance(told, Promised)
        if told.p10 is None or told.p50 is None or told.p90 is None:
            self.silent += 1
        else:
            self.promises.append(Promise(told.ticket_id, admitted.lane, told.at, told.p10, told.p50, told.p90))

    # --------------------------------------------------------------------- agents

    def _plan_shifts(self, end: datetime) -> None:
        """Note who comes, and until when, for every shift that begins before `end`."""
        last = end.astimezone(self._staffing.zone).date()
        while self._planned_to <= last:
            for starts, stays, agent in self._duties(self._planned_to):
                if stays > self._start:
                    heapq.heappush(self._coming, (max(starts, self._start), agent, stays))
            self._planned_to += _ONE_DAY

    def _duties(self, day: date) -> Iterator[tuple[int, int, str]]:
        for shift, names in zip(self._staffing.shifts, self._names, strict=True):
            span = Opening(shift.start, shift.end).on(day, self._staffing.zone)
            if shift.covers(day) and span is not None:
                for name in names:
                    yield *span, name

    def _come(self) -> None:
        at, agent, stays = heapq.heappop(self._coming)
        self._stays[agent] = stays
        # Who is still with a ticket of the shift before finishes it first.
        if agent not in self._busy:
            self._take_or_be_ready(agent, at)

    def _finish(self) -> None:
        at, agent, ticket_id = heapq.heappop(self._finishing)
        now = instant(at)
        if self.desk.policy.agents.notes:
            self.log += self.desk.note(ticket_id, status="worked on", done="answered", next="close it", agent=agent, now=now)
        self.log += self.desk.reply(ticket_id, agent=agent, now=now)
        try:
            self.log += self.desk.resolve(ticket_id, agent=agent, now=now)
        except NotConfirmed as refusal:
            # Nobody here confirms anything, so it stays answered.
            self.log += refusal.events
        self._busy.remove(agent)
        if self._stays[agent] > at:
            self._take_or_be_ready(agent, at)

    def _take_or_be_ready(self, agent: str, at: int) -> None:
        self._ready.pop(agent, None)
        if not self._takes(agent, at):
            self._ready[agent] = None

    def _hand_out(self, at: int) -> None:
        """Let those who are ready take what has come; whoever's shift is over has gone home."""
        while self._ready:
            agent = next(iter(self._ready))
            if self._stays[agent] > at and not self._takes(agent, at):
                return
            del self._ready[agent]

    def _takes(self, agent: str, at: int) -> bool:
        events = self.desk.take(agent, now=instant(at))
        self.log += events
        if not events or not isinstance(taken := events[-1], Taken):
            return False
        self._busy.add(agent)
        heapq.heappush(self._finishing, (at + self._handling() // _MICROSECOND, agent, taken.ticket_id))
        return True


def when_it_comes(happening: Happening) -> datetime:
    """The instant at which something comes from outside."""
    at = happening.at if isinstance(happening, Cancellation) else happening.received_at
    assert at is not None
    return at


def _names(staffing: Staffing) -> list[list[str]]:
    """The people of each shift, numbered through."""
    names = []
    first = 1
    for shift in staffing.shifts:
        names.append([f"agent-{number:03}" for number in range(first, first + shift.agents)])
        first += shift.agents
    return names
