"""One step's worth of lines as arrays: what data sources fill and losses read. No Paddle here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinedge import charset


@dataclass(frozen=True)
class Line:
    """One training line: `image` gray uint8 `(height, width)`, fitted to the network's input, and its VIN.

    `centers` float32 `(17,)` holds the horizontal center of every character as a share of the width (0..1), or
    None where nobody knows. `source` says where the line comes from (`synthetic 812`, `train.txt:14`).
    """

    image: np.ndarray
    vin: str
    centers: np.ndarray | None
    source: str


@dataclass(frozen=True)
class Batch:
    """`images` uint8 `(N, height, width)`; `labels` int32 `(N, 17)` CTC classes, 0 after the end of a shorter label;
    `lengths` int64 `(N,)`; `centers` float32 `(N, 17)`, NaN where unknown; `sources` as in `Line`."""

    images: np.ndarray
    labels: np.ndarray
    lengths: np.ndarray
    centers: np.ndarray
    sources: tuple[str, ...]


def batch_from_lines(lines: Sequence[Line]) -> Batch:
    """Stack lines of one size."""
    labels = np.zeros((len(lines), charset.VIN_LENGTH), np.int32)
    centers = np.full((len(lines), charset.VIN_LENGTH), np.nan, np.float32)
    for row, line in enumerate(lines):
        labels[row, : len(line.vin)] = charset.encode(line.vin)
        if line.centers is not None:
            centers[row, : len(line.centers)] = line.centers
    return Batch(
        np.stack([line.image for line in lines]),
        labels,
        np.array([len(line.vin) for line in lines], np.int64),
        centers,
        tuple(line.source for line in lines),
    )
