"""A policy checks itself when it is built, naming the place and the remedy."""

from __future__ import annotations

from datetime import UTC, date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from supportq import DuplicateRules, HeadStart, InvalidValue, Lane, Order, Policy, PolicyError, Target, when
from supportq.hours import Hours, Opening, Recurrence, SpecialDay
from supportq.policy import MAX_LANES, zone_name
from supportq.teams import Team

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST = Lane("standard")
PRAGUE = ZoneInfo("Europe/Prague")
OFFICE = Hours((Opening(time(9), time(18), (0, 1, 2, 3, 4)),), zone=PRAGUE)
EVENING = Hours((Opening(time(19), time(20)),), zone=PRAGUE)


def refused(build: Any) -> str:
    with pytest.raises((PolicyError, InvalidValue)) as error:
        build()
    return str(error.value)


def test_the_smallest_policy_is_one_lane() -> None:
    policy = Policy((LAST,))
    assert (policy.name, policy.keep_closed, policy.duplicates.reopen_within) == ("policy", 90 * DAY, 7 * DAY)


def test_lists_become_tuples() -> None:
    policy = Policy([Lane("a", when.kind("a"), head_starts=[HeadStart(HOUR, when.cancelled())]), LAST])  # type: ignore[arg-type]
    assert isinstance(policy.lanes, tuple)
    assert isinstance(policy.lanes[0].head_starts, tuple)
    assert hash(policy) == hash(Policy(policy.lanes))


@pytest.mark.parametrize(
    ("lanes", "parts"),
    [
        ((), ["policy.lanes", "at least one lane that takes everyone"]),
        (None, ["policy.lanes"]),
        ("standard", ["policy.lanes"]),
        (("standard",), ["policy.lanes", "takes Lane, not str"]),
        ((Lane("a", when.kind("a")),), ["lane 'a'", "is the last, so it must take everyone: leave out its `when`"]),
        ((LAST, LAST), ["lane 'standard'", "appears twice"]),
        ((LAST, Lane("a", when.kind("a")), Lane("b")), ["lane 'a'", "cannot be reached: 'standard' before it takes everyone"]),
        ((LAST, Lane("other")), ["lane 'other'", "cannot be reached"]),
        ((*(Lane(f"l{n}", when.kind(f"k{n}")) for n in range(MAX_LANES)), LAST), ["policy.lanes", "101 lanes"]),
        ((Lane("a", when.kind("a"), share=0.6), Lane("b", share=0.5)), ["policy.lanes", "the shares sum to 1.1; at most 1"]),
    ],
    ids=str,
)
def test_contradicting_lanes_are_refused(lanes: Any, parts: list[str]) -> None:
    message = refused(lambda: Policy(lanes))
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    "above",
    [
        [when.departs_within(DAY), when.departs_within(12 * HOUR)],
        [when.kind("a", "b"), when.kind("a")],
        [when.kind("a"), when.kind("b"), when.kind("b", "a")],
        [when.kind("a") & when.kind("b")],
        [when.cancelled() & ~when.cancelled()],
        [when.channel("phone"), when.channel("phone") & when.cancelled()],
        [when.waited(HOUR), when.waited(DAY)],
        [when.party_of(2), when.party_of(4)],
        [when.attribute("vip"), when.attribute("vip") & when.kind("a")],
        [when.attribute("tier", "gold") & when.attribute("tier", "silver")],
        [when.addressed_to(), when.addressed_to("ivan")],
        [when.missed_call(), when.missed_call() & when.cancelled()],
        [when.departs_within(DAY) & when.departed()],
        [when.cancelled() & ~when.has_booking()],
        [when.has_booking(), when.departs_within(DAY)],
        [when.within_hours(OFFICE), when.within_hours(OFFICE) & when.kind("a")],
        [when.rooms_of(2), when.rooms_of(6)],
        [when.made_in("market", "hotels"), when.made_in("market")],
        [~when.has_booking(), when.made_in("market") & ~when.has_booking()],
        [when.line_begins("z-"), when.line_begins("z-office")],
        [when.line_begins("z-") & when.line_begins("a-")],
        [when.by_voice(), when.by_voice() & when.urgent()],
        [when.says_something(), when.says_something() & when.urgent()],
        [when.urgent() & ~when.urgent()],
        [when.origin("client", "agent"), when.origin("system"), when.kind("a")],
        [when.stage("new", "regular"), when.stage("new") & when.named("manager")],
        [when.named("curator"), when.named("curator") & when.kind("a")],
    ],
    ids=lambda value: " > ".join(map(repr, value)),
)
def test_a_lane_that_nothing_can_reach_is_refused(above: list[when.Condition]) -> None:
    lanes = [Lane(f"lane {index}", condition) for index, condition in enumerate(above)]
    message = refused(lambda: Policy((*lanes, LAST)))
    assert f"lane {lanes[-1].name!r}" in message
    assert "move or drop it" in message


def test_the_last_lane_must_be_reachable_too() -> None:
    message = refused(lambda: Policy((Lane("a", when.kind("a")), Lane("others", ~when.kind("a")), LAST)))
    assert "lane 'standard'" in message


@pytest.mark.parametrize(
    "conditions",
    [
        [when.departs_within(12 * HOUR), when.departs_within(DAY)],
        [when.waited(DAY), when.waited(HOUR)],
        [when.kind("a"), when.kind("a", "b")],
        [when.departs_within(DAY) & ~when.cancelled(), when.departs_within(DAY)],
        [when.departs_within(DAY) & when.waited(HOUR), when.departs_within(DAY) & when.kind("a"), when.departed()],
        [when.within_hours(OFFICE) & when.channel("phone"), when.channel("phone")],
        [when.addressed_to("ivan"), when.addressed_to()],
        [when.party_of(9), when.party_of(4) & when.departs_within(12 * HOUR), when.party_of(2)],
        [when.attribute("tier", "gold"), when.attribute("tier", "silver"), when.attribute("vip", None)],
        [~when.has_booking(), when.missed_call() | when.cancelled()],
        [when.rooms_of(6), when.rooms_of(2) & when.party_of(9)],
        [when.made_in("market") & when.cancelled(), when.made_in("hotels", "market"), when.has_booking()],
        [when.line_begins("z-office"), when.line_begins("z-"), when.line_begins("a"), when.by_voice()],
        [when.says_something() & when.by_voice(), when.says_something()],
        [when.urgent() & when.origin("system"), when.urgent(), when.origin("agent"), when.origin("client")],
        [when.stage("new") & ~when.named("manager"), when.stage("new", "regular"), when.named("curator")],
    ],
    ids=lambda value: " > ".join(map(repr, value)),
)
def test_lanes_that_can_be_reached_are_accepted(conditions: list[when.Condition]) -> None:
    Policy((*(Lane(f"lane {index}", condition) for index, condition in enumerate(conditions)), LAST))


WIDE = [Lane(f"l{n}", when.attribute(f"a{n}") & when.kind(f"k{n}") & when.channel(f"c{n}")) for n in range(12)]
"""So many facts that their combinations are too many to try each."""


@pytest.mark.parametrize(
    "condition",
    [
        when.attribute("a3") & when.kind("k3") & when.channel("c3"),
        when.attribute("a3") & when.kind("k3") & when.channel("c3") & when.party_of(4),
        when.kind("a") & when.kind("b"),
        when.channel("c3", "c4") & when.attribute("a3") & when.kind("k3") & ~when.channel("c4"),
        when.party_of(6) & when.urgent(),
        when.at_least("size", 5) & ~when.cancelled(),
        when.within_hours(OFFICE) & when.within_hours(EVENING) & when.channel("c1"),
    ],
    ids=repr,
)
def test_what_is_plainly_unreachable_is_refused_whatever_the_size(condition: when.Condition) -> None:
    """Beyond what can be tried in all its combinations, it is tried by the facts that it asks for itself."""
    above = (*WIDE, Lane("large", when.party_of(4) | when.at_least("size", 3)))
    message = refused(lambda: Policy((*above, Lane("never", condition), LAST)))
    assert "lane 'never'.when" in message
    many = [Lane(f"b{n}", when.attribute(f"b{n}")) for n in range(60)]
    assert "lane 'never'.when" in refused(lambda: Policy((*many, *above, Lane("never", condition), LAST)))


@pytest.mark.parametrize(
    "condition",
    [
        when.kind("k3") & when.channel("c3"),
        when.attribute("a3", 1) & when.kind("k3") & when.channel("c3"),
        when.at_least("size", 2),
        when.party_of(2) & when.within_hours(OFFICE),
        ~when.attribute("a3"),
    ],
    ids=repr,
)
def test_what_may_be_reached_among_many_is_accepted(condition: when.Condition) -> None:
    """Never is a policy refused that can work."""
    above = (*WIDE, Lane("large", when.party_of(4) | when.at_least("size", 3)))
    assert len(Policy((*above, Lane("some", condition), LAST)).lanes) == 15


def test_what_only_many_lanes_take_together_is_not_looked_for() -> None:
    """Building a policy stays fast; such a lane would merely stay empty."""
    covered = [Lane("new", when.stage("new") & when.urgent()), Lane("other", when.stage("new") & ~when.urgent())]
    assert len(Policy((*WIDE, *covered, Lane("never", when.stage("new")), LAST)).lanes) == 16


def test_values_that_are_equal_but_two_are_told_apart() -> None:
    Policy((Lane("yes", when.attribute("a")), Lane("one", when.attribute("a", 1)), LAST))
    Policy(
        (
            Lane("three", when.attribute("a", 3)),
            Lane("more", when.at_least("a", 3)),
            Lane("named", when.attribute("a", 2)),
            LAST,
        )
    )


def test_H1_hours_that_never_close_leave_nothing_below() -> None:
    always = Hours((Opening(time(0), time(0)),), zone=UTC)
    message = refused(lambda: Policy((Lane("open", when.within_hours(always)), Lane("x", when.kind("x")), LAST)))
    assert "lane 'x'.when" in message
    message = refused(lambda: Policy((LAST,), teams=(Team("open", when.within_hours(always)), Team("others"))))
    assert "team 'others'.when" in message
    for closing in ({"holidays": (date(2026, 1, 1),)}, {"closed_by": (Recurrence("FREQ=YEARLY;BYEASTER=0"),)}):
        sometimes = Hours((Opening(time(0), time(0)),), zone=UTC, **closing)
        Policy((Lane("open", when.within_hours(sometimes)), Lane("x", when.kind("x")), LAST))


def test_H1_hours_that_are_never_open_together_are_refused() -> None:
    message = refused(lambda: Policy((Lane("both", when.within_hours(OFFICE) & when.within_hours(EVENING)), LAST)))
    assert "lane 'both'.when" in message
    Policy((Lane("neither", ~when.within_hours(OFFICE) & ~when.within_hours(EVENING)), LAST))


@pytest.mark.parametrize(
    "other",
    [
        Hours(EVENING.openings, zone=UTC),
        Hours(EVENING.openings),
        Hours(EVENING.openings, zone=PRAGUE, special_days=(SpecialDay(date(2026, 12, 24), (Opening(time(9), time(12)),)),)),
        Hours((Opening(time(17), time(8)),), zone=PRAGUE),
    ],
    ids=["another zone", "the client's zone", "a special day", "an hour in common"],
)
def test_H1_hours_that_may_be_open_together_are_accepted(other: Hours) -> None:
    Policy((Lane("both", when.within_hours(OFFICE) & when.within_hours(other)), LAST))


@pytest.mark.parametrize(
    ("build", "parts"),
    [
        (lambda: Lane(""), ["lane.name", "empty"]),
        (lambda: Lane("a", "cancelled"), ["lane 'a'.when", "must be a condition of supportq.when, not str"]),  # type: ignore[arg-type]
        (lambda: Lane("a", order="random"), ["lane 'a'.order", "arrival, departure, reply_by"]),  # type: ignore[arg-type]
        (lambda: Lane("a", share=1.5), ["lane 'a'.share", "from 0 to 1, not 1.5"]),
        (lambda: Lane("a", share=-0.1), ["lane 'a'.share"]),
        (lambda: Lane("a", share=1e-9), ["lane 'a'.share", "0 or at least a millionth"]),
        (lambda: Lane("a", share=float("nan")), ["lane 'a'.share"]),
        (lambda: Lane("a", share=True), ["lane 'a'.share"]),
        (lambda: Lane("a", share="half"), ["lane 'a'.share"]),  # type: ignore[arg-type]
        (lambda: Lane("a", head_starts=(HOUR,)), ["lane 'a'.head_starts", "HeadStart"]),  # type: ignore[arg-type]
        (
            lambda: Lane("a", order=Order.DEPARTURE, head_starts=(HeadStart(HOUR, when.cancelled()),)),
            ["lane 'a'.head_starts", "they need order='arrival'"],
        ),
        (lambda: HeadStart(-HOUR, when.cancelled()), ["head_start.by"]),
        (lambda: HeadStart(HOUR, None), ["head_start.when"]),  # type: ignore[arg-type]
        (lambda: HeadStart(HOUR, when.departs_within(DAY)), ["head_start.when", "only use facts known at entry"]),
        (lambda: Target(HOUR, when.waited(DAY)), ["target 'first_reply'.when", "only use facts known at entry"]),
        (lambda: Target(HOUR, "vip"), ["target 'first_reply'.when"]),  # type: ignore[arg-type]
        (lambda: Target(5), ["target.within", "must be a timedelta"]),  # type: ignore[arg-type]
        (lambda: DuplicateRules(reopen_within=-DAY), ["duplicates.reopen_within"]),
        (lambda: Policy((LAST,), name=""), ["policy.name"]),
        (lambda: Policy((LAST,), keep_closed=DAY), ["policy.keep_closed", "not be shorter than duplicates.reopen_within"]),
        (lambda: Policy((LAST,), duplicates=None), ["policy.duplicates"]),  # type: ignore[arg-type]
        (lambda: Policy((LAST,), default_region="cz"), ["policy.default_region", "'cz'"]),
        (lambda: Policy((LAST,), default_region=420), ["policy.default_region"]),  # type: ignore[arg-type]
        (lambda: Policy((LAST,), zone="Europe/Prague"), ["policy.zone"]),  # type: ignore[arg-type]
        (lambda: Policy((LAST,), zones=("Europe/Prague",)), ["policy.zones"]),  # type: ignore[arg-type]
        (lambda: Policy((LAST,), targets=(5,)), ["policy.targets"]),  # type: ignore[arg-type]
        (
            lambda: Policy((LAST,), targets=(Target(HOUR), Target(DAY))),
            ["policy.targets[1]", "one of the same clock before it fits all"],
        ),
        (
            lambda: Policy((Lane("a", order=Order.REPLY_BY),)),
            ["lane 'a'.order", "policy.targets must hold one of the first reply"],
        ),
    ],
)
def test_wrong_values_are_refused_naming_the_place(build: Any, parts: list[str]) -> None:
    message = refused(build)
    for part in parts:
        assert part in message


def test_shares_may_sum_to_one() -> None:
    Policy((Lane("a", when.kind("a"), share=0.1), Lane("b", when.kind("b"), share=0.2), Lane("c", share=0.7)))


def test_an_order_may_be_given_as_text() -> None:
    assert Lane("a", order="departure").order is Order.DEPARTURE  # type: ignore[arg-type]


def test_zones_are_known_by_name() -> None:
    """T5: zones are values in the policy; a name that it does not list is unknown."""
    prague, tokyo = ZoneInfo("Europe/Prague"), ZoneInfo("Asia/Tokyo")
    policy = Policy((LAST,), zone=prague, zones=(tokyo, UTC))
    assert policy.zone_named("Asia/Tokyo") is tokyo
    assert policy.zone_named("Europe/Prague") is prague
    assert policy.zone_named("UTC") is UTC
    assert policy.zone_named("Mars/Olympus") is None
    assert policy.zone_named(None) is None
    assert (zone_name(prague), zone_name(UTC)) == ("Europe/Prague", "UTC")
