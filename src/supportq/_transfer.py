"""Hand-overs by people: to a team, to a person, or one level up; and what stands in their way (rules H3, L0)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from supportq import events as ev
from supportq._cases import find_for, lane_after
from supportq._lifecycle import Case
from supportq._roster import check_transfer
from supportq._state import DeskState
from supportq.errors import NobodyAbove, WrongAgent
from supportq.events import Events
from supportq.tickets import Transfer


def transfer(
    state: DeskState, now: datetime, us: int, ticket: str, to: str, grounds: str, agent: str | None, addressee: str | None
) -> Events:
    """An open ticket goes to a team, or to a person in it."""
    asked = Transfer(at=now, team=to, grounds=grounds, agent=agent, addressee=addressee)
    case = find_for(state, ticket, "transfer")
    by = _by(case, asked.agent)
    check_transfer(state.roster, state.policy, case, us, replace(asked, agent=by))
    return (_event(state, case, us, asked, by),)


def escalate(state: DeskState, now: datetime, us: int, ticket: str, grounds: str, agent: str | None) -> Events:
    """An open ticket goes to the team above its own."""
    case = find_for(state, ticket, "escalate")
    team = state.policy.teams[state.roster.team_of[case.queue]]
    if team.escalates_to is None:
        raise NobodyAbove(case.id, team.name)
    by = _by(case, agent)
    asked = Transfer(at=now, team=team.escalates_to, grounds=grounds, agent=by, escalated=True)
    check_transfer(state.roster, state.policy, case, us, asked)
    return (_event(state, case, us, asked, by),)


def _by(case: Case, agent: str | None) -> str | None:
    """Who hands a ticket over: whoever says so, but if it is taken nobody else than the agent who has it."""
    if case.taken is None:
        return agent
    assert case.agent is not None
    if agent not in (None, case.agent):
        raise WrongAgent(case.id, str(agent), case.agent)
    return case.agent


def _event(state: DeskState, case: Case, us: int, asked: Transfer, by: str | None) -> ev.Transferred:
    queue = state.roster.queue(case)
    assert queue is not None
    return ev.Transferred(
        asked.at,
        case.id,
        queue.team,
        asked.team,
        asked.grounds,
        lane_after(state, case, us),
        by,
        asked.addressee,
        asked.escalated,
    )
