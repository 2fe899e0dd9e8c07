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
from datetime import datetime
from typing import Any, Final, Literal, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from supportq.desk import Snapshot
from supportq.errors import InvalidValue, PolicyError
from supportq.events import Event
from supportq.policy import Policy
from supportq.schema._forms import COMMANDS, QUERIES, Command, any_command, any_event, writer_of
from supportq.schema._text import Json, Malformed, object_of, told
from supportq.schema._types import JsonSchema, adapter, instant_from_text
from supportq.staffing import Staffing
from supportq.tickets import Request

__all__ = [
    "COMMANDS",
    "FORMS",
    "QUERIES",
    "Command",
    "InvalidArgument",
    "Json",
    "Malformed",
    "canonical_json",
    "command_from_json",
    "event_from_json",
    "instant_from_text",
    "json_schema",
    "policy_from_json",
    "request_from_json",
    "snapshot_from_json",
    "staffing_from_json",
    "to_data",
    "to_json",
]

FORMS: Final = ("request", "policy", "staffing", "command", "event")
"""What `json_schema` describes."""


class InvalidArgument(InvalidValue):
    """A command of the right shape, with an argument that cannot be meant. `at` and `do` are not in doubt."""

    def __init__(self, field: str, problem: str, at: datetime, do: str) -> None:
        super().__init__(field, problem)
        self.at = at
        self.do = do


def request_from_json(source: Json) -> Request:
    """A request as it reads in files and commands. Raises `InvalidValue` naming the field."""
    return cast("Request", _read(adapter(Request), source))


def policy_from_json(source: Json) -> Policy:
    """A policy; loads the zones that it names. Raises `PolicyError` naming the place."""
    try:
        return cast("Policy", _read(adapter(Policy), source))
    except InvalidValue as error:
        raise PolicyError(error.field, error.problem) from None


def staffing_from_json(source: Json) -> Staffing:
    """A staffing calendar. Raises `InvalidValue` naming the field."""
    return cast("Staffing", _read(adapter(Staffing), source))


def event_from_json(source: Json) -> Event:
    """One event, told by its key `event`. Raises `InvalidValue` naming the field."""
    return cast("Event", _read(any_event(), source, tagged=True))


def snapshot_from_json(source: Json) -> Snapshot:
    """A snapshot, for `Desk.from_snapshot`. Raises `InvalidValue` naming the field."""
    return cast("Snapshot", _read(adapter(Snapshot), source))


def command_from_json(source: Json) -> Command:
    """A command: `at`, `do` and the arguments of the method of `Desk` of that name.

    Raises `Malformed` if it has not the shape of a command (an unknown field, at any depth, is such a case), and
    `InvalidArgument` if it has, but a value inside cannot be meant.

    >>> command_from_json('{"at": "2020-03-20T12:00:00Z", "do": "take", "agent": "a1"}').arguments
    {'agent': 'a1'}
    """
    data = object_of(source)
    try:
        return cast("Command", any_command().validate_python(data))
    except ValidationError as error:
        problems = [(problem, problem["loc"][1:]) for problem in error.errors(include_url=False)]
    for problem, place in problems:
        # An argument of another JSON type belongs to the shape of the command; what stands inside one does not.
        of_the_line = len(place) < 2 and problem["type"] != "value_error"
        if of_the_line or problem["type"] == "extra_forbidden" or place == ("at",):
            raise Malformed(*told(problem, place))
    field, text = told(*problems[0])
    raise InvalidArgument(field.removeprefix("request."), text, instant_from_text(data["at"]), data["do"])


def _read(reader: TypeAdapter[Any], source: Json, *, tagged: bool = False) -> object:
    data = object_of(source)
    try:
        return reader.validate_python(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
    # The place of what is wrong in a tagged form begins with the tag, which is no field.
    found = told(problem, problem["loc"][1:] if tagged else problem["loc"])
    raise Malformed(*found) if problem["type"] == "extra_forbidden" else InvalidValue(*found)


def to_data(value: object) -> Any:
    """Any value of supportq as objects, lists, texts and numbers, the way `to_json` writes it."""
    return writer_of(value).dump_python(value, mode="json")


def to_json(value: object, *, indent: int | None = None) -> str:
    """Any value of supportq as JSON, keys in the order of its fields; on one line unless `indent` is given.

    >>> from supportq import Client
    >>> to_json(Request("A1", Client(email="ann@example.com"), kind="refund"))
    '{"id":"A1","client":{"email":"ann@example.com"},"channel":"other","kind":"refund"}'
    """
    return writer_of(value).dump_json(value, indent=indent).decode()


def canonical_json(value: object) -> str:
    """The same with sorted keys and no spaces: equal values give equal text on every machine and Python version (G6)."""
    return json.dumps(to_data(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def json_schema(form: Literal["request", "policy", "staffing", "command", "event"]) -> dict[str, Any]:
    """The JSON Schema of one form.

    >>> json_schema("request")["required"]
    ['id']
    """
    match form:
        case "command":
            reader = any_command()
        case "event":
            reader = any_event()
        case _:
            reader = adapter({"request": Request, "policy": Policy, "staffing": Staffing}[form])
    return {"$schema": GenerateJsonSchema.schema_dialect, **reader.json_schema(schema_generator=JsonSchema)}
