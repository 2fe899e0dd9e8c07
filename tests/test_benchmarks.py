"""The benchmarks run and say what they promise. Never a timed test: a figure that misses its bar is no failure here."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAMES = (
    *("ranking", "roundtrip", "crisis", "dedup_speed", "eta_accuracy", "eta_ablation", "eta_bank", "eta_speed"),
    *("bank_order", "identity_quality", "dedup_cases", "hours_speed", "teams", "simulation"),
)

BANK = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[2] / "shared") / "data"
needs_the_bank = pytest.mark.skipif(
    not (BANK / "bank_calls_1999_01.csv.gz").exists(),
    reason=f"the calls of the bank are not part of the repository, and not in {BANK}; SUPPORTQ_SHARED says where else",
)


def started(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def run(name: str, *options: str) -> str:
    done = started(name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


WITHOUT_PEERS = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("simpy", "ciw"))), reason="SimPy and Ciw come with the extra `peers`"
)


@pytest.mark.parametrize(
    "name",
    [
        *("ranking", "roundtrip", "crisis", "dedup_speed", "eta_speed", "hours_speed", "teams"),
        pytest.param("simulation", marks=WITHOUT_PEERS),
    ],
)
def test_json_is_one_object_of_the_stated_shape(name: str) -> None:
    report = json.loads(run(name, "--json", "--quick"))
    assert report["name"] == name
    assert {"python", "system", "processor", "cores"} <= report["machine"].keys()
    assert report["bars"]
    for bar in report["bars"]:
        assert bar.keys() == {"what", "value", "bar", "ok"}
        least = bar["what"].endswith("at least")
        assert bar["ok"] is (bar["value"] >= bar["bar"] if least else bar["value"] <= bar["bar"])
    for figure in report["figures"]:
        assert figure.keys() == {"what", "value", "unit"}


@pytest.mark.slow
def test_eta_accuracy_judges_an_invented_desk() -> None:
    report = json.loads(run("eta_accuracy", "--desk", "starved", "--seeds", "5", "--json"))
    (silent,) = [bar for bar in report["bars"] if "UNSTABLE" in bar["what"]]
    assert silent["ok"]
    assert [bar["value"] for bar in report["bars"] if "another order" in bar["what"]] == [0]


CALLS = """priority,type,date,q_start,q_time,outcome,ser_start,ser_time,server
0,PS,990101,0:00:00,0,AGENT,9:00:00,120,S001
2,PS,990101,9:00:30,90,AGENT,9:02:00,60,S001
0,NW,990101,9:00:40,20,HANG,0:00:00,0,NO_SERVER
0,IN,990101,9:01:50,70,AGENT,9:03:00,60,S001
0,NW,990101,23:59:30,45,AGENT,0:00:15,0,NO_SERVER
0,PS,990101,9:02:00,30,PHANTOM,0:00:00,0,NO_SERVER
"""


def test_eta_bank_judges_the_calls_that_waited_and_were_served(tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(CALLS, encoding="utf-8")
    told = json.loads(run("eta_bank", str(table), str(table), "--json"))
    assert (told["name"], told["n"]) == ("eta_bank", 2)
    assert told["mae"] >= 0
    assert 0 <= told["p90_coverage"] <= 1
    assert run("eta_bank", str(table), str(table)).startswith("eta_bank on python ")
    table.write_text(CALLS.replace("q_time", "time"), encoding="utf-8")
    done = started("eta_bank", str(table), str(table))
    assert done.returncode == 2
    assert "has no column 'q_time'" in done.stderr


def test_eta_bank_skips_a_malformed_row_and_says_which(tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(CALLS + "0,PS,990101,9:00:00,soon,AGENT,9:00:00,120,S001\n", encoding="utf-8")
    done = started("eta_bank", str(table), str(table), "--json")
    assert json.loads(done.stdout)["n"] == 2
    assert done.stderr.splitlines() == [f"{table}, line 8: q_time: 'soon' is no whole number; the row is skipped"] * 2


@pytest.mark.slow
@needs_the_bank
def test_eta_bank_does_better_than_the_length_of_the_queue() -> None:
    months = (str(BANK / f"bank_calls_1999_{month}.csv.gz") for month in ("01", "02"))
    told = json.loads(run("eta_bank", *months, "--json"))
    assert told["n"] == 13_957
    assert told["mae"] < 47.8
    assert 0.86 <= told["p90_coverage"] <= 0.94


ORDERED = """priority,type,date,q_start,q_exit,q_time,outcome
0,PS,990101,9:00:00,9:04:00,240,AGENT
2,PS,990101,9:01:00,9:03:00,120,AGENT
2,PS,990101,9:01:30,9:05:00,210,AGENT
2,PS,990101,9:03:30,9:03:45,15,AGENT
0,PS,990101,9:04:00,9:05:00,60,AGENT
1,PS,990101,9:04:30,9:06:00,90,AGENT
0,PS,990101,10:00:00,10:01:00,60,AGENT
0,PS,990101,10:00:00,10:02:00,120,AGENT
2,PS,990101,11:00:30,11:01:00,30,AGENT
0,PS,990101,11:00:00,11:02:00,120,AGENT
0,NW,990101,9:00:10,9:01:10,60,AGENT
0,PS,990101,9:00:10,9:01:10,60,HANG
3,PS,990101,9:00:10,9:01:10,60,AGENT
0,PS,990101,0:00:00,0:00:00,0,AGENT
0,PS,990101,9:00:10,10:00:10,3600,AGENT
0,PS,990102,23:59:30,0:00:30,60,AGENT
2,PS,990103,9:00:30,9:01:00,30,AGENT
0,PS,990103,0:00:10,0:00:20,10,AGENT
"""
"""Pairs of calls by the line they stand in, the older first: 2-3, 2-4 (a tie: 90 s and the head start), 2-5, 3-4, 4-5, 4-7,
6-7, 11-10. None are 2-6 and 3-5 (one left before or as the other came), 4-6 (left together) and 8-9 (came together)."""


def test_bank_order_counts_the_pairs_that_left_in_the_order_of_each_policy(tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(ORDERED, encoding="utf-8")
    told = json.loads(run("bank_order", str(table), "--json"))
    assert told == {
        "name": "bank_order",
        "file": "calls.csv",
        "calls": 12,
        "pairs": 8,
        "head_start_90s": round(5 / 8, 4),  # not 2-4, 2-5 and 4-5
        "fifo": round(4 / 8, 4),  # not 2-3, 2-5, 4-5 and 11-10
        "strict": round(6 / 8, 4),  # not 2-4 and 4-5
        "ties": 1,
        "head_start_90s_ties_by_arrival": round(6 / 8, 4),
    }
    zipped = tmp_path / "calls.csv.gz"
    zipped.write_bytes(gzip.compress(ORDERED.encode(), mtime=0))
    assert json.loads(run("bank_order", str(zipped), "--json")) == told | {"file": "calls.csv.gz"}
    lines = run("bank_order", str(table)).splitlines()
    assert lines[0] == "bank_order of calls.csv"
    assert ["pairs", "8"] in [line.split() for line in lines]


def test_bank_order_skips_a_malformed_row_and_says_which(tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    spoilt = b"0,PS,990101\n0,PS,990101,9:00:61,9:01:10,60,AGENT\n0,PS,19990101,9:00:10,9:01:10,60,AGENT\n0,\xff,,,,,\n,,,,,,\n"
    table.write_bytes(ORDERED.encode() + spoilt)
    done = started("bank_order", str(table), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["pairs"] == 8
    short, second, day, byte, nothing = done.stderr.splitlines()
    assert short == f"{table}, line 20: has 3 values for 7 columns; the row is skipped"
    assert second == f"{table}, line 21: q_start: '9:00:61' is no time of day as H:MM:SS; the row is skipped"
    assert day == f"{table}, line 22: date: '19990101' is no day as yymmdd; the row is skipped"
    assert byte.startswith(f"{table}, line 23: 'utf-8' codec can't decode byte 0xff")
    assert nothing == f"{table}, line 24: priority: '' is no whole number; the row is skipped"


def test_bank_order_without_a_pair_has_no_share(tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(ORDERED.splitlines()[0] + "\n", encoding="utf-8")
    told = json.loads(run("bank_order", str(table), "--json"))
    assert (told["pairs"], told["head_start_90s"], told["fifo"], told["strict"]) == (0, None, None, None)


@pytest.mark.parametrize(
    ("held", "complaint"),
    [
        (None, "cannot be read as CSV"),
        (gzip.compress(ORDERED.encode(), mtime=0)[:-20], "cannot be read as CSV"),
        (b"\xff\xfe\n", "cannot be read as CSV"),
        (b"", "has no column 'priority'; there are none"),
        (ORDERED.replace("q_exit", "exit").encode(), "has no column 'q_exit'; there are priority, type, date, q_start, exit,"),
    ],
    ids=["no-file", "cut-gzip", "no-utf8", "empty", "no-column"],
)
def test_bank_order_says_in_one_line_what_it_cannot_read(tmp_path: Path, held: bytes | None, complaint: str) -> None:
    table = tmp_path / "calls.csv"
    if held is not None:
        table.write_bytes(held)
    done = started("bank_order", str(table))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert complaint in line


@pytest.mark.slow
@needs_the_bank
@pytest.mark.parametrize(
    ("month", "pairs", "head_start", "fifo", "strict"),
    [("01", 10_248, 0.834, 0.884, 0.781), ("02", 8_322, 0.906, 0.791, 0.828)],
)
def test_bank_order_finds_the_rule_of_each_month(month: str, pairs: int, head_start: float, fifo: float, strict: float) -> None:
    told = json.loads(run("bank_order", str(BANK / f"bank_calls_1999_{month}.csv.gz"), "--json"))
    assert told["pairs"] == pairs
    assert [round(told[policy], 3) for policy in ("head_start_90s", "fifo", "strict")] == [head_start, fifo, strict]


def test_without_json_it_is_a_table_for_people() -> None:
    lines = run("crisis", "--quick").splitlines()
    assert lines[0].startswith("crisis on python ")
    assert any(line.endswith(("  ok", "  MISSED")) for line in lines)


def test_the_page_names_every_benchmark() -> None:
    page = (BENCHMARKS.parent / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert all(f"python benchmarks/{name}.py" in page for name in NAMES)


def test_the_stream_of_traps_tells_what_it_is_made_of() -> None:
    told = json.loads(run("trap_stream", "--people", "60", "--json"))
    assert told["name"] == "trap_stream"
    assert told["summary"]["messages"] > 60
    assert run("trap_stream", "--people", "60", "--seed", "2").startswith("trap stream of seed 2, 60 people\n")


PEOPLE = """id, first, last, born, mail
rec-1-org, Anna, Testova, 19800101, anna@example.com
rec-1-dup-0, Pavel, Kruglov, 19800101, anna@example.com
rec-2-org, Boris, Probov, 19800102,
rec-2-dup-0, Probov, Boris, 19800102,
rec-3-org, Clara, Sample, 19800103, clara@example.com
"""


def test_identity_quality_compares_clients_with_the_truth(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text(PEOPLE, encoding="utf-8")
    keys = ("--key", "email=mail", "--key", "name=first+last", "--key", "key=name+born")
    told = json.loads(run("identity_quality", str(table), *keys, "--truth", "id", "--json"))
    assert (told["records"], told["persons"], told["clients"]) == (5, 3, 4)
    # Two full names contradict each other, so that the address does not link them; Boris is found in either order of his names.
    assert (told["precision"], told["recall"], told["mixed"]) == (1.0, 0.5, 0.0)
    shown = run("identity_quality", str(table), "--key", "email=mail", "--truth", "id")
    assert shown.startswith("identity_quality of people.csv\n")


def test_identity_quality_says_what_it_cannot_read(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text(PEOPLE, encoding="utf-8")
    for options, complaint in (
        (
            (str(table), "--key", "email=address", "--truth", "id"),
            "has no column address; there are id, first, last, born, mail",
        ),
        ((str(table), "--key", "fax=mail", "--truth", "id"), "'fax' is no kind"),
        ((str(tmp_path / "none.csv"), "--key", "email=mail", "--truth", "id"), "cannot be read as CSV"),
        ((str(table), "--stream", "1"), "give a FILE or --stream SEED, and not both"),
    ):
        done = started("identity_quality", *options)
        assert done.returncode == 2
        assert complaint in done.stderr


def message(label: str, verdict: str, **said: object) -> dict[str, object]:
    step = {"op": "message", "label": label, "at": "2026-03-17T09:00:00+03:00", "sender": {"email": "anna@example.com"}}
    return (
        step
        | {"booking": ["AB12CD"], "intent": "refund", "text": "Please refund my booking"}
        | said
        | {"expect": {"verdict": verdict}}
    )


def test_dedup_cases_names_each_step_that_fails(tmp_path: Path) -> None:
    good = {"id": "T1", "steps": [message("m1", "NEW"), message("m2", "DUPLICATE_OF")], "expect_tickets": 1}
    wrong = {"id": "T2", "steps": [message("m1", "NEW"), message("m2", "NEW")], "expect_tickets": 2}
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(good) + "\n", encoding="utf-8")
    assert run("dedup_cases", str(file)) == "1 of 1 cases as expected; 2 steps played, 0 expectations failed\n"
    file.write_text(json.dumps(good) + "\n" + json.dumps(wrong) + "\n", encoding="utf-8")
    done = started("dedup_cases", str(file))
    assert done.returncode == 1
    verdict, tickets, closing = done.stdout.splitlines()
    assert verdict.startswith("T2 m2: expected verdict NEW; came DUPLICATE_OF of m1 (")
    assert tickets == "T2 at the end: expected 2 tickets; came 1: m1"
    assert closing == "1 of 2 cases as expected; 4 steps played, 2 expectations failed"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 1: is no JSON"),
        ('{"id": "T1", "config": {"colour": "red"}, "steps": []}', "config: does not know colour"),
        ('{"id": "T1", "steps": [{"op": "dance", "at": "2026-03-17T09:00:00Z"}]}', "'dance' is no step"),
        ('{"id": "T1", "steps": [{"op": "close", "at": "2026-03-17T09:00:00Z", "ticket_of": "m1"}]}', "'m1' names no message"),
        ("", "holds no case"),
    ],
)
def test_dedup_cases_refuses_a_file_that_it_does_not_understand(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(text, encoding="utf-8")
    done = started("dedup_cases", str(file))
    assert done.returncode == 2
    assert complaint in done.stderr
