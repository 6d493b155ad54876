"""Accuracy of answers and texts, and the rules that turn a general reader's text into a VIN."""

from __future__ import annotations

import pytest
from bench_fakes import FakeReading
from hypothesis import given
from hypothesis import strategies as st

from vinedge.benchmarks.accuracy import accuracy_of, text_accuracy_of
from vinedge.benchmarks.document import proportion_entry
from vinedge.benchmarks.ocr_rules import plain_text, vin_from_text
from vinedge.charset import SYMBOLS
from vinedge.metrics import Proportion, edit_distance

VIN = "1HGCM82633A004352"  # 49 CFR 565: its check digit is valid
NO_CHECK = "WVWZZZ1JZ3W386752"  # check digit not valid and not required


@pytest.mark.parametrize(
    ("text", "plain", "vin"),
    [
        (VIN, VIN, VIN),
        (VIN.lower(), VIN, VIN),
        ("1HGCM 82633-A004352", VIN, VIN),
        ("IHGCM82633AO04352", "IHGCM82633AO04352", VIN),
        ("1HGCM82633AQ04352", "1HGCM82633AQ04352", VIN),
        (f"*{VIN}*", VIN, VIN),
        (f"VIN: {VIN}", f"VIN{VIN}", VIN),
        (f"{VIN}1", f"{VIN}1", VIN),
        (NO_CHECK, NO_CHECK, NO_CHECK),
        # More than 17 characters, and no window that the check digit tells from the others: left as it is.
        (f"X{NO_CHECK}", f"X{NO_CHECK}", f"X{NO_CHECK}"),
        ("车架号", "车架号", ""),
        ("", "", ""),
    ],
)
def test_rules(text: str, plain: str, vin: str) -> None:
    assert (plain_text(text), vin_from_text(text)) == (plain, vin)


@given(st.text(alphabet=SYMBOLS, min_size=17, max_size=17))
def test_a_legal_vin_is_never_changed(vin: str) -> None:
    assert plain_text(vin) == vin_from_text(vin) == vin


@given(st.text(max_size=40))
def test_rules_leave_only_vin_symbols_and_settle(text: str) -> None:
    found = vin_from_text(text)
    assert set(found) <= set(SYMBOLS)
    assert vin_from_text(found) == found


def test_text_accuracy_counts_plain_and_rules_apart() -> None:
    found = text_accuracy_of([VIN, f"* {VIN.lower()}", f"VIN{VIN}", "nothing"], [VIN] * 4)
    assert found.plain == Proportion(2, 4)
    assert found.rules == Proportion(3, 4)


def test_accuracy_of_answers() -> None:
    answers = [
        FakeReading(VIN, VIN),
        FakeReading(NO_CHECK, NO_CHECK),  # a VIN, but another one
        FakeReading(None, VIN[:-1]),  # a character short
        FakeReading(None, ""),
    ]
    found = accuracy_of(answers, [VIN, VIN, VIN, VIN])
    assert found.exact == Proportion(1, 4)
    assert found.given == Proportion(2, 4)
    assert found.right_when_given == Proportion(1, 2)
    errors = found.character_error_rate
    assert errors.value == pytest.approx((0 + edit_distance(NO_CHECK, VIN) + 1 + 17) / 68, abs=1e-9)
    assert errors.low <= errors.value <= errors.high


def test_accuracy_when_no_vin_is_given() -> None:
    found = accuracy_of([FakeReading(None, "AB")], [VIN])
    assert found.right_when_given == Proportion(0, 0)
    assert found.exact == Proportion(0, 1)


def test_a_share_is_rounded_once() -> None:
    assert f"{100 * proportion_entry(Proportion(62, 105))['value']:.1f}" == "59.0"
