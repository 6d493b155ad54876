"""What a teacher said: its shapes, its correctness, and what each line then weighs."""

from __future__ import annotations

import numpy as np
import pytest
from kd_cases import VIN, labelled, random_logits, teacher

from vinedge.charset import NUM_CLASSES, encode
from vinedge.distill.teacher_outputs import TeacherOutputs, gate_weights, needs_teacher, reads_label
from vinedge.errors import VinEdgeError


def says(text: str, frames: int) -> np.ndarray:
    """Log-probabilities `(frames, 34)` whose best path is `text`, with a blank after every character."""
    classes = np.zeros(frames, int)
    classes[: 2 * len(text) : 2] = encode(text)
    return np.asarray(np.log(0.9 * np.eye(NUM_CLASSES)[classes] + 0.1 / NUM_CLASSES))


def test_a_teacher_is_right_where_its_best_path_spells_the_label() -> None:
    read = np.stack([says(VIN, 40), says(VIN[:-1], 40), says("AA1", 40), says("A1", 40)])
    assert reads_label(read, labelled(VIN, VIN, "AA1", "AA1")).tolist() == [True, False, True, False]


def test_lines_are_averaged_over_the_whole_batch_whoever_is_left_out() -> None:
    batch, logits = labelled("1", "2", "3", "4"), random_logits(1, 4, 5, NUM_CLASSES)
    assert gate_weights(teacher(logits), batch).tolist() == [0.25] * 4
    right = teacher(logits, correct=np.array([True, False, True, True]))
    assert gate_weights(right, batch).tolist() == [0.25, 0, 0.25, 0.25]
    usable = np.array([True, True, False, True])
    assert gate_weights(right, batch, usable).tolist() == [0.25, 0, 0, 0.25]


def test_a_teacher_that_read_another_batch_is_refused() -> None:
    with pytest.raises(VinEdgeError, match="read 3 lines of a batch of 2"):
        gate_weights(teacher(random_logits(1, 3, 5, NUM_CLASSES)), labelled("1", "2"))


@pytest.mark.parametrize("shape", [(2, 5, 6625), (5, NUM_CLASSES)])
def test_a_teacher_in_another_alphabet_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(VinEdgeError, match=r"log_probs have shape .*needs \(N, T, 34\); project its classes"):
        TeacherOutputs(np.zeros(shape, np.float32))


def test_slots_of_another_shape_are_refused() -> None:
    with pytest.raises(VinEdgeError, match=r"slots have shape \(2, 17, 34\), distillation needs \(N, 17, 33\)"):
        TeacherOutputs(np.zeros((2, 5, NUM_CLASSES)), slots=np.zeros((2, 17, NUM_CLASSES)))


def test_a_loss_says_by_its_signature_whether_it_needs_a_teacher() -> None:
    assert needs_teacher(lambda outputs, batch, teacher, *, temperature=1.0: None)
    assert not needs_teacher(lambda outputs, batch: None)
