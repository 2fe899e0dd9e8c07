"""Which requests are one ticket, when somebody says so or a link is taken back (rules D1, D6)."""

from __future__ import annotations

from datetime import datetime

from supportq import events as ev
from supportq._apply import apply
from supportq._cases import find, lane_after
from supportq._facts import facts_changed
from supportq._lifecycle import Case, wrong_state
from supportq._state import DeskState
from supportq.errors import FirstOfTicket, NeedsNoAnswer, OneTicket, WrongAgent
from supportq.events import Event, Events
from supportq.tickets import Basis, Request, State


def merge(state: DeskState, now: datetime, us: int, ticket: str, other: str) -> Events:
    """Two tickets become one: the one that is taken, else the earlier."""
    one, another = find(state, ticket), find(state, other, "other ticket")
    for case in (one, another):
        if case.closed is not None:
            raise wrong_state(case, "merge")
    if one is another:
        raise OneTicket(one.id, ticket, other)
    if one.taken is not None and another.taken is not None and one.agent != another.agent:
        raise WrongAgent(another.id, str(one.agent), str(another.agent))
    survivor, absorbed = sorted((one, another), key=lambda case: (case.taken is None, case.arrival, case.id))
    lane = state.lane_of(state.merged(survivor, absorbed), us)
    return (ev.Merged(now, survivor.id, absorbed.id, lane),)


def unmerge(state: DeskState, now: datetime, us: int, request: str, other_client: bool) -> Events:
    """A request leaves its ticket, with those that joined because of it."""
    case = find(state, request, "request")
    position = next(index for index, known in enumerate(case.requests) if known.id == request)
    if position == 0:
        raise FirstOfTicket(request)
    joined_to, basis = case.joints[position]
    onto = case.requests[joined_to].id
    if basis is Basis.FILED:
        raise NeedsNoAnswer(request, onto)
    ids = tuple(dict.fromkeys(case.requests[index].id for index in case.with_those_it_brought(position)))
    happened: list[Event] = [_split(state, case, ids, "UNMERGED", now, us)]
    if other_client:
        happened.append(ev.SetApart(now, onto, request))
    # Where a silence goes on that a message would have broken had the tickets not been one, it is broken now (rule L1).
    parked = [half for half in state.split(case, ids, us) if half.state is State.PARKED]
    broken = [half for half in parked if half.lapse is not None and state.is_broken(half, half.lapse)]
    return (*happened, *(ev.ClientAnswered(now, half.id, lane_after(state, half, us)) for half in broken))


def mark_shared(_state: DeskState, now: datetime, _us: int, identifier: str) -> Events:
    """An identifier belongs to many."""
    return (ev.MarkedShared(now, identifier),)


def settled(state: DeskState, now: datetime, us: int) -> Events:
    """Take apart what only links held together that were taken back; closed tickets stay as they are.

    Then give tickets what the host knows of whoever turned out to be their client (rule R7). What happened is applied.
    """
    happened: list[Event] = []
    while state.loosened:
        # By their ids: a desk that is rebuilt, which may look at more of them, must write the same.
        for ticket_id in sorted(state.loosened):
            case = state.cases.get(ticket_id)
            event = None if case is None or case.closed is not None else _come_apart(state, case, now, us)
            if event is None:
                del state.loosened[ticket_id]
            else:
                apply(state, event, us)
                happened.append(event)
    if state.unsure and (changed := facts_changed(state, now, us)) is not None:
        apply(state, changed, us)
        happened.append(changed)
    return tuple(happened)


def _come_apart(state: DeskState, case: Case, now: datetime, us: int) -> Event | None:
    """What is next to be done about requests of other clients in a ticket: some leave it, or stay for its booking."""
    parts = case.parts()
    if len(parts) == 1:
        return None
    ours, *others = ([case.requests[position] for position in part] for part in parts)
    references = {booking.key for request in ours for booking in request.bookings}

    def stays(part: list[Request]) -> bool:
        return any(booking.key in references for request in part for booking in request.bookings)

    if stays(others[0]):
        return ev.KeptForReview(
            now, case.id, tuple(dict.fromkeys(request.id for part in filter(stays, others) for request in part))
        )
    return _split(state, case, tuple(dict.fromkeys(request.id for request in others[0])), "OTHER_CLIENT", now, us)


def _split(state: DeskState, case: Case, request_ids: tuple[str, ...], reason: str, now: datetime, us: int) -> ev.Split:
    part, rest = state.split(case, request_ids, us)
    lanes = state.lane_of(part, us), state.lane_of(rest, us)
    return ev.Split(now, case.id, part.id, request_ids, part.client_id, *lanes, reason)
