"""Desk B, a Friday and the night after it: two service teams, account managers in their hours, a resold room, a call missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from inspect import signature
from typing import Any

from command_line import json_lines, supportq
from story import Story

from supportq import Booking, Client, Desk, Request
from supportq.events import Routed
from supportq.presets import preset
from supportq.schema import to_data
from supportq.tickets import ClockKind, Queue

NAME = "booking-support-24-7"
ALL = ("emergencies", "prevention", "changes", "extras", "bookings")
ALFA, BETA, GAMMA = (
    Client(account=name, stage=stage) for name, stage in (("alfa", "active"), ("beta", "active"), ("gamma", "new"))
)
BOB = Client(name="Bob King", phone="+420601000125")
"""A guest of Alfa's: whom it is about, and never who is answered."""


class Told(Story):
    """A day that keeps its commands as the lines of a script, too."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.script: list[dict[str, Any]] = []

    def _do(self, command: str, *arguments: Any, **more: Any) -> list[str]:
        names = [name for name in signature(getattr(Desk, command)).parameters if name not in ("self", "now")]
        given = dict(zip(names, arguments, strict=False)) | more
        self.script.append({"at": self.now.isoformat(), "do": command} | {name: plain(value) for name, value in given.items()})
        return super()._do(command, *arguments, **more)


def plain(value: object) -> object:
    """An argument as it reads in a script."""
    if isinstance(value, datetime):
        return value.isoformat()
    return to_data(value) if isinstance(value, Request) else value


def told() -> Told:
    """Friday, 20 March 2020."""
    story = Told(preset(NAME), "2020-03-20")
    morning(story)
    noon(story)
    evening(story)
    night(story)
    return story


def order(number: int, **facts: Any) -> Booking:
    return Booking(f"O-{number}", **facts)


def queue(story: Story, ticket: str) -> Queue | None:
    return story.desk.ticket(ticket).queue


def served_by(team: str, **attributes: Any) -> dict[str, Any]:
    """Which service team a partner has."""
    return {"service_team": team} | attributes


def morning(story: Told) -> None:
    # Two agents are on duty, one in each service team: Olga works everything, Petr everything but emergencies.
    story.at("07:00").sign_in("olga", teams=["service-1"], skills=ALL, until=story.moment("22:00"))
    story.at("07:00").sign_in("petr", teams=["service-2"], skills=ALL[1:], until=story.moment("19:00"))

    # Alfa writes inside the order, for a guest: a transfer for nine with three child seats. It asks again by e-mail.
    transfer = Request(
        "T1",
        replace(ALFA, email="desk@alfa.example"),
        channel="order",
        kind="transfer",
        guest=BOB,
        bookings=order(1, departs_at=story.moment("18:00"), party_size=9),
        attributes=served_by("service-1", child_seats=3),
    )
    assert story.at("08:10").submit(transfer) == ["Admitted T1 to standard"]
    assert queue(story, "T1") == Queue("service-1", "extras")
    mail = Request("T2", Client(email="desk@alfa.example"), channel="email", kind="transfer", bookings=order(1))
    assert story.at("08:12").submit(mail) == ["Joined T2 to T1 as DUPLICATE_OF in standard"]
    assert story.at("08:15").take("olga") == ["Taken T1 by olga out of standard after 0:05:00"]
    assert story.desk.explain("T1").hint == "have each child seat confirmed"
    # The answer is for the partner, on both channels; the guest is told by the partner.
    assert story.at("08:40").reply("T1") == ["Replied T1 by olga after 0:30:00 on order, email"]

    # An agency that nobody knows would be a partner. Until nine that is support's, then the account managers'.
    stranger = Client(email="new@example.com")
    story.at("08:55").submit(Request("R1", stranger, channel="email", kind="register_partner"))
    assert queue(story, "R1") == Queue("service-2", "bookings")
    assert story.at("09:00").sign_in("eva", teams=["account-managers"]) == ["Routed", "SignedIn"]
    assert story.at("09:01").take("eva") == ["Taken R1 by eva out of standard after 0:06:00"]
    story.at("09:20").reply("R1")
    assert story.at("09:20").resolve("R1") == ["Resolved R1"]


def noon(story: Told) -> None:
    # Beta wants other names; Petr sees that a hotel does not know of the half board, and raises it himself.
    names = Request("N1", BETA, channel="order", kind="change_names", bookings=order(2), attributes=served_by("service-2"))
    assert story.at("10:58").submit(names) == ["Admitted N1 to standard"]
    board = Request(
        "P1", channel="desk", kind="prevention", origin="agent", bookings=order(3), attributes=served_by("service-1")
    )
    assert story.at("11:00").submit(board) == ["Admitted P1 to prevention"]

    # A guest of Alfa's comes a day late and finds the room resold. The date of the order is over; it goes first all the same.
    resold = Request(
        "E1",
        ALFA,
        channel="messenger-1",
        by_voice=True,
        kind="emergency",
        guest=BOB,
        bookings=order(4, departs_at=story.moment("00:00") - timedelta(hours=10)),
        attributes=served_by("service-1"),
    )
    assert story.at("11:05").submit(resold) == ["Admitted E1 to emergency"]
    assert story.desk.waiting() == ["E1", "P1", "N1"]
    assert story.at("11:05").take("olga") == ["Taken E1 by olga out of emergency after 0:00:00"]
    assert story.at("11:06").take("petr") == ["Taken N1 by petr out of standard after 0:08:00"]
    story.at("11:09").reply("N1")
    # Olga has her hands full with it, so after ten minutes Petr may step in for her team.
    assert story.at("11:20").take("petr") == ["Routed", "Taken P1 by petr out of prevention after 0:20:00"]
    assert story.at("11:40").reply("P1") == ["Replied P1 by petr after 0:40:00 on nothing"]
    assert story.at("11:45").reply("E1") == ["Replied E1 by olga after 0:40:00 on messenger-1"]


def evening(story: Told) -> None:
    # Three orders will be cancelled by themselves. Gamma is no active partner: nothing is lifted for it.
    for name, client, clock in (("L1", ALFA, "20:00"), ("L2", BETA, "18:30"), ("L3", GAMMA, "19:00")):
        lift = Request(
            name,
            client,
            channel="order",
            kind="lift_cancellation",
            bookings=order(int(name[1]) + 10),
            reply_by=story.moment(clock),
        )
        story.at("14:00").submit(lift)
    assert story.desk.waiting() == ["L2", "L1", "L3"]
    assert [queue(story, name) for name in ("L1", "L2", "L3")] == [
        Queue("account-managers"),
        Queue("account-managers"),
        Queue("service-2", "bookings"),
    ]
    assert story.at("14:05").take("petr") == ["Taken L3 by petr out of standard after 0:05:00"]
    assert story.desk.explain("L3").hint == "do not lift it: the partner is not active"
    story.at("14:20").reply("L3")

    # Eva goes home early. At six the hours of the account managers are over, and Petr lifts them, the first to be due first.
    story.at("15:00").sign_out("eva")
    assert story.at("18:00").take("petr") == ["Routed", "Taken L2 by petr out of cancellation after 4:00:00"]
    story.at("18:15").reply("L2")
    assert story.at("18:15").take("petr") == ["Taken L1 by petr out of cancellation after 4:15:00"]
    story.at("18:30").reply("L1")

    # Petr is off duty at seven. Beta calls on a messenger, and nobody of its team is there.
    call = Request(
        "C1",
        BETA,
        channel="messenger-2",
        by_voice=True,
        missed_call=True,
        kind="meals",
        bookings=order(2),
        attributes=served_by("service-2"),
    )
    assert story.at("19:30").submit(call) == ["SignedOut", "Admitted C1 to standard"]
    due = {clock.kind: clock.due_at for clock in story.desk.clocks("C1")}
    assert due[ClockKind.CALL_BACK] == story.moment("19:45")
    assert story.at("19:41").take("olga") == ["Routed", "Taken C1 by olga out of standard after 0:11:00"]
    assert story.at("19:44").reply("C1") == ["Replied C1 by olga after 0:14:00 on messenger-2"]
    story.at("19:44").confirm("C1", "called back", by="agent", agent="olga")
    assert story.at("19:44").resolve("C1") == ["Resolved C1"]


def night(story: Told) -> None:
    # One agent for both teams and all departments; the policy is the same.
    story.at("22:00").sign_in("ivan", teams=["service-1", "service-2"], skills=ALL)
    story.next_day()
    invoice = Request("Q1", ALFA, channel="email", kind="invoice", bookings=order(1), attributes=served_by("service-1"))
    assert story.at("03:00").submit(invoice) == ["Admitted Q1 to standard"]
    assert story.at("03:02").take("ivan") == ["Taken Q1 by ivan out of standard after 0:02:00"]
    story.at("03:10").reply("Q1")


def test_a_friday_from_the_morning_to_the_night() -> None:
    story = told()
    figures = story.desk.counter()
    assert (figures.received, figures.tickets, figures.repeats, figures.answered) == (11, 10, 1, 10)
    assert figures.received_by_origin == {"client": 10, "agent": 1, "system": 0}
    assert (figures.backlog, figures.breached) == (0, 0)
    handed = [event for event in story.log if isinstance(event, Routed)]
    assert [(f"{event.at:%H:%M}", event.source.team, event.target.team, event.ticket_ids) for event in handed] == [
        ("09:00", "service-2", "account-managers", ("R1",)),
        ("11:10", "service-1", "service-1", ("P1",)),
        ("18:00", "account-managers", "service-2", ("L1", "L2")),
        ("19:40", "service-2", "service-2", ("C1",)),
    ]


def test_the_same_day_on_the_command_line() -> None:
    story = told()
    now = {"at": story.now.isoformat()}
    said = supportq(
        "run", "--policy", NAME, stdin=json_lines([*story.script, now | {"do": "counter"}, now | {"do": "handover"}])
    )
    assert (said.status, said.err) == (0, "")
    assert said.events == [to_data(event) for event in story.log]
    *done, counter, left = said.closings
    assert [(entry["done"], entry["line"]) for entry in done] == [
        (line["do"], number) for number, line in enumerate(story.script, 1)
    ]
    assert counter["received_by_origin"] == {"client": 10, "agent": 1, "system": 0}
    assert counter["waiting_by_lane"] == {"emergency": 0, "cancellation": 0, "prevention": 0, "standard": 0}
    assert counter["waiting_by_team"] == {"account-managers": 0, "service-1": 0, "service-2": 0}
    assert (counter["answered"], counter["breached"], left["handover"]) == (10, 0, [])
