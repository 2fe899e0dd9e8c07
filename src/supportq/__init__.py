"""Which ticket is next, which requests are the same, and when each client will be answered.

A pure engine for support desks: no clock, no disk, no thread. Start with `Desk`.
"""

from supportq import when
from supportq.desk import Counter, Desk, Position, Snapshot
from supportq.errors import CommandRefused, InvalidValue, LogError, PolicyError, SupportqError
from supportq.estimates import Estimate, Forecast
from supportq.policy import DuplicateRules, HeadStart, Lane, Order, Policy
from supportq.ranking import Explanation
from supportq.staffing import Shift, Staffing
from supportq.targets import Target
from supportq.tickets import Booking, Client, Request, Ticket

__all__ = [
    "Booking",
    "Client",
    "CommandRefused",
    "Counter",
    "Desk",
    "DuplicateRules",
    "Estimate",
    "Explanation",
    "Forecast",
    "HeadStart",
    "InvalidValue",
    "Lane",
    "LogError",
    "Order",
    "Policy",
    "PolicyError",
    "Position",
    "Request",
    "Shift",
    "Snapshot",
    "Staffing",
    "SupportqError",
    "Target",
    "Ticket",
    "when",
]
