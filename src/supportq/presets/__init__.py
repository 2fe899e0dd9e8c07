"""Ready policies as plain Python values; importing one reads no file.

>>> from supportq.presets import preset
>>> [lane.name for lane in preset("crisis-air-desk").lanes]
['imminent', 'standard']
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from supportq.errors import PolicyError
from supportq.policy import Policy

__all__ = ["NAMES", "preset"]

NAMES: Final = ("crisis-air-desk", "booking-support-24-7", "agency-with-managers", "duty-assistant", "two-systems")
"""The presets there are; each is the constant `POLICY` of the module of the same name."""


def preset(name: str) -> Policy:
    """The preset of this name; `PolicyError`, naming those there are, where there is none."""
    if name not in NAMES:
        raise PolicyError("preset", f"{name!r} is none; there are {', '.join(NAMES)}")
    policy = import_module(f"{__name__}.{name.replace('-', '_')}").POLICY
    assert isinstance(policy, Policy)
    return policy
