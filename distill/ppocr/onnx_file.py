"""The operators, constants and metadata of an ONNX file, read without the `onnx` package.

The `onnx` package belongs to exporting; here only weights are wanted. An ONNX file is one protocol-buffer message:
fields of a number and a type, nested. These are the few that lead to the weights (numbers from `onnx.proto`):

    Model: 7 graph, 14 metadata (1 key, 2 value)     Graph: 1 node, 5 initializer
    Node: 1 input, 2 output, 4 operator, 5 attribute  Attribute: 5 tensor
    Tensor: 1 dims, 2 type, 4 float_data, 8 name, 9 raw_data, 14 data_location
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vinedge.errors import VinEdgeError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# TensorProto.DataType; the others (strings, complex, 8-bit floats) are no weights.
TYPES = {1: "<f4", 2: "u1", 3: "i1", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8"}


@dataclass(frozen=True)
class Operator:
    """One node of the graph: its kind (`Conv`, ...) and the names of its inputs."""

    kind: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class OnnxFile:
    """Operators in order of execution, constants (initializers and `Constant` nodes) by name, metadata by key."""

    operators: tuple[Operator, ...]
    constants: dict[str, np.ndarray]
    metadata: dict[str, str]


def read_onnx(path: Path) -> OnnxFile:
    """Read the file at `path`; `VinEdgeError` if it is missing or no ONNX file with its weights inside."""
    try:
        model = path.read_bytes()
    except OSError as reason:
        raise VinEdgeError(f"cannot read {path}: {reason}; check the path") from None
    operators: list[Operator] = []
    constants: dict[str, np.ndarray] = {}
    metadata: dict[str, str] = {}
    try:
        for number, value in _fields(model):
            if number == 7:
                _read_graph(_bytes(value), operators, constants)
            elif number == 14:
                entry = dict(_fields(_bytes(value)))
                metadata[_bytes(entry[1]).decode()] = _bytes(entry[2]).decode()
    except (ValueError, KeyError, IndexError) as reason:
        raise VinEdgeError(f"{path} is no ONNX file with its weights inside ({reason}); give another") from None
    if not operators:
        raise VinEdgeError(f"{path} holds no ONNX graph; give another file")
    return OnnxFile(tuple(operators), constants, metadata)


def _read_graph(graph: bytes, operators: list[Operator], constants: dict[str, np.ndarray]) -> None:
    for number, value in _fields(graph):
        if number == 5:
            name, array = _tensor(_bytes(value))
            constants[name] = array
        elif number == 1:
            inputs, outputs, kind, tensor = [], [], "", None
            for part, content in _fields(_bytes(value)):
                if part == 1:
                    inputs.append(_bytes(content).decode())
                elif part == 2:
                    outputs.append(_bytes(content).decode())
                elif part == 4:
                    kind = _bytes(content).decode()
                elif part == 5:
                    tensor = dict(_fields(_bytes(content))).get(5, tensor)
            if kind == "Constant":
                if tensor is not None:
                    constants[outputs[0]] = _tensor(_bytes(tensor))[1]
            else:
                operators.append(Operator(kind, tuple(inputs)))


def _tensor(message: bytes) -> tuple[str, np.ndarray]:
    shape: list[int] = []
    fields: dict[int, int | bytes] = {}
    floats: list[bytes] = []
    for number, value in _fields(message):
        if number == 1:
            # Repeated numbers come one by one or packed into one field.
            shape += [value] if isinstance(value, int) else _varints(value)
        elif number == 4:
            floats.append(_bytes(value))
        else:
            fields[number] = value
    name = _bytes(fields.get(8, b"")).decode()
    if fields.get(14):
        raise ValueError(f"the weights of {name!r} lie in another file")
    kind = fields[2]
    if not isinstance(kind, int) or kind not in TYPES:
        return name, np.zeros(0)
    content = _bytes(fields[9]) if 9 in fields else b"".join(floats)
    return name, np.frombuffer(content, TYPES[kind]).reshape(shape)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (field number, value) of a message; values are whole numbers or bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == BYTES:
            length, at = _varint(message, at)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"unknown wire type {kind}")
        if at + length > len(message):
            raise ValueError("it ends too early")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that starts at `at`, seven bits a byte, low ones first, and where it ends."""
    value = shift = 0
    while shift < 70:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("a number takes more than ten bytes")


def _varints(packed: bytes) -> list[int]:
    values, at = [], 0
    while at < len(packed):
        value, at = _varint(packed, at)
        values.append(value)
    return values


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where content should")
    return value
