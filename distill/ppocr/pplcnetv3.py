"""PP-LCNetV3 at scale 0.95, the backbone of PP-OCRv4 mobile.

    (N, 3, 48, W) -> conv1 /2 -> blocks2 .. blocks6 -> (N, 480, 3, W/4) -> frames (N, 480, 1, W/8)

A block is a depthwise and a pointwise re-parameterizable convolution, with squeeze-and-excitation between them
in the first two of `blocks6`. Rows are halved four times, columns twice, because a text line needs its columns.
Source: PaddleOCR `configs/rec/PP-OCRv4/PP-OCRv4_mobile_rec.yml`, backbone `PPLCNetV3` (Apache-2.0); widths are
the published ones times 0.95, rounded to multiples of 16.
"""

from __future__ import annotations

from typing import NamedTuple

import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn

from .conv_norm import ConvNorm
from .frame_pool import frames_from_map
from .rep_layer import LearnableRepLayer


class Block(NamedTuple):
    """Depthwise kernel, channels in and out, stride (rows, columns), squeeze-and-excitation."""

    kernel: int
    inputs: int
    outputs: int
    stride: tuple[int, int] = (1, 1)
    excite: bool = False


STEM = 16
BLOCKS = {
    "blocks2": [Block(3, 16, 32)],
    "blocks3": [Block(3, 32, 64), Block(3, 64, 64)],
    "blocks4": [Block(3, 64, 128, (2, 1)), Block(3, 128, 128)],
    "blocks5": [Block(3, 128, 240, (1, 2)), *[Block(5, 240, 240)] * 4],
    "blocks6": [
        Block(5, 240, 480, (2, 1), excite=True),
        Block(5, 480, 480, excite=True),
        Block(5, 480, 480, (2, 1)),
        Block(5, 480, 480),
    ],
}
CHANNELS = 480
REDUCTION = 4  # squeeze-and-excitation looks at the channels through a quarter as many


class SqueezeExcite(nn.Layer):
    """Scale every channel by a number in 0..1 seen in the means of all channels (Hu et al. 2018, arXiv:1709.01507)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2D(channels, channels // REDUCTION, 1)
        self.conv2 = nn.Conv2D(channels // REDUCTION, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = F.adaptive_avg_pool2d(x, 1)
        return x * F.hardsigmoid(self.conv2(F.relu(self.conv1(means))))


class LCNetV3Block(nn.Layer):
    """Depthwise, optionally excited, pointwise."""

    def __init__(self, block: Block, fused: bool) -> None:
        super().__init__()
        self.dw_conv = LearnableRepLayer(
            block.inputs, block.inputs, block.kernel, block.stride, groups=block.inputs, fused=fused
        )
        self.se = SqueezeExcite(block.inputs) if block.excite else None
        self.pw_conv = LearnableRepLayer(block.inputs, block.outputs, 1, fused=fused)

    def forward(self, x: Tensor) -> Tensor:
        x = self.dw_conv(x)
        return self.pw_conv(x if self.se is None else self.se(x))


class PPLCNetV3(nn.Layer):
    """The backbone; `fused` builds every re-parameterizable layer in its one-convolution form."""

    first_convolution = "conv1.conv.weight"
    out_channels = CHANNELS

    def __init__(self, channels: int = 3, fused: bool = False) -> None:
        super().__init__()
        self.channels = channels
        self.conv1 = ConvNorm(channels, STEM, 3, (2, 2))
        for name, blocks in BLOCKS.items():
            setattr(self, name, nn.Sequential(*[LCNetV3Block(block, fused) for block in blocks]))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        for name in BLOCKS:
            x = getattr(self, name)(x)
        return frames_from_map(x)

    def halves(self) -> tuple[list[nn.Layer], list[nn.Layer]]:
        """Return the early layers (strokes and shapes) and the late ones (characters), which are tuned apart."""
        return [self.conv1, self.blocks2, self.blocks3, self.blocks4], [self.blocks5, self.blocks6]
