"""`supportq rank`: the order at an instant, with the reason for each place and when time will move it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Said, json_lines, supportq, written

NOON = "2020-03-20T12:00:00Z"
COLUMNS = ["position", "id", "lane", "reason", "next_change"]


def row(name: str, client: str, departs_at: str | None = None, **fields: Any) -> dict[str, Any]:
    bookings = [{"reference": f"B-{client}", "departs_at": departs_at}]
    return {"id": name, "client": {"email": f"{client}@example.com"}, "kind": "refund", "bookings": bookings, **fields}


FILE = [
    row("late", "ann", "2020-03-29T12:00:00Z", received_at="2020-03-20T11:00:00Z"),
    row("flies", "bob", "2020-03-20T18:00:00Z", received_at="2020-03-20T10:00:00Z"),
    row("early", "cyd", "2020-04-01T12:00:00Z", received_at="2020-03-19T11:00:00Z"),
    row("again", "ann", received_at="2020-03-20T11:30:00Z", channel="phone"),
    row("off", "dan", received_at="2020-03-20T09:00:00Z", bookings=[
        {"reference": "K", "departs_at": "2020-03-20T19:00:00Z", "cancelled": True}]),
    row("flown", "eve", "2020-03-20T08:00:00Z", received_at="2020-03-20T07:00:00Z"),
    row("future", "fay", received_at="2020-03-20T12:00:01Z"),
    row("now", "gil", bookings=[]),
]  # fmt: skip


def rank(rows: list[dict[str, Any]], *options: object, form: str = "jsonl", at: str = NOON) -> Said:
    return supportq("rank", "-", "--at", at, "--format", form, *options, stdin=json_lines(rows))


def test_what_needs_no_answer_is_no_row_and_is_counted(tmp_path: Path) -> None:
    """L1."""
    policy = {"lanes": [{"name": "all"}], "filings": [{"name": "notices", "when": {"kind": ["notice"]}}]}
    rows = [row("mail", "ann", kind="notice"), row("real", "bob")]
    said = rank(rows, "--policy", written(tmp_path / "policy.json", json.dumps(policy)))
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["real"]
    assert "filed: 1 that need no answer" in said.err


def test_the_order_with_reasons_and_next_changes() -> None:
    said = rank(FILE)
    assert said.status == 0
    assert [(place["position"], place["id"], place["lane"], place["next_change"]) for place in said.lines] == [
        (1, "flies", "imminent", "2020-03-20T18:00:00Z"),
        (2, "early", "standard", "2020-03-31T12:00:00Z"),
        (3, "flown", "standard", None),
        (4, "off", "standard", None),
        (5, "late", "standard", "2020-03-28T12:00:00Z"),
        (6, "now", "standard", None),
    ]
    assert [place["reason"] for place in said.lines] == [
        "departs within 24 h and not cancelled; departs 2020-03-20T18:00:00Z",
        "takes everyone; departs 2020-04-01T12:00:00Z",
        "takes everyone; departed 2020-03-20T08:00:00Z",
        "takes everyone; departs 2020-03-20T19:00:00Z, cancelled",
        "takes everyone; departs 2020-03-29T12:00:00Z; joined by again",
        "takes everyone",
    ]


@pytest.mark.parametrize(
    ("repeats", "told"),
    [
        (1, "joined by A1"),
        (3, "joined by A1, A2, A3"),
        (10, "joined by A1, A2, A3, A4, A5, A6, A7, A8, A9, A10"),
        (1_300, "joined by A1, A2, A3, A4, A5, A6, A7, A8, A9, A10 and 1,290 more"),
    ],
)
def test_rows_that_joined_stand_in_the_reason_of_their_ticket_at_most_ten_of_them(repeats: int, told: str) -> None:
    [place] = rank([row(f"A{number}", "ann", bookings=[{"reference": "K"}]) for number in range(repeats + 1)]).lines
    assert (place["id"], place["reason"]) == ("A0", f"takes everyone; {told}")


def test_an_edit_of_a_request_is_no_other_request() -> None:
    [place] = rank([row("A1", "ann", text="refund me"), row("A1", "ann", text="refund me, please")]).lines
    assert place["reason"] == "takes everyone"


def test_a_ticket_is_named_after_the_request_that_came_first_whatever_the_order_of_the_file() -> None:
    backwards = rank(FILE[::-1])
    assert backwards.lines == rank(FILE).lines


def test_later_rows_are_left_out_and_counted() -> None:
    said = rank(FILE)
    assert said.complaint == f"left out: 1 received after {NOON}"
    assert [place["id"] for place in rank(FILE, at="2020-03-20T12:00:01Z").lines][-2:] == ["future", "now"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "table"])
def test_every_format_has_the_named_columns_and_no_other(form: str) -> None:
    said = rank(FILE, form=form)
    match form:
        case "csv":
            rows = list(csv.reader(io.StringIO(said.out)))
            assert rows[0] == COLUMNS
            assert rows[5][:3] == ["5", "late", "standard"]
            assert rows[5][4:] == ["2020-03-28T12:00:00Z"]
            assert rows[6][4:] == [""]
        case "jsonl":
            assert all(list(line) == COLUMNS for line in said.lines)
        case "table":
            header, *rest = said.out.splitlines()
            assert header.split() == COLUMNS
            assert rest[0].split()[:3] == ["1", "flies", "imminent"]
            assert len({line.index("takes everyone") for line in rest[1:]}) == 1


def test_table_is_the_default_and_a_file_without_requests_has_no_rows(tmp_path: Path) -> None:
    for file in (written(tmp_path / "a.jsonl", ""), written(tmp_path / "a.csv", "id,client.email\n")):
        said = supportq("rank", file, "--at", NOON)
        assert (said.status, said.out.split(), said.err) == (0, COLUMNS, "")


def test_one_bad_row_is_counted_as_one() -> None:
    said = rank([row("", "x")])
    assert (said.status, said.err.splitlines()[-1]) == (2, "skipped: 1 bad row, named above")


def test_bad_rows_are_skipped_and_named_and_the_status_is_2(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    bad = [
        row("", "x"),
        row("naive", "y", received_at="2020-03-20T12:00:00"),
        {**row("odd", "z"), "priority": 1},
        row("flies", "mallory"),
        row("good", "zed"),
    ]
    said = supportq("rank", written(path, json_lines(FILE[:2] + bad)), "--at", NOON, "--format", "jsonl")
    assert said.status == 2
    assert [place["id"] for place in said.lines] == ["flies", "late", "good"]
    *complaints, total = said.err.splitlines()
    assert [complaint.partition(": row skipped")[0].split(": ")[:3] for complaint in complaints] == [
        [str(path), "line 3", "id"],
        [str(path), "line 4", "received_at"],
        [str(path), "line 5", "priority"],
        [str(path), "line 6", "id"],
    ]
    assert "give each request an id of its own" in complaints[3]
    assert total == "skipped: 4 bad rows, named above"


def test_another_policy_and_its_conditions_in_words(tmp_path: Path) -> None:
    phone = {"missed_call": True}
    lanes = [
        {"name": "a", "when": {"any": [{"kind": ["emergency", "loss"]}, {"all": [phone, {"channel": ["phone"]}]}]}},
        {"name": "b", "when": {"all": [{"party_of": 6}, {"any": [{"departs_within": 5400}, {"departed": True}]}]}},
        {"name": "c", "when": {"not": {"any": [{"has_booking": True}, {"waited": 90}]}}},
        {"name": "d", "when": {"all": [{"addressed_to": ["Marta", "Petr"]}, {"attribute": {"name": "vip", "value": "yes"}}]}},
        {"name": "e", "when": {"addressed_to": []}},
        {"name": "h", "when": {"all": [{"line_begins": "z-"}, {"by_voice": True}, {"urgent": True}]}},
        {"name": "i", "when": {"all": [{"rooms_of": 6}, {"made_in": ["hotels", "market"]}, {"origin": ["agent"]}]}},
        {"name": "j", "when": {"all": [{"stage": ["new"]}, {"named": "manager"}]}},
        {"name": "f", "when": {"within_hours": {"openings": [{"start": "11:00", "end": "13:00"}], "zone": "UTC"}}},
        {"name": "g"},
    ]  # fmt: skip
    policy = written(tmp_path / "policy.json", json.dumps({"lanes": lanes}))
    old = {"received_at": "2020-03-20T11:00:00Z"}
    rows = [
        row("1", "a", kind="loss"),
        row("2", "b", bookings=[{"reference": "K", "party_size": 7, "departs_at": "2020-03-20T13:00:00Z"}]),
        row("3", "c", bookings=[]),
        row("4", "d", addressed_to="Marta", attributes={"vip": "yes"}),
        row("5", "e", addressed_to="Eva"),
        row("7", "h", line="z-1", by_voice=True, urgent=True),
        row("8", "i", bookings=[{"reference": "L", "rooms": 6, "system": "market"}], origin="agent"),
        {**row("9", "j"), "client": {"email": "j@example.com", "stage": "new", "manager": "Marta"}},
        row("6", "f", bookings=[], **old),
    ]
    said = rank(rows, "--policy", policy)
    assert [place["reason"].partition(";")[0] for place in said.lines] == [
        "kind emergency/loss or (a missed call and channel phone)",
        "party of 6 or more and (departs within 90 min or departed)",
        "not (has a booking or has waited 90 s)",
        'addressed to Marta/Petr and vip is "yes"',
        "addressed to somebody",
        "line z-... and by voice and urgent",
        "6 rooms or more and made in hotels/market and from agent",
        "stage new and has a manager",
        "within hours",
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-"], "--at"),
        (["-", "--at", "noon"], "'noon' is no instant; write it like 2020-03-20T12:00:00Z"),
        (["-", "--at", "2020-03-20T12:00:00"], "has no time zone"),
        (["-", "--at", NOON, "--format", "xml"], "xml"),
        (["-", "--at", NOON, "--policy", "nosuch"], "the presets are crisis-air-desk"),
        (["-", "--at", NOON, "--lane", "x"], "--lane"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments: list[str], problem: str) -> None:
    said = supportq("rank", *arguments)
    assert (said.status, said.out) == (2, "")
    assert said.complaint.startswith("supportq rank: ")
    assert problem in said.complaint


def test_ids_stay_as_they_are_in_csv() -> None:
    odd = ["=1+1", 'a,"b"', "Ž 1", "-5"]
    said = rank([row(name, f"c{number}") for number, name in enumerate(odd)], form="csv")
    assert sorted(cells[1] for cells in list(csv.reader(io.StringIO(said.out)))[1:]) == sorted(odd)
