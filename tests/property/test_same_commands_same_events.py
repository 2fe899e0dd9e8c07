"""The same commands give the same events, whatever object, order of hashing or earlier desk is around (rule G1).

Other hash seeds, zones and dates of the machine: `tests/test_purity.py`.
"""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from strategies import Step, play, policies, scripts

from supportq import Desk, Policy


@given(policies, scripts)
def test_two_desks_write_one_log(policy: Policy, script: list[Step]) -> None:
    one, other = play(Desk(policy), script), play(Desk(policy), script)
    assert one.log == other.log
    assert one.desk == other.desk
    assert [(position, str(error)) for position, error in one.refused] == [
        (position, str(error)) for position, error in other.refused
    ]


@given(policies, scripts)
def test_equal_values_do_what_the_same_values_do(policy: Policy, script: list[Step]) -> None:
    """No identity of an object, only its value, decides anything: a replay from stored data has none of the objects."""
    one, other = play(Desk(policy), script), play(Desk(deepcopy(policy)), deepcopy(script))
    assert one.log == other.log
    assert one.desk == other.desk
