"""Who is writing: identifiers, made comparable, and the clients they belong to (rule D1).

This is the first form: identifiers are looked up by strength, and what is typed in counts only where a channel proves
nothing. Vetoes by name, shared identifiers and undo come with the full form.
"""

from __future__ import annotations

from collections.abc import Mapping

from supportq._normal import normal_email, normal_phone, normal_reference
from supportq.tickets import Client, Request

__all__ = ["Clients", "identifiers", "normal_email", "normal_phone", "normal_reference"]


def identifiers(client: Client, region: str | None = None) -> tuple[str, ...]:
    """The identifiers of a client in the form that is compared, strongest first (rule D1).

    >>> identifiers(Client(phone="+420 601 000 123", account=" 17 "))
    ('account:17', 'phone:+420601000123')
    """
    phone = normal_phone(client.phone, region) if client.phone else None
    return client.keys if phone is None else (*client.keys, f"phone:{phone}")


class Clients:
    """Which client each identifier belongs to."""

    __slots__ = ("_accounts", "_owners", "_region")

    def __init__(self, region: str | None = None) -> None:
        self._region = region
        self._owners: dict[str, str] = {}
        self._accounts: dict[str, str] = {}

    def _keys(self, request: Request) -> tuple[str, ...]:
        """What identifies the sender: what the channel proves, or what was typed in where it proves nothing."""
        client = request.client
        if client.phone is None and client.keys:
            return client.keys
        return identifiers(client, self._region) or identifiers(request.claims, self._region)

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

    def same_sender(self, one: Request, other: Request) -> bool:
        """Whether two requests share an identifier, or say the same of their sender."""
        ours, theirs = self._keys(one), self._keys(other)
        accounts = {key for key in (*ours, *theirs) if key.startswith("account:")}
        if len(accounts) > 1:
            return False
        return bool(set(ours) & set(theirs)) or (one.client, one.claims) == (other.client, other.claims)

    def learn(self, request: Request, client_id: str) -> None:
        """The request came from this client: its identifiers, as far as they are nobody's yet, are theirs."""
        for key in self._keys(request):
            if key.startswith("account:") and self._accounts.setdefault(client_id, key) != key:
                continue
            self._owners.setdefault(key, client_id)

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
