"""What all parts of one benchmark share: bundle and pictures under test, settings, progress, disturbances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .machine_load import LoadMeter
from .pictures import PictureSet
from .subject import Reader, Subject

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Settings:
    """`seconds` for the single stream, for throughput and for each reader compared; at most `threads` are tried."""

    seconds: float = 10.0
    threads: int = 1
    batches: tuple[int, ...] = (1, 4, 16)
    seed: int = 0


@dataclass(frozen=True)
class Run:
    """One benchmark in progress. A scenario is a function `measure(run) -> entry` of the results document.

    `reader` has one engine thread. `progress(part, fraction)` is told how far a part is. Scenarios add to
    `disturbances` (sentences) and to `samples` (lists of numbers by name).
    """

    subject: Subject
    reader: Reader
    pictures: PictureSet
    settings: Settings
    progress: Progress
    disturbances: list[str] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)

    @property
    def pixels(self) -> list[np.ndarray]:
        """The pictures in memory, BGR uint8 (H, W, 3)."""
        return [picture.pixels for picture in self.pictures.timed]

    def rng(self, part: str) -> np.random.Generator:
        """Return a part's own random generator: leaving one part out changes nothing in the others."""
        return np.random.default_rng([self.settings.seed, *part.encode()])

    def told(self, part: str) -> Callable[[float], None]:
        """Return what a part tells its progress to, 0 to 1."""
        return lambda fraction: self.progress(part, fraction)

    @contextmanager
    def watched(self, part: str) -> Iterator[dict[str, Any]]:
        """Watch the machine while a part is measured; the dictionary is filled with its load at the end."""
        entry: dict[str, Any] = {}
        meter = LoadMeter()
        yield entry
        load = meter.stop()
        entry |= {key: None if value is None else round(value, 4) for key, value in asdict(load).items()}
        self.disturbances.extend(load.disturbances(part))
