"""Attention transfer along the line: the student is active where in the line the teacher is.

    L = mean over lines of  |q^student - q^teacher|^2                                            [0 .. 2]
    q = e / |e|,    e_x = mean over channels and rows of F(c, y, x)^2, averaged into the columns of the narrower map

Zagoruyko and Komodakis 2017 (ICLR), "Paying More Attention to Attention", with the square of their published code,
and with rows added up, because a line is read along x and the heights of two networks rarely agree. It was chosen
over FitNets' regression (Romero et al. 2015) because it has no parameters: nothing to learn, save, resume or throw
away beside the student, and channels, rows and widths may all differ. It passes on where the characters stand and
how wide they are, not what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.errors import VinEdgeError

from ..batch import Batch
from ..outputs import Outputs
from ..teacher_outputs import TeacherOutputs, gate_weights
from ._divergence import constant, weighted_sum

# Keeps the direction of an all-zero profile, and its gradient, finite.
EPSILON = 1e-12


def loss(outputs: Outputs, batch: Batch, teacher: TeacherOutputs, *, tap: str = "neck") -> Tensor:
    """Return the scalar loss between the features `(N, C, H, W)` that student and teacher name `tap`."""
    own = _tapped("student", outputs.features, tap)
    theirs = constant(_tapped("teacher", teacher.features, tap), like=own)
    columns = min(own.shape[3], theirs.shape[3])
    distances = (_profile(own, columns) - _profile(theirs, columns)).square().sum(axis=1)
    return weighted_sum(distances, gate_weights(teacher, batch))


def _tapped(who: str, features: Mapping[str, Any], tap: str) -> Any:
    if tap not in features:
        known = ", ".join(sorted(features)) or "none"
        raise VinEdgeError(f"feature_hint: the {who} has no features named '{tap}' (it has: {known})")
    return features[tap]


def _profile(features: Tensor, columns: int) -> Tensor:
    """Return `(N, columns)` of length 1: the energy along the line of `(N, C, H, W)`."""
    energy = features.square().mean(axis=[1, 2]).unsqueeze(1)
    energy = F.adaptive_avg_pool1d(energy, columns).squeeze(1)
    return energy / (energy.square().sum(axis=1, keepdim=True) + EPSILON).sqrt()
