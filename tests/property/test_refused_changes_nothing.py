"""A refused command changes nothing but what time did (rule G2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import HOUR, IDS, NOON, Step, end_of, perform, play, policies, requests, scripts

from supportq import Booking, Client, CommandRefused, Desk, InvalidValue, Lane, Policy, Request, when
from supportq.errors import TimeWentBack


@given(policies, scripts)
def test_a_refused_command_does_what_an_advance_does(policy: Policy, script: list[Step]) -> None:
    """At every step: had the host only let time pass, the desk would be the same, and so would the events."""
    desk, now = Desk(policy), NOON
    for step in script:
        now += step.after
        before = desk.snapshot()
        happened, refusal = perform(desk, step, now)
        if isinstance(refusal, CommandRefused):
            twin = Desk.from_snapshot(before)
            assert twin.advance(now=now) == happened == refusal.events
            assert twin == desk
        elif refusal is not None:
            # A value that cannot be what it says is refused before anything happens at all.
            assert isinstance(refusal, InvalidValue)
            assert desk.snapshot() == before


@given(policies, scripts, st.sampled_from(["reply", "hand_back", "resolve"]))
def test_naming_another_agent_is_refused(policy: Policy, script: list[Step], command: str) -> None:
    desk, end = play(Desk(policy), script).desk, end_of(script)
    desk.advance(now=end)
    before = desk.snapshot()
    for ticket in before.tickets:
        with pytest.raises(CommandRefused):
            getattr(desk, command)(ticket.id, agent="nobody at all", now=end)
    assert desk.snapshot() == before


@given(policies, scripts)
def test_time_that_goes_back_is_refused_by_every_command(policy: Policy, script: list[Step]) -> None:
    """T2."""
    played = play(Desk(policy), script)
    end = end_of(script)
    played.desk.advance(now=end)
    before = played.desk.snapshot()
    earlier = end - timedelta(microseconds=1)
    calls: dict[str, dict[str, Any]] = {
        "submit": {"request": Request("new", Client(account="9"))},
        "submit_many": {"requests": []},
        "update": {"booking": "KC-77", "cancelled": True},
        "update_client": {"client": "account:1", "stage": "new"},
        "correct": {"ticket": IDS[0], "kind": "refund"},
        "note": {"ticket": IDS[0], "status": "waits", "done": "called", "next": "call"},
        "confirm": {"ticket": IDS[0], "step": "voucher", "by": "client"},
        "take": {"agent": "ivan"},
        "reply_all": {"service": "OK 81", "agent": "ivan"},
        "park": {"ticket": IDS[0], "until": end + HOUR},
        "advance": {},
        **{
            name: {"ticket": IDS[0]}
            for name in ("reply", "ask_client", "client_answered", "hand_back", "resolve", "withdraw", "reopen")
        },
    }
    for name, arguments in calls.items():
        with pytest.raises(TimeWentBack) as error:
            getattr(played.desk, name)(now=earlier, **arguments)
        assert error.value.events == ()
    for query in (played.desk.waiting, played.desk.counter, played.desk.forecast):
        with pytest.raises(TimeWentBack):
            query(now=earlier)
    assert played.desk.snapshot() == before


@given(policies, scripts, st.lists(requests(), min_size=1, max_size=4), st.integers(0, 4))
def test_a_batch_with_one_bad_request_is_refused_whole(
    policy: Policy, script: list[Step], batch: list[Request], at: int
) -> None:
    played = play(Desk(policy), script)
    end = end_of(script)
    played.desk.advance(now=end)
    before = played.desk.snapshot()
    batch.insert(min(at, len(batch)), Request("late", Client(account="9"), received_at=end + HOUR))
    with pytest.raises(CommandRefused):
        played.desk.submit_many(batch, now=end)
    assert played.desk.snapshot() == before


def test_what_fell_due_before_the_refusal_is_carried_by_it() -> None:
    day = timedelta(days=1)
    policy = Policy((Lane("imminent", when.departs_within(day)), Lane("standard")))
    desk = Desk(policy)
    log = [*desk.submit(Request("A1", Client(account="1"), bookings=Booking("K", departs_at=NOON + 3 * day)), now=NOON)]

    def refused(now: datetime) -> CommandRefused:
        with pytest.raises(CommandRefused) as error:
            desk.reply("A1", now=now)
        return error.value

    assert refused(NOON + day).events == ()
    error = refused(NOON + 5 * day)
    assert [event.at for event in error.events] == [NOON + 2 * day, NOON + 3 * day]
    # Whoever stores them has the whole log.
    assert Desk.from_log(policy, [*log, *error.events]) == desk
    assert refused(NOON + 5 * day).events == ()
