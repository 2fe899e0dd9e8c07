"""What the host knows of clients: `update_client`, and tickets that turn out to be a client's (rules R7, D1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from invariants import check

from supportq import Booking, Client, Desk, HeadStart, InvalidValue, Lane, Order, Policy, Request, Target, when
from supportq.errors import LogError, TimeWentBack
from supportq.events import Admitted, ClientUpdated, Event, FactsChanged, Joined, Move, Split
from supportq.hours import Hours, Opening

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")
POLICY = Policy(
    (
        Lane("curator", when.stage("regular") & when.named("curator")),
        Lane("new", when.stage("new"), head_starts=(HeadStart(2 * HOUR, when.named("manager")),)),
        Lane("rest"),
    ),
    zones=(NEW_YORK,),
)
ANN = Client(account="U-77", email="ann@example.com")


def desk_with(*requests: Request) -> Desk:
    desk = Desk(POLICY)
    desk.submit_many(requests, now=NOON)
    return desk


def lane(desk: Desk, ticket: str = "A1") -> str | None:
    return desk.ticket(ticket).lane


def test_R7_an_update_moves_the_tickets_of_a_client_in_one_event() -> None:
    desk = desk_with(Request("A1", ANN, kind="visa"), Request("A2", ANN, kind="seat"), Request("B1", Client(account="U-78")))
    happened = desk.update_client("account:U-77", stage="new", now=NOON)
    assert happened == (ClientUpdated(NOON, "account:U-77", "new", moves=(Move("rest", "new", ("A1", "A2")),)),)
    assert desk.waiting(lane="new") == ["A1", "A2"]
    assert desk.ticket("A1").stage == "new"
    assert desk.ticket("B1").stage is None


def test_R7_it_holds_for_tickets_that_come_afterwards() -> None:
    desk = Desk(POLICY)
    desk.update_client("email:Ann@Example.com", stage="regular", curator="eva", now=NOON)
    (event,) = desk.submit(Request("A1", ANN), now=NOON)
    assert isinstance(event, Admitted)
    assert event.lane == "curator"
    assert (desk.ticket("A1").stage, desk.ticket("A1").curator, desk.ticket("A1").manager) == ("regular", "eva", None)


def test_R7_it_outranks_what_a_request_carries() -> None:
    carried = Client(account="U-77", stage="new", manager="eva")
    desk = desk_with(Request("A1", carried))
    assert lane(desk) == "new"
    desk.update_client("account:U-77", stage="lapsed", now=NOON)
    assert lane(desk) == "rest"
    desk.submit(Request("A2", carried, kind="seat"), now=NOON)
    # What was not said of is as the request carries it.
    assert (lane(desk, "A2"), desk.ticket("A2").manager) == ("rest", "eva")


def test_R7_a_later_request_of_the_ticket_does_not_change_what_the_first_carries() -> None:
    desk = desk_with(Request("A1", ANN))
    desk.submit(Request("A2", Client(account="U-77", stage="new")), now=NOON + HOUR)
    assert (lane(desk), desk.ticket("A1").stage) == ("rest", None)
    # One that was written before it does, as it does for the kind: it is the first.
    earlier = Request("A0", Client(account="U-77", stage="new"), received_at=NOON - HOUR)
    (event,) = desk.submit(earlier, now=NOON + HOUR)
    assert isinstance(event, Joined)
    assert (event.lane, desk.ticket("A1").stage) == ("new", "new")


@pytest.mark.parametrize(
    ("identifier", "filed"),
    [
        ("account: U-77", "account:U-77"),
        ("email:ANN@example.com", "email:ann@example.com"),
        ("phone:+420 601 000 123", "phone:+420601000123"),
        ("messenger:Telegram:4711", "messenger:telegram:4711"),
        ("messenger:whatsapp:420601000123", "phone:+420601000123"),
    ],
)
def test_a_client_is_named_by_any_identifier_in_any_spelling(identifier: str, filed: str) -> None:
    ann = Client(account="U-77", email="ann@example.com", phone="+420601000123", messenger="telegram:4711")
    desk = desk_with(Request("A1", ann))
    (event,) = desk.update_client(identifier, stage="new", now=NOON)
    assert isinstance(event, ClientUpdated)
    assert event.client == filed
    assert lane(desk) == "new"


def test_whichever_message_of_the_client_showed_the_identifier() -> None:
    """D1: the account came with another message, and the e-mail unites both."""
    desk = desk_with(Request("A1", Client(email="ann@example.com"), kind="visa"), Request("A2", ANN, kind="seat"))
    desk.update_client("account:U-77", stage="new", now=NOON)
    assert (lane(desk, "A1"), lane(desk, "A2")) == ("new", "new")


def test_what_was_only_claimed_names_nobody() -> None:
    """Otherwise whoever types in the address of a regular client would be treated as one."""
    desk = desk_with(Request("A1", Client(account="U-78"), claims=Client(email="ann@example.com", name="Ann")))
    desk.update_client("email:ann@example.com", stage="new", now=NOON)
    assert lane(desk) == "rest"


def test_a_message_that_shows_who_it_is_moves_the_tickets_before_it() -> None:
    desk = desk_with(Request("A1", Client(email="ann@example.com"), kind="visa"))
    desk.update_client("account:U-77", stage="new", zone="America/New_York", now=NOON)
    assert lane(desk) == "rest"
    admitted, changed = desk.submit(Request("A2", ANN, kind="seat"), now=NOON + HOUR)
    assert isinstance(admitted, Admitted)
    assert admitted.lane == "new"
    assert changed == FactsChanged(NOON + HOUR, ("A1",), (Move("rest", "new", ("A1",)),))
    assert (desk.ticket("A1").stage, desk.ticket("A1").zone) == ("new", "America/New_York")


def test_tickets_of_a_client_who_turns_out_to_be_two_get_their_own_facts_back() -> None:
    """D1: an address that two accounts use links nobody; nothing of what came by it alone is known to be Ann's."""
    desk = desk_with(Request("A1", ANN, kind="visa"), Request("A2", Client(email="ann@example.com"), kind="seat"))
    desk.update_client("account:U-77", stage="new", now=NOON)
    assert lane(desk, "A2") == "new"
    *_, changed = desk.submit(Request("B1", Client(account="U-78", email="ann@example.com"), kind="meal"), now=NOON)
    assert changed == FactsChanged(NOON, ("A2",), (Move("new", "rest", ("A2",)),))
    assert (lane(desk, "A1"), lane(desk, "A2"), lane(desk, "B1")) == ("new", "rest", "rest")


def test_a_request_that_is_taken_out_goes_by_its_own_client() -> None:
    desk = desk_with(Request("A1", Client(account="U-77", stage="new")), Request("B1", Client(account="U-78")))
    desk.update_client("account:U-78", stage="regular", curator="eva", now=NOON)
    desk.merge("A1", "B1", now=NOON)
    assert (lane(desk), desk.ticket("A1").stage) == ("new", "new")
    (split,) = desk.unmerge("B1", now=NOON)
    assert isinstance(split, Split)
    assert (split.lane, split.rest_lane) == ("curator", "new")


def test_a_merged_ticket_goes_by_the_client_whose_request_came_first() -> None:
    old = Request("B1", Client(account="U-78", stage="new"), received_at=NOON - HOUR)
    desk = desk_with(Request("A1", Client(account="U-77", stage="regular", curator="eva")), old)
    desk.take("eva", now=NOON)
    desk.merge("B1", "A1", now=NOON)
    assert (desk.ticket("A1").id, desk.ticket("A1").stage) == ("A1", "new")
    # And an update of the other's client changes nothing about it.
    desk.update_client("account:U-77", stage="lapsed", now=NOON)
    assert desk.ticket("A1").stage == "new"


def test_R4_a_head_start_goes_by_what_is_known_now() -> None:
    """The place inside the lane changes, and so the event says."""
    desk = desk_with(
        Request("A1", Client(account="U-76", stage="new"), received_at=NOON - HOUR),
        Request("B1", Client(account="U-77", stage="new")),
    )
    (event,) = desk.update_client("account:U-77", manager="eva", now=NOON)
    assert isinstance(event, ClientUpdated)
    assert event.moves == (Move("new", "new", ("B1",)),)
    assert desk.waiting() == ["B1", "A1"]


def test_R4_so_does_a_reply_target() -> None:
    targets = (Target(HOUR, when.stage("regular")), Target(9 * HOUR))
    desk = Desk(Policy((Lane("all", order=Order.REPLY_BY),), targets=targets))
    for number in (1, 2):
        desk.submit(Request(f"A{number}", Client(account=f"U-{number}")), now=NOON)
    desk.update_client("account:U-2", stage="regular", now=NOON)
    assert desk.waiting() == ["A2", "A1"]


def test_of_several_updates_of_one_fact_the_last_holds_whatever_identifier_it_named() -> None:
    desk = desk_with(Request("A1", ANN))
    desk.update_client("account:U-77", stage="new", manager="eva", now=NOON)
    desk.update_client("email:ann@example.com", stage="lapsed", now=NOON)
    assert (desk.ticket("A1").stage, desk.ticket("A1").manager) == ("lapsed", "eva")
    desk.update_client("account:U-77", stage="regular", now=NOON)
    assert desk.ticket("A1").stage == "regular"


def test_tickets_that_do_not_wait_are_told_too() -> None:
    desk = desk_with(Request("A1", ANN, kind="visa"), Request("A2", ANN, kind="seat"))
    desk.take("ivan", now=NOON)
    desk.withdraw("A2", now=NOON)
    (event,) = desk.update_client("account:U-77", stage="new", now=NOON)
    assert isinstance(event, ClientUpdated)
    assert event.moves == ()
    desk.hand_back("A1", now=NOON)
    desk.reopen("A2", now=NOON)
    assert desk.waiting(lane="new") == ["A1", "A2"]


def test_the_zone_of_a_client_opens_and_closes_hours() -> None:
    office = Hours((Opening(datetime.min.time().replace(hour=9), datetime.min.time().replace(hour=18)),))
    desk = Desk(Policy((Lane("office", when.within_hours(office)), Lane("rest")), zones=(NEW_YORK,)))
    desk.submit(Request("A1", ANN), now=NOON)
    assert lane(desk) == "office"
    desk.update_client("account:U-77", zone="America/New_York", now=NOON)
    # It is eight in the morning there.
    assert (lane(desk), desk.next_wakeup) == ("rest", NOON + HOUR)
    desk.submit(Request("A2", ANN, kind="seat", zone="UTC"), now=NOON)
    assert (lane(desk, "A2"), desk.ticket("A2").zone) == ("rest", "America/New_York")


def test_a_zone_of_a_request_that_the_policy_does_not_know_yields_to_the_clients() -> None:
    desk = Desk(POLICY)
    desk.update_client("account:U-77", zone="America/New_York", now=NOON)
    (event,) = desk.submit(Request("A1", ANN, zone="Mars/Olympus"), now=NOON)
    assert isinstance(event, Admitted)
    assert [(reason.code, reason.ours, reason.theirs) for reason in event.reasons] == [
        ("UNKNOWN_ZONE", "America/New_York", "Mars/Olympus")
    ]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"client": "account:U-77"}, "update_client", "says nothing; give stage, manager, curator, zone"),
    ({"client": "U-77", "stage": "new"}, "client", "identifies nobody; write email:"),
    ({"client": "account:", "stage": "new"}, "client", "identifies nobody"),
    ({"client": "email:none", "stage": "new"}, "client", "identifies nobody"),
    ({"client": "", "stage": "new"}, "client", "must not be empty"),
    ({"client": None, "stage": "new"}, "client", "must be text"),
    ({"client": "account:U-77", "stage": ""}, "stage", "must not be empty"),
    ({"client": "account:U-77", "manager": 7}, "manager", "must be text"),
    ({"client": "account:U-77", "curator": "x" * 300}, "curator", "shorten it"),
    ({"client": "account:U-77", "zone": "Mars/Olympus"}, "zone", "there are UTC, America/New_York"),
]


@pytest.mark.parametrize(("arguments", "field", "problem"), BAD, ids=range(len(BAD)))
def test_bad_input_is_named_and_changes_nothing(arguments: dict[str, Any], field: str, problem: str) -> None:
    desk = desk_with(Request("A1", ANN))
    before = desk.snapshot()
    with pytest.raises(InvalidValue, match=problem) as error:
        desk.update_client(**arguments, now=NOON)
    assert error.value.field == field
    assert desk.snapshot() == before
    with pytest.raises(TimeWentBack):
        desk.update_client("account:U-77", stage="new", now=NOON - HOUR)
    assert desk.snapshot() == before


@pytest.mark.parametrize(
    "event",
    [
        ClientUpdated(NOON, "account:U-77", "new"),
        ClientUpdated(NOON, "account:U-77", "new", moves=(Move("curator", "new", ("A1",)),)),
        ClientUpdated(NOON, "account:U-78", "new", moves=(Move("rest", "new", ("A1",)),)),
        FactsChanged(NOON, ("nobody",)),
        FactsChanged(NOON, ("A1",), (Move("rest", "new", ("A1",)),)),
    ],
)
def test_an_event_that_cannot_have_happened_is_refused(event: Event) -> None:
    """G1: lanes are state, and must be those that the policy gives."""
    log = list(Desk(POLICY).submit(Request("A1", ANN), now=NOON))
    with pytest.raises(LogError) as error:
        Desk.from_log(POLICY, [*log, event])
    assert error.value.position == 1


def test_a_crowd_of_tickets_of_one_client_moves_at_once() -> None:
    requests = [Request(f"A{n:02}", ANN, kind=f"kind {n}", bookings=Booking(f"K{n}")) for n in range(30)]
    desk = desk_with(*requests)
    desk.update_client("account:U-77", stage="new", now=NOON)
    assert desk.waiting(lane="new") == [request.id for request in requests]
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_R7_who_turns_out_to_be_somebody_else_takes_nothing_that_the_host_said_of_the_other_along() -> None:
    policy = Policy((Lane("curated", when.named("curator")), Lane("all")))
    desk, home = Desk(policy), Client(account="2", phone="+420601000000")
    log = list(desk.submit(Request("A", Client(email="ann@example.com", phone="+420601000000"), kind="visa"), now=NOON))
    log += desk.update_client("email:ann@example.com", curator="karel", now=NOON)
    log += desk.submit(Request("B", home, kind="cancel"), now=NOON)
    log += desk.submit(Request("C", home, kind="cancel"), now=NOON)
    assert desk.ticket("B").requests[1].id == "C"
    log += desk.unmerge("C", other_client=True, now=NOON)
    assert (desk.ticket("C").curator, desk.ticket("C").lane) == (None, "all")
    assert Desk.from_log(policy, log) == desk == Desk.from_snapshot(desk.snapshot())
    check(desk)
