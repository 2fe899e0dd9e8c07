"""A day between a marketplace and a booking system: nothing is closed before it is done, in both (rule L1).

The clauses are those of desk E, and A.9.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from story import Story

from supportq import Booking, Client, DuplicateRules, Lane, Policy, Request, when
from supportq.errors import NotConfirmed, NoteMissing, NotTheirStep, StepNotDue
from supportq.procedures import Filing, Procedure, Silence, Step
from supportq.teams import AgentRules

PRAGUE = ZoneInfo("Europe/Prague")
HOUR = timedelta(hours=1)
ANN, BOB, CYRIL, DORA = (Client(email=f"{name}@example.com") for name in ("ann", "bob", "cyril", "dora"))
HOTEL = Client(account="hotel-7")

POLICY = Policy(
    (Lane("refused", when.kind("refusal")), Lane("all")),
    procedures=(
        Procedure(
            "connection",
            when.kind("connect"),
            (
                Step("agreed", ("partner", "channel"), each=True),
                Step("identifier sent", ("partner",)),
                Step("mapped", ("channel",)),
                Step("told", ("channel", "representative")),
                Step("checked", ("partner",), back_to="mapped"),
            ),
        ),
        Procedure(
            "cancelled in both systems",
            when.kind("cancel"),
            (
                Step("voucher cancelled", ("agent",)),
                Step("mail received", ("system",)),
                Step("booking cancelled", ("partner",)),
            ),
        ),
        Procedure(
            "date moved in both systems",
            when.kind("change_date"),
            (Step("changed", ("partner",)), Step("verified", ("agent",), after=HOUR, back_to="changed")),
        ),
    ),
    silences=(Silence(when.kind("valid"), timedelta(hours=6), "the booking counts as valid"),),
    duplicates=DuplicateRules(unknown_kinds=("comment",)),
    filings=(
        Filing("notices", when.kind("notice") & when.origin("system"), confirms="mail received"),
        Filing("comments", when.channel("wall"), directs_to="form", joins=True),
    ),
    agents=AgentRules(notes=("resolve",)),
)


def opened(*requests: Request) -> Story:
    story = Story(POLICY, "2020-03-20", PRAGUE).at("09:00")
    for request in requests:
        story.submit(request)
        story.take("ivan")
        story.reply(request.id)
    return story


def test_a_cancellation_is_done_in_both_systems_in_order() -> None:
    """E.2, E.6: the mail about the booking is the confirmation that the ticket waits for."""
    story = opened(Request("A1", ANN, kind="cancel", bookings=Booking("KC-77")))
    mail = Request("M1", origin="system", kind="notice", bookings=Booking("KC-77"))
    with pytest.raises(StepNotDue, match="confirm 'voucher cancelled'"):
        story.at("09:05").confirm("A1", "booking cancelled", by="partner")
    # A mail that comes before the voucher is cancelled is about something else.
    assert story.at("09:10").submit(mail) == ["Filed M1 by notices"]
    assert story.at("09:20").confirm("A1", "voucher cancelled", by="agent") == ["Confirmed voucher cancelled of A1 by agent"]
    assert story.at("09:25").submit(Request("M2", origin="system", kind="notice", bookings=Booking("kc 77"))) == [
        "Filed M2 by notices",
        "Confirmed mail received of A1 by system",
    ]
    # That the booking was deleted is no confirmation: only the step is.
    story.at("09:30").note("A1", status="booking deleted", done="looked it up", next="ask the partner")
    with pytest.raises(NotConfirmed, match="needs booking cancelled;"):
        story.at("09:30").resolve("A1")
    assert story.at("09:40").confirm("A1", "booking cancelled", by="partner") == [
        "Confirmed booking cancelled of A1 by partner"
    ]
    assert story.at("09:41").resolve("A1") == ["Resolved A1"]
    assert (story.desk.counter().filed, story.desk.counter().received) == (2, 1)


def test_a_connection_goes_from_hand_to_hand_and_back_if_it_was_copied_wrong() -> None:
    """E.1."""
    story = opened(Request("C1", HOTEL, kind="connect"))
    story.at("09:10").confirm("C1", "agreed", by="partner")
    with pytest.raises(StepNotDue, match="confirm 'agreed'"):
        story.at("09:11").confirm("C1", "identifier sent", by="partner")
    story.at("09:20").confirm("C1", "agreed", by="channel")
    with pytest.raises(NotTheirStep, match="it is for partner"):
        story.at("09:30").confirm("C1", "identifier sent", by="channel")
    for step, by in (("identifier sent", "partner"), ("mapped", "channel"), ("told", "representative")):
        story.at("10:00").confirm("C1", step, by=by)
    assert story.at("11:00").confirm("C1", "checked", by="partner", right=False) == [
        "Wrong at checked of C1, says partner: back to mapped"
    ]
    assert story.desk.explain("C1").missing_steps == ("mapped", "told", "checked")
    for step, by in (("mapped", "channel"), ("told", "channel"), ("checked", "partner")):
        story.at("12:00").confirm("C1", step, by=by)
    story.at("12:05").note("C1", status="connected", done="checked with the partner", next="nothing")
    assert story.at("12:05").resolve("C1") == ["Resolved C1"]


def test_a_change_of_date_comes_back_to_be_verified_an_hour_later() -> None:
    """E.3: the other system follows within about an hour; then it is looked at."""
    story = opened(Request("B1", BOB, kind="change_date", bookings=Booking("KC-80")))
    assert story.at("09:30").confirm("B1", "changed", by="partner") == ["Confirmed changed of B1 by partner, on at 10:30"]
    assert story.at("10:00").take("ivan") == []
    with pytest.raises(StepNotDue, match="confirm 'verified', from 2020-03-20T09:30:00Z on"):
        story.at("10:29").confirm("B1", "verified", by="agent")
    # The host wakes late; the ticket came back when it was due.
    assert story.at("10:40").take("ivan") == ["10:30 Unparked B1 to all", "Taken B1 by ivan out of all after 1:40:00"]
    # The old date is still there: it goes back, and comes again an hour after it is changed anew.
    assert story.at("10:45").confirm("B1", "verified", by="agent", right=False) == [
        "Wrong at verified of B1, says agent: back to changed"
    ]
    changed = story.at("10:50").confirm("B1", "changed", by="partner", agent="ivan")
    assert changed == ["Confirmed changed of B1 by partner, on at 11:50"]
    assert story.at("11:55").take("ivan") == ["11:50 Unparked B1 to all", "Taken B1 by ivan out of all after 2:55:00"]
    assert story.at("12:00").confirm("B1", "verified", by="agent") == ["Confirmed verified of B1 by agent"]
    assert story.at("12:01").reply("B1") == ["Replied B1 by ivan after 3:01:00 on nothing"]
    with pytest.raises(NoteMissing):
        story.at("12:02").resolve("B1")
    story.at("12:02").note("B1", status="moved in both", done="verified", next="nothing", agent="ivan")
    assert story.at("12:03").resolve("B1") == ["Resolved B1"]


def test_a_partner_who_says_nothing_has_accepted() -> None:
    """E.4: what is left unanswered counts as valid; what is refused in words is a ticket in front."""
    story = opened(
        Request("D1", DORA, kind="valid", bookings=Booking("KC-91")),
        Request("E1", CYRIL, kind="valid", bookings=Booking("KC-92")),
    )
    story.at("09:30").ask_client("D1")
    story.at("09:30").ask_client("E1")
    assert story.at("14:00").client_answered("E1") == ["ClientAnswered E1 to all"]
    assert story.at("14:05").submit(Request("E2", HOTEL, kind="refusal", text="Overbooked", bookings=Booking("KC-92"))) == [
        "Admitted E2 to refused"
    ]
    assert story.desk.waiting() == ["E2", "E1"]
    assert story.at("18:00").advance() == ["15:30 Lapsed D1: the booking counts as valid"]
    assert story.desk.ticket("D1").outcome == "the booking counts as valid"
    assert story.desk.counter().lapsed == 1


def test_comments_open_no_ticket() -> None:
    """A.9: one that names a known request joins it and changes nothing; the author of any other is shown the form."""
    story = opened()
    story.submit(Request("A1", ANN, kind="refund", bookings=Booking("KC-77")))
    story.at("09:30").submit(Request("B1", BOB, kind="refund", bookings=Booking("KC-78")))
    before = story.desk.ticket("A1")
    said = Booking("KC-77", departs_at=story.moment("12:00"))
    assert story.at("10:00").submit(Request("W1", ANN, kind="comment", channel="wall", bookings=said)) == [
        "Joined W1 to A1 as DUPLICATE_OF in all"
    ]
    after = story.desk.ticket("A1")
    assert (after.bookings, after.unanswered, after.lane) == (before.bookings, before.unanswered, before.lane)
    assert story.at("10:05").submit(Request("W2", CYRIL, kind="comment", channel="wall")) == [
        "Filed W2 by comments, to the form"
    ]
    assert story.at("10:06").submit(Request("W2", CYRIL, kind="comment", channel="wall")) == ["FiledAgain"]
    assert story.desk.waiting() == ["A1", "B1"]
    evening = story.at("20:00").desk.counter()
    assert (evening.received, evening.repeats, evening.filed, evening.replays) == (3, 1, 1, 1)
