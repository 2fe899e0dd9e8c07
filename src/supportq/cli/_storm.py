"""What clients do in a storm: the requests and the news of the demo, made up around real flights.

Pure: the same `Storm` gives the same story. Nothing here looks at the desk. Every figure that is assumed, not known, is a named
constant or a field of `Storm`, and `assumptions` says them all in words.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import accumulate
from typing import Final

from supportq import Booking, Client, Request, Shift, Staffing
from supportq.cli._drive import ASKS, Cancellation, Happening, when_it_comes
from supportq.cli._words import counted
from supportq.data import Flight, flights

__all__ = ["FIRST_DAY", "HANDLING_SPREAD", "KNOWN", "NEW_YORK", "Storm", "Story", "assumptions", "staffing", "told"]

NEW_YORK: Final = timezone(timedelta(hours=-5))
"""New York's winter time, which holds throughout the story; so no zone file is needed."""
FIRST_DAY: Final = date(2013, 2, 7)
LAST_DAY: Final = date(2013, 2, 11)

KNOWN: Final = "the 4,304 flights that were to leave New York on 7 to 11 February 2013, and which of them were cancelled."
"""What of the story is not made up."""

_DAY: Final = timedelta(days=1)
_WRITTEN_DAYS: Final = 10
"""Over how many days before the start the waiting requests were written."""
_BUSY: Final = tuple(accumulate((2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 8, 7, 7, 6, 5, 4, 3, 2)))
"""How many requests come in each hour of a New York day, in proportion, summed up."""

_REPEATS: Final = 0.24
"""How likely a client who has written writes again about the same matter."""
_REPEAT_AFTER: Final = (2.3, 1.2)
"""After how many hours they do: a lognormal with these parameters, median 10 hours."""
_SAME_CHANNEL: Final = 0.5
_NO_REFERENCE: Final = 0.1
"""How many of the repeats do not say which booking they are about."""

_HAVE_ACCOUNT: Final = 0.65
_NO_BOOKING: Final = 0.08
_FLOWN: Final = 0.04
_ABOUT_CANCELLED: Final = 0.25
"""How many of the new matters are about a flight whose cancellation became known within the last twelve hours, if any did."""
_DEPARTS_TODAY: Final = 0.35
"""How many of the other new matters are about a flight of the next 24 hours."""
_DEPARTS_LATER: Final = timedelta(days=34)
"""How much later, in the mean of an exponential distribution, the others depart."""
_LATEST: Final = timedelta(days=180)
_KNOWN_AHEAD: Final = (6.0, 36.0)
"""How many hours before the scheduled departure a cancellation becomes known: anything between, drawn for each flight."""

HANDLING_SPREAD: Final = 0.75
"""The spread of handling times: the standard deviation of their logarithm."""

_CHANNELS: Final = (("email", 35), ("phone", 60), ("messenger", 75), ("form", 100))
_KINDS: Final = (("refund", 45), ("change_date", 75), ("cancel", 87), ("question", 100))
_TEXTS: Final = {
    "refund": "Please refund my ticket.",
    "change_date": "I need to fly on another day.",
    "cancel": "Please cancel my booking.",
    "question": "Does my flight go as planned?",
}
_FIRST_NAMES: Final = ("Ann", "Bob", "Carla", "David", "Elena", "Frank", "Grace", "Hugo", "Irene", "Jamal", "Kim", "Lena")
_LAST_NAMES: Final = ("Adler", "Brown", "Costa", "Diaz", "Evans", "Fischer", "Gupta", "Haas", "Ito", "Jones", "Kovac", "Levy")
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """How large the story is. `agents` are those of the morning, the evening and the night shift."""

    seed: int = 2013
    days: int = 5
    waiting: int = 30_000
    a_day: int = 6_000
    agents: tuple[int, int, int] = (24, 28, 10)

    def scaled(self, by: float) -> Storm:
        """The same story with so many times the requests and agents."""
        morning, evening, night = (max(1, round(agents * by)) for agents in self.agents)
        waiting, a_day = round(self.waiting * by), round(self.a_day * by)
        return replace(self, waiting=waiting, a_day=a_day, agents=(morning, evening, night))

    @property
    def start(self) -> datetime:
        """Midnight before the first day."""
        # In UTC, as departures are: aware datetimes compare fast only inside one zone.
        return datetime.combine(FIRST_DAY, time(0), tzinfo=NEW_YORK).astimezone(UTC)

    @property
    def last_day(self) -> date:
        """The last day that is told of."""
        return FIRST_DAY + timedelta(days=self.days - 1)

    def rng(self, purpose: str) -> random.Random:
        """A stream of random numbers for one purpose, so that more of one thing does not change the others."""
        return random.Random(f"{self.seed}/{purpose}")


@dataclass(frozen=True, slots=True)
class Story:
    """What is told: the requests that wait at the start, then what comes, in order of time.

    `matters` says of each request id which matter it is about; the desk never sees it.
    """

    backlog: tuple[Request, ...]
    happenings: tuple[Happening, ...]
    matters: Mapping[str, int]


def assumptions(storm: Storm) -> tuple[str, ...]:
    """All that is not known of these days but made up, in words; the rest is the table of flights."""
    morning, evening, night = storm.agents
    first, last = (round(hours) for hours in _KNOWN_AHEAD)
    text = f"""
{storm.waiting:,} requests wait at the start, written over the {_WRITTEN_DAYS} days before; {storm.a_day:,} more come a day, by
day more than by night. Of those who wait nobody flies on the first day: they have been answered before.

After each message a client writes again about the same matter with a chance of {_REPEATS:.0%}, in the median 10 hours later,
{_SAME_CHANNEL:.0%} of them on the same channel; {_NO_REFERENCE:.0%} of the repeats name no booking.

{_HAVE_ACCOUNT:.0%} of the clients have an account, which the site form proves, with their e-mail and phone. An e-mail proves
its address, a call its number, a messenger its own id; what is only typed in proves nothing.

Of new matters {_NO_BOOKING:.0%} name no booking and {_FLOWN:.0%} are about a flight that has left. Of the others
{_ABOUT_CANCELLED:.0%} are about a flight whose cancellation became known in the last 12 hours, if any did; of the rest
{_DEPARTS_TODAY:.0%} fly within 24 hours, the others on average {_DEPARTS_LATER.days} days after that, at most {_LATEST.days}.

The flights of all other days are those of {LAST_DAY:%d %B} again, none of them cancelled.

A cancellation becomes known {first} to {last} hours before the scheduled departure.

{counted(morning, "agent")} {"works" if morning == 1 else "work"} from 7:00, {evening} from 15:00, {night} from 23:00, eight
hours each. All come. An answer takes 10
minutes on average, with a lognormal spread of {HANDLING_SPREAD}. At the end of a shift the ticket in hand is finished.

Nobody withdraws, and an answer closes its ticket. {ASKS}
"""
    return tuple(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def staffing(storm: Storm, front: str) -> Staffing:
    """The shifts of the agents: mornings from 7:00, evenings from 15:00, nights from 23:00. `front` is the front lane."""
    clocks = (time(7), time(15), time(23))
    shifts = (Shift(clocks[index], clocks[(index + 1) % 3], agents) for index, agents in enumerate(storm.agents))
    fresh = storm.a_day * (1 - _REPEATS) * _DEPARTS_TODAY * (1 - _FLOWN - _NO_BOOKING)
    return Staffing(tuple(shifts), zone=NEW_YORK, handling_time=timedelta(minutes=10), expected_inflow={front: round(fresh)})


def told(storm: Storm) -> Story:
    """The story of a storm: the real flights, and the clients who write about them."""
    timetable = _Timetable(flights())
    cancellations = _cancellations(storm, timetable)
    writers = _Writers(storm, timetable, cancellations)
    backlog = tuple(map(writers.write, _waiting_since(storm)))
    arrivals = map(writers.write, _arrivals(storm))
    # Of what comes at one instant the news stands first.
    happenings: Iterator[Happening] = heapq.merge(cancellations, arrivals, key=when_it_comes)
    return Story(backlog, tuple(happenings), writers.matters)


def _cancellations(storm: Storm, timetable: _Timetable) -> list[Cancellation]:
    """When it becomes known of each cancelled flight; never before the start, for nothing is said of the days before."""
    rng = storm.rng("cancellations")
    known = []
    for flight in timetable.real:
        if flight.cancelled:
            known_at = flight.departs_at - timedelta(minutes=round(rng.uniform(*_KNOWN_AHEAD) * 60))
            known.append(Cancellation(max(known_at, storm.start), flight.service))
    return sorted(known, key=lambda one: (one.at, one.service))


def _waiting_since(storm: Storm) -> Iterator[datetime]:
    """When the requests were written that wait at the start: as many on each of the days before."""
    rng = storm.rng("backlog")
    for day in range(_WRITTEN_DAYS):
        count = storm.waiting * (day + 1) // _WRITTEN_DAYS - storm.waiting * day // _WRITTEN_DAYS
        yield from _day_of_arrivals(rng, storm.start - (_WRITTEN_DAYS - day) * _DAY, count)


def _arrivals(storm: Storm) -> Iterator[datetime]:
    """When requests come during the story."""
    rng = storm.rng("arrivals")
    for day in range(storm.days):
        yield from _day_of_arrivals(rng, storm.start + day * _DAY, storm.a_day)


def _day_of_arrivals(rng: random.Random, midnight: datetime, count: int) -> list[datetime]:
    hours = rng.choices(range(24), cum_weights=_BUSY, k=count)
    return sorted(midnight + timedelta(hours=hour, seconds=rng.randrange(3_600)) for hour in hours)


class _Timetable:
    """The real flights of the storm, and on every other day, by assumption, those of its last day again."""

    def __init__(self, real: Sequence[Flight]) -> None:
        self.real: Final = tuple(real)
        self._days: dict[date, tuple[list[datetime], list[Flight]]] = {}
        for flight in self.real:
            departures, planned = self._days.setdefault(flight.day, ([], []))
            departures.append(flight.departs_at)
            planned.append(flight)

    def draw(self, rng: random.Random, after: datetime, within: timedelta) -> Flight:
        """Any flight that departs after an instant, within so long; `within` must span a night."""
        before = after + within
        day, last = after.astimezone(NEW_YORK).date(), before.astimezone(NEW_YORK).date()
        spans: list[tuple[timedelta, Sequence[Flight]]] = []
        while day <= last:
            moved = timedelta(0) if day in self._days else day - LAST_DAY
            departures, planned = self._days[day - moved]
            spans.append((moved, planned[bisect_right(departures, after - moved) : bisect_right(departures, before - moved)]))
            day += _DAY
        number = rng.randrange(sum(len(span) for _, span in spans))
        while number >= len(spans[0][1]):
            number -= len(spans.pop(0)[1])
        moved, span = spans[0]
        return _later(span[number], moved)


def _later(flight: Flight, moved: timedelta) -> Flight:
    """The same flight on another day, for all that is known not cancelled."""
    if not moved:
        return flight
    return Flight(flight.day + moved, flight.carrier, flight.number, flight.departs_at + moved)


@dataclass(frozen=True, slots=True)
class _Matter:
    """What one client wants, and how they can be known. `account` stands beside e-mail and phone in their profile."""

    number: int
    kind: str
    account: str | None
    email: str
    phone: str
    messenger: str
    name: str
    booking: Booking | None


class _Writers:
    """The clients. Each call of `write` is one message: of someone who writes again, if that is due, or of someone new."""

    def __init__(self, storm: Storm, timetable: _Timetable, cancellations: Sequence[Cancellation]) -> None:
        self.matters: Final[dict[str, int]] = {}
        self._start = storm.start
        self._timetable = timetable
        self._known_at = [one.at for one in cancellations]
        by_service = {flight.service: flight for flight in timetable.real}
        self._cancelled = [by_service[one.service] for one in cancellations]
        self._people, self._wishes, self._repeats = (storm.rng(purpose) for purpose in ("clients", "matters", "repeats"))
        self._again: list[tuple[datetime, int, str, _Matter]] = []
        self._count = 0

    def write(self, at: datetime) -> Request:
        """The message that comes at an instant; instants must not decrease."""
        if self._again and self._again[0][0] <= at:
            _, _, before, matter = heapq.heappop(self._again)
            request = self._message(matter, at, self._next_channel(before), repeated=True)
        else:
            self._count += 1
            matter = self._matter(at)
            request = self._message(matter, at, _pick(self._people, _CHANNELS), repeated=False)
        self.matters[request.id] = matter.number
        if self._repeats.random() < _REPEATS:
            after = timedelta(seconds=round(self._repeats.lognormvariate(*_REPEAT_AFTER) * 3_600))
            heapq.heappush(self._again, (at + after, len(self.matters), request.channel, matter))
        return request

    def _next_channel(self, before: str) -> str:
        return before if self._repeats.random() < _SAME_CHANNEL else _pick(self._repeats, _CHANNELS)

    def _message(self, matter: _Matter, at: datetime, channel: str, *, repeated: bool) -> Request:
        """One message: a channel proves what it carries, and the rest is only typed in."""
        typed = Client(email=matter.email, phone=matter.phone, name=matter.name)
        proven = Client()
        if channel == "email":
            proven = Client(email=matter.email, name=matter.name)
        elif channel == "phone":
            proven = Client(phone=matter.phone)
        elif channel == "messenger":
            proven = Client(messenger=matter.messenger)
        elif matter.account is not None:
            proven = Client(account=matter.account, email=matter.email, phone=matter.phone, name=matter.name)
        bookings = () if matter.booking is None else (matter.booking,)
        if repeated and self._repeats.random() < _NO_REFERENCE:
            bookings = ()
        return Request(
            f"R{len(self.matters) + 1:06}",
            proven,
            claims=typed,
            received_at=at,
            channel=channel,
            kind=matter.kind,
            bookings=bookings,
            text=_TEXTS[matter.kind],
            language="en",
        )

    def _matter(self, at: datetime) -> _Matter:
        number, rng = self._count, self._people
        first, last = rng.choice(_FIRST_NAMES), rng.choice(_LAST_NAMES)
        flight = self._flight(at)
        booking = None
        if flight is not None:
            party = self._wishes.randint(1, 4)
            booking = Booking(_reference(number), service=flight.service, departs_at=flight.departs_at, party_size=party)
        return _Matter(
            number=number,
            kind="question" if flight is None else _pick(self._wishes, _KINDS),
            account=f"c{number}" if rng.random() < _HAVE_ACCOUNT else None,
            email=f"{first}.{last}.{number}@example.com".lower(),
            phone=f"+1999{number:07}",
            messenger=f"telegram:{number}",
            name=f"{first} {last}",
            booking=booking,
        )

    def _flight(self, at: datetime) -> Flight | None:
        """The flight that a new matter is about."""
        rng, draw = self._wishes, self._timetable.draw
        chance = rng.random()
        if chance < _NO_BOOKING:
            return None
        if chance < _NO_BOOKING + _FLOWN:
            return draw(rng, at - rng.uniform(2, 20) * _DAY, _DAY)
        later = min(rng.expovariate(1 / (_DEPARTS_LATER / _DAY)) * _DAY, _LATEST)
        if at < self._start:
            # Whoever was to fly before tomorrow has been answered already.
            return draw(rng, self._start + _DAY + later, _DAY / 2)
        news = self._cancelled[bisect_right(self._known_at, at - _DAY / 2) : bisect_right(self._known_at, at)]
        if news and rng.random() < _ABOUT_CANCELLED:
            return rng.choice(news)
        if rng.random() < _DEPARTS_TODAY:
            return draw(rng, at, _DAY)
        return draw(rng, at + _DAY + later, _DAY / 2)


def _pick(rng: random.Random, shares: Sequence[tuple[str, int]]) -> str:
    """One of several words by their shares, which are summed up to 100."""
    chance = rng.random() * 100
    return next(word for word, limit in shares if chance < limit)


def _reference(number: int) -> str:
    """A booking reference of six letters, a different one for each number below 24 ** 4."""
    letters = []
    for _ in range(4):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "NY" + "".join(letters)
