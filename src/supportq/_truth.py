"""What the host knows of bookings. It outranks what clients say, earlier or later (rule R7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from supportq._normal import normal_reference
from supportq.tickets import Booking

Scope: TypeAlias = tuple[Literal["ticket", "booking", "service"], str]
"""What an update is about."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last word on one scope; each field with the number of the event that said it (0: never said)."""

    departs_at: datetime | None = None
    departs_number: int = 0
    cancelled: bool | None = None
    cancelled_number: int = 0

    def then(self, *, departs_at: datetime | None, cancelled: bool | None, number: int) -> Said:
        """The same after one update more."""
        said = self
        if departs_at is not None:
            said = replace(said, departs_at=departs_at, departs_number=number)
        if cancelled is not None:
            said = replace(said, cancelled=cancelled, cancelled_number=number)
        return said


NOTHING = Said()


def scope_of(ticket: str | None, booking: str | None, service: str | None) -> Scope:
    """The scope that an update names."""
    if ticket is not None:
        return "ticket", ticket
    if booking is not None:
        return "booking", normal_reference(booking)
    assert service is not None
    return "service", service


def corrected(bookings: tuple[Booking, ...], ticket_ids: Sequence[str], said: Mapping[Scope, Said]) -> tuple[Booking, ...]:
    """Bookings as the host knows them; of several updates that touch one field of one booking the last holds.

    `ticket_ids` are the ticket's own and those of the tickets that were merged into it.
    """
    if not said:
        return bookings
    ours = [said.get(("ticket", ticket_id), NOTHING) for ticket_id in ticket_ids]
    return tuple(_corrected(booking, ours, said) for booking in bookings)


def _corrected(booking: Booking, ours: Sequence[Said], said: Mapping[Scope, Said]) -> Booking:
    words = (
        *ours,
        said.get(("booking", booking.key), NOTHING),
        NOTHING if booking.service is None else said.get(("service", booking.service), NOTHING),
    )
    departs = max(words, key=lambda word: word.departs_number)
    cancels = max(words, key=lambda word: word.cancelled_number)
    departs_at = booking.departs_at if departs.departs_at is None else departs.departs_at
    cancelled = booking.cancelled if cancels.cancelled is None else cancels.cancelled
    if departs_at == booking.departs_at and cancelled == booking.cancelled:
        return booking
    return replace(booking, departs_at=departs_at, cancelled=cancelled)
