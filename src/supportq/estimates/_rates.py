"""What a pass takes for granted: who answers, how fast, and what comes in ahead of the line."""

from __future__ import annotations

import math
from typing import Final

from supportq._instants import DAY, FOREVER, SECOND, instant, length, shown
from supportq.estimates._calendar import HORIZON, HeadCount
from supportq.estimates._values import Situation
from supportq.staffing import Staffing
from supportq.tickets import Reason

_WEEK: Final = 7
_FULL: Final = 0.98
"""From this share of the capacity on, inflow leaves nothing to promise to whoever stands behind it."""


class Rates:
    """The rates of a situation: measured where the desk has seen enough, stated by the staffing where it has not."""

    __slots__ = (
        *("_at", "_cold_inflow", "_cold_pace", "_lanes", "_staffing"),
        *("agents", "filled_above", "filled_with", "handling_time", "head_count", "idle", "inflow", "pace"),
    )

    def __init__(self, situation: Situation, staffing: Staffing) -> None:
        at, lanes, measures = situation.at, situation.lanes, situation.measures
        prior = length(staffing.handling_time, "staffing.handling_time")
        seen = [measures.inflow(lane, at) for lane in range(len(lanes))]
        stated = [staffing.expected_inflow.get(name, 0.0) for name in lanes]
        self._at: Final = at
        self._lanes: Final = lanes
        self._staffing: Final = staffing
        self._cold_pace: Final = None if measures.settled else f"{prior / SECOND:g} s"
        self._cold_inflow: Final = None in seen
        self.head_count: Final = HeadCount(staffing, at)
        self.agents: Final = next(self.head_count.steps())[1]
        self.idle: Final = max(0, int(self.agents * staffing.show_up) - situation.taken)
        """Agents who are free now."""
        self.handling_time: Final = measures.handling_time(prior)
        self.pace: Final = staffing.show_up / self.handling_time
        """Tickets that one planned agent answers in a microsecond."""
        self.inflow: Final = [rate if known is None else known for known, rate in zip(seen, stated, strict=True)]
        """Tickets a day that enter each lane from outside the line."""
        ahead = [math.fsum(self.inflow[:lane]) for lane in range(len(lanes) + 1)]
        self.filled_above: Final = [None if share else self._filled(ahead[k]) for k, share in enumerate(situation.shares)]
        """For each lane, that what comes into the lanes above takes all the capacity: no bound for those who stand in it."""
        self.filled_with: Final = [None if share else self._filled(ahead[k + 1]) for k, share in enumerate(situation.shares)]
        """For each lane, that what comes into it and above does: no bound for those who will join it."""

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
        return self.head_count.agent_time(self._at + span) * self.pace * DAY / span if span > 0 else 0.0

    def cold(self, lane: int) -> list[Reason]:
        """Which rates that matter to a lane are as stated, because the desk has not seen enough yet."""
        reasons = []
        if self._cold_pace:
            reasons.append(Reason("COLD_START", "handling_time", "not measured", self._cold_pace))
        if lane and self._cold_inflow:
            reasons.append(
                Reason("COLD_START", "inflow", "not measured", f"{math.fsum(self.inflow[:lane]):g} a day come in ahead")
            )
        return reasons

    def free(self) -> Reason:
        """That an agent is free."""
        return Reason("IDLE", "agents", f"{self.idle} free", f"{self.agents} planned")

    def opens_at(self, at: int) -> int | None:
        """When somebody is planned again, where nobody is at an instant; `None` where somebody is, or never will be."""
        return self.head_count.opens_at(at)

    def silence(self, answered: float) -> Reason:
        """Why an instant is not reached inside the horizon, when so many tickets are answered in it."""
        ends_at = self._staffing.ends_at
        if not answered:
            return Reason("NO_STAFF", "staffing.shifts", f"nobody for {HORIZON} days", "plan shifts with Desk.plan")
        if ends_at < self.head_count.end:
            return Reason("CALENDAR_ENDS", "staffing.shifts", shown(ends_at), "plan further with Desk.plan")
        return Reason("BEYOND_HORIZON", "wait", f"more than {HORIZON} days")

    def assumptions(self, lane: int) -> dict[str, object]:
        """What the estimates of a lane rest on, in plain values."""
        ends_at = self._staffing.ends_at
        return {
            "agents": self.agents,
            "show_up": self._staffing.show_up,
            "handling_time": round(self.handling_time / SECOND, 3),
            "inflow_per_day": {self._lanes[above]: round(self.inflow[above], 3) for above in range(lane)},
            "inflow": "persists",
            "calendar_ends": None if ends_at == FOREVER else instant(ends_at),
        }
