"""A backlog is loaded in the night: everybody with their own arrival, in one command or many, and repeats are found."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from story import Story

from supportq import Booking, Client, Lane, Policy, Request, when
from supportq.errors import NotReceivedYet

POLICY = Policy((Lane("imminent", when.departs_within(timedelta(hours=24)) & ~when.cancelled()), Lane("standard")))


def backlog(story: Story, count: int) -> list[Request]:
    """A month of requests, in no order; every seventh client wrote twice, and flights leave from a week ago to in a month."""
    rng = random.Random(2020)
    rows = []
    for number in range(count):
        client = number - 1 if number % 7 == 6 else number
        rows.append(
            Request(
                f"T{number:04}",
                Client(account=str(client)),
                kind="refund",
                received_at=story.now - timedelta(minutes=rng.randrange(43_200)),
                bookings=Booking(
                    f"K{client}", departs_at=story.now + timedelta(hours=client % 900 - 168), cancelled=client % 5 == 0
                ),
            )
        )
    rng.shuffle(rows)
    return rows


def test_a_month_is_loaded_at_midnight() -> None:
    story = Story(POLICY, "2020-03-20")
    rows = backlog(story, 700)
    events = story.submit_many(rows)
    assert len(events) == 700
    assert sum(words.startswith("Joined") for words in events) == 100

    counter = story.desk.counter()
    assert (counter.received, counter.tickets, counter.repeats, counter.waiting) == (700, 600, 100, 600)
    oldest = min(rows, key=lambda request: (request.received_at, request.id))
    assert oldest.received_at is not None
    assert counter.oldest_wait == story.now - oldest.received_at

    # The line: those who fly within a day and still fly, then the others; in each lane by the earlier of two arrivals.
    tickets = {ticket.id: ticket for ticket in story.desk.snapshot().tickets}

    def flies_soon(ticket_id: str) -> bool:
        (booking,) = tickets[ticket_id].bookings
        assert booking.departs_at is not None
        return not booking.cancelled and timedelta(0) < booking.departs_at - story.now <= timedelta(hours=24)

    expected = sorted(tickets, key=lambda name: (not flies_soon(name), tickets[name].arrived_at, name))
    assert story.desk.waiting() == expected
    assert sum(map(flies_soon, tickets)) == counter.waiting_by_lane["imminent"] > 0


def test_one_command_or_many() -> None:
    """The same line in the morning, whether the night run sent one batch, batches of a hundred, or one by one."""
    lines = []
    for size in (700, 100, 1):
        story = Story(POLICY, "2020-03-20")
        rows = backlog(story, 140 if size == 1 else 700)[:140]
        for start in range(0, len(rows), size):
            story.submit_many(rows[start : start + size])
        story.at("06:00").advance()
        lines.append(story.desk.waiting())
    assert len({tuple(sorted(line)) for line in lines[:2]}) == 1
    assert lines[0] == lines[1]


def test_a_bad_row_stops_the_batch_and_the_rest_can_be_sent_again() -> None:
    story = Story(POLICY, "2020-03-20")
    rows = backlog(story, 50)
    bad = replace(rows[25], received_at=story.now + timedelta(minutes=1))
    with pytest.raises(NotReceivedYet) as error:
        story.submit_many([*rows[:25], bad, *rows[26:]])
    assert error.value.request == bad.id
    assert story.desk.waiting() == []
    assert len(story.submit_many([row for row in rows if row.id != bad.id])) == 49
    # What was sent before is recognised when the whole file comes again.
    again = story.at("00:05").submit_many(rows)
    assert sum(words.startswith("Replayed") for words in again) == 49


def test_what_the_night_missed_is_ranked_by_when_it_came() -> None:
    """A request found in the morning in a forgotten mailbox stands where it would have stood."""
    story = Story(POLICY, "2020-03-20")
    for number, clock in enumerate(("01:00", "02:00", "03:00")):
        story.at(clock).submit(Request(f"T{number}", Client(account=str(number))))
    lost = Request("L1", Client(account="lost"), received_at=story.moment("01:30"))
    assert story.at("09:00").submit(lost) == ["Admitted L1 to standard"]
    assert story.desk.waiting() == ["T0", "L1", "T1", "T2"]
    assert story.desk.counter().oldest == "T0"
