"""KL per slot: a student's head with one output for each place of the VIN learns from the teacher's.

    L = mean over lines of  mean over slots of  D_T(q_u || softmax(z_u))                        [nats, times T^2]
    q_u = the teacher's slot u, or P_u of `aligned_kl.py` from a teacher that has CTC alone

Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network", for each of the 17 places; one
softmax for each place of a text of known length is Goodfellow et al. 2014, "Multi-digit Number Recognition from
Street View Imagery using Deep Convolutional Neural Networks". Two such heads need no alignment, and a CTC teacher
becomes a teacher of slots through its alignment with the label.
"""

from __future__ import annotations

import numpy as np
from paddle import Tensor

from vinedge.errors import VinEdgeError

from ..batch import Batch
from ..outputs import Outputs
from ..settings import Positive
from ..teacher_outputs import TeacherOutputs
from ._characters import character_weights, teacher_characters
from ._divergence import TEMPERATURE, constant_log_probs, divergence, weighted_sum
from .ctc import infeasible

FEATURE = "slots"


def loss(outputs: Outputs, batch: Batch, teacher: TeacherOutputs, *, temperature: Positive = TEMPERATURE) -> Tensor:
    """Return the scalar loss; `outputs.features["slots"]` holds the student's logits `(N, 17, 33)`."""
    if FEATURE not in outputs.features:
        raise VinEdgeError("slot_kl needs a student with a slot head, and this one has CTC alone; use aligned_kl")
    own = outputs.features[FEATURE]
    if teacher.slots is None:
        theirs = teacher_characters(batch, teacher, like=own)
        usable = ~infeasible(batch, teacher.log_probs.shape[1])
    else:
        theirs = constant_log_probs(teacher.slots, like=own)
        usable = np.ones(len(batch.labels), bool)
    nats = divergence(theirs, own, temperature)
    return weighted_sum(nats, character_weights(batch, teacher, usable))
