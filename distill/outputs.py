"""What a student (or a trainable teacher) returns: CTC logits and the features that losses may tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from paddle import Tensor


class Outputs(NamedTuple):
    """`logits` float32 `(N, T, C)`, raw (no softmax), class 0 is the CTC blank; `features` by name, for hint losses."""

    logits: Tensor
    features: dict[str, Tensor]
