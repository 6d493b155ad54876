"""fast-plate-ocr's annotations: a CSV file with the columns `image_path` and `plate_text`; others are ignored.

Paths are relative to the CSV file's folder, as in fast-plate-ocr's `LicensePlateDataset`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample

from . import BadRow, Row
from ._text import first_line

COLUMNS = ("image_path", "plate_text")


def recognizes(path: Path) -> bool:
    """Whether the first line names both columns."""
    try:
        header = next(csv.reader([first_line(path)]), [])
    except csv.Error:
        return False
    return all(column in header for column in COLUMNS)


def rows(path: Path, root: Path | None) -> Iterator[Row]:
    """Yield the rows of one CSV file; a row is named by the line on which it ends."""
    root = root or path.parent
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise VinEdgeError(f"{path} has no column {' and no column '.join(missing)} in its first line")
            for record in reader:
                source = f"{path.name}:{reader.line_num}"
                name, label = (record[column] for column in COLUMNS)
                if name and label is not None:
                    yield Sample(root / name, label.strip(), source)
                else:
                    yield BadRow(source, f"has no {COLUMNS[1] if name else COLUMNS[0]}")
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise VinEdgeError(
            f"cannot read {path}: {reason}; give a UTF-8 CSV file with {' and '.join(COLUMNS)}"
        ) from None
