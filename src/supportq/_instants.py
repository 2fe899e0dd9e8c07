"""Instants: aware datetimes at the surface, integer microseconds since the epoch inside (rule T1).

Comparing aware datetimes is slow, and wrong inside one zone across a clock change; integers are neither.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from supportq.errors import InvalidValue

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR

FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""The earliest instant that is accepted."""
LAST: Final = datetime(2300, 1, 1, tzinfo=UTC)
"""The first instant that is no longer accepted."""
FOREVER: Final = 1 << 62
"""Later than every instant: "this never changes"."""
LONGEST: Final = timedelta(days=3_660)
"""The longest duration that a policy may hold: ten years."""

_MICROSECOND = timedelta(microseconds=1)


def utc(instant: datetime, field: str) -> datetime:
    """The same instant in UTC; a naive or out-of-range one is refused with the field's name (rule T1)."""
    if type(instant) is not datetime and not isinstance(instant, datetime):
        raise InvalidValue(field, f"must be a datetime, not {type(instant).__name__}")
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise InvalidValue(field, f"{instant.isoformat()} has no time zone; add one, for example tzinfo=UTC")
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:
            raise InvalidValue(field, f"{instant.isoformat()} is outside the years 1900 to 2299") from None
    if not FIRST <= instant < LAST:
        raise InvalidValue(field, f"{instant.isoformat()} is outside the years 1900 to 2299")
    return instant


def moment(instant: datetime, field: str) -> tuple[datetime, int]:
    """An instant in both forms, checked as `utc` does: every command begins with it."""
    if type(instant) is not datetime or instant.tzinfo is not UTC:
        instant = utc(instant, field)
    passed = instant - EPOCH
    us = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
    if not _FIRST_US <= us < _LAST_US:
        utc(instant, field)
    return instant, us


def micros(instant: datetime) -> int:
    """Microseconds from the epoch to an aware instant, exactly."""
    passed = instant - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def instant(microseconds: int) -> datetime:
    """The UTC datetime of so many microseconds since the epoch, the inverse of `micros`."""
    return EPOCH + microseconds * _MICROSECOND


def shown(microseconds: int) -> str:
    """An instant as text, as it stands in JSON too.

    >>> shown(1_584_705_600_000_000)
    '2020-03-20T12:00:00Z'
    """
    return instant(microseconds).isoformat().removesuffix("+00:00") + "Z"


def check_day(day: object, field: str) -> None:
    """Refuse what is not a date of the years that are accepted."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InvalidValue(field, f"must be a date, for example date(2026, 12, 24), not {day!r}")
    if not FIRST.year <= day.year < LAST.year:
        raise InvalidValue(field, f"{day} is outside the years 1900 to 2299")


def length(duration: timedelta, field: str) -> int:
    """A duration in microseconds; negative ones and those beyond ten years are refused."""
    if not isinstance(duration, timedelta):
        raise InvalidValue(field, f"must be a timedelta, not {type(duration).__name__}")
    if not timedelta(0) <= duration <= LONGEST:
        raise InvalidValue(field, f"{duration} is outside 0 to {LONGEST.days} days")
    return duration // _MICROSECOND


_FIRST_US: Final = micros(FIRST)
_LAST_US: Final = micros(LAST)


def duration(microseconds: int) -> timedelta:
    """The timedelta of so many microseconds, the inverse of `length`."""
    return microseconds * _MICROSECOND
