"""What a desk answers when it is asked: the values, and how they are read off its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportq._instants import DAY, duration, instant
from supportq._lifecycle import Case
from supportq._state import ORIGINS, DeskState
from supportq.tickets import Reason


@dataclass(frozen=True, slots=True)
class Position:
    """Where a ticket stands among all that wait, at a desk with teams among those of its team; `position` counts from 1.

    `waiting` is how many those are. The rest are `None` if it does not wait itself.
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


def position(state: DeskState, case: Case) -> Position:
    """Where a ticket stands."""
    team = state.roster.team(case)
    waiting = state.waiting_of(team)
    if case.key is None:
        return Position(case.id, None, None, None, waiting)
    ahead = sum(state.backlog.ahead_by_lane(case, team))
    lane = state.lane_names[state.backlog.lane_of(case)]
    return Position(case.id, ahead + 1, ahead, lane, waiting)


def linkage(state: DeskState) -> tuple[LinkageRecord, ...]:
    """Every request of every ticket, in compared form."""
    return tuple(
        LinkageRecord(
            request_id=request.id,
            ticket_id=case.id,
            client_id=case.client_of(place),
            received_at=instant(case.received[place]),
            channel=request.channel,
            kind=request.kind,
            proven=case.senders[place].proven,
            claimed=case.senders[place].claimed,
            name=case.senders[place].name,
            bookings=tuple(booking.key for booking in request.bookings),
        )
        for case in state.cases.values()
        for place, request in enumerate(case.requests)
    )


def counter(state: DeskState, now: datetime, us: int) -> Counter:
    """The figures of the evening."""
    backlog, counts, everywhere, lanes = state.backlog, state.counts, state.roster.queues, range(len(state.lane_names))
    oldest = min((_oldest(state, lane) for lane in backlog.busy(everywhere)), default=None)
    return Counter(
        as_of=now,
        received=counts["received"],
        received_by_origin={origin: counts[origin] for origin in ORIGINS},
        tickets=counts["tickets"],
        clients=state.clients.count,
        repeats=counts["repeats"],
        replays=counts["replays"],
        filed=sum(state.filed.counts.values()),
        filed_by=dict(state.filed.counts),
        answered=counts["answered"],
        resolved=counts["resolved"],
        withdrawn=counts["withdrawn"],
        lapsed=counts["lapsed"],
        breached=counts["breached"],
        waiting=len(backlog),
        waiting_by_lane={name: backlog.size(lane, everywhere) for lane, name in enumerate(state.lane_names)},
        waiting_by_team={
            team.name: sum(backlog.size(lane, queues) for lane in lanes)
            for team, queues in zip(state.policy.teams, state.roster.of_team, strict=False)
        },
        taken=state.taken,
        parked=state.parked,
        backlog=state.unanswered,
        oldest=None if oldest is None else oldest[1],
        oldest_wait=None if oldest is None else duration(us - oldest[0]),
        repeats_cost=_repeats_cost(state, us),
    )


def _oldest(state: DeskState, lane: int) -> tuple[int, str]:
    """The earliest arrival in a lane that is not empty, and the ticket."""
    queues = state.roster.queues
    if state.ranking.plain[lane]:
        first = state.backlog.first(lane, queues)
        return state.cases[first].arrival, first
    return min((state.cases[ticket_id].arrival, ticket_id) for ticket_id in state.backlog.lane(lane, queues))


def _repeats_cost(state: DeskState, us: int) -> timedelta | None:
    since, counts = state.measures.since, state.counts
    if since is None or us - since < DAY or not counts["answered"]:
        return None
    return duration(counts["repeats"] * (us - since) // counts["answered"])
