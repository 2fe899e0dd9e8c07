"""Which order real calls were served in: a month of a bank's telephone against three policies.

    python benchmarks/bank_order.py FILE.csv[.gz] [--json]

FILE is a month of the "Anonymous Bank" call-by-call data (Mandelbaum and Guedj, Technion), not part of this repository. By the
documents of the bank priority 2 had a head start of 90 seconds on its time in the queue; the desk ranks the calls by that, by
arrival alone (fifo), and with priority 2 in a lane in front (strict). The figures are shares of pairs, from 0 to 1.

A pair are two calls of type PS, outcome AGENT, priority 0 to 2, 0 < q_time < 3600 s and q_exit >= q_start (which leaves out
those that wait over midnight), where the second enters the queue before the first leaves it. Pairs that entered or left in the
same second say nothing and are left out. A pair agrees with a policy if the call that ranks first leaves first. What is first
comes from the desk: every call is submitted as it enters and withdrawn as it leaves, and the line is read at each entry.

Where a head start makes up for exactly the time between two arrivals, the policy has no opinion and the desk goes by arrival.
Such a tie is a pair that does not agree, as in the published figures; `head_start_90s_ties_by_arrival` counts it as the desk
ranks it, and `ties` is how many there are.

A malformed row is named on standard error and skipped. Exit status 2: the file cannot be read.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from _tables import InputError, Row, calls_of

from supportq import Client, Desk, Lane, Policy, Request, when
from supportq.policy import HeadStart

HOUR: Final = 3600
COLUMNS: Final = ("priority", "type", "date", "q_start", "q_exit", "q_time", "outcome")
PRIORITY_CUSTOMER: Final = when.attribute("priority", "2")
HEAD_START: Final = Policy(
    (Lane("calls", head_starts=(HeadStart(timedelta(seconds=90), PRIORITY_CUSTOMER),)),), name="head start"
)
FIFO: Final = Policy((Lane("calls"),), name="fifo")
STRICT: Final = Policy((Lane("priority customers", PRIORITY_CUSTOMER), Lane("regular")), name="strict")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that waited and was served, if it is `judged`."""

    id: str
    priority: int
    came: datetime
    left: datetime
    judged: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two calls that waited at the same time, the newer one second."""

    older: Call
    newer: Call
    newer_ranks_first: bool
    tied: bool
    """Whether nothing but the arrival told them apart."""

    @property
    def agrees(self) -> bool:
        """Whether the first in rank left first."""
        return self.newer_ranks_first == (self.newer.left < self.older.left)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The shares of pairs that were served in the order of each policy; `None` where there is no pair."""

    file: str
    calls: int
    pairs: int
    head_start_90s: float | None
    fifo: float | None
    strict: float | None
    ties: int
    head_start_90s_ties_by_arrival: float | None


def call(row: Row) -> Call:
    """A row, read in full whether or not it is judged: what is malformed should be told."""
    priority, waited, came, left = row.whole("priority"), row.whole("q_time"), row.at("q_start"), row.at("q_exit")
    served = row["type"] == "PS" and row["outcome"] == "AGENT" and priority in (0, 1, 2)
    return Call(f"C{row.line:06}", priority, came, left, served and 0 < waited < HOUR and left >= came)


def replayed(policy: Policy, calls: Sequence[Call]) -> Iterator[Pair]:
    """All pairs, as a desk ranks them at the moment the second comes."""
    desk = Desk(policy)
    waiting: dict[str, Call] = {}
    # At one second who leaves goes first, since then no two have waited together; but nobody leaves before entering.
    steps = [(one.came, 1, one) for one in calls] + [(one.left, 0 if one.left > one.came else 2, one) for one in calls]
    for now, kind, one in sorted(steps, key=lambda step: step[:2]):
        if kind != 1:
            desk.withdraw(one.id, now=now)
            del waiting[one.id]
            continue
        desk.submit(Request(one.id, Client(account=one.id), attributes={"priority": str(one.priority)}), now=now)
        line = desk.waiting()
        place = line.index(one.id)
        tied = set(_tied(desk, one.id, line[:place]))
        for position, other in enumerate(line):
            older = waiting.get(other)
            if older is not None and older.came != one.came and older.left != one.left:
                yield Pair(older, one, place < position, other in tied)
        waiting[one.id] = one


def _tied(desk: Desk, newest: str, ahead: Sequence[str]) -> Iterator[str]:
    """Those ahead only by their arrival: the last ones before the newest."""
    ours = desk.explain(newest)
    for other in reversed(ahead):
        theirs = desk.explain(other)
        if (theirs.lane, theirs.order_term) != (ours.lane, ours.order_term):
            return
        yield other


def agreement(file: str, calls: Sequence[Call]) -> Agreement:
    """Compare what happened with each policy."""
    judged = [one for one in calls if one.judged]
    head_start, fifo, strict = (list(replayed(policy, judged)) for policy in (HEAD_START, FIFO, STRICT))
    return Agreement(
        file=file,
        calls=len(judged),
        pairs=len(head_start),
        head_start_90s=_share([pair.agrees and not pair.tied for pair in head_start]),
        fifo=_share([pair.agrees for pair in fifo]),
        strict=_share([pair.agrees for pair in strict]),
        ties=sum(pair.tied for pair in head_start),
        head_start_90s_ties_by_arrival=_share([pair.agrees for pair in head_start]),
    )


def _share(agreed: Sequence[bool]) -> float | None:
    return round(sum(agreed) / len(agreed), 4) if agreed else None


def show(found: Agreement) -> None:
    """Print it for people."""
    print(f"bank_order of {found.file}\n")
    for what, value in asdict(found).items():
        if what != "file":
            shown = "none" if value is None else f"{value:.4f}" if isinstance(value, float) else f"{value:,}"
            print(f"  {what:<32} {shown:>8}")


def main() -> None:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE", help="a month of calls: a CSV file, plain or gzipped")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    try:
        calls = calls_of(asked.file, COLUMNS, call)
    except InputError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    found = agreement(asked.file.name, calls)
    if asked.json:
        print(json.dumps({"name": "bank_order", **asdict(found)}, ensure_ascii=False))
    else:
        show(found)


if __name__ == "__main__":
    main()
