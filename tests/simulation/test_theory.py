"""The simulation against the formulas of queueing theory, where there are any."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from supportq import Lane, Policy, when
from supportq.simulation import (
    Clients,
    Constant,
    Exponential,
    Interval,
    Law,
    Lognormal,
    Model,
    PlainRow,
    Poisson,
    Rates,
    Service,
    always,
    interval,
    simulate_plain,
)

START = datetime(2020, 3, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def erlang_c(servers: int, load: float) -> float:
    """The chance to wait (A. K. Erlang 1917): all servers are busy."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (math.fsum(terms) + last)


def cobham(servers: int, shares: list[float], load: float) -> list[float]:
    """Mean waits by class in mean services, non-preemptive, equal rates (Cobham 1954; Kella & Yechiali 1985)."""
    waits, before, chance = [], 0.0, erlang_c(servers, load)
    for share in shares:
        after = before + share * load / servers
        waits.append(chance / (servers * (1 - before) * (1 - after)))
        before = after
    return waits


def classes(shares: list[float], servers: int, load: float, service: Law) -> Model:
    """Classes that differ in their lane alone; an hour is the mean service, and `load` how many servers they keep busy."""
    kinds = {f"class {number}": share for number, share in enumerate(shares, 1)}
    lanes = [*(Lane(kind, when.kind(kind)) for kind in kinds)][:-1]
    return Model(
        policy=Policy((*lanes, Lane("last"))),
        sources=(Poisson(rates=Rates.flat(24 * load), kinds=kinds),),
        workforce=always(servers),
        service=Service(usual=service),
    )


def mean_waits(model: Model, lanes: int, *, tickets: int, runs: int = 6) -> list[Interval]:
    """The mean wait of each lane in hours over several runs, each after a tenth of it, with a range of 99 in 100."""
    rate = model.sources[0].rates.a_day / 24  # type: ignore[attr-defined]  # a `Poisson`
    until = START + tickets / rate * HOUR
    since = tickets // 10
    found: list[list[float]] = [[] for _ in range(lanes)]
    for seed in range(1, runs + 1):
        rows = simulate_plain(model, start=START, until=until, seed=seed)[since:]
        for lane, values in enumerate(found):
            waits = [(row.started - row.arrived) / 3.6e9 for row in rows if row.lane == lane and row.started >= 0]
            values.append(math.fsum(waits) / len(waits))
    return [interval(values, 0.99) for values in found]


def holds(found: Interval, exact: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= exact <= found.high


def test_the_published_waits_of_two_classes_are_cobhams() -> None:
    assert erlang_c(10, 9) == pytest.approx(0.668732, abs=1e-6)
    assert cobham(10, [0.3, 0.7], 9) == pytest.approx([0.091607, 0.916071], abs=1e-6)


@pytest.mark.parametrize("shares", [[0.3, 0.7], [0.1, 0.15, 0.2, 0.25, 0.3]])
def test_waits_by_class_are_those_of_cobham(shares: list[float]) -> None:
    found = mean_waits(classes(shares, 10, 9, Exponential(3600)), len(shares), tickets=8_000)
    assert all(map(holds, found, cobham(10, shares, 9)))


@pytest.mark.slow
@pytest.mark.parametrize("shares", [[0.3, 0.7], [0.1, 0.15, 0.2, 0.25, 0.3]])
def test_waits_of_two_million_are_those_of_cobham_within_a_narrow_range(shares: list[float]) -> None:
    found = mean_waits(classes(shares, 10, 9, Exponential(3600)), len(shares), tickets=200_000, runs=10)
    for one, exact in zip(found, cobham(10, shares, 9), strict=True):
        assert holds(one, exact)
        assert one.half_width is not None
        assert one.half_width < 0.15 * exact


def test_one_class_waits_as_erlang_says() -> None:
    (found,) = mean_waits(classes([1.0], 5, 4, Exponential(3600)), 1, tickets=10_000)
    assert holds(found, erlang_c(5, 4) / (5 - 4))


@pytest.mark.parametrize("service", [Constant(3600), Lognormal(3600, 0.75)])
def test_one_server_with_classes_waits_as_its_second_moment_says(service: Law) -> None:
    """M/G/1, non-preemptive: W_k = (rate x E[S^2] / 2) / ((1 - s_{k-1}) (1 - s_k)) (Pollaczek & Khinchine; Cobham 1954)."""
    second = 1.0 if isinstance(service, Constant) else math.exp(0.75**2)
    load, shares = 0.7, [0.4, 0.6]
    found = mean_waits(classes(shares, 1, load, service), 2, tickets=5_000)
    residual, before = load * second / 2, 0.0
    for one, share in zip(found, shares, strict=True):
        after = before + share * load
        assert holds(one, residual / ((1 - before) * (1 - after)))
        before = after


def erlang_a(servers: int, load: float, patience: float) -> float:
    """The share who give up, with exponential patience in mean services (Palm 1957), from the balance of the states."""
    weights, weight = [], 1.0
    for count in range(1, 400):
        weights.append(weight)
        weight *= load / (min(count, servers) + max(0, count - servers) / patience)
    total = math.fsum(weights)
    busy = math.fsum(min(count, servers) * each for count, each in enumerate(weights)) / total
    return 1 - busy / load


def test_who_gives_up_is_the_share_of_erlangs_model_with_abandonment() -> None:
    model = Model(
        policy=Policy((Lane("all"),)),
        sources=(Poisson(rates=Rates.flat(24 * 6)),),
        workforce=always(5),
        service=Service(usual=Exponential(3600)),
        clients=Clients(patience=Exponential(1800)),
    )
    shares = []
    for seed in range(1, 7):
        rows: list[PlainRow] = simulate_plain(model, start=START, until=START + 1_000 * HOUR, seed=seed)[500:]
        shares.append(sum(row.withdrawn >= 0 for row in rows) / len(rows))
    assert holds(interval(shares, 0.99), erlang_a(5, 6, 0.5))
