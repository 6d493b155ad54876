"""Teachers: preprocessing, dictionaries, decoding, and reading with an ONNX network that is known by hand."""

from __future__ import annotations

import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vinedge import registry
from vinedge.benchmarks import peers
from vinedge.charset import SYMBOLS
from vinedge.ctc import decode_greedy, softmax
from vinedge.distill import teachers
from vinedge.distill.teachers import _wheels
from vinedge.distill.teachers._onnx_ctc import (
    STRETCH,
    OnnxCtcTeacher,
    decode,
    fit_line,
)
from vinedge.errors import VinEdgeError

RED, GREEN, BLUE, BLACK = (0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 0, 0)


def test_names() -> None:
    assert registry.names(teachers) == ["ppocr_v4_mobile", "ppocr_v6_small"]


# ---- preprocessing --------------------------------------------------------------------------------------------------


@given(st.integers(1, 300), st.integers(1, 900), st.sampled_from([0, STRETCH, 512]))
def test_line_width(height: int, width: int, stretch: int) -> None:
    line = fit_line(np.full((height, width, 3), 255, np.uint8), stretch)
    natural = min(math.ceil(48 * width / height), 2048)
    assert line.shape == (3, 48, max(natural, stretch) if stretch else min(max(320, int(48 * width / height)), 2048))
    assert line.dtype == np.float32
    # White is 1; PaddleOCR's padding is 0, and a stretched line has none.
    assert (line[0, 0] == 1).sum() == (line.shape[2] if stretch else min(natural, line.shape[2]))


def test_values_are_those_of_paddleocr() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 200, 3), np.uint8)
    line = fit_line(picture, stretch=0)
    expected = (picture.astype(np.float32) / 255 - 0.5) / 0.5
    np.testing.assert_allclose(line[:, :, :200], expected.transpose(2, 0, 1), atol=1e-6)
    assert not line[:, :, 200:].any()


def test_gray_is_three_equal_channels() -> None:
    gray = np.random.default_rng(0).integers(0, 256, (30, 200), np.uint8)
    np.testing.assert_array_equal(fit_line(gray), fit_line(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)))


# ---- decoding -------------------------------------------------------------------------------------------------------


@given(hnp.arrays(np.int8, (12, 34), elements=st.integers(-4, 4)))
def test_decoding_agrees_with_the_definition_on_the_vin_alphabet(logits: np.ndarray) -> None:
    expected = decode_greedy(logits)
    reading = decode(softmax(logits), ["", *SYMBOLS])
    assert reading.text == expected.text
    assert reading.confidence == pytest.approx(expected.confidence)


# ---- the ONNX teacher -----------------------------------------------------------------------------------------------


def color_reader(path: Path, *, dictionary: str | None = "R\nG", softmax_inside: bool = False) -> Path:
    """Write a network that reads every 48x8 block of a line: red is R, green G, blue a space, black the blank."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    # Pooled BGR in -1..1 -> scores of blank, R, G, space.
    weights = np.array([[-4, 0, 0, 8], [-4, 0, 8, 0], [-4, 8, 0, 0]], np.float32)
    nodes = [
        helper.make_node("AveragePool", ["x"], ["pooled"], kernel_shape=[48, 8], strides=[48, 8]),
        helper.make_node("Squeeze", ["pooled", "axis"], ["squeezed"]),
        helper.make_node("Transpose", ["squeezed"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=2),
    ]
    constants = [
        onnx.numpy_helper.from_array(np.array([2], np.int64), "axis"),
        onnx.numpy_helper.from_array(weights, "weights"),
    ]
    output = "probs" if softmax_inside else "logits"
    graph = helper.make_graph(
        nodes if softmax_inside else nodes[:-1],
        "color_reader",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3, 48, "w"])],
        [helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, ["n", "t", 4])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if dictionary is not None:
        helper.set_model_props(model, {"character": dictionary})
    onnx.save(model, path)
    return path


def stripes(*colors: tuple[int, int, int], width: int = 48) -> np.ndarray:
    """Return a line 48 px high with a vertical stripe of each color."""
    return np.concatenate([np.full((48, width, 3), color, np.uint8) for color in colors], axis=1)


@pytest.mark.parametrize("softmax_inside", [False, True])
def test_a_known_network_reads_what_it_is_shown(tmp_path: Path, softmax_inside: bool) -> None:
    teacher = OnnxCtcTeacher("colors", color_reader(tmp_path / "m.onnx", softmax_inside=softmax_inside))
    pictures = [
        stripes(RED, GREEN, BLACK, GREEN, BLUE, RED, RED, BLACK),
        stripes(*[BLACK] * 9),
        stripes(*[RED, GREEN] * 6),
    ]
    readings = teacher.read(pictures)
    assert [reading.text for reading in readings] == ["RGG R", "", "RGRGRGRGRGRG"]
    # A colored frame scores 8 for its own class, 4 for the blank and -8 for the other two.
    sure = math.exp(8) / (math.exp(8) + math.exp(4) + 2 * math.exp(-8))
    assert [reading.confidence for reading in readings] == pytest.approx([sure**5, 0, sure**12], rel=1e-4)


def test_a_reading_depends_on_its_picture_alone(tmp_path: Path) -> None:
    teacher = OnnxCtcTeacher("colors", color_reader(tmp_path / "m.onnx"))
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (rng.integers(1, 90), rng.integers(1, 900), 3), np.uint8) for _ in range(20)]
    together = teacher.read(pictures)
    for picture, reading in zip(pictures, together, strict=True):
        (alone,) = teacher.read([picture])
        assert alone.text == reading.text and alone.confidence == pytest.approx(reading.confidence, rel=1e-4)
    assert teacher.read([]) == []


def test_identity_follows_the_content(tmp_path: Path) -> None:
    one = OnnxCtcTeacher("a", color_reader(tmp_path / "1.onnx")).identity
    assert one == OnnxCtcTeacher("a", color_reader(tmp_path / "2.onnx"), threads=1).identity
    (tmp_path / "keys.txt").write_text("R\nX\n")
    others = {
        OnnxCtcTeacher("b", tmp_path / "1.onnx").identity,
        OnnxCtcTeacher("a", tmp_path / "1.onnx", stretch=0).identity,
        OnnxCtcTeacher("a", tmp_path / "1.onnx", tmp_path / "keys.txt").identity,
        OnnxCtcTeacher("a", color_reader(tmp_path / "3.onnx", softmax_inside=True)).identity,
    }
    assert len(others) == 4 and one not in others


def test_a_model_without_dictionary_asks_for_one(tmp_path: Path) -> None:
    model = color_reader(tmp_path / "m.onnx", dictionary=None)
    with pytest.raises(VinEdgeError, match=r"carries no dictionary .*give its dictionary file"):
        OnnxCtcTeacher("colors", model)
    (tmp_path / "keys.txt").write_text("R\nG\n")
    teacher = OnnxCtcTeacher("colors", model, tmp_path / "keys.txt")
    assert teacher.read([stripes(RED, GREEN, *[BLACK] * 6)])[0].text == "RG"


def test_wrong_models_are_refused_when_they_are_opened(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match="there is no ONNX file"):
        OnnxCtcTeacher("colors", tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("not a model")
    with pytest.raises(VinEdgeError, match=r"onnxruntime cannot open .*text\.onnx"):
        OnnxCtcTeacher("colors", tmp_path / "text.onnx")
    with pytest.raises(VinEdgeError, match="has 4 classes, but the dictionary's 7 symbols"):
        OnnxCtcTeacher("colors", color_reader(tmp_path / "m.onnx", dictionary="\n".join("ABCDEFG")))


# ---- the teachers that come in wheels -------------------------------------------------------------------------------


def test_a_missing_wheel_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wheels, "find_spec", lambda name: None)
    for name, package, extra in (
        ("ppocr_v6_small", "rapidocr", "teachers"),
        ("ppocr_v4_mobile", "rapidocr_onnxruntime", "peers"),
    ):
        with pytest.raises(VinEdgeError) as caught:
            registry.load(teachers, name).build()
        assert str(caught.value) == (
            f"teacher '{name}' needs the package {package}, which is not installed; run: pip install 'vinedge[{extra}]'"
        )


def test_a_wheel_of_another_version_is_told_from_a_missing_one() -> None:
    with pytest.raises(VinEdgeError, match=r"needs the package numpy, which is installed without models/x\.onnx"):
        _wheels.file_in_wheel("numpy", "models/x.onnx", "x", "teachers")


def drawn_line(text: str) -> np.ndarray:
    picture = np.full((64, 26 * len(text) + 40, 3), 225, np.uint8)
    cv2.putText(picture, text, (20, 46), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (25, 25, 25), 2, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize(
    ("name", "package"), [("ppocr_v6_small", "rapidocr"), ("ppocr_v4_mobile", "rapidocr_onnxruntime")]
)
def test_a_shipped_teacher_reads_a_drawn_vin(name: str, package: str) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    teacher = registry.load(teachers, name).build(threads=1)
    (reading,) = teacher.read([drawn_line("1M8GDM9AXKP042788")])
    assert reading.text == "1M8GDM9AXKP042788"
    assert 0.5 < reading.confidence <= 1
    assert teacher.identity.startswith(f"{name}@")


@pytest.mark.parametrize("name", ["ppocr_v6_small", "ppocr_v4_mobile"])
def test_without_stretching_the_adapter_reads_exactly_as_the_wheel_does(name: str) -> None:
    peer = registry.load(peers, name)
    if find_spec(peer.IMPORT_NAME) is None:
        pytest.skip(f"{peer.IMPORT_NAME} is not installed")
    model = registry.load(teachers, name).build(threads=1).model
    adapter = OnnxCtcTeacher(name, model, threads=1, stretch=0)
    rng = np.random.default_rng(1)
    # Under 30 px high, rapidocr enlarges a picture before its recognizer sees it.
    clean = [drawn_line(text) for text in ("WVWZZZ1KZAW000001", "VIN: 1M8GDM9AXKP042788 *", "JH4KA8172MC002609")]
    pictures = [
        cv2.resize(line, (width, height)) for line in clean for width, height in ((160, 32), (300, 40), (700, 60))
    ]
    pictures = [np.clip(line + rng.normal(0, 25, line.shape), 0, 255).astype(np.uint8) for line in pictures]
    wheel = peer.build()
    # One at a time: another batch size is another order of additions, and a tie may fall the other way.
    assert [adapter.read([picture])[0].text for picture in pictures] == [wheel.read(picture) for picture in pictures]


def test_a_shipped_teacher_is_found_without_being_imported() -> None:
    if find_spec("rapidocr") is None:
        pytest.skip("rapidocr is not installed")
    code = (
        "import sys; from vinedge.distill.teachers import ppocr_v6_small; ppocr_v6_small.build(threads=1); "
        "assert not {'rapidocr', 'paddle', 'onnx'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
