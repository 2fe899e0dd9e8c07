"""A log that does not fit together is refused, naming the first event that does not fit; never half believed (G1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invariants import check
from strategies import IDS, Step, play, policies, scripts

from supportq import Desk, LogError, Policy
from supportq.events import Event


def damage(log: list[Event], how: str, at: int, other: int, name: str) -> list[Any]:
    spoiled: list[Any] = list(log)
    event = spoiled[at]
    match how:
        case "lose":
            del spoiled[at]
        case "repeat":
            spoiled.insert(other, event)
        case "swap":
            spoiled[at], spoiled[other] = spoiled[other], spoiled[at]
        case "rename" if hasattr(event, "ticket_id"):
            spoiled[at] = replace(event, ticket_id=name)
        case "move" if hasattr(event, "lane"):
            spoiled[at] = replace(event, lane="nowhere")
        case "date":
            spoiled[at] = replace(event, at=event.at - timedelta(days=400))
        case "scribble":
            spoiled[at] = name
    return spoiled


damages = st.sampled_from(["lose", "repeat", "swap", "rename", "move", "date", "scribble"])


@given(policies, scripts, damages, st.integers(0, 200), st.integers(0, 200), st.sampled_from(IDS))
def test_a_damaged_log_is_refused_or_is_another_good_log(
    policy: Policy, script: list[Step], how: str, at: int, other: int, name: str
) -> None:
    log = play(Desk(policy), script).log
    if not log:
        return
    spoiled = damage(log, how, at % len(log), other % len(log), name)
    bad = len(spoiled)
    try:
        Desk.from_log(policy, spoiled)
    except LogError as error:
        bad = error.position
    # What stands before the first bad event is a good log. Some losses leave a day that could have been, and none is bad.
    check(Desk.from_log(policy, spoiled[:bad]))
    if bad < len(spoiled):
        with pytest.raises(LogError, match=f"^event {bad} of the log: "):
            Desk.from_log(policy, spoiled[: bad + 1])
    assert bad < len(spoiled) or how != "scribble"
