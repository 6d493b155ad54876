"""A trained student that teaches another: on every line of a step, what it says of every frame.

    inputs float32 (N, 1, H, W), the very tensor that the student gets -> TeacherOutputs

It is a network of its own, beside the student and part of nothing that trains: always in evaluation mode (in
training mode its BatchNorm statistics would move, and a line's outputs would depend on the other lines of the
batch), without gradients, and given to no optimizer. It reads the lines that are fitted for the student, so
the two must have inputs of one size; their networks and frame counts may differ.
"""

from __future__ import annotations

from pathlib import Path

import paddle
import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.errors import VinEdgeError

from .batch import Batch
from .checkpoint import student_from_checkpoint
from .settings import Settings
from .teacher_outputs import TeacherOutputs, reads_label


class FrozenTeacher:
    """The network of the checkpoint that `Distillation.teacher` names."""

    def __init__(self, settings: Settings) -> None:
        folder = Path(settings.Distillation.teacher or "")
        self.layer, own = student_from_checkpoint(folder)
        for parameter in self.layer.parameters():
            parameter.stop_gradient = True
        self.name = own.Student.name
        self._gate_correct = settings.Distillation.gate_correct
        theirs, student = own.Student, settings.Student
        if (theirs.height, theirs.width) != (student.height, student.width):
            raise VinEdgeError(
                f"Distillation.teacher {folder} reads lines of {theirs.height}x{theirs.width}, the student lines of "
                f"{student.height}x{student.width}, and a line is fitted once for both; give Student the teacher's "
                f"height and width, or train a teacher at the student's"
            )

    def outputs(self, inputs: Tensor, batch: Batch) -> TeacherOutputs:
        """Return what the teacher says of `inputs`, the normalized images of `batch`."""
        with paddle.no_grad():
            found = self.layer(inputs)
            log_probs = F.log_softmax(found.logits, axis=-1)
        correct = reads_label(log_probs.numpy(), batch) if self._gate_correct else None
        return TeacherOutputs(log_probs, features=found.features, correct=correct)
