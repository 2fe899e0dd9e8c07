"""Identifiers and references in the form in which they are compared (rule D1), and values that stand for nobody."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportq._normal import REGIONS, PhoneNormaliser, is_blocked, is_filler, normal_email, normal_phone, normal_reference


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann@Example.COM ", "ann@example.com"),
        ("ann+trip@example.com", "ann@example.com"),
        ("ann+trip+two@example.com", "ann@example.com"),
        ("a.n.n@example.com", "a.n.n@example.com"),
        ("ＡＮＮ＠example．com", "ann@example.com"),
        ("ann@example.com.", "ann@example.com"),
        ("ann@výlet.cz", "ann@xn--vlet-5ra.cz"),
        ("ann@VÝLET.CZ", "ann@xn--vlet-5ra.cz"),
        ("ann@xn--vlet-5ra.cz", "ann@xn--vlet-5ra.cz"),
        ("ann@пример。рф", "ann@xn--e1afmkfd.xn--p1ai"),
        ("анна@example.com", "анна@example.com"),
        ("ann@localhost", None),
        ("@example.com", None),
        ("+tag@example.com", None),
        ("ann", None),
        ("", None),
        ("@", None),
        ("ann smith@example.com", None),
        ("ann@bob@example.com", None),
        ("Ann <ann@example.com>", None),
        ("ann@example..com", None),
        ("ann@.example.com", None),
        ("ann@exa mple.com", None),
        ("ann@výlet..cz", None),
        (f"ann@{'ý' * 80}.cz", None),
        (f"ann@{'a' * 64}.cz", None),
        (f"ann@{'a.' * 130}cz", None),
    ],
)
def test_addresses(text: str, normal: str | None) -> None:
    assert normal_email(text) == normal


def test_letters_that_look_alike_are_other_letters_in_an_address() -> None:
    """One who registers аnn@ with a Cyrillic а must not be taken for Ann."""
    assert normal_email("аnn@example.com") != normal_email("ann@example.com")
    assert normal_email("ann@exаmple.com") != normal_email("ann@example.com")


def test_a_sharp_s_is_no_double_s_in_an_address() -> None:
    assert normal_email("ann@straße.de") == "ann@xn--strae-oqa.de"
    assert normal_email("groß@example.de") == "groß@example.de"


def test_dots_count_except_where_it_is_said() -> None:
    dotless = frozenset({"mail.example.com"})
    assert normal_email("A.n.n+x@Mail.example.com", dotless) == "ann@mail.example.com"
    assert normal_email("a.n.n@example.com", dotless) == "a.n.n@example.com"
    assert normal_email("...@mail.example.com", dotless) is None


@given(st.one_of(st.emails(), st.text(max_size=20), st.from_regex(r"\A[^@]{1,5}@[^@]{1,6}\.[^@]{1,4}\Z")))
def test_a_normal_address_is_its_own_normal_form(text: str) -> None:
    normal = normal_email(text)
    assert normal is None or normal_email(normal) == normal


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+420 601 000 123", None, "+420601000123"),
        ("00420 601-000-123", None, "+420601000123"),
        ("(+420) 601 000 123", None, "+420601000123"),
        ("tel:+420601000123", None, "+420601000123"),
        ("＋420 601 000 123", None, "+420601000123"),
        ("601 000 123", "CZ", "+420601000123"),
        ("420601000123", "CZ", "+420601000123"),
        ("601 000 123", "PL", "+48601000123"),
        ("601 000 123", "RU", None),
        ("601 000 123", None, None),
        ("601 000 123", "ZZ", None),
        # One Russian number, however it is written.
        ("8 (999) 000-12-34", "RU", "+79990001234"),
        ("9990001234", "RU", "+79990001234"),
        ("79990001234", "RU", "+79990001234"),
        ("7 999 000 12 34", "RU", "+79990001234"),
        ("+7 999 000 12 34", "RU", "+79990001234"),
        ("+7 999 000 12 34", "CZ", "+79990001234"),
        ("00 7 999 000 12 34", "RU", "+79990001234"),
        ("+7 8 999 000 12 34", None, "+79990001234"),
        ("8-10-420 601 000 123", "RU", "+420601000123"),
        ("810 420 601 000 123", "KZ", "+420601000123"),
        ("810 420 601 000 123", "CZ", None),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("0011 44 20 7946 0018", "AU", "+442079460018"),
        ("00 44 20 7946 0018", "AU", "+442079460018"),
        ("8 029 123 45 67", "BY", "+375291234567"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1 212 555 0123", "US", "+12125550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("+49 (0)30 123456", None, "+4930123456"),
        ("06 1 234 5678", "HU", "+3612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("391 234 5678", "IT", "+393912345678"),
        ("٠٥٠ ١٢٣ ٤٥٦٧", "IL", "+972501234567"),
        ("601 000 123 ext. 5", "CZ", "+420601000123"),
        ("+7 999 000-12-34 доб. 12", None, "+79990001234"),
        ("+1", None, None),
        ("+123456", None, None),
        ("+1234567", None, "+1234567"),
        ("+1234567890123456", None, None),
        ("+0420601000123", None, None),
        ("0000000000", "RU", None),
        ("000-00-00-000", "RU", None),
        ("12", "CZ", None),
        ("123456", "DE", None),
        ("", "CZ", None),
        ("+", None, None),
        ("none", "CZ", None),
    ],
)
def test_numbers(text: str, region: str | None, normal: str | None) -> None:
    assert normal_phone(text, region) == normal


@given(st.text(st.sampled_from("0123456789+-() ٣x#a"), max_size=20), st.sampled_from([None, *sorted(REGIONS)]))
@example("8 801 123 4567", "BY")
def test_a_normal_number_is_its_own_normal_form(text: str, region: str | None) -> None:
    normal = normal_phone(text, region)
    if normal is not None:
        assert normal[0] == "+"
        assert normal[1:].isdecimal()
        assert 7 <= len(normal) - 1 <= 15
        assert normal[1] != "0"
        assert normal_phone(normal, None) == normal == normal_phone(normal, "RU")


def test_the_own_table_is_a_normaliser() -> None:
    normaliser: PhoneNormaliser = normal_phone
    assert normaliser("601 000 123", region="CZ") == "+420601000123"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("kc-77", "KC77"),
        ("KC77", "KC77"),
        (" kc 77 ", "KC77"),
        ("ｋｃ７７", "KC77"),
        ("čž-1", "ČŽ1"),
        ("--", "--"),
        # All Cyrillic.
        ("КВ7АА1", "KB7AA1"),
        ("кв-7аа1", "KB7AA1"),
        ("АВЕКМНОРСТУХІЅЈ", "ABEKMHOPCTYXISJ"),
        ("авекмнорстухіѕј", "ABEKMHOPCTYXISJ"),
        # What looks like no Latin letter stays.
        ("ЖБ-1", "ЖБ1"),
    ],
)
def test_references(text: str, normal: str) -> None:
    assert normal_reference(text) == normal


@given(st.text(min_size=1, max_size=12))
@example("ŉ")
def test_a_normal_reference_is_its_own_normal_form(text: str) -> None:
    normal = normal_reference(text)
    assert normal
    assert normal_reference(normal) == normal


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "+00000000"),
        ("phone", "+70000000000"),
        ("phone", "+420777777777"),
        ("phone", "+77777777777"),
        ("phone", "+71234567890"),
        ("phone", "+1234567890"),
        ("phone", "+420123456789"),
        ("phone", "+420012345678"),
        ("phone", "+12345"),
        ("email", "noemail@example.com"),
        ("email", "no-email@example.com"),
        ("email", "no_reply@example.com"),
        ("email", "test@example.com"),
        ("email", "n.a@example.com"),
        ("email", "unknown@example.com"),
        ("account", "0"),
        ("account", "-"),
        ("account", "None"),
        ("account", "N/A"),
        ("messenger", "telegram:null"),
        ("messenger", "telegram:0"),
        ("messenger", "telegram:"),
        ("account", ""),
        ("account", " "),
        ("email", ""),
        ("phone", ""),
        ("messenger", ""),
        ("key", ""),
    ],
)
def test_what_was_typed_to_fill_a_field_identifies_nobody(kind: str, value: str) -> None:
    assert is_filler(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "+79990001234"),
        ("phone", "+420601000123"),
        # Kraków has 12 in front of its numbers.
        ("phone", "+48123456712"),
        ("email", "ann@example.com"),
        ("email", "testov@example.com"),
        ("email", "ann@none.example.com"),
        ("account", "17"),
        ("account", "noah"),
        ("messenger", "telegram:4711"),
        ("messenger", "none:4711"),
        ("key", "none"),
    ],
)
def test_other_values_identify(kind: str, value: str) -> None:
    assert not is_filler(kind, value)


def test_a_host_adds_values_of_its_own() -> None:
    blocked = frozenset({"desk@example.com", "info", "+420601000123", "walk-in"})
    assert is_blocked("email:desk@example.com", blocked)
    assert is_blocked("email:info@example.cz", blocked)
    assert is_blocked("phone:+420601000123", blocked)
    assert is_blocked("account:walk-in", blocked)
    assert not is_blocked("email:ann@example.com", blocked)


def test_a_foreign_domain_imports_nothing_when_it_is_met() -> None:
    code = (
        "import sys; from supportq._normal import normal_email; seen = []; "
        "sys.addaudithook(lambda event, _: seen.append(event) if event in ('import', 'open') else None); "
        "assert normal_email('ann@výlet.cz') and normal_email('ann@straße.de'); assert not seen, seen"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
