"""Calls counted, where seconds would be noise."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


class Calls:
    """How many calls of functions, Python's and C's, a piece of work makes."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        self.count += event in ("call", "c_call")

    def of(self, work: Callable[[], object]) -> int:
        self.count = 0
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            work()
        finally:
            sys.setprofile(before)
        return self.count
