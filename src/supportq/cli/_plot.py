"""The picture of a run: what clients were promised against what happened, and how often promises were kept.

The only module that knows the plotting library, which the extra `plot` brings.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta, tzinfo
from itertools import cycle, islice
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import matplotlib as mpl
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from supportq.cli._days import Days
from supportq.cli._promised import SHARES, Reliability, Stretch, fan, reliability

__all__ = ["Format", "picture"]

Format: TypeAlias = Literal["svg", "png"]

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Told apart by the colour-blind, too (Okabe and Ito); in black and white the marks and dashes tell the lanes apart."""
_MARKS: Final = ("o", "s", "D", "^", "v")
_DASHES: Final = ("-", "--", "-.", ":")
_BLACK, _GREY, _PALE = "#000000", "#666666", "#d9d9d9"

_STYLE: Final[dict[Any, Any]] = {
    # Text stays text: it can be searched, read out and copied. Lane names are not formulas.
    "svg.fonttype": "none",
    "svg.hashsalt": "supportq",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _GREY,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _PALE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}
_UNITS: Final = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1)))


class _Look(NamedTuple):
    """How a lane is drawn."""

    colour: str
    mark: str
    dashes: str


def picture(days: Days, form: Format) -> bytes:
    """The picture of a run that is over, as a file; the same bytes for the same run and the same plotting library."""
    made = days.drive.promises, days.tally.records, days.now, days.lanes
    kept = reliability(*made)
    with _styled():
        figure = _figure(fan(*made, days.zone), kept, days.zone)
        # No date and no version of the library.
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=150, metadata=metadata)
    return file.getvalue()


@contextmanager
def _styled() -> Iterator[None]:
    """The same style on every machine, whatever stands in a user's own settings."""
    with warnings.catch_warnings(), style.context("default"), mpl.rc_context(_STYLE):
        # The name of a lane may be in a script that the library's font lacks; viewers of SVG have others.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _figure(stretches: Sequence[Stretch], kept: Sequence[Reliability], zone: tzinfo) -> Figure:
    """A fan for each lane in which anything was promised, one above the other, and beside them how reliable they were."""
    looks = dict(zip((one.lane for one in kept), _looks(len(kept)), strict=True))
    lanes = list(dict.fromkeys(stretch.lane for stretch in stretches))
    rows = max(1, len(lanes))
    figure = Figure(figsize=(11, max(4.8, 1.2 + 2.3 * rows)), layout="constrained")
    grid = GridSpec(rows, 2, figure=figure, width_ratios=(1.75, 1))
    first: Axes | None = None
    for row, lane in enumerate(lanes):
        axes = figure.add_subplot(grid[row, 0], sharex=first)
        axes.tick_params(labelbottom=row == rows - 1)
        _draw_fan(axes, [stretch for stretch in stretches if stretch.lane == lane], looks[lane])
        first = first or axes
    if first is None:
        _say_nothing_was_promised(figure.add_subplot(grid[0, 0]))
    else:
        _draw_time(figure.axes[-1], stretches[0].ends - stretches[0].begins, zone)
        figure.legend(handles=_fan_legend(), loc="outside lower left", ncols=2)
    _draw_reliability(figure.add_subplot(grid[:, 1]), kept, looks)
    return figure


def _looks(count: int) -> Iterator[_Look]:
    return islice(map(_Look, cycle(_COLOURS), cycle(_MARKS), cycle(_DASHES)), count)


# ------------------------------------------------------------------------------------------------------------ fans


def _draw_fan(axes: Axes, stretches: Sequence[Stretch], look: _Look) -> None:
    """What was told as a band of steps, what happened as dots with whiskers; a few long waits may run out at the top."""
    longest = max(max(stretch.told[-1], stretch.waits[1] or stretch.told[-1]) for stretch in stretches)
    name, unit = _unit(longest)
    top = max(longest / unit * 1.25, 1)
    made = sum(stretch.made for stretch in stretches)
    axes.set_title(f"{stretches[0].lane}: {made:,} promised")
    axes.set_ylabel(f"wait in {name}")
    edges, (p10, p50, p90) = _steps(stretches, unit)
    axes.stairs(p90, edges, baseline=p10, fill=True, color=look.colour, alpha=0.25, linewidth=0)
    axes.plot(_apart(edges[:-1], edges[1:]), _apart(p50, p50), color=look.colour, linewidth=2, solid_capstyle="butt")
    _draw_waits(axes, stretches, unit, top)
    axes.set_ylim(0, top)


def _steps(stretches: Sequence[Stretch], unit: timedelta) -> tuple[list[float], list[list[float]]]:
    """The edges of all stretches from the first to the last, and what was told in each; nothing where nothing was."""
    begins, length = stretches[0].begins, stretches[0].ends - stretches[0].begins
    count = (stretches[-1].ends - begins) // length
    told: list[list[float]] = [[math.nan] * count for _ in SHARES]
    for stretch in stretches:
        for values, value in zip(told, stretch.told, strict=True):
            values[(stretch.begins - begins) // length] = value / unit
    return [float(date2num(begins + number * length)) for number in range(count + 1)], told


def _draw_waits(axes: Axes, stretches: Sequence[Stretch], unit: timedelta, top: float) -> None:
    """Whiskers from p10 to p90 with a dot at the median; an open triangle where p90 is still to come."""
    at = [float(date2num(stretch.begins + (stretch.ends - stretch.begins) / 2)) for stretch in stretches]
    low, middle = ([_in(unit, stretch.waits[which]) for stretch in stretches] for which in (0, 1))
    high = [min(top, _whisker_end(stretch) / unit) for stretch in stretches]
    still = [end if stretch.waits[2] is None else math.nan for stretch, end in zip(stretches, high, strict=True)]
    axes.plot(_apart(at, at), _apart(low, high), color=_BLACK, linewidth=0.8)
    axes.plot(at, middle, **_DOT)
    axes.plot(at, still, **_OPEN)


def _apart(begins: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Many strokes as one line with gaps: a much smaller file than many lines."""
    return [value for pair in zip(begins, ends, strict=True) for value in (*pair, math.nan)]


def _in(unit: timedelta, wait: timedelta | None) -> float:
    return math.nan if wait is None else wait / unit


def _whisker_end(stretch: Stretch) -> timedelta:
    _, middle, high = stretch.waits
    return max(stretch.at_least, middle or stretch.at_least) if high is None else high


_DOT: Final[dict[str, Any]] = {"color": _BLACK, "marker": "o", "markersize": 3, "linestyle": "none", "clip_on": False}
_OPEN: Final[dict[str, Any]] = {**_DOT, "marker": "^", "markersize": 4, "markerfacecolor": "white"}


def _fan_legend() -> list[Patch | Line2D]:
    return [
        Patch(color=_GREY, alpha=0.3, linewidth=0, label="promised: p10 to p90"),
        Line2D([], [], color=_GREY, linewidth=1.8, label="promised: p50"),
        Line2D([], [], **{**_DOT, "linestyle": "-"}, label="waited: median, and p10 to p90"),
        Line2D([], [], **_OPEN, label="over a tenth still wait, at least so long"),
    ]


_TICKS: Final = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S"]
_TICKS_AT_ZERO: Final = ["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"]
_BESIDE: Final = ["", "%Y", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"]
"""How an instant is written at its tick, by what changes from tick to tick: year, month, day, hour, ...; and what all share."""


def _draw_time(axes: Axes, length: timedelta, zone: tzinfo) -> None:
    locator = AutoDateLocator(tz=zone, maxticks=8)
    formatter = ConciseDateFormatter(locator, tz=zone, formats=_TICKS, zero_formats=_TICKS_AT_ZERO, offset_formats=_BESIDE)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    name, unit = _unit(length)
    axes.set_xlabel(f"promised at ({zone}), each {length / unit:g} {name} together")


def _say_nothing_was_promised(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, "Nothing was promised in this run.", ha="center", va="center", transform=axes.transAxes)


def _unit(longest: timedelta) -> tuple[str, timedelta]:
    """The unit in which a length has a handy number.

    >>> [_unit(timedelta(hours=hours))[0] for hours in (1, 1.9, 2, 47, 48)]
    ['minutes', 'minutes', 'hours', 'hours', 'days']
    """
    return next((pair for pair in _UNITS if longest >= 2 * pair[1]), _UNITS[-1])


# ----------------------------------------------------------------------------------------------------- reliability


def _draw_reliability(axes: Axes, kept: Sequence[Reliability], looks: dict[str, _Look]) -> None:
    """One point for each share that was promised; on the diagonal where as many were kept."""
    axes.set_title("Kept promises, of those due")
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle=(0, (4, 3)), label="as they should be")
    for one in kept:
        colour, mark, dashes = looks[one.lane]
        label = f"lane {one.lane}: {one.due:,} due, {one.not_due:,} not"
        if one.begun is None:
            axes.plot([], [], linestyle="none", label=f"{label}: too few for a point")
        else:
            axes.plot(
                SHARES, one.begun, color=colour, marker=mark, markersize=6.5, linestyle=dashes, clip_on=False, label=label
            )
    axes.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal", anchor="N", xticks=SHARES)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("answer promised with this chance by then")
    axes.set_ylabel("answer begun by then")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), alignment="left", handlelength=3)
