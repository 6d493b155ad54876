"""Student -> ONNX: opset 17, free batch, one self-contained file, BatchNorm folded into its convolution.

    image float32 (N, 1, height, width) -> logits float32 (N, frames, 34)

Paddle's program goes through paddle2onnx (`_paddle2onnx.py`) and onnxslim, which folds constants and
BatchNorm and drops what is left over. The model's metadata say what a stranger needs to run it: symbols, blank, input.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import onnx
import paddle
from onnx import TensorProto, ValueInfoProto
from paddle import Tensor, nn

from vinedge.charset import BLANK, NUM_CLASSES, SYMBOLS
from vinedge.errors import CheckFailed
from vinedge.preprocess import InputSpec
from vinedge.version import __version__

from ..quiet import quiet
from ._paddle2onnx import OPSET, STEM, onnx_from_program

INPUT = "image"
OUTPUT = "logits"
BATCH = "N"


@dataclass(frozen=True)
class OnnxModel:
    """A serialized ONNX network of one `precision`, checked; `frames` is T of its logits `(N, T, 34)`."""

    data: bytes
    precision: str
    spec: InputSpec
    frames: int

    @property
    def file_name(self) -> str:
        return "model.onnx" if self.precision == "fp32" else f"model.{self.precision}.onnx"

    def operators(self) -> dict[str, int]:
        """Return how many nodes of each operator the graph has, most frequent first."""
        return dict(Counter(node.op_type for node in onnx.load_from_string(self.data).graph.node).most_common())


def onnx_from_student(student: nn.Layer, spec: InputSpec) -> OnnxModel:
    """Return `student` (a layer that returns `Outputs`) as ONNX; it is put into evaluation mode.

    `CheckFailed` when the graph is not what a bundle promises. A layer that cannot be converted at all is a
    programmer's mistake: RuntimeError with what the converters printed.
    """
    # Paddle numbers its tensors through the whole process; structured names make the same student the same file.
    names = {value.name: name for name, value in student.state_dict().items()}
    model = _slim(_named(onnx.load_from_string(_converted(student, spec)), names))
    model.producer_name, model.producer_version = "vinedge", __version__
    model.doc_string = "Picture of one text line -> CTC logits of a vehicle identification number; see the metadata"
    _describe(model, spec)
    frames = check_graph(model, spec)
    return OnnxModel(model.SerializeToString(deterministic=True), "fp32", spec, frames)


def check_graph(model: onnx.ModelProto, spec: InputSpec) -> int:
    """Return the frames T of `model`; `CheckFailed` if it is not what docs/bundle.md promises of the network."""
    opsets = {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}
    inputs = [_signature(value) for value in model.graph.input]
    outputs = [_signature(value) for value in model.graph.output]
    wanted_input = (INPUT, TensorProto.FLOAT, [BATCH, 1, spec.height, spec.width])
    frames = outputs[0][2][1] if len(outputs) == 1 and len(outputs[0][2]) == 3 else None
    operators = {node.op_type for node in model.graph.node}
    problems = {
        f"operator sets are {opsets}, not opset {OPSET} alone": opsets != {"ai.onnx": OPSET},
        f"inputs are {inputs}, not {wanted_input}": inputs != [wanted_input],
        f"outputs are {outputs}, not float {OUTPUT} ({BATCH}, frames, {NUM_CLASSES})": not isinstance(frames, int)
        or outputs != [(OUTPUT, TensorProto.FLOAT, [BATCH, frames, NUM_CLASSES])],
        "BatchNormalization was not folded": "BatchNormalization" in operators,
        "tensors lie outside the file": any(
            tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer
        ),
    }
    for problem, present in problems.items():
        if present:
            raise CheckFailed(f"the exported ONNX graph is refused: {problem}; change the student so that it exports")
    onnx.checker.check_model(model, full_check=True)
    assert isinstance(frames, int)
    return frames


class _Logits(nn.Layer):
    """The part of a student that is exported: features are for losses, a device never needs them."""

    def __init__(self, student: nn.Layer) -> None:
        super().__init__()
        self.student = student

    # paddle.jit insists on the name `self` for the first argument
    def forward(self, x: Tensor) -> Tensor:
        return self.student(x).logits


def _converted(student: nn.Layer, spec: InputSpec) -> bytes:
    network = _Logits(student)
    network.eval()
    shape = paddle.static.InputSpec([None, 1, spec.height, spec.width], "float32", name=INPUT)
    with tempfile.TemporaryDirectory() as folder:
        with quiet() as printed:
            try:
                paddle.jit.save(network, f"{folder}/{STEM}", input_spec=[shape])
            except Exception as error:
                raise RuntimeError(f"Paddle cannot trace the student. It printed:\n{printed()}") from error
        return onnx_from_program(Path(folder))


def _slim(model: onnx.ModelProto) -> onnx.ModelProto:
    with quiet():
        import onnxslim

        return onnxslim.slim(model)


def _named(model: onnx.ModelProto, names: Mapping[str, str]) -> onnx.ModelProto:
    """Rename tensors by `names`, and output and batch axis as the format wants them; paddle2onnx makes up its own."""
    graph = model.graph
    renamed = {**names, graph.output[0].name: OUTPUT}
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    for value in (*graph.initializer, *graph.value_info, *graph.output):
        value.name = renamed.get(value.name, value.name)
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    return model


def _describe(model: onnx.ModelProto, spec: InputSpec) -> None:
    values = {"charset": SYMBOLS, "blank": str(BLANK), "input": json.dumps({"color": "gray", **asdict(spec)})}
    onnx.helper.set_model_props(model, {f"vinedge.{key}": value for key, value in values.items()})


def _signature(value: ValueInfoProto) -> tuple[str, int, list[str | int]]:
    tensor = value.type.tensor_type
    return value.name, tensor.elem_type, [dim.dim_param or dim.dim_value for dim in tensor.shape.dim]
