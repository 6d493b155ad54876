"""The CTC head of PP-OCR: one linear map a frame, `(N, T, 120)` to raw logits `(N, T, classes)`.

PaddleOCR's `CTCHead` applies a softmax in evaluation mode; here logits stay raw in both modes, as in every
student (`vinedge.distill.outputs`). Apache-2.0.
"""

from __future__ import annotations

import math

import paddle
from paddle import Tensor, nn


class CTCHead(nn.Layer):
    """Class 0 is the blank."""

    def __init__(self, width: int, num_classes: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(width)
        uniform = paddle.ParamAttr(initializer=nn.initializer.Uniform(-bound, bound))
        self.fc = nn.Linear(width, num_classes, weight_attr=uniform, bias_attr=uniform)

    def forward(self, line: Tensor) -> Tensor:
        return self.fc(line)
