"""The simulation beside SimPy and Ciw, on the same models, in one interleaved run: tickets a CPU second.

    python benchmarks/simulation.py [--json] [--quick]

The model of the comparison is ten servers with two or five classes, nine tenths busy, every ticket recorded. Then the desk
itself with its log: that model, and a desk in a crisis (lanes by departure, shifts, patience; with text and with repeats the
full decision about duplicates), empty and with 30,000 waiting. Needs the extra `peers`.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from statistics import median
from time import process_time
from typing import Final

from _bench import NOON, Report, crisis_policy, options, progress
from _peers import ciw_priority, drawn, simpy_resource, simpy_store

from supportq import Desk, Lane, Policy, Shift, Snapshot, Staffing, when
from supportq.simulation import (
    Chance,
    Clients,
    Departures,
    Exponential,
    Lognormal,
    Model,
    Poisson,
    Rates,
    Run,
    Service,
    Workforce,
    always,
    simulate_plain,
)

HOUR: Final = timedelta(hours=1)
SERVERS: Final = 10
RATE: Final = 9.0
CLASSES: Final = {2: [0.3, 0.7], 5: [0.1, 0.15, 0.2, 0.25, 0.3]}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many tickets each round has, and how many rounds there are."""

    plain: int
    through_desk: int
    rounds: int
    waiting: int


FULL: Final = Plan(plain=20_000, through_desk=4_000, rounds=7, waiting=30_000)
QUICK: Final = Plan(plain=200, through_desk=100, rounds=2, waiting=100)


def priority_model(shares: list[float]) -> Model:
    """Ten agents around the clock, and classes that differ in nothing but their lane."""
    kinds = {f"class {number}": share for number, share in enumerate(shares)}
    lanes = tuple(Lane(kind, when.kind(kind)) for kind in list(kinds)[:-1])
    return Model(
        policy=Policy((*lanes, Lane("last"))),
        sources=(Poisson(rates=Rates.flat(24 * RATE), kinds=kinds),),
        workforce=always(SERVERS),
        service=Service(usual=Exponential(3600)),
    )


def crisis_model(*, repeats: float = 0.0, text: bool = False) -> Model:
    """Some 90 agents by shifts, 6,000 requests a day, and clients who give up in the end."""
    shifts = (Shift(time(7), time(15), agents=35), Shift(time(15), time(23), agents=40), Shift(time(23), time(7), agents=15))
    plan = Staffing(shifts, handling_time=timedelta(minutes=12))
    source = Poisson(
        rates=Rates.by_hour([80] * 8 + [400] * 12 + [140] * 4),
        kinds={"refund": 3, "change_date": 2, "question": 1},
        channels={"email": 2, "phone": 1, "messenger": 1},
        departures=(Departures((1, 24), 0.25), Departures((24, 720), 0.75)),
        text=text,
    )
    return Model(
        policy=crisis_policy(),
        sources=(source,),
        workforce=Workforce.of(plan),
        service=Service(usual=Lognormal(720, 0.75)),
        clients=Clients(repeats=repeats, repeats_after=Exponential(10 * 3_600), patience=Lognormal(96 * 3_600, 1)),
    )


def measure_peers(report: Report, plan: Plan, classes: int) -> None:
    """The plain model: without a desk, and through one, beside SimPy and Ciw."""
    progress(f"{classes} classes beside SimPy and Ciw")
    shares, model = CLASSES[classes], priority_model(CLASSES[classes])
    many, few = plan.plain / RATE, plan.through_desk / RATE

    def desk_run(seed: int) -> int:
        run = Run(model, start=NOON, seed=seed, keep_log=True)
        run.until(NOON + few * HOUR)
        return len(run.results().tickets)

    candidates: dict[str, Callable[[int], int]] = {
        "supportq without a desk": lambda seed: len(simulate_plain(model, start=NOON, until=NOON + many * HOUR, seed=seed)),
        "SimPy, PriorityStore": lambda seed: len(simpy_store(drawn(random.Random(seed), shares, RATE, many), SERVERS, many)),
        "SimPy, PriorityResource": lambda seed: len(
            simpy_resource(drawn(random.Random(seed), shares, RATE, many), SERVERS, many)
        ),
        "Ciw": lambda seed: len(ciw_priority(shares, RATE, SERVERS, few, seed)),
        "supportq through Desk, log kept": desk_run,
    }
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(plan.rounds):
        for name, candidate in candidates.items():
            gc.collect()
            begun = process_time()
            count = candidate(turn + 1)
            found[name].append(count / (process_time() - begun))
    for name, values in found.items():
        report.figure(f"{classes} classes: {name}", median(values), "tickets a CPU second")
    ratio = {name: median(a / b for a, b in zip(found[name], found[other], strict=True)) for name, other in PAIRS}
    report.at_least(f"{classes} classes: without a desk, x SimPy PriorityStore", ratio["supportq without a desk"], 1.2)
    without = median(a / b for a, b in zip(found["supportq without a desk"], found["Ciw"], strict=True))
    report.at_least(f"{classes} classes: without a desk, x Ciw", without, 2.5)
    report.at_least(f"{classes} classes: through Desk, x Ciw", ratio["supportq through Desk, log kept"], 0.5)
    report.at_least(
        f"{classes} classes: through Desk, tickets a CPU second", median(found["supportq through Desk, log kept"]), 20_000
    )


PAIRS: Final = (("supportq without a desk", "SimPy, PriorityStore"), ("supportq through Desk, log kept", "Ciw"))


def backlog(count: int) -> Snapshot:
    """A desk at which so many wait."""
    source = replace(crisis_model().sources[0], rates=Rates.flat(count), name="B")  # type: ignore[type-var]  # a `Poisson`
    desk = Desk(crisis_policy())
    desk.submit_many(source.between(NOON - 24 * HOUR, NOON, Chance(5)), now=NOON)  # type: ignore[arg-type]  # requests only
    return desk.snapshot()


def measure_crisis(report: Report, plan: Plan) -> None:
    """The desk in a crisis, through `Desk`."""
    progress("a crisis through Desk")
    length = plan.through_desk / 6_000 * 24 * HOUR
    known = crisis_model()
    models = {
        "crisis, clients known": (known, None),
        "crisis, repeats, with text": (crisis_model(repeats=0.24, text=True), None),
        f"crisis, clients known, {plan.waiting:,} waiting": (known, backlog(plan.waiting)),
    }
    found: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(plan.rounds):
        for name, (model, snapshot) in models.items():
            run = Run(model, start=NOON, seed=turn + 1, start_from=snapshot)
            gc.collect()
            begun = process_time()
            run.until(NOON + length)
            took = process_time() - begun
            found[name].append(sum(row.opened_at >= NOON for row in run.results().tickets) / took)
    for name, values in found.items():
        report.figure(name, median(values), "tickets a CPU second")
    names = list(models)
    report.at_least("crisis, clients known: tickets a CPU second", median(found[names[0]]), 15_000)
    report.at_least("crisis, repeats, with text: tickets a CPU second", median(found[names[1]]), 6_000)
    slower = median(a / b for a, b in zip(found[names[0]], found[names[2]], strict=True))
    report.at_most(f"a ticket with {plan.waiting:,} waiting, x one of an empty start", slower, 1.5)


def measure_memory(report: Report, plan: Plan) -> None:
    """What a finished ticket costs that is kept as a row."""
    progress("memory of rows")
    model = priority_model(CLASSES[2])
    tracemalloc.start()
    run = Run(model, start=NOON, seed=1)
    run.until(NOON + plan.through_desk / RATE * HOUR)
    rows = run.results().tickets
    del run
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    report.at_most("a ticket kept as a row, bytes", held / len(rows), 600)


def main() -> None:
    """Measure, and print."""
    arguments = options("The simulation beside SimPy and Ciw.")
    plan = QUICK if arguments.quick else FULL
    report = Report("simulation", {"start": str(datetime.date(NOON)), "servers": SERVERS, "load": RATE / SERVERS})
    for classes in CLASSES:
        measure_peers(report, plan, classes)
    measure_crisis(report, plan)
    measure_memory(report, plan)
    report.show(as_json=arguments.json)


if __name__ == "__main__":
    main()
