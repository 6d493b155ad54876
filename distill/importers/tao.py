"""NVIDIA TAO OCRNet's `gt_list.txt`: a picture's name and its text on each line, pictures in `images/` beside the list.

TAO's `dataset_convert` splits at a tab; its documentation shows a space, and ICDAR's files, from which TAO's
tutorial starts, have `word_1.png, "text"`. All three are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vinedge.manifest import Sample
from vinedge.picture import EXTENSIONS

from . import BadRow, Row
from ._text import first_line, numbered_lines

_EXTENSION = "|".join(re.escape(extension) for extension in EXTENSIONS)
# The name ends at the first picture extension that a tab, a comma or a space follows.
_LINE = re.compile(rf'(?P<name>.+?(?:{_EXTENSION}))(?:\t|\s*,\s*|\s+)(?P<quote>"?)(?P<text>.*?)(?P=quote)\s*', re.I)


def recognizes(path: Path) -> bool:
    """Whether the file is called `gt_list.txt`, or starts with a name and a text that no tab parts."""
    line = first_line(path)
    return bool(line) and (path.name == "gt_list.txt" or ("\t" not in line and _LINE.fullmatch(line) is not None))


def rows(path: Path, root: Path | None) -> Iterator[Row]:
    """Yield the rows of one list."""
    images = path.parent / "images"
    root = root or (images if images.is_dir() else path.parent)
    for line in numbered_lines(path):
        if isinstance(line, BadRow):
            yield line
            continue
        source, text = line
        row = _LINE.fullmatch(text)
        if row:
            yield Sample(root / row["name"], row["text"], source)
        else:
            yield BadRow(source, "is not a picture's name and a text; write 'picture<TAB>VIN'")
