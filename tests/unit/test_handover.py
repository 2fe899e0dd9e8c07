"""What is unanswered and whose it is, and one reply to all tickets of a service (rules C3, H3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from supportq import Booking, Client, Desk, InvalidValue, Lane, Policy, Request, Shift, Staffing, when
from supportq.desk import Unanswered
from supportq.errors import NotSignedIn
from supportq.events import Replied, Taken
from supportq.teams import Role, Takeover, Team
from supportq.tickets import State

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
LANES = (Lane("urgent", when.urgent()), Lane("all", share=0.4))
POLICY = Policy(LANES, teams=(Team("air", when.kind("flight")), Team("rest")), takeover=Takeover(9 * HOUR))
FLIGHT = "OK 81 2020-03-21"


def request(name: str, kind: str = "other", *, ago: int = 0, about: str | None = None, **more: object) -> Request:
    booking = () if about is None else Booking(name, service=about)
    received = NOON - ago * MINUTE
    return Request(name, Client(account=name), kind=kind, received_at=received, bookings=booking, **more)  # type: ignore[arg-type]


def opened(policy: Policy, *requests: Request, agents: str = "") -> Desk:
    desk = Desk(policy)
    desk.submit_many(requests, now=NOON)
    for agent in agents.split():
        desk.sign_in(agent, teams=["air", "rest"], now=NOON)
    return desk


# ---------------------------------------------------------------------------------------------------- hand-over


def test_C3_the_hand_over_says_what_is_unanswered_and_whose_it_is() -> None:
    desk = opened(
        POLICY,
        request("A1", "flight", ago=3),
        request("A2", ago=2, missed_call=True),
        request("A3", ago=1, addressed_to="petr"),
        request("A4"),
        request("A5", "flight", ago=9),
        agents="ola petr",
    )
    desk.take("ola", now=NOON)  # A5
    desk.reply("A5", now=NOON)
    desk.take("ola", now=NOON)  # A1
    desk.take("ola", ticket="A2", now=NOON)
    desk.ask_client("A2", now=NOON)
    owed = desk.handover()
    assert owed[0] == Unanswered(
        ticket_id="A1",
        client_id=desk.ticket("A1").client_id,
        state=State.TAKEN,
        asked=False,
        since=NOON - 3 * MINUTE,
        kind="flight",
        missed_call=False,
        team="air",
        agent="ola",
        addressee=None,
    )
    assert [(told.ticket_id, told.state, told.agent, told.addressee, told.missed_call) for told in owed[1:]] == [
        ("A2", "parked", "ola", None, True),
        ("A3", "waiting", None, "petr", False),
        ("A4", "waiting", None, None, False),
    ]
    assert [told.ticket_id for told in desk.handover(agent="ola")] == ["A1", "A2"]
    assert [told.ticket_id for told in desk.handover(agent="petr")] == ["A3"]
    assert [told.ticket_id for told in desk.handover(team="air")] == ["A1"]
    assert desk.handover(agent="zoe") == ()


def test_D11_what_was_addressed_to_whoever_left_is_nobodys() -> None:
    desk = opened(POLICY, request("A1", addressed_to="ola"), agents="ola")
    desk.sign_out("ola", now=NOON)
    assert [told.addressee for told in desk.handover()] == [None]


def test_C3_it_counts_since_the_oldest_request_that_is_not_answered() -> None:
    desk = opened(POLICY, request("A1", ago=50), agents="ola")
    desk.take("ola", now=NOON)
    desk.reply("A1", now=NOON)
    assert desk.handover() == ()
    desk.submit(Request("A1b", Client(account="A1"), text="And my bags?"), now=NOON + HOUR)
    assert [(told.ticket_id, told.since) for told in desk.handover()] == [("A1", NOON + HOUR)]


def test_C3_it_tells_of_a_missed_call_until_that_is_answered() -> None:
    desk = opened(POLICY, request("A1"), agents="ola")
    desk.submit(Request("A1b", Client(account="A1"), missed_call=True), now=NOON)
    assert [(told.ticket_id, told.missed_call) for told in desk.handover()] == [("A1", True)]
    desk.take("ola", now=NOON)
    desk.reply("A1", now=NOON)
    desk.submit(Request("A1c", Client(account="A1"), text="And my bags?"), now=NOON + HOUR)
    assert [(told.ticket_id, told.missed_call) for told in desk.handover()] == [("A1", False)]


def test_C3_a_ticket_that_came_back_to_wait_is_of_the_agent_who_had_it() -> None:
    desk = opened(POLICY, request("A1"), agents="ola")
    desk.take("ola", now=NOON)
    desk.ask_client("A1", now=NOON)
    desk.client_answered("A1", now=NOON)
    assert [(told.state, told.agent) for told in desk.handover(agent="ola")] == [("waiting", "ola")]


def test_C3_what_was_asked_after_the_answer_counts_since_it_was_asked() -> None:
    """Whatever arrival the ticket waits with: an answered one that was handed over keeps its own."""
    desk = opened(POLICY, request("A1", ago=50), agents="ola")
    desk.take("ola", now=NOON)
    desk.reply("A1", now=NOON)
    desk.transfer("A1", to="air", grounds="a flight after all", now=NOON)
    assert desk.handover() == ()
    desk.submit(Request("A1b", Client(account="A1"), text="And my bags?"), now=NOON + HOUR)
    assert [(told.ticket_id, told.since) for told in desk.handover()] == [("A1", NOON + HOUR)]


def test_a_desk_without_teams_has_a_hand_over_too() -> None:
    desk = opened(Policy(LANES), request("A1", addressed_to="ola"))
    assert [(told.team, told.addressee) for told in desk.handover()] == [(None, "ola")]
    with pytest.raises(InvalidValue):
        desk.handover(team="air")


# ---------------------------------------------------------------------------------------------------- one reply to all


def test_one_reply_answers_what_waits_and_what_the_agent_has() -> None:
    about = [request(f"A{n}", about=FLIGHT) for n in range(4)]
    desk = opened(POLICY, *about, request("B1", about="OK 82"), agents="ola petr")
    desk.take("ola", now=NOON)
    desk.take("petr", now=NOON)
    later = NOON + HOUR
    happened = desk.reply_all(FLIGHT, agent="ola", note="rebooked", now=later)
    told = [(type(event), event.ticket_id, event.service) for event in happened if isinstance(event, (Taken, Replied))]
    assert told == [
        (Replied, "A0", FLIGHT),
        (Taken, "A2", FLIGHT),
        (Replied, "A2", FLIGHT),
        (Taken, "A3", FLIGHT),
        (Replied, "A3", FLIGHT),
    ]
    answer = happened[-1]
    assert isinstance(answer, Replied)
    assert (answer.waited, answer.note, answer.answer_to[0].identifier) == (HOUR, "rebooked", "account:A3")
    # Petr's is his, and the other flight is another matter.
    assert [told.ticket_id for told in desk.handover()] == ["A1", "B1"]
    assert desk.reply_all(FLIGHT, agent="ola", now=later) == ()


def test_H3_only_what_the_agent_may_work_is_answered() -> None:
    policy = replace(POLICY, roles=(Role("social", ~when.kind("refund")),))
    desk = opened(
        policy, request("A1", "refund", about=FLIGHT), request("A2", "flight", about=FLIGHT), request("A3", about=FLIGHT)
    )
    desk.submit(request("A4", about=FLIGHT, addressed_to="ola"), now=NOON)
    desk.submit(request("A5", about=FLIGHT, addressed_to="petr"), now=NOON)
    with pytest.raises(NotSignedIn):
        desk.reply_all(FLIGHT, agent="ola", now=NOON)
    desk.sign_in("ola", teams=["rest"], role="social", now=NOON)
    happened = desk.reply_all(FLIGHT, agent="ola", now=NOON)
    assert [event.ticket_id for event in happened if isinstance(event, Replied)] == ["A3", "A4"]


def test_H3_what_the_agent_has_is_answered_only_if_it_is_still_their_work() -> None:
    policy = replace(POLICY, roles=(Role("social", ~when.kind("refund")),))
    desk = opened(policy, request("A1", about=FLIGHT), request("A2", about=FLIGHT))
    desk.sign_in("ola", teams=["rest"], role="social", now=NOON)
    desk.take("ola", now=NOON)
    desk.correct("A1", kind="refund", now=NOON)
    happened = desk.reply_all(FLIGHT, agent="ola", now=NOON)
    assert [event.ticket_id for event in happened if isinstance(event, Replied)] == ["A2"]


def test_neither_shares_nor_handling_times_take_notice() -> None:
    urgent = (request(f"A{n}", about=FLIGHT, urgent=True) for n in range(50))
    desk = opened(Policy(LANES), *urgent, *(request(f"B{n}") for n in range(9)))
    desk.plan(Staffing((Shift(time(0), time(0), agents=2),), handling_time=10 * MINUTE), now=NOON)
    desk.take("ola", now=NOON)
    before = desk.snapshot()
    desk.reply_all(FLIGHT, agent="ola", now=NOON + HOUR)
    after = desk.snapshot()
    assert before.credits == after.credits
    assert desk.counter().answered == 50
    assert desk.estimate("B8").assumptions["handling_time"] == 600


def test_a_desk_is_rebuilt_from_such_a_log() -> None:
    desk = Desk(POLICY)
    log = list(desk.submit_many([request(f"A{n}", about=FLIGHT) for n in range(4)], now=NOON))
    log += desk.sign_in("ola", teams=["rest"], at_once=1, now=NOON)
    log += desk.reply_all(FLIGHT, agent="ola", now=NOON)
    assert Desk.from_log(POLICY, log) == Desk.from_snapshot(desk.snapshot()) == desk
