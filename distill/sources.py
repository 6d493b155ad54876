"""Where training lines come from: drawn on the fly, or pictures with labels. Line n of a source is always the same.

A source is a pure function of a counter, `source.line(n) -> Line`. So a run's position in its data is one number,
worker processes need no state, and a resumed run sees exactly the lines that the interrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from vinedge import vin
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.preprocess import InputSpec, fit, gray_from_bgr

from . import importers
from .augment import augment
from .batch import Line
from .importers import lmdb

# A generator draws one difficulty; a range of difficulties is this many generators, taken in turn.
DIFFICULTY_LEVELS = 5


class Source(Protocol):
    def line(self, n: int) -> Line:
        """Return line `n` (0, 1, ...), the same at every call."""


class SyntheticLines:
    """Endless synthetic lines, their difficulty spread evenly over a range."""

    def __init__(
        self,
        spec: InputSpec,
        seed: int,
        difficulty: tuple[float, float],
        kinds: Sequence[str],
        *,
        held_out: bool = False,
    ) -> None:
        from .synthetic.generator import Generator

        levels = sorted({float(level) for level in np.linspace(*difficulty, DIFFICULTY_LEVELS)})
        self._generators = [
            Generator(seed, difficulty=level, kinds=list(kinds) or None, held_out_wmis=held_out) for level in levels
        ]
        self._spec = spec

    def line(self, n: int) -> Line:
        drawn = self._generators[n % len(self._generators)].draw(n, color=False)
        centers = drawn.centers[:, 0] / drawn.picture.shape[1]
        return Line(fit(drawn.picture, self._spec), drawn.vin, centers.astype(np.float32), f"synthetic {n}")


class PictureLines:
    """Pictures with labels: every picture once in each pass, in an order drawn anew for each, lightly altered."""

    def __init__(self, samples: Sequence[Sample], spec: InputSpec, seed: int, augment_probability: float) -> None:
        self._samples = list(samples)
        self._spec = spec
        self._seed = seed
        self._augment = augment_probability
        self._order = lru_cache(maxsize=2)(self._draw_order)

    def _draw_order(self, lap: int) -> np.ndarray:
        return np.random.default_rng((self._seed, 0, lap)).permutation(len(self._samples))

    def line(self, n: int) -> Line:
        lap, place = divmod(n, len(self._samples))
        sample = self._samples[self._order(lap)[place]]
        gray = augment(load_gray(sample), np.random.default_rng((self._seed, 1, n)), self._augment)
        return Line(fit(gray, self._spec), sample.vin, None, sample.source)


class Mixture:
    """Several sources in one, by relative weight, interleaved as evenly as whole lines allow.

    Which source gives line n, and which of its lines that is, follows from n alone: with weights 3 and 1,
    every fourth line comes from the second.
    """

    def __init__(self, sources: Sequence[Source], weights: Sequence[float]) -> None:
        self._sources = list(sources)
        self._parts = [weight / sum(weights[k:]) for k, weight in enumerate(weights)]

    def place(self, n: int) -> tuple[int, int]:
        """Return the source of line `n`, and which of that source's lines it is."""
        for k, part in enumerate(self._parts[:-1]):
            before = int(n * part)
            if int((n + 1) * part) > before:
                return k, before
            n -= before
        return len(self._parts) - 1, n

    def line(self, n: int) -> Line:
        source, own = self.place(n)
        return self._sources[source].line(own)


def load_gray(sample: Sample) -> np.ndarray:
    """Return a sample's picture as gray uint8 `(H, W)`."""
    return gray_from_bgr(importers.load(sample.path))


def check_samples(samples: Sequence[Sample], what: str) -> None:
    """Raise `VinEdgeError` naming the first rows whose label is no VIN or whose picture is missing."""
    wrong = [f"{s.source} has the label {s.vin!r}, which is no VIN" for s in samples if not vin.is_legal(s.vin)]
    files = [s for s in samples if not lmdb.is_record(s.path)]
    wrong += [f"{s.source} names {s.path}, which does not exist" for s in files if not s.path.is_file()]
    if wrong:
        more = f", and {len(wrong) - 1} more such rows" if len(wrong) > 1 else ""
        raise VinEdgeError(f"{what}: {wrong[0]}{more}; mend or remove them (vin-data validate names every one)")
    if not samples:
        raise VinEdgeError(f"{what} holds no pictures")
