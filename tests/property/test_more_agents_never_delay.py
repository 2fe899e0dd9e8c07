"""In one line in order of arrival, one more agent never delays a start.

With priorities this is false: an idle agent may begin a long low ticket just before urgent ones come.
"""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from strategies import NOON

from supportq import Client, Desk, Lane, Policy, Request
from supportq.events import Taken

MINUTE = timedelta(minutes=1)
tickets = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=1, max_size=25)
"""Minutes since the ticket before, and how long its answer takes."""


def starts(told: list[tuple[int, int]], agents: int) -> list[datetime]:
    """When each ticket was taken by so many agents who never rest, in the order of arrival."""
    desk = Desk(Policy((Lane("everyone"),)))
    arrivals, now = [], NOON
    for number, (gap, _) in enumerate(told):
        now += gap * MINUTE
        arrivals.append((now, f"T{number:02}"))
    begun: dict[str, datetime] = {}
    free = [(NOON, f"agent {number:02}") for number in range(agents)]
    last = NOON
    while len(begun) < len(told):
        at, agent = heapq.heappop(free)
        # Whoever has long been free waits for the next arrival; starts follow each other in time.
        at = last = max(at, last, *([] if desk.waiting() else [arrivals[0][0]]))
        while arrivals and arrivals[0][0] <= at:
            arrived, name = arrivals.pop(0)
            desk.submit(Request(name, Client(account=name)), now=arrived)
        (event,) = desk.take(agent, now=at)
        assert isinstance(event, Taken)
        begun[event.ticket_id] = at
        heapq.heappush(free, (at + told[int(event.ticket_id[1:])][1] * MINUTE, agent))
    return [begun[f"T{number:02}"] for number in range(len(told))]


@given(tickets, st.integers(1, 4))
def test_one_agent_more_never_delays_a_start(told: list[tuple[int, int]], agents: int) -> None:
    few, many = starts(told, agents), starts(told, agents + 1)
    assert all(one >= other for one, other in zip(few, many, strict=True))
    # First come, first served.
    assert many == sorted(many)
