"""Every reason of an estimate: a day at the desk on which it appears, and a near twin on which it does not (rules E1, E2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportq import Booking, Client, Desk, Estimate, Lane, Order, Policy, Request, Shift, Staffing, when

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
"""A Friday."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALWAYS = (time(0), time(0))
AIR = Policy((Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard")))


def about(name: str, departs_in: timedelta | None = None, now: datetime = NOON) -> Request:
    departs_at = None if departs_in is None else now + departs_in
    return Request(name, Client(account=name), bookings=Booking(name, departs_at=departs_at))


def opened(*shifts: Shift, policy: Policy = AIR, **staffing: object) -> Desk:
    """A desk with a calendar, by default of ten agents round the clock who answer one ticket a minute between them."""
    desk = Desk(policy)
    calendar = Staffing(shifts or (Shift(*ALWAYS, agents=10),), handling_time=10 * MINUTE, **staffing)  # type: ignore[arg-type]
    desk.plan(calendar, now=NOON)
    return desk


def asked(desk: Desk, *, waiting: int = 100, now: datetime = NOON) -> Estimate:
    """What the last of so many who came at once is told."""
    desk.submit_many([about(f"W{number:05}", now=now) for number in range(waiting)], now=now)
    return desk.estimate(f"W{waiting - 1:05}")


def worked(desk: Desk, days: int, *, answered: int, urgent: int, ordinary: int = 0) -> datetime:
    """So many days in each of which so many come and are answered, all by the hour; when they are over."""
    now = NOON
    for day in range(days):
        for hour in range(24):
            now = NOON + day * DAY + hour * HOUR
            urgent_ones = [about(f"U{day}.{hour}.{number}", 20 * HOUR, now) for number in range(urgent // 24)]
            others = [about(f"O{day}.{hour}.{number}", now=now) for number in range(ordinary // 24)]
            desk.submit_many(urgent_ones + others, now=now)
            taken = [event for number in range(answered // 24) for event in desk.take(f"agent-{number}", now=now)]
            for event in taken:
                desk.reply(event.ticket_id, now=now + 10 * MINUTE)  # type: ignore[union-attr]  # `Taken`
    return now + HOUR


def idle(free: bool) -> Estimate:
    desk = opened()
    return asked(desk, waiting=10 if free else 11)


def own_jump(flies: bool) -> Estimate:
    desk = opened()
    desk.submit_many([about(f"W{number:05}") for number in range(6_000)], now=NOON)
    desk.submit(about("Z1", 2 * DAY if flies else 20 * DAY), now=NOON)
    return desk.estimate("Z1")


def closed_now(closed: bool) -> Estimate:
    return asked(opened(Shift(time(13) if closed else time(9), time(20), agents=10)))


def no_staff(nobody: bool) -> Estimate:
    return asked(opened(Shift(*ALWAYS, agents=0 if nobody else 1)))


def growing(grows: bool) -> Estimate:
    desk = opened()
    now = worked(desk, 2, answered=1_440, urgent=240, ordinary=1_440 if grows else 960)
    return asked(desk, now=now)


def unstable(full: bool) -> Estimate:
    desk = opened()
    now = worked(desk, 2, answered=1_440, urgent=1_440 if full else 1_200)
    return asked(desk, now=now)


def beyond_horizon(far: bool) -> Estimate:
    return asked(opened(Shift(*ALWAYS, agents=1)), waiting=9_500 if far else 8_000)


def cold_start(cold: bool) -> Estimate:
    desk = opened()
    now = NOON if cold else worked(desk, 2, answered=480, urgent=240, ordinary=240)
    return asked(desk, now=now)


def stale(old: bool) -> Estimate:
    desk = opened()
    desk.submit_many([about(f"W{number:05}") for number in range(2_100)], now=NOON)
    desk.estimate("W02000")
    return desk.estimate("W02000", now=NOON + (20 if old else 0) * MINUTE)


def inflow_fades(wave: bool) -> Estimate:
    desk = opened(usual_inflow=240.0 if wave else 720.0)
    now = worked(desk, 2, answered=480, urgent=480)
    return asked(desk, now=now)


def inflow_persists(comes: bool) -> Estimate:
    desk = opened()
    now = worked(desk, 2, answered=480, urgent=480 if comes else 0, ordinary=0 if comes else 480)
    return asked(desk, now=now)


def calendar_ends(ends: bool) -> Estimate:
    shift = Shift(*ALWAYS, agents=1, last_day=date(2020, 3, 22) if ends else date(2020, 4, 22))
    return asked(opened(shift), waiting=1_000)


def later_may_go_first(by_departure: bool) -> Estimate:
    lane = Lane("standard", order=Order.DEPARTURE if by_departure else Order.ARRIVAL)
    return asked(opened(policy=Policy((lane,))))


def measured_rate(unplanned: bool) -> Estimate:
    desk = Desk(AIR) if unplanned else opened()
    now = worked(desk, 2, answered=1_440, urgent=720, ordinary=480)
    return asked(desk, now=now, waiting=600)


def not_waiting(taken: bool) -> Estimate:
    desk = opened()
    desk.submit(about("A1"), now=NOON)
    if taken:
        desk.take("agent", now=NOON)
    return desk.estimate("A1")


DAYS: dict[str, Callable[[bool], Estimate]] = {
    "IDLE": idle,
    "OWN_JUMP": own_jump,
    "CLOSED_NOW": closed_now,
    "NO_STAFF": no_staff,
    "GROWING": growing,
    "UNSTABLE": unstable,
    "BEYOND_HORIZON": beyond_horizon,
    "COLD_START": cold_start,
    "STALE": stale,
    "INFLOW_FADES": inflow_fades,
    "INFLOW_PERSISTS": inflow_persists,
    "CALENDAR_ENDS": calendar_ends,
    "LATER_MAY_GO_FIRST": later_may_go_first,
    "MEASURED_RATE": measured_rate,
    "NOT_WAITING": not_waiting,
}
SILENT = {"NO_STAFF", "UNSTABLE", "BEYOND_HORIZON", "CALENDAR_ENDS", "NOT_WAITING"}
"""Where something is `None`."""


def codes(estimate: Estimate) -> set[str]:
    return {reason.code for reason in estimate.reasons}


@pytest.mark.parametrize("code", DAYS)
def test_the_reason_appears_on_its_day_and_not_on_the_twin(code: str) -> None:
    estimate, twin = DAYS[code](True), DAYS[code](False)
    assert code in codes(estimate)
    assert code not in codes(twin)
    assert (estimate.p90 is None) is (code in SILENT)
    assert twin.p90 is not None
    # Each is said in every language, in words that stand for it alone.
    for language in ("en", "ru", "pl"):
        assert estimate.sentence(language)
        assert estimate.sentence(language) != twin.sentence(language)


def test_what_grows_is_the_wait_of_those_to_come() -> None:
    """Whoever stands in line knows how long; whoever comes tomorrow waits longer."""
    estimate = growing(True)
    reason = next(one for one in estimate.reasons if one.code == "GROWING")
    # 1,680 a day as told, and the hundred who ask.
    assert (reason.ours, reason.theirs) == ("1784 a day come in", "1440 a day are answered")


def test_the_wave_that_fades_is_promised_less_wait_than_the_one_that_goes_on() -> None:
    fades, persists = inflow_fades(True), inflow_fades(False)
    assert persists.p50 is not None
    assert fades.p50 is not None
    assert fades.p50 <= persists.p50
    assert fades.assumptions["inflow"] == "fades"


def test_without_a_calendar_the_measured_rate_answers() -> None:
    """1,200 a day come and are answered: 600 more take half a day, and what comes ahead of them (E1)."""
    estimate = measured_rate(True)
    assert estimate.p50 is not None
    assert 0.5 * DAY < estimate.p50 < 1.5 * DAY
    assert estimate.assumptions["agents"] is None
    assert estimate.assumptions["answered_per_day"] == pytest.approx(1_200, rel=0.05)
