"""Closed is not forgotten: a ticket reopens within seven days, is kept for ninety, and is then only a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from story import Story

from supportq import Booking, Client, Lane, Policy, Request
from supportq.errors import UnknownTicket
from supportq.events import Admitted
from supportq.tickets import Reason

POLICY = Policy((Lane("everyone"),))
ANN, BOB = Client(email="ann@example.com"), Client(email="bob@example.com")


def about(request_id: str, client: Client = ANN, reference: str = "KC-77", **fields: str) -> Request:
    return Request(request_id, client, kind="refund", bookings=Booking(reference), **fields)  # type: ignore[arg-type]


@pytest.fixture
def story() -> Story:
    """Ann was answered and her ticket closed on a Friday at noon."""
    story = Story(POLICY, "2020-03-20")
    story.at("08:00").submit(about("A1"))
    story.at("11:00").take("ivan")
    story.at("11:30").reply("A1")
    story.at("12:00").resolve("A1")
    return story


def test_within_seven_days_it_reopens(story: Story) -> None:
    story.at("12:30").submit(about("B1", BOB, "OTHER"))
    story.next_day(7)
    assert story.at("12:00").submit(about("A2")) == ["Joined A2 to A1 as REOPENS in everyone"]
    ticket = story.desk.ticket("A1")
    # It was answered, so it waits as of what was not; and nobody's own.
    assert (ticket.arrived_at, ticket.unanswered, ticket.returned_to) == (story.moment("12:00"), (1,), None)
    assert story.desk.waiting() == ["B1", "A1"]
    assert story.desk.next_wakeup is None


def test_after_seven_days_it_is_new_and_names_the_old_one(story: Story) -> None:
    story.next_day(7)
    assert story.at("12:01").submit(about("A2")) == ["Admitted A2 to everyone"]
    event = story.log[-1]
    assert isinstance(event, Admitted)
    assert event.suspects == ("A1",)


def test_an_agent_may_reopen_it_at_any_age(story: Story) -> None:
    story.next_day(30)
    assert story.at("09:00").reopen("A1") == ["Reopened A1 to everyone"]
    assert story.desk.ticket("A1").arrived_at == story.moment("09:00")


def test_who_hung_up_and_asks_again_has_the_first_arrival() -> None:
    """D2: asking again must neither cost nor win a place."""
    story = Story(POLICY, "2020-03-20")
    story.at("08:00").submit(about("A1"))
    story.at("08:30").submit(about("B1", BOB))
    assert story.at("09:00").withdraw("A1") == ["Withdrawn A1"]
    assert story.at("09:40").submit(about("A2")) == ["Joined A2 to A1 as REOPENS in everyone"]
    assert story.desk.waiting() == ["A1", "B1"]
    # Two requests, both still owed an answer.
    assert story.desk.ticket("A1").unanswered == (0, 1)


def test_an_answer_a_second_question_and_a_hang_up() -> None:
    """After an answer: the arrival of the oldest unanswered request, however often it was withdrawn meanwhile."""
    story = Story(POLICY, "2020-03-20")
    story.at("08:00").submit(about("A1"))
    story.at("08:10").take("ivan")
    story.at("08:20").reply("A1")
    story.at("09:00").submit(about("A2"))
    story.at("09:30").withdraw("A1")
    story.at("10:00").submit(about("A3"))
    assert story.desk.ticket("A1").arrived_at == story.moment("09:00")
    story.at("10:10").withdraw("A1")
    story.at("10:20").reopen("A1")
    assert story.desk.ticket("A1").arrived_at == story.moment("09:00")


def test_after_ninety_days_it_is_archived(story: Story) -> None:
    closed = story.now
    assert story.desk.next_wakeup == closed + timedelta(days=90)
    story.next_day(89)
    assert story.at("12:00").advance() == []
    story.next_day(1)
    assert story.at("11:59").advance() == []
    assert story.at("12:00").advance() == ["Archived A1"]
    with pytest.raises(UnknownTicket):
        story.desk.ticket("A1")
    with pytest.raises(UnknownTicket):
        story.at("12:00").reopen("A1")

    # A later reference to it is new, and says why.
    assert story.at("13:00").submit(about("A9", in_reply_to="A1")) == ["Admitted A9 to everyone"]
    event = story.log[-1]
    assert isinstance(event, Admitted)
    assert event.reasons == (Reason("ARCHIVED", "in_reply_to", "A1"),)
    # She is still the same client: people are not archived with their tickets.
    assert event.client_id == "client-1"
    # The figures of the desk remember the ticket.
    counter = story.desk.counter()
    assert (counter.received, counter.tickets, counter.answered, counter.resolved) == (2, 2, 1, 1)


def test_reopening_takes_it_off_the_list_of_what_leaves(story: Story) -> None:
    story.next_day(60)
    story.at("12:00").reopen("A1")
    story.next_day(60)
    assert story.at("12:00").advance() == []
    assert story.desk.waiting() == ["A1"]
    # Closed anew, it is kept for ninety days anew.
    story.at("12:00").withdraw("A1")
    assert story.desk.next_wakeup == story.now + timedelta(days=90)


def test_closed_together_they_leave_together() -> None:
    story = Story(POLICY, "2020-03-20")
    for name in ("B1", "A1", "C1"):
        story.at("08:00").submit(Request(name, Client(account=name)))
    for name in ("C1", "A1", "B1"):
        story.at("09:00").withdraw(name)
    story.next_day(100)
    assert story.at("00:00").advance() == ["Archived A1 B1 C1"]
