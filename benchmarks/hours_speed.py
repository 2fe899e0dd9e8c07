"""What opening hours cost: open or not, business time across a year and across ten, and the first question about a year.

    python benchmarks/hours_speed.py [--json] [--quick]

The door has two openings a day, holidays, an exception and two recurrence rules, in Prague. Floor and candidates take turns in
one run, as in the other benchmarks. Beside them stands what a host without this module would do: walk from day to day.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from _bench import Compared, Floor, Report, cpu_us, interleaved, options, progress

from supportq._instants import DAY, HOUR, micros
from supportq.hours import Hours, Opening, Recurrence, SpecialDay

PRAGUE: Final = ZoneInfo("Europe/Prague")
WORKDAYS: Final = (0, 1, 2, 3, 4)
FIRST: Final = 2020
YEARS: Final = 12
BEGIN: Final = micros(datetime(FIRST, 1, 1, tzinfo=UTC))
YEAR: Final = 365 * DAY


@dataclass(frozen=True, slots=True)
class Plan:
    """How many questions a round asks, and how many rounds there are."""

    questions: int
    rounds: int


FULL: Final = Plan(questions=2_000, rounds=31)
QUICK: Final = Plan(questions=20, rounds=3)


def door() -> Hours:
    """An office that nobody has asked yet."""
    years = range(FIRST - 1, FIRST + YEARS + 1)
    return Hours(
        (Opening(time(9), time(12), WORKDAYS), Opening(time(13), time(18), WORKDAYS)),
        PRAGUE,
        special_days=tuple(SpecialDay(date(year, 12, 23), (Opening(time(9), time(12)),)) for year in years),
        holidays=tuple(date(year, month, day) for year in years for month, day in ((5, 1), (5, 8), (7, 5), (7, 6), (12, 24))),
        closed_by=(Recurrence("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25,26"), Recurrence("FREQ=YEARLY;BYEASTER=-2,1")),
    )


def walked(hours: Hours, start: int, end: int) -> int:
    """Business time by walking from day to day."""
    day = datetime.fromtimestamp(start / 1e6, PRAGUE).date() - timedelta(days=2)
    last = datetime.fromtimestamp(end / 1e6, PRAGUE).date()
    passed = 0
    while day <= last:
        for opening in hours.openings_on(day):
            opens, closes = opening.on(day, PRAGUE) or (0, 0)
            passed += max(0, min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    return passed


class Rounds:
    """Rounds of one question, each at instants of its own; the questions are drawn outside of the measured time."""

    def __init__(self, ask: Callable[[int], object], questions: int, span: int) -> None:
        self.ask, self.questions, self.span, self.rng = ask, questions, span, random.Random(1)

    def __call__(self) -> float:
        instants = [BEGIN + self.rng.randrange(YEARS * YEAR - self.span) for _ in range(self.questions)]
        return cpu_us(lambda: _each(self.ask, instants), self.questions)


def _each(ask: Callable[[int], object], instants: list[int]) -> None:
    for at in instants:
        ask(at)


def questions_of(hours: Hours) -> Iterator[tuple[str, Callable[[int], object], int]]:
    """What is asked, how, and how far beyond the instant it looks."""
    yield "open or not, and until when", lambda at: hours.status(at, UTC), 0
    yield "business time across a year", lambda at: hours.business_time(at, at + YEAR, UTC), YEAR
    yield "business time across ten years", lambda at: hours.business_time(at, at + 10 * YEAR, UTC), 10 * YEAR
    yield "the end of 8 hours of business time", lambda at: hours.after(at, 8 * HOUR, UTC), 30 * DAY
    yield "the end of a year of business time", lambda at: hours.after(at, 1_980 * HOUR, UTC), 2 * YEAR


BARS: Final = {"business time across a year": (20.0, 10.0)}
"""At most so many microseconds, and so many times the floor."""


def measure_warm(report: Report, plan: Plan) -> None:
    """Every question of every part of the calendar that was asked about before."""
    hours, rng = door(), random.Random(5)
    hours.business_time(BEGIN, BEGIN + (YEARS + 1) * YEAR, UTC)
    # A push or a pop in a heap of 30,000.
    floor = Floor([(rng.randrange(1 << 50), number, f"F{number}") for number in range(30_000)], rng)
    for what, ask, span in questions_of(hours):
        progress(what)
        result: Compared = interleaved(lambda: floor.round(plan.questions), Rounds(ask, plan.questions, span), plan.rounds)
        if what in BARS:
            report.at_most(f"{what}, us", result.us, BARS[what][0])
            report.at_most(f"{what}, x floor", result.ratio, BARS[what][1])
        else:
            report.figure(what, result.us, "us")
            report.figure(f"{what}, against the floor", result.ratio, "x floor")


def measure_walk(report: Report, plan: Plan) -> None:
    """Against walking from day to day, which must come to the same."""
    progress("walking from day to day")
    hours = door()
    for at in (BEGIN, BEGIN + 2 * YEAR + 12 * HOUR, BEGIN + 4 * YEAR + 1):
        assert walked(hours, at, at + YEAR) == hours.business_time(at, at + YEAR, UTC)
    walk = Rounds(lambda at: walked(hours, at, at + YEAR), max(1, plan.questions // 500), YEAR)
    ours = Rounds(lambda at: hours.business_time(at, at + YEAR, UTC), plan.questions, YEAR)
    ours()
    result = interleaved(walk, ours, max(3, plan.rounds // 3))
    report.at_least("business time across a year, x faster than walking from day to day", 1 / result.ratio, 100)


def measure_cold(report: Report, plan: Plan) -> None:
    """The first question about a year: rules, clock changes and sums are worked out once."""
    progress("first questions")
    times = [cpu_us(lambda: door().business_time(BEGIN, BEGIN + YEAR, UTC), 1) for _ in range(plan.rounds)]
    report.figure("hours built, and the first question about a year", min(times) / 1e3, "ms")


def main() -> None:
    asked = options("What opening hours cost.")
    plan = QUICK if asked.quick else FULL
    report = Report("hours_speed", {"seed": 1, "quick": asked.quick})
    measure_warm(report, plan)
    measure_walk(report, plan)
    measure_cold(report, plan)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
