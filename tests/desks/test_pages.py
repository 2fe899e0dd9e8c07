"""Each page of a desk states every clause with its place in the policy and its tests, and each of these tests is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supportq.presets import NAMES

HERE = Path(__file__).parent
PAGES = HERE.parent.parent / "docs" / "desks"
CLAUSES = {
    "crisis-air-desk": ("A", 11),
    "booking-support-24-7": ("B", 9),
    "agency-with-managers": ("C", 8),
    "duty-assistant": ("D", 12),
    "two-systems": ("E", 6),
}
"""The letter of each desk, and how many clauses it has."""


def rows(name: str) -> dict[str, list[str]]:
    """The clauses of a page: the cells of each row by its number."""
    lines = (PAGES / f"{name}.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| [A-E]\d+ \|", line)]
    return {number: rest for number, *rest in cells}


def test_every_desk_has_a_page_and_every_page_a_desk() -> None:
    assert set(NAMES) == set(CLAUSES) == {page.stem for page in PAGES.glob("*.md")}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_states_every_clause_where_it_is_in_the_policy_and_which_test_shows_it(name: str) -> None:
    letter, count = CLAUSES[name]
    table = rows(name)
    assert list(table) == [f"{letter}{number}" for number in range(1, count + 1)]
    source = (HERE / f"test_{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    marked = re.findall(r"^@clause\(\s*\"(\w+)\",\s*without=(\w+)", source, re.MULTILINE)
    assert {number for number, _ in marked} == set(table), "every clause has a test that is marked with its number"
    for number, (_, data, shown) in table.items():
        outside = {without == "None" for marked_number, without in marked if marked_number == number} == {True}
        assert data.startswith("Nothing in the policy") == outside, number
        named = re.findall(r"`(test_\w+)`", shown)
        assert named, f"{number} names no test"
        for test in named:
            assert f"def {test}(" in source, f"{number}: there is no {test}"
