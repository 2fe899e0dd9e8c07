"""A whole round through `Desk`: submit, take, reply, resolve; the events kept.

    python benchmarks/roundtrip.py [--json] [--quick]

Requests and instants are built before; nothing has text. Time goes on as in the crisis, 3,000 answers a day for 30,000 waiting.
Garbage collection is left as Python sets it, and what it costs is told apart.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from time import process_time
from typing import Final

from _bench import DAY, NOON, Floor, Key, Report, cpu_us, crisis_policy, interleaved, options, progress, request

from supportq import Desk, Request
from supportq._instants import micros
from supportq._lifecycle import Case
from supportq.duplicates import Asked, decide
from supportq.events import Event, LaneChanged, Updated
from supportq.identity import Sender
from supportq.policy import DuplicateRules

RULES: Final = DuplicateRules()
COMMANDS: Final = ("submit", "take", "reply", "resolve")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured at one size. `commands` is how many are timed one by one."""

    size: int
    rounds: int
    trips: int
    commands: int
    stormed: int


FULL: Final = (
    Plan(size=30_000, rounds=21, trips=250, commands=20_000, stormed=5_000),
    Plan(size=1_000_000, rounds=21, trips=250, commands=200_000, stormed=50_000),
)
QUICK: Final = (
    Plan(size=300, rounds=3, trips=20, commands=200, stormed=50),
    Plan(size=900, rounds=3, trips=20, commands=200, stormed=50),
)


class Collections:
    """How long garbage collections took, told by Python itself."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.longest = 0.0
        self._begun = 0.0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._begun = process_time()
        else:
            took = process_time() - self._begun
            self.spent += took
            self.longest = max(self.longest, took)


@contextmanager
def collections() -> Iterator[Collections]:
    """Listen to the garbage collector."""
    listener = Collections()
    gc.callbacks.append(listener)
    try:
        yield listener
    finally:
        gc.callbacks.remove(listener)


@dataclass(slots=True)
class Office:
    """A desk with a backlog, the requests still to come, and the log that the host keeps."""

    size: int
    rng: random.Random
    desk: Desk = field(init=False)
    log: list[Event] = field(init=False)
    now: datetime = NOON
    made: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(crisis_policy())
        backlog = [self.request(NOON - 10 * DAY * self.rng.random()) for _ in range(self.size)]
        self.log = list(self.desk.submit_many(backlog, now=self.now))

    def request(self, received_at: datetime | None = None) -> Request:
        """A request of a new client, departing within thirty days."""
        self.made += 1
        return request(self.made, self.now + 30 * DAY * self.rng.random(), received_at)

    def decision(self, count: int) -> float:
        """Microseconds to tell who sent a request and whether it is known, and to file both for the next.

        At this desk, with all whom it knows; nothing is submitted, and nobody of these writes again.
        """
        state = self.desk._state
        clients, matters, cases = state.clients, state.matters, state.cases
        fresh = [self.request() for _ in range(count)]
        at = micros(self.now)
        zone = self.desk.policy.zone
        opened = [Case.opened(one, at, Sender(0, (), (), (), (at, one.id)), zone) for one in fresh]

        def decide_all() -> None:
            for one, case in zip(fresh, opened, strict=True):
                plan = clients.plan(one, at)
                decide(Asked(one, at, plan, at, RULES, state.case_of, lambda case, _: (case.number,)), matters, cases)
                clients.carry_out(plan, (at, one.id))
                assert plan.sender is not None
                case.senders = (plan.sender,)
                matters.add(case, (0,), cases)

        return cpu_us(decide_all, count)

    def instants(self, count: int) -> list[datetime]:
        """The next instants of commands: four to each round, and as many rounds a day as a tenth of the backlog."""
        step = 10 * DAY / self.size / len(COMMANDS)
        instants = [self.now + step * number for number in range(1, count + 1)]
        self.now = instants[-1]
        return instants

    def keys(self) -> list[Key]:
        """What the floor sorts by: as many entries as wait."""
        first, last = micros(NOON), micros(NOON + 30 * DAY)
        return [(self.rng.randrange(first, last), number, f"F{number}") for number in range(self.size)]

    def round(self, trips: int) -> float:
        """So many whole rounds; microseconds each."""
        fresh = [self.request() for _ in range(trips)]
        instants = self.instants(4 * trips)
        return cpu_us(lambda: round_trips(self.desk, self.log, fresh, instants), trips)


def round_trips(desk: Desk, log: list[Event], fresh: list[Request], instants: list[datetime]) -> None:
    """For each request: it comes in, and the best ticket of all is taken, answered and resolved."""
    later = iter(instants)
    for one in fresh:
        log += desk.submit(one, now=next(later))
        taken = desk.take("agent-7", now=next(later))
        log += taken
        ticket = taken[-1].ticket_id  # type: ignore[union-attr]  # the last event of a take is `Taken`
        log += desk.reply(ticket, now=next(later))
        log += desk.resolve(ticket, now=next(later))


def measure_trip(report: Report, office: Office, plan: Plan) -> float:
    """Rounds beside the floor, in turns; with the collector as it is, and what it took of that."""
    progress(f"{plan.size:,}: round trips")
    floor = Floor(office.keys(), random.Random(5))
    with collections() as collected:
        begun = process_time()
        result = interleaved(lambda: floor.round(plan.trips * 2), lambda: office.round(plan.trips), plan.rounds)
        whole = process_time() - begun
    what = f"{plan.size:,} waiting: submit + take + reply + resolve"
    decision = office.decision(plan.trips * plan.rounds)
    report.figure(f"{plan.size:,} waiting: floor", result.floor_us, "us an operation")
    report.figure(f"{plan.size:,} waiting: of a round, who is it and is it known", decision, "us")
    share = 100 * collected.spent / whole
    report.figure(f"{plan.size:,} waiting: garbage collection during the rounds", share, "% of CPU time")
    if plan.size < FULL[1].size:
        # The limits are those of the round without the question whether the request is known; it comes on top.
        report.at_most(f"{what}, us", result.us, 40 + decision)
        report.at_most(f"{what}, x floor", result.ratio, 80 + decision / result.floor_us)
    else:
        report.figure(what, result.us, "us")
        report.figure(what, result.ratio, "x floor")
    return result.us


@dataclass(slots=True)
class Timed:
    """One command, timed alone."""

    command: str
    ms: float
    collected: bool
    moved: int


def timed_commands(office: Office, count: int) -> list[Timed]:
    """Time every command alone, and note whether the collector ran in it and how many tickets it moved."""
    found: list[Timed] = []
    fresh = [office.request() for _ in range(count // 4)]
    instants = iter(office.instants(4 * len(fresh)))
    desk = office.desk
    with collections() as collected:
        for one in fresh:
            ticket = ""
            for command in COMMANDS:
                now, before = next(instants), collected.spent
                begun = process_time()
                if command == "submit":
                    events = desk.submit(one, now=now)
                elif command == "take":
                    events = desk.take("agent-7", now=now)
                else:
                    events = getattr(desk, command)(ticket, now=now)
                office.log += events
                took = (process_time() - begun) * 1e3
                ticket = events[-1].ticket_id  # type: ignore[union-attr]  # all four end in an event of one ticket
                found.append(Timed(command, took, collected.spent > before, max(map(moved_by, events))))
    return found


def moved_by(event: Event) -> int:
    """How many tickets an event moved in line."""
    if isinstance(event, LaneChanged):
        return len(event.ticket_ids)
    return sum(len(move.ticket_ids) for move in event.moves) if isinstance(event, Updated) else 1


def measure_commands(report: Report, office: Office, plan: Plan) -> None:
    """The slowest commands, by cause, as Python is and with the loaded desk frozen out of the collector's sight."""
    progress(f"{plan.size:,}: single commands")
    gc.collect()
    told = timed_commands(office, plan.commands)
    what = f"{plan.size:,} waiting: 99.99th percentile of commands, ms"
    if plan.size < FULL[1].size:
        report.figure(what, percentile(told), "ms")
    else:
        report.at_most(what, percentile(told), 5)
    report.figure(f"{plan.size:,} waiting: median command", median(one.ms for one in told) * 1e3, "us")
    for command in COMMANDS:
        calm = [one.ms for one in told if one.command == command and not one.collected]
        report.figure(f"{plan.size:,} waiting: longest {command} without garbage collection", max(calm), "ms")
    collected = [one.ms for one in told if one.collected]
    report.figure(f"{plan.size:,} waiting: longest command with a garbage collection in it", max(collected, default=0.0), "ms")
    begun = process_time()
    gc.collect()
    report.figure(f"{plan.size:,} waiting: a full garbage collection", (process_time() - begun) * 1e3, "ms")
    gc.freeze()
    frozen = timed_commands(office, plan.commands)
    report.figure(f"{plan.size:,} waiting, after gc.freeze(): 99.99th percentile of commands", percentile(frozen), "ms")
    report.figure(f"{plan.size:,} waiting, after gc.freeze(): longest command", max(one.ms for one in frozen), "ms")
    gc.unfreeze()


def percentile(told: list[Timed]) -> float:
    """The 99.99th percentile, in milliseconds."""
    return sorted(one.ms for one in told)[-1 - len(told) // 10_000]


def measure_crowds(report: Report, office: Office, plan: Plan) -> None:
    """Commands that move many at once: one flight departs soon, then is cancelled."""
    progress(f"{plan.size:,}: crowds")
    departs = office.now + 2 * DAY
    crowd = []
    for _ in range(plan.stormed):
        office.made += 1
        one = request(office.made, departs)
        crowd.append(replace(one, bookings=(replace(one.bookings[0], service="KC1"),)))
    office.log += office.desk.submit_many(crowd, now=office.now)
    desk, eve, what = office.desk, departs - DAY, f"{plan.size:,} waiting, {plan.stormed:,} on one flight"
    crowded(report, f"{what}: one advance brings them to the front", lambda: desk.advance(now=eve))
    crowded(report, f"{what}: one update cancels it", lambda: desk.update(service="KC1", cancelled=True, now=eve))
    office.now = eve


def crowded(report: Report, what: str, command: Callable[[], tuple[Event, ...]]) -> None:
    """Time one command that moves a crowd."""
    gc.collect()
    begun = process_time()
    events = command()
    took = process_time() - begun
    moved = sum(moved_by(event) for event in events)
    report.figure(what, took * 1e3, "ms")
    report.figure(what, took / moved * 1e6, f"us for each of {moved:,} moved")


def main() -> None:
    asked = options("Whole rounds through the desk.")
    report = Report("roundtrip", {"seed": 1, "quick": asked.quick, "gc": "as Python sets it"})
    spent = []
    for plan in QUICK if asked.quick else FULL:
        progress(f"{plan.size:,}: loading")
        office = Office(plan.size, random.Random(1))
        gc.collect()
        spent.append(measure_trip(report, office, plan))
        measure_commands(report, office, plan)
        measure_crowds(report, office, plan)
        del office
    small, large = (plan.size for plan in (QUICK if asked.quick else FULL))
    report.at_most(f"submit + take + reply + resolve: growth from {small:,} to {large:,} waiting", spent[1] / spent[0], 1.5)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
