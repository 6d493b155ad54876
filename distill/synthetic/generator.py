"""Synthetic VIN lines: one call draws one line, and the same (settings, seed, index) always draws the same one.

VIN -> typeface and sheet -> view -> painter -> camera -> picture

line = Generator(seed=1, difficulty=0.5).draw(0)
line.picture (H, W, 3), line.vin, line.kind, line.boxes (17, 4), line.centers (17, 2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinedge.errors import VinEdgeError
from vinedge.registry import nearest

from .camera import compress, draw_camera, expose, is_legible
from .chance import pick_name
from .color import tinted
from .kinds import BY_NAME, KINDS, Kind
from .poses import draw_height, draw_view
from .scene import Scene
from .sheets import print_sheet
from .typefaces import typefaces
from .vins import draw_vin

__all__ = ["KINDS", "Generator", "SyntheticLine"]

# Below this cap height in the picture, the mask is drawn twice as large and averaged: thin strokes keep their weight.
OVERSAMPLED_BELOW = 26.0
# A line that nobody could read teaches nothing: it is painted and photographed again, at last without any difficulty.
ATTEMPTS = 4


@dataclass(frozen=True)
class SyntheticLine:
    """One drawn line: the picture (uint8 BGR (H, W, 3), or gray (H, W)), its VIN and kind, and for every character
    the box x0, y0, x1, y1 (float32 (17, 4)) and center x, y (float32 (17, 2)) in pixels of the picture."""

    picture: np.ndarray
    vin: str
    kind: str
    boxes: np.ndarray
    centers: np.ndarray


class Generator:
    """Draws synthetic VIN lines.

    `difficulty` 0..1 widens every range from clean to hard; `kinds` restricts the kinds (default: all, in the shares
    of `kinds.py`); `held_out_wmis` draws only makers that are never drawn without it; `system_fonts` adds the
    operating system's faces, at the price that another machine draws other pictures.
    """

    def __init__(
        self,
        seed: int,
        *,
        difficulty: float = 0.5,
        kinds: Sequence[str] | None = None,
        held_out_wmis: bool = False,
        system_fonts: bool = False,
    ) -> None:
        if not 0.0 <= difficulty <= 1.0:
            raise VinEdgeError(f"difficulty must be between 0 and 1, got {difficulty}")
        if seed < 0:
            raise VinEdgeError(f"the seed must not be negative, got {seed}")
        chosen = tuple(KINDS if kinds is None else kinds)
        for name in chosen:
            if name not in BY_NAME:
                raise VinEdgeError(f"unknown kind '{name}'{nearest(name, KINDS)} (known: {', '.join(KINDS)})")
        if not chosen:
            raise VinEdgeError(f"no kinds given; name at least one of: {', '.join(KINDS)}")
        self.seed = seed
        self.difficulty = difficulty
        self.kinds = chosen
        self.held_out_wmis = held_out_wmis
        self._shares = {name: BY_NAME[name].share for name in chosen}
        self._faces = typefaces(system_fonts)

    def vin(self, index: int) -> str:
        """Return the VIN of line `index` without drawing it."""
        return draw_vin(np.random.default_rng([self.seed, index, 0]), self.held_out_wmis)

    def draw(self, index: int, *, color: bool = True) -> SyntheticLine:
        """Draw line `index`. The gray picture (`color=False`, faster) is the luma of the color one, but for rounding
        and compression."""
        vin = self.vin(index)
        rng = np.random.default_rng([self.seed, index, 1])
        kind = BY_NAME[pick_name(rng, self._shares)]
        family = pick_name(rng, kind.families)
        text_height = draw_height(rng, family, self.difficulty)
        pixels = text_height * (2 if text_height < OVERSAMPLED_BELOW else 1)
        sheet, span = print_sheet(vin, kind, self._faces[family], pixels, rng, self.difficulty)
        view = draw_view(sheet, span, family, text_height, rng, self.difficulty)
        oversampling = 2 if view.text_height < OVERSAMPLED_BELOW else 1
        scene = Scene(view, view.look(sheet, oversampling), oversampling, sheet.cap)
        boxes = view.boxes(sheet.boxes)
        picture, quality = self._photograph(scene, kind, boxes, rng)
        if color:
            picture = tinted(picture, scene, np.random.default_rng([self.seed, index, 2]))
        middles = (sheet.boxes[:, :2] + sheet.boxes[:, 2:]) / 2
        return SyntheticLine(compress(picture, quality), vin, kind.name, boxes, view.project(middles))

    def _photograph(
        self, scene: Scene, kind: Kind, boxes: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, int]:
        """Paint the scene and photograph it until it can be read; return the gray picture and the JPEG quality."""
        for attempt in range(ATTEMPTS):
            difficulty = self.difficulty if attempt < ATTEMPTS - 1 else 0.0
            scene.veils.clear()
            gray = kind.paint(scene, rng, difficulty)
            camera = draw_camera(rng, scene.view.text_height, difficulty)
            picture = expose(gray, camera, rng)
            if is_legible(picture, boxes, camera):
                break
        return picture, camera.jpeg
