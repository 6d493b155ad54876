"""Re-parameterizable convolution of PP-LCNetV3: several branches while training, one convolution afterwards.

    x -> sum of  BatchNorm(x)                (same shape in and out only)
                 BatchNorm(1x1 convolution)  (kernels larger than 1 only)
                 4 x BatchNorm(k x k convolution)
      -> affine -> Hardswish -> affine

Every branch is linear once its BatchNorm uses running statistics, so their sum is one k x k convolution with
bias (Ding et al. 2021, arXiv:2101.03697; Vasu et al. 2022, arXiv:2206.04040). Parameter names are PaddleOCR's
(`PPLCNetV3`, Apache-2.0), the fused one's as well.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn

from .conv_norm import ConvNorm, fold_norm

BRANCHES = 4  # conv_kxk_num in PaddleOCR
# lab_lr in PaddleOCR: one number scales and shifts a whole map, so it moves slower than the weights.
AFFINE_RATE = 0.1


class LearnableAffine(nn.Layer):
    """`scale * x + bias` with one trained number each."""

    def __init__(self) -> None:
        super().__init__()
        constant = nn.initializer.Constant
        rate = paddle.ParamAttr(learning_rate=AFFINE_RATE)
        self.scale = self.create_parameter([1], attr=rate, default_initializer=constant(1.0))
        self.bias = self.create_parameter([1], attr=rate, default_initializer=constant(0.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x + self.bias


class AffineHardswish(nn.Layer):
    """Hardswish, then a learnable affine."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = LearnableAffine()

    def forward(self, x: Tensor) -> Tensor:
        return self.lab(F.hardswish(x))


class LearnableRepLayer(nn.Layer):
    """The layer above; `fused` builds it with the one convolution it becomes."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: tuple[int, int] = (1, 1),
        groups: int = 1,
        fused: bool = False,
    ) -> None:
        super().__init__()
        self.inputs, self.outputs, self.kernel = inputs, outputs, kernel
        self.stride, self.groups = stride, groups
        self.is_fused = fused
        if fused:
            self.reparam_conv = self._one_convolution()
        else:
            keeps_shape = inputs == outputs and stride == (1, 1)
            self.identity = nn.BatchNorm2D(inputs) if keeps_shape else None
            self.conv_kxk = nn.LayerList([ConvNorm(inputs, outputs, kernel, stride, groups) for _ in range(BRANCHES)])
            self.conv_1x1 = ConvNorm(inputs, outputs, 1, stride, groups) if kernel > 1 else None
        self.lab = LearnableAffine()
        self.act = AffineHardswish()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.lab(self.reparam_conv(x) if self.is_fused else self._sum_of_branches(x)))

    def fuse(self) -> None:
        """Replace the branches by the convolution they are in evaluation mode; nothing happens the second time."""
        if self.is_fused:
            return
        weight, bias = self._fused()
        fused = self._one_convolution()
        fused.weight.set_value(weight.astype(np.float32))
        fused.bias.set_value(bias.astype(np.float32))
        del self.identity, self.conv_kxk, self.conv_1x1
        self.reparam_conv = fused
        self.is_fused = True

    def _one_convolution(self) -> nn.Conv2D:
        return nn.Conv2D(
            self.inputs, self.outputs, self.kernel, self.stride, padding=self.kernel // 2, groups=self.groups
        )

    def _sum_of_branches(self, x: Tensor) -> Tensor:
        total = self.conv_kxk[0](x)
        for branch in self.conv_kxk[1:]:
            total = total + branch(x)
        if self.conv_1x1 is not None:
            total = total + self.conv_1x1(x)
        if self.identity is not None:
            total = total + self.identity(x)
        return total

    def _fused(self) -> tuple[np.ndarray, np.ndarray]:
        """Return weight `[out, in / groups, k, k]` and bias `[out]` in float64."""
        folded = [fold_norm(branch.conv.weight.numpy(), branch.bn) for branch in self.conv_kxk]
        if self.conv_1x1 is not None:
            point, bias = fold_norm(self.conv_1x1.conv.weight.numpy(), self.conv_1x1.bn)
            margin = self.kernel // 2
            folded.append((np.pad(point, ((0, 0), (0, 0), (margin, margin), (margin, margin))), bias))
        if self.identity is not None:
            folded.append(fold_norm(self._identity_kernel(), self.identity))
        weights, biases = zip(*folded, strict=True)
        return np.sum(weights, axis=0), np.sum(biases, axis=0)

    def _identity_kernel(self) -> np.ndarray:
        """Return the k x k kernel that passes every channel through unchanged."""
        width = self.inputs // self.groups
        weight = np.zeros((self.inputs, width, self.kernel, self.kernel))
        each = np.arange(self.inputs)
        weight[each, each % width, self.kernel // 2, self.kernel // 2] = 1
        return weight
