"""Which team works a ticket, who of it may, and until when that stands (rules H2, C2). Pure functions of ticket and policy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from itertools import compress, product
from typing import Final, Protocol

from supportq._instants import FOREVER, length, micros
from supportq.policy import Policy
from supportq.tickets import Attribute, OpenTo, Queue, Transfer
from supportq.when import Facts, any_fits, fits

__all__ = ["RoutedFacts", "Routing"]


class RoutedFacts(Facts, Protocol):
    """What routing looks at: the facts of conditions, and whether whom the ticket is addressed to has left it to others."""

    unanswered: tuple[int, ...]
    """Which of its requests wait for an answer, by number."""
    first: int
    """The request whose facts are those of the ticket."""
    corrected_kind: str | None
    corrected_attributes: Mapping[str, Attribute]
    """What was corrected in that request."""

    @property
    def transferred(self) -> Transfer | None:
        """The last hand-over of it by people."""

    @property
    def left(self) -> str | None:
        """The addressee who went off duty without answering it."""

    @property
    def returned_to(self) -> str | None:
        """The agent to whom it came back to wait."""


class Routing:
    """The queues that a policy has, and which of them a ticket stands in. Queues go by number.

    A queue is a team, the skill that is needed, and to whom it is open: to the team, to the one agent whom its tickets are
    addressed to, or to anyone. Where roles are limited to some work there is one for each set of roles that may work it, too. A
    policy without teams has one queue, for everybody.

    >>> from datetime import UTC, datetime, timedelta
    >>> from supportq import Lane, Policy, when
    >>> from supportq.teams import Skill, Team
    >>> air = Team("air", when.kind("flight"), skills=(Skill("refunds", when.attribute("refund")),))
    >>> routing = Routing(Policy((Lane("all"),), teams=(air, Team("others"))))
    >>> [(queue.team, queue.skill) for queue in routing.queues]
    [('air', None), ('air', 'refunds'), ('others', None)]
    """

    __slots__ = (
        "_limited",
        "_opens",
        "_sets",
        "_silence",
        "_takeover",
        "_teams",
        "numbers",
        "of_team",
        "queues",
        "team_index",
        "team_of",
    )

    def __init__(self, policy: Policy) -> None:
        self._teams: Final = policy.teams
        self._takeover: Final = policy.takeover
        self._silence: Final = 0 if policy.takeover is None else length(policy.takeover.silence, "takeover.silence")
        self._opens: Final = tuple(
            FOREVER if team.opens_after is None else length(team.opens_after, "team.opens_after") for team in policy.teams
        )
        limited = {role.name: role.works for role in policy.roles if role.works is not None}
        self._limited: Final = limited
        chosen = product((False, True), repeat=len(limited))
        self._sets: Final = tuple(tuple(compress(limited, each)) for each in chosen)
        self.team_index: Final = {team.name: index for index, team in enumerate(policy.teams)}
        """The number of each team."""
        found: list[Queue] = []
        numbers: list[tuple[int, ...]] = []
        for team in policy.teams:
            first = len(found)
            kinds = [OpenTo.TEAM]
            kinds += [OpenTo.ADDRESSEE] * (policy.takeover is not None) + [OpenTo.ANYONE] * (team.opens_after is not None)
            for skill in (None, *(skill.name for skill in team.skills)):
                found += [Queue(team.name, skill, kind, roles) for kind in kinds for roles in self._sets]
            numbers.append(tuple(range(first, len(found))))
        self.queues: Final = tuple(found)
        """All queues; none where the policy has no teams."""
        self.numbers: Final = {queue: number for number, queue in enumerate(found)}
        """The number of each queue."""
        self.of_team: Final = tuple(numbers) or ((0,),)
        """The queues of each team."""
        self.team_of: Final = tuple(team for team, queues in enumerate(self.of_team) for _ in queues)
        """The team of each queue."""

    def route(self, facts: RoutedFacts, at: int) -> tuple[int, int]:
        """The queue of a ticket at an instant (microseconds), and until when that stands; O(teams x bookings)."""
        index, until = self._team(facts, at)
        skill = 0
        for number, needed in enumerate(self._teams[index].skills, 1):
            holds, stands = fits(needed.when, facts, at)
            until = min(until, stands)
            if holds:
                skill = number
                break
        open_to, stands = self._open_to(facts, index, at)
        queues = self.of_team[index]
        each = len(queues) // (1 + len(self._teams[index].skills))
        number = skill * each + open_to * len(self._sets)
        until = min(until, stands)
        if self._limited:
            roles, stands = self._roles(facts, at)
            number, until = number + roles, min(until, stands)
        return queues[number], until

    def _team(self, facts: RoutedFacts, at: int) -> tuple[int, int]:
        """The team of a ticket, and until when that stands: that of a hand-over, in its hours; else the first that fits."""
        until, index = FOREVER, -1
        moved = facts.transferred
        if moved is not None and (handed_to := self.team_index.get(moved.team)) is not None:
            hours = self._teams[handed_to].hours
            is_open, until = (True, FOREVER) if hours is None else hours.status(at, facts.zone)
            if is_open:
                return handed_to, until
        bookings = facts.bookings
        alone = len(bookings) == 1
        for index, team in enumerate(self._teams):  # noqa: B007  # the team at which the loop ends is the ticket's
            condition = team.when
            if condition is None:
                break
            # The plain case is asked here, as in `Ranking.place`: there may be thousands of teams.
            holds, stands = condition.answer(facts, bookings[0], at) if alone else fits(condition, facts, at)
            if stands < until:
                until = stands
            if holds:
                break
        return index, until

    def handed_over(self, facts: RoutedFacts, team: int) -> Transfer | None:
        """The hand-over by people that put a ticket with a team."""
        moved = facts.transferred
        return moved if moved is not None and moved.team == self._teams[team].name else None

    def _since(self, facts: RoutedFacts, team: int) -> int:
        """Since when a ticket waits for a team, and for whom it is addressed to there: its arrival, or a later hand-over."""
        moved = self.handed_over(facts, team)
        return facts.arrival if moved is None else max(facts.arrival, micros(moved.at))

    def free_at(self, facts: RoutedFacts, team: int) -> int:
        """When the silence is over after which others of a team may take a ticket, whatever the grounds (rule C2)."""
        return self._since(facts, team) + self._silence

    def addressee(self, facts: RoutedFacts, team: int) -> str | None:
        """To whom a ticket is addressed while it is with a team.

        That is whom it was handed over to; else the person of the team whom the client has; else, unless it was handed over,
        whom the request names.
        """
        moved, person = self.handed_over(facts, team), self._teams[team].person
        if moved is not None and moved.addressee is not None:
            return moved.addressee
        named = None if person is None else facts.manager if person == "manager" else facts.curator
        return facts.addressed_to if named is None and moved is None else named

    def _roles(self, facts: RoutedFacts, at: int) -> tuple[int, int]:
        """Which limited roles may work a ticket, as the place in the sets of them, and until when that stands."""
        number, until = 0, FOREVER
        for works in self._limited.values():
            holds, stands = fits(works, facts, at)
            number, until = 2 * number + holds, min(until, stands)
        return number, until

    def _open_to(self, facts: RoutedFacts, team: int, at: int) -> tuple[int, int]:
        """To whom a ticket is open, as the place of that in the queues of each skill, and until when that stands."""
        until = FOREVER
        kinds = 1
        if self._takeover is not None:
            kinds = 2
            addressee = self.addressee(facts, team)
            if addressee is not None and facts.left != addressee and facts.returned_to in (None, addressee):
                free = self.free_at(facts, team)
                grounds = self._takeover.grounds
                holds, stands = (False, FOREVER) if grounds is None else any_fits(grounds, _as_asked(facts), at)
                if at < free and not holds:
                    return 1, min(free, stands)
                # Grounds may pass before that, and then it is the addressee's again.
                until = stands if stands < free else FOREVER
        opens = self._since(facts, team) + self._opens[team] if self._opens[team] < FOREVER else FOREVER
        if at >= opens:
            return kinds, until
        return 0, min(until, opens)

    def open_to(self, teams: Iterable[str], skills: Collection[str], role: str | None = None) -> tuple[int, ...]:
        """The queues that an agent of such teams may work who has such skills, in a role; unknown teams give none."""
        known = (self.team_index[name] for name in teams if name in self.team_index)
        numbers = sorted(number for team in known for number in self.of_team[team])
        return tuple(
            number
            for number in numbers
            if self.queues[number].open_to is not OpenTo.ADDRESSEE and self.suffices(number, skills, role)
        )

    def suffices(self, number: int, skills: Collection[str], role: str | None = None) -> bool:
        """Whether such skills, in a role, are enough for the tickets of a queue."""
        skill = self.queues[number].skill
        return (skill is None or skill in skills) and self.lets(role, number)

    def lets(self, role: str | None, number: int) -> bool:
        """Whether a role lets an agent work the tickets of a queue (rule H3)."""
        return role not in self._limited or role in self.queues[number].roles


def _as_asked(facts: RoutedFacts) -> Sequence[RoutedFacts]:
    """The facts of a ticket as each of its requests says them that waits for an answer; where none does, as the first does."""
    if not facts.unanswered or facts.unanswered == (facts.first,):
        return [facts]
    several = []
    for position in facts.unanswered:
        said = facts if position == facts.first else copy(facts)
        if said is not facts:
            said.first = position
            # What was corrected is what the first request asks.
            said.corrected_kind, said.corrected_attributes = None, {}
        several.append(said)
    return several
