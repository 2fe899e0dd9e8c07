"""A storm: half the flights of a day are cancelled, each by one update of its service; one event carries all whom it moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from story import Story

from supportq import Booking, Client, Lane, Order, Policy, Request, when
from supportq.events import Updated

POLICY = Policy(
    (
        Lane("emergency", when.kind("emergency")),
        Lane("imminent", when.departs_within(timedelta(hours=24)) & ~when.cancelled(), order=Order.DEPARTURE),
        Lane("cancelled", when.cancelled() & ~when.departed(), order=Order.DEPARTURE, share=0.25),
        Lane("standard"),
    )
)
FLIGHTS, SEATS = 20, 30


def service(flight: int) -> str:
    return f"OK {flight:02} 2013-02-09"


@pytest.fixture
def story() -> Story:
    """The evening before: everybody who flies tomorrow has written, 30 a flight, a flight every half hour from 06:00."""
    story = Story(POLICY, "2013-02-09")
    first = story.moment("06:00")
    story.next_day(-1)
    requests = [
        Request(
            f"T{flight:02}-{seat:02}",
            Client(account=f"{flight}/{seat}"),
            kind="rebook",
            received_at=story.moment("12:00"),
            bookings=Booking(
                f"K{flight:02}{seat:02}", service=service(flight), departs_at=first + flight * timedelta(minutes=30)
            ),
        )
        for flight in range(FLIGHTS)
        for seat in range(SEATS)
    ]
    story.at("20:00").submit_many(requests)
    return story


def tickets(flight: int) -> tuple[str, ...]:
    return tuple(f"T{flight:02}-{seat:02}" for seat in range(SEATS))


def test_half_the_flights_of_the_day(story: Story) -> None:
    assert story.desk.counter().waiting_by_lane == {"emergency": 0, "imminent": FLIGHTS * SEATS, "cancelled": 0, "standard": 0}
    assert story.desk.waiting(limit=2) == ["T00-00", "T00-01"]

    # Every second flight is called off, one after the other.
    for flight in range(1, FLIGHTS, 2):
        (told,) = story.at("21:00").update(service=service(flight), cancelled=True)
        assert told == "Updated; imminent > cancelled: " + " ".join(tickets(flight))
    assert story.desk.counter().waiting_by_lane == {"emergency": 0, "imminent": 300, "cancelled": 300, "standard": 0}
    updates = [event for event in story.log if isinstance(event, Updated)]
    assert len(updates) == FLIGHTS // 2
    assert [event.moves[0].ticket_ids for event in updates] == [tickets(flight) for flight in range(1, FLIGHTS, 2)]

    # Those who fly go first, but every fourth take is for those who do not.
    taken = [story.at("21:00").take("ivan")[0] for _ in range(8)]
    assert [words.split()[1] for words in taken] == [
        "T00-00",
        "T00-01",
        "T00-02",
        "T01-00",
        "T00-03",
        "T00-04",
        "T00-05",
        "T01-01",
    ]
    assert [words.endswith("by share") for words in taken] == [False, False, False, True] * 2


def test_a_reinstated_flight_moves_back_at_once(story: Story) -> None:
    story.at("21:00").update(service=service(3), cancelled=True)
    assert story.at("22:00").update(service=service(3), cancelled=False) == [
        "Updated; cancelled > imminent: " + " ".join(tickets(3))
    ]


def test_a_delay_of_two_days_moves_a_flight_out_of_the_front_and_time_brings_it_back(story: Story) -> None:
    departs_at = story.desk.ticket("T05-00").bookings[0].departs_at
    assert departs_at is not None
    story.at("21:00").update(service=service(5), departs_at=departs_at + timedelta(days=2))
    assert story.desk.position("T05-00").lane == "standard"
    # Its former hour of departure passes without it. The others leave one by one, and are still answered, as everybody else.
    story.next_day()
    happened = story.at("23:00").advance()
    assert happened == [
        f"{6 + flight // 2:02}:{flight % 2 * 30:02} LaneChanged imminent > standard: {' '.join(tickets(flight))}"
        for flight in range(FLIGHTS)
        if flight != 5
    ]
    story.next_day()
    assert story.at("08:29").advance() == []
    assert story.at("08:31").advance() == ["08:30 LaneChanged standard > imminent: " + " ".join(tickets(5))]


def test_who_writes_after_the_news_is_ranked_by_the_news(story: Story) -> None:
    """R7: an update applies to tickets that arrive afterwards, whatever they claim."""
    story.at("21:00").update(service=service(7), cancelled=True)
    late = Request(
        "L1",
        Client(account="late"),
        kind="rebook",
        bookings=Booking("K9", service=service(7), departs_at=story.now + timedelta(hours=2)),
    )
    assert story.at("22:00").submit(late) == ["Admitted L1 to cancelled"]


def test_an_emergency_stays_in_front_whatever_happens_to_its_flight(story: Story) -> None:
    """R2: a lane by kind is not touched by dates."""
    stranded = Request("E1", Client(account="stranded"), kind="emergency", bookings=Booking("K8", service=service(2)))
    assert story.at("21:00").submit(stranded) == ["Admitted E1 to emergency"]
    assert "E1" not in story.at("21:05").update(service=service(2), cancelled=True)[0]
    assert story.desk.waiting(limit=1) == ["E1"]


def test_what_an_agent_holds_is_not_moved_but_comes_back_to_its_new_place(story: Story) -> None:
    assert story.at("21:00").take("ivan") == ["Taken T00-00 by ivan out of imminent after 9:00:00"]
    assert story.at("21:00").park("T01-00", until=story.moment("23:00")) == ["Parked T01-00 until 23:00"]
    for flight in (0, 1):
        (told,) = story.at("21:10").update(service=service(flight), cancelled=True)
        assert f"T{flight:02}-00" not in told
        assert f"T{flight:02}-01" in told
    assert story.at("21:20").hand_back("T00-00") == ["HandedBack T00-00 by ivan to cancelled"]
    assert story.at("23:00").advance() == ["23:00 Unparked T01-00 to cancelled"]
