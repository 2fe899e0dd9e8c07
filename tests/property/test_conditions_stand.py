"""A condition's answer is right, and stands until the instant that it names (rules R2, T4): against brute force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    CHANNELS,
    DAY,
    HOUR,
    KINDS,
    MINUTE,
    NOON,
    atoms,
    attributes,
    bookings,
    conditions,
    zones,
)

from supportq import Booking, when
from supportq._instants import FOREVER, instant, micros
from supportq.hours import Hours
from supportq.tickets import Origin

TICK = timedelta(microseconds=1)


@dataclass
class Facts:
    kind: str
    channel: str
    arrival: int
    addressed_to: str | None
    missed_call: bool
    by_voice: bool
    line: str | None
    urgent: bool
    text: str
    origin: Origin
    stage: str | None
    manager: str | None
    curator: str | None
    zone: tzinfo
    attributes: dict[str, Any]
    bookings: tuple[Booking, ...]


facts = st.builds(
    Facts,
    kind=st.sampled_from(KINDS),
    channel=st.sampled_from(CHANNELS),
    arrival=st.sampled_from([micros(NOON - ago) for ago in (timedelta(0), MINUTE, 11 * HOUR, 3 * DAY)]),
    addressed_to=st.sampled_from([None, "ivan", "jana"]),
    missed_call=st.booleans(),
    by_voice=st.booleans(),
    line=st.sampled_from([None, "z-office", "office"]),
    urgent=st.booleans(),
    text=st.sampled_from(["", "+", "no rooms"]),
    origin=st.sampled_from(list(Origin)),
    stage=st.sampled_from([None, "new", "lapsed"]),
    manager=st.sampled_from([None, "jana"]),
    curator=st.sampled_from([None, "karel"]),
    zone=zones,
    attributes=attributes,
    bookings=st.lists(bookings, max_size=3).map(tuple),
)


# -------------------------------------------------------- the same in plain Python


def holds(condition: when.Condition, said: Facts, booking: Booking | None, now: datetime) -> bool:
    """Whether a condition holds, by the words of its docstring."""
    departs_at = booking.departs_at if booking else None
    match condition:
        case when.All(parts):
            return all(holds(part, said, booking, now) for part in parts)
        case when.AnyOf(parts):
            return any(holds(part, said, booking, now) for part in parts)
        case when.Not(part):
            return not holds(part, said, booking, now)
        case when.DepartsWithin(within):
            return departs_at is not None and departs_at - within <= now < departs_at
        case when.Departed():
            return departs_at is not None and departs_at <= now
        case when.Cancelled():
            return booking is not None and booking.cancelled
        case when.HasBooking():
            return booking is not None
        case when.PartyAtLeast(size):
            return booking is not None and (booking.party_size or 1) >= size
        case when.KindIs(kinds):
            return said.kind in kinds
        case when.ChannelIs(channels):
            return said.channel in channels
        case when.AddressedTo(names):
            return said.addressed_to is not None if not names else said.addressed_to in names
        case when.MissedCall():
            return said.missed_call
        case when.RoomsAtLeast(size):
            return booking is not None and (booking.rooms or 1) >= size
        case when.MadeIn(systems):
            return booking is not None and booking.system in systems
        case when.ByVoice():
            return said.by_voice
        case when.LineBegins(prefix):
            return (said.line or "")[: len(prefix)] == prefix
        case when.Urgent():
            return said.urgent
        case when.SaysSomething():
            return said.text == "no rooms"
        case when.OriginIs(origins):
            return said.origin in origins
        case when.StageIs(stages):
            return said.stage in stages
        case when.Named(role):
            return getattr(said, role) is not None
        case when.AttributeIs(name, value):
            found = said.attributes.get(name, ...)
            return found == value and type(found) is type(value)
        case when.AtLeast(name, number):
            found = said.attributes.get(name)
            return found is not None and not isinstance(found, bool) and found >= number
        case when.Waited(at_least):
            return now >= instant(said.arrival) + at_least
        case when.WithinHours(hours):
            return any(begins <= now < ends for begins, ends in spans(hours, said.zone, now))
    raise AssertionError(condition)


def first_instant(day: date, clock: time, zone: tzinfo) -> datetime:
    """The first instant at which the wall clock in a zone shows this time or, where it is skipped, a later one."""
    wanted = datetime.combine(day, clock)
    # Zones of these days change by half an hour or an hour, on a quarter of an hour: look a day back, then forward.
    moment = (wanted - DAY).replace(tzinfo=UTC)
    while moment.astimezone(zone).replace(tzinfo=None) < wanted:
        moment += 15 * MINUTE
    return moment


def spans(hours: Hours, client_zone: tzinfo, now: datetime) -> list[tuple[datetime, datetime]]:
    """The openings of the days around an instant."""
    zone = hours.zone or client_zone
    today = now.astimezone(zone).date()
    found = []
    for offset in range(-2, 3):
        day = today + timedelta(days=offset)
        shut = day in hours.holidays or any(rule.falls_on(day) for rule in hours.closed_by)
        special = {special.day: special.openings for special in hours.special_days}
        for opening in special.get(day, () if shut else hours.openings):
            if day.weekday() in opening.weekdays:
                last = day if opening.end > opening.start else day + DAY
                found.append((first_instant(day, opening.start, zone), first_instant(last, opening.end, zone)))
    return found


def moments(condition: when.Condition, said: Facts) -> Iterable[datetime]:
    """Every instant of ten days at which any part of a condition could begin or end."""
    if isinstance(condition, (when.All, when.AnyOf)):
        for part in condition.parts:
            yield from moments(part, said)
    elif isinstance(condition, when.Not):
        yield from moments(condition.part, said)
    elif isinstance(condition, when.Waited):
        yield instant(said.arrival) + condition.at_least
    elif isinstance(condition, when.WithinHours):
        for days in range(-1, 11, 2):
            for span in spans(condition.hours, said.zone, NOON + days * DAY):
                yield from span
    elif isinstance(condition, (when.DepartsWithin, when.Departed)):
        for booking in said.bookings:
            if booking.departs_at is not None:
                yield booking.departs_at
                if isinstance(condition, when.DepartsWithin):
                    yield booking.departs_at - condition.within


def grid(condition: when.Condition, said: Facts) -> list[datetime]:
    """All those instants with the ticks beside them, in the ten days from noon."""
    edges = {NOON, *moments(condition, said)}
    beside = {edge + offset for edge in edges for offset in (-TICK, timedelta(0), TICK)}
    return sorted(moment for moment in beside if NOON <= moment <= NOON + 10 * DAY)


def check(answers: list[tuple[datetime, bool, int]], truth: dict[datetime, bool], *, exact: bool) -> None:
    """Every answer is the truth, and so it stays on the grid until the instant that it names, when it changes."""
    last = max(truth)
    for asked, said, until in answers:
        assert until > micros(asked), "an answer stands for a while"
        for moment, true in truth.items():
            if asked <= moment and micros(moment) < until:
                assert said is true, f"asked at {asked}: {said} until {until}, but {true} at {moment}"
        if exact and until < FOREVER and instant(until) <= last:
            assert truth[instant(until)] is not said, f"asked at {asked}: nothing changes at {instant(until)}"


@given(atoms, facts)
@settings(max_examples=200)
def test_atoms_change_exactly_when_they_say(condition: when.Condition, said: Facts) -> None:
    booking = said.bookings[0] if said.bookings else None
    instants = grid(condition, said)
    truth = {moment: holds(condition, said, booking, moment) for moment in instants}
    answers = [(moment, *condition.answer(said, booking, micros(moment))) for moment in instants]
    check(answers, truth, exact=True)
    if condition.timeless:
        assert len(set(truth.values())) == 1
        assert all(until == FOREVER for _, _, until in answers)


@given(conditions, facts)
@settings(max_examples=200)
def test_nested_conditions_change_exactly_when_they_say(condition: when.Condition, said: Facts) -> None:
    booking = said.bookings[0] if said.bookings else None
    instants = grid(condition, said)
    truth = {moment: holds(condition, said, booking, moment) for moment in instants}
    check([(moment, *condition.answer(said, booking, micros(moment))) for moment in instants], truth, exact=True)


@given(conditions, facts)
@settings(max_examples=200)
def test_a_ticket_fits_by_some_booking(condition: when.Condition, said: Facts) -> None:
    """R2: asked of one booking at a time, windows of several run into one."""
    instants = grid(condition, said)
    truth = {
        moment: any(holds(condition, said, booking, moment) for booking in said.bookings or (None,)) for moment in instants
    }
    check([(moment, *when.fits(condition, said, micros(moment))) for moment in instants], truth, exact=True)
