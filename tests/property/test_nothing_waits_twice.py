"""A ticket stands in the line at most once, is taken at most once at a time, and leaves the line when it is taken."""

from __future__ import annotations

from hypothesis import given
from strategies import HOUR, NOON, Step, perform, policies, scripts

from supportq import Desk, Policy
from supportq.events import Taken
from supportq.tickets import State


@given(policies, scripts)
def test_what_is_taken_waits_no_more(policy: Policy, script: list[Step]) -> None:
    desk, now = Desk(policy), NOON
    for step in script:
        now += step.after
        happened, _ = perform(desk, step, now)
        line = desk.waiting()
        assert len(line) == len(set(line))
        for event in happened:
            if isinstance(event, Taken):
                assert event.ticket_id not in line
                assert desk.ticket(event.ticket_id).state is (State.ANSWERED if event.service else State.TAKEN)
        for team in (None, *(team.name for team in desk.policy.teams))[bool(desk.policy.teams) :]:
            for position, ticket_id in enumerate(desk.waiting(team=team), start=1):
                assert desk.position(ticket_id).position == position


@given(policies, scripts)
def test_takes_empty_the_line_and_then_give_nothing(policy: Policy, script: list[Step]) -> None:
    """No ticket is left unanswered: whatever came before, agents who go on taking get everybody, each once."""
    desk, now = Desk(policy), NOON
    for step in script:
        now += step.after
        perform(desk, step, now)
    desk.advance(now=now)
    policy = desk.policy
    if desk._state.roster.on_duty("karel"):
        desk.sign_out("karel", now=now)
    if policy.teams:
        # Whoever is waited for by name is stepped in for after half a day, and one agent may work everything.
        now += 12 * HOUR
        skills = [skill.name for team in policy.teams for skill in team.skills]
        teams = [team.name for team in policy.teams]
        role = "expert" if policy.roles else None
        desk.sign_in("karel", teams=teams, skills=skills, role=role, now=now)
    line, taken = set(desk.waiting()), []
    while happened := [event for event in desk.take("karel", now=now) if isinstance(event, Taken)]:
        taken += [event.ticket_id for event in happened]
    assert len(taken) == len(line)
    assert set(taken) == line
