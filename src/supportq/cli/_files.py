"""The files of the command line: requests as CSV or JSON Lines, policies, staffing calendars, logs, scripts."""

from __future__ import annotations

import csv
import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol, TextIO, TypeAlias, cast

from supportq import presets, schema
from supportq.cli import InputError
from supportq.errors import InvalidValue, PolicyError
from supportq.events import Event
from supportq.policy import Policy
from supportq.staffing import Staffing
from supportq.tickets import Request

__all__ = [
    "STDIN",
    "InputError",
    "Row",
    "named",
    "read_log",
    "read_policy",
    "read_requests",
    "read_script",
    "read_staffing",
]

STDIN: Final = "-"

Row: TypeAlias = tuple[int, Request | InvalidValue]
"""The line on which a row of a request file begins, and the request or what is wrong with it."""


def named(name: str) -> str:
    """A file as messages name it."""
    return "standard input" if name == STDIN else name


def read_policy(name: str) -> Policy:
    """A preset by its name, or a policy from a JSON file."""
    if name in presets.NAMES:
        return presets.preset(name)
    if name != STDIN and not Path(name).exists():
        raise InputError(f"--policy {name}: is neither a file nor a preset; the presets are {', '.join(presets.NAMES)}")
    with _opened(name) as text:
        try:
            return schema.policy_from_json(text.read())
        except PolicyError as error:
            raise InputError(f"{named(name)}: {error}") from None


def read_staffing(name: str) -> Staffing:
    """A staffing calendar from a JSON file."""
    with _opened(name) as text:
        try:
            return schema.staffing_from_json(text.read())
        except InvalidValue as error:
            raise InputError(f"{named(name)}: {error}") from None


def read_log(name: str) -> list[Event]:
    """The events of a log, one on each line."""
    events: list[Event] = []
    with _opened(name) as text:
        for number, line in enumerate(text, 1):
            try:
                events.append(schema.event_from_json(line))
            except InvalidValue as error:
                remedy = f"the log is good up to line {number - 1}" if number > 1 else "give a log that run wrote"
                raise InputError(f"{named(name)}: line {number}: {error}; {remedy}") from None
    return events


def read_script(name: str) -> Iterator[tuple[int, str]]:
    """The lines of a script with their numbers, each as soon as it is there; blank ones are left out."""
    with _opened(name) as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                line.encode()
            except UnicodeEncodeError:
                raise InputError(f"{named(name)}: line {number}: is not UTF-8; save the file as UTF-8") from None
            yield number, line


def read_requests(name: str) -> Iterator[Row]:
    """The rows of a request file: CSV with dotted column names, or JSON Lines; `.gz` may follow either suffix.

    A file without a telling suffix, and standard input, are told by their first character. Bad rows are given as what is
    wrong with them; a file that cannot be read at all raises `InputError`.
    """
    with _opened(name) as text:
        head = _head(text)
        first = head[-1].lstrip()[:1] if head else ""
        if first == "[":
            raise InputError(f"{named(name)}: is a JSON array; give one object on each line")
        suffix = Path(name.removesuffix(".gz")).suffix.lower()
        if suffix not in (".csv", *_JSON_LINES):
            suffix = ".jsonl" if first == "{" else ".csv"
        lines = chain(head, text)
        yield from _json_rows(lines) if suffix in _JSON_LINES else _csv_rows(lines, named(name))


_JSON_LINES: Final = (".jsonl", ".ndjson")


def _head(text: TextIO) -> list[str]:
    """The lines up to the first that is not blank."""
    head = []
    for line in text:
        head.append(line)
        if line.strip():
            break
    return head


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    """The text of a file or of standard input; whatever goes wrong while it is read is an `InputError`.

    Bytes that are not UTF-8 are let through, as half surrogate pairs, so that the row that holds them can be named.
    """
    try:
        if name == STDIN:
            if sys.stdin is None:
                raise InputError("standard input: is closed; give a file, or leave it open")
            yield sys.stdin
            return
        opener = gzip.open if name.endswith(".gz") else open
        with opener(name, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            yield cast("TextIO", text)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{named(name)}: is no whole gzip file ({error}); pack it again") from None
    except OSError as error:
        raise InputError(f"{named(name)}: {error.strerror}; give a file that can be read") from None


def _json_rows(lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _request(line)


def _request(source: schema.Json) -> Request | InvalidValue:
    try:
        return schema.request_from_json(source)
    except InvalidValue as error:
        return error


_OF_SOMEBODY: Final = ("account", "email", "phone", "messenger", "name")
_OF_CLIENT: Final = (*_OF_SOMEBODY, "stage", "manager", "curator")
_OF_BOOKING: Final = ("reference", "service", "departs_at", "cancelled", "party_size", "rooms", "voucher", "system")
_OF_REQUEST: Final = (
    "id",
    "received_at",
    "channel",
    "kind",
    "text",
    "language",
    "attachments",
    "missed_call",
    "by_voice",
    "line",
    "urgent",
    "origin",
    "in_reply_to",
    "addressed_to",
    "zone",
    "reply_by",
)
COLUMNS: Final = (
    *_OF_REQUEST,
    *(f"client.{name}" for name in _OF_CLIENT),
    *(f"claims.{name}" for name in _OF_SOMEBODY),
    *(f"guest.{name}" for name in _OF_SOMEBODY),
    *(f"booking.{name}" for name in _OF_BOOKING),
)
"""The columns that a CSV file of requests may have, and `attributes.NAME` for any name."""

_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


class _Reader(Protocol):
    """What `csv.reader` gives."""

    line_num: int

    def __next__(self) -> list[str]: ...


def _csv_rows(lines: Iterable[str], file: str) -> Iterator[Row]:
    # The csv module's own limit is 128 KB; a longer text is for the request to refuse, by name.
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(lines, strict=True)
    begins = 1
    columns: list[str] | None = None
    while (cells := _cells(reader)) is not None:
        where = f"{file}: line {begins}"
        if columns is None and isinstance(cells, InvalidValue):
            raise InputError(f"{where}: {cells}")
        if isinstance(cells, InvalidValue):
            yield begins, cells
        elif not any(cells):
            # A blank line, or what a spreadsheet makes of one.
            pass
        elif columns is None:
            columns = _columns(cells, where)
        else:
            yield begins, _csv_request(columns, cells)
        begins = reader.line_num + 1
    if columns is None:
        raise InputError(f"{file}: is empty; begin it with a header line that names the columns")


def _cells(reader: _Reader) -> list[str] | InvalidValue | None:
    """The cells of the next row, or what is wrong with its quotes; `None` at the end. After a bad row the reader goes on."""
    try:
        return next(reader, None)
    except csv.Error as error:
        if str(error) == "unexpected end of data":
            return InvalidValue("row", "a quote is opened here and never closed, so the rest of the file is lost; close it")
        return InvalidValue("row", f"{error}; put the whole cell in quotes, and double those inside it")


def _columns(cells: Sequence[str], where: str) -> list[str]:
    """The header, checked: one wrong name would be wrong in every row."""
    if len(cells) == 1 and (";" in cells[0] or "\t" in cells[0]):
        raise InputError(f"{where}: the header is one cell, {cells[0]!r:.80}; separate the cells by commas")
    for column in cells:
        if column not in COLUMNS and not (column.startswith("attributes.") and column != "attributes."):
            raise InputError(f"{where}: {column!r:.80} is no column that is known; `supportq rank --help` lists them")
        if cells.count(column) > 1:
            raise InputError(f"{where}: column {column!r:.80} is there twice; keep one")
    if "id" not in cells:
        raise InputError(f"{where}: has no column id; give each request an id")
    return list(cells)


def _csv_request(columns: Sequence[str], cells: Sequence[str]) -> Request | InvalidValue:
    if len(cells) != len(columns):
        return InvalidValue("row", f"has {len(cells)} cells for {len(columns)} columns; quote cells that hold commas")
    data: dict[str, Any] = {}
    try:
        for column, cell in zip(columns, cells, strict=True):
            if cell:
                outer, _, inner = column.partition(".")
                holder = data.setdefault(outer, {}) if inner else data
                holder[inner or outer] = _cell(column, cell)
    except InvalidValue as error:
        return error
    if "booking" in data:
        data["bookings"] = [data.pop("booking")]
    request = _request(data)
    if isinstance(request, InvalidValue):
        return InvalidValue(request.field.replace("bookings[0]", "booking"), request.problem)
    return request


def _cell(column: str, cell: str) -> Any:
    """A cell as JSON has it: a truth value, a number, a list of names between semicolons, or text."""
    if column in ("missed_call", "by_voice", "urgent", "booking.cancelled"):
        if cell.lower() not in _TRUTH:
            raise InvalidValue(column, f"must be true or false, not {cell!r:.80}")
        return _TRUTH[cell.lower()]
    if column in ("booking.party_size", "booking.rooms"):
        if not (cell.isascii() and cell.isdigit() and len(cell) < 19):
            raise InvalidValue(column, f"must be a whole number, not {cell!r:.80}")
        return int(cell)
    if column == "attachments":
        return [name.strip() for name in cell.split(";") if name.strip()]
    if column.startswith("attributes.") and cell in ("true", "false"):
        return _TRUTH[cell]
    return cell
