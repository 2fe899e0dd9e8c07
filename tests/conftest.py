"""Hypothesis profiles: a quick default, `few` for other versions, a bounded one for CI, `deep` for the state machine by hand.

`HYPOTHESIS_PROFILE=deep pytest tests/test_desk_machine.py` runs 2,000 examples of 50 steps.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Derandomised: the same examples on every machine, so that a red run is red for everybody.
_COMMON = settings(
    derandomize=True, deadline=None, database=None, report_multiple_bugs=False, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("default", _COMMON, max_examples=15, stateful_step_count=20)
settings.register_profile("few", _COMMON, max_examples=6, stateful_step_count=15)
settings.register_profile("ci", _COMMON, max_examples=100, stateful_step_count=40, print_blob=True)
settings.register_profile("deep", _COMMON, max_examples=2_000, stateful_step_count=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
