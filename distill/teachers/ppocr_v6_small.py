"""PP-OCRv6 small recognizer (21.2 MB ONNX) as it lies in the `rapidocr` 3.10.0 wheel, Apache-2.0.

Input (N, 3, 48, W), output softmax (N, T, 18710). The dictionary is the model's own metadata: rapidocr
itself reads it there and downloads a dictionary file only for engines other than onnxruntime.
"""

from __future__ import annotations

from ._onnx_ctc import OnnxCtcTeacher
from ._wheels import file_in_wheel

NAME = "ppocr_v6_small"


def build(threads: int = 0) -> OnnxCtcTeacher:
    """Return the teacher; `VinEdgeError` names `vinedge[teachers]` when the wheel is missing."""
    return OnnxCtcTeacher(
        NAME, file_in_wheel("rapidocr", "models/PP-OCRv6_rec_small.onnx", NAME, "teachers"), threads=threads
    )
