"""Whom to turn to for the soonest answer, and by which door (rule H4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from supportq._instants import FOREVER, shown
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.estimates import Estimate
from supportq.teams import Door
from supportq.tickets import Queue, Reason, Request
from supportq.when import Condition, fits

_LOOKS: Final = 16
"""So many changes of a ticket are looked at for the one that takes it to another queue; the others only set its timer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What would become of a request if it came now, through one door or as it is (rule H4).

    `door` is the name of the door, `None` where the policy has none or the request belongs to a known ticket; `channel` is
    where the request would come in. `team` is whose it would be (`None` at a desk without teams) and `lane` where it would
    wait, `routed_by` and `condition` are the conditions that say so (`None`: the last, which takes everyone). `opens_at` is
    when somebody is planned to be at work, `None` where somebody is now, or no plan says. `estimate` is that of a ticket that
    enters there now.

    Codes of reasons: `KNOWN` (it would join that ticket, whose team, lane and estimate these are, as it stands), `ADDRESSED`
    (the door leads to that agent), `NEXT_QUEUE` (when time will hand the ticket elsewhere, and whereto: the estimate is of
    those who have it now).
    """

    door: str | None
    channel: str
    team: str | None
    lane: str | None
    opens_at: datetime | None
    estimate: Estimate
    reasons: tuple[Reason, ...] = ()
    routed_by: Condition | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a ticket before it is put into words."""

    door: Door | None
    channel: str
    opens_at: datetime | None
    estimate: Estimate
    reasons: tuple[Reason, ...] = ()


def ways(state: DeskState, request: Request, case: Case, us: int) -> Iterator[tuple[Door | None, Request]]:
    """The doors through which a request may come in at an instant, and what it would be; `case` is the ticket it would open.

    As it is, where the policy has no doors.
    """
    if not state.policy.doors:
        yield None, request
    person = case.curator or case.manager
    for door in state.policy.doors:
        if door.addressed and person is None:
            continue
        if door.when is None or fits(door.when, case, us)[0]:
            yield door, door.through(request, person)


def advice(state: DeskState, case: Case, lane: int | None, us: int, found: Found) -> Advice:
    """What is said of a ticket that stands, or would stand, in a lane; `None` for one that does not wait."""
    rules = None if lane is None else state.policy.lanes[lane]
    team = state.policy.teams[state.roster.team_of[case.queue]] if state.has_teams else None
    reasons = [*found.reasons]
    if found.door is not None and found.door.addressed:
        reasons.append(Reason("ADDRESSED", "addressed_to", case.addressed_to or ""))
    if rules is not None and (change := _next_queue(state, case, us)) is not None:
        reasons.append(change)
    return Advice(
        door=None if found.door is None else found.door.name,
        channel=found.channel,
        team=None if team is None else team.name,
        lane=None if rules is None else rules.name,
        opens_at=found.opens_at,
        estimate=found.estimate,
        reasons=tuple(reasons),
        routed_by=None if team is None else team.when,
        condition=None if rules is None else rules.when,
    )


def soonest_first(found: Iterable[Advice]) -> tuple[Advice, ...]:
    """In the order of the answers to be expected, those without an estimate last; equal ones in the order of the policy."""
    return tuple(sorted(found, key=_expected))


def _expected(one: Advice) -> tuple[timedelta, timedelta]:
    p50, p90 = one.estimate.p50, one.estimate.p90
    return timedelta.max if p50 is None else p50, timedelta.max if p90 is None else p90


def _next_queue(state: DeskState, case: Case, us: int) -> Reason | None:
    """When time takes a ticket to another queue, and what is another then; `None` if it does not, as far as is looked."""
    routing, at = state.roster.routing, us
    if routing is None:
        return None
    for _ in range(_LOOKS):
        queue, stands = state.roster.route(case, at)
        if queue != case.queue:
            return _handed(routing.queues[case.queue], routing.queues[queue], at)
        if stands >= FOREVER:
            return None
        at = stands
    return None


def _handed(source: Queue, target: Queue, at: int) -> Reason:
    """Another team, else another skill, else open to others."""
    if source.team != target.team:
        return Reason("NEXT_QUEUE", "team", shown(at), target.team)
    if source.skill != target.skill:
        return Reason("NEXT_QUEUE", "skill", shown(at), target.skill or "")
    return Reason("NEXT_QUEUE", "open_to", shown(at), target.open_to)
