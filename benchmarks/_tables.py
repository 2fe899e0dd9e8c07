"""What the benchmarks that read tables share: the content of a file, plain or gzipped, and its rows."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from textwrap import shorten
from typing import TypeVar

_Made = TypeVar("_Made")


class InputError(Exception):
    """The input is not what the options say."""


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked if they are gzipped, whatever its name."""
    try:
        held = path.read_bytes()
        return gzip.decompress(held) if held.startswith(b"\x1f\x8b") else held
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read as CSV: {error}") from None


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, plain or gzipped; names and values without the blanks around them."""
    try:
        reader = csv.reader(io.StringIO(content(path).decode("utf-8-sig"), newline=""), strict=True)
        names = [name.strip() for name in next(reader, [])]
        for values in reader:
            if values and len(values) != len(names):
                raise InputError(f"{path}, line {reader.line_num}: has {len(values)} values for {len(names)} columns")
            if values:
                yield dict(zip(names, map(str.strip, values), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV: {error}") from None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of calls; what a column holds is asked for as what it should be, or a `ValueError` names it."""

    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def whole(self, column: str) -> int:
        """A whole number."""
        try:
            return int(self.values[column])
        except ValueError:
            raise ValueError(f"{column}: {self._shown(column)} is no whole number") from None

    def at(self, column: str) -> datetime:
        """A time of the day (H:MM:SS) as an instant: on the day of the row (yymmdd)."""
        try:
            day = datetime.strptime(self.values["date"], "%y%m%d").replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(f"date: {self._shown('date')} is no day as yymmdd") from None
        try:
            hours, minutes, seconds = map(int, self.values[column].split(":"))
            return datetime.combine(day, time(hours, minutes, seconds), UTC)
        except ValueError:
            raise ValueError(f"{column}: {self._shown(column)} is no time of day as H:MM:SS") from None

    def _shown(self, column: str) -> str:
        return repr(shorten(self.values[column], 40))


def calls_of(path: Path, columns: Sequence[str], made: Callable[[Row], _Made]) -> list[_Made]:
    """What `made` makes of each row of a month of the bank's calls.

    A row of another length, or one that `made` refuses, is named on standard error and left out: one bad row is no reason to
    lose a month. No field of these tables holds a line break, so lines are read by themselves and a stray quote spoils one.
    """
    first, *lines = content(path).split(b"\n")
    try:
        names = _values(first.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise InputError(f"{path}: cannot be read as CSV: {error}") from None
    for column in columns:
        if column not in names:
            raise InputError(f"{path}: has no column {column!r}; there are {shorten(', '.join(names), 200) or 'none'}")
    held = []
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        try:
            values = _values(line)
            if len(values) != len(names):
                raise ValueError(f"has {len(values)} values for {len(names)} columns")  # noqa: TRY301  # told as any other
            held.append(made(Row(number, dict(zip(names, values, strict=True)))))
        except (ValueError, OverflowError) as error:
            print(f"{path}, line {number}: {error}; the row is skipped", file=sys.stderr)
    return held


def _values(line: bytes) -> list[str]:
    try:
        return [value.strip() for value in next(csv.reader([line.decode().rstrip("\r")], strict=True), [])]
    except csv.Error as error:
        raise ValueError(str(error)) from None
