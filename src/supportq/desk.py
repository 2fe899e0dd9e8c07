"""The desk: commands in, events out. The only module that joins the parts.

Commands are verbs with `now=` and return a tuple of events; queries are nouns and change nothing. State changes only in
`_apply.apply`, so the events, kept in order, rebuild the desk (rule G1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from supportq import _duty, _facts, _governing, _handling, _intake, _regrouping, _transfer
from supportq import events as ev
from supportq._advice import Advice
from supportq._answers import Counter, LinkageRecord, Position, Worsened, counter, linkage, position
from supportq._apply import apply, follow
from supportq._cases import find
from supportq._closing import Statement
from supportq._due import advanced
from supportq._explain import explain
from supportq._handover import Unanswered, handover
from supportq._instants import EPOCH, FOREVER, instant, micros, moment, shown, utc
from supportq._lateness import clocks_of
from supportq._lifecycle import Case
from supportq._normal import PhoneNormaliser, normal_phone
from supportq._outlook import Outlook, promise
from supportq._regrouping import settled
from supportq._snapshot import Snapshot, restored, snapshot
from supportq._state import DeskState, Unfit
from supportq.clocks import Clock
from supportq.duplicates import Suspicion, suspicion
from supportq.errors import CommandRefused, InvalidValue, LogError, NeedsAdvance, TimeWentBack
from supportq.estimates import CalibrationReport, Estimate, Forecast
from supportq.events import Event, Events
from supportq.policy import Policy, zone_name
from supportq.ranking import Explanation
from supportq.staffing import Staffing
from supportq.targets import MOST_PAY
from supportq.tickets import Attribute, Request, Ticket, check_flag, check_name, check_says, check_whole, checked_attributes

__all__ = ["Advice", "Counter", "Desk", "LinkageRecord", "Position", "Snapshot", "Unanswered", "Worsened"]

_Item = TypeVar("_Item")


class Desk:
    """A support desk: which ticket is next, which requests are the same, when each client will be answered.

    No clock, no disk, no thread: every command takes `now` and returns what happened. Give back the events, and
    `Desk.from_log` is the same desk. A refused command raises `CommandRefused` and changes nothing but what time did; the
    events that fell due by then are the error's `.events` (rule G2).

    >>> from datetime import UTC, datetime, timedelta
    >>> from supportq import Booking, Client, Desk, Lane, Policy, Request, when
    >>> day = timedelta(days=1)
    >>> desk = Desk(Policy((Lane("imminent", when.departs_within(day) & ~when.cancelled()), Lane("standard"))))
    >>> noon = datetime(2020, 3, 20, 12, tzinfo=UTC)
    >>> ann, bob = Client(email="ann@example.com"), Client(email="bob@example.com")
    >>> _ = desk.submit(Request("A1", ann, bookings=Booking("KC77", departs_at=noon + 9 * day)), now=noon)
    >>> _ = desk.submit(Request("B1", bob, bookings=Booking("KC81", departs_at=noon + day / 4)), now=noon)
    >>> desk.waiting()
    ['B1', 'A1']
    >>> desk.next_wakeup == noon + day / 4
    True

    `phones` reads telephone numbers, by default by the library's own table; a desk that is rebuilt needs the same one.
    """

    def __init__(self, policy: Policy, *, phones: PhoneNormaliser = normal_phone) -> None:
        if not isinstance(policy, Policy):
            raise InvalidValue("policy", f"must be a Policy, not {type(policy).__name__}")
        self._state = DeskState(policy, phones)
        # The last instant that the host named; later than the last event where nothing came of it.
        self._now: datetime | None = None
        self._us = -FOREVER
        self._outlook = Outlook(self._state)

    @property
    def policy(self) -> Policy:
        """The policy in force: the one that was adopted last, or that the desk began with."""
        return self._state.policy

    @classmethod
    def from_log(cls, policy: Policy, log: Iterable[Event], *, phones: PhoneNormaliser = normal_phone) -> Desk:
        """The desk that wrote a log, rebuilt from the policy that it began with and the events in order; O(events).

        Raises `LogError` with the position of the first event that does not fit those before it.
        """
        desk = cls(policy, phones=phones)
        desk._replay(log)
        return desk

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot, log: Iterable[Event] = (), *, phones: PhoneNormaliser = normal_phone) -> Desk:
        """The desk of which a snapshot was taken, and what happened after it; O(tickets + events).

        Raises `LogError` as `from_log` does; positions count from the snapshot.
        """
        desk = cls(snapshot.policy, phones=phones)
        try:
            desk._state = restored(snapshot, phones)
            desk._outlook = Outlook(desk._state)
        except (Unfit, LookupError) as error:
            raise LogError(0, f"the snapshot contradicts itself: {error}") from None
        desk._replay(log)
        return desk

    def _replay(self, log: Iterable[Event]) -> None:
        """Apply events that were stored, and go on from the last."""
        state = self._state
        for place, event in enumerate(log):
            follow(state, event, place)
        state.renew()
        self._now = state.at
        self._us = -FOREVER if state.at is None else micros(state.at)

    # ---------------------------------------------------------------- commands

    def submit(self, request: Request, *, now: datetime) -> Events:
        """Take in a request: it opens a ticket (`Admitted`) or joins one (`Joined`, `Replayed`); see its `verdict`.

        One that needs no answer by the policy's `filings` is `Filed`; a `Confirmed` follows where it confirms a step (rule L1).
        A `ClientAnswered` follows for every parked ticket whose silence it breaks by the policy's `silences`.
        Raises `RequestExists` for an id that another client or channel used, or that was filed, `NotReceivedYet` for a
        `received_at` after `now`. O(log n); where it shows that senders are one client, or several, O(their tickets).
        """
        if type(request) is not Request:
            _check_request(request)
        return self._command(now, _intake.submit, request)

    def submit_many(self, requests: Iterable[Request], *, now: datetime) -> Events:
        """Take in a backlog, each request with its own `received_at`, in the order given; all of them or, refused, none."""
        if not isinstance(requests, Iterable):
            raise InvalidValue("requests", f"must be a list of Request, not {type(requests).__name__}")
        batch = tuple(requests)
        for request in batch:
            _check_request(request, "requests")
        now, us = moment(now, "now")
        happened = self._advanced(now, us)
        self._now, self._us = now, us
        try:
            _intake.check_batch(self._state, now, us, batch)
        except CommandRefused as refusal:
            refusal.events = happened
            raise
        events = list(happened)
        for request in batch:
            for event in _intake.submit(self._state, now, us, request):
                apply(self._state, event, us)
                events.append(event)
            if self._state.loosened or self._state.unsure:
                events += settled(self._state, now, us)
        if self._state.due <= us:
            events += self._advanced(now, us)
        return tuple(events)

    def update(
        self,
        *,
        now: datetime,
        ticket: str | None = None,
        booking: str | None = None,
        service: str | None = None,
        departs_at: datetime | None = None,
        cancelled: bool | None = None,
    ) -> Events:
        """Say what is true of a ticket's bookings, of one booking, or of one service; clients' words yield to it (R7).

        One event carries every waiting ticket that it moves. It holds for tickets that arrive afterwards, too; of several
        updates that touch one field of one booking the last holds. O(tickets touched x log n).
        """
        named = [key for key, value in (("ticket", ticket), ("booking", booking), ("service", service)) if value is not None]
        if len(named) != 1:
            raise InvalidValue("update", f"names {' and '.join(named) or 'nothing'}; name one ticket, booking or service")
        check_name(ticket or booking or service or "", named[0])
        if departs_at is None and cancelled is None:
            raise InvalidValue("update", "says nothing; give departs_at or cancelled")
        if cancelled is not None:
            check_flag(cancelled, "cancelled")
        if departs_at is not None:
            departs_at = utc(departs_at, "departs_at")
        # Its instant is known once `now` has been checked.
        event = ev.Updated(EPOCH, ticket, booking, service, departs_at, cancelled)
        return self._command(now, _facts.update, event)

    def update_client(
        self,
        client: str,
        *,
        now: datetime,
        stage: str | None = None,
        manager: str | None = None,
        curator: str | None = None,
        zone: str | None = None,
    ) -> Events:
        """Say what the host knows of a client, named by an identifier such as `account:U-77`; what requests say yields (R7).

        It is said of every client for whom the identifier is proven, whichever of their messages showed it, now or later. One
        event carries every waiting ticket that it moves. Of several updates of one fact the last holds, whatever identifier
        they named. Raises `InvalidValue` if it names no identifier, or a zone that the policy does not list. O(senders who came
        with the identifier, and the tickets of their clients x log n).
        """
        check_name(client, "client")
        try:
            key = self._state.clients.identifier(client)
        except InvalidValue as error:
            raise InvalidValue("client", error.problem) from None
        facts = {"stage": stage, "manager": manager, "curator": curator, "zone": zone}
        for name, value in facts.items():
            if value is not None:
                check_name(value, name)
        if all(value is None for value in facts.values()):
            raise InvalidValue("update_client", f"says nothing; give {', '.join(facts)}, or several of them")
        if zone is not None and self.policy.zone_named(zone) is None:
            known = ", ".join(map(zone_name, (self.policy.zone, *self.policy.zones)))
            raise InvalidValue("zone", f"{zone!r} is none that the policy lists; there are {known}")
        return self._command(now, _facts.update_client, ev.ClientUpdated(EPOCH, key, stage, manager, curator, zone))

    def correct(
        self,
        ticket: str,
        *,
        now: datetime,
        kind: str | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        agent: str | None = None,
    ) -> Events:
        """Put right what an open ticket asks, or what it carries: it goes to the lane where it belongs; O(log n).

        Conditions, estimates and the search for duplicates go by it from now on, whoever writes again; the requests stay as
        they were sent. Attributes that are not named stay as they are. Raises `NothingCorrected` if the ticket says so already.
        """
        if kind is None and not attributes:
            raise InvalidValue("correct", "says nothing; give kind, attributes, or both")
        if kind is not None:
            check_name(kind, "kind")
        if attributes is not None:
            attributes = checked_attributes(attributes)
        if agent is not None:
            check_name(agent, "agent")
        return self._command(now, _facts.correct, ticket, kind, attributes, agent)

    def note(
        self,
        ticket: str,
        *,
        status: str,
        done: str,
        next: str,  # noqa: A002  # what is next
        now: datetime,
        agent: str | None = None,
    ) -> Events:
        """Note how an open ticket stands, what was done, and what is next; each must say something (rule L1)."""
        for name, value in (("status", status), ("done", done), ("next", next)):
            check_says(value, name)
        if agent is not None:
            check_name(agent, "agent")
        return self._command(now, _handling.note, ticket, status, done, next, agent)

    def confirm(
        self, ticket: str, step: str, *, by: str, now: datetime, agent: str | None = None, right: bool = True
    ) -> Events:
        """Somebody confirms a step of an open ticket's procedure, `by` a role or party of the policy's words (rule L1).

        Steps are confirmed in order. Where the next may be confirmed only later, a ticket that is not parked is put aside until
        then. With `right=False` the step found the thing wrong, now or since it was confirmed: the work goes `back_to` the step
        that it names. `agent` is who tells the desk.

        What was confirmed belongs to the ticket. The procedure is found anew from its facts each time, so when its kind is
        corrected, what the new procedure has too still counts. A merged ticket has what was confirmed in both; undone, each has
        its own again, and what was confirmed meanwhile stays with the one that stayed. A request that leaves a ticket takes
        nothing with it. A reopened ticket keeps what was confirmed.

        Raises `UnknownStep`, `NotTheirStep`, `StepNotDue` or `NoWayBack`. O(steps + log n).
        """
        for name, value in (("step", step), ("by", by)):
            check_name(value, name)
        if agent is not None:
            check_name(agent, "agent")
        check_flag(right, "right")
        return self._command(now, _handling.confirm, ticket, Statement(step, by, agent, right))

    def sign_in(
        self,
        agent: str,
        *,
        now: datetime,
        teams: Sequence[str] = (),
        skills: Sequence[str] = (),
        until: datetime | None = None,
        at_once: int | None = None,
        role: str | None = None,
        checks: Mapping[str, bool] | None = None,
        pay: int | None = None,
    ) -> Events:
        """An agent comes on duty, for such teams of the policy, with such skills, and with at most so many tickets at once.

        At `until` the shift is over by itself. A desk without teams needs no sign-in. Where the policy has roles an agent names
        one, says until when and for what pay if that demands it, and states of each of its checks whether it succeeded: if one
        failed, the event is `CheckFailed` and nobody comes on duty. `pay` is that of the shift in whole units of money, for a
        ledger.

        Raises `SignedInAlready`, and `InvalidValue` for a team, skill, role or check that the policy does not have, and for a
        team that the role does not have. O(teams).
        """
        check_name(agent, "agent")
        teams, skills = _duty.named_teams(self._state, teams), _duty.named_skills(self._state, skills)
        if at_once is not None:
            check_whole(at_once, "at_once", 1, 10_000)
        if pay is not None:
            check_whole(pay, "pay", 0, MOST_PAY)
        if until is not None:
            until, due = moment(until, "until")
            if due <= (us := moment(now, "now")[1]):
                raise InvalidValue("until", f"{shown(due)} is not after now, {shown(us)}; give a later instant")
        failed = _duty.failed_checks(_duty.named_role(self._state, role, until, pay), checks)
        _duty.check_teams_of_role(self._state, role, teams)
        event = ev.SignedIn(EPOCH, agent, teams, skills, until, at_once, role, pay)
        return self._command(now, _duty.sign_in, event, failed)

    def sign_out(self, agent: str, *, now: datetime) -> Events:
        """An agent goes off duty. What they have taken and not answered goes back to its place; `SignedOut` lists it (rule H3).

        Raises `NotSignedIn`. O(tickets of the agent).
        """
        check_name(agent, "agent")
        return self._command(now, _duty.sign_out, agent)

    def take(self, agent: str, *, now: datetime, ticket: str | None = None) -> Events:
        """The best ticket that this agent may work, as a `Taken` event; an empty tuple when there is none. O(log n).

        There is none, too, for an agent who has as many tickets as they work at once. The lane is the first in rank that is
        not empty, or one whose guaranteed share is due (rule R5). Inside it a ticket that came back to wait goes to the agent
        who had it, before the first in rank.

        With `ticket` the agent picks that one: `policy.agents` says whether past a better one. Raises `NotSignedIn` at a desk
        with teams, and for a pick `NotTheirs`, `NotTheirWork`, `TooMany`, `BetterWaits` or `OthersWait`.
        """
        check_name(agent, "agent")
        return self._command(now, _duty.take, agent, ticket)

    def reply(self, ticket: str, *, now: datetime, agent: str | None = None, note: str | None = None) -> Events:
        """The agent who took the ticket answers all its requests; `Replied` lists the channels that are owed the answer.

        Raises `NoteMissing` where `policy.agents` asks for a note first, as do `hand_back` and `resolve`.
        """
        if agent is not None:
            check_name(agent, "agent")
        if note is not None:
            check_says(note, "note")
        return self._command(now, _handling.reply, ticket, agent, note)

    def reply_all(self, service: str, *, agent: str, now: datetime, note: str | None = None) -> Events:
        """One agent answers all tickets about a service at once: a `Taken` and `Replied` for each, with that `service`.

        It answers every one that waits and that the agent may work, however many they work at once, and those that they have
        taken. Neither guaranteed shares nor measured handling times take notice. Where `policy.agents` asks for a note before a
        reply, this one's `note` is that; `NoteMissing` without. Raises `NotSignedIn` at a desk with teams.
        O(tickets about the service x log n).
        """
        check_name(service, "service")
        check_name(agent, "agent")
        if note is not None:
            check_says(note, "note")
        return self._command(now, _duty.reply_all, service, agent, note)

    def transfer(
        self,
        ticket: str,
        *,
        to: str,
        grounds: str,
        now: datetime,
        agent: str | None = None,
        addressee: str | None = None,
    ) -> Events:
        """Hand an open ticket over to a team, or to one person in it, whoever has it: it waits there with its arrival.

        It stays with that team, whatever conditions say, until another transfer; with `Team.hours` only while they are open. An
        addressee is waited for first, and stepped in for by `policy.takeover`; the silence counts from now. Raises `GateClosed`
        if a gate of the team does not let it through, `OwnTransfer` if an agent may not hand it over to themselves, or to
        another team of theirs, `NotTheirs` for an addressee who is on duty for other teams only, and `InvalidValue` for an
        unknown team. O(log n).
        """
        check_name(to, "to")
        _duty.check_team(self._state, to, "to")
        check_says(grounds, "grounds")
        for name, value in (("agent", agent), ("addressee", addressee)):
            if value is not None:
                check_name(value, name)
        return self._command(now, _transfer.transfer, ticket, to, grounds, agent, addressee)

    def escalate(self, ticket: str, *, grounds: str, now: datetime, agent: str | None = None) -> Events:
        """Hand an open ticket over to the team above its own (`Team.escalates_to`), as `transfer` does.

        Raises `NobodyAbove` where there is none, `GateClosed`, and `OwnTransfer`. O(log n).
        """
        check_says(grounds, "grounds")
        if agent is not None:
            check_name(agent, "agent")
        if not self._state.has_teams:
            raise InvalidValue("escalate", "goes to the team above, and this policy has no teams")
        return self._command(now, _transfer.escalate, ticket, grounds, agent)

    def ask_client(self, ticket: str, *, now: datetime) -> Events:
        """Ask the client, or a partner, something: the ticket is parked until they answer.

        What silence comes to is decided now, by `policy.silences`: `ClientAsked.lapse` says it, and when (rule L1). Raises
        `NoteMissing` where `policy.agents` asks for a note first, as does `park`.
        """
        return self._command(now, _handling.ask_client, ticket)

    def client_answered(self, ticket: str, *, now: datetime) -> Events:
        """The client answered: the ticket waits again in its old place, for the same agent first."""
        return self._command(now, _handling.client_answered, ticket)

    def park(self, ticket: str, *, until: datetime, now: datetime) -> Events:
        """Put a ticket aside until an instant after `now`; then it waits again in its old place, for the same agent first.

        So it does when a request joins that needs an answer and does not only repeat what has none yet (rule L0).
        """
        until, due = moment(until, "until")
        if due <= (us := moment(now, "now")[1]):
            raise InvalidValue("until", f"{shown(due)} is not after now, {shown(us)}; give a later instant")
        return self._command(now, _handling.park, ticket, until)

    def hand_back(self, ticket: str, *, now: datetime, agent: str | None = None, note: str | None = None) -> Events:
        """The agent who took the ticket gives it back unanswered: it waits in its old place, for anybody."""
        if agent is not None:
            check_name(agent, "agent")
        if note is not None:
            check_says(note, "note")
        return self._command(now, _handling.hand_back, ticket, agent, note)

    def resolve(self, ticket: str, *, now: datetime, agent: str | None = None, note: str | None = None) -> Events:
        """Close an answered ticket. Raises `NotConfirmed`, naming the steps of its procedure that are missing (rule L1)."""
        if agent is not None:
            check_name(agent, "agent")
        if note is not None:
            check_says(note, "note")
        return self._command(now, _handling.resolve, ticket, agent, note)

    def withdraw(self, ticket: str, *, now: datetime) -> Events:
        """The client no longer asks: close the ticket, in whatever open state it is."""
        return self._command(now, _handling.withdraw, ticket)

    def reopen(self, ticket: str, *, now: datetime) -> Events:
        """A closed ticket waits again: with its first arrival if it was never answered, otherwise as of its oldest
        unanswered request, or of `now` if it has none (rule D2).
        """
        return self._command(now, _handling.reopen, ticket)

    def merge(self, ticket: str, other: str, *, now: datetime) -> Events:
        """Make two open tickets one, because an operator says that they are the same matter (rule D6).

        The one that is taken stays, else the one that arrived earlier, then the lesser id; late messages to the other's number
        follow it. Raises `WrongAgent` if different agents have taken both, `OneTicket` if they are one. O(requests of both).
        """
        return self._command(now, _regrouping.merge, ticket, other)

    def unmerge(self, request: str, *, now: datetime, other_client: bool = False) -> Events:
        """Take a request out of the ticket that it joined, with all that joined because of it: a ticket of its own (rule D6).

        It waits with its own arrival; answers given meanwhile are not its answer. A ticket that was merged in is named by its
        id, and is again as it was; so is one whose park was ended by what leaves: what would be over by now waits.

        With `other_client` the request is from somebody else, too: its sender and that of the request that it went with are
        never taken for one client again. Raises `FirstOfTicket` for the request that opened the ticket, and `NeedsNoAnswer` for
        a message that was filed with it. O(requests of the ticket).
        """
        check_flag(other_client, "other_client")
        return self._command(now, _regrouping.unmerge, request, other_client)

    def mark_shared(self, identifier: str, *, now: datetime) -> Events:
        """Say that an identifier belongs to many people, such as `email:info@example.com` (rule D1).

        It links nobody by itself any more; what it alone had joined comes apart. Raises `InvalidValue` if it is no identifier.
        O(senders who came with it, and their clients).
        """
        check_name(identifier, "identifier")
        key = self._state.clients.identifier(identifier)
        return self._command(now, _regrouping.mark_shared, key)

    def adopt(self, policy: Policy, *, now: datetime) -> Events:
        """Go by another policy from now on: a crisis begins, or is over (rule G1). `PolicyAdopted` names who changed lanes.

        Every ticket is ranked and routed anew at this instant. Arrivals, states, returns and addressees stay, agents stay at
        work, and what lanes with a share have earned is forgotten. What by these rules should have happened before happens now.

        Lanes and teams go by their names: those of a name that is there again keep what was measured, learnt and planned, and
        others begin anew. What a staffing calendar expects to come into a lane that is not there counts again when it is; the
        calendar of a team that is not there is forgotten. An agent none of whose teams is left, or whose role is not, keeps
        their tickets, and signs in anew before they take others. Clocks run by the new targets; what is past by them is missed
        now, with the cause `POLICY`. What silence comes to stays as it was said when the client was asked.

        Raises `FixedRule` for other rules about who a client is, and `InvalidValue` for the policy in force.
        O(tickets x lanes x bookings), and O(n log n) for those that wait.
        """
        if not isinstance(policy, Policy):
            raise InvalidValue("policy", f"must be a Policy, not {type(policy).__name__}")
        # Two conditions may be equal and not the same: `True` equals 1, but they are two values of an attribute.
        if policy == self.policy and repr(policy) == repr(self.policy):
            raise InvalidValue("policy", "is the one in force, so there is nothing to adopt; change it first")
        happened = self._command(now, _governing.adopt, policy)
        self._outlook.forget()
        return happened

    def plan(self, staffing: Staffing, *, now: datetime, team: str | None = None) -> Events:
        """Set the staffing calendar, of the desk or of one team; estimates use it at once.

        A ticket of a team with a plan of its own is estimated by that, among the tickets of the team; others by the desk's,
        among all. Raises `InvalidValue` for a team, or lanes, that the policy does not have.
        """
        if team is not None:
            self._team(team)
        if not isinstance(staffing, Staffing):
            raise InvalidValue("staffing", f"must be a Staffing, not {type(staffing).__name__}")
        for name in staffing.expected_inflow:
            if name not in self._state.lane_index:
                lanes = ", ".join(self._state.lane_names)
                raise InvalidValue(f"staffing.expected_inflow.{name}", f"is no lane; there are {lanes}")
        return self._command(now, _governing.plan, staffing, team)

    def promise(self, ticket: str, *, now: datetime) -> Events:
        """Tell the client of a waiting ticket how long it takes: as `estimate`, and kept, so that it can be scored (rule E3).

        What was told is judged when it falls due, and the ranges to come are the wider for every one in ten that is not kept.
        Raises `WrongState` for a ticket that does not wait.
        """
        return self._command(now, promise, self._outlook, ticket)

    def count_agents(self, agents: int, *, now: datetime, team: str | None = None) -> Events:
        """Say how many agents are at work now, at the desk or in one team, whatever was planned.

        It stands until the planned head-count changes.

        Estimates use it at once, and learn what share of the planned agents come.
        """
        check_whole(agents, "agents", 0, 100_000)
        if team is not None:
            self._team(team)
        return self._command(now, _governing.count_agents, agents, team)

    def advance(self, *, now: datetime) -> Events:
        """Do all that is due by `now`, each thing at its own instant (rule T3). Every other command does this first."""
        return self._command(now, _nothing)

    # ----------------------------------------------------------------- queries

    @property
    def next_wakeup(self) -> datetime | None:
        """The next instant at which anything changes by itself: set a timer, then call `advance`. O(1) amortised."""
        due = self._state.next_due()
        return None if due >= FOREVER else instant(due)

    def waiting(
        self,
        *,
        limit: int | None = None,
        lane: str | None = None,
        team: str | None = None,
        now: datetime | None = None,
    ) -> list[str]:
        """Ids of waiting tickets in rank order, of one lane or of all, of one team or of all; O(tickets listed)."""
        self._ask(now)
        if lane is not None:
            _duty.check_known(lane, "lane", self._state.lane_index)
        state, names = self._state, self._state.lane_names if lane is None else (lane,)
        queues = state.roster.queues if team is None else state.roster.of_team[self._team(team)]
        ids = chain.from_iterable(state.backlog.lane(state.lane_index[name], queues) for name in names)
        return list(_first(ids, limit))

    def _team(self, name: str) -> int:
        """The number of a team."""
        _duty.check_team(self._state, name)
        return self._state.roster.team_index[name]

    def position(self, ticket: str, *, now: datetime | None = None) -> Position:
        """Where a ticket stands in rank among those of its team, and how many of them wait; O(log n)."""
        self._ask(now)
        return position(self._state, self._case(ticket))

    def ticket(self, ticket: str, *, now: datetime | None = None) -> Ticket:
        """A ticket as it stands."""
        self._ask(now)
        return self._state.public(self._case(ticket))

    def explain(self, ticket: str, *, now: datetime | None = None) -> Explanation:
        """Why a ticket is where it is, its neighbours, and what would move it (rule R6); O(log n)."""
        now, us = self._ask(now)
        return explain(self._state, self._case(ticket).id, now, us)

    def clocks(self, ticket: str, *, now: datetime | None = None) -> tuple[Clock, ...]:
        """The clocks that run for a ticket, and when each is due (rule C1); O(targets, and requests that wait)."""
        self._ask(now)
        return clocks_of(self._state, self._case(ticket))

    def handover(
        self, *, agent: str | None = None, team: str | None = None, now: datetime | None = None
    ) -> tuple[Unanswered, ...]:
        """What is unanswered and whose it is, of one agent or team or of all, the oldest first (rule C3); O(backlog)."""
        self._ask(now)
        if agent is not None:
            check_name(agent, "agent")
        if team is not None:
            self._team(team)
        return handover(self._state, agent, team)

    def client_of(self, request: str, *, now: datetime | None = None) -> str:
        """The client whom a request is from, as far as is known by now; O(requests of its ticket)."""
        self._ask(now)
        case = find(self._state, request, "request")
        place = next(index for index, known in enumerate(case.requests) if known.id == request)
        return case.client_of(place)

    def suspects(self, *, limit: int | None = None, now: datetime | None = None) -> tuple[Suspicion, ...]:
        """Pairs of tickets that may be the same matter, the latest first, with what they have in common; O(tickets).

        The first of each pair is open and named the other when it came. Requests that are kept for review, though they turned
        out to be somebody else's, are told by `Ticket.review`.
        """
        self._ask(now)
        cases = self._state.cases
        named = (
            suspicion(case, cases[other], self.policy.duplicates)
            for case in sorted(cases.values(), key=lambda case: -case.number)
            if case.closed is None
            for other in dict.fromkeys((*case.suspects, *(name for held in case.absorbed for name in held.suspects)))
            if other in cases and other != case.id
        )
        return tuple(_first(named, limit))

    def linkage(self, *, now: datetime | None = None) -> tuple[LinkageRecord, ...]:
        """Every request with what identifies its sender, in compared form, for tools that link records offline; O(requests).

        What such a tool finds may be looked at and merged by hand; nothing here takes it as a link.
        """
        self._ask(now)
        return linkage(self._state)

    def forecast(self, *, now: datetime | None = None, team: str | None = None) -> Forecast:
        """When every waiting ticket will be answered, of the desk or of one team: one pass, O(n), as a value to ask (E1)."""
        if team is not None:
            self._team(team)
        return self._outlook.forecast(self._ask(now)[1], team)

    def estimate(self, ticket: str, *, now: datetime | None = None) -> Estimate:
        """How long until the first reply to a ticket starts, as a range with reasons (rules E1, E2).

        Reuses a pass over a long queue for up to half an hour, and says so in `as_of`; otherwise O(n). For a ticket that
        does not wait every quantile is `None`, with the reason `NOT_WAITING`.
        """
        now, us = self._ask(now)
        case = self._case(ticket)
        return Estimate.not_waiting(now) if case.key is None else self._outlook.estimate(case, us)

    def advise(self, request: Request, *, now: datetime | None = None) -> tuple[Advice, ...]:
        """Through which doors of the policy a request may come, whose it would be, and where it is answered soonest (rule H4).

        The soonest expected answer first, then in the order of the policy; those without an estimate last. Nothing is taken in.
        A request that belongs to a known ticket has one advice, `KNOWN`; one that is filed needs no answer and has none. Raises
        what `submit` would. O(doors x teams), and a pass as of `estimate` for each plan.
        """
        _check_request(request)
        now, us = self._ask(now)
        return self._outlook.advise(request, us, _intake.submit(self._state, now, us, request)[0])

    def calibration(self, *, now: datetime | None = None) -> CalibrationReport:
        """Whether promises are kept, by lane, horizon and day, and how far they would have had to go (rule E3).

        O(promises not judged yet).
        """
        _, us = self._ask(now)
        lanes = self._state.lane_names
        names = [*(f"{team.name}: {lane}" for team in self.policy.teams for lane in lanes), *lanes]
        return self._state.calibration.settled(us).report(names)

    def promises_worsened(self, by: timedelta, *, now: datetime | None = None) -> tuple[Worsened, ...]:
        """Who waits and would be promised a p90 later than was promised by more than `by`, the worst first: write to them.

        Of several promises to a ticket the last counts. By a pass as of now: O(n), and O(log n) a promise.
        """
        return self._outlook.worsened(self._ask(now)[1], by)

    def counter(self, *, now: datetime | None = None) -> Counter:
        """The figures of the evening. O(lanes), but O(n) where a lane is not ordered by arrival."""
        return counter(self._state, *self._ask(now))

    def snapshot(self) -> Snapshot:
        """Everything the desk knows, as values; O(n)."""
        return snapshot(self._state)

    def __eq__(self, other: object) -> bool:
        return self.snapshot() == other.snapshot() if isinstance(other, Desk) else NotImplemented

    # --------------------------------------------------------- how commands run

    def _command(self, now: datetime, decided: Callable[..., Events], *arguments: object) -> Events:
        now, us = moment(now, "now")
        state = self._state
        due = self._advanced(now, us) if us >= state.due or us < self._us else ()
        self._now, self._us = now, us
        try:
            happened = decided(state, now, us, *arguments)
        except CommandRefused as refusal:
            refusal.events = due
            raise
        for event in happened:
            apply(state, event, us)
        if state.loosened or state.unsure:
            happened += settled(state, now, us)
        if state.due <= us:
            # What changed may belong to another team now, or be late already, which is due at once.
            happened += self._advanced(now, us)
        return due + happened if due else happened

    def _advanced(self, now: datetime, us: int) -> Events:
        """Do what is due by now (rule T3); refused if now is too early (rule T2)."""
        if us < self._us:
            assert self._now is not None
            raise TimeWentBack(now, self._now)
        return advanced(self._state, us)

    # ------------------------------------------------------------------ helpers

    def _ask(self, now: datetime | None) -> tuple[datetime, int]:
        """The instant of a query: the last one by default, never at or past what is due (rule T6)."""
        if now is None:
            return (EPOCH, 0) if self._now is None else (self._now, self._us)
        now, us = moment(now, "now")
        if us < self._us:
            assert self._now is not None
            raise TimeWentBack(now, self._now)
        if us >= self._state.due and us >= (due := self._state.next_due()):
            raise NeedsAdvance(now, instant(due))
        return now, us

    def _case(self, ticket: str) -> Case:
        return find(self._state, ticket)


def _first(items: Iterable[_Item], limit: int | None) -> Iterable[_Item]:
    """At most so many of some items; `None`: all."""
    if limit is None:
        return items
    check_whole(limit, "limit", 0)
    return (item for _, item in zip(range(limit), items, strict=False))


def _check_request(request: object, where: str = "request") -> None:
    if not isinstance(request, Request):
        raise InvalidValue(where, f"must be a Request, not {type(request).__name__}")


def _nothing(_state: DeskState, _now: datetime, _us: int) -> Events:
    """Only what time does."""
    return ()
