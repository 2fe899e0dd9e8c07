"""A desk at work: what happens outside, and named agents who answer by shifts. The event loop of `demo` and `replay`.

How the agents work, in words: each shift of the calendar has people of its own, the same ones every day. Who comes, or has
finished a ticket, takes the next one at once; if none waits they stay ready, and the one who has been ready longest takes the
next that comes. An answer takes its handling time, then the agent replies and closes the ticket; one that needs confirmations
stays answered. At the end of a shift an agent takes nothing more, but finishes the ticket in hand.

Where the policy has teams everybody signs in and out, with all skills; whatever has to be checked before that is in order.
Where its roles have teams of their own the agents take turns through the roles, each for the teams of theirs (for all where
it names none); otherwise all work for all teams, in the first role that may do everything (else in the first). What cannot be
answered, for the hours of the role are over by then, is handed back. For each person whom a request names, as its addressee
or as the manager or curator of its client, one of the agents stands in, in turn, of the teams that have such persons.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any, Final

from supportq import CommandRefused, Desk, Policy, Request, Staffing
from supportq._instants import instant, micros
from supportq.errors import NotConfirmed, NotTheirWork
from supportq.events import Admitted, Event, Promised, Taken
from supportq.hours import Opening
from supportq.simulation.arrivals import Cancellation, Happening, when_it_comes
from supportq.teams import Role

__all__ = ["ASKS", "Cancellation", "Drive", "Happening", "Promise", "asks_in_sample", "lognormal", "when_it_comes"]

_ONE_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST: Final = timedelta(days=365)
"""Who signs in says so much more than the shift, so that the ticket in hand can be finished."""


@dataclass(frozen=True, slots=True)
class Promise:
    """An estimate that a client was told on arrival: the wait until somebody begins to answer (rule E1)."""

    ticket_id: str
    lane: str
    asked_at: datetime
    p10: timedelta
    p50: timedelta
    p90: timedelta


def lognormal(rng: random.Random, mean: timedelta, sigma: float) -> Callable[[], timedelta]:
    """Handling times with a mean and a spread (`sigma`, of the logarithm), in whole seconds, at least one."""
    middle = math.log(mean / timedelta(seconds=1)) - sigma * sigma / 2
    return lambda: timedelta(seconds=max(1, round(rng.lognormvariate(middle, sigma))))


def asks_in_sample(at: datetime) -> bool:
    """Whether a client who writes at an instant asks for an estimate; what `ASKS` says in words.

    A forecast of a long queue is a pass over all of it, and is used for half an hour: asking in bursts saves passes.
    """
    return at.astimezone(UTC).hour % 2 == 0 and at.minute < 30


ASKS: Final = "Whoever opens a ticket in the first half of an even hour (UTC) asks when it will be answered."


class Drive:
    """Runs a desk from `start` on, as far as it is told to.

    `happenings` must be in order of time. `handling` gives the time of each answer in turn. `asks` says of an instant
    whether clients whose tickets are opened then ask when they will be answered (`asks_in_sample` unless given); what they
    were told stands in `promises`, and `silent` counts the times when there was no answer (rule E2).

    Everything that happened is in `log`. Requests that the desk refused are in `refused`: the index of each among the
    happenings, and why.
    """

    def __init__(
        self,
        desk: Desk,
        happenings: Iterable[Happening],
        *,
        start: datetime,
        staffing: Staffing,
        handling: Callable[[], timedelta],
        asks: Callable[[datetime], bool] | None = None,
    ) -> None:
        self.desk: Final = desk
        self.log: list[Event] = []
        self.promises: Final[list[Promise]] = []
        self.refused: Final[list[tuple[int, CommandRefused]]] = []
        self.silent = 0
        self._happenings = iter(happenings)
        self._next = next(self._happenings, None)
        self._index = -1
        self.start: Final = start
        self._start = micros(start)
        self._staffing = staffing
        self._handling = handling
        self._asks = asks or asks_in_sample
        self._names: Final = _names(staffing)
        self._planned_to = start.astimezone(staffing.zone).date() - _ONE_DAY
        # Heaps: who comes on shift (instant, agent, until when), who leaves, who finishes a ticket (instant, agent, ticket).
        self._coming: list[tuple[int, str, int]] = []
        self._leaving: list[tuple[int, str]] = []
        self._finishing: list[tuple[int, str, str]] = []
        self._stays: dict[str, int] = {}
        self._busy: set[str] = set()
        self._ready: dict[str, None] = {}
        self._signed_in: set[str] = set()
        self._duty: Final = _announced(desk.policy, self._names) if desk.policy.teams else {}
        self._stand_ins: Final = _stand_ins(desk.policy, self._duty)
        self._agent_of: Final[dict[str, str]] = {}
        self.log += desk.plan(staffing, now=start)

    @property
    def over(self) -> bool:
        """Whether nothing more comes from outside, and nobody waits or is being answered."""
        counter = self.desk.counter()
        return self._next is None and not counter.waiting and not counter.taken

    def load(self, backlog: Iterable[Request]) -> None:
        """Take in the requests that already wait at the start, each with its own arrival."""
        self.log += self.desk.submit_many(map(self._for_agents, backlog), now=instant(self._start))

    def run_until(self, end: datetime) -> None:
        """Let everything happen that comes before `end`, and the desk advance to it; what opens then is taken."""
        until = micros(end)
        self._plan_shifts(end)
        # At one instant the news and the post come first, then those who finish, who leave, and who come.
        acts = (self._happen, self._finish, self._leave, self._come, self._open)
        while True:
            due = (
                until if self._next is None else micros(when_it_comes(self._next)),
                self._finishing[0][0] if self._finishing else until,
                self._leaving[0][0] if self._leaving else until,
                self._coming[0][0] if self._coming else until,
                self._opening(until),
            )
            earliest = min(due)
            if earliest >= until:
                break
            acts[due.index(earliest)]()
        self.log += self.desk.advance(now=end)
        if self._duty:
            # What opens at the end itself has changed by now, and is no opening of the time after it.
            self._hand_out(until)

    # ------------------------------------------------------- what comes from outside

    def _happen(self) -> None:
        happening, self._next = self._next, next(self._happenings, None)
        assert happening is not None
        self._index += 1
        if isinstance(happening, Request):
            self._receive(happening)
        else:
            self.log += self.desk.update(service=happening.service, cancelled=True, now=happening.at)

    def _receive(self, request: Request) -> None:
        now = when_it_comes(request)
        try:
            events = self.desk.submit(self._for_agents(request), now=now)
        except CommandRefused as refusal:
            self.log += refusal.events
            self.refused.append((self._index, refusal))
            return
        self.log += events
        admitted = events[-1]
        if isinstance(admitted, Admitted) and self._asks(now):
            self._promise(admitted)
        self._hand_out(micros(now))

    def _for_agents(self, request: Request) -> Request:
        """A request that names agents of this desk where it named persons."""
        client = request.client
        if not self._stand_ins or (request.addressed_to is None and client.manager is None and client.curator is None):
            return request
        manager, curator = self._agent_for(client.manager), self._agent_for(client.curator)
        client = replace(client, manager=manager, curator=curator)
        return replace(request, addressed_to=self._agent_for(request.addressed_to), client=client)

    def _agent_for(self, person: str | None) -> str | None:
        if person is None:
            return None
        turn = len(self._agent_of) % len(self._stand_ins)
        return self._agent_of.setdefault(person, self._stand_ins[turn])

    def _promise(self, admitted: Admitted) -> None:
        events = self.desk.promise(admitted.ticket_id, now=admitted.at)
        self.log += events
        told = events[-1]
        assert isinstance(told, Promised)
        if told.p10 is None or told.p50 is None or told.p90 is None:
            self.silent += 1
        else:
            self.promises.append(Promise(told.ticket_id, admitted.lane, told.at, told.p10, told.p50, told.p90))

    # --------------------------------------------------------------------- agents

    def _plan_shifts(self, end: datetime) -> None:
        """Note who comes, and until when, for every shift that begins before `end`."""
        last = end.astimezone(self._staffing.zone).date()
        while self._planned_to <= last:
            for starts, stays, agent in self._duties(self._planned_to):
                if stays > self._start:
                    heapq.heappush(self._coming, (max(starts, self._start), agent, stays))
            self._planned_to += _ONE_DAY

    def _duties(self, day: date) -> Iterator[tuple[int, int, str]]:
        for shift, names in zip(self._staffing.shifts, self._names, strict=True):
            span = Opening(shift.start, shift.end).on(day, self._staffing.zone)
            if shift.covers(day) and span is not None:
                for name in names:
                    yield *span, name

    def _come(self) -> None:
        at, agent, stays = heapq.heappop(self._coming)
        if self._duty:
            self._announce(agent, at, stays)
        self._stays[agent] = stays
        # Who is still with a ticket of the shift before finishes it first.
        if agent not in self._busy:
            self._take_or_be_ready(agent, at)

    def _announce(self, agent: str, at: int, stays: int) -> None:
        """Sign an agent in; whoever is still there from the shift before stays signed in."""
        heapq.heappush(self._leaving, (stays, agent))
        if agent not in self._signed_in:
            self._signed_in.add(agent)
            until = instant(stays) + _LONGEST
            self.log += self.desk.sign_in(agent, **self._duty[agent], until=until, now=instant(at))

    def _sign_out(self, agent: str, at: int) -> None:
        self._signed_in.remove(agent)
        self.log += self.desk.sign_out(agent, now=instant(at))

    def _leave(self) -> None:
        at, agent = heapq.heappop(self._leaving)
        self._ready.pop(agent, None)
        if agent not in self._busy and self._stays[agent] <= at:
            self._sign_out(agent, at)

    def _finish(self) -> None:
        at, agent, ticket_id = heapq.heappop(self._finishing)
        now = instant(at)
        if self.desk.policy.agents.notes:
            self.log += self.desk.note(ticket_id, status="worked on", done="answered", next="close it", agent=agent, now=now)
        self._answer(ticket_id, agent, now)
        self._busy.remove(agent)
        if self._stays[agent] > at:
            self._take_or_be_ready(agent, at)
        elif self._duty:
            self._sign_out(agent, at)

    def _answer(self, ticket_id: str, agent: str, now: datetime) -> None:
        try:
            self.log += self.desk.reply(ticket_id, agent=agent, now=now)
        except NotTheirWork as refusal:
            # The hours of their role are over: somebody answers it when they begin again.
            self.log += refusal.events
            self.log += self.desk.hand_back(ticket_id, agent=agent, now=now)
            return
        try:
            self.log += self.desk.resolve(ticket_id, agent=agent, now=now)
        except NotConfirmed as refusal:
            # Nobody here confirms anything, so it stays answered.
            self.log += refusal.events

    def _take_or_be_ready(self, agent: str, at: int) -> None:
        self._ready.pop(agent, None)
        if not self._takes(agent, at):
            self._ready[agent] = None

    def _hand_out(self, at: int) -> None:
        """Let those who are ready take what has come; whoever's shift is over has gone home."""
        for agent in list(self._ready):
            if self._stays[agent] > at and not self._takes(agent, at):
                if self._duty:
                    # Another may be there for other teams.
                    continue
                return
            del self._ready[agent]

    def _opening(self, until: int) -> int:
        """When time next changes what those who are ready may take; without teams it never does."""
        due = self.desk.next_wakeup if self._duty and self._ready else None
        return until if due is None else micros(due)

    def _open(self) -> None:
        due = self.desk.next_wakeup
        assert due is not None
        self.log += self.desk.advance(now=due)
        self._hand_out(micros(due))

    def _takes(self, agent: str, at: int) -> bool:
        events = self.desk.take(agent, now=instant(at))
        self.log += events
        if not events or not isinstance(taken := events[-1], Taken):
            return False
        self._busy.add(agent)
        heapq.heappush(self._finishing, (at + self._handling() // _MICROSECOND, agent, taken.ticket_id))
        return True


def _announced(policy: Policy, names: Iterable[Iterable[str]]) -> dict[str, dict[str, Any]]:
    """What each agent signs in with."""
    roles: tuple[Role | None, ...] = policy.roles
    if not any(role.teams for role in policy.roles):
        roles = tuple(role for role in policy.roles if role.works is None)[:1] or policy.roles[:1] or (None,)
    agents = [name for shift in names for name in shift]
    return {name: _signs_in(policy, role) for name, role in zip(agents, cycle(roles), strict=False)}


def _signs_in(policy: Policy, role: Role | None) -> dict[str, Any]:
    teams = [team for team in policy.teams if role is None or not role.teams or team.name in role.teams]
    return {
        "teams": [team.name for team in teams],
        "skills": list(dict.fromkeys(skill.name for team in teams for skill in team.skills)),
        "role": None if role is None else role.name,
        "checks": None if role is None else dict.fromkeys(role.checks, True),
        # A replay counts no money.
        "pay": 0 if role is not None and role.pay else None,
    }


def _stand_ins(policy: Policy, agents: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Who stands in for persons whom requests name."""
    personal = {team.name for team in policy.teams if team.person is not None}
    return [name for name, duty in agents.items() if personal.intersection(duty["teams"])] or list(agents)


def _names(staffing: Staffing) -> list[list[str]]:
    """The people of each shift, numbered through."""
    names = []
    first = 1
    for shift in staffing.shifts:
        names.append([f"agent-{number:03}" for number in range(first, first + shift.agents)])
        first += shift.agents
    return names
