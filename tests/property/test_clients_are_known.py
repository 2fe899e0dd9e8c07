"""What the host knows of a client outranks what requests carry, before and after, whoever turns out to be that client (R7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from strategies import HOUR, NOON, POLICIES, Step, facts_of_clients, gaps, perform

from supportq import Client, Desk, Request
from supportq.events import Event
from supportq.tickets import Ticket

POLICY = POLICIES["managers"]

people = st.builds(
    Client,
    account=st.sampled_from([None, None, "U-77", "U-78"]),
    email=st.sampled_from([None, "ann@example.com", "bob@example.com"]),
    phone=st.sampled_from([None, None, "+420601000123"]),
    name=st.sampled_from([None, None, "Ann Novak", "Bob Dvorak"]),
).filter(lambda client: client.identified)
"""Few identifiers, so that messages unite clients, show that an address is of two people, and take that back."""


@st.composite
def batches(draw: st.DrawFn) -> list[Request]:
    """Requests of which no two are about one matter, so that each is a ticket, whoever wrote it."""

    def client() -> Client:
        facts: dict[str, Any] = draw(facts_of_clients)
        return replace(draw(people), **facts)

    return [
        Request(
            f"R{number}",
            client(),
            kind=f"kind {number}",
            received_at=NOON - draw(st.integers(0, 9)) * HOUR,
            zone=draw(st.sampled_from([None, "America/New_York"])),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


IDENTIFIERS = ("account:U-77", "account:U-78", "email:ann@example.com", "email:Bob@Example.com", "phone:+420 601 000 123")
words = st.lists(
    st.builds(
        lambda client, facts: Step(timedelta(0), "update_client", {"client": client, **facts}),
        st.sampled_from(IDENTIFIERS),
        st.fixed_dictionaries(
            {
                "stage": st.sampled_from(["new", "regular", "lapsed"]),
                "manager": st.sampled_from([None, "eva"]),
                "curator": st.sampled_from([None, "eva"]),
                "zone": st.sampled_from([None, "Australia/Lord_Howe"]),
            }
        ),
    ),
    min_size=1,
    max_size=4,
)


def told(said: list[Step], batch: list[Request], order: list[int], *, mark: bool) -> tuple[Desk, list[Event]]:
    """A desk that was told all this, the updates in their order and the requests in theirs, in a given mixture."""
    desk, log = Desk(POLICY), list[Event]()
    steps, requests = list(said), list(batch)
    for which in [*order, *[0] * len(said), *[1] * len(batch)]:
        if which and requests:
            log += desk.submit(requests.pop(0), now=NOON)
        elif not which and steps:
            happened, refusal = perform(desk, steps.pop(0), NOON)
            assert refusal is None
            log += happened
    if mark:
        log += desk.mark_shared("email:ann@example.com", now=NOON)
    return desk, log


def known(desk: Desk) -> dict[str, tuple[object, ...]]:
    def facts(ticket: Ticket) -> tuple[object, ...]:
        return ticket.stage, ticket.manager, ticket.curator, ticket.zone, ticket.lane

    return {ticket.id: facts(ticket) for ticket in desk.snapshot().tickets}


mixtures = st.lists(st.sampled_from([0, 1]), max_size=10)


@given(words, batches(), mixtures, mixtures, st.booleans(), gaps)
def test_earlier_or_later_is_the_same(
    said: list[Step], batch: list[Request], one: list[int], other: list[int], mark: bool, pause: timedelta
) -> None:
    desks = [told(said, batch, order, mark=mark)[0] for order in (one, other, [0] * 4, [1] * 6)]
    for desk in desks:
        desk.advance(now=NOON + pause)
    first, *others = desks
    for desk in others:
        assert desk.waiting() == first.waiting()
        assert known(desk) == known(first)


@given(words, batches(), mixtures, st.randoms(use_true_random=False))
def test_in_whatever_order_requests_are_told(said: list[Step], batch: list[Request], order: list[int], rng: object) -> None:
    shuffled = list(batch)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (told(said, requests, order, mark=False)[0] for requests in (batch, shuffled))
    assert known(one) == known(other)
    assert one.waiting() == other.waiting()


@given(words, batches(), mixtures, st.booleans())
def test_rebuilt_from_any_part_of_the_log_the_desk_goes_on_the_same(
    said: list[Step], batch: list[Request], order: list[int], mark: bool
) -> None:
    desk, log = told(said, batch, order, mark=mark)
    assert Desk.from_log(POLICY, log) == desk
    assert Desk.from_snapshot(desk.snapshot()) == desk
    for length in range(len(log)):
        cut = Desk.from_log(POLICY, log[:length])
        assert Desk.from_snapshot(cut.snapshot(), log[length:]) == desk
        # Cut between an event and the one that gives tickets the facts of their client, it makes up for that.
        resumed = Desk.from_snapshot(cut.snapshot())
        assert cut.advance(now=NOON) == resumed.advance(now=NOON)


@given(words, batches(), mixtures)
def test_the_last_word_holds_and_saying_it_again_changes_nothing(
    said: list[Step], batch: list[Request], order: list[int]
) -> None:
    desk, _ = told(said, batch, order, mark=False)
    before = known(desk)
    perform(desk, said[-1], NOON)
    named = {name for name, value in said[-1].arguments.items() if value is not None and name != "client"}
    fields = ("stage", "manager", "curator", "zone")
    for ticket_id, facts in known(desk).items():
        changed = {name for name, one, other in zip(fields, before[ticket_id], facts, strict=False) if one != other}
        assert changed <= named
    again = known(desk)
    perform(desk, said[-1], NOON)
    assert known(desk) == again
