"""What a policy says of closing, as data: bad input is refused when the policy is built, naming the place (rule L1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from supportq import Lane, Policy, PolicyError, when
from supportq.procedures import Filing, Procedure, Silence, Step
from supportq.teams import AgentRules

HOUR = timedelta(hours=1)
DONE = (Step("done"),)
CANCEL, MAIL = when.kind("cancel"), when.kind("mail")


def policy(**rules: Any) -> Policy:
    return Policy((Lane("all"),), **rules)


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "a step twice": (lambda: Procedure("p", CANCEL, (Step("a"), Step("a"))), "procedure 'p'.steps"),
    "no steps": (lambda: Procedure("p", CANCEL, ()), "procedure 'p'.steps"),
    "a way back to a later step": (
        lambda: Procedure("p", CANCEL, (Step("a", back_to="b"), Step("b"))),
        "procedure 'p', step 'a'.back_to",
    ),
    "a way back to no step": (
        lambda: Procedure("p", CANCEL, (Step("a"), Step("b", back_to="c"))),
        "procedure 'p', step 'b'.back_to",
    ),
    "a way back to itself": (
        lambda: Procedure("p", CANCEL, (Step("a"), Step("b", back_to="b"))),
        "procedure 'p', step 'b'.back_to",
    ),
    "a delay of the first step": (lambda: Procedure("p", CANCEL, (Step("a", after=HOUR),)), "procedure 'p', step 'a'.after"),
    "a delay of nothing": (lambda: Step("a", after=timedelta(0)), "step 'a'.after"),
    "every one of nobody": (lambda: Step("a", each=True), "step 'a'.each"),
    "each is no answer": (lambda: Step("a", ("b",), each="yes"), "step 'a'.each"),  # type: ignore[arg-type]  # the point
    "a role twice": (lambda: Step("a", ("b", "b")), "step 'a'.by"),
    "a role without a name": (lambda: Step("a", ("",)), "step 'a'.by"),
    "roles that are one text": (lambda: Step("a", "partner"), "step 'a'.by"),  # type: ignore[arg-type]  # the point
    "a procedure that time changes": (lambda: Procedure("p", when.waited(HOUR), DONE), "procedure 'p'.when"),
    "a procedure by no condition": (lambda: Procedure("p", "cancel", DONE), "procedure 'p'.when"),  # type: ignore[arg-type]  # the point
    "a procedure twice": (
        lambda: policy(procedures=(Procedure("p", CANCEL, DONE), Procedure("p", MAIL, DONE))),
        "procedure 'p'",
    ),
    "a procedure after all": (
        lambda: policy(procedures=(Procedure("p", None, DONE), Procedure("q", MAIL, DONE))),
        "procedure 'q'",
    ),
    "a procedure of the same": (
        lambda: policy(procedures=(Procedure("p", CANCEL, DONE), Procedure("q", when.kind("cancel"), DONE))),
        "procedure 'q'",
    ),
    "a silence of nothing": (lambda: Silence(CANCEL, timedelta(0), "over"), "silence.after"),
    "a silence without outcome": (lambda: Silence(CANCEL, HOUR, ""), "silence.outcome"),
    "a silence by no condition": (lambda: Silence("cancel", HOUR, "over"), "silence.when"),  # type: ignore[arg-type]  # the point
    "a silence that may close": (lambda: Silence(None, HOUR, "over", "perhaps"), "silence.closes"),  # type: ignore[arg-type]  # the point
    "a silence that time breaks": (lambda: Silence(None, HOUR, "over", broken_by=when.departed()), "silence.broken_by"),
    "a silence after all": (
        lambda: policy(silences=(Silence(None, HOUR, "over"), Silence(CANCEL, HOUR, "over"))),
        "policy.silences[1]",
    ),
    "a filing that time changes": (lambda: Filing("f", when.departed()), "filing 'f'.when"),
    "a filing of all": (lambda: Filing("f", None), "filing 'f'.when"),  # type: ignore[arg-type]  # the point
    "a filing that directs nowhere": (lambda: Filing("f", MAIL, directs_to=""), "filing 'f'.directs_to"),
    "a filing that may join": (lambda: Filing("f", MAIL, joins=1), "filing 'f'.joins"),  # type: ignore[arg-type]  # the point
    "a filing of what is new, perhaps": (lambda: Filing("f", MAIL, new_only=1), "filing 'f'.new_only"),  # type: ignore[arg-type]  # the point
    "a filing that joins and does not": (lambda: Filing("f", MAIL, joins=True, new_only=True), "filing 'f'.new_only"),
    "a filing twice": (lambda: policy(filings=(Filing("f", MAIL), Filing("f", CANCEL))), "filing 'f'"),
    "a filing of the same": (lambda: policy(filings=(Filing("f", MAIL), Filing("g", MAIL))), "filing 'g'"),
    "a filing that confirms no step": (
        lambda: policy(procedures=(Procedure("p", CANCEL, DONE),), filings=(Filing("f", MAIL, confirms="mailed"),)),
        "filing 'f'.confirms",
    ),
    "a filing whose senders may not confirm": (
        lambda: policy(
            procedures=(Procedure("p", CANCEL, (Step("mailed", ("agent", "partner")),)),),
            filings=(Filing("f", MAIL & when.origin("system", "client"), confirms="mailed"),),
        ),
        "filing 'f'.confirms",
    ),
    "a filing of what no origin may confirm": (
        lambda: policy(
            procedures=(Procedure("p", CANCEL, (Step("mailed", ("partner",)),)),),
            filings=(Filing("f", MAIL, confirms="mailed"),),
        ),
        "filing 'f'.confirms",
    ),
    "notes before what takes none": (lambda: AgentRules(notes=("take",)), "agents.notes"),
    "no procedures": (lambda: policy(procedures=(DONE,)), "policy.procedures"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_contradicts_itself_is_refused_naming_the_place(name: str) -> None:
    build, field = BAD[name]
    with pytest.raises(PolicyError) as refusal:
        build()
    assert refusal.value.field == field


def test_two_conditions_that_only_look_equal_are_two() -> None:
    """`True` equals 1, but they are two values of an attribute."""
    one, other = when.attribute("vip", True), when.attribute("vip", 1)
    assert policy(procedures=(Procedure("p", one, DONE), Procedure("q", other, DONE))).procedures[1].name == "q"


def test_L1_a_filing_confirms_what_some_sender_of_its_messages_may() -> None:
    """Any procedure's step of that name counts, and so does a step that anybody may confirm."""
    notice = Filing("f", MAIL & ~when.origin("client"), confirms="mailed")
    for by in ((), ("system",), ("partner", "agent")):
        steps = (Procedure("p", CANCEL, (Step("mailed", ("partner",)),)), Procedure("q", MAIL, (Step("mailed", by),)))
        assert policy(procedures=steps, filings=(notice,)).filings == (notice,)


def test_a_step_in_two_procedures_is_one_step() -> None:
    procedures = (Procedure("p", CANCEL, DONE), Procedure("q", MAIL, DONE))
    assert policy(procedures=procedures, filings=(Filing("f", MAIL & ~CANCEL, confirms="done"),)).filings[0].confirms == "done"
