"""Merging is undone by unmerging (rule D6): the tickets are again what they were, in whatever order it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st
from invariants import check
from strategies import DAY, HOUR, NOON, POLICIES, distinct, policies, requests

from supportq import Desk, Policy, Request
from supportq.events import Event, Merged
from supportq.tickets import Ticket


@dataclass
class Operator:
    """Somebody who merges tickets and takes it back, with what the desk said; all of it is checked after every step."""

    desk: Desk
    log: list[Event]
    now: datetime = NOON
    merged: list[str] = field(default_factory=list)
    """Tickets that are part of others."""

    def keep(self, events: Sequence[Event]) -> None:
        self.log += events
        check(self.desk)
        assert Desk.from_log(self.desk.policy, self.log) == self.desk
        assert Desk.from_snapshot(self.desk.snapshot()) == self.desk

    def merge(self, one: int, other: int) -> None:
        """Two of those that are there, counted around."""
        ids = sorted(ticket.id for ticket in self.desk.snapshot().tickets)
        first, second = ids[one % len(ids)], ids[other % len(ids)]
        if first != second:
            events = self.desk.merge(first, second, now=self.now)
            self.keep(events)
            # The ticket may belong to another team now, and is handed over in the same breath.
            self.merged += [event.absorbed for event in events if isinstance(event, Merged)]

    def unmerge(self, number: int) -> None:
        """One of those that were merged, counted around."""
        ticket_id = self.merged.pop(number % len(self.merged))
        self.keep(self.desk.unmerge(ticket_id, now=self.now))


def opened(policy: Policy, batch: Sequence[Request]) -> Operator:
    """A desk where all these came, and nobody has been answered."""
    desk = Desk(policy)
    return Operator(desk, list(desk.submit_many(batch, now=NOON)))


def tickets(desk: Desk) -> dict[str, Ticket]:
    """All tickets, but for when their clocks began anew: those of what was split off do (rule D6)."""
    return {ticket.id: replace(ticket, restarted_at=None) for ticket in desk.snapshot().tickets}


numbers = st.integers(0, 7)
merges = st.tuples(st.just("merge"), numbers, numbers)
unmerges = st.tuples(st.just("unmerge"), numbers, numbers)
steps = st.lists(
    st.tuples(st.sampled_from([timedelta(0), timedelta(0), HOUR, DAY]), merges | merges | unmerges), min_size=1, max_size=7
)


@st.composite
def backlogs(draw: st.DrawFn) -> list[Request]:
    """Requests with ids of their own, some of them edited since."""
    batch = draw(distinct(requests(), max_size=7))
    edited = draw(st.sets(st.sampled_from(batch).map(lambda request: request.id), max_size=2))
    return [*batch, *(replace(request, text="I meant " + request.text) for request in batch if request.id in edited)]


batches = backlogs()


timeless = st.sampled_from([policy for policy in POLICIES.values() if not policy.targets])
"""Desks without clocks, which an undo starts anew."""


@given(timeless, batches, steps, st.lists(numbers, min_size=7, max_size=7))
def test_what_was_merged_and_taken_out_again_is_as_it_was(
    policy: Policy, batch: list[Request], script: list[tuple[timedelta, tuple[str, int, int]]], order: list[int]
) -> None:
    """D6, with time passing: a desk where nobody ever merged anything is the measure."""
    operator = opened(policy, batch)
    untouched = Desk.from_snapshot(operator.desk.snapshot())
    for pause, (do, one, other) in script:
        operator.now += pause
        if do == "merge":
            operator.merge(one, other)
        elif operator.merged:
            operator.unmerge(one)
    for number in order:
        if operator.merged:
            operator.unmerge(number)
    assert not operator.merged
    operator.keep(operator.desk.advance(now=operator.now))
    untouched.advance(now=operator.now)
    assert tickets(operator.desk) == tickets(untouched)
    assert operator.desk.waiting() == untouched.waiting()
    assert operator.desk.next_wakeup == untouched.next_wakeup
    # What a ticket missed while it was part of another was said of that.
    assert replace(operator.desk.counter(), breached=0) == replace(untouched.counter(), breached=0)


@given(policies, batches, numbers, numbers)
def test_a_merged_ticket_holds_all_and_is_no_less_urgent(policy: Policy, batch: list[Request], one: int, other: int) -> None:
    """D4: the earliest arrival, every request, every booking, a lane no lower than either's."""
    operator = opened(policy, batch)
    before = tickets(operator.desk)
    operator.merge(one, other)
    assume(operator.merged)
    (event,) = (event for event in operator.log if isinstance(event, Merged))
    whole, parts = operator.desk.ticket(event.ticket_id), (before[event.ticket_id], before[event.absorbed])
    assert operator.desk.ticket(event.absorbed) == whole
    assert whole.arrived_at == min(part.arrived_at for part in parts) == parts[0].arrived_at
    assert sorted(request.id for request in whole.requests) == sorted(r.id for part in parts for r in part.requests)
    assert len(whole.unanswered) == sum(len(part.unanswered) for part in parts)
    assert {booking.key for booking in whole.bookings} == {b.key for part in parts for b in part.bookings}


@given(policies, batches, numbers, numbers, requests())
def test_who_writes_to_a_part_goes_with_it(policy: Policy, batch: list[Request], one: int, other: int, late: Request) -> None:
    """D6: a late message to the number that was merged follows it in, and out again."""
    operator = opened(policy, batch)
    before = tickets(operator.desk)
    operator.merge(one, other)
    assume(operator.merged)
    (absorbed,) = operator.merged
    writer = before[absorbed].requests[0]
    # It asks what was asked before: what asks something else, or for a call, might be worse off there, and stay out.
    late = replace(late, id="late", client=writer.client, in_reply_to=absorbed, received_at=None, kind=writer.kind)
    late = replace(late, urgent=False, missed_call=False)
    operator.keep(operator.desk.submit(late, now=operator.now))
    whole = operator.desk.ticket(absorbed)
    assert operator.desk.ticket("late").id == whole.id
    operator.unmerge(0)
    part = operator.desk.ticket(absorbed)
    assert part.id == absorbed
    if part.client_id != operator.desk.ticket(whole.id).client_id:
        assert operator.desk.ticket("late").id == absorbed
    assert part.arrived_at == before[absorbed].arrived_at
