"""Clauses of the desks that are shipped as presets: each is kept by its preset, and is not once it is taken out of the policy.

    clause = clauses_of("crisis-air-desk")

    @clause("A3", without=lambda policy: replace(policy, lanes=policy.lanes[1:]))
    def test_who_flies_within_a_day_goes_first(policy: Policy) -> None: ...

The test runs twice: with the preset, and with what is left of it `without` the clause; then it must fail, by an assertion:
whatever else is raised is a mistake of the test. What the clause allows, the test calls `with accepted():`. A clause of which
nothing stands in the policy, because it is about what goes into the desk, has `without=None`; its page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import pytest

from supportq import Policy, SupportqError
from supportq.presets import preset

Check: TypeAlias = Callable[[Policy], None]
Change: TypeAlias = Callable[[Policy], Policy]


@contextmanager
def accepted() -> Iterator[None]:
    """It is asserted that nothing in here is refused."""
    try:
        yield
    except SupportqError as refusal:
        raise AssertionError(f"refused: {refusal}") from refusal


def clauses_of(name: str) -> Callable[..., Callable[[Check], Callable[[str], None]]]:
    """What marks a test as that of a clause of this preset."""

    def clause(number: str, *, without: Change | None) -> Callable[[Check], Callable[[str], None]]:
        def mark(check: Check) -> Callable[[str], None]:
            @pytest.mark.parametrize("policy", ["kept", "taken out"] if without else ["kept"])
            def test(policy: str) -> None:
                whole = preset(name)
                if policy == "kept":
                    check(whole)
                    return
                assert without is not None
                rest = without(whole)
                assert rest != whole, "nothing was taken out"
                with pytest.raises(AssertionError):
                    check(rest)

            test.__name__ = check.__name__
            test.__doc__ = f"{number}: {check.__doc__ or check.__name__}"
            return test

        return mark

    return clause
