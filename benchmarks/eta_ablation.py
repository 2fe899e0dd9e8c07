"""What each term of the estimates is worth: each taken out in turn, and the invented desks asked again.

    python benchmarks/eta_ablation.py [--seeds N,N] [--desk NAME] [--json]

Told of ordinary tickets: how far p50 is off, the median of promised to real waits, and how many waits lay within the range and
below p90. A term earns its place where some desk is worse without it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import Any, Final
from unittest.mock import patch

from _bench import Report
from eta_accuracy import played, seeds
from eta_desks import DESKS, trace

from supportq._instants import DAY
from supportq.estimates import Calibration, Forecast, Measures, _forecast
from supportq.estimates._rates import Cell, Rates
from supportq.staffing import Staffing

TOLD: Final = ("error, %", "ratio", "within the range, %", "below p90, %", "width x mean wait")

_CELLS: Final = Rates.cells
_STEPS: Final = Staffing.steps


def _without_walk_ins(rates: Rates) -> Iterator[Cell]:
    return (cell._replace(walk_ins=0.0) for cell in _CELLS(rates))


def _flat(staffing: Staffing, start: int, end: int) -> Iterator[tuple[int, int]]:
    """As many agents at every hour as there are on average."""
    end = max(end, start + 7 * DAY)
    steps = [*_STEPS(staffing, start, end), (end, 0)]
    time = sum(agents * (after - at) for (at, agents), (after, _) in pairwise(steps))
    yield start, round(time / (end - start))


def _out(owner: object, name: str, instead: Callable[..., Any]) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch.object(owner, name, instead)


TERMS: Final[Mapping[str, Callable[[], AbstractContextManager[Any]]]] = {
    "nothing": nullcontext,
    "its own lane change": _out(_forecast, "_with_jump", lambda _progress, turn, *_: turn),
    "the lane changes of others": _out(Forecast, "_moves", lambda _: []),
    "the staffing calendar": _out(Staffing, "steps", _flat),
    "who is at work now": _out(Rates, "_at_work", lambda rates, _: (None, rates._at)),
    "the measured share of those who come": _out(Measures, "show_up", lambda _, prior: prior),
    "the measured handling time": _out(Measures, "handling_time", lambda _, prior: prior),
    "inflow ahead": _out(Rates, "arrivals", lambda rates, *_: [0.0] * len(rates.inflow)),
    "of it, what changes lanes later": _out(Measures, "jumps", lambda *_: [0.0] * 19),
    "of it, the hours of the day": _out(Measures, "by_hour", lambda *_: [1.0] * 24),
    "of it, that it fades": _out(Rates, "_fade", lambda *_: 1.0),
    "giving up": _out(Measures, "giving_up", lambda *_: 0.0),
    "agents who take a ticket as they come": _out(Rates, "cells", _without_walk_ins),
    "what promises taught": _out(Calibration, "factors", lambda _: {}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="What each term of the estimates is worth.")
    parser.add_argument("--seeds", type=seeds, default=[1], metavar="N,N", help="which traces (default: 1)")
    parser.add_argument("--desk", choices=tuple(DESKS), action="append", help="which desk (default: all that are stable)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    report = Report("eta_ablation", {"seeds": list(asked.seeds)})
    for name in asked.desk or ("three-lanes", "weekends"):
        for seed in asked.seeds:
            made = trace(name, seed)
            for term, without in TERMS.items():
                print(f"... {name} {seed} without {term}", file=sys.stderr)
                with without():
                    told, _, _ = played(made)
                found = dict(told["ordinary"].measures())
                for what in TOLD:
                    if what in found:
                        report.figure(f"{name} {seed}, without {term}: {what}", found[what], "")
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
