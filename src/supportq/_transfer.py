"""Hand-overs by people: to a team, to a person, or one level up; and what stands in their way (rules H3, L0)."""

from __future__ import annotations

from datetime import datetime

from supportq import events as ev
from supportq._cases import find_for, lane_after
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.errors import GateClosed, NobodyAbove, NotTheirs, OwnTransfer, WrongAgent
from supportq.events import Events
from supportq.teams import Picking
from supportq.tickets import OpenTo, Transfer
from supportq.when import fits


def transfer(
    state: DeskState, now: datetime, us: int, ticket: str, to: str, grounds: str, agent: str | None, addressee: str | None
) -> Events:
    """An open ticket goes to a team, or to a person in it."""
    asked = Transfer(at=now, team=to, grounds=grounds, agent=agent, addressee=addressee)
    case = find_for(state, ticket, "transfer")
    by = _by(case, asked.agent)
    own = asked.addressee is not None and asked.addressee in (by, case.agent)
    if own and state.policy.agents.own_transfer is Picking.REFUSED:
        raise OwnTransfer(case.id, str(asked.addressee))
    _check_addressee(state, case, asked)
    _check_gates(state, case, us, asked)
    return (_event(state, case, us, asked, by),)


def escalate(state: DeskState, now: datetime, us: int, ticket: str, grounds: str, agent: str | None) -> Events:
    """An open ticket goes to the team above its own."""
    case = find_for(state, ticket, "escalate")
    team = state.policy.teams[state.roster.team_of[case.queue]]
    if team.escalates_to is None:
        raise NobodyAbove(case.id, team.name)
    by = _by(case, agent)
    asked = Transfer(at=now, team=team.escalates_to, grounds=grounds, agent=by, escalated=True)
    _check_gates(state, case, us, asked)
    return (_event(state, case, us, asked, by),)


def _by(case: Case, agent: str | None) -> str | None:
    """Who hands a ticket over: whoever says so, but if it is taken nobody else than the agent who has it."""
    if case.taken is None:
        return agent
    assert case.agent is not None
    if agent not in (None, case.agent):
        raise WrongAgent(case.id, str(agent), case.agent)
    return case.agent


def _check_addressee(state: DeskState, case: Case, asked: Transfer) -> None:
    """Refuse a person who is on duty for other teams only: they would have it past the gates of theirs."""
    known = None if asked.addressee is None else state.roster.on_duty(asked.addressee)
    if known is not None and asked.team not in known.duty.teams:
        raise NotTheirs(case.id, known.id, asked.team, None, OpenTo.TEAM)


def _check_gates(state: DeskState, case: Case, us: int, asked: Transfer) -> None:
    """Refuse what a gate of the team does not let through, asked now."""
    for gate in state.policy.gates:
        if gate.to != asked.team:
            continue
        if not fits(gate.needs, case, us)[0] or (gate.grounds and asked.grounds not in gate.grounds):
            raise GateClosed(case.id, gate.to, str(gate.needs), gate.grounds)


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
