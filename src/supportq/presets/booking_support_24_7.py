"""Support of a hotel-booking service for agencies, round the clock.

Emergencies on the spot go first, whatever their dates say; then automatic cancellations that are to be lifted, by the instant
at which they happen; then what prevents problems; then every other question about a booking, by arrival. Service teams have
all departments each. New partners and lifted cancellations are the account managers' in their hours, and the teams' outside of
them.
"""

from __future__ import annotations

from datetime import UTC, time, timedelta
from typing import Final

from supportq import when
from supportq.hours import Hours, Opening
from supportq.policy import DuplicateRules, Lane, Order, Policy
from supportq.procedures import Filing, Procedure, Step
from supportq.targets import Target
from supportq.teams import Door, Gate, Hint, Skill, Team
from supportq.tickets import ClockKind

__all__ = ["POLICY"]

_EMERGENCY: Final = when.kind("emergency")
_PREVENTION: Final = when.kind("prevention")
_CHANGES: Final = when.kind("change_names", "change_dates", "change_room_type", "change_data")
_EXTRAS: Final = when.kind("transfer", "meals", "upgrade")
_LIFTING: Final = when.kind("lift_cancellation") & when.stage("active")
"""Only an active partner's cancellation may be lifted."""

_DEPARTMENTS: Final = (
    Skill("emergencies", _EMERGENCY),
    Skill("prevention", _PREVENTION),
    Skill("changes", _CHANGES),
    Skill("extras", _EXTRAS),
    Skill("bookings", ~_EMERGENCY),
)
"""The departments that each service team is mixed of. The first that fits is a ticket's, and the last is for all the rest."""
_STEPS_IN: Final = timedelta(minutes=10)
"""After so long another service team may take what the first has no hands for."""
_OFFICE: Final = Hours((Opening(time(9), time(18), weekdays=(0, 1, 2, 3, 4)),), zone=UTC)

POLICY: Final = Policy(
    name="booking-support-24-7",
    lanes=(
        Lane("emergency", _EMERGENCY),
        Lane("cancellation", _LIFTING, order=Order.REPLY_BY),
        Lane("prevention", _PREVENTION),
        Lane("standard"),
    ),
    teams=(
        # In their hours, also what people hand over to them.
        Team("account-managers", (when.kind("register_partner") | _LIFTING) & when.within_hours(_OFFICE), hours=_OFFICE),
        Team("service-1", when.attribute("service_team", "service-1"), skills=_DEPARTMENTS, opens_after=_STEPS_IN),
        Team("service-2", skills=_DEPARTMENTS, opens_after=_STEPS_IN),
    ),
    gates=(Gate("account-managers", ~when.kind("lift_cancellation") | when.stage("active")),),
    hints=(
        Hint("do not lift it: the partner is not active", when.kind("lift_cancellation") & ~when.stage("active")),
        Hint("have each child seat confirmed", when.kind("transfer") & when.at_least("child_seats", 1)),
    ),
    doors=(
        Door("message in the order", "order", when=when.has_booking()),
        Door("e-mail", "email"),
        Door("telephone", "phone", by_voice=True),
        Door("first messenger", "messenger-1"),
        Door("call on the first messenger", "messenger-1", by_voice=True),
        Door("second messenger", "messenger-2"),
        Door("call on the second messenger", "messenger-2", by_voice=True),
    ),
    procedures=(Procedure("a missed call is owed a call", when.missed_call(), (Step("called back", by=("agent",)),)),),
    filings=(Filing("guests", when.stage("guest") & ~_EMERGENCY, directs_to="partner", new_only=True),),
    targets=(
        Target(timedelta(hours=1), ~_LIFTING),
        Target(timedelta(minutes=15), clock=ClockKind.CALL_BACK),
    ),
    duplicates=DuplicateRules(families=(("cancel", "refund", "change_dates"),), booking_and_name=False),
)
"""The policy of the desk."""
