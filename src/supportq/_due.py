"""What happens at a desk by itself when its instant has come (rule T3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from supportq import events as ev
from supportq._apply import apply
from supportq._cases import lane_after
from supportq._closing import closes
from supportq._duty import back, off_duty
from supportq._instants import instant
from supportq._lateness import said_late
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.events import Event, Events
from supportq.tickets import State


def advanced(state: DeskState, us: int) -> Events:
    """Do what is due by an instant, one instant after the other until nothing is. What happened is applied."""
    happened: list[Event] = []
    while (due := state.next_due()) <= us:
        for events in _falls_due(state, due):
            for event in events:
                apply(state, event, due)
            happened += events
    return tuple(happened)


def _falls_due(state: DeskState, due: int) -> Iterator[Events]:
    """What happens at one instant, in the order in which it is written; each is applied before the next is asked for."""
    by_state: dict[State, list[Case]] = {}
    for case in state.timers.pop(due):
        by_state.setdefault(case.state, []).append(case)
    leaving = state.roster.shifts.pop(due) if state.roster.agents else []
    late = [alarm.case for alarm in state.alarms.pop(due)] if state.clocks.given else []
    if waiting := by_state.get(State.WAITING):
        yield _lanes(state, due, waiting)
        yield _routes(state, due, waiting)
    if parked := by_state.get(State.PARKED):
        yield _parks(state, due, parked)
        yield _lapses(state, due, parked)
    if late:
        # Before agents go off duty at the same instant: a breach says who was on duty.
        yield said_late(state, late, due)
    if taken := by_state.get(State.TAKEN):
        yield tuple(back(state, case, due, "TIME_LIMIT") for case in taken)
    if leaving:
        yield off_duty(state, leaving, due, "SHIFT_END")
    if closed := by_state.get(State.CLOSED):
        yield _archived(state, due, closed)


def _lanes(state: DeskState, due: int, cases: Sequence[Case]) -> Events:
    at, names = instant(due), state.lane_names
    moved: dict[tuple[int, int], list[str]] = {}
    for case in cases:
        source = state.backlog.lane_of(case)
        if (target := state.moves_into(case, due)) is not None:
            moved.setdefault((source, target), []).append(case.id)
    return tuple([ev.LaneChanged(at, names[a], names[b], tuple(moved[a, b])) for a, b in sorted(moved)])


def _routes(state: DeskState, due: int, cases: Sequence[Case]) -> Events:
    routing = state.roster.routing
    if routing is None:
        return ()
    routed: dict[tuple[int, int], list[str]] = {}
    for case in cases:
        if (queue := state.roster.elsewhere(case, due)) is not None:
            routed.setdefault((case.queue, queue), []).append(case.id)
    at, queues = instant(due), routing.queues
    return tuple([ev.Routed(at, queues[a], queues[b], tuple(routed[a, b])) for a, b in sorted(routed)])


def _parks(state: DeskState, due: int, cases: Sequence[Case]) -> Events:
    at = instant(due)
    return tuple(ev.Unparked(at, case.id, lane_after(state, case, due)) for case in cases if not case.asked)


def _lapses(state: DeskState, due: int, cases: Sequence[Case]) -> Events:
    at = instant(due)
    return tuple(
        ev.Lapsed(at, case.id, case.lapse.outcome, None if closes(case) else lane_after(state, case, due))
        for case in cases
        if case.lapse is not None
    )


def _archived(state: DeskState, due: int, cases: Sequence[Case]) -> Events:
    """The keeping times of some tickets are over: one event for each instant at which they were, the earliest first."""
    by_due: dict[datetime | None, list[str]] = {}
    for case in sorted(cases, key=state.ends):
        by_due.setdefault(state.overdue(case, due), []).append(case.id)
    return tuple(ev.Archived(instant(due), tuple(ids), due_at) for due_at, ids in by_due.items())
