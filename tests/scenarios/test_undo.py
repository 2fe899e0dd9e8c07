"""Days on which tickets are made one, and on which that is taken back (rules D1, D5, D6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from story import Story

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq.errors import CommandRefused, WrongAgent, WrongState
from supportq.events import Admitted, Event, Joined, KeptForReview, MarkedShared, Merged, Replied, SetApart, Split
from supportq.hours import Hours, Opening
from supportq.procedures import Silence
from supportq.schema import snapshot_from_json, to_json
from supportq.tickets import Address, Basis, State

POLICY = Policy((Lane("imminent", when.departs_within(timedelta(days=1))), Lane("standard")), default_region="CZ")
ANN, BOB, EVE = (Client(email=f"{name}@example.com") for name in ("ann", "bob", "eve"))
FAMILY = "+420601000123"

_Event = TypeVar("_Event")


def about(request_id: str, reference: str | None, client: Client = ANN, **fields: Any) -> Request:
    bookings = () if reference is None else (Booking(reference),)
    return Request(request_id, client, **{"kind": "refund", "channel": "email", "bookings": bookings, **fields})


def day() -> Story:
    return Story(POLICY, "2020-03-20")


def last(story: Story, kind: type[_Event]) -> _Event:
    """The last event of a kind."""
    return next(event for event in reversed(story.log) if isinstance(event, kind))


def parts(story: Story) -> dict[str, list[str]]:
    """The requests of each ticket."""
    return {ticket.id: [request.id for request in ticket.requests] for ticket in story.desk.snapshot().tickets}


# --------------------------------------------------------------------------------------------------------------- merging


def test_two_that_wait_are_merged_into_the_one_that_came_first() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:10").submit(about("B1", "K2", BOB, received_at=story.moment("07:00")))
    story.at("09:00").merge("A1", "B1")
    assert last(story, Merged) == Merged(story.now, "B1", "A1", "standard")
    ticket = story.desk.ticket("A1")
    assert (ticket.id, ticket.arrived_at, ticket.state) == ("B1", story.moment("07:00"), State.WAITING)
    assert [joint.basis for joint in ticket.joints] == [Basis.FIRST, Basis.MERGED]
    assert story.desk.waiting() == ["B1"]
    # They are two clients, as before.
    assert story.desk.client_of("A1") != story.desk.client_of("B1")


def test_of_two_that_came_at_once_the_lesser_id_stays() -> None:
    story = day()
    story.at("08:00").submit_many([about("B1", "K2", BOB), about("A1", "K1")])
    story.merge("B1", "A1")
    assert last(story, Merged).ticket_id == "A1"


def test_the_one_that_is_taken_stays_and_its_agent_answers_both() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:10").submit(about("B1", "K2", BOB))
    story.at("08:15").withdraw("A1")
    story.at("08:16").take("ivan")
    story.at("08:17").reopen("A1")
    story.at("08:20").merge("A1", "B1")
    assert last(story, Merged) == Merged(story.now, "B1", "A1", None)
    ticket = story.desk.ticket("A1")
    assert (ticket.id, ticket.state, ticket.agent, ticket.unanswered) == ("B1", State.TAKEN, "ivan", (0, 1))
    assert ticket.arrived_at == story.moment("08:00")
    story.at("08:30").reply("B1")
    assert story.desk.ticket("A1").unanswered == ()
    replied = last(story, Replied)
    assert replied.waited == timedelta(minutes=30)
    # Bob's ticket it is; that Ann gets the answer, too, the host decides (D5).
    assert replied.answer_to == (Address("email", "email:bob@example.com"),)
    assert replied.unverified == (Address("email", "email:ann@example.com"),)


def test_an_answered_ticket_waits_again_when_an_unanswered_one_is_merged_into_it() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:10").take("ivan")
    story.at("08:20").reply("A1")
    story.at("09:00").submit(about("B1", "K2", BOB))
    story.at("09:10").merge("A1", "B1")
    ticket = story.desk.ticket("A1")
    # The older part was answered: what waits is Bob's request, since it came.
    assert (ticket.id, ticket.state, ticket.unanswered, ticket.arrived_at) == (
        "A1",
        State.WAITING,
        (1,),
        story.moment("09:00"),
    )
    story.at("09:20").unmerge("B1")
    first, second = story.desk.ticket("A1"), story.desk.ticket("B1")
    assert (first.state, first.agent, first.unanswered) == (State.ANSWERED, "ivan", ())
    assert (second.state, second.arrived_at, second.unanswered) == (State.WAITING, story.moment("09:00"), (0,))


def test_two_answered_tickets_stay_answered() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:00").submit(about("B1", "K2", BOB))
    for agent in ("ivan", "jana"):
        story.at("08:10").take(agent)
    for ticket in ("A1", "B1"):
        story.at("08:20").reply(ticket)
    story.at("08:30").merge("A1", "B1")
    assert (story.desk.ticket("A1").state, story.desk.waiting()) == (State.ANSWERED, [])
    story.at("08:40").unmerge("B1")
    assert [(t.id, t.state, t.agent) for t in story.desk.snapshot().tickets] == [
        ("A1", State.ANSWERED, "ivan"),
        ("B1", State.ANSWERED, "jana"),
    ]
    assert last(story, Split).lane is None


def test_merges_that_are_refused_change_nothing() -> None:
    story = day()
    for number, client in enumerate((ANN, BOB, Client(account="3"), Client(account="4"))):
        story.at("08:00").submit(about(f"R{number}", f"K{number}", client))
    story.at("08:10").take("ivan")
    story.at("08:10").take("jana")
    story.at("08:20").withdraw("R3")
    before = story.desk.snapshot()
    with pytest.raises(WrongAgent):
        story.merge("R0", "R1")
    with pytest.raises(WrongState):
        story.merge("R2", "R3")
    with pytest.raises(CommandRefused):
        story.merge("R2", "R2")
    with pytest.raises(LookupError):
        story.merge("R2", "nobody")
    with pytest.raises(CommandRefused):
        story.unmerge("R2")
    with pytest.raises(LookupError):
        story.unmerge("nobody")
    assert story.desk.snapshot() == before


def test_a_refused_merge_gives_what_fell_due_before_it() -> None:
    """G2: the day has passed, whatever becomes of the command."""
    story = day()
    departs_at = story.moment("12:00") + timedelta(days=1)
    story.at("08:00").submit(about("A1", None, bookings=Booking("K1", departs_at=departs_at)))
    with pytest.raises(CommandRefused):
        story.at("13:00").merge("A1", "A1")
    assert story.desk.ticket("A1").lane == "imminent"


def test_one_agent_may_merge_what_both_wait_for_that_agent() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:05").submit(about("B1", "K2", BOB))
    story.at("08:10").take("ivan")
    story.at("08:10").take("ivan")
    story.at("08:20").merge("B1", "A1")
    ticket = story.desk.ticket("A1")
    assert (ticket.id, ticket.state, ticket.agent) == ("A1", State.TAKEN, "ivan")


def test_a_merged_ticket_takes_the_more_urgent_lane() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    tonight = Booking("K2", departs_at=story.moment("20:00"))
    story.at("08:05").submit(about("B1", None, BOB, bookings=tonight))
    story.at("08:10").merge("A1", "B1")
    assert (story.desk.ticket("A1").lane, last(story, Merged).lane) == ("imminent", "imminent")
    story.at("08:20").unmerge("B1")
    assert (story.desk.ticket("A1").lane, story.desk.ticket("B1").lane) == ("standard", "imminent")


# ------------------------------------------------------------------------------------------- what comes while joined


def test_a_late_message_to_the_merged_number_follows_the_survivor() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:05").submit(about("B1", "K2", BOB))
    story.at("08:10").merge("A1", "B1")
    story.at("08:20").submit(about("B2", None, BOB, in_reply_to="B1"))
    story.at("08:25").submit(about("B3", "K2", BOB))
    assert parts(story) == {"A1": ["A1", "B1", "B2", "B3"]}
    assert [joint.onto for joint in story.desk.ticket("A1").joints] == [None, "A1", "B1", "B1"]
    # A command may name any of them.
    story.at("08:30").take("ivan")
    story.at("08:35").reply("B2")
    assert story.desk.ticket("B1").state is State.ANSWERED


def test_what_followed_a_ticket_in_goes_out_with_it() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:05").submit(about("B1", "K2", BOB))
    story.at("08:10").merge("A1", "B1")
    story.at("08:20").submit(about("B2", "K2", BOB))
    story.at("08:25").submit(about("A2", "K1"))
    story.at("08:30").unmerge("B1")
    assert parts(story) == {"A1": ["A1", "A2"], "B1": ["B1", "B2"]}
    assert last(story, Split).request_ids == ("B1", "B2")
    assert story.desk.ticket("B1").arrived_at == story.moment("08:05")
    # From here on each goes its own way.
    story.at("08:40").submit(about("B3", "K2", BOB))
    assert parts(story) == {"A1": ["A1", "A2"], "B1": ["B1", "B2", "B3"]}


def test_an_answer_given_while_joined_is_not_that_of_what_is_taken_out() -> None:
    """D6: it waits with its own arrival, and its wait goes on."""
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:05").submit(about("B1", "K2", BOB))
    story.at("08:10").merge("A1", "B1")
    story.at("08:20").take("ivan")
    story.at("08:30").reply("A1")
    story.at("08:40").unmerge("B1")
    first, second = story.desk.ticket("A1"), story.desk.ticket("B1")
    assert (first.state, first.replies, first.agent) == (State.ANSWERED, 1, "ivan")
    assert (second.state, second.replies, second.unanswered, second.first_replied_at) == (State.WAITING, 0, (0,), None)
    assert second.arrived_at == story.moment("08:05")
    story.at("09:05").take("jana")
    story.at("09:05").reply("B1")
    assert last(story, Replied).waited == timedelta(hours=1)


def test_taking_out_a_request_that_joined_by_itself() -> None:
    """It was no duplicate after all: a ticket of its own, as of when it came."""
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:10").submit(about("A2", "K1"))
    story.at("08:20").submit(about("A3", "K1"))
    story.at("08:30").take("ivan")
    story.at("08:40").unmerge("A2")
    assert parts(story) == {"A1": ["A1", "A3"], "A2": ["A2"]}
    assert (story.desk.ticket("A1").state, story.desk.ticket("A2").state) == (State.TAKEN, State.WAITING)
    assert story.desk.ticket("A2").arrived_at == story.moment("08:10")
    # They are still of one client.
    assert story.desk.client_of("A1") == story.desk.client_of("A2")
    counter = story.desk.counter()
    assert (counter.received, counter.tickets, counter.repeats) == (3, 2, 1)


def test_taking_out_what_was_written_after_the_answer_leaves_the_ticket_answered() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:10").take("ivan")
    story.at("08:20").reply("A1")
    story.at("08:30").submit(about("A2", "K1", text="and my bag"))
    story.at("08:40").unmerge("A2")
    assert (story.desk.ticket("A1").state, story.desk.waiting()) == (State.ANSWERED, ["A2"])
    # Whoever answered it may go on with it.
    story.at("08:50").ask_client("A1")
    assert story.desk.ticket("A1").state is State.PARKED


def test_an_edit_and_what_it_edits_go_together() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:05").submit(about("B1", "K2", BOB))
    story.at("08:06").submit(about("B1", "K2", BOB, text="I mean today"))
    story.at("08:10").merge("A1", "B1")
    story.at("08:20").unmerge("B1")
    assert parts(story) == {"A1": ["A1"], "B1": ["B1", "B1"]}
    assert story.desk.ticket("B1").unanswered == (0, 1)


def test_a_ticket_out_of_another_has_its_own_clients_zone() -> None:
    """Rule T5: in Tokyo it is evening, here it is morning, and each ticket goes by the hours of its own client."""
    open_hours = Hours((Opening(time(7), time(10)),))
    lanes = (Lane("morning", when.within_hours(open_hours)), Lane("standard"))
    story = Story(Policy(lanes, zones=(ZoneInfo("Asia/Tokyo"),)), "2020-03-20")
    story.at("08:00").submit(about("A1", "K1", zone="Asia/Tokyo"))
    story.at("08:05").submit(about("B1", "K2", BOB))
    apart = {ticket.id: ticket.lane for ticket in story.desk.snapshot().tickets}
    assert apart == {"A1": "standard", "B1": "morning"}
    story.at("08:10").merge("A1", "B1")
    story.at("08:20").unmerge("B1")
    assert {ticket.id: ticket.lane for ticket in story.desk.snapshot().tickets} == apart
    assert Desk.from_snapshot(story.desk.snapshot()) == story.desk


# ------------------------------------------------------------------------------------------------ two people after all


def test_taken_out_as_somebody_elses_they_are_never_one_client_again() -> None:
    """A telephone of two: the operator hears that the second caller was the brother."""
    story = day()
    phone = Client(phone="601 000 123")
    story.at("08:00").submit(about("A1", "K1", phone))
    story.at("08:10").submit(about("X1", None, phone))
    assert parts(story) == {"A1": ["A1", "X1"]}
    story.at("08:20").unmerge("X1", other_client=True)
    assert last(story, SetApart) == SetApart(story.now, "A1", "X1")
    assert parts(story) == {"A1": ["A1"], "X1": ["X1"]}
    assert story.desk.client_of("A1") != story.desk.client_of("X1")
    assert story.desk.ticket("X1").arrived_at == story.moment("08:10")
    # Without it they would still be one client, with two tickets.
    other = day()
    other.at("08:00").submit(about("A1", "K1", phone))
    other.at("08:10").submit(about("X1", None, phone))
    other.at("08:20").unmerge("X1")
    assert other.desk.client_of("A1") == other.desk.client_of("X1")


def test_two_people_with_addresses_of_their_own_each_keep_what_is_theirs() -> None:
    story = day()
    ann, bob = (Client(phone=FAMILY, email=client.email) for client in (ANN, BOB))
    story.at("08:00").submit(about("A1", "K1", ann))
    story.at("08:10").submit(about("B1", None, bob))
    assert parts(story) == {"A1": ["A1", "B1"]}
    story.at("08:20").unmerge("B1", other_client=True)
    story.at("08:30").submit(about("A2", "K1", ANN))
    story.at("08:30").submit(about("B2", None, BOB))
    assert parts(story) == {"A1": ["A1", "A2"], "B1": ["B1", "B2"]}
    assert story.desk.client_of("A2") == story.desk.client_of("A1") != story.desk.client_of("B2")


# ----------------------------------------------------------------------------------------------- said to be shared


def test_what_hung_together_by_a_shared_number_alone_comes_apart() -> None:
    story = day()
    phone = Client(phone=FAMILY)
    story.at("08:00").submit(about("A1", "K1", Client(phone=FAMILY, email="ann@example.com")))
    story.at("08:10").submit(about("X1", None, phone))
    story.at("08:20").submit(about("X2", None, phone))
    assert parts(story) == {"A1": ["A1", "X1", "X2"]}
    story.at("09:00").mark_shared(f"phone:{FAMILY}")
    assert [type(event) for event in story.log[-3:]] == [MarkedShared, Split, Split]
    assert last(story, Split).reason == "OTHER_CLIENT"
    assert parts(story) == {"A1": ["A1"], "X1": ["X1"], "X2": ["X2"]}
    # Each waits as of when it came (D6), and nothing is counted twice.
    assert story.desk.waiting() == ["A1", "X1", "X2"]
    assert story.desk.ticket("X2").arrived_at == story.moment("08:20")
    counter = story.desk.counter()
    assert (counter.received, counter.tickets, counter.repeats, counter.clients) == (3, 3, 0, 3)


def test_what_shares_the_booking_stays_to_be_looked_at() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(phone=FAMILY, email="ann@example.com")))
    story.at("08:10").submit(about("B1", "K1", Client(phone=FAMILY, email="bob@example.com")))
    story.at("08:20").submit(about("B2", None, Client(phone=FAMILY, email="bob@example.com")))
    story.at("09:00").mark_shared(f"phone:{FAMILY}")
    kept = last(story, KeptForReview)
    assert (kept.ticket_id, kept.request_ids) == ("A1", ("B1", "B2"))
    ticket = story.desk.ticket("A1")
    assert [request.id for request in ticket.requests] == ["A1", "B1", "B2"]
    assert ticket.review == ("B1", "B2")
    # It is asked for once.
    story.at("09:10").mark_shared("phone:601 000 123")
    assert [event for event in story.log if isinstance(event, KeptForReview)] == [kept]
    # An operator has looked, and takes them out.
    story.at("09:20").unmerge("B1")
    assert story.desk.ticket("A1").review == ("B2",)
    story.at("09:20").unmerge("B2")
    assert story.desk.ticket("A1").review == ()
    story.at("09:30").merge("B1", "B2")
    assert parts(story) == {"A1": ["A1"], "B1": ["B1", "B2"]}


def test_what_an_operator_merged_does_not_come_apart_by_itself() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(phone=FAMILY, email="ann@example.com")))
    story.at("08:10").submit(about("B1", "K2", Client(phone=FAMILY, email="bob@example.com")))
    story.at("08:20").merge("A1", "B1")
    story.at("09:00").mark_shared(f"phone:{FAMILY}")
    assert parts(story) == {"A1": ["A1", "B1"]}
    assert story.desk.ticket("A1").review == ()


def test_a_taken_ticket_that_comes_apart_stays_with_its_agent() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(phone=FAMILY, email="ann@example.com")))
    story.at("08:10").submit(about("X1", None, Client(phone=FAMILY)))
    story.at("08:20").take("ivan")
    story.at("09:00").mark_shared(f"phone:{FAMILY}")
    split = last(story, Split)
    assert (split.lane, split.rest_lane) == ("standard", None)
    assert (story.desk.ticket("A1").agent, story.desk.waiting()) == ("ivan", ["X1"])


def test_a_closed_ticket_stays_whole_until_it_is_opened_again() -> None:
    """Nobody works on it; but when it is, it is not answered to two people as to one."""
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(phone=FAMILY, email="ann@example.com")))
    story.at("08:10").submit(about("B1", None, Client(phone=FAMILY, email="bob@example.com")))
    story.at("08:20").withdraw("A1")
    story.at("09:00").mark_shared(f"phone:{FAMILY}")
    assert parts(story) == {"A1": ["A1", "B1"]}
    assert story.desk.client_of("A1") != story.desk.client_of("B1")
    story.at("09:10").reopen("A1")
    assert parts(story) == {"A1": ["A1"], "B1": ["B1"]}


def test_what_is_left_when_a_ticket_is_taken_out_comes_apart_if_only_that_held_it() -> None:
    """C1 is of B's client since the number was said to be shared; it stays with B1, not with A1."""
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(phone=FAMILY, email="ann@example.com")))
    story.at("08:05").submit(about("B1", "K2", BOB))
    story.at("08:10").submit(about("C1", None, Client(phone=FAMILY, email="bob@example.com"), in_reply_to="A1"))
    story.at("08:15").merge("A1", "B1")
    story.at("08:20").mark_shared(f"phone:{FAMILY}")
    assert parts(story) == {"A1": ["A1", "C1", "B1"]}
    story.at("08:30").unmerge("B1")
    assert parts(story)["A1"] == ["A1"]


def test_a_clash_of_names_does_what_an_operator_would_have_said() -> None:
    story = day()
    story.at("08:00").submit(about("X1", "K1", Client(phone=FAMILY)))
    story.at("08:10").submit(about("A1", None, Client(phone=FAMILY, name="Ann Smith")))
    story.at("08:20").submit(about("B1", "K2", Client(phone=FAMILY, name="Bob Jones")))
    admitted = last(story, Admitted)
    assert admitted.ticket_id == "B1"
    assert parts(story) == {"X1": ["X1"], "A1": ["A1"], "B1": ["B1"]}
    assert story.desk.ticket("A1").arrived_at == story.moment("08:10")


def test_marking_what_nobody_came_with_holds_for_those_who_come() -> None:
    story = day()
    story.at("08:00").mark_shared("email:info@example.com")
    for number in range(2):
        story.at("08:10").submit(about(f"X{number}", f"K{number}", Client(email="info@example.com")))
    assert story.desk.client_of("X0") != story.desk.client_of("X1")


# ------------------------------------------------------------------------------------------------- who is answered


def replied(story: Story) -> Replied:
    story.take("ivan")
    taken = story.desk.snapshot().tickets[0].id
    story.reply(taken)
    return last(story, Replied)


def test_answers_go_to_all_that_is_proven_for_the_client() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    form = Client(account="17", email="ann@example.com", phone="601000123")
    story.at("08:10").submit(about("A2", "K1", form, channel="form"))
    story.at("08:20").submit(about("A3", "K1", Client(phone="601000123"), channel="phone"))
    assert replied(story).answer_to == (
        Address("email", "email:ann@example.com"),
        Address("form", "account:17"),
        Address("phone", "phone:+420601000123"),
    )


def test_a_hostile_claim_adds_no_address() -> None:
    """D5: whoever types in Ann's address, her name and her booking reads nothing that is answered to her."""
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(email="ann@example.com", name="Ann Smith")))
    hostile = Client(messenger="telegram:666", name="Ann Smith")
    story.at("08:10").submit(about("X1", "K1", hostile, channel="telegram", claims=ANN))
    assert last(story, Joined).ticket_id == "A1"
    event = replied(story)
    assert event.answer_to == (Address("email", "email:ann@example.com"),)
    assert event.unverified == (Address("telegram", "messenger:telegram:666"),)


def test_a_form_that_names_a_proven_address_is_answered_there() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:10").submit(about("A2", "K1", Client(), claims=ANN, channel="form"))
    event = replied(story)
    assert event.answer_to == (Address("email", "email:ann@example.com"), Address("form", "email:ann@example.com"))
    assert event.unverified == ()


def test_where_nothing_is_proven_the_host_decides() -> None:
    story = day()
    story.at("08:00").submit(about("A1", "K1", Client(), claims=ANN, channel="form"))
    event = replied(story)
    assert (event.answer_to, event.unverified) == ((), (Address("form", "email:ann@example.com"),))


def test_an_edit_that_signed_in_keeps_its_account_when_the_number_turns_out_to_be_shared() -> None:
    """The first form of it came under the number alone; a desk rebuilt from a snapshot and the live one decide alike."""
    story = day()
    phone = Client(phone=FAMILY)
    story.at("08:00").submit(about("X1", "K1", phone))
    story.at("08:10").submit(about("X2", "K2", phone))
    story.at("08:20").submit(about("X2", "K2", Client(phone=FAMILY, account="17"), text="signed in"))
    story.at("09:00").mark_shared(f"phone:{FAMILY}")
    again = Desk.from_snapshot(story.desk.snapshot())
    late = about("A1", "K2", Client(account="17"))
    for desk in (story.desk, again):
        event = desk.submit(late, now=story.now)[-1]
        assert isinstance(event, Joined)
        assert event.ticket_id == "X2"


def test_a_restored_desk_decides_as_the_live_one_after_a_merge() -> None:
    """Rule G6: tickets keep the order in which they came, wherever a merge or a split has put their records."""
    now = datetime(2020, 3, 20, 12, tzinfo=UTC)
    desk = Desk(Policy((Lane("all"),)))
    ann, bob = Client(email="ann@example.com"), Client(email="bob@example.com")
    for number in (1, 2, 3):
        desk.submit(Request(f"R{number}", ann, kind="refund", bookings=Booking(f"K{number}00")), now=now)
    desk.submit(Request("X", bob, kind="refund", bookings=Booking("Z1")), now=now)
    desk.merge("R1", "X", now=now)
    restored = Desk.from_snapshot(desk.snapshot())
    assert restored == desk
    late = Request("R9", ann, kind="refund", bookings=Booking("K900"))
    events = desk.submit(late, now=now)
    assert restored.submit(late, now=now) == events
    assert isinstance(events[0], Admitted)
    assert events[0].suspects == ("R3", "R2", "R1")


def test_what_comes_apart_comes_apart_in_one_order() -> None:
    """Rule G1: a desk rebuilt from its log, which may look at more tickets, writes the same events."""
    now = datetime(2020, 3, 20, 12, tzinfo=UTC)
    policy = Policy((Lane("all"),))
    desk = Desk(policy)
    log: list[Event] = []
    house = Client(phone="+420601000123")
    for name in ("R5", "R2", "R7", "R1"):
        log += desk.submit(
            Request(name, replace(house, name="Ann Smith"), kind="refund", bookings=Booking(f"K{name}")), now=now
        )
        log += desk.submit(Request(f"{name}x", house, kind="refund", bookings=Booking(f"K{name}")), now=now)
    clash = Request("B1", replace(house, name="Bob Novak"), kind="refund")
    rebuilt = Desk.from_log(policy, log)
    events = desk.submit(clash, now=now)
    assert rebuilt.submit(clash, now=now) == events
    apart = [event.ticket_id for event in events if isinstance(event, KeptForReview)]
    assert apart == sorted(apart)
    assert len(apart) == 4


# ------------------------------------------------------------------------------------------------------- out of a park

LAPSING = Policy(POLICY.lanes, silences=(Silence(None, timedelta(hours=10), "no answer"),), default_region="CZ")


def rebuilt(story: Story) -> None:
    """Rules G1 and G6: the log and a snapshot rebuild the same desk."""
    assert Desk.from_log(story.policy, story.log) == story.desk == Desk.from_snapshot(story.desk.snapshot())


def asked(request_id: str, at: str) -> Story:
    """A day on which Bob came first, and the client of this request is asked."""
    story = Story(LAPSING, "2020-03-20")
    story.at("08:00").submit(about("B1", "K2", BOB))
    story.at("08:10").submit(about("A1", "K1"))
    story.at(at).take("agent-1", ticket=request_id)
    story.ask_client(request_id)
    return story


@pytest.mark.parametrize("parked", ["A1", "B1"])
def test_whose_client_was_asked_waits_for_the_answer_again_once_a_merge_is_undone(parked: str) -> None:
    """Rules D6 and L1: whichever of the two stays, the silence counts since the client was asked."""
    story = asked(parked, "08:30")
    before = story.desk.ticket(parked)
    story.at("09:00").merge("A1", "B1")
    assert story.desk.ticket("A1").state is State.WAITING
    story.at("10:00").unmerge("A1")
    after, other = story.desk.ticket(parked), story.desk.ticket("B1" if parked == "A1" else "A1")
    assert (after.state, after.asked, after.agent, after.lapse) == (State.PARKED, True, "agent-1", before.lapse)
    assert after.arrived_at == before.arrived_at
    assert after.pauses[-1] == (story.now, None)
    assert (other.state, other.arrived_at) == (State.WAITING, story.moment("08:00" if parked == "A1" else "08:10"))
    rebuilt(story)
    story.at("18:30").advance()
    assert story.desk.ticket(parked).state is State.WAITING
    assert story.desk.ticket(parked).returned_to == "agent-1"


@pytest.mark.parametrize("parked", ["A1", "B1"])
def test_a_park_that_a_merge_ended_is_over_where_its_instant_has_passed_meanwhile(parked: str) -> None:
    """Rules D6 and L0: it waits, for the agent who had it first."""
    story = asked(parked, "08:30")
    story.at("09:00").merge("A1", "B1")
    story.at("18:30").unmerge("A1")
    after = story.desk.ticket(parked)
    assert (after.state, after.asked, after.returned_to, after.lapse) == (State.WAITING, False, "agent-1", None)
    rebuilt(story)


@pytest.mark.parametrize("parked", ["A1", "B1"])
def test_a_ticket_put_aside_is_put_aside_again_once_a_merge_is_undone(parked: str) -> None:
    """Rule D6."""
    story = day()
    story.at("08:00").submit(about("B1", "K2", BOB))
    story.at("08:10").submit(about("A1", "K1"))
    story.park(parked, until=story.moment("20:00"))
    story.at("09:00").merge("A1", "B1")
    story.at("10:00").unmerge("A1")
    after = story.desk.ticket(parked)
    assert (after.state, after.asked, after.parked_until) == (State.PARKED, False, story.moment("20:00"))
    rebuilt(story)
    story.at("20:00").advance()
    assert story.desk.waiting() == ["B1", "A1"]


@pytest.mark.parametrize("undone", [("A1", "B1"), ("B1", "A1")])
@pytest.mark.parametrize("parked", ["asked", "put aside"])
def test_a_park_that_a_merge_ended_is_remembered_by_another_merge(undone: tuple[str, str], parked: str) -> None:
    """Rule D6: whichever of two merges is undone first, what the first found parked is parked again after both."""
    story = Story(LAPSING, "2020-03-20")
    story.at("08:00").submit(about("C1", "K3", EVE))
    story.at("08:10").submit(about("A1", "K1"))
    story.at("08:20").submit(about("B1", "K2", BOB))
    story.at("08:30").take("agent-1", ticket="A1")
    if parked == "asked":
        story.ask_client("A1")
    else:
        story.park("A1", until=story.moment("20:00"))
    before = story.desk.ticket("A1")
    story.at("09:00").merge("A1", "B1")
    story.at("09:10").merge("C1", "A1")
    for ticket in undone:
        snapshot = story.desk.snapshot()
        assert snapshot_from_json(to_json(snapshot)) == snapshot
        story.at("10:00").unmerge(ticket)
        rebuilt(story)
    after = story.desk.ticket("A1")
    for fact in ("state", "asked", "agent", "lapse", "parked_until", "arrived_at", "unanswered", "parked_before"):
        assert getattr(after, fact) == getattr(before, fact)
    assert story.desk.waiting() == ["C1", "B1"]


def test_once_it_is_at_work_no_ticket_is_what_it_was_before_a_merge() -> None:
    """Rule D6: that is kept only while it waits because of the merge."""
    story = asked("B1", "08:30")
    story.at("09:00").merge("A1", "B1")
    assert story.desk.ticket("A1").parked_before is not None
    story.at("09:10").take("agent-1")
    assert story.desk.ticket("A1").parked_before is None
    rebuilt(story)


def test_a_client_who_wrote_meanwhile_is_asked_no_more() -> None:
    """Rule L0: the message would have ended the silence, merged or not."""
    story = asked("A1", "08:30")
    story.at("09:00").merge("A1", "B1")
    story.at("09:30").submit(about("A2", "K1", text="here it is", in_reply_to="A1"))
    story.at("10:00").unmerge("A1")
    after = story.desk.ticket("A1")
    assert (after.state, after.unanswered, after.arrived_at) == (State.WAITING, (0, 1), story.moment("08:10"))


def test_what_was_put_aside_and_has_been_taken_and_given_back_since_waits() -> None:
    """Rule D6: only what the merge ended is undone with it."""
    story = asked("B1", "08:30")
    story.at("09:00").merge("A1", "B1")
    story.at("09:10").take("agent-2")
    story.at("09:20").hand_back("B1")
    story.at("10:00").unmerge("A1")
    assert story.desk.waiting() == ["B1", "A1"]


@pytest.mark.parametrize("client_was_asked", [False, True])
def test_a_ticket_that_a_request_brought_back_is_parked_again_without_it(client_was_asked: bool) -> None:
    """Rules D6 and L0: the request was somebody else's, and nothing has changed for whoever was put aside or asked."""
    story = Story(LAPSING, "2020-03-20")
    story.at("08:10").submit(about("A1", "K1"))
    story.at("08:30").take("agent-1")
    if client_was_asked:
        story.ask_client("A1")
    else:
        story.park("A1", until=story.moment("20:00"))
    before = story.desk.ticket("A1")
    story.at("09:00").submit(about("A2", "K1", text="another thing"))
    assert story.desk.waiting() == ["A1"]
    story.at("10:00").unmerge("A2")
    after = story.desk.ticket("A1")
    assert (after.state, after.agent, after.arrived_at) == (State.PARKED, "agent-1", before.arrived_at)
    assert (after.asked, after.lapse, after.parked_until) == (before.asked, before.lapse, before.parked_until)
    assert story.desk.waiting() == ["A2"]
    rebuilt(story)
    assert story.desk.next_wakeup == story.moment("18:30" if client_was_asked else "20:00")


@pytest.mark.parametrize("parked", ["A1", "B1"])
def test_a_ticket_put_aside_that_was_written_to_while_merged_waits_once_that_is_undone(parked: str) -> None:
    """Rules D6 and L0: the message would have ended the park, merged or not."""
    story = day()
    story.at("08:00").submit(about("B1", "K2", BOB))
    story.at("08:10").submit(about("A1", "K1"))
    story.park(parked, until=story.moment("20:00"))
    story.at("09:00").merge("A1", "B1")
    client, booking = (ANN, "K1") if parked == "A1" else (BOB, "K2")
    story.at("09:30").submit(about("C1", booking, client, text="and this", in_reply_to=parked))
    story.at("10:00").unmerge("A1")
    assert story.desk.waiting() == ["B1", "A1"]
    rebuilt(story)


def test_taking_out_a_request_leaves_its_ticket_parked() -> None:
    """Rule D6: what leaves it waits as of its own arrival."""
    story = Story(LAPSING, "2020-03-20")
    story.at("08:00").submit(about("A1", "K1"))
    story.at("08:20").submit(about("A2", "K1", text="and this"))
    story.at("08:30").take("agent-1")
    story.ask_client("A1")
    before = story.desk.ticket("A1")
    story.at("09:00").unmerge("A2")
    after, part = story.desk.ticket("A1"), story.desk.ticket("A2")
    assert (after.state, after.asked, after.lapse, after.pauses) == (State.PARKED, True, before.lapse, before.pauses)
    assert (part.state, part.arrived_at) == (State.WAITING, story.moment("08:20"))
    rebuilt(story)
