"""Whose a ticket is and who may take it are pure functions of ticket, policy and instant (rules H2, H3, C2)."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from strategies import AGENTS, NOON, POLICIES, Step, end_of, perform, play, steady_scripts

from supportq import Desk, Policy
from supportq._instants import micros
from supportq._lifecycle import Case
from supportq._roster import Agent
from supportq.events import Taken
from supportq.tickets import OpenTo, Queue, State
from supportq.when import Condition, fits

TEAMS = POLICIES["teams"]


def queue_by_hand(policy: Policy, case: Case, at: int) -> Queue:
    """The queue of a ticket, said as the rules say it."""

    def holds(condition: Condition | None) -> bool:
        return condition is None or fits(condition, case, at)[0]

    hour = 3_600_000_000
    moved = case.transferred
    team = next(team for team in policy.teams if (holds(team.when) if moved is None else team.name == moved.team))
    addressee = case.addressed_to if moved is None else moved.addressee
    if team.person == "curator" and case.curator and not (moved and moved.addressee):
        addressee = case.curator
    roles = tuple(role.name for role in policy.roles if role.works is not None and holds(role.works))
    skill = next((skill.name for skill in team.skills if holds(skill.when)), None)
    waited = at - case.arrival
    takeover = policy.takeover
    assert takeover is not None
    assert takeover.grounds is not None
    silence = takeover.silence.total_seconds() / 3600 * hour
    silent = min(waited, at - micros(moved.at)) if moved else waited
    waits_for = addressee if case.returned_to in (None, addressee) and case.left != addressee else None
    asked = [copy(case) for _ in case.unanswered] or [case]
    for said, position in zip(asked, case.unanswered, strict=False):
        said.first = position
    if waits_for and silent < silence and not any(fits(takeover.grounds, said, at)[0] for said in asked):
        return Queue(team.name, skill, OpenTo.ADDRESSEE, roles)
    if team.opens_after is not None and silent >= team.opens_after.total_seconds() / 3600 * hour:
        return Queue(team.name, skill, OpenTo.ANYONE, roles)
    return Queue(team.name, skill, OpenTo.TEAM, roles)


def may_work(queue: Queue, agent: Agent, addressee: str | None) -> bool:
    """Whether an agent may take a ticket that waits in a queue, for somebody by name or nobody, said as the rules say it."""
    if agent.duty.role == "assistant" and "assistant" not in queue.roles:
        return False
    if queue.open_to is OpenTo.ADDRESSEE:
        return addressee == agent.id
    able = queue.skill is None or queue.skill in agent.duty.skills
    return able and (queue.open_to is OpenTo.ANYONE or queue.team in agent.duty.teams)


def days(script: list[Step]) -> Iterator[tuple[Desk, datetime]]:
    """A desk with teams after each step of a day."""
    desk, now = Desk(TEAMS), NOON
    for step in script:
        now += step.after
        perform(desk, step, now)
        # A value that is refused at once is no command, so something may still be due.
        desk.advance(now=now)
        yield desk, now


@given(steady_scripts)
def test_after_every_command_each_ticket_is_where_it_belongs(script: list[Step]) -> None:
    for desk, now in days(script):
        for name in desk.waiting():
            case = desk._state.cases[name]
            assert desk.ticket(name).queue == queue_by_hand(TEAMS, case, micros(now))


@given(steady_scripts, st.sampled_from(AGENTS))
def test_a_take_gives_the_best_ticket_that_the_agent_may_work(script: list[Step], name: str) -> None:
    desk = play(Desk(TEAMS), script).desk
    desk.advance(now=end_of(script))
    state = desk._state
    agent = state.roster.on_duty(name)
    if agent is None or agent.is_full:
        return
    line = [state.cases[ticket_id] for ticket_id in desk.waiting()]
    at, waits_for = micros(end_of(script)), state.roster.addressed.agent_of
    theirs = [case for case in line if may_work(queue_by_hand(TEAMS, case, at), agent, waits_for(case.id))]
    returned = [case for case in theirs if case.returned_to == name]
    taken = next((event for event in desk.take(name, now=end_of(script)) if isinstance(event, Taken)), None)
    assert (taken is None) == (not theirs)
    if taken is not None and not taken.by_share:
        best = theirs[0]
        # A ticket that came back to this agent goes before the first of its lane.
        assert taken.ticket_id == best.id or desk._state.cases[taken.ticket_id] in returned
    assert taken is None or taken.ticket_id in {case.id for case in theirs}


@given(steady_scripts)
def test_nobody_on_duty_has_more_than_they_work_at_once(script: list[Step]) -> None:
    for desk, _ in days(script):
        for agent in desk._state.roster.agents.values():
            assert agent.duty.at_once is None or len(agent.has(State.TAKEN)) <= agent.duty.at_once
