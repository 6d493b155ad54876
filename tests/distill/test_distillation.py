"""A frozen teacher in the trainer: it teaches, never changes, and is tried before anything is made."""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from small_run import (
    VIN,
    NoiseFeed,
    batch,
    refused,
    same_bytes,
    settings,
    teacher_folder,
    trainer,
    validation,
    write_config,
)

from vinedge import registry
from vinedge.charset import NUM_CLASSES
from vinedge.distill import losses
from vinedge.distill.checkpoint import arrays_from, load_checkpoint
from vinedge.distill.cli import main
from vinedge.distill.evaluate import LabelledLines, Score
from vinedge.distill.frozen_teacher import FrozenTeacher
from vinedge.distill.loss_signature import asks_for_teacher, option_types
from vinedge.distill.settings import Positive, Settings
from vinedge.distill.settings_yaml import settings_from_text, text_from_settings
from vinedge.distill.teacher_outputs import needs_teacher
from vinedge.errors import VinEdgeError
from vinedge.metrics import Proportion
from vinedge.preprocess import InputSpec, normalize

# isort: split
import paddle

NAMES = registry.names(losses)
PAGE = Path(__file__).parents[2] / "docs" / "distillation.md"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return teacher_folder(tmp_path_factory.mktemp("teacher") / "best")


def taught(teacher: Path, *overrides: str) -> Settings:
    return settings(f"Distillation.teacher={teacher}", "Loss.frame_kl=1", *overrides)


def records(folder: Path) -> list[dict[str, dict[str, float]]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


# ---- what a loss asks for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_source_text_and_the_function_agree_on_the_teacher(name: str) -> None:
    assert asks_for_teacher(name) == needs_teacher(registry.load(losses, name).loss)


def test_options_keep_their_ranges() -> None:
    assert set(option_types("frame_kl")) == {"temperature", "blank", "blank_threshold"}
    assert option_types("aligned_kl") == {"temperature": Positive}
    assert option_types("ctc") == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_lists_every_loss_with_its_options_and_defaults(name: str) -> None:
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    (row,) = (row for row in rows if row.startswith(f"| [`{name}`](../distill/losses/{name}.py) |"))
    told = dict(re.findall(r"`(\w+)` \(`?(\w+(?:\.\d+)?)", row.split("|")[3]))
    parameters = inspect.signature(registry.load(losses, name).loss).parameters
    assert told == {option: f"{parameters[option].default}".removesuffix(".0") for option in option_types(name)}


# ---- the teacher ---------------------------------------------------------------------------------------------------


def test_it_says_what_its_network_says(teacher: Path) -> None:
    frozen = FrozenTeacher(taught(teacher))
    lines = batch()
    inputs = paddle.to_tensor(normalize(lines.images, InputSpec(16, 160))[:, None])
    found = frozen.outputs(inputs, lines)
    probs = np.exp(np.asarray(found.log_probs))
    assert probs.shape == (2, 40, NUM_CLASSES)
    np.testing.assert_allclose(probs.sum(axis=-1), 1, rtol=1e-5)
    logits = frozen.layer(inputs).logits.numpy()
    np.testing.assert_array_equal(probs.argmax(axis=-1), logits.argmax(axis=-1))
    assert set(found.features) == {"backbone", "neck"}
    assert found.correct is None


def test_gating_asks_the_teacher_s_reading(teacher: Path) -> None:
    lines = batch()
    inputs = paddle.to_tensor(normalize(lines.images, InputSpec(16, 160))[:, None])
    gated = FrozenTeacher(taught(teacher, "Distillation.gate_correct=true")).outputs(inputs, lines)
    assert gated.correct is not None
    assert gated.correct.tolist() == [False, False]


def test_training_changes_no_bit_of_the_teacher(teacher: Path, tmp_path: Path) -> None:
    one = trainer(taught(teacher), tmp_path)
    assert one.teacher is not None
    one.run(NoiseFeed(one.settings), validation())
    after, before = arrays_from(one.teacher.layer), load_checkpoint(teacher).weights
    assert any("_mean" in name for name in before)
    assert all(np.array_equal(after[name], before[name]) for name in before)
    assert not any(layer.training for layer in one.teacher.layer.sublayers(include_self=True))
    assert all(parameter.grad is None for parameter in one.teacher.layer.parameters())


def test_a_run_with_a_teacher_starts_where_one_without_does(teacher: Path, tmp_path: Path) -> None:
    with_teacher, without = trainer(taught(teacher), tmp_path), trainer(settings(), tmp_path)
    for name, value in arrays_from(without.layer).items():
        assert np.array_equal(value, arrays_from(with_teacher.layer)[name]), name


def test_the_loss_reaches_the_student_with_its_weight_and_options(teacher: Path, tmp_path: Path) -> None:
    chosen = taught(teacher, "Loss.frame_kl=0.5", "Distillation.options.frame_kl={temperature: 1, blank: all}")
    one = trainer(chosen, tmp_path)
    one.layer.train()
    lines = NoiseFeed(chosen).batch(0)
    inputs = paddle.to_tensor(normalize(lines.images, one.spec)[:, None])
    assert one.teacher is not None
    theirs = np.asarray(one.teacher.outputs(inputs, lines).log_probs, np.float64)
    own = paddle.nn.functional.log_softmax(one.layer(inputs).logits, axis=-1).numpy()
    expected = (np.exp(theirs) * (theirs - own)).sum(axis=-1).mean()
    values, _, _ = one.step(lines, None)
    assert values["frame_kl"] == pytest.approx(expected, rel=1e-4)
    assert values["total"] == pytest.approx(values["ctc"] + 0.5 * values["frame"] + 0.5 * values["frame_kl"], rel=1e-5)


def test_a_gated_teacher_that_misreads_all_teaches_nothing(teacher: Path, tmp_path: Path) -> None:
    gated = trainer(taught(teacher, "Distillation.gate_correct=true"), tmp_path)
    gated.run(NoiseFeed(gated.settings), validation())
    assert {record["losses"]["frame_kl"] for record in records(tmp_path) if "loss" in record} == {0}


def test_every_distillation_method_that_two_ctc_students_allow_trains(teacher: Path, tmp_path: Path) -> None:
    methods = ["aligned_kl", "ctc_mean_kl", "dkd", "feature_hint", "frame_kl"]
    chosen = settings(f"Distillation.teacher={teacher}", "Global.steps=1", *(f"Loss.{name}=0.1" for name in methods))
    trainer(chosen, tmp_path).run(NoiseFeed(chosen), validation())
    assert set(records(tmp_path)[0]["losses"]) == {"ctc", "frame", *methods}


def test_an_interrupted_and_resumed_run_reaches_the_same_bits(teacher: Path, tmp_path: Path) -> None:
    chosen = taught(teacher, "Loss.aligned_kl=1", "Distillation.gate_correct=false")
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    trainer(chosen, straight).run(NoiseFeed(chosen), validation())
    feed = NoiseFeed(chosen, {2: lambda: os.kill(os.getpid(), signal.SIGINT)})
    assert trainer(chosen, broken).run(feed, validation()).ending == "interrupted"
    again = trainer(chosen, broken)
    again.restore(load_checkpoint(broken / "last"))
    again.run(NoiseFeed(chosen), validation())
    assert same_bytes(straight / "last", broken / "last")
    plain = tmp_path / "plain"
    trainer(settings(), plain).run(NoiseFeed(settings()), validation())
    assert not same_bytes(straight / "last", plain / "last")


def test_another_input_size_is_refused(tmp_path: Path) -> None:
    wide = teacher_folder(tmp_path / "wide", "Student.width=320")
    with pytest.raises(VinEdgeError, match=r"reads lines of 16x320, the student lines of 16x160.*fitted once for both"):
        FrozenTeacher(taught(wide))


# ---- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["Loss.frame_kl=1"], "Loss.frame_kl learns from a teacher's outputs on every line, and there is no teacher"),
        (["Distillation.teacher=x"], "Distillation.teacher is given, but no loss learns from it"),
        (
            ["Distillation.teacher=ppocr_v6_small", "Loss.aligned_kl=1"],
            "ppocr_v6_small reads whole pictures, and losses compare outputs on lines fitted",
        ),
        (["Distillation.gate_correct=true"], "gate_correct and require_gap need a Distillation.teacher"),
        (["Distillation.require_gap=true"], "gate_correct and require_gap need a Distillation.teacher"),
        (["Distillation.options.frame_k.blank=all"], "there is no 'frame_k'; did you mean 'frame_kl'?"),
        (["Distillation.options.dkd.alpha=1"], "Distillation.options.dkd is given, but Loss.dkd is not"),
        (["Distillation.options=3"], "Distillation.options must be a mapping of names to values, not 3"),
        (["Distillation.margin=2"], "Distillation.margin must be at least 0 and at most 1, not 2.0"),
    ],
)
def test_what_does_not_fit_together_is_refused(overrides: Sequence[str], complaint: str) -> None:
    with pytest.raises(VinEdgeError) as mistake:
        settings(*overrides)
    assert complaint in str(mistake.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("{temperatur: 2}", "Distillation.options.frame_kl.temperatur'; did you mean 'temperature'? (known: temp"),
        ("{temperature: 0}", "Distillation.options.frame_kl.temperature must be above 0, not 0.0"),
        ("{temperature: hot}", "Distillation.options.frame_kl.temperature must be a number, not 'hot'"),
        ("{blank: drop}", "Distillation.options.frame_kl.blank must be all or drop_teacher_blank or reweight"),
        ("{blank_threshold: 1.5}", "frame_kl.blank_threshold must be at least 0 and at most 1, not 1.5"),
    ],
)
def test_options_are_checked_by_the_loss_s_own_annotations(options: str, complaint: str) -> None:
    with pytest.raises(VinEdgeError) as mistake:
        taught(Path("x"), f"Distillation.options.frame_kl={options}")
    assert complaint in str(mistake.value)


def test_a_loss_without_options_says_so() -> None:
    with pytest.raises(VinEdgeError, match=r"unknown option 'Distillation\.options\.ctc\.blank' \(ctc has none\)"):
        settings("Distillation.options.ctc.blank=0")


def test_options_have_their_types_and_read_back_equal() -> None:
    chosen = taught(Path("x"), "Distillation.options.frame_kl={temperature: 2, blank: reweight}")
    assert chosen.Distillation.options == {"frame_kl": {"temperature": 2.0, "blank": "reweight"}}
    assert type(chosen.Distillation.options["frame_kl"]["temperature"]) is float
    assert settings_from_text(text_from_settings(chosen), "again") == chosen


# ---- the command ---------------------------------------------------------------------------------------------------


class Command:
    """`vin-distill` on three pictures, with a teacher."""

    def __init__(self, folder: Path, teacher: Path) -> None:
        self.out = folder / "run"
        self.arguments = [
            *("--config", str(write_config(folder)), "--out", str(self.out)),
            *("-o", f"Distillation.teacher={teacher}", "-o", "Loss.frame_kl=1", "-o", "Global.steps=2"),
        ]


@pytest.fixture
def command(tmp_path: Path, teacher: Path) -> Command:
    return Command(tmp_path, teacher)


def score(monkeypatch: pytest.MonkeyPatch, *hits: int) -> None:
    """Let the teacher, and then the student, read so many of three lines."""
    scores = iter([Score(Proportion(hit, 3), 0.5) for hit in hits])

    def evaluate(layer: object, lines: LabelledLines) -> Score:
        assert lines.vins == (VIN,) * 3
        return next(scores)

    monkeypatch.setattr("vinedge.distill.rehearsal.evaluate", evaluate)


def test_the_teacher_is_scored_before_it_teaches(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    score(monkeypatch, 3, 1)
    assert main([*command.arguments, "--require-gap"]) == 0
    said = capsys.readouterr().err
    assert "/best reads 100.0 % (3/3, 95 % interval" in said
    assert "vin_nano at its start 33.3 % (1/3, " in said
    assert "a gap of 66.7 points\n" in said
    assert "a gap of 66.7 points" in (command.out / "log").read_text()
    document = json.loads((command.out / "distillation.json").read_text())
    assert (document["teacher"][-5:], document["lines"]) == ("/best", "lists")
    assert (document["teacher_score"]["hits"], document["student_score"]["hits"]) == (3, 1)
    assert load_checkpoint(command.out / "best").settings.Distillation.require_gap


def test_a_teacher_without_a_gap_is_said_with_the_numbers(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.arguments) == 0
    said = capsys.readouterr().err
    assert "warning: teacher " in said
    assert "a gap of 0.0 points, not more than Distillation.margin (5.0 points); such a teacher has little" in said


@pytest.mark.parametrize("margin", [0, 0.05])
def test_a_gap_may_be_required(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], margin: float
) -> None:
    score(monkeypatch, 2, 2)
    assert main([*command.arguments, "--require-gap", f"-oDistillation.margin={margin}"]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("vin-distill: error: teacher ")
    assert "66.7 % (2/3" in last
    assert not command.out.exists()


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["Loss.slot_kl=1"], "slot_kl needs a student with a slot head"),
        (["Loss.feature_hint=1", "Distillation.options.feature_hint.tap=nek"], "has no features named 'nek'"),
        (["Distillation.teacher=nowhere"], "nowhere is not a checkpoint"),
    ],
)
def test_what_cannot_work_is_said_before_a_run_folder_is_made(
    command: Command, capsys: pytest.CaptureFixture[str], overrides: Sequence[str], complaint: str
) -> None:
    assert main([*command.arguments, *(f"-o{override}" for override in overrides)]) == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]
    assert not command.out.exists()


def test_a_run_goes_on_with_the_very_teacher_it_was_begun_with(
    command: Command, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.arguments, "-oGlobal.max_minutes=1e-9"]) == 0
    capsys.readouterr()
    resume = ["--out", str(command.out), "--resume", "-oGlobal.max_minutes=null"]
    other = tmp_path / "other"
    shutil.copytree(teacher, other)
    weights = other / "weights.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    sentence = refused(capsys, *resume, f"-oDistillation.teacher={other}")
    assert "was begun with" in sentence
    assert "give the folder of that teacher" in sentence
    assert "weights.safetensors" in refused(capsys, *resume, "-oDistillation.teacher=gone")
    weights.write_bytes(content)
    assert main([*resume, f"-oDistillation.teacher={other}"]) == 0
    assert "trained 2 steps" in capsys.readouterr().out
