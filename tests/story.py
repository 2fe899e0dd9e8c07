"""Days told as they would be told to a colleague: at a time somebody does something, and this is what happens.

    story = Story(policy, "2020-03-20")
    assert story.at("08:00").take("ivan") == ["Taken A1 by ivan out of standard after 0:20:00"]

Every command also checks that the log so far rebuilds the desk (rule G1) and that the desk is in good order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from invariants import check

from supportq import Desk, Policy
from supportq import events as ev
from supportq.errors import CommandRefused


def line(event: ev.Event, zone: tzinfo = UTC) -> str:
    """An event as one line to read, with the time by the wall clock of a zone where that tells something."""
    match event:
        case ev.Admitted(ticket_id=ticket, lane=lane):
            return f"Admitted {ticket} to {lane}"
        case ev.Joined(ticket_id=ticket, request=request, verdict=verdict, lane=lane):
            return f"Joined {request.id} to {ticket} as {verdict}" + (f" in {lane}" if lane else "")
        case ev.Replayed(ticket_id=ticket, request_id=request_id):
            return f"Replayed {request_id} in {ticket}"
        case ev.LaneChanged(at=at, source=source, target=target, ticket_ids=ids):
            return f"{at.astimezone(zone):%H:%M} LaneChanged {source} > {target}: {' '.join(ids)}"
        case ev.Updated(moves=moves):
            return "; ".join(["Updated", *(f"{move.source} > {move.target}: {' '.join(move.ticket_ids)}" for move in moves)])
        case ev.Taken(ticket_id=ticket, agent=agent, lane=lane, waited=waited, by_share=by_share):
            return f"Taken {ticket} by {agent} out of {lane} after {waited}" + (" by share" if by_share else "")
        case ev.Replied(ticket_id=ticket, agent=agent, waited=waited, answer_to=answer_to, unverified=unverified):
            told = ", ".join(dict.fromkeys(address.channel for address in answer_to + unverified))
            return f"Replied {ticket} by {agent} after {waited} on {told or 'nothing'}"
        case ev.Parked(ticket_id=ticket, until=until):
            return f"Parked {ticket} until {until.astimezone(zone):%H:%M}"
        case ev.Unparked(at=at, ticket_id=ticket, lane=lane):
            return f"{at.astimezone(zone):%H:%M} Unparked {ticket} to {lane}"
        case ev.ClientAnswered(ticket_id=ticket, lane=lane) | ev.Reopened(ticket_id=ticket, lane=lane):
            return f"{type(event).__name__} {ticket} to {lane}"
        case ev.HandedBack(ticket_id=ticket, agent=agent, lane=lane):
            return f"HandedBack {ticket} by {agent} to {lane}"
        case ev.ClientAsked(ticket_id=ticket, agent=agent):
            return f"ClientAsked {ticket} by {agent}"
        case ev.Resolved(ticket_id=ticket) | ev.Withdrawn(ticket_id=ticket):
            return f"{type(event).__name__} {ticket}"
        case ev.Filed(request=request, filing=filing, directs_to=directs_to):
            return f"Filed {request.id} by {filing}" + (f", to the {directs_to}" if directs_to else "")
        case ev.Confirmed(ticket_id=ticket, step=step, by=by, back_to=None, until=until):
            return f"Confirmed {step} of {ticket} by {by}" + (f", on at {until.astimezone(zone):%H:%M}" if until else "")
        case ev.Confirmed(ticket_id=ticket, step=step, by=by, back_to=back_to):
            return f"Wrong at {step} of {ticket}, says {by}: back to {back_to}"
        case ev.Lapsed(at=at, ticket_id=ticket, outcome=outcome, lane=lane):
            return f"{at.astimezone(zone):%H:%M} Lapsed {ticket}: {outcome}" + (f", to {lane}" if lane else "")
        case ev.Archived(ticket_ids=ids):
            return f"Archived {' '.join(ids)}"
    return type(event).__name__


class Story:
    """A desk, its log, and the day that it is by the wall clock of a place."""

    def __init__(self, policy: Policy, day: str, zone: tzinfo = UTC) -> None:
        self.desk = Desk(policy)
        self.log: list[ev.Event] = []
        self.zone = zone
        self.day = datetime.fromisoformat(day).date()
        self.now = self.moment("00:00")

    def moment(self, clock: str) -> datetime:
        """An instant of this day."""
        return datetime.combine(self.day, time.fromisoformat(clock), tzinfo=self.zone).astimezone(UTC)

    def next_day(self, days: int = 1) -> None:
        """So many days pass."""
        self.day += timedelta(days=days)

    def at(self, clock: str) -> Story:
        """It is this time on this day."""
        self.now = self.moment(clock)
        return self

    def __getattr__(self, command: str) -> Callable[..., list[str]]:
        """Any command of the desk, with `now` filled in; gives the events as lines."""
        return lambda *arguments, **more: self._do(command, *arguments, **more)

    def _do(self, command: str, *arguments: Any, **more: Any) -> list[str]:
        try:
            events: tuple[ev.Event, ...] = getattr(self.desk, command)(*arguments, now=self.now, **more)
        except CommandRefused as refusal:
            self._keep(refusal.events)
            raise
        self._keep(events)
        return [line(event, self.zone) for event in events]

    def _keep(self, events: tuple[ev.Event, ...]) -> None:
        self.log += events
        check(self.desk)
        assert Desk.from_log(self.desk.policy, self.log) == self.desk
