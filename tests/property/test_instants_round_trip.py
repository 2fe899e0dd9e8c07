"""Instants are integers inside, without loss (rule T1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportq import InvalidValue
from supportq._instants import FIRST, FOREVER, LAST, LONGEST, duration, instant, length, micros, utc

moments = st.datetimes(
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None) - timedelta(microseconds=1), timezones=st.just(UTC)
)
zones = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")]
)


@given(moments)
def test_an_instant_survives(moment: datetime) -> None:
    assert instant(micros(moment)) == moment
    assert micros(moment) < FOREVER


@given(moments, moments)
def test_integers_compare_as_instants_do(one: datetime, other: datetime) -> None:
    assert (micros(one) < micros(other)) is (one < other)
    assert micros(one) - micros(other) == (one - other) // timedelta(microseconds=1)


@given(moments, zones)
def test_every_zone_tells_the_same_instant(moment: datetime, zone: ZoneInfo) -> None:
    local = moment.astimezone(zone)
    assert utc(local, "now") == moment
    assert utc(local, "now").tzinfo is UTC
    assert micros(utc(local, "now")) == micros(moment)


@given(st.integers(0, 4 * 3_600), st.integers(0, 4 * 3_600))
def test_order_survives_the_hour_that_comes_twice(one: int, other: int) -> None:
    """Aware datetimes of one zone compare by the wall clock, which lies in autumn: 02:50 before the change, 02:10 after it."""
    night = datetime(2020, 10, 24, 23, tzinfo=UTC)
    early, late = (night + timedelta(seconds=seconds) for seconds in sorted((one, other)))
    prague = ZoneInfo("Europe/Prague")
    assert micros(utc(early.astimezone(prague), "now")) - micros(utc(late.astimezone(prague), "now")) == micros(early) - micros(
        late
    )


@given(st.timedeltas(timedelta(0), LONGEST))
def test_a_duration_survives(span: timedelta) -> None:
    assert duration(length(span, "within")) == span


@pytest.mark.parametrize(
    "bad",
    [
        datetime(2020, 3, 20, 12),
        datetime(1899, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2300, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo")),
        datetime.max.replace(tzinfo=ZoneInfo("America/New_York")),
        "2020-03-20T12:00:00Z",
        1_584_705_600,
        None,
    ],
)
def test_what_is_no_instant_is_refused_naming_the_field(bad: datetime) -> None:
    with pytest.raises(InvalidValue) as error:
        utc(bad, "received_at")
    assert error.value.field == "received_at"


@pytest.mark.parametrize("bad", [timedelta(microseconds=-1), LONGEST + timedelta(microseconds=1), 5, None])
def test_what_is_no_duration_is_refused_naming_the_field(bad: timedelta) -> None:
    with pytest.raises(InvalidValue) as error:
        length(bad, "within")
    assert error.value.field == "within"
