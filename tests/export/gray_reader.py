"""A student that truly reads although nobody trained it, the pictures it reads, and checkpoints.

`GrayReader` takes class k for the gray level k / 33 of white, as the specimen bundle does
(tests/golden/make_bundle_v1.py), with a BatchNorm to fold, so that its export is like a real student's.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle
from paddle import Tensor, nn

from vinedge.charset import NUM_CLASSES, SYMBOLS, encode
from vinedge.distill.checkpoint import Checkpoint, arrays_from, save_checkpoint
from vinedge.distill.outputs import Outputs
from vinedge.distill.settings import Global, Settings
from vinedge.distill.students import vin_nano
from vinedge.export.pictures import Example

SHARPNESS = 2000.0


class GrayReader(nn.Layer):
    """image (N, 1, 32, 320) -> pooled 32 x 4 -> 1x1 convolution -> logits (N, 80, 34)."""

    def __init__(self) -> None:
        super().__init__()
        levels = np.linspace(-1, 1, NUM_CLASSES, dtype=np.float32)
        self.pool = nn.AvgPool2D((32, 4), (32, 4))
        self.conv = nn.Conv2D(1, NUM_CLASSES, 1)
        self.norm = nn.BatchNorm2D(NUM_CLASSES, epsilon=1e-5)
        self.conv.weight.set_value((2 * SHARPNESS * levels).reshape(NUM_CLASSES, 1, 1, 1))
        self.conv.bias.set_value(-SHARPNESS * levels**2)
        # Statistics that are not the identity: a BatchNorm that is left out or run in training mode shows.
        self.norm._mean.set_value(np.full(NUM_CLASSES, 3, np.float32))
        self.norm._variance.set_value(np.full(NUM_CLASSES, 4, np.float32))

    def forward(self, x: Tensor) -> Outputs:
        maps = self.norm(self.conv(self.pool(x)))
        return Outputs(maps.squeeze(2).transpose([0, 2, 1]), {"maps": maps})


def picture_from_vin(vin: str, tint: int = 0) -> np.ndarray:
    """Return the picture, uint8 (32, 320, 3), that `GrayReader` reads as `vin`; `tint` moves light from red to blue.

    Blue weighs 0.114 and red 0.299 in luma, so with a tint the picture reads as `vin` only in BGR order.
    """
    row = np.zeros((320, 3), np.float64)
    for place, index in enumerate(encode(vin)):
        row[16 * place + 8 : 16 * place + 16] = 255 * index / (NUM_CLASSES - 1)
    row += np.where(row > tint, 1, 0) * np.array([tint, 0, -tint * 0.114 / 0.299])
    return np.tile(row.clip(0, 255).round().astype(np.uint8), (32, 1, 1))


def examples(count: int, tint: int = 0) -> list[Example]:
    rng = np.random.default_rng(5)
    vins = ["".join(rng.choice(list(SYMBOLS[:28]), 17)) for _ in range(count)]
    return [Example(picture_from_vin(vin, tint), vin, f"picture {index}") for index, vin in enumerate(vins)]


def make_checkpoint(folder: Path) -> Path:
    """Write a checkpoint of vin_nano with random weights and statistics to `folder`."""
    settings = Settings(Global=Global(steps=10))
    paddle.seed(7)
    layer = vin_nano.build(settings.Student.height, settings.Student.width)
    rng = np.random.default_rng(7)
    arrays = arrays_from(layer)
    for name in arrays:
        if name.endswith("._mean"):
            arrays[name] = rng.normal(0, 0.1, arrays[name].shape).astype(np.float32)
        if name.endswith("._variance"):
            arrays[name] = rng.uniform(0.5, 2, arrays[name].shape).astype(np.float32)
    metrics = {"exact_match": 0.5, "loss": float("nan")}
    save_checkpoint(folder, Checkpoint(settings, arrays, step=10, metrics=metrics))
    return folder
