"""Everything that can have happened at a desk, in the order in which events of one instant are written (rule T3).

Commands return these values; kept in order they are the log, and the log is the state (rule G1). `at` is the instant of the
event in UTC. `lane` names the lane in which the ticket waits from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

from supportq._frozen import frozen
from supportq.policy import Policy
from supportq.staffing import Staffing
from supportq.tickets import Address, Attribute, Basis, ClockKind, Lapse, Queue, Reason, Request, Verdict

__all__ = [
    "Admitted",
    "AgentsCounted",
    "Archived",
    "Breached",
    "CheckFailed",
    "ClientAnswered",
    "ClientAsked",
    "ClientUpdated",
    "Confirmed",
    "Corrected",
    "Event",
    "FactsChanged",
    "Filed",
    "FiledAgain",
    "HandedBack",
    "Joined",
    "KeptForReview",
    "LaneChanged",
    "Lapsed",
    "MarkedShared",
    "Merged",
    "Move",
    "Noted",
    "Parked",
    "PolicyAdopted",
    "Promised",
    "QueueMove",
    "Reopened",
    "Replayed",
    "Replied",
    "Resolved",
    "Routed",
    "SetApart",
    "SignedIn",
    "SignedOut",
    "Split",
    "StaffingPlanned",
    "Taken",
    "Transferred",
    "Unparked",
    "Updated",
    "Warned",
    "Withdrawn",
]


@frozen
class Move:
    """Tickets that went from one lane to another, or to another place in the same lane."""

    source: str
    target: str
    ticket_ids: tuple[str, ...]


@frozen
class QueueMove:
    """Tickets that went from one queue to another; `source` is `None` where the desk had no teams."""

    source: Queue | None
    target: Queue
    ticket_ids: tuple[str, ...]


@frozen
class PolicyAdopted:
    """The desk goes by another policy from now on; all tickets were ranked and routed anew by it (rule G1).

    `moves` carries every waiting ticket that is in a lane of another name, each `source` as the policy before named it. Places
    inside lanes may be others, too. `routes` carries those that are in another queue. `teamless` are agents at work who have no
    team any more: they keep their tickets, and sign in anew before they take others. Hosts show everything anew, and look at
    `promises_worsened`.
    """

    at: datetime
    policy: Policy
    moves: tuple[Move, ...] = ()
    routes: tuple[QueueMove, ...] = ()
    teamless: tuple[str, ...] = ()


@frozen
class StaffingPlanned:
    """A staffing calendar was given, for the whole desk or for one team; estimates use it from now on.

    Hosts show clients the new estimates.
    """

    at: datetime
    staffing: Staffing
    team: str | None = None


@frozen
class AgentsCounted:
    """So many agents are at work from now on, at the desk or in one team, whatever was planned; estimates use it.

    It stands until the planned head-count changes, or another plan is given.
    """

    at: datetime
    agents: int
    team: str | None = None


@frozen
class Admitted:
    """A request opened a ticket of its own. It carries the request, so that the log alone rebuilds the ticket.

    `suspects` are tickets that may be the same matter but were not joined: at most ten, newest first, of `suspect_count`.
    `effective_arrival` is the arrival that it counts with because of its fair share; `None`: its own (rule R8).
    """

    at: datetime
    ticket_id: str
    request: Request
    client_id: str
    lane: str
    reasons: tuple[Reason, ...] = ()
    suspects: tuple[str, ...] = ()
    suspect_count: int = 0
    queue: Queue | None = None
    effective_arrival: datetime | None = None

    verdict: ClassVar[Verdict] = Verdict.NEW


@frozen
class Joined:
    """A request joined a known ticket: a repeat, a follow-up, an edit, or a reopening. Nothing sent is lost (rule D4).

    `lane` is `None` when the ticket does not wait, because an agent has it or it is parked. `client_id` is whom the request is
    from, `onto` the request of the ticket that it goes with, and `basis` says why. `suspects` are as of `Admitted`.
    """

    at: datetime
    ticket_id: str
    request: Request
    verdict: Verdict
    lane: str | None
    client_id: str
    onto: str
    basis: Basis
    reasons: tuple[Reason, ...] = ()
    suspects: tuple[str, ...] = ()
    suspect_count: int = 0


@frozen
class Filed:
    """A request that needs no answer was filed by the rule `filing`: it is counted, and never waits (rule L1).

    `directs_to` is where its author is pointed (the words are the host's). `ticket` is the open one that it confirms a step of,
    as the `Confirmed` that follows says, or the one that it names; `None` for most.
    """

    at: datetime
    request: Request
    filing: str
    directs_to: str | None = None
    ticket: str | None = None

    verdict: ClassVar[Verdict] = Verdict.FILED


@frozen
class FiledAgain:
    """A request that had been filed came again under the same id with the same content. It changed nothing."""

    at: datetime
    request_id: str

    verdict: ClassVar[Verdict] = Verdict.REPLAY


@frozen
class Replayed:
    """A request came again under the same id with the same content. It changed nothing; count it and go on."""

    at: datetime
    ticket_id: str
    request_id: str

    verdict: ClassVar[Verdict] = Verdict.REPLAY


@frozen
class LaneChanged:
    """Time moved tickets: one event per instant and lane pair carries all of them, in the order of their ids.

    With `source` equal to `target` their place inside the lane changed. Hosts refresh what they show.
    """

    at: datetime
    source: str
    target: str
    ticket_ids: tuple[str, ...]


@frozen
class Routed:
    """Waiting tickets went from one queue to another: hours, time or a fact changed whose they are, or who may take them (H2).

    One event per instant and pair of queues carries all of them, in the order of their ids. Their lanes and places stay.
    """

    at: datetime
    source: Queue
    target: Queue
    ticket_ids: tuple[str, ...]


@frozen
class Updated:
    """The host said what is true of a ticket's bookings, one booking, or one service (rule R7).

    `departs_at` and `cancelled` are `None` where nothing was said. `moves` carries every waiting ticket it moved.
    """

    at: datetime
    ticket: str | None = None
    booking: str | None = None
    service: str | None = None
    departs_at: datetime | None = None
    cancelled: bool | None = None
    moves: tuple[Move, ...] = ()


@frozen
class ClientUpdated:
    """The host said what it knows of a client, named by an identifier in normal form (rule R7).

    `stage`, `manager`, `curator` and `zone` are `None` where nothing was said. `moves` carries every waiting ticket it moved.
    """

    at: datetime
    client: str
    stage: str | None = None
    manager: str | None = None
    curator: str | None = None
    zone: str | None = None
    moves: tuple[Move, ...] = ()


@frozen
class FactsChanged:
    """Tickets turned out to be a client's of whom the host knows something else (rules D1, R7).

    It follows the event that showed who is whose client. `ticket_ids` are all of them, `moves` those that it moved.
    """

    at: datetime
    ticket_ids: tuple[str, ...]
    moves: tuple[Move, ...] = ()


@frozen
class Corrected:
    """What a ticket asks, or what its request carries, was put right; the requests stay as they were sent.

    `kind` and `attributes` are `None` where nothing was said. `lane` is `None` if the ticket does not wait.
    """

    at: datetime
    ticket_id: str
    kind: str | None
    attributes: Mapping[str, Attribute] | None
    lane: str | None
    agent: str | None = None


@frozen
class Noted:
    """Somebody noted how a ticket stands, what was done, and what is next (rule L1)."""

    at: datetime
    ticket_id: str
    status: str
    done: str
    next: str
    agent: str | None = None


@frozen
class Confirmed:
    """A step of a ticket's procedure was confirmed, `by` somebody in a role (rule L1).

    With `until` the ticket was put aside, since the next step may not be confirmed before. With `back_to` the step found the
    thing wrong: the work goes on at that step, and what was confirmed from there on counts no more.
    """

    at: datetime
    ticket_id: str
    step: str
    by: str
    agent: str | None = None
    until: datetime | None = None
    back_to: str | None = None


@frozen
class Taken:
    """An agent took a ticket out of `lane`. `by_share` says that a guaranteed share chose the lane, not rank (R5).

    `passed` is the better ticket that waited for an agent who picked this one, or where this one is long work any other that
    waited for them or was with them unanswered (H3). `service` is that of a reply to all tickets about it, which follows at the
    same instant.
    """

    at: datetime
    ticket_id: str
    agent: str
    lane: str
    waited: timedelta
    by_share: bool = False
    passed: str | None = None
    service: str | None = None


@frozen
class Replied:
    """The client was answered. `waited` runs from the arrival; the answer is owed to every channel somebody wrote by (D4).

    `answer_to` are addresses proven for the ticket's client. `unverified` are all others that wrote; whether they get the
    answer, the host decides (D5). `service` is set where it is one of the replies to all tickets about that.
    """

    at: datetime
    ticket_id: str
    agent: str
    waited: timedelta
    answer_to: tuple[Address, ...]
    unverified: tuple[Address, ...] = ()
    note: str | None = None
    service: str | None = None


@frozen
class ClientAsked:
    """The agent asked the client something; the ticket is parked until the client answers.

    `lapse` says what becomes of it if the client does not; `None`: it waits for the answer, however long.
    """

    at: datetime
    ticket_id: str
    agent: str
    lapse: Lapse | None = None


@frozen
class ClientAnswered:
    """The client answered what was asked, or a message broke the silence; the ticket waits again, for the same agent first."""

    at: datetime
    ticket_id: str
    lane: str


@frozen
class Parked:
    """The ticket was put aside until an instant. Hosts set their timer to `next_wakeup`."""

    at: datetime
    ticket_id: str
    until: datetime


@frozen
class Unparked:
    """A park fell due; the ticket waits again, for the same agent first."""

    at: datetime
    ticket_id: str
    lane: str


@frozen
class Lapsed:
    """Whoever was asked has been silent past the limit: the ticket closed with this outcome, or waits again (rule L1)."""

    at: datetime
    ticket_id: str
    outcome: str
    lane: str | None = None


@frozen
class Warned:
    """A target will be missed at `due_at` unless somebody acts (C1). Hosts remind whoever has the ticket, or the team.

    `warn_at` is when that should have been said, `None` where it was said then: the desk may learn of a ticket, or of rules,
    after it (T3).
    """

    at: datetime
    ticket_id: str
    clock: ClockKind
    target: str
    due_at: datetime
    agent: str | None = None
    team: str | None = None
    warn_at: datetime | None = None


@frozen
class Breached:
    """A target was missed, at `due_at`; said once for each time a clock runs (C1).

    `at` is later where it had been missed before the desk knew of it. `cause` is `WAITING` where nobody had taken the ticket,
    `TAKEN` where an agent had it unanswered, `PARKED` where it was put aside, `ANSWERED` where it was answered but not closed,
    `POLICY` where it was past due by a policy that was adopted at this instant, and `KNOWN_LATE` where it was past due when it
    became known: with an old backlog, a join, a correction, a reopening. `agent` is who has the ticket or had it before it was
    put aside, `team` whose it is.
    """

    at: datetime
    ticket_id: str
    clock: ClockKind
    target: str
    due_at: datetime
    cause: str
    agent: str | None = None
    team: str | None = None


@frozen
class HandedBack:
    """The ticket came back unanswered from the agent who took it; it waits in its old place.

    `reason` is `AGENT` where the agent gave it back, `TIME_LIMIT` where they kept it too long, `SIGN_OUT` and `SHIFT_END` where
    they went off duty (H3). `due_at` is when the time was over by a limit that a policy set later (T3); `None`: now.
    """

    at: datetime
    ticket_id: str
    agent: str
    lane: str
    note: str | None = None
    reason: str = "AGENT"
    due_at: datetime | None = None


@frozen
class Transferred:
    """People handed an open ticket over to another team on stated grounds, or to one person in it; it waits there (L0).

    Neither hours nor facts take it from that team again, only another transfer. `source` is the team that had it, `agent` who
    handed it over; an `addressee` who is the same did so to themselves. `escalated` says that it went to the team above. Where
    the ticket goes to another queue, which is nearly always, a `Routed` follows.
    """

    at: datetime
    ticket_id: str
    source: str
    team: str
    grounds: str
    lane: str
    agent: str | None = None
    addressee: str | None = None
    escalated: bool = False


@frozen
class Resolved:
    """An answered ticket was closed."""

    at: datetime
    ticket_id: str
    agent: str | None = None
    note: str | None = None


@frozen
class Withdrawn:
    """The client no longer asks; the ticket was closed without an answer being owed."""

    at: datetime
    ticket_id: str


@frozen
class Reopened:
    """A closed ticket waits again."""

    at: datetime
    ticket_id: str
    lane: str


@frozen
class Merged:
    """Two tickets were made one by an operator: `absorbed` went into the other, and its number follows it (D6)."""

    at: datetime
    ticket_id: str
    absorbed: str
    lane: str | None


@frozen
class SetApart:
    """An operator said that two requests are from two people: their clients are never united again (D1)."""

    at: datetime
    request_id: str
    other_id: str


@frozen
class MarkedShared:
    """An operator said that an identifier belongs to many people; it links nobody by itself any more (D1)."""

    at: datetime
    identifier: str


@frozen
class Split:
    """Requests left a ticket that they should not have joined, and are one of their own, waiting as of its own arrival (D6).

    `into` is the new ticket, named after the first of them, `lane` is where it waits (`None` if it had been answered or parked
    before it was merged in), and `rest_lane` where the other ticket does. `reason` is `UNMERGED` where an operator took it out,
    `OTHER_CLIENT` where it turned out to be from somebody else. Hosts show both tickets anew.
    """

    at: datetime
    ticket_id: str
    into: str
    request_ids: tuple[str, ...]
    client_id: str
    lane: str | None
    rest_lane: str | None
    reason: str


@frozen
class KeptForReview:
    """Requests turned out to be somebody else's, but stay in the ticket, since they are about its booking: look at them."""

    at: datetime
    ticket_id: str
    request_ids: tuple[str, ...]


@frozen
class Promised:
    """A client was told how long it takes, from `at` on; the promise is scored when it falls due (rule E3).

    `p10`, `p50` and `p90` are those of the estimate, `None` where it had none, and `reasons` its reasons.
    """

    at: datetime
    ticket_id: str
    p10: timedelta | None
    p50: timedelta | None
    p90: timedelta | None
    reasons: tuple[Reason, ...] = ()


@frozen
class CheckFailed:
    """An agent did not come on duty, because `checks` of the role failed: tell whom `alerts` names (H3)."""

    at: datetime
    agent: str
    role: str
    checks: tuple[str, ...]
    alerts: str | None = None


@frozen
class SignedIn:
    """An agent came on duty, for such teams, with such skills, and for so many tickets at once (`None`: any number).

    `role` is what they signed in as, at a desk with roles; `pay` is that of the shift, in whole units of money.
    """

    at: datetime
    agent: str
    teams: tuple[str, ...]
    skills: tuple[str, ...] = ()
    until: datetime | None = None
    at_once: int | None = None
    role: str | None = None
    pay: int | None = None


@frozen
class SignedOut:
    """An agent went off duty: by themselves (`SIGN_OUT`), or because the shift was over (`SHIFT_END`).

    `unanswered` are the tickets that went back to their places, `answered` those that stay listed as theirs until they are
    resolved, and `addressed` those that wait for them by name and are now free for the others (H3). Where the policy fines
    what is left, `left` is all that they leave unanswered as the last of a team on duty, whether they had taken it or not, also
    what is put aside, but not what waits for the client to answer (C3).
    """

    at: datetime
    agent: str
    reason: str
    unanswered: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    addressed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@frozen
class Archived:
    """The keeping time of closed tickets is over; they left the state. The log still has them.

    `due_at` is when it was over for all of them by a policy that keeps tickets for less since (T3); `None`: now.
    """

    at: datetime
    ticket_ids: tuple[str, ...]
    due_at: datetime | None = None


Event: TypeAlias = (
    PolicyAdopted
    | StaffingPlanned
    | AgentsCounted
    | Admitted
    | Joined
    | Filed
    | FiledAgain
    | Replayed
    | LaneChanged
    | Routed
    | Updated
    | ClientUpdated
    | FactsChanged
    | Corrected
    | Noted
    | Confirmed
    | Taken
    | Replied
    | ClientAsked
    | ClientAnswered
    | Parked
    | Unparked
    | Lapsed
    | Warned
    | Breached
    | HandedBack
    | Transferred
    | Resolved
    | Withdrawn
    | Reopened
    | Merged
    | SetApart
    | MarkedShared
    | Split
    | KeptForReview
    | Promised
    | CheckFailed
    | SignedIn
    | SignedOut
    | Archived
)
"""One thing that happened."""
Events: TypeAlias = tuple[Event, ...]
"""What a command makes happen, in order."""
