"""The command line: the only part of supportq that reads clocks of terminals, files and streams."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper, UnsupportedOperation
from typing import Final, NoReturn

__all__ = ["InputError", "complain", "main"]

COMMANDS: Final = {
    "demo": "a travel desk in a storm, from its first call to its last report",
    "replay": "the same on your own requests",
    "rank": "the order in which requests stand at an instant",
    "suspects": "pairs of tickets that may be the same matter, with the evidence",
    "run": "a host in miniature: commands in, events and answers out, as JSON Lines",
    "schema": "the JSON Schema of an input or output",
    "policy": "a ready policy as JSON",
}
"""Each command with its line of help; the module `supportq.cli._NAME` has its arguments and its `main`."""

BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 2, 130, 141


class InputError(Exception):
    """Something given to a command cannot be used. The message is one line: file, line, field, remedy."""


def complain(message: str) -> None:
    """One line on standard error, or silence where that is closed: `print` would take standard output then."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: done; 2: the input could not be used, or not all of it, or a file could not be written (one line on standard error says
    what); 130: interrupted; 141: the reader of the output went away.
    """
    if sys.stdout is None:
        complain("supportq: standard output is closed; leave it open, or send it to a file")
        return BAD_INPUT
    _use_utf8()
    given = sys.argv[1:] if argv is None else argv
    if not given:
        complain(_top().format_help().rstrip())
        return BAD_INPUT
    chosen = _top().parse_args(given)
    prog = f"supportq {chosen.command}"
    try:
        return _perform(chosen.command, chosen.arguments, prog)
    except InputError as error:
        complain(f"{prog}: {error}")
        return BAD_INPUT
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:
        _drop_output()
        complain(f"{prog}: {error.filename or 'output'}: {error.strerror}")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _perform(command: str, arguments: Sequence[str], prog: str) -> int:
    """Load the module of the command, and no other; it may need an extra that is not installed."""
    try:
        module = import_module(f"supportq.cli._{command}")
        parser = _Parser(prog=prog, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(parser)
        status: int = module.main(parser.parse_args(arguments))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "rich":
            raise
        raise InputError("needs rich; install it with: pip install 'supportq[cli]'") from None
    sys.stdout.flush()
    return status


def _drop_output() -> None:
    """What is still buffered cannot be written either; without this the interpreter would complain at its end."""
    # A host that put a stream of its own there has to deal with it itself.
    with suppress(UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _top() -> _Parser:
    listed = "\n".join(f"  {name:<10}{help_}" for name, help_ in COMMANDS.items())
    parser = _Parser(
        prog="supportq",
        usage="supportq COMMAND ...",
        description="Which ticket is next, which requests are the same, and when each client will be answered.",
        epilog=f"commands:\n{listed}\n\nsupportq COMMAND --help says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"supportq {version('supportq')}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _use_utf8() -> None:
    """JSON is UTF-8, whatever the terminal says; bytes that are not reach the place where they can be named.

    Input may begin with a byte order mark, as files may.
    """
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
