"""`supportq run`: one closing line for each line, refusals go on, malformed lines stop, the log is the state."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Said, json_lines, supportq, written

from supportq import schema

NOON = "2020-03-20T12:00:00Z"
ONE = "2020-03-20T13:00:00Z"
TWO = "2020-03-20T14:00:00Z"
NEXT_DAY = "2020-03-21T12:00:00Z"
PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "run-from-another-language.md"


def request(name: str, client: str = "ann", **fields: Any) -> dict[str, Any]:
    return {"id": name, "client": {"email": f"{client}@example.com"}, "kind": "refund", **fields}


def flight(reference: str, departs_at: str) -> list[dict[str, Any]]:
    return [{"reference": reference, "departs_at": departs_at}]


def line(at: str, do: str, **arguments: Any) -> dict[str, Any]:
    return {"at": at, "do": do, **arguments}


def submit(at: str, name: str, client: str = "ann", **fields: Any) -> dict[str, Any]:
    return line(at, "submit", request=request(name, client, **fields))


def run(*lines: dict[str, Any], options: tuple[object, ...] = ()) -> Said:
    return supportq("run", *options, stdin=json_lines(lines))


# --------------------------------------------------------------------------------------------- the form of the output


def test_the_story_of_the_readme_told_in_lines() -> None:
    said = run(
        submit(NOON, "A1", bookings=flight("KC77", "2020-03-29T12:00:00Z")),
        submit(ONE, "B1", "bob", bookings=flight("KC81", "2020-03-20T18:00:00Z")),
        line(ONE, "waiting"),
        submit(TWO, "A2", channel="phone", bookings=[{"reference": "kc-77"}]),
        line(TWO, "take", agent="agent-7"),
        line("2020-03-20T15:00:00Z", "reply", ticket="B1"),
        line("2020-03-20T15:00:00Z", "next_wakeup"),
    )
    assert (said.status, said.err) == (0, "")
    assert [event["event"] for event in said.events] == ["Admitted", "Admitted", "Joined", "Taken", "Replied"]
    assert said.events[2]["verdict"] == "DUPLICATE_OF"
    assert said.events[4]["waited"] == 7_200
    assert said.closings == [
        {"done": "submit", "line": 1, "events": 1},
        {"done": "submit", "line": 2, "events": 1},
        {"answer": "waiting", "line": 3, "tickets": ["B1", "A1"]},
        {"done": "submit", "line": 4, "events": 1},
        {"done": "take", "line": 5, "events": 1},
        {"done": "reply", "line": 6, "events": 1},
        {"answer": "next_wakeup", "line": 7, "next_wakeup": "2020-03-28T12:00:00Z"},
    ]


def test_each_line_has_its_events_before_its_one_closing_line() -> None:
    said = run(
        submit(NOON, "A1", bookings=flight("K", "2020-03-22T12:00:00Z")),
        line("2020-03-23T12:00:00Z", "counter"),
        line("2020-03-23T12:00:00Z", "advance"),
    )
    kinds = [entry.get("event") or entry.get("done") or entry.get("answer") for entry in said.lines]
    assert kinds == ["Admitted", "submit", "LaneChanged", "LaneChanged", "counter", "advance"]
    # What fell due did so at its own instant, before the query was answered.
    assert [event["at"] for event in said.events[1:]] == ["2020-03-21T12:00:00Z", "2020-03-22T12:00:00Z"]
    assert said.closings[2] == {"done": "advance", "line": 3, "events": 0}


def test_events_counts_what_fell_due_as_well() -> None:
    said = run(submit(NOON, "A1", bookings=flight("K", "2020-03-22T12:00:00Z")), line(NEXT_DAY, "take", agent="a1"))
    assert said.closings[1] == {"done": "take", "line": 2, "events": 2}


def test_every_command_has_its_line() -> None:
    said = run(
        line(NOON, "plan", staffing={"shifts": [{"start": "00:00", "end": "00:00", "agents": 1}]}),
        line(NOON, "submit_many", requests=[request("A1"), request("B1", "bob"), request("C1", "cyd")]),
        line(NOON, "update", ticket="A1", cancelled=True),
        line(NOON, "update_client", client="email:ann@example.com", stage="regular", curator="eva", zone="UTC"),
        line(NOON, "correct", ticket="A1", kind="cancel", attributes={"vip": True}, agent="a1"),
        line(NOON, "note", ticket="A1", status="waits", done="called", next="call again"),
        line(NOON, "take", agent="a1"),
        line(NOON, "ask_client", ticket="A1"),
        line(NOON, "client_answered", ticket="A1"),
        line(NOON, "take", agent="a1"),
        line(NOON, "hand_back", ticket="A1", agent="a1", note="lunch"),
        line(NOON, "take", agent="a1"),
        line(NOON, "reply", ticket="A1", agent="a1", note=None),
        line(NOON, "resolve", ticket="A1"),
        line(NOON, "reopen", ticket="A1"),
        line(NOON, "withdraw", ticket="A1"),
        line(NOON, "park", ticket="B1", until=ONE),
        line(ONE, "advance"),
        line(ONE, "waiting"),
    )
    assert said.status == 0
    assert [entry.get("refused") for entry in said.closings] == [None] * 19
    assert [entry["events"] for entry in said.closings[:-1]] == [1, 3, *[1] * 16]
    assert said.closings[-1]["tickets"] == ["B1", "C1"]


def test_a_take_with_nothing_to_take_is_done_and_has_no_event() -> None:
    assert run(line(NOON, "take", agent="a1")).lines == [{"done": "take", "line": 1, "events": 0}]


def test_blank_lines_are_counted_and_get_no_closing_line() -> None:
    said = supportq("run", stdin="\n" + json_lines([line(NOON, "counter")]) + "\n   \n" + json_lines([line(NOON, "advance")]))
    assert [entry["line"] for entry in said.closings] == [2, 5]


def test_an_empty_script_is_fine() -> None:
    assert supportq("run", stdin="") == Said(0, "", "")


def test_a_script_may_be_a_file_packed_or_not_or_a_dash(tmp_path: Path) -> None:
    script = json_lines([line(NOON, "advance")])
    plain = written(tmp_path / "script.jsonl", "\ufeff" + script)
    import gzip

    packed = written(tmp_path / "script.jsonl.gz", gzip.compress(script.encode()))
    expected = Said(0, '{"done":"advance","line":1,"events":0}\n', "")
    assert supportq("run", plain) == supportq("run", packed) == supportq("run", "-", stdin=script) == expected
    assert supportq("run", stdin="\ufeff" + script) == expected


# ------------------------------------------------------------------------------------------------------------ answers


def test_the_position_of_a_ticket_waiting_and_not() -> None:
    said = run(
        submit(NOON, "A1"),
        submit(ONE, "B1", "bob"),
        line(ONE, "position", ticket="B1"),
        line(ONE, "take", agent="a1"),
        line(ONE, "position", ticket="A1"),
    )
    assert said.closings[2] == {
        "answer": "position", "line": 3, "ticket": "B1", "position": 2, "ahead": 1, "lane": "standard", "waiting": 2,
    }  # fmt: skip
    assert said.closings[4] == {
        "answer": "position", "line": 5, "ticket": "A1", "position": None, "ahead": None, "lane": None, "waiting": 1,
    }  # fmt: skip


def test_waiting_of_one_lane_and_the_first_few() -> None:
    said = run(
        *(submit(NOON, f"A{n}", f"c{n}") for n in range(5)),
        submit(NOON, "Z", "zoe", bookings=flight("K", ONE)),
        line(NOON, "waiting"),
        line(NOON, "waiting", limit=2),
        line(NOON, "waiting", lane="standard", limit=2),
        line(NOON, "waiting", limit=0),
        line(NOON, "waiting", lane="vip"),
        line(NOON, "waiting", limit=-1),
    )
    assert [entry.get("tickets") for entry in said.closings[6:10]] == [
        ["Z", "A0", "A1", "A2", "A3", "A4"],
        ["Z", "A0"],
        ["A0", "A1"],
        [],
    ]
    assert [(entry["refused"], entry["field"]) for entry in said.closings[10:]] == [
        ("InvalidValue", "lane"),
        ("InvalidValue", "limit"),
    ]


def test_an_explanation_names_lane_condition_neighbours_and_next_change() -> None:
    said = run(
        submit(NOON, "A1", bookings=flight("K", ONE)),
        submit(NOON, "B1", "bob", bookings=flight("L", "2020-03-29T12:00:00Z")),
        line(NOON, "explain", ticket="A1"),
        line(NOON, "explain", ticket="B1"),
    )
    first, second = said.closings[2:]
    assert (first["ticket"], first["lane"], first["position"], first["next_change"]) == ("A1", "imminent", 1, ONE)
    assert first["condition"] == {"all": [{"departs_within": 86_400}, {"not": {"cancelled": True}}]}
    assert first["below"] == {"ticket": "B1", "decided_by": "lane", "ours": "imminent", "theirs": "standard"}
    assert (second["condition"], second["next_change"], second["next_lane"]) == (None, "2020-03-28T12:00:00Z", "imminent")


def test_a_ticket_with_all_its_requests() -> None:
    said = run(
        submit(NOON, "A1", bookings=flight("K", NEXT_DAY)),
        submit(ONE, "A2", bookings=[{"reference": "K"}]),
        line(ONE, "take", agent="a1"),
        line(TWO, "ticket", ticket="A1"),
    )
    answer = said.closings[3]
    assert (answer["ticket"], answer["state"], answer["agent"], answer["lane"]) == ("A1", "taken", "a1", None)
    assert [each["id"] for each in answer["requests"]] == ["A1", "A2"]
    assert answer["bookings"] == [
        {"reference": "K", "service": None, "departs_at": NEXT_DAY, "cancelled": False, "party_size": None}
    ]
    assert (answer["arrived_at"], answer["taken_at"], answer["closed_at"]) == (NOON, ONE, None)


def test_the_counter() -> None:
    said = run(submit(NOON, "A1"), submit(NOON, "B1", "bob"), submit(NOON, "A1"), line(ONE, "counter"))
    answer = said.closings[3]
    assert (answer["received"], answer["replays"], answer["waiting"], answer["oldest_wait"]) == (2, 1, 2, 3_600)
    assert answer["waiting_by_lane"] == {"imminent": 0, "standard": 2}


def test_an_estimate_has_the_stated_keys() -> None:
    said = run(submit(NOON, "A1"), line(NOON, "estimate", ticket="A1"))
    keys = ["answer", "line", "p10", "p50", "p90", "position", "ahead_by_lane", "reasons", "as_of", "assumptions"]
    assert list(said.closings[1]) == keys
    assert said.closings[1]["as_of"] == NOON
    # Nobody is planned to answer: silence with a reason, not a number (E2).
    assert said.closings[1]["p50"] is None
    assert [reason["code"] for reason in said.closings[1]["reasons"]]


def test_advice_is_a_list_of_ways_the_soonest_first() -> None:
    said = run(submit(NOON, "A1"), line(NOON, "advise", request=request("B1", "bob", channel="form")))
    ways = said.closings[1]["advise"]
    assert [way["door"] for way in ways] == ["hot line", "e-mail", "site form", "messengers"]
    way = ways[2]
    assert (way["channel"], way["team"], way["lane"]) == ("form", None, "standard")
    assert way["estimate"]["position"] == 2
    known = run(submit(NOON, "A1"), line(NOON, "advise", request=request("A1"))).closings[1]["advise"]
    assert [(reason["code"], reason["ours"]) for reason in known[0]["reasons"]] == [("KNOWN", "A1")]


def test_next_wakeup_of_a_desk_where_nothing_is_due_is_null() -> None:
    assert run(line(NOON, "next_wakeup")).lines == [{"answer": "next_wakeup", "line": 1, "next_wakeup": None}]


# ----------------------------------------------------------------------------------------------------------- refusals


def test_an_earlier_at_is_refused_for_commands_and_queries_and_the_script_goes_on() -> None:
    said = run(submit(ONE, "A1"), line(NOON, "take", agent="a1"), line(NOON, "waiting"), line(ONE, "waiting"))
    assert said.status == 0
    refused = said.closings[1]
    assert (refused["refused"], refused["line"], refused["now"], refused["last"]) == ("TimeWentBack", 2, NOON, ONE)
    assert "pass a later one" in refused["message"]
    assert said.closings[2]["refused"] == "TimeWentBack"
    assert said.closings[3]["tickets"] == ["A1"]


@pytest.mark.parametrize(
    ("given", "code", "facts"),
    [
        (line(ONE, "reply", ticket="A1"), "WrongState", {"ticket": "A1", "state": "waiting", "command": "reply"}),
        (line(ONE, "reply", ticket="Z9"), "UnknownTicket", {"ticket": "Z9"}),
        (line(ONE, "position", ticket="Z9"), "UnknownTicket", {"ticket": "Z9"}),
        (line(ONE, "reply", ticket="B1", agent="a2"), "WrongAgent", {"ticket": "B1", "agent": "a2", "taken_by": "a1"}),
        (submit(ONE, "A1", "eve"), "RequestExists", {"request": "A1", "ticket": "A1"}),
        (submit(ONE, "N1", received_at=TWO), "NotReceivedYet", {"request": "N1", "received_at": TWO, "now": ONE}),
        (line(ONE, "update", cancelled=True), "InvalidValue", {"field": "update"}),
        (line(ONE, "update", ticket="A1", booking="K", cancelled=True), "InvalidValue", {"field": "update"}),
        (line(ONE, "update", ticket="A1"), "InvalidValue", {"field": "update"}),
        (line(ONE, "update_client", client="email:ann@example.com"), "InvalidValue", {"field": "update_client"}),
        (line(ONE, "update_client", client="ann@example.com", stage="new"), "InvalidValue", {"field": "client"}),
        (line(ONE, "update_client", client="account:7", zone="Mars/Olympus"), "InvalidValue", {"field": "zone"}),
        (line(ONE, "correct", ticket="A1", kind="refund"), "NothingCorrected", {"ticket": "A1"}),
        (line(ONE, "correct", ticket="A1", attributes={"x": [1]}), "InvalidValue", {"field": "attributes.x"}),
        (line(ONE, "note", ticket="A1", status="waits", done="+", next="call"), "InvalidValue", {"field": "done"}),
        (line(ONE, "park", ticket="A1", until=ONE), "InvalidValue", {"field": "until"}),
        (line(ONE, "park", ticket="A1", until="2020-03-20T19:00:00"), "InvalidValue", {"field": "until"}),
        (line(ONE, "take", agent=""), "InvalidValue", {"field": "agent"}),
        (line(ONE, "submit", request={"id": "N1", "client": {}}), "InvalidValue", {"field": "client"}),
        (line(ONE, "submit", request={"client": {"phone": "1"}}), "InvalidValue", {"field": "id"}),
        (submit(ONE, "N1", received_at="2020-03-20T12:00:00"), "InvalidValue", {"field": "received_at"}),
        (submit(ONE, "N1", text="\u0007"), "InvalidValue", {"field": "text"}),
        (submit(ONE, "N1", text="x" * 10_000_000), "InvalidValue", {"field": "text"}),
        (submit(ONE, "N1", attributes={"x": [1]}), "InvalidValue", {"field": "attributes.x"}),
        (
            line(ONE, "submit", request={"id": "N1", "client": {"email": ["a@b.cz"] * 1_000_000}}),
            "InvalidValue",
            {"field": "client.email"},
        ),
        (
            line(ONE, "submit_many", requests=[request("N1"), {"id": "N2"}]),
            "InvalidValue",
            {"field": "requests[1].client"},
        ),
    ],
)  # fmt: skip
def test_G2_a_refused_command_says_why_and_changes_nothing(given: dict[str, Any], code: str, facts: dict[str, Any]) -> None:
    before = [submit(NOON, "B1", "bob"), line(NOON, "take", agent="a1"), submit(NOON, "A1")]
    after = [line(ONE, "waiting"), line(ONE, "counter"), line(ONE, "ticket", ticket="B1"), line(ONE, "ticket", ticket="A1")]
    said = run(*before, given, *after)
    assert said.status == 0
    refused = said.closings[3]
    assert (refused["refused"], refused["line"]) == (code, 4)
    assert facts.items() <= refused.items()
    assert 20 < len(refused["message"]) < 250
    unrefused = run(*before, line(ONE, "advance"), *after)
    assert said.closings[4:] == unrefused.closings[4:]


def test_G2_what_fell_due_stands_although_the_command_is_refused() -> None:
    parked = [submit(NOON, "A1"), line(NOON, "park", ticket="A1", until=ONE)]
    for refused in (line(TWO, "reply", ticket="A1"), line(TWO, "submit", request={"id": "N", "client": {}})):
        said = run(*parked, refused)
        assert [entry.get("event", "closing") for entry in said.lines[-2:]] == ["Unparked", "closing"]
        assert said.events[-1]["at"] == ONE


# ---------------------------------------------------------------------------------------------------- malformed lines


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ('{"do": "advance"}', "at: is missing"),
        ('{"at": "2020-03-20T12:00:00", "do": "advance"}', "at: '2020-03-20T12:00:00' has no time zone"),
        ('{"at": "noon", "do": "advance"}', "at: 'noon' is no instant"),
        ('{"at": "2020-03-20T12:00:00Z"}', "do: is missing"),
        ('{"at": "2020-03-20T12:00:00Z", "do": null}', "do: must be text, not null"),
        ('{"at": "2020-03-20T12:00:00Z", "do": ["take"]}', "do: must be text, not a list"),
        ('{"at": "2020-W12-5T12:00:00Z", "do": "advance"}', "at: '2020-W12-5T12:00:00Z' is no instant"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "explode"}', "do: 'explode' is none; give one of 'submit'"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "take"}', "agent: is missing"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "take", "agent": 7}', "agent: must be text, not 7"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "take", "agent": "a1", "now": 1}', "now: is no field"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "take", "agent": "a1", "agent": "a2"}', "agent: is given twice"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "submit", "request": {"id": "N", "prio": 1}}', "request.prio: is no field"),
        ('{"at": "2020-03-20T12:00:00Z", "do": "take", "agent": "a1"', "JSON: Expecting"),
        ("not json", "JSON: Expecting value at character 1"),
        ("[]", "JSON: must be an object, not a list"),
        ("NaN", "JSON: NaN is no number"),
        (b'{"at": "2020-03-20T12:00:00Z", "do": "take", "agent": "\xff"}', "is not UTF-8"),
        ("[" * 50_000, "nested too deeply"),
    ],
)
def test_a_malformed_line_stops_the_run_and_all_before_it_is_done(bad: str | bytes, field: str, tmp_path: Path) -> None:
    good = json_lines([submit(NOON, "A1"), line(NOON, "take", agent="a1")])
    rest = json_lines([line(NOON, "counter")])
    middle = bad if isinstance(bad, bytes) else bad.encode()
    script = written(tmp_path / "script.jsonl", good.encode() + middle + b"\n" + rest.encode())
    log = tmp_path / "log.jsonl"
    said = supportq("run", script, "--log", log)
    assert said.status == 2
    assert said.complaint.startswith(f"supportq run: {script}: line 3: ")
    assert field in said.complaint
    assert len(said.complaint) < 1_000
    assert [entry.get("done") for entry in said.closings] == ["submit", "take"]
    assert len(log.read_text().splitlines()) == 2


def test_a_malformed_line_on_standard_input_is_named_so() -> None:
    said = supportq("run", stdin="{")
    assert (said.status, said.out) == (2, "")
    assert said.complaint.startswith("supportq run: standard input: line 1: JSON: ")


# ------------------------------------------------------------------------------------------------------ log and resume


def day(*, until: int = 99) -> list[dict[str, Any]]:
    """A script whose every line changes the desk."""
    lines = [
        submit(NOON, "A1", bookings=flight("KC77", "2020-03-21T18:00:00Z")),
        submit(NOON, "B1", "bob"),
        line(ONE, "take", agent="a1"),
        submit(ONE, "A2", channel="phone", bookings=flight("KC77", "2020-03-21T18:00:00Z")),
        line(ONE, "ask_client", ticket="A1"),
        line(TWO, "update", booking="KC77", cancelled=True),
        line(TWO, "client_answered", ticket="A1"),
        line(TWO, "park", ticket="B1", until="2020-03-20T20:00:00Z"),
        line(NEXT_DAY, "take", agent="a2"),
        line(NEXT_DAY, "reply", ticket="A1"),
        line(NEXT_DAY, "waiting"),
        line(NEXT_DAY, "counter"),
        line(NEXT_DAY, "explain", ticket="B1"),
        line(NEXT_DAY, "ticket", ticket="A1"),
    ]
    return lines[:until]


@pytest.mark.parametrize("cut", range(11))
def test_G1_a_run_cut_anywhere_and_resumed_goes_on_as_if_it_had_not_been(cut: int, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    once = run(*day(), options=("--log", whole))
    first = run(*day()[:cut], options=("--log", parts))
    second = run(*day()[cut:], options=("--log", parts, "--resume", parts))
    assert parts.read_bytes() == whole.read_bytes()
    assert first.events + second.events == once.events
    for ours, theirs in zip(second.closings, once.closings[cut:], strict=True):
        assert ours == {**theirs, "line": theirs["line"] - cut}


def test_G5_the_log_holds_the_events_as_they_were_written(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    said = run(*day(), options=("--log", log))
    assert [json.loads(entry) for entry in log.read_text().splitlines()] == said.events
    # As the lines of standard output, byte for byte.
    assert log.read_text() == "".join(f"{entry}\n" for entry in said.out.splitlines() if entry.startswith('{"event"'))


def test_resuming_into_another_log_writes_only_what_is_new(tmp_path: Path) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    run(*day(until=4), options=("--log", first))
    before = first.read_bytes()
    said = run(*day()[4:], options=("--resume", first, "--log", second))
    assert first.read_bytes() == before
    assert [json.loads(entry) for entry in second.read_text().splitlines()] == said.events


def test_a_log_whose_last_line_end_is_missing_is_continued_on_a_new_line(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    run(*day(until=3), options=("--log", log))
    log.write_bytes(log.read_bytes().rstrip(b"\n"))
    assert run(*day()[3:5], options=("--log", log, "--resume", log)).status == 0
    assert supportq("run", "--resume", log).status == 0
    assert len(log.read_text().splitlines()) == 5


def test_a_log_that_holds_events_is_not_mixed_with_those_of_a_new_desk(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    run(*day(until=3), options=("--log", log))
    before = log.read_bytes()
    said = run(*day(), options=("--log", log))
    assert (said.status, said.out) == (2, "")
    assert f"--resume {log}" in said.complaint
    assert log.read_bytes() == before


@pytest.mark.parametrize("copied", [True, False])
def test_a_log_that_holds_other_events_than_those_resumed_is_refused(copied: bool, tmp_path: Path) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    run(*day(until=4), options=("--log", first))
    run(submit(NOON, "Z1", "zoe"), options=("--log", second))
    if copied:
        # What is appended to a copy would not be in the log that was resumed.
        second.write_bytes(first.read_bytes())
    before = second.read_bytes()
    for name in (first, "-"):
        said = supportq("run", os.devnull, "--resume", name, "--log", second, stdin=first.read_bytes())
        assert (said.status, said.out) == (2, "")
        assert said.complaint == (
            f"supportq run: --log {second}: holds events that are not resumed; give --resume {second}, or another file"
        )
    assert second.read_bytes() == before


def test_one_log_may_be_named_in_two_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(*day(until=4), options=("--log", "log.jsonl"))
    said = run(*day()[4:], options=("--log", tmp_path / "log.jsonl", "--resume", "log.jsonl"))
    assert (said.status, said.err) == (0, "")


def test_a_damaged_log_is_one_clear_line(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    run(*day(), options=("--log", log))
    entries = log.read_text().splitlines(keepends=True)

    def complaint(*kept: str) -> str:
        said = supportq("run", "--resume", written(log, "".join(kept)))
        assert (said.status, said.out) == (2, "")
        return said.complaint

    torn = complaint(*entries[:4], entries[4][:40])
    assert torn.startswith(f"supportq run: {log}: line 5: JSON: ")
    assert torn.endswith("the log is good up to line 4")
    assert f"{log}: line 1: the identity rules give it to 'client-1', not to 'client-2'" in complaint(*entries[1:])
    assert "line 7: Parked does not fit what came before" in complaint(entries[0], *entries[2:])
    assert f"{log}: line 1: event: is missing" in complaint('{"at": "2020-03-20T12:00:00Z"}\n')
    assert f"{log}: line 3: " in complaint(entries[0], entries[2], entries[1])
    other = written(tmp_path / "other.json", '{"lanes": [{"name": "all"}]}')
    said = supportq("run", "--policy", other, "--resume", written(log, entries[0]))
    assert "line 1: " in said.complaint
    assert "was it written under this policy?" in said.complaint


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_G5_nothing_is_answered_that_could_not_be_stored() -> None:
    said = run(line(NOON, "counter"), submit(NOON, "A1"), options=("--log", FULL))
    assert said.status == 2
    assert [entry.get("answer") for entry in said.lines] == ["counter"]
    assert said.complaint == "supportq run: --log /dev/full: No space left on device; the last line was not answered"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_one_clear_line() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "supportq", "policy", "crisis-air-desk"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "supportq policy: output: No space left on device\n")


def answers_of_every_query() -> list[dict[str, Any]]:
    """One answer of each query, or more, in which no list is empty."""
    policy = {"lanes": [{"name": "all"}], "targets": [{"within": 3_600}]}
    soon = {"shifts": [{"start": "00:00", "end": "00:00", "agents": 3}], "handling_time": 600}
    late = {"shifts": [{"start": "13:00", "end": "14:00", "agents": 1}], "handling_time": 3_600}
    suspect: dict[str, Any] = {"client": {"name": "Ann Bell"}, "text": "where is it", "bookings": [{"reference": "KC77"}]}
    said = run(
        line(NOON, "adopt", policy=policy),
        line(NOON, "plan", staffing=soon),
        submit(NOON, "A1", bookings=[{"reference": "KC77"}]),
        submit(NOON, "B1", **suspect),
        line(NOON, "submit_many", requests=[request(f"C{n}", f"client-{n}") for n in range(20)]),
        line(NOON, "promise", ticket="C19"),
        *(line(NOON, do, ticket="A1") for do in ("position", "estimate", "explain", "clocks", "ticket")),
        line(NOON, "client_of", request="A1"),
        line(NOON, "advise", request=request("D1", "dan")),
        *(line(NOON, do) for do in ("waiting", "suspects", "handover", "counter", "next_wakeup")),
        line(NOON, "plan", staffing=late),
        line(NOON, "promises_worsened", by=60),
        line(NEXT_DAY, "calibration"),
    )
    assert said.status == 0, said.err
    return [closing for closing in said.closings if "answer" in closing]


LISTS = {"clocks", "handover", "suspects", "advise", "calibration", "promises_worsened"}
"""The queries whose answers are lists of values with keys of their own."""


def keys_of(answer: dict[str, Any]) -> set[str]:
    """Every key of an answer, and of the values in the lists of it."""
    found = answer.keys() - {"answer", "line"}
    entries = [entry for key in found for entry in answer[key]] if answer["answer"] in LISTS else []
    return found.union(*entries)


def test_the_page_names_every_query_and_every_key_of_its_answer() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Answers")[2].partition("\n## ")[0]
    rows = [re.findall(r"`(\w+)`", row) for row in section.splitlines() if row.startswith("| `")]
    told = {query: set(keys) for query, *keys in rows if query != "do"}
    assert set(told) == set(schema.QUERIES)
    answers = {answer["answer"]: answer for answer in answers_of_every_query()}
    assert all(all(answers[query].values()) for query in LISTS), "an empty list shows no keys"
    assert told == {query: keys_of(answer) for query, answer in answers.items()}


# --------------------------------------------------------------------------------------------- policies and staffing


def test_a_policy_may_be_a_file_or_what_policy_printed(tmp_path: Path) -> None:
    printed = written(tmp_path / "printed.json", supportq("policy", "crisis-air-desk").out)
    assert run(*day(), options=("--policy", printed)) == run(*day()) == run(*day(), options=("--policy", "crisis-air-desk"))
    own = written(tmp_path / "own.json", '{"lanes": [{"name": "phone", "when": {"channel": ["phone"]}}, {"name": "rest"}]}')
    said = run(submit(NOON, "A1"), submit(NOON, "B1", "bob", channel="phone"), line(NOON, "waiting"), options=("--policy", own))
    assert said.closings[2]["tickets"] == ["B1", "A1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"lanes": []}', "lanes: is empty; give at least one lane"),
        ('{"lanes": [{"name": "a", "when": {"cancelled": true}}]}', "must take everyone"),
        ('{"lanes": [{"name": "a"}], "nam": "x"}', "nam: is no field"),
        ("{", "JSON: "),
        ("", "JSON: Expecting value"),
    ],
)
def test_a_bad_policy_file_is_one_clear_line(text: str, problem: str, tmp_path: Path) -> None:
    path = written(tmp_path / "policy.json", text)
    said = supportq("run", "--policy", path, stdin=json_lines(day()))
    assert (said.status, said.out) == (2, "")
    assert said.complaint.startswith(f"supportq run: {path}: ")
    assert problem in said.complaint


def test_a_policy_that_is_nowhere_names_the_presets() -> None:
    said = supportq("run", "--policy", "crisis-desk")
    assert said.status == 2
    assert "crisis-air-desk" in said.complaint


STAFFING = '{"shifts": [{"start": "00:00", "end": "00:00", "agents": 2}], "handling_time": 600}'


def test_staffing_is_planned_at_the_first_instant_once(tmp_path: Path) -> None:
    path, log = written(tmp_path / "staffing.json", STAFFING), tmp_path / "log.jsonl"
    said = run(submit(NOON, "A1"), line(NOON, "counter"), options=("--staffing", path, "--log", log))
    assert [event["event"] for event in said.events] == ["StaffingPlanned", "Admitted"]
    assert said.events[0]["at"] == NOON
    assert said.closings[0] == {"done": "submit", "line": 1, "events": 2}
    # The resumed log has a plan.
    again = run(line(ONE, "counter"), options=("--staffing", path, "--resume", log))
    assert again.events == []


def test_a_bad_staffing_file_is_one_clear_line(tmp_path: Path) -> None:
    path = written(tmp_path / "staffing.json", '{"shifts": [{"start": "8", "end": "20:00", "agents": 1}]}')
    said = run(submit(NOON, "A1"), options=("--staffing", path))
    assert (said.status, said.out) == (2, "")
    assert said.complaint.startswith(f"supportq run: {path}: shifts[0].start: '8' is no time of day")


def test_a_week_date_is_no_day(tmp_path: Path) -> None:
    shift = {"start": "08:00", "end": "20:00", "agents": 1, "first_day": "2020-W12-5"}
    path = written(tmp_path / "staffing.json", json.dumps({"shifts": [shift]}))
    said = run(submit(NOON, "A1"), options=("--staffing", path))
    assert said.complaint == f"supportq run: {path}: shifts[0].first_day: '2020-W12-5' is no day; write it like 2020-03-20"


def test_staffing_for_a_lane_that_the_policy_has_not_is_said_before_the_first_line(tmp_path: Path) -> None:
    path = written(tmp_path / "staffing.json", '{"shifts": [], "expected_inflow": {"vip": 5}}')
    said = run(submit(NOON, "A1"), options=("--staffing", path))
    assert (said.status, said.out) == (2, "")
    assert said.complaint.startswith(f"supportq run: {path}: ")
    assert "vip" in said.complaint


@pytest.mark.parametrize("option", ["--staffing", "--resume", "--policy", "--log", "script"])
def test_a_file_that_cannot_be_opened_is_one_clear_line(option: str, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "such" / "file"
    said = supportq("run", *([missing] if option == "script" else [option, missing]))
    assert (said.status, said.out) == (2, "")
    assert str(missing) in said.complaint


def test_a_script_adopts_a_policy_and_a_resumed_desk_goes_by_it(tmp_path: Path) -> None:
    """G1, G6: the log says which policy ruled when, so `--policy` goes on naming the first one."""
    log, calm = tmp_path / "log.jsonl", written(tmp_path / "calm.json", '{"lanes": [{"name": "all"}]}')
    options = ("--policy", calm, "--log", log)
    crisis = {"name": "crisis", "lanes": [{"name": "tonight", "when": {"departs_within": 86_400}}, {"name": "all"}]}
    said = run(
        submit(NOON, "A1"),
        submit(NOON, "B1", "bob", bookings=flight("K1", "2020-03-20T20:00:00Z")),
        line(ONE, "adopt", policy=crisis),
        line(ONE, "waiting"),
        options=options,
    )
    adopted = said.events[2]
    assert (adopted["event"], adopted["at"], adopted["policy"]["name"]) == ("PolicyAdopted", ONE, "crisis")
    assert adopted["moves"] == [{"source": "all", "target": "tonight", "ticket_ids": ["B1"]}]
    assert said.closings[2:] == [
        {"done": "adopt", "line": 3, "events": 1},
        {"answer": "waiting", "line": 4, "tickets": ["B1", "A1"]},
    ]
    again = run(
        line(TWO, "waiting", lane="tonight"),
        line(TWO, "adopt", policy=crisis),
        line(TWO, "adopt", policy={"lanes": [{"name": "all", "when": {"cancelled": True}}]}),
        line(TWO, "adopt", policy={**crisis, "default_region": "CZ"}),
        line(NEXT_DAY, "adopt", policy={"lanes": [{"name": "all"}]}),
        options=(*options, "--resume", log),
    )
    assert again.closings[0]["tickets"] == ["B1"]
    assert [(one["refused"], one["field"]) for one in again.closings[1:4]] == [
        ("InvalidValue", "policy"),
        ("InvalidValue", "policy.lane 'all'"),
        ("FixedRule", "default_region"),
    ]
    assert [event["event"] for event in again.events] == ["LaneChanged", "PolicyAdopted"]
    # Whoever resumes with the policy that was adopted last is told that the log is of another.
    wrong = run(
        line(NEXT_DAY, "waiting"), options=("--policy", written(tmp_path / "crisis.json", json.dumps(crisis)), "--resume", log)
    )
    assert (wrong.status, wrong.out) == (2, "")
    assert "was it written under this policy?" in wrong.complaint


def test_staffing_is_checked_against_the_policy_in_force(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    run(
        submit(NOON, "A1"),
        line(NOON, "adopt", policy={"lanes": [{"name": "vip", "when": {"kind": ["visa"]}}, {"name": "all"}]}),
        options=("--log", log),
    )
    path = written(tmp_path / "staffing.json", '{"shifts": [], "expected_inflow": {"vip": 5}}')
    said = run(line(ONE, "advance"), options=("--staffing", path, "--resume", log))
    assert [event["event"] for event in said.events] == ["StaffingPlanned"]


# ------------------------------------------------------------------------------------------------- a process of its own


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """A host in a process of its own, driven through pipes."""
    # A shell that runs these tests in the background has them ignore interrupts, and a child would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "supportq", "run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as started:
        signal.signal(signal.SIGINT, before)
        yield started
        started.kill()


def test_a_driver_gets_the_closing_line_before_it_sends_the_next(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    for number in range(1, 20):
        process.stdin.write(json.dumps(submit(NOON, f"Ž{number}", f"client{number}"), ensure_ascii=False) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["ticket_id"] == f"Ž{number}"
        assert json.loads(process.stdout.readline()) == {"done": "submit", "line": number, "events": 1}
    process.stdin.close()
    assert process.wait(10) == 0


def test_an_interrupt_ends_quietly_with_130(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(json.dumps(line(NOON, "advance")) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stderr.read() == ""


def test_a_reader_that_goes_away_ends_it_quietly_with_141(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    process.stdin.write(json.dumps(line(NOON, "advance")) + "\n")
    process.stdin.close()
    assert process.wait(10) == 141
    assert process.stderr.read() == ""
