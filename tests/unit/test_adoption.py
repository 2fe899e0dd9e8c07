"""Other rules from an instant on: what changes at a desk, what stays, and what cannot be (rules G1, G6, T3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from invariants import check

from supportq import Booking, Client, Desk, InvalidValue, Lane, LogError, Order, Policy, Request, Shift, Staffing, Target, when
from supportq import events as ev
from supportq.errors import FixedRule, NotConfirmed, NotSignedIn, RequestExists, SignedInAlready
from supportq.fairness import FairShare
from supportq.hours import Hours, Opening
from supportq.policy import DuplicateRules, IdentityRules
from supportq.procedures import Filing, Procedure, Silence, Step
from supportq.teams import AgentRules, Role, Skill, Takeover, Team
from supportq.tickets import Basis, ClockKind, OpenTo, Queue, State, Verdict

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STANDARD = Lane("standard")
IMMINENT = Lane("imminent", when.departs_within(DAY) & ~when.cancelled())
CALM = Policy((STANDARD,), name="calm")
CRISIS = Policy((IMMINENT, STANDARD), name="crisis")
OFFICE, AIR, ALL = Team("office", when.kind("visa")), Team("air", when.has_booking()), Team("all")
TEAMS = replace(CALM, teams=(OFFICE, ALL), name="teams")


def request(name: str, *, ahead: timedelta | None = None, kind: str = "refund", **more: object) -> Request:
    bookings = () if ahead is None else (Booking(f"K-{name}", departs_at=NOON + ahead),)
    return Request(name, Client(account=name), kind=kind, bookings=bookings, **more)  # type: ignore[arg-type]


def desk_of(policy: Policy, *requests: Request) -> tuple[Desk, list[ev.Event]]:
    desk = Desk(policy)
    return desk, list(desk.submit_many(requests, now=NOON))


def is_whole(first: Policy, log: list[ev.Event], desk: Desk) -> bool:
    """Whether log and snapshots give the same desk, in good order."""
    check(desk)
    return Desk.from_log(first, log) == desk and Desk.from_snapshot(desk.snapshot()) == desk


# ------------------------------------------------------------------------------------------------------ lanes and ranks


def test_the_event_carries_the_policy_and_names_whoever_changed_lane() -> None:
    desk, log = desk_of(CALM, request("A1"), request("B1", ahead=5 * HOUR), request("C1", ahead=9 * DAY))
    happened = desk.adopt(CRISIS, now=NOON + HOUR)
    assert happened == (ev.PolicyAdopted(NOON + HOUR, CRISIS, (ev.Move("standard", "imminent", ("B1",)),)),)
    assert desk.waiting() == ["B1", "A1", "C1"]
    assert desk.policy is CRISIS
    assert desk.next_wakeup == NOON + 5 * HOUR
    assert is_whole(CALM, [*log, *happened], desk)
    back = desk.adopt(CALM, now=NOON + 2 * HOUR)
    assert back == (ev.PolicyAdopted(NOON + 2 * HOUR, CALM, (ev.Move("imminent", "standard", ("B1",)),)),)
    assert desk.waiting() == ["A1", "B1", "C1"]


def test_waiting_time_counts_from_the_true_arrival() -> None:
    waited = Policy((Lane("old", when.waited(3 * HOUR)), STANDARD))
    desk, _ = desk_of(CALM, request("A1", received_at=NOON - 2 * HOUR), request("B1"))
    desk.adopt(waited, now=NOON)
    (moved,) = desk.advance(now=NOON + HOUR)
    assert (moved.at, moved.ticket_ids) == (NOON + HOUR, ("A1",))  # type: ignore[union-attr]
    (taken,) = desk.take("ivan", now=NOON + HOUR)
    assert taken.waited == 3 * HOUR  # type: ignore[union-attr]


def test_a_renamed_lane_is_another_lane_and_another_order_is_no_move() -> None:
    desk, log = desk_of(CRISIS, request("A1", ahead=5 * HOUR), request("B1", ahead=2 * HOUR), request("C1"))
    by_departure = Policy((replace(IMMINENT, order=Order.DEPARTURE), Lane("rest")))
    (adopted,) = desk.adopt(by_departure, now=NOON)
    assert adopted.moves == (ev.Move("standard", "rest", ("C1",)),)  # type: ignore[union-attr]
    assert desk.waiting() == ["B1", "A1", "C1"]
    assert is_whole(CRISIS, [*log, adopted], desk)


def test_what_lanes_with_a_share_have_earned_is_forgotten() -> None:
    policy = Policy((Lane("front", when.kind("visa")), Lane("rest", share=0.4)))
    desk, _ = desk_of(policy, *(request(f"A{number}", kind="visa") for number in range(3)), request("B1"))
    desk.take("ivan", now=NOON)
    assert desk.snapshot().credits == ({1: 400_000},)
    desk.adopt(replace(policy, name="again"), now=NOON)
    assert desk.snapshot().credits == ({1: 0},)


def test_lanes_change_at_the_same_instant_before_and_after_in_the_order_of_the_policies() -> None:
    """T3: what is due under the rules before comes before the adoption, under the new ones after it."""
    desk, _ = desk_of(CRISIS, request("A1", ahead=30 * HOUR))
    happened = desk.adopt(CALM, now=NOON + 6 * HOUR)
    assert [type(event).__name__ for event in happened] == ["LaneChanged", "PolicyAdopted"]
    assert happened[1].moves == (ev.Move("imminent", "standard", ("A1",)),)  # type: ignore[union-attr]


def test_zones_are_read_anew() -> None:
    night = Lane("night", when.within_hours(Hours((Opening(time(22), time(8)),))))
    desk, log = desk_of(CALM, request("A1", zone="America/New_York"))
    assert desk.ticket("A1").zone == "UTC"
    log += desk.adopt(Policy((night, STANDARD), zones=(ZoneInfo("America/New_York"),)), now=NOON)
    assert desk.ticket("A1").zone == "America/New_York"
    assert desk.ticket("A1").lane == "standard"
    assert desk.next_wakeup == datetime(2020, 3, 21, 2, tzinfo=UTC)
    assert is_whole(CALM, log, desk)


# --------------------------------------------------------------------------------------------------- states and timers


def test_tickets_stay_in_their_states_and_what_is_past_due_falls_due_at_once() -> None:
    """T3: it says when it was due."""
    desk, log = desk_of(CALM, *(request(name) for name in ("A1", "B1", "C1", "D1")))
    for _ in range(3):
        log += desk.take("ivan", now=NOON)
    log += desk.reply("B1", now=NOON)
    log += desk.reply("C1", now=NOON)
    log += desk.resolve("C1", now=NOON)
    log += desk.park("D1", until=NOON + 40 * DAY, now=NOON)
    strict = replace(
        CALM, agents=AgentRules(returns_after=HOUR), keep_closed=10 * DAY, duplicates=DuplicateRules(reopen_within=DAY)
    )
    now = NOON + 11 * DAY
    happened = desk.adopt(strict, now=now)
    assert happened == (
        ev.PolicyAdopted(now, strict),
        ev.HandedBack(now, "A1", "ivan", "standard", None, "TIME_LIMIT", NOON + HOUR),
        ev.Archived(now, ("C1",), NOON + 10 * DAY),
    )
    assert [ticket.state for ticket in desk.snapshot().tickets] == [State.WAITING, State.ANSWERED, State.PARKED]
    assert desk.next_wakeup == NOON + 40 * DAY
    log += happened
    assert is_whole(CALM, log, desk)
    # A log that was cut between them is made whole at the same instant.
    for cut in (1, 2):
        torn = Desk.from_log(CALM, log[:-cut])
        for each in (torn, Desk.from_snapshot(torn.snapshot())):
            assert each.next_wakeup == now
            assert each.advance(now=now + HOUR) == tuple(log[-cut:])


def test_T3_what_was_over_at_several_instants_is_told_of_each() -> None:
    desk, log = desk_of(CALM, *(request(name) for name in ("A1", "B1", "C1", "D1")))
    for ticket, day in (("D1", 0), ("B1", 1), ("A1", 1), ("C1", 3)):
        log += desk.withdraw(ticket, now=NOON + day * DAY)
    now = NOON + 5 * DAY
    brief = replace(CALM, keep_closed=2 * DAY, duplicates=DuplicateRules(reopen_within=DAY))
    happened = desk.adopt(brief, now=now)
    assert happened[1:] == (
        ev.Archived(now, ("D1",), NOON + 2 * DAY),
        ev.Archived(now, ("A1", "B1"), NOON + 3 * DAY),
        ev.Archived(now, ("C1",)),
    )
    log += happened
    assert is_whole(CALM, log, desk)
    for cut in (1, 2, 3):
        torn = Desk.from_snapshot(Desk.from_log(CALM, log[:-cut]).snapshot())
        assert torn.advance(now=now + DAY) == tuple(log[-cut:])
    # A log that says otherwise is not of this desk.
    with pytest.raises(LogError):
        Desk.from_log(CALM, [*log[:-1], ev.Archived(now, ("C1",), NOON)])


def test_a_longer_keeping_time_and_window_hold_for_what_was_closed_before() -> None:
    short = replace(CALM, keep_closed=2 * DAY, duplicates=DuplicateRules(reopen_within=DAY))
    desk, log = desk_of(short, request("A1", ahead=9 * DAY))
    log += desk.withdraw("A1", now=NOON)
    log += desk.adopt(CALM, now=NOON + DAY)
    log += desk.submit(replace(request("A1", ahead=9 * DAY), id="A2"), now=NOON + 3 * DAY)
    assert log[-1].verdict == "REOPENS"  # type: ignore[union-attr]
    assert is_whole(short, log, desk)


def test_a_ticket_that_came_back_and_one_that_is_addressed_stay_so() -> None:
    desk, log = desk_of(CALM, request("A1"), request("B1", addressed_to="jana"))
    log += desk.take("ivan", now=NOON)
    log += desk.ask_client("A1", now=NOON)
    log += desk.client_answered("A1", now=NOON)
    taken_over = replace(TEAMS, takeover=Takeover(2 * HOUR))
    (adopted,) = desk.adopt(taken_over, now=NOON + HOUR)
    log.append(adopted)
    assert desk.ticket("A1").returned_to == "ivan"
    assert desk.ticket("B1").queue == Queue("all", None, OpenTo.ADDRESSEE)
    (free,) = desk.advance(now=NOON + 2 * HOUR)
    assert free.target == Queue("all")  # type: ignore[union-attr]
    assert is_whole(CALM, [*log, free], desk)


# ------------------------------------------------------------------------------------------------------- teams, agents


def test_routes_name_the_queues_of_both_policies() -> None:
    desk, log = desk_of(CALM, request("A1", kind="visa"), request("B1", ahead=DAY))
    (adopted,) = desk.adopt(TEAMS, now=NOON)
    office, everyone, air = Queue("office"), Queue("all"), Queue("air", "groups")
    assert adopted.routes == (ev.QueueMove(None, office, ("A1",)), ev.QueueMove(None, everyone, ("B1",)))  # type: ignore[union-attr]
    others = replace(CALM, teams=(replace(AIR, skills=(Skill("groups", when.kind("refund")),)), ALL))
    (again,) = desk.adopt(others, now=NOON)
    assert again.routes == (ev.QueueMove(office, everyone, ("A1",)), ev.QueueMove(everyone, air, ("B1",)))  # type: ignore[union-attr]
    (none,) = desk.adopt(CALM, now=NOON)
    assert (none.routes, desk.ticket("A1").queue) == ((), None)  # type: ignore[union-attr]
    assert is_whole(CALM, [*log, adopted, again, none], desk)


def test_what_does_not_wait_stays_with_the_team_that_had_it_if_there_is_one() -> None:
    desk, log = desk_of(TEAMS, request("A1", kind="visa"), request("B1", kind="visa"))
    log += desk.sign_in("ivan", teams=["office"], now=NOON)
    log += desk.take("ivan", now=NOON)
    log += desk.adopt(replace(TEAMS, teams=(Team("air"),)), now=NOON)
    assert desk.ticket("A1").queue == Queue("air")
    log += desk.adopt(replace(TEAMS, teams=(replace(OFFICE, when=when.kind("seat")), AIR, Team("air", None))[::2]), now=NOON)
    assert desk.ticket("A1").queue == desk.ticket("B1").queue == Queue("air")
    assert is_whole(TEAMS, log, desk)


def test_agents_keep_those_of_their_teams_and_skills_that_are_left() -> None:
    desk, log = desk_of(TEAMS, request("A1", kind="visa"), request("B1"))
    log += desk.sign_in("ivan", teams=["office", "all"], until=NOON + 5 * HOUR, now=NOON)
    log += desk.adopt(replace(TEAMS, teams=(AIR, ALL)), now=NOON)
    assert log[-1].teamless == ()  # type: ignore[union-attr]
    log += desk.take("ivan", now=NOON)
    with pytest.raises(SignedInAlready):
        desk.sign_in("ivan", teams=["air"], now=NOON)
    assert desk.next_wakeup == NOON + 5 * HOUR
    assert is_whole(TEAMS, log, desk)


def test_an_agent_with_no_team_left_keeps_the_ticket_and_signs_in_anew() -> None:
    desk, log = desk_of(TEAMS, request("A1", kind="visa"), request("B1"))
    log += desk.sign_in("ivan", teams=["office"], now=NOON)
    log += desk.take("ivan", now=NOON)
    log += desk.adopt(replace(CALM, teams=(ALL,)), now=NOON)
    assert log[-1].teamless == ("ivan",)  # type: ignore[union-attr]
    with pytest.raises(NotSignedIn, match="sign_in"):
        desk.take("ivan", now=NOON)
    # There is no need to sign out, which would give the ticket back.
    log += desk.sign_in("ivan", teams=["all"], now=NOON)
    log += desk.reply("A1", agent="ivan", now=NOON)
    log += desk.take("ivan", now=NOON)
    assert desk.ticket("B1").agent == "ivan"
    assert is_whole(TEAMS, log, desk)


def test_what_an_agent_signed_in_for_counts_again_once_a_policy_has_it() -> None:
    desk, log = desk_of(TEAMS, request("A1", kind="visa"))
    log += desk.sign_in("ivan", teams=["office"], now=NOON)
    log += desk.adopt(CALM, now=NOON)
    log += desk.adopt(TEAMS, now=NOON)
    assert log[-1].teamless == ()  # type: ignore[union-attr]
    log += desk.take("ivan", now=NOON)
    assert is_whole(TEAMS, log, desk)


def test_whoever_has_taken_a_ticket_is_at_work_though_they_are_not_signed_in() -> None:
    desk, log = desk_of(CALM, *(request(name) for name in ("A1", "B1", "C1", "D1")))
    log += desk.sign_in("karel", now=NOON)
    log += desk.sign_out("karel", now=NOON)
    for agent in ("ivan", "jana", "karel"):
        log += desk.take(agent, now=NOON)
    log += desk.reply("B1", now=NOON)
    log += desk.adopt(TEAMS, now=NOON)
    assert log[-1].teamless == ("ivan", "karel")  # type: ignore[union-attr]
    with pytest.raises(NotSignedIn):
        desk.take("ivan", now=NOON)
    assert is_whole(CALM, log, desk)
    log += desk.sign_out("ivan", now=NOON)
    assert log[-1].unanswered == ("A1",)  # type: ignore[union-attr]
    # What somebody has answered is listed as theirs when they have signed in and out.
    log += desk.sign_in("jana", teams=["all"], now=NOON)
    log += desk.sign_out("jana", now=NOON)
    assert log[-1].answered == ("B1",)  # type: ignore[union-attr]
    assert desk.waiting() == ["A1", "D1"]
    assert is_whole(CALM, log, desk)


# ------------------------------------------------------------------------------------------------ estimates, promises

ALL_DAY = (Shift(time(0), time(0), agents=1),)
STAFF = Staffing(ALL_DAY, handling_time=timedelta(minutes=10))


def busy(policy: Policy, *, days: int = 2) -> tuple[Desk, list[ev.Event], datetime]:
    """A desk that has measured for some days: a ticket every hour, every third of them close to its departure."""
    desk = Desk(policy)
    log = list(desk.plan(replace(STAFF, expected_inflow={policy.lanes[0].name: 3.0}), now=NOON))
    now = NOON
    for hour in range(24 * days):
        now = NOON + hour * HOUR
        log += desk.submit(request(f"T{hour}", ahead=hour * HOUR + (3 if hour % 3 else 99) * HOUR), now=now)
        if hour % 2:
            log += desk.promise(f"T{hour}", now=now)
    return desk, log, now + HOUR


def test_a_new_lane_starts_from_what_the_calendar_says_and_the_others_go_on() -> None:
    desk, log, now = busy(CALM, days=2)
    before = desk.forecast(now=now).estimate(desk.waiting()[-1])
    assert not any(reason.code == "COLD_START" and reason.field == "inflow" for reason in before.reasons)
    log += desk.adopt(CRISIS, now=now)
    waiting = desk.waiting()[-1]
    told = desk.estimate(waiting)
    assert any(reason.code == "COLD_START" and reason.field == "inflow" for reason in told.reasons)
    # The calendar never said anything of this lane.
    assert told.assumptions["inflow_per_day"] == {"imminent": 0.0}
    assert is_whole(CALM, log, desk)
    log += desk.advance(now=now + 25 * HOUR)
    told = desk.estimate(desk.waiting()[-1])
    assert not any(reason.code == "COLD_START" and reason.field == "inflow" for reason in told.reasons)
    assert is_whole(CALM, log, desk)


def test_what_a_calendar_expects_of_a_lane_that_is_gone_counts_again_when_it_is_back() -> None:
    desk, _ = desk_of(CRISIS, *(request(f"A{number}") for number in range(9)))
    desk.plan(replace(STAFF, expected_inflow={"imminent": 30.0}), now=NOON)
    expected = desk.estimate("A8")
    desk.adopt(CALM, now=NOON)
    assert desk.estimate("A8").p90 < expected.p90  # type: ignore[operator]
    desk.adopt(CRISIS, now=NOON)
    assert desk.estimate("A8") == expected


def test_what_promises_taught_goes_with_the_name_of_the_lane() -> None:
    desk, log, now = busy(CRISIS, days=3)
    learnt = desk.calibration()
    assert {one.lane for one in learnt.kept} == {"imminent", "standard"}
    other = Policy((Lane("front", when.kind("visa")), *CRISIS.lanes))
    log += desk.adopt(other, now=now)
    assert desk.calibration(now=now) == learnt
    log += desk.adopt(CALM, now=now)
    assert {one.lane for one in desk.calibration().kept} == {"standard"}
    assert is_whole(CRISIS, log, desk)
    log += desk.advance(now=now + 9 * DAY)
    assert is_whole(CRISIS, log, desk)


def test_teams_of_the_same_name_keep_plan_and_measures() -> None:
    two = replace(TEAMS, lanes=CRISIS.lanes)
    desk, log, now = busy(two, days=2)
    log += desk.plan(STAFF, team="all", now=now)
    before = desk.estimate(desk.waiting()[-1], now=now)
    log += desk.adopt(replace(two, teams=(replace(OFFICE, when=when.kind("seat")), ALL)), now=now)
    assert desk.estimate(desk.waiting()[-1], now=now) == before
    assert is_whole(two, log, desk)
    log += desk.adopt(replace(two, teams=(Team("air"),)), now=now)
    assert desk.snapshot().team_crews[0].staffing is None
    assert is_whole(two, log, desk)


def test_a_promise_in_a_lane_that_is_gone_stands_but_teaches_nothing() -> None:
    others = (request(f"A{number}") for number in range(9))
    desk, log = desk_of(CRISIS, *others, *(request(f"B{number}", ahead=5 * HOUR) for number in range(3)))
    log += desk.plan(STAFF, now=NOON)
    log += desk.promise("B2", now=NOON)
    log += desk.adopt(CALM, now=NOON + MINUTE)
    (worse,) = desk.promises_worsened(MINUTE)
    assert worse.ticket_id == "B2"
    factors = desk.calibration().calibrated
    log += desk.advance(now=NOON + 2 * DAY)
    log += desk.take("ivan", now=NOON + 2 * DAY)
    log += desk.withdraw("B2", now=NOON + 2 * DAY)
    assert desk.calibration().calibrated == factors == ()
    assert is_whole(CRISIS, log, desk)


def test_a_forecast_from_before_is_not_used_again() -> None:
    desk, _ = desk_of(CALM, *(request(f"A{number}") for number in range(2_001)))
    desk.plan(STAFF, now=NOON)
    assert desk.estimate("A7").as_of == NOON
    assert desk.estimate("A7", now=NOON + MINUTE).as_of == NOON
    desk.adopt(CRISIS, now=NOON + MINUTE)
    assert desk.estimate("A7").as_of == NOON + MINUTE


# ----------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (replace(CRISIS, identity=IdentityRules(shared=("email:info@example.com",))), "identity"),
        (replace(CRISIS, default_region="CZ"), "default_region"),
    ],
)
def test_who_a_client_is_cannot_change_in_flight(policy: Policy, field: str) -> None:
    desk, log = desk_of(CRISIS, request("A1", ahead=30 * HOUR))
    with pytest.raises(FixedRule, match=rf"policy\.{field} .*new desk") as refused:
        desk.adopt(policy, now=NOON + 7 * HOUR)
    assert refused.value.field == field
    # What time did stands (rule G2).
    assert [type(event).__name__ for event in refused.value.events] == ["LaneChanged"]
    assert Desk.from_log(CRISIS, [*log, *refused.value.events]) == desk
    assert desk.policy is CRISIS


def test_the_policy_in_force_is_nothing_to_adopt() -> None:
    desk, _ = desk_of(CALM, request("A1"))
    with pytest.raises(InvalidValue, match="in force"):
        desk.adopt(replace(CALM), now=NOON)
    with pytest.raises(InvalidValue, match="must be a Policy"):
        desk.adopt("crisis", now=NOON)  # type: ignore[arg-type]
    desk.adopt(replace(CALM, name="other"), now=NOON)


@pytest.mark.parametrize(
    "damage",
    [
        lambda event: replace(event, moves=()),
        lambda event: replace(event, moves=(ev.Move("standard", "imminent", ("A1", "B1")),)),
        lambda event: replace(event, moves=(ev.Move("nowhere", "imminent", ("B1",)),)),
        lambda event: replace(event, routes=(ev.QueueMove(None, Queue("all"), ("A1",)),)),
        lambda event: replace(event, teamless=("ivan",)),
        lambda event: replace(event, policy=CALM),
        lambda event: replace(event, policy=replace(CRISIS, default_region="CZ")),
    ],
)
def test_an_adoption_that_cannot_have_happened_is_refused(damage: object) -> None:
    desk, log = desk_of(CALM, request("A1"), request("B1", ahead=5 * HOUR))
    (adopted,) = desk.adopt(CRISIS, now=NOON)
    with pytest.raises(LogError) as error:
        Desk.from_log(CALM, [*log, damage(adopted)])  # type: ignore[operator]
    assert error.value.position == len(log)
    with pytest.raises(LogError):
        Desk.from_log(CALM, [*log, adopted, adopted])


# --------------------------------------------------------------------------------------- clocks, silence, filed, charges

QUICK = replace(CALM, targets=(Target(HOUR), Target(3 * HOUR, clock=ClockKind.RESOLUTION)), name="quick")


def test_past_targets_of_the_new_policy_are_missed_once_with_the_cause_policy() -> None:
    desk, log = desk_of(CALM, request("A1"), request("B1"))
    log += desk.take("ivan", now=NOON)
    now = NOON + 2 * HOUR
    happened = desk.adopt(QUICK, now=now)
    late = [event for event in happened if isinstance(event, ev.Breached)]
    assert [(one.ticket_id, one.at, one.due_at, one.cause) for one in late] == [
        ("A1", now, NOON + HOUR, "POLICY"),
        ("B1", now, NOON + HOUR, "POLICY"),
    ]
    log += happened
    # Clocks are wound by its targets: what is due later is missed then, and by the state of the ticket.
    assert desk.next_wakeup == NOON + 3 * HOUR
    log += desk.advance(now=NOON + 3 * HOUR)
    assert {(event.clock, event.cause) for event in log[-2:]} == {  # type: ignore[union-attr]
        (ClockKind.RESOLUTION, "TAKEN"),
        (ClockKind.RESOLUTION, "WAITING"),
    }
    # It is said once: neither another policy nor the same again says it anew.
    log += desk.adopt(CALM, now=NOON + 4 * HOUR)
    assert desk.next_wakeup is None
    log += desk.adopt(QUICK, now=NOON + 5 * HOUR)
    assert sum(isinstance(event, ev.Breached) for event in log) == desk.counter().breached == 4
    assert is_whole(CALM, log, desk)


def test_what_comes_in_late_after_the_instant_of_an_adoption_is_known_late() -> None:
    desk, log = desk_of(CALM)
    log += desk.adopt(QUICK, now=NOON)
    log += desk.submit(request("A1", received_at=NOON - 2 * HOUR), now=NOON + MINUTE)
    assert log[-1].cause == "KNOWN_LATE"  # type: ignore[union-attr]
    assert is_whole(CALM, log, desk)


def test_a_log_that_was_cut_between_an_adoption_and_what_it_made_late_is_made_whole() -> None:
    desk, log = desk_of(CALM, request("A1"), request("B1"))
    log += desk.adopt(QUICK, now=NOON + 2 * HOUR)
    for cut in (1, 2):
        torn = Desk.from_log(CALM, log[:-cut])
        for each in (torn, Desk.from_snapshot(torn.snapshot())):
            assert each.advance(now=NOON + 2 * HOUR + MINUTE) == tuple(log[-cut:])


def test_a_silence_that_two_merges_ended_is_found_again_under_other_rules() -> None:
    """Rules D6, G1 and L1: it is the one that it was, wherever its rule stands now."""
    about, other = Silence(when.kind("refund"), DAY, "dropped"), Silence(when.kind("visa"), DAY, "expired")
    before, after = (replace(CALM, silences=pair, name=pair[0].outcome) for pair in ((about, other), (other, about)))
    desk = Desk(before)
    for number, name in enumerate(("C1", "A1", "B1")):
        desk.submit(Request(name, Client(email=f"{name}@example.com"), kind="refund"), now=NOON + number * MINUTE)
    desk.take("ivan", ticket="A1", now=NOON + HOUR)
    desk.ask_client("A1", now=NOON + HOUR)
    desk.merge("A1", "B1", now=NOON + HOUR)
    desk.merge("C1", "A1", now=NOON + HOUR)
    desk.adopt(after, now=NOON + HOUR)
    desk.unmerge("A1", now=NOON + 2 * HOUR)
    desk.unmerge("B1", now=NOON + 2 * HOUR)
    lapse = desk.ticket("A1").lapse
    assert lapse is not None
    assert (lapse.outcome, lapse.silence) == ("dropped", 1)


def test_what_silence_comes_to_stays_as_it_was_said_when_the_client_was_asked() -> None:
    given_up = replace(CALM, silences=(Silence(None, DAY, "given up"),), name="given up")
    kept = replace(CALM, silences=(Silence(None, HOUR, "kept", closes=False),), name="kept")
    desk, log = desk_of(given_up, request("A1"), request("B1"), request("C1"))
    for number in range(2):
        log += desk.take("ivan", now=NOON)
        log += desk.reply(f"{'AB'[number]}1", now=NOON)
    log += desk.ask_client("A1", now=NOON)
    log += desk.adopt(kept, now=NOON)
    log += desk.ask_client("B1", now=NOON)
    log += desk.advance(now=NOON + DAY)
    lapsed = [(event.ticket_id, event.at, event.outcome) for event in log if isinstance(event, ev.Lapsed)]
    assert lapsed == [("B1", NOON + HOUR, "kept"), ("A1", NOON + DAY, "given up")]
    # Who was asked without a limit has none.
    desk, log = desk_of(CALM, request("A1"))
    log += desk.take("ivan", now=NOON)
    log += desk.ask_client("A1", now=NOON)
    log += desk.adopt(kept, now=NOON)
    assert desk.next_wakeup is None
    assert is_whole(CALM, log, desk)


def test_the_procedure_of_the_policy_in_force_says_what_is_to_be_confirmed() -> None:
    strict = replace(CALM, procedures=(Procedure("in both", None, (Step("ours"), Step("theirs"))),), name="strict")
    desk, log = desk_of(CALM, request("A1"))
    log += desk.take("ivan", now=NOON)
    log += desk.reply("A1", now=NOON)
    log += desk.adopt(strict, now=NOON)
    with pytest.raises(NotConfirmed):
        desk.resolve("A1", now=NOON)
    log += desk.confirm("A1", "ours", by="system", now=NOON)
    log += desk.adopt(CALM, now=NOON)
    log += desk.resolve("A1", now=NOON)
    assert is_whole(CALM, log, desk)


def test_what_was_filed_is_known_by_its_id_and_counted_under_every_policy() -> None:
    filing = replace(CALM, filings=(Filing("notices", when.kind("notice")),), name="filing")
    desk, log = desk_of(filing)
    log += desk.submit(request("N1", kind="notice"), now=NOON)
    log += desk.adopt(CALM, now=NOON)
    log += desk.submit(request("N1", kind="notice"), now=NOON)
    assert isinstance(log[-1], ev.FiledAgain)
    log += desk.submit(request("N2", kind="notice"), now=NOON)
    assert isinstance(log[-1], ev.Admitted)
    assert desk.counter().filed_by == {"notices": 1}
    log += desk.adopt(replace(filing, filings=(Filing("news", when.kind("news")),)), now=NOON)
    assert desk.counter().filed_by == {"notices": 1, "news": 0}
    assert is_whole(filing, log, desk)


def test_what_came_in_before_a_filing_held_is_edited_as_always() -> None:
    """Rule D2: whether a message was filed says whether it may be edited, not what would become of it by now."""
    notices = replace(CALM, filings=(Filing("notices", when.kind("notice")),), name="filing")
    desk, log = desk_of(CALM, request("N1", kind="notice"))
    log += desk.adopt(notices, now=NOON)
    edit = request("N1", kind="notice", text="It is KC-78 that I mean")
    log += desk.submit_many([edit], now=NOON)
    assert isinstance(log[-1], ev.Joined)
    assert (log[-1].ticket_id, log[-1].verdict, log[-1].basis) == ("N1", Verdict.FOLLOW_UP, Basis.EDIT)
    assert is_whole(CALM, log, desk)
    # What was filed is not, though such messages are answered now.
    log += desk.submit(request("N2", kind="notice"), now=NOON)
    log += desk.adopt(CALM, now=NOON)
    with pytest.raises(RequestExists, match="among those filed"):
        desk.submit(replace(edit, id="N2"), now=NOON)


@pytest.mark.parametrize(
    ("key", "delays"),
    [("agency", [None, NOON + HOUR, NOON + 90 * MINUTE]), ("branch", [None, NOON + HOUR, None])],
)
def test_charges_count_on_by_the_same_key_and_begin_anew_by_another(key: str, delays: list[datetime | None]) -> None:
    fair = replace(CALM, fair_share=FairShare("agency", spacing=HOUR, at_most=DAY), name="fair")
    sent: dict[str, object] = {"attributes": {"agency": "Sun", "branch": "north"}}
    desk, log = desk_of(fair, request("A1", **sent), request("B1", **sent))  # type: ignore[arg-type]
    log += desk.adopt(replace(CALM, fair_share=FairShare(key, spacing=30 * MINUTE, at_most=DAY)), now=NOON)
    log += desk.submit(request("C1", **sent), now=NOON)  # type: ignore[arg-type]
    assert [desk.ticket(name).effective_arrival for name in ("A1", "B1", "C1")] == delays
    # Where nothing is charged, everybody counts as of their own arrival, whatever they were charged.
    log += desk.adopt(CALM, now=NOON)
    assert desk.waiting() == ["A1", "B1", "C1"]
    assert desk.explain("B1").fair_share == timedelta(0)
    assert is_whole(fair, log, desk)


def test_a_hand_over_counts_while_its_team_is_there() -> None:
    desk, log = desk_of(TEAMS, request("A1"))
    log += desk.transfer("A1", to="office", grounds="asked for", now=NOON)
    log += desk.adopt(replace(TEAMS, teams=(AIR, ALL)), now=NOON)
    assert desk.ticket("A1").queue == Queue("all")
    log += desk.adopt(TEAMS, now=NOON)
    assert desk.ticket("A1").queue == Queue("office")
    assert is_whole(TEAMS, log, desk)


def test_an_agent_whose_role_is_gone_keeps_the_ticket_and_signs_in_anew() -> None:
    helper, head = Role("helper", works=when.kind("refund")), Role("head")
    roles = replace(TEAMS, roles=(helper, head), name="roles")
    desk, log = desk_of(roles, request("A1"), request("B1"))
    for agent, role in (("ivan", "helper"), ("jana", "head")):
        log += desk.sign_in(agent, teams=["all"], role=role, now=NOON)
    log += desk.take("ivan", now=NOON)
    log += desk.adopt(replace(roles, roles=(head,)), now=NOON)
    assert log[-1].teamless == ("ivan",)  # type: ignore[union-attr]
    with pytest.raises(NotSignedIn):
        desk.take("ivan", now=NOON)
    log += desk.reply("A1", agent="ivan", now=NOON)
    log += desk.sign_in("ivan", teams=["all"], role="head", now=NOON)
    log += desk.take("ivan", now=NOON)
    assert desk.ticket("B1").agent == "ivan"
    # Where there are no roles nobody lacks one.
    log += desk.adopt(TEAMS, now=NOON)
    assert log[-1].teamless == ()  # type: ignore[union-attr]
    assert is_whole(roles, log, desk)


def test_what_is_taken_stays_with_its_team_though_roles_divide_the_work_otherwise() -> None:
    desk, log = desk_of(TEAMS, request("A1"))
    log += desk.sign_in("ivan", teams=["all"], now=NOON)
    log += desk.take("ivan", now=NOON)
    log += desk.adopt(
        replace(
            TEAMS, teams=(replace(OFFICE, when=when.kind("refund")), ALL), roles=(Role("a", works=when.kind("visa", "refund")),)
        ),
        now=NOON,
    )
    assert desk.ticket("A1").queue.team == "all"  # type: ignore[union-attr]
    assert is_whole(TEAMS, log, desk)
