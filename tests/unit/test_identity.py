"""Who is writing: identifiers made comparable, strongest first (rule D1)."""

from __future__ import annotations

from supportq import Client, Request
from supportq.identity import Clients, identifiers


def test_identifiers_stand_strongest_first() -> None:
    everything = Client(phone="+420601000123", email="Ann@Example.com", messenger="Telegram:4711", account=" 17 ", name="Ann")
    assert list(identifiers(everything)) == [
        "account:17",
        "messenger:telegram:4711",
        "email:ann@example.com",
        "phone:+420601000123",
    ]
    assert list(identifiers(Client(name="Ann", email="nonsense", phone="12", account=" "))) == []


def sent(request_id: str, *, claims: Client | None = None, **identity: str) -> Request:
    return Request(request_id, Client(**identity), claims=claims or Client())


def met(*requests: tuple[Request, str]) -> Clients:
    clients = Clients("CZ")
    for request, client_id in requests:
        clients.learn(request, client_id)
    return clients


def test_nobody_is_known_at_first() -> None:
    assert Clients().find(sent("A1", email="ann@example.com")) is None


def test_one_identifier_in_common_is_enough() -> None:
    clients = met((sent("A1", email="ann@example.com", phone="601 000 123"), "c1"))
    assert clients.find(sent("A2", email="ANN@example.com")) == "c1"
    assert clients.find(sent("A3", phone="+420601000123")) == "c1"
    assert clients.find(sent("A4", email="bob@example.com")) is None


def test_the_strongest_identifier_decides() -> None:
    clients = met((sent("A1", email="ann@example.com"), "c1"), (sent("B1", phone="601000123"), "c2"))
    assert clients.find(sent("A2", email="ann@example.com", phone="601000123")) == "c1"


def test_two_accounts_never_unite() -> None:
    """D1: a family shares a telephone; each signs in alone."""
    clients = met((sent("A1", account="17", phone="601000123"), "c1"))
    assert clients.find(sent("B1", account="18", phone="601000123")) is None
    clients.learn(sent("B1", account="18", phone="601000123"), "c2")
    assert clients.find(sent("B2", account="18")) == "c2"
    # Without an account the number belongs to whom it was first seen with.
    assert clients.find(sent("C1", phone="601000123")) == "c1"


def test_a_second_account_of_one_client_is_not_learned() -> None:
    """D1: two accounts never unite, not even by way of a request that was edited."""
    clients = met((sent("A1", account="17"), "c1"), (sent("A1", account="18"), "c1"))
    assert clients.find(sent("B1", account="18")) is None
    assert not clients.same_sender(sent("A1", account="17", email="a@b.cz"), sent("A1", account="18", email="a@b.cz"))


def test_a_client_met_without_account_may_bring_one_later() -> None:
    clients = met((sent("A1", email="ann@example.com"), "c1"))
    assert clients.find(sent("A2", account="17", email="ann@example.com")) == "c1"
    clients.learn(sent("A2", account="17", email="ann@example.com"), "c1")
    assert clients.find(sent("A3", account="17")) == "c1"
    assert clients.find(sent("A4", account="18", email="ann@example.com")) is None


def test_claims_count_only_where_the_channel_proves_nothing() -> None:
    bob = Client(email="bob@example.com")
    clients = met((sent("B1", email="bob@example.com"), "c2"))
    assert clients.find(sent("A1", email="ann@example.com", claims=bob)) is None
    assert clients.find(sent("A2", claims=bob, name="somebody")) == "c2"


def test_a_name_never_links() -> None:
    clients = met((sent("A1", email="ann@example.com", name="Ann Smith"), "c1"))
    assert clients.find(sent("B1", email="other@example.com", name="Ann Smith")) is None


def test_the_same_sender() -> None:
    clients = Clients("CZ")
    assert clients.same_sender(sent("A1", phone="601 000 123"), sent("A1", phone="+420601000123", email="a@b.cz"))
    assert not clients.same_sender(sent("A1", email="a@b.cz"), sent("A1", email="b@b.cz"))
    # Nothing that could be compared, but the very same words.
    assert clients.same_sender(sent("A1", phone="12"), sent("A1", phone="12"))
    assert not clients.same_sender(sent("A1", phone="12"), sent("A1", phone="13"))


def test_what_is_known_can_be_taken_over() -> None:
    clients = met((sent("A1", account="17", phone="601000123"), "c1"), (sent("B1", account="18"), "c2"))
    again = Clients("CZ")
    again.restore(clients.owners)
    assert again.owners == clients.owners
    assert again.find(sent("C1", account="19", phone="601000123")) is None
