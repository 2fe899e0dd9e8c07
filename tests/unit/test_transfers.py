"""Hand-overs by people, and tickets of named persons (rules H3, C2, L0)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from supportq import Client, Desk, InvalidValue, Lane, LogError, Policy, PolicyError, Request, Shift, Staffing, when
from supportq.errors import GateClosed, NobodyAbove, NotTheirs, OwnTransfer, UnknownTicket, WrongAgent, WrongState
from supportq.events import Event, Routed, SignedOut, Taken, Transferred
from supportq.hours import Hours, Opening
from supportq.teams import AgentRules, Gate, Hint, Picking, Takeover, Team
from supportq.tickets import OpenTo, Queue, State, Transfer

HOUR = timedelta(hours=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
EAST = timezone(4 * HOUR)
LANES = (Lane("urgent", when.urgent()), Lane("all"))
POLICY = Policy(
    LANES,
    teams=(Team("refunds", when.kind("refund"), escalates_to="experts"), Team("experts", when.kind("tour")), Team("duty")),
    takeover=Takeover(HOUR, when.urgent()),
)


def request(name: str, kind: str = "other", **more: object) -> Request:
    return Request(name, Client(account=name), kind=kind, **more)  # type: ignore[arg-type]  # as `Request` takes them


def opened(policy: Policy = POLICY, *requests: Request, agents: Iterable[str] = ()) -> Desk:
    desk = Desk(policy)
    desk.submit_many(requests, now=NOON)
    for agent in agents:
        desk.sign_in(agent, teams=[team.name for team in policy.teams], now=NOON)
    return desk


def taken(events: Iterable[Event]) -> list[str]:
    return [event.ticket_id for event in events if isinstance(event, Taken)]


# ---------------------------------------------------------------------------------------------------- transfer


def test_L0_a_transfer_outranks_routing_until_another() -> None:
    desk = opened(POLICY, request("A1"))
    told, routed = desk.transfer("A1", to="experts", grounds="an individual tour", agent="ola", now=NOON + HOUR)
    assert told == Transferred(NOON + HOUR, "A1", "duty", "experts", "an individual tour", "all", "ola")
    assert routed == Routed(NOON + HOUR, Queue("duty"), Queue("experts"), ("A1",))
    kept = Transfer(at=NOON + HOUR, team="experts", grounds="an individual tour", agent="ola")
    ticket, why = desk.ticket("A1"), desk.explain("A1")
    assert (ticket.transferred, ticket.arrived_at) == (kept, NOON)
    assert (why.transferred, why.routed_by, why.queue) == (kept, None, Queue("experts"))
    desk.correct("A1", kind="refund", now=NOON + HOUR)
    assert desk.ticket("A1").queue == Queue("experts")
    desk.transfer("A1", to="duty", grounds="not individual", now=NOON + HOUR)
    assert desk.ticket("A1").queue == Queue("duty")


@pytest.mark.parametrize("state", [State.WAITING, State.TAKEN, State.ANSWERED, State.PARKED])
def test_L0_any_open_ticket_waits_for_the_other_team_with_its_arrival(state: State) -> None:
    desk = opened(POLICY, request("A1"), agents=["ola"])
    if state is not State.WAITING:
        desk.take("ola", now=NOON)
    if state in (State.ANSWERED, State.PARKED):
        desk.reply("A1", now=NOON)
    if state is State.PARKED:
        desk.ask_client("A1", now=NOON)
    desk.transfer("A1", to="experts", grounds="a tour", now=NOON + HOUR)
    ticket = desk.ticket("A1")
    assert (ticket.state, ticket.arrived_at, ticket.agent, ticket.returned_to) == (State.WAITING, NOON, None, None)
    assert desk.counter().backlog == (state in (State.WAITING, State.TAKEN))


def test_L0_a_closed_ticket_is_not_handed_over() -> None:
    desk = opened(POLICY, request("A1"))
    desk.withdraw("A1", now=NOON)
    for command, given in (("transfer", {"to": "duty"}), ("escalate", {})):
        with pytest.raises(WrongState):
            getattr(desk, command)("A1", grounds="late", now=NOON, **given)
        with pytest.raises(UnknownTicket):
            getattr(desk, command)("B1", grounds="late", now=NOON, **given)


def test_only_the_agent_who_has_a_ticket_hands_it_over() -> None:
    desk = opened(POLICY, request("A1"), agents=["ola"])
    desk.take("ola", now=NOON)
    with pytest.raises(WrongAgent):
        desk.transfer("A1", to="experts", grounds="a tour", agent="petr", now=NOON)
    event = desk.transfer("A1", to="experts", grounds="a tour", now=NOON)[0]
    assert isinstance(event, Transferred)
    assert event.agent == "ola"
    # Whoever answered it no longer has it.
    desk.take("ola", now=NOON)
    desk.reply("A1", now=NOON)
    desk.transfer("A1", to="duty", grounds="an office matter", agent="petr", now=NOON)


def test_C2_the_addressee_is_waited_for_since_the_transfer_and_stepped_in_for() -> None:
    desk = opened(POLICY, request("A1", addressed_to="ivan"), agents=["ola", "petr"])
    later = NOON + 5 * HOUR
    desk.transfer("A1", to="experts", grounds="a tour", addressee="petr", now=later)
    assert desk.ticket("A1").queue == Queue("experts", None, OpenTo.ADDRESSEE)
    assert desk.take("ola", now=later) == ()
    assert desk.next_wakeup == later + HOUR
    twin = Desk.from_snapshot(desk.snapshot())
    assert taken(twin.take("ola", now=later + HOUR)) == ["A1"]
    assert taken(desk.take("petr", now=later)) == ["A1"]


def test_C2_who_left_a_ticket_to_others_is_waited_for_again_when_it_is_handed_over_to_them() -> None:
    desk = opened(POLICY, request("A1", addressed_to="petr"), agents=["ola", "petr"])
    desk.sign_out("petr", now=NOON)
    desk.transfer("A1", to="experts", grounds="a tour", addressee="petr", now=NOON)
    assert desk.take("ola", now=NOON) == ()


def test_E3_a_ticket_that_is_handed_over_has_not_kept_its_promise() -> None:
    desk = opened(POLICY, *(request(f"A{number}") for number in range(9)), agents=["ola"])
    desk.plan(Staffing((Shift(time(0), time(0), agents=1),)), now=NOON)
    desk.promise("A8", now=NOON)
    desk.take("ola", ticket="A8", now=NOON)
    twin = Desk.from_snapshot(desk.snapshot())
    desk.transfer("A8", to="experts", grounds="a tour", now=NOON)
    for each in (desk, twin):
        each.submit(request("B1"), now=NOON + 90 * HOUR)
    assert [(one.early, one.late) for each in (twin, desk) for one in each.calibration().kept] == [(1, 0), (0, 1)]


def test_G1_a_log_in_which_a_ticket_goes_up_to_a_team_that_is_not_above_is_damaged() -> None:
    desk = Desk(POLICY)
    log = list(desk.submit(request("A1", "refund"), now=NOON))
    up = desk.escalate("A1", grounds="a lawyer wrote", now=NOON)[0]
    assert isinstance(up, Transferred)
    for wrong in (replace(up, team="duty"), replace(up, source="duty"), replace(up, team="nobody"), replace(up, lane="urgent")):
        with pytest.raises(LogError):
            Desk.from_log(POLICY, [*log, wrong])


GATED = replace(
    POLICY,
    agents=AgentRules(own_transfer=Picking.REFUSED),
    gates=(Gate("experts", when.kind("other"), ("asked",)), Gate("duty", when.kind("tour"))),
)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"team": "refunds", "agent": "ola"}, "is with agent 'eva'"),
        ({"team": "refunds", "addressee": "eva"}, "hand"),
        ({"team": "refunds", "addressee": "ola"}, "ola"),
        ({"team": "experts", "grounds": "other grounds"}, "experts"),
        ({"team": "duty", "source": "duty"}, "duty"),
    ],
)
def test_G1_a_log_of_a_transfer_that_the_policy_refuses_is_refused(wrong: dict[str, str], why: str) -> None:
    log = [*Desk(GATED).submit(request("A1"), now=NOON)]
    desk = Desk.from_log(GATED, log)
    log += desk.sign_in("eva", teams=["duty"], now=NOON)
    log += desk.sign_in("ola", teams=["duty"], now=NOON)
    log += desk.take("eva", now=NOON)
    (good, routed) = desk.transfer("A1", to="experts", grounds="asked", now=NOON)
    assert isinstance(good, Transferred)
    assert Desk.from_log(GATED, [*log, good, routed]) == desk
    with pytest.raises(LogError, match=why) as refusal:
        Desk.from_log(GATED, [*log, replace(good, **wrong)])  # type: ignore[arg-type]  # texts all of them
    assert refusal.value.position == 4


@pytest.mark.parametrize(
    ("agent", "why"),
    [
        ("nobody", "'nobody' is not on duty"),
        ("gone", "'gone' is not on duty"),
        ("refunder", "'refunder' may not take ticket 'A1'"),
        ("full", "'full' has as many tickets"),
    ],
)
def test_G1_a_log_of_a_take_that_the_policy_refuses_is_refused(agent: str, why: str) -> None:
    """It is asked who may take the ticket, not whether a better one waited."""
    desk = Desk(POLICY)
    log = list(desk.submit_many([request("A1"), request("B1"), request("C1", addressed_to="late")], now=NOON))
    for name, team in (("gone", "duty"), ("refunder", "refunds"), ("full", "duty"), ("late", "refunds")):
        log += desk.sign_in(name, teams=[team], at_once=1, now=NOON)
    log += desk.sign_out("gone", now=NOON)
    log += desk.take("full", ticket="B1", now=NOON)
    good = Taken(NOON, "A1", agent, "all", timedelta(0))
    with pytest.raises(LogError, match=why) as refusal:
        Desk.from_log(POLICY, [*log, good])
    assert refusal.value.position == len(log)
    # What waits for somebody by name is theirs, in whatever team they are, and nobody else's.
    (mine,) = desk.take("late", now=NOON)
    assert isinstance(mine, Taken)
    assert Desk.from_log(POLICY, [*log, mine]) == desk
    with pytest.raises(LogError):
        Desk.from_log(POLICY, [*log, replace(mine, agent="refunder")])


RUSH = replace(POLICY, takeover=Takeover(9 * HOUR, when.attribute("rush")))


@pytest.mark.parametrize("leaves", [False, True])
def test_C2_H3_what_its_grounds_have_freed_stays_free_without_its_addressee(leaves: bool) -> None:
    """When the grounds pass it is the addressee's again who is on duty, and anybody's while they are not."""
    desk = opened(RUSH, request("A1", addressed_to="ivan", attributes={"rush": True}), agents=["ivan", "ola"])
    log: list[Event] = []
    if leaves:
        log += desk.sign_out("ivan", now=NOON)
        assert isinstance(log[-1], SignedOut)
        assert log[-1].addressed == ()
    log += desk.correct("A1", attributes={"rush": False}, now=NOON)
    ticket = desk.ticket("A1")
    assert ticket.queue == Queue("duty", None, OpenTo.TEAM if leaves else OpenTo.ADDRESSEE)
    assert (ticket.left, desk.next_wakeup) == (("ivan", None) if leaves else (None, NOON + 9 * HOUR))
    assert Desk.from_snapshot(desk.snapshot()) == desk
    assert taken(desk.take("ola", now=NOON)) == (["A1"] if leaves else [])


def test_C2_what_grounds_free_until_an_instant_stays_free_then() -> None:
    """T3: nothing is due when they pass; what silence freed is nobody's to leave."""
    policy = replace(POLICY, takeover=Takeover(9 * HOUR, ~when.waited(HOUR)))
    desk = opened(policy, request("A1", addressed_to="ivan"), agents=["ivan"])
    desk.submit(request("B1", addressed_to="ivan", received_at=NOON - 9 * HOUR), now=NOON)
    assert desk.next_wakeup == NOON + HOUR
    desk.sign_out("ivan", now=NOON)
    assert (desk.ticket("A1").left, desk.ticket("B1").left) == ("ivan", None)
    assert desk.next_wakeup is None
    assert desk.advance(now=NOON + 2 * HOUR) == ()
    assert desk.ticket("A1").queue == Queue("duty")


def test_H2_who_is_handed_a_ticket_has_it_alone_for_as_long_as_any_other() -> None:
    """T4: and until exactly when that stands is known."""
    alone = replace(POLICY, teams=(*POLICY.teams[:2], replace(POLICY.teams[2], opens_after=HOUR / 2)))
    desk = opened(alone, request("A1", kind="tour"), agents=["ola"])
    log = [*desk.transfer("A1", to="duty", grounds="not individual", now=NOON + HOUR)]
    assert desk.ticket("A1").queue == Queue("duty")
    opens = Queue("duty", None, OpenTo.ANYONE)
    told = desk.explain("A1")
    assert (told.next_change, told.next_queue, desk.next_wakeup) == (NOON + 1.5 * HOUR, opens, NOON + 1.5 * HOUR)
    log += desk.advance(now=NOON + 2 * HOUR)
    assert log[-1] == Routed(NOON + 1.5 * HOUR, Queue("duty"), opens, ("A1",))


OFFICE = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
BY_DAY = replace(POLICY, teams=(POLICY.teams[0], replace(POLICY.teams[1], hours=OFFICE), POLICY.teams[2]))
EVENING, MONDAY = NOON + 6 * HOUR, NOON + 69 * HOUR


def test_H2_outside_the_hours_of_its_team_a_transfer_counts_as_if_there_had_been_none() -> None:
    """T4: exactly until they open, also for whom it was handed over to."""
    desk = opened(BY_DAY, request("A1"), agents=["ola"])
    log = [*desk.transfer("A1", to="experts", grounds="a tour", addressee="petr", now=NOON)]
    kept, why = desk.ticket("A1").transferred, desk.explain("A1")
    assert (why.next_change, why.transferred, why.routed_by) == (NOON + HOUR, kept, None)
    log += desk.advance(now=EVENING)
    assert log[-1] == Routed(EVENING, Queue("experts"), Queue("duty"), ("A1",))
    why = desk.explain("A1")
    assert (why.next_change, why.next_queue, why.transferred) == (MONDAY, Queue("experts"), None)
    assert (desk.ticket("A1").transferred, desk.handover()[0].addressee) == (kept, None)
    desk.correct("A1", kind="refund", now=EVENING)
    assert desk.ticket("A1").queue == Queue("refunds")
    assert Desk.from_snapshot(desk.snapshot()) == desk
    assert desk.advance(now=MONDAY) == (Routed(MONDAY, Queue("refunds"), Queue("experts"), ("A1",)),)
    assert desk.handover()[0].addressee == "petr"


def test_H2_what_is_handed_over_outside_the_hours_is_there_when_they_open() -> None:
    desk = opened(BY_DAY, agents=["ola"])
    desk.submit(request("A1"), now=EVENING)
    assert len(desk.transfer("A1", to="experts", grounds="a tour", now=EVENING)) == 1
    assert (desk.ticket("A1").queue, desk.next_wakeup) == (Queue("duty"), MONDAY)
    # Whoever has it then keeps it, and hands it back to whom it belongs to by then.
    desk.take("ola", now=EVENING)
    assert desk.advance(now=MONDAY) == ()
    desk.hand_back("A1", now=MONDAY)
    assert desk.ticket("A1").queue == Queue("experts")


def test_H2_the_hours_may_be_those_of_the_client() -> None:
    teams = tuple(replace(team, hours=replace(OFFICE, zone=None)) for team in BY_DAY.teams)
    desk = opened(replace(POLICY, teams=teams, zones=(EAST,)), request("A1", zone="UTC+04:00"), agents=["ola"])
    desk.transfer("A1", to="experts", grounds="a tour", now=NOON)
    assert desk.advance(now=EVENING)[-1] == Routed(EVENING - 4 * HOUR, Queue("experts"), Queue("duty"), ("A1",))


def test_C2_whom_the_request_names_is_not_waited_for_after_a_transfer() -> None:
    desk = opened(POLICY, request("A1", addressed_to="ivan"), agents=["ola"])
    desk.transfer("A1", to="experts", grounds="a tour", now=NOON)
    assert taken(desk.take("ola", now=NOON)) == ["A1"]


def test_D6_H3_handing_a_ticket_over_to_oneself_is_recorded_or_refused() -> None:
    lax = opened(POLICY, request("A1"), agents=["ola"])
    event = lax.transfer("A1", to="experts", grounds="a tour", agent="ola", addressee="ola", now=NOON)[0]
    assert isinstance(event, Transferred)
    assert event.agent == event.addressee == "ola"
    strict = opened(replace(POLICY, agents=AgentRules(own_transfer=Picking.REFUSED)), request("A1"), agents=["ola"])
    with pytest.raises(OwnTransfer):
        strict.transfer("A1", to="experts", grounds="a tour", agent="ola", addressee="ola", now=NOON)
    strict.take("ola", now=NOON)
    with pytest.raises(OwnTransfer):
        strict.transfer("A1", to="experts", grounds="a tour", addressee="ola", now=NOON)
    strict.transfer("A1", to="experts", grounds="a tour", addressee="petr", now=NOON)


def test_D6_H3_a_ticket_that_waits_for_nobody_else_in_another_team_of_the_agent_is_handed_over_to_oneself() -> None:
    """What they have, what they have answered, and what waits with a team of theirs."""
    strict = replace(POLICY, agents=AgentRules(own_transfer=Picking.REFUSED))
    desk = opened(strict, request("A1"), request("B1"), request("C1"), agents=["ola"])
    desk.take("ola", ticket="A1", now=NOON)
    desk.take("ola", ticket="B1", now=NOON)
    desk.reply("B1", now=NOON)
    for ticket, agent in (("A1", None), ("A1", "ola"), ("B1", None), ("C1", "ola")):
        with pytest.raises(OwnTransfer) as refusal:
            desk.transfer(ticket, to="experts", grounds="a tour", agent=agent, now=NOON)
        assert (refusal.value.ticket, refusal.value.agent) == (ticket, "ola")
    # It is somebody else's then: of whoever is named, of a team that is not theirs, or handed over by somebody else.
    desk.transfer("A1", to="experts", grounds="a tour", addressee="petr", now=NOON)
    desk.transfer("B1", to="experts", grounds="a tour", agent="ivan", now=NOON)
    desk.transfer("C1", to="duty", grounds="it stays here", agent="ola", now=NOON)
    desk.sign_out("ola", now=NOON)
    desk.sign_in("ola", teams=["experts"], now=NOON)
    desk.transfer("C1", to="experts", grounds="for us", agent="ola", now=NOON)
    lax = opened(POLICY, request("A1"), agents=["ola"])
    told = lax.transfer("A1", to="experts", grounds="a tour", agent="ola", now=NOON)[0]
    assert isinstance(told, Transferred)
    assert told.agent == "ola"


def test_D6_H3_nor_is_a_ticket_escalated_to_oneself_or_to_somebody_who_is_not_waited_for() -> None:
    alone = replace(POLICY, takeover=None, agents=AgentRules(own_transfer=Picking.REFUSED))
    desk = opened(alone, request("A1", "refund"), agents=["ola"])
    with pytest.raises(OwnTransfer):
        desk.escalate("A1", grounds="a tour", agent="ola", now=NOON)
    with pytest.raises(OwnTransfer):
        desk.transfer("A1", to="experts", grounds="a tour", agent="ola", addressee="petr", now=NOON)


def test_D6_H3_a_log_in_which_a_ticket_was_handed_over_to_oneself_is_refused() -> None:
    desk = Desk(POLICY)
    log = [*desk.submit(request("A1"), now=NOON), *desk.sign_in("ola", teams=["experts", "duty"], now=NOON)]
    log += desk.transfer("A1", to="experts", grounds="a tour", agent="ola", now=NOON)
    with pytest.raises(LogError, match="over to themselves"):
        Desk.from_log(replace(POLICY, agents=AgentRules(own_transfer=Picking.REFUSED)), log)


def test_D10_H3_who_is_on_duty_for_other_teams_is_handed_nothing() -> None:
    """Past a gate of theirs it would be handed to them in another team."""
    desk = opened(POLICY, request("A1"))
    desk.sign_in("petr", teams=["experts"], now=NOON)
    with pytest.raises(NotTheirs) as refusal:
        desk.transfer("A1", to="duty", grounds="a tour", addressee="petr", now=NOON)
    assert (refusal.value.agent, refusal.value.team) == ("petr", "duty")
    desk.transfer("A1", to="experts", grounds="a tour", addressee="petr", now=NOON)
    # Whoever is not on duty may come for any team.
    desk.transfer("A1", to="duty", grounds="a tour", addressee="ola", now=NOON)


def test_D10_H3_a_gate_lets_through_what_fits_on_the_grounds_it_lists() -> None:
    paid = Gate("experts", when.at_least("prepayment", 3_000), ("selection",))
    desk = opened(replace(POLICY, gates=(paid,)), request("A1", attributes={"prepayment": 2_999.5}))
    with pytest.raises(GateClosed, match="3000"):
        desk.transfer("A1", to="experts", grounds="selection", now=NOON)
    desk.correct("A1", attributes={"prepayment": 3_000}, now=NOON)
    with pytest.raises(GateClosed, match="selection"):
        desk.transfer("A1", to="experts", grounds="they asked", now=NOON)
    desk.transfer("A1", to="experts", grounds="selection", now=NOON)
    assert desk.ticket("A1").queue == Queue("experts")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"to": "nobody", "grounds": "a tour"}, "to"),
        ({"to": "experts", "grounds": "+"}, "grounds"),
        ({"to": "experts", "grounds": "a tour", "agent": ""}, "agent"),
        ({"to": "experts", "grounds": "a tour", "addressee": " x"}, "addressee"),
    ],
)
def test_a_transfer_that_cannot_be_meant_is_refused(given: dict[str, str], field: str) -> None:
    desk = opened(POLICY, request("A1"))
    with pytest.raises(InvalidValue) as refusal:
        desk.transfer("A1", now=NOON, **given)
    assert refusal.value.field == field


def test_a_desk_without_teams_hands_nothing_over() -> None:
    desk = opened(Policy(LANES), request("A1"))
    with pytest.raises(InvalidValue, match="none in this policy"):
        desk.transfer("A1", to="experts", grounds="a tour", now=NOON)
    with pytest.raises(InvalidValue, match="no teams"):
        desk.escalate("A1", grounds="a tour", now=NOON)


def test_D6_a_ticket_that_is_taken_out_again_has_its_own_transfer() -> None:
    desk = opened(POLICY, request("A1"), request("B1"))
    desk.transfer("B1", to="experts", grounds="a tour", now=NOON)
    before = desk.ticket("B1")
    desk.merge("A1", "B1", now=NOON)
    assert desk.ticket("A1").transferred is None
    desk.unmerge("B1", now=NOON)
    assert desk.ticket("B1").transferred == before.transferred
    assert desk.ticket("B1").queue == Queue("experts")


# ---------------------------------------------------------------------------------------------------- escalation


def test_L0_an_escalation_goes_to_the_team_above() -> None:
    desk = opened(POLICY, request("A1", "refund"))
    told, _ = desk.escalate("A1", grounds="a lawyer wrote", now=NOON)
    assert told == Transferred(NOON, "A1", "refunds", "experts", "a lawyer wrote", "all", escalated=True)
    assert desk.ticket("A1").queue == Queue("experts")
    with pytest.raises(NobodyAbove):
        desk.escalate("A1", grounds="a lawyer wrote", now=NOON)


def test_gates_stand_in_the_way_of_escalations_too() -> None:
    desk = opened(replace(POLICY, gates=(Gate("experts", when.urgent()),)), request("A1", "refund"))
    with pytest.raises(GateClosed):
        desk.escalate("A1", grounds="a lawyer wrote", now=NOON)


# ---------------------------------------------------------------------------------------------------- as policy data


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"teams": (Team("a", when.urgent(), escalates_to="b"), Team("b", escalates_to="a"))}, "team 'a'.escalates_to"),
        ({"teams": (Team("a", escalates_to="a"),)}, "team 'a'.escalates_to"),
        (
            {
                "teams": (
                    Team("a", when.urgent(), escalates_to="b"),
                    Team("b", when.kind("x"), escalates_to="c"),
                    Team("c", escalates_to="b"),
                )
            },
            "team 'a'.escalates_to",
        ),
        ({"teams": (Team("a", escalates_to="nobody"),)}, "team 'a'.escalates_to"),
        ({"gates": (Gate("nobody", when.urgent()),)}, "gate 'nobody'.to"),
        ({"teams": (), "takeover": None, "gates": (Gate("duty", when.urgent()),)}, "gate 'duty'.to"),
        ({"teams": (Team("a", person="curator"),), "takeover": None}, "team 'a'.person"),
        ({"hints": ("offer",)}, "policy.hints"),
    ],
)
def test_hand_overs_that_contradict_themselves_are_refused(changes: dict[str, object], place: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        replace(POLICY, **changes)  # type: ignore[arg-type]  # as `Policy` takes them
    assert refusal.value.field == place


def test_their_parts_check_themselves() -> None:
    with pytest.raises(PolicyError, match=r"team 'a'\.person"):
        Team("a", person="friend")
    with pytest.raises(PolicyError, match=r"team 'a'\.escalates_to"):
        Team("a", escalates_to="")
    with pytest.raises(PolicyError, match=r"gate 'a'\.grounds"):
        Gate("a", when.urgent(), ("+",))
    with pytest.raises(PolicyError, match=r"gate 'a'\.needs"):
        Gate("a", "urgent")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(PolicyError, match=r"hint\.text"):
        Hint("-", when.urgent())
    with pytest.raises(PolicyError, match=r"agents\.own_transfer"):
        AgentRules(own_transfer="never")  # type: ignore[arg-type]  # on purpose


# ---------------------------------------------------------------------------------------------------- hints


def test_D10_R6_the_explanation_names_the_first_hint_that_fits_whoever_has_the_ticket() -> None:
    hints = (Hint("offer an expert", when.attribute("doubts")), Hint("no hurry", when.kind("question")))
    desk = opened(replace(POLICY, hints=hints), request("A1", "question"), request("A2"), agents=["ola"])
    assert [desk.explain(name).hint for name in ("A1", "A2")] == ["no hurry", None]
    desk.take("ola", now=NOON)
    desk.correct("A1", attributes={"doubts": True}, now=NOON)
    assert desk.explain("A1").hint == "offer an expert"


# ---------------------------------------------------------------------------------------------------- named persons

PERSONS = Policy(
    LANES,
    teams=(Team("managers", when.stage("new"), person="manager"), Team("curators", person="curator")),
    takeover=Takeover(HOUR),
)


def test_C1_C2_a_ticket_waits_for_the_clients_named_person() -> None:
    desk = opened(PERSONS, agents=["mila", "kira"])
    desk.submit(Request("A1", Client(account="a", stage="new", manager="mila", curator="kira")), now=NOON)
    assert desk.ticket("A1").queue == Queue("managers", None, OpenTo.ADDRESSEE)
    assert desk.take("kira", now=NOON) == ()
    assert taken(desk.take("mila", now=NOON)) == ["A1"]


def test_C1_C2_at_the_first_booking_what_is_unanswered_passes_to_the_curator_with_its_arrival() -> None:
    desk = opened(PERSONS, agents=["mila", "kira"])
    desk.submit(Request("A1", Client(account="a", stage="new", manager="mila", curator="kira")), now=NOON)
    moved = desk.update_client("account:a", stage="regular", now=NOON + HOUR / 2)
    waits = [Queue(team, None, OpenTo.ADDRESSEE) for team in ("managers", "curators")]
    assert moved[1:] == (Routed(NOON + HOUR / 2, waits[0], waits[1], ("A1",)),)
    assert desk.take("mila", now=NOON + HOUR / 2) == ()
    assert desk.ticket("A1").arrived_at == NOON
    assert taken(desk.take("kira", now=NOON + HOUR / 2)) == ["A1"]


def test_C2_another_person_in_the_same_team_is_waited_for_at_once() -> None:
    desk = opened(PERSONS, agents=["mila", "kira"])
    desk.submit(Request("A1", Client(account="a", curator="kira")), now=NOON)
    desk.update_client("account:a", curator="mila", now=NOON)
    twin = Desk.from_snapshot(desk.snapshot())
    for each in (desk, twin):
        assert each.take("kira", now=NOON) == ()
        assert taken(each.take("mila", now=NOON)) == ["A1"]


def test_C2_a_named_person_is_stepped_in_for_after_the_silence_and_at_sign_out() -> None:
    desk = opened(PERSONS, agents=["mila", "kira"])
    desk.submit(Request("A1", Client(account="a", curator="kira")), now=NOON)
    desk.submit(Request("B1", Client(account="b", curator="kira")), now=NOON)
    desk.sign_out("kira", now=NOON)
    assert [taken(desk.take("mila", now=NOON)) for _ in range(2)] == [["A1"], ["B1"]]


def test_H3_C2_what_waits_for_a_named_person_is_free_when_they_leave_whatever_they_did_with_it() -> None:
    """Taken, parked, or merged into another and taken out again."""
    desk = opened(PERSONS, agents=["mila", "kira"])
    for name in "abcd":
        desk.submit(Request(name, Client(account=name, curator="kira")), now=NOON)
    desk.take("kira", ticket="a", now=NOON)
    desk.take("kira", ticket="b", now=NOON)
    desk.ask_client("b", now=NOON)
    desk.merge("c", "d", now=NOON)
    out = next(event for event in desk.sign_out("kira", now=NOON) if isinstance(event, SignedOut))
    assert (out.unanswered, out.addressed) == (("a",), ("a", "c"))
    desk.client_answered("b", now=NOON)
    desk.unmerge("d", now=NOON)
    assert sorted(taken(desk.take("mila", now=NOON))[0] for _ in range(4)) == ["a", "b", "c", "d"]


def test_C2_a_client_without_a_named_person_is_the_teams() -> None:
    desk = opened(PERSONS, request("A1"), agents=["mila"])
    assert desk.ticket("A1").queue == Queue("curators")


def test_H3_who_answered_a_ticket_does_not_hand_it_to_themselves_by_saying_nothing() -> None:
    agents = AgentRules(own_transfer=Picking.REFUSED)
    desk = Desk(Policy((Lane("all"),), teams=(Team("air", when.kind("flight")), Team("rest")), agents=agents))
    desk.sign_in("ivan", teams=["air", "rest"], now=NOON)
    desk.submit(Request("A1", Client(account="a")), now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    with pytest.raises(OwnTransfer):
        desk.transfer("A1", to="air", grounds="asked for", addressee="ivan", now=NOON)
