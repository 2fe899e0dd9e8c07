"""Is this the same request as a known one, and which rule said so (rules D2, D3)?

This is the first form: the same client, the same booking and the same kind. In doubt a request is new, naming its suspects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from supportq._index import TicketIndex
from supportq._instants import length
from supportq._lifecycle import Case
from supportq.policy import DuplicateRules
from supportq.tickets import Reason, Request, State, Verdict

__all__ = ["Decision", "Matters", "decide"]

MAX_SUSPECTS: Final = 10


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request is, which ticket it belongs to (`None` for a new one), why, and what else it might have been."""

    verdict: Verdict
    ticket_id: str | None = None
    reasons: tuple[Reason, ...] = ()
    suspects: tuple[str, ...] = ()
    suspect_count: int = 0


NEW: Final = Decision(Verdict.NEW)


class Matters:
    """Which tickets each client has, and which of them are about which booking: no scan, however many they are."""

    __slots__ = ("_about", "_of_client")

    def __init__(self) -> None:
        self._of_client: TicketIndex[str] = TicketIndex()
        self._about: TicketIndex[tuple[str, str]] = TicketIndex()

    def add(self, case: Case, requests: Iterable[Request]) -> None:
        """The ticket is at the desk, or these requests have joined it."""
        self._of_client.add(case.client_id, case.id)
        for request in requests:
            for booking in request.bookings:
                self._about.add((case.client_id, booking.key), case.id)

    def remove(self, case: Case) -> None:
        """The ticket has left the desk."""
        self._of_client.discard(case.client_id, case.id)
        for booking in case.claims:
            self._about.discard((case.client_id, booking.key), case.id)

    def of_client(self, client_id: str) -> Collection[str]:
        """The tickets of a client, in the order in which they came."""
        return self._of_client.get(client_id)

    def newest(self, client_id: str) -> Iterator[str]:
        """The tickets of a client, the last first."""
        return self._of_client.newest(client_id)

    def about(self, client_id: str, request: Request) -> Iterator[str]:
        """The tickets of a client about any booking of a request, each once."""
        found: dict[str, None] = {}
        for reference in {booking.key: None for booking in request.bookings}:
            found.update(dict.fromkeys(self._about.get((client_id, reference))))
        return iter(found)


def decide(
    request: Request, client_id: str, matters: Matters, cases: Mapping[str, Case], rules: DuplicateRules, at: int
) -> Decision:
    """What a request of a known client is; pure, O(tickets about its bookings).

    Same client, same booking, same kind: `DUPLICATE_OF` an open ticket, `FOLLOW_UP` of an answered one (the message itself is
    unanswered), `REOPENS` one closed within the policy's window. Of several open ones the earliest arrival has it, of several
    closed ones the last closed.
    """
    mine = matters.of_client(client_id)
    if not mine:
        return NEW
    alike = [case for ticket_id in matters.about(client_id, request) if (case := cases[ticket_id]).kind == request.kind]
    still_open = [case for case in alike if case.closed is None]
    if still_open:
        return _joins(min(still_open, key=lambda case: (case.arrival, case.id)), request)
    window = length(rules.reopen_within, "duplicates.reopen_within")
    recent = [(case.closed, case.id) for case in alike if case.closed is not None and at - case.closed <= window]
    if recent:
        case = cases[max(recent)[1]]
        return Decision(Verdict.REOPENS, case.id, (*_same(case, request), Reason("CLOSED_RECENTLY", "closed_at")))
    suspects = tuple(islice(matters.newest(client_id), MAX_SUSPECTS))
    return Decision(Verdict.NEW, None, (Reason("OTHER_MATTER", "bookings"),), suspects, len(mine))


def _joins(case: Case, request: Request) -> Decision:
    if case.state is State.ANSWERED or (case.state is State.PARKED and (case.asked or not case.unanswered)):
        return Decision(Verdict.FOLLOW_UP, case.id, (*_same(case, request), Reason("WROTE_AGAIN", "state", case.state.value)))
    return Decision(Verdict.DUPLICATE_OF, case.id, _same(case, request))


def _same(case: Case, request: Request) -> tuple[Reason, ...]:
    """The evidence: which booking and which kind agree."""
    known = {booking.key for booking in case.claims}
    booking = next(booking for booking in request.bookings if booking.key in known)
    return (
        Reason("SAME_CLIENT", "client", case.client_id),
        Reason("SAME_BOOKING", "booking", booking.key, booking.reference),
        Reason("SAME_KIND", "kind", case.kind, request.kind),
    )
