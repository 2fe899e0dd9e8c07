"""Whether any ticket can come where a policy would put it: conditions tried on made-up tickets (rules R2, H2, H3).

Only what is certain is said: "never" is true of every ticket that there can be, and what is not decided counts as possible.
Not decided is what several conditions above take together, where there are more combinations of facts than can be tried; and
whether the dates of several hours, their holidays and special days, fall together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

from supportq._instants import DAY, FOREVER, instant
from supportq.hours import Hours
from supportq.hours._together import open_together
from supportq.tickets import Attribute, Booking, Origin
from supportq.when import (
    AddressedTo,
    All,
    Answer,
    AnyOf,
    AtLeast,
    AttributeIs,
    ByVoice,
    Cancelled,
    ChannelIs,
    Condition,
    Departed,
    DepartsWithin,
    Facts,
    HasBooking,
    KindIs,
    LineBegins,
    MadeIn,
    MissedCall,
    Named,
    Not,
    OriginIs,
    PartyAtLeast,
    RoomsAtLeast,
    SaysSomething,
    StageIs,
    Urgent,
    Waited,
    WithinHours,
)

_MAX_SAMPLES: Final = 50_000
_MAX_HOURS: Final = 12
_MAX_TRIES: Final = 100_000
"""So much is tried, in all, where there are too many combinations to try each."""
_NOON: Final = 50 * 365 * DAY
"""The instant at which policies are tried; any other would do."""
_OF_BOOKINGS: Final = (DepartsWithin, Departed, Cancelled, HasBooking, PartyAtLeast, RoomsAtLeast, MadeIn)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Facts made up to try a policy on; satisfies `when.Facts`."""

    bookings: tuple[Booking, ...]
    kind: str
    channel: str
    addressed_to: str | None
    missed_call: bool
    by_voice: bool
    line: str | None
    urgent: bool
    text: str
    origin: Origin
    stage: str | None
    manager: str | None
    curator: str | None
    arrival: int
    open: Mapping[int, bool]
    attributes: Mapping[str, Attribute]
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class _IsOpen(Condition):
    """Hours, by number, made a fact of their own: whether they are open when the sample is tried."""

    number: int

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        assert isinstance(facts, _Sample)
        return facts.open[self.number], FOREVER


_TRIED: Final = (
    *_OF_BOOKINGS,
    *(AddressedTo, AtLeast, AttributeIs, ByVoice, ChannelIs, KindIs, LineBegins, MissedCall, Named, OriginIs),
    *(SaysSomething, StageIs, Urgent, Waited, _IsOpen),
)
"""The conditions of which it is known on what facts they hang."""


def can_hold(condition: Condition) -> bool:
    """Whether a condition may hold of some ticket."""
    return unreached([condition]) is None


def unreached(conditions: Sequence[Condition | None]) -> int | None:
    """The first of several choices that no ticket ever comes to, because those above it take all that would fit.

    A ticket goes to the first choice whose condition holds; `None` takes everyone. Of many choices with too many combinations
    together, those are found that have the condition of another, and, within a limit of tries, those that fit no ticket by
    themselves, or none that one choice above does not take.
    """
    hours: list[Hours] = []
    freed = [_freed(condition, hours) for condition in conditions]
    if not _are_known(freed):
        return None
    samples = _samples([atom for condition in freed for atom in _atoms(condition)], hours)
    if samples is None:
        return _plainly_unreached(freed, hours)
    left = set(range(len(freed)))
    for facts in itertools.chain.from_iterable(samples):
        left.discard(_first(freed, facts))
        if not left:
            return None
    return min(left)


def unworked(conditions: Sequence[Condition | None], works: Sequence[Condition | None]) -> int | None:
    """The first choice none of whose tickets anybody works; `works` says for each which they do, `None`: all.

    A ticket may come to a choice by one of its bookings, and be worked by another.
    """
    hours: list[Hours] = []
    freed, worked = ([_freed(condition, hours) for condition in several] for several in (conditions, works))
    left = {number for number, condition in enumerate(worked) if condition is not None}
    if not left or not _are_known((*freed, *worked)):
        return None
    samples = _samples([atom for condition in (*freed, *worked) for atom in _atoms(condition)], hours)
    if samples is None:
        return next((number for number in sorted(left) if len(works) > 1 and _never_both(conditions, works, number)), None)
    for alike in samples:
        # The first is the ticket without a booking.
        for tickets in (alike[:1], alike[1:]):
            firsts = [_first(freed, facts) for facts in tickets]
            for number in left.intersection(firsts):
                condition = worked[number]
                if any(first >= number and _fits(condition, facts) for first, facts in zip(firsts, tickets, strict=True)):
                    left.discard(number)
        if not left:
            return None
    return min(left)


def _never_both(conditions: Sequence[Condition | None], works: Sequence[Condition | None], number: int) -> bool:
    """Whether nobody works a ticket that fits a choice, whatever the choices above it take."""
    return unworked([conditions[number]], [works[number]]) is not None


def _first(conditions: Sequence[Condition | None], facts: _Sample) -> int:
    """The number of the first condition that holds; how many there are if none does."""
    for number, condition in enumerate(conditions):
        if _fits(condition, facts):
            return number
    return len(conditions)


def _fits(condition: Condition | None, facts: _Sample) -> bool:
    return condition is None or condition.answer(facts, facts.bookings[0] if facts.bookings else None, _NOON)[0]


def _plainly_unreached(conditions: Sequence[Condition | None], hours: Sequence[Hours]) -> int | None:
    """The same, by the facts that each condition asks for itself: whatever the others are, one above it holds."""
    seen: set[str] = set()
    on_axis: dict[object, dict[str, Condition]] = {}
    above_on: dict[object, set[int]] = {}
    tries = 0
    for number, condition in enumerate(conditions):
        # By what is written: `True` and `1` are equal, but two values.
        if repr(condition) in seen:
            return number
        seen.add(repr(condition))
        atoms = list(_atoms(condition))
        axes = {_axis(atom) for atom in atoms}
        for atom in atoms:
            on_axis.setdefault(_axis(atom), {})[repr(atom)] = atom
        asked = [atom for axis in axes for atom in on_axis[axis].values()]
        above = sorted(set().union(*(above_on.get(axis, ()) for axis in axes)))
        for axis in axes:
            above_on.setdefault(axis, set()).add(number)
        tries += len(asked)
        samples = _samples(asked, hours) if tries <= _MAX_TRIES else None
        for facts in () if samples is None else itertools.chain.from_iterable(samples):
            tries += 1
            if _fits(condition, facts):
                tries += len(above)
                if tries > _MAX_TRIES or not any(_settled(conditions[each], facts, axes) for each in above):
                    break
        else:
            if samples is not None:
                return number
    return None


def _settled(condition: Condition | None, facts: _Sample, axes: set[object]) -> bool | None:
    """Whether a condition holds whatever the facts beside these axes are; `None` where it goes by those."""
    match condition:
        case None:
            return True
        case All(parts) | AnyOf(parts):
            decides = isinstance(condition, AnyOf)
            answers = {_settled(part, facts, axes) for part in parts}
            return decides if decides in answers else None if None in answers else not decides
        case Not(part):
            answer = _settled(part, facts, axes)
            return None if answer is None else not answer
        case _:
            return _fits(condition, facts) if _axis(condition) in axes else None


def _axis(atom: Condition) -> object:
    """What stands for the fact that an atom asks about. Facts of different axes do not depend on each other, save for hours."""
    match atom:
        case AttributeIs(name) | AtLeast(name):
            return name
        case Named() | _IsOpen():
            return atom
        case _ if isinstance(atom, _OF_BOOKINGS):
            return Booking
        case _:
            return type(atom)


def _atoms(condition: Condition | None) -> Iterator[Condition]:
    match condition:
        case None:
            return
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _atoms(part)
        case Not(part):
            yield from _atoms(part)
        case _:
            yield condition


def _are_known(conditions: Iterable[Condition | None]) -> bool:
    """Whether all that is asked can be tried: a condition of somebody else's making may hold of any ticket, or of none."""
    return all(isinstance(atom, _TRIED) for condition in conditions for atom in _atoms(condition))


def _freed(condition: Condition | None, hours: list[Hours]) -> Condition | None:
    """The condition with hours made a fact of their own, by their numbers in the list; new ones are added to it."""
    match condition:
        case All(parts):
            return All(tuple(_freed(part, hours) for part in parts))  # type: ignore[misc]  # no part is None
        case AnyOf(parts):
            return AnyOf(tuple(_freed(part, hours) for part in parts))  # type: ignore[misc]
        case Not(part):
            return Not(_freed(part, hours))  # type: ignore[arg-type]
        case WithinHours():
            if condition.hours not in hours:
                hours.append(condition.hours)
            return _IsOpen(hours.index(condition.hours))
        case _:
            return condition


def _samples(atoms: Sequence[Condition], hours: Sequence[Hours]) -> Iterator[list[_Sample]] | None:
    """One made-up ticket for every combination of answers that the atoms tell apart.

    In each list are those that differ in the booking alone, the first without any. A condition is asked of one booking at a
    time, so a choice that any ticket reaches is reached by one with one booking at most. `None` where there would be too many
    combinations to try.
    """
    opened = sorted({atom.number for atom in atoms if isinstance(atom, _IsOpen)})
    if len(opened) > _MAX_HOURS:
        return None
    asked = set(map(type, atoms))
    bookings, carried = _bookings(atoms, cancelled=_either(Cancelled in asked)), _carried(atoms)
    axes: tuple[Sequence[Any], ...] = (
        _told_apart([atom.kinds for atom in atoms if isinstance(atom, KindIs)]),
        _told_apart([atom.channels for atom in atoms if isinstance(atom, ChannelIs)]),
        [None, *_told_apart([atom.names for atom in atoms if isinstance(atom, AddressedTo)])],
        _either(MissedCall in asked),
        _either(ByVoice in asked),
        # A line that is a prefix itself begins with all the shorter ones that it can.
        [None, *sorted({atom.prefix for atom in atoms if isinstance(atom, LineBegins)})],
        _either(Urgent in asked),
        ["", "sample"] if SaysSomething in asked else [""],
        list(Origin) if OriginIs in asked else [Origin.CLIENT],
        _told_apart([atom.stages for atom in atoms if isinstance(atom, StageIs)]),
        [None, "\0"] if Named("manager") in atoms else [None],
        [None, "\0"] if Named("curator") in atoms else [None],
        [_NOON - span for span in sorted({0, *(atom.span for atom in atoms if isinstance(atom, Waited))})],
        [dict(zip(opened, answers, strict=True)) for answers in sorted(open_together([hours[n] for n in opened]))],
    )
    with_booking = math.prod(map(len, bookings)) if asked.intersection(_OF_BOOKINGS) else 0
    if (1 + with_booking) * math.prod(map(len, (*axes, *carried.values()))) > _MAX_SAMPLES:
        return None
    known: list[tuple[Booking, ...]] = [()]
    known += [(_booking(*told),) for told in itertools.product(*bookings)] if with_booking else []
    attributes = [dict(zip(carried, values, strict=True)) for values in itertools.product(*carried.values())]
    return ([_Sample(booking, *facts) for booking in known] for facts in itertools.product(*axes, attributes))


def _told_apart(atoms: Iterable[tuple[str, ...]]) -> list[str]:
    """One name for each set of atoms that a name can be in, and one that is in none."""
    atoms = list(atoms)
    members: dict[str, list[int]] = {}
    for number, names in enumerate(atoms):
        for name in names:
            members.setdefault(name, []).append(number)
    classes = {tuple(members[name]): name for name in sorted(members)}
    return ["\0", *classes.values()]


def _either(asked: bool) -> list[bool]:
    """Both answers, where anything asks."""
    return [False, True] if asked else [False]


def _carried(atoms: Iterable[Condition]) -> dict[str, list[Attribute]]:
    """The values of each attribute that the atoms tell apart, and one that is none of them."""
    values: dict[str, dict[str, Attribute]] = {}
    limits: dict[str, set[int | float]] = {}
    for atom in atoms:
        if isinstance(atom, AttributeIs):
            # By what is written: `True` and `1` are equal, but two values.
            values.setdefault(atom.name, {})[repr(atom.value)] = atom.value
        elif isinstance(atom, AtLeast):
            values.setdefault(atom.name, {})
            limits.setdefault(atom.name, set()).add(atom.number)
    found: dict[str, list[Attribute]] = {}
    for name, named in values.items():
        numbers = [value for value in named.values() if isinstance(value, (int, float)) and type(value) is not bool]
        stops = sorted({*numbers, *limits.get(name, ())})
        # Between two stops lies a number that reaches the first and is not named itself.
        reached = [(stop + after) / 2 for stop, after in itertools.pairwise([*stops, stops[-1] + 2])] if stops else []
        found[name] = ["\0", *named.values(), *(reached if name in limits else ())]
    return found


def _bookings(atoms: Sequence[Condition], *, cancelled: Sequence[bool]) -> tuple[Sequence[Any], ...]:
    """Of a booking the facts that the atoms tell apart, in the order in which `_booking` takes them."""
    spans = sorted({atom.span for atom in atoms if isinstance(atom, DepartsWithin)})
    departures: list[int | None] = [None, -1, *spans, (spans[-1] if spans else 0) + 1]
    sizes = sorted({atom.size for atom in atoms if isinstance(atom, PartyAtLeast)})
    rooms = sorted({atom.size for atom in atoms if isinstance(atom, RoomsAtLeast)})
    systems = [None, *_told_apart([atom.systems for atom in atoms if isinstance(atom, MadeIn)])[1:]]
    return departures, cancelled, [1, *sizes], [1, *rooms], systems


def _booking(ahead: int | None, cancelled: bool, size: int, rooms: int, system: str | None) -> Booking:
    departs_at = None if ahead is None else instant(_NOON + ahead)
    return Booking("sample", departs_at=departs_at, cancelled=cancelled, party_size=size, rooms=rooms, system=system)
