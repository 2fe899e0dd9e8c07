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
from supportq.tickets import OpenTo, Queue, Reason, Request
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
    (the door leads to that agent), `NEXT_QUEUE` (when time will next hand the ticket to another `team`, want another `skill`,
    let other `roles` work it, or none where `theirs` is empty, or let others take it, `open_to`: the estimate is of those who
    have it now).
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
        changed = None if queue == case.queue else _handed(state, case.queue, queue, at)
        if changed is not None:
            return changed
        if stands >= FOREVER:
            return None
        at = stands
    return None


def _handed(state: DeskState, before: int, after: int, at: int) -> Reason | None:
    """Another team, else another skill, else work of other roles, else open to others; `None` if that is the same for all."""
    routing = state.roster.routing
    assert routing is not None
    source, target = routing.queues[before], routing.queues[after]
    if source.team != target.team:
        return Reason("NEXT_QUEUE", "team", shown(at), target.team)
    if source.skill != target.skill:
        return Reason("NEXT_QUEUE", "skill", shown(at), target.skill or "")
    if source.roles != target.roles and (roles := _roles_of(state, target)) != _roles_of(state, source):
        return Reason("NEXT_QUEUE", "roles", shown(at), ", ".join(roles))
    return None if source.open_to is target.open_to else Reason("NEXT_QUEUE", "open_to", shown(at), target.open_to)


def _roles_of(state: DeskState, queue: Queue) -> list[str]:
    """The roles in which somebody may work the tickets of a queue: of its team, or of any where it is open to anyone."""
    signed = (
        role for role in state.policy.roles if queue.open_to is OpenTo.ANYONE or queue.team in (role.teams or (queue.team,))
    )
    return [role.name for role in signed if role.works is None or role.name in queue.roles]
