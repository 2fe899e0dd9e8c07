"""The same priority queue in SimPy, in both of its idioms, and in Ciw: models as their own guides write them.

Each takes what arrives, the classes and the services beforehand, so that all are given the very same customers, or draws them
itself as its guide does. A record is (class, arrival, start), in hours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ciw
import simpy

Record = tuple[int, float, float]
Customer = tuple[float, int, float]
"""Arrival, class and service of one customer."""


def drawn(rng: random.Random, shares: Sequence[float], rate: float, until: float) -> Iterator[Customer]:
    """Customers who arrive independently of each other, with exponential services of mean 1."""
    at = 0.0
    classes = range(len(shares))
    while True:
        at += rng.expovariate(rate)
        if at >= until:
            return
        yield at, rng.choices(classes, shares)[0], rng.expovariate(1.0)


def simpy_store(customers: Iterator[Customer], servers: int, until: float) -> list[Record]:
    """Server processes that get the next customer out of a `PriorityStore`: the faster idiom."""
    env = simpy.Environment()
    store = simpy.PriorityStore(env)
    records: list[Record] = []

    def arrive() -> Iterator[simpy.Event]:
        for number, (at, each, service) in enumerate(customers):
            yield env.timeout(at - env.now)
            yield store.put(simpy.PriorityItem((each, number), (each, at, service)))

    def serve() -> Iterator[simpy.Event]:
        while True:
            item: Any = yield store.get()
            each, at, service = item.item
            records.append((each, at, env.now))
            yield env.timeout(service)

    env.process(arrive())  # type: ignore[arg-type]  # a generator, as the library's guide writes it
    for _ in range(servers):
        env.process(serve())  # type: ignore[arg-type]  # likewise
    env.run(until)
    return records


def simpy_resource(customers: Iterator[Customer], servers: int, until: float) -> list[Record]:
    """A process for each customer, who requests a `PriorityResource`: the idiom of every tutorial."""
    env = simpy.Environment()
    resource = simpy.PriorityResource(env, servers)
    records: list[Record] = []

    def customer(each: int, service: float) -> Iterator[simpy.Event]:
        at = env.now
        with resource.request(priority=each) as turn:
            yield turn
            records.append((each, at, env.now))
            yield env.timeout(service)

    def arrive() -> Iterator[simpy.Event]:
        for at, each, service in customers:
            yield env.timeout(at - env.now)
            env.process(customer(each, service))  # type: ignore[arg-type]  # a generator

    env.process(arrive())  # type: ignore[arg-type]  # likewise
    env.run(until)
    return records


@dataclass
class _Given(ciw.dists.Distribution):  # type: ignore[misc]  # the library has no types
    """Values that were drawn before, one after the other."""

    values: Iterator[float]

    def sample(self, t: float | None = None, ind: object = None) -> float:  # the library's own signature
        return next(self.values, float("inf"))


def ciw_priority(shares: Sequence[float], rate: float, servers: int, until: float, seed: int) -> list[Record]:
    """A network of one node with priority classes, all records kept; the library draws the customers itself."""
    names = [f"Class {each}" for each in range(len(shares))]
    network = ciw.create_network(
        arrival_distributions={
            name: [ciw.dists.Exponential(rate=share * rate)] for name, share in zip(names, shares, strict=True)
        },
        service_distributions={name: [ciw.dists.Exponential(rate=1.0)] for name in names},
        number_of_servers=[servers],
        priority_classes={name: each for each, name in enumerate(names)},
    )
    return _records(network, names, until, seed)


def ciw_trace(customers: Sequence[Customer], classes: int, servers: int, until: float) -> list[Record]:
    """The same network, of customers who are given."""
    names = [f"Class {each}" for each in range(classes)]
    arrivals, services = {}, {}
    for each, name in enumerate(names):
        mine = [customer for customer in customers if customer[1] == each]
        came = [0.0, *(at for at, _, _ in mine)]
        arrivals[name] = [_Given(iter([later - before for before, later in pairwise(came)]))]
        services[name] = [_Given(iter([service for _, _, service in mine]))]
    network = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=services,
        number_of_servers=[servers],
        priority_classes={name: each for each, name in enumerate(names)},
    )
    return _records(network, names, until, 1)


def _records(network: Any, names: Sequence[str], until: float, seed: int) -> list[Record]:
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(until)
    found = [
        (names.index(one.customer_class), one.arrival_date, one.service_start_date) for one in simulation.get_all_records()
    ]
    return sorted(found, key=lambda record: record[2])
