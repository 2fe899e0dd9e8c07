"""Plays cases of the desk's duplicate rules and says which steps came out otherwise than expected.

    python benchmarks/dedup_cases.py FILE.jsonl[.gz] [FILE ...]

A case is one JSON object a line: an `id`, perhaps a `config`, `steps` (`message`, `close`, `mark_shared`) and `expect_tickets`.
Every message goes through `Desk.submit`, at its own time or, where the step before was later, at that. Exit status 1: a step
failed. Exit status 2: a file holds no such cases, or says what this program does not know; nothing is left out in silence.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from _bench import crisis_policy

from supportq import Booking, Client, Desk, Policy, Request, Ticket
from supportq.errors import CommandRefused, SupportqError
from supportq.events import Admitted, Joined, Replayed
from supportq.policy import IdentityRules
from supportq.tickets import State

AGENT: Final = "agent"
PLAIN: Final = ("account", "email", "phone")
KEEP: Final = timedelta(days=3_660)
"""Closed tickets stay to be counted, however long a case lasts."""
MESSAGE: Final = {
    "op", "label", "message_id", "at", "channel", "sender", "claims", "name", "booking", "intent", "departure_at", "text",
    "attachments", "missed_call", "in_reply_to", "language", "expect",
}  # fmt: skip
"""What a message may say."""


class InputError(Exception):
    """The file does not hold cases."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that came out otherwise."""

    case: str
    step: str
    expected: str
    came: str

    def __str__(self) -> str:
        return f"{self.case} {self.step}: expected {self.expected}; came {self.came}"


def instant(text: object, where: str) -> datetime:
    """An instant with its offset."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputError(f"{where}: {text!r} is no instant with an offset")
    return at


def identifier(text: str, where: str, kind: str = "") -> str:
    """An identifier as the rules take it, `kind:value`; the kind of a bare one is seen from its form."""
    text = text.strip()
    if kind in PLAIN:
        return f"{kind}:{text}"
    if kind == "whatsapp":
        return f"phone:{text}"
    if kind:
        return f"messenger:{kind}:{text}"
    head, colon, rest = text.partition(":")
    if colon and rest.strip():
        return text if head in (*PLAIN, "messenger") else identifier(rest, where, head)
    if "@" in text.strip("@"):
        return f"email:{text}"
    if re.fullmatch(r"\+?[\d\s().\-/]*\d[\d\s().\-/]*", text):
        return f"phone:{text}"
    raise InputError(f"{where}: {text!r} is neither an address nor a number; write kind:value")


def client(said: Mapping[str, str], where: str, name: str | None = None) -> Client:
    """Identifiers as a channel gives them. A client has one messenger id and one number at a time."""
    known = {kind: said[kind] for kind in PLAIN if kind in said}
    others = [kind for kind in said if kind not in PLAIN]
    if "whatsapp" in others and "phone" not in known:
        others.remove("whatsapp")
        known["phone"] = said["whatsapp"]
    if len(others) > 1:
        raise InputError(f"{where}: holds {' and '.join(others)}; a request carries one messenger id")
    if others:
        known["messenger"] = f"{others[0]}:{said[others[0]]}"
    return Client(**known, name=name)


def policy(config: Mapping[str, Any], where: str) -> Policy:
    """The crisis desk, with what a case sets otherwise."""
    if unknown := config.keys() - {"default_region", "dot_insensitive_domains", "agency_identifiers"}:
        raise InputError(f"{where}: does not know {', '.join(sorted(unknown))}")
    agencies = tuple(identifier(text, where) for text in _texts(config.get("agency_identifiers", []), where))
    domains = tuple(_texts(config.get("dot_insensitive_domains", []), where))
    return Policy(
        crisis_policy().lanes,
        identity=IdentityRules(dot_insensitive_domains=domains, agencies=agencies),
        default_region=config.get("default_region"),
        keep_closed=KEEP,
    )


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InputError(f"{where}: {value!r} is no list of texts")
    return value


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where}: {value!r} is no object")
    return value


@dataclass(slots=True)
class Played:
    """A case while it is played."""

    case: str
    where: str
    desk: Desk
    now: datetime | None = None
    ids: dict[str, str] = field(default_factory=dict)
    """The request of each label; messages with one message id are one request."""
    failures: list[Failure] = field(default_factory=list)
    steps: int = 0

    def play(self, number: int, step: dict[str, Any]) -> None:
        """Do one step."""
        operation = step.get("op")
        where = f"{self.where}, case {self.case}, step {number}"
        at = instant(step.get("at"), f"{where}, at")
        # Steps stand in the order in which they are processed; nobody tells a desk that time went back.
        self.now = at if self.now is None else max(self.now, at)
        self.steps += 1
        try:
            if operation == "message":
                self._message(step, at, where)
            elif operation == "close":
                self._close(step, where)
            elif operation == "mark_shared":
                self._mark_shared(step, where)
            else:
                raise InputError(f"{where}: {operation!r} is no step; there are message, close and mark_shared")
        except CommandRefused as refusal:
            self.fail(step.get("label", f"step {number} ({operation})"), "no refusal", f"{type(refusal).__name__}: {refusal}")

    def fail(self, step: str, expected: object, came: object) -> None:
        self.failures.append(Failure(self.case, str(step), str(expected), str(came)))

    def known(self, label: object, where: str) -> str:
        """The request that a label names."""
        if not isinstance(label, str) or label not in self.ids:
            raise InputError(f"{where}: {label!r} names no message before it")
        return self.ids[label]

    def ticket(self, request_id: str) -> Ticket:
        """The ticket that a request is part of now."""
        return self.desk.ticket(request_id)

    # ------------------------------------------------------------------- steps

    def _message(self, step: dict[str, Any], at: datetime, where: str) -> None:
        if unknown := step.keys() - MESSAGE:
            raise InputError(f"{where}: does not know {', '.join(sorted(unknown))}")
        label = step.get("label", step.get("message_id"))
        if not isinstance(label, str):
            raise InputError(f"{where}: has no label")
        request = self._request(step, at, where, step.get("message_id", label))
        assert self.now is not None
        happened = self.desk.submit(request, now=self.now)
        self.ids[label] = request.id
        told = [event for event in happened if isinstance(event, (Admitted, Joined, Replayed))]
        checks = _Checks(self, label, request.id, told[-1])
        for key, value in _object(step.get("expect", {}), where).items():
            check: Callable[[Any, str], None] | None = getattr(checks, f"on_{key}", None)
            if check is None:
                raise InputError(f"{where}: cannot check {key!r}")
            check(value, where)

    def _request(self, step: dict[str, Any], at: datetime, where: str, request_id: str) -> Request:
        departs_at = None
        if step.get("departure_at") is not None:
            departs_at = instant(step["departure_at"], f"{where}, departure_at")
        in_reply_to = step.get("in_reply_to")
        try:
            return Request(
                request_id,
                client(_object(step.get("sender", {}), where), where),
                # No channel proves a name, whoever it shows: people call themselves as they like. So it is a claim, always.
                claims=client(_object(step.get("claims", {}), where), where, step.get("name")),
                received_at=at,
                channel=step.get("channel", "other"),
                kind=step.get("intent") or "other",
                bookings=[Booking(reference, departs_at=departs_at) for reference in _texts(step.get("booking") or [], where)],
                text=step.get("text") or "",
                language=step.get("language"),
                attachments=_texts(step.get("attachments") or [], where),
                missed_call=step.get("missed_call", False),
                in_reply_to=self.ids.get(in_reply_to, in_reply_to) if in_reply_to else None,
            )
        except (SupportqError, TypeError) as error:
            raise InputError(f"{where}: {error}") from None

    def _close(self, step: dict[str, Any], where: str) -> None:
        """Have the ticket answered and closed, by whatever the desk allows."""
        assert self.now is not None
        now, desk = self.now, self.desk
        ticket = self.ticket(self.known(step.get("ticket_of"), where))
        if ticket.state is State.PARKED:
            desk.client_answered(ticket.id, now=now)
        if ticket.state in (State.PARKED, State.WAITING):
            held: list[str] = []
            # Agents get the best ticket, never one of their choice: whatever stands before this one is handed back.
            while not held or held[-1] != ticket.id:
                held.append(desk.take(AGENT, now=now)[-1].ticket_id)  # type: ignore[union-attr]  # it ends in a `Taken`
            for other in held[:-1]:
                desk.hand_back(other, now=now)
        if self.ticket(ticket.id).state is State.TAKEN:
            desk.reply(ticket.id, now=now)
        if self.ticket(ticket.id).state is State.ANSWERED:
            desk.resolve(ticket.id, now=now)

    def _mark_shared(self, step: dict[str, Any], where: str) -> None:
        """An operator says that an identifier belongs to many; it may stand under any key, with its kind or bare."""
        assert self.now is not None
        said = {key: value for key, value in step.items() if key not in ("op", "at", "label", "kind", "note", "why")}
        found = list(_identifiers(said, where, step.get("kind", "")))
        if not found:
            raise InputError(f"{where}: names no identifier")
        for text in found:
            self.desk.mark_shared(text, now=self.now)


_BARE: Final = ("identifier", "identifiers", "value", "values", "id")
"""Keys that do not say of which kind an identifier is."""


def _identifiers(said: object, where: str, kind: str) -> Iterator[str]:
    """The identifiers in a value: a text, a list, or an object by kind."""
    if isinstance(said, str):
        yield identifier(said, where, kind)
    elif isinstance(said, list):
        for value in said:
            yield from _identifiers(value, where, kind)
    elif isinstance(said, dict):
        kind = said.get("kind", kind)
        for key, value in said.items():
            if key != "kind":
                yield from _identifiers(value, where, kind if key in _BARE else key)
    else:
        raise InputError(f"{where}: {said!r} is no identifier")


@dataclass(frozen=True, slots=True)
class _Checks:
    """What a case may expect of a message, each under its own name."""

    played: Played
    label: str
    request_id: str
    event: Admitted | Joined | Replayed

    def fail(self, expected: object, came: object) -> None:
        self.played.fail(self.label, expected, came)

    def on_verdict(self, value: str, where: str) -> None:
        if self.event.verdict != value:
            reasons = ", ".join(reason.code for reason in getattr(self.event, "reasons", ()))
            joined = f" of {self.event.ticket_id}" if self.event.ticket_id != self.request_id else ""
            self.fail(f"verdict {value}", f"{self.event.verdict}{joined} ({reasons or 'no reasons'})")

    def on_of(self, value: str, where: str) -> None:
        ticket = self.played.ticket(self.played.known(value, where)).id
        if self.event.ticket_id != ticket:
            self.fail(f"the ticket of {value}, {ticket}", self.event.ticket_id)

    def on_suspects(self, value: list[str], where: str) -> None:
        suspects = getattr(self.event, "suspects", ())
        for label in _texts(value, where):
            ticket = self.played.ticket(self.played.known(label, where)).id
            if ticket not in suspects:
                self.fail(f"suspect {label}, ticket {ticket}", f"suspects {', '.join(suspects) or 'none'}")

    def on_client_same_as(self, value: str | list[str], where: str) -> None:
        for label, ours, theirs in self._clients(value, where):
            if ours != theirs:
                self.fail(f"the client of {label}, {theirs}", ours)

    def on_client_differs_from(self, value: str | list[str], where: str) -> None:
        for label, ours, theirs in self._clients(value, where):
            if ours == theirs:
                self.fail(f"another client than that of {label}", ours)

    def _clients(self, value: str | list[str], where: str) -> Iterator[tuple[str, str, str]]:
        of = self.played.desk.client_of
        for label in [value] if isinstance(value, str) else _texts(value, where):
            yield label, of(self.request_id), of(self.played.known(label, where))

    def on_ticket(self, value: dict[str, Any], where: str) -> None:
        ticket = self.played.ticket(self.request_id)
        for key, wanted in _object(value, where).items():
            if key == "arrived_at":
                if ticket.arrived_at != instant(wanted, where):
                    self.fail(f"arrived at {wanted}", ticket.arrived_at)
            elif key == "departure_at":
                departs_at = self._departure(ticket)
                if departs_at != (None if wanted is None else instant(wanted, where)):
                    self.fail(f"departure at {wanted}", departs_at)
            elif key == "state":
                if wanted not in (ticket.state, "closed" if ticket.state is State.CLOSED else "open"):
                    self.fail(f"state {wanted}", ticket.state)
            else:
                raise InputError(f"{where}: cannot check {key!r} of a ticket")

    def _departure(self, ticket: Ticket) -> datetime | None:
        """The earliest departure that is still ahead, of bookings that are not cancelled."""
        now = self.played.now
        assert now is not None
        ahead = [booking.departs_at for booking in ticket.bookings if booking.departs_at is not None and not booking.cancelled]
        return min((departs_at for departs_at in ahead if departs_at > now), default=None)


def play(case: dict[str, Any], where: str) -> Played:
    """Play one case on a desk of its own."""
    name = case.get("id")
    if not isinstance(name, str):
        raise InputError(f"{where}: has no id")
    steps = case.get("steps")
    if not isinstance(steps, list):
        raise InputError(f"{where}: has no list of steps")
    try:
        desk = Desk(policy(_object(case.get("config", {}), f"{where}, config"), f"{where}, config"))
    except SupportqError as error:
        raise InputError(f"{where}, config: {error}") from None
    played = Played(name, where, desk)
    for number, step in enumerate(steps, 1):
        played.play(number, _object(step, where))
    if (expected := case.get("expect_tickets")) is not None:
        tickets = {played.ticket(request_id).id for request_id in played.ids.values()}
        if len(tickets) != expected:
            played.fail("at the end", f"{expected} tickets", f"{len(tickets)}: {', '.join(sorted(tickets))}")
    return played


def cases(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The cases of a file, each with where it stands."""
    try:
        held = path.read_bytes()
        lines = (gzip.decompress(held) if path.suffix == ".gz" else held).decode("utf-8-sig").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    found = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            case = json.loads(line)
        except ValueError as error:
            raise InputError(f"{where}: is no JSON: {error}") from None
        found = True
        yield where, _object(case, where)
    if not found:
        raise InputError(f"{path}: holds no case")


def run(paths: Iterable[Path]) -> bool:
    """Play all files; whether every step came out as expected."""
    played = [play(case, where) for path in paths for where, case in cases(path)]
    for one in played:
        for failure in one.failures:
            print(failure)
    good = sum(not one.failures for one in played)
    failed = sum(len(one.failures) for one in played)
    steps = sum(one.steps for one in played)
    print(f"{good} of {len(played)} cases as expected; {steps} steps played, {failed} expectations failed")
    return not failed


def main() -> None:
    parser = argparse.ArgumentParser(description="Play cases of the duplicate rules; name each step that failed.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="cases as JSON Lines, plain or gzipped")
    asked = parser.parse_args()
    try:
        good = run(asked.files)
    except InputError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
