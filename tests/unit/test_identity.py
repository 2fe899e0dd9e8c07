"""Who is writing: identifiers made comparable, and the clients they belong to (rule D1)."""

from __future__ import annotations

from typing import Any

from supportq import Client, Request
from supportq.identity import Clients, identifiers
from supportq.policy import IdentityRules


def clients(*told: Client | tuple[Client, Client], **rules: Any) -> Clients:
    found = Clients(IdentityRules(**rules), "CZ")
    for number, said in enumerate(told):
        proven, claims = said if isinstance(said, tuple) else (said, Client())
        found.add(Request(f"R{number}", proven, claims=claims), number)
    return found


def who(found: Clients, count: int) -> list[int]:
    """For each message the number of its client, counted by first appearance."""
    ids = [found.client_of(f"R{number}") for number in range(count)]
    return [list(dict.fromkeys(ids)).index(client) for client in ids]


def test_identifiers_stand_strongest_first() -> None:
    said = Client(account="17", email="Ann@Example.com", phone="601 000 123", messenger="Telegram:5")
    assert identifiers(said, "CZ") == ("account:17", "messenger:telegram:5", "email:ann@example.com", "phone:+420601000123")


def test_an_identifier_in_common_is_enough() -> None:
    found = clients(
        Client(email="ann@example.com"), Client(email="ann@example.com", phone="601000123"), Client(phone="601000123")
    )
    assert who(found, 3) == [0, 0, 0]


def test_two_accounts_never_unite() -> None:
    shared = Client(account="1", phone="601000123"), Client(account="2", phone="601000123")
    assert who(clients(*shared), 2) == [0, 1]


def test_a_clashing_name_keeps_two_apart() -> None:
    found = clients(Client(phone="601000123", name="Jan Novák"), Client(phone="601000123", name="Marie"))
    assert who(found, 2) == [0, 1]


def test_what_is_known_can_be_taken_over() -> None:
    found = clients(Client(email="a@b.cz"), (Client(messenger="t:1", name="Ann Bee"), Client(email="a@b.cz")))
    again = Clients(IdentityRules(), "CZ")
    again.restore(found.state(), ())
    assert (again.state(), again.count) == (found.state(), 1)
