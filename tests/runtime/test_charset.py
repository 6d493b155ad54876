"""The alphabet of ISO 3779 and its class indices."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.charset import BLANK, MIN_FRAMES, NUM_CLASSES, SYMBOLS, encode, text_from_classes
from vinedge.errors import VinEdgeError


def test_alphabet_is_all_digits_and_capitals_but_three() -> None:
    assert set(SYMBOLS) == set(string.digits + string.ascii_uppercase) - set("IOQ")
    assert list(SYMBOLS) == sorted(SYMBOLS)
    assert (NUM_CLASSES, BLANK, MIN_FRAMES) == (34, 0, 33)


@given(st.text(SYMBOLS))
def test_text_survives_encoding(text: str) -> None:
    classes = encode(text)
    assert BLANK not in classes
    assert text_from_classes(classes) == text


@pytest.mark.parametrize(("text", "unknown"), [("1O", "O"), ("i", "i"), ("A B", " "), ("\u0661", "\u0661")])
def test_a_foreign_symbol_is_named(text: str, unknown: str) -> None:
    with pytest.raises(VinEdgeError, match=f"contains {unknown!r}"):
        encode(text)
