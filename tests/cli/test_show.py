"""`supportq schema`, `supportq policy`, and what all commands share: help, version, arguments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from command_line import supportq, written

from supportq import presets
from supportq.cli import COMMANDS
from supportq.schema import FORMS, json_schema, policy_from_json


@pytest.mark.parametrize("form", FORMS)
def test_schema_prints_the_json_schema(form: str) -> None:
    said = supportq("schema", form)
    assert (said.status, said.err) == (0, "")
    assert json.loads(said.out) == json_schema(form)  # type: ignore[arg-type]  # one of the forms


@pytest.mark.parametrize("name", presets.NAMES)
def test_policy_prints_a_preset_that_reads_back_unchanged(name: str) -> None:
    said = supportq("policy", name)
    assert (said.status, said.err) == (0, "")
    assert policy_from_json(said.out) == presets.preset(name)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["explode"], "explode"),
        (["schema"], "request|policy|staffing|command|event"),
        (["schema", "ticket"], "ticket"),
        (["policy", "nosuch"], "crisis-air-desk"),
        (["policy"], "NAME"),
        (["run", "a", "b"], "b"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments: list[str], problem: str) -> None:
    said = supportq(*arguments)
    assert (said.status, said.out) == (2, "")
    assert problem in said.complaint
    assert said.complaint.endswith("--help")


def test_without_a_command_it_lists_the_commands() -> None:
    said = supportq()
    assert (said.status, said.out) == (2, "")
    assert all(f"\n  {name} " in said.err for name in COMMANDS)


CLOSED = {"<&-": "standard input: is closed", ">&-": "standard output is closed"}


@pytest.mark.skipif(os.name != "posix", reason="closes streams by a POSIX shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", ["run", "replay -", ""])
def test_a_closed_standard_stream_is_one_clear_line_or_silence(arguments: str, closed: str, tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m supportq {arguments} {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", command], input="no request\n", capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (2, "")
    if "2>" in closed:
        assert done.stderr == ""
    elif arguments or closed == ">&-":
        assert done.stderr.count("\n") == 1
        assert CLOSED[closed] in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="closes streams by a POSIX shell")
def test_closed_streams_that_are_not_needed_are_not_missed(tmp_path: Path) -> None:
    rows = written(tmp_path / "a.csv", "id,client.phone\nA1,1\nA2\n")
    command = f'"{sys.executable}" -m supportq rank "{rows}" --at 2020-03-20T12:00:00Z --format csv <&- 2>&-'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    # The bad row is named nowhere, least of all among the rows.
    assert (done.returncode, done.stdout) == (2, "position,id,lane,reason,next_change\n1,A1,standard,takes everyone,\n")


def test_help_lists_every_command_and_the_version_is_that_of_the_package() -> None:
    said = supportq("--help")
    assert said.status == 0
    assert all(f"\n  {name} " in said.out for name in COMMANDS)
    assert supportq("--version").out == f"supportq {version('supportq')}\n"


@pytest.mark.parametrize("command", ["rank", "run", "schema", "policy"])
def test_every_command_says_what_it_does(command: str) -> None:
    said = supportq(command, "--help")
    assert said.status == 0
    assert said.out.startswith(f"usage: supportq {command} ")


def test_the_module_is_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "supportq", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"supportq {version('supportq')}\n"


def test_a_command_that_needs_rich_says_how_to_get_it() -> None:
    program = "import sys; sys.modules['rich'] = None; from supportq.cli import main; sys.exit(main(['demo']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "supportq demo: needs rich; install it with: pip install 'supportq[cli]'\n"


@pytest.mark.parametrize("command", ["run", "rank", "policy", "schema"])
def test_these_commands_do_not_need_rich(command: str) -> None:
    program = f"""
import sys
sys.modules["rich"] = None
from supportq.cli import main
sys.argv = ["supportq"]
arguments = {{"run": [], "rank": ["-", "--at", "2020-03-20T12:00:00Z"], "policy": ["crisis-air-desk"], "schema": ["event"]}}
sys.exit(main([{command!r}, *arguments[{command!r}]]))
"""
    given = "id\n" if command == "rank" else ""
    done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
