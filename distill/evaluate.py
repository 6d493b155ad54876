"""How well a student reads: the same preprocessing and decoding definitions as everywhere, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import paddle
from paddle import nn

from vinedge.ctc import decode_greedy
from vinedge.manifest import Sample
from vinedge.metrics import Proportion, edit_distance
from vinedge.preprocess import InputSpec, fit, normalize

from .settings import Settings
from .sources import SyntheticLines, load_gray

BATCH = 32


@dataclass(frozen=True)
class LabelledLines:
    """Lines to be read, fitted to the input once: `images` uint8 `(N, height, width)` and their VINs."""

    name: str
    images: np.ndarray
    vins: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """How many lines were read exactly, and the character error rate."""

    exact: Proportion
    cer: float

    @property
    def rank(self) -> list[float]:
        """What checkpoints are ordered by: exact match, then fewer wrong characters."""
        return [self.exact.value, -self.cer]

    def as_json(self) -> dict[str, float | int | list[float]]:
        """Return plain numbers."""
        interval = [round(bound, 4) for bound in self.exact.interval]
        return {
            "exact": self.exact.value,
            "hits": self.exact.hits,
            "n": self.exact.n,
            "interval": interval,
            "cer": self.cer,
        }


def tally(readings: Sequence[str], vins: Sequence[str]) -> np.ndarray:
    """Return what a score is made of, int64: exact readings, lines, wrong characters, characters. Tallies add up."""
    pairs = list(zip(readings, vins, strict=True))
    return np.array(
        [sum(a == b for a, b in pairs), len(pairs), sum(edit_distance(a, b) for a, b in pairs), sum(map(len, vins))]
    )


def score_from_tally(counts: np.ndarray) -> Score:
    """Return the score of (summed) tallies."""
    hits, lines, wrong, characters = (int(count) for count in counts)
    return Score(Proportion(hits, lines), wrong / characters if characters else float("nan"))


def read_fitted(layer: nn.Layer, images: np.ndarray, spec: InputSpec) -> list[str]:
    """Return the greedy reading of each image uint8 `(N, height, width)`; `layer` must be in evaluation mode."""
    readings = []
    with paddle.no_grad():
        for start in range(0, len(images), BATCH):
            inputs = normalize(images[start : start + BATCH], spec)[:, None]
            logits = layer(paddle.to_tensor(inputs)).logits.numpy()
            readings += [decode_greedy(line).text for line in logits]
    return readings


def evaluate(layer: nn.Layer, lines: LabelledLines) -> Score:
    """Return how well `layer` reads `lines`."""
    spec = InputSpec(lines.images.shape[1], lines.images.shape[2])
    return score_from_tally(tally(read_fitted(layer, lines.images, spec), lines.vins))


def lines_from_samples(samples: Iterable[Sample], spec: InputSpec, name: str = "lists") -> LabelledLines:
    """Load and fit labelled pictures."""
    kept = list(samples)
    return LabelledLines(name, np.stack([fit(load_gray(s), spec) for s in kept]), tuple(s.vin for s in kept))


def lines_from_generator(source: SyntheticLines, count: int, name: str = "synthetic") -> LabelledLines:
    """Draw `count` synthetic lines."""
    lines = [source.line(n) for n in range(count)]
    return LabelledLines(name, np.stack([line.image for line in lines]), tuple(line.vin for line in lines))


def validation_sets(settings: Settings, samples: Sequence[Sample]) -> Iterator[LabelledLines]:
    """Yield the validation sets of a run; `samples` are its lists'. The first one chooses the best checkpoint."""
    spec = InputSpec(settings.Student.height, settings.Student.width)
    if samples:
        yield lines_from_samples(samples, spec)
    drawn = settings.Eval.dataset.synthetic
    if drawn.lines:
        source = SyntheticLines(spec, drawn.seed, drawn.difficulty, drawn.kinds, held_out=True)
        yield lines_from_generator(source, drawn.lines)
