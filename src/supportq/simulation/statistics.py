"""What the rows of a run come to, and how sure one can be of it after several."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, stdev
from typing import Final

from supportq._instants import micros
from supportq.errors import InvalidValue
from supportq.metrics import TicketRow
from supportq.simulation.results import Results

__all__ = ["Interval", "interval", "measures"]

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean of `count` independent runs, and the range in which the true one lies with the stated `confidence`.

    Both ends are `None` where one run tells nothing of the range.
    """

    mean: float
    low: float | None
    high: float | None
    count: int
    confidence: float = 0.95

    @property
    def half_width(self) -> float | None:
        """How far the range reaches to each side of the mean."""
        return None if self.high is None else self.high - self.mean

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference is real: the range does not hold 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The mean of independent values with its range by Student's t; `mean +- t x s / sqrt(n)`.

    >>> found = interval([9.0, 10.0, 11.0])
    >>> found.mean, round(found.low, 2), round(found.high, 2)
    (10.0, 7.52, 12.48)
    """
    if not values:
        raise InvalidValue("values", "are none; an interval needs at least one")
    if not 0 < confidence < 1:
        raise InvalidValue("confidence", f"must lie between 0 and 1, not {confidence!r}")
    mean, count = fmean(values), len(values)
    if count == 1:
        return Interval(mean, None, None, 1, confidence)
    reach = _student((1 + confidence) / 2, count - 1) * stdev(values) / math.sqrt(count)
    return Interval(mean, mean - reach, mean + reach, count, confidence)


def _student(share: float, freedom: int) -> float:
    """The quantile of Student's t for a share above a half, by halving; exact distribution for whole degrees of freedom."""
    low, high = 0.0, 2.0
    while _student_below(high, freedom) < share:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if _student_below(middle, freedom) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _student_below(value: float, freedom: int) -> float:
    """The share of Student's t below a value from 0 (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan(value / math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    if freedom % 2:
        total, term = 0.0, cosine
        for step in range(1, (freedom - 1) // 2 + 1):
            total += term
            term *= cosine * cosine * (2 * step) / (2 * step + 1)
        within = 2 / math.pi * (angle + sine * total)
    else:
        total, term = 0.0, 1.0
        for step in range(1, freedom // 2 + 1):
            total += term
            term *= cosine * cosine * (2 * step - 1) / (2 * step)
        within = sine * total
    return (1 + within) / 2


def measures(results: Results, *, since: datetime | None = None) -> dict[str, float]:
    """The figures of a run, by name; those of which there is none are left out. O(rows).

    Of the tickets that arrived `since` an instant (by default the start, so that a backlog from before does not count):
    `wait mean`, `wait p50`, `wait p90` and `wait longest`, in hours from the arrival until an agent began, of those begun;
    `tickets`, `unanswered` (at the end), `abandoned` and `repeats` (how many, per ticket), `promises kept` (of those that fell
    due, begun within the p90 that was told), `breaches` (per ticket); the same again for each lane, as `wait mean / LANE`. Of
    the whole run: `backlog` at the end, `occupancy` of those at work, and `answered`.
    """
    begin = results.start if since is None else since
    rows = [row for row in results.tickets if row.arrived_at >= begin and row.merged_into is None]
    found = dict(_of(rows, results.end))
    for lane in dict.fromkeys(row.lane for row in rows):
        found.update({f"{name} / {lane}": value for name, value in _of([row for row in rows if row.lane == lane], results.end)})
    staffed = math.fsum(agent.staffed / _SECOND for agent in results.agents)
    if staffed:
        found["occupancy"] = math.fsum(agent.busy / _SECOND for agent in results.agents) / staffed
    found["backlog"] = float(results.counter.backlog)
    found["answered"] = float(sum(agent.answered for agent in results.agents))
    return found


def _of(rows: Sequence[TicketRow], end: datetime) -> Iterable[tuple[str, float]]:
    yield "tickets", float(len(rows))
    if not rows:
        return
    waits = sorted((micros(row.started_at) - micros(row.arrived_at)) / 3.6e9 for row in rows if row.started_at is not None)
    if waits:
        yield "wait mean", fmean(waits)
        yield "wait p50", waits[len(waits) // 2]
        yield "wait p90", waits[min(len(waits) - 1, math.ceil(0.9 * len(waits)) - 1)]
        yield "wait longest", waits[-1]
    count = len(rows)
    yield "unanswered", float(sum(row.started_at is None and not row.withdrawn for row in rows))
    yield "abandoned", sum(row.withdrawn for row in rows) / count
    yield "repeats", sum(row.requests - 1 for row in rows) / count
    yield "breaches", sum(len(row.breached) for row in rows) / count
    # Judged when they fall due, whether anybody has been served by then or not (rule E3).
    judged = [kept for row in rows if (kept := _kept(row, end)) is not None]
    if judged:
        yield "promises kept", sum(judged) / len(judged)


def _kept(row: TicketRow, end: datetime) -> bool | None:
    """Whether a promise was kept; `None` for none, for one that is not due by the end, and where the client left before."""
    if row.promised is None or row.promised_at is None or (due := row.promised_at + row.promised) > end:
        return None
    if row.started_at is None and row.withdrawn and row.closed_at is not None and row.closed_at <= due:
        return None
    return row.started_at is not None and row.started_at <= due
