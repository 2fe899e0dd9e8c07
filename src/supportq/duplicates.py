"""Is this the same request as a known one, and which rule said so (rules D2, D3)?

`decide` changes nothing: a verdict is a value with its reasons and suspects. A wrong merge is far worse than a missed one, so
in doubt a request is `NEW` and names what it may belong to. Texts are compared only with those of the client's own tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Final

from supportq._index import TicketIndex, Tickets
from supportq._instants import length
from supportq._lifecycle import Case
from supportq._names import agree, folded, is_full
from supportq._words import is_number, near_same, too_long, words
from supportq.identity import Cluster, Party, Plan, Sender
from supportq.policy import DuplicateRules
from supportq.tickets import Basis, Booking, Reason, Request, State, Verdict

__all__ = ["Asked", "Decision", "Matters", "Suspicion", "decide", "suspicion"]

MAX_SUSPECTS: Final = 10
_LOOKED_AT: Final = 64
"""Where no booking tells tickets apart, at most so many of a client's are looked at, the newest.

A client with more has a desk of their own: then a request without a booking joins by its words only, never as "the only one".
"""
_COUNTED: Final = 200
"""So many tickets about a booking are counted among the suspects."""
_TEXTS: Final = 16
"""With so many texts of a ticket another is compared: the first and the latest."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request is, and why.

    It joins the ticket `ticket_id` (`None` for a new one) onto its request `onto`, on this `basis`. `suspects` are what else it
    might belong to, the newest first, at most ten of `suspect_count`.
    """

    verdict: Verdict
    ticket_id: str | None = None
    reasons: tuple[Reason, ...] = ()
    suspects: tuple[str, ...] = ()
    suspect_count: int = 0
    onto: str | None = None
    basis: Basis = Basis.CLIENT


NEW: Final = Decision(Verdict.NEW)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two tickets that may be the same matter, and what they have in common. An operator may merge them, or leave them."""

    ticket_id: str
    suspect_id: str
    reasons: tuple[Reason, ...]


class Matters:
    """Which tickets each client has, and which are about which booking: no scan, however many there are."""

    __slots__ = ("_of_name", "_tickets", "by_booking")

    def __init__(self) -> None:
        self._tickets: TicketIndex[Party] = TicketIndex()
        """The tickets of each sender, and those of each client; a sender who is alone is both."""
        self._of_name: TicketIndex[tuple[str, str, str]] = TicketIndex()
        """Tickets by booking and two parts of the full name of somebody who wrote about it."""
        self.by_booking: TicketIndex[str] = TicketIndex()

    def add(self, case: Case, positions: Iterable[int], cases: Mapping[str, Case]) -> None:
        """These requests of a ticket are at the desk; it is found by none that was filed with it (rule L1)."""
        for position in positions:
            if case.joints[position][1] is Basis.FILED:
                continue
            sender, client = case.senders[position], _client(case.senders[position])
            if client is not sender:
                self._tickets.add(sender, case.id)
            if self._tickets.add(client, case.id) > 1:
                self._keep_order(client, case, cases)
            for booking in case.requests[position].bookings:
                self.by_booking.add(booking.key, case.id)
                for pair in _pairs(sender):
                    self._of_name.add((booking.key, *pair), case.id)

    def _keep_order(self, client: Party, case: Case, cases: Mapping[str, Case]) -> None:
        """An older ticket that another client joins goes before those that came after it."""
        latest = list(islice(self._tickets.newest(client), 2))
        if latest[0] == case.id and len(latest) > 1 and cases[latest[1]].number > case.number:
            self._tickets.sort(client, lambda ticket_id: cases[ticket_id].number)

    def remove(self, case: Case) -> None:
        """The ticket has left the desk, or is about to change."""
        for sender in dict.fromkeys(case.senders):
            self._tickets.discard(sender, case.id)
            self._tickets.discard(_client(sender), case.id)
            for booking in case.claims:
                for pair in _pairs(sender):
                    self._of_name.discard((booking.key, *pair), case.id)
        for booking in case.claims:
            self.by_booking.discard(booking.key, case.id)

    def move(self, moved: Iterable[tuple[Sender, Party]], cases: Mapping[str, Case]) -> dict[str, None]:
        """Senders went from one client to another; the tickets that go by requests of theirs."""
        before = dict(moved)
        touched: dict[str, None] = {}
        for sender in before:
            touched.update(dict.fromkeys(self._tickets.get(sender)))
        for ticket_id in touched:
            senders = dict.fromkeys([sender for _, sender in cases[ticket_id].goes_by()])
            now = {_client(sender): None for sender in senders}
            for client in {before.get(sender) or _client(sender): None for sender in senders}:
                # What is filed under a sender stays, for that is what came from it.
                if client not in now and isinstance(client, Cluster):
                    self._tickets.discard(client, ticket_id)
            for client in now:
                self._tickets.add(client, ticket_id)
        for client in dict.fromkeys(_client(sender) for sender in before):
            self._tickets.sort(client, lambda ticket_id: cases[ticket_id].number)
        return touched

    def of(self, party: Party) -> Tickets:
        """The tickets of a client, in the order in which they came, or those with requests of one sender of it."""
        return self._tickets.get(party)

    def under_name(self, reference: str, sender: Sender) -> dict[str, None]:
        """The tickets about a booking in which somebody with as much of a full name wrote."""
        found: dict[str, None] = {}
        for pair in _pairs(sender):
            found.update(dict.fromkeys(self._of_name.get((reference, *pair))))
        return found


def _client(sender: Sender) -> Party:
    assert sender.client is not None
    return sender.client


def _pairs(sender: Sender) -> Iterable[tuple[str, str]]:
    if not is_full(sender.name):
        return ()
    return combinations([token for token in sender.name if len(token) > 1][:4], 2)


class _Mine:
    """The tickets of the client whom a request is from, as far as is known with it."""

    def __init__(self, plan: Plan, matters: Matters, cases: Mapping[str, Case]) -> None:
        self._matters, self._cases = matters, cases
        self.plan = plan
        group = plan.group
        clients = [plan.sender.client] if plan.known and plan.sender and plan.sender.client else plan.joins
        self._client = clients[0] if group is None and len(clients) == 1 else None
        self._ids: Tickets = ()
        if self._client is not None:
            self._ids = matters.of(self._client)
        else:
            found: dict[str, None] = {}
            for sender in group.senders if group is not None else [one for client in clients for one in client.senders]:
                found.update(dict.fromkeys(matters.of(sender)))
            self._ids = dict.fromkeys(sorted(found, key=lambda ticket_id: cases[ticket_id].number))

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, ticket_id: str) -> bool:
        return ticket_id in self._ids

    def newest(self) -> Iterator[Case]:
        """The tickets, the last first."""
        return (self._cases[ticket_id] for ticket_id in reversed(self._ids))

    def about(self, request: Request) -> list[Case]:
        """The tickets about any booking of a request, each once; O(the fewer of these and those about the booking)."""
        found: dict[str, None] = {}
        for reference in {booking.key: None for booking in request.bookings}:
            about = self._matters.by_booking.get(reference)
            few, many = (self._ids, about) if len(self._ids) < len(about) else (about, self._ids)
            found.update(dict.fromkeys(ticket_id for ticket_id in few if ticket_id in many))
        return [self._cases[ticket_id] for ticket_id in found]


@dataclass(slots=True)  # not frozen, which would cost as much as deciding: one is made for every request
class Asked:
    """A request with what is known when it is decided."""

    request: Request
    received: int
    plan: Plan
    at: int
    rules: DuplicateRules
    case_of: Callable[[str], Case | None]
    urgency: Callable[[Case, int], tuple[int, ...]]
    """Orders tickets at an instant, the most urgent first."""


def decide(asked: Asked, matters: Matters, cases: Mapping[str, Case]) -> Decision:
    """What a request is; pure. O(tickets of the client that may be meant), whatever else is at the desk.

    The steps, of which the first that answers decides: a reply to a known request; thanks and status questions; a missed call
    of whoever is owed a call already; the same client and booking; the same booking and full name; the same client where a
    booking is missing; otherwise it is new.
    """
    request = asked.request
    about = False
    for booking in request.bookings:
        about = about or booking.key in matters.by_booking
    if asked.plan.from_nobody_known and not about and not request.in_reply_to:
        # Most requests of a crisis: of neither the client nor the booking is anything known.
        return NEW
    mine = _Mine(asked.plan, matters, cases)
    replied_to = asked.case_of(request.in_reply_to) if request.in_reply_to else None
    found = None
    if len(mine):
        found = (
            (_reply(asked, replied_to) if replied_to is not None and replied_to.id in mine else None)
            or _thanks_or_status(asked, mine)
            or (_call_owed(asked, mine) if request.missed_call else None)
            or (_same_booking(asked, mine.about(request), Basis.CLIENT) if request.bookings else None)
        )
    named = asked.rules.booking_and_name and asked.plan.sender is not None and is_full(asked.plan.sender.name)
    if found is None and about and named:
        found = _same_booking(asked, _under_name(asked, mine, matters, cases), Basis.BOOKING_AND_NAME)
    if found is None and len(mine):
        found = _without_booking(asked, mine)
    if found is not None:
        return found
    return _new(asked, mine, matters, cases, replied_to)


# --------------------------------------------------------------------------------------------------------- the steps


def _reply(asked: Asked, case: Case) -> Decision | None:
    """It names a request of the client's own: a follow-up, whatever it says."""
    reason = Reason("IN_REPLY_TO", "in_reply_to", case.id, asked.request.in_reply_to or "")
    if case.closed is None or asked.request.kind in asked.rules.acknowledgements:
        return _join(asked, case, Verdict.FOLLOW_UP, Basis.CLIENT, reason, onto=asked.request.in_reply_to)
    if not _recent(asked, case):
        return None
    return _join(asked, case, Verdict.REOPENS, Basis.CLIENT, reason, _CLOSED, onto=asked.request.in_reply_to)


def _thanks_or_status(asked: Asked, mine: _Mine) -> Decision | None:
    """Thanks join the latest ticket and ask for nothing; a question how far it is joins the most urgent open one."""
    request, rules = asked.request, asked.rules
    if request.kind not in rules.acknowledgements and request.kind not in rules.status_questions:
        return None
    some = mine.about(request) if request.bookings else list(islice(mine.newest(), _LOOKED_AT))
    still_open = sorted(
        (case for case in some if case.closed is None and _guests_agree(asked, case)),
        key=lambda case: asked.urgency(case, asked.at),
    )
    if request.kind in rules.acknowledgements:
        # Thanks come for an answer, if there was one.
        thanked = max(some, key=lambda case: (case.first_replied or -1, case.number), default=None)
        return None if thanked is None else _join(asked, thanked, Verdict.FOLLOW_UP, Basis.CLIENT, Reason("THANKS", "kind"))
    if not still_open:
        return None
    others = [case.id for case in still_open[1:]]
    decision = _join(asked, still_open[0], Verdict.DUPLICATE_OF, Basis.CLIENT, Reason("STATUS_QUESTION", "kind"))
    return _with_suspects(decision, others[:MAX_SUSPECTS], len(others))


def _call_owed(asked: Asked, mine: _Mine) -> Decision | None:
    """A call that nobody took, and the only open ticket of the client in which a call is owed already: one call back is due."""
    owed = [case for case in islice(mine.newest(), _LOOKED_AT) if case.closed is None and case.owes_call]
    if len(owed) != 1 or len(mine) > _LOOKED_AT:
        return None
    (case,) = owed
    about = {booking.key for booking in asked.request.bookings}
    agrees = not about or not case.claims or any(claim.key in about for claim in case.claims)
    if not (agrees and _kinds_agree(asked, case) and _in_time(asked, case) and _guests_agree(asked, case)):
        return None
    return _joins_open(asked, case, Basis.CLIENT, Reason("CALL_OWED", "missed_call"))


def _same_booking(asked: Asked, about: Iterable[Case], basis: Basis) -> Decision | None:
    """Tickets about the same booking, of a kind that goes with it: the open one that came first, or one closed not long ago."""
    alike = [case for case in about if _kinds_agree(asked, case)]
    still_open = [case for case in alike if case.closed is None and _in_time(asked, case)]
    if asked.request.kind in asked.rules.unknown_kinds and len({asked.rules.family(case.kind) for case in still_open}) > 1:
        # It may belong to any of several matters: only its words can tell.
        still_open = [case for case in still_open if _near_same(asked, case)]
        if len(still_open) != 1:
            return None
    if still_open:
        case = min(still_open, key=lambda case: (asked.request.kind not in case.kinds, case.arrival, case.id))
        return _joins_open(asked, case, basis)
    recent = [case for case in alike if case.closed is not None and _recent(asked, case)]
    if recent:
        case = max(recent, key=lambda case: (case.closed or 0, case.number))
        return _join(asked, case, Verdict.REOPENS, basis, _CLOSED)
    return None


def _under_name(asked: Asked, mine: _Mine, matters: Matters, cases: Mapping[str, Case]) -> list[Case]:
    """Tickets of others about the same booking, in which somebody of the same full name wrote, not signed in as another."""
    sender = asked.plan.sender
    assert sender is not None
    found: dict[str, None] = {}
    for booking in asked.request.bookings:
        found.update(matters.under_name(booking.key, sender))
    return [
        case
        for case in (cases[ticket_id] for ticket_id in found if ticket_id not in mine)
        if any(_same_person(sender, other) for _, other in case.goes_by())
    ]


def _without_booking(asked: Asked, mine: _Mine) -> Decision | None:
    """The client's open tickets where a booking is missing: the only one that fits, or the only one that says the same."""
    request = asked.request
    fits = [
        case
        for case in islice(mine.newest(), _LOOKED_AT)
        if case.closed is None
        and (not request.bookings or not case.claims)
        and _kinds_agree(asked, case)
        and _in_time(asked, case)
        and _guests_agree(asked, case)
    ]
    if len(fits) == 1 and len(mine) <= _LOOKED_AT:
        return _joins_open(asked, fits[0], Basis.CLIENT, Reason("ONLY_ONE_FITS", "bookings"))
    same = [case for case in fits if _near_same(asked, case)]
    return _joins_open(asked, same[0], Basis.CLIENT, Reason("SAME_WORDS", "text")) if len(same) == 1 else None


def _new(asked: Asked, mine: _Mine, matters: Matters, cases: Mapping[str, Case], replied_to: Case | None) -> Decision:
    """Nothing says that it is known. It may belong to its client's tickets, to others of its booking, to the one it names."""
    suspects = {case.id: None for case in islice(mine.newest(), MAX_SUSPECTS)}
    related: dict[str, None] = {}
    for booking in asked.request.bookings:
        related.update(dict.fromkeys(islice(matters.by_booking.newest(booking.key), _COUNTED)))
    if replied_to is not None:
        related[replied_to.id] = None
    if not suspects and not related:
        return NEW
    others = [ticket_id for ticket_id in related if ticket_id not in mine]
    newest = sorted({**suspects, **dict.fromkeys(others)}, key=lambda ticket_id: -cases[ticket_id].number)
    reasons = [Reason("OTHER_MATTER", "bookings")] if len(mine) else []
    if others:
        reasons.append(Reason("OTHER_CLIENT", "bookings" if asked.request.bookings else "in_reply_to"))
    return Decision(Verdict.NEW, None, tuple(reasons), tuple(newest[:MAX_SUSPECTS]), len(mine) + len(others))


def suspicion(case: Case, other: Case, rules: DuplicateRules) -> Suspicion:
    """What a ticket has in common with one that it may belong to; O(requests of both)."""
    reasons = []
    for one, another in product(*({_client(sender): None for _, sender in one.goes_by()} for one in (case, other))):
        if one is another:
            reasons.append(Reason("SAME_CLIENT", "client", one.id, another.id))
    theirs = {booking.key: booking.reference for booking in other.claims}
    reasons += [
        Reason("SAME_BOOKING", "booking", booking.reference, theirs[booking.key])
        for booking in case.claims
        if booking.key in theirs
    ]
    names = [sorted({sender.name for _, sender in one.goes_by() if is_full(sender.name)}) for one in (case, other)]
    for ours, its in product(*names):
        if agree(ours, its):
            reasons.append(Reason("SAME_NAME", "name", " ".join(ours), " ".join(its)))
    if rules.family(case.kind) == rules.family(other.kind):
        reasons.append(Reason("SAME_KIND", "kind", case.kind, other.kind))
    if any(near_same(text, known) for text, known in product(_texts(case), _texts(other))):
        reasons.append(Reason("SAME_WORDS", "text"))
    return Suspicion(case.id, other.id, tuple(dict.fromkeys(reasons)))


# ----------------------------------------------------------------------------------------------------- what they look at

_CLOSED: Final = Reason("CLOSED_RECENTLY", "closed_at")


def _join(asked: Asked, case: Case, verdict: Verdict, basis: Basis, *reasons: Reason, onto: str | None = None) -> Decision:
    """It joins, onto the request that it answers, or the first of the ticket that is from the same client."""
    plan, request = asked.plan, asked.request
    assert plan.sender is not None
    evidence = []
    first = case.senders[0]
    if basis is Basis.CLIENT:
        ours = plan.client_after(plan.sender)
        looked_at = case.goes_by()[:_LOOKED_AT]
        found, first = next(
            ((held.id, sender) for held, sender in looked_at if plan.client_after(sender) is ours), (case.id, first)
        )
        onto = onto or found
        evidence.append(Reason("SAME_CLIENT", "client", _client(first).id, plan.client_id))
    else:
        first = next((sender for _, sender in case.goes_by() if _same_person(plan.sender, sender)), first)
        evidence.append(Reason("SAME_NAME", "name", " ".join(first.name), " ".join(plan.sender.name)))
    about = {booking.key: booking.reference for booking in request.bookings}
    shared = next((booking for booking in case.claims if booking.key in about), None)
    if shared is not None:
        evidence.append(Reason("SAME_BOOKING", "booking", shared.reference, about[shared.key]))
    if request.kind in case.kinds:
        evidence.append(Reason("SAME_KIND", "kind", request.kind, request.kind))
    return Decision(verdict, case.id, (*evidence, *reasons), onto=onto or case.id, basis=basis)


def _same_person(one: Sender, other: Sender) -> bool:
    """Whether two senders have the same full name, and are not signed in as two people."""
    return is_full(other.name) and agree(one.name, other.name) and not (one.account and other.account)


def _with_suspects(decision: Decision, suspects: Sequence[str], count: int) -> Decision:
    return Decision(
        decision.verdict, decision.ticket_id, decision.reasons, tuple(suspects), count, decision.onto, decision.basis
    )


def _joins_open(asked: Asked, case: Case, basis: Basis, *reasons: Reason) -> Decision:
    """It joins an open ticket: a repeat if it says nothing new and the client was not answered or asked meanwhile."""
    if case.state is State.ANSWERED or (case.state is State.PARKED and (case.asked or not case.unanswered)):
        return _join(asked, case, Verdict.FOLLOW_UP, basis, *reasons, Reason("WROTE_AGAIN", "state", case.state.value))
    news = _news(asked, case)
    if news is not None:
        return _join(asked, case, Verdict.FOLLOW_UP, basis, *reasons, news)
    return _join(asked, case, Verdict.DUPLICATE_OF, basis, *reasons)


def _kinds_agree(asked: Asked, case: Case) -> bool:
    """Whether both ask for the same, for what excludes each other, or one does not say what."""
    rules, kind = asked.rules, asked.request.kind
    if kind in rules.unknown_kinds or kind in case.kinds:
        return True
    family = rules.family(kind)
    return any(known in rules.unknown_kinds or rules.family(known) == family for known in case.kinds)


def _guests_agree(asked: Asked, case: Case) -> bool:
    """Whether the request can be about the same guest: a partner asks for many people, and a name tells them apart."""
    name = asked.request.guest.name
    if not name:
        return True
    guests = [folded(held.guest.name) for held, _ in case.goes_by() if held.guest.name]
    return not guests or any(agree(folded(name), guest) for guest in guests)


def _in_time(asked: Asked, case: Case) -> bool:
    within = asked.rules.joins_within
    if within is None:
        return True
    latest = max(case.received[position] for position in case.telling())
    return asked.received - latest <= length(within, "duplicates.joins_within")


def _recent(asked: Asked, case: Case) -> bool:
    assert case.closed is not None
    return asked.at - case.closed <= length(asked.rules.reopen_within, "duplicates.reopen_within")


def _news(asked: Asked, case: Case) -> Reason | None:
    """What the request says that the ticket does not say yet; `None` where it only repeats."""
    request = asked.request
    if request.missed_call:
        return Reason("MISSED_CALL", "missed_call")
    known = {name for held, _ in case.goes_by() for name in held.attachments} if request.attachments else ()
    for name in request.attachments:
        if name not in known:
            return Reason("NEW_ATTACHMENT", "attachments", "", name)
    if request.kind not in case.kinds and request.kind not in asked.rules.unknown_kinds:
        return Reason("OTHER_KIND", "kind", case.kind, request.kind)
    references = {booking.key for booking in case.claims}
    for booking in request.bookings:
        if booking.key not in references:
            return Reason("NEW_BOOKING", "bookings", "", booking.reference)
        if booking.rooms is not None and (other := _other_rooms(booking, case)):
            return Reason("OTHER_ROOMS", "bookings", str(other), str(booking.rooms))
    return _new_words(asked, case) if request.text else None


def _other_rooms(booking: Booking, case: Case) -> int | None:
    """For how many rooms a booking was said to be until now, where that is another number."""
    rooms = {claim.rooms for claim in case.claims if claim.key == booking.key} - {None}
    return None if booking.rooms in rooms else max(rooms, key=lambda known: known or 0, default=None)


def _new_words(asked: Asked, case: Case) -> Reason | None:
    if asked.request.text == case.requests[0].text:
        return None
    if too_long(asked.request.text):
        return Reason("NEW_WORDS", "text")
    said = _words(asked.request, asked.plan.sender)
    known: set[int] = set()
    for text in _texts(case):
        known.update(text)
    fresh = [word for word in said if word not in known]
    if any(map(is_number, fresh)):
        known.update(word for booking in case.claims for word in words(f"{booking.reference} {booking.key}"))
        fresh = [word for word in fresh if word not in known]
    if any(map(is_number, fresh)):
        return Reason("NEW_NUMBER", "text")
    if len(said) - len(fresh) < asked.rules.known_words * len(said):
        return Reason("NEW_WORDS", "text")
    return None


def _near_same(asked: Asked, case: Case) -> bool:
    said = _words(asked.request, asked.plan.sender)
    return any(near_same(said, text) for text in _texts(case))


def _words(request: Request, sender: Sender | None) -> Sequence[int]:
    """The words of a request, without the sender's own telephone number."""
    own = [key.rpartition(":")[2][-7:] for key in sender.keys if key.startswith("phone:")] if sender is not None else []
    return words(request.text, own)


def _texts(case: Case) -> list[Sequence[int]]:
    """The words of the requests that a ticket goes by, the first and the latest; read once and kept with the ticket."""
    positions = case.telling()
    if len(positions) > _TEXTS:
        positions = [0, *positions[1 - _TEXTS :]]
    before = case.words or {}
    case.words = {
        position: before.get(position) or _words(case.requests[position], case.senders[position])
        for position in positions
        if case.requests[position].text
    }
    return list(case.words.values())
