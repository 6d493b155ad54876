"""Importers: one file for each format of labelled pictures; each turns a file or folder into rows.

    paddleocr    picture<TAB>VIN                      fast_plate   image_path,plate_text (CSV)
    tao          gt_list.txt of NVIDIA TAO OCRNet     folder       the VIN in the file name
    lmdb         num-samples, image-%09d, label-%09d

File `<name>.py` has `recognizes(path) -> bool` and `rows(path, root) -> Iterator[Row]`. A format is
detected by asking every importer; exactly one must say yes. Rows are streamed, and a row that makes no
sense is a `BadRow`, so that validation can name all of them.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vinedge import registry
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.picture import MAX_FILE_BYTES, decode_picture


@dataclass(frozen=True)
class BadRow:
    """A row that is no sample; `reason` continues a sentence that starts with `source`."""

    source: str
    reason: str


Row = Sample | BadRow


class MissingPictureError(VinEdgeError):
    """A sample names a picture that does not exist."""


def formats() -> list[str]:
    """Return the names of all formats."""
    return registry.names(sys.modules[__name__])


def detect(path: Path) -> str:
    """Return the format of the file or folder `path`; `VinEdgeError` when none or several fit."""
    _check_exists(path)
    fits = [name for name in formats() if registry.load(sys.modules[__name__], name).recognizes(path)]
    if len(fits) == 1:
        return fits[0]
    found = f"could be {' or '.join(fits)}" if fits else "is in no format that is known here"
    raise VinEdgeError(f"{path} {found}; say which with --format ({', '.join(formats())})")


def _check_exists(path: Path) -> None:
    try:
        path.stat()
    except OSError as reason:
        raise VinEdgeError(f"cannot open {path}: {reason.strerror}; check the path") from None


def rows(path: Path, form: str | None = None, root: Path | None = None) -> Iterator[Row]:
    """Yield the rows of `path`, in order; `form` None detects the format.

    Picture paths are relative to `root`, or to where the format says when it is None.
    """
    _check_exists(path)
    importer = registry.load(sys.modules[__name__], form or detect(path))
    yield from importer.rows(path, root)


def draw(all_rows: Iterator[Row], ratio: float, seed: int) -> Iterator[Row]:
    """Yield `round(ratio * n)` of the n rows, drawn without replacement, in order (PaddleOCR's `ratio_list`)."""
    if ratio == 1:
        yield from all_rows
        return
    if not 0 < ratio <= 1:
        raise VinEdgeError(f"the ratio {ratio} must be above 0 and at most 1; it is the share of a list that is used")
    kept = list(all_rows)
    for index in sorted(random.Random(seed).sample(range(len(kept)), round(ratio * len(kept)))):
        yield kept[index]


def read_samples(
    paths: Sequence[Path],
    *,
    form: str | None = None,
    root: Path | None = None,
    ratios: Sequence[float] = (),
    seed: int = 0,
) -> list[Sample]:
    """Return the samples of several files or folders; a bad row is an error. `ratios`: one a path, or none."""
    if ratios and len(ratios) != len(paths):
        raise VinEdgeError(f"{len(ratios)} ratios for {len(paths)} lists; give one for each list")
    samples = []
    for path, ratio in zip(paths, ratios or [1.0] * len(paths), strict=True):
        for row in draw(rows(path, form, root), ratio, seed):
            if isinstance(row, BadRow):
                raise VinEdgeError(f"{row.source} {row.reason} (vin-data validate names every such row)")
            samples.append(row)
    return samples


def picture_bytes(path: Path) -> bytes:
    """Return the encoded picture behind a sample's path: a file, or an LMDB record (`set.lmdb/image-000000042`)."""
    from . import lmdb

    if lmdb.is_record(path):
        return lmdb.record(path)
    try:
        with path.open("rb") as file:
            # One byte more than allowed, so that decoding can tell a file that is too large from a whole one.
            return file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise MissingPictureError(f"picture {path} does not exist; check its path") from None
    except (OSError, ValueError) as reason:  # ValueError: a NUL in the name
        raise VinEdgeError(f"cannot read picture {path}: {reason}; check its path and permissions") from None


def load(path: Path) -> np.ndarray:
    """Return the picture behind a sample's path as BGR uint8 `(H, W, 3)`."""
    return decode_picture(picture_bytes(path), str(path))
