"""Frozen backbone: only what reads characters off the features moves.

    early backbone, late backbone   stay, BatchNorm's statistics included
    neck, head                      optimizer's rate

A pretrained backbone knows what characters look like; a few hundred VINs would teach it nothing but themselves.
Donahue et al. 2014, "DeCAF: A deep convolutional activation feature for generic visual recognition". The neck moves
with the head, for in PaddleOCR's terms it is part of it (`head.ctc_encoder`).
"""

from __future__ import annotations

from ..technique import Technique


class Frozen(Technique):
    """Moves neck and head."""

    def moving_parts(self, epoch: int) -> tuple[str, ...]:
        return ("neck", "head")


def build() -> Technique:
    return Frozen()
