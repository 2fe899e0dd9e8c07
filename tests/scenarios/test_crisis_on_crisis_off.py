"""Crisis on, crisis off: a border closes, whoever flies within a day goes first, and a day later all is as it was (rule G1)."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from story import Story

from supportq import Booking, Client, Lane, Policy, Request, Shift, Staffing, when
from supportq.events import PolicyAdopted
from supportq.teams import AgentRules, Team

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IMMINENT = when.departs_within(DAY) & ~when.cancelled()
CALM = Policy((Lane("standard"),), name="calm")
CRISIS = Policy((Lane("imminent", IMMINENT), Lane("standard")), name="crisis")
IN_TEAMS = Policy(
    CRISIS.lanes,
    name="crisis in teams",
    teams=(Team("airport", IMMINENT), Team("office")),
    agents=AgentRules(returns_after=2 * HOUR),
)
STAFF = Staffing((Shift(time(0), time(0), agents=2),), handling_time=15 * MINUTE)


@pytest.fixture
def story() -> Story:
    """Thirty have written since the morning, one every ten minutes; every tenth flies at 20:00, the others in three days."""
    story = Story(CALM, "2020-03-14")
    first = story.moment("07:00")
    requests = [
        Request(
            f"T{number:02}",
            Client(account=f"u{number}"),
            received_at=first + number * 10 * MINUTE,
            kind="refund",
            bookings=Booking(f"K{number}", departs_at=story.moment("20:00") + (0 if number % 10 == 9 else 3) * DAY),
        )
        for number in range(30)
    ]
    story.at("12:00").plan(STAFF)
    story.submit_many(requests)
    return story


def test_crisis_on_names_who_goes_first_and_what_was_promised(story: Story) -> None:
    for ticket in ("T00", "T12", "T29"):
        story.promise(ticket)
    calm = story.desk.estimate("T29")
    assert story.desk.explain("T29").position == 30
    assert story.at("12:05").adopt(CRISIS) == ["PolicyAdopted crisis; standard > imminent: T09 T19 T29"]
    assert story.desk.waiting(limit=5) == ["T09", "T19", "T29", "T00", "T01"]
    said = story.desk.explain("T29")
    assert (said.lane, said.position, said.condition) == ("imminent", 3, IMMINENT)
    # It leaves the lane when its plane does, and not before.
    assert (said.next_change, said.next_lane) == (story.moment("20:00"), "standard")
    assert story.desk.estimate("T29").p90 < calm.p90  # type: ignore[operator]
    # Two who came later than T12 go before it now, so its client is to be told. T00 was told that an agent is free.
    assert [one.ticket_id for one in story.desk.promises_worsened(10 * MINUTE)] == ["T12"]


def test_a_day_later_it_is_over(story: Story) -> None:
    story.at("12:05").adopt(CRISIS)
    assert story.at("12:10").take("ivan") == ["Taken T09 by ivan out of imminent after 3:40:00"]
    story.at("12:30").reply("T09")
    assert story.take("ivan") == ["Taken T19 by ivan out of imminent after 2:20:00"]
    assert story.ask_client("T19") == ["ClientAsked T19 by ivan"]
    # The last of the three is not answered before its plane leaves, and waits on.
    story.next_day()
    assert story.at("12:05").advance() == ["20:00 LaneChanged imminent > standard: T29"]
    assert story.adopt(CALM) == ["PolicyAdopted calm"]
    line = story.desk.waiting()
    assert line == [f"T{number:02}" for number in range(30) if number not in (9, 19)]
    # What was asked of the client stays asked, and comes back for whom it was.
    assert story.client_answered("T19") == ["ClientAnswered T19 to standard"]
    assert story.take("ivan") == ["Taken T19 by ivan out of standard after 1 day, 1:55:00"]
    assert story.take("jana") == ["Taken T00 by jana out of standard after 1 day, 5:05:00"]


def test_whoever_worked_without_teams_signs_in_and_keeps_the_ticket(story: Story) -> None:
    story.take("ivan")
    story.at("12:05").adopt(IN_TEAMS)
    adopted = story.log[-1]
    assert isinstance(adopted, PolicyAdopted)
    assert adopted.teamless == ("ivan",)
    assert [(move.target.team, len(move.ticket_ids)) for move in adopted.routes] == [("airport", 3), ("office", 26)]
    story.sign_in("ivan", teams=["office"])
    story.sign_in("jana", teams=["airport"])
    assert story.take("jana") == ["Taken T09 by jana out of imminent after 3:35:00"]
    assert story.reply("T00", agent="ivan") == ["Replied T00 by ivan after 5:05:00 on other"]
    # By the new rules a ticket that nothing comes of goes back after two hours.
    assert story.at("15:00").advance() == ["HandedBack T09 by jana to imminent"]
    assert story.adopt(CALM)[0].startswith("PolicyAdopted calm; imminent > standard: T09 T19 T29")
    assert story.take("olga") == ["Taken T01 by olga out of standard after 7:50:00"]


def test_what_is_late_by_the_new_rules_is_done_at_once(story: Story) -> None:
    story.take("ivan")
    assert story.at("18:00").adopt(IN_TEAMS)[1:] == ["HandedBack T00 by ivan to standard"]
    assert story.log[-1].at == story.now
