"""`supportq replay`: the user's own requests, and how the agents of a staffing calendar work (issue 2, build 5)."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from supportq import Booking, Client, Desk, Lane, Policy, Request, Shift, Staffing, when
from supportq.cli import main
from supportq.cli._drive import Cancellation, Drive, Happening, asks_in_sample, lognormal
from supportq.events import Admitted, Event, Replied, Resolved, SignedIn, SignedOut, Taken
from supportq.hours import Hours, Opening
from supportq.presets import NAMES, preset
from supportq.procedures import Filing, Procedure, Step
from supportq.schema import event_from_json, to_json
from supportq.teams import AgentRules, Role, Skill, Takeover, Team

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
MIDNIGHT = datetime(2020, 3, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICY = Policy((Lane("imminent", when.departs_within(DAY) & ~when.cancelled()), Lane("standard")))


def request(number: int, at: datetime, **facts: Any) -> Request:
    return Request(f"R{number}", Client(account=f"c{number}"), received_at=at, **facts)


def driven(requests: list[Request], *shifts: Shift, handling: timedelta = 10 * MINUTE, hours: int = 48) -> Drive:
    """A desk that was run from midnight, with agents who need the same time for every answer."""
    staffing = Staffing(shifts, handling_time=handling)
    drive = Drive(Desk(POLICY), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: handling)
    drive.run_until(MIDNIGHT + hours * HOUR)
    return drive


def taken(log: list[Event]) -> list[tuple[str, str, timedelta]]:
    return [(one.ticket_id, one.agent, one.at - MIDNIGHT) for one in log if isinstance(one, Taken)]


# ------------------------------------------------------------------------------------------------------- agents


def test_where_there_are_teams_agents_sign_in_for_their_shift_and_out_when_they_have_finished() -> None:
    skill = Skill("groups", when.party_of(4))
    policy = Policy(
        (Lane("all"),),
        teams=(Team("refunds", when.kind("refund"), skills=(skill,)), Team("others")),
        roles=(Role("intern", when.kind("seat")), Role("agent", checks=("phone",), until=True)),
    )
    requests = [request(number, MIDNIGHT + HOUR, kind=kind) for number, kind in enumerate(("refund", "visa", "seat"))]
    staffing = Staffing((Shift(time(8), time(9), agents=2),), handling_time=40 * MINUTE)
    drive = Drive(Desk(policy), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: 40 * MINUTE)
    drive.run_until(MIDNIGHT + 2 * DAY)
    duty = [(type(one).__name__, one.agent, one.at - MIDNIGHT) for one in drive.log if isinstance(one, SignedIn | SignedOut)]
    in_day = [
        ("SignedIn", "agent-001", 8 * HOUR),
        ("SignedIn", "agent-002", 8 * HOUR),
        ("SignedOut", "agent-002", 9 * HOUR),
        ("SignedOut", "agent-001", 9 * HOUR + 20 * MINUTE),
    ]
    assert duty[:4] == in_day
    assert [kind for kind, _, _ in duty[4:]] == ["SignedIn", "SignedIn", "SignedOut", "SignedOut"]
    assert len(taken(drive.log)) == 3
    assert drive.over


def test_where_roles_have_teams_agents_take_turns_through_the_roles_each_for_the_teams_of_theirs() -> None:
    policy = Policy(
        (Lane("all"),),
        teams=(Team("refunds", when.kind("refund")), Team("visas", when.kind("visa")), Team("others")),
        roles=(Role("clerk", teams=("refunds", "visas")), Role("expert", when.kind("seat"), teams=("others",)), Role("any")),
    )
    kinds = ("seat", "seat", "refund", "visa", "meal")
    requests = [request(number, MIDNIGHT + HOUR, kind=kind) for number, kind in enumerate(kinds)]
    staffing = Staffing((Shift(time(8), time(16), agents=4),), handling_time=HOUR)
    drive = Drive(Desk(policy), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: HOUR)
    drive.run_until(MIDNIGHT + DAY)
    signed = [(one.agent, one.role, one.teams) for one in drive.log if isinstance(one, SignedIn)]
    clerk, expert = ("clerk", ("refunds", "visas")), ("expert", ("others",))
    everyone = ("any", ("refunds", "visas", "others"))
    assert signed == [(f"agent-{number:03}", *duty) for number, duty in enumerate((clerk, expert, everyone, clerk), start=1)]
    assert {(ticket, agent) for ticket, agent, _ in taken(drive.log)} == {
        ("R2", "agent-001"),
        ("R0", "agent-002"),
        ("R1", "agent-003"),
        ("R3", "agent-004"),
        ("R4", "agent-003"),
    }


def test_what_opens_by_the_clock_is_taken_then_by_whoever_is_ready_for_it() -> None:
    office = when.within_hours(Hours((Opening(time(10), time(11)),), zone=UTC))
    policy = Policy(
        (Lane("all"),),
        teams=(Team("visas", when.kind("visa")), Team("others")),
        roles=(Role("desk", teams=("others",)), Role("office", works=office, teams=("visas",))),
    )
    staffing = Staffing((Shift(time(8), time(16), agents=2),), handling_time=HOUR)
    requests = [request(0, MIDNIGHT + 9 * HOUR, kind="visa")]
    for stops in ((24,), (10, 24), range(25)):
        drive = Drive(Desk(policy), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: 10 * MINUTE)
        for hours in stops:
            drive.run_until(MIDNIGHT + hours * HOUR)
        assert taken(drive.log) == [("R0", "agent-002", 10 * HOUR)]
        assert drive.over


def test_an_answer_that_is_not_ready_by_the_closing_is_handed_back_and_given_after_the_opening() -> None:
    office = when.within_hours(Hours((Opening(time(10), time(11)),), zone=UTC))
    policy = Policy((Lane("all"),), teams=(Team("all"),), roles=(Role("office", works=office),))
    staffing = Staffing((Shift(time(8), time(16), agents=1),), handling_time=HOUR)
    requests = [request(number, MIDNIGHT + 9 * HOUR) for number in range(2)]
    drive = Drive(Desk(policy), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: 40 * MINUTE)
    drive.run_until(MIDNIGHT + 3 * DAY)
    ready = 10 * HOUR + 40 * MINUTE
    answered = [(one.ticket_id, one.at - MIDNIGHT) for one in drive.log if isinstance(one, Replied)]
    assert answered == [("R0", ready), ("R1", DAY + ready)]


def test_for_persons_who_are_named_agents_of_their_teams_stand_in() -> None:
    policy = Policy(
        (Lane("all"),),
        teams=(Team("curators", when.stage("regular"), person="curator"), Team("others")),
        takeover=Takeover(DAY),
        roles=(Role("desk", teams=("others",)), Role("personal", teams=("curators",))),
    )
    persons = ("eva", "ida", "eva")
    requests = [
        Request(f"R{number}", Client(account=f"c{number}", stage="regular", curator=person), received_at=MIDNIGHT + HOUR)
        for number, person in enumerate(persons)
    ]
    staffing = Staffing((Shift(time(8), time(16), agents=4),), handling_time=HOUR)
    drive = Drive(Desk(policy), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: HOUR)
    drive.run_until(MIDNIGHT + DAY)
    assert taken(drive.log) == [
        ("R0", "agent-002", 8 * HOUR),
        ("R1", "agent-004", 8 * HOUR),
        ("R2", "agent-002", 9 * HOUR),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_day_of_every_preset_is_answered(name: str) -> None:
    """Whoever the clients are, and whatever they ask."""
    kinds = ("other", "tour_contents", "credit_limit", "cancel", "offline_request", "find_tour", "training")
    clients = [
        {"stage": "new", "manager": "max"},
        {"stage": "regular", "manager": "max", "curator": "eva"},
        {},
    ]
    requests = [
        Request(
            f"R{number}",
            Client(account=f"c{number}", **clients[number % 3]),
            kind=kinds[number % 7],
            urgent=number % 5 == 0,
            received_at=MIDNIGHT + number * 10 * MINUTE,
        )
        for number in range(140)
    ]
    staffing = Staffing((Shift(time(8), time(20), agents=10),), handling_time=12 * MINUTE)
    drive = Drive(Desk(preset(name)), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: 12 * MINUTE)
    drive.run_until(MIDNIGHT + 5 * DAY)
    assert not drive.refused
    assert drive.over, drive.desk.waiting()


def test_who_works_round_the_clock_with_teams_goes_on_from_one_shift_to_the_next() -> None:
    policy = Policy((Lane("all"),), teams=(Team("all"),))
    requests = [request(number, MIDNIGHT) for number in range(9)]
    staffing = Staffing((Shift(time(0), time(0), agents=1),), handling_time=7 * HOUR)
    drive = Drive(Desk(policy), requests, start=MIDNIGHT, staffing=staffing, handling=lambda: 7 * HOUR)
    drive.run_until(MIDNIGHT + 4 * DAY)
    assert [at for _, _, at in taken(drive.log)] == [number * 7 * HOUR for number in range(9)]


def test_who_finishes_takes_the_next_at_once_replies_and_closes() -> None:
    drive = driven([request(number, MIDNIGHT + HOUR) for number in range(3)], Shift(time(8), time(16), agents=1))
    first = 8 * HOUR
    assert taken(drive.log) == [(f"R{number}", "agent-001", first + number * 10 * MINUTE) for number in range(3)]
    ends = [
        (type(one), one.at - MIDNIGHT) for one in drive.log if isinstance(one, (Replied, Resolved)) and one.ticket_id == "R0"
    ]
    assert ends == [(Replied, first + 10 * MINUTE), (Resolved, first + 10 * MINUTE)]


def test_an_agent_finishes_the_ticket_in_hand_at_the_end_of_the_shift_and_takes_no_more() -> None:
    requests = [request(number, MIDNIGHT + HOUR) for number in range(3)]
    drive = driven(requests, Shift(time(8), time(9), agents=1), handling=40 * MINUTE)
    assert taken(drive.log) == [
        ("R0", "agent-001", 8 * HOUR),
        ("R1", "agent-001", 8 * HOUR + 40 * MINUTE),
        ("R2", "agent-001", 32 * HOUR),
    ]


def test_whoever_has_been_ready_longest_takes_what_comes() -> None:
    drive = driven(
        [request(number, MIDNIGHT + 9 * HOUR + number * MINUTE) for number in range(4)],
        Shift(time(8), time(16), agents=2),
        Shift(time(8, 30), time(16), agents=1),
    )
    assert [agent for _, agent, _ in taken(drive.log)] == ["agent-001", "agent-002", "agent-003", "agent-001"]


def test_a_ready_agent_whose_shift_is_over_has_gone_home() -> None:
    drive = driven([request(0, MIDNIGHT + 17 * HOUR)], Shift(time(8), time(16), agents=1))
    assert taken(drive.log) == [("R0", "agent-001", 32 * HOUR)]


def test_a_night_shift_that_began_before_the_start_is_there() -> None:
    drive = driven([request(0, MIDNIGHT + HOUR)], Shift(time(22), time(6), agents=1))
    assert taken(drive.log) == [("R0", "agent-001", HOUR)]


def test_an_agent_who_is_there_round_the_clock_never_holds_two_tickets() -> None:
    requests = [request(number, MIDNIGHT + 20 * HOUR) for number in range(60)]
    drive = driven(requests, Shift(time(0), time(0), agents=1), handling=35 * MINUTE)
    starts = [at for _, _, at in taken(drive.log)]
    assert starts == [20 * HOUR + number * 35 * MINUTE for number in range(len(starts))]
    assert len(starts) == 48


def test_a_cancellation_stands_before_what_comes_at_the_same_instant() -> None:
    flight = Booking("KC77", service="KC77/2020-03-20", departs_at=MIDNIGHT + 12 * HOUR)
    happenings: list[Happening] = [
        Cancellation(MIDNIGHT + HOUR, "KC77/2020-03-20"),
        request(0, MIDNIGHT + HOUR, bookings=flight),
    ]
    drive = Drive(Desk(POLICY), happenings, start=MIDNIGHT, staffing=Staffing(()), handling=lambda: HOUR)
    drive.run_until(MIDNIGHT + 2 * HOUR)
    assert [one.lane for one in drive.log if isinstance(one, Admitted)] == ["standard"]


def test_handling_times_have_the_mean_they_are_given() -> None:
    draw = lognormal(random.Random(1), 10 * MINUTE, 0.75)
    drawn = [draw() for _ in range(20_000)]
    assert abs(sum(drawn, timedelta(0)) / len(drawn) - 10 * MINUTE) < 0.2 * MINUTE
    assert min(drawn) > timedelta(0)


def test_running_hour_by_hour_and_at_once_writes_the_same_log() -> None:
    """T3: an early and a late host write the same log."""
    requests = [request(number, MIDNIGHT + number * 13 * MINUTE) for number in range(80)]
    shifts = Shift(time(8), time(16), agents=1), Shift(time(12), time(20), agents=1)
    at_once = driven(requests, *shifts, handling=35 * MINUTE)
    by_hours = driven(requests, *shifts, handling=35 * MINUTE, hours=0)
    for hour in range(1, 49):
        by_hours.run_until(MIDNIGHT + hour * HOUR)
    assert by_hours.log == at_once.log


@pytest.mark.parametrize(("clock", "asks"), [("00:00", True), ("00:29", True), ("00:30", False), ("01:00", False)])
def test_estimates_are_asked_for_in_the_first_half_of_even_hours(clock: str, asks: bool) -> None:
    assert asks_in_sample(datetime.combine(MIDNIGHT, time.fromisoformat(clock), tzinfo=UTC)) is asks


# ------------------------------------------------------------------------------------------------------ command


def requests_of_two_days() -> list[Request]:
    """Sixty requests, every eighth a repeat; two of three depart within two days of their arrival."""
    made = []
    for number in range(60):
        who = number - 4 if number % 8 == 7 else number
        at = MIDNIGHT + number * 37 * MINUTE
        booking = Booking(
            f"KC{who}", service=f"KC{who}/x", departs_at=MIDNIGHT + who * 37 * MINUTE + who % 3 * 20 * HOUR + HOUR
        )
        made.append(
            Request(f"R{number}", Client(email=f"c{who}@example.com"), received_at=at, kind="refund", bookings=(booking,))
        )
    return made


def write_json_lines(path: Path, requests: list[Request]) -> Path:
    path.write_text("".join(f"{to_json(one)}\n" for one in requests), encoding="utf-8")
    return path


def write_csv(path: Path, requests: list[Request]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            ("id", "received_at", "kind", "client.email", "booking.reference", "booking.service", "booking.departs_at")
        )
        for one in requests:
            (booking,) = one.bookings
            assert one.received_at is not None
            assert booking.departs_at is not None
            at, departs_at = one.received_at.isoformat(), booking.departs_at.isoformat()
            out.writerow((one.id, at, one.kind, one.client.email, booking.reference, booking.service, departs_at))
    return path


def log_of(out: Path) -> list[Event]:
    return [event_from_json(line) for line in (out / "events.jsonl").read_text("utf-8").splitlines()]


def test_every_request_comes_at_its_own_time_and_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    requests = requests_of_two_days()
    file = write_json_lines(tmp_path / "requests.jsonl", requests)
    assert main(["replay", str(file), "--out", str(tmp_path / "out")]) == 0
    log = log_of(tmp_path / "out")
    came = {one.request.id: one.at for one in log if hasattr(one, "request")}
    assert came == {one.id: one.received_at for one in requests}
    desk = Desk.from_log(preset("crisis-air-desk"), log)
    counter = desk.counter()
    assert (counter.received, counter.waiting, counter.taken) == (60, 0, 0)
    assert counter.repeats > 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "ten agents from 8:00 to 20:00 every day" in " ".join(shown.out.split())
    with (tmp_path / "out" / "tickets.csv").open(encoding="utf-8", newline="") as rows:
        assert [row["ticket"] for row in csv.DictReader(rows)] == [one.ticket_id for one in log if isinstance(one, Admitted)]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_the_documentation_are_replayed_under_every_preset(name: str, tmp_path: Path) -> None:
    requests, staffing = (EXAMPLES / file for file in ("requests.csv", "shifts.json"))
    assert main(["replay", str(requests), "--policy", name, "--staffing", str(staffing), "--out", str(tmp_path)]) == 0
    counter = Desk.from_log(preset(name), log_of(tmp_path)).counter()
    rows = len(requests.read_text(encoding="utf-8").splitlines()) - 1
    assert (counter.received + counter.filed, counter.waiting) == (rows, 0)


def test_csv_in_any_order_and_json_lines_in_order_give_the_same_log(tmp_path: Path) -> None:
    requests = requests_of_two_days()
    lines = write_json_lines(tmp_path / "requests.jsonl", requests)
    shuffled = random.Random(5).sample(requests, len(requests))
    table = write_csv(tmp_path / "requests.csv", shuffled)
    for file in (lines, table):
        assert main(["replay", str(file), "--out", str(tmp_path / file.suffix)]) == 0
    for name in ("events.jsonl", "tickets.csv"):
        assert (tmp_path / ".jsonl" / name).read_bytes() == (tmp_path / ".csv" / name).read_bytes()


def test_bad_rows_are_named_and_skipped_the_rest_is_replayed_and_the_status_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = requests_of_two_days()[:5]
    file = write_json_lines(tmp_path / "requests.jsonl", good)
    bad = (
        '{"id": "B1", "client": {"email": "b@example.com"}}',  # when did it come?
        '{"id": "B2", "received_at": "2020-03-20T10:00:00Z"}',  # whose is it?
        '{"id": "B3", "client": {"email": "b@example.com"}, "received_at": "2020-03-20T10:00:00"}',  # naive
        '{"id": "R0", "client": {"email": "b@example.com"}, "received_at": "2020-03-20T10:00:00Z"}',  # a known id
    )
    file.write_text(file.read_text("utf-8") + "".join(f"{line}\n" for line in bad), encoding="utf-8")
    assert main(["replay", str(file), "--out", str(tmp_path)]) == 2
    assert Desk.from_log(preset("crisis-air-desk"), log_of(tmp_path)).counter().received == len(good)
    *named, total = capsys.readouterr().err.splitlines()
    wanted = {6: "received_at", 7: "client", 8: "received_at", 9: "id: request 'R0' is known"}
    assert len(named) == len(wanted)
    for line, (number, field) in zip(named, wanted.items(), strict=True):
        assert line.startswith(f"{file}: line {number}: {field}")
    assert total == "skipped: 4 bad rows, named above"


def test_one_request_one_day_and_one_bad_row_are_counted_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_json_lines(tmp_path / "requests.jsonl", requests_of_two_days()[:1])
    file.write_text(file.read_text("utf-8") + "[]\n", encoding="utf-8")
    assert main(["replay", str(file), "--drain", "1", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert f"Replay of {file}: 1 request, " in said.out.replace("\n", " ")
    assert "at most 1 day." in " ".join(said.out.split())
    assert f"\n1 ticket: {tmp_path / 'tickets.csv'}\n" in said.out
    assert said.err.splitlines()[-1] == "skipped: 1 bad row, named above"


@pytest.mark.parametrize("name", ["events.jsonl", "tickets.csv"])
def test_files_that_cannot_be_written_are_said_before_the_requests_are_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / name).mkdir(parents=True)
    assert main(["replay", str(tmp_path / "nosuch.csv"), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"supportq replay: --out: {tmp_path / 'out' / name}: ")
    assert said.err.count("\n") == 1


def test_what_an_earlier_run_wrote_is_kept_if_this_one_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("before")
    assert main(["replay", str(tmp_path / "nosuch.csv"), "--out", str(tmp_path)]) == 2
    assert (tmp_path / "events.jsonl").read_text() == "before"
    assert not (tmp_path / "tickets.csv").exists()


def test_the_agents_and_the_policy_of_the_files_decide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_json_lines(tmp_path / "requests.jsonl", requests_of_two_days())
    staffing = Staffing((Shift(time(9), time(10), agents=2),), handling_time=30 * MINUTE)
    (tmp_path / "staffing.json").write_text(to_json(staffing), encoding="utf-8")
    (tmp_path / "policy.json").write_text(to_json(Policy((Lane("only"),), name="first-come")), encoding="utf-8")
    options = ["--policy", str(tmp_path / "policy.json"), "--staffing", str(tmp_path / "staffing.json")]
    assert main(["replay", str(file), *options, "--out", str(tmp_path)]) == 0
    log = log_of(tmp_path)
    takes = [one for one in log if isinstance(one, Taken)]
    assert {one.at.hour for one in takes} == {9}
    assert {one.agent for one in takes} == {"agent-001", "agent-002"}
    order = [one.ticket_id for one in log if isinstance(one, Admitted)]
    assert [one.ticket_id for one in takes] == order
    assert "policy first-come" in capsys.readouterr().out


def test_what_needs_no_answer_is_filed_and_what_needs_confirmations_stays_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """L1: nobody confirms anything in a replay, but the agents leave the notes that the policy asks for."""
    notice = Request("N1", origin="system", kind="notice", received_at=MIDNIGHT + HOUR)
    file = write_json_lines(tmp_path / "requests.jsonl", [*requests_of_two_days(), notice])
    policy = Policy(
        (Lane("only"),),
        procedures=(Procedure("done", None, (Step("done"),)),),
        filings=(Filing("notices", when.kind("notice")),),
        agents=AgentRules(notes=("reply",)),
    )
    (tmp_path / "policy.json").write_text(to_json(policy), encoding="utf-8")
    assert main(["replay", str(file), "--policy", str(tmp_path / "policy.json"), "--out", str(tmp_path)]) == 0
    counter = Desk.from_log(policy, log_of(tmp_path)).counter()
    assert (counter.filed, counter.waiting, counter.resolved, counter.answered > 0) == (1, 0, 0, True)
    assert "filed, no answer needed" in capsys.readouterr().out


def test_it_ends_when_nobody_waits_or_when_the_days_to_drain_are_over(tmp_path: Path) -> None:
    file = write_json_lines(tmp_path / "requests.jsonl", requests_of_two_days())
    (tmp_path / "nobody.json").write_text('{"shifts": []}', encoding="utf-8")
    (tmp_path / "one.json").write_text(
        to_json(Staffing((Shift(time(8), time(20), agents=1),), handling_time=HOUR)), encoding="utf-8"
    )

    def left(staffing: str, *options: str) -> tuple[int, int]:
        """Answered and waiting at the end."""
        assert main(["replay", str(file), "--staffing", str(tmp_path / staffing), "--out", str(tmp_path), *options]) == 0
        counter = Desk.from_log(preset("crisis-air-desk"), log_of(tmp_path)).counter()
        return counter.answered, counter.waiting

    assert left("nobody.json", "--drain", "3") == (0, 53)
    answered, waiting = left("one.json", "--drain", "0")
    assert answered < 53
    assert waiting > 0
    assert left("one.json")[1] == 0


def test_another_seed_draws_other_handling_times(tmp_path: Path) -> None:
    file = write_json_lines(tmp_path / "requests.jsonl", requests_of_two_days())
    logs = {}
    for seed in ("1", "2"):
        assert main(["replay", str(file), "--seed", seed, "--out", str(tmp_path / seed)]) == 0
        logs[seed] = (tmp_path / seed / "events.jsonl").read_bytes()
    assert logs["1"] != logs["2"]


@pytest.mark.parametrize(
    ("staffing", "field"),
    [
        ({"shifts": [{"start": "08:00", "end": "20:00", "agents": -1}]}, "agents"),
        ({"shifts": [], "expected_inflow": {"no such lane": 3}}, "no such lane"),
    ],
)
def test_a_staffing_file_that_cannot_be_meant_is_one_clear_line(
    staffing: dict[str, object], field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_json_lines(tmp_path / "requests.jsonl", requests_of_two_days())
    (tmp_path / "staffing.json").write_text(json.dumps(staffing), encoding="utf-8")
    assert main(["replay", str(file), "--staffing", str(tmp_path / "staffing.json"), "--out", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "staffing.json" in line
    assert field in line


@pytest.mark.parametrize("content", ["", "\n\n", '{"id": "A1", "client": {"email": "a@example.com"}}\n'])
def test_a_file_with_nothing_to_replay_says_so(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "requests.jsonl").write_text(content, encoding="utf-8")
    assert main(["replay", str(tmp_path / "requests.jsonl"), "--out", str(tmp_path)]) == 2
    assert "no request that can be replayed" in capsys.readouterr().err.splitlines()[-1]
