"""Gradual unfreezing: the head learns first, and the parts before it join one after another.

    epochs  1 - 10   head
           11 - 20   head, neck
           21 - 30   head, neck, late backbone
           31 -      everything

A head that knows nothing yet sends random gradients back; they should not reach what is pretrained. Stages add up:
what has been unfrozen stays so. Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text
Classification", section 3.3.
"""

from __future__ import annotations

from paddle import nn

from vinedge.errors import VinEdgeError

from ..parts import PARTS, Group
from ..settings import FineTuning
from ..technique import Technique

FIRST, *LATER = reversed(PARTS)


class Gradual(Technique):
    """Moves the head, and each other part from its epoch on."""

    def __init__(self) -> None:
        super().__init__()
        self._from: dict[str, int] = {}

    def prepare(self, model: nn.Layer, settings: FineTuning) -> list[Group]:
        epochs = settings.unfreeze_epochs
        if list(epochs) != sorted(epochs):
            raise VinEdgeError(
                f"FineTuning.unfreeze_epochs is {list(epochs)}; the neck joins first, then the late backbone, then the "
                f"early one, so the numbers must not fall, for example [11, 21, 31]"
            )
        self._from = {FIRST: 1, **dict(zip(LATER, epochs, strict=True))}
        return super().prepare(model, settings)

    def moving_parts(self, epoch: int) -> tuple[str, ...]:
        return tuple(part for part, first in self._from.items() if epoch >= first)


def build() -> Technique:
    return Gradual()
