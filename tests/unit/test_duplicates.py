"""Is this the same request as a known one (rules D2, D3)? The first form: same client, same booking, same kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, Desk, DuplicateRules, Lane, Policy, Request
from supportq.events import Admitted, Joined, Replayed
from supportq.tickets import Reason, Verdict

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BOB = Client(email="ann@example.com"), Client(email="bob@example.com")
POLICY = Policy((Lane("standard"),))


def about(request_id: str, reference: str | None = "KC-77", client: Client = ANN, **fields: Any) -> Request:
    bookings = () if reference is None else (Booking(reference),)
    return Request(request_id, client, **{"kind": "refund", "bookings": bookings, **fields})


def verdict(desk: Desk, request: Request, now: datetime) -> tuple[str, str]:
    event = desk.submit(request, now=now)[-1]
    assert isinstance(event, (Admitted, Joined, Replayed))
    return event.verdict.value, event.ticket_id


def desk_with(*requests: Request) -> Desk:
    desk = Desk(POLICY)
    for request in requests:
        desk.submit(request, now=NOON)
    return desk


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (about("A2"), ("DUPLICATE_OF", "A1")),
        (about("A2", "kc 77"), ("DUPLICATE_OF", "A1")),
        (about("A2", channel="phone"), ("DUPLICATE_OF", "A1")),
        (about("A2", channel="phone", text="Hello?"), ("FOLLOW_UP", "A1")),
        (about("A2", bookings=(Booking("OTHER"), Booking("KC-77"))), ("FOLLOW_UP", "A1")),
        (about("A2", client=Client(email="Ann+again@Example.com")), ("DUPLICATE_OF", "A1")),
        (about("A2", kind="cancel"), ("FOLLOW_UP", "A1")),
        (about("A2", kind="baggage"), ("NEW", "A2")),
        (about("A2", "KC-78"), ("NEW", "A2")),
        (about("A2", None), ("DUPLICATE_OF", "A1")),
        (about("A2", client=BOB), ("NEW", "A2")),
        (about("A1"), ("REPLAY", "A1")),
        (about("A1", received_at=NOON - DAY), ("REPLAY", "A1")),
        (about("A1", text="One more thing"), ("FOLLOW_UP", "A1")),
    ],
)
def test_same_client_same_booking_same_kind_is_the_same_matter(request_: Request, expected: tuple[str, str]) -> None:
    assert verdict(desk_with(about("A1")), request_, NOON) == expected


def test_a_join_says_why() -> None:
    event = desk_with(about("A1")).submit(about("A2", "kc77"), now=NOON)[-1]
    assert isinstance(event, Joined)
    assert event.reasons == (
        Reason("SAME_CLIENT", "client", "client-1", "client-1"),
        Reason("SAME_BOOKING", "booking", "KC-77", "kc77"),
        Reason("SAME_KIND", "kind", "refund", "refund"),
    )


def test_in_doubt_it_is_new_and_names_its_suspects() -> None:
    """D3: a wrong merge is far worse than a missed one. At most ten suspects, newest first, and the count."""
    desk = desk_with(*(about(f"A{number}", f"K{number}") for number in range(12)))
    event = desk.submit(about("B1", "OTHER"), now=NOON)[-1]
    assert isinstance(event, Admitted)
    assert event.suspects == tuple(f"A{number}" for number in range(11, 1, -1))
    assert event.suspect_count == 12
    assert [reason.code for reason in event.reasons] == ["OTHER_MATTER"]


def test_a_new_client_about_a_new_booking_has_no_suspects() -> None:
    event = desk_with(about("A1")).submit(about("B1", "OTHER", client=BOB), now=NOON)[-1]
    assert isinstance(event, Admitted)
    assert (event.suspects, event.suspect_count, event.reasons) == ((), 0, ())


def test_of_several_open_tickets_the_earliest_arrival_has_it() -> None:
    desk = Desk(POLICY)
    desk.submit(about("A1", "K1"), now=NOON)
    desk.submit(about("A2", "K2", received_at=NOON - HOUR), now=NOON)
    assert verdict(desk, about("A3", bookings=(Booking("K1"), Booking("K2"))), NOON) == ("FOLLOW_UP", "A2")


def answered(desk: Desk, ticket: str, now: datetime) -> None:
    desk.take("ivan", now=now)
    desk.reply(ticket, now=now)


def test_writing_again_after_the_answer_is_a_follow_up() -> None:
    """It waits for anybody, as of the message: the answer closed the account with what came before."""
    desk = desk_with(about("A1"))
    answered(desk, "A1", NOON)
    assert verdict(desk, about("A2"), NOON + HOUR) == ("FOLLOW_UP", "A1")
    assert desk.waiting() == ["A1"]
    assert (desk.ticket("A1").arrived_at, desk.ticket("A1").returned_to) == (NOON + HOUR, None)


def test_writing_again_after_a_question_is_a_follow_up() -> None:
    desk = desk_with(about("A1"))
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON)
    assert verdict(desk, about("A2"), NOON + HOUR) == ("FOLLOW_UP", "A1")
    assert desk.waiting() == ["A1"]
    # It was never answered, so it keeps its place; and whoever asked has it first.
    assert (desk.ticket("A1").arrived_at, desk.ticket("A1").returned_to) == (NOON, "ivan")


def test_writing_again_while_parked_unanswered_is_a_repeat_and_wakes_nobody() -> None:
    desk = desk_with(about("A1"))
    desk.park("A1", until=NOON + DAY, now=NOON)
    assert verdict(desk, about("A2"), NOON + HOUR) == ("DUPLICATE_OF", "A1")
    assert desk.waiting() == []


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(0), ("REOPENS", "A1")),
        (7 * DAY, ("REOPENS", "A1")),
        (7 * DAY + timedelta(microseconds=1), ("NEW", "A2")),
        (89 * DAY, ("NEW", "A2")),
    ],
)
def test_a_closed_ticket_reopens_within_the_window(later: timedelta, expected: tuple[str, str]) -> None:
    desk = desk_with(about("A1"))
    answered(desk, "A1", NOON)
    desk.resolve("A1", now=NOON)
    assert verdict(desk, about("A2"), NOON + later) == expected


def test_the_window_is_the_policys() -> None:
    desk = Desk(Policy((Lane("standard"),), duplicates=DuplicateRules(reopen_within=HOUR)))
    desk.submit(about("A1"), now=NOON)
    desk.withdraw("A1", now=NOON)
    assert verdict(desk, about("A2"), NOON + 2 * HOUR) == ("NEW", "A2")


def test_of_several_closed_tickets_the_last_closed_reopens() -> None:
    desk = desk_with(about("A1", "K1"), about("A2", "K2"))
    desk.withdraw("A2", now=NOON)
    desk.withdraw("A1", now=NOON + HOUR)
    assert verdict(desk, about("A3", bookings=(Booking("K1"), Booking("K2"))), NOON + HOUR) == ("REOPENS", "A1")


def test_an_open_ticket_goes_before_a_closed_one() -> None:
    desk = desk_with(about("A1", "K1"), about("A2", "K2"))
    desk.withdraw("A1", now=NOON)
    assert verdict(desk, about("A3", bookings=(Booking("K1"), Booking("K2"))), NOON) == ("FOLLOW_UP", "A2")


def test_an_edit_of_a_closed_ticket_reopens_it() -> None:
    desk = desk_with(about("A1"))
    desk.withdraw("A1", now=NOON)
    event = desk.submit(about("A1", text="Wait, I do want it"), now=NOON + 30 * DAY)[-1]
    assert isinstance(event, Joined)
    assert (event.verdict, [reason.code for reason in event.reasons]) == (Verdict.REOPENS, ["EDITED"])


@pytest.mark.parametrize(
    "request_", [about("A1"), about("A2", client=BOB), about("A9", "K9", in_reply_to="A2"), about("A9", in_reply_to="A1")]
)
def test_a_reference_to_an_archived_ticket_is_new_and_says_so(request_: Request) -> None:
    """L0: by its id, by the id of a request that had joined it, or by what it replies to."""
    desk = desk_with(about("A1"), about("A2"))
    desk.withdraw("A1", now=NOON)
    event = desk.submit(request_, now=NOON + 90 * DAY)[-1]
    assert isinstance(event, Admitted)
    assert "ARCHIVED" in {reason.code for reason in event.reasons}
