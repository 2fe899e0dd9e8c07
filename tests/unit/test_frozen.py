"""Frozen values that are cheap to build are in all else what `dataclass` makes."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import ClassVar

import pytest

from supportq._frozen import frozen


@frozen
class Quick:
    """Two fields, one with a default, and what is no field."""

    one: int
    two: str = "two"

    three: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Plain:
    """The same as `dataclass` makes it."""

    one: int
    two: str = "two"

    three: ClassVar[int] = 3


def test_it_is_built_as_the_plain_one_by_position_by_name_and_by_default() -> None:
    assert Quick(1) == Quick(one=1, two="two") == Quick(1, "two")
    assert Quick(1) != Quick(2)
    assert inspect.signature(Quick) == inspect.signature(Plain)
    assert repr(Quick(1)) == "Quick(one=1, two='two')"
    assert Quick.__match_args__ == Plain.__match_args__
    assert Quick.__init__.__qualname__ == "Quick.__init__"


@pytest.mark.parametrize("arguments", [(), (1, "two", 3)])
def test_wrong_arguments_are_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        Quick(*arguments)  # type: ignore[arg-type]  # what is tested


def test_nothing_can_be_set_afterwards() -> None:
    value = Quick(1)
    with pytest.raises(FrozenInstanceError):
        value.one = 2  # type: ignore[misc]  # what is tested
    with pytest.raises(FrozenInstanceError):
        del value.one
    assert not hasattr(value, "__dict__")


def test_it_is_hashed_copied_replaced_and_pickled() -> None:
    value = Quick(1, "b")
    assert len({value, Quick(1, "b")}) == 1
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
    assert replace(value, two="c") == Quick(1, "c")
