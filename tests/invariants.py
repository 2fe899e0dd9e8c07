"""What must hold of a desk at every moment; the laws and the state machine call this after every step."""

from __future__ import annotations

from collections import Counter

from supportq import Desk
from supportq._instants import FOREVER
from supportq.tickets import OpenTo, State


def check(desk: Desk) -> None:
    """Conservation (rule G3), and the invariants that the desk's own structures state."""
    state = desk._state
    state.backlog._check(state.cases.values())
    state.timers._check(state.cases.values())

    tickets = {ticket.id: ticket for ticket in desk.snapshot().tickets}
    line = desk.waiting()
    assert len(set(line)) == len(line), "a ticket waits twice"
    assert set(line) == {ticket.id for ticket in tickets.values() if ticket.state is State.WAITING}
    timed = {name for name, case in state.cases.items() if case.due < FOREVER} - set(line)
    limited = State.TAKEN if desk.policy.agents.returns_after else State.CLOSED
    waited_for = {t.id for t in tickets.values() if t.parked_until is not None or t.lapse is not None}
    assert timed == waited_for | {t.id for t in tickets.values() if t.state in (State.CLOSED, limited)}

    held = Counter(request.id for ticket in tickets.values() for request in {r.id: r for r in ticket.requests}.values())
    assert set(held.values()) <= {1}, "a request in two tickets"
    for ticket in tickets.values():
        assert ticket.id == ticket.requests[0].id
        assert len(ticket.requests) == len(ticket.received_at)
        assert set(ticket.unanswered) <= set(range(len(ticket.requests)))
        assert (ticket.lane is not None) == (ticket.state is State.WAITING)
        assert (ticket.taken_at is not None) == (ticket.state is State.TAKEN)
        assert (ticket.closed_at is not None) == (ticket.state is State.CLOSED)
        assert ticket.agent is not None or ticket.state in {State.WAITING, State.PARKED, State.CLOSED}
        assert ticket.returned_to is None or ticket.state is State.WAITING
        assert ticket.parked_before is None or ticket.state is State.WAITING
        assert ticket.asked <= (ticket.state is State.PARKED)
        assert (ticket.lapse is not None) <= ticket.asked
        assert (ticket.outcome is not None) <= (ticket.state is State.CLOSED)
        assert ticket.withdrawn <= (ticket.state is State.CLOSED)
        assert (ticket.queue is not None) == bool(desk.policy.teams)

    found_by: dict[object, set[str]] = {}
    about: dict[str, set[str]] = {}
    for case in state.cases.values():
        assert case.closed is not None or len(case.parts()) == 1 or case.id in state.loosened, "two clients in one ticket"
        for request, sender in case.goes_by():
            for party in (sender, sender.client):
                found_by.setdefault(party, set()).add(case.id)
            for booking in request.bookings:
                about.setdefault(booking.key, set()).add(case.id)
    matters = state.matters
    assert {party: set(matters.of(party)) for party in matters._tickets._held} == found_by
    assert {key: set(matters.by_booking.get(key)) for key in matters.by_booking._held} == about

    for agent in state.roster.agents.values():
        theirs = {t.id: t.state for t in tickets.values() if t.agent == agent.id and t.state in (State.TAKEN, State.ANSWERED)}
        assert agent.tickets == theirs
        assert agent.taken == len(agent.has(State.TAKEN))
        assert agent.duty.on_duty or not agent.has(State.TAKEN) or not desk.policy.teams
    named: dict[str, tuple[str, int, bytes]] = {}
    returned: dict[str, tuple[str, int, bytes]] = {}
    for case in state.cases.values():
        assert case.freed_from is None or (case.key is not None and case.id in state.roster.freed_from.get(case.freed_from))
        if case.key is not None:
            queue, addressee = state.roster.queue(case), state.roster.addressee(case)
            if queue is not None and queue.open_to is OpenTo.ADDRESSEE and addressee is not None:
                named[case.id] = addressee, case.queue, case.key
            if case.returned_to is not None:
                returned[case.id] = case.returned_to, case.queue, case.key
    state.roster.addressed._check(named)
    state.returned._check(returned)
    held_by: dict[str, set[str]] = {}
    for ticket in tickets.values() if desk.policy.agents.long_work else ():
        if ticket.state is State.TAKEN and ticket.agent is not None:
            held_by.setdefault(ticket.agent, set()).add(ticket.id)
    assert {name: set(state.taken_by.get(name)) for name in state.taken_by._held} == held_by
    assert set(state.aside) == {t.id for t in tickets.values() if t.state in (State.TAKEN, State.PARKED)}
    owed = {told.ticket_id for told in desk.handover()}
    assert owed == {t.id for t in tickets.values() if t.unanswered and t.state is not State.CLOSED}

    counter = desk.counter()
    assert counter.waiting == len(line) == sum(counter.waiting_by_lane.values())
    assert counter.received == counter.tickets + counter.repeats
    assert counter.filed == sum(counter.filed_by.values())
    assert not held.keys() & {filed.request.id for filed in desk.snapshot().filed if filed.until > (state.at or filed.until)}
    states = Counter(ticket.state for ticket in tickets.values())
    assert (counter.taken, counter.parked) == (states[State.TAKEN], states[State.PARKED])
    assert counter.backlog == sum(bool(t.unanswered) and t.state is not State.CLOSED for t in tickets.values())
