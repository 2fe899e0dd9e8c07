"""Fair share by key (rule R8): what is charged, how long it stays with a ticket, and what it never touches."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from supportq import (
    Booking,
    Client,
    Desk,
    HeadStart,
    Lane,
    LogError,
    Order,
    Policy,
    PolicyError,
    Request,
    Shift,
    Staffing,
    Target,
    when,
)
from supportq.events import Admitted, Event
from supportq.fairness import Charges, FairShare
from supportq.schema import policy_from_json, to_json
from supportq.tickets import Attribute

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULE = FairShare("agency", spacing=10 * MINUTE, at_most=HOUR)
POLICY = Policy((Lane("all"),), fair_share=RULE)


def request(name: str, agency: Attribute = "Sun", **fields: Any) -> Request:
    return Request(name, Client(account=name), attributes={"agency": agency}, **fields)


def desk_with(*requests: Request, policy: Policy = POLICY) -> tuple[Desk, list[Event]]:
    desk = Desk(policy)
    return desk, list(desk.submit_many(requests, now=NOON))


def delays(log: list[Event]) -> list[timedelta]:
    """How much later each ticket counts than it came, of a log in which all came at noon."""
    return [(event.effective_arrival or NOON) - NOON for event in log if isinstance(event, Admitted)]


def test_a_key_is_spaced_out_and_never_by_more_than_the_stated_delay() -> None:
    _, log = desk_with(*(request(f"S{number}") for number in range(9)))
    assert [delay / MINUTE for delay in delays(log)] == [0, 10, 20, 30, 40, 50, 60, 60, 60]


def test_keys_are_spaced_apart_from_each_other_and_a_request_without_one_is_not() -> None:
    _, log = desk_with(
        request("S1"), request("M1", "Moon"), request("S2"), Request("X", Client(account="x")), request("N", None)
    )
    assert [delay / MINUTE for delay in delays(log)] == [0, 0, 10, 0, 0]


def test_values_that_are_no_text_go_by_their_text() -> None:
    _, log = desk_with(request("S1", 7), request("S2", "7"), request("S3", 7.5))
    assert [delay / MINUTE for delay in delays(log)] == [0, 10, 0]


def test_a_client_is_charged_as_known_when_the_ticket_is_opened() -> None:
    policy = Policy((Lane("all"),), fair_share=FairShare("client", spacing=10 * MINUTE, at_most=HOUR))
    ann = Client(account="ann")
    matters = [Request(f"A{number}", ann, kind=kind, bookings=Booking(f"K{number}")) for number, kind in enumerate("abc")]
    _, log = desk_with(*matters, Request("B", Client(account="bob")), policy=policy)
    assert [delay / MINUTE for delay in delays(log)] == [0, 10, 20, 0]


def test_a_key_of_weight_two_is_spaced_half_as_far_to_the_microsecond() -> None:
    third = FairShare("agency", spacing=timedelta(microseconds=1_000_000), at_most=DAY, weights={"Sun": 3, "Moon": 2})
    assert [third.step(key) for key in ("Sun", "Moon", "Mars")] == [333_333, 500_000, 1_000_000]


def test_what_comes_after_the_spacing_is_not_delayed() -> None:
    desk = Desk(POLICY)
    log: list[Event] = []
    for number, minutes in enumerate((0, 4, 15, 30)):
        log += desk.submit(request(f"S{number}"), now=NOON + minutes * MINUTE)
    effective = [event.effective_arrival for event in log if isinstance(event, Admitted)]
    assert effective == [None, NOON + 10 * MINUTE, NOON + 20 * MINUTE, None]


def test_a_backlog_is_charged_in_the_order_given_whatever_is_older() -> None:
    """The latest of a key never goes back: who is told late is charged as one more."""
    _, log = desk_with(request("S1"), request("S2", received_at=NOON - 5 * MINUTE), request("S3", received_at=NOON - DAY))
    told = [event.effective_arrival for event in log if isinstance(event, Admitted)]
    assert told == [None, NOON + 10 * MINUTE, NOON - DAY + HOUR]


def test_a_request_that_joins_a_ticket_is_not_charged() -> None:
    desk, _ = desk_with(request("S1"))
    desk.submit(Request("again", Client(account="S1"), attributes={"agency": "Sun"}, in_reply_to="S1"), now=NOON)
    (event,) = desk.submit(request("S2"), now=NOON)
    assert isinstance(event, Admitted)
    assert event.effective_arrival == NOON + 10 * MINUTE


def test_it_orders_lanes_by_arrival_with_head_starts_and_explain_says_so() -> None:
    policy = Policy((Lane("all", head_starts=(HeadStart(5 * MINUTE, when.kind("vip")),)),), fair_share=RULE)
    desk, _ = desk_with(request("S1"), request("S2", kind="vip"), request("X", None), policy=policy)
    desk.submit(request("Y", None), now=NOON + 6 * MINUTE)
    assert desk.waiting() == ["S1", "X", "S2", "Y"]
    said = desk.explain("S2")
    assert (said.arrived_at, said.fair_share, said.head_start) == (NOON, 10 * MINUTE, 5 * MINUTE)
    assert said.order_term == NOON + 5 * MINUTE
    assert said.above is not None
    assert (said.above.decided_by, said.above.ours) == ("effective arrival", "2020-03-20T12:05:00Z")


def test_lanes_by_departure_or_reply_by_are_not_touched() -> None:
    policy = Policy(
        (Lane("flights", when.has_booking(), order=Order.DEPARTURE), Lane("rest", order=Order.REPLY_BY)),
        fair_share=RULE,
        targets=(Target(HOUR),),
    )
    flight = Booking("K1", departs_at=NOON + DAY)
    desk, _ = desk_with(request("S1"), request("S2"), request("S3", bookings=flight), request("Y", None), policy=policy)
    assert desk.waiting() == ["S3", "S1", "S2", "Y"]
    assert [desk.explain(name).fair_share for name in ("S2", "S3")] == [timedelta(0)] * 2


def test_the_arrival_and_what_runs_from_it_are_never_changed() -> None:
    desk, _ = desk_with(request("S1"), request("S2"), policy=Policy((Lane("all"),), fair_share=RULE))
    assert desk.ticket("S2").arrived_at == NOON
    assert desk.counter(now=NOON + HOUR).oldest_wait == HOUR
    desk.take("ivan", ticket="S2", now=NOON + HOUR)
    (replied,) = desk.reply("S2", now=NOON + HOUR)
    assert replied.waited == HOUR  # type: ignore[union-attr]


def test_the_oldest_is_the_earliest_arrival_and_not_the_first_in_line() -> None:
    desk, _ = desk_with(request("S1"), request("S2"))
    desk.submit(request("X", None), now=NOON + MINUTE)
    desk.take("ivan", now=NOON + MINUTE)
    assert desk.waiting() == ["X", "S2"]
    assert desk.counter().oldest == "S2"


def late(desk: Desk, ticket: str) -> timedelta | None:
    said = desk.ticket(ticket)
    return None if said.effective_arrival is None else said.effective_arrival - said.arrived_at


def test_it_is_kept_through_a_park_a_hand_back_and_giving_up_unanswered() -> None:
    desk, _ = desk_with(request("S1"), request("S2"))
    desk.park("S2", until=NOON + HOUR, now=NOON)
    desk.advance(now=NOON + HOUR)
    assert late(desk, "S2") == 10 * MINUTE
    desk.take("ivan", ticket="S2", now=NOON + HOUR)
    desk.hand_back("S2", now=NOON + HOUR)
    assert late(desk, "S2") == 10 * MINUTE
    desk.withdraw("S2", now=NOON + HOUR)
    desk.reopen("S2", now=NOON + HOUR)
    assert late(desk, "S2") == 10 * MINUTE


def test_it_ends_with_the_arrival_that_it_was_charged_for() -> None:
    """D2: what comes back after an answer has a new arrival, and nobody is charged for that."""
    desk, _ = desk_with(request("S1"), request("S2"), request("S3"))
    for name in ("S2", "S3"):
        desk.take("ivan", ticket=name, now=NOON)
        desk.reply(name, now=NOON)
    desk.submit(Request("more", Client(account="S2"), text="And what now?", in_reply_to="S2"), now=NOON + HOUR)
    desk.resolve("S3", now=NOON + HOUR)
    desk.reopen("S3", now=NOON + HOUR)
    assert [late(desk, name) for name in ("S2", "S3")] == [None, None]


def test_writing_again_neither_sheds_it_nor_adds_to_it() -> None:
    """R7. A repeat that was sent earlier brings the arrival forward, and the delay stays what it was."""
    desk, _ = desk_with(request("S1"), request("S2"))
    same = {"attributes": {"agency": "Sun"}, "in_reply_to": "S2"}
    desk.submit(Request("again", Client(account="S2"), **same), now=NOON + MINUTE)  # type: ignore[arg-type]
    assert desk.ticket("S2").effective_arrival == NOON + 10 * MINUTE
    earlier = Request("before", Client(account="S2"), received_at=NOON - HOUR, **same)  # type: ignore[arg-type]
    desk.submit(earlier, now=NOON + MINUTE)
    assert desk.ticket("S2").arrived_at == NOON - HOUR
    assert late(desk, "S2") == 10 * MINUTE


def test_a_split_off_ticket_waits_with_its_own_arrival_and_without_delay() -> None:
    """D6: it was not charged when it came in, and an undo is no reason to charge it."""
    desk, _ = desk_with(request("S1"), request("S2"))
    desk.submit(Request("more", Client(account="S2"), attributes={"agency": "Sun"}, in_reply_to="S2"), now=NOON + MINUTE)
    desk.unmerge("more", now=NOON + 2 * MINUTE)
    assert desk.ticket("more").arrived_at == NOON + MINUTE
    assert (late(desk, "more"), late(desk, "S2")) == (None, 10 * MINUTE)


def test_a_merged_ticket_waits_with_the_delay_of_the_one_that_stays_and_an_undo_gives_back_both() -> None:
    desk, _ = desk_with(request("S1"), request("S2"), request("S3"))
    desk.merge("S2", "S3", now=NOON)
    assert late(desk, "S2") == 10 * MINUTE
    assert Desk.from_snapshot(desk.snapshot()) == desk
    desk.unmerge("S3", now=NOON)
    assert [late(desk, name) for name in ("S2", "S3")] == [10 * MINUTE, 20 * MINUTE]


def test_the_bound_counts_what_stands_before_it_and_an_older_effective_arrival_adds_one() -> None:
    """R5: while a ticket is delayed into the future, whoever comes meanwhile is older, and goes before it."""
    desk, _ = desk_with(request("S1"), request("S2"))
    before = desk.explain("S2").bound
    desk.submit(request("X", None), now=NOON + 5 * MINUTE)
    between = desk.explain("S2").bound
    desk.submit(request("Y", None), now=NOON + 15 * MINUTE)
    after = desk.explain("S2").bound
    assert [bound and bound.takes for bound in (before, between, after)] == [2, 3, 3]


def test_an_estimate_says_that_later_ones_may_go_first() -> None:
    desk, _ = desk_with(request("S1"), request("S2"), request("S3"))
    desk.plan(Staffing((Shift(time(0), time(0), agents=1),), handling_time=10 * MINUTE), now=NOON)
    assert "LATER_MAY_GO_FIRST" in {reason.code for reason in desk.estimate("S3").reasons}


def test_keys_that_can_delay_nobody_any_more_are_dropped_and_that_changes_nothing() -> None:
    """They go when another is charged; whether one has gone or not, it no longer counts."""
    charges, day = Charges(RULE, keep=86_400_000_000), 86_400_000_000
    for number in range(1_000):
        at = number * day
        assert charges.charge(request("S", f"agency {number}"), "client-1", received=at, at=at) == 0
        assert charges.charge(request("S", "always"), "client-1", received=at, at=at) == 0
        assert len(charges.state()) <= 4
    old = request("S", "agency 999")
    assert charges.late(old, "client-1", received=999 * day, at=999 * day) == 10 * 60_000_000
    # The last instant at which it counts, and the first at which it does not.
    lasts = day + 70 * 60_000_000
    assert charges.late(old, "client-1", received=999 * day, at=999 * day + lasts - 1) > 0
    assert charges.late(old, "client-1", received=999 * day, at=999 * day + lasts) == 0


def test_a_log_with_another_charge_is_refused() -> None:
    desk, log = desk_with(request("S1"), request("S2"))
    assert Desk.from_log(POLICY, log) == desk
    with pytest.raises(LogError, match=r"^event 1 of the log: its fair share is an effective arrival of None"):
        Desk.from_log(Policy((Lane("all"),)), log)
    dearer = Policy((Lane("all"),), fair_share=FairShare("agency", spacing=HOUR, at_most=HOUR))
    with pytest.raises(LogError, match=r"^event 1"):
        Desk.from_log(dearer, log)


def test_a_policy_with_a_fair_share_reads_back_from_json() -> None:
    policy = Policy(
        (Lane("all"),), fair_share=FairShare("client", spacing=MINUTE, at_most=HOUR, weights={"client-1": 2, "client-2": 0.5})
    )
    assert policy_from_json(to_json(policy)) == policy
    assert hash(policy) == hash(policy_from_json(to_json(policy)))


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"key": ""}, "fair_share.key"),
        ({"spacing": timedelta(0)}, "fair_share.spacing"),
        ({"spacing": 5}, "fair_share.spacing"),
        ({"at_most": timedelta(0)}, "fair_share.at_most"),
        ({"at_most": -MINUTE}, "fair_share.at_most"),
        ({"weights": [("Sun", 1)]}, "fair_share.weights"),
        ({"weights": {7: 1}}, "fair_share.weights"),
        ({"weights": {"Sun": 0}}, "fair_share.weights.Sun"),
        ({"weights": {"Sun": float("nan")}}, "fair_share.weights.Sun"),
        ({"weights": {"Sun": True}}, "fair_share.weights.Sun"),
    ],
)
def test_a_fair_share_that_cannot_be_meant_is_refused(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        FairShare(**{"key": "agency", "spacing": MINUTE, "at_most": HOUR, **fields})
    assert refusal.value.field == place


def test_a_policy_takes_a_fair_share_and_nothing_else() -> None:
    with pytest.raises(PolicyError, match=r"policy\.fair_share"):
        Policy((Lane("all"),), fair_share="client")  # type: ignore[arg-type]
