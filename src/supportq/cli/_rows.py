"""Rows of an answer, as a table for people, CSV or JSON Lines; and the requests that an answer is about."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from supportq import schema
from supportq.cli import complain
from supportq.cli._files import named, read_requests
from supportq.cli._words import counted
from supportq.desk import Desk
from supportq.errors import CommandRefused, InvalidValue
from supportq.tickets import Request

FORMATS: Final = ("table", "csv", "jsonl")
"""How rows are printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a command about requests at an instant takes."""
    parser.add_argument("requests", metavar="REQUESTS", help="CSV or JSON Lines; - is standard input")
    parser.add_argument("--at", required=True, type=_instant, metavar="INSTANT", help="for example 2020-03-20T12:00:00Z")
    parser.add_argument("--policy", default="crisis-air-desk", metavar="NAME|FILE", help="default: %(default)s")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")


def _instant(text: str) -> datetime:
    """An instant on the command line."""
    try:
        return schema.instant_from_text(text)
    except InvalidValue as error:
        raise argparse.ArgumentTypeError(error.problem) from None


def load(desk: Desk, name: str, at: datetime) -> tuple[int, int]:
    """Submit requests in the order in which they came; how many rows were bad, how many came after `at`."""
    skipped = 0

    def skip(line: int, error: InvalidValue | str) -> None:
        nonlocal skipped
        skipped += 1
        complain(f"{named(name)}: line {line}: {error}; row skipped")

    arrivals: list[tuple[datetime, int, Request]] = []
    for line, row in read_requests(name):
        if isinstance(row, InvalidValue):
            skip(line, row)
        else:
            arrivals.append((row.received_at or at, line, row))
    arrivals.sort(key=lambda arrival: arrival[:2])
    now = [arrival for arrival in arrivals if arrival[0] <= at]
    for _, line, request in now:
        try:
            desk.submit(request, now=at)
        except CommandRefused as refusal:
            skip(line, f"id: {refusal}")
    return skipped, len(arrivals) - len(now)


def say_left_out(skipped: int, later: int, at: datetime, filed: int) -> int:
    """Tell on standard error what `load` left out, and how many need no answer; the exit status."""
    if filed:
        complain(f"filed: {filed:,} that need no answer")
    if later:
        complain(f"left out: {later:,} received after {shown(at)}")
    if skipped:
        complain(f"skipped: {counted(skipped, 'bad row')}, named above")
    return 2 if skipped else 0


def shown(value: object) -> str:
    """A value as it stands in JSON, nothing where there is none."""
    return "" if value is None else str(schema.to_data(value))


def show(rows: Sequence[Any], kind: type, form: str) -> None:
    """Print rows, all of one dataclass, in one of `FORMATS`: for people, for a spreadsheet, or for a program."""
    if form == "jsonl":
        for row in rows:
            print(schema.to_json(row))
        return
    names = [field.name for field in fields(kind)]
    told = [names, *([shown(getattr(row, name)) for name in names] for row in rows)]
    if form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows(told)
        return
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    for cells in told:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
