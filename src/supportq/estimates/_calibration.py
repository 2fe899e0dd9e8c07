"""Whether promises are kept, and by how much ranges must be wider or may be narrower for that (rule E3).

The trap is to learn from tickets as they are served: in a crisis only short waits are served soon, so what is learnt is that
everything is fast. But whether a wait is longer than promised is decided for every ticket at the promised instant, served or
not. So each side of a promise is judged exactly when it falls due.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from supportq._instants import FOREVER, HOUR

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


@dataclass(frozen=True, slots=True)
class Kept:
    """How promises of one lane and horizon were kept: of so many that fell due, so many failed below and above.

    `lane` is an index, `horizon` the power of two hours up to which the promised waits went. `factors` are what the lower and
    the upper halves of its ranges are multiplied by.
    """

    lane: int
    horizon: int
    due: tuple[int, int]
    failed: tuple[int, int]
    factors: tuple[float, float]


class _Bucket:
    """One lane, horizon and side: what fell due in the hour that is being counted, in all, and what was learnt."""

    __slots__ = ("due", "failed", "hour_due", "hour_failed", "log")

    def __init__(self) -> None:
        self.due = self.failed = self.hour_due = self.hour_failed = 0
        self.log = 0.0


class Calibration:
    """Promises that are still to be judged, and what was learnt from those that were. A fold over the log.

    A promise costs O(log promises), once when it is given and once for each of its sides when that falls due.
    """

    __slots__ = ("_buckets", "_given", "_heap", "_open", "_started", "due")

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int, int], _Bucket] = {}
        self._given = 0
        """How many promises there were: each has its number, for a ticket may be promised again when it waits again."""
        self._heap: list[tuple[int, int, str, int, int, int]] = []
        """What is to be judged: when, the promise, the ticket, the side, the lane, the horizon."""
        self._open: dict[str, dict[int, int]] = {}
        """How many judgements are to come, by ticket and promise."""
        self._started: dict[int, int] = {}
        """When tickets were taken, by promises with judgements to come."""
        self.due = FOREVER
        """The end of the hour in which the next one falls due: then it is time to `settle`."""

    # ------------------------------------------------------------------- folding

    def promised(self, ticket_id: str, lane: int, at: int, waits: tuple[int | None, int | None, int | None]) -> None:
        """Waits were promised that one in ten, half and nine in ten do not exceed, in microseconds from `at` on.

        Nothing is judged where an agent is free, or a side is `None`.
        """
        lower, middle, upper = waits
        horizon = horizon_of(next((wait for wait in (middle, upper, lower) if wait is not None), 0))
        self._given += 1
        for side, wait in ((_LOWER, lower), (_UPPER, upper)):
            if wait:
                heapq.heappush(self._heap, (at + wait, self._given, ticket_id, side, lane, horizon))
                left = self._open.setdefault(ticket_id, {})
                left[self._given] = left.get(self._given, 0) + 1
        self._look()

    def started(self, ticket_id: str, at: int) -> None:
        """An agent took a ticket; for each promise the first time counts."""
        for promise in self._open.get(ticket_id, ()):
            self._started.setdefault(promise, at)

    def gone(self, ticket_id: str) -> None:
        """A ticket left without being taken, by giving up or into another: what was promised it is judged no more."""
        left = {promise: count for promise, count in self._open.pop(ticket_id, {}).items() if promise in self._started}
        if left:
            self._open[ticket_id] = left

    def settle(self, at: int) -> None:
        """Judge what fell due in the hours that are over."""
        while self.due <= at:
            end = self.due
            touched: dict[tuple[int, int, int], None] = {}
            while self._heap and self._heap[0][0] < end:
                due, promise, ticket_id, side, lane, horizon = heapq.heappop(self._heap)
                left = self._open.get(ticket_id, {})
                if promise not in left:
                    continue
                started = self._started.get(promise, FOREVER)
                failed = started <= due if side == _LOWER else started > due
                bucket = self._buckets.setdefault((lane, horizon, side), _Bucket())
                bucket.hour_due += 1
                bucket.hour_failed += failed
                touched[lane, horizon, side] = None
                left[promise] -= 1
                if not left[promise]:
                    del left[promise]
                    self._started.pop(promise, None)
                if not left:
                    del self._open[ticket_id]
            for key in touched:
                self._learn(self._buckets[key], key[1])
            self._look()

    def _learn(self, bucket: _Bucket, horizon: int) -> None:
        share = bucket.hour_failed / bucket.hour_due
        length = HOUR << max(0, horizon)
        log = bucket.log + _STEP * min(1.0, _SHORT / length) * (share - _TARGET)
        bucket.log = min(_MOST, max(0.0 if length > _LONG else _LEAST, log))
        bucket.due += bucket.hour_due
        bucket.failed += bucket.hour_failed
        bucket.hour_due = bucket.hour_failed = 0

    def _look(self) -> None:
        self.due = (self._heap[0][0] // HOUR + 1) * HOUR if self._heap else FOREVER

    # ------------------------------------------------------------------- reading

    def factors(self) -> dict[tuple[int, int], tuple[float, float]]:
        """What the lower and upper halves of ranges are multiplied by, by lane and horizon; where nothing was learnt, by 1."""
        return {(kept.lane, kept.horizon): kept.factors for kept in self.kept()}

    def kept(self) -> tuple[Kept, ...]:
        """How promises were kept so far, by lane and horizon."""
        held = []
        for lane, horizon in sorted({(lane, horizon) for lane, horizon, _ in self._buckets}):
            sides = [self._buckets.get((lane, horizon, side)) or _Bucket() for side in (_LOWER, _UPPER)]
            held.append(
                Kept(
                    lane,
                    horizon,
                    (sides[0].due, sides[1].due),
                    (sides[0].failed, sides[1].failed),
                    (math.exp(sides[0].log), math.exp(sides[1].log)),
                )
            )
        return tuple(held)

    # ------------------------------------------------------------------ as a value

    def state(self) -> Mapping[str, object]:
        """All of it as values that JSON can hold; `restore` is the inverse."""
        return {
            "given": self._given,
            "open": [list(entry) for entry in sorted(self._heap)],
            "judged": [
                [*key, bucket.due, bucket.failed, bucket.log]
                for key, bucket in sorted(self._buckets.items(), key=lambda b: b[0])
            ],
            "left": [
                [ticket, promise, count] for ticket, left in sorted(self._open.items()) for promise, count in left.items()
            ],
            "started": [[promise, at] for promise, at in sorted(self._started.items())],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Become what `state` described."""
        self._given = state["given"]
        self._heap = [
            (due, promise, ticket, side, lane, horizon) for due, promise, ticket, side, lane, horizon in state["open"]
        ]
        for lane, horizon, side, due, failed, log in state["judged"]:
            bucket = self._buckets[lane, horizon, side] = _Bucket()
            bucket.due, bucket.failed, bucket.log = due, failed, log
        for ticket, promise, count in state["left"]:
            self._open.setdefault(ticket, {})[promise] = count
        self._started = dict(state["started"])
        self._look()


def horizon_of(wait: float) -> int:
    """The power of two hours that a wait in microseconds does not exceed; up to a quarter of an hour all stand together.

    >>> [horizon_of(hours * HOUR) for hours in (0.1, 0.25, 0.3, 1, 1.5, 16, 16.1)]
    [-2, -2, -1, 0, 1, 4, 5]
    """
    quarters = -(-int(wait) // (HOUR // 4))
    return (quarters - 1).bit_length() - 2 if quarters > 1 else -2
