"""What changes when the host or an agent says what is true of a booking, a client or a ticket (rule R7). Decisions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime

from supportq import events as ev
from supportq._cases import find, find_for, lane_after
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq._truth import CLIENT_FACTS, latest, scope_of, told
from supportq.errors import NothingCorrected
from supportq.events import Events
from supportq.tickets import Attribute, same_attributes


def update(state: DeskState, now: datetime, us: int, said: ev.Updated) -> Events:
    """The host says what is true of a ticket's bookings, of one booking, or of one service."""
    if said.ticket is not None:
        said = replace(said, ticket=find(state, said.ticket).id)
    scope = scope_of(said.ticket, said.booking, said.service)
    bookings = state.said_after(said)
    cases = (state.cases[ticket_id] for ticket_id in sorted(state.touched(scope)))
    changed = ((case, state.with_bookings(case, bookings)) for case in cases if case.key is not None)
    return (replace(said, at=now, moves=_moves(state, changed, us)),)


def update_client(state: DeskState, now: datetime, us: int, said: ev.ClientUpdated) -> Events:
    """The host says what it knows of a client."""
    word = told({name: getattr(said, name) for name in CLIENT_FACTS}, state.sequence + 1)
    touched = sorted(state.of_client(said.client).items())
    cases = ((state.cases[ticket_id], known) for ticket_id, known in touched)
    changed = ((case, state.with_facts(case, latest(known, word))) for case, known in cases if case.key is not None)
    return (replace(said, at=now, moves=_moves(state, changed, us)),)


def facts_changed(state: DeskState, now: datetime, us: int) -> ev.FactsChanged | None:
    """What is to be said of tickets of whose client something else is known than they show."""
    cases = [state.cases[ticket_id] for ticket_id in sorted(state.unsure) if ticket_id in state.cases]
    state.unsure.clear()
    changed = [(case, other) for case in cases if (other := state.relearnt(case)) is not None]
    if not changed:
        return None
    return ev.FactsChanged(now, tuple(case.id for case, _ in changed), _moves(state, changed, us))


def correct(
    state: DeskState,
    now: datetime,
    us: int,
    ticket: str,
    kind: str | None,
    attributes: Mapping[str, Attribute] | None,
    agent: str | None,
) -> Events:
    """An agent puts right what a ticket asks or carries."""
    case = find_for(state, ticket, "correct")
    event = ev.Corrected(now, case.id, kind, attributes, None, agent)
    corrected = copy(case)
    state.put_right(corrected, state.corrections_after(case, event))
    if corrected.kind == case.kind and same_attributes(corrected.attributes, case.attributes):
        raise NothingCorrected(case.id)
    event = replace(event, lane=state.lane_of(corrected, us))
    if not state.policy.silences:
        return (event,)
    # Where it breaks its own silence, it goes by what it says from now on.
    broken = (corrected if other is case else other for other in state.broken_by_correction(case, corrected))
    return (event, *(ev.ClientAnswered(now, other.id, lane_after(state, other, us)) for other in broken))


def _moves(state: DeskState, changed: Iterable[tuple[Case, Case]], us: int) -> tuple[ev.Move, ...]:
    """Where waiting tickets go whose facts change, each given as it is and as it will be."""
    moved: dict[tuple[int, int], list[str]] = {}
    for case, other in changed:
        if case.key is None:
            continue
        source = state.backlog.lane_of(case)
        before = state.ranking.order(case, source, us)[0]
        lane, order, _ = state.ranking.place(other, us)
        if lane != source or order != before:
            moved.setdefault((source, lane), []).append(case.id)
    names = state.lane_names
    return tuple(ev.Move(names[a], names[b], tuple(ids)) for (a, b), ids in sorted(moved.items()))
