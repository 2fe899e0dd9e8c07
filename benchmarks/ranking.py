"""The ranking core alone: our index, calendar and rules against what a host would otherwise use.

    python benchmarks/ranking.py [--json] [--quick]

The mix is 40 % add, 40 % take the first, 10 % remove by id, 10 % departure moved; time goes on so that about one ticket in
ten operations changes its lane by itself. The floor is a plain heap of prebuilt tuples. An operation is one call: a push and
a pop of the floor are two.
"""

from __future__ import annotations

import gc
import heapq
import random
import sqlite3
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import partial
from importlib.metadata import version
from statistics import fmean, median
from time import process_time
from typing import Final, Protocol

from _bench import DAY, NOON, Compared, Floor, Key, Report, cpu_us, crisis_policy, interleaved, options, progress, request
from sortedcontainers import SortedList

from supportq import Booking
from supportq._backlog import Backlog, Calendar
from supportq._instants import DAY as DAY_US
from supportq._instants import FOREVER, micros
from supportq._lifecycle import Case
from supportq.identity import Sender
from supportq.policy import Order
from supportq.ranking import Ranking

START: Final = micros(NOON)
AHEAD: Final = 2 * DAY_US
"""Departures lie up to two days ahead, so half of those who wait are in the front lane."""
CROWD: Final = 20
ADD, TAKE, REMOVE, MOVE = range(4)
MIX: Final = (ADD,) * 4 + (TAKE,) * 4 + (REMOVE, MOVE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured at one size, and the bars that depend on it."""

    size: int
    rounds: int
    operations: int
    repeats: int
    asked: int
    timed: int
    mix_bar: float
    rank_bar: float


FULL: Final = (
    Plan(size=30_000, rounds=21, operations=1_000, repeats=5, asked=200, timed=100_000, mix_bar=6, rank_bar=10),
    Plan(size=1_000_000, rounds=11, operations=4_000, repeats=2, asked=5, timed=200_000, mix_bar=3, rank_bar=25),
)
QUICK: Final = (Plan(size=400, rounds=3, operations=100, repeats=2, asked=5, timed=200, mix_bar=6, rank_bar=10),)


_SENDER: Final = Sender(1, (), (), (), (0, ""))
"""Whose tickets they are does not matter here."""


class Queue(Protocol):
    """What every candidate does. `now` is in microseconds; those who know no time ignore it."""

    def load(self, cases: Sequence[Case], now: int) -> None: ...
    def add(self, case: Case, now: int) -> None: ...
    def take(self, now: int) -> str: ...
    def remove(self, case: Case, now: int) -> None: ...
    def move(self, case: Case, bookings: tuple[Booking, ...], now: int) -> None: ...
    def __contains__(self, ticket_id: str) -> bool: ...


class Core:
    """Our index, calendar and rules, joined as `Desk` joins them."""

    def __init__(self, order: Order, cases: dict[str, Case]) -> None:
        policy = crisis_policy(order)
        self.ranking = Ranking(policy)
        self.backlog = Backlog(len(policy.lanes))
        self.calendar: Calendar[Case] = Calendar()
        self.cases = cases
        self.due = FOREVER
        self.changes = 0

    def load(self, cases: Sequence[Case], now: int) -> None:
        self.backlog.load(self.places(cases, now))
        self.due = self.calendar.next()

    def advance(self, now: int) -> None:
        """Do what is due by now, instant by instant (rule T3)."""
        while (due := self.calendar.next()) <= now:
            cases = self.calendar.pop(due)
            self.changes += len(cases)
            if len(cases) > CROWD:
                self.backlog.load(self.places(cases, due))
            else:
                for place in self.places(cases, due):
                    self.backlog.add(*place)
        self.due = due

    def places(self, cases: Iterable[Case], now: int) -> Iterator[tuple[Case, int, int, int]]:
        """The places of tickets, each with its next change noted in the calendar."""
        for case in cases:
            lane, order, until = self.ranking.place(case, now)
            self.calendar.set(case, until)
            yield case, lane, order, 0

    def add(self, case: Case, now: int) -> None:
        if now >= self.due:
            self.advance(now)
        lane, order, until = self.ranking.place(case, now)
        self.backlog.add(case, lane, order)
        self.calendar.set(case, until)
        if until < self.due:
            self.due = until

    def take(self, now: int) -> str:
        if now >= self.due:
            self.advance(now)
        lane = self.backlog.first_lane()
        assert lane is not None
        ticket_id = self.backlog.first(lane)
        case = self.cases[ticket_id]
        self.backlog.remove(case)
        self.calendar.clear(case)
        return ticket_id

    def remove(self, case: Case, now: int) -> None:
        if now >= self.due:
            self.advance(now)
        if case.key is not None:
            self.backlog.remove(case)
            self.calendar.clear(case)

    def move(self, case: Case, bookings: tuple[Booking, ...], now: int) -> None:
        if now >= self.due:
            self.advance(now)
        if case.key is not None:
            case.bookings = bookings
            self.add(case, now)

    def rank(self, ticket_id: str) -> int:
        return sum(self.backlog.ahead_by_lane(self.cases[ticket_id]))

    def __contains__(self, ticket_id: str) -> bool:
        return self.cases[ticket_id].key is not None

    def order(self) -> list[str]:
        return list(self.backlog)


def static_key(case: Case) -> Key:
    return case.bookings[0].departure, case.arrival, case.id


class LazyHeap:
    """`heapq` with entries marked dead; no time, no rank."""

    def __init__(self) -> None:
        self.heap: list[Key] = []
        self.live: dict[str, Key] = {}

    def load(self, cases: Sequence[Case], now: int) -> None:
        self.live = {case.id: static_key(case) for case in cases}
        self.heap = list(self.live.values())
        heapq.heapify(self.heap)

    def add(self, case: Case, now: int) -> None:
        key = self.live[case.id] = static_key(case)
        heapq.heappush(self.heap, key)

    def take(self, now: int) -> str:
        while True:
            key = heapq.heappop(self.heap)
            ticket_id = key[2]
            if self.live.get(ticket_id) is key:
                del self.live[ticket_id]
                return ticket_id

    def remove(self, case: Case, now: int) -> None:
        self.live.pop(case.id, None)

    def move(self, case: Case, bookings: tuple[Booking, ...], now: int) -> None:
        if case.id in self.live:
            case.bookings = bookings
            self.add(case, now)

    def __contains__(self, ticket_id: str) -> bool:
        return ticket_id in self.live


class SortedTuples:
    """`SortedList` of tuples; no time."""

    def __init__(self) -> None:
        self.keys: SortedList[Key] = SortedList()
        self.live: dict[str, Key] = {}

    def load(self, cases: Sequence[Case], now: int) -> None:
        self.live = {case.id: static_key(case) for case in cases}
        self.keys.update(self.live.values())

    def add(self, case: Case, now: int) -> None:
        key = self.live[case.id] = static_key(case)
        self.keys.add(key)

    def take(self, now: int) -> str:
        ticket_id = self.keys.pop(0)[2]
        del self.live[ticket_id]
        return ticket_id

    def remove(self, case: Case, now: int) -> None:
        key = self.live.pop(case.id, None)
        if key is not None:
            self.keys.remove(key)

    def move(self, case: Case, bookings: tuple[Booking, ...], now: int) -> None:
        if case.id in self.live:
            self.remove(case, now)
            case.bookings = bookings
            self.add(case, now)

    def rank(self, ticket_id: str) -> int:
        return self.keys.bisect_left(self.live[ticket_id])

    def __contains__(self, ticket_id: str) -> bool:
        return ticket_id in self.live


class Sqlite:
    """A table in memory with an index; no time."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.execute("CREATE TABLE waiting (id TEXT PRIMARY KEY, departure INTEGER, arrival INTEGER) WITHOUT ROWID")
        self.db.execute("CREATE INDEX rank ON waiting (departure, arrival, id)")

    def load(self, cases: Sequence[Case], now: int) -> None:
        rows = ((case.id, case.bookings[0].departure, case.arrival) for case in cases)
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO waiting VALUES (?, ?, ?)", rows)
        self.db.execute("COMMIT")

    def add(self, case: Case, now: int) -> None:
        self.db.execute("INSERT INTO waiting VALUES (?, ?, ?)", (case.id, case.bookings[0].departure, case.arrival))

    def take(self, now: int) -> str:
        found = self.db.execute(
            "DELETE FROM waiting WHERE id = (SELECT id FROM waiting ORDER BY departure, arrival, id LIMIT 1) RETURNING id"
        ).fetchone()
        return str(found[0])

    def remove(self, case: Case, now: int) -> None:
        self.db.execute("DELETE FROM waiting WHERE id = ?", (case.id,))

    def move(self, case: Case, bookings: tuple[Booking, ...], now: int) -> None:
        case.bookings = bookings
        self.db.execute("UPDATE waiting SET departure = ? WHERE id = ?", (bookings[0].departure, case.id))

    def rank(self, ticket_id: str) -> int:
        found = self.db.execute(
            "SELECT count(*) FROM waiting, (SELECT departure AS d, arrival AS a, id AS i FROM waiting WHERE id = ?) "
            "WHERE (departure, arrival, id) < (d, a, i)",
            (ticket_id,),
        ).fetchone()
        return int(found[0])

    def __contains__(self, ticket_id: str) -> bool:
        return self.db.execute("SELECT 1 FROM waiting WHERE id = ?", (ticket_id,)).fetchone() is not None


class Naive:
    """All rules asked of all tickets and all sorted at each take: too simple to be wrong, so our core is checked by it."""

    def __init__(self, order: Order) -> None:
        self.by_departure = order is Order.DEPARTURE
        self.live: dict[str, Case] = {}

    def load(self, cases: Sequence[Case], now: int) -> None:
        self.live = {case.id: case for case in cases}

    def key(self, case: Case, now: int) -> tuple[bool, int, int, str]:
        booking = case.bookings[0]
        ahead = now < booking.departure and not booking.cancelled
        front = ahead and booking.departure - DAY_US <= now
        term = (booking.departure if ahead else FOREVER) if self.by_departure else case.arrival
        return not front, term, case.arrival, case.id

    def order(self, now: int) -> list[str]:
        return sorted(self.live, key=lambda ticket_id: self.key(self.live[ticket_id], now))

    def add(self, case: Case, now: int) -> None:
        self.live[case.id] = case

    def take(self, now: int) -> str:
        ticket_id = self.order(now)[0]
        del self.live[ticket_id]
        return ticket_id

    def remove(self, case: Case, now: int) -> None:
        self.live.pop(case.id, None)

    def move(self, case: Case, bookings: tuple[Booking, ...], now: int) -> None:
        case.bookings = bookings

    def __contains__(self, ticket_id: str) -> bool:
        return ticket_id in self.live


class World:
    """Tickets, and the stream of operations on them. What is drawn or built here is never inside a measured time."""

    def __init__(self, cases: Sequence[Case], size: int, rng: random.Random) -> None:
        self.size = size
        self.rng = rng
        self.now = START
        self.cases = {case.id: case for case in cases}
        self.ids = list(self.cases)
        for case in cases:
            case.bookings, case.arrival = case.requests[0].bookings, case.received[0]
            case.key, case.due = None, FOREVER
        self.waiting = list(cases[:size])
        self.free = list(cases[size:])

    def case(self) -> Case:
        """A ticket to add: new, or one that was taken before and asks again."""
        case = self.free.pop()
        case.arrival = self.now
        case.bookings = self.bookings(case)
        return case

    def bookings(self, case: Case) -> tuple[Booking, ...]:
        departs = NOON + timedelta(microseconds=self.now - START + self.rng.randrange(AHEAD))
        return (Booking(case.requests[0].bookings[0].reference, departs_at=departs),)

    def stream(self, queue: Queue, count: int) -> list[tuple[int, Case, tuple[Booking, ...]]]:
        """The next operations. Some victims will have been taken by then: removing or moving them does nothing."""
        kinds = [MIX[number % len(MIX)] for number in range(count)]
        self.rng.shuffle(kinds)
        any_case = next(iter(self.cases.values()))
        drawn: set[str] = set()
        operations: list[tuple[int, Case, tuple[Booking, ...]]] = []
        for kind in kinds:
            if kind == ADD:
                operations.append((kind, self.case(), ()))
            elif kind == TAKE:
                operations.append((kind, any_case, ()))
            else:
                victim = self.victim(queue, drawn)
                operations.append((kind, victim, self.bookings(victim) if kind == MOVE else ()))
        return operations

    def victim(self, queue: Queue, drawn: set[str]) -> Case:
        while True:
            ticket_id = self.rng.choice(self.ids)
            if ticket_id in queue and ticket_id not in drawn:
                drawn.add(ticket_id)
                return self.cases[ticket_id]

    def refill(self, queue: Queue, operations: Iterable[tuple[int, Case, tuple[Booking, ...]]], taken: list[str]) -> None:
        """Give back what left the queue, and fill it up to its size."""
        self.free += [self.cases[ticket_id] for ticket_id in taken]
        gone = set(taken)
        removed = [case for kind, case, _ in operations if kind == REMOVE and case.id not in gone]
        self.free += removed
        for _ in range(len(removed)):
            queue.add(self.case(), self.now)


def play(queue: Queue, operations: Sequence[tuple[int, Case, tuple[Booking, ...]]], now: int, step: int) -> list[str]:
    """Run the operations; the ids that were taken."""
    taken = []
    add, take, remove, move = queue.add, queue.take, queue.remove, queue.move
    for kind, case, bookings in operations:
        now += step
        if kind == ADD:
            add(case, now)
        elif kind == TAKE:
            taken.append(take(now))
        elif kind == REMOVE:
            remove(case, now)
        else:
            move(case, bookings, now)
    return taken


class Mix:
    """One candidate under the mix, round by round."""

    def __init__(self, queue: Queue, world: World, step: int, count: int) -> None:
        self.queue, self.world, self.step, self.count = queue, world, step, count

    def round(self) -> float:
        """One round; microseconds an operation."""
        world = self.world
        operations = world.stream(self.queue, self.count)
        begun = process_time()
        taken = play(self.queue, operations, world.now, self.step)
        spent = process_time() - begun
        world.now += self.count * self.step
        world.refill(self.queue, operations, taken)
        return spent / self.count * 1e6


def step_of(size: int, order: Order) -> int:
    """How far time goes on with each operation, so that one ticket in ten operations changes its lane.

    By arrival, tickets also leave the front lane by departing; by departure they are taken before that.
    """
    return AHEAD // size // (11 if order is Order.DEPARTURE else 20)


def make_cases(count: int, rng: random.Random) -> list[Case]:
    """Tickets of clients of their own, received over the last ten days."""
    cases = []
    for number in range(count):
        received = NOON - 10 * DAY * rng.random()
        departs = NOON + 2 * DAY * rng.random()
        cases.append(Case.opened(request(number, departs, received), micros(received), _SENDER, UTC))
    return cases


def compared(queue: Queue, world: World, step: int, plan: Plan) -> Compared:
    """A candidate beside the floor, in turns."""
    floor = Floor([static_key(case) for case in world.waiting], random.Random(5))
    queue.load(world.waiting, world.now)
    mix = Mix(queue, world, step, plan.operations)
    return interleaved(lambda: floor.round(plan.operations // 2), mix.round, plan.rounds)


def check(core: Core, world: World, order: Order) -> None:
    """Our order is that of the naive sort, to the last ticket."""
    core.advance(world.now)
    naive = Naive(order)
    naive.load([world.cases[ticket_id] for ticket_id in core.backlog], world.now)
    if core.order() != naive.order(world.now):
        raise SystemExit(f"wrong order at {world.now}")


def measure_mix(report: Report, cases: list[Case], plan: Plan) -> Compared:
    """Our core under the mix, in both lane orders; the one by departure is returned."""
    found = {}
    for order in (Order.ARRIVAL, Order.DEPARTURE):
        progress(f"{plan.size:,}: core, lanes by {order}")
        world = World(cases, plan.size, random.Random(1))
        core = Core(order, world.cases)
        result = found[order] = compared(core, world, step_of(plan.size, order), plan)
        check(core, world, order)
        changes = core.changes / plan.rounds / plan.operations * 10
        what = f"{plan.size:,} waiting, mix, lanes by {order}"
        report.figure(f"{what}: floor", result.floor_us, "us an operation")
        report.figure(f"{what}: core", result.us, f"us an operation, {changes:.2f} lane changes in 10")
        report.at_most(f"{what}: core, x floor", result.ratio, plan.mix_bar)
    return found[Order.DEPARTURE]


def measure_peers(report: Report, cases: list[Case], plan: Plan) -> None:
    """What a host would otherwise use, with keys that time does not change."""
    for peer in (LazyHeap(), SortedTuples(), Sqlite()):
        name = type(peer).__name__
        progress(f"{plan.size:,}: {name}")
        world = World(cases, plan.size, random.Random(1))
        result = compared(peer, world, step_of(plan.size, Order.DEPARTURE), plan)
        report.figure(f"{plan.size:,} waiting, mix, no lane changes: {name}", result.ratio, f"x floor, {result.us:.3g} us")
        if not isinstance(peer, LazyHeap):
            asked = world.rng.choices([ticket_id for ticket_id in world.ids if ticket_id in peer], k=plan.asked)
            spent = cpu_us(partial(rank_all, peer, asked), len(asked))
            report.figure(f"{plan.size:,} waiting, rank by id: {name}", spent, "us")


def rank_all(peer: SortedTuples | Sqlite, asked: list[str]) -> None:
    for ticket_id in asked:
        peer.rank(ticket_id)


def measure_naive(report: Report, cases: list[Case], plan: Plan, ours: Compared) -> None:
    """All rules asked of all tickets, and all sorted, at each take, in the same mix."""
    progress(f"{plan.size:,}: naive")
    world = World(cases, plan.size, random.Random(1))
    few = replace(plan, rounds=plan.repeats, operations=10)
    result = compared(Naive(Order.DEPARTURE), world, step_of(plan.size, Order.DEPARTURE), few)
    what = f"{plan.size:,} waiting, mix, lanes by departure"
    report.figure(f"{what}: all sorted at each take", result.ratio, f"x floor, {result.us:.3g} us")
    report.at_least(f"{what}: core, times faster than sorting all at each take", result.us / ours.us, 1000)


def measure_rank(report: Report, cases: list[Case], plan: Plan) -> None:
    """The rank of a ticket by its id, asked after every mutation; each answer is timed alone, the clock included."""
    progress(f"{plan.size:,}: rank after every mutation")
    world = World(cases, plan.size, random.Random(1))
    core = Core(Order.ARRIVAL, world.cases)
    core.load(world.waiting, world.now)
    spent = []
    for operation in world.stream(core, plan.operations):
        world.now += step_of(plan.size, Order.ARRIVAL)
        play(core, [operation], world.now, 0)
        ticket_id = world.rng.choice(world.ids)
        if ticket_id in core:
            begun = process_time()
            core.rank(ticket_id)
            spent.append((process_time() - begun) * 1e6)
    report.at_most(f"{plan.size:,} waiting: rank by id after every mutation, us, mean", fmean(spent), plan.rank_bar)
    report.figure(f"{plan.size:,} waiting: rank by id after every mutation, longest of {len(spent):,}", max(spent), "us")


def measure_crowds(report: Report, cases: list[Case], plan: Plan) -> None:
    """Loading all, and then half of them changing their lane in one tick."""
    waiting = cases[: plan.size]
    for spread in (timedelta(0), DAY):
        how = "each at its instant" if spread else "all at one instant"
        progress(f"{plan.size:,}: bulk load and storm, {how}")
        half_departs(waiting, spread, random.Random(3))
        loads, storms = [], []
        for _ in range(plan.repeats):
            for case in waiting:
                case.key, case.due = None, FOREVER
            core = Core(Order.ARRIVAL, {case.id: case for case in waiting})
            gc.collect()
            loads.append(cpu_us(partial(core.load, waiting, START), plan.size))
            storms.append(cpu_us(partial(core.advance, START + 3 * DAY_US - 1), plan.size // 2))
            if core.changes != plan.size // 2 or core.backlog.size(0) != plan.size // 2:
                raise SystemExit("the storm did not move half of the tickets")
        ratio = median(storm / load for storm, load in zip(storms, loads, strict=True))
        report.at_most(f"{plan.size:,} waiting: bulk load, us a ticket ({how})", median(loads), 5)
        report.figure(f"{plan.size:,} waiting: storm of half, {how}", median(storms), "us a moved ticket")
        what = f"{plan.size:,} waiting: storm of half, {how}, x bulk load a ticket"
        if spread or plan.size > FULL[0].size:
            report.figure(what, ratio, "x")
        else:
            report.at_most(what, ratio, 1.5)


def half_departs(cases: Sequence[Case], spread: timedelta, rng: random.Random) -> None:
    """Every other ticket enters the front lane between the second and the third day, the others much later."""
    for number, case in enumerate(cases):
        departs = NOON + 3 * DAY + spread * rng.random() if number % 2 else NOON + 30 * DAY + DAY * rng.random()
        case.bookings = (Booking("KC1", departs_at=departs),)


def measure_memory(report: Report, cases: list[Case], plan: Plan) -> None:
    """Index, calendar and keys. Ids and records are the desk's own and there before.

    Departures lie up to 30 days ahead: the dearer case for a calendar of buckets.
    """
    progress(f"{plan.size:,}: memory")
    loaded = core_bytes(cases, plan, 0) / plan.size
    worn = core_bytes(cases, plan, plan.rounds) / plan.size
    report.figure(f"{plan.size:,} waiting: core memory, loaded", loaded, "bytes a ticket")
    report.at_most(f"{plan.size:,} waiting: core memory, loaded or worn by the mix, bytes a ticket", max(loaded, worn), 300)


def core_bytes(cases: list[Case], plan: Plan, rounds: int) -> int:
    """What `tracemalloc` counts as freed when index and calendar are dropped."""
    world = World(cases, plan.size, random.Random(1))
    for case in world.waiting:
        case.bookings = (Booking("KC1", departs_at=NOON + 30 * DAY * world.rng.random()),)
    tracemalloc.start()
    core = Core(Order.ARRIVAL, world.cases)
    core.load(world.waiting, world.now)
    mix = Mix(core, world, step_of(plan.size, Order.ARRIVAL), plan.operations)
    for _ in range(rounds):
        mix.round()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    core.backlog, core.calendar = Backlog(1), Calendar()
    for case in cases:
        case.key, case.due = None, FOREVER
    gc.collect()
    held -= tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held


def measure_longest(report: Report, cases: list[Case], plan: Plan) -> None:
    """The longest single operation of the mix, with garbage collection as Python sets it; none of them moves a crowd."""
    progress(f"{plan.size:,}: longest operation")
    world = World(cases, plan.size, random.Random(1))
    core = Core(Order.ARRIVAL, world.cases)
    core.load(world.waiting, world.now)
    gc.collect()
    longest = dict.fromkeys(("add", "take", "remove", "move", "rank"), 0.0)
    spent = []
    for _ in range(plan.timed // plan.operations):
        operations = world.stream(core, plan.operations)
        taken = []
        for operation in operations:
            world.now += step_of(plan.size, Order.ARRIVAL)
            begun = process_time()
            taken += play(core, [operation], world.now, 0)
            took = (process_time() - begun) * 1e3
            spent.append(took)
            name = list(longest)[operation[0]]
            longest[name] = max(longest[name], took)
        begun = process_time()
        core.rank(next(iter(core.backlog)))
        longest["rank"] = max(longest["rank"], (process_time() - begun) * 1e3)
        world.refill(core, operations, taken)
    slow = sorted(spent)[-1 - len(spent) // 10_000]
    report.figure(f"{plan.size:,} waiting: 99.99th percentile of {len(spent):,} operations", slow, "ms")
    for name, took in longest.items():
        report.figure(f"{plan.size:,} waiting: longest {name}", took, "ms")
    report.at_most(f"{plan.size:,} waiting: longest operation that moves no crowd, ms", max(longest.values()), 10)


def main() -> None:
    asked = options("The ranking core against its peers.")
    peers = {"sortedcontainers": version("sortedcontainers"), "sqlite": sqlite3.sqlite_version}
    report = Report("ranking", {"seed": 1, "quick": asked.quick, **peers})
    for plan in QUICK if asked.quick else FULL:
        progress(f"{plan.size:,}: making tickets")
        cases = make_cases(plan.size + plan.operations, random.Random(7))
        gc.collect()
        ours = measure_mix(report, cases, plan)
        measure_peers(report, cases, plan)
        measure_naive(report, cases, plan, ours)
        measure_rank(report, cases, plan)
        measure_crowds(report, cases, plan)
        measure_memory(report, cases, plan)
        measure_longest(report, cases, plan)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
