"""What agents of a role may do, and what they state before they come on duty (rule H3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from calls import Calls

from supportq import Client, Desk, InvalidValue, Lane, LogError, Policy, PolicyError, Request, when
from supportq.errors import NotTheirWork
from supportq.events import CheckFailed, Event, Routed, SignedIn, Taken
from supportq.teams import AgentRules, Picking, Role, Takeover, Team
from supportq.tickets import Queue

HOUR = timedelta(hours=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
LANES = (Lane("urgent", when.urgent()), Lane("all"))
MONEY = when.kind("refund", "exchange")
SOCIAL = Policy(LANES, teams=(Team("desk"),), roles=(Role("full"), Role("social", ~MONEY)))
"""Agents for social media never decide about refunds or exchanges (desks, A.9)."""
DUTY = Policy(
    LANES,
    teams=(Team("desk"),),
    roles=(Role("assistant", checks=("call in", "message out"), until=True, alerts="head"), Role("expert")),
)


def request(name: str, kind: str = "other", **more: object) -> Request:
    return Request(name, Client(account=name), kind=kind, **more)  # type: ignore[arg-type]  # as `Request` takes them


def opened(policy: Policy, *requests: Request, **roles: str) -> Desk:
    desk = Desk(policy)
    desk.submit_many(requests, now=NOON)
    for agent, role in roles.items():
        desk.sign_in(agent, teams=["desk"], role=role, now=NOON)
    return desk


def taken(events: Iterable[Event]) -> list[str]:
    return [event.ticket_id for event in events if isinstance(event, Taken)]


# ---------------------------------------------------------------------------------------------------- what a role works


def test_A9_H3_a_take_gives_the_best_ticket_that_the_role_may_work() -> None:
    desk = opened(SOCIAL, request("A1", "refund"), request("A2", "exchange"), request("A3"), ola="social", eva="full")
    assert [taken(desk.take("ola", now=NOON)) for _ in range(2)] == [["A3"], []]
    assert taken(desk.take("eva", now=NOON)) == ["A1"]
    assert desk.ticket("A2").queue == Queue("desk")
    assert desk.explain("A2").queue == Queue("desk")


def test_A9_H3_picking_what_is_not_their_work_is_refused() -> None:
    desk = opened(SOCIAL, request("A1", "refund"), ola="social")
    with pytest.raises(NotTheirWork) as refusal:
        desk.take("ola", ticket="A1", now=NOON)
    assert (refusal.value.ticket, refusal.value.agent, refusal.value.role) == ("A1", "ola", "social")


def test_D7_H3_answering_what_is_not_their_work_is_refused_asked_now() -> None:
    desk = opened(SOCIAL, request("A1"), ola="social")
    desk.take("ola", now=NOON)
    desk.correct("A1", kind="refund", now=NOON)
    with pytest.raises(NotTheirWork):
        desk.reply("A1", now=NOON)
    desk.hand_back("A1", now=NOON)
    assert desk.take("ola", now=NOON) == ()


def test_T3_what_a_role_may_work_changes_by_time_at_its_own_instant() -> None:
    later = Policy(LANES, teams=(Team("desk"),), roles=(Role("full"), Role("late", when.waited(HOUR))))
    desk = opened(later, request("A1"), ola="late")
    assert desk.take("ola", now=NOON) == ()
    assert desk.advance(now=NOON + 2 * HOUR) == (Routed(NOON + HOUR, Queue("desk"), Queue("desk", roles=("late",)), ("A1",)),)
    assert taken(desk.take("ola", now=NOON + 2 * HOUR)) == ["A1"]


def test_H3_what_waits_for_an_agent_by_name_is_not_given_to_a_role_that_may_not_work_it() -> None:
    policy = Policy(LANES, teams=(Team("desk"),), roles=SOCIAL.roles, takeover=Takeover(10 * HOUR))
    desk = opened(policy, request("A1", "refund", addressed_to="ola"), request("A2"), ola="social")
    assert [taken(desk.take("ola", now=NOON)) for _ in range(2)] == [["A2"], []]


def test_H3_better_is_only_what_the_role_may_work() -> None:
    strict = Policy(LANES, teams=(Team("desk"),), roles=SOCIAL.roles, agents=AgentRules(picking=Picking.REFUSED))
    desk = opened(strict, request("A1", "refund"), request("A2"), ola="social")
    assert taken(desk.take("ola", ticket="A2", now=NOON)) == ["A2"]


@pytest.mark.parametrize("others", [10, 1_000])
def test_a_take_does_not_search_among_what_the_role_may_not_work(others: int) -> None:
    """However many wait that are not their work: queues are kept by what roles may work."""
    desk = opened(SOCIAL, *(request(f"R{n:04}", "refund") for n in range(others)), request("Z1"), ola="social")
    calls = Calls()
    assert calls.of(lambda: desk.take("ola", now=NOON)) < 120
    assert calls.of(lambda: desk.take("ola", now=NOON)) < 60


# ------------------------------------------------------------------------------------------------ coming on duty


def test_D1_H3_whoever_comes_on_duty_states_the_checks_and_until_when() -> None:
    desk = Desk(DUTY)
    checks = {"call in": True, "message out": True}
    (event,) = desk.sign_in("ola", teams=["desk"], role="assistant", checks=checks, until=NOON + 8 * HOUR, pay=4_000, now=NOON)
    assert event == SignedIn(NOON, "ola", ("desk",), (), NOON + 8 * HOUR, None, "assistant", 4_000)
    (duty,) = desk.snapshot().agents
    assert (duty.role, duty.pay) == ("assistant", 4_000)
    assert Desk.from_snapshot(desk.snapshot()) == Desk.from_log(DUTY, [event]) == desk


def test_D12_H3_a_role_states_its_pay() -> None:
    policy = Policy(LANES, teams=(Team("desk"),), roles=(Role("assistant", pay=True), Role("expert")))
    desk = Desk(policy)
    with pytest.raises(InvalidValue, match="role 'assistant' states what its shift is paid") as refusal:
        desk.sign_in("ola", teams=["desk"], role="assistant", now=NOON)
    assert refusal.value.field == "pay"
    (event,) = desk.sign_in("ola", teams=["desk"], role="assistant", pay=0, now=NOON)
    assert isinstance(event, SignedIn)
    desk.sign_in("eva", teams=["desk"], role="expert", now=NOON)
    with pytest.raises(LogError, match="states its pay"):
        Desk.from_log(policy, [replace(event, pay=None)])


def test_D6_H3_a_role_signs_in_for_its_own_teams_only() -> None:
    roles = (Role("assistant", teams=("desk",)), Role("expert"))
    policy = Policy(LANES, teams=(Team("experts", MONEY), Team("desk")), roles=roles)
    desk = Desk(policy)
    for teams in (["experts"], ["desk", "experts"]):
        with pytest.raises(InvalidValue, match="'experts' is none of role 'assistant'; give desk") as refusal:
            desk.sign_in("ola", teams=teams, role="assistant", now=NOON)
        assert refusal.value.field == "teams"
    (event,) = desk.sign_in("ola", teams=["desk"], role="assistant", now=NOON)
    assert isinstance(event, SignedIn)
    desk.sign_in("eva", teams=["desk", "experts"], role="expert", now=NOON)
    with pytest.raises(LogError, match="does not have such teams"):
        Desk.from_log(policy, [replace(event, teams=("experts",))])


def test_H3_a_role_whose_team_there_is_not_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"role 'a'\.teams: 'air' is no team; there are desk"):
        Policy(LANES, teams=(Team("desk"),), roles=(Role("a", teams=("air",)),))


def test_H3_a_team_for_which_no_role_may_sign_in_is_refused() -> None:
    teams, clerk = (Team("air", when.kind("seat")), Team("desk")), Role("clerk", teams=("desk",))
    with pytest.raises(PolicyError, match="team 'air': is one for which no role may sign in"):
        Policy(LANES, teams=teams, roles=(clerk,))
    for other in (Role("pilot", teams=("air",)), Role("any")):
        assert Policy(LANES, teams=teams, roles=(clerk, other)).teams == teams


@pytest.mark.parametrize(
    ("condition", "roles"),
    [
        (when.kind("seat"), [Role("r", ~when.kind("seat"))]),
        (when.kind("seat"), [Role("r", when.kind("bag")), Role("s", when.kind("seat") & when.urgent() & ~when.urgent())]),
        (when.kind("seat"), [Role("r", ~when.kind("seat"), teams=("air",)), Role("s", teams=("desk",))]),
        (when.cancelled(), [Role("r", ~when.has_booking())]),
    ],
)
def test_H3_a_team_of_which_no_role_works_any_ticket_is_refused(condition: when.Condition, roles: list[Role]) -> None:
    """Its tickets would wait for ever."""
    with pytest.raises(PolicyError, match="team 'air': has only tickets that no role works who may take them"):
        Policy(LANES, teams=(Team("air", condition), Team("desk")), roles=tuple(roles))


def test_H3_the_last_team_too_must_have_a_ticket_that_some_role_works() -> None:
    with pytest.raises(PolicyError, match="team 'desk': has only tickets that no role works"):
        Policy(LANES, teams=(Team("air", when.kind("seat")), Team("desk")), roles=(Role("r", when.kind("seat")),))


def test_H3_a_team_of_which_no_role_works_any_ticket_is_refused_whatever_the_size() -> None:
    many = [Team(f"t{n}", when.attribute(f"a{n}")) for n in range(30)]
    with pytest.raises(PolicyError, match="team 'air': has only tickets that no role works"):
        Policy(LANES, teams=(*many, Team("air", when.kind("seat")), Team("desk")), roles=(Role("r", ~when.kind("seat")),))


@pytest.mark.parametrize(
    ("air", "roles", "takeover"),
    [
        (Team("air", when.kind("seat")), [Role("r", ~when.kind("seat")), Role("s", when.kind("seat") & when.urgent())], None),
        # One booking puts a ticket there, another makes it work of the role.
        (Team("air", when.cancelled()), [Role("r", ~when.cancelled())], None),
        (Team("air", when.kind("seat")), [Role("r", ~when.kind("seat") | when.waited(HOUR))], None),
        # In time others may take it, or whoever is addressed.
        (
            Team("air", when.kind("seat"), opens_after=HOUR),
            [Role("r", ~when.kind("seat"), teams=("air",)), Role("s", teams=("desk",))],
            None,
        ),
        (Team("air", when.kind("seat"), opens_after=HOUR), [Role("s", teams=("desk",))], None),
        (
            Team("air", when.kind("seat")),
            [Role("r", ~when.kind("seat"), teams=("air",)), Role("s", teams=("desk",))],
            Takeover(HOUR),
        ),
    ],
)
def test_H3_a_team_of_which_some_role_may_work_a_ticket_is_accepted(
    air: Team, roles: list[Role], takeover: Takeover | None
) -> None:
    Policy(LANES, teams=(air, Team("desk")), roles=tuple(roles), takeover=takeover)


def test_D1_H3_a_check_that_failed_alerts_and_keeps_the_agent_off_duty() -> None:
    desk = Desk(DUTY)
    checks = {"call in": True, "message out": False}
    events = desk.sign_in("ola", teams=["desk"], role="assistant", checks=checks, until=NOON + HOUR, now=NOON)
    assert events == (CheckFailed(NOON, "ola", "assistant", ("message out",), "head"),)
    assert desk.snapshot().agents == ()
    # The next try may succeed.
    desk.sign_in("ola", teams=["desk"], role="assistant", checks=checks | {"message out": True}, until=NOON + HOUR, now=NOON)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "role"),
        ({"role": "chief"}, "role"),
        ({"role": ["expert"]}, "role"),
        ({"role": "assistant", "checks": {"call in": True, "message out": True}}, "until"),
        ({"role": "assistant", "until": NOON + HOUR}, "checks"),
        ({"role": "assistant", "until": NOON + HOUR, "checks": {"call in": True}}, "checks"),
        ({"role": "assistant", "until": NOON + HOUR, "checks": ["call in", "message out"]}, "checks"),
        ({"role": "assistant", "until": NOON + HOUR, "checks": {"call in": 1, "message out": True}}, "checks.call in"),
        ({"role": "expert", "checks": {"call in": True}}, "checks"),
        ({"role": "expert", "pay": -1}, "pay"),
        ({"role": "expert", "pay": 1.5}, "pay"),
    ],
)
def test_what_is_missing_or_unknown_at_sign_in_is_refused(given: dict[str, object], field: str) -> None:
    desk = Desk(DUTY)
    with pytest.raises(InvalidValue) as refusal:
        desk.sign_in("ola", teams=["desk"], now=NOON, **given)  # type: ignore[arg-type]  # on purpose
    assert refusal.value.field == field
    assert desk == Desk(DUTY)


def test_a_desk_without_roles_has_none_to_name() -> None:
    with pytest.raises(InvalidValue, match="none in this policy"):
        Desk(Policy(LANES)).sign_in("ola", role="expert", now=NOON)


# ------------------------------------------------------------------------------------------------ as policy data


@pytest.mark.parametrize(
    ("roles", "teams", "place"),
    [
        ((Role("a"),), (), "policy.roles"),
        ((Role("a"), Role("b"), Role("a")), (Team("t"),), "role 'a'"),
        (tuple(Role(f"r{n}", when.kind(f"k{n}")) for n in range(6)), (Team("t"),), "policy.roles"),
        (("a",), (Team("t"),), "policy.roles"),
    ],
)
def test_roles_that_contradict_themselves_are_refused(roles: tuple[Role, ...], teams: tuple[Team, ...], place: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        Policy(LANES, teams=teams, roles=roles)
    assert refusal.value.field == place


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"name": ""}, "role.name"),
        ({"works": "all"}, "role 'a'.works"),
        ({"checks": ("x", "x")}, "role 'a'.checks"),
        ({"checks": (" ",)}, "role 'a'.checks"),
        ({"until": 1}, "role 'a'.until"),
        ({"pay": 1}, "role 'a'.pay"),
        ({"alerts": "head"}, "role 'a'.alerts"),
    ],
)
def test_a_role_checks_itself(given: dict[str, object], place: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        Role(**{"name": "a"} | given)  # type: ignore[arg-type]  # on purpose
    assert refusal.value.field == place
