"""The log is the state (rule G1): a desk rebuilt from any prefix of it is the live desk at that point, and goes on like it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from invariants import check
from strategies import DAY, NOON, Step, end_of, perform, play, policies, scripts

from supportq import Desk, Policy
from supportq.events import Event


@given(policies, scripts)
def test_after_every_command_the_log_rebuilds_the_desk(policy: Policy, script: list[Step]) -> None:
    desk, now = Desk(policy), NOON
    log: list[Event] = []
    for step in script:
        now += step.after
        log += perform(desk, step, now)[0]
        rebuilt = Desk.from_log(policy, log)
        assert rebuilt == desk
        assert rebuilt.waiting() == desk.waiting()
        assert rebuilt.next_wakeup == desk.next_wakeup


@given(policies, scripts)
def test_every_prefix_of_the_log_is_a_desk(policy: Policy, script: list[Step]) -> None:
    """A host may stop between any two events; what it stored is then a desk in good order. Of long logs, some are tried."""
    log = play(Desk(policy), script).log
    for end in range(0, len(log) + 1, 1 + len(log) // 15):
        desk = Desk.from_log(policy, log[:end])
        restored = Desk.from_snapshot(desk.snapshot())
        for one in (desk, restored):
            check(one)
        assert restored == desk


@given(policies, scripts, st.integers(0, 30))
def test_a_rebuilt_desk_goes_on_like_the_live_one(policy: Policy, script: list[Step], cut: int) -> None:
    """G6: a snapshot holds everything that the whole log would have given."""
    before, after = script[:cut], script[cut:]
    live = play(Desk(policy), before)
    start = end_of(before)
    from_log, from_snapshot = Desk.from_log(policy, live.log), Desk.from_snapshot(live.desk.snapshot())
    expected = play(live.desk, after, start)
    for rebuilt in (from_log, from_snapshot):
        went_on = play(rebuilt, after, start)
        assert went_on.log == expected.log
        assert went_on.desk == expected.desk


@given(policies, scripts, st.sampled_from([DAY, 4 * DAY]))
def test_a_torn_log_heals(policy: Policy, script: list[Step], pause: timedelta) -> None:
    """Whatever part of an advance was stored before the power went: the rebuilt desk does the rest, and nothing twice."""
    live = play(Desk(policy), script)
    end = end_of(script) + pause
    due = live.desk.advance(now=end)
    for cut in range(0, len(due), max(1, len(due) // 5)):
        rebuilt = Desk.from_log(policy, [*live.log, *due[:cut]])
        assert rebuilt.advance(now=end) == due[cut:]
        assert rebuilt == live.desk
