"""Who is writing: which messages are from one client (rule D1)."""

from __future__ import annotations

from typing import Any

import pytest

from supportq import Client, InvalidValue, Request
from supportq.identity import CONTESTED_LIMIT, TOLD_APART, Clients, identifiers
from supportq.policy import CompositeKey, IdentityRules

FAMILY = "+420601000123"


class Told:
    """Clients, and an easy way to tell them of messages: each is received after the one before."""

    def __init__(self, region: str | None = "CZ", **rules: Any) -> None:
        self.clients = Clients(IdentityRules(**rules), region)
        self.requests: dict[str, Request] = {}

    def of(self, request_id: str, **said: Any) -> str:
        """Who the client of a message is, once it has been taken in; `said` is what it proves, and fields of the message."""
        beside = {name: said.pop(name) for name in ("claims", "attributes") if name in said}
        request = Request(request_id, Client(**said), **beside)
        self.requests[request_id] = request
        self.clients.add(request, received=len(self.requests))
        return self.clients.client_of(request_id)

    def shared(self, identifier: str) -> None:
        """An operator says that it belongs to many."""
        key = self.clients.identifier(identifier)
        plan = self.clients.plan_shared(key)
        self.clients.mark_shared(key)
        self.clients.carry_out(plan)

    def apart(self, one: str, other: str) -> None:
        """An operator says that two messages are from two people."""
        request = self.requests[other]
        first, second = (self.clients.sender_of(self.requests[name]) for name in (one, other))
        self.clients.carry_out(self.clients.plan_apart(first, second, request, 1 + list(self.requests).index(other)))

    def together(self) -> list[list[str]]:
        """The messages of each client, in the order in which they came."""
        groups: dict[object, list[str]] = {}
        for request_id, request in self.requests.items():
            groups.setdefault(self.clients.sender_of(request).client, []).append(request_id)
        return list(groups.values())


# ------------------------------------------------------------------------------------------------------- identifiers


def test_identifiers_stand_strongest_first() -> None:
    everything = Client(phone="+420601000123", email="Ann@Example.com", messenger="Telegram:4711", account=" 17 ", name="Ann")
    assert list(identifiers(everything)) == [
        "account:17",
        "messenger:telegram:4711",
        "email:ann@example.com",
        "phone:+420601000123",
    ]
    assert list(identifiers(Client(name="Ann", email="nonsense", phone="12", account=" "))) == []


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("email: Ann+trip@Example.com", "email:ann@example.com"),
        ("phone:601 000 123", "phone:+420601000123"),
        ("account: 17 ", "account:17"),
        ("messenger:Telegram:4711", "messenger:telegram:4711"),
        ("messenger:whatsapp:420601000123", "phone:+420601000123"),
    ],
)
def test_an_identifier_is_read_as_messages_are(written: str, compared: str) -> None:
    assert Clients(IdentityRules(), "CZ").identifier(written) == compared


@pytest.mark.parametrize(
    "written",
    ["", "ann@example.com", "name:Ann", "email:", "email:nonsense", "phone:12", "email:noemail@example.com", "key:born:x"],
)
def test_what_identifies_nobody_is_refused(written: str) -> None:
    with pytest.raises(InvalidValue, match="identifies nobody"):
        Clients(IdentityRules(), "CZ").identifier(written)


def test_what_is_said_to_be_shared_must_be_an_identifier() -> None:
    with pytest.raises(InvalidValue, match="identifies nobody"):
        Clients(IdentityRules(agencies=("email:nonsense",)))


# --------------------------------------------------------------------------------------------------------- plain links


@pytest.mark.parametrize("name", [None, "Ann Smith"])
def test_one_identifier_in_common_is_enough(name: str | None) -> None:
    told = Told()
    assert told.of("A1", email="ann@example.com", phone="601 000 123", name=name) == "client-1"
    assert told.of("A2", email="ANN@example.com") == "client-1"
    assert told.of("A3", phone="+420601000123") == "client-1"
    assert told.of("B1", email="bob@example.com") == "client-4"


def test_a_message_unites_those_whose_identifiers_it_holds() -> None:
    told = Told()
    told.of("A1", email="ann@example.com")
    told.of("A2", phone="601000123")
    told.of("A3", messenger="telegram:1")
    assert told.clients.count == 3
    # The client is named after whoever came first.
    assert told.of("A4", messenger="telegram:1", phone="601000123", email="ann@example.com") == "client-1"
    assert told.clients.count == 1
    assert {told.clients.client_of(name) for name in ("A1", "A2", "A3")} == {"client-1"}


def test_a_name_never_links() -> None:
    told = Told()
    told.of("A1", email="ann@example.com", name="Ann Smith")
    told.of("A2", email="other@example.com", name="Ann Smith")
    assert told.together() == [["A1"], ["A2"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phone": "601 000 123"}, {"phone": "601 000 123"}),
        ({"email": "noemail@example.com"}, {"email": "noemail@example.com"}),
        ({"phone": "+420000000000"}, {"phone": "+420000000000"}),
        ({"account": "null"}, {"account": "null"}),
        ({"email": "nonsense"}, {"email": "nonsense"}),
    ],
)
def test_what_stands_for_nobody_matches_nothing(one: dict[str, str], other: dict[str, str]) -> None:
    """A local number without a region, a filler, a word that is no address: each message is from somebody new."""
    told = Told(region=None)
    told.of("A1", **one)
    told.of("A2", **other)
    assert told.together() == [["A1"], ["A2"]]
    # A filler does not spoil what stands beside it.
    told.of("A3", **one, messenger="telegram:1")
    told.of("A4", **other, messenger="telegram:1")
    assert told.together() == [["A1"], ["A2"], ["A3", "A4"]]


def test_a_desk_names_its_own_fillers() -> None:
    told = Told(blocked=("Frontdesk", "empty@example.com"))
    told.of("A1", email="frontdesk@example.com")
    told.of("A2", email="FrontDesk@example.com")
    told.of("A3", email="empty@example.com")
    told.of("A4", email="empty@example.com")
    told.of("A5", email="empty@example.org")
    told.of("A6", email="empty@example.org")
    assert told.together() == [["A1"], ["A2"], ["A3"], ["A4"], ["A5", "A6"]]


def test_dots_count_but_where_the_provider_does_not_tell_them_apart() -> None:
    told = Told(dot_insensitive_domains=("mail.example.com",))
    told.of("A1", email="ann.smith@mail.example.com")
    told.of("A2", email="annsmith@mail.example.com")
    told.of("B1", email="bob.jones@example.com")
    told.of("B2", email="bobjones@example.com")
    assert told.together() == [["A1", "A2"], ["B1"], ["B2"]]


# ------------------------------------------------------------------------------------------------------------ accounts


def test_two_accounts_never_unite() -> None:
    told = Told()
    told.of("A1", account="17", phone=FAMILY)
    told.of("B1", account="18", phone=FAMILY)
    told.of("A2", account="17")
    told.of("B2", account="18")
    assert told.together() == [["A1", "A2"], ["B1", "B2"]]
    # Two accounts have it, so the number is nobody's by itself.
    told.of("C1", phone=FAMILY)
    assert told.together()[-1] == ["C1"]


@pytest.mark.parametrize("identifier", [{"email": "ours@example.com"}, {"messenger": "telegram:1"}, {"phone": FAMILY}])
def test_a_second_account_takes_back_what_its_identifier_had_linked(identifier: dict[str, str]) -> None:
    told = Told()
    told.of("A1", account="17", **identifier)
    told.of("X1", **identifier)
    assert told.together() == [["A1", "X1"]]
    told.of("B1", account="18", **identifier)
    assert told.together() == [["A1"], ["X1"], ["B1"]]


def test_who_wrote_without_an_account_may_bring_one_later() -> None:
    told = Told()
    told.of("A1", email="ann@example.com")
    told.of("A2", account="17", email="ann@example.com")
    told.of("A3", account="17")
    assert told.together() == [["A1", "A2", "A3"]]


def test_an_account_that_was_only_typed_in_keeps_two_people_apart_all_the_same() -> None:
    told = Told()
    told.of("A1", account="17", email="ours@example.com")
    told.of("B1", email="ours@example.com", name="Bob", claims=Client(account="18"))
    assert told.together() == [["A1"], ["B1"]]


# -------------------------------------------------------------------------------------------------------------- claims


def test_a_claim_where_nothing_is_proven_links() -> None:
    told = Told()
    told.of("A1", email="ann@example.com")
    told.of("A2", claims=Client(email="ann@example.com"))
    told.of("A3", messenger="telegram:1", name="Ann Smith", claims=Client(email="ann@example.com"))
    assert told.together() == [["A1", "A2", "A3"]]


def test_a_claim_that_contradicts_what_is_proven_counts_for_nothing() -> None:
    told = Told()
    told.of("B1", email="bob@example.com", name="Ann Smith")
    told.of("A1", email="ann@example.com", name="Ann Smith", claims=Client(email="bob@example.com"))
    assert told.together() == [["B1"], ["A1"]]
    assert told.clients.sender_of(told.requests["A1"]).claimed == ()


@pytest.mark.parametrize("proven", [{"phone": FAMILY}, {"email": "ours@example.com"}, {"messenger": "telegram:1"}])
def test_a_claim_beside_something_proven_needs_a_name(proven: dict[str, str]) -> None:
    """Anybody can type in an address; who gives no name may be anybody."""
    told = Told()
    told.of("B1", account="18", email="bob@example.com", phone="+420601000999")
    victim = Client(email="bob@example.com") if "phone" in proven else Client(phone="+420601000999")
    told.of("A1", **proven, claims=victim)
    assert told.together() == [["B1"], ["A1"]]
    told.of("A2", **proven, claims=victim, name="Bob")
    assert ["B1", "A2"] in [[name for name in group if name != "A1"] for group in told.together()]


def test_a_name_is_taken_from_where_it_stands() -> None:
    told = Told()
    told.of("A1", email="ann@example.com", claims=Client(name="Ann Smith"))
    assert told.clients.sender_of(told.requests["A1"]).name == ("an", "smit")


def test_what_is_proven_goes_before_what_is_claimed() -> None:
    """Ann's own number and a stranger's claim of it: the claim fits or is left out, it never drives her messages apart."""
    told = Told()
    told.of("X1", email="x@example.com", name="Xaver Dorn", claims=Client(phone=FAMILY, account="99"))
    told.of("A1", account="17", phone=FAMILY, email="ann@example.com", name="Ann Smith")
    told.of("A2", account="17", name="Ann Smith")
    told.of("A3", email="ann@example.com", name="Ann Smith")
    assert told.together() == [["X1"], ["A1", "A2", "A3"]]


# --------------------------------------------------------------------------------------------------------------- names


def test_clashing_names_take_back_what_an_identifier_had_linked() -> None:
    """A name vetoes: the mailbox or the number is shared, and each is linked by their own identifiers only."""
    for identifier in ({"email": "ours@example.com"}, {"phone": FAMILY}):
        told = Told()
        told.of("A1", **identifier, name="Ann Smith", messenger="telegram:1")
        told.of("X1", **identifier)
        told.of("A2", messenger="telegram:1")
        assert told.together() == [["A1", "X1", "A2"]]
        told.of("B1", **identifier, name="Bob Jones")
        assert told.together() == [["A1", "A2"], ["X1"], ["B1"]]


def test_a_messenger_id_is_one_persons_whatever_they_are_called() -> None:
    told = Told()
    told.of("A1", messenger="telegram:1", name="Ann Smith")
    told.of("A2", messenger="telegram:1", name="Bob Jones")
    assert told.together() == [["A1", "A2"]]


@pytest.mark.parametrize("other", ["Smith Ann", "A. Smith", "Ann", "Mrs Ann Smith", "Анн Смит", "Ann Mary Smith"])
def test_names_that_agree_veto_nothing(other: str) -> None:
    for identifier in ({"email": "ours@example.com"}, {"phone": FAMILY}):
        told = Told()
        told.of("A1", **identifier, name="Ann Smith")
        told.of("A2", **identifier, name=other)
        assert told.together() == [["A1", "A2"]]


def test_typing_errors_part_nobody_in_a_mailbox_but_two_people_at_a_telephone() -> None:
    told = Told()
    told.of("A1", email="ours@example.com", name="Adam Jones")
    told.of("A2", email="ours@example.com", name="Adaam Jonse")
    assert told.together() == [["A1", "A2"]]
    told.of("B1", phone=FAMILY, name="Adam Jones")
    told.of("B2", phone=FAMILY, name="Adaam Jonse")
    assert told.together() == [["A1", "A2"], ["B1"], ["B2"]]


def test_a_bridge_between_two_names_unites_them_not() -> None:
    """Bob and Ann each gave a mailbox of their own; a message that holds both boxes is one of theirs at most."""
    told = Told()
    told.of("A1", email="ann@example.com", name="Ann Smith")
    told.of("B1", phone="601000123", name="Bob Jones")
    told.of("X1", email="ann@example.com", phone="601000123")
    assert told.together() == [["A1", "X1"], ["B1"]]


# -------------------------------------------------------------------------------------------- what belongs to many


def test_a_shared_identifier_counts_only_with_a_name() -> None:
    """It completes: the same number and the same name is one client, the number alone is nobody."""
    told = Told(shared=(f"phone:{FAMILY}",))
    told.of("A1", phone=FAMILY, name="Ann Smith")
    told.of("A2", phone=FAMILY, name="Smith, Ann")
    told.of("B1", phone=FAMILY, name="Bob Jones")
    told.of("X1", phone=FAMILY)
    told.of("X2", phone=FAMILY)
    assert told.together() == [["A1", "A2"], ["B1"], ["X1"], ["X2"]]


def test_a_shared_identifier_links_nobody_who_has_something_of_their_own() -> None:
    told = Told(shared=(f"phone:{FAMILY}",))
    told.of("A1", phone=FAMILY, name="Ann Smith", email="ann@example.com")
    told.of("A2", phone=FAMILY, name="Ann Smith")
    told.of("A3", email="ann@example.com")
    assert told.together() == [["A1", "A3"], ["A2"]]


def test_nameless_messages_come_apart_when_their_identifier_turns_out_to_be_shared() -> None:
    told = Told()
    for name in ("X1", "X2", "X3"):
        told.of(name, phone=FAMILY)
    told.of("A1", phone=FAMILY, name="Ann Smith")
    assert told.together() == [["X1", "X2", "X3", "A1"]]
    told.of("B1", phone=FAMILY, name="Bob Jones")
    assert told.together() == [["X1"], ["X2"], ["X3"], ["A1"], ["B1"]]
    assert told.clients.count == 5
    assert [told.clients.client_of(name) for name in ("X1", "X2", "X3")] == ["client-1", "client-4", "client-5"]
    # Whoever comes with the number alone is from now on somebody new.
    told.of("X4", phone=FAMILY)
    assert told.together()[-1] == ["X4"]


def test_too_many_nameless_messages_to_tell_apart_stay_one_client_and_the_next_are_not_theirs() -> None:
    told = Told()
    old = [f"X{number}" for number in range(TOLD_APART + 1)]
    for name in old:
        told.of(name, phone=FAMILY)
    told.of("A1", phone=FAMILY, name="Ann Smith")
    told.of("B1", phone=FAMILY, name="Bob Jones")
    told.of("X", phone=FAMILY)
    assert told.together() == [old, ["A1"], ["B1"], ["X"]]
    again = Told()
    again.requests = told.requests
    again.clients.restore(told.clients.state(), told.clients.marked)
    assert again.together() == told.together()
    assert again.clients.state() == told.clients.state()
    # An edit of an old one is theirs.
    assert again.clients.find(Request("X7", Client(phone=FAMILY))) is again.clients.sender_of(told.requests["X1"])


def test_what_an_operator_set_apart_stays_so_among_too_many_to_tell_apart() -> None:
    told = Told()
    for number in range(TOLD_APART + 5):
        told.of(f"X{number}", phone=FAMILY)
    told.apart("X0", "X1")
    told.shared(f"phone:{FAMILY}")
    groups = told.together()
    assert ["X1"] in groups
    again = Told()
    again.requests = told.requests
    again.clients.restore(told.clients.state(), told.clients.marked)
    assert again.together() == groups


@pytest.mark.parametrize("identifier", [{"phone": FAMILY}, {"email": "ours@example.com"}, {"messenger": "telegram:1"}])
def test_an_operator_may_say_that_an_identifier_belongs_to_many(identifier: dict[str, str]) -> None:
    """Early or late, it comes to the same."""
    ((kind, value),) = identifier.items()
    early, late = Told(), Told()
    early.shared(f"{kind}:{value}")
    for told in (early, late):
        told.of("A1", **identifier, name="Ann Smith")
        told.of("A2", **identifier, name="Ann Smith", account="17")
        told.of("X1", **identifier)
        told.of("X2", **identifier)
    late.shared(f"{kind}:{value}")
    assert late.together() == early.together() == [["A1"], ["A2"], ["X1"], ["X2"]]
    again = late.together()
    late.shared(f"{kind}:{value}")
    assert late.together() == again


def test_who_writes_under_an_agencys_address_with_nothing_personal_is_the_agency() -> None:
    told = Told(agencies=("email:desk@agency.example.com",))
    told.of("A1", email="Desk@agency.example.com", name="Ann Smith")
    told.of("A2", email="desk@agency.example.com", name="Bob Jones")
    told.of("A3", email="desk@agency.example.com")
    told.of("B1", email="desk@agency.example.com", phone="601000123", name="Bob Jones")
    told.of("B2", phone="601000123")
    assert told.together() == [["A1", "A2", "A3"], ["B1", "B2"]]


# -------------------------------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize(("limit", "groups"), [(5, 3), (2, 6), (7, 1)])
def test_a_client_has_so_many_addresses_and_no_more(limit: int, groups: int) -> None:
    """One messenger id, seven addresses; beyond the limit another address links nobody."""
    told = Told(limit=limit)
    for number in range(7):
        told.of(f"A{number}", phone=FAMILY, email=f"e{number}@example.com")
    assert told.together()[0] == [f"A{number}" for number in range(7)]
    # They hang together by the number, which all of them proved; by their addresses only so many do.
    told = Told(limit=limit)
    for number in range(7):
        told.of(f"B{number}", phone=f"+42060100010{number}", email=f"e{number}@example.com")
        if number:
            told.of(f"C{number}", phone=f"+42060100010{number - 1}", email=f"e{number}@example.com")
    sizes = [len({told.requests[name].client.email for name in group}) for group in told.together()]
    assert max(sizes) == min(limit, 7)
    assert (len(told.together()) == 1) is (groups == 1)


def test_claims_are_limited_in_every_kind() -> None:
    """Whoever types in ever new numbers of others gathers no more of them than a client may have."""
    told = Told(limit=2)
    for number in range(4):
        told.of(f"V{number}", phone=f"+42060100010{number}", name="Ann Smith")
    for number in range(4):
        told.of(f"A{number}", messenger="telegram:1", name="Ann Smith", claims=Client(phone=f"+42060100010{number}"))
    mine = next(group for group in told.together() if "A0" in group)
    assert {"A0", "A1", "A2", "A3"} <= set(mine)
    assert len([name for name in mine if name.startswith("V")]) <= 2


def test_a_claimed_account_is_limited_as_any_claim_is() -> None:
    """Whether links are contested elsewhere or not: the same two messages come out the same."""
    alone, beside = Told(limit=1), Told(limit=1)
    for told in (alone, beside):
        told.of("A1", claims=Client(account="17", email="ours@example.com", phone="+420601000001"))
        told.of("A2", claims=Client(account="17", phone="+420601000002"))
    beside.of("B1", account="18", email="ours@example.com")
    assert beside.together()[:-1] == alone.together()


# ------------------------------------------------------------------------------------------------------ composite keys


def born(name: str, date: str | None) -> dict[str, Any]:
    return {"name": name, "attributes": {} if date is None else {"born": date}}


def test_a_key_of_name_and_date_links_names_that_agree() -> None:
    told = Told(keys=(CompositeKey("person", ("name", "born")),))
    told.of("A1", email="one@example.com", **born("Ann Smith", "1990-01-01"))
    told.of("A2", email="two@example.com", **born("Smith Ann Mary", "1990-01-01"))
    told.of("B1", email="three@example.com", **born("Ann Jones", "1990-01-01"))
    told.of("C1", email="four@example.com", **born("Ann Smith", "1991-01-01"))
    told.of("D1", email="five@example.com", **born("Ann Smith", None))
    assert told.together() == [["A1", "A2"], ["B1"], ["C1"], ["D1"]]


def test_a_key_with_a_name_takes_no_typing_errors() -> None:
    told = Told(keys=(CompositeKey("person", ("name", "born")),))
    told.of("A1", email="one@example.com", **born("Ann Smith", "1990-01-01"))
    told.of("A2", email="two@example.com", **born("Ann Smiht", "1990-01-01"))
    assert told.together() == [["A1"], ["A2"]]


def test_a_key_without_a_name_links_by_itself() -> None:
    told = Told(keys=(CompositeKey("card", ("card", "country")),))
    told.of("A1", email="one@example.com", name="Ann Smith", attributes={"card": " AB 7", "country": "CZ"})
    told.of("A2", email="two@example.com", attributes={"card": "ab  7", "country": "cz"})
    told.of("B1", email="three@example.com", attributes={"card": "AB 7"})
    told.of("B2", email="four@example.com", attributes={"card": "AB 7", "country": ""})
    assert told.together() == [["A1", "A2"], ["B1"], ["B2"]]


# --------------------------------------------------------------------------------------------------------- two people


def test_who_was_said_to_be_two_is_never_one_again() -> None:
    told = Told()
    told.of("A1", phone=FAMILY, email="ann@example.com")
    told.of("B1", phone=FAMILY, email="bob@example.com")
    told.of("A2", email="ann@example.com")
    told.of("B2", email="bob@example.com")
    assert len(told.together()) == 1
    told.apart("A1", "B1")
    assert told.together() == [["A1", "A2"], ["B1", "B2"]]
    told.of("X1", phone=FAMILY, email="ann@example.com", messenger="telegram:1")
    told.of("X2", email="bob@example.com", messenger="telegram:1")
    assert not any({"A1", "B1"} <= set(group) for group in told.together())


def test_of_messages_that_look_the_same_one_is_set_apart() -> None:
    told = Told()
    for name in ("A1", "A2", "A3"):
        told.of(name, phone=FAMILY)
    told.apart("A1", "A2")
    assert told.together() == [["A1", "A3"], ["A2"]]
    assert told.clients.count == 2
    # Whoever comes next from there is taken for the first.
    told.of("A4", phone=FAMILY)
    assert told.together() == [["A1", "A3", "A4"], ["A2"]]


# -------------------------------------------------------------------------------------------------- names of clients


def test_a_client_is_named_after_the_first_of_its_senders() -> None:
    told = Told()
    told.of("A1", email="ann@example.com")
    told.of("A2", phone="601000123")
    told.of("A3", email="ann@example.com", phone="601000123")
    assert {told.clients.client_of(name) for name in told.requests} == {"client-1"}
    told.apart("A1", "A2")
    # The rest keeps its name, and who left is named after itself.
    assert [told.clients.client_of(name) for name in told.requests] == ["client-1", "client-2", "client-1"]
    assert told.clients.count == 2


def test_a_plan_says_what_it_will_do_and_changes_nothing() -> None:
    told = Told()
    told.of("A1", email="ann@example.com")
    told.of("B1", phone="601000123")
    before = told.clients.state()
    plan = told.clients.plan(Request("A2", Client(email="ann@example.com", phone="601000123")), 9)
    assert (plan.client_id, plan.known) == ("client-1", False)
    assert len(plan.joins) == 2
    one, other = (told.clients.sender_of(told.requests[name]) for name in ("A1", "B1"))
    assert plan.client_after(one) is plan.client_after(other)
    new = told.clients.plan(Request("C1", Client(email="cyril@example.com")), 9)
    assert (new.client_id, new.joins) == ("client-3", ())
    assert told.clients.state() == before
    assert told.clients.find(Request("C1", Client(email="cyril@example.com"))) is None
    with pytest.raises(KeyError):
        told.clients.sender_of(Request("C1", Client(email="cyril@example.com")))


# --------------------------------------------------------------------------------------------------- what was stored


def stored(told: Told) -> Told:
    again = Told()
    again.clients = Clients(told.clients.rules, "CZ")
    again.clients.restore(told.clients.state(), told.clients.marked)
    again.requests = dict(told.requests)
    return again


def test_what_is_known_can_be_taken_over() -> None:
    told = Told(keys=(CompositeKey("card", ("card",)),), agencies=("email:desk@agency.example.com",), limit=2)
    told.of("A1", account="17", phone=FAMILY, name="Ann Smith")
    told.of("X1", phone=FAMILY)
    told.of("X2", phone=FAMILY)
    told.of("B1", account="18", phone=FAMILY)
    told.of("C1", email="one@example.com", attributes={"card": "7"})
    told.of("C2", claims=Client(email="two@example.com", phone="12"), attributes={"card": "7"})
    told.of("D1", email="desk@agency.example.com", name="Dan Dorn")
    told.of("N1", phone="12")
    told.of("E1", email="e@example.com")
    told.of("E2", email="e@example.com")
    told.apart("E1", "E2")
    told.shared("email:one@example.com")
    again = stored(told)
    assert again.clients.state() == told.clients.state()
    assert again.clients.count == told.clients.count
    assert again.together() == told.together()
    for one in (told, again):
        one.of("X9", phone=FAMILY)
        one.of("D9", email="desk@agency.example.com")
        one.of("E9", email="e@example.com")
        one.of("C9", email="three@example.com", attributes={"card": "7"})
    assert again.clients.state() == told.clients.state()


def test_a_sender_of_whom_one_message_was_set_apart_lends_its_id_to_nobody() -> None:
    """A stranger who uses the id of a message that identifies nobody is a stranger."""
    told = Told()
    told.of("N1", phone="12")
    stranger = Request("N1", Client(email="stranger@example.com"))
    assert told.clients.find(stranger) is None
    assert told.clients.plan(stranger, 9).client_id != told.clients.client_of("N1")


def test_an_edit_that_says_more_keeps_its_own_sender_when_the_first_is_set_apart() -> None:
    """The first came under a number only, the edit signed in; then the number turns out to be shared."""
    told = Told()
    told.of("A1", phone=FAMILY)
    edit = Request("A1", Client(phone=FAMILY, account="17"))
    told.clients.add(edit, 2)
    told.shared(f"phone:{FAMILY}")
    account = told.clients.sender_of(edit)
    assert account.account == "account:17"
    assert account is not told.clients.sender_of(told.requests["A1"])


def test_a_crowd_goes_on_from_what_was_stored_as_it_would_have_gone_on() -> None:
    """Rule G6, beyond `CONTESTED_LIMIT`, where the outcome depends on the order in which senders came."""

    def crowd() -> Told:
        told = Told(agencies=("email:desk@example.com",))
        told.of("R1", messenger="telegram:2", claims=Client(email="desk@example.com", name="Ann"))
        told.of("R2", email="desk@example.com")
        for number in range(CONTESTED_LIMIT + 5):
            told.of(f"F{number}", messenger="telegram:2", email=f"f{number}@example.com")
        told.of("A1", messenger="telegram:2", account="17")
        told.of("B1", messenger="telegram:2", account="18")
        return told

    live = crowd()
    again = stored(live)
    for told in (live, again):
        told.of("Z1", email="desk@example.com", name="Zoe")
    assert again.clients.state() == live.clients.state()


def test_in_a_crowd_a_new_sender_goes_to_the_first_that_it_fits() -> None:
    """Beyond `CONTESTED_LIMIT` nobody is linked anew: who claims a victim's address moves nobody else."""
    told = Told()
    told.of("V1", email="victim@example.com", name="Ann Smith", account="17")
    for number in range(CONTESTED_LIMIT + 50):
        told.of(f"X{number}", phone=f"+42060{number + 1_000_000}", name="Ann Smith", claims=Client(email="victim@example.com"))
    mine = told.together()[0]
    assert mine[0] == "V1"
    assert len(mine) <= 1 + IdentityRules().limit
    told.of("V2", email="victim@example.com", name="Ann Smith")
    told.of("V3", account="17")
    assert {"V1", "V2", "V3"} <= set(told.together()[0])
