"""Calls the command line as a user would, in this process, and keeps what it said."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supportq.cli import main


@dataclass(frozen=True)
class Said:
    """The exit status of a command and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The event lines."""
        return [line for line in self.lines if "event" in line]

    @property
    def closings(self) -> list[dict[str, Any]]:
        """The closing lines."""
        return [line for line in self.lines if "event" not in line]

    @property
    def complaint(self) -> str:
        """Standard error, which holds one line."""
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err.removesuffix("\n")


def supportq(*argv: object, stdin: str | bytes = "") -> Said:
    """Call `supportq` with these arguments."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = main([str(argument) for argument in argv])
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    finally:
        sys.stdin = before
    return Said(status, out.getvalue(), err.getvalue())


def json_lines(values: Iterable[object]) -> str:
    """Values as JSON Lines."""
    return "".join(f"{json.dumps(value)}\n" for value in values)


def written(path: Path, text: str | bytes) -> Path:
    """A file that holds this text."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
