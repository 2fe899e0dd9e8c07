"""A recurrence rule falls on the days that dateutil gives when it is asked for all of them at once (rule H1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from supportq import PolicyError
from supportq.hours import Recurrence

SINCE = date(2019, 5, 15)
LAST = date(2032, 12, 31)


def by_dateutil(rule: str, since: date) -> set[date]:
    start, end = datetime(since.year, since.month, since.day), datetime(LAST.year, LAST.month, LAST.day)
    return {moment.date() for moment in rrulestr(rule, dtstart=start).between(start, end, inc=True)}


def by_us(rule: Recurrence, first: date) -> set[date]:
    days = (first + timedelta(days=number) for number in range((LAST - first).days + 1))
    return {day for day in days if rule.falls_on(day)}


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5",
        "FREQ=YEARLY;BYDAY=20MO,-1FR",
        "FREQ=YEARLY;BYYEARDAY=1,100,-1",
        "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO,SU",
        "FREQ=YEARLY;BYEASTER=-2,1",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU",
        "FREQ=WEEKLY;INTERVAL=3;WKST=WE;BYDAY=TU,WE;BYMONTH=1,6,12",
        "FREQ=DAILY",
        "FREQ=DAILY;BYMONTH=8",
        "FREQ=DAILY;INTERVAL=10;BYDAY=MO,FR",
        "freq=daily;bymonthday=13;byday=fr",
    ],
)
def test_a_rule_falls_on_the_days_that_dateutil_gives(rule: str) -> None:
    assert by_us(Recurrence(rule, SINCE), date(2018, 1, 1)) == by_dateutil(rule, SINCE) != set()


def test_a_rule_without_beginning_held_always() -> None:
    rule = Recurrence("FREQ=MONTHLY;BYDAY=-1FR")
    assert by_us(rule, date(2019, 1, 1)) == by_dateutil(rule.rule, date(2019, 1, 1))
    assert rule.falls_on(date(1900, 1, 26))


def _parts(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return st.lists(numbers, min_size=1, max_size=3, unique=True).map(lambda items: ",".join(map(str, items)))


either = st.sampled_from([1, -1])
weekdays = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=4, unique=True).map(
    ",".join
)
counted = st.builds("{}{}".format, st.sampled_from([1, 2, 4, 5, -1, -2]), st.sampled_from(["MO", "WE", "FR", "SU"]))
month_days = st.builds(lambda sign, day: sign * day, either, st.integers(1, 31))
rules = st.one_of(
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["YEARLY", "MONTHLY"]), "BYMONTHDAY": _parts(month_days)},
        optional={"INTERVAL": st.integers(1, 7), "BYMONTH": _parts(st.integers(1, 12)), "BYDAY": weekdays},
    ),
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["YEARLY", "MONTHLY"]), "BYDAY": counted | weekdays},
        optional={
            "INTERVAL": st.integers(1, 7),
            "BYMONTH": _parts(st.integers(1, 12)),
            "BYSETPOS": st.sampled_from(["1", "-1", "1,2"]),
        },
    ),
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["WEEKLY", "DAILY"]), "BYDAY": weekdays},
        optional={"INTERVAL": st.integers(1, 7), "BYMONTH": _parts(st.integers(1, 12)), "WKST": st.sampled_from(["SU", "TH"])},
    ),
)


@given(rules, st.integers(0, 400))
def test_any_rule_falls_on_the_days_that_dateutil_gives(parts: dict[str, object], later: int) -> None:
    text, since = ";".join(f"{name}={value}" for name, value in parts.items()), SINCE + timedelta(days=later)
    try:
        rule = Recurrence(text, since)
    except PolicyError:
        # There is no such day in three centuries; dateutil would look for it until the end of the calendar.
        assume(False)
    assert by_us(rule, date(2018, 1, 1)) == by_dateutil(text, since)
