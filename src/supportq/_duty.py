"""What agents may do: who is on duty, which ticket a take gives, and what is left of a shift (rules H3, R5). Decisions only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Final

from supportq import events as ev
from supportq._cases import find_for, lane_after
from supportq._closing import until_due
from supportq._instants import duration, instant
from supportq._lifecycle import Case
from supportq._roster import Agent
from supportq._state import DeskState
from supportq.errors import (
    BetterWaits,
    InvalidValue,
    NoteMissing,
    NotSignedIn,
    NotTheirs,
    NotTheirWork,
    OthersWait,
    SignedInAlready,
    TooMany,
)
from supportq.events import Events
from supportq.policy import SHARE_UNIT
from supportq.teams import Picking, Role
from supportq.tickets import State, check_flag, check_name
from supportq.when import fits

_by_rank: Final = attrgetter("key")
_EVERYBODYS: Final[tuple[int, ...]] = (0,)
"""The queue of a desk without teams."""


# ------------------------------------------------------------------------ coming and going


def check_known(name: object, where: str, known: Collection[str]) -> None:
    """Refuse a name that is none of those that the policy has."""
    check_name(name, where)
    if name not in known:
        raise InvalidValue(where, f"{name!r} is none; there are {', '.join(known) or 'none in this policy'}")


def check_team(state: DeskState, name: str, where: str = "team") -> None:
    """Refuse a team that the policy does not have."""
    check_known(name, where, state.roster.team_index)


def named_teams(state: DeskState, teams: object) -> tuple[str, ...]:
    """Names of teams that the policy has, each once."""
    known = state.roster.team_index
    names = _names(teams, "teams", known)
    if known and not names:
        raise InvalidValue("teams", f"is empty, so there is nothing to take; give one of {', '.join(known)}")
    return names


def named_skills(state: DeskState, skills: object) -> tuple[str, ...]:
    """Names of skills that some team of the policy needs, each once."""
    return _names(skills, "skills", dict.fromkeys(skill.name for team in state.policy.teams for skill in team.skills))


def _names(values: object, where: str, known: Collection[str]) -> tuple[str, ...]:
    """Names that the policy has, each once, in the order given."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidValue(where, f"must be a list of names, not {values!r:.80}")
    names = tuple(values)
    for name in names:
        check_known(name, where, known)
    return tuple(dict.fromkeys(names))


def named_role(state: DeskState, name: object, until: datetime | None, pay: int | None) -> Role | None:
    """A role of the policy; refused if it is none, or what it demands is not stated."""
    roles = state.roster.roles
    if name is not None:
        check_known(name, "role", roles)
    elif roles:
        raise InvalidValue("role", f"is missing; there are {', '.join(roles)}")
    role = roles[str(name)] if roles else None
    if role is not None and role.until and until is None:
        raise InvalidValue("until", f"is missing: role {role.name!r} announces until when it is on duty")
    if role is not None and role.pay and pay is None:
        raise InvalidValue("pay", f"is missing: role {role.name!r} states what its shift is paid")
    return role


def failed_checks(role: Role | None, checks: Mapping[str, bool] | None) -> tuple[str, ...]:
    """The checks of a role that failed; refused if one is not stated."""
    stated, asked = {} if checks is None else checks, () if role is None else role.checks
    if not isinstance(stated, Mapping) or set(stated) != set(asked):
        raise InvalidValue("checks", f"must state whether each succeeded of: {', '.join(asked) or 'none'}; not {checks!r:.80}")
    for check in asked:
        check_flag(stated[check], f"checks.{check}")
    return tuple(check for check in asked if not stated[check])


def check_teams_of_role(state: DeskState, role: str | None, teams: Iterable[str]) -> None:
    """Refuse teams for which nobody signs in with a role."""
    theirs = state.roster.roles[role].teams if role is not None else ()
    for name in teams if theirs else ():
        if name not in theirs:
            raise InvalidValue("teams", f"{name!r} is none of role {role!r}; give {', '.join(theirs)}, or another role")


def sign_in(state: DeskState, now: datetime, _us: int, event: ev.SignedIn, failed: tuple[str, ...]) -> Events:
    """An agent comes on duty, unless a check has failed."""
    if state.roster.at_work(event.agent) is not None:
        raise SignedInAlready(event.agent)
    if failed:
        assert event.role is not None
        return (ev.CheckFailed(now, event.agent, event.role, failed, state.roster.roles[event.role].alerts),)
    return (replace(event, at=now),)


def sign_out(state: DeskState, _now: datetime, us: int, name: str) -> Events:
    """An agent goes off duty by themselves."""
    agent = state.roster.on_duty(name)
    if agent is None:
        raise NotSignedIn(name)
    return off_duty(state, [agent], us, "SIGN_OUT")


def off_duty(state: DeskState, agents: Sequence[Agent], at: int, reason: str) -> Events:
    """Agents go off duty: their unanswered tickets go back, and what is addressed to them is free (rule H3)."""
    cases, addressed = state.cases, state.roster.addressed
    unanswered = {agent: agent.has(State.TAKEN) for agent in agents}
    returned = [back(state, cases[name], at, reason) for name in sorted(chain.from_iterable(unanswered.values()))]
    outs = []
    to_do = [*state.left_to_do(), *map(cases.__getitem__, chain(*unanswered.values()))] if state.roster.lists_left else []
    for place, (agent, names) in enumerate(unanswered.items()):
        theirs = [name for name in names if state.policy.takeover and state.roster.addressee(cases[name]) == agent.id]
        free = tuple(sorted({*addressed.line(agent.id, addressed.queues(agent.id)), *theirs}))
        left = state.roster.left_by(agent, to_do, agents[:place])
        outs.append(ev.SignedOut(instant(at), agent.id, reason, names, agent.has(State.ANSWERED), free, left))
    return (*returned, *outs)


def back(state: DeskState, case: Case, at: int, reason: str) -> ev.HandedBack:
    """A ticket that an agent has taken goes back to its place."""
    assert case.agent is not None
    due_at = state.overdue(case, at) if reason == "TIME_LIMIT" else None
    return ev.HandedBack(instant(at), case.id, case.agent, lane_after(state, case, at), None, reason, due_at)


# ------------------------------------------------------------------------ taking


def take(state: DeskState, now: datetime, us: int, agent: str, ticket: str | None) -> Events:
    """The best ticket that an agent may work, or the one that they pick; nothing where there is none."""
    known = state.roster.at_work(agent) if state.roster.agents else None
    if known is None and state.has_teams:
        raise NotSignedIn(agent)
    if ticket is not None:
        return _picked(state, now, us, agent, known, ticket)
    if known is not None and known.is_full:
        return ()
    found = next_for(state, agent, known)
    if found is None:
        return ()
    case, lane, by_share = found
    return (ev.Taken(now, case.id, agent, state.lane_names[lane], duration(us - case.arrival), by_share),)


def next_for(state: DeskState, agent: str, known: Agent | None) -> tuple[Case, int, bool] | None:
    """The best ticket that an agent may work, its lane, and whether a guaranteed share chose that; `None` for none."""
    backlog, queues, by_share = state.backlog, _EVERYBODYS, False
    named: Sequence[int] = ()
    if state.has_teams:
        queues, named = state.roster.queues_of(known), _by_name(state, agent, known)
        first = _first_of(state, agent, named, queues)
        if first is None:
            return None
        lane = backlog.lane_of(first)
        if first.queue not in queues:
            # It is addressed to the agent, and nobody else may take it yet.
            returned = state.returned.places and _own_return(state, agent, lane, queues, named)
            return state.cases[returned or first.id], lane, False
    elif (found := backlog.first_lane()) is not None:
        lane = found
    else:
        return None
    if state.shares.given:
        lane, queues, by_share = shared(state, known, lane, queues)
    # What is addressed to the agent is in no team's share.
    returned = state.returned.places and _own_return(state, agent, lane, queues, () if by_share else named)
    return state.cases[returned or backlog.first(lane, queues)], lane, by_share


def shared(state: DeskState, known: Agent | None, first: int, queues: tuple[int, ...]) -> tuple[int, tuple[int, ...], bool]:
    """The lane and queues that a guaranteed share gives the take, if one is due (rule R5); else those that rank does."""
    most = SHARE_UNIT - 1
    best = first, queues
    for team, theirs in state.roster.by_team(known).items():
        if busy := state.backlog.busy(theirs):
            lane, _ = state.shares.choose(state.credits[team], busy)
            if (value := state.shares.value(state.credits[team], lane)) > most:
                best, most = (lane, tuple(theirs)), value
    return *best, state.backlog.first(*best) != state.backlog.first(first, queues)


def _first_of(state: DeskState, agent: str, named: Sequence[int], queues: Sequence[int]) -> Case | None:
    """The first in rank of some queues, and of those in which tickets wait for the agent by name."""
    best = state.backlog.best(queues)
    first = next(state.roster.addressed.line(agent, named), None) if named else None
    return min((state.cases[found] for found in (best, first) if found is not None), key=_by_rank, default=None)


def _by_name(state: DeskState, agent: str, known: Agent | None) -> list[int]:
    """The queues in which tickets wait for an agent by name, and are work of their role."""
    return [queue for queue in state.roster.addressed.queues(agent) if state.roster.lets(known, queue)]


def _own_return(state: DeskState, agent: str, lane: int, queues: Sequence[int], named: Sequence[int]) -> str | None:
    """The best ticket of a lane that came back to wait for this agent, in some queues or for the agent by name.

    What came back to one agent waits for no other by name (rule C2).
    """
    found = next(state.returned.line(agent, (*queues, *named), lane), None)
    return found if found is not None and state.backlog.lane_of(state.cases[found]) == lane else None


def _picked(state: DeskState, now: datetime, us: int, agent: str, known: Agent | None, ticket: str) -> Events:
    """The agent takes a particular ticket (rule H3)."""
    rules = state.policy.agents
    case = find_for(state, ticket, "take")
    if known is not None and known.is_full:
        raise TooMany(agent, known.taken, known.duty.at_once or 0)
    check_work(state, case, us, known)
    queue = state.roster.queue(case)
    if queue and not state.roster.may_take(known, case):
        raise NotTheirs(case.id, agent, queue.team, queue.skill, queue.open_to)
    found = next_for(state, agent, known)
    assert found is not None
    better = passed = None if found[0] is case else found[0].id
    if rules.long_work is not None and fits(rules.long_work, case, us)[0]:
        passed = better or _other_than(state, case, agent, known) or _unfinished(state, agent)
        if passed is not None and rules.picking_long_work is Picking.REFUSED:
            raise OthersWait(case.id, passed)
    if better is not None and rules.picking is Picking.REFUSED:
        raise BetterWaits(case.id, better)
    lane, by_share = state.lane_names[state.backlog.lane_of(case)], better is None and found[2]
    return (ev.Taken(now, case.id, agent, lane, duration(us - case.arrival), by_share, passed),)


def _other_than(state: DeskState, case: Case, agent: str, known: Agent | None) -> str | None:
    """Another ticket that waits for the agent."""
    above, below = state.backlog.neighbours(case, state.roster.queues_of(known))
    named = state.roster.addressed.line(agent, _by_name(state, agent, known))
    return above or below or next((other for other in named if other != case.id), None)


def _unfinished(state: DeskState, agent: str) -> str | None:
    """A ticket that the agent has taken and not answered; O(tickets that they have taken)."""
    return min(state.taken_by.get(agent), default=None)


def reply_all(state: DeskState, now: datetime, us: int, service: str, agent: str, note: str | None) -> Events:
    """An agent answers all tickets about a service: those that they have taken, and those that wait and that they may work."""
    known = state.roster.at_work(agent)
    if known is None and state.has_teams:
        raise NotSignedIn(agent)
    cases = [state.cases[ticket_id] for ticket_id in sorted(state.by_service.get(service))]
    happened: list[ev.Event] = []
    unnoted = note is None and "reply" in state.policy.agents.notes
    for case in cases:
        waited = duration(us - case.arrival)
        if case.state is State.WAITING and state.roster.may_take(known, case):
            lane = state.lane_names[state.backlog.lane_of(case)]
            happened.append(ev.Taken(now, case.id, agent, lane, waited, service=service))
        elif not (case.state is State.TAKEN and case.agent == agent and _is_work(state, case, us, known)):
            continue
        if unnoted and not (case.state is State.TAKEN and case.noted):
            raise NoteMissing(case.id, agent, "reply_all")
        happened += answered(state, now, us, case, agent, note, service)
    return tuple(happened)


def answered(
    state: DeskState, now: datetime, us: int, case: Case, agent: str, note: str | None, service: str | None = None
) -> Events:
    """An agent answers a ticket; where the next step of its procedure is only due later, it is put aside until then."""
    replied = ev.Replied(now, case.id, agent, duration(us - case.arrival), *case.addresses_owed(), note, service)
    until = until_due(state.policy, case, now) if case.confirmed else None
    return (replied,) if until is None else (replied, ev.Parked(now, case.id, until))


def _is_work(state: DeskState, case: Case, us: int, agent: Agent | None) -> bool:
    """Whether the role of an agent lets them work a ticket, asked now (rule H3)."""
    role = None if agent is None else state.roster.roles.get(agent.duty.role or "")
    return role is None or role.works is None or fits(role.works, case, us)[0]


def check_work(state: DeskState, case: Case, us: int, agent: Agent | None) -> None:
    """Refuse what the role of an agent does not let them work."""
    if not _is_work(state, case, us, agent):
        assert agent is not None
        raise NotTheirWork(case.id, agent.id, agent.duty.role or "")
