"""A run day by day: a desk that is driven, the tally of what happened, and the figures of each evening."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, TypeAlias

from supportq import Counter
from supportq._instants import instant
from supportq.cli._drive import Drive
from supportq.cli._tally import Score, Tally, score
from supportq.events import Event
from supportq.hours import local_instant

__all__ = ["Days", "Evening", "Heard"]

Heard: TypeAlias = Callable[[datetime, Sequence[Event]], None]
"""Called after every hour, with its end and what happened in it, in order."""

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Evening:
    """The counter at the end of a day and before it; how many tickets had come into each lane, and how many repeats had
    been removed, by then: joined to what was still to be answered.
    """

    day: date
    before: Counter
    counter: Counter
    entered_before: Mapping[str, int]
    entered: Mapping[str, int]
    removed_before: int
    removed: int

    @property
    def busy(self) -> bool:
        """Whether anything was received, filed or answered, or anybody waits."""
        now, before = self.counter, self.before
        came = now.received > before.received or now.filed > before.filed
        return bool(came or now.answered > before.answered or now.waiting)


class Days:
    """A drive from its start, evening by evening, by the calendar of `zone`.

    It ends on the first evening on which nothing more comes and nobody waits, at the latest on that of `last_day`.
    """

    def __init__(self, drive: Drive, *, zone: tzinfo, last_day: date) -> None:
        self.drive: Final = drive
        self.tally: Final = Tally()
        self.lanes: Final = tuple(lane.name for lane in drive.desk.policy.lanes)
        self.zone: Final = zone
        self.now: datetime = drive.start
        self._day = drive.start.astimezone(zone).date()
        self._last_day = last_day
        self._read = 0

    @property
    def latest(self) -> datetime:
        """The instant at which it ends at the latest."""
        return self._midnight_after(self._last_day)

    @property
    def passed(self) -> timedelta:
        """How long it has run."""
        return self.now - self.drive.start

    @property
    def scores(self) -> list[Score]:
        """How good the promises were, by lane."""
        return score(self.drive.promises, self.tally.records, self.now, self.lanes)

    def evenings(self, heard: Heard | None = None) -> Iterator[Evening]:
        """Run day by day. When an evening is given, the tally has read all that happened before."""
        self._catch_up(heard)
        desk, tally = self.drive.desk, self.tally
        over = False
        while self._day <= self._last_day and not over:
            before, entered_before, removed_before = desk.counter(), tally.entered.copy(), tally.removed
            midnight = self._midnight_after(self._day)
            while self.now < midnight:
                self.now = min(self.now + _HOUR, midnight)
                self.drive.run_until(self.now)
                self._catch_up(heard)
            entered, removed = tally.entered.copy(), tally.removed
            yield Evening(self._day, before, desk.counter(), entered_before, entered, removed_before, removed)
            over = self.drive.over
            self._day += _DAY

    def _catch_up(self, heard: Heard | None) -> None:
        happened = self.drive.log[self._read :]
        self._read += len(happened)
        self.tally.read(happened)
        if heard is not None:
            heard(self.now, happened)

    def _midnight_after(self, day: date) -> datetime:
        return instant(local_instant(day + _DAY, time(0), self.zone))
