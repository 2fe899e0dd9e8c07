"""Whom a client of an agency with personal managers turns to for the soonest answer, by day and by night (H4; desk C)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from supportq import Booking, Client, Desk, Lane, Policy, Request, Shift, Staffing, when
from supportq.hours import Hours, Opening
from supportq.teams import Door, Takeover, Team
from supportq.tickets import Reason

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PRAGUE, NEW_YORK = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York")
OFFICE = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),))
"""In the client's own time (C.1)."""

ORDERS = when.kind("order", "check-in", "cancel")
NAMED = when.named("manager") | when.named("curator")
POLICY = Policy(
    (Lane("urgent", when.urgent()), Lane("standard")),
    teams=(
        # C.4 and C.5: orders at any hour, and what is urgent while the named person is not there.
        Team("support", ORDERS | (when.urgent() & ~when.within_hours(OFFICE))),
        # C.6: rooms, not people.
        Team("groups", when.kind("offline") & when.rooms_of(6)),
        Team("individual", when.kind("offline")),
        Team("curators", when.stage("regular")),
        Team("managers"),
    ),
    takeover=Takeover(48 * HOUR),
    doors=(
        Door("personal contacts", "email", addressed=True, when=NAMED & ~ORDERS & ~when.kind("offline")),
        Door("new request", "form", when=when.kind("offline")),
        Door("mail", "email", when=~when.kind("offline")),
        Door("telephone in Prague", "phone", by_voice=True, when=when.within_hours(OFFICE) & when.attribute("place", "Prague")),
        Door("bot", "telegram", urgent=True, when=when.urgent()),
    ),
    zone=PRAGUE,
    zones=(NEW_YORK,),
)
ANN = Client(account="ann", stage="regular", manager="max", curator="eva")


def desk_at(now: datetime, backlog: int = 40) -> Desk:
    """Support round the clock with a long line, and the named people in their hours."""
    desk = Desk(POLICY)
    daytime = Staffing((Shift(time(9), time(18), agents=2, weekdays=(0, 1, 2, 3, 4)),), zone=PRAGUE, handling_time=15 * MINUTE)
    around = Staffing((Shift(time(0), time(0), agents=3),), handling_time=15 * MINUTE)
    for team in POLICY.teams:
        desk.plan(around if team.name == "support" else daytime, team=team.name, now=now)
    came = now - MINUTE
    orders = [Request(f"O{n:02}", Client(account=f"o{n}"), kind="order", received_at=came) for n in range(backlog)]
    desk.submit_many(orders, now=now)
    return desk


def ask(kind: str, *, urgent: bool = False, client: Client = ANN, zone: str = "Europe/Prague") -> Request:
    return Request("A1", client, kind=kind, urgent=urgent, zone=zone, attributes={"place": "Prague"})


MORNING = datetime(2020, 3, 18, 10, tzinfo=PRAGUE)
EVENING = datetime(2020, 3, 18, 20, tzinfo=PRAGUE)
"""A Wednesday."""


def test_C8_by_day_the_named_person_answers_soonest_by_every_door() -> None:
    found = desk_at(MORNING).advise(ask("credit"), now=MORNING)
    assert [said.door for said in found] == ["personal contacts", "mail", "telephone in Prague"]
    assert {said.team for said in found} == {"curators"}
    assert all(said.opens_at is None and said.estimate.p50 == timedelta(0) for said in found)
    assert found[0].reasons[0] == Reason("ADDRESSED", "addressed_to", "eva")


def test_C5_by_night_what_is_urgent_goes_to_support_and_what_is_not_waits_for_the_opening() -> None:
    desk = desk_at(EVENING)
    urgent = desk.advise(ask("credit", urgent=True), now=EVENING)
    assert [(said.door, said.team, said.lane) for said in urgent] == [
        ("personal contacts", "support", "urgent"),
        ("mail", "support", "urgent"),
        ("bot", "support", "urgent"),
    ]
    # Whoever is still waiting in the morning is the curator's again.
    assert urgent[1].reasons == (Reason("NEXT_QUEUE", "team", "2020-03-19T08:00:00Z", "curators"),)
    assert urgent[0].estimate.p90 is not None
    assert urgent[0].estimate.p90 < HOUR
    plain = desk.advise(ask("credit"), now=EVENING)
    assert [said.door for said in plain] == ["personal contacts", "mail"]
    opening = datetime(2020, 3, 19, 9, tzinfo=PRAGUE)
    assert {(said.team, said.opens_at) for said in plain} == {("curators", opening)}
    assert plain[0].estimate.p50 == 13 * HOUR


def test_C1_the_hours_are_those_of_the_client() -> None:
    """Eight in the evening in Prague is three in the afternoon in New York: there the curator is asked still."""
    desk = desk_at(EVENING)
    found = desk.advise(ask("credit", urgent=True, zone="America/New_York"), now=EVENING)
    assert {said.team for said in found} == {"curators"}
    assert "telephone in Prague" in {said.door for said in found}


def test_C1_before_the_first_booking_the_door_leads_to_the_manager() -> None:
    new = Client(account="bob", stage="new", manager="max")
    said = desk_at(MORNING).advise(ask("start-up", client=new), now=MORNING)[0]
    assert (said.door, said.team, said.reasons[0].ours) == ("personal contacts", "managers", "max")


def test_C6_a_new_offline_request_has_one_door_and_rooms_say_whose_it_is() -> None:
    desk = desk_at(MORNING)
    for rooms, team in ((5, "individual"), (6, "groups")):
        request = Request("A1", ANN, kind="offline", bookings=Booking("K1", rooms=rooms, party_size=12))
        (said,) = desk.advise(request, now=MORNING)
        assert (said.door, said.channel, said.team) == ("new request", "form", team)


def test_C4_an_order_is_for_support_at_any_hour_and_its_line_is_told() -> None:
    for now in (MORNING, EVENING):
        said = desk_at(now).advise(ask("check-in"), now=now)[0]
        assert (said.team, said.estimate.position, said.opens_at) == ("support", 41, None)
        assert said.estimate.p50 is not None
        assert said.estimate.p50 > 2 * HOUR


def test_C8_who_has_asked_already_is_told_that_it_is_known() -> None:
    desk = desk_at(EVENING)
    desk.submit(ask("credit"), now=EVENING)
    again = Request("A2", ANN, channel="telegram", kind="credit", in_reply_to="A1", attributes={"place": "Prague"})
    (said,) = desk.advise(again, now=EVENING)
    assert said.reasons[0] == Reason("KNOWN", "ticket_id", "A1")
    assert said.estimate == desk.estimate("A1")
