"""The forms that are told by a key: events by `event`, commands by `do`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from inspect import Parameter, signature
from typing import Annotated, Any, Final, get_args, get_type_hints

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema
from pydantic_core import core_schema as cs

from supportq.desk import Desk
from supportq.events import Event
from supportq.schema._types import Fields, adapter, edge, entitled

COMMANDS: Final = (
    "submit",
    "submit_many",
    "update",
    "update_client",
    "correct",
    "note",
    "confirm",
    "sign_in",
    "sign_out",
    "take",
    "reply",
    "reply_all",
    "transfer",
    "escalate",
    "ask_client",
    "client_answered",
    "hand_back",
    "resolve",
    "reopen",
    "withdraw",
    "park",
    "merge",
    "unmerge",
    "mark_shared",
    "plan",
    "count_agents",
    "promise",
    "advance",
)
"""The methods of `Desk` that a `Command` may name."""
QUERIES: Final = (
    "waiting",
    "position",
    "explain",
    "clocks",
    "handover",
    "ticket",
    "client_of",
    "suspects",
    "estimate",
    "calibration",
    "promises_worsened",
    "counter",
    "next_wakeup",
)
"""The queries of `Desk` that a `Command` may name, too."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command or query as a value: the method `do` of `Desk`, to be called with `arguments` and `now=at`."""

    at: datetime
    do: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Verb:
    """A command as an object: `at`, `do`, and the parameters of the method of `Desk` that it names."""

    do: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = {
            "at": cs.typed_dict_field(handler.generate_schema(edge(datetime))),
            "do": cs.typed_dict_field(cs.literal_schema([self.do])),
        }
        method = getattr(Desk, self.do)
        if isinstance(method, property):
            method = method.fget
        hints = get_type_hints(method)
        for name, parameter in signature(method).parameters.items():
            if name not in ("self", "now"):
                required = parameter.default is Parameter.empty
                members[name] = cs.typed_dict_field(handler.generate_schema(edge(hints[name])), required=required)
        shape = cs.typed_dict_schema(members, extra_behavior="forbid")
        return cs.no_info_after_validator_function(
            _command,
            shape,
            serialization=cs.plain_serializer_function_ser_schema(_command_members, return_schema=shape),
            ref=f"supportq.{self.do}",
            metadata=entitled(method),
        )


def _command(members: dict[str, Any]) -> Command:
    return Command(members.pop("at"), members.pop("do"), members)


def _command_members(command: Command) -> dict[str, object]:
    return {"at": command.at, "do": command.do, **command.arguments}


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Several forms, told apart by the value of one key."""

    key: str
    forms: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {name: handler.generate_schema(form) for name, form in self.forms.items()}
        return cs.tagged_union_schema(choices, self.key)


_EVENTS: Final[Mapping[Any, Any]] = {kind: Annotated[kind, Fields(kind, "event")] for kind in get_args(Event)}
_COMMANDS: Final[Mapping[str, Any]] = {do: Annotated[Command, _Verb(do)] for do in COMMANDS + QUERIES}


@cache
def any_event() -> TypeAdapter[Any]:
    """What reads an event of any class."""
    return TypeAdapter(Annotated[Any, _OneOf("event", {kind.__name__: form for kind, form in _EVENTS.items()})])


@cache
def any_command() -> TypeAdapter[Any]:
    """What reads a command of any name."""
    return TypeAdapter(Annotated[Any, _OneOf("do", _COMMANDS)])


def writer_of(value: object) -> TypeAdapter[Any]:
    """What writes a value: an event with its key, a command by its name, anything else by its type."""
    kind: Any = value.do if isinstance(value, Command) else type(value)
    return _form(kind)


@cache
def _form(kind: Any) -> TypeAdapter[Any]:
    if isinstance(kind, str):
        return TypeAdapter(_COMMANDS[kind])
    return TypeAdapter(_EVENTS[kind]) if kind in _EVENTS else adapter(kind)
