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

from paddle import Tensor, nn

from vinedge.charset import NUM_CLASSES
from vinedge.errors import VinEdgeError

from ..outputs import Outputs
from ._layers import ConvUnit, FoldRows, Residual

WIDTH = 128
ROWS = 16  # input rows that become one row of the backbone's output
COLUMNS = 4  # input columns a frame


class VinSmall(nn.Layer):
    """Maps gray float32 `(N, 1, height, width)` to `Outputs` with `width / 4` frames."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        folded = WIDTH * (height // ROWS)
        self.backbone = nn.Sequential(
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
        self.neck = nn.Sequential(
            FoldRows(folded),
            ConvUnit(folded, WIDTH, (1, 1)),
            *(Residual(WIDTH, (1, 5)) for _ in range(4)),
        )
        self.head = nn.Linear(WIDTH, NUM_CLASSES)
        self.input_size = (height, width)

    def forward(self, x: Tensor) -> Outputs:
        maps = self.backbone(x)
        line = self.neck(maps)
        logits = self.head(line.squeeze(2).transpose([0, 2, 1]))
        return Outputs(logits, {"backbone": maps, "neck": line})


def build(height: int = 32, width: int = 320) -> VinSmall:
    """Return an untrained student; `height` must be a multiple of 16 and `width` of 4."""
    if height % ROWS or width % COLUMNS or height <= 0 or width <= 0:
        raise VinEdgeError(
            f"vin_small needs a height that is a multiple of {ROWS} and a width that is a multiple of {COLUMNS}, "
            f"got {height}x{width}; 32x320 is what it was made for"
        )
    return VinSmall(height, width)
