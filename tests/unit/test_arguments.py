"""Whatever is given for an argument of a command or query, a refusal is one of `supportq.errors` that names the argument."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from supportq import Booking, Client, CommandRefused, Desk, InvalidValue, Lane, Policy, Request, Shift, Staffing, when
from supportq.procedures import Procedure, Step
from supportq.teams import AgentRules, Role, Skill, Team

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ANN, BOB = Client(account="ann"), Client(account="bob")
STAFFING = Staffing((Shift(time(8), time(20), agents=3),), handling_time=5 * MINUTE)
CHANGED = Policy((Lane("other"),))
LANES = (Lane("imminent", when.departs_within(HOUR)), Lane("standard"))
STEPS = (Procedure("visa", when.kind("visaA1"), (Step("mapped"),)),)
OFFICE = Team("office", skills=(Skill("czech", when.kind("?")),))
POLICIES = {
    "without teams": Policy(LANES, procedures=STEPS),
    "with teams": Policy(
        LANES,
        procedures=STEPS,
        teams=(Team("experts", when.kind("visaA1"), escalates_to="office"), OFFICE),
        roles=(Role("assistant", checks=("call in",)), Role("expert")),
        agents=AgentRules(returns_after=HOUR),
    ),
}

HOSTILE: dict[str, object] = {
    "None": None,
    "a list": [],
    "a list in a list": [[1]],
    "a list of dicts": [{}],
    "a dict": {},
    "a dict by a tuple": {(): []},
    "a float": 3.5,
    "not a number": float("nan"),
    "a large number": 10**30,
    "an object": object(),
    "bytes": b"A1",
    "a class": Desk,
    "no text": "",
    "text of two lines": "A1\r\nBcc:",
    "half a surrogate pair": "\ud83d",
    "very long text": "x" * 2_000_000,
}


def busy(policy: Policy) -> tuple[Desk, dict[str, Any]]:
    """A desk in the middle of a day at which something is due in ten minutes, and what its team members say."""
    words: dict[str, Any] = {"teams": (), "role": None, "checks": None}
    desk = Desk(policy)
    if policy.teams:
        words = {"teams": ["experts", "office"], "role": "assistant", "checks": {"call in": True}}
        desk.sign_in("ivan", now=NOON, **words)
    for name, client in (("A1", ANN), ("B1", BOB), ("C1", ANN), ("D1", BOB)):
        desk.submit(Request(name, client, kind="visa" + name, bookings=Booking("K" + name, service="OK 81")), now=NOON)
    desk.submit(Request("A2", ANN, in_reply_to="A1", kind="visaA1", bookings=Booking("KA1")), now=NOON)
    for name in ("A1", "B1"):
        desk.take("ivan", ticket=name, now=NOON)
    desk.reply("B1", now=NOON)
    desk.submit(Request("E1", BOB, kind="refund", bookings=Booking("KE1", departs_at=NOON + HOUR + 10 * MINUTE)), now=NOON)
    return desk, words


def calls(words: dict[str, Any], now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every command and query, as it may well be called at that desk."""
    yield "submit", {"request": Request("F1", ANN), "now": now}
    yield "submit_many", {"requests": [Request("F1", ANN)], "now": now}
    for scope in ({"ticket": "A1"}, {"booking": "KA1"}, {"service": "OK 81"}):
        yield "update", {**scope, "cancelled": True, "departs_at": now, "now": now}
    yield "update_client", {"client": "account:ann", "stage": "regular", "manager": "ivan", "now": now}
    yield "correct", {"ticket": "A1", "kind": "refund", "attributes": {"price": 1}, "agent": "ivan", "now": now}
    yield "note", {"ticket": "A1", "status": "waits", "done": "called", "next": "call", "agent": "ivan", "now": now}
    yield "confirm", {"ticket": "A1", "step": "mapped", "by": "agent", "agent": "ivan", "now": now}
    yield "sign_in", {"agent": "jana", "until": now + HOUR, "at_once": 3, "pay": 100, **words, "now": now}
    yield "sign_out", {"agent": "ivan", "now": now}
    yield "take", {"agent": "ivan", "ticket": "C1", "now": now}
    yield "reply", {"ticket": "A1", "agent": "ivan", "note": "told them", "now": now}
    yield "reply_all", {"service": "OK 81", "agent": "ivan", "note": "told them", "now": now}
    if words["teams"]:
        yield (
            "transfer",
            {"ticket": "A1", "to": "office", "grounds": "theirs", "agent": "ivan", "addressee": "jana", "now": now},
        )
        yield "escalate", {"ticket": "A1", "grounds": "too hard", "agent": "ivan", "now": now}
    yield "ask_client", {"ticket": "A1", "now": now}
    yield "client_answered", {"ticket": "A1", "now": now}
    yield "park", {"ticket": "A1", "until": now + HOUR, "now": now}
    yield "hand_back", {"ticket": "A1", "agent": "ivan", "note": "not mine", "now": now}
    yield "resolve", {"ticket": "B1", "agent": "ivan", "note": "told them", "now": now}
    yield "withdraw", {"ticket": "A1", "now": now}
    yield "reopen", {"ticket": "A1", "now": now}
    yield "merge", {"ticket": "A1", "other": "C1", "now": now}
    yield "unmerge", {"request": "A2", "other_client": True, "now": now}
    yield "mark_shared", {"identifier": "email:info@example.com", "now": now}
    yield "adopt", {"policy": CHANGED, "now": now}
    yield "plan", {"staffing": STAFFING, "team": words["teams"][0] if words["teams"] else None, "now": now}
    yield "promise", {"ticket": "C1", "now": now}
    yield "count_agents", {"agents": 3, "now": now}
    yield "advance", {"now": now}
    yield "promises_worsened", {"by": HOUR}
    for query in ("position", "ticket", "explain", "clocks", "estimate"):
        yield query, {"ticket": "C1"}
    yield "client_of", {"request": "C1"}
    yield "advise", {"request": Request("F1", ANN)}
    for query in ("waiting", "handover", "suspects", "linkage", "forecast", "calibration", "counter", "snapshot"):
        yield query, {}


COMMANDS_AND_QUERIES = {
    name: inspect.signature(function)
    for name, function in inspect.getmembers(Desk, inspect.isfunction)
    if not name.startswith("_")
}


def test_every_command_and_query_is_called_here() -> None:
    assert {name for name, _ in calls({"teams": ("office",)}, NOON)} == COMMANDS_AND_QUERIES.keys()


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_hostile_argument_is_named_and_changes_nothing(policy: Policy, value: object) -> None:
    """G2: what cannot be what it says is refused before anything happens at all; what is not legal, after what was due."""
    desk, words = busy(policy)
    before = desk.snapshot()
    desk.advance(now=NOON + HOUR / 2)
    advanced = desk.snapshot()
    assert advanced != before
    wrong = []
    for now in (NOON, NOON + HOUR / 2):
        for name, arguments in calls(words, now):
            for argument in COMMANDS_AND_QUERIES[name].parameters:
                if argument != "self":
                    desk = Desk.from_snapshot(before)
                    try:
                        getattr(desk, name)(**{**arguments, argument: value})
                    except (InvalidValue, CommandRefused) as refused:
                        late = isinstance(refused, CommandRefused) and arguments.get("now", NOON) > NOON
                        same = desk.snapshot() == (advanced if late else before)
                        if not (argument in str(refused) and len(str(refused)) < 600 and same):
                            wrong.append(f"{name}({argument}=): {refused!r:.200}")
                    except Exception as error:  # noqa: BLE001  # it is what must not happen
                        wrong.append(f"{name}({argument}=): {error!r:.200}")
    assert not wrong, "\n".join(wrong)
