"""Clocks: since when a client has waited for what was promised, whether that is paused, and when it is missed (rule C1).

Pure functions of a ticket and the policy; usable without a desk. Instants are integer microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Protocol

from supportq._instants import FOREVER, length, micros
from supportq.policy import Policy
from supportq.targets import REPLY_BY, Target
from supportq.tickets import Attribute, ClockKind, Request, State
from supportq.when import Facts, fits

__all__ = ["Clock", "Clocks", "RunningClock", "TimedFacts"]

_FIRST_REPLY, _NEXT_REPLY, _RESOLUTION, _CALL_BACK = ClockKind


class TimedFacts(Facts, Protocol):
    """What clocks look at; the desk's record of a ticket has it."""

    requests: tuple[Request, ...]
    unanswered: tuple[int, ...]
    counts_from: tuple[int, ...]
    state: State
    replies: int
    first: int
    corrected_kind: str | None
    corrected_attributes: Mapping[str, Attribute]
    restarted: int | None
    """When it was split off another ticket: no clock of it runs since before that (rule D6)."""
    pauses: tuple[tuple[int, int], ...]
    """While the client was asked: from, and until when; `FOREVER` where that is not over."""

    @property
    def zone(self) -> tzinfo:
        """The zone of the client."""

    @property
    def entry(self) -> Facts:
        """The facts as the first request said them."""


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock of a ticket at work: since when, and when its target is missed and warned of.

    `due_at` and `warn_at` are `FOREVER` while it is paused, and `warn_at` where no warning is wanted. `target` is `None` where
    a request itself says by when it is to be answered.
    """

    kind: ClockKind
    target: Target | None
    started_at: int
    due_at: int
    warn_at: int
    paused: bool

    @property
    def name(self) -> str:
        """What the target is called."""
        return REPLY_BY if self.target is None else self.target.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock of a ticket as a value: since when it runs, and when its target is missed; `due_at` is `None` while it is paused.

    `breached` says that it has been missed already. `target` is the target's name, or `reply_by` where the request itself says
    by when it is to be answered.
    """

    ticket_id: str
    kind: ClockKind
    target: str
    started_at: datetime
    due_at: datetime | None
    paused: bool
    breached: bool


class Clocks:
    """The clocks that a policy has its tickets run by.

    A clock starts at the oldest unanswered request, or for a resolution when the ticket was opened, and stops at the reply or
    the closing. While the client is asked it stands, and the time that it stood comes on top.
    """

    __slots__ = ("_targets", "given")

    def __init__(self, policy: Policy) -> None:
        self._targets: Final = {kind: tuple(target for target in policy.targets if target.clock is kind) for kind in ClockKind}
        self.given = bool(policy.targets)
        """Whether any clock can run: there are targets, or some request says by when it is to be answered."""

    def of(self, ticket: TimedFacts) -> list[RunningClock]:
        """The clocks that run for a ticket, in the order of their kinds; O(targets, requests that wait, and pauses)."""
        if ticket.state is State.CLOSED:
            return []
        found = [self._reply(ticket), self._resolution(ticket), self._call_back(ticket)]
        return [clock for clock in found if clock is not None]

    def reply_by(self, ticket: TimedFacts, arrival: int) -> int:
        """The instant by which a ticket is to be answered, as if it were not paused; `FOREVER` where no target fits.

        One that waits without an unanswered request counts from its arrival, and one for whose next reply there is no target
        is due as a first reply would be.
        """
        kind = _NEXT_REPLY if ticket.replies else _FIRST_REPLY
        target = self._fitting(kind, ticket.entry) or self._fitting(_FIRST_REPLY, ticket.entry)
        started = self._oldest(ticket) if ticket.unanswered else arrival
        due = FOREVER if target is None else _due(target, ticket, started)
        return min(due, _stated(ticket))

    def _reply(self, ticket: TimedFacts) -> RunningClock | None:
        if not ticket.unanswered:
            return None
        kind = _NEXT_REPLY if ticket.replies else _FIRST_REPLY
        started, stated = self._oldest(ticket), _stated(ticket)
        clock = _clock(self._fitting(kind, ticket.entry), kind, ticket, started)
        if stated >= FOREVER or (clock is not None and clock.due_at <= stated and not clock.paused):
            return clock
        paused = _is_paused(ticket)
        return RunningClock(kind, None, started, FOREVER if paused else stated, FOREVER, paused)

    def _resolution(self, ticket: TimedFacts) -> RunningClock | None:
        if not self._targets[_RESOLUTION]:
            return None
        opened = max(min(ticket.counts_from), _since(ticket))
        return _clock(self._fitting(_RESOLUTION, ticket.entry), _RESOLUTION, ticket, opened)

    def _call_back(self, ticket: TimedFacts) -> RunningClock | None:
        """Of several missed calls the one that is due first counts."""
        if not self._targets[_CALL_BACK]:
            return None
        found = []
        for position in ticket.unanswered:
            if ticket.requests[position].missed_call:
                target = self._fitting(_CALL_BACK, _facts_of(ticket, position))
                started = max(ticket.counts_from[position], _since(ticket))
                clock = _clock(target, _CALL_BACK, ticket, started)
                found += [] if clock is None else [clock]
        return min(found, key=lambda clock: (clock.due_at, clock.started_at), default=None)

    def _fitting(self, kind: ClockKind, facts: Facts) -> Target | None:
        """The first target of a clock that fits. All are timeless, so any instant will do."""
        targets = self._targets[kind]
        return next((one for one in targets if one.when is None or fits(one.when, facts, 0)[0]), None)

    @staticmethod
    def _oldest(ticket: TimedFacts) -> int:
        return max(min(ticket.counts_from[position] for position in ticket.unanswered), _since(ticket))


def _since(ticket: TimedFacts) -> int:
    return -FOREVER if ticket.restarted is None else ticket.restarted


def _facts_of(ticket: TimedFacts, position: int) -> Facts:
    """The facts of a ticket as one of its requests says them."""
    if position == ticket.first:
        return ticket.entry
    facts = copy(ticket)
    facts.first = position
    # What was corrected is what the first request asks.
    facts.corrected_kind, facts.corrected_attributes = None, {}
    return facts.entry


def _stated(ticket: TimedFacts) -> int:
    """By when unanswered requests say that they are to be answered."""
    stated = (ticket.requests[position].reply_by for position in ticket.unanswered)
    return min((micros(instant) for instant in stated if instant is not None), default=FOREVER)


def _is_paused(ticket: TimedFacts) -> bool:
    return bool(ticket.pauses) and ticket.pauses[-1][1] >= FOREVER


def _clock(target: Target | None, kind: ClockKind, ticket: TimedFacts, started: int) -> RunningClock | None:
    if target is None:
        return None
    if _is_paused(ticket):
        return RunningClock(kind, target, started, FOREVER, FOREVER, paused=True)
    warned = (
        FOREVER if target.warn_before is None else _due(target, ticket, started, -length(target.warn_before, "warn_before"))
    )
    return RunningClock(kind, target, started, _due(target, ticket, started), warned, paused=False)


def _due(target: Target, ticket: TimedFacts, started: int, more: int = 0) -> int:
    """When so much time of the target has passed since `started`, that of pauses left out."""
    hours, zone = target.hours, ticket.zone
    within = length(target.within, "target.within") + more
    over = [(max(begin, started), end) for begin, end in ticket.pauses if started < end < FOREVER]
    if hours is None:
        return started + within + sum(end - begin for begin, end in over)
    paused = sum(hours.business_time(begin, end, zone) for begin, end in over)
    return hours.after(started, within + paused, zone)


def earliest(clocks: Sequence[RunningClock], warned: Sequence[ClockKind], breached: Sequence[ClockKind]) -> int:
    """The next instant at which one of the clocks is missed or warned of, but for those of which that is over."""
    return min(_still(clocks, warned, breached), default=FOREVER)


def _still(clocks: Sequence[RunningClock], warned: Sequence[ClockKind], breached: Sequence[ClockKind]) -> Iterator[int]:
    for clock in clocks:
        if clock.kind not in breached:
            yield clock.due_at
            if clock.kind not in warned:
                yield clock.warn_at
