"""What became of every ticket, as rows, from events alone (rule G3).

A fold over the log: the same whether it is read as things happen or years later, of a live desk, a replay or a simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from supportq import events as ev
from supportq.events import Event
from supportq.tickets import Basis, State, Ticket

__all__ = ["TicketRow", "TicketRows", "ticket_rows"]


class TicketRow:
    """One ticket: what it is, when what happened to it, and where it stands by the end of the log.

    `arrived_at` is the arrival of its first request, `lane` the lane it waits in or was last taken out of. `started_at` is when
    an agent first took it, and `answered_at` when it was first answered (`None`: not yet): the ticket is unfinished while
    `closed_at` is `None`. `requests` counts its messages, `takes` and `replies` what agents did. `withdrawn`, `lapsed` and
    `merged_into` say how it ended other than by an answer; one that was merged keeps the state it had. What leaves a ticket
    again changes the number of its requests, not its arrival. `promised_at` and `promised` are the last promise: when it was
    given and the wait that nine in ten stay below. `breached` are the clocks that were missed.
    """

    __slots__ = (
        "agent",
        "answered_at",
        "arrived_at",
        "breached",
        "channel",
        "closed_at",
        "kind",
        "lane",
        "lapsed",
        "merged_into",
        "opened_at",
        "promised",
        "promised_at",
        "replies",
        "requests",
        "started_at",
        "state",
        "takes",
        "team",
        "ticket_id",
        "withdrawn",
    )

    def __init__(self, ticket_id: str, kind: str, channel: str, opened_at: datetime, arrived_at: datetime) -> None:
        self.ticket_id = ticket_id
        self.kind = kind
        self.channel = channel
        self.opened_at = opened_at
        self.arrived_at = arrived_at
        self.lane = ""
        self.team: str | None = None
        self.state = State.WAITING
        self.agent: str | None = None
        self.started_at: datetime | None = None
        self.answered_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.requests = 1
        self.takes = self.replies = 0
        self.withdrawn = self.lapsed = False
        self.merged_into: str | None = None
        self.promised_at: datetime | None = None
        self.promised: timedelta | None = None
        self.breached: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"TicketRow({self.ticket_id!r}, {self.state.value}, arrived_at={self.arrived_at}, started_at={self.started_at})"

    @property
    def waited(self) -> timedelta | None:
        """From its arrival until an agent first took it; `None` if nobody has."""
        return None if self.started_at is None else self.started_at - self.arrived_at

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is to come: it is closed, or part of another."""
        return self.closed_at is not None


class TicketRows:
    """The rows of a log that is read as it is written. O(1) an event, but for those that move many tickets."""

    def __init__(self) -> None:
        self.rows: Final[dict[str, TicketRow]] = {}
        """By ticket id, in the order in which tickets were opened; those of merged ones stay."""

    def start_from(self, tickets: Iterable[Ticket]) -> None:
        """These are at the desk already. When an agent first began one is known only as long as they have it: else it counts as
        begun when it was answered.
        """
        for ticket in tickets:
            first = ticket.requests[0]
            row = TicketRow(ticket.id, ticket.kind, first.channel, ticket.received_at[0], min(ticket.received_at))
            row.lane, row.team = ticket.lane or "", None if ticket.queue is None else ticket.queue.team
            row.state, row.agent, row.started_at = ticket.state, ticket.agent, ticket.first_replied_at or ticket.taken_at
            row.answered_at, row.closed_at = ticket.first_replied_at, ticket.closed_at
            row.requests, row.replies, row.takes = len(ticket.requests), ticket.replies, ticket.replies
            row.withdrawn = ticket.withdrawn
            row.breached = tuple(clock.value for clock in ticket.breached)
            self.rows[ticket.id] = row

    def follow(self, events: Iterable[Event]) -> None:
        """These happened next. Raises `KeyError` for a ticket of which the log did not tell."""
        for event in events:
            what = _FOLLOW.get(type(event))
            if what is not None:
                what(self.rows, event)


def ticket_rows(log: Iterable[Event]) -> list[TicketRow]:
    """What became of every ticket of a log, in the order in which they were opened; O(events)."""
    rows = TicketRows()
    rows.follow(log)
    return list(rows.rows.values())


_Rows = dict[str, TicketRow]


def _admitted(rows: _Rows, event: ev.Admitted) -> None:
    request = event.request
    row = TicketRow(event.ticket_id, request.kind, request.channel, event.at, request.received_at or event.at)
    row.lane = event.lane
    row.team = None if event.queue is None else event.queue.team
    rows[event.ticket_id] = row


def _joined(rows: _Rows, event: ev.Joined) -> None:
    row = rows[event.ticket_id]
    row.requests += 1
    if event.basis is not Basis.FILED and (received := event.request.received_at) is not None and not row.replies:
        row.arrived_at = min(row.arrived_at, received)
    if event.lane is not None:
        _waits(row, event.lane)


def _waits(row: TicketRow, lane: str) -> None:
    row.lane, row.state, row.closed_at = lane, State.WAITING, None
    row.withdrawn = row.lapsed = False


def _back(rows: _Rows, event: ev.HandedBack | ev.ClientAnswered | ev.Unparked | ev.Reopened) -> None:
    _waits(rows[event.ticket_id], event.lane)


def _taken(rows: _Rows, event: ev.Taken) -> None:
    row = rows[event.ticket_id]
    row.state, row.agent, row.lane = State.TAKEN, event.agent, event.lane
    row.takes += 1
    if row.started_at is None:
        row.started_at = event.at


def _replied(rows: _Rows, event: ev.Replied) -> None:
    row = rows[event.ticket_id]
    row.state = State.ANSWERED
    row.replies += 1
    if row.answered_at is None:
        row.answered_at = event.at


def _parked(rows: _Rows, event: ev.Parked | ev.ClientAsked) -> None:
    rows[event.ticket_id].state = State.PARKED


def _confirmed(rows: _Rows, event: ev.Confirmed) -> None:
    if event.until is not None:
        rows[event.ticket_id].state = State.PARKED


def _closed(rows: _Rows, event: ev.Resolved | ev.Withdrawn) -> None:
    row = rows[event.ticket_id]
    row.state, row.closed_at = State.CLOSED, event.at
    row.withdrawn = isinstance(event, ev.Withdrawn)


def _lapsed(rows: _Rows, event: ev.Lapsed) -> None:
    row = rows[event.ticket_id]
    if event.lane is not None:
        _waits(row, event.lane)
    else:
        row.state, row.closed_at, row.lapsed = State.CLOSED, event.at, True


def _merged(rows: _Rows, event: ev.Merged) -> None:
    row, gone = rows[event.ticket_id], rows[event.absorbed]
    gone.closed_at, gone.merged_into = event.at, event.ticket_id
    row.requests += gone.requests
    if event.lane is not None:
        _waits(row, event.lane)


def _split(rows: _Rows, event: ev.Split) -> None:
    row = rows[event.ticket_id]
    part = rows.get(event.into)
    if part is None:
        part = rows[event.into] = TicketRow(event.into, row.kind, row.channel, event.at, row.arrived_at)
    part.requests = len(event.request_ids)
    part.merged_into, part.closed_at, part.team = None, None, row.team
    row.requests -= part.requests
    if event.lane is not None:
        _waits(part, event.lane)
    if event.rest_lane is not None:
        _waits(row, event.rest_lane)


def _transferred(rows: _Rows, event: ev.Transferred) -> None:
    row = rows[event.ticket_id]
    row.team = event.team
    _waits(row, event.lane)


def _routed(rows: _Rows, event: ev.Routed) -> None:
    for ticket_id in event.ticket_ids:
        rows[ticket_id].team = event.target.team


def _lane_changed(rows: _Rows, event: ev.LaneChanged) -> None:
    for ticket_id in event.ticket_ids:
        rows[ticket_id].lane = event.target


def _moved(rows: _Rows, event: ev.Updated | ev.ClientUpdated | ev.FactsChanged | ev.PolicyAdopted) -> None:
    for move in event.moves:
        for ticket_id in move.ticket_ids:
            rows[ticket_id].lane = move.target


def _corrected(rows: _Rows, event: ev.Corrected) -> None:
    row = rows[event.ticket_id]
    row.kind = event.kind or row.kind
    row.lane = event.lane or row.lane


def _promised(rows: _Rows, event: ev.Promised) -> None:
    row = rows[event.ticket_id]
    row.promised_at, row.promised = event.at, event.p90


def _breached(rows: _Rows, event: ev.Breached) -> None:
    row = rows[event.ticket_id]
    row.breached = (*row.breached, event.clock.value)


_FOLLOW: Final[dict[type, Callable[[_Rows, Any], None]]] = {
    ev.Admitted: _admitted,
    ev.Joined: _joined,
    ev.Taken: _taken,
    ev.Replied: _replied,
    ev.HandedBack: _back,
    ev.ClientAnswered: _back,
    ev.Unparked: _back,
    ev.Reopened: _back,
    ev.Parked: _parked,
    ev.ClientAsked: _parked,
    ev.Confirmed: _confirmed,
    ev.Resolved: _closed,
    ev.Withdrawn: _closed,
    ev.Lapsed: _lapsed,
    ev.Merged: _merged,
    ev.Split: _split,
    ev.Transferred: _transferred,
    ev.Routed: _routed,
    ev.LaneChanged: _lane_changed,
    ev.Updated: _moved,
    ev.ClientUpdated: _moved,
    ev.FactsChanged: _moved,
    ev.PolicyAdopted: _moved,
    ev.Corrected: _corrected,
    ev.Promised: _promised,
    ev.Breached: _breached,
}
