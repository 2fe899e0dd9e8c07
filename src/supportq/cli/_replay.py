"""Your own requests, as they came, to a desk with agents who answer them by shifts.

REQUESTS is a CSV file with dotted column names (id, received_at, kind, client.email, booking.departs_at, ...) or JSON Lines;
.gz may follow; - is standard input. Each request comes at its received_at, in that order. The agents of the staffing file
take and answer; without one, ten agents work from 8:00 to 20:00 every day in the policy's zone and need 12 minutes for an
answer. Handling times are drawn, lognormal around the mean. After the last request the agents go on until nobody waits, at
most as many days as --drain says. A bad row is skipped and named on standard error, and the exit status is 2 then.

It prints a counter for each day on which something happened, waits, promises and the cost of repeats at the end, and writes
events.jsonl (the log, one event on each line) and tickets.csv (one row for each ticket). --plot FILE.svg or FILE.png draws what
was promised against what happened, too; it needs the extra plot.
"""

from __future__ import annotations

import argparse
import random
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from supportq import Desk, InvalidValue, Policy, Request, Shift, Staffing
from supportq.cli import complain
from supportq.cli._days import Days
from supportq.cli._drive import ASKS, Drive, lognormal
from supportq.cli._files import InputError, named, read_policy, read_requests, read_staffing
from supportq.cli._report import add_plot_option, check_writable, plotter, screen, tell
from supportq.cli._words import counted

__all__ = ["add_arguments", "main"]

SPREAD: Final = 0.75
"""The spread of handling times: the standard deviation of their logarithm."""


class _Row(NamedTuple):
    received_at: datetime
    line: int
    request: Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `supportq replay`."""
    parser.add_argument("requests", metavar="REQUESTS", help="CSV or JSON Lines; - is standard input")
    parser.add_argument("--policy", default="crisis-air-desk", metavar="NAME|FILE", help="default: %(default)s")
    parser.add_argument("--staffing", metavar="FILE", help="who works when, as JSON; see supportq schema staffing")
    parser.add_argument("--out", type=Path, default=Path("replay-out"), metavar="DIR", help="default: %(default)s")
    add_plot_option(parser)
    parser.add_argument("--drain", type=_days, default=30, metavar="DAYS", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the handling times; default: %(default)s")


def _days(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 3_660):
        raise argparse.ArgumentTypeError(f"must be a whole number of days from 0 to 3660, not {text!r}")
    return int(text)


def main(args: argparse.Namespace) -> int:
    """Replay the file, print what came of it, and write the files."""
    policy = read_policy(args.policy)
    staffing = _default_staffing(policy) if args.staffing is None else read_staffing(args.staffing)
    check_writable(args.out)
    plot = plotter(args.plot)
    rows, skipped = _read(args.requests)
    if not rows:
        raise InputError(f"{named(args.requests)}: holds no request that can be replayed; give one with id and received_at")
    try:
        days = _prepared(rows, policy, staffing, args)
    except InvalidValue as error:
        raise InputError(f"{args.staffing}: {error}") from None
    console = screen()
    first, last = (row.received_at.astimezone(staffing.zone) for row in (rows[0], rows[-1]))
    console.print(
        f"Replay of {named(args.requests)}: {counted(len(rows), 'request')}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M},"
        f" policy {policy.name}",
        style="bold",
    )
    console.print(_assumed(args, staffing), "", sep="\n")
    tell(days, args.out, console, plot=plot)
    for index, refusal in days.drive.refused:
        skipped += 1
        # Of a request that can be meant, and comes in its turn, a desk refuses the id.
        _name(args.requests, rows[index].line, InvalidValue("id", str(refusal)))
    if skipped:
        complain(f"skipped: {counted(skipped, 'bad row')}, named above")
    return 2 if skipped else 0


def _read(name: str) -> tuple[list[_Row], int]:
    """The good rows in the order in which they came, and how many were bad; those are named."""
    rows: list[_Row] = []
    skipped = 0
    for line, read in read_requests(name):
        if isinstance(read, Request) and read.received_at is not None:
            rows.append(_Row(read.received_at, line, read))
            continue
        missing = InvalidValue("received_at", "is missing; say when the request came")
        _name(name, line, missing if isinstance(read, Request) else read)
        skipped += 1
    return sorted(rows, key=lambda row: row[:2]), skipped


def _name(file: str, line: int, error: InvalidValue) -> None:
    complain(f"{named(file)}: line {line}: {error}; row skipped")


def _default_staffing(policy: Policy) -> Staffing:
    return Staffing((Shift(time(8), time(20), agents=10),), zone=policy.zone, handling_time=timedelta(minutes=12))


def _prepared(rows: list[_Row], policy: Policy, staffing: Staffing, args: argparse.Namespace) -> Days:
    """The desk, its agents and its requests, ready to run."""
    drive = Drive(
        Desk(policy),
        (row.request for row in rows),
        start=rows[0].received_at,
        staffing=staffing,
        handling=lognormal(random.Random(f"{args.seed}/handling"), staffing.handling_time, SPREAD),
    )
    last_day = rows[-1].received_at.astimezone(staffing.zone).date() + timedelta(days=args.drain)
    return Days(drive, zone=staffing.zone, last_day=last_day)


def _assumed(args: argparse.Namespace, staffing: Staffing) -> str:
    agents = "ten agents from 8:00 to 20:00 every day" if args.staffing is None else f"the agents of {args.staffing}"
    return (
        f"Assumed: {agents}, all of whom come; an answer takes {staffing.handling_time / timedelta(minutes=1):g} minutes on"
        f" average, with a lognormal spread of {SPREAD}, seed {args.seed}. {ASKS} After the last request the agents go on until"
        f" nobody waits, at most {counted(args.drain, 'day')}."
    )
