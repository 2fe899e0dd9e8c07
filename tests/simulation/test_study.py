"""Several runs: what they show, and that it hangs on nothing but their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportq import InvalidValue, Lane, Policy, when
from supportq.simulation import (
    Exponential,
    Findings,
    Goal,
    Law,
    Model,
    Poisson,
    Rates,
    ReplicationFailed,
    Service,
    Study,
    UntilNarrow,
    always,
    interval,
)

START = datetime(2020, 3, 16, tzinfo=UTC)
DAY = timedelta(days=1)
DESK = Model(
    policy=Policy((Lane("gold", when.kind("gold")), Lane("plain"))),
    sources=(Poisson(rates=Rates.flat(60), kinds={"gold": 1, "plain": 2}),),
    workforce=always(3),
    service=Service(usual=Exponential(3600)),
)
STUDY = Study(start=START, until=START + 2 * DAY, warmup=DAY / 2, replications=4)


class Here(Executor):
    """Runs everything at once, in this thread."""

    def submit(self, work: Any, /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **named))
        except Exception as error:  # noqa: BLE001  # as executors do
            future.set_exception(error)
        return future


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [((1, 2, 3, 4), 0.445739743, 4.554260257), ((1, 3), -10.70620474, 14.70620474), ((5, 5, 5), 5, 5)],
)
def test_a_range_is_that_of_students_t(values: Sequence[float], low: float, high: float) -> None:
    found = interval(list(values))
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)


def test_one_run_tells_nothing_of_the_range() -> None:
    assert interval([3.0]).half_width is None
    with pytest.raises(InvalidValue):
        interval([])


def test_what_is_found_does_not_hang_on_the_executor() -> None:
    here = STUDY.run(DESK, executor=Here())
    with ThreadPoolExecutor(3) as pool:
        assert repr(STUDY.run(DESK, executor=pool)) == repr(here)
    assert list(here.runs) == [1, 2, 3, 4]
    assert here["wait mean"].count == 4


@pytest.mark.slow
def test_two_and_eight_workers_find_what_one_does_to_the_byte() -> None:
    here = repr(STUDY.run(DESK, executor=Here()))
    for workers in (2, 8):
        with ProcessPoolExecutor(workers) as pool:
            assert repr(STUDY.run(DESK, executor=pool)) == here
    assert repr(STUDY.run(DESK)) == here


def test_models_are_compared_on_the_same_clients() -> None:
    found = STUDY.compare({"three": DESK, "four": replace(DESK, workforce=always(4))}, executor=Here())
    assert [found.findings[name]["tickets"].mean for name in ("three", "four")] == [found.findings["three"]["tickets"].mean] * 2
    gained = found.difference("four", "occupancy")
    assert gained.mean < 0
    assert gained.excludes_zero
    apart = found.findings["four"]["occupancy"], found.findings["three"]["occupancy"]
    assert gained.half_width is not None
    assert gained.half_width < sum(one.half_width or 0 for one in apart)
    assert found.difference("three", "wait mean").mean == 0
    assert not found.difference("three", "wait mean").excludes_zero
    with pytest.raises(KeyError):
        found.difference("four", "nothing")


def test_it_runs_until_the_range_is_as_narrow_as_asked() -> None:
    narrow = UntilNarrow(measure="wait mean", half_width=0.35, at_most=60)
    found = replace(STUDY, replications=narrow).run(DESK, executor=Here())
    reach = found["wait mean"].half_width
    assert reach is not None
    assert reach <= 0.35
    assert 5 < len(found.runs) < 60
    with pytest.raises(InvalidValue, match="is none of this study"):
        replace(STUDY, replications=replace(narrow, measure="nothing")).run(DESK, executor=Here())


@pytest.mark.slow
def test_the_fewest_agents_meet_the_goal_on_fresh_seeds_and_two_fewer_do_not() -> None:
    goal, study = Goal(measure="wait p90", at_most=0.5), replace(STUDY, replications=8)
    count = study.staff_for(goal, lambda agents: replace(DESK, workforce=always(agents)), most=7, executor=Here())
    fresh = replace(study, seed=500)
    assert goal.is_met(fresh.run(replace(DESK, workforce=always(count)), executor=Here())["wait p90"])
    assert not goal.is_met(fresh.run(replace(DESK, workforce=always(count - 2)), executor=Here())["wait p90"])


def test_a_goal_that_so_many_agents_do_not_meet_is_refused() -> None:
    goal = Goal(measure="wait p90", at_most=0.5)
    with pytest.raises(InvalidValue, match="allow more"):
        STUDY.staff_for(goal, lambda agents: replace(DESK, workforce=always(agents)), most=2, executor=Here())


@dataclass(frozen=True)
class Breaking:
    """Handling times that fail in one run."""

    mean: float = 1.0

    def quantile(self, share: float) -> float:
        raise ZeroDivisionError(share)


def test_a_run_that_fails_is_told_with_its_seed() -> None:
    law: Law = Breaking()
    with pytest.raises(ReplicationFailed, match="seed=1") as failed:
        STUDY.run(replace(DESK, service=Service(usual=law)), executor=Here())
    assert (failed.value.seed, failed.value.model) == (1, "model")


@pytest.mark.slow
def test_a_run_that_fails_in_a_worker_is_told_with_its_seed() -> None:
    with ProcessPoolExecutor(2) as pool, pytest.raises(ReplicationFailed) as failed:
        STUDY.run(replace(DESK, service=Service(usual=Breaking())), executor=pool)
    assert failed.value.seed in range(1, 5)


def test_stopping_early_keeps_what_is_done() -> None:
    def stop(done: int, total: int) -> None:
        assert total == 4
        if done == 2:
            raise KeyboardInterrupt

    found: Findings = STUDY.run(DESK, executor=Here(), progress=stop)
    assert len(found.runs) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": START}, "study.until"),
        ({"warmup": 3 * DAY}, "study.until"),
        ({"replications": 0}, "study.replications"),
    ],
)
def test_a_study_that_cannot_be_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        replace(STUDY, **wrong)
    assert refused.value.field == field


def test_a_goal_names_one_side() -> None:
    with pytest.raises(InvalidValue):
        Goal(measure="wait mean")
    with pytest.raises(InvalidValue):
        UntilNarrow(measure="wait mean", half_width=0)
