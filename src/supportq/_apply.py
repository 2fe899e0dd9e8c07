"""What each event changes: the only place where the state of a desk changes (rule G1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from copy import copy
from typing import Any, Final

from supportq import events as ev
from supportq._adoption import fixed, lapse_under, renumbered
from supportq._backlog import Backlog, Calendar
from supportq._closing import (
    FiledRequest,
    Statement,
    check_closable,
    check_noted,
    closes,
    confirm,
    lapse_of,
    until_due,
)
from supportq._crew import Crew
from supportq._instants import FOREVER, instant, length, micros, moment
from supportq._lifecycle import LEGAL, Case, claimed_bookings, wrong_state
from supportq._placing import (
    close,
    emptied,
    enter,
    hold,
    index,
    leave,
    list_taken,
    put,
    put_all,
    put_back,
    quit_queue,
    set_aside,
    stand,
    stand_all,
    unindex,
)
from supportq._roster import OnDuty, check_transfer
from supportq._state import DeskState, Unfit, allowed, fit
from supportq._truth import CLIENT_FACTS, corrected, scope_of, told
from supportq.errors import InvalidValue, LogError
from supportq.estimates import SAMPLED
from supportq.events import Event
from supportq.identity import Plan, Sender
from supportq.policy import Policy
from supportq.ranking import Placement
from supportq.tickets import Basis, Note, Request, State, Transfer

_WAITING, _TAKEN, _ANSWERED, _PARKED, _ = State
"""Names of their own: asking the enumeration for a member takes ten times as long, and every command asks several times."""


def apply(state: DeskState, event: Event, at: int) -> None:
    """The event happened; `at` is its instant in microseconds.

    Raises `Unfit`, or `LookupError`, if it cannot have happened after what came before.
    """
    if state.clocks.given:
        fit(state.alarms.next() >= at, "a target was missed before it, and nothing says so")
    state.at, state.us = event.at, at
    if at >= state.calibration.due:
        state.calibration.settle(at)
    _APPLY[type(event)](state, event)
    state.sequence += 1


def follow(state: DeskState, event: object, position: int) -> None:
    """The event happened, as a log says in this position. Raises `LogError` if it cannot have, after what came before."""
    if not isinstance(event, Event):
        raise LogError(position, f"{type(event).__name__} is no event of supportq.events")
    try:
        at, us = moment(event.at, "at")
        if state.at is not None and at < state.at:
            raise LogError(position, f"{at} is before {state.at}; put the log in order")
        apply(state, event, us)
    except Unfit as error:
        raise LogError(position, str(error)) from None
    except (InvalidValue, LookupError, AssertionError, TypeError) as error:
        name = type(event).__name__
        raise LogError(position, f"{name} does not fit what came before ({error}); is an event missing?") from None


def _policy_adopted(state: DeskState, event: ev.PolicyAdopted) -> None:
    """Other rules hold from now on. Here every part says what becomes of what it holds; all else stays as it is."""
    before, policy = state.policy, event.policy
    fit(policy != before and fixed(before, policy) is None, "that policy cannot follow the one in force")
    adopted = state.adoption(policy, state.us)
    fit(adopted.event(event.at) == event, "the policy gives tickets or agents other places")
    # Answers that were kept are of the rules before.
    state.forget()
    clocks_ran = state.clocks.given
    state.govern(policy)
    state.clocks.given |= clocks_ran
    state.adopted_at = event.at
    list_taken(state)
    crews = [state.crew_of(case) if before.teams else None for case, _ in adopted.placed]
    # Agents stay at work.
    state.roster = state.roster.under(policy, state.cases.values())
    # What lanes with a share have earned is forgotten.
    state.credits = [state.shares.start for _ in state.roster.of_team]
    # Whoever wrote very often counts as later still, by the same key; what is filed is counted by the names of rules.
    state.charges = state.charges.under(policy.fair_share, state.keep)
    state.filed.adopt(policy.filings)
    if before.silences:
        for case in state.cases.values():
            case.change_lapses(lambda lapse: lapse_under(before, policy, lapse))
    # What was measured, planned and learnt goes with the names of lanes and teams.
    _adopt_crews(state, before)
    state.calibration.adopt(renumbered(before, policy))
    # Tickets are ranked and routed anew, and their timers and clocks set.
    state.alarms = Calendar()
    for case, zone in adopted.zones:
        case.zone = zone
    for case, queue in adopted.queues:
        case.queue, case.key, case.next_lane, case.alarm = queue, None, None, None
        case.freed_from = None
        state.timers.set(case, max(state.ends(case), state.us))
        if state.clocks.given:
            state.wind(case)
    state.backlog = Backlog(len(policy.lanes), len(state.roster.team_of))
    stand_all(state, adopted.placed)
    for (case, _), crew in zip(adopted.placed, crews, strict=True):
        _change_crews(state, case, crew)


def _adopt_crews(state: DeskState, before: Policy) -> None:
    """Teams that the policy has again keep what is known of those who answer, lane by lane."""
    lanes = [lane.name for lane in before.lanes]
    same = [lanes.index(name) if name in lanes else None for name in state.lane_names]
    known = {team.name: crew for team, crew in zip(before.teams, state.team_crews, strict=True)}
    for crew in (state.crew, *state.team_crews):
        crew.measures.adopt(same, state.us)
    state.team_crews = [known.get(team.name) or Crew(len(same)) for team in state.policy.teams]


def _change_crews(state: DeskState, case: Case, before: Crew | None) -> None:
    """A waiting ticket stands in line with its team by now, no longer with the one before."""
    after = state.crew_of(case) if state.has_teams else None
    if after is not before:
        if before is not None:
            before.measures.standing += state.us
        if after is not None:
            after.measures.standing -= state.us


def _staffing_planned(state: DeskState, event: ev.StaffingPlanned) -> None:
    crew = state.crew_named(event.team)
    crew.staffing, crew.counted = event.staffing, None


def _agents_counted(state: DeskState, event: ev.AgentsCounted) -> None:
    state.crew_named(event.team).count(event, state.us)


def _admitted(state: DeskState, event: ev.Admitted) -> None:
    request, at = event.request, state.us
    if event.ticket_id != request.id or state.case_of(request.id) is not None:
        raise Unfit("the ticket is there already")
    received = at if request.received_at is None else micros(request.received_at)
    if state.policy.filings or state.filed.by_id:
        fit(state.filing_of(request, received) is None, "the policy files it")
        fit(state.filed.find(request.id, event.at) is None, "it was filed")
    plan = state.planned(request, received)
    case, place = state.opened(request, received, plan, at)
    if state.lane_names[place[0]] != event.lane:
        raise Unfit(f"the policy puts it into lane {state.lane_names[place[0]]!r}")
    if state.has_teams and state.roster.queue(case) != event.queue:
        raise Unfit(f"the policy puts it into {state.roster.queue(case)}")
    if (case.delay or event.effective_arrival is not None) and case.effective_arrival != event.effective_arrival:
        raise Unfit(f"its fair share is an effective arrival of {case.effective_arrival}, not of {event.effective_arrival}")
    if state.charges.rule is not None:
        state.charges.charge(request, plan.client_id, received, at)
    case.suspects = event.suspects
    _met(state, plan, request, received, event.client_id)
    state.archived.discard(request.id)
    hold(state, case)
    stand(state, case, place)
    state.counts["received"] += 1
    state.counts[request.origin] += 1
    state.counts["tickets"] += 1
    jump = None if state.counts["tickets"] % SAMPLED else _rise(state, case, place)
    state.measures.admitted(place[0], received, at, jump)
    if state.has_teams:
        state.crew_of(case).measures.admitted(place[0], received, at, jump)


def _rise(state: DeskState, case: Case, place: Placement) -> tuple[int, int] | None:
    """The next change of lanes of a ticket in such a place, if it is out of the last lane into one above: when, and which.

    Whoever comes into a lane above is counted there, and goes before the last lane whatever becomes of it.
    """
    lane, _, due = place
    if lane < len(state.lane_names) - 1 or due >= FOREVER:
        return None
    target = state.ranking.place(case, due)[0]
    return (due, target) if target < lane else None


def _filed(state: DeskState, event: ev.Filed) -> None:
    request = event.request
    filing = state.filing_of(request, state.us if request.received_at is None else micros(request.received_at))
    fit(filing is not None and filing.name == event.filing, "the policy does not file it so")
    assert filing is not None
    fit(filing.directs_to == event.directs_to, "the policy directs its author elsewhere")
    fit(state.case_of(request.id) is None and state.filed.find(request.id, event.at) is None, "the request is known")
    confirmed = state.confirmed_by(filing, request, event.at)
    about = state.named_by(filing, request) if confirmed is None else confirmed.ticket_id
    fit(event.ticket == about, "it is about another ticket, or none")
    state.filed.add(FiledRequest(request, event.at + state.policy.keep_closed), filing.name, event.at)


def _joined(state: DeskState, event: ev.Joined) -> None:
    request, at = event.request, state.us
    received = at if request.received_at is None else micros(request.received_at)
    if event.basis is Basis.FILED:
        filing = state.filing_of(request, received)
        fit(filing is not None and filing.joins, "the policy asks for an answer to it")
    case = state.cases[event.ticket_id]
    plan = state.planned(request, received)
    if state.known.filed:
        state.known.after(plan)
    _met(state, plan, request, received, event.client_id)
    if plan.parted:
        # Some of its requests may have got other senders just now.
        state.forget()
    joined = state.joined(case, request, received, event.onto, event.basis)
    if case.closed is not None and joined.closed is None:
        state.loosened[case.id] = None
    leave(state, case)
    state.cases[case.id] = joined
    if request.id != case.id:
        state.request_of[request.id] = case.id
    state.archived.discard(request.id)
    index(state, joined, (len(joined.requests) - 1,))
    enter(state, joined)
    if joined.state is _WAITING:
        fit(event.lane is not None, "it names no lane")
        assert event.lane is not None
        if case.state is _WAITING:
            put(state, joined, event.lane, at)
        else:
            put_back(state, joined, event.lane)
    state.counts["received"] += 1
    state.counts[request.origin] += 1
    state.counts["repeats"] += 1


def _met(state: DeskState, plan: Plan, request: Request, received: int, client_id: str) -> None:
    """The message is from that client, and tells what it tells of who is who."""
    if plan.client_id != client_id:
        raise Unfit(f"the identity rules give it to {plan.client_id!r}, not to {client_id!r}")
    _carry_out(state, plan, (received, request.id))


def _carry_out(state: DeskState, plan: Plan, first: tuple[int, str] | None = None) -> None:
    moved = state.clients.carry_out(plan, first)
    if moved:
        touched = state.matters.move(moved, state.cases)
        if plan.groups:
            # Uniting clients takes nothing apart.
            state.loosened.update(touched)
    if plan.parted:
        _give(state, plan.parted)
    if state.known.filed:
        for client in state.known.carried_out(plan, moved):
            state.unsure.update(dict.fromkeys(state.matters.of(client)))


def _give(state: DeskState, parted: Iterable[tuple[str, Sender]]) -> None:
    """Requests are from other senders than they were taken for."""
    given: dict[Case, dict[str, Sender]] = {}
    for request_id, sender in parted:
        case = state.case_of(request_id)
        if case is not None:  # else it is no longer kept
            given.setdefault(case, {})[request_id] = sender
    for case, of in given.items():
        state.matters.remove(case)
        # An edit under the same id may show more of its sender than the first did.
        case.senders = tuple(
            theirs if (theirs := of.get(request.id)) is not None and known.shows == theirs.shows else known
            for request, known in zip(case.requests, case.senders, strict=True)
        )
        state.matters.add(case, range(len(case.requests)), state.cases)
        state.loosened[case.id] = None


def _set_apart(state: DeskState, event: ev.SetApart) -> None:
    one, other = (_position(state, name) for name in (event.request_id, event.other_id))
    case, position = other
    plan = state.clients.plan_apart(
        one[0].senders[one[1]], case.senders[position], case.requests[position], case.received[position]
    )
    _carry_out(state, plan)
    assert plan.sender is not None
    if case.senders[position] is not plan.sender:
        _give(state, [(event.other_id, plan.sender)])
        if state.known.filed:
            state.unsure[case.id] = None


def _position(state: DeskState, request_id: str) -> tuple[Case, int]:
    """Where a request is."""
    case = state.case_of(request_id)
    if case is None:
        raise Unfit(f"request {request_id!r} is not at the desk")
    return case, next(index for index, request in enumerate(case.requests) if request.id == request_id)


def _marked_shared(state: DeskState, event: ev.MarkedShared) -> None:
    key = state.clients.identifier(event.identifier)
    plan = state.clients.plan_shared(key)
    state.clients.mark_shared(key)
    _carry_out(state, plan)


def _merged(state: DeskState, event: ev.Merged) -> None:
    case, other = state.cases[event.ticket_id], state.cases[event.absorbed]
    merged = state.merged(case, other)
    for one in (case, other):
        leave(state, one)
        unindex(state, one)
        del state.cases[one.id]
    if case.state is _TAKEN:
        state.calibration.started(other.id, state.us)
    else:
        state.calibration.gone(other.id)
    _renew(state, merged, event.lane)
    state.counts["tickets"] -= 1
    state.counts["repeats"] += 1


def _split(state: DeskState, event: ev.Split) -> None:
    case = state.cases[event.ticket_id]
    part, rest = state.split(case, event.request_ids, state.us)
    fit(part.id == event.into, "the new ticket is named after the first of its requests")
    part.restarted = state.us
    for half in (part, rest):
        _keep_late(state, case, half)
    leave(state, case)
    unindex(state, case)
    del state.cases[case.id]
    _renew(state, rest, event.rest_lane)
    if rest.state is _PARKED:
        if case.state is _WAITING:
            state.calibration.put_aside(rest.id, state.us)
    elif rest.state is not _WAITING and rest.state is not _TAKEN:
        state.calibration.gone(rest.id)
    _renew(state, part, event.lane)
    # What held others in it may have gone.
    state.loosened.update(dict.fromkeys((rest.id, part.id)))
    state.counts["tickets"] += 1
    state.counts["repeats"] -= 1


def _keep_late(state: DeskState, whole: Case, half: Case) -> None:
    """Of what a ticket was late with a half of it keeps what its own clocks are late with by now, or were when it closed."""
    at = state.us if half.closed is None else half.closed
    running = copy(half)
    running.state = _ANSWERED
    # A clock that stands is as late as if it went on now.
    running.resume(state.us)
    clocks = state.clocks.of(running)
    missed = {clock.kind for clock in clocks if clock.due_at <= at}
    warned = {clock.kind for clock in clocks if clock.warn_at <= at}
    half.breached = tuple(kind for kind in whole.breached if kind in missed)
    half.warned = tuple(kind for kind in whole.warned if kind in warned)


def _renew(state: DeskState, case: Case, lane: str | None) -> None:
    """Hold a record that is made of others, where it belongs."""
    fit((case.state is _WAITING) == (lane is not None), "a ticket names a lane if it waits, and only then")
    for request in case.requests:
        if request.id == case.id:
            state.request_of.pop(request.id, None)
        else:
            state.request_of[request.id] = case.id
    hold(state, case)
    if lane is not None:
        put_back(state, case, lane)


def _kept_for_review(state: DeskState, event: ev.KeptForReview) -> None:
    case = state.cases[event.ticket_id]
    kept = set(event.request_ids)
    case.review = tuple(dict.fromkeys((*case.review, *event.request_ids)))
    case.joints = tuple(
        (onto, Basis.KEPT) if request.id in kept and onto >= 0 and basis is not Basis.FILED else (onto, basis)
        for request, (onto, basis) in zip(case.requests, case.joints, strict=True)
    )


def _replayed(state: DeskState, event: ev.Replayed) -> None:
    case = state.case_of(event.request_id)
    fit(case is not None and case.id == event.ticket_id, "the request is not in that ticket")
    state.counts["replays"] += 1


def _filed_again(state: DeskState, event: ev.FiledAgain) -> None:
    fit(state.filed.find(event.request_id, event.at) is not None, "the request was not filed")
    state.counts["replays"] += 1


def _lane_changed(state: DeskState, event: ev.LaneChanged) -> None:
    put_all(state, _standing_in(state, event.source, event.ticket_ids, event.target))


def _standing_in(state: DeskState, source: str, ticket_ids: Iterable[str], target: str) -> list[tuple[Case, str]]:
    """Tickets that an event moves, each with its new lane; all must stand in the one that the event takes them from."""
    moved = []
    for ticket_id in ticket_ids:
        case = state.cases[ticket_id]
        lane = None if case.key is None else state.lane_names[state.backlog.lane_of(case)]
        if lane != source:
            raise Unfit(f"ticket {ticket_id!r} waits in lane {lane!r}, not {source!r}")
        moved.append((case, target))
    return moved


def _updated(state: DeskState, event: ev.Updated) -> None:
    scope = scope_of(event.ticket, event.booking, event.service)
    state.said[scope] = state.said_after(event)[scope]
    cases = [state.cases[ticket_id] for ticket_id in state.touched(scope)]
    for case in cases:
        case.bookings = corrected(claimed_bookings(case.claims), case.ids, state.said)
    _move(state, cases, event.moves)


def _client_updated(state: DeskState, event: ev.ClientUpdated) -> None:
    word = told({name: getattr(event, name) for name in CLIENT_FACTS}, state.sequence + 1)
    touched = state.of_client(event.client)
    state.known.file(event.client, word, state.clients.proven_for(event.client))
    _learn_all(state, touched, event.moves)


def _facts_changed(state: DeskState, event: ev.FactsChanged) -> None:
    _learn_all(state, event.ticket_ids, event.moves)


def _learn_all(state: DeskState, ticket_ids: Iterable[str], moves: Iterable[ev.Move]) -> None:
    cases = [state.cases[ticket_id] for ticket_id in ticket_ids]
    for case in cases:
        state.learn(case, state.known_of(case))
        state.unsure.pop(case.id, None)
        if state.clocks.given:
            state.wind(case)
    _move(state, cases, moves)


def _move(state: DeskState, cases: Collection[Case], moves: Iterable[ev.Move]) -> None:
    """Facts of these tickets have changed: put those that wait in their places, as the event says."""
    targets = {ticket_id: move.target for move in moves for ticket_id in move.ticket_ids}
    for move in moves:
        _standing_in(state, move.source, move.ticket_ids, move.target)
    fit(targets.keys() <= {case.id for case in cases}, "it moves tickets that it is not about")
    waiting = []
    for case in cases:
        case.next_lane = None
        if case.state is _WAITING:
            waiting.append((case, targets.get(case.id) or state.lane_names[state.backlog.lane_of(case)]))
    put_all(state, waiting)


def _corrected(state: DeskState, event: ev.Corrected) -> None:
    case = _expect(state, event.ticket_id, "correct")
    fit((case.state is _WAITING) == (event.lane is not None), "a ticket names a lane if it waits, and only then")
    state.corrections[case.came_with] = state.corrections_after(case, event)[case.came_with]
    state.put_right(case, state.corrections)
    case.next_lane = None
    if state.clocks.given:
        state.wind(case)
    if event.lane is not None:
        put(state, case, event.lane, state.us)


def _noted(state: DeskState, event: ev.Noted) -> None:
    case = _expect(state, event.ticket_id, "note")
    case.note = Note(at=event.at, status=event.status, done=event.done, next=event.next, agent=event.agent)
    if case.agent is None or event.agent in (None, case.agent):
        case.noted = True


def _confirmed(state: DeskState, event: ev.Confirmed) -> None:
    case = _expect(state, event.ticket_id, "confirm")
    said = Statement(event.step, event.by, event.agent, event.back_to is None)
    expected, confirmed = allowed(confirm, state.policy, case, event.at, said)
    fit(event == expected, "the policy goes on with the ticket otherwise")
    case.confirmed = confirmed
    if event.until is not None:
        set_aside(state, case, micros(event.until))


def _taken(state: DeskState, event: ev.Taken) -> None:
    case = state.cases[event.ticket_id]
    lane = state.backlog.lane_of(case)
    if state.lane_names[lane] != event.lane:
        raise Unfit("the ticket waits in another lane")
    if state.has_teams:
        _check_taker(state, case, event)
    if state.shares.given and event.service is None:
        # Every team whose tickets the agent might have taken earns by the take.
        for team, queues in state.roster.by_team(state.roster.agents.get(event.agent)).items():
            paid = lane if team == state.roster.team_of[case.queue] else None
            state.credits[team] = state.shares.pay(state.credits[team], state.backlog.busy(queues), paid)
    leave(state, case, clocks=False)
    if state.calibration.given:
        state.calibration.started(case.id, state.us)
    case.state, case.agent, case.taken = _TAKEN, event.agent, state.us
    case.returned_to = None
    case.noted = False
    enter(state, case, clocks=False)


def _check_taker(state: DeskState, case: Case, event: ev.Taken) -> None:
    """Whoever took a ticket at a desk with teams may have: which ticket was the best for them is not asked again."""
    agent = state.roster.at_work(event.agent)
    if agent is None:
        raise Unfit(f"agent {event.agent!r} is not on duty")
    if not state.roster.may_take(agent, case):
        raise Unfit(f"agent {agent.id!r} may not take ticket {case.id!r} out of {state.roster.queue(case)}")
    fit(event.service is not None or not agent.is_full, f"agent {agent.id!r} has as many tickets as they work at once")


def _replied(state: DeskState, event: ev.Replied) -> None:
    case = _expect(state, event.ticket_id, "reply", event.agent)
    if state.policy.agents.notes and (event.service is None or event.note is None):
        # The note of a reply to all tickets about a service is each one's.
        allowed(check_noted, state.policy, case, "reply")
    at = state.us
    leave(state, case)
    assert case.taken is not None
    if event.service is None:  # else it tells nothing of how long a ticket takes
        state.measures.handled(case.kind, at - case.taken, at)
        if state.has_teams:
            state.crew_of(case).measures.handled(case.kind, at - case.taken, at)
    case.state, case.taken = _ANSWERED, None
    case.answer()
    case.replies += 1
    case.answered_by = event.agent
    if case.first_replied is None:
        case.first_replied = at
    enter(state, case)
    state.counts["answered"] += 1


def _promised(state: DeskState, event: ev.Promised) -> None:
    case = state.cases[event.ticket_id]
    fit(case.state is _WAITING, "only a ticket that waits is promised anything")
    p10, p50, p90 = (None if wait is None else length(wait, "promise") for wait in (event.p10, event.p50, event.p90))
    # Where the ticket's own lane change decides, how the lane moves has not been put to the test.
    teaches = all(reason.code != "OWN_JUMP" for reason in event.reasons)
    # Those of the whole desk's plan stand behind those of the teams.
    by_team = not state.has_teams or state.crew_of(case).staffing is not None
    team = state.roster.team_of[case.queue] if by_team else len(state.team_crews)
    lane = team * len(state.lane_names) + state.backlog.lane_of(case)
    state.calibration.promised(case.id, lane, state.us, (p10, p50, p90), teaches=teaches)


def _client_asked(state: DeskState, event: ev.ClientAsked) -> None:
    case = _expect(state, event.ticket_id, "ask_client", event.agent)
    if state.policy.agents.notes:
        allowed(check_noted, state.policy, case, "ask_client")
    fit(event.lapse == lapse_of(state.policy, case, state.us), "the policy gives silence another outcome")
    leave(state, case)
    case.state, case.taken, case.asked, case.lapse = _PARKED, None, True, event.lapse
    case.pause(state.us)
    enter(state, case)


def _parked(state: DeskState, event: ev.Parked) -> None:
    case = _expect(state, event.ticket_id, "park")
    # Where an answered ticket waits for its next step nobody parked it.
    if state.policy.agents.notes and not (case.confirmed and until_due(state.policy, case, event.at) == event.until):
        allowed(check_noted, state.policy, case, "park")
    until = micros(event.until)
    fit(until > state.us, "it parks until an instant that has passed")
    set_aside(state, case, until)


def _unparked(state: DeskState, event: ev.Unparked) -> None:
    parked = state.cases[event.ticket_id].parked
    fit(parked is not None and parked <= state.us, "no park of the ticket is due")
    _returned(state, event)


def _lapsed(state: DeskState, event: ev.Lapsed) -> None:
    case = state.cases[event.ticket_id]
    lapse = case.lapse
    fit(lapse is not None and lapse.outcome == event.outcome and micros(lapse.at) <= state.us, "no such silence is due")
    fit(closes(case) == (event.lane is None), "a ticket names a lane if it waits, and only then")
    if event.lane is not None:
        _put_again(state, event.ticket_id, event.lane)
        return
    close(state, case, state.us, withdrawn=False)
    case.outcome = event.outcome
    state.counts["lapsed"] += 1


def _put_again(state: DeskState, ticket_id: str, lane: str) -> None:
    """A parked ticket waits again, for its agent first."""
    case = _expect(state, ticket_id, "client_answered")
    state.calibration.came_back(case.id, state.us)
    leave(state, case)
    case.wait_again()
    enter(state, case)
    put_back(state, case, lane)


def _returned(state: DeskState, event: ev.ClientAnswered | ev.Unparked) -> None:
    _put_again(state, event.ticket_id, event.lane)


def _warned(state: DeskState, event: ev.Warned) -> None:
    case = _late(state, event, missed=False)
    case.warned = (*case.warned, event.clock)
    state.wind(case)


def _breached(state: DeskState, event: ev.Breached) -> None:
    case = _late(state, event, missed=True)
    case.breached = (*case.breached, event.clock)
    state.counts["breached"] += 1
    state.wind(case)


def _late(state: DeskState, event: ev.Warned | ev.Breached, *, missed: bool) -> Case:
    """The ticket with whose clock it is late, as an event says."""
    case = state.cases[event.ticket_id]
    late = [
        (clock.kind, clock.name, clock.due_at, over, None if over or clock.warn_at >= state.us else instant(clock.warn_at))
        for clock, over in state.late(case, state.us)
    ]
    warn_at = event.warn_at if isinstance(event, ev.Warned) else None
    said = event.clock, event.target, micros(event.due_at), missed, warn_at
    fit(said in late, f"no {event.clock} target of the ticket is due so")
    return case


def _handed_back(state: DeskState, event: ev.HandedBack) -> None:
    case = _expect(state, event.ticket_id, "hand_back", event.agent)
    if state.policy.agents.notes and event.reason == "AGENT":
        allowed(check_noted, state.policy, case, "hand_back")
    due_at = state.overdue(case, state.us) if event.reason == "TIME_LIMIT" else None
    fit(event.due_at == due_at, f"the time of the agent was over at {due_at}")
    state.calibration.handed_back(case.id)
    leave(state, case, clocks=False)
    case.wait_again()
    case.returned_to = None
    enter(state, case, clocks=False)
    put_back(state, case, event.lane)


def _transferred(state: DeskState, event: ev.Transferred) -> None:
    case = _expect(state, event.ticket_id, "transfer")
    if state.policy.agents.notes:
        allowed(check_noted, state.policy, case, "transfer")
    queue = state.roster.queue(case)
    fit(queue is not None and queue.team == event.source, f"ticket {case.id!r} is not with team {event.source!r}")
    fit(event.team in state.roster.team_index, f"the policy has no team {event.team!r}")
    above = state.policy.teams[state.roster.team_index[event.source]].escalates_to
    fit(not event.escalated or above == event.team, f"the team above {event.source!r} is {above!r}")
    fit(case.taken is None or event.agent == case.agent, f"ticket {case.id!r} is with agent {case.agent!r}")
    transfer = Transfer(
        at=event.at,
        team=event.team,
        grounds=event.grounds,
        agent=event.agent,
        addressee=event.addressee,
        escalated=event.escalated,
    )
    allowed(check_transfer, state.roster, state.policy, case, state.us, transfer)
    if case.state is _TAKEN:
        state.calibration.handed_back(case.id)
    elif case.state is _PARKED:
        state.calibration.came_back(case.id, state.us)
    leave(state, case)
    case.transferred = transfer
    case.wait_again()
    case.returned_to = case.left = None
    enter(state, case)
    put(state, case, event.lane, state.us)


def _resolved(state: DeskState, event: ev.Resolved) -> None:
    case = _expect(state, event.ticket_id, "resolve")
    if state.policy.agents.notes:
        allowed(check_noted, state.policy, case, "resolve")
    if state.policy.procedures:
        allowed(check_closable, state.policy, case)
    close(state, case, state.us, withdrawn=False)
    state.counts["resolved"] += 1


def _withdrawn(state: DeskState, event: ev.Withdrawn) -> None:
    case = _expect(state, event.ticket_id, "withdraw")
    waited = case.state is _WAITING
    close(state, case, state.us, withdrawn=True)
    state.calibration.gone(case.id)
    if waited:
        state.measures.gave_up(len(state.backlog), state.us)
        if state.has_teams:
            state.crew_of(case).measures.gave_up(state.waiting_of(state.roster.team(case)), state.us)
    state.counts["withdrawn"] += 1


def _reopened(state: DeskState, event: ev.Reopened) -> None:
    case = _expect(state, event.ticket_id, "reopen")
    at = state.us
    leave(state, case)
    state.cases[case.id] = case = case.reopened(at)
    state.loosened[case.id] = None
    enter(state, case)
    put_back(state, case, event.lane)


def _archived(state: DeskState, event: ev.Archived) -> None:
    for ticket_id in event.ticket_ids:
        case = state.cases[ticket_id]
        fit(case.closed is not None and state.ends(case) <= state.us, "its keeping time is not over")
        fit(event.due_at == state.overdue(case, state.us), "its keeping time was over at another instant")
        leave(state, case)
        state.calibration.gone(ticket_id)
        del state.cases[ticket_id]
        unindex(state, case)
        for request in case.requests:
            state.request_of.pop(request.id, None)
        for name in case.ids:
            state.said.pop(("ticket", name), None)
            state.corrections.pop(name, None)
        state.archived.update(request.id for request in case.requests)


def _expect(state: DeskState, ticket_id: str, command: str, agent: str | None = None) -> Case:
    case = state.cases[ticket_id]
    if case.state not in LEGAL[command]:
        raise Unfit(str(wrong_state(case, command)))
    if agent is not None and agent != case.agent:
        raise Unfit(f"ticket {ticket_id!r} is with agent {case.agent!r}, not with {agent!r}")
    return case


def _routed(state: DeskState, event: ev.Routed) -> None:
    source, target = state.queue_number(event.source), state.queue_number(event.target)
    for ticket_id in event.ticket_ids:
        case = state.cases[ticket_id]
        fit(case.key is not None and case.queue == source, f"ticket {ticket_id!r} does not wait in {event.source}")
        fit(state.roster.elsewhere(case, state.us) == target, f"the policy does not put {ticket_id!r} into {event.target}")
        quit_queue(state, case)
        case.queue = target
        if case.returned_to is not None and event.source.team != event.target.team and not state.roster.keeps(case):
            state.returned.discard(case.id)
            case.returned_to = None
        # What came back to an agent who keeps it may stand there for another time.
        state.roster.routed.pop(case, None)
        state.crew_of(case).measures.standing -= state.us
        stand(state, case, state.ranking.place(case, state.us))
    emptied(state, source)


def _signed_in(state: DeskState, event: ev.SignedIn) -> None:
    fit(state.roster.at_work(event.agent) is None, f"agent {event.agent!r} is on duty")
    fit(state.roster.team_index.keys() >= set(event.teams), "the policy does not have such teams")
    fit(event.role in (state.roster.roles or (None,)), "the policy does not have such a role")
    role = state.roster.roles.get(event.role or "")
    fit(role is None or not role.until or event.until is not None, "the role announces until when")
    fit(role is None or not role.pay or event.pay is not None, "the role states its pay")
    fit(role is None or not role.teams or set(role.teams).issuperset(event.teams), "the role does not have such teams")
    duty = OnDuty(event.agent, True, event.teams, event.skills, event.until, event.at_once, event.role, event.pay)
    state.roster.sign(duty, state.cases.values())
    state.next_due()


def _check_failed(state: DeskState, event: ev.CheckFailed) -> None:
    fit(state.roster.at_work(event.agent) is None, f"agent {event.agent!r} is on duty")
    role = state.roster.roles[event.role]
    fit(event.checks and set(role.checks).issuperset(event.checks), "the role does not have such checks")
    fit(event.alerts == role.alerts, f"the policy alerts {role.alerts!r}")


def _signed_out(state: DeskState, event: ev.SignedOut) -> None:
    agent = state.roster.on_duty(event.agent)
    fit(agent is not None and not agent.has(_TAKEN), f"agent {event.agent!r} is not on duty, or still has tickets")
    assert agent is not None
    waiting = map(state.cases.__getitem__, state.backlog) if state.roster.lists_left else ()
    fit(event.left == state.roster.left_by(agent, waiting), f"agent {agent.id!r} leaves other tickets")
    state.roster.sign(OnDuty(event.agent, on_duty=False))
    for ticket_id in event.addressed:
        case = state.cases[ticket_id]
        fit(case.key is not None, f"ticket {ticket_id!r} does not wait")
        _leave_free(state, case, event.agent)
    # What only grounds have opened to others is not the agent's again when they pass.
    roster = state.roster
    for case in [state.cases[ticket_id] for ticket_id in roster.freed_from.get(event.agent)]:
        if roster.routing is not None and state.us < roster.routing.free_at(case, roster.team_of[case.queue]):
            _leave_free(state, case, event.agent)


def _leave_free(state: DeskState, case: Case, agent: str) -> None:
    """Whom a ticket is addressed to goes off duty without answering it: it is free for the others of its team (rule H3)."""
    case.left = agent
    stand(state, case, state.ranking.place(case, state.us))


_APPLY: Final[dict[type, Callable[[DeskState, Any], None]]] = {
    ev.PolicyAdopted: _policy_adopted,
    ev.StaffingPlanned: _staffing_planned,
    ev.AgentsCounted: _agents_counted,
    ev.Admitted: _admitted,
    ev.Joined: _joined,
    ev.Filed: _filed,
    ev.FiledAgain: _filed_again,
    ev.Replayed: _replayed,
    ev.LaneChanged: _lane_changed,
    ev.Updated: _updated,
    ev.ClientUpdated: _client_updated,
    ev.FactsChanged: _facts_changed,
    ev.Corrected: _corrected,
    ev.Noted: _noted,
    ev.Confirmed: _confirmed,
    ev.Taken: _taken,
    ev.Replied: _replied,
    ev.ClientAsked: _client_asked,
    ev.ClientAnswered: _returned,
    ev.Parked: _parked,
    ev.Unparked: _unparked,
    ev.Lapsed: _lapsed,
    ev.Warned: _warned,
    ev.Breached: _breached,
    ev.HandedBack: _handed_back,
    ev.Transferred: _transferred,
    ev.Resolved: _resolved,
    ev.Withdrawn: _withdrawn,
    ev.Reopened: _reopened,
    ev.Merged: _merged,
    ev.SetApart: _set_apart,
    ev.MarkedShared: _marked_shared,
    ev.Split: _split,
    ev.KeptForReview: _kept_for_review,
    ev.Promised: _promised,
    ev.Routed: _routed,
    ev.CheckFailed: _check_failed,
    ev.SignedIn: _signed_in,
    ev.SignedOut: _signed_out,
    ev.Archived: _archived,
}
