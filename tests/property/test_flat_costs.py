"""What a message costs does not grow with how many came before it under the same identifiers, names or bookings.

Whoever writes often, or under ever new names, must not make the next message dearer for everybody. Calls are counted, seconds
are not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from calls import Calls

from supportq import Booking, Client, Desk, Lane, Policy, Request
from supportq.identity import CONTESTED_LIMIT, TOLD_APART
from supportq.policy import IdentityRules

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
EARLY, LATE, AVERAGED = 200, 2_000, 5


def desk(rules: IdentityRules | None = None) -> Desk:
    return Desk(Policy((Lane("everyone"),), identity=rules or IdentityRules()))


def cost(at: Desk, messages: Sequence[Request]) -> float:
    """The calls of one message of these, on average."""
    calls = Calls()
    return sum(calls.of(lambda request=message: at.submit(request, now=NOON)) for message in messages) / len(messages)  # type: ignore[misc]


def grows(at: Desk, message: Callable[[int], Request], *, early: int = EARLY, late: int = LATE) -> float:
    """How many times dearer the late message is than the early one."""
    at.submit_many([message(number) for number in range(early)], now=NOON)
    first = cost(at, [message(number) for number in range(early, early + AVERAGED)])
    at.submit_many([message(number) for number in range(early + AVERAGED, late)], now=NOON)
    return cost(at, [message(number) for number in range(late, late + AVERAGED)]) / first


ANN = Client(email="ann@example.com", phone="+420601000001", name="Ann Smith")


def name(number: int) -> str:
    """A full name, another one for each number, so unlike the others that no typing errors explain it."""
    rng = random.Random(number)
    return " ".join("".join(rng.choice("bdfklmnprs") + rng.choice("aeiou") for _ in range(6)) for _ in range(2))


def misspelt(number: int) -> str:
    """A full name that is not far from others."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")
    return f"{letters}ova {letters[::-1]}ka"


def phone(number: int) -> str:
    return f"+42060{number + 1_000_000:07d}"


STREAMS: dict[str, Callable[[int], Request]] = {
    "equal identifiers, own bookings": lambda n: Request(f"R{n}", ANN, bookings=Booking(f"K{n}"), kind="refund"),
    "equal identifiers, one booking": lambda n: Request(f"R{n}", ANN, bookings=Booking("K1"), kind="refund", text="once more"),
    "equal identifiers, no booking": lambda n: Request(f"R{n}", ANN, kind=f"kind {n % 7}", text=f"say {n}"),
    "fresh claimed numbers from one proven address": lambda n: Request(
        f"R{n}",
        Client(email="ann@example.com", name="Ann Smith"),
        claims=Client(phone=phone(n)),
        bookings=Booking(f"K{n}"),
    ),
    "fresh proven numbers with one proven address": lambda n: Request(
        f"R{n}", Client(email="ann@example.com", phone=phone(n)), bookings=Booking(f"K{n}")
    ),
    "fresh senders who claim one victim's address": lambda n: Request(
        f"R{n}", Client(phone=phone(n), name="Ann Smith"), claims=Client(email="ann@example.com"), bookings=Booking(f"K{n}")
    ),
    "fresh messengers that claim one victim's address": lambda n: Request(
        f"R{n}", Client(messenger=f"telegram:{n}"), claims=Client(email="ann@example.com"), bookings=Booking(f"K{n}")
    ),
    "fresh names on one address": lambda n: Request(
        f"R{n}", Client(email="ann@example.com", name=name(n)), bookings=Booking(f"K{n}")
    ),
    "fresh names and numbers on one address": lambda n: Request(
        f"R{n}", Client(email="ann@example.com", phone=phone(n), name=name(n)), bookings=Booking(f"K{n}")
    ),
    "fresh accounts on one number": lambda n: Request(
        f"R{n}", Client(account=f"{n}", phone="+420601000001"), bookings=Booking(f"K{n}")
    ),
    "people who share a number and nothing else": lambda n: Request(
        f"R{n}", Client(phone="+420601000001", name=None if n % 2 else name(n)), bookings=Booking(f"K{n}")
    ),
    "one booking, as many people": lambda n: Request(
        f"R{n}", Client(email=f"e{n}@example.com", name=name(n)), bookings=Booking("K1"), kind="refund"
    ),
    "one booking, one name, as many addresses": lambda n: Request(
        f"R{n}", Client(email=f"e{n}@example.com", account=f"{n}", name="Ann Smith"), bookings=Booking("K1"), kind="refund"
    ),
    "one given name on a shared number": lambda n: Request(
        f"R{n}", Client(phone="+420601000009", name=f"Ann {name(n)}"), bookings=Booking(f"K{n}")
    ),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_the_late_message_costs_as_much_as_the_early_one(stream: str) -> None:
    assert grows(desk(IdentityRules(shared=("phone:+420601000009",))), STREAMS[stream]) <= 1.5


@pytest.mark.parametrize("kind", ["names that may be misspelt", "claims of one address", "one given name on a shared number"])
def test_where_links_are_contested_a_message_costs_by_the_limit_and_not_by_the_crowd(kind: str) -> None:
    """Up to `CONTESTED_LIMIT` senders are compared with each other, however many there are."""
    message: Callable[[int], Request] = {
        "names that may be misspelt": lambda n: Request(
            f"R{n}", Client(email="ann@example.com", name=misspelt(n)), bookings=Booking(f"K{n}")
        ),
        "claims of one address": STREAMS["fresh senders who claim one victim's address"],
        "one given name on a shared number": STREAMS["one given name on a shared number"],
    }[kind]
    at, told = desk(IdentityRules(shared=("phone:+420601000009",))), 0
    peak = 0.0
    for size in (CONTESTED_LIMIT // 2, CONTESTED_LIMIT - AVERAGED, 5 * CONTESTED_LIMIT, 10 * CONTESTED_LIMIT):
        at.submit_many([message(number) for number in range(told, size)], now=NOON)
        peak = max(peak, cost(at, [message(number) for number in range(size, size + AVERAGED)]))
        told = size + AVERAGED
    assert peak <= 40 * CONTESTED_LIMIT**2


AGENCY = IdentityRules(agencies=("email:desk@agency.example.com",))


def for_traveller(number: int) -> Request:
    """What an agency writes: its own address, a traveller's booking and name."""
    client = Client(email="desk@agency.example.com", name=name(number))
    return Request(f"R{number}", client, kind="refund", bookings=Booking(f"K{number}"))


def test_an_agency_with_many_open_tickets_pays_for_one_message() -> None:
    """Without a scan: its tickets are found by booking."""
    assert grows(desk(AGENCY), for_traveller, early=500, late=5_000) <= 1.5


def test_an_agency_that_repeats_itself_pays_for_one_message() -> None:
    at = desk(AGENCY)
    costs = {}
    for first, size in ((0, 500), (500, 5_000)):
        at.submit_many([for_traveller(number) for number in range(first, size)], now=NOON)
        again = [
            Request(f"again {size} {number}", for_traveller(number).client, kind="refund", bookings=Booking(f"K{number}"))
            for number in range(size - AVERAGED, size)
        ]
        costs[size] = cost(at, again)
    assert len(at.waiting()) == 5_000
    assert costs[5_000] <= 1.5 * costs[500]


@pytest.mark.parametrize(("kind", "text"), [("refund", "Where is the money?"), ("status", ""), ("ack", "Thank you")])
def test_an_agency_without_a_booking_pays_for_one_message(kind: str, text: str) -> None:
    def unbooked(number: int) -> Request:
        return Request(f"U{kind}{number}", Client(email="desk@agency.example.com"), kind=kind, text=text)

    at = desk(AGENCY)
    at.submit_many([for_traveller(number) for number in range(500)], now=NOON)
    first = cost(at, [unbooked(number) for number in range(AVERAGED)])
    at.submit_many([for_traveller(number) for number in range(500, 5_000)], now=NOON)
    assert cost(at, [unbooked(number) for number in range(AVERAGED, 2 * AVERAGED)]) <= 1.5 * first


@pytest.mark.parametrize("apart", [True, False], ids=["a ticket each", "one ticket"])
def test_a_nameless_mailbox_that_turns_out_to_be_shared_costs_little_whatever_it_held(apart: bool) -> None:
    """Up to `TOLD_APART` of its messages are told apart; of a mailbox with more they stay one client's.

    What remains is to file its tickets under another client: a few calls for each, once.
    """

    def nameless(number: int) -> Request:
        return Request(f"R{number}", Client(email="info@example.com"), bookings=Booking(f"K{number}" if apart else "K1"))

    costs = {}
    for size in (TOLD_APART, 10 * TOLD_APART):
        at = desk()
        at.submit_many([nameless(number) for number in range(size)], now=NOON)
        named = [Request(f"N{n}", Client(email="info@example.com", name=name(n)), bookings=Booking(f"Z{n}")) for n in range(3)]
        costs[size] = max(cost(at, [request]) for request in named)
        assert at.client_of("N0") != at.client_of("N1") != at.client_of("N2") != at.client_of("R0")
        assert (at.client_of("R0") == at.client_of(f"R{size - 1}")) is (size > TOLD_APART)
    assert costs[10 * TOLD_APART] <= costs[TOLD_APART] + 21 * 9 * TOLD_APART * apart
