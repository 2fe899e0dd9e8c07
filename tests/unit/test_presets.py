"""The presets are policies as plain values. What each desk does is told, clause by clause, in `tests/desks`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from supportq import PolicyError
from supportq.presets import NAMES, preset
from supportq.schema import policy_from_json, to_json


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_reads_from_and_writes_to_json_unchanged(name: str) -> None:
    policy = preset(name)
    assert policy.name == name
    assert policy_from_json(to_json(policy)) == policy
    assert to_json(policy_from_json(to_json(policy))) == to_json(policy)


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(PolicyError, match="crisis-air-desk") as refusal:
        preset("nosuch")
    assert refusal.value.field == "preset"


@pytest.mark.parametrize("name", NAMES)
def test_importing_a_preset_reads_no_file_but_modules(name: str) -> None:
    program = f"""
import sys, supportq, importlib
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from supportq.presets import preset
preset({name!r})
print([path for path in opened if not path.endswith((".py", ".pyc"))])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
