"""A desk at work in a world that is drawn by chance: the event loop of a simulation.

The desk is the one that runs in production, under the same policy; the loop is its host. At one instant what comes from outside
happens first, then who finishes, who comes, who goes, who gives up or writes again, and what time opens at the desk. Who has
been ready longest takes first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from supportq import Desk, Policy, Request, Snapshot, Staffing
from supportq._instants import HOUR, LAST, instant, micros, utc
from supportq.errors import InvalidValue, NotConfirmed, NotTheirWork
from supportq.events import Admitted, Event, Joined, Taken
from supportq.metrics import TicketRows
from supportq.simulation.arrivals import Cancellation, Happening, Source, again, merged, when_it_comes
from supportq.simulation.chance import Chance
from supportq.simulation.clients import Clients, Draws
from supportq.simulation.results import AgentRow, HourRow, Results
from supportq.simulation.service import Service
from supportq.simulation.staffing import Agent, ShiftEnd, Spell, Workforce
from supportq.tickets import State

__all__ = ["Model", "Run", "simulate"]

_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=365)
"""Who signs in says so: they sign out when they go, which is after the ticket in hand."""
_SECOND: Final = 1_000_000

_Act: TypeAlias = Callable[["Run", int, Any], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is simulated: the policy of the desk, what comes, who works, how long they take, and how clients behave.

    `staffing` is what the desk is told of who works, for its estimates; without one it is told nothing.
    """

    policy: Policy
    sources: tuple[Source, ...]
    workforce: Workforce
    service: Service = field(default_factory=Service)
    clients: Clients = field(default_factory=Clients)
    staffing: Staffing | None = None

    def __post_init__(self) -> None:
        for name, kind in (("policy", Policy), ("workforce", Workforce), ("service", Service), ("clients", Clients)):
            if not isinstance(getattr(self, name), kind):
                raise InvalidValue(f"model.{name}", f"must be a {kind.__name__}, not {type(getattr(self, name)).__name__}")
        object.__setattr__(self, "sources", tuple(self.sources))


def simulate(model: Model, *, start: datetime, until: datetime, seed: int = 1, start_from: Snapshot | None = None) -> Results:
    """One run of a model from `start` to `until`: the same seed gives the same results, byte for byte.

    `start_from` is the snapshot of a desk with its backlog, under whatever policy it has; the model's policy is adopted at the
    start if it is another. O(requests x log n).
    """
    run = Run(model, start=start, seed=seed, start_from=start_from)
    run.until(until)
    return run.results()


class Run:
    """One simulation that is going on; `until` lets time pass, `results` says what has come of it so far.

    `log` holds every event of the desk where `keep_log` is true, which costs about two kilobytes a ticket.
    """

    def __init__(
        self, model: Model, *, start: datetime, seed: int, start_from: Snapshot | None = None, keep_log: bool = False
    ) -> None:
        self.model: Final = model
        self.chance: Final = Chance(seed)
        self.start: Final = utc(start, "start")
        self.log: Final[list[Event]] = []
        self._keeps_log = keep_log
        self._rows: Final = TicketRows()
        self._agents: Final[dict[str, AgentRow]] = {}
        self._hours: Final[list[HourRow]] = []
        self._at = micros(self.start)
        self._planned_to = self.start.astimezone(model.workforce.zone).date() - 2 * _DAY
        self._heap: list[tuple[int, int, int, _Act, Any]] = []
        self._serial = 0
        self._ready: dict[str, None] = {}
        self._busy: dict[str, tuple[str, int]] = {}
        # What each agent is at, and since when.
        self._stays: dict[str, int] = {}
        self._working_since: dict[str, int] = {}
        self._clients: dict[str, Draws] = {}
        self._happenings: Final = merged(model.sources, self.start, LAST, self.chance)
        self._has_teams = bool(model.policy.teams)
        self.desk: Final = self._opened(start_from)
        if model.staffing is not None:
            self._tell(self.desk.plan(model.staffing, now=self.start))
        self._plan(self._at, 5, Run._look, None)
        self._next_happening()

    def _opened(self, start_from: Snapshot | None) -> Desk:
        if start_from is None:
            return Desk(self.model.policy)
        if start_from.at is not None and start_from.at > self.start:
            raise InvalidValue("start_from", f"is of {start_from.at}, after the start {self.start}; start later")
        desk = Desk.from_snapshot(start_from)
        self._rows.start_from(start_from.tickets)
        self._tell(desk.advance(now=self.start))
        if desk.policy != self.model.policy:
            self._tell(desk.adopt(self.model.policy, now=self.start))
        for ticket in start_from.tickets:
            if ticket.state is State.TAKEN and ticket.agent is not None and desk.ticket(ticket.id).state is State.TAKEN:
                # Somebody was at it: they finish as if they had just begun.
                self._begin(ticket.agent, ticket.id, self._at)
        return desk

    # ---------------------------------------------------------------- time

    def until(self, end: datetime) -> None:
        """Let everything happen that comes before `end`."""
        end = utc(end, "until")
        until = micros(end)
        if until < self._at:
            raise InvalidValue("until", f"{end} is before {instant(self._at)}; a run goes on, never back")
        self._plan_spells(end)
        heap = self._heap
        while heap and heap[0][0] < until:
            at, _, _, act, what = heapq.heappop(heap)
            act(self, at, what)
        self._at = until
        self._tell(self.desk.advance(now=end))

    def results(self) -> Results:
        """What has come of it so far: rows of tickets, agents and hours."""
        now = self._at
        for name, since in self._working_since.items():
            row = self._agents[name]
            row.staffed += timedelta(microseconds=now - since)
            self._working_since[name] = now
        return Results(
            start=self.start,
            end=instant(now),
            seed=self.chance.seed,
            tickets=tuple(self._rows.rows.values()),
            agents=tuple(self._agents[name] for name in sorted(self._agents)),
            hours=tuple(self._hours),
            counter=self.desk.counter(),
        )

    def _plan(self, at: int, rank: int, act: _Act, what: Any) -> None:  # what each act takes
        self._serial += 1
        heapq.heappush(self._heap, (at, rank, self._serial, act, what))

    def _tell(self, events: tuple[Event, ...]) -> None:
        self._rows.follow(events)
        if self._keeps_log:
            self.log.extend(events)

    # ------------------------------------------------------- what comes from outside

    def _next_happening(self) -> None:
        happening = next(self._happenings, None)
        if happening is not None:
            self._plan(micros(when_it_comes(happening)), 0, Run._happen, happening)

    def _happen(self, at: int, happening: Happening) -> None:
        if isinstance(happening, Cancellation):
            self._tell(self.desk.update(service=happening.service, cancelled=True, now=happening.at))
        else:
            self._receive(at, happening)
        self._next_happening()

    def _receive(self, at: int, request: Request, *, first: bool = True) -> None:
        """A request comes in; with the `first` of a client all that they will do is settled."""
        events = self.desk.submit(request, now=instant(at))
        self._tell(events)
        happened = events[-1]
        if first and isinstance(happened, Admitted):
            draws = self._clients[request.id] = self.model.clients.drawn(request.id, self.chance)
            if draws.patience is not None:
                self._plan(at + round(draws.patience * _SECOND), 4, Run._give_up, request)
            self._repeat_later(at, request, 0, draws)
            if draws.asks:
                self._tell(self.desk.promise(request.id, now=instant(at)))
        if isinstance(happened, Admitted | Joined):
            self._hand_out(at)

    def _repeat_later(self, at: int, request: Request, number: int, draws: Draws) -> None:
        if number < len(draws.repeats):
            after, _ = draws.repeats[number]
            self._plan(at + round(after * _SECOND), 4, Run._repeat, (request, number, draws))

    def _repeat(self, at: int, what: tuple[Request, int, Draws]) -> None:
        """The client writes again, unless they have been answered."""
        request, number, draws = what
        if self._rows.rows[request.id].answered_at is not None or self._rows.rows[request.id].is_finished:
            return
        self._receive(at, again(request, f"{request.id}-{number + 1}", instant(at), draws.repeats[number][1]), first=False)
        self._repeat_later(at, request, number + 1, draws)

    def _give_up(self, at: int, request: Request) -> None:
        """The client's patience is over, unless somebody has begun to answer."""
        row = self._rows.rows[request.id]
        if row.started_at is not None or row.is_finished:
            return
        self._tell(self.desk.withdraw(request.id, now=instant(at)))
        returns = self._clients[request.id].returns
        if returns is not None:
            later = at + round(returns * _SECOND)
            self._plan(later, 0, Run._return, again(request, f"{request.id}-back", instant(later), request.channel))

    def _return(self, at: int, request: Request) -> None:
        self._receive(at, request)

    # --------------------------------------------------------------------- agents

    def _plan_spells(self, end: datetime) -> None:
        """Note who comes, and until when, for every shift that begins before `end`."""
        last = end.astimezone(self.model.workforce.zone).date()
        while self._planned_to <= last:
            for spell in self.model.workforce.spells(self._planned_to, self.chance):
                if spell.end > micros(self.start):
                    self._plan(max(spell.start, micros(self.start)), 2, Run._come, spell)
            self._planned_to += _DAY

    def _come(self, at: int, spell: Spell) -> None:
        name = spell.agent.name
        self._agents.setdefault(name, AgentRow(name))
        self._stays[name] = max(spell.end, self._stays.get(name, 0))
        self._plan(spell.end, 3, Run._leave, name)
        if name in self._working_since:
            # One spell ends as the next begins.
            return
        self._working_since[name] = at
        if name not in self._busy:
            if self._has_teams:
                self._sign_in(spell.agent, at)
            self._take_or_be_ready(name, at)

    def _sign_in(self, agent: Agent, at: int) -> None:
        role = next((role for role in self.desk.policy.roles if role.name == agent.role), None)
        self._tell(
            self.desk.sign_in(
                agent.name,
                teams=agent.teams,
                skills=agent.skills,
                role=agent.role,
                checks=None if role is None else dict.fromkeys(role.checks, True),
                pay=0 if role is not None and role.pay else None,
                until=instant(at) + _LONGEST,
                now=instant(at),
            )
        )

    def _leave(self, at: int, name: str) -> None:
        if self._stays[name] > at:
            return
        self._ready.pop(name, None)
        if name in self._busy:
            if self.model.workforce.at_shift_end is ShiftEnd.FINISH:
                return
            ticket_id, since = self._busy.pop(name)
            self._agents[name].busy += timedelta(microseconds=at - since)
            self._tell(self.desk.hand_back(ticket_id, agent=name, now=instant(at)))
            self._agents[name].handed_back += 1
            self._hand_out(at)
        self._go(name, at)

    def _go(self, name: str, at: int) -> None:
        """An agent is no longer at work; what they finished after the shift was work, too."""
        self._agents[name].staffed += timedelta(microseconds=at - self._working_since.pop(name))
        if self._has_teams:
            self._tell(self.desk.sign_out(name, now=instant(at)))

    def _take_or_be_ready(self, name: str, at: int) -> None:
        self._ready.pop(name, None)
        if not self._takes(name, at):
            self._ready[name] = None

    def _hand_out(self, at: int) -> None:
        """Let those who are ready take what has come."""
        for name in list(self._ready):
            if self._takes(name, at):
                del self._ready[name]
            elif not self._has_teams:
                return

    def _takes(self, name: str, at: int) -> bool:
        events = self.desk.take(name, now=instant(at))
        self._tell(events)
        if not events or not isinstance(taken := events[-1], Taken):
            return False
        self._begin(name, taken.ticket_id, at)
        return True

    def _begin(self, name: str, ticket_id: str, at: int) -> None:
        row = self._rows.rows[ticket_id]
        share = self.chance.drawn("service", ticket_id if row.takes == 1 else f"{ticket_id}/{row.takes}")[0]
        seconds = self.model.service.seconds(row.kind, name, share)
        self._busy[name] = ticket_id, at
        self._agents.setdefault(name, AgentRow(name))
        self._plan(at + max(1, round(seconds * _SECOND)), 1, Run._finish, (name, ticket_id, at))

    def _finish(self, at: int, what: tuple[str, str, int]) -> None:
        name, ticket_id, since = what
        if self._busy.get(name) != (ticket_id, since) or self._rows.rows[ticket_id].agent != name:
            # It was handed back, or taken away from them.
            return
        del self._busy[name]
        row = self._agents[name]
        row.busy += timedelta(microseconds=at - since)
        self._answer(name, ticket_id, instant(at))
        self._clients.pop(ticket_id, None)
        if self._stays.get(name, 0) > at:
            self._take_or_be_ready(name, at)
        elif name in self._working_since:
            self._go(name, at)

    def _answer(self, name: str, ticket_id: str, now: datetime) -> None:
        if self.desk.policy.agents.notes:
            self._tell(self.desk.note(ticket_id, status="worked on", done="answered", next="close it", agent=name, now=now))
        try:
            self._tell(self.desk.reply(ticket_id, agent=name, now=now))
        except NotTheirWork as refusal:
            # The hours of their role are over: somebody answers it when they begin again.
            self._tell(refusal.events)
            self._tell(self.desk.hand_back(ticket_id, agent=name, now=now))
            return
        self._agents[name].answered += 1
        try:
            self._tell(self.desk.resolve(ticket_id, agent=name, now=now))
        except NotConfirmed as refusal:
            # Nobody here confirms anything, so it stays answered.
            self._tell(refusal.events)

    # ------------------------------------------------------------------- by the hour

    def _look(self, at: int, _: None) -> None:
        """Note how the desk stands at the beginning of an hour."""
        self._tell(self.desk.advance(now=instant(at)))
        counter = self.desk.counter()
        self._hours.append(
            HourRow(
                at=instant(at),
                received=counter.received,
                repeats=counter.repeats,
                answered=counter.answered,
                withdrawn=counter.withdrawn,
                breached=counter.breached,
                waiting=counter.waiting,
                waiting_by_lane=dict(counter.waiting_by_lane),
                taken=counter.taken,
                oldest_wait=counter.oldest_wait,
                at_work=len(self._working_since),
            )
        )
        self._plan(at + HOUR, 5, Run._look, None)
