"""What a camera adds to a scene: blur, motion, digital zoom, exposure, noise, sharpening, compression.

Strengths are relative to the text's height, so that a large and a small picture are equally hard to read.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Least mean stroke contrast (see `clarity`) of a character that can be read, in gray values.
CLEAR = 2.3


@dataclass(frozen=True)
class Camera:
    """One camera's settings for one picture; `draw_camera` draws them."""

    focus: float  # gaussian blur, px
    motion: tuple[float, float]  # displacement during exposure, px
    zoom: float  # the sensor saw 1 / zoom of the pixels
    zoom_filter: int
    gain: float
    gamma: float
    offset: float
    noise: float  # gray values
    noise_size: float  # px
    sharpen: float
    jpeg: int  # quality; 0 none


def draw_camera(rng: np.random.Generator, text_height: float, difficulty: float) -> Camera:
    """Draw a camera; `difficulty` 0..1 widens every range."""
    d = difficulty
    u = rng.random(12)
    focus = text_height * (0.015 + (0.014 + 0.07 * d) * u[0] ** 1.7)
    reach = text_height * (0.02 + 0.2 * d) * u[2] if u[1] < 0.08 + 0.24 * d else 0.0
    turn = rng.uniform(0, np.pi) if rng.random() < 0.5 else rng.normal(0, 0.25)
    zoomed = u[3] < 0.2 + 0.3 * d and text_height > 11
    zoom = 1 + (min(2.6, text_height / (11 - 3 * d)) - 1) * u[4] if zoomed else 1.0
    exposure = u[5]
    gain, offset = 1.0, 0.0
    if exposure < 0.1 + 0.12 * d:  # low light
        gain = 1 - (0.25 + 0.45 * d) * u[6]
    elif exposure > 0.9 - 0.08 * d:  # over-exposed
        gain = 1 + (0.2 + 0.6 * d) * u[6]
    elif exposure > 0.75:  # haze
        offset = 60 * u[6] * d
        gain = 1 - offset / 200
    return Camera(
        focus=float(focus),
        motion=(float(reach * np.cos(turn)), float(reach * np.sin(turn))),
        zoom=float(zoom),
        zoom_filter=int((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[int(u[7] * 4)]),
        gain=float(gain),
        gamma=float(np.exp(rng.normal(0, 0.12 + 0.12 * d))),
        offset=float(offset),
        noise=float((1 + 11 * d) * u[8] ** 2.2 + (0.0 if gain >= 1 else (1 - gain) * 9 * d)),
        noise_size=float(1.0 if u[9] < 0.35 else 1 + 1.2 * u[9]),
        sharpen=float(0.9 * u[10] if u[10] > 0.6 else 0.0),
        jpeg=0 if u[11] < 0.3 else int(96 - (25 + 45 * d) * (u[11] - 0.3) / 0.7),
    )


def _motion_kernel(dx: float, dy: float) -> np.ndarray:
    """Return the kernel that averages along the displacement (dx, dy)."""
    steps = max(2, int(np.ceil(np.hypot(dx, dy))) * 2 + 1)
    half = int(np.ceil(max(abs(dx), abs(dy)) / 2)) + 1
    kernel: np.ndarray = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    along = np.linspace(-0.5, 0.5, steps)
    for x, y in zip(half + dx * along, half + dy * along, strict=True):
        column, row = int(x), int(y)
        fx, fy = x - column, y - row
        kernel[row : row + 2, column : column + 2] += np.outer((1 - fy, fy), (1 - fx, fx)).astype(np.float32)
    kernel /= kernel.sum()
    return kernel


def expose(scene: np.ndarray, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Return the gray picture uint8 of a scene (float32, 0..255): everything but compression."""
    height, width = scene.shape
    seen = scene
    if camera.focus > 0.3:
        seen = cv2.GaussianBlur(seen, (0, 0), camera.focus)
    if abs(camera.motion[0]) + abs(camera.motion[1]) > 1.0:
        seen = cv2.filter2D(seen, -1, _motion_kernel(*camera.motion), borderType=cv2.BORDER_REPLICATE)
    if camera.zoom > 1.05:
        small = max(2, round(width / camera.zoom)), max(2, round(height / camera.zoom))
        seen = cv2.resize(seen, small, interpolation=cv2.INTER_AREA)
    if camera.noise > 0.3:
        rows, columns = (max(2, round(side / camera.noise_size)) for side in seen.shape)
        noise: np.ndarray = rng.standard_normal((rows, columns), dtype=np.float32)
        if noise.shape != seen.shape:
            noise = cv2.resize(noise, seen.shape[::-1], interpolation=cv2.INTER_LINEAR)
        seen = seen + noise * np.float32(camera.noise / camera.gain)
    if camera.zoom > 1.05:
        seen = cv2.resize(seen, (width, height), interpolation=camera.zoom_filter)
    if camera.sharpen:
        seen = seen + np.float32(camera.sharpen) * (seen - cv2.GaussianBlur(seen, (0, 0), 1.2))
    gray = cv2.convertScaleAbs(np.maximum(seen, 0), alpha=camera.gain, beta=camera.offset)
    steps = np.arange(256, dtype=np.float32) / 255
    return cv2.LUT(gray, np.rint(255 * steps**camera.gamma).astype(np.uint8))


def clarity(picture: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return for each of `boxes` (n, 4) the mean difference, in gray values, of pixels two columns apart.

    Strokes raise it; slopes of light and single edges hardly do.
    """
    height, width = picture.shape
    difference = cv2.absdiff(picture[:, 2:], picture[:, :-2])
    sums = cv2.integral(difference)
    x0, x1 = (np.clip(boxes[:, side].astype(int) + step, 0, width - 2) for side, step in ((0, -1), (2, 0)))
    y0, y1 = (np.clip(boxes[:, side].astype(int) + step, 0, height) for side, step in ((1, 0), (3, 1)))
    inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    clear: np.ndarray = inside / np.maximum((y1 - y0) * (x1 - x0), 1)
    return clear


def is_legible(picture: np.ndarray, boxes: np.ndarray, camera: Camera) -> bool:
    """Whether at most one character of `boxes` (n, 4) drowns in glare, darkness or noise."""
    # White noise alone gives 1.13 of its spread.
    floor = max(CLEAR, 1.4 * camera.noise)
    return int((clarity(picture, boxes) < floor).sum()) <= 1


def compress(picture: np.ndarray, quality: int) -> np.ndarray:
    """Return `picture` (gray or BGR uint8) after JPEG compression; quality 0 leaves it alone."""
    if quality == 0:
        return picture
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR)
    return np.asarray(decoded)
