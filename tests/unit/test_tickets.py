"""Values check themselves when they are built: the field is named, and so is what to do."""

from __future__ import annotations

from collections import UserDict
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest

from supportq import Booking, Client, InvalidValue, Request
from supportq.tickets import MAX_ITEMS, MAX_TEXT, Origin, State, Ticket, Verdict, same_content

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
ANN = Client(email="ann@example.com")


def request(**fields: Any) -> Request:
    return Request(**{"id": "A1", "client": ANN, **fields})


def test_only_id_and_one_identifier_are_obligatory() -> None:
    plain = Request("A1", ANN)
    assert (plain.channel, plain.kind, plain.bookings, plain.text, plain.attributes) == ("other", "other", (), "", {})


@pytest.mark.parametrize("identifier", [{"account": "17"}, {"email": "a@b.cz"}, {"phone": "1"}, {"messenger": "telegram:4711"}])
def test_any_identifier_will_do_proven_or_claimed(identifier: dict[str, str]) -> None:
    assert Request("A1", Client(**identifier)).claims == Client()
    assert Request("A1", claims=Client(**identifier)).client == Client()


@pytest.mark.parametrize("client", [Client(), Client(name="Ann"), Client(email=""), Client(account=" ", phone="  ")])
def test_an_empty_client_names_nobody(client: Client) -> None:
    with pytest.raises(InvalidValue, match="names nobody; give an account, email, phone or messenger") as error:
        Request("A1", client)
    assert error.value.field == "client"


@pytest.mark.parametrize("client", [None, "ann@example.com", {"email": "ann@example.com"}])
def test_a_client_is_a_client(client: Any) -> None:
    with pytest.raises(InvalidValue, match="client: must be a Client, not"):
        Request("A1", client)


@pytest.mark.parametrize("messenger", ["4711", ":4711", "telegram:", " : ", ""])
def test_a_messenger_is_network_and_id(messenger: str) -> None:
    with pytest.raises(InvalidValue, match=r"client.messenger: must be network:id, for example telegram:4711"):
        Client(messenger=messenger)


def test_a_messenger_id_may_hold_colons() -> None:
    assert Client(messenger="matrix:@ann:example.org").identified


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"id": ""}, "id", "must not be empty"),
        ({"id": " A1"}, "id", "begin or end with a blank"),
        ({"id": 7}, "id", "must be text, not int"),
        ({"id": None}, "id", "must be text, not NoneType"),
        ({"id": "x" * 257}, "id", "has 257 characters; shorten it to 256"),
        ({"id": "č" * 200}, "id", "has 400 bytes; shorten it to 256"),
        ({"id": "A\x001"}, "id", r"control character U\+0000; strip it"),
        ({"id": "A\n1"}, "id", r"control character U\+000A; strip it"),
        ({"id": "A\u202e1"}, "id", r"U\+202E, which breaks or turns lines; strip it"),
        ({"channel": ""}, "channel", "must not be empty"),
        ({"kind": "\x85"}, "kind", r"U\+0085"),
        ({"language": ""}, "language", "must not be empty"),
        ({"in_reply_to": "a\ud800"}, "in_reply_to", r"half a surrogate pair, U\+D800; decode it properly"),
        ({"addressed_to": 5}, "addressed_to", "must be text"),
        ({"zone": "Europe/\x7f"}, "zone", r"U\+007F"),
        ({"text": b"bytes"}, "text", "must be text, not bytes"),
        ({"text": "x" * (MAX_TEXT + 1)}, "text", "has 1,000,001 characters; shorten it to 1,000,000"),
        ({"text": "\x1b[31m"}, "text", r"U\+001B"),
        ({"attachments": "a.pdf"}, "attachments", "must be a list, not str"),
        ({"attachments": ("a.pdf", 5)}, "attachments", "must hold str, not int"),
        ({"attachments": ("a\nb",)}, "attachments", r"U\+000A"),
        ({"attachments": ("a",) * (MAX_ITEMS + 1)}, "attachments", "has 1,001 items; give at most 1,000"),
        ({"bookings": "KC-77"}, "bookings", "must be a list, not str"),
        ({"bookings": (None,)}, "bookings", "must hold Booking, not NoneType"),
        ({"missed_call": 1}, "missed_call", "must be true or false, not 1"),
        ({"by_voice": "yes"}, "by_voice", "must be true or false, not 'yes'"),
        ({"urgent": None}, "urgent", "must be true or false, not None"),
        ({"line": ""}, "line", "must not be empty"),
        ({"origin": "robot"}, "origin", "must be one of client, agent, system, not 'robot'"),
        ({"origin": None}, "origin", "must be one of client, agent, system, not None"),
        ({"guest": "Bob"}, "guest", "must be a Client, not str"),
        ({"guest": Client(name="Bob", stage="new")}, "guest.stage", "stands in client"),
        ({"claims": None}, "claims", "must be a Client, not NoneType"),
        ({"claims": Client(phone="1", stage="new")}, "claims.stage", "a claim cannot say it; put it in client"),
        ({"claims": Client(manager="eva")}, "claims.manager", "a claim cannot say it"),
        ({"claims": Client(curator="eva")}, "claims.curator", "a claim cannot say it"),
        ({"attributes": [("vip", True)]}, "attributes", "must be an object of names and values, not list"),
        ({"attributes": {"": 1}}, "attributes", "must not be empty"),
        ({"attributes": {5: 1}}, "attributes", "must be text, not int"),
        ({"attributes": {"tags": ["vip"]}}, "attributes.tags", "must be text, a number, true, false or null, not list"),
        ({"attributes": {"price": float("nan")}}, "attributes.price", "must be a finite number, not nan"),
        ({"attributes": {"price": float("-inf")}}, "attributes.price", "must be a finite number, not -inf"),
        ({"attributes": {"big": 1 << 63}}, "attributes.big", "beyond 64 bits; give it as text"),
        ({"attributes": {"note": "\x07"}}, "attributes.note", r"U\+0007"),
        ({"attributes": {f"a{n}": n for n in range(MAX_ITEMS + 1)}}, "attributes", "has 1,001 entries; give at most 1,000"),
        ({"received_at": NOON.replace(tzinfo=None)}, "received_at", "has no time zone; add one, for example tzinfo=UTC"),
        ({"received_at": "2020-03-20"}, "received_at", "must be a datetime, not str"),
        ({"received_at": date(2020, 3, 20)}, "received_at", "must be a datetime, not date"),
        ({"received_at": time(12, tzinfo=UTC)}, "received_at", "must be a datetime, not time"),
        ({"received_at": datetime(1899, 12, 31, tzinfo=UTC)}, "received_at", "is outside the years 1900 to 2299"),
        ({"received_at": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5)))}, "received_at", "is outside"),
    ],
    ids=str,
)
def test_a_request_names_the_field_and_the_remedy(fields: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem) as error:
        request(**fields)
    assert error.value.field == field
    assert str(error.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"reference": ""}, "booking.reference", "must not be empty"),
        ({"reference": None}, "booking.reference", "must be text"),
        ({"service": ""}, "booking.service", "must not be empty"),
        ({"cancelled": "no"}, "booking.cancelled", "must be true or false, not 'no'"),
        ({"cancelled": 1}, "booking.cancelled", "must be true or false, not 1"),
        ({"cancelled": None}, "booking.cancelled", "must be true or false"),
        ({"party_size": True}, "booking.party_size", "must be a whole number from 1 to 10,000, not True"),
        ({"party_size": 0}, "booking.party_size", "must be a whole number"),
        ({"party_size": 10_001}, "booking.party_size", "must be a whole number"),
        ({"party_size": 2.0}, "booking.party_size", "must be a whole number"),
        ({"rooms": 0}, "booking.rooms", "must be a whole number from 1 to 10,000, not 0"),
        ({"rooms": True}, "booking.rooms", "must be a whole number"),
        ({"rooms": 10_001}, "booking.rooms", "must be a whole number"),
        ({"voucher": ""}, "booking.voucher", "must not be empty"),
        ({"voucher": 5}, "booking.voucher", "must be text"),
        ({"system": " market"}, "booking.system", "begin or end with a blank"),
        ({"departs_at": datetime(2020, 3, 20)}, "booking.departs_at", "has no time zone"),
        ({"departs_at": 1_584_705_600}, "booking.departs_at", "must be a datetime, not int"),
    ],
    ids=str,
)
def test_a_booking_names_the_field_and_the_remedy(fields: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem) as error:
        Booking(**{"reference": "KC-77", **fields})
    assert error.value.field == field


@pytest.mark.parametrize("key", ["account", "email", "phone", "messenger", "name"])
def test_a_client_names_the_field_and_the_remedy(key: str) -> None:
    for value, problem in (
        (5, "must be text"),
        ("x" * 321, "shorten it to 320"),
        ("a\tb", r"U\+0009"),
        ("\udfff", "surrogate"),
    ):
        fields: dict[str, Any] = {key: value}
        with pytest.raises(InvalidValue, match=problem) as error:
            Client(**fields)
        assert error.value.field == f"client.{key}"


@pytest.mark.parametrize("key", ["stage", "manager", "curator"])
def test_what_the_host_knows_of_a_client_is_a_name(key: str) -> None:
    for value, problem in ((5, "must be text"), ("", "must not be empty"), ("x" * 300, "shorten it to 256"), ("a\tb", "U")):
        fields: dict[str, Any] = {key: value}
        with pytest.raises(InvalidValue, match=problem) as error:
            Client(**fields)
        assert error.value.field == f"client.{key}"
    named: dict[str, Any] = {key: "eva"}
    # It identifies nobody.
    assert not Client(**named).identified
    assert Client(**named).keys == ()


@pytest.mark.parametrize("origin", ["agent", "system", Origin.AGENT])
def test_an_agent_or_a_system_need_not_name_a_client(origin: Any) -> None:
    sent = Request("A1", origin=origin)
    assert (sent.client, sent.origin) == (Client(), Origin(origin))
    assert request(origin="client") == request()


def test_text_may_have_lines_and_any_script() -> None:
    text = "Dobrý den,\r\n\tgde moi den'gi? где мои деньги? איפה הכסף 💸\u200b\u00a0"
    assert request(text=text).text == text


def test_limits_are_still_allowed() -> None:
    full = request(
        id="č" * 128,
        text="x" * MAX_TEXT,
        bookings=(Booking("K"),) * MAX_ITEMS,
        attributes={f"a{n}": n for n in range(MAX_ITEMS)},
    )
    assert len(full.id.encode()) == 256


def test_instants_are_kept_in_utc() -> None:
    prague = timezone(timedelta(hours=1))
    sent = request(
        received_at=datetime(2020, 3, 20, 13, tzinfo=prague),
        bookings=Booking("K", departs_at=datetime(2020, 3, 21, 13, tzinfo=prague)),
    )
    assert sent.received_at == NOON
    assert sent.received_at.tzinfo is UTC
    assert sent.bookings[0].departs_at == NOON + timedelta(days=1)
    assert sent.bookings[0].departs_at is not None
    assert sent.bookings[0].departs_at.tzinfo is UTC


def test_one_booking_or_a_list_of_them() -> None:
    assert request(bookings=Booking("K")).bookings == (Booking("K"),)
    assert request(bookings=[Booking("K"), Booking("L")]).bookings == (Booking("K"), Booking("L"))


def test_values_are_frozen_and_keep_no_hold_of_what_they_were_given() -> None:
    given = {"vip": True}
    sent = request(attributes=given)
    given["vip"] = False
    assert sent.attributes == {"vip": True}
    with pytest.raises(FrozenInstanceError):
        sent.text = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        sent.attributes["vip"] = False  # type: ignore[index]


def test_any_mapping_of_attributes_will_do() -> None:
    assert request(attributes=UserDict({"vip": None})).attributes == {"vip": None}


def test_equal_values_are_equal_and_hashable() -> None:
    assert {request(), request()} == {request()}
    assert Booking("K", departs_at=NOON) == Booking("K", departs_at=NOON.astimezone(timezone(timedelta(hours=9))))


def test_same_content_looks_past_the_arrival_only() -> None:
    assert same_content(request(received_at=NOON), request())
    assert not same_content(request(text="a"), request(text="b"))


@pytest.mark.parametrize(
    "fields",
    [{"urgent": True}, {"by_voice": True}, {"line": "z-1"}, {"origin": "agent"}, {"guest": Client(name="Bob")},
     {"bookings": Booking("K", rooms=2)}, {"client": Client(email="ann@example.com", name="Ann")}],
    ids=str,
)  # fmt: skip
def test_every_fact_that_was_sent_is_content(fields: dict[str, Any]) -> None:
    assert not same_content(request(**{"bookings": Booking("K"), **fields}), request(bookings=Booking("K")))


def test_what_the_host_knew_of_the_client_is_no_content() -> None:
    """D2: delivered again after the first booking, it is the same message still."""
    before, after = (Client(email="ann@example.com", stage=stage, manager="eva") for stage in ("new", "regular"))
    assert same_content(request(client=before), request(client=after))
    assert not same_content(request(client=before, text="a"), request(client=after, text="b"))


def test_a_name_identifies_nobody() -> None:
    assert not Client(name="Ann").identified
    assert Client(name="Ann", phone="1").identified


def test_enumerations_are_their_texts() -> None:
    assert [str(verdict) for verdict in Verdict] == ["NEW", "DUPLICATE_OF", "FOLLOW_UP", "REOPENS", "REPLAY", "FILED"]
    assert [str(state) for state in State] == ["waiting", "taken", "answered", "parked", "closed"]
    assert State("waiting") is State.WAITING
    assert {State.WAITING: 1}["waiting"] == 1  # type: ignore[index]


def test_a_ticket_says_what_is_asked() -> None:
    sent = request(kind="refund")
    ticket = Ticket(id="A1", client_id="client-1", state=State.WAITING, arrived_at=NOON, requests=(sent,), received_at=(NOON,))
    assert ticket.kind == "refund"
    assert replace(ticket, corrected_kind="seat").kind == "seat"
