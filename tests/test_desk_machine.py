"""The desk against a model too simple to be wrong, under random commands and passing time.

**The model** is a list of dicts, one per ticket, with the facts as they were told: the requests, the host's updates in the
order in which they came, who holds the ticket, until when it is parked. Nothing is derived ahead of time and nothing is
indexed. For every question the model goes over the whole list again: it works out each ticket's bookings from all that was
said, tries the lanes from the top in plain Python over datetimes, and sorts. It finds the next change by trying every instant
at which any fact could begin or cease to matter. It knows no calendar, no condition of `supportq.when`, no event and no packed
key, and it shares no code with the desk but the values that go in. One thing it takes from the desk's word: which request of
its ticket another repeats, which matters only when an operator takes it out again.

After every step both must agree on the line, positions, states, figures, and the next wake-up; the desk rebuilt from its log
and from its snapshot must equal the live one; and at the wake-up, not a microsecond earlier, something must happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from invariants import check
from strategies import DAY, HOUR, MINUTE, NOON

from supportq import Booking, Client, Desk, HeadStart, Lane, Order, Policy, Request, Shift, Staffing, Target, when
from supportq.errors import CommandRefused, FirstOfTicket, NothingCorrected, OneTicket, RequestExists, WrongAgent, WrongState
from supportq.events import (
    Admitted,
    Archived,
    Breached,
    Corrected,
    Event,
    Joined,
    LaneChanged,
    Merged,
    Promised,
    Replayed,
    Replied,
    Split,
    Taken,
    Unparked,
)
from supportq.hours import Hours, Opening

TICK = timedelta(microseconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)
Facts: TypeAlias = dict[str, Any]
"""A ticket, a request or a leg (one booking) of the model."""


@dataclass(frozen=True)
class Side:
    """One side of a ticket: what its earliest request says, with one of its legs, at an instant. Any side may fit a lane."""

    ticket: Facts
    request: Facts
    leg: Facts
    now: datetime

    def departs_within(self, span: timedelta) -> bool:
        departs = self.leg["departs"]
        return departs is not None and departs - span <= self.now < departs


# ------------------------------------------------------------ policies, told twice


@dataclass(frozen=True)
class Twin:
    """A lane as the desk has it, and its rule in plain Python."""

    lane: Lane
    fits: Callable[[Side], bool]


@dataclass(frozen=True)
class World:
    """A policy and its twin. `matters` are the distances from a departure, and `waits` from an arrival, that rules look at."""

    twins: tuple[Twin, ...]
    matters: tuple[timedelta, ...] = ()
    waits: tuple[timedelta, ...] = ()
    by_hours: bool = False
    targets: tuple[Target, ...] = ()

    @property
    def policy(self) -> Policy:
        return Policy(tuple(twin.lane for twin in self.twins), targets=self.targets)


def _everyone(_: Side) -> bool:
    return True


def _imminent(side: Side) -> bool:
    return side.departs_within(DAY) and not side.leg["cancelled"]


def _big_emergency(side: Side) -> bool:
    return side.request["kind"] == "emergency" or (side.leg["party"] or 1) >= 4


def _cancelled_ahead(side: Side) -> bool:
    return side.leg["cancelled"] and not (side.leg["departs"] is not None and side.leg["departs"] <= side.now)


def _tonight(side: Side) -> bool:
    return side.departs_within(12 * HOUR) or side.now >= side.ticket["arrival"] + 20 * HOUR


def _office(side: Side) -> bool:
    return side.now.weekday() < 5 and 9 <= side.now.hour < 18 and side.departs_within(3 * DAY)


def _by_phone(side: Side) -> bool:
    return side.request["channel"] == "phone" and not side.leg["cancelled"]


OFFICE_HOURS = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)

WORLDS = {
    "one line": World((Twin(Lane("everyone"), _everyone),)),
    "readme": World(
        (
            Twin(Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), _imminent),
            Twin(Lane("standard"), _everyone),
        ),
        matters=(DAY,),
    ),
    "crisis": World(
        (
            Twin(Lane("emergency", when.kind("emergency") | when.party_of(4)), _big_emergency),
            Twin(Lane("imminent", when.departs_within(DAY) & ~when.cancelled(), order=Order.DEPARTURE), _imminent),
            Twin(Lane("cancelled", when.cancelled() & ~when.departed(), order=Order.DEPARTURE, share=0.25), _cancelled_ahead),
            Twin(Lane("standard", head_starts=(HeadStart(90 * MINUTE, when.attribute("vip")),)), _everyone),
        ),
        matters=(DAY,),
    ),
    "shares": World(
        (
            Twin(Lane("tonight", when.departs_within(12 * HOUR) | when.waited(20 * HOUR)), _tonight),
            Twin(Lane("office", when.within_hours(OFFICE_HOURS) & when.departs_within(3 * DAY), share=0.4), _office),
            Twin(Lane("standard", share=0.3, head_starts=(HeadStart(90 * MINUTE, when.attribute("vip")),)), _everyone),
        ),
        matters=(12 * HOUR, 3 * DAY),
        waits=(20 * HOUR,),
        by_hours=True,
    ),
    "reply by": World(
        (
            Twin(Lane("phone", when.channel("phone") & ~when.cancelled(), order=Order.REPLY_BY, share=0.5), _by_phone),
            Twin(Lane("standard", order=Order.REPLY_BY), _everyone),
        ),
        targets=(Target(2 * HOUR, when.attribute("vip")), Target(DAY)),
    ),
}
HEAD_START, VIP_TARGET, TARGET = 90 * MINUTE, 2 * HOUR, DAY
REOPEN_WITHIN, KEEP_CLOSED = 7 * DAY, 90 * DAY
NO_BOOKING: Facts = {"reference": None, "service": None, "departs": None, "cancelled": False, "party": None}

LEGAL: Mapping[str, tuple[str, ...]] = {
    "reply": ("taken",),
    "ask_client": ("taken", "answered"),
    "client_answered": ("parked",),
    "hand_back": ("taken",),
    "resolve": ("answered",),
    "park": ("waiting", "taken", "answered", "parked"),
    "withdraw": ("waiting", "taken", "answered", "parked"),
    "reopen": ("closed",),
    "note": ("waiting", "taken", "answered", "parked"),
}
NOTE = {"status": "waits", "done": "called", "next": "call again"}


# ---------------------------------------------------------------------- the model


class Model:
    """A list of tickets, gone over again for every question."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tickets: list[Facts] = []
        self.updates: list[Facts] = []
        self.now = NOON
        self.numbered = self.requests = 0
        self.corrections: dict[str, Facts] = {}
        self.credit = {index: Fraction(0) for index, twin in enumerate(world.twins) if twin.lane.share}
        self.figures = dict.fromkeys(("received", "tickets", "repeats", "replays", "answered", "resolved", "withdrawn"), 0)

    # Questions.

    def ticket(self, ticket_id: str) -> Facts:
        return next(ticket for ticket in self.tickets if ticket["id"] == ticket_id)

    def in_state(self, *states: str) -> list[Facts]:
        return [ticket for ticket in self.tickets if ticket["state"] in states]

    def legs(self, ticket: Facts) -> list[Facts]:
        """All that the requests say of bookings, as the host corrected it."""
        said = [leg for request in ticket["requests"] for leg in request["legs"]]
        # Where all that is said of a booking agrees, whoever left it out meant the same.
        for key in ("service", "departs", "party"):
            known = {
                reference: {leg[key] for leg in said if leg["reference"] == reference} - {None} for reference in REFERENCES
            }
            said = [
                {**leg, key: min(known[leg["reference"]], default=None)} if len(known[leg["reference"]]) == 1 else leg
                for leg in said
            ]
        return [self.corrected(ticket, leg) for leg in said if not any(_says_less(leg, other) for other in said)]

    def corrected_in(self, ticket: Facts) -> Facts:
        """What was put right in the ticket that the earliest request came in with."""
        return self.corrections.get(_earliest(ticket)["origin"], {})

    def corrected(self, ticket: Facts, leg: Facts) -> Facts:
        """The last update of a field holds, whatever it was about."""
        leg = dict(leg)
        for update in self.updates:
            about = {"ticket": _ids(ticket), "booking": [leg["reference"]], "service": [leg["service"]]}[update["about"]]
            if update["name"] in about:
                leg.update({key: update[key] for key in ("departs", "cancelled") if update[key] is not None})
        return leg

    def place(self, ticket: Facts, now: datetime) -> tuple[int, datetime]:
        """The index of the lane, and what orders the ticket there: the smaller goes first."""
        legs = self.legs(ticket)
        first = {**_earliest(ticket), **self.corrected_in(ticket)}
        sides = [Side(ticket, first, leg, now) for leg in legs or [NO_BOOKING]]
        index = next(index for index, twin in enumerate(self.world.twins) if any(map(twin.fits, sides)))
        vip = first["vip"]
        lane = self.world.twins[index].lane
        if lane.order is Order.DEPARTURE:
            return index, min(
                (leg["departs"] for leg in legs if leg["departs"] and leg["departs"] > now and not leg["cancelled"]),
                default=NEVER,
            )
        if lane.order is Order.REPLY_BY:
            return index, self.reply_due(ticket, min(_owed(ticket), default=ticket["arrival"]))
        return index, ticket["arrival"] - (HEAD_START if lane.head_starts and vip else timedelta(0))

    def reply_due(self, ticket: Facts, since: datetime) -> datetime:
        """By when it is to be answered: the time that it stood while the client was asked comes on top, once that is over."""
        since = max(since, ticket["restarted"]) if _owed(ticket) and ticket["restarted"] else since
        vip = {**_earliest(ticket), **self.corrected_in(ticket)}["vip"]
        stood = [(max(begin, since), end) for begin, end in ticket["pauses"] if end is not None and since < end]
        return since + (VIP_TARGET if vip else TARGET) + sum((end - begin for begin, end in stood), timedelta(0))

    def late_at(self, ticket: Facts) -> datetime:
        """When the first reply to a ticket will be late, if that has not been said; never while the client is asked."""
        owed = _owed(ticket)
        counts = self.world.targets and owed and not ticket["replies"] and ticket["state"] != "closed"
        return self.reply_due(ticket, min(owed)) if counts and not ticket["asked"] and not ticket["late"] else NEVER

    def fall_late(self) -> None:
        """What is late by now has been said to be."""
        for ticket in self.tickets:
            if self.late_at(ticket) <= self.now:
                ticket["late"] = True

    def line(self) -> list[Facts]:
        """Everybody who waits, best first."""
        return sorted(
            self.in_state("waiting"), key=lambda ticket: (*self.place(ticket, self.now), ticket["arrival"], ticket["id"])
        )

    def beside(self, ticket: Facts) -> list[Facts]:
        """Everybody who waits for the same agents, best first."""
        return self.line()

    def next_change(self, ticket: Facts) -> datetime:
        """The first instant at which the place of a waiting ticket is another, found by trying all that could matter."""
        instants = [ticket["arrival"] + wait for wait in self.world.waits]
        for leg in self.legs(ticket):
            if leg["departs"] is not None:
                instants += [leg["departs"], *(leg["departs"] - span for span in self.world.matters)]
        if self.world.by_hours:
            midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
            # Departures lie at most ten days ahead, and an office that matters opens within three days of one.
            instants += [midnight + days * DAY + hour * HOUR for days in range(14) for hour in (9, 18)]
        stands = self.stands(ticket, self.now)
        return next((at for at in sorted(instants) if at > self.now and self.stands(ticket, at) != stands), NEVER)

    def stands(self, ticket: Facts, now: datetime) -> object:
        """What time alone may change of a waiting ticket."""
        return self.place(ticket, now)

    def next_wakeup(self) -> datetime:
        return min(
            [
                *(self.next_change(ticket) for ticket in self.in_state("waiting")),
                *map(self.late_at, self.tickets),
                *(ticket["until"] for ticket in self.in_state("parked") if ticket["until"] is not None),
                *(ticket["closed_at"] + KEEP_CLOSED for ticket in self.in_state("closed")),
            ],
            default=NEVER,
        )

    # What time does.

    def advance(self, now: datetime) -> list[datetime]:
        """Go to an instant; returns all at which anything changed."""
        changed = []
        while (due := self.next_wakeup()) <= now:
            changed.append(due)
            self.now = due
            self.ring(due)
        self.now = now
        return changed

    def ring(self, due: datetime) -> None:
        """What happens at an instant."""
        for ticket in self.in_state("parked"):
            if ticket["until"] == due:
                self.wait_again(ticket)
        self.fall_late()
        gone = [ticket for ticket in self.in_state("closed") if ticket["closed_at"] + KEEP_CLOSED == due]
        self.tickets = [ticket for ticket in self.tickets if ticket not in gone]
        # The same id may name another ticket one day; what the host said was of this one.
        ids = [name for ticket in gone for name in _ids(ticket)]
        self.corrections = {name: right for name, right in self.corrections.items() if name not in ids}
        self.updates = [u for u in self.updates if not (u["about"] == "ticket" and u["name"] in ids)]

    # What people do.

    def no_longer_asked(self, ticket: Facts) -> None:
        ticket["pauses"] = [(begin, self.now if end is None else end) for begin, end in ticket["pauses"]]
        ticket["asked"] = False

    def wait_again(self, ticket: Facts) -> None:
        self.no_longer_asked(ticket)
        ticket.update(
            state="waiting",
            returned_to=ticket["agent"] if ticket["state"] == "parked" else None,
            agent=None,
            until=None,
            closed_at=None,
            parked_before=None,
        )

    def begin_anew(self, ticket: Facts) -> None:
        """It was answered and closed, and waits once more."""
        ticket["late"] = False
        for request in ticket["requests"]:
            request["since"] = max(request["since"], ticket["arrival"])

    def submit(self, request: Facts) -> tuple[str, str | None]:
        """The verdict on a request, and the ticket that it is in; `REFUSED` for an id that is somebody else's."""
        for ticket in self.tickets:
            known = [one for one in ticket["requests"] if one["id"] == request["id"]]
            if not known:
                continue
            if any(not _same_content(one, request) and not _same_sender(one, request) for one in known):
                return "REFUSED", ticket["id"]
            if any(_same_content(one, request) for one in known):
                self.figures["replays"] += 1
                return "REPLAY", ticket["id"]
            return self.join(ticket, request, "REOPENS" if ticket["state"] == "closed" else "FOLLOW_UP")
        alike = [ticket for ticket in self.tickets if self.same_matter(ticket, request)]
        still_open = [ticket for ticket in alike if ticket["state"] != "closed"]
        recent = [t for t in alike if t["state"] == "closed" and self.now - t["closed_at"] <= REOPEN_WITHIN]
        if still_open:
            return self.join_open(min(still_open, key=lambda ticket: (ticket["arrival"], ticket["id"])), request)
        if recent:
            return self.join(max(recent, key=lambda ticket: (ticket["closed_at"], ticket["number"])), request, "REOPENS")
        fits = [ticket for ticket in self.tickets if self.may_be_meant(ticket, request)]
        if len(fits) != 1:
            fits = [ticket for ticket in fits if request["text"] and request["text"] in _texts(ticket)]
        if len(fits) == 1:
            return self.join_open(fits[0], request)
        self.numbered += 1
        self.tickets.append(
            {
                "id": request["id"],
                "number": self.numbered,
                "person": request["person"],
                "requests": [self.written(request, request["id"])],
                "arrival": request["received"],
                "state": "waiting",
                "agent": None,
                "returned_to": None,
                "until": None,
                "asked": False,
                "closed_at": None,
                "replies": 0,
                "answered_by": None,
                "absorbed": [],
                "parked_before": None,
                "note": None,
                "pauses": [],
                "restarted": None,
                "late": False,
            }
        )
        self.figures["received"] += 1
        self.figures["tickets"] += 1
        return "NEW", request["id"]

    def written(self, request: Facts, origin: str) -> Facts:
        """A request in a ticket: since when it counts, with which ticket it came in, and onto which request."""
        self.requests += 1
        return {
            **request,
            "number": self.requests,
            "unanswered": True,
            "since": request["received"],
            "origin": origin,
            "onto": None,
        }

    def same_matter(self, ticket: Facts, request: Facts) -> bool:
        """The same person asks the same about the same booking."""
        ours = {leg["reference"] for leg in request["legs"]}
        return self.same_wish(ticket, request) and bool(ours & _references(ticket))

    def same_wish(self, ticket: Facts, request: Facts) -> bool:
        return ticket["person"] == request["person"] and request["kind"] in self.kinds(ticket)

    def kinds(self, ticket: Facts) -> set[str]:
        """What its requests ask; what the earliest says is read as it was corrected, wherever it is said."""
        said: str = _earliest(ticket)["kind"]
        right = self.corrected_in(ticket).get("kind") or said
        return {right if known["kind"] == said else known["kind"] for known in ticket["requests"]}

    def may_be_meant(self, ticket: Facts, request: Facts) -> bool:
        """An open ticket that a request without a booking may mean, or one without that a request may mean."""
        return ticket["state"] != "closed" and self.same_wish(ticket, request) and not (request["legs"] and _references(ticket))

    def join_open(self, ticket: Facts, request: Facts) -> tuple[str, str]:
        """It repeats, unless it says something new or the client was answered or asked meanwhile."""
        owed = ticket["state"] == "answered" or (
            ticket["state"] == "parked" and (ticket["asked"] or not any(r["unanswered"] for r in ticket["requests"]))
        )
        news = {leg["reference"] for leg in request["legs"]} - _references(ticket)
        words = request["text"] and request["text"] not in _texts(ticket)
        return self.join(ticket, request, "FOLLOW_UP" if owed or news or words else "DUPLICATE_OF")

    def join(self, ticket: Facts, request: Facts, verdict: str) -> tuple[str, str]:
        """One request more: it counts, it is owed an answer, and it never costs or wins a place in line."""
        before = {**ticket, "requests": [*ticket["requests"]]}
        state = ticket["state"]
        answered = state in ("answered", "parked") and not any(known["unanswered"] for known in ticket["requests"])
        origin = next((known["origin"] for known in ticket["requests"] if known["id"] == request["id"]), ticket["id"])
        ticket["requests"].append(self.written(request, origin))
        owed = [known["since"] for known in ticket["requests"] if known["unanswered"]]
        anew = ticket["replies"] and (state == "closed" or answered)
        ticket["arrival"] = min(owed) if anew else min(ticket["arrival"], request["received"])
        if state in ("answered", "closed"):
            self.wait_again(ticket)
        elif state == "parked" and (ticket["asked"] or answered or verdict != "DUPLICATE_OF"):
            aside = {**before, "owed": _unanswered(before)}
            self.wait_again(ticket)
            ticket["parked_before"] = aside
        if anew and state == "closed":
            self.begin_anew(ticket)
        self.figures["received"] += 1
        self.figures["repeats"] += 1
        return verdict, ticket["id"]

    def take(self, agent: str) -> tuple[Facts, bool] | None:
        """The next ticket for an agent, and whether a share chose its lane."""
        line = self.line()
        if not line:
            return None
        lane_of = {ticket["id"]: self.place(ticket, self.now)[0] for ticket in line}
        busy = sorted(set(lane_of.values()))
        for lane in self.credit:
            share = Fraction(str(self.world.twins[lane].lane.share))
            self.credit[lane] = self.credit[lane] + share if lane in busy else Fraction(0)
        due = [lane for lane in self.credit if lane in busy and self.credit[lane] >= 1]
        lane = max(due, key=lambda lane: (self.credit[lane], -lane), default=busy[0])
        if lane in self.credit:
            self.credit[lane] = max(Fraction(0), self.credit[lane] - 1)
        here = [ticket for ticket in line if lane_of[ticket["id"]] == lane]
        ticket = next((ticket for ticket in here if ticket["returned_to"] == agent), here[0])
        ticket.update(state="taken", agent=agent, returned_to=None)
        return ticket, lane != busy[0]

    def work(self, command: str, ticket: Facts, until: datetime | None = None) -> None:
        """A legal move of a ticket."""
        match command:
            case "reply":
                ticket.update(state="answered", replies=ticket["replies"] + 1, answered_by=ticket["agent"], late=False)
                for request in ticket["requests"]:
                    request["unanswered"] = False
                self.figures["answered"] += 1
            case "ask_client":
                ticket.update(state="parked", asked=True, pauses=[*ticket["pauses"], (self.now, None)])
            case "park":
                self.no_longer_asked(ticket)
                agent = ticket["agent"] or ticket["returned_to"]
                ticket.update(state="parked", until=until, agent=agent, returned_to=None)
            case "client_answered":
                self.wait_again(ticket)
            case "note":
                ticket["note"] = self.now
            case "hand_back":
                self.wait_again(ticket)
                ticket["returned_to"] = None
            case "resolve" | "withdraw":
                self.no_longer_asked(ticket)
                ticket.update(state="closed", closed_at=self.now, agent=None, returned_to=None, until=None)
                self.figures["resolved" if command == "resolve" else "withdrawn"] += 1
            case "reopen":
                self.wait_again(ticket)
                if ticket["replies"]:
                    ticket["arrival"] = min(_owed(ticket), default=self.now)
                    self.begin_anew(ticket)

    # Joining and undoing by hand (rule D6).

    def merge(self, one: Facts, other: Facts) -> Facts:
        """The one taken survives, else the one that came first; it waits as of its oldest unanswered request."""
        ticket, gone = sorted((one, other), key=lambda held: (held["state"] != "taken", held["arrival"], held["id"]))
        began = min(request["since"] for request in ticket["requests"])
        aside = {"waiting": ticket["parked_before"], "parked": {**ticket, "owed": _unanswered(ticket)}}.get(ticket["state"])
        before = {**gone, "had": [known["number"] for known in gone["requests"]], "owed": _unanswered(gone)}
        gone["requests"][0]["onto"] = ticket["requests"][0]["number"]
        for request in gone["requests"]:
            request["since"] = max(request["since"], gone["arrival"])
        ticket["late"] = ticket["late"] or gone["late"]
        if min(request["since"] for request in gone["requests"]) < began:
            # The clocks are those of the one that began earlier.
            ticket.update({key: gone[key] for key in ("pauses", "restarted")})
        ticket["requests"] = ticket["requests"] + gone["requests"]
        ticket["absorbed"] = [*ticket["absorbed"], *gone["absorbed"], before]
        self.tickets.remove(gone)
        owed, arrivals = _owed(ticket), [ticket["arrival"]]
        if ticket["state"] == "taken":
            ticket["arrival"] = min(*arrivals, gone["arrival"])
        else:
            if owed:
                keeps = ticket["returned_to"], aside
                self.wait_again(ticket)
                ticket["returned_to"], ticket["parked_before"] = keeps
            ticket["arrival"] = min(owed + ([] if ticket["replies"] and owed else arrivals))
        self.stand_anew(ticket)
        self.count_tickets(-1)
        return ticket

    def split(self, ticket: Facts, request_id: str) -> None:
        """A request leaves with all that joined because of it; what was a ticket of its own is again as it was."""
        brought: list[int] = []
        for request in ticket["requests"]:
            if request["onto"] in brought or (not brought and request["id"] == request_id):
                brought.append(request["number"])
        ids = [request["id"] for request in ticket["requests"] if request["number"] in brought]
        part = [request for request in ticket["requests"] if request["id"] in ids]
        rest = [request for request in ticket["requests"] if request["id"] not in ids]
        before = next((held for held in ticket["absorbed"] if held["id"] == part[0]["id"]), None)
        self.numbered += 1
        new: Facts = {
            **dict.fromkeys(("agent", "returned_to", "until", "closed_at", "answered_by", "note", "parked_before")),
            "id": part[0]["id"],
            "number": self.numbered,
            "person": part[0]["person"],
            "state": "waiting",
            "asked": False,
            "replies": 0,
            "pauses": [],
            "restarted": self.now,
            "late": False,
        }
        for whole, half in ((new, part), (ticket, rest)):
            whole["requests"] = half
            names = [request["id"] for request in half]
            whole["absorbed"] = [held for held in ticket["absorbed"] if held["id"] in names and held["id"] != whole["id"]]
        for whole in (new, ticket):
            _belong_together(whole)
        self.tickets.append(new)
        self.start_anew(new, before)
        self.go_on_without(ticket)
        for whole in (new, ticket):
            self.stand_anew(whole)
        self.count_tickets(1)

    def stand_anew(self, ticket: Facts) -> None:
        """It waits anew, if it does: with teams that matters."""

    def start_anew(self, ticket: Facts, before: Facts | None) -> None:
        """Answers that were given while it was part of another are not its own."""
        for request in ticket["requests"]:
            request["unanswered"] = (
                before is None or request["number"] not in before["had"] or request["number"] in before["owed"]
            )
        if before is None:
            ticket["arrival"] = min(request["received"] for request in ticket["requests"])
            return
        ticket.update({key: before[key] for key in ("replies", "answered_by", "note")})
        later = [request["since"] for request in ticket["requests"] if request["number"] not in before["had"]]
        ticket["arrival"] = min([before["arrival"], *later])
        if before["state"] == "parked" and not later:
            self.park_again(ticket, before)
        elif before["state"] == "answered" and not _owed(ticket):
            ticket.update(state="answered", agent=before["agent"])
        else:
            ticket["returned_to"] = before["returned_to"]
            ticket["parked_before"] = before["parked_before"] if before["state"] == "waiting" else None
            self.park_if_as_before(ticket)

    def park_if_as_before(self, ticket: Facts) -> bool:
        """It is parked again if a merge ended its park and it owes no more than then."""
        aside = ticket["parked_before"]
        if ticket["state"] != "waiting" or not aside or not set(_unanswered(ticket)) <= set(aside["owed"]):
            return False
        ticket["arrival"] = aside["arrival"]
        self.park_again(ticket, aside)
        return True

    def park_again(self, ticket: Facts, before: Facts) -> None:
        """It is parked as it was, unless that is over by now."""
        ticket["parked_before"] = None
        if before["until"] is not None and before["until"] <= self.now:
            ticket["returned_to"] = before["agent"]
            return
        ticket.update({key: before[key] for key in ("state", "asked", "until", "agent")}, returned_to=None)
        if before["asked"]:
            ticket["pauses"] = [*ticket["pauses"], (self.now, None)]

    def go_on_without(self, ticket: Facts) -> None:
        """What is left counts as of what is left."""
        owed = _owed(ticket)
        if ticket["state"] != "closed" and not self.park_if_as_before(ticket):
            if ticket["replies"]:
                ticket["arrival"] = min(owed, default=ticket["arrival"])
            else:
                ticket["arrival"] = min(request["since"] for request in ticket["requests"])
            if ticket["state"] == "waiting" and not owed and ticket["replies"]:
                ticket.update(state="answered", agent=ticket["answered_by"], returned_to=None)
        # What it was late with may have left it.
        until = ticket["closed_at"] or (ticket["pauses"][-1][0] if ticket["asked"] else self.now)
        counts = ticket["late"] and owed and not ticket["replies"]
        ticket["late"] = bool(counts) and self.reply_due(ticket, min(owed)) <= until

    def count_tickets(self, more: int) -> None:
        self.figures["tickets"] += more
        self.figures["repeats"] -= more


def _belong_together(ticket: Facts) -> None:
    """The first request of a ticket joined nothing; what joined one that is elsewhere joined the first."""
    first, *others = ticket["requests"]
    first["onto"] = None
    numbers = [request["number"] for request in ticket["requests"]]
    for request in others:
        if request["onto"] not in numbers:
            request["onto"] = first["number"]
    for request in ticket["requests"]:
        if request["origin"] not in _ids(ticket):
            request["origin"] = ticket["id"]


def _ids(ticket: Facts) -> list[str]:
    """Its own id, and those of the tickets that were merged into it."""
    return [ticket["id"], *(held["id"] for held in ticket["absorbed"])]


def _unanswered(ticket: Facts) -> list[int]:
    return [request["number"] for request in ticket["requests"] if request["unanswered"]]


def _owed(ticket: Facts) -> list[datetime]:
    """Since when each unanswered request counts."""
    return [request["since"] for request in ticket["requests"] if request["unanswered"]]


def _references(ticket: Facts) -> set[str]:
    return {leg["reference"] for known in ticket["requests"] for leg in known["legs"]}


def _texts(ticket: Facts) -> set[str]:
    return {known["text"] for known in ticket["requests"]}


def _earliest(ticket: Facts) -> Facts:
    request: Facts = min(ticket["requests"], key=lambda known: (known["received"], known["id"]))
    return request


def _says_less(one: Facts, other: Facts) -> bool:
    same = one["reference"] == other["reference"] and one["cancelled"] == other["cancelled"]
    return same and one != other and all(one[key] in (None, other[key]) for key in ("service", "departs", "party"))


def _same_content(one: Facts, other: Facts) -> bool:
    return all(one[key] == other[key] for key in ("person", "channel", "kind", "vip", "to", "legs", "text"))


def _same_sender(one: Facts, other: Facts) -> bool:
    return bool(one["person"] == other["person"] and one["channel"] == other["channel"])


# -------------------------------------------------------------------- the machine

PEOPLE = {name: Client(email=f"{name}@example.com") for name in ("ann", "bob", "cyril", "dora")}
KINDS = ("refund", "emergency")
CHANNELS = ("email", "phone")
REFERENCES = ("K1", "K2", "K3")
SERVICES = ("OK 81", "OK 82")
AGENTS = ("ivan", "jana")

after = st.sampled_from([*[timedelta(0)] * 5, TICK, MINUTE, MINUTE, HOUR, HOUR, 5 * HOUR, 12 * HOUR, DAY, 8 * DAY, 91 * DAY])
ahead = st.sampled_from([-HOUR, timedelta(0), TICK, HOUR, 12 * HOUR, 12 * HOUR + TICK, DAY, 25 * HOUR, 3 * DAY, 9 * DAY])
ago = st.sampled_from([timedelta(0), timedelta(0), TICK, 89 * MINUTE, 90 * MINUTE, 20 * HOUR, 30 * DAY])
legs = st.fixed_dictionaries(
    {
        "reference": st.sampled_from(REFERENCES),
        "service": st.none() | st.sampled_from(SERVICES),
        "departs": st.none() | ahead,
        "cancelled": st.sampled_from([False, False, True]),
        "party": st.sampled_from([None, None, 2, 4]),
    }
)
messages = st.fixed_dictionaries(
    {
        "person": st.sampled_from(list(PEOPLE)),
        "channel": st.sampled_from(CHANNELS),
        "kind": st.sampled_from(KINDS),
        "vip": st.booleans(),
        "to": st.sampled_from([None, None, None, *AGENTS]),
        "legs": st.lists(legs, max_size=2),
        "text": st.sampled_from(["", "again"]),
        "ago": ago,
    }
)
numbers = st.integers(0, 20)
DUE = (LaneChanged, Unparked, Breached, Archived)


def to_request(facts: Facts) -> Request:
    """The value that the desk gets for a request of the model."""
    return Request(
        facts["id"],
        PEOPLE[facts["person"]],
        received_at=facts["received"],
        channel=facts["channel"],
        kind=facts["kind"],
        text=facts["text"],
        attributes={"vip": True} if facts["vip"] else {},
        addressed_to=facts["to"],
        bookings=tuple(
            Booking(
                leg["reference"],
                service=leg["service"],
                departs_at=leg["departs"],
                cancelled=leg["cancelled"],
                party_size=leg["party"],
            )
            for leg in facts["legs"]
        ),
    )


class DeskMachine(RuleBasedStateMachine):
    """Random commands to the desk and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(WORLDS["one line"])
        self.policy = self.model.world.policy
        self.desk = Desk(self.policy)
        self.log: list[Event] = []
        self.sent: list[Facts] = []

    @initialize(name=st.sampled_from(sorted(WORLDS)), batch=st.lists(messages, max_size=8))
    def open_desk(self, name: str, batch: list[Facts]) -> None:
        self.start(Model(WORLDS[name]), batch)

    def start(self, model: Model, batch: list[Facts]) -> None:
        """A desk with a backlog."""
        self.model = model
        self.policy = model.world.policy
        self.desk = Desk(self.policy)
        self.submit_many(timedelta(0), batch, number=0)

    # How a step runs.

    def pass_time(self, gap: timedelta) -> list[datetime]:
        """Let time pass in the model; returns the instants at which the desk must have done something."""
        self.model.fall_late()
        return self.model.advance(self.model.now + gap)

    def command(self, name: str, changed: list[datetime], **arguments: Any) -> tuple[Event, ...] | CommandRefused:
        """One command to the desk: what it did after all that was due, or why it was refused."""
        refusal: CommandRefused | None = None
        try:
            events: tuple[Event, ...] = getattr(self.desk, name)(now=self.model.now, **arguments)
        except CommandRefused as error:
            refusal, events = error, error.events
        self.log += events
        due, own = self.told_apart(events)
        assert list(dict.fromkeys(event.at for event in due)) == changed, "each at its own instant, in order (T3)"
        assert all(event.at == self.model.now for event in own)
        if refusal is not None:
            assert not own, "a refused command does nothing of its own (G2)"
            return refusal
        return own

    def told_apart(self, events: tuple[Event, ...]) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
        """What was due, which comes first, and what the command did of its own, without what was late when it became known."""
        known_late = [event for event in events if isinstance(event, Breached) and event.due_at < event.at]
        events = tuple(event for event in events if event not in known_late)
        due = tuple(event for event in events if isinstance(event, DUE))
        assert events[: len(due)] == due
        assert all(event.at == self.model.now for event in known_late)
        return due, events[len(due) :]

    def request(self, message: Facts, request_id: str) -> Facts:
        """A message as a request that is now at the desk, its times counted from now."""
        now = self.model.now
        told = [{**leg, "departs": None if leg["departs"] is None else now + leg["departs"]} for leg in message["legs"]]
        request = {**message, "id": request_id, "received": now - message["ago"], "legs": told}
        self.sent.append(request)
        return request

    def new_id(self, number: int) -> str:
        # Ids of many lengths and scripts, in no order of time: the index must widen, and ties must go by id.
        prefix = ("b", "a", "č", "z" * 20, "żółw-" * 10, "m" * 200)[number % 6]
        return f"{prefix}{len(self.sent)}"

    def expect(self, event: Event, verdict: str, ticket_id: str | None) -> None:
        assert isinstance(event, (Admitted, Joined, Replayed))
        assert (event.verdict.value, event.ticket_id) == (verdict, ticket_id)
        if isinstance(event, Joined):
            # Which of the requests of its ticket it repeats is the desk's word.
            requests = self.model.ticket(event.ticket_id)["requests"]
            joined = next(known for known in reversed(requests) if known["id"] == event.request.id)
            joined["onto"] = next(known["number"] for known in requests if known["id"] == event.onto)

    # Requests.

    @rule(gap=after, message=messages, number=numbers)
    def submit(self, gap: timedelta, message: Facts, number: int) -> None:
        changed = self.pass_time(gap)
        request = self.request(message, self.new_id(number))
        verdict, ticket_id = self.model.submit(request)
        happened = self.command("submit", changed, request=to_request(request))
        assert not isinstance(happened, CommandRefused)
        self.expect(happened[-1], verdict, ticket_id)

    @rule(gap=after, batch=st.lists(messages, max_size=8), number=numbers)
    def submit_many(self, gap: timedelta, batch: list[Facts], number: int) -> None:
        changed = self.pass_time(gap)
        loaded = [self.request(message, self.new_id(number + extra)) for extra, message in enumerate(batch)]
        expected = [self.model.submit(request) for request in loaded]
        happened = self.command("submit_many", changed, requests=[to_request(request) for request in loaded])
        assert not isinstance(happened, CommandRefused)
        for event, (verdict, ticket_id) in zip(happened, expected, strict=True):
            self.expect(event, verdict, ticket_id)

    @precondition(lambda self: self.sent)
    @rule(gap=after, message=messages, number=numbers)
    def write_again(self, gap: timedelta, message: Facts, number: int) -> None:
        """The same person about the same bookings, in other words on any channel."""
        changed = self.pass_time(gap)
        before = self.sent[number % len(self.sent)]
        again = {**self.request(message, self.new_id(number)), **{key: before[key] for key in ("person", "kind", "legs")}}
        self.sent[-1] = again
        verdict, ticket_id = self.model.submit(again)
        happened = self.command("submit", changed, request=to_request(again))
        assert not isinstance(happened, CommandRefused)
        self.expect(happened[-1], verdict, ticket_id)

    @precondition(lambda self: self.sent)
    @rule(gap=after, number=numbers, change=st.sampled_from(["nothing", "text", "kind", "vip", "legs", "person", "channel"]))
    def send_known_id(self, gap: timedelta, number: int, change: str) -> None:
        """A delivery under an id that was used before: the same, an edit, or somebody else's."""
        changed = self.pass_time(gap)
        before = self.sent[number % len(self.sent)]
        other: dict[str, Facts] = {
            "nothing": {},
            "text": {"text": "edited"},
            "person": {"person": "dora"},
            "channel": {"channel": "chat", "text": "edited"},
            "kind": {"kind": "emergency"},
            "vip": {"vip": not before["vip"]},
            "legs": {"legs": []},
        }
        request = {**before, **other[change], "received": self.model.now}
        verdict, ticket_id = self.model.submit(request)
        happened = self.command("submit", changed, request=to_request(request))
        if verdict == "REFUSED":
            assert isinstance(happened, RequestExists)
            assert (happened.request, happened.ticket) == (request["id"], ticket_id)
        else:
            assert not isinstance(happened, CommandRefused)
            self.expect(happened[-1], verdict, ticket_id)
            # What was sent under an id stays the last word on it, so that later steps edit edits.
            self.sent.append(request)

    # Facts.

    @rule(
        gap=after,
        about=st.sampled_from(["ticket", "booking", "service"]),
        number=numbers,
        departs=st.none() | ahead,
        cancelled=st.none() | st.booleans(),
    )
    def update(self, gap: timedelta, about: str, number: int, departs: timedelta | None, cancelled: bool | None) -> None:
        if departs is None and cancelled is None:
            cancelled = True
        changed = self.pass_time(gap)
        names = {"ticket": [t["id"] for t in self.model.tickets] or ["nobody"], "booking": REFERENCES, "service": SERVICES}
        name = names[about][number % len(names[about])]
        departs_at = None if departs is None else self.model.now + departs
        before = {ticket["id"]: self.model.place(ticket, self.model.now) for ticket in self.model.line()}
        happened = self.command("update", changed, **{about: name}, departs_at=departs_at, cancelled=cancelled)
        if name == "nobody":
            assert isinstance(happened, CommandRefused)
            return
        assert not isinstance(happened, CommandRefused)
        self.model.updates.append({"about": about, "name": name, "departs": departs_at, "cancelled": cancelled})
        moved = {t["id"] for t in self.model.line() if self.model.place(t, self.model.now) != before[t["id"]]}
        (event,) = happened
        assert {ticket_id for move in event.moves for ticket_id in move.ticket_ids} == moved  # type: ignore[union-attr]

    @precondition(lambda self: self.model.tickets)
    @rule(
        gap=after,
        number=numbers,
        right=st.fixed_dictionaries({}, optional={"kind": st.sampled_from(KINDS), "vip": st.booleans()}).filter(bool),
    )
    def correct(self, gap: timedelta, number: int, right: Facts) -> None:
        """What a ticket asks, or carries, is put right."""
        changed = self.pass_time(gap)
        if not self.model.tickets:
            assert self.command("advance", changed) == ()
            return
        ticket = self.model.tickets[number % len(self.model.tickets)]
        attributes = {"vip": right["vip"]} if "vip" in right else None
        happened = self.command("correct", changed, ticket=ticket["id"], kind=right.get("kind"), attributes=attributes)
        if ticket["state"] == "closed":
            assert isinstance(happened, WrongState)
            return
        # A request that is not from a VIP carries no such attribute, so to say that it is none is news, too.
        known = {**_earliest(ticket), **({} if _earliest(ticket)["vip"] else {"vip": None}), **self.model.corrected_in(ticket)}
        if all(known[key] == value for key, value in right.items()):
            assert isinstance(happened, NothingCorrected)
            return
        assert not isinstance(happened, CommandRefused)
        self.model.corrections.setdefault(_earliest(ticket)["origin"], {}).update(right)
        (event,) = happened
        assert isinstance(event, Corrected)
        lane = self.model.world.twins[self.model.place(ticket, self.model.now)[0]].lane.name
        assert event.lane == (lane if ticket["state"] == "waiting" else None)

    # Undo.

    @precondition(lambda self: len(self.model.tickets) > 1)
    @rule(gap=after, number=numbers, shift=st.integers(0, 99))
    def merge(self, gap: timedelta, number: int, shift: int) -> None:
        """An operator says that two tickets of one person are one, or one is itself."""
        changed = self.pass_time(gap)
        if not self.model.tickets:
            assert self.command("advance", changed) == ()
            return
        pairs = [(a, b) for a in self.model.tickets for b in self.model.tickets if a["person"] == b["person"]]
        legal = [(a, b) for a, b in pairs if a is not b and "closed" not in (a["state"], b["state"])]
        among = legal if legal and number % 5 else pairs
        one, other = among[shift % len(among)]
        happened = self.command("merge", changed, ticket=one["id"], other=other["id"])
        if "closed" in (one["state"], other["state"]):
            assert isinstance(happened, WrongState)
        elif one is other:
            assert isinstance(happened, OneTicket)
        elif one["state"] == other["state"] == "taken" and one["agent"] != other["agent"]:
            assert isinstance(happened, WrongAgent)
        else:
            assert not isinstance(happened, CommandRefused)
            survivor = self.model.merge(one, other)
            (event,) = happened
            assert isinstance(event, Merged)
            assert event.ticket_id == survivor["id"]

    @precondition(lambda self: any(len(ticket["requests"]) > 1 for ticket in self.model.tickets))
    @rule(gap=after, number=numbers, at=numbers)
    def unmerge(self, gap: timedelta, number: int, at: int) -> None:
        """An operator says that a request is a matter of its own."""
        changed = self.pass_time(gap)
        several = [ticket for ticket in self.model.tickets if len(ticket["requests"]) > 1]
        if not several:
            self.command("advance", changed)
            return
        ticket = several[number % len(several)]
        request_id = ticket["requests"][at % len(ticket["requests"])]["id"]
        happened = self.command("unmerge", changed, request=request_id)
        if request_id == ticket["id"]:
            assert isinstance(happened, FirstOfTicket)
            return
        assert not isinstance(happened, CommandRefused)
        (event,) = happened
        assert isinstance(event, Split)
        assert (event.ticket_id, event.into) == (ticket["id"], request_id)
        self.model.split(ticket, request_id)

    # Work.

    @rule(gap=after, agents=st.lists(st.sampled_from(AGENTS), min_size=1, max_size=8))
    def take(self, gap: timedelta, agents: list[str]) -> None:
        """Agents come for a ticket one after another."""
        for agent in agents:
            changed = self.pass_time(gap)
            expected = self.model.take(agent)
            happened = self.command("take", changed, agent=agent)
            assert not isinstance(happened, CommandRefused)
            if expected is None:
                assert happened == ()
                return
            (event,) = happened
            assert isinstance(event, Taken)
            ticket, by_share = expected
            assert (event.ticket_id, event.agent, event.by_share) == (ticket["id"], agent, by_share)
            assert event.waited == self.model.now - ticket["arrival"]
            gap = timedelta(0)

    # Promises, which the model knows nothing of: they must change nothing that it knows, and survive what the desk survives.

    @rule(gap=after, agents=st.integers(0, 3))
    def plan(self, gap: timedelta, agents: int) -> None:
        changed = self.pass_time(gap)
        shifts = (Shift(time(8), time(20), agents), Shift(time(20), time(8), 1))
        self.command("plan", changed, staffing=Staffing(shifts, handling_time=20 * MINUTE))

    @rule(gap=after, agents=st.integers(0, 3))
    def count_agents(self, gap: timedelta, agents: int) -> None:
        self.command("count_agents", self.pass_time(gap), agents=agents)

    @precondition(lambda self: self.model.in_state("waiting"))
    @rule(gap=after, number=numbers)
    def promise(self, gap: timedelta, number: int) -> None:
        waiting = self.model.in_state("waiting")
        ticket_id = waiting[number % len(waiting)]["id"]
        changed = self.pass_time(gap)
        happened = self.command("promise", changed, ticket=ticket_id)
        assert isinstance(happened, CommandRefused) or type(happened[-1]) is Promised

    @rule()
    def restart(self) -> None:
        """The host goes on with a desk from a snapshot, and with the same log."""
        self.desk = Desk.from_snapshot(self.desk.snapshot())

    @precondition(lambda self: self.model.in_state("waiting"))
    @rule(gap=after, agent=st.sampled_from(AGENTS), resolve=st.booleans())
    def answer(self, gap: timedelta, agent: str, resolve: bool) -> None:
        """An agent takes a ticket and answers it at once."""
        self.take(gap=gap, agents=[agent])
        held = [ticket for ticket in self.model.in_state("taken") if ticket["agent"] == agent]
        if held:
            self.work("reply", held[-1], [])
            if resolve:
                self.work("resolve", held[-1], [])

    @rule(gap=after, number=numbers)
    def serve(self, gap: timedelta, number: int) -> None:
        """A legal move on the way to an answer, or back."""
        changed = self.pass_time(gap)
        possible = [name for name in LEGAL if name not in ("park", "withdraw") and self.model.in_state(*LEGAL[name])]
        if not possible:
            assert self.command("advance", changed) == ()
            return
        name = possible[number % len(possible)]
        candidates = self.model.in_state(*LEGAL[name])
        self.work(name, candidates[number % len(candidates)], changed)

    @precondition(lambda self: self.model.tickets)
    @rule(gap=after, name=st.sampled_from(sorted(LEGAL)), number=numbers, until=ahead)
    def any_command(self, gap: timedelta, name: str, number: int, until: timedelta) -> None:
        """Any command about any ticket, legal or not."""
        changed = self.pass_time(gap)
        if not self.model.tickets:
            # Time alone has archived them all.
            assert self.command("advance", changed) == ()
            return
        ticket = self.model.tickets[number % len(self.model.tickets)]
        self.work(name, ticket, changed, **({"until": self.model.now + max(until, TICK)} if name == "park" else {}))

    def work(self, name: str, ticket: Facts, changed: list[datetime], **arguments: datetime) -> None:
        said = NOTE if name == "note" else {}
        happened = self.command(name, changed, ticket=ticket["id"], **arguments, **said)
        if ticket["state"] not in LEGAL[name]:
            assert isinstance(happened, WrongState)
            assert ticket["state"] == happened.state
            return
        assert not isinstance(happened, CommandRefused)
        (event,) = happened
        if isinstance(event, Replied):
            assert event.waited == self.model.now - ticket["arrival"]
            owed = [request["channel"] for request in ticket["requests"] if request["unanswered"]]
            assert [address.channel for address in event.answer_to] == list(dict.fromkeys(owed))
            assert event.unverified == ()
        self.model.work(name, ticket, **arguments)

    @precondition(lambda self: self.model.in_state("taken"))
    @rule(number=numbers)
    def reply_for_another(self, number: int) -> None:
        held = self.model.in_state("taken")
        ticket = held[number % len(held)]
        refused = self.command("reply", [], ticket=ticket["id"], agent="somebody else")
        assert isinstance(refused, WrongAgent)
        assert refused.taken_by == ticket["agent"]

    # Time.

    @rule(gap=after)
    def advance(self, gap: timedelta) -> None:
        changed = self.pass_time(gap)
        assert self.command("advance", changed) == ()

    @precondition(lambda self: self.model.next_wakeup() < NEVER)
    @rule(early=st.booleans())
    def advance_to_the_wakeup(self, early: bool) -> None:
        due = self.model.next_wakeup()
        changed = self.pass_time(due - self.model.now - (TICK if early else timedelta(0)))
        assert changed == ([] if early else [due])
        assert self.command("advance", changed) == ()

    # What must hold after every step.

    @invariant()
    def same_line(self) -> None:
        line = self.model.line()
        assert self.desk.waiting() == [ticket["id"] for ticket in line]
        for ticket in line:
            position = self.desk.position(ticket["id"])
            index = self.model.beside(ticket).index(ticket)
            lane = self.model.world.twins[self.model.place(ticket, self.model.now)[0]].lane.name
            assert (position.position, position.ahead, position.lane) == (index + 1, index, lane)
        for name in self.desk.counter().waiting_by_lane:
            assert self.desk.waiting(lane=name) == [t["id"] for t in line if self.desk.position(t["id"]).lane == name]

    @invariant()
    def same_tickets(self) -> None:
        self.model.fall_late()
        assert {ticket.id: self.seen(ticket) for ticket in self.desk.snapshot().tickets} == {
            ticket["id"]: self.told(ticket) for ticket in self.model.tickets
        }

    def seen(self, ticket: Any) -> tuple[object, ...]:
        unanswered = [ticket.requests[index].id for index in ticket.unanswered]
        return (
            ticket.state,
            ticket.arrived_at,
            ticket.agent,
            ticket.returned_to,
            ticket.parked_until,
            ticket.asked,
            ticket.closed_at,
            ticket.replies,
            unanswered,
            [request.id for request in ticket.requests],
            {"kind": ticket.corrected_kind, **ticket.corrected_attributes},
            ticket.note and ticket.note.at,
            bool(ticket.breached),
        )

    def told(self, ticket: Facts) -> tuple[object, ...]:
        unanswered = [request["id"] for request in ticket["requests"] if request["unanswered"]]
        return (
            ticket["state"],
            ticket["arrival"],
            ticket["agent"],
            ticket["returned_to"],
            ticket["until"],
            ticket["asked"],
            ticket["closed_at"],
            ticket["replies"],
            unanswered,
            [request["id"] for request in ticket["requests"]],
            {"kind": None, **self.model.corrected_in(ticket)},
            ticket["note"],
            ticket["late"],
        )

    @invariant()
    def same_figures(self) -> None:
        counter = self.desk.counter()
        assert {name: getattr(counter, name) for name in self.model.figures} == self.model.figures
        waiting = self.model.in_state("waiting")
        assert counter.oldest == min(((t["arrival"], t["id"]) for t in waiting), default=(None, None))[1]

    @invariant()
    def wakes_up_exactly(self) -> None:
        self.model.fall_late()
        due = self.model.next_wakeup()
        assert self.desk.next_wakeup == (None if due == NEVER else due)

    @invariant()
    def rebuilt_is_the_same(self) -> None:
        rebuilt, restored = Desk.from_log(self.policy, self.log), Desk.from_snapshot(self.desk.snapshot())
        assert rebuilt == self.desk
        assert restored == self.desk
        assert rebuilt.next_wakeup == restored.next_wakeup == self.desk.next_wakeup
        due = self.desk.next_wakeup
        if due is not None:
            # A desk that nobody needs any more shows that the timer rings neither early nor for nothing.
            assert restored.advance(now=due - TICK) == ()
            happened = restored.advance(now=due)
            assert happened
            assert {event.at for event in happened} == {due}

    @invariant()
    def checks_itself(self) -> None:
        check(self.desk)


TestDeskMachine = DeskMachine.TestCase
