"""What a command costs does not grow with the queue (design, section 6). Operations are counted, seconds are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from calls import Calls

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq.errors import OthersWait
from supportq.teams import AgentRules, Takeover, Team
from supportq.tickets import State
from supportq.when import Answer, Condition, Facts

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SMALL, LARGE = 1_000, 30_000


@dataclass(frozen=True, slots=True)
class Counting(Condition):
    """Departs within a day, counting how often it is asked."""

    asked: Counter[str] = field(default_factory=Counter, compare=False)

    def answer(self, facts: Facts, booking: Booking | None, at: int) -> Answer:
        self.asked["answer"] += 1
        return when.departs_within(DAY).answer(facts, booking, at)

    @property
    def timeless(self) -> bool:
        return False


def request(name: str, departs_at: datetime, *, received_at: datetime | None = None, service: str = "KC1") -> Request:
    booking = Booking(name, departs_at=departs_at, service=service)
    return Request(name, Client(email=f"{name}@example.com"), received_at=received_at, bookings=(booking,))


def loaded(size: int, condition: Condition | None = None, *, departs_after: timedelta = 30 * DAY) -> Desk:
    """A desk where so many wait, all departing long after what the test does."""
    desk = Desk(Policy((Lane("imminent", condition or when.departs_within(DAY) & ~when.cancelled()), Lane("standard"))))
    received = [NOON - HOUR * (number % 97) for number in range(size)]
    backlog = [request(f"B{number}", NOON + departs_after, received_at=at) for number, at in enumerate(received)]
    desk.submit_many(backlog, now=NOON)
    return desk


def commands(desk: Desk) -> Iterator[tuple[str, Callable[[], object]]]:
    """A day's commands and queries, on a ticket in the middle of the line where one is named."""
    middle = desk.waiting()[len(desk.waiting()) // 2]
    later = NOON + HOUR
    yield "submit", lambda: desk.submit(request("new", NOON + 20 * DAY), now=later)
    yield "position", lambda: desk.position(middle)
    yield "take", lambda: desk.take("agent-7", now=later)
    yield "update", lambda: desk.update(ticket=middle, departs_at=NOON + 2 * HOUR, now=later)
    yield "explain", lambda: desk.explain(middle)
    yield "withdraw", lambda: desk.withdraw(middle, now=later)
    yield "submit again", lambda: desk.submit(request("newer", NOON + 20 * DAY), now=later)
    taken = desk.take("agent-8", now=later)[-1].ticket_id  # type: ignore[union-attr]
    yield "reply", lambda: desk.reply(taken, now=later)
    yield "resolve", lambda: desk.resolve(taken, now=later)
    yield "reopen", lambda: desk.reopen(taken, now=later)


def test_a_command_makes_no_more_calls_in_a_long_queue_than_in_a_short_one() -> None:
    calls = Calls()
    small, large = ({name: calls.of(work) for name, work in commands(loaded(size))} for size in (SMALL, LARGE))
    # The sorted list sums its pieces anew after a change of shape: some calls for each thousand tickets, at most.
    allowed = {name: count + 3 * LARGE // 1_000 for name, count in small.items()}
    assert {name: count for name, count in large.items() if count > allowed[name]} == {}


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_command_asks_the_conditions_of_the_ticket_that_it_is_about_and_of_no_other(size: int) -> None:
    condition = Counting()
    desk = loaded(size, condition)
    for name, work in commands(desk):
        condition.asked.clear()
        work()
        assert condition.asked["answer"] <= 4, name


def test_a_storm_costs_by_the_tickets_that_it_moves() -> None:
    """Half of the line enters the front lane at one instant."""
    costs = {}
    for size in (SMALL, 10 * SMALL):
        condition = Counting()
        desk = loaded(size, condition, departs_after=40 * DAY)
        crowd = [request(f"C{number}", NOON + 2 * DAY) for number in range(size)]
        desk.submit_many(crowd, now=NOON)
        condition.asked.clear()
        (event,) = desk.advance(now=NOON + DAY)
        assert len(event.ticket_ids) == size  # type: ignore[union-attr]
        costs[size] = condition.asked["answer"] / size
    assert costs[10 * SMALL] <= costs[SMALL] <= 4


def test_cancelling_a_flight_asks_only_about_its_tickets() -> None:
    condition = Counting()
    desk = loaded(SMALL, condition)
    desk.submit(request("other", NOON + 9 * DAY, service="KC2"), now=NOON)
    condition.asked.clear()
    desk.update(service="KC2", cancelled=True, now=NOON)
    assert 1 <= condition.asked["answer"] <= 4


@pytest.mark.parametrize("size", [SMALL, 5 * SMALL])
def test_an_adoption_asks_about_each_ticket_once(size: int) -> None:
    """To decide and to apply together; and replay asks no more than that."""
    desk = loaded(size)
    condition = Counting()
    before = desk.snapshot()
    (adopted,) = desk.adopt(Policy((Lane("imminent", condition), Lane("standard"))), now=NOON)
    # A few more to try whether the policy contradicts itself.
    assert size <= condition.asked["answer"] <= size + 10
    condition.asked.clear()
    Desk.from_snapshot(before, [adopted])
    assert condition.asked["answer"] == size


FEW, MANY = 200, 4_000
PERSONAL = Policy((Lane("all"),), teams=(Team("desk"),), takeover=Takeover(DAY), agents=AgentRules(long_work=when.kind("long")))
LONG_WORK = Policy((Lane("all"),), agents=AgentRules(long_work=when.kind("long")))


def plain(number: int, kind: str = "other", addressed_to: str | None = None) -> Request:
    """A request of a client of their own."""
    account = f"{kind} {number}"
    return Request(account, Client(account=account), kind=kind, addressed_to=addressed_to)


def addressed(size: int) -> Desk:
    """So many wait for Ann by name, the first of them with long work."""
    desk = Desk(PERSONAL)
    desk.sign_in("ann", teams=("desk",), now=NOON)
    desk.submit(plain(0, "long", "ann"), now=NOON)
    desk.submit_many([plain(number, addressed_to="ann") for number in range(size)], now=NOON)
    return desk


def came_back(size: int) -> Desk:
    """So many came back to wait for Ann, who had asked their clients."""
    desk = Desk(LONG_WORK)
    desk.submit_many([plain(number) for number in range(size)], now=NOON)
    for ticket in desk.waiting():
        desk.take("ann", ticket=ticket, now=NOON)
        desk.ask_client(ticket, now=NOON)
    for number in range(size):
        desk.client_answered(f"other {number}", now=NOON)
    desk.submit(plain(0, "long"), now=NOON)
    return desk


def with_others(size: int) -> Desk:
    """So many are with Bob, one is with Ann, and only long work waits."""
    desk = Desk(LONG_WORK)
    desk.submit_many([plain(number) for number in range(size)], now=NOON)
    for agent in ("ann", *["bob"] * (size - 1)):
        desk.take(agent, now=NOON)
    desk.submit(plain(0, "long"), now=NOON)
    return desk


def refused(desk: Desk) -> None:
    """Ann may not pick what is long work."""
    with pytest.raises(OthersWait):
        desk.take("ann", ticket="long 0", now=NOON)


@pytest.mark.parametrize("loaded_with", [addressed, came_back, with_others])
def test_a_take_makes_no_more_calls_where_many_wait_for_one_agent_or_are_with_agents(
    loaded_with: Callable[[int], Desk],
) -> None:
    """By name, or because they came back (rules H3, C2, L0)."""
    costs = {}
    for size in (FEW, MANY):
        desk, calls = loaded_with(size), Calls()
        costs[size] = [calls.of(lambda at=desk: refused(at))]  # type: ignore[misc]
        if loaded_with is not with_others:
            costs[size] += [calls.of(lambda at=desk: at.take("ann", now=NOON)) for _ in range(20)]  # type: ignore[misc]
    assert all(many <= few + 10 for few, many in zip(costs[FEW], costs[MANY], strict=True))


def test_an_answer_about_a_service_makes_no_more_calls_where_many_wait_for_one_agent() -> None:
    """It looks at the tickets about the service (rule H3)."""
    costs = {}
    for size in (FEW, MANY):
        desk = addressed(size)
        desk.submit(replace(request("flight", NOON + DAY), addressed_to="ann"), now=NOON)
        costs[size] = Calls().of(lambda at=desk: at.reply_all("KC1", agent="ann", now=NOON))  # type: ignore[misc]
        assert desk.ticket("flight").state is State.ANSWERED
    assert costs[MANY] <= costs[FEW] + 10
