"""Purity is proved, not promised: a whole day is replayed in processes of its own, watched by an audit hook and a profile hook.

While the engine runs, no file is opened, no socket, no process, no clock, no chance, no environment, no import is touched; and
twins with another hash seed, another zone, another locale and another date give the same bytes (rule G1).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("pure_replay.py")
PROVOCATIONS = (
    "open",
    "listdir",
    "environment",
    "process",
    "socket",
    "subprocess",
    "time",
    "monotonic",
    "sleep",
    "now",
    "today",
    "random",
    "shuffle",
    "urandom",
    "import",
    "zone file",
)


def replay(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHILD), *arguments],
        env={**os.environ, "PYTHONHASHSEED": "0", "TZ": "UTC", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@cache
def reference() -> str:
    """The day as a process with hash seed 0 in UTC tells it."""
    done = replay()
    assert done.returncode == 0, done.stdout[:2_000] + done.stderr[-2_000:]
    return done.stdout


def test_a_whole_day_touches_nothing_outside() -> None:
    log, answers = json.loads(reference())
    kinds = {event[""] for event in log}
    # The day was a real one: something of nearly everything happened in it.
    assert kinds >= {
        "Admitted",
        "Joined",
        "LaneChanged",
        "Updated",
        "ClientUpdated",
        "FactsChanged",
        "Corrected",
        "Noted",
        "Taken",
        "Replied",
        "Parked",
        "Unparked",
        "ClientAsked",
        "HandedBack",
        "Withdrawn",
        "Reopened",
        "Resolved",
        "Archived",
        "StaffingPlanned",
    }
    assert len(log) > 500
    assert len(answers) > 50


@pytest.mark.parametrize("name", PROVOCATIONS)
def test_the_watch_would_have_seen_it(name: str) -> None:
    """A watch that sees nothing proves nothing: one impure call in the middle of the day, and the process says so."""
    done = replay("--provoke", name)
    assert done.returncode == 3, done.stdout[:2_000] + done.stderr[-2_000:]
    assert done.stdout.startswith(("audit: ", "call: "))


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        ((), {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}),
        ((), {"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0"}),
        (("--years", "-7"), {"PYTHONHASHSEED": "random"}),
        (("--years", "13"), {"PYTHONHASHSEED": "99", "TZ": "Europe/Prague"}),
        ((), {"PYTHONOPTIMIZE": "1"}),
    ],
    ids=["other seed and zone", "other seed, zone and locale", "seven years ago", "in thirteen years", "without assertions"],
)
def test_twins_give_the_same_bytes(arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    done = replay("--unwatched", *arguments, **environment)
    assert done.returncode == 0, done.stdout[:2_000] + done.stderr[-2_000:]
    assert done.stdout == reference()
