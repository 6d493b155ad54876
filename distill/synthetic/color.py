"""Gray pictures given plausible colors: chroma is added, luma stays, so gray and color draw the same scene.

Blueish sky in reflections, green and amber glass, warm lamps, colored noise as cheap sensors make it.
"""

from __future__ import annotations

import cv2
import numpy as np

from .light import smooth_field
from .scene import Scene

# Cr and Cb offsets (gray values) of usual tints: sky blue, windshield green, amber, cool white, warm white, neutral.
_TINTS = np.array([(-14, 26), (-12, 4), (14, -22), (-5, 8), (6, -9), (0, 0), (-9, 15), (5, 2)], np.float32)


def _tint(rng: np.random.Generator) -> np.ndarray:
    """Draw a tint: (Cr, Cb) offsets."""
    return np.asarray(_TINTS[rng.integers(len(_TINTS))] * rng.uniform(0.2, 1.3) + rng.normal(0, 2, 2), np.float32)


def tinted(gray: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Return `gray` (uint8 (H, W)) as BGR (H, W, 3) of the same luma."""
    shape = gray.shape
    chroma: np.ndarray = np.zeros((*shape, 2), np.float32) + _tint(rng)
    chroma += _tint(rng) * (0.35 * smooth_field(rng, shape, 2, 4))[..., None]
    chroma += (_tint(rng) * scene.ink()[..., None]) * 0.7
    for cover in scene.veils:
        chroma += _tint(rng) * np.clip(1.6 * cover, 0, 1)[..., None]
    if rng.random() < 0.6:
        rows, columns = max(2, shape[0] // 2), max(2, shape[1] // 2)
        for channel in range(2):
            chroma[..., channel] += float(rng.uniform(0.5, 5)) * smooth_field(rng, shape, rows, columns)
    # Luma at the ends of the range leaves no room for chroma; less of it keeps the clipped luma close to the gray one.
    room = np.minimum(gray, 255 - gray).astype(np.float32)
    chroma *= np.minimum(1.0, room / 40 + 0.05)[..., None]
    ycc = np.dstack([gray.astype(np.float32), chroma + 128])
    return np.asarray(cv2.cvtColor(np.clip(np.rint(ycc), 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2BGR))
