"""Metrics against published values and the textbook recursion."""

from __future__ import annotations

import math
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.metrics import Proportion, character_error_rate, edit_distance, exact_match

WORDS = st.text(alphabet="AB1", max_size=8)


def by_definition(a: str, b: str) -> int:
    """Levenshtein distance, straight from its recursive definition."""

    @cache
    def distance(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return distance(len(a), len(b))


@given(WORDS, WORDS)
def test_edit_distance_is_levenshteins(a: str, b: str) -> None:
    assert edit_distance(a, b) == by_definition(a, b)


# Newcombe 1998 (Statistics in Medicine 17), table I, method 3: Wilson score without continuity correction.
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_as_published(hits: int, n: int, low: float, high: float) -> None:
    assert Proportion(hits, n).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 200), st.integers(1, 200))
def test_the_interval_holds_the_value_and_mirrors(hits: int, n: int) -> None:
    hits = min(hits, n)
    low, high = Proportion(hits, n).interval
    assert 0 <= low <= Proportion(hits, n).value + 1e-12
    assert Proportion(hits, n).value - 1e-12 <= high <= 1
    mirrored_low, mirrored_high = Proportion(n - hits, n).interval
    assert (1 - high, 1 - low) == pytest.approx((mirrored_low, mirrored_high))


def test_nothing_measured_says_nothing() -> None:
    assert math.isnan(Proportion(0, 0).value)
    assert Proportion(0, 0).interval == (0.0, 1.0)
    assert math.isnan(character_error_rate([], []))


def test_a_proportion_prints_itself_with_its_interval() -> None:
    assert str(Proportion(81, 263)) == "30.8 % (81/263, 95 % interval 25.5-36.6)"


def test_exact_match_and_character_error_rate() -> None:
    readings, labels = ["ABC", "AB", ""], ["ABC", "ABD", "XY"]
    assert exact_match(readings, labels) == Proportion(1, 3)
    assert character_error_rate(readings, labels) == pytest.approx((0 + 1 + 2) / 8)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="longer"):
        exact_match(["A"], ["A", "B"])
