"""Temperature KL per frame, as the specification prints it: the student's distribution of a frame is the teacher's.

    L = mean over lines of  sum over frames of w_t * D_T(teacher_t || student_t)                [nats, times T^2]
    D_T(p || q) = T^2 * KL(softmax(ln p / T) || softmax(ln q / T)),    the w_t of a line add up to 1

Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network", frame by frame. A weighted mean over
a line's frames keeps the value free of T and N; the specification's `batchmean` on (T, N, C) divides by T alone.

Two to four of five frames are blanks, on which a teacher has nothing to teach but where the characters are not,
and two CTC networks need not put their blanks on the same frames. Hence `blank`, the policy for frames where the
teacher's blank probability is above `blank_threshold` (Hilmes, Rossenbach and Schlueter 2025, "Analyzing the
Importance of Blank for CTC-Based Knowledge Distillation" compare such selections):
  all                  every frame weighs the same: the specification
  drop_teacher_blank   blank frames weigh nothing: blank elimination
  reweight             a line's blank frames together weigh as much as its other frames together
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from paddle import Tensor

from vinedge.charset import BLANK
from vinedge.errors import VinEdgeError

from ..batch import Batch
from ..outputs import Outputs
from ..settings import Positive, Share
from ..teacher_outputs import TeacherOutputs, gate_weights
from ._divergence import TEMPERATURE, constant_log_probs, divergence, weighted_sum

BlankPolicy = Literal["all", "drop_teacher_blank", "reweight"]
# A frame with more than this on the blank has less than a tenth left to say about characters.
BLANK_THRESHOLD = 0.9


def frame_weights(is_blank: np.ndarray, policy: BlankPolicy) -> np.ndarray:
    """Return float64 `(N, T)` weights that add up to 1 in each line, or to 0 in one that has no frame left."""
    everything = np.ones_like(is_blank)
    groups = {"all": [everything], "drop_teacher_blank": [~is_blank], "reweight": [is_blank, ~is_blank]}[policy]
    weights = sum(_shared(group) for group in groups)
    return _shared(np.asarray(weights))


def _shared(amounts: np.ndarray) -> np.ndarray:
    """Return each line's amounts as parts of their sum."""
    total = amounts.sum(axis=1, keepdims=True)
    return np.asarray(amounts / np.where(total > 0, total, 1))


def loss(
    outputs: Outputs,
    batch: Batch,
    teacher: TeacherOutputs,
    *,
    temperature: Positive = TEMPERATURE,
    blank: BlankPolicy = "all",
    blank_threshold: Share = BLANK_THRESHOLD,
) -> Tensor:
    """Return the scalar loss; `VinEdgeError` when the teacher's frames are not the student's."""
    own, others = outputs.logits.shape[1], teacher.log_probs.shape[1]
    if own != others:
        raise VinEdgeError(
            f"frame_kl compares frame by frame, but the student gives {own} frames and the teacher {others}; "
            "use aligned_kl, which aligns both on the label"
        )
    log_probs = constant_log_probs(teacher.log_probs, like=outputs.logits)
    weights = frame_weights(log_probs[:, :, BLANK].exp().numpy() > blank_threshold, blank)
    weights *= gate_weights(teacher, batch)[:, None]
    nats = divergence(log_probs, outputs.logits, temperature)
    return weighted_sum(nats, weights)
