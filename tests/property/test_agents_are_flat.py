"""What a take costs does not grow with the agents on duty (rule H3). Calls are counted, seconds are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from calls import Calls

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq.teams import AgentRules, Skill, Takeover, Team

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEAMS = (
    Team("air", when.kind("flight"), skills=(Skill("refunds", when.attribute("refund")),), opens_after=6 * HOUR),
    Team("others"),
)
POLICY = Policy(
    (Lane("imminent", when.departs_within(DAY)), Lane("standard", share=0.2)),
    teams=TEAMS,
    agents=AgentRules(returns_after=4 * HOUR),
    takeover=Takeover(2 * HOUR),
)
TAKES = 20


def request(number: int) -> Request:
    """A request of a client of its own, to either team, with either skill."""
    return Request(
        f"R{number}",
        Client(email=f"client{number}@example.com"),
        kind="flight" if number % 2 else "visa",
        attributes={"refund": True} if number % 3 else {},
        received_at=NOON - HOUR * (number % 9),
        bookings=Booking(f"K{number}", departs_at=NOON + 9 * DAY),
    )


def office(agents: int) -> Desk:
    """A desk with so many agents on duty, whose shifts end one after another."""
    desk = Desk(POLICY)
    desk.submit_many([request(number) for number in range(1_000)], now=NOON)
    for number in range(agents):
        until = NOON + 8 * HOUR + timedelta(minutes=number)
        desk.sign_in(f"agent {number}", teams=("air", "others"), skills=("refunds",), until=until, at_once=TAKES, now=NOON)
    return desk


def cost(desk: Desk) -> tuple[int, int]:
    """The calls of so many takes, and of the replies to them."""
    calls = Calls()
    takes = sum(calls.of(lambda: desk.take("agent 0", now=NOON)) for _ in range(TAKES))
    mine = [ticket.id for ticket in desk.snapshot().tickets if ticket.agent == "agent 0" and ticket.state == "taken"]
    assert len(mine) == TAKES
    return takes, sum(calls.of(lambda name=name: desk.reply(name, now=NOON)) for name in mine)  # type: ignore[misc]


@pytest.mark.parametrize("agents", [23, 93, 1_000])
def test_a_take_makes_no_more_calls_with_many_agents_than_with_two(agents: int) -> None:
    few, many = cost(office(2)), cost(office(agents))
    assert all(theirs <= 1.02 * ours for ours, theirs in zip(few, many, strict=True))


def test_a_shift_that_ends_costs_by_the_tickets_of_its_agent() -> None:
    calls = {}
    for agents in (2, 1_000):
        desk = office(agents)
        cost(desk)
        desk.take("agent 0", now=NOON)
        calls[agents] = Calls().of(lambda at=desk: at.sign_out("agent 0", now=NOON))  # type: ignore[misc]
    assert calls[1_000] <= 1.02 * calls[2]
