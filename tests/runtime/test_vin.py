"""VIN rules: examples of each state, the regulation's arithmetic, what a check digit can and cannot see; C++ agrees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.charset import SYMBOLS
from vinedge.errors import VinEdgeError
from vinedge.vin import VALUES, check_digit, check_symbol, is_legal

GOLDEN = Path(__file__).parents[1] / "golden" / "vin.json"
VINS = st.text(SYMBOLS, min_size=17, max_size=17)
# Symbols of one class have the same value in 49 CFR 565.15, so the check digit cannot tell them apart.
BLIND = ("1AJ", "2BKS", "3CLT", "4DMU", "5ENV", "6FW", "7GPX", "8HY", "9RZ")


@pytest.mark.parametrize(
    ("vin", "state"),
    [
        ("1M8GDM9AXKP042788", "valid"),  # the worked example of 49 CFR 565 literature, check digit X
        ("11111111111111111", "valid"),  # 89 times 1 is 1 modulo 11
        ("1M8GDM9A1KP042788", "invalid"),  # North America: compulsory
        ("LSVNV2182E2100001", "invalid"),  # China: compulsory
        ("WVWZZZ1JZXW000001", "not_applicable"),  # Europe: none, position 9 holds Z
        ("WBA3A5C53CF256985", "valid"),  # Europe, built for North America: one all the same
    ],
)
def test_examples(vin: str, state: str) -> None:
    assert check_digit(vin) == state


def test_blind_classes_are_those_of_the_regulation() -> None:
    classes: dict[int, str] = {}
    for symbol in SYMBOLS:
        classes[VALUES[symbol]] = classes.get(VALUES[symbol], "") + symbol
    assert classes.pop(0) == "0"
    assert tuple(classes.values()) == BLIND


@given(VINS, st.integers(0, 16), st.sampled_from(SYMBOLS))
def test_a_single_error_is_seen_unless_its_class_is_the_same(vin: str, place: int, symbol: str) -> None:
    changed = vin[:place] + symbol + vin[place + 1 :]
    if place != 8 and abs(VALUES[vin[place]] - VALUES[symbol]) % 11:
        assert check_symbol(changed) != check_symbol(vin)
    else:
        assert check_symbol(changed) == check_symbol(vin)


@given(VINS)
def test_the_state_follows_from_symbol_and_region(vin: str) -> None:
    fitting = vin[:8] + check_symbol(vin) + vin[9:]
    assert check_digit(fitting) == "valid"
    for symbol in set("0123456789XZ") - {check_symbol(vin)}:
        assert check_digit(vin[:8] + symbol + vin[9:]) == ("invalid" if vin[0] in "1245L" else "not_applicable")


@given(VINS)
def test_cpp_agrees(vin: str) -> None:
    assert _native.is_legal(vin)
    assert _native.check_symbol(vin) == check_symbol(vin)
    assert _native.check_digit(vin) == check_digit(vin)


@given(st.text(SYMBOLS + "IOQioq \n\u00e9", max_size=19))
def test_cpp_agrees_on_what_is_legal(text: str) -> None:
    assert _native.is_legal(text) == is_legal(text)
    if not is_legal(text):
        with pytest.raises(VinEdgeError, match="is not a VIN"):
            _native.check_digit(text)


def test_golden_answers_hold() -> None:
    for case in json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]:
        if case["check_symbol"] is None:
            assert not is_legal(case["vin"])
        else:
            assert (check_symbol(case["vin"]), check_digit(case["vin"])) == (case["check_symbol"], case["check_digit"])
