"""The rules of a desk as data: lanes, head starts, shares, reply targets, duplicates. A policy checks itself when built."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from supportq._instants import DAY, instant, length
from supportq._normal import REGIONS
from supportq.errors import PolicyError
from supportq.tickets import Attribute, Booking, check_name
from supportq.when import (
    AddressedTo,
    All,
    AnyOf,
    AttributeIs,
    Cancelled,
    ChannelIs,
    Condition,
    DepartsWithin,
    KindIs,
    MissedCall,
    Not,
    PartyAtLeast,
    Waited,
    WithinHours,
    fits,
)

__all__ = ["DuplicateRules", "HeadStart", "Lane", "Order", "Policy", "ReplyTarget"]

SHARE_UNIT: Final = 1_000_000
"""Shares are counted in whole millionths of a take, so that no rounding ever differs between machines."""
MAX_LANES: Final = 100
_MAX_SAMPLES: Final = 50_000


class Order(StrEnum):
    """What ranks the tickets of one lane; ties go by arrival, then by id (rules R1, R4)."""

    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    REPLY_BY = "reply_by"


def _check_condition(condition: object, where: str) -> None:
    if not isinstance(condition, Condition):
        raise PolicyError(where, f"must be a condition of supportq.when, not {type(condition).__name__}")


def _held(values: Iterable[object], where: str, kind: type) -> tuple[object, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise PolicyError(where, f"must be a list of {kind.__name__}, not {type(values).__name__}")
    held = tuple(values)
    for value in held:
        if not isinstance(value, kind):
            raise PolicyError(where, f"takes {kind.__name__}, not {type(value).__name__}")
    return held


@dataclass(frozen=True, slots=True)
class HeadStart:
    """Tickets with a request for which `when` held as it came count as `by` older inside their lane (rule R4)."""

    by: timedelta
    when: Condition

    def __post_init__(self) -> None:
        length(self.by, "head_start.by")
        _check_condition(self.when, "head_start.when")
        if not self.when.timeless:
            raise PolicyError("head_start.when", "may only use facts known at entry, nothing that time changes")


@dataclass(frozen=True, slots=True)
class Lane:
    """A priority class inside the queue. The first lane whose `when` holds has the ticket; the last takes everyone.

    `share` is the guaranteed share of takes while the lane is not empty, from 0 to 1 (rule R5).
    """

    name: str
    when: Condition | None = None
    _: KW_ONLY
    order: Order = Order.ARRIVAL
    head_starts: tuple[HeadStart, ...] = ()
    share: float = 0.0

    def __post_init__(self) -> None:
        check_name(self.name, "lane.name")
        where = f"lane {self.name!r}"
        if self.when is not None:
            _check_condition(self.when, f"{where}.when")
        try:
            object.__setattr__(self, "order", Order(self.order))
        except ValueError:
            raise PolicyError(f"{where}.order", f"must be one of {', '.join(Order)}, not {self.order!r}") from None
        object.__setattr__(self, "head_starts", _held(self.head_starts, f"{where}.head_starts", HeadStart))
        if self.head_starts and self.order is not Order.ARRIVAL:
            raise PolicyError(f"{where}.head_starts", "shift the arrival, so they need order='arrival'")
        if type(self.share) not in (int, float) or not 0 <= self.share <= 1:
            raise PolicyError(f"{where}.share", f"must be from 0 to 1, not {self.share!r}")
        if self.share and not round(self.share * SHARE_UNIT):
            raise PolicyError(f"{where}.share", f"must be 0 or at least a millionth, not {self.share!r}")


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Tickets with a request for which `when` held as it came are to be answered within so long; `None` fits all."""

    within: timedelta
    when: Condition | None = None

    def __post_init__(self) -> None:
        length(self.within, "reply_target.within")
        if self.when is not None:
            _check_condition(self.when, "reply_target.when")
        if self.when is not None and not self.when.timeless:
            raise PolicyError("reply_target.when", "may only use facts known at entry, nothing that time changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRules:
    """When a repeat joins a ticket (rule D2). A closed or withdrawn ticket reopens within `reopen_within`."""

    reopen_within: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        length(self.reopen_within, "duplicates.reopen_within")


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that a desk decides by. A frozen value: the same object ranks live, in a replay and in a what-if study.

    `zone` is the desk's own, `zones` those of its clients; they are passed in as values, no zone file is opened here (T5).
    `default_region` reads local telephone numbers, `keep_closed` says how long closed tickets stay in the state (L0).

    Raises `PolicyError`, naming the place, for a policy that contradicts itself.

    >>> from supportq import when
    >>> Policy(lanes=(Lane("urgent", when.kind("emergency")), Lane("standard"))).lanes[1].name
    'standard'
    """

    lanes: tuple[Lane, ...]
    _: KW_ONLY
    name: str = "policy"
    duplicates: DuplicateRules = DuplicateRules()
    reply_targets: tuple[ReplyTarget, ...] = ()
    keep_closed: timedelta = timedelta(days=90)
    zone: tzinfo = UTC
    zones: tuple[tzinfo, ...] = ()
    default_region: str | None = None

    def __post_init__(self) -> None:
        for key, kind in (("lanes", Lane), ("reply_targets", ReplyTarget), ("zones", tzinfo)):
            object.__setattr__(self, key, _held(getattr(self, key), f"policy.{key}", kind))
        check_name(self.name, "policy.name")
        _held((self.zone,), "policy.zone", tzinfo)
        _held((self.duplicates,), "policy.duplicates", DuplicateRules)
        length(self.keep_closed, "policy.keep_closed")
        if self.keep_closed < self.duplicates.reopen_within:
            raise PolicyError("policy.keep_closed", "must not be shorter than duplicates.reopen_within")
        if self.default_region is not None and self.default_region not in REGIONS:
            known = ", ".join(sorted(REGIONS))
            raise PolicyError("policy.default_region", f"must be one of {known}, not {self.default_region!r}")
        _check_lanes(self.lanes)
        for position, target in enumerate(self.reply_targets[:-1]):
            if target.when is None:
                raise PolicyError(f"policy.reply_targets[{position}]", "fits all, so nothing can reach those after it")
        for lane in self.lanes:
            if lane.order is Order.REPLY_BY and not self.reply_targets:
                raise PolicyError(f"lane {lane.name!r}.order", "is reply_by, so policy.reply_targets must hold a target")

    def lane(self, name: str) -> int:
        """The index of the lane of this name; `LookupError` where there is none."""
        for index, lane in enumerate(self.lanes):
            if lane.name == name:
                return index
        raise LookupError(f"no lane {name!r}; there are {', '.join(lane.name for lane in self.lanes)}")

    def zone_named(self, name: str | None) -> tzinfo | None:
        """The zone of this name among those that the policy knows; `None` where it does not (rule T5)."""
        for zone in (self.zone, *self.zones):
            if name == zone_name(zone):
                return zone
        return None


def zone_name(zone: tzinfo) -> str:
    """The name that a request uses for a zone: the IANA key, or what the zone calls itself."""
    return getattr(zone, "key", None) or str(zone)


def _check_lanes(lanes: tuple[Lane, ...]) -> None:
    if not lanes:
        raise PolicyError("policy.lanes", "is empty; give at least one lane that takes everyone")
    if len(lanes) > MAX_LANES:
        raise PolicyError("policy.lanes", f"has {len(lanes)} lanes; give at most {MAX_LANES}")
    names = [lane.name for lane in lanes]
    for lane in lanes:
        if names.count(lane.name) > 1:
            raise PolicyError(f"lane {lane.name!r}", "appears twice; give each lane a name of its own")
    if lanes[-1].when is not None:
        raise PolicyError(f"lane {lanes[-1].name!r}", "is the last, so it must take everyone: leave out its `when`")
    for lane, after in itertools.pairwise(lanes):
        if lane.when is None:
            raise PolicyError(f"lane {after.name!r}", f"cannot be reached: {lane.name!r} before it takes everyone")
    if sum(round(lane.share * SHARE_UNIT) for lane in lanes) > SHARE_UNIT:
        raise PolicyError("policy.lanes", f"the shares sum to {math.fsum(lane.share for lane in lanes):g}; at most 1")
    _check_reachable(lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Facts made up to try a policy on; satisfies `when.Facts`."""

    kind: str
    channel: str
    arrival: int
    addressed_to: str | None
    missed_call: bool
    attributes: Mapping[str, Attribute]
    bookings: tuple[Booking, ...]
    zone: tzinfo = UTC
    others: tuple[_Sample, ...] = ()


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


_NOON: Final = 50 * 365 * DAY


def _samples(lanes: tuple[Lane, ...]) -> Iterator[tuple[_Sample, int]] | None:
    """One made-up ticket for every combination of answers that the atoms of the lanes tell apart, with an instant.

    A condition is asked of one booking at a time, so a lane that any ticket reaches is reached by one with one booking at
    most. `None` where there would be too many combinations to try.
    """
    atoms = [atom for lane in lanes for atom in _atoms(lane.when)]
    kinds = {name for atom in atoms if isinstance(atom, KindIs) for name in atom.kinds}
    channels = {name for atom in atoms if isinstance(atom, ChannelIs) for name in atom.channels}
    people = {name for atom in atoms if isinstance(atom, AddressedTo) for name in atom.names}
    spans = sorted({atom.span for atom in atoms if isinstance(atom, DepartsWithin)})
    waits = sorted({atom.span for atom in atoms if isinstance(atom, Waited)})
    sizes = sorted({atom.size for atom in atoms if isinstance(atom, PartyAtLeast)})
    carried: dict[str, list[Attribute]] = {}
    for atom in atoms:
        if isinstance(atom, AttributeIs):
            carried.setdefault(atom.name, []).append(atom.value)
    moments = {_NOON}
    for hours in {atom.hours for atom in atoms if isinstance(atom, WithinHours)}:
        moments.update(edge for span in hours.intervals(_NOON, UTC) for edge in span)
    departures: list[int | None] = [None, -1, *spans, (spans[-1] if spans else 0) + 1]
    axes = (
        sorted(moments),
        ["\0", *sorted(kinds)],
        ["\0", *sorted(channels)],
        [None, "\0", *sorted(people)],
        [False, True] if any(isinstance(atom, MissedCall) for atom in atoms) else [False],
        [0, *waits],
        [(), *itertools.product(departures, (False, True) if Cancelled() in atoms else (False,), [1, *sizes])],
        list(itertools.product(*([(name, value) for value in ("\0", *values)] for name, values in carried.items()))),
    )
    if math.prod(len(axis) for axis in axes) > _MAX_SAMPLES:
        return None
    return (_sample(*values) for values in itertools.product(*axes))  # type: ignore[arg-type]  # product() knows no columns


def _sample(
    at: int,
    kind: str,
    channel: str,
    addressed_to: str | None,
    missed_call: bool,
    waited: int,
    booking: tuple[int | None, bool, int] | tuple[()],
    attributes: tuple[tuple[str, Attribute], ...],
) -> tuple[_Sample, int]:
    bookings: tuple[Booking, ...] = ()
    if booking:
        ahead, cancelled, size = booking
        departs_at = None if ahead is None else instant(at + ahead)
        bookings = (Booking("sample", departs_at=departs_at, cancelled=cancelled, party_size=size),)
    sample = _Sample(
        kind=kind,
        channel=channel,
        arrival=at - waited,
        addressed_to=addressed_to,
        missed_call=missed_call,
        attributes=dict(attributes),
        bookings=bookings,
    )
    return sample, at


def _check_reachable(lanes: tuple[Lane, ...]) -> None:
    """Refuse a lane that no ticket can ever be in, because those above it take all that would fit."""
    samples = _samples(lanes)
    if samples is None:
        return
    unreached = set(range(len(lanes)))
    for facts, at in samples:
        for index, lane in enumerate(lanes):
            if lane.when is None or fits(lane.when, facts, at)[0]:
                unreached.discard(index)
                break
        if not unreached:
            return
    lane = lanes[min(unreached)]
    raise PolicyError(f"lane {lane.name!r}.when", "cannot hold for any ticket that the lanes above leave; move or drop it")
