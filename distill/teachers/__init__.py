"""Teachers: one file each; a teacher reads pictures and never trains by accident.

File `<name>.py` has `build(...) -> Teacher`. A teacher may know any alphabet; what it says becomes a
label only through `vinedge.distill.gate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class TeacherReading:
    """What a teacher says of one picture, in its own alphabet.

    `confidence` (0..1) is the teacher's probability that the whole `text` is right, 0 for an empty
    text; it is not calibrated, and two teachers' confidences do not compare.
    """

    text: str
    confidence: float


class Teacher(Protocol):
    """A frozen reader of text lines."""

    @property
    def identity(self) -> str:
        """Name and content, such as `ppocr_v6_small@3fa9c1d2`: equal identities read every picture alike."""
        ...

    def read(self, pictures: Sequence[np.ndarray]) -> list[TeacherReading]:
        """Return one reading a picture, in order; pictures are uint8, BGR `(H, W, 3)` or gray `(H, W)`.

        A reading depends on its picture alone, never on the others of the call, so that it can be cached.
        """
        ...
