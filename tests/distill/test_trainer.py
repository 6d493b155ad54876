"""The trainer: resumes exactly, keeps the best, stops when asked, and two processes are one larger batch."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from small_run import NoiseFeed, same_bytes, settings, trainer, validation

from vinedge.distill.checkpoint import arrays_from, build_student, load_checkpoint
from vinedge.distill.ema import Ema
from vinedge.distill.optimizer import build_optimizer, optimizer_arrays, restore_optimizer
from vinedge.distill.outputs import Outputs
from vinedge.errors import VinEdgeError

# isort: split
import paddle
from paddle import nn


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def records(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six steps that nothing disturbed."""
    folder = tmp_path_factory.mktemp("straight")
    outcome = trainer(settings(), folder).run(NoiseFeed(settings()), validation())
    assert (outcome.ending, outcome.step) == ("finished", 6)
    return folder


def test_a_run_leaves_metrics_and_checkpoints(straight: Path) -> None:
    found = records(straight)
    assert [r["step"] for r in found if "loss" in r] == [1, 2, 3, 4, 5, 6]
    assert [r["step"] for r in found if "validation" in r] == [2, 4, 6]
    assert set(found[0]["losses"]) == {"ctc", "frame"}  # type: ignore[call-overload]
    assert load_checkpoint(straight / "last").state is not None
    assert load_checkpoint(straight / "best").state is None


def test_the_same_settings_train_the_same_weights(straight: Path, tmp_path: Path) -> None:
    trainer(settings(), tmp_path).run(NoiseFeed(settings()), validation())
    assert same_bytes(straight / "last", tmp_path / "last")


@pytest.mark.parametrize("step", [0, 1, 3, 4])
def test_an_interrupted_and_resumed_run_reaches_the_same_bits(straight: Path, tmp_path: Path, step: int) -> None:
    first = trainer(settings(), tmp_path)
    outcome = first.run(NoiseFeed(settings(), {step: press_ctrl_c}), validation())
    assert (outcome.ending, outcome.step) == ("interrupted", step + 1)
    second = trainer(settings(), tmp_path)
    second.restore(load_checkpoint(tmp_path / "last"))
    assert second.run(NoiseFeed(settings()), validation()).ending == "finished"
    assert same_bytes(straight / "last", tmp_path / "last")
    assert same_bytes(straight / "best", tmp_path / "best", ["weights.safetensors"])
    validations = [r["validation"] for r in records(tmp_path) if "validation" in r]
    assert validations == [r["validation"] for r in records(straight) if "validation" in r]


def test_sigterm_is_heard_too(tmp_path: Path) -> None:
    feed = NoiseFeed(settings(), {1: lambda: os.kill(os.getpid(), signal.SIGTERM)})
    assert trainer(settings(), tmp_path).run(feed, validation()).ending == "interrupted"
    assert load_checkpoint(tmp_path / "last").step == 2


def test_a_second_ctrl_c_interrupts_at_once_and_gives_the_handlers_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)

    def twice() -> None:
        press_ctrl_c()
        press_ctrl_c()

    with pytest.raises(KeyboardInterrupt):
        trainer(settings(), tmp_path).run(NoiseFeed(settings(), {1: twice}), validation())
    assert signal.getsignal(signal.SIGINT) is before


def test_a_time_limit_ends_with_a_validation_and_can_be_resumed(straight: Path, tmp_path: Path) -> None:
    limited = settings("Global.max_minutes=1e-9")
    outcome = trainer(limited, tmp_path).run(NoiseFeed(limited), validation())
    assert (outcome.ending, outcome.step) == ("time", 1)
    assert [r["step"] for r in records(tmp_path) if "validation" in r] == [1]
    second = trainer(settings(), tmp_path)
    second.restore(load_checkpoint(tmp_path / "last"))
    second.run(NoiseFeed(settings()), validation())
    # Its settings.yml alone differs.
    assert same_bytes(straight / "last", tmp_path / "last")


def test_training_time_of_all_parts_counts(tmp_path: Path) -> None:
    limited = settings("Global.max_minutes=1")
    part = trainer(limited, tmp_path)
    part.earlier_s = 61.0
    assert part.run(NoiseFeed(limited), validation()).ending == "time"


def test_a_run_without_state_is_not_resumed(straight: Path, tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"cannot be resumed: it has no state\.safetensors"):
        trainer(settings(), tmp_path).restore(load_checkpoint(straight / "best"))


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    one = trainer(settings(), tmp_path)
    one.layer.head.bias.set_value(np.full(34, np.nan, np.float32))
    with pytest.raises(VinEdgeError, match=r"the loss became nan at step 1; lower Optimizer\.lr\.learning_rate"):
        one.run(NoiseFeed(settings()), validation())


def test_too_few_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"vin_nano gives 32 frames for Student\.width 128, and a VIN may need 33"):
        trainer(settings("Student.width=128"), tmp_path)


def test_best_is_the_best_and_ties_stay_with_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = trainer(settings(), tmp_path)
    hits = iter([1, 3, 3])

    def read(layer: object, images: np.ndarray, spec: object) -> list[str]:
        right = next(hits)
        return [vin if n < right else "" for n, vin in enumerate(validation()[0].vins)]

    monkeypatch.setattr("vinedge.distill.trainer.read_fitted", read)
    one.run(NoiseFeed(settings()), validation())
    best = load_checkpoint(tmp_path / "best")
    assert best.step == 4
    assert best.metrics["validation"]["noise"]["hits"] == 3
    assert load_checkpoint(tmp_path / "last").step == 6


class Plain(nn.Layer):
    """One linear map, for what can be worked out by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(3, 2)

    def forward(self, x: paddle.Tensor) -> Outputs:
        return Outputs(self.map(x), {})


def test_the_average_follows_its_formula() -> None:
    source, copy = Plain(), Plain()
    average = Ema(source, copy, 0.5)
    expected = source.map.bias.numpy().copy()
    for step in range(12):
        source.map.bias.set_value(np.array([step, -step], np.float32))
        average.update(step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * np.array([step, -step])
    np.testing.assert_allclose(copy.map.bias.numpy(), expected, rtol=1e-5)
    assert not copy.training


def test_without_decay_the_average_is_the_source() -> None:
    source, copy = Plain(), Plain()
    Ema(source, copy, 0.0).update(3)
    assert np.array_equal(source.map.weight.numpy(), copy.map.weight.numpy())


def test_weights_decay_and_biases_do_not() -> None:
    layer = Plain()
    layer.map.bias.set_value(np.ones(2, np.float32))
    before = layer.map.weight.numpy().copy()
    optimizer = build_optimizer(settings("Optimizer.weight_decay=0.5"), layer)
    optimizer.set_lr(0.1)
    (layer.map(paddle.zeros([1, 3])) * 0).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(layer.map.weight.numpy(), before * (1 - 0.1 * 0.5), rtol=1e-6)
    assert layer.map.bias.numpy().tolist() == [1, 1]


def test_the_gradient_is_clipped_by_its_whole_norm() -> None:
    chosen = settings("Optimizer.clip_norm=1", "Optimizer.weight_decay=0")
    layer = build_student(chosen)
    optimizer = build_optimizer(chosen, layer)
    assert optimizer._grad_clip.clip_norm == 1


def test_optimizer_state_moves_to_another_layer_by_structured_names() -> None:
    chosen = settings()

    def stepped(layer: nn.Layer, optimizer: paddle.optimizer.Optimizer, steps: int) -> None:
        for n in range(steps):
            layer(paddle.full([2, 3], n + 1.0)).logits.square().sum().backward()
            optimizer.step()
            optimizer.clear_grad()

    first = Plain()
    optimizer = build_optimizer(chosen, first)
    stepped(first, optimizer, 3)
    arrays = optimizer_arrays(optimizer, first)
    assert {"map.weight/moment1", "map.bias/moment2", "map.bias/beta1_pow_acc"} <= set(arrays)

    nn.Linear(2, 2)  # moves Paddle's counters on
    second = Plain()
    second.set_state_dict({name: value.numpy() for name, value in first.state_dict().items()})
    other = build_optimizer(chosen, second)
    restore_optimizer(other, second, arrays)
    stepped(first, optimizer, 2)
    stepped(second, other, 2)
    for name, value in arrays_from(first).items():
        assert np.array_equal(value, arrays_from(second)[name]), name
