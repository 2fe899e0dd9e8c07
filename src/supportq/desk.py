"""The desk: commands in, events out. The only module that joins the parts.

Commands are verbs with `now=` and return a tuple of events; queries are nouns and change nothing. State changes only in
`DeskState.apply`, so the events, kept in order, rebuild the desk (rule G1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final, TypeAlias

from supportq import _duty, _transfer
from supportq import events as ev
from supportq._adoption import fixed
from supportq._advice import Advice, Found, advice, soonest_first, ways
from supportq._closing import Statement, check_closable, closes, confirm, lapse_of, until_due
from supportq._duty import find, held, lane_after
from supportq._explain import explain
from supportq._handover import Unanswered, handover
from supportq._instants import DAY, EPOCH, FOREVER, duration, instant, length, micros, moment, shown, utc
from supportq._lateness import clocks_of, said_late
from supportq._lifecycle import Case, wrong_state
from supportq._normal import PhoneNormaliser, normal_phone
from supportq._state import ORIGINS, DeskState, Snapshot, Unfit
from supportq._truth import CLIENT_FACTS, Told, latest, scope_of, told
from supportq._worse_off import weighed
from supportq.clocks import Clock
from supportq.duplicates import Asked, Decision, Suspicion, decide, suspicion
from supportq.errors import (
    CommandRefused,
    FirstOfTicket,
    FixedRule,
    InvalidValue,
    LogError,
    NeedsAdvance,
    NothingCorrected,
    NotReceivedYet,
    OneTicket,
    RequestExists,
    TimeWentBack,
    WrongAgent,
)
from supportq.estimates import CalibrationReport, Estimate, Forecast, Situation, forecast
from supportq.events import Event
from supportq.identity import Plan, Sender
from supportq.policy import Policy, zone_name
from supportq.ranking import Explanation, Placement, next_departure
from supportq.staffing import Staffing
from supportq.targets import MOST_PAY
from supportq.teams import Door
from supportq.tickets import (
    Attribute,
    Basis,
    Reason,
    Request,
    State,
    Ticket,
    Transfer,
    Verdict,
    check_name,
    check_says,
    checked_attributes,
    same_attributes,
    same_content,
)

__all__ = ["Advice", "Counter", "Desk", "LinkageRecord", "Position", "Snapshot", "Unanswered", "Worsened"]

Events: TypeAlias = tuple[Event, ...]

REUSE: Final = timedelta(minutes=30)
"""How long `Desk.estimate` reuses a forecast of a long queue; its `as_of` says of when it is."""
REUSE_ABOVE: Final = 2_000
"""Queues no longer than this get a fresh forecast whenever anything has happened."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a ticket stands among all that wait, at a desk with teams among those of its team; `position` counts from 1.

    All but `waiting` are `None` if it does not wait.
    """

    ticket_id: str
    position: int | None
    ahead: int | None
    lane: str | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Counter:
    """The figures of an evening, counted since the desk began.

    `received` counts messages, `received_by_origin` what clients, agents and systems wrote of them, `repeats` those that joined
    a ticket, `replays` exact re-deliveries (not in `received`), `filed` those that needed no answer and joined nothing (not in
    `received` either; `filed_by`: by which rule), `answered` replies, `lapsed` tickets that silence closed, `breached` targets
    that were missed. `waiting`, `taken`, `parked` and `backlog` (tickets with an unanswered request) are of now; a ticket that
    was reopened or came back after its answer waits without being backlog.
    `oldest` is the waiting ticket with the earliest arrival, `oldest_wait` how long it has waited. `clients` are people as far
    as is known by now. `repeats_cost` is how long answering the repeats, too, would have taken at the pace of answers so far;
    `None` before the first answer, and on the first day.
    """

    as_of: datetime
    received: int
    received_by_origin: Mapping[str, int]
    tickets: int
    clients: int
    repeats: int
    replays: int
    filed: int
    filed_by: Mapping[str, int]
    answered: int
    resolved: int
    withdrawn: int
    lapsed: int
    breached: int
    waiting: int
    waiting_by_lane: Mapping[str, int]
    waiting_by_team: Mapping[str, int]
    taken: int
    parked: int
    backlog: int
    oldest: str | None
    oldest_wait: timedelta | None
    repeats_cost: timedelta | None


@dataclass(frozen=True, slots=True)
class Worsened:
    """A client who waits, and was promised an answer by `promised_by` in nine of ten cases; by now, by `now_by`.

    That is `None` where nothing can be promised any more, and `reasons` says why.
    """

    ticket_id: str
    client_id: str
    promised_at: datetime
    promised_by: datetime
    now_by: datetime | None
    reasons: tuple[Reason, ...]

    @property
    def by(self) -> timedelta | None:
        """How much later than promised; `None` where nobody can say."""
        return None if self.now_by is None else self.now_by - self.promised_by


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageRecord:
    """A request as a row for offline linkage: identifiers, name and bookings in the form in which they are compared."""

    request_id: str
    ticket_id: str
    client_id: str
    received_at: datetime
    channel: str
    kind: str
    proven: tuple[str, ...]
    claimed: tuple[str, ...]
    name: tuple[str, ...]
    bookings: tuple[str, ...]


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
        # The last pass that a query made, and the last that a promise did; of each team that has a plan of its own.
        self._passes: dict[tuple[bool, str | None], tuple[Forecast, int, Staffing | None, ev.AgentsCounted | None]] = {}

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
            desk._state = DeskState.restored(snapshot, phones)
        except (Unfit, LookupError) as error:
            raise LogError(0, f"the snapshot contradicts itself: {error}") from None
        desk._replay(log)
        return desk

    def _replay(self, log: Iterable[Event]) -> None:
        """Apply events that were stored, and go on from the last."""
        state = self._state
        for position, event in enumerate(log):
            state.follow(event, position)
        state.renew()
        self._now = state.at
        self._us = -FOREVER if state.at is None else micros(state.at)

    # ---------------------------------------------------------------- commands

    def submit(self, request: Request, *, now: datetime) -> Events:
        """Take in a request: it opens a ticket (`Admitted`) or joins one (`Joined`, `Replayed`); see its `verdict`.

        One that needs no answer by the policy's `filings` is `Filed`; a `Confirmed` follows where it confirms a step (rule L1).
        A `ClientAnswered` follows for every other ticket whose silence it breaks by the policy's `silences`.
        Raises `RequestExists` for an id that another client or channel used, or that was filed, `NotReceivedYet` for a
        `received_at` after `now`. O(log n); where it shows that senders are one client, or several, O(their tickets).
        """
        if type(request) is not Request:
            _check_request(request)
        return self._command(now, self._decide_submit, request)

    def submit_many(self, requests: Iterable[Request], *, now: datetime) -> Events:
        """Take in a backlog, each request with its own `received_at`, in the order given; all of them or, refused, none."""
        if not isinstance(requests, Iterable):
            raise InvalidValue("requests", f"must be a list of Request, not {type(requests).__name__}")
        batch = tuple(requests)
        for request in batch:
            _check_request(request)
        now, us = moment(now, "now")
        happened = self._advanced(now, us)
        self._now, self._us = now, us
        try:
            first: dict[str, list[Request]] = {}
            for request in batch:
                self._check_received(request, now, us)
                case = self._state.case_of(request.id)
                known = first.setdefault(request.id, self._known(request.id, case, now))
                self._check_id(request, known, request.id if case is None else case.id, us)
                known.append(request)
        except CommandRefused as refusal:
            refusal.events = happened
            raise
        events = list(happened)
        for request in batch:
            for event in self._decide_submit(now, us, request):
                self._state.apply(event, us)
                events.append(event)
            if self._state.loosened or self._state.unsure:
                events += self._settled(now, us)
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
        if cancelled is not None and not isinstance(cancelled, bool):
            raise InvalidValue("cancelled", f"must be true or false, not {cancelled!r}")
        if departs_at is not None:
            departs_at = utc(departs_at, "departs_at")
        # Its instant is known once `now` has been checked.
        event = ev.Updated(EPOCH, ticket, booking, service, departs_at, cancelled)
        return self._command(now, self._decide_update, event)

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
        return self._command(now, self._decide_update_client, ev.ClientUpdated(EPOCH, key, stage, manager, curator, zone))

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
        return self._command(now, self._decide_correct, ticket, kind, attributes, agent)

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
        return self._command(now, self._decide_note, ticket, status, done, next, agent)

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
        if not isinstance(right, bool):
            raise InvalidValue("right", f"must be true or false, not {right!r}")
        return self._command(now, self._decide_confirm, ticket, Statement(step, by, agent, right))

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
        if at_once is not None and (type(at_once) is not int or not 1 <= at_once <= 10_000):
            raise InvalidValue("at_once", f"must be a whole number from 1 to 10,000, not {at_once!r}")
        if pay is not None and (type(pay) is not int or not 0 <= pay <= MOST_PAY):
            raise InvalidValue("pay", f"must be a whole number from 0 to {MOST_PAY:,}, not {pay!r}")
        if until is not None:
            until, due = moment(until, "until")
            if due <= (us := moment(now, "now")[1]):
                raise InvalidValue("until", f"{shown(due)} is not after now, {shown(us)}; give a later instant")
        failed = _duty.failed_checks(_duty.named_role(self._state, role, until, pay), checks)
        _duty.check_teams_of_role(self._state, role, teams)
        event = ev.SignedIn(EPOCH, agent, teams, skills, until, at_once, role, pay)
        return self._command(now, self._decide_sign_in, event, failed)

    def sign_out(self, agent: str, *, now: datetime) -> Events:
        """An agent goes off duty. What they have taken and not answered goes back to its place; `SignedOut` lists it (rule H3).

        Raises `NotSignedIn`. O(tickets of the agent).
        """
        check_name(agent, "agent")
        return self._command(now, self._decide_sign_out, agent)

    def take(self, agent: str, *, now: datetime, ticket: str | None = None) -> Events:
        """The best ticket that this agent may work, as a `Taken` event; an empty tuple when there is none. O(log n).

        There is none, too, for an agent who has as many tickets as they work at once. The lane is the first in rank that is
        not empty, or one whose guaranteed share is due (rule R5). Inside it a ticket that came back to wait goes to the agent
        who had it, before the first in rank.

        With `ticket` the agent picks that one: `policy.agents` says whether past a better one. Raises `NotSignedIn` at a desk
        with teams, and for a pick `NotTheirs`, `NotTheirWork`, `TooMany`, `BetterWaits` or `OthersWait`.
        """
        check_name(agent, "agent")
        return self._command(now, self._decide_take, agent, ticket)

    def reply(self, ticket: str, *, now: datetime, agent: str | None = None, note: str | None = None) -> Events:
        """The agent who took the ticket answers all its requests; `Replied` lists the channels that are owed the answer.

        Raises `NoteMissing` where `policy.agents` asks for a note first, as do `hand_back` and `resolve`.
        """
        if note is not None:
            check_says(note, "note")
        return self._command(now, self._decide_reply, ticket, agent, note)

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
        return self._command(now, self._decide_reply_all, service, agent, note)

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

        It stays with that team, whatever conditions say, until another transfer. An addressee is waited for first, and stepped
        in for by `policy.takeover`; the silence counts from now. Raises `GateClosed` if a gate of the team does not let it
        through, `OwnTransfer` if the agent hands it over to themselves and may not, `NotTheirs` for an addressee who is on duty
        for other teams only, and `InvalidValue` for an unknown team. O(log n).
        """
        check_name(to, "to")
        _duty.check_team(self._state, to, "to")
        check_says(grounds, "grounds")
        for name, value in (("agent", agent), ("addressee", addressee)):
            if value is not None:
                check_name(value, name)
        return self._command(now, self._decide_transfer, ticket, to, grounds, agent, addressee)

    def escalate(self, ticket: str, *, grounds: str, now: datetime, agent: str | None = None) -> Events:
        """Hand an open ticket over to the team above its own (`Team.escalates_to`), as `transfer` does.

        Raises `NobodyAbove` where there is none, and `GateClosed`. O(log n).
        """
        check_says(grounds, "grounds")
        if agent is not None:
            check_name(agent, "agent")
        if not self._state.has_teams:
            raise InvalidValue("escalate", "goes to the team above, and this policy has no teams")
        return self._command(now, self._decide_escalate, ticket, grounds, agent)

    def ask_client(self, ticket: str, *, now: datetime) -> Events:
        """Ask the client, or a partner, something: the ticket is parked until they answer.

        What silence comes to is decided now, by `policy.silences`: `ClientAsked.lapse` says it, and when (rule L1). Raises
        `NoteMissing` where `policy.agents` asks for a note first, as does `park`.
        """
        return self._command(now, self._decide_ask_client, ticket)

    def client_answered(self, ticket: str, *, now: datetime) -> Events:
        """The client answered: the ticket waits again in its old place, for the same agent first."""
        return self._command(now, self._decide_client_answered, ticket)

    def park(self, ticket: str, *, until: datetime, now: datetime) -> Events:
        """Put a ticket aside until an instant after `now`; then it waits again in its old place, for the same agent first."""
        until, due = moment(until, "until")
        if due <= (us := moment(now, "now")[1]):
            raise InvalidValue("until", f"{shown(due)} is not after now, {shown(us)}; give a later instant")
        return self._command(now, self._decide_park, ticket, until)

    def hand_back(self, ticket: str, *, now: datetime, agent: str | None = None, note: str | None = None) -> Events:
        """The agent who took the ticket gives it back unanswered: it waits in its old place, for anybody."""
        if note is not None:
            check_says(note, "note")
        return self._command(now, self._decide_hand_back, ticket, agent, note)

    def resolve(self, ticket: str, *, now: datetime, agent: str | None = None, note: str | None = None) -> Events:
        """Close an answered ticket. Raises `NotConfirmed`, naming the steps of its procedure that are missing (rule L1)."""
        if note is not None:
            check_says(note, "note")
        return self._command(now, self._decide_resolve, ticket, agent, note)

    def withdraw(self, ticket: str, *, now: datetime) -> Events:
        """The client no longer asks: close the ticket, in whatever open state it is."""
        return self._command(now, self._decide_withdraw, ticket)

    def reopen(self, ticket: str, *, now: datetime) -> Events:
        """A closed ticket waits again: with its first arrival if it was never answered, otherwise as of its oldest
        unanswered request, or of `now` if it has none (rule D2).
        """
        return self._command(now, self._decide_reopen, ticket)

    def merge(self, ticket: str, other: str, *, now: datetime) -> Events:
        """Make two open tickets one, because an operator says that they are the same matter (rule D6).

        The one that is taken stays, else the one that arrived earlier, then the lesser id; late messages to the other's number
        follow it. Raises `WrongAgent` if different agents have taken both, `OneTicket` if they are one. O(requests of both).
        """
        return self._command(now, self._decide_merge, ticket, other)

    def unmerge(self, request: str, *, now: datetime, other_client: bool = False) -> Events:
        """Take a request out of the ticket that it joined, with all that joined because of it: a ticket of its own (rule D6).

        It waits with its own arrival; answers given meanwhile are not its answer. A ticket that was merged in is named by its
        id, and is again as it was. With `other_client` the request is from somebody else, too: its sender and that of the
        request that it went with are never taken for one client again. Raises `FirstOfTicket` for the request that opened the
        ticket. O(requests of the ticket).
        """
        if not isinstance(other_client, bool):
            raise InvalidValue("other_client", f"must be true or false, not {other_client!r}")
        return self._command(now, self._decide_unmerge, request, other_client)

    def mark_shared(self, identifier: str, *, now: datetime) -> Events:
        """Say that an identifier belongs to many people, such as `email:info@example.com` (rule D1).

        It links nobody by itself any more; what it alone had joined comes apart. Raises `InvalidValue` if it is no identifier.
        O(senders who came with it, and their clients).
        """
        check_name(identifier, "identifier")
        key = self._state.clients.identifier(identifier)
        return self._command(now, self._decide_mark_shared, key)

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
        happened = self._command(now, self._decide_adopt, policy)
        self._passes.clear()
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
        return self._command(now, self._decide_plan, staffing, team)

    def promise(self, ticket: str, *, now: datetime) -> Events:
        """Tell the client of a waiting ticket how long it takes: as `estimate`, and kept, so that it can be scored (rule E3).

        What was told is judged when it falls due, and the ranges to come are the wider for every one in ten that is not kept.
        Raises `WrongState` for a ticket that does not wait.
        """
        return self._command(now, self._decide_promise, ticket)

    def count_agents(self, agents: int, *, now: datetime, team: str | None = None) -> Events:
        """Say how many agents are at work now, at the desk or in one team, whatever was planned.

        It stands until the planned head-count changes.

        Estimates use it at once, and learn what share of the planned agents come.
        """
        if type(agents) is not int or not 0 <= agents <= 100_000:
            raise InvalidValue("agents", f"must be a whole number from 0 to 100,000, not {agents!r}")
        if team is not None:
            self._team(team)
        return self._command(now, self._decide_count_agents, agents, team)

    def advance(self, *, now: datetime) -> Events:
        """Do all that is due by `now`, each thing at its own instant (rule T3). Every other command does this first."""
        return self._command(now, self._decide_nothing)

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
        if lane is not None and lane not in self._state.lane_index:
            raise InvalidValue("lane", f"{lane!r} is none; there are {', '.join(self._state.lane_names)}")
        if limit is not None and (type(limit) is not int or limit < 0):
            raise InvalidValue("limit", f"must be a whole number from 0, not {limit!r}")
        state, names = self._state, self._state.lane_names if lane is None else (lane,)
        queues = state.roster.queues if team is None else state.roster.of_team[self._team(team)]
        ids = chain.from_iterable(state.backlog.lane(state.lane_index[name], queues) for name in names)
        return [ticket_id for ticket_id, _ in zip(ids, range(limit), strict=False)] if limit is not None else list(ids)

    def _team(self, name: str) -> int:
        """The number of a team."""
        _duty.check_team(self._state, name)
        return self._state.roster.team_index[name]

    def position(self, ticket: str, *, now: datetime | None = None) -> Position:
        """Where a ticket stands in rank among those of its team; O(log n)."""
        self._ask(now)
        case = self._case(ticket)
        if case.key is None:
            return Position(case.id, None, None, None, len(self._state.backlog))
        state = self._state
        team = state.roster.team(case)
        ahead = sum(state.backlog.ahead_by_lane(case, team))
        lane = self._state.lane_names[self._state.backlog.lane_of(case)]
        waiting = sum(state.backlog.size(each, team) for each in range(len(state.lane_names)))
        return Position(case.id, ahead + 1, ahead, lane, waiting)

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
        if team is not None:
            self._team(team)
        return handover(self._state, agent, team)

    def client_of(self, request: str, *, now: datetime | None = None) -> str:
        """The client whom a request is from, as far as is known by now; O(requests of its ticket)."""
        self._ask(now)
        case = self._case(request)
        position = next(index for index, known in enumerate(case.requests) if known.id == request)
        return self._client_id(case.senders[position])

    def suspects(self, *, limit: int | None = None, now: datetime | None = None) -> tuple[Suspicion, ...]:
        """Pairs of tickets that may be the same matter, the latest first, with what they have in common; O(tickets).

        The first of each pair is open and named the other when it came. Requests that are kept for review, though they turned
        out to be somebody else's, are told by `Ticket.review`.
        """
        self._ask(now)
        if limit is not None and (type(limit) is not int or limit < 0):
            raise InvalidValue("limit", f"must be a whole number from 0, not {limit!r}")
        cases = self._state.cases
        named = (
            suspicion(case, cases[other], self.policy.duplicates)
            for case in sorted(cases.values(), key=lambda case: -case.number)
            if case.closed is None
            for other in dict.fromkeys((*case.suspects, *(name for held in case.absorbed for name in held.suspects)))
            if other in cases and other != case.id
        )
        return tuple(islice(named, limit))

    def linkage(self, *, now: datetime | None = None) -> tuple[LinkageRecord, ...]:
        """Every request with what identifies its sender, in compared form, for tools that link records offline; O(requests).

        What such a tool finds may be looked at and merged by hand; nothing here takes it as a link.
        """
        self._ask(now)
        return tuple(
            LinkageRecord(
                request_id=request.id,
                ticket_id=case.id,
                client_id=self._client_id(case.senders[position]),
                received_at=instant(case.received[position]),
                channel=request.channel,
                kind=request.kind,
                proven=case.senders[position].proven,
                claimed=case.senders[position].claimed,
                name=case.senders[position].name,
                bookings=tuple(booking.key for booking in request.bookings),
            )
            for case in self._state.cases.values()
            for position, request in enumerate(case.requests)
        )

    @staticmethod
    def _client_id(sender: Sender) -> str:
        assert sender.client is not None
        return sender.client.id

    def forecast(self, *, now: datetime | None = None, team: str | None = None) -> Forecast:
        """When every waiting ticket will be answered, of the desk or of one team: one pass, O(n), as a value to ask (E1)."""
        if team is not None:
            self._team(team)
        return forecast(self._situation(self._ask(now)[1], team))

    def estimate(self, ticket: str, *, now: datetime | None = None) -> Estimate:
        """How long until the first reply to a ticket starts, as a range with reasons (rules E1, E2).

        Reuses a pass over a long queue for up to half an hour, and says so in `as_of`; otherwise O(n). For a ticket that
        does not wait every quantile is `None`, with the reason `NOT_WAITING`.
        """
        now, us = self._ask(now)
        case = self._case(ticket)
        return Estimate.not_waiting(now) if case.key is None else self._estimate(case, us)

    def advise(self, request: Request, *, now: datetime | None = None) -> tuple[Advice, ...]:
        """Through which doors of the policy a request may come, whose it would be, and where it is answered soonest (rule H4).

        The soonest expected answer first, then in the order of the policy; those without an estimate last. Nothing is taken in.
        A request that belongs to a known ticket has one advice, `KNOWN`; one that is filed needs no answer and has none. Raises
        what `submit` would. O(doors x teams), and a pass as of `estimate` for each plan.
        """
        _check_request(request)
        now, us = self._ask(now)
        event = self._decide_submit(now, us, request)[0]
        if isinstance(event, ev.Filed | ev.FiledAgain) or (isinstance(event, ev.Joined) and event.basis is Basis.FILED):
            return ()
        if isinstance(event, ev.Joined | ev.Replayed):
            return (self._known_already(self._case(event.ticket_id), request, us),)
        case, _ = self._would_open(request, us)
        found = ways(self._state, request, case, us)
        told = soonest_first(self._advised(door, sent, us) for door, sent in found if self._state.filing_of(sent) is None)
        # What was worked out for tickets that do not come is not kept.
        self._state.roster.routed.clear()
        return told

    def _would_open(self, request: Request, us: int) -> tuple[Case, Placement]:
        """The ticket that a request would open, and its place in line."""
        received = us if request.received_at is None else micros(request.received_at)
        return self._state.opened(request, received, self._state.planned(request, received), us)

    def _advised(self, door: Door | None, request: Request, us: int) -> Advice:
        case, (lane, order, until) = self._would_open(request, us)
        made, backlog, queues = self._pass(case, us), self._state.backlog, self._queues(self._planned_team(case))
        jump = there = None
        if until < FOREVER:
            jump = until, self._state.ranking.place(case, until)[0]
            there = self._ahead_there(case, until, queues) if jump[1] > lane else None
        ahead = [*(backlog.size(above, queues) for above in range(lane)), backlog.ahead_of(case, lane, order, queues)]
        estimate = made.estimate_at(lane, ahead, jump, us, there)
        return advice(self._state, case, lane, us, Found(door, request.channel, made.opens_at(us), estimate))

    def _known_already(self, case: Case, request: Request, us: int) -> Advice:
        """What is said of a request that belongs to a known ticket."""
        reasons = (Reason("KNOWN", "ticket_id", case.id),)
        if case.key is None:
            gone = Found(None, request.channel, None, Estimate.not_waiting(instant(us)), reasons)
            return advice(self._state, case, None, us, gone)
        made = self._pass(case, us)
        found = Found(None, request.channel, made.opens_at(us), self._estimated(made, case, us), reasons)
        return advice(self._state, case, self._state.backlog.lane_of(case), us, found)

    def _estimate(self, case: Case, us: int, *, promised: bool = False) -> Estimate:
        return self._estimated(self._pass(case, us, promised=promised), case, us)

    def _pass(self, case: Case, us: int, *, promised: bool = False) -> Forecast:
        """A pass over the queue by which a ticket is estimated: the last one, while it will do."""
        # Two passes are kept, so that what a query asked changes nothing that is promised (rule E3).
        now, state, team = instant(us), self._state, self._planned_team(case)
        crew = state.crew_named(team)
        if (cached := self._passes.get((promised, team))) is not None:
            made, sequence, staffing, counted = cached
            age = now - made.as_of
            same = sequence == state.sequence and not age
            long = state.waiting_of(self._queues(team)) > REUSE_ABOVE and staffing is crew.staffing and counted is crew.counted
            if same or (long and age <= REUSE):
                return made
        made = forecast(self._situation(us, team))
        self._passes[promised, team] = made, state.sequence, crew.staffing, crew.counted
        return made

    def _planned_team(self, case: Case) -> str | None:
        """The team of a ticket, if it has a staffing calendar of its own."""
        if not self._state.has_teams or self._state.crew_of(case).staffing is None:
            return None
        return self.policy.teams[self._state.roster.team_of[case.queue]].name

    def _queues(self, team: str | None) -> Sequence[int]:
        """The queues of a team, or all."""
        roster = self._state.roster
        return roster.queues if team is None else roster.of_team[self._team(team)]

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
        now, us = self._ask(now)
        longer = length(by, "by")
        passes: dict[str | None, Forecast] = {}
        found = []
        for ticket_id, given, waits in self._state.calibration.standing():
            case = self._state.cases[ticket_id]
            if waits[2] is None or case.key is None:
                continue
            promised = given + waits[2]
            team = self._planned_team(case)
            if team not in passes:
                passes[team] = forecast(self._situation(us, team))
            told = self._estimated(passes[team], case, us)
            by_now = None if told.p90 is None else now + told.p90
            if by_now is None or micros(by_now) - promised > longer:
                found.append(Worsened(case.id, case.client_id, instant(given), instant(promised), by_now, told.reasons))
        found.sort(key=lambda one: (one.now_by is not None, one.promised_by - (one.now_by or now), one.ticket_id))
        return tuple(found)

    def counter(self, *, now: datetime | None = None) -> Counter:
        """The figures of the evening. O(lanes), but O(n) where a lane is not ordered by arrival."""
        now, us = self._ask(now)
        everywhere = self._state.roster.queues
        oldest = min((self._oldest(lane) for lane in self._state.backlog.busy(everywhere)), default=None)
        counts = self._state.counts
        return Counter(
            as_of=now,
            received=counts["received"],
            received_by_origin={origin: counts[origin] for origin in ORIGINS},
            tickets=counts["tickets"],
            clients=self._state.clients.count,
            repeats=counts["repeats"],
            replays=counts["replays"],
            filed=sum(self._state.filed.counts.values()),
            filed_by=dict(self._state.filed.counts),
            answered=counts["answered"],
            resolved=counts["resolved"],
            withdrawn=counts["withdrawn"],
            lapsed=counts["lapsed"],
            breached=counts["breached"],
            waiting=len(self._state.backlog),
            waiting_by_lane={
                name: self._state.backlog.size(lane, everywhere) for lane, name in enumerate(self._state.lane_names)
            },
            waiting_by_team={
                team.name: sum(self._state.backlog.size(lane, queues) for lane in range(len(self._state.lane_names)))
                for team, queues in zip(self.policy.teams, self._state.roster.of_team, strict=False)
            },
            taken=self._state.taken,
            parked=self._state.parked,
            backlog=self._state.unanswered,
            oldest=None if oldest is None else oldest[1],
            oldest_wait=None if oldest is None else duration(us - oldest[0]),
            repeats_cost=self._repeats_cost(us),
        )

    def _repeats_cost(self, us: int) -> timedelta | None:
        since, counts = self._state.measures.since, self._state.counts
        if since is None or us - since < DAY or not counts["answered"]:
            return None
        return duration(counts["repeats"] * (us - since) // counts["answered"])

    def snapshot(self) -> Snapshot:
        """Everything the desk knows, as values; O(n)."""
        return self._state.snapshot()

    def __eq__(self, other: object) -> bool:
        return self.snapshot() == other.snapshot() if isinstance(other, Desk) else NotImplemented

    # --------------------------------------------------------- how commands run

    def _command(self, now: datetime, decided: Callable[..., Events], *arguments: object) -> Events:
        now, us = moment(now, "now")
        state = self._state
        due = self._advanced(now, us) if us >= state.due or us < self._us else ()
        self._now, self._us = now, us
        try:
            happened = decided(now, us, *arguments)
        except CommandRefused as refusal:
            refusal.events = due
            raise
        for event in happened:
            state.apply(event, us)
        if state.loosened or state.unsure:
            happened += self._settled(now, us)
        if state.due <= us:
            # What changed may belong to another team now, or be late already, which is due at once.
            happened += self._advanced(now, us)
        return due + happened if due else happened

    def _settled(self, now: datetime, us: int) -> Events:
        """Take apart what only links held together that were taken back (rules D1, D6); closed tickets stay as they are.

        Then give tickets what the host knows of whoever turned out to be their client (rule R7).
        """
        state = self._state
        happened: list[Event] = []
        while state.loosened:
            # By their ids: a desk that is rebuilt, which may look at more of them, must write the same.
            for ticket_id in sorted(state.loosened):
                case = state.cases.get(ticket_id)
                event = None if case is None or case.closed is not None else self._come_apart(case, now, us)
                if event is None:
                    del state.loosened[ticket_id]
                else:
                    state.apply(event, us)
                    happened.append(event)
        if state.unsure and (changed := self._facts_changed(now, us)) is not None:
            state.apply(changed, us)
            happened.append(changed)
        return tuple(happened)

    def _facts_changed(self, now: datetime, us: int) -> ev.FactsChanged | None:
        """What is to be said of tickets of whose client something else is known than they show."""
        state = self._state
        cases = [state.cases[ticket_id] for ticket_id in sorted(state.unsure) if ticket_id in state.cases]
        state.unsure.clear()
        changed = [(case, other) for case in cases if (other := state.relearnt(case)) is not None]
        if not changed:
            return None
        return ev.FactsChanged(now, tuple(case.id for case, _ in changed), self._moves(changed, us))

    def _moves(self, changed: Iterable[tuple[Case, Case]], us: int) -> tuple[ev.Move, ...]:
        """Where waiting tickets go whose facts change, each given as it is and as it will be."""
        state = self._state
        moved: dict[tuple[int, int], list[str]] = {}
        for case, other in changed:
            if case.key is None:
                continue
            source = state.backlog.lane_of(case)
            before = state.ranking.order(case, source, us)[0]
            lane, order, _ = state.ranking.place(other, us)
            if lane != source or order != before:
                moved.setdefault((source, lane), []).append(case.id)
        names = state.lane_names
        return tuple(ev.Move(names[a], names[b], tuple(ids)) for (a, b), ids in sorted(moved.items()))

    def _come_apart(self, case: Case, now: datetime, us: int) -> Event | None:
        """What is next to be done about requests of other clients in a ticket: some leave it, or stay for its booking."""
        parts = case.parts()
        if len(parts) == 1:
            return None
        ours, *others = ([case.requests[position] for position in part] for part in parts)
        references = {booking.key for request in ours for booking in request.bookings}

        def stays(part: list[Request]) -> bool:
            return any(booking.key in references for request in part for booking in request.bookings)

        if stays(others[0]):
            return ev.KeptForReview(
                now, case.id, tuple(dict.fromkeys(request.id for part in filter(stays, others) for request in part))
            )
        return self._split(case, tuple(dict.fromkeys(request.id for request in others[0])), "OTHER_CLIENT", now, us)

    def _split(self, case: Case, request_ids: tuple[str, ...], reason: str, now: datetime, us: int) -> ev.Split:
        state = self._state
        part, rest = state.split(case, request_ids)
        lanes = state.lane_of(part, us), state.lane_of(rest, us)
        return ev.Split(now, case.id, part.id, request_ids, part.client_id, *lanes, reason)

    def _advanced(self, now: datetime, us: int) -> Events:
        """Do what is due by now, instant by instant until nothing is (rule T3); refused if now is too early (rule T2)."""
        if us < self._us:
            assert self._now is not None
            raise TimeWentBack(now, self._now)
        happened: list[Event] = []
        state = self._state
        while (due := state.next_due()) <= us:
            by_state: dict[State, list[Case]] = {}
            for case in state.timers.pop(due):
                by_state.setdefault(case.state, []).append(case)
            leaving = state.roster.shifts.pop(due) if state.roster.agents else []
            late = [alarm.case for alarm in state.alarms.pop(due)] if state.clocks.given else []
            for when, what in _DUE:
                happens = what(self, due, by_state[when]) if when in by_state else ()
                if late and when is State.TAKEN:
                    happened += self._fall_late(late, due)
                for event in happens:
                    state.apply(event, due)
                happened += happens
                if leaving and when is State.TAKEN:
                    for event in (gone := _duty.off_duty(state, leaving, due, "SHIFT_END")):
                        state.apply(event, due)
                    happened += gone
        return tuple(happened)

    def _due_lanes(self, due: int, cases: Sequence[Case]) -> Events:
        state, at = self._state, instant(due)
        moved: dict[tuple[int, int], list[str]] = {}
        for case in cases:
            source = state.backlog.lane_of(case)
            if (target := state.moves_into(case, due)) is not None:
                moved.setdefault((source, target), []).append(case.id)
        names = state.lane_names
        return tuple([ev.LaneChanged(at, names[a], names[b], tuple(moved[a, b])) for a, b in sorted(moved)])

    def _due_routes(self, due: int, cases: Sequence[Case]) -> Events:
        routing = self._state.roster.routing
        if routing is None:
            return ()
        routed: dict[tuple[int, int], list[str]] = {}
        for case in cases:
            if (queue := self._state.roster.elsewhere(case, due)) is not None:
                routed.setdefault((case.queue, queue), []).append(case.id)
        at, queues = instant(due), routing.queues
        return tuple([ev.Routed(at, queues[a], queues[b], tuple(routed[a, b])) for a, b in sorted(routed)])

    def _fall_late(self, cases: Sequence[Case], due: int) -> Events:
        """Clocks are missed or warned of, before agents go off duty at the same instant."""
        happened = said_late(self._state, cases, due)
        for event in happened:
            self._state.apply(event, due)
        return happened

    def _due_takes(self, due: int, cases: Sequence[Case]) -> Events:
        return tuple(_duty.back(self._state, case, due, "TIME_LIMIT") for case in cases)

    def _due_parks(self, due: int, cases: Sequence[Case]) -> Events:
        at = instant(due)
        return tuple(ev.Unparked(at, case.id, self._lane_after(case, due)) for case in cases if not case.asked)

    def _due_lapses(self, due: int, cases: Sequence[Case]) -> Events:
        at = instant(due)
        return tuple(
            ev.Lapsed(at, case.id, case.lapse.outcome, None if closes(case) else self._lane_after(case, due))
            for case in cases
            if case.lapse is not None
        )

    def _due_expiries(self, due: int, cases: Sequence[Case]) -> Events:
        return (ev.Archived(instant(due), tuple(case.id for case in cases)),)

    # -------------------------------------------------------------- decisions

    def _decide_nothing(self, now: datetime, us: int) -> Events:
        return ()

    def _decide_adopt(self, now: datetime, us: int, policy: Policy) -> Events:
        if (field := fixed(self.policy, policy)) is not None:
            raise FixedRule(field)
        return (self._state.adoption(policy, us).event(now),)

    def _decide_plan(self, now: datetime, us: int, staffing: Staffing, team: str | None) -> Events:
        return (ev.StaffingPlanned(now, staffing, team),)

    def _decide_promise(self, now: datetime, us: int, ticket: str) -> Events:
        case = self._case(ticket)
        if case.key is None:
            raise wrong_state(case, "promise")
        told = self._estimate(case, us, promised=True)
        return (ev.Promised(now, case.id, told.p10, told.p50, told.p90, told.reasons),)

    def _decide_count_agents(self, now: datetime, us: int, agents: int, team: str | None) -> Events:
        return (ev.AgentsCounted(now, agents, team),)

    def _decide_submit(self, now: datetime, us: int, request: Request) -> Events:
        received = self._check_received(request, now, us)
        state = self._state
        case = state.case_of(request.id)
        if case is not None:
            return self._decide_known(now, us, request, received, case)
        if (self.policy.filings or state.filed) and (filed := self._decide_filed(now, us, request, received)):
            return filed
        plan = state.planned(request, received)
        decision = self._weighed(request, received, us)
        if decision.ticket_id is not None:
            happened: Event = self._join(request, received, decision, now, us)
        else:
            happened = self._admit(now, us, request, received, plan, decision)
        return (happened, *self._no_silence(now, us, request, decision.ticket_id)) if self.policy.silences else (happened,)

    def _no_silence(self, now: datetime, us: int, request: Request, joined: str | None) -> Events:
        """What it comes to for other tickets that a request breaks a silence (rule L1)."""
        broken = (case for case in self._state.broken_by(request) if case.id != joined)
        return tuple(ev.ClientAnswered(now, case.id, self._lane_after(case, us)) for case in broken)

    def _decision(self, request: Request, received: int, plan: Plan, us: int) -> Decision:
        """What a request is (rule D2)."""
        state = self._state
        asked = Asked(request, received, plan, us, self.policy.duplicates, state.case_of, self._urgency)
        return decide(asked, state.matters, state.cases)

    def _weighed(self, request: Request, received: int, us: int) -> Decision:
        """What a request is, and whether it loses nothing by that (rules D2, D3)."""
        plan = self._state.planned(request, received)
        return weighed(self._state, self._decision(request, received, plan, us), request, received, plan, us)

    def _decide_filed(self, now: datetime, us: int, request: Request, received: int) -> Events:
        """What becomes of a request that needs no answer (rule L1); nothing for one that does."""
        state = self._state
        known = state.filed.find(request.id, now)
        if known is not None:
            self._check_id(request, [known], None, us)
            return (ev.FiledAgain(now, request.id),)
        filing = state.filing_of(request)
        if filing is None or (filing.new_only and self._weighed(request, received, us).ticket_id is not None):
            return ()
        confirmed = state.confirmed_by(filing, request, now)
        ticket = None if confirmed is None else confirmed.ticket_id
        happened: Event = ev.Filed(now, request, filing.name, filing.directs_to, ticket or state.named_by(filing, request))
        if filing.joins:
            decision = self._decision(request, received, state.planned(request, received), us)
            if decision.ticket_id is not None:
                # What needs no answer reopens nothing.
                verdict = Verdict.FOLLOW_UP if decision.verdict is Verdict.REOPENS else decision.verdict
                decision = replace(decision, verdict=verdict, basis=Basis.FILED)
                happened = self._join(request, received, decision, now, us)
        return (happened,) if confirmed is None else (happened, confirmed)

    def _known(self, request_id: str, case: Case | None, now: datetime) -> list[Request]:
        """The requests that came under an id: the first, and its edits."""
        if case is not None:
            return _edits(case, request_id)
        filed = self._state.filed.find(request_id, now)
        return [] if filed is None else [filed]

    def _urgency(self, case: Case, at: int) -> tuple[int, ...]:
        """Orders tickets at an instant: by lane, then by the departure that is next, then by arrival."""
        lane = self._state.ranking.place(case, at)[0]
        return lane, next_departure(case.bookings, at), case.arrival, case.number

    def _admit(self, now: datetime, us: int, request: Request, received: int, plan: Plan, decision: Decision) -> ev.Admitted:
        state = self._state
        reasons = decision.reasons
        case, place = state.opened(request, received, plan, us)
        if request.zone is not None and self.policy.zone_named(request.zone) is None:
            reasons = (*reasons, Reason("UNKNOWN_ZONE", "zone", zone_name(case.zone), request.zone))
        if request.id in state.archived:
            reasons = (*reasons, Reason("ARCHIVED", "id", request.id))
        if request.in_reply_to in state.archived:
            reasons = (*reasons, Reason("ARCHIVED", "in_reply_to", request.in_reply_to or ""))
        return ev.Admitted(
            now,
            request.id,
            request,
            plan.client_id,
            state.lane_names[place[0]],
            reasons,
            decision.suspects,
            decision.suspect_count,
            state.roster.queue(case) if state.has_teams else None,
            instant(case.arrival + case.delay) if case.delay else None,
        )

    def _check_received(self, request: Request, now: datetime, us: int) -> int:
        """When the request came, in microseconds."""
        if request.received_at is None:
            return us
        received = micros(request.received_at)
        if received > us:
            raise NotReceivedYet(request.id, request.received_at, now)
        return received

    def _check_id(self, request: Request, known: Sequence[Request], ticket_id: str | None, us: int) -> None:
        """Refuse an id that somebody else used: an edit comes from the same client on the same channel (rule D2).

        What needs no answer is not edited. Whether a message of a batch will need one is not known before its turn comes.
        """
        filing = self._state.filing_of(known[0]) if self.policy.filings and known else None
        fixed = filing is not None and not (filing.new_only and self._state.case_of(known[0].id) is not None)
        for one in known:
            if not same_content(one, request) and (
                fixed or one.channel != request.channel or not self._same_sender(one, request, us)
            ):
                raise RequestExists(request.id, ticket_id)

    def _same_sender(self, known: Request, request: Request, us: int) -> bool:
        if (known.client, known.claims) == (request.client, request.claims):
            return True
        received = us if request.received_at is None else micros(request.received_at)
        plan = self._state.clients.plan(request, received)
        before = self._state.clients.find(known)
        assert plan.sender is not None
        if not plan.sender.keys:
            return False
        return before is not None and plan.client_after(before) is plan.client_after(plan.sender)

    def _decide_known(self, now: datetime, us: int, request: Request, received: int, case: Case) -> Events:
        """A request under a known id: the same again, or an edit (rule D2)."""
        for one in case.requests:
            if one.id == request.id and same_content(one, request):
                return (ev.Replayed(now, case.id, request.id),)
        self._check_id(request, _edits(case, request.id), case.id, us)
        thanks = request.kind in self.policy.duplicates.acknowledgements
        verdict = Verdict.REOPENS if case.state is State.CLOSED and not thanks else Verdict.FOLLOW_UP
        reasons = (Reason("EDITED", "id", request.id),)
        decision = Decision(verdict, case.id, reasons, onto=request.id, basis=Basis.EDIT)
        return (self._join(request, received, decision, now, us),)

    def _join(self, request: Request, received: int, decision: Decision, now: datetime, us: int) -> ev.Joined:
        state = self._state
        assert decision.ticket_id is not None
        assert decision.onto is not None
        joined = state.joined(state.cases[decision.ticket_id], request, received, decision.onto, decision.basis)
        return ev.Joined(
            now,
            joined.id,
            request,
            decision.verdict,
            state.lane_of(joined, us),
            state.planned(request, received).client_id,
            decision.onto,
            decision.basis,
            decision.reasons,
            decision.suspects,
            decision.suspect_count,
        )

    def _decide_merge(self, now: datetime, us: int, ticket: str, other: str) -> Events:
        one, another = self._case(ticket), self._case(other)
        for case in (one, another):
            if case.closed is not None:
                raise wrong_state(case, "merge")
        if one is another:
            raise OneTicket(one.id, ticket, other)
        if one.taken is not None and another.taken is not None and one.agent != another.agent:
            raise WrongAgent(another.id, str(one.agent), str(another.agent))
        survivor, absorbed = sorted((one, another), key=lambda case: (case.taken is None, case.arrival, case.id))
        lane = self._state.lane_of(self._state.merged(survivor, absorbed), us)
        return (ev.Merged(now, survivor.id, absorbed.id, lane),)

    def _decide_unmerge(self, now: datetime, us: int, request: str, other_client: bool) -> Events:
        case = self._case(request)
        position = next(index for index, known in enumerate(case.requests) if known.id == request)
        if position == 0:
            raise FirstOfTicket(request)
        onto = case.requests[case.joints[position][0]].id
        ids = tuple(dict.fromkeys(case.requests[index].id for index in case.with_those_it_brought(position)))
        split = self._split(case, ids, "UNMERGED", now, us)
        return (split, ev.SetApart(now, onto, request)) if other_client else (split,)

    def _decide_mark_shared(self, now: datetime, us: int, identifier: str) -> Events:
        return (ev.MarkedShared(now, identifier),)

    def _decide_update(self, now: datetime, us: int, update: ev.Updated) -> Events:
        if update.ticket is not None:
            update = replace(update, ticket=self._case(update.ticket).id)
        scope = scope_of(update.ticket, update.booking, update.service)
        said = self._state.said_after(update)
        cases = (self._state.cases[ticket_id] for ticket_id in sorted(self._state.touched(scope)))
        changed = ((case, self._state.with_bookings(case, said)) for case in cases if case.key is not None)
        return (replace(update, at=now, moves=self._moves(changed, us)),)

    def _decide_update_client(self, now: datetime, us: int, update: ev.ClientUpdated) -> Events:
        state = self._state
        word: Told = told({name: getattr(update, name) for name in CLIENT_FACTS}, state.sequence + 1)
        touched = sorted(state.of_client(update.client).items())
        cases = ((state.cases[ticket_id], known) for ticket_id, known in touched)
        changed = ((case, state.with_facts(case, latest(known, word))) for case, known in cases if case.key is not None)
        return (replace(update, at=now, moves=self._moves(changed, us)),)

    def _decide_correct(
        self,
        now: datetime,
        us: int,
        ticket: str,
        kind: str | None,
        attributes: Mapping[str, Attribute] | None,
        agent: str | None,
    ) -> Events:
        case = self._held(ticket, "correct")
        event = ev.Corrected(now, case.id, kind, attributes, None, agent)
        corrected = copy(case)
        self._state.put_right(corrected, self._state.corrections_after(case, event))
        if corrected.kind == case.kind and same_attributes(corrected.attributes, case.attributes):
            raise NothingCorrected(case.id)
        return (replace(event, lane=self._state.lane_of(corrected, us)),)

    def _decide_note(self, now: datetime, us: int, ticket: str, status: str, done: str, then: str, agent: str | None) -> Events:
        return (ev.Noted(now, self._held(ticket, "note").id, status, done, then, agent),)

    def _decide_confirm(self, now: datetime, us: int, ticket: str, said: Statement) -> Events:
        return (confirm(self.policy, self._held(ticket, "confirm"), now, said)[0],)

    def _decide_sign_in(self, now: datetime, us: int, event: ev.SignedIn, failed: tuple[str, ...]) -> Events:
        return _duty.sign_in(self._state, now, event, failed)

    def _decide_sign_out(self, now: datetime, us: int, name: str) -> Events:
        return _duty.sign_out(self._state, us, name)

    def _decide_take(self, now: datetime, us: int, agent: str, ticket: str | None) -> Events:
        return _duty.take(self._state, now, us, agent, ticket)

    def _decide_reply(self, now: datetime, us: int, ticket: str, agent: str | None, note: str | None) -> Events:
        case = self._held(ticket, "reply", agent)
        assert case.agent is not None
        if self._state.roster.roles:
            _duty.check_work(self._state, case, us, self._state.roster.on_duty(case.agent))
        waited = duration(us - case.arrival)
        replied = ev.Replied(now, case.id, case.agent, waited, *case.addresses_owed(), note)
        until = until_due(self.policy, case, now) if case.confirmed else None
        return (replied,) if until is None else (replied, ev.Parked(now, case.id, until))

    def _held(self, ticket: str, command: str, agent: str | None = None) -> Case:
        return held(self._state, ticket, command, agent)

    def _decide_reply_all(self, now: datetime, us: int, service: str, agent: str, note: str | None) -> Events:
        return _duty.reply_all(self._state, now, us, service, agent, note)

    def _decide_transfer(
        self, now: datetime, us: int, ticket: str, to: str, grounds: str, agent: str | None, addressee: str | None
    ) -> Events:
        asked = Transfer(at=now, team=to, grounds=grounds, agent=agent, addressee=addressee)
        return _transfer.transfer(self._state, us, ticket, asked)

    def _decide_escalate(self, now: datetime, us: int, ticket: str, grounds: str, agent: str | None) -> Events:
        return _transfer.escalate(self._state, now, us, ticket, grounds, agent)

    def _decide_ask_client(self, now: datetime, us: int, ticket: str) -> Events:
        case = self._held(ticket, "ask_client")
        assert case.agent is not None
        return (ev.ClientAsked(now, case.id, case.agent, lapse_of(self.policy, case, us)),)

    def _decide_client_answered(self, now: datetime, us: int, ticket: str) -> Events:
        case = self._held(ticket, "client_answered")
        return (ev.ClientAnswered(now, case.id, self._lane_after(case, us)),)

    def _lane_after(self, case: Case, at: int) -> str:
        return lane_after(self._state, case, at)

    def _decide_park(self, now: datetime, us: int, ticket: str, until: datetime) -> Events:
        return (ev.Parked(now, self._held(ticket, "park").id, until),)

    def _decide_hand_back(self, now: datetime, us: int, ticket: str, agent: str | None, note: str | None) -> Events:
        case = self._held(ticket, "hand_back", agent)
        assert case.agent is not None
        return (ev.HandedBack(now, case.id, case.agent, self._lane_after(case, us), note),)

    def _decide_resolve(self, now: datetime, us: int, ticket: str, agent: str | None, note: str | None) -> Events:
        case = self._held(ticket, "resolve", agent)
        if self.policy.procedures:
            check_closable(self.policy, case)
        return (ev.Resolved(now, case.id, agent or case.agent, note),)

    def _decide_withdraw(self, now: datetime, us: int, ticket: str) -> Events:
        return (ev.Withdrawn(now, self._held(ticket, "withdraw").id),)

    def _decide_reopen(self, now: datetime, us: int, ticket: str) -> Events:
        case = self._held(ticket, "reopen")
        return (ev.Reopened(now, case.id, self._lane_after(case.reopened(us), us)),)

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

    def _oldest(self, lane: int) -> tuple[int, str]:
        queues = self._state.roster.queues
        if self._state.ranking.plain[lane]:
            first = self._state.backlog.first(lane, queues)
            return self._state.cases[first].arrival, first
        return min((self._state.cases[ticket_id].arrival, ticket_id) for ticket_id in self._state.backlog.lane(lane, queues))

    def _situation(self, us: int, team: str | None = None) -> Situation:
        """What the forward pass over the desk, or over one team, starts from; O(n)."""
        state, queues, lanes = self._state, self._queues(team), len(self._state.lane_names)
        crew = state.crew_named(team)
        waiting = tuple(tuple(state.backlog.lane(lane, queues)) for lane in range(lanes))
        jumps: dict[str, tuple[int, int]] = {}
        ahead_there: dict[str, int] = {}
        known = crew.measures.costs()
        costs = []
        for lane, ids in enumerate(waiting):
            cost = 0.0
            for ticket_id in ids:
                case = state.cases[ticket_id]
                if known:
                    cost += known.get(case.kind, 1.0)
                if (jump := self._next_lane(case, us)) is not None:
                    jumps[ticket_id] = jump
                    if jump[1] > lane:
                        ahead_there[ticket_id] = self._ahead_there(case, jump[0], queues)
            costs.append(cost / len(ids) if ids and known else 1.0)
        return Situation(
            at=us,
            lanes=state.lane_names,
            waiting=waiting,
            jumps=jumps,
            shares=tuple(lane.share for lane in self.policy.lanes),
            taken=state.taken if team is None else self._taken_by(queues),
            staffing=crew.staffing,
            counted=None if crew.counted is None else (crew.counted.agents, micros(crew.counted.at)),
            factors=self._factors(team),
            measures=crew.measures,
            ahead_there=ahead_there,
            costs=tuple(costs),
            by_arrival=state.ranking.plain,
        )

    def _taken_by(self, queues: Collection[int]) -> int:
        """How many tickets of some queues are with agents; O(tickets with agents)."""
        state = self._state
        held = (state.cases[name] for agent in state.roster.agents.values() for name in agent.has(State.TAKEN))
        return sum(case.queue in queues for case in held)

    def _factors(self, team: str | None) -> Mapping[tuple[int, int], tuple[float, float]]:
        """What was learnt of ranges, by lane and horizon: of a team that has a plan, or by the plan of the whole desk."""
        lanes = len(self._state.lane_names)
        first = lanes * (len(self.policy.teams) if team is None else self._team(team))
        factors = self._state.calibration.factors()
        return {(lane - first, at): known for (lane, at), known in factors.items() if first <= lane < first + lanes}

    def _next_lane(self, case: Case, us: int) -> tuple[int, int] | None:
        """A waiting ticket's next lane change: when, and whereto; `None` for none that is known."""
        ranking, due = self._state.ranking, case.due
        if self._state.has_teams:
            # What its timer is set to may be a change of teams.
            due = ranking.place(case, us)[2]
        if due >= FOREVER:
            return None
        jump = case.next_lane
        if jump is None or jump[0] != due:
            jump = case.next_lane = due, ranking.place(case, due)[0]
        return jump

    def _ahead_there(self, case: Case, due: int, queues: Sequence[int]) -> int:
        """How many now stand before the place that a ticket will have after its next lane change."""
        lane, order, _ = self._state.ranking.place(case, due)
        return self._state.backlog.ahead_of(case, lane, order, queues)

    def _estimated(self, made: Forecast, case: Case, us: int) -> Estimate:
        backlog, queues = self._state.backlog, self._queues(self._planned_team(case))
        lane, jump, there = backlog.lane_of(case), self._next_lane(case, us), None
        if jump is not None and jump[1] > lane:
            there = self._ahead_there(case, jump[0], queues)
        return made.estimate_at(lane, backlog.ahead_by_lane(case, queues), jump, us, there)


_DUE: Final[Sequence[tuple[State, Callable[[Desk, int, Sequence[Case]], Events]]]] = (
    (State.WAITING, Desk._due_lanes),
    (State.WAITING, Desk._due_routes),
    (State.PARKED, Desk._due_parks),
    (State.PARKED, Desk._due_lapses),
    (State.TAKEN, Desk._due_takes),
    (State.CLOSED, Desk._due_expiries),
)
"""What a timer means in each state, in the order in which events of one instant are written (rule T3)."""


def _edits(case: Case, request_id: str) -> list[Request]:
    """The requests of a ticket that came under one id: the first of them, and its edits."""
    return [known for known in case.requests if known.id == request_id]


def _check_request(request: object) -> None:
    if not isinstance(request, Request):
        raise InvalidValue("request", f"must be a Request, not {type(request).__name__}")
