"""Where a ticket stands: in the records and indexes, in its state, in line, in the calendar. Only `_apply` calls this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from supportq._index import TicketIndex
from supportq._instants import FOREVER
from supportq._lifecycle import Case
from supportq._state import DeskState, Unfit
from supportq.ranking import Placement
from supportq.tickets import Basis, State

CROWD: Final = 20
"""From so many tickets on it is cheaper to move them at once than one by one."""

_WAITING, _TAKEN, _, _PARKED, _CLOSED = State
"""Names of their own: asking the enumeration for a member takes ten times as long, and every command asks several times."""


def list_taken(state: DeskState) -> None:
    """Know anew who has taken what."""
    state.taken_by = TicketIndex()
    for ticket_id in state.aside if state.has_long_work else ():
        case = state.cases[ticket_id]
        if case.state is _TAKEN and case.agent is not None:
            state.taken_by.add(case.agent, ticket_id)


def set_aside(state: DeskState, case: Case, until: int) -> None:
    """Put a ticket aside until an instant."""
    if case.state is _WAITING:
        state.calibration.put_aside(case.id, state.us)
    leave(state, case)
    case.agent = case.agent or case.returned_to
    case.state, case.taken, case.returned_to, case.asked = _PARKED, None, None, False
    case.parked, case.lapse = until, None
    enter(state, case)


def put_back(state: DeskState, case: Case, lane: str) -> None:
    """A ticket waits again; whom it is addressed to may have gone off duty meanwhile."""
    if state.has_teams and state.roster.has_left(case):
        case.left = state.roster.addressee(case)
    put(state, case, lane, state.us)


def close(state: DeskState, case: Case, at: int, *, withdrawn: bool) -> None:
    leave(state, case)
    case.state, case.closed, case.withdrawn = _CLOSED, at, withdrawn
    case.agent = case.taken = case.parked = case.returned_to = case.lapse = None
    case.asked = False
    enter(state, case)


def hold(state: DeskState, case: Case) -> None:
    """Put a new ticket into the records and indexes."""
    if not case.number:
        state.numbered += 1
        case.number = state.numbered
    state.cases[case.id] = case
    for request in case.requests[1:]:
        if request.id != case.id:
            state.request_of[request.id] = case.id
    index(state, case, range(len(case.requests)))
    enter(state, case)


def index(state: DeskState, case: Case, positions: Sequence[int]) -> None:
    state.matters.add(case, positions, state.cases)
    for position in positions:
        if case.joints[position][1] is Basis.FILED:
            continue
        request = case.requests[position]
        if request.reply_by is not None:
            state.clocks.given = True
        if request.in_reply_to is not None:
            state.by_reply.add(request.in_reply_to, case.id)
        for booking in request.bookings:
            if booking.service is not None:
                state.by_service.add(booking.service, case.id)


def unindex(state: DeskState, case: Case) -> None:
    state.matters.remove(case)
    for request in case.requests:
        if request.in_reply_to is not None:
            state.by_reply.discard(request.in_reply_to, case.id)
    for booking in case.claims:
        if booking.service is not None:
            state.by_service.discard(booking.service, case.id)


def emptied(state: DeskState, queue: int) -> None:
    """Forget a queue that is open to anyone once nobody stands in it: every take looks at all of those."""
    if not state.waiting_of((queue,)):
        state.roster.empties(queue)


def quit_queue(state: DeskState, case: Case) -> None:
    """A ticket leaves the line of its team."""
    state.roster.quits(case)
    state.crew_of(case).measures.standing += state.us


def enter(state: DeskState, case: Case, *, clocks: bool = True) -> None:
    """Count the ticket in its state, and set the timer of that state, and its clocks unless they ran on."""
    is_in = case.state
    if state.roster.agents:
        state.roster.enters(case)
    if case.pauses and not case.asked:
        case.resume(state.us)
    if is_in is not _WAITING:
        case.parked_before = None
    if clocks and state.clocks.given:
        state.wind(case)
    if is_in is _CLOSED:
        set_timer(state, case, max(state.ends(case), state.us))
        return
    if case.unanswered:
        state.unanswered += 1
    if is_in is _TAKEN:
        state.taken += 1
        state.aside[case.id] = None
        if state.has_long_work and case.agent is not None:
            state.taken_by.add(case.agent, case.id)
        if state.returns is not None:
            set_timer(state, case, max(state.ends(case), state.us))
    elif is_in is _PARKED:
        state.parked += 1
        state.aside[case.id] = None
        set_timer(state, case, max(state.ends(case), state.us))


def leave(state: DeskState, case: Case, *, clocks: bool = True) -> None:
    """Take the ticket out of its state: the counts, the line, the timer, and its clocks unless they run on unchanged."""
    if case.due < FOREVER:  # most have none, and asking here spares a call
        state.timers.clear(case)
    was_in = case.state
    if clocks and case.alarm is not None:
        state.alarms.clear(case.alarm)
    if state.roster.agents:
        state.roster.leaves(case)
    if case.unanswered and was_in is not _CLOSED:
        state.unanswered -= 1
    if was_in is _WAITING:
        state.backlog.remove(case)
        if state.has_teams:
            quit_queue(state, case)
            emptied(state, case.queue)
            state.roster.routed.pop(case, None)
        state.measures.standing += state.us
        if case.returned_to is not None:
            state.returned.discard(case.id)
    elif was_in is _TAKEN:
        state.taken -= 1
        del state.aside[case.id]
        if state.has_long_work and case.agent is not None:
            state.taken_by.discard(case.agent, case.id)
    elif was_in is _PARKED:
        state.parked -= 1
        del state.aside[case.id]
        case.parked = None


def put(state: DeskState, case: Case, lane: str, at: int) -> None:
    """Put a waiting ticket in its place in line, and note when that next changes."""
    stand(state, case, agreed_place(state, case, lane, at))


def put_all(state: DeskState, moved: Sequence[tuple[Case, str]]) -> None:
    """Put several tickets in their places; a crowd at once."""
    if len(moved) < CROWD:
        for case, lane in moved:
            stand(state, case, agreed_place(state, case, lane, state.us))
        return
    stand_all(state, [(case, until_routed(state, case, agreed_place(state, case, lane, state.us))) for case, lane in moved])


def until_routed(state: DeskState, case: Case, place: Placement) -> Placement:
    """The same place, until the ticket goes to another place or queue."""
    lane, order, until = place
    return lane, order, min(until, state.roster.stands(case, state.us))


def stand_all(state: DeskState, placed: Iterable[tuple[Case, Placement]]) -> None:
    """Put tickets that have been counted in line in their places at once, until they go to another place or queue."""
    places = []
    for case, (lane, order, until) in placed:
        places.append((case, lane, order, case.queue))
        state.timers.set(case, until)
    state.backlog.load(places)
    for case, *_ in places:
        state.roster.joins(case)
        if case.returned_to is not None:
            state.returned.put(case, case.returned_to, case.queue)
    state.next_due()


def agreed_place(state: DeskState, case: Case, lane: str, at: int) -> Placement:
    """The place of a ticket, which must be in the lane that the event names."""
    decided = state.moving.pop(case, None) if state.moving else None
    place = decided[1] if decided is not None and decided[0] == at else state.ranking.place(case, at)
    if state.lane_names[place[0]] != lane:
        raise Unfit(f"it puts ticket {case.id!r} into lane {lane!r}, the policy into {state.lane_names[place[0]]!r}")
    return place


def stand(state: DeskState, case: Case, place: Placement) -> None:
    lane, order, until = place
    if case.key is None:
        state.measures.standing -= state.us
        if state.has_teams:
            state.crew_of(case).measures.standing -= state.us
    state.backlog.add(case, lane, order, case.queue)
    if case.returned_to is not None:
        state.returned.put(case, case.returned_to, case.queue)
    if state.has_teams:
        state.roster.joins(case)
        until = min(until, state.roster.stands(case, state.us))
    if until != case.due:
        set_timer(state, case, until)


def set_timer(state: DeskState, case: Case, due: int) -> None:
    state.timers.set(case, due)
    if due < state.due:
        state.due = due
