"""Chance: one stream of random numbers for each purpose, and the laws that times are drawn from.

What arrives is drawn from a stream of each source; what a client will do, and how long their ticket takes, from numbers that
hang on the request's id alone. What the desk does changes none of it, so one agent more leaves every arrival, handling time and
patience as they were, and two policies are compared on the same clients (common random numbers; A. M. Law, *Simulation Modeling
and Analysis*, chapter 11).
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from statistics import NormalDist
from struct import Struct
from typing import Final, Protocol

from supportq.errors import InvalidValue

__all__ = ["Chance", "Constant", "Empirical", "Exponential", "Law", "Lognormal"]

_STANDARD: Final = NormalDist()
_SMALLEST: Final = 2.0**-53
_EIGHT: Final = Struct("<8Q").unpack
_UNIT: Final = (1 - 2.0**-53) / 2**64
"""Makes of 64 bits a number from 0 to below 1: the largest, rounded as floats are, must not come to 1."""


class Chance:
    """All random numbers of one run, from its seed: the same seed gives the same numbers, on any machine.

    >>> one, same = Chance(7), Chance(7)
    >>> one.stream("arrivals").random() == same.stream("arrivals").random()
    True
    """

    def __init__(self, seed: int) -> None:
        if type(seed) is not int:
            raise InvalidValue("seed", f"must be a whole number, not {seed!r}")
        self.seed: Final = seed
        self._key = str(seed).encode()[:64]
        self._streams: dict[str, random.Random] = {}

    def stream(self, purpose: str) -> random.Random:
        """The stream of a purpose; the same object each time."""
        known = self._streams.get(purpose)
        if known is None:
            known = self._streams[purpose] = random.Random(f"{self.seed}/{purpose}")  # noqa: S311  # nothing is secret
        return known

    def drawn(self, purpose: str, key: str, count: int = 1) -> tuple[float, ...]:
        """Up to eight numbers from 0 to 1 (exclusive) that hang on the seed, the purpose and the key alone, whenever asked.

        They are 64 bits each of a keyed hash (BLAKE2b), which passes for chance and costs a fraction of a new generator.
        """
        digest = blake2b(f"{purpose}/{key}".encode(), digest_size=64, key=self._key).digest()
        return tuple([number * _UNIT for number in _EIGHT(digest)[:count]])


class Law(Protocol):
    """How long something takes, in seconds."""

    def quantile(self, share: float) -> float:
        """The time that a share of all stays below; `share` is from 0 to 1 (exclusive)."""

    @property
    def mean(self) -> float:
        """The mean."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always so many seconds."""

    seconds: float

    def __post_init__(self) -> None:
        _check_time(self.seconds, "constant.seconds")

    @property
    def mean(self) -> float:
        """The time itself."""
        return self.seconds

    def quantile(self, share: float) -> float:  # of any share it is the same
        """The time itself."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Exponential:
    """Times without memory, with a mean in seconds: patience and, in the formulas of Erlang, service.

    >>> Exponential(600).quantile(0.5) == 600 * math.log(2)
    True
    """

    mean: float

    def __post_init__(self) -> None:
        _check_time(self.mean, "exponential.mean")

    def quantile(self, share: float) -> float:
        """`-mean x ln(1 - share)`."""
        return -self.mean * math.log1p(-share)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Times with a mean in seconds and a spread, the standard deviation of their logarithm: handling times are mostly so."""

    mean: float
    spread: float
    _middle: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_time(self.mean, "lognormal.mean")
        if not (_is_number(self.spread) and 0 <= self.spread <= 10):
            raise InvalidValue("lognormal.spread", f"must be from 0 to 10, not {self.spread!r}")
        object.__setattr__(self, "_middle", math.log(self.mean) - self.spread**2 / 2)

    def quantile(self, share: float) -> float:
        """`exp(mu + spread x z(share))`, where `mu` gives the mean."""
        return math.exp(self._middle + self.spread * _STANDARD.inv_cdf(max(share, _SMALLEST)))


@dataclass(frozen=True, slots=True)
class Empirical:
    """Times that were measured, in seconds; each is as likely as any other.

    >>> Empirical((90, 30, 60)).quantile(0.5)
    60
    """

    seconds: Sequence[float]

    def __post_init__(self) -> None:
        if isinstance(self.seconds, str) or not isinstance(self.seconds, Sequence) or not self.seconds:
            raise InvalidValue("empirical.seconds", "must be a list of at least one time in seconds")
        for position, value in enumerate(self.seconds):
            _check_time(value, f"empirical.seconds.{position}")
        object.__setattr__(self, "seconds", tuple(sorted(self.seconds)))

    @property
    def mean(self) -> float:
        """The mean of those measured."""
        return math.fsum(self.seconds) / len(self.seconds)

    def quantile(self, share: float) -> float:
        """The measured time that stands at the share."""
        return self.seconds[int(share * len(self.seconds))]


class Shares:
    """Names drawn by their weights.

    >>> Shares({"refund": 3, "question": 1}, "kinds").at(0.8)
    'question'
    """

    __slots__ = ("_limits", "_names")

    def __init__(self, weights: Mapping[str, float], where: str) -> None:
        if not isinstance(weights, Mapping) or not weights:
            raise InvalidValue(where, "must be weights by name, at least one")
        for name, weight in weights.items():
            if not (_is_number(weight) and weight > 0):
                raise InvalidValue(f"{where}.{name}", f"must be a weight above 0, not {weight!r}")
        total = math.fsum(weights.values())
        self._names = tuple(weights)
        self._limits = tuple(accumulate(weight / total for weight in weights.values()))

    def at(self, share: float) -> str:
        """The name at a share from 0 to 1 (exclusive)."""
        return self._names[min(bisect_right(self._limits, share), len(self._names) - 1)]


def check_share(value: object, where: str) -> None:
    """Refuse what is no share from 0 to 1."""
    if not (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1):
        raise InvalidValue(where, f"must be a share from 0 to 1, not {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_time(value: object, where: str) -> None:
    if not (_is_number(value) and 0 < value <= 1e9):  # type: ignore[operator]  # a number, since the first holds
        raise InvalidValue(where, f"must be a time above 0 in seconds, not {value!r}")
