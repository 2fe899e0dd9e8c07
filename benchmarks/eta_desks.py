"""Invented desks to judge estimates on: what a desk may see, hour by hour, and what came of every question.

Three desks with constants of their own, unlike those of any bench that the estimator was built on:

- `three-lanes`: two lanes above the ordinary one, within 12 and within 48 hours of departure, both ordered by departure; too
  few agents for ten days, enough afterwards;
- `weekends`: open from 7 to 23, with half the staff on Saturdays and Sundays;
- `starved`: what is urgent alone is more than can be answered, so nothing can be promised to an ordinary ticket.

Everything is drawn from one seed. Times are hours from the beginning of the first day. Who gives up before an answer is no
longer answered, but their place is kept in the simulated line, so that it is known when they would have been.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

DAY: Final = 24.0
SHOW_UP: Final = 0.93
"""The share of planned agents who come, on average."""
PRIOR: Final = 1.15
"""By how much the stated handling time is off."""

Plan = tuple[tuple[float, int], ...]
"""From which hour of a day on how many agents are planned."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The constants of a desk."""

    days: int
    thresholds: tuple[float, ...]
    order: str
    rate: Callable[[int], float]
    """Requests of a day."""
    urgency: tuple[tuple[float, float, float], ...]
    """Shares of requests that depart so many to so many hours later; the rest never do."""
    plan: Callable[[int], Plan]
    handling: float
    backlog: int = 0
    usual: float = 0.0
    """What comes in a day in ordinary times, as it is told to the estimator."""
    amplitude: float = 0.5
    give_up: float = 30 * DAY
    """After how long, on average, a client gives up."""
    settles: int = 1
    """Questions of the first days do not count."""


def _long(first: float, second: float) -> Callable[[int], float]:
    return lambda day: first if day < 10 else second


DESKS: Final[dict[str, Desk]] = {
    "three-lanes": Desk(
        days=22,
        thresholds=(12.0, 48.0),
        order="departure",
        rate=_long(1_150, 800),
        urgency=((0.08, 1, 12), (0.12, 12, 48), (0.25, 48, 240)),
        plan=lambda _: ((0.0, 4), (7.0, 11), (21.0, 4)),
        handling=0.19,
        backlog=1_200,
        usual=800,
    ),
    "weekends": Desk(
        days=24,
        thresholds=(24.0,),
        order="arrival",
        rate=lambda _: 760,
        urgency=((0.10, 2, 24), (0.15, 24, 120)),
        plan=lambda day: ((0.0, 0), (7.0, 16 if day % 7 < 5 else 8), (23.0, 0)),
        handling=0.26,
        usual=760,
        amplitude=0.7,
        settles=3,
    ),
    "starved": Desk(
        days=9,
        thresholds=(24.0,),
        order="arrival",
        rate=lambda _: 2_100,
        urgency=((0.72, 3, 24), (0.05, 24, 72)),
        plan=lambda _: ((0.0, 5), (8.0, 14), (20.0, 5)),
        handling=0.22,
        backlog=3_000,
        usual=2_100,
        amplitude=0.3,
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: the lane of the ticket then, whether an agent was free, and the wait that was still to come.

    `wait` is `None` where it did not end in the time simulated; `counts` is false for the first days.
    """

    lane: int
    idle: bool
    counts: bool
    wait: float | None


@dataclass(frozen=True, slots=True)
class Trace:
    """What a desk may see, in order of time, with questions as events named `ask`; and the answers, by number of question."""

    name: str
    header: dict[str, Any]
    events: list[dict[str, Any]]
    answers: list[Answer]
    ordinary: int
    """The index of the lane that takes everyone."""


@dataclass(slots=True)
class _Ticket:
    number: int
    arrived: float
    departs: float | None
    lane: int = 0
    started: float | None = None
    gone: bool = False


@dataclass(slots=True)
class _Simulation:
    desk: Desk
    rng: random.Random
    tickets: list[_Ticket] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[_Ticket, float, int, bool]] = field(default_factory=list)
    lines: list[list[tuple[float, int]]] = field(default_factory=list)
    agenda: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    serial: Iterator[int] = field(default_factory=count)
    agents: int = 0
    busy: int = 0
    waiting: dict[int, _Ticket] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    """Numbers of tickets that may wait still, to draw one from."""

    def at(self, hour: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self.agenda, (hour, next(self.serial), act))

    def tell(self, hour: float, what: str, **facts: Any) -> None:
        self.events.append({"t": hour, "ev": what, **facts})

    def lane_of(self, ticket: _Ticket, hour: float) -> int:
        if ticket.departs is None:
            return len(self.desk.thresholds)
        left = ticket.departs - hour
        return next((lane for lane, hours in enumerate(self.desk.thresholds) if left <= hours), len(self.desk.thresholds))

    def stand(self, ticket: _Ticket, lane: int) -> None:
        ticket.lane = lane
        by_departure = self.desk.order == "departure" and lane < len(self.desk.thresholds)
        term = ticket.departs if by_departure and ticket.departs is not None else ticket.arrived
        heapq.heappush(self.lines[lane], (term, ticket.number))

    def next_in_line(self) -> _Ticket | None:
        for lane, line in enumerate(self.lines):
            while line:
                ticket = self.tickets[line[0][1]]
                if ticket.started is None and ticket.lane == lane:
                    heapq.heappop(line)
                    return ticket
                heapq.heappop(line)
        return None

    def arrive(self, ticket: _Ticket, hour: float) -> None:
        self.waiting[ticket.number] = ticket
        self.order.append(ticket.number)
        self.stand(ticket, self.lane_of(ticket, hour))
        self.tell(hour, "arrive", id=ticket.number, dep=ticket.departs)
        if ticket.departs is not None:
            for hours in self.desk.thresholds:
                if (due := ticket.departs - hours) > hour:
                    self.at(due, lambda at, ticket=ticket: self.jump(ticket, at))  # type: ignore[misc]
        self.at(max(hour, 0.0) + self.rng.expovariate(1 / self.desk.give_up), lambda at: self.give_up(ticket, at))
        if hour >= 0 and self.rng.random() < 0.4:
            self.ask(ticket, hour)
        self.work(hour)

    def jump(self, ticket: _Ticket, hour: float) -> None:
        if ticket.started is None and (lane := self.lane_of(ticket, hour + 1e-7)) != ticket.lane:
            self.stand(ticket, lane)

    def give_up(self, ticket: _Ticket, hour: float) -> None:
        if ticket.number in self.waiting:
            ticket.gone = True
            del self.waiting[ticket.number]
            self.tell(hour, "withdraw", id=ticket.number)

    def ask(self, ticket: _Ticket, hour: float) -> None:
        self.tell(hour, "ask", q=len(self.asked), id=ticket.number)
        self.asked.append((ticket, hour, ticket.lane, self.busy < self.agents))

    def inspect(self, hour: float) -> None:
        """Now and then somebody who waits asks."""
        for _ in range(min(8, len(self.waiting))):
            while True:
                place = int(self.rng.random() * len(self.order))
                if (ticket := self.waiting.get(self.order[place])) is not None:
                    break
                self.order[place] = self.order[-1]
                self.order.pop()
            self.ask(ticket, hour)

    def work(self, hour: float) -> None:
        while self.busy < self.agents and (ticket := self.next_in_line()) is not None:
            ticket.started = hour
            if ticket.gone:
                continue
            del self.waiting[ticket.number]
            self.busy += 1
            self.tell(hour, "start", id=ticket.number)
            # Times to answer are lognormal, as long as they vary by their mean.
            took = self.rng.lognormvariate(math.log(self.desk.handling) - math.log(2) / 2, math.sqrt(math.log(2)))
            self.at(hour + took, lambda at, ticket=ticket: self.done(ticket, at))  # type: ignore[misc]

    def done(self, ticket: _Ticket, hour: float) -> None:
        self.busy -= 1
        self.tell(hour, "done", id=ticket.number)
        self.work(hour)

    def staff(self, agents: int, hour: float) -> None:
        self.agents = agents
        self.tell(hour, "staff", c=agents)
        self.work(hour)

    def run(self) -> list[tuple[float, int]]:
        """Simulate all days; the planned calendar."""
        desk, rng = self.desk, self.rng
        self.lines = [[] for _ in range(len(desk.thresholds) + 1)]
        calendar = [(day * DAY + hour, agents) for day in range(desk.days + 40) for hour, agents in desk.plan(day)]
        calendar = [step for at, step in enumerate(calendar) if not at or step[1] != calendar[at - 1][1]]
        for hour, planned in calendar:
            come = sum(rng.random() < SHOW_UP for _ in range(planned))
            self.at(hour, lambda at, come=come: self.staff(come, at))  # type: ignore[misc]
        arrivals = sorted([-rng.random() * 5 * DAY for _ in range(desk.backlog)] + list(self._arrivals()))
        for number, hour in enumerate(arrivals):
            ticket = _Ticket(number, hour, self._departs(hour))
            self.tickets.append(ticket)
            self.at(hour, lambda at, ticket=ticket: self.arrive(ticket, at))  # type: ignore[misc]
        for hour in range(int(desk.days * DAY)):
            self.at(hour + 0.4, self.inspect)
        while self.agenda and self.agenda[0][0] < desk.days * DAY:
            hour, _, act = heapq.heappop(self.agenda)
            act(hour)
        return calendar

    def _arrivals(self) -> Iterator[float]:
        """More come by day than by night."""
        desk, rng = self.desk, self.rng
        for day in range(desk.days):
            most = desk.rate(day) * rng.lognormvariate(0, 0.07) * (1 + desk.amplitude) / DAY
            hour = 0.0
            while (hour := hour + rng.expovariate(most)) < DAY:
                if rng.random() * (1 + desk.amplitude) < 1 + desk.amplitude * math.sin(math.pi * (hour - 8) / 12):
                    yield day * DAY + hour

    def _departs(self, hour: float) -> float | None:
        drawn = self.rng.random()
        for share, soonest, latest in self.desk.urgency:
            if drawn < share:
                return hour + self.rng.uniform(soonest, latest)
            drawn -= share
        return None


def trace(name: str, seed: int) -> Trace:
    """Everything that happened at a desk, and what came of every question; the same for the same seed."""
    desk = DESKS[name]
    simulation = _Simulation(desk, random.Random(f"{name} {seed}"))
    calendar = simulation.run()
    header = {
        "scenario": name,
        "t0": "2021-03-01T00:00:00+01:00",
        "thresholds": list(desk.thresholds),
        "order": desk.order,
        "calendar": [list(step) for step in calendar],
        "prior_handle_h": desk.handling * PRIOR,
        "prior_show": SHOW_UP,
        "prior_rate_per_day": desk.usual,
    }
    answers = [
        Answer(lane, idle, hour >= desk.settles * DAY, None if ticket.started is None else ticket.started - hour)
        for ticket, hour, lane, idle in simulation.asked
    ]
    return Trace(name, header, simulation.events, answers, len(desk.thresholds))
