"""The storm of 8 and 9 February 2013 over New York, told with one ticket for each flight of the real timetable.

Half the flights of two days are cancelled. At six moments it is known how many flights departing within the next 24 hours
operated: exactly so many tickets have to stand in front, in `rank` and again through `run`, where every flight enters as not
cancelled and the cancellations come by `update`, while agents take, hand back and park.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from command_line import json_lines, supportq, written

SHARED = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[3] / "shared")
TIMETABLE = SHARED / "data" / "flights_nyc_2013_q1.csv.gz"
needs_timetable = pytest.mark.skipif(not TIMETABLE.exists(), reason=f"the timetable {TIMETABLE.name} is not in SUPPORTQ_SHARED")

NEW_YORK = ZoneInfo("America/New_York")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE_THE_STORM = datetime(2013, 2, 6, tzinfo=NEW_YORK).astimezone(UTC)
FIRST_ARRIVAL = datetime(2013, 1, 20, tzinfo=UTC)


def new_york(day: int, hour: int) -> datetime:
    return datetime(2013, 2, day, hour, tzinfo=NEW_YORK).astimezone(UTC)


MOMENTS = {
    new_york(7, 12): 892,
    new_york(8, 0): 458,
    new_york(8, 12): 121,
    new_york(9, 0): 291,
    new_york(9, 12): 563,
    new_york(10, 0): 803,
}
"""How many flights of the next 24 hours (now < departure <= now + 24 h) operated."""


@dataclass
class Flight:
    """A flight and the one ticket about it, as a list would hold it: everything is looked up anew each time."""

    name: str
    departs_at: datetime
    operated: bool
    arrived_at: datetime
    cancelled: bool = False
    """What the desk has been told."""
    aside: bool = False
    """Taken or parked."""

    def in_front(self, now: datetime) -> bool:
        """The rule of the desk (clause A3), said a second time."""
        return not self.cancelled and now < self.departs_at <= now + DAY

    def request(self) -> dict[str, Any]:
        return {
            "id": self.name,
            "received_at": text(self.arrived_at),
            "channel": "phone",
            "kind": "refund",
            "client": {"account": f"passenger of {self.name}"},
            "bookings": [
                {
                    "reference": f"B-{self.name}",
                    "service": self.name,
                    "departs_at": text(self.departs_at),
                    "cancelled": self.cancelled,
                }
            ],
        }


def text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def order(flights: list[Flight], now: datetime) -> list[str]:
    """The whole waiting line by brute force: the lane, the arrival, the id."""
    waiting = [flight for flight in flights if not flight.aside]
    return [flight.name for flight in sorted(waiting, key=lambda f: (not f.in_front(now), f.arrived_at, f.name))]


def read_flights(first: date, last: date) -> list[Flight]:
    """One flight for each row of the timetable between two days of New York, their tickets in an order of their own."""
    flights: list[Flight] = []
    with gzip.open(TIMETABLE, "rt", newline="") as rows:
        for row in csv.DictReader(rows):
            hour, minute = divmod(int(row["sched_dep_time"]), 100)
            day = date(int(row["year"]), int(row["month"]), int(row["day"]))
            if not first <= day <= last:
                continue
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)
            # Arrivals neither in the order of names nor of departures, and some of them equal.
            arrived_at = FIRST_ARRIVAL + len(flights) * 7_919 % 10_007 * timedelta(minutes=1)
            name = f"{row['carrier']}{row['flight']}/{day:%d%b}"
            flights.append(Flight(name, local.astimezone(UTC), row["dep_time"] != "NA", arrived_at))
    return flights


def storm_days() -> list[Flight]:
    return read_flights(date(2013, 2, 6), date(2013, 2, 12))


# -------------------------------------------------------------------------------------------------------------- rank


def check_rank(flights: list[Flight], requests: Path, now: datetime, in_front: int) -> None:
    said = supportq("rank", requests, "--at", text(now), "--format", "csv")
    assert (said.status, said.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["lane"] for row in rows].count("imminent") == in_front
    assert [row["id"] for row in rows] == order(flights, now)
    assert [int(row["position"]) for row in rows] == list(range(1, len(flights) + 1))
    # The next change of whoever is in front is the departure, of the others who will be there 24 h before it.
    changes = {row["id"]: row["next_change"] for row in rows}
    for flight in flights:
        enters = text(flight.departs_at - DAY) if flight.departs_at - DAY > now and not flight.cancelled else ""
        assert changes[flight.name] == (text(flight.departs_at) if flight.in_front(now) else enters)


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Flight], Path]:
    """The flights around the storm, with what became of them known, and their request file."""
    flights = storm_days()
    for flight in flights:
        flight.cancelled = not flight.operated
    requests = json_lines(flight.request() for flight in flights)
    return flights, written(tmp_path_factory.mktemp("storm") / "requests.jsonl", requests)


@needs_timetable
@pytest.mark.parametrize(("now", "in_front"), MOMENTS.items(), ids=[f"{at.astimezone(NEW_YORK):%d-%H}" for at in MOMENTS])
def test_A3_rank_puts_exactly_those_in_front_who_fly_within_a_day(
    storm: tuple[list[Flight], Path], now: datetime, in_front: int
) -> None:
    flights, requests = storm
    check_rank(flights, requests, now, in_front)


@needs_timetable
@pytest.mark.slow
def test_A3_rank_over_the_whole_quarter(tmp_path: Path) -> None:
    flights = read_flights(date(2013, 1, 1), date(2013, 3, 31))
    assert len(flights) == 80_789
    for flight in flights:
        flight.cancelled = not flight.operated
    requests = written(tmp_path / "requests.jsonl", json_lines(flight.request() for flight in flights))
    for now, in_front in MOMENTS.items():
        check_rank(flights, requests, now, in_front)


# --------------------------------------------------------------------------------------------------------------- run


class Driver:
    """Another program that embeds the engine: writes a line to `supportq run`, reads up to the closing line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, at: datetime, do: str, **arguments: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"at": text(at), "do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        events = []
        while "event" in (said := json.loads(self._process.stdout.readline())):
            events.append(said)
        assert "refused" not in said, said
        return events, said


@pytest.fixture
def drive() -> Iterator[Driver]:
    with subprocess.Popen(
        [sys.executable, "-m", "supportq", "run", "--policy", "crisis-air-desk"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield Driver(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(30) == 0


@needs_timetable
def test_A3_through_run_cancellations_by_update_move_tickets_at_once(drive: Driver) -> None:
    flights = storm_days()
    by_name = {flight.name: flight for flight in flights}
    drive(BEFORE_THE_STORM, "submit_many", requests=[flight.request() for flight in flights])
    work(drive, flights, BEFORE_THE_STORM, until=min(MOMENTS))
    for now, in_front in MOMENTS.items():
        _, line = drive(now, "waiting")
        assert line["tickets"] == order(flights, now)
        for flight in [each for each in flights if each.in_front(now) and not each.operated]:
            flight.cancelled = True
            events, _ = drive(now, "update", service=flight.name, cancelled=True)
            moved = [(event["event"], event["moves"]) for event in events]
            assert moved == [("Updated", [{"source": "imminent", "target": "standard", "ticket_ids": [flight.name]}])]
        _, front = drive(now, "waiting", lane="imminent")
        assert len(front["tickets"]) == in_front
        _, line = drive(now, "waiting")
        assert line["tickets"] == order(flights, now)
        assert [by_name[name].in_front(now) for name in line["tickets"]].count(True) == in_front
        work(drive, flights, now, until=now + 11 * HOUR)


def work(drive: Driver, flights: list[Flight], start: datetime, *, until: datetime) -> None:
    """Half a day of agents who take from the front, hand back, ask their clients and park; all of it is over at `until`."""
    by_name = {flight.name: flight for flight in flights}
    held = []
    for number in range(12):
        now = start + number * timedelta(minutes=20)
        agent = f"agent {start:%d-%H} {number}"
        [*_, taken], _ = drive(now, "take", agent=agent)
        assert taken["ticket_id"] == order(flights, now)[0]
        by_name[taken["ticket_id"]].aside = True
        held.append((taken["ticket_id"], agent))
    for name in order(flights, start + 4 * HOUR)[100:120]:
        drive(start + 4 * HOUR, "park", ticket=name, until=text(until))
        by_name[name].aside = True
    now = start + 5 * HOUR
    for number, (name, agent) in enumerate(held):
        if number % 2:
            drive(now, "hand_back", ticket=name, agent=agent)
        else:
            drive(now, "ask_client", ticket=name)
            drive(now, "client_answered", ticket=name)
        by_name[name].aside = False
    _, line = drive(now, "waiting")
    assert line["tickets"] == order(flights, now)
    for flight in flights:
        flight.aside = False


def test_one_update_of_a_service_is_one_event_that_carries_all_it_moves(drive: Driver) -> None:
    now = new_york(8, 12)
    names = [f"T{number:03}" for number in range(300)]
    flights = [Flight(name, now + 6 * HOUR, operated=True, arrived_at=now - HOUR) for name in [*names, "another flight"]]
    requests = [flight.request() for flight in flights]
    for request in requests[:300]:
        request["bookings"][0]["service"] = "UA1 2013-02-08"
    drive(now, "submit_many", requests=requests)

    [updated], done = drive(now, "update", service="UA1 2013-02-08", cancelled=True)

    assert done["events"] == 1
    assert updated["event"] == "Updated"
    assert updated["moves"] == [{"source": "imminent", "target": "standard", "ticket_ids": names}]
    assert drive(now, "waiting")[1]["tickets"] == ["another flight", *names]
    # Reinstated: one event again, and everybody is back.
    [updated], _ = drive(now, "update", service="UA1 2013-02-08", cancelled=False)
    assert updated["moves"] == [{"source": "standard", "target": "imminent", "ticket_ids": names}]
