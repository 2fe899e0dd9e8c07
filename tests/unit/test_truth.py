"""What the host knows outranks what clients say; of several updates that touch one field the last holds (rule R7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from supportq import Booking, Client, Request
from supportq._truth import NOTHING, SILENCE, Known, Said, Scope, corrected, latest, scope_of, told
from supportq.identity import Clients
from supportq.policy import IdentityRules

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


# ----------------------------------------------------------------------------------------- facts of tickets and clients


def test_of_each_fact_what_was_said_last_holds_in_whatever_order_it_is_put_together() -> None:
    one, other = told({"stage": "new", "manager": "eva"}, 3), told({"stage": "regular", "manager": None}, 5)
    assert latest(one, other) == latest(other, one) == {"stage": ("regular", 5), "manager": ("eva", 3)}
    assert latest(one, one) == one
    assert latest() == SILENCE == told({"stage": None}, 1)


def test_what_is_filed_holds_for_whoever_proved_the_identifier() -> None:
    clients, known = Clients(IdentityRules()), Known()
    clients.add(Request("A1", Client(account="U-77", email="ann@example.com")), received=1)
    clients.add(Request("B1", Client(account="U-78"), claims=Client(email="ann@example.com", name="Bob")), received=2)
    known.file("email:ann@example.com", told({"stage": "new"}, 1), clients.proven_for("email:ann@example.com"))
    (ann,) = clients.proven_for("account:U-77")
    (bob,) = clients.proven_for("account:U-78")
    assert known.of(ann) == {"stage": ("new", 1)}
    assert known.of(bob) == SILENCE
    assert clients.proven_for("account:nobody") == []
    restored = Known()
    restored.restore(known.filed, clients)
    assert (restored.of(ann), restored.of(bob)) == (known.of(ann), SILENCE)


def test_a_message_gives_its_client_what_was_filed_before() -> None:
    clients, known = Clients(IdentityRules()), Known()
    known.file("account:U-77", told({"stage": "new"}, 1), clients.proven_for("account:U-77"))
    clients.add(Request("A1", Client(email="ann@example.com")), received=1)
    plan = clients.plan(Request("A2", Client(account="U-77", email="ann@example.com")), received=2)
    assert known.after(plan) == {"stage": ("new", 1)}
    changed = known.carried_out(plan, clients.carry_out(plan, (2, "A2")))
    (ann,) = clients.proven_for("email:ann@example.com")
    assert changed == [ann]
    assert known.of(ann) == {"stage": ("new", 1)}
    # Once more it is the same client, of whom nothing else is known.
    plan = clients.plan(Request("A3", Client(account="U-77")), received=3)
    assert known.carried_out(plan, clients.carry_out(plan, (3, "A3"))) == []
