"""Which ticket a command is about, and whether it may do with it what it says (rule L0)."""

from __future__ import annotations

from supportq._closing import check_noted
from supportq._lifecycle import LEGAL, Case, wrong_state
from supportq._state import DeskState
from supportq.errors import UnknownTicket, WrongAgent


def find(state: DeskState, ticket: str, called: str = "ticket") -> Case:
    """A ticket by its id, or by the id of any request in it: what was joined or merged is found where it is now.

    What is no id at all, whatever it is, is of no ticket here.
    """
    case = state.case_of(ticket) if isinstance(ticket, str) else None
    if case is None:
        raise UnknownTicket(ticket, called)
    return case


def find_for(state: DeskState, ticket: str, command: str, agent: str | None = None) -> Case:
    """A ticket for which the move is legal (rule L0), not somebody else's, and with the note that the move needs (rule L1)."""
    case = find(state, ticket)
    if case.state not in LEGAL[command]:
        raise wrong_state(case, command)
    if agent is not None and case.agent is not None and agent != case.agent:
        raise WrongAgent(case.id, agent, case.agent)
    if state.policy.agents.notes:
        check_noted(state.policy, case, command)
    return case


def lane_after(state: DeskState, case: Case, at: int) -> str:
    """The lane in which a ticket that comes back waits; its facts are the same, so its record need not be changed."""
    return state.lane_names[state.ranking.place(case, at)[0]]
