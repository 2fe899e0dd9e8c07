"""Desk A, an air-ticket desk when every border closes: every clause, and what becomes of it when it is taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from clauses import clauses_of

from supportq import Booking, Client, Desk, DuplicateRules, HeadStart, Lane, Policy, Request, Shift, Staffing, when
from supportq.events import Filed, Joined, LaneChanged, Taken
from supportq.hours import Hours, Opening
from supportq.procedures import Silence

clause = clauses_of("crisis-air-desk")

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


def request(name: str, departs_at: datetime | None = None, *, channel: str = "email", **facts: object) -> Request:
    booking = Booking(f"B-{name}", departs_at=departs_at)
    return Request(name, Client(account=f"client of {name}"), channel=channel, kind="refund", bookings=(booking,), **facts)  # type: ignore[arg-type]


def without_front(policy: Policy) -> Policy:
    return replace(policy, lanes=policy.lanes[1:])


def with_office_hours(policy: Policy) -> Policy:
    office = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
    return replace(policy, lanes=(Lane("open", when.within_hours(office)), *policy.lanes))


def with_head_start(policy: Policy) -> Policy:
    start = HeadStart(90 * HOUR, when.channel("phone"))
    return replace(policy, lanes=(policy.lanes[0], Lane("standard", head_starts=(start,))))


def with_a_front_for_refunds_that_end(policy: Policy) -> Policy:
    return replace(policy, lanes=(Lane("last days", when.attribute("last_day", "2020-12-31")), *policy.lanes))


def without_joining(policy: Policy) -> Policy:
    return replace(policy, duplicates=DuplicateRules(joins_within=timedelta(0), booking_and_name=False))


def without_filings(policy: Policy) -> Policy:
    return replace(policy, filings=())


def with_silence(policy: Policy) -> Policy:
    return replace(policy, silences=(Silence(None, DAY, "given up"),), lanes=(Lane("asleep", when.waited(DAY)), *policy.lanes))


@clause("A1", without=with_office_hours)
def test_every_door_is_open_round_the_clock(policy: Policy) -> None:
    desk = Desk(policy)
    for hour, channel in enumerate(("phone", "email", "form", "messenger"), 15):
        desk.submit(request(channel, channel=channel), now=NOON.replace(hour=hour))
    desk.advance(now=NOON + 60 * DAY)
    assert desk.waiting() == ["phone", "email", "form", "messenger"]
    assert desk.next_wakeup is None


@clause("A2", without=without_front)
def test_a_backlog_of_the_crisis_loads_and_what_is_urgent_of_a_day_is_answered(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit_many([request(f"old-{n}") for n in range(3_000)], now=NOON)
    desk.submit_many([request(f"new-{n}", NOON + 12 * HOUR) for n in range(150)], now=NOON + HOUR)
    events = [event for _ in range(300) for event in desk.take("agent", now=NOON + 2 * HOUR)]
    taken = [event.ticket_id for event in events if isinstance(event, Taken)]
    # All of the urgent ones, and with what is left of the day the oldest of the others.
    assert set(taken[:150]) == {f"new-{n}" for n in range(150)}
    assert sorted(desk.counter().waiting_by_lane.values()) == [0, 2_850]


@clause("A3", without=without_front)
def test_a_ticket_is_in_front_from_24_h_before_departure_until_it(policy: Policy) -> None:
    desk, departure = Desk(policy), NOON + 3 * DAY
    desk.submit(request("anyone"), now=NOON)
    desk.submit(request("flies", departure), now=NOON)
    assert desk.waiting() == ["anyone", "flies"]
    assert desk.advance(now=departure - DAY - TICK) == ()
    assert desk.advance(now=departure - DAY) == (LaneChanged(departure - DAY, "standard", "imminent", ("flies",)),)
    assert desk.waiting() == ["flies", "anyone"]
    assert desk.advance(now=departure - TICK) == ()
    assert desk.advance(now=departure) == (LaneChanged(departure, "imminent", "standard", ("flies",)),)
    assert desk.waiting() == ["anyone", "flies"]


@clause("A3", without=without_front)
def test_a_cancellation_takes_a_ticket_out_of_the_front_at_once(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("anyone"), now=NOON)
    desk.submit(request("flies", NOON + 6 * HOUR), now=NOON)
    assert desk.waiting() == ["flies", "anyone"]
    desk.update(booking="B-flies", cancelled=True, now=NOON + HOUR)
    assert desk.waiting() == ["anyone", "flies"]
    desk.update(booking="B-flies", cancelled=False, now=NOON + 2 * HOUR)
    assert desk.waiting() == ["flies", "anyone"]


@clause("A4", without=with_head_start)
def test_everything_else_goes_strictly_by_arrival(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("first", NOON + 30 * DAY, attributes={"vip": False}), now=NOON)
    desk.submit(request("second", NOON + 2 * DAY, channel="phone", attributes={"vip": True}), now=NOON + HOUR)
    desk.submit(request("third"), now=NOON + 2 * HOUR)
    assert desk.waiting() == ["first", "second", "third"]


@clause("A5", without=with_silence)
def test_a_ticket_whose_plane_has_left_is_still_answered_in_its_turn(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("flown", NOON + HOUR), now=NOON)
    desk.submit(request("asked"), now=NOON)
    desk.take("agent", now=NOON)
    desk.reply("flown", now=NOON)
    desk.submit(request("flown again", NOON - HOUR), now=NOON)
    desk.take("agent", now=NOON)
    desk.reply("asked", now=NOON)
    desk.ask_client("asked", now=NOON)
    assert desk.advance(now=NOON + 60 * DAY) == ()
    assert desk.waiting() == ["flown again"]
    assert desk.ticket("asked").state == "parked"


@clause("A6", without=None)
def test_an_estimate_is_a_range_in_which_two_weeks_and_more_are_said(policy: Policy) -> None:
    desk = Desk(policy)
    desk.plan(Staffing((Shift(time(0), time(0), agents=1),), handling_time=HOUR), now=NOON)
    desk.submit_many([request(f"A{n:03}") for n in range(400)], now=NOON)
    estimate = desk.estimate("A399")
    assert estimate.p50 is not None
    assert estimate.p90 is not None
    assert 14 * DAY < estimate.p50 <= estimate.p90


@clause("A7", without=with_a_front_for_refunds_that_end)
def test_the_last_day_of_a_refund_is_shown_and_moves_nothing(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("first"), now=NOON)
    desk.submit(request("ends", attributes={"last_day": "2020-12-31"}), now=NOON + HOUR)
    assert desk.ticket("ends").requests[0].attributes["last_day"] == "2020-12-31"
    assert desk.waiting() == ["first", "ends"]


@clause("A8", without=without_joining)
def test_a_repeat_through_another_door_joins_the_first_and_keeps_its_place(policy: Policy) -> None:
    desk, ann = Desk(policy), Client(email="ann@example.com")
    desk.submit(Request("A1", ann, kind="refund", bookings=(Booking("KC77"),)), now=NOON)
    desk.submit(request("B1"), now=NOON + HOUR)
    [event] = desk.submit(Request("A2", ann, channel="phone", kind="refund", bookings=(Booking("kc-77"),)), now=NOON + 2 * HOUR)
    assert isinstance(event, Joined)
    assert (event.ticket_id, event.verdict) == ("A1", "DUPLICATE_OF")
    assert desk.waiting() == ["A1", "B1"]


@clause("A9", without=without_filings)
def test_a_comment_that_names_a_known_request_joins_it_and_changes_nothing(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("A1"), now=NOON)
    desk.take("agent", now=NOON)
    desk.reply("A1", now=NOON)
    stranger = Client(messenger="social:ann77")
    [event] = desk.submit(
        Request("C1", stranger, channel="comment", in_reply_to="A1", text="Still no answer!"), now=NOON + HOUR
    )
    assert isinstance(event, Joined)
    assert event.lane is None
    assert (desk.ticket("A1").state, desk.ticket("A1").unanswered) == ("answered", ())


@clause("A9", without=without_filings)
def test_any_other_comment_opens_no_ticket_and_its_author_is_directed_to_the_form(policy: Policy) -> None:
    desk = Desk(policy)
    for n in range(3):
        [event] = desk.submit(Request(f"C{n}", Client(messenger=f"social:{n}"), channel="comment"), now=NOON)
        assert isinstance(event, Filed)
        assert event.directs_to == "form"
    assert (desk.counter().filed, desk.counter().waiting) == (3, 0)
    # Whoever works on social media has nothing to decide about: what is filed is no work.
    assert desk.take("social media", now=NOON) == ()


@clause("A10", without=without_joining)
def test_the_counter_of_the_evening(policy: Policy) -> None:
    desk = Desk(policy)
    for name in ("A", "B", "C"):
        desk.submit(request(name), now=NOON)
    desk.submit(replace(request("A"), id="A again"), now=NOON + HOUR)
    desk.take("agent", now=NOON + HOUR)
    desk.reply("A", now=NOON + 2 * HOUR)
    evening = desk.counter(now=NOON + 10 * HOUR)
    assert (evening.received, evening.repeats, evening.answered, evening.waiting) == (4, 1, 1, 2)
    assert (evening.oldest, evening.oldest_wait) == ("B", 10 * HOUR)


@clause("A11", without=None)
def test_agents_who_join_from_a_known_date_shorten_estimates_at_once(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit_many([request(f"A{n:03}") for n in range(200)], now=NOON)
    few = Shift(time(0), time(0), agents=1)
    desk.plan(Staffing((few,), handling_time=HOUR), now=NOON)
    before = desk.estimate("A199").p50
    more = Shift(time(0), time(0), agents=4, first_day=date(2020, 3, 23))
    desk.plan(Staffing((few, more), handling_time=HOUR), now=NOON)
    after = desk.estimate("A199").p50
    assert before is not None
    assert after is not None
    assert 2 * DAY < after < before - DAY
