"""The calendar of changes is a dict of instants, of which the least is next: whatever is set, cleared and taken out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from records import Slip

from supportq._backlog import Calendar
from supportq._instants import FOREVER

BUCKET = 1 << 28
names = st.sampled_from([f"T{number}" for number in range(12)])
# Instants in few buckets, at their edges, and before the epoch.
instants = st.builds(
    lambda bucket, offset: bucket * BUCKET + offset, st.integers(-2, 6), st.sampled_from([0, 1, 2, BUCKET - 1])
) | st.integers(-(10**15), 10**16)
changes = st.lists(
    st.tuples(st.just("set"), names, instants)
    | st.tuples(st.just("set"), names, instants)
    | st.tuples(st.just("clear"), names, st.just(0))
    | st.tuples(st.just("next"), st.just(""), st.just(0))
    | st.tuples(st.just("pop"), st.just(""), st.just(0)),
    max_size=60,
)


@given(changes)
def test_the_calendar_is_a_dict(told: list[tuple[str, str, int]]) -> None:
    calendar: Calendar[Slip] = Calendar()
    slips = {f"T{number}": Slip(f"T{number}") for number in range(12)}
    model: dict[str, int] = {}
    for what, name, due in told:
        match what:
            case "set":
                calendar.set(slips[name], due)
                model[name] = due
            case "clear":
                calendar.clear(slips[name])
                model.pop(name, None)
            case "next":
                assert calendar.next() == min(model.values(), default=FOREVER)
            case "pop" if model:
                first = min(model.values())
                assert calendar.next() == first
                rung = [slip.id for slip in calendar.pop(first)]
                assert rung == sorted(name for name, due in model.items() if due == first)
                model = {name: due for name, due in model.items() if due != first}
        calendar._check(slips.values())
        assert {name: slip.due for name, slip in slips.items() if slip.due < FOREVER} == model
    assert calendar.next() == min(model.values(), default=FOREVER)
