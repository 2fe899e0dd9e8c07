"""An agent's day: parks, questions and hand-backs, and whose a ticket is when it waits again."""

from __future__ import annotations

import pytest
from story import Story

from supportq import Client, Lane, Policy, Request
from supportq.errors import WrongAgent, WrongState

POLICY = Policy((Lane("everyone"),))


def ask(name: str) -> Request:
    return Request(name, Client(account=name), channel="chat")


def test_a_day_with_interruptions() -> None:
    story = Story(POLICY, "2020-03-20")
    for number, clock in enumerate(("08:00", "08:05", "08:10", "08:15"), start=1):
        story.at(clock).submit(ask(f"T{number}"))

    # Ivan needs an answer of the airline that comes at noon; Jana needs one of the client.
    assert story.at("09:00").take("ivan") == ["Taken T1 by ivan out of everyone after 1:00:00"]
    assert story.at("09:01").take("jana") == ["Taken T2 by jana out of everyone after 0:56:00"]
    assert story.at("09:10").park("T1", until=story.moment("12:00")) == ["Parked T1 until 12:00"]
    assert story.at("09:15").ask_client("T2") == ["ClientAsked T2 by jana"]
    assert story.desk.counter().parked == 2

    # Ivan takes the next one and gives it back: it is not his trade.
    assert story.at("09:20").take("ivan") == ["Taken T3 by ivan out of everyone after 1:10:00"]
    assert story.at("09:25").hand_back("T3", agent="ivan", note="needs a ticketing agent") == [
        "HandedBack T3 by ivan to everyone"
    ]
    assert story.desk.waiting() == ["T3", "T4"]
    assert story.desk.ticket("T3").returned_to is None

    # The client answers Jana: her ticket waits in its old place, and for her first.
    assert story.at("10:00").client_answered("T2") == ["ClientAnswered T2 to everyone"]
    assert story.desk.waiting() == ["T2", "T3", "T4"]
    assert story.desk.ticket("T2").returned_to == "jana"

    # Noon: the park is over; T1 is the oldest, and Ivan's first.
    assert story.at("12:10").advance() == ["12:00 Unparked T1 to everyone"]
    assert story.desk.waiting() == ["T1", "T2", "T3", "T4"]
    # Jana takes her own although T1 stands before it; Ivan takes his.
    assert story.at("12:11").take("jana") == ["Taken T2 by jana out of everyone after 4:06:00"]
    assert story.at("12:12").take("ivan") == ["Taken T1 by ivan out of everyone after 4:12:00"]

    # They answer each their own.
    with pytest.raises(WrongAgent):
        story.at("12:13").reply("T1", agent="jana")
    assert story.at("12:20").reply("T1", agent="ivan") == ["Replied T1 by ivan after 4:20:00 on chat"]
    assert story.at("12:25").reply("T2", agent="jana") == ["Replied T2 by jana after 4:20:00 on chat"]

    # After the answer Jana asks whether all is well; the client says no, and it is hers again.
    assert story.at("12:30").ask_client("T2") == ["ClientAsked T2 by jana"]
    with pytest.raises(WrongState) as refused:
        story.at("12:31").resolve("T2")
    assert refused.value.legal == ("client_answered", "park", "withdraw", "correct", "note", "confirm", "transfer", "escalate")
    assert story.at("13:00").client_answered("T2") == ["ClientAnswered T2 to everyone"]
    assert story.at("13:01").take("jana") == ["Taken T2 by jana out of everyone after 4:56:00"]
    assert story.at("13:05").reply("T2") == ["Replied T2 by jana after 5:00:00 on nothing"]
    assert story.at("13:05").resolve("T2", agent="jana") == ["Resolved T2"]
    assert story.at("13:05").resolve("T1", agent="ivan") == ["Resolved T1"]

    # What is left goes to whoever comes; nothing is anybody's own any more.
    assert story.at("14:00").take("jana") == ["Taken T3 by jana out of everyone after 5:50:00"]
    assert story.at("14:00").take("jana") == ["Taken T4 by jana out of everyone after 5:45:00"]
    assert story.at("14:00").take("jana") == []


def test_a_stranger_may_take_what_waits_for_another() -> None:
    """First, not only: nobody waits for an agent who went home."""
    story = Story(POLICY, "2020-03-20")
    story.at("08:00").submit(ask("T1"))
    story.at("08:00").take("ivan")
    story.at("08:05").park("T1", until=story.moment("09:00"))
    assert story.at("10:00").take("karel") == [
        "09:00 Unparked T1 to everyone",
        "Taken T1 by karel out of everyone after 2:00:00",
    ]
    assert story.at("10:05").reply("T1") == ["Replied T1 by karel after 2:05:00 on chat"]


def test_parking_what_nobody_took_leaves_it_to_anybody() -> None:
    story = Story(POLICY, "2020-03-20")
    story.at("08:00").submit(ask("T1"))
    story.at("08:05").park("T1", until=story.moment("09:00"))
    story.at("09:00").advance()
    assert story.desk.ticket("T1").returned_to is None
    # Parked again for later, and again put off: the last word holds.
    story.at("09:00").park("T1", until=story.moment("10:00"))
    story.at("09:30").park("T1", until=story.moment("11:00"))
    assert story.at("10:30").advance() == []
    assert story.at("11:00").advance() == ["11:00 Unparked T1 to everyone"]
