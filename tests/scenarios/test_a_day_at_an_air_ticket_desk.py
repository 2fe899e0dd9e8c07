"""A Friday at an air-ticket desk when the borders close, hour by hour, and what of it is left for Saturday (desk A)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from command_line import json_lines, supportq
from story import Story, line

from supportq import Booking, Client, Request, Shift, Staffing
from supportq.errors import WrongState
from supportq.presets import preset
from supportq.schema import to_json

NAME = "crisis-air-desk"
DAY = date(2020, 3, 20)
ANN, BOB, CYD, DAN, EVE, FAY, GUS = (
    Client(email=f"{name}@example.com") for name in ("ann", "bob", "cyd", "dan", "eve", "fay", "gus")
)

Step = tuple[str, str, dict[str, Any], list[str]]


def ask(at: str, request: Request, *expected: str) -> Step:
    return at, "submit", {"request": request}, list(expected)


def do(at: str, command: str, *expected: str, **arguments: Any) -> Step:
    return at, command, arguments, list(expected)


def flight(reference: str, clock: str, days: int = 0) -> Booking:
    """A booking whose plane leaves at this time of the day, or some days later."""
    departs_at = datetime.combine(DAY, time.fromisoformat(clock), tzinfo=UTC) + timedelta(days=days)
    return Booking(reference, departs_at=departs_at)


def staff(*shifts: Shift) -> Staffing:
    return Staffing(shifts, handling_time=timedelta(minutes=30), expected_inflow={"imminent": 20})


ROUND_THE_CLOCK = Shift(time(0), time(0), agents=1)
MORE = Shift(time(8), time(20), agents=3, first_day=date(2020, 3, 23))

FRIDAY: list[Step] = [
    do("00:00", "plan", "StaffingPlanned", staffing=staff(ROUND_THE_CLOCK)),
    # The night, by every door. Ann flies tomorrow at ten, and her refund ends with the year; Cyd flies tonight.
    ask(
        "01:00",
        Request(
            "A1",
            ANN,
            channel="email",
            kind="refund",
            bookings=flight("KC77", "10:00", 1),
            attributes={"last_day": "2020-12-31"},
        ),
        "Admitted A1 to standard",
    ),
    ask("02:00", Request("B1", BOB, channel="form", kind="refund", bookings=Booking("KC81")), "Admitted B1 to standard"),
    ask(
        "03:00",
        Request("C1", CYD, channel="phone", by_voice=True, kind="change_date", bookings=flight("KC83", "18:00")),
        "Admitted C1 to imminent",
    ),
    # Dan's plane has left already. He is answered all the same, in his turn.
    ask(
        "04:00",
        Request("D1", DAN, channel="messenger", kind="refund", bookings=flight("KC85", "22:00", -1)),
        "Admitted D1 to standard",
    ),
    do("08:00", "take", "Taken C1 by ivan out of imminent after 5:00:00", agent="ivan"),
    do("08:20", "reply", "Replied C1 by ivan after 5:20:00 on phone", ticket="C1"),
    do("08:20", "resolve", "Resolved C1", ticket="C1"),
    # Ann writes again, and Bob asks again by telephone: both keep their places.
    ask(
        "09:30",
        Request("A2", ANN, channel="messenger", kind="refund", bookings=Booking("kc-77")),
        "Joined A2 to A1 as DUPLICATE_OF in standard",
    ),
    ask(
        "09:40",
        Request("B2", BOB, channel="phone", by_voice=True, kind="refund", bookings=Booking("KC81")),
        "Joined B2 to B1 as DUPLICATE_OF in standard",
    ),
    # A day before her plane leaves Ann is in front, until her flight is cancelled.
    do("10:00", "advance", "10:00 LaneChanged standard > imminent: A1"),
    do("10:30", "update", "Updated; imminent > standard: A1", booking="KC77", cancelled=True),
    # A comment of Bob's that names his request joins it; any other is directed to the form.
    ask(
        "11:00",
        Request("S1", BOB, channel="comment", in_reply_to="B1", text="Nine hours, and no word!"),
        "Joined S1 to B1 as FOLLOW_UP in standard",
    ),
    ask(
        "11:05",
        Request("S2", Client(messenger="social:x"), channel="comment", kind="refund"),
        "Filed S2 by comments, to the form",
    ),
    # Eve and Fay fly today. Nobody gets to Fay before her plane leaves.
    ask(
        "12:00", Request("E1", EVE, channel="form", kind="refund", bookings=flight("KC87", "22:00")), "Admitted E1 to imminent"
    ),
    ask(
        "12:30", Request("F1", FAY, channel="form", kind="refund", bookings=flight("KC89", "14:00")), "Admitted F1 to imminent"
    ),
    do("13:00", "take", "Taken E1 by ivan out of imminent after 1:00:00", agent="ivan"),
    do("14:10", "reply", "14:00 LaneChanged imminent > standard: F1", "Replied E1 by ivan after 2:10:00 on form", ticket="E1"),
    do("14:10", "resolve", "Resolved E1", ticket="E1"),
    # Then strictly by arrival.
    do("14:15", "take", "Taken A1 by ivan out of standard after 13:15:00", agent="ivan"),
    do("14:40", "reply", "Replied A1 by ivan after 13:40:00 on email, messenger", ticket="A1"),
    do("14:40", "resolve", "Resolved A1", ticket="A1"),
    do("14:45", "take", "Taken B1 by ivan out of standard after 12:45:00", agent="ivan"),
    do("15:10", "reply", "Replied B1 by ivan after 13:10:00 on form, phone", ticket="B1"),
    do("15:10", "resolve", "Resolved B1", ticket="B1"),
    do("15:15", "take", "Taken D1 by ivan out of standard after 11:15:00", agent="ivan"),
    do("15:40", "reply", "Replied D1 by ivan after 11:40:00 on messenger", ticket="D1"),
    do("15:40", "resolve", "Resolved D1", ticket="D1"),
    # Gus needs nothing any more. From Monday on there will be three more.
    ask("16:00", Request("G1", GUS, channel="email", kind="refund", bookings=Booking("KC91")), "Admitted G1 to standard"),
    do("16:30", "withdraw", "Withdrawn G1", ticket="G1"),
    do("18:00", "plan", "StaffingPlanned", staffing=staff(ROUND_THE_CLOCK, MORE)),
]
"""When, which command, with what, and what happens."""


def the_day() -> Story:
    """The day, each step of it as expected."""
    story = Story(preset(NAME), DAY.isoformat())
    for at, command, arguments, expected in FRIDAY:
        before = len(story.log)
        getattr(story.at(at), command)(**arguments)
        assert [line(event) for event in story.log[before:]] == expected, (at, command)
    return story


def test_a_friday_on_which_all_are_answered_but_one_who_has_flown_and_is_next() -> None:
    story = the_day()
    evening = story.at("21:00").desk.counter(now=story.now)
    # The comment that joined a request counts as a repeat of it.
    assert (evening.received, evening.repeats, evening.filed, evening.answered) == (10, 3, 1, 5)
    assert (evening.waiting, evening.oldest, evening.oldest_wait) == (1, "F1", timedelta(hours=8, minutes=30))
    assert story.desk.ticket("A1").requests[0].attributes["last_day"] == "2020-12-31"
    # Fay has flown, and nobody closes her request unanswered.
    with pytest.raises(WrongState):
        story.resolve("F1")
    story.next_day()
    assert story.at("08:00").take("ivan") == ["Taken F1 by ivan out of standard after 19:30:00"]
    assert story.at("08:20").reply("F1") == ["Replied F1 by ivan after 19:50:00 on form"]
    assert story.at("08:20").resolve("F1") == ["Resolved F1"]


def plain(value: Any) -> Any:
    """An argument as `supportq run` reads it."""
    return json.loads(to_json(value)) if isinstance(value, Request | Staffing) else value


def moment(clock: str) -> str:
    return datetime.combine(DAY, time.fromisoformat(clock), tzinfo=UTC).isoformat()


def test_the_same_day_in_lines() -> None:
    """One closing line for each step, with as many events as were expected of it; and the same events."""
    lines = [
        {"at": moment(at), "do": command, **{name: plain(value) for name, value in arguments.items()}}
        for at, command, arguments, _ in FRIDAY
    ]
    evening = {"at": moment("21:00")}
    said = supportq(
        "run", "--policy", NAME, stdin=json_lines([*lines, evening | {"do": "waiting"}, evening | {"do": "counter"}])
    )
    assert (said.status, said.err) == (0, "")
    *done, waiting, counter = said.closings
    assert done == [
        {"done": command, "line": number, "events": len(expected)} for number, (_, command, _, expected) in enumerate(FRIDAY, 1)
    ]
    assert waiting == {"answer": "waiting", "line": len(FRIDAY) + 1, "tickets": ["F1"]}
    assert (counter["received"], counter["repeats"], counter["filed"], counter["answered"]) == (10, 3, 1, 5)
    assert (counter["waiting"], counter["oldest"]) == (1, "F1")
    assert said.events == [json.loads(to_json(event)) for event in the_day().log]
