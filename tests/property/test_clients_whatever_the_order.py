"""Who is whose client depends on what was said, not on the order in which it was told (rule D1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from supportq import Client, Request
from supportq.identity import Clients
from supportq.policy import CompositeKey, IdentityRules

# Full names, two of them with typing errors, what is left of them where only a part is given, and people who clash with all.
NAMES = (None, None, "Ann Smith", "Smith Ann", "Ann Smiht", "Anna Smith", "Ann", "A. Smith", "Bob Jones", "Bob", "Ann Jones")
EMAILS = (None, None, "one@example.com", "two@example.com", "desk@example.com")
PHONES = (None, None, "+420601000001", "+420601000002", "+420601000009")
MESSENGERS = (None, None, None, "telegram:1", "telegram:2")
ACCOUNTS = (None, None, None, None, "17", "18")

RULES = (
    IdentityRules(),
    IdentityRules(agencies=("email:desk@example.com",), shared=("phone:+420601000009",)),
    IdentityRules(shared=("email:one@example.com", "phone:+420601000001")),
    IdentityRules(limit=1),
    IdentityRules(keys=(CompositeKey("born", ("name", "born")), CompositeKey("card", ("card",))), limit=2),
)

identities = st.builds(
    Client,
    account=st.sampled_from(ACCOUNTS),
    email=st.sampled_from(EMAILS),
    phone=st.sampled_from(PHONES),
    messenger=st.sampled_from(MESSENGERS),
    name=st.sampled_from(NAMES),
)
attributes = st.sampled_from([{}, {}, {"born": "1990-01-01"}, {"born": "1991-01-01"}, {"card": "7"}])


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[Request, int]]:
    """Messages under few identifiers, each with when it was received; some at the same instant."""
    told = draw(st.lists(st.tuples(identities, st.one_of(st.just(Client()), identities), attributes), min_size=2, max_size=8))
    received = [draw(st.integers(0, 5)) for _ in told]
    return [
        (Request(f"R{number}", client, claims=claims, attributes=facts), at)
        for number, ((client, claims, facts), at) in enumerate(zip(told, received, strict=True))
        if client.identified or claims.identified
    ]


Story = Sequence[tuple[Request, int]]
Partition = frozenset[frozenset[str]]
Step = Callable[[Clients], Clients]


def partition(clients: Clients, story: Story) -> Partition:
    """The requests of each client."""
    groups: dict[object, set[str]] = {}
    for request, _ in story:
        groups.setdefault(clients.sender_of(request).client, set()).add(request.id)
    return frozenset(map(frozenset, groups.values()))


def shared(identifier: str) -> Step:
    """An operator says that it belongs to many."""

    def say(clients: Clients) -> Clients:
        key = clients.identifier(identifier)
        plan = clients.plan_shared(key)
        clients.mark_shared(key)
        clients.carry_out(plan)
        return clients

    return say


def stored(clients: Clients) -> Clients:
    """The host stops, and goes on from what it had stored."""
    again = Clients(clients.rules)
    again.restore(clients.state(), clients.marked)
    return again


def told(rules: IdentityRules, story: Story, *, steps: Iterable[tuple[int, Step]] = ()) -> Clients:
    """The clients after a story, with these steps before the n-th message, or after the last."""
    clients = Clients(rules)
    between = list(steps)
    for number, (request, received) in enumerate(story):
        for at, step in between:
            if at == number:
                clients = step(clients)
        clients.add(request, received)
    for at, step in between:
        if at >= len(story):
            clients = step(clients)
    return clients


def shuffled(story: Story, seed: int) -> Story:
    return random.Random(seed).sample(story, len(story))


rules_ = st.sampled_from(RULES)
seeds = st.integers(0, 2**32)
places = st.integers(0, 8)


@given(rules_, stories(), seeds)
def test_in_every_order_they_are_the_same(rules: IdentityRules, story: Story, seed: int) -> None:
    """D1: also where names clash, accounts meet and identifiers turn out to be shared on the way."""
    assert partition(told(rules, shuffled(story, seed)), story) == partition(told(rules, story), story)


@given(rules_, stories(), seeds, places)
def test_what_was_stored_goes_on_as_what_was_not(rules: IdentityRules, story: Story, seed: int, at: int) -> None:
    live, again = told(rules, story), told(rules, story, steps=[(at, stored)])
    assert again.state() == live.state()
    assert partition(again, story) == partition(live, story)
    other = told(rules, shuffled(story, seed), steps=[(at, stored)])
    assert partition(other, story) == partition(live, story)


@given(
    rules_,
    stories(),
    seeds,
    st.sampled_from(["email:one@example.com", "phone:+420601000001", "messenger:telegram:1", "account:17"]),
    places,
    places,
)
def test_said_to_be_shared_early_or_late(
    rules: IdentityRules, story: Story, seed: int, identifier: str, early: int, late: int
) -> None:
    """The links that it made are taken back, whenever an operator says so (rule 8 of the cases)."""
    first = told(rules, story, steps=[(early, shared(identifier))])
    other = told(rules, shuffled(story, seed), steps=[(late, shared(identifier))])
    assert partition(first, story) == partition(other, story)


@given(rules_, stories())
def test_two_accounts_are_two_clients(rules: IdentityRules, story: Story) -> None:
    """Rule 9 of the cases: whatever else they have in common."""
    clients = told(rules, story)
    for one, other in combinations(clients.senders, 2):
        if one.account and other.account and one.account != other.account:
            assert one.client is not other.client


@given(rules_, stories())
def test_counts_and_numbers_fit(rules: IdentityRules, story: Story) -> None:
    """A client is named after the least of its senders, and the count of clients is the count of names."""
    clients = told(rules, story)
    held = {sender.client: None for sender in clients.senders}
    assert clients.count == len(held) == len({cluster.id for cluster in held if cluster is not None})
    for cluster in held:
        assert cluster is not None
        assert cluster.number == min(sender.number for sender in cluster.senders)
        assert all(sender.client is cluster for sender in cluster.senders)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9), st.sampled_from([None, "Ann Smith"]), seeds)
def test_a_clean_chain_is_one_client(gaps: list[int], name: str | None, seed: int) -> None:
    """Each message shares an address or a number with the one before: they are one client, whichever comes first."""
    boxes, phones = ([f"{head}{n}{tail}" for n in range(5)] for head, tail in (("e", "@example.com"), ("+42060100010", "")))
    story = [
        (Request(f"R{n}", Client(email=boxes[n // 2], phone=phones[(n + 1) // 2], name=name)), gap)
        for n, gap in enumerate(gaps)
    ]
    # Nine in a row have five addresses and five numbers, as many as a client may have.
    clients = told(IdentityRules(), shuffled(story, seed))
    assert len(partition(clients, story)) == 1
