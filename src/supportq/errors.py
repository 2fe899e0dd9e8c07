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
    "InvalidValue",
    "LogError",
    "NeedsAdvance",
    "NotReceivedYet",
    "NotSignedIn",
    "NotTheirs",
    "NothingCorrected",
    "OneTicket",
    "OthersWait",
    "PolicyError",
    "RequestExists",
    "SignedInAlready",
    "SupportqError",
    "TimeWentBack",
    "TooMany",
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
    """No ticket of this id is at the desk: it never was, or it was closed and its keeping time is over."""

    facts = ("ticket",)

    def __init__(self, ticket: str) -> None:
        super().__init__(f"ticket {ticket!r} is not at this desk; was it submitted, and is it still kept?")
        self.ticket = ticket


class RequestExists(CommandRefused, ValueError):
    """A request id that another client or channel already used here (rule D2)."""

    facts = ("request", "ticket")

    def __init__(self, request: str, ticket: str) -> None:
        super().__init__(
            f"request {request!r} is known, from another client or channel, in ticket {ticket!r}; "
            "give each request an id of its own"
        )
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
    """An agent who picks a ticket while they have as many as they work at once (rule H3)."""

    facts = ("agent", "at_once")

    def __init__(self, agent: str, at_once: int) -> None:
        super().__init__(f"agent {agent!r} has {at_once} tickets, as many as they work at once; answer or hand back one first")
        self.agent = agent
        self.at_once = at_once


class NotTheirs(CommandRefused):
    """An agent who picks a ticket of a team, skill or person that is not theirs (rule H3)."""

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


class BetterWaits(CommandRefused):
    """An agent who picks a ticket while a better one waits, at a desk that refuses that (rule H3)."""

    facts = ("ticket", "better")

    def __init__(self, ticket: str, better: str) -> None:
        super().__init__(f"ticket {better!r} comes before {ticket!r}; take without naming a ticket")
        self.ticket = ticket
        self.better = better


class OthersWait(CommandRefused):
    """An agent who picks long work while any other ticket waits for them (rule H3)."""

    facts = ("ticket", "other")

    def __init__(self, ticket: str, other: str) -> None:
        super().__init__(f"ticket {ticket!r} is long work, and {other!r} waits; take what waits first")
        self.ticket = ticket
        self.other = other


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


class NothingCorrected(CommandRefused):
    """A correction that says what the ticket says already."""

    facts = ("ticket",)

    def __init__(self, ticket: str) -> None:
        super().__init__(f"ticket {ticket!r} says so already; give another kind or other attributes")
        self.ticket = ticket


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
