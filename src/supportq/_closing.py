"""When a ticket may be closed: the steps of its procedure, silence, and messages that need no answer (rule L1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from supportq import events as ev
from supportq._instants import instant, length, micros
from supportq._lifecycle import Case
from supportq.errors import CommandRefused, NotConfirmed, NoteMissing, NotTheirStep, NoWayBack, StepNotDue, UnknownStep
from supportq.identity import Sender
from supportq.policy import Policy
from supportq.procedures import Filing, Procedure, Step
from supportq.tickets import Basis, Confirmation, Lapse, Request, State
from supportq.when import All, AnyOf, Condition, Named, Not, StageIs, any_fits, fits

ALONE: Final = Sender(0, (), (), (), (0, ""))
"""No condition looks at the sender of a message."""


# ------------------------------------------------------------------------------------------------------------ steps


def procedure_of(policy: Policy, case: Case) -> Procedure | None:
    """The procedure that applies to a ticket as its facts are now: whatever applied before, the first that fits.

    Where none fits them, it is the first that fits what another request of the ticket says: a call may be missed that joins.
    """
    if not policy.procedures:
        return None
    found = own_procedure(policy, case)
    return found or (_first_that_fits(policy.procedures, _as_others_ask(policy, case)) if len(case.requests) > 1 else None)


def own_procedure(policy: Policy, case: Case) -> Procedure | None:
    """The first procedure that fits the facts of a ticket, whatever else its other requests say."""
    return _first_that_fits(policy.procedures, [case])


def _first_that_fits(procedures: Iterable[Procedure], several: Sequence[Case]) -> Procedure | None:
    for procedure in procedures:
        # Only timeless conditions come here (the policy checks it), so any instant will do.
        if procedure.when is None or any_fits(procedure.when, several, 0)[0]:
            return procedure
    return None


def _as_others_ask(policy: Policy, case: Case) -> list[Case]:
    """The facts of a ticket as its other requests say them; not those that ask for nothing, or only how far it is."""
    rules, several = policy.duplicates, []
    for position, (request, (_, basis)) in enumerate(zip(case.requests, case.joints, strict=True)):
        quiet = request.kind in rules.acknowledgements or request.kind in rules.status_questions
        if position != case.first and basis is not Basis.FILED and (request.missed_call or not quiet):
            said = copy(case)
            said.first = position
            several.append(said)
    return several


def _missing(procedure: Procedure, confirmed: Iterable[Confirmation]) -> list[Step]:
    """The steps that are still to be confirmed, in their order."""
    by: dict[str, set[str]] = {}
    for one in confirmed:
        by.setdefault(one.step, set()).add(one.by)
    return [step for step in procedure.steps if step.name not in by or (step.each and not by[step.name].issuperset(step.by))]


def due_from(procedure: Procedure, step: Step, confirmed: Iterable[Confirmation]) -> int | None:
    """From when on a step may be confirmed whose turn it is, as far as its delay goes; `None` where it has none."""
    if step.after is None:
        return None
    before = procedure.steps[procedure.steps.index(step) - 1].name
    return max(micros(one.at) for one in confirmed if one.step == before) + length(step.after, "step.after")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a ticket is: the steps that are missing, the next first, and from when on that may be confirmed, if not now."""

    missing: tuple[str, ...] = ()
    next_at: datetime | None = None


NOTHING_MISSING: Final = Progress()


def progress(policy: Policy, case: Case, at: int) -> Progress:
    """How far an open ticket is; a closed one needs nothing."""
    procedure = procedure_of(policy, case) if policy.procedures and case.closed is None else None
    left = [] if procedure is None else _missing(procedure, case.confirmed)
    if procedure is None or not left:
        return NOTHING_MISSING
    due = due_from(procedure, left[0], case.confirmed)
    return Progress(tuple(step.name for step in left), instant(due) if due is not None and due > at else None)


def check_closable(policy: Policy, case: Case) -> None:
    """Refuse to close a ticket while steps of its procedure are missing."""
    procedure = procedure_of(policy, case)
    if procedure is not None and (left := _missing(procedure, case.confirmed)):
        raise NotConfirmed(case.id, procedure.name, [step.name for step in left])


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says of a step: that it is done and right, or that it found the thing wrong."""

    step: str
    by: str
    agent: str | None = None
    right: bool = True


def confirm(policy: Policy, case: Case, now: datetime, said: Statement) -> tuple[ev.Confirmed, tuple[Confirmation, ...]]:
    """The event of a confirmation, and what is confirmed of the ticket after it; refused where it is not due, or not theirs."""
    procedure = procedure_of(policy, case)
    steps = () if procedure is None else procedure.steps
    step = next((step for step in steps if step.name == said.step), None)
    if procedure is None or step is None:
        raise UnknownStep(case.id, said.step, [known.name for known in steps])
    if step.by and said.by not in step.by:
        raise NotTheirStep(case.id, step.name, said.by, step.by)
    after = _confirmed(procedure, step, case, now, said) if said.right else _taken_back(procedure, step, case, now)
    back_to = None if said.right else step.back_to
    # Whoever has the ticket answers it first; then `until_due` puts it aside.
    kept = case.state is State.TAKEN and said.agent != case.agent
    until = None if kept else _put_aside_until(procedure, case, after, now)
    return ev.Confirmed(now, case.id, step.name, said.by, said.agent, until, back_to), after


def _confirmed(procedure: Procedure, step: Step, case: Case, now: datetime, said: Statement) -> tuple[Confirmation, ...]:
    """What counts when a step is confirmed."""
    _check_due(procedure, step, case, now)
    theirs = {one.by for one in case.confirmed if one.step == step.name}
    if said.by in theirs:
        raise NotTheirStep(case.id, step.name, said.by, [name for name in step.by if name not in theirs])
    return (*case.confirmed, Confirmation(step.name, said.by, now, said.agent))


def _taken_back(procedure: Procedure, step: Step, case: Case, now: datetime) -> tuple[Confirmation, ...]:
    """What still counts when a step has found the thing wrong: nothing from the step on to which the work goes back."""
    if step.back_to is None:
        raise NoWayBack(case.id, step.name)
    # It may turn out when the step has been confirmed already.
    if step in _missing(procedure, case.confirmed):
        _check_due(procedure, step, case, now)
    names = [known.name for known in procedure.steps]
    undone = names[names.index(step.back_to) :]
    return tuple(one for one in case.confirmed if one.step not in undone)


def _check_due(procedure: Procedure, step: Step, case: Case, now: datetime) -> None:
    """Refuse a step whose turn, or whose time, it is not."""
    left = _missing(procedure, case.confirmed)
    if not left:
        raise StepNotDue(case.id, step.name, None, None)
    due = due_from(procedure, left[0], case.confirmed)
    early = None if due is None or due <= micros(now) else instant(due)
    if step != left[0] or early is not None:
        raise StepNotDue(case.id, step.name, left[0].name, early)


def _put_aside_until(procedure: Procedure, case: Case, confirmed: Iterable[Confirmation], now: datetime) -> datetime | None:
    """Until when nothing can be done about a ticket, because its next step is not due; a parked one stays as it is."""
    left = _missing(procedure, confirmed)
    due = due_from(procedure, left[0], confirmed) if left else None
    if due is None or due <= micros(now) or case.state is State.PARKED:
        return None
    return instant(due)


def until_due(policy: Policy, case: Case, now: datetime) -> datetime | None:
    """Until when a ticket that has just been answered is put aside, because its next step is not due; `None`: it is not."""
    procedure = procedure_of(policy, case)
    return None if procedure is None else _put_aside_until(procedure, case, case.confirmed, now)


# ---------------------------------------------------------------------------------------------------------- silence


def lapse_of(policy: Policy, case: Case, us: int) -> Lapse | None:
    """What becomes of a ticket whose client is asked at an instant, if they stay silent."""
    for place, silence in enumerate(policy.silences):
        if silence.when is None or fits(silence.when, case, us)[0]:
            return Lapse(instant(us + length(silence.after, "silence.after")), silence.outcome, silence.closes, place)
    return None


def broken_by(policy: Policy, facts: Case) -> list[int]:
    """The places of the silences that a message with such facts breaks for tickets about its bookings."""
    silences = enumerate(policy.silences)
    return [place for place, one in silences if one.broken_by is not None and fits(one.broken_by, facts, 0)[0]]


def closes(case: Case) -> bool:
    """Whether silence closes a ticket: not while a request in it has no answer."""
    assert case.lapse is not None
    return case.lapse.closes and not case.unanswered


# ------------------------------------------------------------------------------------------------------------ notes


def check_noted(policy: Policy, case: Case, command: str) -> None:
    """Refuse a command before which the agent must have left a note; an escalation is a transfer."""
    if ("transfer" if command == "escalate" else command) in policy.agents.notes and not case.noted:
        raise NoteMissing(case.id, case.agent, command)


# --------------------------------------------------------------------------------------------------- filed messages


@dataclass(frozen=True, slots=True)
class FiledRequest:
    """A request that was filed, and until when it is known again."""

    request: Request
    until: datetime


def filing_of(policy: Policy, facts: Case) -> Filing | None:
    """The rule by which a message with such facts needs no answer; `None` if it does."""
    return next((filing for filing in policy.filings if fits(filing.when, facts, 0)[0]), None)


def goes_by_client(condition: Condition) -> bool:
    """Whether a condition on a message looks at what the host may know of its client."""
    if isinstance(condition, Not):
        return goes_by_client(condition.part)
    if isinstance(condition, All | AnyOf):
        return any(map(goes_by_client, condition.parts))
    return isinstance(condition, StageIs | Named)


def confirmed_by(policy: Policy, filing: Filing, request: Request, cases: Iterable[Case], now: datetime) -> ev.Confirmed | None:
    """What a filed message confirms: a step that an open ticket about its booking waits for, of several the oldest's."""
    if filing.confirms is None:
        return None
    said = Statement(filing.confirms, request.origin.value)
    for case in sorted(cases, key=lambda case: (case.arrival, case.id)):
        if case.closed is None:
            try:
                return confirm(policy, case, now, said)[0]
            except CommandRefused:
                # It waits for something else.
                continue
    return None


class FiledRequests:
    """Messages that were filed, by id, for as long as one is known again; and how many there were by each rule, ever."""

    __slots__ = ("by_id", "counts")

    def __init__(self, filings: Iterable[Filing]) -> None:
        self.by_id: dict[str, FiledRequest] = {}
        """In the order in which they were filed; some may be known no longer."""
        self.counts: dict[str, int] = dict.fromkeys((filing.name for filing in filings), 0)

    def find(self, request_id: str, at: datetime) -> Request | None:
        """The message of this id, if it is still known at an instant."""
        found = self.by_id.get(request_id)
        return None if found is None or found.until <= at else found.request

    def add(self, filed: FiledRequest, filing: str, at: datetime) -> None:
        """One was filed; the first of the others are dropped that are known no longer. O(1) amortised."""
        while self.by_id and (first := next(iter(self.by_id.values()))).until <= at:
            del self.by_id[first.request.id]
        self.by_id[filed.request.id] = filed
        self.counts[filing] = self.counts.get(filing, 0) + 1

    def adopt(self, filings: Iterable[Filing]) -> None:
        """Other rules file messages from now on; what was counted by those before stays counted."""
        self.counts = {**dict.fromkeys((filing.name for filing in filings), 0), **self.counts}

    def state(self) -> tuple[FiledRequest, ...]:
        """The messages as values; `restore` is the inverse."""
        return tuple(self.by_id.values())

    def restore(self, filed: Iterable[FiledRequest], counts: Mapping[str, int]) -> None:
        """Become what values say."""
        self.by_id = {one.request.id: one for one in filed}
        self.counts = dict(counts)
