"""What estimates cost: one pass for all, one ticket between passes, a short queue, and a desk that never asks.

    python benchmarks/eta_speed.py [--json] [--quick]

The queue is that of the crisis: two lanes, each ticket with a departure, a day of inflow measured. CPU time; the fastest of
several runs, since the limits are of what the work takes and not of what else the machine does.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from time import process_time
from typing import Final

from _bench import DAY, NOON, Floor, Report, crisis_policy, interleaved, options, progress, request

from supportq import Desk, Shift, Staffing, _apply
from supportq.estimates import Measures

STAFFING: Final = Staffing((Shift(time(7), time(23), agents=40),), handling_time=timedelta(minutes=12), usual_inflow=1_000)


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the queues are, and how often what is measured is repeated."""

    long: int
    short: int
    repeats: int


FULL: Final = Plan(long=45_000, short=299, repeats=7)
QUICK: Final = Plan(long=2_500, short=50, repeats=2)


def desk_with(size: int, rng: random.Random) -> Desk:
    """A desk with so many waiting, of which a day's inflow came over the last day."""
    desk = Desk(crisis_policy())
    desk.plan(STAFFING, now=NOON - DAY)
    today = min(size // 3, 6_000)
    # Numbers say who it is and what it is about, so that no two requests are the same.
    backlog = [
        request(number, NOON + 30 * DAY * rng.random(), NOON - (1 + 9 * rng.random()) * DAY) for number in range(size - today)
    ]
    desk.submit_many(backlog, now=NOON - DAY)
    for number in range(today):
        now = NOON - DAY + DAY * number / today
        desk.submit(request(size + number, now + 30 * DAY * rng.random()), now=now)
    desk.advance(now=NOON)
    return desk


def fastest(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the fastest of several runs."""
    best = float("inf")
    for _ in range(repeats):
        gc.collect()
        begun = process_time()
        work()
        best = min(best, process_time() - begun)
    return best


def measure_long(report: Report, plan: Plan) -> None:
    """All tickets of a long queue, and one between passes."""
    progress(f"{plan.long:,} waiting")
    desk = desk_with(plan.long, random.Random(1))
    waiting = desk.waiting()

    def all_of_them() -> None:
        forecast = desk.forecast()
        for ticket in waiting:
            forecast.estimate(ticket)

    def passed() -> None:
        forecast = desk.forecast()
        forecast.estimate(waiting[-1])

    report.at_most(
        f"{len(waiting):,} waiting: one pass, as far as the last ticket, ms", fastest(passed, plan.repeats) * 1e3, 150
    )
    report.figure(f"{len(waiting):,} waiting: the pass and an estimate of each", fastest(all_of_them, plan.repeats) * 1e3, "ms")
    desk.estimate(waiting[-1])
    asked = random.Random(2).sample(waiting, min(2_000, len(waiting)))

    def between() -> None:
        for ticket in asked:
            desk.estimate(ticket)

    report.at_most("one ticket between passes, us", fastest(between, plan.repeats) / len(asked) * 1e6, 50)


def measure_short(report: Report, plan: Plan) -> None:
    """A short queue, where every question makes a pass of its own."""
    progress(f"{plan.short:,} waiting")
    desk = desk_with(plan.short, random.Random(1))
    waiting = desk.waiting()
    instants = iter([NOON + timedelta(seconds=number) for number in range(1, 10_000)])

    def asked() -> None:
        for place in range(0, len(waiting), max(1, len(waiting) // 20)):
            desk.estimate(waiting[place], now=next(instants))

    questions = len(range(0, len(waiting), max(1, len(waiting) // 20)))
    report.at_most(f"{len(waiting)} waiting: one question, ms", fastest(asked, plan.repeats) / questions * 1e3, 3)


class _Unmeasured(Measures):
    """A desk that measures nothing for estimates."""

    def admitted(self, lane: int, received: int, at: int, jump: tuple[int, int] | None = None) -> None:
        pass

    def handled(self, kind: str, duration: int, at: int) -> None:
        pass


def measure_unasked(report: Report, plan: Plan) -> None:
    """What a desk that never asks pays for being able to: with and without measuring, in turns."""
    progress("a desk that never asks")
    count, jump_of = 250, _apply._rise

    class Rounds:
        """Whole rounds at a desk, with or without measuring."""

        def __init__(self, *, measured: bool) -> None:
            self.desk = desk_with(plan.long, random.Random(1))
            self.measured, self.number, self.now = measured, 10**6, NOON
            if not measured:
                self.desk._state.measures = _Unmeasured(2)

        def __call__(self) -> float:
            rng = random.Random(self.number)
            fresh = [request(self.number + n, self.now + (1 + 30 * rng.random()) * DAY) for n in range(count)]
            self.number += count
            instants = iter([self.now + timedelta(seconds=7 * n) for n in range(1, 4 * count + 1)])
            self.now += timedelta(seconds=28 * count)
            _apply._rise = jump_of if self.measured else lambda *_: None  # put back below
            begun = process_time()
            for one in fresh:
                self.desk.submit(one, now=next(instants))
                ticket = self.desk.take("agent", now=next(instants))[-1].ticket_id  # type: ignore[union-attr]  # `Taken`
                self.desk.reply(ticket, now=next(instants))
                self.desk.resolve(ticket, now=next(instants))
            took = (process_time() - begun) / count * 1e6
            _apply._rise = jump_of
            return took

    result = interleaved(Rounds(measured=False), Rounds(measured=True), 7 * plan.repeats)
    report.at_most("a round of a desk that never asks, x one that measures nothing", result.ratio, 1.05)


def main() -> None:
    asked = options("What estimates cost.")
    plan = QUICK if asked.quick else FULL
    report = Report("eta_speed", {"seed": 1, "quick": asked.quick})
    rng = random.Random(5)
    floor = Floor([(rng.randrange(1 << 50), number, f"F{number}") for number in range(30_000)], rng)
    # How fast the machine is in this hour, by the same measure as in the other benchmarks.
    report.figure(
        "floor: push and pop in a heap of 30,000", min(floor.round(2_000) for _ in range(plan.repeats)), "us an operation"
    )
    measure_long(report, plan)
    measure_short(report, plan)
    measure_unasked(report, plan)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
