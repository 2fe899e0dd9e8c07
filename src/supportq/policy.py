"""The rules of a desk as data: lanes, head starts, shares, targets, duplicates. A policy checks itself when built."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from supportq._checks import check_kind, checked, held
from supportq._instants import length
from supportq._normal import REGIONS
from supportq._reach import can_hold, unreached, unworked
from supportq.errors import PolicyError
from supportq.fairness import FairShare
from supportq.procedures import Filing, Procedure, Silence, check_closing
from supportq.targets import Fine, Target, check_share
from supportq.teams import AgentRules, Door, Gate, Hint, Role, Takeover, Team
from supportq.tickets import ClockKind, Origin, check_name
from supportq.when import AnyOf, Condition, OriginIs, check_condition

__all__ = ["CompositeKey", "DuplicateRules", "HeadStart", "IdentityRules", "Lane", "Order", "Policy"]

SHARE_UNIT: Final = 1_000_000
"""Shares are counted in whole millionths of a take, so that no rounding ever differs between machines."""
MAX_LANES: Final = 100
MAX_TEAMS: Final = 10_000
MAX_LIMITED_ROLES: Final = 5
"""So many roles may have `works`: every queue is kept once for each set of them, so that no take has to search."""
MAX_DOORS: Final = 100
IDENTIFIERS: Final = ("account", "messenger", "email", "phone")
"""Kinds of identifiers, strongest first."""


class Order(StrEnum):
    """What ranks the tickets of one lane; ties go by arrival, then by id (rules R1, R4)."""

    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    REPLY_BY = "reply_by"


@dataclass(frozen=True, slots=True)
class HeadStart:
    """Tickets whose first request fits `when`, as it came, count as `by` older inside their lane (rule R4)."""

    by: timedelta
    when: Condition

    def __post_init__(self) -> None:
        checked(length, self.by, "head_start.by")
        check_condition(self.when, "head_start.when")
        if not self.when.timeless:
            raise PolicyError("head_start.when", "may only use facts known at entry, nothing that time changes")


@dataclass(frozen=True, slots=True)
class Lane:
    """A priority class inside the queue. The first lane whose `when` holds has the ticket; the last takes everyone.

    `share` is the guaranteed share of takes while the lane is not empty, from 0 to 1 (rule R5).
    """

    name: str
    when: Condition | None = None
    _: KW_ONLY
    order: Order = Order.ARRIVAL
    head_starts: tuple[HeadStart, ...] = ()
    share: float = 0.0

    def __post_init__(self) -> None:
        checked(check_name, self.name, "lane.name")
        where = f"lane {self.name!r}"
        if self.when is not None:
            check_condition(self.when, f"{where}.when")
        try:
            object.__setattr__(self, "order", Order(self.order))
        except ValueError:
            raise PolicyError(f"{where}.order", f"must be one of {', '.join(Order)}, not {self.order!r}") from None
        object.__setattr__(self, "head_starts", held(self.head_starts, f"{where}.head_starts", HeadStart))
        if self.head_starts and self.order is not Order.ARRIVAL:
            raise PolicyError(f"{where}.head_starts", "shift the arrival, so they need order='arrival'")
        if type(self.share) not in (int, float) or not 0 <= self.share <= 1:
            raise PolicyError(f"{where}.share", f"must be from 0 to 1, not {self.share!r}")
        if self.share and not round(self.share * SHARE_UNIT):
            raise PolicyError(f"{where}.share", f"must be 0 or at least a millionth, not {self.share!r}")


@dataclass(frozen=True, slots=True)
class CompositeKey:
    """An identifier made of several facts, for example of a name and a date of birth (rule D1).

    A part is `"name"` or the name of an attribute. Two messages that agree in all parts are from one client; names agree where
    the shorter is contained in the longer.
    """

    name: str
    parts: tuple[str, ...]

    def __post_init__(self) -> None:
        checked(check_name, self.name, "composite_key.name")
        object.__setattr__(self, "parts", held(self.parts, f"composite_key {self.name!r}.parts", str))
        for part in self.parts:
            checked(check_name, part, f"composite_key {self.name!r}.parts")
        if set(self.parts) <= {"name"}:
            raise PolicyError(f"composite_key {self.name!r}.parts", "need an attribute: a name alone identifies nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRules:
    """What identifies a client (rule D1).

    Identifiers are written `email:desk@example.com`, `phone:+420...`, `account:...` or `messenger:network:id`.
    """

    dot_insensitive_domains: tuple[str, ...] = ()
    """Providers of e-mail whose boxes do not tell `anna.b` from `annab`."""
    agencies: tuple[str, ...] = ()
    """Identifiers of agencies: whoever writes under one, with nothing personal beside it, is the agency."""
    shared: tuple[str, ...] = ()
    """Identifiers of many people, such as switchboards: with nothing personal beside them they count only with a name."""
    blocked: tuple[str, ...] = ()
    """Values that stand for "none", beside those that are known anyway: an address, or its part before the @."""
    keys: tuple[CompositeKey, ...] = ()
    """Identifiers made of several facts."""
    limit: int = 5
    """So many messenger ids, addresses and numbers a client may have; beyond that another one links nobody."""

    def __post_init__(self) -> None:
        for key, kind in (
            ("dot_insensitive_domains", str),
            ("agencies", str),
            ("shared", str),
            ("blocked", str),
            ("keys", CompositeKey),
        ):
            object.__setattr__(self, key, held(getattr(self, key), f"identity.{key}", kind))
        for key in ("dot_insensitive_domains", "blocked"):
            object.__setattr__(self, key, tuple(value.casefold() for value in getattr(self, key)))
        for key in ("agencies", "shared"):
            for value in getattr(self, key):
                if value.partition(":")[0] not in IDENTIFIERS or not value.partition(":")[2].strip():
                    kinds = ", ".join(f"{kind}:" for kind in IDENTIFIERS)
                    raise PolicyError(f"identity.{key}", f"{value!r} must begin with one of {kinds}, and a value must follow")
        if type(self.limit) is not int or not 1 <= self.limit <= 1_000:
            raise PolicyError("identity.limit", f"must be a whole number from 1 to 1,000, not {self.limit!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRules:
    """When a request joins a ticket (rules D2, D3). The kinds are the desk's own words, or the cases' where they are known."""

    reopen_within: timedelta = timedelta(days=7)
    """A closed or withdrawn ticket reopens within so long of its closing."""
    joins_within: timedelta | None = None
    """An open ticket takes a repeat only within so long of its last message; `None`: at any age."""
    families: tuple[tuple[str, ...], ...] = (("cancel", "refund", "change_date"),)
    """Kinds that exclude each other, and so are one matter if they are about one booking."""
    acknowledgements: tuple[str, ...] = ("ack",)
    """Kinds that thank: they join and ask for nothing."""
    status_questions: tuple[str, ...] = ("status",)
    """Kinds that ask how far it is: they join the client's most urgent open ticket."""
    unknown_kinds: tuple[str, ...] = ("other",)
    """Kinds that do not say what is asked: they go with any other."""
    booking_and_name: bool = True
    """Whether the same booking under the same full name is the same request, though nothing else says it is the same client."""
    known_words: float = 0.7
    """A text of whose words fewer are known says something new."""

    def __post_init__(self) -> None:
        checked(length, self.reopen_within, "duplicates.reopen_within")
        if self.joins_within is not None:
            checked(length, self.joins_within, "duplicates.joins_within")
        for key in ("acknowledgements", "status_questions", "unknown_kinds"):
            object.__setattr__(self, key, held(getattr(self, key), f"duplicates.{key}", str))
        families = held(self.families, "duplicates.families", object)
        families = tuple(held(family, "duplicates.families", str) for family in families)
        object.__setattr__(self, "families", families)
        kinds = [kind for family in self.families for kind in family]
        if len(set(kinds)) < len(kinds):
            raise PolicyError("duplicates.families", "has a kind twice; give each kind one family")
        if not isinstance(self.booking_and_name, bool):
            raise PolicyError("duplicates.booking_and_name", f"must be true or false, not {self.booking_and_name!r}")
        if type(self.known_words) not in (int, float) or not 0 <= self.known_words <= 1:
            raise PolicyError("duplicates.known_words", f"must be from 0 to 1, not {self.known_words!r}")

    def family(self, kind: str) -> str:
        """What stands for the family of a kind: the first kind in it."""
        return next((family[0] for family in self.families if kind in family), kind)


_LISTS: Final = (
    ("lanes", Lane),
    ("teams", Team),
    ("roles", Role),
    ("gates", Gate),
    ("hints", Hint),
    ("doors", Door),
    ("targets", Target),
    ("fines", Fine),
    ("zones", tzinfo),
    ("procedures", Procedure),
    ("silences", Silence),
    ("filings", Filing),
)
"""The fields of a policy that hold several values, and of which class."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that a desk decides by. A frozen value: the same object ranks live, in a replay and in a what-if study.

    `zone` is the desk's own, `zones` those of its clients; they are passed in as values, no zone file is opened here (T5).
    Without `teams` every agent may work every ticket; `agents` says what all of them may do, `roles` what each, `takeover` when
    a ticket that is addressed to one of them is free for the others, `gates` what a transfer needs, and `hints` what an
    explanation tells agents, the first that fits. `doors` are how clients come in (H4). `targets` say within what time they are
    to be answered (C1), `fines` what misses cost those on duty, all together at most a share `fines_at_most` of the pay of the
    shift (C3), and `fair_share` spaces out whoever writes very often (R8). `procedures`, `silences` and `filings` say when a
    ticket may be closed (L1). `default_region` reads local telephone numbers, `keep_closed` says how long closed tickets stay
    in the state (L0).

    Raises `PolicyError`, naming the place, for a policy that contradicts itself. A lane or team that no ticket can reach, and a
    team none of whose tickets anybody works, are refused where that is certain; not decided is what several lanes or teams take
    together once their facts have more than 50,000 combinations, and how the dates of several hours fall.

    >>> from supportq import when
    >>> Policy(lanes=(Lane("urgent", when.kind("emergency")), Lane("standard"))).lanes[1].name
    'standard'
    """

    lanes: tuple[Lane, ...]
    _: KW_ONLY
    name: str = "policy"
    teams: tuple[Team, ...] = ()
    agents: AgentRules = AgentRules()  # noqa: RUF009  # frozen, as every value here
    roles: tuple[Role, ...] = ()
    takeover: Takeover | None = None
    gates: tuple[Gate, ...] = ()
    hints: tuple[Hint, ...] = ()
    doors: tuple[Door, ...] = ()
    identity: IdentityRules = IdentityRules()
    duplicates: DuplicateRules = DuplicateRules()
    targets: tuple[Target, ...] = ()
    fines: tuple[Fine, ...] = ()
    fines_at_most: float = 1.0
    fair_share: FairShare | None = None
    keep_closed: timedelta = timedelta(days=90)
    zone: tzinfo = UTC
    zones: tuple[tzinfo, ...] = ()
    default_region: str | None = None
    procedures: tuple[Procedure, ...] = ()
    silences: tuple[Silence, ...] = ()
    filings: tuple[Filing, ...] = ()

    def __post_init__(self) -> None:
        for key, kind in _LISTS:
            object.__setattr__(self, key, held(getattr(self, key), f"policy.{key}", kind))
        checked(check_name, self.name, "policy.name")
        check_kind(self.zone, "policy.zone", tzinfo)
        check_kind(self.identity, "policy.identity", IdentityRules)
        check_kind(self.agents, "policy.agents", AgentRules)
        if self.takeover is not None:
            check_kind(self.takeover, "policy.takeover", Takeover)
            if not self.teams:
                raise PolicyError("policy.takeover", "says who of a team steps in; give policy.teams")
        check_kind(self.duplicates, "policy.duplicates", DuplicateRules)
        if self.fair_share is not None:
            check_kind(self.fair_share, "policy.fair_share", FairShare)
        checked(length, self.keep_closed, "policy.keep_closed")
        if self.keep_closed < self.duplicates.reopen_within:
            raise PolicyError("policy.keep_closed", "must not be shorter than duplicates.reopen_within")
        if self.default_region is not None and self.default_region not in REGIONS:
            known = ", ".join(sorted(REGIONS))
            raise PolicyError("policy.default_region", f"must be one of {known}, not {self.default_region!r}")
        _check_lanes(self.lanes)
        if self.teams:
            _check_teams(self.teams)
            _check_escalation(self.teams)
        _check_roles(self.roles, self.teams, by_name=self.takeover is not None)
        _check_handovers(self)
        _check_doors(self.doors)
        _check_targets(self.targets)
        check_closing(self.procedures, self.silences, self.filings)
        _check_confirms(self.filings, self.procedures)
        _check_fines(self.fines)
        check_share(self.fines_at_most, "policy.fines_at_most")
        for lane in self.lanes:
            if lane.order is Order.REPLY_BY and all(target.clock is not ClockKind.FIRST_REPLY for target in self.targets):
                raise PolicyError(
                    f"lane {lane.name!r}.order", "is reply_by, so policy.targets must hold one of the first reply"
                )

    def zone_named(self, name: str | None) -> tzinfo | None:
        """The zone of this name among those that the policy knows; `None` where it does not (rule T5)."""
        for zone in (self.zone, *self.zones):
            if name == zone_name(zone):
                return zone
        return None

    def zone_or_own(self, name: str | None) -> tzinfo:
        """The zone of this name, if the policy knows it, otherwise the desk's (rule T5)."""
        return (name and self.zone_named(name)) or self.zone


def zone_name(zone: tzinfo) -> str:
    """The name that a request uses for a zone: the IANA key, or what the zone calls itself."""
    return getattr(zone, "key", None) or str(zone)


def _check_targets(targets: tuple[Target, ...]) -> None:
    takes_all: set[ClockKind] = set()
    for position, target in enumerate(targets):
        if target.clock in takes_all:
            raise PolicyError(f"policy.targets[{position}]", "cannot be reached: one of the same clock before it fits all")
        if target.when is None:
            takes_all.add(target.clock)


def _check_confirms(filings: Sequence[Filing], procedures: Sequence[Procedure]) -> None:
    """Refuse a filing whose messages come from none of those who may confirm its step: it would never confirm anything."""
    for filing in filings:
        allowed = [step.by for procedure in procedures for step in procedure.steps if step.name == filing.confirms]
        if filing.confirms is None or not all(allowed):
            continue
        origins = [origin for origin in Origin if can_hold(filing.when & OriginIs((origin,)))]
        may = dict.fromkeys(itertools.chain(*allowed))
        if origins and not may.keys() & set(origins):
            raise PolicyError(
                f"filing {filing.name!r}.confirms",
                f"step {filing.confirms!r} is for {' or '.join(may)}, and such a message is from {' or '.join(origins)}; "
                "let its origin confirm it",
            )


def _check_fines(fines: tuple[Fine, ...]) -> None:
    takes_all: set[bool] = set()
    names = Counter(fine.name for fine in fines)
    for position, fine in enumerate(fines):
        if names[fine.name] > 1:
            raise PolicyError(f"fine {fine.name!r}", "appears twice; give each fine a name of its own")
        if fine.left in takes_all:
            raise PolicyError(f"policy.fines[{position}]", "cannot be reached: one of the same sort before it fits all")
        if fine.when is None:
            takes_all.add(fine.left)


def _check_lanes(lanes: tuple[Lane, ...]) -> None:
    _check_choice("lane", lanes, MAX_LANES)
    if sum(round(lane.share * SHARE_UNIT) for lane in lanes) > SHARE_UNIT:
        raise PolicyError("policy.lanes", f"the shares sum to {math.fsum(lane.share for lane in lanes):g}; at most 1")


def _check_teams(teams: tuple[Team, ...]) -> None:
    _check_choice("team", teams, MAX_TEAMS)


def _check_handovers(policy: Policy) -> None:
    """Refuse what could never matter: gates of teams that there are not, persons whom nobody waits for."""
    teams = [team.name for team in policy.teams]
    for gate in policy.gates:
        if gate.to not in teams:
            raise PolicyError(f"gate {gate.to!r}.to", f"is no team; there are {', '.join(teams) or 'none: give policy.teams'}")
    for team in policy.teams:
        if team.person is not None and policy.takeover is None:
            raise PolicyError(f"team {team.name!r}.person", "is waited for only under a policy.takeover; give one")


def _check_escalation(teams: tuple[Team, ...]) -> None:
    """Refuse a team above that there is not, and a way up that comes back to where it began."""
    above = {team.name: team.escalates_to for team in teams}
    for team in teams:
        name, passed = team.escalates_to, [team.name]
        while name is not None:
            if name not in above:
                raise PolicyError(f"team {passed[-1]!r}.escalates_to", f"{name!r} is no team; there are {', '.join(above)}")
            if name in passed:
                raise PolicyError(f"team {team.name!r}.escalates_to", f"goes in a circle: {', '.join([*passed, name])}")
            passed.append(name)
            name = above[name]


def _check_roles(roles: tuple[Role, ...], teams: tuple[Team, ...], *, by_name: bool) -> None:
    if roles and not teams:
        raise PolicyError("policy.roles", "are what agents sign in with; give policy.teams")
    names = Counter(role.name for role in roles)
    for role in roles:
        if names[role.name] > 1:
            raise PolicyError(f"role {role.name!r}", "appears twice; give each role a name of its own")
        for name in role.teams:
            if name not in {team.name for team in teams}:
                known = ", ".join(team.name for team in teams)
                raise PolicyError(f"role {role.name!r}.teams", f"{name!r} is no team; there are {known}")
    limited = sum(role.works is not None for role in roles)
    if limited > MAX_LIMITED_ROLES:
        raise PolicyError("policy.roles", f"has {limited} roles with `works`; give at most {MAX_LIMITED_ROLES}")
    if roles:
        _check_worked(roles, teams, by_name=by_name)


def _check_worked(roles: Sequence[Role], teams: Sequence[Team], *, by_name: bool) -> None:
    """Refuse a team all of whose tickets would wait forever: no role that may take them works any (rule H3).

    What people hand over to a team is left out: its own tickets would wait all the same. So are single tickets that no role
    works, in a team of whose tickets some role works others: they may be meant to be corrected, or handed over.
    """
    works: list[Condition | None] = []
    for team in teams:
        theirs = [role for role in roles if not role.teams or team.name in role.teams or team.opens_after is not None]
        if not theirs:
            raise PolicyError(f"team {team.name!r}", "is one for which no role may sign in; name it in the teams of a role")
        # Whoever is addressed by name may take the ticket from any team.
        conditions = [role.works for role in (roles if by_name else theirs)]
        limits = tuple(condition for condition in conditions if condition is not None)
        works.append(AnyOf(limits) if len(limits) == len(conditions) else None)
    if (never := unworked([team.when for team in teams], works)) is not None:
        problem = "has only tickets that no role works who may take them; widen the `works` of one"
        raise PolicyError(f"team {teams[never].name!r}", problem)


def _check_doors(doors: tuple[Door, ...]) -> None:
    if len(doors) > MAX_DOORS:
        raise PolicyError("policy.doors", f"has {len(doors)} doors; give at most {MAX_DOORS}")
    for name, count in Counter(door.name for door in doors).items():
        if count > 1:
            raise PolicyError(f"door {name!r}", "appears twice; give each door a name of its own")


def _check_choice(word: str, choices: Sequence[Lane | Team], most: int) -> None:
    """Lanes and teams are chosen alike: the first that fits, and the last takes everyone (rules R2, H2)."""
    if not choices:
        raise PolicyError(f"policy.{word}s", f"is empty; give at least one {word} that takes everyone")
    if len(choices) > most:
        raise PolicyError(f"policy.{word}s", f"has {len(choices)} {word}s; give at most {most:,}")
    names = Counter(choice.name for choice in choices)
    for choice in choices:
        if names[choice.name] > 1:
            raise PolicyError(f"{word} {choice.name!r}", f"appears twice; give each {word} a name of its own")
    if choices[-1].when is not None:
        raise PolicyError(f"{word} {choices[-1].name!r}", "is the last, so it must take everyone: leave out its `when`")
    for choice, after in itertools.pairwise(choices):
        if choice.when is None:
            raise PolicyError(f"{word} {after.name!r}", f"cannot be reached: {choice.name!r} before it takes everyone")
    if (never := unreached([choice.when for choice in choices])) is not None:
        name = choices[never].name
        problem = f"cannot hold for any ticket that the {word}s above leave; move or drop it"
        raise PolicyError(f"{word} {name!r}.when", problem)
