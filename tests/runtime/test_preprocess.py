"""The numpy definition of preprocessing: equal to OpenCV where it has the same step, and lawful where it has none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge.errors import VinEdgeError
from vinedge.preprocess import (
    InputSpec,
    box_average,
    box_factor,
    check_picture,
    fit,
    gray_from_bgr,
    normalize,
    preprocess,
)

SEEDS = st.integers(0, 2**32 - 1)


def draw_picture(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@given(SEEDS)
def test_gray_is_opencvs(seed: int) -> None:
    picture = draw_picture(seed, 20, 50, 3)
    np.testing.assert_array_equal(gray_from_bgr(picture), cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


def test_gray_is_opencvs_for_every_level_of_each_channel() -> None:
    levels = np.arange(256, dtype=np.uint8)
    picture = np.stack(np.meshgrid(levels, levels[::17], levels[::17], indexing="ij"), axis=-1).reshape(256, -1, 3)
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        turned = np.ascontiguousarray(picture[:, :, order])
        np.testing.assert_array_equal(gray_from_bgr(turned), cv2.cvtColor(turned, cv2.COLOR_BGR2GRAY))


@settings(deadline=None)
@given(SEEDS, st.integers(1, 63), st.integers(1, 639))
def test_linear_step_is_opencvs(seed: int, height: int, width: int) -> None:
    """Below twice the input's size nothing is averaged, and what is left is cv2.resize(INTER_LINEAR)."""
    picture = draw_picture(seed, height, width)
    wanted = cv2.resize(picture, (320, 32), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(fit(picture, InputSpec()), wanted)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_a_whole_multiple_is_averaged_alone(seed: int, ky: int, kx: int) -> None:
    picture = draw_picture(seed, 32 * ky, 320 * kx)
    means = picture.reshape(32, ky, 320, kx).astype(float).mean(axis=(1, 3))
    np.testing.assert_array_equal(fit(picture, InputSpec()), np.floor(means + 0.5))


@given(SEEDS, st.integers(1, 7), st.integers(1, 7))
def test_box_keeps_within_the_cell_and_drops_the_rest(seed: int, ky: int, kx: int) -> None:
    gray = draw_picture(seed, 29, 31)
    cells = box_average(gray, ky, kx)
    assert cells.shape == (29 // ky, 31 // kx)
    first = gray[:ky, :kx]
    assert first.min() <= cells[0, 0] <= first.max()


@pytest.mark.parametrize(("source", "factor"), [(1, 1), (31, 1), (32, 1), (63, 1), (64, 2), (95, 2), (96, 3)])
def test_box_factor(source: int, factor: int) -> None:
    assert box_factor(source, 32) == factor


@settings(deadline=None)
@given(st.integers(0, 255), st.integers(1, 300), st.integers(1, 1000))
def test_a_plain_picture_stays_plain(level: int, height: int, width: int) -> None:
    picture = np.full((height, width, 3), level, np.uint8)
    result = preprocess(picture, InputSpec())
    assert result.shape == (1, 32, 320)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, normalize(np.array(level, np.uint8), InputSpec()))


def test_normalization_spans_minus_one_to_one() -> None:
    ends = normalize(np.array([[0, 255]], np.uint8), InputSpec())
    np.testing.assert_allclose(ends, [[-1, 1]], atol=1e-6)
    np.testing.assert_allclose(normalize(np.array(100, np.uint8), InputSpec(mean=90, std=20)), 0.5, atol=1e-6)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 0, 3), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 1), np.uint8),
        np.zeros((5,), np.uint8),
        np.zeros((1, 5, 5, 3), np.uint8),
        np.zeros((5, 5), np.float32),
        np.zeros((5, 5), np.uint16),
        np.zeros((5, 5), bool),
    ],
)
def test_other_arrays_are_refused(picture: np.ndarray) -> None:
    with pytest.raises(VinEdgeError, match=r"uint8 array of shape \(H, W, 3\) in BGR order or \(H, W\), got"):
        check_picture(picture)
