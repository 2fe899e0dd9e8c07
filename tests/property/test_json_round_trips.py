"""Whatever supportq writes as JSON it reads back as the same value, and equal values have one text (rules R3, G1, G6)."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given
from strategies import CLIENTS, Step, conditions, play, policies, requests, scripts

from supportq import Desk, HeadStart, Lane, Policy, PolicyError, Request
from supportq.schema import (
    canonical_json,
    event_from_json,
    policy_from_json,
    request_from_json,
    snapshot_from_json,
    to_data,
    to_json,
)
from supportq.when import Condition


@given(requests())
def test_requests(request: Request) -> None:
    assert request_from_json(to_json(request)) == request
    assert request_from_json(to_data(request)) == request


@given(conditions)
def test_policies_with_any_condition(condition: Condition) -> None:
    try:
        head_starts = (HeadStart(timedelta(minutes=90), condition),) if condition.timeless else ()
        policy = Policy((Lane("first", condition), Lane("last", head_starts=head_starts)))
    except PolicyError:
        return  # nothing can reach one of its lanes
    text = to_json(policy)
    again = policy_from_json(text)
    assert again == policy
    assert to_json(again) == text


@given(policies, scripts)
def test_logs_and_snapshots_of_any_day(policy: Policy, script: list[Step]) -> None:
    assert policy_from_json(to_json(policy)) == policy
    played = play(Desk(policy), script)
    log = [event_from_json(to_json(event)) for event in played.log]
    assert log == played.log
    text = canonical_json(played.desk.snapshot())
    assert Desk.from_snapshot(snapshot_from_json(text)) == played.desk
    # Rebuilt from the log, and restored from its own text, the desk has the same text to the byte.
    assert canonical_json(Desk.from_log(policy, log).snapshot()) == text
    assert canonical_json(Desk.from_snapshot(snapshot_from_json(text)).snapshot()) == text


@given(policies, scripts)
def test_answers_to_every_query_are_json(policy: Policy, script: list[Step]) -> None:
    desk = play(Desk(policy), script).desk
    answers: list[object] = [desk.counter(), *desk.advise(Request("nobody has it", CLIENTS[0]))]
    for ticket in desk.snapshot().tickets:
        found = (desk.explain(ticket.id), desk.ticket(ticket.id), desk.position(ticket.id), desk.estimate(ticket.id))
        assert json.loads(to_json(found[1]))["id"] == ticket.id
        answers += found
    for answer in answers:
        assert json.loads(to_json(answer)) == to_data(answer)
