"""Losses against slow oracles and hand-made numbers; every loss keeps what the trainer expects of it."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_run import VIN, batch, line

from vinedge import registry
from vinedge.charset import BLANK, NUM_CLASSES, encode
from vinedge.ctc import decode_greedy, softmax
from vinedge.distill import losses
from vinedge.distill.batch import Batch, Line, batch_from_lines
from vinedge.distill.losses import ctc, frame
from vinedge.distill.outputs import Outputs

# isort: split
import paddle


def outputs(logits: np.ndarray) -> Outputs:
    tensor = paddle.to_tensor(logits.astype(np.float32))
    tensor.stop_gradient = False
    return Outputs(tensor, {})


def labelled(*vins: str) -> Batch:
    return batch_from_lines([Line(np.zeros((1, 1), np.uint8), vin, None, f"row {n}") for n, vin in enumerate(vins)])


def collapse(path: tuple[int, ...]) -> list[int]:
    return [klass for klass, _ in itertools.groupby(path) if klass != BLANK]


def brute_force_ctc(logits: np.ndarray, classes: list[int]) -> float:
    """-ln P(label): the sum over all frame sequences over {blank, the label's classes} that collapse to it."""
    probs = softmax(logits)
    alphabet = sorted({BLANK, *classes})
    total = sum(
        math.prod(probs[t, klass] for t, klass in enumerate(path))
        for path in itertools.product(alphabet, repeat=len(logits))
        if collapse(path) == classes
    )
    return -math.log(total)


@settings(max_examples=40, deadline=None)
@given(text=st.text("1A", min_size=1, max_size=3), frames=st.integers(1, 6), seed=st.integers(0, 2**31))
def test_ctc_is_the_sum_over_all_alignments(text: str, frames: int, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 2, (1, frames, NUM_CLASSES)).astype(np.float32)
    one = labelled(text)
    found = float(ctc.loss(outputs(logits), one))
    repeats = sum(a == b for a, b in itertools.pairwise(text))
    if len(text) + repeats > frames:
        assert ctc.infeasible(one, frames).tolist() == [True]
        assert found == 0
    else:
        assert ctc.infeasible(one, frames).tolist() == [False]
        assert found == pytest.approx(brute_force_ctc(logits[0], encode(text)) / len(text), rel=1e-4, abs=1e-5)


def test_ctc_is_a_mean_over_lines_and_characters() -> None:
    logits = np.random.default_rng(1).normal(0, 1, (2, 5, NUM_CLASSES)).astype(np.float32)
    expected = (brute_force_ctc(logits[0], encode("1A")) / 2 + brute_force_ctc(logits[1], encode("AA1")) / 3) / 2
    assert float(ctc.loss(outputs(logits), labelled("1A", "AA1"))) == pytest.approx(expected, rel=1e-5)


def test_ctc_leaves_a_line_without_room_out_of_the_mean() -> None:
    logits = np.random.default_rng(1).normal(0, 1, (2, 3, NUM_CLASSES)).astype(np.float32)
    both, alone = outputs(logits), outputs(logits[:1])
    loss = ctc.loss(both, labelled("1A", "AA1"))  # A A 1 needs four frames
    assert float(loss) == pytest.approx(float(ctc.loss(alone, labelled("1A"))), rel=1e-6)
    loss.backward()
    gradient = both.logits.grad.numpy()
    assert np.abs(gradient[0]).max() > 0
    assert np.abs(gradient[1]).max() == 0


def test_ctc_golden() -> None:
    # Uniform logits: every path has probability 34^-T, and "1A" in 3 frames has 5 paths (1A-, 1-A, -1A, 11A, 1AA).
    logits = np.zeros((1, 3, NUM_CLASSES))
    assert float(ctc.loss(outputs(logits), labelled("1A"))) == pytest.approx(-math.log(5 / 34**3) / 2, rel=1e-6)


def test_frame_classes_golden() -> None:
    # Ten frames, two characters centered over frames 2 and 7 (pitch 5): 0.2 * 5 = 1 frame to either side is theirs,
    # beyond 0.4 * 5 = 2 frames is blank, and frames 0, 4, 5 and 9 stand at exactly 2 and belong to nobody.
    classes = frame.frame_classes(np.array([[8, 9]]), np.array([[0.25, 0.75]], np.float32), 10)
    assert classes.tolist() == [[-1, 8, 8, 8, -1, -1, 9, 9, 9, -1]]


def test_frame_classes_between_far_characters_are_blank() -> None:
    classes = frame.frame_classes(np.array([[8, 9]]), np.array([[0.025, 0.975]], np.float32), 20)
    assert classes[0, [0, 3, 9, 10, 16, 19]].tolist() == [8, 8, 0, 0, 9, 9]


def test_every_center_has_its_frame_however_dense() -> None:
    centers = (np.arange(17, dtype=np.float32) + 0.5) / 34 + 0.25  # half the width: 2.4 frames a character
    classes = frame.frame_classes(np.arange(1, 18)[None], centers[None], 80)
    assert collapse(tuple(np.maximum(classes[0], 0))) == list(range(1, 18))


def test_a_line_without_centers_asks_for_nothing() -> None:
    one = outputs(np.random.default_rng(0).normal(size=(1, 40, NUM_CLASSES)))
    loss = frame.loss(one, batch(line(0, centers=False)))
    assert float(loss) == 0
    loss.backward()
    assert np.abs(one.logits.grad.numpy()).max() == 0


def test_frame_loss_is_the_mean_of_character_and_blank_frames() -> None:
    logits = np.random.default_rng(2).normal(size=(2, 40, NUM_CLASSES))
    one = batch(line(0), line(1, centers=False))
    classes = frame.frame_classes(one.labels, one.centers, 40)
    nats = -np.log(softmax(logits))
    characters = [nats[n, t, k] for (n, t), k in np.ndenumerate(classes) if k > 0]
    blanks = [nats[n, t, 0] for (n, t), k in np.ndenumerate(classes) if k == 0]
    expected = (np.mean(characters) + np.mean(blanks)) / 2
    assert float(frame.loss(outputs(logits), one)) == pytest.approx(expected, rel=1e-5)


# Those that ask for the label; distillation and smoothing ask for something else, see test_kd_*.py.
@pytest.fixture(params=["ctc", "frame"])
def loss(request: pytest.FixtureRequest) -> ModuleType:
    return registry.load(losses, request.param)


def test_gradients_reach_the_logits_and_are_finite(loss: ModuleType) -> None:
    one = outputs(np.random.default_rng(3).normal(size=(2, 40, NUM_CLASSES)))
    value = loss.loss(one, batch())
    assert value.shape == []
    assert float(value) > 0
    value.backward()
    gradient = one.logits.grad.numpy()
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0


def test_a_certain_and_right_student_costs_nothing(loss: ModuleType) -> None:
    one = batch(line(0))
    classes = np.maximum(frame.frame_classes(one.labels, one.centers, 80), 0)
    logits = 40.0 * np.eye(NUM_CLASSES)[classes]
    assert decode_greedy(logits[0]).text == VIN
    assert float(loss.loss(outputs(logits), one)) == pytest.approx(0, abs=1e-3)


def test_descending_the_gradient_lowers_the_loss(loss: ModuleType) -> None:
    logits = np.random.default_rng(4).normal(size=(2, 40, NUM_CLASSES)).astype(np.float32)
    before = outputs(logits)
    value = loss.loss(before, batch())
    value.backward()
    after = loss.loss(outputs(logits - 0.1 * before.logits.grad.numpy()), batch())
    assert float(after) < float(value)
