"""A client who writes by e-mail, telephone, form and messenger: one ticket, one place, and every channel is answered."""

from __future__ import annotations

from datetime import timedelta

from story import Story

from supportq import Booking, Client, HeadStart, Lane, Policy, Request, when

POLICY = Policy(
    (
        Lane("imminent", when.departs_within(timedelta(hours=24))),
        Lane("standard", head_starts=(HeadStart(timedelta(seconds=90), when.attribute("priority")),)),
    ),
    default_region="CZ",
)


def test_the_same_matter_five_times_over() -> None:
    story = Story(POLICY, "2020-03-20")
    departs_at = story.moment("12:00") + timedelta(days=3)
    story.at("08:00").submit(Request("X1", Client(account="17"), kind="refund", bookings=Booking("ZZ-1")))

    # By e-mail, signed in to the form: the desk learns address, account and telephone together.
    mail = Request("A1", Client(email="ann@example.com"), channel="email", kind="refund", bookings=Booking("KC-77"))
    assert story.at("08:10").submit(mail) == ["Admitted A1 to standard"]
    form = Request(
        "A2",
        Client(account="42", email="Ann@Example.com", phone="601 000 123"),
        channel="form",
        kind="refund",
        bookings=Booking("kc77", departs_at=departs_at),
    )
    assert story.at("08:20").submit(form) == ["Joined A2 to A1 as DUPLICATE_OF in standard"]

    # By telephone from the number of the form, and by messenger with the address typed in.
    call = Request("A3", Client(phone="+420 601 000 123"), channel="phone", kind="refund", bookings=Booking("KC 77"))
    assert story.at("08:30").submit(call) == ["Joined A3 to A1 as DUPLICATE_OF in standard"]
    chat = Request(
        "A4",
        Client(name="Ann"),
        claims=Client(email="ann+trip@example.com"),
        channel="telegram",
        kind="refund",
        bookings=Booking("KC-77"),
    )
    assert story.at("08:40").submit(chat) == ["Joined A4 to A1 as DUPLICATE_OF in standard"]
    # The form is delivered twice, as forms are.
    assert story.at("08:41").submit(form) == ["Replayed A2 in A1"]

    # Five deliveries, one place: behind the one who came first (R7), with the date that one of them gave (D4).
    assert story.desk.waiting() == ["X1", "A1"]
    ticket = story.desk.ticket("A1")
    assert [request.id for request in ticket.requests] == ["A1", "A2", "A3", "A4"]
    assert ticket.arrived_at == story.moment("08:10")
    assert [booking.departs_at for booking in ticket.bookings] == [departs_at]
    assert story.desk.next_wakeup == departs_at - timedelta(days=1)

    # Another matter of hers is another ticket, and says what it might have been.
    other = Request("A5", Client(email="ann@example.com"), channel="email", kind="baggage", bookings=Booking("KC-77"))
    assert story.at("08:50").submit(other) == ["Admitted A5 to standard"]
    assert story.log[-1].suspects == ("A1",)  # type: ignore[union-attr]

    # One answer, on every channel that is owed one.
    story.at("09:00").take("ivan")
    assert story.at("09:00").take("ivan") == ["Taken A1 by ivan out of standard after 0:50:00"]
    # While it is being written she calls once more; nothing moves, and that call is answered, too.
    again = Request("A6", Client(phone="601000123"), channel="phone", kind="refund", bookings=Booking("KC-77"))
    assert story.at("09:05").submit(again) == ["Joined A6 to A1 as DUPLICATE_OF"]
    assert story.at("09:10").reply("A1") == ["Replied A1 by ivan after 1:00:00 on email, form, phone, telegram"]

    counter = story.desk.counter()
    assert (counter.received, counter.tickets, counter.repeats, counter.replays, counter.answered) == (7, 3, 4, 1, 1)


def test_somebody_else_about_the_same_booking_is_somebody_else() -> None:
    """D1: a booking alone never links, and neither does a name."""
    story = Story(POLICY, "2020-03-20")
    story.at("08:00").submit(
        Request("A1", Client(email="ann@example.com", name="A. Smith"), kind="refund", bookings=Booking("KC-77"))
    )
    assert story.at("08:10").submit(
        Request("B1", Client(email="agency@example.com", name="A. Smith"), kind="refund", bookings=Booking("KC-77"))
    ) == ["Admitted B1 to standard"]
    assert story.desk.ticket("A1").client_id != story.desk.ticket("B1").client_id


def test_a_priority_client_counts_as_a_little_older() -> None:
    """R4: 90 seconds, inside the lane, by what was known at entry."""
    story = Story(POLICY, "2020-03-20")
    story.at("08:00:00").submit(Request("A1", Client(account="1")))
    story.at("08:01:29").submit(Request("B1", Client(account="2"), attributes={"priority": True}))
    story.at("08:01:31").submit(Request("C1", Client(account="3"), attributes={"priority": True}))
    assert story.desk.waiting() == ["B1", "A1", "C1"]
