"""LoRA: starts as the plain recognizer, moves corrections only, and ends as a plain recognizer."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from finetune_cases import Reader, changed, pictures, reader, state, step
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge.distill.finetune._low_rank import LowRank, LowRankConv1x1, LowRankLinear, corrected, kind_of
from vinedge.distill.settings import FineTuning, Lora
from vinedge.distill.technique import Technique, technique_named
from vinedge.errors import VinEdgeError

# isort: split
import paddle
from paddle import nn

NOT_WHOLE = Lora(rank=2, alpha=8.0, whole=())


def prepared(lora: Lora = NOT_WHOLE) -> tuple[Reader, Technique]:
    model, technique = reader(), technique_named("lora")
    technique.prepare(model, FineTuning(lora=lora))
    return model, technique


def trained(lora: Lora = NOT_WHOLE, steps: int = 3) -> tuple[Reader, Technique, set[str]]:
    """A model after some steps, and the names of what moved."""
    model, technique = prepared(lora)
    optimizer = paddle.optimizer.AdamW(0.05, parameters=model.parameters())
    model.train()
    technique.hold_eval(model)
    before = state(model)
    for number in range(steps):
        step(model, optimizer, number)
    return model, technique, changed(before, state(model))


def read(model: nn.Layer) -> np.ndarray:
    model.eval()
    logits: np.ndarray = model(pictures(7)).numpy()
    return logits


def corrections(model: nn.Layer) -> set[str]:
    return {name for name, layer in model.named_sublayers() if isinstance(layer, LowRank)}


def random_correction(layer: LowRank, seed: int) -> LowRank:
    rng = np.random.default_rng(seed)
    for value in (layer.lora_down, layer.lora_up):
        value.set_value(rng.normal(0, 0.5, value.shape).astype(np.float32))
    return layer


# ---- one layer ------------------------------------------------------------------------------------------------------


@given(inputs=st.integers(1, 9), outputs=st.integers(1, 9), rank=st.integers(1, 4), alpha=st.floats(0.5, 32))
@settings(max_examples=25, deadline=None)
def test_a_corrected_linear_map_is_x_w_plus_alpha_over_r_x_a_b(
    inputs: int, outputs: int, rank: int, alpha: float
) -> None:
    plain = nn.Linear(inputs, outputs)
    layer = random_correction(corrected(plain, rank, alpha), 3)
    assert isinstance(layer, LowRankLinear)
    x = np.random.default_rng(0).normal(0, 1, (2, 3, inputs)).astype(np.float32)
    down, up = layer.lora_down.numpy(), layer.lora_up.numpy()
    weight = plain.weight.numpy() + alpha / rank * (down @ up)
    expected = x @ weight + plain.bias.numpy()
    assert layer(paddle.to_tensor(x)).numpy() == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert layer.merged() == pytest.approx(weight, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("stride", [1, (2, 1)])
@pytest.mark.parametrize("bias", [None, False])
def test_a_corrected_convolution_is_one_with_the_merged_weight(stride: object, bias: object) -> None:
    plain = nn.Conv2D(5, 3, 1, stride=stride, bias_attr=bias)
    layer = random_correction(corrected(plain, 2, 4.0), 3)
    assert isinstance(layer, LowRankConv1x1)
    x = paddle.to_tensor(np.random.default_rng(0).normal(0, 1, (2, 5, 4, 6)).astype(np.float32))
    there = layer(x).numpy()
    plain.weight.set_value(layer.merged())
    assert plain(x).numpy() == pytest.approx(there, abs=1e-5)


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (lambda: nn.Linear(2, 3), "linear"),
        (lambda: nn.Conv2D(2, 3, 1), "conv1x1"),
        (lambda: nn.Conv2D(2, 2, 1, groups=2), None),
        (lambda: nn.Conv2D(2, 3, (1, 3)), None),
        (lambda: nn.Conv2D(2, 3, 1, padding=1), None),
        (lambda: nn.Conv2D(2, 3, 1, data_format="NHWC"), None),
        (lambda: nn.BatchNorm2D(3), None),
    ],
)
def test_what_can_be_corrected(layer: object, kind: str | None) -> None:
    assert callable(layer)
    assert kind_of(layer()) == kind


# ---- a recognizer ---------------------------------------------------------------------------------------------------


def test_it_starts_as_the_plain_recognizer_with_its_keys_and_two_more_for_each_correction() -> None:
    plain = reader()
    model, _ = prepared()
    assert np.array_equal(read(plain), read(model))
    added = {f"{name}.lora_{way}" for name in corrections(model) for way in ("down", "up")}
    assert set(state(model)) == set(state(plain)) | added
    assert corrections(model) == {"body.2", "neck.backbone_bridge", "neck.head_mix", "head"}


def test_exactly_the_corrections_move() -> None:
    model, _, moved = trained()
    assert moved == {f"{name}.lora_{way}" for name in corrections(model) for way in ("down", "up")}


@pytest.mark.parametrize(
    ("whole", "names"),
    [
        (("head",), {"head.weight", "head.bias"}),
        (("neck.norm",), {"neck.norm.weight", "neck.norm.bias", "neck.norm._mean", "neck.norm._variance"}),
    ],
)
def test_what_is_whole_moves_in_full_with_its_statistics(whole: tuple[str, ...], names: set[str]) -> None:
    model, _, moved = trained(Lora(rank=2, whole=whole))
    assert moved == names | {f"{name}.lora_{way}" for name in corrections(model) for way in ("down", "up")}
    assert ("head" in corrections(model)) == (whole != ("head",))


def test_dropout_stays_awake_while_statistics_are_held() -> None:
    model, technique = prepared()
    model.train()
    technique.hold_eval(model)
    assert model.neck.dropout.training
    assert not any(layer.training for layer in (model.body[1], model.body[3], model.neck.norm))


def test_finishing_merges_into_plain_layers_that_read_the_same() -> None:
    model, technique, _ = trained()
    before, keys, start = read(model), set(reader().state_dict()), read(reader())
    technique.finish(model)
    assert np.abs(before - start).max() > 0.1
    assert np.abs(read(model) - before).max() < 1e-5
    assert set(model.state_dict()) == keys
    assert not corrections(model)
    assert type(model.head) is nn.Linear
    assert type(model.body[2]) is nn.Conv2D


def test_the_plain_state_is_what_finishing_leaves_and_changes_nothing() -> None:
    model, technique, _ = trained()
    before = state(model)
    plain = {name: value.numpy() for name, value in technique.plain_state(model).items()}
    assert changed(before, state(model)) == set()
    fresh = reader(1)
    fresh.set_state_dict(plain)
    assert np.abs(read(fresh) - read(model)).max() < 1e-5
    technique.finish(model)
    assert list(plain) == list(state(model))
    assert changed(plain, state(model)) == set()


def test_it_can_be_done_again_on_what_it_left() -> None:
    model, technique, _ = trained()
    technique.finish(model)
    once = read(model)
    again = technique_named("lora")
    again.prepare(model, FineTuning(lora=NOT_WHOLE))
    assert np.array_equal(read(model), once)


def test_a_resumed_run_restores_the_corrections_by_name() -> None:
    model, _, _ = trained()
    fresh, _ = prepared()
    fresh.set_state_dict({name: copy.copy(value) for name, value in state(model).items()})
    assert np.array_equal(read(fresh), read(model))


def test_a_layer_that_is_used_in_two_places_is_corrected_in_both() -> None:
    model = reader()
    model.neck.second = model.neck.head_mix
    technique = technique_named("lora")
    technique.prepare(model, FineTuning(lora=NOT_WHOLE))
    assert isinstance(model.neck.second, LowRank)
    assert model.neck.second is model.neck.head_mix
    weight = random_correction(model.neck.second, 3).merged()
    assert np.array_equal(technique.plain_state(model)["neck.second.weight"].numpy(), weight)
    technique.finish(model)
    assert np.array_equal(model.neck.second.weight.numpy(), weight)
    assert model.neck.second is model.neck.head_mix
    assert type(model.neck.second) is nn.Linear


# ---- targets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (("linear",), {"neck.backbone_bridge", "neck.head_mix", "head"}),
        (("conv1x1",), {"body.2"}),
        (("neck.*",), {"neck.backbone_bridge", "neck.head_mix"}),
        (("head_mix",), {"neck.head_mix"}),
        (("head",), {"head"}),  # a word is a whole word: head_mix is not meant
        (("*_mix", "body.2"), {"neck.head_mix", "body.2"}),
    ],
)
def test_targets_are_kinds_names_and_patterns(targets: tuple[str, ...], names: set[str]) -> None:
    model, _ = prepared(Lora(rank=2, targets=targets, whole=()))
    assert corrections(model) == names


@pytest.mark.parametrize(
    ("lora", "words"),
    [
        (
            Lora(targets=("q_proj",)),
            r"targets: 'q_proj' is no linear map .* names such as body\.2, neck\.backbone_bridge",
        ),
        (Lora(targets=("body.0",)), r"targets: 'body\.0' is no linear map or 1x1 convolution"),
        (Lora(targets=()), "targets finds nothing to correct"),
        (Lora(whole=("tail",)), r"whole: 'tail' is neither a part \(early_backbone"),
    ],
)
def test_a_target_that_finds_nothing_is_an_error(lora: Lora, words: str) -> None:
    with pytest.raises(VinEdgeError, match=words):
        prepared(lora)


def test_rank_and_alpha_count() -> None:
    model, _ = prepared(Lora(rank=3, alpha=6.0, whole=()))
    assert model.head.lora_down.shape == [7, 3]
    assert model.head.lora_up.shape == [3, 5]
    assert model.head.scale == 2.0
    bound = 1 / np.sqrt(7)
    assert 0.5 * bound < np.abs(model.head.lora_down.numpy()).max() <= bound
