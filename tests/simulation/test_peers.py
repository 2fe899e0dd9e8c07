"""The same customers through SimPy and Ciw: the same order of starts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportq import Lane, Policy, when
from supportq._instants import micros
from supportq.simulation import Chance, Lognormal, Model, Poisson, Rates, Service, always, simulate, simulate_plain

pytest.importorskip("simpy", reason="SimPy and Ciw come with the extra `peers`")
pytest.importorskip("ciw", reason="SimPy and Ciw come with the extra `peers`")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _peers import Customer, ciw_trace, simpy_resource, simpy_store

START = datetime(2020, 3, 16, tzinfo=UTC)
KINDS = ("gold", "silver", "plain")
MODEL = Model(
    policy=Policy((Lane("gold", when.kind("gold")), Lane("silver", when.kind("silver")), Lane("plain"))),
    sources=(Poisson(rates=Rates.flat(24 * 4), kinds={"gold": 1, "silver": 2, "plain": 3}),),
    workforce=always(4),
    service=Service(usual=Lognormal(3_300, 0.75)),
)
HOURS = 300


def customers() -> list[Customer]:
    """What comes to the model, in hours."""
    chance, source = Chance(3), MODEL.sources[0]
    assert isinstance(source, Poisson)
    begin = micros(START)
    found = []
    for at, name, kind in source.arrivals(begin, begin + HOURS * 3_600_000_000, Chance(3)):
        seconds = MODEL.service.seconds(kind, "", chance.drawn("service", name)[0])
        found.append(((at - begin) / 3.6e9, KINDS.index(kind), seconds / 3_600))
    return found


def test_agents_begin_the_same_customers_in_the_same_order_as_servers_of_simpy_and_ciw() -> None:
    until = START + HOURS * timedelta(hours=1)
    rows = [row for row in simulate_plain(MODEL, start=START, until=until, seed=3) if row.started >= 0]
    rows.sort(key=lambda row: row.started)
    desk = {row.ticket_id: row.started_at for row in simulate(MODEL, start=START, until=until, seed=3).tickets}
    assert all(desk[row.ticket_id] == START + timedelta(microseconds=row.started - micros(START)) for row in rows)
    ours = [round((row.arrived - micros(START)) / 3.6e9, 6) for row in rows]
    assert len(ours) > 1_000
    come = customers()
    for records in (simpy_store(iter(come), 4, HOURS), simpy_resource(iter(come), 4, HOURS)):
        assert [round(at, 6) for _, at, _ in records] == ours
    # Ciw tells only of those who have been served by the end.
    theirs = [round(at, 6) for _, at, _ in ciw_trace(come, 3, 4, HOURS)]
    served = set(theirs)
    assert theirs == [at for at in ours if at in served]
    assert len(ours) - len(theirs) <= 4
