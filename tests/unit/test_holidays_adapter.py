"""The adapter to holidays gives plain dates, those of the list that was written out once."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, time
from pathlib import Path
from typing import Any

import pytest

from supportq import InvalidValue
from supportq.hours import Hours, Opening

pytest.importorskip("holidays", reason="holidays comes with the extra `holidays`")

SHARED = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[3] / "shared")
LIST = SHARED / "data" / "holidays.csv"


def public_holidays(country: str, years: Iterable[int], subdivision: str | None = None) -> tuple[date, ...]:
    from supportq.adapters import holidays

    return holidays.public_holidays(country, years, subdivision=subdivision)


def test_holidays_are_plain_dates_in_order() -> None:
    days = public_holidays("CZ", (2027, 2026))
    assert list(days) == sorted(set(days))
    assert {type(day) for day in days} == {date}
    assert date(2026, 12, 24) in days
    assert {day.year for day in days} == {2026, 2027}
    hours = Hours((Opening(time(9), time(18)),), UTC, holidays=days, holidays_cover=(2026, 2027))
    assert hours.openings_on(date(2026, 12, 24)) == ()


def test_a_region_has_holidays_of_its_own() -> None:
    epiphany = date(2026, 1, 6)
    assert epiphany in public_holidays("DE", [2026], "BY")
    assert epiphany not in public_holidays("DE", [2026])


@pytest.mark.skipif(not LIST.exists(), reason=f"the list {LIST.name} is not in SUPPORTQ_SHARED")
def test_holidays_are_those_of_the_list() -> None:
    """Versions of the library differ by a few days: Russia moves some each year, Italy's old ones were corrected."""
    listed: dict[str, set[date]] = defaultdict(set)
    with LIST.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            listed[row["country"]].add(date.fromisoformat(row["date"]))
    assert len(listed) == 7
    for country, days in listed.items():
        found = set(public_holidays(country, sorted({day.year for day in days})))
        assert len(days ^ found) <= 0.1 * len(days), country
        # New Year's Day, to be sure that these are not other dates altogether; Israel counts other years.
        assert country == "IL" or {date(year, 1, 1) for year in (1999, 2013, 2026)} <= found


@pytest.mark.parametrize(
    ("arguments", "field", "remedy"),
    [
        (("XX", [2026]), "country", "ISO codes"),
        (("cz", [2026]), "country", "ISO codes"),
        ((None, [2026]), "country", "ISO code"),
        (("DE", [2026], "ZZ"), "country", "subdivision"),
        (("CZ", ["2026"]), "years", "from 1900 to 2299"),
        (("CZ", [2300]), "years", "from 1900 to 2299"),
        (("CZ", [2026, 1910]), "years", "give the dates yourself"),
    ],
)
def test_what_the_library_does_not_know_is_refused(arguments: Any, field: str, remedy: str) -> None:
    with pytest.raises(InvalidValue, match=remedy) as error:
        public_holidays(*arguments)
    assert error.value.field == field


def test_without_the_extra_the_adapter_says_what_to_install() -> None:
    code = "import sys; sys.modules['holidays'] = None; import supportq.adapters.holidays"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError: supportq.adapters.holidays needs holidays" in done.stderr
    assert "pip install 'supportq[holidays]'" in done.stderr
