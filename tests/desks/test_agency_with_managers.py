"""Desk C, an agency service with personal managers: every clause, and what becomes of it when it is taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

from clauses import accepted, clauses_of

from supportq import Booking, Client, Desk, Lane, Policy, Request, Shift, Staffing, when
from supportq.errors import InvalidValue, NotTheirWork
from supportq.events import Admitted, Filed, Routed, Taken
from supportq.hours import Hours, Opening
from supportq.tickets import OpenTo, Queue, Reason, State
from supportq.when import Condition

clause = clauses_of("agency-with-managers")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRIDAY = datetime(2020, 3, 20, tzinfo=UTC)
"""Midnight; the clients are in the zone of the desk where nothing else is said."""
MORNING, EVENING, MONDAY = FRIDAY + 10 * HOUR, FRIDAY + 20 * HOUR, FRIDAY + 3 * DAY + 9 * HOUR
NEW = Client(account="ann", stage="new", manager="max")
REGULAR = Client(account="bob", stage="regular", manager="max", curator="eva")

MANAGER = ("start_up", "account_setup", "credit_limit", "overpayment", "offline_doors", "introduction")
CURATOR = (
    "contract_settings",
    "credit_limit",
    "overpayment",
    "payment_documents",
    "closing_documents",
    "extra_services",
    "market_figures",
    "training",
    "integration",
)
ORDER = ("added_service", "room_category", "cancel", "check_in")


def changed(policy: Policy, name: str, **changes: Any) -> Policy:
    """The policy with one of its teams changed."""
    return replace(policy, teams=tuple(replace(team, **changes) if team.name == name else team for team in policy.teams))


def dropped(policy: Policy, name: str) -> Policy:
    """The policy without one of its teams; the last that is left takes everyone."""
    *teams, last = (team for team in policy.teams if team.name != name)
    roles = (replace(role, teams=tuple(team for team in role.teams if team != name)) for role in policy.roles)
    return replace(policy, teams=(*teams, replace(last, when=None)), roles=tuple(roles))


def without_persons(policy: Policy) -> Policy:
    return changed(changed(policy, "curators", person=None), "sales managers", person=None)


def without_curators(policy: Policy) -> Policy:
    return dropped(policy, "curators")


def without_what_managers_leave(policy: Policy) -> Policy:
    return changed(policy, "curators", when=when.stage("regular") & when.kind(*CURATOR))


def with_work_of(policy: Policy, name: str, works: Condition | None) -> Policy:
    """The policy with a role that may do this."""
    return replace(policy, roles=tuple(replace(role, works=works) if role.name == name else role for role in policy.roles))


def with_hours_of_the_desk(policy: Policy) -> Policy:
    hours = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
    return with_work_of(policy, "personal", when.within_hours(hours))


def without_hours(policy: Policy) -> Policy:
    return with_work_of(policy, "personal", None)


def without_topics_of_managers(policy: Policy) -> Policy:
    return changed(policy, "sales managers", when=~when.stage("regular") & when.kind("other"))


def with_all_topics_for_managers(policy: Policy) -> Policy:
    return changed(policy, "sales managers", when=~when.stage("regular") & when.kind(*MANAGER, *CURATOR))


def without_topics_of_curators(policy: Policy) -> Policy:
    return changed(policy, "curators", when=when.stage("regular") & when.kind("other"))


def without_hints(policy: Policy) -> Policy:
    return replace(policy, hints=())


def with_orders_for_persons(policy: Policy) -> Policy:
    return changed(policy, "curators", when=when.stage("regular") & when.kind(*CURATOR, *ORDER))


def with_hours_for_support(policy: Policy) -> Policy:
    personal, _ = policy.roles
    return with_work_of(policy, "desk", personal.works)


def without_teams_of_roles(policy: Policy) -> Policy:
    return replace(policy, roles=tuple(replace(role, teams=()) for role in policy.roles))


def with_zones_of_full_hours(policy: Policy) -> Policy:
    return replace(policy, zones=tuple(timezone(hours * HOUR) for hours in range(1, 13)))


def with_nine_to_five(policy: Policy) -> Policy:
    hours = Hours((Opening(time(9), time(17), weekdays=(0, 1, 2, 3, 4)),))
    return with_work_of(policy, "personal", when.within_hours(hours))


def without_introductions(policy: Policy) -> Policy:
    topics = when.kind(*(kind for kind in MANAGER if kind != "introduction"))
    return changed(policy, "sales managers", when=~when.stage("regular") & topics)


def without_the_lane(policy: Policy) -> Policy:
    return replace(policy, lanes=(Lane("standard"),))


def with_the_bot_for_what_is_marked(policy: Policy) -> Policy:
    return replace(
        policy, doors=tuple(replace(door, when=when.urgent()) if door.channel == "bot" else door for door in policy.doors)
    )


def with_orders_by_size(policy: Policy) -> Policy:
    return changed(policy, "group desk", when=when.rooms_of(6))


def without_grounds(policy: Policy) -> Policy:
    assert policy.takeover is not None
    return replace(policy, takeover=replace(policy.takeover, grounds=None))


def without_support_for_what_is_urgent(policy: Policy) -> Policy:
    topics = when.kind(*CURATOR, *MANAGER)
    return changed(policy, "curators", when=when.stage("regular") & topics)


def with_support_whenever_it_is_urgent(policy: Policy) -> Policy:
    topics = when.kind(*CURATOR, *MANAGER)
    return changed(policy, "curators", when=when.stage("regular") & topics & ~when.urgent())


def with_support_for_all_by_night(policy: Policy) -> Policy:
    hours = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),))
    return changed(policy, "curators", when=when.stage("regular") & when.kind(*CURATOR) & when.within_hours(hours))


def with_groups_by_people(policy: Policy) -> Policy:
    return changed(policy, "group desk", when=when.kind("offline_request") & when.party_of(6))


def without_the_individual_desk(policy: Policy) -> Policy:
    return dropped(policy, "individual desk")


def without_filings(policy: Policy) -> Policy:
    return replace(policy, filings=())


def with_starts_filed_everywhere(policy: Policy) -> Policy:
    return replace(policy, filings=tuple(replace(filing, when=when.kind("start")) for filing in policy.filings))


def with_all_of_the_bot_filed(policy: Policy) -> Policy:
    return replace(policy, filings=tuple(replace(filing, when=when.channel("bot")) for filing in policy.filings))


def without_urgency_of_the_bot(policy: Policy) -> Policy:
    return replace(policy, lanes=(Lane("urgent", when.urgent()), Lane("standard")))


def without_urgency_of_the_bot_door(policy: Policy) -> Policy:
    return replace(policy, doors=tuple(door for door in policy.doors if not door.urgent))


def without_doors(policy: Policy) -> Policy:
    return replace(policy, doors=())


def without_personal_contacts(policy: Policy) -> Policy:
    return replace(policy, doors=tuple(door for door in policy.doors if not door.addressed))


def with_one_telephone(policy: Policy) -> Policy:
    return replace(policy, doors=tuple(replace(door, when=None) if door.channel == "phone" else door for door in policy.doors))


def ask(name: str, client: Client = REGULAR, kind: str = "credit_limit", **facts: Any) -> Request:
    return Request(name, client, kind=kind, **facts)


def team_of(policy: Policy, request: Request, now: datetime) -> str | None:
    """Whose a request is that comes now; `None` for nobody's, for it is filed."""
    desk = Desk(policy)
    (happened,) = desk.submit(request, now=now)
    return None if isinstance(happened, Filed) else whose(desk, request.id)


def whose(desk: Desk, name: str) -> str | None:
    """In whose queue a ticket waits."""
    queue = desk.ticket(name).queue
    return None if queue is None else queue.team


def staffed(policy: Policy, now: datetime) -> Desk:
    """Two curators, two managers, and somebody of the support are on duty."""
    desk = Desk(policy)
    for agent, team in (("eva", "curators"), ("ida", "curators"), ("max", "sales managers"), ("leo", "sales managers")):
        desk.sign_in(agent, teams=[team], role="personal", now=now)
    desk.sign_in("sam", teams=["support"], role="desk", now=now)
    return desk


def taken(desk: Desk, agent: str, now: datetime) -> list[str]:
    return [event.ticket_id for event in desk.take(agent, now=now) if isinstance(event, Taken)]


@clause("C1", without=without_persons)
def test_until_the_first_booking_a_manager_by_name_has_it_and_after_it_a_curator_by_name(policy: Policy) -> None:
    desk = staffed(policy, MORNING)
    desk.submit(ask("A1", NEW), now=MORNING)
    desk.submit(ask("B1", REGULAR), now=MORNING)
    assert desk.ticket("A1").queue == Queue("sales managers", None, OpenTo.ADDRESSEE, ("personal",))
    assert desk.ticket("B1").queue == Queue("curators", None, OpenTo.ADDRESSEE, ("personal",))
    assert taken(desk, "leo", MORNING) == taken(desk, "ida", MORNING) == taken(desk, "sam", MORNING) == []
    assert taken(desk, "max", MORNING) == ["A1"]
    assert taken(desk, "eva", MORNING) == ["B1"]


@clause("C1", without=without_persons)
def test_whatever_is_for_the_named_person_is_kept_for_them(policy: Policy) -> None:
    """For four days, which are longer than a weekend; what does not say what it is about is for them, too."""
    for client, topics, agent, other in ((NEW, MANAGER, "max", "leo"), (REGULAR, {*CURATOR, *MANAGER}, "eva", "ida")):
        for kind in (*topics, "other"):
            desk = staffed(policy, MORNING)
            desk.submit(ask("A1", client, kind), now=MORNING)
            assert [taken(desk, name, MORNING + 3 * DAY) for name in (other, agent)] == [[], ["A1"]], kind
    desk = staffed(policy, MORNING)
    desk.submit(ask("A1"), now=MORNING)
    assert taken(desk, "ida", MORNING + 4 * DAY) == ["A1"]


@clause("C1", without=with_hours_of_the_desk)
def test_both_work_on_weekdays_from_nine_to_six_in_the_clients_own_time(policy: Policy) -> None:
    for hours in range(1, 13):
        for client, agent in ((NEW, "max"), (REGULAR, "eva")):
            for opens in workdays(hours):
                for now in (opens, opens + 9 * HOUR - MINUTE):
                    assert works(policy, client, agent, hours, now), (hours, now)
                for now in (opens - MINUTE, opens + 9 * HOUR):
                    assert not works(policy, client, agent, hours, now), (hours, now)
            for day in (21, 22):
                assert not works(policy, client, agent, hours, datetime(2020, 3, day, 12, tzinfo=timezone(hours * HOUR)))


def workdays(hours: int) -> list[datetime]:
    """Nine in the morning of the days of a week, so many hours to the east of the desk."""
    return [datetime(2020, 3, day, 9, tzinfo=timezone(hours * HOUR)) for day in range(23, 28)]


def works(policy: Policy, client: Client, agent: str, hours: int, now: datetime) -> bool:
    """Whether an agent may take what a client asks so many hours to the east."""
    desk = staffed(policy, now)
    desk.submit(ask("A1", client, zone=f"UTC+{hours:02}:00"), now=now)
    return taken(desk, agent, now) == ["A1"]


@clause("C1", without=with_zones_of_full_hours)
def test_a_client_may_be_anywhere_on_earth(policy: Policy) -> None:
    """Also where clocks go by halves and quarters of an hour."""
    minutes = [*range(-720, 841, 30), 345, 525, 765, 825]
    for offset in minutes:
        zone = timezone(timedelta(minutes=offset))
        opens = datetime(2020, 3, 24, 9, tzinfo=zone)
        for now, expected in ((opens - MINUTE, []), (opens, ["A1"])):
            desk = staffed(policy, now)
            desk.submit(ask("A1", zone=str(zone)), now=now)
            assert taken(desk, "eva", now) == expected, (zone, now)


@clause("C1", without=with_nine_to_five)
def test_in_a_zone_that_is_not_listed_the_hours_are_those_of_the_desk(policy: Policy) -> None:
    for now, expected in ((FRIDAY + 9 * HOUR - MINUTE, []), (FRIDAY + 18 * HOUR - MINUTE, ["A1"])):
        desk = staffed(policy, now)
        (admitted,) = desk.submit(ask("A1", zone="Nowhere/At_All"), now=now)
        assert isinstance(admitted, Admitted)
        assert admitted.reasons == (Reason("UNKNOWN_ZONE", "zone", "UTC", "Nowhere/At_All"),)
        assert taken(desk, "eva", now) == expected


@clause("C1", without=without_teams_of_roles)
def test_nobody_signs_in_past_the_hours_of_their_team(policy: Policy) -> None:
    desk = Desk(policy)
    roles = {"personal": ("curators", "sales managers"), "desk": ("group desk", "individual desk", "support")}
    for role, teams in roles.items():
        for team in (team.name for team in policy.teams):
            assert refuses_role(desk, team, role) == (team not in teams), (team, role)


def refuses_role(desk: Desk, team: str, role: str) -> bool:
    """Whether nobody signs in for this team with this role; somebody who does signs out again."""
    try:
        desk.sign_in("eva", teams=[team], role=role, now=MORNING)
    except InvalidValue:
        return True
    desk.sign_out("eva", now=MORNING)
    return False


@clause("C2", without=without_what_managers_leave)
def test_what_the_manager_has_not_answered_passes_at_the_first_booking_with_its_arrival(policy: Policy) -> None:
    desk = staffed(policy, MORNING)
    desk.submit(ask("B1", REGULAR), now=MORNING + MINUTE)
    for minute, kind in enumerate(("account_setup", "start_up", "introduction")):
        desk.submit(ask(kind, NEW, kind, received_at=MORNING - HOUR + minute * MINUTE), now=MORNING + 2 * MINUTE)
    assert taken(desk, "max", MORNING + 3 * MINUTE) == ["account_setup"]
    desk.reply("account_setup", now=MORNING + 4 * MINUTE)
    assert desk.waiting(team="curators") == ["B1"]
    told = desk.update_client("account:ann", stage="regular", curator="eva", now=MORNING + HOUR)
    managers, curators = (Queue(team, None, OpenTo.ADDRESSEE, ("personal",)) for team in ("sales managers", "curators"))
    assert told[1:] == (Routed(MORNING + HOUR, managers, curators, ("introduction", "start_up")),)
    # They came before what the curator had already, so they are answered before it.
    assert desk.waiting(team="curators") == ["start_up", "introduction", "B1"]
    assert [taken(desk, agent, MORNING + HOUR) for agent in ("max", "ida", "eva")] == [[], [], ["start_up"]]
    # What was answered is answered.
    assert (desk.ticket("account_setup").state, desk.ticket("account_setup").agent) == (State.ANSWERED, "max")


@clause("C2", without=without_what_managers_leave)
def test_what_was_put_aside_or_begun_passes_when_it_waits_again(policy: Policy) -> None:
    desk = staffed(policy, MORNING)
    desk.submit(ask("introduction", NEW, "introduction"), now=MORNING)
    desk.submit(ask("start_up", NEW, "start_up"), now=MORNING)
    desk.park("introduction", until=MORNING + 3 * HOUR, now=MORNING)
    assert taken(desk, "max", MORNING) == ["start_up"]
    desk.update_client("account:ann", stage="regular", curator="eva", now=MORNING + HOUR)
    desk.hand_back("start_up", agent="max", now=MORNING + 2 * HOUR)
    desk.advance(now=MORNING + 3 * HOUR)
    assert desk.waiting(team="curators") == ["introduction", "start_up"]
    assert [desk.ticket(name).arrived_at for name in ("introduction", "start_up")] == [MORNING, MORNING]


@clause("C2", without=without_persons)
def test_what_was_put_aside_passes_to_the_curator_by_name(policy: Policy) -> None:
    desk = staffed(policy, MORNING)
    for name in ("parked", "asked"):
        desk.submit(ask(name, NEW, "account_setup" if name == "parked" else "start_up"), now=MORNING)
        assert taken(desk, "max", MORNING) == [name]
    desk.park("parked", until=MORNING + 2 * HOUR, now=MORNING)
    desk.ask_client("asked", now=MORNING)
    desk.update_client("account:ann", stage="regular", curator="eva", now=MORNING + HOUR)
    desk.client_answered("asked", now=MORNING + 2 * HOUR)
    assert taken(desk, "ida", MORNING + 2 * HOUR) == []
    assert [taken(desk, "eva", MORNING + 2 * HOUR) for _ in range(2)] == [["asked"], ["parked"]]


@clause("C2", without=without_what_managers_leave)
def test_every_topic_of_a_manager_passes(policy: Policy) -> None:
    for kind in (*MANAGER, "other"):
        desk = staffed(policy, MORNING)
        desk.submit(ask("A1", NEW, kind), now=MORNING)
        desk.update_client("account:ann", stage="regular", curator="eva", now=MORNING + HOUR)
        assert taken(desk, "eva", MORNING + HOUR) == ["A1"], kind


@clause("C3", without=without_topics_of_managers)
def test_these_are_the_topics_of_a_manager(policy: Policy) -> None:
    assert [team_of(policy, ask("A1", NEW, kind), EVENING) for kind in MANAGER] == ["sales managers"] * 6


@clause("C3", without=with_all_topics_for_managers)
def test_what_only_a_curator_does_is_not_for_a_manager(policy: Policy) -> None:
    only = [kind for kind in CURATOR if kind not in MANAGER]
    assert [team_of(policy, ask("A1", NEW, kind), MORNING) for kind in only] == ["support"] * 7


@clause("C3", without=without_topics_of_curators)
def test_these_are_the_topics_of_a_curator(policy: Policy) -> None:
    assert [team_of(policy, ask("A1", REGULAR, kind), EVENING) for kind in CURATOR] == ["curators"] * 9


@clause("C3", without=without_curators)
def test_credit_limit_and_overpayment_are_for_whoever_the_client_has(policy: Policy) -> None:
    for kind in ("credit_limit", "overpayment"):
        found = [team_of(policy, ask("A1", client, kind), MORNING) for client in (NEW, REGULAR)]
        assert found == ["sales managers", "curators"]


@clause("C3", without=without_hints)
def test_an_introduction_is_parked_until_the_time_that_the_client_chose(policy: Policy) -> None:
    for how in ("online", "in person"):
        desk = staffed(policy, MORNING)
        desk.submit(ask("A1", NEW, "introduction", attributes={"how": how}), now=MORNING)
        assert desk.explain("A1").hint == "agree on a time, online or in person, and park it until then"
        desk.take("max", now=MORNING)
        desk.park("A1", until=MORNING + 5 * HOUR, now=MORNING)
        assert desk.waiting() == []
        assert desk.next_wakeup == MORNING + 5 * HOUR
        # It is the manager's then, before all that came earlier.
        desk.submit(ask("A2", Client(account="di", stage="new", manager="max"), received_at=MORNING - DAY), now=MORNING + HOUR)
        assert [taken(desk, agent, MORNING + 5 * HOUR) for agent in ("leo", "max")] == [[], ["A1"]]


@clause("C3", without=without_introductions)
def test_an_introduction_online_or_in_person_is_the_managers_own_from_asking_to_meeting(policy: Policy) -> None:
    for how in ("online", "in person"):
        desk = staffed(policy, MORNING)
        desk.submit(ask("A1", NEW, "introduction", attributes={"how": how}), now=MORNING)
        assert desk.ticket("A1").queue == Queue("sales managers", None, OpenTo.ADDRESSEE, ("personal",))
        assert [taken(desk, agent, MORNING) for agent in ("leo", "eva", "sam", "max")] == [[], [], [], ["A1"]]
        desk.park("A1", until=MORNING + 5 * HOUR, now=MORNING)
        assert desk.ticket("A1").state is State.PARKED
        assert taken(desk, "max", MORNING + 5 * HOUR - MINUTE) == []
        assert [taken(desk, agent, MORNING + 5 * HOUR) for agent in ("leo", "max")] == [[], ["A1"]]


@clause("C4", without=with_orders_for_persons)
def test_an_existing_order_is_for_support_whoever_asks(policy: Policy) -> None:
    for client in (NEW, REGULAR, Client(email="guest@example.com")):
        for kind in (*ORDER, "other"):
            for now in (MORNING, EVENING):
                assert team_of(policy, ask("A1", client, kind, bookings=Booking("K1")), now) == "support", (kind, now)


@clause("C4", without=with_hours_for_support)
def test_support_is_there_at_any_hour(policy: Policy) -> None:
    for now in (MORNING, EVENING, FRIDAY + DAY + 3 * HOUR, FRIDAY + 2 * DAY + 12 * HOUR):
        desk = staffed(policy, now)
        desk.submit(ask("A1", kind="check_in", bookings=Booking("K1")), now=now)
        assert taken(desk, "sam", now) == ["A1"]


@clause("C4", without=with_orders_by_size)
def test_an_existing_order_is_for_support_whatever_its_size(policy: Policy) -> None:
    for rooms in (1, 5, 6, 60):
        assert team_of(policy, ask("A1", kind="cancel", bookings=Booking("K1", rooms=rooms)), EVENING) == "support"


@clause("C3", without=without_grounds)
def test_what_is_not_for_a_person_is_not_kept_for_them_though_it_was_written_to_them(policy: Policy) -> None:
    only = [kind for kind in CURATOR if kind not in MANAGER]
    for client, agent, kinds in ((NEW, "max", (*only, "lost_property")), (REGULAR, "eva", ("lost_property",))):
        for kind in kinds:
            desk = staffed(policy, MORNING)
            desk.submit(ask("A1", client, kind, addressed_to=agent), now=MORNING)
            assert taken(desk, "sam", MORNING) == ["A1"], kind


@clause("C4", without=without_grounds)
def test_an_order_that_was_written_of_to_the_named_person_is_not_kept_for_them(policy: Policy) -> None:
    for client, agent in ((NEW, "max"), (REGULAR, "eva")):
        for kind in (*ORDER, "other"):
            desk = staffed(policy, MORNING)
            desk.submit(ask("A1", client, kind, bookings=Booking("K1"), addressed_to=agent), now=MORNING)
            assert [taken(desk, name, MORNING) for name in (agent, "sam")] == [[], ["A1"]]


@clause("C5", without=without_support_for_what_is_urgent)
def test_an_urgent_question_is_for_support_outside_the_hours_of_the_named_person(policy: Policy) -> None:
    desk = staffed(policy, EVENING)
    desk.submit(ask("A1", urgent=True), now=EVENING)
    assert taken(desk, "eva", EVENING) == []
    assert taken(desk, "sam", EVENING) == ["A1"]
    desk.hand_back("A1", now=EVENING)
    # What support has not answered by the opening is the named person's again, and at the end of the day support's.
    desk.advance(now=MONDAY)
    assert desk.waiting(team="curators") == ["A1"]
    desk.advance(now=MONDAY + 9 * HOUR)
    assert desk.waiting(team="support") == ["A1"]


@clause("C4", without=with_orders_for_persons)
def test_an_existing_order_is_for_support_also_when_its_client_has_another_ticket_open(policy: Policy) -> None:
    for known in ("training", "other"):
        for kind in ORDER:
            for bookings in ((), Booking("K1")):
                desk = staffed(policy, EVENING)
                desk.submit(ask("A1", kind=known), now=EVENING)
                desk.submit(ask("A2", kind=kind, bookings=bookings), now=EVENING)
                # What did not say what it asked may turn out to be of the order; then both are support's.
                assert taken(desk, "sam", EVENING) == [desk.ticket("A2").id], (known, kind)


@clause("C5", without=without_support_for_what_is_urgent)
def test_an_urgent_question_is_for_support_also_when_its_client_has_another_ticket_open(policy: Policy) -> None:
    """Of the same topic, of another, or of nothing that is said; by the bot or not; and what waited goes on waiting."""
    for client, agent in ((REGULAR, "eva"), (NEW, "max")):
        for known in ("credit_limit", "overpayment", "other"):
            for channel in ("email", "bot"):
                desk = staffed(policy, EVENING)
                desk.submit(ask("A1", client, known), now=EVENING)
                desk.submit(ask("A2", client, urgent=True, channel=channel), now=EVENING)
                assert taken(desk, "sam", EVENING) == ["A2"], (known, channel)
                assert taken(desk, agent, MONDAY) == ["A1"], (known, channel)


@clause("C5", without=with_support_for_all_by_night)
def test_what_is_not_urgent_waits_for_the_opening_also_when_its_client_has_an_urgent_ticket_open(policy: Policy) -> None:
    desk = staffed(policy, EVENING)
    desk.submit(ask("A1", urgent=True), now=EVENING)
    desk.submit(ask("A2", kind="training"), now=EVENING)
    assert [desk.ticket(name).queue for name in ("A1", "A2")] == [
        Queue("support", None, OpenTo.TEAM),
        Queue("curators", None, OpenTo.ADDRESSEE),
    ]


@clause("C5", without=without_support_for_what_is_urgent)
def test_what_is_urgent_changes_hands_when_the_day_of_the_client_begins_and_ends(policy: Policy) -> None:
    """Whether it is marked so or came by the bot."""
    for facts in ({"urgent": True}, {"channel": "bot"}):
        for client, team in ((NEW, "sales managers"), (REGULAR, "curators")):
            for opens in workdays(10):
                asked = ask("A1", client, zone="UTC+10:00", **facts)
                for now in (opens, opens + 9 * HOUR - MINUTE):
                    assert team_of(policy, asked, now) == team
                for now in (opens - MINUTE, opens + 9 * HOUR):
                    assert team_of(policy, asked, now) == "support"
            for day in (21, 22):
                assert team_of(policy, asked, datetime(2020, 3, day, 12, tzinfo=timezone(10 * HOUR))) == "support"


@clause("C5", without=with_support_whenever_it_is_urgent)
def test_an_urgent_question_in_the_hours_is_for_the_named_person(policy: Policy) -> None:
    desk = staffed(policy, MORNING)
    desk.submit(ask("A1", urgent=True), now=MORNING)
    assert taken(desk, "sam", MORNING) == []
    assert taken(desk, "eva", MORNING) == ["A1"]
    # A colleague steps in at once, should the named person be busy.
    desk.submit(ask("B1", Client(account="cy", stage="regular", curator="eva"), urgent=True), now=MORNING)
    assert taken(desk, "ida", MORNING) == ["B1"]
    desk.submit(ask("C1", Client(account="di", stage="regular", curator="eva"), channel="bot"), now=MORNING)
    assert taken(desk, "ida", MORNING) == ["C1"]


@clause("C5", without=without_hours)
def test_what_is_not_urgent_waits_for_the_next_opening_though_somebody_is_on_duty(policy: Policy) -> None:
    desk = staffed(policy, EVENING)
    desk.submit(ask("A1"), now=EVENING)
    assert desk.ticket("A1").queue == Queue("curators", None, OpenTo.ADDRESSEE)
    assert desk.next_wakeup == MONDAY
    for now in (EVENING, FRIDAY + DAY + 12 * HOUR, MONDAY - MINUTE):
        assert [taken(desk, agent, now) for agent in ("eva", "ida", "sam")] == [[], [], []]
    assert [taken(desk, agent, MONDAY) for agent in ("ida", "sam", "eva")] == [[], [], ["A1"]]


@clause("C5", without=without_hours)
def test_an_answer_that_is_not_urgent_is_not_given_after_the_closing(policy: Policy) -> None:
    desk = staffed(policy, MORNING)
    desk.submit(ask("A1"), now=MORNING)
    desk.take("eva", now=FRIDAY + 18 * HOUR - MINUTE)
    refused = False
    try:
        desk.reply("A1", agent="eva", now=FRIDAY + 18 * HOUR)
    except NotTheirWork:
        refused = True
    assert refused
    desk.reply("A1", agent="eva", now=MONDAY)


@clause("C5", without=with_support_for_all_by_night)
def test_what_is_not_urgent_stays_with_the_team_of_the_named_person(policy: Policy) -> None:
    assert team_of(policy, ask("A1"), EVENING) == "curators"


@clause("C6", without=with_groups_by_people)
def test_six_rooms_are_for_the_group_desk_and_six_people_in_five_rooms_are_not(policy: Policy) -> None:
    for rooms, people, team in ((6, 6, "group desk"), (6, 1, "group desk"), (40, 80, "group desk"), (5, 20, "individual desk")):
        offline = ask("A1", kind="offline_request", bookings=Booking("Q1", rooms=rooms, party_size=people))
        assert team_of(policy, offline, MORNING) == team, (rooms, people)


@clause("C6", without=without_the_individual_desk)
def test_any_other_offline_request_is_for_the_individual_desk(policy: Policy) -> None:
    for client in (NEW, REGULAR):
        for bookings in ((), Booking("Q1"), Booking("Q1", rooms=1), (Booking("Q1", rooms=3), Booking("Q2", rooms=3))):
            offline = ask("A1", client, "offline_request", bookings=bookings, addressed_to="eva", urgent=True)
            assert team_of(policy, offline, EVENING) == "individual desk"


@clause("C6", without=with_groups_by_people)
def test_offline_requests_of_other_rooms_are_tickets_of_their_own_where_each_has_its_number(policy: Policy) -> None:
    """Also when their client has another ticket open, of an order or of a question."""
    for known in (ask("A1", kind="training"), ask("A1", kind="other"), ask("A1", kind="cancel", bookings=Booking("K1"))):
        desk = staffed(policy, MORNING)
        desk.submit(known, now=MORNING)
        for name, rooms in (("Q1", 2), ("Q2", 6), ("Q3", 6)):
            facts = Booking(name, rooms=rooms, party_size=2)
            desk.submit(ask(name, kind="offline_request", bookings=facts), now=MORNING)
        assert desk.waiting(team="individual desk") == ["Q1"]
        assert desk.waiting(team="group desk") == ["Q2", "Q3"]


@clause("C6", without=without_the_individual_desk)
def test_an_offline_request_without_a_number_stays_apart_from_all_but_another_offline_request(policy: Policy) -> None:
    for kind in ("training", "cancel", "other"):
        desk = staffed(policy, MORNING)
        desk.submit(ask("A1", kind=kind), now=MORNING)
        desk.submit(ask("Q1", kind="offline_request"), now=MORNING)
        assert whose(desk, "Q1") == "individual desk", kind


@clause("C7", without=without_the_lane)
def test_what_comes_by_the_bot_goes_in_front_also_when_its_client_has_another_ticket_open(policy: Policy) -> None:
    """The host of the bot marks its messages urgent."""
    for known in ("credit_limit", "training", "other"):
        for kind in ("credit_limit", "other"):
            desk = staffed(policy, EVENING)
            desk.submit(ask("A1", kind=known), now=EVENING)
            desk.submit(ask("Q1", kind=kind, channel="bot", urgent=True), now=EVENING)
            assert [desk.position(name).lane for name in ("Q1", "A1")] == ["urgent", "standard"], (known, kind)
            assert [desk.waiting(team=team) for team in ("support", "curators")] == [["Q1"], ["A1"]], (known, kind)


@clause("C7", without=without_filings)
def test_the_first_start_in_the_bot_is_no_request_and_the_question_after_it_is(policy: Policy) -> None:
    desk = staffed(policy, EVENING)
    start = Request("S1", REGULAR, channel="bot", kind="start", text="/start")
    (filed,) = desk.submit(start, now=EVENING)
    assert isinstance(filed, Filed)
    assert (desk.waiting(), desk.counter().filed, desk.counter().received) == ([], 1, 0)
    desk.submit(Request("Q1", REGULAR, channel="bot", text="We stand at the counter."), now=EVENING + MINUTE)
    assert (desk.waiting(), desk.counter().filed, desk.counter().received) == (["Q1"], 1, 1)


@clause("C7", without=with_all_of_the_bot_filed)
def test_a_question_in_the_bot_is_a_request_even_of_somebody_unknown(policy: Policy) -> None:
    unknown = Client(messenger="telegram:4711")
    with accepted():
        assert team_of(policy, Request("Q1", unknown, channel="bot"), MORNING) == "sales managers"
        assert team_of(policy, Request("Q1", unknown, channel="bot"), EVENING) == "support"


@clause("C7", without=without_urgency_of_the_bot)
def test_what_comes_by_the_bot_is_urgent_and_goes_in_front(policy: Policy) -> None:
    desk = staffed(policy, EVENING)
    desk.submit(ask("A1", kind="cancel", bookings=Booking("K1"), received_at=MORNING), now=EVENING)
    desk.submit(ask("Q1", NEW, "other", channel="bot"), now=EVENING)
    assert desk.position("Q1").lane == "urgent"
    assert desk.waiting(team="support") == ["Q1", "A1"]


@clause("C7", without=with_starts_filed_everywhere)
def test_only_the_bot_is_started(policy: Policy) -> None:
    with accepted():
        assert team_of(policy, ask("S1", kind="start", channel="form"), MORNING) == "support"


def planned(policy: Policy, now: datetime) -> Desk:
    """A desk that knows who works when: the support round the clock, all others by day."""
    desk = Desk(policy)
    day = Staffing((Shift(time(9), time(18), agents=2, weekdays=(0, 1, 2, 3, 4)),), handling_time=15 * MINUTE)
    around = Staffing((Shift(time(0), time(0), agents=2),), handling_time=15 * MINUTE)
    for team in policy.teams:
        desk.plan(around if team.name == "support" else day, team=team.name, now=now)
    return desk


@clause("C8", without=without_doors)
def test_a_client_is_told_every_door_and_the_soonest_answer_first(policy: Policy) -> None:
    found = planned(policy, MORNING).advise(ask("A1", attributes={"place": "west"}), now=MORNING)
    assert [(said.door, said.channel, said.team) for said in found] == [
        ("personal contacts, in the account and in every letter", "email", "curators"),
        ("new-request form", "form", "curators"),
        ("e-mail", "email", "curators"),
        ("telephone, west", "phone", "curators"),
    ]
    waits = [said.estimate.p50 for said in found]
    assert waits == sorted(waits, key=lambda wait: wait or timedelta.max)


@clause("C8", without=without_urgency_of_the_bot_door)
def test_what_is_urgent_is_soonest_by_the_bot_when_the_named_person_is_not_there(policy: Policy) -> None:
    desk = planned(policy, EVENING)
    desk.submit_many([ask(f"O{n}", Client(account=f"o{n}"), "cancel") for n in range(20)], now=EVENING)
    plain = desk.advise(ask("A1"), now=EVENING)
    assert {said.team for said in plain} == {"curators"}
    assert {said.opens_at for said in plain} == {MONDAY}
    urgent = desk.advise(ask("A1", urgent=True), now=EVENING)
    assert {(said.team, said.lane) for said in urgent} == {("support", "urgent")}
    assert "bot" in {said.door for said in urgent}
    assert all(said.estimate.p50 is not None and said.estimate.p50 < HOUR for said in urgent)


@clause("C8", without=with_the_bot_for_what_is_marked)
def test_whoever_asks_in_the_bot_is_led_to_it_before_all_doors_to_whoever_opens_on_monday(policy: Policy) -> None:
    """The bot stands last in the policy; by night support answers there at once."""
    desk = planned(policy, EVENING)
    found = desk.advise(ask("A1", channel="bot"), now=EVENING)
    assert [(said.door, said.team, said.opens_at) for said in found] == [
        ("bot", "support", None),
        ("personal contacts, in the account and in every letter", "curators", MONDAY),
        ("new-request form", "curators", MONDAY),
        ("e-mail", "curators", MONDAY),
        ("telephone, elsewhere", "curators", MONDAY),
    ]
    soonest, *later = (said.estimate.p50 for said in found)
    assert soonest is not None
    assert soonest < HOUR
    assert all(wait is not None and wait > 2 * DAY for wait in later)


@clause("C8", without=without_personal_contacts)
def test_personal_contacts_lead_to_the_manager_or_the_curator(policy: Policy) -> None:
    desk = planned(policy, MORNING)
    for client, person in ((NEW, "max"), (REGULAR, "eva")):
        first = desk.advise(ask("A1", client), now=MORNING)[0]
        assert first.door == "personal contacts, in the account and in every letter"
        assert first.reasons[0] == Reason("ADDRESSED", "addressed_to", person)
    stranger = desk.advise(ask("A1", Client(email="new@example.com"), "start_up"), now=MORNING)
    assert [said.door for said in stranger] == ["new-request form", "e-mail", "telephone, elsewhere"]


@clause("C8", without=with_one_telephone)
def test_the_telephone_is_that_of_the_place(policy: Policy) -> None:
    desk = planned(policy, MORNING)
    for place in ("west", "east", "elsewhere"):
        attributes = {} if place == "elsewhere" else {"place": place}
        found = desk.advise(ask("A1", attributes=attributes), now=MORNING)
        assert [said.door for said in found if said.channel == "phone"] == [f"telephone, {place}"]


@clause("C8", without=without_doors)
def test_what_comes_through_a_door_comes_as_it_says(policy: Policy) -> None:
    through = {door.name: door.through(ask("A1"), "eva") for door in policy.doors}
    spoken = {name for name, sent in through.items() if sent.by_voice}
    assert spoken == {"telephone, west", "telephone, east", "telephone, elsewhere"}
    assert {name for name, sent in through.items() if sent.urgent} == {"bot"}
    assert [name for name, sent in through.items() if sent.addressed_to] == [policy.doors[0].name]
