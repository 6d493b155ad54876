"""PP-OCRv4 mobile recognizer (10.9 MB ONNX) as it lies in the `rapidocr-onnxruntime` 1.4.4 wheel, Apache-2.0.

Input (N, 3, 48, W), output softmax (N, T, 6625). The dictionary is the model's own metadata.
"""

from __future__ import annotations

from ._onnx_ctc import OnnxCtcTeacher
from ._wheels import file_in_wheel

NAME = "ppocr_v4_mobile"


def build(threads: int = 0) -> OnnxCtcTeacher:
    """Return the teacher; `VinEdgeError` names `vinedge[peers]` when the wheel is missing."""
    model = file_in_wheel("rapidocr_onnxruntime", "models/ch_PP-OCRv4_rec_infer.onnx", NAME, "peers")
    return OnnxCtcTeacher(NAME, model, threads=threads)
