"""What goes into a pass, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from supportq.estimates._measures import Measures
from supportq.estimates._sentences import sentence
from supportq.staffing import Staffing
from supportq.tickets import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long until the first reply to a ticket starts, counted from the instant asked about (rule E1).

    One in ten waits less than `p10`, half less than `p50`, nine in ten less than `p90`; `p10 <= p50 <= p90`, whole seconds.
    A quantile is `None` where it has no finite value, and `reasons` says why: no large number stands for "unknown" (E2).

    `position` counts from 1; `ahead_by_lane` counts all that stand before the ticket, by the lanes in rank order down to its
    own. `as_of` is the instant of the pass that answered. `assumptions` is what that pass took for granted: `agents` planned
    at its instant (or at work, where they were counted), the `show_up` share of those to come, `handling_time` in seconds,
    `inflow_per_day` into each lane above from outside the line on a mean day of the week, which (`inflow`) `persists` or
    `fades`, by two thirds in `inflow_fades_in_days`, `give_up_per_day`, the share of those who wait that gives up in a day,
    and `calendar_ends`, the instant at which the last shift does. Without a calendar it is `answered_per_day`, measured, and
    `None` for what a calendar says.

    Codes of reasons: `IDLE` (an agent is free: taken at once), `OWN_JUMP` (a lane change of its own decides; its field is
    `lane` for one into a lane above, which caps the wait, and else `lane_below`), `CLOSED_NOW` (nobody is planned now),
    `LATER_MAY_GO_FIRST` (the lane is not ordered by arrival, and what comes later is not foreseen), `MEASURED_RATE` (there is
    no calendar), `COLD_START` (a rate is as stated, not yet measured), `STALE` (the pass is older than the question),
    `GROWING` (more comes in than is answered: those who come later wait longer), `INFLOW_PERSISTS` and `INFLOW_FADES` (what is
    assumed of those who will come in ahead), and where a quantile is `None`: `NO_STAFF`, `CALENDAR_ENDS`, `UNSTABLE` (what
    comes in above takes all the capacity), `BEYOND_HORIZON` (later than 60 days from the pass), `NOT_WAITING`.
    """

    p10: timedelta | None
    p50: timedelta | None
    p90: timedelta | None
    position: int | None
    ahead_by_lane: Mapping[str, int]
    reasons: tuple[Reason, ...]
    as_of: datetime
    assumptions: Mapping[str, object]

    def sentence(self, language: str = "en", *, zone: tzinfo = UTC, departs_at: datetime | None = None) -> str:
        """The estimate in plain words for the client, in English (`en`), Russian (`ru`) or Polish (`pl`).

        Days and hours are those of `zone`. With `departs_at` it says why the wait is no longer, where the departure decides.
        Raises `InvalidValue` for another language.

        >>> from datetime import UTC, datetime, timedelta
        >>> day = timedelta(days=1)
        >>> wait = Estimate(
        ...     p10=3.2 * day,
        ...     p50=4 * day,
        ...     p90=4.6 * day,
        ...     position=9,
        ...     ahead_by_lane={},
        ...     assumptions={},
        ...     reasons=(Reason("OWN_JUMP", "lane", "2020-03-19T16:00:00Z", "imminent"),),
        ...     as_of=datetime(2020, 3, 15, 5, tzinfo=UTC),
        ... )
        >>> wait.sentence(departs_at=datetime(2020, 3, 20, 16, tzinfo=UTC))
        'You will usually be answered within 3 to 5 days; your departure is on Friday, so no later than Thursday evening.'
        """
        return sentence(self, language, zone, departs_at)

    @classmethod
    def not_waiting(cls, as_of: datetime) -> Estimate:
        """What is said of a ticket that is not in line."""
        return cls(
            p10=None,
            p50=None,
            p90=None,
            position=None,
            ahead_by_lane={},
            reasons=(Reason("NOT_WAITING", "state"),),
            as_of=as_of,
            assumptions={},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a pass starts from. Instants are microseconds; lanes go by their index in `lanes`, the first in rank first.

    `waiting` holds the ids of each lane in rank order, `jumps` the next lane change of each ticket that has one to come (its
    instant, and the lane changed into), `shares` the guaranteed share of takes of each lane (rule R5). `taken` tickets are
    with an agent. `staffing` is `None` where nobody has set a calendar.
    """

    at: int
    lanes: tuple[str, ...]
    waiting: tuple[tuple[str, ...], ...]
    jumps: Mapping[str, tuple[int, int]]
    shares: tuple[float, ...]
    taken: int
    staffing: Staffing | None
    measures: Measures
    counted: tuple[int, int] | None = None
    """How many agents were at work when they were counted last, and when."""
    factors: Mapping[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    """What the lower and upper halves of ranges are multiplied by, by lane and horizon (`Calibration.factors`)."""
    ahead_there: Mapping[str, int] = field(default_factory=dict)
    """For tickets whose next change is into a lane below: how many now wait there before the place that will be theirs."""
    costs: tuple[float, ...] = ()
    """For each lane how long an answer takes to those who wait in it, by their kinds, as a multiple of the mean; else 1."""
    by_arrival: tuple[bool, ...] = ()
    """For each lane whether whoever comes later goes behind; lanes not listed are taken to be so."""
