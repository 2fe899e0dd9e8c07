"""A desk behind the questions of an estimate bench: what a trace tells goes in as commands, what it asks comes out as waits.

    python run.py TRACE_DIR eta_adapter:SupportQ PREDICTIONS.jsonl

A trace speaks in hours from an instant `t0`: who is planned and who came (`staff`), what arrived with which departure, who
was taken (`start`), answered (`done`), gone (`withdraw`, `dupclose`), and whose wait is asked for. Every ticket is somebody of
their own to the desk: what a duplicate is was decided by whoever made the trace.

`disagreements` counts how often `Desk.take` gave another ticket than the trace started; then the desk is put right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq.events import Promised, Taken
from supportq.policy import Order
from supportq.staffing import Shift, Staffing

HOUR: Final = timedelta(hours=1)
LATER: Final = timedelta(days=400)
"""All departures are told as so much later, and a lane begins so much sooner: in a trace a ticket stays urgent once its plane
has left, which at a desk it does not."""


class SupportQ:
    """A desk that follows a trace."""

    def __init__(self, header: Mapping[str, Any]) -> None:
        self.begin: Final = datetime.fromisoformat(header["t0"])
        order = Order.DEPARTURE if header["order"] == "departure" else Order.ARRIVAL
        lanes = [Lane(f"{hours:g} h", when.departs_within(hours * HOUR + LATER), order=order) for hours in header["thresholds"]]
        self.desk: Final = Desk(Policy((*lanes, Lane("standard")), name="eta bench"))
        self.staffing: Final = _staffing(header, self.begin)
        self.disagreements = 0
        self._free: list[str] = []
        self._agents = 0
        self._planned = False
        self._on: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
            "staff": self._staff,
            "arrive": self._arrive,
            "start": self._start,
            "done": self._done,
            "withdraw": self._gone,
            "dupclose": self._gone,
        }
        self._busy: dict[str, str] = {}

    def on_event(self, event: Mapping[str, Any]) -> None:
        """What happened, as a command."""
        now = self._at(event["t"])
        if not self._planned:
            self.desk.plan(self.staffing, now=now)
            self._planned = True
        if (follow := self._on.get(event["ev"])) is not None:
            follow(event, now)

    def eta(self, number: int, t: float) -> tuple[float | None, float | None, float | None, list[str]]:
        """When one in ten, half and nine in ten such tickets are taken, in hours from `t`, and why."""
        now = self._at(t)
        # Whoever asks here is told, so that the desk learns how its promises are kept.
        told = next(event for event in self.desk.promise(_id(number), now=now) if isinstance(event, Promised))
        p10, p50, p90 = (None if wait is None else wait / HOUR for wait in (told.p10, told.p50, told.p90))
        return p10, p50, p90, [reason.code for reason in told.reasons]

    def _at(self, t: float) -> datetime:
        return self.begin + t * HOUR

    def _staff(self, event: Mapping[str, Any], now: datetime) -> None:
        self.desk.count_agents(event["c"], now=now)

    def _arrive(self, event: Mapping[str, Any], now: datetime) -> None:
        name = _id(event["id"])
        departs_at = None if event["dep"] is None else self._at(event["dep"]) + LATER
        self.desk.submit(Request(name, Client(account=name), bookings=Booking(name, departs_at=departs_at)), now=now)

    def _start(self, event: Mapping[str, Any], now: datetime) -> None:
        wanted, passed = _id(event["id"]), []
        if self._free:
            agent = self._free.pop()
        else:
            self._agents += 1
            agent = f"agent {self._agents}"
        while True:
            taken = next(event for event in self.desk.take(agent, now=now) if isinstance(event, Taken))
            if taken.ticket_id == wanted:
                break
            passed.append(taken.ticket_id)
        self.disagreements += bool(passed)
        for ticket_id in passed:
            self.desk.hand_back(ticket_id, now=now)
        self._busy[wanted] = agent

    def _done(self, event: Mapping[str, Any], now: datetime) -> None:
        name = _id(event["id"])
        self.desk.reply(name, now=now)
        self.desk.resolve(name, now=now)
        self._free.append(self._busy.pop(name))

    def _gone(self, event: Mapping[str, Any], now: datetime) -> None:
        self.desk.withdraw(_id(event["id"]), now=now)


def _id(number: int) -> str:
    return f"T{number:08}"


def _staffing(header: Mapping[str, Any], begin: datetime) -> Staffing:
    """The planned calendar as shifts of single days."""
    steps: Sequence[tuple[float, int]] = header["calendar"]
    shifts = []
    for (start, agents), (end, _) in pairwise(steps):
        at, until = begin + start * HOUR, begin + end * HOUR
        while agents and at < until:
            midnight = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
            stop = min(until, midnight)
            shifts.append(Shift(_clock(at), _clock(stop), agents, first_day=at.date(), last_day=at.date()))
            at = stop
    assert begin.tzinfo is not None
    return Staffing(
        tuple(shifts),
        zone=begin.tzinfo,
        handling_time=header["prior_handle_h"] * HOUR,
        show_up=header["prior_show"],
        usual_inflow=header["prior_rate_per_day"],
    )


def _clock(instant: datetime) -> time:
    return instant.time()
