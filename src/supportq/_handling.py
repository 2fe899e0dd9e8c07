"""What becomes of one ticket when it is answered, put aside, confirmed, given back or closed (rules L0, L1). Decisions only."""

from __future__ import annotations

from datetime import datetime

from supportq import _closing
from supportq import events as ev
from supportq._cases import find_for, lane_after
from supportq._closing import Statement, check_closable, lapse_of
from supportq._duty import answered, check_work
from supportq._state import DeskState
from supportq.events import Events


def reply(state: DeskState, now: datetime, us: int, ticket: str, agent: str | None, note: str | None) -> Events:
    """The agent who took it answers it."""
    case = find_for(state, ticket, "reply", agent)
    assert case.agent is not None
    if state.roster.roles:
        check_work(state, case, us, state.roster.on_duty(case.agent))
    return answered(state, now, us, case, case.agent, note)


def ask_client(state: DeskState, now: datetime, us: int, ticket: str) -> Events:
    """The agent asks the client, and waits for the answer as long as the policy says.

    Not at all where the word that breaks the silence has come already, and nobody has answered it.
    """
    case = find_for(state, ticket, "ask_client")
    assert case.agent is not None
    asked = ev.ClientAsked(now, case.id, case.agent, lapse_of(state.policy, case, us))
    if asked.lapse is None or not state.is_broken(case, asked.lapse):
        return (asked,)
    return asked, ev.ClientAnswered(now, case.id, lane_after(state, case, us))


def client_answered(state: DeskState, now: datetime, us: int, ticket: str) -> Events:
    """The client answered outside the desk."""
    case = find_for(state, ticket, "client_answered")
    return (ev.ClientAnswered(now, case.id, lane_after(state, case, us)),)


def park(state: DeskState, now: datetime, _us: int, ticket: str, until: datetime) -> Events:
    """It is put aside until an instant."""
    return (ev.Parked(now, find_for(state, ticket, "park").id, until),)


def hand_back(state: DeskState, now: datetime, us: int, ticket: str, agent: str | None, note: str | None) -> Events:
    """Whoever took it gives it back to its place."""
    case = find_for(state, ticket, "hand_back", agent)
    assert case.agent is not None
    return (ev.HandedBack(now, case.id, case.agent, lane_after(state, case, us), note),)


def note(
    state: DeskState, now: datetime, _us: int, ticket: str, status: str, done: str, then: str, agent: str | None
) -> Events:
    """Somebody notes how it stands."""
    return (ev.Noted(now, find_for(state, ticket, "note").id, status, done, then, agent),)


def confirm(state: DeskState, now: datetime, _us: int, ticket: str, said: Statement) -> Events:
    """Somebody confirms a step of its procedure."""
    return (_closing.confirm(state.policy, find_for(state, ticket, "confirm"), now, said)[0],)


def resolve(state: DeskState, now: datetime, _us: int, ticket: str, agent: str | None, note: str | None) -> Events:
    """It is done, with all that its procedure asks for."""
    case = find_for(state, ticket, "resolve", agent)
    if state.policy.procedures:
        check_closable(state.policy, case)
    return (ev.Resolved(now, case.id, agent or case.agent, note),)


def withdraw(state: DeskState, now: datetime, _us: int, ticket: str) -> Events:
    """The client does not need it any more."""
    return (ev.Withdrawn(now, find_for(state, ticket, "withdraw").id),)


def reopen(state: DeskState, now: datetime, us: int, ticket: str) -> Events:
    """A closed one waits again."""
    case = find_for(state, ticket, "reopen")
    return (ev.Reopened(now, case.id, lane_after(state, case.reopened(us), us)),)
