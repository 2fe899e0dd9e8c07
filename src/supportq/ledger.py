"""The ledger of a desk: what was missed, who was on duty, and what it costs them. A pure function of the log (rule C3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from supportq import events as ev
from supportq._apply import follow
from supportq._lifecycle import Case
from supportq._normal import PhoneNormaliser, normal_phone
from supportq._roster import Agent
from supportq._state import DeskState
from supportq.events import Event
from supportq.policy import Policy
from supportq.targets import Fine
from supportq.tickets import ClockKind
from supportq.when import fits

__all__ = ["Entry", "Ledger", "ShiftAccount", "ledger"]

_PARTS: Final = 1_000_000
"""Shares of pay are counted in whole millionths, so that no rounding ever differs between machines."""
_EXCUSED: Final = ("KNOWN_LATE", "POLICY")
"""Causes that are nobody's on duty: it was late before the desk knew of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something missed, and what it costs.

    `clock` is what was missed, `None` where a ticket was left unanswered at the end of duty (then `cause` is `LEFT`). `agents`
    answer for it: whoever had the ticket unless they had gone off duty, otherwise everybody on duty in its team, at a desk
    without teams everybody on duty. `fine` is the name of the fine that fits, `charged` what each of them pays of it, in whole
    units, what the limit of the shift leaves: less than their part of `due` once that is reached.
    """

    at: datetime
    ticket_id: str
    clock: ClockKind | None
    target: str | None
    cause: str
    agents: tuple[str, ...]
    fine: str | None
    due: Mapping[str, int]
    charged: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftAccount:
    """One shift of an agent: what it pays, what its misses cost, at most `at_most` (`None` where the pay is not known)."""

    agent: str
    began_at: datetime
    ended_at: datetime | None
    pay: int | None
    charged: int
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that was missed, in the order of the log, and all shifts, in the order in which they began."""

    entries: tuple[Entry, ...]
    shifts: tuple[ShiftAccount, ...]


class _Shift:
    """A shift that is being counted."""

    __slots__ = ("agent", "at_most", "began_at", "charged", "ended_at", "pay")

    def __init__(self, event: ev.SignedIn, share: float) -> None:
        self.agent = event.agent
        self.began_at = event.at
        self.ended_at: datetime | None = None
        self.pay = event.pay
        self.charged = 0
        self.at_most = None if event.pay is None else _part(event.pay, share)

    def charge(self, amount: int) -> int:
        """What is left to pay of an amount."""
        if self.at_most is not None:
            amount = min(amount, self.at_most - self.charged)
        self.charged += amount
        return amount

    def account(self) -> ShiftAccount:
        """The shift as a value."""
        return ShiftAccount(
            agent=self.agent,
            began_at=self.began_at,
            ended_at=self.ended_at,
            pay=self.pay,
            charged=self.charged,
            at_most=self.at_most,
        )


def ledger(policy: Policy, log: Iterable[Event], *, phones: PhoneNormaliser = normal_phone) -> Ledger:
    """The ledger of a desk, from the policy that it began with and its log; O(events), and O(backlog) at the end of a duty.

    Agents who did not sign in answer only for what they had; they have no shift, so no pay and no limit. Raises `LogError` as
    `Desk.from_log` does.

    >>> from datetime import UTC, timedelta
    >>> from supportq import Client, Desk, Lane, Policy, Request, Target
    >>> policy = Policy((Lane("all"),), targets=(Target(timedelta(minutes=15)),), fines=(Fine("missed", amount=100),))
    >>> desk, noon = Desk(policy), datetime(2020, 3, 20, 12, tzinfo=UTC)
    >>> log = [*desk.sign_in("ivan", pay=3_000, now=noon)]
    >>> log += desk.submit(Request("A1", Client(email="ann@example.com")), now=noon)
    >>> log += desk.advance(now=noon + timedelta(hours=1))
    >>> [(entry.ticket_id, entry.agents, entry.charged) for entry in ledger(policy, log).entries]
    [('A1', ('ivan',), {'ivan': 100})]
    """
    book = _Book(DeskState(policy, phones))
    for position, event in enumerate(log):
        book.write(event, position)
    return Ledger(tuple(book.entries), tuple(shift.account() for shift in book.shifts))


class _Book:
    """The ledger while it is written, beside the desk as it was at each event."""

    def __init__(self, state: DeskState) -> None:
        self._state = state
        self._open: dict[str, _Shift] = {}
        self.shifts: list[_Shift] = []
        self.entries: list[Entry] = []

    def write(self, event: Event, position: int) -> None:
        """The next event of the log."""
        follow(self._state, event, position)
        match event:
            case ev.SignedIn():
                if (before := self._open.get(event.agent)) is not None:
                    # Without a team since an adoption, and in another now.
                    before.ended_at = event.at
                self._open[event.agent] = shift = _Shift(event, self._state.policy.fines_at_most)
                self.shifts.append(shift)
            case ev.Breached():
                self._missed(event)
            case ev.SignedOut():
                # Nobody who was brought on duty by an adoption has signed in.
                agents = (event.agent,) if event.agent in self._open else ()
                for ticket_id in event.left:
                    self._enter(event.at, self._state.cases[ticket_id], None, None, "LEFT", agents)
                if event.agent in self._open:
                    self._open.pop(event.agent).ended_at = event.at

    def _missed(self, event: ev.Breached) -> None:
        case = self._state.cases[event.ticket_id]
        agents = () if event.cause in _EXCUSED else self._answerable(event, case)
        self._enter(event.at, case, event.clock, event.target, event.cause, agents)

    def _answerable(self, event: ev.Breached, case: Case) -> tuple[str, ...]:
        if event.agent is not None and (event.cause == "TAKEN" or not self._has_gone(event.agent)):
            return (event.agent,)
        return tuple(sorted(agent for agent in self._open if self._works(self._state.roster.agents[agent], case)))

    def _has_gone(self, name: str) -> bool:
        """Whether an agent has gone off duty; one who never signed in has not."""
        agent = self._state.roster.agents.get(name)
        return agent is not None and not agent.duty.on_duty

    def _works(self, agent: Agent, case: Case) -> bool:
        """Whether a ticket is of a team that an agent works for."""
        queue = self._state.roster.queue(case)
        return queue is None or queue.team in agent.duty.teams

    def _enter(
        self, at: datetime, case: Case, clock: ClockKind | None, target: str | None, cause: str, agents: tuple[str, ...]
    ) -> None:
        fine = self._fine(case, at_the_end=clock is None)
        if fine is None and clock is None:
            return
        due = {} if fine is None else {agent: self._cost(fine, agent, place, len(agents)) for place, agent in enumerate(agents)}
        charged = {agent: self._charge(agent, amount) for agent, amount in due.items()}
        self.entries.append(
            Entry(
                at=at,
                ticket_id=case.id,
                clock=clock,
                target=target,
                cause=cause,
                agents=agents,
                fine=None if fine is None else fine.name,
                due=due,
                charged=charged,
            )
        )

    def _charge(self, agent: str, amount: int) -> int:
        """What an agent pays of an amount."""
        return self._open[agent].charge(amount) if agent in self._open else amount

    def _fine(self, case: Case, *, at_the_end: bool) -> Fine | None:
        """The first fine of that sort which fits a ticket."""
        fines = (fine for fine in self._state.policy.fines if fine.left is at_the_end)
        return next((fine for fine in fines if fine.when is None or fits(fine.when, case, self._state.us)[0]), None)

    def _cost(self, fine: Fine, agent: str, place: int, agents: int) -> int:
        """The part of a fine that one of several agents pays; what does not divide goes to the first by name."""
        pay = self._open[agent].pay if agent in self._open else None
        amount = fine.amount // agents + (place < fine.amount % agents)
        return amount + (0 if pay is None else _part(pay, fine.of_pay) // agents)


def _part(pay: int, share: float) -> int:
    """A share of a pay in whole units, rounded down."""
    return pay * round(share * _PARTS) // _PARTS
