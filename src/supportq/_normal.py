"""Identifiers and booking references in the form in which they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_BLANK: Final = re.compile(r"\s")

_COUNTRIES: Final[Mapping[str, tuple[str, str, int, int]]] = {
    # region: country code, trunk prefix, shortest and longest national number
    "AT": ("43", "0", 4, 13),
    "BY": ("375", "80", 9, 9),
    "CH": ("41", "0", 9, 9),
    "CZ": ("420", "", 9, 9),
    "DE": ("49", "0", 6, 13),
    "ES": ("34", "", 9, 9),
    "FR": ("33", "0", 9, 9),
    "GB": ("44", "0", 9, 10),
    "GE": ("995", "0", 9, 9),
    "IL": ("972", "0", 8, 9),
    "IT": ("39", "", 6, 11),
    "KZ": ("7", "8", 10, 10),
    "LT": ("370", "8", 8, 8),
    "PL": ("48", "", 9, 9),
    "RU": ("7", "8", 10, 10),
    "SK": ("421", "0", 9, 9),
    "TR": ("90", "0", 10, 10),
    "UA": ("380", "0", 9, 9),
    "US": ("1", "1", 10, 10),
}

REGIONS: Final = frozenset(_COUNTRIES)
"""The regions whose local numbers can be read."""


def normal_email(text: str) -> str | None:
    """An address in the form that is compared: NFKC, lower case, without a +tag; `None` if it is none.

    >>> normal_email(" Ivan.Testov+trip@Example.com")
    'ivan.testov@example.com'
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    box, at, domain = plain.strip().lower().rpartition("@")
    box = box.partition("+")[0]
    return f"{box}@{domain}" if at and box and "." in domain and not _BLANK.search(box + domain) else None


def normal_phone(text: str, region: str | None) -> str | None:
    """A number in E.164, by its `+` or `00`, or by the rules of a default region; `None` where that cannot be told.

    >>> normal_phone("8 (999) 000-12-34", "RU"), normal_phone("+7 999 000 12 34", None), normal_phone("601 000 123", None)
    ('+79990001234', '+79990001234', None)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if text.startswith("+") or digits.startswith("00"):
        international = digits if text.startswith("+") else digits[2:]
        return f"+{international}" if 7 <= len(international) <= 15 else None
    if region is None:
        return None
    code, trunk, shortest, longest = _COUNTRIES[region]
    # A local number is written with its trunk prefix or without, and sometimes with the country code but no plus.
    for national in (digits.removeprefix(trunk), digits.removeprefix(code), digits):
        if shortest <= len(national) <= longest:
            return f"+{code}{national}"
    return None


def normal_reference(text: str) -> str:
    """A booking reference in the form that is compared: capitals and digits only.

    >>> normal_reference("kc-77")
    'KC77'
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum()) or text
