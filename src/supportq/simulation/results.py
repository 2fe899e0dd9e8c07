"""What came of a run, as rows: one for each ticket, agent and hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportq import Counter
from supportq.metrics import TicketRow

__all__ = ["AgentRow", "HourRow", "Results"]


@dataclass(slots=True)
class AgentRow:
    """What one agent did: how long they were at work and at tickets, and how many they answered and handed back at the end of a
    shift.
    """

    agent: str
    staffed: timedelta = timedelta(0)
    busy: timedelta = timedelta(0)
    answered: int = 0
    handed_back: int = 0

    @property
    def occupancy(self) -> float | None:
        """The share of staffed time that the agent was busy; `None` for one who was never there."""
        return self.busy / self.staffed if self.staffed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """How a desk stands at the beginning of an hour. All but the last five are counted since the start."""

    at: datetime
    received: int
    repeats: int
    answered: int
    withdrawn: int
    breached: int
    waiting: int
    waiting_by_lane: Mapping[str, int]
    taken: int
    oldest_wait: timedelta | None
    at_work: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What came of one run from `start` to `end`. Unfinished tickets are among the rows, with no `closed_at`."""

    start: datetime
    end: datetime
    seed: int
    tickets: tuple[TicketRow, ...]
    agents: tuple[AgentRow, ...]
    hours: tuple[HourRow, ...]
    counter: Counter
