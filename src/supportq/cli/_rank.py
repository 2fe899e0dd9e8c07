"""The order in which requests stand at an instant, with the reason for each place and when time will move it.

REQUESTS is JSON Lines, one request on each (`supportq schema request`), or CSV with these columns, of which only id and one
of client.* or claims.* are obligatory; an empty cell is an absent value; .gz may follow either suffix:

  id received_at channel kind text language attachments missed_call by_voice line urgent origin in_reply_to addressed_to zone
  client.*, claims.* and guest.* with account, email, phone, messenger, name; client.* with stage, manager, curator, too
  booking.* with reference, service, departs_at, cancelled, party_size, rooms, voucher, system; attributes.NAME for any name

Every ticket is one row; the reason ends with the requests that joined it. A request without received_at came at --at; those
that came later are left out and counted. A bad row is skipped and named on standard error, and the exit status is 2 then.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from supportq import when
from supportq.cli._files import read_policy
from supportq.cli._rows import add_arguments, load, say_left_out, show, shown
from supportq.desk import Desk
from supportq.tickets import Booking
from supportq.when import Condition

__all__ = ["add_arguments", "main"]


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the answer. `next_change` is when time alone moves the ticket."""

    position: int
    id: str
    lane: str
    reason: str
    next_change: datetime | None


def main(args: argparse.Namespace) -> int:
    """Print the order."""
    desk = Desk(read_policy(args.policy))
    skipped, later = load(desk, args.requests, args.at)
    show(list(_places(desk, args.at)), Place, args.format)
    return say_left_out(skipped, later, args.at, desk.counter().filed)


def _places(desk: Desk, at: datetime) -> Iterator[Place]:
    for position, ticket_id in enumerate(desk.waiting(), 1):
        why, ticket = desk.explain(ticket_id), desk.ticket(ticket_id)
        assert why.lane is not None
        joined = list(dict.fromkeys(request.id for request in ticket.requests if request.id != ticket_id))
        reason = "; ".join(filter(None, (_words(why.condition), _flight(ticket.bookings, at), _joined(joined))))
        yield Place(position, ticket_id, why.lane, reason, why.next_change)


def _flight(bookings: Iterable[Booking], at: datetime) -> str:
    """The departure that matters: the next one still to come, or else the last."""
    flights = sorted((booking.departs_at, booking.cancelled) for booking in bookings if booking.departs_at)
    if not flights:
        return ""
    ahead = [flight for flight in flights if flight[0] > at]
    departs_at, cancelled = min(ahead, key=lambda flight: flight[1]) if ahead else flights[-1]
    told = f"{'departs' if departs_at > at else 'departed'} {shown(departs_at)}"
    return f"{told}, cancelled" if cancelled else told


def _joined(ids: Sequence[str]) -> str:
    """The other requests of a ticket: the first ten, and how many more."""
    if not ids:
        return ""
    told = f"joined by {', '.join(ids[:_NAMED])}"
    return f"{told} and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else told


_NAMED: Final = 10


# ------------------------------------------------------------------------------------------------ conditions in words


def _words(condition: Condition | None) -> str:
    """A condition as a reader would say it."""
    match condition:
        case None:
            return "takes everyone"
        case when.All(parts):
            return " and ".join(f"({_words(part)})" if isinstance(part, when.AnyOf) else _words(part) for part in parts)
        case when.AnyOf(parts):
            return " or ".join(f"({_words(part)})" if isinstance(part, when.All) else _words(part) for part in parts)
        case when.Not(part):
            return f"not ({_words(part)})" if isinstance(part, (when.All, when.AnyOf)) else f"not {_words(part)}"
        case when.DepartsWithin(within):
            return f"departs within {_span(within)}"
        case when.Waited(at_least):
            return f"has waited {_span(at_least)}"
        case when.PartyAtLeast(size):
            return f"party of {size} or more"
        case when.RoomsAtLeast(size):
            return f"{size} rooms or more"
        case when.MadeIn(names):
            return f"made in {'/'.join(names)}"
        case when.KindIs(names):
            return f"kind {'/'.join(names)}"
        case when.ChannelIs(names):
            return f"channel {'/'.join(names)}"
        case when.AddressedTo(names):
            return f"addressed to {'/'.join(names) or 'somebody'}"
        case when.LineBegins(prefix):
            return f"line {prefix}..."
        case when.OriginIs(names):
            return f"from {'/'.join(names)}"
        case when.StageIs(names):
            return f"stage {'/'.join(names)}"
        case when.Named(role):
            return f"has a {role}"
        case when.AttributeIs(name, value):
            return f"{name} is {json.dumps(value, ensure_ascii=False)}"
    return _PLAIN[type(condition)]


_PLAIN: Final[Mapping[type[Condition], str]] = {
    when.Departed: "departed",
    when.Cancelled: "cancelled",
    when.HasBooking: "has a booking",
    when.MissedCall: "a missed call",
    when.ByVoice: "by voice",
    when.Urgent: "urgent",
    when.WithinHours: "within hours",
}


def _span(duration: timedelta) -> str:
    for unit, length in (("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if not duration % length:
            return f"{duration // length} {unit}"
    return f"{duration.total_seconds():g} s"
