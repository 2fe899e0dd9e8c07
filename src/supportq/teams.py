"""Teams, agents and doors as data: whose a ticket is, what agents may do, and how clients come in (rules H2, H3, H4, C2)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from supportq._checks import check_kind, checked, held
from supportq._instants import length
from supportq.errors import PolicyError
from supportq.hours import Hours
from supportq.tickets import Request, check_name, check_says
from supportq.when import Condition, check_condition

__all__ = ["AgentRules", "Door", "Gate", "Hint", "Picking", "Role", "Skill", "Takeover", "Team"]


_NOTED: Final = ("reply", "hand_back", "transfer", "ask_client", "park", "resolve")
"""The commands before which a note may be asked for."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What an agent must be able to do to work the tickets of a team that fit `when`; a department inside a team, too."""

    name: str
    when: Condition

    def __post_init__(self) -> None:
        checked(check_name, self.name, "skill.name")
        check_condition(self.when, f"skill {self.name!r}.when")


@dataclass(frozen=True, slots=True)
class Team:
    """A set of agents. The first team whose `when` holds has the ticket; the last takes everyone (rule H2).

    Of `skills` the first that fits is needed; where none fits every agent of the team will do. Once a ticket has waited
    `opens_after`, since its arrival or since people handed it over to the team, agents of all teams may take it who have the
    skill that it needs.

    With `person` its tickets are addressed to the client's `manager` or `curator`, where the host knows one (rule C2).
    `escalates_to` is the team above it.

    What people hand over to it stays with it; with `hours` only while they are open. Outside them it is where it would be if
    nobody had handed it over, and at the next opening it comes back. Other tickets go by `when`, which may ask for hours, too.
    """

    name: str
    when: Condition | None = None
    _: KW_ONLY
    skills: tuple[Skill, ...] = ()
    opens_after: timedelta | None = None
    person: str | None = None
    escalates_to: str | None = None
    hours: Hours | None = None

    def __post_init__(self) -> None:
        checked(check_name, self.name, "team.name")
        where = f"team {self.name!r}"
        if self.when is not None:
            check_condition(self.when, f"{where}.when")
        object.__setattr__(self, "skills", held(self.skills, f"{where}.skills", Skill))
        names = [skill.name for skill in self.skills]
        if len(set(names)) < len(names):
            raise PolicyError(f"{where}.skills", "has a name twice; give each skill one condition, joined by |")
        if self.opens_after is not None:
            checked(length, self.opens_after, f"{where}.opens_after")
        if self.person not in (None, "manager", "curator"):
            raise PolicyError(f"{where}.person", f"must be manager or curator, not {self.person!r}")
        if self.escalates_to is not None:
            checked(check_name, self.escalates_to, f"{where}.escalates_to")
        if self.hours is not None:
            check_kind(self.hours, f"{where}.hours", Hours)


@dataclass(frozen=True, slots=True)
class Role:
    """What an agent may do who signs in with it (rule H3). They work and answer only tickets that fit `works`; `None`: all.

    Where `until` is true they announce until when they are on duty, and where `pay` is, what the shift is paid: without it no
    limit to fines can be reckoned from that. Before it every one of `checks`, such as a test of the
    telephone, has to succeed: with one that failed nobody comes on duty, and `alerts` says whom to tell. With `teams` they sign
    in for those only; without, for any.
    """

    name: str
    works: Condition | None = None
    _: KW_ONLY
    checks: tuple[str, ...] = ()
    until: bool = False
    alerts: str | None = None
    teams: tuple[str, ...] = ()
    pay: bool = False

    def __post_init__(self) -> None:
        checked(check_name, self.name, "role.name")
        where = f"role {self.name!r}"
        if self.works is not None:
            check_condition(self.works, f"{where}.works")
        object.__setattr__(self, "checks", held(self.checks, f"{where}.checks", str))
        for name in self.checks:
            checked(check_name, name, f"{where}.checks")
        if len(set(self.checks)) < len(self.checks):
            raise PolicyError(f"{where}.checks", "has a name twice; give each check a name of its own")
        for key in ("until", "pay"):
            if not isinstance(getattr(self, key), bool):
                raise PolicyError(f"{where}.{key}", f"must be true or false, not {getattr(self, key)!r}")
        if self.alerts is not None:
            checked(check_name, self.alerts, f"{where}.alerts")
            if not self.checks:
                raise PolicyError(f"{where}.alerts", "is told of a check that failed; give checks, too")
        object.__setattr__(self, "teams", held(self.teams, f"{where}.teams", str))


class Picking(StrEnum):
    """What becomes of something that agents had better not do."""

    RECORDED = "recorded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRules:
    """What agents may do (rule H3)."""

    picking: Picking = Picking.RECORDED
    """Taking a particular ticket while a better one waits."""
    own_transfer: Picking = Picking.RECORDED
    """Handing a ticket over to oneself, for example from the assistant on duty to the same person as the client's expert: as
    the addressee, or out of one team for which one is on duty into another, where it waits for nobody else by name. Recorded
    is who handed it over, in `Transferred.agent`."""
    long_work: Condition | None = None
    """Tickets that had better not be picked by name while any other waits that the agent may work, or is with them unanswered.
    A take that names none may give one."""
    picking_long_work: Picking = Picking.REFUSED
    """Picking such a ticket meanwhile."""
    returns_after: timedelta | None = None
    """A ticket that an agent has taken, and neither answered nor handed back for so long, waits again."""
    notes: tuple[str, ...] = ()
    """Commands, out of `reply`, `hand_back`, `transfer` (escalations, too), `ask_client`, `park` and `resolve`, before which
    the agent must have left a note since the take (L1)."""

    def __post_init__(self) -> None:
        for key in ("picking", "own_transfer", "picking_long_work"):
            value = getattr(self, key)
            try:
                object.__setattr__(self, key, Picking(value))
            except ValueError:
                raise PolicyError(f"agents.{key}", f"must be one of {', '.join(Picking)}, not {value!r}") from None
        if self.long_work is not None:
            check_condition(self.long_work, "agents.long_work")
        if self.returns_after is not None:
            checked(length, self.returns_after, "agents.returns_after")
            if not self.returns_after:
                raise PolicyError("agents.returns_after", "must be longer than nothing; leave it out for no limit")
        object.__setattr__(self, "notes", held(self.notes, "agents.notes", str))
        for command in self.notes:
            if command not in _NOTED:
                raise PolicyError("agents.notes", f"holds {command!r}; give any of {', '.join(_NOTED)}")


@dataclass(frozen=True, slots=True)
class Takeover:
    """When a ticket that is addressed to one agent is free for the others of its team (rule C2).

    Once that agent has been silent for so long since the ticket's arrival, or at once where `grounds` hold of any request in it
    that waits for an answer.
    """

    silence: timedelta
    grounds: Condition | None = None

    def __post_init__(self) -> None:
        checked(length, self.silence, "takeover.silence")
        if self.grounds is not None:
            check_condition(self.grounds, "takeover.grounds")


@dataclass(frozen=True, slots=True)
class Gate:
    """What a transfer to a team needs: a ticket of which `needs` holds, and, if any are listed, one of the `grounds`."""

    to: str
    needs: Condition
    grounds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked(check_name, self.to, "gate.to")
        where = f"gate {self.to!r}"
        check_condition(self.needs, f"{where}.needs")
        object.__setattr__(self, "grounds", held(self.grounds, f"{where}.grounds", str))
        for grounds in self.grounds:
            checked(check_says, grounds, f"{where}.grounds")


@dataclass(frozen=True, slots=True)
class Hint:
    """What an explanation tells agents about tickets that fit `when`, such as "offer an expert"."""

    text: str
    when: Condition

    def __post_init__(self) -> None:
        checked(check_says, self.text, "hint.text")
        check_condition(self.when, f"hint {self.text!r}.when")


@dataclass(frozen=True, slots=True)
class Door:
    """A way in that clients may use (rule H4); `when` says of whom, and when. Routing does not look at doors.

    What comes through it comes on `channel`, spoken if it is `by_voice`, marked urgent if it is for what is `urgent`. An
    `addressed` door leads to the client's named person, the curator or else the manager: it is for clients who have one.
    """

    name: str
    channel: str
    _: KW_ONLY
    by_voice: bool = False
    urgent: bool = False
    addressed: bool = False
    when: Condition | None = None

    def __post_init__(self) -> None:
        checked(check_name, self.name, "door.name")
        where = f"door {self.name!r}"
        checked(check_name, self.channel, f"{where}.channel")
        for key in ("by_voice", "urgent", "addressed"):
            if not isinstance(getattr(self, key), bool):
                raise PolicyError(f"{where}.{key}", f"must be true or false, not {getattr(self, key)!r}")
        if self.when is not None:
            check_condition(self.when, f"{where}.when")

    def through(self, request: Request, person: str | None = None) -> Request:
        """The request as it is when it comes through this door; `person` is whom an addressed one leads to.

        >>> from supportq import Client
        >>> Door("hot line", "phone", by_voice=True).through(Request("A1", Client(account="a"))).channel
        'phone'
        """
        return replace(
            request,
            channel=self.channel,
            by_voice=self.by_voice,
            urgent=self.urgent or request.urgent,
            addressed_to=person if self.addressed else request.addressed_to,
        )
