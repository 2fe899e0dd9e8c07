"""How long agents take: by the kind of the ticket and by the agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from supportq.errors import InvalidValue
from supportq.simulation.chance import Law, Lognormal

__all__ = ["Service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The handling time of a ticket: of `by_kind` where its kind is listed there, else of `usual`.

    `pace` says of agents how many times as long as others they take. The defaults are 12 minutes in the mean with a spread of
    0.75, and nobody is faster than others.
    """

    usual: Law = field(default_factory=lambda: Lognormal(720, 0.75))
    by_kind: Mapping[str, Law] = field(default_factory=dict, hash=False)
    pace: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for agent, factor in self.pace.items():
            if not (isinstance(factor, (int, float)) and not isinstance(factor, bool) and 0.01 <= factor <= 100):
                raise InvalidValue(f"service.pace.{agent}", f"must be from 0.01 to 100, not {factor!r}")

    def seconds(self, kind: str, agent: str, share: float) -> float:
        """The time that an agent takes for a ticket of a kind that stands at a share of all."""
        return self.by_kind.get(kind, self.usual).quantile(share) * self.pace.get(agent, 1.0)
