"""`--plot`: the numbers behind the picture of a run, which need no library, and the picture itself."""

from __future__ import annotations

import random
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from importlib.util import find_spec
from os import strerror
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from supportq import Booking, Client, Lane, Policy, Request
from supportq.cli import main
from supportq.cli._drive import Promise
from supportq.cli._promised import MOST, SHARES, Reliability, fan, reliability
from supportq.cli._tally import ENOUGH, Record, score
from supportq.schema import to_json

drawn = pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs matplotlib, which the extra plot brings")

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PRAGUE = ZoneInfo("Europe/Prague")
SVG = "{http://www.w3.org/2000/svg}"


def promise(name: str, asked_at: datetime, *told: timedelta, lane: str = "all") -> Promise:
    return Promise(name, lane, asked_at, *told)


def record(asked_at: datetime, wait: timedelta | None) -> Record:
    taken_at = None if wait is None else asked_at + wait
    return Record(Request("R", Client(account="c")), "c", "all", asked_at, asked_at, wait=wait, taken_at=taken_at)


def waited(waits: Sequence[timedelta | None], *told: timedelta) -> tuple[list[Promise], dict[str, Record]]:
    """Promises of the same range, all made at noon, and how long those who got them waited, or `None`."""
    made = [promise(f"T{number}", NOON, *told) for number in range(len(waits))]
    return made, {f"T{number}": record(NOON, wait) for number, wait in enumerate(waits)}


# --------------------------------------------------------------------------------------------------------- fan


def test_equal_promises_taken_together_say_what_each_of_them_says() -> None:
    for count in (1, 2, 9, 10, 11, 250):
        made, records = waited([2 * HOUR] * count, HOUR, 3 * HOUR, 8 * HOUR)
        (stretch,) = fan(made, records, NOON + DAY, ["all"], UTC)
        assert (stretch.made, stretch.told, stretch.waits) == (count, (HOUR, 3 * HOUR, 8 * HOUR), (2 * HOUR,) * 3)


def test_promises_of_minutes_and_of_days_span_both_when_they_are_taken_together() -> None:
    made = [promise(f"T{n}", NOON, *((n % 2 or 48) * HOUR * part for part in (1, 2, 3))) for n in range(20)]
    records = {one.ticket_id: record(NOON, one.p50) for one in made}
    (stretch,) = fan(made, records, NOON + 9 * DAY, ["all"], UTC)
    assert stretch.told[0] <= 2 * HOUR
    assert stretch.told[-1] >= 96 * HOUR
    assert (stretch.waits[0], stretch.waits[-1]) == (2 * HOUR, 96 * HOUR)


def test_waits_are_quantiles_of_all_and_those_who_still_wait_count_as_the_longest() -> None:
    waits = [number * HOUR for number in range(1, 7)] + [None] * 4
    made, records = waited(waits, HOUR, 2 * HOUR, 3 * HOUR)
    (stretch,) = fan(made, records, NOON + 10 * HOUR, ["all"], UTC)
    assert stretch.waits == (HOUR, 5 * HOUR, None)
    assert stretch.at_least == 10 * HOUR


def test_where_nobody_was_answered_there_is_no_wait_but_how_long_it_is_at_least() -> None:
    made = [promise("A", NOON, HOUR, HOUR, HOUR), promise("B", NOON + HOUR, HOUR, HOUR, HOUR)]
    records = {"A": record(NOON, None), "B": record(NOON + HOUR, None)}
    (stretch,) = fan(made, records, NOON + 5 * HOUR, ["all"], UTC)
    assert stretch.waits == (None, None, None)
    assert stretch.at_least == 4 * HOUR


def test_a_wait_runs_from_the_promise_on_and_not_from_the_arrival() -> None:
    late = {"A": Record(Request("A", Client(account="c")), "c", "all", NOON - DAY, NOON - DAY, taken_at=NOON + HOUR)}
    (stretch,) = fan([promise("A", NOON, HOUR, HOUR, HOUR)], late, NOON + DAY, ["all"], UTC)
    assert stretch.waits == (HOUR,) * 3


def test_stretches_begin_at_a_midnight_of_the_zone_in_the_order_of_lanes_and_time_empty_ones_left_out() -> None:
    made = [promise(f"T{n}", NOON + n * 3 * HOUR, HOUR, HOUR, HOUR, lane="ab"[n % 2]) for n in (3, 1, 0)]
    records = {one.ticket_id: record(one.asked_at, HOUR) for one in made}
    found = fan(made, records, NOON + DAY, ["b", "empty", "a"], PRAGUE)
    # Noon is 13:00 in Prague, in the two hours from 12:00.
    assert [(one.lane, one.begins) for one in found] == [
        ("b", NOON + 3 * HOUR),
        ("b", NOON + 9 * HOUR),
        ("a", NOON - HOUR),
    ]
    assert {one.ends - one.begins for one in found} == {2 * HOUR}


@pytest.mark.parametrize(
    ("span", "length"),
    [
        (0 * DAY, 2 * HOUR),
        (4 * DAY, 2 * HOUR),
        (5 * DAY, 4 * HOUR),
        (29 * DAY, 12 * HOUR),
        (59 * DAY, DAY),
        (900 * DAY, 21 * DAY),
    ],
)
def test_a_longer_run_has_longer_stretches_and_never_too_many(span: timedelta, length: timedelta) -> None:
    made = [promise(f"T{n}", NOON + n * span / 3_000, HOUR, HOUR, HOUR) for n in range(3_001)]
    records = {one.ticket_id: record(one.asked_at, HOUR) for one in made}
    found = fan(made, records, NOON + span, ["all"], UTC)
    assert {one.ends - one.begins for one in found} == {length}
    assert len(found) <= MOST
    assert sum(one.made for one in found) == len(made)


def test_where_nothing_was_promised_there_is_no_fan() -> None:
    assert fan([], {}, NOON, ["all"], UTC) == []
    assert reliability([], {}, NOON, ["all"]) == [Reliability("all", 0, 0)]


# ------------------------------------------------------------------------------------------------- reliability


def test_the_shares_are_of_those_due_answered_or_not() -> None:
    waits = [HOUR] * 20 + [2 * HOUR] * 30 + [3 * HOUR] * 30 + [9 * HOUR] * 10 + [None] * 10
    made, records = waited(waits, HOUR, 2 * HOUR, 3 * HOUR)
    made += [promise("late", NOON + HOUR, HOUR, 2 * HOUR, 3 * HOUR)]
    records["late"] = record(NOON + HOUR, MINUTE)
    # Who was promised an hour later is not due yet, though answered at once.
    assert reliability(made, records, NOON + 3 * HOUR, ["all"]) == [Reliability("all", 100, 1, (0.2, 0.5, 0.8))]


def test_fewer_than_100_due_have_no_point_and_are_counted() -> None:
    made, records = waited([HOUR] * (ENOUGH - 1), HOUR, 2 * HOUR, 3 * HOUR)
    assert reliability(made, records, NOON + DAY, ["other", "all"]) == [
        Reliability("other", 0, 0),
        Reliability("all", ENOUGH - 1, 0),
    ]


def test_what_the_picture_says_of_p90_is_what_the_table_says() -> None:
    rng = random.Random(1)
    waits = [None if rng.random() < 0.2 else rng.randrange(600) * MINUTE for _ in range(400)]
    made, records = waited(waits, HOUR, 3 * HOUR, 8 * HOUR)
    for hours in (8, 9, 20):
        (table,) = score(made, records, NOON + hours * HOUR, ["all"])
        (picture,) = reliability(made, records, NOON + hours * HOUR, ["all"])
        assert picture.begun is not None
        assert (picture.due, picture.not_due, picture.begun[-1]) == (table.due, table.not_due, table.by_p90)
    assert SHARES == (0.1, 0.5, 0.9)


# ----------------------------------------------------------------------------------------------------- picture


def requests(count: int, every: timedelta) -> list[Request]:
    return [
        Request(
            f"R{n}",
            Client(email=f"c{n}@example.com"),
            received_at=NOON + n * every,
            kind="refund",
            bookings=(Booking(f"K{n}", departs_at=NOON + n * every + (n % 3 * 40 + 3) * HOUR),),
        )
        for n in range(count)
    ]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_text("".join(f"{to_json(one)}\n" for one in requests(300, 12 * MINUTE)), encoding="utf-8")
    return path


def replayed(export: Path, picture: Path, *options: str) -> bytes:
    assert main(["replay", str(export), "--out", str(picture.parent / "out"), "--plot", str(picture), *options]) == 0
    return picture.read_bytes()


def texts(svg: bytes) -> str:
    return "\n".join("".join(found.itertext()) for found in ET.fromstring(svg).iter(f"{SVG}text"))


@drawn
def test_an_svg_has_both_panels_with_their_lanes_units_and_counts(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = texts(replayed(export, tmp_path / "new folder" / "picture.svg"))
    for part in (
        "imminent: ",
        "standard: ",
        "wait in hours",
        "UTC",
        "promised: p10 to p90",
        "as they should be",
        " due, 0 not",
    ):
        assert part in said
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.endswith(f"\npicture: {tmp_path / 'new folder' / 'picture.svg'}\n")


@drawn
def test_a_png_is_one_whatever_the_letters_of_its_suffix(export: Path, tmp_path: Path) -> None:
    assert replayed(export, tmp_path / "picture.PNG").startswith(b"\x89PNG\r\n")


@drawn
@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_same_run_gives_the_same_bytes_whatever_the_settings_of_the_user(form: str, export: Path, tmp_path: Path) -> None:
    import matplotlib as mpl

    once = replayed(export, tmp_path / f"once.{form}")
    with mpl.rc_context({"font.size": 20, "axes.grid": False, "svg.hashsalt": "other", "figure.facecolor": "red"}):
        assert replayed(export, tmp_path / f"again.{form}") == once
    assert b"Matplotlib v" not in once
    assert b"<dc:date>" not in once


@drawn
def test_a_lane_may_have_any_name(export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(to_json(Policy((Lane("_$x^2$ 客服 <&>"),))), encoding="utf-8")
    said = texts(replayed(export, tmp_path / "picture.svg", "--policy", str(policy)))
    assert said.count("_$x^2$ 客服 <&>: ") == 2
    replayed(export, tmp_path / "picture.png", "--policy", str(policy))
    assert capsys.readouterr().err == ""


@drawn
def test_nobody_answered_and_nothing_promised_are_pictures_too(export: Path, tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.json"
    nobody.write_text('{"shifts": []}', encoding="utf-8")
    said = texts(replayed(export, tmp_path / "picture.svg", "--staffing", str(nobody), "--drain", "1"))
    assert "Nothing was promised in this run." in said
    assert "0 due, 0 not: too few for a point" in said


@drawn
def test_the_demo_draws_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--scale", "0.02", "--days", "2", "--out", str(tmp_path), "--plot", str(tmp_path / "demo.svg"))
    assert main(["demo", *options]) == 0
    said = texts((tmp_path / "demo.svg").read_bytes())
    assert "over a tenth still wait" in said
    assert "too few for a point" in said
    assert capsys.readouterr().err == ""


# ---------------------------------------------------------------------------------------------------- refusals


def refused(export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], picture: str) -> str:
    """The one line of a refusal, before anything is read or written."""
    for command in (["replay", str(export)], ["demo"]):
        assert main([*command, "--out", str(tmp_path / "out"), "--plot", str(tmp_path / picture)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert not list((tmp_path / "out").iterdir())
    return said.err


@pytest.mark.parametrize("name", ["picture.pdf", "picture", "picture.svg.gz", ".svg"])
def test_a_suffix_of_no_picture_is_refused(name: str, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(export, tmp_path, capsys, name)
    assert said.startswith("supportq demo: --plot: ")
    assert "give a name that ends in .svg or .png" in said


def test_without_the_library_it_says_what_to_install(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib" or name == "supportq.cli._plot"]:
        monkeypatch.delitem(sys.modules, name)
    # Python's own way to say that a module is not to be found.
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = refused(export, tmp_path, capsys, "picture.svg")
    assert said == "supportq demo: --plot: needs matplotlib; install it with: pip install 'supportq[plot]'\n"


@drawn
def test_a_picture_that_cannot_be_written_is_said_at_once(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "picture.svg").mkdir()
    said = refused(export, tmp_path, capsys, "picture.svg")
    assert said.startswith(f"supportq demo: --plot: {tmp_path / 'picture.svg'}: ")


@drawn
def test_a_picture_that_cannot_be_written_whole_leaves_what_stood_there(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def until_the_disk_is_full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:9])
        raise OSError(ENOSPC, strerror(ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", until_the_disk_is_full)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "old.svg").write_text("<svg/>")
    for name in ("old.svg", "new.svg"):
        command = ["replay", str(export), "--out", str(tmp_path / "out"), "--plot", str(pictures / name)]
        assert main(command) == 2
        assert f"--plot: {pictures / name}: {strerror(ENOSPC)}" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in pictures.iterdir()} == {"old.svg": "<svg/>"}


def test_without_the_option_the_library_is_not_loaded(export: Path, tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys; from supportq.cli import main;"
        f"assert main(['replay', {str(export)!r}, '--out', {str(tmp_path / 'out')!r}]) == 0;"
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
