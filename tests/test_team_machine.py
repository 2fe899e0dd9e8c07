"""The same for desks with teams: agents sign in and out, and whose a ticket is follows from time and facts (rules H2, H3, C2).

The model is that of `test_desk_machine`. It keeps nothing of whose a ticket is: it asks the rules of the policy, told twice as
those of lanes are, at every question anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from strategies import DAY, HOUR, MINUTE
from test_desk_machine import (
    AGENTS,
    DUE,
    NEVER,
    NO_BOOKING,
    OFFICE_HOURS,
    TICK,
    WORLDS,
    DeskMachine,
    Facts,
    Model,
    Side,
    World,
    _earliest,
    _everyone,
    after,
    messages,
    numbers,
)

from supportq import Policy, when
from supportq.errors import (
    BetterWaits,
    CommandRefused,
    NotSignedIn,
    NotTheirs,
    OthersWait,
    SignedInAlready,
    TooMany,
    WrongState,
)
from supportq.events import Event, HandedBack, Routed, SignedIn, SignedOut, Taken
from supportq.teams import AgentRules, Picking, Skill, Takeover, Team

Rule = Callable[[Side], bool]


def _nobody(_: Side) -> bool:
    return False


@dataclass(frozen=True)
class Crew:
    """A team as the desk has it, its rule in plain Python, and the rules of its skills."""

    team: Team
    fits: Rule
    skills: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class TeamWorld(World):
    """A policy with teams, and its twin. `grounds` are those of the takeover, `long_work` that of agents."""

    crews: tuple[Crew, ...] = ()
    agents: AgentRules = field(default_factory=AgentRules)
    takeover: Takeover | None = None
    grounds: Rule = _nobody
    long_work: Rule = _nobody

    @property
    def policy(self) -> Policy:
        teams = tuple(crew.team for crew in self.crews)
        lanes = tuple(twin.lane for twin in self.twins)
        return Policy(lanes, targets=self.targets, teams=teams, agents=self.agents, takeover=self.takeover)


def _emergency(side: Side) -> bool:
    return bool(side.request["kind"] == "emergency")


def _vip(side: Side) -> bool:
    return bool(side.request["vip"])


def _phone(side: Side) -> bool:
    return bool(side.request["channel"] == "phone")


def _today(side: Side) -> bool:
    return side.departs_within(DAY) and not side.leg["cancelled"]


def _crowd(side: Side) -> bool:
    return (side.leg["party"] or 1) >= 4


def _by_day(side: Side) -> bool:
    return side.now.weekday() < 5 and 9 <= side.now.hour < 18


WORLDS_WITH_TEAMS = {
    "takeover": TeamWorld(
        WORLDS["readme"].twins,
        matters=(DAY,),
        waits=(HOUR, 12 * HOUR),
        crews=(
            Crew(
                Team("air", when.kind("emergency"), skills=(Skill("vip", when.attribute("vip")),), opens_after=HOUR),
                _emergency,
                (_vip,),
            ),
            Crew(Team("front", skills=(Skill("phone", when.channel("phone")),)), _everyone, (_phone,)),
        ),
        agents=AgentRules(returns_after=5 * HOUR),
        takeover=Takeover(12 * HOUR, when.departs_within(DAY) & ~when.cancelled()),
        grounds=_today,
    ),
    "day and night": TeamWorld(
        WORLDS["shares"].twins,
        matters=WORLDS["shares"].matters,
        waits=(5 * HOUR, 20 * HOUR),
        by_hours=True,
        crews=(
            Crew(Team("day", when.within_hours(OFFICE_HOURS), opens_after=5 * HOUR), _by_day),
            Crew(Team("night", skills=(Skill("vip", when.attribute("vip")),)), _everyone, (_vip,)),
        ),
        agents=AgentRules(picking=Picking.REFUSED, long_work=when.party_of(4)),
        long_work=_crowd,
    ),
    "shares": TeamWorld(
        WORLDS["crisis"].twins,
        matters=WORLDS["crisis"].matters,
        waits=(5 * HOUR, 12 * HOUR),
        crews=(
            Crew(Team("groups", when.party_of(4), opens_after=12 * HOUR), _crowd),
            Crew(Team("soon", when.departs_within(DAY) & ~when.cancelled(), opens_after=12 * HOUR), _today),
            Crew(Team("rest", skills=(Skill("phone", when.channel("phone")),), opens_after=12 * HOUR), _everyone, (_phone,)),
        ),
        agents=AgentRules(long_work=when.party_of(4), returns_after=DAY),
        takeover=Takeover(5 * HOUR),
        long_work=_crowd,
    ),
}


@dataclass(frozen=True)
class Whose:
    """Whose a ticket is: of which team, with what skill, and open to whom."""

    team: str
    skill: str | None
    open_to: str


class TeamModel(Model):
    """The list of tickets, and who is on duty with what."""

    world: TeamWorld

    def __init__(self, world: TeamWorld) -> None:
        super().__init__(world)
        self.duties: dict[str, Facts | None] = {}
        """Everybody who ever signed in; `None` for who is off duty."""
        start = {index: Fraction(0) for index, twin in enumerate(world.twins) if twin.lane.share}
        self.credits = {crew.team.name: dict(start) for crew in world.crews}

    # Questions.

    def sides(self, ticket: Facts, now: datetime) -> list[Side]:
        first = {**_earliest(ticket), **self.corrected_in(ticket)}
        return [Side(ticket, first, leg, now) for leg in self.legs(ticket) or [NO_BOOKING]]

    def whose(self, ticket: Facts, now: datetime) -> Whose:
        sides = self.sides(ticket, now)
        crew = next(crew for crew in self.world.crews if any(map(crew.fits, sides)))
        skills = zip(crew.team.skills, crew.skills, strict=True)
        skill = next((skill.name for skill, fits in skills if any(map(fits, sides))), None)
        return Whose(crew.team.name, skill, self.open_to(crew.team, ticket, sides, now))

    def open_to(self, team: Team, ticket: Facts, sides: list[Side], now: datetime) -> str:
        named = _earliest(ticket)["to"]
        if self.would_wait(ticket, named, now) and not any(map(self.world.grounds, sides)):
            return "addressee"
        opens = team.opens_after is not None and now >= ticket["arrival"] + team.opens_after
        return "anyone" if opens else "team"

    def would_wait(self, ticket: Facts, named: str | None, now: datetime | None = None) -> bool:
        """Whether it would wait for one agent, did no grounds hold."""
        takeover = self.world.takeover
        if not takeover or not named or named == ticket.get("left") or ticket["returned_to"] not in (None, named):
            return False
        return bool((now or self.now) < ticket["arrival"] + takeover.silence)

    def stands(self, ticket: Facts, now: datetime) -> object:
        return self.place(ticket, now), self.whose(ticket, now)

    def line(self) -> list[Facts]:
        for ticket in self.in_state("waiting"):
            self.pass_on(ticket)
        return super().line()

    def pass_on(self, ticket: Facts) -> None:
        """With another team it does not wait for the agent who had it, unless they work there, and it waits for nobody else."""
        team, agent = self.whose(ticket, self.now).team, ticket["returned_to"]
        if ticket.setdefault("stood", team) == team:
            return
        ticket.update(stood=team, returned_to=None)
        duty, reserved = self.on_duty(agent), self.whose(ticket, self.now).open_to == "addressee"
        if duty and team in duty["teams"] and (not reserved or _earliest(ticket)["to"] == agent):
            ticket["returned_to"] = agent

    def split(self, ticket: Facts, request_id: str) -> None:
        super().split(ticket, request_id)
        self.tickets[-1]["stood"] = ticket["stood"]

    def beside(self, ticket: Facts) -> list[Facts]:
        team = self.whose(ticket, self.now).team
        return [other for other in self.line() if self.whose(other, self.now).team == team]

    def returns_at(self, ticket: Facts) -> datetime:
        limit = self.world.agents.returns_after
        taken_at: datetime = ticket["taken_at"]
        return NEVER if limit is None else taken_at + limit

    def next_wakeup(self) -> datetime:
        shifts: list[datetime] = [duty["until"] for duty in self.duties.values() if duty]
        return min([super().next_wakeup(), *shifts, *map(self.returns_at, self.in_state("taken"))])

    def on_duty(self, agent: str) -> Facts | None:
        return self.duties.get(agent)

    def has_left(self, agent: str | None) -> bool:
        return agent in self.duties and self.duties[agent] is None

    def is_full(self, agent: str) -> bool:
        duty = self.duties[agent]
        assert duty is not None
        held = [ticket for ticket in self.in_state("taken") if ticket["agent"] == agent]
        return duty["at_once"] is not None and len(held) >= duty["at_once"]

    def may_work(self, agent: str, ticket: Facts) -> bool:
        duty, whose = self.duties[agent], self.whose(ticket, self.now)
        assert duty is not None
        if whose.open_to == "addressee":
            return bool(_earliest(ticket)["to"] == agent)
        able = whose.skill is None or whose.skill in duty["skills"]
        return able and (whose.open_to == "anyone" or whose.team in duty["teams"])

    def lane(self, ticket: Facts) -> int:
        return self.place(ticket, self.now)[0]

    def by_team(self, agent: str) -> dict[str, list[Facts]]:
        """What the agent shares with others, by team: those of their own first, be there anything or not."""
        duty = self.duties[agent]
        assert duty is not None
        theirs = [t for t in self.line() if self.may_work(agent, t) and self.whose(t, self.now).open_to != "addressee"]
        names = [crew.team.name for crew in self.world.crews]
        found = {name: [t for t in theirs if self.whose(t, self.now).team == name] for name in names}
        ordered = sorted(names, key=lambda name: (name not in duty["teams"], names.index(name)))
        return {name: found[name] for name in ordered if found[name] or name in duty["teams"]}

    def best_for(self, agent: str) -> tuple[Facts, bool] | None:
        """The next ticket for an agent, and whether a share chose its lane."""
        mine = [ticket for ticket in self.line() if self.may_work(agent, ticket)]
        if not mine:
            return None
        here = [ticket for ticket in mine if self.lane(ticket) == self.lane(mine[0])]
        named = [ticket for ticket in here if self.whose(ticket, self.now).open_to == "addressee"]
        owed, by_share = None, False
        if mine[0] not in named:
            owed = self.owed_by_share(agent)
            by_share = owed is not None and owed[0] is not here[0]
        if owed:
            here = [ticket for ticket in self.line() if ticket in owed or (ticket in named and not by_share)]
        return next((ticket for ticket in here if ticket["returned_to"] == agent), (owed or here)[0]), by_share

    def owed_by_share(self, agent: str) -> list[Facts] | None:
        """The tickets of the lane and team that have most credit, if that is a whole take (rule R5)."""
        best, most = None, Fraction(1)
        for team, theirs in self.by_team(agent).items():
            lanes = [self.lane(ticket) for ticket in theirs]
            for lane, credit in self.credits[team].items():
                value = credit + self.share(lane)
                if lane in lanes and (value > most or (value == most and best is None)):
                    best, most = [ticket for ticket in theirs if self.lane(ticket) == lane], value
        return best

    def share(self, lane: int) -> Fraction:
        return Fraction(str(self.world.twins[lane].lane.share))

    # What people and time do.

    def wait_again(self, ticket: Facts) -> None:
        super().wait_again(ticket)
        self.stand_anew(ticket)

    def stand_anew(self, ticket: Facts) -> None:
        """Whom it is addressed to may have gone off duty meanwhile."""
        named = _earliest(ticket)["to"]
        if ticket["state"] == "waiting" and self.has_left(named):
            ticket["left"] = named

    def taken(self, ticket: Facts, agent: str) -> None:
        """The agent takes it, and every team whose tickets they might have taken earns by that."""
        whose, lane = self.whose(ticket, self.now), self.lane(ticket)
        for team, theirs in self.by_team(agent).items():
            busy = {self.lane(one) for one in theirs}
            for index, credit in self.credits[team].items():
                earned = credit + self.share(index) if index in busy else Fraction(0)
                if (team, index) == (whose.team, lane):
                    earned = max(Fraction(0), earned - 1)
                self.credits[team][index] = min(earned, Fraction(len(self.credits[team])))
        ticket.update(state="taken", agent=agent, returned_to=None, taken_at=self.now)

    def back(self, ticket: Facts) -> None:
        self.wait_again(ticket)
        ticket["returned_to"] = None

    def sign_out(self, agents: list[str]) -> None:
        """What waits for them alone is free, and what they have taken; what is free by its grounds stays so."""
        alone = [ticket for ticket in self.in_state("waiting") if self.would_wait(ticket, _earliest(ticket)["to"])]
        for agent in agents:
            self.duties[agent] = None
        for ticket in self.in_state("taken"):
            if ticket["agent"] in agents:
                self.back(ticket)
        for ticket in alone:
            if _earliest(ticket)["to"] in agents:
                self.stand_anew(ticket)

    def ring(self, due: datetime) -> None:
        self.line()
        for ticket in self.in_state("taken"):
            if self.returns_at(ticket) == due:
                self.back(ticket)
        super().ring(due)
        self.sign_out([name for name, duty in self.duties.items() if duty and duty["until"] == due])
        self.line()


def _by_time(event: Event) -> bool:
    """Whether time did it: an event that a command may write, too, says why."""
    if isinstance(event, (HandedBack, SignedOut)):
        return event.reason in ("TIME_LIMIT", "SHIFT_END")
    return isinstance(event, (*DUE, Routed))


class TeamMachine(DeskMachine):
    """Random commands to a desk with teams and to the model."""

    model: TeamModel

    @initialize(
        name=st.sampled_from(sorted(WORLDS_WITH_TEAMS)),
        batch=st.lists(messages, max_size=8),
        duties=st.tuples(*[st.tuples(st.integers(0, 7), st.booleans()) for _ in AGENTS]),
    )
    def open_desk(self, name: str, batch: list[Facts], duties: tuple[tuple[int, bool], ...] = ()) -> None:
        """A desk with a backlog, and mostly with somebody on duty."""
        self.start(TeamModel(WORLDS_WITH_TEAMS[name]), batch)
        for agent, (number, skilled) in zip(AGENTS, duties, strict=False):
            if number:
                self.sign_in(timedelta(0), agent, number, skilled, lasts=None, at_once=None)

    def told_apart(self, events: tuple[Event, ...]) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
        """What a command did may put tickets into other queues, which comes after it."""
        first = next((index for index, event in enumerate(events) if not _by_time(event)), len(events))
        due, own = events[:first], list(events[first:])
        while own and isinstance(own[-1], Routed):
            own.pop()
        return due, tuple(own)

    # Agents.

    @rule(
        gap=after,
        agent=st.sampled_from(AGENTS),
        number=st.integers(1, 7),
        skilled=st.booleans(),
        lasts=st.sampled_from([None, TICK, MINUTE, HOUR, 5 * HOUR, 12 * HOUR, DAY]),
        at_once=st.sampled_from([None, None, 1, 2]),
    )
    def sign_in(
        self, gap: timedelta, agent: str, number: int, skilled: bool, lasts: timedelta | None, at_once: int | None
    ) -> None:
        changed = self.pass_time(gap)
        names = [team.name for team in self.policy.teams]
        teams = [name for bit, name in enumerate(names) if number >> bit & 1] or names[-1:]
        skills = sorted({skill.name for team in self.policy.teams for skill in team.skills}) if skilled else []
        until = None if lasts is None else self.model.now + lasts
        said: dict[str, Any] = {"teams": teams, "skills": skills, "at_once": at_once}
        happened = self.command("sign_in", changed, agent=agent, until=until, **said)
        if self.model.on_duty(agent):
            assert isinstance(happened, SignedInAlready)
            return
        assert not isinstance(happened, CommandRefused)
        assert isinstance(happened[-1], SignedIn)
        self.model.duties[agent] = {**said, "until": until or NEVER}

    @rule(gap=after, agent=st.sampled_from(AGENTS))
    def sign_out(self, gap: timedelta, agent: str) -> None:
        changed = self.pass_time(gap)
        held = sorted(t["id"] for t in self.model.in_state("taken") if t["agent"] == agent)
        happened = self.command("sign_out", changed, agent=agent)
        if not self.model.on_duty(agent):
            assert isinstance(happened, NotSignedIn)
            return
        assert not isinstance(happened, CommandRefused)
        *backs, out = happened
        assert isinstance(out, SignedOut)
        assert [back.ticket_id for back in backs if isinstance(back, HandedBack)] == held == list(out.unanswered)
        answered = sorted(t["id"] for t in self.model.in_state("answered") if t["agent"] == agent)
        assert list(out.answered) == answered
        self.model.sign_out([agent])

    # Work.

    @rule(gap=after, agents=st.lists(st.sampled_from(AGENTS), min_size=1, max_size=8))
    def take(self, gap: timedelta, agents: list[str]) -> None:
        for agent in agents:
            changed = self.pass_time(gap)
            happened = self.command("take", changed, agent=agent)
            gap = timedelta(0)
            if not self.model.on_duty(agent):
                assert isinstance(happened, NotSignedIn)
                continue
            found = None if self.model.is_full(agent) else self.model.best_for(agent)
            if found is None:
                assert happened == ()
                continue
            self.expect_taken(happened, agent, *found, better=None)

    def expect_taken(self, happened: Any, agent: str, ticket: Facts, by_share: bool, better: str | None) -> None:
        (event,) = happened
        assert isinstance(event, Taken)
        assert (event.ticket_id, event.agent, event.by_share, event.passed) == (ticket["id"], agent, by_share, better)
        assert event.waited == self.model.now - ticket["arrival"]
        self.model.taken(ticket, agent)

    @precondition(lambda self: self.model.tickets)
    @rule(gap=after, agent=st.sampled_from(AGENTS), number=numbers)
    def pick(self, gap: timedelta, agent: str, number: int) -> None:
        """An agent takes a particular ticket."""
        changed = self.pass_time(gap)
        if not self.model.tickets:
            assert self.command("advance", changed) == ()
            return
        among = self.model.in_state("waiting") or self.model.tickets
        ticket = among[number % len(among)]
        happened = self.command("take", changed, agent=agent, ticket=ticket["id"])
        refusal = self.refusal(agent, ticket)
        if refusal is not None:
            assert isinstance(happened, refusal)
            return
        found = self.model.best_for(agent)
        assert found is not None
        best, by_share = found
        better = None if best is ticket else best["id"]
        self.expect_taken(happened, agent, ticket, by_share and better is None, better)

    def refusal(self, agent: str, ticket: Facts) -> type[CommandRefused] | None:
        """Why an agent may not pick a ticket, the first reason there is."""
        model, rules = self.model, self.policy.agents
        if not model.on_duty(agent):
            return NotSignedIn
        if ticket["state"] != "waiting":
            return WrongState
        if model.is_full(agent):
            return TooMany
        if not model.may_work(agent, ticket):
            return NotTheirs
        others = [other for other in model.in_state("waiting") if other is not ticket and model.may_work(agent, other)]
        unfinished = any(other["agent"] == agent for other in model.in_state("taken"))
        if rules.long_work and (others or unfinished) and any(map(model.world.long_work, model.sides(ticket, model.now))):
            return OthersWait
        found = model.best_for(agent)
        better = found is not None and found[0] is not ticket
        return BetterWaits if better and rules.picking is Picking.REFUSED else None

    # What must hold after every step.

    @invariant()
    def same_queues(self) -> None:
        model = self.model
        for ticket in model.line():
            queue, whose = self.desk.ticket(ticket["id"]).queue, model.whose(ticket, model.now)
            assert queue is not None
            assert (queue.team, queue.skill, queue.open_to) == (whose.team, whose.skill, whose.open_to)

    @invariant()
    def same_agents(self) -> None:
        on_duty = {agent.agent for agent in self.desk.snapshot().agents if agent.on_duty}
        assert on_duty == {name for name, duty in self.model.duties.items() if duty}


TestTeamMachine = TeamMachine.TestCase
