"""What a text says, as numbers that can be compared: one for each word, the same on every machine."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Collection, Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER: Final = re.compile(r"\+?\d[\d ().\-]{5,}\d")
"""What may be a telephone number."""
_PRIME: Final = (1 << 61) - 1
_READ: Final = 10_000
"""So many characters of a text are compared; whoever writes more says something new."""


def words(text: str, own: Collection[str] = ()) -> array[int]:
    """The distinct words of a text as numbers of 61 bits, in order: its letters as one number, modulo a prime.

    Case, punctuation, and telephone numbers that end in one of `own` (digits only) do not count. O(characters), at most 10,000.

    >>> words("Please refund!") == words("REFUND, please")
    True
    >>> words("call 8 (999) 000-12-34", own=["9990001234"]) == words("call")
    True
    """
    text = text[:_READ]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if own:
        text = _NUMBER.sub(lambda found: " " if _is_own(found[0], own) else found[0], text)
    # Words of letters alone are odd, those with a digit even: a new number is news, whatever it is.
    return array(
        "Q",
        sorted(
            (int.from_bytes(word.encode(), "little") % _PRIME) << 1 | word.isalpha()
            for word in set(_WORD.findall(text.casefold()))
        ),
    )


def _is_own(number: str, own: Iterable[str]) -> bool:
    digits = "".join(filter(str.isdigit, number))
    return any(digits.endswith(tail) for tail in own)


def is_number(word: int) -> bool:
    """Whether a word of `words` holds a digit.

    >>> [is_number(word) for word in words("flat 7b")] == [is_number(word) for word in sorted(words("flat 7b"))]
    True
    """
    return not word & 1


def too_long(text: str) -> bool:
    """Whether a text is longer than what is compared of it."""
    return len(text) > _READ


def near_same(one: Collection[int], other: Collection[int]) -> bool:
    """Whether two texts say nearly the same: 70 % of the shorter is in the longer, and half of all words are in both.

    >>> near_same(words("please refund my booking soon"), words("Please refund my booking, thank you"))
    True
    >>> near_same(words("please refund my booking"), words("where is my luggage"))
    False
    """
    if not one or not other:
        return False
    shared = len(set(one) & set(other))
    return shared >= 0.7 * min(len(one), len(other)) and 2 * shared >= len(one) + len(other) - shared
