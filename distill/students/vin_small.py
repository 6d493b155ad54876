"""vin_small: vin_nano's larger sister, for boards with time to spare, and as the teacher of vin_nano.

    gray (N, 1, 32, W)
      backbone  3x3 convolutions: 32 /2, 48 /2, two 48 residual, 96 /(2,1), two 96 residual,
                128 /(2,1), 128 residual                                                         -> (N, 128, 2, W/4)
      neck      the two rows folded into channels, 1x1 to 128, four residual 1x5                 -> (N, 128, 1, W/4)
      head      one linear map to 34 CTC logits a frame                                          -> (N, W/4, 34)

Wider and deeper by the same rules (dense convolutions, channels in multiples of 16), 3.9 times the operations of
vin_nano. Input, frames and the names of parts and taps are vin_nano's, so that the two can be compared frame by
frame on lines that are fitted once. Frame t stands over the columns 4t to 4t+3 and sees 63 before and 60 after them.
"""

from __future__ import annotations

from paddle import nn

from ._layers import ConvUnit, LineStudent, Residual, check_size

WIDTH = 128


def build(height: int = 32, width: int = 320) -> LineStudent:
    """Return an untrained student; `height` must be a multiple of 16 and `width` of 4."""
    check_size("vin_small", height, width)
    backbone = nn.Sequential(
        ConvUnit(1, 32, (3, 3), (2, 2)),
        ConvUnit(32, 48, (3, 3), (2, 2)),
        Residual(48, (3, 3)),
        Residual(48, (3, 3)),
        ConvUnit(48, 96, (3, 3), (2, 1)),
        Residual(96, (3, 3)),
        Residual(96, (3, 3)),
        ConvUnit(96, WIDTH, (3, 3), (2, 1)),
        Residual(WIDTH, (3, 3)),
    )
    return LineStudent(backbone, WIDTH, 4, height, width)
