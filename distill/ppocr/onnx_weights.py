"""The weights of a PP-OCR recognizer out of the ONNX file that paddle2onnx made of it, by parameter name.

An exported graph has lost PaddleOCR's names, but not their order: operators use their weights in the order in
which the layers run, and `state_dict()` lists them in the same order. Every shape is compared, and the tests
compare outputs with ONNX Runtime. Re-parameterizable layers were fused before the export, so the recognizer has
to be built with `fused=True`; the guide is not in the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vinedge.errors import VinEdgeError

from .onnx_file import OnnxFile, read_onnx
from .recognizers import Recognizer

# Operators that hold weights; a Mul or Add holds some only where it scales or shifts by a trained number.
HOLDERS = ("Conv", "BatchNormalization", "MatMul", "Mul", "Add")
# paddle2onnx's own constants: epsilons, exponents, the 3 and 6 of Hardswish.
HELPERS = "p2o."


def weights_from_onnx(path: Path, recognizer: Recognizer) -> dict[str, np.ndarray]:
    """Return a float32 array for every key of `recognizer.state_dict()`, for `pretrained.load_pretrained`.

    The recognizer may have other classes than the file and be gray; `VinEdgeError` if it differs in anything else.
    """
    arrays = _arrays_in_order(read_onnx(path))
    wanted = [(key, tuple(value.shape)) for key, value in recognizer.state_dict().items()]
    if len(arrays) != len(wanted):
        raise VinEdgeError(
            f"{path} holds {len(arrays)} weights, the recognizer has {len(wanted)}; "
            "give a file that paddle2onnx made of the same recognizer, or build the recognizer with fused=True"
        )
    # The axes of classes and of colors, which are adapted later.
    free = {
        "head.ctc_head.fc.weight": 1,
        "head.ctc_head.fc.bias": 0,
        f"backbone.{recognizer.backbone.first_convolution}": 1,
    }
    for (key, shape), array in zip(wanted, arrays, strict=True):
        differing = [axis for axis, (a, b) in enumerate(zip(array.shape, shape, strict=False)) if a != b]
        if array.ndim != len(shape) or (differing and differing != [free.get(key)]):
            raise VinEdgeError(
                f"{path} has an array {array.shape} where {key} {shape} should be; it is another network"
            )
    return {key: array.astype(np.float32) for (key, _), array in zip(wanted, arrays, strict=True)}


def _arrays_in_order(file: OnnxFile) -> list[np.ndarray]:
    return [
        file.constants[name]
        for operator in file.operators
        if operator.kind in HOLDERS
        for name in operator.inputs
        if name in file.constants and not name.startswith(HELPERS)
    ]
