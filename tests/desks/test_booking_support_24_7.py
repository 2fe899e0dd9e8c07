"""Desk B, support of a hotel-booking service for agencies: every clause, and what becomes of it when it is taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from clauses import accepted, clauses_of

from supportq import Booking, Client, Desk, DuplicateRules, Lane, Order, Policy, Request, when
from supportq.errors import GateClosed, NotConfirmed
from supportq.events import Admitted, Breached, Event, Filed, Joined, Replied, Routed, Taken
from supportq.hours import Hours, Opening
from supportq.targets import Target
from supportq.teams import Skill, Team
from supportq.tickets import ClockKind, OpenTo, Queue, State

clause = clauses_of("booking-support-24-7")

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
"""A Friday; the account managers are there until six."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
SATURDAY, MONDAY = NOON + DAY, NOON + 3 * DAY
NEW_YEAR = datetime(2021, 1, 1, 3, tzinfo=UTC)
DEPARTMENTS = ("emergencies", "prevention", "changes", "extras", "bookings")
SERVICE = ("service-1", "service-2")
KINDS = {
    "emergencies": ("emergency",),
    "prevention": ("prevention",),
    "changes": ("change_names", "change_dates", "change_room_type", "change_data"),
    "extras": ("transfer", "meals", "upgrade"),
    "bookings": ("cancel", "invoice", "status", "what nobody has thought of", "other"),
}
"""What each department is for; the last for any other question."""


def request(name: str, kind: str = "other", **facts: Any) -> Request:
    """A message of a partner of its own inside an order of its own."""
    usual: dict[str, Any] = {"client": Client(account=f"partner {name}"), "channel": "order", "bookings": Booking(f"O-{name}")}
    return Request(name, kind=kind, **usual | facts)


def lifting(name: str, stage: str = "active", **facts: Any) -> Request:
    return request(name, "lift_cancellation", client=Client(account=f"partner {name}", stage=stage), **facts)


def opened(policy: Policy, *requests: Request, at: datetime = NOON) -> Desk:
    desk = Desk(policy)
    desk.submit_many(requests, now=at)
    return desk


def signed_in(desk: Desk, name: str, *teams: str, skills: Iterable[str] = DEPARTMENTS, now: datetime = NOON) -> None:
    desk.sign_in(name, teams=teams, skills=tuple(skills), now=now)


def takes(desk: Desk, name: str, now: datetime) -> list[str]:
    """What an agent takes until there is nothing left for them."""
    taken: list[str] = []
    while events := [event for event in desk.take(name, now=now) if isinstance(event, Taken)]:
        taken.append(events[0].ticket_id)
    return taken


def team_of(desk: Desk, ticket: str) -> str | None:
    queue = desk.ticket(ticket).queue
    return None if queue is None else queue.team


def replied(events: Iterable[Event]) -> Replied:
    return next(event for event in events if isinstance(event, Replied))


# ------------------------------------------------------------------------------------------ the policy without a clause


def with_office_hours(policy: Policy) -> Policy:
    office = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
    *others, last = policy.teams
    return replace(policy, teams=(*others, replace(last, when=when.within_hours(office)), Team("tomorrow")))


def with_one_department(policy: Policy) -> Policy:
    """The first has all, and the others are names."""
    nothing, anything = when.kind("nothing of that name"), ~when.kind("nothing of that name")
    skills = tuple(Skill(name, nothing if number else anything) for number, name in enumerate(DEPARTMENTS))
    return replace(policy, teams=(policy.teams[0], *(replace(team, skills=skills) for team in policy.teams[1:])))


def with_one_team(policy: Policy) -> Policy:
    """The last has all, and the other is a name."""
    managers, first, last = policy.teams
    return replace(policy, teams=(managers, replace(first, when=when.kind("nothing of that name")), last))


def without_hints(policy: Policy) -> Policy:
    return replace(policy, hints=())


def with_usual_families(policy: Policy) -> Policy:
    return replace(policy, duplicates=replace(policy.duplicates, families=DuplicateRules().families))


def joining_by_name(policy: Policy) -> Policy:
    return replace(policy, duplicates=replace(policy.duplicates, booking_and_name=True))


def without_filings(policy: Policy) -> Policy:
    return replace(policy, filings=())


def filing_all_that_guests_write(policy: Policy) -> Policy:
    return replace(policy, filings=(replace(policy.filings[0], new_only=False),))


def filing_emergencies_too(policy: Policy) -> Policy:
    return replace(policy, filings=(replace(policy.filings[0], when=when.stage("guest")),))


def without_doors(policy: Policy) -> Policy:
    return replace(policy, doors=())


def without_emergency_lane(policy: Policy) -> Policy:
    return replace(policy, lanes=policy.lanes[1:])


def with_dates_in_the_emergency_lane(policy: Policy) -> Policy:
    return replace(policy, lanes=(Lane("emergency", when.kind("emergency") & ~when.departed()), *policy.lanes[1:]))


def without_prevention_lane(policy: Policy) -> Policy:
    return replace(policy, lanes=tuple(lane for lane in policy.lanes if lane.name != "prevention"))


def without_managers(policy: Policy) -> Policy:
    managers = replace(policy.teams[0], when=when.kind("nothing of that name"))
    return replace(policy, teams=(managers, *policy.teams[1:]), gates=())


def with_managers_on_saturdays(policy: Policy) -> Policy:
    office = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4, 5)),), zone=UTC)
    lifting_ = when.kind("lift_cancellation") & when.stage("active")
    managers = replace(policy.teams[0], when=(when.kind("register_partner") | lifting_) & when.within_hours(office))
    return replace(policy, teams=(managers, *policy.teams[1:]))


def with_managers_at_all_hours(policy: Policy) -> Policy:
    managers = replace(policy.teams[0], when=when.kind("register_partner", "lift_cancellation"))
    return replace(policy, teams=(managers, *policy.teams[1:]))


def with_managers_who_keep_what_they_are_handed(policy: Policy) -> Policy:
    return replace(policy, teams=(replace(policy.teams[0], hours=None), *policy.teams[1:]))


def with_cancellations_of_all_partners(policy: Policy) -> Policy:
    anybodys = when.kind("lift_cancellation")
    lanes = tuple(replace(lane, when=anybodys) if lane.name == "cancellation" else lane for lane in policy.lanes)
    managers = replace(policy.teams[0], when=when.kind("register_partner") | anybodys)
    return replace(policy, lanes=lanes, teams=(managers, *policy.teams[1:]), gates=(), hints=())


def with_cancellations_by_arrival(policy: Policy) -> Policy:
    return replace(policy, lanes=tuple(replace(lane, order=Order.ARRIVAL) for lane in policy.lanes))


def with_one_target(policy: Policy) -> Policy:
    return replace(policy, targets=tuple(replace(target, when=None) for target in policy.targets))


def without_call_back(policy: Policy) -> Policy:
    return replace(policy, targets=tuple(target for target in policy.targets if target.clock is not ClockKind.CALL_BACK))


def with_call_back_for_the_telephone_alone(policy: Policy) -> Policy:
    call_back = Target(timedelta(minutes=15), when.channel("phone"), clock=ClockKind.CALL_BACK)
    return replace(without_call_back(policy), targets=(policy.targets[0], call_back))


def without_procedures(policy: Policy) -> Policy:
    return replace(policy, procedures=())


def without_stepping_in(policy: Policy) -> Policy:
    return replace(policy, teams=tuple(replace(team, opens_after=None) for team in policy.teams))


# ----------------------------------------------------------------------------------------------------------- the clauses


@clause("B1", without=with_office_hours)
def test_any_question_is_worked_at_night_at_weekends_and_on_holidays(policy: Policy) -> None:
    kinds = [kind for each in KINDS.values() for kind in each]
    for now in (NOON, SATURDAY, NEW_YEAR):
        desk = opened(policy, *(request(kind, kind) for kind in kinds), at=now)
        signed_in(desk, "olga", *SERVICE, now=now)
        assert sorted(takes(desk, "olga", now)) == sorted(kinds)


@clause("B1", without=with_office_hours)
def test_nothing_waits_for_the_morning_and_targets_run_at_night(policy: Policy) -> None:
    desk = opened(policy, request("A1"), at=NEW_YEAR)
    assert [clock.due_at for clock in desk.clocks("A1")] == [NEW_YEAR + HOUR]
    assert {event.source.team for event in desk.advance(now=NEW_YEAR + 30 * DAY) if isinstance(event, Routed)} == {"service-2"}


@clause("B2", without=with_one_department)
def test_a_ticket_has_a_team_and_inside_it_a_department(policy: Policy) -> None:
    for department, kinds in KINDS.items():
        for team in SERVICE:
            desk = opened(policy, *(request(kind, kind, attributes={"service_team": team}) for kind in kinds))
            assert {desk.ticket(kind).queue for kind in kinds} == {Queue(team, department)}


@clause("B2", without=with_one_team)
def test_service_teams_are_mixed_of_the_same_departments_each_and_have_tickets_of_their_own(policy: Policy) -> None:
    kinds = {each[0] for each in KINDS.values()}
    desk = opened(
        policy, *(request(f"{kind} {team}", kind, attributes={"service_team": team}) for team in SERVICE for kind in kinds)
    )
    for team in SERVICE:
        with accepted():
            signed_in(desk, f"agent of {team}", team)
        assert set(takes(desk, f"agent of {team}", NOON)) == {f"{kind} {team}" for kind in kinds}


@clause("B2", without=with_one_department)
def test_an_agent_works_what_is_of_their_team_and_department(policy: Policy) -> None:
    kinds = ("transfer", "change_names", "invoice")
    desk = opened(
        policy, *(request(f"{kind} {team}", kind, attributes={"service_team": team}) for team in SERVICE for kind in kinds)
    )
    with accepted():
        signed_in(desk, "olga", "service-1", skills=["extras"])
        signed_in(desk, "petr", "service-2", skills=["changes", "bookings"])
    assert takes(desk, "olga", NOON) == ["transfer service-1"]
    assert takes(desk, "petr", NOON) == ["change_names service-2", "invoice service-2"]


@clause("B3", without=with_one_department)
def test_each_kind_is_for_its_department(policy: Policy) -> None:
    desk = opened(policy, *(request(kind, kind) for kinds in KINDS.values() for kind in kinds))
    found = {kind: desk.ticket(kind).queue for kinds in KINDS.values() for kind in kinds}
    assert found == {kind: Queue("service-2", name) for name, kinds in KINDS.items() for kind in kinds}


@clause("B3", without=without_hints)
def test_a_transfer_for_nine_with_three_child_seats(policy: Policy) -> None:
    nine = Booking("O-1", party_size=9)
    desk = opened(
        policy,
        request("A1", "transfer", bookings=nine, attributes={"child_seats": 3}),
        request("A2", "transfer"),
        request("A3"),
    )
    ticket = desk.ticket("A1")
    assert (ticket.bookings[0].party_size, ticket.requests[0].attributes["child_seats"]) == (9, 3)
    assert [desk.explain(name).hint for name in ("A1", "A2", "A3")] == ["have each child seat confirmed", None, None]


@clause("B3", without=with_usual_families)
def test_changes_of_one_order_are_matters_of_their_own_but_dates_go_with_a_cancellation(policy: Policy) -> None:
    desk, ann = Desk(policy), Client(account="agency")
    kinds = ("change_names", "change_dates", "change_room_type", "transfer", "cancel")
    events = [
        event for kind in kinds for event in desk.submit(request(kind, kind, client=ann, bookings=Booking("O-1")), now=NOON)
    ]
    assert [(event.request.kind, event.ticket_id) for event in events if isinstance(event, (Admitted, Joined))] == [
        ("change_names", "change_names"),
        ("change_dates", "change_dates"),
        ("change_room_type", "change_room_type"),
        ("transfer", "transfer"),
        ("cancel", "change_dates"),
    ]


@clause("B4", without=joining_by_name)
def test_the_guest_under_whose_name_a_partner_books_is_another_person(policy: Policy) -> None:
    """An order shows the name of the guest, whoever writes in it."""
    order, guest = Booking("O-1"), Client(email="bob@example.com", name="Bob King")
    partner = Client(account="agency", name="Bob King")
    desk = opened(policy, request("A1", "transfer", client=partner, guest=guest, bookings=order))
    assert desk.ticket("A1").requests[0].guest == guest
    (event,) = desk.submit(request("B1", "transfer", client=guest, channel="email", bookings=order), now=NOON)
    assert isinstance(event, Admitted)
    assert event.suspects == ("A1",)
    assert desk.client_of("A1") != desk.client_of("B1")
    signed_in(desk, "olga", *SERVICE)
    assert takes(desk, "olga", NOON) == ["A1", "B1"]
    answer = replied(desk.reply("A1", now=NOON))
    assert [address.identifier for address in (*answer.answer_to, *answer.unverified)] == ["account:agency"]


@clause("B4", without=without_filings)
def test_a_guest_who_writes_is_directed_to_the_partner_through_whom_they_ask(policy: Policy) -> None:
    guest = Client(email="bob@example.com", name="Bob King", stage="guest")
    desk = opened(policy, request("A1", "transfer", guest=Client(name="Bob King"), bookings=Booking("O-1")))
    (event,) = desk.submit(request("B1", "transfer", client=guest, channel="email", bookings=Booking("O-1")), now=NOON)
    assert isinstance(event, Filed)
    assert event.directs_to == "partner"
    assert (desk.waiting(), desk.counter().filed) == (["A1"], 1)


@clause("B5", without=filing_emergencies_too)
def test_nobody_who_stands_before_a_resold_room_is_directed_elsewhere(policy: Policy) -> None:
    guest = Client(phone="+420601000125", stage="guest")
    desk = opened(policy, request("A1"), request("E1", "emergency", client=guest, channel="phone", by_voice=True))
    assert desk.waiting() == ["E1", "A1"]


@clause("B5", without=filing_all_that_guests_write)
def test_whatever_a_guest_says_next_of_their_emergency_is_heard(policy: Policy) -> None:
    """A reply, a second call that is missed: it goes to the ticket, and is owed an answer."""
    guest = Client(phone="+420601000125", stage="guest")
    spoken: dict[str, Any] = {"client": guest, "channel": "phone", "by_voice": True, "bookings": ()}
    desk = opened(policy, request("A1"), request("E1", "emergency", **spoken))
    signed_in(desk, "olga", *SERVICE)
    takes(desk, "olga", NOON)
    nexts: list[dict[str, Any]] = [
        {"in_reply_to": "E1"},
        {"in_reply_to": "E1", "channel": "messenger-1"},
        {"missed_call": True},
    ]
    for number, facts in enumerate(nexts):
        desk.reply("E1", now=NOON + number * MINUTE)
        said = request(f"E{number + 2}", **spoken | facts)
        joined = desk.submit(said, now=NOON + number * MINUTE)[-1]
        assert isinstance(joined, Joined)
        assert (joined.ticket_id, desk.ticket("E1").state, desk.waiting()) == ("E1", State.WAITING, ["E1"])
        assert takes(desk, "olga", NOON + number * MINUTE) == ["E1"]
    assert desk.explain("E1").missing_steps == ("called back",)
    assert desk.counter().filed == 0


@clause("B4", without=without_filings)
def test_what_else_a_guest_asks_is_for_the_partner_also_while_an_emergency_of_theirs_is_open(policy: Policy) -> None:
    guest = Client(phone="+420601000125", stage="guest")
    desk = opened(policy, request("E1", "emergency", client=guest, channel="phone", by_voice=True))
    asked = request("G1", "meals", client=guest, channel="messenger-1", bookings=Booking("O-2"))
    (filed,) = desk.submit(asked, now=NOON)
    assert isinstance(filed, Filed)
    assert (filed.directs_to, desk.waiting()) == ("partner", ["E1"])


@clause("B5", without=without_emergency_lane)
def test_an_emergency_goes_first_also_when_its_partner_has_another_ticket_open(policy: Policy) -> None:
    """Of the same order or of none, as a message of its own or in reply to what they wrote before."""
    agency, order = Client(account="agency", stage="active"), Booking("O-1")
    for kind in ("meals", "other", "change_dates", "lift_cancellation", "prevention"):
        for bookings in (order, ()):
            for names in (None, "A2"):
                desk = opened(policy, request("A1"), request("A2", kind, client=agency, bookings=order))
                said = request("E1", "emergency", client=agency, channel="phone", bookings=bookings, in_reply_to=names)
                desk.submit(said, now=NOON + MINUTE)
                assert desk.waiting()[0] == desk.ticket("E1").id
                assert desk.position(desk.ticket("E1").id).lane == "emergency"
                signed_in(desk, "olga", *SERVICE, now=NOON + MINUTE)
                assert takes(desk, "olga", NOON + MINUTE)[0] == desk.ticket("E1").id


@clause("B5", without=without_emergency_lane)
def test_an_emergency_on_the_spot_goes_before_all_that_came_earlier(policy: Policy) -> None:
    desk = opened(policy, request("A1"), request("A2", "prevention"), lifting("A3", reply_by=NOON + 2 * MINUTE))
    desk.submit(request("E1", "emergency"), now=NOON + MINUTE)
    desk.submit(request("E2", "emergency"), now=NOON + MINUTE)
    assert desk.waiting() == ["E1", "E2", "A3", "A2", "A1"]
    signed_in(desk, "olga", *SERVICE, now=NOON + MINUTE)
    assert takes(desk, "olga", NOON + MINUTE) == ["E1", "E2", "A2", "A1"]


@clause("B5", without=with_dates_in_the_emergency_lane)
def test_it_stays_first_after_the_check_in_date(policy: Policy) -> None:
    """A guest arrives a day late and finds the room resold; or the day of arrival passes while the ticket waits."""
    late = request("E1", "emergency", bookings=Booking("O-1", departs_at=NOON - DAY))
    tonight = request("E2", "emergency", bookings=Booking("O-2", departs_at=NOON + 6 * HOUR))
    desk = opened(policy, request("A1", bookings=Booking("O-3", departs_at=NOON + HOUR)), late, tonight)
    assert desk.waiting() == ["E1", "E2", "A1"]
    desk.update(booking="O-1", cancelled=True, now=NOON + HOUR)
    desk.advance(now=NOON + 2 * DAY)
    assert desk.waiting() == ["E1", "E2", "A1"]
    assert desk.counter().waiting_by_lane["emergency"] == 2


@clause("B5", without=without_emergency_lane)
def test_what_is_said_next_of_an_emergency_that_was_put_aside_goes_first_again(policy: Policy) -> None:
    desk = opened(policy, request("E1", "emergency", text="The hotel has no room."))
    signed_in(desk, "olga", *SERVICE)
    desk.take("olga", now=NOON)
    desk.reply("E1", now=NOON)
    desk.park("E1", until=NOON + DAY, now=NOON)
    desk.submit(request("A1"), now=NOON + MINUTE)
    again = request("E2", "emergency", channel="phone", by_voice=True, text="The guest stands in the street.")
    desk.submit(replace(again, client=Client(account="partner E1"), bookings=(Booking("O-E1"),)), now=NOON + HOUR)
    signed_in(desk, "petr", *SERVICE, now=NOON + HOUR)
    assert takes(desk, "petr", NOON + HOUR) == ["E1", "A1"]


@clause("B5", without=without_emergency_lane)
def test_what_turns_out_to_be_an_emergency_goes_first_from_then_on(policy: Policy) -> None:
    desk = opened(policy, request("A1"), request("A2"))
    desk.correct("A2", kind="emergency", now=NOON + HOUR)
    assert desk.waiting() == ["A2", "A1"]


@clause("B6", without=without_prevention_lane)
def test_prevention_is_raised_by_an_agent_without_a_message_and_counted_apart(policy: Policy) -> None:
    """The hotel does not see the meal plan that is confirmed."""
    raised = Request("P1", kind="prevention", origin="agent", bookings=Booking("O-1"), text="they do not see the half board")
    desk = opened(policy, request("A1"), raised, request("A2", "meals", bookings=Booking("O-1")))
    assert (desk.counter().tickets, desk.ticket("P1").queue) == (3, Queue("service-2", "prevention"))
    assert desk.counter().received_by_origin == {"client": 2, "agent": 1, "system": 0}
    assert desk.counter().waiting_by_lane == {"emergency": 0, "cancellation": 0, "prevention": 1, "standard": 2}
    signed_in(desk, "olga", *SERVICE)
    assert takes(desk, "olga", NOON)[0] == "P1"
    assert replied(desk.reply("P1", now=NOON)).answer_to == ()


@clause("B7", without=without_managers)
def test_new_partners_and_lifted_cancellations_are_the_account_managers(policy: Policy) -> None:
    desk = opened(policy, request("A1", "register_partner", bookings=()), lifting("A2"), request("A3"))
    assert [team_of(desk, name) for name in ("A1", "A2", "A3")] == ["account-managers", "account-managers", "service-2"]
    signed_in(desk, "eva", "account-managers", skills=())
    signed_in(desk, "olga", *SERVICE)
    assert takes(desk, "olga", NOON) == ["A3"]
    assert takes(desk, "eva", NOON) == ["A2", "A1"]


@clause("B7", without=with_managers_at_all_hours)
def test_outside_their_hours_they_are_supports_and_in_the_morning_theirs_again(policy: Policy) -> None:
    six, nine, managers = NOON + 6 * HOUR, MONDAY - 3 * HOUR, Queue("account-managers")
    desk = opened(policy, request("A1", "register_partner", bookings=()), lifting("A2"))
    evening = [event for event in desk.advance(now=six) if isinstance(event, Routed)]
    support = Queue("service-2", "bookings", OpenTo.ANYONE)
    assert evening == [Routed(six, managers, support, ("A1", "A2"))]
    morning = [event for event in desk.advance(now=MONDAY) if isinstance(event, Routed)]
    assert morning == [Routed(nine, support, managers, ("A1", "A2"))]
    # What comes on a Saturday is support's at once.
    desk = opened(policy, request("A1", "register_partner", bookings=()), lifting("A2"), at=SATURDAY)
    signed_in(desk, "olga", "service-2", skills=["bookings"], now=SATURDAY)
    assert takes(desk, "olga", SATURDAY) == ["A2", "A1"]


@clause("B7", without=with_managers_who_keep_what_they_are_handed)
def test_what_people_hand_over_to_the_managers_is_supports_outside_their_hours_too(policy: Policy) -> None:
    six, nine = NOON + 6 * HOUR, MONDAY - 3 * HOUR
    desk = opened(policy, request("A1"))
    signed_in(desk, "olga", *SERVICE)
    assert takes(desk, "olga", NOON) == ["A1"]
    desk.transfer("A1", to="account-managers", grounds="a new partner, they say", now=NOON)
    assert (team_of(desk, "A1"), takes(desk, "olga", NOON)) == ("account-managers", [])
    desk.advance(now=six)
    assert team_of(desk, "A1") == "service-2"
    desk.advance(now=nine)
    assert team_of(desk, "A1") == "account-managers"
    # What is handed over in the evening, too: support has it until the morning.
    desk = opened(policy, lifting("L1"), at=six)
    signed_in(desk, "olga", *SERVICE, now=six)
    desk.transfer("L1", to="account-managers", grounds="it is for them", now=six)
    assert takes(desk, "olga", six) == ["L1"]


@clause("B7", without=without_managers)
def test_a_partner_of_either_service_team_is_registered_by_the_managers_and_outside_their_hours_by_that_team(
    policy: Policy,
) -> None:
    of_first: dict[str, Any] = {"attributes": {"service_team": "service-1"}}
    desk = opened(
        policy,
        request("A1", "register_partner", bookings=(), **of_first),
        lifting("A2", **of_first),
        request("A3", **of_first),
        request("A4", "register_partner", bookings=(), attributes={"service_team": "service-2"}),
    )
    names = ("A1", "A2", "A3", "A4")
    managers = "account-managers"
    assert [team_of(desk, name) for name in names] == [managers, managers, "service-1", managers]
    desk.advance(now=NOON + 6 * HOUR)
    assert [team_of(desk, name) for name in names] == ["service-1", "service-1", "service-1", "service-2"]
    desk.advance(now=MONDAY)
    assert [team_of(desk, name) for name in names] == [managers, managers, "service-1", managers]


@clause("B7", without=with_managers_on_saturdays)
def test_the_managers_hours_are_nine_to_six_on_every_weekday(policy: Policy) -> None:
    midnight = MONDAY.replace(hour=0)
    desk = opened(policy, lifting("A1"), at=midnight)
    for day in range(14):
        for since, there in ((0 * HOUR, 0), (9 * HOUR - TICK, 0), (9 * HOUR, 1), (18 * HOUR - TICK, 1), (18 * HOUR, 0)):
            desk.advance(now=midnight + day * DAY + since)
            assert team_of(desk, "A1") == ("account-managers" if there and day % 7 < 5 else "service-2"), (day, since)


@clause("B7", without=without_managers)
def test_they_are_the_managers_also_when_the_partner_has_another_ticket_open(policy: Policy) -> None:
    agency, order = Client(account="agency", stage="active"), Booking("O-1")
    for kind in ("register_partner", "lift_cancellation"):
        for names in (None, "A1"):
            desk = opened(policy, request("A1", "meals", client=agency, bookings=order))
            desk.submit(request("A2", kind, client=agency, bookings=order, in_reply_to=names), now=NOON + MINUTE)
            assert [team_of(desk, name) for name in ("A1", "A2")] == ["service-2", "account-managers"]


@clause("B7", without=with_cancellations_of_all_partners)
def test_a_cancellation_is_lifted_for_active_partners_only(policy: Policy) -> None:
    desk = opened(policy, request("A0"), lifting("A1", stage="new"))
    assert (team_of(desk, "A1"), desk.position("A1").lane) == ("service-2", "standard")
    assert desk.explain("A1").hint == "do not lift it: the partner is not active"
    with pytest.raises(GateClosed):
        desk.transfer("A1", to="account-managers", grounds="they ask us to lift it", now=NOON)
    desk.update_client("account:partner A1", stage="active", now=NOON + MINUTE)
    assert (team_of(desk, "A1"), desk.position("A1").lane) == ("account-managers", "cancellation")
    assert desk.explain("A1").hint is None
    assert desk.waiting() == ["A1", "A0"]


@clause("B7", without=with_cancellations_by_arrival)
def test_cancellations_go_by_the_instant_at_which_they_happen(policy: Policy) -> None:
    desk = opened(policy, lifting("A1", reply_by=NOON + 9 * HOUR), lifting("A2", reply_by=NOON + 2 * HOUR), lifting("A3"))
    assert desk.waiting() == ["A2", "A1", "A3"]


@clause("B7", without=with_one_target)
def test_the_instant_of_the_cancellation_is_the_reply_by(policy: Policy) -> None:
    due = NOON + 9 * HOUR
    desk = opened(policy, lifting("A1", reply_by=due), request("B1"))
    assert [clock.due_at for name in ("A1", "B1") for clock in desk.clocks(name)] == [due, NOON + HOUR]
    late = [event for event in desk.advance(now=due) if isinstance(event, Breached)]
    assert [(event.ticket_id, event.at) for event in late] == [("B1", NOON + HOUR), ("A1", due)]


@clause("B8", without=without_doors)
def test_the_doors_are_the_order_e_mail_telephone_and_two_messengers_by_text_and_voice(policy: Policy) -> None:
    assert {(door.channel, door.by_voice) for door in policy.doors} == {
        ("order", False),
        ("email", False),
        ("phone", True),
        ("messenger-1", False),
        ("messenger-1", True),
        ("messenger-2", False),
        ("messenger-2", True),
    }
    desk = opened(policy)
    assert len(desk.advise(request("A1"), now=NOON)) == len(policy.doors)


@clause("B8", without=without_doors)
def test_a_message_inside_the_order_brings_its_order(policy: Policy) -> None:
    """It is a door for what is about an order, and with the order it finds the ticket that an e-mail about it opened."""
    ann, order = Client(account="agency", email="ann@example.com"), Booking("O-1", departs_at=NOON + DAY)
    desk = Desk(policy)
    with_order, without = (request("A1", "meals", client=ann, bookings=about) for about in (order, ()))
    told = [{advice.channel for advice in desk.advise(asked, now=NOON)} for asked in (with_order, without)]
    assert told[0] - told[1] == {"order"}
    desk.submit(request("B1", "meals", client=ann, bookings=Booking("O-2")), now=NOON)
    desk.submit(replace(with_order, channel="email"), now=NOON)
    joined = desk.submit(request("A2", "meals", client=Client(account="agency"), bookings=order), now=NOON)[-1]
    assert isinstance(joined, Joined)
    assert (joined.ticket_id, desk.ticket("A1").bookings) == ("A1", (order,))


@clause("B8", without=without_call_back)
def test_a_missed_call_is_owed_a_call(policy: Policy) -> None:
    call = request("C1", channel="phone", client=Client(phone="+420601000123"), bookings=(), by_voice=True, missed_call=True)
    desk = opened(policy, call)
    due = {clock.kind: clock.due_at for clock in desk.clocks("C1")}
    assert due == {ClockKind.FIRST_REPLY: NOON + HOUR, ClockKind.CALL_BACK: NOON + 15 * MINUTE}
    late = [event for event in desk.advance(now=NOON + 15 * MINUTE) if isinstance(event, Breached)]
    assert [(event.at, event.clock) for event in late] == [(NOON + 15 * MINUTE, ClockKind.CALL_BACK)]


@clause("B8", without=without_procedures)
def test_no_ticket_of_a_missed_call_closes_before_somebody_has_called(policy: Policy) -> None:
    """A text is an answer, but not what is owed."""
    call = request("C1", client=Client(messenger="first:ann"), channel="messenger-1", by_voice=True, missed_call=True)
    desk = opened(policy, call)
    signed_in(desk, "olga", *SERVICE)
    takes(desk, "olga", NOON)
    desk.reply("C1", now=NOON + MINUTE)
    assert desk.explain("C1").missing_steps == ("called back",)
    with pytest.raises(NotConfirmed):
        desk.resolve("C1", now=NOON + MINUTE)
    desk.confirm("C1", "called back", by="agent", now=NOON + 2 * MINUTE)
    desk.resolve("C1", now=NOON + 2 * MINUTE)


@clause("B8", without=without_procedures)
def test_a_missed_call_that_joins_a_text_is_owed_a_call_too(policy: Policy) -> None:
    """The text that answers it stops the clock. The ticket stays open for the call."""
    ann = Client(messenger="second:ann")
    desk = opened(policy, request("A1", client=ann, channel="messenger-2", bookings=()))
    call = request("A2", client=ann, channel="messenger-2", bookings=(), by_voice=True, missed_call=True)
    desk.submit(call, now=NOON + MINUTE)
    signed_in(desk, "olga", *SERVICE, now=NOON + MINUTE)
    assert takes(desk, "olga", NOON + MINUTE) == ["A1"]
    desk.reply("A1", now=NOON + 2 * MINUTE)
    assert desk.clocks("A1") == ()
    assert desk.explain("A1").missing_steps == ("called back",)
    with pytest.raises(NotConfirmed):
        desk.resolve("A1", now=NOON + 2 * MINUTE)
    desk.confirm("A1", "called back", by="agent", now=NOON + 3 * MINUTE)
    desk.resolve("A1", now=NOON + 3 * MINUTE)


@clause("B8", without=without_call_back)
def test_one_call_serves_all_that_a_ticket_holds(policy: Policy) -> None:
    """A call missed after it restarts the clock, and a text stops that."""
    ann = Client(messenger="first:ann")
    first = request("C1", client=ann, channel="messenger-1", bookings=(), by_voice=True, missed_call=True)
    desk = opened(policy, first)
    signed_in(desk, "olga", *SERVICE)
    takes(desk, "olga", NOON)
    desk.reply("C1", now=NOON + MINUTE)
    desk.confirm("C1", "called back", by="agent", now=NOON + MINUTE)
    desk.submit(replace(first, id="C2"), now=NOON + 5 * MINUTE)
    due = [clock.due_at for clock in desk.clocks("C1") if clock.kind is ClockKind.CALL_BACK]
    assert due == [NOON + 20 * MINUTE]
    assert takes(desk, "olga", NOON + 6 * MINUTE) == ["C1"]
    desk.reply("C1", now=NOON + 7 * MINUTE)
    assert desk.explain("C1").missing_steps == ()
    desk.resolve("C1", now=NOON + 8 * MINUTE)


@clause("B8", without=with_call_back_for_the_telephone_alone)
def test_messengers_take_calls_as_well_as_texts(policy: Policy) -> None:
    """A call that is missed on a messenger is owed a call, too, also one that joins what was written before."""
    ann = Client(messenger="second:ann")
    desk = opened(policy, request("A1", client=ann, channel="messenger-2", bookings=(), text="Is the transfer booked?"))
    later = NOON + 40 * MINUTE
    call = request("A2", client=ann, channel="messenger-2", bookings=(), by_voice=True, missed_call=True)
    joined = desk.submit(call, now=later)[-1]
    assert isinstance(joined, Joined)
    due = {clock.kind: clock.due_at for clock in desk.clocks("A1")}
    assert due == {ClockKind.FIRST_REPLY: NOON + HOUR, ClockKind.CALL_BACK: later + 15 * MINUTE}


@clause("B9", without=without_stepping_in)
def test_two_and_23_and_93_agents_work_by_one_policy(policy: Policy) -> None:
    """Half of them in either team, and all that comes is for one: whoever is free steps in, and the order is the same."""
    now = NOON + 10 * MINUTE
    kinds = [kind for each in KINDS.values() for kind in each]
    requests = [
        request(f"{number:03}", kinds[number % len(kinds)], attributes={"service_team": "service-1"}) for number in range(280)
    ]
    told = []
    for size in (2, 23, 93):
        desk = opened(policy, *requests)
        agents = [f"agent {number}" for number in range(size)]
        for number, name in enumerate(agents):
            signed_in(desk, name, SERVICE[number % 2])
        taken = []
        while round_ := [event for name in agents for event in desk.take(name, now=now) if isinstance(event, Taken)]:
            for event in round_:
                desk.reply(event.ticket_id, now=now)
            taken += round_
        assert {event.agent for event in taken} == set(agents)
        assert desk.counter().backlog == 0
        told.append([event.ticket_id for event in taken])
    assert told[0] == told[1] == told[2]
    assert sorted(told[0]) == [request.id for request in requests]
    assert [name for name in told[0] if int(name) % len(kinds) == 0] == told[0][:20]
