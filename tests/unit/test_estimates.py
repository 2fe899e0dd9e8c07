"""Estimates: the forward pass against sums that a reader can do, honest silence, and laws (rules E1, E2, R5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from supportq import Booking, Client, Desk, Estimate, Forecast, Lane, Policy, Request, Shift, Staffing, when
from supportq._instants import DAY, HOUR, instant, micros
from supportq.estimates import SAMPLED, Measures, Situation, forecast
from supportq.events import Event
from supportq.tickets import Reason

NOON = micros(datetime(2020, 3, 20, 12, tzinfo=UTC))
MINUTE = HOUR // 60
ALWAYS = (time(0), time(0))


def staff(agents: int = 10, minutes: int = 10, **values: object) -> Staffing:
    """Round the clock; ten agents of ten minutes a ticket answer one ticket a minute."""
    shifts = values.pop("shifts", (Shift(*ALWAYS, agents),))
    return Staffing(shifts, handling_time=timedelta(minutes=minutes), **values)  # type: ignore[arg-type]


def ids(prefix: str, number: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{k}" for k in range(number))


def line(front: int = 0, standard: int = 0, **values: object) -> Situation:
    """So many in each of two lanes, all agents busy."""
    situation = Situation(
        at=NOON,
        lanes=("front", "standard"),
        waiting=(ids("F", front), ids("S", standard)),
        jumps={},
        shares=(0.0, 0.0),
        taken=10,
        staffing=staff(),
        measures=Measures(2),
    )
    return replace(situation, **values)  # type: ignore[arg-type]


def codes(estimate: Estimate) -> set[str]:
    return {reason.code for reason in estimate.reasons}


def reason(estimate: Estimate, code: str) -> Reason:
    return next(one for one in estimate.reasons if one.code == code)


def minutes(wait: timedelta | None) -> float:
    """A wait that must be known."""
    assert wait is not None
    return wait / timedelta(minutes=1)


def about(mean: float, each: float = 1.0) -> object:
    """The middle of a wait of so many minutes on average: the median of Erlang's law is a third of an answer below its mean."""
    return pytest.approx(mean - each / 3, abs=0.04)


# ------------------------------------------------------------------------------------ sums that a reader can do


def test_a_wait_is_one_answer_for_each_ticket_ahead_and_one_more() -> None:
    made = forecast(line(standard=50))
    assert minutes(made.estimate("S0").p50) == about(1)
    assert minutes(made.estimate("S49").p50) == about(50)


def test_the_lanes_above_go_first() -> None:
    estimate = forecast(line(front=30, standard=5)).estimate("S4")
    assert minutes(estimate.p50) == about(35)
    assert estimate.position == 35
    assert estimate.ahead_by_lane == {"front": 30, "standard": 4}


def test_what_comes_in_above_goes_first_too() -> None:
    # One answer a minute, and every other one for somebody who is not here yet.
    made = forecast(line(standard=100, staffing=staff(expected_inflow={"front": 720.0})))
    assert minutes(made.estimate("S99").p50) == pytest.approx(200, rel=0.01)


def test_what_comes_in_behind_costs_nothing() -> None:
    calm = forecast(line(front=5, standard=50))
    storm = forecast(line(front=5, standard=50, staffing=staff(expected_inflow={"standard": 100_000.0})))
    assert storm.estimate("S49").p50 == calm.estimate("S49").p50


def test_a_closed_night_is_waited_through() -> None:
    by_day = staff(shifts=(Shift(time(8), time(20), 10),))
    made = forecast(line(standard=1000, staffing=by_day))
    # Eight hours until it closes answer 480; the 481st is the first of the morning.
    assert minutes(made.estimate("S479").p50) == about(480)
    assert minutes(made.estimate("S480").p50) == pytest.approx(480 + 12 * 60)


def test_outside_the_hours_the_opening_is_named() -> None:
    by_day = staff(shifts=(Shift(time(8), time(20), 10),))
    estimate = forecast(line(standard=1, at=NOON + 10 * HOUR, staffing=by_day, taken=0)).estimate("S0")
    assert reason(estimate, "CLOSED_NOW").ours == "2020-03-21T08:00:00Z"
    assert minutes(estimate.p50) == pytest.approx(10 * 60)
    assert "CLOSED_NOW" not in codes(forecast(line(standard=1, staffing=by_day)).estimate("S0"))


def test_an_opening_after_weeks_is_still_found() -> None:
    summer = staff(shifts=(Shift(*ALWAYS, 10, first_day=date(2020, 5, 1)),))
    estimate = forecast(line(standard=1, staffing=summer, taken=0)).estimate("S0")
    assert reason(estimate, "CLOSED_NOW").ours == "2020-05-01T00:00:00Z"
    assert estimate.p50 == datetime(2020, 5, 1, tzinfo=UTC) - instant(NOON)


def test_those_who_do_not_turn_up_answer_nothing() -> None:
    made = forecast(line(standard=50, staffing=staff(show_up=0.5)))
    assert minutes(made.estimate("S49").p50) == about(100, each=2)


def test_a_free_agent_takes_it_at_once() -> None:
    idle = forecast(line(standard=2, taken=8)).estimate("S1")
    assert (idle.p10, idle.p50, idle.p90) == (timedelta(0),) * 3
    assert idle.reasons == (Reason("IDLE", "agents", "2 free", "10 planned"),)
    busy = forecast(line(standard=3, taken=8)).estimate("S2")
    assert minutes(busy.p50) == about(1)
    assert "IDLE" not in codes(busy)


# -------------------------------------------------------------------------------------------------- lane changes


def jumping(*changes: tuple[str, int, int]) -> Mapping[str, tuple[int, int]]:
    """Who changes lanes, after how many minutes, into which lane."""
    return {name: (NOON + after * MINUTE, target) for name, after, target in changes}


def test_a_jump_from_ahead_costs_nothing() -> None:
    still = forecast(line(standard=200)).estimate("S199")
    jumps = jumping(*((f"S{k}", 20 + k // 10, 0) for k in range(100, 150)))
    assert forecast(line(standard=200, jumps=jumps)).estimate("S199").p50 == still.p50


def test_a_jump_from_behind_costs_one_answer() -> None:
    jumps = jumping(*((f"S{k}", 20 + k // 10, 0) for k in range(150, 180)))
    made = forecast(line(standard=200, jumps=jumps))
    assert minutes(made.estimate("S149").p50) == about(150 + 30)


def test_a_jump_from_behind_that_comes_after_the_turn_costs_nothing() -> None:
    made = forecast(line(standard=200, jumps=jumping(("S150", 120, 0))))
    assert minutes(made.estimate("S99").p50) == about(100)
    assert minutes(made.estimate("S149").p50) == pytest.approx(151, abs=1)


def test_its_own_jump_caps_a_wait() -> None:
    estimate = forecast(line(standard=900, jumps=jumping(("S899", 60, 0)))).estimate("S899")
    assert minutes(estimate.p50) == pytest.approx(61, abs=1)
    assert estimate.p90 is not None
    assert estimate.p90 < timedelta(hours=2)
    assert reason(estimate, "OWN_JUMP") == Reason("OWN_JUMP", "lane", "2020-03-20T13:00:00Z", "front")


def test_after_its_own_jump_it_waits_behind_those_who_are_there() -> None:
    # By then 60 of the 120 in front have been taken.
    estimate = forecast(line(front=120, standard=900, jumps=jumping(("S899", 60, 0)))).estimate("S899")
    assert minutes(estimate.p50) == pytest.approx(60 + 61, abs=1)


def test_its_own_jump_says_nothing_if_its_turn_comes_first() -> None:
    with_jump = forecast(line(standard=20, jumps=jumping(("S19", 600, 0)))).estimate("S19")
    assert with_jump.p50 == forecast(line(standard=20)).estimate("S19").p50
    assert "OWN_JUMP" not in codes(with_jump)


def test_whoever_must_leave_a_lane_before_its_turn_goes_behind_those_below() -> None:
    in_time = forecast(line(front=10, standard=50, jumps=jumping(("F9", 60, 1)))).estimate("F9")
    assert minutes(in_time.p50) == about(10)
    assert "OWN_JUMP" not in codes(in_time)
    late = forecast(line(front=100, standard=50, jumps=jumping(("F99", 60, 1)))).estimate("F99")
    assert minutes(late.p50) == pytest.approx(99 + 50 + 1, abs=1)
    assert reason(late, "OWN_JUMP").theirs == "standard"


def test_a_change_of_place_inside_a_lane_is_no_jump() -> None:
    made = forecast(line(standard=50, jumps=jumping(("S49", 5, 1), ("S10", 5, 1))))
    assert minutes(made.estimate("S49").p50) == about(50)


def test_a_jump_beyond_the_horizon_decides_nothing() -> None:
    no_one = forecast(line(standard=1, staffing=staff(shifts=()), jumps=jumping(("S0", 70 * 1440, 0)))).estimate("S0")
    assert no_one.p50 is None


# -------------------------------------------------------------------------------------------------------- shares


def test_a_guaranteed_share_is_had_whatever_comes_in_above() -> None:
    flood = staff(expected_inflow={"front": 10_000.0})
    made = forecast(line(front=500, standard=50, shares=(0.0, 0.25), staffing=flood))
    assert minutes(made.estimate("S49").p50) == about(200, each=4)
    # In 200 minutes the front has had three quarters of the answers.
    assert minutes(made.estimate("F299").p50) == pytest.approx(200 + 150, abs=1)
    assert "UNSTABLE" not in codes(made.estimate("S49"))


def test_a_share_that_is_not_used_goes_to_the_others() -> None:
    made = forecast(line(front=100, standard=50, shares=(0.0, 0.25)))
    alone = forecast(line(front=100, shares=(0.0, 0.25)))
    assert minutes(alone.estimate("F99").p50) == about(100)
    # Together they lose nothing: the last of all is answered after 150 answers.
    assert max(minutes(made.estimate("F99").p50), minutes(made.estimate("S49").p50)) == pytest.approx(150, abs=1)


# ------------------------------------------------------------------------------------------------ honest silence


def silent(estimate: Estimate) -> bool:
    return (estimate.p10, estimate.p50, estimate.p90) == (None, None, None)


def test_without_a_calendar_nothing_is_said_and_the_remedy_is_named() -> None:
    estimate = forecast(line(standard=3, staffing=None)).estimate("S1")
    assert silent(estimate)
    assert estimate.reasons == (Reason("NO_STAFF", "staffing", "no calendar", "set one with Desk.plan"),)
    assert (estimate.position, estimate.ahead_by_lane) == (2, {"front": 0, "standard": 1})


def test_where_nobody_is_planned_any_more_nothing_is_said() -> None:
    yesterday = staff(shifts=(Shift(*ALWAYS, 10, last_day=date(2020, 3, 18)),))
    for nobody in (yesterday, staff(shifts=()), staff(agents=0)):
        estimate = forecast(line(standard=1, staffing=nobody)).estimate("S0")
        assert silent(estimate)
        assert "NO_STAFF" in codes(estimate)


def test_where_the_calendar_ends_before_the_turn_its_end_is_named() -> None:
    today = staff(shifts=(Shift(time(0), time(20), 10, last_day=date(2020, 3, 20)),))
    made = forecast(line(standard=1000, staffing=today))
    assert minutes(made.estimate("S99").p50) == about(100)
    estimate = made.estimate("S999")
    assert silent(estimate)
    assert reason(estimate, "CALENDAR_ENDS").ours == "2020-03-20T20:00:00Z"
    assert estimate.assumptions["calendar_ends"] == datetime(2020, 3, 20, 20, tzinfo=UTC)


def test_beyond_sixty_days_nothing_is_said() -> None:
    made = forecast(line(standard=70 * 1440))
    estimate = made.estimate(f"S{70 * 1440 - 1}")
    assert silent(estimate)
    assert "BEYOND_HORIZON" in codes(estimate)
    near = made.estimate(f"S{59 * 1440}")
    assert near.p50 is not None
    assert near.p90 is None
    assert "BEYOND_HORIZON" in codes(near)


def test_where_the_lanes_above_take_everything_only_the_least_wait_is_said() -> None:
    flood = staff(expected_inflow={"front": 1440.0})
    made = forecast(line(front=20, standard=50, staffing=flood))
    estimate = made.estimate("S49")
    assert minutes(estimate.p10) == 70
    assert (estimate.p50, estimate.p90) == (None, None)
    assert reason(estimate, "UNSTABLE").ours == "1440 a day come in ahead"
    assert minutes(made.estimate("F19").p50) == about(20)


def test_a_jump_into_a_lane_that_is_flooded_promises_nothing() -> None:
    flood = staff(expected_inflow={"front": 2000.0})
    estimate = forecast(line(standard=900, staffing=flood, jumps=jumping(("S899", 60, 0)))).estimate("S899")
    assert minutes(estimate.p10) == pytest.approx(61, abs=2)
    assert (estimate.p50, estimate.p90) == (None, None)
    assert "UNSTABLE" in codes(estimate)


def test_a_holiday_or_staff_who_come_later_are_no_starvation() -> None:
    inflow = {"front": 800.0}
    holiday = staff(shifts=(Shift(*ALWAYS, 10, first_day=date(2020, 3, 30)),), expected_inflow=inflow)
    more = staff(shifts=(Shift(*ALWAYS, 5), Shift(*ALWAYS, 10, first_day=date(2020, 4, 1))), expected_inflow=inflow)
    for staffing in (holiday, more):
        estimate = forecast(line(standard=50, staffing=staffing, taken=0)).estimate("S49")
        assert "UNSTABLE" not in codes(estimate)
        assert estimate.p90 is not None


def test_a_ticket_that_does_not_wait_has_no_estimate() -> None:
    estimate = Estimate.not_waiting(instant(NOON))
    assert silent(estimate)
    assert (estimate.position, codes(estimate)) == (None, {"NOT_WAITING"})
    with pytest.raises(KeyError):
        forecast(line(standard=1)).estimate("S1")


# ------------------------------------------------------------------------------------------------ reuse of a pass


def test_a_later_question_is_answered_by_the_same_pass_and_says_so() -> None:
    made = forecast(line(standard=3000))
    later = made.estimate_at(1, (0, 2979), None, NOON + 20 * MINUTE)
    assert minutes(later.p50) == about(2980)
    assert later.as_of == instant(NOON)
    assert reason(later, "STALE").ours == "1200 s"
    assert "STALE" not in codes(made.estimate("S2999"))


def test_whoever_came_after_the_pass_stands_behind_the_list() -> None:
    made = forecast(line(standard=100))
    assert minutes(made.estimate_at(1, (0, 130), None, NOON + 20 * MINUTE).p50) == about(131)
    assert minutes(made.estimate_at(0, (4,), None, NOON + 20 * MINUTE).p50) == about(5)


@pytest.mark.parametrize("days", [60 + 1 / 3, 61])
def test_a_question_beyond_the_horizon_of_the_pass_is_not_answered(days: float) -> None:
    estimate = forecast(line(standard=100)).estimate_at(1, (0, 5), None, NOON + round(days * DAY))
    assert silent(estimate)
    assert "BEYOND_HORIZON" in codes(estimate)


def test_a_storm_after_the_pass_costs_what_it_brought() -> None:
    made = forecast(line(front=10, standard=3000))
    foreseen = made.estimate_at(1, (0, 500), None, NOON + 20 * MINUTE)
    storm = made.estimate_at(1, (300, 500), None, NOON + 20 * MINUTE)
    assert minutes(storm.p50) - minutes(foreseen.p50) == pytest.approx(300, abs=0.04)


def test_fewer_above_than_foreseen_are_gain() -> None:
    made = forecast(line(front=500, standard=3000))
    assert minutes(made.estimate_at(1, (480, 500), None, NOON + 20 * MINUTE).p50) == about(981)
    assert minutes(made.estimate_at(1, (80, 500), None, NOON + 20 * MINUTE).p50) == about(581)


# ------------------------------------------------------------------------------------------------------- the rates


def test_stated_rates_are_named_until_the_desk_has_measured_them() -> None:
    staffing = staff(expected_inflow={"front": 720.0})
    cold = forecast(line(standard=10, staffing=staffing)).estimate("S9")
    assert [(one.field, one.theirs) for one in cold.reasons if one.code == "COLD_START"] == [
        ("handling_time", "600 s"),
        ("inflow", "720 a day come in ahead"),
    ]
    assert cold.assumptions == {
        "agents": 10,
        "show_up": 1.0,
        "handling_time": 600.0,
        "answered_per_day": None,
        "inflow_per_day": {"front": 720.0},
        "inflow": "persists",
        "inflow_fades_in_days": None,
        "give_up_per_day": 0.0,
        "calendar_ends": None,
    }
    measures = Measures(2)
    for at in range(NOON - 2 * DAY, NOON, HOUR):
        measures.admitted(0, at, at)
    for _ in range(150):
        measures.handled("refund", 6 * MINUTE, NOON)
    warm = forecast(line(standard=10, staffing=staffing, measures=measures)).estimate("S9")
    assert [one.code for one in warm.reasons] == ["INFLOW_PERSISTS"]
    assert warm.assumptions["inflow_per_day"] == {"front": pytest.approx(24.0, abs=0.01)}
    assert warm.assumptions["handling_time"] == (50 * 600 + 150 * 360) / 200


def test_the_first_lane_does_not_care_what_comes_in() -> None:
    estimate = forecast(line(front=1)).estimate("F0")
    assert [one.field for one in estimate.reasons] == ["handling_time"]
    assert estimate.assumptions["inflow_per_day"] == {}


def week_of(inflow: int, *, later: int = 0, delay: int = 0) -> Measures:
    """What a desk has measured that saw so many an hour come into its first lane, and so many that change into it later."""
    measures = Measures(2)
    for at in range(NOON - 7 * DAY, NOON, HOUR):
        for _ in range(inflow):
            measures.admitted(0, at, at)
        for number in range(later):
            measures.admitted(1, at, at, None if number % SAMPLED else (at + delay, 0))
    for _ in range(2_000):
        measures.handled("refund", 10 * MINUTE, NOON)
    return measures


def test_what_changes_into_a_lane_above_later_is_foreseen() -> None:
    """Of those who will come, some change lanes two days after: they go before whoever waits for longer than that."""
    waits = [
        minutes(forecast(line(standard=4_000, measures=week_of(0, later=later, delay=2 * DAY))).estimate("S3999").p50)
        for later in (0, 32)
    ]
    # 4,000 minutes are 67 hours. In the last 19 of them, and in those that come of it, 32 an hour go first; delays are told to
    # half a day at that distance, so it begins somewhat sooner.
    assert waits[0] == about(4_000)
    assert 4_000 + 19 * 32 * 2 < waits[1] < 4_000 + 27 * 32 * 2


def test_inflow_fades_to_the_usual_one_only_where_that_is_stated() -> None:
    flood = week_of(30)
    goes_on = forecast(line(standard=20_000, measures=flood, staffing=staff())).estimate("S19999")
    fading = forecast(line(standard=20_000, measures=flood, staffing=staff(usual_inflow=240.0))).estimate("S19999")
    usual = forecast(line(standard=20_000, measures=flood, staffing=staff(usual_inflow=720.0))).estimate("S19999")
    assert (goes_on.assumptions["inflow"], fading.assumptions["inflow"]) == ("persists", "fades")
    assert usual.p50 == goes_on.p50
    assert minutes(fading.p50) < 0.8 * minutes(goes_on.p50)


def test_those_who_give_up_are_passed_for_nothing() -> None:
    measures = Measures(2)
    for _ in range(100):
        measures.standing -= NOON - 10 * DAY
    for _ in range(50):
        measures.standing += NOON
        measures.gave_up(50, NOON)
    # Of a hundred who waited ten days fifty gave up, one in twenty a day; as if others had waited 350 days and nobody had.
    assert measures.giving_up(50, NOON) * DAY == pytest.approx(0.05 * 1_000 / 1_350)
    for _ in range(9_950):
        measures.standing -= NOON
    patient, giving_up = (forecast(line(standard=10_000, measures=m)).estimate("S9999") for m in (Measures(2), measures))
    assert minutes(giving_up.p50) < 0.9 * minutes(patient.p50)


def test_more_come_by_day_than_by_night() -> None:
    measures = Measures(1)
    for at in range(NOON - 5 * DAY, NOON, HOUR):
        for _ in range(90 if 8 <= instant(at).hour < 20 else 10):
            measures.admitted(0, at, at)
    shares = measures.by_hour(NOON)
    assert sum(shares) == pytest.approx(24)
    assert shares[12] == pytest.approx(shares[8])
    assert 4 < shares[12] / shares[2] < 9


def measured_month(hourly: Callable[[datetime], int], until: int = NOON, days: int = 28) -> Measures:
    """What a desk has measured by an instant whose front lane got so many tickets in each hour."""
    measures = Measures(2)
    for at in range(until - days * DAY, until, HOUR):
        for _ in range(hourly(instant(at))):
            measures.admitted(0, at, at)
    return measures


def fewer_on_weekends(at: datetime) -> int:
    return 10 if at.weekday() >= 5 else 40


def test_fewer_come_on_weekends() -> None:
    """Each day is compared to the week around it, so that growth from week to week is taken for no weekday."""
    weekdays = measured_month(fewer_on_weekends).by_weekday(NOON)
    assert sum(weekdays) == pytest.approx(7)
    assert weekdays[1] == pytest.approx(weekdays[2], rel=0.05)
    assert 0.25 < weekdays[5] / weekdays[2] < 0.5
    growing = measured_month(lambda at: (at - instant(NOON - 40 * DAY)).days).by_weekday(NOON)
    assert max(growing) / min(growing) < 1.1


def test_two_weeks_are_needed_to_tell_weekdays_apart() -> None:
    assert measured_month(fewer_on_weekends, days=14).by_weekday(NOON) == [1.0] * 7
    assert measured_month(fewer_on_weekends, days=15).by_weekday(NOON) != [1.0] * 7


def test_who_waits_over_a_weekend_is_passed_by_fewer() -> None:
    # A minute an answer: on a weekday 960 of the 1,440 go to those who come in ahead, as they do on a mean day below.
    weekend = measured_month(fewer_on_weekends)
    evenly = measured_month(lambda _: 40)
    # From Friday noon on 240 are answered until midnight, and 1,200 on Saturday.
    waits = [minutes(forecast(line(standard=1_200, measures=each)).estimate("S1199").p50) for each in (weekend, evenly)]
    assert 1_700 < waits[0] < 2_200
    assert waits[1] == pytest.approx(3_600, rel=0.03)


def test_a_wave_that_recedes_fades_as_fast_as_it_does() -> None:
    flood = measured_month(lambda _: 50)
    ebb = measured_month(lambda at: {0: 21, 1: 35}.get((instant(NOON) - at - timedelta(hours=1)).days, 50))
    assert flood.recedes(240.0, NOON) == 0
    # Of 600 more than usual 264 are left a day later: a rate of 0.82, less a standard deviation of chance.
    assert 0.45 < ebb.recedes(240.0, NOON) < 0.82
    usual = staff(usual_inflow=240.0)
    told = [forecast(line(standard=10, measures=each, staffing=usual)).estimate("S9").assumptions for each in (flood, ebb)]
    assert told[0]["inflow_fades_in_days"] == 10
    assert 1.2 < told[1]["inflow_fades_in_days"] < 2.3  # type: ignore[operator]  # a number of days


@pytest.mark.parametrize("days", [9, 28])
def test_a_saturday_is_no_end_of_a_wave(days: int) -> None:
    saturday = NOON + 36 * HOUR
    assert measured_month(fewer_on_weekends, until=saturday, days=days).recedes(240.0, saturday) == 0


def test_agents_who_come_on_shift_take_a_ticket_at_once() -> None:
    opening = staff(shifts=(Shift(time(14), time(22), agents=10),))
    made = forecast(line(standard=30, taken=0, staffing=opening))
    assert [minutes(made.estimate(f"S{place}").p50) for place in (0, 9)] == [pytest.approx(120)] * 2
    assert minutes(made.estimate("S10").p50) > 120


# ------------------------------------------------------------------------------------------------------- measures


def test_a_backlog_that_is_loaded_is_not_inflow() -> None:
    measures = Measures(1)
    measures.admitted(0, NOON - DAY, NOON - DAY)
    for age in range(1000):
        measures.admitted(0, NOON - 61 * MINUTE - age * HOUR, NOON)
    measures.admitted(0, NOON - 59 * MINUTE, NOON)
    assert measures.inflow(0, NOON + HOUR) == pytest.approx(1, rel=0.05)


def test_inflow_is_unknown_before_a_day_was_seen() -> None:
    measures = Measures(2)
    assert measures.inflow(0, NOON) is None
    measures.admitted(0, NOON, NOON)
    for _ in range(10):
        measures.admitted(0, NOON + 6 * HOUR, NOON + 6 * HOUR)
    assert measures.inflow(0, NOON + DAY - 1) is None
    assert measures.inflow(0, NOON + DAY) == pytest.approx(10, rel=0.05)
    assert measures.inflow(1, NOON + DAY) == 0
    assert measures.inflow(0, NOON + 2 * DAY) == 0


def test_inflow_is_that_of_the_last_day() -> None:
    measures = Measures(1)

    def come(first_day: int, last_day: int, an_hour: int) -> float | None:
        for at in range(NOON + first_day * DAY, NOON + last_day * DAY, HOUR):
            for _ in range(an_hour):
                measures.admitted(0, at, at)
        return measures.inflow(0, NOON + last_day * DAY)

    assert come(0, 20, 10) == pytest.approx(240, rel=0.01)
    assert come(20, 30, 2) == pytest.approx(48, rel=0.01)
    assert come(30, 60, 0) == 0


def test_the_handling_time_starts_from_the_stated_one_and_becomes_the_measured_one() -> None:
    measures = Measures(1)
    assert measures.handling_time(600) == 600
    for _ in range(50):
        measures.handled("refund", 1000, NOON)
    assert measures.handling_time(600) == 800
    for _ in range(100_000):
        measures.handled("refund", 1000, NOON)
    assert measures.handling_time(600) == pytest.approx(1000, rel=0.01)


def test_a_line_of_long_matters_moves_slower() -> None:
    """Ten agents of ten minutes: a hundred tickets of fifteen minutes take 150 minutes, behind ten of five minutes 155."""
    situation = line(front=10, standard=100, costs=(0.5, 1.5))
    assert minutes(forecast(situation).estimate("F9").p50) == pytest.approx(5, abs=0.5)
    assert minutes(forecast(situation).estimate("S99").p50) == pytest.approx(155, abs=2)


def test_kinds_are_told_apart_by_what_was_seen_of_them() -> None:
    measures = Measures(1)
    assert measures.costs() == {}
    for number in range(150):
        measures.handled("refund", (4 if number % 2 else 8) * MINUTE, NOON)
    # What all there is takes is the mean, whatever was stated.
    assert measures.costs() == {"refund": 1.0}
    measures.handled("rare", 60 * MINUTE, NOON)
    assert measures.costs()["rare"] < 1.3
    for number in range(400):
        measures.handled(f"kind {number}", MINUTE, NOON)
    assert len(measures.costs()) <= 201
    stored = json.loads(json.dumps(measures.state()))
    again = Measures(1)
    again.restore(stored)
    assert again.costs() == measures.costs()


def test_a_desk_measures_kinds_and_counts_what_stands_in_line() -> None:
    """Seats take five minutes and refunds twenty: 60 refunds in line take an agent 20 hours, and not half of that."""
    desk = Desk(Policy((Lane("seats", when.kind("seat")), Lane("rest"))))
    desk.plan(Staffing((Shift(*ALWAYS, agents=1),), handling_time=timedelta(minutes=12)), now=instant(NOON))
    now = instant(NOON)
    for number in range(400):
        kind, took = ("seat", 5) if number % 2 else ("refund", 20)
        desk.submit(Request(f"M{number}", Client(account=f"M{number}"), kind=kind), now=now)
        desk.take("agent", now=now)
        now += timedelta(minutes=took)
        desk.reply(f"M{number}", now=now)
    # Two days later nothing of that is inflow any more.
    now += timedelta(days=2)
    desk.submit_many([Request(f"R{n:02}", Client(account=f"R{n}"), kind="refund") for n in range(60)], now=now)
    desk.take("agent", now=now)
    p50 = desk.estimate("R59").p50
    assert p50 is not None
    assert p50 / timedelta(minutes=20 * 59) == pytest.approx(1, abs=0.15)


def test_the_handling_time_follows_a_change() -> None:
    measures = Measures(1)
    for _ in range(100_000):
        measures.handled("refund", 1000, NOON)
    for _ in range(60_000):
        measures.handled("refund", 500, NOON)
    assert measures.handling_time(1000) == pytest.approx(500, rel=0.05)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3 * HOUR), st.integers(0, 2 * HOUR)), max_size=60), st.integers(0, 60)
)
def test_measures_restored_from_json_go_on_as_if_nothing_was(calls: list[tuple[int, int, int]], cut: int) -> None:
    """Rule G6: a snapshot anywhere changes nothing that follows."""
    straight, before = Measures(3), Measures(3)
    at = NOON
    for step, (lane, after, age) in enumerate(calls):
        at += after
        if step == cut:
            stored = json.loads(json.dumps(before.state()))
            before = Measures(3)
            before.restore(stored)
        for measures in (straight, before):
            measures.admitted(lane, at - age, at)
            measures.handled("refund", after, NOON)
    assert before.state() == straight.state()
    assert [before.inflow(lane, at) for lane in range(3)] == [straight.inflow(lane, at) for lane in range(3)]
    assert before.handling_time(600) == straight.handling_time(600)


# ----------------------------------------------------------------------------------------------------------- laws


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Any desk: up to three lanes, jumps up and down, shares, shifts with nights and gaps."""
    lanes = draw(st.integers(1, 3))
    waiting = tuple(ids("ABC"[lane], draw(st.integers(0, 400))) for lane in range(lanes))
    at = NOON + draw(st.integers(0, DAY))
    everybody = [name for names in waiting for name in names]
    jumping = draw(st.lists(st.sampled_from(everybody), max_size=30, unique=True)) if everybody else []
    jumps = {name: (at + draw(st.integers(1, 3 * DAY)), draw(st.integers(0, lanes - 1))) for name in jumping}
    shifts = draw(st.lists(st.builds(Shift, *[st.builds(time, st.integers(0, 23))] * 2, st.integers(0, 6)), max_size=3))
    lane_names = ("front", "middle", "standard")[-lanes:]
    return Situation(
        at=at,
        lanes=lane_names,
        waiting=waiting,
        jumps=jumps,
        shares=tuple(draw(st.sampled_from((0.0, 0.0, 0.2))) for _ in range(lanes)),
        taken=draw(st.integers(0, 8)),
        staffing=staff(
            shifts=tuple(shifts),
            show_up=draw(st.sampled_from((1.0, 0.9))),
            expected_inflow={name: draw(st.sampled_from((0.0, 100.0, 500.0))) for name in lane_names},
        ),
        measures=Measures(lanes),
    )


def everyone(situation: Situation) -> Iterator[str]:
    for names in situation.waiting:
        yield from names[:: max(1, len(names) // 7)]


@given(situations())
def test_quantiles_stand_in_order_and_no_number_stands_for_unknown(situation: Situation) -> None:
    """Rule E2."""
    made = forecast(situation)
    for name in everyone(situation):
        estimate = made.estimate(name)
        known = [wait for wait in (estimate.p10, estimate.p50, estimate.p90) if wait is not None]
        assert known == sorted(known)
        assert all(timedelta(0) <= wait <= timedelta(days=60) for wait in known)
        # What is unknown is the later part, and there is a reason for it.
        assert (estimate.p10, estimate.p50, estimate.p90) == (*known, *[None] * (3 - len(known)))
        silence = codes(estimate) & {"NO_STAFF", "UNSTABLE", "BEYOND_HORIZON", "CALENDAR_ENDS"}
        assert bool(silence) == (len(known) < 3)


@given(situations())
def test_the_same_state_gives_the_same_answers_in_whatever_order_they_are_asked(situation: Situation) -> None:
    names = list(everyone(situation))
    one, other = forecast(situation), forecast(situation)
    forwards = {name: one.estimate(name) for name in names}
    assert {name: other.estimate(name) for name in reversed(names)} == forwards


@given(situations())
def test_in_the_last_lane_whoever_stands_behind_waits_no_less(situation: Situation) -> None:
    """But for those whose own lane change decides."""
    made = forecast(situation)
    waits = [late(made.estimate(name)) for name in situation.waiting[-1] if name not in situation.jumps]
    assert waits == sorted(waits)


def late(estimate: Estimate) -> timedelta:
    """p50, with what is unknown later than all that is known."""
    return timedelta.max if estimate.p50 is None else estimate.p50


@given(situations(), st.integers(1, 5))
def test_more_staff_never_make_anybody_later(situation: Situation, more: int) -> None:
    assert situation.staffing is not None
    reinforced = replace(situation.staffing, shifts=(*situation.staffing.shifts, Shift(*ALWAYS, more)))
    few, many = forecast(situation), forecast(replace(situation, staffing=reinforced))
    for name in everyone(situation):
        # A lane change falls into one cell or the next: that may cost a ticket or two.
        assert late(many.estimate(name)) <= late(few.estimate(name)) or name in situation.jumps


# -------------------------------------------------------------------------------------------------- at a real desk


def request(name: str, hours: int | None = None) -> Request:
    departs_at = None if hours is None else instant(NOON) + timedelta(hours=hours)
    return Request(name, Client(account=name), bookings=(Booking(f"K-{name}", departs_at=departs_at),))


def desk_with(*requests: Request) -> Desk:
    desk = Desk(Policy((Lane("front", when.departs_within(timedelta(hours=24))), Lane("standard"))))
    desk.submit_many(requests, now=instant(NOON))
    desk.plan(staff(agents=1), now=instant(NOON))
    desk.take("agent-1", now=instant(NOON))
    return desk


def test_a_desk_estimates_as_its_forecast_does() -> None:
    desk = desk_with(*(request(f"A{k}", hours=30 + k) for k in range(300)), request("B", hours=5))
    made = desk.forecast()
    assert isinstance(made, Forecast)
    assert made.lanes == ("front", "standard")
    for name in desk.waiting():
        assert desk.estimate(name) == made.estimate(name)


def test_a_desk_knows_its_tickets_own_jump() -> None:
    desk = desk_with(*(request(f"A{k}") for k in range(300)), request("B", hours=30))
    estimate = desk.estimate("B")
    assert reason(estimate, "OWN_JUMP") == Reason("OWN_JUMP", "lane", "2020-03-20T18:00:00Z", "front")
    assert minutes(estimate.p50) == pytest.approx(6 * 60 + 10, abs=5)
    last = [name for name in desk.waiting() if name != "B"][-1]
    assert minutes(desk.estimate(last).p50) == pytest.approx(2990, abs=10)


@given(st.lists(st.one_of(st.none(), st.integers(-30, 60)), min_size=1, max_size=25), st.integers(0, 8))
def test_who_stands_ahead_is_who_is_listed_before(departures: list[int | None], taken: int) -> None:
    """Law of the notes: `ahead` is the index in `waiting`, and `position` is one more; for every ticket at any desk."""
    desk = desk_with(*(request(f"A{number:02}", hours) for number, hours in enumerate(departures)))
    for _ in range(taken):
        desk.take("agent-1", now=instant(NOON))
    for index, name in enumerate(desk.waiting()):
        estimate = desk.estimate(name)
        assert sum(estimate.ahead_by_lane.values()) == index == desk.position(name).ahead
        assert estimate.position == index + 1


def test_whoever_joined_a_ticket_is_told_what_that_ticket_is_told() -> None:
    desk = desk_with(*(request(f"A{number}") for number in range(50)))
    again = replace(request("again"), client=Client(account="A30"), bookings=request("A30").bookings)
    assert desk.submit(again, now=instant(NOON))[-1].ticket_id == "A30"  # type: ignore[union-attr]  # `Joined`
    assert desk.estimate("again") == desk.estimate("A30")
    desk.merge("A30", "A40", now=instant(NOON))
    assert desk.estimate("A40") == desk.estimate("A30")


def test_an_estimate_is_plain_json() -> None:
    desk = desk_with(request("A"), request("B"), request("C"))
    data = json.loads(TypeAdapter(Estimate).dump_json(desk.estimate("C")))
    # The middle of two answers of ten minutes.
    assert data["p50"] == "PT16M51S"
    assert data["ahead_by_lane"] == {"front": 0, "standard": 1}
    assert data["assumptions"]["inflow_per_day"] == {"front": 0.0}
    assert data["as_of"] == "2020-03-20T12:00:00Z"


def test_measuring_is_part_of_the_log() -> None:
    """Rules G1, G6: a desk rebuilt from its events, or from a snapshot, estimates the same."""
    policy = Policy((Lane("front", when.departs_within(timedelta(hours=24))), Lane("standard")))
    desk = Desk(policy)
    log: list[Event] = []
    log += desk.plan(staff(agents=2), now=instant(NOON))
    for hour in range(30):
        now = instant(NOON + hour * HOUR)
        log += desk.submit(request(f"A{hour}", hours=hour + 3), now=now)
        log += desk.submit(request(f"B{hour}"), now=now)
        log += desk.take("agent-1", now=now)
        log += desk.reply(f"A{hour}", now=now + timedelta(minutes=7))
    rebuilt, restored = Desk.from_log(policy, log), Desk.from_snapshot(desk.snapshot())
    expected = desk.estimate("B29")
    assert expected.assumptions["inflow_per_day"] == {"front": pytest.approx(30 / 29 * 24, rel=0.01)}
    assert rebuilt.estimate("B29") == restored.estimate("B29") == expected


def test_nobody_is_told_to_be_answered_before_the_desk_opens() -> None:
    desk = Desk(Policy((Lane("standard"),)))
    noon = datetime(2020, 3, 20, 12, tzinfo=UTC)
    desk.plan(Staffing((Shift(time(14), time(22), agents=2),)), now=noon)
    desk.submit(Request("A1", Client(email="ann@example.com")), now=noon)
    estimate = desk.estimate("A1")
    assert estimate.p10 == timedelta(hours=2)
    assert estimate.p50 is not None
    assert estimate.p50 >= estimate.p10
