"""When a ticket may be closed: steps, silence, filed messages, notes (rule L1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from invariants import check

from supportq import Booking, Client, Desk, DuplicateRules, InvalidValue, Lane, LogError, Policy, Request, Target, when
from supportq import events as ev
from supportq.errors import (
    NeedsNoAnswer,
    NotConfirmed,
    NoteMissing,
    NotTheirStep,
    NoWayBack,
    RequestExists,
    StepNotDue,
    UnknownStep,
    WrongState,
)
from supportq.procedures import Filing, Procedure, Silence, Step
from supportq.teams import AgentRules, Team
from supportq.tickets import Basis, ClockKind, Lapse, Reason, State

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
ANN, BOB, EVE = (Client(email=f"{name}@example.com") for name in ("ann", "bob", "eve"))
LANES = (Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard"))

CANCELLED = Procedure(
    "cancelled in both systems",
    when.kind("cancel"),
    (Step("voucher", ("agent",)), Step("mail", ("system", "partner")), Step("booking", ("agent",))),
)
MOVED = Procedure(
    "moved", when.kind("change_date"), (Step("changed"), Step("verified", ("agent",), after=HOUR, back_to="changed"))
)
CONNECTED = Procedure(
    "connected",
    when.kind("connect"),
    (
        Step("agreed", ("partner", "channel"), each=True),
        Step("mapped", ("channel",)),
        Step("told", ("channel", "representative")),
        Step("checked", ("partner",), back_to="mapped"),
    ),
)
STEPS = Policy(LANES, procedures=(CANCELLED, MOVED, CONNECTED))


def request(name: str = "A1", client: Client = ANN, **facts: Any) -> Request:
    return Request(name, client, **{"kind": "cancel", "bookings": Booking("KC-77"), **facts})


def opened(policy: Policy, *requests: Request) -> Desk:
    desk = Desk(policy)
    for one in requests or (request(),):
        desk.submit(one, now=NOON)
    return desk


def answered(policy: Policy, **facts: Any) -> Desk:
    desk = opened(policy, request(**facts))
    desk.take("ivan", now=NOON)
    desk.reply("A1", now=NOON)
    return desk


def confirmed(desk: Desk, ticket: str = "A1") -> list[tuple[str, str]]:
    return [(one.step, one.by) for one in desk.ticket(ticket).confirmed]


def rebuilt(desk: Desk) -> Desk:
    check(desk)
    again = Desk.from_snapshot(desk.snapshot())
    assert again == desk
    return again


# ------------------------------------------------------------------------------------------------------------ steps


def test_a_ticket_closes_only_with_every_step_confirmed() -> None:
    desk = answered(STEPS)
    with pytest.raises(NotConfirmed) as refusal:
        desk.resolve("A1", now=NOON)
    assert (refusal.value.procedure, refusal.value.missing) == (CANCELLED.name, ("voucher", "mail", "booking"))
    desk.confirm("A1", "voucher", by="agent", agent="ivan", now=NOON)
    with pytest.raises(NotConfirmed) as refusal:
        desk.resolve("A1", now=NOON)
    assert refusal.value.missing == ("mail", "booking")
    desk.confirm("A1", "mail", by="system", now=NOON)
    (event,) = desk.confirm("A1", "booking", by="agent", now=NOON)
    assert event == ev.Confirmed(NOON, "A1", "booking", "agent")
    assert rebuilt(desk).explain("A1").missing_steps == ()
    desk.resolve("A1", now=NOON)
    assert confirmed(desk) == [("voucher", "agent"), ("mail", "system"), ("booking", "agent")]


def test_a_ticket_that_fits_no_procedure_needs_no_confirmation() -> None:
    desk = answered(STEPS, kind="visa")
    with pytest.raises(UnknownStep) as refusal:
        desk.confirm("A1", "voucher", by="agent", now=NOON)
    assert refusal.value.steps == ()
    desk.resolve("A1", now=NOON)


def test_steps_are_confirmed_in_order_and_once() -> None:
    desk = opened(STEPS)
    with pytest.raises(StepNotDue) as refusal:
        desk.confirm("A1", "booking", by="agent", now=NOON)
    assert (refusal.value.next, refusal.value.at) == ("voucher", None)
    desk.confirm("A1", "voucher", by="agent", now=NOON)
    with pytest.raises(StepNotDue) as refusal:
        desk.confirm("A1", "voucher", by="agent", now=NOON)
    assert refusal.value.next == "mail"
    desk.confirm("A1", "mail", by="partner", now=NOON)
    desk.confirm("A1", "booking", by="agent", now=NOON)
    with pytest.raises(StepNotDue) as refusal:
        desk.confirm("A1", "booking", by="agent", now=NOON)
    assert refusal.value.next is None


def test_a_step_is_confirmed_by_those_whom_it_names() -> None:
    desk = opened(STEPS)
    with pytest.raises(NotTheirStep) as refusal:
        desk.confirm("A1", "voucher", by="partner", now=NOON)
    assert refusal.value.may == ("agent",)
    with pytest.raises(UnknownStep) as unknown:
        desk.confirm("A1", "deleted", by="agent", now=NOON)
    assert unknown.value.steps == ("voucher", "mail", "booking")


def test_each_of_several_may_be_asked_to_confirm() -> None:
    desk = opened(STEPS, request(kind="connect"))
    desk.confirm("A1", "agreed", by="partner", now=NOON)
    assert desk.explain("A1").missing_steps[0] == "agreed"
    with pytest.raises(NotTheirStep) as refusal:
        desk.confirm("A1", "agreed", by="partner", now=NOON)
    assert refusal.value.may == ("channel",)
    desk.confirm("A1", "agreed", by="channel", now=NOON)
    assert desk.explain("A1").missing_steps == ("mapped", "told", "checked")


def test_a_step_that_finds_the_thing_wrong_goes_back() -> None:
    desk = opened(STEPS, request(kind="connect"))
    for step, by in (("agreed", "partner"), ("agreed", "channel"), ("mapped", "channel"), ("told", "representative")):
        desk.confirm("A1", step, by=by, now=NOON)
    (event,) = desk.confirm("A1", "checked", by="partner", right=False, now=NOON + HOUR)
    assert event == ev.Confirmed(NOON + HOUR, "A1", "checked", "partner", back_to="mapped")
    assert confirmed(desk) == [("agreed", "partner"), ("agreed", "channel")]
    assert rebuilt(desk).explain("A1").missing_steps == ("mapped", "told", "checked")
    for step, by in (("mapped", "channel"), ("told", "channel"), ("checked", "partner")):
        desk.confirm("A1", step, by=by, now=NOON + 2 * HOUR)
    # It may turn out later that it was not right.
    desk.confirm("A1", "checked", by="partner", right=False, now=NOON + DAY)
    assert desk.explain("A1").missing_steps == ("mapped", "told", "checked")


def test_only_a_step_that_is_due_or_done_finds_the_thing_wrong() -> None:
    desk = opened(STEPS, request(kind="connect"))
    with pytest.raises(StepNotDue):
        desk.confirm("A1", "checked", by="partner", right=False, now=NOON)
    with pytest.raises(NoWayBack):
        desk.confirm("A1", "agreed", by="partner", right=False, now=NOON)


def test_a_step_with_a_delay_puts_the_ticket_aside_until_then() -> None:
    desk = answered(STEPS, kind="change_date")
    (event,) = desk.confirm("A1", "changed", by="partner", now=NOON + MINUTE)
    due = NOON + MINUTE + HOUR
    assert event.until == due  # type: ignore[union-attr]  # a `Confirmed`
    assert (desk.ticket("A1").state, desk.ticket("A1").parked_until) == (State.PARKED, due)
    assert rebuilt(desk).next_wakeup == due
    assert desk.explain("A1").next_step_at == due
    with pytest.raises(StepNotDue) as refusal:
        desk.confirm("A1", "verified", by="agent", now=due - TICK)
    assert (refusal.value.next, refusal.value.at) == ("verified", due)
    (back,) = desk.advance(now=due)
    assert back == ev.Unparked(due, "A1", "standard")
    assert desk.ticket("A1").returned_to == "ivan"
    assert desk.explain("A1").next_step_at is None
    desk.confirm("A1", "verified", by="agent", now=due)
    assert desk.ticket("A1").state is State.WAITING


def test_a_parked_ticket_stays_as_it_is() -> None:
    desk = opened(STEPS, request(kind="change_date"))
    desk.park("A1", until=NOON + DAY, now=NOON)
    (event,) = desk.confirm("A1", "changed", by="partner", now=NOON)
    assert event.until is None  # type: ignore[union-attr]  # a `Confirmed`
    assert desk.ticket("A1").parked_until == NOON + DAY


def test_a_check_that_fails_too_early_says_nothing() -> None:
    desk = opened(STEPS, request(kind="change_date"))
    desk.confirm("A1", "changed", by="partner", now=NOON)
    with pytest.raises(StepNotDue):
        desk.confirm("A1", "verified", by="agent", right=False, now=NOON + MINUTE)
    desk.confirm("A1", "verified", by="agent", right=False, now=NOON + HOUR)
    assert confirmed(desk) == []


def test_what_two_procedures_both_need_counts_when_the_kind_is_corrected() -> None:
    shared = (CANCELLED, Procedure("voucher only", when.kind("reissue"), (Step("voucher"), Step("sent"))))
    desk = opened(Policy(LANES, procedures=shared))
    for step, by in (("voucher", "agent"), ("mail", "system")):
        desk.confirm("A1", step, by=by, now=NOON)
    desk.correct("A1", kind="reissue", now=NOON)
    assert desk.explain("A1").missing_steps == ("sent",)
    desk.correct("A1", kind="cancel", now=NOON)
    assert rebuilt(desk).explain("A1").missing_steps == ("booking",)


def test_a_merged_ticket_has_what_was_confirmed_in_both_and_undone_each_its_own() -> None:
    desk = opened(STEPS, request("A1"), request("B1", BOB))
    desk.confirm("A1", "voucher", by="agent", now=NOON)
    for step, by in (("voucher", "agent"), ("mail", "partner")):
        desk.confirm("B1", step, by=by, now=NOON + HOUR)
    desk.merge("A1", "B1", now=NOON + HOUR)
    assert confirmed(desk) == [("voucher", "agent"), ("voucher", "agent"), ("mail", "partner")]
    assert rebuilt(desk).explain("A1").missing_steps == ("booking",)
    desk.confirm("A1", "booking", by="agent", now=NOON + HOUR)
    desk.unmerge("B1", now=NOON + HOUR)
    assert confirmed(desk, "B1") == [("voucher", "agent"), ("mail", "partner")]
    assert confirmed(desk) == [("voucher", "agent"), ("booking", "agent")]
    rebuilt(desk)


def test_a_request_that_leaves_takes_no_confirmation_with_it() -> None:
    desk = opened(STEPS, request("A1"), request("A2", channel="phone"))
    desk.confirm("A1", "voucher", by="agent", now=NOON)
    desk.unmerge("A2", now=NOON)
    assert (confirmed(desk), confirmed(desk, "A2")) == ([("voucher", "agent")], [])


def test_a_reopened_ticket_keeps_what_was_confirmed() -> None:
    desk = answered(STEPS)
    for step in CANCELLED.steps:
        desk.confirm("A1", step.name, by=step.by[0], now=NOON)
    desk.resolve("A1", now=NOON)
    with pytest.raises(WrongState):
        desk.confirm("A1", "voucher", by="agent", now=NOON)
    assert desk.explain("A1").missing_steps == ()
    desk.reopen("A1", now=NOON)
    assert len(confirmed(desk)) == 3


def test_a_withdrawn_ticket_needs_no_confirmation() -> None:
    desk = opened(STEPS)
    desk.withdraw("A1", now=NOON)
    assert desk.ticket("A1").state is State.CLOSED


@pytest.mark.parametrize(
    ("field", "arguments"),
    [("step", {"step": " "}), ("by", {"by": ""}), ("agent", {"agent": ""}), ("right", {"right": 1})],
)
def test_a_confirmation_that_cannot_be_meant_is_refused(field: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refusal:
        opened(STEPS).confirm("A1", **{"step": "voucher", "by": "agent", **arguments}, now=NOON)
    assert refusal.value.field == field


# ---------------------------------------------------------------------------------------------------------- silence

QUIET = Policy(
    LANES,
    silences=(
        Silence(when.kind("cancel"), 2 * DAY, "counts as valid"),
        Silence(when.kind("visa"), HOUR, "asked in vain", closes=False),
    ),
    procedures=(CANCELLED,),
)


def asked(kind: str = "cancel") -> Desk:
    desk = answered(QUIET, kind=kind)
    desk.ask_client("A1", now=NOON)
    return desk


def test_silence_past_the_limit_has_the_stated_outcome() -> None:
    """Exactly when due, and no step is missing: the outcome is the policy's word."""
    desk = asked()
    assert rebuilt(desk).next_wakeup == NOON + 2 * DAY
    assert desk.advance(now=NOON + 2 * DAY - TICK) == ()
    assert desk.advance(now=NOON + 9 * DAY) == (ev.Lapsed(NOON + 2 * DAY, "A1", "counts as valid"),)
    ticket = desk.ticket("A1")
    assert (ticket.state, ticket.outcome, ticket.closed_at) == (State.CLOSED, "counts as valid", NOON + 2 * DAY)
    assert (desk.counter().lapsed, desk.counter().resolved) == (1, 0)
    rebuilt(desk)
    desk.reopen("A1", now=NOON + 9 * DAY)
    assert desk.ticket("A1").outcome is None


def test_the_host_hears_what_silence_will_come_to_when_it_asks() -> None:
    desk = answered(QUIET)
    (event,) = desk.ask_client("A1", now=NOON)
    assert isinstance(event, ev.ClientAsked)
    lapse = event.lapse
    assert lapse is not None
    assert (lapse.at, lapse.outcome, lapse.closes) == (NOON + 2 * DAY, "counts as valid", True)
    # What was told stands, whatever the ticket is corrected to meanwhile.
    desk.correct("A1", kind="visa", now=NOON)
    assert desk.ticket("A1").lapse == lapse


def test_silence_may_bring_the_ticket_back_to_its_agent() -> None:
    desk = asked("visa")
    assert desk.advance(now=NOON + HOUR) == (ev.Lapsed(NOON + HOUR, "A1", "asked in vain", "standard"),)
    ticket = desk.ticket("A1")
    assert (ticket.state, ticket.returned_to, ticket.outcome) == (State.WAITING, "ivan", None)
    assert desk.counter().lapsed == 0


def test_a_message_about_the_booking_breaks_the_silence_whoever_sends_it() -> None:
    """The partner who was asked need not be the one who writes, and what they write is a ticket of its own."""
    spoken = replace(QUIET.silences[0], broken_by=when.kind("refusal"))
    desk = answered(replace(QUIET, silences=(spoken, *QUIET.silences[1:])))
    desk.ask_client("A1", now=NOON)
    other, refusal = Booking("KC-99"), Request("R1", BOB, kind="refusal", bookings=Booking("kc 77"))
    for number, said in enumerate((replace(refusal, kind="question"), replace(refusal, bookings=(other,)))):
        assert len(desk.submit(replace(said, id=f"Q{number}"), now=NOON)) == 1
        assert desk.ticket("A1").state is State.PARKED
    admitted, answered_it = desk.submit(refusal, now=NOON + HOUR)
    assert isinstance(admitted, ev.Admitted)
    assert answered_it == ev.ClientAnswered(NOON + HOUR, "A1", "standard")
    assert (desk.ticket("A1").state, desk.ticket("A1").returned_to) == (State.WAITING, "ivan")
    rebuilt(desk)
    # It is broken once, and a ticket that waits for nobody is left alone.
    assert len(desk.submit(replace(refusal, id="R2"), now=NOON + 2 * HOUR)) == 1
    assert desk.advance(now=NOON + 9 * DAY) == ()


SPOKEN = replace(QUIET, silences=(replace(QUIET.silences[0], broken_by=when.kind("refusal")), *QUIET.silences[1:]))
A_REFUSAL = Request("R1", BOB, kind="refusal", bookings=Booking("KC-77"))


def test_a_message_that_replies_to_the_ticket_breaks_its_silence_without_naming_the_booking() -> None:
    """Rule L1."""
    desk = answered(SPOKEN)
    desk.ask_client("A1", now=NOON)
    _, broken = desk.submit(replace(A_REFUSAL, bookings=(), in_reply_to="A1"), now=NOON + HOUR)
    assert broken == ev.ClientAnswered(NOON + HOUR, "A1", "standard")
    rebuilt(desk)


def test_a_message_that_is_corrected_so_that_it_fits_breaks_the_silence_then() -> None:
    """Rule L1: and once, however often the message is corrected."""
    for message in (A_REFUSAL, replace(A_REFUSAL, bookings=(), in_reply_to="A1")):
        desk = answered(SPOKEN)
        desk.ask_client("A1", now=NOON)
        (opened_it,) = desk.submit(replace(message, kind="visa"), now=NOON)
        assert isinstance(opened_it, ev.Admitted)
        _, broken = desk.correct("R1", kind="refusal", now=NOON + HOUR)
        assert broken == ev.ClientAnswered(NOON + HOUR, "A1", "standard")
        assert len(desk.correct("R1", attributes={"days": 2}, now=NOON + HOUR)) == 1
        rebuilt(desk)


def test_a_correction_that_changes_nothing_of_what_a_message_says_breaks_no_silence() -> None:
    """Rule L1: what was answered before the client was asked is no answer to that."""
    desk = answered(SPOKEN)
    desk.submit(A_REFUSAL, now=NOON)
    desk.take("ivan", now=NOON)
    desk.reply("R1", now=NOON)
    desk.ask_client("A1", now=NOON)
    assert len(desk.correct("R1", attributes={"days": 2}, now=NOON)) == 1
    assert desk.ticket("A1").state is State.PARKED


def test_a_ticket_that_turns_out_to_be_such_a_message_breaks_its_own_silence() -> None:
    """Rule L1: it goes to the lane of what it is by then."""
    policy = replace(SPOKEN, lanes=(Lane("refused", when.kind("refusal")), Lane("standard")))
    desk = answered(policy)
    desk.ask_client("A1", now=NOON)
    assert desk.correct("A1", kind="refusal", now=NOON)[1:] == (ev.ClientAnswered(NOON, "A1", "refused"),)
    rebuilt(desk)


def test_an_edit_that_says_it_after_all_breaks_the_silence() -> None:
    """Rule L1."""
    desk = answered(SPOKEN)
    desk.ask_client("A1", now=NOON)
    desk.submit(replace(A_REFUSAL, kind="visa"), now=NOON)
    joined, broken = desk.submit(A_REFUSAL, now=NOON)
    assert isinstance(joined, ev.Joined)
    assert broken == ev.ClientAnswered(NOON, "A1", "standard")
    assert len(desk.submit(A_REFUSAL, now=NOON)) == 1
    rebuilt(desk)


def test_a_silence_is_broken_at_once_by_what_waits_unanswered_when_the_client_is_asked() -> None:
    """Rule L1: for as long as it waits, by booking, by reply, as people put it right, and as a ticket of several says it."""
    plain = replace(A_REFUSAL, kind="visa")
    for told in ((A_REFUSAL,), (replace(A_REFUSAL, bookings=(), in_reply_to="A1"),), (plain, A_REFUSAL)):
        desk = answered(SPOKEN)
        for message in told:
            desk.submit(message, now=NOON)
        asked_it, broken = desk.ask_client("A1", now=NOON)
        assert isinstance(asked_it, ev.ClientAsked)
        assert broken == ev.ClientAnswered(NOON, "A1", "standard")
        rebuilt(desk)
        desk.take("ivan", ticket="R1", now=NOON)
        desk.reply("R1", now=NOON)
        desk.take("ivan", ticket="A1", now=NOON)
        desk.reply("A1", now=NOON)
        assert len(desk.ask_client("A1", now=NOON)) == 1
    desk = answered(SPOKEN)
    desk.submit(plain, now=NOON)
    desk.correct("R1", kind="refusal", now=NOON)
    assert len(desk.ask_client("A1", now=NOON)) == 2


def test_what_is_about_something_else_or_was_withdrawn_breaks_no_silence() -> None:
    """Rule L1."""
    desk = answered(SPOKEN)
    desk.submit(A_REFUSAL, now=NOON)
    desk.submit(replace(A_REFUSAL, id="R2", client=EVE, bookings=(Booking("KC-99"),)), now=NOON)
    desk.submit(replace(A_REFUSAL, id="R3", client=EVE, kind="visa"), now=NOON)
    desk.withdraw("R1", now=NOON)
    assert len(desk.ask_client("A1", now=NOON)) == 1


def test_silences_of_one_outcome_are_broken_each_by_its_own_messages() -> None:
    """Rule L1."""
    visas = Silence(when.kind("visa"), DAY, "over", broken_by=when.kind("stamp"))
    policy = replace(QUIET, silences=(visas, Silence(None, DAY, "over", broken_by=when.kind("refusal"))))
    desk = opened(policy, request(), request("B1", BOB, kind="visa"))
    log = [*desk.take("ivan", ticket="A1", now=NOON), *desk.take("ivan", ticket="B1", now=NOON)]
    for name in ("A1", "B1"):
        log += desk.ask_client(name, now=NOON)
    assert [desk.ticket(name).lapse for name in ("B1", "A1")] == [Lapse(NOON + DAY, "over", silence=place) for place in (0, 1)]
    _, *broken = desk.submit(Request("R1", EVE, kind="refusal", bookings=Booking("KC-77")), now=NOON)
    assert broken == [ev.ClientAnswered(NOON, "A1", "standard")]
    # By other rules it goes by the one for the same tickets, wherever that stands.
    desk.adopt(replace(policy, silences=(Silence(when.kind("seat"), DAY, "over"), visas), name="other"), now=NOON)
    _, *broken = desk.submit(Request("R2", EVE, kind="stamp", bookings=Booking("KC-77")), now=NOON)
    assert broken == [ev.ClientAnswered(NOON, "B1", "standard")]
    rebuilt(desk)


def test_what_joins_the_ticket_itself_breaks_its_silence_once() -> None:
    spoken = replace(QUIET.silences[0], broken_by=when.kind("cancel"))
    desk = answered(replace(QUIET, silences=(spoken,)))
    desk.ask_client("A1", now=NOON)
    (joined,) = desk.submit(Request("A2", ANN, kind="cancel", bookings=Booking("KC-77")), now=NOON)
    assert isinstance(joined, ev.Joined)
    assert rebuilt(desk).ticket("A1").state is State.WAITING


def test_what_is_filed_breaks_no_silence() -> None:
    spoken = replace(QUIET.silences[0], broken_by=when.kind("refusal"))
    unsaid = Filing("unsaid", when.kind("refusal") & ~when.says_something())
    desk = answered(replace(QUIET, silences=(spoken,), filings=(unsaid,)))
    desk.ask_client("A1", now=NOON)
    assert len(desk.submit(Request("R1", BOB, kind="refusal", bookings=Booking("KC-77")), now=NOON)) == 1
    assert desk.ticket("A1").state is State.PARKED


def test_no_request_without_an_answer_closes_by_silence() -> None:
    """A.5: then it waits again, whatever the policy says of closing."""
    desk = opened(QUIET)
    desk.take("ivan", now=NOON)
    desk.ask_client("A1", now=NOON)
    assert desk.advance(now=NOON + 2 * DAY) == (ev.Lapsed(NOON + 2 * DAY, "A1", "counts as valid", "standard"),)
    assert desk.ticket("A1").unanswered == (0,)


@pytest.mark.parametrize("how", ["client_answered", "park", "writes", "withdraw"])
def test_whoever_answers_is_not_silent(how: str) -> None:
    desk = asked()
    match how:
        case "park":
            desk.park("A1", until=NOON + 5 * DAY, now=NOON + DAY)
        case "writes":
            desk.submit(request("A2", channel="phone"), now=NOON + DAY)
        case _:
            getattr(desk, how)("A1", now=NOON + DAY)
    assert desk.ticket("A1").lapse is None
    assert not [event for event in desk.advance(now=NOON + 4 * DAY) if isinstance(event, ev.Lapsed)]
    rebuilt(desk)


def test_without_a_limit_the_ticket_waits_for_the_client_however_long() -> None:
    desk = answered(QUIET, kind="seat")
    desk.ask_client("A1", now=NOON)
    assert desk.next_wakeup is None


THANKS = replace(
    QUIET,
    silences=(Silence(None, 6 * HOUR, "valid", broken_by=when.kind("ack", "refusal")),),
    lanes=(Lane("about KC-78", when.departs_within(DAY)), Lane("standard")),
)


@pytest.mark.parametrize("facts", [{"bookings": Booking("KC-77")}, {"in_reply_to": "A1"}, {}])
def test_a_message_that_asks_for_nothing_breaks_the_silence_of_the_ticket_that_it_joins(facts: dict[str, Any]) -> None:
    """Rule L1: whoever sends it and whichever ticket it goes to, also where joining would leave that parked."""
    desk = answered(THANKS, kind="visa")
    desk.ask_client("A1", now=NOON)
    joined, *broken = desk.submit(Request("T1", ANN, kind="ack", **facts), now=NOON + HOUR)
    assert isinstance(joined, ev.Joined)
    assert broken == [ev.ClientAnswered(NOON + HOUR, "A1", "standard")]
    assert (desk.ticket("A1").state, desk.ticket("A1").returned_to) == (State.WAITING, "ivan")
    rebuilt(desk)
    # Once it waits, nothing is broken by the same.
    assert len(desk.submit(Request("T2", ANN, kind="ack", in_reply_to="A1"), now=NOON + HOUR)) == 1


def test_what_breaks_the_silence_of_its_own_ticket_counts_with_what_it_says() -> None:
    """Rules L1 and D4: the ticket waits in the lane of all its bookings."""
    desk = answered(THANKS, kind="visa")
    desk.ask_client("A1", now=NOON)
    tonight = Booking("KC-78", departs_at=NOON + 9 * HOUR)
    (_, broken) = desk.submit(Request("T1", ANN, kind="ack", in_reply_to="A1", bookings=tonight), now=NOON)
    assert broken == ev.ClientAnswered(NOON, "A1", "about KC-78")
    rebuilt(desk)


def test_an_edit_that_becomes_such_a_message_breaks_it_too() -> None:
    """Rule L1: with the id of a message that came before it, and in the ticket where that is."""
    desk = answered(THANKS, kind="visa")
    desk.submit(Request("T1", ANN, kind="ack", in_reply_to="A1", text="ok"), now=NOON)
    desk.ask_client("A1", now=NOON)
    (edited, broken) = desk.submit(Request("T1", ANN, kind="ack", in_reply_to="A1", text="no, thanks"), now=NOON + HOUR)
    assert isinstance(edited, ev.Joined)
    assert broken == ev.ClientAnswered(NOON + HOUR, "A1", "standard")
    assert len(desk.ticket("A1").requests) == 3
    assert desk.advance(now=NOON + DAY) == ()


# --------------------------------------------------------------------------------- what another request of a ticket needs

CALLS = Policy(
    LANES,
    procedures=(Procedure("call", when.missed_call(), (Step("called back"),)), MOVED),
    duplicates=DuplicateRules(acknowledgements=("thanks",)),
    filings=(Filing("comments", when.channel("wall"), joins=True),),
)
CALL = request("C1", kind="other", channel="phone", bookings=(), by_voice=True, missed_call=True)


def missing(desk: Desk) -> tuple[str, ...]:
    return desk.explain("A1").missing_steps


def test_what_a_request_that_joins_needs_is_needed_though_the_ticket_began_without() -> None:
    desk = opened(CALLS, request(kind="question"))
    assert missing(desk) == ()
    desk.submit(CALL, now=NOON + HOUR)
    assert (desk.counter().tickets, missing(desk)) == (1, ("called back",))
    desk.take("olga", now=NOON + HOUR)
    desk.reply("A1", now=NOON + HOUR)
    with pytest.raises(NotConfirmed):
        desk.resolve("A1", now=NOON + HOUR)
    desk.confirm("A1", "called back", by="agent", now=NOON + HOUR)
    desk.resolve("A1", now=NOON + HOUR)
    rebuilt(desk)


def test_what_the_ticket_itself_needs_goes_before_that() -> None:
    desk = opened(CALLS, request(kind="change_date"))
    steps = missing(desk)
    desk.submit(CALL, now=NOON + HOUR)
    assert (desk.counter().tickets, missing(desk)) == (1, steps)


def test_thanks_and_what_is_filed_with_a_ticket_need_nothing() -> None:
    """Else a condition that excludes some kind would be met by any comment."""
    of_all_others = Procedure("others", ~when.kind("question"), (Step("looked at"),))
    desk = opened(replace(CALLS, procedures=(of_all_others,)), request(kind="question"))
    desk.submit(request("T1", kind="thanks"), now=NOON)
    desk.submit(request("W1", kind="comment", channel="wall", in_reply_to="A1"), now=NOON)
    assert ([one.id for one in desk.ticket("A1").requests], missing(desk)) == (["A1", "T1", "W1"], ())


def test_a_request_that_leaves_takes_its_procedure_with_it() -> None:
    desk = opened(CALLS, request(kind="question"), CALL)
    assert missing(desk) == ("called back",)
    desk.unmerge("C1", now=NOON + HOUR)
    assert (missing(desk), desk.explain("C1").missing_steps) == ((), ("called back",))


# --------------------------------------------------------------------------------------------------- filed messages

FILING = Policy(
    LANES,
    procedures=(CANCELLED,),
    duplicates=DuplicateRules(unknown_kinds=("comment",)),
    filings=(
        Filing("notices", when.kind("notice") & when.origin("system"), confirms="mail"),
        Filing("comments", when.channel("wall"), directs_to="form", joins=True),
    ),
    keep_closed=9 * DAY,
)


def notice(name: str = "N1", booking: str = "KC-77", **facts: Any) -> Request:
    return Request(name, origin="system", kind="notice", bookings=Booking(booking), **facts)


def comment(name: str = "W1", client: Client = ANN, **facts: Any) -> Request:
    return Request(name, client, kind="comment", channel="wall", **facts)


def test_what_needs_no_answer_is_filed_and_counted_and_never_waits() -> None:
    desk = Desk(FILING)
    (event,) = desk.submit(comment(), now=NOON)
    assert event == ev.Filed(NOON, comment(), "comments", "form")
    desk.submit_many([notice("N1"), notice("N2")], now=NOON)
    counter = desk.counter()
    assert (counter.filed, counter.filed_by, counter.received) == (3, {"notices": 2, "comments": 1}, 0)
    assert (desk.waiting(), counter.clients, counter.backlog) == ([], 0, 0)
    rebuilt(desk)


def test_a_filed_message_is_known_again_until_the_keeping_time_is_over() -> None:
    desk = opened(FILING)
    desk.submit(notice(), now=NOON)
    (again,) = desk.submit(notice(), now=NOON + 9 * DAY - TICK)
    assert again == ev.FiledAgain(NOON + 9 * DAY - TICK, "N1")
    assert desk.counter().replays == 1
    with pytest.raises(RequestExists) as refusal:
        desk.submit(notice(booking="KC-78"), now=NOON + 9 * DAY - TICK)
    assert refusal.value.ticket is None
    (anew,) = desk.submit(notice(booking="KC-78"), now=NOON + 9 * DAY)
    assert isinstance(anew, ev.Filed)
    assert [filed.request.id for filed in rebuilt(desk).snapshot().filed] == ["N1"]


def test_a_batch_with_an_id_of_a_filed_message_is_refused_whole() -> None:
    desk = opened(FILING)
    desk.submit(notice(), now=NOON)
    before = desk.snapshot()
    for batch in ([comment(), notice(booking="KC-78")], [comment(), comment(text="Other")]):
        with pytest.raises(RequestExists):
            desk.submit_many(batch, now=NOON)
    assert desk.snapshot() == before
    with pytest.raises(RequestExists):
        desk.submit(request("N1"), now=NOON)


def test_a_message_that_belongs_to_a_known_ticket_joins_it_and_changes_nothing() -> None:
    """A.9: not even by what it says of the booking."""
    desk = opened(FILING, request(bookings=Booking("KC-77", departs_at=NOON + 9 * DAY)))
    before = desk.ticket("A1")
    tonight = Booking("KC-77", departs_at=NOON + 2 * HOUR)
    said = comment(bookings=tonight, received_at=NOON - DAY)
    (event,) = desk.submit(said, now=NOON + HOUR)
    assert isinstance(event, ev.Joined)
    assert (event.ticket_id, event.basis, event.lane) == ("A1", Basis.FILED, "standard")
    after = desk.ticket("W1")
    assert (after.id, len(after.requests)) == ("A1", 2)
    for fact in ("lane", "arrived_at", "bookings", "unanswered", "kind", "state", "channel"):
        assert getattr(after, fact, None) == getattr(before, fact, None)
    rebuilt(desk)
    assert desk.counter().filed == 0
    assert type(desk.submit(said, now=NOON + HOUR)[0]) is ev.Replayed
    with pytest.raises(RequestExists):
        desk.submit(comment(text="Hurry!"), now=NOON + HOUR)


def test_a_message_that_joins_reopens_nothing_and_breaks_no_silence() -> None:
    desk = answered(FILING, kind="visa")
    desk.resolve("A1", now=NOON)
    (event,) = desk.submit(comment(in_reply_to="A1"), now=NOON + HOUR)
    assert (event.verdict, event.lane) == ("FOLLOW_UP", None)  # type: ignore[union-attr]  # a `Joined`
    assert desk.ticket("A1").state is State.CLOSED
    rebuilt(desk)


def test_a_message_that_was_filed_with_a_ticket_holds_nothing_together() -> None:
    """What joined because of a client comes apart with the client; the comment stays where it was."""
    info = Client(email="info@example.com")
    named = [request("D1", Client(email=info.email, name="Ivan Testov"), kind="visa", bookings=Booking("K1"))]
    desk = opened(FILING, *named)
    desk.submit(comment("W1", Client(email=info.email, name="Ivan Testov"), bookings=Booking("K1")), now=NOON)
    desk.submit(request("D2", info, kind="visa", bookings=()), now=NOON)
    happened = desk.mark_shared("email:info@example.com", now=NOON)
    check(desk)
    assert all(event.into != "W1" for event in happened if isinstance(event, ev.Split))
    rebuilt(desk)


SHARED = Client(account="2", email="ann@example.com", messenger="telegram:5")
CYRIL = Client(messenger="telegram:5", name="Cyril Brown")


def test_a_ticket_is_not_found_by_what_was_filed_with_it() -> None:
    """Rules D3, G1 and L1: whoever wrote a comment that was filed with a ticket has no ticket by that, live or rebuilt."""
    live = Desk(FILING)
    log = [*live.submit(request("A1", SHARED), now=NOON)]
    log += live.submit(comment("W1", CYRIL, in_reply_to="A1", text="Brown, my wedding trip"), now=NOON)
    log += live.mark_shared("messenger:telegram:5", now=NOON)
    assert live.client_of("W1") != live.client_of("A1")
    for desk in (live, Desk.from_log(FILING, log), rebuilt(live)):
        (event,) = desk.submit(request("C1", CYRIL, in_reply_to="A1"), now=NOON)
        assert isinstance(event, ev.Admitted)
        assert event.reasons == (Reason("OTHER_CLIENT", "bookings"),)
        rebuilt(desk)


def test_what_was_filed_with_a_ticket_makes_no_request_a_repeat() -> None:
    """Rules D3 and L1: the ticket takes nothing over, so neither words, name nor attachments of a comment are known."""
    desk = opened(replace(FILING, duplicates=DuplicateRules(joins_within=HOUR)), request(text="cancel it"))
    named = Client(email="brown@example.com", name="Cyril Brown")
    written = {"text": "my wedding trip", "attachments": ("passport.pdf",)}
    desk.submit(comment("W1", client=replace(ANN, name="Cyril Brown"), in_reply_to="A1", **written), now=NOON + HOUR)
    (by_name,) = desk.submit(request("B1", named, kind="cancel"), now=NOON + HOUR)
    assert isinstance(by_name, ev.Admitted)
    (attached,) = desk.submit(request("A2", attachments=written["attachments"]), now=NOON + HOUR)
    (told,) = desk.submit(request("A3", text=written["text"]), now=NOON + HOUR)
    assert [event.verdict for event in (attached, told)] == ["FOLLOW_UP", "FOLLOW_UP"]  # type: ignore[union-attr]  # `Joined`
    rebuilt(desk)


def test_a_desk_that_is_restored_between_two_events_takes_apart_what_is_left() -> None:
    """Rule G6: what no longer holds together is found again, whatever was stored last."""
    live = Desk(FILING)
    log = [*live.submit(request("A1", SHARED), now=NOON), *live.submit(request("C1", CYRIL, bookings=()), now=NOON)]
    marked, split = live.mark_shared("messenger:telegram:5", now=NOON)
    restored = Desk.from_snapshot(Desk.from_log(FILING, [*log, marked]).snapshot())
    assert restored.advance(now=NOON) == (split,)
    assert restored == live


def test_no_ticket_is_made_of_a_comment_that_was_filed_with_one() -> None:
    """Rules D6 and L1: it goes where the request goes that it was filed with."""
    desk = Desk(FILING)
    log = [*desk.submit(request(), now=NOON), *desk.submit(request("A2", text="and mine"), now=NOON)]
    log += desk.submit(comment(in_reply_to="A2"), now=NOON)
    before = desk.snapshot()
    with pytest.raises(NeedsNoAnswer, match="name 'A2'"):
        desk.unmerge("W1", now=NOON, other_client=True)
    assert desk.snapshot() == before
    with pytest.raises(LogError, match="needs no answer"):
        Desk.from_log(FILING, [*log, ev.Split(NOON, "A1", "W1", ("W1",), desk.client_of("W1"), "standard", None, "UNMERGED")])
    desk.unmerge("A2", now=NOON)
    assert ([one.id for one in desk.ticket("A2").requests], desk.ticket("A2").unanswered) == (["A2", "W1"], (0,))
    rebuilt(desk)


def test_a_notice_about_an_open_ticket_confirms_the_step_it_waits_for() -> None:
    desk = opened(FILING)
    desk.confirm("A1", "voucher", by="agent", now=NOON)
    filed, follows = desk.submit(notice(), now=NOON + HOUR)
    assert (filed.ticket, follows) == ("A1", ev.Confirmed(NOON + HOUR, "A1", "mail", "system"))  # type: ignore[union-attr]
    assert confirmed(rebuilt(desk)) == [("voucher", "agent"), ("mail", "system")]


def test_a_notice_that_nobody_waits_for_confirms_nothing() -> None:
    desk = opened(FILING)
    assert len(desk.submit(notice("N1"), now=NOON)) == 1
    desk.confirm("A1", "voucher", by="agent", now=NOON)
    assert len(desk.submit(notice("N2", booking="KC-78"), now=NOON)) == 1
    assert confirmed(desk) == [("voucher", "agent")]


def test_of_several_tickets_a_notice_confirms_the_oldest() -> None:
    desk = opened(FILING, request("B1", BOB), request("A1", received_at=NOON - HOUR))
    for ticket in ("A1", "B1"):
        desk.confirm(ticket, "voucher", by="agent", now=NOON)
    assert desk.submit(notice("N1"), now=NOON)[1].ticket_id == "A1"  # type: ignore[union-attr]  # a `Confirmed`
    assert desk.submit(notice("N2"), now=NOON)[1].ticket_id == "B1"  # type: ignore[union-attr]
    assert len(desk.submit(notice("N3"), now=NOON)) == 1


# ------------------------------------------------------------------------------------------------------------ notes

GUESTS = Policy(LANES, filings=(Filing("guests", when.stage("guest") & ~when.kind("emergency"), new_only=True),))
GUEST = replace(ANN, stage="guest")


def guest(name: str, kind: str = "other", **facts: Any) -> Request:
    return Request(name, GUEST, kind=kind, **facts)


def test_what_belongs_to_a_ticket_of_its_client_joins_it_where_only_what_is_new_is_filed() -> None:
    desk = opened(GUESTS, guest("G1"))
    desk.submit(guest("E1", "emergency", bookings=Booking("KC-77")), now=NOON)
    said = {
        "a reply": guest("G2", "invoice", in_reply_to="E1"),
        "the same booking": guest("G3", bookings=Booking("KC-77")),
        "a missed call": guest("G4", channel="phone", by_voice=True, missed_call=True),
    }
    for request_ in said.values():
        (event,) = desk.submit(request_, now=NOON)
        assert isinstance(event, ev.Joined)
        assert (event.ticket_id, event.basis) == ("E1", Basis.CLIENT)
    # It is a message as any other: told again it is known, and it may be edited.
    assert desk.submit(said["a reply"], now=NOON) == (ev.Replayed(NOON, "E1", "G2"),)
    (edited,) = desk.submit(replace(said["a reply"], text="It is room 12"), now=NOON)
    assert isinstance(edited, ev.Joined)
    assert (edited.ticket_id, edited.basis) == ("E1", Basis.EDIT)
    assert desk.counter().filed_by == {"guests": 1}
    rebuilt(desk)


FORMER = replace(FILING, filings=(Filing("former clients", ~when.has_booking() & when.stage("former")),))
FROM_ANN = Request("W1", ANN, kind="question")


def test_the_host_says_of_whom_messages_need_no_answer() -> None:
    """Rule R7: what it says of a client outranks what the message carries, and holds for messages that come later."""
    desk = Desk(FORMER)
    log = [*desk.update_client("email:ann@example.com", stage="former", now=NOON)]
    log += desk.submit(FROM_ANN, now=NOON)
    assert isinstance(log[-1], ev.Filed)
    log += desk.update_client("email:ann@example.com", stage="regular", now=NOON)
    log += desk.submit(Request("W2", replace(ANN, stage="former"), kind="question"), now=NOON)
    assert isinstance(log[-1], ev.Admitted)
    assert Desk.from_log(FORMER, log) == desk
    # A log that says otherwise is refused.
    with pytest.raises(LogError):
        Desk.from_log(FORMER, [log[0], ev.Admitted(NOON, "W1", FROM_ANN, "C1", "standard")])


def test_the_host_says_it_of_whoever_a_message_shows_to_be_that_client() -> None:
    """Rule R7: whichever identifier the host named, if this message proves it, too."""
    desk = Desk(FORMER)
    desk.update_client("account:U-77", stage="former", now=NOON)
    (event,) = desk.submit(replace(FROM_ANN, client=replace(ANN, account="U-77")), now=NOON)
    assert isinstance(event, ev.Filed)
    rebuilt(desk)


def test_a_batch_is_whole_though_it_tells_whose_client_somebody_is() -> None:
    """Rule G2: a message before it in the batch makes its sender a client of whom the host has said something."""
    desk = Desk(FORMER)
    desk.update_client("account:U-77", stage="former", now=NOON)
    before = desk.snapshot()
    shows = request("A1", replace(ANN, account="U-77"))
    with pytest.raises(RequestExists):
        desk.submit_many([shows, FROM_ANN, replace(FROM_ANN, text="And another thing")], now=NOON)
    assert desk.snapshot() == before


def test_the_host_says_whose_message_breaks_a_silence() -> None:
    """Rules R7 and L1."""
    spoken = replace(QUIET.silences[0], broken_by=when.stage("partner"))
    desk = answered(replace(QUIET, silences=(spoken, *QUIET.silences[1:])))
    desk.ask_client("A1", now=NOON)
    desk.update_client("email:bob@example.com", stage="partner", now=NOON)
    *_, broken = desk.submit(Request("R1", BOB, kind="refusal", bookings=Booking("KC-77")), now=NOON)
    assert broken == ev.ClientAnswered(NOON, "A1", "standard")
    rebuilt(desk)


def test_what_is_new_is_filed_though_its_client_has_a_ticket() -> None:
    desk = opened(GUESTS, guest("E1", "emergency", bookings=Booking("KC-77")), Request("A1", BOB))
    for said in (guest("G1", "meals", bookings=Booking("KC-78")), guest("G2", "meals", in_reply_to="A1")):
        (event,) = desk.submit(said, now=NOON)
        assert isinstance(event, ev.Filed)
        # It is not edited, in a batch neither.
        with pytest.raises(RequestExists):
            desk.submit(replace(said, text="Half board"), now=NOON)
    before = desk.snapshot()
    late = guest("G3", in_reply_to="E1")
    for batch in ([Request("B1", BOB), guest("G1", "invoice")], [late, replace(late, text="Room 12")]):
        with pytest.raises(RequestExists):
            desk.submit_many(batch, now=NOON)
    assert desk.snapshot() == before


NOTED = Policy(LANES, agents=AgentRules(notes=("reply", "hand_back", "resolve"), returns_after=HOUR))


def note(desk: Desk, agent: str | None = None) -> None:
    desk.note("A1", status="waits", done="called", next="call again", agent=agent, now=NOON)


@pytest.mark.parametrize("command", ["reply", "hand_back"])
def test_a_note_must_be_left_since_the_ticket_was_taken(command: str) -> None:
    """D.9."""
    desk = opened(NOTED)
    note(desk)
    desk.take("ivan", now=NOON)
    with pytest.raises(NoteMissing) as refusal:
        getattr(desk, command)("A1", now=NOON)
    assert (refusal.value.agent, refusal.value.command) == ("ivan", command)
    note(desk, "jana")
    with pytest.raises(NoteMissing):
        getattr(desk, command)("A1", now=NOON)
    note(desk, "ivan")
    getattr(rebuilt(desk), command)("A1", now=NOON)


@pytest.mark.parametrize(
    "hand_over",
    [
        lambda desk: desk.transfer("A1", to="up", grounds="money", now=NOON),
        lambda desk: desk.escalate("A1", grounds="money", now=NOON),
    ],
)
def test_a_note_comes_before_a_transfer_whether_anybody_has_the_ticket_or_not(hand_over: Callable[[Desk], object]) -> None:
    """D.9."""
    teams = (Team("up", when.kind("nothing")), Team("desk", escalates_to="up"))
    policy = Policy(LANES, teams=teams, agents=AgentRules(notes=("transfer",)))
    for takes in (True, False):
        desk = opened(policy)
        desk.sign_in("ivan", teams=["desk"], now=NOON)
        if takes:
            desk.take("ivan", now=NOON)
        with pytest.raises(NoteMissing) as refusal:
            hand_over(desk)
        assert refusal.value.agent == ("ivan" if takes else None)
        note(desk, "ivan")
        hand_over(rebuilt(desk))


@pytest.mark.parametrize(
    "put_aside", [lambda desk: desk.ask_client("A1", now=NOON), lambda desk: desk.park("A1", until=NOON + HOUR, now=NOON)]
)
def test_a_note_comes_before_a_ticket_is_put_aside(put_aside: Callable[[Desk], tuple[ev.Event, ...]]) -> None:
    """D.9."""
    noted, unnoted = (Policy(LANES, agents=AgentRules(notes=notes)) for notes in (("ask_client", "park"), ()))
    log: list[ev.Event] = []
    desk = Desk(unnoted)
    for happened in (desk.submit(request(), now=NOON), desk.take("ivan", now=NOON), put_aside(desk)):
        log += happened
    with pytest.raises(LogError, match="note"):
        Desk.from_log(noted, log)
    desk = Desk.from_log(noted, log[:-1])
    with pytest.raises(NoteMissing) as refusal:
        put_aside(desk)
    assert refusal.value.agent == "ivan"
    note(desk, "ivan")
    put_aside(rebuilt(desk))


def test_one_note_serves_until_the_ticket_is_taken_again() -> None:
    desk = opened(NOTED)
    desk.take("ivan", now=NOON)
    note(desk)
    desk.reply("A1", now=NOON)
    desk.submit(request("A2", channel="phone"), now=NOON)
    desk.take("ivan", now=NOON)
    with pytest.raises(NoteMissing):
        desk.reply("A1", now=NOON)
    # What comes back by itself needs no note.
    assert [type(event) for event in desk.advance(now=NOON + HOUR)] == [ev.HandedBack]


def test_a_reply_to_all_about_a_service_is_noted_with_it() -> None:
    about: dict[str, Any] = {"bookings": Booking("KC-77", service="OK 81")}
    desk = opened(NOTED, request("A1", **about), request("B1", Client(account="b"), **about))
    desk.take("ivan", now=NOON)
    note(desk)
    with pytest.raises(NoteMissing, match=r"'B1'.*give it a note") as refusal:
        desk.reply_all("OK 81", agent="ivan", now=NOON)
    assert refusal.value.command == "reply_all"
    assert rebuilt(desk).ticket("B1").state is State.WAITING
    happened = desk.reply_all("OK 81", agent="ivan", note="rebooked them all", now=NOON)
    assert [type(event) for event in happened] == [ev.Replied, ev.Taken, ev.Replied]
    rebuilt(desk)


def test_a_message_that_is_filed_starts_no_clock() -> None:
    """C1: though it came before all that the ticket goes by."""
    timed = replace(FILING, targets=(Target(DAY, clock=ClockKind.RESOLUTION),))
    desk = opened(timed, request(bookings=Booking("KC-77")))
    desk.submit(comment(bookings=Booking("KC-77"), received_at=NOON - 9 * DAY), now=NOON)
    assert len(desk.ticket("A1").requests) == 2
    (clock,) = desk.clocks("A1")
    assert clock.started_at == NOON
    rebuilt(desk)


def test_a_message_that_is_filed_has_no_advice() -> None:
    """H4: nobody answers it."""
    desk = opened(FILING, request(bookings=Booking("KC-77")))
    assert desk.advise(notice(booking="KC-99")) == desk.advise(comment(bookings=Booking("KC-77"))) == ()


@pytest.mark.parametrize("command", ["reply", "hand_back", "resolve"])
def test_a_note_that_says_nothing_is_refused(command: str) -> None:
    with pytest.raises(InvalidValue, match="says nothing"):
        getattr(answered(STEPS), command)("A1", note="+", now=NOON)


def test_L1_what_somebody_else_confirms_takes_no_ticket_out_of_an_agents_hands() -> None:
    steps = (Step("changed"), Step("verified", after=HOUR))
    desk = Desk(Policy((Lane("all"),), procedures=(Procedure("moved", None, steps),)))
    desk.submit(Request("A1", ANN), now=NOON)
    desk.take("ivan", now=NOON)
    (confirmed,) = desk.confirm("A1", "changed", by="partner", now=NOON)
    assert isinstance(confirmed, ev.Confirmed)
    assert confirmed.until is None
    # Once it is answered it is put aside until its next step is due, and comes back by itself.
    assert [type(event).__name__ for event in desk.reply("A1", now=NOON + HOUR / 2)] == ["Replied", "Parked"]
    (back,) = desk.advance(now=NOON + HOUR)
    assert isinstance(back, ev.Unparked)
    check(desk)


DELAYED = Policy((Lane("all"),), procedures=(Procedure("both", None, (Step("a"), Step("b", after=HOUR))),))


@pytest.mark.parametrize("how", ["reply", "reply_all"])
def test_L1_whoever_is_answered_before_the_next_step_is_due_is_put_aside_until_then(how: str) -> None:
    """However it is answered; and no note for a park is asked of an agent who parked nothing."""
    policy = replace(DELAYED, agents=AgentRules(notes=("park",)))
    desk = Desk(policy)
    log = list(desk.submit(Request("A", ANN, bookings=Booking("K1", service="OK81")), now=NOON))
    log += [*desk.take("olga", now=NOON), *desk.confirm("A", "a", by="partner", now=NOON)]
    log += desk.reply("A", now=NOON) if how == "reply" else desk.reply_all("OK81", agent="olga", now=NOON)
    assert [type(event) for event in log[-2:]] == [ev.Replied, ev.Parked]
    assert desk.next_wakeup == NOON + HOUR
    assert Desk.from_log(policy, log) == desk
    assert [type(event) for event in desk.advance(now=NOON + HOUR)] == [ev.Unparked]
    check(desk)
