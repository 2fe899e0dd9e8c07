"""Who is on duty and what they may work: the agents of a desk, and the queues that its tickets stand in (rules H2, H3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from supportq._backlog import ByAgent, Calendar
from supportq._index import TicketIndex
from supportq._instants import FOREVER, micros
from supportq._lifecycle import Case
from supportq.errors import GateClosed, NotTheirs, OwnTransfer
from supportq.policy import Policy
from supportq.routing import Routing
from supportq.teams import Picking
from supportq.tickets import OpenTo, Queue, State, Transfer
from supportq.when import fits

_TAKEN, _ANSWERED = State.TAKEN, State.ANSWERED
_ALL: Final = ((0,),)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """What an agent signed in with, as a value; one who is off duty by now has no teams."""

    agent: str
    on_duty: bool
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    until: datetime | None = None
    at_once: int | None = None
    role: str | None = None
    pay: int | None = None


class Agent:
    """One agent. Satisfies `_backlog.Timed`: `due` is when the shift is over. Only `_apply.apply` changes one."""

    __slots__ = ("due", "duty", "id", "queues", "taken", "tickets")

    def __init__(self, name: str) -> None:
        self.id = name
        self.due = FOREVER
        self.duty = OnDuty(name, on_duty=False)
        self.queues: tuple[int, ...] = ()
        """The queues that they may work, but for those that are open to anyone."""
        self.tickets: dict[str, State] = {}
        """What they have taken, and what they have answered and not resolved."""
        self.taken = 0
        """How many of those they have taken: they may have answered very many."""

    def has(self, state: State) -> tuple[str, ...]:
        """The ids of their tickets in a state, in order."""
        return tuple(sorted(ticket_id for ticket_id, held in self.tickets.items() if held is state))

    @property
    def is_full(self) -> bool:
        """Whether they have as many tickets as they work at once."""
        return self.duty.at_once is not None and self.taken >= self.duty.at_once


class Roster:
    """The agents of a desk, with the tickets they have and the queues they may work.

    A desk without teams has one queue, number 0, that everybody may work, signed in or not.
    """

    def __init__(self, policy: Policy) -> None:
        self.routing: Final = Routing(policy) if policy.teams else None
        self.roles: Final = {role.name: role for role in policy.roles}
        """What agents sign in as, by name."""
        self.of_team: Final = _ALL if self.routing is None else self.routing.of_team
        """The queues of each team; a desk without teams is one team."""
        self.team_index: Final[Mapping[str, int]] = {} if self.routing is None else self.routing.team_index
        """The number of each team, by name."""
        self.team_of: Final = (0,) if self.routing is None else self.routing.team_of
        """The team of each queue."""
        self.is_one: Final = len(self.team_of) == 1
        """Whether everybody may work everything."""
        self.queues: Final = range(len(self.team_of))
        """All queues."""
        self.agents: dict[str, Agent] = {}
        """Everybody who ever signed in."""
        self.shifts: Calendar[Agent] = Calendar()
        """When each agent's shift is over."""
        self.addressed: Final = ByAgent()
        """Waiting tickets that only one agent may take yet, by that agent."""
        self.freed_from: TicketIndex[str] = TicketIndex()
        """Waiting tickets that are addressed to an agent and that grounds or silence have opened to others, by that agent."""
        self._frees: Final = policy.takeover is not None and policy.takeover.grounds is not None
        self.routed: dict[Case, tuple[int, int, int]] = {}
        """Tickets that are about to go into another queue: at which instant, into which, and until when they stay there.

        Asked to decide and to apply, so the answers are kept; whatever changes a ticket's facts asks `stands` anew.
        """
        self._opened: set[int] = set()
        """Queues open to anyone in which a ticket stands."""
        self.lists_left: Final = any(fine.left for fine in policy.fines)
        """Whether it is said what the last of a team leave when they go off duty; somebody pays for it then."""

    # ------------------------------------------------------------------ agents

    def on_duty(self, name: str) -> Agent | None:
        """An agent who is signed in."""
        agent = self.agents.get(name)
        return agent if agent is not None and agent.duty.on_duty else None

    def has_role(self, duty: OnDuty) -> bool:
        """Whether an agent signed in as something that the policy knows; where it has no roles that is no matter."""
        return not self.roles or duty.role in self.roles

    def at_work(self, name: str) -> Agent | None:
        """An agent who is signed in and, where there are teams and roles, has those that the policy has."""
        agent = self.on_duty(name)
        return None if agent is None or (self.routing is not None and not agent.queues) else agent

    def unsigned(self, cases: Iterable[Case], state: State) -> set[str]:
        """Who has a ticket in a state without being on duty; O(tickets)."""
        held = {case.agent for case in cases if case.state is state and case.agent is not None}
        return {name for name in held if self.on_duty(name) is None}

    def under(self, policy: Policy, cases: Iterable[Case]) -> Roster:
        """The same agents by another policy; `cases` are all tickets. Nobody stands in a queue yet.

        Everybody stays on duty as they signed in: teams and skills that the policy does not have count again when one has them.
        Where there are teams now, whoever has taken a ticket without having signed in is on duty, too.
        """
        roster = Roster(policy)
        roster.agents, roster.shifts = self.agents, self.shifts
        if roster.routing is None:
            return roster
        if self.routing is None:
            cases = list(cases)
            for name in sorted(self.unsigned(cases, _TAKEN)):
                roster.sign(OnDuty(name, on_duty=True))
            for name in sorted(self.unsigned(cases, _ANSWERED) - self.agents.keys()):
                roster.sign(OnDuty(name, on_duty=False))
            for agent in roster.agents.values():
                agent.tickets, agent.taken = {}, 0
            for case in cases:
                roster.enters(case)
        for agent in roster.agents.values():
            roster.sign(agent.duty)
        return roster

    def sign(self, duty: OnDuty, cases: Iterable[Case] = ()) -> None:
        """An agent comes on duty, or goes off it; `cases` are all tickets, of which some may be with one who is new here."""
        agent = self.agents.get(duty.agent)
        if agent is None:
            agent = self.agents[duty.agent] = Agent(duty.agent)
            # Where there are teams nobody has a ticket before they sign in.
            for case in cases if self.routing is None else ():
                if case.agent == agent.id:
                    self.enters(case)
        agent.duty = duty
        if self.routing is not None:
            agent.queues = self.routing.open_to(duty.teams, duty.skills, duty.role) if self.has_role(duty) else ()
        self.shifts.set(agent, FOREVER if duty.until is None else micros(duty.until))

    def enters(self, case: Case) -> None:
        """A ticket is with an agent from now on, if it is taken or answered."""
        if case.state in (_TAKEN, _ANSWERED) and case.agent is not None and (agent := self.agents.get(case.agent)):
            agent.tickets[case.id] = case.state
            agent.taken += case.state is _TAKEN

    def leaves(self, case: Case) -> None:
        """A ticket is no longer with its agent."""
        if case.agent is not None and (agent := self.agents.get(case.agent)):
            agent.taken -= agent.tickets.pop(case.id, None) is _TAKEN

    def state(self) -> tuple[OnDuty, ...]:
        """The agents as values, by name."""
        return tuple(self.agents[name].duty for name in sorted(self.agents))

    # ------------------------------------------------------------------ queues

    def queue(self, case: Case) -> Queue | None:
        """The queue of a ticket; `None` at a desk without teams."""
        return None if self.routing is None else self.routing.queues[case.queue]

    def team(self, case: Case) -> tuple[int, ...]:
        """All queues of the team of a ticket."""
        return self.of_team[self.team_of[case.queue]]

    def route(self, case: Case, at: int) -> tuple[int, int]:
        """The queue of a ticket at an instant, and until when that stands.

        It passes to another team as if it had come back to nobody (rule C2).
        """
        assert self.routing is not None
        found = self.routing.route(case, at)
        if case.returned_to is None or self.team_of[found[0]] == self.team_of[case.queue]:
            return found
        passed = copy(case)
        passed.returned_to = None
        return self.routing.route(passed, at)

    def keeps(self, case: Case) -> bool:
        """Whether what came back to an agent is theirs first with another team, too (rule L0).

        They are on duty for that, and nobody else is waited for by name.
        """
        assert self.routing is not None
        agent = self.agents.get(case.returned_to or "")
        queue = self.routing.queues[case.queue]
        reserved = queue.open_to is OpenTo.ADDRESSEE and self.addressee(case) != case.returned_to
        return agent is not None and queue.team in agent.duty.teams and not reserved

    def elsewhere(self, case: Case, at: int) -> int | None:
        """The queue into which a ticket belongs at an instant, if it is another than its own."""
        if self.routing is None:
            return None
        known = self.routed.get(case)
        queue, until = known[1:] if known is not None and known[0] == at else self.route(case, at)
        if queue == case.queue:
            return None
        self.routed[case] = at, queue, until
        return queue

    def stands(self, case: Case, at: int) -> int:
        """Until when a ticket stays in its queue; `at` itself where it belongs into another, which is then due at once."""
        if self.routing is None:
            return FOREVER
        known = self.routed.pop(case, None)
        if known is not None and known[:2] == (at, case.queue):
            return known[2]
        queue, until = self.route(case, at)
        if queue == case.queue:
            return until
        self.routed[case] = at, queue, until
        return at

    def joins(self, case: Case) -> None:
        """A ticket stands in its queue, if only in another place, or for another agent by name than before."""
        if self.routing is not None:
            open_to = self.routing.queues[case.queue].open_to
            alone = open_to is OpenTo.ADDRESSEE
            if alone and (agent := self.addressee(case)) is not None:
                self.addressed.put(case, agent, case.queue)
            elif case.id in self.addressed.places:
                self.addressed.discard(case.id)
            if self._frees:
                self._free_from(case, None if alone else self._deprived(case))
            if open_to is OpenTo.ANYONE:
                self._opened.add(case.queue)

    def quits(self, case: Case) -> None:
        """A ticket no longer stands in its queue."""
        if case.id in self.addressed.places:
            self.addressed.discard(case.id)
        self._free_from(case, None)

    def _deprived(self, case: Case) -> str | None:
        """The agent for whom a ticket that is open to others would wait, did neither grounds nor silence open it."""
        addressee = self.addressee(case)
        return None if addressee == case.left or case.returned_to not in (None, addressee) else addressee

    def _free_from(self, case: Case, agent: str | None) -> None:
        if case.freed_from != agent:
            if case.freed_from is not None:
                self.freed_from.discard(case.freed_from, case.id)
            if agent is not None:
                self.freed_from.add(agent, case.id)
            case.freed_from = agent

    def addressee(self, case: Case) -> str | None:
        """To whom a ticket is addressed in its team; at a desk without teams, whom the request names."""
        return case.addressed_to if self.routing is None else self.routing.addressee(case, self.team_of[case.queue])

    def queues_of(self, agent: Agent | None) -> tuple[int, ...]:
        """The queues that an agent may work now: those of their teams, and those that have opened to anyone."""
        if self.routing is None or agent is None:
            return _ALL[0]
        opened = sorted(self._opened.difference(agent.queues)) if self._opened else ()
        return (*agent.queues, *(queue for queue in opened if self.routing.suffices(queue, agent.duty.skills, agent.duty.role)))

    def may_take(self, agent: Agent | None, case: Case) -> bool:
        """Whether an agent may take a ticket that waits: in a queue of theirs, or for them by name; without teams, anybody."""
        if self.routing is None or agent is None:
            return True
        queue = case.queue
        if queue in agent.queues:
            return True
        if self.addressed.agent_of(case.id) == agent.id:
            return self.lets(agent, queue)
        opened = self.routing.queues[queue].open_to is OpenTo.ANYONE
        return opened and self.routing.suffices(queue, agent.duty.skills, agent.duty.role)

    def lets(self, agent: Agent | None, queue: int) -> bool:
        """Whether the role of an agent lets them work the tickets of a queue (rule H3)."""
        return self.routing is None or agent is None or self.routing.lets(agent.duty.role, queue)

    def by_team(self, agent: Agent | None) -> dict[int, list[int]]:
        """The same by team."""
        found: dict[int, list[int]] = {}
        for queue in self.queues_of(agent):
            found.setdefault(self.team_of[queue], []).append(queue)
        return found

    def handed_over(self, case: Case) -> Transfer | None:
        """The hand-over by people that put a ticket with its team."""
        return None if self.routing is None else self.routing.handed_over(case, self.team_of[case.queue])

    def has_left(self, case: Case) -> bool:
        """Whether the agent whom a ticket is addressed to has been on duty and is not now."""
        agent = self.agents.get(self.addressee(case) or "")
        return agent is not None and not agent.duty.on_duty

    def left_by(self, agent: Agent, to_do: Iterable[Case], gone: Collection[Agent] = ()) -> tuple[str, ...]:
        """What an agent leaves unanswered who goes off duty as the last of a team, after those who are `gone`; O(to do).

        `to_do` are the tickets that nobody is at work on once they have gone.
        """
        if not self.lists_left:
            return ()
        away = {agent, *gone}
        others = [other for other in self.agents.values() if other.duty.on_duty and other not in away]
        if self.routing is None:
            return () if others else tuple(sorted(case.id for case in to_do if case.unanswered))
        teams = set(agent.duty.teams).difference(*(other.duty.teams for other in others))
        if not teams:
            return ()
        free, queues = set(self.queues_of(agent)), self.routing.queues
        theirs = (case for case in to_do if case.unanswered and queues[case.queue].team in teams)
        return tuple(sorted(case.id for case in theirs if case.queue in free or self._is_for(case, agent)))

    def _is_for(self, case: Case, agent: Agent) -> bool:
        """Whether a ticket waits for an agent by name, or would if it waited."""
        assert self.routing is not None
        return self.routing.queues[case.queue].open_to is OpenTo.ADDRESSEE and self.addressee(case) == agent.id

    def empties(self, queue: int) -> None:
        """Nobody stands in a queue any more."""
        self._opened.discard(queue)


def check_transfer(roster: Roster, policy: Policy, case: Case, us: int, asked: Transfer) -> None:
    """Refuse a hand-over to oneself, to a person of other teams, or one that a gate of the team does not let through now.

    Somebody who is on duty for other teams only would have it past the gates of theirs.
    """
    addressee = asked.addressee
    if policy.agents.own_transfer is Picking.REFUSED and (agent := _hands_to_oneself(roster, policy, case, asked)) is not None:
        raise OwnTransfer(case.id, agent)
    known = None if addressee is None else roster.on_duty(addressee)
    if known is not None and asked.team not in known.duty.teams:
        raise NotTheirs(case.id, known.id, asked.team, None, OpenTo.TEAM)
    for gate in policy.gates:
        if gate.to == asked.team and (
            not fits(gate.needs, case, us)[0] or (gate.grounds and asked.grounds not in gate.grounds)
        ):
            raise GateClosed(case.id, gate.to, str(gate.needs), gate.grounds)


def _hands_to_oneself(roster: Roster, policy: Policy, case: Case, asked: Transfer) -> str | None:
    """The agent whom a hand-over by themselves leaves free to take the ticket again; `None` for nobody.

    They are the addressee; or it waits for nobody by name in another team for which they are on duty, too.
    """
    if asked.addressee is not None and asked.addressee in (asked.agent, case.agent):
        return asked.addressee
    if asked.addressee is not None and policy.takeover is not None:
        return None
    agent, queue = roster.on_duty(asked.agent or case.agent or ""), roster.queue(case)
    if agent is None or queue is None or asked.team == queue.team or asked.team not in agent.duty.teams:
        return None
    return agent.id if agent.id == case.agent or queue.team in agent.duty.teams else None
