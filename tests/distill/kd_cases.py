"""What the tests of distillation share: random students and teachers in double precision, and slow numpy twins.

In float64 a loss must agree with its twin to ten digits, so that a wrong constant cannot hide behind rounding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from vinedge.distill.paddle_setup import prepare_paddle

prepare_paddle()

import paddle  # noqa: E402

from vinedge.charset import BLANK, NUM_CLASSES, VIN_LENGTH  # noqa: E402
from vinedge.distill.batch import Batch, Line, batch_from_lines  # noqa: E402
from vinedge.distill.outputs import Outputs  # noqa: E402
from vinedge.distill.teacher_outputs import TeacherOutputs  # noqa: E402

SYMBOLS = NUM_CLASSES - 1
VIN = "1M8GDM9AXKP042788"


def labelled(*texts: str) -> Batch:
    return batch_from_lines([Line(np.zeros((1, 1), np.uint8), text, None, f"row {n}") for n, text in enumerate(texts)])


def random_logits(seed: int, *shape: int, scale: float = 2.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, shape)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def trainable(values: np.ndarray, dtype: str = "float64") -> paddle.Tensor:
    tensor = paddle.to_tensor(values.astype(dtype))
    tensor.stop_gradient = False
    return tensor


def student(logits: np.ndarray, dtype: str = "float64", **features: np.ndarray) -> Outputs:
    return Outputs(trainable(logits, dtype), {name: trainable(value, dtype) for name, value in features.items()})


def teacher(logits: np.ndarray, **more: Any) -> TeacherOutputs:
    return TeacherOutputs(log_softmax(logits), **more)


def whole_student(seed: int, lines: int = 2, frames: int = 40, dtype: str = "float64") -> Outputs:
    """A random student with everything a loss may look at."""
    return student(
        random_logits(seed, lines, frames, NUM_CLASSES),
        dtype,
        slots=random_logits(seed + 1, lines, VIN_LENGTH, SYMBOLS),
        neck=random_logits(seed + 2, lines, 8, 1, frames),
    )


def whole_teacher(seed: int, lines: int = 2, frames: int = 40, **more: Any) -> TeacherOutputs:
    return teacher(
        random_logits(seed, lines, frames, NUM_CLASSES),
        slots=log_softmax(random_logits(seed + 1, lines, VIN_LENGTH, SYMBOLS)),
        features={"neck": random_logits(seed + 2, lines, 5, 3, frames // 2)},
        **more,
    )


def softened(log_probs: np.ndarray, temperature: float) -> np.ndarray:
    return np.asarray(np.exp(log_softmax(np.asarray(log_probs) / temperature)))


def kl(p: Iterable[float], q: Iterable[float]) -> float:
    """KL of two distributions, class by class; 0 ln 0 is 0."""
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def collapse(path: tuple[int, ...]) -> list[int]:
    return [klass for klass, _ in itertools.groupby(path) if klass != BLANK]


def brute_force_occupancies(logits: np.ndarray, label: list[int]) -> np.ndarray:
    """gamma (L, T) from its meaning: every frame sequence that collapses to the label, weighed by its probability.

    In such a sequence the u-th run of equal symbols stands on character u.
    """
    probs = np.exp(log_softmax(logits))
    gamma = np.zeros((len(label), len(logits)))
    total = 0.0
    for path in itertools.product(sorted({BLANK, *label}), repeat=len(logits)):
        if collapse(path) != label:
            continue
        weight = float(np.prod(probs[np.arange(len(path)), list(path)]))
        total += weight
        start, character = 0, 0
        for klass, run in itertools.groupby(path):
            length = len(list(run))
            if klass != BLANK:
                gamma[character, start : start + length] += weight
                character += 1
            start += length
    return gamma / total


def brute_force_characters(logits: np.ndarray, label: list[int]) -> np.ndarray:
    """P (L, 33): each character's frames averaged by occupancy, the blank left out."""
    gamma = brute_force_occupancies(logits, label)
    mixed = gamma @ np.exp(log_softmax(logits))[:, 1:]
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))
