"""Video file -> frames, one after the other, with their number and time.

Frames are decoded by OpenCV (FFmpeg in its wheels); nothing is kept, so a long video costs no memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from .errors import VinEdgeError

EXTENSIONS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".3gp")


class Frame(NamedTuple):
    """Frame `number` counts from 0; `time_s` is its time from the video's start; `picture` is BGR uint8 (H, W, 3)."""

    number: int
    time_s: float
    picture: np.ndarray


def is_video(path: Path) -> bool:
    """Whether the file's extension names a video."""
    return path.suffix.lower() in EXTENSIONS


def frames_in(path: Path) -> Iterator[Frame]:
    """Yield the frames of the video in `path`; `VinEdgeError` when it cannot be opened or gives no frame."""
    # OpenCV takes a name for an address or a pattern of files as well; only a file is meant here.
    if not path.is_file():
        raise VinEdgeError(f"video {path} does not exist; check its path")
    if not os.access(path, os.R_OK):
        raise VinEdgeError(f"cannot read video {path}: permission denied; check its permissions")
    capture = cv2.VideoCapture(str(path.resolve()))
    number = 0
    try:
        while True:
            found, picture = capture.read()
            if not found:
                break
            yield Frame(number, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, picture)
            number += 1
    finally:
        capture.release()
    if number == 0:
        raise VinEdgeError(f"video {path} gives no frame; it is empty, damaged, or in a format OpenCV cannot decode")
