"""The estimate bench of the shared folder, played through a desk (rules E1 to E3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[3] / "shared")
BENCH = SHARED / "eta_bench"
ADAPTER = Path(__file__).parents[2] / "benchmarks"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BENCH.exists(), reason=f"the estimate bench, {BENCH.name}, is not in SUPPORTQ_SHARED"),
]


@pytest.mark.parametrize("scenario", ["calm", "varying"])
def test_every_bar_passes(scenario: str, tmp_path: Path) -> None:
    """Two runs give the same answers to the byte, too."""
    environment = os.environ | {"PYTHONPATH": str(ADAPTER)}

    def program(name: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(BENCH / f"{name}.py"), *options]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=BENCH, timeout=300, check=False)

    assert program("sim", scenario, "1", str(tmp_path)).returncode == 0
    told = []
    for number in range(2):
        predictions = tmp_path / f"{number}.jsonl"
        done = program("run", str(tmp_path), "eta_adapter:SupportQ", str(predictions))
        assert done.returncode == 0, done.stderr
        told.append(predictions.read_text(encoding="utf-8").split("\n", 1)[1])
    assert told[0] == told[1]
    judged = program("bars", str(tmp_path), str(tmp_path / "0.jsonl"))
    assert judged.returncode == 0, judged.stdout
