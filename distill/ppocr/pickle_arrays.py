"""The pickle language, as far as numpy arrays in dictionaries need it, carried out without calling anything.

A pickle is a program: `pickle.load` imports and calls what it names. Here `pickletools.genops` reads the
instructions, and the thirty that `paddle.save` writes work on plain values: None, numbers, texts, bytes, tuples,
lists, dictionaries, and arrays built from bytes. What the program would call (numpy's array rebuilder and five
more) is recognized by name and never looked up; any other name is refused, and so is any other instruction.
"""

from __future__ import annotations

import math
import pickletools
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

# Little- and big-endian floats, whole numbers and booleans. Objects, texts and records are no weights.
DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")
ORDERS = ("<", ">", "=", "|")
LITERALS = (
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
    *("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
)
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}


class RefusedError(Exception):
    """The pickle asks for something that arrays in dictionaries do not need."""


class Name(NamedTuple):
    """Something importable that the pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


# numpy 1 and 2; `__builtin__` is how protocol 2 writes `builtins`.
REBUILD = (Name("numpy.core.multiarray", "_reconstruct"), Name("numpy._core.multiarray", "_reconstruct"))
TUPLE = (Name("builtins", "tuple"), Name("__builtin__", "tuple"))
BYTES = (Name("builtins", "bytes"), Name("__builtin__", "bytes"))  # without arguments: the content of an empty array
ARRAY, DTYPE = Name("numpy", "ndarray"), Name("numpy", "dtype")
ENCODE = Name("_codecs", "encode")
MAPPING = Name("collections", "OrderedDict")
KNOWN = (*REBUILD, *TUPLE, *BYTES, ARRAY, DTYPE, ENCODE, MAPPING)


@dataclass
class Dtype:
    """A numpy type: its code, and the byte order that follows in a second instruction."""

    code: str
    order: str = "="


@dataclass
class Array:
    """An array; its content follows in a second instruction."""

    value: np.ndarray | None = None


def read_arrays(content: bytes) -> Any:
    """Return what the pickle `content` builds, with `Array` for arrays (read-only views of `content`).

    `RefusedError` if it asks for more than data; `ValueError` and its like if it is broken.
    """
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(BytesIO(content)):
        if opcode.name == "STOP":
            return machine.pop()
        machine.do(opcode.name, argument)
    raise ValueError("it ends too early")


class _Machine:
    """The pickle language's stack, marks on it, and memo."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def do(self, instruction: str, argument: Any) -> None:
        match instruction:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                self.marks.append(len(self.stack))
            case "MEMOIZE":
                self.memo[len(self.memo)] = self.stack[-1]
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = self.stack[-1]
            case "SETITEM" | "SETITEMS":
                pairs = self.pop_to_mark() if instruction == "SETITEMS" else self.pop_many(2)
                _expect(dict, self.stack[-1]).update(zip(pairs[::2], pairs[1::2], strict=True))
            case "APPEND" | "APPENDS":
                values = self.pop_to_mark() if instruction == "APPENDS" else self.pop_many(1)
                _expect(list, self.stack[-1]).extend(values)
            case "BUILD":
                state = _expect(tuple, self.pop())
                _fill(self.stack[-1], state)
            case _:
                self.stack.append(self.made_by(instruction, argument))

    def made_by(self, instruction: str, argument: Any) -> Any:
        """Return the value that an instruction puts on the stack."""
        if instruction in LITERALS:
            return argument
        if instruction in CONSTANTS:
            return CONSTANTS[instruction]
        match instruction:
            case "EMPTY_DICT":
                return {}
            case "EMPTY_LIST":
                return []
            case "TUPLE":
                return tuple(self.pop_to_mark())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                return tuple(self.pop_many(int(instruction[-1])))
            case "BINGET" | "LONG_BINGET":
                return self.memo[argument]
            case "GLOBAL":
                return _known(*argument.split(" ", 1))
            case "STACK_GLOBAL":
                return _known(*self.pop_many(2))
            case "REDUCE":
                called, arguments = self.pop_many(2)
                return _result(called, _expect(tuple, arguments))
        raise RefusedError(f"it holds the pickle instruction {instruction}, which arrays do not need")

    def pop(self) -> Any:
        return self.pop_many(1)[0]

    def pop_many(self, count: int) -> list[Any]:
        start = len(self.stack) - count
        if start < (self.marks[-1] if self.marks else 0):
            raise ValueError("it takes more values than it makes")
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def pop_to_mark(self) -> list[Any]:
        return self.pop_many(len(self.stack) - self.marks.pop())


def _known(module: Any, name: Any) -> Name:
    asked = Name(str(module), str(name))
    if asked not in KNOWN:
        raise RefusedError(f"it asks for {asked}, which could run code")
    return asked


def _result(called: Any, arguments: tuple[Any, ...]) -> Any:
    """Return what calling `called` with `arguments` gives, for the calls that paddle.save writes."""
    if called in REBUILD and len(arguments) == 3 and arguments[0] == ARRAY:
        return Array()
    if called == DTYPE and len(arguments) == 3 and arguments[0] in DTYPES:
        return Dtype(arguments[0])
    if called == ENCODE and len(arguments) == 2 and arguments[1] == "latin1":
        return _expect(str, arguments[0]).encode("latin1")
    if called in TUPLE and len(arguments) == 1:
        return _expect(tuple, arguments[0])
    if called in BYTES and not arguments:
        return b""
    if called == MAPPING and not arguments:
        return {}
    kind = called if isinstance(called, Name) else f"a {type(called).__name__}"
    raise RefusedError(f"it calls {kind} with arguments that are none of an array's")


def _fill(target: Any, state: tuple[Any, ...]) -> None:
    """Give an announced array or type its content."""
    if isinstance(target, Dtype) and len(state) >= 2 and state[1] in ORDERS:
        target.order = state[1]
    elif isinstance(target, Array) and target.value is None and len(state) == 5:
        _, shape, dtype, columns_first, content = state
        target.value = _array(
            _expect(tuple, shape), _expect(Dtype, dtype), bool(columns_first), _expect(bytes, content)
        )
    else:
        raise RefusedError(f"it gives a {type(target).__name__} a content that is none of an array's")


def _array(shape: tuple[Any, ...], dtype: Dtype, columns_first: bool, content: bytes) -> np.ndarray:
    kind = np.dtype(dtype.order + dtype.code)
    sizes = [_expect(int, size) for size in shape]
    if min(sizes, default=0) < 0 or math.prod(sizes) * kind.itemsize != len(content):
        raise ValueError(f"an array of shape {tuple(sizes)} and {kind} has {len(content)} bytes")
    return np.frombuffer(content, kind).reshape(sizes, order="F" if columns_first else "C")


def _expect(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise RefusedError(f"it has a {type(value).__name__} where arrays have a {kind.__name__}")
    return value
