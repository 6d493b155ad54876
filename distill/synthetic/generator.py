"""Synthetic VIN lines: one call draws one line, and the same (settings, seed, index) always draws the same one.

VIN -> typeface and sheet -> view -> painter -> camera -> picture

line = Generator(seed=1, difficulty=0.5).draw(0)
line.picture (H, W, 3), line.vin, line.kind, line.boxes (17, 4), line.centers (17, 2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vinedge.charset import VIN_LENGTH
from vinedge.errors import VinEdgeError
from vinedge.registry import nearest

from .camera import compress, draw_camera, expose, is_legible
from .chance import pick_name
from .color import tinted
from .geometry import Pose, view_of
from .kinds import BY_NAME, KINDS, Kind
from .layout import Setting, Sheet, SheetBuilder, set_line
from .scene import Scene
from .surroundings import PREFIXES, add_barcode, add_frame, add_neighbours, draw_end_marks
from .typefaces import CAPS, Typeface, typefaces
from .vins import draw_vin

__all__ = ["KINDS", "Generator", "SyntheticLine"]

# Pitch over cap height as faces of a family are met in pictures (a crop stretched sideways included): low, high.
PITCHES = {
    "din": (0.42, 0.85), "wide": (0.62, 1.6), "square": (0.55, 1.4), "ocr": (0.45, 0.95), "condensed": (0.36, 0.62),
    "mono": (0.42, 0.95), "grotesque": (0.44, 1.6), "serif": (0.5, 1.4), "slab": (0.42, 1.1), "stencil": (0.48, 0.9),
    "stamp": (0.44, 0.95), "dots": (0.46, 1.0), "light": (0.42, 1.0),
}  # fmt: skip
# After which characters some makers leave a gap: WMI, VDS, model year and plant, before the serial number.
GROUPINGS = ((2,), (2, 8), (8,), (10,), (9,), (2, 8, 10), (10, 13), (5, 9))
# Below this cap height in the picture, the mask is drawn twice as large and averaged: thin strokes keep their weight.
OVERSAMPLED_BELOW = 26.0
# Pixels a character must have along the line, in easy and in hard sets; the narrowest real crops have six.
NARROWEST_PITCH = (8.0, 5.0)
# Wider pictures only cost time: readers see a few hundred columns.
WIDEST = 560
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
        sheet, span, family = self._sheet(vin, kind, rng)
        pose = self._pose(sheet, span, family, rng)
        view = view_of(sheet, span, pose)
        length = float(np.hypot(*np.diff(view.project(np.array([[0.0, 0.0], [sheet.length, 0.0]])), axis=0)[0]))
        least = VIN_LENGTH * (NARROWEST_PITCH[0] + (NARROWEST_PITCH[1] - NARROWEST_PITCH[0]) * self.difficulty)
        zoom = min(WIDEST / view.width, max(1.0, least / length))
        if zoom != 1.0:
            view = view_of(sheet, span, replace(pose, text_height=pose.text_height * zoom))
        oversampling = 2 if view.text_height < OVERSAMPLED_BELOW else 1
        scene = Scene(view, view.look(sheet, oversampling), oversampling, sheet.cap)
        boxes = view.boxes(sheet.boxes)
        for attempt in range(ATTEMPTS):
            difficulty = self.difficulty if attempt < ATTEMPTS - 1 else 0.0
            scene.veils.clear()
            gray = kind.paint(scene, rng, difficulty)
            camera = draw_camera(rng, view.text_height, difficulty)
            picture = expose(gray, camera, rng)
            if is_legible(picture, boxes, camera):
                break
        if color:
            picture = tinted(picture, scene, np.random.default_rng([self.seed, index, 2]))
        middles = np.column_stack(
            [(sheet.boxes[:, 0] + sheet.boxes[:, 2]) / 2, (sheet.boxes[:, 1] + sheet.boxes[:, 3]) / 2]
        )
        return SyntheticLine(compress(picture, camera.jpeg), vin, kind.name, boxes, view.project(middles))

    def _sheet(self, vin: str, kind: Kind, rng: np.random.Generator) -> tuple[Sheet, tuple[float, float], str]:
        """Set the VIN and what surrounds it; return the sheet, the text x span the crop must hold, the family."""
        d = self.difficulty
        family = pick_name(rng, kind.families)
        faces = self._faces[family]
        face = faces[int(rng.integers(len(faces)))]
        self._text_height = self._draw_height(rng)
        wanted = self._text_height * (2 if self._text_height < OVERSAMPLED_BELOW else 1)
        cap = next((size for size in CAPS if size >= 0.9 * wanted), CAPS[-1])
        setting = Setting(
            tracking=float(rng.uniform(-0.03, 0.08) if rng.random() < 0.6 else rng.uniform(0.05, 0.45)),
            pitch=0.0 if rng.random() < 0.6 else _fixed_pitch(face, cap),
            gaps=tuple(GROUPINGS[int(rng.integers(len(GROUPINGS)))]) if rng.random() < 0.05 else (),
            jitter_x=kind.jitter * float(rng.random()) * (0.5 + d),
            jitter_y=kind.jitter * float(rng.random()) * (0.5 + d),
            uneven=kind.uneven * float(rng.random()) * (0.3 + d),
        )
        before, after = draw_end_marks(rng) if rng.random() < kind.end_marks else ("", "")
        if rng.random() < kind.prefix:
            before = PREFIXES[int(rng.integers(len(PREFIXES)))] + (" " if rng.random() < 0.6 else "")
        mark_face = face if set(before + after) <= face.symbols else _face_with(before + after, self._faces, face)
        line = set_line(vin, face, cap, setting, rng)
        length = float(line.boxes[-1, 2] - line.boxes[0, 0])
        offset = float(line.boxes[0, 0])
        line.boxes[:, (0, 2)] -= offset
        sheet = SheetBuilder(length, cap)
        sheet.line(line, -offset, 0.0)
        span = [0.0, length]
        gap = cap * float(rng.uniform(0.05, 0.5))
        for mark, side in ((before, 0), (after, 1)):
            if not mark:
                continue
            piece = set_line(mark, mark_face, cap, Setting(tracking=setting.tracking), rng)
            wide = float(piece.boxes[-1, 2] - piece.boxes[0, 0])
            x = -gap - wide if side == 0 else length + gap
            sheet.line(piece, x - float(piece.boxes[0, 0]), 0.0, 1.0, float(rng.uniform(0.8, 1.0)))
            # The crop may hold a long prefix only in part, but the sheet's margin bounds it too.
            reach = min(wide + gap, 2.0 * cap) * (1.0 if rng.random() < 0.8 else float(rng.uniform(0, 1)))
            span[side] = -reach if side == 0 else length + reach
        if rng.random() < kind.barcode:
            add_barcode(sheet, rng)
        if rng.random() < kind.neighbours:
            both = rng.random()
            add_neighbours(sheet, face, both < 0.75, both > 0.25, rng)
        if rng.random() < kind.frame:
            add_frame(sheet, rng)
        return sheet.sheet(line.boxes), (span[0], span[1]), family

    def _draw_height(self, rng: np.random.Generator) -> float:
        """Draw the cap height in the picture, px: small ones are the more frequent the harder the set."""
        low, high = max(7.0, 20 - 16 * self.difficulty), 54 - 18 * self.difficulty
        return float(low * (high / low) ** (rng.random() ** (0.9 + 1.1 * self.difficulty)))

    def _pose(self, sheet: Sheet, span: tuple[float, float], family: str, rng: np.random.Generator) -> Pose:
        """Draw how the camera stands and how loosely the crop was cut."""
        d = self.difficulty
        low, high = PITCHES[family]
        natural = sheet.length / (VIN_LENGTH * sheet.cap)
        pitch = low * (high / low) ** float(rng.random())
        stretch = float(np.clip(0.8 * pitch / natural + 0.2, 0.6, 2.2) if rng.random() < 0.85 else 1.0)
        if rng.random() < 0.4:  # a picture squeezed to a square by its exporter, or a plate seen from the side
            stretch = max(0.5, stretch * float(rng.uniform(0.6, 0.95)))
        level = rng.random() < 0.35
        angle = (
            float(rng.normal(0, 0.5)) if level else float(np.clip(rng.normal(0, 1.5 + 3 * d), -5 - 6 * d, 5 + 6 * d))
        )
        # A long flat line at a large angle would fill only a corner of its crop: real ones are at most half as steep.
        angle /= max(1.0, stretch * natural / 1.0)
        looseness = rng.random()
        tight, spread = (-0.07 * d, 0.12) if looseness < 0.18 else (0.0, 0.45) if looseness < 0.55 else (0.15, 0.95)
        above, below = (float(v) for v in rng.uniform(tight, spread, 2))
        if looseness < 0.55 and rng.random() < 0.2:
            above, below = (above, 1.1) if rng.random() < 0.5 else (1.1, below)
        sides = np.where(rng.random(2) < 0.8, rng.uniform(-0.05 * d, 0.65, 2), rng.uniform(0.1, 1.3, 2))
        curved = rng.random() < 0.2
        return Pose(
            text_height=self._text_height,
            stretch=stretch,
            angle=angle,
            slant=float(rng.normal(0, 0.04 + 0.1 * d)),
            taper=float(np.clip(rng.standard_t(3) * (0.03 + 0.08 * d), -0.5, 0.5)),
            lean=float(rng.normal(0, 0.01 + 0.015 * d)),
            bend=float(rng.normal(0, 0.1 + 0.25 * d)) if curved else 0.0,
            margins=(float(sides[0]), above, float(sides[1]), below),
        )


def _fixed_pitch(face: Typeface, cap: int) -> float:
    """Return a common advance for all symbols, in cap heights, that fits the widest usual one."""
    return max(face.glyph(symbol, cap).advance for symbol in "08MW") / cap * 0.97


def _face_with(marks: str, faces: dict[str, tuple[Typeface, ...]], default: Typeface) -> Typeface:
    """Return a face that has `marks` (stars are rare), or the default."""
    for family in faces.values():
        for face in family:
            if set(marks) <= face.symbols:
                return face
    return default
