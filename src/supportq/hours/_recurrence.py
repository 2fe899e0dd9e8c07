"""Days that come again by a rule, such as 25 December or the last Friday of each month (rule H1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final, cast

import dateutil.easter  # noqa: F401  # a rule with BYEASTER would load it in the middle of a replay
from dateutil.rrule import rrulestr

from supportq._checks import checked
from supportq._instants import FIRST, LAST, check_day
from supportq.errors import PolicyError

_FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)


def _up_to(most: int) -> Collection[int]:
    """Counted from the beginning, or from the end by negative numbers."""
    return {*range(-most, 0), *range(1, most + 1)}


_NUMBERS: Final[Mapping[str, Collection[int]]] = {
    "INTERVAL": range(1, 1_001),
    "BYMONTH": range(1, 13),
    "BYMONTHDAY": _up_to(31),
    "BYYEARDAY": _up_to(366),
    "BYWEEKNO": _up_to(53),
    "BYEASTER": range(-80, 251),
    "BYSETPOS": _up_to(366),
}
"""What each part of a rule may say; dateutil would take other numbers and find no day, or fail."""
_DAY_PARTS: Final = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYEASTER")
_ONCE: Final = 12 * 10_000
"""An interval of which the second step lies beyond the last year of the calendar."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The days of a recurrence rule (RFC 5545 without the time of day), from the day `since` on.

    `rule` is text such as `FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25`, so that a policy stays data. It names whole days and does not
    end; what ends is a list of dates. It begins with the first year that is accepted, 1900, where `since` is left out. A rule
    with an INTERVAL above 1 needs `since`: every other week counts from that one.

    >>> last_fridays = Recurrence("FREQ=MONTHLY;BYDAY=-1FR")
    >>> [day for day in range(1, 32) if last_fridays.falls_on(date(2026, 5, day))]
    [29]
    """

    rule: str
    since: date | None = None

    def __post_init__(self) -> None:
        parts = _checked(self.rule)
        if self.since is not None:
            checked(check_day, self.since, "recurrence.since")
        elif int(parts.get("INTERVAL", 1)) > 1:
            raise PolicyError("recurrence.since", f"is missing: say from which day on {self.rule!r} counts its INTERVAL")
        first = FIRST.year if self.since is None else self.since.year
        if not any(_days(self.rule, self.since, year) for year in range(first, LAST.year)):
            raise PolicyError(
                "recurrence.rule", f"{self.rule!r} falls on no day of the years {first} to 2299; see its BY parts"
            )

    def falls_on(self, day: date) -> bool:
        """Whether the rule holds on a day; each year is worked out once."""
        return day in _days(self.rule, self.since, day.year)


def _refused(rule: object, problem: str) -> PolicyError:
    return PolicyError("recurrence.rule", f"{rule!r} {problem}")


@lru_cache(maxsize=1_024)
def _checked(rule: str) -> Mapping[str, str]:
    """The parts of a rule by name; a rule that is not about whole days without end is refused."""
    if not isinstance(rule, str):
        raise _refused(rule, "must be text such as FREQ=MONTHLY;BYDAY=-1FR")
    parts: dict[str, str] = {}
    for part in rule.upper().split(";"):
        name, _, value = part.partition("=")
        if not value or name in parts:
            raise _refused(rule, f"has {part!r}; write each part once, as in FREQ=MONTHLY;BYDAY=-1FR")
        _check_part(rule, name, value)
        parts[name] = value
    if "FREQ" not in parts:
        raise _refused(rule, f"does not say how often; begin with FREQ={' or FREQ='.join(_FREQUENCIES)}")
    if parts["FREQ"] in ("WEEKLY", "DAILY"):
        if "BYSETPOS" in parts or re.search(r"\d", parts.get("BYDAY", "")):
            raise _refused(rule, "counts days within a period; that needs FREQ=MONTHLY or FREQ=YEARLY")
        if parts["FREQ"] == "DAILY":
            parts.setdefault("BYDAY", ",".join(_WEEKDAYS))
    if not any(name in parts for name in _DAY_PARTS):
        raise _refused(rule, f"does not say on which day; add one of {', '.join(_DAY_PARTS)}")
    return parts


def _check_part(rule: str, name: str, value: str) -> None:
    """Refuse a part that is unknown, or that says what cannot be meant."""
    match name:
        case "COUNT" | "UNTIL":
            raise _refused(rule, f"ends by its {name}; give the dates of a rule that ends as holidays")
        case "DTSTART":
            raise _refused(rule, "holds DTSTART; give that day as since")
        case "BYHOUR" | "BYMINUTE" | "BYSECOND":
            raise _refused(rule, f"holds {name}, but names whole days; openings of one date go into special_days")
        case "FREQ":
            known, allowed = value in _FREQUENCIES, ", ".join(_FREQUENCIES)
        case "WKST":
            known, allowed = value in _WEEKDAYS, ", ".join(_WEEKDAYS)
        case "BYDAY":
            known, allowed = (
                all(map(_is_by_day, value.split(","))),
                "weekdays such as MO,TU, or counted ones such as 1MO or -1FR",
            )
        case _ if name in _NUMBERS:
            known, allowed = _are_numbers(name, value), f"whole numbers from {min(_NUMBERS[name])} to {max(_NUMBERS[name])}"
        case _:
            raise _refused(rule, f"holds {name}, which is no part of a rule for days; take it out")
    if not known:
        raise _refused(rule, f"has {name}={value}, which takes {allowed}")


def _are_numbers(name: str, value: str) -> bool:
    items = [value] if name == "INTERVAL" else value.split(",")
    return all(re.fullmatch(r"[+-]?\d{1,4}", item, re.ASCII) and int(item) in _NUMBERS[name] for item in items)


def _is_by_day(item: str) -> bool:
    form = _BY_DAY.fullmatch(item)
    return form is not None and (form[1] is None or 1 <= abs(int(form[1])) <= 53)


@lru_cache(maxsize=1_024)
def _days(rule: str, since: date | None, year: int) -> frozenset[date]:
    """The days of one year on which a rule holds.

    dateutil is asked for one year or one month at a time, and which years, months, weeks or days an INTERVAL leaves out is
    found here: to ask it for everything since the beginning would take longer each year, and for ages if no day fits.
    """
    parts = _checked(rule)
    since = since or FIRST.date()
    months = range(1, 13) if parts["FREQ"] == "MONTHLY" else (1,)
    found = [day for month in months for day in _of_period(parts, date(year, month, 1))]
    return frozenset(day for day in found if day >= since and _in_step(parts, since, day))


def _of_period(parts: Mapping[str, str], first: date) -> list[date]:
    """What dateutil finds in the year or in the month that begins on a day."""
    frequency = "MONTHLY" if parts["FREQ"] == "MONTHLY" else "YEARLY"
    asked = parts | {"FREQ": frequency, "INTERVAL": f"{_ONCE}"}  # type: ignore[operator]  # `_checked` gives a dict
    text = ";".join(f"{name}={value}" for name, value in asked.items())
    begins = datetime(first.year, first.month, first.day)
    return [moment.date() for moment in cast("list[datetime]", list(rrulestr(text, dtstart=begins)))]


def _in_step(parts: Mapping[str, str], since: date, day: date) -> bool:
    """Whether the INTERVAL of the rule leaves in the year, month, week or day."""
    interval = int(parts.get("INTERVAL", 1))
    return (_number(parts, day) - _number(parts, since)) % interval == 0


def _number(parts: Mapping[str, str], day: date) -> int:
    """Years, months, weeks or days are counted through; a week begins on Monday, or on WKST."""
    match parts["FREQ"]:
        case "YEARLY":
            return day.year
        case "MONTHLY":
            return 12 * day.year + day.month
        case "WEEKLY":
            # Day 1 of the calendar was a Monday.
            return (day.toordinal() - 1 - _WEEKDAYS.index(parts.get("WKST", "MO"))) // 7
        case _:
            return day.toordinal()
