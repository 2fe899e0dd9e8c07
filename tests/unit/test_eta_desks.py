"""The invented desks that estimates are judged on, and the adapter that plays them."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from eta_adapter import SupportQ
from eta_desks import DESKS, trace


def test_the_same_seed_gives_the_same_desk() -> None:
    one, same, other = trace("starved", 1), trace("starved", 1), trace("starved", 2)
    assert (one.events, one.answers, one.header) == (same.events, same.answers, same.header)
    assert one.events != other.events


def test_events_stand_in_order_of_time_and_every_question_has_an_answer() -> None:
    made = trace("weekends", 3)
    instants = [event["t"] for event in made.events]
    assert instants == sorted(instants)
    questions = [event for event in made.events if event["ev"] == "ask"]
    assert [event["q"] for event in questions] == list(range(len(made.answers)))
    started = {event["id"]: event["t"] for event in made.events if event["ev"] == "start"}
    for event in questions[:500]:
        wait = made.answers[event["q"]].wait
        if event["id"] in started:
            assert wait == started[event["id"]] - event["t"]


def test_nobody_is_taken_before_one_who_stands_above() -> None:
    """At a desk by departure: of two who wait in the first lane the one who departs sooner is taken first."""
    made = trace("three-lanes", 1)
    departs = {event["id"]: event["dep"] for event in made.events if event["ev"] == "arrive"}
    waiting: set[int] = set()
    for event in made.events[:20_000]:
        if event["ev"] == "arrive":
            waiting.add(event["id"])
        elif event["ev"] in ("start", "withdraw"):
            waiting.discard(event["id"])
        if event["ev"] == "start":
            within = made.header["thresholds"][0]
            urgent = [departs[one] for one in waiting if departs[one] is not None and departs[one] - event["t"] <= within]
            mine = departs[event["id"]]
            assert not urgent or (mine is not None and mine <= min(urgent))


def test_the_adapter_follows_a_trace_and_answers_every_question() -> None:
    made = trace("three-lanes", 2)
    desk = SupportQ(made.header)
    codes: Counter[str] = Counter()
    for event in made.events[:6_000]:
        if event["ev"] != "ask":
            desk.on_event(event)
            continue
        low, middle, high, reasons = desk.eta(event["id"], event["t"])
        codes.update(reasons)
        assert low is not None
        assert middle is not None
        assert high is not None
        assert 0 <= low <= middle <= high
    assert desk.disagreements == 0
    assert "OWN_JUMP" in codes


def test_there_are_three_desks() -> None:
    assert list(DESKS) == ["three-lanes", "weekends", "starved"]
