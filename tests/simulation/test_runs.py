"""A desk in a world that is drawn by chance: what comes, who works, what clients do, and that all of it is a law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportq import Booking, Client, Desk, InvalidValue, Lane, Policy, Request, Shift, Staffing, when
from supportq._instants import instant
from supportq.metrics import TicketRow, ticket_rows
from supportq.simulation import (
    Agent,
    Break,
    Cancellation,
    Chance,
    Clients,
    Constant,
    Departures,
    Empirical,
    Exponential,
    Lognormal,
    Model,
    Poisson,
    Rates,
    Recorded,
    Results,
    Run,
    Service,
    ShiftEnd,
    Surge,
    Workforce,
    always,
    measures,
    simulate,
    simulate_plain,
)

START = datetime(2020, 3, 16, tzinfo=UTC)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
TWO_LANES = Policy((Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard")))
BY_KIND = Policy((Lane("gold", when.kind("gold")), Lane("plain")))
OFFICE = Staffing((Shift(time(8), time(16), agents=3), Shift(time(12), time(20), agents=2)), handling_time=20 * MINUTE)
CRISIS = Model(
    policy=TWO_LANES,
    sources=(
        Poisson(
            rates=Rates.by_hour([1] * 8 + [14] * 12 + [4] * 4),
            kinds={"refund": 3, "question": 1},
            channels={"email": 2, "phone": 1, "messenger": 1, "form": 1},
            departures=(Departures((1, 24), 0.2), Departures((24, 240), 0.7)),
        ),
    ),
    workforce=Workforce.of(OFFICE),
    service=Service(usual=Lognormal(1200, 0.75)),
    clients=Clients(
        repeats=0.4, repeats_after=Exponential(3 * 3600), patience=Lognormal(20 * 3600, 1), comes_back=0.5, asks=0.2
    ),
    staffing=OFFICE,
)
ONE_MORE = Agent(name="one more", shifts=(Shift(time(0), time(0), agents=1),))


def told(results: Results) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, name) for name in TicketRow.__slots__) for row in results.tickets]


def requests_at(*minutes: int, kind: str = "question") -> Recorded:
    return Recorded(
        tuple(
            Request(f"R{number}", Client(account=f"c{number}"), received_at=START + minute * MINUTE, kind=kind)
            for number, minute in enumerate(minutes, 1)
        )
    )


def model_of(source: Recorded, team: Workforce, seconds: float = 600, **more: Any) -> Model:
    return Model(policy=TWO_LANES, sources=(source,), workforce=team, service=Service(usual=Constant(seconds)), **more)


def starts(results: Results) -> dict[str, tuple[str | None, timedelta | None]]:
    return {row.ticket_id: (row.agent, None if row.started_at is None else row.started_at - START) for row in results.tickets}


# ------------------------------------------------------------------------- one seed, one world


def test_one_seed_gives_one_world_and_another_seed_another() -> None:
    one, same, other = (simulate(CRISIS, start=START, until=START + 2 * DAY, seed=seed) for seed in (1, 1, 2))
    assert told(one) == told(same)
    assert one.counter == same.counter
    assert told(one) != told(other)


def test_a_run_that_pauses_is_the_run_that_went_through() -> None:
    whole = simulate(CRISIS, start=START, until=START + 2 * DAY)
    run = Run(CRISIS, start=START, seed=1)
    for hours in (5, 5, 17, 48):
        run.until(START + hours * HOUR)
    assert told(run.results()) == told(whole)
    assert run.results().agents == whole.agents
    assert run.results().hours == whole.hours
    with pytest.raises(InvalidValue, match="goes on, never back"):
        run.until(START)


def test_one_agent_more_changes_no_arrival_no_handling_time_and_no_patience() -> None:
    """Common random numbers: what is drawn hangs on the request, never on the desk."""
    larger = replace(CRISIS, workforce=Workforce(agents=(*CRISIS.workforce.agents, ONE_MORE)))
    fewer = Run(CRISIS, start=START, seed=5, keep_log=True)
    more = Run(larger, start=START, seed=5, keep_log=True)
    chance = Chance(5)
    for run in (fewer, more):
        run.until(START + 2 * DAY)
    first = {row.ticket_id: row for row in fewer.results().tickets if "-" not in row.ticket_id}
    second = {row.ticket_id: row for row in more.results().tickets if "-" not in row.ticket_id}
    came = [{row.ticket_id: (row.arrived_at, row.kind, row.channel) for row in rows.values()} for rows in (first, second)]
    assert came[0] == came[1]
    assert any(first[name].started_at != second[name].started_at for name in first)
    for name, row in first.items():
        assert CRISIS.clients.drawn(name, chance) == CRISIS.clients.drawn(name, Chance(5))
        took = [
            row.answered_at - row.started_at
            for row in (row, second[name])
            if row.takes == 1 and row.answered_at is not None and row.started_at is not None
        ]
        assert len(set(took)) <= 1


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), agents=st.integers(1, 4), patience=st.booleans())
def test_without_a_desk_the_same_agents_begin_the_same_tickets_at_the_same_instants(
    seed: int, agents: int, *, patience: bool
) -> None:
    model = Model(
        policy=BY_KIND,
        sources=(Poisson(rates=Rates.flat(70), kinds={"gold": 1, "plain": 2}),),
        workforce=always(agents),
        service=Service(usual=Lognormal(3600, 1), by_kind={"gold": Exponential(1800)}),
        clients=Clients(patience=Exponential(4000) if patience else None),
    )
    desk = simulate(model, start=START, until=START + DAY, seed=seed)
    plain = simulate_plain(model, start=START, until=START + DAY, seed=seed)
    assert [(row.ticket_id, row.agent, row.started_at, row.withdrawn) for row in desk.tickets] == [
        (row.ticket_id, row.agent or None, None if row.started < 0 else instant(row.started), row.withdrawn >= 0)
        for row in plain
    ]


# ------------------------------------------------------------------- snapshots and rows


def test_a_run_from_a_snapshot_half_way_is_the_run_that_went_through() -> None:
    """At an instant at which nobody is at a ticket, and nobody has plans, the snapshot is all there is."""
    calm = replace(CRISIS, clients=Clients(), sources=(Recorded(tuple(_recorded(2))),), staffing=None)
    halfway = START + DAY
    through = Run(calm, start=START, seed=3)
    through.until(halfway)
    snapshot = through.desk.snapshot()
    assert not any(ticket.taken_at for ticket in snapshot.tickets)
    through.until(halfway + DAY)
    later = simulate(calm, start=halfway, until=halfway + DAY, seed=3, start_from=snapshot)
    answered = {ticket.id for ticket in snapshot.tickets if ticket.replies}
    assert len(answered) > 50
    assert len(later.tickets) > 1.5 * len(answered)
    assert {row.ticket_id: row.started_at for row in later.tickets if row.ticket_id not in answered} == {
        row.ticket_id: row.started_at for row in through.results().tickets if row.ticket_id not in answered
    }
    assert later.counter == through.results().counter


def _recorded(days: int) -> list[Request | Cancellation]:
    return list(CRISIS.sources[0].between(START, START + days * DAY, Chance(9)))


def test_a_backlog_is_where_a_run_starts() -> None:
    desk = Desk(TWO_LANES)
    for number in range(5):
        desk.submit(Request(f"old{number}", Client(account=f"o{number}")), now=START - DAY)
    desk.take("agent-0001", now=START - HOUR)
    results = simulate(model_of(requests_at(30), always(1)), start=START, until=START + 2 * HOUR, start_from=desk.snapshot())
    assert starts(results)["old1"] == ("agent-0001", 10 * MINUTE)
    assert starts(results)["R1"] == ("agent-0001", 50 * MINUTE)
    assert measures(results)["tickets"] == 1
    with pytest.raises(InvalidValue, match="start later"):
        simulate(model_of(requests_at(30), always(1)), start=START - DAY, until=START, start_from=desk.snapshot())


def test_the_policy_of_the_model_is_adopted_where_the_snapshot_has_another() -> None:
    desk = Desk(Policy((Lane("all"),)))
    desk.submit(Request("A1", Client(account="a"), bookings=Booking("KC-1", departs_at=START + HOUR)), now=START - DAY)
    results = simulate(model_of(requests_at(), always(0)), start=START, until=START + MINUTE, start_from=desk.snapshot())
    assert [row.lane for row in results.tickets] == ["imminent"]


def test_G3_rows_count_what_the_desk_counts() -> None:
    run = Run(CRISIS, start=START, seed=11, keep_log=True)
    run.until(START + 3 * DAY)
    results = run.results()
    assert told(results) == [tuple(getattr(row, name) for name in TicketRow.__slots__) for row in ticket_rows(run.log)]
    rows, counter = results.tickets, results.counter
    assert counter.withdrawn
    assert counter.repeats
    assert sum(row.requests for row in rows) == counter.received
    assert 0 < sum(row.withdrawn for row in rows) < counter.withdrawn
    assert sum(row.replies for row in rows) == counter.answered == sum(agent.answered for agent in results.agents)
    assert Counter(row.lane for row in rows if row.state == "waiting") == Counter(
        {lane: count for lane, count in counter.waiting_by_lane.items() if count}
    )
    assert sum(not row.is_finished for row in rows) == counter.waiting + counter.taken
    assert len(results.hours) == 72
    assert Desk.from_log(TWO_LANES, run.log) == run.desk


# ---------------------------------------------------------------------------- agents


def one_agent(*spans: tuple[int, int], **more: Any) -> Workforce:
    shifts = tuple(Shift(time(start), time(end % 24), agents=1) for start, end in spans)
    at_shift_end = more.pop("at_shift_end", ShiftEnd.FINISH)
    return Workforce(agents=(Agent(name="ann", shifts=shifts, **more),), at_shift_end=at_shift_end)


def test_whoever_works_takes_what_waits_when_they_come() -> None:
    results = simulate(model_of(requests_at(0, 1), one_agent((2, 4))), start=START, until=START + DAY)
    assert starts(results) == {"R1": ("ann", 2 * HOUR), "R2": ("ann", 2 * HOUR + 10 * MINUTE)}
    assert [(row.staffed, row.busy) for row in results.agents] == [(2 * HOUR, 20 * MINUTE)]


def test_at_the_end_of_a_shift_the_ticket_in_hand_is_finished_or_handed_back() -> None:
    late = requests_at(235)
    finished = simulate(model_of(late, one_agent((2, 4))), start=START, until=START + 5 * HOUR)
    assert [(row.answered_at, row.state) for row in finished.tickets] == [(START + 245 * MINUTE, "closed")]
    team = one_agent((2, 4), at_shift_end=ShiftEnd.HAND_BACK)
    back = simulate(model_of(late, team), start=START, until=START + 5 * HOUR)
    assert [(row.answered_at, row.state) for row in back.tickets] == [(None, "waiting")]
    assert back.agents[0].handed_back == 1
    next_day = simulate(model_of(late, team), start=START, until=START + 2 * DAY)
    assert next_day.tickets[0].answered_at == START + DAY + 2 * HOUR + 10 * MINUTE


def test_in_a_break_nothing_is_taken() -> None:
    team = one_agent((2, 6), breaks=(Break(time(3), 30 * MINUTE),))
    results = simulate(model_of(requests_at(175, 185), team), start=START, until=START + DAY)
    assert starts(results) == {"R1": ("ann", 175 * MINUTE), "R2": ("ann", 210 * MINUTE)}
    # What is in hand when the break begins is finished first.
    assert results.agents[0].staffed == 3.5 * HOUR + 5 * MINUTE


def test_what_was_handed_back_and_taken_again_takes_its_time_anew() -> None:
    team = one_agent((2, 8), breaks=(Break(time(3), 30 * MINUTE),), at_shift_end=ShiftEnd.HAND_BACK)
    results = simulate(model_of(requests_at(150), team, 7_200), start=START, until=START + DAY)
    # Begun at 2:30 and handed back at 3:00; begun again at 3:30, for two hours.
    assert results.tickets[0].answered_at == START + 5.5 * HOUR
    assert (results.agents[0].busy, results.agents[0].handed_back) == (2.5 * HOUR, 1)


def test_E3_a_promise_is_judged_when_it_falls_due_whether_anybody_was_served_or_not() -> None:
    told = Staffing((Shift(time(0), time(0), 1),), handling_time=10 * MINUTE)
    model = model_of(requests_at(0, 1, 2), always(0), clients=Clients(asks=1.0), staffing=told)
    results = simulate(model, start=START, until=START + DAY)
    assert [row.started_at for row in results.tickets] == [None] * 3
    assert all(row.promised is not None for row in results.tickets)
    assert measures(results)["promises kept"] == 0


def test_shifts_that_follow_each_other_are_one_stretch() -> None:
    team = one_agent((2, 4), (4, 6), at_shift_end=ShiftEnd.HAND_BACK)
    results = simulate(model_of(requests_at(235), team), start=START, until=START + DAY)
    assert results.tickets[0].answered_at == START + 245 * MINUTE
    assert results.agents[0].staffed == 4 * HOUR


def test_the_sick_do_not_come_and_others_are_sick_on_the_same_days_whatever_happens() -> None:
    team = Workforce(
        agents=tuple(Agent(name=f"a{n}", shifts=(Shift(time(8), time(9), agents=1),), sickness=0.3) for n in range(40))
    )
    results = simulate(model_of(requests_at(), team), start=START, until=START + 5 * DAY)
    came = {row.agent: row.staffed for row in results.agents}
    assert 110 * HOUR < sum(came.values(), timedelta(0)) < 170 * HOUR
    busier = simulate(model_of(requests_at(485, 490, 500), team, 60), start=START, until=START + 5 * DAY)
    assert {row.agent: row.staffed for row in busier.agents} == came


def test_each_works_for_their_teams() -> None:
    policy = Policy((Lane("all"),), teams=(_team("gold", when.kind("gold")), _team("plain")))
    agents = tuple(Agent(name=name, shifts=(Shift(time(0), time(0), agents=1),), teams=(name,)) for name in ("gold", "plain"))
    source = Poisson(rates=Rates.flat(60), kinds={"gold": 1, "plain": 1})
    results = simulate(
        Model(policy=policy, sources=(source,), workforce=Workforce(agents=agents)), start=START, until=START + DAY
    )
    assert len(results.tickets) > 30
    assert {(row.kind, row.team, row.agent) for row in results.tickets if row.agent} == {
        ("gold", "gold", "gold"),
        ("plain", "plain", "plain"),
    }


def _team(name: str, condition: Any = None) -> Any:
    from supportq.teams import Team as Routed

    return Routed(name, condition)


# ---------------------------------------------------------------------------- clients


def test_who_gives_up_withdraws_and_may_come_back() -> None:
    clients = Clients(patience=Constant(1800), comes_back=1.0, comes_back_after=Constant(3600))
    booked = Request("R1", Client(account="a"), received_at=START, kind="refund", bookings=Booking("KC-1"))
    model = model_of(Recorded((booked,)), one_agent((2, 4)), clients=clients)
    results = simulate(model, start=START, until=START + 100 * MINUTE)
    assert [(row.ticket_id, row.withdrawn, row.requests) for row in results.tickets] == [("R1", False, 2)]
    assert results.tickets[0].state == "waiting"
    assert results.counter.withdrawn == 1
    gone = replace(clients, comes_back=0.0)
    left = simulate(model_of(requests_at(0), one_agent((2, 4)), clients=gone), start=START, until=START + DAY)
    assert [(row.withdrawn, row.closed_at) for row in left.tickets] == [(True, START + 30 * MINUTE)]


def test_whoever_has_been_begun_with_does_not_give_up() -> None:
    clients = Clients(patience=Constant(300))
    results = simulate(model_of(requests_at(0), always(1), clients=clients), start=START, until=START + DAY)
    assert not results.tickets[0].withdrawn


def test_clients_write_again_on_other_channels_until_they_are_answered() -> None:
    clients = Clients(repeats=1.0, repeats_after=Constant(1800), repeats_on={"phone": 1}, most_repeats=50)
    results = simulate(model_of(requests_at(0), one_agent((2, 4)), clients=clients), start=START, until=START + DAY)
    # At 0:30, 1:00, 1:30, and at 2:00, when it is begun; at 2:30 it has been answered.
    assert [row.requests for row in results.tickets] == [5]
    assert results.counter.repeats == 4


def test_those_who_ask_are_promised() -> None:
    clients = Clients(asks=1.0)
    model = model_of(requests_at(0, 1, 2), one_agent((2, 4)), clients=clients, staffing=Staffing((Shift(time(2), time(4), 1),)))
    assert all(row.promised_at is not None for row in simulate(model, start=START, until=START + DAY).tickets)


# --------------------------------------------------------------------------- arrivals


def test_as_many_come_as_the_rates_say() -> None:
    source = Poisson(rates=Rates.by_hour([0] * 8 + [10] * 12 + [0] * 4))
    came = list(source.between(START, START + 50 * DAY, Chance(1)))
    assert 5_700 < len(came) < 6_300
    assert all(8 <= _at(request).hour < 20 for request in came)
    assert source.rates.a_day == 120


def _at(request: Request) -> datetime:
    assert request.received_at is not None
    return request.received_at


def test_a_surge_multiplies_what_comes_and_fades() -> None:
    surge = Surge(begins_at=START + DAY, factor=5, lasts=DAY, fades_in=DAY)
    came = list(Poisson(rates=Rates.flat(1_000), surges=(surge,)).between(START, START + 4 * DAY, Chance(1)))
    days = Counter((_at(request) - START) // DAY for request in came)
    # What is above the usual on the third day: 4 x the integral of exp(-t) over a day.
    for day, expected in ((0, 1_000), (1, 5_000), (2, 1_000 + 4_000 * 0.632), (3, 1_000 + 4_000 * 0.2325)):
        assert abs(days[day] - expected) < 5 * expected**0.5
    ramp = Surge(begins_at=START, factor=3, rises_in=DAY)
    assert [ramp.at(_us(hours)) for hours in (-1, 0, 12, 24)] == [1, 1, 2, 3]


def _us(hours: int) -> int:
    from supportq._instants import micros

    return micros(START + hours * HOUR)


def test_news_reach_the_desk_as_they_come() -> None:
    booking = Booking("KC-1", service="KC1/2020-03-16", departs_at=START + 5 * HOUR)
    request = Request("A1", Client(account="a"), received_at=START + MINUTE, bookings=booking)
    source = Recorded((Cancellation(START + HOUR, "KC1/2020-03-16"), request))
    before = simulate(model_of(source, always(0)), start=START, until=START + HOUR)
    after = simulate(model_of(source, always(0)), start=START, until=START + HOUR + MINUTE)
    assert [row.lane for row in before.tickets] == ["imminent"]
    assert [row.lane for row in after.tickets] == ["standard"]


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Rates.by_hour([1] * 23), "rates.by_hour"),
        (lambda: Rates.by_hour([1] * 23 + [-1]), "rates.by_hour.23"),
        (lambda: Rates.by_hour([1] * 23 + [float("nan")]), "rates.by_hour.23"),
        (lambda: Rates([1] * 24), "rates.an_hour"),
        (lambda: Rates.flat(-1), "rates.a_day"),
        (lambda: Surge(begins_at=START, factor=0.5), "surge.factor"),
        (lambda: Surge(begins_at=datetime(2020, 1, 1), factor=2), "surge.begins_at"),  # naive on purpose
        (lambda: Poisson(rates=Rates.flat(1), kinds={}), "poisson.kinds"),
        (lambda: Poisson(rates=Rates.flat(1), kinds={"a": -1}), "poisson.kinds.a"),
        (lambda: Poisson(rates=Rates.flat(1), departures=(Departures((1, 2)), Departures((1, 2)))), "poisson.departures"),
        (lambda: Departures((2, 1)), "departures.within"),
        (lambda: Lognormal(-1, 1), "lognormal.mean"),
        (lambda: Lognormal(1, float("inf")), "lognormal.spread"),
        (lambda: Empirical(()), "empirical.seconds"),
        (lambda: Empirical((1, 0)), "empirical.seconds.1"),
        (lambda: Constant(float("nan")), "constant.seconds"),
        (lambda: Exponential(0), "exponential.mean"),
        (lambda: Clients(repeats=1.1), "clients.repeats"),
        (lambda: Service(pace={"ann": 0}), "service.pace.ann"),
        (lambda: one_agent((2, 6), (5, 8)), "agent.shifts"),
        (lambda: one_agent((20, 26), (1, 3)), "agent.shifts"),
        (lambda: Workforce(agents=(*always(1).agents, *always(1).agents)), "workforce.agents"),
        (lambda: Recorded((Request("A", Client(account="a")),)), "recorded.0.received_at"),
        (lambda: Chance("1"), "seed"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: simulate_plain(CRISIS, start=START, until=START + DAY), "model.sources"),
    ],
)
def test_a_world_that_cannot_be_is_refused_and_the_place_is_named(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        make()
    assert refused.value.field == field
