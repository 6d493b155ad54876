"""Discriminative rates: the nearer a part is to the input, the slower it moves.

    early backbone 0.01    late backbone 0.1    neck 0.5    head 1.0        times the optimizer's rate

Strokes and edges look the same in every script, so what sees them should hardly move; what knows the alphabet must.
Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text Classification", section 3.2.
"""

from __future__ import annotations

from ..settings import FineTuning
from ..technique import Technique

EARLY = 0.1  # of the late backbone's rate, where no other is set


class Discriminative(Technique):
    """Moves every part at its own rate."""

    def multiplier(self, part: str, settings: FineTuning) -> float:
        backbone, early = settings.backbone_lr_mult, settings.early_backbone_lr_mult
        return {
            "early_backbone": backbone * EARLY if early is None else early,
            "late_backbone": backbone,
            "neck": settings.neck_lr_mult,
            "head": settings.head_lr_mult,
        }[part]


def build() -> Technique:
    return Discriminative()
