"""Any CTC line recognizer in ONNX, with its dictionary, as a frozen teacher.

    BGR uint8 (H, W, 3) -> 48 px high, aspect kept but at least 8:1 -> float32 (N, 3, 48, W) in -1..1
                        -> network -> probabilities (N, T, C) -> greedy CTC -> text and confidence

Preprocessing and dictionary layout are PaddleOCR's (`RecResizeImg`, `CTCLabelDecode`: class 0 is the
blank, then the dictionary, then the space of `use_space_char`), with two differences. A picture is never
padded to the widest of its batch, so a reading depends on its picture alone. And a short line is stretched
instead of padded: 17 characters are about 8 times as wide as high, so a narrower crop was squeezed by its
camera or format, and undoing that reads more of them (measured on real crops in `docs/accuracy_and_speed.md`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vinedge.ctc import softmax
from vinedge.errors import VinEdgeError
from vinedge.preprocess import check_picture

from ..ppocr.dictionary import classes_from_dictionary, dictionary_in, read_dictionary
from . import TeacherReading

HEIGHT = 48
# 8:1. A VIN's characters are about 0.6 as wide as high, and a crop leaves some room above and below them.
STRETCH = 8 * HEIGHT
# PaddleOCR's rec_image_shape is 3x48x320: without stretching, shorter lines are padded to 320.
PADDED = 320
# 43 times as wide as high is no VIN; a longer line is squeezed, so that no picture asks for unbounded memory.
MAX_WIDTH = 2048
BATCH = 8


def fit_line(picture: np.ndarray, stretch: int = STRETCH) -> np.ndarray:
    """Return float32 `(3, 48, W)` in -1..1, `W` at least `stretch` and at most 2048.

    With `stretch` 0 it is PaddleOCR's own: `W` at least 320, filled up at the right with 0, which is mid-gray.
    """
    picture = check_picture(picture)
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    ratio = picture.shape[1] / picture.shape[0]
    natural = min(math.ceil(HEIGHT * ratio), MAX_WIDTH)
    # PaddleOCR rounds the padded width down and the line up, hence the second minimum.
    width = max(natural, stretch) if stretch else min(max(PADDED, int(HEIGHT * ratio)), MAX_WIDTH)
    used = width if stretch else min(width, natural)
    resized = cv2.resize(picture, (used, HEIGHT)).astype(np.float32)
    line = np.zeros((3, HEIGHT, width), np.float32)
    line[:, :, :used] = (resized.transpose(2, 0, 1) / 255 - 0.5) / 0.5
    return line


def decode(probs: np.ndarray, classes: Sequence[str]) -> TeacherReading:
    """Decode probabilities `(T, C)` along the best path; see `vinedge.ctc.decode_greedy` for the VIN alphabet.

    The confidence is the product over the characters, each with its best frame's probability, as in `vinedge.Reading`.
    """
    best = probs.argmax(axis=1)
    texts: list[str] = []
    confidences: list[float] = []
    previous = 0
    for frame, index in enumerate(best.tolist()):
        prob = float(probs[frame, index])
        if index != 0 and index != previous:
            texts.append(classes[index])
            confidences.append(prob)
        elif index != 0:
            confidences[-1] = max(confidences[-1], prob)
        previous = index
    return TeacherReading("".join(texts), math.prod(confidences) if texts else 0.0)


class OnnxCtcTeacher:
    """A CTC recognizer in an ONNX file, run by onnxruntime on the CPU."""

    def __init__(
        self, name: str, model: Path, dictionary: Path | None = None, *, threads: int = 0, stretch: int = STRETCH
    ) -> None:
        """Open `model`; without `dictionary` the symbols come from the model's own metadata (key `character`).

        `threads` is onnxruntime's intra-op thread count, 0 for all physical cores; `stretch` as in `fit_line`.
        """
        self.model = model
        self._stretch = stretch
        self._session = _open_session(model, threads)
        self._input: str = self._session.get_inputs()[0].name
        self._output: str = self._session.get_outputs()[0].name
        metadata = self._session.get_modelmeta().custom_metadata_map
        symbols = read_dictionary(dictionary) if dictionary else dictionary_in(metadata, str(model))
        self._classes = classes_from_dictionary(symbols, self._count_classes(), str(model))
        content = hashlib.sha256(model.read_bytes())
        content.update(f"{stretch}\n{symbols}".encode())
        self.identity = f"{name}@{content.hexdigest()[:8]}"

    def read(self, pictures: Sequence[np.ndarray]) -> list[TeacherReading]:
        """Return one reading a picture, in order."""
        lines = [fit_line(picture, self._stretch) for picture in pictures]
        readings: dict[int, TeacherReading] = {}
        # Lines of one width share a batch; most crops are narrower than 8:1, hence 384 px.
        order = sorted(range(len(lines)), key=lambda index: lines[index].shape[2])
        for _, group in groupby(order, key=lambda index: lines[index].shape[2]):
            alike = list(group)
            for start in range(0, len(alike), BATCH):
                batch = alike[start : start + BATCH]
                for index, probs in zip(batch, self._probs(np.stack([lines[index] for index in batch])), strict=True):
                    readings[index] = decode(probs, self._classes)
        return [readings[index] for index in range(len(lines))]

    def _count_classes(self) -> int:
        """Run one empty line, so that a model of another kind is refused before any work is done."""
        blank_line = np.zeros((1, 3, HEIGHT, STRETCH), np.float32)
        try:
            output = self._session.run([self._output], {self._input: blank_line})[0]
        except Exception as reason:  # as in _open_session
            raise VinEdgeError(
                f"{self.model} does not run on a picture of shape {blank_line.shape}: {reason}; "
                f"give a line recognizer with PaddleOCR's input, float32 (N, 3, 48, W)"
            ) from None
        if output.ndim != 3 or output.shape[0] != 1:
            raise VinEdgeError(
                f"{self.model}: output {self._output} has shape {output.shape}; a CTC recognizer gives (N, T, classes)"
            )
        return int(output.shape[2])

    def _probs(self, lines: np.ndarray) -> np.ndarray:
        """Return probabilities `(N, T, C)` of lines `(N, 3, 48, W)`."""
        output = self._session.run([self._output], {self._input: lines})[0]
        # PP-OCR models end in a softmax; a model that ends in logits gets one here.
        is_softmax = output.min() >= 0 and np.allclose(output.sum(axis=2), 1, atol=1e-3)
        return np.asarray(output if is_softmax else softmax(output))


def _open_session(model: Path, threads: int) -> Any:
    if not model.is_file():
        raise VinEdgeError(f"there is no ONNX file {model}; check the path")
    try:
        import onnxruntime
    except ImportError as reason:
        raise VinEdgeError(f"a teacher in ONNX needs onnxruntime ({reason}); run: pip install onnxruntime") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # the models' unused initializers are no news to the user
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as reason:  # onnxruntime raises a class of its own for each status, without a public base
        raise VinEdgeError(f"onnxruntime cannot open {model}: {reason}; give an ONNX file it supports") from None
