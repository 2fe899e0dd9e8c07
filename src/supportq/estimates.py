"""When each client will be answered: a forward pass over the real queue (rules E1, E2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportq._instants import instant
from supportq.staffing import Staffing
from supportq.tickets import Reason

__all__ = ["Estimate", "Forecast", "Measures", "Situation", "forecast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    p10: timedelta | None
    p50: timedelta | None
    p90: timedelta | None
    position: int | None
    ahead_by_lane: Mapping[str, int]
    reasons: tuple[Reason, ...]
    as_of: datetime
    assumptions: Mapping[str, object]

    @classmethod
    def not_waiting(cls, as_of: datetime) -> Estimate:
        return cls(p10=None, p50=None, p90=None, position=None, ahead_by_lane={}, reasons=(Reason("NOT_WAITING"),), as_of=as_of, assumptions={})


class Measures:
    def __init__(self, lanes: int) -> None:
        pass

    def admitted(self, lane: int, received: int, at: int) -> None:
        pass

    def handled(self, duration: int) -> None:
        pass

    def state(self) -> Mapping[str, object]:
        return {}

    def restore(self, state: Mapping[str, object]) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    at: int
    lanes: tuple[str, ...]
    waiting: tuple[tuple[str, ...], ...]
    jumps: Mapping[str, tuple[int, int]]
    shares: tuple[float, ...]
    taken: int
    staffing: Staffing | None
    measures: Measures


class Forecast:
    def __init__(self, s: Situation) -> None:
        self.as_of = instant(s.at)
        self.lanes = s.lanes

    def estimate_at(self, lane: int, ahead: list[int], jump: tuple[int, int] | None, at: int) -> Estimate:
        return Estimate.not_waiting(self.as_of)


def forecast(situation: Situation) -> Forecast:
    return Forecast(situation)
