"""Lists of labelled pictures: the `Sample` and PaddleOCR's list format, `path<TAB>VIN` a line.

Paths are relative to the list's folder unless a data folder is given. Other formats are turned into
samples by `vinedge.distill.importers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import VinEdgeError


@dataclass(frozen=True)
class Sample:
    """One picture with its label; `source` says where the row stands (`labels.tsv:12`)."""

    path: Path
    vin: str
    source: str


def read_list(path: Path, root: Path | None = None) -> list[Sample]:
    """Return the samples of a PaddleOCR list; labels are not judged here (see `vin-data validate`)."""
    root = root or path.parent
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise VinEdgeError(
            f"cannot read the list {path}: {reason}; give a text file of 'picture<TAB>VIN' lines"
        ) from None
    samples = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, tab, label = line.partition("\t")
        if not tab:
            raise VinEdgeError(f"{path}:{number} has no tab; each line must be 'picture<TAB>VIN'")
        samples.append(Sample(root / name, label.strip(), f"{path.name}:{number}"))
    return samples


def write_list(path: Path, samples: Iterable[tuple[str, str]]) -> None:
    """Write `(relative picture path, VIN)` pairs as a PaddleOCR list."""
    path.write_text("".join(f"{name}\t{vin}\n" for name, vin in samples), encoding="utf-8")
