"""What the benchmarks share: CPU time, interleaved rounds, the floor, made-up requests, and the report.

Machines are noisy, so a figure that has a bar is a ratio wherever it can be: the candidate and the floor take turns in short
rounds of one run, and the median of the ratios counts. Times are CPU times of this process.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import platform
import random
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from supportq import Booking, Client, Lane, Policy, Request, when
from supportq.policy import Order

NOON: Final = datetime(2020, 3, 20, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)

Key = tuple[int, int, str]
"""What a host without this library would sort by: departure, arrival, id."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure that has a limit. `bar` is the most that passes, or the least where `what` says "at least"."""

    what: str
    value: float
    bar: float
    ok: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that stands beside the bars, for comparison."""

    what: str
    value: float
    unit: str


@dataclass(slots=True)
class Report:
    """What a benchmark measured; `--json` prints it as one object."""

    name: str
    settings: dict[str, object]
    bars: list[Bar] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def at_most(self, what: str, value: float, bar: float) -> None:
        """Note a figure that must not be above its bar."""
        self.bars.append(Bar(what, _rounded(value), bar, value <= bar))

    def at_least(self, what: str, value: float, bar: float) -> None:
        """Note a figure that must not be below its bar."""
        self.bars.append(Bar(f"{what}, at least", _rounded(value), bar, value >= bar))

    def figure(self, what: str, value: float, unit: str) -> None:
        """Note a figure without a bar."""
        self.figures.append(Figure(what, _rounded(value), unit))

    def show(self, *, as_json: bool) -> None:
        """Print it: one JSON object, or a table for people."""
        if as_json:
            whole = {
                "name": self.name,
                "machine": machine(),
                "bars": [asdict(bar) for bar in self.bars],
                "figures": [asdict(figure) for figure in self.figures],
                "settings": self.settings,
            }
            print(json.dumps(whole, ensure_ascii=False))
            return
        print(f"{self.name} on {', '.join(f'{key} {value}' for key, value in machine().items())}")
        print(", ".join(f"{key} {value}" for key, value in self.settings.items()), end="\n\n")
        for figure in self.figures:
            print(f"  {figure.what:<86} {figure.value:>12,g} {figure.unit}")
        print(f"\n  {'bar':<86} {'value':>12} {'bar':>8}")
        for bar in self.bars:
            print(f"  {bar.what:<86} {bar.value:>12,g} {bar.bar:>8,g}  {'ok' if bar.ok else 'MISSED'}")


def _rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def options(about: str) -> argparse.Namespace:
    """`--json` and `--quick`, which every benchmark takes."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs; the figures mean nothing")
    return parser.parse_args()


def progress(text: str) -> None:
    """Say on standard error what is being measured: a full run takes minutes."""
    print(f"... {text}", file=sys.stderr, flush=True)


def peak_megabytes() -> float:
    """The most memory this process has held so far (resident set)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def cpu_us(call: Callable[[], object], times: int) -> float:
    """CPU microseconds that `call` takes, divided by `times`."""
    begun = process_time()
    call()
    return (process_time() - begun) / times * 1e6


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate beside the floor in one interleaved run: CPU microseconds an operation, and the median of the ratios."""

    floor_us: float
    us: float
    ratio: float


def interleaved(floor: Callable[[], float], candidate: Callable[[], float], rounds: int) -> Compared:
    """Let the two take turns, the first of each pair alternating; each call gives its microseconds an operation."""
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            theirs = candidate()
            pairs.append((floor(), theirs))
        else:
            ours = floor()
            pairs.append((ours, candidate()))
    # The first pair warms the caches.
    pairs = pairs[1:] or pairs
    return Compared(
        floor_us=median(one for one, _ in pairs),
        us=median(other for _, other in pairs),
        ratio=median(other / one for one, other in pairs),
    )


class Floor:
    """Plain `heappush` and `heappop` of prebuilt tuples in a heap: no id, no cancel, no rank, no time."""

    def __init__(self, keys: Sequence[Key], rng: random.Random) -> None:
        self._heap = list(keys)
        heapq.heapify(self._heap)
        self._rng = rng
        self._spread = max(key[0] for key in keys) - self._heap[0][0]
        self._made = 0

    def round(self, pairs: int) -> float:
        """Push and pop so many; microseconds an operation, a push and a pop being two."""
        first = self._heap[0][0]
        keys = []
        for _ in range(pairs):
            self._made += 1
            keys.append((first + self._rng.randrange(self._spread), self._made, f"F{self._made}"))
        return cpu_us(lambda: _push_and_pop(self._heap, keys), 2 * pairs)


def _push_and_pop(heap: list[Key], keys: list[Key]) -> None:
    push, pop = heapq.heappush, heapq.heappop
    for key in keys:
        push(heap, key)
        pop(heap)


def crisis_policy(order: Order = Order.ARRIVAL) -> Policy:
    """The policy that everything is measured with: what departs within a day and is not cancelled goes first."""
    return Policy(
        (Lane("imminent", when.departs_within(DAY) & ~when.cancelled(), order=order), Lane("standard", order=order)),
        name="benchmark",
    )


def request(number: int, departs_at: datetime, received_at: datetime | None = None) -> Request:
    """The request of a client of its own about a booking of its own."""
    return Request(
        f"R{number:08}",
        Client(email=f"client{number}@example.com"),
        received_at=received_at,
        channel="email",
        kind="refund",
        bookings=(Booking(f"KC{number:08}", departs_at=departs_at),),
    )
