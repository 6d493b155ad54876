"""Before distilling: do teacher, student and losses fit together, and has the teacher anything to teach?

One step is tried on one validation line, so that what cannot work (frames that do not match, a tap that one of the
two lacks) is said before a run folder is made. Then the teacher and the student at its starting point read the
first validation set, the one that will choose the best checkpoint: the difference in exact match is the gap that
distillation can close.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import paddle

from vinedge.manifest import Sample
from vinedge.preprocess import InputSpec, normalize

from .batch import Line, batch_from_lines
from .checkpoint import build_student
from .evaluate import LabelledLines, Score, evaluate, validation_sets
from .frozen_teacher import FrozenTeacher
from .objective import Objective
from .settings import Settings


@dataclass(frozen=True)
class Gap:
    """How well the teacher and the untrained student read the validation set `lines`."""

    lines: str
    teacher: Score
    student: Score

    @property
    def points(self) -> float:
        """Exact match of the teacher above the student's, in percentage points."""
        return 100 * (self.teacher.exact.value - self.student.exact.value)

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "lines": self.lines,
            "teacher_score": self.teacher.as_json(),
            "student_score": self.student.as_json(),
        }


def rehearse(settings: Settings, samples: list[Sample]) -> Gap:
    """Try a step and measure the gap; `samples` are the validation lists'. `VinEdgeError` says what does not fit."""
    teacher = FrozenTeacher(settings)
    paddle.seed(settings.Global.seed)  # the start that the trainer gives it
    student = build_student(settings)
    student.eval()
    lines = next(validation_sets(settings, samples))
    _try_step(settings, teacher, student, lines)
    return Gap(lines.name, evaluate(teacher.layer, lines), evaluate(student, lines))


def _try_step(settings: Settings, teacher: FrozenTeacher, student: paddle.nn.Layer, lines: LabelledLines) -> None:
    batch = batch_from_lines([Line(lines.images[0], lines.vins[0], None, lines.name)])
    spec = InputSpec(settings.Student.height, settings.Student.width)
    inputs = paddle.to_tensor(normalize(batch.images, spec)[:, None])
    with paddle.no_grad():
        Objective(settings)(student(inputs), batch, teacher.outputs(inputs, batch))
