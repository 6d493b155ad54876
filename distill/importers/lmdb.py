"""LMDB sets as PaddleOCR, TAO and deep-text-recognition-benchmark write them.

    num-samples       ASCII count n
    image-%09d        encoded picture, 1 to n
    label-%09d        UTF-8 text

A folder may hold several sets in sub-folders (PaddleOCR's `LMDBDataSet` walks them). A picture gets a path
of its own, `<set>/image-000000042`, so that a `Sample` is one thing for every format; `record` reads it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample

from . import BadRow, MissingPictureError, Row
from ._walk import walk

DATA = "data.mdb"


def environments(path: Path) -> Iterator[Path]:
    """Yield the LMDB sets at or below `path`: folders that hold `data.mdb`, and a file `*.mdb` itself."""
    if path.is_file():
        if path.suffix == ".mdb":
            yield path.parent if path.name == DATA else path
        return
    yield from (folder for folder, names in walk(path) if DATA in names)


def recognizes(path: Path) -> bool:
    """Whether there is an LMDB set at or below `path`."""
    return next(environments(path), None) is not None


def rows(path: Path, root: Path | None) -> Iterator[Row]:
    """Yield the rows of every set at or below `path`; `root` has no meaning here, pictures lie in the set."""
    if root is not None:
        raise VinEdgeError(f"{path} is an LMDB, whose pictures lie in it; leave --root out")
    for folder in environments(path):
        environment = _open(folder)
        with environment.begin() as transaction:
            count = _count(folder, transaction, environment)
            for number in range(1, count + 1):
                yield _row(folder, transaction, number)


def is_record(path: Path) -> bool:
    """Whether `path` is the name that `rows` gives a picture in a set."""
    return path.name.startswith("image-") and not path.suffix and _is_set(path.parent)


@lru_cache(maxsize=64)
def _is_set(path: Path) -> bool:
    """Whether `path` itself is a set; asked once a picture, hence cached."""
    return (path / DATA).is_file() or (path.suffix == ".mdb" and path.is_file())


def record(path: Path) -> bytes:
    """Return the encoded picture that `path` (of `rows`) stands for."""
    with _open(path.parent).begin() as transaction:
        picture = transaction.get(path.name.encode())
    if picture is None:
        raise MissingPictureError(f"the LMDB {path.parent} has no key {path.name}; write the set again")
    return bytes(picture)


# An LMDB may be open only once in a process, and an environment must not be used across a fork (LMDB's documented
# caveats): so each is kept, with the process that opened it.
_environments: dict[Path, tuple[int, Any]] = {}
_opening = threading.Lock()


def _open(folder: Path) -> Any:
    key, process = folder.resolve(), os.getpid()
    with _opening:
        opened_by, environment = _environments.get(key, (process, None))
        if environment is not None and opened_by != process:
            environment.close()  # this process's copy; the parent's stays open
            environment = None
        if environment is None:
            environment = _open_environment(folder)
            _environments[key] = process, environment
        return environment


def _open_environment(folder: Path) -> Any:
    try:
        import lmdb
    except ImportError:
        raise VinEdgeError(
            f"reading the LMDB {folder} needs the lmdb package; run: pip install 'vinedge[lmdb]'"
        ) from None
    try:
        return lmdb.open(str(folder), subdir=folder.is_dir(), readonly=True, lock=False, readahead=False)
    except (lmdb.Error, OSError) as reason:
        raise VinEdgeError(f"cannot open the LMDB {folder}: {reason}; copy it again") from None


def _count(folder: Path, transaction: Any, environment: Any) -> int:
    stored = transaction.get(b"num-samples")
    if stored is None or not bytes(stored).isdigit():
        raise VinEdgeError(f"the LMDB {folder} has no count under the key num-samples; write it as PaddleOCR does")
    count, entries = int(stored), environment.stat()["entries"]
    # Two entries a sample; a damaged count must not make billions of bad rows.
    if count > entries:
        raise VinEdgeError(f"the LMDB {folder} says num-samples {count}, but has {entries} entries; write it again")
    return count


def _row(folder: Path, transaction: Any, number: int) -> Row:
    source = f"{folder.name}:{number}"
    label = transaction.get(b"label-%09d" % number)
    if label is None:
        return BadRow(source, f"has no key label-{number:09d}")
    try:
        return Sample(folder / f"image-{number:09d}", bytes(label).decode("utf-8").strip(), source)
    except UnicodeDecodeError:
        return BadRow(source, f"has a label-{number:09d} that is not UTF-8 text")
