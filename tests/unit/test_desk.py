"""The desk's commands and queries, one by one. Its laws: `tests/property`; all together: `tests/test_desk_machine.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from supportq import (
    Booking,
    Client,
    CommandRefused,
    Desk,
    HeadStart,
    InvalidValue,
    Lane,
    LogError,
    Order,
    Policy,
    Request,
    Shift,
    Staffing,
    Target,
    when,
)
from supportq._instants import micros, shown
from supportq.errors import NeedsAdvance, NotReceivedYet, RequestExists, TimeWentBack, UnknownTicket, WrongAgent
from supportq.events import (
    Admitted,
    Archived,
    ClientAnswered,
    Event,
    HandedBack,
    Joined,
    LaneChanged,
    Move,
    Parked,
    Replayed,
    Replied,
    Resolved,
    StaffingPlanned,
    Taken,
    Unparked,
    Updated,
)
from supportq.ranking import Bound, Neighbour
from supportq.tickets import Address, Reason, State

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
TICK, MINUTE, HOUR, DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANN, BOB, CYRIL = (Client(email=f"{name}@example.com") for name in ("ann", "bob", "cyril"))
IMMINENT = Lane("imminent", when.departs_within(DAY) & ~when.cancelled())
POLICY = Policy((IMMINENT, Lane("standard")))
STAFF = Staffing((Shift(time(0), time(0), agents=5),))


def flight(hours: float, reference: str = "K1", **fields: Any) -> Booking:
    return Booking(reference, departs_at=NOON + hours * HOUR, **fields)


def desk_with(*requests: Request, policy: Policy = POLICY) -> Desk:
    desk = Desk(policy)
    desk.submit_many(requests, now=NOON)
    return desk


# ------------------------------------------------------------------------------ submit


def test_a_request_opens_a_ticket() -> None:
    request = Request("A1", ANN, kind="refund", bookings=flight(6))
    assert Desk(POLICY).submit(request, now=NOON) == (Admitted(NOON, "A1", request, "client-1", "imminent"),)


def test_clients_are_numbered_as_they_come() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB), Request("A2", ANN), Request("C1", CYRIL))
    assert [desk.ticket(name).client_id for name in ("A1", "B1", "A2", "C1")] == [
        "client-1",
        "client-2",
        "client-1",
        "client-3",
    ]


def test_a_request_is_ranked_by_when_it_came() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB, received_at=NOON - HOUR))
    assert desk.waiting() == ["B1", "A1"]
    assert desk.ticket("B1").arrived_at == NOON - HOUR


def test_a_request_from_the_future_is_refused() -> None:
    with pytest.raises(NotReceivedYet) as error:
        Desk(POLICY).submit(Request("A1", ANN, received_at=NOON + TICK), now=NOON)
    assert (error.value.request, error.value.received_at, error.value.now) == ("A1", NOON + TICK, NOON)


def test_a_repeat_joins_and_keeps_the_earliest_arrival() -> None:
    """D4: with the most urgent departure still ahead; and each channel stays to be answered."""
    desk = desk_with(Request("A1", ANN, channel="email", bookings=flight(50)))
    late = Request("A2", ANN, channel="phone", bookings=flight(3), received_at=NOON - HOUR)
    (event,) = desk.submit(late, now=NOON)
    assert isinstance(event, Joined)
    assert (event.ticket_id, event.lane) == ("A1", "imminent")
    ticket = desk.ticket("A1")
    assert (ticket.arrived_at, ticket.unanswered, ticket.lane) == (NOON - HOUR, (0, 1), "imminent")
    desk.take("ivan", now=NOON)
    (replied,) = desk.reply("A1", now=NOON)
    assert isinstance(replied, Replied)
    assert replied.answer_to == (Address("email", "email:ann@example.com"), Address("phone", "email:ann@example.com"))
    assert replied.unverified == ()


def test_a_replay_changes_nothing_but_its_count() -> None:
    request = Request("A1", ANN)
    desk = desk_with(request)
    before = desk.snapshot()
    assert desk.submit(request, now=NOON + HOUR) == (Replayed(NOON + HOUR, "A1", "A1"),)
    assert (desk.counter().received, desk.counter().replays) == (1, 1)
    assert desk.snapshot().tickets == before.tickets


def test_a_zone_that_the_policy_does_not_know_gets_the_policys_with_a_reason() -> None:
    """T5."""
    policy = replace(POLICY, zone=ZoneInfo("Europe/Prague"), zones=(ZoneInfo("America/New_York"),))
    known, unknown = Request("A1", ANN, zone="America/New_York"), Request("B1", BOB, zone="Mars/Olympus")
    one, other = Desk(policy).submit_many([known, unknown], now=NOON)
    assert isinstance(one, Admitted)
    assert isinstance(other, Admitted)
    assert (one.reasons, other.reasons) == ((), (Reason("UNKNOWN_ZONE", "zone", "Europe/Prague", "Mars/Olympus"),))


def test_hours_of_the_client_are_in_the_clients_zone() -> None:
    from supportq.hours import Hours, Opening

    day = Lane("awake", when.within_hours(Hours((Opening(time(8), time(22)),))))
    policy = Policy((day, Lane("asleep")), zones=(ZoneInfo("Asia/Tokyo"),))
    desk = desk_with(Request("A1", ANN, zone="Asia/Tokyo"), Request("B1", BOB), policy=policy)
    assert [desk.position(name).lane for name in ("A1", "B1")] == ["awake", "awake"]
    desk.advance(now=NOON + 2 * HOUR)
    assert [desk.position(name).lane for name in ("A1", "B1")] == ["asleep", "awake"]


def test_a_batch_is_all_or_none() -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(30)))
    before = desk.snapshot()
    for bad, refusal in (
        (Request("A1", BOB), RequestExists),
        (Request("B9", BOB, received_at=NOON + 9 * DAY), NotReceivedYet),
        (Request("B1", CYRIL), RequestExists),
    ):
        with pytest.raises(refusal) as error:
            desk.submit_many([Request("B1", BOB), bad], now=NOON)
        assert error.value.events == ()
        assert desk.snapshot() == before
    with pytest.raises(InvalidValue, match="requests: must be a list of Request, not int"):
        desk.submit_many(5, now=NOON)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="requests: must be a Request, not str"):
        desk.submit_many([Request("B1", BOB), "A2"], now=NOON)  # type: ignore[list-item]
    with pytest.raises(RequestExists) as refused:
        desk.submit_many([Request("A1", BOB)], now=NOON + 8 * HOUR)
    # Time passed all the same, and the ticket grew imminent at its own instant.
    assert refused.value.events == (LaneChanged(NOON + 6 * HOUR, "standard", "imminent", ("A1",)),)


def test_a_batch_may_repeat_itself() -> None:
    request = Request("A1", ANN, bookings=Booking("K1"))
    events = Desk(POLICY).submit_many([request, request, replace(request, id="A2"), replace(request, text="edited")], now=NOON)
    assert [type(event).__name__ for event in events] == ["Admitted", "Replayed", "Joined", "Joined"]


def test_an_empty_batch_is_only_time() -> None:
    assert Desk(POLICY).submit_many([], now=NOON) == ()


def test_somebody_elses_id_is_refused() -> None:
    desk = desk_with(Request("A1", ANN, channel="email"))
    for other in (Request("A1", BOB, channel="email"), Request("A1", ANN, channel="phone")):
        with pytest.raises(RequestExists) as error:
            desk.submit(other, now=NOON)
        assert (error.value.request, error.value.ticket) == ("A1", "A1")


# ------------------------------------------------------------------------------ update


def test_an_update_moves_all_tickets_of_a_service_in_one_event() -> None:
    desk = Desk(POLICY)
    desk.submit_many(
        [Request(f"A{n:03}", Client(account=str(n)), bookings=flight(6, f"K{n}", service="OK 81")) for n in range(300)],
        now=NOON,
    )
    (event,) = desk.update(service="OK 81", cancelled=True, now=NOON)
    ids = tuple(f"A{n:03}" for n in range(300))
    assert event == Updated(NOON, service="OK 81", cancelled=True, moves=(Move("imminent", "standard", ids),))
    assert desk.counter().waiting_by_lane == {"imminent": 0, "standard": 300}
    (event,) = desk.update(service="OK 81", cancelled=False, now=NOON)
    assert isinstance(event, Updated)
    assert event.moves == (Move("standard", "imminent", ids),)


@pytest.mark.parametrize("scope", [{"ticket": "A1"}, {"booking": "k-1"}, {"service": "OK 81"}])
def test_an_update_of_each_scope(scope: dict[str, str]) -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(50, service="OK 81")), Request("B1", BOB, bookings=flight(50, "K2")))
    desk.update(**scope, departs_at=NOON + HOUR, now=NOON)  # type: ignore[arg-type]
    assert [desk.position(name).lane for name in ("A1", "B1")] == ["imminent", "standard"]
    assert desk.next_wakeup == NOON + HOUR


def test_an_update_that_moves_nobody_still_happened() -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(50)))
    assert desk.update(booking="NOBODY", cancelled=True, now=NOON) == (Updated(NOON, booking="NOBODY", cancelled=True),)


def test_an_update_reaches_tickets_that_do_not_wait() -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(6)))
    desk.take("ivan", now=NOON)
    (event,) = desk.update(booking="K1", cancelled=True, now=NOON)
    assert event == Updated(NOON, booking="K1", cancelled=True)
    desk.hand_back("A1", now=NOON)
    assert desk.position("A1").lane == "standard"


def test_an_update_names_one_thing_and_says_something() -> None:
    desk = desk_with(Request("A1", ANN))
    for arguments, field, problem in (
        ({}, "update", "names nothing; name one ticket, booking or service"),
        ({"ticket": "A1", "service": "S", "cancelled": True}, "update", "names ticket and service"),
        ({"ticket": "A1"}, "update", "says nothing; give departs_at or cancelled"),
        ({"ticket": "", "cancelled": True}, "ticket", "must not be empty"),
        ({"booking": 5, "cancelled": True}, "booking", "must be text"),
        ({"service": "S", "cancelled": "yes"}, "cancelled", "must be true or false, not 'yes'"),
        ({"service": "S", "departs_at": datetime(2020, 3, 20)}, "departs_at", "has no time zone"),
    ):
        with pytest.raises(InvalidValue, match=problem) as error:
            desk.update(now=NOON, **arguments)
        assert error.value.field == field
    with pytest.raises(UnknownTicket):
        desk.update(ticket="B1", cancelled=True, now=NOON)


# ------------------------------------------------------------------- take, reply and after


def test_taking_from_an_empty_desk_is_nothing() -> None:
    """H3: an empty tuple, never an error."""
    assert Desk(POLICY).take("ivan", now=NOON) == ()


def test_the_best_ticket_is_taken() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB, bookings=flight(6), received_at=NOON - HOUR))
    assert desk.take("ivan", now=NOON + HOUR) == (Taken(NOON + HOUR, "B1", "ivan", "imminent", 2 * HOUR),)
    ticket = desk.ticket("B1")
    assert (ticket.state, ticket.agent, ticket.taken_at, ticket.lane) == (State.TAKEN, "ivan", NOON + HOUR, None)


def test_the_same_agent_first() -> None:
    desk = desk_with(*(Request(name, Client(account=name), received_at=NOON - DAY) for name in ("A1", "B1", "C1")))
    desk.take("ivan", now=NOON)
    desk.take("jana", now=NOON)
    desk.park("A1", until=NOON + HOUR, now=NOON)
    desk.park("B1", until=NOON + HOUR, now=NOON)
    desk.advance(now=NOON + HOUR)
    assert desk.waiting() == ["A1", "B1", "C1"]
    # Jana's own goes before the first in line; a stranger gets the first in line, whoever had it.
    for agent, expected in (("jana", "B1"), ("karel", "A1"), ("ivan", "C1")):
        (event,) = desk.take(agent, now=NOON + HOUR)
        assert isinstance(event, Taken)
        assert event.ticket_id == expected


def test_the_same_agent_first_stays_inside_the_lane() -> None:
    """A return does not jump over an imminent departure."""
    desk = desk_with(Request("A1", ANN))
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON)
    desk.client_answered("A1", now=NOON)
    desk.submit(Request("B1", BOB, bookings=flight(6)), now=NOON)
    (event,) = desk.take("ivan", now=NOON)
    assert isinstance(event, Taken)
    assert event.ticket_id == "B1"


def test_a_share_may_choose_the_lane() -> None:
    policy = Policy((Lane("urgent", when.kind("urgent")), Lane("standard", share=0.5)))
    desk = desk_with(
        *(Request(f"U{n}", Client(account=f"u{n}"), kind="urgent") for n in range(4)), Request("A1", ANN), policy=policy
    )
    taken = [desk.take("ivan", now=NOON)[0] for _ in range(2)]
    assert [(event.ticket_id, event.lane, event.by_share) for event in taken if isinstance(event, Taken)] == [
        ("U0", "urgent", False),
        ("A1", "standard", True),
    ]


def test_a_reply_tells_how_long_it_took() -> None:
    desk = desk_with(Request("A1", ANN, channel="form", received_at=NOON - HOUR))
    desk.take("ivan", now=NOON)
    event = Replied(NOON + HOUR, "A1", "ivan", 2 * HOUR, (Address("form", "email:ann@example.com"),), note="done")
    assert desk.reply("A1", now=NOON + HOUR, agent="ivan", note="done") == (event,)
    ticket = desk.ticket("A1")
    assert (ticket.state, ticket.agent, ticket.unanswered, ticket.replies) == (State.ANSWERED, "ivan", (), 1)
    assert ticket.first_replied_at == NOON + HOUR


def test_somebody_elses_ticket_is_not_answered() -> None:
    desk = desk_with(Request("A1", ANN))
    desk.take("ivan", now=NOON)
    for command in (desk.reply, desk.hand_back):
        with pytest.raises(WrongAgent) as error:
            command("A1", now=NOON, agent="jana")
        assert (error.value.ticket, error.value.agent, error.value.taken_by) == ("A1", "jana", "ivan")
    desk.reply("A1", now=NOON)
    with pytest.raises(WrongAgent):
        desk.resolve("A1", now=NOON, agent="jana")
    assert desk.resolve("A1", now=NOON, note="both systems") == (Resolved(NOON, "A1", "ivan", "both systems"),)


def test_a_hand_back_returns_to_the_old_place() -> None:
    desk = desk_with(Request("A1", ANN, received_at=NOON - HOUR), Request("B1", BOB))
    desk.take("ivan", now=NOON)
    assert desk.hand_back("A1", now=NOON, agent="ivan", note="no access") == (
        HandedBack(NOON, "A1", "ivan", "standard", "no access"),
    )
    assert desk.waiting() == ["A1", "B1"]


@pytest.mark.parametrize("note", [5, "\x00", "x" * 1_000_001])
def test_a_note_is_text(note: Any) -> None:
    desk = desk_with(Request("A1", ANN))
    desk.take("ivan", now=NOON)
    for command in (desk.reply, desk.hand_back, desk.resolve):
        with pytest.raises(InvalidValue, match=r"^note: "):
            command("A1", now=NOON, note=note)
    assert desk.ticket("A1").state is State.TAKEN


@pytest.mark.parametrize("agent", ["", " ", None, 7, "a\x00b"])
def test_an_agent_has_a_name(agent: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^agent: "):
        desk_with(Request("A1", ANN)).take(agent, now=NOON)


def test_a_question_parks_until_the_client_answers() -> None:
    desk = desk_with(Request("A1", ANN))
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON)
    assert desk.ticket("A1").asked
    assert desk.next_wakeup is None
    assert desk.client_answered("A1", now=NOON + DAY) == (ClientAnswered(NOON + DAY, "A1", "standard"),)


def test_a_park_lasts_until_its_instant() -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(50)))
    assert desk.park("A1", until=NOON + 40 * HOUR, now=NOON) == (Parked(NOON, "A1", NOON + 40 * HOUR),)
    assert desk.next_wakeup == NOON + 40 * HOUR
    # Its flight grew imminent meanwhile: it comes back into the lane of that moment.
    assert desk.advance(now=NOON + 45 * HOUR) == (Unparked(NOON + 40 * HOUR, "A1", "imminent"),)


@pytest.mark.parametrize("until", [NOON, NOON - HOUR])
def test_a_park_ends_after_now(until: datetime) -> None:
    desk = desk_with(Request("A1", ANN))
    with pytest.raises(InvalidValue, match=r"until: .* is not after now"):
        desk.park("A1", until=until, now=NOON)


def test_what_was_never_answered_reopens_with_its_first_arrival() -> None:
    """D2: half of those who hang up ask again within the hour; asking again must neither cost nor win a place."""
    desk = desk_with(Request("A1", ANN, received_at=NOON - DAY), Request("B1", BOB, received_at=NOON - HOUR))
    desk.withdraw("A1", now=NOON)
    desk.reopen("A1", now=NOON + HOUR)
    assert desk.waiting() == ["A1", "B1"]


def test_after_an_answer_a_ticket_reopens_as_of_what_is_unanswered() -> None:
    desk = desk_with(Request("A1", ANN, received_at=NOON - DAY), Request("B1", BOB, received_at=NOON - HOUR))
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    desk.resolve("A1", now=NOON)
    desk.reopen("A1", now=NOON + HOUR)
    assert desk.waiting() == ["B1", "A1"]
    assert desk.ticket("A1").arrived_at == NOON + HOUR


def test_writing_again_does_not_move_a_reopened_ticket() -> None:
    """R7, found by reading: a ticket that waited without an unanswered request used to lose its place."""
    desk = desk_with(Request("A1", ANN, bookings=Booking("K1")))
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    desk.resolve("A1", now=NOON)
    desk.reopen("A1", now=NOON + HOUR)
    desk.submit(Request("A2", ANN, bookings=Booking("K1")), now=NOON + 2 * HOUR)
    assert desk.ticket("A1").arrived_at == NOON + HOUR


def test_an_archived_id_used_by_another_client_is_another_client() -> None:
    """D3, found by reading: clients used to be named after requests, and two people became one."""
    desk = desk_with(Request("A1", ANN, bookings=Booking("K1")))
    desk.withdraw("A1", now=NOON)
    later = NOON + 100 * DAY
    desk.submit(Request("A1", BOB, bookings=Booking("K2")), now=later)
    desk.submit(Request("A3", ANN, bookings=Booking("K2")), now=later)
    assert desk.ticket("A1").client_id != desk.ticket("A3").client_id


# -------------------------------------------------------------------------------- time


def test_time_never_goes_back() -> None:
    desk = desk_with(Request("A1", ANN))
    with pytest.raises(TimeWentBack) as error:
        desk.advance(now=NOON - TICK)
    assert (error.value.now, error.value.last) == (NOON - TICK, NOON)
    # A refused command and a mere advance move the last instant, too.
    desk.advance(now=NOON + HOUR)
    with pytest.raises(TimeWentBack):
        desk.submit(Request("B1", BOB), now=NOON)
    with pytest.raises(TimeWentBack):
        desk.waiting(now=NOON)


def test_one_instant_in_several_zones_is_one_instant() -> None:
    prague, new_york = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York")
    desk = desk_with(Request("A1", ANN))
    (event,) = desk.take("ivan", now=NOON.astimezone(new_york))
    assert event.at.tzinfo is UTC
    assert desk.reply("A1", now=NOON.astimezone(prague))


def test_everything_due_happens_at_its_own_instant() -> None:
    """T3: lane changes, then parks, then the archive; each carries when it was due, not when it was noticed."""
    desk = desk_with(
        Request("A1", ANN, bookings=flight(30)), Request("B1", BOB), Request("C1", CYRIL, bookings=flight(30, "K3"))
    )
    desk.park("B1", until=NOON + 6 * HOUR, now=NOON)
    assert desk.advance(now=NOON + 31 * HOUR) == (
        LaneChanged(NOON + 6 * HOUR, "standard", "imminent", ("A1", "C1")),
        Unparked(NOON + 6 * HOUR, "B1", "standard"),
        LaneChanged(NOON + 30 * HOUR, "imminent", "standard", ("A1", "C1")),
    )
    assert desk.next_wakeup is None


def test_a_closed_ticket_leaves_after_the_keeping_time() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB))
    desk.withdraw("A1", now=NOON)
    desk.withdraw("B1", now=NOON)
    assert desk.next_wakeup == NOON + 90 * DAY
    assert desk.advance(now=NOON + 91 * DAY) == (Archived(NOON + 90 * DAY, ("A1", "B1")),)
    with pytest.raises(UnknownTicket):
        desk.ticket("A1")
    # The figures of the desk remember what the state forgets.
    assert (desk.counter().received, desk.counter().withdrawn) == (2, 2)


def test_a_lane_by_departure_reorders_itself() -> None:
    desk = desk_with(
        Request("A1", ANN, bookings=flight(2)),
        Request("B1", BOB, bookings=flight(5, "K2")),
        policy=Policy((Lane("all", order=Order.DEPARTURE),)),
    )
    assert desk.waiting() == ["A1", "B1"]
    assert desk.advance(now=NOON + 3 * HOUR) == (LaneChanged(NOON + 2 * HOUR, "all", "all", ("A1",)),)
    assert desk.waiting() == ["B1", "A1"]


# ----------------------------------------------------------------------------- queries


def test_waiting_lists_a_lane_or_a_limit() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB, bookings=flight(6)), Request("C1", CYRIL))
    assert desk.waiting() == ["B1", "A1", "C1"]
    assert desk.waiting(limit=2) == ["B1", "A1"]
    assert desk.waiting(limit=0) == []
    assert desk.waiting(lane="standard", limit=1) == ["A1"]
    for arguments, problem in (
        ({"lane": "vip"}, "'vip' is none; there are imminent, standard"),
        ({"limit": -1}, "from 0"),
        ({"limit": True}, "whole number"),
        ({"limit": 1.5}, "whole number"),
    ):
        with pytest.raises(InvalidValue, match=problem):
            desk.waiting(**arguments)


def test_a_query_about_what_is_not_done_yet_is_refused() -> None:
    """T6: naming `advance`."""
    desk = desk_with(Request("A1", ANN, bookings=flight(30)))
    due = NOON + 6 * HOUR
    assert desk.waiting(now=due - TICK) == ["A1"]
    for ask in (desk.waiting, desk.counter, desk.forecast):
        with pytest.raises(NeedsAdvance, match="advance") as error:
            ask(now=due)
        assert (error.value.now, error.value.next_wakeup) == (due, due)
    for query in (desk.position, desk.ticket, desk.explain, desk.estimate):
        with pytest.raises(NeedsAdvance):
            query("A1", now=due + DAY)


@pytest.mark.parametrize("name", ["B1", "", None, [], 7])
def test_an_unknown_ticket_is_named(name: Any) -> None:
    desk = desk_with(Request("A1", ANN))
    for ask in (desk.position, desk.ticket, desk.explain, desk.estimate):
        with pytest.raises(UnknownTicket) as error:
            ask(name)
        assert error.value.ticket == name
    for command in (
        desk.reply,
        desk.ask_client,
        desk.withdraw,
        desk.reopen,
        desk.resolve,
        desk.hand_back,
        desk.client_answered,
    ):
        with pytest.raises(UnknownTicket):
            command(name, now=NOON)


def test_position_counts_from_one_over_all_lanes() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB, bookings=flight(6)))
    position = desk.position("A1")
    assert (position.position, position.ahead, position.lane, position.waiting) == (2, 1, "standard", 2)
    desk.withdraw("A1", now=NOON)
    position = desk.position("A1")
    assert (position.position, position.ahead, position.lane, position.waiting) == (None, None, None, 1)


def test_an_empty_desk_answers() -> None:
    desk = Desk(POLICY)
    assert (desk.waiting(), desk.next_wakeup) == ([], None)
    counter = desk.counter()
    assert (counter.received, counter.oldest, counter.oldest_wait) == (0, None, None)
    assert Desk.from_log(POLICY, []) == desk == Desk.from_snapshot(desk.snapshot())
    assert desk.counter(now=NOON).as_of == NOON


def test_the_figures_of_the_evening() -> None:
    desk = desk_with(
        Request("A1", ANN, received_at=NOON - DAY, bookings=Booking("K1")),
        Request("A2", ANN, bookings=Booking("K1")),
        Request("B1", BOB, received_at=NOON - HOUR),
        Request("C1", CYRIL, bookings=flight(6)),
        Request("C1", CYRIL, bookings=flight(6)),
        Request("D1", Client(account="4")),
        Request("E1", Client(account="5")),
    )
    desk.take("ivan", now=NOON)
    desk.reply("C1", now=NOON)
    desk.resolve("C1", now=NOON)
    desk.park("D1", until=NOON + DAY, now=NOON)
    desk.withdraw("E1", now=NOON)
    desk.take("ivan", now=NOON)
    counter = desk.counter(now=NOON + HOUR)
    assert (counter.received, counter.tickets, counter.repeats, counter.replays) == (6, 5, 1, 1)
    assert (counter.answered, counter.resolved, counter.withdrawn) == (1, 1, 1)
    assert (counter.waiting, counter.taken, counter.parked, counter.backlog) == (1, 1, 1, 3)
    assert counter.waiting_by_lane == {"imminent": 0, "standard": 1}
    assert (counter.oldest, counter.oldest_wait, counter.as_of) == ("B1", 2 * HOUR, NOON + HOUR)


def test_what_agents_and_systems_wrote_is_counted_apart() -> None:
    """Repeats are counted with whoever wrote them, exact re-deliveries with nobody."""
    raised = Request("P1", origin="agent", kind="prevention")
    desk = desk_with(Request("A1", ANN), Request("A2", ANN, origin="agent"), raised, raised, Request("S1", origin="system"))
    assert (desk.counter().received, desk.counter().replays) == (4, 1)
    assert desk.counter().received_by_origin == {"client": 1, "agent": 2, "system": 1}
    assert Desk.from_snapshot(desk.snapshot()).counter() == desk.counter()


def test_the_oldest_is_by_arrival_whatever_the_order() -> None:
    policy = Policy((Lane("all", order=Order.DEPARTURE),))
    desk = desk_with(Request("A1", ANN, bookings=flight(1)), Request("B1", BOB, received_at=NOON - DAY), policy=policy)
    assert desk.waiting() == ["A1", "B1"]
    assert desk.counter().oldest == "B1"


def test_queries_take_a_later_instant() -> None:
    desk = desk_with(Request("A1", ANN))
    assert desk.explain("A1", now=NOON + HOUR).as_of == NOON + HOUR
    assert desk.explain("A1").as_of == NOON


def test_an_estimate_of_what_does_not_wait_is_silent() -> None:
    desk = desk_with(Request("A1", ANN))
    desk.take("ivan", now=NOON)
    estimate = desk.estimate("A1")
    assert (estimate.p10, estimate.p50, estimate.p90, estimate.position) == (None, None, None, None)
    assert [reason.code for reason in estimate.reasons] == ["NOT_WAITING"]


def test_a_staffing_plan_is_an_event() -> None:
    desk = desk_with(Request("A1", ANN))
    assert desk.plan(STAFF, now=NOON) == (StaffingPlanned(NOON, STAFF),)
    assert desk.snapshot().crew.staffing == STAFF
    with pytest.raises(InvalidValue, match=r"staffing.expected_inflow.vip: is no lane; there are imminent, standard"):
        desk.plan(replace(STAFF, expected_inflow={"vip": 5.0}), now=NOON)
    with pytest.raises(InvalidValue, match="staffing: must be a Staffing, not dict"):
        desk.plan({}, now=NOON)  # type: ignore[arg-type]


# ----------------------------------------------------------------------------- explain


def test_explain_names_the_lane_the_condition_and_what_would_move_it() -> None:
    """R6."""
    desk = desk_with(Request("A1", ANN, bookings=flight(30)), Request("B1", BOB))
    said = desk.explain("A1")
    assert (said.lane, said.condition, said.position, said.order) == ("standard", None, 1, "arrival")
    assert (said.arrived_at, said.order_term, said.head_start) == (NOON, NOON, timedelta(0))
    assert (said.next_change, said.next_lane) == (NOON + 6 * HOUR, "imminent")
    desk.advance(now=NOON + 6 * HOUR)
    said = desk.explain("A1")
    assert (said.lane, said.condition) == ("imminent", IMMINENT.when)
    assert (said.next_change, said.next_lane) == (NOON + 30 * HOUR, "standard")
    assert desk.explain("B1").next_change is None


def test_explain_names_the_neighbours_and_the_term_that_decides() -> None:
    policy = Policy(
        (
            Lane("urgent", when.kind("urgent")),
            Lane("dated", when.has_booking(), order=Order.DEPARTURE),
            Lane("standard", head_starts=(HeadStart(HOUR, when.attribute("vip")),)),
        )
    )
    people = [Client(account=str(n)) for n in range(7)]
    desk = desk_with(
        Request("U", people[0], kind="urgent"),
        Request("D1", people[1], bookings=flight(5)),
        Request("D2", people[2], bookings=Booking("K2")),
        Request("S1", people[3], attributes={"vip": True}),
        Request("S2", people[4], received_at=NOON - HOUR),
        Request("S3", people[5], received_at=NOON - HOUR),
        policy=policy,
    )
    assert desk.waiting() == ["U", "D1", "D2", "S2", "S3", "S1"]
    an_hour_ago = shown(micros(NOON - HOUR))
    assert desk.explain("U").above is None
    assert desk.explain("U").below == Neighbour("D1", "lane", "urgent", "dated")
    assert desk.explain("D2").above == Neighbour("D1", "departure", "none", shown(micros(NOON + 5 * HOUR)))
    assert desk.explain("D2").below == Neighbour("S2", "lane", "dated", "standard")
    assert desk.explain("S2").below == Neighbour("S3", "id", "S2", "S3")
    # Equal in the order of the lane thanks to the head start, so the true arrival decides.
    assert desk.explain("S1").above == Neighbour("S3", "arrival", shown(micros(NOON)), an_hour_ago)
    assert desk.explain("S1").head_start == HOUR
    assert desk.explain("S1").below is None


def test_explain_states_the_bound_or_why_there_is_none() -> None:
    """R5."""
    policy = Policy(
        (
            Lane("first", when.kind("first")),
            Lane("dated", when.has_booking(), order=Order.DEPARTURE, share=0.25),
            Lane("shared", when.kind("shared"), share=0.25),
            Lane("rest"),
        )
    )
    people = iter(Client(account=str(n)) for n in range(9))
    desk = desk_with(
        Request("F1", next(people), kind="first"),
        Request("F2", next(people), kind="first"),
        Request("D1", next(people), bookings=flight(5)),
        Request("S1", next(people), kind="shared"),
        Request("R1", next(people)),
        policy=policy,
    )
    first = desk.explain("F2").bound
    assert first is not None
    assert first.takes == 4
    assert first.why.startswith("1 ahead in the lane, 0 behind that may return to their agent first")
    assert "shares of other lanes" in first.why
    assert desk.explain("D1").bound == Bound(None, "lane ordered by departure: whoever comes later may go first")
    shared = desk.explain("S1").bound
    assert shared is not None
    assert shared.takes == 8
    assert desk.explain("R1").bound == Bound(None, "no guaranteed share: the lanes above may have every take")


def test_the_bound_counts_those_who_may_return_to_their_agent_first() -> None:
    desk = desk_with(Request("A1", ANN), Request("B1", BOB), policy=Policy((Lane("all"),)))
    desk.take("ivan", now=NOON)
    desk.submit(Request("C1", CYRIL, received_at=NOON - HOUR), now=NOON)
    desk.ask_client("A1", now=NOON)
    desk.client_answered("A1", now=NOON)
    assert desk.waiting() == ["C1", "A1", "B1"]
    assert desk.explain("C1").bound == Bound(2, "0 ahead in the lane, 1 behind that may return to their agent first")


def test_explain_says_when_a_share_chooses_the_next_take() -> None:
    """R5: a take may differ from `waiting()[0]`."""
    policy = Policy((Lane("urgent", when.kind("urgent")), Lane("standard", share=0.5)))
    desk = desk_with(
        *(Request(f"U{n}", Client(account=f"u{n}"), kind="urgent") for n in range(4)), Request("A1", ANN), policy=policy
    )
    assert desk.explain("A1").takes_by_share is None
    desk.take("ivan", now=NOON)
    assert desk.waiting()[0] == "U1"
    assert desk.explain("A1").takes_by_share == "standard"


def test_explain_what_does_not_wait() -> None:
    desk = desk_with(Request("A1", ANN))
    desk.take("ivan", now=NOON)
    said = desk.explain("A1", now=NOON + HOUR)
    assert (said.state, said.as_of, said.lane, said.position, said.bound) == ("taken", NOON + HOUR, None, None, None)


# -------------------------------------------------------------------- log and snapshot


def day() -> tuple[Policy, Desk, list[Event]]:
    """A desk with something of everything behind it."""
    policy = Policy(
        (IMMINENT, Lane("dated", when.has_booking(), order=Order.REPLY_BY, share=0.25), Lane("standard")),
        targets=(Target(DAY),),
    )
    desk = Desk(policy)
    log: list[Event] = []
    log += desk.plan(STAFF, now=NOON)
    log += desk.submit_many(
        [
            Request("A1", ANN, bookings=flight(30)),
            Request("A2", ANN, bookings=flight(30)),
            Request("B1", BOB),
            Request("C1", CYRIL, bookings=flight(99, "K3", service="OK 81")),
            Request("B1", BOB),
        ],
        now=NOON,
    )
    log += desk.update(service="OK 81", cancelled=True, departs_at=NOON + 40 * HOUR, now=NOON)
    log += desk.update(ticket="B1", cancelled=True, now=NOON)
    log += desk.take("ivan", now=NOON)
    log += desk.take("jana", now=NOON)
    log += desk.reply("A1", now=NOON + HOUR)
    log += desk.park("C1", until=NOON + 30 * HOUR, now=NOON + HOUR)
    log += desk.resolve("A1", now=NOON + HOUR)
    log += desk.withdraw("B1", now=NOON + HOUR)
    log += desk.advance(now=NOON + 95 * DAY)
    return policy, desk, log


def test_the_log_is_the_state() -> None:
    policy, desk, log = day()
    assert {type(event).__name__ for event in log} >= {"Admitted", "Joined", "Replayed", "Updated", "Unparked", "Archived"}
    assert Desk.from_log(policy, log) == desk
    assert Desk.from_snapshot(desk.snapshot()) == desk
    assert Desk.from_log(policy, log).waiting() == desk.waiting() == ["C1"]


def test_a_rebuilt_desk_goes_on() -> None:
    policy, desk, log = day()
    later = NOON + 96 * DAY
    expected = desk.take("karel", now=later)
    assert Desk.from_log(policy, log).take("karel", now=later) == expected
    _, desk, _ = day()
    assert Desk.from_snapshot(desk.snapshot()).take("karel", now=later) == expected


def test_a_snapshot_that_contradicts_its_policy_is_refused() -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(6)))
    with pytest.raises(LogError, match="the snapshot contradicts itself"):
        Desk.from_snapshot(replace(desk.snapshot(), policy=Policy((Lane("other"),))))


def test_a_snapshot_and_what_happened_after_it_are_the_desk() -> None:
    """G6: a host with a long log need not replay all of it."""
    policy, desk, log = day()
    for cut in range(len(log)):
        before = Desk.from_log(policy, log[:cut])
        assert Desk.from_snapshot(before.snapshot(), log[cut:]) == desk


def test_somebody_elses_answer_does_not_fit_the_log() -> None:
    log = [*Desk(POLICY).submit(Request("A1", ANN), now=NOON), Taken(NOON, "A1", "ivan", "standard", timedelta(0))]
    with pytest.raises(LogError, match="is with agent 'ivan', not with 'jana'"):
        Desk.from_log(POLICY, [*log, Replied(NOON, "A1", "jana", timedelta(0), (Address("other", None),))])


def test_a_change_that_changes_nothing_is_no_event() -> None:
    """A tautology over opening hours is followed only so far; the timer rings once a month, and nothing is written."""
    from supportq.hours import Hours, Opening

    open_by_day, open_by_night = Hours((Opening(time(9), time(18)),)), Hours((Opening(time(18), time(9)),))
    always = Lane("always", (when.within_hours(open_by_day) | when.within_hours(open_by_night)) & when.kind("a"))
    desk = desk_with(Request("A1", ANN, kind="a"), policy=Policy((always, Lane("standard"))))
    assert desk.advance(now=NOON + 400 * DAY) == ()
    assert desk.position("A1").lane == "always"


def test_a_desk_is_equal_to_desks_only() -> None:
    assert Desk(POLICY) != POLICY
    assert Desk(POLICY) == Desk(POLICY)
    assert Desk(POLICY) != Desk(Policy((Lane("standard"),)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: [None],
        lambda _: [{}],
        lambda log: log[1:][::-1],
        lambda log: [log[1], log[1]],
        lambda log: log[2:],
        lambda log: [log[1], replace(log[2], ticket_id="nobody")],
        lambda log: [replace(log[1], lane="nowhere")],
        lambda log: [replace(log[1], lane="standard")],
        lambda log: [replace(log[1], ticket_id="other")],
    ],
)
def test_a_log_that_does_not_fit_together_is_refused(spoil: Any) -> None:
    policy, _, log = day()
    with pytest.raises(LogError) as error:
        Desk.from_log(policy, spoil(log))
    assert error.value.position >= 0
    assert f"event {error.value.position} of the log" in str(error.value)


def test_an_event_about_a_ticket_in_another_state_is_refused() -> None:
    """Found by reading: a lane change of a taken ticket used to put it back into the line."""
    desk = Desk(POLICY)
    log = [*desk.submit(Request("A1", ANN), now=NOON), *desk.take("ivan", now=NOON)]
    strangers: list[Event] = [
        LaneChanged(NOON, "standard", "standard", ("A1",)),
        Updated(NOON, ticket="A1", cancelled=True, moves=(Move("standard", "standard", ("A1",)),)),
        Taken(NOON, "A1", "jana", "standard", timedelta(0)),
        Unparked(NOON, "A1", "standard"),
        ClientAnswered(NOON, "A1", "standard"),
        Resolved(NOON, "A1"),
        Archived(NOON, ("A1",)),
        Replayed(NOON, "A1", "B1"),
        Replayed(NOON, "B1", "A1"),
        LaneChanged(NOON - HOUR, "standard", "standard", ()),
    ]
    for stranger in strangers:
        with pytest.raises(LogError) as error:
            Desk.from_log(POLICY, [*log, stranger])
        assert error.value.position == 2


def test_an_update_that_moves_strangers_is_refused() -> None:
    desk = desk_with(Request("A1", ANN, bookings=flight(6)), Request("B1", BOB, bookings=flight(6, "K2")))
    log = [*Desk(POLICY).submit_many([one for t in desk.snapshot().tickets for one in t.requests], now=NOON)]
    event = Updated(NOON, booking="K1", cancelled=True, moves=(Move("imminent", "standard", ("A1", "B1")),))
    with pytest.raises(LogError):
        Desk.from_log(POLICY, [*log, event])


def test_a_refusal_is_one_kind_to_catch() -> None:
    with pytest.raises(CommandRefused):
        Desk(POLICY).reply("A1", now=NOON)


def test_a_desk_needs_a_policy() -> None:
    with pytest.raises(InvalidValue, match="policy"):
        Desk({"lanes": []})  # type: ignore[arg-type]
