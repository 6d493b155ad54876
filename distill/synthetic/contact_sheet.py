"""A contact sheet: pictures in a grid under headings, each with its VIN, as one BGR picture to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

_COLUMNS, _CELL_WIDTH, _PICTURE_HEIGHT, _CAPTION, _HEADING = 4, 330, 56, 16, 30
_PAPER = 236


def _text(canvas: np.ndarray, text: str, x: int, y: int, scale: float) -> None:
    cv2.putText(canvas, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (40, 40, 40), 1, cv2.LINE_AA)


def _cell(vin: str, picture: np.ndarray) -> np.ndarray:
    """Return one picture, at most as large as the cell, above its VIN."""
    cell = np.full((_PICTURE_HEIGHT + _CAPTION + 8, _CELL_WIDTH, 3), _PAPER, np.uint8)
    height, width = picture.shape[:2]
    scale = min((_CELL_WIDTH - 8) / width, _PICTURE_HEIGHT / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    filter_ = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    cell[2 : 2 + size[1], 4 : 4 + size[0]] = cv2.resize(picture, size, interpolation=filter_)
    _text(cell, vin, 4, size[1] + _CAPTION, 0.4)
    return cell


def contact_sheet(groups: Mapping[str, Sequence[tuple[str, np.ndarray]]]) -> np.ndarray:
    """Return a sheet (H, W, 3) with a heading for every group and a cell for each of its (VIN, BGR picture)."""
    parts = []
    for heading, pictures in groups.items():
        band = np.full((_HEADING, _COLUMNS * _CELL_WIDTH, 3), _PAPER, np.uint8)
        _text(band, heading, 4, 21, 0.62)
        cells = [_cell(vin, picture) for vin, picture in pictures]
        cells += [np.full_like(cells[0], _PAPER) for _ in range(-len(cells) % _COLUMNS)]
        rows = [np.concatenate(cells[start : start + _COLUMNS], axis=1) for start in range(0, len(cells), _COLUMNS)]
        parts += [band, *rows]
    return np.concatenate(parts)
