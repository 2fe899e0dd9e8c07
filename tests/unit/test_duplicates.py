"""Is this the same request as a known one, and which rule said so (rules D2, D3)? Every verdict comes out of a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, Desk, DuplicateRules, Lane, Policy, Request, when
from supportq.errors import RequestExists
from supportq.events import Admitted, Joined, Replayed
from supportq.policy import IdentityRules
from supportq.procedures import Procedure, Step
from supportq.teams import Team
from supportq.tickets import Basis, Reason, State, Verdict

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BOB = Client(email="ann@example.com"), Client(email="bob@example.com")
POLICY = Policy((Lane("imminent", when.departs_within(DAY)), Lane("standard")), default_region="CZ")


def about(request_id: str, reference: str | None = "KC-77", client: Client = ANN, **fields: Any) -> Request:
    bookings = () if reference is None else (Booking(reference),)
    return Request(request_id, client, **{"kind": "refund", "bookings": bookings, **fields})


def submitted(desk: Desk, request: Request, now: datetime = NOON) -> Admitted | Joined:
    event = desk.submit(request, now=now)[-1]
    assert isinstance(event, (Admitted, Joined))
    return event


def verdict(desk: Desk, request: Request, now: datetime = NOON) -> tuple[str, str]:
    event = desk.submit(request, now=now)[-1]
    assert isinstance(event, (Admitted, Joined, Replayed))
    return event.verdict.value, event.ticket_id


def codes(event: Admitted | Joined) -> list[str]:
    return [reason.code for reason in event.reasons]


def desk_with(*requests: Request, **rules: Any) -> Desk:
    desk = Desk(Policy(POLICY.lanes, duplicates=DuplicateRules(**rules), default_region="CZ"))
    for request in requests:
        desk.submit(request, now=NOON)
    return desk


def answered(desk: Desk, ticket: str, now: datetime = NOON) -> None:
    while desk.ticket(ticket).state is State.WAITING:
        desk.take("ivan", now=now)
    desk.reply(ticket, now=now)


# ------------------------------------------------------------------------------------- agents, systems, guests


@pytest.mark.parametrize("origin", ["agent", "system"])
def test_D1_what_names_no_client_is_nobody_elses(origin: str) -> None:
    """Empty keys match nothing: neither each other, nor the client who has the booking."""
    desk = desk_with(about("A1"))
    made = [submitted(desk, about(f"S{number}", client=Client(), origin=origin)) for number in (1, 2)]
    assert [event.verdict for event in made] == ["NEW", "NEW"]
    assert len({desk.client_of(name) for name in ("A1", "S1", "S2")}) == 3
    # It is known again, and may be edited, by its id.
    assert verdict(desk, about("S1", client=Client(), origin=origin)) == ("REPLAY", "S1")
    assert verdict(desk, about("S1", client=Client(), origin=origin, text="more")) == ("FOLLOW_UP", "S1")
    assert desk.client_of("S1") != desk.client_of("S2")
    with pytest.raises(RequestExists):
        desk.submit(about("S1"), now=NOON)
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_what_an_agent_writes_for_a_client_is_the_clients() -> None:
    desk = desk_with(about("A1"))
    assert verdict(desk, about("S1", origin="agent")) == ("DUPLICATE_OF", "A1")


def test_D4_what_names_no_client_owes_nobody_an_answer() -> None:
    desk = desk_with(about("S1", client=Client(), origin="agent", channel="desk"))
    desk.take("ivan", now=NOON)
    (reply,) = desk.reply("S1", now=NOON)
    assert (reply.answer_to, reply.unverified) == ((), ())  # type: ignore[union-attr]
    # The client whose ticket it was merged with is answered all the same.
    desk.submit(about("A1", channel="email"), now=NOON)
    desk.submit(about("S2", client=Client(), origin="system", channel="desk"), now=NOON)
    desk.merge("A1", "S2", now=NOON)
    desk.take("ivan", now=NOON)
    (reply,) = desk.reply("A1", now=NOON)
    assert [address.channel for address in reply.answer_to] == ["email"]  # type: ignore[union-attr]
    assert reply.unverified == ()  # type: ignore[union-attr]


def test_D1_D5_a_guest_links_nobody_and_is_not_answered() -> None:
    """A partner writes for a guest: the guest's own message is another client's, and answers go to the partner."""
    desk = desk_with(about("P1", client=BOB, guest=ANN))
    event = submitted(desk, about("A1"))
    assert (event.verdict, codes(event)) == ("NEW", ["OTHER_CLIENT"])
    assert desk.client_of("P1") != desk.client_of("A1")
    for _ in range(2):
        desk.take("ivan", now=NOON)
    (reply,) = desk.reply("P1", now=NOON)
    assert [address.identifier for address in reply.answer_to] == ["email:bob@example.com"]  # type: ignore[union-attr]
    assert reply.unverified == ()  # type: ignore[union-attr]


def test_D3_a_partner_who_asks_for_another_guest_asks_for_something_else() -> None:
    """Without a booking it is the name of the guest that tells the matters of one partner apart."""

    def asks(name: str, guest: str | None, kind: str = "transfer") -> Request:
        return Request(name, BOB, kind=kind, guest=Client(name=guest))

    desk = desk_with(asks("P1", "Ann King"))
    assert verdict(desk, asks("P2", "Cyril Gray")) == ("NEW", "P2")
    assert verdict(desk, asks("P3", "King, Ann")) == ("DUPLICATE_OF", "P1")
    assert verdict(desk, asks("P4", "Cyril Gray", "status")) == ("DUPLICATE_OF", "P2")
    assert verdict(desk, asks("P5", "Dora Hill", "status")) == ("NEW", "P5")
    # Who names no guest may mean either: two fit, so it is neither.
    assert verdict(desk, asks("P6", None)) == ("NEW", "P6")


# --------------------------------------------------------------------------------------------------------- the same id


@pytest.mark.parametrize("again", [about("A1"), about("A1", received_at=NOON - DAY)])
def test_the_same_id_and_content_is_a_replay_and_changes_nothing(again: Request) -> None:
    desk = desk_with(about("A1"))
    before = desk.snapshot().tickets
    (event,) = desk.submit(again, now=NOON)
    assert event == Replayed(NOON, "A1", "A1")
    assert desk.snapshot().tickets == before


def test_the_same_id_with_other_content_is_an_edit() -> None:
    desk = desk_with(about("A1"))
    event = submitted(desk, about("A1", text="One more thing"))
    assert isinstance(event, Joined)
    assert (event.verdict, event.ticket_id, event.onto, event.basis) == (Verdict.FOLLOW_UP, "A1", "A1", Basis.EDIT)
    assert codes(event) == ["EDITED"]
    # Each form of it is the same again from then on.
    assert verdict(desk, about("A1")) == ("REPLAY", "A1")
    assert verdict(desk, about("A1", text="One more thing")) == ("REPLAY", "A1")


def test_the_client_may_show_more_of_themselves_in_an_edit() -> None:
    desk = desk_with(about("A1"))
    assert verdict(desk, about("A1", client=Client(email="ann@example.com", phone="601000123"))) == ("FOLLOW_UP", "A1")
    assert verdict(desk, about("A2", client=Client(phone="601000123"))) == ("DUPLICATE_OF", "A1")


def test_a_delivery_after_the_host_learnt_more_of_the_client_is_no_edit() -> None:
    desk = desk_with(about("A1", client=Client(email="ann@example.com", stage="new")))
    assert verdict(desk, about("A1", client=Client(email="ann@example.com", stage="regular"))) == ("REPLAY", "A1")
    assert verdict(desk, about("A1", client=Client(email="ann@example.com", stage="regular"), urgent=True)) == (
        "FOLLOW_UP",
        "A1",
    )


def test_an_edit_of_a_closed_ticket_reopens_it() -> None:
    desk = desk_with(about("A1"))
    desk.withdraw("A1", now=NOON)
    event = submitted(desk, about("A1", text="Wait, I do want it"), NOON + 30 * DAY)
    assert (event.verdict, codes(event)) == (Verdict.REOPENS, ["EDITED"])


@pytest.mark.parametrize(
    "other",
    [
        about("A1", client=BOB),
        about("A1", channel="phone"),
        about("A1", client=Client(name="Ann Smith"), claims=BOB),
    ],
)
def test_an_id_that_another_client_or_channel_used_is_refused(other: Request) -> None:
    desk = desk_with(about("A1"))
    before = desk.snapshot()
    with pytest.raises(RequestExists):
        desk.submit(other, now=NOON)
    assert desk.snapshot() == before


def test_an_id_of_somebody_who_cannot_be_told_is_refused_to_others() -> None:
    """The first shows nothing that could be compared; that makes its id nobody else's."""
    desk = desk_with(about("A1", client=Client(phone="12")))
    with pytest.raises(RequestExists):
        desk.submit(about("A1", client=BOB, text="It is mine"), now=NOON)
    # The very same words of it are.
    assert verdict(desk, about("A1", client=Client(phone="12"), text="One more thing")) == ("FOLLOW_UP", "A1")


# ------------------------------------------------------------------------------------------------ the steps, one by one


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (about("A2"), ("DUPLICATE_OF", "A1")),
        (about("A2", "kc 77"), ("DUPLICATE_OF", "A1")),
        (about("A2", "КС77"), ("DUPLICATE_OF", "A1")),
        (about("A2", channel="phone"), ("DUPLICATE_OF", "A1")),
        (about("A2", kind="other"), ("DUPLICATE_OF", "A1")),
        (about("A2", kind="status"), ("DUPLICATE_OF", "A1")),
        (about("A2", client=Client(email="Ann+again@Example.com")), ("DUPLICATE_OF", "A1")),
        (about("A2", text="Hello?"), ("FOLLOW_UP", "A1")),
        (about("A2", kind="cancel"), ("FOLLOW_UP", "A1")),
        (about("A2", bookings=(Booking("OTHER"), Booking("KC-77"))), ("FOLLOW_UP", "A1")),
        (about("A2", missed_call=True), ("FOLLOW_UP", "A1")),
        (about("A2", attachments=("ticket.pdf",)), ("FOLLOW_UP", "A1")),
        (about("A2", kind="ack"), ("FOLLOW_UP", "A1")),
        (about("A2", None), ("DUPLICATE_OF", "A1")),
        (about("A2", "OTHER", in_reply_to="A1"), ("FOLLOW_UP", "A1")),
        (about("A2", kind="luggage"), ("NEW", "A2")),
        (about("A2", "KC-78"), ("NEW", "A2")),
        (about("A2", None, kind="luggage"), ("NEW", "A2")),
        (about("A2", client=BOB), ("NEW", "A2")),
    ],
)
def test_what_is_the_same_matter(request_: Request, expected: tuple[str, str]) -> None:
    assert verdict(desk_with(about("A1")), request_) == expected


def test_a_join_says_why_onto_what_and_on_what_basis() -> None:
    event = submitted(desk_with(about("A1")), about("A2", "kc77"))
    assert isinstance(event, Joined)
    assert event.reasons == (
        Reason("SAME_CLIENT", "client", "client-1", "client-1"),
        Reason("SAME_BOOKING", "booking", "KC-77", "kc77"),
        Reason("SAME_KIND", "kind", "refund", "refund"),
    )
    assert (event.onto, event.basis, event.client_id, event.suspects) == ("A1", Basis.CLIENT, "client-1", ())


def test_a_request_goes_onto_the_first_of_its_client() -> None:
    """The ticket was opened by somebody else of that name: what Ann sends goes with what Ann sent."""
    desk = desk_with(about("X1", client=Client(messenger="telegram:1", name="Ann Smith")))
    ann = Client(email="ann@example.com", name="Ann Smith")
    first = submitted(desk, about("A1", client=ann))
    second = submitted(desk, about("A2", client=ann))
    assert isinstance(first, Joined)
    assert isinstance(second, Joined)
    assert (first.onto, first.basis) == ("X1", Basis.BOOKING_AND_NAME)
    assert (second.onto, second.basis) == ("A1", Basis.CLIENT)


# replies


def test_a_reply_to_an_own_request_is_a_follow_up_whatever_it_says() -> None:
    desk = desk_with(about("A1"), about("A2", "OTHER"))
    event = submitted(desk, about("A3", "OTHER", kind="luggage", in_reply_to="A1"))
    assert isinstance(event, Joined)
    assert (event.verdict, event.ticket_id, event.onto) == (Verdict.FOLLOW_UP, "A1", "A1")
    assert event.reasons[-1] == Reason("IN_REPLY_TO", "in_reply_to", "A1", "A1")
    # A reply to what had joined goes onto that.
    later = submitted(desk, about("A4", None, in_reply_to="A3"))
    assert isinstance(later, Joined)
    assert (later.ticket_id, later.onto) == ("A1", "A3")


def test_a_reply_to_somebody_elses_request_joins_nothing_and_names_it() -> None:
    desk = desk_with(about("A1"))
    event = submitted(desk, about("B1", None, client=BOB, in_reply_to="A1"))
    assert isinstance(event, Admitted)
    assert (event.suspects, event.suspect_count, codes(event)) == (("A1",), 1, ["OTHER_CLIENT"])
    assert event.reasons[0].field == "in_reply_to"


@pytest.mark.parametrize(
    ("kind", "later", "expected"),
    [
        ("refund", timedelta(0), ("REOPENS", "A1")),
        ("refund", 7 * DAY, ("REOPENS", "A1")),
        ("refund", 7 * DAY + timedelta(microseconds=1), ("NEW", "A2")),
        ("ack", 7 * DAY, ("FOLLOW_UP", "A1")),
        ("ack", 30 * DAY, ("FOLLOW_UP", "A1")),
    ],
)
def test_a_reply_to_a_closed_ticket(kind: str, later: timedelta, expected: tuple[str, str]) -> None:
    desk = desk_with(about("A1"))
    desk.withdraw("A1", now=NOON)
    assert verdict(desk, about("A2", None, kind=kind, in_reply_to="A1"), NOON + later) == expected
    if kind == "ack":
        assert desk.ticket("A1").state is State.CLOSED


def test_a_late_reply_names_what_it_replies_to() -> None:
    desk = desk_with(about("A1"))
    desk.withdraw("A1", now=NOON)
    event = submitted(desk, about("A2", None, in_reply_to="A1"), NOON + 8 * DAY)
    assert isinstance(event, Admitted)
    assert event.suspects == ("A1",)


def test_a_reply_to_nothing_known_counts_for_nothing() -> None:
    assert verdict(desk_with(about("A1")), about("A2", in_reply_to="nonsense")) == ("DUPLICATE_OF", "A1")


# thanks and status questions


def test_thanks_ask_for_nothing_and_leave_the_ticket_where_it_is() -> None:
    desk = desk_with(about("A1"))
    answered(desk, "A1")
    event = submitted(desk, about("A2", None, kind="ack"), NOON + HOUR)
    assert (event.verdict, event.ticket_id, codes(event)[-1]) == (Verdict.FOLLOW_UP, "A1", "THANKS")
    assert (desk.ticket("A1").state, desk.ticket("A1").unanswered) == (State.ANSWERED, ())
    desk.resolve("A1", now=NOON + HOUR)
    assert verdict(desk, about("A3", None, kind="ack"), NOON + 2 * HOUR) == ("FOLLOW_UP", "A1")
    assert desk.ticket("A1").state is State.CLOSED


def test_thanks_are_for_the_last_answer() -> None:
    desk = desk_with(about("A1"), about("A2", "OTHER"))
    answered(desk, "A1", NOON + HOUR)
    assert verdict(desk, about("A3", None, kind="ack"), NOON + 2 * HOUR) == ("FOLLOW_UP", "A1")
    assert verdict(desk, about("A4", "OTHER", kind="ack"), NOON + 2 * HOUR) == ("FOLLOW_UP", "A2")


def test_thanks_of_somebody_unknown_are_a_ticket() -> None:
    """Nothing sent is ever dropped (D4)."""
    assert verdict(desk_with(about("A1")), about("B1", None, client=BOB, kind="ack")) == ("NEW", "B1")


def test_an_edited_thank_you_reopens_nothing() -> None:
    desk = desk_with(about("A1"))
    desk.submit(about("T1", None, kind="ack"), now=NOON)
    desk.withdraw("A1", now=NOON)
    assert verdict(desk, about("T1", None, kind="ack", text="Thank you so much")) == ("FOLLOW_UP", "A1")
    assert desk.ticket("A1").state is State.CLOSED


def test_a_status_question_joins_the_most_urgent_open_ticket_and_names_the_others() -> None:
    tonight = Booking("K2", departs_at=NOON + HOUR)
    desk = desk_with(about("A1", "K1"), about("A2", bookings=tonight), about("A3", "K3"))
    event = submitted(desk, about("S1", None, kind="status", text="Any news about 4711?"))
    assert (event.verdict, event.ticket_id, codes(event)[-1]) == (Verdict.DUPLICATE_OF, "A2", "STATUS_QUESTION")
    assert (event.suspects, event.suspect_count) == (("A1", "A3"), 2)
    # About a booking, it is about that one.
    assert verdict(desk, about("S2", "K3", kind="status")) == ("DUPLICATE_OF", "A3")


def test_a_status_question_where_nothing_is_open_is_new() -> None:
    desk = desk_with(about("A1"))
    desk.withdraw("A1", now=NOON)
    event = submitted(desk, about("S1", None, kind="status"))
    assert isinstance(event, Admitted)
    assert event.suspects == ("A1",)


# the same booking


@pytest.mark.parametrize(
    ("known", "asked", "expected"),
    [
        ("cancel", "refund", "FOLLOW_UP"),
        ("refund", "change_date", "FOLLOW_UP"),
        ("refund", "luggage", "NEW"),
        ("luggage", "luggage", "DUPLICATE_OF"),
        ("other", "refund", "FOLLOW_UP"),
        ("refund", "other", "DUPLICATE_OF"),
        ("luggage", "other", "DUPLICATE_OF"),
    ],
)
def test_kinds_that_go_together(known: str, asked: str, expected: str) -> None:
    desk = desk_with(about("A1", kind=known))
    event = submitted(desk, about("A2", kind=asked))
    assert event.verdict == expected
    if expected == "FOLLOW_UP":
        assert event.reasons[-1] == Reason("OTHER_KIND", "kind", known, asked)


def test_families_are_the_policys() -> None:
    desk = desk_with(about("A1", kind="luggage"), families=(("luggage", "seat"),))
    assert verdict(desk, about("A2", kind="seat")) == ("FOLLOW_UP", "A1")
    assert verdict(desk, about("A3", kind="refund")) == ("NEW", "A3")
    assert verdict(desk, about("A4", kind="cancel")) == ("NEW", "A4")


def test_what_does_not_say_its_kind_goes_by_its_words_where_several_fit() -> None:
    texts = "please refund my ticket", "my suitcase did not arrive"
    desk = desk_with(about("A1", text=texts[0]), about("A2", kind="luggage", text=texts[1]))
    event = submitted(desk, about("A3", kind="other", text=texts[1]))
    assert (event.verdict, event.ticket_id) == (Verdict.DUPLICATE_OF, "A2")
    unclear = submitted(desk, about("A4", kind="other", text="hello, is anybody there"))
    assert isinstance(unclear, Admitted)
    assert unclear.suspects == ("A2", "A1")


def test_the_ticket_of_the_same_kind_goes_before_the_older_one() -> None:
    desk = desk_with(about("A1", "K1", kind="cancel"), about("A2", "K2", kind="refund"))
    assert verdict(desk, about("A3", bookings=(Booking("K1"), Booking("K2")))) == ("FOLLOW_UP", "A2")


def test_of_several_open_tickets_the_earliest_arrival_has_it() -> None:
    desk = Desk(POLICY)
    desk.submit(about("A1", "K1"), now=NOON)
    desk.submit(about("A2", "K2", received_at=NOON - HOUR), now=NOON)
    event = submitted(desk, about("A3", bookings=(Booking("K1"), Booking("K2"))))
    assert (event.verdict, event.ticket_id) == (Verdict.FOLLOW_UP, "A2")
    assert event.reasons[-1] == Reason("NEW_BOOKING", "bookings", "", "K1")


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
    answered(desk, "A1")
    desk.resolve("A1", now=NOON)
    event = submitted(desk, about("A2"), NOON + later)
    assert (event.verdict, event.ticket_id) == expected
    assert ("CLOSED_RECENTLY" in codes(event)) is (expected[0] == "REOPENS")
    if expected[0] == "NEW":
        assert isinstance(event, Admitted)
        assert event.suspects == ("A1",)


def test_the_window_is_the_policys() -> None:
    desk = desk_with(about("A1"), reopen_within=HOUR)
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
    assert verdict(desk, about("A3", bookings=(Booking("K1"), Booking("K2")))) == ("FOLLOW_UP", "A2")


def test_an_open_ticket_is_matched_at_any_age_unless_the_policy_says_otherwise() -> None:
    assert verdict(desk_with(about("A1")), about("A2"), NOON + 400 * DAY) == ("DUPLICATE_OF", "A1")
    desk = desk_with(about("A1"), joins_within=DAY)
    assert verdict(desk, about("A2"), NOON + DAY) == ("DUPLICATE_OF", "A1")
    # It counts from the last message.
    assert verdict(desk, about("A3"), NOON + 2 * DAY) == ("DUPLICATE_OF", "A1")
    event = submitted(desk, about("A4"), NOON + 3 * DAY + timedelta(microseconds=1))
    assert isinstance(event, Admitted)
    assert event.suspects == ("A1",)


# the same booking under the same name


ANN_SMITH = Client(email="ann@example.com", name="Ann Smith")


def test_the_same_booking_under_the_same_full_name_is_the_same_request_of_two_clients() -> None:
    desk = desk_with(about("A1", client=ANN_SMITH))
    event = submitted(desk, about("X1", client=Client(messenger="telegram:1", name="SMITH, Ann")))
    assert isinstance(event, Joined)
    assert (event.verdict, event.ticket_id, event.basis) == (Verdict.DUPLICATE_OF, "A1", Basis.BOOKING_AND_NAME)
    assert event.reasons[0] == Reason("SAME_NAME", "name", "an smit", "an smit")
    assert desk.client_of("A1") != desk.client_of("X1")


@pytest.mark.parametrize(
    ("known", "asks"),
    [
        (ANN_SMITH, Client(messenger="telegram:1", name="Ann")),
        (Client(email="ann@example.com", name="Smith"), Client(messenger="telegram:1", name="Ann Smith")),
        (ANN_SMITH, Client(messenger="telegram:1", name="A. Smith")),
        (ANN_SMITH, Client(messenger="telegram:1", name="Bob Jones")),
        (ANN_SMITH, Client(messenger="telegram:1", name="Anna Smith")),
        (Client(account="17", name="Ann Smith"), Client(account="18", name="Ann Smith")),
    ],
)
def test_a_part_of_a_name_or_another_name_or_another_account_is_not(known: Client, asks: Client) -> None:
    desk = desk_with(about("A1", client=known))
    event = submitted(desk, about("X1", client=asks))
    assert isinstance(event, Admitted)
    assert (event.suspects, codes(event)) == (("A1",), ["OTHER_CLIENT"])


def test_joining_by_booking_and_name_can_be_switched_off() -> None:
    desk = desk_with(about("A1", client=ANN_SMITH), booking_and_name=False)
    event = submitted(desk, about("X1", client=Client(messenger="telegram:1", name="Ann Smith")))
    assert isinstance(event, Admitted)
    assert event.suspects == ("A1",)


# where a booking is missing


def test_without_a_booking_it_joins_the_only_open_ticket_that_fits() -> None:
    desk = desk_with(about("A1"), about("A2", "K2", kind="luggage"))
    event = submitted(desk, about("A3", None))
    assert (event.verdict, event.ticket_id, codes(event)[-1]) == (Verdict.DUPLICATE_OF, "A1", "ONLY_ONE_FITS")
    desk.withdraw("A1", now=NOON)
    assert verdict(desk, about("A4", None)) == ("NEW", "A4")


def test_a_booking_may_be_missing_on_either_side() -> None:
    desk = desk_with(about("A1", None))
    event = submitted(desk, about("A2", "K1"))
    assert (event.verdict, event.ticket_id) == (Verdict.FOLLOW_UP, "A1")
    assert codes(event)[-2:] == ["ONLY_ONE_FITS", "NEW_BOOKING"]
    # Another booking is another request.
    assert verdict(desk, about("A3", "K2")) == ("NEW", "A3")


def test_where_several_fit_the_words_tell_or_nothing_is_guessed() -> None:
    texts = "please give me my money back", "I would like a refund because of the storm"
    desk = desk_with(about("A1", "K1", text=texts[0]), about("A2", "K2", text=texts[1]))
    event = submitted(desk, about("A3", None, text=texts[1] + ", please"))
    assert (event.verdict, event.ticket_id, codes(event)[-1]) == (Verdict.DUPLICATE_OF, "A2", "SAME_WORDS")
    unclear = submitted(desk, about("A4", None, text="refund now"))
    assert isinstance(unclear, Admitted)
    assert (unclear.suspects, codes(unclear)) == (("A2", "A1"), ["OTHER_MATTER"])
    twice = desk_with(about("A1", "K1", text=texts[0]), about("A2", "K2", text=texts[0]))
    assert verdict(twice, about("A3", None, text=texts[0])) == ("NEW", "A3")


def test_a_client_with_very_many_tickets_joins_by_words_only() -> None:
    """Of more than 64 only the newest are looked at, and so none is ever "the only one that fits"."""
    kinds = [*(f"kind {number}" for number in range(64)), "refund"]
    texts = [f"matter {'abcdefghij'[number % 10] * (number // 10 + 3)} of mine" for number in range(65)]
    desk = desk_with(*(about(f"A{n}", f"K{n}", kind=kind, text=texts[n]) for n, kind in enumerate(kinds)))
    assert verdict(desk, about("B1", None, text="hello")) == ("NEW", "B1")
    assert verdict(desk, about("B2", None, text=texts[64])) == ("DUPLICATE_OF", "A64")
    assert verdict(desk, about("B3", "K0", kind="kind 0", text=texts[0])) == ("DUPLICATE_OF", "A0")
    few = desk_with(*(about(f"A{n}", f"K{n}", kind=kind, text=texts[n]) for n, kind in enumerate(kinds[1:])))
    assert verdict(few, about("B1", None, text="hello")) == ("FOLLOW_UP", "A63")


# new


def test_in_doubt_it_is_new_and_names_its_suspects() -> None:
    """D3: a wrong merge is far worse than a missed one. At most ten suspects, newest first, and the count."""
    desk = desk_with(*(about(f"A{number}", f"K{number}") for number in range(12)))
    event = submitted(desk, about("B1", "OTHER"))
    assert isinstance(event, Admitted)
    assert event.suspects == tuple(f"A{number}" for number in range(11, 1, -1))
    assert event.suspect_count == 12
    assert codes(event) == ["OTHER_MATTER"]
    assert desk.ticket("B1").suspects == event.suspects


def test_suspects_are_the_clients_own_and_those_of_the_booking() -> None:
    desk = desk_with(about("A1", "K1"), about("B1", "K2", client=BOB), about("A2", "K3"), about("C1", "K9", client=BOB))
    event = submitted(desk, about("A3", "K2"))
    assert isinstance(event, Admitted)
    assert (event.suspects, event.suspect_count) == (("A2", "B1", "A1"), 3)
    assert event.reasons == (Reason("OTHER_MATTER", "bookings"), Reason("OTHER_CLIENT", "bookings"))


def test_a_new_client_with_a_new_booking_has_no_suspects() -> None:
    event = submitted(desk_with(about("A1")), about("B1", "K9", client=BOB))
    assert isinstance(event, Admitted)
    assert (event.suspects, event.suspect_count, event.reasons) == ((), 0, ())


@pytest.mark.parametrize(
    "request_", [about("A1"), about("A2", client=BOB), about("A9", "K9", in_reply_to="A2"), about("A9", in_reply_to="A1")]
)
def test_a_reference_to_an_archived_ticket_is_new_and_says_so(request_: Request) -> None:
    """L0: by its id, by the id of a request that had joined it, or by what it replies to."""
    desk = desk_with(about("A1"), about("A2"))
    desk.withdraw("A1", now=NOON)
    event = submitted(desk, request_, NOON + 90 * DAY)
    assert isinstance(event, Admitted)
    assert "ARCHIVED" in codes(event)


# ---------------------------------------------------------------------------------------------------- anything new?


TEXT = "Please refund flight OK 81 of 20 March, the plane did not fly"


@pytest.mark.parametrize(
    ("text", "news"),
    [
        (TEXT, None),
        (TEXT.upper() + "!!!", None),
        ("The plane did not fly. Please refund flight OK 81 of 20 March", None),
        ("Please refund", None),
        ("Please refund booking KC-77", None),
        ("Hello, please refund flight OK 81 of 20 March, the plane did not fly", None),
        ("Hello again, " + TEXT, None),
        (TEXT + " KC77", None),
        (TEXT + ", booking kc-77", None),
        (TEXT + " or I want 300", "NEW_NUMBER"),
        ("Please refund flight OK 82", "NEW_NUMBER"),
        ("I changed my mind and rather want a voucher", "NEW_WORDS"),
        ("", None),
        ("word " * 2_001, "NEW_WORDS"),
    ],
)
def test_new_numbers_and_new_words_are_news(text: str, news: str | None) -> None:
    event = submitted(desk_with(about("A1", text=TEXT)), about("A2", text=text))
    assert event.verdict is (Verdict.DUPLICATE_OF if news is None else Verdict.FOLLOW_UP)
    assert codes(event)[-1] == (news or "SAME_KIND")


@pytest.mark.parametrize("written", ["601 000 123", "+420 601-000-123", "00420601000123"])
def test_the_senders_own_telephone_number_is_no_news(written: str) -> None:
    ann = Client(email="ann@example.com", phone="601000123")
    desk = desk_with(about("A1", client=ann, text=TEXT))
    assert verdict(desk, about("A2", client=ann, text=f"{TEXT}. My number is {written}")) == ("DUPLICATE_OF", "A1")
    assert verdict(desk, about("A3", client=ann, text=f"{TEXT}. My number is 601 000 999")) == ("FOLLOW_UP", "A1")


def test_what_any_request_of_the_ticket_said_is_known() -> None:
    desk = desk_with(about("A1", text=TEXT), about("A2", text="It is seat 12, and the bag is 23 kilograms"))
    assert verdict(desk, about("A3", text="It is seat 12, and the bag is 23 kilograms")) == ("DUPLICATE_OF", "A1")


def test_how_many_words_must_be_known_is_the_policys() -> None:
    for share, expected in ((0.0, "DUPLICATE_OF"), (1.0, "FOLLOW_UP")):
        desk = desk_with(about("A1", text="please refund"), known_words=share)
        assert verdict(desk, about("A2", text="please refund quickly")) == (expected, "A1")


def test_an_attachment_is_news_once() -> None:
    desk = desk_with(about("A1"))
    event = submitted(desk, about("A2", attachments=("ticket.pdf",)))
    assert event.reasons[-1] == Reason("NEW_ATTACHMENT", "attachments", "", "ticket.pdf")
    assert verdict(desk, about("A3", attachments=("ticket.pdf",))) == ("DUPLICATE_OF", "A1")


def test_another_number_of_rooms_is_news_and_the_first_that_is_told_is_none() -> None:
    desk = desk_with(about("A1"))
    assert verdict(desk, about("A2", bookings=Booking("kc 77", rooms=5))) == ("DUPLICATE_OF", "A1")
    event = submitted(desk, about("A3", bookings=Booking("KC-77", rooms=6)))
    assert (event.verdict, event.reasons[-1]) == ("FOLLOW_UP", Reason("OTHER_ROOMS", "bookings", "5", "6"))
    assert verdict(desk, about("A4", bookings=Booking("KC-77", rooms=6))) == ("DUPLICATE_OF", "A1")
    assert verdict(desk, about("A5")) == ("DUPLICATE_OF", "A1")


def test_a_missed_call_is_always_news() -> None:
    desk = desk_with(about("A1", missed_call=True))
    event = submitted(desk, about("A2", missed_call=True))
    assert codes(event)[-1] == "MISSED_CALL"


# -------------------------------------------------------------------------------------------- answered, asked, parked


def test_writing_again_after_the_answer_is_a_follow_up() -> None:
    """It waits for anybody, as of the message: the answer closed the account with what came before."""
    desk = desk_with(about("A1"))
    answered(desk, "A1")
    event = submitted(desk, about("A2"), NOON + HOUR)
    assert (event.verdict, event.reasons[-1]) == (Verdict.FOLLOW_UP, Reason("WROTE_AGAIN", "state", "answered"))
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


@pytest.mark.parametrize("answered_first", [False, True])
def test_what_is_new_ends_a_park_for_the_agent_who_had_the_ticket(answered_first: bool) -> None:
    """Rules L0 and D4: nobody would see it. Unanswered, the ticket keeps its place."""
    desk = Desk(POLICY)
    log = [*desk.submit(about("A1"), now=NOON), *desk.take("ivan", now=NOON)]
    if answered_first:
        log += desk.reply("A1", now=NOON)
    log += desk.park("A1", until=NOON + DAY, now=NOON)
    log += desk.submit(about("A2", text="The hotel has sent us away."), now=NOON + HOUR)
    ticket = desk.ticket("A1")
    assert (ticket.state, ticket.returned_to, ticket.parked_until) == (State.WAITING, "ivan", None)
    assert ticket.arrived_at == (NOON + HOUR if answered_first else NOON)
    assert desk == Desk.from_log(POLICY, log) == Desk.from_snapshot(desk.snapshot())
    assert desk.advance(now=NOON + DAY) == ()


def test_a_question_how_far_it_is_ends_a_park_only_where_all_is_answered() -> None:
    """Rules R7 and D2: it repeats what has no answer; where everything has one, it is owed an answer of its own."""
    desk = desk_with(about("A1"), about("B1", "K2", client=BOB))
    desk.take("ivan", ticket="A1", now=NOON)
    desk.reply("A1", now=NOON)
    for name in ("A1", "B1"):
        desk.park(name, until=NOON + DAY, now=NOON)
    for name, client in (("A1", ANN), ("B1", BOB)):
        assert verdict(desk, Request(f"how far is {name}", client, kind="status"), NOON + HOUR) == ("DUPLICATE_OF", name)
    assert desk.waiting() == ["A1"]


@pytest.mark.parametrize("fields", [{"kind": "ack"}, {"text": "known", "missed_call": False}])
def test_thanks_and_repeats_end_no_park(fields: dict[str, Any]) -> None:
    desk = desk_with(about("A1", text="known"))
    desk.park("A1", until=NOON + DAY, now=NOON)
    assert submitted(desk, about("A2", **fields), NOON + HOUR).ticket_id == "A1"
    assert desk.waiting() == []


# ------------------------------------------------------------------------------- where the client changes on the way


def test_the_tickets_of_two_clients_that_a_request_unites_are_all_its_own() -> None:
    desk = desk_with(about("A1", "K1"), about("B1", "K2", client=Client(phone="601000123")))
    both = Client(email="ann@example.com", phone="601000123")
    event = submitted(desk, about("A2", "K2", client=both))
    assert (event.verdict, event.ticket_id) == (Verdict.DUPLICATE_OF, "B1")
    assert desk.client_of("A1") == desk.client_of("B1") == desk.client_of("A2")


def test_a_request_that_parts_a_client_is_decided_after_the_parting() -> None:
    """Ann's number turns out to be a family's: what came under it alone is not Bob's."""
    phone = Client(phone="601000123")
    desk = desk_with(about("X1", client=phone), about("A1", "K1", client=Client(phone="601000123", name="Ann Smith")))
    event = desk.submit(about("B1", client=Client(phone="601000123", name="Bob Jones")), now=NOON)[-1]
    assert isinstance(event, Admitted)
    assert event.suspects == ("X1",)
    assert len({desk.client_of(name) for name in ("X1", "A1", "B1")}) == 3


def test_a_request_that_parts_the_very_ticket_it_joins() -> None:
    """Its messenger id joins it, its name shows that the mailbox is shared: who wrote from there alone goes."""
    box = "ours@example.com"
    desk = desk_with(
        about("B1", "K9", client=Client(email=box, name="Bob Jones")),
        about("A1", client=Client(email=box)),
        about("A2", None, client=Client(email=box), in_reply_to="A1"),
        about("D1", None, client=Client(email=box, messenger="telegram:1"), in_reply_to="A1"),
    )
    assert [request.id for request in desk.ticket("A1").requests] == ["A1", "A2", "D1"]
    desk.submit(
        about("C1", None, client=Client(email=box, messenger="telegram:1", name="Ann Smith"), in_reply_to="D1"), now=NOON
    )
    assert {ticket.id: {request.id for request in ticket.requests} for ticket in desk.snapshot().tickets} == {
        "B1": {"B1"},
        "A1": {"A1"},
        "A2": {"A2"},
        "D1": {"D1", "C1"},
    }
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_an_agency_has_a_ticket_for_each_traveller() -> None:
    desk = Desk(Policy((Lane("all"),), identity=IdentityRules(agencies=("email:desk@agency.example.com",))))
    desk_of_agency = "desk@agency.example.com"
    names = ("Ann Smith", "Bob Jones", "Cyril Dorn")
    for number, name in enumerate(names):
        request = about(f"A{number}", f"K{number}", client=Client(email=desk_of_agency, name=name))
        assert verdict(desk, request) == ("NEW", f"A{number}")
    assert verdict(desk, about("A9", "K1", client=Client(email=desk_of_agency))) == ("DUPLICATE_OF", "A1")
    assert len({desk.client_of(f"A{number}") for number in range(3)}) == 1


# ------------------------------------------------------------------------------------- what would lose by joining

SORTED = Policy(
    (Lane("emergency", when.kind("emergency") | when.urgent()), Lane("standard")),
    teams=(Team("groups", when.kind("group")), Team("everyone")),
    procedures=(Procedure("in both", when.kind("cancel"), (Step("voucher"),)),),
)


CALLS_FIRST = Policy((Lane("calls", when.missed_call()), Lane("rest", ~when.kind("tour")), Lane("tours")))


@pytest.mark.parametrize("kind", ["tour", "question"])
def test_D4_a_missed_call_stays_out_where_it_would_wait_in_a_worse_lane(kind: str) -> None:
    """And whoever calls again is owed one call back, with the ticket of the first call (rules D2, R7)."""
    desk = Desk(CALLS_FIRST)
    desk.submit(Request("A1", ANN, kind=kind), now=NOON)
    (event, *_) = desk.submit(Request("A2", ANN, missed_call=True), now=NOON)
    assert isinstance(event, Admitted)
    assert event.reasons == (Reason("WORSE_OFF", "lane", "calls", "tours" if kind == "tour" else "rest"),)
    assert event.suspects == ("A1",)
    again = submitted(desk, Request("A3", ANN, missed_call=True))
    assert (again.verdict, again.ticket_id) == (Verdict.FOLLOW_UP, "A2")
    assert codes(again)[-2:] == ["CALL_OWED", "MISSED_CALL"]
    assert desk.waiting() == ["A2", "A1"]


def test_D4_a_missed_call_joins_where_it_waits_no_later_whatever_team_and_steps_the_ticket_has() -> None:
    desk = Desk(SORTED)
    desk.submit(Request("A1", ANN, kind="group", bookings=Booking("K1")), now=NOON)
    assert verdict(desk, Request("A2", ANN, missed_call=True)) == ("FOLLOW_UP", "A1")


def test_D2_a_call_that_is_owed_for_another_booking_or_was_returned_draws_no_other() -> None:
    desk = desk_with(about("A1", "K1", missed_call=True), about("B1", "K2", kind="baggage"))
    assert verdict(desk, about("A2", "K2", missed_call=True))[0] == "NEW"
    desk = desk_with(about("A1", "K1", missed_call=True), about("B1", "K2"))
    assert verdict(desk, Request("A2", ANN, missed_call=True)) == ("FOLLOW_UP", "A1")
    answered(desk, "A1")
    assert verdict(desk, Request("A3", ANN, missed_call=True))[0] == "NEW"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "emergency"}, "lane"),
        ({"kind": "question", "urgent": True}, "lane"),
        ({"kind": "group"}, "team"),
        ({"kind": "cancel"}, "procedure"),
    ],
)
def test_D4_a_request_that_would_lose_by_joining_is_new_and_names_the_ticket(facts: dict[str, Any], field: str) -> None:
    desk = Desk(SORTED)
    desk.submit(Request("A1", ANN, kind="other", bookings=Booking("K1")), now=NOON)
    (event, *_) = desk.submit(Request("A2", ANN, bookings=Booking("K1"), in_reply_to="A1", **facts), now=NOON + HOUR)
    assert isinstance(event, Admitted)
    assert [(reason.code, reason.field) for reason in event.reasons] == [("WORSE_OFF", field)]
    assert event.suspects[0] == "A1"
    # Told again in the other order it is one ticket, in which nobody loses anything.
    other = Desk(SORTED)
    other.submit(Request("A2", ANN, bookings=Booking("K1"), **facts), now=NOON)
    (event, *_) = other.submit(Request("A1", ANN, kind="other", bookings=Booking("K1")), now=NOON + HOUR)
    assert isinstance(event, Joined)


@pytest.mark.parametrize("facts", [{"kind": "other"}, {"kind": "ack"}, {"kind": "status"}, {"kind": "question"}])
def test_D4_whoever_loses_nothing_joins(facts: dict[str, Any]) -> None:
    desk = Desk(SORTED)
    desk.submit(Request("A1", ANN, kind="other", bookings=Booking("K1")), now=NOON)
    (event, *_) = desk.submit(Request("A2", ANN, bookings=Booking("K1"), **facts), now=NOON + HOUR)
    assert isinstance(event, Joined)
