"""A travel desk in a storm: the real flights of New York from 7 to 11 February 2013, half of them cancelled on the worst days.

30,000 requests wait already, 6,000 come a day, many of them repeats, and 62 agents by shifts answer 3,000. The flights are
real; the clients, the agents, and when each cancellation became known are made up, by assumptions that are printed first.

It prints a counter for each evening, waits, promises and the cost of repeats at the end, and writes events.jsonl (the log, one
event on each line) and tickets.csv (one row for each ticket). The same seed gives the same files, byte for byte. --plot
FILE.svg or FILE.png draws what was promised against what happened, too; it needs the extra plot.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from supportq import Desk
from supportq.cli._days import Days
from supportq.cli._drive import Drive, lognormal
from supportq.cli._report import add_plot_option, check_writable, plotter, screen, tell
from supportq.cli._storm import FIRST_DAY, HANDLING_SPREAD, KNOWN, NEW_YORK, Storm, assumptions, staffing, told
from supportq.cli._words import counted
from supportq.events import Joined
from supportq.presets import preset

__all__ = ["Demo", "add_arguments", "main"]

POLICY: Final = "crisis-air-desk"


class Demo:
    """The whole story without a screen or a disk: `Demo(Storm()).play()`; then look at `desk`, `log` and `days`.

    The same storm gives the same log, event by event.
    """

    def __init__(self, storm: Storm) -> None:
        self.storm: Final = storm
        self.policy: Final = preset(POLICY)
        self.story: Final = told(storm)
        calendar = staffing(storm, front=self.policy.lanes[0].name)
        handling = lognormal(storm.rng("handling"), calendar.handling_time, HANDLING_SPREAD)
        drive = Drive(Desk(self.policy), self.story.happenings, start=storm.start, staffing=calendar, handling=handling)
        drive.load(self.story.backlog)
        self.days: Final = Days(drive, zone=NEW_YORK, last_day=storm.last_day)
        self.desk: Final = drive.desk
        self.log: Final = drive.log

    def play(self) -> Demo:
        """Run it to the end."""
        for _ in self.days.evenings():
            pass
        return self

    def recognised(self) -> tuple[int, int, int]:
        """How many repeats the clients sent, how many the desk recognised, and how many requests it joined to another matter.

        The desk cannot know; the story can.
        """
        matters = self.story.matters
        sent = len(matters) - len(set(matters.values()))
        joined = [event for event in self.log if isinstance(event, Joined)]
        wrong = sum(matters[event.request.id] != matters[event.ticket_id] for event in joined)
        return sent, len(joined) - wrong, wrong


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `supportq demo`."""
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="where the files go (%(default)s)")
    add_plot_option(parser)
    parser.add_argument("--seed", type=int, default=Storm().seed, help="another number tells another story (%(default)s)")
    parser.add_argument("--days", type=int, choices=range(1, 6), default=5, help="how many days of the storm (%(default)s)")
    parser.add_argument("--scale", type=_scale, default=1.0, help="so many times the requests and agents (%(default)s)")


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}") from None
    if not 0.001 <= scale <= 2:
        raise argparse.ArgumentTypeError(f"must be from 0.001 to 2, not {text}")
    return scale


def main(args: argparse.Namespace) -> int:
    """Tell the story on the screen, and write its files."""
    check_writable(args.out)
    plot = plotter(args.plot)
    storm = Storm(seed=args.seed, days=args.days).scaled(args.scale)
    console = screen()
    days = f"{FIRST_DAY.day} {f'to {storm.last_day.day} ' if storm.days > 1 else ''}{FIRST_DAY:%B %Y}"
    console.print(f"A travel desk in a storm: New York, {days}, seed {storm.seed}", style="bold")
    console.print(f"Real: {KNOWN}", "Assumed:", *(f"- {line}" for line in assumptions(storm)), "", sep="\n")
    demo = Demo(storm)
    tell(demo.days, args.out, console, notes=lambda: [_recognised_text(*demo.recognised())], plot=plot)
    return 0


def _recognised_text(sent: int, found: int, wrong: int) -> str:
    return (
        f"The story knows that {counted(sent, 'repeat')} came: {found:,} recognised, the others under another identifier or"
        f" without a booking; {counted(wrong, 'request')} joined a ticket of another matter."
    )
