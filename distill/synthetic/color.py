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
# How much of its chroma each gray value may keep.
_ROOM = np.minimum(1.0, np.minimum(np.arange(256), 255 - np.arange(256)) / 40 + 0.05).astype(np.float32)


def _tint(rng: np.random.Generator) -> np.ndarray:
    """Draw a tint: (Cr, Cb) offsets."""
    return np.asarray(_TINTS[rng.integers(len(_TINTS))] * rng.uniform(0.2, 1.3) + rng.normal(0, 2, 2), np.float32)


def tinted(gray: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Return `gray` (uint8 (H, W)) as BGR (H, W, 3) of the same luma. Chroma has half the resolution, as in cameras."""
    half = max(2, gray.shape[0] // 2), max(2, gray.shape[1] // 2)
    sky, ink = _tint(rng), cv2.resize(scene.ink(), half[::-1], interpolation=cv2.INTER_AREA)
    layers = [(_tint(rng) * 0.35, smooth_field(rng, half, 2, 4)), (_tint(rng) * 0.7, ink)]
    for cover in scene.veils:
        small = cv2.resize(cover, half[::-1], interpolation=cv2.INTER_LINEAR)
        layers.append((_tint(rng), np.clip(1.6 * small, 0, 1)))
    noise = float(rng.uniform(0.5, 5)) if rng.random() < 0.6 else 0.0
    # Luma at the ends of the range leaves no room for chroma; less of it keeps the clipped luma close to the gray one.
    room = cv2.LUT(gray, _ROOM)
    channels = [gray]
    for channel in range(2):
        chroma = np.full(half, sky[channel], np.float32)
        for tint, cover in layers:
            chroma += np.float32(tint[channel]) * cover
        if noise:
            chroma += np.float32(noise) * rng.standard_normal(half, dtype=np.float32)
        full = cv2.resize(chroma, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
        # convertScaleAbs rounds and saturates: 128 + chroma is never negative.
        channels.append(cv2.convertScaleAbs(cv2.multiply(full, room), alpha=1, beta=128))
    return np.asarray(cv2.cvtColor(cv2.merge(channels), cv2.COLOR_YCrCb2BGR))
