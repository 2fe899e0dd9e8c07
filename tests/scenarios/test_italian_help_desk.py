"""An Italian help desk told in business hours: first responses, and a clock that stops while the client is asked (rule H1).

The data is in no repository; without it these tests are skipped. Its zone is unknown; UTC stands for it.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from datetime import UTC, datetime, time
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

import pytest

from supportq._instants import DAY, HOUR, micros
from supportq.hours import Hours, Opening

SHARED = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[3] / "shared")
LOG = SHARED / "data" / "helpdesk_italy.csv.gz"
pytestmark = pytest.mark.skipif(not LOG.exists(), reason=f"the log of the help desk, {LOG.name}, is not in SUPPORTQ_SHARED")

OFFICE = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
MONDAY = micros(datetime(1970, 1, 5, tzinfo=UTC))

Case = list[tuple[int, str]]
"""Instant and activity of each event, in order."""


@cache
def cases() -> list[Case]:
    found: dict[str, Case] = defaultdict(list)
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            told = datetime.strptime(row["Complete Timestamp"], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
            found[row["Case ID"]].append((micros(told), row["Activity"]))
    return [sorted(case, key=lambda event: event[0]) for case in found.values()]


def by_arithmetic(at: int) -> int:
    """Business time since a Monday long ago: in UTC a week is a week, and this needs no calendar."""
    days, rest = divmod(at - MONDAY, DAY)
    weeks, weekday = divmod(days, 7)
    today = min(max(rest - 9 * HOUR, 0), 9 * HOUR) if weekday < 5 else 0
    return (45 * weeks + 9 * min(weekday, 5)) * HOUR + today


def first(case: Case, activity: str) -> int | None:
    return next((at for at, what in case if what == activity), None)


def test_H1_first_responses_in_business_hours() -> None:
    taken = [(case[0][0], at) for case in cases() if (at := first(case, "Take in charge ticket")) is not None]
    waits = [OFFICE.business_time(start, end, UTC) for start, end in taken]
    assert waits == [by_arithmetic(end) - by_arithmetic(start) for start, end in taken]
    assert len(waits) == 4_285
    assert median(waits) / HOUR == pytest.approx(3.95, abs=0.005)
    assert quantiles(waits, n=4)[2] / HOUR == pytest.approx(29.1, abs=0.05)
    assert quantiles(waits, n=10, method="inclusive")[8] / HOUR == pytest.approx(93.5, abs=0.05)


def test_H1_so_much_business_time_later_is_when_it_was() -> None:
    """The instant that `after` gives is the response itself, or the closing before it where nobody was there."""
    for case in cases():
        if (taken := first(case, "Take in charge ticket")) is not None:
            start = case[0][0]
            passed = OFFICE.business_time(start, taken, UTC)
            found = OFFICE.after(start, passed, UTC)
            assert start <= found <= taken
            assert OFFICE.business_time(found, taken, UTC) == 0


def test_H1_a_clock_that_stops_while_the_client_is_asked() -> None:
    """From the first event to the first resolution, less every stretch from a `Wait` to what comes next."""
    running, with_pauses = [], []
    for case in cases():
        if (resolved := first(case, "Resolve ticket")) is None:
            continue
        steps = [(start, end, what) for (start, what), (end, _) in pairwise(case) if end <= resolved]
        whole = OFFICE.business_time(case[0][0], resolved, UTC)
        paused = sum(OFFICE.business_time(start, end, UTC) for start, end, what in steps if what == "Wait")
        ran = sum(OFFICE.business_time(start, end, UTC) for start, end, what in steps if what != "Wait")
        assert ran == whole - paused
        assert paused == sum(by_arithmetic(end) - by_arithmetic(start) for start, end, what in steps if what == "Wait")
        running.append(ran)
        if paused:
            with_pauses.append((ran, whole))
    assert (len(running), len(with_pauses)) == (4_569, 1_176)
    assert median(running) / HOUR == pytest.approx(22.67, abs=0.005)
    # Of those that asked the client, two thirds of the time to the resolution was the client's.
    assert median(ran for ran, _ in with_pauses) / HOUR == pytest.approx(42.01, abs=0.005)
    assert median(whole for _, whole in with_pauses) / HOUR == pytest.approx(123.49, abs=0.005)
