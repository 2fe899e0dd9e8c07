"""Days on which somebody tries to read, join or tear apart what is not theirs. Nothing of it works, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from story import Story

from supportq import Booking, Client, Lane, Policy, Request, when
from supportq.errors import RequestExists
from supportq.events import Replied
from supportq.tickets import Address

POLICY = Policy((Lane("imminent", when.departs_within(timedelta(days=1))), Lane("standard")), default_region="CZ")
ANN = Client(email="ann@example.com", phone="+420601000123", name="Ann Smith")
MALLORY = Client(email="mallory@example.com", name="Mallory Grey")


def about(request_id: str, reference: str | None = "KC77", client: Client = ANN, **fields: Any) -> Request:
    bookings = () if reference is None else (Booking(reference),)
    return Request(request_id, client, **{"kind": "refund", "channel": "email", "bookings": bookings, **fields})


def day(*requests: Request, policy: Policy = POLICY) -> Story:
    story = Story(policy, "2020-03-20").at("08:00")
    for request in requests:
        story.submit(request)
    return story


def people(story: Story) -> dict[str, str]:
    """The client of each request."""
    tickets = story.desk.snapshot().tickets
    return {request.id: story.desk.client_of(request.id) for ticket in tickets for request in ticket.requests}


def parts(story: Story) -> dict[str, list[str]]:
    """The requests of each ticket."""
    return {ticket.id: [request.id for request in ticket.requests] for ticket in story.desk.snapshot().tickets}


# ------------------------------------------------------------------------------------------------- to be somebody else


@pytest.mark.parametrize(
    ("proven", "claims"),
    [
        (MALLORY, Client(email="ann@example.com")),
        (Client(email="mallory@example.com"), Client(email="ann@example.com", name="Ann Smith")),
        (Client(phone="+420601000666"), Client(phone="+420601000123", name="Ann Smith")),
        (Client(email="mallory@example.com"), Client(phone="+420601000123")),
        (Client(messenger="telegram:666"), Client(email="ann@example.com")),
        (Client(messenger="telegram:666", name="Mallory Grey"), Client(email="ann@example.com")),
        (MALLORY, Client(phone="+420601000123")),
    ],
)
def test_who_proves_something_of_their_own_is_not_whom_they_claim_to_be(proven: Client, claims: Client) -> None:
    """A claim that contradicts, that comes without a name, or under another name, opens nobody's ticket."""
    story = day(about("A1"))
    story.at("08:10").submit(about("M1", client=proven, claims=claims))
    # A name can be had; then the booking and the name join it, but it is another client all the same.
    assert people(story)["M1"] != people(story)["A1"]
    story.at("08:20").submit(about("M2", "K9", client=proven, claims=claims))
    assert parts(story)["M2"] == ["M2"]


def test_what_was_hers_stays_hers_after_a_false_claim() -> None:
    story = day(about("A1"))
    story.at("08:10").submit(about("M1", "K9", MALLORY, claims=Client(email=ANN.email, name="Ann Smith")))
    for number, client in enumerate((Client(email=ANN.email), Client(phone=ANN.phone), ANN)):
        story.at("08:20").submit(about(f"A{number + 2}", client=client))
    assert parts(story)["A1"] == ["A1", "A2", "A3", "A4"]
    assert len(set(people(story).values())) == 2


def test_a_false_claim_that_came_first_gives_no_hold_on_who_proves_it() -> None:
    """Mallory claims her address before Ann ever wrote: Ann's answer goes to Ann."""
    story = day(about("M1", "K9", MALLORY, claims=Client(phone=ANN.phone)))
    story.at("08:10").submit(about("A1"))
    story.at("08:20").submit(about("A2"))
    assert people(story)["A1"] == people(story)["A2"] != people(story)["M1"]
    assert parts(story)["A1"] == ["A1", "A2"]


def test_an_answer_never_goes_where_only_a_claim_points() -> None:
    """D5: with her name and her booking Mallory's message joins, and the host is told what is not proven."""
    story = day(about("A1"))
    story.at("08:10").submit(about("M1", client=Client(messenger="telegram:666", name="Ann Smith"), channel="telegram"))
    story.at("08:20").submit(about("M2", client=Client(name="Ann Smith"), claims=Client(account="666"), channel="form"))
    assert parts(story) == {"A1": ["A1", "M1", "M2"]}
    story.at("08:30").take("ivan")
    story.at("08:40").reply("A1")
    event = story.log[-1]
    assert isinstance(event, Replied)
    assert event.answer_to == (Address("email", "email:ann@example.com"),)
    assert event.unverified == (Address("telegram", "messenger:telegram:666"), Address("form", "account:666"))


def test_a_lookalike_address_is_another_address() -> None:
    # The first letter is Cyrillic; the last domain says rn for m.
    story = day(
        about("A1"), about("M1", client=Client(email="аnn@example.com")), about("M2", client=Client(email="ann@exarnple.com"))
    )
    assert len(set(people(story).values())) == 3


# ------------------------------------------------------------------------------------------------ to join what is not theirs


def test_a_ticket_number_opens_nothing_to_who_quotes_it() -> None:
    story = day(about("A1"))
    for number, client in enumerate((MALLORY, Client(phone="12"), Client(messenger="telegram:666"))):
        story.at("08:10").submit(about(f"M{number}", None, client, in_reply_to="A1"))
        assert parts(story)["A1"] == ["A1"]
        assert story.desk.ticket(f"M{number}").suspects[-1] == "A1"


def test_a_request_id_of_another_is_refused() -> None:
    story = day(about("A1"), about("N1", "K9", Client(phone="12")))
    before = story.desk.snapshot()
    for request_id in ("A1", "N1"):
        for client in (MALLORY, Client(messenger="telegram:666"), Client(phone="13")):
            with pytest.raises(RequestExists):
                story.submit(about(request_id, client=client, text="mine now"))
    assert story.desk.snapshot() == before


def test_a_request_id_set_apart_is_refused_to_others_too() -> None:
    """An operator took it out as somebody else's: whose it is, it is not everybody's."""
    phone = Client(phone=ANN.phone)
    story = day(about("A1", client=phone), about("X1", None, phone))
    story.at("08:10").unmerge("X1", other_client=True)
    with pytest.raises(RequestExists):
        story.at("08:20").submit(about("X1", client=MALLORY, text="mine now"))


@pytest.mark.parametrize(
    "nobody",
    [
        Client(phone="12"),
        Client(phone="999 999 999"),
        Client(email="noemail@example.com"),
        Client(email="test@example.com"),
        Client(account="null"),
        Client(account="0"),
        Client(messenger="telegram:none"),
        Client(email="no address"),
    ],
)
def test_placeholders_and_empty_keys_match_nothing(nobody: Client) -> None:
    """Two who typed nothing have nothing in common; each is somebody new, whatever else they do not say."""
    story = day(about("X1", None, nobody), about("X2", None, nobody), about("X3", "K1", nobody), about("X4", "K1", nobody))
    assert len(set(people(story).values())) == 4
    assert len(parts(story)) == 4


# ------------------------------------------------------------------------------------------------------ to tear it apart


def test_a_stranger_who_uses_her_number_under_another_name_takes_nothing_but_the_number() -> None:
    """The number is shared from then on; what she has of her own holds her tickets together."""
    story = day(
        about("A1"),
        about("A2", client=Client(email=ANN.email)),
        about("A3", "K2", ANN),
    )
    story.at("08:10").submit(about("M1", "K9", Client(phone=ANN.phone, name="Mallory Grey")))
    assert parts(story) == {"A1": ["A1", "A2"], "A3": ["A3"], "M1": ["M1"]}
    assert people(story)["A1"] == people(story)["A2"] == people(story)["A3"] != people(story)["M1"]


def test_an_account_in_a_claim_parts_nothing_that_is_proven() -> None:
    """Mallory says that Ann's address belongs to an account of his: her messages under it stay one client."""
    signed = Client(account="17", email=ANN.email, name="Ann Smith")
    story = day(about("A1", client=signed), about("A2", None, Client(account="17"), text="one more word"))
    story.at("08:10").submit(
        about("M1", "K9", Client(messenger="telegram:666", name="Ann Smith"), claims=Client(account="99", email=ANN.email))
    )
    story.at("08:20").submit(about("A3", None, signed, text="and another"))
    assert people(story)["A1"] == people(story)["A2"] == people(story)["A3"] != people(story)["M1"]
    assert parts(story)["A1"] == ["A1", "A2", "A3"]


def test_many_false_claims_do_not_crowd_her_out() -> None:
    """However many type in her address, with her very name: what she proves still finds her ticket."""
    story = day(about("A1"))
    for number in range(30):
        hostile = Client(phone=f"+42060{number + 2_000_000}", name="Ann Smith")
        story.desk.submit(about(f"M{number}", f"K{number}", hostile, claims=Client(email=ANN.email)), now=story.now)
    event = story.desk.submit(about("A2"), now=story.now)[-1]
    assert (event.ticket_id, event.client_id) == ("A1", story.desk.client_of("A1"))  # type: ignore[union-attr]
    taken_for_her = [name for name, client in people(story).items() if client == story.desk.client_of("A1")]
    assert len(taken_for_her) <= 2 + POLICY.identity.limit


def test_an_agency_that_names_a_travellers_address_reads_nothing_of_theirs() -> None:
    """Its own mail is proven, the traveller's address is typed in by somebody who is not the traveller."""
    story = day(about("A1", "K1"))
    agency = Client(email="desk@agency.example.com")
    story.at("08:10").submit(about("G1", "K2", agency, claims=Client(email=ANN.email, name="Ann Smith")))
    story.at("08:20").submit(about("G2", "K3", agency, claims=Client(phone=ANN.phone)))
    clients = people(story)
    assert clients["G1"] != clients["A1"] != clients["G2"]
    assert set(parts(story)) == {"A1", "G1", "G2"}
