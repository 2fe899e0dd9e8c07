"""The ordered index and the calendar. Against plain lists and dicts: `tests/property/test_backlog_is_a_sorted_list.py`."""

from __future__ import annotations

import pytest
from records import Slip

from supportq._backlog import Backlog, Calendar
from supportq._instants import FIRST, FOREVER, LAST, micros

MINUTE = 60_000_000

Place = tuple[str, int, int, int]
"""Id, lane, order term and arrival."""


class Line:
    """An index, and its records by id."""

    def __init__(self, *places: Place, lanes: int = 3) -> None:
        self.index = Backlog(lanes)
        self.slips: dict[str, Slip] = {}
        for place in places:
            self.index.add(*self.placed(*place))
        self.check()

    def placed(self, name: str, lane: int, order: int, arrival: int) -> tuple[Slip, int, int, int]:
        slip = self.slips.setdefault(name, Slip(name))
        slip.arrival = arrival
        return slip, lane, order, 0

    def load(self, *places: Place) -> None:
        self.index.load([self.placed(*place) for place in places])
        self.check()

    def __getitem__(self, name: str) -> Slip:
        return self.slips[name]

    def check(self) -> None:
        self.index._check(self.slips.values())


def test_an_empty_index() -> None:
    index = Line().index
    assert (len(index), list(index), index.busy()) == (0, [], [])
    with pytest.raises(IndexError):
        index.first(0)
    for question in (index.remove, index.lane_of, index.ahead_by_lane, index.neighbours):
        with pytest.raises(KeyError, match="A1"):
            question(Slip("A1"))


def test_rank_is_lane_then_order_then_arrival_then_id() -> None:
    line = Line(("id", 1, 5, 5), ("lane", 0, 9, 9), ("order", 1, 4, 9), ("arrival", 1, 5, 4), ("ia", 1, 5, 5))
    index = line.index
    assert list(index) == ["lane", "order", "arrival", "ia", "id"]
    assert (list(index.lane(1)), index.size(1), index.busy(), index.first(1)) == (
        ["order", "arrival", "ia", "id"],
        4,
        [0, 1],
        "order",
    )
    assert index.ahead_by_lane(line["ia"]) == [1, 2]
    assert index.ahead_in_lane(line["ia"]) == 2


def test_what_never_comes_stands_last() -> None:
    """A ticket without departure, in a lane by departure."""
    line = Line(("never", 0, FOREVER, 0), ("late", 0, micros(LAST), 0), ("early", 0, micros(FIRST), 0))
    assert list(line.index) == ["early", "late", "never"]


def test_a_new_place_replaces_the_old_one() -> None:
    line = Line(("A1", 0, 1, 1), ("A1", 2, 1, 1), ("A1", 2, 1, 1))
    assert (len(line.index), line.index.lane_of(line["A1"]), line.index.size(0), line.index.size(2)) == (1, 2, 0, 1)


def test_neighbours_reach_over_empty_lanes() -> None:
    line = Line(("a", 0, 1, 1), ("b", 2, 1, 1), ("c", 2, 2, 2), lanes=4)
    assert [line.index.neighbours(line[name]) for name in "abc"] == [(None, "b"), ("a", "c"), ("b", None)]


def test_long_ids_keep_the_order() -> None:
    short, long, wide = "m", "m" * 256, "ž" * 128
    line = Line((short, 0, 1, 1), ("l", 0, 1, 1))
    line.load((long, 0, 1, 1), (wide, 1, 1, 1))
    assert list(line.index) == ["l", short, long, wide]
    line.index.remove(line[long])
    line.check()
    assert list(line.index) == ["l", short, wide]


def test_loading_is_adding() -> None:
    places = [(f"A{number}", number % 3, number * 7 % 5, number) for number in range(50)]
    loaded = Line()
    loaded.load(*places[:25])
    loaded.load(*places[25:])
    loaded.load()
    assert list(loaded.index) == list(Line(*places).index)


def test_loading_moves_those_who_stand_elsewhere() -> None:
    places = [(f"A{number}", number % 3, number * 7 % 5, number) for number in range(50)]
    moved = [(name, (lane + 1) % 3, order, arrival) for name, lane, order, arrival in places]
    for count in (1, 20, 50):
        line = Line(*places)
        line.load(*moved[:count])
        assert list(line.index) == list(Line(*moved[:count], *places[count:]).index)


class Dates:
    """A calendar, and its records by id."""

    def __init__(self, **entries: int) -> None:
        self.calendar: Calendar[Slip] = Calendar()
        self.slips: dict[str, Slip] = {}
        for name, due in entries.items():
            self.set(name, due)
        self.check()

    def __getitem__(self, name: str) -> Slip:
        return self.slips.setdefault(name, Slip(name))

    def set(self, name: str, due: int) -> None:
        self.calendar.set(self[name], due)

    def clear(self, name: str) -> None:
        self.calendar.clear(self[name])

    def next(self) -> int:
        return self.calendar.next()

    def pop(self, at: int) -> list[str]:
        return [slip.id for slip in self.calendar.pop(at)]

    def check(self) -> None:
        self.calendar._check(self.slips.values())


def test_an_empty_calendar_never_rings() -> None:
    assert (Dates().next(), Dates()["a"].due) == (FOREVER, FOREVER)


def test_entries_come_out_in_order_and_by_id_at_one_instant() -> None:
    dates = Dates(c=5, b=90 * MINUTE, a=5, d=5 + 1)
    out = []
    while (at := dates.next()) < FOREVER:
        out.append((at, dates.pop(at)))
        dates.check()
    assert out == [(5, ["a", "c"]), (6, ["d"]), (90 * MINUTE, ["b"])]


def test_forever_clears() -> None:
    dates = Dates(a=5, b=7)
    dates.set("a", FOREVER)
    dates.clear("nobody")
    assert (dates.next(), dates["a"].due, dates["b"].due) == (7, FOREVER, 7)


def test_a_stale_entry_does_not_ring() -> None:
    """A defect of trial designs: the entry of a ticket already taken put it back into the line."""
    dates = Dates(a=5, b=100 * MINUTE)
    dates.set("a", 90 * MINUTE)
    dates.set("b", 5)
    assert (dates.next(), dates.pop(5)) == (5, ["b"])
    dates.clear("a")
    assert dates.next() == FOREVER
    dates.check()


def test_an_entry_may_come_back_to_an_instant_it_left() -> None:
    dates = Dates(a=5)
    for due in (9, 5, 9, 5):
        dates.set("a", due)
    dates.next()
    dates.clear("a")
    dates.set("a", 5)
    dates.set("a", 9)
    dates.set("a", 5)
    assert (dates.next(), dates.pop(5), dates.next()) == (5, ["a"], FOREVER)


def test_records_of_one_id_may_be_set_one_after_the_other_to_one_instant() -> None:
    """A ticket that another request joins gets a new record; the calendar may still hold a dead entry of the old one."""
    dates, old, new = Dates(a=5, b=6), Slip("x"), Slip("x")
    dates.next()
    dates.calendar.set(old, 6)
    dates.calendar.clear(old)
    dates.calendar.set(new, 6)
    assert [dates.pop(dates.next()) for _ in range(2)] == [["a"], ["b", "x"]]
    assert (old.due, new.due) == (FOREVER, FOREVER)


def test_entries_that_are_due_at_once_are_found() -> None:
    """What is set into a minute that was already poured out must still ring in its order."""
    dates = Dates(a=10, b=20)
    assert dates.next() == 10
    dates.set("c", 15)
    dates.set("d", -5)
    assert [dates.pop(dates.next()) for _ in range(4)] == [["d"], ["a"], ["c"], ["b"]]


def test_changing_one_entry_for_ever_costs_no_memory() -> None:
    dates = Dates(other=10**12)
    for turn in range(20_000):
        dates.set("a", turn % 2)
        dates.set("b", (turn % 3) * 100 * MINUTE)
        if turn % 5 == 0:
            dates.next()
    dates.check()
    calendar = dates.calendar
    assert len(calendar._soon) + len(calendar._early) + len(calendar._numbers) < 5_000
