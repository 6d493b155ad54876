"""How good readings are: whole-VIN exact match with its interval, and character error rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Proportion:
    """`hits` of `n`, with the 95 % Wilson score interval (Wilson 1927), which holds for small n and near 0 and 1."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        z = 1.959964
        center = (self.hits + z * z / 2) / (self.n + z * z)
        half = z / (self.n + z * z) * math.sqrt(self.hits * (self.n - self.hits) / self.n + z * z / 4)
        return max(0.0, center - half), min(1.0, center + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({self.hits}/{self.n}, 95 % interval {100 * low:.1f}-{100 * high:.1f})"


def exact_match(readings: Sequence[str], labels: Sequence[str]) -> Proportion:
    """Return the share of readings that equal their label, character by character."""
    return Proportion(sum(a == b for a, b in zip(readings, labels, strict=True)), len(labels))


def edit_distance(a: str, b: str) -> int:
    """Return the Levenshtein distance (insert, delete, substitute cost 1 each)."""
    row = list(range(len(b) + 1))
    for i, symbol_a in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, symbol_b in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (symbol_a != symbol_b))
    return row[-1]


def character_error_rate(readings: Sequence[str], labels: Sequence[str]) -> float:
    """Return the sum of edit distances over the sum of label lengths."""
    total = sum(len(label) for label in labels)
    return sum(edit_distance(a, b) for a, b in zip(readings, labels, strict=True)) / total if total else float("nan")
