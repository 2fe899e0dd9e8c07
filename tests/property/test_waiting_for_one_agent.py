"""What waits for one agent, by name or because it came back, is found as if all that wait were looked through (H3, C2, L0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from invariants import check
from strategies import (
    AGENTS,
    CLIENTS,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    POLICIES,
    Announced,
    Pick,
    Step,
    perform,
    requests,
    sign_ins,
    steps,
)

from supportq import Booking, Desk, Lane, Policy, Request, when
from supportq._duty import next_for, shared
from supportq._lifecycle import Case
from supportq.teams import Role, Skill, Takeover, Team
from supportq.tickets import OpenTo

LANES = (Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard"))
PERSONAL = Policy(
    (*LANES[:1], Lane("waited", when.waited(5 * HOUR), share=0.4), *LANES[1:]),
    teams=(
        Team("office", when.kind("refund"), skills=(Skill("groups", when.party_of(4)),), person="curator", opens_after=DAY),
        Team("night", when.departs_within(HOUR), person="manager"),
        Team("everyone"),
    ),
    roles=(Role("expert"), Role("assistant", ~when.kind("cancel"))),
    takeover=Takeover(3 * DAY),
)
"""A desk at which what is addressed waits for three days."""
DESKS = (PERSONAL, PERSONAL, POLICIES["teams"], POLICIES["teams in a crisis"], Policy(LANES))

TEAMS = ("office", "everyone")

_gaps = st.sampled_from([timedelta(0), timedelta(0), timedelta(0), MINUTE, MINUTE, HOUR, 12 * HOUR])
_agents = st.sampled_from(AGENTS)
_picks = st.builds(Pick, st.integers(0, 9))


def _steps(do: str, **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return st.builds(Step, _gaps, st.just(do), st.fixed_dictionaries(arguments))


_personal = st.one_of(
    _steps("submit", request=requests(kinds=("refund", "cancel"))),
    _steps("take", agent=_agents),
    _steps("take", agent=_agents, ticket=_picks),
    _steps("take", agent=_agents, ticket=_picks),
    _steps("ask_client", ticket=_picks),
    _steps("ask_client", ticket=_picks),
    _steps("client_answered", ticket=_picks),
    _steps("client_answered", ticket=_picks),
    _steps("park", ticket=_picks, until=st.sampled_from([NOON + HOUR, NOON + DAY, NOON + 2 * DAY])),
    _steps("hand_back", ticket=_picks),
    _steps(
        "transfer",
        ticket=_picks,
        to=st.sampled_from(["office", "everyone", "night"]),
        grounds=st.just("asked for"),
        addressee=st.none() | _agents,
    ),
    _steps("sign_out", agent=_agents),
    _steps("adopt", policy=st.sampled_from(DESKS)),
)


@st.composite
def _addressed(draw: st.DrawFn) -> list[Request]:
    """Requests about a booking each, most of them addressed to somebody, which all become urgent at the same instant."""
    to = draw(st.lists(st.sampled_from([None, *AGENTS, *AGENTS]), min_size=12, max_size=30))
    after = draw(st.sampled_from([HOUR, DAY + HOUR, 2 * DAY]))
    return [
        Request(
            f"A{number}",
            CLIENTS[number % 3],
            kind="refund" if number % 2 else "cancel",
            received_at=NOON - MINUTE * (number % 5),
            addressed_to=name,
            bookings=Booking(f"KC-{number}", departs_at=NOON + after),
        )
        for number, name in enumerate(to)
    ]


_soon = st.builds(lambda step, gap: replace(step, after=gap), st.one_of(steps, sign_ins), _gaps)


def _morning() -> list[Step]:
    """Everybody comes on duty, takes a few, and asks the clients."""
    signed = [
        Step(
            MINUTE,
            "sign_in",
            {"agent": agent, "teams": TEAMS, "skills": ("groups",), "role": Announced(role), "checks": Announced(role, True)},
        )
        for agent, role in zip(AGENTS, ("expert", "expert", "assistant"), strict=True)
    ]
    taken = [Step(MINUTE, "take", {"agent": agent}) for agent in AGENTS * 3]
    return [*signed, *taken, *(Step(MINUTE, "ask_client", {"ticket": Pick(0)}) for _ in taken)]


_scripts = st.lists(st.one_of(_personal, _personal, _personal, _soon), min_size=20, max_size=40).map(
    lambda script: [*_morning(), *script]
)


def lines_by_hand(desk: Desk) -> tuple[Mapping[str, list[Case]], Mapping[str, list[Case]]]:
    """Of all that wait, in rank order, what waits for each agent by name, and what came back to each."""
    state = desk._state
    named: dict[str, list[Case]] = {name: [] for name in AGENTS}
    returned: dict[str, list[Case]] = {name: [] for name in AGENTS}
    for case in map(state.cases.__getitem__, desk.waiting()):
        queue, addressee = state.roster.queue(case), state.roster.addressee(case) if desk.policy.teams else None
        if queue is not None and queue.open_to is OpenTo.ADDRESSEE:
            assert addressee is not None
            assert case.returned_to in (None, addressee)
            named[addressee].append(case)
        if case.returned_to is not None:
            returned[case.returned_to].append(case)
    return named, returned


def next_by_hand(desk: Desk, agent: str) -> str | None:
    """The ticket that a take gives: the best of the lane of the first that they may work, what came back to them before."""
    state = desk._state
    known = state.roster.at_work(agent)
    queues = state.roster.queues_of(known)
    named = [case for case in lines_by_hand(desk)[0][agent] if state.roster.lets(known, case.queue)]
    line = [case for case in map(state.cases.__getitem__, desk.waiting()) if case.queue in queues or case in named]
    if not line:
        return None
    lane = state.backlog.lane_of(line[0])
    first = line[0]
    if first not in named and state.shares.given:
        lane, queues, by_share = shared(state, known, lane, queues)
        line = [case for case in line if case.queue in queues or (case in named and not by_share)]
        first = state.cases[state.backlog.first(lane, queues)]
    here = [case for case in line if state.backlog.lane_of(case) == lane]
    return next((case for case in here if case.returned_to == agent), first).id


def agree(desk: Desk) -> None:
    """The indexes say what looking through all that wait says, for whoever asks about whatever queues and lanes."""
    check(desk)
    state = desk._state
    named, returned = lines_by_hand(desk)
    for index, lines in ((state.roster.addressed, named), (state.returned, returned)):
        for agent, line in lines.items():
            queues = {case.queue for case in line}
            assert set(index.queues(agent)) == queues
            for some in (queues, sorted(queues)[:1], range(0, len(state.roster.queues), 2)):
                for lane in range(len(state.lane_names)):
                    expected = [case.id for case in line if case.queue in some and state.backlog.lane_of(case) >= lane]
                    assert list(index.line(agent, some, lane)) == expected


@given(st.sampled_from(DESKS[:3]), _addressed(), _scripts)
def test_what_waits_for_one_agent_is_found_as_by_looking_through_all(
    policy: Policy, backlog: list[Request], script: list[Step]
) -> None:
    desk, now = Desk(policy), NOON
    log = list(desk.submit_many(backlog, now=now))
    for step in script:
        now += step.after
        log += perform(desk, step, now)[0]
        agree(desk)
    agree(Desk.from_log(policy, log))
    agree(Desk.from_snapshot(desk.snapshot()))


@given(st.sampled_from(DESKS[:3]), _addressed(), _scripts)
def test_a_take_gives_what_looking_through_all_gives(policy: Policy, backlog: list[Request], script: list[Step]) -> None:
    desk, now = Desk(policy), NOON
    desk.submit_many(backlog, now=now)
    for step in script:
        now += step.after
        perform(desk, step, now)
        desk.advance(now=now)
        for agent in AGENTS:
            known = desk._state.roster.at_work(agent)
            if known is not None or not desk.policy.teams:
                found = next_for(desk._state, agent, known)
                assert (None if found is None else found[0].id) == next_by_hand(desk, agent)
