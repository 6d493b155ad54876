"""Walk a folder, in order of name; one that cannot be listed is an error instead of an empty one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from vinedge.errors import VinEdgeError


def walk(path: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield every folder at or below `path` with the sorted names of its files; hidden folders are passed over."""
    for folder, inner, names in os.walk(path, onerror=_refuse):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        yield Path(folder), sorted(names)


def _refuse(reason: OSError) -> None:
    raise VinEdgeError(f"cannot list folder {reason.filename}: {reason.strerror}; check its path and permissions")
