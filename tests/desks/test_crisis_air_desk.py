"""Desk A, an air-ticket desk when every border closes: every clause, and what becomes of it when it is taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from clauses import clauses_of

from supportq import Booking, Client, Desk, DuplicateRules, HeadStart, Lane, Policy, Request, Shift, Staffing, when
from supportq.errors import NotTheirWork, WrongAgent, WrongState
from supportq.events import Filed, Joined, LaneChanged, Taken, Withdrawn
from supportq.fairness import FairShare
from supportq.hours import Hours, Opening
from supportq.policy import Order
from supportq.procedures import Silence
from supportq.teams import Role, Team

clause = clauses_of("crisis-air-desk")

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


def request(name: str, departs_at: datetime | None = None, *, channel: str = "email", **facts: object) -> Request:
    booking = Booking(f"B-{name}", departs_at=departs_at)
    return Request(name, Client(account=f"client of {name}"), channel=channel, kind="refund", bookings=(booking,), **facts)  # type: ignore[arg-type]


def without_front(policy: Policy) -> Policy:
    return replace(policy, lanes=policy.lanes[1:])


def without_doors(policy: Policy) -> Policy:
    return replace(policy, doors=())


def with_office_hours(policy: Policy) -> Policy:
    office = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)
    return replace(policy, lanes=(Lane("open", when.within_hours(office)), *policy.lanes))


def with_head_start(policy: Policy) -> Policy:
    start = HeadStart(90 * HOUR, when.channel("phone"))
    return replace(policy, lanes=(policy.lanes[0], Lane("standard", head_starts=(start,))))


def with_head_start_in_front(policy: Policy) -> Policy:
    start = HeadStart(2 * HOUR, when.channel("phone"))
    return replace(policy, lanes=(replace(policy.lanes[0], head_starts=(start,)), policy.lanes[1]))


def with_share(policy: Policy) -> Policy:
    return replace(policy, lanes=(policy.lanes[0], replace(policy.lanes[1], share=0.5)))


def with_fair_share(policy: Policy) -> Policy:
    return replace(policy, fair_share=FairShare("client", spacing=6 * HOUR, at_most=DAY))


def by_departure(policy: Policy) -> Policy:
    return replace(policy, lanes=tuple(replace(lane, order=Order.DEPARTURE) for lane in policy.lanes))


def with_the_old_last(policy: Policy) -> Policy:
    return replace(policy, lanes=(policy.lanes[0], Lane("fresh", ~when.waited(DAY)), Lane("old")))


def with_a_front_for_refunds_that_end(policy: Policy) -> Policy:
    return replace(policy, lanes=(Lane("last days", when.attribute("last_day", "2020-12-31")), *policy.lanes))


def without_joining(policy: Policy) -> Policy:
    return replace(policy, duplicates=DuplicateRules(joins_within=timedelta(0), booking_and_name=False))


def joining_for_a_week(policy: Policy) -> Policy:
    return replace(policy, duplicates=replace(policy.duplicates, joins_within=7 * DAY))


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


@clause("A1", without=without_doors)
def test_the_doors_are_the_hot_line_mail_the_form_and_messengers(policy: Policy) -> None:
    advised = Desk(policy).advise(request("A1"), now=NOON)
    assert [(way.door, way.channel) for way in advised] == [
        ("hot line", "phone"),
        ("e-mail", "email"),
        ("site form", "form"),
        ("messengers", "messenger"),
    ]
    assert {way.lane for way in advised} == {"standard"}
    assert [door.name for door in policy.doors if door.by_voice] == ["hot line"]


@clause("A1", without=without_filings)
def test_a_comment_is_no_door(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("known"), now=NOON)
    for comment in (request("C1", channel="comment"), request("C2", channel="comment", in_reply_to="known")):
        assert desk.advise(comment, now=NOON) == ()
    assert {door.channel for door in policy.doors}.isdisjoint({"comment"})
    # It is to a door that the author of a comment is directed.
    assert {filing.directs_to for filing in policy.filings} <= {door.channel for door in policy.doors}


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


@clause("A3", without=without_front)
def test_who_flies_within_a_day_is_in_front_also_when_their_client_has_another_ticket_open(policy: Policy) -> None:
    desk, ann = Desk(policy), Client(account="ann")
    later, soon = Booking("KC77", departs_at=NOON + 30 * DAY), Booking("KC78", departs_at=NOON + 6 * HOUR)
    desk.submit(request("anyone"), now=NOON)
    desk.submit(Request("A1", ann, kind="refund", bookings=later), now=NOON + MINUTE)
    desk.submit(Request("A2", ann, kind="refund", bookings=soon), now=NOON + 2 * MINUTE)
    assert desk.waiting() == ["A2", "anyone", "A1"]
    # One that names both bookings joins, and brings the whole ticket to the front: it flies within a day, too.
    desk.submit(Request("A3", ann, kind="refund", bookings=(later, replace(soon, reference="KC79"))), now=NOON + HOUR)
    assert desk.waiting() == ["A1", "A2", "anyone"]
    assert desk.ticket("A3").id == "A1"


@clause("A4", without=with_head_start)
def test_everything_else_goes_strictly_by_arrival(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("first", NOON + 30 * DAY, attributes={"vip": False}), now=NOON)
    desk.submit(request("second", NOON + 2 * DAY, channel="phone", attributes={"vip": True}), now=NOON + HOUR)
    desk.submit(request("third"), now=NOON + 2 * HOUR)
    assert desk.waiting() == ["first", "second", "third"]


@clause("A4", without=by_departure)
def test_neither_lane_asks_who_flies_first(policy: Policy) -> None:
    desk = Desk(policy)
    for name, departs_at in (("later", 30 * DAY), ("sooner", 3 * DAY), ("tonight", 12 * HOUR), ("this evening", 6 * HOUR)):
        desk.submit(request(name, NOON + departs_at), now=NOON)
    desk.submit(request("later still", NOON + 2 * DAY), now=NOON + HOUR)
    desk.submit(request("at three", NOON + 3 * HOUR), now=NOON + HOUR)
    assert desk.waiting() == ["this evening", "tonight", "at three", "later", "sooner", "later still"]


@clause("A4", without=with_head_start_in_front)
def test_in_front_nobody_has_a_head_start_either(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("first", NOON + 12 * HOUR), now=NOON)
    desk.submit(request("second", NOON + 6 * HOUR, channel="phone", by_voice=True), now=NOON + HOUR)
    assert desk.waiting() == ["first", "second"]


@clause("A4", without=with_share)
def test_no_take_is_kept_for_either_lane(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit_many([request(f"standard-{n}") for n in range(10)], now=NOON)
    desk.submit_many([request(f"imminent-{n}", NOON + 12 * HOUR) for n in range(10)], now=NOON + HOUR)
    taken = [event for _ in range(20) for event in desk.take("agent", now=NOON + 2 * HOUR) if isinstance(event, Taken)]
    assert [event.lane for event in taken] == ["imminent"] * 10 + ["standard"] * 10
    assert not any(event.by_share for event in taken)


@clause("A4", without=with_fair_share)
def test_who_writes_about_several_bookings_comes_no_later_for_it(policy: Policy) -> None:
    desk, ann = Desk(policy), Client(account="ann")
    for hour in range(3):
        desk.submit(Request(f"A{hour}", ann, kind="refund", bookings=Booking(f"KC7{hour}")), now=NOON + hour * HOUR)
    desk.submit(request("B1"), now=NOON + 3 * HOUR)
    assert desk.waiting() == ["A0", "A1", "A2", "B1"]


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


@clause("A5", without=with_the_old_last)
def test_a_ticket_is_taken_answered_and_closed_long_after_its_departure_and_before_those_who_came_later(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("flown", NOON + HOUR), now=NOON)
    desk.submit(request("later"), now=NOON + 30 * DAY)
    [taken] = [event for event in desk.take("agent", now=NOON + 30 * DAY) if isinstance(event, Taken)]
    assert (taken.ticket_id, taken.lane) == ("flown", "standard")
    desk.reply("flown", now=NOON + 30 * DAY + HOUR)
    assert desk.ticket("flown").unanswered == ()
    desk.resolve("flown", now=NOON + 30 * DAY + HOUR)
    assert desk.ticket("flown").state == "closed"


@clause("A5", without=None)
def test_nothing_closes_without_a_reply_or_a_withdrawal(policy: Policy) -> None:
    desk, late = Desk(policy), NOON + 30 * DAY
    for name in ("flown", "asked", "withdrawn"):
        desk.submit(request(name, NOON + HOUR), now=NOON)
    for name in ("flown", "asked"):
        with pytest.raises(WrongState):
            desk.resolve(name, now=late)
        desk.take("agent", ticket=name, now=late)
        with pytest.raises(WrongState):
            desk.resolve(name, now=late)
    # A question to the client is no answer, however long nothing comes of it.
    desk.ask_client("asked", now=late)
    with pytest.raises(WrongState):
        desk.resolve("asked", now=late + 90 * DAY)
    [event] = desk.withdraw("withdrawn", now=late + 90 * DAY)
    assert isinstance(event, Withdrawn)


@clause("A6", without=None)
def test_an_estimate_is_a_range_in_which_two_weeks_and_more_are_said(policy: Policy) -> None:
    desk = Desk(policy)
    desk.plan(Staffing((Shift(time(0), time(0), agents=1),), handling_time=HOUR), now=NOON)
    desk.submit_many([request(f"A{n:03}") for n in range(400)], now=NOON)
    estimate = desk.estimate("A399")
    assert estimate.p50 is not None
    assert estimate.p90 is not None
    assert 14 * DAY < estimate.p50 <= estimate.p90


def told(policy: Policy, waiting: int, handling_time: timedelta, urgent_a_day: float = 0) -> str:
    """What the last of a line is told, where one agent works round the clock."""
    desk, shift = Desk(policy), Shift(time(0), time(0), agents=1)
    inflow = {"imminent": urgent_a_day} if urgent_a_day else {}
    desk.plan(Staffing((shift,), handling_time=handling_time, expected_inflow=inflow), now=NOON)
    desk.submit_many([request(f"A{n:03}") for n in range(waiting)], now=NOON)
    return desk.estimate(f"A{waiting - 1:03}").sentence().partition(".")[0]


@clause("A6", without=None)
def test_a_client_is_told_minutes_or_weeks_as_it_is(policy: Policy) -> None:
    assert told(policy, 2, 10 * MINUTE) == "You will usually be answered within 30 minutes"
    assert told(policy, 40, HOUR) == "You will usually be answered within 1 to 2 days"
    assert told(policy, 400, HOUR) == "You will usually be answered within 15 to 19 days"


@clause("A6", without=None)
def test_in_the_worst_days_a_client_is_told_that_it_takes_more_than_two_weeks_and_no_last_day(policy: Policy) -> None:
    # As many urgent ones come as can be answered, and more.
    worst = told(policy, 480, HOUR, urgent_a_day=26)
    assert worst == "It will take at least 19 days, and nobody can say yet how long exactly"


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


@clause("A8", without=joining_for_a_week)
def test_a_repeat_joins_weeks_later_through_any_door_and_costs_nobody_a_place(policy: Policy) -> None:
    desk, ann = Desk(policy), Client(email="ann@example.com", phone="+420601000123")
    desk.submit(Request("A0", ann, channel="form", kind="refund", bookings=Booking("KC77")), now=NOON)
    desk.submit(request("B1"), now=NOON + HOUR)
    for number, door in enumerate(policy.doors, 1):
        again = door.through(Request(f"A{number}", ann, kind="refund", bookings=Booking("KC77")))
        [event] = desk.submit(again, now=NOON + number * 21 * DAY)
        assert isinstance(event, Joined)
        assert event.ticket_id == "A0"
        assert desk.waiting() == ["A0", "B1"]


@clause("A8", without=without_joining)
def test_a_repeat_joins_its_own_ticket_also_when_its_client_has_another_open(policy: Policy) -> None:
    desk, ann = Desk(policy), Client(account="ann")
    desk.submit(Request("A1", ann, kind="refund", bookings=Booking("KC77")), now=NOON)
    desk.submit(Request("A2", ann, kind="change_date", bookings=Booking("KC78")), now=NOON + HOUR)
    [event] = desk.submit(Request("A3", ann, kind="refund", bookings=Booking("KC78")), now=NOON + DAY)
    assert isinstance(event, Joined)
    assert event.ticket_id == "A2"
    assert desk.waiting() == ["A1", "A2"]


@clause("A9", without=without_filings)
def test_a_comment_that_names_a_known_request_joins_it_and_changes_nothing(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("A1"), now=NOON)
    desk.take("agent", now=NOON)
    desk.reply("A1", now=NOON)
    comment = Request("C1", Client(account="client of A1"), channel="comment", in_reply_to="A1", text="Still no answer!")
    [event] = desk.submit(comment, now=NOON + HOUR)
    assert isinstance(event, Joined)
    assert event.lane is None
    assert (desk.ticket("A1").state, desk.ticket("A1").unanswered) == ("answered", ())


@clause("A9", without=without_filings)
def test_a_strangers_comment_that_names_a_request_is_filed_under_it_and_links_nobody(policy: Policy) -> None:
    desk, stranger = Desk(policy), Client(messenger="social:ann77")
    desk.submit(request("A1"), now=NOON)
    [event] = desk.submit(Request("C1", stranger, channel="comment", in_reply_to="A1"), now=NOON + HOUR)
    assert isinstance(event, Filed)
    assert event.ticket == "A1"
    [own] = desk.submit(replace(request("B1"), client=stranger), now=NOON + HOUR)
    assert own.verdict == "NEW"  # type: ignore[union-attr]


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


@clause("A9", without=without_filings)
def test_a_comment_about_a_refund_is_nobodys_ticket_and_leaves_the_refund_alone(policy: Policy) -> None:
    desk = Desk(policy)
    desk.submit(request("A1"), now=NOON)
    before = desk.ticket("A1")
    stranger = Client(messenger="social:ann77")
    comment = Request("C1", stranger, channel="comment", kind="refund", bookings=Booking("B-A1"), text="Where is my money?")
    [event] = desk.submit(comment, now=NOON + HOUR)
    assert isinstance(event, Filed)
    assert desk.waiting() == ["A1"]
    assert desk.ticket("A1") == before


@clause("A9", without=None)
def test_a_host_that_lets_social_media_into_the_desk_gives_them_a_role_without_work(policy: Policy) -> None:
    roles = (Role("agent"), Role("social media", works=when.channel("comment")))
    desk = Desk(replace(policy, teams=(Team("desk"),), roles=roles))
    desk.sign_in("ivan", teams=["desk"], role="agent", now=NOON)
    desk.sign_in("olga", teams=["desk"], role="social media", now=NOON)
    desk.submit(request("A1"), now=NOON)
    desk.submit(Request("C1", Client(messenger="social:ann77"), channel="comment", in_reply_to="A1"), now=NOON)
    assert desk.take("olga", now=NOON) == ()
    with pytest.raises(NotTheirWork):
        desk.take("olga", ticket="A1", now=NOON)
    desk.take("ivan", now=NOON)
    with pytest.raises(WrongAgent):
        desk.reply("A1", agent="olga", now=NOON)


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
