"""What `advise` says is what happens when the request then comes through that door, and saying it changes nothing (H4, T6)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CLIENTS, Step, bookings, clients, end_of, play, policies, requests, scripts

from supportq import CommandRefused, Desk, Policy, Request, Shift, Staffing
from supportq.desk import Advice
from supportq.events import Admitted, Filed, FiledAgain, Joined, Replayed
from supportq.tickets import Basis

PLANS = (
    Staffing((Shift(time(0), time(0), agents=1),)),
    Staffing((Shift(time(9), time(18), agents=2, weekdays=(0, 1, 2, 3, 4)),)),
    Staffing(()),
)
plans = st.lists(st.none() | st.sampled_from(PLANS), min_size=4, max_size=4)
asked = st.one_of(
    requests(),
    st.builds(lambda client, about: Request("new", client, kind="refund", bookings=(about,)), clients, bookings),
    st.builds(lambda client: Request("new", client, kind="visa"), st.sampled_from(CLIENTS)),
)


def planned(policy: Policy, script: list[Step], given_plans: list[Staffing | None]) -> tuple[Desk, datetime]:
    """A desk after a day, with plans of the whole desk and of some teams."""
    desk, now = play(Desk(policy), script).desk, end_of(script)
    desk.advance(now=now)
    names = [None, *(team.name for team in policy.teams)]
    for name, plan in zip(names, given_plans, strict=False):
        if plan is not None:
            desk.plan(plan, team=name, now=now)
    return desk, now


def through(policy: Policy, request: Request, said: Advice) -> Request:
    """The request as it comes through the door that an advice names."""
    door = next((door for door in policy.doors if door.name == said.door), None)
    person = next((reason.ours for reason in said.reasons if reason.code == "ADDRESSED"), None)
    return request if door is None else door.through(request, person)


@given(policies, scripts, asked, plans)
def test_what_is_advised_is_what_happens(
    policy: Policy, script: list[Step], request: Request, given_plans: list[Staffing | None]
) -> None:
    desk, now = planned(policy, script, given_plans)
    before = desk.snapshot()
    try:
        found = desk.advise(request, now=now)
    except CommandRefused as refusal:
        # What `submit` refuses, and nothing else.
        with pytest.raises(type(refusal)):
            desk.submit(request, now=now)
        return
    assert desk.snapshot() == before
    if not found and not policy.doors:
        (event, *_) = Desk.from_snapshot(before).submit(request, now=now)
        assert isinstance(event, Filed | FiledAgain) or (isinstance(event, Joined) and event.basis is Basis.FILED)
    for said in found:
        twin = Desk.from_snapshot(before)
        event, *then = twin.submit(through(policy, request, said), now=now)
        if any(reason.code == "KNOWN" for reason in said.reasons):
            assert len(found) == 1
            assert isinstance(event, Joined | Replayed)
            assert said.reasons[0].ours == event.ticket_id
            assert said.estimate == desk.estimate(event.ticket_id, now=now)
            continue
        assert isinstance(event, Admitted)
        assert said.lane == event.lane
        assert said.team == (None if event.queue is None else event.queue.team)
        assert said.channel == event.request.channel
        # Who turns out to be one client with the writer may change places in the same breath.
        if not then:
            assert said.estimate.position == twin.estimate(event.ticket_id).position


@given(policies, scripts, asked, plans)
def test_the_soonest_comes_first_and_what_nobody_can_say_last(
    policy: Policy, script: list[Step], request: Request, given_plans: list[Staffing | None]
) -> None:
    desk, now = planned(policy, script, given_plans)
    try:
        found = desk.advise(request, now=now)
    except CommandRefused:
        return
    waits = [said.estimate.p50 for said in found]
    told = [wait for wait in waits if wait is not None]
    assert waits == sorted(told) + [None] * (len(waits) - len(told))
    assert all(said.estimate.reasons for said in found if said.estimate.p50 is None)
    names = [door.name for door in policy.doors]
    for one, other in pairwise(found):
        if (one.estimate.p50, one.estimate.p90) == (other.estimate.p50, other.estimate.p90):
            assert names.index(one.door or "") < names.index(other.door or "")


@given(policies, scripts, asked, plans, st.sampled_from([timedelta(0), timedelta(minutes=1)]))
def test_whoever_is_not_at_work_opens_later(
    policy: Policy, script: list[Step], request: Request, given_plans: list[Staffing | None], pause: timedelta
) -> None:
    desk, now = planned(policy, script, given_plans)
    if desk.next_wakeup is not None and desk.next_wakeup <= now + pause:
        return
    try:
        found = desk.advise(request, now=now + pause)
    except CommandRefused:
        return
    for said in found:
        assert said.opens_at is None or said.opens_at > now + pause
        if said.opens_at is not None and said.estimate.p50 is not None:
            assert now + pause + said.estimate.p50 >= said.opens_at
