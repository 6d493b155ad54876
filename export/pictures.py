"""The pictures that an export is checked on: a user's list or folder, else synthetic lines of a fixed seed.

list    PaddleOCR's `picture<TAB>VIN`: real pictures with labels, so accuracy is reported as well
folder  every picture in it, without labels
none    64 lines drawn by vin-synth's generator, with makers that training never draws
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vinedge.errors import VinEdgeError
from vinedge.manifest import read_list
from vinedge.picture import load_picture, pictures_in

SYNTHETIC_LINES = 64
# Neither vin-distill's default training seed nor its validation seed.
SYNTHETIC_SEED = 770_001


class Example(NamedTuple):
    """One picture (uint8 BGR or gray) with its label, if there is one; `name` stands for it in errors."""

    picture: np.ndarray
    label: str | None
    name: str


@dataclass(frozen=True)
class PictureSet:
    """`count` examples that are loaded one by one on iteration; `kind` is `list`, `folder` or `synthetic`."""

    kind: str
    name: str
    count: int
    examples: Callable[[], Iterator[Example]]

    def __iter__(self) -> Iterator[Example]:
        return self.examples()

    def __str__(self) -> str:
        noun = "synthetic lines" if self.kind == "synthetic" else f"pictures of {self.name}"
        return f"{self.count} {noun}"


def picture_set(source: Path | None) -> PictureSet:
    """Return the pictures of a list or folder, or synthetic lines for None; pictures are opened only on iteration."""
    if source is None:
        return PictureSet("synthetic", f"seed {SYNTHETIC_SEED}", SYNTHETIC_LINES, _synthetic)
    if source.is_dir():
        return _from_files("folder", source, [(path, None) for path in pictures_in(source)])
    samples = read_list(source)
    if not samples:
        raise VinEdgeError(f"the list {source} is empty; give lines of 'picture<TAB>VIN', or a folder of pictures")
    return _from_files("list", source, [(sample.path, sample.vin) for sample in samples])


def _from_files(kind: str, source: Path, files: list[tuple[Path, str | None]]) -> PictureSet:
    def examples() -> Iterator[Example]:
        for path, label in files:
            yield Example(load_picture(path), label, str(path))

    return PictureSet(kind, source.name, len(files), examples)


def _synthetic() -> Iterator[Example]:
    from vinedge.distill.synthetic.generator import Generator

    generator = Generator(SYNTHETIC_SEED, held_out_wmis=True)
    for index in range(SYNTHETIC_LINES):
        line = generator.draw(index)
        yield Example(line.picture, line.vin, f"synthetic line {index}")
