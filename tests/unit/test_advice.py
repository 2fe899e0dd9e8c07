"""Advice (rule H4): the doors that may be used, what would become of a request, and why."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, Desk, InvalidValue, Lane, Policy, PolicyError, Request, Shift, Staffing, when
from supportq.desk import Advice
from supportq.errors import NeedsAdvance, NotReceivedYet, RequestExists
from supportq.estimates import Forecast, Situation
from supportq.fairness import FairShare
from supportq.hours import Hours, Opening
from supportq.presets import preset
from supportq.schema import policy_from_json, to_data, to_json
from supportq.teams import Door, Role, Skill, Takeover, Team
from supportq.tickets import Reason

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
"""A Friday."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
ROUND_THE_CLOCK = Staffing((Shift(time(0), time(0), agents=1),), handling_time=10 * MINUTE)
DAYTIME = Staffing((Shift(time(9), time(18), agents=2),), handling_time=10 * MINUTE)
POLICY = Policy(
    (Lane("urgent", when.urgent()), Lane("standard")),
    teams=(Team("calls", when.by_voice()), Team("credit", when.kind("credit")), Team("support")),
    doors=(
        Door("mail", "email"),
        Door("hot line", "phone", by_voice=True),
        Door("bot", "telegram", urgent=True, when=when.kind("trouble")),
        Door("letter", "email", addressed=True, when=when.stage("regular")),
    ),
)


def request(name: str = "A1", **fields: Any) -> Request:
    return Request(name, Client(account=name), **fields)


def staffed(policy: Policy = POLICY, **plans: Staffing) -> Desk:
    desk = Desk(policy)
    for team, plan in plans.items():
        desk.plan(plan, team=team, now=NOON)
    return desk


def names(found: tuple[Advice, ...]) -> list[str | None]:
    return [said.door for said in found]


def test_without_doors_there_is_one_advice_for_the_channel_of_the_request() -> None:
    desk = Desk(Policy((Lane("urgent", when.kind("emergency")), Lane("standard"))))
    (said,) = desk.advise(request(channel="form", kind="emergency"), now=NOON)
    assert (said.door, said.channel, said.team, said.lane) == (None, "form", None, "urgent")
    assert (said.condition, said.routed_by, said.opens_at, said.reasons) == (when.kind("emergency"), None, None, ())
    assert said.estimate.p50 is None
    assert said.estimate.reasons[0].code == "NO_STAFF"


def test_each_door_says_whose_the_request_would_be_in_which_lane_and_by_which_conditions() -> None:
    found = {said.door: said for said in Desk(POLICY).advise(request(kind="trouble"), now=NOON)}
    assert {name: (said.channel, said.team, said.lane) for name, said in found.items()} == {
        "mail": ("email", "support", "standard"),
        "hot line": ("phone", "calls", "standard"),
        "bot": ("telegram", "support", "urgent"),
    }
    assert found["hot line"].routed_by == when.by_voice()
    assert (found["bot"].routed_by, found["bot"].condition) == (None, when.urgent())


def test_only_doors_that_the_client_may_use_are_named() -> None:
    desk = Desk(POLICY)
    assert names(desk.advise(request(), now=NOON)) == ["mail", "hot line"]
    regular = Request("A1", Client(account="a", stage="regular", manager="max", curator="eva"))
    assert names(desk.advise(regular, now=NOON)) == ["mail", "hot line", "letter"]
    # A regular client without a person has nobody to write to.
    assert names(desk.advise(Request("A1", Client(account="a", stage="regular")), now=NOON)) == ["mail", "hot line"]


def test_a_door_goes_by_what_the_host_knows_of_the_client() -> None:
    desk = Desk(POLICY)
    desk.update_client("account:A1", stage="regular", manager="max", now=NOON)
    said = desk.advise(request(), now=NOON)[-1]
    assert (said.door, said.reasons) == ("letter", (Reason("ADDRESSED", "addressed_to", "max"),))


def test_a_policy_whose_doors_may_not_be_used_names_none() -> None:
    policy = Policy((Lane("all"),), doors=(Door("letter", "email", addressed=True),))
    assert Desk(policy).advise(request(), now=NOON) == ()


def test_the_soonest_answer_comes_first_whatever_the_order_of_the_doors() -> None:
    desk = staffed(support=ROUND_THE_CLOCK, calls=ROUND_THE_CLOCK)
    desk.submit_many([request(f"S{number}", channel="email") for number in range(9)], now=NOON)
    assert names(desk.advise(request(), now=NOON + MINUTE)) == ["hot line", "mail"]
    desk.submit_many([request(f"C{number}", channel="phone", by_voice=True) for number in range(30)], now=NOON)
    assert names(desk.advise(request(), now=NOON + MINUTE)) == ["mail", "hot line"]


def test_equal_answers_come_in_the_order_of_the_policy_and_those_that_nobody_can_say_last() -> None:
    desk = staffed(calls=ROUND_THE_CLOCK, support=Staffing(()))
    found = desk.advise(request(kind="trouble"), now=NOON)
    assert names(found) == ["hot line", "mail", "bot"]
    assert [said.estimate.p50 is None for said in found] == [False, True, True]


def test_it_says_when_a_team_is_at_work_again() -> None:
    desk = staffed(support=DAYTIME, calls=ROUND_THE_CLOCK)
    found = {said.door: said for said in desk.advise(request(), now=NOON + 8 * HOUR)}
    assert (found["mail"].opens_at, found["hot line"].opens_at) == (NOON + 21 * HOUR, None)
    assert found["mail"].estimate.p50 is not None
    assert found["mail"].estimate.p50 >= 13 * HOUR


def test_it_says_when_time_hands_the_ticket_elsewhere() -> None:
    groups = Skill("groups", when.waited(2 * HOUR))
    policy = Policy(
        (Lane("all"),),
        teams=(Team("office", when.within_hours(OFFICE)), Team("night", skills=(groups,), opens_after=3 * HOUR)),
    )
    desk = Desk(policy)
    (day,) = desk.advise(request(), now=NOON)
    assert day.reasons == (Reason("NEXT_QUEUE", "team", "2020-03-20T18:00:00Z", "night"),)
    (night,) = desk.advise(request(), now=NOON + 8 * HOUR)
    assert night.reasons == (Reason("NEXT_QUEUE", "skill", "2020-03-20T22:00:00Z", "groups"),)
    held = Policy(
        (Lane("all"),), teams=(Team("support"),), takeover=Takeover(HOUR), doors=(Door("letter", "email", addressed=True),)
    )
    (named,) = Desk(held).advise(Request("A1", Client(account="a", manager="max")), now=NOON)
    assert named.reasons[1] == Reason("NEXT_QUEUE", "open_to", "2020-03-20T13:00:00Z", "team")


def next_queues(policy: Policy, asked: Request, now: datetime = NOON) -> list[Reason]:
    return [reason for reason in Desk(policy).advise(asked, now=now)[0].reasons if reason.code == "NEXT_QUEUE"]


def test_it_says_when_other_roles_may_work_the_ticket_or_none() -> None:
    """Rules H3 and H4."""
    personal = Role("personal", when.within_hours(OFFICE))
    for roles, told in (
        ((personal,), ""),
        ((personal, Role("night", when.kind("other"))), "night"),
        ((personal, Role("head")), "head"),
    ):
        policy = Policy((Lane("all"),), teams=(Team("desk"),), roles=roles)
        assert next_queues(policy, request()) == [Reason("NEXT_QUEUE", "roles", "2020-03-20T18:00:00Z", told)]
    desk = Desk(preset("agency-with-managers"))
    ann = Client(account="ann", stage="regular", curator="eva")
    letter = desk.advise(Request("A1", ann, kind="credit_limit"), now=NOON)[0]
    assert letter.reasons[-1] == Reason("NEXT_QUEUE", "roles", "2020-03-20T18:00:00Z", "")


def test_what_roles_of_other_teams_may_do_is_no_change() -> None:
    """Nor is what a role may do that nobody signs in with for the team; what comes after it is told."""
    roles = (Role("personal", when.within_hours(OFFICE), teams=("curators",)), Role("desk", teams=("support",)))
    teams = (Team("curators", when.kind("credit")), Team("support", opens_after=9 * HOUR))
    policy = Policy((Lane("all"),), teams=(teams[0], Team("support")), roles=roles)
    assert next_queues(policy, request()) == []
    opens = Policy((Lane("all"),), teams=teams, roles=roles)
    assert next_queues(opens, request()) == [Reason("NEXT_QUEUE", "open_to", "2020-03-20T21:00:00Z", "anyone")]


def test_a_request_that_belongs_to_a_known_ticket_has_one_advice_and_its_own_estimate() -> None:
    desk = staffed(support=ROUND_THE_CLOCK)
    desk.submit_many([request(f"S{number}") for number in range(5)], now=NOON)
    booking = Booking("KC77")
    desk.submit(request("A1", bookings=booking, kind="refund"), now=NOON)
    again = Request("A2", Client(account="A1"), channel="phone", bookings=booking, kind="refund")
    (said,) = desk.advise(again, now=NOON)
    assert (said.door, said.channel, said.team, said.lane) == (None, "phone", "support", "standard")
    assert said.reasons == (Reason("KNOWN", "ticket_id", "A1"),)
    assert said.estimate == desk.estimate("A1")
    # So has the same request again, and one whose ticket does not wait.
    assert desk.advise(request("A1", bookings=booking, kind="refund"), now=NOON)[0].reasons == said.reasons
    desk.withdraw("A1", now=NOON)
    (closed,) = desk.advise(again, now=NOON)
    assert (closed.lane, closed.estimate.reasons[0].code, closed.reasons) == (None, "NOT_WAITING", said.reasons)


def test_a_fair_share_counts() -> None:
    policy = Policy((Lane("all"),), fair_share=FairShare("agency", spacing=HOUR, at_most=DAY))
    desk = Desk(policy)
    desk.submit(request("S1", attributes={"agency": "Sun"}), now=NOON)
    desk.submit(request("S2", attributes={"agency": "Sun"}), now=NOON)
    ask = {agency: desk.advise(request(attributes={"agency": agency}), now=NOON)[0] for agency in ("Sun", "Moon")}
    assert (ask["Sun"].estimate.position, ask["Moon"].estimate.position) == (3, 1)


def test_what_submit_would_refuse_is_refused() -> None:
    desk = Desk(POLICY)
    desk.submit(request("A1", bookings=Booking("K", departs_at=NOON + DAY)), now=NOON)
    with pytest.raises(RequestExists):
        desk.advise(Request("A1", Client(account="other")), now=NOON)
    with pytest.raises(NotReceivedYet):
        desk.advise(request("B1", received_at=NOON + HOUR), now=NOON)
    with pytest.raises(InvalidValue):
        desk.advise("A1", now=NOON)  # type: ignore[arg-type]
    parked = Desk(POLICY)
    parked.submit(request("A1"), now=NOON)
    parked.park("A1", until=NOON + HOUR, now=NOON)
    with pytest.raises(NeedsAdvance):
        parked.advise(request("B1"), now=NOON + HOUR)


def test_a_pass_is_made_once_for_each_plan_and_not_for_each_door(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[Situation] = []

    def counted(situation: Situation) -> Forecast:
        passes.append(situation)
        return Forecast(situation)

    monkeypatch.setattr("supportq._outlook.forecast", counted)
    doors = tuple(Door(f"door {number}", "phone" if number % 2 else "email", by_voice=number % 2 == 1) for number in range(20))
    desk = staffed(Policy(POLICY.lanes, teams=POLICY.teams, doors=doors), support=ROUND_THE_CLOCK, calls=ROUND_THE_CLOCK)
    assert len(desk.advise(request(), now=NOON)) == 20
    assert len(passes) == 2


def test_doors_read_back_from_json_and_advice_is_written() -> None:
    assert policy_from_json(to_json(POLICY)) == POLICY
    (said, _) = Desk(POLICY).advise(request(), now=NOON)
    assert to_data(said)["door"] == "mail"
    assert list(to_data(said))[:7] == ["door", "channel", "team", "lane", "opens_at", "estimate", "reasons"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"name": ""}, "door.name"),
        ({"channel": ""}, "door 'mail'.channel"),
        ({"urgent": 1}, "door 'mail'.urgent"),
        ({"by_voice": None}, "door 'mail'.by_voice"),
        ({"addressed": "yes"}, "door 'mail'.addressed"),
        ({"when": "always"}, "door 'mail'.when"),
    ],
)
def test_a_door_that_cannot_be_meant_is_refused(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        Door(**{"name": "mail", "channel": "email", **fields})
    assert refusal.value.field == place


def test_each_door_has_a_name_of_its_own_and_there_are_not_too_many() -> None:
    with pytest.raises(PolicyError, match="door 'mail': appears twice"):
        Policy((Lane("all"),), doors=(Door("mail", "email"), Door("mail", "form")))
    with pytest.raises(PolicyError, match="101 doors"):
        Policy((Lane("all"),), doors=tuple(Door(f"{number}", "email") for number in range(101)))
