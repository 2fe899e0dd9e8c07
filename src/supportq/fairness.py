"""Fair share: whoever writes very often counts as having come a little later each time (rule R8).

Usable without a desk: `Charges(rule, keep)` knows how late each key counts by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Final, TypeAlias

from supportq._checks import checked
from supportq._instants import length
from supportq.errors import PolicyError
from supportq.tickets import Request, check_name

__all__ = ["Charge", "Charges", "FairShare"]

CLIENT: Final = "client"
"""The key that stands for the client; any other names an attribute."""
_LEAST, _MOST = 0.001, 1_000.0
"""Weights beyond these would make spacings of nothing, or of centuries."""


@dataclass(frozen=True, slots=True)
class FairShare:
    """Tickets of one key are spaced out inside lanes ordered by arrival, so that a drop of many holds nobody up (rule R8).

    `key` is `"client"`, the client of the request as known when it opens the ticket, or the name of an attribute of the
    request; one without it, or with null, is not delayed. The effective arrival of a ticket is its own arrival, or the latest
    of its key and `spacing` more, whichever is later, but never more than `at_most` after its own. A key of weight 2 is
    spaced half as far; keys without a weight have 1. Values that are no text go by their text: 7 is the key "7".
    """

    key: str
    _: KW_ONLY
    spacing: timedelta
    at_most: timedelta
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        checked(check_name, self.key, "fair_share.key")
        for name in ("spacing", "at_most"):
            checked(length, getattr(self, name), f"fair_share.{name}")
            if not getattr(self, name):
                raise PolicyError(f"fair_share.{name}", "must be longer than nothing; leave fair_share out for no spacing")
        if not isinstance(self.weights, Mapping):
            raise PolicyError("fair_share.weights", f"must be weights by key, not {type(self.weights).__name__}")
        for name, weight in self.weights.items():
            if not isinstance(name, str):
                raise PolicyError("fair_share.weights", f"{name!r} is no text; write the key as text")
            if type(weight) not in (int, float) or not _LEAST <= weight <= _MOST:
                raise PolicyError(f"fair_share.weights.{name}", f"must be from {_LEAST:g} to {_MOST:g}, not {weight!r}")
        object.__setattr__(self, "weights", dict(self.weights))

    def key_of(self, request: Request, client_id: str) -> str | None:
        """The key of a request from a client; `None` where it has none."""
        if self.key == CLIENT:
            return client_id
        value = request.attributes.get(self.key)
        return None if value is None else str(value)

    def step(self, key: str) -> int:
        """How far apart the tickets of a key are, in microseconds."""
        return self._step(self.weights.get(key, 1))

    @property
    def longest_step(self) -> int:
        """The same of the key that is spaced furthest."""
        return self._step(min(1, *self.weights.values(), 1))

    def _step(self, weight: float) -> int:
        # A fraction is exact, so every machine rounds alike.
        return round(length(self.spacing, "fair_share.spacing") / Fraction(weight))


Charge: TypeAlias = tuple[str, int, int]
"""A key, the latest effective arrival of its tickets, and when the desk charged it last (microseconds)."""


class Charges:
    """How late each key counts by now. Only what opens a ticket is charged, once, in the order in which the desk is told.

    A key is forgotten once it was charged longer ago than it could delay whoever comes then, and `keep` (microseconds) more:
    who brings in what is older than that is charged anew. `late` itself goes by this, so that it is no matter when the record
    of the key is dropped, and only keys that were charged in this time are kept.

    >>> from datetime import UTC, datetime
    >>> from supportq import Client, Request
    >>> minute = 60_000_000
    >>> charges = Charges(FairShare("agency", spacing=timedelta(minutes=5), at_most=timedelta(minutes=8)), keep=0)
    >>> letter = Request("A1", Client(account="a"), attributes={"agency": "Sun"})
    >>> [charges.charge(letter, "client-1", received=0, at=0) // minute for _ in range(4)]
    [0, 5, 8, 8]
    """

    __slots__ = ("_held", "_lasts", "rule")

    def __init__(self, rule: FairShare | None, keep: int) -> None:
        self.rule: Final = rule
        self._held: dict[str, tuple[int, int]] = {}
        """By key, the one charged last at the end."""
        self._lasts: Final = 0 if rule is None else keep + length(rule.at_most, "fair_share.at_most") + rule.longest_step

    def late(self, request: Request, client_id: str, received: int, at: int) -> int:
        """How much later than it was received a request would count that opened a ticket at an instant (microseconds)."""
        rule = self.rule
        if rule is None or (key := rule.key_of(request, client_id)) is None:
            return 0
        held = self._held.get(key)
        if held is None or held[1] + self._lasts <= at:
            return 0
        return max(0, min(held[0] + rule.step(key) - received, length(rule.at_most, "fair_share.at_most")))

    def charge(self, request: Request, client_id: str, received: int, at: int) -> int:
        """The request has opened a ticket, the latest of its key; how late it counts. O(1) amortised."""
        rule = self.rule
        if rule is None or (key := rule.key_of(request, client_id)) is None:
            return 0
        late = self.late(request, client_id, received, at)
        while self._held and (oldest := next(iter(self._held.items())))[1][1] + self._lasts <= at:
            del self._held[oldest[0]]
        before, _ = self._held.pop(key, (received, at))
        self._held[key] = max(before, received + late), at
        return late

    def state(self) -> tuple[Charge, ...]:
        """The same as values, the key charged first at the front; `restore` is the inverse."""
        return tuple((key, latest, at) for key, (latest, at) in self._held.items())

    def restore(self, charges: Iterable[Charge]) -> None:
        """Become what values say."""
        self._held = {key: (latest, at) for key, latest, at in charges}
