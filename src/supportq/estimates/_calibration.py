"""Whether promises are kept, and by how much ranges must be wider or may be narrower for that (rule E3).

The trap is to learn from tickets as they are served: in a crisis only short waits are served soon, so what is learnt is that
everything is fast. But whether a wait is longer than promised is decided for every ticket at the promised instant, served or
not. So each side of a promise is judged exactly when it falls due.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from supportq._instants import DAY, FOREVER, HOUR, duration, instant

_TARGET: Final = 0.1
"""The share of promises that may fail on each side."""
_STEP: Final = 0.5
"""How fast a factor follows what is seen, as a logarithm a share that failed, at most once an hour."""
_SHORT: Final = 4 * HOUR
"""Up to this horizon a factor is learnt at full speed; beyond it slower, since one wave decides many promises together."""
_LONG: Final = 16 * HOUR
"""Beyond this horizon ranges are only widened: one wave decides them all, and the next may be another."""
_LEAST, _MOST = -0.7, 1.4
"""The bounds of the logarithm of a factor."""
_LOWER, _UPPER = 0, 1
_WAIT_OF: Final = (0, 2)
"""Which of the three waits of a promise a side is."""
_REMEMBERED: Final = 100
"""So many days are told apart."""
_HUNDREDTHS: Final[tuple[int, ...]] = (*range(10, 200, 10), *range(200, 425, 25))
"""The ratios, in hundredths, by which it is counted what promises came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How the promises of one lane and day were kept, by those whose p90 has passed.

    `day` (UTC) is when they were given, `horizon` the power of two hours up to which the promised p50 went. Of `due` promises
    `early` many were taken by p10, which should be one in ten, and `late` many not by p90, likewise. `width` is the mean range
    from p10 to p90, the sharpness; `promised` the mean p50.
    """

    lane: str
    horizon: timedelta
    day: date
    due: int
    early: int
    late: int
    width: timedelta
    promised: timedelta

    @property
    def within(self) -> float:
        """The share that was taken between p10 and p90: four in five, if all is well."""
        return 1 - (self.early + self.late) / self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What the promises of one lane and horizon came to, by those that fell due.

    `bias` is the median of the real wait as a multiple of the promised p50, 1 if all is well. `needed` is what p90 would have
    had to be multiplied by to keep nine in ten. Both are `None` where too many are not taken yet, or beyond four times.
    `factors` are what the lower and upper halves of ranges are multiplied by from now on, as was learnt.
    """

    lane: str
    horizon: timedelta
    due: int
    bias: float | None
    needed: float | None
    factors: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """Whether promises are kept: by lane, horizon and day, of the last hundred days, and what they all came to (rule E3)."""

    kept: tuple[Kept, ...]
    calibrated: tuple[Calibrated, ...]


class _Side:
    """What was learnt of one side of the ranges of a lane and horizon, and what fell due in the hour that is being counted."""

    __slots__ = ("failed", "judged", "log")

    def __init__(self, log: float = 0.0) -> None:
        self.judged = self.failed = 0
        self.log = log


class _Promise:
    """What one client was told, in microseconds from `at` on, and how many of its sides are still to be judged."""

    __slots__ = ("at", "horizon", "lane", "left", "number", "stands", "started", "teaches", "ticket_id", "waits")

    def __init__(
        self,
        number: int,
        ticket_id: str,
        lane: int | None,
        at: int,
        waits: tuple[int | None, int | None, int | None],
        *,
        teaches: bool,
    ) -> None:
        lower, middle, upper = waits
        self.number = number
        self.ticket_id = ticket_id
        self.lane = lane
        """The lane that it was promised in; `None` once a policy holds that has no such lane."""
        self.horizon = horizon_of(next((wait for wait in (middle, upper, lower) if wait is not None), 0))
        self.at = at
        self.waits = waits
        self.teaches = teaches
        self.left = bool(lower) + bool(upper)
        self.stands = True
        """Whether it is the last that its client was told."""
        self.started: int | None = None


class Calibration:
    """Promises that are still to be judged, and what was learnt from those that were. A fold over the log.

    A promise costs O(log promises), once when it is given and once for each of its sides when that falls due. It is kept until
    its ticket is taken, or leaves.
    """

    __slots__ = ("_aside", "_days", "_heap", "_learn_at", "_of", "_open", "_ratios", "_sides", "due", "given")

    def __init__(self) -> None:
        self.given = 0
        """How many promises there were: each has its number, for a ticket may be promised again when it waits again."""
        self._open: dict[int, _Promise] = {}
        self._of: dict[str, list[int]] = {}
        """The same by ticket, the last given last."""
        self._aside: dict[str, tuple[int, int]] = {}
        """From when to when a ticket was put aside last, `FOREVER` while it is."""
        self._heap: list[tuple[int, int, int]] = []
        """What is to be judged: when, which promise, which side."""
        self._sides: dict[tuple[int, int, int], _Side] = {}
        """What was learnt, by lane, horizon and side."""
        self._days: dict[tuple[int, int, int], list[int]] = {}
        """How promises were kept, by lane, horizon and day: due, early, late, widths, promised waits."""
        self._ratios: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
        """For each lane and horizon how many due promises came to so many hundredths of p50, and of p90: by `_HUNDREDTHS`."""
        self._learn_at = FOREVER
        """The end of the hour in which something was judged that nothing was learnt from yet."""
        self.due = FOREVER
        """From when on there is something to `settle`."""

    # ------------------------------------------------------------------- folding

    def promised(
        self,
        ticket_id: str,
        lane: int,
        at: int,
        waits: tuple[int | None, int | None, int | None],
        *,
        teaches: bool = True,
    ) -> None:
        """Waits were promised that one in ten, half and nine in ten do not exceed, in microseconds from `at` on.

        Nothing is judged where an agent is free, or a side is `None`. One that does not teach is judged, and changes no range.
        """
        self.given += 1
        for number in self._of.get(ticket_id, ()):
            self._open[number].stands = False
        promise = _Promise(self.given, ticket_id, lane, at, waits, teaches=teaches)
        if promise.left:
            self._keep(promise, (_LOWER, _UPPER))
            self._look()

    def _keep(self, promise: _Promise, sides: Iterable[int]) -> None:
        self._open[promise.number] = promise
        self._of.setdefault(promise.ticket_id, []).append(promise.number)
        for side in sides:
            if wait := promise.waits[_WAIT_OF[side]]:
                heapq.heappush(self._heap, (promise.at + wait, promise.number, side))

    def started(self, ticket_id: str, at: int) -> None:
        """An agent took a ticket; for each promise the first time counts."""
        for number in list(self._of.get(ticket_id, ())):
            promise = self._open[number]
            if promise.started is None:
                promise.started = at
                if not promise.left:
                    self._file(promise)
                    self._forget(promise)

    def handed_back(self, ticket_id: str) -> None:
        """A ticket was given back unanswered: no answer has begun, as far as that is still to be judged."""
        for number in self._of.get(ticket_id, ()):
            self._open[number].started = None

    def put_aside(self, ticket_id: str, at: int) -> None:
        """A ticket that waited was parked; what falls due while it is, is not judged."""
        if ticket_id in self._of:
            self._aside[ticket_id] = at, FOREVER

    def came_back(self, ticket_id: str, at: int) -> None:
        """A parked ticket waits again."""
        if ticket_id in self._aside:
            self._aside[ticket_id] = self._aside[ticket_id][0], at

    def gone(self, ticket_id: str) -> None:
        """A ticket left the line without being taken: what was promised is judged no more; what was not kept stays so."""
        for number in list(self._of.get(ticket_id, ())):
            promise = self._open[number]
            if promise.started is None:
                if not promise.left:
                    self._file(promise)
                self._forget(promise)

    def _forget(self, promise: _Promise) -> None:
        del self._open[promise.number]
        numbers = self._of[promise.ticket_id]
        numbers.remove(promise.number)
        if not numbers:
            del self._of[promise.ticket_id]
            self._aside.pop(promise.ticket_id, None)

    def adopt(self, renumbered: Callable[[int], int | None]) -> None:
        """The desk goes by other rules from now on; `renumbered` says which number a lane has then, `None` if it is gone.

        What was promised under the rules before teaches nothing any more: no range could have told that they would change. What
        was learnt of lanes that are gone is forgotten, and what was promised in them is no longer judged, but stands.
        """
        for promise in self._open.values():
            promise.teaches = False
            promise.lane = None if promise.lane is None else renumbered(promise.lane)
        self._sides = {(new, *key[1:]): side for key, side in self._sides.items() if (new := renumbered(key[0])) is not None}
        self._days = {(new, *key[1:]): sums for key, sums in self._days.items() if (new := renumbered(key[0])) is not None}
        self._ratios = {
            (new, horizon): counts for (lane, horizon), counts in self._ratios.items() if (new := renumbered(lane)) is not None
        }

    def settle(self, at: int) -> None:
        """Judge what fell due before an instant, each at its own, and learn from each hour that is over."""
        while True:
            due = self._heap[0][0] if self._heap else FOREVER
            if self._learn_at <= min(due, at):
                self._learn()
            elif due < at:
                self._judge(*heapq.heappop(self._heap))
            else:
                break
        self._look()

    def _judge(self, due: int, number: int, side: int) -> None:
        promise = self._open.get(number)
        if promise is None:
            return
        since, until = self._aside.get(promise.ticket_id, (FOREVER, FOREVER))
        if since <= due < until:
            self._forget(promise)
            return
        in_time = promise.started is not None and promise.started <= due
        if promise.teaches:
            assert promise.lane is not None
            learnt = self._sides.setdefault((promise.lane, promise.horizon, side), _Side())
            learnt.judged += 1
            learnt.failed += in_time if side == _LOWER else not in_time
            self._learn_at = min(self._learn_at, (due // HOUR + 1) * HOUR)
        if side == _UPPER:
            self._count(promise, late=not in_time)
        promise.left -= 1
        if not promise.left and promise.started is not None:
            self._file(promise)
            self._forget(promise)

    def _learn(self) -> None:
        """An hour is over: follow the shares that failed in it."""
        for (_, horizon, _), side in self._sides.items():
            if side.judged:
                length = HOUR << max(0, horizon)
                log = side.log + _STEP * min(1.0, _SHORT / length) * (side.failed / side.judged - _TARGET)
                side.log = min(_MOST, max(0.0 if length > _LONG else _LEAST, log))
                side.judged = side.failed = 0
        self._learn_at = FOREVER

    def _count(self, promise: _Promise, *, late: bool) -> None:
        """Its p90 has passed."""
        if promise.lane is None:
            return
        lower, middle, upper = promise.waits
        assert upper is not None
        early = promise.started is not None and promise.started <= promise.at + (lower or 0)
        day = promise.at // DAY
        sums = self._days.get((promise.lane, promise.horizon, day))
        if sums is None:
            old = [key for key in self._days if key[2] <= day - _REMEMBERED]
            for key in old:
                del self._days[key]
            sums = self._days[promise.lane, promise.horizon, day] = [0] * 5
        for index, value in enumerate((1, early, late, upper - (lower or 0), middle or 0)):
            sums[index] += value

    def _file(self, promise: _Promise) -> None:
        """A promise whose p90 has passed came true, late or not: by how much. One that never does is late beyond measure."""
        _, middle, upper = promise.waits
        if upper is None or middle is None or promise.lane is None:
            return
        waited = FOREVER if promise.started is None else promise.started - promise.at
        empty = len(_HUNDREDTHS) + 1
        by_half, by_most = self._ratios.setdefault((promise.lane, promise.horizon), ([0] * empty, [0] * empty))
        by_half[bisect_left(_HUNDREDTHS, waited * 100 // max(middle, 1))] += 1
        by_most[bisect_left(_HUNDREDTHS, waited * 100 // upper)] += 1

    def _look(self) -> None:
        self.due = min(self._heap[0][0] + 1 if self._heap else FOREVER, self._learn_at)

    # ------------------------------------------------------------------- reading

    def factors(self) -> dict[tuple[int, int], tuple[float, float]]:
        """What the lower and upper halves of ranges are multiplied by, by lane and horizon; where nothing was learnt, by 1."""
        found: dict[tuple[int, int], tuple[float, float]] = {}
        for lane, horizon, _ in sorted(self._sides):
            lower, upper = (self._sides.get((lane, horizon, side)) or _Side() for side in (_LOWER, _UPPER))
            found[lane, horizon] = math.exp(lower.log), math.exp(upper.log)
        return found

    def report(self, lanes: Sequence[str]) -> CalibrationReport:
        """How the promises that fell due were kept; `lanes` are the names."""
        kept = tuple(
            Kept(
                lane=lanes[lane],
                horizon=_up_to(horizon),
                day=instant(day * DAY).date(),
                due=due,
                early=early,
                late=late,
                width=duration(width // due),
                promised=duration(promised // due),
            )
            for (lane, horizon, day), (due, early, late, width, promised) in sorted(self._days.items())
        )
        return CalibrationReport(kept, tuple(self._calibrated(lanes)))

    def _calibrated(self, lanes: Sequence[str]) -> Iterator[Calibrated]:
        factors = self.factors()
        late: dict[tuple[int, int], int] = {}
        for promise in self._open.values():
            if not promise.left and promise.waits[2] is not None and promise.lane is not None:
                late[promise.lane, promise.horizon] = late.get((promise.lane, promise.horizon), 0) + 1
        for key in sorted({*self._ratios, *late}):
            by_half, by_most = self._ratios.get(key, ([], []))
            due = sum(by_half) + late.get(key, 0)
            yield Calibrated(
                lane=lanes[key[0]],
                horizon=_up_to(key[1]),
                due=due,
                bias=_quantile(by_half, 0.5 * due),
                needed=_quantile(by_most, (1 - _TARGET) * due),
                factors=factors.get(key, (1.0, 1.0)),
            )

    def settled(self, at: int) -> Calibration:
        """The same as it will be at an instant, if nothing happens until then."""
        if at < self.due:
            return self
        later = Calibration()
        later.restore(self.state())
        later.settle(at)
        return later

    def standing(self) -> Iterator[tuple[str, int, tuple[int | None, int | None, int | None]]]:
        """The last promise of each ticket that was not taken since: the ticket, when, and the three waits."""
        for promise in self._open.values():
            if promise.stands and promise.started is None:
                yield promise.ticket_id, promise.at, promise.waits

    # ------------------------------------------------------------------ as a value

    def state(self) -> Mapping[str, object]:
        """All of it as values that JSON can hold; `restore` is the inverse."""
        return {
            "given": self.given,
            "open": [
                [one.number, one.ticket_id, one.lane, one.at, list(one.waits), one.teaches, one.left, one.stands, one.started]
                for one in (self._open[number] for number in sorted(self._open))
            ],
            "aside": [[ticket_id, *span] for ticket_id, span in sorted(self._aside.items())],
            "learn_at": self._learn_at,
            "learnt": [
                [*key, side.log, side.judged, side.failed]
                for key, side in sorted(self._sides.items(), key=lambda item: item[0])
            ],
            "days": [[*key, *sums] for key, sums in sorted(self._days.items())],
            "ratios": [[*key, *map(list, counts)] for key, counts in sorted(self._ratios.items())],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Become what `state` described."""
        self.given, self._learn_at = state["given"], state["learn_at"]
        for number, ticket_id, lane, at, waits, teaches, left, stands, started in state["open"]:
            promise = _Promise(number, ticket_id, lane, at, tuple(waits), teaches=teaches)
            # The lower side is judged first.
            sides = [side for side in (_LOWER, _UPPER) if promise.waits[_WAIT_OF[side]]]
            self._keep(promise, sides[len(sides) - left :])
            promise.left, promise.stands, promise.started = left, stands, started
        self._aside = {ticket_id: (since, until) for ticket_id, since, until in state["aside"]}
        for lane, horizon, side, log, judged, failed in state["learnt"]:
            learnt = self._sides[lane, horizon, side] = _Side(log)
            learnt.judged, learnt.failed = judged, failed
        for lane, horizon, day, *sums in state["days"]:
            self._days[lane, horizon, day] = list(sums)
        for lane, horizon, by_half, by_most in state["ratios"]:
            self._ratios[lane, horizon] = list(by_half), list(by_most)
        self._look()


def _up_to(horizon: int) -> timedelta:
    """The longest wait of a horizon."""
    return duration(int(HOUR * 2.0**horizon))


def _quantile(counts: Sequence[int], wanted: float) -> float | None:
    """The ratio that so many do not exceed, straight between those that are counted by; `None` where it is beyond them."""
    if not wanted:
        return None
    below = 0
    for index, count in enumerate(counts[: len(_HUNDREDTHS)]):
        if below + count >= wanted:
            least = _HUNDREDTHS[index - 1] if index else 0
            return float(least + (_HUNDREDTHS[index] - least) * (wanted - below) / count) / 100
        below += count
    return None


def horizon_of(wait: float) -> int:
    """The power of two hours that a wait in microseconds does not exceed; up to a quarter of an hour all stand together.

    >>> [horizon_of(hours * HOUR) for hours in (0.1, 0.25, 0.3, 1, 1.5, 16, 16.1)]
    [-2, -2, -1, 0, 1, 4, 5]
    """
    quarters = -(-int(wait) // (HOUR // 4))
    return (quarters - 1).bit_length() - 2 if quarters > 1 else -2
