"""From the pass to estimates: places in line become instants, instants become waits with reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from supportq._instants import DAY, SECOND, instant, shown
from supportq.estimates._calibration import horizon_of
from supportq.estimates._progress import Jump, Progress
from supportq.estimates._rates import measured
from supportq.estimates._values import Estimate, Situation
from supportq.tickets import Reason

_Z: Final = 1.2816
"""One in ten lies beyond so many standard deviations."""
_WIDEST: Final = _Z * _Z / 4
"""Of a variance, as a ninth of the squared mean: beyond it the approximation of a Gamma quantile falls again."""
_SHIFTS_A_DAY: Final = 3
_TURN_OUT: Final = 0.05
"""Standard deviation of what one shift gets done, as a share of it: some agents do not come."""
_SPEED: Final = 0.05
"""Standard deviation of the handling time to come, as a share of it: all shifts are slower or faster together."""
_FEWER: Final = 0.52
_MORE: Final = 0.25
"""How far the inflow above may fall short of what is assumed, and exceed it: a wave may end sooner than anybody knows."""
_TOGETHER: Final = 4
"""Tickets of one flight, and of flights of one minute, change lanes together: how many may then go before, at p90."""
_NO_CALENDAR: Final = Reason("NO_STAFF", "staffing", "no calendar", "set one with Desk.plan")


class _Taken(NamedTuple):
    """The instants (microseconds) by which one in ten, half and nine in ten are taken; `None` where nothing can be said."""

    p10: float | None
    p50: float | None
    p90: float | None


class Forecast:
    """When every waiting ticket will be answered, as of one instant (rule E1).

    A value: what happens at the desk afterwards changes nothing in it. It runs only as far ahead as it is asked about, so
    questions about a short queue are cheap; the order of the questions changes no answer.
    """

    __slots__ = ("_ahead_there", "_at", "_by_arrival", "_jumps", "_places", "_progress", "_waiting", "as_of", "lanes")

    def __init__(self, situation: Situation) -> None:
        self.as_of: Final = instant(situation.at)
        """The instant of the pass."""
        self.lanes: Final = situation.lanes
        self._at: Final = situation.at
        self._jumps: Final = situation.jumps
        self._ahead_there: Final = situation.ahead_there
        self._by_arrival: Final = situation.by_arrival
        self._waiting: Final = situation.waiting
        self._places: dict[str, tuple[int, int]] | None = None
        """The lane of each ticket and its place in it, counted from 0; made when a ticket is asked about by name."""
        staffing = measured(situation) if situation.staffing is None else situation.staffing
        self._progress: Final = None if staffing is None else Progress(situation, staffing, self._moves())

    def _moves(self) -> list[Jump]:
        """The jumps between lanes in the order in which they fall due."""
        moves: list[Jump] = []
        for lane, names in enumerate(self._waiting):
            jumps = zip(range(len(names)), map(self._jumps.get, names), strict=True)
            moves += [(jump[0], lane, place, jump[1]) for place, jump in jumps if jump is not None and jump[1] != lane]
        moves.sort()
        return moves

    def estimate(self, ticket_id: str) -> Estimate:
        """The estimate of a ticket that waited at `as_of`; `KeyError` if it did not. O(log n), the first time O(n)."""
        if self._places is None:
            self._places = {name: (lane, place) for lane, names in enumerate(self._waiting) for place, name in enumerate(names)}
        lane, place = self._places[ticket_id]
        ahead = (*map(len, self._waiting[:lane]), place)
        there = self._ahead_there.get(ticket_id)
        return self.estimate_at(lane, ahead, self._jumps.get(ticket_id), self._at, there)

    def opens_at(self, at: int) -> datetime | None:
        """When somebody is planned to be at work, where nobody is at an instant (microseconds); `None` where somebody is."""
        opens_at = None if self._progress is None else self._progress.rates.opens_at(at)
        return None if opens_at is None else instant(opens_at)

    def estimate_at(
        self,
        lane: int,
        ahead_by_lane: Sequence[int],
        jump: tuple[int, int] | None,
        at: int,
        ahead_there: int | None = None,
    ) -> Estimate:
        """The estimate for any place in line at any instant from `as_of` on, by the same pass. O(log n).

        `lane` is an index, `ahead_by_lane` counts who stands before the place in each lane from the first to this one, `jump`
        is the lane change that awaits its holder: the instant, in microseconds as `at`, and the lane changed into.
        `ahead_there` counts who stands now before the place that will be theirs in that lane; by default all who are there.
        """
        progress = self._progress
        if progress is None:
            taken, reasons = _Taken(None, None, None), [_NO_CALENDAR]
        elif at == self._at and sum(ahead_by_lane) < progress.rates.idle:
            taken, reasons = _Taken(at, at, at), [progress.rates.free()]
        else:
            taken, reasons = _foreseen(progress, lane, ahead_by_lane, jump, at, ahead_there)
            if not all(self._by_arrival[lane : lane + 1]):
                reasons.append(Reason("LATER_MAY_GO_FIRST", "lane.order", self.lanes[lane]))
            if at != self._at:
                reasons.insert(0, Reason("STALE", "as_of", f"{(at - self._at) // SECOND} s"))
        p10, p50, p90 = (None if one is None else timedelta(seconds=round((one - at) / SECOND)) for one in taken)
        return Estimate(
            p10=p10,
            p50=p50,
            p90=p90,
            position=sum(ahead_by_lane) + 1,
            ahead_by_lane=dict(zip(self.lanes, ahead_by_lane, strict=False)),
            reasons=tuple(reasons),
            as_of=self.as_of,
            assumptions={} if progress is None else dict(progress.rates.told(lane).assumptions),
        )


def forecast(situation: Situation) -> Forecast:
    """When every waiting ticket will be answered: one pass over the queue, O(n + cells x lanes) (rule E1).

    >>> from datetime import UTC, datetime, time
    >>> from supportq._instants import micros
    >>> from supportq.estimates import Measures
    >>> from supportq.staffing import Shift, Staffing
    >>> situation = Situation(
    ...     at=micros(datetime(2020, 3, 20, 12, tzinfo=UTC)),
    ...     lanes=("front", "standard"),
    ...     waiting=(("A1",), ("B1", "B2", "B3")),
    ...     jumps={},
    ...     shares=(0.0, 0.0),
    ...     taken=1,
    ...     staffing=Staffing((Shift(time(9), time(17), agents=1),), handling_time=timedelta(minutes=20)),
    ...     measures=Measures(lanes=2),
    ... )
    >>> last = forecast(situation).estimate("B3")
    >>> print(last.p50, last.ahead_by_lane)
    1:13:35 {'front': 1, 'standard': 2}
    """
    return Forecast(situation)


def _foreseen(
    progress: Progress,
    lane: int,
    ahead: Sequence[int],
    jump: tuple[int, int] | None,
    at: int,
    ahead_there: int | None,
) -> tuple[_Taken, list[Reason]]:
    """When a place in line is served, by its turn or by the lane change of its holder, and why."""
    rates = progress.rates
    curves = progress.lanes[lane]
    # More may wait above than the pass foresaw, or fewer: that many more or fewer are taken first.
    unforeseen = sum(ahead[:lane]) - progress.value(curves.above, at)
    turn = taken = _in_line(progress, lane, max(0.0, ahead[lane] + unforeseen), at, rates.filled_above[lane])
    last_lane = lane
    if jump is not None and jump[1] != lane and jump[0] < progress.horizon:
        behind = progress.value(progress.lanes[jump[1]].queue, jump[0])
        if ahead_there is not None:
            # Of those before its place there, some will have been taken by then; nobody who comes later goes before it.
            curve = progress.lanes[jump[1]].progress
            behind = max(0.0, ahead_there - (progress.value(curve, jump[0]) - progress.value(curve, at)))
        taken = _with_jump(progress, turn, lane, jump, behind)
        last_lane = max(lane, jump[1])
    jumps = taken != turn
    told = rates.told(last_lane)
    reasons = [*told.cold]
    if (opens_at := rates.opens_at(at)) is not None:
        reasons.append(Reason("CLOSED_NOW", "opens_at", shown(opens_at)))
        taken = _Taken(*(None if one is None else max(one, opens_at) for one in taken))
    if jumps and jump is not None:
        # Into a lane above it caps the wait; into one below it does not.
        field = "lane" if jump[1] < lane else "lane_below"
        reasons.append(Reason("OWN_JUMP", field, shown(jump[0]), progress.names[jump[1]]))
    if taken.p90 is None:
        reasons.append(rates.filled_above[last_lane] or rates.silence(progress.answered()))
    if taken.p10 is not None:
        reasons += told.foreseen
    return taken, reasons


def _with_jump(progress: Progress, turn: _Taken, lane: int, jump: tuple[int, int], behind: float) -> _Taken:
    """When a ticket is taken that changes lanes, unless its turn comes first.

    It goes behind so many who wait there by then. Into a lane above it goes behind all of them, which caps its wait (rule
    E1); into one below it goes only if it has not been taken by then.
    """
    due, target = jump
    filled = progress.rates.filled_with[target]
    then = _in_line(progress, target, behind, due, filled, together=_TOGETHER)
    if target < lane:
        return _Taken(*(_sooner(one, other) for one, other in zip(turn, then, strict=True)))
    return _Taken(*(one if one is not None and one <= due else other for one, other in zip(turn, then, strict=True)))


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((known for known in (one, other) if known is not None), default=None)


def _in_line(progress: Progress, lane: int, ahead: float, at: int, filled: Reason | None, together: int = 0) -> _Taken:
    """When a place in a lane is served, if its holder stays there; so many who come at the same instant may go before."""
    curves = progress.lanes[lane]
    if filled is not None:
        # Nothing bounds the wait from above; it cannot be shorter than with what is known alone.
        return _Taken(progress.reach(curves.known, progress.value(curves.known, at) + ahead + 1, at), None, None)
    come = progress.value(curves.progress, at)
    turn = ahead + 1
    half = progress.reach(curves.progress, come + turn, at)
    by = max(at, progress.end) if half is None else half
    capacity = progress.value(progress.capacity, by) - progress.value(progress.capacity, at)
    known = progress.value(curves.known, by) - progress.value(curves.known, at)
    outside = known - (progress.value(curves.progress, by) - come)
    least, middle, most = _spread(turn, capacity, outside, (by - at) / DAY)
    p50 = progress.reach(curves.progress, come + middle, at)
    lower, upper = progress.factors.get((lane, horizon_of((by if p50 is None else p50) - at)), (1.0, 1.0))
    return _Taken(
        progress.reach(curves.progress, come + max(0.0, middle - lower * (middle - least)), at),
        p50,
        progress.reach(curves.progress, come + middle + upper * (most - middle) + together, at),
    )


def _spread(turn: float, capacity: float, outside: float, days: float) -> tuple[float, float, float]:
    """How far the pass has come when one in ten, half and nine in ten are taken whose turn is so many tickets away.

    `capacity` tickets can be taken and `outside` come in ahead until then. What the pass is off by is the counting noise of
    answers and arrivals, who turns up, how fast they are, and whether the inflow goes on as it does; it is taken to be
    distributed as Gamma, which is Erlang's law where only answers make noise.
    """
    # Where the turn comes with a shift, hardly anything can be taken until then: it is no surer for that.
    noise = max(turn, capacity) + 2 * outside
    speed = (_TURN_OUT * capacity) ** 2 / (1 + _SHIFTS_A_DAY * days) + (_SPEED * capacity) ** 2
    return (
        _gamma(turn, noise + speed + (_FEWER * outside) ** 2, -_Z),
        # Erlang's own median, so that whoever stands behind is never promised less.
        _gamma(turn, turn, 0.0),
        _gamma(turn, noise + speed + (_MORE * outside) ** 2, _Z),
    )


def _gamma(mean: float, variance: float, z: float) -> float:
    """A quantile of a Gamma law, `z` standard deviations from the middle in the approximation of Wilson and Hilferty (1931).

    >>> [round(_gamma(1.0, 1.0, z), 2) for z in (-_Z, 0.0, _Z)]  # exactly 0.11, 0.69 and 2.30
    [0.1, 0.7, 2.28]
    """
    ninth = variance / (9 * mean * mean)
    # The approximation turns round where a standard deviation is twice the mean; from there on straight.
    beyond = max(0.0, math.sqrt(variance) - 3 * mean * math.sqrt(_WIDEST)) if z > 0 else 0.0
    ninth = min(ninth, _WIDEST)
    return mean * max(0.0, 1 - ninth + z * math.sqrt(ninth)) ** 3 + z * beyond
