"""Frame-wise cross-entropy from known character centers: what CTC has to find out by itself, told at the start.

    L = (mean over character frames of -ln p_t(character) + mean over blank frames of -ln p_t(blank)) / 2

A frame belongs to the character whose center is nearest when it lies within `NEAR` of a character pitch of it, or
when it is the very frame over that center; it belongs to the blank when it is farther than `FAR` from every
center. Frames between the two are left to CTC. The two means have equal weight, because there are two to four
times as many blank frames. Lines without centers (real pictures) are left out; a batch of nothing else gives 0.

CTC alone starts with a long plateau of all blanks; beside this loss a student reads its first lines after a
minute and a half of training on two cores. The synthetic generator knows where it put every character.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.charset import BLANK

from ..batch import Batch
from ..outputs import Outputs

NEAR = 0.2
FAR = 0.4
IGNORED = -1


def frame_classes(labels: np.ndarray, centers: np.ndarray, frames: int) -> np.ndarray:
    """Return the class `(N, T)` int64 of every frame, `IGNORED` where none is asked for.

    `labels` `(N, L)` are classes and `centers` `(N, L)` shares of the width, NaN where there is no character.
    """
    known = np.isfinite(centers)
    position = np.where(known, centers, np.inf) * frames - 0.5  # frame t is centered over (t + 0.5) / T
    distance = np.abs(np.arange(frames)[None, :, None] - position[:, None, :])  # (N, T, L), in frames
    nearest = distance.argmin(axis=2)
    gap = distance.min(axis=2)
    span = np.where(known, position, -np.inf).max(axis=1) - position.min(axis=1)
    pitch = np.maximum(span / np.maximum(known.sum(axis=1) - 1, 1), 1)[:, None]
    character = np.take_along_axis(labels, nearest, axis=1)
    classes = np.where(gap > FAR * pitch, BLANK, IGNORED)
    classes = np.where(gap <= np.maximum(NEAR * pitch, 0.5), character, classes)
    return np.where(known.any(axis=1)[:, None], classes, IGNORED).astype(np.int64)


def loss(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the scalar loss in nats a frame."""
    classes = frame_classes(batch.labels, batch.centers, outputs.logits.shape[1])
    weights = np.zeros(classes.shape, np.float32)
    for group in (classes > BLANK, classes == BLANK):
        weights += 0.5 * group / max(1, group.sum())
    nats = F.cross_entropy(outputs.logits, paddle.to_tensor(np.maximum(classes, 0)), reduction="none", axis=-1).squeeze(
        -1
    )
    return (nats * paddle.to_tensor(weights)).sum()
