"""What a client is told, word by word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from supportq import Estimate, InvalidValue
from supportq.tickets import Reason

ASKED = datetime(2020, 3, 15, 5, tzinfo=UTC)
"""A Sunday."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JUMP = Reason("OWN_JUMP", "lane", "2020-03-19T16:00:00Z", "imminent")
FRIDAY = datetime(2020, 3, 20, 16, tzinfo=UTC)


def told(p10: timedelta | None, p90: timedelta | None, *reasons: Reason) -> Estimate:
    return Estimate(
        p10=p10,
        p50=p90 and ((p10 or p90) + p90) / 2,
        p90=p90,
        position=9,
        ahead_by_lane={},
        assumptions={},
        reasons=reasons,
        as_of=ASKED,
    )


@pytest.mark.parametrize(
    ("p10", "p90", "english", "russian", "polish"),
    [
        (4_400, 6_600, "3 to 5 days", "3–5 дней", "3–5 dni"),
        (20_200, 30_200, "14 to 21 days", "14–21 дня", "14–21 dni"),
        (20, 60, "20 to 60 minutes", "20–60 минут", "20–60 minut"),
        (1, 5, "1 to 5 minutes", "1–5 минут", "1–5 minut"),
        (0.2, 1, "1 minute", "1 минуты", "1 minuty"),
        (12, 17, "10 to 20 minutes", "10–20 минут", "10–20 minut"),
        (61, 91, "1 to 2 hours", "1–2 часов", "1–2 godzin"),
        (5, 1_210, "21 hours", "21 часа", "21 godzin"),
    ],
)
def test_a_range_is_told_in_one_unit_and_never_narrower_than_it_is(
    p10: float, p90: float, english: str, russian: str, polish: str
) -> None:
    estimate = told(p10 * MINUTE, p90 * MINUTE)
    assert estimate.sentence() == f"You will usually be answered within {english}."
    assert estimate.sentence("ru") == f"Ответ обычно приходит в течение {russian}."
    assert estimate.sentence("pl") == f"Odpowiedź zwykle przychodzi w ciągu {polish}."


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "You will usually be answered within 3 to 5 days; your departure is on Friday, so no later than Thursday evening.",
        ),
        (
            "ru",
            "Ответ обычно приходит в течение 3–5 дней; ваша поездка начинается в пятницу, поэтому не позднее вечера четверга.",
        ),
        (
            "pl",
            (
                "Odpowiedź zwykle przychodzi w ciągu 3–5 dni; "
                "Twoja podróż zaczyna się w piątek, więc najpóźniej w czwartek wieczorem."
            ),
        ),
    ],
)
def test_the_departure_caps_the_wait(language: str, sentence: str) -> None:
    assert told(3.2 * DAY, 4.6 * DAY, JUMP).sentence(language, departs_at=FRIDAY) == sentence


def test_without_a_departure_or_with_one_that_is_over_only_the_instant_is_told() -> None:
    for departs_at in (None, FRIDAY - 2 * DAY):
        assert told(3.2 * DAY, 4.6 * DAY, JUMP).sentence(departs_at=departs_at) == (
            "You will usually be answered within 3 to 5 days; no later than Thursday evening."
        )


@pytest.mark.parametrize(
    ("p90", "english", "russian", "polish"),
    [
        (2 * HOUR, "this morning", "сегодняшнего утра", "dziś rano"),
        (9 * HOUR, "this afternoon", "второй половины сегодняшнего дня", "dziś po południu"),
        (18 * HOUR, "tonight", "сегодняшней ночи", "dziś w nocy"),
        (21 * HOUR, "tonight", "сегодняшней ночи", "dziś w nocy"),
        (28 * HOUR, "tomorrow morning", "утра завтрашнего дня", "jutro rano"),
        (3 * DAY + 14 * HOUR, "Wednesday evening", "вечера среды", "w środę wieczorem"),
        (6 * DAY + HOUR, "Saturday morning", "утра субботы", "w sobotę rano"),
        (9 * DAY + HOUR, "the morning of 24 March", "утра 24 марта", "24 marca rano"),
    ],
)
def test_a_part_of_a_day_is_called_as_people_call_it(p90: timedelta, english: str, russian: str, polish: str) -> None:
    """The small hours belong to the night before."""
    estimate = told(HOUR, p90, JUMP)
    assert estimate.sentence().endswith(f"no later than {english}.")
    assert estimate.sentence("ru").endswith(f"не позднее {russian}.")
    assert estimate.sentence("pl").endswith(f"najpóźniej {polish}.")


@pytest.mark.parametrize("departs_at", [FRIDAY + 30 * DAY, FRIDAY - 2 * DAY, None])
def test_a_departure_that_has_nothing_to_do_with_it_is_not_named(departs_at: datetime | None) -> None:
    assert "departure" not in told(3.2 * DAY, 4.6 * DAY, JUMP).sentence(departs_at=departs_at)


def test_a_change_into_a_lane_below_is_no_cap() -> None:
    below = Reason("OWN_JUMP", "lane_below", "2020-03-19T16:00:00Z", "standard")
    assert told(3.2 * DAY, 4.6 * DAY, below).sentence(departs_at=FRIDAY) == "You will usually be answered within 3 to 5 days."


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("departs_at", {"departs_at": datetime(2020, 3, 20)}),
        ("departs_at", {"departs_at": "2020-03-20"}),
        ("zone", {"zone": "UTC"}),
        ("zone", {"zone": None}),
        ("language", {"language": ["en"]}),
    ],
)
def test_what_cannot_be_meant_is_refused_naming_the_field(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refusal:
        told(HOUR, 2 * HOUR).sentence(**values)
    assert refusal.value.field == field


def test_days_and_hours_are_those_of_the_clients_zone() -> None:
    closed = told(4 * HOUR, 5 * HOUR, Reason("CLOSED_NOW", "opens_at", "2020-03-15T22:30:00Z"))
    assert closed.sentence().endswith("we are back today at 22:30.")
    assert closed.sentence(zone=ZoneInfo("Europe/Prague")).endswith("we are back today at 23:30.")
    assert closed.sentence(zone=ZoneInfo("Asia/Tokyo")).endswith("we are back tomorrow at 07:30.")


@pytest.mark.parametrize(
    ("p10", "reason", "sentence"),
    [
        (25 * HOUR, "UNSTABLE", "It will take at least 25 hours, and nobody can say yet how long exactly. Urgent requests"),
        (timedelta(0), "UNSTABLE", "Urgent requests take all our time"),
        (None, "NO_STAFF", "We cannot say yet when you will be answered"),
        (None, "NOT_WAITING", "Your request is not waiting for an answer."),
    ],
)
def test_where_there_is_no_number_none_is_told(p10: timedelta | None, reason: str, sentence: str) -> None:
    assert told(p10, None, Reason(reason, "x")).sentence().startswith(sentence)


def test_a_free_agent_is_told_in_one_sentence() -> None:
    assert (
        told(timedelta(0), timedelta(0), Reason("IDLE", "agents")).sentence() == "Somebody is free: you are answered at once."
    )


def test_the_day_is_counted_from_the_question_and_not_from_the_pass() -> None:
    late = told(HOUR, 20 * HOUR, JUMP, Reason("STALE", "as_of", f"{20 * 3_600} s"))
    assert late.sentence() == (
        "You will usually be answered within 1 to 20 hours; no later than this evening. This was reckoned on 15 March at 05:00."
    )


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidValue, match="language: 'de' is not known; there are en, ru, pl"):
        told(HOUR, 2 * HOUR).sentence("de")
