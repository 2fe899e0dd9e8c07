"""What a desk learns from its log: how much comes in, by lane and hour, how long an answer takes, who comes and who gives up.

Everything kept is a whole number, so that a replay and a snapshot give the same on every machine (rules G1, G6).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from statistics import fmean, pvariance
from typing import Any, Final

from supportq._instants import DAY, HOUR

_DAY: Final = 24
_WEEK: Final = 7 * _DAY
"""Inflow is remembered by so many hours."""
_WEEKDAYS: Final = 7
_DAYS: Final = 4 * _WEEKDAYS
"""By day, inflow is remembered for so long."""
_FEWEST_DAYS: Final = 2 * _WEEKDAYS
"""Before so many whole days were seen, no weekday is told from another."""
_THURSDAY: Final = 3
"""The day of the epoch, counted from Monday."""
_DAY_NOISE: Final = 0.1
"""Standard deviation of the inflow of one day, as a share of it, beyond the noise of counting."""
_PRIOR_WEIGHT: Final = 50
"""The stated handling time counts as much as so many measured tickets."""
_RECENT: Final = 3_000
"""At so many tickets the sums are halved: the mean follows what agents do now, and its noise stays at two per cent."""
_KINDS: Final = 200
"""So many kinds are told apart."""
_PRIOR_AGENTS: Final = 200
"""The stated share of those who come counts as much as so many planned agents."""
_RECENT_AGENTS: Final = 2_000
_RECENT_GONE: Final = 200
_PRIOR_WAITED: Final = 350 * DAY
"""Nobody gave up in so much waiting: fifty tickets for a week. One client who goes at once says nothing of the others."""
_PSEUDO: Final = 20
"""By so many tickets an hour each hour of the day is taken to be more like the others than it was."""

SAMPLED: Final = 4
"""Of one ticket in so many it is told when it changes lanes: looking that up for all would slow down every desk."""
DELAYS: Final = tuple(HOUR * hours for hours in (1, 2, 4, 8, 12, 16, 24, 36, 48, 72, 96, 120, 168, 240, 336, 480, 720, 1_440))
"""How long after it came a ticket changes into a lane above: by up to which of these it does is counted."""


class Measures:
    """Running sums over the log of a desk; a fold. Folding one ticket in costs less than a microsecond.

    >>> measures = Measures(lanes=2)
    >>> for hour in range(48):
    ...     measures.admitted(0, received=hour * HOUR, at=hour * HOUR)
    >>> late = 48 * HOUR - 1
    >>> round(measures.inflow(0, late), 6), measures.inflow(1, late), measures.inflow(0, at=12 * HOUR)
    (24.0, 0.0, None)
    """

    __slots__ = (
        "_agent_time",
        "_answers",
        "_began",
        "_came",
        "_days",
        "_exposed",
        "_gone",
        "_handled",
        "_inflow",
        "_jumps",
        "_kinds",
        "_planned",
        "_since",
        "standing",
    )

    def __init__(self, lanes: int) -> None:
        self._since: int | None = None
        self._inflow: list[dict[int, int]] = [{} for _ in range(lanes)]
        """For each lane how many tickets entered it from outside, by hour since the epoch."""
        self._days: dict[int, int] = {}
        """How many tickets entered any lane from outside, by day since the epoch, in UTC."""
        self._jumps: list[dict[int, dict[int, int]]] = [{} for _ in range(lanes)]
        """For each lane how many tickets came that were to change into it, by the hour of coming and the delay."""
        self._answers: dict[int, int] = {}
        """How many tickets were answered, by hour since the epoch."""
        self._began: list[int | None] = [None] * lanes
        """For each lane when it was made, if the desk had been counting by then."""
        self._handled = 0
        self._agent_time = 0
        self._kinds: dict[str, tuple[int, int]] = {}
        """How many tickets of each kind were answered of late, and in how much time."""
        self._came = 0
        self._planned = 0
        self.standing = 0
        """The sum of the instants at which tickets left the line, less that of those at which they entered it. The desk adds to
        it by itself, since that is done for every ticket twice."""
        self._exposed = 0
        """So much waiting time is no longer counted."""
        self._gone = 0

    # ------------------------------------------------------------------- folding

    def admitted(self, lane: int, received: int, at: int, jump: tuple[int, int] | None = None) -> None:
        """A ticket was opened in a lane at `at` for a request received at `received` (microseconds).

        `jump` is its next change of lanes, if that is out of the last lane into one above: when, and which; told of one ticket
        in `SAMPLED`. Only what is at most an hour old counts: a backlog that is loaded is not inflow.
        """
        if self._since is None:
            self._since = at
        if at - received > HOUR:
            return
        hours, hour = self._inflow[lane], at // HOUR
        if hour in hours:
            hours[hour] += 1
        else:
            self._inflow[lane] = _recent(hours, hour)
            self._inflow[lane][hour] = 1
        if (day := at // DAY) in self._days:
            self._days[day] += 1
        else:
            self._days = {past: count for past, count in self._days.items() if past >= day - _DAYS}
            self._days[day] = 1
        if jump is not None:
            due, target = jump
            by_hour, bucket = self._jumps[target], bisect_left(DELAYS, due - at)
            if hour not in by_hour:
                by_hour = self._jumps[target] = {past: counts for past, counts in by_hour.items() if past > hour - _DAY}
                by_hour[hour] = {}
            by_hour[hour][bucket] = by_hour[hour].get(bucket, 0) + 1

    def adopt(self, lanes: Sequence[int | None], at: int) -> None:
        """The desk has other lanes from now on: each that it had before, by number, or a new one, of which nothing is known."""
        self._inflow = [{} if lane is None else self._inflow[lane] for lane in lanes]
        self._jumps = [{} if lane is None else self._jumps[lane] for lane in lanes]
        self._began = [at if lane is None else self._began[lane] for lane in lanes]

    def handled(self, kind: str, duration: int, at: int) -> None:
        """An agent answered a ticket of a kind at `at`, `duration` microseconds after taking it."""
        hour = at // HOUR
        if hour in self._answers:
            self._answers[hour] += 1
        else:
            self._answers = _recent(self._answers, hour)
            self._answers[hour] = 1
        if kind not in self._kinds and len(self._kinds) >= _KINDS:
            # Whoever calls each matter by a name of its own measures nothing of kinds.
            kind = ""
        count, time = self._kinds.get(kind, (0, 0))
        self._kinds[kind] = count + 1, time + duration
        self._handled += 1
        self._agent_time += duration
        if self._handled == _RECENT:
            self._handled //= 2
            self._agent_time //= 2
            self._kinds = {name: (count // 2, time // 2) for name, (count, time) in self._kinds.items() if count > 1}

    def counted(self, came: int, planned: int) -> None:
        """So many agents are at work of so many planned."""
        self._came += came
        self._planned += planned
        if self._planned >= _RECENT_AGENTS:
            self._came //= 2
            self._planned //= 2

    def gave_up(self, waiting: int, at: int) -> None:
        """One of those who waited gave up; so many wait still."""
        self._gone += 1
        if self._gone == _RECENT_GONE:
            self._gone //= 2
            self._exposed += self._waited(waiting, at) // 2

    # ------------------------------------------------------------------- reading

    @property
    def since(self) -> int | None:
        """The instant of the first request, in microseconds; `None` before it."""
        return self._since

    @property
    def settled(self) -> bool:
        """Whether the measured handling time counts for more than the one stated."""
        return self._handled >= _PRIOR_WEIGHT

    def inflow(self, lane: int, at: int) -> float | None:
        """Tickets a day that entered a lane from outside, over the last day; `None` before one was seen."""
        since, began = self._since, self._began[lane]
        if since is None or at - (since if began is None else max(since, began)) < DAY:
            return None
        first = at // HOUR - _DAY + 1
        return self._between(lane, first, first + _DAY) * DAY / (at - first * HOUR)

    def _between(self, lane: int, first: int, end: int) -> int:
        """How many tickets entered a lane from one hour to before another."""
        get = self._inflow[lane].get
        return sum(get(hour, 0) for hour in range(first, end))

    def answers(self, at: int) -> float | None:
        """How many tickets a day were answered, over the last week or since the first request; `None` before a day is over."""
        if self._since is None or at - self._since < DAY:
            return None
        hour = at // HOUR
        count = sum(count for past, count in self._answers.items() if past > hour - _WEEK)
        return count * DAY / (at - max(self._since, (hour - _WEEK + 1) * HOUR)) or None

    def jumps(self, lane: int, at: int) -> list[float]:
        """Of what came in the last day, tickets a day that were to change into a lane, by how long after (`DELAYS`)."""
        rates = [0.0] * (len(DELAYS) + 1)
        if self._since is None or at - self._since < DAY:
            return rates
        hour = at // HOUR
        for past, counts in self._jumps[lane].items():
            if past > hour - _DAY:
                for bucket, count in counts.items():
                    rates[bucket] += SAMPLED * count
        span = at - (hour - _DAY + 1) * HOUR
        return [count * DAY / span for count in rates]

    def by_hour(self, at: int) -> list[float]:
        """For each hour of the day, in UTC, how its inflow compares to the mean; all alike before a day was seen."""
        if self._since is None or at - self._since < DAY:
            return [1.0] * _DAY
        last = at // HOUR - 1
        days = min(_WEEK, last - self._since // HOUR) // _DAY
        if not days:
            return [1.0] * _DAY
        counts = [0] * _DAY
        for lane in self._inflow:
            for hour, count in lane.items():
                if last - days * _DAY < hour <= last:
                    counts[hour % _DAY] += count
        mean = sum(counts) / _DAY
        return [(count + _PSEUDO) / (mean + _PSEUDO) for count in counts]

    def by_weekday(self, at: int) -> list[float]:
        """For each day of the week, in UTC and from Monday, how its inflow compares to the mean; all alike in two weeks.

        Each day is compared to the week around it, so that what grows or fades from week to week is taken for no weekday
        (the ratio to a moving average). What chance alone would do to the days is taken off how far they lie apart (the
        shrinkage of James and Stein, 1961).
        """
        today = at // DAY
        begin = today if self._since is None else max(today - _DAYS, self._since // DAY + 1)
        if today - begin < _FEWEST_DAYS:
            return [1.0] * _WEEKDAYS
        counts = [self._days.get(day, 0) for day in range(begin, today)]
        ratios: list[list[float]] = [[] for _ in range(_WEEKDAYS)]
        half = _WEEKDAYS // 2
        for middle in range(half, len(counts) - half):
            around = sum(counts[middle - half : middle + half + 1])
            if around:
                ratios[weekday((begin + middle) * DAY)].append(counts[middle] * _WEEKDAYS / around)
        means = [fmean(known) if known else 1.0 for known in ratios]
        mean = fmean(means)
        apart = pvariance(means, mean)
        chance = _DAY_NOISE**2 * _WEEKDAYS / max(1, sum(map(len, ratios)))
        kept = max(0.0, 1 - chance / apart) if apart else 0.0
        return [1 + kept * (each - mean) / mean for each in means]

    def recedes(self, usual: float, at: int) -> float:
        """By how much a day what comes in above the `usual` (tickets a day) fell of late, at least: a rate, 0 where it did not.

        The last whole day is compared to the one before it, allowing for their weekdays and for a standard deviation of
        chance; 0 until weekdays are known, since a Saturday is no end of a wave.
        """
        if self._since is None or at // DAY - self._since // DAY <= _FEWEST_DAYS:
            return 0.0
        weekdays, end = self.by_weekday(at), at // HOUR
        now, before = (
            sum(self._between(lane, last - _DAY, last) for lane in range(len(self._inflow))) / of_day(weekdays, last * HOUR)
            for last in (end, end - _DAY)
        )
        if before <= usual or now <= usual:
            return 0.0
        noise = math.sqrt(1 / now + 1 / before + 2 * _DAY_NOISE**2) * now / (now - usual)
        return max(0.0, math.log((before - usual) / (now - usual)) - noise)

    def handling_time(self, prior: int) -> float:
        """The mean agent time of one ticket in microseconds, starting from the one stated.

        >>> Measures(lanes=1).handling_time(prior=720_000_000)
        720000000.0
        """
        return (_PRIOR_WEIGHT * prior + self._agent_time) / (_PRIOR_WEIGHT + self._handled)

    def costs(self) -> dict[str, float]:
        """For each kind the time of an answer as a multiple of the mean of all, to which a kind keeps until more is seen of it.

        >>> measures = Measures(lanes=1)
        >>> for number in range(400):
        ...     measures.handled("refund" if number % 2 else "seat", (900 if number % 2 else 300) * 10**6, at=0)
        >>> {kind: round(cost, 2) for kind, cost in measures.costs().items()}
        {'seat': 0.6, 'refund': 1.4}
        """
        answers = sum(count for count, _ in self._kinds.values())
        mean = sum(time for _, time in self._kinds.values()) / answers if answers else 0.0
        if not mean:
            return {}
        return {
            kind: (_PRIOR_WEIGHT * mean + time) / ((_PRIOR_WEIGHT + count) * mean)
            for kind, (count, time) in self._kinds.items()
        }

    def show_up(self, prior: float) -> float:
        """The share of planned agents who come, starting from the one stated."""
        return (_PRIOR_AGENTS * prior + self._came) / (_PRIOR_AGENTS + self._planned)

    def giving_up(self, waiting: int, at: int) -> float:
        """How many of those who wait give up in a microsecond, as a share of them; so many wait now."""
        return self._gone / (_PRIOR_WAITED + max(0, self._waited(waiting, at)))

    def _waited(self, waiting: int, at: int) -> int:
        return self.standing + waiting * at - self._exposed

    # ------------------------------------------------------------------ as a value

    def state(self) -> Mapping[str, object]:
        """The sums as values that JSON can hold; `restore` is the inverse."""
        return {
            "since": self._since,
            "inflow": [{str(hour): count for hour, count in hours.items()} for hours in self._inflow],
            "jumps": [
                {str(hour): {str(bucket): count for bucket, count in counts.items()} for hour, counts in hours.items()}
                for hours in self._jumps
            ],
            "days": {str(day): count for day, count in self._days.items()},
            "began": list(self._began),
            "answers": {str(hour): count for hour, count in self._answers.items()},
            "handled": self._handled,
            "agent_time": self._agent_time,
            "kinds": [[kind, *sums] for kind, sums in self._kinds.items()],
            "came": self._came,
            "planned": self._planned,
            "standing": self.standing,
            "exposed": self._exposed,
            "gone": self._gone,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Become what `state` described."""
        self._since = state["since"]
        self._inflow = [{int(hour): count for hour, count in hours.items()} for hours in state["inflow"]]
        self._jumps = [
            {int(hour): {int(bucket): count for bucket, count in counts.items()} for hour, counts in hours.items()}
            for hours in state["jumps"]
        ]
        self._days = {int(day): count for day, count in state["days"].items()}
        self._began = list(state["began"])
        self._answers = {int(hour): count for hour, count in state["answers"].items()}
        self._handled, self._agent_time = state["handled"], state["agent_time"]
        self._kinds = {kind: (count, time) for kind, count, time in state["kinds"]}
        self._came, self._planned = state["came"], state["planned"]
        self.standing, self._exposed, self._gone = state["standing"], state["exposed"], state["gone"]


def weekday(at: int) -> int:
    """The day of the week in UTC, from 0 for Monday."""
    return (at // DAY + _THURSDAY) % _WEEKDAYS


def of_day(weekdays: list[float], at: int) -> float:
    """How the day that ends at an instant compares to the mean: it lies on two days of the week."""
    today, late = weekday(at), at % DAY
    return (weekdays[today] * late + weekdays[today - 1] * (DAY - late)) / DAY


def _recent(hours: dict[int, int], hour: int) -> dict[int, int]:
    return {past: count for past, count in hours.items() if past >= hour - _WEEK}
