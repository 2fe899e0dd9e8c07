"""Time may be told in any pieces (rule T3): splitting an advance changes nothing, and early and late hosts write one log."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from strategies import DAY, NOON, Step, end_of, gaps, perform, play, policies, random_policies, scripts

from supportq import Desk, Policy
from supportq.events import Event


@given(policies, scripts, st.lists(gaps, min_size=1, max_size=8))
def test_splitting_an_advance_changes_nothing(policy: Policy, script: list[Step], pieces: list[timedelta]) -> None:
    live, end = play(Desk(policy), script), end_of(script)
    at_once, piecewise = live.desk, Desk.from_snapshot(live.desk.snapshot())
    whole = at_once.advance(now=end + sum(pieces, start=timedelta(0)))
    parts: list[Event] = []
    for piece in pieces:
        end += piece
        parts += piecewise.advance(now=end)
    assert tuple(parts) == whole
    assert at_once == piecewise


def by_the_bell(desk: Desk, script: list[Step]) -> list[Event]:
    """The log of a host that advances at every wake-up, exactly when it rings."""
    log: list[Event] = []
    now = NOON
    for step in script:
        now += step.after
        while (bell := desk.next_wakeup) is not None and bell <= now:
            happened = desk.advance(now=bell)
            assert happened, "the bell rang for nothing"
            assert {event.at for event in happened} == {bell}
            log += happened
        log += perform(desk, step, now)[0]
    return log


def hosts_agree(policy: Policy, script: list[Step]) -> None:
    """A host that advances at every wake-up and one that does it late write the same log."""
    late, early = play(Desk(policy), script), Desk(policy)
    # A ticket that is picked by its state may be another where the desk knows already what fell due.
    log = by_the_bell(early, late.told)
    # A value that is refused at once is no command, so the late host may still have something to do.
    assert log == [*late.log, *late.desk.advance(now=end_of(script))]
    assert early == late.desk


@given(policies, scripts)
def test_early_and_late_hosts_write_the_same_log(policy: Policy, script: list[Step]) -> None:
    hosts_agree(policy, script)


@given(random_policies(), scripts)
def test_early_and_late_hosts_write_the_same_log_by_any_policy(policy: Policy, script: list[Step]) -> None:
    """Sign-out, takeover, breach, silence and park timers all obey T3, whatever the policy says."""
    hosts_agree(policy, script)


@given(policies, scripts)
def test_instants_in_the_log_never_decrease(policy: Policy, script: list[Step]) -> None:
    log = play(Desk(policy), script).log
    assert all(one.at <= other.at for one, other in pairwise(log))


@given(policies, scripts)
def test_before_the_wake_up_nothing_happens(policy: Policy, script: list[Step]) -> None:
    desk = play(Desk(policy), script).desk
    for _ in range(5):
        bell = desk.next_wakeup
        if bell is None:
            assert desk.advance(now=end_of(script) + 1000 * DAY) == ()
            return
        assert desk.advance(now=bell - timedelta(microseconds=1)) == ()
        assert desk.advance(now=bell) != ()
