"""What it costs to decide whose message this is, and whether it was sent before.

    python benchmarks/dedup_speed.py [--json] [--quick]

Every message has an invented text of some 210 characters and goes through `Desk.submit`: whose it is, what it repeats, where
the ticket stands. Requests are built before. Half of the messages are new, a quarter repeat what was said, a fifth adds
something, a twentieth is delivered twice; each is timed alone, and what the clock itself costs is taken off. Of those
delivered twice half are timed as whole commands, of the others the decision alone. Garbage collection is left as Python sets
it. The host's log is not kept here.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from time import process_time_ns
from typing import Final, Literal

from _bench import DAY, NOON, Report, cpu_us, crisis_policy, interleaved, options, progress

from supportq import Booking, Client, Desk, Policy, Request
from supportq._instants import micros
from supportq._intake import submit
from supportq.policy import IdentityRules
from supportq.tickets import Verdict

SECOND: Final = timedelta(seconds=1)
What = Literal["new", "repeat", "follow-up", "replay"]
MIX: Final[dict[What, int]] = {"new": 50, "repeat": 25, "follow-up": 20, "replay": 5}
"""Of which messages there are how many in a hundred."""
MEANT: Final[dict[What, Verdict]] = {
    "new": Verdict.NEW,
    "repeat": Verdict.DUPLICATE_OF,
    "follow-up": Verdict.FOLLOW_UP,
    "replay": Verdict.REPLAY,
}
CHANNELS: Final = ("email", "form", "phone")
KINDS: Final = ("refund", "cancel", "change_date", "baggage")
_VOCABULARY: Final = (
    "please flight ticket money back because cancelled airline hotel transfer guests family children trip spring "
    "week wrote already answer nobody insurance voucher card bank account return tomorrow evening airport terminal "
    "connection delayed moved booking agency offer price paid twice fee confirm change date earlier later seats "
    "luggage visa border closed quarantine doctor letter illness certificate attached kindly regards thank waiting "
    "phone line hours manager contract terms refuse accept alternative direct route morning city island mountains "
    "room breakfast beach parking rental car driver licence"
)
WORDS: Final = _VOCABULARY.split()
GREETINGS: Final = ("Good day,", "Hello again,", "Dear colleagues,", "To whom it may concern:")
GIVEN: Final = ("Anna", "Boris", "Clara", "David", "Eva", "Felix", "Greta", "Hugo", "Irena", "Jakub")
SURNAMES: Final = ("Novak", "Dvorak", "Testov", "Probova", "Kowalski", "Zielinska", "Smirnov", "Petrova", "Horak", "Sample")
AGENCY: Final = "desk@agency.example.com"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: so many open tickets, so many messages timed one by one."""

    size: int
    messages: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """All sizes of one run."""

    plans: tuple[Plan, Plan]
    memory: int
    agencies: tuple[int, int]
    rounds: int
    undone: int


FULL: Final = Sizes((Plan(30_000, 20_000), Plan(300_000, 20_000)), memory=5_000, agencies=(500, 5_000), rounds=21, undone=40)
QUICK: Final = Sizes((Plan(200, 100), Plan(400, 100)), memory=100, agencies=(20, 40), rounds=3, undone=2)


def policy(*, flagged: bool = False) -> Policy:
    """The crisis desk; with the agency flagged or not."""
    agencies = (f"email:{AGENCY}",) if flagged else ()
    return replace(crisis_policy(), identity=IdentityRules(agencies=agencies), default_region="RU")


@dataclass(slots=True)
class Writers:
    """Who writes, about what. Each has a mailbox, a telephone, a name, and a booking for each matter."""

    rng: random.Random
    agency: bool = False
    made: int = 0
    sent: list[Request] = field(default_factory=list)
    """The first message about each matter."""

    def text(self) -> str:
        """Some 210 characters, with a date and a sum, as letters have them."""
        words = self.rng.choices(WORDS, k=28)
        words.insert(9, f"on {self.rng.randrange(1, 29)} April")
        words.insert(20, f"{self.rng.randrange(50, 2_000)} euro")
        return " ".join(words).capitalize() + "."

    def id(self) -> str:
        self.made += 1
        return f"M{self.made:08}"

    def new(self) -> Request:
        """The first message about a matter: of a client of its own, or of the agency about a booking of its own."""
        number = self.id()
        name = f"{self.rng.choice(GIVEN)} {self.rng.choice(SURNAMES)}"
        email = AGENCY if self.agency else f"client{number.lower()}@example.com"
        request = Request(
            number,
            Client(email=email, name=name),
            claims=Client() if self.agency else Client(phone=f"+7999{self.made:07}"),
            channel="email",
            kind=self.rng.choice(KINDS),
            bookings=Booking(f"KC{self.made:07}", departs_at=NOON + DAY * self.rng.uniform(2, 60)),
            text=self.text(),
        )
        self.sent.append(request)
        return request

    def again(self, first: Request, *, adds: bool) -> Request:
        """The same matter again, in slightly other words, by another door now and then; perhaps with something new in it."""
        words = first.text.split()
        del words[self.rng.randrange(len(words))]
        text = f"{self.rng.choice(GREETINGS)} {' '.join(words)}"
        if adds:
            text += f" My new reference is {self.rng.randrange(10_000, 99_999)}."
        channel = "email" if self.agency else self.rng.choice(CHANNELS)
        known = first.client
        proven, claims = known, Client()
        if channel == "form":
            proven, claims = claims, known
        elif channel == "phone":
            proven, claims = Client(phone=first.claims.phone), Client(name=known.name)
        booking = Booking(first.bookings[0].reference.lower())
        return replace(first, id=self.id(), client=proven, claims=claims, channel=channel, bookings=(booking,), text=text)

    def message(self, what: What) -> Request:
        """A message of this sort; those that are not new are about any matter so far."""
        if what == "new":
            return self.new()
        first = self.rng.choice(self.sent)
        # Built anew, as a message delivered twice is: the desk has to compare it, not just to see that it is the same object.
        return replace(first) if what == "replay" else self.again(first, adds=what == "follow-up")

    def mixed(self, count: int) -> list[tuple[What, Request]]:
        """So many messages, in proportion."""
        kinds = self.rng.choices(list(MIX), list(MIX.values()), k=count)
        # What is told about is at the desk already: new matters of this run are repeated in the next.
        later: list[Request] = []
        told: list[tuple[What, Request]] = []
        for what in kinds:
            told.append((what, self.message(what)))
            if what == "new":
                later.append(self.sent.pop())
        self.sent.extend(later)
        return told


@dataclass(slots=True)
class Office:
    """A desk with so many open tickets, a second between messages."""

    size: int
    desk: Desk
    writers: Writers
    now: datetime = NOON

    @classmethod
    def of(cls, size: int, *, agency: bool = False, seed: int = 1) -> Office:
        """A desk with so many open tickets; an agency's are all of one client."""
        office = cls(size, Desk(policy(flagged=agency)), Writers(random.Random(seed), agency))
        office.desk.submit_many([office.writers.new() for _ in range(size)], now=NOON)
        return office

    def instants(self, count: int) -> list[datetime]:
        instants = [self.now + SECOND * number for number in range(1, count + 1)]
        self.now = instants[-1]
        return instants


def clock_ns(times: int = 2_001) -> float:
    """What looking at the clock twice costs."""
    spent = []
    for _ in range(times):
        begun = process_time_ns()
        spent.append(process_time_ns() - begun)
    return median(spent)


def timed(
    report: Report, office: Office, messages: Sequence[tuple[What, Request]]
) -> tuple[dict[What, list[float]], list[float]]:
    """Microseconds of each message, by sort: of whole commands, and of the decision alone for half of those delivered twice."""
    clock = clock_ns()
    spent: dict[What, list[float]] = {what: [] for what in MIX}
    decided: list[float] = []
    meant = 0
    desk = office.desk
    for (what, known), now in zip(messages, office.instants(len(messages)), strict=True):
        # As a host hands it over, which has built it just now.
        request = replace(known)
        alone = what == "replay" and len(decided) <= len(spent[what])
        if alone:
            desk.advance(now=now)
            at = micros(now)
            begun = process_time_ns()
            submit(desk._state, now, at, request)
            decided.append((process_time_ns() - begun - clock) / 1e3)
        begun = process_time_ns()
        event = desk.submit(request, now=now)[-1]
        if not alone:
            spent[what].append((process_time_ns() - begun - clock) / 1e3)
        meant += event.verdict is MEANT[what]  # type: ignore[union-attr]  # a submission ends in the event that says what it is
    report.figure(f"{office.size:,} open: messages taken for what they are", 100 * meant / len(messages), "%")
    return spent, decided


def percentile(spent: Iterable[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(spent)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def measure_decisions(report: Report, plans: tuple[Plan, Plan]) -> None:
    """The whole decision at two sizes."""
    typical = []
    for plan in plans:
        progress(f"{plan.size:,} open: loading")
        office = Office.of(plan.size)
        progress(f"{plan.size:,} open: messages one by one")
        messages = office.writers.mixed(plan.messages)
        gc.collect()
        spent, replays = timed(report, office, messages)
        decided = [took for what in MIX if what != "replay" for took in spent[what]]
        typical.append(percentile(decided, 0.5))
        bounded = plan.size < FULL.plans[1].size
        _note(report, f"{plan.size:,} open: a message decided, p50, us", typical[-1], 60 if bounded else None)
        _note(report, f"{plan.size:,} open: a message decided, p99, us", percentile(decided, 0.99), 400 if bounded else None)
        _note(report, f"{plan.size:,} open: decided that it was delivered twice, p50, us", percentile(replays, 0.5), 5)
        report.figure(f"{plan.size:,} open: delivered twice, the whole command, p50", percentile(spent["replay"], 0.5), "us")
        for what in MIX:
            if what != "replay":
                report.figure(f"{plan.size:,} open: {what}, p50", percentile(spent[what], 0.5), "us")
        report.figure(f"{plan.size:,} open: a message decided, mean", sum(decided) / len(decided), "us")
        report.figure(f"{plan.size:,} open: longest", max(decided), "us")
        del office
    small, large = (plan.size for plan in plans)
    report.at_most(f"p50: growth from {small:,} to {large:,} open", typical[1] / typical[0], 1.5)


def _note(report: Report, what: str, value: float, bar: float | None) -> None:
    if bar is None:
        report.figure(what.removesuffix(", us"), value, "us")
    else:
        report.at_most(what, value, bar)


def measure_memory(report: Report, size: int) -> None:
    """What a desk keeps of a ticket, beside the request that the host hands over."""
    progress("memory")
    writers = Writers(random.Random(3))
    requests = [writers.new() for _ in range(size)]
    desk = Desk(policy())
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for request in requests:
        desk.submit(request, now=NOON)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(desk.waiting()) == size
    report.at_most("memory a ticket beyond its request, bytes", kept / size, 2_048)


def measure_agency(report: Report, sizes: tuple[int, int], rounds: int) -> None:
    """A client with very many open tickets, each about a booking of its own: a message must not cost more for it."""
    progress("agencies")
    small, large = (Office.of(size, agency=True, seed=4) for size in sizes)
    compared = interleaved(_agency_round(small), _agency_round(large), rounds)
    report.figure(f"an agency with {sizes[0]:,} open tickets: a message", compared.floor_us, "us")
    report.figure(f"an agency with {sizes[1]:,} open tickets: a message", compared.us, "us")
    what = f"a message of an agency with {sizes[1]:,} open tickets, x one with {sizes[0]:,}"
    report.at_most(what, compared.ratio, 1.2)
    report.at_least(what, compared.ratio, 0.8)


def _agency_round(office: Office, messages: int = 50) -> Callable[[], float]:
    """Fifty messages: nine in ten repeat a matter, each another one."""

    def play() -> float:
        writers = office.writers
        matters = writers.rng.sample(writers.sent, min(messages, len(writers.sent)))
        told = [writers.new() if number % 10 == 0 else writers.again(one, adds=False) for number, one in enumerate(matters)]
        arriving = list(zip(told, office.instants(len(told)), strict=True))
        submit = office.desk.submit
        return cpu_us(lambda: [submit(request, now=now) for request, now in arriving], len(arriving))

    return play


def measure_unmerge(report: Report, size: int, undone: int, messages: int = 100) -> None:
    """One message out of a hundred turns out to be somebody else's: what hung together is linked anew."""
    progress("unmerge")
    office = Office.of(size, seed=5)
    writers = office.writers
    clients = []
    for _ in range(undone):
        first = writers.new()
        clients.append([first, *(writers.again(first, adds=False) for _ in range(messages - 1))])
    for request in (request for client in clients for request in client):
        office.desk.submit(request, now=office.now)
    gc.collect()
    clock, spent = clock_ns(), []
    for client, now in zip(clients, office.instants(len(clients)), strict=True):
        other = client[len(client) // 2]
        begun = process_time_ns()
        office.desk.unmerge(other.id, now=now)
        spent.append((process_time_ns() - begun - clock) / 1e6)
    report.at_most(f"unmerge in a client of {messages} messages, p50, ms", median(spent), 1.0)
    report.figure(f"unmerge in a client of {messages} messages, longest", max(spent), "ms")


def main() -> None:
    asked = options("What it costs to decide whose message this is, and whether it was sent before.")
    sizes = QUICK if asked.quick else FULL
    report = Report("dedup_speed", {"seed": 1, "quick": asked.quick, "gc": "as Python sets it"})
    measure_decisions(report, sizes.plans)
    measure_memory(report, sizes.memory)
    measure_agency(report, sizes.agencies, sizes.rounds)
    measure_unmerge(report, sizes.plans[0].size, sizes.undone)
    report.show(as_json=asked.json)


if __name__ == "__main__":
    main()
