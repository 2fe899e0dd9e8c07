"""The invented stream of traps: the same for the same seed, and made as its page says."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from supportq.identity import normal_phone

# The benchmarks are no package.
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from trap_stream import BEGIN, ROMANISERS, SPAN, Stream, romanised, stream


@pytest.fixture(scope="module")
def made() -> Stream:
    return stream(1)


def near(value: float, wanted: float, tolerance: float) -> bool:
    return abs(value - wanted) <= tolerance


def test_the_same_seed_makes_the_same_stream() -> None:
    assert stream(3, people=200) == stream(3, people=200)
    assert stream(3, people=200).messages != stream(4, people=200).messages


def test_messages_come_in_order_of_time_under_ids_of_their_own(made: Stream) -> None:
    received = [message.request.received_at for message in made.messages]
    assert all(at is not None and BEGIN <= at < BEGIN + SPAN for at in received)
    assert received == sorted(received, key=lambda at: at or BEGIN)
    assert len({message.request.id for message in made.messages}) == len(made.messages)


def test_it_is_as_large_as_it_says(made: Stream) -> None:
    assert near(len(made.messages), 14_350, 300)
    times = Counter(message.person for message in made.messages if message.personal)
    assert set(times.values()) == {1, 2, 3, 4, 5, 6}
    assert len(made.agencies) == made.traps["agencies"] == 25
    assert made.traps["switchboards"] == 30
    assert near(made.traps["people in families"], 900, 5)
    assert near(made.traps["families with one mailbox"] / made.traps["families"], 0.3, 0.08)
    assert near(made.traps["families with one booking"] / made.traps["families"], 0.6, 0.12)
    assert made.traps["numbers issued anew"] == 60


def test_contacts_typed_in_hold_placeholders_and_slips(made: Stream) -> None:
    typed = made.traps["contacts typed in"]
    assert near(made.traps["placeholders"] / typed, 0.02, 0.007)
    assert near(made.traps["slips of the finger"] / typed, 0.01, 0.005)


def test_an_agency_writes_from_its_own_address_under_the_names_of_travellers(made: Stream) -> None:
    written = [message for message in made.messages if not message.personal]
    assert written
    for message in written:
        assert message.agency in made.agencies
        assert message.request.client.name
        assert message.request.channel == "email"
    names = {message.request.client.name for message in written if message.agency == made.agencies[0]}
    assert len(names) > 8


def test_a_channel_proves_what_it_can_and_a_form_nothing(made: Stream) -> None:
    proof = {"email": "email", "phone": "phone", "telegram": "messenger", "account": "account"}
    for message in made.messages:
        client = message.request.client
        shown = {kind for kind in proof.values() if getattr(client, kind)}
        assert shown == ({proof[message.request.channel]} if message.request.channel != "form" else set())


def test_many_calls_and_mails_come_without_a_name(made: Stream) -> None:
    heard = [message.request for message in made.messages if message.personal and message.request.channel in ("email", "phone")]
    nameless = sum(not (request.client.name or request.claims.name) for request in heard)
    assert 0.35 <= nameless / len(heard) <= 0.5


def test_one_number_is_written_in_five_ways(made: Stream) -> None:
    ways = [count for what, count in made.traps.items() if what.startswith("numbers written in way")]
    assert len(ways) == 5
    assert min(ways) > 500
    calls = [message.request.client.phone for message in made.messages if message.request.channel == "phone"]
    assert all(phone and (normal_phone(phone, "RU") or "").startswith("+7999") for phone in calls)


def test_names_are_in_two_scripts(made: Stream) -> None:
    names = [name for message in made.messages if (name := message.request.client.name or message.request.claims.name)]
    latin = sum(name.isascii() for name in names)
    assert near(latin / len(names), 0.35, 0.04)
    assert [romanised("Щукина Юлия", how) for how in ROMANISERS] == [
        "Shchukina Iuliia",
        "Shchukina Yuliya",
        "Schukina Julija",
        "Schukina Yuliya",
    ]


def test_a_small_stream_has_its_traps_too() -> None:
    small = stream(2, people=60)
    assert small.traps["agencies"] == small.traps["switchboards"] == 1
    assert 100 <= len(small.messages) <= 200
