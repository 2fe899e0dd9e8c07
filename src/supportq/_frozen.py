"""Frozen values that are cheap to build: every command builds at least one event, and the round trip feels it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import update_wrapper
from typing import Any, TypeVar, dataclass_transform

Value = TypeVar("Value")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[Value]) -> type[Value]:
    """As `dataclass(frozen=True, slots=True)`, but built in a third of the time. Takes no `field`, and no `__post_init__`.

    `dataclass` fills each field by `object.__setattr__`, which looks for it in the class; here the slots are filled themselves.

    >>> @frozen
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1)
    Point(x=1, y=0)
    """
    made: Any = dataclass(frozen=True, slots=True)(cls)
    names = [field.name for field in fields(made)]
    source = [f"def __init__(self, {', '.join(names)}):", *(f"    set_{name}(self, {name})" for name in names)]
    namespace: dict[str, Any] = {f"set_{name}": getattr(made, name).__set__ for name in names}
    exec("\n".join(source), namespace)  # noqa: S102  # as `dataclass` makes its own; it is made of the names of fields alone
    init = namespace["__init__"]
    init.__defaults__ = made.__init__.__defaults__
    made.__init__ = update_wrapper(init, made.__init__)
    return made  # type: ignore[no-any-return]  # the class that came in, with slots
