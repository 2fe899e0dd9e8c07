"""`supportq demo`: the flights, the story, and what the run prints and writes (issue 2, build 5; must be shown 1 and 6)."""

from __future__ import annotations

import csv
import json
import os
import runpy
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from supportq import Booking, Client, Desk, Lane, Policy, Request
from supportq.cli import main
from supportq.cli._days import Evening
from supportq.cli._demo import Demo
from supportq.cli._drive import Cancellation, Promise, asks_in_sample, when_it_comes
from supportq.cli._report import TICKET_COLUMNS
from supportq.cli._storm import FIRST_DAY, NEW_YORK, Storm, Story, assumptions, told
from supportq.cli._tally import ENOUGH, Tally, quantile, score
from supportq.data import flights
from supportq.events import Admitted, Event, Joined, LaneChanged, Replied, Taken, Updated
from supportq.schema import canonical_json, event_from_json, to_json
from supportq.tickets import State, Verdict

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SUPPORTQ_SHARED", REPOSITORY.parent / "shared"))
SMALL = replace(Storm().scaled(0.04), days=3)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@cache
def played() -> tuple[Demo, list[Evening]]:
    """A small storm, played once for all tests that only look, and its evenings."""
    demo = Demo(SMALL)
    return demo, list(demo.days.evenings())


def small() -> Demo:
    return played()[0]


# ------------------------------------------------------------------------------------------------------- flights


def test_the_flights_are_the_4304_of_7_to_11_february_2013_and_half_of_the_storm_was_cancelled() -> None:
    table = flights()
    assert len(table) == 4_304 == len({flight.service for flight in table})
    scheduled = Counter(flight.day.day for flight in table)
    cancelled = Counter(flight.day.day for flight in table if flight.cancelled)
    assert dict(scheduled) == {7: 932, 8: 930, 9: 684, 10: 829, 11: 929}
    assert (cancelled[8], cancelled[9]) == (472, 393)


@pytest.mark.parametrize(
    ("now", "operated", "cancelled"),
    [
        ("2013-02-07 12:00", 892, 41),
        ("2013-02-08 00:00", 458, 472),
        ("2013-02-08 12:00", 121, 724),
        ("2013-02-09 00:00", 291, 393),
        ("2013-02-09 12:00", 563, 115),
        ("2013-02-10 00:00", 803, 26),
    ],
)
def test_departures_within_the_next_day_are_those_of_the_published_table(now: str, operated: int, cancelled: int) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    soon = [flight.cancelled for flight in flights() if at < flight.departs_at <= at + DAY]
    assert (soon.count(False), soon.count(True)) == (operated, cancelled)


def test_the_flight_table_is_made_from_the_published_one() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"needs the shared folder ({SHARED}); set SUPPORTQ_SHARED")
    script = runpy.run_path(str(REPOSITORY / "benchmarks" / "make_flights.py"))
    made = sorted(script["rows"](), key=lambda row: (row[3], row[1], int(row[2])))
    shipped = [
        (str(one.day), one.carrier, str(one.number), f"{one.departs_at:%Y-%m-%dT%H:%MZ}", int(one.cancelled))
        for one in flights()
    ]
    assert made == shipped


# --------------------------------------------------------------------------------------------------------- story


def test_as_many_requests_wait_and_come_each_day_as_the_storm_says() -> None:
    story = small().story
    assert len(story.backlog) == SMALL.waiting
    assert all(SMALL.start - 10 * DAY <= when_it_comes(request) < SMALL.start for request in story.backlog)
    arrived = Counter((when_it_comes(one) - SMALL.start) // DAY for one in story.happenings if isinstance(one, Request))
    assert arrived == dict.fromkeys(range(SMALL.days), SMALL.a_day)


def test_what_happens_is_told_in_order_of_time() -> None:
    instants = [when_it_comes(one) for one in small().story.happenings]
    assert instants == sorted(instants)


def test_requests_name_real_flights_none_of_them_cancelled_yet() -> None:
    real = {flight.service: flight for flight in flights()}
    story = small().story
    bookings = [booking for request in every_request(story) for booking in request.bookings]
    assert not any(booking.cancelled for booking in bookings)
    about_real = [(booking, real[booking.service]) for booking in bookings if booking.service in real]
    assert len(about_real) > 100
    assert all(booking.departs_at == flight.departs_at for booking, flight in about_real)


def test_every_cancellation_of_a_real_flight_becomes_known_6_to_36_hours_ahead_or_at_the_start() -> None:
    real = {flight.service: flight for flight in flights()}
    news = [one for one in small().story.happenings if isinstance(one, Cancellation)]
    assert {one.service for one in news} == {service for service, flight in real.items() if flight.cancelled}
    ahead = [real[one.service].departs_at - one.at for one in news if one.at > SMALL.start]
    assert min(ahead) >= 6 * HOUR
    assert max(ahead) <= 36 * HOUR


def test_a_matter_has_one_booking_and_one_person_whatever_the_channel() -> None:
    story = small().story
    people: dict[int, set[tuple[object, ...]]] = {}
    for request in every_request(story):
        seen = people.setdefault(story.matters[request.id], set())
        seen.add((request.kind, request.claims, *(booking.reference for booking in request.bookings)))
    # With the booking or, in some repeats, without: never two different ones.
    assert all(len({told_ for told_ in seen if len(told_) == 3}) <= 1 for seen in people.values())
    assert all(len({told_[:2] for told_ in seen}) == 1 for seen in people.values())
    channels = Counter(request.channel for request in every_request(story))
    assert set(channels) == {"email", "phone", "messenger", "form"}


def test_a_stream_of_chance_for_each_purpose_more_requests_leave_the_cancellations_alone() -> None:
    def news(storm: Storm) -> list[Cancellation]:
        return [one for one in told(storm).happenings if isinstance(one, Cancellation)]

    assert news(SMALL) == news(replace(SMALL, a_day=SMALL.a_day + 50, agents=(9, 9, 9)))
    assert news(SMALL) != news(replace(SMALL, seed=SMALL.seed + 1))


def every_request(story: Story) -> list[Request]:
    return [*story.backlog, *(one for one in story.happenings if isinstance(one, Request))]


# ----------------------------------------------------------------------------------------------------------- run


def test_everybody_who_asks_is_promised_something_or_is_told_that_nothing_can_be_said() -> None:
    """E2: honest silence is counted, never a large number."""
    drive = small().days.drive
    asked = [
        one.ticket_id for one in small().log if isinstance(one, Admitted) and one.at > SMALL.start and asks_in_sample(one.at)
    ]
    assert len(drive.promises) + drive.silent == len(asked) > 50
    assert {one.ticket_id for one in drive.promises} <= set(asked)
    assert all(timedelta(0) <= one.p10 <= one.p50 <= one.p90 for one in drive.promises)


def test_the_log_rebuilds_the_live_desk_and_its_json_is_the_same() -> None:
    """G1: the log is the state, of a whole storm."""
    demo = small()
    rebuilt = Desk.from_log(demo.policy, demo.log)
    assert rebuilt == demo.desk
    assert canonical_json(rebuilt.snapshot()) == canonical_json(demo.desk.snapshot())


def test_the_log_read_back_from_json_rebuilds_the_live_desk() -> None:
    demo = small()
    assert Desk.from_log(demo.policy, [event_from_json(to_json(event)) for event in demo.log]) == demo.desk


def test_the_same_seed_gives_the_same_log_and_another_seed_another_story() -> None:
    assert Demo(SMALL).play().log == small().log
    assert told(replace(SMALL, seed=SMALL.seed + 1)).backlog != small().story.backlog


def test_every_answer_comes_from_the_named_agent_who_took_the_ticket() -> None:
    holder: dict[str, str] = {}
    answers = 0
    for event in small().log:
        if isinstance(event, Taken):
            assert event.agent.startswith("agent-")
            assert event.agent not in holder.values(), "one ticket at a time"
            holder[event.ticket_id] = event.agent
        elif isinstance(event, Replied):
            assert holder.pop(event.ticket_id) == event.agent
            answers += 1
    assert answers == small().desk.counter().answered > 400


def test_agents_take_tickets_in_their_own_shift_only() -> None:
    agents = SMALL.agents
    hours: dict[str, set[int]] = {}
    first = 1
    for start, count in zip((7, 15, 23), agents, strict=True):
        hours |= {
            f"agent-{number:03}": {(start + passed) % 24 for passed in range(8)} for number in range(first, first + count)
        }
        first += count
    taken = [event for event in small().log if isinstance(event, Taken)]
    assert {event.agent for event in taken} == set(hours)
    assert all(event.at.astimezone(NEW_YORK).hour in hours[event.agent] for event in taken)


def test_once_a_cancellation_is_known_nobody_comes_to_the_front_for_that_flight() -> None:
    """R2, R7: the host's word on a service holds for tickets that wait and for those that come later."""
    known: dict[str, datetime] = {}
    services: dict[str, list[str | None]] = {}
    late = 0
    for event in small().log:
        if isinstance(event, Updated):
            assert event.service is not None
            known[event.service] = event.at
        elif isinstance(event, Admitted):
            services[event.ticket_id] = [booking.service for booking in event.request.bookings]
            late += any(service in known for service in services[event.ticket_id])
            assert event.lane == "standard" or not any(service in known for service in services[event.ticket_id])
        elif isinstance(event, LaneChanged) and event.target == "imminent":
            assert not any(service in known for ticket_id in event.ticket_ids for service in services[ticket_id])
    assert late > 10


def test_repeats_that_share_an_identifier_join_and_nobody_joins_a_stranger() -> None:
    """D3: a wrong merge is far worse than a missed one."""
    sent, found, wrong = small().recognised()
    joined = [event for event in small().log if isinstance(event, Joined)]
    assert wrong == 0
    assert 0 < found == len(joined) < sent
    across = [event for event in joined if event.request.channel != small().days.tally.records[event.ticket_id].request.channel]
    assert across


def test_the_counter_of_each_evening_adds_up() -> None:
    demo, shown = played()
    assert [evening.day for evening in shown] == [FIRST_DAY + day * DAY for day in range(SMALL.days)]
    assert [evening.counter.received - evening.before.received for evening in shown] == [SMALL.a_day] * SMALL.days
    for evening in shown:
        now = evening.counter
        assert now.received == now.tickets + now.repeats
        assert now.waiting == sum(now.waiting_by_lane.values())
        before, removed = evening.before, evening.removed - evening.removed_before
        grown = now.waiting + now.taken - before.waiting - before.taken
        assert (now.received - before.received) - removed - (now.answered - before.answered) == grown
    # Some of those who wrote again had been answered: they need another answer, so they were not removed.
    assert 0 < shown[-1].removed < shown[-1].counter.repeats
    for lane in demo.days.lanes:
        moved_away = sum(evening.entered[lane] - evening.entered_before[lane] for evening in shown)
        assert moved_away >= shown[-1].counter.waiting_by_lane[lane] - shown[0].before.waiting_by_lane[lane]


# ----------------------------------------------------------------------------------------------- tally and scores

NOON = datetime(2013, 2, 7, 12, tzinfo=UTC)


def taken_after(waits: Sequence[timedelta | None]) -> Tally:
    """A tally of tickets T0, T1, ... that came at noon and were taken after such waits, or not at all."""
    desk = Desk(Policy((Lane("all"),)))
    log: list[Event] = []
    for number in range(len(waits)):
        log += desk.submit(Request(f"T{number}", Client(account=f"{number}")), now=NOON)
    for number, wait in enumerate(waits):
        if wait is not None:
            log += desk.take(f"agent-{number}", now=NOON + wait)
    tally = Tally()
    tally.read(log)
    return tally


def promised(count: int, p10: timedelta, p90: timedelta) -> list[Promise]:
    return [Promise(f"T{number}", "all", NOON, p10, (p10 + p90) / 2, p90) for number in range(count)]


def test_a_promise_is_due_when_its_p90_has_passed_answered_or_not() -> None:
    waits = [HOUR] * 50 + [3 * HOUR] * 30 + [None] * 20
    tally, made = taken_after(waits), promised(100, 2 * HOUR, 4 * HOUR)
    (before,) = score(made, tally.records, NOON + 4 * HOUR - timedelta(seconds=1), ["all"])
    assert (before.due, before.not_due, before.by_p90, before.inside) == (0, 100, None, None)
    (after,) = score(made, tally.records, NOON + 4 * HOUR, ["all"])
    # The 20 that nobody has taken count against it; the 50 that were taken too early are kept, but not inside.
    assert (after.due, after.not_due, after.by_p90, after.inside) == (100, 0, 0.8, 0.3)
    assert after.missed_by == timedelta(0)
    (later,) = score(made, tally.records, NOON + 9 * HOUR, ["all"])
    assert (later.by_p90, later.missed_by) == (0.8, 5 * HOUR)


def test_no_score_is_given_for_fewer_than_100_due() -> None:
    waits = [HOUR] * ENOUGH
    for count, by_p90 in ((ENOUGH - 1, None), (ENOUGH, 1.0)):
        (found,) = score(promised(count, 0 * HOUR, 2 * HOUR), taken_after(waits).records, NOON + DAY, ["all"])
        assert (found.due, found.by_p90, found.inside) == (count, by_p90, by_p90)


def test_promises_are_scored_by_the_lane_in_which_they_were_made() -> None:
    made = [replace(one, lane="front" if number < 3 else "all") for number, one in enumerate(promised(5, HOUR, 2 * HOUR))]
    front, rest, empty = score(made, taken_after([HOUR] * 5).records, NOON, ["front", "all", "other"])
    assert [(one.lane, one.not_due) for one in (front, rest, empty)] == [("front", 3), ("all", 2), ("other", 0)]


def test_quantiles_are_the_smallest_value_that_covers_the_share() -> None:
    waits = [timedelta(minutes=minute) for minute in range(1, 11)]
    assert [quantile(waits, share) for share in (0.5, 0.9, 1)] == [timedelta(minutes=minute) for minute in (5, 9, 10)]
    assert quantile([], 0.5) is None


def test_what_joins_is_removed_unless_it_came_after_the_answer() -> None:
    ann, desk = Client(account="ann"), Desk(Policy((Lane("all"),)))

    def write(name: str, text: str, at: datetime) -> tuple[Event, ...]:
        return desk.submit(Request(name, ann, kind="refund", bookings=Booking("K"), text=text), now=at)

    tally, counts = Tally(), []
    for events in (
        write("A1", "please", NOON),
        write("A1", "please!", NOON),  # an edit of what waits
        write("A2", "hello?", NOON),
        desk.take("agent-1", now=NOON),
        write("A3", "hello??", NOON),
        desk.reply("A1", now=NOON),
        write("A4", "thanks, but", NOON),  # follows up, so it waits again
        write("A5", "and besides", NOON),
        desk.take("agent-1", now=NOON),
        desk.reply("A1", now=NOON),
        desk.resolve("A1", now=NOON),
        write("A6", "not yet", NOON + HOUR),  # reopens
    ):
        tally.read(events)
        counts.append((tally.removed, tally.again))
    assert counts == [(0, 0), (1, 0), (2, 0), (2, 0), (3, 0), (3, 0), (3, 1), (4, 1), (4, 1), (4, 1), (4, 1), (4, 2)]
    counter = desk.counter()
    assert counter.received - tally.removed - counter.answered == counter.waiting + counter.taken == 1


def test_the_tally_agrees_with_the_desk() -> None:
    demo = small()
    tally, counter = demo.days.tally, demo.desk.counter()
    assert len(tally.records) == counter.tickets
    assert tally.removed + tally.again == counter.repeats
    verdicts = Counter(event.verdict for event in demo.log if isinstance(event, Joined))
    assert tally.removed == verdicts[Verdict.DUPLICATE_OF]
    waiting = Counter(record.lane for record in tally.records.values() if record.state is State.WAITING)
    assert {lane: waiting[lane] for lane in demo.days.lanes} == dict(counter.waiting_by_lane)
    for ticket_id, record in tally.records.items():
        ticket = demo.desk.ticket(ticket_id)
        assert (record.state, record.requests) == (ticket.state, len(ticket.requests))
        assert (record.replied_at, record.client_id) == (ticket.first_replied_at, ticket.client_id)


# ------------------------------------------------------------------------------------------------------- command

ARGUMENTS = ("demo", "--scale", "0.03", "--days", "2")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The files and the output of a small demo that ran as a process, with another hash seed and zone than the tests'."""
    out = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo"}
    environment.pop("FORCE_COLOR", None)
    command = [sys.executable, "-m", "supportq", *ARGUMENTS, "--out", str(out)]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return out, ran.stdout


def test_the_files_have_the_same_bytes_whatever_the_hash_seed_and_the_zone(shown: tuple[Path, str], tmp_path: Path) -> None:
    assert main([*ARGUMENTS, "--out", str(tmp_path)]) == 0
    for name in ("events.jsonl", "tickets.csv"):
        assert (tmp_path / name).read_bytes() == (shown[0] / name).read_bytes()
    assert main([*ARGUMENTS, "--seed", "7", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "events.jsonl").read_bytes() != (shown[0] / "events.jsonl").read_bytes()


def test_where_no_terminal_is_there_are_plain_lines_and_no_bar(shown: tuple[Path, str]) -> None:
    _, output = shown
    assert "\x1b" not in output
    assert "\r" not in output
    assert all(len(line) <= 110 or "/" in line for line in output.splitlines())
    assert not [line for line in output.splitlines() if line.endswith(" ")]


def test_it_prints_one_counter_for_each_evening_and_the_tables_of_the_end(shown: tuple[Path, str]) -> None:
    out, output = shown
    lines = output.splitlines()
    assert [line.split("  ")[0] for line in lines if line.endswith("this day   so far")] == [
        "Thursday 7 February 2013",
        "Friday 8 February 2013",
    ]
    assert [line.split() for line in lines if line.startswith("received")] == [
        ["received", "180", "1,080"],
        ["received", "180", "1,260"],
    ]
    for beginning in ("Real: ", "Assumed:", "Waits until an answer began", "Promises, by lane when made", "Repeats: "):
        assert sum(line.startswith(beginning) for line in lines) == 1, beginning
    assert lines[-2].endswith(str(out / "events.jsonl"))
    assert lines[-1].endswith(str(out / "tickets.csv"))


def test_the_rows_of_each_evening_add_up_as_they_are_printed(shown: tuple[Path, str]) -> None:
    evenings = [part.splitlines() for part in shown[1].split("\n\n") if "this day" in part]
    assert len(evenings) == 2
    for _, *rows in evenings:
        # The last row, the oldest wait, has no figure of the day.
        cells = [row.split() for row in rows[:-1]]
        day = {" ".join(name): int(figure.replace(",", "")) for *name, figure, _ in cells}
        waits = sum(more for name, more in day.items() if name.startswith("waiting in"))
        assert day["received"] - day["repeats removed"] - day["answered"] == waits + day["being answered"]
        assert "wrote again after the answer" in day


def test_one_agent_works_and_two_work() -> None:
    told = " ".join(assumptions(replace(Storm(), agents=(1, 2, 1))))
    assert "1 agent works from 7:00, 2 from 15:00" in told
    assert "24 agents work from 7:00" in " ".join(assumptions(Storm()))


def test_the_event_file_is_the_log(shown: tuple[Path, str]) -> None:
    log = [event_from_json(line) for line in (shown[0] / "events.jsonl").read_text("utf-8").splitlines()]
    assert log == Demo(replace(Storm().scaled(0.03), days=2)).play().log


def test_the_ticket_file_has_one_row_for_each_ticket(shown: tuple[Path, str]) -> None:
    log = [json.loads(line) for line in (shown[0] / "events.jsonl").read_text("utf-8").splitlines()]
    with (shown[0] / "tickets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == TICKET_COLUMNS
    assert [row["ticket"] for row in rows] == [event["ticket_id"] for event in log if event["event"] == "Admitted"]
    replied = {event["ticket_id"]: event for event in reversed(log) if event["event"] == "Replied"}
    assert {row["ticket"] for row in rows if row["replied_at"]} == set(replied)
    for row in rows:
        if row["replied_at"]:
            assert row["replied_at"] == replied[row["ticket"]]["at"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("--scale", "0"), "--scale: must be from 0.001 to 2, not 0"),
        (("--scale", "nan"), "--scale: must be from"),
        (("--scale", "x"), "--scale: must be a number, not 'x'"),
        (("--days", "6"), "--days"),
        (("--seed", "x"), "--seed"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments: tuple[str, str], field: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["demo", *arguments])
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert field in line


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "supportq", *ARGUMENTS, "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 141


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    assert main([*ARGUMENTS, "--out", str(tmp_path / "taken")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("supportq demo: --out: ")
    assert said.err.count("\n") == 1


# ----------------------------------------------------------------------------------------------------- full demo


@pytest.mark.slow
def test_the_whole_storm_is_as_it_says_and_ends_within_a_minute() -> None:
    began = time.process_time()
    demo = Demo(Storm()).play()
    assert time.process_time() - began < 60
    counter = demo.desk.counter()
    assert counter.received == 30_000 + 5 * 6_000
    assert abs(counter.answered / 5 - 3_000) < 100
    urgent = demo.days.tally.entered["imminent"] / 5
    assert abs(urgent - 1_500) < 100
    assert Desk.from_log(demo.policy, demo.log) == demo.desk
    assert demo.recognised()[2] == 0
    assert demo.days.tally.removed > 5_000
    for one in demo.days.scores:
        assert (one.by_p90 is None) == (one.due < ENOUGH)
