"""PP-HGNetV2 B4 for text, the backbone of PP-OCRv5 server.

    (N, 3, 48, W) -> stem /2 -> stages 0 .. 3 -> (N, 2048, 3, W/4) -> frames (N, 2048, 1, W/8)

As PP-HGNet (see `pphgnet`), but the last two stages use light convolutions (1x1, then depthwise 5x5), the joint
is two 1x1 convolutions instead of one with channel weights, and the stem has two paths.
Source: PaddleOCR `configs/rec/PP-OCRv5/PP-OCRv5_server_rec.yml`, backbone `PPHGNetV2_B4` with `text_rec`
(Apache-2.0). Official weights also carry `last_conv` and `fc` of an image classifier, which reading never uses.
"""

from __future__ import annotations

from typing import NamedTuple

import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn

from .conv_norm import ConvNorm, ConvNormRelu
from .frame_pool import frames_from_map

STEM = (32, 48)
LAYERS = 6


class Stage(NamedTuple):
    """Channels in, inside a block, and out; blocks; stride (rows, columns); kernel; light convolutions."""

    inputs: int
    middle: int
    outputs: int
    blocks: int
    stride: tuple[int, int]
    kernel: int
    light: bool


STAGES = (
    Stage(48, 48, 128, 1, (2, 1), 3, False),
    Stage(128, 96, 512, 1, (1, 2), 3, False),
    Stage(512, 192, 1024, 3, (2, 1), 5, True),
    Stage(1024, 384, 2048, 1, (2, 1), 5, True),
)


class LightConv(nn.Layer):
    """1x1 without activation, then depthwise."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs, 1)
        self.conv2 = ConvNormRelu(outputs, outputs, kernel, groups=outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


class Stem(nn.Layer):
    """A strided convolution, then a max-pool beside two 2x2 convolutions, joined."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        middle, outputs = STEM
        self.stem1 = ConvNormRelu(channels, middle, 3, (2, 2))
        self.stem2a = ConvNormRelu(middle, middle // 2, 2)
        self.stem2b = ConvNormRelu(middle // 2, middle, 2)
        self.stem3 = ConvNormRelu(2 * middle, middle, 3)
        self.stem4 = ConvNormRelu(middle, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem1(x)
        convolved = self.stem2b(self.stem2a(x))
        pooled = F.max_pool2d(x, 2, 1, padding=[0, 1, 0, 1])  # "same", as the 2x2 convolutions
        return self.stem4(self.stem3(paddle.concat([pooled, convolved], axis=1)))


class HGV2Block(nn.Layer):
    """Six convolutions in a row, all joined; `residual` adds the input at the end."""

    def __init__(self, inputs: int, stage: Stage, residual: bool) -> None:
        super().__init__()
        convolution = LightConv if stage.light else ConvNormRelu
        self.layers = nn.LayerList(
            [convolution(stage.middle if index else inputs, stage.middle, stage.kernel) for index in range(LAYERS)]
        )
        joined = inputs + LAYERS * stage.middle
        self.aggregation_squeeze_conv = ConvNormRelu(joined, stage.outputs // 2, 1)
        self.aggregation_excitation_conv = ConvNormRelu(stage.outputs // 2, stage.outputs, 1)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(maps[-1]))
        joined = self.aggregation_excitation_conv(self.aggregation_squeeze_conv(paddle.concat(maps, axis=1)))
        return joined + x if self.residual else joined


class HGV2Stage(nn.Layer):
    """A strided depthwise convolution, then blocks; all but the first are residual."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.downsample = ConvNorm(stage.inputs, stage.inputs, 3, stage.stride, groups=stage.inputs)
        self.blocks = nn.Sequential(
            *[
                HGV2Block(stage.outputs if index else stage.inputs, stage, residual=index > 0)
                for index in range(stage.blocks)
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.downsample(x))


class PPHGNetV2B4(nn.Layer):
    """The backbone."""

    first_convolution = "stem.stem1.conv.weight"
    out_channels = STAGES[-1].outputs

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.channels = channels
        self.stem = Stem(channels)
        self.stages = nn.LayerList([HGV2Stage(stage) for stage in STAGES])

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return frames_from_map(x)

    def halves(self) -> tuple[list[nn.Layer], list[nn.Layer]]:
        """Return the early layers (strokes and shapes) and the late ones (characters), which are tuned apart."""
        return [self.stem, *self.stages[:2]], [*self.stages[2:]]
