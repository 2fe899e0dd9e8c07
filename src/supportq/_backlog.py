"""The ordered index of waiting tickets and the calendar of changes to come. The only module that knows the container.

A ticket's place is one integer: lane, order term, arrival and id, most significant first. Comparing two such keys is
comparing two ranks (rule R1), so nothing is called and nothing is built while the lists are kept in order.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from sortedcontainers import SortedList

from supportq._index import TicketIndex
from supportq._instants import FIRST, FOREVER, LAST, LONGEST, micros

_TERM: Final = 54
"""Bits of a term: an instant counted in microseconds from `_OFFSET`."""
_OFFSET: Final = -(micros(FIRST) - LONGEST // timedelta(microseconds=1))
"""The longest head start before the earliest instant is still not negative."""
_LAST: Final = (1 << _TERM) - 1
"""The term of what has none (`FOREVER`): behind every instant."""
assert micros(LAST) + _OFFSET < _LAST

_BUCKET: Final = 26
"""Instants that agree but for these low bits share a bucket of the calendar: about 67 s."""


class Backlog:
    """Waiting tickets in rank order, one sorted list of integers per lane.

    Adding, removing and counting what stands ahead are O(log n). The index knows nothing of time or policy.
    """

    __slots__ = ("_bits", "_keys", "_lanes", "_sizes", "_width")

    def __init__(self, lanes: int) -> None:
        self._lanes: list[SortedList[int]] = [SortedList() for _ in range(lanes)]
        self._sizes = [0] * lanes
        self._keys: dict[str, int] = {}
        self._width = 16
        self._bits = 8 * self._width

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, ticket_id: object) -> bool:
        return ticket_id in self._keys

    def __iter__(self) -> Iterator[str]:
        """Ids in rank order; O(n)."""
        for lane in range(len(self._lanes)):
            yield from self.lane(lane)

    def add(self, ticket_id: str, lane: int, order: int, arrival: int) -> None:
        """Put a ticket in its place, out of its old one if it has one."""
        raw = ticket_id.encode()
        if len(raw) > self._width:
            self._widen(len(raw))
        # Left-aligned bytes compare as the texts do: UTF-8 keeps the order of characters, and ids hold no NUL.
        name = int.from_bytes(raw, "big") << (self._bits - 8 * len(raw))
        term = order + _OFFSET if order < FOREVER else _LAST
        key = ((lane << _TERM | term) << _TERM | arrival + _OFFSET) << self._bits | name
        old = self._keys.get(ticket_id)
        if old is not None:
            if old == key:
                return
            self._remove(old)
        self._keys[ticket_id] = key
        self._lanes[lane].add(key)
        self._sizes[lane] += 1

    def load(self, places: Iterable[tuple[str, int, int, int]]) -> None:
        """Put many tickets in their places at once: sorting beats inserting. None of them may be waiting already."""
        rows = list(places)
        widest = max((len(row[0].encode()) for row in rows), default=0)
        if widest > self._width:
            self._widen(widest)
        added: list[list[int]] = [[] for _ in self._lanes]
        bits = self._bits
        for ticket_id, lane, order, arrival in rows:
            raw = ticket_id.encode()
            name = int.from_bytes(raw, "big") << (bits - 8 * len(raw))
            term = order + _OFFSET if order < FOREVER else _LAST
            key = ((lane << _TERM | term) << _TERM | arrival + _OFFSET) << bits | name
            self._keys[ticket_id] = key
            added[lane].append(key)
        for lane, keys in enumerate(added):
            if keys:
                self._lanes[lane].update(keys)
                self._sizes[lane] += len(keys)

    def _widen(self, width: int) -> None:
        """Make room for longer ids; O(n), and at most five times in the life of an index, for ids have at most 256 bytes."""
        while self._width < width:
            self._width *= 2
        shift = 8 * self._width - self._bits
        self._bits = 8 * self._width
        self._keys = {ticket_id: key << shift for ticket_id, key in self._keys.items()}
        self._lanes = [SortedList(key << shift for key in lane) for lane in self._lanes]

    def remove(self, ticket_id: str) -> None:
        """Take a ticket out; `KeyError` if it does not wait."""
        self._remove(self._keys.pop(ticket_id))

    def _remove(self, key: int) -> None:
        lane = key >> (2 * _TERM + self._bits)
        self._lanes[lane].remove(key)
        self._sizes[lane] -= 1

    def _id(self, key: int) -> str:
        name = key & ((1 << self._bits) - 1)
        return name.to_bytes(self._width, "big").rstrip(b"\0").decode()

    def lane_of(self, ticket_id: str) -> int:
        """The lane in which a ticket waits; `KeyError` if it does not."""
        return self._keys[ticket_id] >> (2 * _TERM + self._bits)

    def size(self, lane: int) -> int:
        """How many wait in a lane; O(1)."""
        return self._sizes[lane]

    def busy(self) -> list[int]:
        """The lanes that are not empty, in rank order."""
        return [lane for lane, size in enumerate(self._sizes) if size]

    def first_lane(self) -> int:
        """The first lane that is not empty; `IndexError` if all are."""
        lane = 0
        while not self._sizes[lane]:
            lane += 1
        return lane

    def first(self, lane: int) -> str:
        """The first ticket of a lane; `IndexError` if it is empty."""
        return self._id(self._lanes[lane][0])

    def lane(self, lane: int) -> Iterator[str]:
        """The ids of a lane in rank order."""
        return map(self._id, self._lanes[lane])

    def ahead_in_lane(self, ticket_id: str) -> int:
        """How many stand before a ticket in its own lane; O(log n)."""
        key = self._keys[ticket_id]
        return int(self._lanes[key >> (2 * _TERM + self._bits)].bisect_left(key))

    def ahead_by_lane(self, ticket_id: str) -> list[int]:
        """How many stand before a ticket, by lane from the first to its own; O(log n)."""
        lane = self.lane_of(ticket_id)
        return [*self._sizes[:lane], self.ahead_in_lane(ticket_id)]

    def neighbours(self, ticket_id: str) -> tuple[str | None, str | None]:
        """The tickets next above and below in rank, across lanes; O(log n)."""
        lane, index = self.lane_of(ticket_id), self.ahead_in_lane(ticket_id)
        above = below = None
        if index:
            above = self._id(self._lanes[lane][index - 1])
        else:
            upper = next((keys for keys in reversed(self._lanes[:lane]) if keys), None)
            above = None if upper is None else self._id(upper[-1])
        if index + 1 < len(self._lanes[lane]):
            below = self._id(self._lanes[lane][index + 1])
        else:
            lower = next((keys for keys in self._lanes[lane + 1 :] if keys), None)
            below = None if lower is None else self._id(lower[0])
        return above, below

    def _check(self) -> None:
        """State every invariant."""
        seen = 0
        for index, lane in enumerate(self._lanes):
            assert list(lane) == sorted(lane)
            for key in lane:
                assert key >> (2 * _TERM + self._bits) == index
                assert self._keys[self._id(key)] == key
            assert self._sizes[index] == len(lane)
            seen += len(lane)
        assert seen == len(self._keys)


class Calendar:
    """For each id the next instant at which it changes, soonest first.

    An entry lies in a bucket of about 67 s and is poured into an exact heap when its bucket is the next: taking half of a
    million entries in one go costs a tenth of what a heap of all costs. Setting and clearing are O(1). Entries of the heap
    that no longer hold are recognised by comparing.
    """

    __slots__ = ("_buckets", "_due", "_numbers", "_poured", "_soon")

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._buckets: TicketIndex[int] = TicketIndex()
        self._numbers: list[int] = []
        """A heap of the numbers of buckets; a bucket that was emptied and filled again is in it twice."""
        self._soon: list[tuple[int, str]] = []
        self._poured = -FOREVER
        """The number of the bucket that was poured last; what is due in it or before goes straight to the heap."""

    def __len__(self) -> int:
        return len(self._due)

    def get(self, name: str) -> int:
        """The instant of an id; `FOREVER` if it has none."""
        return self._due.get(name, FOREVER)

    def items(self) -> Iterable[tuple[str, int]]:
        """All ids with their instants, in no order that means anything."""
        return self._due.items()

    def set(self, name: str, due: int) -> None:
        """The id changes at `due`, and at no other instant; `FOREVER` clears it."""
        old = self._due.get(name)
        if old == due:
            return
        if old is not None:
            self.clear(name)
        if due >= FOREVER:
            return
        self._due[name] = due
        number = due >> _BUCKET
        if number <= self._poured:
            heapq.heappush(self._soon, (due, name))
            if len(self._soon) > 2 * len(self._due) + 1_000:
                self._soon[:] = sorted(entry for entry in set(self._soon) if self._due.get(entry[1]) == entry[0])
            return
        if number not in self._buckets:
            heapq.heappush(self._numbers, number)
            if len(self._numbers) > 2 * len(self._buckets) + 1_000:
                self._numbers = sorted({number, *self._buckets})
        self._buckets.add(number, name)

    def clear(self, name: str) -> None:
        """The id no longer changes."""
        due = self._due.pop(name, None)
        if due is not None and (number := due >> _BUCKET) > self._poured:
            self._buckets.discard(number, name)

    def next(self) -> int:
        """The next instant at which anything changes; `FOREVER` if nothing does. O(1) amortised."""
        soon, due = self._soon, self._due
        while True:
            while soon:
                at, name = soon[0]
                if due.get(name) == at:
                    return at
                heapq.heappop(soon)
            if not self._numbers:
                return FOREVER
            # The heap is empty now, and a sorted list is a heap.
            self._poured = heapq.heappop(self._numbers)
            soon.extend(sorted((due[name], name) for name in self._buckets.pop(self._poured)))

    def pop(self, at: int) -> list[str]:
        """Take out the ids that change at exactly `at`, which `next` gave, in the order of ids."""
        soon, due = self._soon, self._due
        names = []
        while soon and soon[0][0] == at:
            name = heapq.heappop(soon)[1]
            if due.get(name) == at:
                del due[name]
                names.append(name)
        return names

    def _check(self) -> None:
        """State every invariant."""
        filed = set(self._soon)
        for number in self._buckets:
            assert number > self._poured
            for name in self._buckets.get(number):
                assert self._due[name] >> _BUCKET == number
                filed.add((self._due[name], name))
        assert filed >= {(at, name) for name, at in self._due.items()}
        assert set(self._buckets) <= set(self._numbers)
