"""From the flat sheet to the picture: one mapping for tilt, slant, perspective, stretch, curvature and crop.

    (x, y) on the sheet -> y += bend(x) -> homography -> picture pixel (pixel centers at integers + 0.5)

`View.project` is that mapping; `View.look` its inverse sampling of the mask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .layout import Sheet


@dataclass(frozen=True)
class View:
    """A camera's view of a sheet: `homography` (3, 3) from text coordinates to picture pixels, the bend, the size."""

    homography: np.ndarray
    bend: float  # rise of the middle of the line over its ends, in sheet pixels
    length: float
    width: int
    height: int
    text_height: float  # cap height in picture pixels, at the middle of the line

    def _bent(self, points: np.ndarray) -> np.ndarray:
        out: np.ndarray = points.astype(np.float64).copy()
        out[:, 1] -= self.bend * (1 - 4 * (points[:, 0] / self.length - 0.5) ** 2)
        return out

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return picture coordinates (n, 2) of text coordinates (n, 2)."""
        bent = self._bent(points)
        mapped = np.column_stack([bent, np.ones(len(bent))]) @ self.homography.T
        projected: np.ndarray = (mapped[:, :2] / mapped[:, 2:]).astype(np.float32)
        return projected

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Return the axis-aligned boxes (n, 4) in the picture that hold boxes (n, 4) of the text."""
        x0, y0, x1, y1 = boxes.T
        corners = self.project(np.concatenate([np.column_stack(p) for p in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]))
        xs, ys = corners.reshape(4, -1, 2).transpose(2, 0, 1)
        return np.column_stack([xs.min(0), ys.min(0), xs.max(0), ys.max(0)]).astype(np.float32)

    @property
    def line_length(self) -> float:
        """Length of the line in picture pixels."""
        (x0, y0), (x1, y1) = self.project(np.array([[0.0, 0.0], [self.length, 0.0]])).tolist()
        return math.hypot(x1 - x0, y1 - y0)

    def look(self, sheet: Sheet, oversampling: int) -> np.ndarray:
        """Return the sheet's mask as seen, uint8 of `oversampling` times the picture's size."""
        size = self.width * oversampling, self.height * oversampling
        mask, reduction = self._reduced(sheet, oversampling)
        # Edges of mask pixels -> text coordinates -> picture; OpenCV samples at pixel centers, half a pixel further.
        half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
        zoom = np.diag([oversampling, oversampling, 1.0])
        shift = np.array([[1, 0, -sheet.origin[0]], [0, 1, -sheet.origin[1]], [0, 0, 1.0]])
        place = shift @ np.diag([1 / reduction[0], 1 / reduction[1], 1.0])
        forward = half @ zoom @ self.homography @ place @ np.linalg.inv(half)
        if self.bend == 0.0:
            return cv2.warpPerspective(mask, forward, size, flags=cv2.INTER_LINEAR)
        inverse = np.linalg.inv(forward).astype(np.float32)
        xs = np.arange(size[0], dtype=np.float32)[None]
        ys = np.arange(size[1], dtype=np.float32)[:, None]
        depth = inverse[2, 0] * xs + (inverse[2, 1] * ys + inverse[2, 2])
        map_x = (inverse[0, 0] * xs + (inverse[0, 1] * ys + inverse[0, 2])) / depth
        map_y = (inverse[1, 0] * xs + (inverse[1, 1] * ys + inverse[1, 2])) / depth
        # Where along the line a pixel lies, from -0.5 to 0.5: the bend is largest in the middle.
        start = (sheet.origin[0] * reduction[0] - 0.5) / (self.length * reduction[0]) + 0.5
        along = map_x * np.float32(1 / (self.length * reduction[0])) - np.float32(start)
        map_y += np.float32(self.bend * reduction[1]) * (1 - 4 * along * along)
        return cv2.remap(mask, map_x, map_y, cv2.INTER_LINEAR)

    def _reduced(self, sheet: Sheet, oversampling: int) -> tuple[np.ndarray, tuple[float, float]]:
        """Return the sheet's mask averaged down where the view shows it much smaller, and by how much in x and y.

        Bilinear sampling alone would skip pixels and lose thin strokes.
        """
        wanted = (
            oversampling * self.line_length / sheet.length,
            oversampling * self.text_height / sheet.cap,
        )
        if min(wanted) > 0.7:
            return sheet.mask, (1.0, 1.0)
        height, width = sheet.mask.shape
        columns, rows = (
            max(2, round(side * min(1.0, scale))) for side, scale in zip((width, height), wanted, strict=True)
        )
        small = cv2.resize(sheet.mask, (columns, rows), interpolation=cv2.INTER_AREA)
        return small, (columns / width, rows / height)


@dataclass(frozen=True)
class Pose:
    """How the camera stands: what `view_of` needs, all drawn beforehand."""

    text_height: float  # px in the picture
    stretch: float  # horizontal over vertical scale
    angle: float  # degrees, clockwise
    slant: float  # shear, x per y
    taper: float  # relative difference in height between the line's two ends
    lean: float  # relative difference in length between its top and bottom edges
    bend: float  # cap heights
    margins: tuple[float, float, float, float]  # left, top, right, bottom in text heights; negative cuts into the text

    def scaled(self, zoom: float) -> Pose:
        """Return the same pose from nearer (zoom above 1) or farther."""
        return replace(self, text_height=self.text_height * zoom)


def view_of(sheet: Sheet, span: tuple[float, float], pose: Pose) -> View:
    """Return the view in which text x `span` (VIN and what belongs to it) fills the crop up to the margins."""
    scale = pose.text_height / sheet.cap
    x0, x1 = span
    length = (x1 - x0) * scale * pose.stretch
    height = pose.text_height
    corners = []
    for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
        x = (u - 0.5) * length * (1 + pose.lean * (v - 0.5))
        y = (v - 0.5) * height * (1 + pose.taper * (u - 0.5))
        corners.append((x - pose.slant * y, y))
    turn = np.deg2rad(pose.angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    quad = np.array(corners) @ rotation.T
    rise = pose.bend * height
    left, top, right, bottom = (margin * height for margin in pose.margins)
    low = quad.min(0) - np.array([left, top + max(0.0, rise)])
    high = quad.max(0) + np.array([right, bottom + max(0.0, -rise)])
    width, rows = (max(8, round(float(value))) for value in high - low)
    source = np.array([(x0, 0), (x1, 0), (x1, sheet.cap), (x0, sheet.cap)], np.float32)
    homography = cv2.getPerspectiveTransform(source, (quad - low).astype(np.float32))
    return View(homography, pose.bend * sheet.cap, sheet.length, width, rows, pose.text_height)
