"""Who is planned to answer, and when: the staffing calendar that estimates are made from (rule E1)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, time, timedelta, tzinfo
from operator import itemgetter

from supportq._instants import DAY, FOREVER, check_day, instant, length
from supportq.errors import InvalidValue, PolicyError
from supportq.hours import Opening
from supportq.tickets import check_whole

__all__ = ["Shift", "Staffing"]

_DAY = timedelta(days=1)
_WEEK = 7 * DAY


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
        try:
            object.__setattr__(self, "weekdays", Opening(self.start, self.end, self.weekdays).weekdays)
        except PolicyError as error:
            raise InvalidValue(error.field.replace("opening", "shift"), error.problem) from None
        check_whole(self.agents, "shift.agents", 0, 100_000)
        for name in ("first_day", "last_day"):
            day = getattr(self, name)
            if day is not None:
                check_day(day, f"shift.{name}")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise InvalidValue("shift.last_day", f"{self.last_day} is before the first day {self.first_day}")

    def covers(self, day: date) -> bool:
        """Whether the shift begins on this day."""
        return (
            day.weekday() in self.weekdays
            and (self.first_day is None or day >= self.first_day)
            and (self.last_day is None or day <= self.last_day)
        )

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days from `first` to `last`, both included, on which the shift begins."""
        day = first if self.first_day is None else max(first, self.first_day)
        last = last if self.last_day is None else min(last, self.last_day)
        while day <= last:
            if day.weekday() in self.weekdays:
                yield day
            day += _DAY


@dataclass(frozen=True, slots=True)
class Staffing:
    """The calendar of shifts, how long an answer takes, and what comes in ahead of the line.

    `handling_time` is the mean time of one agent for one ticket and `show_up` the share of planned agents who come: both
    are where measuring starts. `expected_inflow` says how many tickets a day enter a lane from outside the waiting line, by
    the lane's name, until the desk has measured it. `usual_inflow` is what comes in a day, in all lanes, in ordinary times:
    what is more than that is taken to fade, by two thirds in `fades_in`; without it, all is taken to go on as it does.

    >>> day = Staffing((Shift(time(8), time(20), agents=10),), handling_time=timedelta(minutes=12))
    >>> day.agents_between(date(2020, 3, 20), date(2020, 3, 20))[2:]
    [(1584691200000000, 10), (1584734400000000, 0)]
    """

    shifts: tuple[Shift, ...]
    _: KW_ONLY
    zone: tzinfo = UTC
    handling_time: timedelta = timedelta(minutes=12)
    show_up: float = 1.0
    expected_inflow: Mapping[str, float] = field(default_factory=dict, hash=False)
    usual_inflow: float | None = None
    fades_in: timedelta = timedelta(days=10)
    ends_at: int = field(init=False, repr=False, compare=False)
    """When the last shift ends, in microseconds since the epoch: `FOREVER` where one has no last day or there is none."""
    _weeks: dict[int, list[tuple[int, int]]] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Weeks that were looked at before: every pass of every estimate looks at the same."""

    def __post_init__(self) -> None:
        if not isinstance(self.shifts, (tuple, list)):
            raise InvalidValue("staffing.shifts", f"must be a list of Shift, not {type(self.shifts).__name__}")
        object.__setattr__(self, "shifts", tuple(self.shifts))
        for shift in self.shifts:
            if not isinstance(shift, Shift):
                raise InvalidValue("staffing.shifts", f"must hold Shift, not {type(shift).__name__}")
        if not isinstance(self.zone, tzinfo):
            raise InvalidValue("staffing.zone", f"must be a tzinfo, for example UTC, not {self.zone!r}")
        if not length(self.handling_time, "staffing.handling_time"):
            raise InvalidValue("staffing.handling_time", "must be longer than nothing")
        if not (_is_number(self.show_up) and 0 < self.show_up <= 1):
            raise InvalidValue("staffing.show_up", f"must be above 0 and at most 1, not {self.show_up!r}")
        if not isinstance(self.expected_inflow, Mapping):
            raise InvalidValue("staffing.expected_inflow", f"must be rates by lane, not {self.expected_inflow!r}")
        for lane, rate in self.expected_inflow.items():
            if not (_is_number(rate) and 0 <= rate <= 1e7):
                raise InvalidValue(f"staffing.expected_inflow.{lane}", f"must be a rate a day, not {rate!r}")
        object.__setattr__(self, "expected_inflow", dict(self.expected_inflow))
        if self.usual_inflow is not None and not (_is_number(self.usual_inflow) and 0 <= self.usual_inflow <= 1e7):
            raise InvalidValue("staffing.usual_inflow", f"must be a rate a day, not {self.usual_inflow!r}")
        if not length(self.fades_in, "staffing.fades_in"):
            raise InvalidValue("staffing.fades_in", "must be longer than nothing")
        object.__setattr__(self, "ends_at", self._last_end())

    def _last_end(self) -> int:
        ends = []
        for shift in self.shifts:
            if shift.agents and shift.last_day is None:
                return FOREVER
            if shift.agents and shift.last_day is not None:
                # Every shift has a weekday, so the last day on which it begins lies within a week of its last day.
                ends += [self._span(shift, day)[1] for day in shift.days(shift.last_day - 6 * _DAY, shift.last_day)]
        return max(ends, default=FOREVER)

    def _span(self, shift: Shift, day: date) -> tuple[int, int]:
        span = Opening(shift.start, shift.end).on(day, self.zone)
        assert span is not None
        return span

    def agents_between(self, first: date, last: date) -> list[tuple[int, int]]:
        """The planned head-count as steps `(instant in microseconds, agents from then on)`, in order.

        Covers every shift that begins on a day from the one before `first` to `last`; O(shifts x days).
        """
        changes: dict[int, int] = {}
        for shift in self.shifts:
            for day in shift.days(first - _DAY, last):
                start, end = self._span(shift, day)
                changes[start] = changes.get(start, 0) + shift.agents
                changes[end] = changes.get(end, 0) - shift.agents
        agents = 0
        steps = []
        for at, change in sorted(changes.items()):
            if change:
                agents += change
                steps.append((at, agents))
        return steps

    def agents_at(self, at: int) -> int:
        """The planned head-count at an instant (microseconds)."""
        return next(self.steps(at, at + 1))[1]

    def steps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The planned head-count from `start` to `end` (microseconds); the first step is at `start` itself."""
        agents = None
        for number in range(start // _WEEK, -(-end // _WEEK)):
            week = self._week(number)
            for at, planned in week[max(0, bisect_right(week, start, key=itemgetter(0)) - 1) :]:
                if at >= end:
                    return
                # Where a week begins as the last one ended there is no step.
                if planned != agents:
                    yield max(at, start), planned
                    agents = planned

    def _week(self, number: int) -> list[tuple[int, int]]:
        """The steps of a week since the epoch; the first at its beginning."""
        known = self._weeks.get(number)
        if known is None:
            start = number * _WEEK
            first = instant(start).astimezone(self.zone).date()
            known = [(start, 0)]
            for at, agents in self.agents_between(first, first + 8 * _DAY):
                if at <= start:
                    known[0] = (start, agents)
                elif at < start + _WEEK:
                    known.append((at, agents))
            self._weeks[number] = known
        return known


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
