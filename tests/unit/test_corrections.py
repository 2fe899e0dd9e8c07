"""What people put right in tickets, and what they note (rules L0, L1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, Desk, HeadStart, InvalidValue, Lane, Policy, Request, when
from supportq.errors import LogError, NothingCorrected, UnknownTicket, WrongState
from supportq.events import Corrected, Event, Joined, Merged, Noted, Split
from supportq.tickets import Note, check_says

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = Policy(
    (
        Lane("emergency", when.kind("emergency")),
        Lane("vip", when.attribute("vip")),
        Lane("rest", head_starts=(HeadStart(2 * HOUR, when.attribute("fare", "flex")),)),
    )
)
ANN, BOB = Client(email="ann@example.com"), Client(email="bob@example.com")


def desk_with(*requests: Request) -> Desk:
    desk = Desk(POLICY)
    desk.submit_many(requests, now=NOON)
    return desk


def about(name: str, client: Client = ANN, kind: str = "other", **fields: Any) -> Request:
    return Request(name, client, kind=kind, bookings=Booking("KC-77"), **fields)


# ------------------------------------------------------------------------------------------------------- corrections


def test_L0_a_correction_moves_the_ticket_to_the_lane_where_it_belongs() -> None:
    desk = desk_with(about("A1", kind="question"))
    happened = desk.correct("A1", kind="emergency", agent="eva", now=NOON)
    assert happened == (Corrected(NOON, "A1", "emergency", None, "emergency", "eva"),)
    ticket = desk.ticket("A1")
    assert (ticket.lane, ticket.kind, ticket.corrected_kind) == ("emergency", "emergency", "emergency")
    # The request itself stays as it was sent.
    assert ticket.requests[0].kind == "question"


def test_attributes_that_are_not_named_stay_as_they_are() -> None:
    desk = desk_with(about("A1", attributes={"fare": "flex", "seats": 2}))
    desk.correct("A1", attributes={"vip": True}, now=NOON)
    desk.correct("A1", attributes={"seats": None}, now=NOON)
    assert desk.ticket("A1").corrected_attributes == {"vip": True, "seats": None}
    assert desk.ticket("A1").lane == "vip"
    desk.correct("A1", attributes={"vip": False}, now=NOON)
    assert desk.ticket("A1").lane == "rest"


def test_R4_a_head_start_goes_by_the_corrected_attributes() -> None:
    desk = desk_with(Request("A1", ANN, received_at=NOON - HOUR), Request("B1", BOB))
    (event,) = desk.correct("B1", attributes={"fare": "flex"}, now=NOON)
    assert isinstance(event, Corrected)
    assert event.lane == "rest"
    assert desk.waiting() == ["B1", "A1"]


@pytest.mark.parametrize("state", ["taken", "answered", "parked"])
def test_a_ticket_that_does_not_wait_is_corrected_too(state: str) -> None:
    desk = desk_with(about("A1"))
    desk.take("eva", now=NOON)
    if state == "answered":
        desk.reply("A1", now=NOON)
    elif state == "parked":
        desk.ask_client("A1", now=NOON)
    (event,) = desk.correct("A1", kind="emergency", now=NOON)
    assert isinstance(event, Corrected)
    assert event.lane is None
    desk.submit(about("A2", text="hello?"), now=NOON)
    if state == "taken":
        desk.hand_back("A1", now=NOON)
    assert desk.ticket("A1").lane == "emergency"


def test_a_correction_outlasts_what_is_written_later() -> None:
    desk = desk_with(about("A1", kind="question"))
    desk.correct("A1", kind="emergency", attributes={"vip": True}, now=NOON)
    desk.submit(about("A2", kind="question", attributes={"vip": False}), now=NOON)
    # One that was written before, and is the ticket's first from now on.
    desk.submit(about("A0", kind="question", received_at=NOON - DAY), now=NOON)
    assert (desk.ticket("A1").kind, desk.ticket("A1").lane) == ("emergency", "emergency")


def test_D2_the_search_for_duplicates_goes_by_the_corrected_kind() -> None:
    """Sorted as a refund, it is about a seat: the client's refund is another matter, what asks for the seat is the same."""
    desk = desk_with(about("A1", kind="refund"))
    desk.correct("A1", kind="seat", now=NOON)
    refund, seat = desk.submit_many([about("A2", kind="refund"), about("A3", kind="seat")], now=NOON)
    assert (refund.ticket_id, seat.ticket_id) == ("A2", "A1")  # type: ignore[union-attr]
    assert isinstance(seat, Joined)
    assert seat.verdict == "DUPLICATE_OF"


def test_E1_handling_times_are_learnt_for_the_corrected_kind() -> None:
    desk = desk_with(about("A1", kind="refund"))
    desk.correct("A1", kind="seat", now=NOON)
    desk.take("eva", now=NOON)
    desk.reply("A1", now=NOON + HOUR)
    assert "seat" in str(desk.snapshot().crew.measures)
    assert "refund" not in str(desk.snapshot().crew.measures)


def test_nothing_to_correct_is_refused() -> None:
    desk = desk_with(about("A1", kind="seat", attributes={"vip": True}))
    desk.correct("A1", attributes={"level": 1}, now=NOON)
    before = desk.snapshot()
    same: list[dict[str, Any]] = [{"kind": "seat"}, {"attributes": {"vip": True}}, {"kind": "seat", "attributes": {"level": 1}}]
    for right in same:
        with pytest.raises(NothingCorrected, match="'A1' says so already"):
            desk.correct("A1", **right, now=NOON)
    assert desk.snapshot() == before
    # True and 1 are two values to a condition.
    desk.correct("A1", attributes={"level": True}, now=NOON)
    assert desk.ticket("A1").corrected_attributes["level"] is True


def test_D6_a_merged_ticket_goes_by_what_was_said_of_its_first_request_and_each_gets_its_own_back() -> None:
    desk = desk_with(about("A1", kind="seat"), about("B1", BOB, kind="meal"))
    desk.correct("A1", kind="emergency", now=NOON)
    desk.correct("B1", kind="refund", attributes={"vip": True}, now=NOON)
    desk.merge("A1", "B1", now=NOON)
    assert (desk.ticket("A1").kind, desk.ticket("A1").lane) == ("emergency", "emergency")
    (split,) = desk.unmerge("B1", now=NOON)
    assert isinstance(split, Split)
    assert (split.lane, split.rest_lane) == ("vip", "emergency")
    assert (desk.ticket("A1").kind, desk.ticket("B1").kind) == ("emergency", "refund")
    assert desk.ticket("A1").corrected_attributes == {}


def test_what_was_never_a_ticket_of_its_own_is_split_off_as_it_was_sent() -> None:
    desk = desk_with(about("A1", kind="seat"), about("A2", kind="seat"))
    desk.correct("A1", kind="emergency", now=NOON)
    desk.unmerge("A2", now=NOON)
    assert (desk.ticket("A2").kind, desk.ticket("A2").lane) == ("seat", "rest")


def test_a_closed_ticket_is_not_corrected_and_reopens_as_it_was_corrected() -> None:
    desk = desk_with(about("A1"))
    desk.correct("A1", kind="emergency", now=NOON)
    desk.withdraw("A1", now=NOON)
    with pytest.raises(WrongState, match="cannot correct; legal now: reopen"):
        desk.correct("A1", kind="seat", now=NOON)
    desk.reopen("A1", now=NOON)
    assert desk.ticket("A1").lane == "emergency"


def test_an_archived_ticket_takes_its_corrections_along() -> None:
    """The same id may name another ticket one day; what was corrected was of this one, and of those that were merged in."""
    desk = desk_with(about("A1"), about("B1", BOB))
    desk.correct("B1", kind="emergency", now=NOON)
    desk.update(ticket="B1", cancelled=True, now=NOON)
    desk.merge("A1", "B1", now=NOON)
    desk.withdraw("A1", now=NOON)
    desk.submit(about("B1", BOB), now=NOON + 91 * DAY)
    ticket = desk.ticket("B1")
    assert (ticket.kind, ticket.lane, ticket.bookings[0].cancelled) == ("other", "rest", False)
    assert (desk.snapshot().corrections, desk.snapshot().said) == ((), ())


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "correct", "says nothing; give kind, attributes, or both"),
    ({"attributes": {}}, "correct", "says nothing"),
    ({"kind": ""}, "kind", "must not be empty"),
    ({"kind": 5}, "kind", "must be text"),
    ({"attributes": ["vip"]}, "attributes", "must be an object"),
    ({"attributes": {"vip": [1]}}, "attributes.vip", "must be text, a number"),
    ({"kind": "seat", "agent": " eva"}, "agent", "begin or end with a blank"),
]


@pytest.mark.parametrize(("arguments", "field", "problem"), BAD, ids=range(len(BAD)))
def test_bad_input_is_named_and_changes_nothing(arguments: dict[str, Any], field: str, problem: str) -> None:
    desk = desk_with(about("A1"))
    before = desk.snapshot()
    with pytest.raises(InvalidValue, match=problem) as error:
        desk.correct("A1", **arguments, now=NOON)
    assert error.value.field == field
    assert desk.snapshot() == before


# ------------------------------------------------------------------------------------------------------------- notes


def test_L1_the_last_note_stays_with_the_ticket() -> None:
    desk = desk_with(about("A1"))
    desk.note("A1", status="waits for the hotel", done="called", next="call again", agent="eva", now=NOON)
    happened = desk.note("A1", status="confirmed", done="voucher sent", next="nothing", now=NOON + HOUR)
    assert happened == (Noted(NOON + HOUR, "A1", "confirmed", "voucher sent", "nothing"),)
    last = Note(at=NOON + HOUR, status="confirmed", done="voucher sent", next="nothing")
    assert desk.ticket("A1").note == last
    assert Desk.from_snapshot(desk.snapshot()).ticket("A1").note == last


@pytest.mark.parametrize("text", ["", " ", "+", "-", ".", "+1", "…!?", "a", "\n\t-", "👍👍", "- - - x"])
def test_L1_a_note_must_say_something(text: str) -> None:
    desk = desk_with(about("A1"))
    before = desk.snapshot()
    for name in ("status", "done", "next"):
        said = {"status": "open", "done": "called", "next": "wait", name: text}
        with pytest.raises(InvalidValue, match="says nothing; write it in words") as error:
            desk.note("A1", **said, now=NOON)
        assert error.value.field == name
    assert desk.snapshot() == before


@pytest.mark.parametrize("text", ["ok", "5 €, 10 €", "да", "没有", "line\nby line", "№ 17"])
def test_two_letters_or_digits_say_something(text: str) -> None:
    check_says(text, "status")


@pytest.mark.parametrize(("value", "problem"), [(None, "must be text"), (5, "must be text"), ("ab\x00", "control character")])
def test_a_note_is_text(value: Any, problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        desk_with(about("A1")).note("A1", status=value, done="called", next="wait", now=NOON)


def test_a_note_of_a_closed_or_an_unknown_ticket_is_refused() -> None:
    desk = desk_with(about("A1"))
    desk.withdraw("A1", now=NOON)
    said = {"status": "open", "done": "called", "next": "wait"}
    with pytest.raises(WrongState, match="cannot note"):
        desk.note("A1", **said, now=NOON)
    with pytest.raises(UnknownTicket):
        desk.note("B1", **said, now=NOON)


def test_D6_each_ticket_keeps_its_own_note() -> None:
    desk = desk_with(about("A1"), about("B1", BOB))
    for name in ("A1", "B1"):
        desk.note(name, status=f"of {name}", done="called", next="wait", now=NOON)
    desk.merge("A1", "B1", now=NOON)
    merged = desk.ticket("A1").note
    assert merged is not None
    assert merged.status == "of A1"
    desk.unmerge("B1", now=NOON)
    apart = desk.ticket("B1").note
    assert apart is not None
    assert apart.status == "of B1"


@pytest.mark.parametrize(
    "event",
    [
        Corrected(NOON, "A1", "emergency", None, None),
        Corrected(NOON, "A1", "emergency", None, "vip"),
        Corrected(NOON, "B1", "emergency", None, "emergency"),
        Noted(NOON, "B1", "open", "called", "wait"),
    ],
)
def test_an_event_that_cannot_have_happened_is_refused(event: Event) -> None:
    log = list(Desk(POLICY).submit(about("A1"), now=NOON))
    with pytest.raises(LogError):
        Desk.from_log(POLICY, [*log, event])


def test_D4_merging_takes_no_correction_of_another_matter_over() -> None:
    """What was said of the other ticket was said of another request: the merged one is no less urgent."""
    desk = Desk(Policy((Lane("emergency", when.kind("emergency")), Lane("all"))))
    desk.submit(about("A1", kind="emergency"), now=NOON)
    desk.submit(Request("B1", Client(account="somebody else")), now=NOON + HOUR)
    desk.correct("B1", kind="question", now=NOON + HOUR)
    (merged,) = desk.merge("A1", "B1", now=NOON + HOUR)
    assert isinstance(merged, Merged)
    assert merged.lane == "emergency"
    desk.correct("A1", kind="refund", now=NOON + HOUR)
    desk.unmerge("B1", now=NOON + HOUR)
    assert (desk.ticket("A1").kind, desk.ticket("B1").kind) == ("refund", "question")
