"""Fourteen days of the published crisis through `Desk`.

    python benchmarks/crisis.py [--json] [--quick]

30,000 requests wait; 6,000 a day come in, a quarter of them urgent (1,500 depart within a day), one in seven a repeat of a
request that is known; 3,000 a day are answered by fifty agents; twenty flights a day are cancelled. All events are kept. The
stream is made by a seeded generator of this file while it is played; making it is counted with the rest.
"""

from __future__ import annotations

import gc
import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import process_time
from typing import Final, Literal

from _bench import DAY, NOON, Report, crisis_policy, options, peak_megabytes, progress

from supportq import Booking, Client, Desk, Request
from supportq.events import Event, Taken

HOUR: Final = timedelta(hours=1)
CHANNELS: Final = ("phone", "email", "form", "messenger")
AGENTS: Final = 50

Step = tuple[datetime, int, Literal["request", "answer", "cancel"]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of the crisis."""

    waiting: int
    days: int
    requests: int
    answers: int
    cancelled: int


FULL: Final = Plan(waiting=30_000, days=14, requests=6_000, answers=3_000, cancelled=20)
QUICK: Final = Plan(waiting=100, days=2, requests=60, answers=30, cancelled=2)


class Clients:
    """Who writes, about what. One in seven requests repeats a known one from another door; every hundredth comes twice."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.made = 0
        self.known: list[Request] = []

    def flight(self, now: datetime, *, urgent: bool) -> Booking:
        """A booking of one of twelve flights an hour."""
        ahead = 20 * self.rng.random() + 1 if urgent else 24 * (1 + 59 * self.rng.random())
        departs = (now + ahead * HOUR).replace(minute=5 * self.rng.randrange(12), second=0, microsecond=0) + HOUR
        return Booking(f"KC{self.made:06}", service=f"KC {departs:%Y-%m-%d %H:%M}", departs_at=departs)

    def request(self, now: datetime, received_at: datetime | None = None, *, urgent: bool = False) -> Request:
        """A new request of a new client."""
        self.made += 1
        client = Client(email=f"client{self.made}@example.com", phone=f"+42060{self.made:07}")
        made = Request(
            f"R{self.made:06}",
            client,
            received_at=received_at,
            channel=self.rng.choice(CHANNELS),
            kind="refund",
            bookings=(self.flight(now, urgent=urgent),),
        )
        self.known.append(made)
        return made

    def next(self, now: datetime) -> Request:
        """What comes in now."""
        drawn = self.rng.random()
        if drawn < 0.01:
            return self.rng.choice(self.known)
        if drawn < 0.01 + 1 / 7:
            self.made += 1
            first = self.rng.choice(self.known)
            by_phone = Client(phone=first.client.phone)
            return Request(f"R{self.made:06}", by_phone, channel="phone", kind="refund", bookings=first.bookings)
        return self.request(now, urgent=drawn < 0.01 + 1 / 7 + 0.25)


def steps(plan: Plan, rng: random.Random) -> Iterator[Step]:
    """What happens, in order of time."""
    for number in range(plan.days):
        day = NOON + number * DAY
        requests = ((day + DAY * at, 0, "request") for at in sorted(rng.random() for _ in range(plan.requests)))
        answers = ((day + DAY * turn / plan.answers, 1, "answer") for turn in range(plan.answers))
        cancels = ((day + DAY * turn / plan.cancelled, 2, "cancel") for turn in range(plan.cancelled))
        yield from heapq.merge(requests, answers, cancels)  # type: ignore[misc]  # the names are literals


@dataclass(slots=True)
class Play:
    """The desk at work, every command timed alone."""

    desk: Desk
    rng: random.Random
    clients: Clients
    log: list[Event] = field(default_factory=list)
    holds: dict[str, str] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    longest: dict[str, float] = field(default_factory=dict)
    commands: int = 0
    turn: int = 0

    def do(self, name: str, command: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        """Run a command and keep its events."""
        begun = process_time()
        events = command()
        self.log += events
        took = process_time() - begun
        self.spent[name] = self.spent.get(name, 0.0) + took
        self.longest[name] = max(self.longest.get(name, 0.0), took)
        self.commands += 1
        return events

    def step(self, now: datetime, what: str) -> None:
        """One thing happens."""
        if what == "request":
            one = self.clients.next(now)
            self.do("submit", lambda: self.desk.submit(one, now=now))
        elif what == "cancel":
            service = self.rng.choice(self.clients.known).bookings[0].service
            self.do("update", lambda: self.desk.update(service=service, cancelled=True, now=now))
        else:
            agent = f"agent-{self.turn % AGENTS}"
            self.turn += 1
            self.answer(agent, now)
            events = self.do("take", lambda: self.desk.take(agent, now=now))
            if events and isinstance(events[-1], Taken):
                self.holds[agent] = events[-1].ticket_id

    def answer(self, agent: str, now: datetime) -> None:
        """An agent answers what they hold."""
        ticket = self.holds.pop(agent, None)
        if ticket is not None:
            self.do("reply", lambda: self.desk.reply(ticket, now=now, agent=agent))
            self.do("resolve", lambda: self.desk.resolve(ticket, now=now))


def play(plan: Plan) -> Play:
    """The whole of it."""
    rng = random.Random(1)
    clients = Clients(rng)
    backlog = [clients.request(NOON, NOON - 10 * DAY * rng.random()) for _ in range(plan.waiting)]
    played = Play(Desk(crisis_policy()), rng, clients)
    played.do("submit_many", lambda: played.desk.submit_many(backlog, now=NOON))
    now = NOON
    for now, _, what in steps(plan, rng):
        played.step(now, what)
    for agent in list(played.holds):
        played.answer(agent, now)
    return played


def check(played: Play, plan: Plan) -> None:
    """Every request is counted, and the desk says so too (rule G3)."""
    counter = played.desk.counter()
    came = plan.waiting + plan.days * plan.requests
    if counter.received + counter.replays != came or counter.tickets + counter.repeats != counter.received:
        raise SystemExit(f"{came} requests came, the desk counts {counter}")
    if counter.answered != plan.days * plan.answers or counter.answered != counter.resolved:
        raise SystemExit(f"answers are missing: {counter}")


def main() -> None:
    asked = options("Fourteen days of the crisis.")
    plan = QUICK if asked.quick else FULL
    report = Report("crisis", {"seed": 1, "quick": asked.quick, "gc": "as Python sets it"})
    progress("playing")
    begun = process_time()
    played = play(plan)
    whole = process_time() - begun
    peak = peak_megabytes()
    check(played, plan)
    counter = played.desk.counter()
    for name, value in (("received", counter.received), ("repeats", counter.repeats), ("answered", counter.answered)):
        report.figure(name, value, "requests" if name != "answered" else "replies")
    report.figure("waiting at the end", counter.waiting, "tickets")
    report.figure("events kept", len(played.log), "events")
    report.figure("commands", played.commands, "commands")
    for name, spent in played.spent.items():
        report.figure(f"{name}: in all", spent, "CPU s")
        report.figure(f"{name}: longest", played.longest[name] * 1e3, "ms")
    begun = process_time()
    gc.collect()
    report.figure("a full garbage collection at the end", (process_time() - begun) * 1e3, "ms")
    report.at_most(f"{plan.days} days, CPU seconds, making the requests included", whole, 30)
    report.at_most(f"{plan.days} days, peak memory of the process, MB", peak, 600)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
