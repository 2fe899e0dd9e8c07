"""Clocks: what runs, what stands, what is missed (rule C1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from invariants import check

from supportq import Booking, Client, Desk, Lane, LogError, Order, Policy, PolicyError, Request, Target, when
from supportq.clocks import Clocks
from supportq.events import Breached, Event, Warned
from supportq.hours import Hours, Opening
from supportq.tickets import ClockKind, State

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
"""A Friday."""
OFFICE = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
AT_CLIENTS = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),))
ANN, BOB = Client(email="ann@example.com"), Client(email="bob@example.com")


def desk_with(*targets: Target, order: Order = Order.ARRIVAL) -> Desk:
    return Desk(Policy((Lane("all", order=order),), targets=targets, zones=(ZoneInfo("America/New_York"),)))


def said(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    """What was missed or warned of: which, when it was due, and why."""
    late = [event for event in events if isinstance(event, Breached | Warned)]
    return [
        (event.ticket_id, event.clock.value, event.due_at - NOON, event.cause if isinstance(event, Breached) else "SOON")
        for event in late
    ]


def due(desk: Desk, ticket: str = "A1") -> dict[str, timedelta | None]:
    return {clock.kind.value: None if clock.due_at is None else clock.due_at - NOON for clock in desk.clocks(ticket)}


def test_C1_a_first_reply_is_missed_exactly_when_due_and_once() -> None:
    desk = desk_with(Target(2 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON)
    assert desk.next_wakeup == NOON + 2 * HOUR
    assert desk.advance(now=NOON + 2 * HOUR - timedelta(microseconds=1)) == ()
    assert said(desk.advance(now=NOON + 2 * HOUR)) == [("A1", "first_reply", 2 * HOUR, "WAITING")]
    assert desk.next_wakeup is None
    assert desk.advance(now=NOON + DAY) == ()
    assert desk.ticket("A1").breached == (ClockKind.FIRST_REPLY,)
    assert desk.counter().breached == 1


def test_C1_who_replies_before_it_is_due_misses_nothing_and_at_that_instant_it_is_late() -> None:
    desk = desk_with(Target(2 * HOUR))
    for name, client in (("A1", ANN), ("B1", BOB)):
        desk.submit(Request(name, client), now=NOON)
        desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON + 2 * HOUR - timedelta(microseconds=1))
    events = desk.reply("B1", now=NOON + 2 * HOUR)
    assert said(events) == [("B1", "first_reply", 2 * HOUR, "TAKEN")]
    assert isinstance(events[0], Breached)
    assert events[0].agent == "ivan"


def test_C1_a_clock_runs_in_the_hours_of_its_target() -> None:
    desk = desk_with(Target(9 * HOUR, hours=OFFICE))
    desk.submit(Request("A1", ANN), now=NOON)
    # Six hours on Friday, three on Monday.
    assert due(desk) == {"first_reply": 3 * DAY}


def test_C1_hours_without_a_zone_are_the_clients() -> None:
    desk = desk_with(Target(HOUR, hours=AT_CLIENTS))
    desk.submit(Request("A1", ANN, zone="America/New_York"), now=NOON)
    # It is eight in the morning there.
    assert due(desk) == {"first_reply": 2 * HOUR}
    desk.update_client("email:ann@example.com", zone="UTC", now=NOON)
    assert due(desk) == {"first_reply": HOUR}


def test_C1_a_clock_stands_while_the_client_is_asked() -> None:
    desk = desk_with(Target(2 * HOUR), Target(10 * HOUR, clock=ClockKind.RESOLUTION))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON + HOUR)
    assert [(clock.paused, clock.due_at) for clock in desk.clocks("A1")] == [(True, None), (True, None)]
    assert desk.advance(now=NOON + 5 * HOUR) == ()
    desk.client_answered("A1", now=NOON + 5 * HOUR)
    assert due(desk) == {"first_reply": 6 * HOUR, "resolution": 14 * HOUR}
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_C1_a_pause_counts_the_hours_of_the_target_alone() -> None:
    desk = desk_with(Target(9 * HOUR, hours=OFFICE))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON + 5 * HOUR)
    # From five on Friday until ten on Monday two hours are open.
    desk.client_answered("A1", now=NOON + 3 * DAY - 2 * HOUR)
    assert due(desk) == {"first_reply": 3 * DAY + 2 * HOUR}


def test_C1_a_park_until_an_instant_stops_no_clock() -> None:
    desk = desk_with(Target(2 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.park("A1", until=NOON + 5 * HOUR, now=NOON)
    assert said(desk.advance(now=NOON + 3 * HOUR)) == [("A1", "first_reply", 2 * HOUR, "PARKED")]


def test_C1_a_message_of_the_client_ends_the_pause() -> None:
    desk = desk_with(Target(2 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON)
    desk.submit(Request("A2", ANN), now=NOON + HOUR)
    assert due(desk) == {"first_reply": 3 * HOUR}


def test_C1_a_warning_comes_before_it_once() -> None:
    desk = desk_with(Target(9 * HOUR, hours=OFFICE, warn_before=4 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON)
    events = desk.advance(now=NOON + 9 * DAY)
    assert said(events) == [("A1", "first_reply", 3 * DAY, "SOON"), ("A1", "first_reply", 3 * DAY, "WAITING")]
    assert [event.at - NOON for event in events] == [5 * HOUR, 3 * DAY]


def test_C1_the_next_reply_counts_from_the_oldest_unanswered_request() -> None:
    desk = desk_with(Target(2 * HOUR), Target(HOUR, clock=ClockKind.NEXT_REPLY))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    assert due(desk) == {}
    desk.submit(Request("A2", ANN), now=NOON + DAY)
    desk.submit(Request("A3", ANN), now=NOON + DAY + MINUTE)
    assert due(desk) == {"next_reply": DAY + HOUR}
    assert said(desk.advance(now=NOON + 2 * DAY)) == [("A1", "next_reply", DAY + HOUR, "WAITING")]
    desk.take("ivan", now=NOON + 2 * DAY)
    desk.reply("A1", now=NOON + 2 * DAY)
    desk.submit(Request("A4", ANN), now=NOON + 3 * DAY)
    assert said(desk.advance(now=NOON + 4 * DAY)) == [("A1", "next_reply", 3 * DAY + HOUR, "WAITING")]


def test_C1_the_resolution_runs_from_the_opening_to_the_closing() -> None:
    desk = desk_with(Target(DAY, clock=ClockKind.RESOLUTION))
    for name, client in (("A1", ANN), ("B1", BOB)):
        desk.submit(Request(name, client), now=NOON)
        desk.take("ivan", now=NOON)
        desk.reply(name, now=NOON)
    desk.resolve("A1", now=NOON + HOUR)
    desk.submit(Request("B2", BOB), now=NOON + 2 * HOUR)
    desk.take("ivan", now=NOON + 2 * HOUR)
    desk.reply("B1", now=NOON + 2 * HOUR)
    assert said(desk.advance(now=NOON + 9 * DAY)) == [("B1", "resolution", DAY, "ANSWERED")]


def test_C1_a_missed_call_that_joins_keeps_its_clock() -> None:
    quarter = 15 * MINUTE
    desk = desk_with(
        Target(2 * HOUR),
        Target(75 * MINUTE, when.addressed_to(), clock=ClockKind.CALL_BACK, name="colleague"),
        Target(quarter, clock=ClockKind.CALL_BACK),
    )
    desk.submit(Request("A1", ANN), now=NOON)
    desk.submit(Request("A2", ANN, channel="phone", missed_call=True, addressed_to="jana"), now=NOON + 5 * MINUTE)
    assert due(desk) == {"first_reply": 2 * HOUR, "call_back": 80 * MINUTE}
    desk.submit(Request("A3", ANN, channel="phone", missed_call=True), now=NOON + 10 * MINUTE)
    assert due(desk)["call_back"] == 25 * MINUTE
    assert said(desk.advance(now=NOON + HOUR)) == [("A1", "call_back", 25 * MINUTE, "WAITING")]
    desk.take("ivan", now=NOON + HOUR)
    desk.reply("A1", now=NOON + HOUR)
    assert due(desk) == {}


def test_C1_a_clock_runs_on_through_a_take_and_is_not_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_with(Target(2 * HOUR, hours=OFFICE))
    desk.submit(Request("A1", ANN), now=NOON)
    worked_out = []
    monkeypatch.setattr(Clocks, "of", lambda *_: worked_out.append(1))
    desk.take("ivan", now=NOON + HOUR)
    desk.hand_back("A1", now=NOON + HOUR)
    desk.take("ivan", now=NOON + HOUR)
    monkeypatch.undo()
    assert not worked_out
    assert said(desk.advance(now=NOON + 2 * HOUR)) == [("A1", "first_reply", 2 * HOUR, "TAKEN")]
    check(desk)


@pytest.mark.parametrize("closes", [False, True])
def test_C1_who_calls_again_is_owed_one_call_and_after_it_the_next_call_is_measured_anew(closes: bool) -> None:
    """While no call was returned they are one thing owed, which is missed once."""
    desk = desk_with(Target(15 * MINUTE, clock=ClockKind.CALL_BACK, warn_before=5 * MINUTE))

    def call(name: str, after: timedelta) -> list[tuple[Any, ...]]:
        request = Request(name, ANN, channel="phone", missed_call=True, in_reply_to=None if name == "C1" else "C1")
        return said(desk.submit(request, now=NOON + after))

    call("C1", 0 * MINUTE)
    assert [at for *_, at, _ in said(desk.advance(now=NOON + 20 * MINUTE))] == [15 * MINUTE, 15 * MINUTE]
    assert call("C2", 20 * MINUTE) == []
    assert (due(desk, "C1"), said(desk.advance(now=NOON + HOUR))) == ({"call_back": 15 * MINUTE}, [])
    # Nobody called back, though it was taken and the client was asked something.
    desk.take("ivan", now=NOON + HOUR)
    desk.ask_client("C1", now=NOON + HOUR)
    assert call("C3", HOUR) == []
    desk.take("ivan", now=NOON + HOUR)
    assert said(desk.reply("C1", now=NOON + HOUR)) == []
    if closes:
        desk.resolve("C1", now=NOON + HOUR)
    assert call("C4", 2 * HOUR) == []
    assert desk.ticket("C4").id == "C1"
    late = said(desk.advance(now=NOON + 3 * HOUR))
    assert late == [
        ("C1", "call_back", 2 * HOUR + 15 * MINUTE, "SOON"),
        ("C1", "call_back", 2 * HOUR + 15 * MINUTE, "WAITING"),
    ]
    assert desk.counter().breached == 2
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_D6_a_missed_call_that_leaves_takes_what_was_missed_with_it() -> None:
    """Rule C1: the one that stays is measured by its own."""
    desk = desk_with(Target(15 * MINUTE, clock=ClockKind.CALL_BACK))
    desk.submit(Request("A1", ANN), now=NOON)
    for name, after in (("C1", 0 * MINUTE), ("C2", 20 * MINUTE)):
        desk.submit(Request(name, ANN, channel="phone", missed_call=True), now=NOON + after)
    assert desk.ticket("A1").breached == (ClockKind.CALL_BACK,)
    desk.unmerge("C1", now=NOON + 30 * MINUTE)
    assert said(desk.advance(now=NOON + DAY)) == [
        ("A1", "call_back", 35 * MINUTE, "WAITING"),
        ("C1", "call_back", 45 * MINUTE, "WAITING"),
    ]


def test_T3_what_was_past_due_when_it_became_known_is_late_at_once() -> None:
    desk = desk_with(Target(2 * HOUR))
    events = desk.submit(Request("A1", ANN, received_at=NOON - DAY), now=NOON)
    assert said(events) == [("A1", "first_reply", 2 * HOUR - DAY, "KNOWN_LATE")]
    assert events[-1].at == NOON
    many = [Request(f"B{n}", Client(account=f"{n}"), received_at=NOON - n * HOUR) for n in range(4)]
    late = said(desk.submit_many(many, now=NOON))
    assert [(name, cause) for name, _, _, cause in late] == [("B2", "WAITING"), ("B3", "KNOWN_LATE")]


def test_C1_joined_tickets_have_one_clock_that_began_with_the_older() -> None:
    desk = desk_with(Target(2 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.submit(Request("B1", BOB), now=NOON + HOUR)
    desk.merge("A1", "B1", now=NOON + HOUR)
    assert said(desk.advance(now=NOON + DAY)) == [("A1", "first_reply", 2 * HOUR, "WAITING")]


def test_C1_a_ticket_that_was_late_before_a_merge_is_not_late_again() -> None:
    desk = desk_with(Target(2 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.submit(Request("B1", BOB), now=NOON + 2 * HOUR)
    assert said(desk.merge("B1", "A1", now=NOON + 3 * HOUR)) == []
    assert said(desk.advance(now=NOON + DAY)) == []


def test_D6_clocks_restart_at_the_split() -> None:
    desk = desk_with(Target(2 * HOUR), Target(DAY, clock=ClockKind.RESOLUTION))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.submit(Request("A2", ANN), now=NOON + HOUR)
    desk.unmerge("A2", now=NOON + 5 * HOUR)
    assert due(desk, "A2") == {"first_reply": 7 * HOUR, "resolution": 5 * HOUR + DAY}
    assert due(desk)["first_reply"] == 2 * HOUR
    assert Desk.from_snapshot(desk.snapshot()) == desk
    check(desk)


REPLIES = Target(2 * HOUR), Target(2 * HOUR, clock=ClockKind.NEXT_REPLY)


def unmerged_late(*, asked: bool) -> Desk:
    """B1, late with its next reply, was merged into A1, which was answered or whose client was asked, and taken out again."""
    desk = desk_with(*REPLIES)
    for name, client in (("A1", ANN), ("B1", BOB)):
        desk.submit(Request(name, client), now=NOON)
        desk.take("ivan", now=NOON)
        desk.reply(name, now=NOON)
    desk.submit(Request("B2", BOB, in_reply_to="B1"), now=NOON)
    desk.advance(now=NOON + 3 * HOUR)
    if asked:
        desk.ask_client("A1", now=NOON + 3 * HOUR)
    desk.merge("A1", "B1", now=NOON + 3 * HOUR)
    assert desk.ticket("A1").breached == (ClockKind.NEXT_REPLY,)
    desk.unmerge("B1", now=NOON + 4 * HOUR)
    return desk


@pytest.mark.parametrize("asked", [False, True])
def test_D6_what_is_answered_or_parked_again_keeps_no_lateness_of_what_left_it(*, asked: bool) -> None:
    """Rules C1 and D6: a clock that does not run, or stands, has missed nothing by what another ticket missed."""
    desk = unmerged_late(asked=asked)
    assert desk.ticket("A1").state is (State.PARKED if asked else State.ANSWERED)
    assert desk.ticket("A1").breached == ()
    desk.submit(Request("A2", ANN, in_reply_to="A1"), now=NOON + 10 * HOUR)
    assert [one for one in said(desk.advance(now=NOON + DAY)) if one[0] == "A1"] == [("A1", "next_reply", 12 * HOUR, "WAITING")]
    assert Desk.from_snapshot(desk.snapshot()) == desk


def test_D6_what_is_parked_again_and_was_late_itself_is_late_once() -> None:
    desk = desk_with(*REPLIES)
    desk.submit(Request("A1", ANN), now=NOON)
    desk.take("ivan", now=NOON)
    desk.submit(Request("B1", BOB), now=NOON + HOUR)
    desk.ask_client("A1", now=NOON + 3 * HOUR)
    desk.merge("A1", "B1", now=NOON + 3 * HOUR)
    desk.unmerge("B1", now=NOON + 4 * HOUR)
    assert (desk.ticket("A1").state, desk.ticket("A1").breached) == (State.PARKED, (ClockKind.FIRST_REPLY,))
    desk.client_answered("A1", now=NOON + 5 * HOUR)
    assert [one for one in said(desk.advance(now=NOON + 5 * HOUR)) if one[0] == "A1"] == []


def test_D6_what_is_taken_out_of_a_closed_ticket_leaves_it_no_lateness() -> None:
    """It is as late as it was with its own when it closed, whenever that is undone."""
    desk = desk_with(Target(DAY), Target(4 * DAY, clock=ClockKind.RESOLUTION))
    desk.submit(Request("A1", ANN), now=NOON + 3 * HOUR)
    desk.submit(Request("B1", BOB, reply_by=NOON + 4 * HOUR), now=NOON + 4 * HOUR)
    desk.merge("A1", "B1", now=NOON + 5 * HOUR)
    desk.withdraw("A1", now=NOON + 5 * HOUR)
    assert desk.ticket("A1").breached == (ClockKind.FIRST_REPLY,)
    desk.unmerge("B1", now=NOON + 9 * DAY)
    assert (desk.ticket("A1").breached, desk.ticket("B1").breached) == ((), (ClockKind.FIRST_REPLY,))


def test_D6_a_promise_of_an_instant_that_was_missed_before_a_merge_is_missed_once() -> None:
    """Such a clock does not begin anew where a ticket is taken out: whoever was late with it was so before."""
    desk = desk_with()
    desk.submit(Request("A1", ANN), now=NOON)
    desk.submit(Request("B1", BOB, reply_by=NOON + HOUR), now=NOON)
    desk.merge("A1", "B1", now=NOON + 2 * HOUR)
    assert said(desk.unmerge("B1", now=NOON + 3 * HOUR)) == said(desk.advance(now=NOON + DAY)) == []
    assert (desk.ticket("A1").breached, desk.ticket("B1").breached) == ((), (ClockKind.FIRST_REPLY,))


def test_D6_what_made_a_ticket_late_has_left_it() -> None:
    desk = desk_with(Target(2 * HOUR))
    desk.submit(Request("A1", ANN), now=NOON + 2 * HOUR)
    desk.submit(Request("A2", ANN, received_at=NOON), now=NOON + 2 * HOUR)
    assert desk.ticket("A1").breached
    desk.unmerge("A2", now=NOON + 3 * HOUR)
    assert not desk.ticket("A1").breached
    late = said(desk.advance(now=NOON + DAY))
    assert late == [("A1", "first_reply", 4 * HOUR, "WAITING"), ("A2", "first_reply", 5 * HOUR, "WAITING")]


def test_C1_reopening_begins_anew_only_after_an_answer() -> None:
    desk = desk_with(Target(2 * HOUR), Target(DAY, clock=ClockKind.RESOLUTION))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.advance(now=NOON + 3 * HOUR)
    desk.withdraw("A1", now=NOON + 3 * HOUR)
    assert due(desk) == {}
    assert said(desk.reopen("A1", now=NOON + 4 * HOUR)) == []
    assert due(desk) == {"first_reply": 2 * HOUR, "resolution": DAY}
    desk.take("ivan", now=NOON + 4 * HOUR)
    desk.reply("A1", now=NOON + 4 * HOUR)
    desk.resolve("A1", now=NOON + 4 * HOUR)
    desk.submit(Request("A2", ANN, in_reply_to="A1"), now=NOON + 2 * DAY)
    assert due(desk) == {"resolution": 3 * DAY}


def test_T3_a_warning_that_comes_late_says_when_it_was_due() -> None:
    policy = Policy((Lane("all"),), targets=(Target(2 * HOUR, warn_before=HOUR),))
    desk = Desk(policy)
    requests = [Request("A1", ANN, received_at=NOON - 90 * MINUTE), Request("B1", BOB, received_at=NOON - HOUR)]
    log = list(desk.submit_many([*requests, Request("C1", Client(account="3"))], now=NOON))
    log += desk.advance(now=NOON + 90 * MINUTE)
    warned = {event.ticket_id: (event.at, event.warn_at) for event in log if isinstance(event, Warned)}
    assert warned == {"A1": (NOON, NOON - 30 * MINUTE), "B1": (NOON, None), "C1": (NOON + HOUR, None)}
    assert Desk.from_log(policy, log) == desk
    place = next(place for place, event in enumerate(log) if isinstance(event, Warned))
    with pytest.raises(LogError):
        Desk.from_log(policy, [*log[:place], replace(log[place], warn_at=None)])  # type: ignore[arg-type]


def test_C1_a_correction_puts_another_target_in_force() -> None:
    desk = desk_with(Target(HOUR, when.kind("emergency")), Target(DAY))
    desk.submit(Request("A1", ANN), now=NOON)
    assert due(desk) == {"first_reply": DAY}
    desk.correct("A1", kind="emergency", now=NOON + MINUTE)
    assert due(desk) == {"first_reply": HOUR}
    desk.submit(Request("B1", BOB, received_at=NOON), now=NOON + 2 * HOUR)
    assert said(desk.correct("B1", kind="emergency", now=NOON + 2 * HOUR))[-1] == ("B1", "first_reply", HOUR, "KNOWN_LATE")


def test_C1_a_request_may_say_by_when_it_is_to_be_answered() -> None:
    desk = desk_with(Target(5 * HOUR), order=Order.REPLY_BY)
    desk.submit(Request("A1", ANN), now=NOON)
    desk.submit(Request("B1", BOB, reply_by=NOON + 2 * HOUR), now=NOON + HOUR)
    assert desk.waiting() == ["B1", "A1"]
    assert [(clock.target, clock.due_at) for clock in desk.clocks("B1")] == [("reply_by", NOON + 2 * HOUR)]
    assert said(desk.advance(now=NOON + 3 * HOUR)) == [("B1", "first_reply", 2 * HOUR, "WAITING")]


def test_R4_a_lane_by_reply_by_goes_by_open_hours_and_pauses() -> None:
    desk = desk_with(Target(9 * HOUR, when.kind("papers"), hours=OFFICE), Target(DAY), order=Order.REPLY_BY)
    desk.submit(Request("A1", ANN, kind="papers"), now=NOON)
    desk.submit(Request("B1", BOB), now=NOON + HOUR)
    assert desk.waiting() == ["B1", "A1"]
    desk.take("ivan", now=NOON + HOUR)
    desk.ask_client("B1", now=NOON + HOUR)
    desk.client_answered("B1", now=NOON + 5 * DAY)
    assert desk.waiting() == ["A1", "B1"]


def test_C1_thanks_start_no_clock_and_a_departure_has_none() -> None:
    desk = desk_with(Target(2 * HOUR), Target(HOUR, clock=ClockKind.NEXT_REPLY))
    desk.submit(Request("A1", ANN, bookings=Booking("K1", departs_at=NOON + HOUR)), now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    desk.submit(Request("A2", ANN, kind="ack", in_reply_to="A1"), now=NOON + MINUTE)
    assert due(desk) == {}


@pytest.mark.parametrize(
    ("build", "parts"),
    [
        (lambda: Target(400_000 * HOUR), ["target.within"]),
        (lambda: Target(HOUR, clock="soon"), ["target.clock", "first_reply, next_reply, resolution, call_back"]),  # type: ignore[arg-type]
        (lambda: Target(HOUR, warn_before=HOUR), ["warn_before", "shorter than `within`"]),
        (lambda: Target(HOUR, warn_before=timedelta(0)), ["warn_before", "longer than nothing"]),
        (lambda: Target(HOUR, hours=5), ["hours", "takes Hours"]),  # type: ignore[arg-type]
        (
            lambda: Target(3_000 * DAY, hours=Hours((Opening(time(9), time(9, 5), weekdays=(0,)),), zone=UTC)),
            ["target 'first_reply'.hours", "never give"],
        ),
        (
            lambda: Policy((Lane("a"),), targets=(Target(HOUR), Target(DAY, clock=ClockKind.NEXT_REPLY), Target(DAY))),
            ["policy.targets[2]", "cannot be reached"],
        ),
        (lambda: Target(HOUR, name="reply_by"), ["target 'reply_by'.name", "a name of its own"]),
        (lambda: Target(HOUR, name="call_back"), ["target 'call_back'.name", "a name of its own"]),
        (
            lambda: Policy((Lane("a", order=Order.REPLY_BY),), targets=(Target(HOUR, clock=ClockKind.CALL_BACK),)),
            ["lane 'a'.order", "one of the first reply"],
        ),
    ],
)
def test_targets_that_cannot_be_meant_are_refused_naming_the_place(build: Any, parts: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        build()
    for part in parts:
        assert part in str(caught.value)


def test_C1_a_correction_is_of_the_first_request_and_no_other() -> None:
    desk = desk_with(Target(9 * HOUR, when.kind("visa"), clock=ClockKind.CALL_BACK), Target(HOUR, clock=ClockKind.CALL_BACK))
    desk.submit(Request("A1", ANN, kind="other"), now=NOON)
    desk.submit(Request("A2", ANN, kind="other", channel="phone", missed_call=True), now=NOON)
    desk.correct("A1", kind="visa", now=NOON)
    assert due(desk) == {"call_back": HOUR}


@pytest.mark.parametrize("answered_before", [False, True])
def test_C1_a_clock_that_was_missed_is_not_missed_again_when_its_ticket_reopens(*, answered_before: bool) -> None:
    desk = desk_with(Target(2 * HOUR), Target(2 * HOUR, clock=ClockKind.NEXT_REPLY))
    log = list(desk.submit(Request("A1", ANN, kind="cancel"), now=NOON))
    if answered_before:
        log += [*desk.take("ivan", now=NOON), *desk.reply("A1", now=NOON)]
        log += desk.submit(Request("A2", ANN, kind="cancel", in_reply_to="A1"), now=NOON)
    log += [*desk.withdraw("A1", now=NOON + 5 * HOUR), *desk.reopen("A1", now=NOON + 6 * HOUR)]
    kind = "next_reply" if answered_before else "first_reply"
    assert said(log) == [("A1", kind, 2 * HOUR, "WAITING")]
    check(desk)


def test_C1_a_request_that_says_by_when_is_late_also_where_the_policy_has_no_targets() -> None:
    desk = Desk(Policy((Lane("all"),)))
    log = list(desk.submit(Request("A1", ANN, reply_by=NOON + HOUR), now=NOON))
    assert desk.next_wakeup == NOON + HOUR
    again = Desk.from_snapshot(desk.snapshot())
    adopted = Desk.from_snapshot(desk.snapshot())
    adopted.adopt(Policy((Lane("other"),)), now=NOON)
    log += desk.advance(now=NOON + 2 * HOUR)
    assert said(log) == said(again.advance(now=NOON + 2 * HOUR)) == [("A1", "first_reply", HOUR, "WAITING")]
    assert said(adopted.advance(now=NOON + 2 * HOUR)) == said(log)
    assert Desk.from_log(desk.policy, log) == desk
    check(desk)
