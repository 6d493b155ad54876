"""The C++ reader opens, refuses and names the same as the Python reader, and truly reads with the specimen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest

from vinedge.bundle import open_bundle
from vinedge.ctc import decode_greedy
from vinedge.errors import VinEdgeError
from vinedge.preprocess import preprocess
from vinedge.recognizer import Recognizer

GOLDEN = Path(__file__).parents[1] / "golden"
SPECIMEN = GOLDEN / "bundle_v1"
VIN = "1M8GDM9AXKP042788"
CASES: dict[str, list[dict[str, Any]]] = json.loads((GOLDEN / "bundle_refusals.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SPECIMEN, tmp_path / "demo"))


def with_text(folder: Path, case: dict[str, Any]) -> Path:
    text = case["text"] + case.get("repeat", "") * case.get("times", 0)
    (folder / "bundle.json").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"][:50])
def test_wrong_document_is_refused(copy: Path, case: dict[str, Any]) -> None:
    with pytest.raises(VinEdgeError) as caught:
        Recognizer.from_bundle(with_text(copy, case))
    sentence = str(caught.value)
    assert case["mentions"] in sentence
    assert "demo" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("case", CASES["accepted"], ids=lambda case: case["name"][:50])
def test_harmless_document_loads(copy: Path, case: dict[str, Any]) -> None:
    recognizer = Recognizer.from_bundle(with_text(copy, case))
    assert recognizer.spec == open_bundle(copy).spec


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b"\x00" + data[1:]])
def test_changed_file_is_refused_with_both_hashes(copy: Path, change: Any) -> None:
    data = change((copy / "model.onnx").read_bytes())
    (copy / "model.onnx").write_bytes(data)
    with pytest.raises(VinEdgeError) as python:
        open_bundle(copy)
    with pytest.raises(VinEdgeError) as native:
        Recognizer.from_bundle(copy)
    for sentence in (str(python.value), str(native.value)):
        assert "model.onnx" in sentence
        assert "20d89ac6" in sentence


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_specimen_reads_its_picture(scale: int) -> None:
    picture = cv2.imread(str(GOLDEN / f"bundle_v1_{VIN}.pgm"))
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    reading = Recognizer.from_bundle(SPECIMEN).read(picture)
    assert (reading.vin, reading.raw, reading.check_digit) == (VIN, VIN, "valid")
    bundle = open_bundle(SPECIMEN)
    session = onnxruntime.InferenceSession(str(bundle.path()), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"image": preprocess(picture, bundle.spec)[None]})[0][0]
    decoded = decode_greedy(logits)
    assert decoded.text == VIN
    assert reading.confidence == pytest.approx(decoded.confidence, abs=1e-6)
    np.testing.assert_allclose(reading.char_confidences, decoded.char_confidences, atol=1e-6)
