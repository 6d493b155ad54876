"""How the specimen `bundle_v1/` was made: the smallest reader that truly reads. It is committed; do not make it anew.

Its alphabet is gray: class k is the gray level k / 33 of white, so the blank is black. The network averages each
column of 32 x 4 pixels and takes the nearest of 34 levels:

    image (N, 1, 32, 320) -> AveragePool 32 x 4 -> (N, 1, 1, 80) -> Conv 1x1 -> (N, 34, 1, 80) -> logits (N, 80, 34)
    logit_c = -SHARPNESS * (gray - level_c)^2, without the term that is the same for all classes

    python tests/golden/make_bundle_v1.py FOLDER     # writes FOLDER/bundle_v1 and the picture beside it
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vinedge.bundle import write_bundle
from vinedge.charset import BLANK, NUM_CLASSES, SYMBOLS, encode

VIN = "1M8GDM9AXKP042788"
SHARPNESS = 2000.0


def picture_from_vin(vin: str) -> np.ndarray:
    """Return the gray picture, uint8 (32, 320), that the specimen reads as `vin`: 8 px a character, 8 px black."""
    row = np.zeros(320, np.uint8)
    for place, index in enumerate(encode(vin)):
        row[16 * place + 8 : 16 * place + 16] = round(255 * index / (NUM_CLASSES - 1))
    return np.tile(row, (32, 1))


def gray_reader() -> onnx.ModelProto:
    levels = np.linspace(-1, 1, NUM_CLASSES, dtype=np.float32)
    weights = {
        "weight": (2 * SHARPNESS * levels).reshape(NUM_CLASSES, 1, 1, 1),
        "bias": -SHARPNESS * levels**2,
        "height_axis": np.array([2], np.int64),
    }
    nodes = [
        helper.make_node("AveragePool", ["image"], ["columns"], kernel_shape=[32, 4], strides=[32, 4]),
        helper.make_node("Conv", ["columns", "weight", "bias"], ["scores"]),
        helper.make_node("Squeeze", ["scores", "height_axis"], ["classes_first"]),
        helper.make_node("Transpose", ["classes_first"], ["logits"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "gray_reader",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 32, 320])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 80, NUM_CLASSES])],
        [numpy_helper.from_array(np.ascontiguousarray(value, value.dtype), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def main(folder: Path) -> None:
    document = {
        "name": "gray-reader",
        "created_by": "vinedge 0.1.0",
        "charset": SYMBOLS,
        "blank": BLANK,
        "input": {
            "name": "image", "color": "gray", "height": 32, "width": 320,
            "resize": "box-linear", "mean": 127.5, "std": 127.5,
        },
        "output": {"name": "logits", "kind": "ctc", "frames": 80, "classes": NUM_CLASSES},
        "decoder": {"policy": "off"},
        "calibration": None,
        "variants": {"fp32": "model.onnx"},
        "provenance": {"student": "gray_reader"},
        "report": {},
        "a_key_of_a_later_version": "is ignored",
    }  # fmt: skip
    write_bundle(folder / "bundle_v1", document, {"model.onnx": gray_reader().SerializeToString()})
    header = b"P5\n320 32\n255\n"
    (folder / f"bundle_v1_{VIN}.pgm").write_bytes(header + picture_from_vin(VIN).tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
