"""What a run comes to: a fold over its events alone, and the scores of the promises that were made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from supportq.cli._drive import Promise
from supportq.events import Admitted, Event, Joined, LaneChanged, Lapsed, Replied, Resolved, Taken, Updated
from supportq.tickets import Request, State

__all__ = ["ENOUGH", "Answer", "Record", "Score", "Tally", "quantile", "score"]

ENOUGH: Final = 100
"""A score of fewer promises than this says nothing, so none is given."""


@dataclass(slots=True)
class Record:
    """One ticket: `lane` is where it waits since `entered_at`, or where it was taken from; `wait` until it was first taken."""

    request: Request
    client_id: str
    lane: str
    arrived_at: datetime
    entered_at: datetime
    state: State = State.WAITING
    requests: int = 1
    agent: str | None = None
    wait: timedelta | None = None
    taken_at: datetime | None = None
    replied_at: datetime | None = None


class Answer(NamedTuple):
    """How long a ticket had waited when an agent took it: since its arrival, and in the lane it was taken from."""

    lane: str
    wait: timedelta
    in_lane: timedelta


@dataclass(slots=True)
class Tally:
    """The records of all tickets, and sums over them. Read the events as they come, in order.

    `entered` counts for each lane the tickets that came to wait in it, from outside or from another lane. Of the requests
    that joined a ticket, `removed` counts those that will be answered together with what was still to be answered there, and
    `again` those that came after the answer and need one of their own.
    """

    records: dict[str, Record] = field(default_factory=dict)
    entered: Counter[str] = field(default_factory=Counter)
    removed: int = 0
    again: int = 0
    answers: list[Answer] = field(default_factory=list)

    def read(self, events: Iterable[Event]) -> None:
        """Take in what happened next."""
        for event in events:
            match event:
                case Admitted(at=at, request=request, client_id=client_id, lane=lane):
                    arrived_at = request.received_at or at
                    self.records[event.ticket_id] = Record(request, client_id, lane, arrived_at, arrived_at)
                    self.entered[lane] += 1
                case Joined():
                    self._join(event)
                case LaneChanged(ticket_ids=moved, target=target):
                    self._move(moved, target, event.at)
                case Updated(moves=moves):
                    for move in moves:
                        self._move(move.ticket_ids, move.target, event.at)
                case Taken():
                    self._take(event)
                case Replied():
                    record = self.records[event.ticket_id]
                    record.state, record.replied_at = State.ANSWERED, record.replied_at or event.at
                case Resolved() | Lapsed(lane=None):
                    self.records[event.ticket_id].state = State.CLOSED
                case _:
                    pass

    def _join(self, event: Joined) -> None:
        record = self.records[event.ticket_id]
        record.requests += 1
        if record.state in (State.ANSWERED, State.CLOSED):
            self.again += 1
        else:
            self.removed += 1
        if event.lane is not None:
            if record.state is not State.WAITING:
                # It was answered, and waits again.
                record.state, record.lane = State.WAITING, ""
            self._move((event.ticket_id,), event.lane, event.at)

    def _move(self, ticket_ids: Iterable[str], lane: str, at: datetime) -> None:
        for ticket_id in ticket_ids:
            record = self.records[ticket_id]
            if record.lane != lane:
                record.lane, record.entered_at = lane, at
                self.entered[lane] += 1

    def _take(self, event: Taken) -> None:
        record = self.records[event.ticket_id]
        record.state, record.agent = State.TAKEN, event.agent
        self.answers.append(Answer(event.lane, event.waited, event.at - record.entered_at))
        if record.taken_at is None:
            record.taken_at, record.wait = event.at, event.waited


@dataclass(frozen=True, slots=True)
class Score:
    """How good the promises of one lane were. A promise is due when its p90 has passed, whether or not an answer began.

    Of those due, `by_p90` is the share for which an answer began by p90 (nine in ten should), `inside` the share for which
    it began between p10 and p90 (four in five); `missed_by` is the median, over the others, of how long after p90 it began,
    or how long ago p90 was if none has. All are `None` where fewer than `ENOUGH` are due.
    """

    lane: str
    due: int
    not_due: int
    by_p90: float | None = None
    inside: float | None = None
    missed_by: timedelta | None = None


def score(promises: Sequence[Promise], records: Mapping[str, Record], now: datetime, lanes: Sequence[str]) -> list[Score]:
    """The scores of the promises by the lane in which the ticket waited when it was made."""
    return [_score(lane, [one for one in promises if one.lane == lane], records, now) for lane in lanes]


def _score(lane: str, made: Sequence[Promise], records: Mapping[str, Record], now: datetime) -> Score:
    due = [promise for promise in made if promise.asked_at + promise.p90 <= now]
    if len(due) < ENOUGH:
        return Score(lane, len(due), len(made) - len(due))
    begun, missed = [], []
    for promise in due:
        taken_at, due_at = records[promise.ticket_id].taken_at, promise.asked_at + promise.p90
        if taken_at is not None and taken_at <= due_at:
            begun.append((promise, taken_at))
        else:
            missed.append((taken_at or now) - due_at)
    inside = sum(taken_at >= promise.asked_at + promise.p10 for promise, taken_at in begun)
    shares = len(begun) / len(due), inside / len(due), quantile(sorted(missed), 0.5)
    return Score(lane, len(due), len(made) - len(due), *shares)


def quantile(values: Sequence[timedelta], share: float) -> timedelta | None:
    """The smallest of the sorted values that so large a share of them does not exceed; `None` where there are none."""
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else None
