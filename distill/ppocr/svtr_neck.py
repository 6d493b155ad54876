"""The neck of PP-OCRv4 and v5: two attention blocks over the frames, between convolutions.

    frames (N, C, 1, T) -> conv1 1x3 to C/8, conv2 to 120 -> 2 attention blocks -> conv3 back to C
      -> joined with the frames (2C) -> conv4 1x3 to C/8, conv1x1 to 120 -> (N, 120, 1, T)

Attention lets every frame see the whole line; convolutions around it keep it cheap.
Source: SVTR (Du et al. 2022, arXiv:2205.00159) as PaddleOCR's `EncoderWithSVTR` uses it, with dims 120, depth 2,
hidden_dims 120, kernel (1, 3) (`configs/rec/PP-OCRv4`, Apache-2.0).
"""

from __future__ import annotations

import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn

WIDTH = 120
DEPTH = 2
HEADS = 8
MLP_RATIO = 2
DROPOUT = 0.1


class ConvNormSwish(nn.Layer):
    """1 x `kernel` convolution without bias, BatchNorm, Swish."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        weight = paddle.ParamAttr(initializer=nn.initializer.KaimingUniform())
        self.conv = nn.Conv2D(
            inputs, outputs, (1, kernel), padding=(0, kernel // 2), weight_attr=weight, bias_attr=False
        )
        self.norm = nn.BatchNorm2D(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.swish(self.norm(self.conv(x)))


class Attention(nn.Layer):
    """Every frame looks at every frame: `(N, T, 120)` to the same."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = dense(WIDTH, 3 * WIDTH)
        self.proj = dense(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        # (3, N, heads, T, 15); 0 keeps the batch, -1 the frames.
        query, key, value = self.qkv(x).reshape([0, -1, 3, HEADS, WIDTH // HEADS]).transpose([2, 0, 3, 1, 4])
        scores = paddle.matmul(query * (WIDTH // HEADS) ** -0.5, key, transpose_y=True)
        weights = F.dropout(F.softmax(scores), DROPOUT, training=self.training)
        mixed = paddle.matmul(weights, value).transpose([0, 2, 1, 3]).reshape([0, -1, WIDTH])
        return F.dropout(self.proj(mixed), DROPOUT, training=self.training)


class Mlp(nn.Layer):
    """Two linear maps with Swish between them."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = dense(WIDTH, MLP_RATIO * WIDTH)
        self.fc2 = dense(MLP_RATIO * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.dropout(F.swish(self.fc1(x)), DROPOUT, training=self.training)
        return F.dropout(self.fc2(hidden), DROPOUT, training=self.training)


class AttentionBlock(nn.Layer):
    """Attention and MLP, each normalized before and added after."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, epsilon=1e-5)
        self.mixer = Attention()
        self.norm2 = nn.LayerNorm(WIDTH, epsilon=1e-5)
        self.mlp = Mlp()

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.mixer(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class EncoderWithSVTR(nn.Layer):
    """The neck: `(N, C, 1, T)` to `(N, 120, 1, T)`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow = channels // 8
        self.conv1 = ConvNormSwish(channels, narrow, 3)
        self.conv2 = ConvNormSwish(narrow, WIDTH, 1)
        self.svtr_block = nn.LayerList([AttentionBlock() for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(WIDTH, epsilon=1e-6)
        self.conv3 = ConvNormSwish(WIDTH, channels, 1)
        self.conv4 = ConvNormSwish(2 * channels, narrow, 3)
        self.conv1x1 = ConvNormSwish(narrow, WIDTH, 1)

    def forward(self, frames: Tensor) -> Tensor:
        line = self.conv2(self.conv1(frames)).squeeze(2).transpose([0, 2, 1])
        for block in self.svtr_block:
            line = block(line)
        seen = self.conv3(self.norm(line).transpose([0, 2, 1]).unsqueeze(2))
        return self.conv1x1(self.conv4(paddle.concat([frames, seen], axis=1)))


def dense(inputs: int, outputs: int) -> nn.Linear:
    """Return a linear map that starts near zero, as transformers do."""
    weight = paddle.ParamAttr(initializer=nn.initializer.TruncatedNormal(std=0.02))
    return nn.Linear(inputs, outputs, weight_attr=weight)
