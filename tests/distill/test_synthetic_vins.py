"""Laws of drawn VINs: legal, check digits where promised, every symbol everywhere, held-out makers apart."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from vinedge.charset import SYMBOLS
from vinedge.distill.synthetic.vins import HELD_OUT_WMIS, MAKERS, draw_vin, with_check_digit
from vinedge.vin import check_digit, is_legal
from vinedge.vin_grammar import MODEL_YEARS

WILD = {"@": "ABCDEFGHJKLMNPRSTUVWXYZ", "#": "0123456789", "?": SYMBOLS, "~": MODEL_YEARS, "!": "0123456789X"}


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    rng = np.random.default_rng(1)
    return [draw_vin(rng) for _ in range(12_000)]


@pytest.fixture(scope="module")
def unseen() -> list[str]:
    rng = np.random.default_rng(2)
    return [draw_vin(rng, held_out=True) for _ in range(4_000)]


def test_the_table_is_wide_and_every_row_makes_a_legal_vin() -> None:
    assert len({maker.wmi for maker in MAKERS}) >= 120
    assert len({maker.region for maker in MAKERS}) >= 10
    for maker in MAKERS:
        for template in maker.templates:
            assert len(template) == 14, template
            assert is_legal(maker.wmi + "".join(WILD.get(mark, mark)[0] for mark in template)), (maker.wmi, template)
            assert "!" not in template or template.index("!") == 5, "the check digit is position 9"


def test_every_vin_is_legal(drawn: list[str], unseen: list[str]) -> None:
    assert all(is_legal(vin) for vin in drawn + unseen)


def test_held_out_makers_are_drawn_only_when_asked_for(drawn: list[str], unseen: list[str]) -> None:
    assert not {vin[:3] for vin in drawn} & HELD_OUT_WMIS
    assert {vin[:3] for vin in unseen} == HELD_OUT_WMIS


def test_held_out_makers_are_a_small_part_of_the_table() -> None:
    known = {maker.wmi for maker in MAKERS}
    assert known > HELD_OUT_WMIS
    assert 0.03 < len(HELD_OUT_WMIS) / len(known) < 0.15


def test_with_check_digit_makes_any_vin_valid() -> None:
    assert with_check_digit("1M8GDM9A_KP042788") == "1M8GDM9AXKP042788"  # the example of 49 CFR 565.15(c)
    rng = np.random.default_rng(3)
    for _ in range(300):
        vin = "".join(SYMBOLS[index] for index in rng.integers(33, size=17))
        assert check_digit(with_check_digit(vin)) == "valid"


def test_makers_whose_templates_promise_a_check_digit_keep_it() -> None:
    promised = {m.wmi for m in MAKERS} - {m.wmi for m in MAKERS for t in m.templates if "!" not in t}
    assert len(promised) > 80
    rng = np.random.default_rng(4)
    vins = [draw_vin(rng) for _ in range(3_000)]
    states = [check_digit(vin) for vin in vins if vin[:3] in promised]
    assert states.count("valid") / len(states) > 0.97  # the rest are uniform VINs that begin so by chance


def test_a_compulsory_check_digit_is_never_wrong(drawn: list[str]) -> None:
    assert not [vin for vin in drawn if check_digit(vin) == "invalid"]


def test_both_worlds_occur(drawn: list[str]) -> None:
    valid = sum(check_digit(vin) == "valid" for vin in drawn) / len(drawn)
    assert 0.3 < valid < 0.7
    assert sum("ZZZ" in vin for vin in drawn) / len(drawn) > 0.03
    assert sum(vin[8] in "ABCDEFGHJKLMNPRSTUVWYZ" for vin in drawn) / len(drawn) > 0.15


def test_every_position_sees_every_symbol(drawn: list[str]) -> None:
    for position in range(17):
        seen = Counter(vin[position] for vin in drawn)
        assert set(seen) == set(SYMBOLS), f"position {position + 1} lacks {set(SYMBOLS) - set(seen)}"
        # A quarter of the VINs is uniform: no symbol falls far below 1/33 of that quarter (5 standard errors).
        expected = 0.2 * len(drawn) / 33
        assert min(seen.values()) > expected - 5 * expected**0.5, (position, seen.most_common()[-3:])


def test_no_symbol_is_rare_overall(drawn: list[str]) -> None:
    counts = Counter("".join(drawn))
    mean = 17 * len(drawn) / 33
    assert 0.5 * mean < min(counts.values())
    assert max(counts.values()) < 2.2 * mean


def test_digits_repeat_more_often_than_chance(drawn: list[str]) -> None:
    pairs = sum(vin[i] == vin[i + 1] for vin in drawn for i in range(11, 16)) / (5 * len(drawn))
    assert 0.1 < pairs < 0.25


def test_the_same_generator_state_draws_the_same_vins() -> None:
    first, second = (np.random.default_rng(9) for _ in range(2))
    assert [draw_vin(first) for _ in range(50)] == [draw_vin(second) for _ in range(50)]
