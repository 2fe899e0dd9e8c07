"""Request files: CSV with dotted columns and JSON Lines mean the same, bad rows are named, bad files are one line."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from command_line import json_lines, supportq, written

from supportq import Client, InvalidValue, Request
from supportq.cli._files import COLUMNS, InputError, Row, read_requests
from supportq.schema import request_from_json

AT = "2020-03-20T12:00:00Z"

FULL = {
    "id": "A1",
    "received_at": "2020-03-20T11:00:00Z",
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
            "service": "OK77",
            "departs_at": "2020-03-29T08:00:00Z",
            "cancelled": True,
            "party_size": 9,
            "rooms": 6,
            "voucher": "V-1",
            "system": "market",
        }
    ],
    "text": 'Two lines,\n"quoted"',
    "language": "cs",
    "attachments": ["ticket.pdf", "pass port.jpg"],
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
    "attributes": {"vip": True, "agency": "Žlutá", "rooms": "6", "group": False},
}
CELLS = {
    "id": "A1",
    "received_at": "2020-03-20T11:00:00Z",
    "channel": "email",
    "kind": "refund",
    "client.account": "17",
    "client.email": "ann@example.com",
    "client.phone": "+420601000123",
    "client.messenger": "telegram:4711",
    "client.name": "Ann",
    "client.stage": "regular",
    "client.manager": "Marta",
    "client.curator": "Petr",
    "claims.account": "18",
    "claims.email": "a@example.com",
    "claims.phone": "601000123",
    "claims.messenger": "line:1",
    "claims.name": "Anna",
    "guest.account": "19",
    "guest.email": "g@example.com",
    "guest.phone": "601000124",
    "guest.messenger": "line:2",
    "guest.name": "Bob",
    "booking.reference": "KC-77",
    "booking.service": "OK77",
    "booking.departs_at": "2020-03-29T08:00:00Z",
    "booking.cancelled": "true",
    "booking.party_size": "9",
    "booking.rooms": "6",
    "booking.voucher": "V-1",
    "booking.system": "market",
    "text": 'Two lines,\n"quoted"',
    "language": "cs",
    "attachments": "ticket.pdf; pass port.jpg",
    "missed_call": "1",
    "by_voice": "true",
    "line": "z-office",
    "urgent": "TRUE",
    "origin": "agent",
    "in_reply_to": "A0",
    "addressed_to": "Marta",
    "zone": "Europe/Prague",
    "reply_by": "2020-03-21T12:00:00Z",
    "attributes.vip": "true",
    "attributes.agency": "Žlutá",
    "attributes.rooms": "6",
    "attributes.group": "false",
}


def as_csv(*rows: dict[str, str], line_end: str = "\n") -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(path: Path, text: str | bytes) -> list[Row]:
    return list(read_requests(str(written(path, text))))


def test_csv_columns_and_json_fields_mean_the_same(tmp_path: Path) -> None:
    assert set(CELLS) - {name for name in CELLS if name.startswith("attributes.")} == set(COLUMNS)
    expected = request_from_json(FULL)
    assert read(tmp_path / "a.csv", as_csv(CELLS)) == [(2, expected)]
    assert read(tmp_path / "a.jsonl", json.dumps(FULL)) == [(1, expected)]


def test_an_empty_cell_is_an_absent_field(tmp_path: Path) -> None:
    empty = {**dict.fromkeys(CELLS, ""), "id": "A2", "client.phone": "+420601000123"}
    rows = read(tmp_path / "a.csv", as_csv(CELLS, empty))
    assert rows[1] == (4, Request("A2", Client(phone="+420601000123")))


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("TRUE", True), ("1", True), ("false", False), ("0", False)])
def test_truth_values_of_csv(cell: str, value: bool, tmp_path: Path) -> None:
    [(_, request)] = read(tmp_path / "a.csv", as_csv({**CELLS, "booking.cancelled": cell}))
    assert isinstance(request, Request)
    assert request.bookings[0].cancelled is value


def test_rows_are_numbered_by_the_line_they_begin_on(tmp_path: Path) -> None:
    lines = ["id,client.phone,text", "", 'A1,1,"one', 'two"', "A2,2,x", "", "A3,3,y"]
    for line_end in ("\n", "\r\n"):
        rows = read(tmp_path / "a.csv", line_end.join(lines))
        assert [(number, request.id) for number, request in rows if isinstance(request, Request)] == [
            (3, "A1"),
            (5, "A2"),
            (7, "A3"),
        ]
    rows = read(tmp_path / "a.jsonl", f"\n{json.dumps(FULL)}\n\n{{\n")
    assert [number for number, _ in rows] == [2, 4]


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz", "a.txt", "a", "a.gz"])
def test_csv_is_told_by_suffix_or_first_character(name: str, tmp_path: Path) -> None:
    text = ("\ufeff" + as_csv(CELLS)).encode()
    rows = read(tmp_path / name, gzip.compress(text) if name.endswith(".gz") else text)
    assert rows == [(2, request_from_json(FULL))]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz", "a.txt", "a", "a.gz"])
def test_json_lines_are_told_by_suffix_or_first_character(name: str, tmp_path: Path) -> None:
    text = f"\ufeff\n  {json.dumps(FULL)}\n".encode()
    rows = read(tmp_path / name, gzip.compress(text) if name.endswith(".gz") else text)
    assert rows == [(2, request_from_json(FULL))]


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"id": ""}, "id", "is missing"),
        ({"client.email": "", "client.account": "", "client.phone": "", "client.messenger": "",
          "claims.email": "", "claims.account": "", "claims.phone": "", "claims.messenger": "", "origin": ""},
         "client", "names nobody"),
        ({"received_at": "2020-03-20 12:00"}, "received_at", "no time zone"),
        ({"received_at": "20.3.2020"}, "received_at", "is no instant"),
        ({"booking.reference": ""}, "booking.reference", "is missing"),
        ({"booking.departs_at": "soon"}, "booking.departs_at", "is no instant"),
        ({"booking.cancelled": "yes"}, "booking.cancelled", "must be true or false, not 'yes'"),
        ({"booking.party_size": "nine"}, "booking.party_size", "must be a whole number, not 'nine'"),
        ({"booking.party_size": "-1"}, "booking.party_size", "must be a whole number"),
        ({"booking.party_size": "0"}, "booking.party_size", "from 1 to"),
        ({"missed_call": "maybe"}, "missed_call", "must be true or false"),
        ({"urgent": "very"}, "urgent", "must be true or false"),
        ({"booking.rooms": "six"}, "booking.rooms", "must be a whole number, not 'six'"),
        ({"origin": "robot"}, "origin", "must be one of 'client', 'agent' or 'system'"),
        ({"claims.messenger": "4711"}, "claims.messenger", "network:id"),
        ({"text": "x" * 2_000_000}, "text", "shorten it to 1,000,000"),
        ({"text": "\u0007"}, "text", "control character"),
        ({"kind": " refund"}, "kind", "begin or end with a blank"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_by_column_and_the_others_are_read(
    change: dict[str, str], field: str, remedy: str, tmp_path: Path
) -> None:
    rows = read(tmp_path / "a.csv", as_csv({**CELLS, "text": ""}, {**CELLS, "text": "", **change}, {**CELLS, "id": "A3"}))
    assert [number for number, _ in rows] == [2, 3, 4]
    assert isinstance(rows[0][1], Request)
    assert isinstance(rows[2][1], Request)
    wrong = rows[1][1]
    assert isinstance(wrong, InvalidValue)
    assert wrong.field == field
    assert remedy in wrong.problem


def test_a_row_with_cells_too_many_or_too_few_is_bad(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", "id,client.phone\nA1,1,2\nA2\nA3,3\n")
    assert [type(request) for _, request in rows] == [InvalidValue, InvalidValue, Request]
    assert str(rows[0][1]) == "row: has 3 cells for 2 columns; quote cells that hold commas"


def test_a_row_that_is_not_utf8_is_bad_and_the_others_are_read(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", b"id,client.phone,client.name\nA1,1,Ann\nA2,2,\xc1na\nA3,3,\xc3\xa1\n")
    assert [type(request) for _, request in rows] == [Request, InvalidValue, Request]
    assert "client.name: " in str(rows[1][1])


def test_json_rows_with_unknown_fields_are_bad_rows(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.jsonl", json_lines([{**FULL, "priority": 1}, FULL, {"id": 5}, []]))
    assert [type(request).__name__ for _, request in rows] == ["Malformed", "Request", "InvalidValue", "Malformed"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,client.phone,priority\nA1,1,2\n", "line 1: 'priority' is no column"),
        ("\nid,client.fax\n", "line 2: 'client.fax' is no column"),
        ("id,id,client.phone\n", "line 1: column 'id' is there twice"),
        ("client.phone,kind\n1,refund\n", "line 1: has no column id"),
        ("id,attributes.\nA1,x\n", "line 1: 'attributes.' is no column"),
        ('id,"client.phone"x\nA1,1\n', "line 1: row: "),
        ('\nid,"client.phone\nA1,1\n', "line 2: row: a quote is opened here and never closed"),
        ("id;client.phone\nA1;1\n", "line 1: the header is one cell, 'id;client.phone'; separate the cells by commas"),
        ("id\tclient.phone\nA1\t1\n", "line 1: the header is one cell, "),
        ("", "is empty; begin it with a header line that names the columns"),
        ("\n\n,,\n", "is empty; begin it with a header line"),
        (json.dumps([FULL]), "is a JSON array; give one object on each line"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_one_clear_line(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        read(tmp_path / "a.csv", text)
    assert str(refusal.value).startswith(f"{tmp_path / 'a.csv'}: {problem}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz", "a"])
def test_a_json_array_is_told_apart_from_json_lines(name: str, tmp_path: Path) -> None:
    text = json.dumps([FULL], indent=2).encode()
    with pytest.raises(InputError, match=r"is a JSON array; give one object on each line$"):
        read(tmp_path / name, gzip.compress(text) if name.endswith(".gz") else text)


@pytest.mark.parametrize("bad", ['A2,"x"@y.z', 'A2,"Ann" <a@b.c>,""', '"A2,\nx"y,2'])
def test_a_badly_quoted_row_is_bad_and_the_others_are_read(bad: str, tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", f"id,client.phone\nA1,1\n{bad}\nA3,3\nA4,4\n")
    assert [type(request) for _, request in rows] == [Request, InvalidValue, Request, Request]
    assert [number for number, _ in rows] == [2, 3, *(4 + bad.count("\n") + more for more in range(2))]
    assert str(rows[1][1]).startswith("row: ")
    assert "put the whole cell in quotes" in str(rows[1][1])


def test_a_quote_that_is_never_closed_takes_the_rest_of_the_file_and_says_so(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", 'id,client.phone\nA1,1\nA2,"2\nA3,3\n')
    assert [(number, type(request)) for number, request in rows] == [(2, Request), (3, InvalidValue)]
    assert str(rows[1][1]) == "row: a quote is opened here and never closed, so the rest of the file is lost; close it"


def test_a_row_of_empty_cells_is_skipped_like_a_blank_line(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", ",\nid,client.phone\n,\nA1,1\n,,,\n")
    assert rows == [(4, Request("A1", Client(phone="1")))]


@pytest.mark.parametrize("text", [as_csv(CELLS), json_lines([FULL])])
@pytest.mark.parametrize("command", [("rank", "-", "--at", AT, "--format", "csv"), ("replay", "-", "--drain", "1")])
def test_standard_input_may_begin_with_a_byte_order_mark_as_files_may(
    command: tuple[str, ...], text: str, tmp_path: Path
) -> None:
    options = ["--out", tmp_path] if command[0] == "replay" else []
    plain, marked = (supportq(*command, *options, stdin=start + text.encode()) for start in (b"", b"\xef\xbb\xbf"))
    assert (plain.status, plain.err) == (0, "")
    assert marked == plain


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2020-W12-5T12:00:00Z", "is no instant; write it like 2020-03-20T12:00:00Z"),
        ("20200320T120000Z", "is no instant"),
        ("2020-03-20", "is no instant"),
        ("2020-03-20T12Z", "is no instant"),
        ("2020-03-20T12:00:00,5Z", "is no instant"),
        ("2020-03-20T12:00Z ", "is no instant"),
        ("2020-02-30T12:00Z", "is no instant"),
        ("2020-03-20T24:00Z", "is no instant"),
        ("2020-03-20T12:00:60Z", "is no instant"),
        ("2020-03-20T12:00:00+25:00", "is no instant"),
        ("2020-03-20T12:00:00.1234567Z", "is finer than a microsecond; give at most six digits after the point"),
        ("2020-03-20T12:00:00.1234567", "is finer than a microsecond"),
        ("2020-03-20T12:00:00.123456", "has no time zone"),
    ],
)
def test_T1_what_is_no_plain_instant_is_refused_alike_in_csv_json_and_commands(text: str, problem: str, tmp_path: Path) -> None:
    [(_, of_csv)] = read(tmp_path / "a.csv", as_csv({**CELLS, "received_at": text}))
    [(_, of_json)] = read(tmp_path / "a.jsonl", json.dumps({**FULL, "received_at": text}))
    assert str(of_csv) == str(of_json)
    assert str(of_csv).startswith(f"received_at: {text!r} {problem}")
    said = supportq("run", stdin=json_lines([{"at": text, "do": "advance"}]))
    assert said.status == 2
    assert f"line 1: at: {text!r} {problem}" in said.complaint


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2020-03-20T12:00Z", "2020-03-20T12:00:00Z"),
        ("2020-03-20T12:00:00.25Z", "2020-03-20T12:00:00.250000Z"),
        ("2020-03-20T12:00:00.000001+01:00", "2020-03-20T11:00:00.000001Z"),
        ("2020-03-20T12:00-0530", "2020-03-20T17:30:00Z"),
        ("2020-03-20 12:00:00+01", "2020-03-20T11:00:00Z"),
    ],
)
def test_forms_of_instants_that_are_read(text: str, same: str, tmp_path: Path) -> None:
    [(_, request)] = read(tmp_path / "a.csv", as_csv({**CELLS, "received_at": text}))
    assert request == request_from_json({**FULL, "received_at": same})


@pytest.mark.parametrize("damaged", [b"no gzip", gzip.compress(as_csv(CELLS).encode(), mtime=0)[:-20], b""])
def test_a_damaged_gzip_file_is_one_clear_line(damaged: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", damaged)
    said = supportq("rank", path, "--at", AT)
    assert said.status == 2
    assert ("is no whole gzip file" if damaged else "is empty; begin it with a header line") in said.complaint


@pytest.mark.parametrize("name", ["nosuch.csv", "."])
def test_a_file_that_is_not_there_is_one_clear_line(name: str) -> None:
    said = supportq("rank", name, "--at", AT)
    assert (said.status, said.out) == (2, "")
    assert said.complaint.startswith(f"supportq rank: {name}: ")
