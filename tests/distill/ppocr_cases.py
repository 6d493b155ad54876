"""What the tests of the PP-OCR blocks share: weights that depend on nothing but their names, and pictures."""

from __future__ import annotations

import math
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from paddle import nn


def weight_named(key: str, shape: list[int]) -> np.ndarray:
    """Return a float32 weight that is a function of its name and shape, such that activations neither die nor grow."""
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    if len(shape) > 1:
        fan_in = shape[0] if len(shape) == 2 else math.prod(shape[1:])
        values = rng.normal(0, math.sqrt(2 / fan_in), shape)
    elif key.endswith("_variance"):
        values = rng.uniform(0.5, 1.5, shape)
    elif key.endswith(("weight", "scale")):
        # Four to six branches of a re-parameterizable layer are added up.
        branch = any(name in key for name in ("conv_kxk", "conv_1x1", "identity"))
        values = rng.uniform(0.8, 1.2, shape) * (0.5 if branch else 1)
    else:
        values = rng.normal(0, 0.1, shape)
    return values.astype(np.float32)


def set_named_weights(layer: nn.Layer) -> None:
    """Give every weight and statistic of `layer` its `weight_named`."""
    layer.set_state_dict({key: weight_named(key, list(value.shape)) for key, value in layer.state_dict().items()})


def blocks(count: int, channels: int, width: int) -> np.ndarray:
    """Return float32 pictures `(count, channels, 48, width)` of random 8x8 blocks in -1..1, coarse as strokes are."""
    coarse = np.random.default_rng(count * width).uniform(-1, 1, (count, channels, 6, width // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.float32)


def v4_mobile_onnx() -> Path | None:
    """Return PP-OCRv4 mobile inside the `rapidocr-onnxruntime` wheel, or None where it is not installed."""
    spec = find_spec("rapidocr_onnxruntime")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models/ch_PP-OCRv4_rec_infer.onnx"
        if path.is_file():
            return path
    return None
