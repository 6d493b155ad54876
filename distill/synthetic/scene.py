"""The sheet as the camera sees it: what painters start from."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from .geometry import View
from .light import unit


@dataclass
class Scene:
    """What a painter sees: the mask at `oversampling` times the picture's size, the view, and where reflections went.

    `veils` collects the cover (H, W) of every reflection painted, so that color can be given to them later.
    """

    view: View
    mask: np.ndarray
    oversampling: int
    cap: int
    veils: list[np.ndarray] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        return self.view.height, self.view.width

    def reduced(self, oversampled: np.ndarray) -> np.ndarray:
        """Return an oversampled array at the picture's size."""
        if self.oversampling == 1:
            return oversampled
        return cv2.resize(oversampled, self.shape[::-1], interpolation=cv2.INTER_AREA)

    def ink(self) -> np.ndarray:
        """Return how much of each pixel ink covers, float32 0..1."""
        return unit(self.reduced(self.mask))

    def plate(self, left: float, top: float, right: float, bottom: float) -> np.ndarray:
        """Return the cover (0..1) of a rectangle that reaches so many cap heights beyond the text, as seen."""
        x0, x1 = -left * self.cap, self.view.length + right * self.cap
        y0, y1 = -top * self.cap, (1 + bottom) * self.cap
        xs = np.linspace(x0, x1, 9)
        outline = np.concatenate([np.column_stack([xs, np.full(9, y0)]), np.column_stack([xs[::-1], np.full(9, y1)])])
        mask = np.zeros(self.shape, np.uint8)
        corners = np.clip(self.view.project(outline), -4000, 4000)
        cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return unit(mask)
