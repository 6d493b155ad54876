"""Occupancies against the enumeration of every alignment; what is built on them: aligned KL and decoupled KD."""

from __future__ import annotations

import itertools
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kd_cases import (
    SYMBOLS,
    VIN,
    brute_force_characters,
    brute_force_occupancies,
    kl,
    labelled,
    log_softmax,
    random_logits,
    softened,
    student,
    teacher,
)

from vinedge.charset import BLANK, NUM_CLASSES, encode
from vinedge.distill.losses import aligned_kl, dkd
from vinedge.distill.losses._alignment import occupancies
from vinedge.distill.losses._characters import character_log_probs
from vinedge.distill.outputs import Outputs
from vinedge.distill.teacher_outputs import TeacherOutputs

# isort: split
import paddle

ALIGNED = [aligned_kl, dkd]


def gammas(logits: np.ndarray, *texts: str) -> np.ndarray:
    batch = labelled(*texts)
    return occupancies(log_softmax(logits), batch.labels, batch.lengths)


def fits(text: str, frames: int) -> bool:
    return len(text) + sum(a == b for a, b in itertools.pairwise(text)) <= frames


# ---- occupancies ----------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(text=st.text("1A", min_size=1, max_size=3), frames=st.integers(1, 6), seed=st.integers(0, 2**31))
def test_occupancies_are_the_sum_over_all_alignments(text: str, frames: int, seed: int) -> None:
    logits = random_logits(seed, 1, frames, NUM_CLASSES)
    found = gammas(logits, text)[0]
    if fits(text, frames):
        assert found[: len(text)] == pytest.approx(brute_force_occupancies(logits[0], encode(text)), abs=1e-12)
    else:
        assert np.abs(found).max() == 0
    assert np.abs(found[len(text) :]).max() == 0


def test_occupancies_golden() -> None:
    # Uniform frames, "1A" in 3 frames: the paths 11A, 1AA, 1A-, 1-A, -1A are equally likely.
    found = gammas(np.zeros((1, 3, NUM_CLASSES)), "1A")[0, :2]
    assert found == pytest.approx(np.array([[4, 2, 0], [0, 2, 4]]) / 5)


def test_lines_of_a_batch_do_not_see_one_another() -> None:
    logits = random_logits(1, 3, 6, NUM_CLASSES)
    texts = ("1A", "AA1", "A")
    for row, text in enumerate(texts):
        assert gammas(logits, *texts)[row] == pytest.approx(gammas(logits[row : row + 1], text)[0], abs=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_a_whole_vin_has_every_character_on_a_frame_and_no_frame_twice(scale: float) -> None:
    found = gammas(random_logits(1, 2, 80, NUM_CLASSES, scale=scale), VIN, "1" * 17)
    assert np.isfinite(found).all()
    assert found.sum(axis=2).min() >= 1 - 1e-9
    assert found.sum(axis=1).max() <= 1 + 1e-9


# ---- characters -----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(text=st.text("1A", min_size=1, max_size=3), frames=st.integers(5, 6), seed=st.integers(0, 2**31))
def test_characters_are_frames_averaged_by_occupancy(text: str, frames: int, seed: int) -> None:
    logits = random_logits(seed, 1, frames, NUM_CLASSES)
    found = character_log_probs(paddle.to_tensor(logits), labelled(text)).exp().numpy()[0, : len(text)]
    assert found == pytest.approx(brute_force_characters(logits[0], encode(text)), rel=1e-9, abs=1e-12)


def test_a_sure_network_says_of_each_character_what_its_frame_says() -> None:
    logits = np.zeros((1, 5, NUM_CLASSES))
    logits[0, [0, 2, 4], BLANK] = 50
    logits[0, 1, encode("8B")] = 50, 49  # an 8 that could be a B
    logits[0, 3, encode("3")] = 50
    found = character_log_probs(paddle.to_tensor(logits), labelled("83")).exp().numpy()[0]
    eight, b, three = (klass - 1 for klass in encode("8B3"))
    assert found[0, eight] / found[0, b] == pytest.approx(np.e)
    assert found[1, three] == pytest.approx(1)


# ---- aligned_kl and dkd ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_aligned_kl_is_the_mean_over_characters_and_lines(temperature: float) -> None:
    ours, theirs = random_logits(1, 2, 6, NUM_CLASSES), random_logits(2, 2, 5, NUM_CLASSES)
    lines = []
    for row, text in enumerate(("1A", "AA1")):
        p, q = (np.log(brute_force_characters(logits[row], encode(text))) for logits in (theirs, ours))
        pairs = zip(softened(p, temperature), softened(q, temperature), strict=True)
        lines.append(np.mean([temperature**2 * kl(a, b) for a, b in pairs]))
    found = aligned_kl.loss(student(ours), labelled("1A", "AA1"), teacher(theirs), temperature=temperature)
    assert float(found) == pytest.approx(np.mean(lines), rel=1e-9)


def one_frame(*probs: float) -> np.ndarray:
    """Logits `(1, 1, 34)` of a frame with these probabilities for the first symbols and next to none elsewhere."""
    return np.asarray(np.log([[[1e-30, *probs, *[1e-30] * (SYMBOLS - len(probs))]]]))


def test_dkd_golden() -> None:
    # Target 0; teacher 1/2, 3/8, 1/8, student 1/4, 3/8, 3/8.
    # TCKD = 1/2 ln 2 + 1/2 ln(2/3) = 0.1438; others: (3/4, 1/4) against (1/2, 1/2), NCKD = 0.1308.
    ours, theirs = student(one_frame(0.25, 0.375, 0.375)), teacher(one_frame(0.5, 0.375, 0.125))
    parts = [
        float(dkd.loss(ours, labelled("0"), theirs, temperature=1.0, alpha=alpha, beta=1 - alpha)) for alpha in (1, 0)
    ]
    assert parts == pytest.approx([kl([0.5, 0.5], [0.25, 0.75]), kl([0.75, 0.25], [0.5, 0.5])], rel=1e-9)
    both = dkd.loss(ours, labelled("0"), theirs, temperature=1.0, alpha=1.0, beta=2.0)
    assert float(both) == pytest.approx(parts[0] + 2 * parts[1], rel=1e-9)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
@pytest.mark.parametrize("text", ["0", "Z", "M"])
def test_kl_is_tckd_and_what_is_left_of_nckd(text: str, temperature: float) -> None:
    ours, theirs = student(random_logits(1, 1, 3, NUM_CLASSES)), random_logits(2, 1, 3, NUM_CLASSES)
    one = labelled(text)
    target = softened(np.log(brute_force_characters(theirs[0], encode(text))[0]), temperature)[encode(text)[0] - 1]

    def part(alpha: float, beta: float) -> float:
        return float(dkd.loss(ours, one, teacher(theirs), temperature=temperature, alpha=alpha, beta=beta))

    whole = float(aligned_kl.loss(ours, one, teacher(theirs), temperature=temperature))
    assert whole == pytest.approx(part(1, 0) + (1 - target) * part(0, 1), rel=1e-9)


def found(loss: ModuleType, ours: np.ndarray, theirs: np.ndarray, *texts: str) -> float:
    return float(loss.loss(student(ours), labelled(*texts), teacher(theirs)))


@pytest.mark.parametrize("loss", ALIGNED)
def test_a_student_that_is_its_teacher_costs_nothing(loss: ModuleType) -> None:
    logits = random_logits(1, 2, 40, NUM_CLASSES)
    assert found(loss, logits, logits, VIN, VIN[::-1]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("loss", ALIGNED)
def test_frames_on_which_the_blank_is_sure_change_nothing(loss: ModuleType) -> None:
    ours, theirs = random_logits(1, 1, 6, NUM_CLASSES), random_logits(2, 1, 5, NUM_CLASSES)
    blank = np.full((1, 4, NUM_CLASSES), -60.0)
    blank[:, :, BLANK] = 0
    base = found(loss, ours, theirs, "1AA")
    assert found(loss, np.concatenate([blank, ours], axis=1), theirs, "1AA") == pytest.approx(base, rel=1e-9)
    assert found(loss, ours, np.concatenate([theirs, blank], axis=1), "1AA") == pytest.approx(base, rel=1e-9)


@pytest.mark.parametrize("loss", ALIGNED)
def test_peaks_may_stand_anywhere(loss: ModuleType) -> None:
    """The same beliefs on other frames, among other numbers of blanks: nothing to learn."""
    peaks = random_logits(1, 3, NUM_CLASSES)
    peaks[np.arange(3), encode("1M8")] = 20
    early, late = (np.full((1, frames, NUM_CLASSES), -60.0) for frames in (7, 12))
    for line, places in ((early, [0, 1, 2]), (late, [5, 8, 10])):
        line[:, :, BLANK] = 0
        line[0, places] = peaks
    assert found(loss, early, late, "1M8") == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", ALIGNED)
def test_symbols_may_be_renamed(loss: ModuleType) -> None:
    ours, theirs = random_logits(1, 1, 6, NUM_CLASSES), random_logits(2, 1, 5, NUM_CLASSES)
    shifted = [BLANK, SYMBOLS, *range(1, SYMBOLS)]  # class k + 1 takes over from class k, the last one from the first
    assert found(loss, ours[:, :, shifted], theirs[:, :, shifted], "1BB") == pytest.approx(
        found(loss, ours, theirs, "0AA"), rel=1e-9
    )


@pytest.mark.parametrize("loss", ALIGNED)
@pytest.mark.parametrize(("own_frames", "teacher_frames"), [(3, 9), (9, 3)])
def test_a_line_without_room_on_either_side_counts_nothing(
    loss: ModuleType, own_frames: int, teacher_frames: int
) -> None:
    ours, theirs = random_logits(1, 2, own_frames, NUM_CLASSES), random_logits(2, 2, teacher_frames, NUM_CLASSES)
    one = student(ours)
    value = loss.loss(one, labelled("1A", "AA1"), teacher(theirs))  # A A 1 needs four frames
    assert float(value) == pytest.approx(found(loss, ours[:1], theirs[:1], "1A") / 2, rel=1e-9)
    value.backward()
    assert np.abs(one.logits.grad.numpy()[1]).max() == 0


@pytest.mark.parametrize("loss", ALIGNED)
def test_the_gradient_is_that_of_fixed_occupancies(loss: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = random_logits(1, 1, 5, NUM_CLASSES, scale=1.0), teacher(random_logits(2, 1, 6, NUM_CLASSES))
    one = student(ours)
    loss.loss(one, labelled("1A"), theirs).backward()
    gradient = one.logits.grad.numpy()
    # From here on the recursion answers as it did for the unchanged logits, so a difference sees p alone.
    fixed = {5: gammas(ours, "1A"), 6: occupancies(theirs.log_probs, *label("1A"))}
    monkeypatch.setattr(
        "vinedge.distill.losses._characters.occupancies", lambda log_probs, *_: fixed[log_probs.shape[1]]
    )
    step = 1e-5
    for where in [(0, 0, 2), (0, 2, BLANK), (0, 3, 11), (0, 4, 20)]:
        moved = np.zeros_like(ours)
        moved[where] = step
        slope = found_with(loss, ours + moved, theirs) - found_with(loss, ours - moved, theirs)
        assert gradient[where] == pytest.approx(slope / (2 * step), rel=1e-5, abs=1e-9)


def label(text: str) -> tuple[np.ndarray, np.ndarray]:
    batch = labelled(text)
    return batch.labels, batch.lengths


def found_with(loss: ModuleType, ours: np.ndarray, theirs: TeacherOutputs) -> float:
    return float(loss.loss(student(ours), labelled("1A"), theirs))


@pytest.mark.parametrize("loss", ALIGNED)
def test_descending_reaches_the_teachers_beliefs(loss: ModuleType) -> None:
    """A student with peaks of its own learns to hesitate where its teacher does, with other frames than its own."""
    theirs, ours = np.zeros((1, 4, NUM_CLASSES)), np.zeros((1, 6, NUM_CLASSES))
    eight, b = encode("8B")
    theirs[0, :, BLANK], ours[0, :, BLANK] = 8, 8
    theirs[0, 1, [BLANK, eight, b]], ours[0, 4, [BLANK, eight]] = (0, 8, 7), (0, 8)
    logits = ours
    for _ in range(300):
        one = student(logits)
        loss.loss(one, labelled("8"), teacher(theirs), temperature=1.0).backward()
        logits = logits - 2.0 * one.logits.grad.numpy()
    lead = logits[0, 4, eight] - logits[0, 4, b]
    assert lead == pytest.approx(1.0, abs=0.05)
    assert logits[0, 0, BLANK] - logits[0, 0, eight] == pytest.approx(8, abs=0.5)


@pytest.mark.parametrize("loss", ALIGNED)
@pytest.mark.parametrize("scale", [1e-3, 1e4])
def test_extreme_logits_and_impossible_classes_stay_finite(loss: ModuleType, scale: float) -> None:
    log_probs = np.where(np.arange(NUM_CLASSES) < 20, np.log(1 / 20), -np.inf).astype(np.float32)
    one = student(scale * random_logits(1, 2, 40, NUM_CLASSES), "float32")
    value = loss.loss(one, labelled(VIN, "1" * 17), TeacherOutputs(np.tile(log_probs, (2, 50, 1))))
    value.backward()
    assert np.isfinite(float(value))
    assert np.isfinite(one.logits.grad.numpy()).all()
    assert np.abs(one.logits.grad.numpy()).max() > 0


@pytest.mark.parametrize("loss", ALIGNED)
def test_single_precision_agrees_with_double(loss: ModuleType) -> None:
    ours, theirs = random_logits(1, 2, 40, NUM_CLASSES, scale=5.0), random_logits(2, 2, 50, NUM_CLASSES, scale=5.0)
    values = []
    gradients = []
    for dtype in ("float32", "float64"):
        one: Outputs = student(ours, dtype)
        value = loss.loss(one, labelled(VIN, VIN[::-1]), teacher(theirs))
        value.backward()
        values.append(float(value))
        gradients.append(one.logits.grad.numpy())
    assert values[0] == pytest.approx(values[1], rel=1e-4)
    assert np.abs(gradients[0] - gradients[1]).max() < 1e-4 * np.abs(gradients[1]).max()
