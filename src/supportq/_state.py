"""The state of a desk, and the only place where it changes: `DeskState.apply` (rule G1)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from operator import attrgetter
from typing import Any, Final, ParamSpec, TypeVar

from supportq import events as ev
from supportq._adoption import Adoption, adoption, fixed, lapse_under, renumbered
from supportq._backlog import Backlog, ByAgent, Calendar
from supportq._closing import (
    ALONE,
    FiledRequest,
    FiledRequests,
    Statement,
    broken_by,
    check_closable,
    check_noted,
    closes,
    confirm,
    confirmed_by,
    filing_of,
    lapse_of,
)
from supportq._index import TicketIndex
from supportq._instants import FOREVER, instant, length, micros, moment
from supportq._lifecycle import LEGAL, Alarm, Case, claimed_bookings, wrong_state
from supportq._normal import PhoneNormaliser, normal_phone
from supportq._roster import OnDuty, Roster, check_transfer
from supportq._truth import CLIENT_FACTS, NOTHING, SILENCE, Known, Said, Scope, Told, corrected, latest, scope_of, told
from supportq.clocks import Clocks, RunningClock, earliest
from supportq.duplicates import Matters
from supportq.errors import CommandRefused, InvalidValue, LogError
from supportq.estimates import SAMPLED, Calibration, Measures
from supportq.events import Event
from supportq.fairness import Charge, Charges
from supportq.identity import Clients, Plan, Sender, SenderState
from supportq.policy import Policy
from supportq.procedures import Filing
from supportq.ranking import Placement, Ranking, Shares
from supportq.staffing import Staffing
from supportq.tickets import Basis, Note, Origin, Queue, Request, State, Ticket, Transfer

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

CROWD: Final = 20
"""From so many tickets on it is cheaper to move them at once than one by one."""

_WAITING, _TAKEN, _ANSWERED, _PARKED, _CLOSED = State
"""Names of their own: asking the enumeration for a member takes ten times as long, and every command asks several times."""

ORIGINS: Final = tuple(origin.value for origin in Origin)
"""Who writes requests; what each wrote is counted apart."""
COUNTED: Final = (
    "received",
    *ORIGINS,
    "tickets",
    "repeats",
    "replays",
    "answered",
    "resolved",
    "withdrawn",
    "lapsed",
    "breached",
)


class Unfit(Exception):  # caught in one place, which makes a `LogError` of it
    """An event that does not fit the state."""


def _fit(holds: object, problem: str) -> None:
    if not holds:
        raise Unfit(problem)


def _allowed(decide: Callable[_Given, _Found], *given: _Given.args, **named: _Given.kwargs) -> _Found:
    """What a decision comes to; an event that it would have refused cannot have happened."""
    try:
        return decide(*given, **named)
    except CommandRefused as refusal:
        raise Unfit(str(refusal)) from None


@dataclass(frozen=True, slots=True)
class CrewState:
    """What is known of those who answer, as a value: of everybody, or of one team."""

    measures: Mapping[str, object]
    staffing: Staffing | None
    counted: ev.AgentsCounted | None


class Crew:
    """What estimates know of those who answer: the plan, how many were counted, and what was measured."""

    __slots__ = ("counted", "measures", "staffing")

    def __init__(self, lanes: int) -> None:
        self.measures: Final = Measures(lanes)
        self.staffing: Staffing | None = None
        self.counted: ev.AgentsCounted | None = None
        """How many agents were at work when they were counted last."""

    def count(self, event: ev.AgentsCounted, at: int) -> None:
        """So many are at work."""
        self.counted = event
        if self.staffing is not None and (planned := self.staffing.agents_at(at)):
            self.measures.counted(event.agents, planned)

    def state(self) -> CrewState:
        """The same as a value; `restore` is the inverse."""
        return CrewState(self.measures.state(), self.staffing, self.counted)

    def restore(self, state: CrewState) -> None:
        """Become what a value says."""
        self.measures.restore(state.measures)
        self.staffing, self.counted = state.staffing, state.counted


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a desk knows, as values (rule G6): `Desk.from_snapshot` goes on from it as from the whole log.

    `adopted_at` is since when the policy is in force, `None` if the desk began with it. `tickets` stand in the order in which
    they came; waiting ones name their lane. `credits` are what lanes with a share have earned, by team. `agents` are those who
    ever signed in, by name. `crew` and `team_crews` are what estimates know of those who answer, at the whole desk and in each
    team. `senders` are who wrote, by number, and `marked_shared` the identifiers that operators said belong to many. `pending`
    are those whose lane or queue changes at `at` itself and has not done so yet: there are some only where a log was cut
    between events of one instant. `archived` are ids of requests whose tickets are no longer kept, so that a reference to one
    can be told from nonsense. `filed` are messages that were filed and are known again, `filed_by` how many there ever were, by
    rule. `charges` are how late each key of a fair share counts, in the order in which they were charged last.
    """

    policy: Policy
    adopted_at: datetime | None
    sequence: int
    at: datetime | None
    tickets: tuple[Ticket, ...]
    senders: tuple[SenderState, ...]
    marked_shared: tuple[str, ...]
    said: tuple[tuple[Scope, Said], ...]
    known: tuple[tuple[str, Told], ...]
    corrections: tuple[tuple[str, Told], ...]
    credits: tuple[Mapping[int, int], ...]
    agents: tuple[OnDuty, ...]
    counts: Mapping[str, int]
    crew: CrewState
    team_crews: tuple[CrewState, ...]
    calibration: Mapping[str, object]
    archived: tuple[str, ...]
    pending: tuple[str, ...]
    filed: tuple[FiledRequest, ...]
    filed_by: Mapping[str, int]
    charges: tuple[Charge, ...]


class DeskState:
    """What a desk knows, with the indexes and timers over it. Everybody may read it; only `apply` changes it.

    The first group of attributes is the state proper, which a snapshot holds. The second can be made anew from it.
    """

    def __init__(self, policy: Policy, phones: PhoneNormaliser = normal_phone) -> None:  # noqa: PLR0915  # all that a desk knows
        self._govern(policy)
        self.roster = Roster(policy)
        self.charges = Charges(policy.fair_share, self._keep)
        self.sequence = 0
        self.at: datetime | None = None
        self.adopted_at: datetime | None = None
        """Since when the policy is in force, if the desk did not begin with it."""
        self.cases: dict[str, Case] = {}
        self.archived: set[str] = set()
        self.clients = Clients(policy.identity, policy.default_region, phones)
        self.said: dict[Scope, Said] = {}
        self.known = Known()
        self.corrections: dict[str, Told] = {}
        """What was corrected in tickets: the kind as `kind`, attributes as `attributes.NAME`."""
        self.credits = [self.shares.start for _ in self.roster.of_team]
        """What lanes with a share have earned, by team."""
        self.counts = dict.fromkeys(COUNTED, 0)
        self.filed: Final = FiledRequests(policy.filings)
        self.crew: Final = Crew(len(policy.lanes))
        """All who answer."""
        self.measures = self.crew.measures
        self.team_crews = [Crew(len(policy.lanes)) for _ in policy.teams]
        """Those of each team."""
        self.calibration = Calibration()

        self.request_of: dict[str, str] = {}
        """The tickets of requests that joined one; the first request of a ticket has its id."""
        self.backlog = Backlog(len(policy.lanes), len(self.roster.team_of))
        self.timers: Calendar[Case] = Calendar()
        """When each ticket changes by itself: its lane or queue, or by the end of a park, silence, take, or keeping time."""
        self.alarms: Calendar[Alarm] = Calendar()
        """When a clock of each ticket is missed or warned of next."""
        self.due = FOREVER
        """Nothing is due before this instant; `next_due` says exactly when something is."""
        self.matters = Matters()
        self.by_service: TicketIndex[str] = TicketIndex()
        self.returned: Final = ByAgent()
        """Waiting tickets that came back, by the agent who had them before."""
        self.loosened: dict[str, None] = {}
        """Tickets some of whose requests may turn out to be from another client than they were taken for."""
        self.unsure: dict[str, None] = {}
        """Tickets of whose clients the host may know something else, since it turned out who is whose client."""
        self.taken = self.parked = self.unanswered = 0
        """How many tickets are taken, are parked, and have an unanswered request: the backlog in the word's strict sense."""
        self.aside: dict[str, None] = {}  # tickets that are taken or parked
        self.taken_by: TicketIndex[str] = TicketIndex()
        """Taken tickets by their agent, where the policy has long work; nothing else asks for them."""
        self._at = -FOREVER
        """The instant of the event that is being applied, in microseconds."""
        self._numbered = 0
        """How many tickets there have been."""
        self._moving: dict[Case, tuple[int, Placement]] = {}
        """Tickets that time is about to move: when and whereto. Asked to decide and to apply, so the answers are kept."""
        self._planned: tuple[Request, int, int, Plan] | None = None
        self._opened: tuple[Plan, int, Case, Placement] | None = None
        self._joined: tuple[Plan, Case, str, Case] | None = None
        self._adoption: Adoption | None = None

    def _govern(self, policy: Policy) -> None:
        """These are the rules from now on."""
        self.policy = policy
        self.ranking = Ranking(policy)
        self.shares = Shares(policy)
        self.clocks = Clocks(policy)
        self.lane_names = tuple(lane.name for lane in policy.lanes)
        self.lane_index = {name: index for index, name in enumerate(self.lane_names)}
        self.has_teams = bool(policy.teams)
        returns = policy.agents.returns_after
        self._returns = None if returns is None else length(returns, "agents.returns_after")
        self._has_long_work = policy.agents.long_work is not None
        self._keep = length(policy.keep_closed, "policy.keep_closed")

    def apply(self, event: Event, at: int) -> None:
        """The event happened; `at` is its instant in microseconds.

        Raises `Unfit`, or `LookupError`, if it cannot have happened after what came before.
        """
        if self.clocks.given:
            _fit(self.alarms.next() >= at, "a target was missed before it, and nothing says so")
        self.at, self._at = event.at, at
        if at >= self.calibration.due:
            self.calibration.settle(at)
        _APPLY[type(event)](self, event)
        self.sequence += 1

    def follow(self, event: object, position: int) -> None:
        """The event happened, as a log says in this position. Raises `LogError` if it cannot have, after what came before."""
        if not isinstance(event, Event):
            raise LogError(position, f"{type(event).__name__} is no event of supportq.events")
        try:
            at, us = moment(event.at, "at")
            if self.at is not None and at < self.at:
                raise LogError(position, f"{at} is before {self.at}; put the log in order")
            self.apply(event, us)
        except Unfit as error:
            raise LogError(position, str(error)) from None
        except (InvalidValue, LookupError, AssertionError, TypeError) as error:
            name = type(event).__name__
            raise LogError(position, f"{name} does not fit what came before ({error}); is an event missing?") from None

    def next_due(self) -> int:
        """The next instant at which anything changes by itself (rule T3); O(1) amortised."""
        self.due = self.timers.next()
        if self.roster.agents:
            self.due = min(self.due, self.roster.shifts.next())
        if self.clocks.given:
            self.due = min(self.due, self.alarms.next())
        return self.due

    def late(self, case: Case, at: int) -> list[tuple[RunningClock, bool]]:
        """The clocks of a ticket that are missed by an instant (True) or to be warned of (False), and not yet said to be."""
        clocks = [clock for clock in self.clocks.of(case) if clock.kind not in case.breached]
        missed = [(clock, True) for clock in clocks if clock.due_at <= at]
        return [
            (clock, False) for clock in clocks if clock.warn_at <= at < clock.due_at and clock.kind not in case.warned
        ] + missed

    def wind(self, case: Case) -> None:
        """Set when the next clock of a ticket is missed or warned of; what is past by now is due at once (rule T3)."""
        if case.alarm is None:
            case.alarm = Alarm(case)
        due = max(earliest(self.clocks.of(case), case.warned, case.breached), self._at)
        self.alarms.set(case.alarm, due)
        self.due = min(self.due, due)

    def moves_into(self, case: Case, due: int) -> int | None:
        """The lane into which a waiting ticket moves when its timer goes off at `due`, be it to another place in its own.

        `None` if it stays where it is, which is no event: then its timer is set anew.
        """
        lane = self.backlog.lane_of(case)
        target, order, until = place = self.ranking.place(case, due)
        if target != lane or order != self.backlog.order_of(case):
            self._moving[case] = due, place
            return target
        if self.has_teams:
            until = min(until, self.roster.stands(case, due))
        self.timers.set(case, until)
        return None

    def renew(self) -> None:
        """After a replay: set anew the timers that went off by the last event and moved nothing.

        What is still to move at that instant stays due: there is some only where a log was cut inside an instant.
        """
        still: list[tuple[Case, int]] = []
        while (due := self.timers.next()) <= self._at:
            ringing = self.timers.pop(due)
            still += [(case, due) for case in ringing if case.key is None or self._is_moved(case, due)]
        for case, due in still:
            self.timers.set(case, due)
        self.next_due()

    def _is_moved(self, case: Case, due: int) -> bool:
        """Whether a waiting ticket goes to another place or queue when its timer goes off at `due`."""
        if self.moves_into(case, due) is not None:
            return True
        moved = case.due <= due
        if moved:
            self.timers.clear(case)
        return moved

    def planned(self, request: Request, received: int) -> Plan:
        """What a request will do to the clients. Asked to decide and to apply, so the last answer is kept."""
        last = self._planned
        if last is not None and last[0] is request and last[1] == received and last[2] == self.sequence:
            return last[3]
        plan = self.clients.plan(request, received)
        self._planned = request, received, self.sequence, plan
        return plan

    def joined(self, case: Case, request: Request, received: int, onto: str, basis: Basis) -> Case:
        """A ticket's record as it will be when the request has joined it.

        Asked to decide and to apply, so the last answer is kept.
        """
        plan = self.planned(request, received)
        last = self._joined
        if last is not None and last[0] is plan and last[1] is case and last[2] == onto:
            return last[3]
        sender = plan.sender
        assert sender is not None
        position = next((index for index, known in enumerate(case.requests) if known.id == onto), None)
        if position is None:
            raise Unfit(f"request {onto!r} is not in ticket {case.id!r}")
        quiet = request.kind in self.policy.duplicates.acknowledgements
        joined = case.joined(request, received, sender, position, basis, quiet=quiet)
        if request.bookings:
            joined.bookings = corrected(claimed_bookings(joined.claims), joined.ids, self.said)
        if joined.first != case.first:
            # What came before all others is from this client.
            self.learn(joined, self.known.after(plan) if self.known.filed else SILENCE)
        self._joined = plan, case, onto, joined
        return joined

    def merged(self, case: Case, other: Case) -> Case:
        """A ticket's record as it will be when another has been merged into it."""
        merged = case.absorbing(other)
        merged.bookings = corrected(claimed_bookings(merged.claims), merged.ids, self.said)
        self.put_right(merged, self.corrections)
        return merged

    def split(self, case: Case, request_ids: Collection[str], at: int) -> tuple[Case, Case]:
        """What a ticket will be when some of its requests have left it at an instant: the new ticket, and the rest."""
        positions = [position for position, request in enumerate(case.requests) if request.id in request_ids]
        if not positions or positions[0] == 0:
            raise Unfit("the request that a ticket is named after stays in it")
        if case.joints[positions[0]][1] is Basis.FILED:
            raise Unfit("a message that needs no answer opens no ticket")
        halves = case.part(positions, at), case.rest(positions, at)
        for half in halves:
            self.learn(half, self.known_of(half))
            half.bookings = corrected(half.bookings, half.ids, self.said)
            self.put_right(half, self.corrections)
        return halves

    def lane_of(self, case: Case, at: int) -> str | None:
        """The lane in which a record of a ticket waits; `None` if it does not."""
        return self.lane_names[self.ranking.place(case, at)[0]] if case.state is _WAITING else None

    def case_of(self, request_id: str) -> Case | None:
        """The ticket that a request is in, found by its own id, too; `None` if the desk does not know it."""
        case = self.cases.get(request_id)
        if case is None and (ticket_id := self.request_of.get(request_id)) is not None:
            case = self.cases[ticket_id]
        return case

    def opened(self, request: Request, received: int, plan: Plan, at: int) -> tuple[Case, Placement]:
        """The record of the ticket that a request opens at an instant, and its place in line.

        Asked twice for each ticket, to decide its event and to apply it, so the last answer is kept.
        """
        last = self._opened
        if last is not None and last[0] is plan and last[1] == at:
            return last[2], last[3]
        case = self.alone(request, received, plan)
        if self.charges.rule is not None:
            case.delay = self.charges.late(request, plan.client_id, received, at)
        place = self.ranking.place(case, at)
        if self.has_teams:
            case.queue = self.roster.elsewhere(case, at) or 0
        self._opened = plan, at, case, place
        return case, place

    def alone(self, request: Request, received: int, plan: Plan) -> Case:
        """The record of a ticket of this request and no other."""
        zone = self.policy.zone if request.zone is None else self.zone(request.zone)
        assert plan.sender is not None
        case = Case.opened(request, received, plan.sender, zone)
        if self.known.filed:
            self.learn(case, self.known.after(plan))
        if self.said:
            case.bookings = corrected(case.bookings, case.ids, self.said)
        return case

    def with_bookings(self, case: Case, said: Mapping[Scope, Said]) -> Case:
        """A copy of a ticket's record with its bookings as the host would know them."""
        changed = copy(case)
        changed.bookings = corrected(claimed_bookings(case.claims), case.ids, said)
        return changed

    def said_after(self, update: ev.Updated) -> Mapping[Scope, Said]:
        """What the host has said, with this update."""
        scope = scope_of(update.ticket, update.booking, update.service)
        said = self.said.get(scope, NOTHING).then(
            departs_at=update.departs_at, cancelled=update.cancelled, number=self.sequence + 1
        )
        return ChainMap({scope: said}, self.said)

    def known_of(self, case: Case) -> Told:
        """What the host knows of the client whose request came first in a ticket."""
        client = case.senders[case.first].client
        assert client is not None
        return self.known.of(client)

    def learn(self, case: Case, known: Told) -> None:
        """Set the facts of a ticket's client in its record: what the host knows, else what the request says that came first."""
        request = case.requests[case.first]
        facts: dict[str, Any] = {name: word[0] for name, word in known.items()}
        case.stage = facts.get("stage", request.client.stage)
        case.manager = facts.get("manager", request.client.manager)
        case.curator = facts.get("curator", request.client.curator)
        case.zone = self.zone(facts.get("zone", request.zone))

    def with_facts(self, case: Case, known: Told) -> Case:
        """A copy of a ticket's record with the facts of its client as the host would know them."""
        changed = copy(case)
        self.learn(changed, known)
        return changed

    def relearnt(self, case: Case) -> Case | None:
        """The same as the host knows them now; `None` if that is what the ticket goes by."""
        changed = self.with_facts(case, self.known_of(case))
        return None if changed.facts_of_client == case.facts_of_client else changed

    def of_client(self, key: str) -> dict[str, Told]:
        """The tickets whose client has an identifier, each with what is known of that client."""
        found = {}
        for client in self.clients.proven_for(key):
            for ticket_id in self.matters.of(client):
                case = self.cases[ticket_id]
                if case.senders[case.first].client is client:
                    found[ticket_id] = self.known.of(client)
        return found

    def put_right(self, case: Case, corrections: Mapping[str, Told]) -> None:
        """Set in a ticket's record what was corrected of its first request: merging takes no other word over (rule D4)."""
        said = corrections.get(case.came_with, SILENCE)
        if not (said or case.corrected_kind or case.corrected_attributes):
            return
        found = {name: word[0] for name, word in said.items()}
        kind = found.pop("kind", None)
        assert kind is None or isinstance(kind, str)
        case.correct(kind, {name.removeprefix("attributes."): value for name, value in found.items()})

    def corrections_after(self, case: Case, event: ev.Corrected) -> Mapping[str, Told]:
        """What was corrected in tickets, with this correction."""
        attributes = {f"attributes.{name}": (value, self.sequence + 1) for name, value in (event.attributes or {}).items()}
        word = {**told({"kind": event.kind}, self.sequence + 1), **attributes}
        return ChainMap({case.came_with: latest(self.corrections.get(case.came_with, SILENCE), word)}, self.corrections)

    def touched(self, scope: Scope) -> Iterable[str]:
        """The tickets that an update of this scope is about."""
        kind, name = scope
        if kind == "ticket":
            return (name,)
        return (self.matters.by_booking if kind == "booking" else self.by_service).get(name)

    def waiting_of(self, queues: Sequence[int]) -> int:
        """How many wait in some queues; O(lanes x queues)."""
        return sum(self.backlog.size(lane, queues) for lane in range(len(self.lane_names)))

    def zone(self, name: str | None) -> tzinfo:
        """The zone of this name, if the policy knows it, otherwise the desk's (rule T5)."""
        return self.policy.zone_or_own(name)

    def zone_said(self, case: Case) -> str | None:
        """The name of the zone of a ticket's client: as the host knows it, else as the request says that came first."""
        known = self.known_of(case).get("zone")
        return case.requests[case.first].zone if known is None else str(known[0])

    def public(self, case: Case) -> Ticket:
        """A ticket as a value."""
        lane = None if case.key is None else self.lane_names[self.backlog.lane_of(case)]
        return case.ticket(lane, self.roster.queue(case))

    def snapshot(self) -> Snapshot:
        """The state as values; O(n)."""
        return Snapshot(
            policy=self.policy,
            adopted_at=self.adopted_at,
            sequence=self.sequence,
            at=self.at,
            tickets=tuple(map(self.public, sorted(self.cases.values(), key=attrgetter("number")))),
            senders=self.clients.state(),
            marked_shared=tuple(sorted(self.clients.marked)),
            said=tuple(sorted(self.said.items(), key=lambda item: item[0])),
            known=tuple(sorted(self.known.filed.items(), key=lambda item: item[0])),
            corrections=tuple(sorted(self.corrections.items(), key=lambda item: item[0])),
            credits=tuple(dict(earned) for earned in self.credits),
            agents=self.roster.state(),
            counts=dict(self.counts),
            crew=self.crew.state(),
            team_crews=tuple(crew.state() for crew in self.team_crews),
            calibration=self.calibration.state(),
            archived=tuple(sorted(self.archived)),
            pending=tuple(sorted(case.id for case in self.cases.values() if case.key is not None and case.due <= self._at)),
            filed=self.filed.state(),
            filed_by=dict(self.filed.counts),
            charges=self.charges.state(),
        )

    @classmethod
    def restored(cls, snapshot: Snapshot, phones: PhoneNormaliser = normal_phone) -> DeskState:
        """The state of which a snapshot was taken."""
        state = cls(snapshot.policy, phones)
        state.sequence, state.at, state.adopted_at = snapshot.sequence, snapshot.at, snapshot.adopted_at
        state.archived, pending = set(snapshot.archived), set(snapshot.pending)
        state.clients.restore(snapshot.senders, snapshot.marked_shared)
        state.said = dict(snapshot.said)
        state.known.restore(dict(snapshot.known), state.clients)
        state.corrections = dict(snapshot.corrections)
        state.credits = [dict(earned) for earned in snapshot.credits]
        for agent in snapshot.agents:
            state.roster.sign(agent)
        state.counts = dict(snapshot.counts)
        state.filed.restore(snapshot.filed, snapshot.filed_by)
        for crew, known in zip((state.crew, *state.team_crews), (snapshot.crew, *snapshot.team_crews), strict=True):
            crew.restore(known)
        state.calibration.restore(snapshot.calibration)
        state.charges.restore(snapshot.charges)
        state._at = -FOREVER if snapshot.at is None else micros(snapshot.at)
        placed = []
        for ticket in snapshot.tickets:
            senders = tuple(map(state.clients.sender_of, ticket.requests))
            case = Case.restored(ticket, senders, state.zone(ticket.zone))
            if ticket.queue is not None:
                case.queue = state._queue(ticket.queue)
            state._hold(case)
            if snapshot.known and state.relearnt(case) is not None:
                # The log was cut before the event that gives it the facts of its client.
                state.unsure[case.id] = None
            if ticket.lane is not None:
                # What is still to move stands where it stood just before, unless only its queue is to change.
                moves = case.id in pending and state.lane_of(case, state._at) != ticket.lane
                placed.append((case, state._until_routed(case, state._place(case, ticket.lane, state._at - moves))))
        state._stand_all(placed)
        return state

    def adoption(self, policy: Policy, at: int) -> Adoption:
        """What adopting a policy at an instant will do. Asked to decide and to apply, so the last answer is kept."""
        last = self._adoption
        if last is None or last.policy is not policy or (last.at, last.sequence) != (at, self.sequence):
            last = self._adoption = adoption(self, policy, at)
        return last

    def _apply_policy_adopted(self, event: ev.PolicyAdopted) -> None:
        """Other rules hold from now on. Here every part says what becomes of what it holds; all else stays as it is."""
        before, policy = self.policy, event.policy
        _fit(policy != before and fixed(before, policy) is None, "that policy cannot follow the one in force")
        adopted = self.adoption(policy, self._at)
        _fit(adopted.event(event.at) == event, "the policy gives tickets or agents other places")
        # Answers that were kept are of the rules before.
        self._adoption = self._opened = self._joined = None
        self._moving.clear()
        self._govern(policy)
        self.adopted_at = event.at
        self._list_taken()
        crews = [self.crew_of(case) if before.teams else None for case, _ in adopted.placed]
        # Agents stay at work.
        self.roster = self.roster.under(policy, self.cases.values())
        # What lanes with a share have earned is forgotten.
        self.credits = [self.shares.start for _ in self.roster.of_team]
        # Whoever wrote very often counts as later still, by the same key; what is filed is counted by the names of rules.
        self.charges = self.charges.under(policy.fair_share, self._keep)
        self.filed.adopt(policy.filings)
        if before.silences:
            for case in self.cases.values():
                case.change_lapses(lambda lapse: lapse_under(before, policy, lapse))
        # What was measured, planned and learnt goes with the names of lanes and teams.
        self._adopt_crews(before)
        self.calibration.adopt(renumbered(before, policy))
        # Tickets are ranked and routed anew, and their timers and clocks set.
        self.alarms = Calendar()
        for case, zone in adopted.zones:
            case.zone = zone
        for case, queue in adopted.queues:
            case.queue, case.key, case.next_lane, case.alarm = queue, None, None, None
            case.freed_from = None
            self.timers.set(case, max(self.ends(case), self._at))
            if self.clocks.given:
                self.wind(case)
        self.backlog = Backlog(len(policy.lanes), len(self.roster.team_of))
        self._stand_all(adopted.placed)
        for (case, _), crew in zip(adopted.placed, crews, strict=True):
            self._change_crews(case, crew)

    def _list_taken(self) -> None:
        """Know anew who has taken what."""
        self.taken_by = TicketIndex()
        for ticket_id in self.aside if self._has_long_work else ():
            case = self.cases[ticket_id]
            if case.state is _TAKEN and case.agent is not None:
                self.taken_by.add(case.agent, ticket_id)

    def _adopt_crews(self, before: Policy) -> None:
        """Teams that the policy has again keep what is known of those who answer, lane by lane."""
        lanes = [lane.name for lane in before.lanes]
        same = [lanes.index(name) if name in lanes else None for name in self.lane_names]
        known = {team.name: crew for team, crew in zip(before.teams, self.team_crews, strict=True)}
        for crew in (self.crew, *self.team_crews):
            crew.measures.adopt(same, self._at)
        self.team_crews = [known.get(team.name) or Crew(len(same)) for team in self.policy.teams]

    def _change_crews(self, case: Case, before: Crew | None) -> None:
        """A waiting ticket stands in line with its team by now, no longer with the one before."""
        after = self.crew_of(case) if self.has_teams else None
        if after is not before:
            if before is not None:
                before.measures.standing += self._at
            if after is not None:
                after.measures.standing -= self._at

    def _apply_staffing_planned(self, event: ev.StaffingPlanned) -> None:
        crew = self.crew_named(event.team)
        crew.staffing, crew.counted = event.staffing, None

    def _apply_agents_counted(self, event: ev.AgentsCounted) -> None:
        self.crew_named(event.team).count(event, self._at)

    def crew_named(self, team: str | None) -> Crew:
        """Those who answer: of a team, or all."""
        if team is None:
            return self.crew
        _fit(team in self.roster.team_index, f"the policy has no team {team!r}")
        return self.team_crews[self.roster.team_index[team]]

    def crew_of(self, case: Case) -> Crew:
        """Those of the team of a ticket."""
        return self.team_crews[self.roster.team_of[case.queue]]

    def _apply_admitted(self, event: ev.Admitted) -> None:
        request, at = event.request, self._at
        if event.ticket_id != request.id or self.case_of(request.id) is not None:
            raise Unfit("the ticket is there already")
        received = at if request.received_at is None else micros(request.received_at)
        if self.policy.filings or self.filed.by_id:
            _fit(self.filing_of(request, received) is None, "the policy files it")
            _fit(self.filed.find(request.id, event.at) is None, "it was filed")
        plan = self.planned(request, received)
        case, place = self.opened(request, received, plan, at)
        if self.lane_names[place[0]] != event.lane:
            raise Unfit(f"the policy puts it into lane {self.lane_names[place[0]]!r}")
        if self.has_teams and self.roster.queue(case) != event.queue:
            raise Unfit(f"the policy puts it into {self.roster.queue(case)}")
        if (case.delay or event.effective_arrival is not None) and case.effective_arrival != event.effective_arrival:
            raise Unfit(f"its fair share is an effective arrival of {case.effective_arrival}, not of {event.effective_arrival}")
        if self.charges.rule is not None:
            self.charges.charge(request, plan.client_id, received, at)
        case.suspects = event.suspects
        self._met(plan, request, received, event.client_id)
        self.archived.discard(request.id)
        self._hold(case)
        self._stand(case, place)
        self.counts["received"] += 1
        self.counts[request.origin] += 1
        self.counts["tickets"] += 1
        jump = None if self.counts["tickets"] % SAMPLED else self._rise(case, place)
        self.measures.admitted(place[0], received, at, jump)
        if self.has_teams:
            self.crew_of(case).measures.admitted(place[0], received, at, jump)

    def _rise(self, case: Case, place: Placement) -> tuple[int, int] | None:
        """The next change of lanes of a ticket in such a place, if it is out of the last lane into one above: when, and which.

        Whoever comes into a lane above is counted there, and goes before the last lane whatever becomes of it.
        """
        lane, _, due = place
        if lane < len(self.lane_names) - 1 or due >= FOREVER:
            return None
        target = self.ranking.place(case, due)[0]
        return (due, target) if target < lane else None

    def filing_of(self, request: Request, received: int) -> Filing | None:
        """The rule by which a request needs no answer; `None` if it does."""
        return filing_of(self.policy, self._said_in(request, received)) if self.policy.filings else None

    def _said_in(self, request: Request, received: int) -> Case:
        """The facts of a message: what it says itself, and what the host knows of its client (rule R7)."""
        facts = Case.opened(request, received, ALONE, self.zone(request.zone))
        if self.known.filed:
            self.learn(facts, self.known.after(self.planned(request, received)))
        return facts

    def confirmed_by(self, filing: Filing, request: Request, now: datetime) -> ev.Confirmed | None:
        """What a filed message confirms of a ticket about its booking; `None` for nothing."""
        return confirmed_by(self.policy, filing, request, self._about(request), now)

    def named_by(self, filing: Filing, request: Request) -> str | None:
        """The ticket that a filed message names; it joins it only if it is from the client (rule D3)."""
        case = self.case_of(request.in_reply_to or "") if filing.joins else None
        return None if case is None else case.id

    def broken_by(self, request: Request, received: int) -> list[Case]:
        """The tickets about a booking of a message whose silence it ends, in the order of their arrival."""
        if all(silence.broken_by is None for silence in self.policy.silences):
            return []
        broken = broken_by(self.policy, self._said_in(request, received))
        found = [
            case
            for case in self._about(request)
            if case.state is _PARKED and case.lapse is not None and case.lapse.silence in broken
        ]
        return sorted(found, key=lambda case: (case.arrival, case.id))

    def _about(self, request: Request) -> list[Case]:
        """All tickets about a booking of a message."""
        about = dict.fromkeys(name for booking in request.bookings for name in self.matters.by_booking.get(booking.key))
        return [self.cases[ticket_id] for ticket_id in about]

    def _apply_filed(self, event: ev.Filed) -> None:
        request = event.request
        filing = self.filing_of(request, self._at if request.received_at is None else micros(request.received_at))
        _fit(filing is not None and filing.name == event.filing, "the policy does not file it so")
        assert filing is not None
        _fit(filing.directs_to == event.directs_to, "the policy directs its author elsewhere")
        _fit(self.case_of(request.id) is None and self.filed.find(request.id, event.at) is None, "the request is known")
        confirmed = self.confirmed_by(filing, request, event.at)
        about = self.named_by(filing, request) if confirmed is None else confirmed.ticket_id
        _fit(event.ticket == about, "it is about another ticket, or none")
        self.filed.add(FiledRequest(request, event.at + self.policy.keep_closed), filing.name, event.at)

    def _apply_joined(self, event: ev.Joined) -> None:
        request, at = event.request, self._at
        received = at if request.received_at is None else micros(request.received_at)
        if event.basis is Basis.FILED:
            filing = self.filing_of(request, received)
            _fit(filing is not None and filing.joins, "the policy asks for an answer to it")
        case = self.cases[event.ticket_id]
        plan = self.planned(request, received)
        if self.known.filed:
            self.known.after(plan)
        self._met(plan, request, received, event.client_id)
        if plan.parted:
            # Some of its requests may have got other senders just now.
            self._joined = None
        joined = self.joined(case, request, received, event.onto, event.basis)
        if case.closed is not None and joined.closed is None:
            self.loosened[case.id] = None
        self._leave(case)
        self.cases[case.id] = joined
        if request.id != case.id:
            self.request_of[request.id] = case.id
        self.archived.discard(request.id)
        self._index(joined, (len(joined.requests) - 1,))
        self._enter(joined)
        if joined.state is _WAITING:
            _fit(event.lane is not None, "it names no lane")
            assert event.lane is not None
            if case.state is _WAITING:
                self._put(joined, event.lane, at)
            else:
                self._put_back(joined, event.lane)
        self.counts["received"] += 1
        self.counts[request.origin] += 1
        self.counts["repeats"] += 1

    def _met(self, plan: Plan, request: Request, received: int, client_id: str) -> None:
        """The message is from that client, and tells what it tells of who is who."""
        if plan.client_id != client_id:
            raise Unfit(f"the identity rules give it to {plan.client_id!r}, not to {client_id!r}")
        self._carry_out(plan, (received, request.id))

    def _carry_out(self, plan: Plan, first: tuple[int, str] | None = None) -> None:
        moved = self.clients.carry_out(plan, first)
        if moved:
            touched = self.matters.move(moved, self.cases)
            if plan.groups:
                # Uniting clients takes nothing apart.
                self.loosened.update(touched)
        if plan.parted:
            self._give(plan.parted)
        if self.known.filed:
            for client in self.known.carried_out(plan, moved):
                self.unsure.update(dict.fromkeys(self.matters.of(client)))

    def _give(self, parted: Iterable[tuple[str, Sender]]) -> None:
        """Requests are from other senders than they were taken for."""
        given: dict[Case, dict[str, Sender]] = {}
        for request_id, sender in parted:
            case = self.case_of(request_id)
            if case is not None:  # else it is no longer kept
                given.setdefault(case, {})[request_id] = sender
        for case, of in given.items():
            self.matters.remove(case)
            # An edit under the same id may show more of its sender than the first did.
            case.senders = tuple(
                theirs if (theirs := of.get(request.id)) is not None and known.shows == theirs.shows else known
                for request, known in zip(case.requests, case.senders, strict=True)
            )
            self.matters.add(case, range(len(case.requests)), self.cases)
            self.loosened[case.id] = None

    def _apply_set_apart(self, event: ev.SetApart) -> None:
        one, other = (self._position(name) for name in (event.request_id, event.other_id))
        case, position = other
        plan = self.clients.plan_apart(
            one[0].senders[one[1]], case.senders[position], case.requests[position], case.received[position]
        )
        self._carry_out(plan)
        assert plan.sender is not None
        if case.senders[position] is not plan.sender:
            self._give([(event.other_id, plan.sender)])

    def _position(self, request_id: str) -> tuple[Case, int]:
        """Where a request is."""
        case = self.case_of(request_id)
        if case is None:
            raise Unfit(f"request {request_id!r} is not at the desk")
        return case, next(index for index, request in enumerate(case.requests) if request.id == request_id)

    def _apply_marked_shared(self, event: ev.MarkedShared) -> None:
        key = self.clients.identifier(event.identifier)
        plan = self.clients.plan_shared(key)
        self.clients.mark_shared(key)
        self._carry_out(plan)

    def _apply_merged(self, event: ev.Merged) -> None:
        case, other = self.cases[event.ticket_id], self.cases[event.absorbed]
        merged = self.merged(case, other)
        for one in (case, other):
            self._leave(one)
            self._unindex(one)
            del self.cases[one.id]
        if case.state is _TAKEN:
            self.calibration.started(other.id, self._at)
        else:
            self.calibration.gone(other.id)
        self._renew(merged, event.lane)
        self.counts["tickets"] -= 1
        self.counts["repeats"] += 1

    def _apply_split(self, event: ev.Split) -> None:
        case = self.cases[event.ticket_id]
        part, rest = self.split(case, event.request_ids, self._at)
        _fit(part.id == event.into, "the new ticket is named after the first of its requests")
        part.restarted = self._at
        self._unsay(rest)
        self._leave(case)
        self._unindex(case)
        del self.cases[case.id]
        self._renew(rest, event.rest_lane)
        if rest.state is _PARKED:
            if case.state is _WAITING:
                self.calibration.put_aside(rest.id, self._at)
        elif rest.state is not _WAITING and rest.state is not _TAKEN:
            self.calibration.gone(rest.id)
        self._renew(part, event.lane)
        # What held others in it may have gone.
        self.loosened.update(dict.fromkeys((rest.id, part.id)))
        self.counts["tickets"] += 1
        self.counts["repeats"] -= 1

    def _unsay(self, case: Case) -> None:
        """What a ticket was late with has left it: a clock that is not due has been neither missed nor warned of."""
        clocks = self.clocks.of(case)
        missed = {clock.kind for clock in clocks if clock.due_at > self._at and not clock.paused}
        warned = {clock.kind for clock in clocks if clock.warn_at > self._at and not clock.paused}
        case.breached = tuple(kind for kind in case.breached if kind not in missed)
        case.warned = tuple(kind for kind in case.warned if kind not in warned)

    def _renew(self, case: Case, lane: str | None) -> None:
        """Hold a record that is made of others, where it belongs."""
        _fit((case.state is _WAITING) == (lane is not None), "a ticket names a lane if it waits, and only then")
        for request in case.requests:
            if request.id == case.id:
                self.request_of.pop(request.id, None)
            else:
                self.request_of[request.id] = case.id
        self._hold(case)
        if lane is not None:
            self._put_back(case, lane)

    def _apply_kept_for_review(self, event: ev.KeptForReview) -> None:
        case = self.cases[event.ticket_id]
        kept = set(event.request_ids)
        case.review = tuple(dict.fromkeys((*case.review, *event.request_ids)))
        case.joints = tuple(
            (onto, Basis.KEPT) if request.id in kept and onto >= 0 and basis is not Basis.FILED else (onto, basis)
            for request, (onto, basis) in zip(case.requests, case.joints, strict=True)
        )

    def _apply_replayed(self, event: ev.Replayed) -> None:
        case = self.case_of(event.request_id)
        _fit(case is not None and case.id == event.ticket_id, "the request is not in that ticket")
        self.counts["replays"] += 1

    def _apply_filed_again(self, event: ev.FiledAgain) -> None:
        _fit(self.filed.find(event.request_id, event.at) is not None, "the request was not filed")
        self.counts["replays"] += 1

    def _apply_lane_changed(self, event: ev.LaneChanged) -> None:
        self._put_all(self._standing_in(event.source, event.ticket_ids, event.target))

    def _standing_in(self, source: str, ticket_ids: Iterable[str], target: str) -> list[tuple[Case, str]]:
        """Tickets that an event moves, each with its new lane; all must stand in the one that the event takes them from."""
        moved = []
        for ticket_id in ticket_ids:
            case = self.cases[ticket_id]
            lane = None if case.key is None else self.lane_names[self.backlog.lane_of(case)]
            if lane != source:
                raise Unfit(f"ticket {ticket_id!r} waits in lane {lane!r}, not {source!r}")
            moved.append((case, target))
        return moved

    def _apply_updated(self, event: ev.Updated) -> None:
        scope = scope_of(event.ticket, event.booking, event.service)
        self.said[scope] = self.said_after(event)[scope]
        cases = [self.cases[ticket_id] for ticket_id in self.touched(scope)]
        for case in cases:
            case.bookings = corrected(claimed_bookings(case.claims), case.ids, self.said)
        self._move(cases, event.moves)

    def _apply_client_updated(self, event: ev.ClientUpdated) -> None:
        word = told({name: getattr(event, name) for name in CLIENT_FACTS}, self.sequence + 1)
        touched = self.of_client(event.client)
        self.known.file(event.client, word, self.clients.proven_for(event.client))
        self._learn_all(touched, event.moves)

    def _apply_facts_changed(self, event: ev.FactsChanged) -> None:
        self._learn_all(event.ticket_ids, event.moves)

    def _learn_all(self, ticket_ids: Iterable[str], moves: Iterable[ev.Move]) -> None:
        cases = [self.cases[ticket_id] for ticket_id in ticket_ids]
        for case in cases:
            self.learn(case, self.known_of(case))
            self.unsure.pop(case.id, None)
            if self.clocks.given:
                self.wind(case)
        self._move(cases, moves)

    def _move(self, cases: Collection[Case], moves: Iterable[ev.Move]) -> None:
        """Facts of these tickets have changed: put those that wait in their places, as the event says."""
        targets = {ticket_id: move.target for move in moves for ticket_id in move.ticket_ids}
        for move in moves:
            self._standing_in(move.source, move.ticket_ids, move.target)
        _fit(targets.keys() <= {case.id for case in cases}, "it moves tickets that it is not about")
        waiting = []
        for case in cases:
            case.next_lane = None
            if case.state is _WAITING:
                waiting.append((case, targets.get(case.id) or self.lane_names[self.backlog.lane_of(case)]))
        self._put_all(waiting)

    def _apply_corrected(self, event: ev.Corrected) -> None:
        case = self._expect(event.ticket_id, "correct")
        _fit((case.state is _WAITING) == (event.lane is not None), "a ticket names a lane if it waits, and only then")
        self.corrections[case.came_with] = self.corrections_after(case, event)[case.came_with]
        self.put_right(case, self.corrections)
        case.next_lane = None
        if self.clocks.given:
            self.wind(case)
        if event.lane is not None:
            self._put(case, event.lane, self._at)

    def _apply_noted(self, event: ev.Noted) -> None:
        case = self._expect(event.ticket_id, "note")
        case.note = Note(at=event.at, status=event.status, done=event.done, next=event.next, agent=event.agent)
        if case.agent is None or event.agent in (None, case.agent):
            case.noted = True

    def _apply_confirmed(self, event: ev.Confirmed) -> None:
        case = self._expect(event.ticket_id, "confirm")
        said = Statement(event.step, event.by, event.agent, event.back_to is None)
        expected, confirmed = _allowed(confirm, self.policy, case, event.at, said)
        _fit(event == expected, "the policy goes on with the ticket otherwise")
        case.confirmed = confirmed
        if event.until is not None:
            self._park(case, micros(event.until))

    def _apply_taken(self, event: ev.Taken) -> None:
        case = self.cases[event.ticket_id]
        lane = self.backlog.lane_of(case)
        if self.lane_names[lane] != event.lane:
            raise Unfit("the ticket waits in another lane")
        if self.has_teams:
            self._check_taker(case, event)
        if self.shares.given and event.service is None:
            # Every team whose tickets the agent might have taken earns by the take.
            for team, queues in self.roster.by_team(self.roster.agents.get(event.agent)).items():
                paid = lane if team == self.roster.team_of[case.queue] else None
                self.credits[team] = self.shares.pay(self.credits[team], self.backlog.busy(queues), paid)
        self._leave(case)
        if self.calibration.given:
            self.calibration.started(case.id, self._at)
        case.state, case.agent, case.taken = _TAKEN, event.agent, self._at
        case.returned_to = None
        case.noted = False
        self._enter(case)

    def _check_taker(self, case: Case, event: ev.Taken) -> None:
        """Whoever took a ticket at a desk with teams may have: which ticket was the best for them is not asked again."""
        agent = self.roster.at_work(event.agent)
        if agent is None:
            raise Unfit(f"agent {event.agent!r} is not on duty")
        if not self.roster.may_take(agent, case):
            raise Unfit(f"agent {agent.id!r} may not take ticket {case.id!r} out of {self.roster.queue(case)}")
        _fit(event.service is not None or not agent.is_full, f"agent {agent.id!r} has as many tickets as they work at once")

    def _apply_replied(self, event: ev.Replied) -> None:
        case = self._expect(event.ticket_id, "reply", event.agent)
        if self.policy.agents.notes and (event.service is None or event.note is None):
            # The note of a reply to all tickets about a service is each one's.
            _allowed(check_noted, self.policy, case, "reply")
        at = self._at
        self._leave(case)
        assert case.taken is not None
        if event.service is None:  # else it tells nothing of how long a ticket takes
            self.measures.handled(case.kind, at - case.taken, at)
            if self.has_teams:
                self.crew_of(case).measures.handled(case.kind, at - case.taken, at)
        case.state, case.taken = _ANSWERED, None
        case.answer()
        case.replies += 1
        case.answered_by = event.agent
        if case.first_replied is None:
            case.first_replied = at
        self._enter(case)
        self.counts["answered"] += 1

    def _apply_promised(self, event: ev.Promised) -> None:
        case = self.cases[event.ticket_id]
        _fit(case.state is _WAITING, "only a ticket that waits is promised anything")
        p10, p50, p90 = (None if wait is None else length(wait, "promise") for wait in (event.p10, event.p50, event.p90))
        # Where the ticket's own lane change decides, how the lane moves has not been put to the test.
        teaches = all(reason.code != "OWN_JUMP" for reason in event.reasons)
        # Those of the whole desk's plan stand behind those of the teams.
        by_team = not self.has_teams or self.crew_of(case).staffing is not None
        team = self.roster.team_of[case.queue] if by_team else len(self.team_crews)
        lane = team * len(self.lane_names) + self.backlog.lane_of(case)
        self.calibration.promised(case.id, lane, self._at, (p10, p50, p90), teaches=teaches)

    def _apply_client_asked(self, event: ev.ClientAsked) -> None:
        case = self._expect(event.ticket_id, "ask_client", event.agent)
        if self.policy.agents.notes:
            _allowed(check_noted, self.policy, case, "ask_client")
        _fit(event.lapse == lapse_of(self.policy, case, self._at), "the policy gives silence another outcome")
        self._leave(case)
        case.state, case.taken, case.asked, case.lapse = _PARKED, None, True, event.lapse
        case.pause(self._at)
        self._enter(case)

    def _apply_parked(self, event: ev.Parked) -> None:
        case = self._expect(event.ticket_id, "park")
        if self.policy.agents.notes:
            _allowed(check_noted, self.policy, case, "park")
        until = micros(event.until)
        _fit(until > self._at, "it parks until an instant that has passed")
        self._park(case, until)

    def _park(self, case: Case, until: int) -> None:
        """Put a ticket aside until an instant."""
        if case.state is _WAITING:
            self.calibration.put_aside(case.id, self._at)
        self._leave(case)
        case.agent = case.agent or case.returned_to
        case.state, case.taken, case.returned_to, case.asked = _PARKED, None, None, False
        case.parked, case.lapse = until, None
        self._enter(case)

    def _apply_unparked(self, event: ev.Unparked) -> None:
        parked = self.cases[event.ticket_id].parked
        _fit(parked is not None and parked <= self._at, "no park of the ticket is due")
        self._apply_returned(event)

    def _apply_lapsed(self, event: ev.Lapsed) -> None:
        case = self.cases[event.ticket_id]
        lapse = case.lapse
        _fit(lapse is not None and lapse.outcome == event.outcome and micros(lapse.at) <= self._at, "no such silence is due")
        _fit(closes(case) == (event.lane is None), "a ticket names a lane if it waits, and only then")
        if event.lane is not None:
            self._put_again(event.ticket_id, event.lane)
            return
        self._close(case, self._at, withdrawn=False)
        case.outcome = event.outcome
        self.counts["lapsed"] += 1

    def _apply_returned(self, event: ev.ClientAnswered | ev.Unparked) -> None:
        self._put_again(event.ticket_id, event.lane)

    def _put_again(self, ticket_id: str, lane: str) -> None:
        """A parked ticket waits again, for its agent first."""
        case = self._expect(ticket_id, "client_answered")
        self.calibration.came_back(case.id, self._at)
        self._leave(case)
        case.wait_again()
        self._enter(case)
        self._put_back(case, lane)

    def _apply_warned(self, event: ev.Warned) -> None:
        case = self._late(event, missed=False)
        case.warned = (*case.warned, event.clock)
        self.wind(case)

    def _apply_breached(self, event: ev.Breached) -> None:
        case = self._late(event, missed=True)
        case.breached = (*case.breached, event.clock)
        self.counts["breached"] += 1
        self.wind(case)

    def _late(self, event: ev.Warned | ev.Breached, *, missed: bool) -> Case:
        """The ticket with whose clock it is late, as an event says."""
        case = self.cases[event.ticket_id]
        late = [
            (clock.kind, clock.name, clock.due_at, over, None if over or clock.warn_at >= self._at else instant(clock.warn_at))
            for clock, over in self.late(case, self._at)
        ]
        warn_at = event.warn_at if isinstance(event, ev.Warned) else None
        said = event.clock, event.target, micros(event.due_at), missed, warn_at
        _fit(said in late, f"no {event.clock} target of the ticket is due so")
        return case

    def _apply_handed_back(self, event: ev.HandedBack) -> None:
        case = self._expect(event.ticket_id, "hand_back", event.agent)
        if self.policy.agents.notes and event.reason == "AGENT":
            _allowed(check_noted, self.policy, case, "hand_back")
        due_at = self.overdue(case, self._at) if event.reason == "TIME_LIMIT" else None
        _fit(event.due_at == due_at, f"the time of the agent was over at {due_at}")
        self.calibration.handed_back(case.id)
        self._leave(case)
        case.wait_again()
        case.returned_to = None
        self._enter(case)
        self._put_back(case, event.lane)

    def _apply_transferred(self, event: ev.Transferred) -> None:
        case = self._expect(event.ticket_id, "transfer")
        if self.policy.agents.notes:
            _allowed(check_noted, self.policy, case, "transfer")
        queue = self.roster.queue(case)
        _fit(queue is not None and queue.team == event.source, f"ticket {case.id!r} is not with team {event.source!r}")
        _fit(event.team in self.roster.team_index, f"the policy has no team {event.team!r}")
        above = self.policy.teams[self.roster.team_index[event.source]].escalates_to
        _fit(not event.escalated or above == event.team, f"the team above {event.source!r} is {above!r}")
        _fit(case.taken is None or event.agent == case.agent, f"ticket {case.id!r} is with agent {case.agent!r}")
        transfer = Transfer(
            at=event.at,
            team=event.team,
            grounds=event.grounds,
            agent=event.agent,
            addressee=event.addressee,
            escalated=event.escalated,
        )
        _allowed(check_transfer, self.roster, self.policy, case, self._at, transfer)
        if case.state is _TAKEN:
            self.calibration.handed_back(case.id)
        elif case.state is _PARKED:
            self.calibration.came_back(case.id, self._at)
        self._leave(case)
        case.transferred = transfer
        case.wait_again()
        case.returned_to = case.left = None
        self._enter(case)
        self._put(case, event.lane, self._at)

    def _put_back(self, case: Case, lane: str) -> None:
        """A ticket waits again; whom it is addressed to may have gone off duty meanwhile."""
        if self.has_teams and self.roster.has_left(case):
            case.left = self.roster.addressee(case)
        self._put(case, lane, self._at)

    def _apply_resolved(self, event: ev.Resolved) -> None:
        case = self._expect(event.ticket_id, "resolve")
        if self.policy.agents.notes:
            _allowed(check_noted, self.policy, case, "resolve")
        if self.policy.procedures:
            _allowed(check_closable, self.policy, case)
        self._close(case, self._at, withdrawn=False)
        self.counts["resolved"] += 1

    def _apply_withdrawn(self, event: ev.Withdrawn) -> None:
        case = self._expect(event.ticket_id, "withdraw")
        waited = case.state is _WAITING
        self._close(case, self._at, withdrawn=True)
        self.calibration.gone(case.id)
        if waited:
            self.measures.gave_up(len(self.backlog), self._at)
            if self.has_teams:
                self.crew_of(case).measures.gave_up(self.waiting_of(self.roster.team(case)), self._at)
        self.counts["withdrawn"] += 1

    def _apply_reopened(self, event: ev.Reopened) -> None:
        case = self._expect(event.ticket_id, "reopen")
        at = self._at
        self._leave(case)
        self.cases[case.id] = case = case.reopened(at)
        self.loosened[case.id] = None
        self._enter(case)
        self._put_back(case, event.lane)

    def _apply_archived(self, event: ev.Archived) -> None:
        for ticket_id in event.ticket_ids:
            case = self.cases[ticket_id]
            _fit(case.closed is not None and self.ends(case) <= self._at, "its keeping time is not over")
            _fit(event.due_at == self.overdue(case, self._at), "its keeping time was over at another instant")
            self._leave(case)
            self.calibration.gone(ticket_id)
            del self.cases[ticket_id]
            self._unindex(case)
            for request in case.requests:
                self.request_of.pop(request.id, None)
            for name in case.ids:
                self.said.pop(("ticket", name), None)
                self.corrections.pop(name, None)
            self.archived.update(request.id for request in case.requests)

    def _expect(self, ticket_id: str, command: str, agent: str | None = None) -> Case:
        case = self.cases[ticket_id]
        if case.state not in LEGAL[command]:
            raise Unfit(str(wrong_state(case, command)))
        if agent is not None and agent != case.agent:
            raise Unfit(f"ticket {ticket_id!r} is with agent {case.agent!r}, not with {agent!r}")
        return case

    def _close(self, case: Case, at: int, *, withdrawn: bool) -> None:
        self._leave(case)
        case.state, case.closed, case.withdrawn = _CLOSED, at, withdrawn
        case.agent = case.taken = case.parked = case.returned_to = case.lapse = None
        case.asked = False
        self._enter(case)

    def _hold(self, case: Case) -> None:
        """Put a new ticket into the records and indexes."""
        if not case.number:
            self._numbered += 1
            case.number = self._numbered
        self.cases[case.id] = case
        for request in case.requests[1:]:
            if request.id != case.id:
                self.request_of[request.id] = case.id
        self._index(case, range(len(case.requests)))
        self._enter(case)

    def _index(self, case: Case, positions: Sequence[int]) -> None:
        self.matters.add(case, positions, self.cases)
        for position in positions:
            if case.joints[position][1] is Basis.FILED:
                continue
            for booking in case.requests[position].bookings:
                if booking.service is not None:
                    self.by_service.add(booking.service, case.id)

    def _unindex(self, case: Case) -> None:
        self.matters.remove(case)
        for booking in case.claims:
            if booking.service is not None:
                self.by_service.discard(booking.service, case.id)

    def _apply_routed(self, event: ev.Routed) -> None:
        source, target = self._queue(event.source), self._queue(event.target)
        for ticket_id in event.ticket_ids:
            case = self.cases[ticket_id]
            _fit(case.key is not None and case.queue == source, f"ticket {ticket_id!r} does not wait in {event.source}")
            _fit(self.roster.elsewhere(case, self._at) == target, f"the policy does not put {ticket_id!r} into {event.target}")
            self._quit(case)
            case.queue = target
            self.crew_of(case).measures.standing -= self._at
            self._stand(case, self.ranking.place(case, self._at))
        self._emptied(source)

    def _emptied(self, queue: int) -> None:
        """Forget a queue that is open to anyone once nobody stands in it: every take looks at all of those."""
        if not self.waiting_of((queue,)):
            self.roster.empties(queue)

    def _quit(self, case: Case) -> None:
        """A ticket leaves the line of its team."""
        self.roster.quits(case)
        self.crew_of(case).measures.standing += self._at

    def _queue(self, queue: Queue) -> int:
        """The number of a queue."""
        routing = self.roster.routing
        if routing is None or queue not in routing.numbers:
            raise Unfit(f"the policy has no {queue}")
        return routing.numbers[queue]

    def _apply_signed_in(self, event: ev.SignedIn) -> None:
        _fit(self.roster.at_work(event.agent) is None, f"agent {event.agent!r} is on duty")
        _fit(self.roster.team_index.keys() >= set(event.teams), "the policy does not have such teams")
        _fit(event.role in (self.roster.roles or (None,)), "the policy does not have such a role")
        role = self.roster.roles.get(event.role or "")
        _fit(role is None or not role.until or event.until is not None, "the role announces until when")
        _fit(role is None or not role.pay or event.pay is not None, "the role states its pay")
        _fit(role is None or not role.teams or set(role.teams).issuperset(event.teams), "the role does not have such teams")
        duty = OnDuty(event.agent, True, event.teams, event.skills, event.until, event.at_once, event.role, event.pay)
        self.roster.sign(duty, self.cases.values())
        self.next_due()

    def _apply_check_failed(self, event: ev.CheckFailed) -> None:
        _fit(self.roster.at_work(event.agent) is None, f"agent {event.agent!r} is on duty")
        role = self.roster.roles[event.role]
        _fit(event.checks and set(role.checks).issuperset(event.checks), "the role does not have such checks")
        _fit(event.alerts == role.alerts, f"the policy alerts {role.alerts!r}")

    def _apply_signed_out(self, event: ev.SignedOut) -> None:
        agent = self.roster.on_duty(event.agent)
        _fit(agent is not None and not agent.has(_TAKEN), f"agent {event.agent!r} is not on duty, or still has tickets")
        assert agent is not None
        waiting = map(self.cases.__getitem__, self.backlog) if self.roster.lists_left else ()
        _fit(event.left == self.roster.left_by(agent, waiting), f"agent {agent.id!r} leaves other tickets")
        self.roster.sign(OnDuty(event.agent, on_duty=False))
        for ticket_id in event.addressed:
            case = self.cases[ticket_id]
            _fit(case.key is not None, f"ticket {ticket_id!r} does not wait")
            self._leave_free(case, event.agent)
        # What only grounds have opened to others is not the agent's again when they pass.
        for case in [self.cases[ticket_id] for ticket_id in self.roster.freed_from.get(event.agent)]:
            if self.roster.routing is not None and self._at < self.roster.routing.free_at(case):
                self._leave_free(case, event.agent)

    def _leave_free(self, case: Case, agent: str) -> None:
        """Whom a ticket is addressed to goes off duty without answering it: it is free for the others of its team (rule H3)."""
        case.left = agent
        self._stand(case, self.ranking.place(case, self._at))

    def _enter(self, case: Case) -> None:
        """Count the ticket in its state, and set the timer of that state."""
        state = case.state
        if self.roster.agents:
            self.roster.enters(case)
        if case.pauses and not case.asked:
            case.resume(self._at)
        if self.clocks.given:
            self.wind(case)
        if state is _CLOSED:
            self._set_timer(case, max(self.ends(case), self._at))
            return
        if case.unanswered:
            self.unanswered += 1
        if state is _TAKEN:
            self.taken += 1
            self.aside[case.id] = None
            if self._has_long_work and case.agent is not None:
                self.taken_by.add(case.agent, case.id)
            if self._returns is not None:
                self._set_timer(case, max(self.ends(case), self._at))
        elif state is _PARKED:
            self.parked += 1
            self.aside[case.id] = None
            self._set_timer(case, max(self.ends(case), self._at))

    def ends(self, case: Case) -> int:
        """When the state of a ticket ends by itself: a take, park, silence, keeping time; never if it waits or is answered.

        By rules that hold only since then a take or a keeping time may be over already, and that is due at once (rule T3).
        """
        due = FOREVER
        if case.closed is not None:
            due = case.closed + self._keep
        elif case.parked is not None:
            due = case.parked
        elif case.lapse is not None:
            due = micros(case.lapse.at)
        elif case.taken is not None and self._returns is not None:
            due = case.taken + self._returns
        return due

    def overdue(self, case: Case, at: int) -> datetime | None:
        """When the state of a ticket should have ended that ends only at an instant; `None` if it ends when it is due."""
        due = self.ends(case)
        return instant(due) if due < at else None

    def _leave(self, case: Case) -> None:
        """Take the ticket out of its state: the counts, the line, the timer."""
        if case.due < FOREVER:  # most have none, and asking here spares a call
            self.timers.clear(case)
        state = case.state
        if case.alarm is not None:
            self.alarms.clear(case.alarm)
        if self.roster.agents:
            self.roster.leaves(case)
        if case.unanswered and state is not _CLOSED:
            self.unanswered -= 1
        if state is _WAITING:
            self.backlog.remove(case)
            if self.has_teams:
                self._quit(case)
                self._emptied(case.queue)
                self.roster.routed.pop(case, None)
            self.measures.standing += self._at
            if case.returned_to is not None:
                self.returned.discard(case.id)
        elif state is _TAKEN:
            self.taken -= 1
            del self.aside[case.id]
            if self._has_long_work and case.agent is not None:
                self.taken_by.discard(case.agent, case.id)
        elif state is _PARKED:
            self.parked -= 1
            del self.aside[case.id]
            case.parked = None

    def _put(self, case: Case, lane: str, at: int) -> None:
        """Put a waiting ticket in its place in line, and note when that next changes."""
        self._stand(case, self._place(case, lane, at))

    def _put_all(self, moved: Sequence[tuple[Case, str]]) -> None:
        """Put several tickets in their places; a crowd at once."""
        if len(moved) < CROWD:
            for case, lane in moved:
                self._stand(case, self._place(case, lane, self._at))
            return
        self._stand_all([(case, self._until_routed(case, self._place(case, lane, self._at))) for case, lane in moved])

    def _until_routed(self, case: Case, place: Placement) -> Placement:
        """The same place, until the ticket goes to another place or queue."""
        lane, order, until = place
        return lane, order, min(until, self.roster.stands(case, self._at))

    def _stand_all(self, placed: Iterable[tuple[Case, Placement]]) -> None:
        """Put tickets that have been counted in line in their places at once, until they go to another place or queue."""
        places = []
        for case, (lane, order, until) in placed:
            places.append((case, lane, order, case.queue))
            self.timers.set(case, until)
        self.backlog.load(places)
        for case, *_ in places:
            self.roster.joins(case)
            if case.returned_to is not None:
                self.returned.put(case, case.returned_to, case.queue)
        self.next_due()

    def _place(self, case: Case, lane: str, at: int) -> Placement:
        """The place of a ticket, which must be in the lane that the event names."""
        decided = self._moving.pop(case, None) if self._moving else None
        place = decided[1] if decided is not None and decided[0] == at else self.ranking.place(case, at)
        if self.lane_names[place[0]] != lane:
            raise Unfit(f"it puts ticket {case.id!r} into lane {lane!r}, the policy into {self.lane_names[place[0]]!r}")
        return place

    def _stand(self, case: Case, place: Placement) -> None:
        lane, order, until = place
        if case.key is None:
            self.measures.standing -= self._at
            if self.has_teams:
                self.crew_of(case).measures.standing -= self._at
        self.backlog.add(case, lane, order, case.queue)
        if case.returned_to is not None:
            self.returned.put(case, case.returned_to, case.queue)
        if self.has_teams:
            self.roster.joins(case)
            until = min(until, self.roster.stands(case, self._at))
        if until != case.due:
            self._set_timer(case, until)

    def _set_timer(self, case: Case, due: int) -> None:
        self.timers.set(case, due)
        if due < self.due:
            self.due = due


_APPLY: Final[dict[type, Callable[[DeskState, Any], None]]] = {
    ev.PolicyAdopted: DeskState._apply_policy_adopted,
    ev.StaffingPlanned: DeskState._apply_staffing_planned,
    ev.AgentsCounted: DeskState._apply_agents_counted,
    ev.Admitted: DeskState._apply_admitted,
    ev.Joined: DeskState._apply_joined,
    ev.Filed: DeskState._apply_filed,
    ev.FiledAgain: DeskState._apply_filed_again,
    ev.Replayed: DeskState._apply_replayed,
    ev.LaneChanged: DeskState._apply_lane_changed,
    ev.Updated: DeskState._apply_updated,
    ev.ClientUpdated: DeskState._apply_client_updated,
    ev.FactsChanged: DeskState._apply_facts_changed,
    ev.Corrected: DeskState._apply_corrected,
    ev.Noted: DeskState._apply_noted,
    ev.Confirmed: DeskState._apply_confirmed,
    ev.Taken: DeskState._apply_taken,
    ev.Replied: DeskState._apply_replied,
    ev.ClientAsked: DeskState._apply_client_asked,
    ev.ClientAnswered: DeskState._apply_returned,
    ev.Parked: DeskState._apply_parked,
    ev.Unparked: DeskState._apply_unparked,
    ev.Lapsed: DeskState._apply_lapsed,
    ev.Warned: DeskState._apply_warned,
    ev.Breached: DeskState._apply_breached,
    ev.HandedBack: DeskState._apply_handed_back,
    ev.Transferred: DeskState._apply_transferred,
    ev.Resolved: DeskState._apply_resolved,
    ev.Withdrawn: DeskState._apply_withdrawn,
    ev.Reopened: DeskState._apply_reopened,
    ev.Merged: DeskState._apply_merged,
    ev.SetApart: DeskState._apply_set_apart,
    ev.MarkedShared: DeskState._apply_marked_shared,
    ev.Split: DeskState._apply_split,
    ev.KeptForReview: DeskState._apply_kept_for_review,
    ev.Promised: DeskState._apply_promised,
    ev.Routed: DeskState._apply_routed,
    ev.CheckFailed: DeskState._apply_check_failed,
    ev.SignedIn: DeskState._apply_signed_in,
    ev.SignedOut: DeskState._apply_signed_out,
    ev.Archived: DeskState._apply_archived,
}
