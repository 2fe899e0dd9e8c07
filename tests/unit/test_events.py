"""Events are small frozen values in the past tense, each saying when it occurs and what hosts do."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import get_args

import pytest

from supportq import events
from supportq.events import Admitted, Event, Joined, Replayed
from supportq.tickets import Verdict

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
KINDS = get_args(Event)


def test_every_exported_event_is_one_of_the_union() -> None:
    assert {kind.__name__ for kind in KINDS} == set(events.__all__) - {"Event", "Move", "QueueMove"}


@pytest.mark.parametrize("kind", [*KINDS, events.Move, events.QueueMove], ids=lambda kind: kind.__name__)
def test_an_event_is_a_frozen_slotted_value_that_says_when_it_occurs(kind: type) -> None:
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
    assert kind.__doc__
    assert len(kind.__doc__) > 20
    if kind in KINDS:
        assert fields(kind)[0].name == "at"


def test_the_event_of_a_request_carries_its_verdict() -> None:
    assert Admitted.verdict is Verdict.NEW
    assert Replayed.verdict is Verdict.REPLAY
    assert "verdict" in {field.name for field in fields(Joined)}


def test_the_union_stands_in_the_order_in_which_events_of_one_instant_are_written() -> None:
    """T3: of what falls due at one instant, lane changes come first, then parks, then the archive."""
    due = [kind.__name__ for kind in KINDS if kind.__name__ in ("LaneChanged", "Unparked", "Archived")]
    assert due == ["LaneChanged", "Unparked", "Archived"]
