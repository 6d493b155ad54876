"""vin_nano: the smallest student, shaped for the hardware it runs on.

    gray (N, 1, 32, W)
      backbone  3x3 convolutions: 16 /2, 32 /2, 32 residual, 64 /(2,1), 64 residual, 96 /(2,1)   -> (N, 96, 2, W/4)
      neck      the two rows folded into channels, 1x1 to 96, two residual 1x5                    -> (N, 96, 1, W/4)
      head      one linear map to 34 CTC logits a frame                                           -> (N, W/4, 34)

Dense convolutions only, because they are the ones that CPUs, GPUs and INT8 units run at full speed; channel
counts are multiples of 16 (one AVX-512 register, one tensor-core tile). BatchNorm folds into the convolution
before it and ReLU costs nothing in any engine. Frame t stands over the columns 4t to 4t+3 and sees 35 before and
32 after them: about four characters, enough to tell a V from half a W.
"""

from __future__ import annotations

from paddle import nn

from ._layers import ConvUnit, LineStudent, Residual, check_size

WIDTH = 96


def build(height: int = 32, width: int = 320) -> LineStudent:
    """Return an untrained student; `height` must be a multiple of 16 and `width` of 4."""
    check_size("vin_nano", height, width)
    backbone = nn.Sequential(
        ConvUnit(1, 16, (3, 3), (2, 2)),
        ConvUnit(16, 32, (3, 3), (2, 2)),
        Residual(32, (3, 3)),
        ConvUnit(32, 64, (3, 3), (2, 1)),
        Residual(64, (3, 3)),
        ConvUnit(64, WIDTH, (3, 3), (2, 1)),
    )
    return LineStudent(backbone, WIDTH, 2, height, width)
