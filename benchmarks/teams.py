"""What teams and shifts cost: `take` and `reply` with 2, 23 and 93 agents, takes of an agent for whom 200 and 4,000 tickets
wait, then a thousand teams with ten thousand agents.

    python benchmarks/teams.py [--json] [--quick]

A desk with teams, skills, takeover and teams that open to all. Its agents come on duty in shifts, each of which ends by itself;
some requests are addressed to one of them. Desks with few and with many of what is compared take turns in one run; commands are
timed one by one: the median command of a round counts, and the median of the ratios of neighbouring rounds.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from time import process_time
from typing import Final

from _bench import DAY, NOON, Report, cpu_us, options, progress, request

from supportq import Desk, Lane, Policy, Request, when
from supportq.events import Event, SignedOut, Taken
from supportq.teams import AgentRules, Skill, Takeover, Team

HOUR: Final = timedelta(hours=1)
CREWS: Final = (2, 23, 93)
SHIFT: Final = 8 * HOUR
KINDS: Final = ("flight", "hotel", "visa")
FEW: Final = 200
"""So many tickets wait for one agent where few do."""
ALIKE: Final = 1.2
"""With more agents, or more tickets for one of them, a command costs no more than so many times what it costs with the
fewest; with more agents no less than the inverse, either."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: who waits, rounds of so many trips each, who waits for one agent, and the size of the large one."""

    waiting: int
    rounds: int
    trips: int
    personal: int
    teams: int
    agents: int
    takes: int


FULL: Final = Plan(waiting=30_000, rounds=21, trips=250, personal=4_000, teams=1_000, agents=10_000, takes=5_000)
QUICK: Final = Plan(waiting=300, rounds=3, trips=20, personal=400, teams=20, agents=100, takes=50)


def policy() -> Policy:
    """Three teams, two of them with departments; what has waited for six hours is everybody's who can."""
    air = Team(
        "air",
        when.kind("flight"),
        skills=(Skill("groups", when.party_of(10)), Skill("refunds", when.attribute("refund"))),
        opens_after=6 * HOUR,
    )
    hotels = Team("hotels", when.kind("hotel"), skills=(Skill("refunds", when.attribute("refund")),), opens_after=6 * HOUR)
    lanes = (Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard", share=0.2))
    rules = AgentRules(returns_after=4 * HOUR)
    takeover = Takeover(2 * HOUR, when.departs_within(DAY))
    return Policy(lanes, name="teams", teams=(air, hotels, Team("front")), agents=rules, takeover=takeover)


def large_policy(teams: int) -> Policy:
    """So many teams, each with a kind of request of its own, and a department in each."""
    refunds = (Skill("refunds", when.attribute("refund")),)
    named = [Team(f"team {n}", when.kind(f"kind {n}"), skills=refunds, opens_after=2 * HOUR) for n in range(teams - 1)]
    return Policy(
        (Lane("imminent", when.departs_within(DAY)), Lane("standard")),
        name="many teams",
        teams=(*named, Team(f"team {teams - 1}")),
        takeover=Takeover(HOUR),
    )


@dataclass(frozen=True, slots=True)
class Medians:
    """What the commands of a round take, in CPU microseconds."""

    take: float
    reply: float

    @property
    def both(self) -> float:
        return self.take + self.reply


@dataclass(slots=True)
class Office:
    """A desk with a backlog and so many agents on duty, each of whom comes back when their shift has ended."""

    agents: int
    waiting: int
    rng: random.Random
    desk: Desk = field(init=False)
    now: datetime = NOON
    made: int = 0
    turn: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(policy())
        self.desk.submit_many([self.request(NOON - 10 * DAY * self.rng.random()) for _ in range(self.waiting)], now=NOON)
        for number in range(self.agents):
            # Shifts end one after another, not all at once.
            self.sign_in(f"agent {number}", NOON + SHIFT * (number + 1) / self.agents)

    def request(self, received_at: datetime | None = None) -> Request:
        """A request of a new client, departing within thirty days; one in twenty is addressed to somebody."""
        self.made += 1
        one = request(self.made, self.now + 30 * DAY * self.rng.random(), received_at)
        named = f"agent {self.rng.randrange(self.agents)}" if self.rng.random() < 0.05 else None
        attributes = {"refund": True} if self.rng.random() < 0.3 else {}
        return replace(one, kind=self.rng.choice(KINDS), attributes=attributes, addressed_to=named)

    def sign_in(self, agent: str, until: datetime) -> None:
        """Everybody works for all teams; every second agent knows groups, too."""
        number = int(agent.removeprefix("agent "))
        skills = ("refunds", "groups") if number % 2 else ("refunds",)
        self.desk.sign_in(agent, teams=("air", "hotels", "front"), skills=skills, until=until, at_once=5, now=self.now)

    def pass_time(self) -> None:
        """A while until the next command; whose shift has ended by then begins the next."""
        self.now += 10 * DAY / 30_000
        for event in self.desk.advance(now=self.now):
            if isinstance(event, SignedOut):
                self.sign_in(event.agent, self.now + SHIFT)

    def round(self, trips: int) -> Medians:
        """So many are taken and answered, and as many come in."""
        takes, replies = [], []
        for _ in range(trips):
            self.pass_time()
            self.desk.submit(self.request(), now=self.now)
            self.turn = (self.turn + 1) % self.agents
            agent = f"agent {self.turn}"
            us, (*_, taken) = timed(partial(self.desk.take, agent, now=self.now))
            assert isinstance(taken, Taken)
            takes.append(us)
            replies.append(timed(partial(self.desk.reply, taken.ticket_id, now=self.now))[0])
            self.desk.resolve(taken.ticket_id, now=self.now)
        return Medians(median(takes), median(replies))


def timed(command: Callable[[], tuple[Event, ...]]) -> tuple[float, tuple[Event, ...]]:
    """The CPU microseconds of one command, and its events."""
    begun = process_time()
    events = command()
    return (process_time() - begun) * 1e6, events


def measure_crews(report: Report, plan: Plan) -> None:
    """Desks that differ in their agents alone, in turns."""
    offices = {}
    for agents in CREWS:
        progress(f"{agents} agents: {plan.waiting:,} waiting")
        offices[agents] = Office(agents, plan.waiting, random.Random(1))
    gc.collect()
    progress("taking and answering, in turns")
    # The first round warms the caches.
    rounds = [{agents: office.round(plan.trips) for agents, office in offices.items()} for _ in range(plan.rounds)][1:]
    least = CREWS[0]
    for agents in CREWS:
        report.figure(f"{agents} agents: median take", median(one[agents].take for one in rounds), "us")
        report.figure(f"{agents} agents: median reply", median(one[agents].reply for one in rounds), "us")
    for agents in CREWS[1:]:
        take = median(one[agents].take / one[least].take for one in rounds)
        both = median(one[agents].both / one[least].both for one in rounds)
        report.at_most(f"take with {agents} agents, against {least}", take, ALIKE)
        report.at_least(f"take with {agents} agents, against {least}", take, 1 / ALIKE)
        report.at_most(f"take + reply with {agents} agents, against {least}", both, ALIKE)
        report.at_least(f"take + reply with {agents} agents, against {least}", both, 1 / ALIKE)


def named_to_one(size: int) -> Desk:
    """A desk where so many wait for one agent by name."""
    desk = Desk(Policy((Lane("all"),), name="by name", teams=(Team("front"),), takeover=Takeover(30 * DAY)))
    desk.sign_in("agent 0", teams=("front",), now=NOON)
    desk.submit_many([replace(request(number, NOON), addressed_to="agent 0") for number in range(size)], now=NOON)
    return desk


def back_to_one(size: int) -> Desk:
    """A desk where so many came back to wait for one agent, who had asked their clients."""
    desk = Desk(Policy((Lane("all"),), name="came back"))
    desk.submit_many([request(number, NOON) for number in range(size)], now=NOON)
    taken = [desk.take("agent 0", now=NOON)[-1].ticket_id for _ in range(size)]  # type: ignore[union-attr]
    for ticket in taken:
        desk.ask_client(ticket, now=NOON)
        desk.client_answered(ticket, now=NOON)
    return desk


def median_take(desk: Desk, takes: int) -> float:
    """What a take of the one agent costs; each ticket comes back to wait for them."""
    times = []
    for _ in range(takes):
        us, (*_, taken) = timed(partial(desk.take, "agent 0", now=NOON))
        assert isinstance(taken, Taken)
        times.append(us)
        desk.ask_client(taken.ticket_id, now=NOON)
        desk.client_answered(taken.ticket_id, now=NOON)
    return median(times)


def measure_personal(report: Report, plan: Plan) -> None:
    """Desks that differ in how many tickets wait for one agent alone, in turns."""
    for what, opened in (("wait by name", named_to_one), ("came back", back_to_one)):
        progress(f"{FEW} and {plan.personal:,} tickets that {what}")
        desks = [opened(size) for size in (FEW, plan.personal)]
        rounds = [[median_take(desk, plan.trips) for desk in desks] for _ in range(plan.rounds)][1:]
        report.figure(f"{FEW} that {what}: median take", median(few for few, _ in rounds), "us")
        report.figure(f"{plan.personal:,} that {what}: median take", median(many for _, many in rounds), "us")
        ratio = median(many / few for few, many in rounds)
        report.at_most(f"take where {plan.personal:,} {what}, against {FEW}", ratio, ALIKE)


def measure_many(report: Report, plan: Plan) -> None:
    """A desk with very many teams and agents: it loads, works and goes on through the night."""
    what = f"{plan.teams:,} teams, {plan.agents:,} agents"
    rng, noon = random.Random(2), NOON
    progress(f"{what}: policy and desk")
    begun = process_time()
    desk = Desk(large_policy(plan.teams))
    report.figure(f"{what}: policy and desk built", process_time() - begun, "s")
    backlog = [
        replace(
            request(number, noon + 30 * DAY * rng.random(), noon - 3 * HOUR * rng.random()),
            kind=f"kind {rng.randrange(plan.teams)}",
            attributes={"refund": True} if rng.random() < 0.3 else {},
        )
        for number in range(plan.waiting)
    ]
    agents = [f"agent {number}" for number in range(plan.agents)]
    progress(f"{what}: agents come on duty")
    report.figure(f"{what}: a sign-in", cpu_us(lambda: sign_in_all(desk, agents, plan.teams), len(agents)), "us")
    progress(f"{what}: {plan.waiting:,} requests come in")
    loaded = cpu_us(lambda: desk.submit_many(backlog, now=noon), len(backlog))
    report.figure(f"{what}: a request of a backlog of {plan.waiting:,}", loaded, "us")
    progress(f"{what}: takes")
    takes = [timed(partial(desk.take, rng.choice(agents), now=noon))[0] for _ in range(plan.takes)]
    report.figure(f"{what}: median take", median(takes), "us")
    report.figure(f"{what}: longest take", max(takes) / 1e3, "ms")
    progress(f"{what}: the night")
    begun = process_time()
    events = desk.advance(now=noon + DAY)
    report.figure(f"{what}: a day passes, with {len(events):,} events", process_time() - begun, "s")


def sign_in_all(desk: Desk, agents: Sequence[str], teams: int) -> None:
    """Every agent for three teams, until an instant of their own in the evening."""
    for number, agent in enumerate(agents):
        names = tuple(f"team {(number * step) % teams}" for step in (1, 3, 7))
        until = NOON + 4 * HOUR + SHIFT * number / len(agents)
        desk.sign_in(agent, teams=names, skills=("refunds",) if number % 2 else (), until=until, at_once=5, now=NOON)


def main() -> None:
    asked = options("What teams and shifts cost.")
    plan = QUICK if asked.quick else FULL
    report = Report("teams", {"seed": 1, "quick": asked.quick, "gc": "as Python sets it"})
    measure_crews(report, plan)
    measure_personal(report, plan)
    measure_many(report, plan)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
