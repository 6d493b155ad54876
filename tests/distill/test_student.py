"""Every student keeps the promises that trainer, exporter and runtime build on, and its own budget."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from small_run import batch

from vinedge import registry
from vinedge.charset import MIN_FRAMES, NUM_CLASSES
from vinedge.distill import students
from vinedge.distill.cost import cost
from vinedge.distill.losses import ctc
from vinedge.errors import VinEdgeError

# isort: split
import paddle
from paddle import nn


@pytest.fixture(params=registry.names(students))
def student(request: pytest.FixtureRequest) -> ModuleType:
    return registry.load(students, request.param)


def pictures(count: int, height: int = 32, width: int = 320) -> paddle.Tensor:
    noise = np.random.default_rng(0).standard_normal((count, 1, height, width), np.float32)
    return paddle.to_tensor(noise)


def test_logits_have_enough_frames_and_the_charset_s_classes(student: ModuleType) -> None:
    layer = student.build()
    logits = layer(pictures(3)).logits
    assert logits.shape[0] == 3
    assert logits.shape[1] >= MIN_FRAMES
    assert logits.shape[2] == NUM_CLASSES
    assert logits.dtype == paddle.float32


def test_in_evaluation_a_line_is_read_alike_alone_and_in_a_batch(student: ModuleType) -> None:
    layer = student.build()
    layer.eval()
    together = layer(pictures(3)).logits.numpy()
    alone = layer(pictures(3)[1:2]).logits.numpy()
    np.testing.assert_allclose(alone[0], together[1], rtol=1e-4, atol=1e-5)


def test_one_optimizer_step_moves_every_parameter(student: ModuleType) -> None:
    paddle.seed(0)
    layer = student.build(height=16, width=160)
    before = {name: value.numpy().copy() for name, value in layer.named_parameters()}
    optimizer = paddle.optimizer.AdamW(1e-3, parameters=layer.parameters())
    ctc.loss(layer(pictures(2, 16, 160)), batch()).backward()
    optimizer.step()
    still = [name for name, value in layer.named_parameters() if np.array_equal(before[name], value.numpy())]
    assert still == []


def test_every_parameter_belongs_to_a_named_part(student: ModuleType) -> None:
    parts = {name.partition(".")[0] for name, _ in student.build().named_parameters()}
    assert parts == {"backbone", "neck", "head"}


def test_the_seed_decides_the_start(student: ModuleType) -> None:
    def start(seed: int) -> np.ndarray:
        paddle.seed(seed)
        return np.concatenate([value.numpy().ravel() for value in student.build().parameters()])

    assert np.array_equal(start(1), start(1))
    assert not np.array_equal(start(1), start(2))


def test_vin_nano_keeps_its_budget() -> None:
    layer = registry.load(students, "vin_nano").build()
    found = cost(layer, 32, 320)
    assert found.parameters == 239_634
    assert found.gflop == pytest.approx(0.08973, abs=1e-5)
    assert found.gflop <= 0.12
    assert layer(pictures(1)).logits.shape == [1, 80, NUM_CLASSES]


def test_vin_small_keeps_its_budget() -> None:
    layer = registry.load(students, "vin_small").build()
    found = cost(layer, 32, 320)
    assert found.parameters == 888_546
    assert found.gflop == pytest.approx(0.34591, abs=1e-5)
    assert layer(pictures(1)).logits.shape == [1, 80, NUM_CLASSES]


def test_vin_small_can_teach_vin_nano_on_the_same_lines() -> None:
    small, nano = (registry.load(students, name).build()(pictures(1)) for name in ("vin_small", "vin_nano"))
    assert small.logits.shape == nano.logits.shape
    assert list(small.features) == list(nano.features)


@pytest.mark.parametrize(("name", "before", "after"), [("vin_nano", 35, 32), ("vin_small", 63, 60)])
def test_a_frame_sees_the_columns_that_it_is_said_to_see(name: str, before: int, after: int) -> None:
    layer = registry.load(students, name).build(height=32, width=640)
    layer.eval()
    line = pictures(1, 32, 640)
    line.stop_gradient = False
    layer(line).logits[0, 80].sum().backward()
    seen = np.flatnonzero(line.grad.abs().sum([0, 1, 2]).numpy())
    assert (seen.min(), seen.max()) == (320 - before, 323 + after)


@pytest.mark.parametrize(("height", "width"), [(30, 320), (32, 318), (0, 320), (-16, 320)])
def test_sizes_that_cannot_be_halved_are_refused(student: ModuleType, height: int, width: int) -> None:
    with pytest.raises(VinEdgeError, match=f"got {height}x{width}"):
        student.build(height=height, width=width)


def test_cost_counts_two_operations_a_multiply_add() -> None:
    # Convolution: 4 * 5 * 5 outputs of 1 * 3 * 3 products. Linear map: 6 outputs of 100.
    layer = nn.Sequential(nn.Conv2D(1, 4, 3, padding=1), nn.Flatten(), nn.Linear(100, 6))
    found = cost(layer, 5, 5)
    assert found.gflop == pytest.approx(2e-9 * (4 * 5 * 5 * 9 + 100 * 6))
    assert found.parameters == 4 * 9 + 4 + 100 * 6 + 6


def test_cost_leaves_the_network_as_it_was() -> None:
    layer = registry.load(students, "vin_nano").build()
    layer.train()
    before = {name: value.numpy().copy() for name, value in layer.state_dict().items()}
    cost(layer, 32, 320)
    assert layer.training
    assert all(np.array_equal(before[name], value.numpy()) for name, value in layer.state_dict().items())
