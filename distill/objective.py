"""What a step minimizes: the losses of the settings, each with its options, weighed and added up."""

from __future__ import annotations

from functools import partial
from typing import Any

import paddle
from paddle import Tensor

from vinedge import registry

from . import losses
from .batch import Batch
from .loss_signature import asks_for_teacher
from .outputs import Outputs
from .settings import Settings
from .teacher_outputs import TeacherOutputs


class Objective:
    """Every loss with a weight above 0, in the order of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._weights = {name: weight for name, weight in settings.Loss.items() if weight}
        options = settings.Distillation.options
        self._losses = {
            name: partial(registry.load(losses, name).loss, **options.get(name, {})) for name in self._weights
        }

    def __call__(
        self, outputs: Outputs, batch: Batch, teacher: TeacherOutputs | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted sum and each loss by itself, scalars; `teacher` goes to the losses that ask for one."""
        taught: dict[str, Any] = {"teacher": teacher}
        parts = {
            name: loss(outputs, batch, **(taught if asks_for_teacher(name) else {}))
            for name, loss in self._losses.items()
        }
        total = sum((weight * parts[name] for name, weight in self._weights.items()), start=paddle.zeros([]))
        return total, parts
