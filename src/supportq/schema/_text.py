"""JSON text as values, and what is wrong with a value, in one line that names the field and the remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final, TypeAlias

from pydantic_core import ErrorDetails

from supportq.errors import InvalidValue

Json: TypeAlias = str | bytes | Mapping[str, Any]
"""JSON text, or an object that was read from it."""


class Malformed(InvalidValue):
    """Not JSON, or not of the shape that the schema describes: an unknown or missing field, a value of the wrong type."""


def object_of(source: Json) -> Mapping[str, Any]:
    """The JSON object that is given or that a text holds."""
    data = _parsed(source) if isinstance(source, (str, bytes)) else source
    if not isinstance(data, Mapping):
        raise Malformed("JSON", f"must be an object, not {shown(data)}")
    return data


def _parsed(text: str | bytes) -> object:
    """JSON text as values, without what JSON libraries let pass: a key given twice, NaN, numbers beyond all bounds."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise Malformed("JSON", f"{error.msg} at character {error.pos + 1}; correct the text") from None
    except UnicodeDecodeError:
        raise Malformed("JSON", "is not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise Malformed("JSON", "is nested too deeply; make it flatter") from None
    except InvalidValue:
        raise
    except ValueError:
        raise Malformed("JSON", "holds a number of thousands of digits; give it as text") from None


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(_named(twice), "is given twice; keep one")
    return found


def _no_constant(name: str) -> object:
    raise Malformed("JSON", f"{name} is no number of JSON; leave the field out or give a finite number")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise Malformed("JSON", f"the number {_named(text)} is too large; give a finite one")
    return number


_PROBLEMS: Final = {
    "missing": "is missing; give it",
    "extra_forbidden": "is no field that is known here; correct its name or take it out",
    "string_type": "must be text, not {given}",
    "string_unicode": "is not Unicode text; save it as UTF-8",
    "bool_type": "must be true or false, not {given}",
    "int_type": "must be a whole number, not {given}",
    "float_type": "must be a number, not {given}",
    "tuple_type": "must be a list, not {given}",
    "list_type": "must be a list, not {given}",
    "dict_type": "must be an object, not {given}",
    "enum": "must be one of {expected}, not {given}",
    "literal_error": "must be {expected}, not {given}",
    "union_tag_invalid": "{tag!r} is none; give one of {expected_tags}",
    "union_tag_not_found": "is missing; give it",
    "recursion_loop": "is nested too deeply; make it flatter",
    "recursion_depth_exceeded": "is nested too deeply; make it flatter",
}
"""What pydantic's types of error say here."""

_DEEPEST: Final = 16
"""A path in a message ends after so many parts."""


def told(problem: ErrorDetails, place: tuple[int | str, ...]) -> tuple[str, str]:
    """The path of the field, and what is wrong with it and how to mend it."""
    context = problem.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, InvalidValue):
        head, _, rest = cause.field.partition(".")
        # A class may call itself by the name under which it stands here; say it once.
        inner = rest if place and head == place[-1] else cause.field
        return ".".join(filter(None, (_path(place), inner))) or "JSON", cause.problem
    if "discriminator" in context:
        key = context["discriminator"].strip("'")
        place, given = (*place, key), problem["input"].get(key, "")
        if not isinstance(given, str):
            return _path(place), f"must be text, not {shown(given)}"
    if "tag" in context:
        context = {**context, "tag": _named(context["tag"])}
    text = _PROBLEMS.get(problem["type"], problem["msg"])
    return _path(place) or "JSON", text.format(given=shown(problem["input"]), **context)


def _path(place: Sequence[int | str]) -> str:
    """The parts as one path.

    >>> _path(("bookings", 0, "departs_at"))
    'bookings[0].departs_at'
    """
    parts: list[str] = []
    for part in place[:_DEEPEST]:
        text = f"[{part}]" if isinstance(part, int) else f".{_named(part)}"
        # The key of a condition comes twice: what it is told by, and where it holds its value.
        parts.append("" if parts and parts[-1] == text else text)
    return "".join(parts).removeprefix(".") + ("..." if len(place) > _DEEPEST else "")


def _named(name: str) -> str:
    """A name out of the input, safe to print: on one line and short."""
    name = name if name.isprintable() else ascii(name)
    return name if len(name) <= 64 else f"{name[:61]}..."


def shown(value: object) -> str:
    """A value out of the input, in the words of JSON, short."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return _named(repr(value))
        case float():
            return f"{value:g}"
        case int():
            return str(value) if abs(value) < 1 << 64 else "a huge number"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return type(value).__name__
