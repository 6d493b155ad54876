"""Reading `*.pdparams`: what paddle.save writes comes back, and no file can make the reader run anything."""

from __future__ import annotations

import collections
import pickle
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge.distill.ppocr import pdparams
from vinedge.distill.ppocr.pdparams import read_pdparams
from vinedge.distill.ppocr.pickle_arrays import read_arrays
from vinedge.errors import VinEdgeError

RAN: list[str] = []


def run(*arguments: object) -> str:
    """What a malicious pickle calls; nothing may ever reach it."""
    RAN.append(str(arguments))
    return "ran"


class Calls:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


@pytest.fixture
def layer() -> paddle.nn.Layer:
    paddle.seed(5)
    return paddle.nn.Sequential(paddle.nn.Conv2D(3, 4, 3, bias_attr=False), paddle.nn.BatchNorm2D(4))


def written(folder: Path, content: bytes) -> Path:
    path = folder / "weights.pdparams"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("nested", [False, True])
def test_what_paddle_saves_comes_back(layer: paddle.nn.Layer, protocol: int, nested: bool, tmp_path: Path) -> None:
    """`nested` is a plain dictionary, which Paddle pickles tensor by tensor as (name, array)."""
    state = (
        {key: value.astype("float32") for key, value in layer.state_dict().items()} if nested else layer.state_dict()
    )
    path = tmp_path / "weights.pdparams"
    paddle.save(state, str(path), protocol=protocol)
    arrays = read_pdparams(path)
    assert list(arrays) == list(layer.state_dict())
    for key, value in layer.state_dict().items():
        np.testing.assert_array_equal(arrays[key], value.numpy())
        assert arrays[key].dtype == np.float32


def test_pairs_of_name_and_array_are_read(layer: paddle.nn.Layer, tmp_path: Path) -> None:
    content = {"weight": Calls(tuple, ("conv2d_0.w_0", np.ones((2, 3), np.float32)))}
    arrays = read_pdparams(written(tmp_path, pickle.dumps(content, 4)))
    assert arrays["weight"].tolist() == [[1, 1, 1], [1, 1, 1]]


@given(
    st.lists(st.integers(0, 4), max_size=3),
    st.sampled_from(["<f2", "<f4", ">f4", "<f8", "|i1", "<i8", ">i4", "|u1", "<u2", "|b1"]),
    st.sampled_from("CF"),
    st.integers(2, 4),
)
@settings(max_examples=60, deadline=None)
def test_arrays_of_any_shape_type_and_order(shape: list[int], dtype: str, order: str, protocol: int) -> None:
    values = np.random.default_rng(len(shape)).integers(0, 2, shape)
    array = np.asarray(values.astype(dtype), order=order)
    read = read_arrays(pickle.dumps({"a": array}, protocol))["a"].value
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype
    assert not read.flags.writeable


def test_slices_of_large_arrays_are_joined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Paddle's layout for arrays over 1 GiB under protocols 2 and 3 (`_unpack_saved_dict`)."""
    content = {
        "b": np.zeros(2, np.float32),
        "a@@.0": np.arange(4, dtype=np.float32),
        "a@@.1": np.arange(4, 6, dtype=np.float32),
        pdparams.NAME_TABLE: {"a": "linear_0.w_0"},
        pdparams.SLICE_TABLE: {"a": {"OriginShape": (2, 3), "slices": ["a@@.0", "a@@.1"]}},
    }
    arrays = read_pdparams(written(tmp_path, pickle.dumps(content, 2)))
    assert arrays["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert sorted(arrays) == ["a", "b"]


def nested(bad: object) -> list[object]:
    """Return `bad` in every place where a file might hide it."""
    good = np.ones(3, np.float32)
    return [
        bad,
        {"a": bad},
        {"a": good, "b": (bad, good)},
        {"a": Calls(tuple, ("name", bad))},
        {"a": Calls(tuple, (bad, good))},
        {pdparams.NAME_TABLE: {"a": bad}, "a": good},
        {"a": good, "b": [[[{"c": bad}]]]},
        collections.OrderedDict(a=bad),
        {"a": Calls(np.dtype, bad, False, True)},
    ]


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("place", range(9))
def test_a_file_that_would_run_code_is_refused_and_runs_nothing(protocol: int, place: int, tmp_path: Path) -> None:
    path = written(tmp_path, pickle.dumps(nested(Calls(run, "hello"))[place], protocol))
    RAN.clear()
    with pytest.raises(VinEdgeError, match="is refused"):
        read_pdparams(path)
    assert RAN == []


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("builtins", "getattr"),
        ("__builtin__", "eval"),
        ("numpy", "load"),
        ("numpy", "ndarray.tofile"),
        ("numpy.core.multiarray", "fromfile"),
        ("numpy._core.multiarray", "_reconstruct.__globals__"),
        ("numpy.testing._private.utils", "runstring"),
        ("_codecs", "lookup"),
        ("collections", "defaultdict"),
        ("paddle", "load"),
    ],
)
@pytest.mark.parametrize("form", ["GLOBAL", "STACK_GLOBAL", "INST"])
def test_the_refusal_names_what_was_asked_for(module: str, name: str, form: str, tmp_path: Path) -> None:
    text = {
        "GLOBAL": f"c{module}\n{name}\n(S'echo'\ntR.",
        "INST": f"(S'echo'\ni{module}\n{name}\n.",
    }
    if form == "STACK_GLOBAL":
        content = (
            b"\x80\x04" + b"".join(b"\x8c" + bytes([len(word)]) + word.encode() for word in (module, name)) + b"\x93."
        )
    else:
        content = text[form].encode()
    expected = "pickle instruction" if form == "INST" else rf"asks for {module}\.{name}"
    with pytest.raises(VinEdgeError, match=f"is refused: .*{expected}"):
        read_pdparams(written(tmp_path, content))


REBUILD = b"cnumpy.core.multiarray\n_reconstruct\n"
ARRAY, DTYPE, ENCODE = b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"c_codecs\nencode\n"
FLOAT = DTYPE + b"(X\x02\x00\x00\x00f4\x89\x88tR"


@pytest.mark.parametrize(
    "content",
    [
        # _reconstruct of something that is no array: numpy would call type.__new__ of it.
        REBUILD + b"(ctimeit\nTimer\n(K\x00tC\x01btR.",
        REBUILD + b"(X\x01\x00\x00\x00a(K\x00tC\x01btR.",
        # An array of objects, whose content is a nested pickle for numpy.
        DTYPE + b"(X\x02\x00\x00\x00O8\x89\x88tR.",
        DTYPE + b"(X\x01\x00\x00\x00O\x89\x88tR.",
        # Other codecs of _codecs.encode.
        ENCODE + b"(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR.",
        # Content given to a callable instead of an array.
        ARRAY + b"}X\x07\x00\x00\x00__class__K\x01sb.",
        ENCODE + b"(K\x01K\x02tb.",
        # Calling what is a value.
        b"}(tR.",
        b"K\x05(tR.",
        # Calling the array type itself, with a size.
        ARRAY + b"((K\x0aK\x0atK\x00tR.",
        # A second content for one array.
        REBUILD + b"(" + ARRAY + b"(K\x00tC\x01btR(K\x01(t" + FLOAT + b"\x89C\x00tb.",
        # Instructions that arrays do not need: an extension's number, a persistent object, a new object, a reduction.
        b"\x82\x01.",
        b"Pabc\n.",
        ARRAY + b")\x81.",
        b"\x80\x04\x8f.",
        b"S'text'\n.",
    ],
)
def test_tricks_with_permitted_names_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"is refused|is no complete"):
        read_pdparams(written(tmp_path, content))


def test_a_shape_that_does_not_fit_its_bytes_is_refused(tmp_path: Path) -> None:
    array = b"(K\x01(K\x03t" + FLOAT + b"\x89C\x04\x00\x00\x00\x00tb"
    content = b"}X\x01\x00\x00\x00a" + REBUILD + b"(" + ARRAY + b"(K\x00tC\x01btR" + array + b"s."
    with pytest.raises(VinEdgeError, match=r"shape \(3,\) and float32 has 4 bytes"):
        read_pdparams(written(tmp_path, content))


@pytest.mark.parametrize(
    "value", [5, "text", b"bytes", None, [1.0], {"b": 1}, (1, 2), np.zeros(2, "S3"), np.zeros(1, "c8")]
)
def test_what_is_no_array_of_numbers_is_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match="is refused"):
        read_pdparams(written(tmp_path, pickle.dumps({"a": value}, 4)))


def test_a_cut_file_is_refused_at_every_length(layer: paddle.nn.Layer, tmp_path: Path) -> None:
    path = tmp_path / "weights.pdparams"
    paddle.save(layer.state_dict(), str(path))
    content = path.read_bytes()
    for length in [*range(200), *range(200, len(content), 97), len(content) - 1]:
        with pytest.raises(VinEdgeError, match=r"is no complete Paddle weight file|is refused"):
            read_pdparams(written(tmp_path, content[:length]))


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_arrays_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.pdparams"
    path.write_bytes(content)
    with pytest.raises(VinEdgeError):
        read_pdparams(path)


def test_a_huge_announcement_takes_no_memory(tmp_path: Path) -> None:
    """A memo number and a length far beyond the file: Python's own unpickler reserves 32 GB for the first."""
    memo = b"\x80\x04}r\xff\xff\xff\x7f."
    assert read_pdparams(written(tmp_path, memo)) == {}
    with pytest.raises(VinEdgeError, match="is no complete"):
        read_pdparams(written(tmp_path, b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b"."))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"cannot read .*gone\.pdparams.*check the path"):
        read_pdparams(tmp_path / "gone.pdparams")


def test_reading_imports_nothing(layer: paddle.nn.Layer, tmp_path: Path) -> None:
    """A name is never looked up: a module that only the file names stays unimported."""
    sys.modules.pop("this", None)
    with pytest.raises(VinEdgeError, match=r"asks for this\.s"):
        read_pdparams(written(tmp_path, b"cthis\ns\n."))
    assert "this" not in sys.modules
