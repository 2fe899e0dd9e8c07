"""The laboratory: the same desk and policy as in production, in a world that is drawn by chance.

Start with `Model` and `simulate`. Nothing here touches a clock, a disk or a global generator: a run is a function of its model,
its seed and the snapshot that it starts from.
"""

from supportq.simulation.arrivals import Cancellation, Departures, Poisson, Rates, Recorded, Source, Surge
from supportq.simulation.chance import Chance, Constant, Empirical, Exponential, Law, Lognormal
from supportq.simulation.clients import Clients
from supportq.simulation.plain import PlainRow, simulate_plain
from supportq.simulation.results import AgentRow, HourRow, Results
from supportq.simulation.run import Model, Run, simulate
from supportq.simulation.service import Service
from supportq.simulation.staffing import Agent, Break, ShiftEnd, Workforce, always
from supportq.simulation.statistics import Interval, interval, measures
from supportq.simulation.study import Comparison, Findings, Goal, ReplicationFailed, Study, UntilNarrow

__all__ = [
    "Agent",
    "AgentRow",
    "Break",
    "Cancellation",
    "Chance",
    "Clients",
    "Comparison",
    "Constant",
    "Departures",
    "Empirical",
    "Exponential",
    "Findings",
    "Goal",
    "HourRow",
    "Interval",
    "Law",
    "Lognormal",
    "Model",
    "PlainRow",
    "Poisson",
    "Rates",
    "Recorded",
    "ReplicationFailed",
    "Results",
    "Run",
    "Service",
    "ShiftEnd",
    "Source",
    "Study",
    "Surge",
    "UntilNarrow",
    "Workforce",
    "always",
    "interval",
    "measures",
    "simulate",
    "simulate_plain",
]
