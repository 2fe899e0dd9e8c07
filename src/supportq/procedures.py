"""When a ticket may be closed, as data: steps to confirm, the outcome of silence, messages that need no answer (rule L1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta

from supportq._checks import checked, held
from supportq._instants import length
from supportq.errors import PolicyError
from supportq.tickets import check_name
from supportq.when import Condition, check_condition

__all__ = ["Filing", "Procedure", "Silence", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must be confirmed before a ticket may be closed.

    Any of `by` may confirm it, roles and parties in the desk's own words, and anybody where none is named; with `each` every
    one of them must. It can be confirmed only so long `after` the step before it was, and the ticket comes back by itself then.
    Where it finds the thing wrong, the work goes `back_to` an earlier step.
    """

    name: str
    by: tuple[str, ...] = ()
    _: KW_ONLY
    each: bool = False
    after: timedelta | None = None
    back_to: str | None = None

    def __post_init__(self) -> None:
        checked(check_name, self.name, "step.name")
        where = f"step {self.name!r}"
        object.__setattr__(self, "by", held(self.by, f"{where}.by", str))
        for name in self.by:
            checked(check_name, name, f"{where}.by")
        if len(set(self.by)) < len(self.by):
            raise PolicyError(f"{where}.by", "has a name twice; give each once")
        if not isinstance(self.each, bool):
            raise PolicyError(f"{where}.each", f"must be true or false, not {self.each!r}")
        if self.each and not self.by:
            raise PolicyError(f"{where}.each", "asks every one of `by`, which names nobody; name them, or leave it out")
        if self.after is not None:
            checked(length, self.after, f"{where}.after")
            if not self.after:
                raise PolicyError(f"{where}.after", "must be longer than nothing; leave it out for no delay")


@dataclass(frozen=True, slots=True)
class Procedure:
    """What must be confirmed, in this order, before tickets that fit `when` may be closed; `None` fits all.

    The first of a policy that fits a ticket, as its facts are at the moment, applies to it; where none does, the first that
    fits what another of its requests says. A ticket that fits none needs no confirmation.
    """

    name: str
    when: Condition | None
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        checked(check_name, self.name, "procedure.name")
        where = f"procedure {self.name!r}"
        _check_timeless(self.when, f"{where}.when")
        object.__setattr__(self, "steps", held(self.steps, f"{where}.steps", Step))
        if not self.steps:
            raise PolicyError(f"{where}.steps", "is empty; give at least one, or leave the procedure out")
        before: list[str] = []
        for step in self.steps:
            if step.name in before:
                raise PolicyError(f"{where}.steps", f"has {step.name!r} twice; give each step a name of its own")
            if step.back_to is not None and step.back_to not in before:
                raise PolicyError(
                    f"{where}, step {step.name!r}.back_to", f"must name an earlier step of it, and {step.back_to!r} is none"
                )
            if step.after is not None and not before:
                raise PolicyError(f"{where}, step {step.name!r}.after", "counts from the step before, and it is the first")
            before.append(step.name)


@dataclass(frozen=True, slots=True)
class Silence:
    """What becomes of a ticket whose client, or partner, was asked and has been silent for so long: the stated outcome.

    It closes, or with `closes=False` waits again for its agent. A ticket with an unanswered request never closes by silence: it
    waits again. The first of a policy that fits the ticket when the client is asked applies; `None` fits all.

    A message that fits `broken_by`, and joins the ticket, names a booking of it or replies to it, ends the silence, whoever
    sends it and whichever ticket it goes to: the ticket waits again, as if the client had answered. So does one that `correct`
    makes fit, and one that waits unanswered when the client is asked. It ends no other silence, be the outcome the same.
    """

    when: Condition | None
    after: timedelta
    outcome: str
    closes: bool = True
    broken_by: Condition | None = None

    def __post_init__(self) -> None:
        if self.when is not None:
            check_condition(self.when, "silence.when")
        checked(length, self.after, "silence.after")
        if not self.after:
            raise PolicyError("silence.after", "must be longer than nothing; leave the silence out for no limit")
        checked(check_name, self.outcome, "silence.outcome")
        if not isinstance(self.closes, bool):
            raise PolicyError("silence.closes", f"must be true or false, not {self.closes!r}")
        _check_timeless(self.broken_by, "silence.broken_by")


@dataclass(frozen=True, slots=True)
class Filing:
    """Messages that need no answer: those that fit `when` are filed and counted, and never wait.

    Of its client a message goes by what the host knows, else by what it carries (rule R7).

    `directs_to` is where their author is pointed. With `new_only`, one that belongs to a ticket of its client is not filed: it
    joins that ticket as any other message. With `joins`, one that belongs to a known ticket joins it, and changes nothing else
    there; one that names it from elsewhere is filed under it. With `confirms`, one about a booking of an open ticket confirms
    that step of it, where the ticket waits for it and the origin of the message may confirm it; of several such tickets, the
    oldest's.
    """

    name: str
    when: Condition
    _: KW_ONLY
    directs_to: str | None = None
    joins: bool = False
    confirms: str | None = None
    new_only: bool = False

    def __post_init__(self) -> None:
        checked(check_name, self.name, "filing.name")
        where = f"filing {self.name!r}"
        check_condition(self.when, f"{where}.when")
        _check_timeless(self.when, f"{where}.when")
        for key in ("directs_to", "confirms"):
            if getattr(self, key) is not None:
                checked(check_name, getattr(self, key), f"{where}.{key}")
        for key in ("joins", "new_only"):
            if not isinstance(getattr(self, key), bool):
                raise PolicyError(f"{where}.{key}", f"must be true or false, not {getattr(self, key)!r}")
        if self.joins and self.new_only:
            raise PolicyError(f"{where}.new_only", "says otherwise than `joins` what becomes of a message; choose one of them")


def check_closing(procedures: Sequence[Procedure], silences: Sequence[Silence], filings: Sequence[Filing]) -> None:
    """Refuse what nothing can reach, names that are given twice, and confirmations of steps that no procedure has."""
    for word, named in (("procedure", procedures), ("filing", filings)):
        names: set[str] = set()
        for one in named:
            if one.name in names:
                raise PolicyError(f"{word} {one.name!r}", f"appears twice; give each {word} a name of its own")
            names.add(one.name)
    _check_reached([(f"procedure {one.name!r}", one.when) for one in procedures])
    _check_reached([(f"policy.silences[{position}]", one.when) for position, one in enumerate(silences)])
    _check_reached([(f"filing {one.name!r}", one.when) for one in filings])
    steps = {step.name for procedure in procedures for step in procedure.steps}
    for filing in filings:
        if filing.confirms is not None and filing.confirms not in steps:
            raise PolicyError(f"filing {filing.name!r}.confirms", f"no procedure has a step {filing.confirms!r}; name one")


def _check_reached(choices: Sequence[tuple[str, Condition | None]]) -> None:
    """Refuse what stands after one that fits all, or after one with the same condition."""
    seen: dict[str, str] = {}
    for where, condition in choices:
        # Two conditions may be equal and not the same: `True` equals 1, but they are two values of an attribute.
        written = "" if condition is None else repr(condition)
        taken = seen.get("") or seen.get(written)
        if taken is not None:
            raise PolicyError(where, f"cannot be reached: {taken} before it takes all that would fit")
        seen[written] = where


def _check_timeless(condition: Condition | None, where: str) -> None:
    if condition is None:
        return
    check_condition(condition, where)
    if not condition.timeless:
        raise PolicyError(where, "may only use facts, nothing that time changes")
