"""KL per character, aligned on the label: for every character, the student weighs the 33 symbols as the teacher does.

    L = mean over lines of  mean over characters of  D_T(P^teacher_u || P^student_u)            [nats, times T^2]
    P_u(k) ~ sum over frames of gamma_t(u) * p_t(k),    k over the 33 symbols
    gamma_t(u) = P(frame t belongs to character u | picture, label), the teacher's and the student's own

CTC networks are sure of a character on one or two frames, and each on frames of its own choice, so that comparing
frames compares a peak with a blank (Kurata and Audhkhasi 2019, "Guiding CTC Posterior Spike Timings for Improved
Posterior Fusion and Knowledge Distillation", move the peaks instead). The forward-backward recursion of Graves et
al. 2006 finds each network's frames of each character; blanks drop out, and the frame counts and alphabets may
differ. What is left to distill is what a teacher knows beyond the label: that this 8 could be a B.

The gradient goes through p and not through gamma; `_characters.py` says why. A frame on which both are sure of the
blank has no occupancy and changes nothing.
"""

from __future__ import annotations

from paddle import Tensor

from ..batch import Batch
from ..outputs import Outputs
from ..settings import Positive
from ..teacher_outputs import TeacherOutputs
from ._characters import aligned_characters
from ._divergence import TEMPERATURE, divergence, weighted_sum


def loss(outputs: Outputs, batch: Batch, teacher: TeacherOutputs, *, temperature: Positive = TEMPERATURE) -> Tensor:
    """Return the scalar loss; lines that either side's frames cannot spell count 0."""
    theirs, own, weights = aligned_characters(outputs, batch, teacher)
    nats = divergence(theirs, own, temperature)
    return weighted_sum(nats, weights)
