"""VINAugmentation: each operation against what it says it does, and the settings against what is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.distill import vin_augment as module
from vinedge.distill.settings import Augmentation
from vinedge.distill.vin_augment import blurred, compressed, noisy, perspective, relit, rotated, vin_augment

NEVER = Augmentation(
    prob=1.0, brightness_prob=0, rotation_prob=0, blur_prob=0, noise_prob=0, perspective_prob=0, jpeg_prob=0
)
OPERATIONS = {
    "brightness_prob": "relit",
    "rotation_prob": "rotated",
    "blur_prob": "blurred",
    "noise_prob": "noisy",
    "perspective_prob": "perspective",
    "jpeg_prob": "compressed",
}
SHAPES = [(24, 96), (24, 96, 3)]


def picture(shape: tuple[int, ...] = (24, 96), seed: int = 0) -> np.ndarray:
    """Blocks and a bright corner, so that a turn or a mirror image would show."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (shape[0] // 8, shape[1] // 8, *shape[2:]))
    fine = np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1).astype(np.uint8)
    fine[:8, :16] = 250
    return fine


# ---- operations -----------------------------------------------------------------------------------------------------


def test_relit_clips_where_the_snippets_arithmetic_folds() -> None:
    gray = np.array([[0, 10, 100, 200]], np.uint8)
    assert relit(gray, 1.3, -30).tolist() == [[0, 0, 100, 230]]
    assert relit(gray, 1.3, 30).tolist() == [[30, 43, 160, 255]]
    assert relit(gray, 1.0, 0).tolist() == gray.tolist()


def test_noise_is_gaussian_and_neither_wraps_nor_shifts() -> None:
    gray = np.full((200, 200), 128, np.uint8)
    grain = np.random.default_rng(0).normal(0, 10, gray.shape)
    after = noisy(gray, grain).astype(float)
    assert after.mean() == pytest.approx(128, abs=0.2)
    assert after.std() == pytest.approx(10, rel=0.02)
    dark = noisy(np.full((200, 200), 2, np.uint8), grain)
    assert dark.max() < 60  # a wrapped -3 would be 253
    assert noisy(gray, np.full(gray.shape, -0.4)).tolist() == gray.tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_moved_is_nothing_changed(shape: tuple[int, ...]) -> None:
    before = picture(shape)
    assert np.array_equal(perspective(before, np.zeros((4, 2))), before)
    assert np.array_equal(rotated(before, 0), before)
    assert np.array_equal(blurred(before, 1), before)


def test_rotation_turns_counter_clockwise_by_the_degrees_it_is_given() -> None:
    line = np.zeros((101, 401), np.uint8)
    line[49:52] = 255
    turned = rotated(line, 5.0)
    rows = np.arange(101)[:, None]
    left, right = (int(np.average(rows[:, 0], weights=turned[:, x])) for x in (100, 300))
    assert left - right == pytest.approx(200 * np.tan(np.radians(5)), abs=1)


def test_perspective_takes_every_corner_where_it_is_told() -> None:
    """A gray ramp from left to right: moving the left corners inwards by 10 pixels squeezes it."""
    ramp = np.tile(np.linspace(0, 200, 201).astype(np.uint8), (40, 1))
    squeezed = perspective(ramp, np.array([[10, 0], [0, 0], [0, 0], [10, 0]]))
    x = np.array([50, 100, 150])
    assert squeezed[20, x].astype(float) == pytest.approx((x - 10) * 201 / 191, abs=1.5)
    tilted = perspective(ramp, np.array([[10, 0], [0, 0], [0, 0], [0, 0]]))
    assert tilted[0, 60] < tilted[39, 60] == pytest.approx(60, abs=1)


def test_blur_spreads_a_point_and_keeps_its_sum() -> None:
    point = np.zeros((15, 15), np.uint8)
    point[7, 7] = 255
    for kernel in (3, 5):
        spread = blurred(point, kernel)
        assert np.count_nonzero(spread) == kernel**2
        assert float(spread.sum()) == pytest.approx(255, abs=8)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_lower_quality_leaves_a_larger_error(shape: tuple[int, ...]) -> None:
    before = np.roll(picture(shape), 3, axis=1)  # edges inside the 8x8 blocks, where JPEG has to work
    errors = [np.abs(compressed(before, quality) - before.astype(float)).mean() for quality in (95, 50, 10)]
    assert 0 < errors[0] < errors[1] < errors[2] < 40


# ---- the mixture ----------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**31), colored=st.booleans())
def test_shape_and_type_stay_and_the_drawing_is_repeatable(seed: int, colored: bool) -> None:
    before = picture(SHAPES[colored])
    untouched = before.copy()
    settings = replace(NEVER, **dict.fromkeys(OPERATIONS, 0.8))
    after, again = (vin_augment(before, np.random.default_rng(seed), settings) for _ in range(2))
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert np.array_equal(after, again)
    assert np.array_equal(before, untouched)


def test_probabilities_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = dict.fromkeys(OPERATIONS.values(), 0)

    def count(name: str) -> object:
        def operation(before: np.ndarray, *_: object) -> np.ndarray:
            calls[name] += 1
            return before

        return operation

    for name in calls:
        monkeypatch.setattr(module, name, count(name))
    settings, rng, draws = Augmentation(), np.random.default_rng(0), 4000
    for _ in range(draws):
        vin_augment(picture(), rng, settings)
    for probability, name in OPERATIONS.items():
        expected = settings.prob * getattr(settings, probability)
        assert calls[name] / draws == pytest.approx(expected, abs=0.025), name


@pytest.mark.parametrize(
    ("settings", "name", "ranges"),
    [
        (Augmentation(brightness_range=(0.9, 1.1), brightness_shift=(-5, 8)), "relit", [(0.9, 1.1), (-5, 8)]),
        (Augmentation(rotation_range=(-2, 1)), "rotated", [(-2, 1)]),
        (Augmentation(jpeg_quality_range=(60, 62)), "compressed", [(60, 62)]),
        (Augmentation(), "blurred", [(3, 5)]),
        (Augmentation(perspective_warp=0.1), "perspective", [(-2.4, 2.4)]),
        (Augmentation(noise_std=0.0), "noisy", [(0, 0)]),
    ],
)
def test_strengths_fill_the_ranges_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, settings: Augmentation, name: str, ranges: list[tuple[float, float]]
) -> None:
    drawn: list[list[float]] = [[] for _ in ranges]

    def note(before: np.ndarray, *strengths: np.ndarray | float) -> np.ndarray:
        for values, strength in zip(drawn, strengths, strict=True):
            values += np.ravel(strength).tolist()
        return before

    monkeypatch.setattr(module, name, note)
    probability = next(key for key, value in OPERATIONS.items() if value == name)
    only = replace(settings, **{**dict.fromkeys(OPERATIONS, 0.0), probability: 1.0}, prob=1.0)
    rng = np.random.default_rng(1)
    for _ in range(300):
        vin_augment(picture(), rng, only)
    for values, (low, high) in zip(drawn, ranges, strict=True):
        span = high - low
        assert low <= min(values) <= low + 0.05 * span
        assert high - 0.05 * span <= max(values) <= high


def test_without_probability_nothing_happens() -> None:
    before = picture()
    assert vin_augment(before, np.random.default_rng(0), replace(NEVER, prob=0.0, noise_prob=1.0)) is before
    assert vin_augment(before, np.random.default_rng(0), NEVER) is before


def test_the_defaults_are_the_specifications() -> None:
    chosen = Augmentation()
    assert (chosen.prob, chosen.brightness_range, chosen.rotation_range) == (0.5, (0.7, 1.3), (-5, 5))
    assert (chosen.blur_prob, chosen.noise_prob, chosen.perspective_prob) == (0.3, 0.3, 0.3)
    assert chosen.jpeg_quality_range == (50, 95)
