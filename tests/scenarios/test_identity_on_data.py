"""Identity and repeats on labelled and on real data: how much is found, and how little is wrong.

The data is in no repository; without it these tests are skipped. The invented stream needs none.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from supportq import Client, Desk, DuplicateRules, Lane, Policy, Request
from supportq.events import Admitted, Joined, Replayed
from supportq.policy import IdentityRules

# The benchmarks are no package.
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from identity_quality import Columns, Quality, of_stream, of_table

SHARED = Path(os.environ.get("SUPPORTQ_SHARED") or Path(__file__).parents[3] / "shared")
DATA = SHARED / "data"
LIMIT = IdentityRules().limit


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / name).exists(), reason=f"{name} is not in SUPPORTQ_SHARED")


def on_table(name: str, *keys: str, truth: str) -> Quality:
    return of_table(DATA / name, Columns.read(keys, truth), LIMIT)


@needs("fake_1000.csv")
def test_people_by_address_and_by_name_with_date_of_birth() -> None:
    keys = ("email=email", "name=first_name+surname", "key=name+dob")
    quality = on_table("fake_1000.csv", *keys, truth="cluster")
    assert quality.precision >= 0.995
    # The aim is 0.49; what is missing are names mistyped beyond recognition under a shared address.
    assert quality.recall >= 0.47


FEBRL = [pytest.param(f"febrl_dataset{n}.csv.gz", marks=needs(f"febrl_dataset{n}.csv.gz")) for n in (2, 3)]


# A number that somebody has mistyped is no second account: as an account it would keep two records of one person apart.
@pytest.mark.parametrize(("number", "recall"), [("key=soc_sec_id", 0.95), ("account=soc_sec_id", 0.85)])
@pytest.mark.parametrize("name", FEBRL)
def test_people_by_number_and_by_date_of_birth_with_postcode(name: str, number: str, recall: float) -> None:
    keys = (number, "name=given_name+surname", "key=date_of_birth+postcode")
    quality = on_table(name, *keys, truth="rec_id")
    assert quality.precision >= 0.999
    assert quality.recall >= recall


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("flag", ["none", "half", "all"])
def test_the_stream_of_traps_catches_few(seed: int, flag: str) -> None:
    quality = of_stream(seed, flag, LIMIT)
    # The aim is 0.015 and 3; what is mixed are messages without a name on a family's number or address (docs/benchmarks.md).
    assert quality.mixed <= 0.02
    assert quality.largest_client <= 4
    assert quality.personal_recall >= 0.50


TWEETS = "airline_tweets_2015.csv.gz"


@cache
def tweets() -> tuple[Request, ...]:
    """All messages in the order of time, under their own ids; some are delivered twice, and a few then say something else."""
    with gzip.open(DATA / TWEETS, "rt", encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["created_at"], row["tweet_id"]))
    return tuple(
        Request(
            row["tweet_id"],
            Client(messenger=f"twitter:{row['user_id']}"),
            received_at=datetime.fromisoformat(row["created_at"]),
            channel="social",
            kind=row["airline"],
            text=row["text"],
            attributes={"sentiment": row["sentiment"], "reason": row["reason"]},
        )
        for row in rows
    )


@needs(TWEETS)
@pytest.mark.parametrize(
    ("window", "tickets"),
    [
        (timedelta(minutes=15), 11_585),
        (timedelta(hours=1), 10_155),
        (timedelta(hours=6), 8_837),
        (timedelta(hours=24), 8_215),
        (timedelta(hours=72), 7_995),
        (None, 7_919),
    ],
)
def test_messages_of_one_user_to_one_airline_make_one_ticket_within_a_window(window: timedelta | None, tickets: int) -> None:
    desk = Desk(Policy((Lane("everyone"),), duplicates=DuplicateRules(joins_within=window)))
    seen: set[str] = set()
    told: Counter[type] = Counter()
    for request in tweets():
        assert request.received_at is not None
        event = desk.submit(request, now=request.received_at)[-1]
        told[type(event)] += 1
        if request.id in seen:
            # An edit or the same again, and never a ticket of its own.
            assert isinstance(event, (Joined, Replayed))
        seen.add(request.id)
    assert len(seen) == 14_485
    assert told[Admitted] == tickets
