"""The error tree. An error says whose mistake it is, keeps its facts as attributes, and names the remedy (rule G2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from supportq.events import Event

__all__ = [
    "BetterWaits",
    "CommandRefused",
    "FirstOfTicket",
    "FixedRule",
    "GateClosed",
    "InvalidValue",
    "LogError",
    "NeedsAdvance",
    "NeedsNoAnswer",
    "NoWayBack",
    "NobodyAbove",
    "NotConfirmed",
    "NotReceivedYet",
    "NotSignedIn",
    "NotTheirStep",
    "NotTheirWork",
    "NotTheirs",
    "NoteMissing",
    "NothingCorrected",
    "OneTicket",
    "OthersWait",
    "OwnTransfer",
    "PolicyError",
    "RequestExists",
    "SignedInAlready",
    "StepNotDue",
    "SupportqError",
    "TimeWentBack",
    "TooMany",
    "UnknownStep",
    "UnknownTicket",
    "WrongAgent",
    "WrongState",
]


def _shown(instant: datetime) -> str:
    """A UTC instant as it stands in JSON."""
    return instant.isoformat().removesuffix("+00:00") + "Z"


class SupportqError(Exception):
    """Anything that supportq raises on purpose.

    `facts` names the attributes that tell what happened; the command line prints them beside the message.
    """

    facts: ClassVar[tuple[str, ...]] = ()


class InvalidValue(SupportqError, ValueError):
    """A value that cannot be what it says: a request, a booking, an argument. `field` names the place."""

    facts = ("field",)

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class PolicyError(SupportqError, ValueError):
    """A policy that contradicts itself; raised while it is built. `field` names the place in the policy."""

    facts = ("field",)

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class CommandRefused(SupportqError):
    """A command or query that is not legal now. The desk is as it was, but for what time itself did.

    `events` are the events that fell due before the refusal; they happened, so store them (rule G2).
    """

    events: tuple[Event, ...] = ()


class UnknownTicket(CommandRefused, LookupError):
    """No ticket of this id is at the desk: it never was, or it was closed and its keeping time is over.

    `called` is what the command or query calls it.
    """

    facts = ("ticket",)

    def __init__(self, ticket: str, called: str = "ticket") -> None:
        super().__init__(f"{called} {ticket!r:.80} is not at this desk; was it submitted, and is it still kept?")
        self.ticket = ticket


class RequestExists(CommandRefused, ValueError):
    """A request id that another client or channel already used here, or one that was filed with other content (rules D2, L1).

    `ticket` is `None` for one that was filed.
    """

    facts = ("request", "ticket")

    def __init__(self, request: str, ticket: str | None) -> None:
        where = "among those filed" if ticket is None else f"from another client or channel, in ticket {ticket!r}"
        super().__init__(f"request {request!r} is known, {where}; give each request an id of its own")
        self.request = request
        self.ticket = ticket


class WrongState(CommandRefused):
    """A move that the table of legal moves does not hold (rule L0)."""

    facts = ("ticket", "state", "command", "legal")

    def __init__(self, ticket: str, state: str, command: str, legal: Sequence[str]) -> None:
        super().__init__(f"ticket {ticket!r} is {state}: cannot {command}; legal now: {', '.join(legal)}")
        self.ticket = ticket
        self.state = state
        self.command = command
        self.legal = tuple(legal)


class WrongAgent(CommandRefused):
    """A command about a taken ticket that came from somebody else than the agent who took it."""

    facts = ("ticket", "agent", "taken_by")

    def __init__(self, ticket: str, agent: str, taken_by: str) -> None:
        super().__init__(f"ticket {ticket!r} is with agent {taken_by!r}, not with {agent!r}; name the one who took it")
        self.ticket = ticket
        self.agent = agent
        self.taken_by = taken_by


class NotSignedIn(CommandRefused):
    """An agent who is not on duty at a desk with teams, or whose shift is over, or none of whose teams is left (rule H3)."""

    facts = ("agent",)

    def __init__(self, agent: str) -> None:
        super().__init__(f"agent {agent!r} is not signed in for a team of the policy, or the shift is over; call sign_in first")
        self.agent = agent


class SignedInAlready(CommandRefused):
    """An agent who signs in twice (rule H3)."""

    facts = ("agent",)

    def __init__(self, agent: str) -> None:
        super().__init__(f"agent {agent!r} is signed in; call sign_out before signing in anew")
        self.agent = agent


class TooMany(CommandRefused):
    """An agent who picks a ticket while they have as many as they work at once, or more (rule H3)."""

    facts = ("agent", "has", "at_once")

    def __init__(self, agent: str, has: int, at_once: int) -> None:
        super().__init__(f"agent {agent!r} has {has} tickets and works {at_once} at once; answer or hand back one first")
        self.agent = agent
        self.has = has
        self.at_once = at_once


class NotTheirs(CommandRefused):
    """An agent who picks a ticket that is not theirs, or is handed one in a team that is not (rule H3)."""

    facts = ("ticket", "agent", "team", "skill", "open_to")

    def __init__(self, ticket: str, agent: str, team: str, skill: str | None, open_to: str) -> None:
        needs = f", needs the skill {skill!r}" if skill else ""
        super().__init__(
            f"ticket {ticket!r} is of team {team!r}{needs} and open to {open_to}: agent {agent!r} may not take it; "
            "leave it to them, or sign in with the team and skill"
        )
        self.ticket = ticket
        self.agent = agent
        self.team = team
        self.skill = skill
        self.open_to = open_to


class NotTheirWork(CommandRefused):
    """An agent who takes or answers a ticket that their role does not let them work (rule H3)."""

    facts = ("ticket", "agent", "role")

    def __init__(self, ticket: str, agent: str, role: str) -> None:
        super().__init__(
            f"ticket {ticket!r} is no work of role {role!r}, in which agent {agent!r} signed in; "
            "leave it to others, hand it back if it is taken"
        )
        self.ticket = ticket
        self.agent = agent
        self.role = role


class BetterWaits(CommandRefused):
    """An agent who picks a ticket while a better one waits, at a desk that refuses that (rule H3)."""

    facts = ("ticket", "better")

    def __init__(self, ticket: str, better: str) -> None:
        super().__init__(f"ticket {better!r} comes before {ticket!r}; take without naming a ticket")
        self.ticket = ticket
        self.better = better


class OthersWait(CommandRefused):
    """An agent who picks long work while any other ticket waits for them, or is with them unanswered (rule H3)."""

    facts = ("ticket", "other")

    def __init__(self, ticket: str, other: str) -> None:
        super().__init__(f"ticket {ticket!r} is long work, and {other!r} has no answer; answer what waits first")
        self.ticket = ticket
        self.other = other


class GateClosed(CommandRefused):
    """A transfer to a team that takes a ticket only if something holds of it, or only on some grounds (rule H3)."""

    facts = ("ticket", "team", "needs", "grounds")

    def __init__(self, ticket: str, team: str, needs: str, grounds: Sequence[str] = ()) -> None:
        only = f", on one of these grounds: {', '.join(grounds)}" if grounds else ""
        super().__init__(f"ticket {ticket!r} cannot go to team {team!r} now; it takes what fits {needs}{only}")
        self.ticket = ticket
        self.team = team
        self.needs = needs
        self.grounds = tuple(grounds)


class OwnTransfer(CommandRefused):
    """An agent who hands a ticket over to themselves, or to another team of theirs, at a desk that refuses that (rule H3)."""

    facts = ("ticket", "agent")

    def __init__(self, ticket: str, agent: str) -> None:
        super().__init__(
            f"agent {agent!r} cannot hand ticket {ticket!r} over to themselves, "
            "nor to a team of theirs unless it waits there for somebody else; name another addressee"
        )
        self.ticket = ticket
        self.agent = agent


class NobodyAbove(CommandRefused):
    """An escalation of a ticket of a team that has none above it."""

    facts = ("ticket", "team")

    def __init__(self, ticket: str, team: str) -> None:
        super().__init__(f"ticket {ticket!r} is with team {team!r}, which has no team above it; transfer it instead")
        self.ticket = ticket
        self.team = team


class OneTicket(CommandRefused):
    """A merge of a ticket with itself (rule D6)."""

    facts = ("ticket", "one", "other")

    def __init__(self, ticket: str, one: str, other: str) -> None:
        super().__init__(f"{one!r} and {other!r} are in one ticket already, {ticket!r}; name two tickets")
        self.ticket = ticket
        self.one = one
        self.other = other


class FirstOfTicket(CommandRefused):
    """An attempt to take a request out of the ticket that it opened (rule D6)."""

    facts = ("request",)

    def __init__(self, request: str) -> None:
        super().__init__(f"request {request!r} opened its ticket; name one that joined it, or a ticket that was merged in")
        self.request = request


class NeedsNoAnswer(CommandRefused):
    """An attempt to make a ticket of a message that needs no answer, and was filed with a request (rules D6, L1)."""

    facts = ("request", "onto")

    def __init__(self, request: str, onto: str) -> None:
        super().__init__(
            f"request {request!r} needs no answer and goes where the one goes that it was filed with; "
            f"name {onto!r}, or submit what is to be answered as a request of its own"
        )
        self.request = request
        self.onto = onto


class NothingCorrected(CommandRefused):
    """A correction that says what the ticket says already."""

    facts = ("ticket",)

    def __init__(self, ticket: str) -> None:
        super().__init__(f"ticket {ticket!r} says so already; give another kind or other attributes")
        self.ticket = ticket


class UnknownStep(CommandRefused, LookupError):
    """A step that the procedure of the ticket does not have, as its facts are now; `steps` are those that it has (rule L1)."""

    facts = ("ticket", "step", "steps")

    def __init__(self, ticket: str, step: str, steps: Sequence[str]) -> None:
        known = f"there are {', '.join(steps)}" if steps else "nothing is to be confirmed, so close it without"
        super().__init__(f"ticket {ticket!r} has no step {step!r}; {known}")
        self.ticket = ticket
        self.step = step
        self.steps = tuple(steps)


class NotTheirStep(CommandRefused):
    """A step that somebody in another role has to confirm; `may` are those who may now (rule L1)."""

    facts = ("ticket", "step", "by", "may")

    def __init__(self, ticket: str, step: str, by: str, may: Sequence[str]) -> None:
        super().__init__(f"step {step!r} of ticket {ticket!r} is not for {by!r} to confirm; it is for {' or '.join(may)}")
        self.ticket = ticket
        self.step = step
        self.by = by
        self.may = tuple(may)


class StepNotDue(CommandRefused):
    """A step that was confirmed already, or comes later than `next`, the one that is to be confirmed `at` an instant (rule L1).

    `next` is `None` where all are confirmed, `at` where nothing but the order stands against `next` now.
    """

    facts = ("ticket", "step", "next", "at")

    def __init__(self, ticket: str, step: str, following: str | None, at: datetime | None) -> None:
        when = "now" if at is None else f"from {_shown(at)} on"
        remedy = "all are confirmed, so close it" if following is None else f"confirm {following!r}, {when}"
        super().__init__(f"step {step!r} of ticket {ticket!r} is not due; {remedy}")
        self.ticket = ticket
        self.step = step
        self.next = following
        self.at = at


class NoWayBack(CommandRefused):
    """A step that is said to have found the thing wrong, and from which no way leads back (rule L1)."""

    facts = ("ticket", "step")

    def __init__(self, ticket: str, step: str) -> None:
        super().__init__(
            f"step {step!r} of ticket {ticket!r} leads back to no other; put the thing right, then confirm it, "
            "or give the step a back_to"
        )
        self.ticket = ticket
        self.step = step


class NotConfirmed(CommandRefused):
    """A ticket that is to be closed while steps of its procedure are missing (rule L1)."""

    facts = ("ticket", "procedure", "missing")

    def __init__(self, ticket: str, procedure: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"ticket {ticket!r} cannot close: {procedure!r} needs {', '.join(missing)}; "
            "confirm them in this order, or withdraw it"
        )
        self.ticket = ticket
        self.procedure = procedure
        self.missing = tuple(missing)


class NoteMissing(CommandRefused):
    """A command before which the agent must have left a note since taking the ticket (rule L1).

    `agent` is `None` where nobody has the ticket that is transferred or parked.
    """

    facts = ("ticket", "agent", "command")

    def __init__(self, ticket: str, agent: str | None, command: str) -> None:
        remedy = "give it a note" if command == "reply_all" else f"call note before {command}"
        missing = f"nobody has left a note on ticket {ticket!r}"
        if agent is not None:
            missing = f"agent {agent!r} has left no note on ticket {ticket!r} since taking it"
        super().__init__(f"{missing}; {remedy}")
        self.ticket = ticket
        self.agent = agent
        self.command = command


class FixedRule(CommandRefused):
    """A policy that may not follow the one in force, since it tells clients apart by other rules (rule D1)."""

    facts = ("field",)

    def __init__(self, field: str) -> None:
        super().__init__(
            f"policy.{field} is not that of the policy in force, by which the desk knows whom its tickets are from; "
            "adopt a policy with the same, or submit the requests to a new desk"
        )
        self.field = field


class TimeWentBack(CommandRefused, ValueError):
    """A `now` earlier than the desk's last instant (rule T2)."""

    facts = ("now", "last")

    def __init__(self, now: datetime, last: datetime) -> None:
        super().__init__(f"now {_shown(now)} is before the desk's last instant {_shown(last)}; pass a later one")
        self.now = now
        self.last = last


class NotReceivedYet(CommandRefused, ValueError):
    """A request whose `received_at` lies after `now` (rule T2)."""

    facts = ("request", "received_at", "now")

    def __init__(self, request: str, received_at: datetime, now: datetime) -> None:
        super().__init__(
            f"request {request!r}: received_at {_shown(received_at)} is after now {_shown(now)}; submit it when it has come"
        )
        self.request = request
        self.received_at = received_at
        self.now = now


class NeedsAdvance(CommandRefused):
    """A query about an instant at or past `next_wakeup`: the desk has not yet done what is due by then (rule T6)."""

    facts = ("now", "next_wakeup")

    def __init__(self, now: datetime, next_wakeup: datetime) -> None:
        super().__init__(f"something is due at {_shown(next_wakeup)}, not after now {_shown(now)}; call advance(now=...) first")
        self.now = now
        self.next_wakeup = next_wakeup


class LogError(SupportqError, ValueError):
    """Events that do not fit together. `position` is the index of the first one that does not."""

    facts = ("position",)

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"event {position} of the log: {problem}")
        self.position = position
