"""Picture -> network input, in plain numpy: the definition that SIMD and GPU code is held to.

    BGR uint8 (H, W, 3)  -> gray   (fixed point, equal to cv2.cvtColor)
                         -> box    (average of k x k pixels where the picture is k times too large)
                         -> linear (fixed point, equal to cv2.resize(INTER_LINEAR) when k = 1)
                         -> float32 (height, width), (gray - mean) / std

The line is stretched to the full input: a VIN always has 17 characters, so stretching gives every
picture the same number of frames a character. The box step is what bilinear sampling alone lacks:
without it a 200 px high crop would be sampled at every sixth row and the rest thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import VinEdgeError


@dataclass(frozen=True)
class InputSpec:
    """What the network expects: height and width in pixels, and the gray value normalisation."""

    height: int = 32
    width: int = 320
    mean: float = 127.5
    std: float = 127.5


def check_picture(picture: np.ndarray) -> np.ndarray:
    """Return `picture` if it is uint8 BGR `(H, W, 3)` or gray `(H, W)` with at least one pixel, else raise."""
    shape_ok = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if picture.dtype != np.uint8 or not shape_ok or picture.size == 0:
        raise VinEdgeError(
            f"a picture must be a uint8 array of shape (H, W, 3) in BGR order or (H, W), "
            f"got {picture.dtype} {picture.shape}; convert it, for example with cv2.cvtColor"
        )
    return picture


def gray_from_bgr(picture: np.ndarray) -> np.ndarray:
    """Return luma (H, W) uint8 of ITU-R BT.601, in OpenCV's 15-bit fixed point."""
    if picture.ndim == 2:
        return picture
    blue, green, red = (picture[:, :, channel].astype(np.int32) for channel in range(3))
    gray: np.ndarray = (blue * 3735 + green * 19235 + red * 9798 + (1 << 14)) >> 15
    return gray.astype(np.uint8)


def box_factor(source: int, target: int) -> int:
    """Return how many source pixels are averaged along one axis: floor(source / target), at least 1."""
    return max(1, source // target)


def box_average(gray: np.ndarray, ky: int, kx: int) -> np.ndarray:
    """Return the rounded mean of every whole ky x kx cell; a remainder under one cell at the far edge is dropped."""
    rows, columns = gray.shape[0] // ky, gray.shape[1] // kx
    cells = gray[: rows * ky, : columns * kx].reshape(rows, ky, columns, kx).astype(np.int64)
    area = ky * kx
    return np.asarray((2 * cells.sum(axis=(1, 3)) + area) // (2 * area), np.uint8)


def _taps(source: int, target: int, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every target position along one axis, the index of its left cell and its fraction towards the next.

    Positions are computed in double and rounded to float, as OpenCV does; the index may be -1.
    """
    scale = source / target / factor
    position = ((np.arange(target) + 0.5) * scale - 0.5).astype(np.float32)
    left = np.floor(position)
    return left.astype(np.int64), position - left


def _weights(fraction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 11-bit fixed-point weights of the left and right neighbour."""
    one, scale = np.float32(1), np.float32(2048)
    return np.rint((one - fraction) * scale).astype(np.int64), np.rint(fraction * scale).astype(np.int64)


def resize_linear(gray: np.ndarray, source: tuple[int, int], factors: tuple[int, int], spec: InputSpec) -> np.ndarray:
    """Sample `gray` cells to `(spec.height, spec.width)` uint8.

    `source` is the size (H, W) of the picture before the box step and `factors` the box (ky, kx), so that
    positions refer to the original pixels. OpenCV's fixed point: 11-bit weights, horizontal first; at the
    left and right border the fraction is set to 0, at the top and bottom only the row index is clamped.
    """
    rows, columns = gray.shape
    left, fraction = _taps(source[1], spec.width, factors[1])
    fraction = np.where((left < 0) | (left >= columns - 1), np.float32(0), fraction)
    left = left.clip(0, columns - 1)
    weight_left, weight_right = _weights(fraction)
    values = gray.astype(np.int64)
    horizontal = values[:, left] * weight_left + values[:, np.minimum(left + 1, columns - 1)] * weight_right

    top, fraction = _taps(source[0], spec.height, factors[0])
    weight_top, weight_bottom = _weights(fraction)
    upper = horizontal[top.clip(0, rows - 1)] >> 4
    lower = horizontal[(top + 1).clip(0, rows - 1)] >> 4
    vertical = ((weight_top[:, None] * upper) >> 16) + ((weight_bottom[:, None] * lower) >> 16)
    return np.asarray((vertical + 2) >> 2, np.uint8)


def fit(picture: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return the picture as gray uint8 `(spec.height, spec.width)`: everything but the normalisation."""
    gray = gray_from_bgr(check_picture(picture))
    factors = box_factor(gray.shape[0], spec.height), box_factor(gray.shape[1], spec.width)
    return resize_linear(box_average(gray, *factors), gray.shape, factors, spec)


def normalize(fitted: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return float32 `(fitted - mean) / std`, computed as `fitted * scale + offset` in float32 as C++ does."""
    scale = np.float32(1.0 / spec.std)
    offset = np.float32(-spec.mean / spec.std)
    return fitted.astype(np.float32) * scale + offset


def preprocess(picture: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return the network input, float32 `(1, height, width)`, of one BGR or gray uint8 picture."""
    return normalize(fit(picture, spec), spec)[None]
