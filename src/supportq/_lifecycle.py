"""The life of a ticket: the table of legal moves (rule L0) and the desk's own record of one ticket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, tzinfo
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from supportq._instants import FOREVER, instant, micros
from supportq.errors import WrongState
from supportq.policy import zone_name
from supportq.tickets import (
    Absorbed,
    Address,
    Attribute,
    Basis,
    Booking,
    ClockKind,
    Confirmation,
    Joint,
    Lapse,
    Note,
    Origin,
    Queue,
    Request,
    State,
    Ticket,
    Transfer,
)

if TYPE_CHECKING:
    from supportq.identity import Sender

_CLIENT: Final = Origin.CLIENT
_LASTS: Final = ClockKind.RESOLUTION
"""The clock that a reply does not stop."""
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
    "correct": frozenset({_W, _T, _A, _P}),
    "note": frozenset({_W, _T, _A, _P}),
    "confirm": frozenset({_W, _T, _A, _P}),
    "transfer": frozenset({_W, _T, _A, _P}),
    "escalate": frozenset({_W, _T, _A, _P}),
}
"""From which states each command is legal; all others raise `WrongState` and change nothing."""


_FIRST: Final[tuple[tuple[int, Basis], ...]] = ((-1, Basis.FIRST),)
_NOTHING: Final[Mapping[str, Attribute]] = {}
_PROVING: Final = 50
"""So many senders of a client are looked through for what proves an address."""


def wrong_state(case: Case, command: str) -> WrongState:
    """The refusal of a move that the table does not hold, naming those that it does."""
    legal = [name for name, states in LEGAL.items() if case.state in states]
    return WrongState(case.id, case.state.value, command, legal)


class Alarm:
    """When a clock of a ticket is missed or warned of. Satisfies `_backlog.Timed`."""

    __slots__ = ("case", "due", "id")

    def __init__(self, case: Case) -> None:
        self.id = case.id
        self.case = case
        self.due = FOREVER


class Case:
    """The desk's own record of one ticket: what ranks it, and where it is in its life. Instants are microseconds.

    Satisfies `ranking.RankedFacts`. Only `_apply.apply` changes one that is at the desk; decisions are made on copies.
    """

    __slots__ = (
        "absorbed",
        "agent",
        "alarm",
        "answered_by",
        "arrival",
        "asked",
        "bookings",
        "breached",
        "claims",
        "closed",
        "confirmed",
        "corrected_attributes",
        "corrected_kind",
        "counts_from",
        "curator",
        "delay",
        "due",
        "first",
        "first_replied",
        "freed_from",
        "id",
        "joints",
        "key",
        "kinds",
        "lapse",
        "left",
        "manager",
        "next_lane",
        "note",
        "noted",
        "number",
        "outcome",
        "parked",
        "parked_before",
        "pauses",
        "queue",
        "received",
        "replies",
        "requests",
        "restarted",
        "returned_to",
        "review",
        "senders",
        "slot",
        "stage",
        "state",
        "suspects",
        "taken",
        "transferred",
        "unanswered",
        "warned",
        "withdrawn",
        "words",
        "zone",
    )

    id: str
    number: int
    """Tickets are numbered in the order in which they came to the desk."""
    zone: tzinfo
    """The client's, as are the next three: as the host knows them, or as the request says that came first."""
    stage: str | None
    manager: str | None
    curator: str | None
    requests: tuple[Request, ...]
    received: tuple[int, ...]
    kinds: tuple[str, ...]
    """What its requests ask, each kind once; what the one that came first asks is read as the corrected kind throughout."""
    corrected_kind: str | None
    corrected_attributes: Mapping[str, Attribute]
    """What was corrected; attributes by name."""
    note: Note | None
    """The last note."""
    noted: bool
    """Whether its agent has left a note since taking it."""
    confirmed: tuple[Confirmation, ...]
    """The steps that were confirmed, in that order. They are the ticket's; its procedure is found anew each time (rule L1)."""
    counts_from: tuple[int, ...]
    """Since when each request counts: since it came, or where an answered ticket was merged in, since it waited again."""
    senders: tuple[Sender, ...]
    """Who each request is from."""
    joints: tuple[tuple[int, Basis], ...]
    """Onto which request each came in, and on what basis; the first onto none, -1."""
    unanswered: tuple[int, ...]
    """Positions in `requests` of those that no reply has answered."""
    first: int
    """Position of the request that came first: its facts are those of the ticket, in whatever order requests are told, so
    that writing again moves nothing (rule R7)."""
    arrival: int
    delay: int
    """How much later than that the ticket counts in lanes ordered by arrival (rule R8): charged when it was opened, and ended
    with the arrival that it was charged for. An arrival that a join or a merge brings forward keeps it."""
    claims: tuple[Booking, ...]
    """What the requests say of bookings, each claim once, however often it was made."""
    bookings: tuple[Booking, ...]
    """The same, put together and corrected by what the host knows."""
    key: bytes | None
    """Its place in the index of waiting tickets, `None` while it does not wait."""
    slot: int
    """Of which lane and queue that place is."""
    queue: int
    """The number of its queue (`Routing.queues`), whether it waits or not; 0 at a desk without teams."""
    freed_from: str | None
    """The agent it is addressed to, where grounds or silence have opened it to others (`Roster.freed_from`); the roster's."""
    transferred: Transfer | None
    """The last hand-over by people."""
    left: str | None
    """The agent who went off duty without answering it, though it was addressed to them."""
    due: int
    """When its timer goes off, by its state: a change of lane or queue, the end of a park, of a take that nothing came of, or
    of the keeping time; `FOREVER` for none."""
    next_lane: tuple[int, int] | None
    """Into which lane it goes at which instant, once somebody has asked; `None` before, and when its bookings change."""
    state: State
    agent: str | None
    returned_to: str | None
    taken: int | None
    first_replied: int | None
    replies: int
    answered_by: str | None
    """Who gave the last reply."""
    parked: int | None
    asked: bool
    pauses: tuple[tuple[int, int], ...]
    """While the client was asked, from and until; `FOREVER` where that is not over. Clocks stand meanwhile (rule C1)."""
    restarted: int | None
    """When it was split off another ticket: its clocks run since then at the earliest (rule D6)."""
    warned: tuple[ClockKind, ...]
    breached: tuple[ClockKind, ...]
    """The clocks that were warned of and missed, and have not begun anew since."""
    alarm: Alarm | None
    """When a clock of it is missed or warned of next; `None` while the ticket is at no desk, or the desk has no targets."""
    lapse: Lapse | None
    """What becomes of it if whoever was asked stays silent; `None` unless it waits for that."""
    parked_before: Absorbed | None
    """What it was when a request that joined or a merge ended its park, for as long as it waits because of that (rule D6)."""
    outcome: str | None
    """What became of it, where silence closed it."""
    closed: int | None
    withdrawn: bool
    absorbed: tuple[Absorbed, ...]
    suspects: tuple[str, ...]
    review: tuple[str, ...]
    """Requests that stay for the booking's sake, though they are somebody else's."""
    words: dict[int, Sequence[int]] | None
    """The words of requests whose texts have been compared, by position; most never are."""

    @classmethod
    def opened(cls, request: Request, received: int, sender: Sender, zone: tzinfo) -> Case:
        """The record of a ticket that a request opens, with the bookings as the request says them."""
        case = cls()
        case.id = request.id
        case.number = 0
        case.zone = zone
        client = request.client
        case.stage, case.manager, case.curator = client.stage, client.manager, client.curator
        case.corrected_kind, case.corrected_attributes = None, _NOTHING
        case.note = case.lapse = case.parked_before = case.outcome = None
        case.noted = False
        case.confirmed = ()
        case.requests = (request,)
        case.received = case.counts_from = (received,)
        case.senders = (sender,)
        case.kinds = (request.kind,)
        case.joints = _FIRST
        case.unanswered = (0,)
        case.first = 0
        case.arrival = received
        case.delay = 0
        case.claims = request.bookings
        case.bookings = claimed_bookings(request.bookings)
        case.state = _W
        case.agent = case.returned_to = case.taken = case.first_replied = case.parked = case.closed = None
        case.replies = 0
        case.asked = case.withdrawn = False
        case.answered_by = None
        case.pauses = case.warned = case.breached = ()
        case.restarted = case.alarm = None
        case.absorbed = case.suspects = case.review = ()
        case.words = None
        case.key, case.due, case.next_lane = None, FOREVER, None
        case.slot = case.queue = 0
        case.left = case.freed_from = case.transferred = None
        return case

    def __copy__(self) -> Case:
        # The general way goes through pickling, and takes three times as long.
        twin = object.__new__(Case)
        for name in Case.__slots__:
            setattr(twin, name, getattr(self, name))
        # A copy is at no desk: it stands in no line and has no timer.
        twin.key, twin.due, twin.next_lane, twin.alarm = None, FOREVER, None, None
        twin.freed_from = None
        twin.words = self.words and self.words.copy()
        return twin

    @property
    def client_id(self) -> str:
        """The client of the request that opened the ticket."""
        return self.client_of(0)

    def client_of(self, position: int) -> str:
        """The client whom one of its requests is from."""
        client = self.senders[position].client
        assert client is not None
        return client.id

    @property
    def came_with(self) -> str:
        """The ticket that its first request came in with: itself, or one that was merged into it. Its facts are this one's."""
        first = self.requests[self.first].id
        return next((held.ticket_id for held in self.absorbed if first in held.requests), self.id)

    @property
    def ids(self) -> tuple[str, ...]:
        """Its own id, and those of the tickets that were merged into it."""
        return (self.id, *(held.ticket_id for held in self.absorbed)) if self.absorbed else (self.id,)

    @property
    def effective_arrival(self) -> datetime | None:
        """The arrival that it counts with because of its fair share; `None`: its own."""
        return instant(self.arrival + self.delay) if self.delay else None

    @property
    def kind(self) -> str:
        return self.corrected_kind or self.requests[self.first].kind

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
    def owes_call(self) -> bool:
        """Whether a call that nobody took has not been answered; O(unanswered requests)."""
        return any(self.requests[position].missed_call for position in self.unanswered)

    @property
    def by_voice(self) -> bool:
        return self.requests[self.first].by_voice

    @property
    def line(self) -> str | None:
        return self.requests[self.first].line

    @property
    def urgent(self) -> bool:
        return self.requests[self.first].urgent

    @property
    def text(self) -> str:
        return self.requests[self.first].text

    @property
    def origin(self) -> Origin:
        return self.requests[self.first].origin

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        said = self.requests[self.first].attributes
        return {**said, **self.corrected_attributes} if self.corrected_attributes else said

    @property
    def facts_of_client(self) -> tuple[str | None, str | None, str | None, tzinfo]:
        """What it goes by as to its client."""
        return self.stage, self.manager, self.curator, self.zone

    @property
    def entry(self) -> Case:
        """The facts as the first request said them, about its own bookings, and as people put them right (rule R4)."""
        bookings = self.requests[self.first].bookings
        if self.bookings is bookings:
            return self
        entry = copy(self)
        entry.bookings = bookings
        return entry

    def addresses_owed(self) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        """Where the unanswered requests are to be answered, each place once: those proven for the client, and all others.

        Proven is what the first request proved (where it proved nothing: what it named and somebody proved who wrote from
        there), and what was proved in one message with that. A request that proves nothing is answered where it says if that
        is such a place (rule D5).
        """
        if len(self.requests) == 1 and self.unanswered:
            sender, channel = self.senders[0], self.requests[0].channel
            if not sender.keys and _owed_to_nobody(self.requests[0], sender):
                return (), ()
            owed = (Address(channel, sender.keys[0] if sender.keys else None),)
            return (owed, ()) if sender.proven else ((), owed)
        first = self.senders[0]
        # Where the first request proved nothing, what it named is proven by whoever wrote from there.
        named = {key for sender in self.senders for key in sender.proven if key in first.claimed}
        proven = set(first.proven) or named
        for sender in self._proving():
            if not proven.isdisjoint(sender.proven):
                proven.update(sender.proven)
        known: dict[Address, None] = {}
        others: dict[Address, None] = {}
        for position in self.unanswered:
            sender, channel = self.senders[position], self.requests[position].channel
            if _owed_to_nobody(self.requests[position], sender):
                continue
            identifier = next(iter(sender.keys), None)
            holds = sender.proven or sender.claimed
            (others if proven.isdisjoint(holds) else known)[Address(channel, identifier)] = None
        return tuple(known), tuple(others)

    def _proving(self) -> Iterable[Sender]:
        """The senders of the ticket's client, the least first, as often as one can lead to another; at most a handful."""
        if len(self.requests) == 1:
            return ()
        client = self.senders[0].client
        assert client is not None
        return [*client.senders[:_PROVING]] * 2

    def joined(
        self,
        request: Request,
        received: int,
        sender: Sender,
        onto: int,
        basis: Basis,
        *,
        quiet: bool = False,
        repeats: bool = False,
    ) -> Case:
        """A copy that holds one request more: the earliest arrival of what is unanswered, and all bookings (rule D4).

        A ticket that is answered, closed or parked waits again; one that was answered as of the oldest request that is not.
        One that is put aside unanswered stays so where the request only repeats what it asks. A quiet request, such as
        thanks, needs no answer and leaves the ticket where it is; one that is filed with it changes nothing else either.
        """
        case = copy(self)
        case.requests = (*self.requests, request)
        case.received = (*self.received, received)
        case.counts_from = (*self.counts_from, received)
        case.senders = (*self.senders, sender)
        case.joints = (*self.joints, (onto, basis))
        if basis is Basis.FILED:
            # Nor does a clock start by it: it counts no earlier than what it is filed with.
            case.counts_from = (*self.counts_from, max(received, self.counts_from[onto]))
            return case
        if request.kind not in self.kinds:
            case.kinds = (*self.kinds, request.kind)
        if not quiet:
            case.unanswered = (*self.unanswered, len(self.requests))
        case.claims = tuple(dict.fromkeys((*self.claims, *request.bookings)))
        if (received, request.id) < (self.received[self.first], self.requests[self.first].id):
            case.first = len(self.requests)
        if self.corrected_kind is not None:
            case.kinds = case.kinds_asked()
        if quiet:
            return case
        if self.state in (_A, _C):
            case.wait_again()
        elif self.state is _P and (self.asked or not repeats or not self.unanswered):
            case.wait_again()
            case.parked_before = self.as_absorbed()
        if self.replies and (self.state is _C or (self.state in (_A, _P) and not self.unanswered)):
            case.arrival, case.delay = min(case.counts_from[index] for index in case.unanswered), 0
            if self.state is _C:
                case.begin_anew()
        else:
            case.arrival = min(self.arrival, received)
        return case

    def reopened(self, now: int) -> Case:
        """A copy that waits again: with its first arrival if it was never answered, else as of its oldest open request."""
        case = copy(self)
        case.wait_again()
        if self.replies:
            case.arrival, case.delay = min((self.counts_from[index] for index in self.unanswered), default=now), 0
            case.begin_anew()
        return case

    def begin_anew(self) -> None:
        """Its life begins again, as of its arrival: it was answered, closed, and now waits once more."""
        self.counts_from = tuple(max(since, self.arrival) for since in self.counts_from)
        # What is still unanswered is owed as before, and is not late with that again.
        self.warned, self.breached = (
            tuple(kind for kind in said if kind is not _LASTS) for said in (self.warned, self.breached)
        )

    def answer(self) -> None:
        """All its requests are answered: the clocks that a reply stops may begin anew (rule C1)."""
        self.unanswered = ()
        if self.warned or self.breached:
            self.warned, self.breached = (
                tuple(kind for kind in done if kind is _LASTS) for done in (self.warned, self.breached)
            )

    def pause(self, at: int) -> None:
        """The client was asked: clocks stand (rule C1)."""
        self.pauses = (*self.pauses, (at, FOREVER))

    def resume(self, at: int) -> None:
        """The client is not asked any more, if they were: clocks go on."""
        if self.pauses and self.pauses[-1][1] >= FOREVER:
            self.pauses = (*self.pauses[:-1], (self.pauses[-1][0], at))

    def absorbing(self, other: Case) -> Case:
        """A copy that holds the requests of another ticket too, which an operator merged into this one (rule D6)."""
        case = copy(self)
        aside = self.as_absorbed() if self.state is _P else self.parked_before if self.state is _W else None
        count = len(self.requests)
        case.requests = self.requests + other.requests
        case.received = self.received + other.received
        case.counts_from = self.counts_from + tuple(max(since, other.arrival) for since in other.counts_from)
        case.senders = self.senders + other.senders
        moved = tuple((onto + count, basis) for onto, basis in other.joints[1:])
        case.joints = (*self.joints, (0, Basis.MERGED), *moved)
        case.unanswered = self.unanswered + tuple(position + count for position in other.unanswered)
        case.claims = tuple(dict.fromkeys(self.claims + other.claims))
        case.first = case.earliest()
        whose = self if case.first < count else other
        case.stage, case.manager, case.curator, case.zone = whose.stage, whose.manager, whose.curator, whose.zone
        case.kinds = case.kinds_asked()
        case.absorbed = (*self.absorbed, *other.absorbed, other.as_absorbed())
        case.review = self.review + other.review
        case.confirmed = tuple(sorted(self.confirmed + other.confirmed, key=attrgetter("at")))
        case.words = None
        case.warned, case.breached = (
            tuple(kind for kind in ClockKind if kind in one or kind in another)
            for one, another in ((self.warned, other.warned), (self.breached, other.breached))
        )
        if min(case.counts_from) < min(self.counts_from):
            # Its clocks are those of the other, which began earlier; while this one's client was asked they did not stand.
            case.pauses, case.restarted = other.pauses, other.restarted
        if self.state is not _T:
            if case.unanswered:
                case.wait_again()
                case.returned_to = self.returned_to
                case.parked_before = aside
            case.arrival = min((case.counts_from[index] for index in case.unanswered), default=self.arrival)
            if not self.replies:
                case.arrival = min(self.arrival, case.arrival)
            elif not self.unanswered:
                case.delay = other.delay
        else:
            case.arrival = min(self.arrival, other.arrival)
        return case

    def as_absorbed(self) -> Absorbed:
        """What is kept of this ticket while it is part of another."""
        return Absorbed(
            ticket_id=self.id,
            state=self.state,
            arrived_at=instant(self.arrival),
            effective_arrival=self.effective_arrival,
            requests=tuple(request.id for request in self.requests),
            unanswered=tuple(self.requests[position].id for position in self.unanswered),
            agent=self.agent,
            returned_to=self.returned_to,
            first_replied_at=None if self.first_replied is None else instant(self.first_replied),
            replies=self.replies,
            answered_by=self.answered_by,
            suspects=self.suspects,
            note=self.note,
            transferred=self.transferred,
            noted=self.noted,
            confirmed=self.confirmed,
            asked=self.asked,
            parked_until=None if self.parked is None else instant(self.parked),
            lapse=self.lapse,
            parked_before=self.parked_before,
        )

    def telling(self) -> list[int]:
        """Positions of the requests that it goes by: all but those that need no answer, and were filed with it (rule L1)."""
        return [position for position, (_, basis) in enumerate(self.joints) if basis is not Basis.FILED]

    def goes_by(self) -> list[tuple[Request, Sender]]:
        """The same requests, each with whom it is from."""
        if len(self.requests) == 1:  # most have no other, and go by what opened them
            return [(self.requests[0], self.senders[0])]
        return [(self.requests[position], self.senders[position]) for position in self.telling()]

    def earliest(self) -> int:
        """Position of the request that came first, of those that it goes by."""
        return min(self.telling(), key=lambda position: (self.received[position], self.requests[position].id))

    def claimed(self) -> tuple[Booking, ...]:
        """What the requests that it goes by say of bookings, each claim once."""
        return tuple(dict.fromkeys(booking for position in self.telling() for booking in self.requests[position].bookings))

    def kinds_asked(self) -> tuple[str, ...]:
        """What its requests ask, each kind once, as corrected."""
        kinds = [self.requests[position].kind for position in self.telling()]
        corrected = self.corrected_kind
        if corrected is not None:
            said = self.requests[self.first].kind
            kinds = [corrected if kind == said else kind for kind in kinds]
        return tuple(dict.fromkeys(kinds))

    def correct(self, kind: str | None, attributes: Mapping[str, Attribute]) -> None:
        """From now on this is what it asks and carries, where anything is said (rule L0)."""
        self.corrected_kind, self.corrected_attributes = kind, attributes
        self.kinds = self.kinds_asked()

    def parts(self) -> list[list[int]]:
        """Groups of its requests that belong together, the one with the first request first.

        Requests of one client do, and those that did not join because of the client: an edit with what it edits, what an
        operator merged, the same booking under the same name.
        """
        leader = list(range(len(self.requests)))
        if len({sender.client for sender in dict.fromkeys(self.senders)}) == 1:
            return [leader]

        def find(position: int) -> int:
            while leader[position] != position:
                position = leader[position]
            return position

        of_client: dict[object, int] = {}
        for position, (onto, basis) in enumerate(self.joints):
            if basis is Basis.FILED:
                # It is nobody's matter, so it stays with what it was filed with, and holds nothing together.
                leader[position] = find(onto)
                continue
            together = [of_client.setdefault(self.senders[position].client, position)]
            if onto >= 0 and basis is not Basis.CLIENT:
                together.append(onto)
            for other in map(find, together):
                mine = find(position)
                leader[max(mine, other)] = min(mine, other)
        groups: dict[int, list[int]] = {}
        for position in range(len(self.requests)):
            groups.setdefault(find(position), []).append(position)
        return list(groups.values())

    def with_those_it_brought(self, position: int) -> list[int]:
        """A request, and those that joined because of it, or of one of those."""
        found = [position]
        for later in range(position + 1, len(self.requests)):
            if self.joints[later][0] in found:
                found.append(later)
        return found

    def part(self, positions: Sequence[int], at: int) -> Case:
        """A new ticket of some requests of this one, waiting as of its own arrival; answers given meanwhile are not its.

        Where it was a ticket of its own before it was merged in, it is again as it was.
        """
        case = Case.opened(self.requests[positions[0]], self.received[positions[0]], self.senders[positions[0]], self.zone)
        case.queue = self.queue
        case._take(self, positions)
        case.unanswered = tuple(case.telling())
        before = next((held for held in self.absorbed if held.ticket_id == case.id), None)
        if before is not None:
            case._become(before, at)
        else:
            case.arrival = min(case.received[position] for position in case.unanswered)
        return case

    def _become(self, before: Absorbed, at: int) -> None:
        """Be again what the ticket was before it was merged into another, with what has joined it since."""
        was, owed = Counter(before.requests), Counter(before.unanswered)
        since = []
        unanswered = []
        for position, request in enumerate(self.requests):
            if not was[request.id]:
                if self.joints[position][1] is not Basis.FILED:
                    since.append(position)
                continue
            was[request.id] -= 1
            # Of several under one id, an edit and what it edits, the last are owed.
            if was[request.id] < owed[request.id]:
                unanswered.append(position)
        self.unanswered = (*unanswered, *since)
        self.suspects, self.note, self.transferred = before.suspects, before.note, before.transferred
        self.noted, self.confirmed = before.noted, before.confirmed
        self.replies, self.answered_by = before.replies, before.answered_by
        self.first_replied = None if before.first_replied_at is None else micros(before.first_replied_at)
        self.arrival = min([micros(before.arrived_at), *(self.counts_from[position] for position in since)])
        self.delay = _delay(before)
        if before.state is _P and not since:
            self._park_again(before, at)
        elif before.state is _A and not self.unanswered:
            self.state, self.agent = before.state, before.agent
        else:
            self.returned_to, self.parked_before = before.returned_to, before.parked_before
            self._park_if_as_before(at)

    def _park_again(self, before: Absorbed, at: int) -> None:
        """Be parked as before; where that would be over by now, wait, for the agent who had it first (rule L0)."""
        self.parked_before = None
        until = before.parked_until if before.lapse is None else before.lapse.at
        if until is not None and micros(until) <= at:
            self.returned_to = before.agent
            return
        self.state, self.agent, self.returned_to = _P, before.agent, None
        self.asked, self.lapse = before.asked, before.lapse
        self.parked = None if before.parked_until is None else micros(before.parked_until)
        if self.asked:
            self.pause(at)

    def rest(self, positions: Sequence[int], at: int) -> Case:
        """A copy without some requests; what was confirmed in a ticket that was merged in and leaves goes with that.

        Where its park had been ended by what leaves, so that nothing is owed any more that was not then, it is parked again.
        """
        gone = set(positions)
        kept = [position for position in range(len(self.requests)) if position not in gone]
        case = copy(self)
        case._take(self, kept)
        case.unanswered = tuple(new for new, old in enumerate(kept) if old in self.unanswered)
        case.confirmed = self._without([held for held in self.absorbed if held not in case.absorbed])
        if self.state is _C:
            return case
        if case._park_if_as_before(at):
            return case
        if self.replies:
            case.arrival = min((case.counts_from[index] for index in case.unanswered), default=self.arrival)
        else:
            case.arrival = min(case.counts_from[position] for position in case.telling())
        if self.state is _W and not case.unanswered and self.replies:
            case.state, case.agent, case.returned_to = _A, self.answered_by, None
        return case

    def _park_if_as_before(self, at: int) -> bool:
        """Be parked again where a merge had ended a park, and no request waits for an answer but those that did then."""
        before = self.parked_before
        if before is None or Counter(self.requests[position].id for position in self.unanswered) > Counter(before.unanswered):
            return False
        self.arrival, self.delay = micros(before.arrived_at), _delay(before)
        self._park_again(before, at)
        return True

    def _without(self, gone: Iterable[Absorbed]) -> tuple[Confirmation, ...]:
        """What was confirmed, but for what tickets that were merged in had brought."""
        left = Counter(self.confirmed) - Counter(one for held in gone for one in held.confirmed)
        # Of two that are equal either may stay: they say the same.
        return tuple(one for one in sorted(left.elements(), key=attrgetter("at")))

    def _take(self, whole: Case, positions: Sequence[int]) -> None:
        """Hold exactly these requests of a ticket."""
        new = {old: position for position, old in enumerate(positions)}
        self.requests = tuple(whole.requests[position] for position in positions)
        self.received = tuple(whole.received[position] for position in positions)
        self.counts_from = tuple(whole.counts_from[position] for position in positions)
        self.senders = tuple(whole.senders[position] for position in positions)
        joints = [whole.joints[position] for position in positions]
        self.joints = tuple((new.get(onto, 0), basis) for onto, basis in joints)
        self.joints = (*_FIRST, *self.joints[1:])
        self.claims = self.claimed()
        self.bookings = claimed_bookings(self.claims)
        self.first = self.earliest()
        self.kinds = self.kinds_asked()
        ids = {request.id for request in self.requests}
        self.absorbed = tuple(
            held for held in whole.absorbed if held.ticket_id in ids and held.ticket_id != self.requests[0].id
        )
        self.review = tuple(name for name in whole.review if name in ids)
        self.words = None

    def change_lapses(self, changed: Callable[[Lapse], Lapse]) -> None:
        """The rules by which silence has an outcome stand elsewhere in the policy now; of what it may be again, too."""

        def of(held: Absorbed) -> Absorbed:
            parked_before = held.parked_before and of(held.parked_before)
            return replace(held, lapse=held.lapse and changed(held.lapse), parked_before=parked_before)

        self.lapse = self.lapse and changed(self.lapse)
        self.parked_before = self.parked_before and of(self.parked_before)
        self.absorbed = tuple(map(of, self.absorbed))

    def wait_again(self) -> None:
        """Back to waiting; out of a park, for the agent who had it first (rule L0)."""
        self.returned_to = self.agent if self.state is _P else None
        self.state = _W
        self.agent = self.taken = self.parked = self.closed = self.lapse = self.parked_before = self.outcome = None
        self.asked = self.withdrawn = False

    def ticket(self, lane: str | None, queue: Queue | None) -> Ticket:
        """The public value of this record."""
        return Ticket(
            id=self.id,
            client_id=self.client_id,
            state=self.state,
            arrived_at=instant(self.arrival),
            effective_arrival=self.effective_arrival,
            requests=self.requests,
            received_at=tuple(map(instant, self.received)),
            bookings=self.bookings,
            unanswered=self.unanswered,
            lane=lane,
            queue=queue,
            agent=self.agent,
            returned_to=self.returned_to,
            taken_at=None if self.taken is None else instant(self.taken),
            first_replied_at=None if self.first_replied is None else instant(self.first_replied),
            replies=self.replies,
            answered_by=self.answered_by,
            parked_until=None if self.parked is None else instant(self.parked),
            asked=self.asked,
            closed_at=None if self.closed is None else instant(self.closed),
            withdrawn=self.withdrawn,
            joints=tuple(Joint(None if onto < 0 else self.requests[onto].id, basis) for onto, basis in self.joints),
            counts_from=tuple(map(instant, self.counts_from)),
            absorbed=self.absorbed,
            suspects=self.suspects,
            review=self.review,
            left=self.left,
            pauses=tuple((instant(begin), None if end >= FOREVER else instant(end)) for begin, end in self.pauses),
            restarted_at=None if self.restarted is None else instant(self.restarted),
            warned=self.warned,
            breached=self.breached,
            corrected_kind=self.corrected_kind,
            corrected_attributes=self.corrected_attributes,
            note=self.note,
            stage=self.stage,
            manager=self.manager,
            curator=self.curator,
            zone=zone_name(self.zone),
            transferred=self.transferred,
            noted=self.noted,
            confirmed=self.confirmed,
            lapse=self.lapse,
            parked_before=self.parked_before,
            outcome=self.outcome,
        )

    @classmethod
    def restored(cls, ticket: Ticket, senders: tuple[Sender, ...], zone: tzinfo) -> Case:
        """The record of a public value, the inverse of `ticket`."""
        case = cls.opened(ticket.requests[0], micros(ticket.received_at[0]), senders[0], zone)
        case.senders = senders
        case.stage, case.manager, case.curator = ticket.stage, ticket.manager, ticket.curator
        case.note, case.noted, case.confirmed = ticket.note, ticket.noted, ticket.confirmed
        case.lapse, case.parked_before, case.outcome = ticket.lapse, ticket.parked_before, ticket.outcome
        positions = {request.id: position for position, request in reversed(list(enumerate(ticket.requests)))}
        case.joints = tuple((-1 if joint.onto is None else positions[joint.onto], joint.basis) for joint in ticket.joints)
        case.counts_from = tuple(map(micros, ticket.counts_from))
        case.absorbed, case.suspects, case.review = ticket.absorbed, ticket.suspects, ticket.review
        case.requests = ticket.requests
        case.received = tuple(map(micros, ticket.received_at))
        case.unanswered = ticket.unanswered
        case.first = case.earliest()
        case.correct(ticket.corrected_kind, ticket.corrected_attributes)
        case.arrival, case.delay = micros(ticket.arrived_at), _delay(ticket)
        case.claims = case.claimed()
        case.bookings = ticket.bookings
        case.state = ticket.state
        case.agent = ticket.agent
        case.returned_to = ticket.returned_to
        case.taken = None if ticket.taken_at is None else micros(ticket.taken_at)
        case.first_replied = None if ticket.first_replied_at is None else micros(ticket.first_replied_at)
        case.replies, case.answered_by = ticket.replies, ticket.answered_by
        case.parked = None if ticket.parked_until is None else micros(ticket.parked_until)
        case.asked = ticket.asked
        case.closed = None if ticket.closed_at is None else micros(ticket.closed_at)
        case.withdrawn = ticket.withdrawn
        case.left, case.transferred = ticket.left, ticket.transferred
        case.pauses = tuple((micros(begin), FOREVER if end is None else micros(end)) for begin, end in ticket.pauses)
        case.restarted = None if ticket.restarted_at is None else micros(ticket.restarted_at)
        case.warned, case.breached = ticket.warned, ticket.breached
        return case


def _delay(told: Ticket | Absorbed) -> int:
    """How much later than it arrived a ticket counts, read from its value."""
    return 0 if told.effective_arrival is None else micros(told.effective_arrival) - micros(told.arrived_at)


def _owed_to_nobody(request: Request, sender: Sender) -> bool:
    """Whether a request names nobody who could be answered: one that an agent or a system wrote on its own account."""
    return not sender.keys and request.origin is not _CLIENT


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
    whole = max(claims, key=_told)
    if whole.reference == reference and all(claim is whole or _says_less(claim, whole) for claim in claims):
        # The plain case: one says all that the others do.
        return [whole]
    said = {name: {getattr(claim, name) for claim in claims} - {None} for name in _DETAILS}
    only = {name: next(iter(values)) for name, values in said.items() if len(values) == 1}
    kept: dict[Booking, None] = {}
    for claim in claims:
        left_out = {name: value for name, value in only.items() if getattr(claim, name) is None}
        kept[replace(claim, reference=reference, **left_out)] = None
    return [
        claim
        for claim in kept
        if not (
            any(values and getattr(claim, name) is None for name, values in said.items())
            and any(_says_less(claim, other) for other in kept)
        )
    ]


_DETAILS: Final = ("service", "departs_at", "party_size", "rooms", "voucher", "system")
"""What a claim about a booking may leave out."""
_details: Final = attrgetter(*_DETAILS)


def _told(booking: Booking) -> int:
    """How much is said of a booking."""
    return sum(value is not None for value in _details(booking))


def _says_less(one: Booking, other: Booking) -> bool:
    """Whether `other`, about the same booking, says all that `one` does, and more."""
    if one == other or one.cancelled != other.cancelled:
        return False
    return all(ours is None or ours == theirs for ours, theirs in zip(_details(one), _details(other), strict=True))


def _booking_order(booking: Booking) -> tuple[object, ...]:
    return (
        booking.reference,
        booking.departure,
        booking.cancelled,
        booking.service or "",
        booking.party_size or 0,
        booking.rooms or 0,
        booking.voucher or "",
        booking.system or "",
    )
