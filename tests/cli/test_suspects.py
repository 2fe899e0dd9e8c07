"""`supportq suspects`: pairs to look at, and rows for offline linkage."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import supportq, written

AT = ("--at", "2020-03-20T12:00:00Z")
ROWS = (
    (
        '{"id":"A1","received_at":"2020-03-20T08:00:00Z","channel":"email","kind":"refund",'
        '"client":{"email":"ann@example.com","name":"Ann Novak"},"bookings":[{"reference":"KC77"}]}'
    ),
    (
        '{"id":"A2","received_at":"2020-03-20T09:00:00Z","channel":"email","kind":"baggage",'
        '"client":{"email":"ann@example.com"},"claims":{"phone":"+420 601 000 123"},"bookings":[{"reference":"KC77"}]}'
    ),
    (
        '{"id":"B1","received_at":"2020-03-20T10:00:00Z","channel":"telegram","kind":"refund",'
        '"client":{"messenger":"telegram:5","name":"Bob Novak"},"bookings":[{"reference":"kc-77"}]}'
    ),
)


def given(tmp_path: Path, *rows: str) -> Path:
    return written(tmp_path / "requests.jsonl", "".join(f"{row}\n" for row in rows))


def test_every_pair_says_what_both_have_in_common(tmp_path: Path) -> None:
    said = supportq("suspects", given(tmp_path, *ROWS), *AT, "--format", "jsonl")
    assert (said.status, said.err) == (0, "")
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {"ticket": "B1", "suspect": "A2", "same_client": False, "evidence": "same booking kc-77 / KC77"},
        {"ticket": "B1", "suspect": "A1", "same_client": False, "evidence": "same booking kc-77 / KC77; same kind refund"},
        {"ticket": "A2", "suspect": "A1", "same_client": True, "evidence": "same client client-1; same booking KC77"},
    ]


def test_the_table_has_a_head_and_a_row_for_each_pair(tmp_path: Path) -> None:
    said = supportq("suspects", given(tmp_path, *ROWS), *AT)
    head, *rows = said.out.splitlines()
    assert head.split() == ["ticket", "suspect", "same_client", "evidence"]
    assert len(rows) == 3


def test_linkage_gives_every_request_in_compared_form(tmp_path: Path) -> None:
    said = supportq("suspects", given(tmp_path, *ROWS), *AT, "--linkage", "--format", "csv")
    head, first, second, third = said.out.splitlines()
    assert head == "request,ticket,client,received_at,channel,kind,proven,claimed,name,bookings"
    assert first == "A1,A1,client-1,2020-03-20T08:00:00Z,email,refund,email:ann@example.com,,an novak,KC77"
    # What is typed in without a name beside a proven address counts for nothing.
    assert second == "A2,A2,client-1,2020-03-20T09:00:00Z,email,baggage,email:ann@example.com,,,KC77"
    assert third.startswith("B1,B1,client-3,")


def test_bad_rows_are_skipped_and_named(tmp_path: Path) -> None:
    said = supportq("suspects", given(tmp_path, '{"id": "X"}', *ROWS), *AT)
    assert said.status == 2
    assert "line 1: client: names nobody" in said.err
    assert len(said.out.splitlines()) == 4
