"""When each ticket will be answered, asked of a desk (rules E1 to E3, H4): passes over its queue, kept while they will do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from supportq import events as ev
from supportq._advice import Advice, Found, advice, soonest_first, ways
from supportq._answers import Worsened
from supportq._cases import find
from supportq._instants import FOREVER, instant, length, micros
from supportq._lifecycle import Case, wrong_state
from supportq._state import DeskState
from supportq.estimates import Estimate, Forecast, Situation, forecast
from supportq.events import Event, Events
from supportq.ranking import Placement
from supportq.staffing import Staffing
from supportq.teams import Door
from supportq.tickets import Basis, Reason, Request, State

REUSE: Final = timedelta(minutes=30)
"""How long `Outlook.estimate` reuses a forecast of a long queue; its `as_of` says of when it is."""
REUSE_ABOVE: Final = 2_000
"""Queues no longer than this get a fresh forecast whenever anything has happened."""


def promise(state: DeskState, now: datetime, us: int, outlook: Outlook, ticket: str) -> Events:
    """What the client of a waiting ticket is told."""
    case = find(state, ticket)
    if case.key is None:
        raise wrong_state(case, "promise")
    told = outlook.estimate(case, us, promised=True)
    return (ev.Promised(now, case.id, told.p10, told.p50, told.p90, told.reasons),)


class Outlook:
    """Estimates for the tickets of a desk, and for requests that may come. Asking changes nothing at the desk."""

    __slots__ = ("_passes", "_state")

    def __init__(self, state: DeskState) -> None:
        self._state = state
        # The last pass that a query made, and the last that a promise did; of each team that has a plan of its own.
        self._passes: dict[tuple[bool, str | None], tuple[Forecast, int, Staffing | None, ev.AgentsCounted | None]] = {}

    def forget(self) -> None:
        """Make every pass anew: other rules hold."""
        self._passes.clear()

    def forecast(self, us: int, team: str | None) -> Forecast:
        """A fresh pass over the whole desk, or over one team; O(n)."""
        return forecast(self._situation(us, team))

    def estimate(self, case: Case, us: int, *, promised: bool = False) -> Estimate:
        """How long until the first reply to a waiting ticket."""
        return self._estimated(self._pass(case, us, promised=promised), case, us)

    def worsened(self, us: int, by: timedelta) -> tuple[Worsened, ...]:
        """Who waits and would be promised a p90 later than was promised by more than `by`, the worst first; by fresh passes."""
        now, longer = instant(us), length(by, "by")
        passes: dict[str | None, Forecast] = {}
        found = []
        for ticket_id, given, waits in self._state.calibration.standing():
            case = self._state.cases[ticket_id]
            if waits[2] is None or case.key is None:
                continue
            promised = given + waits[2]
            team = self._planned_team(case)
            if team not in passes:
                passes[team] = self.forecast(us, team)
            told = self._estimated(passes[team], case, us)
            by_now = None if told.p90 is None else now + told.p90
            if by_now is None or micros(by_now) - promised > longer:
                found.append(Worsened(case.id, case.client_id, instant(given), instant(promised), by_now, told.reasons))
        found.sort(key=lambda one: (one.now_by is not None, one.promised_by - (one.now_by or now), one.ticket_id))
        return tuple(found)

    def advise(self, request: Request, us: int, event: Event) -> tuple[Advice, ...]:
        """Through which doors a request may come, and where it is answered soonest; `event` is what submitting it would do."""
        if isinstance(event, ev.Filed | ev.FiledAgain) or (isinstance(event, ev.Joined) and event.basis is Basis.FILED):
            return ()
        if isinstance(event, ev.Joined | ev.Replayed):
            return (self._known_already(find(self._state, event.ticket_id), request, us),)
        case, _ = self._would_open(request, us)
        found = ways(self._state, request, case, us)
        received = us if request.received_at is None else micros(request.received_at)
        waits = ((door, sent) for door, sent in found if self._state.filing_of(sent, received) is None)
        told = soonest_first(self._advised(door, sent, us) for door, sent in waits)
        # What was worked out for tickets that do not come is not kept.
        self._state.roster.routed.clear()
        return told

    def _would_open(self, request: Request, us: int) -> tuple[Case, Placement]:
        """The ticket that a request would open, and its place in line."""
        received = us if request.received_at is None else micros(request.received_at)
        return self._state.opened(request, received, self._state.planned(request, received), us)

    def _advised(self, door: Door | None, request: Request, us: int) -> Advice:
        case, (lane, order, until) = self._would_open(request, us)
        made, backlog, queues = self._pass(case, us), self._state.backlog, self._queues(self._planned_team(case))
        jump = there = None
        if until < FOREVER:
            jump = until, self._state.ranking.place(case, until)[0]
            there = self._ahead_there(case, until, queues) if jump[1] > lane else None
        ahead = [*(backlog.size(above, queues) for above in range(lane)), backlog.ahead_of(case, lane, order, queues)]
        estimate = made.estimate_at(lane, ahead, jump, us, there)
        return advice(self._state, case, lane, us, Found(door, request.channel, made.opens_at(us), estimate))

    def _known_already(self, case: Case, request: Request, us: int) -> Advice:
        """What is said of a request that belongs to a known ticket."""
        reasons = (Reason("KNOWN", "ticket_id", case.id),)
        if case.key is None:
            gone = Found(None, request.channel, None, Estimate.not_waiting(instant(us)), reasons)
            return advice(self._state, case, None, us, gone)
        made = self._pass(case, us)
        found = Found(None, request.channel, made.opens_at(us), self._estimated(made, case, us), reasons)
        return advice(self._state, case, self._state.backlog.lane_of(case), us, found)

    def _pass(self, case: Case, us: int, *, promised: bool = False) -> Forecast:
        """A pass over the queue by which a ticket is estimated: the last one, while it will do."""
        # Two passes are kept, so that what a query asked changes nothing that is promised (rule E3).
        now, state, team = instant(us), self._state, self._planned_team(case)
        crew = state.crew_named(team)
        if (cached := self._passes.get((promised, team))) is not None:
            made, sequence, staffing, counted = cached
            age = now - made.as_of
            same = sequence == state.sequence and not age
            long = state.waiting_of(self._queues(team)) > REUSE_ABOVE and staffing is crew.staffing and counted is crew.counted
            if same or (long and age <= REUSE):
                return made
        made = self.forecast(us, team)
        self._passes[promised, team] = made, state.sequence, crew.staffing, crew.counted
        return made

    def _planned_team(self, case: Case) -> str | None:
        """The team of a ticket, if it has a staffing calendar of its own."""
        state = self._state
        if not state.has_teams or state.crew_of(case).staffing is None:
            return None
        return state.policy.teams[state.roster.team_of[case.queue]].name

    def _queues(self, team: str | None) -> Sequence[int]:
        """The queues of a team, or all."""
        roster = self._state.roster
        return roster.queues if team is None else roster.of_team[roster.team_index[team]]

    def _situation(self, us: int, team: str | None = None) -> Situation:
        """What the forward pass over the desk, or over one team, starts from; O(n)."""
        state, queues, lanes = self._state, self._queues(team), len(self._state.lane_names)
        crew = state.crew_named(team)
        waiting = tuple(tuple(state.backlog.lane(lane, queues)) for lane in range(lanes))
        jumps: dict[str, tuple[int, int]] = {}
        ahead_there: dict[str, int] = {}
        known = crew.measures.costs()
        costs = []
        for lane, ids in enumerate(waiting):
            cost = 0.0
            for ticket_id in ids:
                case = state.cases[ticket_id]
                if known:
                    cost += known.get(case.kind, 1.0)
                if (jump := self._next_lane(case, us)) is not None:
                    jumps[ticket_id] = jump
                    if jump[1] > lane:
                        ahead_there[ticket_id] = self._ahead_there(case, jump[0], queues)
            costs.append(cost / len(ids) if ids and known else 1.0)
        return Situation(
            at=us,
            lanes=state.lane_names,
            waiting=waiting,
            jumps=jumps,
            shares=tuple(lane.share for lane in self._state.policy.lanes),
            taken=state.taken if team is None else self._taken_by(queues),
            staffing=crew.staffing,
            counted=None if crew.counted is None else (crew.counted.agents, micros(crew.counted.at)),
            factors=self._factors(team),
            measures=crew.measures,
            ahead_there=ahead_there,
            costs=tuple(costs),
            by_arrival=state.ranking.plain,
        )

    def _taken_by(self, queues: Collection[int]) -> int:
        """How many tickets of some queues are with agents; O(tickets with agents)."""
        state = self._state
        held = (state.cases[name] for agent in state.roster.agents.values() for name in agent.has(State.TAKEN))
        return sum(case.queue in queues for case in held)

    def _factors(self, team: str | None) -> Mapping[tuple[int, int], tuple[float, float]]:
        """What was learnt of ranges, by lane and horizon: of a team that has a plan, or by the plan of the whole desk."""
        state, lanes = self._state, len(self._state.lane_names)
        first = lanes * (len(state.policy.teams) if team is None else state.roster.team_index[team])
        factors = state.calibration.factors()
        return {(lane - first, at): known for (lane, at), known in factors.items() if first <= lane < first + lanes}

    def _next_lane(self, case: Case, us: int) -> tuple[int, int] | None:
        """A waiting ticket's next lane change: when, and whereto; `None` for none that is known."""
        ranking, due = self._state.ranking, case.due
        if self._state.has_teams:
            # What its timer is set to may be a change of teams.
            due = ranking.place(case, us)[2]
        if due >= FOREVER:
            return None
        jump = case.next_lane
        if jump is None or jump[0] != due:
            jump = case.next_lane = due, ranking.place(case, due)[0]
        return jump

    def _ahead_there(self, case: Case, due: int, queues: Sequence[int]) -> int:
        """How many now stand before the place that a ticket will have after its next lane change."""
        lane, order, _ = self._state.ranking.place(case, due)
        return self._state.backlog.ahead_of(case, lane, order, queues)

    def _estimated(self, made: Forecast, case: Case, us: int) -> Estimate:
        backlog, queues = self._state.backlog, self._queues(self._planned_team(case))
        lane, jump, there = backlog.lane_of(case), self._next_lane(case, us), None
        if jump is not None and jump[1] > lane:
            there = self._ahead_there(case, jump[0], queues)
        return made.estimate_at(lane, backlog.ahead_by_lane(case, queues), jump, us, there)
