"""How parts of a policy check what they are given: a wrong value is the policy's mistake, named by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from supportq.errors import InvalidValue, PolicyError
from supportq.when import Condition


def checked(check: Callable[[Any, str], object], value: object, where: str) -> None:
    """Check a value as the rest of supportq does; in a policy it is the policy's mistake."""
    try:
        check(value, where)
    except InvalidValue as error:
        raise PolicyError(error.field, error.problem) from None


def check_condition(condition: object, where: str) -> None:
    """Refuse what is no condition."""
    if not isinstance(condition, Condition):
        raise PolicyError(where, f"must be a condition of supportq.when, not {type(condition).__name__}")


def held(values: Iterable[object], where: str, kind: type) -> tuple[object, ...]:
    """The values of a list as a tuple, each of one kind."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise PolicyError(where, f"must be a list of {kind.__name__}, not {type(values).__name__}")
    found = tuple(values)
    for value in found:
        if not isinstance(value, kind):
            raise PolicyError(where, f"takes {kind.__name__}, not {type(value).__name__}")
    return found
