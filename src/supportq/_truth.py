"""What the host knows of bookings, tickets and clients. It outranks what clients say, earlier or later (rule R7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from supportq._normal import normal_reference
from supportq.identity import Clients, Party, Plan, Sender
from supportq.tickets import Attribute, Booking

Scope: TypeAlias = tuple[Literal["ticket", "booking", "service"], str]
"""What an update is about."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last word on one scope; each field with the number of the event that said it (0: never said)."""

    departs_at: datetime | None = None
    departs_number: int = 0
    cancelled: bool | None = None
    cancelled_number: int = 0

    def then(self, *, departs_at: datetime | None, cancelled: bool | None, number: int) -> Said:
        """The same after one update more."""
        said = self
        if departs_at is not None:
            said = replace(said, departs_at=departs_at, departs_number=number)
        if cancelled is not None:
            said = replace(said, cancelled=cancelled, cancelled_number=number)
        return said


NOTHING = Said()


def scope_of(ticket: str | None, booking: str | None, service: str | None) -> Scope:
    """The scope that an update names."""
    if ticket is not None:
        return "ticket", ticket
    if booking is not None:
        return "booking", normal_reference(booking)
    assert service is not None
    return "service", service


def corrected(bookings: tuple[Booking, ...], ticket_ids: Sequence[str], said: Mapping[Scope, Said]) -> tuple[Booking, ...]:
    """Bookings as the host knows them; of several updates that touch one field of one booking the last holds.

    `ticket_ids` are the ticket's own and those of the tickets that were merged into it.
    """
    if not said:
        return bookings
    ours = [said.get(("ticket", ticket_id), NOTHING) for ticket_id in ticket_ids]
    return tuple(_corrected(booking, ours, said) for booking in bookings)


def _corrected(booking: Booking, ours: Sequence[Said], said: Mapping[Scope, Said]) -> Booking:
    words = (
        *ours,
        said.get(("booking", booking.key), NOTHING),
        NOTHING if booking.service is None else said.get(("service", booking.service), NOTHING),
    )
    departs = max(words, key=lambda word: word.departs_number)
    cancels = max(words, key=lambda word: word.cancelled_number)
    departs_at = booking.departs_at if departs.departs_at is None else departs.departs_at
    cancelled = booking.cancelled if cancels.cancelled is None else cancels.cancelled
    if departs_at == booking.departs_at and cancelled == booking.cancelled:
        return booking
    return replace(booking, departs_at=departs_at, cancelled=cancelled)


Told: TypeAlias = Mapping[str, tuple[Attribute, int]]
"""Facts by name, each with the number of the event that said it."""
SILENCE: Final[Told] = {}
CLIENT_FACTS: Final = ("stage", "manager", "curator", "zone")
"""What `update_client` says; each is text."""


def told(facts: Mapping[str, Attribute], number: int) -> Told:
    """Facts as one event says them; `None` stands for nothing said."""
    return {name: (value, number) for name, value in facts.items() if value is not None}


def latest(*words: Told) -> Told:
    """What was said last of each fact."""
    found = dict(words[0]) if words else {}
    for others in words[1:]:
        for name, word in others.items():
            if name not in found or found[name][1] < word[1]:
                found[name] = word
    return found


class Known:
    """What the host knows of clients: filed by identifier, and put together for each client (rule R7).

    Of a client holds what is filed under any identifier that is proven for it: that a message of any of its senders showed, be
    it shared with others or not. So it does not matter whether the host spoke first, the message came first, or it turned out
    first who is whose client.
    """

    __slots__ = ("_after", "_of", "filed")

    def __init__(self) -> None:
        self.filed: dict[str, Told] = {}
        self._of: dict[Party, Told] = {}
        self._after: tuple[Plan, Told] | None = None

    def of(self, client: Party) -> Told:
        """What is known of a client; O(1)."""
        return self._of.get(client, SILENCE)

    def after(self, plan: Plan) -> Told:
        """What is known of the client whom a message is from, once its plan is carried out.

        Asked before it is, to decide and to apply, so the last answer is kept.
        """
        if self._after is None or self._after[0] is not plan:
            self._after = plan, self._found(plan)
        return self._after[1]

    def _found(self, plan: Plan) -> Told:
        sender = plan.sender
        assert sender is not None
        group = plan.group
        if group is not None:
            return self._shown(group.senders)
        if sender.client is not None:
            return self.of(sender.client)
        return latest(*map(self.of, plan.joins), self._shown((sender,)))

    def _shown(self, senders: Iterable[Sender]) -> Told:
        """What is filed under anything that these senders proved."""
        return latest(*(self.filed[key] for sender in senders for key in sender.proven if key in self.filed))

    def with_word(self, client: Party, word: Told) -> Told:
        """What will be known of a client when this has been said of it, too."""
        return latest(self.of(client), word)

    def file(self, key: str, word: Told, clients: Iterable[Party]) -> None:
        """The host said something of whoever has an identifier, which is proven for these clients."""
        self.filed[key] = latest(self.filed.get(key, SILENCE), word)
        for client in clients:
            self._of[client] = self.with_word(client, word)

    def carried_out(self, plan: Plan, moved: Sequence[tuple[Sender, Party]]) -> list[Party]:
        """A plan was carried out: put together anew what is known of the clients that it changed.

        Lists those whose tickets may go by something else now. O(1) for a message of a client that was known, O(senders) where
        clients were made anew.
        """
        parted = [_client(sender) for _, sender in plan.parted]
        clients = list(dict.fromkeys([*(_client(sender) for group in plan.groups for sender in group.senders), *parted]))
        new = None if clients or plan.known else plan.sender
        before = {client: self.of(client) for client in (*clients, *(client for _, client in moved))}
        for _, client in moved:
            self._of.pop(client, None)
        for client in clients:
            self._set(client, self._shown(client.senders))
        if new is not None:
            clients = [_client(new)]
            before[clients[0]] = self.of(clients[0])
            self._set(clients[0], latest(*before.values(), self._shown((new,))))
        changed = dict.fromkeys(client for client in clients if before[client] != self.of(client))
        changed.update(dict.fromkeys(_client(one) for one, client in moved if before[client] != self.of(_client(one))))
        # What these go by is of the client that they were taken for.
        changed.update(dict.fromkeys(parted))
        return list(changed)

    def _set(self, client: Party, word: Told) -> None:
        if word:
            self._of[client] = word
        else:
            self._of.pop(client, None)

    def restore(self, filed: Mapping[str, Told], clients: Clients) -> None:
        """Take over what was filed."""
        self.filed = dict(filed)
        for key, word in filed.items():
            for client in clients.proven_for(key):
                self._of[client] = self.with_word(client, word)


def _client(sender: Sender) -> Party:
    assert sender.client is not None
    return sender.client
