"""How the classes of supportq read and write: the fields that they have anyway, with a form for each type of field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, partial, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import FailFast, GetCoreSchemaHandler, Strict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core import core_schema as cs

from supportq import when
from supportq._instants import LONGEST, utc
from supportq.errors import InvalidValue, PolicyError
from supportq.hours import Hours
from supportq.policy import zone_name
from supportq.schema._text import shown
from supportq.tickets import Attribute, Booking, Client, Origin, Request
from supportq.when import Condition

_SAID: Final = "supportq"
"""The key under which a core schema carries what `JsonSchema` adds."""


class JsonSchema(GenerateJsonSchema):
    """No object takes unknown fields; types say what they are; no field has a title that says its name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def typed_dict_schema(self, schema: cs.TypedDictSchema) -> JsonSchemaValue:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def function_after_schema(self, schema: cs.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        return {**super().function_after_schema(schema), **schema.get("metadata", {}).get(_SAID, {})}


def entitled(thing: Any) -> dict[str, Any]:
    """The name and the first line of the docstring of a class or method, for the JSON Schema."""
    return {_SAID: {"title": thing.__name__, "description": (thing.__doc__ or "").strip().partition("\n")[0]}}


# ------------------------------------------------------------------------------------------------- types of fields


_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.(?P<fraction>\d+))?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII
)
"""What the standard library would read as well, such as week dates, differs from one Python version to the next."""


def instant_from_text(text: str) -> datetime:
    """An instant as it reads in JSON, in UTC; a naive one is refused (rule T1), and so are fractions of a microsecond.

    >>> instant_from_text("2020-03-20T12:00:00+01:00").isoformat()
    '2020-03-20T11:00:00+00:00'
    """
    form = _INSTANT.fullmatch(text)
    try:
        found = datetime.fromisoformat(text) if form else None
    except ValueError:
        found = None
    if form is None or found is None:
        raise InvalidValue("", f"{shown(text)} is no instant; write it like 2020-03-20T12:00:00Z")
    if len(form["fraction"] or "") > 6:
        raise InvalidValue("", f"{shown(text)} is finer than a microsecond; give at most six digits after the point")
    if found.utcoffset() is None:
        raise InvalidValue("", f"{shown(text)} has no time zone; end it with Z or with an offset such as +02:00")
    return utc(found, "")


def _duration(seconds: float) -> timedelta:
    longest = LONGEST.total_seconds()
    if not 0 <= seconds <= longest:
        raise InvalidValue("", f"must be from 0 to {longest:.0f} seconds, not {shown(seconds)}")
    return timedelta(seconds=seconds)


def _seconds(value: timedelta) -> int | float:
    return value.total_seconds() if value.microseconds else value.days * 86_400 + value.seconds


def _day(text: str) -> date:
    # The standard library would read week dates as well.
    with suppress(ValueError):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    raise InvalidValue("", f"{shown(text)} is no day; write it like 2020-03-20")


_CLOCK: Final = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"


def _clock(text: str) -> time:
    if not re.match(_CLOCK, text, re.ASCII):
        raise InvalidValue("", f"{shown(text)} is no time of day; write it like 08:00")
    return time.fromisoformat(text)


def _clock_text(value: time) -> str:
    return value.isoformat("auto" if value.second or value.microsecond else "minutes")


_OFFSET: Final = re.compile(r"UTC([+-])(\d\d):(\d\d)", re.ASCII)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        if fixed := _OFFSET.fullmatch(name):
            sign, hours, minutes = fixed.groups()
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            return timezone(offset if sign == "+" else -offset)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue("", f"{shown(name)} is no zone known here; give an IANA name such as Europe/Prague") from None


def _scalar(value: object) -> object:
    if isinstance(value, (Mapping, list, tuple)):
        raise InvalidValue("", f"must be text, a number, true, false or null, not {shown(value)}")
    return value


@dataclass(frozen=True, slots=True, eq=False)
class _Codec:
    """How a type reads from a JSON value of the type `given`, what its JSON Schema says of it, and how it is written."""

    given: CoreSchema
    read: Callable[[Any], object]
    said: Mapping[str, object]
    written: cs.SerSchema | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cs.no_info_after_validator_function(
            self.read, self.given, serialization=self.written, metadata={_SAID: self.said}
        )


_by = cs.plain_serializer_function_ser_schema
_TEXT, _NUMBER = cs.str_schema(), cs.float_schema(strict=True)
_CODECS: Final[Mapping[object, object]] = {
    bool: Strict(),
    int: Strict(),
    float: Strict(),
    datetime: _Codec(_TEXT, instant_from_text, {"format": "date-time"}, cs.simple_ser_schema("datetime")),
    timedelta: _Codec(_NUMBER, _duration, {"minimum": 0, "description": "seconds"}, _by(_seconds)),
    date: _Codec(_TEXT, _day, {"format": "date"}, cs.simple_ser_schema("date")),
    time: _Codec(_TEXT, _clock, {"pattern": _CLOCK, "description": "time of day"}, _by(_clock_text)),
    tzinfo: _Codec(_TEXT, _zone, {"description": "IANA name of a time zone"}, _by(zone_name)),
    Attribute: _Codec(cs.any_schema(), _scalar, {"type": ["string", "number", "boolean", "null"]}),
}
_DICT: Final[Any] = dict
_TUPLE: Final[Any] = tuple


def edge(hint: Any) -> Any:
    """The type of a field with what reads and writes it at the edge; dataclasses, at any depth, by `Fields`."""
    if hint is Condition:
        return Annotated[Condition, _OneKey()]
    if hint in _CODECS:
        return Annotated[hint, _CODECS[hint]]
    if isinstance(hint, type) and is_dataclass(hint):
        return Annotated[hint, Fields(hint)]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return reduce(or_, map(edge, inner))
    if origin is Mapping:
        # Keys are text in JSON, whatever they are here, so they are not strict.
        return _DICT[inner[0], edge(inner[1])]
    if origin is Iterable:
        return Annotated[_TUPLE[edge(inner[0]), ...], FailFast()]
    if origin is tuple:
        parts = _TUPLE[tuple(part if part is ... else edge(part) for part in inner)]
        # One wrong item is enough to say; a list may hold a million of them.
        return Annotated[parts, FailFast()] if ... in inner else parts
    return hint


# ------------------------------------------------------------------------------------------------------ dataclasses


@dataclass(frozen=True, slots=True)
class Fields:
    """A dataclass as an object of its fields and nothing else; the class checks the values itself.

    With `tag`, the object says by that key which class it is.
    """

    kind: type
    tag: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        hints = get_type_hints(self.kind)
        given: list[Field[Any]] = [field for field in fields(self.kind) if field.init]
        members = {} if self.tag is None else {self.tag: cs.typed_dict_field(cs.literal_schema([self.kind.__name__]))}
        ref = f"supportq.{self.kind.__name__}"
        for field in given:
            obligatory = field.default is MISSING and field.default_factory is MISSING
            hint = hints[field.name]
            if hint == self.kind | None:
                member: CoreSchema = cs.nullable_schema(cs.definition_reference_schema(ref))
            else:
                member = handler.generate_schema(edge(hint))
            members[field.name] = cs.typed_dict_field(member, required=obligatory)
        shape = cs.typed_dict_schema(members, extra_behavior="forbid")
        write = partial(_members, names=tuple(field.name for field in given), tag=self.tag)
        return cs.no_info_after_validator_function(
            partial(_built, self.kind, self.tag),
            shape,
            serialization=cs.plain_serializer_function_ser_schema(write, return_schema=shape),
            ref=ref,
            metadata=entitled(self.kind),
        )


def _built(kind: type, tag: str | None, members: dict[str, Any]) -> object:
    if tag:
        del members[tag]
    try:
        return kind(**members)
    except (InvalidValue, PolicyError) as error:
        # `booking.departs_at` of a Booking: the path says already which booking.
        own = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        field = re.sub(rf"^{own}(?: '[^.]*')?(?:\.|$)", "", error.field)
        raise InvalidValue(field, error.problem) from None


_SPARSE: Final = (Request, Client)
"""What a client did not say is not written, nor that it was a client who said it."""
_NOBODY: Final = Client()
_SELDOM: Final = frozenset({"rooms", "voucher", "system"})
"""What is said of few bookings is written only where it is said."""


def _members(value: object, names: tuple[str, ...], tag: str | None) -> dict[str, object]:
    if isinstance(value, _SPARSE):
        said = {name: held for name in names if (held := getattr(value, name)) and held != _NOBODY}
        return {name: held for name, held in said.items() if held is not Origin.CLIENT}
    if isinstance(value, Booking):
        return {name: held for name in names if (held := getattr(value, name)) is not None or name not in _SELDOM}
    members = {name: getattr(value, name) for name in names}
    return {tag: type(value).__name__, **members} if tag else members


# ------------------------------------------------------------------------------------------------------- conditions

CONDITIONS: Final[Mapping[str, type[Condition]]] = {
    "all": when.All,
    "any": when.AnyOf,
    "not": when.Not,
    "departs_within": when.DepartsWithin,
    "departed": when.Departed,
    "cancelled": when.Cancelled,
    "has_booking": when.HasBooking,
    "party_of": when.PartyAtLeast,
    "rooms_of": when.RoomsAtLeast,
    "made_in": when.MadeIn,
    "kind": when.KindIs,
    "channel": when.ChannelIs,
    "addressed_to": when.AddressedTo,
    "missed_call": when.MissedCall,
    "by_voice": when.ByVoice,
    "line_begins": when.LineBegins,
    "urgent": when.Urgent,
    "says_something": when.SaysSomething,
    "origin": when.OriginIs,
    "stage": when.StageIs,
    "named": when.Named,
    "attribute": when.AttributeIs,
    "at_least": when.AtLeast,
    "waited": when.Waited,
    "within_hours": when.WithinHours,
}
"""The key of each condition: the name of the function of `supportq.when` that builds it."""
_KEYS: Final = {kind: key for key, kind in CONDITIONS.items()}
_RECURSION: Final = cs.definition_reference_schema("supportq.Condition")


class _OneKey:
    """A condition as an object with one key.

    The key holds `true` where the class has no field, the field where it has one, and an object of all where it has several.
    """

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cs.tagged_union_schema(
            {key: _condition(key, kind, handler) for key, kind in CONDITIONS.items()},
            _only_key,
            custom_error_type="condition",
            custom_error_message=f"must be an object with one key of {', '.join(CONDITIONS)}",
            serialization=cs.plain_serializer_function_ser_schema(_condition_data),
            ref="supportq.Condition",
        )


def _only_key(data: object) -> str | None:
    return next(iter(data)) if isinstance(data, Mapping) and len(data) == 1 else None


def _condition(key: str, kind: type[Condition], handler: GetCoreSchemaHandler) -> CoreSchema:
    """How one kind of condition reads."""
    hints = get_type_hints(kind)
    names = _names(kind)
    if not names:
        inner: CoreSchema = cs.custom_error_schema(
            cs.literal_schema([True]), "true", custom_error_message="must be true; say the opposite with not"
        )
    elif len(names) == 1:
        inner = _part(hints[names[0]], handler)
    else:
        inner = handler.generate_schema(Annotated[kind, Fields(kind)])
    shape = cs.typed_dict_schema({key: cs.typed_dict_field(inner)}, extra_behavior="forbid")
    return cs.no_info_after_validator_function(partial(_condition_built, key, kind), shape, metadata=entitled(kind))


def _names(kind: type[Condition]) -> list[str]:
    return [field.name for field in fields(kind) if field.init]  # type: ignore[arg-type]  # every condition is a dataclass


def _part(hint: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """How the field of a condition reads; conditions inside conditions refer to the definition of all."""
    if hint is Condition:
        return _RECURSION
    return cs.list_schema(_RECURSION) if hint == tuple[Condition, ...] else handler.generate_schema(edge(hint))


def _condition_built(key: str, kind: type[Condition], data: dict[str, Any]) -> Condition:
    names = _names(kind)
    if len(names) > 1:
        # `Fields` has built it.
        return cast("Condition", data[key])
    try:
        return kind(**dict.fromkeys(names, data[key]))
    except (InvalidValue, PolicyError) as error:
        raise InvalidValue(f"{key}.{error.field.partition('.')[2]}".rstrip("."), error.problem) from None


def _condition_data(condition: Condition) -> dict[str, object]:
    data = {name: _part_data(getattr(condition, name)) for name in _names(type(condition))}
    key = _KEYS[type(condition)]
    if not data:
        return {key: True}
    return {key: data.popitem()[1]} if len(data) == 1 else {key: data}


def _part_data(value: object) -> object:
    match value:
        case Condition():
            return _condition_data(value)
        case tuple():
            return [_part_data(part) for part in value]
        case timedelta():
            return _seconds(value)
        case Hours():
            return adapter(Hours).dump_python(value, mode="json")
    return value


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads and writes values of a type."""
    return TypeAdapter(edge(kind))
