"""The gate lets an honest export through and stops every planted fault."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import paddle
import pytest
from gray_reader import GrayReader, examples
from onnx import numpy_helper

from vinedge.errors import CheckFailed
from vinedge.export.parity import BATCH, Parity, Read, Reader, compare, reader_from_onnx, reader_from_student
from vinedge.export.pictures import Example
from vinedge.export.targets.onnx import OnnxModel
from vinedge.preprocess import InputSpec

SPEC = InputSpec()
# Logits of GrayReader reach 4,000, a hundred times a trained student's: float32 sums differ accordingly.
BOUND = 5e-3


@pytest.fixture
def reference(student: GrayReader) -> Reader:
    return reader_from_student(student, SPEC)


def outcome(reference: Reader, other: Reader, pictures: list[Example], bound: float = BOUND) -> Parity:
    return compare(reference, {"the file": other}, pictures, bound)


def changed(data: bytes, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """Apply `change` to the convolution's weight (34, 1, 1, 1) in an exported model."""
    model = onnx.load_from_string(data)
    weight = next(tensor for tensor in model.graph.initializer if list(tensor.dims) == [34, 1, 1, 1])
    array = np.ascontiguousarray(change(numpy_helper.to_array(weight).copy()))
    weight.CopyFrom(numpy_helper.from_array(array, weight.name))
    return model.SerializeToString()


def swap_classes(weight: np.ndarray) -> np.ndarray:
    weight[[5, 6]] = weight[[6, 5]]
    return weight


def test_honest_export_passes(exported: OnnxModel, reference: Reader) -> None:
    pictures = examples(BATCH + 9)
    parity = outcome(reference, reader_from_onnx(exported.data, SPEC), pictures)
    agreement = parity.agreements["the file"]
    assert agreement.equal_texts == BATCH + 9
    assert agreement.max_difference <= BOUND
    assert parity.texts == parity.labels == [example.label for example in pictures], "the reference truly reads"
    assert len(parity.pictures_sha256) == 64


def test_first_picture_is_read_alone_and_the_rest_in_batches(reference: Reader) -> None:
    sizes: list[int] = []
    heard: list[int] = []

    def counting(pictures: object) -> Read:
        read = reference(pictures)  # type: ignore[arg-type]
        sizes.append(len(read.texts))
        return read

    compare(reference, {"the file": counting}, iter(examples(BATCH + 9)), BOUND, heard.append)
    assert sizes == [1, BATCH, 8]
    assert heard == [1, BATCH + 1, BATCH + 9]


def test_hash_follows_pixels_and_order(reference: Reader) -> None:
    pictures = examples(3)
    hashes = {
        compare(reference, {}, chosen, BOUND).pictures_sha256
        for chosen in (pictures, pictures[::-1], pictures[:2], [pictures[0], pictures[0], pictures[2]])
    }
    assert len(hashes) == 4
    assert compare(reference, {}, examples(3), BOUND).pictures_sha256 in hashes


def test_weights_changed_after_export_are_caught(student: GrayReader, exported: OnnxModel) -> None:
    student.conv.weight.set_value(student.conv.weight * 1.001)
    with pytest.raises(CheckFailed, match=r"the file differs from the student by [\d.]+ in a logit on picture 0"):
        outcome(reader_from_student(student, SPEC), reader_from_onnx(exported.data, SPEC), examples(2))


@pytest.mark.parametrize(
    "change",
    [
        swap_classes,
        lambda weight: weight[::-1],
        lambda weight: weight * np.float32(1.0001),
        lambda weight: weight * np.nan,
    ],
    ids=["two classes swapped", "class order reversed", "weights off by 0.01 %", "not a number"],
)
def test_changed_file_is_caught(
    exported: OnnxModel, reference: Reader, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    data = changed(exported.data, change)
    with pytest.raises(CheckFailed, match=r"on picture 0, and at most 0.005 is allowed; nothing was written"):
        outcome(reference, reader_from_onnx(data, SPEC), examples(2))


def test_swapped_color_channels_are_caught(reference: Reader) -> None:
    def swapped(pictures: object) -> Read:
        return reference([picture[:, :, ::-1] for picture in pictures])  # type: ignore[attr-defined]

    outcome(reference, swapped, examples(2, tint=0))  # gray pictures cannot show it
    with pytest.raises(CheckFailed, match="differs from the student"):
        outcome(reference, swapped, examples(2, tint=60))


def test_other_normalization_is_caught(exported: OnnxModel, reference: Reader) -> None:
    with pytest.raises(CheckFailed, match="differs from the student"):
        outcome(reference, reader_from_onnx(exported.data, InputSpec(mean=127.0)), examples(2))


def test_other_text_is_caught_even_with_equal_logits(reference: Reader) -> None:
    """A decoder with another alphabet: the logits are right, the text is not."""

    def mistaken(pictures: object) -> Read:
        read = reference(pictures)  # type: ignore[arg-type]
        return Read(read.logits, [*read.texts[:-1], "I" + read.texts[-1][1:]])

    with pytest.raises(
        CheckFailed, match=r"the file reads 'I.{16}' on picture 0 where the student reads '.{17}'; nothing"
    ):
        outcome(reference, mistaken, examples(3))


def test_other_shape_is_caught(reference: Reader) -> None:
    def short(pictures: object) -> Read:
        read = reference(pictures)  # type: ignore[arg-type]
        return Read(read.logits[:, :-1], read.texts)

    with pytest.raises(CheckFailed, match=r"gives logits \(1, 79, 34\) where the student gives \(1, 80, 34\)"):
        outcome(reference, short, examples(1))


def test_fault_in_a_late_picture_is_caught(reference: Reader) -> None:
    calls = 0

    def late(pictures: object) -> Read:
        nonlocal calls
        read = reference(pictures)  # type: ignore[arg-type]
        calls += 1
        if calls == 3:
            read.logits[-1, -1, -1] += 1
        return read

    with pytest.raises(CheckFailed, match=f"picture {2 * BATCH}, and"):
        outcome(reference, late, examples(2 * BATCH + 1))


def test_reference_runs_in_evaluation_mode(student: GrayReader) -> None:
    student.train()
    before = student.norm._mean.numpy().copy()
    reader_from_student(student, SPEC)([example.picture for example in examples(2)])
    np.testing.assert_array_equal(student.norm._mean.numpy(), before)
    assert paddle.is_grad_enabled()
