"""A host in miniature: commands in, events and answers out, as JSON Lines, so that any language can embed the engine.

Every input line is an object: {"at": INSTANT, "do": NAME, ...arguments}. For each, its events are written, one on a line,
and then exactly one closing line, flushed at once:

  {"done": NAME, "line": N, "events": K}         a command, with the number of events written for it
  {"answer": NAME, "line": N, ...}               a query
  {"refused": CODE, "line": N, "message": ...}   a command or query that is not legal now; the script goes on

Blank lines get no closing line. "at" advances the desk first, for queries too. A malformed line stops the run with exit
status 2, and everything before it is done. `supportq schema command` says what commands there are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from os import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO, cast

from supportq import schema
from supportq.cli._files import STDIN, InputError, named, read_log, read_policy, read_script, read_staffing
from supportq.desk import Desk, Position
from supportq.errors import CommandRefused, InvalidValue, LogError, SupportqError
from supportq.events import Event, StaffingPlanned
from supportq.policy import Policy
from supportq.ranking import Explanation
from supportq.schema import Command
from supportq.staffing import Staffing
from supportq.tickets import Ticket


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("script", nargs="?", default="-", metavar="SCRIPT", help="JSON Lines; - or nothing: standard input")
    parser.add_argument("--policy", default="crisis-air-desk", metavar="NAME|FILE", help="default: %(default)s")
    parser.add_argument("--staffing", metavar="FILE", help="planned at the first line, unless the resumed log has a plan")
    parser.add_argument("--log", metavar="FILE", help="append the events to this file as they happen")
    parser.add_argument("--resume", metavar="FILE", help="go on from these events; may be the same file as --log")


def main(args: argparse.Namespace) -> int:
    """Run a script to its end."""
    policy = read_policy(args.policy)
    past = read_log(args.resume) if args.resume else []
    desk = _rebuilt(policy, past, args.resume)
    staffing = None
    if args.staffing and not any(isinstance(event, StaffingPlanned) for event in past):
        staffing = _checked(read_staffing(args.staffing), policy, args.staffing)
    with _appending(args.log, args.resume) if args.log else nullcontext() as log:
        host = Host(desk, sys.stdout, log, staffing)
        for number, line in read_script(args.script):
            try:
                host.obey(number, line)
            except schema.Malformed as error:
                raise InputError(f"{named(args.script)}: line {number}: {error}") from None
    return 0


def _rebuilt(policy: Policy, past: Iterable[Event], name: str) -> Desk:
    try:
        return Desk.from_log(policy, past)
    except LogError as error:
        problem = str(error).partition(": ")[2]
        raise InputError(
            f"{named(name)}: line {error.position + 1}: {problem}; is the log whole, and was it written under this policy?"
        ) from None


def _checked(staffing: Staffing, policy: Policy, name: str) -> Staffing:
    """The calendar, if it fits the policy; said before the first line and not at it."""
    try:
        Desk(policy).plan(staffing, now=_ANY_INSTANT)
    except InvalidValue as error:
        raise InputError(f"{named(name)}: {error}") from None
    return staffing


_ANY_INSTANT: Final = datetime(2000, 1, 1, tzinfo=UTC)


@contextmanager
def _appending(name: str, resumed: str | None) -> Iterator[BinaryIO]:
    """A log to append to. Two desks must not share one, so a log that holds events has to be the one that is resumed."""
    try:
        log = Path(name).open("ab+")  # noqa: SIM115  # closed below
    except OSError as error:
        raise InputError(f"--log {name}: {error.strerror}; give a file that can be written") from None
    try:
        if log.tell():
            if resumed is None or resumed == STDIN or not Path(name).samefile(resumed):
                raise InputError(f"--log {name}: holds events that are not resumed; give --resume {name}, or another file")
            log.seek(-1, SEEK_END)
            if log.read(1) != b"\n":
                log.write(b"\n")
        yield log
    finally:
        # Each line was flushed; what still cannot be written has been said.
        with suppress(OSError):
            log.close()


class Host:
    """Does what a host does with a desk: passes the instants in, stores the events, then answers (rule G5)."""

    def __init__(self, desk: Desk, out: TextIO, log: BinaryIO | None = None, staffing: Staffing | None = None) -> None:
        self._desk = desk
        self._out = out
        self._log = log
        self._staffing = staffing

    def obey(self, number: int, line: str) -> None:
        """Do what one line of a script says and write what came of it. Raises `Malformed` if it is no command."""
        problem = None
        try:
            command = schema.command_from_json(line)
        except schema.InvalidArgument as error:
            # Its instant and what falls due by then are not in doubt; only the command is refused.
            command, problem = Command(error.at, error.do, {}), InvalidValue(error.field, error.problem)
        events: list[Event] = []
        try:
            events += self._advance(command.at)
            if problem:
                raise problem
            found = self._call(command)
            if command.do in schema.COMMANDS:
                events += found
                closing = {"done": command.do, "line": number, "events": len(events)}
            else:
                closing = {"answer": command.do, "line": number, **_answer(command.do, found)}
        except (CommandRefused, InvalidValue) as refusal:
            closing = _refused(refusal, number)
        self._write([schema.to_json(event) for event in events], json.dumps(closing, **_COMPACT))

    def _advance(self, now: datetime) -> list[Event]:
        """What is due by now; and the staffing calendar, at the first instant there is."""
        events = list(self._desk.advance(now=now))
        if self._staffing is not None:
            events += self._desk.plan(self._staffing, now=now)
            self._staffing = None
        return events

    def _call(self, command: Command) -> Any:
        method = getattr(self._desk, command.do)
        # `next_wakeup` is a property: there is nothing to call.
        return method(**command.arguments, now=command.at) if callable(method) else method

    def _write(self, events: list[str], closing: str) -> None:
        """Store first, answer then: whoever has read the closing line may rely on the log."""
        if self._log is not None and events:
            try:
                self._log.write("".join(f"{event}\n" for event in events).encode())
                self._log.flush()
            except OSError as error:
                raise InputError(f"--log {self._log.name}: {error.strerror}; the last line was not answered") from None
        self._out.writelines(f"{line}\n" for line in (*events, closing))
        self._out.flush()


_COMPACT: Final[Mapping[str, Any]] = {"separators": (",", ":"), "ensure_ascii": False, "default": schema.to_data}


def _answer(do: str, found: object) -> dict[str, object]:
    """An answer as JSON; a ticket is called `ticket`, as in commands."""
    match found:
        case list():
            return {"tickets": found}
        case str():
            return {"client": found}
        case tuple() if do == "advise":
            return {do: list(map(schema.to_data, found))}
        case tuple():
            return {do: [_ticket_first(data) for data in map(schema.to_data, found)]}
        case datetime() | None:
            return {"next_wakeup": found}
        case Ticket():
            return _ticket_first(schema.to_data(found), "id")
        case Position():
            return _ticket_first(schema.to_data(found))
        case Explanation():
            data = _ticket_first(schema.to_data(found))
            return data | {name: data[name] and _ticket_first(data[name]) for name in ("above", "below")}
    return cast("dict[str, object]", schema.to_data(found))


def _ticket_first(data: dict[str, Any], key: str = "ticket_id") -> dict[str, Any]:
    return {"ticket": data.pop(key), **data}


def _refused(refusal: SupportqError, number: int) -> dict[str, object]:
    facts = {name: getattr(refusal, name) for name in refusal.facts}
    return {"refused": type(refusal).__name__, "line": number, "message": str(refusal), **facts}
