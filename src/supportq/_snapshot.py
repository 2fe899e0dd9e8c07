"""The state of a desk as values, and back (rule G6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from supportq._closing import FiledRequest
from supportq._crew import CrewState
from supportq._instants import FOREVER, micros
from supportq._lifecycle import Case
from supportq._normal import PhoneNormaliser, normal_phone
from supportq._placing import agreed_place, hold, stand_all, until_routed
from supportq._roster import OnDuty
from supportq._state import DeskState
from supportq._truth import Said, Scope, Told
from supportq.fairness import Charge
from supportq.identity import SenderState
from supportq.policy import Policy
from supportq.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a desk knows, as values (rule G6): `Desk.from_snapshot` goes on from it as from the whole log.

    `adopted_at` is since when the policy is in force, `None` if the desk began with it. `tickets` stand in the order in which
    they came; waiting ones name their lane. `credits` are what lanes with a share have earned, by team. `agents` are those who
    ever signed in, by name. `crew` and `team_crews` are what estimates know of those who answer, at the whole desk and in each
    team. `senders` are who wrote, by number, and `marked_shared` the identifiers that operators said belong to many. `pending`
    are those whose lane or queue changes at `at` itself and has not done so yet: there are some only where a log was cut
    between events of one instant. `archived` are ids of requests whose tickets are no longer kept, so that a reference to one
    can be told from nonsense. `filed` are messages that were filed and are known again, `filed_by` how many there ever were, by
    rule. `charges` are how late each key of a fair share counts, in the order in which they were charged last.
    """

    policy: Policy
    adopted_at: datetime | None
    sequence: int
    at: datetime | None
    tickets: tuple[Ticket, ...]
    senders: tuple[SenderState, ...]
    marked_shared: tuple[str, ...]
    said: tuple[tuple[Scope, Said], ...]
    known: tuple[tuple[str, Told], ...]
    corrections: tuple[tuple[str, Told], ...]
    credits: tuple[Mapping[int, int], ...]
    agents: tuple[OnDuty, ...]
    counts: Mapping[str, int]
    crew: CrewState
    team_crews: tuple[CrewState, ...]
    calibration: Mapping[str, object]
    archived: tuple[str, ...]
    pending: tuple[str, ...]
    filed: tuple[FiledRequest, ...]
    filed_by: Mapping[str, int]
    charges: tuple[Charge, ...]


def snapshot(state: DeskState) -> Snapshot:
    """The state as values; O(n)."""
    return Snapshot(
        policy=state.policy,
        adopted_at=state.adopted_at,
        sequence=state.sequence,
        at=state.at,
        tickets=tuple(map(state.public, sorted(state.cases.values(), key=attrgetter("number")))),
        senders=state.clients.state(),
        marked_shared=tuple(sorted(state.clients.marked)),
        said=tuple(sorted(state.said.items(), key=lambda item: item[0])),
        known=tuple(sorted(state.known.filed.items(), key=lambda item: item[0])),
        corrections=tuple(sorted(state.corrections.items(), key=lambda item: item[0])),
        credits=tuple(dict(earned) for earned in state.credits),
        agents=state.roster.state(),
        counts=dict(state.counts),
        crew=state.crew.state(),
        team_crews=tuple(crew.state() for crew in state.team_crews),
        calibration=state.calibration.state(),
        archived=tuple(sorted(state.archived)),
        pending=tuple(sorted(case.id for case in state.cases.values() if case.key is not None and case.due <= state.us)),
        filed=state.filed.state(),
        filed_by=dict(state.filed.counts),
        charges=state.charges.state(),
    )


def restored(snapshot: Snapshot, phones: PhoneNormaliser = normal_phone) -> DeskState:
    """The state of which a snapshot was taken."""
    state = DeskState(snapshot.policy, phones)
    state.sequence, state.at, state.adopted_at = snapshot.sequence, snapshot.at, snapshot.adopted_at
    state.archived, pending = set(snapshot.archived), set(snapshot.pending)
    state.clients.restore(snapshot.senders, snapshot.marked_shared)
    state.said = dict(snapshot.said)
    state.known.restore(dict(snapshot.known), state.clients)
    state.corrections = dict(snapshot.corrections)
    state.credits = [dict(earned) for earned in snapshot.credits]
    for agent in snapshot.agents:
        state.roster.sign(agent)
    state.counts = dict(snapshot.counts)
    state.filed.restore(snapshot.filed, snapshot.filed_by)
    for crew, known in zip((state.crew, *state.team_crews), (snapshot.crew, *snapshot.team_crews), strict=True):
        crew.restore(known)
    state.calibration.restore(snapshot.calibration)
    state.charges.restore(snapshot.charges)
    state.us = -FOREVER if snapshot.at is None else micros(snapshot.at)
    placed = []
    for ticket in snapshot.tickets:
        senders = tuple(map(state.clients.sender_of, ticket.requests))
        case = Case.restored(ticket, senders, state.zone(ticket.zone))
        if ticket.queue is not None:
            case.queue = state.queue_number(ticket.queue)
        hold(state, case)
        if case.closed is None and len(case.parts()) > 1:
            # The log was cut before the event that takes it apart.
            state.loosened[case.id] = None
        if snapshot.known and state.relearnt(case) is not None:
            # The log was cut before the event that gives it the facts of its client.
            state.unsure[case.id] = None
        if ticket.lane is not None:
            # What is still to move stands where it stood just before, unless only its queue is to change.
            moves = case.id in pending and state.lane_of(case, state.us) != ticket.lane
            placed.append((case, until_routed(state, case, agreed_place(state, case, ticket.lane, state.us - moves))))
    stand_all(state, placed)
    return state
