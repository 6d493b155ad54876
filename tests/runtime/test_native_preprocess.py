"""The C++ preprocessing equals the numpy definition in every bit, with every kernel, for every size and layout."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge import _native
from vinedge.errors import VinEdgeError
from vinedge.preprocess import InputSpec, check_picture, preprocess

KERNELS = _native.preprocess_kernels()
SPECS = st.builds(
    InputSpec,
    height=st.sampled_from([8, 24, 32, 33, 40, 48]),
    width=st.sampled_from([32, 100, 256, 320, 384]),
    mean=st.floats(0, 255),
    std=st.floats(1, 255),
)
# Small pictures, long ones, wide ones, and big enough to be averaged by several pixels both ways.
SIZES = st.one_of(
    st.tuples(st.integers(1, 70), st.integers(1, 700)),
    st.tuples(st.integers(1, 3), st.integers(1, 6000)),
    st.tuples(st.integers(1, 3000), st.integers(1, 3)),
    st.tuples(st.integers(100, 400), st.integers(600, 2000)),
)


def native(picture: np.ndarray, spec: InputSpec, kernel: str = "auto") -> np.ndarray:
    return _native.preprocess(picture, spec.height, spec.width, spec.mean, spec.std, kernel)


def assert_same_bits(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.view(np.uint32), wanted.view(np.uint32))


def test_the_scalar_kernel_is_always_there() -> None:
    assert KERNELS[0] == "scalar"
    assert set(KERNELS) <= {"scalar", "avx2", "neon"}


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32 - 1), SIZES, st.booleans(), SPECS)
def test_every_kernel_equals_numpy(seed: int, size: tuple[int, int], color: bool, spec: InputSpec) -> None:
    shape = (*size, 3) if color else size
    picture = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    wanted = preprocess(picture, spec)
    for kernel in KERNELS:
        assert_same_bits(native(picture, spec, kernel), wanted)


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "crop": lambda frame: frame[10:70, 30:500],
    "every second row": lambda frame: frame[::2],
    "upside down": lambda frame: frame[::-1],
    "mirrored": lambda frame: frame[:, ::-1],
    "every second column": lambda frame: frame[:, ::2],
    "transposed": lambda frame: frame.swapaxes(0, 1),
    "column": lambda frame: frame[:, 3:4],
    "row": lambda frame: frame[3:4],
    "Fortran order": np.asfortranarray,
    "repeated row": lambda frame: np.broadcast_to(frame[:1], frame.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("color", [True, False])
def test_layout_makes_no_difference(layout: str, color: bool) -> None:
    frame = np.random.default_rng(5).integers(0, 256, (80, 600, 3) if color else (80, 600), dtype=np.uint8)
    picture = LAYOUTS[layout](frame)
    assert_same_bits(native(picture, InputSpec()), preprocess(np.ascontiguousarray(picture), InputSpec()))


def test_rgb_seen_as_bgr_and_read_only_memory() -> None:
    frame = np.random.default_rng(6).integers(0, 256, (40, 400, 3), dtype=np.uint8)
    frame.flags.writeable = False
    assert_same_bits(
        native(frame[:, :, ::-1], InputSpec()), preprocess(np.ascontiguousarray(frame[:, :, ::-1]), InputSpec())
    )


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 1), np.uint8),
        np.zeros((5,), np.uint8),
        np.zeros((1, 5, 5, 3), np.uint8),
        np.zeros((5, 5), np.float32),
        np.zeros((5, 5), np.int8),
        np.zeros((5, 5), bool),
        np.zeros((5, 5), object),
        np.zeros((5, 5), "datetime64[s]"),
    ],
)
def test_other_arrays_are_refused_in_the_same_words(picture: np.ndarray) -> None:
    with pytest.raises(VinEdgeError) as numpys:
        check_picture(picture)
    with pytest.raises(VinEdgeError) as ours:
        native(picture, InputSpec())
    assert str(ours.value) == str(numpys.value)


@pytest.mark.parametrize("thing", [None, "picture.jpg", b"bytes", [[1, 2], [3, 4]], 5])
def test_other_things_are_refused(thing: object) -> None:
    with pytest.raises(VinEdgeError, match=f"a picture must be a uint8 array .* got {type(thing).__name__};"):
        native(thing, InputSpec())  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(10_001, 10_000), (1, 1_000_001), (2**40, 2**20)])
def test_a_picture_over_the_limit_is_refused_before_memory_is_taken(size: tuple[int, int]) -> None:
    picture = np.broadcast_to(np.uint8(0), size)
    with pytest.raises(VinEdgeError, match="100 megapixels"):
        native(picture, InputSpec())


@pytest.mark.parametrize(
    ("size", "kernel", "mentioned"),
    [((7, 320), "auto", "height 8 to 512"), ((32, 5000), "auto", "width 32 to 4096"), ((32, 320), "mmx", "scalar")],
)
def test_settings_out_of_range_are_refused(size: tuple[int, int], kernel: str, mentioned: str) -> None:
    with pytest.raises(VinEdgeError, match=mentioned):
        _native.preprocess(np.zeros((5, 5), np.uint8), *size, 127.5, 127.5, kernel)
