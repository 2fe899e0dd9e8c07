"""What a desk knows, and what it would be if something happened. It changes nothing: `_apply` does (rule G1)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, tzinfo
from itertools import chain
from typing import Any, Final, ParamSpec, TypeVar

from supportq import events as ev
from supportq._adoption import Adoption, adoption
from supportq._backlog import Backlog, ByAgent, Calendar
from supportq._closing import (
    ALONE,
    FiledRequests,
    broken_by,
    confirmed_by,
    filing_of,
)
from supportq._crew import Crew
from supportq._index import TicketIndex
from supportq._instants import FOREVER, instant, length, micros
from supportq._lifecycle import Alarm, Case, claimed_bookings
from supportq._normal import PhoneNormaliser, normal_phone
from supportq._roster import Roster
from supportq._truth import NOTHING, SILENCE, Known, Said, Scope, Told, corrected, latest, scope_of, told
from supportq.clocks import Clocks, RunningClock, earliest
from supportq.duplicates import Matters
from supportq.errors import CommandRefused
from supportq.estimates import Calibration
from supportq.fairness import Charges
from supportq.identity import Clients, Plan
from supportq.policy import Policy
from supportq.procedures import Filing
from supportq.ranking import Placement, Ranking, Shares
from supportq.tickets import Basis, Lapse, Origin, Queue, Request, State, Ticket, Verdict
from supportq.when import fits

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

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


def fit(holds: object, problem: str) -> None:
    if not holds:
        raise Unfit(problem)


def allowed(decide: Callable[_Given, _Found], *given: _Given.args, **named: _Given.kwargs) -> _Found:
    """What a decision comes to; an event that it would have refused cannot have happened."""
    try:
        return decide(*given, **named)
    except CommandRefused as refusal:
        raise Unfit(str(refusal)) from None


class DeskState:
    """What a desk knows, with the indexes and timers over it. Everybody may read it; only `_apply.apply` changes it.

    The first group of attributes is the state proper, which a snapshot holds. The second can be made anew from it.
    """

    def __init__(self, policy: Policy, phones: PhoneNormaliser = normal_phone) -> None:  # noqa: PLR0915  # all that a desk knows
        self.govern(policy)
        self.roster = Roster(policy)
        self.charges = Charges(policy.fair_share, self.keep)
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
        self.by_reply: TicketIndex[str] = TicketIndex()
        """Tickets by the requests that messages in them reply to."""
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
        self.us = -FOREVER
        """The instant of the event that is being applied, in microseconds."""
        self.numbered = 0
        """How many tickets there have been."""
        self.moving: dict[Case, tuple[int, Placement]] = {}
        """Tickets that time is about to move: when and whereto. Asked to decide and to apply, so the answers are kept."""
        self._planned: tuple[Request, int, int, Plan] | None = None
        self._opened: tuple[Plan, int, Case, Placement] | None = None
        self._joined: tuple[Plan, Case, str, Case] | None = None
        self._adoption: Adoption | None = None

    def govern(self, policy: Policy) -> None:
        """These are the rules from now on."""
        self.policy = policy
        self.ranking = Ranking(policy)
        self.shares = Shares(policy)
        self.clocks = Clocks(policy)
        self.lane_names = tuple(lane.name for lane in policy.lanes)
        self.lane_index = {name: index for index, name in enumerate(self.lane_names)}
        self.has_teams = bool(policy.teams)
        returns = policy.agents.returns_after
        self.returns = None if returns is None else length(returns, "agents.returns_after")
        self.has_long_work = policy.agents.long_work is not None
        self.keep = length(policy.keep_closed, "policy.keep_closed")

    def forget(self) -> None:
        """Drop the answers that were kept: what they were worked out from has changed."""
        self._adoption = self._opened = self._joined = None
        self.moving.clear()

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
        due = max(earliest(self.clocks.of(case), case.warned, case.breached), self.us)
        self.alarms.set(case.alarm, due)
        self.due = min(self.due, due)

    def moves_into(self, case: Case, due: int) -> int | None:
        """The lane into which a waiting ticket moves when its timer goes off at `due`, be it to another place in its own.

        `None` if it stays where it is, which is no event: then its timer is set anew.
        """
        lane = self.backlog.lane_of(case)
        target, order, until = place = self.ranking.place(case, due)
        if target != lane or order != self.backlog.order_of(case):
            self.moving[case] = due, place
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
        while (due := self.timers.next()) <= self.us:
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

    def joined(self, case: Case, request: Request, received: int, onto: str, basis: Basis, verdict: Verdict) -> Case:
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
        repeats = verdict is Verdict.DUPLICATE_OF
        joined = case.joined(request, received, sender, position, basis, quiet=quiet, repeats=repeats)
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

    def left_to_do(self) -> Iterator[Case]:
        """The tickets that nobody is at work on: those that wait, and those put aside, but for those whose client is asked."""
        yield from map(self.cases.__getitem__, self.backlog)
        for case in map(self.cases.__getitem__, self.aside):
            if case.state is _PARKED and not case.asked:
                yield case

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

    def adoption(self, policy: Policy, at: int) -> Adoption:
        """What adopting a policy at an instant will do. Asked to decide and to apply, so the last answer is kept."""
        last = self._adoption
        if last is None or last.policy is not policy or (last.at, last.sequence) != (at, self.sequence):
            last = self._adoption = adoption(self, policy, at)
        return last

    def crew_named(self, team: str | None) -> Crew:
        """Those who answer: of a team, or all."""
        if team is None:
            return self.crew
        fit(team in self.roster.team_index, f"the policy has no team {team!r}")
        return self.team_crews[self.roster.team_index[team]]

    def crew_of(self, case: Case) -> Crew:
        """Those of the team of a ticket."""
        return self.team_crews[self.roster.team_of[case.queue]]

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
        return confirmed_by(self.policy, filing, request, self._about_booking(request), now)

    def named_by(self, filing: Filing, request: Request) -> str | None:
        """The ticket that a filed message names; it joins it only if it is from the client (rule D3)."""
        case = self.case_of(request.in_reply_to or "") if filing.joins else None
        return None if case is None else case.id

    def broken_by(self, request: Request, received: int, joined: Case | None) -> list[Case]:
        """The tickets that a message is about whose silence it ends, in the order of their arrival.

        So is the one that it joins, as that will be: many messages end its silence by that alone.
        """
        if all(silence.broken_by is None for silence in self.policy.silences):
            return []
        return self._silent(request, broken_by(self.policy, self._said_in(request, received)), joined)

    def broken_by_correction(self, case: Case, after: Case) -> list[Case]:
        """The same for the message that came first in a ticket, which the ticket's record `after` puts right."""
        before = broken_by(self.policy, case.entry)
        now = [place for place in broken_by(self.policy, after.entry) if place not in before]
        return self._silent(case.requests[case.first], now) if now else []

    def _silent(self, request: Request, places: Collection[int], joined: Case | None = None) -> list[Case]:
        """The tickets that a message is about and that wait in one of these silences."""
        about = {case.id: case for case in self._about_booking(request)}
        if (replied := self.case_of(request.in_reply_to or "")) is not None:
            about[replied.id] = replied
        if joined is not None:
            about[joined.id] = joined
        found = (case for case in about.values() if case.state is _PARKED)
        silent = (case for case in found if case.lapse is not None and case.lapse.silence in places)
        return sorted(silent, key=lambda case: (case.arrival, case.id))

    def is_broken(self, case: Case, lapse: Lapse) -> bool:
        """Whether a message about a ticket breaks its silence before it begins: it waits for an answer in another ticket.

        O(tickets that are about its bookings, or reply to it).
        """
        breaks = None if lapse.silence is None else self.policy.silences[lapse.silence].broken_by
        if breaks is None:
            return False
        ids, bookings = {request.id for request in case.requests}, {booking.key for booking in case.claims}
        named = (self.matters.by_booking.get(key) for key in bookings)
        replying = (self.by_reply.get(request_id) for request_id in ids)
        others = dict.fromkeys(chain(*named, *replying))
        return any(
            fits(breaks, self._as_said(other, position), 0)[0]
            for other in map(self.cases.__getitem__, others)
            if other is not case and other.closed is None
            for position in other.unanswered
            if (said := other.requests[position]).in_reply_to in ids or any(one.key in bookings for one in said.bookings)
        )

    def _as_said(self, case: Case, position: int) -> Case:
        """The facts of one message of a ticket, as people put them right and as the host knows its client."""
        if position == case.first:
            return case.entry
        said = copy(case)
        said.first, said.bookings = position, case.requests[position].bookings
        said.correct(None, {})
        self.learn(said, self.known_of(said))
        return said

    def _about_booking(self, request: Request) -> list[Case]:
        """All tickets about a booking of a message."""
        about = dict.fromkeys(name for booking in request.bookings for name in self.matters.by_booking.get(booking.key))
        return [self.cases[ticket_id] for ticket_id in about]

    def queue_number(self, queue: Queue) -> int:
        """The number of a queue."""
        routing = self.roster.routing
        if routing is None or queue not in routing.numbers:
            raise Unfit(f"the policy has no {queue}")
        return routing.numbers[queue]

    def ends(self, case: Case) -> int:
        """When the state of a ticket ends by itself: a take, park, silence, keeping time; never if it waits or is answered.

        By rules that hold only since then a take or a keeping time may be over already, and that is due at once (rule T3).
        """
        due = FOREVER
        if case.closed is not None:
            due = case.closed + self.keep
        elif case.parked is not None:
            due = case.parked
        elif case.lapse is not None:
            due = micros(case.lapse.at)
        elif case.taken is not None and self.returns is not None:
            due = case.taken + self.returns
        return due

    def overdue(self, case: Case, at: int) -> datetime | None:
        """When the state of a ticket should have ended that ends only at an instant; `None` if it ends when it is due."""
        due = self.ends(case)
        return instant(due) if due < at else None
