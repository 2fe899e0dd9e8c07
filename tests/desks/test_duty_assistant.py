"""The duty assistant of a tour agency, clause by clause; `docs/desks/duty-assistant.md` says where each is in the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from clauses import clauses_of

from supportq import Client, Desk, InvalidValue, Lane, Policy, Request, SupportqError, Target, when
from supportq.errors import (
    GateClosed,
    NotConfirmed,
    NoteMissing,
    NotSignedIn,
    NotTheirs,
    NotTheirStep,
    NotTheirWork,
    OthersWait,
    OwnTransfer,
    SignedInAlready,
    StepNotDue,
)
from supportq.events import Breached, CheckFailed, Event, SignedIn, SignedOut, Taken
from supportq.ledger import Ledger, ledger
from supportq.teams import Picking, Skill, Team
from supportq.tickets import ClockKind
from supportq.when import AnyOf, Condition

clause = clauses_of("duty-assistant")

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
EVENING = NOON + 8 * HOUR
BOTH_RIGHT = {"call in": True, "sms out": True}
PAY = 4_000

Refusal = TypeVar("Refusal", bound=Exception)


class Duty:
    """A desk with an assistant on duty, Ivan, and an expert, Anna; it keeps the log."""

    def __init__(self, policy: Policy, *requests: Request, expert: bool = True) -> None:
        self.policy = policy
        self.desk = Desk(policy)
        role = policy.roles[0]
        self.log: list[Event] = [
            *self.desk.sign_in(
                "ivan",
                teams=["duty"],
                role="assistant",
                checks=BOTH_RIGHT if role.checks else None,
                until=EVENING,
                pay=PAY,
                now=NOON,
            )
        ]
        if expert:
            self.log += self.desk.sign_in("anna", teams=["experts"], role="expert", now=NOON)
        self.submit(*requests)

    def submit(self, *requests: Request, at: datetime = NOON) -> None:
        self.log += self.desk.submit_many(requests, now=at)

    def take(self, agent: str = "ivan", ticket: str | None = None, *, at: datetime = NOON) -> list[str]:
        happened = self.desk.take(agent, ticket=ticket, now=at)
        self.log += happened
        return [event.ticket_id for event in happened if isinstance(event, Taken)]

    def takes(self, agent: str = "ivan", *, at: datetime = NOON) -> list[str]:
        """All that an agent is given, one after the other."""
        found: list[str] = []
        while given := self.take(agent, at=at):
            found += given
        return found

    def note(self, ticket: str, *, at: datetime = NOON) -> None:
        self.log += self.desk.note(ticket, status="in work", done="called, the family wants sea", next="send variants", now=at)

    def answer(self, ticket: str, *, at: datetime = NOON) -> None:
        self.note(ticket, at=at)
        self.log += self.desk.reply(ticket, now=at)

    def breaches(self, *, until: datetime) -> list[tuple[str, str, datetime]]:
        self.log += self.desk.advance(now=until)
        return [(event.ticket_id, event.target, event.at) for event in self.log if isinstance(event, Breached)]

    def sign_out(self, *, at: datetime) -> tuple[Event, ...]:
        happened = self.desk.sign_out("ivan", now=at)
        self.log += happened
        return happened

    @property
    def ledger(self) -> Ledger:
        return ledger(self.policy, self.log)

    @property
    def charged(self) -> int:
        """What the shift of the assistant costs them."""
        return self.ledger.shifts[0].charged


def request(name: str, kind: str = "question", **more: object) -> Request:
    return Request(name, Client(account=f"client of {name}"), kind=kind, **more)  # type: ignore[arg-type]  # as `Request` takes them


def call(name: str, line: str = "common", *, to: str | None = None, client: str | None = None) -> Request:
    """A call that nobody took."""
    caller = Client(account=client or f"client of {name}")
    return Request(name, caller, channel="phone", line=line, missed_call=True, by_voice=True, addressed_to=to)


def refusal(kind: type[Refusal], command: Callable[[], object]) -> Refusal:
    """Why a command is refused; the test fails if it is not, or for another reason."""
    try:
        command()
    except kind as error:
        return error
    except SupportqError as error:
        raise AssertionError(f"was refused, but not with {kind.__name__}") from error
    raise AssertionError(f"was not refused with {kind.__name__}")


def first_role(policy: Policy, **changed: object) -> Policy:
    assistant, expert = policy.roles
    return replace(policy, roles=(replace(assistant, **changed), expert))  # type: ignore[arg-type]  # fields of a role


def without_grounds(policy: Policy, left_out: Callable[[Condition], bool]) -> Policy:
    """The policy, with those grounds of a takeover left out."""
    takeover = policy.takeover
    assert takeover is not None
    assert isinstance(takeover.grounds, AnyOf)
    kept = tuple(ground for ground in takeover.grounds.parts if not left_out(ground))
    return replace(policy, takeover=replace(takeover, grounds=AnyOf(kept)))


# ------------------------------------------------------------------------------------------------- D1, before duty


def comes(desk: Desk, **stated: Any) -> Event:
    """What comes of Ivan signing in, when he states all that is asked but for what is given."""
    rightly: dict[str, Any] = {"teams": ["duty"], "role": "assistant", "checks": BOTH_RIGHT, "until": EVENING, "pay": PAY}
    (event,) = desk.sign_in("ivan", **rightly | stated, now=NOON)
    return event


def no_checks(policy: Policy) -> Policy:
    return first_role(policy, checks=(), alerts=None)


def no_alert(policy: Policy) -> Policy:
    return first_role(policy, alerts=None)


def no_end_announced(policy: Policy) -> Policy:
    return first_role(policy, until=False)


@clause("D1", without=no_checks)
def test_before_duty_a_call_in_and_an_sms_out_are_tried(policy: Policy) -> None:
    desk = Desk(policy)
    for untried in (None, {}, {"call in": True}, {"sms out": True}):
        unsaid = refusal(InvalidValue, lambda untried=untried: comes(desk, checks=untried))  # type: ignore[misc]  # a default of a lambda has no type
        assert unsaid.field == "checks"
    for failed in BOTH_RIGHT:
        event = comes(desk, checks={**BOTH_RIGHT, failed: False})
        assert isinstance(event, CheckFailed)
        assert event.checks == (failed,)
        refusal(NotSignedIn, lambda: desk.take("ivan", now=NOON))
    assert isinstance(comes(desk), SignedIn)


@clause("D1", without=no_alert)
def test_a_telephone_that_fails_alerts_the_head(policy: Policy) -> None:
    failed = comes(Desk(policy), checks={**BOTH_RIGHT, "sms out": False})
    assert failed == CheckFailed(NOON, "ivan", "assistant", ("sms out",), "head")


@clause("D1", without=no_end_announced)
def test_signing_in_announces_until_when(policy: Policy) -> None:
    desk = Desk(policy)
    assert refusal(InvalidValue, lambda: comes(desk, until=None)).field == "until"
    event = comes(desk)
    assert isinstance(event, SignedIn)
    assert event.until == EVENING


# ----------------------------------------------------------------------------------------------------- D2, on duty


def for_calls_alone(policy: Policy) -> Policy:
    return first_role(policy, works=when.missed_call())


def for_clients_alone(policy: Policy) -> Policy:
    return first_role(policy, works=when.origin("client") & ~when.kind("tour_contents"))


def a_country_is_a_skill(policy: Policy) -> Policy:
    skills = tuple(Skill(country, when.attribute("country", country)) for country in ("Italy", "Peru"))
    return replace(policy, teams=(policy.teams[0], Team("duty", skills=skills)))


def chat_costs_as_all_else(policy: Policy) -> Policy:
    return replace(policy, fines=tuple(fine for fine in policy.fines if fine.name != "chat question left"))


@clause("D2", without=for_calls_alone)
def test_the_assistant_has_the_common_numbers_and_the_requests_of_clients(policy: Policy) -> None:
    calls = call("A1", line="common-1"), call("A2", line="common-2")
    duty = Duty(policy, *calls, request("B1", channel="site"), request("B2", channel="mail"))
    assert duty.takes() == ["A1", "A2", "B1", "B2"]


@clause("D2", without=for_clients_alone)
def test_the_assistant_has_the_requests_of_experts(policy: Policy) -> None:
    duty = Duty(policy, Request("C1", origin="agent", kind="question", text="Which of our tours has a free seat on Friday?"))
    assert duty.takes() == ["C1"]


@clause("D2", without=a_country_is_a_skill)
def test_the_assistant_has_chat_questions_about_any_country(policy: Policy) -> None:
    about: tuple[dict[str, str], ...] = ({"country": "Italy"}, {"country": "Peru"}, {})
    duty = Duty(policy, *(request(f"E{n}", channel="chat", attributes=facts) for n, facts in enumerate(about)))
    assert duty.takes() == ["E0", "E1", "E2"]


@clause("D2", without=chat_costs_as_all_else)
def test_a_chat_question_left_costs_half_the_pay_of_the_shift(policy: Policy) -> None:
    duty = Duty(policy, request("A1", channel="chat"))
    duty.sign_out(at=EVENING - HOUR)
    (entry,) = duty.ledger.entries
    assert (entry.ticket_id, entry.cause, entry.due) == ("A1", "LEFT", {"ivan": PAY // 2})
    assert duty.charged == PAY // 2


@clause("D2", without=chat_costs_as_all_else)
def test_a_chat_question_that_was_answered_costs_nothing_and_another_question_less(policy: Policy) -> None:
    duty = Duty(policy, request("A1", channel="chat"), request("A2", channel="mail"))
    duty.take(ticket="A1")
    duty.answer("A1")
    duty.sign_out(at=EVENING - HOUR)
    assert [(entry.ticket_id, entry.due["ivan"]) for entry in duty.ledger.entries] == [("A2", 100)]
    chat = Duty(policy, request("A1", channel="chat"))
    chat.sign_out(at=EVENING - HOUR)
    assert chat.charged > duty.charged == 100


# ------------------------------------------------------------------------------------------------ D3, missed calls


def without_target(policy: Policy, name: str) -> Policy:
    return replace(policy, targets=tuple(target for target in policy.targets if target.name != name))


def no_limit_for_missed_calls(policy: Policy) -> Policy:
    return without_target(policy, "missed call")


def a_colleagues_call_as_ones_own(policy: Policy) -> Policy:
    return without_target(policy, "call of a colleague")


def an_office_line_as_any(policy: Policy) -> Policy:
    return without_target(policy, "office line")


def an_office_line_waits_for_its_colleague(policy: Policy) -> Policy:
    return without_grounds(policy, lambda ground: ground == when.missed_call() & when.line_begins("z-"))


def calls_wait_for_the_expert_of_the_ticket(policy: Policy) -> Policy:
    return without_grounds(policy, lambda ground: ground == when.missed_call() & ~when.addressed_to())


def calls_have_no_clock_of_their_own(policy: Policy) -> Policy:
    return replace(policy, targets=(Target(15 * MINUTE, when.missed_call(), clock=ClockKind.FIRST_REPLY, name="missed call"),))


def calls_have_no_lane(policy: Policy) -> Policy:
    return replace(policy, lanes=policy.lanes[1:])


def one_lane_for_all(policy: Policy) -> Policy:
    return replace(policy, lanes=policy.lanes[-1:])


@clause("D3", without=no_limit_for_missed_calls)
def test_a_missed_call_is_called_back_within_15_minutes(policy: Policy) -> None:
    duty = Duty(policy, call("A1"), call("A2"))
    duty.take()
    duty.answer("A1", at=NOON + 15 * MINUTE - SECOND)
    assert duty.breaches(until=NOON + HOUR) == [("A2", "missed call", NOON + 15 * MINUTE)]


@clause("D3", without=a_colleagues_call_as_ones_own)
def test_a_colleagues_missed_call_is_due_within_15_minutes_once_the_colleague_has_been_silent_for_an_hour(
    policy: Policy,
) -> None:
    duty = Duty(policy, call("A1", "anna's", to="anna"), call("A2", "anna's", to="anna"), call("A3", "anna's", to="anna"))
    duty.take("anna")
    duty.answer("A1", at=NOON + 59 * MINUTE)
    assert duty.take(at=NOON + HOUR - SECOND) == []
    assert duty.take(at=NOON + HOUR) == ["A2"]
    duty.answer("A2", at=NOON + 75 * MINUTE - SECOND)
    assert duty.breaches(until=NOON + 2 * HOUR) == [("A3", "call of a colleague", NOON + 75 * MINUTE)]


@clause("D3", without=an_office_line_as_any)
def test_an_office_line_is_called_back_within_15_minutes_of_the_call_whosever_it_is(policy: Policy) -> None:
    duty = Duty(policy, call("A1", "z-north", to="anna"), call("A2", "z-south"), call("A3", "not-z-", to="anna"))
    assert duty.breaches(until=NOON + HOUR) == [
        ("A1", "office line", NOON + 15 * MINUTE),
        ("A2", "office line", NOON + 15 * MINUTE),
    ]


@clause("D3", without=an_office_line_waits_for_its_colleague)
def test_an_office_line_is_for_the_assistant_at_once(policy: Policy) -> None:
    duty = Duty(policy, call("A1", "z-north", to="anna"), call("A2", "north", to="anna"))
    assert duty.takes() == ["A1"]
    # A call of an office that somebody took is a request like any other.
    duty.submit(request("A3", channel="phone", by_voice=True, line="z-north", addressed_to="anna"))
    assert duty.takes() == []


@clause("D3", without=calls_have_no_clock_of_their_own)
def test_a_call_that_joins_a_ticket_keeps_its_clock(policy: Policy) -> None:
    duty = Duty(policy, call("A1"))
    duty.take()
    duty.answer("A1")
    duty.submit(replace(request("B1", channel="chat"), client=Client(account="client of A1")), at=NOON + 10 * MINUTE)
    duty.submit(call("A2", client="client of A1"), at=NOON + 20 * MINUTE)
    duty.submit(call("A3", client="client of A1"), at=NOON + 30 * MINUTE)
    assert duty.desk.waiting() == ["A1"]
    assert duty.breaches(until=NOON + HOUR) == [("A1", "missed call", NOON + 35 * MINUTE)]


@clause("D3", without=calls_have_no_clock_of_their_own)
def test_a_call_that_joins_a_ticket_that_was_put_aside_brings_it_back(policy: Policy) -> None:
    duty = Duty(policy, call("A1"))
    duty.take()
    duty.answer("A1")
    duty.log += duty.desk.park("A1", until=NOON + 24 * HOUR, now=NOON)
    duty.submit(call("A2", client="client of A1"), at=NOON + HOUR)
    assert [clock.due_at for clock in duty.desk.clocks("A1")] == [NOON + HOUR + 15 * MINUTE]
    assert duty.take(at=NOON + HOUR) == ["A1"]


@clause("D3", without=calls_wait_for_the_expert_of_the_ticket)
def test_a_call_to_a_common_number_is_for_the_assistant_at_once_also_in_the_ticket_of_an_expert(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna"))
    duty.submit(call("A2", client="client of A1"), at=NOON + 20 * MINUTE)
    assert duty.desk.waiting() == ["A2", "A1"]
    duty.desk.merge("A1", "A2", now=NOON + 20 * MINUTE)
    assert [clock.due_at for clock in duty.desk.clocks("A1")] == [NOON + 35 * MINUTE]
    assert duty.take(at=NOON + 20 * MINUTE) == ["A1"]
    # A message there is none to be called back.
    duty = Duty(policy, request("A1", addressed_to="anna"))
    duty.submit(Request("A2", Client(account="client of A1"), channel="chat", kind="question", text="Are you there?"))
    assert (duty.desk.waiting(), duty.takes()) == (["A1"], [])


@clause("D3", without=one_lane_for_all)
def test_a_call_goes_before_the_question_or_the_tour_of_its_client(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "find_tour"), request("B1", channel="chat"), request("C1"))
    duty.submit(call("A2", client="client of A1"), call("B2", client="client of B1"), at=NOON + MINUTE)
    assert duty.takes(at=NOON + MINUTE) == ["A2", "B2", "B1", "C1", "A1"]


@clause("D3", without=one_lane_for_all)
def test_whoever_calls_again_is_in_one_ticket_with_the_call_that_is_owed(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "find_tour"))
    for number in range(2, 5):
        duty.submit(call(f"A{number}", client="client of A1"), at=NOON + number * MINUTE)
    assert duty.desk.waiting() == ["A2", "A1"]
    assert duty.breaches(until=NOON + HOUR) == [("A2", "missed call", NOON + 17 * MINUTE)]


@clause("D3", without=calls_have_no_lane)
def test_whoever_is_to_be_called_back_first_comes_first(policy: Policy) -> None:
    duty = Duty(policy, request("A1"), call("A2", to="anna"))
    duty.submit(call("A3"), call("A4", "z-north", to="anna"), at=NOON + HOUR)
    taken_call = Request("A5", Client(account="client of A5"), channel="phone", by_voice=True, line="z-south")
    duty.submit(taken_call, at=NOON + HOUR)
    assert duty.takes(at=NOON + HOUR) == ["A3", "A4", "A2", "A1", "A5"]


# ---------------------------------------------------------------------------------------------------- D4, takeover


def no_takeover_when_urgent(policy: Policy) -> Policy:
    return without_grounds(policy, lambda ground: ground == when.urgent())


def no_takeover_of_flight_documents(policy: Policy) -> Policy:
    return without_grounds(policy, lambda ground: ground == when.kind("flight_documents"))


def no_takeover_of_payment(policy: Policy) -> Policy:
    return without_grounds(policy, lambda ground: ground == when.kind("payment"))


def silence_counts_later(policy: Policy) -> Policy:
    assert policy.takeover is not None
    return replace(policy, takeover=replace(policy.takeover, silence=24 * HOUR))


def no_takeover(policy: Policy) -> Policy:
    return replace(policy, takeover=None)


@clause("D4", without=no_takeover)
def test_a_clients_message_to_an_expert_waits_for_the_expert(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna"))
    assert duty.takes() == []
    assert duty.take("anna") == ["A1"]


@clause("D4", without=no_takeover_when_urgent)
def test_an_urgent_message_to_an_expert_is_taken_over(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna", urgent=True), request("A2", addressed_to="anna"))
    assert duty.takes() == ["A1"]


@clause("D4", without=no_takeover_when_urgent)
def test_a_message_is_taken_over_when_the_client_writes_again_that_it_is_urgent(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna"))
    again = Request("A2", Client(account="client of A1"), kind="question", addressed_to="anna", urgent=True, text="It burns!")
    assert duty.takes() == []
    duty.submit(again, at=NOON + MINUTE)
    assert duty.desk.waiting() == ["A1"]
    assert duty.takes(at=NOON + MINUTE) == ["A1"]


@clause("D4", without=silence_counts_later)
def test_a_message_to_an_expert_who_has_been_silent_for_over_an_hour_is_taken_over(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna"))
    assert duty.takes(at=NOON + HOUR - SECOND) == []
    assert duty.takes(at=NOON + HOUR + SECOND) == ["A1"]


@clause("D4", without=silence_counts_later)
def test_an_expert_is_silent_again_from_the_clients_next_message_on(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna"))
    duty.take("anna")
    duty.answer("A1", at=NOON + 30 * MINUTE)
    duty.submit(
        Request("A2", Client(account="client of A1"), kind="question", addressed_to="anna", text="And the transfer?"),
        at=NOON + 3 * HOUR,
    )
    assert duty.takes(at=NOON + 4 * HOUR - SECOND) == []
    assert duty.takes(at=NOON + 4 * HOUR + SECOND) == ["A1"]


@clause("D4", without=no_takeover_of_flight_documents)
def test_a_message_about_issuing_flight_documents_is_taken_over(policy: Policy) -> None:
    assert Duty(policy, request("A1", "flight_documents", addressed_to="anna")).takes() == ["A1"]


@clause("D4", without=no_takeover_of_payment)
def test_a_message_about_payment_is_taken_over(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "payment", addressed_to="anna"), request("A2", addressed_to="anna"))
    assert duty.takes() == ["A1"]
    duty.log += duty.desk.correct("A2", kind="payment", now=NOON)
    assert duty.takes() == ["A2"]


@clause("D4", without=no_takeover_of_payment)
def test_a_message_about_payment_is_taken_over_also_when_its_client_has_another_ticket_open(policy: Policy) -> None:
    duty = Duty(policy, request("A1", addressed_to="anna"))
    duty.submit(replace(request("A2", "payment", addressed_to="anna"), client=Client(account="client of A1")))
    assert duty.takes() == ["A2"]


# --------------------------------------------------------------------------------------------- D5, finding a tour


def finding_a_tour_like_any_work(policy: Policy) -> Policy:
    return replace(policy, agents=replace(policy.agents, long_work=None))


def finding_a_tour_in_its_turn(policy: Policy) -> Policy:
    return replace(policy, lanes=(*policy.lanes[:2], Lane("rest")))


@clause("D5", without=finding_a_tour_like_any_work)
def test_finding_a_tour_is_refused_while_any_other_request_waits(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "find_tour"))
    duty.submit(request("A2", channel="chat"), at=NOON + MINUTE)
    refused = refusal(OthersWait, lambda: duty.take(ticket="A1", at=NOON + MINUTE))
    assert (refused.ticket, refused.other) == ("A1", "A2")


@clause("D5", without=finding_a_tour_like_any_work)
def test_finding_a_tour_is_refused_until_what_was_taken_is_answered(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "find_tour"), request("A2"))
    assert duty.take() == ["A2"]
    assert refusal(OthersWait, lambda: duty.take(ticket="A1")).other == "A2"
    duty.answer("A2")
    assert duty.take(ticket="A1") == ["A1"]


@clause("D5", without=finding_a_tour_in_its_turn)
def test_the_next_ticket_may_always_be_taken_and_finding_a_tour_comes_after_the_queue(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "find_tour"), request("A2", "find_tour"))
    duty.submit(request("A3"), request("A4", channel="chat"), call("A5"), at=NOON + MINUTE)
    assert duty.takes(at=NOON + MINUTE) == ["A5", "A3", "A4", "A1", "A2"]


# -------------------------------------------------------------------------------------------- D6, not to oneself


def own_transfer_recorded(policy: Policy) -> Policy:
    return replace(policy, agents=replace(policy.agents, own_transfer=Picking.RECORDED))


@clause("D6", without=own_transfer_recorded)
def test_nobody_on_duty_hands_a_clients_request_over_to_themselves_as_the_expert(policy: Policy) -> None:
    duty = Duty(policy, request("A1", attributes=PAID), request("A2", attributes=PAID))
    duty.take()
    duty.note("A1")
    duty.note("A2")
    for ticket, agent in (("A1", None), ("A1", "ivan"), ("A2", "ivan")):
        refused = refusal(OwnTransfer, lambda ticket=ticket, agent=agent: hand_over(duty, ticket, agent, "ivan"))  # type: ignore[misc]  # a default of a lambda has no type
        assert (refused.ticket, refused.agent) == (ticket, "ivan")
    hand_over(duty, "A1", "ivan", "anna")
    assert duty.take("anna") == ["A1"]


def assistants_work_for_any_team(policy: Policy) -> Policy:
    return first_role(policy, teams=())


@clause("D6", without=assistants_work_for_any_team)
def test_nobody_on_duty_takes_as_an_expert_what_they_have_handed_over_to_the_experts(policy: Policy) -> None:
    assert refusal(InvalidValue, lambda: comes(Desk(policy), teams=["duty", "experts"])).field == "teams"
    duty = Duty(policy, request("A1", attributes=PAID))
    duty.take()
    duty.note("A1")
    hand_over(duty, "A1", "ivan")
    refusal(NotTheirs, lambda: duty.take(ticket="A1"))
    refusal(SignedInAlready, lambda: duty.desk.sign_in("ivan", teams=["experts"], role="expert", now=NOON))
    assert duty.take("anna") == ["A1"]


def experts_work_for_any_team(policy: Policy) -> Policy:
    return replace(policy, roles=(policy.roles[0], replace(policy.roles[1], teams=())))


@clause("D6", without=experts_work_for_any_team)
def test_nobody_is_on_duty_as_an_expert(policy: Policy) -> None:
    """So would they work for both teams, and need no check of the telephone."""
    for teams in (["duty"], ["experts", "duty"]):
        desk = Desk(policy)
        unsaid = refusal(InvalidValue, lambda: desk.sign_in("ivan", teams=teams, role="expert", now=NOON))  # noqa: B023  # it is called at once
        assert unsaid.field == "teams"
        refusal(NotSignedIn, lambda: desk.take("ivan", now=NOON))  # noqa: B023  # it is called at once


PAID = {"prepayment": 3_000, "service": "selection"}


def hand_over(duty: Duty, ticket: str, agent: str | None, to: str | None = None) -> None:
    duty.log += duty.desk.transfer(ticket, to="experts", grounds="selection of a tour", agent=agent, addressee=to, now=NOON)


# ---------------------------------------------------------------------------------------- D7, what a tour contains


def the_assistant_works_all(policy: Policy) -> Policy:
    return first_role(policy, works=None)


def experts_have_no_questions(policy: Policy) -> Policy:
    return replace(policy, teams=(Team("experts", when.kind("nothing")), Team("duty")))


@clause("D7", without=the_assistant_works_all)
def test_what_a_tour_contains_is_not_answered_by_the_assistant(policy: Policy) -> None:
    duty = Duty(policy, request("A1"))
    duty.take()
    duty.log += duty.desk.correct("A1", kind="tour_contents", now=NOON)
    duty.note("A1")
    refused = refusal(NotTheirWork, lambda: duty.desk.reply("A1", now=NOON))
    assert (refused.agent, refused.role) == ("ivan", "assistant")
    duty.log += duty.desk.hand_back("A1", now=NOON)
    assert duty.takes() == []
    assert duty.take("anna") == ["A1"]
    duty.answer("A1")


@clause("D7", without=the_assistant_works_all)
def test_nor_is_it_the_assistants_when_it_is_handed_to_them(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "tour_contents"), request("A2", "tour_contents"))
    for ticket, to in (("A1", None), ("A2", "ivan")):
        duty.note(ticket)
        duty.log += duty.desk.transfer(ticket, to="duty", grounds="no time", agent="anna", addressee=to, now=NOON)
    assert duty.takes(at=NOON + 2 * HOUR) == []
    refusal(NotTheirWork, lambda: duty.take(ticket="A1", at=NOON + 2 * HOUR))


@clause("D7", without=experts_have_no_questions)
def test_what_a_tour_contains_goes_to_an_expert_by_itself(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "tour_contents"))
    assert duty.takes("anna") == ["A1"]


@clause("D7", without=experts_have_no_questions)
def test_it_goes_to_an_expert_also_when_its_client_has_another_ticket_open(policy: Policy) -> None:
    duty = Duty(policy, request("A1", "other"))
    duty.submit(replace(request("A2", "tour_contents"), client=Client(account="client of A1")))
    assert duty.takes("anna") == ["A2"]
    assert duty.takes() == ["A1"]


# ------------------------------------------------------------------------------------------------- D8, site requests


def no_procedure(policy: Policy) -> Policy:
    return replace(policy, procedures=())


def without_step(policy: Policy, name: str) -> Policy:
    (procedure,) = policy.procedures
    return replace(policy, procedures=(replace(procedure, steps=tuple(step for step in procedure.steps if step.name != name)),))


def no_call(policy: Policy) -> Policy:
    return without_step(policy, "call")


def no_customer_record(policy: Policy) -> Policy:
    return without_step(policy, "customer record")


def no_message(policy: Policy) -> Policy:
    return without_step(policy, "message from the record")


def no_brief(policy: Policy) -> Policy:
    return without_step(policy, "brief")


def brief_by_the_client_alone(policy: Policy) -> Policy:
    return with_last_step_by(policy, "client")


def brief_by_the_assistant_alone(policy: Policy) -> Policy:
    return with_last_step_by(policy, "agent")


def with_last_step_by(policy: Policy, who: str) -> Policy:
    (procedure,) = policy.procedures
    *steps, brief = procedure.steps
    return replace(policy, procedures=(replace(procedure, steps=(*steps, replace(brief, by=(who,)))),))


def site_request(policy: Policy) -> Duty:
    """A site request that was answered."""
    duty = Duty(policy, request("A1", "find_tour", channel="site"))
    duty.take()
    duty.answer("A1")
    return duty


def confirm(duty: Duty, *steps: tuple[str, str]) -> None:
    for step, by in steps:
        duty.log += duty.desk.confirm("A1", step, by=by, now=NOON)


def closed(duty: Duty) -> bool:
    duty.log += duty.desk.resolve("A1", now=NOON)
    return duty.desk.ticket("A1").state == "closed"


CALL, RECORD, MESSAGE = ("call", "agent"), ("customer record", "agent"), ("message from the record", "agent")


@clause("D8", without=no_procedure)
def test_a_site_request_closes_only_when_all_is_done_in_its_order(policy: Policy) -> None:
    duty = site_request(policy)
    steps = [CALL, RECORD, MESSAGE, ("brief", "client")]
    for done, step in enumerate(steps):
        missing = refusal(NotConfirmed, lambda: closed(duty)).missing
        assert missing == tuple(name for name, _ in steps[done:])
        confirm(duty, step)
    assert closed(duty)


@clause("D8", without=no_call)
def test_a_site_request_is_always_followed_by_a_call(policy: Policy) -> None:
    duty = site_request(policy)
    assert refusal(StepNotDue, lambda: confirm(duty, RECORD)).next == "call"
    for nobody in ("client", "system"):
        assert refusal(NotTheirStep, lambda by=nobody: confirm(duty, ("call", by))).may == ("agent",)  # type: ignore[misc]  # a default of a lambda has no type
    confirm(duty, CALL, RECORD)


@clause("D8", without=no_customer_record)
def test_a_customer_record_is_created_if_there_is_none(policy: Policy) -> None:
    """Where there is one, the system says so."""
    for by in ("agent", "system"):
        duty = site_request(policy)
        confirm(duty, CALL)
        assert refusal(StepNotDue, lambda duty=duty: confirm(duty, MESSAGE)).next == "customer record"  # type: ignore[misc]  # a default of a lambda has no type
        confirm(duty, ("customer record", by), MESSAGE)


@clause("D8", without=no_message)
def test_a_message_goes_out_from_the_record(policy: Policy) -> None:
    duty = site_request(policy)
    confirm(duty, CALL, RECORD)
    assert refusal(StepNotDue, lambda: confirm(duty, ("brief", "client"))).next == "message from the record"
    assert refusal(NotTheirStep, lambda: confirm(duty, ("message from the record", "client"))).may == ("agent", "system")
    confirm(duty, ("message from the record", "system"))


@clause("D8", without=no_brief)
def test_without_a_brief_it_does_not_close(policy: Policy) -> None:
    duty = site_request(policy)
    confirm(duty, CALL, RECORD, MESSAGE)
    assert refusal(NotConfirmed, lambda: closed(duty)).missing == ("brief",)


@clause("D8", without=no_procedure)
def test_a_site_request_needs_its_steps_also_when_its_client_has_another_ticket_open(policy: Policy) -> None:
    duty = Duty(policy, request("Q1", channel="chat"))
    duty.submit(replace(request("A1", "find_tour", channel="site"), client=Client(account="client of Q1")))
    assert set(duty.desk.waiting()) == {"Q1", "A1"}
    assert duty.desk.explain("A1").missing_steps[:1] == ("call",)
    for ticket in ("Q1", "A1"):
        duty.take(ticket=ticket)
        duty.answer(ticket)
    assert refusal(NotConfirmed, lambda: closed(duty)).missing[0] == "call"
    duty.log += duty.desk.resolve("Q1", now=NOON)


@clause("D8", without=no_procedure)
def test_a_form_that_joins_a_ticket_brings_its_steps_with_it(policy: Policy) -> None:
    duty = Duty(policy, request("Q1", "other", channel="chat"))
    duty.submit(replace(request("A1", "other", channel="site"), client=Client(account="client of Q1")))
    assert duty.desk.waiting() == ["Q1"]
    assert duty.desk.explain("Q1").missing_steps[:1] == ("call",)


def fills_in_the_brief(duty: Duty, by: str) -> bool:
    """Whether they may."""
    try:
        confirm(duty, ("brief", by))
    except NotTheirStep:
        return False
    return True


@clause("D8", without=brief_by_the_assistant_alone)
def test_the_client_may_fill_in_the_brief(policy: Policy) -> None:
    duty = site_request(policy)
    confirm(duty, CALL, RECORD, MESSAGE)
    assert fills_in_the_brief(duty, "client")
    assert closed(duty)


@clause("D8", without=brief_by_the_client_alone)
def test_the_assistant_may_fill_in_the_brief(policy: Policy) -> None:
    duty = site_request(policy)
    confirm(duty, CALL, RECORD, MESSAGE)
    assert fills_in_the_brief(duty, "agent")
    assert closed(duty)


# ------------------------------------------------------------------------------------------------------- D9, notes


def no_notes(policy: Policy) -> Policy:
    return replace(policy, agents=replace(policy.agents, notes=()))


def no_note_before_a_reply(policy: Policy) -> Policy:
    return without_note_before(policy, "reply")


def no_note_before_a_hand_back(policy: Policy) -> Policy:
    return without_note_before(policy, "hand_back")


def no_note_before_a_transfer(policy: Policy) -> Policy:
    return without_note_before(policy, "transfer")


def without_note_before(policy: Policy, command: str) -> Policy:
    return replace(policy, agents=replace(policy.agents, notes=tuple(one for one in policy.agents.notes if one != command)))


@clause("D9", without=no_note_before_a_reply)
def test_every_reply_carries_status_what_was_done_and_the_next_step(policy: Policy) -> None:
    duty = Duty(policy, request("A1"))
    duty.take()
    assert refusal(NoteMissing, lambda: duty.desk.reply("A1", now=NOON)).command == "reply"
    duty.answer("A1")
    note = duty.desk.ticket("A1").note
    assert note is not None
    assert (note.status, note.done, note.next) == ("in work", "called, the family wants sea", "send variants")


@clause("D9", without=no_note_before_a_reply)
def test_every_call_back_has_its_record(policy: Policy) -> None:
    """Each call of a ticket, not only the first: what was noted for the last one does not do for this."""
    duty = Duty(policy, call("A1"))
    duty.take()
    refusal(NoteMissing, lambda: duty.desk.reply("A1", now=NOON))
    duty.answer("A1")
    duty.submit(call("A2", client="client of A1"), at=NOON + HOUR)
    assert duty.take(at=NOON + HOUR) == ["A1"]
    refusal(NoteMissing, lambda: duty.desk.reply("A1", now=NOON + HOUR))
    duty.answer("A1", at=NOON + HOUR)


@clause("D9", without=no_note_before_a_hand_back)
def test_every_hand_back_carries_them_too(policy: Policy) -> None:
    duty = Duty(policy, request("A1"))
    duty.take()
    assert refusal(NoteMissing, lambda: duty.desk.hand_back("A1", now=NOON)).command == "hand_back"
    duty.note("A1")
    duty.log += duty.desk.hand_back("A1", now=NOON)
    assert duty.desk.waiting() == ["A1"]


@clause("D9", without=no_note_before_a_transfer)
def test_so_does_every_request_that_goes_back_to_its_expert(policy: Policy) -> None:
    duty = Duty(policy, request("A1", attributes=PAID))
    duty.take()
    assert refusal(NoteMissing, lambda: hand_over(duty, "A1", "ivan", "anna")).command == "transfer"
    duty.note("A1")
    hand_over(duty, "A1", "ivan", "anna")


def no_note_before_a_question(policy: Policy) -> Policy:
    return without_note_before(policy, "ask_client")


def no_note_before_a_break(policy: Policy) -> Policy:
    return without_note_before(policy, "park")


@clause("D9", without=no_note_before_a_question)
def test_so_does_every_talk_that_ends_with_a_question_to_the_client(policy: Policy) -> None:
    duty = Duty(policy, call("A1"))
    duty.take()
    assert refusal(NoteMissing, lambda: duty.desk.ask_client("A1", now=NOON)).command == "ask_client"
    duty.note("A1")
    duty.log += duty.desk.ask_client("A1", now=NOON)


@clause("D9", without=no_note_before_a_break)
def test_so_does_every_request_that_is_put_aside(policy: Policy) -> None:
    duty = Duty(policy, call("A1"))
    duty.take()
    assert refusal(NoteMissing, lambda: duty.desk.park("A1", until=NOON + HOUR, now=NOON)).command == "park"
    duty.note("A1")
    duty.log += duty.desk.park("A1", until=NOON + HOUR, now=NOON)


@clause("D9", without=no_notes)
def test_a_note_that_says_nothing_is_refused(policy: Policy) -> None:
    duty = Duty(policy, request("A1"))
    duty.take()
    said = {"status": "in work", "done": "called", "next": "send variants"}
    for field in said:
        empty = {**said, field: "+"}
        assert refusal(InvalidValue, lambda empty=empty: duty.desk.note("A1", **empty, now=NOON)).field == field  # type: ignore[misc]  # a default of a lambda has no type
    refusal(InvalidValue, lambda: duty.desk.reply("A1", note="+", now=NOON))
    # So the reply has none yet.
    refusal(NoteMissing, lambda: duty.desk.reply("A1", now=NOON))


# ------------------------------------------------------------------------------------------------ D10, to an expert


def no_gate(policy: Policy) -> Policy:
    return replace(policy, gates=())


def no_prepayment(policy: Policy) -> Policy:
    return replace(policy, gates=(replace(policy.gates[0], needs=when.attribute("service", "selection")),))


def for_any_service(policy: Policy) -> Policy:
    return replace(policy, gates=(replace(policy.gates[0], needs=when.at_least("prepayment", 3_000)),))


def no_offer(policy: Policy) -> Policy:
    return replace(policy, hints=policy.hints[1:])


def always_in_a_hurry(policy: Policy) -> Policy:
    return replace(policy, hints=policy.hints[:1])


@clause("D10", without=no_gate)
def test_to_an_expert_only_with_a_prepayment_for_the_selection(policy: Policy) -> None:
    duty = Duty(policy, request("A1", attributes={"service": "selection"}))
    duty.take()
    duty.note("A1")
    assert refusal(GateClosed, lambda: hand_over(duty, "A1", "ivan")).team == "experts"
    duty.log += duty.desk.correct("A1", attributes={"prepayment": 3_000}, now=NOON)
    hand_over(duty, "A1", "ivan")
    assert duty.take("anna") == ["A1"]


@clause("D10", without=no_prepayment)
def test_a_smaller_prepayment_is_none(policy: Policy) -> None:
    for prepayment in (2_999, 0, True, "3000"):
        duty = Duty(policy, request("A1", attributes={"service": "selection", "prepayment": prepayment}))
        duty.take()
        duty.note("A1")
        refusal(GateClosed, lambda duty=duty: hand_over(duty, "A1", "ivan", "anna"))  # type: ignore[misc]  # a default of a lambda has no type


@clause("D10", without=for_any_service)
def test_a_prepayment_for_another_service_does_not_do(policy: Policy) -> None:
    duty = Duty(policy, request("A1", attributes={"service": "visa", "prepayment": 3_000}))
    duty.take()
    duty.note("A1")
    refusal(GateClosed, lambda: hand_over(duty, "A1", "ivan", "anna"))


@clause("D10", without=no_gate)
def test_no_expert_is_handed_a_client_by_name_in_another_team(policy: Policy) -> None:
    duty = Duty(policy, request("A1"))
    duty.take()
    duty.note("A1")
    by_name = refusal(
        NotTheirs,
        lambda: duty.desk.transfer("A1", to="duty", grounds="for Anna", agent="ivan", addressee="anna", now=NOON),
    )
    assert (by_name.agent, by_name.team) == ("anna", "duty")
    refusal(GateClosed, lambda: hand_over(duty, "A1", "ivan", "anna"))


def hint(policy: Policy, *facts: str) -> str | None:
    desk = Desk(policy)
    desk.submit(request("A1", attributes=dict.fromkeys(facts, True)), now=NOON)
    return desk.explain("A1").hint


@clause("D10", without=no_offer)
def test_the_explanation_says_to_offer_an_expert(policy: Policy) -> None:
    offered = [("individual_tour",), ("doubts", "wants_more_variants"), ("cannot_decide",)]
    assert {hint(policy, *facts) for facts in offered} == {"offer an expert"}
    assert hint(policy, "doubts") is hint(policy, "wants_more_variants") is hint(policy) is None
    assert hint(policy, "few_questions", "cannot_decide") == "offer an expert"


@clause("D10", without=always_in_a_hurry)
def test_the_explanation_says_that_there_is_no_hurry(policy: Policy) -> None:
    calm = [("chose_a_tour", "paid_a_deposit"), ("few_questions",), ("general_information",)]
    assert {hint(policy, *facts) for facts in calm} == {"no hurry"}
    assert hint(policy, "chose_a_tour") is hint(policy, "paid_a_deposit") is None


# --------------------------------------------------------------------------------------------- D11, the end of duty


def leaving_costs_nothing(policy: Policy) -> Policy:
    return replace(policy, fines=tuple(fine for fine in policy.fines if not fine.left))


@clause("D11", without=leaving_costs_nothing)
def test_at_the_end_of_duty_no_missed_call_request_or_question_is_left(policy: Policy) -> None:
    duty = Duty(policy, request("A1"), request("A2", channel="chat"), request("A3", "payment", channel="mail"))
    for ticket in duty.takes():
        duty.answer(ticket)
    duty.submit(request("B1"), request("B2", channel="chat"), at=EVENING - HOUR)
    duty.submit(call("B3"), at=EVENING - MINUTE)
    duty.sign_out(at=EVENING - SECOND)
    left = [(entry.ticket_id, entry.cause) for entry in duty.ledger.entries]
    assert left == [("B1", "LEFT"), ("B2", "LEFT"), ("B3", "LEFT")]
    assert all(entry.due["ivan"] >= 100 for entry in duty.ledger.entries)


@clause("D11", without=leaving_costs_nothing)
def test_sign_out_lists_what_is_left(policy: Policy) -> None:
    duty = Duty(policy, request("A1"), request("A2"), call("A3"), request("A4", channel="chat"), request("A5", "tour_contents"))
    assert duty.take(ticket="A1") == ["A1"]
    assert duty.take(ticket="A2") == ["A2"]
    duty.answer("A2")
    assert [told.ticket_id for told in duty.desk.handover(team="duty")] == ["A1", "A3", "A4"]
    out = duty.sign_out(at=NOON + MINUTE)[-1]
    assert isinstance(out, SignedOut)
    assert (out.unanswered, out.answered, out.left) == (("A1",), ("A2",), ("A1", "A3", "A4"))


@clause("D11", without=leaving_costs_nothing)
def test_what_is_put_aside_is_left_and_whose_client_was_asked_is_not(policy: Policy) -> None:
    duty = Duty(policy, call("A1"), request("A2", channel="chat"), request("A3"), request("A4"))
    for ticket in duty.takes():
        duty.note(ticket)
    for ticket in ("A1", "A2"):
        duty.log += duty.desk.park(ticket, until=NOON + 24 * HOUR, now=NOON)
    duty.log += duty.desk.ask_client("A3", now=NOON)
    told = {one.ticket_id: one.asked for one in duty.desk.handover(team="duty")}
    assert told == {"A1": False, "A2": False, "A3": True, "A4": False}
    out = duty.sign_out(at=NOON + MINUTE)[-1]
    assert isinstance(out, SignedOut)
    assert out.left == ("A1", "A2", "A4") == tuple(name for name, asked in told.items() if not asked)
    assert [(entry.ticket_id, entry.due) for entry in duty.ledger.entries] == [
        ("A1", {"ivan": 100}),
        ("A2", {"ivan": PAY // 2}),
        ("A4", {"ivan": 100}),
    ]


@clause("D11", without=leaving_costs_nothing)
def test_whoever_comes_next_is_told_of_a_missed_call_whatever_its_ticket_began_with(policy: Policy) -> None:
    duty = Duty(policy, request("A1"), request("B1"))
    duty.submit(call("A2", client="client of A1"))
    duty.desk.merge("A1", "A2", now=NOON)
    assert [(told.ticket_id, told.missed_call) for told in duty.desk.handover(team="duty")] == [("A1", True), ("B1", False)]
    out = duty.sign_out(at=NOON + MINUTE)[-1]
    assert isinstance(out, SignedOut)
    assert out.left == ("A1", "B1")


@clause("D11", without=leaving_costs_nothing)
def test_whoever_leaves_a_colleague_on_duty_leaves_nothing(policy: Policy) -> None:
    duty = Duty(policy, request("A1"))
    duty.log += duty.desk.sign_in("olga", teams=["duty"], role="assistant", checks=BOTH_RIGHT, until=EVENING, pay=PAY, now=NOON)
    duty.sign_out(at=NOON + MINUTE)
    assert duty.charged == 0
    duty.log += duty.desk.advance(now=EVENING)
    assert [shift.charged for shift in duty.ledger.shifts if shift.agent == "olga"] == [100]


# ---------------------------------------------------------------------------------------------------- D12, the ledger


def breaches_cost_nothing(policy: Policy) -> Policy:
    return replace(policy, fines=tuple(fine for fine in policy.fines if fine.left))


def no_limit(policy: Policy) -> Policy:
    return replace(policy, fines_at_most=1.0)


def pay_unsaid(policy: Policy) -> Policy:
    return first_role(policy, pay=False)


@clause("D12", without=pay_unsaid)
def test_signing_in_states_the_pay_of_the_shift(policy: Policy) -> None:
    desk = Desk(policy)
    assert refusal(InvalidValue, lambda: comes(desk, pay=None)).field == "pay"
    event = comes(desk)
    assert isinstance(event, SignedIn)
    assert event.pay == PAY


@clause("D12", without=breaches_cost_nothing)
def test_each_breach_found_costs_100(policy: Policy) -> None:
    duty = Duty(policy, call("A1"), call("A2", "z-north", to="anna"), call("A3", to="anna"))
    assert len(duty.breaches(until=NOON + 2 * HOUR)) == 3
    assert [entry.charged for entry in duty.ledger.entries] == [{"ivan": 100}] * 3
    assert duty.charged == 300


@clause("D12", without=no_limit)
def test_all_together_is_never_above_half_the_pay_of_the_shift(policy: Policy) -> None:
    duty = Duty(policy, *(call(f"A{number}") for number in range(15)), request("B1", channel="chat"))
    duty.breaches(until=NOON + HOUR)
    assert duty.charged == 1_500
    duty.log += duty.desk.advance(now=EVENING)
    assert sum(entry.due["ivan"] for entry in duty.ledger.entries) > PAY
    (shift, *_) = duty.ledger.shifts
    assert (shift.charged, shift.at_most) == (PAY // 2, PAY // 2)
