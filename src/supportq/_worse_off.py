"""Whether a request is worse off in the ticket that it would join than in one of its own (rules D3, D4). Decisions only."""

from __future__ import annotations

from dataclasses import replace

from supportq._closing import own_procedure
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq.duplicates import MAX_SUSPECTS, Decision
from supportq.identity import Plan
from supportq.policy import DuplicateRules
from supportq.tickets import Basis, Reason, Request, Verdict


def weighed(state: DeskState, decision: Decision, request: Request, received: int, plan: Plan, us: int) -> Decision:
    """The decision, unless the request would lose by it: then it is new, and names the ticket as a suspect.

    Joining never lowers urgency. A request that says it asks something else than the ticket, or that it is urgent now, stays
    out of it where it would by itself wait in a better lane, be another team's, or need another procedure. A missed call asks
    for a call back, whatever else: it stays out where it would by itself wait in a better lane.
    """
    if decision.ticket_id is None or decision.onto is None:
        return decision
    case, rules = state.cases[decision.ticket_id], state.policy.duplicates
    other_work = _asks_something_else(request, case, rules)
    if not other_work and not request.missed_call:
        return decision
    joined = state.joined(case, request, received, decision.onto, decision.basis, decision.verdict)
    alone = state.alone(request, received, plan)
    reason = _worse_lane(state, alone, joined, us)
    if reason is None and other_work:
        reason = _other_work(state, alone, joined, us)
    if reason is None:
        return decision
    suspects = (case.id, *(name for name in decision.suspects if name != case.id))[:MAX_SUSPECTS]
    count = decision.suspect_count + (case.id not in decision.suspects)
    return replace(
        decision,
        verdict=Verdict.NEW,
        ticket_id=None,
        onto=None,
        basis=Basis.CLIENT,
        reasons=(reason,),
        suspects=suspects,
        suspect_count=count,
    )


def _asks_something_else(request: Request, case: Case, rules: DuplicateRules) -> bool:
    """Whether a request says so: thanks, questions how far it is, and what does not say what it asks go with any ticket."""
    if request.kind in rules.acknowledgements or request.kind in rules.status_questions:
        return False
    if request.urgent and not any(known.urgent for known in case.requests):
        return True
    return request.kind not in rules.unknown_kinds and request.kind not in case.kinds


def _worse_lane(state: DeskState, alone: Case, joined: Case, us: int) -> Reason | None:
    """The lane that a request would lose, and the ticket's; `None` where that is no worse."""
    ours, theirs = (state.ranking.place(case, us)[0] for case in (alone, joined))
    return Reason("WORSE_OFF", "lane", state.lane_names[ours], state.lane_names[theirs]) if ours < theirs else None


def _other_work(state: DeskState, alone: Case, joined: Case, us: int) -> Reason | None:
    """The team or procedure that a request would lose, and the ticket's; `None` where both are the same."""
    routing = state.roster.routing
    if routing is not None:
        teams = [routing.queues[routing.route(case, us)[0]].team for case in (alone, joined)]
        if teams[0] != teams[1]:
            return Reason("WORSE_OFF", "team", *teams)
    own, other = (own_procedure(state.policy, case) for case in (alone, joined))
    if own is not None and own != other:
        return Reason("WORSE_OFF", "procedure", own.name, "" if other is None else other.name)
    return None
