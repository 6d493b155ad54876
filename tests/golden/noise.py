"""Bytes that look random and are the same in tests/cpp/noise.hpp: byte i of stream `seed`.

Golden files hold only seeds and results; both languages draw the pictures and logits from this.
"""

from __future__ import annotations

import numpy as np


def noise(seed: int, count: int) -> np.ndarray:
    """Return `count` bytes of stream `seed`, uint8 (count,)."""
    v = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed * 0x85EBCA77 & 0xFFFFFFFF)
    v = (v ^ v >> np.uint32(15)) * np.uint32(0x2C1B3C6D)
    v = (v ^ v >> np.uint32(12)) * np.uint32(0x297A2D39)
    return ((v ^ v >> np.uint32(15)) >> np.uint32(8)).astype(np.uint8)
