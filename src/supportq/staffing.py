"""Who is planned to answer, and when: the staffing calendar that estimates are made from (rule E1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, time, timedelta, tzinfo

from supportq._instants import DAY, instant, length
from supportq.errors import InvalidValue
from supportq.hours import Opening

__all__ = ["Shift", "Staffing"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """`agents` people from `start` to `end` by the wall clock, on `weekdays` (Monday is 0), from `first_day` to `last_day`.

    An `end` not after `start` lies on the next day. A shift belongs to the day on which it begins; both days are included.
    """

    start: time
    end: time
    agents: int
    weekdays: tuple[int, ...] = tuple(range(7))
    first_day: date | None = None
    last_day: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekdays", Opening(self.start, self.end, self.weekdays).weekdays)
        if type(self.agents) is not int or not 0 <= self.agents <= 100_000:
            raise InvalidValue("shift.agents", f"must be a whole number from 0 to 100,000, not {self.agents!r}")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise InvalidValue("shift.last_day", f"{self.last_day} is before the first day {self.first_day}")

    def covers(self, day: date) -> bool:
        """Whether the shift begins on this day."""
        return (
            day.weekday() in self.weekdays
            and (self.first_day is None or day >= self.first_day)
            and (self.last_day is None or day <= self.last_day)
        )


@dataclass(frozen=True, slots=True)
class Staffing:
    """The calendar of shifts, how long an answer takes, and what comes in ahead of the line.

    `handling_time` is the mean time of one agent for one ticket and `show_up` the share of planned agents who come: both
    are where measuring starts. `expected_inflow` says how many tickets a day enter a lane from outside the waiting line, by
    the lane's name, until the desk has measured it.

    >>> day = Staffing((Shift(time(8), time(20), agents=10),), handling_time=timedelta(minutes=12))
    >>> day.agents_between(date(2020, 3, 20), date(2020, 3, 20))[1:3] == [(1584691200000000, 10), (1584734400000000, 0)]
    True
    """

    shifts: tuple[Shift, ...]
    _: KW_ONLY
    zone: tzinfo = UTC
    handling_time: timedelta = timedelta(minutes=12)
    show_up: float = 1.0
    expected_inflow: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shifts", tuple(self.shifts))
        if not length(self.handling_time, "staffing.handling_time"):
            raise InvalidValue("staffing.handling_time", "must be longer than nothing")
        if not (math.isfinite(self.show_up) and 0 < self.show_up <= 1):
            raise InvalidValue("staffing.show_up", f"must be above 0 and at most 1, not {self.show_up!r}")
        for lane, rate in self.expected_inflow.items():
            if not (math.isfinite(rate) and 0 <= rate <= 1e7):
                raise InvalidValue(f"staffing.expected_inflow.{lane}", f"must be a rate a day, not {rate!r}")
        object.__setattr__(self, "expected_inflow", dict(self.expected_inflow))

    def agents_between(self, first: date, last: date) -> list[tuple[int, int]]:
        """The planned head-count as steps `(instant in microseconds, agents from then on)`, in order.

        Covers every shift that begins on a day from the one before `first` to `last`; O(days x shifts).
        """
        changes: dict[int, int] = {}
        day = first - _DAY
        while day <= last:
            for shift in self.shifts:
                if shift.covers(day):
                    span = Opening(shift.start, shift.end).on(day, self.zone)
                    assert span is not None
                    changes[span[0]] = changes.get(span[0], 0) + shift.agents
                    changes[span[1]] = changes.get(span[1], 0) - shift.agents
            day += _DAY
        agents = 0
        steps = []
        for at in sorted(changes):
            agents += changes[at]
            steps.append((at, agents))
        return steps

    def steps(self, start: int, days: int) -> list[tuple[int, int]]:
        """The planned head-count from `start` (microseconds) for so many days; the first step is at `start` itself."""
        first = instant(start).astimezone(self.zone).date()
        end = start + days * DAY
        agents = 0
        steps: list[tuple[int, int]] = [(start, 0)]
        for at, agents in self.agents_between(first, first + (days + 1) * _DAY):
            if at <= start:
                steps[0] = (start, agents)
            elif at < end:
                steps.append((at, agents))
        return steps
