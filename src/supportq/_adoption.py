"""Other rules from an instant on: what a policy changes at a desk that goes by another one (rule G1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final

from supportq import events as ev
from supportq._instants import FOREVER
from supportq._lifecycle import Case
from supportq.policy import Policy
from supportq.ranking import Placement, Ranking
from supportq.routing import Routing
from supportq.tickets import Lapse, State

if TYPE_CHECKING:
    from supportq._state import DeskState

FIXED: Final = ("identity", "default_region")
"""Fields that stay while a desk lives: by them it knows whom every message that it has is from."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What becomes of the tickets and agents of a desk when it adopts a policy at an instant. Queues go by the new numbers.

    Asked to decide and to apply, so the last one is kept.
    """

    policy: Policy
    at: int
    sequence: int
    """How many events there were before it."""
    queues: tuple[tuple[Case, int], ...]
    """Every ticket, with its queue."""
    zones: tuple[tuple[Case, tzinfo], ...]
    """The tickets whose client's zone is read otherwise now."""
    placed: tuple[tuple[Case, Placement], ...]
    """Every ticket that waits, with its place, until it goes to another place or queue."""
    moves: tuple[ev.Move, ...]
    routes: tuple[ev.QueueMove, ...]
    teamless: tuple[str, ...]

    def event(self, now: datetime) -> ev.PolicyAdopted:
        """The event that says so."""
        return ev.PolicyAdopted(now, self.policy, self.moves, self.routes, self.teamless)


def fixed(before: Policy, after: Policy) -> str | None:
    """The first field in which a policy differs from the one before it though it may not; `None` if it may be adopted."""
    return next((name for name in FIXED if getattr(before, name) != getattr(after, name)), None)


def adoption(state: DeskState, policy: Policy, at: int) -> Adoption:
    """What adopting a policy at an instant (microseconds) does; O(tickets x lanes x bookings)."""
    ranking, routing = Ranking(policy), Routing(policy) if policy.teams else None
    kept = _kept(state.roster.routing, routing)
    zones = dict(_zones(state, policy))
    queues, placed = [], []
    for case in state.cases.values():
        facts = _in_zone(case, zones[case]) if case in zones else case
        waits = case.key is not None
        queue, stands = None if waits else kept[case.queue], FOREVER
        if queue is None:
            queue, stands = (0, FOREVER) if routing is None else routing.route(facts, at)
        queues.append((case, queue))
        if waits:
            lane, order, until = ranking.place(facts, at)
            placed.append((case, (lane, order, min(until, stands))))
    return Adoption(
        policy,
        at,
        state.sequence,
        tuple(queues),
        tuple(zones.items()),
        tuple(placed),
        _moves(state, placed, policy),
        _routes(state, queues, routing, kept),
        _teamless(state, policy),
    )


def _kept(before: Routing | None, after: Routing | None) -> list[int | None]:
    """For each queue the one of the same team, skill and openness: what does not wait stays with those who had it.

    Roles may be others: by them it is routed anew when it waits again.
    """
    if after is None:
        return [0] if before is None else [0] * len(before.queues)
    if before is None:
        return [None]
    alike = {replace(queue, roles=()): number for queue, number in reversed(after.numbers.items())}
    return [after.numbers.get(queue, alike.get(replace(queue, roles=()))) for queue in before.queues]


def _zones(state: DeskState, policy: Policy) -> Iterable[tuple[Case, tzinfo]]:
    """The tickets whose client's zone another policy reads otherwise (rule T5)."""
    before = state.policy
    if (policy.zone, policy.zones) == (before.zone, before.zones):
        return
    for case in state.cases.values():
        zone = policy.zone_or_own(state.zone_said(case))
        if zone is not case.zone:
            yield case, zone


def _in_zone(case: Case, zone: tzinfo) -> Case:
    changed = copy(case)
    changed.zone = zone
    return changed


def _moves(state: DeskState, placed: Iterable[tuple[Case, Placement]], policy: Policy) -> tuple[ev.Move, ...]:
    """The waiting tickets that are in a lane of another name."""
    sources, targets = state.lane_names, [lane.name for lane in policy.lanes]
    same = [targets.index(name) if name in targets else None for name in sources]
    lane_of = state.backlog.lane_of
    moved = _moved(((case.id, lane_of(case), place[0]) for case, place in placed), same)
    return tuple(ev.Move(sources[source], targets[target], ids) for source, target, ids in moved)


def _routes(
    state: DeskState, queues: Iterable[tuple[Case, int]], routing: Routing | None, same: Sequence[int | None]
) -> tuple[ev.QueueMove, ...]:
    """The waiting tickets that are in another queue."""
    if routing is None:
        return ()
    before, targets = state.roster.routing, routing.queues
    moved = _moved(((case.id, case.queue, queue) for case, queue in queues if case.key is not None), same)
    return tuple(
        ev.QueueMove(None if before is None else before.queues[source], targets[target], ids) for source, target, ids in moved
    )


def _moved(pairs: Iterable[tuple[str, int, int]], same: Sequence[int | None]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Tickets by where they come from and where they go, ids in order; but for those that go to the same, by its new number."""
    found: dict[tuple[int, int], list[str]] = {}
    for ticket_id, source, target in pairs:
        if same[source] != target:
            found.setdefault((source, target), []).append(ticket_id)
    for source, target in sorted(found):
        yield source, target, tuple(sorted(found[source, target]))


def _teamless(state: DeskState, policy: Policy) -> tuple[str, ...]:
    """Agents at work who have no team or role any more: none of theirs is left, or they never had to sign in."""
    if not policy.teams:
        return ()
    teams, roles = {team.name for team in policy.teams}, {role.name for role in policy.roles}
    duties = [agent.duty for agent in state.roster.agents.values() if agent.duty.on_duty]
    at_work = {duty.agent for duty in duties if teams.isdisjoint(duty.teams) or (roles and duty.role not in roles)}
    if not state.has_teams:
        at_work |= state.roster.unsigned(state.cases.values(), State.TAKEN)
    return tuple(sorted(at_work))


def lapse_under(before: Policy, after: Policy, lapse: Lapse) -> Lapse:
    """What was said of silence, with the place of its rule now: the one for the same tickets, else for the same outcome."""
    if lapse.silence is None:
        return lapse
    rule = before.silences[lapse.silence]
    # Two conditions may be equal and not the same: `True` equals 1, but they are two values of an attribute.
    same = [place for place, one in enumerate(after.silences) if repr(one.when) == repr(rule.when)]
    alike = [place for place, one in enumerate(after.silences) if one.outcome == rule.outcome]
    return replace(lapse, silence=next(iter((*same, *alike)), None))


def renumbered(before: Policy, after: Policy) -> Callable[[int], int | None]:
    """What the number of a lane becomes, of a team or of the whole desk: as `Calibration` counts lanes, team by team.

    The lanes of the whole desk stand behind those of all teams. `None` for a lane or team that is no longer there.
    """
    lanes = {lane.name: index for index, lane in enumerate(after.lanes)}
    teams: dict[str | None, int] = {team.name: index for index, team in enumerate(after.teams)}
    teams[None] = len(after.teams)
    names = [*(team.name for team in before.teams), None]

    def number(old: int) -> int | None:
        team, lane = divmod(old, len(before.lanes))
        new_team, new_lane = teams.get(names[team]), lanes.get(before.lanes[lane].name)
        return None if new_team is None or new_lane is None else new_team * len(after.lanes) + new_lane

    return number
