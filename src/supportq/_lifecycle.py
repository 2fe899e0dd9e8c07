"""The life of a ticket: the table of legal moves (rule L0) and the desk's own record of one ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import tzinfo
from typing import Final, TypeVar

from supportq._instants import FOREVER, instant, micros
from supportq.errors import WrongState
from supportq.tickets import Attribute, Booking, Request, State, Ticket

_W, _T, _A, _P, _C = State.WAITING, State.TAKEN, State.ANSWERED, State.PARKED, State.CLOSED

LEGAL: Final[dict[str, frozenset[State]]] = {
    "take": frozenset({_W}),
    "reply": frozenset({_T}),
    "ask_client": frozenset({_T, _A}),
    "client_answered": frozenset({_P}),
    "park": frozenset({_W, _T, _A, _P}),
    "hand_back": frozenset({_T}),
    "resolve": frozenset({_A}),
    "withdraw": frozenset({_W, _T, _A, _P}),
    "reopen": frozenset({_C}),
}
"""From which states each command is legal; all others raise `WrongState` and change nothing."""


def wrong_state(case: Case, command: str) -> WrongState:
    """The refusal of a move that the table does not hold, naming those that it does."""
    legal = [name for name, states in LEGAL.items() if case.state in states]
    return WrongState(case.id, case.state.value, command, legal)


class Case:
    """The desk's own record of one ticket: what ranks it, and where it is in its life. Instants are microseconds.

    Satisfies `ranking.RankedFacts`. Only `DeskState.apply` changes one that is at the desk; decisions are made on copies.
    """

    __slots__ = (
        "agent",
        "arrival",
        "asked",
        "bookings",
        "claims",
        "client_id",
        "closed",
        "due",
        "first",
        "first_replied",
        "id",
        "key",
        "parked",
        "received",
        "replies",
        "requests",
        "returned_to",
        "state",
        "taken",
        "unanswered",
        "withdrawn",
        "zone",
    )

    id: str
    client_id: str
    zone: tzinfo
    requests: tuple[Request, ...]
    received: tuple[int, ...]
    unanswered: tuple[int, ...]
    """Positions in `requests` of those that no reply has answered."""
    first: int
    """Position of the request that came first: its facts are those of the ticket, in whatever order requests are told, so
    that writing again moves nothing (rule R7)."""
    arrival: int
    claims: tuple[Booking, ...]
    """What the requests say of bookings, each claim once, however often it was made."""
    bookings: tuple[Booking, ...]
    """The same, put together and corrected by what the host knows."""
    key: bytes | None
    """Its place in the index of waiting tickets, `None` while it does not wait."""
    due: int
    """When its timer goes off: a lane change, the end of a park or of the keeping time, by its state; `FOREVER` for none."""
    state: State
    agent: str | None
    returned_to: str | None
    taken: int | None
    first_replied: int | None
    replies: int
    parked: int | None
    asked: bool
    closed: int | None
    withdrawn: bool

    @classmethod
    def opened(cls, request: Request, received: int, client_id: str, zone: tzinfo) -> Case:
        """The record of a ticket that a request opens, with the bookings as the request says them."""
        case = cls()
        case.id = request.id
        case.client_id = client_id
        case.zone = zone
        case.requests = (request,)
        case.received = (received,)
        case.unanswered = (0,)
        case.first = 0
        case.arrival = received
        case.claims = request.bookings
        case.bookings = claimed_bookings(request.bookings)
        case.state = _W
        case.agent = case.returned_to = case.taken = case.first_replied = case.parked = case.closed = None
        case.replies = 0
        case.asked = case.withdrawn = False
        case.key, case.due = None, FOREVER
        return case

    def __copy__(self) -> Case:
        # The general way goes through pickling, and takes three times as long.
        twin = object.__new__(Case)
        for name in Case.__slots__:
            setattr(twin, name, getattr(self, name))
        # A copy is at no desk: it stands in no line and has no timer.
        twin.key, twin.due = None, FOREVER
        return twin

    @property
    def kind(self) -> str:
        return self.requests[self.first].kind

    @property
    def channel(self) -> str:
        return self.requests[self.first].channel

    @property
    def addressed_to(self) -> str | None:
        return self.requests[self.first].addressed_to

    @property
    def missed_call(self) -> bool:
        return self.requests[self.first].missed_call

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        return self.requests[self.first].attributes

    @property
    def entry(self) -> Case:
        """The facts as the first request said them, about its own bookings (rule R4)."""
        bookings = self.requests[self.first].bookings
        if self.bookings is bookings:
            return self
        entry = copy(self)
        entry.bookings = bookings
        return entry

    def channels_owed(self) -> tuple[str, ...]:
        """The channels of the unanswered requests, each once: all of them are owed the answer (rule D4)."""
        if len(self.unanswered) == 1:
            return (self.requests[self.unanswered[0]].channel,)
        return tuple({self.requests[index].channel: None for index in self.unanswered})

    def joined(self, request: Request, received: int) -> Case:
        """A copy that holds one request more: the earliest arrival of what is unanswered, and all bookings (rule D4).

        A ticket that is answered, closed or waiting for the client waits again; one that was answered as of the oldest
        request that is not.
        """
        case = copy(self)
        case.requests = (*self.requests, request)
        case.received = (*self.received, received)
        case.unanswered = (*self.unanswered, len(self.requests))
        case.claims = tuple(dict.fromkeys((*self.claims, *request.bookings)))
        if (received, request.id) < (self.received[self.first], self.requests[self.first].id):
            case.first = len(self.requests)
        if self.state in (_A, _C) or (self.state is _P and self.asked):
            case.wait_again()
        if self.replies and (self.state is _C or (self.state in (_A, _P) and not self.unanswered)):
            case.arrival = min(case.received[index] for index in case.unanswered)
        else:
            case.arrival = min(self.arrival, received)
        return case

    def reopened(self, now: int) -> Case:
        """A copy that waits again: with its first arrival if it was never answered, else as of its oldest open request."""
        case = copy(self)
        case.wait_again()
        if self.replies:
            case.arrival = min((self.received[index] for index in self.unanswered), default=now)
        return case

    def wait_again(self) -> None:
        """Back to waiting; out of a park, for the agent who had it first (rule L0)."""
        self.returned_to = self.agent if self.state is _P else None
        self.state = _W
        self.agent = self.taken = self.parked = self.closed = None
        self.asked = self.withdrawn = False

    def ticket(self, lane: str | None) -> Ticket:
        """The public value of this record."""
        return Ticket(
            id=self.id,
            client_id=self.client_id,
            state=self.state,
            arrived_at=instant(self.arrival),
            requests=self.requests,
            received_at=tuple(map(instant, self.received)),
            bookings=self.bookings,
            unanswered=self.unanswered,
            lane=lane,
            agent=self.agent,
            returned_to=self.returned_to,
            taken_at=None if self.taken is None else instant(self.taken),
            first_replied_at=None if self.first_replied is None else instant(self.first_replied),
            replies=self.replies,
            parked_until=None if self.parked is None else instant(self.parked),
            asked=self.asked,
            closed_at=None if self.closed is None else instant(self.closed),
            withdrawn=self.withdrawn,
        )

    @classmethod
    def restored(cls, ticket: Ticket, zone: tzinfo) -> Case:
        """The record of a public value, the inverse of `ticket`."""
        case = cls.opened(ticket.requests[0], micros(ticket.received_at[0]), ticket.client_id, zone)
        case.requests = ticket.requests
        case.received = tuple(map(micros, ticket.received_at))
        case.unanswered = ticket.unanswered
        case.first = min(range(len(case.requests)), key=lambda index: (case.received[index], case.requests[index].id))
        case.arrival = micros(ticket.arrived_at)
        case.claims = tuple(dict.fromkeys(booking for request in ticket.requests for booking in request.bookings))
        case.bookings = ticket.bookings
        case.state = ticket.state
        case.agent = ticket.agent
        case.returned_to = ticket.returned_to
        case.taken = None if ticket.taken_at is None else micros(ticket.taken_at)
        case.first_replied = None if ticket.first_replied_at is None else micros(ticket.first_replied_at)
        case.replies = ticket.replies
        case.parked = None if ticket.parked_until is None else micros(ticket.parked_until)
        case.asked = ticket.asked
        case.closed = None if ticket.closed_at is None else micros(ticket.closed_at)
        case.withdrawn = ticket.withdrawn
        return case


def claimed_bookings(claims: Sequence[Booking]) -> tuple[Booking, ...]:
    """Everything that is claimed of bookings, put together, in an order of its own. Order-free and idempotent (rule D4).

    Claims about one booking complete each other where they leave something out. What differs stays side by side: a condition
    asks each, so the most urgent departure still ahead counts, and no claim makes a ticket less urgent. Only a claim that
    says less than another gives way to it: a departure is news about a booking of which none was known.
    """
    if len(claims) < 2:
        return tuple(claims)
    groups: dict[str, dict[Booking, None]] = {}
    for claim in claims:
        groups.setdefault(claim.key, {})[claim] = None
    return tuple(sorted((whole for group in groups.values() for whole in _completed(list(group))), key=_booking_order))


def _completed(claims: list[Booking]) -> list[Booking]:
    """Claims about one booking, each once, without those that leave out what another says."""
    if len(claims) == 1:
        return claims
    reference = min(claim.reference for claim in claims)
    services = {claim.service for claim in claims} - {None}
    departures = {claim.departs_at for claim in claims} - {None}
    sizes = {claim.party_size for claim in claims} - {None}
    kept: dict[Booking, None] = {}
    for claim in claims:
        whole = replace(
            claim,
            reference=reference,
            service=claim.service or _only(services),
            departs_at=claim.departs_at or _only(departures),
            party_size=claim.party_size or _only(sizes),
        )
        kept[whole] = None
    return [
        claim
        for claim in kept
        if not any(
            said and value is None and any(_says_less(claim, other) for other in kept)
            for said, value in ((services, claim.service), (departures, claim.departs_at), (sizes, claim.party_size))
        )
    ]


_Value = TypeVar("_Value")


def _only(values: set[_Value]) -> _Value | None:
    """The one value of a set; `None` where there are none, or several."""
    return next(iter(values)) if len(values) == 1 else None


def _says_less(one: Booking, other: Booking) -> bool:
    """Whether `other`, about the same booking, says all that `one` does, and more."""
    return (
        one != other
        and one.cancelled == other.cancelled
        and one.service in (None, other.service)
        and one.departs_at in (None, other.departs_at)
        and one.party_size in (None, other.party_size)
    )


def _booking_order(booking: Booking) -> tuple[str, int, bool, str, int]:
    return booking.reference, booking.departure, booking.cancelled, booking.service or "", booking.party_size or 0
