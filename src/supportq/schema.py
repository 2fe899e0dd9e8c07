"""JSON in and out for requests, policies, staffing, commands, events and snapshots: the same classes, no second model.

Instants are `2020-03-20T12:00:00Z`, durations seconds, zones IANA names, times of day `08:00`, days `2020-03-20`. A condition
is an object with one key, for example `{"departs_within": 86400}` or `{"not": {"cancelled": true}}`. An unknown key is always
refused. `json_schema` describes every form.

>>> request = request_from_json('{"id": "A1", "client": {"email": "ann@example.com"}, "bookings": [{"reference": "KC-77"}]}')
>>> request.bookings[0].reference
'KC-77'
>>> request_from_json('{"id": "A1", "client": {"email": "ann@example.com"}, "bookings": [{"reference": ""}]}')
Traceback (most recent call last):
supportq.errors.InvalidValue: bookings[0].reference: must not be empty or begin or end with a blank
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, partial
from inspect import Parameter, signature
from math import isfinite
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import GetCoreSchemaHandler, Strict, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails
from pydantic_core import core_schema as cs

from supportq import when
from supportq._instants import LONGEST, utc
from supportq.desk import Desk, Snapshot
from supportq.errors import InvalidValue, PolicyError
from supportq.events import Event
from supportq.policy import Policy, zone_name
from supportq.staffing import Staffing
from supportq.tickets import Attribute, Client, Request
from supportq.when import Condition

__all__ = [
    "COMMANDS",
    "QUERIES",
    "Command",
    "InvalidArgument",
    "Json",
    "Malformed",
    "canonical_json",
    "command_from_json",
    "event_from_json",
    "json_schema",
    "policy_from_json",
    "request_from_json",
    "snapshot_from_json",
    "staffing_from_json",
    "to_data",
    "to_json",
]

Json: TypeAlias = str | bytes | Mapping[str, Any]
"""JSON text, or an object that was read from it."""

COMMANDS: Final = (
    "submit",
    "submit_many",
    "update",
    "take",
    "reply",
    "ask_client",
    "client_answered",
    "hand_back",
    "resolve",
    "reopen",
    "withdraw",
    "park",
    "plan",
    "advance",
)
"""The methods of `Desk` that a command may name."""
QUERIES: Final = ("waiting", "position", "explain", "ticket", "estimate", "counter", "next_wakeup")
"""The queries of `Desk` that a command may name, too."""


class Malformed(InvalidValue):
    """Not JSON, or not of the shape that the schema describes: an unknown or missing field, a value of the wrong type."""


class InvalidArgument(InvalidValue):
    """A command of the right shape, with an argument that cannot be meant. It says when it was given, and what it was."""

    def __init__(self, field: str, problem: str, at: datetime, do: str) -> None:
        super().__init__(field, problem)
        self.at = at
        self.do = do


@dataclass(frozen=True, slots=True)
class Command:
    """A command or query as a value: the method `do` of `Desk`, to be called with `arguments` and `now=at`."""

    at: datetime
    do: str
    arguments: Mapping[str, Any]


# ------------------------------------------------------------------------------------------------------------ values


def request_from_json(source: Json) -> Request:
    """A request as it reads in files and commands. Raises `InvalidValue` naming the field."""
    return cast(Request, _read(Request, source))


def policy_from_json(source: Json) -> Policy:
    """A policy; loads the zones that it names. Raises `PolicyError` naming the place."""
    try:
        return cast(Policy, _read(Policy, source))
    except InvalidValue as error:
        raise PolicyError(error.field, error.problem) from None


def staffing_from_json(source: Json) -> Staffing:
    """A staffing calendar. Raises `InvalidValue` naming the field."""
    return cast(Staffing, _read(Staffing, source))


def event_from_json(source: Json) -> Event:
    """One event, told by its key `event`. Raises `InvalidValue` naming the field."""
    return cast(Event, _read(_ANY_EVENT, source, tagged=True))


def snapshot_from_json(source: Json) -> Snapshot:
    """A snapshot, for `Desk.from_snapshot`. Raises `InvalidValue` naming the field."""
    return cast(Snapshot, _read(Snapshot, source))


def command_from_json(source: Json) -> Command:
    """A command: `at`, `do` and the arguments of the `Desk` method of that name.

    Raises `Malformed` if it is not of the shape of a command, `InvalidArgument` if the desk could not mean one of the values.
    An unknown field is malformed at any depth.
    """
    data = _object(source)
    try:
        return cast(Command, _adapter(_ANY_COMMAND).validate_python(data))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        for problem in problems:
            place = problem["loc"][1:]
            # An argument of another JSON type belongs to the shape of the command; what stands inside one does not.
            of_the_line = len(place) < 2 and problem["type"] != "value_error"
            if of_the_line or problem["type"] == "extra_forbidden" or place == ("at",):
                raise Malformed(*_told(problem, place)) from None
        do = str(data["do"])
        field, text = _told(problems[0], problems[0]["loc"][1:])
        raise InvalidArgument(field.removeprefix("request."), text, _instant(str(data["at"])), do) from None


def to_data(value: object) -> dict[str, Any]:
    """A value of supportq as objects, lists, texts and numbers, the way `to_json` writes it."""
    return cast("dict[str, Any]", _adapter_of(value).dump_python(value, mode="json"))


def to_json(value: object, *, indent: int | None = None) -> str:
    """Any value of supportq as JSON, keys in the order of its fields; on one line unless `indent` is given.

    >>> from supportq import Client
    >>> to_json(Request("A1", Client(email="ann@example.com"), kind="refund"))
    '{"id":"A1","client":{"email":"ann@example.com"},"channel":"other","kind":"refund"}'
    """
    return _adapter_of(value).dump_json(value, indent=indent).decode()


def canonical_json(value: object) -> str:
    """The same with sorted keys and no spaces: equal values give equal text on every machine and Python version (G6)."""
    return json.dumps(to_data(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def json_schema(form: Literal["request", "policy", "staffing", "command", "event"]) -> dict[str, Any]:
    """The JSON Schema of one form."""
    adapter = _adapter(_FORMS[form])
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **adapter.json_schema(ref_template="#/$defs/{model}", schema_generator=_JsonSchema),
    }


# --------------------------------------------------------------------------------------------------- JSON text, errors


def _object(source: Json) -> Mapping[str, Any]:
    data = _parsed(source) if isinstance(source, (str, bytes)) else source
    if not isinstance(data, Mapping):
        raise Malformed("JSON", f"must be a JSON object, not {_shown(data)}")
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
        raise Malformed("JSON", f"the number {_named(text)} is too large")
    return number


def _read(kind: object, source: Json, *, tagged: bool = False) -> object:
    data = _object(source)
    try:
        return _adapter(kind).validate_python(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        unknown = problem["type"] == "extra_forbidden"
        raise (Malformed if unknown else InvalidValue)(*_told(problem, problem["loc"][tagged:])) from None


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
    "recursion_depth_exceeded": "is nested too deeply; make it flatter",
}
_DEEPEST: Final = 16
"""A path in a message ends after so many parts."""


def _told(problem: ErrorDetails, place: tuple[int | str, ...]) -> tuple[str, str]:
    """The path of the field, and what is wrong with it and how to mend it."""
    context = problem.get("ctx", {})
    if "discriminator" in context:
        place = (*place, context["discriminator"].strip("'"))
    path = _path(place)
    cause = context.get("error")
    if isinstance(cause, InvalidValue):
        head, _, rest = cause.field.partition(".")
        # A class may call itself by the name under which it stands here; say it once.
        inner = rest if place and head == place[-1] else cause.field
        return ".".join(filter(None, (path, inner))) or "JSON", cause.problem
    text = _PROBLEMS.get(problem["type"], problem["msg"])
    if "tag" in context:
        context = {**context, "tag": _named(context["tag"])}
    return path or "JSON", text.format(given=_shown(problem["input"]), **context)


def _path(place: Sequence[int | str]) -> str:
    """`bookings[0].departs_at` for ("bookings", 0, "departs_at"). The tag of a condition, its key again, is said once."""
    text, before = "", None
    for part in place[:_DEEPEST]:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != before or part not in _CONDITIONS:
            text += f".{_named(part)}"
            before = part
        else:
            before = None
    return text.lstrip(".") + ("..." if len(place) > _DEEPEST else "")


def _named(name: str) -> str:
    """A name out of the input, safe to print: on one line and short."""
    name = name if name.isprintable() else ascii(name)
    return name if len(name) <= 64 else f"{name[:61]}..."


def _shown(value: object) -> str:
    """A value out of the input, in the words of JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return _named(repr(value))
        case int() | float():
            return _named(str(value)) if abs(value) < 1e300 else "a huge number"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return type(value).__name__


# ------------------------------------------------------------------------------------------------ what fields hold


_SAID: Final = "supportq"
"""Where a core schema carries what `_JsonSchema` adds to its JSON Schema."""


@dataclass(frozen=True, slots=True, eq=False)
class _Codec:
    """How a type of the standard library reads from a JSON value of type `given`, and is written."""

    given: CoreSchema
    read: Callable[[Any], object]
    described: Mapping[str, object]
    written: cs.SerSchema | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cs.no_info_after_validator_function(
            self.read, self.given, serialization=self.written, metadata={_SAID: self.described}
        )


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue("", f"{_shown(text)} is no instant; write it like 2020-03-20T12:00:00Z") from None
    if found.utcoffset() is None:
        raise InvalidValue("", f"{_shown(text)} has no time zone; end it with Z or with an offset such as +02:00")
    return utc(found, "")


def _duration(seconds: float) -> timedelta:
    if not 0 <= seconds <= LONGEST.total_seconds():
        raise InvalidValue("", f"must be from 0 to {LONGEST.total_seconds():.0f} seconds, not {_shown(seconds)}")
    return timedelta(seconds=seconds)


def _seconds(value: timedelta) -> int | float:
    return value.total_seconds() if value.microseconds else value.days * 86_400 + value.seconds


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue("", f"{_shown(text)} is no day; write it like 2020-03-20") from None


_CLOCK: Final = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"


def _clock(text: str) -> time:
    if not re.match(_CLOCK, text, re.ASCII):
        raise InvalidValue("", f"{_shown(text)} is no time of day; write it like 08:00")
    return time.fromisoformat(text)


def _clock_text(value: time) -> str:
    return value.isoformat("minutes" if not (value.second or value.microsecond) else "auto")


_OFFSET: Final = re.compile(r"UTC([+-])(\d\d):(\d\d)", re.ASCII)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    if fixed := _OFFSET.fullmatch(name):
        sign, hours, minutes = fixed.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(offset if sign == "+" else -offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue("", f"{_shown(name)} is no zone known here; give an IANA name such as Europe/Prague") from None


def _zone_text(zone: tzinfo) -> str:
    name = zone_name(zone)
    if _zone(name) != zone:
        raise InvalidValue("zone", f"{name!r} has no name that can be read back; use ZoneInfo")
    return name


def _scalar(value: object) -> object:
    if isinstance(value, (Mapping, list, tuple)):
        raise InvalidValue("", f"must be text, a number, true, false or null, not {_shown(value)}")
    return value


_TEXT, _NUMBER = cs.str_schema(), cs.float_schema(strict=True)
_by = cs.plain_serializer_function_ser_schema
_CODECS: Final[Mapping[object, object]] = {
    bool: Strict(),
    int: Strict(),
    float: Strict(),
    datetime: _Codec(_TEXT, _instant, {"format": "date-time"}, cs.simple_ser_schema("datetime")),
    timedelta: _Codec(_NUMBER, _duration, {"minimum": 0, "description": "seconds"}, _by(_seconds)),
    date: _Codec(_TEXT, _day, {"format": "date"}, cs.simple_ser_schema("date")),
    time: _Codec(_TEXT, _clock, {"pattern": _CLOCK, "description": "time of day"}, _by(_clock_text)),
    tzinfo: _Codec(_TEXT, _zone, {"description": "IANA name of a time zone"}, _by(_zone_text)),
    Attribute: _Codec(cs.any_schema(), _scalar, {"type": ["string", "number", "boolean", "null"]}),
}


def _edge(hint: Any) -> Any:
    """The type of a field with what reads and writes it at the edge; dataclasses, at any depth, by `_Fields`."""
    if hint is Condition:
        return Annotated[Condition, _OneKey()]
    if hint in _CODECS:
        return Annotated[hint, _CODECS[hint]]
    if isinstance(hint, type) and is_dataclass(hint):
        return Annotated[hint, _Fields(hint)]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return Union[tuple(map(_edge, inner))]  # noqa: UP007  # built at run time
    if origin is Mapping:
        # Keys are text in JSON, whatever they are here, so they are not strict.
        return dict[inner[0], _edge(inner[1])]  # type: ignore[valid-type,misc]  # built at run time
    if origin is Iterable:
        return tuple[_edge(inner[0]), ...]
    if origin is tuple:
        return tuple[tuple(part if part is ... else _edge(part) for part in inner)]  # type: ignore[misc]  # the same
    return hint


@dataclass(frozen=True, slots=True)
class _Fields:
    """A dataclass as an object of its fields and nothing else; the class checks the values. An event has a tag as well."""

    kind: type
    tag: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        hints = get_type_hints(self.kind)
        given: list[Field[Any]] = [field for field in fields(self.kind) if field.init]
        members = {
            field.name: cs.typed_dict_field(handler.generate_schema(_edge(hints[field.name])), required=_obligatory(field))
            for field in given
        }
        if self.tag:
            members = {self.tag: cs.typed_dict_field(cs.literal_schema([self.kind.__name__])), **members}
        shape = cs.typed_dict_schema(members, extra_behavior="forbid")
        write = partial(_members, names=tuple(field.name for field in given), tag=self.tag)
        return cs.no_info_after_validator_function(
            partial(_built, self.kind, self.tag),
            shape,
            serialization=cs.plain_serializer_function_ser_schema(write, return_schema=shape),
            ref=f"supportq.{self.kind.__name__}",
            metadata=_entitled(self.kind),
        )


def _obligatory(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _entitled(thing: Any) -> dict[str, Any]:
    """The name and the first line of the docstring of a class, method or property, for the JSON Schema."""
    name = thing.fget.__name__ if isinstance(thing, property) else thing.__name__
    return {_SAID: {"title": name, "description": (thing.__doc__ or "").strip().partition("\n")[0]}}


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
"""What a client did not say is not written."""
_NOBODY: Final = Client()


def _members(value: object, names: tuple[str, ...], tag: str | None) -> dict[str, object]:
    if isinstance(value, _SPARSE):
        return {name: held for name in names if (held := getattr(value, name)) and held != _NOBODY}
    members = {name: getattr(value, name) for name in names}
    return {tag: type(value).__name__, **members} if tag else members


# ------------------------------------------------------------------------------------------------------ conditions

_CONDITIONS: Final[Mapping[str, type[Condition]]] = {
    "all": when.All,
    "any": when.AnyOf,
    "not": when.Not,
    "departs_within": when.DepartsWithin,
    "departed": when.Departed,
    "cancelled": when.Cancelled,
    "has_booking": when.HasBooking,
    "party_of": when.PartyAtLeast,
    "kind": when.KindIs,
    "channel": when.ChannelIs,
    "addressed_to": when.AddressedTo,
    "missed_call": when.MissedCall,
    "attribute": when.AttributeIs,
    "waited": when.Waited,
    "within_hours": when.WithinHours,
}
"""The key of each condition: the name of the function of `supportq.when` that builds it."""
_KEYS: Final = {kind: key for key, kind in _CONDITIONS.items()}


class _OneKey:
    """A condition as an object with one key: `true` for one without fields, the field where there is one, else an object."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        recursion = cs.definition_reference_schema("supportq.Condition")
        return cs.tagged_union_schema(
            {key: _condition_schema(key, kind, recursion, handler) for key, kind in _CONDITIONS.items()},
            _only_key,
            custom_error_type="condition",
            custom_error_message=f"must be an object with one key of {', '.join(_CONDITIONS)}",
            serialization=cs.plain_serializer_function_ser_schema(_condition_data),
            ref="supportq.Condition",
        )


def _condition_schema(key: str, kind: type[Condition], recursion: CoreSchema, handler: GetCoreSchemaHandler) -> CoreSchema:
    hints = get_type_hints(kind)
    held = {field.name: hints[field.name] for field in fields(kind) if field.init}  # type: ignore[arg-type]  # a dataclass

    def member(hint: Any) -> CoreSchema:
        if hint is Condition:
            return recursion
        return cs.list_schema(recursion) if hint == tuple[Condition, ...] else handler.generate_schema(_edge(hint))

    def built(data: dict[str, Any]) -> Condition:
        value = data[key]
        try:
            return kind(*([value] if len(held) == 1 else ())) if len(held) < 2 else kind(**value)
        except (InvalidValue, PolicyError) as error:
            raise InvalidValue(f"{key}.{error.field.partition('.')[2]}".rstrip("."), error.problem) from None

    if not held:
        inner: CoreSchema = cs.custom_error_schema(
            cs.literal_schema([True]), "true", custom_error_message="must be true; say the opposite with not"
        )
    elif len(held) == 1:
        inner = member(*held.values())
    else:
        inner = cs.typed_dict_schema(
            {name: cs.typed_dict_field(member(hint), required=name == next(iter(held))) for name, hint in held.items()},
            extra_behavior="forbid",
        )
    return cs.no_info_after_validator_function(
        built, cs.typed_dict_schema({key: cs.typed_dict_field(inner)}, extra_behavior="forbid")
    )


def _only_key(data: object) -> str | None:
    return next(iter(data)) if isinstance(data, Mapping) and len(data) == 1 else None


def _condition_data(condition: Condition) -> dict[str, object]:
    members = [field.name for field in fields(condition) if field.init]  # type: ignore[arg-type]  # all are dataclasses
    data = {name: _condition_member(getattr(condition, name)) for name in members}
    key = _KEYS[type(condition)]
    if not data:
        return {key: True}
    return {key: next(iter(data.values()))} if len(data) == 1 else {key: data}


def _condition_member(value: object) -> object:
    if isinstance(value, Condition):
        return _condition_data(value)
    if isinstance(value, tuple):
        return [_condition_member(part) for part in value]
    if isinstance(value, timedelta):
        return _seconds(value)
    return to_data(value) if is_dataclass(value) else value


# ---------------------------------------------------------------------------------------------- commands and events


@dataclass(frozen=True, slots=True)
class _Verb:
    """A command as an object: `at`, `do`, and the parameters of the method of `Desk` that it names."""

    do: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = {
            "at": cs.typed_dict_field(handler.generate_schema(_edge(datetime))),
            "do": cs.typed_dict_field(cs.literal_schema([self.do])),
        }
        for name, hint, required in _parameters(self.do):
            members[name] = cs.typed_dict_field(handler.generate_schema(_edge(hint)), required=required)
        shape = cs.typed_dict_schema(members, extra_behavior="forbid")
        return cs.no_info_after_validator_function(
            _command,
            shape,
            serialization=cs.plain_serializer_function_ser_schema(_command_members, return_schema=shape),
            ref=f"supportq.{self.do}",
            metadata=_entitled(getattr(Desk, self.do)),
        )


def _parameters(do: str) -> list[tuple[str, Any, bool]]:
    """Name, type and whether it must be given, of what a method takes besides `now`; a property takes nothing."""
    method = getattr(Desk, do)
    if not callable(method):
        return []
    hints = get_type_hints(method)
    taken = [parameter for name, parameter in signature(method).parameters.items() if name not in ("self", "now")]
    return [(parameter.name, hints[parameter.name], parameter.default is Parameter.empty) for parameter in taken]


def _command(members: dict[str, Any]) -> Command:
    return Command(members.pop("at"), members.pop("do"), members)


def _command_members(command: Command) -> dict[str, object]:
    return {"at": command.at, "do": command.do, **command.arguments}


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Several forms, told apart by the value of one key."""

    tag: str
    forms: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cs.tagged_union_schema(
            {name: handler.generate_schema(form) for name, form in self.forms.items()},
            self.tag,
        )


_EVENT_FORMS: Final = {kind.__name__: Annotated[kind, _Fields(kind, "event")] for kind in get_args(Event)}
_COMMAND_FORMS: Final = {do: Annotated[Command, _Verb(do)] for do in COMMANDS + QUERIES}
_ANY_EVENT: Final = "event"
_ANY_COMMAND: Final = "command"
_FORMS: Final[Mapping[str, object]] = {
    "request": Request,
    "policy": Policy,
    "staffing": Staffing,
    "command": _ANY_COMMAND,
    "event": _ANY_EVENT,
}


@cache
def _adapter(kind: object) -> TypeAdapter[Any]:
    """What reads and writes a class, an event class with its tag, the command `do`, or any event or command."""
    if kind == _ANY_EVENT:
        return TypeAdapter(Annotated[Any, _OneOf("event", _EVENT_FORMS)])
    if kind == _ANY_COMMAND:
        return TypeAdapter(Annotated[Any, _OneOf("do", _COMMAND_FORMS)])
    if isinstance(kind, str):
        return TypeAdapter(_COMMAND_FORMS[kind])
    return TypeAdapter(_EVENT_FORMS.get(getattr(kind, "__name__", "")) or _edge(kind))


def _adapter_of(value: object) -> TypeAdapter[Any]:
    return _adapter(value.do if isinstance(value, Command) else type(value))


class _JsonSchema(GenerateJsonSchema):
    """With what types say of themselves, and without a title for every field that says the field's name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def function_after_schema(self, schema: cs.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        return {**super().function_after_schema(schema), **schema.get("metadata", {}).get(_SAID, {})}
