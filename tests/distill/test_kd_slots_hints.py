"""Distillation beside the CTC logits: from slot to slot, and from feature map to feature map."""

from __future__ import annotations

import math

import numpy as np
import pytest
from kd_cases import (
    SYMBOLS,
    VIN,
    brute_force_characters,
    kl,
    labelled,
    log_softmax,
    random_logits,
    softened,
    student,
    teacher,
)

from vinedge.charset import NUM_CLASSES, VIN_LENGTH, encode
from vinedge.distill.losses import feature_hint, slot_kl
from vinedge.distill.teacher_outputs import TeacherOutputs
from vinedge.errors import VinEdgeError

FRAMES = np.zeros((1, 40, NUM_CLASSES))


def with_neck(*values: float) -> np.ndarray:
    """Features `(1, 1, 1, W)`."""
    return np.array(values, float).reshape(1, 1, 1, -1)


# ---- slot_kl --------------------------------------------------------------------------------------------------------


def test_slot_kl_golden() -> None:
    # Sixteen slots agree; in the last the teacher has 3/4 : 1/4 where the student has 1/2 : 1/2.
    theirs = np.full((1, VIN_LENGTH, SYMBOLS), -60.0)
    theirs[:, :, 0] = 0
    ours = theirs.copy()
    theirs[0, 16, :2] = np.log([0.75, 0.25])
    ours[0, 16, :2] = 0
    found = slot_kl.loss(student(FRAMES, slots=ours), labelled(VIN), teacher(FRAMES, slots=theirs), temperature=1.0)
    assert float(found) == pytest.approx((0.75 * math.log(1.5) + 0.25 * math.log(0.5)) / 17, rel=1e-9)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_slot_kl_is_the_mean_over_slots_and_lines(temperature: float) -> None:
    ours, theirs = random_logits(1, 2, VIN_LENGTH, SYMBOLS), random_logits(2, 2, VIN_LENGTH, SYMBOLS)
    p, q = (softened(logits, temperature).reshape(-1, SYMBOLS) for logits in (theirs, ours))
    expected = np.mean([temperature**2 * kl(*pair) for pair in zip(p, q, strict=True)])
    frames = FRAMES.repeat(2, axis=0)
    found = slot_kl.loss(
        student(frames, slots=ours),
        labelled(VIN, VIN),
        teacher(frames, slots=log_softmax(theirs)),
        temperature=temperature,
    )
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_a_ctc_teacher_teaches_slots_through_its_alignment() -> None:
    theirs, ours = random_logits(1, 1, 6, NUM_CLASSES), random_logits(2, 1, VIN_LENGTH, SYMBOLS)
    one = student(FRAMES, slots=ours)
    value = slot_kl.loss(one, labelled("1AA"), teacher(theirs), temperature=1.0)
    characters = brute_force_characters(theirs[0], encode("1AA"))
    expected = np.mean([kl(p, q) for p, q in zip(characters, softened(ours[0, :3], 1.0), strict=True)])
    assert float(value) == pytest.approx(expected, rel=1e-9)
    value.backward()
    gradient = one.features["slots"].grad.numpy()[0]
    assert np.abs(gradient[:3]).max() > 0
    assert np.abs(gradient[3:]).max() == 0  # the label ends after three characters


def test_a_line_that_a_ctc_teachers_frames_cannot_spell_counts_nothing() -> None:
    one = student(FRAMES, slots=random_logits(2, 1, VIN_LENGTH, SYMBOLS))
    assert float(slot_kl.loss(one, labelled("AA1"), teacher(random_logits(1, 1, 3, NUM_CLASSES)))) == 0
    slots = log_softmax(random_logits(3, 1, VIN_LENGTH, SYMBOLS))  # but slots need no frames
    assert float(slot_kl.loss(one, labelled("AA1"), teacher(random_logits(1, 1, 3, NUM_CLASSES), slots=slots))) > 0


def test_a_student_without_slots_is_told_so() -> None:
    with pytest.raises(VinEdgeError, match=r"needs a student with a slot head.*use aligned_kl"):
        slot_kl.loss(student(FRAMES), labelled(VIN), teacher(FRAMES))


# ---- feature_hint ---------------------------------------------------------------------------------------------------


def hint(ours: np.ndarray, theirs: np.ndarray) -> float:
    frames = np.zeros((len(ours), 40, NUM_CLASSES))
    batch = labelled(*[VIN] * len(ours))
    return float(feature_hint.loss(student(frames, neck=ours), batch, teacher(frames, features={"neck": theirs})))


def test_feature_hint_golden() -> None:
    # Energies (9, 16) and (16, 9): the profiles' cosine is 288 / 337, and |a - b|^2 = 2 - 2 cos.
    assert hint(with_neck(3, -4), with_neck(4, 3)) == pytest.approx(2 - 2 * 288 / 337, rel=1e-9)
    assert hint(with_neck(1, 0), with_neck(0, 1)) == pytest.approx(2, rel=1e-9)


def test_the_wider_profile_is_averaged_into_the_narrower() -> None:
    # Energies (1, 3, 5, 7) become (2, 6).
    assert hint(np.sqrt(with_neck(1, 3, 5, 7)), np.sqrt(with_neck(2, 6))) == pytest.approx(0, abs=1e-12)
    assert hint(np.sqrt(with_neck(2, 6)), np.sqrt(with_neck(1, 3, 5, 7))) == pytest.approx(0, abs=1e-12)


def test_widths_that_do_not_divide_are_compared_too() -> None:
    rising, falling = np.linspace(1, 2, 80), np.linspace(1, 2, 80)[::-1]
    other = with_neck(*np.linspace(1, 2, 48))
    assert hint(with_neck(*rising), other) < 1e-4 < hint(with_neck(*falling), other)


def test_strength_channels_and_rows_play_no_part() -> None:
    ours = random_logits(1, 2, 3, 2, 8)
    base = hint(ours, random_logits(2, 2, 5, 4, 8))
    assert hint(1e3 * ours[:, [2, 0, 1]][:, :, ::-1].repeat(2, axis=2), random_logits(2, 2, 5, 4, 8)) == pytest.approx(
        base, rel=1e-9
    )


def test_an_inactive_map_has_a_finite_gradient() -> None:
    one = student(FRAMES, neck=np.zeros((1, 1, 1, 4)))
    value = feature_hint.loss(one, labelled(VIN), teacher(FRAMES, features={"neck": with_neck(1, 2, 3, 4)}))
    value.backward()
    assert float(value) == pytest.approx(1)
    assert np.isfinite(one.features["neck"].grad.numpy()).all()


def test_the_tap_can_be_chosen_and_a_missing_one_is_named() -> None:
    one = student(FRAMES, backbone=with_neck(1, 0))
    other = TeacherOutputs(log_softmax(FRAMES), features={"backbone": with_neck(0, 1)})
    assert float(feature_hint.loss(one, labelled(VIN), other, tap="backbone")) == pytest.approx(2)
    with pytest.raises(VinEdgeError, match=r"the student has no features named 'neck' \(it has: backbone\)"):
        feature_hint.loss(one, labelled(VIN), other)
    with pytest.raises(VinEdgeError, match=r"the teacher has no features named 'backbone' \(it has: none\)"):
        feature_hint.loss(one, labelled(VIN), teacher(FRAMES), tap="backbone")
