"""What is unanswered and whose it is: what one shift leaves to the next (rule C3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from supportq._instants import instant
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.tickets import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A ticket with an unanswered request, and whose it is.

    `asked` is whether it waits for the client to answer something: then it is not counted as left (rule C3). `since` is when
    the oldest unanswered request counts from. `agent` has taken or parked it, or it waits for them after a park; `addressee`
    is whom it is addressed to, `None` once they have gone off duty without answering it. `missed_call` is whether a call that
    nobody took is among what is unanswered.
    """

    ticket_id: str
    client_id: str
    state: State
    asked: bool
    since: datetime
    kind: str
    missed_call: bool
    team: str | None
    agent: str | None
    addressee: str | None


def handover(state: DeskState, agent: str | None, team: str | None) -> tuple[Unanswered, ...]:
    """All that is unanswered, of one agent or team or of all, the oldest first; O(backlog)."""
    found = []
    for case in _owed(state):
        told = _unanswered(state, case)
        if agent in (None, told.agent, told.addressee) and team in (None, told.team):
            found.append(told)
    return tuple(sorted(found, key=lambda told: (told.since, told.ticket_id)))


def _owed(state: DeskState) -> Iterator[Case]:
    """The tickets with an unanswered request that are not closed."""
    cases = (state.cases[ticket_id] for ticket_id in chain(state.backlog, state.aside))
    return (case for case in cases if case.unanswered)


def _unanswered(state: DeskState, case: Case) -> Unanswered:
    queue, addressee = state.roster.queue(case), state.roster.addressee(case)
    return Unanswered(
        ticket_id=case.id,
        client_id=case.client_id,
        state=case.state,
        asked=case.asked,
        since=instant(min(case.counts_from[position] for position in case.unanswered)),
        kind=case.kind,
        missed_call=case.owes_call,
        team=None if queue is None else queue.team,
        agent=case.agent or case.returned_to,
        addressee=None if addressee == case.left else addressee,
    )
