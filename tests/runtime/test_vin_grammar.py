"""The automaton against the rules it was made from."""

from __future__ import annotations

import numpy as np
from decoding_cases import EUROPEAN, VALID, drawn_vin
from hypothesis import given
from hypothesis import strategies as st

from vinedge.charset import SYMBOLS, encode
from vinedge.decoder import outcome_of
from vinedge.vin import CHECK_SYMBOLS, COMPULSORY_REGIONS, check_symbol
from vinedge.vin_grammar import MODEL_YEARS, OUTCOMES, VIN_GRAMMAR


def name_of(vin: str) -> str:
    return OUTCOMES[outcome_of(vin)]


def rule(vin: str) -> str:
    """The law in plain words."""
    compulsory = vin[0] in COMPULSORY_REGIONS
    conforming = vin[8] == check_symbol(vin) and (not compulsory or vin[9] in MODEL_YEARS)
    return ("compulsory" if compulsory else "elsewhere") + ("_conforming" if conforming else "")


@given(st.text(SYMBOLS, min_size=17, max_size=17))
def test_every_vin_ends_in_the_outcome_of_the_rule(vin: str) -> None:
    assert name_of(vin) == rule(vin)
    for check in CHECK_SYMBOLS:  # one of these conforms to the check digit
        sibling = vin[:8] + check + vin[9:]
        assert name_of(sibling) == rule(sibling)


def test_outcomes_by_example() -> None:
    assert name_of(VALID) == "compulsory_conforming"
    assert name_of("1M8GDM9A1KP042788") == "compulsory"
    assert name_of(EUROPEAN) == "elsewhere"
    assert name_of("WVWZZZ1J0XW000001") == "elsewhere_conforming"
    # Nothing but the model year is wrong: position 10 weighs 9 and the values of U and M are 4.
    assert check_symbol("1M8GDM9AXUP042788") == check_symbol("1M8GDM9AXMP042788")
    year = drawn_vin(1)[:9] + "U" + drawn_vin(1)[10:]
    assert name_of("1" + year[1:8] + check_symbol("1" + year[1:]) + year[9:]) == "compulsory"
    assert name_of("W" + year[1:8] + check_symbol("W" + year[1:]) + year[9:]) == "elsewhere_conforming"


def test_a_broken_vin_stays_broken() -> None:
    before = VIN_GRAMMAR.walk(encode("1M8GDM9AZ"))
    for position in range(9, 17):
        assert {int(after) for after in VIN_GRAMMAR.next[position, before, 1:]} == {before}


def test_every_state_has_an_outcome_and_few_conform() -> None:
    assert VIN_GRAMMAR.next.shape == (17, 24, 34)
    assert VIN_GRAMMAR.next.max() < 24
    assert np.bincount(VIN_GRAMMAR.outcome).tolist() == [11, 1, 11, 1]
