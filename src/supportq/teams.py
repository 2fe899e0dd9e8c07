"""Teams, agents and doors as data: whose a ticket is, what agents may do, and how clients come in (rules H2, H3, H4, C2)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from datetime import timedelta
from enum import StrEnum

from supportq._checks import check_condition, checked, held
from supportq._instants import length
from supportq.errors import PolicyError
from supportq.tickets import Request, check_name
from supportq.when import Condition

__all__ = ["AgentRules", "Door", "Picking", "Skill", "Takeover", "Team"]


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
    `opens_after`, agents of all teams may take it who have the skill that it needs.
    """

    name: str
    when: Condition | None = None
    _: KW_ONLY
    skills: tuple[Skill, ...] = ()
    opens_after: timedelta | None = None

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


class Picking(StrEnum):
    """What becomes of an agent who takes a particular ticket while a better one waits."""

    RECORDED = "recorded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRules:
    """What agents may do (rule H3)."""

    picking: Picking = Picking.RECORDED
    """Taking a particular ticket while a better one waits."""
    long_work: Condition | None = None
    """Tickets that may not be picked by name while any other waits that the agent may work; a take that names none may."""
    returns_after: timedelta | None = None
    """A ticket that an agent has taken, and neither answered nor handed back for so long, waits again."""

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "picking", Picking(self.picking))
        except ValueError:
            raise PolicyError("agents.picking", f"must be one of {', '.join(Picking)}, not {self.picking!r}") from None
        if self.long_work is not None:
            check_condition(self.long_work, "agents.long_work")
        if self.returns_after is not None:
            checked(length, self.returns_after, "agents.returns_after")
            if not self.returns_after:
                raise PolicyError("agents.returns_after", "must be longer than nothing; leave it out for no limit")


@dataclass(frozen=True, slots=True)
class Takeover:
    """When a ticket that is addressed to one agent is free for the others of its team (rule C2).

    Once that agent has been silent for so long since the ticket's arrival, or at once where `grounds` hold.
    """

    silence: timedelta
    grounds: Condition | None = None

    def __post_init__(self) -> None:
        checked(length, self.silence, "takeover.silence")
        if self.grounds is not None:
            check_condition(self.grounds, "takeover.grounds")


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
