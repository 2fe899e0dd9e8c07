"""Words that several commands print."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, thing: str) -> str:
    """How many of a thing.

    >>> counted(1, "bad row"), counted(2_000, "bad row")
    ('1 bad row', '2,000 bad rows')
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
