"""What a client sends and what waits: plain frozen values that check themselves when they are built."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from supportq._frozen import frozen
from supportq._instants import FOREVER, micros, utc
from supportq._normal import is_filler, normal_email, normal_phone, normal_reference
from supportq.errors import InvalidValue

__all__ = [
    "Absorbed",
    "Address",
    "Attribute",
    "Basis",
    "Booking",
    "Client",
    "ClockKind",
    "Confirmation",
    "Joint",
    "Lapse",
    "Note",
    "OpenTo",
    "Origin",
    "Queue",
    "Reason",
    "Request",
    "State",
    "Ticket",
    "Transfer",
    "Verdict",
]

MAX_ID: Final = 256
"""Longest id, reference, service or agent name, in bytes of UTF-8."""
MAX_IDENTIFIER: Final = 320
"""Longest client identifier or name, in characters (an e-mail address has at most 320)."""
MAX_TEXT: Final = 1_000_000
"""Longest text of a request, in characters."""
MAX_ITEMS: Final = 1_000
"""Most bookings, attachments or attributes of one request."""

Attribute: TypeAlias = str | int | float | bool | None
"""A value that `Request.attributes` may hold."""


class _Word(StrEnum):
    """A word that prints and hashes as the text it is."""

    __repr__ = str.__repr__
    # The one that enumerations bring is written in Python, and every command looks a state up.
    __hash__ = str.__hash__


class Verdict(_Word):
    """What the desk made of a request (rule D2)."""

    NEW = "NEW"
    DUPLICATE_OF = "DUPLICATE_OF"
    FOLLOW_UP = "FOLLOW_UP"
    REOPENS = "REOPENS"
    REPLAY = "REPLAY"
    FILED = "FILED"


class State(_Word):
    """Where a ticket is in its life (rule L0)."""

    WAITING = "waiting"
    TAKEN = "taken"
    ANSWERED = "answered"
    PARKED = "parked"
    CLOSED = "closed"


class Origin(_Word):
    """Who wrote a request: a client, an agent of the desk, or a system."""

    CLIENT = "client"
    AGENT = "agent"
    SYSTEM = "system"


_CLIENT: Final = Origin.CLIENT
"""A name of its own: asking the enumeration for a member takes ten times as long, and every request asks."""


class ClockKind(_Word):
    """What a clock of a ticket measures (rule C1): the time to the first reply, to the next, to the closing, to a call back."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    CALL_BACK = "call_back"


class Basis(_Word):
    """Why a request is in its ticket; only a join because of the client comes apart when the client does (rule D1)."""

    FIRST = "first"
    CLIENT = "client"
    BOOKING_AND_NAME = "booking_and_name"
    EDIT = "edit"
    MERGED = "merged"
    KEPT = "kept"
    FILED = "filed"
    """It needs no answer; its ticket goes by nothing that it says (rule L1)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision fell as it did: a code, the field it looked at, and the values on both sides."""

    code: str
    field: str = ""
    ours: str = ""
    theirs: str = ""


def _check_text(value: object, where: str, limit: int, *, multiline: bool = False) -> None:
    if not isinstance(value, str):
        raise InvalidValue(where, f"must be text, not {type(value).__name__}")
    if len(value) > limit:
        raise InvalidValue(where, f"has {len(value):,} characters; shorten it to {limit:,}")
    # Printable text is the common case, and one call in C says so.
    if value.isprintable():
        return
    for character in value:
        code = ord(character)
        if code < 32 or 127 <= code < 160:
            if not (multiline and character in "\n\r\t"):
                raise InvalidValue(where, f"holds the control character U+{code:04X}; strip it")
        elif 0xD800 <= code < 0xE000:
            raise InvalidValue(where, f"is not UTF-8: it holds half a surrogate pair, U+{code:04X}; decode it properly")
        elif not multiline and (0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069):
            raise InvalidValue(where, f"holds U+{code:04X}, which breaks or turns lines; strip it")


def check_name(value: object, where: str) -> None:
    """Refuse what cannot name a thing: not text, empty, too long, or with control characters."""
    # Four bytes a character at most, so what is this short fits without encoding it.
    if type(value) is str and 0 < len(value) <= MAX_ID // 4 and value.isprintable() and value[0] != " " != value[-1]:
        return
    _check_text(value, where, MAX_ID)
    assert isinstance(value, str)
    if not value or value != value.strip():
        raise InvalidValue(where, "must not be empty or begin or end with a blank")
    if len(value.encode()) > MAX_ID:
        raise InvalidValue(where, f"has {len(value.encode())} bytes; shorten it to {MAX_ID}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Identifiers of a client, as a channel proves them or as somebody typed them in, and what the host knows of the client.

    All are optional. `messenger` is `network:id`; WhatsApp counts as phone. `name` is what a person is called; it identifies
    nobody (D1). `stage` (such as `new` and `regular`, before and after the first booking), `manager` and `curator` (names of
    agents) are facts that the host knows. They identify nobody either, and a claim cannot say them.
    """

    account: str | None = None
    email: str | None = None
    phone: str | None = None
    messenger: str | None = None
    name: str | None = None
    stage: str | None = None
    manager: str | None = None
    curator: str | None = None
    keys: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Account, messenger id and e-mail in the form that is compared, strongest first, without mere fillers (rule D1)."""

    def __post_init__(self) -> None:
        for key in ("account", "email", "phone", "messenger", "name"):
            value = getattr(self, key)
            if value is not None:
                _check_text(value, f"client.{key}", MAX_IDENTIFIER)
        if self.messenger is not None and not all(part.strip() for part in (self.messenger + ":").split(":", 2)[:2]):
            raise InvalidValue("client.messenger", "must be network:id, for example telegram:4711")
        if self.stage is not None:
            check_name(self.stage, "client.stage")
        if self.manager is not None:
            check_name(self.manager, "client.manager")
        if self.curator is not None:
            check_name(self.curator, "client.curator")
        object.__setattr__(self, "keys", tuple(self._keys()))

    def _keys(self) -> Iterator[str]:
        for kind, value in self._values():
            if not is_filler(kind, value):
                yield f"{kind}:{value}"

    def _values(self) -> Iterator[tuple[str, str]]:
        if self.account and (account := self.account.strip()):
            yield "account", account
        if self.messenger:
            network, _, name = self.messenger.strip().partition(":")
            # WhatsApp names people by their telephone numbers, with the country code and often without the plus.
            phone = normal_phone(f"+{name}", None) if network.lower() == "whatsapp" else None
            yield ("phone", phone) if phone else ("messenger", f"{network.lower()}:{name.strip()}")
        if self.email and (email := normal_email(self.email)):
            yield "email", email

    @property
    def identified(self) -> bool:
        """Whether there is anything here but a name.

        >>> Client(email="ann@example.com").identified, Client(name="Ann").identified
        (True, False)
        """
        return any(value and value.strip() for value in (self.account, self.email, self.phone, self.messenger))

    @property
    def shown(self) -> tuple[str | None, ...]:
        """What a message shows of its sender, without what the host knows."""
        return self.account, self.email, self.phone, self.messenger, self.name


NOBODY: Final = Client()
"""A client of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking that a request is about. `service` names the flight or hotel and day, as the host names it.

    `rooms` are how many rooms it is for, `voucher` is the number of the voucher that was issued, and `system` the one in which
    it was made, where a desk works with several.

    >>> from datetime import UTC, datetime
    >>> Booking("KC-77", departs_at=datetime(2020, 3, 21, 9, tzinfo=UTC)).cancelled
    False
    """

    reference: str
    _: KW_ONLY
    service: str | None = None
    departs_at: datetime | None = None
    cancelled: bool = False
    party_size: int | None = None
    rooms: int | None = None
    voucher: str | None = None
    system: str | None = None
    departure: int = field(init=False, repr=False, compare=False)
    """`departs_at` in microseconds since the epoch, `FOREVER` where there is none."""
    key: str = field(init=False, repr=False, compare=False)
    """The reference in the form that is compared."""

    def __post_init__(self) -> None:
        check_name(self.reference, "booking.reference")
        if self.service is not None:
            check_name(self.service, "booking.service")
        check_flag(self.cancelled, "booking.cancelled")
        if self.party_size is not None:
            check_size(self.party_size, "booking.party_size")
        if self.rooms is not None:
            check_size(self.rooms, "booking.rooms")
        if self.voucher is not None:
            check_name(self.voucher, "booking.voucher")
        if self.system is not None:
            check_name(self.system, "booking.system")
        departure = FOREVER
        if self.departs_at is not None:
            departs_at = utc(self.departs_at, "booking.departs_at")
            object.__setattr__(self, "departs_at", departs_at)
            departure = micros(departs_at)
        object.__setattr__(self, "departure", departure)
        object.__setattr__(self, "key", normal_reference(self.reference))


def check_size(value: object, where: str) -> None:
    """Refuse what is no size of a party, or number of rooms."""
    check_whole(value, where, 1, 10_000)


def check_whole(value: object, where: str, least: int, most: int | None = None) -> None:
    """Refuse what is no whole number of a range, which ends nowhere without `most`."""
    if not (type(value) is int and least <= value and (most is None or value <= most)):
        to = "" if most is None else f" to {most:,}"
        raise InvalidValue(where, f"must be a whole number from {least:,}{to}, not {value!r:.80}")


def check_flag(value: object, where: str) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool):
        raise InvalidValue(where, f"must be true or false, not {value!r:.80}")


@dataclass(frozen=True, slots=True)
class Request:
    """One message of a client on one channel. Only `id` and one client identifier are obligatory.

    `client` is what the channel proves (the login, the From address, the caller's number), `claims` what was only typed
    in. `received_at` may lie in the past and is `now` where it is absent. `bookings` takes one booking or several.

    `origin` says who wrote it, if not a client. An agent or a system need not name one: then the client of the ticket is nobody
    else's. `guest` is whom it is about, where the writer is another person; what is said of a guest links nobody, and no answer
    goes there. `line` is the telephone line it came on, `by_voice` says that it was spoken, `urgent` that it was marked so.
    `reply_by` is an instant by which the answer is needed, whatever targets the policy has.

    Raises `InvalidValue`, naming the field, for anything that cannot be meant.

    >>> Request("A1", Client(email="ann@example.com"), bookings=Booking("KC77")).bookings == (Booking("KC77"),)
    True
    """

    id: str
    client: Client = NOBODY
    _: KW_ONLY
    claims: Client = NOBODY
    received_at: datetime | None = None
    channel: str = "other"
    kind: str = "other"
    bookings: tuple[Booking, ...] = ()
    text: str = ""
    language: str | None = None
    attachments: tuple[str, ...] = ()
    missed_call: bool = False
    by_voice: bool = False
    line: str | None = None
    urgent: bool = False
    origin: Origin = Origin.CLIENT
    guest: Client = NOBODY
    in_reply_to: str | None = None
    addressed_to: str | None = None
    zone: str | None = None
    reply_by: datetime | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict, hash=False)

    if TYPE_CHECKING:
        # What is taken is wider than what is kept: one booking, or any sequence.
        def __init__(
            self,
            id: str,  # noqa: A002  # the field's name
            client: Client = ...,
            *,
            claims: Client = ...,
            received_at: datetime | None = ...,
            channel: str = ...,
            kind: str = ...,
            bookings: Booking | Sequence[Booking] = ...,
            text: str = ...,
            language: str | None = ...,
            attachments: Sequence[str] = ...,
            missed_call: bool = ...,
            by_voice: bool = ...,
            line: str | None = ...,
            urgent: bool = ...,
            origin: Origin | str = ...,
            guest: Client = ...,
            in_reply_to: str | None = ...,
            addressed_to: str | None = ...,
            zone: str | None = ...,
            reply_by: datetime | None = ...,
            attributes: Mapping[str, Attribute] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        check_name(self.id, "id")
        for key in ("channel", "kind"):
            check_name(getattr(self, key), key)
        for key in ("language", "line", "in_reply_to", "addressed_to", "zone"):
            if getattr(self, key) is not None:
                check_name(getattr(self, key), key)
        if not isinstance(self.client, Client):
            raise InvalidValue("client", f"must be a Client, not {type(self.client).__name__}")
        if self.claims is not NOBODY:
            _check_other(self.claims, "claims", "a claim cannot say it; put it in client")
        if self.guest is not NOBODY:
            _check_other(self.guest, "guest", "nothing looks at it; what is known of the writer stands in client")
        if self.origin is not _CLIENT:
            object.__setattr__(self, "origin", _origin(self.origin))
        if self.origin is _CLIENT and not (self.client.identified or self.claims.identified):
            raise InvalidValue("client", "names nobody; give an account, email, phone or messenger, in client or claims")
        if self.received_at is not None:
            object.__setattr__(self, "received_at", utc(self.received_at, "received_at"))
        if self.reply_by is not None:
            object.__setattr__(self, "reply_by", utc(self.reply_by, "reply_by"))
        if isinstance(self.bookings, Booking):
            object.__setattr__(self, "bookings", (self.bookings,))
        object.__setattr__(self, "bookings", _items(self.bookings, "bookings", Booking))
        _check_text(self.text, "text", MAX_TEXT, multiline=True)
        object.__setattr__(self, "attachments", _items(self.attachments, "attachments", str))
        for name in self.attachments:
            _check_text(name, "attachments", MAX_ID * 8)
        # Most requests are none of these, and that is told faster.
        if not (self.missed_call is self.by_voice is self.urgent is False):
            for key in ("missed_call", "by_voice", "urgent"):
                check_flag(getattr(self, key), key)
        object.__setattr__(self, "attributes", checked_attributes(self.attributes))


def _check_other(value: object, where: str, remedy: str) -> None:
    """Refuse what is no client, and what the host knows of one where only the writer's is known."""
    if not isinstance(value, Client):
        raise InvalidValue(where, f"must be a Client, not {type(value).__name__}")
    for key in ("stage", "manager", "curator"):
        if getattr(value, key) is not None:
            raise InvalidValue(f"{where}.{key}", remedy)


def _origin(value: object) -> Origin:
    try:
        return Origin(value)  # type: ignore[arg-type]  # anything may be given
    except ValueError:
        raise InvalidValue("origin", f"must be one of {', '.join(Origin)}, not {value!r:.80}") from None


def says(text: str) -> bool:
    """Whether a text says something, as "+" or "-" do not: it has two letters or digits."""
    return len(list(islice(filter(str.isalnum, text), 2))) == 2


def check_says(value: object, where: str) -> None:
    """Refuse a note that says nothing, such as "+" or "-" (rule L1)."""
    _check_text(value, where, MAX_TEXT, multiline=True)
    assert isinstance(value, str)
    if not says(value):
        raise InvalidValue(where, f"{value!r:.80} says nothing; write it in words")


def _items(values: object, where: str, kind: type) -> tuple[object, ...]:
    if not isinstance(values, (tuple, list)):
        raise InvalidValue(where, f"must be a list, not {type(values).__name__}")
    if len(values) > MAX_ITEMS:
        raise InvalidValue(where, f"has {len(values):,} items; give at most {MAX_ITEMS:,}")
    for value in values:
        if not isinstance(value, kind):
            raise InvalidValue(where, f"must hold {kind.__name__}, not {type(value).__name__}")
    return tuple(values)


def checked_attributes(values: object) -> dict[str, Attribute]:
    """Attributes as a dictionary that nobody changes; refused where one has a name or a value that it cannot have."""
    if not isinstance(values, Mapping):
        raise InvalidValue("attributes", f"must be an object of names and values, not {type(values).__name__}")
    if len(values) > MAX_ITEMS:
        raise InvalidValue("attributes", f"has {len(values):,} entries; give at most {MAX_ITEMS:,}")
    for name, value in values.items():
        check_name(name, "attributes")
        where = f"attributes.{name}"
        if isinstance(value, str):
            _check_text(value, where, MAX_TEXT, multiline=True)
        elif not (value is None or isinstance(value, (bool, int, float))):
            raise InvalidValue(where, f"must be text, a number, true, false or null, not {type(value).__name__}")
        elif isinstance(value, int) and abs(value) >= 1 << 63:
            raise InvalidValue(where, "is a whole number beyond 64 bits; give it as text")
        elif isinstance(value, float) and not math.isfinite(value):
            raise InvalidValue(where, f"must be a finite number, not {value}")
    return _Attributes(values)


class _Attributes(dict[str, Attribute]):
    """Attributes of a request: a dictionary that nobody changes, for the desk ranks by it."""

    def _refuse(self, *arguments: object, **named: object) -> NoReturn:
        raise TypeError("the attributes of a request are frozen; build another request")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[_Attributes], tuple[dict[str, Attribute]]]:
        return _Attributes, (dict(self),)


_content: Final = attrgetter(*(name for name in Request.__slots__ if name not in ("received_at", "client", "_")))


def same_content(one: Request, other: Request) -> bool:
    """Whether two requests say the same (rule D2: same id and content is `REPLAY`).

    When they came is no part of it, nor is what the host knew of the client by then: nobody wrote that.
    """
    if one is other:
        return True
    # Most deliveries of one message are equal in all, and that is told faster.
    if not (one == other or (one.client.shown == other.client.shown and _content(one) == _content(other))):
        return False
    return not other.attributes or same_attributes(one.attributes, other.attributes)


def same_attributes(one: Mapping[str, Attribute], other: Mapping[str, Attribute]) -> bool:
    """Whether two say the same; True equals 1, but they are two values to a condition."""
    return one == other and all(type(value) is type(other[name]) for name, value in one.items())


@frozen
class Address:
    """Where an answer goes: a channel, and the client's identifier on it (`None` where the request showed none)."""

    channel: str
    identifier: str | None


class OpenTo(_Word):
    """Who may take the tickets of a queue."""

    TEAM = "team"
    ADDRESSEE = "addressee"
    """The one agent whom a ticket is addressed to, until it is free for takeover (rule C2)."""
    ANYONE = "anyone"
    """Agents of all teams, because the ticket has waited so long (rule H2)."""


@frozen
class Queue:
    """Where a ticket waits at a desk with teams: whose it is, what skill it needs, and who may take it (rule H2).

    Of the roles that `works` limits, `roles` are those that may work it now (rule H3).
    """

    team: str
    skill: str | None = None
    open_to: OpenTo = OpenTo.TEAM
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Joint:
    """How a request came into its ticket: onto which of its requests (`None` for the first), and on what basis."""

    onto: str | None
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody noted of a ticket: how it stands, what was done, and what is next."""

    at: datetime
    status: str
    done: str
    next: str
    agent: str | None = None


@frozen
class Confirmation:
    """A step of a ticket's procedure was confirmed, by somebody in a role (rule L1); `agent` is who told the desk."""

    step: str
    by: str
    at: datetime
    agent: str | None = None


@frozen
class Lapse:
    """What becomes of a ticket if whoever was asked is silent until then: the outcome, and whether it closes (rule L1).

    `silence` is the place of the rule that says so in `Policy.silences`; `None` where the policy in force has it no more.
    """

    at: datetime
    outcome: str
    closes: bool = True
    silence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A hand-over of a ticket to a team by people, on stated grounds; to one person in it, if there is an addressee.

    `agent` is who handed it over, `escalated` whether it went to the team above.
    """

    at: datetime
    team: str
    grounds: str
    agent: str | None = None
    addressee: str | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """What a ticket was that an operator merged into another, so that it can be taken out again (rule D6)."""

    ticket_id: str
    state: State
    arrived_at: datetime
    requests: tuple[str, ...]
    unanswered: tuple[str, ...]
    agent: str | None = None
    returned_to: str | None = None
    first_replied_at: datetime | None = None
    replies: int = 0
    answered_by: str | None = None
    suspects: tuple[str, ...] = ()
    note: Note | None = None
    transferred: Transfer | None = None
    noted: bool = False
    confirmed: tuple[Confirmation, ...] = ()
    effective_arrival: datetime | None = None
    asked: bool = False
    parked_until: datetime | None = None
    lapse: Lapse | None = None
    parked_before: Absorbed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as it stands: the unit that waits, made of one or more requests and named after its first.

    `arrived_at` is the arrival that ranks it, or `effective_arrival`, where its fair share is later (rule R8); `bookings` are
    what its requests say, corrected by what the host knows (R7);
    `unanswered` are the positions in `requests` of those that no reply has answered; `lane` is where it waits, `None` while
    it does not wait. `joints` say how each request came in, `counts_from` since when each counts, `absorbed` which tickets
    were merged into it. `suspects` are tickets that may be the same matter; `review` are requests that stay, since they share
    its booking, though they turned out to be somebody else's. `queue` is whose it is at a desk with teams; `left` is the agent
    whom it is addressed to, if they have gone off duty without answering it. `transferred` is the last hand-over by people,
    which outranks what conditions say of its team.

    `pauses` are when the client was asked, from and until (`None`: still), `restarted_at` is when it was split off another
    ticket, and `warned` and `breached` are the clocks that were warned of and missed, and have not begun anew since (rule C1).

    `corrected_kind` and `corrected_attributes` are what was corrected in it, `note` the last note. `stage`, `manager`,
    `curator` and `zone` are its client's: as the host knows them, or as its earliest request says.

    `confirmed` are the steps that were confirmed, in that order; `noted` says whether its agent has left a note since taking
    it. `lapse` is what becomes of it if whoever was asked stays silent, `outcome` what became of one that silence closed.
    `parked_before` is what it was when a request that joined or a merge ended its park, while it waits because of that (rule
    D6).
    """

    id: str
    client_id: str
    state: State
    arrived_at: datetime
    requests: tuple[Request, ...]
    received_at: tuple[datetime, ...]
    bookings: tuple[Booking, ...] = ()
    unanswered: tuple[int, ...] = ()
    lane: str | None = None
    queue: Queue | None = None
    agent: str | None = None
    returned_to: str | None = None
    taken_at: datetime | None = None
    first_replied_at: datetime | None = None
    replies: int = 0
    answered_by: str | None = None
    parked_until: datetime | None = None
    asked: bool = False
    closed_at: datetime | None = None
    withdrawn: bool = False
    joints: tuple[Joint, ...] = ()
    counts_from: tuple[datetime, ...] = ()
    absorbed: tuple[Absorbed, ...] = ()
    suspects: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    left: str | None = None
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    restarted_at: datetime | None = None
    warned: tuple[ClockKind, ...] = ()
    breached: tuple[ClockKind, ...] = ()
    corrected_kind: str | None = None
    corrected_attributes: Mapping[str, Attribute] = field(default_factory=dict, hash=False)
    note: Note | None = None
    stage: str | None = None
    manager: str | None = None
    curator: str | None = None
    zone: str | None = None
    transferred: Transfer | None = None
    noted: bool = False
    confirmed: tuple[Confirmation, ...] = ()
    lapse: Lapse | None = None
    parked_before: Absorbed | None = None
    outcome: str | None = None
    effective_arrival: datetime | None = None

    @property
    def kind(self) -> str:
        """What is asked."""
        return self.corrected_kind or self.requests[0].kind
