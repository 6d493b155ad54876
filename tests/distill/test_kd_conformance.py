"""What every file in `distill/losses` keeps, whoever wrote it: the trainer and the settings count on it."""

from __future__ import annotations

import inspect
import re
import typing
from types import ModuleType

import numpy as np
import pytest
from kd_cases import VIN, labelled, log_softmax, whole_student, whole_teacher

from vinedge import registry
from vinedge.charset import NUM_CLASSES, VIN_LENGTH
from vinedge.distill import losses
from vinedge.distill.batch import Batch
from vinedge.distill.outputs import Outputs
from vinedge.distill.teacher_outputs import TeacherOutputs, needs_teacher

# isort: split
import paddle

NAMES = registry.names(losses)
MODULES = {name: registry.load(losses, name) for name in NAMES}
METHODS = [name for name in NAMES if needs_teacher(MODULES[name].loss)]
# Not from the literature, so there is no paper to name.
OWN_IDEAS = {"frame"}
TEXTS = (VIN, VIN[::-1])


@pytest.fixture(params=NAMES)
def loss(request: pytest.FixtureRequest) -> ModuleType:
    return MODULES[request.param]


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> ModuleType:
    return MODULES[request.param]


def centered(*texts: str) -> Batch:
    """A labelled batch that also knows where its characters stand, for the loss that asks."""
    batch = labelled(*texts)
    batch.centers[:] = (np.arange(VIN_LENGTH) + 0.5) / VIN_LENGTH
    return batch


def call(loss: ModuleType, outputs: Outputs, batch: Batch, teacher: TeacherOutputs) -> paddle.Tensor:
    arguments = (outputs, batch, teacher) if needs_teacher(loss.loss) else (outputs, batch)
    value: paddle.Tensor = loss.loss(*arguments)
    return value


def value_of(loss: ModuleType, rows: list[int], right: list[bool] | None = None) -> float:
    """Return the loss of these lines of one fixed batch."""
    student, teacher = whole_student(1, dtype="float32"), whole_teacher(7)
    outputs = Outputs(student.logits[rows], {name: value[rows] for name, value in student.features.items()})
    theirs = TeacherOutputs(
        teacher.log_probs[rows],
        teacher.slots[rows],  # type: ignore[index]
        {name: value[rows] for name, value in teacher.features.items()},
        None if right is None else np.array(right),
    )
    return float(call(loss, outputs, centered(*[TEXTS[row] for row in rows]), theirs))


def leaves(outputs: Outputs) -> list[paddle.Tensor]:
    return [outputs.logits, *outputs.features.values()]


def gradients(outputs: Outputs) -> list[np.ndarray]:
    return [leaf.grad.numpy() for leaf in leaves(outputs) if leaf.grad is not None]


def test_the_methods_of_distillation_are_all_there() -> None:
    assert set(METHODS) >= {"frame_kl", "ctc_mean_kl", "aligned_kl", "dkd", "slot_kl", "feature_hint"}
    assert {"ctc", "frame", "label_smoothing"} <= set(NAMES) - set(METHODS)


def test_the_file_says_its_formula_and_its_source(loss: ModuleType) -> None:
    text = loss.__doc__ or ""
    name = loss.__name__.rpartition(".")[2]
    assert re.search(r"^    L +=", text, re.MULTILINE)
    assert name in OWN_IDEAS or re.search(r"[12]\d{3}\b.*\"|PaddleOCR \d", text, re.DOTALL)


def test_options_follow_the_star_with_types_and_defaults(loss: ModuleType) -> None:
    parameters = inspect.signature(loss.loss).parameters
    hints = typing.get_type_hints(loss.loss, include_extras=True)
    positional = [name for name, one in parameters.items() if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert positional in (["outputs", "batch"], ["outputs", "batch", "teacher"])
    options = [one for name, one in parameters.items() if name not in positional]
    assert all(one.default is not inspect.Parameter.empty and one.name in hints for one in options)


def test_it_is_a_finite_scalar_whose_gradient_reaches_the_student_alone(loss: ModuleType) -> None:
    student, frozen = whole_student(1, dtype="float32"), whole_teacher(7)
    tensors = [
        paddle.to_tensor(np.asarray(value)) for value in (frozen.log_probs, frozen.slots, *frozen.features.values())
    ]
    for tensor in tensors:
        tensor.stop_gradient = False  # a teacher someone forgot to freeze
    teacher = TeacherOutputs(tensors[0], tensors[1], dict(zip(frozen.features, tensors[2:], strict=True)))
    value = call(loss, student, centered(*TEXTS), teacher)
    assert value.shape == []
    assert np.isfinite(float(value))
    assert float(value) > 0
    value.backward()
    assert all(np.isfinite(gradient).all() for gradient in gradients(student))
    assert max(np.abs(gradient).max() for gradient in gradients(student)) > 0
    assert [tensor.grad for tensor in tensors] == [None] * len(tensors)


def test_descending_the_gradient_lowers_it(loss: ModuleType) -> None:
    student, teacher, batch = whole_student(1), whole_teacher(7), centered(*TEXTS)
    if loss.__name__.endswith(".ctc"):
        student = whole_student(1, dtype="float32")  # Paddle's kernel has no double
    before = call(loss, student, batch, teacher)
    before.backward()
    moved = [leaf if leaf.grad is None else leaf - 0.01 * leaf.grad for leaf in leaves(student)]
    after = Outputs(moved[0].detach(), dict(zip(student.features, (leaf.detach() for leaf in moved[1:]), strict=True)))
    assert float(call(loss, after, batch, teacher)) < float(before)


def test_the_order_of_lines_and_the_size_of_the_batch_do_not_matter(loss: ModuleType) -> None:
    base = value_of(loss, [0, 1])
    assert value_of(loss, [1, 0]) == pytest.approx(base, rel=1e-5)
    assert value_of(loss, [0, 1, 0, 1, 1, 0]) == pytest.approx(base, rel=1e-5)
    assert (value_of(loss, [0]) + value_of(loss, [1])) / 2 == pytest.approx(base, rel=1e-5)


def test_extreme_logits_stay_finite(loss: ModuleType) -> None:
    calm = whole_student(1, dtype="float32")
    wild = [(1e4 * leaf).detach() for leaf in leaves(calm)]
    for leaf in wild:
        leaf.stop_gradient = False
    student = Outputs(wild[0], dict(zip(calm.features, wild[1:], strict=True)))
    frozen = whole_teacher(7)
    sure = np.where(np.arange(NUM_CLASSES) == 3, 0.0, np.full(frozen.log_probs.shape, -np.inf)).astype(np.float32)
    value = call(loss, student, centered(*TEXTS), TeacherOutputs(sure, frozen.slots, frozen.features))
    value.backward()
    assert np.isfinite(float(value))
    assert all(np.isfinite(gradient).all() for gradient in gradients(student))


# ---- methods that need a teacher ------------------------------------------------------------------------------------


def test_a_student_that_is_its_teacher_costs_nothing(method: ModuleType) -> None:
    student = whole_student(1)
    logits, slots, neck = (leaf.numpy() for leaf in leaves(student))
    same = TeacherOutputs(log_softmax(logits), log_softmax(slots), {"neck": neck})
    assert float(call(method, student, labelled(*TEXTS), same)) == pytest.approx(0, abs=2e-6)


def test_a_line_that_the_teacher_misreads_teaches_nothing_and_weighs_nothing(method: ModuleType) -> None:
    assert value_of(method, [0, 1], [True, True]) == pytest.approx(value_of(method, [0, 1]), rel=1e-6)
    assert value_of(method, [0, 1], [True, False]) == pytest.approx(value_of(method, [0]) / 2, rel=1e-5)
    assert value_of(method, [0, 1], [False, False]) == 0


def test_compact_teachers_are_read_alike(method: ModuleType) -> None:
    """Half precision is what a cache of teacher outputs keeps."""
    student, full = whole_student(1, dtype="float32"), whole_teacher(7)
    half = TeacherOutputs(
        np.asarray(full.log_probs, np.float16),
        np.asarray(full.slots, np.float16),
        {name: np.asarray(value, np.float16) for name, value in full.features.items()},
    )
    batch = labelled(*TEXTS)
    assert float(call(method, student, batch, half)) == pytest.approx(
        float(call(method, student, batch, full)), rel=0.01
    )


def test_the_temperature_counts_where_there_is_one(method: ModuleType) -> None:
    options = inspect.signature(method.loss).parameters
    if "temperature" not in options:
        assert method.__name__.endswith("feature_hint")
        return
    student, teacher, batch = whole_student(1), whole_teacher(7), labelled(*TEXTS)
    default = float(method.loss(student, batch, teacher))
    named = float(method.loss(student, batch, teacher, temperature=options["temperature"].default))
    other = float(method.loss(student, batch, teacher, temperature=2.0))
    assert default == named != pytest.approx(other, rel=1e-3)
