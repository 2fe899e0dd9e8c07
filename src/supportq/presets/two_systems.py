"""A marketplace and a booking system that are kept in step.

Nothing closes before it is done in both systems: connections, cancellations, changes of the date and of the kind of service go
step by step. What a partner does not refuse in words counts as valid, and notification mails are filed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from supportq import when
from supportq.policy import DuplicateRules, Lane, Policy
from supportq.procedures import Filing, Procedure, Silence, Step
from supportq.teams import Hint, Takeover, Team

__all__ = ["POLICY"]

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_BY_PARTNERS: Final = when.stage("one product", "two products", "connected")
_MARKETPLACE, _BOOKING_SYSTEM = when.made_in("marketplace"), when.made_in("booking system")
_CANCELLATION: Final = when.kind("cancel", "deleted")
_NEW_DATE: Final = when.kind("change_date", "moved")
_FROM_THE_BOOKING_SYSTEM: Final = when.attribute("changed_in", "booking system") | (
    _BOOKING_SYSTEM & ~when.attribute("changed_in", "marketplace")
)
_TO_AGREE: Final = (
    Step("agreed", by=("partner", "client"), each=True),
    Step("changed", by=("partner", "client", "system")),
)

POLICY: Final = Policy(
    name="two-systems",
    lanes=(Lane("refused", when.kind("refusal")), Lane("standard")),
    teams=(
        Team("representatives", when.kind("connect") & when.stage("two products"), person="manager"),
        Team(
            "customer service",
            when.origin("client") & ~_BY_PARTNERS & ~when.kind("refusal", "connect"),
        ),
        Team("partner care"),
    ),
    takeover=Takeover(_DAY, when.kind("refusal")),
    hints=(
        Hint("offer to check both systems", _CANCELLATION),
        Hint("change it in the marketplace, where it was made", _NEW_DATE & _MARKETPLACE),
        Hint("change it in the booking system, where it was made", _NEW_DATE & _BOOKING_SYSTEM),
    ),
    # Nothing joins a ticket that is about something else: a refusal that did would not go in front.
    duplicates=DuplicateRules(unknown_kinds=()),
    procedures=(
        Procedure(
            "connection",
            when.kind("connect"),
            (
                Step("agreed", by=("partner", "channel"), each=True),
                Step("identifier sent", by=("partner",)),
                Step("mapped", by=("channel",)),
                Step("told", by=("channel", "representative")),
                Step("checked", by=("partner",), back_to="mapped"),
            ),
        ),
        Procedure(
            "cancelled in both systems",
            _CANCELLATION,
            (
                Step("voucher cancelled", by=("partner", "agent")),
                Step("mail of the cancellation", by=("system", "agent")),
                Step("cancelled in the booking system", by=("partner", "agent")),
            ),
        ),
        Procedure(
            "date changed, the other way round",
            _NEW_DATE & _FROM_THE_BOOKING_SYSTEM,
            (*_TO_AGREE, Step("verified", by=("partner", "agent"), after=3 * _HOUR, back_to="changed")),
        ),
        Procedure(
            "date changed",
            _NEW_DATE,
            (*_TO_AGREE, Step("verified", by=("partner", "agent"), after=_HOUR, back_to="changed")),
        ),
        Procedure(
            "another kind of service",
            when.kind("change_service"),
            (
                Step("old voucher cancelled", by=("partner", "agent")),
                Step("new voucher issued", by=("agent",)),
                Step("mail of the new voucher", by=("system", "agent")),
                Step("cancelled in the partner's system", by=("partner",)),
            ),
        ),
    ),
    silences=(Silence(when.kind("booking"), _DAY, "valid: the client relies on it", broken_by=when.kind("refusal")),),
    filings=(
        Filing("no second product", when.kind("connect") & when.stage("one product"), directs_to="maker of the second product"),
        Filing("first move", when.kind("moved") & when.origin("client") & ~_BY_PARTNERS & when.attribute("moves", 1)),
        Filing("rejected without word", when.kind("rejected") & when.origin("system")),
        Filing(
            "refused without a description",
            when.kind("refusal") & ~when.says_something() & ~when.by_voice(),
            directs_to="partner care, with a description",
        ),
        Filing("mail: new", when.kind("mail_new") & when.origin("system"), confirms="mail of the new voucher"),
        Filing("mail: changed", when.kind("mail_changed") & when.origin("system"), confirms="changed"),
        Filing("mail: cancelled", when.kind("mail_cancelled") & when.origin("system"), confirms="mail of the cancellation"),
    ),
)
"""The policy of the desk."""
