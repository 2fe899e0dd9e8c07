"""How good the estimates are, on invented desks of which every answer is known.

    python benchmarks/eta_accuracy.py [--seeds N,N] [--desk NAME] [--json]

Every question is a promise, so the desk learns from those that fell due. Told are, for each desk and kind of lane: the mean
absolute error and the mean of what the promises are off by in percent, the median of promised to real waits, how many waits lay
within the range of p10 to p90 and below p90, and how wide that range is against the mean wait. The desks are those of
`eta_desks.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from time import process_time
from typing import Final

from _bench import Report
from eta_adapter import SupportQ
from eta_desks import DESKS, Trace, trace

QUARTER: Final = 0.25
"""Errors in percent and ratios are told of waits above a quarter of an hour only."""

Bars = tuple[tuple[str, str, float, float], ...]
"""Lane, measure, and from what to what it may be."""
BARS: Final[dict[str, Bars]] = {
    "three-lanes": (
        ("ordinary", "error, %", 0, 10),
        ("ordinary", "ratio", 0.93, 1.08),
        ("ordinary", "within the range, %", 72, 100),
        ("ordinary", "below p90, %", 85, 100),
        ("ordinary", "width x mean wait", 0, 0.5),
    ),
    "weekends": (
        ("ordinary", "error, %", 0, 12),
        ("ordinary", "ratio", 0.93, 1.08),
        ("ordinary", "within the range, %", 72, 100),
        ("ordinary", "below p90, %", 85, 100),
        ("free agent", "mean error, h", 0, 0.001),
    ),
    "starved": (("ordinary", "UNSTABLE without p90, %", 99, 100),),
}


@dataclass(slots=True)
class Told:
    """Questions of one kind of lane: what was said and what came."""

    waits: list[float] = field(default_factory=list)
    ranges: list[tuple[float | None, float | None, float | None]] = field(default_factory=list)
    silent: int = 0
    asked: int = 0

    def measures(self) -> Iterator[tuple[str, float]]:
        """What there is to tell of them."""
        if self.asked:
            yield "UNSTABLE without p90, %", 100 * self.silent / self.asked
        known = [
            (wait, low, mid, high) for wait, (low, mid, high) in zip(self.waits, self.ranges, strict=True) if mid is not None
        ]
        if not known:
            return
        mean = fmean(wait for wait, *_ in known)
        yield "mean wait, h", mean
        yield "mean error, h", fmean(abs((mid or 0) - wait) for wait, _, mid, _ in known)
        long = [(wait, mid or 0) for wait, _, mid, _ in known if wait > QUARTER]
        if long:
            yield "error, %", fmean(100 * abs(mid - wait) / wait for wait, mid in long)
            yield "ratio", median(mid / wait for wait, mid in long)
        full = [(wait, low, high) for wait, low, _, high in known if low is not None and high is not None]
        if full and mean:
            second = 1.5 / 3600  # what is promised is told in whole seconds
            yield "within the range, %", fmean(100 * (low - second <= wait <= high + second) for wait, low, high in full)
            yield "below p90, %", fmean(100 * (wait <= high + second) for wait, _, high in full)
            yield "width x mean wait", fmean(high - low for _, low, high in full) / mean


def played(made: Trace) -> tuple[dict[str, Told], SupportQ, float]:
    """Tell a desk all that happened, and note what it answers; CPU milliseconds of a question, too."""
    desk = SupportQ(made.header)
    told: dict[str, Told] = {name: Told() for name in ("free agent", "above", "ordinary")}
    spent = 0.0
    for event in made.events:
        if event["ev"] != "ask":
            desk.on_event(event)
            continue
        begun = process_time()
        low, middle, high, reasons = desk.eta(event["id"], event["t"])
        spent += process_time() - begun
        answer = made.answers[event["q"]]
        if not answer.counts:
            continue
        kind = told["free agent" if answer.idle else "ordinary" if answer.lane == made.ordinary else "above"]
        kind.asked += 1
        kind.silent += high is None and "UNSTABLE" in reasons
        if answer.wait is not None:
            kind.waits.append(answer.wait)
            kind.ranges.append((low, middle, high))
    return told, desk, 1e3 * spent / len(made.answers)


def measure(report: Report, name: str, seed: int) -> None:
    """One desk, one seed."""
    told, desk, each = played(trace(name, seed))
    limits = {(lane, what): (least, most) for lane, what, least, most in BARS[name]}
    for lane, kind in told.items():
        for what, value in kind.measures():
            title = f"{name} {seed}, {lane}: {what}"
            if (lane, what) not in limits:
                report.figure(title, value, "")
                continue
            least, most = limits[lane, what]
            if least:
                report.at_least(title, value, least)
            if most < (100 if "%" in what else float("inf")):
                report.at_most(title, value, most)
    report.at_most(f"{name} {seed}: tickets taken in another order", desk.disagreements, 0)
    report.figure(f"{name} {seed}: a question", each, "ms")


def seeds(text: str) -> Sequence[int]:
    """Numbers of traces, as they are written on the command line."""
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description="How good the estimates are, on invented desks.")
    parser.add_argument("--seeds", type=seeds, default=[1, 2, 3], metavar="N,N", help="which traces (default: 1,2,3)")
    parser.add_argument("--desk", choices=tuple(DESKS), action="append", help="which desk (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    report = Report("eta_accuracy", {"seeds": list(asked.seeds)})
    for name in asked.desk or DESKS:
        for seed in asked.seeds:
            print(f"... {name} {seed}", file=sys.stderr)
            measure(report, name, seed)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
