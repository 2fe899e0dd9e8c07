"""A whole day at a desk in a process of its own, watched: no file, socket, clock, chance, environment or import while it runs.

Run by `test_purity.py`. Prints the day as canonical JSON; or, if anything impure happened, what it was, and exits with 3.

    python pure_replay.py [--unwatched] [--years N] [--provoke NAME]

`--years` moves the clock of this process by so many years before anything is imported. `--provoke` does something impure in the
middle of a short day, to show that the watch sees it.
"""

# ruff: noqa: T201, TID251  # this script prints, and provokes what the core must never do

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--unwatched", action="store_true")
PARSER.add_argument("--years", type=int, default=0)
PARSER.add_argument("--provoke")
ARGUMENTS = PARSER.parse_args()
REAL_DATETIME = dt.datetime


def move_the_clock(years: int) -> None:
    """Another date for everybody who asks: `time` is replaced, and so are the classes that know what day it is."""
    offset = years * 365 * 86_400.0
    real_time, real_now = time.time, dt.datetime.now

    class Datetime(dt.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real_now(tz) + dt.timedelta(seconds=offset)

    class Date(dt.date):
        @classmethod
        def today(cls) -> Any:
            return (real_now() + dt.timedelta(seconds=offset)).date()

    time.time = lambda: real_time() + offset
    dt.datetime, dt.date = Datetime, Date  # type: ignore[misc]


if ARGUMENTS.years:
    move_the_clock(ARGUMENTS.years)

from supportq import (  # noqa: E402  # the clock has to be moved before
    Booking,
    Client,
    CommandRefused,
    Desk,
    HeadStart,
    Lane,
    Order,
    Policy,
    Request,
    Shift,
    Staffing,
    Target,
    when,
)
from supportq.hours import Hours, Opening, Recurrence, SpecialDay  # noqa: E402

UTC, HOUR, DAY = dt.UTC, dt.timedelta(hours=1), dt.timedelta(days=1)
NOON = dt.datetime(2020, 10, 24, 12, tzinfo=UTC)
PRAGUE, NEW_YORK = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York")

# ----------------------------------------------------------------------------- the watch

SILENT = {"builtins.id", "object.__getattr__", "object.__setattr__", "array.__new__"}
"""Audit events that plain Python raises without touching anything."""
BANNED_C = {
    "time",
    "posix",
    "nt",
    "_socket",
    "socket",
    "_io",
    "io",
    "_random",
    "_thread",
    "_posixsubprocess",
    "_imp",
    "marshal",
}
"""Modules written in C of which nothing may be called."""
BANNED_PYTHON = (
    "random.py",
    "os.py",
    "socket.py",
    "subprocess.py",
    "tempfile.py",
    "pathlib.py",
    "uuid.py",
    "secrets.py",
    "shutil.py",
    "threading.py",
    "<frozen os>",
)
"""Files of the standard library in which nothing may run; nor in any of `importlib`."""


class Watch:
    """Sees every audit event and every call while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: dict[str, None] = {}

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event not in SILENT:
            self.seen[f"audit: {event} {arguments[:1]}"] = None

    def profile(self, frame: FrameType, event: str, function: Any) -> None:
        if not self.on:
            return
        if event == "call":
            file = frame.f_code.co_filename
            if file.endswith(BANNED_PYTHON) or "importlib" in file:
                self.seen[f"call: {file} {frame.f_code.co_name}"] = None
        elif event == "c_call":
            owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
            reads_clock = isinstance(owner, type) and issubclass(owner, dt.date) and name in ("now", "utcnow", "today")
            if reads_clock or isinstance(owner, random.Random) or getattr(function, "__module__", None) in BANNED_C:
                self.seen[f"call: {getattr(function, '__module__', '')} {name}"] = None


PROVOCATIONS: dict[str, Callable[[], object]] = {
    "open": lambda: open(__file__, encoding="utf-8").close(),  # noqa: PTH123
    "listdir": lambda: os.listdir("."),  # noqa: PTH208
    "environment": lambda: os.getenv("HOME"),
    "process": os.getpid,
    "socket": lambda: socket.socket().close(),
    "subprocess": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "time": time.time,
    "monotonic": time.monotonic,
    "sleep": lambda: time.sleep(0),
    "now": lambda: REAL_DATETIME.now(UTC),
    "today": REAL_DATETIME.today,
    "random": random.random,
    "shuffle": lambda: random.shuffle([1, 2]),
    "urandom": lambda: os.urandom(1),
    "import": lambda: __import__("wave"),
    "zone file": lambda: ZoneInfo("Asia/Kathmandu"),
}

# -------------------------------------------------------------------------------- the day


def policy() -> Policy:
    """Every kind of condition, order, head start and share."""
    office = Hours(
        (Opening(dt.time(9), dt.time(18), (0, 1, 2, 3, 4, 5)),),
        zone=PRAGUE,
        special_days=(SpecialDay(dt.date(2020, 10, 25), (Opening(dt.time(2, 30), dt.time(18)),)),),
        holidays=(dt.date(2020, 11, 17),),
        closed_by=(Recurrence("FREQ=MONTHLY;BYDAY=-1FR"), Recurrence("FREQ=YEARLY;BYEASTER=1")),
    )
    awake = Hours((Opening(dt.time(1, 30), dt.time(23)),))
    return Policy(
        (
            Lane("emergency", when.kind("emergency") | (when.party_of(9) & when.channel("phone"))),
            Lane("imminent", when.departs_within(DAY) & ~when.cancelled(), order=Order.DEPARTURE),
            Lane("office", when.within_hours(office) & when.attribute("vip"), order=Order.REPLY_BY, share=0.2),
            Lane("call back", when.missed_call() & when.within_hours(awake), share=1 / 3),
            Lane("forgotten", when.waited(30 * HOUR) & ~when.addressed_to("ivan"), share=0.1),
            Lane("group", when.rooms_of(6) & (when.made_in("market") | when.origin("agent") | when.urgent())),
            Lane("named", (when.named("curator") & when.stage("regular")) | (when.by_voice() & when.line_begins("z-"))),
            Lane("gone", when.departed() | when.cancelled(), order=Order.DEPARTURE),
            Lane("standard", head_starts=(HeadStart(HOUR, when.has_booking()),)),
        ),
        targets=(Target(2 * HOUR, when.attribute("vip")), Target(DAY)),
        keep_closed=7 * DAY,
        zone=PRAGUE,
        zones=(NEW_YORK,),
        default_region="CZ",
    )


def requests(rng: random.Random, count: int) -> list[Request]:
    """Clients who repeat themselves on many channels; a seeded generator of this script's own, used before the watch."""
    made = []
    for number in range(count):
        client = rng.randrange(count // 3)
        bookings = tuple(
            Booking(
                f"KC-{client}{leg}",
                service=rng.choice([None, f"OK {client % 7}"]),
                cancelled=rng.random() < 0.2,
                departs_at=rng.choice([None, NOON + rng.randrange(-10, 90) * HOUR]),
                party_size=rng.choice([None, 2, 9]),
                rooms=rng.choice([None, 1, 6]),
                system=rng.choice([None, "market"]),
            )
            for leg in range(rng.randrange(3))
        )
        made.append(
            Request(
                f"R{number:04}-{'ž' * rng.randrange(30)}",
                Client(
                    email=f"c{client}@example.com",
                    phone=rng.choice([None, f"601 000 {client:03}"]),
                    stage=rng.choice([None, "regular"]),
                ),
                received_at=rng.choice([None, NOON - rng.randrange(60) * HOUR]),
                channel=rng.choice(["email", "phone", "form"]),
                kind=rng.choice(["refund", "refund", "cancel", "emergency"]),
                bookings=bookings,
                missed_call=rng.random() < 0.2,
                by_voice=rng.random() < 0.2,
                line=rng.choice([None, "z-office"]),
                urgent=rng.random() < 0.2,
                origin=rng.choice(["client", "client", "agent"]),
                guest=Client(name="Guest"),
                addressed_to=rng.choice([None, "ivan"]),
                zone=rng.choice([None, "America/New_York", "Mars/Olympus"]),
                attributes=rng.choice([{}, {"vip": True, "tier": 1.5}]),
            )
        )
    return made


def ask(desk: Desk) -> list[object]:
    """Every query."""
    answers: list[object] = [desk.waiting(), desk.counter(), desk.next_wakeup, desk.snapshot()]
    for ticket_id in desk.waiting(limit=12):
        answers += [desk.position(ticket_id), desk.explain(ticket_id), desk.estimate(ticket_id), desk.ticket(ticket_id)]
    return answers


def day(told: list[Request], staffing: Staffing, rules: Policy, provocation: Callable[[], object] | None) -> list[object]:
    """Load, submit, update, take, answer, park, ask, withdraw, reopen, let time pass; replay it all; ask everything."""
    desk, now = Desk(rules), NOON
    log: list[Any] = [*desk.plan(staffing, now=now), *desk.submit_many(told[: len(told) // 2], now=now)]
    answers = ask(desk)
    for number, request in enumerate(told[len(told) // 2 :]):
        now += HOUR / 5
        for command, arguments in (
            ("submit", {"request": request}),
            ("update", {"service": f"OK {number % 7}", "cancelled": number % 3 == 0, "departs_at": now + (number % 50) * HOUR}),
            (
                "update_client",
                {"client": f"phone:601 000 {number % 50:03}", "curator": f"agent-{number % 4}", "stage": "regular"},
            ),
            ("correct", None),
            ("note", None),
            ("take", {"agent": f"agent-{number % 4}"}),
            (("reply", "park", "ask_client", "hand_back", "withdraw")[number % 5], None),
            ("resolve", None),
            (("client_answered", "reopen")[number % 2], None),
        ):
            pick = (
                {"ticket": told[number * 7 % len(told)].id} if number % 2 else {"ticket": getattr(log[-1], "ticket_id", "none")}
            )
            if command == "park":
                pick["until"] = now + 9 * HOUR  # type: ignore[assignment]
            elif command == "correct":
                pick["kind"] = ("refund", "cancel", "emergency")[number % 3]
            elif command == "note":
                pick |= {"status": "open", "done": "read", "next": "answer"}
            try:
                log += getattr(desk, command)(now=now, **(pick if arguments is None else arguments))
            except CommandRefused as refusal:
                log += refusal.events
                answers.append(str(refusal))
        if number == 3 and provocation is not None:
            provocation()
    log += desk.advance(now=now + 8 * DAY)
    rebuilt, restored = Desk.from_log(rules, log), Desk.from_snapshot(desk.snapshot())
    assert rebuilt == desk == restored
    answers += ask(rebuilt)
    return [log, answers]


# ------------------------------------------------------------------------------ the bytes


def plain(value: Any) -> Any:
    """A value as JSON can say it, with nothing left out and nothing that depends on this process."""
    if is_dataclass(value):
        return {"": type(value).__name__, **{f.name: plain(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return [[plain(key), plain(inner)] for key, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    # A set has an order of its own in every process, so nothing may give one out.
    assert not isinstance(value, (set, frozenset)), value
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def main() -> int:
    told = requests(random.Random(2020), 12 if ARGUMENTS.provoke else 150)
    staffing = Staffing((Shift(dt.time(8), dt.time(20), agents=3),), zone=PRAGUE)
    rules = policy()
    provocation = PROVOCATIONS[ARGUMENTS.provoke] if ARGUMENTS.provoke else None
    watch = Watch()
    if not ARGUMENTS.unwatched:
        sys.addaudithook(watch.audit)
        sys.setprofile(watch.profile)
    watch.on = True
    happened = day(told, staffing, rules, provocation)
    watch.on = False
    sys.setprofile(None)
    if watch.seen:
        print("\n".join(watch.seen))
        return 3
    print(json.dumps(plain(happened), ensure_ascii=True, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
