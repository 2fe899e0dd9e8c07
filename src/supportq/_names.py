"""Names of people in a form in which two ways of writing one name agree, whatever the script (rule D1).

A name proves nothing; it only tells that two messages cannot be of one person. So the folding is generous where spellings vary
(a sound has many letters) and strict where people differ: vowels and endings stay, since they tell Александр from Александра.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

Tokens: TypeAlias = tuple[str, ...]
"""The words of a name, folded, each once, in the order of the alphabet."""

_TITLES: Final = frozenset(
    """
    mr mrs ms miss mx sir madam dr prof doc phd csc mgr mag bc ing mudr judr phdr rndr dipl mme
    pan pani slecna inz herr frau fraulein frl
    господин госпожа г-н г-жа д-р доктор проф пан пани пані
    """.split()  # noqa: SIM905  # a list to read
)
"""Words that say how to address somebody, in small letters without marks."""

_LETTERS: Final = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэієґўѓ", "abvgdeziiklmnoprstufieiegug", strict=True)),
        **dict(zip("жхцчшщюяъь", ("zh", "kh", "ts", "ch", "sh", "shch", "iu", "ia", "", ""), strict=True)),
        **dict(zip("łøđðħıæœþ", ("l", "o", "d", "d", "h", "i", "ae", "oe", "th"), strict=True)),
    }
)
"""Letters that are not plain Latin even without their marks. Without its marks й is и, ё is е and ї is і."""

_LOOKALIKES: Final = ("авекмнорстухіѕј", "abekmhopctyxisj")
_TO_LATIN: Final = str.maketrans(*_LOOKALIKES)
_TO_CYRILLIC: Final = str.maketrans(*reversed(_LOOKALIKES))

_SPELLINGS: Final = (
    # One sibilant, however many letters it takes and with its mark or without: ш, щ, š, sch, sz; ж, ž, zh; ч, ц, č, c, ts, cz.
    ("schtsch", "s"),
    ("shch", "s"),
    ("stsch", "s"),
    ("szcz", "s"),
    ("tsch", "c"),
    ("sch", "s"),
    ("sh", "s"),
    ("sz", "s"),
    ("zh", "z"),
    # Czechs, Poles and Germans write Михаил with ch, and names from Greek have ch for k.
    ("micha", "miha"),
    ("chr", "kr"),
    ("tch", "c"),
    ("ch", "c"),
    ("cz", "c"),
    ("ts", "c"),
    ("tz", "c"),
    # One sound, several letters.
    ("ck", "k"),
    ("ct", "kt"),
    ("q", "k"),
    ("x", "ks"),
    ("ph", "f"),
    ("th", "t"),
    ("w", "v"),
    ("y", "i"),
    ("j", "i"),
    # What is g in Russian is h in Ukrainian and Belarusian, and х is kh or h: Olga is Olha, Igor is Ihor.
    ("kh", "h"),
    ("g", "h"),
)
"""Spellings and what they become, in this order."""

_VOWELS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))
"""Umlauts that are spelled out, and what they are without their marks.

They come after the soft vowels, so that Nikolaev and Nikolayev stay one."""

_SOFT: Final = re.compile(r"i[eo](?=[a-z])")
"""A soft vowel: Пётр is Petr, Pyotr and Piotr. At the end of a word the letters stay, since Mario is not Marie."""

_DOUBLED: Final = re.compile(r"([^ ])\1+")
_APOSTROPHES: Final = re.compile("[\"'`´’‘ʼʹ′]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@lru_cache(maxsize=1 << 14)
def folded(name: str) -> Tokens:
    """The words of a name without marks, titles and signs, in one spelling; the last 16,384 names are remembered.

    >>> folded("Г-н Пётр Щукин"), folded("SHCHUKIN Pyotr")
    (('petr', 'sukin'), ('petr', 'sukin'))
    >>> folded("Александр"), folded("Александра")
    (('aleksandr',), ('aleksandra',))
    >>> folded("12 !")
    ()
    """
    words = _words(name)
    text = " ".join(words).translate(_LETTERS)
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    text = _SOFT.sub("e", text)
    for spelling, plain in _VOWELS:
        text = text.replace(spelling, plain)
    tokens = _DOUBLED.sub(r"\1", text).split(" ")
    # An initial stays one letter, though Ю and Ч need two in Latin.
    distinct = {token[:1] if len(word) == 1 else token for word, token in zip(words, tokens, strict=False)}
    return tuple(sorted(distinct - {""}))


def _words(name: str) -> list[str]:
    """The words in small letters, without marks, apostrophes and titles, each in one script."""
    text = name.casefold() if name.isascii() else _unmarked(name)
    words = _WORD.findall(_APOSTROPHES.sub("", text))
    # Somebody who gives nothing but a title may bear it as a name.
    named = [word for word in words if word not in _TITLES] or words
    parts = [part for word in named for part in word.split("-")]
    return parts if name.isascii() else [_in_one_script(part) for part in parts]


def _unmarked(name: str) -> str:
    """The name in small letters without marks."""
    text = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", unicodedata.normalize("NFC", name))).casefold()
    # Czech for щ; without their marks the two letters would be read one by one.
    text = text.replace("s\u030cc\u030c", "shch")
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _in_one_script(word: str) -> str:
    """The word with letters that look alike in the script of the others: a Cyrillic А in Anna is the Latin one.

    >>> _in_one_script("аnna").isascii()
    True
    """
    cyrillic = sum("\u0400" <= letter <= "\u04ff" for letter in word)
    if cyrillic in (0, len(word)):
        return word
    return word.translate(_TO_CYRILLIC if 2 * cyrillic > len(word) else _TO_LATIN)


def is_full(tokens: Tokens) -> bool:
    """Whether there are at least two words that are not mere initials.

    >>> is_full(folded("Ann Smith")), is_full(folded("A. Smith")), is_full(folded("Ann"))
    (True, False, False)
    """
    return len(tokens) > 1 and sum(len(token) > 1 for token in tokens) > 1


def agree(one: Tokens, other: Tokens) -> bool:
    """Whether two folded names can be of one person: one may leave out words, or shorten them to initials.

    >>> agree(folded("J. Smith"), folded("Smith John Arthur")), agree(folded("Ann Smith"), folded("John Smith"))
    (True, False)
    >>> agree((), folded("Ann"))
    True
    """
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if set(short) <= set(long):
        return True
    if all(len(token) > 1 for token in (*short, *long)):
        return False
    return _initials_agree(_apart(short, long), _apart(long, short))


def _apart(tokens: Tokens, others: Tokens) -> list[str]:
    """The words that the other side has not, and all initials."""
    return [token for token in tokens if len(token) == 1 or token not in others]


def _initials_agree(short: Iterable[str], long: Iterable[str]) -> bool:
    """Whether each of the one side finds a partner of its own on the other, where one of two partners is an initial.

    Only what begins alike can be partners, so it is enough to count by first letters: words of the short side need initials on
    the long one, and its initials take whatever is left.
    """
    words, initials = _by_first_letter(short)
    their_words, their_initials = _by_first_letter(long)
    return words <= their_initials and words + initials <= their_words + their_initials


def _by_first_letter(tokens: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How many words and how many initials begin with each letter. Yelena is also written Elena, and both are E or Y."""
    firsts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for token in tokens:
        firsts[len(token) == 1]["e" if token[0] == "i" else token[0]] += 1
    return firsts


@lru_cache(maxsize=4_096)
def contradict(one: Tokens, other: Tokens) -> bool:
    """Whether two folded names must be of two people: they do not agree, and no typing errors can be the reason.

    Of two single words one may be the given name and the other the surname: they contradict nothing.

    A word of four letters or more may have its letters in another order, or some of them added, left out, changed or swapped
    with the next: two, and one more for every six; but not so that the ending may be that of a daughter in the place of her
    father's (`_of_two_sexes`). A word may stand for a longer one that begins with it, if neither ends in a vowel.

    >>> contradict(folded("Adam Jones"), folded("Adaam Jonse")), contradict(folded("Adam Jones"), folded("Anna Jones"))
    (False, True)
    >>> contradict(folded("Александр Иванов"), folded("Александра Иванова"))
    True
    >>> contradict(folded("Daniel Smith"), folded("Daniele Smith")), contradict(folded("Luke Robinson"), folded("Luke Robinso"))
    (True, False)
    """
    if agree(one, other) or len(one) == len(other) == 1:
        return False
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    left = [word for word in long if word not in short]
    for word in short:
        if word not in long:
            meant = next((likely for likely in left if _mistyped(word, likely)), None)
            if meant is None:
                return True
            left.remove(meant)
    return False


def _mistyped(one: str, other: str) -> bool:
    """Whether one word may be the other with typing errors, or its short form: Rob for Robert, but not Dan for Daniela.

    >>> _mistyped("rob", "robert"), _mistyped("dan", "daniela"), _mistyped("eva", "evan")
    (True, False, False)
    """
    short, long = sorted((one, other), key=len)
    shorter = len(short)
    if shorter > 2 and long.startswith(short) and short[-1] not in "aeiou" and long[-1] not in "aeiou":
        return True
    if shorter < 4:
        return False
    if sorted(one) == sorted(other):
        return True
    return not _of_two_sexes(one, other) and _edits(one, other) <= 2 + shorter // 6


def _of_two_sexes(one: str, other: str) -> bool:
    """Whether the endings of two words may tell a woman's name from a man's: they differ, and one of them is a vowel.

    One letter at the end is a slip all the same where it is a consonant, be it missing or in the place of a vowel but `a`.

    >>> _of_two_sexes("valeri", "valeria"), _of_two_sexes("mario", "marie"), _of_two_sexes("stefan", "stefanie")
    (True, True, True)
    >>> _of_two_sexes("moris", "morir"), _of_two_sexes("robinson", "robinso"), _of_two_sexes("norma", "norman")
    (False, False, True)
    """
    short, long = sorted((one, other), key=len)
    ends = {one[-1], other[-1]}
    if len(ends) == 1 or ends.isdisjoint("aeiu"):
        return False
    if long[:-1] == short:
        return short[-1] == "a" or long[-1] in "aeiou"
    return short[:-1] != long[:-1] or "a" in ends or ends <= set("eiou")


def _edits(one: str, other: str) -> int:
    """How many letters were added, left out, changed, or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, its in enumerate(other, 1):
            edits = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                edits = min(edits, last[j - 2] + 1)
            row.append(edits)
    return row[-1]
