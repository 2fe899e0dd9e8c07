"""What estimates know of those who answer, at the whole desk or in one team (rule E1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from supportq import events as ev
from supportq.estimates import Measures
from supportq.staffing import Staffing


@dataclass(frozen=True, slots=True)
class CrewState:
    """What is known of those who answer, as a value: of everybody, or of one team."""

    measures: Mapping[str, object]
    staffing: Staffing | None
    counted: ev.AgentsCounted | None


class Crew:
    """What estimates know of those who answer: the plan, how many were counted, and what was measured."""

    __slots__ = ("counted", "measures", "staffing")

    def __init__(self, lanes: int) -> None:
        self.measures: Final = Measures(lanes)
        self.staffing: Staffing | None = None
        self.counted: ev.AgentsCounted | None = None
        """How many agents were at work when they were counted last."""

    def count(self, event: ev.AgentsCounted, at: int) -> None:
        """So many are at work."""
        self.counted = event
        if self.staffing is not None and (planned := self.staffing.agents_at(at)):
            self.measures.counted(event.agents, planned)

    def state(self) -> CrewState:
        """The same as a value; `restore` is the inverse."""
        return CrewState(self.measures.state(), self.staffing, self.counted)

    def restore(self, state: CrewState) -> None:
        """Become what a value says."""
        self.measures.restore(state.measures)
        self.staffing, self.counted = state.staffing, state.counted
