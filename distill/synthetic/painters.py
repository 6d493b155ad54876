"""One painter a kind: from what is printed to the gray values of the scene, before the camera.

Every painter takes the `Scene` (what the sheet looks like from the camera) and returns float32 (H, W), about 0..255.
"""

from __future__ import annotations

import cv2
import numpy as np

from .chance import pick
from .light import brushed, glare, gradient, grain, reflection, scratches, smooth_field, unit
from .relief import Relief, shade
from .scene import Scene

Rng = np.random.Generator


def _contrast(rng: Rng, difficulty: float, low: float, high: float) -> float:
    """Draw a contrast in gray values; `difficulty` pulls towards the low end. Most marks are simply clear."""
    u = float(rng.random())
    reach = 0.6 + 0.4 * u if rng.random() < 0.9 - 0.3 * difficulty else u ** (0.5 + 0.8 * difficulty)
    return low + (high - low) * reach


def _spread(ink: np.ndarray, rng: Rng, height: float) -> np.ndarray:
    """Return `ink` as bright characters bleed or thin ones fade: blurred, then stretched about a threshold."""
    style = rng.random()
    if style > 0.42:
        return ink
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.35, height * float(rng.uniform(0.02, 0.065))))
    if style < 0.3:
        return np.asarray(np.minimum(soft * np.float32(rng.uniform(1.25, 1.9)), 1.0))
    return np.asarray(np.clip((soft - 0.18) * np.float32(rng.uniform(1.2, 1.5)), 0.0, 1.0))


def _worn(ink: np.ndarray, rng: Rng, amount: float, cell: float) -> np.ndarray:
    """Return `ink` rubbed off in patches of about `cell` pixels."""
    rub = grain(rng, ink.shape, cell)
    worn: np.ndarray = ink * np.clip(1.15 - amount * np.maximum(rub + 0.3, 0), 0.0, 1.0)
    return worn


def _veiled(gray: np.ndarray, scene: Scene, rng: Rng, difficulty: float, count: int) -> np.ndarray:
    """Lay reflections over the scene: they brighten and take contrast from what lies below."""
    for _ in range(count):
        cover = reflection(rng, scene.shape)
        light = float(rng.uniform(70, 235))
        strength = float(rng.uniform(0.1, 0.34 + 0.36 * difficulty))
        cover *= np.float32(strength)
        tone: np.ndarray = np.full((1, 1), light, np.float32)
        if rng.random() < 0.4:  # what is mirrored has detail of its own: trees, a hand, the camera
            cells = max(2, scene.shape[1] // int(rng.integers(6, 60)))
            tone = light + float(rng.uniform(5, 40)) * smooth_field(rng, scene.shape, int(rng.integers(2, 6)), cells)
        gray = gray + cover * (tone - gray)
        scene.veils.append(cover)
    if rng.random() < 0.04 + 0.24 * difficulty:
        spot = glare(rng, scene.shape)
        gray = gray + spot * float(rng.uniform(40, 150))
        scene.veils.append(spot)
    return gray


def _count(rng: Rng, difficulty: float, shares: tuple[float, ...]) -> int:
    """Draw how many reflections a picture of middle difficulty has by `shares`; easier ones have none more often."""
    return pick(rng, shares) if rng.random() < 0.4 + 1.2 * difficulty else 0


def _dust(gray: np.ndarray, rng: Rng, difficulty: float) -> np.ndarray:
    """Add specks and scratches now and then."""
    if rng.random() < 0.12:
        gray = gray + scratches(rng, gray.shape, int(rng.integers(1, 4))) * float(rng.uniform(-70, 90))
    if rng.random() < 0.16:
        count = int(rng.integers(3, 30))
        ys, xs = rng.integers(gray.shape[0], size=count), rng.integers(gray.shape[1], size=count)
        gray[ys, xs] += rng.uniform(-60, 110, count).astype(np.float32) * difficulty
    return gray


def _edged(gray: np.ndarray, scene: Scene, rng: Rng, chance: float) -> np.ndarray:
    """Let the plate end inside the picture now and then, with something else beyond it."""
    if rng.random() >= chance:
        return gray
    reach = rng.exponential(0.55, 4) + 0.12
    far = rng.random(4) < (0.55, 0.35, 0.55, 0.35)
    left, top, right, bottom = np.where(far, 40.0, reach)
    cover = scene.plate(left, top, right, bottom)
    beyond = float(rng.uniform(10, 230)) + float(rng.uniform(2, 25)) * gradient(rng, scene.shape)
    return beyond + cover * (gray - beyond)


def paint_glass(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """A strip behind the windshield: light on dark, seen through reflections."""
    base = float(rng.uniform(6, 50) if rng.random() < 0.68 else rng.uniform(40, 120))
    gray = base + float(rng.uniform(2, 14)) * gradient(rng, scene.shape)
    if rng.random() < 0.4:
        gray += float(rng.uniform(1, 8)) * grain(rng, scene.shape, float(rng.uniform(1, 4)))
    gray = _edged(gray, scene, rng, 0.4)
    ink = _spread(scene.ink(), rng, scene.view.text_height)
    if rng.random() < 0.2:
        ink = _worn(ink, rng, float(rng.uniform(0.1, 0.5)), float(rng.uniform(1, 5)))
    tone = min(255.0, base + _contrast(rng, difficulty, 40, 225))
    paper = tone + float(rng.uniform(0, 14)) * gradient(rng, scene.shape)
    if rng.random() < 0.08:  # dark on light strips exist too
        gray, paper = 255 - gray * 0.6, 255 - paper
    gray = gray + ink * (paper - gray)
    gray = _dust(gray, rng, difficulty)
    return _veiled(gray, scene, rng, difficulty, _count(rng, difficulty, (0.3, 0.38, 0.22, 0.1)))


def paint_label(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """A door-jamb or B-pillar label: dark on white or silver, or white on black; worn print."""
    dark = rng.random() < 0.52
    contrast = _contrast(rng, difficulty, 42, 225)
    base = float(rng.uniform(8, 60)) if dark else float(rng.uniform(105, 240))
    tone = min(252.0, base + contrast) if dark else max(6.0, base - contrast)
    gray = base + float(rng.uniform(1, 16)) * gradient(rng, scene.shape)
    if rng.random() < 0.35:
        gray += float(rng.uniform(1, 7)) * grain(rng, scene.shape, float(rng.uniform(1, 3)))
    gray = _edged(gray, scene, rng, 0.16)
    ink = _spread(scene.ink(), rng, scene.view.text_height)
    if rng.random() < 0.3:
        ink = _worn(ink, rng, float(rng.uniform(0.1, 0.3 + 0.35 * difficulty)), float(rng.uniform(1, 6)))
    gray = gray + ink * (tone + float(rng.uniform(0, 12)) * gradient(rng, scene.shape) - gray)
    gray = _dust(gray, rng, difficulty)
    return _veiled(gray, scene, rng, difficulty, _count(rng, difficulty, (0.62, 0.28, 0.1)))


def _metal(scene: Scene, rng: Rng, low: float, high: float) -> np.ndarray:
    """Return bare, brushed, cast or painted metal."""
    gray = float(rng.uniform(low, high)) + float(rng.uniform(4, 28)) * gradient(rng, scene.shape)
    texture = rng.random()
    if texture < 0.45:
        gray += float(rng.uniform(2, 16)) * brushed(rng, scene.shape)
    elif texture < 0.8:
        gray += float(rng.uniform(2, 13)) * grain(rng, scene.shape, float(rng.uniform(1, 4)))
    if rng.random() < 0.3:
        gray += float(rng.uniform(5, 25)) * smooth_field(rng, scene.shape, 3, max(3, scene.shape[1] // 40))
    return gray


def _pressed(
    scene: Scene, rng: Rng, difficulty: float, flank: tuple[float, float], floor: tuple[float, float]
) -> np.ndarray:
    """Return the gray value change of marks pressed into metal; `flank` in text heights, `floor` in gray values."""
    over = scene.oversampling
    height = scene.view.text_height * over
    depth = None
    if rng.random() < 0.6:  # the tool bites unevenly
        depth = np.clip(1 + 0.3 * smooth_field(rng, scene.mask.shape, 2, 9), 0.35, 1.25)
    relief = Relief(
        angle=float(rng.uniform(0, 2 * np.pi)),
        strength=_contrast(rng, difficulty, 75, 230),
        flank=height * float(rng.uniform(*flank)),
        floor=float(rng.uniform(*floor)),
        rim=float(rng.uniform(0, 90)) if rng.random() < 0.5 else 0.0,
    )
    return scene.reduced(shade(scene.mask, relief, depth))


def paint_stamped(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """Punched or rolled into sheet metal: a lit flank, a shaded flank, sometimes dirt in the grooves."""
    gray = _metal(scene, rng, 45, 190)
    gray = gray + _pressed(scene, rng, difficulty, (0.018, 0.06), (-75, 25))
    if rng.random() < 0.3:
        gray += scratches(rng, scene.shape, int(rng.integers(1, 7))) * float(rng.uniform(-50, 60))
    return _veiled(gray, scene, rng, difficulty, _count(rng, difficulty, (0.75, 0.25)))


def paint_peened(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """Dots driven in by a stylus: small craters with a bright or dark center."""
    gray = _metal(scene, rng, 50, 190)
    floor = (-130.0, -40.0) if rng.random() < 0.6 else (40.0, 120.0)
    gray = gray + _pressed(scene, rng, difficulty, (0.012, 0.035), floor)
    return _veiled(gray, scene, rng, difficulty, _count(rng, difficulty, (0.75, 0.25)))


def paint_laser(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """Laser marks: annealed dark on bare metal, or ablated light through a dark coat; fine raster lines."""
    light = rng.random() < 0.5
    gray = _metal(scene, rng, 15, 80) if light else _metal(scene, rng, 110, 215)
    ink = scene.ink()
    if rng.random() < 0.4:
        ink = ink * np.clip(0.85 + 0.15 * brushed(rng, scene.shape), 0.3, 1.0)
    contrast = _contrast(rng, difficulty, 35, 150)
    gray = gray + ink * (contrast if light else -contrast)
    return _veiled(_dust(gray, rng, difficulty), scene, rng, difficulty, _count(rng, difficulty, (0.65, 0.35)))


def paint_etched(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """Etched in glass or metal: frosted, soft, low contrast, with a slight rim."""
    light = rng.random() < 0.6
    gray = _metal(scene, rng, 20, 110) if light else _metal(scene, rng, 100, 200)
    soft = cv2.GaussianBlur(scene.mask, (0, 0), max(0.5, 0.03 * scene.view.text_height * scene.oversampling))
    frost = unit(scene.reduced(soft))
    frost *= np.clip(0.9 + 0.2 * grain(rng, scene.shape, float(rng.uniform(1, 2.5))), 0.3, 1.2)
    contrast = _contrast(rng, difficulty, 35, 125)
    gray = gray + frost * (contrast if light else -contrast)
    if rng.random() < 0.5:
        gray = gray + _pressed(scene, rng, difficulty, (0.02, 0.05), (0, 1)) * 0.4
    return _veiled(gray, scene, rng, difficulty, _count(rng, difficulty, (0.5, 0.35, 0.15)))


def paint_dashboard(scene: Scene, rng: Rng, difficulty: float) -> np.ndarray:
    """A riveted plate on the dashboard behind glass: printed, embossed or debossed, its edges often in view."""
    printed = rng.random() < 0.55
    if printed:
        light = rng.random() < 0.6
        gray = _metal(scene, rng, 12, 80) if light else _metal(scene, rng, 110, 220)
        contrast = _contrast(rng, difficulty, 45, 170)
        gray = gray + scene.ink() * (contrast if light else -contrast)
    else:
        gray = _metal(scene, rng, 20, 170)
        tops = (20.0, 130.0) if rng.random() < 0.6 else (-80.0, 10.0)  # paint rubbed off the raised characters, or none
        gray = gray + _pressed(scene, rng, difficulty, (0.02, 0.06), tops)
    gray = _edged(gray, scene, rng, 0.55)
    return _veiled(gray, scene, rng, difficulty, _count(rng, difficulty, (0.35, 0.45, 0.2)))
