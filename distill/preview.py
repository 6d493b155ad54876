"""A contact sheet: pictures of a data set with their labels below, to be looked at before training on them.

A label that is a VIN is printed dark, one that is not red; small text says the row and the size in pixels.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from vinedge.atomic import replacing
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.vin import is_legal

from .importers import BadRow, Row, load

TILE_WIDTH, PICTURE_HEIGHT, TEXT_HEIGHT, GAP = 340, 72, 38, 8
PAPER, INK, GRAY, RED = (245, 245, 245), (30, 30, 30), (130, 130, 130), (40, 40, 200)


def draw_sample(rows: Iterable[Row], count: int, seed: int) -> list[Sample]:
    """Return at most `count` samples, each row equally likely, in their order; one pass, `count` rows of memory.

    Reservoir sampling (Vitter 1985, algorithm R). Bad rows are passed over.
    """
    rng = random.Random(seed)
    kept: list[tuple[int, Sample]] = []
    seen = 0
    for row in rows:
        if isinstance(row, BadRow):
            continue
        place = seen if seen < count else rng.randrange(seen + 1)
        if place < count:
            kept[place : place + 1] = [(seen, row)]
        seen += 1
    return [sample for _, sample in sorted(kept, key=lambda entry: entry[0])]


def contact_sheet(samples: Sequence[Sample], columns: int) -> np.ndarray:
    """Return the sheet, BGR uint8; a picture that cannot be read leaves a tile that says so."""
    tiles = [_tile(sample) for sample in samples]
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    height, width = tiles[0].shape[:2]
    sheet = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), PAPER, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = (GAP + (index // columns) * (height + GAP), GAP + (index % columns) * (width + GAP))
        sheet[top : top + height, left : left + width] = tile
    return sheet


def write_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write the sheet as PNG, atomically."""
    if path.suffix.lower() != ".png":
        raise VinEdgeError(f"{path} is no PNG name; a contact sheet is written as .png")
    try:
        with replacing(path) as fresh:
            fresh.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as reason:
        raise VinEdgeError(f"cannot write {path}: {reason.strerror}; check the folder and its permissions") from None


def _tile(sample: Sample) -> np.ndarray:
    tile = np.full((PICTURE_HEIGHT + TEXT_HEIGHT, TILE_WIDTH, 3), PAPER, np.uint8)
    try:
        picture = load(sample.path)
        note = f"{picture.shape[1]}x{picture.shape[0]}  {sample.source}"
        scale = min(TILE_WIDTH / picture.shape[1], PICTURE_HEIGHT / picture.shape[0])
        width, height = (max(1, round(side * scale)) for side in (picture.shape[1], picture.shape[0]))
        smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        tile[PICTURE_HEIGHT - height : PICTURE_HEIGHT, :width] = smaller
    except VinEdgeError:
        note = f"cannot be read  {sample.source}"
        cv2.line(tile, (0, 0), (TILE_WIDTH, PICTURE_HEIGHT), RED, 1, cv2.LINE_AA)
    _write(tile, sample.vin, PICTURE_HEIGHT + 17, 0.55, INK if is_legal(sample.vin) else RED)
    _write(tile, note, PICTURE_HEIGHT + 33, 0.36, GRAY)
    return tile


def _write(tile: np.ndarray, text: str, y: int, scale: float, color: tuple[int, int, int]) -> None:
    # OpenCV's built-in strokes know ASCII only.
    readable = text.encode("ascii", "replace").decode()
    cv2.putText(tile, readable, (1, y), cv2.FONT_HERSHEY_SIMPLEX, scale, color, 1, cv2.LINE_AA)
