"""Losses that look at frames: temperature KL with its blank policies, PaddleOCR's mean over time, label smoothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kd_cases import kl, labelled, log_softmax, random_logits, softened, student, teacher

from vinedge.charset import BLANK, NUM_CLASSES
from vinedge.distill.losses import ctc_mean_kl, frame_kl, label_smoothing
from vinedge.distill.teacher_outputs import TeacherOutputs
from vinedge.errors import VinEdgeError

TWO = labelled("1A", "AA1")


def blanks_at(logits: np.ndarray, *frames: int) -> np.ndarray:
    """Return the logits with these frames surely blank (0.9 and more), the others surely not."""
    logits = logits.copy()
    logits[..., BLANK] = -3
    logits[..., list(frames), BLANK] = 20
    return logits


def frame_divergences(ours: np.ndarray, theirs: np.ndarray, temperature: float) -> np.ndarray:
    p, q = softened(theirs, temperature), softened(ours, temperature)
    return np.array(
        [[temperature**2 * kl(a, b) for a, b in zip(*rows, strict=True)] for rows in zip(p, q, strict=True)]
    )


# ---- frame_kl -------------------------------------------------------------------------------------------------------


def test_frame_kl_golden() -> None:
    # Two classes matter. Teacher 3/4 : 1/4, student 1/2 : 1/2: KL = 3/4 ln(3/2) + 1/4 ln(1/2) = 0.1308.
    impossible = np.full(NUM_CLASSES - 2, -60.0)
    theirs = np.array([[[np.log(0.75), np.log(0.25), *impossible]]])
    ours = np.array([[[0.0, 0.0, *impossible]]])
    found = float(frame_kl.loss(student(ours), labelled("1"), teacher(theirs), temperature=1.0))
    assert found == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), rel=1e-9)
    # Halved logarithms (T = 2): teacher sqrt(3) : 1; T^2 = 4.
    p = math.sqrt(3) / (1 + math.sqrt(3))
    expected = 4 * (p * math.log(2 * p) + (1 - p) * math.log(2 * (1 - p)))
    assert float(frame_kl.loss(student(ours), labelled("1"), teacher(theirs), temperature=2.0)) == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_frame_kl_is_the_mean_over_frames_and_lines(temperature: float) -> None:
    ours, theirs = random_logits(1, 2, 5, NUM_CLASSES), random_logits(2, 2, 5, NUM_CLASSES)
    found = float(frame_kl.loss(student(ours), TWO, teacher(theirs), temperature=temperature))
    assert found == pytest.approx(frame_divergences(ours, theirs, temperature).mean(), rel=1e-10)


def test_dropped_blank_frames_leave_the_mean_over_the_others() -> None:
    ours, theirs = random_logits(1, 2, 5, NUM_CLASSES), blanks_at(random_logits(2, 2, 5, NUM_CLASSES), 0, 3)
    found = float(frame_kl.loss(student(ours), TWO, teacher(theirs), blank="drop_teacher_blank"))
    assert found == pytest.approx(frame_divergences(ours, theirs, 4.0)[:, [1, 2, 4]].mean(), rel=1e-10)


def test_reweighted_blank_frames_weigh_as_much_together_as_the_others_together() -> None:
    ours, theirs = random_logits(1, 2, 5, NUM_CLASSES), blanks_at(random_logits(2, 2, 5, NUM_CLASSES), 0, 3)
    nats = frame_divergences(ours, theirs, 4.0)
    found = float(frame_kl.loss(student(ours), TWO, teacher(theirs), blank="reweight"))
    assert found == pytest.approx((nats[:, [0, 3]].mean() + nats[:, [1, 2, 4]].mean()) / 2, rel=1e-10)


def test_frame_weights_golden() -> None:
    is_blank = np.array([[True, True, True, False], [True] * 4, [False] * 4])
    assert frame_kl.frame_weights(is_blank, "all").tolist() == [[0.25] * 4] * 3
    assert frame_kl.frame_weights(is_blank, "drop_teacher_blank").tolist() == [[0, 0, 0, 1], [0] * 4, [0.25] * 4]
    balanced = frame_kl.frame_weights(is_blank, "reweight")
    assert balanced == pytest.approx(np.array([[1 / 6, 1 / 6, 1 / 6, 1 / 2], [0.25] * 4, [0.25] * 4]))


def test_the_threshold_decides_what_is_a_blank_frame() -> None:
    ours, theirs = random_logits(1, 1, 3, NUM_CLASSES), random_logits(2, 1, 3, NUM_CLASSES)
    theirs[0, 1] = np.log([0.8] + [0.2 / 33] * 33)
    nats = frame_divergences(ours, theirs, 4.0)[0]

    def found(threshold: float) -> float:
        one = student(ours)
        return float(
            frame_kl.loss(one, labelled("1"), teacher(theirs), blank="drop_teacher_blank", blank_threshold=threshold)
        )

    assert found(0.81) == pytest.approx(nats.mean())
    assert found(0.79) == pytest.approx(nats[[0, 2]].mean())


def test_added_blank_frames_change_nothing_when_dropped_and_everything_when_not() -> None:
    ours, theirs = random_logits(1, 1, 4, NUM_CLASSES), blanks_at(random_logits(2, 1, 4, NUM_CLASSES), 1)
    extra = blanks_at(np.zeros((1, 3, NUM_CLASSES)), 0, 1, 2)
    longer = np.concatenate([theirs, extra], axis=1)
    wrong = np.concatenate([ours, random_logits(3, 1, 3, NUM_CLASSES)], axis=1)

    def found(a: np.ndarray, b: np.ndarray, policy: frame_kl.BlankPolicy) -> float:
        return float(frame_kl.loss(student(a), labelled("1"), teacher(b), blank=policy))

    assert found(wrong, longer, "drop_teacher_blank") == pytest.approx(found(ours, theirs, "drop_teacher_blank"))
    assert found(wrong, longer, "all") != pytest.approx(found(ours, theirs, "all"), rel=0.01)


def test_a_teacher_of_blanks_alone_teaches_nothing_when_they_are_dropped() -> None:
    one = student(random_logits(1, 1, 4, NUM_CLASSES))
    blind = teacher(blanks_at(random_logits(2, 1, 4, NUM_CLASSES), 0, 1, 2, 3))
    value = frame_kl.loss(one, labelled("1"), blind, blank="drop_teacher_blank")
    value.backward()
    assert float(value) == 0
    assert np.abs(one.logits.grad.numpy()).max() == 0


def test_frames_that_do_not_match_are_refused_with_the_way_out() -> None:
    with pytest.raises(VinEdgeError, match=r"student gives 5 frames and the teacher 4; use aligned_kl"):
        frame_kl.loss(student(random_logits(1, 1, 5, 34)), labelled("1"), teacher(random_logits(2, 1, 4, 34)))


def test_a_hot_divergence_is_half_the_mean_squared_difference_of_centered_log_probs() -> None:
    ours, theirs = random_logits(1, 1, 1, NUM_CLASSES), random_logits(2, 1, 1, NUM_CLASSES)
    difference = theirs - ours
    expected = 0.5 * np.mean((difference - difference.mean()) ** 2)
    found = float(frame_kl.loss(student(ours), labelled("1"), teacher(theirs), temperature=2000.0))
    assert found == pytest.approx(expected, rel=2e-3)


def test_a_cold_divergence_compares_the_best_classes() -> None:
    # T -> 0: the teacher's softened distribution is its best class; T KL -> what the student's best class leads by.
    ours, theirs = np.zeros((1, 1, NUM_CLASSES)), np.zeros((1, 1, NUM_CLASSES))
    theirs[0, 0, 5], ours[0, 0, 7] = 1.0, 2.0
    temperature = 0.05  # colder, and Paddle's log-softmax is cut off at -64 on CPUs
    found = float(frame_kl.loss(student(ours), labelled("1"), teacher(theirs), temperature=temperature))
    assert found == pytest.approx(temperature * (2.0 - 0.0), rel=1e-5)


# ---- ctc_mean_kl ----------------------------------------------------------------------------------------------------


def paddleocr(ours: np.ndarray, theirs: np.ndarray) -> float:
    """PaddleOCR's arithmetic, sign flip of the blank and all."""
    flip = np.ones(ours.shape[-1])
    flip[0] = -1
    s = np.exp(log_softmax(ours * flip / 0.5)).mean(axis=1)
    t = np.exp(log_softmax(theirs * flip / 0.5)).mean(axis=1)
    return float((t * np.log((t + 1e-6) / (s + 1e-6) + 1e-6)).sum() / len(s))


def test_mean_kl_is_paddleocrs_where_its_sign_flip_removes_the_blank() -> None:
    ours, theirs = random_logits(1, 3, 6, NUM_CLASSES), random_logits(2, 3, 6, NUM_CLASSES)
    ours[:, :, BLANK] += 40
    theirs[:, :, BLANK] += 40
    found = float(ctc_mean_kl.loss(student(ours), labelled("1", "2", "3"), teacher(theirs)))
    assert found == pytest.approx(paddleocr(ours, theirs), rel=1e-9)


def test_mean_kl_golden() -> None:
    # Teacher: frames on symbols 1 and 2, so (1/2, 1/2); student: both frames on symbol 1, so (1, 0).
    sure = 100 * np.eye(NUM_CLASSES)
    found = float(ctc_mean_kl.loss(student(sure[[[1, 1]]]), labelled("1"), teacher(sure[[[1, 2]]])))
    e = 1e-6
    expected = 0.5 * math.log((0.5 + e) / (1 + e) + e) + 0.5 * math.log((0.5 + e) / e + e)
    assert found == pytest.approx(expected, rel=1e-9)


def test_mean_kl_sees_neither_order_nor_blanks_nor_frame_counts() -> None:
    ours, theirs = random_logits(1, 1, 6, NUM_CLASSES), random_logits(2, 1, 6, NUM_CLASSES)
    base = float(ctc_mean_kl.loss(student(ours), labelled("1"), teacher(theirs)))
    shuffled = theirs[:, [3, 1, 5, 0, 2, 4]].repeat(2, axis=1)
    shuffled[:, :, BLANK] += 5
    assert float(ctc_mean_kl.loss(student(ours), labelled("1"), teacher(shuffled))) == pytest.approx(base, rel=1e-9)


# ---- label_smoothing ------------------------------------------------------------------------------------------------


def test_label_smoothing_golden() -> None:
    # One class has half the probability, the others share the rest: KL(u || p) = -ln 34 - (ln(1/2) + 33 ln(1/66)) / 34.
    logits = np.log(np.array([[[0.5] + [0.5 / 33] * 33]]))
    expected = -math.log(34) - (math.log(0.5) + 33 * math.log(1 / 66)) / 34
    assert float(label_smoothing.loss(student(logits), labelled("1"))) == pytest.approx(expected, rel=1e-10)


def test_label_smoothing_is_a_mean_over_lines_and_frames() -> None:
    logits = random_logits(1, 2, 5, NUM_CLASSES)
    uniform = np.full(NUM_CLASSES, 1 / NUM_CLASSES)
    expected = np.mean([kl(uniform, row) for row in np.exp(log_softmax(logits)).reshape(-1, NUM_CLASSES)])
    assert float(label_smoothing.loss(student(logits), TWO)) == pytest.approx(expected, rel=1e-10)


def test_a_student_that_knows_nothing_is_smooth() -> None:
    assert float(label_smoothing.loss(student(np.zeros((2, 5, NUM_CLASSES))), TWO)) == pytest.approx(0, abs=1e-12)


# ---- laws -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["all", "drop_teacher_blank", "reweight"])
def test_frames_may_be_permuted_and_doubled(policy: frame_kl.BlankPolicy) -> None:
    ours, theirs = random_logits(1, 2, 6, NUM_CLASSES), blanks_at(random_logits(2, 2, 6, NUM_CLASSES), 0, 3)
    order = [3, 1, 5, 0, 2, 4] * 2
    base, other = (
        float(frame_kl.loss(student(ours[:, kept]), TWO, teacher(theirs[:, kept]), blank=policy))
        for kept in (list(range(6)), order)
    )
    assert other == pytest.approx(base, rel=1e-9)


def test_impossible_classes_are_no_trouble() -> None:
    log_probs = np.full((1, 3, NUM_CLASSES), -np.inf, np.float32)
    log_probs[0, [0, 1, 2], [1, 0, 2]] = 0
    for loss in (frame_kl.loss, ctc_mean_kl.loss):
        one = student(1e4 * random_logits(1, 1, 3, NUM_CLASSES), "float32")
        value = loss(one, labelled("12"), TeacherOutputs(log_probs))
        value.backward()
        assert np.isfinite(float(value))
        assert np.isfinite(one.logits.grad.numpy()).all()
