"""What is measured: a verified bundle, how to open it with n engine threads, and what identifies it in a report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vinedge.bundle import open_bundle


class Stages(Protocol):
    """Microseconds of one read by stage."""

    @property
    def preprocess_us(self) -> float: ...
    @property
    def network_us(self) -> float: ...
    @property
    def decode_us(self) -> float: ...


class Answer(Protocol):
    """What accuracy needs of a `vinedge.Reading`."""

    @property
    def vin(self) -> str | None: ...
    @property
    def raw(self) -> str: ...


class Reader(Protocol):
    """What a benchmark needs of a `vinedge.Recognizer`."""

    @property
    def engine(self) -> str: ...
    def read(self, picture: np.ndarray) -> Answer: ...
    def read_batch(self, pictures: list[np.ndarray]) -> Sequence[Answer]: ...
    def read_timed(self, picture: np.ndarray) -> tuple[Answer, Stages]: ...


@dataclass(frozen=True)
class Subject:
    """A bundle under test. `open(threads)` gives a new reader whose engine uses that many threads."""

    name: str
    facts: dict[str, Any]
    open: Callable[[int], Reader]


def open_subject(folder: Path) -> Subject:
    """Verify the bundle in `folder` and return it ready to be measured."""
    from vinedge.recognizer import Recognizer

    bundle = open_bundle(folder)
    facts = {
        "name": bundle.name,
        "document_sha256": hashlib.sha256((folder / "bundle.json").read_bytes()).hexdigest(),
        "files": {name: record.sha256 for name, record in sorted(bundle.files.items())},
        "height": bundle.spec.height,
        "width": bundle.spec.width,
        "frames": bundle.frames,
    }
    return Subject(bundle.name, facts, lambda threads: Recognizer.from_bundle(folder, threads=threads))
