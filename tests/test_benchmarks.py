"""The benchmarks run and say what they promise. Never a timed test: a figure that misses its bar is no failure here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAMES = ("ranking", "roundtrip", "crisis")


def run(name: str, *options: str) -> str:
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
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


def test_without_json_it_is_a_table_for_people() -> None:
    lines = run("crisis", "--quick").splitlines()
    assert lines[0].startswith("crisis on python ")
    assert any(line.endswith(("  ok", "  MISSED")) for line in lines)


def test_the_page_names_every_benchmark() -> None:
    page = (BENCHMARKS.parent / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert all(f"python benchmarks/{name}.py" in page for name in NAMES)
