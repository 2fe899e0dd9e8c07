"""A calm day: few requests, answered as they come; a departure grows near; nobody is forgotten."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from story import Story

from supportq import Booking, Client, Lane, Policy, Request, when

PRAGUE = ZoneInfo("Europe/Prague")
POLICY = Policy((Lane("imminent", when.departs_within(timedelta(hours=24)) & ~when.cancelled()), Lane("standard")))
ANN, BOB, CYRIL = (Client(email=f"{name}@example.com") for name in ("ann", "bob", "cyril"))


def test_a_calm_friday() -> None:
    story = Story(POLICY, "2020-03-06", PRAGUE)

    # Ann flies on Saturday evening: not within a day yet. Bob has no booking.
    flight = Booking("KC-77", service="OK 81", departs_at=Story(POLICY, "2020-03-07", PRAGUE).moment("20:00"))
    assert story.at("08:10").submit(Request("A1", ANN, kind="seat", bookings=flight)) == ["Admitted A1 to standard"]
    assert story.at("08:30").submit(Request("B1", BOB, kind="invoice")) == ["Admitted B1 to standard"]
    assert story.desk.waiting() == ["A1", "B1"]

    # First come, first served.
    assert story.at("09:00").take("ivan") == ["Taken A1 by ivan out of standard after 0:50:00"]
    assert story.at("09:12").reply("A1", agent="ivan") == ["Replied A1 by ivan after 1:02:00 on other"]

    # Ann thanks and asks for one thing more: it is owed an answer, and waits as of now.
    assert story.at("11:00").submit(Request("A2", ANN, kind="seat", bookings=Booking("KC-77"))) == [
        "Joined A2 to A1 as FOLLOW_UP in standard"
    ]
    assert story.desk.waiting() == ["B1", "A1"]
    assert story.desk.next_wakeup == story.moment("20:00")

    # Nobody does anything until the evening; then her flight is a day away, and she stands before Bob.
    assert story.at("21:00").advance() == ["20:00 LaneChanged standard > imminent: A1"]
    assert story.desk.waiting() == ["A1", "B1"]
    assert story.at("21:05").take("jana") == ["Taken A1 by jana out of imminent after 10:05:00"]
    assert story.at("21:15").reply("A1") == ["Replied A1 by jana after 10:15:00 on other"]
    assert story.at("21:15").resolve("A1") == ["Resolved A1"]

    # Bob found the invoice himself.
    assert story.at("21:30").withdraw("B1") == ["Withdrawn B1"]
    assert story.at("21:30").take("jana") == []

    evening = story.desk.counter(now=story.moment("23:00"))
    assert (evening.received, evening.tickets, evening.repeats) == (3, 2, 1)
    assert (evening.answered, evening.resolved, evening.withdrawn) == (2, 1, 1)
    assert (evening.waiting, evening.backlog, evening.oldest) == (0, 0, None)
    # All that is left to happen is that closed tickets leave, ninety days on.
    assert story.desk.next_wakeup == story.moment("21:15") + timedelta(days=90)
