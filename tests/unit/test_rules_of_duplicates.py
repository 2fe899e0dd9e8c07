"""The twelve rules on which the stated cases of duplicates rest, each by a story that comes out otherwise without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq.events import Admitted, Joined, Replayed
from supportq.policy import IdentityRules
from supportq.tickets import State

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BOB = Client(email="ann@example.com", name="Ann Smith"), Client(email="bob@example.com", name="Bob Jones")
FAMILY = "+420601000123"
LANES = (Lane("imminent", when.departs_within(DAY)), Lane("standard"))


def about(request_id: str, reference: str | None = "KC77", client: Client = ANN, **fields: Any) -> Request:
    bookings = () if reference is None else (Booking(reference),)
    return Request(request_id, client, **{"kind": "refund", "bookings": bookings, "text": "please refund", **fields})


class Told:
    """A desk, and what it made of each request."""

    def __init__(self, **identity: Any) -> None:
        self.desk = Desk(Policy(LANES, identity=IdentityRules(**identity)))

    def of(self, request: Request, now: datetime = NOON) -> tuple[str, str]:
        """The verdict, and the ticket."""
        event = self.event(request, now)
        return event.verdict.value, event.ticket_id

    def event(self, request: Request, now: datetime = NOON) -> Admitted | Joined | Replayed:
        """The event that says what it is; others may come with it."""
        events = self.desk.submit(request, now=now)
        return next(event for event in events if isinstance(event, (Admitted, Joined, Replayed)))

    def suspects(self, request: Request, now: datetime = NOON) -> tuple[str, ...]:
        """Those of a request that opens a ticket."""
        event = self.event(request, now)
        assert isinstance(event, Admitted), event
        return event.suspects


def test_rule_1_in_doubt_new_with_the_doubtful_ticket_among_the_suspects() -> None:
    told = Told()
    told.of(about("A1", "K1", text="my plane was cancelled"))
    told.of(about("A2", "K2", text="we missed our train"))
    assert told.suspects(about("A3", None, text="what about me")) == ("A2", "A1")


@pytest.mark.parametrize(
    "news",
    [
        {"text": "please refund 300"},
        {"text": "please refund on 21 March"},
        {"attachments": ("passport.pdf",)},
        {"missed_call": True},
        {"text": "I would rather have a voucher"},
        {"kind": "cancel"},
    ],
)
def test_rule_2_a_duplicate_says_nothing_new(news: dict[str, Any]) -> None:
    told = Told()
    told.of(about("A1"))
    assert told.of(about("A2")) == ("DUPLICATE_OF", "A1")
    assert told.of(about("A3", **news)) == ("FOLLOW_UP", "A1")
    assert [request.id for request in told.desk.ticket("A1").requests] == ["A1", "A2", "A3"]


def test_rule_3_merging_keeps_the_earliest_arrival_and_the_most_urgent_departure() -> None:
    told = Told()
    late, soon, flown = (Booking("KC77", departs_at=NOON + after) for after in (9 * DAY, HOUR, -HOUR))
    told.of(about("X1", client=BOB, bookings=Booking("K9", departs_at=NOON + 2 * HOUR), received_at=NOON - HOUR))
    told.of(about("A1", bookings=late))
    told.of(about("A2", bookings=soon, received_at=NOON - 2 * HOUR))
    ticket = told.desk.ticket("A1")
    assert (ticket.arrived_at, ticket.lane) == (NOON - 2 * HOUR, "imminent")
    for number, booking in enumerate((flown, late, soon, late)):
        told.of(about(f"A{number + 3}", bookings=booking))
    again = told.desk.ticket("A1")
    assert (again.arrived_at, again.lane) == (ticket.arrived_at, ticket.lane)
    # Writing six times wins no place before somebody who came earlier, and here Ann did come earlier.
    assert told.desk.waiting() == ["A1", "X1"]


def test_rule_3_the_number_of_duplicates_wins_no_place() -> None:
    told = Told()
    told.of(about("X1", "K9", client=BOB))
    for number in range(6):
        told.of(about(f"A{number}"), NOON + HOUR)
    assert told.desk.waiting() == ["X1", "A0"]


def test_rule_4_an_open_ticket_at_any_age_a_closed_one_within_seven_days() -> None:
    told = Told()
    told.of(about("A1"))
    assert told.of(about("A2"), NOON + 300 * DAY) == ("DUPLICATE_OF", "A1")
    told.desk.withdraw("A1", now=NOON + 300 * DAY)
    assert told.of(about("A3"), NOON + 307 * DAY) == ("REOPENS", "A1")
    told.desk.withdraw("A1", now=NOON + 307 * DAY)
    assert told.suspects(about("A4"), NOON + 314 * DAY + timedelta(microseconds=1)) == ("A1",)


def test_rule_4_thanks_open_nothing() -> None:
    told = Told()
    told.of(about("A1"))
    told.desk.withdraw("A1", now=NOON)
    assert told.of(about("A2", kind="ack", text="thank you")) == ("FOLLOW_UP", "A1")
    assert told.desk.ticket("A1").state is State.CLOSED


def test_rule_4_a_status_question_joins_the_most_urgent_open_ticket() -> None:
    told = Told()
    told.of(about("A1", "K1"))
    told.of(about("A2", bookings=Booking("K2", departs_at=NOON + HOUR)))
    told.of(about("A3", "K3"))
    assert told.of(about("A4", None, kind="status", text="what about 4711?")) == ("DUPLICATE_OF", "A2")


def test_rule_5_what_excludes_each_other_goes_to_one_agent_other_kinds_are_two_jobs() -> None:
    told = Told()
    told.of(about("A1", kind="cancel"))
    assert told.of(about("A2", kind="refund")) == ("FOLLOW_UP", "A1")
    assert told.of(about("A3", kind="change_date")) == ("FOLLOW_UP", "A1")
    assert told.suspects(about("A4", kind="luggage")) == ("A1",)


def test_rule_5_without_a_booking_one_that_fits_or_near_the_same_words() -> None:
    told = Told()
    told.of(about("A1", "K1", text="my plane was cancelled"))
    assert told.of(about("A2", None, text="my plane was cancelled")) == ("DUPLICATE_OF", "A1")
    assert told.of(about("A3", None, text="something else altogether")) == ("FOLLOW_UP", "A1")
    told.of(about("B1", "K2", text="we missed our train"))
    assert told.of(about("A4", None, text="We missed our train!")) == ("DUPLICATE_OF", "B1")
    assert told.of(about("A5", None, text="hello")) == ("NEW", "A5")


def test_rule_6_two_bookings_are_two_requests_whatever_the_text_says() -> None:
    told = Told()
    told.of(about("A1", "K1", text="please refund all of it, to the last cent"))
    assert told.of(about("A2", "K2", text="please refund all of it, to the last cent")) == ("NEW", "A2")


def test_rule_6_one_booking_and_two_people_are_two_requests_that_name_each_other() -> None:
    told = Told()
    told.of(about("A1"))
    assert told.suspects(about("B1", client=BOB)) == ("A1",)
    assert told.desk.ticket("B1").suspects == ("A1",)
    # And so does whoever writes next: both are named.
    assert told.suspects(about("C1", client=Client(email="cyril@example.com", name="Cyril Dorn"))) == ("B1", "A1")


def test_rule_7_booking_and_full_name_join_a_request_but_unite_nobody() -> None:
    told = Told()
    told.of(about("A1"))
    assert told.of(about("X1", client=Client(messenger="telegram:1", name="SMITH Ann"))) == ("DUPLICATE_OF", "A1")
    assert told.desk.client_of("X1") != told.desk.client_of("A1")
    # Another matter under the messenger id is therefore not hers.
    assert told.suspects(about("X2", "K2", client=Client(messenger="telegram:1"))) == ("A1",)
    assert told.of(about("A2", "K2")) == ("NEW", "A2")


def test_rule_8_names_and_placeholders_unite_nobody() -> None:
    told = Told()
    told.of(about("A1", "K1", client=Client(email="noemail@example.com", name="Ann Smith")))
    told.of(about("A2", "K2", client=Client(email="noemail@example.com", name="Ann Smith")))
    told.of(about("A3", "K3", client=Client(email="ann.smith@example.com", name="Ann Smith")))
    assert len({told.desk.client_of(name) for name in ("A1", "A2", "A3")}) == 3


def test_rule_8_a_flagged_identifier_unites_nobody_who_has_one_of_their_own() -> None:
    told = Told(agencies=("email:desk@agency.example.com",))
    both = Client(email="desk@agency.example.com", phone=FAMILY)
    told.of(about("A1", "K1", client=both))
    told.of(about("B1", "K2", client=Client(email="desk@agency.example.com", phone="+420601000999")))
    told.of(about("X1", "K3", client=Client(email="desk@agency.example.com")))
    assert len({told.desk.client_of(name) for name in ("A1", "B1", "X1")}) == 3


@pytest.mark.parametrize(
    "second", [Client(phone=FAMILY, name="Bob Jones"), Client(phone=FAMILY, account="18", name="Ann Smith")]
)
def test_rule_8_links_are_taken_back_when_an_identifier_turns_out_to_be_shared(second: Client) -> None:
    told = Told()
    told.of(about("A1", client=Client(phone=FAMILY, account="17", name="Ann Smith")))
    assert told.of(about("X1", None, client=Client(phone=FAMILY), text="please refund")) == ("DUPLICATE_OF", "A1")
    told.of(about("B1", "K9", client=second), NOON + HOUR)
    assert len({told.desk.client_of(name) for name in ("A1", "X1", "B1")}) == 3
    assert told.desk.ticket("X1").id == "X1"
    assert told.desk.ticket("X1").arrived_at == NOON


def test_rule_9_two_accounts_are_two_clients() -> None:
    told = Told()
    same = {"email": "ours@example.com", "phone": FAMILY, "messenger": "telegram:1", "name": "Ann Smith"}
    told.of(about("A1", client=Client(account="17", **same)))
    assert told.of(about("B1", client=Client(account="18", **same))) == ("NEW", "B1")
    assert told.desk.client_of("A1") != told.desk.client_of("B1")


def test_rule_10_the_same_id_is_a_replay_or_an_edit() -> None:
    told = Told()
    told.of(about("A1"))
    before = told.desk.snapshot().tickets
    assert told.of(about("A1"), NOON + HOUR) == ("REPLAY", "A1")
    assert told.desk.snapshot().tickets == before
    assert told.of(about("A1", text="please refund it all"), NOON + HOUR) == ("FOLLOW_UP", "A1")


def test_rule_11_a_number_quoted_by_another_client_is_a_claim() -> None:
    told = Told()
    told.of(about("A1"))
    assert told.suspects(about("B1", "K9", client=BOB, in_reply_to="A1")) == ("A1",)
    assert told.of(about("A2", "K8", in_reply_to="A1")) == ("FOLLOW_UP", "A1")


def test_rule_12_lookalikes_are_folded_in_references_and_not_in_addresses() -> None:
    told = Told()
    told.of(about("A1", "KC77"))
    assert told.of(about("A2", "КС77")) == ("DUPLICATE_OF", "A1")
    # The first letter of this address is Cyrillic.
    told.of(about("B1", "K9", client=Client(email="аnn@example.com")))
    assert told.desk.client_of("B1") != told.desk.client_of("A1")
