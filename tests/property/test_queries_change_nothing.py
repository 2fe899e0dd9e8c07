"""Queries never change the desk (rule T6): not its state, and not what it does next."""

from __future__ import annotations

from hypothesis import given
from strategies import CLIENTS, NOON, Step, perform, play, policies, scripts

from supportq import Desk, Policy, Request
from supportq.events import Event


def ask_everything(desk: Desk) -> None:
    """Every query there is, about every ticket."""
    desk.waiting()
    desk.counter()
    desk.handover()
    desk.forecast()
    for lane in desk.policy.lanes:
        desk.waiting(lane=lane.name, limit=1)
    for ticket in desk.snapshot().tickets:
        desk.position(ticket.id)
        desk.explain(ticket.id)
        desk.estimate(ticket.id)
        assert desk.ticket(ticket.id) == ticket
        desk.advise(ticket.requests[0])
    for client in CLIENTS:
        desk.advise(Request("nobody has it", client, kind="refund"))
    assert desk.next_wakeup == desk.next_wakeup


@given(policies, scripts)
def test_a_desk_that_is_asked_does_what_one_that_is_not_does(policy: Policy, script: list[Step]) -> None:
    quiet = play(Desk(policy), script)
    asked, now = Desk(policy), NOON
    log: list[Event] = []
    for step in script:
        now += step.after
        log += perform(asked, step, now)[0]
        before = asked.snapshot()
        ask_everything(asked)
        assert asked.snapshot() == before
    assert log == quiet.log
    assert asked == quiet.desk
