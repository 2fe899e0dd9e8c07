"""How the values of a policy are checked: a wrong one is the policy's mistake, named by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from supportq.errors import InvalidValue, PolicyError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def checked(check: Callable[[Any, str], _Result], value: object, where: str) -> _Result:
    """What a check of the rest of supportq makes of a value; what it refuses is here the policy's mistake."""
    try:
        return check(value, where)
    except InvalidValue as error:
        raise PolicyError(error.field, error.problem) from None


def check_kind(value: object, where: str, kind: type) -> None:
    """Refuse what is not of a kind."""
    if not isinstance(value, kind):
        raise PolicyError(where, f"takes {kind.__name__}, not {type(value).__name__}")


def held(values: object, where: str, kind: type[_Item]) -> tuple[_Item, ...]:
    """The values of a list as a tuple, each of one kind; what is no list is refused."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise PolicyError(where, f"must be a list of {kind.__name__}, not {type(values).__name__}")
    found = tuple(values)
    for value in found:
        check_kind(value, where, kind)
    return found
