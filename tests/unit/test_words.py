"""What a text says, as numbers that can be compared."""

from __future__ import annotations

import subprocess
import sys

import pytest

from supportq._words import is_number, near_same, too_long, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Please refund!", "refund   PLEASE, please"),
        ("Straße", "STRASSE"),
        ("Рейс отменён", "рейс ОТМЕНЁН"),
        ("ﬁne", "fine"),
        ("flight KC_77", "kc 77 flight"),
        ("", "  ...\n"),
    ],
)
def test_case_order_repetition_and_punctuation_do_not_count(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), [("refund", "refunds"), ("12", "21"), ("Александр", "Александра"), ("a b", "ab")])
def test_words_that_differ_differ(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("word", "number"), [("refund", False), ("12", True), ("7b", True), ("KC77", True), ("٣", True), ("обед", False)]
)
def test_a_word_with_a_digit_is_a_number(word: str, number: bool) -> None:
    (one,) = words(word)
    assert is_number(one) is number


@pytest.mark.parametrize("written", ["+7 999 000-12-34", "8 (999) 000-12-34", "89990001234", "+7.999.000.12.34"])
def test_the_senders_own_number_is_left_out_however_it_is_written(written: str) -> None:
    assert words(f"call {written} please", own=["0001234"]) == words("call please")
    assert words(f"call {written} please", own=["0001235"]) != words("call please")


def test_so_much_of_a_text_is_read() -> None:
    long = "word " * 2_000
    assert len(long) == 10_000
    assert not too_long(long)
    assert too_long(long + "x")
    assert words(long + "unread") == words("word")


def test_the_numbers_are_the_same_on_every_machine_and_with_every_hash_seed() -> None:
    """G1: they are compared with what a rebuilt desk reads."""
    program = "from supportq._words import words; print(*words('Please refund KC77, прошу'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert said == {" ".join(map(str, words("Please refund KC77, прошу"))) + "\n"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("please refund my booking soon", "Please refund my booking, thank you", True),
        ("a b c d e f g h i j", "a b c d e f g", True),
        ("a b c d e f g h i j", "a b c d e f g x y z", True),
        ("a b c d e f g h i j", "a b c d e f x y z w", False),
        ("a b c d e f", "a b", False),
        ("please refund my booking", "where is my luggage", False),
        ("", "", False),
        ("refund", "", False),
    ],
)
def test_near_the_same(one: str, other: str, same: bool) -> None:
    """70 % of the shorter text are in the longer one, and half of all words in both."""
    assert near_same(words(one), words(other)) is same
    assert near_same(words(other), words(one)) is same
