"""The layers that our own students are built of: dense convolutions, which hardware runs at full speed."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from vinedge.charset import NUM_CLASSES
from vinedge.errors import VinEdgeError

from ..outputs import Outputs

ROWS = 16  # input rows that become one row of a backbone's output
COLUMNS = 4  # input columns a frame


class ConvUnit(nn.Sequential):
    """Convolution with "same" padding, BatchNorm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> None:
        # He et al. 2015, for the ReLU behind it; Paddle's default is Glorot's.
        weight = paddle.ParamAttr(initializer=nn.initializer.KaimingNormal())
        padding = (kernel[0] // 2, kernel[1] // 2)
        super().__init__(
            nn.Conv2D(inputs, outputs, kernel, stride, padding, weight_attr=weight, bias_attr=False),
            nn.BatchNorm2D(outputs),
            nn.ReLU(),
        )


class Residual(nn.Layer):
    """`x + unit(x)`, one convolution deep."""

    def __init__(self, channels: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        self.unit = ConvUnit(channels, channels, kernel)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.unit(x)


class FoldRows(nn.Layer):
    """`(N, C, rows, T)` to `(N, C * rows, 1, T)`: what was above and below becomes more channels of one line."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        # -1 is the batch: the frame count is read from the tensor, so that one export serves every width.
        return x.reshape([-1, self.channels, 1, x.shape[3]])


class LineStudent(nn.Layer):
    """Maps gray float32 `(N, 1, height, width)` to `Outputs` with `width / 4` frames.

    `backbone` ends in `channels` maps of `height / 16` rows; the neck folds the rows into one and lets each frame see
    its neighbors through `residuals` 1x5 convolutions; the head is one linear map to the CTC classes.
    """

    def __init__(self, backbone: nn.Layer, channels: int, residuals: int, height: int, width: int) -> None:
        super().__init__()
        folded = channels * (height // ROWS)
        self.backbone = backbone
        self.neck = nn.Sequential(
            FoldRows(folded),
            ConvUnit(folded, channels, (1, 1)),
            *(Residual(channels, (1, 5)) for _ in range(residuals)),
        )
        self.head = nn.Linear(channels, NUM_CLASSES)
        self.input_size = (height, width)

    def forward(self, x: Tensor) -> Outputs:
        maps = self.backbone(x)
        line = self.neck(maps)
        logits = self.head(line.squeeze(2).transpose([0, 2, 1]))
        return Outputs(logits, {"backbone": maps, "neck": line})


def check_size(name: str, height: int, width: int) -> None:
    """Raise when student `name` cannot be built for pictures of this size."""
    if height % ROWS or width % COLUMNS or height <= 0 or width <= 0:
        raise VinEdgeError(
            f"{name} needs a height that is a multiple of {ROWS} and a width that is a multiple of {COLUMNS}, "
            f"got {height}x{width}; 32x320 is what it was made for"
        )
