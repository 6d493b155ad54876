"""What light and surfaces do to gray values: smooth fields, textures, reflections, glare. All float32 (H, W)."""

from __future__ import annotations

import cv2
import numpy as np

from .chance import pick


def unit(mask: np.ndarray) -> np.ndarray:
    """Return a uint8 mask as float32 0..1."""
    values: np.ndarray = mask.astype(np.float32) * np.float32(1 / 255)
    return values


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], rows: int, columns: int) -> np.ndarray:
    """Return noise of unit spread that varies over `rows` x `columns` cells of the picture."""
    cells = rng.standard_normal((rows, columns), dtype=np.float32)
    return cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_CUBIC if rows > 1 else cv2.INTER_LINEAR)


def gradient(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return a gentle slope of gray values, mostly along the line."""
    return smooth_field(rng, shape, 2, int(rng.integers(2, 6)))


def _polygon(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return a mask uint8 of one reflected thing: what lies beyond an edge, a band, a blob, or a ragged outline."""
    height, width = shape
    mask = np.zeros(shape, np.uint8)
    style = rng.random()
    lean = float(rng.normal(0, 0.8)) * height
    corners: list[tuple[float, float]]
    if style < 0.4:  # everything beyond an edge that crosses the text
        x = float(rng.uniform(0.02, 0.98)) * width
        corners = [
            (x - lean, -2),
            (width + 9 + abs(lean), -2),
            (width + 9 + abs(lean), height + 2),
            (x + lean, height + 2),
        ]
    elif style < 0.65:  # a band
        x, wide = float(rng.uniform(-0.1, 1)) * width, float(rng.uniform(0.03, 0.4)) * width
        corners = [(x - lean, -2), (x + wide - lean, -2), (x + wide + lean, height + 2), (x + lean, height + 2)]
    elif style < 0.8:  # the upper or lower part: the edge runs along the text
        y0, y1 = (float(v) * height for v in rng.uniform(0, 1, 2))
        y = -2 if rng.random() < 0.5 else height + 2
        corners = [(-2, y), (width + 2, y), (width + 2, y1), (-2, y0)]
    else:
        center = rng.uniform(0, 1, 2) * (width, height)
        axes = max(2.0, float(rng.uniform(0.05, 0.3)) * width), max(2.0, float(rng.uniform(0.3, 1.2)) * height)
        angles = np.arange(9) * (2 * np.pi / 9)
        reach = rng.uniform(0.7, 1.3, 9)
        corners = (center + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None] * axes).tolist()
    cv2.fillPoly(mask, [np.rint(np.array(corners) * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    return mask


def reflection(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return how much of each pixel a reflection covers, 0..1; edges are sharp or soft."""
    mask = _polygon(rng, shape)
    if rng.random() < 0.3:
        mask = np.maximum(mask, _polygon(rng, shape))
    softness = shape[0] * (0.0, 0.06, 0.3)[pick(rng, (0.35, 0.4, 0.25))] * float(rng.uniform(0.4, 1.0))
    if softness > 4:  # a wide blur looks the same at a quarter of the size
        small = cv2.resize(mask, (max(2, shape[1] // 4), max(2, shape[0] // 4)), interpolation=cv2.INTER_AREA)
        mask = cv2.resize(cv2.GaussianBlur(small, (0, 0), softness / 4), shape[::-1], interpolation=cv2.INTER_LINEAR)
    elif softness > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), softness)
    cover = unit(mask)
    if rng.random() < 0.5:
        cover *= np.clip(1.0 + 0.35 * gradient(rng, shape), 0.2, 1.3)
    return cover


def glare(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return a bright spot or streak, 0..1: a lamp or the sun on a glossy surface."""
    height, width = shape
    x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
    wide, high = float(rng.uniform(0.04, 0.3)) * width, float(rng.uniform(0.3, 1.5)) * height
    across = np.exp(-0.5 * ((np.arange(width, dtype=np.float32) - x) / wide) ** 2)
    down = np.exp(-0.5 * ((np.arange(height, dtype=np.float32) - y) / high) ** 2)
    return np.outer(down, across).astype(np.float32)


def brushed(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return the texture of brushed or rolled metal: streaks along one direction, unit spread."""
    height, width = shape
    if rng.random() < 0.8:
        return smooth_field(rng, shape, height, max(2, width // int(rng.integers(8, 40))))
    return smooth_field(rng, shape, max(2, height // int(rng.integers(4, 12))), width)


def grain(rng: np.random.Generator, shape: tuple[int, int], size: float) -> np.ndarray:
    """Return the texture of cast, sandblasted or painted metal: grains of about `size` pixels, unit spread."""
    rows, columns = max(2, round(shape[0] / size)), max(2, round(shape[1] / size))
    cells = rng.standard_normal((rows, columns), dtype=np.float32)
    return cells if (rows, columns) == shape else cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_LINEAR)


def scratches(rng: np.random.Generator, shape: tuple[int, int], count: int) -> np.ndarray:
    """Return thin random strokes, 0..1."""
    height, width = shape
    mask = np.zeros(shape, np.uint8)
    for _ in range(count):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        dx, dy = rng.normal(0, 0.25 * width), rng.normal(0, 0.6 * height)
        start, end = (round(x * 16), round(y * 16)), (round((x + dx) * 16), round((y + dy) * 16))
        cv2.line(mask, start, end, int(rng.integers(70, 255)), 1, cv2.LINE_AA, 4)
    return unit(mask)
