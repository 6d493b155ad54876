"""Frozen, full, discriminative and gradual: what they promise to move moves, at the promised rate, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from finetune_cases import OWN_RATE, changed, reader, state, step

from vinedge.distill.parts import PARTS, Parts, parts_from, statistics
from vinedge.distill.settings import FineTuning
from vinedge.distill.technique import Technique, technique_named, technique_names
from vinedge.errors import VinEdgeError

# isort: split
import paddle
from paddle import nn

RATE = 0.01
SPECIFIED = {"early_backbone": 0.01, "late_backbone": 0.1, "neck": 0.5, "head": 1.0}


def names_of(model: nn.Layer, *parts: str) -> set[str]:
    """Names of all parameters and statistics in these parts."""
    inside = {id(one) for part in parts for layer in parts_from(model)[part] for one in layer.parameters()}
    return {name for name, parameter in model.named_parameters() if id(parameter) in inside}


def train_epoch(technique: Technique, model: nn.Layer, optimizer: paddle.optimizer.Optimizer, epoch: int) -> set[str]:
    """Train two steps as the trainer does and return the names of what changed."""
    technique.at_epoch(epoch)
    model.train()
    technique.hold_eval(model)
    before = state(model)
    for number in range(2):
        step(model, optimizer, 10 * epoch + number)
    return changed(before, state(model))


def adamw(model: nn.Layer) -> paddle.optimizer.Optimizer:
    return paddle.optimizer.AdamW(RATE, parameters=model.parameters(), weight_decay=0.01)


# ---- what moves -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "moving"), [("full", PARTS), ("discriminative", PARTS), ("frozen", PARTS[2:])])
def test_exactly_the_promised_parts_move_statistics_included(name: str, moving: tuple[str, ...]) -> None:
    model, technique = reader(), technique_named(name)
    technique.prepare(model, FineTuning())
    optimizer = adamw(model)
    for epoch in (1, 2, 50):
        assert train_epoch(technique, model, optimizer, epoch) == names_of(model, *moving)


@pytest.mark.parametrize(
    ("epoch", "moving"),
    [(1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (30, 3), (31, 4), (100, 4)],
)
def test_gradual_stages_add_up(epoch: int, moving: int) -> None:
    """Each epoch by itself: a run resumed there must be as one that came there."""
    model, technique = reader(), technique_named("gradual")
    technique.prepare(model, FineTuning())
    assert train_epoch(technique, model, adamw(model), epoch) == names_of(model, *PARTS[-moving:])


def test_one_optimizer_serves_all_stages_and_says_when_one_begins() -> None:
    model, technique = reader(), technique_named("gradual")
    technique.prepare(model, FineTuning(unfreeze_epochs=(2, 3, 4)))
    optimizer = adamw(model)
    for epoch in (1, 2, 3, 4):
        assert train_epoch(technique, model, optimizer, epoch) == names_of(model, *PARTS[-epoch:])
    technique.at_epoch(1)
    assert [technique.at_epoch(epoch) for epoch in (1, 2, 2, 3, 4, 5)] == [False, True, False, True, True, False]


def test_stages_that_run_backwards_are_refused() -> None:
    with pytest.raises(VinEdgeError, match=r"unfreeze_epochs is \[21, 11, 31\]; the neck joins first"):
        technique_named("gradual").prepare(reader(), FineTuning(unfreeze_epochs=(21, 11, 31)))


def test_without_holding_the_statistics_of_frozen_parts_would_move() -> None:
    """The reason for `hold_eval`: `stop_gradient` alone is not frozen."""
    model, technique = reader(), technique_named("frozen")
    technique.prepare(model, FineTuning())
    optimizer = adamw(model)
    model.train()
    before = state(model)
    step(model, optimizer, 0)
    frozen = {id(one) for one in statistics([model.body])}
    names = {name for name, one in model.named_parameters() if id(one) in frozen}
    assert changed(before, state(model)) & names_of(model, *PARTS[:2]) == names


def test_dropout_of_frozen_parts_is_off() -> None:
    model, technique = reader(), technique_named("gradual")
    technique.prepare(model, FineTuning())
    model.train()
    technique.hold_eval(model)
    assert [model.neck.dropout.training, model.head.training] == [False, True]
    technique.at_epoch(11)
    model.train()
    technique.hold_eval(model)
    assert model.neck.dropout.training


# ---- how fast -------------------------------------------------------------------------------------------------------


def measured_rates(model: nn.Layer, optimizer: paddle.optimizer.Optimizer, parts: Parts) -> dict[str, set[float]]:
    """Return by part how far one step of SGD moves each weight for each unit of its gradient."""
    model.train()
    loss = (model(paddle.ones([2, 1, 8, 12]) * paddle.arange(12, dtype="float32")) ** 2).sum() * 100
    loss.backward()
    gradients = {name: one.grad.numpy() for name, one in model.named_parameters() if one.grad is not None}
    before = state(model)
    optimizer.step()
    after = state(model)
    rates: dict[str, set[float]] = {part: set() for part in parts}
    for part in parts:
        for name in names_of(model, part) & set(gradients):
            gradient = gradients[name].astype(float)
            far = np.abs(gradient) > 0.1 * np.abs(gradient).max()
            if np.abs(gradient).max() > 1e-2:  # else rounding hides the step
                moved = (before[name].astype(float) - after[name])[far]
                rates[part].add(float(f"{np.median(moved / gradient[far]):.2g}"))
    return rates


@pytest.mark.parametrize(
    ("settings", "multipliers"),
    [
        (FineTuning(), SPECIFIED),
        (
            FineTuning(backbone_lr_mult=0.2, neck_lr_mult=0.4, head_lr_mult=0.8),
            {"early_backbone": 0.02, "late_backbone": 0.2, "neck": 0.4, "head": 0.8},
        ),
        (FineTuning(early_backbone_lr_mult=0.3), {**SPECIFIED, "early_backbone": 0.3}),
    ],
)
@pytest.mark.parametrize("as_groups", [False, True])
def test_each_part_moves_at_the_rate_that_was_announced(
    settings: FineTuning, multipliers: dict[str, float], as_groups: bool
) -> None:
    model, technique = reader(), technique_named("discriminative")
    groups = technique.prepare(model, settings)
    parameters = model.parameters()
    if as_groups:  # the other way to tell Paddle; both must mean the same
        parameters = [{"params": group.parameters, "learning_rate": group.multiplier} for group in groups]
    optimizer = paddle.optimizer.SGD(RATE, parameters=parameters)
    rates = measured_rates(model, optimizer, parts_from(model))
    expected = {part: {float(f"{RATE * multiplier:.2g}")} for part, multiplier in multipliers.items()}
    expected["late_backbone"].add(float(f"{RATE * OWN_RATE * multipliers['late_backbone']:.2g}"))
    assert rates == expected
    announced = {row.part: {float(f"{rate:.2g}") for rate, _ in row.rates} for row in technique.rows(RATE)}
    assert announced == expected


def test_adamw_takes_the_multiplier_once() -> None:
    """Adam's first step is the rate itself, whatever the gradient."""
    model, technique = reader(), technique_named("discriminative")
    technique.prepare(model, FineTuning())
    optimizer = paddle.optimizer.AdamW(RATE, epsilon=1e-30, parameters=model.parameters(), weight_decay=0.0)
    model.train()
    before = state(model)
    step(model, optimizer, 0)
    after = state(model)
    for name, multiplier in (("body.0.weight", 0.01), ("body.2.weight", 0.1), ("neck.head_mix.weight", 0.5)):
        moved = np.abs(after[name].astype(float) - before[name])
        assert moved.max() == pytest.approx(RATE * multiplier, rel=1e-2)


def test_gradients_are_clipped_by_the_norm_of_all_parts_together() -> None:
    """What parameter groups would not do: Paddle clips each by itself."""
    model, technique = reader(), technique_named("discriminative")
    technique.prepare(model, FineTuning())
    clip = nn.ClipGradByGlobalNorm(1e-3)
    optimizer = paddle.optimizer.SGD(1.0, parameters=model.parameters(), grad_clip=clip)
    model.train()
    before = state(model)
    step(model, optimizer, 0)
    after = state(model)
    running = {id(one) for one in statistics([model])}
    weights = {name for name, one in model.named_parameters() if id(one) not in running}
    squares = 0.0
    for part, multiplier in SPECIFIED.items():
        for name in names_of(model, part) & weights:
            rate = multiplier * (OWN_RATE if name == "body.4.scale" else 1)
            squares += float(((after[name].astype(float) - before[name]) ** 2).sum()) / rate**2
    assert squares**0.5 == pytest.approx(1e-3, rel=0.05)


# ---- names ----------------------------------------------------------------------------------------------------------


def test_every_technique_of_the_specification_is_there() -> None:
    assert technique_names() == ["discriminative", "frozen", "full", "gradual", "lora"]
    assert type(technique_named("discriminative_lr")) is type(technique_named("discriminative"))


def test_an_unknown_technique_names_the_nearest() -> None:
    with pytest.raises(VinEdgeError, match="no fine-tuning technique 'forzen'; did you mean 'frozen'"):
        technique_named("forzen")
