"""The gate: what normalization may do, what is refused and why, and how many wrong readings get through."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.charset import SYMBOLS
from vinedge.distill.gate import REFUSALS, Gate, normalize
from vinedge.distill.teachers import TeacherReading
from vinedge.errors import VinEdgeError
from vinedge.vin import COMPULSORY_REGIONS, check_digit, check_symbol, is_legal

VALID = "1M8GDM9AXKP042788"  # 49 CFR 565's own example
UNCHECKED = "WVWZZZ1KZAW000001"
INVALID = "1M8GDM9A1KP042788"

vins = st.text(SYMBOLS, min_size=17, max_size=17)


@pytest.mark.parametrize(
    ("text", "normalized", "changes"),
    [
        (VALID, VALID, ()),
        (f"*{VALID}*", VALID, ("dropped frame marks",)),
        (f"★ {VALID} -", VALID, ("dropped frame marks",)),
        (f"VIN:{VALID}", VALID, ("dropped the prefix VIN",)),
        (f"VIN{VALID}", VALID, ("dropped the prefix VIN",)),
        (f"V.I.N. {VALID}", VALID, ("dropped the prefix VIN",)),
        (f"VIN NO.: {VALID}", VALID, ("dropped the prefix VIN",)),
        (f"Vin: *{VALID}*", VALID, ("dropped frame marks", "capitals", "dropped the prefix VIN")),
        ("1M8GDM9AX KP042788", VALID, ("dropped spaces inside",)),
        ("IM8GDM9AXKPO42788", VALID, ("I read as 1 (1)", "O read as 0 (1)")),
        ("1M8GDM9AXKPQ42788", VALID, ("Q read as 0 (1)",)),
        ("1M8GDM9AXKP04-2788", "1M8GDM9AXKP04-2788", ()),
        ("1m8gdm9axkp042788", "1M8gDM9AXKP042788", ("capitals",)),  # g may be a 9
        ("月" + VALID, "月" + VALID, ()),
        ("***", "", ("dropped frame marks",)),
    ],
)
def test_normalization_and_its_record(text: str, normalized: str, changes: tuple[str, ...]) -> None:
    assert normalize(text) == (normalized, changes)


@given(
    vins, st.sampled_from(["", "*", "★", "-- ", "VIN:", "V.I.N. ", "VIN NO. *"]), st.sampled_from(["", "*", " -", "★"])
)
def test_what_frames_a_number_never_changes_it(vin: str, before: str, after: str) -> None:
    assert normalize(before + vin + after)[0] == vin


@given(st.text(alphabet="VIN.:* -" + SYMBOLS + "IOQioq品", max_size=24))
def test_a_kept_reading_is_its_own_characters(text: str) -> None:
    """Nothing is invented: the label is a run of the text, but for look-alikes, capitals and spaces."""
    verdict = Gate(0, 0).judge(TeacherReading(text, 1.0))
    if verdict.vin is None:
        assert verdict.refusal in REFUSALS
        return
    assert is_legal(verdict.vin) and check_digit(verdict.vin) != "invalid"
    plain = text.upper().replace(" ", "").translate(str.maketrans("IOQ", "100"))
    assert verdict.vin in plain


@pytest.mark.parametrize(
    ("text", "confidence", "refusal"),
    [
        ("", 0.0, "empty"),
        ("* -", 1.0, "empty"),
        ("1M8GDM9AX品P042788", 1.0, "illegal_character"),
        ("1M8GDM9AXKP04278", 1.0, "too_short"),
        (VALID + "1", 1.0, "too_long"),
        (INVALID, 1.0, "check_digit_invalid"),
        (VALID, 0.49, "low_confidence"),
        (VALID, float("nan"), "low_confidence"),
        (VALID, 0.5, None),
        (UNCHECKED, 0.49, "low_confidence"),
        (UNCHECKED, 0.89, "low_confidence_unchecked"),
        (UNCHECKED, 0.9, None),
    ],
)
def test_each_refusal(text: str, confidence: float, refusal: str | None) -> None:
    verdict = Gate().judge(TeacherReading(text, confidence))
    assert verdict.refusal == refusal
    assert (verdict.vin is None) == (refusal is not None)


def test_the_verdict_says_the_state_of_the_check_digit() -> None:
    gate = Gate(0, 0)
    states = [gate.judge(TeacherReading(text, 1.0)).check_digit for text in (VALID, INVALID, UNCHECKED, "ABC")]
    assert states == ["valid", "invalid", "not_applicable", None]


@given(vins, st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_never_loses_a_label(vin: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    gate = Gate(0.3, 0.8)
    if gate.judge(TeacherReading(vin, low)).vin:
        assert gate.judge(TeacherReading(vin, high)).vin == vin


def test_a_wrong_reading_passes_a_compulsory_check_digit_as_often_as_theory_says() -> None:
    """A random wrong VIN fits by chance 1 time in 11; a substituted character must keep the sum modulo 11."""
    rng = random.Random(0)

    def draw() -> str:
        body = (
            rng.choice(COMPULSORY_REGIONS)
            + "".join(rng.choices(SYMBOLS, k=12))
            + "".join(rng.choices("0123456789", k=4))
        )
        return body[:8] + check_symbol(body) + body[9:]

    gate = Gate(0, 0)
    substituted = passed = random_passed = 0
    for _ in range(4000):
        vin = draw()
        at = rng.choice([*range(1, 8), *range(9, 17)])
        wrong = vin[:at] + rng.choice(SYMBOLS.replace(vin[at], "")) + vin[at + 1 :]
        substituted += 1
        passed += gate.judge(TeacherReading(wrong, 1.0)).vin is not None
        random_wrong = vin[:8] + rng.choice("0123456789X") + vin[9:]
        random_passed += gate.judge(TeacherReading(random_wrong, 1.0)).vin is not None
    assert 0.06 < passed / substituted < 0.10  # facts measured on OCR errors: 7.5 to 8.7 %
    assert abs(random_passed / 4000 - 1 / 11) < 0.02


@pytest.mark.parametrize("wrong", [{"confidence": 1.5}, {"confidence_unchecked": -0.1}, {"confidence": float("nan")}])
def test_a_threshold_outside_0_to_1_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(VinEdgeError, match=f"gate's {next(iter(wrong))} is .* must lie from 0 to 1"):
        Gate(**wrong)
