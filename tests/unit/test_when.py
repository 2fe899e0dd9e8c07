"""Conditions: does it hold, and until when does that stand (rules R2, R3, T4)?

Every condition against brute force: `tests/property/test_conditions_stand.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

import pytest

from supportq import Booking, InvalidValue, PolicyError, when
from supportq._instants import FOREVER, micros
from supportq.hours import Hours, Opening
from supportq.tickets import Attribute, Origin

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = micros(NOON)
US = 1


@dataclass
class Facts:
    """What a condition may look at."""

    kind: str = "refund"
    channel: str = "email"
    arrival: int = AT
    addressed_to: str | None = None
    missed_call: bool = False
    by_voice: bool = False
    line: str | None = None
    urgent: bool = False
    text: str = ""
    origin: Origin = Origin.CLIENT
    stage: str | None = None
    manager: str | None = None
    curator: str | None = None
    zone: tzinfo = UTC
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    bookings: tuple[Booking, ...] = ()


def us(moment: datetime) -> int:
    return micros(moment)


def test_departs_within_holds_from_the_window_to_the_departure() -> None:
    """R2: on [departure - 24 h, departure): a flown flight does not stay in front."""
    condition, departure = when.departs_within(DAY), NOON + 3 * DAY
    flight = Booking("K", departs_at=departure)
    opens = us(departure - DAY)
    assert condition.answer(Facts(), flight, opens - US) == (False, opens)
    assert condition.answer(Facts(), flight, opens) == (True, us(departure))
    assert condition.answer(Facts(), flight, us(departure) - US) == (True, us(departure))
    assert condition.answer(Facts(), flight, us(departure)) == (False, FOREVER)


def test_a_day_before_departure_is_a_duration_not_a_clock_time() -> None:
    """24 h before 10 March 2013 12:00 in New York is 11:00 the day before: the clock went forward in the night."""
    flight = Booking("K", departs_at=datetime(2013, 3, 10, 16, tzinfo=UTC))
    assert when.departs_within(DAY).answer(Facts(), flight, 0) == (False, us(datetime(2013, 3, 9, 16, tzinfo=UTC)))


@pytest.mark.parametrize("condition", [when.departs_within(DAY), when.departed()])
def test_without_a_departure_nothing_departs(condition: when.Condition) -> None:
    for booking in (None, Booking("K")):
        assert condition.answer(Facts(), booking, AT) == (False, FOREVER)


def test_departed_holds_from_the_departure_on() -> None:
    flight = Booking("K", departs_at=NOON)
    assert when.departed().answer(Facts(), flight, AT - US) == (False, AT)
    assert when.departed().answer(Facts(), flight, AT) == (True, FOREVER)


def test_waited_holds_from_the_arrival_plus_so_long() -> None:
    condition = when.waited(HOUR)
    due = us(NOON + HOUR)
    assert condition.answer(Facts(), None, due - US) == (False, due)
    assert condition.answer(Facts(), None, due) == (True, FOREVER)


def test_within_hours_asks_the_door() -> None:
    office = when.within_hours(Hours((Opening(time(9), time(18)),)))
    six = us(datetime(2020, 3, 20, 18, tzinfo=UTC))
    assert office.answer(Facts(), None, AT) == (True, six)
    assert office.answer(Facts(), None, six) == (False, us(datetime(2020, 3, 21, 9, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("condition", "facts", "booking", "holds"),
    [
        (when.cancelled(), Facts(), Booking("K", cancelled=True), True),
        (when.cancelled(), Facts(), Booking("K"), False),
        (when.cancelled(), Facts(), None, False),
        (when.has_booking(), Facts(), Booking("K"), True),
        (when.has_booking(), Facts(), None, False),
        (when.party_of(4), Facts(), Booking("K", party_size=4), True),
        (when.party_of(4), Facts(), Booking("K", party_size=3), False),
        (when.party_of(1), Facts(), Booking("K"), True),
        (when.party_of(2), Facts(), Booking("K"), False),
        (when.party_of(1), Facts(), None, False),
        (when.kind("cancel", "refund"), Facts(), None, True),
        (when.kind("cancel"), Facts(), None, False),
        (when.channel("email"), Facts(), None, True),
        (when.channel("phone"), Facts(), None, False),
        (when.addressed_to(), Facts(addressed_to="ivan"), None, True),
        (when.addressed_to(), Facts(), None, False),
        (when.addressed_to("jana", "ivan"), Facts(addressed_to="ivan"), None, True),
        (when.addressed_to("jana"), Facts(addressed_to="ivan"), None, False),
        (when.addressed_to("jana"), Facts(), None, False),
        (when.missed_call(), Facts(missed_call=True), None, True),
        (when.missed_call(), Facts(), None, False),
        (when.rooms_of(6), Facts(), Booking("K", rooms=6), True),
        (when.rooms_of(6), Facts(), Booking("K", rooms=5, party_size=9), False),
        (when.rooms_of(1), Facts(), Booking("K"), True),
        (when.rooms_of(2), Facts(), Booking("K"), False),
        (when.rooms_of(1), Facts(), None, False),
        (when.made_in("market", "hotels"), Facts(), Booking("K", system="market"), True),
        (when.made_in("market"), Facts(), Booking("K", system="hotels"), False),
        (when.made_in("market"), Facts(), Booking("K"), False),
        (when.made_in("market"), Facts(), None, False),
        (when.by_voice(), Facts(by_voice=True), None, True),
        (when.says_something(), Facts(text="No rooms."), None, True),
        (when.says_something(), Facts(text="- +\n"), None, False),
        (when.says_something(), Facts(), None, False),
        (when.by_voice(), Facts(missed_call=True), None, False),
        (when.line_begins("z-"), Facts(line="z-office"), None, True),
        (when.line_begins("z-"), Facts(line="z-"), None, True),
        (when.line_begins("z-"), Facts(line="office z-"), None, False),
        (when.line_begins("z-"), Facts(), None, False),
        (when.urgent(), Facts(urgent=True), None, True),
        (when.urgent(), Facts(), None, False),
        (when.origin("agent", "system"), Facts(origin=Origin.SYSTEM), None, True),
        (when.origin("client"), Facts(), None, True),
        (when.origin("agent"), Facts(), None, False),
        (when.stage("new", "lapsed"), Facts(stage="new"), None, True),
        (when.stage("new"), Facts(stage="regular"), None, False),
        (when.stage("new"), Facts(), None, False),
        (when.named("manager"), Facts(manager="marta"), None, True),
        (when.named("manager"), Facts(curator="marta"), None, False),
        (when.named("curator"), Facts(curator="marta"), None, True),
        (when.named("curator"), Facts(), None, False),
        (when.attribute("vip"), Facts(attributes={"vip": True}), None, True),
        (when.attribute("vip"), Facts(attributes={"vip": 1}), None, False),
        (when.attribute("vip", 1), Facts(attributes={"vip": True}), None, False),
        (when.attribute("vip", 1), Facts(attributes={"vip": 1}), None, True),
        (when.attribute("vip", 1), Facts(attributes={"vip": 1.0}), None, False),
        (when.attribute("tier", "gold"), Facts(attributes={"tier": "gold"}), None, True),
        (when.attribute("tier", None), Facts(attributes={"tier": None}), None, True),
        (when.attribute("tier", None), Facts(), None, False),
    ],
    ids=lambda value: repr(value) if isinstance(value, (when.Condition, bool)) else "",
)
def test_timeless_conditions_stand_for_ever(
    condition: when.Condition, facts: Facts, booking: Booking | None, holds: bool
) -> None:
    assert condition.timeless
    for at in (0, AT):
        assert condition.answer(facts, booking, at) == (holds, FOREVER)
        assert (~condition).answer(facts, booking, at) == (not holds, FOREVER)


def test_what_time_changes_is_not_timeless() -> None:
    for condition in (
        when.departs_within(DAY),
        when.departed(),
        when.waited(DAY),
        when.within_hours(Hours((Opening(time(9), time(18)),))),
    ):
        for nested in (condition, ~condition, condition & when.cancelled(), when.cancelled() | condition):
            assert not nested.timeless
    assert (when.kind("a") & ~when.cancelled() | when.missed_call()).timeless


def test_nested_conditions_of_one_kind_lie_flat() -> None:
    a, b, c = when.kind("a"), when.channel("b"), when.cancelled()
    assert a & b & c == when.All((a, b, c)) == a & (b & c)
    assert a | b | c == when.AnyOf((a, b, c)) == a | (b | c)
    assert ~~a == a
    assert when.Not(when.Not(a)).answer(Facts(kind="a"), None, AT) == (True, FOREVER)


def test_conditions_are_values() -> None:
    one = when.kind("b", "a", "b") & when.departs_within(DAY)
    other = when.kind("a", "b") & when.departs_within(timedelta(hours=24))
    assert one == other
    assert hash(one) == hash(other)


def test_all_stands_until_the_first_part_fails() -> None:
    flight = Booking("K", departs_at=NOON + HOUR)
    condition = when.departs_within(DAY) & ~when.waited(2 * HOUR)
    assert condition.answer(Facts(arrival=us(NOON - HOUR)), flight, AT) == (True, us(NOON + HOUR))
    assert condition.answer(Facts(arrival=us(NOON - HOUR - HOUR / 2)), flight, AT) == (True, us(NOON + HOUR / 2))


def test_all_that_fails_stands_until_every_part_holds() -> None:
    """The part that opens last decides; one that fails for ever decides for ever."""
    flight = Booking("K", departs_at=NOON + 2 * DAY)
    condition = when.departs_within(DAY) & when.waited(30 * HOUR)
    assert condition.answer(Facts(), flight, AT) == (False, us(NOON + 30 * HOUR))
    assert (condition & when.cancelled()).answer(Facts(), flight, AT) == (False, FOREVER)
    # The window is over before the wait is long enough.
    assert (when.departs_within(DAY) & when.waited(60 * HOUR)).answer(Facts(), flight, AT) == (False, FOREVER)


def test_any_that_holds_stands_as_long_as_any_part_does() -> None:
    flight = Booking("K", departs_at=NOON + DAY)
    handed_over = when.departs_within(DAY) | when.departed()
    assert handed_over.answer(Facts(), flight, AT) == (True, FOREVER)
    assert (when.departs_within(DAY) | when.waited(2 * DAY)).answer(Facts(), flight, AT) == (True, us(NOON + DAY))


def test_a_condition_is_asked_of_one_booking_at_a_time() -> None:
    """R2: one leg cancelled, another flying tonight: the ticket fits by the second; and no leg alone is both."""
    legs = (Booking("K1", departs_at=NOON + HOUR, cancelled=True), Booking("K2", departs_at=NOON + 2 * HOUR))
    flying = when.departs_within(DAY) & ~when.cancelled()
    assert when.fits(flying, Facts(bookings=legs), AT) == (True, us(NOON + 2 * HOUR))
    assert when.fits(flying, Facts(bookings=legs[:1]), AT) == (False, FOREVER)
    both = when.cancelled() & when.departs_within(2 * HOUR) & when.party_of(2)
    crowd = (Booking("K1", departs_at=NOON + HOUR, cancelled=True), Booking("K2", party_size=4))
    assert when.fits(both, Facts(bookings=crowd), AT) == (False, FOREVER)


def test_a_ticket_without_booking_is_asked_once() -> None:
    assert when.fits(when.kind("refund"), Facts(), AT) == (True, FOREVER)
    assert when.fits(~when.has_booking(), Facts(), AT) == (True, FOREVER)
    assert when.fits(when.departs_within(DAY), Facts(), AT) == (False, FOREVER)


def test_windows_of_several_bookings_run_into_each_other() -> None:
    legs = tuple(Booking(f"K{n}", departs_at=NOON + n * 20 * HOUR) for n in range(1, 4))
    assert when.fits(when.departs_within(DAY), Facts(bookings=legs), AT) == (True, us(NOON + 60 * HOUR))


def test_changes_that_cancel_each_other_are_followed_only_so_far() -> None:
    """A tautology over opening hours would be followed for ever; the answer is right, and stands only so long."""
    day, night = Hours((Opening(time(9), time(18)),)), Hours((Opening(time(18), time(9)),))
    holds, until = (when.within_hours(day) | when.within_hours(night)).answer(Facts(), None, AT)
    assert holds
    assert AT + 30 * 86_400_000_000 <= until < FOREVER


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: when.departs_within(timedelta(0)), "departs_within"),
        (lambda: when.departs_within(timedelta(days=-1)), "departs_within"),
        (lambda: when.departs_within(timedelta(days=4_000)), "departs_within"),
        (lambda: when.departs_within(24), "departs_within"),  # type: ignore[arg-type]
        (lambda: when.waited(-HOUR), "waited"),
        (lambda: when.party_of(0), "party_at_least"),
        (lambda: when.party_of(True), "party_at_least"),
        (lambda: when.party_of("4"), "party_at_least"),  # type: ignore[arg-type]
        (when.kind, "kind"),
        (lambda: when.kind(""), "kind"),
        (lambda: when.kind(5), "kind"),  # type: ignore[arg-type]
        (lambda: when.KindIs("refund"), "kind"),  # type: ignore[arg-type]
        (when.channel, "channel"),
        (lambda: when.addressed_to(""), "addressed_to"),
        (lambda: when.attribute(""), "attribute"),
        (lambda: when.attribute("vip", float("nan")), "attribute"),
        (lambda: when.attribute("vip", ["gold"]), "attribute"),  # type: ignore[arg-type]
        (lambda: when.within_hours("9-18"), "within_hours"),  # type: ignore[arg-type]
        (lambda: when.Not("cancelled"), "not"),  # type: ignore[arg-type]
        (lambda: when.All(()), "all"),
        (lambda: when.All((None,)), "all"),  # type: ignore[arg-type]
        (lambda: when.AnyOf(()), "any"),
        (lambda: when.kind("a") & True, "all"),  # type: ignore[operator]
        (lambda: when.kind("a") | None, "any"),  # type: ignore[operator]
    ],
)
def test_wrong_conditions_are_refused_naming_the_place(build: Any, field: str) -> None:
    with pytest.raises((PolicyError, InvalidValue)) as error:
        build()
    assert isinstance(error.value, (PolicyError, InvalidValue))
    assert error.value.field == field


def test_the_base_says_nothing() -> None:
    with pytest.raises(NotImplementedError):
        when.Condition().answer(Facts(), None, AT)
