"""The line with a fair share is what a model too simple to be wrong says (rule R8), and the singles gain by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median

from hypothesis import given
from hypothesis import strategies as st
from strategies import DAY, HOUR, MINUTE, NOON

from supportq import Client, Desk, Lane, Policy, Request
from supportq.events import Taken
from supportq.fairness import FairShare

MICROSECOND = timedelta(microseconds=1)
KEYS = ("Sun", "Moon", "Mars", None)
rules = st.builds(
    FairShare,
    st.just("agency"),
    spacing=st.sampled_from([MICROSECOND, MINUTE, HOUR, 7 * HOUR]),
    at_most=st.sampled_from([MINUTE, HOUR, DAY]),
    weights=st.dictionaries(st.sampled_from(KEYS[:3]), st.sampled_from([0.1, 0.5, 1, 2, 3, 1 / 3]), max_size=3).map(dict),
)


@dataclass(frozen=True)
class Told:
    """A request that the desk is told of, so long after the one before, which came in so long before that."""

    after: timedelta
    ago: timedelta
    key: str | None


told = st.builds(
    Told,
    st.sampled_from([timedelta(0), timedelta(0), MICROSECOND, MINUTE, HOUR, 3 * HOUR]),
    st.sampled_from([timedelta(0), timedelta(0), MINUTE, 5 * HOUR, 3 * DAY]),
    st.sampled_from(KEYS),
)


def letters(days: list[Told]) -> list[tuple[Request, datetime]]:
    """The requests of a day, each from a client of its own, and when the desk is told of each."""
    found, now = [], NOON
    for number, one in enumerate(days):
        now += one.after
        name = f"R{number:03}"
        carried = {} if one.key is None else {"agency": one.key}
        found.append((Request(name, Client(account=name), received_at=now - one.ago, attributes=carried), now))
    return found


def line_by_hand(rule: FairShare, days: list[Told]) -> list[str]:
    """Who waits before whom, said as the rule says it."""
    latest: dict[str, datetime] = {}
    line = []
    for request, _ in letters(days):
        own = request.received_at
        assert own is not None
        effective, key = own, request.attributes.get("agency")
        if isinstance(key, str):
            exact = Fraction(rule.spacing // MICROSECOND) / Fraction(rule.weights.get(key, 1))
            if key in latest:
                effective = max(own, min(latest[key] + round(exact) * MICROSECOND, own + rule.at_most))
            latest[key] = max(effective, latest.get(key, effective))
        line.append((effective, own, request.id))
    return [name for *_, name in sorted(line)]


@given(rules, st.lists(told, max_size=20))
def test_the_line_is_what_the_rule_says(rule: FairShare, days: list[Told]) -> None:
    desk = Desk(Policy((Lane("all"),), fair_share=rule))
    for request, now in letters(days):
        desk.submit(request, now=now)
    assert desk.waiting() == line_by_hand(rule, days)


@given(rules, st.lists(told, max_size=20))
def test_nobody_counts_as_later_than_the_stated_delay_nor_as_earlier_than_they_came(rule: FairShare, days: list[Told]) -> None:
    desk = Desk(Policy((Lane("all"),), fair_share=rule))
    for request, now in letters(days):
        desk.submit(request, now=now)
    for ticket in desk.snapshot().tickets:
        late = (ticket.effective_arrival or ticket.arrived_at) - ticket.arrived_at
        assert timedelta(0) <= late <= rule.at_most


@given(rules, st.lists(told, max_size=20), st.integers(0, 20))
def test_one_by_one_or_all_at_once_the_order_told_decides(rule: FairShare, days: list[Told], cut: int) -> None:
    """And so it does if the desk is rebuilt half way."""
    policy = Policy((Lane("all"),), fair_share=rule)
    one, other = Desk(policy), Desk(policy)
    batch = letters(days)
    for position, (request, now) in enumerate(batch):
        if position == cut:
            one = Desk.from_snapshot(one.snapshot())
        one.submit(request, now=now)
    other.submit_many([request for request, _ in batch], now=batch[-1][1] if batch else NOON)
    assert one.waiting() == other.waiting()


def day_of_a_drop(fair_share: FairShare | None) -> dict[str, timedelta]:
    """One agency sends 500 requests at noon, and 300 travellers one each in the hour after; one answer a minute by five agents.

    How long each waits.
    """
    desk = Desk(Policy((Lane("all"),), fair_share=fair_share))
    drop = [Request(f"S{n:03}", Client(account=f"s{n}"), attributes={"agency": "Sun"}, received_at=NOON) for n in range(500)]
    desk.submit_many(drop, now=NOON)
    waits = {}
    for minute in range(200):
        now = NOON + minute * MINUTE
        if minute < 60:
            for seat in range(5):
                name = f"T{minute:02}{seat}"
                desk.submit(Request(name, Client(account=name)), now=now)
        for seat in range(5):
            for event in desk.take(f"agent-{seat}", now=now):
                assert isinstance(event, Taken)
                waits[event.ticket_id] = event.waited
                desk.reply(event.ticket_id, now=now)
    return waits


def test_a_drop_of_five_hundred_does_not_push_three_hundred_singles_back() -> None:
    at_most = timedelta(minutes=50)
    without, fair = day_of_a_drop(None), day_of_a_drop(FairShare("agency", spacing=MINUTE, at_most=at_most))
    assert without.keys() == fair.keys()
    assert len(fair) == 800

    def minutes_of_singles(waits: dict[str, timedelta]) -> float:
        return median(wait / MINUTE for name, wait in waits.items() if name[0] == "T")

    assert minutes_of_singles(without) > 60
    assert minutes_of_singles(fair) < 15
    # Nobody who came more than the stated delay after the drop is taken before any of it.
    late = {name for name in fair if name[0] == "T" and int(name[1:3]) * MINUTE > at_most}
    order = list(fair)
    assert late
    assert max(map(order.index, (name for name in fair if name[0] == "S"))) < min(map(order.index, late))
