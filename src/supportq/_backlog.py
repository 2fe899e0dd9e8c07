"""The ordered index of waiting tickets and the calendar of changes to come. The only module that knows the container.

A ticket's place is a string of bytes: lane, order term, arrival and id, most significant first. Comparing two such keys is
comparing two ranks (rule R1), so nothing is called and nothing is built while the lists are kept in order.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final

from sortedcontainers import SortedList

from supportq._instants import FOREVER

_place: Final = Struct(">BQQ").pack
"""Lane, order term and arrival, so that bytes compare as the three numbers do."""
_ID: Final = 17
"""Where the id begins, in UTF-8, which keeps the order of characters."""
_ZERO: Final = 1 << 62
"""Added to instants, which makes all of them positive, those before any head start too."""

_BUCKET: Final = 28
"""Instants that agree but for these low bits share a bucket of the calendar: about four and a half minutes."""


def _id(key: bytes) -> str:
    return key[_ID:].decode()


class Backlog:
    """Waiting tickets in rank order, one sorted list of keys per lane.

    Adding, removing and counting what stands ahead are O(log n). The index knows nothing of time or policy.
    """

    __slots__ = ("_keys", "_lanes", "_sizes")

    def __init__(self, lanes: int) -> None:
        self._lanes: list[SortedList[bytes]] = [SortedList() for _ in range(lanes)]
        self._sizes = [0] * lanes
        self._keys: dict[str, bytes] = {}

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
        key = _place(lane, order + _ZERO, arrival + _ZERO) + ticket_id.encode()
        old = self._keys.get(ticket_id)
        if old is not None:
            if old == key:
                return
            self._lanes[old[0]].remove(old)
            self._sizes[old[0]] -= 1
        self._keys[ticket_id] = key
        self._lanes[lane].add(key)
        self._sizes[lane] += 1

    def load(self, places: Iterable[tuple[str, int, int, int]]) -> None:
        """Put many tickets in their places at once, out of their old ones if they have any: sorting beats inserting.

        O(k log k) for k tickets, and O(n) where they are many of n.
        """
        added: list[list[bytes]] = [[] for _ in self._lanes]
        left: list[set[bytes]] = [set() for _ in self._lanes]
        keys = self._keys
        for ticket_id, lane, order, arrival in places:
            key = _place(lane, order + _ZERO, arrival + _ZERO) + ticket_id.encode()
            old = keys.get(ticket_id)
            if old is not None:
                if old == key:
                    continue
                left[old[0]].add(old)
            keys[ticket_id] = key
            added[lane].append(key)
        for lane, (fresh, stale) in enumerate(zip(added, left, strict=True)):
            self._exchange(lane, fresh, stale)

    def _exchange(self, lane: int, fresh: list[bytes], stale: set[bytes]) -> None:
        """Put keys into a lane and take others out, anew where they are many."""
        held = self._lanes[lane]
        self._sizes[lane] += len(fresh) - len(stale)
        if 8 * (len(fresh) + len(stale)) > len(held):
            kept = [key for key in held if key not in stale] if stale else list(held)
            self._lanes[lane] = SortedList(kept + fresh)
        else:
            for key in stale:
                held.remove(key)
            for key in fresh:
                held.add(key)

    def remove(self, ticket_id: str) -> None:
        """Take a ticket out; `KeyError` if it does not wait."""
        key = self._keys.pop(ticket_id)
        lane = key[0]
        held = self._lanes[lane]
        # Whoever is taken stands first, and need not be searched for.
        if held[0] == key:
            del held[0]
        else:
            held.remove(key)
        self._sizes[lane] -= 1

    def lane_of(self, ticket_id: str) -> int:
        """The lane in which a ticket waits; `KeyError` if it does not."""
        return self._keys[ticket_id][0]

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
        return _id(self._lanes[lane][0])

    def lane(self, lane: int) -> Iterator[str]:
        """The ids of a lane in rank order."""
        return map(_id, self._lanes[lane])

    def ahead_in_lane(self, ticket_id: str) -> int:
        """How many stand before a ticket in its own lane; O(log n)."""
        key = self._keys[ticket_id]
        return int(self._lanes[key[0]].bisect_left(key))

    def ahead_of(self, ticket_id: str, lane: int, order: int, arrival: int) -> int:
        """How many stand in a lane before the place that a ticket would have there; O(log n)."""
        key = _place(lane, order + _ZERO, arrival + _ZERO) + ticket_id.encode()
        return int(self._lanes[lane].bisect_left(key))

    def ahead_by_lane(self, ticket_id: str) -> list[int]:
        """How many stand before a ticket, by lane from the first to its own; O(log n)."""
        lane = self.lane_of(ticket_id)
        return [*self._sizes[:lane], self.ahead_in_lane(ticket_id)]

    def neighbours(self, ticket_id: str) -> tuple[str | None, str | None]:
        """The tickets next above and below in rank, across lanes; O(log n)."""
        lane, index = self.lane_of(ticket_id), self.ahead_in_lane(ticket_id)
        above = below = None
        if index:
            above = _id(self._lanes[lane][index - 1])
        else:
            upper = next((keys for keys in reversed(self._lanes[:lane]) if keys), None)
            above = None if upper is None else _id(upper[-1])
        if index + 1 < len(self._lanes[lane]):
            below = _id(self._lanes[lane][index + 1])
        else:
            lower = next((keys for keys in self._lanes[lane + 1 :] if keys), None)
            below = None if lower is None else _id(lower[0])
        return above, below

    def _check(self) -> None:
        """State every invariant."""
        seen = 0
        for index, lane in enumerate(self._lanes):
            assert list(lane) == sorted(lane)
            for key in lane:
                assert key[0] == index
                assert self._keys[_id(key)] == key
            assert self._sizes[index] == len(lane)
            seen += len(lane)
        assert seen == len(self._keys)


class Calendar:
    """For each id the next instant at which it changes, soonest first.

    An entry lies in a bucket of about four and a half minutes, and is sorted only when its bucket is the next: taking half of
    a million entries in one go costs a tenth of what a heap of all costs. Setting and clearing are O(1), but in the bucket
    that is sorted already O(its size), by moving memory, and before it O(log n).
    """

    __slots__ = ("_buckets", "_due", "_early", "_numbers", "_soon", "_sorted")

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._buckets: dict[int, dict[str, None]] = {}
        """Ids by the number of their bucket. A bucket that was emptied stays until its time has come."""
        self._numbers: list[int] = []
        """A heap of the numbers of buckets."""
        self._soon: list[tuple[int, str]] = []
        """What is due in the bucket that was sorted last, as (-instant, id): the next at the end."""
        self._sorted = -FOREVER
        """The number of the bucket that was sorted last."""
        self._early: list[tuple[int, str]] = []
        """A heap of what was set later to come before that bucket; entries that no longer hold are told by comparing."""

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
        if number < self._sorted:
            self._set_early(due, name)
        elif number == self._sorted:
            insort(self._soon, (-due, name))
        elif (bucket := self._buckets.get(number)) is not None:
            bucket[name] = None
        else:
            self._buckets[number] = {name: None}
            heapq.heappush(self._numbers, number)

    def _set_early(self, due: int, name: str) -> None:
        heapq.heappush(self._early, (due, name))
        if len(self._early) > 2 * len(self._due) + 1_000:
            self._early = sorted({entry for entry in self._early if self._due.get(entry[1]) == entry[0]})

    def clear(self, name: str) -> None:
        """The id no longer changes."""
        due = self._due.pop(name, None)
        if due is None:
            return
        number = due >> _BUCKET
        if number > self._sorted:
            self._buckets[number].pop(name)
        elif number == self._sorted:
            del self._soon[bisect_left(self._soon, (-due, name))]

    def next(self) -> int:
        """The next instant at which anything changes; `FOREVER` if nothing does. O(1) amortised."""
        early, soon, due = self._early, self._soon, self._due
        while early:
            at, name = early[0]
            if due.get(name) == at:
                return at
            heapq.heappop(early)
        while not soon:
            if not self._numbers:
                return FOREVER
            self._sorted = heapq.heappop(self._numbers)
            soon.extend(sorted((-due[name], name) for name in self._buckets.pop(self._sorted)))
        return -soon[-1][0]

    def pop(self, at: int) -> list[str]:
        """Take out the ids that change at exactly `at`, which `next` gave, in the order of ids."""
        early, soon, due = self._early, self._soon, self._due
        names = []
        while early and early[0][0] == at:
            name = heapq.heappop(early)[1]
            if due.get(name) == at:
                del due[name]
                names.append(name)
        if not names:
            while soon and soon[-1][0] == -at:
                name = soon.pop()[1]
                del due[name]
                names.append(name)
            names.reverse()
        return names

    def _check(self) -> None:
        """State every invariant."""
        filed = [(-at, name) for at, name in self._soon]
        filed += sorted({(at, name) for at, name in self._early if self._due.get(name) == at})
        assert all(at >> _BUCKET < self._sorted for at, _ in self._early)
        assert all(-at >> _BUCKET == self._sorted for at, _ in self._soon)
        assert self._soon == sorted(self._soon)
        for number, bucket in self._buckets.items():
            assert number > self._sorted
            filed += [(self._due[name], name) for name in bucket]
            assert all(self._due[name] >> _BUCKET == number for name in bucket)
        assert sorted(filed) == sorted((at, name) for name, at in self._due.items())
        assert sorted(self._buckets) == sorted(self._numbers)
