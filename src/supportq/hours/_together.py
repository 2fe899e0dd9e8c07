"""Which of several hours may be open at the same time, by the wall clock (rule H1)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from supportq.hours._hours import Hours
from supportq.hours._openings import WEEK, weekly


def open_together(several: Sequence[Hours]) -> set[tuple[bool, ...]]:
    """Every combination of open and closed in which these hours may be at one instant, perhaps some more.

    Hours of one zone are compared by their weeks: a clock change moves all that begins or ends, and never past each other.
    Dates only add: with holidays or rules hours may be closed at any time, with a special day open, each by itself. Hours of
    different zones, or of a fixed zone and the client's, have nothing to do with each other. O(openings x 2^hours).

    >>> from datetime import UTC, time
    >>> from supportq.hours import Opening
    >>> day, evening = (Hours((Opening(time(start), time(end)),), zone=UTC) for start, end in ((9, 18), (19, 20)))
    >>> sorted(open_together([day, evening]))
    [(False, False), (False, True), (True, False)]
    """
    zones = [hours.zone for hours in several]
    groups: dict[int, list[int]] = {}
    for number, zone in enumerate(zones):
        # Zones of a host's own need not have a hash.
        groups.setdefault(zones.index(zone), []).append(number)
    order = list(itertools.chain.from_iterable(groups.values()))
    within = [_in_one_zone([several[number] for number in group]) for group in groups.values()]
    found = set()
    for chosen in itertools.product(*within):
        by_number = dict(zip(order, itertools.chain.from_iterable(chosen), strict=True))
        found.add(tuple(by_number[number] for number in range(len(several))))
    return found


def _in_one_zone(several: Sequence[Hours]) -> set[tuple[bool, ...]]:
    """The combinations that occur in some moment of a week, between any two openings and closings of it."""
    weeks = [weekly(hours.openings) for hours in several]
    edges = {0} | {edge for week in weeks for interval in week for edge in interval if 0 <= edge < WEEK}
    found: set[tuple[bool, ...]] = set()
    for edge in edges:
        answers = [
            {any(begins <= edge < ends for begins, ends in week)} | _by_date(hours)
            for hours, week in zip(several, weeks, strict=True)
        ]
        found.update(itertools.product(*answers))
    return found


def _by_date(hours: Hours) -> set[bool]:
    """What dates may make of hours at any time of the week."""
    found = set()
    if hours.holidays or hours.closed_by or hours.special_days:
        found.add(False)
    if any(special.openings for special in hours.special_days):
        found.add(True)
    return found
