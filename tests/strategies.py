"""What the laws are tried on: a small world in which requests collide often, random policies, conditions and days.

A **script** is a list of steps, plain data, so that one day can be played at several desks, by several hosts, in several ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from supportq import Booking, Client, Desk, DuplicateRules, HeadStart, Lane, Order, Policy, Request, Target, when
from supportq._lifecycle import LEGAL
from supportq.errors import CommandRefused, PolicyError
from supportq.events import Event
from supportq.fairness import FairShare
from supportq.hours import Hours, Opening, Recurrence, SpecialDay
from supportq.procedures import Filing, Procedure, Silence
from supportq.procedures import Step as ToConfirm
from supportq.targets import Fine
from supportq.teams import AgentRules, Door, Gate, Hint, Picking, Role, Skill, Takeover, Team
from supportq.tickets import NOBODY, Attribute, ClockKind, Origin

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)

CLIENTS = tuple(
    Client(email=f"{name}@example.com", phone=f"+42060100000{number}", account=f"{number}" if number < 2 else None)
    for number, name in enumerate(("ann", "bob", "cyril"))
)
KINDS = ("refund", "cancel")
CHANNELS = ("email", "phone", "form", "telegram")
REFERENCES = ("KC-77", "KC-78")
SERVICES = ("OK 81 2020-03-21", "OK 82 2020-03-22")
ALL_KINDS = (*KINDS, *KINDS, *KINDS, "notice", "comment")
"""With those that a desk may file, which need no answer."""
AGENTS = ("ivan", "jana", "karel")
STEPS = ("voucher", "mail", "checked")
STEP_ROLES = ("partner", "client")
IDS = ("R0", "R1", "R2", "R3", "R4", "R5", "R6", "žluťoučký-kůň-č-7", "R" * 200)
"""Few ids, so that steps meet tickets; one with wide characters and one long, for the index (rule R1: ties go by id)."""

WORKDAYS = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=ZoneInfo("Europe/Prague"))
AT_CLIENTS = Hours((Opening(time(22), time(8)),))

POLICIES: Mapping[str, Policy] = {
    "first come": Policy((Lane("everyone"),)),
    "readme": Policy((Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard"))),
    "crisis": Policy(
        (
            Lane("emergency", when.kind("cancel") & when.party_of(4)),
            Lane("imminent", when.departs_within(DAY) & ~when.cancelled(), order=Order.DEPARTURE),
            Lane("cancelled", when.cancelled() & ~when.departed(), order=Order.DEPARTURE, share=0.25),
            Lane(
                "standard",
                head_starts=(HeadStart(90 * MINUTE, when.attribute("vip")), HeadStart(HOUR, when.channel("phone"))),
            ),
        )
    ),
    "hours": Policy(
        (
            Lane("office", when.within_hours(WORKDAYS) & when.kind("refund", "cancel"), share=0.4),
            Lane("night", when.within_hours(AT_CLIENTS) & (when.departs_within(3 * DAY) | when.missed_call())),
            Lane("forgotten", when.waited(30 * HOUR), share=0.3),
            Lane("standard"),
        ),
        zones=(ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")),
    ),
    "reply by": Policy(
        (
            Lane("tonight", when.departs_within(12 * HOUR) | (when.cancelled() & when.waited(HOUR)), order=Order.REPLY_BY),
            Lane("addressed", when.addressed_to() & ~when.cancelled(), order=Order.REPLY_BY, share=0.2),
            Lane("standard", order=Order.REPLY_BY),
        ),
        targets=(
            Target(2 * HOUR, when.attribute("vip")),
            Target(8 * HOUR, when.channel("phone")),
            Target(DAY),
        ),
    ),
    "teams": Policy(
        (
            Lane("imminent", when.departs_within(DAY) & ~when.cancelled()),
            Lane("cancelled", when.cancelled(), share=0.3),
            Lane("standard"),
        ),
        teams=(
            Team(
                "office",
                when.within_hours(WORKDAYS) & when.kind("refund"),
                skills=(Skill("groups", when.party_of(4)), Skill("calls", when.missed_call())),
                opens_after=5 * HOUR,
                escalates_to="everyone",
            ),
            Team("night", when.within_hours(AT_CLIENTS) & ~when.departs_within(12 * HOUR), person="curator"),
            Team("everyone", opens_after=DAY),
        ),
        agents=AgentRules(
            picking=Picking.REFUSED,
            long_work=when.kind("cancel"),
            picking_long_work=Picking.RECORDED,
            returns_after=HOUR,
            own_transfer=Picking.REFUSED,
        ),
        roles=(
            Role("expert"),
            Role(
                "assistant",
                ~when.kind("cancel") | when.waited(DAY),
                checks=("phone",),
                alerts="head",
                teams=("office", "everyone"),
            ),
        ),
        takeover=Takeover(12 * HOUR, when.departs_within(DAY) | when.channel("phone")),
        gates=(Gate("office", when.at_least("vip", 1) | when.kind("refund"), ("asked for", "a group")),),
        hints=(Hint("no hurry", when.waited(HOUR) & ~when.urgent()),),
        doors=(
            Door("letter", "email", addressed=True, when=when.named("curator")),
            Door("hot line", "phone", by_voice=True, when=when.within_hours(WORKDAYS) | when.departs_within(DAY)),
            Door("bot", "telegram", urgent=True),
        ),
        fines=(Fine("left", amount=100, left=True),),
        zones=(ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")),
    ),
    "clocks": Policy(
        (Lane("due", when.kind("cancel"), order=Order.REPLY_BY), Lane("standard")),
        targets=(
            Target(2 * HOUR, when.attribute("vip"), name="vip", warn_before=MINUTE),
            Target(DAY, hours=WORKDAYS),
            Target(12 * HOUR, hours=AT_CLIENTS, clock=ClockKind.NEXT_REPLY, warn_before=HOUR),
            Target(3 * DAY, clock=ClockKind.RESOLUTION),
            Target(75 * MINUTE, when.addressed_to(), clock=ClockKind.CALL_BACK, name="colleague"),
            Target(15 * MINUTE, when.line_begins("z-"), clock=ClockKind.CALL_BACK, name="office"),
        ),
        agents=AgentRules(returns_after=HOUR),
        zones=(ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")),
    ),
    "teams in a crisis": Policy(
        (
            Lane("front", when.departs_within(DAY) & ~when.cancelled(), order=Order.DEPARTURE),
            Lane("cancelled", when.cancelled() & when.waited(HOUR), share=0.5),
            Lane("rest"),
        ),
        teams=(
            Team("front", when.departs_within(12 * HOUR), skills=(Skill("calls", when.missed_call()),)),
            Team("night", when.within_hours(AT_CLIENTS) & when.kind("cancel"), opens_after=HOUR),
            Team("everyone", skills=(Skill("groups", when.party_of(4)),)),
        ),
        agents=AgentRules(returns_after=12 * HOUR),
        keep_closed=8 * DAY,
        zone=ZoneInfo("America/New_York"),
    ),
    "managers": Policy(
        (
            Lane("guest line", when.line_begins("z-") | (when.by_voice() & when.urgent())),
            Lane("group", when.rooms_of(6) & ~when.origin("client") | when.made_in("market") & when.departs_within(3 * DAY)),
            Lane("curator", when.named("curator") & when.within_hours(AT_CLIENTS)),
            Lane(
                "manager",
                when.stage("new", "lapsed") & when.named("manager"),
                head_starts=(HeadStart(HOUR, when.stage("lapsed")), HeadStart(MINUTE, when.attribute("vip"))),
            ),
            Lane("standard", order=Order.REPLY_BY),
        ),
        targets=(Target(2 * HOUR, when.stage("regular")), Target(DAY)),
        doors=(
            Door("mail", "email"),
            Door("letter", "email", addressed=True),
            Door("bot", "telegram", by_voice=True, urgent=True),
        ),
        zones=(ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")),
    ),
    "two systems": Policy(
        (Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard")),
        agents=AgentRules(returns_after=DAY, notes=("resolve",)),
        duplicates=DuplicateRules(unknown_kinds=("comment",)),
        procedures=(
            Procedure(
                "cancelled in both",
                when.kind("cancel"),
                (
                    ToConfirm("voucher", STEP_ROLES),
                    ToConfirm("mail", ("system", "channel"), each=True),
                    ToConfirm("checked", after=5 * HOUR, back_to="voucher"),
                ),
            ),
            Procedure("moved", when.attribute("vip"), (ToConfirm("voucher"), ToConfirm("checked", ("partner",), after=HOUR))),
        ),
        silences=(
            Silence(when.kind("cancel"), 12 * HOUR, "cancelled by silence"),
            Silence(when.departs_within(3 * DAY), HOUR, "asked in vain", closes=False),
            Silence(None, 4 * DAY, "silent", broken_by=when.kind("other", "refund")),
        ),
        filings=(
            Filing("notices", when.kind("notice") & ~when.origin("client"), confirms="mail"),
            Filing("comments", when.kind("comment"), directs_to="form", joins=True, confirms="voucher"),
            Filing("follow-ups", when.kind("notice"), new_only=True),
        ),
        keep_closed=8 * DAY,
    ),
    "fair share": Policy(
        (
            Lane("tonight", when.departs_within(12 * HOUR), order=Order.DEPARTURE),
            Lane("phone", when.channel("phone"), share=0.4),
            Lane("standard", head_starts=(HeadStart(90 * MINUTE, when.attribute("vip")),)),
        ),
        fair_share=FairShare("client", spacing=90 * MINUTE, at_most=5 * HOUR, weights={"client-1": 3, "client-2": 0.25}),
    ),
    "agencies": Policy(
        (Lane("cancelled", when.cancelled()), Lane("standard")),
        teams=(Team("refunds", when.kind("refund"), opens_after=DAY), Team("everyone")),
        fair_share=FairShare("vip", spacing=HOUR, at_most=2 * HOUR),
    ),
}
"""Desks of different tastes; between them they use every kind of condition, order, share and head start."""


def lane_index(policy: Policy, name: str | None) -> int:
    """The place of a lane among those of its policy."""
    return [lane.name for lane in policy.lanes].index(name or "")


policies = st.sampled_from(list(POLICIES.values()))
"""One of `POLICIES`."""
uncharged = st.sampled_from([policy for policy in POLICIES.values() if policy.fair_share is None])
"""One of those without a fair share, which is charged in the order in which requests are told (rule R8)."""

_BOUNDARIES = [timedelta(0), timedelta(microseconds=1), MINUTE, HOUR, 12 * HOUR, DAY, 30 * HOUR, 3 * DAY, 8 * DAY]
gaps = st.sampled_from(
    [timedelta(0), timedelta(0), timedelta(microseconds=1), MINUTE, HOUR, 5 * HOUR, 12 * HOUR, DAY, DAY, 4 * DAY, 91 * DAY]
)
"""How long passes between two steps: often nothing, often exactly what a rule counts."""

departures = st.sampled_from([NOON + sign * ahead for ahead in _BOUNDARIES for sign in (1, -1)])
"""Departures around noon; equal ones are common, as in a real timetable."""


def instants(first: datetime = NOON - 10 * DAY, last: datetime = NOON + 10 * DAY) -> st.SearchStrategy[datetime]:
    """Instants in UTC, to the microsecond."""
    return st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None), timezones=st.just(UTC))


bookings = st.builds(
    Booking,
    st.sampled_from(REFERENCES),
    service=st.none() | st.sampled_from(SERVICES),
    departs_at=st.none() | departures,
    cancelled=st.booleans(),
    party_size=st.none() | st.sampled_from([1, 4, 9]),
    rooms=st.sampled_from([None, None, 1, 6]),
    system=st.sampled_from([None, None, "market", "hotels"]),
)
"""One of few bookings, with claims about it that may contradict each other."""

attributes: st.SearchStrategy[dict[str, Attribute]] = st.sampled_from([{}, {}, {"vip": True}, {"vip": False}, {"vip": 1}])


facts_of_clients = st.fixed_dictionaries(
    {
        "stage": st.sampled_from([None, None, "new", "regular", "lapsed"]),
        "manager": st.sampled_from([None, None, "jana"]),
        "curator": st.sampled_from([None, None, "karel"]),
    }
)
"""What a host may know of a client."""
clients = st.builds(lambda client, facts: replace(client, **facts), st.sampled_from(CLIENTS), facts_of_clients)


def requests(
    ids: st.SearchStrategy[str] | None = None,
    received: st.SearchStrategy[datetime | None] | None = None,
    kinds: Sequence[str] = KINDS,
) -> st.SearchStrategy[Request]:
    """Requests of few clients about few bookings."""
    return st.builds(
        Request,
        st.sampled_from(IDS) if ids is None else ids,
        st.sampled_from(CLIENTS) | clients,
        received_at=st.none() | st.sampled_from([NOON - ago for ago in _BOUNDARIES]) if received is None else received,
        channel=st.sampled_from(CHANNELS),
        kind=st.sampled_from(kinds),
        bookings=st.lists(bookings, max_size=2).map(tuple),
        text=st.sampled_from(["", "Where is my money?", "Please\n\thurry"]),
        missed_call=st.booleans(),
        by_voice=st.booleans(),
        line=st.sampled_from([None, None, "z-office", "office"]),
        urgent=st.booleans(),
        origin=st.sampled_from([Origin.CLIENT, *Origin]),
        guest=st.sampled_from([NOBODY, NOBODY, CLIENTS[0], Client(name="Guest")]),
        addressed_to=st.sampled_from([None, None, "ivan"]),
        in_reply_to=st.none() | st.sampled_from(IDS),
        zone=st.sampled_from([None, None, "America/New_York", "Australia/Lord_Howe", "Mars/Olympus"]),
        reply_by=st.sampled_from([None, None, None, NOON + HOUR, NOON + 2 * DAY]),
        attributes=attributes,
    )


def distinct(strategy: st.SearchStrategy[Request], *, max_size: int = 12) -> st.SearchStrategy[list[Request]]:
    """Requests with ids of their own."""
    return st.lists(strategy, min_size=1, max_size=max_size, unique_by=lambda request: request.id)


# ---------------------------------------------------------------------------- conditions

spans = st.sampled_from([MINUTE, HOUR, 12 * HOUR, DAY, 3 * DAY])
weekly = st.builds(
    Opening,
    st.sampled_from([time(0), time(2, 30), time(9), time(22)]),
    st.sampled_from([time(0), time(3), time(9, 30), time(18)]),
    st.lists(st.integers(0, 6), min_size=1, max_size=7).map(tuple),
)
zones: st.SearchStrategy[tzinfo] = st.sampled_from(
    [UTC, *map(ZoneInfo, ("Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"))]
)
days = st.integers(-3, 9).map(lambda later: NOON.date() + later * DAY)
special_days = st.builds(SpecialDay, days, st.lists(weekly.map(lambda each: Opening(each.start, each.end)), max_size=2))
hours = st.builds(
    Hours,
    st.lists(weekly, min_size=1, max_size=3).map(tuple),
    st.none() | zones,
    special_days=st.lists(special_days, max_size=2, unique_by=lambda special: special.day),
    holidays=st.lists(days, max_size=2),
    closed_by=st.sampled_from(
        [(), (), (Recurrence("FREQ=MONTHLY;BYDAY=3FR"),), (Recurrence("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", date(2020, 3, 1)),)]
    ),
)

atoms: st.SearchStrategy[when.Condition] = st.one_of(
    spans.map(when.departs_within),
    st.just(when.departed()),
    st.just(when.cancelled()),
    st.just(when.has_booking()),
    st.sampled_from([2, 4, 9]).map(when.party_of),
    st.sampled_from(KINDS).map(when.kind),
    st.sampled_from(CHANNELS).map(when.channel),
    st.sampled_from([(), ("ivan",), ("ivan", "jana")]).map(lambda names: when.addressed_to(*names)),
    st.just(when.missed_call()),
    st.sampled_from([2, 6]).map(when.rooms_of),
    st.sampled_from(["market", "hotels"]).map(when.made_in),
    st.just(when.by_voice()),
    st.sampled_from(["z-", "o", "z-office"]).map(when.line_begins),
    st.just(when.urgent()),
    st.just(when.says_something()),
    st.sampled_from(list(Origin)).map(when.origin),
    st.sampled_from([("new",), ("new", "regular")]).map(lambda names: when.stage(*names)),
    st.sampled_from(["manager", "curator"]).map(when.Named),
    st.sampled_from([True, 1, "gold", None]).map(lambda value: when.attribute("vip", value)),
    st.sampled_from([0, 1, 2.5]).map(lambda number: when.at_least("vip", number)),
    spans.map(when.waited),
    hours.map(when.within_hours),
)
"""Every condition that is not made of others."""

conditions: st.SearchStrategy[when.Condition] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        inner.map(when.Not),
    ),
    max_leaves=6,
)
"""Conditions nested in each other."""


# ------------------------------------------------------------------------------ policies

_small = st.one_of(atoms, atoms, st.tuples(atoms, atoms).map(lambda pair: pair[0] & pair[1]), atoms.map(when.Not))
_timeless = _small.filter(lambda condition: condition.timeless)
_sometimes = st.none() | spans
_lanes = st.lists(
    st.builds(Lane, st.sampled_from(["a", "b", "c"]), _small, share=st.sampled_from([0.0, 0.0, 0.3])),
    max_size=2,
    unique_by=lambda lane: lane.name,
)
_crews = st.lists(
    st.builds(
        Team,
        st.sampled_from(["office", "night"]),
        _small,
        skills=st.lists(st.builds(Skill, st.just("groups"), _small), max_size=1),
        opens_after=_sometimes,
        person=st.sampled_from([None, None, "curator"]),
    ),
    max_size=2,
    unique_by=lambda team: team.name,
)
_targets = st.lists(
    st.builds(
        Target,
        st.sampled_from([2 * HOUR, DAY, 3 * DAY]),
        _timeless,
        clock=st.sampled_from(list(ClockKind)),
        hours=st.sampled_from([None, WORKDAYS, AT_CLIENTS]),
        warn_before=st.sampled_from([None, MINUTE, HOUR]),
    ),
    max_size=4,
)
_silences = st.lists(st.builds(Silence, _small, spans, st.just("silent"), st.booleans()), max_size=2)
_procedures = st.lists(
    st.builds(
        lambda condition, after: Procedure("in both", condition, (ToConfirm("voucher"), ToConfirm("checked", after=after))),
        _timeless,
        spans,
    ),
    max_size=1,
)


@st.composite
def random_policies(draw: st.DrawFn) -> Policy:
    """Any policy that has timers: of lanes and teams, takeover, takes, clocks, silence and steps, each by random conditions."""
    lanes, teams = draw(_lanes), draw(_crews)
    parts = {
        "agents": AgentRules(returns_after=draw(_sometimes)),
        "targets": tuple(draw(_targets)),
        "silences": tuple(draw(_silences)),
        "procedures": tuple(draw(_procedures)),
        "keep_closed": draw(st.sampled_from([8 * DAY, 90 * DAY])),
        "zones": (ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")),
    }
    takeover = Takeover(draw(spans), draw(st.none() | _small))
    # What nothing can reach is refused when a policy is built: then with less of it.
    for size in range(max(len(lanes), len(teams)), -1, -1):
        crews = (*teams[:size], Team("everyone", opens_after=DAY))
        try:
            return Policy((*lanes[:size], Lane("standard")), teams=crews, takeover=takeover, **parts)  # type: ignore[arg-type]
        except PolicyError:
            continue
    return Policy((Lane("standard"),), teams=(Team("everyone"),), takeover=takeover)


# ------------------------------------------------------------------------------- scripts


@dataclass(frozen=True)
class Pick:
    """A ticket that the command of the step is legal for, the n-th by id and counted around; any if there is none."""

    number: int


@dataclass(frozen=True)
class Announced:
    """What an agent announces at a desk that has roles: the name of one, or whether its checks succeeded."""

    role: str
    checks: bool | None = None


@dataclass(frozen=True)
class Step:
    """One command of a script: what to do, with what, and how long after the step before."""

    after: timedelta
    do: str
    arguments: Mapping[str, object] = field(default_factory=dict)


def _steps(do: str, **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return st.builds(Step, gaps, st.just(do), st.fixed_dictionaries(arguments))


_teams = st.sampled_from([(), ("everyone",), ("office", "everyone"), ("office", "night", "everyone"), ("night",)])
_skills = st.sampled_from([(), (), ("groups",), ("groups", "calls")])
_shift_ends = st.none() | st.sampled_from([NOON + ahead for ahead in (HOUR, 12 * HOUR, DAY, 3 * DAY, 8 * DAY)])
sign_ins = st.sampled_from(["expert", "assistant"]).flatmap(
    lambda role: _steps(
        "sign_in",
        agent=st.sampled_from(AGENTS),
        teams=_teams,
        skills=_skills,
        until=_shift_ends,
        at_once=st.sampled_from([None, None, 1, 2]),
        role=st.just(Announced(role)),
        checks=st.sampled_from([True, True, True, False]).map(lambda succeeded: Announced(role, succeeded)),
        pay=st.sampled_from([None, 4_000]),
    )
)
_tickets: st.SearchStrategy[object] = st.one_of(
    st.builds(Pick, st.integers(0, 4)), st.builds(Pick, st.integers(0, 4)), st.sampled_from(IDS)
)
_agents = st.sampled_from(AGENTS)
updates = st.one_of(
    _steps("update", ticket=st.sampled_from(IDS), departs_at=departures),
    _steps(
        "update", booking=st.sampled_from(["kc77", *REFERENCES]), departs_at=st.none() | departures, cancelled=st.booleans()
    ),
    _steps("update", service=st.sampled_from(SERVICES), departs_at=st.none() | departures, cancelled=st.booleans()),
)
client_updates = _steps(
    "update_client",
    client=st.sampled_from(
        ["email:ann@example.com", "account:1", "email:bob@example.com", "phone:+420601000002", "account:nobody"]
    ),
    stage=st.sampled_from(["new", "regular", "lapsed"]),
    curator=st.sampled_from([None, "karel"]),
    zone=st.sampled_from([None, "UTC"]),
)
transfers = _steps(
    "transfer",
    ticket=_tickets,
    to=st.sampled_from(["office", "everyone", "night"]),
    grounds=st.sampled_from(["asked for", "holidays"]),
    agent=st.none() | _agents,
    addressee=st.none() | _agents,
)
confirmations = _steps(
    "confirm",
    ticket=_tickets,
    step=st.sampled_from((*STEPS, "voucher")),
    by=st.sampled_from(("system", "channel", *STEP_ROLES, "partner")),
    right=st.sampled_from((True, True, True, False)),
)
steps = st.one_of(
    _steps("submit", request=requests(kinds=ALL_KINDS)),
    _steps("submit", request=requests(kinds=ALL_KINDS)),
    _steps("submit_many", requests=st.lists(requests(kinds=ALL_KINDS), max_size=4)),
    updates,
    client_updates,
    _steps("correct", ticket=_tickets, kind=st.sampled_from(KINDS)),
    _steps("correct", ticket=_tickets, kind=st.none() | st.sampled_from(KINDS), attributes=attributes),
    _steps("note", ticket=_tickets, status=st.just("waits"), done=st.just("called"), next=st.sampled_from(["call", "+"])),
    confirmations,
    confirmations,
    _steps("take", agent=_agents),
    _steps("take", agent=_agents),
    _steps("take", agent=_agents, ticket=_tickets),
    sign_ins,
    _steps("sign_out", agent=_agents),
    _steps("reply", ticket=_tickets, agent=st.none() | _agents),
    _steps("reply", ticket=_tickets),
    _steps("take", agent=_agents),
    transfers,
    _steps("escalate", ticket=_tickets, grounds=st.just("too hard"), agent=st.none() | _agents),
    _steps("reply_all", service=st.sampled_from(SERVICES), agent=_agents),
    _steps("resolve", ticket=_tickets),
    _steps("ask_client", ticket=_tickets),
    _steps("client_answered", ticket=_tickets),
    _steps("hand_back", ticket=_tickets),
    _steps("resolve", ticket=_tickets),
    _steps("withdraw", ticket=_tickets),
    _steps("reopen", ticket=_tickets),
    # An absolute instant, and so often one that is past: refused, before anything happens.
    _steps("park", ticket=_tickets, until=departures),
    _steps("adopt", policy=policies),
    _steps("adopt", policy=policies),
    _steps("advance"),
)
"""Any command, legal or not."""

_backlogs = _steps("submit_many", requests=distinct(requests(kinds=ALL_KINDS)))
scripts = st.tuples(_backlogs, st.lists(sign_ins, max_size=3), st.lists(steps, min_size=4, max_size=30)).map(
    lambda day: [day[0], *day[1], *day[2]]
)
"""A backlog, agents who sign in, then a day of commands: some are refused, as on a day with a careless host."""
steady_scripts = scripts.map(lambda script: [step for step in script if step.do != "adopt"])
"""The same by one policy."""

_short_gaps = st.sampled_from([timedelta(0), timedelta(0), MINUTE, MINUTE, HOUR, HOUR, 5 * HOUR, 12 * HOUR])
_picks = st.builds(Pick, st.integers(0, 4))


def _soon(do: str, **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return st.builds(Step, _short_gaps, st.just(do), st.fixed_dictionaries(arguments))


_closing_steps = st.one_of(
    _soon("submit", request=requests(received=st.none(), kinds=ALL_KINDS)),
    _soon("take", agent=st.just("ivan")),
    _soon("take", agent=st.just("ivan")),
    _soon("reply", ticket=_picks),
    _soon("reply", ticket=_picks),
    _soon("note", ticket=_picks, status=st.just("waits"), done=st.just("called"), next=st.just("call")),
    _soon("note", ticket=_picks, status=st.just("waits"), done=st.just("called"), next=st.just("call")),
    _soon("resolve", ticket=_picks),
    _soon("resolve", ticket=_picks),
    _soon("ask_client", ticket=_picks),
    _soon("confirm", ticket=_picks, step=st.just("voucher"), by=st.just("partner")),
    _soon("confirm", ticket=_picks, step=st.just("mail"), by=st.sampled_from(("system", "channel"))),
    _soon("confirm", ticket=_picks, step=st.just("checked"), by=st.just("partner"), right=st.booleans()),
)
closing_scripts = st.tuples(_backlogs, st.lists(_closing_steps, min_size=8, max_size=40)).map(lambda day: [day[0], *day[1]])
"""A backlog, then a day of a desk that answers, asks, confirms and closes, all of it soon."""


def end_of(script: Iterable[Step], start: datetime = NOON) -> datetime:
    """The instant of the last step."""
    return start + sum((step.after for step in script), start=timedelta(0))


@dataclass
class Played:
    """What came of a script: the desk, all events, and which steps were refused."""

    desk: Desk
    log: list[Event] = field(default_factory=list)
    told: list[Step] = field(default_factory=list)
    """The steps with the tickets that were picked in them."""
    refused: list[tuple[int, Exception]] = field(default_factory=list)


def perform(desk: Desk, step: Step, now: datetime) -> tuple[tuple[Event, ...], Exception | None]:
    """One step: its events, also those that a refusal carries, and the refusal."""
    command: Callable[..., tuple[Event, ...]] = getattr(desk, step.do)
    try:
        return command(now=now, **told(desk, step).arguments), None
    except CommandRefused as refusal:
        return refusal.events, refusal
    except ValueError as refusal:
        return (), refusal


def told(desk: Desk, step: Step) -> Step:
    """The step with the ticket that it picks at this desk."""
    return replace(step, arguments={name: _picked(desk, step.do, value) for name, value in step.arguments.items()})


def _picked(desk: Desk, command: str, value: object) -> object:
    if isinstance(value, Announced):
        return _announced(desk.policy, value)
    if not isinstance(value, Pick):
        return value
    tickets = desk.snapshot().tickets
    ids = sorted(ticket.id for ticket in tickets if ticket.state in LEGAL[command]) or sorted(ticket.id for ticket in tickets)
    return ids[value.number % len(ids)] if ids else "nobody"


def _announced(policy: Policy, value: Announced) -> object:
    role = next((role for role in policy.roles if role.name == value.role), None)
    if role is None:
        return None
    return role.name if value.checks is None else dict.fromkeys(role.checks, value.checks)


def play(desk: Desk, script: Iterable[Step], start: datetime = NOON) -> Played:
    """The whole script at one desk, as a host does it that only calls when there is something to do."""
    played, now = Played(desk), start
    for position, step in enumerate(script):
        now += step.after
        played.told.append(told(desk, step))
        happened, refusal = perform(desk, played.told[-1], now)
        played.log += happened
        if refusal is not None:
            played.refused.append((position, refusal))
    return played
