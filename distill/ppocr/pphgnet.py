"""PP-HGNet small, the backbone of PP-OCRv4 server.

    (N, 3, 48, W) -> stem of three 3x3 /2 -> stages 0 .. 3 -> (N, 1024, 1, W/4) -> frames (N, 1024, 1, W/8)

A block runs six 3x3 convolutions in a row and joins the input and all six outputs with a 1x1 convolution, so
that one block holds receptive fields from 3x3 to 13x13; channels are then weighted by their means.
Source: PaddleOCR `configs/rec/PP-OCRv4/PP-OCRv4_server_rec.yml`, backbone `PPHGNet_small` (Apache-2.0).
"""

from __future__ import annotations

from typing import NamedTuple

import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn

from .conv_norm import ConvNorm, ConvNormRelu
from .frame_pool import frames_from_map

STEM = (64, 64, 128)
LAYERS = 6


class Stage(NamedTuple):
    """Channels in, inside a block, and out; blocks; stride (rows, columns) of the depthwise convolution before them."""

    inputs: int
    middle: int
    outputs: int
    blocks: int
    stride: tuple[int, int]


STAGES = (
    Stage(128, 128, 256, 1, (2, 1)),
    Stage(256, 160, 512, 1, (1, 2)),
    Stage(512, 192, 768, 2, (2, 1)),
    Stage(768, 224, 1024, 1, (2, 1)),
)


class ChannelWeights(nn.Layer):
    """Scale every channel by a sigmoid of all channel means (Lee et al. 2020, "effective SE", arXiv:1911.06667)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2D(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.sigmoid(self.conv(F.adaptive_avg_pool2d(x, 1)))


class HGBlock(nn.Layer):
    """Six convolutions in a row, all joined; `residual` adds the input at the end."""

    def __init__(self, inputs: int, middle: int, outputs: int, residual: bool) -> None:
        super().__init__()
        self.layers = nn.LayerList([ConvNormRelu(middle if index else inputs, middle, 3) for index in range(LAYERS)])
        self.aggregation_conv = ConvNormRelu(inputs + LAYERS * middle, outputs, 1)
        self.att = ChannelWeights(outputs)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(maps[-1]))
        joined = self.att(self.aggregation_conv(paddle.concat(maps, axis=1)))
        return joined + x if self.residual else joined


class HGStage(nn.Layer):
    """A strided depthwise convolution, then blocks; all but the first are residual."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.downsample = ConvNorm(stage.inputs, stage.inputs, 3, stage.stride, groups=stage.inputs)
        self.blocks = nn.Sequential(
            *[
                HGBlock(stage.outputs if index else stage.inputs, stage.middle, stage.outputs, residual=index > 0)
                for index in range(stage.blocks)
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.downsample(x))


class PPHGNetSmall(nn.Layer):
    """The backbone."""

    first_convolution = "stem.0.conv.weight"
    out_channels = STAGES[-1].outputs

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.channels = channels
        widths = (channels, *STEM)
        self.stem = nn.Sequential(
            *[
                ConvNormRelu(widths[index], widths[index + 1], 3, (1, 1) if index else (2, 2))
                for index in range(len(STEM))
            ]
        )
        self.stages = nn.LayerList([HGStage(stage) for stage in STAGES])

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return frames_from_map(x)

    def halves(self) -> tuple[list[nn.Layer], list[nn.Layer]]:
        """Return the early layers (strokes and shapes) and the late ones (characters), which are tuned apart."""
        return [self.stem, *self.stages[:2]], [*self.stages[2:]]
