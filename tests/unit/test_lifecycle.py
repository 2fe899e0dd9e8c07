"""The life of a ticket: every command in every state, against a table of its own (rule L0)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq._lifecycle import LEGAL, claimed_bookings
from supportq.errors import WrongState
from supportq.procedures import Procedure, Step
from supportq.tickets import State

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = Client(email="ann@example.com")
POLICY = Policy((Lane("standard"),), procedures=(Procedure("stepwise", when.attribute("stepwise"), (Step("done"),)),))


def opened() -> Desk:
    desk = Desk(POLICY)
    desk.submit(Request("A1", ANN, bookings=Booking("K")), now=NOON)
    return desk


def after(*commands: str) -> Callable[[], Desk]:
    """A desk at which these things were done to the one ticket."""

    def build() -> Desk:
        desk = opened()
        for command in commands:
            run(desk, command)
        return desk

    return build


def run(desk: Desk, command: str) -> Any:
    match command:
        case "take":
            return desk.take("ivan", now=NOON)
        case "park":
            return desk.park("A1", until=NOON + HOUR, now=NOON)
        case "correct":
            return desk.correct("A1", kind="refund", now=NOON)
        case "confirm":
            if desk.ticket("A1").state is not CLOSED:
                desk.correct("A1", attributes={"stepwise": True}, now=NOON)
            return desk.confirm("A1", "done", by="partner", now=NOON)
        case "note":
            return desk.note("A1", status="waits", done="called", next="call again", now=NOON)
        case _:
            return getattr(desk, command)("A1", now=NOON)


WAITING, TAKEN, ANSWERED, PARKED, CLOSED = State
STATES: Final = {
    "waiting": (WAITING, after()),
    "waiting, came back": (WAITING, after("take", "park", "client_answered")),
    "taken": (TAKEN, after("take")),
    "answered": (ANSWERED, after("take", "reply")),
    "parked until": (PARKED, after("park")),
    "parked by its agent": (PARKED, after("take", "park")),
    "parked, client asked": (PARKED, after("take", "ask_client")),
    "parked after the answer": (PARKED, after("take", "reply", "ask_client")),
    "closed, answered": (CLOSED, after("take", "reply", "resolve")),
    "closed, withdrawn": (CLOSED, after("withdraw")),
}

# Written from rule L0, not from the code: command, from which states, to which state; `None`: it stays where it is.
MOVES: Final[dict[str, tuple[set[State], State | None]]] = {
    "reply": ({TAKEN}, ANSWERED),
    "ask_client": ({TAKEN, ANSWERED}, PARKED),
    "client_answered": ({PARKED}, WAITING),
    "hand_back": ({TAKEN}, WAITING),
    "resolve": ({ANSWERED}, CLOSED),
    "withdraw": ({WAITING, TAKEN, ANSWERED, PARKED}, CLOSED),
    "reopen": ({CLOSED}, WAITING),
    "park": ({WAITING, TAKEN, ANSWERED, PARKED}, PARKED),
    "correct": ({WAITING, TAKEN, ANSWERED, PARKED}, None),
    "note": ({WAITING, TAKEN, ANSWERED, PARKED}, None),
    "confirm": ({WAITING, TAKEN, ANSWERED, PARKED}, None),
}


@pytest.mark.parametrize("situation", STATES)
@pytest.mark.parametrize("command", MOVES)
def test_every_command_in_every_state(command: str, situation: str) -> None:
    state, build = STATES[situation]
    desk = build()
    assert desk.ticket("A1").state is state
    legal, becomes = MOVES[command]
    before = desk.snapshot()
    if state in legal:
        assert len(run(desk, command)) == 1
        assert desk.ticket("A1").state is (becomes or state)
        return
    with pytest.raises(WrongState) as error:
        run(desk, command)
    assert (error.value.ticket, error.value.state, error.value.command) == ("A1", state, command)
    taking = {"take"} if state is WAITING else set()
    # These need teams: see test_transfers.py.
    handing_over = set() if state is CLOSED else {"transfer", "escalate"}
    assert set(error.value.legal) == {name for name, (states, _) in MOVES.items() if state in states} | taking | handing_over
    assert desk.snapshot() == before


@pytest.mark.parametrize("situation", STATES)
def test_only_what_waits_is_taken(situation: str) -> None:
    state, build = STATES[situation]
    desk = build()
    assert bool(desk.take("jana", now=NOON)) is (state is WAITING)
    if state is WAITING:
        assert desk.ticket("A1").state is TAKEN


def test_the_table_of_the_engine_is_the_table_of_the_rule() -> None:
    assert {name: set(states) for name, states in LEGAL.items()} == {
        "take": {WAITING},
        **{name: states for name, (states, _) in MOVES.items()},
        **{name: {WAITING, TAKEN, ANSWERED, PARKED} for name in ("transfer", "escalate")},
    }


@pytest.mark.parametrize(
    ("commands", "first_for"),
    [
        (("take", "park", "client_answered"), "ivan"),
        (("take", "ask_client", "client_answered"), "ivan"),
        (("take", "reply", "ask_client", "client_answered"), "ivan"),
        (("take", "park", "client_answered", "park", "client_answered"), "ivan"),
        (("park", "client_answered"), None),
        (("take", "hand_back"), None),
        (("take", "reply", "resolve", "reopen"), None),
        (("take", "withdraw", "reopen"), None),
    ],
)
def test_who_is_asked_first_when_a_ticket_waits_again(commands: tuple[str, ...], first_for: str | None) -> None:
    """The same agent first after a park or a question; anybody after a hand-back or a reopening."""
    assert after(*commands)().ticket("A1").returned_to == first_for


@pytest.mark.parametrize("command", ["withdraw", "resolve"])
def test_closing_says_whether_an_answer_was_owed(command: str) -> None:
    desk = after("take", "reply")() if command == "resolve" else opened()
    run(desk, command)
    closed = desk.ticket("A1")
    assert (closed.closed_at, closed.withdrawn) == (NOON, command == "withdraw")
    assert (closed.agent, closed.lane, closed.parked_until) == (None, None, None)


def test_a_park_ends_by_itself() -> None:
    desk = after("park")()
    assert desk.next_wakeup == NOON + HOUR
    (event,) = desk.advance(now=NOON + 2 * HOUR)
    assert (type(event).__name__, event.at) == ("Unparked", NOON + HOUR)
    assert desk.ticket("A1").state is WAITING


@pytest.mark.parametrize("command", ["client_answered", "withdraw", "park"])
def test_a_park_that_ended_otherwise_rings_no_bell(command: str) -> None:
    desk = after("park")()
    if command == "park":
        desk.park("A1", until=NOON + 3 * HOUR, now=NOON)
    else:
        run(desk, command)
    assert desk.advance(now=NOON + 2 * HOUR) == ()


# -------------------------------------------------- what the requests of a ticket say of bookings

FULL = Booking("K1", service="OK 81", departs_at=NOON, party_size=2)


def said(*claims: tuple[Booking, ...]) -> tuple[Booking, ...]:
    return claimed_bookings([booking for bookings in claims for booking in bookings])


@pytest.mark.parametrize(
    ("claims", "kept"),
    [
        ([()], ()),
        ([(FULL,)], (FULL,)),
        ([(FULL,), (FULL,)], (FULL,)),
        ([(Booking("K1"),), (FULL,)], (FULL,)),
        ([(FULL, Booking("K1", departs_at=NOON))], (FULL,)),
        ([(Booking("K2"),), (Booking("K1"),)], (Booking("K1"), Booking("K2"))),
        # Two departures of one booking contradict each other: a condition asks both, so the more urgent one counts (D4).
        (
            [(Booking("K1", departs_at=NOON + HOUR),), (Booking("K1", departs_at=NOON),)],
            (Booking("K1", departs_at=NOON), Booking("K1", departs_at=NOON + HOUR)),
        ),
        ([(Booking("K1"),), (Booking("K1", cancelled=True),)], (Booking("K1"), Booking("K1", cancelled=True))),
    ],
)
def test_claims_add_up_without_saying_anything_twice(claims: list[tuple[Booking, ...]], kept: tuple[Booking, ...]) -> None:
    assert said(*claims) == said(*reversed(claims)) == kept
