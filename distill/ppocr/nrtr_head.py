"""The guide of PP-OCR's training: a transformer decoder that reads the frames character by character.

    memory (N, T, 384), tokens so far (N, L) -> logits (N, L, classes + 4): the next token after each

CTC frames learn where characters are only slowly; a decoder with attention learns it fast and pulls the backbone
along (GTC, Hu et al. 2020, arXiv:2002.01276). It is dropped for reading.
Source: NRTR (Sheng et al. 2019, arXiv:1806.00926) as PaddleOCR's `NRTRHead` with `nrtr_dim: 384` and four
layers (Apache-2.0). `guidance` makes the tokens and the loss.
"""

from __future__ import annotations

import math

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn

WIDTH = 384
HEADS = 12
LAYERS = 4
MLP_RATIO = 4
DROPOUT = 0.1
# Four special tokens and one spare class, less the CTC blank: PaddleOCR counts the spare one since its first NRTR.
EXTRA_CLASSES = 4
MAX_TOKENS = 64  # a VIN takes 19: start, 17 characters, end


class DecoderAttention(nn.Layer):
    """Attention of tokens to tokens (`memory` left out: one map `qkv`) or of tokens to frames (maps `q` and `kv`)."""

    def __init__(self, to_itself: bool) -> None:
        super().__init__()
        if to_itself:
            self.qkv = dense(WIDTH, 3 * WIDTH)
        else:
            self.q = dense(WIDTH, WIDTH)
            self.kv = dense(WIDTH, 2 * WIDTH)
        self.out_proj = dense(WIDTH, WIDTH)

    def forward(self, tokens: Tensor, memory: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        if memory is None:
            query, key, value = heads(self.qkv(tokens), 3)
        else:
            (query,) = heads(self.q(tokens), 1)
            key, value = heads(self.kv(memory), 2)
        scores = paddle.matmul(query, key, transpose_y=True) * (WIDTH // HEADS) ** -0.5
        weights = F.softmax(scores if mask is None else scores + mask.astype(scores.dtype))
        return self.out_proj(paddle.matmul(weights, value).transpose([0, 2, 1, 3]).reshape([0, -1, WIDTH]))


class DecoderMlp(nn.Layer):
    """Two linear maps with ReLU between them."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = dense(WIDTH, MLP_RATIO * WIDTH)
        self.fc2 = dense(MLP_RATIO * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.dropout(F.relu(self.fc1(x)), DROPOUT, training=self.training)
        return F.dropout(self.fc2(hidden), DROPOUT, training=self.training)


class DecoderLayer(nn.Layer):
    """Tokens look at earlier tokens, then at the frames, then an MLP; each is added and then normalized."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = DecoderAttention(to_itself=True)
        self.norm1 = nn.LayerNorm(WIDTH, epsilon=1e-5)
        self.cross_attn = DecoderAttention(to_itself=False)
        self.norm2 = nn.LayerNorm(WIDTH, epsilon=1e-5)
        self.mlp = DecoderMlp()
        self.norm3 = nn.LayerNorm(WIDTH, epsilon=1e-5)

    def forward(self, tokens: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        tokens = self.norm1(tokens + self._drop(self.self_attn(tokens, mask=mask)))
        tokens = self.norm2(tokens + self._drop(self.cross_attn(tokens, memory)))
        return self.norm3(tokens + self._drop(self.mlp(tokens)))

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, DROPOUT, training=self.training)


class TokenEmbedding(nn.Layer):
    """A vector for each token, scaled as in "Attention is all you need"."""

    def __init__(self, num_tokens: int) -> None:
        super().__init__()
        weight = paddle.ParamAttr(initializer=nn.initializer.Normal(std=WIDTH**-0.5))
        self.embedding = nn.Embedding(num_tokens, WIDTH, padding_idx=0, weight_attr=weight)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens) * math.sqrt(WIDTH)


class NRTRHead(nn.Layer):
    """The decoder over `num_classes` CTC classes."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.embedding = TokenEmbedding(num_classes + EXTRA_CLASSES)
        self.decoder = nn.LayerList([DecoderLayer() for _ in range(LAYERS)])
        xavier = paddle.ParamAttr(initializer=nn.initializer.XavierNormal())
        self.tgt_word_prj = nn.Linear(WIDTH, num_classes + EXTRA_CLASSES, weight_attr=xavier, bias_attr=False)
        # Computed, so not saved: PaddleOCR's files carry 5,000 rows of them as `positional_encoding.pe`.
        self.register_buffer("positions", paddle.to_tensor(sinusoids(MAX_TOKENS, WIDTH)), persistable=False)

    def forward(self, memory: Tensor, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        x = self.embedding(tokens) + self.positions[:length]
        x = F.dropout(x, DROPOUT, training=self.training)
        # Minus infinity above the diagonal: a token must not see the ones it has to guess.
        mask = paddle.triu(paddle.full([length, length], -math.inf), diagonal=1)
        for layer in self.decoder:
            x = layer(x, memory, mask)
        return self.tgt_word_prj(x)


def heads(x: Tensor, maps: int) -> list[Tensor]:
    """Cut `(N, L, maps * 384)` into `maps` tensors `(N, 12, L, 32)`."""
    return list(x.reshape([0, -1, maps, HEADS, WIDTH // HEADS]).transpose([2, 0, 3, 1, 4]))


def dense(inputs: int, outputs: int) -> nn.Linear:
    """Return a linear map with Xavier's start."""
    weight = paddle.ParamAttr(initializer=nn.initializer.XavierNormal())
    return nn.Linear(inputs, outputs, weight_attr=weight)


def sinusoids(length: int, width: int) -> np.ndarray:
    """Return float32 `(length, width)`: sines in even columns, cosines in odd ones, wavelengths 2 pi to 20,000 pi."""
    rates = np.exp(np.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = np.arange(length)[:, None] * rates
    table = np.empty((length, width), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table
