"""Several runs of a model, and what they show: one model alone, several compared on the same clients, the fewest agents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from supportq import Snapshot
from supportq._instants import utc
from supportq.errors import InvalidValue, SupportqError
from supportq.simulation.run import Model, simulate
from supportq.simulation.statistics import Interval, interval, measures

__all__ = ["Comparison", "Findings", "Goal", "ReplicationFailed", "Study", "UntilNarrow"]

Figures = Mapping[str, float]
Progress = Callable[[int, int], None]
"""Called after each run with how many are done, and of how many."""

_FRESH: Final = 1_000_003
"""Added to the seed of a study for runs that check what others found."""


class ReplicationFailed(SupportqError):
    """A run failed; `seed` is the one to run it alone with, and `model` the name of its model in a comparison."""

    def __init__(self, seed: int, model: str, cause: BaseException) -> None:
        super().__init__(f"the run of {model} with seed {seed} failed: {cause!r}; run it alone with simulate(..., seed={seed})")
        self.seed, self.model = seed, model

    def __reduce__(self) -> tuple[object, ...]:
        return type(self)._again, (self.seed, self.model, str(self))

    @classmethod
    def _again(cls, seed: int, model: str, message: str) -> ReplicationFailed:
        made = cls.__new__(cls)
        SupportqError.__init__(made, message)
        made.seed, made.model = seed, model
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilNarrow:
    """Run as often as it takes until the range of a measure reaches no further than `half_width` to each side.

    At least `at_least` and at most `at_most` times, whatever comes of it.
    """

    measure: str
    half_width: float
    at_least: int = 5
    at_most: int = 100

    def __post_init__(self) -> None:
        if not self.half_width > 0:
            raise InvalidValue("until_narrow.half_width", f"must be above 0, not {self.half_width!r}")
        if not 2 <= self.at_least <= self.at_most:
            raise InvalidValue("until_narrow.at_least", "must be from 2 to at_most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a desk is to reach, in a share of independent runs: a measure that is at most, or at least, some value."""

    measure: str
    at_most: float | None = None
    at_least: float | None = None

    def __post_init__(self) -> None:
        if (self.at_most is None) == (self.at_least is None):
            raise InvalidValue("goal", "names both at_most and at_least, or neither; give one")

    def is_met(self, found: Interval) -> bool:
        """Whether the whole range lies where it should, so that the goal is met with the range's confidence."""
        if self.at_most is not None:
            return (found.mean if found.high is None else found.high) <= self.at_most
        assert self.at_least is not None
        return (found.mean if found.low is None else found.low) >= self.at_least


@dataclass(frozen=True, slots=True)
class Findings:
    """What the runs of one model showed: the figures of each, by seed."""

    runs: Mapping[int, Figures]
    confidence: float = 0.95

    @property
    def names(self) -> tuple[str, ...]:
        """The measures that some run has."""
        return tuple(dict.fromkeys(name for figures in self.runs.values() for name in figures))

    def __getitem__(self, measure: str) -> Interval:
        """A measure over the runs that have it. Raises `KeyError` if none does."""
        values = [figures[measure] for figures in self.runs.values() if measure in figures]
        if not values:
            raise KeyError(measure)
        return interval(values, self.confidence)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the runs of several models showed on the same clients; the first is the one that the others are compared with."""

    findings: Mapping[str, Findings]
    confidence: float = 0.95

    def difference(self, name: str, measure: str) -> Interval:
        """By how much a measure is higher than in the first model: paired by seed, so that what both share cancels out.

        The difference is real where `excludes_zero`. Raises `KeyError` for a measure that no pair of runs has.
        """
        base = next(iter(self.findings.values()))
        other = self.findings[name]
        pairs = [
            figures[measure] - base.runs[seed][measure]
            for seed, figures in other.runs.items()
            if seed in base.runs and measure in figures and measure in base.runs[seed]
        ]
        if not pairs:
            raise KeyError(measure)
        return interval(pairs, self.confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Runs of a model from `start` to `until`, each with its own seed; what comes before the `warmup` is over is not counted.

    `start_from` is the backlog to start with, a snapshot of a live desk. `replications` is how many runs, or `UntilNarrow`.
    Every run has the seed `seed`, `seed + 1`, and so on: the same whatever runs beside it, so what is found does not hang on
    the executor or its workers.
    """

    start: datetime
    until: datetime
    warmup: timedelta = timedelta(0)
    replications: int | UntilNarrow = 10
    seed: int = 1
    start_from: Snapshot | None = None
    confidence: float = 0.95
    _since: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", utc(self.start, "study.start"))
        object.__setattr__(self, "until", utc(self.until, "study.until"))
        object.__setattr__(self, "_since", self.start + self.warmup)
        if not self.start <= self._since < self.until:
            raise InvalidValue("study.until", f"{self.until} is not after the warm-up, which ends at {self._since}")
        if isinstance(self.replications, bool) or (
            isinstance(self.replications, int) and not 1 <= self.replications <= 100_000
        ):
            raise InvalidValue("study.replications", f"must be a whole number from 1, not {self.replications!r}")

    def run(self, model: Model, *, executor: Executor | None = None, progress: Progress | None = None) -> Findings:
        """Run one model; on a process pool of its own unless an `executor` is given.

        Raises `ReplicationFailed`. `KeyboardInterrupt` stops early and keeps what is done, if that is at least one run.
        """
        return self.compare({"model": model}, executor=executor, progress=progress).findings["model"]

    def compare(
        self, models: Mapping[str, Model], *, executor: Executor | None = None, progress: Progress | None = None
    ) -> Comparison:
        """Run several models on the same clients: run for run the seed is the same."""
        if not models:
            raise InvalidValue("models", "are none; give at least one")
        done: dict[str, dict[int, Figures]] = {name: {} for name in models}
        with nullcontext(executor) if executor is not None else ProcessPoolExecutor() as pool:
            try:
                for seeds in self._batches(done):
                    self._run_batch(pool, models, seeds, done, progress)
            except KeyboardInterrupt:
                if not all(done.values()):
                    raise
        return Comparison(
            {name: Findings(dict(sorted(runs.items())), self.confidence) for name, runs in done.items()}, self.confidence
        )

    def staff_for(
        self,
        goal: Goal,
        model_with: Callable[[int], Model],
        *,
        fewest: int = 1,
        most: int,
        executor: Executor | None = None,
    ) -> int:
        """The fewest agents with which the goal is met, by simulation: `model_with` makes the model for a number of them.

        The number is found by halving, then confirmed on fresh seeds that had no part in finding it; where they do not
        confirm it one agent more is tried. Raises `InvalidValue` if even `most` are too few.
        """
        with nullcontext(executor) if executor is not None else ProcessPoolExecutor() as pool:
            if not goal.is_met(self.run(model_with(most), executor=pool)[goal.measure]):
                raise InvalidValue("most", f"is {most}, and so many agents do not meet the goal; allow more")
            low, high = fewest, most
            while low < high:
                middle = (low + high) // 2
                if goal.is_met(self.run(model_with(middle), executor=pool)[goal.measure]):
                    high = middle
                else:
                    low = middle + 1
            fresh = replace(self, seed=self.seed + _FRESH)
            while high < most and not goal.is_met(fresh.run(model_with(high), executor=pool)[goal.measure]):
                high += 1
            return high

    def _batches(self, done: Mapping[str, Mapping[int, Figures]]) -> Iterator[Sequence[int]]:
        """The seeds to run next, until there are enough."""
        if isinstance(self.replications, int):
            yield range(self.seed, self.seed + self.replications)
            return
        narrow = self.replications
        count = narrow.at_least
        yield range(self.seed, self.seed + count)
        while count < narrow.at_most and not all(self._is_narrow(runs, narrow) for runs in done.values()):
            more = min(max(2, count // 2), narrow.at_most - count)
            yield range(self.seed + count, self.seed + count + more)
            count += more

    def _is_narrow(self, runs: Mapping[int, Figures], narrow: UntilNarrow) -> bool:
        found = Findings(runs, self.confidence)
        if narrow.measure not in found.names:
            known = ", ".join(found.names)
            raise InvalidValue("until_narrow.measure", f"{narrow.measure!r} is none of this study; there are {known}")
        reach = found[narrow.measure].half_width
        return reach is not None and reach <= narrow.half_width

    def _run_batch(
        self,
        pool: Executor,
        models: Mapping[str, Model],
        seeds: Iterable[int],
        done: dict[str, dict[int, Figures]],
        progress: Progress | None,
    ) -> None:
        waiting: dict[Future[Figures], tuple[str, int]] = {
            pool.submit(_replicate, self, name, model, seed): (name, seed) for seed in seeds for name, model in models.items()
        }
        total = sum(map(len, done.values())) + len(waiting)
        try:
            for future, (name, seed) in waiting.items():
                done[name][seed] = future.result()
                if progress is not None:
                    progress(sum(map(len, done.values())), total)
        finally:
            for future in waiting:
                future.cancel()


def _replicate(study: Study, name: str, model: Model, seed: int) -> Figures:
    """One run, wherever it runs."""
    try:
        results = simulate(model, start=study.start, until=study.until, seed=seed, start_from=study.start_from)
        return measures(results, since=study._since)
    except Exception as error:
        raise ReplicationFailed(seed, name, error) from error
