"""What comes from outside: requests by a table of rates, with surges, by rows that were recorded, and by flights."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Protocol, TypeAlias

from supportq import Booking, Request
from supportq._instants import HOUR, instant, length, micros, utc
from supportq.errors import InvalidValue
from supportq.simulation.chance import Chance, Shares, check_share
from supportq.simulation.clients import written

__all__ = ["Cancellation", "Departures", "Happening", "Poisson", "Rates", "Recorded", "Source", "Surge", "when_it_comes"]

_HOURS_OF_WEEK: Final = 7 * 24


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A service, such as a flight on a day, is known to be cancelled from `at` on."""

    at: datetime
    service: str


Happening: TypeAlias = Request | Cancellation
"""What comes from outside: a request, at its `received_at`, or news."""


class Source(Protocol):
    """Where requests and news come from. It looks at nothing but chance, so what comes never hangs on the desk."""

    def between(self, start: datetime, end: datetime, chance: Chance) -> Iterator[Happening]:
        """What comes from `start` to before `end`, in order of time."""


def when_it_comes(happening: Happening) -> datetime:
    """The instant at which something comes from outside."""
    at = happening.at if isinstance(happening, Cancellation) else happening.received_at
    assert at is not None
    return at


def merged(sources: Iterable[Source], start: datetime, end: datetime, chance: Chance) -> Iterator[Happening]:
    """What comes from several sources, in order of time; at one instant in the order of the sources."""
    return heapq.merge(*(source.between(start, end, chance) for source in sources), key=when_it_comes)


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests an hour, by the hour of the week (Monday from 0:00 is the first), on the clocks of `zone`, every week.

    >>> Rates.by_hour([2] * 8 + [10] * 12 + [2] * 4).a_day
    144.0
    """

    an_hour: Sequence[float]
    _: KW_ONLY
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        _check_table(self.an_hour, _HOURS_OF_WEEK, "rates.an_hour")
        object.__setattr__(self, "an_hour", tuple(self.an_hour))
        if not isinstance(self.zone, tzinfo):
            raise InvalidValue("rates.zone", f"must be a tzinfo, for example UTC, not {self.zone!r}")

    @classmethod
    def flat(cls, a_day: float) -> Rates:
        """As many in every hour."""
        if not _is_rate(a_day):
            raise InvalidValue("rates.a_day", f"must be a rate from 0, not {a_day!r}")
        return cls([a_day / 24] * _HOURS_OF_WEEK)

    @classmethod
    def by_hour(cls, an_hour: Sequence[float], *, zone: tzinfo = UTC) -> Rates:
        """By the 24 hours of the day, the same on every day."""
        _check_table(an_hour, 24, "rates.by_hour")
        return cls([*an_hour] * 7, zone=zone)

    @property
    def a_day(self) -> float:
        """The mean of a day."""
        return math.fsum(self.an_hour) / 7

    def at(self, us: int) -> float:
        """The rate in the hour of an instant, in microseconds."""
        if self.zone is UTC:
            # 1 January 1970 was a Thursday.
            return self.an_hour[(us // HOUR + 3 * 24) % _HOURS_OF_WEEK]
        local = instant(us).astimezone(self.zone)
        return self.an_hour[local.weekday() * 24 + local.hour]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """A crisis: from `begins_at` the rate rises to `factor` times what is usual within `rises_in`, stays there for `lasts`, and
    what is above the usual falls by two thirds (to 1/e) in every `fades_in` after that.
    """

    begins_at: datetime
    factor: float
    rises_in: timedelta = timedelta(0)
    lasts: timedelta = timedelta(0)
    fades_in: timedelta = timedelta(days=3)

    def __post_init__(self) -> None:
        object.__setattr__(self, "begins_at", utc(self.begins_at, "surge.begins_at"))
        if not (_is_rate(self.factor) and self.factor >= 1):
            raise InvalidValue("surge.factor", f"must be at least 1, not {self.factor!r}")
        for name in ("rises_in", "lasts", "fades_in"):
            length(getattr(self, name), f"surge.{name}")
        if not self.fades_in:
            raise InvalidValue("surge.fades_in", "must be longer than nothing")

    def at(self, us: int) -> float:
        """By how much the rate is multiplied at an instant, in microseconds."""
        since = us - micros(self.begins_at)
        rises, lasts = length(self.rises_in, "rises_in"), length(self.lasts, "lasts")
        if since < 0:
            return 1.0
        if since < rises:
            return 1 + (self.factor - 1) * since / rises
        over = since - rises - lasts
        return self.factor if over <= 0 else 1 + (self.factor - 1) * math.exp(-over / length(self.fades_in, "fades_in"))


@dataclass(frozen=True, slots=True)
class Departures:
    """When what a request is about departs: so many hours after it is written, drawn evenly, for the given share of requests.

    `within` are the fewest and the most hours.
    """

    within: tuple[float, float]
    share: float = 1.0

    def __post_init__(self) -> None:
        if not (isinstance(self.within, tuple) and len(self.within) == 2 and all(map(_is_rate, self.within))):
            raise InvalidValue("departures.within", f"must be two numbers of hours, not {self.within!r}")
        if self.within[0] > self.within[1]:
            raise InvalidValue("departures.within", "must name the fewer hours first")
        check_share(self.share, "departures.share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisson:
    """New clients who write independently of each other, at a rate that may change by hour and in surges.

    Each has a matter of their own: a kind and a channel by weights, and a booking that departs as `departures` say, of which
    the first whose share is drawn holds. `name` tells the sources of one simulation apart, and begins the ids of requests.

    The instants are those of a Poisson process, by thinning (Lewis & Shedler 1979).
    """

    rates: Rates
    surges: tuple[Surge, ...] = ()
    kinds: Mapping[str, float] = field(default_factory=lambda: {"question": 1.0}, hash=False)
    channels: Mapping[str, float] = field(default_factory=lambda: {"email": 1.0}, hash=False)
    departures: tuple[Departures, ...] = ()
    text: bool = False
    name: str = "P"

    def __post_init__(self) -> None:
        if not isinstance(self.rates, Rates):
            raise InvalidValue("poisson.rates", f"must be Rates, not {type(self.rates).__name__}")
        Shares(self.kinds, "poisson.kinds")
        Shares(self.channels, "poisson.channels")
        for name, kind in (("surges", Surge), ("departures", Departures)):
            values = getattr(self, name)
            if not (isinstance(values, (tuple, list)) and all(isinstance(value, kind) for value in values)):
                raise InvalidValue(f"poisson.{name}", f"must be a list of {kind.__name__}")
            object.__setattr__(self, name, tuple(values))
        if math.fsum(one.share for one in self.departures) > 1 + 1e-9:
            raise InvalidValue("poisson.departures", "have shares that sum up to more than 1")

    def between(self, start: datetime, end: datetime, chance: Chance) -> Iterator[Request]:
        """The requests from `start` to before `end`."""
        channels, bookings = Shares(self.channels, "poisson.channels"), chance.stream(f"{self.name}/bookings")
        on = chance.stream(f"{self.name}/channels")
        for number, (us, request_id, kind) in enumerate(self.arrivals(micros(start), micros(end), chance), 1):
            at = instant(us)
            yield written(
                request_id,
                f"{self.name}{number}",
                at=at,
                channel=channels.at(on.random()),
                kind=kind,
                bookings=self._bookings(number, at, bookings.random(), bookings.random()),
                text=f"I have a question about my {kind}." if self.text else "",
            )

    def arrivals(self, start: int, end: int, chance: Chance) -> Iterator[tuple[int, str, str]]:
        """The same without what only a desk looks at: the instant in microseconds, the id, and the kind of each."""
        kinds, rng = Shares(self.kinds, "poisson.kinds"), chance.stream(f"{self.name}/kinds")
        for number, us in enumerate(self._instants(start, end, chance), 1):
            yield us, f"{self.name}{number:06}", kinds.at(rng.random())

    def _instants(self, start: int, end: int, chance: Chance) -> Iterator[int]:
        """Thinning by the highest rate that can be."""
        rng = chance.stream(f"{self.name}/arrivals")
        highest = max(self.rates.an_hour) * math.prod(surge.factor for surge in self.surges)
        at = float(start)
        while highest:
            at += rng.expovariate(highest) * HOUR
            keeps = rng.random() * highest
            if at >= end:
                return
            us = int(at)
            if keeps < self.rates.at(us) * math.prod(surge.at(us) for surge in self.surges):
                yield us

    def _bookings(self, number: int, at: datetime, chosen: float, hours: float) -> tuple[Booking, ...]:
        for departures in self.departures:
            if chosen < departures.share:
                fewest, most = departures.within
                departs = at + timedelta(minutes=round(60 * (fewest + (most - fewest) * hours)))
                return (Booking(f"{self.name}B{number}", departs_at=departs),)
            chosen -= departures.share
        return ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Requests and news that were recorded, each at its own instant: a replay of rows."""

    happenings: Sequence[Happening]

    def __post_init__(self) -> None:
        for position, happening in enumerate(self.happenings):
            if not isinstance(happening, Request | Cancellation):
                raise InvalidValue(f"recorded.{position}", "must be a Request or a Cancellation")
            if isinstance(happening, Request) and happening.received_at is None:
                raise InvalidValue(
                    f"recorded.{position}.received_at", f"is missing in request {happening.id!r}; say when it came"
                )
        object.__setattr__(self, "happenings", tuple(sorted(self.happenings, key=when_it_comes)))

    def between(self, start: datetime, end: datetime, chance: Chance) -> Iterator[Happening]:  # nothing is drawn
        """Those from `start` to before `end`."""
        return (one for one in self.happenings if start <= when_it_comes(one) < end)


def again(request: Request, request_id: str, at: datetime, channel: str) -> Request:
    """The same client about the same matter, once more."""
    return replace(request, id=request_id, received_at=at, channel=channel)


def _check_table(table: object, count: int, where: str) -> None:
    if isinstance(table, str) or not isinstance(table, Sequence):
        raise InvalidValue(where, f"must be a list of {count} rates, not {type(table).__name__}")
    if len(table) != count:
        raise InvalidValue(where, f"must have {count} hours, not {len(table)}; give 0 for those in which nothing comes")
    for position, rate in enumerate(table):
        if not _is_rate(rate):
            raise InvalidValue(f"{where}.{position}", f"must be a rate from 0 in requests an hour, not {rate!r}")


def _is_rate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1e9
