"""The stated cases of duplicate requests, every step of every one: played by `benchmarks/dedup_cases.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# The benchmarks are no package.
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from dedup_cases import cases, play

SHARED = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[3] / "shared")
CASES = SHARED / "cases" / "dedup.jsonl"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"the cases, {CASES.name}, are not in SUPPORTQ_SHARED")


def test_every_step_of_every_case_comes_out_as_stated() -> None:
    played = [play(case, where) for where, case in cases(CASES)]
    assert len(played) == 25
    assert [str(failure) for one in played for failure in one.failures] == []
