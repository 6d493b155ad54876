"""What a CTC network says of each character of the label, wherever in the line and however long it says it.

    P_u(k) ~ sum over frames of gamma_t(u) * p_t(k),    k over the 33 symbols, adding up to 1        for u = 1 .. L

`gamma_t(u)` is the probability that frame t belongs to character u (`_alignment.py`). Two networks whose frames
differ in number or whose peaks stand elsewhere become comparable so: both are asked about the third character, not
about the third frame.

**The occupancies are constants.** With p alone in the gradient, the student is told what to believe of the frames
it reads a character from; through gamma it could also come nearer to the teacher by reading the character
elsewhere, from frames that agree by chance. Where characters stand is for the loss on the label to say. It is the
M-step of expectation-maximization with gamma as the E-step, and it needs no derivative of the recursion.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.charset import BLANK

from ..batch import Batch
from ..outputs import Outputs
from ..teacher_outputs import TeacherOutputs, gate_weights
from ._alignment import occupancies
from ._divergence import constant_log_probs
from .ctc import infeasible

# Posteriors this far below a symbol's best frame in the line are cut off (69 nats), so that ln 0 never occurs.
FLOOR = 1e-30


def character_log_probs(logits: Tensor, batch: Batch) -> Tensor:
    """Return ln P `(N, L, 33)` of logits or log-probabilities `(N, T, 34)`; entry k is class k + 1.

    Rows of places beyond a label's end, and of a label that T frames cannot spell, carry nothing.
    """
    log_probs = F.log_softmax(logits, axis=-1)
    gamma = occupancies(log_probs.numpy(), batch.labels, batch.lengths)
    # Every character of a path has at least one frame, so a sum below 1 is the 0 of a place that does not exist.
    shares = paddle.to_tensor(gamma / np.maximum(gamma.sum(axis=2, keepdims=True), 1)).astype(logits.dtype)
    # One matrix product instead of a log-sum-exp over (N, L, T, 33): 2 ms instead of 78 for 16 lines and 80 frames,
    # forward and backward. The symbol's best frame is taken out first, which keeps it exact in float32.
    symbols = log_probs[:, :, BLANK + 1 :]
    best = symbols.detach().max(axis=1, keepdim=True)
    mixed = (paddle.matmul(shares, (symbols - best).exp()) + FLOOR).log() + best
    return F.log_softmax(mixed, axis=-1)


def aligned_characters(outputs: Outputs, batch: Batch, teacher: TeacherOutputs) -> tuple[Tensor, Tensor, np.ndarray]:
    """Return ln P of the teacher and of the student, both `(N, L, 33)`, and the weight `(N, L)` of each character.

    Lines that the frames of either cannot spell weigh nothing.
    """
    theirs = teacher_characters(batch, teacher, like=outputs.logits)
    usable = ~infeasible(batch, teacher.log_probs.shape[1]) & ~infeasible(batch, outputs.logits.shape[1])
    return theirs, character_log_probs(outputs.logits, batch), character_weights(batch, teacher, usable)


def teacher_characters(batch: Batch, teacher: TeacherOutputs, like: Tensor) -> Tensor:
    """Return ln P `(N, L, 33)` of the teacher, as a constant with the type of `like`."""
    return character_log_probs(constant_log_probs(teacher.log_probs, like), batch)


def character_weights(batch: Batch, teacher: TeacherOutputs, usable: np.ndarray) -> np.ndarray:
    """Return float64 `(N, L)`: a line's gate weight, shared by the characters of its label."""
    inside = np.arange(batch.labels.shape[1]) < batch.lengths[:, None]
    lines = gate_weights(teacher, batch, usable) / np.maximum(batch.lengths, 1)
    return np.asarray(inside * lines[:, None])
