"""A Friday at an agency service with personal managers, from nine in the west, and what of it is left for Monday (desk C).

It is told by the clock in the west, where the desk is; where Bob is it is four hours later, so his curator's hours end at two.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from command_line import json_lines, supportq
from story import Story, line

from supportq import Booking, Client, Request
from supportq import events as ev
from supportq.presets import preset
from supportq.schema import to_json

WEST = timezone(timedelta(hours=1))
DAYS = {"Fri": date(2020, 3, 20), "Sun": date(2020, 3, 22), "Mon": date(2020, 3, 23)}
ANN = Client(account="ann", stage="new", manager="max")
BOB = Client(account="bob", stage="regular", manager="max", curator="eva")


def moment(text: str) -> datetime:
    """The instant of a step."""
    weekday, clock = text.split()
    return datetime.combine(DAYS[weekday], time.fromisoformat(clock), tzinfo=WEST)


def ask(name: str, client: Client, kind: str = "other", **facts: Any) -> dict[str, Any]:
    return {"request": Request(name, client, kind=kind, zone="UTC+05:00" if client is BOB else "UTC+01:00", **facts)}


def sign_in(agent: str, team: str, role: str) -> tuple[str, dict[str, Any], list[str]]:
    return "sign_in", {"agent": agent, "teams": [team], "role": role}, ["SignedIn"]


DAY: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("Fri 08:55", *sign_in("max", "sales managers", "personal")),
    ("Fri 08:55", *sign_in("eva", "curators", "personal")),
    ("Fri 08:55", *sign_in("gus", "group desk", "desk")),
    ("Fri 08:55", *sign_in("ina", "individual desk", "desk")),
    ("Fri 08:55", *sign_in("sam", "support", "desk")),
    # Ann has not booked yet. Her manager and she will meet online at three (C1, C3).
    ("Fri 09:05", "submit", ask("A1", ANN, "introduction", channel="form"), ["Admitted A1 to standard"]),
    ("Fri 09:10", "take", {"agent": "eva"}, []),
    ("Fri 09:10", "take", {"agent": "max"}, ["Taken A1 by max out of standard after 0:05:00"]),
    ("Fri 09:12", "park", {"ticket": "A1", "until": moment("Fri 15:00")}, ["Parked A1 until 15:00"]),
    ("Fri 09:20", "submit", ask("A2", ANN, "credit_limit", channel="email"), ["Admitted A2 to standard"]),
    ("Fri 09:50", "submit", ask("B1", BOB, "overpayment", channel="email"), ["Admitted B1 to standard"]),
    # Her first booking: what Max has not answered is Eva's, and stands before what came later (C2).
    (
        "Fri 10:00",
        "update_client",
        {"client": "account:ann", "stage": "regular", "curator": "eva"},
        ["ClientUpdated", "10:00 sales managers > curators: A2"],
    ),
    ("Fri 10:01", "take", {"agent": "max"}, []),
    ("Fri 10:05", "take", {"agent": "eva"}, ["Taken A2 by eva out of standard after 0:45:00"]),
    ("Fri 10:20", "reply", {"ticket": "A2", "agent": "eva"}, ["Replied A2 by eva after 1:00:00 on email"]),
    ("Fri 10:20", "take", {"agent": "eva"}, ["Taken B1 by eva out of standard after 0:30:00"]),
    ("Fri 10:30", "reply", {"ticket": "B1", "agent": "eva"}, ["Replied B1 by eva after 0:40:00 on email"]),
    # Six rooms, and five rooms for twenty people (C6).
    (
        "Fri 11:00",
        "submit",
        ask("O6", BOB, "offline_request", channel="form", bookings=Booking("Q6", rooms=6, party_size=6)),
        ["Admitted O6 to standard"],
    ),
    (
        "Fri 11:00",
        "submit",
        ask("O5", BOB, "offline_request", channel="form", bookings=Booking("Q5", rooms=5, party_size=20)),
        ["Admitted O5 to standard"],
    ),
    ("Fri 11:05", "take", {"agent": "gus"}, ["Taken O6 by gus out of standard after 0:05:00"]),
    ("Fri 11:05", "take", {"agent": "ina"}, ["Taken O5 by ina out of standard after 0:05:00"]),
    # Half past six in the evening where Bob is: Eva is on duty, for others; his papers can wait (C1, C5).
    ("Fri 14:30", "submit", ask("B2", BOB, "closing_documents", channel="email"), ["Admitted B2 to standard"]),
    ("Fri 14:31", "take", {"agent": "eva"}, []),
    ("Fri 14:31", "take", {"agent": "sam"}, []),
    # An order of Ann's, and then Bob, who has something urgent, opens the bot (C4, C5, C7).
    (
        "Fri 14:35",
        "submit",
        ask("A3", ANN, "cancel", channel="phone", bookings=Booking("K1", rooms=9)),
        ["Admitted A3 to standard"],
    ),
    ("Fri 14:40", "submit", ask("S1", BOB, "start", channel="bot", text="/start"), ["Filed S1 by bot opened"]),
    ("Fri 14:41", "submit", ask("B3", BOB, "credit_limit", channel="bot"), ["Admitted B3 to urgent"]),
    ("Fri 14:42", "take", {"agent": "sam"}, ["Taken B3 by sam out of urgent after 0:01:00"]),
    ("Fri 14:50", "reply", {"ticket": "B3", "agent": "sam"}, ["Replied B3 by sam after 0:09:00 on bot"]),
    ("Fri 14:50", "take", {"agent": "sam"}, ["Taken A3 by sam out of standard after 0:15:00"]),
    ("Fri 14:55", "reply", {"ticket": "A3", "agent": "sam"}, ["Replied A3 by sam after 0:20:00 on phone"]),
    # Three o'clock: the introduction. Ann has a curator by now, and meets her.
    ("Fri 15:01", "take", {"agent": "max"}, ["15:00 Unparked A1 to standard", "15:00 sales managers > curators: A1"]),
    ("Fri 15:01", "take", {"agent": "eva"}, ["Taken A1 by eva out of standard after 5:56:00"]),
    ("Fri 16:00", "reply", {"ticket": "A1", "agent": "eva"}, ["Replied A1 by eva after 6:55:00 on form"]),
    # Trouble at check-in, in the night to Sunday (C4).
    ("Sun 03:00", "submit", ask("A4", ANN, "check_in", channel="phone", bookings=Booking("K1")), ["Admitted A4 to standard"]),
    ("Sun 03:01", "take", {"agent": "sam"}, ["Taken A4 by sam out of standard after 0:01:00"]),
    ("Sun 03:20", "reply", {"ticket": "A4", "agent": "sam"}, ["Replied A4 by sam after 0:20:00 on phone"]),
    # Monday, nine where Bob is.
    ("Mon 04:59", "take", {"agent": "eva"}, []),
    (
        "Mon 05:00",
        "take",
        {"agent": "eva"},
        ["05:00 curators > curators: B2", "Taken B2 by eva out of standard after 2 days, 14:30:00"],
    ),
    ("Mon 05:10", "reply", {"ticket": "B2", "agent": "eva"}, ["Replied B2 by eva after 2 days, 14:40:00 on email"]),
]
"""When, which command, with what, and what happens."""


def told(event: ev.Event) -> str:
    """An event as one line, with the teams that a ticket passes from and to."""
    if isinstance(event, ev.Routed):
        return f"{event.at.astimezone(WEST):%H:%M} {event.source.team} > {event.target.team}: {' '.join(event.ticket_ids)}"
    return line(event, WEST)


def the_day() -> Story:
    """The day, each step of it as expected."""
    story = Story(preset("agency-with-managers"), "2020-03-20", WEST)
    for at, do, arguments, expected in DAY:
        story.day, before = moment(at).date(), len(story.log)
        getattr(story.at(at.split()[1]), do)(**arguments)
        assert [told(event) for event in story.log[before:]] == expected, (at, do)
    return story


def test_a_friday_with_a_first_booking_an_evening_in_the_east_and_a_bot() -> None:
    story = the_day()
    assert story.desk.waiting() == []
    counter = story.desk.counter()
    assert (counter.received, counter.filed, counter.answered) == (9, 1, 7)


def plain(value: Any) -> Any:
    """An argument as `supportq run` reads it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return json.loads(to_json(value)) if isinstance(value, Request) else value


def test_the_same_day_in_lines() -> None:
    """One closing line for each step, with as many events as were expected of it; and the same events."""
    story = the_day()
    lines = [
        {"at": plain(moment(at)), "do": do, **{name: plain(value) for name, value in arguments.items()}}
        for at, do, arguments, _ in DAY
    ]
    said = supportq("run", "--policy", "agency-with-managers", stdin=json_lines(lines))
    assert (said.status, said.err) == (0, "")
    assert said.closings == [
        {"done": do, "line": number, "events": len(expected)} for number, (_, do, _, expected) in enumerate(DAY, 1)
    ]
    assert said.events == [json.loads(to_json(event)) for event in story.log]
