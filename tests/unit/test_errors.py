"""The error tree: whose mistake it was, with facts as attributes and a remedy in the message (rule G2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from supportq import errors

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
LATER = datetime(2020, 3, 20, 13, tzinfo=UTC)

EXAMPLES: tuple[errors.SupportqError, ...] = (
    errors.InvalidValue("booking.party_size", "must be a whole number"),
    errors.PolicyError("lane 'standard'", "is the last, so it must take everyone"),
    errors.UnknownTicket("A1"),
    errors.RequestExists("A2", "A1"),
    errors.WrongState("A1", "waiting", "reply", ["take", "park"]),
    errors.WrongAgent("A1", "jana", "ivan"),
    errors.TimeWentBack(NOON, LATER),
    errors.NotReceivedYet("A1", LATER, NOON),
    errors.NeedsAdvance(LATER, NOON),
    errors.LogError(7, "Taken does not fit"),
    errors.OneTicket("A1", "A1", "A2"),
    errors.FirstOfTicket("A1"),
    errors.NotSignedIn("ivan"),
    errors.SignedInAlready("ivan"),
    errors.TooMany("ivan", 3, 2),
    errors.NotTheirs("A1", "ivan", "office", "refunds", "team"),
    errors.BetterWaits("A1", "B1"),
    errors.OthersWait("A1", "B1"),
    errors.NothingCorrected("A1"),
    errors.NotTheirWork("A1", "ivan", "assistant"),
    errors.GateClosed("A1", "experts", "AtLeast(name='prepayment', number=3000)", ["asked for"]),
    errors.OwnTransfer("A1", "ivan"),
    errors.NobodyAbove("A1", "office"),
    errors.UnknownStep("A1", "told", ["agreed", "mapped"]),
    errors.NotTheirStep("A1", "mapped", "partner", ["channel"]),
    errors.StepNotDue("A1", "checked", "mapped", NOON),
    errors.NoWayBack("A1", "agreed"),
    errors.NotConfirmed("A1", "connection", ["mapped", "checked"]),
    errors.NoteMissing("A1", "ivan", "reply"),
    errors.FixedRule("identity"),
    errors.NeedsNoAnswer("W1", "A1"),
)


def test_every_error_has_an_example_here() -> None:
    shown = {type(error) for error in EXAMPLES}
    bases = {errors.SupportqError, errors.CommandRefused}
    assert {getattr(errors, name) for name in errors.__all__} == shown | bases


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_keeps_its_facts(error: errors.SupportqError) -> None:
    assert error.facts
    for fact in error.facts:
        assert getattr(error, fact) is not None


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (EXAMPLES[0], ["booking.party_size", "whole number"]),
        (EXAMPLES[1], ["lane 'standard'", "take everyone"]),
        (EXAMPLES[2], ["'A1'", "was it submitted"]),
        (EXAMPLES[3], ["'A2'", "'A1'", "an id of its own"]),
        (EXAMPLES[4], ["'A1'", "waiting", "reply", "take, park"]),
        (EXAMPLES[5], ["'A1'", "'jana'", "'ivan'", "name the one who took it"]),
        (EXAMPLES[6], ["2020-03-20T12:00:00Z", "2020-03-20T13:00:00Z", "pass a later one"]),
        (EXAMPLES[7], ["'A1'", "received_at", "submit it when it has come"]),
        (EXAMPLES[8], ["2020-03-20T12:00:00Z", "2020-03-20T13:00:00Z", "advance"]),
        (EXAMPLES[9], ["event 7", "Taken does not fit"]),
        (EXAMPLES[10], ["'A1'", "'A2'", "name two tickets"]),
        (EXAMPLES[11], ["'A1'", "name one that joined it"]),
        (EXAMPLES[12], ["'ivan'", "sign_in"]),
        (EXAMPLES[13], ["'ivan'", "sign_out"]),
        (EXAMPLES[14], ["'ivan'", "3 tickets", "hand back one"]),
        (EXAMPLES[15], ["'A1'", "'ivan'", "'office'", "'refunds'", "sign in with the team"]),
        (EXAMPLES[16], ["'A1'", "'B1'", "without naming a ticket"]),
        (EXAMPLES[17], ["'A1'", "'B1'", "answer what waits first"]),
        (EXAMPLES[18], ["'A1'", "give another kind"]),
        (EXAMPLES[19], ["'A1'", "'ivan'", "'assistant'", "hand it back"]),
        (EXAMPLES[20], ["'A1'", "'experts'", "3000", "asked for"]),
        (EXAMPLES[21], ["'A1'", "'ivan'", "another addressee"]),
        (EXAMPLES[22], ["'A1'", "'office'", "transfer it"]),
        (EXAMPLES[23], ["'A1'", "'told'", "agreed, mapped"]),
        (EXAMPLES[24], ["'A1'", "'mapped'", "'partner'", "for channel"]),
        (EXAMPLES[25], ["'A1'", "'checked'", "confirm 'mapped'", "from 2020-03-20T12:00:00Z on"]),
        (EXAMPLES[26], ["'A1'", "'agreed'", "put the thing right"]),
        (EXAMPLES[27], ["'A1'", "'connection'", "mapped, checked", "confirm them"]),
        (EXAMPLES[28], ["'A1'", "'ivan'", "call note before reply"]),
        (EXAMPLES[29], ["policy.identity", "adopt a policy with the same"]),
        (EXAMPLES[30], ["'W1'", "name 'A1'", "submit"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_message_names_what_and_the_remedy(error: errors.SupportqError, parts: list[str]) -> None:
    for part in parts:
        assert part in str(error)


def test_the_tree_says_whose_mistake_it_was() -> None:
    refused = (
        errors.UnknownTicket,
        errors.RequestExists,
        errors.WrongState,
        errors.WrongAgent,
        errors.TimeWentBack,
        errors.NotReceivedYet,
        errors.OneTicket,
        errors.FirstOfTicket,
        errors.NeedsNoAnswer,
        errors.NothingCorrected,
        errors.FixedRule,
        errors.NeedsAdvance,
        errors.NotSignedIn,
        errors.SignedInAlready,
        errors.TooMany,
        errors.NotTheirs,
        errors.BetterWaits,
        errors.OthersWait,
        errors.NotTheirWork,
        errors.GateClosed,
        errors.OwnTransfer,
        errors.NobodyAbove,
        errors.UnknownStep,
        errors.NotTheirStep,
        errors.StepNotDue,
        errors.NoWayBack,
        errors.NotConfirmed,
        errors.NoteMissing,
    )
    assert all(issubclass(kind, errors.CommandRefused) for kind in refused)
    assert not issubclass(errors.PolicyError, errors.CommandRefused)
    assert not issubclass(errors.LogError, errors.CommandRefused)
    # What a caller of plain Python would expect to catch.
    assert issubclass(errors.UnknownTicket, LookupError)
    for kind in (errors.InvalidValue, errors.PolicyError, errors.LogError, errors.TimeWentBack, errors.RequestExists):
        assert issubclass(kind, ValueError)


def test_a_step_that_is_not_due_says_what_is_next() -> None:
    assert "confirm 'mapped', now" in str(errors.StepNotDue("A1", "checked", "mapped", None))
    assert "close it" in str(errors.StepNotDue("A1", "checked", None, None))
    assert "close it without" in str(errors.UnknownStep("A1", "checked", []))


def test_an_id_of_a_filed_message_is_refused_as_such() -> None:
    assert "among those filed" in str(errors.RequestExists("A1", None))


def test_a_refusal_carries_no_events_until_some_fell_due() -> None:
    assert errors.UnknownTicket("A1").events == ()
