"""A Thursday between a marketplace and a booking system, hour by hour, and what of it is left for Friday (desk E).

The partner of the day has a small hotel with tours. A second one is about to be connected, a third has only the marketplace.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from command_line import json_lines, supportq
from story import Story, line

from supportq import Booking, Client, Request
from supportq.errors import NotConfirmed, StepNotDue
from supportq.presets import preset
from supportq.schema import to_json

HERE = timezone(timedelta(hours=1))
ANN, BOB, CYD = (Client(email=f"{name}@example.com") for name in ("ann", "bob", "cyd"))
HOTEL = Client(account="hotel-7", stage="connected", manager="eva")
NEXT = Client(account="hotel-8", stage="two products", manager="eva")
SMALL = Client(account="hotel-9", stage="one product")
K77, K78 = (Booking(f"KC-{number}", system="marketplace") for number in (77, 78))
K79, K80, K81 = (Booking(f"KC-{number}", system="booking system") for number in (79, 80, 81))

Step = tuple[str, str, dict[str, Any], list[str]]


def ask(at: str, request: Request, *expected: str) -> Step:
    return at, "submit", {"request": request}, list(expected)


def do(at: str, command: str, *expected: str, **arguments: Any) -> Step:
    return at, command, arguments, list(expected)


def opened(at: str, request: Request, agent: str = "ivan") -> list[Step]:
    """It is taken at once, and its sender is told that somebody sees to it."""
    on = "nothing" if request.origin == "system" else "other"
    return [
        ask(at, request, f"Admitted {request.id} to standard"),
        do(at, "take", f"Taken {request.id} by {agent} out of standard after 0:00:00", agent=agent),
        do(at, "reply", f"Replied {request.id} by {agent} after 0:00:00 on {on}", ticket=request.id),
    ]


def done(at: str, ticket: str, step: str, by: str, until: str | None = None) -> Step:
    on = f", on at {until}" if until else ""
    return do(at, "confirm", f"Confirmed {step} of {ticket} by {by}{on}", ticket=ticket, step=step, by=by)


def mail(name: str, kind: str, booking: Booking) -> Request:
    return Request(name, origin="system", kind=kind, bookings=booking)


THURSDAY: list[Step] = [
    do("08:55", "sign_in", "SignedIn", agent="ivan", teams=["customer service", "partner care"]),
    do("08:55", "sign_in", "SignedIn", agent="eva", teams=["representatives"]),
    # The mails of the night (E6).
    ask("09:00", mail("M1", "mail_new", K77), "Filed M1 by mail: new"),
    ask("09:00", mail("M2", "mail_new", K81), "Filed M2 by mail: new"),
    # Who is to be connected, and by whom (E1).
    ask("09:05", Request("C0", SMALL, kind="connect"), "Filed C0 by no second product, to the maker of the second product"),
    *opened("09:10", Request("C1", NEXT, kind="connect"), agent="eva"),
    done("09:15", "C1", "agreed", "partner"),
    done("09:30", "C1", "agreed", "channel"),
    done("09:40", "C1", "identifier sent", "partner"),
    # A booking that the hotel is asked about, and another (E4).
    *opened("09:45", mail("K1", "booking", K80)),
    do("09:45", "ask_client", "ClientAsked K1 by ivan", ticket="K1"),
    *opened("09:46", mail("K2", "booking", K81)),
    do("09:46", "ask_client", "ClientAsked K2 by ivan", ticket="K2"),
    # Ann cancels (E2). That the booking was deleted somewhere is no cancellation, and somebody has to look at it.
    *opened("10:00", Request("A1", ANN, kind="cancel", bookings=K77)),
    done("10:05", "A1", "voucher cancelled", "agent"),
    ask("10:06", mail("X1", "deleted", K77), "Admitted X1 to standard"),
    ask(
        "10:10",
        mail("M3", "mail_cancelled", K77),
        "Filed M3 by mail: cancelled",
        "Confirmed mail of the cancellation of A1 by system",
    ),
    done("10:20", "A1", "cancelled in the booking system", "partner"),
    do("10:21", "resolve", "Resolved A1", ticket="A1"),
    do("10:22", "take", "Taken X1 by ivan out of standard after 0:16:00", agent="ivan"),
    do("10:23", "reply", "Replied X1 by ivan after 0:17:00 on nothing", ticket="X1"),
    # Deleted or not, it is cancelled as any other; the mail of it came already.
    done("10:24", "X1", "voucher cancelled", "agent"),
    done("10:24", "X1", "mail of the cancellation", "agent"),
    done("10:25", "X1", "cancelled in the booking system", "agent"),
    do("10:25", "resolve", "Resolved X1", ticket="X1"),
    # Bob and the hotel agree on another date. The booking was made in the booking system, so it takes longer (E3).
    *opened("10:30", Request("B1", BOB, kind="change_date", bookings=K79)),
    done("10:30", "B1", "agreed", "client"),
    done("10:32", "B1", "agreed", "partner"),
    ask(
        "10:33", mail("M4", "mail_changed", K79), "Filed M4 by mail: changed", "Confirmed changed of B1 by system, on at 13:33"
    ),
    # Eva hears that the mapping is done, and tells the partner; it was not copied right.
    done("11:00", "C1", "mapped", "channel"),
    done("11:10", "C1", "told", "representative"),
    do(
        "11:30",
        "confirm",
        "Wrong at checked of C1, says partner: back to mapped",
        ticket="C1",
        step="checked",
        by="partner",
        right=False,
    ),
    # The hotel cannot keep one of the two bookings, and says so in one letter with a description, after one without.
    ask(
        "11:40",
        Request("R0", HOTEL, kind="refusal", text="-", bookings=K80),
        "Filed R0 by refused without a description, to the partner care, with a description",
    ),
    ask(
        "11:45",
        Request("R1", HOTEL, kind="refusal", text="The house is without water.", bookings=K80, addressed_to="eva"),
        "Admitted R1 to refused",
        "ClientAnswered K1 to standard",
    ),
    # The other one is rejected by a click, and nobody is told.
    ask("11:46", mail("J1", "rejected", K81), "Filed J1 by rejected without word"),
    do("11:47", "take", "Taken R1 by ivan out of refused after 0:02:00", agent="ivan"),
    do("11:48", "merge", "Merged", ticket="R1", other="K1"),
    do("11:55", "reply", "Replied R1 by ivan after 2:10:00 on other", ticket="R1"),
    do("11:56", "resolve", "Resolved R1", ticket="R1"),
    # Cyd wants the boat in the place of the bus (E5), and had moved the day alone before that (E3).
    ask("12:20", Request("V1", CYD, kind="moved", bookings=K78, attributes={"moves": 1}), "Filed V1 by first move"),
    *opened("12:30", Request("D1", CYD, kind="change_service", bookings=K78)),
    done("12:40", "D1", "old voucher cancelled", "agent"),
    done("12:45", "D1", "new voucher issued", "agent"),
    ask("12:46", mail("M5", "mail_new", K78), "Filed M5 by mail: new", "Confirmed mail of the new voucher of D1 by system"),
    done("13:00", "D1", "cancelled in the partner's system", "partner"),
    do("13:01", "resolve", "Resolved D1", ticket="D1"),
    # The date of Bob's booking has come over.
    do(
        "13:40",
        "take",
        "13:33 Unparked B1 to standard",
        "Taken B1 by ivan out of standard after 3:10:00",
        agent="ivan",
    ),
    done("13:45", "B1", "verified", "agent"),
    do("13:46", "reply", "Replied B1 by ivan after 3:16:00 on nothing", ticket="B1"),
    do("13:46", "resolve", "Resolved B1", ticket="B1"),
    # Cyd moves it again, alone; this time the partner has to agree.
    ask(
        "14:00",
        Request("V2", CYD, kind="moved", bookings=Booking("KC-90", system="marketplace"), attributes={"moves": 2}),
        "Admitted V2 to standard",
    ),
    done("15:00", "C1", "mapped", "channel"),
    done("15:01", "C1", "told", "channel"),
    done("15:30", "C1", "checked", "partner"),
    do("15:31", "resolve", "Resolved C1", ticket="C1"),
]
"""When, which command, with what, and what happens."""


def the_day() -> Story:
    """The day, each step of it as expected."""
    story = Story(preset("two-systems"), "2020-03-19", HERE)
    for at, command, arguments, expected in THURSDAY:
        before = len(story.log)
        getattr(story.at(at), command)(**arguments)
        assert [line(event, HERE) for event in story.log[before:]] == expected, (at, command)
    return story


def test_a_thursday_on_which_nothing_is_closed_before_it_is_done_in_both_systems() -> None:
    story = the_day()
    counter = story.desk.counter()
    assert (counter.resolved, counter.lapsed, counter.filed) == (6, 0, 9)
    assert sum(count for name, count in counter.filed_by.items() if name.startswith("mail: ")) == 5
    # Friday: the booking that was rejected by a click counts as valid; what Cyd moved waits for somebody.
    story.next_day()
    assert story.at("10:00").advance() == ["09:46 Lapsed K2: valid: the client relies on it"]
    assert story.desk.waiting() == ["V2"]


def test_what_is_refused_on_the_way() -> None:
    story = Story(preset("two-systems"), "2020-03-19", HERE)
    story.at("09:00").sign_in("ivan", teams=["customer service", "partner care"])
    for request in (
        Request("A1", ANN, kind="cancel", bookings=K77),
        Request("B1", BOB, kind="change_date", bookings=K78),
    ):
        for at, command, arguments, _ in opened("09:05", request):
            getattr(story.at(at), command)(**arguments)
    with pytest.raises(StepNotDue, match="confirm 'voucher cancelled'"):
        story.at("09:10").confirm("A1", "cancelled in the booking system", by="partner")
    for by in ("client", "partner"):
        story.at("09:20").confirm("B1", "agreed", by=by)
    story.at("09:20").confirm("B1", "changed", by="partner")
    with pytest.raises(StepNotDue, match="from 2020-03-19T09:20:00Z on"):
        story.at("10:19").confirm("B1", "verified", by="agent")
    with pytest.raises(
        NotConfirmed, match="needs voucher cancelled, mail of the cancellation, cancelled in the booking system"
    ):
        story.at("10:19").resolve("A1")


def plain(value: Any) -> Any:
    """An argument as `supportq run` reads it."""
    return json.loads(to_json(value)) if isinstance(value, Request) else value


def moment(clock: str) -> str:
    return datetime.fromisoformat(f"2020-03-19T{clock}").replace(tzinfo=HERE).astimezone(UTC).isoformat()


def test_the_same_day_in_lines() -> None:
    """One closing line for each step, with as many events as were expected of it; and the same events."""
    lines = [
        {"at": moment(at), "do": command, **{name: plain(value) for name, value in arguments.items()}}
        for at, command, arguments, _ in THURSDAY
    ]
    said = supportq("run", "--policy", "two-systems", stdin=json_lines([*lines, {"at": moment("15:31"), "do": "waiting"}]))
    assert (said.status, said.err) == (0, "")
    assert said.closings == [
        *(
            {"done": command, "line": number, "events": len(expected)}
            for number, (_, command, _, expected) in enumerate(THURSDAY, 1)
        ),
        {"answer": "waiting", "line": len(THURSDAY) + 1, "tickets": ["V2"]},
    ]
    assert said.events == [json.loads(to_json(event)) for event in the_day().log]
