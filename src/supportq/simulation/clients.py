"""What clients do: write again on another channel, give up, come back, and ask how long it will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from supportq import Booking, Client, Request
from supportq.errors import InvalidValue
from supportq.simulation.chance import Chance, Exponential, Law, Shares, check_share

__all__ = ["Clients"]

_NOBODY: Final = Client()


def written(
    request_id: str,
    name: str,
    *,
    at: datetime,
    channel: str,
    kind: str,
    bookings: tuple[Booking, ...] = (),
    text: str = "",
) -> Request:
    """A message of the client of a name; names that differ are different people.

    The channel proves one identifier: a call the number, a messenger its id, an e-mail the address, all else the account. The
    address is typed in wherever it is not proven.
    """
    address = f"{name}@example.com".lower()
    typed = _NOBODY if channel == "email" else Client(email=address)
    if channel == "email":
        proven = Client(email=address)
    elif channel == "phone":
        proven = Client(phone=f"+1{int.from_bytes(name.encode(), 'big') % 10**10:010}")
    elif channel == "messenger":
        proven = Client(messenger=f"telegram:{name}")
    else:
        proven = Client(account=name)
    return Request(request_id, proven, claims=typed, received_at=at, channel=channel, kind=kind, bookings=bookings, text=text)


@dataclass(frozen=True, slots=True)
class Draws:
    """What one client will do: drawn from the id of their first request, whatever becomes of it later."""

    patience: float | None
    """After how many seconds they give up; `None`: never."""
    repeats: tuple[tuple[float, str], ...]
    """After how many seconds they write again unless answered, each time counted from the message before, and where."""
    returns: float | None
    """After how many seconds they come back once they have given up; `None`: not at all."""
    asks: bool
    """Whether they ask how long it will take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """How clients behave. By default they write once, wait as long as it takes, and ask nothing.

    After each message a client who has no answer yet writes again with the chance `repeats`, after a time drawn from
    `repeats_after`, on a channel by the weights of `repeats_on`; at most `most_repeats` times. Whom nobody has begun to answer
    when their `patience` is over withdraws the ticket; with the chance `comes_back` they write anew after a time drawn from
    `comes_back_after`. `asks` is the share of those who ask for their place, and are given a promise.
    """

    repeats: float = 0.0
    repeats_after: Law = field(default_factory=lambda: Exponential(10 * 3_600))
    repeats_on: Mapping[str, float] = field(default_factory=lambda: {"email": 1.0, "phone": 1.0, "messenger": 1.0}, hash=False)
    most_repeats: int = 5
    patience: Law | None = None
    comes_back: float = 0.0
    comes_back_after: Law = field(default_factory=lambda: Exponential(24 * 3_600))
    asks: float = 0.0

    def __post_init__(self) -> None:
        for name in ("repeats", "comes_back", "asks"):
            check_share(getattr(self, name), f"clients.{name}")
        if type(self.most_repeats) is not int or not 0 <= self.most_repeats <= 100:
            raise InvalidValue("clients.most_repeats", f"must be a whole number from 0 to 100, not {self.most_repeats!r}")
        Shares(self.repeats_on, "clients.repeats_on")

    def drawn(self, request_id: str, chance: Chance) -> Draws:
        """What the client will do who opens a ticket with this request."""
        patience, comes, after, asks = chance.drawn("client", request_id, 4)
        return Draws(
            patience=None if self.patience is None else self.patience.quantile(patience),
            repeats=self._repeats(request_id, chance) if self.repeats else (),
            returns=self.comes_back_after.quantile(after) if comes < self.comes_back else None,
            asks=asks < self.asks,
        )

    def _repeats(self, request_id: str, chance: Chance) -> tuple[tuple[float, str], ...]:
        channels = Shares(self.repeats_on, "clients.repeats_on")
        found: list[tuple[float, str]] = []
        while len(found) < self.most_repeats:
            again, after, channel = chance.drawn(f"repeat {len(found) + 1}", request_id, 3)
            if again >= self.repeats:
                break
            found.append((self.repeats_after.quantile(after), channels.at(channel)))
        return tuple(found)
