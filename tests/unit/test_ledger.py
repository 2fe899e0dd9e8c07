"""The ledger: what was missed, who was on duty, and what it costs them (rule C3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import Client, Desk, Lane, LogError, Policy, PolicyError, Request, Target, when
from supportq.events import Event, SignedOut
from supportq.ledger import Entry, ledger
from supportq.targets import Fine
from supportq.teams import Takeover, Team
from supportq.tickets import ClockKind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
FINES = (
    Fine("call", when.missed_call(), amount=101),
    Fine("breach", amount=100),
    Fine("chat left", when.channel("chat"), of_pay=0.5, left=True),
)
TARGETS = (Target(HOUR), Target(15 * MINUTE, clock=ClockKind.CALL_BACK), Target(3 * DAY, clock=ClockKind.RESOLUTION))
PLAIN = Policy((Lane("all"),), targets=TARGETS, fines=FINES, fines_at_most=0.5)
TEAMS = Policy(
    (Lane("all"),), teams=(Team("air", when.kind("flight")), Team("rest")), targets=TARGETS, fines=FINES, fines_at_most=0.5
)


class Day:
    """A desk and its log."""

    def __init__(self, policy: Policy = PLAIN) -> None:
        self.desk = Desk(policy)
        self.policy = policy
        self.log: list[Event] = []

    def do(self, command: str, *arguments: Any, at: timedelta = timedelta(0), **named: Any) -> None:
        self.log += getattr(self.desk, command)(*arguments, now=NOON + at, **named)

    def write(self, name: str, at: timedelta = timedelta(0), **facts: Any) -> None:
        self.do("submit", Request(name, Client(account=name), **facts), at=at)

    def entries(self) -> tuple[Entry, ...]:
        return ledger(self.policy, self.log).entries


def told(entries: tuple[Entry, ...]) -> list[tuple[object, ...]]:
    return [(entry.ticket_id, entry.cause, entry.fine, dict(entry.charged)) for entry in entries]


def test_C3_a_breach_costs_whoever_is_on_duty_in_equal_parts() -> None:
    day = Day()
    day.do("sign_in", "ivan", pay=4_000)
    day.do("sign_in", "jana", pay=4_000)
    day.write("A1", missed_call=True)
    day.do("advance", at=20 * MINUTE)
    assert told(day.entries()) == [("A1", "WAITING", "call", {"ivan": 51, "jana": 50})]


def test_C3_whoever_has_the_ticket_answers_for_it_alone() -> None:
    day = Day()
    day.do("sign_in", "ivan", pay=4_000)
    day.do("sign_in", "jana", pay=4_000)
    day.write("A1")
    day.do("take", "jana")
    day.do("advance", at=2 * HOUR)
    assert told(day.entries()) == [("A1", "TAKEN", "breach", {"jana": 100})]


def test_C3_only_the_team_of_the_ticket_answers_for_it() -> None:
    day = Day(TEAMS)
    day.do("sign_in", "ivan", teams=["air"], pay=4_000)
    day.do("sign_in", "jana", teams=["rest"], pay=4_000)
    day.write("A1", kind="flight")
    day.write("B1")
    day.do("advance", at=2 * HOUR)
    assert told(day.entries()) == [("A1", "WAITING", "breach", {"ivan": 100}), ("B1", "WAITING", "breach", {"jana": 100})]


def test_C3_with_nobody_on_duty_it_is_listed_and_costs_nothing() -> None:
    day = Day()
    day.write("A1")
    day.do("advance", at=2 * HOUR)
    assert told(day.entries()) == [("A1", "WAITING", "breach", {})]


def test_C3_what_was_late_before_the_desk_knew_costs_nobody_anything() -> None:
    day = Day()
    day.do("sign_in", "ivan", pay=4_000)
    day.write("A1", received_at=NOON - DAY)
    assert told(day.entries()) == [("A1", "KNOWN_LATE", "breach", {})]


def test_C3_all_together_never_cost_more_than_the_share_of_the_pay() -> None:
    day = Day()
    day.do("sign_in", "ivan", pay=501)
    for number in range(4):
        day.write(f"A{number}", at=number * MINUTE)
    day.do("advance", at=2 * HOUR)
    entries = day.entries()
    assert [entry.charged["ivan"] for entry in entries] == [100, 100, 50, 0]
    assert [entry.due["ivan"] for entry in entries] == [100] * 4
    (shift,) = ledger(day.policy, day.log).shifts
    assert (shift.charged, shift.at_most, shift.ended_at) == (250, 250, None)


def test_C3_each_shift_has_a_limit_of_its_own() -> None:
    day = Day()
    for number in range(2):
        day.do("sign_in", "ivan", pay=200, at=number * DAY)
        day.write(f"A{number}", at=number * DAY)
        day.do("sign_out", "ivan", at=number * DAY + 2 * HOUR)
    shifts = ledger(day.policy, day.log).shifts
    assert [(shift.began_at - NOON, shift.charged) for shift in shifts] == [(timedelta(0), 100), (DAY, 100)]
    assert [shift.ended_at for shift in shifts] == [NOON + 2 * HOUR, NOON + DAY + 2 * HOUR]


def test_D11_C3_signing_out_lists_what_the_last_of_a_team_leave() -> None:
    day = Day(TEAMS)
    for agent in ("ivan", "jana"):
        day.do("sign_in", agent, teams=["rest"], until=NOON + HOUR)
    for name in ("A1", "A2", "A3"):
        day.write(name, channel="chat")
    day.write("B1", kind="flight")
    day.do("take", "jana")
    day.do("take", "jana")
    day.do("reply", "A2")
    day.do("advance", at=HOUR)
    first, last = (event for event in day.log if isinstance(event, SignedOut))
    # Both shifts are over at once: one is the last.
    assert (first.agent, first.left) == ("ivan", ())
    assert (last.agent, last.unanswered, last.left) == ("jana", ("A1",), ("A1", "A3"))
    assert [entry.ticket_id for entry in day.entries() if entry.cause == "LEFT"] == ["A1", "A3"]


def test_C3_what_is_another_persons_by_then_is_not_left_by_whoever_had_it() -> None:
    curators = Team("curators", when.stage("regular"), person="curator")
    policy = replace(TEAMS, teams=(curators, Team("rest")), takeover=Takeover(DAY))
    day = Day(policy)
    day.do("sign_in", "ivan", teams=["curators"])
    for name in ("A1", "B1"):
        day.do("submit", Request(name, Client(account=name, stage="regular", curator="ivan")))
        day.do("take", "ivan")
    day.do("update_client", "account:A1", curator="jana")
    day.do("sign_out", "ivan")
    (out,) = (event for event in day.log if isinstance(event, SignedOut))
    assert (out.unanswered, out.left) == (("A1", "B1"), ("B1",))


@pytest.mark.parametrize("policy", [PLAIN, TEAMS], ids=["without teams", "with teams"])
def test_C3_what_is_put_aside_unanswered_is_left_and_what_waits_for_its_client_is_not(policy: Policy) -> None:
    """Whoever parked it; what `handover` lists and is not `asked` is what is left."""
    day = Day(policy)
    day.do("sign_in", "ivan", teams=[team.name for team in policy.teams])
    for name in ("aside", "asked", "done", "never taken", "waits"):
        day.write(name, channel="chat")
    for name in ("aside", "asked", "done"):
        day.do("take", "ivan", ticket=name)
    day.do("reply", "done")
    for name in ("aside", "done", "never taken"):
        day.do("park", name, until=NOON + DAY)
    day.do("ask_client", "asked")
    listed = [one.ticket_id for one in day.desk.handover() if not one.asked]
    day.do("sign_out", "ivan")
    (out,) = (event for event in day.log if isinstance(event, SignedOut))
    assert list(out.left) == listed == ["aside", "never taken", "waits"]
    assert [entry.ticket_id for entry in day.entries() if entry.cause == "LEFT"] == listed
    assert Desk.from_log(day.policy, day.log) == day.desk


def test_C3_where_leaving_costs_nothing_nothing_is_listed() -> None:
    day = Day(replace(TEAMS, fines=()))
    day.do("sign_in", "ivan", teams=["rest"])
    day.write("A1")
    day.do("sign_out", "ivan")
    (out,) = (event for event in day.log if isinstance(event, SignedOut))
    assert out.left == ()


def test_C3_a_log_that_lists_other_tickets_as_left_is_refused() -> None:
    day = Day(TEAMS)
    day.do("sign_in", "ivan", teams=["rest"])
    day.write("A1")
    day.do("sign_out", "ivan")
    *before, out = day.log
    assert isinstance(out, SignedOut)
    with pytest.raises(LogError, match="leaves other tickets"):
        Desk.from_log(TEAMS, [*before, replace(out, left=())])


def test_C3_what_is_left_is_left_by_the_last_who_goes() -> None:
    day = Day(TEAMS)
    for agent in ("ivan", "jana"):
        day.do("sign_in", agent, teams=["rest"], pay=1_000)
    day.write("A1", channel="chat")
    day.write("B1", channel="chat")
    day.write("C1", channel="chat", kind="flight")
    day.write("D1")
    day.do("take", "jana")
    day.do("sign_out", "ivan", at=MINUTE)
    assert told(day.entries()) == []
    day.do("sign_out", "jana", at=2 * MINUTE)
    assert told(day.entries()) == [("A1", "LEFT", "chat left", {"jana": 500}), ("B1", "LEFT", "chat left", {"jana": 0})]
    assert [entry.clock for entry in day.entries()] == [None, None]


def test_C3_a_breach_at_the_end_of_a_shift_is_still_its_own() -> None:
    day = Day()
    day.do("sign_in", "ivan", pay=4_000, until=NOON + HOUR)
    day.write("A1")
    day.do("advance", at=2 * HOUR)
    assert told(day.entries()) == [("A1", "WAITING", "breach", {"ivan": 100})]


def test_C3_without_a_pay_there_is_no_limit_and_no_share() -> None:
    day = Day()
    day.do("sign_in", "ivan")
    for number in range(3):
        day.write(f"A{number}", channel="chat")
    day.do("advance", at=2 * HOUR)
    day.do("sign_out", "ivan", at=2 * HOUR)
    book = ledger(day.policy, day.log)
    assert sum(entry.charged["ivan"] for entry in book.entries) == 300
    assert book.shifts[0].at_most is None


def test_the_ledger_refuses_a_log_that_does_not_fit() -> None:
    day = Day()
    day.write("A1")
    day.do("advance", at=2 * HOUR)
    with pytest.raises(LogError, match=r"^event 1 of the log: "):
        ledger(day.policy, [day.log[0], day.log[0]])


@pytest.mark.parametrize(
    ("build", "parts"),
    [
        (lambda: Fine("x"), ["fine 'x'.amount", "what it costs"]),
        (lambda: Fine("x", amount=-1), ["fine 'x'.amount", "from 0"]),
        (lambda: Fine("x", amount=1.5), ["fine 'x'.amount", "whole number"]),  # type: ignore[arg-type]
        (lambda: Fine("x", of_pay=2), ["fine 'x'.of_pay", "from 0 to 1"]),
        (lambda: Fine("x", amount=1, left="no"), ["fine 'x'.left"]),  # type: ignore[arg-type]
        (
            lambda: Policy((Lane("a"),), fines=(Fine("x", amount=1), Fine("y", amount=2))),
            ["policy.fines[1]", "cannot be reached"],
        ),
        (
            lambda: Policy((Lane("a"),), fines=(Fine("x", when.cancelled(), amount=1), Fine("x", amount=2))),
            ["fine 'x'", "appears twice"],
        ),
        (lambda: Policy((Lane("a"),), fines_at_most=-1), ["policy.fines_at_most"]),
    ],
)
def test_fines_that_cannot_be_meant_are_refused_naming_the_place(build: Any, parts: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        build()
    for part in parts:
        assert part in str(caught.value)


def test_C3_whom_an_adoption_brought_on_duty_has_no_shift_and_signs_out() -> None:
    day = Day()
    day.write("A1", channel="chat")
    day.write("B1", channel="chat")
    day.do("take", "ivan")
    day.do("adopt", replace(TEAMS, name="with teams"))
    day.do("sign_out", "ivan", at=MINUTE)
    assert [(entry.ticket_id, entry.agents) for entry in day.entries() if entry.cause == "LEFT"] == []
    assert ledger(day.policy, day.log).shifts == ()


def test_C3_whoever_has_the_ticket_answers_for_it_who_never_signed_in() -> None:
    """A desk without teams needs no sign-in; without a shift there is no pay, and no limit from it."""
    day = Day()
    day.do("sign_in", "ivan", pay=4_000)
    for name in ("A1", "B1", "C1", "D1"):
        day.write(name)
    day.do("take", "jana", ticket="A1")
    day.do("take", "jana", ticket="B1")
    day.do("ask_client", "B1")
    day.do("take", "ivan", ticket="C1")
    day.do("reply", "C1")
    day.do("advance", at=2 * HOUR)
    assert told(day.entries()) == [
        ("A1", "TAKEN", "breach", {"jana": 100}),
        ("D1", "WAITING", "breach", {"ivan": 100}),
    ]
    day.do("client_answered", "B1", at=2 * HOUR)
    day.do("advance", at=4 * HOUR)
    assert told(day.entries())[-1] == ("B1", "WAITING", "breach", {"jana": 100})
    # Who has gone off duty hands what they had answered on to the others.
    day.do("sign_in", "petr", at=5 * HOUR)
    day.do("sign_out", "ivan", at=5 * HOUR)
    day.do("advance", at=4 * DAY)
    assert ("C1", "ANSWERED", "breach", {"petr": 100}) in told(day.entries())
    assert [shift.charged for shift in ledger(day.policy, day.log).shifts] == [100, 200]
