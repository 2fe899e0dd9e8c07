"""How good the estimates are for real calls: learn from one month of a bank's telephone, and promise in another.

    python benchmarks/eta_bank.py TRAIN.csv[.gz] TEST.csv[.gz] [--head-start SECONDS] [--json]

The tables are January and February 1999 of the "Anonymous Bank" call-by-call data (Mandelbaum and Guedj, Technion), not part of
this repository. Every call goes through a desk: who has to wait is promised something at the moment of entering the queue, who
hangs up is withdrawn. The training month was served in the order of arrival; in the test month priority 2 had a head start, of
90 seconds by the documents of the bank.

Nobody knows who is at work, so agents are those who were seen: an agent has a call until the next one, or for `REST` after it
ended. Which agents answer which kind of call is not known either; whoever is passed over stands aside for that moment.

What the desk says is corrected by what the training month taught (see `Correction`), and judged by the calls that waited and
were served, without the kind IN (internet). Shares in the JSON go from 0 to 1.

A malformed row is named on standard error and skipped. Exit status 2: the input cannot be read.
"""

from __future__ import annotations

import argparse
import json
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import fmean, median
from time import process_time
from typing import Final

from _bench import Report, machine
from _tables import InputError, Row, calls_of

from supportq import Client, Desk, Lane, Policy, Request, Shift, Staffing, when
from supportq.events import Promised
from supportq.policy import HeadStart

COLUMNS: Final = ("priority", "type", "date", "q_start", "q_time", "outcome", "ser_start", "ser_time", "server")
SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)
INSTANT: Final = timedelta(microseconds=1)
REST: Final = timedelta(minutes=5)
"""For so long after a call an agent without another one is taken to be at work still."""
PLANNED: Final = 12
"""Agents planned, until somebody counts them."""
HANDLING_TIME: Final = timedelta(minutes=5)
"""What the desk of the training month begins with."""
GROUPS: Final = 12
"""Promises of one kind are corrected in so many groups by what was promised, none of fewer calls than `FEWEST`."""
FEWEST: Final = 150


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when it entered the queue (or reached an agent at once), and what became of it."""

    id: str
    kind: str
    priority: str
    came: datetime
    waited: timedelta
    agent: str | None
    """Who took it; `None` if the caller hung up."""
    released: datetime
    """When the agent is no longer counted on account of it."""

    @property
    def left(self) -> datetime:
        """When it left the queue."""
        return self.came + self.waited


@dataclass(frozen=True, slots=True)
class Told:
    """What was told to a call that entered the queue, in seconds, and what came."""

    kind: str
    queue: int
    """How many waited already."""
    p50: float
    p90: float
    wait: float
    counts: bool
    """Whether it is judged."""


def calls(path: Path) -> list[Call]:
    """The calls of a table that reached an agent or the queue, without those that its makers say to ignore (PHANTOM)."""
    held = [made for made in calls_of(path, COLUMNS, _call) if made is not None]
    if not held:
        raise InputError(f"{path}: has no calls")
    return held


def _call(row: Row) -> Call | None:
    waited, served = row.whole("q_time") * SECOND, row["outcome"] == "AGENT"
    if row["outcome"] == "PHANTOM" or not (served or waited):
        return None
    # Instants from the day and a duration: some calls end after midnight.
    came = row.at("q_start" if waited else "ser_start")
    known = row["server"] != "NO_SERVER"
    # A call that lasted no second ends after it began all the same.
    released = came + waited + max(SECOND, row.whole("ser_time") * SECOND) + (REST if known else timedelta())
    agent = (row["server"] if known else f"unknown {row.line}") if served else None
    return Call(f"C{row.line:06}", row["type"], row["priority"], came, waited, agent, released)


class Replay:
    """A desk that calls go through."""

    def __init__(self, head_start: timedelta, handling_time: timedelta) -> None:
        ahead = (HeadStart(head_start, when.attribute("priority", "2")),) if head_start else ()
        self._desk: Final = Desk(Policy((Lane("calls", head_starts=ahead),), name="bank"))
        self._handling_time: Final = handling_time
        self._day: date | None = None
        self._at_work: Final[dict[str, tuple[Call, datetime]]] = {}
        self._spent: Final[list[timedelta]] = []
        self.told: Final[list[Told]] = []
        self.takes = self.passed = 0

    @property
    def handling_time(self) -> timedelta:
        """How long agents had a call on average."""
        return sum(self._spent, timedelta()) / len(self._spent)

    def run(self, held: Sequence[Call]) -> None:
        """Let the calls go through, moment by moment: at one second agents come free first and new calls come last."""
        steps: list[tuple[datetime, int, int, Callable[[Call, datetime], None]]] = []
        for place, call in enumerate(held):
            if call.waited:
                steps.append((call.came, 3, place, self._enter))
            if call.agent is None:
                steps.append((call.left, 2, place, self._hang_up))
            else:
                steps += [(call.left, 1, place, self._take), (call.released, 0, place, self._release)]
        steps.sort(key=lambda step: step[:3])
        now = steps[0][0]
        for at, _, place, step in steps:
            now = max(at, now + 2 * INSTANT)
            # Whoever was passed over waits again.
            self._desk.advance(now=now)
            if now.date() != self._day:
                self._plan(now)
            step(held[place], now)

    def _plan(self, now: datetime) -> None:
        """Agents work round the clock, as far as the plan knows; how many is counted before each question."""
        self._day = now.date()
        shift = Shift(time(), time(), PLANNED, first_day=self._day, last_day=self._day + DAY)
        self._desk.plan(Staffing((shift,), handling_time=self._handling_time), now=now)

    def _submit(self, call: Call, now: datetime) -> None:
        request = Request(call.id, Client(account=call.id), attributes={"priority": call.priority})
        self._desk.submit(request, now=now)

    def _enter(self, call: Call, now: datetime) -> None:
        queue = self._desk.counter().waiting
        self._submit(call, now)
        # Somebody is there, or nobody would have to wait.
        self._desk.count_agents(max(1, len(self._at_work)), now=now)
        said = next(event for event in self._desk.promise(call.id, now=now) if isinstance(event, Promised))
        assert said.p50 is not None
        assert said.p90 is not None
        counts = call.agent is not None and call.kind != "IN"
        self.told.append(Told(call.kind, queue, said.p50 / SECOND, said.p90 / SECOND, call.waited / SECOND, counts))

    def _take(self, call: Call, now: datetime) -> None:
        assert call.agent is not None
        if call.agent in self._at_work:
            self._finish(call.agent, now)
        if not call.waited:
            self._submit(call, now)
        passed = self._desk.waiting(limit=self._desk.position(call.id).ahead)
        for other in passed:
            self._desk.park(other, until=now + INSTANT, now=now)
        self._desk.take(call.agent, now=now)
        self._at_work[call.agent] = call, now
        self.takes += 1
        self.passed += bool(passed)

    def _release(self, call: Call, now: datetime) -> None:
        assert call.agent is not None
        if self._at_work.get(call.agent, (None,))[0] is call:
            self._finish(call.agent, now)

    def _finish(self, agent: str, now: datetime) -> None:
        call, since = self._at_work.pop(agent)
        self._desk.reply(call.id, now=now)
        self._desk.resolve(call.id, now=now)
        self._spent.append(now - since)

    def _hang_up(self, call: Call, now: datetime) -> None:
        self._desk.withdraw(call.id, now=now)


class Correction:
    """What promises are multiplied by, as learnt from a month: the median of wait to promise, and at p90 nine in ten of them.

    The time for which an agent has a call holds the pause after it, which is shorter when many wait; and a desk says how long
    it takes for whoever stays, while those who were served are the ones whose waits were short enough for them. So promises
    are corrected in groups of like ones, and each kind of call by itself where there were enough: not all agents answer all.
    """

    def __init__(self, told: Sequence[Told]) -> None:
        held: defaultdict[str | None, list[Told]] = defaultdict(list)
        for one in told:
            held[one.kind].append(one)
            held[None].append(one)
        self._kinds: Final = {
            kind: _factors(sorted(ones, key=lambda one: one.p50))
            for kind, ones in held.items()
            if kind is None or len(ones) >= 3 * FEWEST
        }

    def of(self, one: Told) -> tuple[float, float]:
        """What p50 and p90 of a promise become."""
        edges, factors = self._kinds.get(one.kind) or self._kinds[None]
        middle, high = factors[max(0, bisect_right(edges, one.p50) - 1)]
        return one.p50 * middle, one.p90 * high


def _factors(told: Sequence[Told]) -> tuple[list[float], list[tuple[float, float]]]:
    """From which promise on each group goes, and its two factors."""
    groups = max(1, min(GROUPS, len(told) // FEWEST))
    parts = [told[place * len(told) // groups : (place + 1) * len(told) // groups] for place in range(groups)]
    return [part[0].p50 for part in parts], [
        (median(one.wait / max(1, one.p50) for one in part), _most([one.wait / max(1, one.p90) for one in part]))
        for part in parts
    ]


def _most(values: Sequence[float]) -> float:
    """What nine in ten do not exceed."""
    return sorted(values)[math.ceil(0.9 * len(values)) - 1]


@dataclass(frozen=True, slots=True)
class Score:
    """How waits compare with what was told; seconds and shares from 0 to 1."""

    mae: float
    p90_coverage: float
    below_p50: float
    n: int


def score(told: Sequence[Told], answer: Callable[[Told], tuple[float, float]]) -> Score:
    """Judge p50 and p90 as `answer` gives them."""
    answers = [(one.wait, *answer(one)) for one in told]
    return Score(
        mae=fmean(abs(wait - middle) for wait, middle, _ in answers),
        p90_coverage=fmean(wait <= high for wait, _, high in answers),
        below_p50=fmean(wait <= middle for wait, middle, _ in answers),
        n=len(answers),
    )


def by_queue(told: Sequence[Told]) -> Callable[[Told], tuple[float, float]]:
    """What can be said without a desk: the waits of those who found as many waiting."""
    held: defaultdict[int, list[float]] = defaultdict(list)
    for one in told:
        held[one.queue].append(one.wait)
    known = {queue: (median(waits), _most(waits)) for queue, waits in held.items()}
    longest = max(known)
    return lambda one: known.get(one.queue, known[longest])


def replayed(path: Path, head_start: timedelta, handling_time: timedelta) -> tuple[Replay, list[Told]]:
    """A month, and what was told to the calls that are judged."""
    month = Replay(head_start, handling_time)
    month.run(calls(path))
    judged = [one for one in month.told if one.counts]
    if not judged:
        raise InputError(f"{path}: has no call that waited and was served")
    return month, judged


def main() -> None:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path, metavar="TRAIN", help="the month to learn from: a CSV file, plain or gzipped")
    parser.add_argument("test", type=Path, metavar="TEST", help="the month to promise in")
    parser.add_argument("--head-start", type=float, default=90, metavar="SECONDS", help="of priority 2 in TEST (default: 90)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    begun = process_time()
    try:
        train, learnt = replayed(asked.train, timedelta(), HANDLING_TIME)
        test, judged = replayed(asked.test, asked.head_start * SECOND, train.handling_time)
    except InputError as error:
        parser.error(str(error))
    plain, baseline = score(judged, lambda one: (one.p50, one.p90)), score(judged, by_queue(learnt))
    final = score(judged, Correction(learnt).of)
    settings = {"train": asked.train.name, "test": asked.test.name, "head_start": asked.head_start, "n": final.n}
    report = Report("eta_bank", settings)
    report.at_most("mean absolute error of p50, s", final.mae, 47.8)
    report.at_least("waits at most p90, %", 100 * final.p90_coverage, 86)
    report.at_most("waits at most p90, %", 100 * final.p90_coverage, 94)
    report.figure("waits at most p50", 100 * final.below_p50, "%")
    for what, one in (("by queue length, without a desk", baseline), ("the desk, not corrected", plain)):
        report.figure(f"{what}: mean absolute error of p50", one.mae, "s")
        report.figure(f"{what}: waits at most p50", 100 * one.below_p50, "%")
        report.figure(f"{what}: waits at most p90", 100 * one.p90_coverage, "%")
    for what, month in (("training", train), ("test", test)):
        report.figure(f"{what}: an agent has a call for", month.handling_time / SECOND, "s")
        report.figure(f"{what}: calls taken before one that the policy had first", 100 * month.passed / month.takes, "%")
    report.figure("CPU time of it all", process_time() - begun, "s")
    if asked.json:
        measured = {key: round(value, 4) for key, value in asdict(final).items()}
        print(json.dumps({**asdict(report), "machine": machine(), **measured}, ensure_ascii=False))
    else:
        report.show(as_json=False)


if __name__ == "__main__":
    main()
