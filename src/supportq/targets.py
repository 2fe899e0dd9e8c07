"""Targets as data: within what time a ticket is to be answered, resolved, or its caller called back (rule C1)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import UTC, timedelta
from typing import Final, cast

from supportq._checks import check_kind, checked
from supportq._instants import DAY, FOREVER, length
from supportq.errors import PolicyError
from supportq.hours import Hours
from supportq.tickets import ClockKind, check_name
from supportq.when import Condition, check_condition

__all__ = ["Fine", "Target"]

MOST_PAY: Final = 1_000_000_000
"""The most that a shift is paid, and that anything costs, in whole units of money."""
REPLY_BY: Final = "reply_by"
"""What a clock that a request itself sets is named after, in the place of a target."""
_SOME_DAY: Final = 50 * 365 * DAY
"""The instant from which hours are tried on a target; they give less before the year 2300 from any later one."""


@dataclass(frozen=True, slots=True)
class Target:
    """Tickets whose first request fits `when`, as it came, are to be answered `within` so long; `None` fits all.

    `clock` says what is measured, and of the targets of one clock the first that fits counts. `hours` count only the time in
    which they are open, in their own zone or in the client's; without them every hour counts. `warn_before` has the desk say so
    that much of the same time before the target is missed. A call-back target is asked of each missed call by itself.

    >>> from supportq import when
    >>> Target(timedelta(minutes=15), when.missed_call(), clock=ClockKind.CALL_BACK).name
    'call_back'
    """

    within: timedelta
    when: Condition | None = None
    _: KW_ONLY
    clock: ClockKind = ClockKind.FIRST_REPLY
    name: str = ""
    hours: Hours | None = None
    warn_before: timedelta | None = None

    def __post_init__(self) -> None:
        checked(length, self.within, "target.within")
        try:
            object.__setattr__(self, "clock", ClockKind(self.clock))
        except ValueError:
            raise PolicyError("target.clock", f"must be one of {', '.join(ClockKind)}, not {self.clock!r}") from None
        object.__setattr__(self, "name", self.name or self.clock.value)
        checked(check_name, self.name, "target.name")
        where = f"target {self.name!r}"
        if self.name == REPLY_BY or (self.name in set(ClockKind) and self.name != self.clock):
            raise PolicyError(f"{where}.name", "is what other clocks are named after; give it a name of its own")
        if self.when is not None:
            check_condition(self.when, f"{where}.when")
            if not self.when.timeless:
                raise PolicyError(f"{where}.when", "may only use facts known at entry, nothing that time changes")
        if self.hours is not None:
            self._check_hours(self.hours, f"{where}.hours")
        if self.warn_before is not None:
            checked(length, self.warn_before, f"{where}.warn_before")
            if not timedelta(0) < self.warn_before < self.within:
                raise PolicyError(f"{where}.warn_before", "must be longer than nothing and shorter than `within`")

    def _check_hours(self, hours: object, where: str) -> None:
        check_kind(hours, where, Hours)
        assert isinstance(hours, Hours)
        if hours.after(_SOME_DAY, length(self.within, where), UTC) >= FOREVER:
            raise PolicyError(where, f"never give {self.within} of open time; make the target shorter or the hours longer")


@dataclass(frozen=True, slots=True)
class Fine:
    """What it costs whoever is on duty that a target of a ticket that fits `when` was missed; `None` fits all (rule C3).

    `amount` is in whole units of money, `of_pay` a share of the pay of the shift; both together count. With `left` it is what
    it costs that such a ticket is left unanswered when the last agent of its team goes off duty. Of each sort the first that
    fits counts.
    """

    name: str
    when: Condition | None = None
    _: KW_ONLY
    amount: int = 0
    of_pay: float = 0.0
    left: bool = False

    def __post_init__(self) -> None:
        checked(check_name, self.name, "fine.name")
        where = f"fine {self.name!r}"
        if self.when is not None:
            check_condition(self.when, f"{where}.when")
        if type(self.amount) is not int or not 0 <= self.amount <= MOST_PAY:
            raise PolicyError(f"{where}.amount", f"must be a whole number from 0 to {MOST_PAY:,}, not {self.amount!r}")
        check_share(self.of_pay, f"{where}.of_pay")
        if not isinstance(self.left, bool):
            raise PolicyError(f"{where}.left", f"must be true or false, not {self.left!r}")
        if not self.amount and not self.of_pay:
            raise PolicyError(f"{where}.amount", "and of_pay are both 0; say what it costs")


def check_share(share: object, where: str) -> None:
    """Refuse what is no share of a whole."""
    if type(share) not in (int, float) or not 0 <= cast("float", share) <= 1:
        raise PolicyError(where, f"must be from 0 to 1, not {share!r}")
