"""The ordered indexes of waiting tickets and the calendar of changes to come. The only module that knows the container.

A ticket's place is a string of bytes: lane, order term, arrival and id, most significant first. Comparing two such keys is
comparing two ranks (rule R1), so nothing is called and nothing is built while the lists are kept in order.

The backlog and the calendar keep what they know of a ticket in its record, `key` and `due`. With a million tickets, looking it
up in a dictionary of their own would cost more than the work itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    """What the index needs of a record: `key` and `slot` are the index's; `key` is `None` while the ticket stands nowhere."""

    @property
    def id(self) -> str:
        """The ticket's id."""

    @property
    def arrival(self) -> int:
        """The arrival that ranks it."""

    key: bytes | None
    slot: int
    """Of which lane and queue the key is; the index's, too."""


class Timed(Protocol):
    """What the calendar needs of a record: `due` is the calendar's, `FOREVER` while nothing is due."""

    @property
    def id(self) -> str:
        """The id of the ticket, or the name of the agent."""

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


_NONE: Final = _sorted_list(())
"""A list that nobody has ever stood in."""


class Backlog:
    """Waiting tickets in rank order, one sorted list of keys per lane and queue.

    A queue is what one set of agents may work; a desk without teams has one, number 0. Adding, removing and counting what
    stands ahead are O(log n). The index knows nothing of time or policy. Methods about a ticket that does not wait raise
    `KeyError`.
    """

    __slots__ = ("_count", "_lists", "_sizes", "_waiting")

    def __init__(self, lanes: int, queues: int = 1) -> None:
        self._count: Final = lanes
        # Most lanes of most teams are empty, and an empty list of the container takes a kilobyte.
        self._lists: list[SortedList[bytes]] = [_NONE] * (lanes * queues)
        self._sizes = [0] * (lanes * queues)
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def __iter__(self) -> Iterator[str]:
        """Ids in rank order, whatever their queues; O(n)."""
        for lane in range(self._count):
            yield from self.lane(lane, range(len(self._sizes) // self._count))

    def add(self, ticket: Placed, lane: int, order: int, queue: int = 0) -> None:
        """Put a ticket in its place, out of its old one if it has one."""
        old = ticket.key
        slot = queue * self._count + lane
        if old is None:
            key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + ticket.id.encode()
            self._waiting += 1
        else:
            key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + old[_ID:]
            before = ticket.slot
            if old == key and before == slot:
                return
            self._lists[before].remove(old)
            self._sizes[before] -= 1
        ticket.key, ticket.slot = key, slot
        held = self._lists[slot]
        if held is _NONE:
            held = self._lists[slot] = _sorted_list(())
        held.add(key)
        self._sizes[slot] += 1

    def load(self, places: Iterable[tuple[Placed, int, int, int]]) -> None:
        """Put many tickets in their places at once, out of their old ones if they have any: sorting beats inserting.

        Each with its lane, order term and queue. O(k log k) for k tickets, and O(n) where they are many of n.
        """
        added: dict[int, list[bytes]] = {}
        left: dict[int, list[bytes]] = {}
        count = self._count
        for ticket, lane, order, queue in places:
            old = ticket.key
            slot = queue * count + lane
            if old is None:
                key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + ticket.id.encode()
                self._waiting += 1
            else:
                key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + old[_ID:]
                if old == key and ticket.slot == slot:
                    continue
                left.setdefault(ticket.slot, []).append(old)
            ticket.key, ticket.slot = key, slot
            if (fresh := added.get(slot)) is None:
                added[slot] = [key]
            else:
                fresh.append(key)
        for slot in {**added, **left}:
            self._exchange(slot, added.get(slot, []), left.get(slot, []))

    def _exchange(self, slot: int, fresh: list[bytes], stale: list[bytes]) -> None:
        """Put keys into a list and take others out, anew where they are many."""
        held = self._lists[slot]
        self._sizes[slot] += len(fresh) - len(stale)
        if 8 * (len(fresh) + len(stale)) > len(held):
            gone = frozenset(stale)
            self._lists[slot] = _sorted_list([*filterfalse(gone.__contains__, held), *fresh])
        else:
            for key in stale:
                held.remove(key)
            for key in fresh:
                held.add(key)

    def remove(self, ticket: Placed) -> None:
        """Take a ticket out."""
        key = _key(ticket)
        ticket.key = None
        slot = ticket.slot
        self._lists[slot].remove(key)
        self._sizes[slot] -= 1
        self._waiting -= 1

    def lane_of(self, ticket: Placed) -> int:
        """The lane in which a ticket waits."""
        key = ticket.key
        if key is None:
            raise KeyError(ticket.id)
        return key[0]

    def order_of(self, ticket: Placed) -> int:
        """The term that orders a ticket in its lane."""
        return int.from_bytes(_key(ticket)[1:9], "big") - _ZERO

    def size(self, lane: int, queues: Iterable[int] = (0,)) -> int:
        """How many wait in a lane; O(queues)."""
        sizes, count = self._sizes, self._count
        return sum(sizes[queue * count + lane] for queue in queues)

    def busy(self, queues: Collection[int] = (0,)) -> list[int]:
        """The lanes that are not empty, in rank order."""
        return [lane for lane in range(self._count) if self.size(lane, queues)]

    def first_lane(self) -> int | None:
        """The first lane of queue 0 that is not empty; `None` if all are."""
        for lane in range(self._count):
            if self._sizes[lane]:
                return lane
        return None

    def first(self, lane: int, queues: Sequence[int] = (0,)) -> str:
        """The first ticket of a lane that is not empty; O(queues)."""
        if len(queues) == 1:
            return _id(self._lists[queues[0] * self._count + lane][0])
        return _id(min(held[0] for held in self._in(lane, queues)))

    def best(self, queues: Collection[int]) -> str | None:
        """The first ticket of some queues, in whatever lane; `None` where nobody waits. O(lanes x queues)."""
        for lane in range(self._count):
            if held := self._in(lane, queues):
                return _id(min(keys[0] for keys in held))
        return None

    def lane(self, lane: int, queues: Iterable[int] = (0,)) -> Iterator[str]:
        """The ids of a lane in rank order."""
        lists = self._in(lane, queues)
        return map(_id, lists[0] if len(lists) == 1 else heapq.merge(*lists))

    def ahead_in_lane(self, ticket: Placed, queues: Iterable[int] = (0,)) -> int:
        """How many stand before a ticket in its own lane; O(queues x log n)."""
        key = _key(ticket)
        lane = key[0]
        return sum(self._lists[queue * self._count + lane].bisect_left(key) for queue in queues)

    def ahead_of(self, ticket: Placed, lane: int, order: int, queues: Iterable[int] = (0,)) -> int:
        """How many stand in a lane before the place that a ticket would have there; O(queues x log n)."""
        key = _place(lane, order + _ZERO, ticket.arrival + _ZERO) + ticket.id.encode()
        return sum(self._lists[queue * self._count + lane].bisect_left(key) for queue in queues)

    def ahead_by_lane(self, ticket: Placed, queues: Collection[int] = (0,)) -> list[int]:
        """How many stand before a ticket, by lane from the first to its own; O(queues x log n)."""
        lane = self.lane_of(ticket)
        return [*(self.size(above, queues) for above in range(lane)), self.ahead_in_lane(ticket, queues)]

    def neighbours(self, ticket: Placed, queues: Collection[int] = (0,)) -> tuple[str | None, str | None]:
        """The tickets next above and below in rank, across lanes; O(lanes x queues x log n)."""
        key, lane = _key(ticket), self.lane_of(ticket)
        above: list[bytes] = []
        below: list[bytes] = []
        for held in self._in(lane, queues):
            index = held.bisect_left(key)
            above += held[max(0, index - 1) : index]
            after = index + (index < len(held) and held[index] == key)
            below += held[after : after + 1]
        for upper in range(lane - 1, -1, -1):
            above = above or [held[-1] for held in self._in(upper, queues)]
        for lower in range(lane + 1, self._count):
            below = below or [held[0] for held in self._in(lower, queues)]
        return (_id(max(above)) if above else None), (_id(min(below)) if below else None)

    def _in(self, lane: int, queues: Iterable[int]) -> list[SortedList[bytes]]:
        """The lists of a lane that are not empty."""
        return [held for queue in queues if (held := self._lists[queue * self._count + lane])]

    def _check(self, tickets: Collection[Placed]) -> None:
        """State every invariant; `tickets` are all that there are."""
        by_id = {ticket.id: ticket for ticket in tickets}
        for slot, held in enumerate(self._lists):
            assert list(held) == sorted(held)
            for key in held:
                assert key[0] == slot % self._count
                assert by_id[_id(key)].key == key
                assert by_id[_id(key)].slot == slot
            assert self._sizes[slot] == len(held)
        assert not _NONE
        assert len(self) == sum(self._sizes) == sum(ticket.key is not None for ticket in tickets)


_NOBODYS: Final[Mapping[int, SortedList[bytes]]] = {}


class ByAgent:
    """Waiting tickets by the one agent for whom they wait, in rank order: a sorted list of keys per agent and queue.

    A ticket stands here as it does in the backlog, and is put anew when it stands elsewhere there. Putting and removing are
    O(log n). Few tickets wait for one agent, so what is known of each is kept here and not in its record.
    """

    __slots__ = ("_lists", "places")

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, int, bytes]] = {}
        """The agent, queue and key of each ticket that waits for one agent, by its id."""
        self._lists: dict[str, dict[int, SortedList[bytes]]] = {}

    def put(self, ticket: Placed, agent: str, queue: int) -> None:
        """A ticket of the backlog waits for an agent, and for no other."""
        key = _key(ticket)
        place = agent, queue, key
        before = self.places.get(ticket.id)
        if before == place:
            return
        if before is not None:
            self.discard(ticket.id)
        self.places[ticket.id] = place
        lists = self._lists.setdefault(agent, {})
        if queue not in lists:
            lists[queue] = _sorted_list(())
        lists[queue].add(key)

    def discard(self, ticket_id: str) -> None:
        """A ticket waits for no one agent any more. Raises `KeyError` if it did not."""
        agent, queue, key = self.places.pop(ticket_id)
        lists = self._lists[agent]
        held = lists[queue]
        held.remove(key)
        if not held:
            del lists[queue]
            if not lists:
                del self._lists[agent]

    def agent_of(self, ticket_id: str) -> str | None:
        """The agent for whom a ticket waits; `None` if that is no one agent."""
        place = self.places.get(ticket_id)
        return None if place is None else place[0]

    def queues(self, agent: str) -> Collection[int]:
        """The queues of the tickets that wait for an agent."""
        return self._lists.get(agent, _NOBODYS).keys()

    def line(self, agent: str, queues: Collection[int], lane: int = 0) -> Iterator[str]:
        """The ids of those that wait for an agent in some queues, in rank order from a lane on.

        The first costs O(queues x log n), each further one O(log queues).
        """
        lists, start = self._lists.get(agent, _NOBODYS), bytes((lane,))
        return map(_id, heapq.merge(*(lists[queue].irange(start) for queue in queues if queue in lists)))

    def _check(self, waiting: Mapping[str, tuple[str, int, bytes]]) -> None:
        """State every invariant; `waiting` are the agent, queue and key of all tickets that wait for one agent, by id."""
        assert self.places == waiting
        lines: dict[tuple[str, int], list[bytes]] = {}
        for agent, queue, key in waiting.values():
            lines.setdefault((agent, queue), []).append(key)
        held = {(agent, queue): [*keys] for agent, lists in self._lists.items() for queue, keys in lists.items()}
        assert held == {place: sorted(keys) for place, keys in lines.items()}
        assert all(self._lists.values())


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
