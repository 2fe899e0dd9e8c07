"""Conditions: does it hold at an instant, and until when does that answer stand (rules T4, R2, R3)?

A condition is a small frozen value. It is built by a function of this module, combined with `&`, `|` and `~`, and asked of
**one booking at a time**: a ticket fits if some booking satisfies all of it. Conditions are data, read from and written to
JSON by `supportq.schema`; no text in a policy is ever executed.

>>> from datetime import timedelta
>>> from supportq import when
>>> when.departs_within(timedelta(hours=24)) & ~when.cancelled()
All(parts=(DepartsWithin(within=datetime.timedelta(days=1)), Not(part=Cancelled())))
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from typing import Final, Literal, Protocol, TypeAlias

from supportq._checks import check_kind, checked
from supportq._instants import FOREVER, length
from supportq.errors import PolicyError
from supportq.hours import Hours
from supportq.tickets import Attribute, Booking, Origin, check_name, check_size, says

__all__ = [
    "AddressedTo",
    "All",
    "Answer",
    "AnyOf",
    "AtLeast",
    "AttributeIs",
    "ByVoice",
    "Cancelled",
    "ChannelIs",
    "Condition",
    "Departed",
    "DepartsWithin",
    "Facts",
    "HasBooking",
    "KindIs",
    "LineBegins",
    "MadeIn",
    "MissedCall",
    "Named",
    "Not",
    "OriginIs",
    "PartyAtLeast",
    "RoomsAtLeast",
    "SaysSomething",
    "StageIs",
    "Urgent",
    "Waited",
    "WithinHours",
    "addressed_to",
    "at_least",
    "attribute",
    "by_voice",
    "cancelled",
    "channel",
    "departed",
    "departs_within",
    "fits",
    "has_booking",
    "kind",
    "line_begins",
    "made_in",
    "missed_call",
    "named",
    "origin",
    "party_of",
    "rooms_of",
    "says_something",
    "stage",
    "urgent",
    "waited",
    "within_hours",
]

Answer: TypeAlias = tuple[bool, int]
"""Whether a condition holds, and the first instant (microseconds) at which that may no longer be so."""

NEVER: Final[Answer] = (False, FOREVER)
"""It does not hold, and never will by time alone."""
ALWAYS: Final[Answer] = (True, FOREVER)
"""It holds, and always will by time alone."""

_LOOKS: Final = 64
"""How far an answer is followed through changes that cancel each other before it is said to stand only so long.

Only hours that recur cancel each other for ever; then the desk wakes, sees that nothing changed, and sets its timer anew."""


class Facts(Protocol):
    """What a condition may look at; the desk's record of a ticket has it. Instants are microseconds."""

    @property
    def kind(self) -> str:
        """What is asked, by the first request."""

    @property
    def channel(self) -> str:
        """Where the first request came from."""

    @property
    def arrival(self) -> int:
        """The arrival that ranks the ticket."""

    @property
    def addressed_to(self) -> str | None:
        """Whom the first request names, if anybody."""

    @property
    def missed_call(self) -> bool:
        """Whether the first request was a call that nobody took."""

    @property
    def by_voice(self) -> bool:
        """Whether the first request was spoken."""

    @property
    def line(self) -> str | None:
        """The telephone line on which the first request came."""

    @property
    def urgent(self) -> bool:
        """Whether the first request was marked as urgent."""

    @property
    def text(self) -> str:
        """What the first request says."""

    @property
    def origin(self) -> Origin:
        """Who wrote the first request."""

    @property
    def stage(self) -> str | None:
        """The stage of the client, as the host knows it."""

    @property
    def manager(self) -> str | None:
        """The client's manager, as the host knows."""

    @property
    def curator(self) -> str | None:
        """The client's curator, as the host knows."""

    @property
    def zone(self) -> tzinfo:
        """The zone of the client."""

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """What else the first request carries."""

    @property
    def bookings(self) -> tuple[Booking, ...]:
        """Everything known of the bookings of all its requests."""


class Condition:
    """What every condition can do. `timeless` conditions never change by time alone; only those may give a head start."""

    __slots__ = ()

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        """Whether it holds for this booking at `at`, and until when that stands. `booking` is `None` where there is none."""
        raise NotImplementedError

    @property
    def timeless(self) -> bool:
        """Whether the answer depends on facts alone, never on the instant."""
        return True

    def __and__(self, other: Condition) -> Condition:
        return All((self, other))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, other))

    def __invert__(self) -> Condition:
        return self.part if isinstance(self, Not) else Not(self)


def check_condition(value: object, where: str) -> None:
    """Refuse what is no condition."""
    if not isinstance(value, Condition):
        raise PolicyError(where, f"must be a condition of supportq.when, not {type(value).__name__}")


def _set_parts(whole: All | AnyOf, kind: type[All | AnyOf], where: str) -> None:
    """Lay nested parts of the same kind flat, and tell those that time changes from those that it does not."""
    flat: list[Condition] = []
    for part in whole.parts:
        check_condition(part, where)
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    if not flat:
        raise PolicyError(where, "has no parts; give at least one condition")
    object.__setattr__(whole, "parts", tuple(flat))
    # What time cannot change is asked first, and without a call for each `Not`.
    fixed = ((part.part, False) if isinstance(part, Not) else (part, True) for part in flat if part.timeless)
    object.__setattr__(whole, "fixed", tuple(fixed))
    object.__setattr__(whole, "timed", tuple(part for part in flat if not part.timeless))


def _any_of(parts: Sequence[tuple[Condition, Facts, Booking | None]], at: int) -> Answer:
    """Whether any of the conditions holds, each of its facts and booking.

    "Yes" stands until the last part that holds changes, and longer if another holds by then.
    """
    start = at
    for _ in range(_LOOKS + 2 * len(parts)):
        holds_until, stands = -FOREVER, FOREVER
        for condition, facts, booking in parts:
            holds, until = condition.answer(facts, booking, at)
            if holds:
                holds_until = max(holds_until, until)
            elif until < stands:
                stands = until
        if holds_until == -FOREVER:
            return (False, stands) if at == start else (True, at)
        if holds_until >= FOREVER:
            return ALWAYS
        at = holds_until
    return True, at


@dataclass(frozen=True, slots=True)
class All(Condition):
    """Every part holds, of one and the same booking."""

    parts: tuple[Condition, ...]
    fixed: tuple[tuple[Condition, bool], ...] = field(init=False, repr=False, compare=False)
    timed: tuple[Condition, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _set_parts(self, All, "all")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        for part, wanted in self.fixed:
            if part.answer(facts, booking, at)[0] is not wanted:
                return NEVER
        timed = self.timed
        if len(timed) == 1:
            return timed[0].answer(facts, booking, at)
        stands = FOREVER
        for part in timed:
            holds, until = part.answer(facts, booking, at)
            if not holds:
                return False, self._begins(facts, booking, until)
            stands = min(stands, until)
        return True, stands

    def _begins(self, facts: Facts, booking: Booking | None, at: int) -> int:
        """When it first holds, at `at` or later: "no" stands longer than its first part if another says so by then."""
        for _ in range(_LOOKS):
            if at >= FOREVER:
                return FOREVER
            for part in self.timed:
                holds, until = part.answer(facts, booking, at)
                if not holds:
                    at = until
                    break
            else:
                return at
        return at

    @property
    def timeless(self) -> bool:
        return not self.timed


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """At least one part holds."""

    parts: tuple[Condition, ...]
    fixed: tuple[tuple[Condition, bool], ...] = field(init=False, repr=False, compare=False)
    timed: tuple[Condition, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _set_parts(self, AnyOf, "any")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        for part, wanted in self.fixed:
            if part.answer(facts, booking, at)[0] is wanted:
                return ALWAYS
        return _any_of([(part, facts, booking) for part in self.timed], at)

    @property
    def timeless(self) -> bool:
        return not self.timed


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The part does not hold, of this booking."""

    part: Condition

    def __post_init__(self) -> None:
        check_condition(self.part, "not")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        holds, until = self.part.answer(facts, booking, at)
        return not holds, until

    @property
    def timeless(self) -> bool:
        return self.part.timeless


@dataclass(frozen=True, slots=True)
class DepartsWithin(Condition):
    """The booking departs within so long: on [departure - within, departure)."""

    within: timedelta
    span: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", checked(length, self.within, "departs_within"))
        if not self.span:
            raise PolicyError("departs_within", "must be longer than nothing")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        departure = FOREVER if booking is None else booking.departure
        if at >= departure or departure == FOREVER:
            return NEVER
        opens = departure - self.span
        return (True, departure) if at >= opens else (False, opens)

    @property
    def timeless(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Departed(Condition):
    """The booking's departure has passed."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        if booking is None or booking.departure == FOREVER:
            return NEVER
        return ALWAYS if at >= booking.departure else (False, booking.departure)

    @property
    def timeless(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Cancelled(Condition):
    """The booking is cancelled."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return ALWAYS if booking is not None and booking.cancelled else NEVER


@dataclass(frozen=True, slots=True)
class HasBooking(Condition):
    """There is a booking at all."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return booking is not None, FOREVER


@dataclass(frozen=True, slots=True)
class PartyAtLeast(Condition):
    """The booking is for so many people or more; a booking of unknown size counts as one person."""

    size: int

    def __post_init__(self) -> None:
        checked(check_size, self.size, "party_at_least")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return booking is not None and (booking.party_size or 1) >= self.size, FOREVER


@dataclass(frozen=True, slots=True)
class RoomsAtLeast(Condition):
    """The booking is for so many rooms or more; a booking of unknown size counts as one room."""

    size: int

    def __post_init__(self) -> None:
        checked(check_size, self.size, "rooms_at_least")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return booking is not None and (booking.rooms or 1) >= self.size, FOREVER


@dataclass(frozen=True, slots=True)
class MadeIn(Condition):
    """The booking was made in one of these systems."""

    systems: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "systems", _names(self.systems, "made_in"))

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return booking is not None and booking.system in self.systems, FOREVER


def _names(names: Sequence[str], where: str) -> tuple[str, ...]:
    if isinstance(names, str) or not names:
        raise PolicyError(where, f"takes one or more names, not {names!r}")
    for name in names:
        checked(check_name, name, where)
    return tuple(sorted(set(names)))


@dataclass(frozen=True, slots=True)
class KindIs(Condition):
    """The kind of the first request is one of these."""

    kinds: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", _names(self.kinds, "kind"))

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.kind in self.kinds, FOREVER


@dataclass(frozen=True, slots=True)
class ChannelIs(Condition):
    """The first request came on one of these channels."""

    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", _names(self.channels, "channel"))

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.channel in self.channels, FOREVER


@dataclass(frozen=True, slots=True)
class AddressedTo(Condition):
    """The first request is addressed to one of these people, or to anybody by name where none is listed."""

    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _names(self.names, "addressed_to") if self.names else ())

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        name = facts.addressed_to
        return (name in self.names if self.names else name is not None), FOREVER


@dataclass(frozen=True, slots=True)
class MissedCall(Condition):
    """The first request was a call that nobody took."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.missed_call, FOREVER


@dataclass(frozen=True, slots=True)
class ByVoice(Condition):
    """The first request was spoken."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.by_voice, FOREVER


@dataclass(frozen=True, slots=True)
class LineBegins(Condition):
    """The first request came on a telephone line whose name begins so."""

    prefix: str

    def __post_init__(self) -> None:
        checked(check_name, self.prefix, "line_begins")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        line = facts.line
        return line is not None and line.startswith(self.prefix), FOREVER


@dataclass(frozen=True, slots=True)
class Urgent(Condition):
    """The first request was marked as urgent."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.urgent, FOREVER


@dataclass(frozen=True, slots=True)
class SaysSomething(Condition):
    """The text of the first request says something, as an empty one or a "+" does not."""

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return says(facts.text), FOREVER


@dataclass(frozen=True, slots=True)
class OriginIs(Condition):
    """The first request was written by one of these: a client, an agent, a system."""

    origins: tuple[Origin, ...]

    def __post_init__(self) -> None:
        names = _names(self.origins, "origin")
        if wrong := [name for name in names if name not in set(Origin)]:
            raise PolicyError("origin", f"takes {', '.join(Origin)}, not {wrong[0]!r}")
        object.__setattr__(self, "origins", tuple(map(Origin, names)))

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.origin in self.origins, FOREVER


@dataclass(frozen=True, slots=True)
class StageIs(Condition):
    """The client is at one of these stages."""

    stages: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", _names(self.stages, "stage"))

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return facts.stage in self.stages, FOREVER


@dataclass(frozen=True, slots=True)
class Named(Condition):
    """The client has a manager, or a curator, by name."""

    role: str

    def __post_init__(self) -> None:
        if self.role not in ("manager", "curator"):
            raise PolicyError("named", f"takes 'manager' or 'curator', not {self.role!r}")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return (facts.manager if self.role == "manager" else facts.curator) is not None, FOREVER


@dataclass(frozen=True, slots=True)
class AttributeIs(Condition):
    """The first request carries this attribute with this value; `True` and `1` are two values."""

    name: str
    value: Attribute = True

    def __post_init__(self) -> None:
        checked(check_name, self.name, "attribute")
        if not (self.value is None or isinstance(self.value, (str, int, float))) or self.value != self.value:
            raise PolicyError("attribute", f"compares with text, a number, true, false or null, not {self.value!r}")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        found = facts.attributes.get(self.name)
        return (self.name in facts.attributes and found == self.value and type(found) is type(self.value)), FOREVER


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    """The first request carries this attribute, and it is a number of so much or more."""

    name: str
    number: int | float

    def __post_init__(self) -> None:
        checked(check_name, self.name, "at_least")
        if type(self.number) not in (int, float) or not math.isfinite(self.number):
            raise PolicyError("at_least", f"compares with a finite number, not {self.number!r}")

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        found = facts.attributes.get(self.name)
        return isinstance(found, (int, float)) and type(found) is not bool and found >= self.number, FOREVER


@dataclass(frozen=True, slots=True)
class Waited(Condition):
    """So long has passed since the arrival."""

    at_least: timedelta
    span: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", checked(length, self.at_least, "waited"))

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        due = facts.arrival + self.span
        return ALWAYS if at >= due else (False, due)

    @property
    def timeless(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class WithinHours(Condition):
    """The hours are open now, in their own zone or in the client's."""

    hours: Hours

    def __post_init__(self) -> None:
        check_kind(self.hours, "within_hours", Hours)

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        return self.hours.status(at, facts.zone)

    @property
    def timeless(self) -> bool:
        return False


def fits(condition: Condition, facts: Facts, at: int) -> Answer:
    """Whether some booking satisfies all of the condition, and until when that stands (rule R2); O(bookings)."""
    bookings = facts.bookings
    if not bookings:
        return condition.answer(facts, None, at)
    if len(bookings) == 1:
        return condition.answer(facts, bookings[0], at)
    return _any_of([(condition, facts, booking) for booking in bookings], at)


def any_fits(condition: Condition, several: Sequence[Facts], at: int) -> Answer:
    """Whether a condition fits any of several facts, and until when that stands; O(bookings of all)."""
    return _any_of([(condition, facts, booking) for facts in several for booking in facts.bookings or (None,)], at)


def departs_within(within: timedelta) -> Condition:
    """The booking departs within so long: on [departure - within, departure), never after it (rule R2)."""
    return DepartsWithin(within)


def departed() -> Condition:
    """The booking's departure has passed."""
    return Departed()


def cancelled() -> Condition:
    """The booking is cancelled."""
    return Cancelled()


def has_booking() -> Condition:
    """There is a booking at all."""
    return HasBooking()


def party_of(size: int) -> Condition:
    """The booking is for `size` people or more."""
    return PartyAtLeast(size)


def rooms_of(size: int) -> Condition:
    """The booking is for `size` rooms or more."""
    return RoomsAtLeast(size)


def made_in(*systems: str) -> Condition:
    """The booking was made in one of these systems."""
    return MadeIn(systems)


def kind(*kinds: str) -> Condition:
    """The kind of the first request is one of these, for example `when.kind("emergency")`."""
    return KindIs(kinds)


def channel(*channels: str) -> Condition:
    """The first request came on one of these channels."""
    return ChannelIs(channels)


def addressed_to(*names: str) -> Condition:
    """The first request is addressed to one of these people; without names, to anybody by name."""
    return AddressedTo(names)


def missed_call() -> Condition:
    """The first request was a call that nobody took."""
    return MissedCall()


def by_voice() -> Condition:
    """The first request was spoken: a call or a voice message, on whatever channel."""
    return ByVoice()


def line_begins(prefix: str) -> Condition:
    """The first request came on a telephone line whose name begins so, for example `when.line_begins("z-")`."""
    return LineBegins(prefix)


def urgent() -> Condition:
    """The first request was marked as urgent."""
    return Urgent()


def says_something() -> Condition:
    """The text of the first request says something, as an empty one or a "+" does not."""
    return SaysSomething()


def origin(*origins: str) -> Condition:
    """The first request was written by one of these: `client`, `agent`, `system`."""
    return OriginIs(origins)  # type: ignore[arg-type]  # the plain text will do


def stage(*stages: str) -> Condition:
    """The client is at one of these stages, as the host knows it, for example `when.stage("regular")`."""
    return StageIs(stages)


def named(role: Literal["manager", "curator"]) -> Condition:
    """The client has a manager, or a curator, by name, as the host knows."""
    return Named(role)


def attribute(name: str, value: Attribute = True) -> Condition:
    """The first request carries the attribute `name` with this value."""
    return AttributeIs(name, value)


def at_least(name: str, number: float) -> Condition:
    """The first request carries the attribute `name`, a number of so much or more: `when.at_least("prepayment", 3_000)`."""
    return AtLeast(name, number)


def waited(at_least: timedelta) -> Condition:
    """So long has passed since the ticket's arrival."""
    return Waited(at_least)


def within_hours(hours: Hours) -> Condition:
    """The hours are open at the moment, in their own zone or in the client's."""
    return WithinHours(hours)
