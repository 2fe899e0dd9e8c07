"""The traps of zones: an hour that comes twice, a day that has 23 hours, and clocks that differ (rules T1, T5, H1)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from story import Story

from supportq import Booking, Client, Desk, Lane, Policy, Request, when
from supportq.errors import TimeWentBack
from supportq.events import LaneChanged
from supportq.hours import Hours, Opening

PRAGUE, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
DAY = timedelta(days=1)
POLICY = Policy((Lane("imminent", when.departs_within(DAY)), Lane("standard")))


def test_the_hour_that_comes_twice() -> None:
    """25 October 2020 in Prague: 02:50 before the clock goes back is earlier than 02:10 after it. Datetimes say otherwise."""
    first = datetime(2020, 10, 25, 2, 50, tzinfo=PRAGUE, fold=0)
    second = datetime(2020, 10, 25, 2, 10, tzinfo=PRAGUE, fold=1)
    assert first > second, "compared by the wall clock"
    assert first.astimezone(UTC) < second.astimezone(UTC), "compared by instant"

    desk = Desk(Policy((Lane("everyone"),)))
    desk.submit(Request("A1", Client(account="1")), now=first)
    # Forward in time, although the wall clock went back.
    desk.submit(Request("B1", Client(account="2")), now=second)
    assert desk.waiting() == ["A1", "B1"]
    with pytest.raises(TimeWentBack):
        desk.advance(now=first)
    assert desk.counter().oldest == "A1"
    (event,) = desk.take("ivan", now=datetime(2020, 10, 25, 3, 0, tzinfo=PRAGUE))
    assert event.waited == timedelta(hours=1, minutes=10)  # type: ignore[union-attr]


def test_arrivals_within_that_hour_are_ranked_by_instant() -> None:
    moments = [datetime(2020, 10, 25, 2, minute, tzinfo=PRAGUE, fold=fold) for fold in (0, 1) for minute in (10, 30, 50)]
    requests = [Request(f"T{number}", Client(account=str(number)), received_at=moment) for number, moment in enumerate(moments)]
    desk = Desk(Policy((Lane("everyone"),)))
    desk.submit_many(requests[::-1], now=datetime(2020, 10, 25, 12, tzinfo=PRAGUE))
    assert desk.waiting() == ["T0", "T1", "T2", "T3", "T4", "T5"]


@pytest.mark.parametrize(
    ("departure", "opens"),
    [
        # 29 March 2020 has 23 hours in Prague, 10 March 2013 in New York: a day before is an hour earlier by the wall clock.
        (datetime(2020, 3, 29, 12, tzinfo=PRAGUE), datetime(2020, 3, 28, 11, tzinfo=PRAGUE)),
        (datetime(2013, 3, 10, 12, tzinfo=NEW_YORK), datetime(2013, 3, 9, 11, tzinfo=NEW_YORK)),
        # 25 October 2020 has 25 hours: an hour later.
        (datetime(2020, 10, 25, 12, tzinfo=PRAGUE), datetime(2020, 10, 24, 13, tzinfo=PRAGUE)),
        # Half an hour, on Lord Howe.
        (datetime(2020, 4, 5, 12, tzinfo=LORD_HOWE), datetime(2020, 4, 4, 12, 30, tzinfo=LORD_HOWE)),
        # No change, as a control.
        (datetime(2020, 3, 27, 12, tzinfo=PRAGUE), datetime(2020, 3, 26, 12, tzinfo=PRAGUE)),
    ],
    ids=str,
)
def test_24_hours_before_a_departure_is_a_duration(departure: datetime, opens: datetime) -> None:
    desk = Desk(POLICY)
    flight = Booking("KC-77", departs_at=departure)
    desk.submit(Request("A1", Client(account="1"), bookings=flight), now=departure.astimezone(UTC) - 3 * DAY)
    assert desk.next_wakeup == opens.astimezone(UTC)
    assert departure.astimezone(UTC) - opens.astimezone(UTC) == DAY
    assert desk.advance(now=opens - timedelta(microseconds=1)) == ()
    (event,) = desk.advance(now=opens)
    assert isinstance(event, LaneChanged)
    assert (event.at, event.target) == (opens.astimezone(UTC), "imminent")
    # And it stands until the plane leaves, to the microsecond.
    assert desk.next_wakeup == departure.astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "zone", "opened"),
    [
        ("2020-03-28", PRAGUE, timedelta(hours=9)),
        ("2020-03-29", PRAGUE, timedelta(hours=8)),
        ("2020-10-25", PRAGUE, timedelta(hours=10)),
        ("2013-03-10", NEW_YORK, timedelta(hours=8)),
        ("2013-11-03", NEW_YORK, timedelta(hours=10)),
        ("2020-10-04", LORD_HOWE, timedelta(hours=8, minutes=30)),
    ],
)
def test_a_night_shift_over_the_change_is_as_long_as_it_is(day: str, zone: ZoneInfo, opened: timedelta) -> None:
    """From 23:00 to 08:00 by the wall clock: eight, nine or ten hours. The desk wakes at both ends."""
    night = Hours((Opening(time(23), time(8)),))
    story = Story(Policy((Lane("night", when.within_hours(night)), Lane("day")), zone=zone), day, zone)
    story.next_day(-1)
    assert story.at("22:00").submit(Request("A1", Client(account="1"))) == ["Admitted A1 to day"]
    begins = story.desk.next_wakeup
    assert begins == story.moment("23:00")
    story.at("23:00").advance()
    ends = story.desk.next_wakeup
    assert begins is not None
    assert ends is not None
    assert ends - begins == opened
    story.next_day()
    assert ends == story.moment("08:00")


def test_two_clients_of_one_lane_wake_by_their_own_clocks() -> None:
    """T5: hours without a zone are the client's; summer time begins in New York three weeks before Prague."""
    morning = Hours((Opening(time(8), time(12)),))
    policy = Policy((Lane("morning", when.within_hours(morning)), Lane("later")), zone=PRAGUE, zones=(NEW_YORK,))
    story = Story(policy, "2013-03-10")
    story.submit_many([Request("P1", Client(account="1")), Request("N1", Client(account="2"), zone="America/New_York")])
    assert story.at("23:00").advance() == [
        "07:00 LaneChanged later > morning: P1",
        "11:00 LaneChanged morning > later: P1",
        "12:00 LaneChanged later > morning: N1",
        "16:00 LaneChanged morning > later: N1",
    ]


def test_the_log_speaks_utc_whatever_the_host_speaks() -> None:
    desk = Desk(POLICY)
    now = datetime(2020, 3, 29, 3, 30, tzinfo=PRAGUE)
    (event,) = desk.submit(Request("A1", Client(account="1"), received_at=now - timedelta(hours=0)), now=now)
    assert event.at == datetime(2020, 3, 29, 1, 30, tzinfo=UTC)
    assert event.at.tzinfo is UTC
    assert event.request.received_at.tzinfo is UTC  # type: ignore[union-attr]
