"""What a run prints and writes: a counter for each evening, the tables of the end, two files and, if asked for, a picture."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from supportq.cli._days import Days, Evening
from supportq.cli._drive import Promise
from supportq.cli._files import InputError
from supportq.cli._tally import ENOUGH, Answer, Record, Score, Tally, quantile
from supportq.cli._words import counted
from supportq.events import Event
from supportq.schema import to_json

__all__ = [
    "TICKET_COLUMNS",
    "Plot",
    "add_plot_option",
    "check_writable",
    "long_date",
    "plotter",
    "screen",
    "shown",
    "tell",
    "write_tickets",
]

EVENTS: Final = "events.jsonl"
TICKETS: Final = "tickets.csv"
TICKET_COLUMNS: Final = (
    "ticket",
    "client",
    "kind",
    "channel",
    "arrived_at",
    "lane",
    "state",
    "requests",
    "agent",
    "taken_at",
    "replied_at",
    "waited",
    "promised_p10",
    "promised_p50",
    "promised_p90",
)
"""The columns of the ticket file. `lane` is where the ticket waits, or where it was taken from; durations are seconds."""

_DAY: Final = timedelta(days=1)
_WIDTH: Final = 110
"""How wide lines are where no terminal says its width."""


_OUT: Final = ("--out", "a folder that can be written to")
_PLOT: Final = ("--plot", "a file that can be written")
"""An option that names where to write, and what to give where that cannot be done."""


class Plot(NamedTuple):
    """Where the picture of a run goes, and what draws it when the run is over."""

    file: Path
    drawn: Callable[[Days], bytes]


class _Screen(Console):
    """Leaves it to the command line what to do when the reader of the output goes away."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _Plain(_Screen):
    """Where there is no terminal: lines without the blanks that fill them up."""

    def print(self, *objects: Any, **options: Any) -> None:
        with self.capture() as captured:
            super().print(*objects, **options)
        self.file.write("\n".join(line.rstrip(" ") for line in captured.get().split("\n")))
        self.file.flush()


def screen() -> Console:
    """Where a run prints: plain lines of one width if it is no terminal."""
    console = _Screen(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else _Plain(highlight=False, markup=False, emoji=False, width=_WIDTH)


def check_writable(out: Path) -> None:
    """Raises `InputError` now, and not after the work, if the files of a run cannot be written there."""
    for path in (out / EVENTS, out / TICKETS):
        _check_writable(path, *_OUT)


def _check_writable(path: Path, option: str, remedy: str) -> None:
    with _refused(path, option, remedy):
        new = not path.exists()
        with path.open("ab"):
            pass
        if new:
            path.unlink()


def add_plot_option(parser: argparse.ArgumentParser) -> None:
    """The option `--plot`, as `demo` and `replay` have it."""
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a picture of the promises too: FILE.svg or FILE.png")


def plotter(file: Path | None) -> Plot | None:
    """What draws the picture in the end; `None` where no file is named.

    Raises `InputError` now, and not after the work, if it is no kind of picture, cannot be drawn here or cannot be written.
    """
    if file is None:
        return None
    form = file.suffix.lower().removeprefix(".")
    if form not in ("svg", "png"):
        raise InputError(f"--plot: {file}: is no picture that can be drawn; give a name that ends in .svg or .png")
    try:
        picture = import_module("supportq.cli._plot").picture
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "matplotlib":
            raise
        raise InputError("--plot: needs matplotlib; install it with: pip install 'supportq[plot]'") from None
    _check_writable(file, *_PLOT)
    return Plot(file, lambda days: picture(days, form))


def tell(
    days: Days,
    out: Path,
    console: Console,
    *,
    notes: Callable[[], Iterable[str]] = tuple,
    plot: Plot | None = None,
) -> None:
    """Run to the end: a counter for each evening, then the tables of the end; the events go to `out` as they happen.

    `notes` gives lines to print beneath the tables; `plot` is drawn last. Raises `InputError` if the files cannot be written.
    """
    with _written(out / EVENTS) as events, _bar(days, console) as show:

        def heard(now: datetime, happened: Sequence[Event]) -> None:
            events.writelines(f"{to_json(event)}\n" for event in happened)
            show(now)

        for evening in days.evenings(heard):
            if evening.busy:
                console.print(_evening_table(evening), "")
    with _written(out / TICKETS) as tickets:
        write_tickets(tickets, days.tally.records, days.drive.promises)
    console.print(_waits_table(days.tally.answers, days.lanes), "")
    console.print(_promises_table(days.scores), _promises_text(days.drive.silent), "")
    console.print(_repeats_text(days.tally, days.drive.desk.counter().answered, days.passed), *notes(), sep="\n")
    console.print("")
    for name, count, what in (EVENTS, len(days.drive.log), "event"), (TICKETS, len(days.tally.records), "ticket"):
        console.print(f"{counted(count, what)}: {out / name}", soft_wrap=True)
    if plot is not None:
        with _refused(plot.file, *_PLOT):
            _put(plot.file, plot.drawn(days))
        console.print(f"picture: {plot.file}", soft_wrap=True)


@contextmanager
def _bar(days: Days, console: Console) -> Iterator[Callable[[datetime], None]]:
    """A progress bar on a terminal, nothing elsewhere; the function it gives moves it to an instant of the run."""
    start = days.drive.start
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=(days.latest - start) / _DAY)

        def show(now: datetime) -> None:
            progress.update(task, completed=(now - start) / _DAY, description=f"{now:%d %b %H:%M} UTC")

        yield show


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """A text file of a run, to write."""
    with _refused(path, *_OUT), path.open("w", encoding="utf-8", newline="") as file:
        yield file


def _put(path: Path, content: bytes) -> None:
    """Write a file whole: one that cannot be, on a full disk for example, leaves what stood there before, or nothing."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _refused(path: Path, option: str, remedy: str) -> Iterator[None]:
    """Makes the folder of a file where there is none; if the file cannot be written, that is an `InputError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{option}: {path}: {error.strerror}; give {remedy}") from None


# --------------------------------------------------------------------------------------------------------- tables


def _evening_table(evening: Evening) -> Table:
    """The counter of one evening: what the day brought, and how it stands.

    Received less repeats removed less answered is by how much what waits or is being answered has grown.
    """
    now, before = evening.counter, evening.before
    table = _table(long_date(evening.day), "this day", "so far")
    filed = [("filed, no answer needed", before.filed, now.filed)] if now.filed_by else []
    for name, earlier, so_far in (
        ("received", before.received, now.received),
        ("repeats removed", evening.removed_before, evening.removed),
        ("wrote again after the answer", before.repeats - evening.removed_before, now.repeats - evening.removed),
        ("answered", before.answered, now.answered),
        *filed,
    ):
        table.add_row(name, f"{so_far - earlier:,}", f"{so_far:,}")
    table.add_row("being answered", f"{now.taken - before.taken:+,}", f"{now.taken:,}")
    for lane, waiting in now.waiting_by_lane.items():
        entered, more = evening.entered.get(lane, 0), waiting - before.waiting_by_lane[lane]
        table.add_row(f"came into {lane}", f"{entered - evening.entered_before.get(lane, 0):,}", f"{entered:,}")
        table.add_row(f"waiting in {lane}", f"{more:+,}", f"{waiting:,}")
    table.add_row("oldest has waited", "", shown(now.oldest_wait))
    return table


def _waits_table(answers: Iterable[Answer], lanes: Sequence[str]) -> Table:
    """How long tickets waited until they were taken, by the lane they were taken from."""
    by_lane: dict[str, list[Answer]] = {lane: [] for lane in lanes}
    for answer in answers:
        by_lane[answer.lane].append(answer)
    table = _table("Waits until an answer began", "answers", "median", "p90", "longest", "of it in the lane: median", "p90")
    for lane, found in by_lane.items():
        waits, in_lane = sorted(one.wait for one in found), sorted(one.in_lane for one in found)
        shares = ((waits, 0.5), (waits, 0.9), (waits, 1), (in_lane, 0.5), (in_lane, 0.9))
        table.add_row(lane, f"{len(found):,}", *(shown(quantile(values, share)) for values, share in shares))
    return table


def _promises_table(scores: Iterable[Score]) -> Table:
    """How good the promises were: those that are due, scored, and how many are not due."""
    table = _table("Promises, by lane when made", "made", "not due", "due", "begun by p90", "between p10 and p90", "missed by")
    for one in scores:
        counts = (one.due + one.not_due, one.not_due, one.due)
        table.add_row(
            one.lane, *(f"{count:,}" for count in counts), _share(one.by_p90), _share(one.inside), shown(one.missed_by)
        )
    table.add_row("as they should be", "", "", "", "90%", "80%", "", style="dim")
    return table


def _promises_text(silent: int) -> str:
    return (
        f"A promise is due when its p90 has passed, answered or not; fewer than {ENOUGH} due get no score. Missed by: the"
        f" median of those not begun by p90. Asked when nothing could be promised: {silent:,}."
    )


def _repeats_text(tally: Tally, answered: int, passed: timedelta) -> str:
    """What repeats would have cost: those that joined a ticket still to be answered, in days of answers."""
    text = f"Repeats: {tally.removed:,} joined a ticket that was still to be answered"
    if answered:
        a_day = answered / (passed / _DAY)
        text += f"; at {a_day:,.0f} answers a day they would have cost {tally.removed / a_day:.1f} days of the queue"
    return f"{text}. {tally.again:,} wrote again after the answer."


def _table(title: str, *columns: str) -> Table:
    table = Table(box=None, padding=(0, 0, 0, 3), pad_edge=False, header_style="bold")
    table.add_column(title, min_width=28)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def shown(wait: timedelta | None) -> str:
    """A duration as people say it; `-` for none.

    >>> [shown(timedelta(seconds=40)), shown(timedelta(minutes=45)), shown(timedelta(hours=5.3)), shown(timedelta(days=10.42))]
    ['40 s', '45 min', '5.3 h', '10.4 d']
    """
    if wait is None:
        return "-"
    if wait < timedelta(seconds=90):
        return f"{wait / timedelta(seconds=1):.0f} s"
    if wait < timedelta(minutes=90):
        return f"{wait / timedelta(minutes=1):.0f} min"
    return f"{wait / timedelta(hours=1):.1f} h" if wait < 2 * _DAY else f"{wait / _DAY:.1f} d"


def long_date(day: date) -> str:
    """A day as people write it.

    >>> long_date(date(2013, 2, 7))
    'Thursday 7 February 2013'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


# ---------------------------------------------------------------------------------------------------------- tickets


def write_tickets(file: TextIO, records: Mapping[str, Record], promises: Iterable[Promise]) -> None:
    """One row for each ticket, in the order in which they were opened."""
    promised = {promise.ticket_id: promise for promise in promises}
    out = csv.writer(file, lineterminator="\n")
    out.writerow(TICKET_COLUMNS)
    for ticket_id, record in records.items():
        out.writerow((ticket_id, *_row(record, promised.get(ticket_id))))


def _row(record: Record, promise: Promise | None) -> Iterator[str | int | None]:
    yield from (record.client_id, record.request.kind, record.request.channel, _instant(record.arrived_at))
    yield from (record.lane, record.state.value, record.requests, record.agent)
    yield from (_instant(record.taken_at), _instant(record.replied_at), _seconds(record.wait))
    yield from (None, None, None) if promise is None else map(_seconds, (promise.p10, promise.p50, promise.p90))


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())
