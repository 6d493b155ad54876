"""PaddleOCR's recognition list: `picture<TAB>VIN` a line (`SimpleDataSet`, `label_file_list`, `ratio_list`).

Paths are relative to `data_dir` (here `root`), or to the list's folder. The streamed twin of
`vinedge.manifest.read_list`, which stops at the first bad line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vinedge.manifest import Sample

from . import BadRow, Row
from ._text import first_line, numbered_lines


def recognizes(path: Path) -> bool:
    """Whether the first line has a tab; `gt_list.txt` is TAO's name for its own list."""
    return path.name != "gt_list.txt" and "\t" in first_line(path)


def rows(path: Path, root: Path | None) -> Iterator[Row]:
    """Yield the rows of one list."""
    root = root or path.parent
    for line in numbered_lines(path):
        if isinstance(line, BadRow):
            yield line
            continue
        source, text = line
        name, tab, label = text.partition("\t")
        yield (
            Sample(root / name, label.strip(), source) if tab else BadRow(source, "has no tab; write 'picture<TAB>VIN'")
        )
