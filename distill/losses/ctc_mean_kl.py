"""PaddleOCR's CTC distillation, the baseline: how often each character occurs in the line, not where.

    s_n = mean over frames of softmax(student's logits of the 33 symbols / 0.5), t_n the teacher's in the same way
    L   = mean over lines of  sum over symbols of t_n * ln((t_n + e) / (s_n + e) + e),    e = 1e-6           [nats]

PaddleOCR 2.7 and later, `DistillCTCLogits` -> `KLCTCLogits(mode="mean")` in ppocr/losses/distillation_loss.py, weight
1.0 in configs/rec/PP-OCRv4/ch_PP-OCRv4_rec_distill.yml; its constants and its sum are kept, no T^2. One thing is
not: PaddleOCR removes the blank by turning its logit's sign around, which does so only while that logit is large
and positive, and depends on a constant added to all logits of a frame. Log-probabilities, all that most teachers
give, have no such constant, so here the blank is removed outright, to the same value wherever theirs does it too.
"""

from __future__ import annotations

import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.charset import BLANK

from ..batch import Batch
from ..outputs import Outputs
from ..settings import Positive
from ..teacher_outputs import TeacherOutputs, gate_weights
from ._divergence import constant_log_probs, weighted_sum

TEMPERATURE = 0.5
EPSILON = 1e-6


def loss(outputs: Outputs, batch: Batch, teacher: TeacherOutputs, *, temperature: Positive = TEMPERATURE) -> Tensor:
    """Return the scalar loss; the student's and the teacher's frames may differ in number."""
    student = _occurrence(outputs.logits, temperature)
    target = _occurrence(constant_log_probs(teacher.log_probs, like=outputs.logits), temperature)
    nats = (target * ((target + EPSILON) / (student + EPSILON) + EPSILON).log()).sum(axis=-1)
    return weighted_sum(nats, gate_weights(teacher, batch))


def _occurrence(logits: Tensor, temperature: float) -> Tensor:
    """Return `(N, 33)`: the mean over frames of the distribution over symbols."""
    return F.softmax(logits[:, :, BLANK + 1 :] / temperature, axis=-1).mean(axis=1)
