"""The ordered index of waiting tickets and the calendar of changes to come. The only module that knows the container.

A ticket's place is a string of bytes: lane, order term, arrival and id, most significant first. Comparing two such keys is
comparing two ranks (rule R1), so nothing is called and nothing is built while the lists are kept in order.

Both keep what they know of a ticket in its record, `key` and `due`. With a million tickets, looking it up in a dictionary of
their own would cost more than the work itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from itertools import filterfalse
from operator import attrgetter
from struct import Struct
from typing import Final, Generic, Protocol, TypeVar

from sortedcontainers import SortedList

from supportq._instants import FOREVER

_place: Final = Struct(">BQQ").pack
"""Lane, order term and arrival, so that bytes compare as the three numbers do."""
_ID: Final = 17
"""Where the id begins, in UTF-8, which keeps the order of characters."""
_ZERO: Final = 1 << 62
"""Added to instants, which makes all of them positive, those before any head start too."""

_PIECE: Final = 250
_BUCKET: Final = 28
"""Instants that agree but for these low bits share a bucket of the calendar: about four and a half minutes."""


class Placed(Protocol):
    """What the index needs of a record: `key` is the index's, `None` while the ticket stands nowhere."""

    @property
    def id(self) -> str:
        """The ticket's id."""

    @property
    def arrival(self) -> int:
        """The arrival that ranks it."""

    key: bytes | None


class Timed(Protocol):
    """What the calendar needs of a record: `due` is the calendar's, `FOREVER` while nothing is due."""

    @property
    def id(self) -> str:
        """The ticket's id."""

    due: int


Record = TypeVar("Record", bound=Timed)


def _id(key: bytes) -> str:
    return key[_ID:].decode()


def _key(ticket: Placed) -> bytes:
    key = ticket.key
    if key is None:
        raise KeyError(ticket.id)
    return key


def _sorted_list(keys: Iterable[bytes]) -> SortedList[bytes]:
    """The container, in pieces of 250 to 500 keys: a quarter of what is usual, since tickets leave at the front."""
    held: SortedList[bytes] = SortedList()
    held._reset(_PIECE)
    held.update(keys)
    return held


class Backlog:
    """Waiting tickets in rank order, one sorted list of keys per lane.

    Adding, removing and counting what stands ahead are O(log n). The index knows nothing of time or policy. Methods about a
    ticket that does not wait raise `KeyError`.
    """

    __slots__ = ("_lanes", "_sizes")

    def __init__(self, lanes: int) -> None:
        self._lanes = [_sorted_list(()) for _ in range(lanes)]
        self._sizes = [0] * lanes

    def __len__(self) -> int:
        return sum(self._sizes)

    def __iter__(self) -> Iterator[str]:
        """Ids in rank order; O(n)."""
        for lane in range(len(self._lanes)):
            yield from self.lane(lane)

    def add(self, ticket: Placed, lane: int, order: int) -> None:
        """Put a ticket in its place, out of its old one if it has one."""
        old = ticket.key
        if old is None:
            key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + ticket.id.encode()
        else:
            key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + old[_ID:]
            if old == key:
                return
            self._lanes[old[0]].remove(old)
            self._sizes[old[0]] -= 1
        ticket.key = key
        self._lanes[lane].add(key)
        self._sizes[lane] += 1

    def load(self, places: Iterable[tuple[Placed, int, int]]) -> None:
        """Put many tickets in their places at once, out of their old ones if they have any: sorting beats inserting.

        O(k log k) for k tickets, and O(n) where they are many of n.
        """
        added: list[list[bytes]] = [[] for _ in self._lanes]
        left: list[list[bytes]] = [[] for _ in self._lanes]
        for ticket, lane, order in places:
            old = ticket.key
            if old is None:
                key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + ticket.id.encode()
            else:
                key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + old[_ID:]
                if old == key:
                    continue
                left[old[0]].append(old)
            ticket.key = key
            added[lane].append(key)
        for lane, (fresh, stale) in enumerate(zip(added, left, strict=True)):
            self._exchange(lane, fresh, stale)

    def _exchange(self, lane: int, fresh: list[bytes], stale: list[bytes]) -> None:
        """Put keys into a lane and take others out, anew where they are many."""
        held = self._lanes[lane]
        self._sizes[lane] += len(fresh) - len(stale)
        if 8 * (len(fresh) + len(stale)) > len(held):
            gone = frozenset(stale)
            self._lanes[lane] = _sorted_list([*filterfalse(gone.__contains__, held), *fresh])
        else:
            for key in stale:
                held.remove(key)
            for key in fresh:
                held.add(key)

    def remove(self, ticket: Placed) -> None:
        """Take a ticket out."""
        key = _key(ticket)
        ticket.key = None
        lane = key[0]
        self._lanes[lane].remove(key)
        self._sizes[lane] -= 1

    def lane_of(self, ticket: Placed) -> int:
        """The lane in which a ticket waits."""
        key = ticket.key
        if key is None:
            raise KeyError(ticket.id)
        return key[0]

    def size(self, lane: int) -> int:
        """How many wait in a lane; O(1)."""
        return self._sizes[lane]

    def busy(self) -> list[int]:
        """The lanes that are not empty, in rank order."""
        return [lane for lane, size in enumerate(self._sizes) if size]

    def first_lane(self) -> int | None:
        """The first lane that is not empty; `None` if all are."""
        for lane, size in enumerate(self._sizes):
            if size:
                return lane
        return None

    def first(self, lane: int) -> str:
        """The first ticket of a lane; `IndexError` if it is empty."""
        return _id(self._lanes[lane][0])

    def lane(self, lane: int) -> Iterator[str]:
        """The ids of a lane in rank order."""
        return map(_id, self._lanes[lane])

    def ahead_in_lane(self, ticket: Placed) -> int:
        """How many stand before a ticket in its own lane; O(log n)."""
        key = _key(ticket)
        return int(self._lanes[key[0]].bisect_left(key))

    def ahead_of(self, ticket: Placed, lane: int, order: int) -> int:
        """How many stand in a lane before the place that a ticket would have there; O(log n)."""
        key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + ticket.id.encode()
        return int(self._lanes[lane].bisect_left(key))

    def ahead_by_lane(self, ticket: Placed) -> list[int]:
        """How many stand before a ticket, by lane from the first to its own; O(log n)."""
        lane = self.lane_of(ticket)
        return [*self._sizes[:lane], self.ahead_in_lane(ticket)]

    def neighbours(self, ticket: Placed) -> tuple[str | None, str | None]:
        """The tickets next above and below in rank, across lanes; O(log n)."""
        lane, index = self.lane_of(ticket), self.ahead_in_lane(ticket)
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

    def _check(self, tickets: Collection[Placed]) -> None:
        """State every invariant; `tickets` are all that there are."""
        by_id = {ticket.id: ticket for ticket in tickets}
        for index, lane in enumerate(self._lanes):
            assert list(lane) == sorted(lane)
            for key in lane:
                assert key[0] == index
                assert by_id[_id(key)].key == key
            assert self._sizes[index] == len(lane)
        assert len(self) == sum(ticket.key is not None for ticket in tickets)


_by_id: Final = attrgetter("id")
_by_due: Final = attrgetter("due")


class Calendar(Generic[Record]):
    """For each record the next instant at which it changes, soonest first.

    A record lies in a bucket of about four and a half minutes, and is sorted only when its bucket is the next: taking half of
    a million in one go costs a tenth of what a heap of all costs. Setting and clearing are O(1), and O(log n) in the bucket
    that is sorted already.
    """

    __slots__ = ("_buckets", "_early", "_early_limit", "_numbers", "_serial", "_soon", "_soon_due", "_sorted")

    def __init__(self) -> None:
        self._buckets: dict[int, Record | dict[Record, None]] = {}
        """Records by the number of their bucket; most hold one. A bucket that was emptied stays until its time has come."""
        self._numbers: list[int] = []
        """A heap of the numbers of buckets."""
        self._sorted = -FOREVER
        """The number of the bucket that was sorted last."""
        self._soon: list[Record] = []
        """What that bucket held, the next at the end. Entries that no longer hold are told by comparing."""
        self._soon_due: list[int] = []
        """The instants of those, negative so that they ascend."""
        self._early: list[tuple[int, int, Record]] = []
        """A heap of what was set later to come in that bucket or before it, likewise; serial numbers break ties."""
        self._serial = 0
        self._early_limit = 1_000

    def set(self, record: Record, due: int) -> None:
        """The record changes at `due`, and at no other instant; `FOREVER` clears it."""
        if record.due == due:
            return
        if record.due < FOREVER:
            self.clear(record)
        if due >= FOREVER:
            return
        record.due = due
        number = due >> _BUCKET
        if number <= self._sorted:
            self._set_early(record)
        elif (bucket := self._buckets.get(number)) is None:
            self._buckets[number] = record
            heapq.heappush(self._numbers, number)
        elif isinstance(bucket, dict):
            bucket[record] = None
        else:
            self._buckets[number] = {bucket: None, record: None}

    def _set_early(self, record: Record) -> None:
        self._serial += 1
        heapq.heappush(self._early, (record.due, self._serial, record))
        if len(self._early) > self._early_limit:
            held = {record: entry for entry in self._early if (record := entry[2]).due == entry[0]}
            self._early = sorted(held.values())
            self._early_limit = 2 * len(held) + 1_000

    def clear(self, record: Record) -> None:
        """The record no longer changes."""
        due = record.due
        if due < FOREVER:
            record.due = FOREVER
            if (number := due >> _BUCKET) > self._sorted:
                bucket = self._buckets[number]
                if isinstance(bucket, dict):
                    del bucket[record]
                else:
                    self._buckets[number] = {}

    def next(self) -> int:
        """The next instant at which anything changes; `FOREVER` if nothing does. O(1) amortised."""
        early, soon, dues = self._early, self._soon, self._soon_due
        while early and early[0][2].due != early[0][0]:
            heapq.heappop(early)
        while soon and soon[-1].due != -dues[-1]:
            soon.pop()
            dues.pop()
        if early:
            return min(early[0][0], -dues[-1]) if soon else early[0][0]
        while not soon:
            if not self._numbers:
                return FOREVER
            self._sorted = heapq.heappop(self._numbers)
            bucket = self._buckets.pop(self._sorted)
            soon.extend(sorted(bucket, key=_by_due, reverse=True) if isinstance(bucket, dict) else [bucket])
            dues.extend([-record.due for record in soon])
        return -dues[-1]

    def pop(self, at: int) -> list[Record]:
        """Take out the records that change at exactly `at`, which `next` gave, in the order of ids."""
        early, soon, dues = self._early, self._soon, self._soon_due
        found = []
        while dues and dues[-1] == -at:
            dues.pop()
            found.append(soon.pop())
        while early and early[0][0] == at:
            found.append(heapq.heappop(early)[2])
        held = []
        for record in found:
            # What was set away from here is no longer due, and what was set back stands here twice.
            if record.due == at:
                record.due = FOREVER
                held.append(record)
        if len(held) > 1:
            held.sort(key=_by_id)
        return held

    def _check(self, records: Collection[Record]) -> None:
        """State every invariant; `records` are all that there are."""
        filed: dict[Record, int] = {}
        for at, _, record in self._early:
            assert at >> _BUCKET <= self._sorted
            filed |= {record: at} if record.due == at else {}
        for negative, record in zip(self._soon_due, self._soon, strict=True):
            assert -negative >> _BUCKET == self._sorted
            filed |= {record: record.due} if record.due == -negative else {}
        assert self._soon_due == sorted(self._soon_due)
        for number, bucket in self._buckets.items():
            assert number > self._sorted
            records_in = bucket if isinstance(bucket, dict) else [bucket]
            assert all(record.due >> _BUCKET == number for record in records_in)
            filed |= {record: record.due for record in records_in}
        assert filed == {record: record.due for record in records if record.due < FOREVER}
        assert sorted(self._buckets) == sorted(self._numbers)
