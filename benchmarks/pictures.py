"""The pictures of a benchmark: a list `picture<TAB>VIN` or a folder, read once before any clock starts.

Timing works on pictures that are already in memory, encoded and decoded. A set that does not fit into
`MEMORY_BYTES` is timed on a random part of it, and the report says on how many; accuracy still uses all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vinedge.errors import VinEdgeError
from vinedge.manifest import read_list
from vinedge.picture import MAX_FILE_BYTES, decode_picture, load_picture, pictures_in
from vinedge.vin import is_legal

MEMORY_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Picture:
    """One picture in memory: `data` as it lies on the disk, `pixels` BGR uint8 (H, W, 3), its VIN if known."""

    name: str
    data: bytes
    pixels: np.ndarray
    label: str | None


@dataclass(frozen=True)
class PictureSet:
    """`timed` lies in memory in random order, `others` is what did not fit: `(path, label)`.

    `sha256` is the hash over the sorted hashes of all files: equal for the same pictures in any order or folder.
    """

    source: str
    timed: list[Picture]
    others: list[tuple[Path, str | None]]
    sha256: str

    def __len__(self) -> int:
        return len(self.timed) + len(self.others)

    @property
    def labelled(self) -> int:
        """How many pictures have a label."""
        return sum(label is not None for label in [*(one.label for one in self.timed), *(lb for _, lb in self.others)])

    def labelled_pixels(self) -> Iterator[tuple[np.ndarray, str]]:
        """Yield the pixels and label of every labelled picture; those not in memory are decoded one by one."""
        yield from ((picture.pixels, picture.label) for picture in self.timed if picture.label is not None)
        yield from ((load_picture(path), label) for path, label in self.others if label is not None)


def read_pictures(
    source: Path,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
    memory_bytes: int = MEMORY_BYTES,
) -> PictureSet:
    """Read a list or a folder. A folder has no labels; in a list only legal VINs count as labels."""
    files = _files(source)
    timed: list[Picture] = []
    others: list[tuple[Path, str | None]] = []
    hashes: list[str] = []
    held = 0
    for done, index in enumerate(rng.permutation(len(files))):
        path, label = files[index]
        data = _bytes(path)
        hashes.append(hashlib.sha256(data).hexdigest())
        if held < memory_bytes:
            picture = Picture(path.name, data, decode_picture(data, str(path)), label)
            held += len(data) + picture.pixels.nbytes
            timed.append(picture)
        else:
            others.append((path, label))
        progress((done + 1) / len(files))
    digest = hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()
    return PictureSet(source.resolve().name, timed, others, digest)


def _files(source: Path) -> list[tuple[Path, str | None]]:
    if source.is_dir():
        return [(path, None) for path in pictures_in(source)]
    samples = read_list(source)
    if not samples:
        raise VinEdgeError(f"the list {source} is empty; give 'picture<TAB>VIN' lines or a folder of pictures")
    return [(sample.path, sample.vin if is_legal(sample.vin) else None) for sample in samples]


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as reason:
        raise VinEdgeError(f"cannot read picture {path}: {reason.strerror}; check the list and the path") from None
