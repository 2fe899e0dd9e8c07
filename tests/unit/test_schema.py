"""JSON in and out: the forms of issue and docs, round trips of everything, and errors that name field and remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from inspect import signature
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import pytest

from supportq import (
    Booking,
    Client,
    Desk,
    DuplicateRules,
    HeadStart,
    InvalidValue,
    Lane,
    Order,
    Policy,
    PolicyError,
    Request,
    Shift,
    Target,
    when,
)
from supportq.events import Event
from supportq.hours import Hours, Opening, Recurrence, SpecialDay
from supportq.presets import preset
from supportq.procedures import Filing, Procedure, Silence, Step
from supportq.schema import (
    COMMANDS,
    FORMS,
    QUERIES,
    Command,
    InvalidArgument,
    Malformed,
    canonical_json,
    command_from_json,
    event_from_json,
    instant_from_text,
    json_schema,
    policy_from_json,
    request_from_json,
    snapshot_from_json,
    staffing_from_json,
    to_data,
    to_json,
)
from supportq.teams import Role, Team
from supportq.tickets import ClockKind, Origin
from supportq.when import Condition

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = "2020-03-20T12:00:00Z"

FULL: Mapping[str, Any] = {
    "id": "A1",
    "received_at": "2020-03-20T11:59:59.250000Z",
    "channel": "email",
    "kind": "refund",
    "client": {
        "account": "17",
        "email": "ann@example.com",
        "phone": "+420601000123",
        "messenger": "telegram:4711",
        "name": "Ann",
        "stage": "regular",
        "manager": "Marta",
        "curator": "Petr",
    },
    "claims": {"account": "18", "email": "a@example.com", "phone": "601000123", "messenger": "line:1", "name": "Anna"},
    "bookings": [
        {
            "reference": "KC-77",
            "service": "OK 77 2020-03-29",
            "departs_at": "2020-03-29T08:00:00Z",
            "cancelled": True,
            "party_size": 9,
            "rooms": 6,
            "voucher": "V-1",
            "system": "market",
        },
        {"reference": "KC-78", "service": None, "departs_at": None, "cancelled": False, "party_size": None},
    ],
    "text": "Прошу вернуть деньги\n\tdíky 🙂",
    "language": "ru",
    "attachments": ["ticket.pdf"],
    "missed_call": True,
    "by_voice": True,
    "line": "z-office",
    "urgent": True,
    "origin": "agent",
    "guest": {"account": "19", "email": "g@example.com", "phone": "601000124", "messenger": "line:2", "name": "Bob"},
    "in_reply_to": "A0",
    "addressed_to": "Marta",
    "zone": "Europe/Prague",
    "reply_by": "2020-03-21T12:00:00Z",
    "attributes": {"vip": True, "limit": 1.5, "rooms": 6, "note": "x", "none": None},
}
LEAST = {"id": "A1", "client": {"phone": "+420601000123"}}


# ---------------------------------------------------------------------------------------------------------- requests


def test_a_request_reads_every_field_and_writes_it_back() -> None:
    request = request_from_json(FULL)
    assert set(FULL) == {field.name for field in fields(Request)}
    assert request.received_at == datetime(2020, 3, 20, 11, 59, 59, 250_000, tzinfo=UTC)
    assert request.client.messenger == "telegram:4711"
    assert request.claims.name == "Anna"
    assert request.bookings[0] == Booking(
        "KC-77",
        service="OK 77 2020-03-29",
        departs_at=datetime(2020, 3, 29, 8, tzinfo=UTC),
        cancelled=True,
        party_size=9,
        rooms=6,
        voucher="V-1",
        system="market",
    )
    assert request.origin is Origin.AGENT
    assert request.attributes == {"vip": True, "limit": 1.5, "rooms": 6, "note": "x", "none": None}
    assert to_data(request) == FULL
    assert request_from_json(to_json(request)) == request


def test_id_and_one_identifier_are_enough_and_nothing_else_is_written() -> None:
    request = request_from_json(LEAST)
    assert request == Request("A1", Client(phone="+420601000123"))
    assert to_data(request) == {**LEAST, "channel": "other", "kind": "other"}
    claimed = request_from_json({"id": "A1", "claims": {"email": "ann@example.com"}})
    assert claimed.client == Client()


def test_text_bytes_and_objects_read_alike() -> None:
    text = json.dumps(FULL)
    assert request_from_json(text) == request_from_json(text.encode()) == request_from_json(FULL)


def test_instants_are_written_in_utc_with_microseconds_only_where_there_are_some() -> None:
    prague = request_from_json({**LEAST, "received_at": "2020-03-20T13:00:00+01:00"})
    assert to_data(prague)["received_at"] == AT
    exact = request_from_json({**LEAST, "received_at": "2020-03-20T12:00:00.000001Z"})
    assert to_data(exact)["received_at"] == "2020-03-20T12:00:00.000001Z"
    assert instant_from_text("2020-03-20 12:00:00+00:00") == NOON


BAD_REQUESTS = [
    ({"id": ""}, "id", "empty"),
    ({"id": 5}, "id", "must be text, not 5"),
    ({"id": None}, "id", "must be text, not null"),
    ({"id": "A\u0000"}, "id", "control character U\\+0000"),
    ({"id": "x" * 300}, "id", "shorten"),
    ({"client": {}}, "client", "names nobody"),
    ({"client": {"name": "Ann"}}, "client", "names nobody"),
    ({"client": {"email": "a" * 1_000_000}}, "client.email", "shorten it to 320"),
    ({"client": {"email": ["a@b.cz"] * 1_000_000}}, "client.email", "must be text, not a list"),
    ({"client": "ann"}, "client", "must be an object, not 'ann'"),
    ({"claims": {"messenger": "4711"}}, "claims.messenger", "network:id"),
    ({"received_at": "2020-03-20T12:00:00"}, "received_at", "no time zone; end it with Z"),
    ({"received_at": "yesterday"}, "received_at", "write it like 2020-03-20T12:00:00Z"),
    ({"received_at": 1584705600}, "received_at", "must be text"),
    ({"received_at": NOON}, "received_at", "must be text, not datetime"),
    ({"received_at": "1700-01-01T00:00:00Z"}, "received_at", "outside the years"),
    ({"bookings": {"reference": "K"}}, "bookings", "must be a list, not an object"),
    ({"bookings": [{}]}, r"bookings\[0\].reference", "is missing"),
    ({"bookings": [{"reference": "K"}, {"reference": "L", "party_size": 0}]}, r"bookings\[1\].party_size", "from 1 to"),
    ({"bookings": [{"reference": "K", "party_size": True}]}, r"bookings\[0\].party_size", "must be a whole number, not true"),
    ({"bookings": [{"reference": "K", "party_size": 2.0}]}, r"bookings\[0\].party_size", "must be a whole number, not 2"),
    ({"bookings": [{"reference": "K", "cancelled": "no"}]}, r"bookings\[0\].cancelled", "must be true or false, not 'no'"),
    ({"bookings": [{"reference": "K", "cancelled": 1}]}, r"bookings\[0\].cancelled", "must be true or false, not 1"),
    ({"bookings": [{"reference": "K", "departs_at": "soon"}]}, r"bookings\[0\].departs_at", "is no instant"),
    ({"bookings": [{"reference": "K"}] * 1_001}, "bookings", "at most 1,000"),
    ({"bookings": [5] * 1_000_000}, r"bookings\[0\]", "must be an object, not 5"),
    ({"text": "x" * 10_000_000}, "text", "shorten it to 1,000,000"),
    ({"text": "\u0007"}, "text", "control character"),
    ({"text": "\ud800"}, "text", "decode it properly"),
    ({"attachments": "a.pdf"}, "attachments", "must be a list"),
    ({"missed_call": None}, "missed_call", "must be true or false, not null"),
    ({"attributes": []}, "attributes", "must be an object"),
    ({"attributes": {"x": [1]}}, "attributes.x", "must be text, a number, true, false or null, not a list"),
    ({"attributes": {"x": {}}}, "attributes.x", "not an object"),
    ({"attributes": {"x": 1 << 63}}, "attributes.x", "beyond 64 bits"),
    ({"attributes": {"": 1}}, "attributes", "must not be empty"),
]


@pytest.mark.parametrize(("change", "field", "remedy"), BAD_REQUESTS, ids=range(len(BAD_REQUESTS)))
def test_a_bad_value_is_refused_in_one_short_line_that_names_field_and_remedy(
    change: dict[str, object], field: str, remedy: str
) -> None:
    with pytest.raises(InvalidValue, match=rf"^{field}: .*{remedy}") as refusal:
        request_from_json({**LEAST, **change})
    assert not isinstance(refusal.value, Malformed)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"priority": 1}, "priority"),
        ({"client": {"email": "ann@example.com", "twitter": "ann"}}, "client.twitter"),
        ({"bookings": [{"reference": "K", "flight": "OK77"}]}, "bookings[0].flight"),
        ({"x" * 1_000: 1}, "x" * 61 + "..."),
        ({"two\nlines": 1}, "'two\\nlines'"),
    ],
)
def test_an_unknown_field_is_malformed(change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        request_from_json({**LEAST, **change})
    assert refusal.value.field == field
    assert "take it out" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "JSON: Expecting value at character 1"),
        ('{"id": "A1"', "at character 12"),
        ("[]", "JSON: must be an object, not a list"),
        ('"A1"', "must be an object, not 'A1'"),
        ('{"id": "A1", "id": "A2", "client": {"phone": "1"}}', "id: is given twice"),
        ('{"id": "A1", "client": {"phone": "1", "phone": "1"}}', "phone: is given twice"),
        ('{"attributes": {"x": NaN}}', "NaN is no number"),
        ('{"attributes": {"x": -Infinity}}', "-Infinity is no number"),
        ('{"attributes": {"x": 1e999}}', "1e999 is too large"),
        (f'{{"attributes": {{"x": {"9" * 5_000}}}}}', "thousands of digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"x": ' * 100_000, "nested too deeply"),
        (b'{"id": "\xff"}', "UTF-8"),
    ],
    ids=range(13),
)
def test_what_is_not_json_is_malformed(text: str | bytes, problem: str) -> None:
    with pytest.raises(Malformed) as refusal:
        request_from_json(text)
    assert problem in str(refusal.value)
    assert len(str(refusal.value)) < 200


# ------------------------------------------------------------------------------------------- conditions and policies

OFFICE = Hours((Opening(time(9), time(18, 30), weekdays=(0, 1, 2)), Opening(time(22), time(6))), zone=ZoneInfo("Europe/Prague"))
OFFICE_DATA: dict[str, object] = {
    "openings": [
        {"start": "09:00", "end": "18:30", "weekdays": [0, 1, 2]},
        {"start": "22:00", "end": "06:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]},
    ],
    "zone": "Europe/Prague",
    "special_days": [],
    "holidays": [],
    "holidays_cover": None,
    "closed_by": [],
}
CHRISTMAS = Hours(
    (Opening(time(9), time(18)),),
    special_days=(SpecialDay(date(2026, 12, 24), (Opening(time(9), time(12)),)), SpecialDay(date(2026, 12, 31))),
    holidays=(date(2026, 12, 25), date(2026, 12, 26)),
    holidays_cover=(2026, 2026),
    closed_by=(Recurrence("FREQ=MONTHLY;BYDAY=-1FR"), Recurrence("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", since=date(2026, 1, 3))),
)
CHRISTMAS_DATA: dict[str, object] = {
    "openings": [{"start": "09:00", "end": "18:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]}],
    "zone": None,
    "special_days": [
        {"day": "2026-12-24", "openings": [{"start": "09:00", "end": "12:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]}]},
        {"day": "2026-12-31", "openings": []},
    ],
    "holidays": ["2026-12-25", "2026-12-26"],
    "holidays_cover": [2026, 2026],
    "closed_by": [
        {"rule": "FREQ=MONTHLY;BYDAY=-1FR", "since": None},
        {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "since": "2026-01-03"},
    ],
}
CONDITIONS: list[tuple[Condition, dict[str, object]]] = [
    (when.departs_within(DAY), {"departs_within": 86_400}),
    (when.departs_within(timedelta(microseconds=1)), {"departs_within": 0.000001}),
    (when.departed(), {"departed": True}),
    (when.cancelled(), {"cancelled": True}),
    (when.has_booking(), {"has_booking": True}),
    (when.party_of(6), {"party_of": 6}),
    (when.kind("refund", "emergency"), {"kind": ["emergency", "refund"]}),
    (when.channel("phone"), {"channel": ["phone"]}),
    (when.addressed_to("Marta"), {"addressed_to": ["Marta"]}),
    (when.addressed_to(), {"addressed_to": []}),
    (when.missed_call(), {"missed_call": True}),
    (when.rooms_of(6), {"rooms_of": 6}),
    (when.made_in("market", "hotels"), {"made_in": ["hotels", "market"]}),
    (when.by_voice(), {"by_voice": True}),
    (when.line_begins("z-"), {"line_begins": "z-"}),
    (when.urgent(), {"urgent": True}),
    (when.says_something(), {"says_something": True}),
    (when.origin("system", "agent"), {"origin": ["agent", "system"]}),
    (when.stage("new"), {"stage": ["new"]}),
    (when.named("curator"), {"named": "curator"}),
    (when.attribute("vip"), {"attribute": {"name": "vip", "value": True}}),
    (when.attribute("level", 3), {"attribute": {"name": "level", "value": 3}}),
    (when.at_least("level", 3), {"at_least": {"name": "level", "number": 3}}),
    (when.at_least("level", 2.5), {"at_least": {"name": "level", "number": 2.5}}),
    (when.attribute("note", None), {"attribute": {"name": "note", "value": None}}),
    (when.waited(HOUR), {"waited": 3_600}),
    (when.within_hours(OFFICE), {"within_hours": OFFICE_DATA}),
    (when.within_hours(CHRISTMAS), {"within_hours": CHRISTMAS_DATA}),
    (when.Not(when.Not(when.cancelled())), {"not": {"not": {"cancelled": True}}}),
    (
        (when.kind("a") | when.cancelled()) & ~when.departs_within(HOUR),
        {"all": [{"any": [{"kind": ["a"]}, {"cancelled": True}]}, {"not": {"departs_within": 3_600}}]},
    ),
]


def lanes(condition: object) -> dict[str, object]:
    """A policy, as JSON, of one lane with this condition."""
    return {"lanes": [{"name": "first", "when": condition}, {"name": "last"}]}


@pytest.mark.parametrize(("condition", "data"), CONDITIONS, ids=[str(next(iter(data))) for _, data in CONDITIONS])
def test_R3_a_condition_is_an_object_with_one_key(condition: Condition, data: dict[str, object]) -> None:
    policy = policy_from_json(lanes(data))
    assert policy.lanes[0].when == condition
    written = to_data(policy)["lanes"][0]["when"]
    assert written == data
    # 1 and true are two values (and equal in Python).
    assert json.dumps(written) == json.dumps(data)


def test_R3_every_condition_of_the_module_has_a_key() -> None:
    kinds = {value for value in vars(when).values() if isinstance(value, type) and issubclass(value, Condition)}
    told = {type(condition) for condition, _ in CONDITIONS} | {when.AnyOf}
    assert kinds - {Condition} == told


def test_an_attribute_condition_may_leave_out_the_value() -> None:
    assert policy_from_json(lanes({"attribute": {"name": "vip"}})).lanes[0].when == when.attribute("vip")


EVERYTHING = Policy(
    lanes=(
        Lane("emergency", when.kind("emergency")),
        Lane("soon", when.departs_within(DAY) & ~when.cancelled(), order=Order.DEPARTURE, share=0.25),
        Lane("christmas", when.within_hours(CHRISTMAS) & when.kind("invoice")),
        Lane("office", when.within_hours(OFFICE), order="reply_by"),  # type: ignore[arg-type]  # text will do
        Lane("rest", head_starts=(HeadStart(timedelta(seconds=90.5), when.attribute("priority", 2)),), share=1 / 3),
    ),
    name="everything",
    duplicates=DuplicateRules(reopen_within=3 * DAY),
    targets=(
        Target(HOUR, when.channel("phone")),
        Target(DAY, hours=OFFICE, warn_before=HOUR, name="office"),
        Target(timedelta(minutes=15), clock=ClockKind.CALL_BACK),
    ),
    keep_closed=10 * DAY,
    zone=ZoneInfo("Europe/Prague"),
    zones=(UTC, ZoneInfo("America/New_York"), timezone(timedelta(hours=-3, minutes=-30))),
    default_region="CZ",
)


def test_a_policy_round_trips_unchanged_and_its_text_too() -> None:
    text = to_json(EVERYTHING)
    again = policy_from_json(text)
    assert again == EVERYTHING
    assert to_json(again) == text
    assert hash(again) == hash(EVERYTHING)


def test_a_policy_is_written_with_every_field() -> None:
    data = to_data(EVERYTHING)
    assert list(data) == [field.name for field in fields(Policy)]
    assert data["lanes"][4]["head_starts"] == [{"by": 90.5, "when": {"attribute": {"name": "priority", "value": 2}}}]
    assert data["lanes"][3]["order"] == "reply_by"
    assert data["zone"] == "Europe/Prague"
    assert data["zones"] == ["UTC", "America/New_York", "UTC-03:30"]
    assert data["keep_closed"] == 864_000


BAD_HOURS: list[tuple[dict[str, object], str, str]] = [
    ({"holiday": []}, "holiday", "take it out"),
    ({"holidays": ["25.12.2026"]}, "holidays[0]", "write it like 2020-03-20"),
    ({"holidays": ["2025-12-25"]}, "holidays", "is it the list of another year?"),
    ({"holidays_cover": [2026]}, "holidays_cover[1]", "is missing"),
    ({"holidays_cover": 2026}, "holidays_cover", "must be a list"),
    ({"holidays_cover": ["2026", 2026]}, "holidays_cover[0]", "must be a whole number"),
    ({"special_days": [{"day": "2026-12-24", "closed": True}]}, "special_days[0].closed", "take it out"),
    ({"special_days": 2 * [{"day": "2026-12-24"}]}, "special_days", "hold 2026-12-24 twice"),
    ({"closed_by": ["FREQ=DAILY"]}, "closed_by[0]", "must be an object"),
    ({"closed_by": [{"rule": "FREQ=HOURLY"}]}, "closed_by[0].rule", "takes YEARLY, MONTHLY"),
    ({"closed_by": [{"rule": "FREQ=DAILY"}]}, "closed_by", "never open"),
    ({"closed_by": [{"rule": "FREQ=DAILY;INTERVAL=3"}]}, "closed_by[0].since", "is missing"),
    ({"closed_by": [{"rule": "FREQ=DAILY", "until": "2027-01-01"}]}, "closed_by[0].until", "take it out"),
]
BAD_POLICIES = [
    ({"lanes": []}, "lanes", "is empty"),
    ({}, "lanes", "is missing"),
    ({"lanes": [{"name": "a", "when": {"cancelled": True}}]}, "lane 'a'", "must take everyone"),
    ({"lanes": [{"name": "a"}, {"name": "b"}]}, "lane 'b'", "cannot be reached"),
    (
        {"lanes": [{"name": "a", "when": {"kind": ["x", "y"]}}, {"name": "b", "when": {"kind": ["x"]}}, {"name": "c"}]},
        "lane 'b'.when",
        "cannot hold",
    ),
    ({"lanes": [{"name": "a", "share": 1.5}]}, "lanes[0].share", "from 0 to 1"),
    ({"lanes": [{"name": "a", "share": 0.7, "when": {"departed": True}}, {"name": "b", "share": 0.7}]}, "lanes", "sum to 1.4"),
    ({"lanes": [{"name": "a", "order": "random"}]}, "lanes[0].order", "must be one of 'arrival', 'departure' or 'reply_by'"),
    ({"lanes": [{"name": "a", "order": "reply_by"}]}, "lane 'a'.order", "targets"),
    ({"lanes": [{"name": "a", "colour": "red"}]}, "lanes[0].colour", "take it out"),
    ({"lanes": [{"name": "a"}], "keep_closed": "90 days"}, "keep_closed", "must be a number, not '90 days'"),
    ({"lanes": [{"name": "a"}], "keep_closed": -1}, "keep_closed", "from 0 to"),
    ({"lanes": [{"name": "a"}], "duplicates": {"reopen_within": 1e300}}, "duplicates.reopen_within", "from 0 to"),
    ({"lanes": [{"name": "a"}], "zone": "Mars/Olympus"}, "zone", "IANA name"),
    ({"lanes": [{"name": "a"}], "zones": ["UTC", "../etc/passwd"]}, "zones[1]", "IANA name"),
    ({"lanes": [{"name": "a"}], "zone": "UTC+25:00"}, "zone", "IANA name"),
    ({"lanes": [{"name": "a"}], "default_region": "cz"}, "default_region", "must be one of AD,"),
    (lanes({"departs_in": 5}), "lanes[0].when", "must be an object with one key of all, any, not, departs_within"),
    (lanes({"cancelled": True, "departed": True}), "lanes[0].when", "one key"),
    (lanes("cancelled"), "lanes[0].when", "one key"),
    (lanes({"cancelled": False}), "lanes[0].when.cancelled", "say the opposite with not"),
    (lanes({"departs_within": 0}), "lanes[0].when.departs_within", "longer than nothing"),
    (lanes({"kind": "refund"}), "lanes[0].when.kind", "must be a list"),
    (lanes({"kind": []}), "lanes[0].when.kind", "one or more names"),
    (lanes({"rooms_of": 0}), "lanes[0].when.rooms_of", "from 1 to 10,000"),
    (lanes({"origin": ["robot"]}), "lanes[0].when.origin[0]", "must be one of 'client', 'agent' or 'system'"),
    (lanes({"named": "agent"}), "lanes[0].when.named", "'manager' or 'curator'"),
    (lanes({"line_begins": ""}), "lanes[0].when.line_begins", "must not be empty"),
    (lanes({"all": []}), "lanes[0].when.all", "has no parts"),
    (lanes({"any": [{"cancelled": True}, {"not": {"kind": [5]}}]}), "lanes[0].when.any[1].not.kind[0]", "must be text"),
    (lanes({"attribute": {"name": "x", "value": [1]}}), "lanes[0].when.attribute.value", "not a list"),
    (lanes({"attribute": {"value": 1}}), "lanes[0].when.attribute.name", "is missing"),
    (lanes({"within_hours": {"openings": []}}), "lanes[0].when.within_hours.openings", "never open"),
    (
        lanes({"within_hours": {"openings": [{"start": "9:00", "end": "18:00"}]}}),
        "lanes[0].when.within_hours.openings[0].start",
        "like 08:00",
    ),
    *(
        (lanes({"within_hours": CHRISTMAS_DATA | change}), f"lanes[0].when.within_hours.{field}", remedy)
        for change, field, remedy in BAD_HOURS
    ),
]


@pytest.mark.parametrize(("data", "field", "remedy"), BAD_POLICIES, ids=range(len(BAD_POLICIES)))
def test_a_bad_policy_is_refused_naming_the_place(data: dict[str, object], field: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        policy_from_json(data)
    assert refusal.value.field == field
    assert remedy in refusal.value.problem


def test_conditions_nested_too_deeply_are_refused() -> None:
    text = json.dumps(lanes("HERE")).replace('"HERE"', '{"not":' * 400 + '{"cancelled":true}' + "}" * 400)
    with pytest.raises(PolicyError, match="nested too deeply") as refusal:
        policy_from_json(text)
    assert len(str(refusal.value)) < 200


# ---------------------------------------------------------------------------------------------------------- staffing


def test_staffing_round_trips_and_reads_as_documented() -> None:
    data = {
        "shifts": [
            {"start": "08:00", "end": "20:00", "agents": 10, "weekdays": [0, 4], "first_day": "2020-03-20", "last_day": None},
            {"start": "20:00:30", "end": "08:00", "agents": 2},
        ],
        "zone": "Europe/Prague",
        "handling_time": 720,
        "show_up": 0.9,
        "expected_inflow": {"imminent": 1500},
    }
    staffing = staffing_from_json(data)
    assert staffing.shifts[0] == Shift(time(8), time(20), 10, weekdays=(0, 4), first_day=date(2020, 3, 20))
    assert staffing.shifts[1].start == time(20, 0, 30)
    assert staffing.handling_time == timedelta(minutes=12)
    assert staffing_from_json(to_json(staffing)) == staffing
    assert to_data(staffing)["shifts"][0] == data["shifts"][0]  # type: ignore[index]  # a list


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"show_up": 2}, "show_up", "at most 1"),
        ({"handling_time": 0}, "handling_time", "longer than nothing"),
        ({"shifts": [{"start": "08:00", "end": "20:00", "agents": -1}]}, "shifts[0].agents", "from 0"),
        ({"shifts": [{"start": "24:00", "end": "20:00", "agents": 1}]}, "shifts[0].start", "like 08:00"),
        ({"shifts": [{"start": "08:00", "end": "20:00", "agents": 1, "weekdays": [7]}]}, "shifts[0]", "from 0 (Monday)"),
        (
            {"shifts": [{"start": "08:00", "end": "20:00", "agents": 1, "first_day": "20.3."}]},
            "shifts[0].first_day",
            "is no day",
        ),
        ({"expected_inflow": {"imminent": -1}}, "expected_inflow.imminent", "rate a day"),
        ({"usual_inflow": -1}, "usual_inflow", "rate a day"),
        ({"fades_in": 0}, "fades_in", "longer than nothing"),
    ],
)
def test_bad_staffing_is_refused_naming_the_field(change: dict[str, object], field: str, remedy: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        staffing_from_json({"shifts": [], **change})
    assert refusal.value.field.startswith(field)
    assert remedy in refusal.value.problem


# ------------------------------------------------------------------------------------------- events, snapshots, desks


AGENT = Role("agent", ~when.kind("complaint"), checks=("phone",), alerts="head")
CLOSING: Mapping[str, Any] = {
    "procedures": (
        Procedure(
            "in both",
            when.kind("seat"),
            (Step("voucher", ("partner", "system")), Step("checked", after=HOUR, back_to="voucher")),
        ),
    ),
    "silences": (Silence(when.kind("visa"), HOUR, "given up"),),
    "filings": (Filing("notices", when.kind("notice"), directs_to="form", joins=True, confirms="voucher"),),
}


def eventful_day() -> tuple[Desk, list[Event]]:
    """A desk at which everything has happened that can."""
    teams = (Team("tickets", opens_after=DAY),)
    targets = (Target(2 * HOUR, warn_before=HOUR),)
    crisis = replace(preset("crisis-air-desk"), zones=(ZoneInfo("Europe/Prague"),))
    desk = Desk(replace(crisis, teams=teams, roles=(AGENT,), targets=targets, **CLOSING))
    full = replace(request_from_json(FULL), received_at=None)
    log: list[Event] = []
    log += desk.plan(staffing_from_json({"shifts": [{"start": "00:00", "end": "00:00", "agents": 3}]}), now=NOON)
    log += desk.count_agents(2, now=NOON)
    log += desk.sign_in("a2", teams=["tickets"], role="agent", checks={"phone": False}, now=NOON)
    sure: dict[str, Any] = {"teams": ["tickets"], "role": "agent", "checks": {"phone": True}}
    log += desk.sign_in("Öre-7", until=NOON + 5 * DAY, at_once=3, now=NOON, **sure)
    log += desk.sign_in("a2", pay=4_000, now=NOON, **sure)
    log += desk.submit(full, now=NOON)
    log += desk.promise("A1", now=NOON)
    log += desk.submit(full, now=NOON)
    log += desk.submit(replace(full, id="A2", channel="phone"), now=NOON + HOUR)
    log += desk.submit(
        Request("B1", Client(account="b"), bookings=(Booking("K1", departs_at=NOON + 2 * DAY),)), now=NOON + HOUR
    )
    log += desk.submit(Request("C1", Client(account="c")), now=NOON + HOUR)
    log += desk.update(booking="KC-77", cancelled=False, now=NOON + 2 * HOUR)
    log += desk.update(service="OK 77 2020-03-29", departs_at=NOON + 9 * HOUR, now=NOON + 2 * HOUR)
    log += desk.update(ticket="C1", cancelled=True, now=NOON + 2 * HOUR)
    log += desk.correct("C1", kind="refund", attributes={"vip": True, "level": 1.5}, agent="a2", now=NOON + 2 * HOUR)
    log += desk.note("C1", status="waits", done="called\ntwice", next="–> call again", now=NOON + 2 * HOUR)
    log += desk.update_client("account:c", stage="new", zone="Europe/Prague", now=NOON + 2 * HOUR)
    log += desk.submit(Request("C0", Client(email="c@example.com"), kind="visa"), now=NOON + 2 * HOUR)
    log += desk.submit(Request("C2", Client(account="c", email="c@example.com"), kind="seat"), now=NOON + 2 * HOUR)
    log += desk.take("Öre-7", now=NOON + 3 * HOUR)
    log += desk.ask_client("A1", now=NOON + 3 * HOUR)
    log += desk.client_answered("A1", now=NOON + 4 * HOUR)
    log += desk.take("Öre-7", now=NOON + 4 * HOUR)
    log += desk.hand_back("A1", note="lunch", now=NOON + 5 * HOUR)
    log += desk.take("a2", now=NOON + 5 * HOUR)
    log += desk.reply("A1", note="done", now=NOON + 5 * HOUR)
    log += desk.resolve("A1", now=NOON + 6 * HOUR)
    log += desk.reopen("A1", now=NOON + 7 * HOUR)
    log += desk.park("C1", until=NOON + 8 * HOUR, now=NOON + 7 * HOUR)
    log += desk.advance(now=NOON + 2 * DAY)
    info, bookings = Client(email="info@example.com"), (Booking("K9"),)
    log += desk.submit(Request("D1", replace(info, name="Ivan Testov"), bookings=bookings), now=NOON + 2 * DAY)
    log += desk.submit(Request("D2", info, bookings=bookings), now=NOON + 2 * DAY)
    log += desk.submit(Request("D3", replace(info, name="Ivan Testov")), now=NOON + 2 * DAY)
    log += desk.transfer("B1", to="tickets", grounds="asked for", addressee="a2", now=NOON + 2 * DAY)
    log += desk.merge("B1", "D1", now=NOON + 2 * DAY)
    log += desk.unmerge("D3", other_client=True, now=NOON + 2 * DAY)
    log += desk.mark_shared("email:info@example.com", now=NOON + 2 * DAY)
    first = desk.policy
    log += desk.adopt(replace(first, name="calm", lanes=first.lanes[1:]), now=NOON + 2 * DAY)
    log += desk.adopt(first, now=NOON + 2 * DAY)
    log += desk.withdraw("C1", now=NOON + 2 * DAY)
    log += desk.confirm("C2", "voucher", by="partner", agent="a2", now=NOON + 2 * DAY)
    log += desk.confirm("C2", "checked", by="partner", right=False, now=NOON + 3 * DAY)
    for _ in range(2):
        log += desk.submit(Request("N1", origin="system", kind="notice", bookings=Booking("K7")), now=NOON + 3 * DAY)
    log += desk.take("a2", ticket="C0", now=NOON + 3 * DAY)
    log += desk.reply("C0", now=NOON + 3 * DAY)
    log += desk.ask_client("C0", now=NOON + 3 * DAY)
    log += desk.advance(now=NOON + 200 * DAY)
    return desk, log


def test_every_class_of_event_writes_its_name_and_reads_back_equal() -> None:
    _, log = eventful_day()
    assert {type(event) for event in log} == set(get_args(Event))
    for event in log:
        text = to_json(event)
        assert "\n" not in text
        assert text.startswith(f'{{"event":"{type(event).__name__}","at":"')
        assert event_from_json(text) == event
        assert event_from_json(to_data(event)) == event


def test_events_read_from_json_rebuild_the_desk() -> None:
    desk, log = eventful_day()
    again = Desk.from_log(desk.policy, [event_from_json(to_json(event)) for event in log])
    assert again == desk


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"event": "Exploded", "at": "2020-03-20T12:00:00Z"}', "event"),
        ('{"at": "2020-03-20T12:00:00Z"}', "event"),
        ('{"event": "Withdrawn", "at": "2020-03-20T12:00:00Z"}', "ticket_id"),
        ('{"event": "Withdrawn", "at": "2020-03-20T12:00:00", "ticket_id": "A1"}', "at"),
        ('{"event": "Withdrawn", "at": "2020-03-20T12:00:00Z", "ticket_id": "A1", "by": "x"}', "by"),
    ],
)
def test_a_damaged_event_is_refused_naming_the_field(text: str, field: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        event_from_json(text)
    assert refusal.value.field == field


def test_G6_a_snapshot_round_trips_at_every_step_of_a_day() -> None:
    desk, log = eventful_day()
    for length in range(len(log) + 1):
        then = Desk.from_log(desk.policy, log[:length])
        text = canonical_json(then.snapshot())
        again = Desk.from_snapshot(snapshot_from_json(text))
        assert again == then
        assert canonical_json(again.snapshot()) == text


def test_G6_equal_desks_have_equal_json_and_its_keys_are_sorted() -> None:
    desk, log = eventful_day()
    text = canonical_json(desk.snapshot())
    assert text == canonical_json(Desk.from_log(desk.policy, log).snapshot())
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


# ---------------------------------------------------------------------------------------------------------- commands

ARGUMENTS: Mapping[str, dict[str, object]] = {
    "submit": {"request": LEAST},
    "submit_many": {"requests": [LEAST, FULL]},
    "update": {"service": "OK77", "departs_at": AT, "cancelled": False},
    "update_client": {"client": "account:17", "stage": "regular", "manager": "m", "curator": "c", "zone": "Europe/Prague"},
    "correct": {"ticket": "A1", "kind": "refund", "attributes": {"vip": True, "level": 1.5, "none": None}, "agent": "a1"},
    "note": {"ticket": "A1", "status": "waits", "done": "called", "next": "call again", "agent": None},
    "confirm": {"ticket": "A1", "step": "voucher", "by": "partner", "agent": "a1", "right": False},
    "sign_in": {"agent": "a1", "teams": ["office"], "skills": [], "until": "2020-03-21T12:00:00Z", "at_once": 2}
    | {"role": "assistant", "checks": {"phone": True}, "pay": 4_000},
    "sign_out": {"agent": "a1"},
    "take": {"agent": "a1", "ticket": "A1"},
    "reply": {"ticket": "A1", "agent": "a1", "note": "x"},
    "reply_all": {"service": "OK77", "agent": "a1", "note": "x"},
    "transfer": {"ticket": "A1", "to": "office", "grounds": "asked for", "agent": "a1", "addressee": "a2"},
    "escalate": {"ticket": "A1", "grounds": "too hard", "agent": None},
    "ask_client": {"ticket": "A1"},
    "client_answered": {"ticket": "A1"},
    "hand_back": {"ticket": "A1", "note": None},
    "resolve": {"ticket": "A1"},
    "reopen": {"ticket": "A1"},
    "withdraw": {"ticket": "A1"},
    "park": {"ticket": "A1", "until": "2020-03-21T12:00:00Z"},
    "merge": {"ticket": "A1", "other": "B1"},
    "unmerge": {"request": "B1", "other_client": True},
    "mark_shared": {"identifier": "email:info@example.com"},
    "adopt": {"policy": {"lanes": [{"name": "front", "when": {"departs_within": 86_400}}, {"name": "all"}]}},
    "plan": {"staffing": {"shifts": []}},
    "count_agents": {"agents": 38},
    "promise": {"ticket": "A1"},
    "advance": {},
    "waiting": {"limit": 5, "lane": "imminent"},
    "position": {"ticket": "A1"},
    "explain": {"ticket": "A1"},
    "clocks": {"ticket": "A1"},
    "handover": {"agent": "a1", "team": "office"},
    "ticket": {"ticket": "A1"},
    "client_of": {"request": "A1"},
    "suspects": {"limit": 5},
    "estimate": {"ticket": "A1"},
    "advise": {"request": LEAST},
    "calibration": {},
    "promises_worsened": {"by": 14_400},
    "counter": {},
    "next_wakeup": {},
}


@pytest.mark.parametrize("do", COMMANDS + QUERIES)
def test_a_command_holds_the_arguments_of_the_method_it_names(do: str) -> None:
    command = command_from_json({"at": AT, "do": do, **ARGUMENTS[do]})
    assert (command.at, command.do) == (NOON, do)
    if do != "next_wakeup":
        signature(getattr(Desk, do)).bind(None, **command.arguments, now=command.at)
    again = command_from_json(to_json(command))
    assert again == command


def test_arguments_are_values_of_the_desk() -> None:
    command = command_from_json({"at": AT, "do": "submit_many", "requests": [LEAST]})
    assert command == Command(NOON, "submit_many", {"requests": (request_from_json(LEAST),)})


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"do": "advance"}, "at"),
        ({"at": "2020-03-20T12:00:00", "do": "advance"}, "at"),
        ({"at": "noon", "do": "advance"}, "at"),
        ({"at": 5, "do": "advance"}, "at"),
        ({"at": None, "do": "advance"}, "at"),
        ({"at": "1600-01-01T00:00:00Z", "do": "advance"}, "at"),
        ({"at": AT}, "do"),
        ({"at": AT, "do": "explode"}, "do"),
        ({"at": AT, "do": None}, "do"),
        ({"at": AT, "do": ["take"]}, "do"),
        ({"at": AT, "do": "take"}, "agent"),
        ({"at": AT, "do": "take", "agent": 7}, "agent"),
        ({"at": AT, "do": "take", "agent": None}, "agent"),
        ({"at": AT, "do": "take", "agent": "a1", "team": "A1"}, "team"),
        ({"at": AT, "do": "waiting", "limit": "5"}, "limit"),
        ({"at": AT, "do": "waiting", "limit": True}, "limit"),
        ({"at": AT, "do": "park", "ticket": "A1", "until": 5}, "until"),
        ({"at": AT, "do": "note", "ticket": "A1", "status": "open", "done": "called"}, "next"),
        ({"at": AT, "do": "correct", "ticket": "A1", "attributes": ["vip"]}, "attributes"),
        ({"at": AT, "do": "submit"}, "request"),
        ({"at": AT, "do": "submit", "request": "A1"}, "request"),
        ({"at": AT, "do": "submit_many", "requests": {}}, "requests"),
        ({"at": AT, "do": "submit", "request": {**LEAST, "priority": 1}}, "request.priority"),
        ({"at": AT, "do": "submit_many", "requests": [{**LEAST, "client": {"x": "y"}}]}, "requests[0].client.x"),
        # Two faults in one line: the unknown field stops it, whatever stands before it.
        ({"at": AT, "do": "submit", "request": {"id": "", "client": {"email": 5}, "priority": 1}}, "request.priority"),
    ],
)
def test_what_has_not_the_shape_of_a_command_is_malformed(line: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        command_from_json(line)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("do", "arguments", "field"),
    [
        ("submit", {"request": {"id": "A1", "client": {}}}, "client"),
        ("submit", {"request": {"id": "", "client": {"phone": "1"}}}, "id"),
        ("submit", {"request": {"client": {"phone": "1"}}}, "id"),
        ("submit", {"request": {**LEAST, "received_at": "2020-03-20T12:00:00"}}, "received_at"),
        ("submit", {"request": {**LEAST, "attributes": {"at": [1]}}}, "attributes.at"),
        ("submit", {"request": {**LEAST, "bookings": [{"reference": "K", "departs_at": "soon"}]}}, "bookings[0].departs_at"),
        ("submit_many", {"requests": [LEAST, {"id": "A2"}]}, "requests[1].client"),
        ("park", {"ticket": "A1", "until": "2020-03-21T12:00:00"}, "until"),
        ("park", {"ticket": "A1", "until": "tomorrow"}, "until"),
        ("update", {"service": "OK77", "departs_at": "2020-13-01T00:00:00Z"}, "departs_at"),
        ("plan", {"staffing": {"shifts": [], "show_up": 3}}, "staffing.show_up"),
        ("correct", {"ticket": "A1", "attributes": {"vip": [1]}}, "attributes.vip"),
        ("submit", {"request": {"id": "A1", "origin": "robot"}}, "origin"),
        ("submit", {"request": {**LEAST, "claims": {"stage": "new"}}}, "claims.stage"),
    ],
)
def test_an_argument_that_cannot_be_meant_leaves_instant_and_name_of_the_command(
    do: str, arguments: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        command_from_json({"at": AT, "do": do, **arguments})
    assert (refusal.value.field, refusal.value.at, refusal.value.do) == (field, NOON, do)


# ------------------------------------------------------------------------------------------------------- JSON Schema


@pytest.mark.parametrize("form", FORMS)
def test_a_json_schema_forbids_unknown_fields_everywhere(
    form: Literal["request", "policy", "staffing", "command", "event"],
) -> None:
    described = json_schema(form)
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    json.dumps(described)

    def check(part: object) -> None:
        if isinstance(part, dict):
            if "properties" in part:
                assert part["additionalProperties"] is False
            for inner in part.values():
                check(inner)
        elif isinstance(part, list):
            for inner in part:
                check(inner)

    check(described)


def test_the_json_schema_of_a_request_names_its_fields() -> None:
    described = json_schema("request")
    assert list(described["properties"]) == [field.name for field in fields(Request)]
    assert described["required"] == ["id"]
    assert described["title"] == "Request"
    assert described["$defs"]["Booking"]["properties"]["departs_at"]["anyOf"][0] == {"type": "string", "format": "date-time"}


def test_the_json_schemas_of_commands_and_events_list_all_of_them() -> None:
    assert set(json_schema("command")["discriminator"]["mapping"]) == set(COMMANDS + QUERIES) == set(ARGUMENTS)
    assert set(json_schema("event")["discriminator"]["mapping"]) == {kind.__name__ for kind in get_args(Event)}


def test_the_json_schema_of_a_policy_describes_each_condition() -> None:
    forms = json_schema("policy")["$defs"]["Condition"]["oneOf"]
    keys = {next(iter(form["properties"])) for form in forms}
    assert keys == {key for _, data in CONDITIONS for key in data} | {"any"}
    assert all(form["description"] for form in forms)
