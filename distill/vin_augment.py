"""What happens to a VIN between the vehicle and the file, one function for each cause, and VINAugmentation of them.

    picture uint8 (H, W) or (H, W, 3) -> uint8 of the same shape

Six operations of the specification, in the order in which a picture comes about: the camera stands askew, is not
level, is out of focus, meets light and sensor, and its file is compressed. Each takes its strength; `vin_augment`
draws it from the ranges of `Augmentation`. Arithmetic is signed, rounded and clipped: a gray level that wraps
around or is folded back (`astype(uint8)`, `convertScaleAbs`) makes a pattern that no camera makes. Nothing is
mirrored, for a mirrored VIN is none. `augment.py` is the lighter mixture that students get.
"""

from __future__ import annotations

import cv2
import numpy as np

from .settings import Augmentation

KERNELS = (3, 5)  # pixels: wider ones close the gaps of an 8 or B at a line height of 48


def perspective(picture: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """A camera that does not look straight at the plate: the four corners (from top left, clockwise) move.

    `corners` `(4, 2)` says by how many pixels each (x, y) moves; what comes in from outside repeats the border.
    """
    height, width = picture.shape[:2]
    before = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(before, before + corners.astype(np.float32))
    return np.asarray(cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))


def rotated(picture: np.ndarray, degrees: float) -> np.ndarray:
    """A camera that is not level: turned counter-clockwise about the middle, the border repeated."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))


def blurred(picture: np.ndarray, kernel: int) -> np.ndarray:
    """A lens out of focus: a Gaussian `kernel` (odd) pixels wide."""
    return np.asarray(cv2.GaussianBlur(picture, (kernel, kernel), 0))


def relit(picture: np.ndarray, contrast: float, brightness: float) -> np.ndarray:
    """Exposure and light: gray levels times `contrast` plus `brightness`."""
    return _clipped(picture.astype(np.float32) * contrast + brightness)


def noisy(picture: np.ndarray, grain: np.ndarray) -> np.ndarray:
    """Sensor noise: `grain`, gray levels of either sign and the picture's shape, is added."""
    return _clipped(picture + grain.astype(np.float32))


def compressed(picture: np.ndarray, quality: int) -> np.ndarray:
    """A JPEG file of `quality` (1 to 100): blocks of 8x8 and ringing around the strokes."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR))


def vin_augment(picture: np.ndarray, rng: np.random.Generator, settings: Augmentation) -> np.ndarray:
    """Return the picture, with `settings.prob` altered by each operation with that operation's probability."""
    if rng.random() >= settings.prob:
        return picture
    if rng.random() < settings.perspective_prob:
        reach = settings.perspective_warp * min(picture.shape[:2])
        picture = perspective(picture, rng.uniform(-reach, reach, (4, 2)))
    if rng.random() < settings.rotation_prob:
        picture = rotated(picture, rng.uniform(*settings.rotation_range))
    if rng.random() < settings.blur_prob:
        picture = blurred(picture, int(rng.choice(KERNELS)))
    if rng.random() < settings.brightness_prob:
        picture = relit(picture, rng.uniform(*settings.brightness_range), rng.uniform(*settings.brightness_shift))
    if rng.random() < settings.noise_prob:
        picture = noisy(picture, rng.normal(0, settings.noise_std, picture.shape))
    if rng.random() < settings.jpeg_prob:
        low, high = settings.jpeg_quality_range
        picture = compressed(picture, int(rng.integers(low, high + 1)))
    return picture


def _clipped(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
