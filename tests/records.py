"""A record as small as the index and the calendar can do with."""

from __future__ import annotations

from dataclasses import dataclass

from supportq._instants import FOREVER


@dataclass(eq=False, slots=True)
class Slip:
    """Satisfies `_backlog.Placed` and `_backlog.Timed`."""

    id: str
    arrival: int = 0
    key: bytes | None = None
    slot: int = 0
    due: int = FOREVER
