"""A folder of pictures with the VIN in each file's name: the one word of 17 letters and digits.

    1M8GDM9AXKP042788.jpg    door_jamb-WVWZZZ1KZAW000001_2.png

Sub-folders are walked too, in order of name. Words are parted by anything that is neither letter nor digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vinedge.charset import VIN_LENGTH
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.picture import EXTENSIONS

from . import BadRow, Row
from ._walk import walk
from .lmdb import environments


def recognizes(path: Path) -> bool:
    """Whether `path` is a folder that is no LMDB."""
    return path.is_dir() and next(environments(path), None) is None


def rows(path: Path, root: Path | None) -> Iterator[Row]:
    """Yield one row a picture; `root` has no meaning here, since a folder names no pictures."""
    if root is not None:
        raise VinEdgeError(f"{path} is a folder of pictures, whose names are all it has; leave --root out")
    for folder, names in walk(path):
        for name in names:
            if name.lower().endswith(EXTENSIONS) and not name.startswith("."):
                yield _row(folder / name, str((folder / name).relative_to(path)))


def _row(picture: Path, source: str) -> Row:
    words = [word for word in re.split(r"[\W_]+", picture.stem) if len(word) == VIN_LENGTH]
    if len(words) == 1:
        return Sample(picture, words[0], source)
    found = f"{len(words)} words" if words else "no word"
    return BadRow(source, f"has {found} of {VIN_LENGTH} letters and digits in its name; exactly one must be the VIN")
