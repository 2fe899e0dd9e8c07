"""The ordered index is a sorted list of tuples (rule R1), whatever is added, moved and removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from records import Slip

from supportq._backlog import Backlog
from supportq._instants import FIRST, FOREVER, LAST, micros

LANES, QUEUES = 4, 3
Place = tuple[int, int, int, int]
"""Lane, order term, arrival and queue."""
# Whatever an id may be: any script, up to 256 bytes, no control characters and no halves of surrogate pairs.
ids = st.one_of(
    st.sampled_from(["a", "b", "aa", "ab", "b\u00e9", "z" * 16, "z" * 17, "z" * 256, "\U0001f4a9" * 64]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(
        lambda name: len(name.encode()) <= 256
    ),
)
terms = st.sampled_from([0, 0, 1, -1, micros(FIRST), micros(LAST) - 1, FOREVER]) | st.integers(micros(FIRST), micros(LAST) - 1)
arrivals = st.sampled_from([0, 0, 1, micros(FIRST), micros(LAST) - 1])
places = st.tuples(st.integers(0, LANES - 1), terms, arrivals, st.integers(0, QUEUES - 1))
changes = st.lists(
    st.tuples(st.just("add"), ids, places)
    | st.tuples(st.just("add"), ids, places)
    | st.tuples(st.just("remove"), st.integers(0, 50), places)
    | st.tuples(st.just("load"), st.dictionaries(ids, places, max_size=5), places),
    max_size=40,
)


def compare(index: Backlog, slips: dict[str, Slip], model: dict[str, Place]) -> None:
    index._check(slips.values())
    line = sorted(model, key=lambda name: (*model[name], name))
    assert list(index) == sorted(line, key=lambda name: (*model[name][:3], name))
    assert len(index) == len(line)
    for slip in map(slips.__getitem__, line):
        lane, order, *_ = model[slip.id]
        assert (index.lane_of(slip), index.order_of(slip)) == (lane, order)
    for queues in ((0,), (1,), (2, 0), (0, 1, 2)):
        compare_of(index, slips, {name: place[:3] for name, place in model.items() if place[3] in queues}, queues)


def compare_of(index: Backlog, slips: dict[str, Slip], model: dict[str, tuple[int, int, int]], queues: tuple[int, ...]) -> None:
    """What somebody sees who may work some of the queues."""
    line = sorted(model, key=lambda name: (*model[name], name))
    lanes = [[name for name in line if model[name][0] == lane] for lane in range(LANES)]
    assert index.busy(queues) == [number for number, lane in enumerate(lanes) if lane]
    assert index.best(queues) == next(iter(line), None)
    if queues == (0,):
        assert index.first_lane() == next(iter(index.busy(queues)), None)
    for number, lane in enumerate(lanes):
        assert list(index.lane(number, queues)) == lane
        assert index.size(number, queues) == len(lane)
        if lane:
            assert index.first(number, queues) == lane[0]
    for position, name in enumerate(line):
        slip = slips[name]
        ahead = index.ahead_by_lane(slip, queues)
        assert sum(ahead) == position
        assert ahead == [*(len(lane) for lane in lanes[: model[name][0]]), index.ahead_in_lane(slip, queues)]
        above = line[position - 1] if position else None
        below = line[position + 1] if position + 1 < len(line) else None
        assert index.neighbours(slip, queues) == (above, below)


@given(changes)
def test_the_index_is_a_sorted_list(told: list[tuple[str, object, Place]]) -> None:
    index = Backlog(LANES, QUEUES)
    slips: dict[str, Slip] = {}
    model: dict[str, Place] = {}

    def placed(name: str, place: Place) -> tuple[Slip, int, int, int]:
        model[name] = place
        lane, order, arrival, queue = place
        slip = slips.setdefault(name, Slip(name))
        slip.arrival = arrival
        return slip, lane, order, queue

    for what, which, place in told:
        if what == "add":
            index.add(*placed(str(which), place))
        elif what == "remove" and model:
            name = sorted(model)[int(str(which)) % len(model)]
            index.remove(slips[name])
            del model[name]
        elif what == "load":
            assert isinstance(which, dict)
            index.load([placed(name, place) for name, place in which.items()])
        compare(index, slips, model)
