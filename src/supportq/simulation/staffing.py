"""Who works when: named agents with shifts, breaks and sickness, and what they do at the end of a shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import Final

from supportq import Shift, Staffing
from supportq._instants import instant, length, micros
from supportq.errors import InvalidValue
from supportq.hours import Opening
from supportq.simulation.chance import Chance, check_share
from supportq.tickets import check_name, check_whole

__all__ = ["Agent", "Break", "ShiftEnd", "Spell", "Workforce", "always"]

_DAY: Final = timedelta(days=1)


class ShiftEnd(StrEnum):
    """What an agent does with the ticket in hand when the shift is over."""

    FINISH = "finish"
    HAND_BACK = "hand_back"


@dataclass(frozen=True, slots=True)
class Break:
    """An agent takes nothing new from `start` on, by the wall clock, and comes back `lasts` after finishing what is in hand.

    A ticket in hand at `start` is finished first, and the break is the shorter by that.
    """

    start: time
    lasts: timedelta

    def __post_init__(self) -> None:
        if not isinstance(self.start, time) or self.start.tzinfo is not None:
            raise InvalidValue("break.start", f"must be a time of the wall clock, not {self.start!r}")
        if not length(self.lasts, "break.lasts"):
            raise InvalidValue("break.lasts", "must be longer than nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent: the shifts that they work, and what they sign in with at a desk with teams.

    The `agents` of a shift are not asked: each agent is one. With the chance `sickness` they miss a shift.
    """

    name: str
    shifts: tuple[Shift, ...]
    breaks: tuple[Break, ...] = ()
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    role: str | None = None
    sickness: float = 0.0

    def __post_init__(self) -> None:
        check_name(self.name, "agent.name")
        for name, kind in (("shifts", Shift), ("breaks", Break)):
            values = getattr(self, name)
            if not (isinstance(values, (tuple, list)) and all(isinstance(value, kind) for value in values)):
                raise InvalidValue(f"agent.{name}", f"must be a list of {kind.__name__}, for agent {self.name!r}")
            object.__setattr__(self, name, tuple(values))
        for name in ("teams", "skills"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_share(self.sickness, "agent.sickness")


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of work of an agent, in microseconds: from `start` to `end` with no break in it."""

    start: int
    end: int
    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """All who work at a desk, on the clocks of `zone`, and what they do with the ticket in hand at the end of a shift.

    >>> day = Shift(time(9), time(17), agents=1)
    >>> [
    ...     spell.agent.name
    ...     for spell in Workforce(agents=(Agent(name="ann", shifts=(day,)),)).spells(date(2020, 3, 20), Chance(1))
    ... ]
    ['ann']
    """

    agents: tuple[Agent, ...]
    zone: tzinfo = UTC
    at_shift_end: ShiftEnd = ShiftEnd.FINISH

    def __post_init__(self) -> None:
        object.__setattr__(self, "agents", tuple(self.agents))
        for name, count in Counter(agent.name for agent in self.agents).items():
            if count > 1:
                raise InvalidValue("workforce.agents", f"name {name!r} twice; give each agent a name of their own")
        object.__setattr__(self, "at_shift_end", ShiftEnd(self.at_shift_end))
        monday = date(2020, 1, 6)
        for agent in self.agents:
            first = min((shift.first_day for shift in agent.shifts if shift.first_day is not None), default=monday)
            spells = sorted(
                (span for day in range(-1, 8) for span in self._spans(agent, first + day * _DAY)),
            )
            for (_, ends), (starts, _) in pairwise(spells):
                if starts < ends:
                    raise InvalidValue(
                        "agent.shifts", f"of {agent.name!r} overlap at {instant(starts)}; nobody works twice at once"
                    )

    @classmethod
    def of(cls, staffing: Staffing, *, at_shift_end: ShiftEnd = ShiftEnd.FINISH) -> Workforce:
        """As many agents as a staffing calendar plans, each shift with people of its own, the same ones every day.

        Everybody comes with the chance that the calendar's `show_up` says.
        """
        count = sum(shift.agents for shift in staffing.shifts)
        names = iter([f"agent-{number:04}" for number in range(1, count + 1)])
        agents = [
            Agent(name=next(names), shifts=(shift,), sickness=round(1 - staffing.show_up, 9))
            for shift in staffing.shifts
            for _ in range(shift.agents)
        ]
        return cls(agents=tuple(agents), zone=staffing.zone, at_shift_end=at_shift_end)

    def spells(self, day: date, chance: Chance) -> list[Spell]:
        """Who works on shifts that begin on a day, and when, in order of their beginning."""
        found = [
            Spell(start, end, agent)
            for agent in self.agents
            for shift in agent.shifts
            if shift.covers(day) and not self._is_sick(agent, day, shift, chance)
            for start, end in self._worked(agent, day, shift)
        ]
        return sorted(found, key=attrgetter("start"))

    @staticmethod
    def _is_sick(agent: Agent, day: date, shift: Shift, chance: Chance) -> bool:
        return agent.sickness > 0 and chance.drawn("sickness", f"{agent.name}/{day}/{shift.start}")[0] < agent.sickness

    def _spans(self, agent: Agent, day: date) -> Iterator[tuple[int, int]]:
        for shift in agent.shifts:
            span = Opening(shift.start, shift.end).on(day, self.zone)
            if shift.covers(day) and span is not None:
                yield span

    def _worked(self, agent: Agent, day: date, shift: Shift) -> Iterator[tuple[int, int]]:
        """A shift without its breaks."""
        span = Opening(shift.start, shift.end).on(day, self.zone)
        if span is None:
            return
        start, end = span
        for begins, ends in sorted(self._pauses(agent, day, span)):
            if start < begins:
                yield start, begins
            start = max(start, ends)
        if start < end:
            yield start, end

    def _pauses(self, agent: Agent, day: date, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
        for pause in agent.breaks:
            # In a shift over midnight a break may lie on the next day.
            for on in (day, day + _DAY):
                begins = micros(datetime.combine(on, pause.start, tzinfo=self.zone))
                if span[0] <= begins < span[1]:
                    yield begins, min(begins + length(pause.lasts, "break.lasts"), span[1])
                    break


def always(count: int) -> Workforce:
    """So many agents who work around the clock, for a model without shifts."""
    check_whole(count, "count", 0, 100_000)
    day = Shift(time(0), time(0), agents=1)
    return Workforce(agents=tuple(Agent(name=f"agent-{number:04}", shifts=(day,)) for number in range(1, count + 1)))
