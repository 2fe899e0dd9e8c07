"""What becomes of a request that comes in (rules D2, L1). Decisions only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from supportq import events as ev
from supportq._cases import lane_after
from supportq._closing import goes_by_client
from supportq._instants import instant, micros
from supportq._lifecycle import Case
from supportq._state import DeskState
from supportq._worse_off import weighed
from supportq.duplicates import Asked, Decision, decide
from supportq.errors import NotReceivedYet, RequestExists
from supportq.events import Event, Events
from supportq.identity import Plan
from supportq.policy import zone_name
from supportq.ranking import next_departure
from supportq.tickets import Basis, Reason, Request, State, Verdict, same_content


def submit(state: DeskState, now: datetime, us: int, request: Request) -> Events:
    """A request comes in: it is known already, needs no answer, joins a ticket, or opens one (rules D2, L1)."""
    received = _check_received(request, now, us)
    case = state.case_of(request.id)
    if case is not None:
        return _known_already(state, now, us, request, received, case)
    if (state.policy.filings or state.filed.by_id) and (filed := _filed(state, now, us, request, received)):
        return filed
    plan = state.planned(request, received)
    decision = _weighed(state, request, received, plan, us)
    if decision.ticket_id is not None:
        happened: Event = _join(state, request, received, decision, now, us)
    else:
        happened = _admit(state, now, us, request, received, plan, decision)
    if not state.policy.silences:
        return (happened,)
    return (happened, *_no_silence(state, now, us, request, received, decision))


def check_batch(state: DeskState, now: datetime, us: int, batch: Sequence[Request]) -> None:
    """Refuse a backlog of which some request could not come in, before any of it does."""
    first: dict[str, list[Request]] = {}
    for request in batch:
        _check_received(request, now, us)
        case = state.case_of(request.id)
        known = first.setdefault(request.id, _known_under(state, request.id, case, now))
        if known:
            fixed = _may_be_filed(state, known[0], case, now, us)
            _check_id(state, request, known, request.id if case is None else case.id, us, fixed=fixed)
        known.append(request)


def _no_silence(state: DeskState, now: datetime, us: int, request: Request, received: int, decision: Decision) -> Events:
    """What it comes to that a request breaks a silence, also where it joins a ticket that it leaves parked (rule L1)."""
    joined = None if decision.ticket_id is None else _joined(state, request, received, decision)
    broken = state.broken_by(request, received, joined)
    return tuple(ev.ClientAnswered(now, case.id, lane_after(state, case, us)) for case in broken)


def _decision(state: DeskState, request: Request, received: int, plan: Plan, us: int) -> Decision:
    """What a request is (rule D2)."""
    asked = Asked(
        request, received, plan, us, state.policy.duplicates, state.case_of, lambda case, at: _urgency(state, case, at)
    )
    return decide(asked, state.matters, state.cases)


def _weighed(state: DeskState, request: Request, received: int, plan: Plan, us: int) -> Decision:
    """What a request is, and whether it loses nothing by that (rules D2, D3)."""
    decision = _decision(state, request, received, plan, us)
    return decision if decision.ticket_id is None else weighed(state, decision, request, received, plan, us)


def _filed(state: DeskState, now: datetime, us: int, request: Request, received: int) -> Events:
    """What becomes of a request that needs no answer (rule L1); nothing for one that does."""
    known = state.filed.find(request.id, now)
    if known is not None:
        _check_id(state, request, [known], None, us, fixed=True)
        return (ev.FiledAgain(now, request.id),)
    filing = state.filing_of(request, received)
    if filing is None:
        return ()
    plan = state.planned(request, received)
    if filing.new_only and _weighed(state, request, received, plan, us).ticket_id is not None:
        return ()
    confirmed = state.confirmed_by(filing, request, now)
    ticket = None if confirmed is None else confirmed.ticket_id
    happened: Event = ev.Filed(now, request, filing.name, filing.directs_to, ticket or state.named_by(filing, request))
    if filing.joins:
        decision = _decision(state, request, received, plan, us)
        if decision.ticket_id is not None:
            # What needs no answer reopens nothing.
            verdict = Verdict.FOLLOW_UP if decision.verdict is Verdict.REOPENS else decision.verdict
            decision = replace(decision, verdict=verdict, basis=Basis.FILED)
            happened = _join(state, request, received, decision, now, us)
    return (happened,) if confirmed is None else (happened, confirmed)


def _known_under(state: DeskState, request_id: str, case: Case | None, now: datetime) -> list[Request]:
    """The requests that came under an id: the first, and its edits."""
    if case is not None:
        return _edits(case, request_id)
    filed = state.filed.find(request_id, now)
    return [] if filed is None else [filed]


def _urgency(state: DeskState, case: Case, at: int) -> tuple[int, ...]:
    """Orders tickets at an instant: by lane, then by the departure that is next, then by arrival."""
    lane = state.ranking.place(case, at)[0]
    return lane, next_departure(case.bookings, at), case.arrival, case.number


def _admit(
    state: DeskState, now: datetime, us: int, request: Request, received: int, plan: Plan, decision: Decision
) -> ev.Admitted:
    """The request opens a ticket."""
    reasons = decision.reasons
    case, place = state.opened(request, received, plan, us)
    if request.zone is not None and state.policy.zone_named(request.zone) is None:
        reasons = (*reasons, Reason("UNKNOWN_ZONE", "zone", zone_name(case.zone), request.zone))
    if request.id in state.archived:
        reasons = (*reasons, Reason("ARCHIVED", "id", request.id))
    if request.in_reply_to in state.archived:
        reasons = (*reasons, Reason("ARCHIVED", "in_reply_to", request.in_reply_to or ""))
    return ev.Admitted(
        now,
        request.id,
        request,
        plan.client_id,
        state.lane_names[place[0]],
        reasons,
        decision.suspects,
        decision.suspect_count,
        state.roster.queue(case) if state.has_teams else None,
        instant(case.arrival + case.delay) if case.delay else None,
    )


def _check_received(request: Request, now: datetime, us: int) -> int:
    """When the request came, in microseconds."""
    if request.received_at is None:
        return us
    received = micros(request.received_at)
    if received > us:
        raise NotReceivedYet(request.id, request.received_at, now)
    return received


def _may_be_filed(state: DeskState, known: Request, case: Case | None, now: datetime, us: int) -> bool:
    """Whether a known message was filed, or one of a batch may be when its turn comes.

    Those before it in the batch may show that its sender is a client of whom the host has said something.
    """
    if case is not None:
        return _was_filed(case, known.id)
    if state.filed.find(known.id, now) is not None:
        return True
    if state.known.filed and any(goes_by_client(filing.when) for filing in state.policy.filings):
        return True
    received = us if known.received_at is None else micros(known.received_at)
    return state.filing_of(known, received) is not None


def _check_id(
    state: DeskState, request: Request, known: Sequence[Request], ticket_id: str | None, us: int, *, fixed: bool
) -> None:
    """Refuse an id that somebody else used: an edit comes from the same client on the same channel (rule D2).

    What was filed is `fixed`: it is not edited, whatever the policy says of such a message by now.
    """
    for one in known:
        if same_content(one, request):
            continue
        if fixed:
            raise RequestExists(request.id, None)
        if one.channel != request.channel or not _same_sender(state, one, request, us):
            raise RequestExists(request.id, ticket_id)


def _same_sender(state: DeskState, known: Request, request: Request, us: int) -> bool:
    if (known.client, known.claims) == (request.client, request.claims):
        return True
    received = us if request.received_at is None else micros(request.received_at)
    plan = state.clients.plan(request, received)
    before = state.clients.find(known)
    assert plan.sender is not None
    if not plan.sender.keys:
        return False
    return before is not None and plan.client_after(before) is plan.client_after(plan.sender)


def _known_already(state: DeskState, now: datetime, us: int, request: Request, received: int, case: Case) -> Events:
    """A request under a known id: the same again, or an edit (rule D2)."""
    for one in case.requests:
        if one.id == request.id and same_content(one, request):
            return (ev.Replayed(now, case.id, request.id),)
    _check_id(state, request, _edits(case, request.id), case.id, us, fixed=_was_filed(case, request.id))
    thanks = request.kind in state.policy.duplicates.acknowledgements
    verdict = Verdict.REOPENS if case.state is State.CLOSED and not thanks else Verdict.FOLLOW_UP
    reasons = (Reason("EDITED", "id", request.id),)
    decision = Decision(verdict, case.id, reasons, onto=request.id, basis=Basis.EDIT)
    joined = _join(state, request, received, decision, now, us)
    return (joined, *_no_silence(state, now, us, request, received, decision)) if state.policy.silences else (joined,)


def _join(state: DeskState, request: Request, received: int, decision: Decision, now: datetime, us: int) -> ev.Joined:
    """The request joins the ticket that the decision names."""
    assert decision.onto is not None
    joined = _joined(state, request, received, decision)
    return ev.Joined(
        now,
        joined.id,
        request,
        decision.verdict,
        state.lane_of(joined, us),
        state.planned(request, received).client_id,
        decision.onto,
        decision.basis,
        decision.reasons,
        decision.suspects,
        decision.suspect_count,
    )


def _joined(state: DeskState, request: Request, received: int, decision: Decision) -> Case:
    """The record of the ticket that the decision names as it will be."""
    assert decision.ticket_id is not None
    assert decision.onto is not None
    case = state.cases[decision.ticket_id]
    return state.joined(case, request, received, decision.onto, decision.basis, decision.verdict)


def _edits(case: Case, request_id: str) -> list[Request]:
    """The requests of a ticket that came under one id: the first of them, and its edits."""
    return [known for known in case.requests if known.id == request_id]


def _was_filed(case: Case, request_id: str) -> bool:
    """Whether a request of a ticket needed no answer, and was filed with it."""
    told = zip(case.requests, case.joints, strict=True)
    return any(known.id == request_id and basis is Basis.FILED for known, (_, basis) in told)
