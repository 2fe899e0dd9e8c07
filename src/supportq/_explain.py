"""Why a ticket is where it is, and what would move it (rules R5, R6)."""

from __future__ import annotations

from datetime import datetime

from supportq._closing import progress
from supportq._instants import FOREVER, duration, instant, shown
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.policy import Order
from supportq.ranking import Bound, Explanation, Neighbour
from supportq.tickets import Queue
from supportq.when import Condition, fits


def explain(state: DeskState, ticket_id: str, now: datetime, us: int) -> Explanation:
    """The explanation of a ticket at the desk; O(log n), and O(tickets that came back to wait)."""
    case = state.cases[ticket_id]
    hint = next((hint.text for hint in state.policy.hints if fits(hint.when, case, us)[0]), None)
    closing = progress(state.policy, case, us)
    if case.key is None:
        return Explanation(
            ticket_id=ticket_id,
            state=case.state.value,
            as_of=now,
            transferred=state.roster.handed_over(case),
            hint=hint,
            missing_steps=closing.missing,
            next_step_at=closing.next_at,
        )
    lane = state.backlog.lane_of(case)
    rules = state.policy.lanes[lane]
    order, _ = state.ranking.order(case, lane, us)
    queues = state.roster.team(case)
    above, below = state.backlog.neighbours(case, queues)
    change = case.due
    return Explanation(
        ticket_id=ticket_id,
        state=case.state.value,
        as_of=now,
        lane=rules.name,
        condition=rules.when,
        position=sum(state.backlog.ahead_by_lane(case, queues)) + 1,
        order=rules.order.value,
        arrived_at=instant(case.arrival),
        order_term=None if order >= FOREVER else instant(order),
        head_start=duration(state.ranking.head_start(case, lane)),
        fair_share=duration(state.ranking.fair_share(case, lane)),
        above=_neighbour(state, case, above, us),
        below=_neighbour(state, case, below, us),
        next_change=None if change >= FOREVER else instant(change),
        next_lane=_next_lane(state, case),
        bound=_bound(state, case, lane),
        takes_by_share=_next_by_share(state, case),
        returned_to=case.returned_to,
        queue=state.roster.queue(case),
        routed_by=_routed_by(state, case),
        next_queue=_next_queue(state, case),
        transferred=state.roster.handed_over(case),
        hint=hint,
        missing_steps=closing.missing,
        next_step_at=closing.next_at,
    )


def _routed_by(state: DeskState, case: Case) -> Condition | None:
    """The condition that chose the team of a ticket; `None` for the last team, and where people did."""
    if not state.has_teams or state.roster.handed_over(case) is not None:
        return None
    return state.policy.teams[state.roster.team_of[case.queue]].when


def _next_lane(state: DeskState, case: Case) -> str | None:
    """The lane of the ticket after its next change by time; `None` if there is none, or it only changes the queue."""
    if case.due >= FOREVER or (state.has_teams and state.ranking.place(case, case.due)[0] == state.backlog.lane_of(case)):
        return None
    return state.lane_names[state.ranking.place(case, case.due)[0]]


def _next_queue(state: DeskState, case: Case) -> Queue | None:
    """The queue into which time takes a ticket at its next change, if it is another than its own."""
    routing = state.roster.routing
    if routing is None or case.due >= FOREVER:
        return None
    queue = state.roster.elsewhere(case, case.due)
    return None if queue is None else routing.queues[queue]


def _neighbour(state: DeskState, case: Case, other_id: str | None, us: int) -> Neighbour | None:
    """The neighbour, and the first term in which the two differ (rule R1)."""
    if other_id is None:
        return None
    other = state.cases[other_id]
    ours, theirs = state.backlog.lane_of(case), state.backlog.lane_of(other)
    if ours != theirs:
        return Neighbour(other_id, "lane", state.lane_names[ours], state.lane_names[theirs])
    terms = state.ranking.order(case, ours, us)[0], state.ranking.order(other, ours, us)[0]
    if terms[0] != terms[1]:
        order = state.policy.lanes[ours].order
        shifted = order is Order.ARRIVAL and not state.ranking.plain[ours]
        term = "effective arrival" if shifted else order.value
        return Neighbour(other_id, term, *map(_shown, terms))
    if case.arrival != other.arrival:
        return Neighbour(other_id, "arrival", _shown(case.arrival), _shown(other.arrival))
    return Neighbour(other_id, "id", case.id, other_id)


def _shown(term: int) -> str:
    return "none" if term >= FOREVER else shown(term)


def _bound(state: DeskState, case: Case, lane: int) -> Bound:
    """At most how many takes until this ticket is taken (rule R5)."""
    rules, backlog = state.policy.lanes[lane], state.backlog
    if state.has_teams and not state.roster.is_one:
        return Bound(None, "agents of other teams, with other skills or roles, or by name may be given others first")
    if rules.order is not Order.ARRIVAL:
        return Bound(None, f"lane ordered by {rules.order.value}: whoever comes later may go first")
    queues = state.roster.team(case)
    ahead = backlog.ahead_in_lane(case, queues)
    # A ticket behind that came back to wait may be taken first by the agent who had it.
    returned = [state.cases[ticket_id] for ticket_id in state.returned.places]
    ours = [other for other in returned if other.queue in queues and backlog.lane_of(other) == lane]
    behind = sum(backlog.ahead_in_lane(other, queues) > ahead for other in ours)
    takes = state.shares.bound(state.credits[state.roster.team_of[case.queue]], lane, ahead + behind)
    if takes is None:
        above = "the guaranteed shares of other lanes" if lane == 0 else "no guaranteed share: the lanes above"
        return Bound(None, f"{above} may have every take")
    shares = ", and what the guaranteed shares of other lanes may take" if state.shares.given else ""
    return Bound(takes, f"{ahead} ahead in the lane, {behind} behind that may return to their agent first{shares}")


def _next_by_share(state: DeskState, case: Case) -> str | None:
    """The lane that a guaranteed share gives the next take, where the agent works for the ticket's team alone (rule R5).

    A take weighs all teams of the agent, and an explanation is of nobody's take.
    """
    lane, by_share = state.shares.choose(
        state.credits[state.roster.team_of[case.queue]], state.backlog.busy(state.roster.team(case))
    )
    return state.lane_names[lane] if by_share else None
