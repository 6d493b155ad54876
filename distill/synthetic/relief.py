"""Characters without ink: stamped, peened or engraved metal seen by its highlights and shadows.

The depth map is the ink mask, blurred to the tool's flank; a light from one side brightens the flank that faces it
and darkens the other. The bottom of the mark collects dirt or catches light.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .light import unit


@dataclass(frozen=True)
class Relief:
    """How a mark takes the light. Gray values; `flank` in pixels of the mask given to `shade`."""

    angle: float  # where the light comes from, radians
    strength: float  # gray value difference at the steepest flank
    flank: float  # width of the slope
    floor: float  # gray value added inside the mark (negative: dirt, shadow)
    rim: float  # gray value of the raised burr around the mark


def shade(mask: np.ndarray, relief: Relief, depth: np.ndarray | None) -> np.ndarray:
    """Return the gray value change (float32) that the marks in `mask` (uint8) cause; `depth` scales it by place."""
    flank = max(0.45, relief.flank)
    soft = unit(cv2.GaussianBlur(mask, (0, 0), flank))
    if depth is not None:
        soft *= depth
    dx = cv2.Scharr(soft, cv2.CV_32F, 1, 0, scale=1 / 16)
    dy = cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / 16)
    # A slope of one flank width has gradient 0.4 / flank at its middle: normalize, so that strength is in gray values.
    gain = np.float32(relief.strength * flank / 0.4)
    change: np.ndarray = (dx * np.float32(np.cos(relief.angle)) + dy * np.float32(np.sin(relief.angle))) * gain
    change += soft * np.float32(relief.floor)
    if relief.rim:
        wide = cv2.GaussianBlur(soft, (0, 0), 2.2 * flank)
        change += np.maximum(wide - soft, 0) * np.float32(relief.rim)
    return change
