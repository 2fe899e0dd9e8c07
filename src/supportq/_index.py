"""Which tickets go with a key: a client, a booking, a service, an agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeAlias, TypeVar

Key = TypeVar("Key")

Tickets: TypeAlias = tuple[str, ...] | dict[str, None]
"""Ids of tickets, each once, in an order: to go through either way, to count, and to look one up."""


class TicketIndex(Generic[Key]):
    """Ids of tickets by key, in the order in which they were added; all but `sort` is O(1), however many share a key.

    Most keys have one ticket, and that is kept without a container of its own: at a million tickets this decides.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[Key, str | dict[str, None]] = {}

    def __contains__(self, key: Key) -> bool:
        """Whether any ticket goes with the key."""
        return key in self._held

    def add(self, key: Key, ticket_id: str) -> int:
        """The ticket goes with the key; how many do now. Nothing happens if it did already."""
        held = self._held.setdefault(key, ticket_id)
        if held is ticket_id or held == ticket_id:
            return 1
        if isinstance(held, str):
            self._held[key] = {held: None, ticket_id: None}
            return 2
        held[ticket_id] = None
        return len(held)

    def discard(self, key: Key, ticket_id: str) -> None:
        """The ticket goes with the key no longer."""
        held = self._held.get(key)
        if held == ticket_id:
            del self._held[key]
        elif isinstance(held, dict):
            held.pop(ticket_id, None)
            if not held:
                del self._held[key]

    def sort(self, key: Key, order: Callable[[str], int]) -> None:
        """Put the tickets that go with a key in an order; O(n log n), and O(n) where they are in it already."""
        held = self._held.get(key)
        if isinstance(held, dict):
            self._held[key] = dict.fromkeys(sorted(held, key=order))

    def get(self, key: Key) -> Tickets:
        """The tickets that go with a key, the first added first."""
        held = self._held.get(key, ())
        return (held,) if isinstance(held, str) else held

    def newest(self, key: Key) -> Iterator[str]:
        """The same, the last added first."""
        held = self._held.get(key, ())
        return iter((held,)) if isinstance(held, str) else reversed(held)
