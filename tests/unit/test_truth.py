"""What the host knows outranks what clients say; of several updates that touch one field the last holds (rule R7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from supportq import Booking
from supportq._truth import NOTHING, Said, Scope, corrected, scope_of

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CLAIM = Booking("kc-77", service="OK 81", departs_at=NOON, party_size=3)


def said(departs_at: datetime | None = None, cancelled: bool | None = None, number: int = 1) -> Said:
    return NOTHING.then(departs_at=departs_at, cancelled=cancelled, number=number)


def test_a_scope_is_a_ticket_a_booking_or_a_service() -> None:
    assert scope_of("A1", None, None) == ("ticket", "A1")
    assert scope_of(None, "kc-77", None) == ("booking", "KC77")
    assert scope_of(None, None, "OK 81") == ("service", "OK 81")


def test_nothing_said_leaves_the_claims_untouched() -> None:
    assert corrected((CLAIM,), ["A1"], {}) == (CLAIM,)
    elsewhere: dict[Scope, Said] = {("booking", "OTHER"): said(cancelled=True)}
    assert corrected((CLAIM,), ["A1"], elsewhere)[0] is CLAIM


def test_each_scope_reaches_the_booking() -> None:
    scopes: tuple[Scope, ...] = (("ticket", "A1"), ("booking", "KC77"), ("service", "OK 81"))
    for scope in scopes:
        (booking,) = corrected((CLAIM,), ["A1"], {scope: said(cancelled=True)})
        assert booking == Booking("kc-77", service="OK 81", departs_at=NOON, party_size=3, cancelled=True)
    assert corrected((CLAIM,), ["B1"], {("ticket", "A1"): said(cancelled=True)}) == (CLAIM,)


def test_a_service_reaches_only_bookings_that_name_it() -> None:
    assert corrected((Booking("K"),), ["A1"], {("service", "OK 81"): said(cancelled=True)}) == (Booking("K"),)


def test_the_last_word_on_each_field_holds() -> None:
    """The departure was moved for the service first and for the booking later; that it flies was said for the service last."""
    words: dict[Scope, Said] = {
        ("service", "OK 81"): said(NOON + DAY, cancelled=True, number=1).then(departs_at=None, cancelled=False, number=4),
        ("booking", "KC77"): said(NOON + 2 * DAY, cancelled=True, number=3),
    }
    (booking,) = corrected((CLAIM,), ["A1"], words)
    assert (booking.departs_at, booking.cancelled) == (NOON + 2 * DAY, False)


def test_an_update_says_only_what_it_says() -> None:
    once = said(departs_at=NOON, number=3)
    assert (once.departs_number, once.cancelled, once.cancelled_number) == (3, None, 0)
    assert once.then(departs_at=None, cancelled=True, number=5) == Said(NOON, 3, True, 5)
