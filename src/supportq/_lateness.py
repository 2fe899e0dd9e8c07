"""What is said of the clocks of a desk: what runs, what is missed, and why (rule C1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from supportq import events as ev
from supportq._instants import FOREVER, instant
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.clocks import Clock, RunningClock
from supportq.events import Event
from supportq.tickets import State

_CAUSES: Final = {
    State.WAITING: "WAITING",
    State.TAKEN: "TAKEN",
    State.ANSWERED: "ANSWERED",
    State.PARKED: "PARKED",
}


def clocks_of(state: DeskState, case: Case) -> tuple[Clock, ...]:
    """The clocks of a ticket as values."""
    return tuple(
        Clock(
            ticket_id=case.id,
            kind=clock.kind,
            target=clock.name,
            started_at=instant(clock.started_at),
            due_at=None if clock.due_at >= FOREVER else instant(clock.due_at),
            paused=clock.paused,
            breached=clock.kind in case.breached,
        )
        for clock in state.clocks.of(case)
    )


def said_late(state: DeskState, cases: Iterable[Case], at: int) -> tuple[Event, ...]:
    """What falls due of the clocks of some tickets at an instant: warnings first, then what is missed."""
    warnings: list[Event] = []
    breaches: list[Event] = []
    for case in cases:
        agent, team = case.agent or case.returned_to, state.roster.queue(case)
        whose = agent, None if team is None else team.team
        for clock, missed in state.late(case, at):
            facts = instant(at), case.id, clock.kind, clock.name, instant(clock.due_at)
            if missed:
                breaches.append(ev.Breached(*facts, _cause(state, case, clock, at), *whose))
            else:
                warn_at = instant(clock.warn_at) if clock.warn_at < at else None
                warnings.append(ev.Warned(*facts, *whose, warn_at))
    return (*warnings, *breaches)


def _cause(state: DeskState, case: Case, clock: RunningClock, at: int) -> str:
    if clock.due_at >= at:
        return _CAUSES[case.state]
    return "POLICY" if state.adopted_at == instant(at) else "KNOWN_LATE"
