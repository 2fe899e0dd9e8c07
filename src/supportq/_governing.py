"""Under which rules a desk works, and who answers: decided by those who run it (rules G1, E1). Decisions only."""

from __future__ import annotations

from datetime import datetime

from supportq import events as ev
from supportq._adoption import fixed
from supportq._state import DeskState
from supportq.errors import FixedRule
from supportq.events import Events
from supportq.policy import Policy
from supportq.staffing import Staffing


def adopt(state: DeskState, now: datetime, us: int, policy: Policy) -> Events:
    """Other rules hold from now on."""
    if (field := fixed(state.policy, policy)) is not None:
        raise FixedRule(field)
    return (state.adoption(policy, us).event(now),)


def plan(_state: DeskState, now: datetime, _us: int, staffing: Staffing, team: str | None) -> Events:
    """A staffing calendar holds from now on."""
    return (ev.StaffingPlanned(now, staffing, team),)


def count_agents(_state: DeskState, now: datetime, _us: int, agents: int, team: str | None) -> Events:
    """So many are at work."""
    return (ev.AgentsCounted(now, agents, team),)
