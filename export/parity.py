"""The gate: what leaves the export reads exactly as the student does, picture by picture, or nothing leaves it.

A reader maps pictures to logits `(N, T, 34)` and texts. The reference is the Paddle layer with the numpy preprocessing
and decoding; held to it are the ONNX file in ONNX Runtime (the same numpy parts) and the native Recognizer opening the
bundle as a device will (its own preprocessing, engine and decoder). Every text must be equal and no logit may
differ by more than the bound. `CheckFailed` names the first picture that differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import onnxruntime
import paddle
from paddle import nn

from vinedge.ctc import decode_greedy
from vinedge.errors import CheckFailed
from vinedge.preprocess import InputSpec, preprocess

from .pictures import Example

if TYPE_CHECKING:
    from vinedge.recognizer import Recognizer

# Largest difference of a logit, by precision. fp32: vin_nano shows 0.8e-5 to 2e-5 (the same sums in another order) with
# logits around 10; it grows in proportion to them, and no honest student needs logits of hundreds.
BOUNDS = {"fp32": 1e-3}
BATCH = 32


class Read(NamedTuple):
    """What a reader makes of N pictures: raw logits float32 `(N, T, 34)` and their N texts."""

    logits: np.ndarray
    texts: list[str]


Reader = Callable[[Sequence[np.ndarray]], Read]


@dataclass
class Agreement:
    """How far one reader stayed from the reference over all pictures."""

    max_difference: float = 0.0
    equal_texts: int = 0


@dataclass
class Parity:
    """Outcome of `compare`: texts and labels in the order of the pictures, and the agreement of each reader by name.

    `pictures_sha256` is over shape and pixels of every picture in order, so that two exports can show that they were
    checked on the same ones.
    """

    bound: float
    agreements: dict[str, Agreement]
    texts: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    pictures_sha256: str = ""


def compare(
    reference: Reader,
    others: Mapping[str, Reader],
    examples: Iterable[Example],
    bound: float,
    progress: Callable[[int], None] = lambda done: None,
) -> Parity:
    """Read every example with all readers and return their agreement; `progress` hears how many are done."""
    parity = Parity(bound, {name: Agreement() for name in others})
    digest = hashlib.sha256()
    for chunk in _chunks(examples):
        pictures = [example.picture for example in chunk]
        for picture in pictures:
            digest.update(f"{picture.shape}".encode())
            digest.update(picture.tobytes())
        wanted = reference(pictures)
        for name, reader in others.items():
            _agree(parity.agreements[name], name, wanted, reader(pictures), chunk, bound)
        parity.texts += wanted.texts
        parity.labels += [example.label for example in chunk]
        progress(len(parity.texts))
    parity.pictures_sha256 = digest.hexdigest()
    return parity


def reader_from_student(student: nn.Layer, spec: InputSpec) -> Reader:
    """The reference: the Paddle layer, in evaluation mode."""
    student.eval()

    def logits(inputs: np.ndarray) -> np.ndarray:
        with paddle.no_grad():
            return np.asarray(student(paddle.to_tensor(inputs)).logits)

    return _numpy_reader(logits, spec)


def reader_from_onnx(data: bytes, spec: InputSpec) -> Reader:
    """A serialized ONNX file in ONNX Runtime's Python wheel, on the CPU."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return _numpy_reader(lambda inputs: session.run(["logits"], {"image": inputs})[0], spec)


def reader_from_recognizer(recognizer: Recognizer) -> Reader:
    """What the device runs: C++ preprocessing, engine and decoder."""
    return lambda pictures: Read(
        np.asarray(recognizer.logits(pictures)), [reading.raw for reading in recognizer.read_batch(pictures)]
    )


def _numpy_reader(logits_from: Callable[[np.ndarray], np.ndarray], spec: InputSpec) -> Reader:
    def read(pictures: Sequence[np.ndarray]) -> Read:
        logits = logits_from(np.stack([preprocess(picture, spec) for picture in pictures]))
        return Read(logits, [decode_greedy(line).text for line in logits])

    return read


def _chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    """The first example alone, then batches, so that a batch of one and a full one are both compared."""
    remaining = iter(examples)
    yield from ([first] for first in islice(remaining, 1))
    while chunk := list(islice(remaining, BATCH)):
        yield chunk


def _agree(so_far: Agreement, name: str, wanted: Read, found: Read, chunk: list[Example], bound: float) -> None:
    """Take one batch into account; `CheckFailed` at the first picture that differs."""
    refusal = "nothing was written; report this with the checkpoint, and the versions in it"
    if found.logits.shape != wanted.logits.shape:
        raise CheckFailed(
            f"{name} gives logits {found.logits.shape} where the student gives {wanted.logits.shape}; {refusal}"
        )
    differences = np.abs(found.logits - wanted.logits).max(axis=(1, 2))
    for example, difference, text, wanted_text in zip(chunk, differences, found.texts, wanted.texts, strict=True):
        if not difference <= bound:  # written so that NaN is refused
            raise CheckFailed(
                f"{name} differs from the student by {difference:.2g} in a logit on {example.name}, "
                f"and at most {bound:g} is allowed; {refusal}"
            )
        if text != wanted_text:
            raise CheckFailed(
                f"{name} reads {text!r} on {example.name} where the student reads {wanted_text!r}; {refusal}"
            )
        so_far.max_difference = max(so_far.max_difference, float(difference))
        so_far.equal_texts += 1
