"""Telephone numbers by the numbering plans of the whole world: `pip install 'supportq[phone]'`.

The engine's own table knows how long the numbers of some sixty countries are; this one knows every country, and refuses numbers
that are too short or too long for theirs. A number that both can read has the same form in both.
"""

from __future__ import annotations

import re
from typing import Final

try:
    import phonenumbers
except ModuleNotFoundError as missing:
    problem = "supportq.adapters.phone needs phonenumbers, which an extra brings: pip install 'supportq[phone]'"
    raise ModuleNotFoundError(problem, name=missing.name) from missing

__all__ = ["normal_phone"]

_POSSIBLE: Final = phonenumbers.ValidationResult.IS_POSSIBLE
_TWO_ZEROS: Final = re.compile(r"\s*0\s*0")


def normal_phone(text: str, region: str | None) -> str | None:
    """A number in E.164; `None` where it is none, or where a local number comes without its region.

    >>> normal_phone("8 (999) 000-12-34", "RU"), normal_phone("00420 601 000 123", None), normal_phone("601 000 123", None)
    ('+79990001234', '+420601000123', None)
    """
    number = _read(text, region)
    # People write 00 for the plus everywhere, though Russia dials 810 and America 011.
    if number is None and (zeros := _TWO_ZEROS.match(text)):
        return _read(f"+{text[zeros.end() :]}", None)
    return number


def _read(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != _POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
