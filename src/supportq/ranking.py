"""From ticket, policy and instant to a place in line, and when that place next changes (rules R1, R2, R4, R5).

Usable without a desk: `Ranking(policy).place(facts, at)` is a pure function.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

from supportq._instants import FOREVER, length
from supportq.clocks import Clocks, TimedFacts
from supportq.policy import SHARE_UNIT, Order, Policy
from supportq.tickets import Booking, Queue, Transfer
from supportq.when import Condition, Facts, fits

__all__ = ["Bound", "Explanation", "Neighbour", "Placement", "RankedFacts", "Ranking", "Shares"]


class RankedFacts(TimedFacts, Protocol):
    """What ranking looks at: the facts of conditions, of clocks, and those of the first request as it came (rule R4)."""


Placement: TypeAlias = tuple[int, int, int]
"""Where a ticket stands at an instant: the index of its lane, the term that orders it there, and until when.

The order term is in microseconds (`FOREVER`: last); lower goes first. The last is the first instant at which lane or order
may be another; `FOREVER` if time alone never changes them. A plain tuple: every ticket gets one at every change.
"""


class Ranking:
    """The places that a policy gives.

    >>> from datetime import UTC, datetime, timedelta
    >>> from supportq import Booking, Client, Lane, Policy, Request, when
    >>> from supportq._instants import micros
    >>> from supportq._lifecycle import Case
    >>> from supportq.identity import Sender
    >>> ranking = Ranking(Policy((Lane("imminent", when.departs_within(timedelta(hours=24))), Lane("standard"))))
    >>> noon = datetime(2020, 3, 20, 12, tzinfo=UTC)
    >>> flight = Booking("KC81", departs_at=noon + timedelta(hours=30))
    >>> ann = Sender(1, ("email:ann@example.com",), (), (), (micros(noon), "A1"))
    >>> case = Case.opened(Request("A1", Client(email="ann@example.com"), bookings=flight), micros(noon), ann, UTC)
    >>> lane, order, until = ranking.place(case, micros(noon))
    >>> lane, (until - micros(noon)) // 3_600_000_000
    (1, 6)
    """

    __slots__ = ("_by_departure", "_clocks", "_conditions", "_head_starts", "_orders", "_plain", "policy")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._conditions: Final = tuple((index, lane.when) for index, lane in enumerate(policy.lanes))
        self._orders: Final = tuple(lane.order for lane in policy.lanes)
        self._head_starts: Final = tuple(lane.head_starts for lane in policy.lanes)
        self._clocks: Final = Clocks(policy)
        self._by_departure: Final = tuple(lane.order is Order.DEPARTURE for lane in policy.lanes)
        self._plain: Final = tuple(lane.order is Order.ARRIVAL and not lane.head_starts for lane in policy.lanes)

    def place(self, facts: RankedFacts, at: int) -> Placement:
        """The place of a ticket at an instant in microseconds; O(lanes x bookings)."""
        until = FOREVER
        bookings = facts.bookings
        alone = len(bookings) == 1
        for lane, condition in self._conditions:  # noqa: B007  # the lane at which the loop ends is the ticket's
            if condition is None:
                break
            # The plain case is asked here: `fits` would do the same with a call more.
            holds, stands = condition.answer(facts, bookings[0], at) if alone else fits(condition, facts, at)
            if stands < until:
                until = stands
            if holds:
                break
        if self._plain[lane]:
            return lane, facts.arrival, until
        if self._by_departure[lane]:
            departure = next_departure(bookings, at)
            return lane, departure, departure if departure < until else until
        order, stands = self.order(facts, lane, at)
        return lane, order, stands if stands < until else until

    def order(self, facts: RankedFacts, lane: int, at: int) -> tuple[int, int]:
        """The term that orders a ticket inside a lane, and until when it stands (rule R4)."""
        kind = self._orders[lane]
        if kind is Order.ARRIVAL:
            return facts.arrival - self.head_start(facts, lane), FOREVER
        if kind is Order.DEPARTURE:
            departure = next_departure(facts.bookings, at)
            return departure, departure
        return self._clocks.reply_by(facts, facts.arrival), FOREVER

    def head_start(self, facts: RankedFacts, lane: int) -> int:
        """How much older than it is the ticket counts in a lane, by the first head start that fits (microseconds)."""
        starts = self._head_starts[lane]
        entry = facts.entry if starts else facts
        return next((length(start.by, "head_start.by") for start in starts if _holds(start.when, entry)), 0)


def _holds(condition: Condition, entry: Facts) -> bool:
    # Only timeless conditions come here (the policy checks it), so any instant will do.
    return fits(condition, entry, 0)[0]


def next_departure(bookings: Sequence[Booking], at: int) -> int:
    """The earliest departure still ahead of a booking that is not cancelled; `FOREVER` where there is none."""
    first = FOREVER
    for booking in bookings:
        if at < booking.departure < first and not booking.cancelled:
            first = booking.departure
    return first


class Shares:
    """Which lane the next take comes from, where lanes have a guaranteed share of takes (rule R5).

    Smooth deficit counting. Before a take every lane with a share that is not empty earns its share of one take; the lane
    with most credit, if that is a whole take, is next, otherwise the first lane in rank that is not empty. A lane pays one
    for each take it gets, by credit or by rank, but never falls below zero: what rank gives it is not held against it. A
    lane that is empty at a take earns nothing and loses what it had. Credits are whole millionths, so every machine counts
    alike.

    The bound of `Shares.bound` follows: after a take all credits sum to less than the number of lanes with a share. For while
    one of the lanes that are not empty has a whole take, a take pays as much as all of them earn; and while none has, each is
    less than one.
    """

    __slots__ = ("_rates", "given")

    def __init__(self, policy: Policy) -> None:
        self._rates: Final = {
            index: round(lane.share * SHARE_UNIT)
            for index, lane in enumerate(policy.lanes)
            if round(lane.share * SHARE_UNIT) > 0
        }
        self.given: Final = bool(self._rates)
        """Whether any lane has a share."""

    @property
    def start(self) -> dict[int, int]:
        """The credits of a new desk: nothing earned yet."""
        return dict.fromkeys(self._rates, 0)

    def choose(self, credit: dict[int, int], busy: Collection[int]) -> tuple[int, bool]:
        """The lane of the next take among those that are not empty (in rank order), and whether its share chose it."""
        first = min(busy)
        best, most = first, SHARE_UNIT - 1
        for lane, rate in self._rates.items():
            if lane in busy and credit[lane] + rate > most:
                best, most = lane, credit[lane] + rate
        return best, best != first

    def value(self, credit: dict[int, int], lane: int) -> int:
        """What a lane would have with the next take, in millionths of one; 0 for a lane without a share."""
        return credit[lane] + self._rates[lane] if lane in self._rates else 0

    def pay(self, credit: dict[int, int], busy: Collection[int], lane: int | None) -> dict[int, int]:
        """The credits after a take out of `lane` (`None`: another team's); the lanes in `busy` were not empty before it."""
        if not self._rates:
            return credit
        after = {index: credit[index] + rate if index in busy else 0 for index, rate in self._rates.items()}
        if lane is not None and lane in after:
            after[lane] = max(0, after[lane] - SHARE_UNIT)
        # Where agents work for several teams their shares may sum to more than a take, and none may grow for ever.
        most = len(self._rates) * SHARE_UNIT
        return {index: min(most, held) for index, held in after.items()}

    def bound(self, credit: dict[int, int], lane: int, ahead: int) -> int | None:
        """At most so many takes until the ticket with `ahead` tickets before it in `lane` is taken, or `None` for no bound.

        One ticket more before it raises the bound by one where the lane has every take that shares leave, by up to 1/s
        (rounded up) in a lane with share s.

        A lane with share s gains at least one take in every 1/s, but for the credit that other lanes may hold when its turn
        comes. The first lane has what the shares of the others leave.
        """
        bounds = []
        others = [index for index in self._rates if index != lane]
        if lane in self._rates:
            # After n takes the lane has had more than credit + n * share - (lanes with a share) of them.
            owed = (ahead + len(self._rates)) * SHARE_UNIT - credit[lane]
            bounds.append(-(-owed // self._rates[lane]))
        if lane == 0:
            left = SHARE_UNIT - sum(self._rates[index] for index in others)
            spent = sum(max(0, credit[index]) for index in others)
            if left > 0:
                bounds.append(-(-((ahead + 1) * SHARE_UNIT + spent) // left))
        return min(bounds, default=None)


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `takes` takes until the ticket is taken, whatever arrives later; `None` where nobody can promise, and why.

    It holds while the ticket stays in its lane. A ticket that enters the lane with an older effective arrival, or comes back
    to wait for the agent who had it, adds one take (in a lane with share s up to 1/s, rounded up).
    """

    takes: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The ticket next above or below in rank, and the term that decides between the two.

    That is the lane, what orders the lane (arrival, effective arrival where head starts count, departure or reply_by), the
    arrival, or the id.
    """

    ticket_id: str
    decided_by: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a ticket is where it is, and what would move it (rule R6).

    `condition` is the one that put it into its lane (`None`: the last lane, which takes everyone). `next_change` is when
    time will move it, `next_lane` whereto. `position` counts from 1. `takes_by_share` is the lane that a guaranteed share gives
    the next take, if an agent makes it who works for the ticket's team alone and is not waited for by name. `returned_to` is
    the agent to whom it came back, who is given it before the first in rank of its lane. At a desk with teams `queue` says
    whose the ticket is and who may take it, `routed_by` is the condition of that team (`None`: it takes everyone), and
    `next_queue` is where it goes at `next_change`; `transferred` is the hand-over by people that put it there. `hint` is the
    first hint of the policy that fits. All but these two are `None` for a ticket that does not wait.

    `missing_steps` are those of an open ticket's procedure that are still to be confirmed, the next first, and `next_step_at`
    is from when on that one may be; `None`: it may be now (rule L1).
    """

    ticket_id: str
    state: str
    as_of: datetime
    lane: str | None = None
    condition: Condition | None = None
    position: int | None = None
    order: str | None = None
    arrived_at: datetime | None = None
    order_term: datetime | None = None
    head_start: timedelta | None = None
    above: Neighbour | None = None
    below: Neighbour | None = None
    next_change: datetime | None = None
    next_lane: str | None = None
    bound: Bound | None = None
    takes_by_share: str | None = None
    returned_to: str | None = None
    queue: Queue | None = None
    routed_by: Condition | None = None
    next_queue: Queue | None = None
    transferred: Transfer | None = None
    hint: str | None = None
    missing_steps: tuple[str, ...] = ()
    next_step_at: datetime | None = None
