"""Pairs of open tickets that may be the same matter, with the evidence, for somebody to look at.

REQUESTS is as for `supportq rank`. Each row is a pair: the later ticket, the one it may belong to, whether their clients are
one, and what both have in common. `supportq run` can `merge` a pair.

With --linkage, prints instead one row for each request, for tools that link records offline: its id, ticket and client, and the
identifiers, name and bookings in the form in which they are compared. What such a tool finds are suspects too, never links.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from supportq.cli import _rows
from supportq.cli._files import read_policy
from supportq.cli._rows import load, say_left_out, show
from supportq.desk import Desk
from supportq.duplicates import Suspicion


@dataclass(frozen=True, slots=True)
class Pair:
    """One row: two tickets, and what they have in common."""

    ticket: str
    suspect: str
    same_client: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class LinkageRow:
    """One row for each request, in compared form; several values of one field are separated by blanks."""

    request: str
    ticket: str
    client: str
    received_at: str
    channel: str
    kind: str
    proven: str
    claimed: str
    name: str
    bookings: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    _rows.add_arguments(parser)
    parser.add_argument("--linkage", action="store_true", help="a row for each request, for offline linkage")


def main(args: argparse.Namespace) -> int:
    """Print the pairs, or the rows."""
    desk = Desk(read_policy(args.policy))
    skipped, later = load(desk, args.requests, args.at)
    if args.linkage:
        show(list(_linkage(desk)), LinkageRow, args.format)
    else:
        show([_pair(suspicion) for suspicion in desk.suspects()], Pair, args.format)
    return say_left_out(skipped, later, args.at, desk.counter().filed)


def _pair(suspicion: Suspicion) -> Pair:
    told = []
    for reason in suspicion.reasons:
        values = " / ".join(dict.fromkeys(filter(None, (reason.ours, reason.theirs))))
        told.append(f"{reason.code.lower().replace('_', ' ')} {values}".strip())
    same_client = any(reason.code == "SAME_CLIENT" for reason in suspicion.reasons)
    return Pair(suspicion.ticket_id, suspicion.suspect_id, same_client, "; ".join(told))


def _linkage(desk: Desk) -> Iterator[LinkageRow]:
    for record in desk.linkage():
        yield LinkageRow(
            record.request_id,
            record.ticket_id,
            record.client_id,
            record.received_at.isoformat().removesuffix("+00:00") + "Z",
            record.channel,
            record.kind,
            " ".join(record.proven),
            " ".join(record.claimed),
            " ".join(record.name),
            " ".join(record.bookings),
        )
