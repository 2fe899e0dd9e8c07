"""The ordered index is a sorted list of tuples (rule R1), whatever is added, moved and removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from records import Slip

from supportq._backlog import Backlog
from supportq._instants import FIRST, FOREVER, LAST, micros

LANES = 4
# Whatever an id may be: any script, up to 256 bytes, no control characters and no halves of surrogate pairs.
ids = st.one_of(
    st.sampled_from(["a", "b", "aa", "ab", "b\u00e9", "z" * 16, "z" * 17, "z" * 256, "\U0001f4a9" * 64]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(
        lambda name: len(name.encode()) <= 256
    ),
)
terms = st.sampled_from([0, 0, 1, -1, micros(FIRST), micros(LAST) - 1, FOREVER]) | st.integers(micros(FIRST), micros(LAST) - 1)
arrivals = st.sampled_from([0, 0, 1, micros(FIRST), micros(LAST) - 1])
places = st.tuples(st.integers(0, LANES - 1), terms, arrivals)
changes = st.lists(
    st.tuples(st.just("add"), ids, places)
    | st.tuples(st.just("add"), ids, places)
    | st.tuples(st.just("remove"), st.integers(0, 50), places)
    | st.tuples(st.just("load"), st.dictionaries(ids, places, max_size=5), places),
    max_size=40,
)


def compare(index: Backlog, slips: dict[str, Slip], model: dict[str, tuple[int, int, int]]) -> None:
    index._check(slips.values())
    line = sorted(model, key=lambda name: (*model[name], name))
    assert list(index) == line
    assert len(index) == len(line)
    lanes = [[name for name in line if model[name][0] == lane] for lane in range(LANES)]
    assert index.busy() == [number for number, lane in enumerate(lanes) if lane]
    for number, lane in enumerate(lanes):
        assert list(index.lane(number)) == lane
        assert index.size(number) == len(lane)
        if lane:
            assert index.first(number) == lane[0]
    for position, name in enumerate(line):
        slip = slips[name]
        assert index.lane_of(slip) == model[name][0]
        ahead = index.ahead_by_lane(slip)
        assert sum(ahead) == position
        assert ahead == [*(len(lane) for lane in lanes[: model[name][0]]), index.ahead_in_lane(slip)]
        above = line[position - 1] if position else None
        below = line[position + 1] if position + 1 < len(line) else None
        assert index.neighbours(slip) == (above, below)


@given(changes)
def test_the_index_is_a_sorted_list(told: list[tuple[str, object, tuple[int, int, int]]]) -> None:
    index = Backlog(LANES)
    slips: dict[str, Slip] = {}
    model: dict[str, tuple[int, int, int]] = {}

    def placed(name: str, place: tuple[int, int, int]) -> tuple[Slip, int, int]:
        model[name] = place
        lane, order, arrival = place
        slip = slips.setdefault(name, Slip(name))
        slip.arrival = arrival
        return slip, lane, order

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
