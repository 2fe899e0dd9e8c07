"""Opening hours against a clock that is read minute by minute, across daylight saving (rule H1)."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportq._instants import FOREVER, instant, micros
from supportq.hours import Hours, Opening, local_instant
from supportq.hours._together import open_together

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AROUND = {
    "spring in Prague": ("Europe/Prague", date(2020, 3, 29)),
    "autumn in Prague": ("Europe/Prague", date(2020, 10, 25)),
    "spring in New York": ("America/New_York", date(2013, 3, 10)),
    "autumn in New York": ("America/New_York", date(2013, 11, 3)),
    "half an hour forward on Lord Howe": ("Australia/Lord_Howe", date(2020, 10, 4)),
    "half an hour back on Lord Howe": ("Australia/Lord_Howe", date(2020, 4, 5)),
    "Moscow stays in summer": ("Europe/Moscow", date(2011, 3, 27)),
    "Moscow goes back for good": ("Europe/Moscow", date(2014, 10, 26)),
    "an ordinary week in Kolkata": ("Asia/Kolkata", date(2020, 3, 29)),
}


@cache
def wall_clock(place: str) -> tuple[list[datetime], list[datetime]]:
    """Every minute of the fortnight around a clock change, in UTC, and what the wall clock shows; kept, for it is long."""
    zone, middle = AROUND[place]
    start = datetime.combine(middle - 6 * DAY, time(), tzinfo=UTC)
    minutes = [start + n * MINUTE for n in range(17 * 24 * 60)]
    shown = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in minutes]
    # Read aloud without the repeats: the latest time that the clock has shown so far.
    so_far, latest = [], shown[0]
    for reading in shown:
        latest = max(latest, reading)
        so_far.append(latest)
    return minutes, so_far


def first_minute(place: str, local: datetime) -> datetime:
    """The first minute at which the wall clock shows `local` or later: missing times move on, ambiguous ones are the first."""
    minutes, so_far = wall_clock(place)
    return minutes[bisect_right(so_far, local - MINUTE)]


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
"""Any wall-clock time; the small hours, in which clocks change, come often enough."""
small_hours = st.builds(time, st.integers(0, 4), st.sampled_from([0, 15, 30, 45])) | times
openings = st.builds(Opening, small_hours, small_hours, st.lists(st.integers(0, 6), min_size=1, max_size=7).map(tuple))
doors = st.lists(openings, min_size=1, max_size=3)


@pytest.mark.parametrize("place", AROUND)
@given(clock=small_hours, offset=st.integers(-2, 2))
def test_a_local_time_is_the_first_minute_that_shows_it(place: str, clock: time, offset: int) -> None:
    zone, middle = AROUND[place]
    day = middle + offset * DAY
    expected = first_minute(place, datetime.combine(day, clock))
    assert instant(local_instant(day, clock, ZoneInfo(zone))) == expected


@pytest.mark.parametrize("place", AROUND)
@given(doors=doors, probes=st.lists(st.integers(0, 5 * 24 * 60), min_size=1, max_size=12), own=st.booleans())
def test_a_door_is_open_as_the_clock_on_the_wall_says(place: str, doors: list[Opening], probes: list[int], own: bool) -> None:
    """Open or not at every probed minute and at every edge, and the next change is the next edge at which that differs."""
    name, middle = AROUND[place]
    zone = ZoneInfo(name)
    spans = []
    for offset in range(-4, 9):
        day = middle + offset * DAY
        for opening in doors:
            if day.weekday() in opening.weekdays:
                closes = day if opening.end > opening.start else day + DAY
                spans.append(
                    (
                        first_minute(place, datetime.combine(day, opening.start)),
                        first_minute(place, datetime.combine(closes, opening.end)),
                    )
                )

    def is_open(moment: datetime) -> bool:
        return any(start <= moment < end for start, end in spans)

    # Either the office has its zone, or the client brings it.
    hours, clients = (Hours(tuple(doors), zone=zone), UTC) if own else (Hours(tuple(doors)), zone)
    start = datetime.combine(middle - 2 * DAY, time(), tzinfo=UTC)
    edges = sorted({edge for span in spans for edge in span})
    asked = {start + minute * MINUTE for minute in probes}
    asked |= {edge for edge in edges if start <= edge <= start + 5 * DAY}
    for moment in sorted(asked):
        assert hours.is_open(micros(moment), clients) is is_open(moment)
        expected = next((edge for edge in edges if edge > moment and is_open(edge) is not is_open(moment)), None)
        found = hours.next_change(micros(moment), clients)
        if expected is not None and expected < start + 6 * DAY:
            assert found == micros(expected)
        else:
            assert found == FOREVER or found >= micros(start + 6 * DAY)


@pytest.mark.parametrize("place", AROUND)
@given(several=st.lists(doors, min_size=1, max_size=3), holiday=st.booleans())
def test_hours_are_never_open_together_but_as_their_weeks_say(place: str, several: list[list[Opening]], holiday: bool) -> None:
    zone, middle = AROUND[place]
    holidays = (middle,) if holiday else ()
    hours = [Hours(tuple(openings), ZoneInfo(zone), holidays=holidays) for openings in several]
    at, end = (micros(datetime.combine(middle + days * DAY, time(), tzinfo=UTC)) for days in (-3, 4))
    seen = set()
    while at < end:
        answers = [each.status(at, UTC) for each in hours]
        seen.add(tuple(is_open for is_open, _ in answers))
        at = min(until for _, until in answers)
    assert seen <= open_together(hours)
