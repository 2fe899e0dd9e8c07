"""Identifiers and booking references in the form in which they are compared, and values that stand for nobody."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

# The first use of a codec imports its module; later there must be no import.
codecs.lookup("idna")
codecs.lookup("punycode")

_DOMAIN: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_NOT_IN_BOX: Final = re.compile(r'[\s@<>()\[\],:;\\"]')
_LONGEST_DOMAIN: Final = 253


def normal_email(text: str, dot_insensitive: frozenset[str] = frozenset()) -> str | None:
    """An address in the form that is compared: NFKC, small letters, no +tag, the domain in ASCII; `None` if it is none.

    Dots in the box count, except at the domains of `dot_insensitive` (as they stand in normal addresses). Letters that look
    alike are not folded: they are how one address is made to pass for another.

    >>> normal_email(" Ivan.Testov+trip@Example.com"), normal_email("ann@Výlet.cz")
    ('ivan.testov@example.com', 'ann@xn--vlet-5ra.cz')
    >>> normal_email("a.n.n@mail.example.com", frozenset({"mail.example.com"}))
    'ann@mail.example.com'
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    box, _, written = plain.strip().lower().rpartition("@")
    box = box.partition("+")[0]
    domain = _ascii_domain(written)
    if domain in dot_insensitive:
        box = box.replace(".", "")
    return f"{box}@{domain}" if domain and box and not _NOT_IN_BOX.search(box) else None


def _ascii_domain(domain: str) -> str | None:
    """A domain as the name service knows it; `None` if it cannot be one."""
    domain = domain.removesuffix(".")
    if len(domain) > _LONGEST_DOMAIN:
        return None
    if not domain.isascii():
        try:
            domain = ".".join(_ascii_label(label) for label in domain.replace("。", ".").split("."))
        except UnicodeError:
            return None
    return domain if _DOMAIN.fullmatch(domain) and len(domain) <= _LONGEST_DOMAIN else None


def _ascii_label(label: str) -> str:
    """One part of a domain in ASCII."""
    if label.isascii():
        return label
    # The codec is of 2003 and takes ß for ss; since 2010 these are two domains.
    if "ß" in label or "ς" in label:
        return f"xn--{label.encode('punycode').decode()}"
    return label.encode("idna").decode()


class PhoneNormaliser(Protocol):
    """Brings a telephone number into E.164; `None` where it is none, or where a local number comes without its region.

    Called once for each number of each request, so it must be quick, and for the same number it must give the same for ever.
    `supportq.adapters.phone` has one that knows the numbering plans of the whole world.
    """

    def __call__(self, text: str, region: str | None) -> str | None:
        """The number as `+` and digits. `region` is the country, in two capital letters, whose local numbers are meant."""


class _Country(NamedTuple):
    """How numbers are written in a country: its code, what stands before a number inside it, fewest and most digits."""

    code: str
    trunks: tuple[str, ...]
    shortest: int
    longest: int

    def fits(self, national: str) -> bool:
        """Whether this can be a number without its code and trunk prefix."""
        return self.shortest <= len(national) <= self.longest and not ("0" in self.trunks and national.startswith("0"))


_ZERO: Final = ("0",)
_COUNTRIES: Final[Mapping[str, _Country]] = {
    "AD": _Country("376", (), 6, 6),
    "AE": _Country("971", _ZERO, 8, 9),
    "AL": _Country("355", _ZERO, 8, 9),
    "AM": _Country("374", _ZERO, 8, 8),
    "AT": _Country("43", _ZERO, 7, 13),
    "AU": _Country("61", _ZERO, 9, 9),
    "AZ": _Country("994", _ZERO, 9, 9),
    "BA": _Country("387", _ZERO, 8, 9),
    "BE": _Country("32", _ZERO, 8, 9),
    "BG": _Country("359", _ZERO, 7, 9),
    "BY": _Country("375", ("80", "8", "0"), 9, 9),
    "CA": _Country("1", ("1",), 10, 10),
    "CH": _Country("41", _ZERO, 9, 9),
    "CY": _Country("357", (), 8, 8),
    "CZ": _Country("420", (), 9, 9),
    "DE": _Country("49", _ZERO, 7, 13),
    "DK": _Country("45", (), 8, 8),
    "EE": _Country("372", (), 7, 8),
    "EG": _Country("20", _ZERO, 8, 10),
    "ES": _Country("34", (), 9, 9),
    "FI": _Country("358", _ZERO, 7, 12),
    "FR": _Country("33", _ZERO, 9, 9),
    "GB": _Country("44", _ZERO, 9, 10),
    "GE": _Country("995", _ZERO, 9, 9),
    "GR": _Country("30", (), 10, 10),
    "HR": _Country("385", _ZERO, 8, 9),
    "HU": _Country("36", ("06",), 8, 9),
    "IE": _Country("353", _ZERO, 7, 10),
    "IL": _Country("972", _ZERO, 8, 9),
    "IN": _Country("91", _ZERO, 10, 10),
    "IS": _Country("354", (), 7, 7),
    # There are shorter ones, but with them the code could not be told from the mobile numbers that begin with 39.
    "IT": _Country("39", (), 9, 11),
    "KG": _Country("996", _ZERO, 9, 9),
    "KZ": _Country("7", ("8",), 10, 10),
    "LI": _Country("423", (), 7, 9),
    "LT": _Country("370", ("8", "0"), 8, 8),
    "LU": _Country("352", (), 6, 9),
    "LV": _Country("371", (), 8, 8),
    "MD": _Country("373", _ZERO, 8, 8),
    "ME": _Country("382", _ZERO, 8, 8),
    "MK": _Country("389", _ZERO, 8, 8),
    "MT": _Country("356", (), 8, 8),
    "NL": _Country("31", _ZERO, 9, 9),
    "NO": _Country("47", (), 8, 8),
    "PL": _Country("48", (), 9, 9),
    "PT": _Country("351", (), 9, 9),
    "RO": _Country("40", _ZERO, 9, 9),
    "RS": _Country("381", _ZERO, 8, 10),
    "RU": _Country("7", ("8",), 10, 10),
    "SE": _Country("46", _ZERO, 7, 9),
    "SI": _Country("386", _ZERO, 8, 8),
    "SK": _Country("421", _ZERO, 9, 9),
    "TH": _Country("66", _ZERO, 8, 9),
    "TJ": _Country("992", (), 9, 9),
    "TR": _Country("90", _ZERO, 10, 10),
    "UA": _Country("380", _ZERO, 9, 9),
    "US": _Country("1", ("1",), 10, 10),
    "UZ": _Country("998", (), 9, 9),
}

REGIONS: Final = frozenset(_COUNTRIES)
"""The regions whose local numbers can be read."""

_ABROAD: Final = {
    **dict.fromkeys(("BY", "KZ", "RU", "TJ", "UA", "UZ"), "810"),
    **dict.fromkeys(("CA", "US"), "011"),
    "AU": "0011",
}
"""What is dialled before the country code, where it is not only `00`."""

_OF_CODE: Final = {country.code: country for country in _COUNTRIES.values()}
_TWO_DIGIT_CODES: Final = frozenset(
    str(code)
    for first, last in ((30, 34), (39, 41), (43, 49), (51, 58), (60, 66), (90, 95))
    for code in (20, 27, 36, 81, 82, 84, 86, 98, *range(first, last + 1))
)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15

_EXTENSION: Final = re.compile(r"(?<=\d)[\s(.,]*(?:[;#]|ext|x|доб|вн|wew|linka|klapka|durchwahl).*", re.DOTALL | re.IGNORECASE)
_NO_DIGIT: Final = re.compile(r"\D+")


def normal_phone(text: str, region: str | None) -> str | None:
    """A number in E.164, by its `+` or `00`, or by the rules of a default region; `None` where that cannot be told.

    >>> normal_phone("8 (999) 000-12-34", "RU"), normal_phone("+7 999 000 12 34", None), normal_phone("601 000 123", None)
    ('+79990001234', '+79990001234', None)
    """
    with_plus, digits = _digits(text)
    if with_plus:
        return _international(digits)
    country = _COUNTRIES.get(region) if region else None
    for prefix in (_ABROAD.get(region or "", "00"), "00"):
        if digits.startswith(prefix):
            return _international(digits[len(prefix) :])
    return _local(digits, country) if country else None


def _digits(text: str) -> tuple[bool, str]:
    """Whether a plus stands before the first digit, and the digits without those of an extension."""
    if text[1:].isdecimal() and text.isascii():
        return text[0] == "+", text if text[0].isdecimal() else text[1:]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    text = _EXTENSION.sub("", text)
    before_digits = _NO_DIGIT.match(text)
    return before_digits is not None and "+" in before_digits.group(), _NO_DIGIT.sub("", text)


def _international(digits: str) -> str | None:
    """The number that begins with a country code."""
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or digits[0] == "0":
        return None
    code = _code(digits)
    country = _OF_CODE.get(code)
    # The trunk prefix is for calls inside a country, but people write it behind the code: +44 (0) 20.
    if country and not country.fits(national := digits[len(code) :]):
        for trunk in country.trunks:
            if national.startswith(trunk) and country.fits(national[len(trunk) :]):
                return f"+{code}{national[len(trunk) :]}"
    return f"+{digits}"


def _code(digits: str) -> str:
    """The country code with which a number begins: one digit, two or three."""
    if digits[0] in "17":
        return digits[0]
    return digits[:2] if digits[:2] in _TWO_DIGIT_CODES else digits[:3]


def _local(digits: str, country: _Country) -> str | None:
    """The number as it is written inside a country: with a trunk prefix, with the code but no plus, or with nothing."""
    for prefix in (*country.trunks, country.code, ""):
        if digits.startswith(prefix) and country.fits(national := digits[len(prefix) :]):
            return f"+{country.code}{national}"
    return None


_LOOKALIKES: Final = str.maketrans("АВЕКМНОРСТУХІЅЈ", "ABEKMHOPCTYXISJ")
"""Cyrillic capitals that look like Latin ones."""


def normal_reference(text: str) -> str:
    """A booking reference in the form that is compared: capitals and digits only, Cyrillic capitals that look Latin as Latin.

    >>> normal_reference("kc-77"), normal_reference("КС77").isascii()
    ('KC77', True)
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    capitals = unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)
    return "".join(c for c in capitals if c.isalnum()) or text


_NOBODYS_BOXES: Final = frozenset(
    """
    donotreply na nil no nobody noemail nomail none noreply null test undefined unknown
    """.split()  # noqa: SIM905  # a list to read
)
_NOBODYS_NAMES: Final = frozenset(("", "0", "na", "nan", "nil", "none", "null", "undefined", "unknown"))
_SIGNS: Final = re.compile(r"[\W_]+")
_ASCENDING: Final = ("0123456789", "1234567890")


def is_filler(kind: str, value: str) -> bool:
    """Whether a normal value of this kind was only typed to fill a field, so that it identifies nobody.

    >>> is_filler("email", "noemail@example.com"), is_filler("phone", "+70000000000"), is_filler("messenger", "telegram:4711")
    (True, True, False)
    """
    if not value or value.isspace():
        return True
    if kind == "email":
        box = value.partition("@")[0]
        return (box if box.isalnum() else _SIGNS.sub("", box)) in _NOBODYS_BOXES
    if kind == "phone":
        return _is_filler_number(value.removeprefix("+"))
    if kind == "messenger":
        value = value.partition(":")[2]
    return kind in ("account", "messenger") and _SIGNS.sub("", value).lower() in _NOBODYS_NAMES


def is_blocked(key: str, blocked: frozenset[str]) -> bool:
    """Whether a policy says of an identifier, or of a mailbox whatever its domain, that it identifies nobody.

    >>> is_blocked("account:walk-in", frozenset({"walk-in"})), is_blocked("email:info@example.com", frozenset({"info"}))
    (True, True)
    """
    kind, _, value = key.partition(":")
    return value in blocked or (kind == "email" and value.partition("@")[0] in blocked)


def _is_filler_number(digits: str) -> bool:
    """Whether a number is too short, one digit over and over, or counts up: with its country code or without.

    >>> _is_filler_number("79999999999"), _is_filler_number("71234567890"), _is_filler_number("79990001234")
    (True, True, False)
    """
    if len(digits) < _FEWEST_DIGITS:
        return True
    national = digits[len(_code(digits)) :]
    return len(set(national)) == 1 or any(row.startswith(part) for row in _ASCENDING for part in (digits, national))
