"""A desk with teams: hours hand tickets over and back, agents come and go, and a named agent is stepped in for (H2, H3, C2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from supportq import Booking, Client, Desk, InvalidValue, Lane, Policy, PolicyError, Position, Request, Shift, Staffing, when
from supportq.errors import BetterWaits, NotSignedIn, NotTheirs, OthersWait, SignedInAlready, TooMany
from supportq.events import Event, HandedBack, Routed, SignedOut, Taken
from supportq.hours import Hours, Opening
from supportq.teams import AgentRules, Picking, Skill, Takeover, Team
from supportq.tickets import OpenTo, Queue, State

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
"""A Friday."""
OFFICE = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
URGENT, ALL = Lane("urgent", when.kind("emergency")), Lane("all")

POLICY = Policy(
    (URGENT, ALL),
    teams=(
        Team("accounts", when.kind("credit", "contract") & when.within_hours(OFFICE)),
        Team("support", skills=(Skill("groups", when.kind("group")),), opens_after=30 * MINUTE),
    ),
)


def request(name: str, kind: str = "other", *, to: str | None = None) -> Request:
    return Request(name, Client(account=name), kind=kind, addressed_to=to)


def opened(policy: Policy = POLICY, *requests: Request, at: datetime = NOON) -> Desk:
    desk = Desk(policy)
    desk.submit_many(requests, now=at)
    return desk


def taken(events: Iterable[Event]) -> list[str]:
    return [event.ticket_id for event in events if isinstance(event, Taken)]


# ---------------------------------------------------------------------------------------------------- routing, H2


def test_H2_a_ticket_is_told_how_many_of_its_team_wait_whether_it_does_or_not() -> None:
    desk = opened(POLICY, request("A1", "credit"), request("A2", "group"), request("A3"), request("A4"))
    desk.sign_in("olga", teams=["support"], now=NOON)
    assert (desk.position("A1").waiting, desk.position("A3").waiting) == (1, 3)
    desk.take("olga", ticket="A3", now=NOON)
    assert desk.position("A3") == Position("A3", None, None, None, 2)
    desk.reply("A3", now=NOON)
    desk.resolve("A3", now=NOON)
    assert desk.position("A3").waiting == desk.position("A4").waiting == len(desk.waiting(team="support")) == 2


def test_H2_the_first_team_that_fits_has_the_ticket() -> None:
    desk = opened(POLICY, request("A1", "credit"), request("A2", "group"), request("A3"))
    assert [desk.ticket(name).queue for name in ("A1", "A2", "A3")] == [
        Queue("accounts"),
        Queue("support", "groups"),
        Queue("support"),
    ]
    assert (desk.waiting(), desk.waiting(team="support")) == (["A1", "A2", "A3"], ["A2", "A3"])
    assert desk.counter().waiting_by_team == {"accounts": 1, "support": 2}


def test_H2_hours_hand_a_ticket_elsewhere_and_back() -> None:
    desk = opened(POLICY, request("A1", "contract"), at=NOON + 5 * HOUR)
    assert desk.next_wakeup == NOON + 6 * HOUR
    accounts, anyone = Queue("accounts"), Queue("support", None, OpenTo.ANYONE)
    # At six in the evening on Friday it has waited for an hour, so support opens it to anyone at once.
    evening = desk.advance(now=NOON + 30 * HOUR)
    assert evening == (Routed(NOON + 6 * HOUR, accounts, anyone, ("A1",)),)
    monday = desk.advance(now=NOON + 72 * HOUR)
    assert monday == (Routed(NOON + 69 * HOUR, anyone, accounts, ("A1",)),)


def test_H2_a_fact_that_changes_moves_the_ticket_at_once() -> None:
    teams = (Team("air", when.cancelled()), Team("rest"))
    desk = Desk(replace(POLICY, teams=teams))
    desk.submit(Request("A1", Client(account="a"), bookings=Booking("KC77")), now=NOON)
    moved = desk.update(booking="KC77", cancelled=True, now=NOON + HOUR)
    assert moved[1:] == (Routed(NOON + HOUR, Queue("rest"), Queue("air"), ("A1",)),)


def test_H2_what_comes_back_belongs_to_whoever_works_it_then() -> None:
    """A ticket keeps its team while an agent has it, and is handed over when it waits again."""
    desk = opened(POLICY, request("A1", "credit"), at=NOON + 5 * HOUR)
    desk.sign_in("olga", teams=["accounts"], now=NOON + 5 * HOUR)
    desk.take("olga", now=NOON + 5 * HOUR)
    assert desk.advance(now=NOON + 7 * HOUR) == ()
    back = desk.hand_back("A1", now=NOON + 7 * HOUR)
    assert back[1:] == (Routed(NOON + 7 * HOUR, Queue("accounts"), Queue("support", None, OpenTo.ANYONE), ("A1",)),)


def test_H2_after_half_an_hour_anyone_may_take_it_who_can() -> None:
    desk = opened(POLICY, request("A1"), request("A2", "group"))
    desk.sign_in("olga", teams=["accounts"], now=NOON)
    desk.sign_in("petr", teams=["accounts"], skills=["groups"], now=NOON)
    assert desk.take("olga", now=NOON + 29 * MINUTE) == ()
    assert taken(desk.take("olga", now=NOON + 30 * MINUTE)) == ["A1"]
    assert desk.take("olga", now=NOON + 30 * MINUTE) == ()
    assert taken(desk.take("petr", now=NOON + 30 * MINUTE)) == ["A2"]


def test_R6_the_explanation_says_whose_it_is_and_who_may_take_it_next() -> None:
    desk = opened(POLICY, request("A1", "credit"), at=NOON + 5 * HOUR)
    told = desk.explain("A1")
    assert (told.queue, told.next_change) == (Queue("accounts"), NOON + 6 * HOUR)
    assert told.routed_by == POLICY.teams[0].when
    assert told.next_queue == Queue("support", None, OpenTo.ANYONE)


def test_the_place_is_told_among_those_of_the_team() -> None:
    desk = opened(POLICY, request("A1", "credit"), request("A2"), request("A3", "emergency"), request("A4", "group"))
    told = desk.position("A4")
    assert (told.position, told.ahead, told.waiting) == (3, 2, 3)
    explained = desk.explain("A2")
    assert (explained.position, explained.above and explained.above.ticket_id) == (2, "A3")
    assert explained.below is not None
    assert explained.below.ticket_id == "A4"


# ---------------------------------------------------------------------------------------------------- agents, H3


def test_H3_a_take_goes_over_all_teams_of_the_agent_by_rank() -> None:
    desk = opened(POLICY, request("A1", "credit"), request("A2"), request("A3", "emergency"))
    desk.sign_in("olga", teams=["accounts", "support"], now=NOON)
    assert [taken(desk.take("olga", now=NOON)) for _ in range(4)] == [["A3"], ["A1"], ["A2"], []]


def test_H3_who_is_not_on_duty_takes_nothing() -> None:
    desk = opened(POLICY, request("A1"))
    with pytest.raises(NotSignedIn):
        desk.take("olga", now=NOON)
    desk.sign_in("olga", teams=["support"], until=NOON + HOUR, now=NOON)
    with pytest.raises(SignedInAlready):
        desk.sign_in("olga", teams=["support"], now=NOON)
    with pytest.raises(NotSignedIn):
        desk.take("olga", now=NOON + HOUR)
    with pytest.raises(NotSignedIn):
        desk.sign_out("olga", now=NOON + HOUR)


def test_H3_a_desk_without_teams_needs_no_sign_in() -> None:
    desk = opened(Policy((ALL,)), request("A1"), request("A2"))
    assert taken(desk.take("olga", now=NOON)) == ["A1"]
    # Whoever signs in all the same is held to what they signed.
    desk.sign_in("petr", at_once=1, until=NOON + HOUR, now=NOON)
    assert taken(desk.take("petr", now=NOON)) == ["A2"]
    assert [type(event) for event in desk.advance(now=NOON + HOUR)] == [HandedBack, SignedOut]


def test_H3_signing_out_lists_what_is_left_and_gives_it_back() -> None:
    policy = replace(POLICY, takeover=Takeover(4 * HOUR))
    desk = opened(policy, request("A1"), request("A2"), request("A3", to="olga"))
    desk.sign_in("olga", teams=["support"], now=NOON)
    desk.take("olga", now=NOON)
    desk.reply("A1", now=NOON)
    desk.take("olga", now=NOON)
    back, out, routed = desk.sign_out("olga", now=NOON + 10 * MINUTE)
    assert back == HandedBack(NOON + 10 * MINUTE, "A2", "olga", "all", None, "SIGN_OUT")
    assert out == SignedOut(NOON + 10 * MINUTE, "olga", "SIGN_OUT", ("A2",), ("A1",), ("A3",))
    assert isinstance(routed, Routed)
    assert routed.target == Queue("support")
    assert desk.ticket("A1").agent == "olga"


def test_H3_what_is_addressed_to_whoever_goes_off_duty_is_free() -> None:
    """Whether it waited, was taken, or comes back later; and for nobody else than whom it was addressed to."""
    policy = replace(POLICY, takeover=Takeover(100 * HOUR))
    desk = opened(policy, *(request(name, to="olga") for name in ("A1", "A2", "A3")))
    for name in ("olga", "petr"):
        desk.sign_in(name, teams=["support"], now=NOON)
    desk.take("olga", ticket="A1", now=NOON)
    desk.take("olga", ticket="A2", now=NOON)
    desk.ask_client("A2", now=NOON)
    out = next(event for event in desk.sign_out("olga", now=NOON) if isinstance(event, SignedOut))
    assert (out.unanswered, out.addressed) == (("A1",), ("A1", "A3"))
    desk.client_answered("A2", now=NOON)
    assert sorted(taken(desk.take("petr", now=NOON))[0] for _ in range(3)) == ["A1", "A2", "A3"]
    # Another agent's request joins it, and was first: it is theirs, who have not gone.
    desk.submit(Request("B1", Client(account="b"), addressed_to="olga"), now=NOON + HOUR)
    desk.submit(Request("B2", Client(account="b"), addressed_to="ivan", received_at=NOON), now=NOON + HOUR)
    assert desk.ticket("B1").queue == Queue("support", None, OpenTo.ADDRESSEE)


@pytest.mark.parametrize("merged", [False, True])
def test_H3_what_waits_again_is_free_where_its_addressee_has_left_meanwhile(merged: bool) -> None:
    """However it came back into the line: reserved for somebody who is off duty it would wait for nobody."""
    policy = Policy((ALL,), teams=(Team("all"),), takeover=Takeover(12 * HOUR))
    desk = opened(policy, request("A1", to="ivan"))
    desk.sign_in("ivan", teams=("all",), now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    desk.sign_out("ivan", now=NOON + HOUR)
    again = request("A2", to="ivan") if merged else replace(request("A2", to="ivan"), client=Client(account="A1"))
    desk.submit(again, now=NOON + HOUR)
    if merged:
        desk.merge("A1", "A2", now=NOON + HOUR)
    assert desk.ticket("A1").state is State.WAITING
    assert desk.ticket("A1").queue == Queue("all")


def test_H3_a_ticket_taken_before_the_first_sign_in_is_theirs_all_the_same() -> None:
    desk = opened(Policy((ALL,)), *(request(f"A{number}") for number in range(4)))
    desk.take("olga", now=NOON)
    desk.take("olga", now=NOON)
    desk.sign_in("olga", at_once=1, now=NOON)
    assert desk.take("olga", now=NOON) == Desk.from_snapshot(desk.snapshot()).take("olga", now=NOON) == ()
    assert desk.sign_out("olga", now=NOON)[-1] == SignedOut(NOON, "olga", "SIGN_OUT", ("A0", "A1"))


def test_R5_a_lane_that_nobody_on_duty_may_work_earns_nothing() -> None:
    lanes = (URGENT, Lane("all", share=0.2))
    desk = opened(Policy(lanes, teams=(Team("t"),), takeover=Takeover(100 * HOUR)), request("X", to="zoe"))
    desk.sign_in("olga", teams=["t"], now=NOON)
    for number in range(30):
        desk.submit(request(f"U{number}", "emergency"), now=NOON)
        desk.reply(taken(desk.take("olga", now=NOON))[0], now=NOON)
    assert desk.snapshot().credits == ({1: 0},)


def test_R5_a_share_is_kept_for_those_who_work_for_several_teams() -> None:
    lanes = (URGENT, Lane("all", share=0.2))
    teams = (Team("a", when.channel("phone")), Team("b"))
    desk = opened(Policy(lanes, teams=teams), Request("A1", Client(account="a"), channel="phone"))
    desk.sign_in("olga", teams=["a", "b"], now=NOON)
    assert desk.explain("A1").bound is not None
    assert desk.explain("A1").bound.takes is None  # type: ignore[union-attr]  # as said above
    first = []
    for number in range(10):
        desk.submit(request(f"U{number}", "emergency"), now=NOON)
        first += taken(desk.take("olga", now=NOON))
    assert first.index("A1") == 4


def test_T3_within_one_instant_kinds_of_events_keep_their_order() -> None:
    """All that goes back goes back before anybody is off duty; what changes lanes is handed over at once."""
    policy = replace(POLICY, lanes=(Lane("old", when.waited(HOUR)), ALL), teams=(Team("t", opens_after=HOUR),))
    desk = opened(policy, *(request(f"A{number}") for number in range(4)))
    for name in ("olga", "petr"):
        desk.sign_in(name, teams=["t"], until=NOON + HOUR, now=NOON)
        desk.take(name, now=NOON)
    log = desk.advance(now=NOON + HOUR)
    kinds = [type(event).__name__ for event in log]
    assert kinds[:6] == ["LaneChanged", "Routed", "HandedBack", "HandedBack", "SignedOut", "SignedOut"]


def test_G6_a_desk_whose_log_was_cut_between_lane_and_team_is_restored() -> None:
    old = when.waited(HOUR)
    policy = Policy((Lane("old", old), ALL), teams=(Team("s", old), Team("r")))
    desk = Desk(policy)
    log: list[Event] = [*desk.submit(request("A"), now=NOON), *desk.advance(now=NOON + HOUR)]
    for length in range(len(log) + 1):
        cut = Desk.from_log(policy, log[:length])
        assert Desk.from_snapshot(cut.snapshot()) == cut


def test_L0_what_comes_back_goes_to_the_same_agent_first_whomever_it_is_addressed_to() -> None:
    policy = replace(POLICY, takeover=Takeover(100 * HOUR, when.departs_within(2 * HOUR)))
    desk = Desk(policy)
    flight = Booking("KC77", departs_at=NOON + HOUR)
    desk.submit(Request("A1", Client(account="a"), addressed_to="olga", bookings=flight), now=NOON)
    desk.sign_in("petr", teams=["support"], now=NOON)
    desk.take("petr", now=NOON)
    desk.ask_client("A1", now=NOON)
    desk.client_answered("A1", now=NOON + 2 * HOUR)
    assert taken(desk.take("petr", now=NOON + 2 * HOUR)) == ["A1"]


def test_L0_what_comes_back_is_before_all_else_that_is_addressed_to_the_same_agent() -> None:
    """And before what waits for the team, in its lane; not before a lane above."""
    desk = opened(replace(POLICY, takeover=Takeover(100 * HOUR)), *(request(f"A{number}", to="olga") for number in range(3)))
    desk.sign_in("olga", teams=["support"], now=NOON)
    desk.park("A1", until=NOON + HOUR, now=NOON)
    desk.take("olga", ticket="A2", now=NOON)
    desk.park("A2", until=NOON + HOUR, now=NOON)
    desk.submit(Request("B0", Client(account="b"), received_at=NOON - HOUR), now=NOON)
    desk.submit(request("C0", "emergency"), now=NOON)
    assert [taken(desk.take("olga", now=NOON + HOUR)) for _ in range(5)] == [["C0"], ["A2"], ["B0"], ["A0"], ["A1"]]
    for name in ("A2", "A0"):
        desk.ask_client(name, now=NOON + HOUR)
        desk.client_answered(name, now=NOON + HOUR)
    desk.submit(request("B1", to="olga"), now=NOON + HOUR)
    assert [taken(desk.take("olga", now=NOON + HOUR)) for _ in range(3)] == [["A0"], ["A2"], ["B1"]]


PERSONS = Policy(
    (ALL,),
    teams=(Team("curators", when.stage("regular"), person="curator"), Team("managers", person="manager")),
    takeover=Takeover(100 * HOUR),
)


def put_aside(*teams: str) -> Desk:
    """Max, a manager who may work for other teams, too, has the client's ticket and asks the client; Kim is a curator."""
    desk = Desk(PERSONS)
    desk.submit(Request("A1", Client(account="a", manager="max"), kind="credit"), now=NOON)
    desk.sign_in("max", teams=["managers", *teams], now=NOON)
    desk.sign_in("kim", teams=["curators"], now=NOON)
    desk.take("max", now=NOON)
    desk.ask_client("A1", now=NOON)
    return desk


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("teams", [(), ("curators",)])
def test_C2_what_passes_to_another_team_waits_for_its_addressee_there_not_for_whoever_had_it(
    late: bool, teams: tuple[str, ...]
) -> None:
    """Whether it passes as it comes back or afterwards, and be the agent who had it in that team, too."""
    desk = put_aside(*teams)
    if late:
        desk.client_answered("A1", now=NOON)
    desk.update_client("account:a", stage="regular", curator="eva", now=NOON)
    if not late:
        desk.client_answered("A1", now=NOON)
    assert desk.ticket("A1").queue == Queue("curators", None, OpenTo.ADDRESSEE)
    assert desk.ticket("A1").returned_to is None
    assert taken(desk.take("kim", now=NOON)) == []
    desk.sign_in("eva", teams=["curators"], now=NOON)
    assert Desk.from_snapshot(desk.snapshot()) == desk
    assert taken(desk.take("eva", now=NOON)) == ["A1"]


@pytest.mark.parametrize("teams", [(), ("curators",)])
def test_L0_with_another_team_it_waits_for_whoever_had_it_first_where_they_work_there(teams: tuple[str, ...]) -> None:
    """And where it waits for nobody by name."""
    desk = put_aside(*teams)
    desk.update_client("account:a", stage="regular", now=NOON)
    desk.client_answered("A1", now=NOON)
    desk.submit(Request("B1", Client(account="b", stage="regular"), received_at=NOON - HOUR), now=NOON)
    assert desk.ticket("A1").queue == Queue("curators")
    assert desk.ticket("A1").returned_to == ("max" if teams else None)
    assert Desk.from_snapshot(desk.snapshot()) == desk
    assert taken(desk.take("max", now=NOON)) == (["A1"] if teams else [])


def test_H3_a_shift_that_ends_does_the_same_at_its_own_instant() -> None:
    desk = opened(POLICY, request("A1"))
    desk.sign_in("olga", teams=["support"], until=NOON + HOUR, now=NOON)
    desk.take("olga", now=NOON)
    back, out, *_ = desk.advance(now=NOON + 5 * HOUR)
    assert back == HandedBack(NOON + HOUR, "A1", "olga", "all", None, "SHIFT_END")
    assert out == SignedOut(NOON + HOUR, "olga", "SHIFT_END", ("A1",))


def test_H3_a_take_that_nothing_comes_of_is_given_back() -> None:
    desk = opened(Policy((ALL,), agents=AgentRules(returns_after=20 * MINUTE)), request("A1"))
    desk.take("olga", now=NOON)
    assert desk.next_wakeup == NOON + 20 * MINUTE
    (back,) = desk.advance(now=NOON + HOUR)
    assert back == HandedBack(NOON + 20 * MINUTE, "A1", "olga", "all", None, "TIME_LIMIT")
    desk.take("petr", now=NOON + HOUR)
    desk.reply("A1", now=NOON + HOUR)
    assert desk.next_wakeup is None


def test_H3_nobody_has_more_than_they_work_at_once() -> None:
    desk = opened(POLICY, request("A1"), request("A2"))
    desk.sign_in("olga", teams=["support"], at_once=1, now=NOON)
    desk.take("olga", now=NOON)
    assert desk.take("olga", now=NOON) == ()
    with pytest.raises(TooMany):
        desk.take("olga", ticket="A2", now=NOON)
    desk.reply("A1", now=NOON)
    assert taken(desk.take("olga", now=NOON)) == ["A2"]


def test_H3_picking_past_a_better_ticket_is_recorded_or_refused() -> None:
    (event,) = opened(Policy((ALL,)), request("A1"), request("A2")).take("olga", ticket="A2", now=NOON)
    assert isinstance(event, Taken)
    assert (event.ticket_id, event.passed) == ("A2", "A1")
    strict = opened(Policy((ALL,), agents=AgentRules(picking=Picking.REFUSED)), request("A1"), request("A2"))
    with pytest.raises(BetterWaits) as refusal:
        strict.take("olga", ticket="A2", now=NOON)
    assert refusal.value.better == "A1"
    (first,) = strict.take("olga", ticket="A1", now=NOON)
    assert isinstance(first, Taken)
    assert first.passed is None


def test_H3_long_work_is_not_picked_while_anything_else_waits() -> None:
    policy = Policy((ALL,), agents=AgentRules(long_work=when.kind("search")))
    desk = opened(policy, request("A0", "search"), request("A1"))
    with pytest.raises(OthersWait) as refusal:
        desk.take("olga", ticket="A0", now=NOON)
    assert refusal.value.other == "A1"
    # The next in turn may always be taken.
    assert taken(desk.take("olga", now=NOON)) == ["A0"]
    desk.hand_back("A0", now=NOON)
    desk.take("petr", ticket="A1", now=NOON)
    assert taken(desk.take("olga", ticket="A0", now=NOON)) == ["A0"]
    # One that came back to its agent is next for them, and is refused all the same while another stands above.
    desk.ask_client("A0", now=NOON)
    desk.client_answered("A0", now=NOON)
    desk.submit(Request("B1", Client(account="b"), received_at=NOON - HOUR), now=NOON)
    with pytest.raises(OthersWait):
        desk.take("olga", ticket="A0", now=NOON)


@pytest.mark.parametrize("signs_in", [True, False])
def test_H3_long_work_is_not_picked_before_what_was_taken_is_answered(signs_in: bool) -> None:
    desk = opened(Policy((ALL,), agents=AgentRules(long_work=when.kind("search"))), request("A0", "search"), request("A1"))
    if signs_in:
        desk.sign_in("olga", now=NOON)
    desk.take("olga", ticket="A1", now=NOON)
    with pytest.raises(OthersWait) as refusal:
        desk.take("olga", ticket="A0", now=NOON)
    assert refusal.value.other == "A1"
    desk.reply("A1", now=NOON)
    assert taken(desk.take("olga", ticket="A0", now=NOON)) == ["A0"]


def test_H3_picking_long_work_may_be_recorded_and_names_what_it_passes() -> None:
    rules = AgentRules(long_work=when.kind("search"), picking_long_work=Picking.RECORDED)
    desk = opened(Policy((ALL,), agents=rules), request("A0", "search"), request("A1"), request("A2", "search"))
    passed = []
    # First the next in turn, while others wait; then one that passes a better; then one while another is with them.
    for name in ("A0", "A2"):
        (event,) = desk.take("olga", ticket=name, now=NOON)
        assert isinstance(event, Taken)
        passed.append(event.passed)
        desk.reply(name, now=NOON)
    desk.take("olga", now=NOON)
    desk.submit(request("A3", "search"), now=NOON)
    (event,) = desk.take("olga", ticket="A3", now=NOON)
    assert isinstance(event, Taken)
    assert [*passed, event.passed] == ["A1", "A1", "A1"]
    for name in ("A1", "A3"):
        desk.reply(name, now=NOON)
    desk.submit(request("A4", "search"), now=NOON)
    (event,) = desk.take("olga", ticket="A4", now=NOON)
    assert isinstance(event, Taken)
    assert event.passed is None


def test_H3_recorded_long_work_is_refused_all_the_same_where_picking_is() -> None:
    rules = AgentRules(picking=Picking.REFUSED, long_work=when.kind("search"), picking_long_work=Picking.RECORDED)
    desk = opened(Policy((ALL,), agents=rules), request("A0"), request("A1", "search"))
    with pytest.raises(BetterWaits):
        desk.take("olga", ticket="A1", now=NOON)
    with pytest.raises(PolicyError, match=r"agents\.picking_long_work: must be one of recorded, refused"):
        AgentRules(picking_long_work="never")  # type: ignore[arg-type]  # on purpose


def test_H3_nobody_picks_what_is_not_theirs() -> None:
    desk = opened(POLICY, request("A1", "credit"), request("A2", "group"))
    desk.sign_in("olga", teams=["support"], now=NOON)
    for name in ("A1", "A2"):
        with pytest.raises(NotTheirs):
            desk.take("olga", ticket=name, now=NOON)
    assert desk.ticket("A1").state is State.WAITING


# ---------------------------------------------------------------------------------------------------- takeover, C2


def test_C2_a_named_agent_is_waited_for_and_then_stepped_in_for() -> None:
    policy = replace(POLICY, takeover=Takeover(HOUR, when.kind("emergency")))
    desk = opened(policy, request("A1", to="olga"), request("A2"), request("A3", "emergency", to="olga"))
    assert desk.ticket("A1").queue == Queue("support", None, OpenTo.ADDRESSEE)
    assert desk.ticket("A3").queue == Queue("support")
    for name in ("olga", "petr"):
        desk.sign_in(name, teams=["support"], now=NOON)
    assert [taken(desk.take("petr", now=NOON)) for _ in range(3)] == [["A3"], ["A2"], []]
    assert taken(desk.take("olga", now=NOON)) == ["A1"]
    desk.hand_back("A1", now=NOON)
    assert taken(desk.take("petr", now=NOON + HOUR)) == ["A1"]


def test_C2_grounds_hold_of_any_request_that_waits_and_of_none_that_was_answered() -> None:
    policy = replace(POLICY, takeover=Takeover(9 * HOUR, when.urgent()))
    desk = opened(policy, Request("A1", Client(account="a"), addressed_to="olga"))
    for name in ("olga", "petr"):
        desk.sign_in(name, teams=["support"], now=NOON)
    assert desk.take("petr", now=NOON) == ()
    joined, routed = desk.submit(Request("A2", Client(account="a"), urgent=True, text="It burns!"), now=NOON)
    assert isinstance(routed, Routed)
    assert (joined.ticket_id, routed.ticket_ids) == ("A1", ("A1",))  # type: ignore[union-attr]  # a `Joined`
    assert taken(desk.take("petr", now=NOON)) == ["A1"]
    desk.reply("A1", now=NOON)
    # What follows is not urgent.
    desk.submit(Request("A3", Client(account="a"), text="Thank you, and the hotel?"), now=NOON + MINUTE)
    assert desk.waiting() == ["A1"]
    assert desk.take("petr", now=NOON + MINUTE) == ()
    assert taken(desk.take("olga", now=NOON + MINUTE)) == ["A1"]


# ------------------------------------------------------------------------------------------------------- bad input


BAD = {
    "no team takes everyone": (lambda: replace(POLICY, teams=(Team("a", when.cancelled()),)), "team 'a'"),
    "a team twice": (lambda: replace(POLICY, teams=(Team("a", when.cancelled()), Team("a"))), "team 'a'"),
    "a team nobody can reach": (
        lambda: replace(POLICY, teams=(Team("a", when.kind("x")), Team("b", when.kind("x")), Team("c"))),
        "team 'b'.when",
    ),
    "a skill twice": (lambda: Team("a", skills=(Skill("s", when.kind("x")), Skill("s", when.kind("y")))), "team 'a'.skills"),
    "hours in words": (lambda: Team("a", hours="9 to 6"), "team 'a'.hours"),  # type: ignore[arg-type]  # the point
    "takeover without teams": (lambda: Policy((ALL,), takeover=Takeover(HOUR)), "policy.takeover"),
    "a limit of nothing": (lambda: AgentRules(returns_after=timedelta(0)), "agents.returns_after"),
    "an unknown way of picking": (lambda: AgentRules(picking="never"), "agents.picking"),  # type: ignore[arg-type]  # the point
}


@pytest.mark.parametrize("what", BAD)
def test_a_policy_that_cannot_work_is_refused_by_its_place(what: str) -> None:
    build, place = BAD[what]
    with pytest.raises(PolicyError) as refusal:
        build()  # type: ignore[no-untyped-call]  # a lambda
    assert refusal.value.field == place


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"teams": ["nobody"]}, "teams"),
        ({"teams": "support"}, "teams"),
        ({"teams": []}, "teams"),
        ({"teams": ["support"], "skills": ["magic"]}, "skills"),
        ({"teams": ["support"], "at_once": 0}, "at_once"),
        ({"teams": ["support"], "until": NOON}, "until"),
    ],
)
def test_a_sign_in_that_cannot_be_meant_changes_nothing(arguments: dict[str, object], field: str) -> None:
    desk = opened()
    before = desk.snapshot()
    with pytest.raises(InvalidValue) as refusal:
        desk.sign_in("olga", now=NOON, **arguments)  # type: ignore[arg-type]  # the point
    assert refusal.value.field == field
    assert desk.snapshot() == before


def test_a_thousand_teams_and_ten_thousand_agents() -> None:
    teams = tuple(Team(f"T{number}", when.kind(f"k{number}")) for number in range(999))
    desk = Desk(Policy((ALL,), teams=(*teams, Team("rest"))))
    for number in range(10_000):
        desk.sign_in(f"a{number}", teams=[f"T{number % 999}"], now=NOON)
    desk.submit_many([request(f"R{number}", f"k{number}") for number in range(999)], now=NOON)
    assert taken(desk.take("a500", now=NOON)) == ["R500"]
    assert Desk.from_snapshot(desk.snapshot()) == desk


# ----------------------------------------------------------------------------------------------------- estimates, E1


def around_the_clock(agents: int) -> Staffing:
    return Staffing((Shift(time(0), time(0), agents=agents),), handling_time=10 * MINUTE)


def test_E1_each_team_is_estimated_by_its_own_plan_and_line() -> None:
    desk = opened(POLICY, *(request(f"A{n:02}", "credit") for n in range(30)), *(request(f"S{n:02}") for n in range(60)))
    desk.plan(around_the_clock(10), now=NOON)
    everybodys = desk.estimate("S59")
    assert everybodys.position == 90
    desk.plan(around_the_clock(2), team="support", now=NOON)
    theirs = desk.estimate("S59")
    assert (theirs.position, theirs.ahead_by_lane) == (60, {"urgent": 0, "all": 59})
    assert theirs.p50 is not None
    assert 4.4 * HOUR < theirs.p50 < 5 * HOUR
    # Accounts have no plan of their own, so theirs is the desk's.
    accounts = desk.estimate("A29").p50
    assert accounts is not None
    assert accounts < theirs.p50
    assert desk.forecast(team="support").estimate("S59").p50 == theirs.p50
    with pytest.raises(InvalidValue, match="team"):
        desk.plan(around_the_clock(1), team="nobody", now=NOON)


def test_E1_agents_are_counted_and_answers_measured_in_their_team() -> None:
    desk = opened(POLICY, *(request(f"S{n:03}") for n in range(300)))
    desk.plan(around_the_clock(4), team="support", now=NOON)
    planned = desk.estimate("S299").p50
    desk.count_agents(2, team="support", now=NOON)
    counted = desk.estimate("S299").p50
    assert planned is not None
    assert counted is not None
    assert counted > 1.5 * planned
    for name in ("olga", "petr"):
        desk.sign_in(name, teams=["support"], now=NOON)
    now = NOON
    for _ in range(100):
        now += 2 * MINUTE
        ticket = desk.take("olga", now=now - 2 * MINUTE)[-1].ticket_id  # type: ignore[union-attr]  # `Taken`
        desk.reply(ticket, now=now)
    assert desk.estimate("S299").assumptions["handling_time"] < 400  # type: ignore[operator]  # seconds; 600 were stated


def test_E3_promises_are_kept_by_team() -> None:
    desk = opened(POLICY, request("A1", "credit"), *(request(f"S{n}") for n in range(9)))
    for team in ("accounts", "support"):
        desk.plan(around_the_clock(1), team=team, now=NOON)
    desk.promise("S8", now=NOON)
    (kept,) = desk.calibration(now=desk_moved(desk, NOON + 8 * HOUR)).kept
    assert kept.lane == "support: all"


def test_E3_where_a_team_has_no_plan_promises_teach_the_whole_desk() -> None:
    desk = opened(POLICY, *(request(f"S{n}") for n in range(60)))
    desk.plan(around_the_clock(5), now=NOON)
    for number in range(20, 60):
        desk.promise(f"S{number}", now=NOON)
    before = desk.estimate("S59")
    later = NOON + 8 * HOUR
    desk.submit(request("Z"), now=later)
    assert {one.lane for one in desk.calibration().kept} == {"all"}
    # Nobody was taken: the ranges are wider now.
    after = desk.estimate("S59", now=later)
    assert before.p50 is not None
    assert before.p90 is not None
    assert after.p50 is not None
    assert after.p90 is not None
    assert after.p90 - after.p50 > 1.2 * (before.p90 - before.p50)


def desk_moved(desk: Desk, now: datetime) -> datetime:
    """The desk after all that is due by then."""
    desk.advance(now=now)
    return now
