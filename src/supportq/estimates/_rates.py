"""What a pass takes for granted: who answers, how fast, what comes in ahead of the line, and who gives up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import time
from itertools import accumulate
from typing import Final, NamedTuple

from supportq._instants import DAY, FOREVER, HOUR, SECOND, duration, instant, length, shown
from supportq.estimates._calendar import HORIZON, HeadCount
from supportq.estimates._measures import DELAYS, of_day, weekday
from supportq.estimates._values import Situation
from supportq.staffing import Shift, Staffing
from supportq.tickets import Reason

_WEEK: Final = 7
_FULL: Final = 0.98
"""From this share of the capacity on, inflow leaves nothing to promise to whoever stands behind it."""
_DELAYS: Final = (0, *DELAYS)


class Cell(NamedTuple):
    """A stretch of time in which as many agents work throughout.

    It ends at `end` (microseconds), they can take `room` tickets in it, and so many more at its beginning, when they come.
    """

    end: int
    room: float
    walk_ins: float


class Told(NamedTuple):
    """What the estimates of a lane rest on: which rates are not measured, what is expected, and both in plain values."""

    cold: tuple[Reason, ...]
    foreseen: tuple[Reason, ...]
    assumptions: Mapping[str, object]


class Rates:
    """The rates of a situation: measured where the desk has seen enough, stated by the staffing where it has not."""

    __slots__ = (
        *("_above", "_answered", "_at", "_cold_inflow", "_cold_pace", "_counted", "_counted_until", "_down_to"),
        *(
            "_fading",
            "_hours",
            "_jumps",
            "_lanes",
            "_pace",
            "_staffing",
            "_told",
            "_weekdays",
            "agents",
            "fades",
            "filled_above",
        ),
        *("filled_with", "giving_up", "handling_time", "head_count", "idle", "inflow", "show_up"),
    )

    def __init__(self, situation: Situation, staffing: Staffing) -> None:
        at, lanes, measures = situation.at, situation.lanes, situation.measures
        prior = length(staffing.handling_time, "staffing.handling_time")
        seen = [measures.inflow(lane, at) for lane in range(len(lanes))]
        stated = [staffing.expected_inflow.get(name, 0.0) for name in lanes]
        self._answered: Final = measures.answers(at) if situation.staffing is None else None
        """Without a calendar: how many a day are answered, measured."""
        self._at: Final = at
        self._lanes: Final = lanes
        self._staffing: Final = staffing
        self._cold_pace: Final = None if measures.settled or self._answered else f"{prior / SECOND:g} s"
        self._cold_inflow: Final = None in seen
        self.head_count: Final = HeadCount(staffing, at)
        self.show_up: Final = 1.0 if self._answered else measures.show_up(staffing.show_up)
        self.handling_time: Final = prior if self._answered else measures.handling_time(prior)
        self._counted, self._counted_until = self._at_work(situation)
        planned = next(self.head_count.steps())[1]
        self.agents: Final = planned if self._counted is None else self._counted
        """Agents at work now: counted, or else planned."""
        come = int(planned * self.show_up) if self._counted is None else self._counted
        self.idle: Final = 0 if self._answered else max(0, come - situation.taken)
        """Agents who are free now, as far as is known."""
        self._weekdays: Final = measures.by_weekday(at)
        # What came in the last day tells what comes in on a mean day.
        today = of_day(self._weekdays, at)
        self.inflow: Final = [rate if known is None else known / today for known, rate in zip(seen, stated, strict=True)]
        """Tickets a day that enter each lane from outside the line when they come."""
        jumps = [[rate / today for rate in measures.jumps(lane, at)] for lane in range(len(lanes))]
        self._jumps: Final = [[0.0, *accumulate(rates)] for rates in jumps]
        """For each lane tickets a day that are to change into it later, by up to how long after they came."""
        self._hours: Final = measures.by_hour(at)
        all_lanes, usual = math.fsum(self.inflow), staffing.usual_inflow
        self.fades: Final = usual is not None and all_lanes > usual and not self._cold_inflow
        """Whether more comes in than usual, so that it is taken to become less."""
        self._fading: Final = 1 - usual / all_lanes if usual is not None and self.fades else 0.0
        stated_pace = DAY / length(staffing.fades_in, "staffing.fades_in")
        self._pace: Final = max(stated_pace, measures.recedes(usual, at)) if usual is not None and self.fades else 0.0
        """By which share of itself what is more than usual becomes less in a day: as stated, or faster, if it does."""
        self.giving_up: Final = measures.giving_up(sum(map(len, situation.waiting)), at)
        """The share of those who wait that gives up in a microsecond."""
        into = [direct + later[-1] for direct, later in zip(self.inflow, self._jumps, strict=True)]
        ahead = [math.fsum(into[:lane]) for lane in range(len(lanes) + 1)]
        self.filled_above: Final = [None if share else self._filled(ahead[k]) for k, share in enumerate(situation.shares)]
        """For each lane, that what comes into the lanes above takes all the capacity: no bound for those who stand in it."""
        self.filled_with: Final = [None if share else self._filled(ahead[k + 1]) for k, share in enumerate(situation.shares)]
        """For each lane, that what comes into it and above does: no bound for those who will join it."""
        self._above: Final = ahead
        # What changes out of the last lane into one above has come into the last lane: it is not to be counted twice.
        self._down_to: Final = [*ahead[1:-1], math.fsum(self.inflow)]
        """For each lane how many tickets a day come into it and those above."""
        self._told: Final[dict[int, Told]] = {}

    def _at_work(self, situation: Situation) -> tuple[int | None, int]:
        """How many agents were counted at work, and until when that stands: as long as the plan does not change."""
        if situation.counted is None or self._answered:
            return None, self._at
        agents, counted_at = situation.counted
        changes = HeadCount(self._staffing, counted_at).changes()
        until = next(changes, FOREVER)
        return (agents, until) if self._at < until else (None, self._at)

    # ------------------------------------------------------------------ capacity

    def cells(self) -> Iterator[Cell]:
        """The time from now to the horizon, in cells."""
        begin = self._at
        # Whoever is free now is told by `idle`; whoever comes later takes a ticket at once.
        before = math.inf
        for end, planned in self.head_count.cells():
            counted = self._counted is not None and begin < self._counted_until
            come = float(self._counted or 0) if counted else planned * self.show_up
            yield Cell(end, come * (end - begin) / self.handling_time, max(0.0, come - before))
            begin, before = end, come

    def _filled(self, inflow: float) -> Reason | None:
        # It must be so in the week ahead and over the whole horizon: a holiday, or staff who come next week, are no reason.
        if not inflow or inflow < _FULL * self._capacity(_WEEK):
            return None
        capacity = self._capacity(HORIZON)
        if not capacity or inflow < _FULL * capacity:
            return None
        return Reason("UNSTABLE", "inflow", f"{inflow:.0f} a day come in ahead", f"{capacity:.0f} a day are answered")

    def _capacity(self, days: int) -> float:
        """Tickets that can be answered a day, over so many days or as long as there are shifts."""
        span = min(days * DAY, self._staffing.ends_at - self._at)
        if span <= 0:
            return 0.0
        return self.head_count.agent_time(self._at + span) * self.show_up / self.handling_time * DAY / span

    def opens_at(self, at: int) -> int | None:
        """When somebody is planned again, where nobody is at an instant; `None` where somebody is, or never will be."""
        return self.head_count.opens_at(at)

    # -------------------------------------------------------------------- inflow

    def arrivals(self, begin: int, end: int) -> list[float]:
        """How many tickets come into each lane from outside between two instants: at once, or by a change of lanes later on."""
        middle = (begin + end) // 2
        days = (end - begin) / DAY
        share = self._fade(middle) * days * self._weekdays[weekday(middle)]
        at_once = share * self._hours[middle // HOUR % 24]
        since = middle - self._at
        return [at_once * direct + share * _up_to(later, since) for direct, later in zip(self.inflow, self._jumps, strict=True)]

    def _fade(self, at: int) -> float:
        """What of today's inflow is left at an instant: it comes down to the usual one bit by bit."""
        if not self.fades:
            return 1.0
        return 1 - self._fading * (1 - math.exp(self._pace * (self._at - at) / DAY))

    # ------------------------------------------------------------------- reasons

    def told(self, lane: int) -> Told:
        """What the estimates of a lane rest on, in words and values: the same for all of one pass."""
        told = self._told.get(lane)
        if told is None:
            told = self._told[lane] = Told(tuple(self._cold(lane)), tuple(self._foreseen(lane)), self._assumptions(lane))
        return told

    def _cold(self, lane: int) -> list[Reason]:
        """Which rates that matter to a lane are as stated, because the desk has not seen enough yet."""
        reasons = []
        if self._answered:
            reasons.append(Reason("MEASURED_RATE", "staffing", "no calendar", f"{self._answered:.0f} a day were answered"))
        if self._cold_pace:
            reasons.append(Reason("COLD_START", "handling_time", "not measured", self._cold_pace))
        if lane and self._cold_inflow:
            reasons.append(
                Reason("COLD_START", "inflow", "not measured", f"{math.fsum(self.inflow[:lane]):g} a day come in ahead")
            )
        return reasons

    def _foreseen(self, lane: int) -> list[Reason]:
        """What is taken for granted of those still to come, as far as it matters to a lane."""
        reasons = []
        capacity = self._capacity(_WEEK)
        if self._down_to[lane] > capacity > 0:
            reasons.append(
                Reason("GROWING", "inflow", f"{self._down_to[lane]:.0f} a day come in", f"{capacity:.0f} a day are answered")
            )
        if above := self._above[lane]:
            today = f"{above:.0f} a day come in ahead"
            if self.fades:
                reasons.append(Reason("INFLOW_FADES", "inflow", today, f"{above * (1 - self._fading):.0f} in the end"))
            else:
                reasons.append(Reason("INFLOW_PERSISTS", "inflow", today))
        return reasons

    def free(self) -> Reason:
        """That an agent is free."""
        at_work = "planned" if self._counted is None else "at work"
        return Reason("IDLE", "agents", f"{self.idle} free", f"{self.agents} {at_work}")

    def silence(self, answered: float) -> Reason:
        """Why an instant is not reached inside the horizon, when so many tickets are answered in it."""
        ends_at = self._staffing.ends_at
        if not answered:
            return Reason("NO_STAFF", "staffing.shifts", f"nobody for {HORIZON} days", "plan shifts with Desk.plan")
        if ends_at < self.head_count.end:
            return Reason("CALENDAR_ENDS", "staffing.shifts", shown(ends_at), "plan further with Desk.plan")
        return Reason("BEYOND_HORIZON", "wait", f"more than {HORIZON} days")

    def _assumptions(self, lane: int) -> dict[str, object]:
        """What the estimates of a lane rest on, in plain values."""
        ends_at = self._staffing.ends_at
        return {
            "agents": None if self._answered else self.agents,
            "show_up": None if self._answered else round(self.show_up, 4),
            "handling_time": None if self._answered else round(self.handling_time / SECOND, 3),
            "answered_per_day": self._answered and round(self._answered, 3),
            "inflow_per_day": {
                self._lanes[above]: round(self.inflow[above] + self._jumps[above][-1], 3) for above in range(lane)
            },
            "inflow": "fades" if self.fades else "persists",
            "inflow_fades_in_days": round(1 / self._pace, 2) if self.fades else None,
            "give_up_per_day": round(self.giving_up * DAY, 5),
            "calendar_ends": None if ends_at == FOREVER else instant(ends_at),
        }


def measured(situation: Situation) -> Staffing | None:
    """A calendar that stands in where there is none: one agent round the clock who answers as many as were answered of late.

    `None` before anything was answered, or a day is over.
    """
    rate = situation.measures.answers(situation.at)
    if rate is None:
        return None
    return Staffing((Shift(time(0), time(0), agents=1),), handling_time=duration(max(1, round(DAY / rate))))


def _up_to(counts: list[float], delay: int) -> float:
    """How much of what was counted by delay comes within one: straight between the delays that are counted by."""
    for bucket, after in enumerate(_DELAYS):
        if after >= delay:
            if not bucket:
                return counts[0]
            before = _DELAYS[bucket - 1]
            return counts[bucket - 1] + (counts[bucket] - counts[bucket - 1]) * ((delay - before) / (after - before))
    return counts[-1]
