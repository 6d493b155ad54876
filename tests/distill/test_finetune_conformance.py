"""What every technique keeps, whoever wrote it: the trainer counts on it. And what `auto` chooses among them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from finetune_cases import OWN_RATE, Reader, changed, reader, state, step

from vinedge import registry
from vinedge.distill import finetune
from vinedge.distill.checkpoint import arrays_from, assign
from vinedge.distill.finetune.auto import TABLE, choose
from vinedge.distill.optimizer import build_optimizer, optimizer_arrays, restore_optimizer
from vinedge.distill.parts import PARTS, statistics
from vinedge.distill.ppocr.recognizers import ppocr_v4_mobile
from vinedge.distill.settings import FineTuning, Lora, Settings
from vinedge.distill.technique import Technique, technique_named, technique_names
from vinedge.errors import VinEdgeError

# isort: split
import paddle

SETTINGS = FineTuning(unfreeze_epochs=(2, 3, 4), lora=Lora(rank=2))
RATE = 0.05


@pytest.fixture(params=technique_names())
def name(request: pytest.FixtureRequest) -> str:
    word: str = request.param
    return word


@pytest.fixture
def technique(name: str) -> Technique:
    built: Technique = registry.load(finetune, name).build()
    return built


def test_the_file_tells_its_story(name: str) -> None:
    text = registry.load(finetune, name).__doc__ or ""
    assert re.search(r"\S {2,}\S", text)  # a formula, or columns of parts and rates
    assert name == "full" or re.search(r"\d{4}, \"", text)


def test_groups_hold_everything_that_ever_moves_once(technique: Technique) -> None:
    model = reader()
    groups = technique.prepare(model, SETTINGS)
    members = [id(one) for group in groups for one in group.parameters]
    assert len(members) == len(set(members))
    assert all(group.parameters and group.name in PARTS and group.multiplier > 0 for group in groups)
    assert not set(members) & {id(one) for one in statistics([model])}
    optimizer = paddle.optimizer.AdamW(RATE, parameters=model.parameters())
    before = state(model)
    for epoch in range(1, 6):
        technique.at_epoch(epoch)
        model.train()
        technique.hold_eval(model)
        step(model, optimizer, epoch)
    names = {key for key, one in model.named_parameters() if id(one) in members}
    running = {key for key, one in model.named_parameters() if id(one) in {id(s) for s in statistics([model])}}
    assert names <= changed(before, state(model)) <= names | running


def test_a_parameters_own_rate_is_kept(technique: Technique) -> None:
    model = reader()
    groups = technique.prepare(model, SETTINGS)
    multipliers = {id(one): group.multiplier for group in groups for one in group.parameters}
    scale = id(model.body[4].scale)
    late = [group.multiplier for group in groups if group.name == "late_backbone"]
    if scale in multipliers:
        assert multipliers[scale] == pytest.approx(max(late) * OWN_RATE)


def test_the_table_counts_what_can_and_what_does_train(technique: Technique) -> None:
    model = reader()
    technique.prepare(model, SETTINGS)
    running = {id(one) for one in statistics([model])}
    weights = [one for one in model.parameters() if id(one) not in running]
    for epoch in (1, 4):
        technique.at_epoch(epoch)
        rows = technique.rows(RATE)
        assert [row.part for row in rows] == list(PARTS)
        assert sum(row.parameters for row in rows) == sum(one.size for one in weights)
        assert sum(row.trained for row in rows) == sum(one.size for one in weights if not one.stop_gradient)


def test_an_epoch_follows_from_its_number_alone(technique: Technique) -> None:
    def training(epochs: list[int]) -> list[bool]:
        for epoch in epochs:
            technique.at_epoch(epoch)
        return [one.stop_gradient for one in model.parameters()]

    model = reader()
    technique.prepare(model, SETTINGS)
    assert training([1, 2, 3]) == training([3]) == training([5, 1, 3])


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_run_that_was_stopped_reaches_the_same_bits(name: str, stop: int) -> None:
    """Parameters that join later have no state in the optimizer yet when it is saved."""

    def begin() -> tuple[Reader, Technique, paddle.optimizer.Optimizer]:
        model, technique = reader(), technique_named(name)
        technique.prepare(model, SETTINGS)
        return model, technique, build_optimizer(Settings(), model)

    def train(
        model: Reader, technique: Technique, optimizer: paddle.optimizer.Optimizer, epochs: Sequence[int]
    ) -> None:
        for epoch in epochs:
            technique.at_epoch(epoch)
            model.train()
            technique.hold_eval(model)
            for number in range(2):
                paddle.seed(10 * epoch + number)  # dropout
                step(model, optimizer, 10 * epoch + number)

    model, technique, optimizer = begin()
    train(model, technique, optimizer, range(1, 6))
    stopped = begin()
    train(*stopped, range(1, stop + 1))
    saved, slots = arrays_from(stopped[0]), optimizer_arrays(stopped[2], stopped[0])
    resumed = begin()
    assign(resumed[0], saved, "saved")
    restore_optimizer(resumed[2], resumed[0], slots)
    train(*resumed, range(stop + 1, 6))
    assert changed(state(model), state(resumed[0])) == set()


def test_it_learns(technique: Technique) -> None:
    def loss() -> float:
        model.eval()
        return float((model(paddle.ones([2, 1, 8, 12])) ** 2).mean())

    model = reader()
    model.head.bias.set_value(np.full(5, 2, np.float32))
    technique.prepare(model, SETTINGS)
    optimizer = paddle.optimizer.AdamW(RATE, parameters=model.parameters())
    before = loss()
    for epoch in range(1, 21):
        technique.at_epoch(epoch)
        model.train()
        technique.hold_eval(model)
        step(model, optimizer, epoch)
    assert loss() < 0.5 * before


def test_finishing_leaves_a_plain_recognizer(technique: Technique) -> None:
    model, fresh = reader(), reader()
    technique.prepare(model, SETTINGS)
    paddle.optimizer.AdamW(RATE, parameters=model.parameters())
    plain = list(technique.plain_state(model))
    technique.finish(model)
    assert plain == list(state(model)) == list(state(fresh))
    assert [type(layer) for layer in model.sublayers()] == [type(layer) for layer in fresh.sublayers()]
    for own, other in zip(model.parameters(), fresh.parameters(), strict=True):
        assert own.stop_gradient == other.stop_gradient
        assert own.optimize_attr == other.optimize_attr
        assert np.array_equal(own.numpy(), other.numpy())


def test_what_came_frozen_stays_so(technique: Technique) -> None:
    model = reader()
    model.neck.head_mix.weight.stop_gradient = True
    groups = technique.prepare(model, FineTuning(lora=Lora(targets=("head",), whole=())))
    technique.at_epoch(99)
    assert id(model.neck.head_mix.weight) not in {id(one) for group in groups for one in group.parameters}
    technique.finish(model)
    assert model.neck.head_mix.weight.stop_gradient


def test_it_prepares_a_real_recognizer(name: str, technique: Technique) -> None:
    model = ppocr_v4_mobile(34)
    groups = technique.prepare(model, FineTuning())
    rows = {row.part: row for row in technique.rows(1e-3)}
    share = sum(row.trained for row in rows.values()) / sum(row.parameters for row in rows.values())
    low, high = {"lora": (0.01, 0.1), "frozen": (0.05, 0.3), "gradual": (0.0005, 0.002)}.get(name, (1, 1))
    assert low <= share <= high
    assert {group.name for group in groups} == set(PARTS if name != "frozen" else PARTS[2:])
    keys = set(ppocr_v4_mobile(34).state_dict())
    technique.finish(model)
    assert set(model.state_dict()) == keys


# ---- auto -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pictures", "technique", "epochs", "rate"),
    [
        (100, "lora", 20, 1e-4),
        (499, "lora", 10, 1e-4),
        (500, "frozen", 50, 1e-3),
        (1_999, "frozen", 30, 1e-3),
        (2_000, "gradual", 80, 5e-4),
        (4_999, "gradual", 50, 5e-4),
        (5_000, "discriminative", 100, 5e-4),
        (10_000, "discriminative", 80, 5e-4),
        (10_001, "full", 200, 1e-4),
        (20_000, "full", 100, 1e-4),
        (1_000_000, "full", 100, 1e-4),
    ],
)
def test_auto_follows_the_table(pictures: int, technique: str, epochs: int, rate: float) -> None:
    assert choose(pictures)[:3] == (technique, epochs, rate)


@pytest.mark.parametrize("pictures", [1, 99, 100, 300, 750, 3_500, 11_000, 50_000])
def test_auto_stays_inside_its_row_and_says_why(pictures: int) -> None:
    choice = choose(pictures)
    row = next(row for row in TABLE if row.technique == choice.technique)
    assert row.epochs[0] <= choice.epochs <= row.epochs[1]
    assert choice.technique in technique_names()
    for words in (f"{pictures:,} labelled picture", f"technique {choice.technique} ", f"{choice.epochs} of "):
        assert words in choice.reason
    assert ("too few" in choice.reason) == (pictures < 100)


def test_the_reason_reads_like_a_sentence() -> None:
    assert choose(1_200).reason == (
        "1,200 labelled pictures: technique frozen (for 500 to 1,999), 41 of 30 to 50 epochs, learning rate 0.001"
    )
    assert choose(11_000).reason == (
        "11,000 labelled pictures: technique full (for more than 10,000), 190 of 100 to 200 epochs, "
        "learning rate 0.0001"
    )
    assert choose(80).reason.endswith(
        "technique lora (for 100 to 499), 20 of 10 to 20 epochs, learning rate 0.0001; "
        "fewer than 100 are too few to promise anything, label more if you can"
    )


def test_auto_needs_pictures() -> None:
    with pytest.raises(VinEdgeError, match="goes by the number of labelled pictures, and there are none"):
        choose(0)


def test_every_word_of_the_command_line_is_a_file_or_auto() -> None:
    assert registry.names(finetune) == ["auto", "discriminative", "frozen", "full", "gradual", "lora"]
