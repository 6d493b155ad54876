"""Student -> ONNX: what the file promises to strangers, and that the conversion leaves no trace."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import paddle
import pytest
from gray_reader import GrayReader
from paddle import Tensor, nn

from vinedge.charset import SYMBOLS
from vinedge.distill.outputs import Outputs
from vinedge.distill.students import vin_nano
from vinedge.errors import CheckFailed
from vinedge.export.targets.onnx import OnnxModel, check_graph, onnx_from_student
from vinedge.preprocess import InputSpec

SPEC = InputSpec()


def run(model: OnnxModel, inputs: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.data, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["logits"], {"image": inputs})[0])


def test_graph_is_what_the_format_promises(exported: OnnxModel) -> None:
    model = onnx.load_from_string(exported.data)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]
    assert (exported.precision, exported.frames, exported.file_name) == ("fp32", 80, "model.onnx")
    assert exported.operators() == {"AveragePool": 1, "Conv": 1, "Squeeze": 1, "Transpose": 1}, "BatchNorm is folded"
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert (metadata["vinedge.charset"], metadata["vinedge.blank"]) == (SYMBOLS, "0")
    assert json.loads(metadata["vinedge.input"]) == {
        "color": "gray",
        "height": 32,
        "width": 320,
        "mean": 127.5,
        "std": 127.5,
    }
    assert model.producer_name == "vinedge"


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_batch_is_free(student: GrayReader, exported: OnnxModel, batch: int) -> None:
    inputs = np.random.default_rng(batch).normal(size=(batch, 1, 32, 320)).astype(np.float32)
    found = run(exported, inputs)
    student.eval()
    assert found.shape == (batch, 80, 34)
    np.testing.assert_allclose(found, student(paddle.to_tensor(inputs)).logits.numpy(), atol=2e-3, rtol=0)


def test_other_sizes() -> None:
    exported = onnx_from_student(vin_nano.build(48, 256), InputSpec(48, 256))
    assert exported.frames == 64
    assert run(exported, np.zeros((2, 1, 48, 256), np.float32)).shape == (2, 64, 34)


def test_same_student_gives_the_same_bytes() -> None:
    # Paddle counts its tensors through the process: without structured names the second file would differ.
    files = []
    for _ in range(2):
        paddle.seed(3)
        student = vin_nano.build()
        student.head.bias.set_value(paddle.ones([34]))
        files.append(onnx_from_student(student, SPEC).data)
    assert files[0] == files[1]
    assert {"head.weight", "head.bias"} <= {tensor.name for tensor in onnx.load_from_string(files[0]).graph.initializer}


@pytest.mark.usefixtures("own_process")
def test_conversion_leaves_no_trace(
    student: GrayReader,
    programs_and_connections: list[str],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It prints nothing, leaves no file, and starts no program but the converter; the network stays unasked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    onnx_from_student(student, SPEC)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert len(programs_and_connections) == 1
    assert "'-m', 'vinedge.export.targets._paddle2onnx'" in programs_and_connections[0]


def test_converter_starts_no_program(student: GrayReader, programs_and_connections: list[str]) -> None:
    # paddle2onnx's default optimizer runs `pip install` in the user's environment.
    assert onnx_from_student(student, SPEC).frames == 80
    assert programs_and_connections == []


class OtherAlphabet(nn.Layer):
    """A student of 37 classes: somebody kept I, O and Q."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = GrayReader()

    def forward(self, x: Tensor) -> Outputs:
        logits = self.inner(x).logits
        return Outputs(paddle.concat([logits, logits[:, :, :3]], axis=2), {})


def test_student_of_another_alphabet_is_refused() -> None:
    with pytest.raises(CheckFailed, match=r"ONNX graph is refused: outputs are .* 80, 37\].*; change the student"):
        onnx_from_student(OtherAlphabet(), SPEC)


@pytest.mark.parametrize(
    "shape", [["N", 34, 80], ["N", 34], [1, 80, 34], ["N", "frames", 34], ["N", 80, 34, 1]], ids=str
)
def test_output_of_another_shape_is_refused(exported: OnnxModel, shape: list[str | int]) -> None:
    model = onnx.load_from_string(exported.data)
    model.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, shape))
    with pytest.raises(CheckFailed, match=r"outputs are"):
        check_graph(model, SPEC)


def test_input_of_another_size_is_refused(exported: OnnxModel) -> None:
    with pytest.raises(CheckFailed, match=r"inputs are .*32, 320.* not .*48, 320"):
        check_graph(onnx.load_from_string(exported.data), InputSpec(48, 320))


def test_graph_with_tensors_outside_is_refused(exported: OnnxModel) -> None:
    model = onnx.load_from_string(exported.data)
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    with pytest.raises(CheckFailed, match=r"tensors lie outside the file; change the student"):
        check_graph(model, SPEC)


def test_graph_of_another_opset_is_refused(exported: OnnxModel) -> None:
    model = onnx.load_from_string(exported.data)
    model.opset_import[0].version = 16
    with pytest.raises(CheckFailed, match=r"operator sets are \{'ai.onnx': 16\}, not opset 17 alone"):
        check_graph(model, SPEC)


class Untraceable(nn.Layer):
    def forward(self, x: Tensor) -> Outputs:
        return Outputs(paddle.matmul(x, paddle.ones([5, 5])), {})


class UnknownOperator(nn.Layer):
    def forward(self, x: Tensor) -> Outputs:
        return Outputs(paddle.digamma(x)[:, 0, :, :34], {})


def test_layer_that_paddle_cannot_trace() -> None:
    with pytest.raises(RuntimeError, match=r"Paddle cannot trace the student"):
        onnx_from_student(Untraceable(), SPEC)


@pytest.mark.usefixtures("own_process")
def test_operator_that_ends_the_converters_process() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)paddle2onnx ended with -?\d+ and said:.*unsupported operators"):
        onnx_from_student(UnknownOperator(), SPEC)
