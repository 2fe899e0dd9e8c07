"""What was promised against what happened, as plain rows: the numbers behind the picture of a run."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from supportq._instants import instant
from supportq.cli._drive import Promise
from supportq.cli._tally import ENOUGH, Record
from supportq.hours import local_instant

__all__ = ["SHARES", "Reliability", "Stretch", "fan", "reliability"]

SHARES: Final = (0.1, 0.5, 0.9)
"""The shares of clients who should be answered by `p10`, `p50` and `p90`."""

MOST: Final = 60
"""Into how many stretches a run is cut at most: more cannot be told apart in a picture."""

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LENGTHS: Final = (2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY)
"""How long a stretch may be, beside a number of weeks. Clients ask in even hours, so one hour would leave every other empty."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The promises made in one lane from `begins` until `ends`, taken together: `told` are the p10, p50 and p90 of them all.

    `waits` are the p10, p50 and p90 of what these clients really waited from then on until an answer began, those who still
    wait counted as the longest; `None` where such a quantile is one of them. Each of them has waited for `at_least`.
    """

    lane: str
    begins: datetime
    ends: datetime
    made: int
    told: tuple[timedelta, timedelta, timedelta]
    waits: tuple[timedelta | None, timedelta | None, timedelta | None]
    at_least: timedelta


@dataclass(frozen=True, slots=True)
class Reliability:
    """For how many of the promises of a lane that are due an answer began by p10, by p50 and by p90: one, five and nine in ten
    should. `None` where fewer than `ENOUGH` are due; see `Score`.
    """

    lane: str
    due: int
    not_due: int
    begun: tuple[float, float, float] | None = None


def fan(
    promises: Sequence[Promise], records: Mapping[str, Record], now: datetime, lanes: Iterable[str], zone: tzinfo
) -> list[Stretch]:
    """The stretches of each lane in turn, in order of time; those without a promise are left out.

    All are equally long, counted from a midnight of `zone`: two hours, or as much as makes few enough of them.
    """
    if not promises:
        return []
    asked = [promise.asked_at for promise in promises]
    midnight = instant(local_instant(min(asked).astimezone(zone).date(), time(0), zone))
    length = _length(max(asked) - midnight)
    found: defaultdict[tuple[str, int], list[Promise]] = defaultdict(list)
    for promise in promises:
        found[promise.lane, (promise.asked_at - midnight) // length].append(promise)
    return [
        _stretch(found[lane, number], midnight + number * length, length, records, now)
        for lane in lanes
        for number in sorted(number for name, number in found if name == lane)
    ]


def _length(span: timedelta) -> timedelta:
    week = _LENGTHS[-1]
    return next((length for length in _LENGTHS if span < MOST * length), week * math.ceil(span / (MOST * week)))


def _stretch(
    made: Sequence[Promise], begins: datetime, length: timedelta, records: Mapping[str, Record], now: datetime
) -> Stretch:
    waits = sorted(wait for one in made if (wait := _waited(one, records)) is not None)
    low, middle, high = (_reached(waits, share, len(made)) for share in SHARES)
    at_least = now - max(one.asked_at for one in made)
    return Stretch(made[0].lane, begins, begins + length, len(made), _together(made), (low, middle, high), at_least)


def _together(made: Sequence[Promise]) -> tuple[timedelta, timedelta, timedelta]:
    """The p10, p50 and p90 of several promises: of one, or of equal ones, what they say.

    Each is counted as three clients who wait until its p10, four until its p50, three until its p90. Medians of the p10 and
    of the p90 would not do: the waits of an hour of minutes and an hour of days spread further than any promise of either.
    """
    lengths = sorted(
        length for one in made for length, times in ((one.p10, 3), (one.p50, 4), (one.p90, 3)) for _ in range(times)
    )
    count = len(lengths)
    return lengths[count // 10], lengths[count // 2], lengths[count * 9 // 10]


def _waited(promise: Promise, records: Mapping[str, Record]) -> timedelta | None:
    """From the promise until an answer began."""
    taken_at = records[promise.ticket_id].taken_at
    return None if taken_at is None else taken_at - promise.asked_at


def _reached(waits: Sequence[timedelta], share: float, made: int) -> timedelta | None:
    """The quantile of all that were made, where those not among the sorted waits are the longest."""
    index = max(0, math.ceil(share * made) - 1)
    return waits[index] if index < len(waits) else None


def reliability(
    promises: Sequence[Promise], records: Mapping[str, Record], now: datetime, lanes: Iterable[str]
) -> list[Reliability]:
    """How many promises of each lane were kept, of those that are due: whose p90 has passed, answered or not."""
    return [_reliability(lane, [one for one in promises if one.lane == lane], records, now) for lane in lanes]


def _reliability(lane: str, made: Sequence[Promise], records: Mapping[str, Record], now: datetime) -> Reliability:
    due = [promise for promise in made if promise.asked_at + promise.p90 <= now]
    counts = len(due), len(made) - len(due)
    if len(due) < ENOUGH:
        return Reliability(lane, *counts)
    waits = [(one, _waited(one, records)) for one in due]
    p10 = sum(wait is not None and wait <= one.p10 for one, wait in waits)
    p50 = sum(wait is not None and wait <= one.p50 for one, wait in waits)
    p90 = sum(wait is not None and wait <= one.p90 for one, wait in waits)
    return Reliability(lane, *counts, (p10 / len(due), p50 / len(due), p90 / len(due)))
