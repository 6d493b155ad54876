"""Measure a checkpoint on labelled pictures: exact match with its interval, in all and by kind of picture.

Kinds come from a `meta.jsonl` beside the list (as `vin-synth` writes it): an object a line with `path` and `kind`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.preprocess import InputSpec

from . import importers
from .checkpoint import student_from_checkpoint
from .evaluate import Score, lines_from_samples, read_fitted, score_from_tally, tally
from .sources import check_samples


@dataclass(frozen=True)
class Report:
    """The score of a checkpoint on a list, and on each kind of picture in it where kinds are known."""

    checkpoint: Path
    pictures: Path
    score: Score
    by_kind: dict[str, Score]

    def as_json(self) -> dict[str, Any]:
        """Return what `vin-distill evaluate --json` prints."""
        return {
            "checkpoint": str(self.checkpoint),
            "pictures": str(self.pictures),
            **self.score.as_json(),
            "by_kind": {kind: score.as_json() for kind, score in self.by_kind.items()},
        }

    def __str__(self) -> str:
        lines = [f"{self.checkpoint} on {self.pictures}: {_words(self.score)}"]
        width = max(map(len, self.by_kind), default=0)
        return "\n".join(lines + [f"  {kind:{width}}  {_words(score)}" for kind, score in self.by_kind.items()])


def evaluate_checkpoint(checkpoint: Path, pictures: Path) -> Report:
    """Read the pictures of a list with the student of a checkpoint folder."""
    layer, settings = student_from_checkpoint(checkpoint)
    samples = importers.read_samples([pictures])
    check_samples(samples, str(pictures))
    spec = InputSpec(settings.Student.height, settings.Student.width)
    lines = lines_from_samples(samples, spec)
    counts = [
        tally([text], [vin]) for text, vin in zip(read_fitted(layer, lines.images, spec), lines.vins, strict=True)
    ]
    kinds = _kinds_beside(pictures, samples)
    by_kind = {
        kind: score_from_tally(np.sum([c for c, own in zip(counts, kinds, strict=True) if own == kind], axis=0))
        for kind in sorted(set(kinds) - {""})
    }
    return Report(checkpoint, pictures, score_from_tally(np.sum(counts, axis=0)), by_kind)


def _words(score: Score) -> str:
    return f"exact {score.exact}, CER {100 * score.cer:.2f} %"


def _kinds_beside(pictures: Path, samples: list[Sample]) -> list[str]:
    """Return the kind of every sample, "" where none is known."""
    path = pictures.parent / "meta.jsonl"
    if not path.is_file():
        return ["" for _ in samples]
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        kinds = {pictures.parent / row["path"]: str(row["kind"]) for row in rows}
    except (ValueError, KeyError, TypeError) as reason:
        raise VinEdgeError(f"{path} is no list of objects with path and kind ({reason}); mend or remove it") from None
    return [kinds.get(sample.path, "") for sample in samples]
