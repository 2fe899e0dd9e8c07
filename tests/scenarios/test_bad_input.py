"""Bad input of every kind: a clear error that names the field and the remedy, the desk unchanged, and the rest goes on.

Field by field: `tests/unit/test_tickets.py` and `test_policy.py`. Here it comes from a host in the middle of a day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import process_time
from typing import Any

import pytest
from story import Story

from supportq import (
    Booking,
    Client,
    CommandRefused,
    Desk,
    InvalidValue,
    Lane,
    Policy,
    PolicyError,
    Request,
    SupportqError,
    when,
)

POLICY = Policy((Lane("imminent", when.departs_within(timedelta(hours=24))), Lane("standard")))
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
NAIVE = datetime(2020, 3, 20, 12)
LATER = NOON + timedelta(hours=1)
ANN = Client(email="ann@example.com")


def busy() -> Desk:
    """A desk in the middle of a day."""
    desk = Desk(POLICY)
    desk.submit(Request("A1", ANN, channel="email", bookings=Booking("KC-77", departs_at=NOON + timedelta(hours=30))), now=NOON)
    desk.submit(Request("B1", Client(account="2"), bookings=Booking("KC-78", departs_at=NOON + timedelta(hours=30))), now=NOON)
    desk.take("ivan", now=NOON)
    return desk


COMMANDS: dict[str, Callable[[Desk], object]] = {
    "naive now": lambda desk: desk.submit(Request("C1", ANN), now=NAIVE),
    "now is text": lambda desk: desk.take("ivan", now="2020-03-20T13:00:00Z"),  # type: ignore[arg-type]
    "now is a date": lambda desk: desk.advance(now=date(2020, 3, 21)),  # type: ignore[arg-type]
    "now goes back": lambda desk: desk.advance(now=NOON - timedelta(seconds=1)),
    "now is in the year 9999": lambda desk: desk.advance(now=datetime(9999, 1, 1, tzinfo=UTC)),
    "received in the future": lambda desk: desk.submit(Request("C1", ANN, received_at=LATER), now=NOON),
    "not a request": lambda desk: desk.submit({"id": "C1"}, now=NOON),  # type: ignore[arg-type]
    "a known id of another client": lambda desk: desk.submit(Request("A1", Client(account="9"), channel="email"), now=NOON),
    "a known id on another channel": lambda desk: desk.submit(Request("A1", ANN, channel="phone"), now=NOON),
    "an unknown ticket": lambda desk: desk.reply("Z9", now=NOON),
    "an unhashable ticket": lambda desk: desk.reply(["A1"], now=NOON),  # type: ignore[arg-type]
    "an illegal move": lambda desk: desk.resolve("A1", now=NOON),
    "somebody else's ticket": lambda desk: desk.reply("A1", agent="jana", now=NOON),
    "an empty agent": lambda desk: desk.take("", now=NOON),
    "an agent with a control character": lambda desk: desk.take("ivan\r\nBcc:", now=NOON),
    "a park into the past": lambda desk: desk.park("B1", until=NOON, now=NOON),
    "a naive park": lambda desk: desk.park("B1", until=NAIVE, now=NOON),
    "an update of nothing": lambda desk: desk.update(cancelled=True, now=NOON),
    "an update that says nothing": lambda desk: desk.update(booking="KC-77", now=NOON),
    "a departure without zone": lambda desk: desk.update(booking="KC-77", departs_at=NAIVE, now=NOON),
    "cancelled: 1": lambda desk: desk.update(booking="KC-77", cancelled=1, now=NOON),  # type: ignore[arg-type]
    "a note of 10 MB": lambda desk: desk.hand_back("A1", note="x" * 10_000_000, now=NOON),
    "an unknown lane": lambda desk: desk.waiting(lane="vip"),
    "a naive question": lambda desk: desk.waiting(now=NAIVE),
    "a question about tomorrow": lambda desk: desk.waiting(now=NOON + timedelta(days=1)),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_wrong_command_names_its_mistake_and_changes_nothing(what: str) -> None:
    desk = busy()
    before, line = desk.snapshot(), desk.waiting()
    with pytest.raises(SupportqError) as error:
        COMMANDS[what](desk)
    assert isinstance(error.value, (InvalidValue, CommandRefused))
    assert all(getattr(error.value, fact) is not None for fact in error.value.facts)
    # One line that can be shown to a person.
    assert "\n" not in str(error.value)
    assert desk.snapshot() == before
    assert desk.waiting() == line
    # And the day goes on.
    assert desk.reply("A1", now=NOON)
    assert desk.submit(Request("C1", Client(account="3")), now=LATER)


VALUES: dict[str, tuple[Callable[[], object], str]] = {
    "naive received_at": (lambda: Request("C1", ANN, received_at=NAIVE), "received_at"),
    "nobody": (lambda: Request("C1"), "client"),
    "a name only": (lambda: Request("C1", Client(name="Ann")), "client"),
    "an empty id": (lambda: Request("", ANN), "id"),
    "a text of 10 MB": (lambda: Request("C1", ANN, text="x" * 10_000_000), "text"),
    "a control character": (lambda: Request("C1", ANN, text="\x00"), "text"),
    "half a surrogate pair": (lambda: Request("C1", ANN, text="\ud83d"), "text"),
    "half a surrogate pair in an address": (lambda: Client(email="\udc80@example.com"), "client.email"),
    "a million attributes": (lambda: Request("C1", ANN, attributes={str(n): n for n in range(1_000_000)}), "attributes"),
    "a million bookings": (lambda: Request("C1", ANN, bookings=(Booking("K"),) * 1_000_000), "bookings"),
    "a million attachments": (lambda: Request("C1", ANN, attachments=("a.pdf",) * 1_000_000), "attachments"),
    "an address of a megabyte": (lambda: Client(email="a" * 1_000_000 + "@example.com"), "client.email"),
    "an unhashable attribute": (lambda: Request("C1", ANN, attributes={"tags": []}), "attributes.tags"),  # type: ignore[dict-item]
    "a nested attribute": (lambda: Request("C1", ANN, attributes={"a": {"b": 1}}), "attributes.a"),  # type: ignore[dict-item]
    "not a number": (lambda: Request("C1", ANN, attributes={"price": float("nan")}), "attributes.price"),
    "infinity": (lambda: Request("C1", ANN, attributes={"price": float("inf")}), "attributes.price"),
    "a party of True": (lambda: Booking("K", party_size=True), "booking.party_size"),
    "a party of 0": (lambda: Booking("K", party_size=0), "booking.party_size"),
    "cancelled: 0": (lambda: Booking("K", cancelled=0), "booking.cancelled"),  # type: ignore[arg-type]
    "missed_call: 1": (lambda: Request("C1", ANN, missed_call=1), "missed_call"),  # type: ignore[arg-type]
    "a client as text": (lambda: Request("C1", "ann@example.com"), "client"),  # type: ignore[arg-type]
    "a messenger without network": (lambda: Client(messenger="4711"), "client.messenger"),
}


@pytest.mark.parametrize("what", VALUES)
def test_a_wrong_value_names_its_field_quickly(what: str) -> None:
    build, field = VALUES[what]
    began = process_time()
    with pytest.raises(InvalidValue) as error:
        build()
    assert error.value.field == field
    # Neither a wall of text, nor a long time: a megabyte of nonsense is not echoed.
    assert len(str(error.value)) < 300
    assert process_time() - began < 5


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [(Request, {"id": "C1", "client": ANN}), (Booking, {"reference": "K"}), (Client, {"email": "a@b.cz"})],
)
def test_an_unknown_field_is_refused(kind: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="priority"):
        kind(**arguments, priority=1)


POLICIES: dict[str, tuple[Callable[[], object], str]] = {
    "no lanes": (lambda: Policy(()), "policy.lanes"),
    "no last lane": (lambda: Policy((Lane("a", when.cancelled()),)), "lane 'a'"),
    "a lane behind everyone": (lambda: Policy((Lane("a"), Lane("b"))), "lane 'b'"),
    "12 hours behind 24": (
        lambda: Policy(
            (
                Lane("day", when.departs_within(timedelta(hours=24))),
                Lane("half", when.departs_within(timedelta(hours=12))),
                Lane("rest"),
            )
        ),
        "lane 'half'",
    ),
    "the same kind twice": (
        lambda: Policy((Lane("a", when.kind("refund")), Lane("b", when.kind("refund")), Lane("rest"))),
        "lane 'b'",
    ),
    "a contradiction": (lambda: Policy((Lane("a", when.cancelled() & ~when.cancelled()), Lane("rest"))), "lane 'a'"),
    "two kinds at once": (lambda: Policy((Lane("a", when.kind("refund") & when.kind("cancel")), Lane("rest"))), "lane 'a'"),
    "a share above one": (lambda: Lane("a", share=1.01), "lane 'a'.share"),
    "shares that sum to more than one": (
        lambda: Policy((Lane("a", when.cancelled(), share=0.7), Lane("b", share=0.4))),
        "policy.lanes",
    ),
    "a share that is not a number": (lambda: Lane("a", share=float("nan")), "lane 'a'.share"),
    "one name twice": (lambda: Policy((Lane("a", when.cancelled()), Lane("a"))), "lane 'a'"),
}


@pytest.mark.parametrize("what", POLICIES)
def test_a_policy_that_contradicts_itself_is_never_built(what: str) -> None:
    build, place = POLICIES[what]
    with pytest.raises(PolicyError) as error:
        build()
    assert error.value.field.startswith(place)
    assert "\n" not in str(error.value)


def test_the_rest_is_processed() -> None:
    """A host feeds what it can, one by one, and keeps what was refused; nothing of the good is lost."""
    story = Story(POLICY, "2020-03-20")
    sent: list[Callable[[], Request]] = [
        lambda: Request("A1", ANN),
        lambda: Request("A2", Client()),
        lambda: Request("A3", Client(account="3"), text="\x00"),
        lambda: Request("A4", Client(account="4")),
        lambda: Request("A1", Client(account="5")),
        lambda: Request("A6", Client(account="6"), received_at=story.moment("23:00")),
        lambda: Request("A7", Client(account="7")),
    ]
    refused = []
    for number, build in enumerate(sent, start=1):
        try:
            story.at("08:00").submit(build())
        except SupportqError as error:
            refused.append((number, type(error).__name__))
    assert story.desk.waiting() == ["A1", "A4", "A7"]
    assert refused == [(2, "InvalidValue"), (3, "InvalidValue"), (5, "RequestExists"), (6, "NotReceivedYet")]
