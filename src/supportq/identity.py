"""Who is writing: identifiers, made comparable, and the clients they belong to (rule D1).

This is the first form: identifiers are looked up by strength, and what is typed in counts only where a channel proves
nothing. Vetoes by name, shared identifiers and undo come with the full form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from supportq.tickets import Client, Request

__all__ = ["Clients", "identifiers", "normal_email", "normal_phone"]

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


_BLANK: Final = re.compile(r"\s")


def normal_email(text: str) -> str | None:
    """An address in the form that is compared: NFKC, lower case, without a +tag; `None` if it is none.

    >>> normal_email(" Ivan.Testov+trip@Example.com")
    'ivan.testov@example.com'
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    box, at, domain = plain.strip().casefold().rpartition("@")
    box = box.partition("+")[0]
    return f"{box}@{domain}" if at and box and "." in domain and not _BLANK.search(box + domain) else None


def normal_phone(text: str, region: str | None) -> str | None:
    """A number in E.164, by its `+` or `00`, or by the rules of a default region; `None` where that cannot be told.

    >>> normal_phone("8 (999) 000-12-34", "RU"), normal_phone("+7 999 000 12 34", None), normal_phone("601 000 123", None)
    ('+79990001234', '+79990001234', None)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if text.startswith("+"):
        return f"+{digits}" if 7 <= len(digits) <= 15 else None
    if digits.startswith("00"):
        return f"+{digits[2:]}" if 7 <= len(digits) - 2 <= 15 else None
    if region is None or region not in _COUNTRIES:
        return None
    code, trunk, shortest, longest = _COUNTRIES[region]
    for national in (digits.removeprefix(trunk), digits, digits.removeprefix(code)):
        if shortest <= len(national) <= longest and (national != digits or not trunk or shortest != longest):
            return f"+{code}{national}"
    return f"+{code}{digits}" if shortest <= len(digits) <= longest else None


def identifiers(client: Client, region: str | None = None) -> Iterator[str]:
    """The identifiers of a client in the form that is compared, strongest first (rule D1).

    >>> list(identifiers(Client(phone="+420 601 000 123", account=" 17 ")))
    ['account:17', 'phone:+420601000123']
    """
    if client.account and (account := client.account.strip()):
        yield f"account:{account}"
    if client.messenger and (messenger := client.messenger.strip().casefold()):
        yield f"messenger:{messenger}"
    if client.email and (email := normal_email(client.email)):
        yield f"email:{email}"
    if client.phone and (phone := normal_phone(client.phone, region)):
        yield f"phone:{phone}"


class Clients:
    """Which client each identifier belongs to. A client is named after the first request it was met with."""

    __slots__ = ("_accounts", "_last", "_owners", "_region")

    def __init__(self, region: str | None = None) -> None:
        self._region = region
        self._owners: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._last: tuple[Request, list[str]] | None = None

    def _keys(self, request: Request) -> list[str]:
        """What identifies the sender: what the channel proves, or what was typed in where it proves nothing."""
        # `find` and `learn` come in pairs, about one request.
        if self._last is not None and self._last[0] is request:
            return self._last[1]
        keys = list(identifiers(request.client, self._region)) or list(identifiers(request.claims, self._region))
        self._last = request, keys
        return keys

    def find(self, request: Request) -> str | None:
        """The client who sent this, `None` for one not met yet; O(identifiers).

        The strongest known identifier decides, but two accounts never unite: one who signs in with an account of their own
        is never taken for the owner of another.
        """
        keys = self._keys(request)
        account = keys[0] if keys and keys[0].startswith("account:") else None
        for key in keys:
            owner = self._owners.get(key)
            if owner is not None and (account is None or self._accounts.get(owner, account) == account):
                return owner
        return None

    def learn(self, request: Request, client_id: str) -> None:
        """The request came from this client: its identifiers, as far as they are nobody's yet, are theirs."""
        for key in self._keys(request):
            self._owners.setdefault(key, client_id)
            if key.startswith("account:"):
                self._accounts.setdefault(client_id, key)

    @property
    def owners(self) -> Mapping[str, str]:
        """Every known identifier with the client it belongs to."""
        return self._owners

    def restore(self, owners: Mapping[str, str]) -> None:
        """Take over what `owners` gave."""
        for key, client_id in owners.items():
            self._owners[key] = client_id
            if key.startswith("account:"):
                self._accounts[client_id] = key
