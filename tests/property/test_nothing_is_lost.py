"""Conservation (rule G3): every request is in exactly one ticket, and the log counts what the state counts."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from invariants import check
from strategies import NOON, Step, perform, play, policies, scripts

from supportq import Desk, Policy
from supportq.events import (
    Admitted,
    Archived,
    Event,
    Filed,
    FiledAgain,
    Joined,
    Lapsed,
    Replayed,
    Replied,
    Resolved,
    Withdrawn,
)


def figures(log: list[Event]) -> dict[str, object]:
    """The counts of the desk, from its events alone."""
    kinds = Counter(type(event) for event in log)
    return {
        "received": kinds[Admitted] + kinds[Joined],
        "tickets": kinds[Admitted],
        "repeats": kinds[Joined],
        "replays": kinds[Replayed] + kinds[FiledAgain],
        "filed": kinds[Filed],
        "answered": kinds[Replied],
        "resolved": kinds[Resolved],
        "withdrawn": kinds[Withdrawn],
        "lapsed": sum(isinstance(event, Lapsed) and event.lane is None for event in log),
    }


@given(policies, scripts)
def test_counts_from_the_log_are_counts_from_the_state(policy: Policy, script: list[Step]) -> None:
    played = play(Desk(policy), script)
    counter = played.desk.counter()
    assert {name: getattr(counter, name) for name in figures(played.log)} == figures(played.log)
    filed = Counter(event.filing for event in played.log if isinstance(event, Filed))
    assert {name: count for name, count in counter.filed_by.items() if count} == filed


@given(policies, scripts)
def test_every_request_is_in_exactly_one_ticket(policy: Policy, script: list[Step]) -> None:
    """Nothing sent is ever dropped (D4): what the events introduced is what the tickets hold, in the order in which it came."""
    played = play(Desk(policy), script)
    told: dict[str, list[str]] = {}
    for event in played.log:
        if isinstance(event, (Admitted, Joined)):
            told.setdefault(event.ticket_id, []).append(event.request.id)
        elif isinstance(event, Archived):
            for ticket_id in event.ticket_ids:
                del told[ticket_id]
    assert {ticket.id: [request.id for request in ticket.requests] for ticket in played.desk.snapshot().tickets} == told


@given(policies, scripts)
def test_the_desk_holds_together_after_every_step(policy: Policy, script: list[Step]) -> None:
    desk, now = Desk(policy), NOON
    for step in script:
        now += step.after
        perform(desk, step, now)
        check(desk)
