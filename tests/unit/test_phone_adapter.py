"""The adapter to phonenumbers reads what the engine's own table reads, and gives it the same form."""

from __future__ import annotations

import subprocess
import sys

import pytest

from supportq._normal import REGIONS, PhoneNormaliser
from supportq._normal import normal_phone as own

phonenumbers = pytest.importorskip("phonenumbers", reason="phonenumbers comes with the extra `phone`")


def adapter() -> PhoneNormaliser:
    from supportq.adapters.phone import normal_phone

    return normal_phone


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+420 601 000 123", None, "+420601000123"),
        ("00420 601-000-123", None, "+420601000123"),
        ("601 000 123", "CZ", "+420601000123"),
        ("601 000 123", None, None),
        ("601 000 123", "RU", None),
        ("8 (999) 000-12-34", "RU", "+79990001234"),
        ("7 999 000 12 34", "RU", "+79990001234"),
        ("00 7 999 000 12 34", "RU", "+79990001234"),
        ("8-10-420 601 000 123", "RU", "+420601000123"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("٠٥٠ ١٢٣ ٤٥٦٧", "IL", "+972501234567"),
        ("601 000 123 ext. 5", "CZ", "+420601000123"),
        # A country that the own table does not have.
        ("(11) 91234-5678", "BR", "+5511912345678"),
        ("12", "CZ", None),
        ("", "CZ", None),
        ("none", None, None),
    ],
)
def test_numbers(text: str, region: str | None, normal: str | None) -> None:
    assert adapter()(text, region) == normal
    if region != "BR":
        assert own(text, region) == normal


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_both_read_the_examples_of_every_country_alike(region: str) -> None:
    kinds, formats = phonenumbers.PhoneNumberType, phonenumbers.PhoneNumberFormat
    for kind in (kinds.FIXED_LINE, kinds.MOBILE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            normal = phonenumbers.format_number(number, formats.E164)
            for form in (formats.NATIONAL, formats.INTERNATIONAL, formats.E164):
                text = phonenumbers.format_number(number, form)
                assert own(text, region) == adapter()(text, region) == normal


def test_without_the_extra_the_adapter_says_what_to_install() -> None:
    code = "import sys; sys.modules['phonenumbers'] = None; import supportq.adapters.phone"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError: supportq.adapters.phone needs phonenumbers" in done.stderr
    assert "pip install 'supportq[phone]'" in done.stderr
