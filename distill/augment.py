"""Light alterations of real pictures, one function each, so that few pictures do not look the same twice.

Every function maps gray uint8 `(H, W)` to gray uint8 and draws its strength from `rng`. Arithmetic is signed and
clipped: a wrapped or folded value would be a pattern that no camera makes. Synthetic lines bring their own camera.
"""

from __future__ import annotations

import cv2
import numpy as np


def brightness_contrast(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure and haze: contrast times 0.7 to 1.3, brightness plus or minus 30."""
    contrast, brightness = rng.uniform(0.7, 1.3), rng.uniform(-30, 30)
    return _clipped((gray.astype(np.float32) - 127.5) * contrast + 127.5 + brightness)


def rotate(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A camera not quite level: up to 3 degrees, the border repeated."""
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-3, 3), 1.0)
    return np.asarray(cv2.warpAffine(gray, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))


def crop_jitter(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A detector's box is never the same twice: each side moves by up to 3 % of the width or 8 % of the height."""
    height, width = gray.shape
    top, bottom = np.rint(rng.uniform(-0.08, 0.08, 2) * height).astype(int)
    left, right = np.rint(rng.uniform(-0.03, 0.03, 2) * width).astype(int)
    outside = [(max(0, -top), max(0, -bottom)), (max(0, -left), max(0, -right))]
    padded = np.pad(gray, outside, mode="edge")
    rows = slice(max(0, top), padded.shape[0] - max(0, bottom))
    return padded[rows, max(0, left) : padded.shape[1] - max(0, right)]


def blur(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Out of focus: Gaussian with a sigma of up to 4 % of the line's height."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), max(0.1, rng.uniform(0, 0.04) * gray.shape[0])))


def noise(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sensor noise: Gaussian, standard deviation up to 10 gray levels."""
    grain = rng.standard_normal(gray.shape, np.float32) * np.float32(rng.uniform(0, 10))
    return _clipped(gray + grain)


def _clipped(values: np.ndarray) -> np.ndarray:
    clipped: np.ndarray = np.clip(values, 0, 255).astype(np.uint8)
    return clipped


# In the order in which a picture comes about: framing, then optics, then light and sensor.
OPERATIONS = (rotate, crop_jitter, blur, brightness_contrast, noise)


def augment(gray: np.ndarray, rng: np.random.Generator, probability: float) -> np.ndarray:
    """Return the picture, with `probability` altered by a random half of the operations."""
    if rng.random() >= probability:
        return gray
    for operation in OPERATIONS:
        if rng.random() < 0.5:
            gray = operation(gray, rng)
    return gray
