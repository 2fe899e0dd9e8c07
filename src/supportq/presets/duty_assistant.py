"""The duty assistant of a tour agency.

One person on duty calls back, answers clients, experts and the chat, and steps in for experts who are silent. Finding a tour is
long work, and comes after the queue; what a tour contains is for the experts, and so is a client who has paid for a selection.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from supportq import when
from supportq.policy import Lane, Policy
from supportq.procedures import Procedure, Step
from supportq.targets import Fine, Target
from supportq.teams import AgentRules, Gate, Hint, Picking, Role, Takeover, Team
from supportq.tickets import ClockKind

__all__ = ["POLICY"]

_QUARTER: Final = timedelta(minutes=15)
_SILENCE: Final = timedelta(hours=1)
_TOUR_CONTENTS: Final = when.kind("tour_contents")
_FINDING_A_TOUR: Final = when.kind("find_tour")
_OFFICE_CALL: Final = when.missed_call() & when.line_begins("z-")
_COMMON_CALL: Final = when.missed_call() & ~when.addressed_to()

POLICY: Final = Policy(
    name="duty-assistant",
    lanes=(
        Lane("calls", _OFFICE_CALL | _COMMON_CALL),
        Lane("calls of colleagues", when.missed_call()),
        Lane("requests", ~_FINDING_A_TOUR),
        Lane("tours"),
    ),
    teams=(Team("experts", _TOUR_CONTENTS), Team("duty")),
    agents=AgentRules(
        own_transfer=Picking.REFUSED,
        long_work=_FINDING_A_TOUR,
        notes=("reply", "hand_back", "transfer", "ask_client", "park"),
    ),
    roles=(
        Role("assistant", ~_TOUR_CONTENTS, checks=("call in", "sms out"), until=True, alerts="head", teams=("duty",), pay=True),
        Role("expert", teams=("experts",)),
    ),
    takeover=Takeover(
        _SILENCE, when.urgent() | when.kind("flight_documents") | when.kind("payment") | _OFFICE_CALL | _COMMON_CALL
    ),
    gates=(Gate("experts", when.at_least("prepayment", 3_000) & when.attribute("service", "selection")),),
    hints=(
        Hint(
            "offer an expert",
            when.attribute("individual_tour")
            | (when.attribute("doubts") & when.attribute("wants_more_variants"))
            | when.attribute("cannot_decide"),
        ),
        Hint(
            "no hurry",
            (when.attribute("chose_a_tour") & when.attribute("paid_a_deposit"))
            | when.attribute("few_questions")
            | when.attribute("general_information"),
        ),
    ),
    targets=(
        Target(_QUARTER, when.line_begins("z-"), clock=ClockKind.CALL_BACK, name="office line"),
        Target(_SILENCE + _QUARTER, when.addressed_to(), clock=ClockKind.CALL_BACK, name="call of a colleague"),
        Target(_QUARTER, clock=ClockKind.CALL_BACK, name="missed call"),
    ),
    fines=(
        Fine("breach", amount=100),
        Fine("chat question left", when.channel("chat"), of_pay=0.5, left=True),
        Fine("left", amount=100, left=True),
    ),
    fines_at_most=0.5,
    procedures=(
        Procedure(
            "site request",
            when.channel("site"),
            (
                Step("call", by=("agent",)),
                Step("customer record", by=("agent", "system")),
                Step("message from the record", by=("agent", "system")),
                Step("brief", by=("agent", "client")),
            ),
        ),
    ),
)
"""The policy of the desk."""
