"""An agency service with personal managers.

Every client has a person by name: a sales manager until the first booking, a curator after it, both in the client's own office
hours. What is about an existing order goes to a support that never closes, and so does what is urgent while the person is not
there; what is not urgent waits for them. New offline requests have desks of their own, for groups by the number of rooms.

The kinds are the host's words, which it gives each request. The stages of a client are `new` until the first booking and
`regular` from it on.
"""

from __future__ import annotations

from datetime import time, timedelta, timezone
from typing import Final

from supportq import when
from supportq.hours import Hours, Opening
from supportq.policy import Lane, Policy
from supportq.procedures import Filing
from supportq.teams import Door, Hint, Role, Takeover, Team

__all__ = ["POLICY"]

_WEEKDAYS: Final = (0, 1, 2, 3, 4)
# No zone: the client's own.
_OPEN: Final = when.within_hours(Hours((Opening(time(9), time(18), weekdays=_WEEKDAYS),)))
_MANAGER: Final = ("start_up", "account_setup", "credit_limit", "overpayment", "offline_doors", "introduction")
_CURATOR: Final = (
    "contract_settings",
    "credit_limit",
    "overpayment",
    "payment_documents",
    "closing_documents",
    "extra_services",
    "market_figures",
    "training",
    "integration",
)
_OFFLINE: Final = when.kind("offline_request")
# What does not say what it is about is a question of service, unless it is about an order.
_UNSAID: Final = when.kind("other") & ~when.has_booking()
# The first booking passes to the curator whatever the manager has left, so curators take the manager's topics, too.
_FOR_CURATOR: Final = when.stage("regular") & (when.kind(*_CURATOR, *_MANAGER) | _UNSAID)
_FOR_MANAGER: Final = ~when.stage("regular") & (when.kind(*_MANAGER) | _UNSAID)
_URGENT: Final = when.urgent() | when.channel("bot")
_WEST: Final = when.attribute("place", "west")
_EAST: Final = when.attribute("place", "east")
# Every half-hour from the date line to the date line, without that of the desk, and where clocks go by quarters.
_OFFSETS: Final = (*range(-720, 0, 30), *range(30, 841, 30), 345, 525, 765, 825)

POLICY: Final = Policy(
    name="agency-with-managers",
    lanes=(Lane("urgent", _URGENT), Lane("standard")),
    teams=(
        Team("group desk", _OFFLINE & when.rooms_of(6)),
        Team("individual desk", _OFFLINE),
        Team("curators", _FOR_CURATOR & (_OPEN | ~_URGENT), person="curator"),
        Team("sales managers", _FOR_MANAGER & (_OPEN | ~_URGENT), person="manager"),
        Team("support"),
    ),
    roles=(
        Role("personal", works=_OPEN, teams=("curators", "sales managers")),
        Role("desk", teams=("group desk", "individual desk", "support")),
    ),
    # Longer than a weekend; but what is urgent, or not for the person to whom it was written, is not kept for them.
    takeover=Takeover(timedelta(days=4), grounds=_URGENT | ~(_FOR_CURATOR | _FOR_MANAGER)),
    hints=(Hint("agree on a time, online or in person, and park it until then", when.kind("introduction")),),
    filings=(Filing("bot opened", when.channel("bot") & when.kind("start")),),
    doors=(
        Door("personal contacts, in the account and in every letter", "email", addressed=True),
        Door("new-request form", "form"),
        Door("e-mail", "email"),
        Door("telephone, west", "phone", by_voice=True, when=_WEST),
        Door("telephone, east", "phone", by_voice=True, when=_EAST),
        Door("telephone, elsewhere", "phone", by_voice=True, when=~_WEST & ~_EAST),
        Door("bot", "bot", urgent=True, when=_URGENT),
    ),
    # Fixed, since a zone with summer time is read from a file; give those of your clients in their place.
    zones=tuple(timezone(timedelta(minutes=minutes)) for minutes in _OFFSETS),
)
"""The policy of the desk."""
