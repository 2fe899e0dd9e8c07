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
    errors.TooMany("ivan", 2),
    errors.NotTheirs("A1", "ivan", "office", "refunds", "team"),
    errors.BetterWaits("A1", "B1"),
    errors.OthersWait("A1", "B1"),
    errors.NothingCorrected("A1"),
    errors.FixedRule("identity"),
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
        (EXAMPLES[14], ["'ivan'", "2 tickets", "hand back one"]),
        (EXAMPLES[15], ["'A1'", "'ivan'", "'office'", "'refunds'", "sign in with the team"]),
        (EXAMPLES[16], ["'A1'", "'B1'", "without naming a ticket"]),
        (EXAMPLES[17], ["'A1'", "'B1'", "take what waits first"]),
        (EXAMPLES[18], ["'A1'", "give another kind"]),
        (EXAMPLES[19], ["policy.identity", "adopt a policy with the same"]),
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
        errors.NothingCorrected,
        errors.FixedRule,
        errors.NeedsAdvance,
        errors.NotSignedIn,
        errors.SignedInAlready,
        errors.TooMany,
        errors.NotTheirs,
        errors.BetterWaits,
        errors.OthersWait,
    )
    assert all(issubclass(kind, errors.CommandRefused) for kind in refused)
    assert not issubclass(errors.PolicyError, errors.CommandRefused)
    assert not issubclass(errors.LogError, errors.CommandRefused)
    # What a caller of plain Python would expect to catch.
    assert issubclass(errors.UnknownTicket, LookupError)
    for kind in (errors.InvalidValue, errors.PolicyError, errors.LogError, errors.TimeWentBack, errors.RequestExists):
        assert issubclass(kind, ValueError)


def test_a_refusal_carries_no_events_until_some_fell_due() -> None:
    assert errors.UnknownTicket("A1").events == ()
