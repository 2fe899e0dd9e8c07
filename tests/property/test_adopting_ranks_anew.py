"""Whatever policy a desk adopts, its line is the one that this policy gives, ticket by ticket, then and later (G1, T3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from invariants import check
from strategies import DAY, MINUTE, Step, end_of, play, policies, scripts, steady_scripts

from supportq import Desk, Policy
from supportq import events as ev
from supportq._instants import micros
from supportq.ranking import Ranking
from supportq.routing import Routing
from supportq.tickets import State, Ticket

TICK = timedelta(microseconds=1)
LATE = (ev.Warned, ev.Breached, ev.HandedBack, ev.Routed, ev.Archived)
"""What may follow at the same instant: what is late by the new rules, and where a ticket goes that came back."""


def told(desk: Desk) -> dict[str, Ticket]:
    return {ticket.id: ticket for ticket in desk.snapshot().tickets}


def unplaced(ticket: Ticket) -> Ticket:
    """What a policy has no part in. What was missed by any stays so."""
    return replace(ticket, lane=None, queue=None, zone="", warned=(), breached=())


def is_the_line_of(desk: Desk, policy: Policy, now: datetime) -> bool:
    """Whether everybody stands where ranking and routing alone put each of them."""
    ranking, routing = Ranking(policy), Routing(policy)
    cases = {name: desk._state.cases[name] for name in desk.waiting()}
    places = {name: ranking.place(case, micros(now)) for name, case in cases.items()}
    ranks = {name: (*places[name][:2], case.arrival, name) for name, case in cases.items()}
    queues = {name: routing.queues[routing.route(case, micros(now))[0]] for name, case in cases.items() if policy.teams}
    return desk.waiting() == sorted(cases, key=ranks.__getitem__) and all(
        ticket.lane == policy.lanes[places[name][0]].name and ticket.queue == queues.get(name)
        for name, ticket in ((name, desk.ticket(name)) for name in cases)
    )


@given(policies, scripts, policies)
def test_the_line_is_that_of_the_new_policy_then_and_at_every_later_change(
    first: Policy, script: list[Step], second: Policy
) -> None:
    desk, now = play(Desk(first), script).desk, end_of(script)
    desk.advance(now=now)
    if desk.policy != second:
        desk.adopt(second, now=now)
    assert desk.policy == second
    check(desk)
    assert is_the_line_of(desk, second, now)
    for _ in range(6):
        bell = desk.next_wakeup
        if bell is None:
            return
        desk.advance(now=bell - TICK)
        assert is_the_line_of(desk, second, bell - TICK)
        desk.advance(now=bell)
        assert is_the_line_of(desk, second, bell)


@given(policies, scripts, policies)
def test_the_event_names_whoever_changed_lane_or_queue(first: Policy, script: list[Step], second: Policy) -> None:
    desk, now = play(Desk(first), script).desk, end_of(script)
    desk.advance(now=now)
    before = told(desk)
    if desk.policy == second:
        return
    adopted, *late = desk.adopt(second, now=now)
    assert isinstance(adopted, ev.PolicyAdopted)
    # What is late by the new rules follows at the same instant.
    assert all(isinstance(event, LATE) and event.at == now for event in late)
    moved = {name: (move.source, move.target) for move in adopted.moves for name in move.ticket_ids}
    routed = {name: (move.source, move.target) for move in adopted.routes for name in move.ticket_ids}
    back = {event.ticket_id for event in late if isinstance(event, ev.HandedBack)}
    for name, after in told(desk).items():
        if name in back:
            continue
        was = before[name]
        assert unplaced(after) == unplaced(was)
        assert moved.get(name, (was.lane, was.lane)) == (was.lane, after.lane)
        if second.teams and was.state is State.WAITING:
            assert routed.get(name, (was.queue, was.queue)) == (was.queue, after.queue)


@given(policies, steady_scripts, policies)
def test_a_policy_that_is_adopted_back_gives_everybody_their_place_again(
    first: Policy, script: list[Step], second: Policy
) -> None:
    desk, now = play(Desk(first), script).desk, end_of(script)
    desk.advance(now=now)
    before = desk.snapshot()
    if first == second or any(ticket.state in (State.TAKEN, State.CLOSED) for ticket in before.tickets):
        return
    line = desk.waiting()
    desk.adopt(second, now=now)
    desk.adopt(first, now=now)
    after = desk.snapshot()
    assert desk.waiting() == line
    if not second.targets:
        # Else what is missed by it is not missed a second time.
        assert desk.next_wakeup == Desk.from_snapshot(before).next_wakeup
    # But for what agents had without having signed in, what lanes had earned, and what was known of lanes that were gone.
    for was, ticket in zip(before.tickets, after.tickets, strict=True):
        assert unplaced(ticket) == unplaced(was)
        assert was.state is not State.WAITING or (ticket.lane, ticket.queue, ticket.zone) == (was.lane, was.queue, was.zone)
    assert {one.agent: one for one in after.agents}.items() >= {one.agent: one for one in before.agents}.items()
    assert all(not earned for team in after.credits for earned in team.values())


@given(policies, scripts, st.lists(policies, min_size=1, max_size=3), st.sampled_from([MINUTE, DAY]))
def test_replay_knows_which_policy_ruled_when(
    first: Policy, script: list[Step], others: list[Policy], pause: timedelta
) -> None:
    """G6: from the log and the first policy, or from a snapshot before, between or after, it is the same desk."""
    live, now = play(Desk(first), script), end_of(script)
    log = [*live.log, *live.desk.advance(now=now)]
    states = [(len(log), live.desk.snapshot())]
    for policy in others:
        now += pause
        log += live.desk.adopt(policy, now=now) if policy != live.desk.policy else live.desk.advance(now=now)
        states.append((len(log), live.desk.snapshot()))
    for length, snapshot in states:
        assert Desk.from_log(first, log[:length]).snapshot() == snapshot
        assert Desk.from_snapshot(snapshot, log[length:]) == live.desk
    assert Desk.from_log(first, log).policy == live.desk.policy
