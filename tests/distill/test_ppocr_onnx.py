"""Weights out of ONNX files: the reader against the `onnx` package, the recognizer against ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import paddle
import paddle.nn.functional as F  # noqa: N812
import pytest
from ppocr_cases import blocks, v4_mobile_onnx

from vinedge.distill.ppocr.onnx_file import read_onnx
from vinedge.distill.ppocr.onnx_weights import weights_from_onnx
from vinedge.distill.ppocr.recognizers import Recognizer, ppocr_v4_mobile
from vinedge.distill.ppocr.weights import load_weights
from vinedge.errors import VinEdgeError


@pytest.fixture(scope="module")
def file() -> Path:
    path = v4_mobile_onnx()
    if path is None:
        pytest.skip("rapidocr-onnxruntime is not installed: pip install 'vinedge[peers]'")
    return path


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return ppocr_v4_mobile(6625, fused=True)


def test_pp_ocrv4_mobile_reads_as_onnxruntime_reads_it(file: Path, recognizer: Recognizer) -> None:
    fit = load_weights(recognizer, weights_from_onnx(file, recognizer), str(file))
    assert fit.complete
    recognizer.eval()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    for width in (320, 400):
        pictures = blocks(2, 3, width)
        expected = session.run(None, {"x": pictures})[0]
        with paddle.no_grad():
            probs = F.softmax(recognizer(paddle.to_tensor(pictures)).logits).numpy()
        assert probs.shape == expected.shape == (2, width // 8, 6625)
        assert np.abs(probs - expected).max() < 1e-4


def test_another_network_is_refused(file: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"holds 234 weights, the recognizer has 8\d\d.*fused=True"):
        weights_from_onnx(file, ppocr_v4_mobile(34))


def test_equally_many_weights_of_other_shapes_are_refused(file: Path, recognizer: Recognizer) -> None:
    changed = ppocr_v4_mobile(34, fused=True)
    changed.backbone.conv1.conv = paddle.nn.Conv2D(3, 16, 5, bias_attr=False)
    with pytest.raises(VinEdgeError, match=r"\(16, 3, 3, 3\) where backbone.conv1.conv.weight \(16, 3, 5, 5\)"):
        weights_from_onnx(file, changed)


def test_a_cut_file_is_refused(file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(file.read_bytes()[:100_000])
    with pytest.raises(VinEdgeError, match="is no ONNX file with its weights inside"):
        read_onnx(cut)


@pytest.mark.parametrize("content", [b"", b"\x00", b"PK\x03\x04 no protobuf at all", b"\xff" * 20, b"\x3a\x02\x0a"])
def test_what_is_no_onnx_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no.onnx"
    path.write_bytes(content)
    with pytest.raises(VinEdgeError, match=r"no\.onnx"):
        read_onnx(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"cannot read .*gone\.onnx.*check the path"):
        read_onnx(tmp_path / "gone.onnx")


@pytest.mark.parametrize("raw", [True, False])
def test_the_reader_sees_what_the_onnx_package_wrote(raw: bool, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    rng = np.random.default_rng(0)
    arrays = {
        "weight": rng.normal(size=(2, 3)).astype(np.float32),
        "count": np.array([[7, -9]], np.int64),
        "scalar": np.array(2.5, np.float32),
    }

    def tensor(name: str) -> object:
        array = arrays[name]
        if raw or array.dtype != np.float32:
            return onnx.numpy_helper.from_array(array, name)
        return onnx.helper.make_tensor(name, onnx.TensorProto.FLOAT, array.shape, array.ravel().tolist())

    nodes = [
        onnx.helper.make_node("Constant", [], ["constant"], value=tensor("scalar")),
        onnx.helper.make_node("MatMul", ["x", "weight"], ["y"], name="first", domain=""),
        onnx.helper.make_node("Mul", ["y", "constant"], ["z"]),
    ]
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", 2])
    graph = onnx.helper.make_graph(nodes, "g", [value], [value], [tensor("weight"), tensor("count")])
    model = onnx.helper.make_model(graph)
    onnx.helper.set_model_props(model, {"character": "a\nb\u00e9"})
    onnx.save(model, str(tmp_path / "m.onnx"))

    read = read_onnx(tmp_path / "m.onnx")
    assert [(operator.kind, operator.inputs) for operator in read.operators] == [
        ("MatMul", ("x", "weight")),
        ("Mul", ("y", "constant")),
    ]
    assert read.metadata == {"character": "a\nb\u00e9"}
    for name, expected in (("weight", "weight"), ("count", "count"), ("constant", "scalar")):
        np.testing.assert_array_equal(read.constants[name], arrays[expected])
        assert read.constants[name].dtype == arrays[expected].dtype


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    weight = onnx.numpy_helper.from_array(np.zeros(4, np.float32), "w")
    onnx.external_data_helper.set_external_data(weight, "../elsewhere")
    weight.ClearField("raw_data")
    graph = onnx.helper.make_graph([onnx.helper.make_node("Neg", ["w"], ["y"])], "g", [], [], [weight])
    (tmp_path / "m.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(VinEdgeError, match="the weights of 'w' lie in another file"):
        read_onnx(tmp_path / "m.onnx")
