"""Desk D, one duty from nine to six: calls, a chat, a site request, a silent expert, and what is left in the evening."""

from __future__ import annotations

from datetime import datetime
from inspect import signature
from typing import Any

import pytest
from command_line import json_lines, supportq
from story import Story

from supportq import Client, CommandRefused, Desk, Request
from supportq.errors import GateClosed, NotConfirmed, NoteMissing, NotTheirWork, OthersWait, OwnTransfer
from supportq.events import Breached, Routed, SignedOut
from supportq.ledger import ledger
from supportq.presets import preset
from supportq.schema import to_data

NAME = "duty-assistant"
PAY = 1_000


class Told(Story):
    """A day that keeps its commands as the lines of a script, those that are refused as well."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.script: list[dict[str, Any]] = []
        self.refused: list[str] = []

    def _do(self, command: str, *arguments: Any, **more: Any) -> list[str]:
        names = [name for name in signature(getattr(Desk, command)).parameters if name not in ("self", "now")]
        given = dict(zip(names, arguments, strict=False)) | more
        self.script.append({"at": self.now.isoformat(), "do": command} | {name: plain(value) for name, value in given.items()})
        try:
            return super()._do(command, *arguments, **more)
        except CommandRefused as refusal:
            self.refused.append(type(refusal).__name__)
            raise


def plain(value: object) -> object:
    """An argument as it reads in a script."""
    if isinstance(value, datetime):
        return value.isoformat()
    return to_data(value) if isinstance(value, Request) else value


def told() -> Told:
    """Friday, 20 March 2020."""
    story = Told(preset(NAME), "2020-03-20")
    before_duty(story)
    morning(story)
    noon(story)
    afternoon(story)
    evening(story)
    return story


def ask(name: str, kind: str = "question", *, client: str | None = None, **facts: Any) -> Request:
    return Request(name, Client(account=client or f"client {name}"), kind=kind, **facts)


def missed(name: str, line: str = "common-1", **facts: Any) -> Request:
    return ask(name, channel="phone", missed_call=True, by_voice=True, line=line, **facts)


def note(story: Story, ticket: str, done: str, then: str) -> None:
    story.note(ticket, status="in work", done=done, next=then)


def before_duty(story: Told) -> None:
    # The telephone does not send: the head is told, and Ivan is not on duty before it does.
    shift = {"teams": ["duty"], "role": "assistant", "until": story.moment("18:00"), "pay": PAY}
    checks = {"call in": True, "sms out": False}
    assert story.at("08:50").sign_in("ivan", checks=checks, **shift) == ["CheckFailed"]
    assert story.at("08:58").sign_in("ivan", checks=dict.fromkeys(checks, True), **shift) == ["SignedIn"]
    story.at("09:00").sign_in("anna", teams=["experts"], role="expert")


def morning(story: Told) -> None:
    # A family wants a tour found. That is long work, and a call is to be returned first.
    family = ask("T1", "find_tour", channel="site", attributes={"individual_tour": True})
    assert story.at("09:05").submit(family) == ["Admitted T1 to tours"]
    assert story.desk.explain("T1").hint == "offer an expert"
    assert story.at("09:10").submit(missed("C1")) == ["Admitted C1 to calls"]
    with pytest.raises(OthersWait):
        story.at("09:11").take("ivan", ticket="T1")
    assert story.at("09:12").take("ivan") == ["Taken C1 by ivan out of calls after 0:02:00"]
    # He has called back; without a record of it there is no answer.
    with pytest.raises(NoteMissing):
        story.at("09:20").reply("C1")
    note(story.at("09:21"), "C1", "called back, they want the sea in July", "send three variants today")
    assert story.at("09:22").reply("C1") == ["Replied C1 by ivan after 0:12:00 on phone"]

    # Two of Anna's clients call her, and an office does. The office is Ivan's at once, the clients are hers for an hour.
    story.at("09:30").submit(missed("C2", line="anna", addressed_to="anna"))
    story.at("09:30").submit(missed("C3", line="anna", addressed_to="anna"))
    assert story.at("09:31").submit(missed("Z1", line="z-north", addressed_to="anna")) == ["Admitted Z1 to calls"]
    assert story.at("09:32").take("ivan") == ["Taken Z1 by ivan out of calls after 0:01:00"]
    note(story.at("09:40"), "Z1", "called the office back", "nothing")
    story.at("09:40").reply("Z1")
    assert story.at("09:50").take("anna") == ["Taken C2 by anna out of calls of colleagues after 0:20:00"]
    note(story.at("09:55"), "C2", "called back, they fly on Sunday", "send the vouchers")
    story.at("09:55").reply("C2")
    assert {clock.due_at for clock in story.desk.clocks("C3")} == {story.moment("10:45")}
    assert story.at("10:30").take("ivan") == ["Routed", "Taken C3 by ivan out of calls of colleagues after 1:00:00"]
    note(story.at("10:40"), "C3", "called back, they ask for another hotel", "Anna calls at noon")
    story.at("10:40").reply("C3")


def noon(story: Told) -> None:
    # A client writes to Anna, and then that it burns: Ivan need not wait.
    story.at("11:00").submit(ask("M1", addressed_to="anna", channel="messenger"))
    assert story.at("11:05").take("ivan") == ["Taken T1 by ivan out of tours after 2:00:00"]
    burns = ask("M2", client="client M1", addressed_to="anna", channel="messenger", urgent=True, text="We stand at the gate!")
    assert story.at("11:10").submit(burns) == ["Joined M2 to M1 as FOLLOW_UP in requests", "Routed"]
    assert story.at("11:11").take("ivan") == ["Taken M1 by ivan out of requests after 0:11:00"]
    note(story.at("11:15"), "M1", "talked to the gate, they are let in", "nothing")
    story.at("11:15").reply("M1")

    # An expert asks the assistant something; what a tour contains goes to the experts.
    story.at("11:20").submit(Request("E1", origin="agent", kind="question", channel="messenger"))
    story.at("11:21").submit(ask("Q1", channel="chat", attributes={"country": "Peru"}))
    story.at("11:25").take("ivan")
    story.at("11:25").take("ivan")
    note(story.at("11:30"), "E1", "looked the flight up", "nothing")
    story.at("11:30").reply("E1")
    assert story.at("11:31").correct("Q1", kind="tour_contents", agent="ivan") == ["Corrected"]
    note(story.at("11:31"), "Q1", "they ask what the tour contains", "an expert answers")
    with pytest.raises(NotTheirWork):
        story.at("11:32").reply("Q1")
    assert story.at("11:33").hand_back("Q1") == ["HandedBack Q1 by ivan to requests", "Routed"]
    assert story.at("11:40").take("anna") == ["Taken Q1 by anna out of requests after 0:19:00"]
    note(story.at("11:50"), "Q1", "told them of the excursions", "nothing")
    story.at("11:50").reply("Q1")


def afternoon(story: Told) -> None:
    # The family has sent a site request: Ivan calls to find out what they need, and the steps follow.
    note(story.at("13:00"), "T1", "called, they want an island without crowds", "they pay for the selection")
    story.at("13:00").reply("T1")
    story.at("13:01").confirm("T1", "call", by="agent", agent="ivan")
    story.at("13:02").confirm("T1", "customer record", by="agent", agent="ivan")
    story.at("13:05").confirm("T1", "message from the record", by="agent", agent="ivan")
    with pytest.raises(NotConfirmed):
        story.at("13:06").resolve("T1")
    assert story.at("13:40").confirm("T1", "brief", by="client") == ["Confirmed brief of T1 by client"]

    # To an expert only when it is paid for, and not to himself.
    story.at("13:45").correct("T1", attributes={"service": "selection", "prepayment": 2_000}, agent="ivan")
    with pytest.raises(GateClosed):
        story.at("13:46").transfer("T1", to="experts", grounds="selection of a tour", agent="ivan", addressee="anna")
    story.at("14:10").correct("T1", attributes={"prepayment": 3_000}, agent="ivan")
    with pytest.raises(OwnTransfer):
        story.at("14:11").transfer("T1", to="experts", grounds="selection of a tour", agent="ivan", addressee="ivan")
    handed = story.at("14:12").transfer("T1", to="experts", grounds="selection of a tour", agent="ivan", addressee="anna")
    assert handed == ["Transferred", "Routed"]
    assert story.at("14:20").take("anna") == ["Taken T1 by anna out of tours after 5:15:00"]
    note(story.at("16:00"), "T1", "found three islands", "they choose by Monday")
    story.at("16:00").reply("T1")
    assert story.at("16:05").resolve("T1") == ["Resolved T1"]


def evening(story: Told) -> None:
    # Ivan is at the dentist's. A call goes by, and at the end of duty a question of the chat is left with a call.
    story.at("16:30").submit(missed("C4"))
    assert story.at("16:50").take("ivan") == ["Breached", "Taken C4 by ivan out of calls after 0:20:00"]
    note(story.at("16:55"), "C4", "called back", "nothing")
    story.at("16:55").reply("C4")
    story.at("17:40").submit(ask("Q2", channel="chat", attributes={"country": "Italy"}))
    story.at("17:50").submit(missed("C5"))
    assert story.at("17:52").take("ivan") == ["Taken C5 by ivan out of calls after 0:02:00"]
    assert story.at("18:30").advance() == ["HandedBack C5 by ivan to calls", "SignedOut", "Breached"]


def test_a_duty_from_nine_to_six() -> None:
    story = told()
    (out,) = (event for event in story.log if isinstance(event, SignedOut))
    assert (out.reason, out.unanswered, out.left) == ("SHIFT_END", ("C5",), ("C5", "Q2"))
    assert [told.ticket_id for told in story.desk.handover(team="duty")] == ["Q2", "C5"]
    late = [(event.ticket_id, event.target, f"{event.at:%H:%M}") for event in story.log if isinstance(event, Breached)]
    assert late == [("C4", "missed call", "16:45"), ("C5", "missed call", "18:05")]
    freed = [(f"{event.at:%H:%M}", event.ticket_ids) for event in story.log if isinstance(event, Routed)]
    assert ("10:30", ("C3",)) in freed
    book = ledger(preset(NAME), story.log)
    # The chat alone costs half the pay of the shift, and all together costs no more than that.
    assert [(entry.ticket_id, entry.cause, dict(entry.due), dict(entry.charged)) for entry in book.entries] == [
        ("C4", "WAITING", {"ivan": 100}, {"ivan": 100}),
        ("C5", "LEFT", {"ivan": 100}, {"ivan": 100}),
        ("Q2", "LEFT", {"ivan": 500}, {"ivan": 300}),
        ("C5", "WAITING", {}, {}),
    ]
    assert [(shift.agent, shift.charged, shift.at_most) for shift in book.shifts] == [("ivan", 500, 500), ("anna", 0, None)]


def test_the_same_duty_on_the_command_line() -> None:
    story = told()
    now = {"at": story.now.isoformat()}
    said = supportq(
        "run", "--policy", NAME, stdin=json_lines([*story.script, now | {"do": "counter"}, now | {"do": "handover"}])
    )
    assert said.events == [to_data(event) for event in story.log]
    *done, counter, left = said.closings
    assert [entry["line"] for entry in done] == list(range(1, len(story.script) + 1))
    assert [entry["refused"] for entry in done if "refused" in entry] == story.refused
    assert counter["waiting_by_lane"] == {"calls": 1, "calls of colleagues": 0, "requests": 1, "tours": 0}
    assert (counter["breached"], counter["backlog"]) == (2, 2)
    assert [told["ticket"] for told in left["handover"]] == ["Q2", "C5"]
