"""The ordered index and the calendar. Against plain lists and dicts: `tests/property/test_backlog_is_a_sorted_list.py`."""

from __future__ import annotations

import pytest

from supportq._backlog import Backlog, Calendar
from supportq._instants import FIRST, FOREVER, LAST, micros

MINUTE = 60_000_000


def backlog(*places: tuple[str, int, int, int], lanes: int = 3) -> Backlog:
    index = Backlog(lanes)
    for place in places:
        index.add(*place)
    index._check()
    return index


def test_an_empty_index() -> None:
    index = backlog()
    assert (len(index), list(index), index.busy(), "A1" in index) == (0, [], [], False)
    with pytest.raises(IndexError):
        index.first(0)
    with pytest.raises(KeyError):
        index.remove("A1")


def test_rank_is_lane_then_order_then_arrival_then_id() -> None:
    index = backlog(("id", 1, 5, 5), ("lane", 0, 9, 9), ("order", 1, 4, 9), ("arrival", 1, 5, 4), ("ia", 1, 5, 5))
    assert list(index) == ["lane", "order", "arrival", "ia", "id"]
    assert (list(index.lane(1)), index.size(1), index.busy(), index.first(1)) == (
        ["order", "arrival", "ia", "id"],
        4,
        [0, 1],
        "order",
    )
    assert index.ahead_by_lane("ia") == [1, 2]
    assert index.ahead_in_lane("ia") == 2


def test_what_never_comes_stands_last() -> None:
    """A ticket without departure, in a lane by departure."""
    index = backlog(("never", 0, FOREVER, 0), ("late", 0, micros(LAST), 0), ("early", 0, micros(FIRST), 0))
    assert list(index) == ["early", "late", "never"]


def test_a_new_place_replaces_the_old_one() -> None:
    index = backlog(("A1", 0, 1, 1), ("A1", 2, 1, 1), ("A1", 2, 1, 1))
    assert (len(index), index.lane_of("A1"), index.size(0), index.size(2)) == (1, 2, 0, 1)


def test_neighbours_reach_over_empty_lanes() -> None:
    index = backlog(("a", 0, 1, 1), ("b", 2, 1, 1), ("c", 2, 2, 2), lanes=4)
    assert [index.neighbours(name) for name in "abc"] == [(None, "b"), ("a", "c"), ("b", None)]


def test_long_ids_widen_the_index_and_keep_the_order() -> None:
    short, long, wide = "m", "m" * 256, "ž" * 128
    index = backlog((short, 0, 1, 1), ("l", 0, 1, 1))
    index.load([(long, 0, 1, 1), (wide, 1, 1, 1)])
    index._check()
    assert list(index) == ["l", short, long, wide]
    index.remove(long)
    assert list(index) == ["l", short, wide]


def test_loading_is_adding() -> None:
    places = [(f"A{number}", number % 3, number * 7 % 5, number) for number in range(50)]
    loaded = Backlog(3)
    loaded.load(places[:25])
    loaded.load(places[25:])
    loaded.load([])
    loaded._check()
    assert list(loaded) == list(backlog(*places))


def calendar(**entries: int) -> Calendar:
    dates = Calendar()
    for name, due in entries.items():
        dates.set(name, due)
    dates._check()
    return dates


def test_an_empty_calendar_never_rings() -> None:
    assert (calendar().next(), len(calendar()), calendar().get("a")) == (FOREVER, 0, FOREVER)


def test_entries_come_out_in_order_and_by_id_at_one_instant() -> None:
    dates = calendar(c=5, b=90 * MINUTE, a=5, d=5 + 1)
    out = []
    while (at := dates.next()) < FOREVER:
        out.append((at, dates.pop(at)))
        dates._check()
    assert out == [(5, ["a", "c"]), (6, ["d"]), (90 * MINUTE, ["b"])]


def test_forever_clears() -> None:
    dates = calendar(a=5, b=7)
    dates.set("a", FOREVER)
    dates.clear("nobody")
    assert (dates.next(), dict(dates.items())) == (7, {"b": 7})


def test_a_stale_entry_does_not_ring() -> None:
    """A defect of trial designs: the entry of a ticket already taken put it back into the line."""
    dates = calendar(a=5, b=100 * MINUTE)
    dates.set("a", 90 * MINUTE)
    dates.set("b", 5)
    assert (dates.next(), dates.pop(5)) == (5, ["b"])
    dates.clear("a")
    assert dates.next() == FOREVER
    dates._check()


def test_an_entry_may_come_back_to_an_instant_it_left() -> None:
    dates = calendar(a=5)
    for due in (9, 5, 9, 5):
        dates.set("a", due)
    dates.next()
    dates.clear("a")
    dates.set("a", 5)
    assert (dates.next(), dates.pop(5), dates.next()) == (5, ["a"], FOREVER)


def test_entries_that_are_due_at_once_are_found() -> None:
    """What is set into a minute that was already poured out must still ring in its order."""
    dates = calendar(a=10, b=20)
    assert dates.next() == 10
    dates.set("c", 15)
    dates.set("d", -5)
    assert [dates.pop(dates.next()) for _ in range(4)] == [["d"], ["a"], ["c"], ["b"]]


def test_changing_one_entry_for_ever_costs_no_memory() -> None:
    dates = calendar(other=10**12)
    for turn in range(20_000):
        dates.set("a", turn % 2)
        dates.set("b", (turn % 3) * 100 * MINUTE)
        if turn % 5 == 0:
            dates.next()
    dates._check()
    assert len(dates._soon) + len(dates._numbers) < 5_000
