"""What a frozen teacher said of one batch, in the VIN alphabet, and for which lines a student should believe it.

    loss(outputs: Outputs, batch: Batch, teacher: TeacherOutputs, *, options...) -> Tensor      a distillation method
    loss(outputs: Outputs, batch: Batch, *, options...) -> Tensor                               every other loss

A loss says by its signature which of the two it is. Everything in here is constant: no gradient ever reaches a
teacher through it, whatever it was made of.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vinedge.charset import NUM_CLASSES, VIN_LENGTH, text_from_classes
from vinedge.ctc import decode_greedy
from vinedge.errors import VinEdgeError

from .batch import Batch

if TYPE_CHECKING:
    from paddle import Tensor


@dataclass(frozen=True)
class TeacherOutputs:
    """`log_probs` float32 `(N, Tt, 34)`: the teacher's log-probabilities, projected to the VIN alphabet (-inf is
    allowed). Its frames stand over the same picture as the student's, but `Tt` may differ from the student's T.

    `slots` `(N, 17, 33)`: log-probabilities of the symbol at each place of the VIN, entry k for class k + 1, from a
    teacher that has such a head. `features` `(N, C, H, W)` by tap name; channels and sizes may differ from the
    student's. `correct` bool `(N,)`: the lines the student should learn from the teacher, None for all.
    """

    log_probs: np.ndarray | Tensor
    slots: np.ndarray | Tensor | None = None
    features: Mapping[str, np.ndarray | Tensor] = field(default_factory=dict)
    correct: np.ndarray | None = None

    def __post_init__(self) -> None:
        _check_shape("log_probs", self.log_probs, (NUM_CLASSES,), 3)
        if self.slots is not None:
            _check_shape("slots", self.slots, (VIN_LENGTH, NUM_CLASSES - 1), 3)


def needs_teacher(loss: Callable[..., Tensor]) -> bool:
    """Return whether a loss is a distillation method: whether it takes a `teacher`."""
    return "teacher" in inspect.signature(loss).parameters


def reads_label(log_probs: np.ndarray, batch: Batch) -> np.ndarray:
    """Return bool `(N,)`: whether the best path through `log_probs` `(N, T, 34)` spells the line's label.

    What `TeacherOutputs.correct` is for gating by correctness: where the teacher is wrong, the label alone teaches.
    """
    labels = [text_from_classes(row[:length]) for row, length in zip(batch.labels.tolist(), batch.lengths, strict=True)]
    return np.array([decode_greedy(row).text == label for row, label in zip(log_probs, labels, strict=True)])


def gate_weights(teacher: TeacherOutputs, batch: Batch, usable: np.ndarray | None = None) -> np.ndarray:
    """Return what each line weighs, float64 `(N,)`: 1 / N, or 0 where the teacher is wrong or `usable` is false.

    The mean is over all N lines, so a line that is left out does not make the others count more: each keeps its
    balance with the loss on its label.
    """
    lines = len(batch.labels)
    if teacher.log_probs.shape[0] != lines:
        raise VinEdgeError(f"the teacher read {teacher.log_probs.shape[0]} lines of a batch of {lines}; give it all")
    kept = np.ones(lines, bool)
    for mask in (teacher.correct, usable):
        if mask is not None:
            kept &= mask
    return kept / lines


def _check_shape(name: str, values: np.ndarray | Tensor, last: tuple[int, ...], dimensions: int) -> None:
    shape = tuple(values.shape)
    if len(shape) != dimensions or shape[-len(last) :] != last:
        wanted = ", ".join(["N", "T"][: dimensions - len(last)] + [str(size) for size in last])
        raise VinEdgeError(
            f"the teacher's {name} have shape {shape}, distillation needs ({wanted}); "
            "project its classes to the VIN alphabet first (vinedge.distill.ppocr.projection)"
        )
