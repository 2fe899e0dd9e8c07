"""The clauses E1 to E6 of the desk `two-systems`, each with the policy and with what is left of it without the clause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from clauses import clauses_of

from supportq import Booking, Client, Desk, Policy, Request, when
from supportq.errors import CommandRefused, NotConfirmed, NotTheirStep, StepNotDue
from supportq.events import Filed
from supportq.procedures import Procedure, Step
from supportq.tickets import Origin, State

clause = clauses_of("two-systems")

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ANN = Client(email="ann@example.com")
HOTEL = Client(account="hotel-7", stage="connected", manager="eva")
IN_MARKETPLACE = Booking("KC-77", system="marketplace")
IN_BOOKING_SYSTEM = Booking("KC-88", system="booking system")

CONNECTION = (
    ("agreed", "partner"),
    ("agreed", "channel"),
    ("identifier sent", "partner"),
    ("mapped", "channel"),
    ("told", "channel"),
    ("checked", "partner"),
)
CANCELLATION = (
    ("voucher cancelled", "partner"),
    ("mail of the cancellation", "system"),
    ("cancelled in the booking system", "partner"),
)
NEW_SERVICE = (
    ("old voucher cancelled", "agent"),
    ("new voucher issued", "agent"),
    ("mail of the new voucher", "system"),
    ("cancelled in the partner's system", "partner"),
)
AGREED = (("agreed", "partner"), ("agreed", "client"))


# ------------------------------------------------------------------------------------------------- what the tests do


def desk_of(policy: Policy, *requests: Request) -> Desk:
    """A desk where Ivan works for all teams, and has answered these requests."""
    desk = Desk(policy)
    desk.sign_in("ivan", teams=[team.name for team in policy.teams], now=NOON)
    for request in requests:
        desk.submit(request, now=NOON)
        desk.take("ivan", ticket=request.id, now=NOON)
        desk.reply(request.id, now=NOON)
    return desk


def confirm(desk: Desk, ticket: str, *steps: tuple[str, str], now: datetime = NOON) -> None:
    for step, by in steps:
        desk.confirm(ticket, step, by=by, now=now)


def refused(error: type[CommandRefused], command: Callable[..., Any], *arguments: Any, **more: Any) -> str:
    """What a command says that is refused so."""
    try:
        command(*arguments, **more)
    except error as refusal:
        return str(refusal)
    raise AssertionError(f"{command.__name__} is not refused")


def may(command: Callable[..., Any], *arguments: Any, **more: Any) -> bool:
    """Whether a command is not refused."""
    try:
        command(*arguments, **more)
    except CommandRefused:
        return False
    return True


def filed_by(desk: Desk, request: Request, now: datetime = NOON) -> str | None:
    """By which rule a request is filed; `None` where it waits for an answer."""
    happened = desk.submit(request, now=now)[0]
    return happened.filing if isinstance(happened, Filed) else None


def mail(name: str, kind: str, booking: Booking = IN_MARKETPLACE) -> Request:
    """A notification from one of the systems."""
    return Request(name, origin="system", kind=kind, bookings=booking)


def team_of(desk: Desk, ticket: str) -> str | None:
    queue = desk.explain(ticket).queue
    return None if queue is None else queue.team


# ------------------------------------------------------------------------------------------ how clauses are taken out


def without_steps(*procedures: str) -> Callable[[Policy], Policy]:
    """Tickets of these procedures need no confirmation; nothing that is filed confirms a step of theirs."""

    def without(policy: Policy) -> Policy:
        return with_procedures(policy, [one for one in policy.procedures if one.name not in procedures])

    return without


def with_procedures(policy: Policy, procedures: list[Procedure]) -> Policy:
    steps = {step.name for procedure in procedures for step in procedure.steps}
    filings = tuple(one if one.confirms in steps else replace(one, confirms=None) for one in policy.filings)
    return replace(policy, procedures=tuple(procedures), filings=filings)


def with_step(step_name: str, **changes: Any) -> Callable[[Policy], Policy]:
    """The step is another, wherever it is one."""

    def changed(step: Step) -> Step:
        return replace(step, **changes) if step.name == step_name else step

    return lambda policy: with_procedures(
        policy, [replace(one, steps=tuple(map(changed, one.steps))) for one in policy.procedures]
    )


def without_step(step_name: str) -> Callable[[Policy], Policy]:
    def without(policy: Policy) -> Policy:
        kept = ((one, tuple(step for step in one.steps if step.name != step_name)) for one in policy.procedures)
        return with_procedures(policy, [replace(one, steps=steps) for one, steps in kept])

    return without


def in_another_order(policy: Policy) -> Policy:
    """The steps of every procedure that has no way back or delay, the last first."""
    return with_procedures(
        policy,
        [
            one if any(step.back_to or step.after for step in one.steps) else replace(one, steps=one.steps[::-1])
            for one in policy.procedures
        ],
    )


def without_filings(*names: str) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, filings=tuple(one for one in policy.filings if one.name not in names))


def with_filing(name: str, **changes: Any) -> Callable[[Policy], Policy]:
    return lambda policy: replace(
        policy, filings=tuple(replace(one, **changes) if one.name == name else one for one in policy.filings)
    )


def without_team(name: str) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, teams=tuple(team for team in policy.teams if team.name != name))


def with_team(name: str, **changes: Any) -> Callable[[Policy], Policy]:
    return lambda policy: replace(
        policy, teams=tuple(replace(team, **changes) if team.name == name else team for team in policy.teams)
    )


def without_hints(policy: Policy) -> Policy:
    return replace(policy, hints=())


# ----------------------------------------------------------------------------------------------- E1: how to be connected

TO_CONNECT = Request("C1", HOTEL, kind="connect")

anybody_connects = without_steps("connection")
one_agrees = with_step("agreed", each=False)
anybody_sends = with_step("identifier sent", by=())
anybody_maps = with_step("mapped", by=())
anybody_tells = with_step("told", by=())
only_the_channel_tells = with_step("told", by=("channel",))
anybody_checks = with_step("checked", by=())
no_way_back = with_step("checked", back_to=None)


@clause("E1", without=anybody_connects)
def test_a_connection_is_made_in_five_steps_in_order(policy: Policy) -> None:
    desk = desk_of(policy, TO_CONNECT)
    assert desk.explain("C1").missing_steps == ("agreed", "identifier sent", "mapped", "told", "checked")
    for done, (step, by) in enumerate(CONNECTION):
        for later, whose in CONNECTION[done + 1 :]:
            if later != step:
                refused(StepNotDue, desk.confirm, "C1", later, by=whose, now=NOON)
        refused(NotConfirmed, desk.resolve, "C1", now=NOON)
        desk.confirm("C1", step, by=by, now=NOON)
    desk.resolve("C1", now=NOON)
    assert desk.ticket("C1").state is State.CLOSED


@clause("E1", without=one_agrees)
def test_partner_and_channel_both_agree(policy: Policy) -> None:
    desk = desk_of(policy, TO_CONNECT)
    refused(NotTheirStep, desk.confirm, "C1", "agreed", by="agent", now=NOON)
    desk.confirm("C1", "agreed", by="channel", now=NOON)
    assert desk.explain("C1").missing_steps[0] == "agreed"
    desk.confirm("C1", "agreed", by="partner", now=NOON)
    assert desk.explain("C1").missing_steps[0] == "identifier sent"


def refused_to(policy: Policy, step: str, *others: str) -> None:
    """A step of the connection is none of these others' to confirm."""
    desk = desk_of(policy, TO_CONNECT)
    confirm(desk, "C1", *CONNECTION[: [name for name, _ in CONNECTION].index(step)])
    for other in others:
        refused(NotTheirStep, desk.confirm, "C1", step, by=other, now=NOON)


@clause("E1", without=anybody_sends)
def test_the_partner_sends_the_identifier(policy: Policy) -> None:
    refused_to(policy, "identifier sent", "channel", "representative", "agent")


@clause("E1", without=anybody_maps)
def test_the_channel_maps(policy: Policy) -> None:
    refused_to(policy, "mapped", "partner", "representative", "agent")


@clause("E1", without=anybody_tells)
def test_nobody_else_tells_the_partner(policy: Policy) -> None:
    refused_to(policy, "told", "partner", "agent")


@clause("E1", without=only_the_channel_tells)
def test_the_representative_tells_the_partner_or_the_channel_does(policy: Policy) -> None:
    for teller in ("channel", "representative"):
        desk = desk_of(policy, TO_CONNECT)
        confirm(desk, "C1", *CONNECTION[:4])
        assert may(desk.confirm, "C1", "told", by=teller, now=NOON)
        assert desk.explain("C1").missing_steps == ("checked",)


@clause("E1", without=anybody_checks)
def test_the_partner_checks(policy: Policy) -> None:
    refused_to(policy, "checked", "channel", "representative", "agent")


@clause("E1", without=no_way_back)
def test_what_was_not_copied_right_goes_back_to_mapping(policy: Policy) -> None:
    desk = desk_of(policy, TO_CONNECT)
    confirm(desk, "C1", *CONNECTION[:5])
    assert may(desk.confirm, "C1", "checked", by="partner", right=False, now=NOON)
    assert desk.explain("C1").missing_steps == ("mapped", "told", "checked")
    confirm(desk, "C1", *CONNECTION[3:])
    desk.resolve("C1", now=NOON)


without_representatives = without_team("representatives")
any_representative = with_team("representatives", person=None)
products_do_not_matter = without_filings("no second product")


@clause("E1", without=without_representatives)
def test_who_has_both_products_and_no_connection_turns_to_a_representative(policy: Policy) -> None:
    desk = desk_of(policy)
    desk.submit(Request("C1", Client(account="hotel-8", stage="two products", manager="eva"), kind="connect"), now=NOON)
    desk.submit(Request("C2", Client(account="hotel-9", stage="connected", manager="eva"), kind="connect"), now=NOON)
    assert (team_of(desk, "C1"), team_of(desk, "C2")) == ("representatives", "partner care")
    # Once it is connected, partner care it is.
    desk.update_client("account:hotel-8", stage="connected", now=NOON)
    assert team_of(desk, "C1") == "partner care"


@clause("E1", without=any_representative)
def test_it_is_their_own_representative(policy: Policy) -> None:
    desk = desk_of(policy)
    for agent in ("eva", "hugo"):
        desk.sign_in(agent, teams=["representatives"], now=NOON)
    desk.submit(Request("C1", Client(account="hotel-8", stage="two products", manager="eva"), kind="connect"), now=NOON)
    assert desk.take("hugo", now=NOON) == ()
    assert desk.take("eva", now=NOON)


@clause("E1", without=products_do_not_matter)
def test_who_has_not_the_second_product_turns_to_its_maker(policy: Policy) -> None:
    desk = desk_of(policy)
    filed = desk.submit(Request("C1", Client(account="hotel-8", stage="one product"), kind="connect"), now=NOON)[0]
    assert isinstance(filed, Filed)
    assert filed.directs_to == "maker of the second product"
    assert desk.waiting() == []


# ------------------------------------------------------------------------------------------------ E2: a cancellation

TO_CANCEL = Request("A1", ANN, kind="cancel", bookings=IN_MARKETPLACE)
DELETED = mail("X1", "deleted")

closes_undone = without_steps("cancelled in both systems")
without_the_voucher = without_step("voucher cancelled")
without_the_mail = without_step("mail of the cancellation")
without_the_booking_system = without_step("cancelled in the booking system")


def deletion_is_an_outcome(policy: Policy) -> Policy:
    return with_procedures(
        policy,
        [
            replace(one, when=when.kind("cancel")) if one.name == "cancelled in both systems" else one
            for one in policy.procedures
        ],
    )


deletion_confirms = with_filing("mail: cancelled", when=when.kind("mail_cancelled", "deleted") & when.origin("system"))


def cancels(policy: Policy) -> None:
    """Only the three steps together close it."""
    desk = desk_of(policy, TO_CANCEL)
    assert desk.explain("A1").missing_steps == tuple(step for step, _ in CANCELLATION)
    for step, by in CANCELLATION:
        refused(NotConfirmed, desk.resolve, "A1", now=NOON)
        desk.confirm("A1", step, by=by, now=NOON)
    desk.resolve("A1", now=NOON)


@clause("E2", without=closes_undone)
def test_a_cancellation_is_made_in_both_systems(policy: Policy) -> None:
    cancels(policy)


@clause("E2", without=without_the_voucher)
def test_the_voucher_is_cancelled(policy: Policy) -> None:
    cancels(policy)


@clause("E2", without=without_the_mail)
def test_the_confirmation_mail_is_received(policy: Policy) -> None:
    cancels(policy)


@clause("E2", without=without_the_booking_system)
def test_it_is_cancelled_in_the_booking_system(policy: Policy) -> None:
    cancels(policy)


@clause("E2", without=in_another_order)
def test_the_voucher_first_then_the_mail_then_the_booking_system(policy: Policy) -> None:
    desk = desk_of(policy, TO_CANCEL)
    for done, (step, by) in enumerate(CANCELLATION):
        for later, whose in CANCELLATION[done + 1 :]:
            assert f"confirm '{step}'" in refused(StepNotDue, desk.confirm, "A1", later, by=whose, now=NOON)
        desk.confirm("A1", step, by=by, now=NOON)


@clause("E2", without=without_hints)
def test_to_check_both_systems_is_offered_and_not_required(policy: Policy) -> None:
    desk = desk_of(policy, TO_CANCEL)
    assert desk.explain("A1").hint == "offer to check both systems"
    confirm(desk, "A1", *CANCELLATION)
    desk.resolve("A1", now=NOON)


def needs_its_steps(policy: Policy, request: Request, steps: tuple[str, ...]) -> None:
    """Whatever else its client asked about that booking, or asks."""
    for other in (TO_CANCEL, TO_MOVE, OTHER_SERVICE):
        if other is request:
            continue
        for first, second in ((other, request), (request, other)):
            desk = desk_of(policy)
            desk.submit(first, now=NOON)
            desk.submit(second, now=NOON + MINUTE)
            assert desk.waiting() == [first.id, second.id]
            assert desk.explain(request.id).missing_steps == steps


@clause("E2", without=closes_undone)
def test_a_cancellation_is_a_ticket_of_its_own_with_its_steps_whatever_else_its_client_asked(policy: Policy) -> None:
    needs_its_steps(policy, TO_CANCEL, tuple(step for step, _ in CANCELLATION))


@clause("E2", without=deletion_confirms)
def test_that_a_booking_was_deleted_confirms_nothing(policy: Policy) -> None:
    desk = desk_of(policy, TO_CANCEL)
    for done, (step, by) in enumerate(CANCELLATION):
        before = desk.explain("A1").missing_steps
        desk.submit(replace(DELETED, id=f"X{done}"), now=NOON)
        assert desk.explain("A1").missing_steps == before
        desk.confirm("A1", step, by=by, now=NOON)


@clause("E2", without=deletion_is_an_outcome)
def test_a_booking_that_was_deleted_has_to_be_cancelled_all_the_same(policy: Policy) -> None:
    desk = desk_of(policy, DELETED)
    refused(NotConfirmed, desk.resolve, "X1", now=NOON)
    confirm(desk, "X1", *CANCELLATION)
    desk.resolve("X1", now=NOON)
    assert desk.ticket("X1").outcome is None


# --------------------------------------------------------------------------------------------- E3: a change of the date

TO_MOVE = Request("B1", ANN, kind="change_date", bookings=IN_MARKETPLACE)
THE_OTHER_WAY = Request("B1", ANN, kind="change_date", bookings=IN_BOOKING_SYSTEM)

nobody_agrees = without_step("agreed")
not_at_once = with_step("changed", after=HOUR)
nobody_verifies = without_step("verified")
verified_at_once = with_step("verified", after=None)
as_long_both_ways = without_steps("date changed, the other way round")
as_good_as_changed = with_step("verified", back_to=None)


def due_after(policy: Policy, request: Request) -> timedelta:
    """How long after the change it may be verified, and comes back by itself."""
    desk = desk_of(policy, request)
    confirm(desk, request.id, *AGREED, ("changed", "partner"))
    assert desk.ticket(request.id).state is State.PARKED
    due = desk.explain(request.id).next_step_at
    assert due is not None
    assert desk.next_wakeup == due
    refused(StepNotDue, desk.confirm, request.id, "verified", by="agent", now=due - MINUTE)
    desk.advance(now=due)
    assert desk.waiting() == [request.id]
    desk.confirm(request.id, "verified", by="agent", now=due)
    return due - NOON


@clause("E3", without=nobody_agrees)
def test_partner_and_client_agree_before_a_date_is_changed(policy: Policy) -> None:
    desk = desk_of(policy, TO_MOVE)
    assert may(desk.confirm, "B1", "agreed", by="client", now=NOON)
    refused(StepNotDue, desk.confirm, "B1", "changed", by="client", now=NOON)
    desk.confirm("B1", "agreed", by="partner", now=NOON)
    desk.confirm("B1", "changed", by="client", now=NOON)


@clause("E3", without=not_at_once)
def test_it_is_changed_at_once(policy: Policy) -> None:
    for changer in ("partner", "client"):
        desk = desk_of(policy, TO_MOVE)
        confirm(desk, "B1", *AGREED)
        assert desk.ticket("B1").state is State.ANSWERED
        desk.confirm("B1", "changed", by=changer, now=NOON)


@clause("E3", without=without_hints)
def test_it_is_best_changed_where_the_booking_was_made(policy: Policy) -> None:
    assert desk_of(policy, TO_MOVE).explain("B1").hint == "change it in the marketplace, where it was made"
    assert desk_of(policy, THE_OTHER_WAY).explain("B1").hint == "change it in the booking system, where it was made"


@clause("E3", without=verified_at_once)
def test_the_other_system_follows_within_about_an_hour(policy: Policy) -> None:
    assert due_after(policy, TO_MOVE) == HOUR


@clause("E3", without=as_long_both_ways)
def test_the_other_way_round_takes_longer(policy: Policy) -> None:
    assert due_after(policy, THE_OTHER_WAY) > due_after(policy, TO_MOVE)
    # It goes by where it was changed, if that is not where it was made.
    elsewhere = {"changed_in": "booking system"}
    assert due_after(policy, replace(TO_MOVE, attributes=elsewhere)) == due_after(policy, THE_OTHER_WAY)
    elsewhere = {"changed_in": "marketplace"}
    assert due_after(policy, replace(THE_OTHER_WAY, attributes=elsewhere)) == due_after(policy, TO_MOVE)


@clause("E3", without=nobody_verifies)
def test_then_it_is_verified(policy: Policy) -> None:
    desk = desk_of(policy, TO_MOVE)
    confirm(desk, "B1", *AGREED, ("changed", "partner"))
    desk.advance(now=NOON + HOUR)
    assert desk.explain("B1").missing_steps == ("verified",)


@clause("E3", without=verified_at_once)
def test_who_says_before_it_is_verified_that_the_day_is_wrong_is_heard_at_once(policy: Policy) -> None:
    desk = desk_of(policy, TO_MOVE)
    confirm(desk, "B1", *AGREED, ("changed", "partner"))
    assert desk.ticket("B1").state is State.PARKED
    wrong = replace(TO_MOVE, id="B2", text="No, that is the wrong day, the flight is on Monday")
    desk.submit(wrong, now=NOON + MINUTE)
    assert (desk.waiting(), desk.ticket("B1").returned_to) == (["B1"], "ivan")
    desk.take("ivan", now=NOON + MINUTE)
    desk.reply("B1", now=NOON + 2 * MINUTE)
    assert desk.ticket("B1").parked_until == NOON + HOUR


@clause("E3", without=as_good_as_changed)
def test_what_did_not_follow_is_changed_again(policy: Policy) -> None:
    desk = desk_of(policy, TO_MOVE)
    confirm(desk, "B1", *AGREED, ("changed", "partner"))
    assert may(desk.confirm, "B1", "verified", by="agent", right=False, now=NOON + HOUR)
    assert desk.explain("B1").missing_steps == ("changed", "verified")


no_steps_to_change = without_steps("date changed")


@clause("E3", without=no_steps_to_change)
def test_a_change_of_the_date_is_a_ticket_of_its_own_with_its_steps_whatever_else_its_client_asked(policy: Policy) -> None:
    needs_its_steps(policy, TO_MOVE, ("agreed", "changed", "verified"))


no_move_alone = without_filings("first move")
BY_A_CLIENT = when.origin("client") & ~when.stage("one product", "two products", "connected")
any_move_alone = with_filing("first move", when=when.kind("moved") & BY_A_CLIENT)
partners_move_alone = with_filing("first move", when=when.kind("moved") & when.origin("client") & when.attribute("moves", 1))
anything_moves = with_filing("first move", when=BY_A_CLIENT & when.attribute("moves", 1))
systems_move_alone = with_filing("first move", when=when.kind("moved") & when.attribute("moves", 1))


def moved(name: str, moves: int) -> Request:
    """A client has moved a booking alone, for the how manieth time."""
    return Request(name, ANN, kind="moved", bookings=IN_MARKETPLACE, attributes={"moves": moves})


@clause("E3", without=no_move_alone)
def test_a_client_may_move_a_booking_alone(policy: Policy) -> None:
    desk = desk_of(policy)
    assert filed_by(desk, moved("V1", 1)) == "first move"
    assert desk.waiting() == []


@clause("E3", without=any_move_alone)
def test_a_client_may_move_a_booking_alone_once(policy: Policy) -> None:
    desk = desk_of(policy)
    assert filed_by(desk, moved("V1", 1)) == "first move"
    assert filed_by(desk, moved("V2", 2)) is None
    assert desk.waiting() == ["V2"]
    # From the second on it is a change of the date as any other.
    assert desk.explain("V2").missing_steps == ("agreed", "changed", "verified")


@clause("E3", without=partners_move_alone)
def test_a_partner_moves_no_booking_alone(policy: Policy) -> None:
    for stage in ("one product", "two products", "connected"):
        desk = desk_of(policy)
        assert filed_by(desk, replace(moved("V1", 1), client=replace(HOTEL, stage=stage))) is None
        assert desk.explain("V1").missing_steps == ("agreed", "changed", "verified")


@clause("E3", without=anything_moves)
def test_only_what_was_moved_is_a_move(policy: Policy) -> None:
    for kind in ("change_date", "cancel", "change_service"):
        assert filed_by(desk_of(policy), replace(moved("V1", 1), kind=kind)) is None


@clause("E3", without=systems_move_alone)
def test_what_a_system_moved_is_no_move_of_the_client(policy: Policy) -> None:
    for origin in (Origin.SYSTEM, Origin.AGENT):
        assert filed_by(desk_of(policy), replace(moved("V1", 1), origin=origin)) is None


# ------------------------------------------------------------------------------------------- E4: what counts as valid

A_BOOKING = Request("K1", origin="system", kind="booking", bookings=IN_MARKETPLACE)
A_REFUSAL = Request("R1", HOTEL, kind="refusal", text="We are overbooked on that day.", bookings=IN_MARKETPLACE)


def nothing_counts_as_valid(policy: Policy) -> Policy:
    return replace(policy, silences=())


def all_counts_as_valid(policy: Policy) -> Policy:
    return replace(policy, silences=tuple(replace(one, when=None) for one in policy.silences))


def a_refusal_changes_nothing(policy: Policy) -> Policy:
    return replace(policy, silences=tuple(replace(one, broken_by=None) for one in policy.silences))


a_rejection_is_an_answer = without_filings("rejected without word")
a_refusal_says_nothing = without_filings("refused without a description")


def in_turn(policy: Policy) -> Policy:
    return replace(policy, lanes=policy.lanes[1:])


def waits_for_whom_it_names(policy: Policy) -> Policy:
    assert policy.takeover is not None
    return replace(policy, takeover=replace(policy.takeover, grounds=None))


refusals_anywhere = with_team("customer service", when=when.origin("client") & ~when.stage("connected"))


@clause("E4", without=nothing_counts_as_valid)
def test_a_booking_that_is_left_unanswered_counts_as_valid(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    desk.advance(now=NOON + 24 * HOUR)
    assert desk.ticket("K1").outcome == "valid: the client relies on it"
    assert not desk.ticket("K1").bookings[0].cancelled
    assert desk.counter().lapsed == 1


@clause("E4", without=a_rejection_is_an_answer)
def test_a_booking_that_is_rejected_without_word_counts_as_valid(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    assert filed_by(desk, mail("J1", "rejected"), now=NOON + HOUR) == "rejected without word"
    assert desk.waiting() == []
    desk.advance(now=NOON + 24 * HOUR)
    assert desk.ticket("K1").outcome == "valid: the client relies on it"


@clause("E4", without=all_counts_as_valid)
def test_nothing_else_counts_as_valid_when_it_is_left_unanswered(policy: Policy) -> None:
    for request in (TO_CANCEL, TO_MOVE, OTHER_SERVICE, TO_CONNECT, A_REFUSAL, DELETED, Request("Q1", ANN)):
        desk = desk_of(policy, request)
        desk.ask_client(request.id, now=NOON)
        desk.advance(now=NOON + 72 * HOUR)
        assert desk.ticket(request.id).state is State.PARKED
        assert (desk.ticket(request.id).outcome, desk.counter().lapsed) == (None, 0)


@clause("E4", without=a_refusal_changes_nothing)
def test_a_booking_that_is_refused_in_words_does_not_count_as_valid(policy: Policy) -> None:
    for sender in (HOTEL, Client(email="owner@example.com")):
        desk = desk_of(policy, A_BOOKING)
        desk.ask_client("K1", now=NOON)
        desk.submit(replace(A_REFUSAL, client=sender), now=NOON + HOUR)
        assert desk.waiting() == ["R1", "K1"]
        desk.advance(now=NOON + 48 * HOUR)
        assert desk.ticket("K1").outcome is None
        assert desk.counter().lapsed == 0


@clause("E4", without=a_refusal_changes_nothing)
def test_a_refusal_in_reply_to_the_booking_need_not_name_it(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    desk.submit(replace(A_REFUSAL, bookings=(), in_reply_to="K1"), now=NOON + HOUR)
    assert desk.waiting() == ["R1", "K1"]
    desk.advance(now=NOON + 48 * HOUR)
    assert desk.ticket("K1").outcome is None


@clause("E4", without=a_refusal_changes_nothing)
def test_what_turns_out_to_be_a_refusal_is_one(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    desk.submit(replace(A_REFUSAL, kind="other"), now=NOON + HOUR)
    desk.correct("R1", kind="refusal", now=NOON + 2 * HOUR)
    assert desk.waiting() == ["R1", "K1"]
    desk.advance(now=NOON + 48 * HOUR)
    assert desk.ticket("K1").outcome is None


@clause("E4", without=a_refusal_changes_nothing)
def test_a_booking_does_not_come_to_count_as_valid_while_a_refusal_of_it_waits(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.submit(A_REFUSAL, now=NOON)
    desk.ask_client("K1", now=NOON)
    assert desk.waiting() == ["R1", "K1"]
    desk.advance(now=NOON + 48 * HOUR)
    assert desk.ticket("K1").outcome is None


@clause("E4", without=a_refusal_changes_nothing)
def test_a_booking_that_is_refused_while_it_is_merged_does_not_count_as_valid_when_that_is_undone(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    desk.submit(Request("X1", Client(account="x"), kind="question", bookings=A_BOOKING.bookings), now=NOON)
    desk.merge("K1", "X1", now=NOON)
    desk.submit(A_REFUSAL, now=NOON + HOUR)
    desk.unmerge("X1", now=NOON + 2 * HOUR)
    desk.advance(now=NOON + 48 * HOUR)
    assert desk.ticket("K1").outcome is None
    assert desk.ticket("K1").state == "waiting"


@clause("E4", without=nothing_counts_as_valid)
def test_a_booking_that_the_partner_was_not_told_of_does_not_count_as_valid(policy: Policy) -> None:
    desk = desk_of(policy)
    desk.submit(A_BOOKING, now=NOON)
    desk.take("ivan", now=NOON)
    desk.ask_client("K1", now=NOON)
    desk.advance(now=NOON + 24 * HOUR)
    assert (desk.waiting(), desk.ticket("K1").outcome) == (["K1"], None)


@clause("E4", without=in_turn)
def test_a_refusal_goes_in_front(policy: Policy) -> None:
    desk = desk_of(policy)
    desk.submit(TO_CANCEL, now=NOON)
    desk.submit(A_REFUSAL, now=NOON + HOUR)
    assert desk.waiting() == ["R1", "A1"]


@clause("E4", without=in_turn)
def test_a_refusal_goes_in_front_whatever_else_its_sender_asked(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    desk.submit(Request("Q1", HOTEL, bookings=IN_MARKETPLACE), now=NOON)
    desk.submit(replace(A_REFUSAL, in_reply_to="K1"), now=NOON + HOUR)
    assert desk.waiting() == ["R1", "K1", "Q1"]


@clause("E4", without=refusals_anywhere)
def test_a_refusal_reaches_partner_care_whoever_sends_it(policy: Policy) -> None:
    for sender in (HOTEL, Client(account="hotel-8"), Client(account="hotel-9", stage="two products", manager="eva")):
        desk = desk_of(policy)
        desk.submit(replace(A_REFUSAL, client=sender), now=NOON)
        assert team_of(desk, "R1") == "partner care"


@clause("E4", without=waits_for_whom_it_names)
def test_a_refusal_reaches_partner_care_at_once_whomever_it_names(policy: Policy) -> None:
    desk = desk_of(policy)
    desk.submit(replace(A_REFUSAL, addressed_to="eva"), now=NOON)
    assert desk.take("ivan", now=NOON)


@clause("E4", without=a_refusal_says_nothing)
def test_a_refusal_has_a_description(policy: Policy) -> None:
    desk = desk_of(policy, A_BOOKING)
    desk.ask_client("K1", now=NOON)
    for number, text in enumerate(("", "-", " + ")):
        filed = desk.submit(replace(A_REFUSAL, id=f"S{number}", text=text), now=NOON + HOUR)[0]
        assert isinstance(filed, Filed)
        assert filed.directs_to == "partner care, with a description"
    assert desk.waiting() == []
    # What is said aloud is a description, and so is what comes after all.
    assert filed_by(desk, replace(A_REFUSAL, text="", by_voice=True), now=NOON + HOUR) is None
    assert filed_by(desk, replace(A_REFUSAL, id="R2"), now=NOON + HOUR) is None


# ------------------------------------------------------------------------------------- E5: a change of the kind of service

OTHER_SERVICE = Request("D1", ANN, kind="change_service", bookings=IN_MARKETPLACE)

without_customer_service = without_team("customer service")
partners_go_there_too = with_team("customer service", when=when.origin("client") & ~when.kind("refusal", "connect"))
nothing_to_confirm = without_steps("another kind of service")
old_voucher_stays = without_step("old voucher cancelled")
no_new_voucher = without_step("new voucher issued")
no_mail_of_it = without_step("mail of the new voucher")
left_with_the_partner = without_step("cancelled in the partner's system")


@clause("E5", without=without_customer_service)
def test_the_client_goes_to_customer_service(policy: Policy) -> None:
    desk = desk_of(policy)
    desk.submit(OTHER_SERVICE, now=NOON)
    assert team_of(desk, "D1") == "customer service"


@clause("E5", without=partners_go_there_too)
def test_partners_may_write_straight_to_partner_care(policy: Policy) -> None:
    for stage in ("one product", "two products", "connected"):
        desk = desk_of(policy)
        desk.submit(replace(OTHER_SERVICE, client=replace(HOTEL, stage=stage)), now=NOON)
        assert team_of(desk, "D1") == "partner care"


def changes_service(policy: Policy) -> None:
    """One ticket closes with the four steps together."""
    desk = desk_of(policy, OTHER_SERVICE)
    assert desk.explain("D1").missing_steps == tuple(step for step, _ in NEW_SERVICE)
    for step, by in NEW_SERVICE:
        refused(NotConfirmed, desk.resolve, "D1", now=NOON)
        desk.confirm("D1", step, by=by, now=NOON)
    desk.resolve("D1", now=NOON)
    assert desk.counter().tickets == 1


@clause("E5", without=nothing_to_confirm)
def test_another_kind_of_service_is_one_ticket_with_its_steps(policy: Policy) -> None:
    changes_service(policy)


@clause("E5", without=old_voucher_stays)
def test_the_old_voucher_is_cancelled(policy: Policy) -> None:
    changes_service(policy)


@clause("E5", without=no_new_voucher)
def test_a_new_voucher_is_issued(policy: Policy) -> None:
    changes_service(policy)


@clause("E5", without=no_mail_of_it)
def test_a_mail_confirms_the_new_voucher(policy: Policy) -> None:
    changes_service(policy)


@clause("E5", without=left_with_the_partner)
def test_then_the_old_is_cancelled_in_the_partners_system(policy: Policy) -> None:
    changes_service(policy)


@clause("E5", without=in_another_order)
def test_the_steps_of_another_kind_of_service_go_in_order(policy: Policy) -> None:
    desk = desk_of(policy, OTHER_SERVICE)
    for done, (step, by) in enumerate(NEW_SERVICE):
        for later, whose in NEW_SERVICE[done + 1 :]:
            assert f"confirm '{step}'" in refused(StepNotDue, desk.confirm, "D1", later, by=whose, now=NOON)
        desk.confirm("D1", step, by=by, now=NOON)


@clause("E5", without=nothing_to_confirm)
def test_another_kind_of_service_is_a_ticket_of_its_own_with_its_steps_whatever_else_its_client_asked(policy: Policy) -> None:
    needs_its_steps(policy, OTHER_SERVICE, tuple(step for step, _ in NEW_SERVICE))


# ----------------------------------------------------------------------------------------------- E6: notification mails

mails_wait = without_filings("mail: new", "mail: changed", "mail: cancelled")
anybody_notifies = with_filing("mail: cancelled", when=when.kind("mail_cancelled"))


def mails_confirm_nothing(policy: Policy) -> Policy:
    return replace(policy, filings=tuple(replace(one, confirms=None) for one in policy.filings))


@clause("E6", without=mails_wait)
def test_notification_mails_are_filed_and_counted(policy: Policy) -> None:
    desk = desk_of(policy)
    for number, kind in enumerate(("mail_new", "mail_new", "mail_changed", "mail_cancelled")):
        filed_by(desk, mail(f"M{number}", kind, Booking(f"KC-{number}")))
    assert desk.waiting() == []
    counter = desk.counter()
    assert (counter.received, counter.backlog, counter.filed) == (0, 0, 4)
    assert {name: count for name, count in counter.filed_by.items() if count} == {
        "mail: new": 2,
        "mail: changed": 1,
        "mail: cancelled": 1,
    }


@clause("E6", without=anybody_notifies)
def test_what_a_person_writes_is_no_notification(policy: Policy) -> None:
    desk = desk_of(policy)
    desk.submit(Request("M1", ANN, kind="mail_cancelled", bookings=IN_MARKETPLACE), now=NOON)
    assert desk.waiting() == ["M1"]


@clause("E6", without=mails_confirm_nothing)
def test_a_mail_about_an_open_ticket_is_its_confirmation(policy: Policy) -> None:
    for request, before, kind, left in (
        (TO_CANCEL, CANCELLATION[:1], "mail_cancelled", ("cancelled in the booking system",)),
        (TO_MOVE, AGREED, "mail_changed", ("verified",)),
        (OTHER_SERVICE, NEW_SERVICE[:2], "mail_new", ("cancelled in the partner's system",)),
    ):
        desk = desk_of(policy, request)
        confirm(desk, request.id, *before)
        filed = desk.submit(mail("M1", kind), now=NOON)[0]
        assert isinstance(filed, Filed)
        assert filed.ticket == request.id
        assert desk.explain(request.id).missing_steps == left
        # A mail is about one booking, and what is confirmed needs no second one.
        assert len(desk.submit(mail("M2", kind, Booking("ZZ-1")), now=NOON)) == 1
        assert len(desk.submit(mail("M3", kind), now=NOON)) == 1
