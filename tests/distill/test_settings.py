"""Settings: what a YAML may say, and the sentence for everything that it may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.distill.settings import Settings
from vinedge.distill.settings_yaml import known_paths, load_settings, settings_from_text, text_from_settings
from vinedge.errors import VinEdgeError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yml"))
STEPS = "Global: {steps: 10}"


def load(text: str, *overrides: str) -> Settings:
    return settings_from_text(text, "x.yml", overrides)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_load(path: Path) -> None:
    assert load_settings(path).Student.name == "vin_nano"


def test_what_is_not_given_has_its_default() -> None:
    settings = load("Global: {steps: 10}\nEMA:\n")
    assert settings.Global.steps == 10
    assert settings.EMA == Settings().EMA
    assert settings.Loss == {"ctc": 1.0, "frame": 0.5}


def test_a_loss_that_is_not_given_has_its_default_too() -> None:
    assert load(STEPS, "Loss.frame=0").Loss == {"ctc": 1.0, "frame": 0.0}


@pytest.mark.parametrize(("text", "value"), [("1e-4", 1e-4), ("0.5", 0.5), ("1", 1.0), ("'3e-2'", 0.03)])
def test_a_number_may_be_written_as_people_write_it(text: str, value: float) -> None:
    assert load(f"{STEPS}\nOptimizer: {{lr: {{learning_rate: {text}}}}}").Optimizer.lr.learning_rate == value


def test_resolved_settings_read_back_equal() -> None:
    settings = load(
        "Global: {epoch_num: 3}\nLoss: {ctc: 2}\n"
        "Train: {dataset: {label_file_list: [a.txt, b.txt], ratio_list: [1, 0.5], synthetic: {difficulty: [0.2, 0.4]}}}"
    )
    assert load(text_from_settings(settings)) == settings


@given(
    steps=st.integers(1, 10**9),
    rate=st.floats(1e-300, 1e300),
    low=st.floats(0, 0.5),
    high=st.floats(0.5, 1),
    names=st.lists(st.text(), max_size=3),
)
def test_any_value_survives_the_round_trip(steps: int, rate: float, low: float, high: float, names: list[str]) -> None:
    overrides = [f"Global.steps={steps}", f"Optimizer.lr.learning_rate={rate!r}"]
    settings = load(STEPS, *overrides, f"Train.dataset.synthetic.difficulty=[{low!r}, {high!r}]")
    import dataclasses

    synthetic = dataclasses.replace(settings.Train.dataset.synthetic, kinds=tuple(names))
    dataset = dataclasses.replace(settings.Train.dataset, synthetic=synthetic)
    settings = dataclasses.replace(settings, Train=dataclasses.replace(settings.Train, dataset=dataset))
    assert load(text_from_settings(settings)) == settings


def test_overrides_win_and_may_make_sections() -> None:
    settings = load(STEPS, "Global.steps=7", "Train.dataset.label_file_list=[a.txt]", "Optimizer.lr.learning_rate=1e-3")
    assert settings.Global.steps == 7
    assert settings.Train.dataset.label_file_list == ("a.txt",)
    assert settings.Optimizer.lr.learning_rate == 1e-3


def test_a_bare_value_is_a_list_of_one() -> None:
    assert load(STEPS, "Train.dataset.label_file_list=a.txt").Train.dataset.label_file_list == ("a.txt",)


def refusal(text: str, *overrides: str) -> str:
    with pytest.raises(VinEdgeError) as mistake:
        load(text, *overrides)
    sentence = str(mistake.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("Global: {stepz: 1}", "'Global.stepz'; did you mean 'Global.steps'?"),
        ("Globl: {steps: 1}", "'Globl'; did you mean 'Global'?"),
        (
            "Optimizer: {lr: {learning_rat: 1}}",
            "'Optimizer.lr.learning_rat'; did you mean 'Optimizer.lr.learning_rate'",
        ),
        ("Optimizer: {learning_rate: 1}", "'Optimizer.learning_rate'; did you mean 'Optimizer.lr.learning_rate'?"),
        ("Global: {batch_size_per_card: 1}", "did you mean 'Train.loader.batch_size_per_card'?"),
        ("Loss: {ctcc: 1}", "Loss.ctcc: there is no 'ctcc'; did you mean 'ctc'? (known: "),
        ("Student: {name: vin_nanno}", "Student.name: there is no 'vin_nanno'; did you mean 'vin_nano'?"),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_named(wrong: str, meant: str) -> None:
    tail = "" if "Global" in wrong else f"\n{STEPS}"
    assert meant in refusal(wrong + tail)


@given(st.sampled_from(sorted(known_paths())), st.data())
def test_any_slip_of_the_pen_is_named_with_its_whole_path(path: str, data: st.DataObject) -> None:
    last = path.rpartition(".")[2]
    cut = data.draw(st.integers(0, len(last) - 1))
    wrong = last[:cut] + last[cut + 1 :]
    dotted = path.removesuffix(last) + wrong
    if not wrong or dotted in set(known_paths()):
        return
    tree = wrong + ": 1"
    for name in reversed(path.split(".")[:-1]):
        tree = f"{name}: {{{tree}}}"
    assert f"unknown setting '{dotted}'" in refusal(tree)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("Global: {steps: 1.5}", "x.yml: Global.steps must be a whole number, not 1.5"),
        ("Global: {steps: true}", "x.yml: Global.steps must be a whole number, not True"),
        ("Global: {steps: 0}", "x.yml: Global.steps must be at least 1, not 0"),
        ("Global: {steps: many}", "x.yml: Global.steps must be a whole number, not 'many'"),
        ("Global: {use_gpu: 1}", "x.yml: Global.use_gpu must be true or false, not 1"),
        ("Global: 3", "x.yml: Global is a section and must be a mapping, not 3"),
        ("Global: {steps: [1]}", "x.yml: Global.steps must be a whole number, not [1]"),
        ("Student: {name: 3}", "x.yml: Student.name must be text, not 3"),
        ("EMA: {decay: 1}", "x.yml: EMA.decay must be at least 0 and at most 0.99999, not 1.0"),
        ("Optimizer: {lr: {learning_rate: 0}}", "x.yml: Optimizer.lr.learning_rate must be above 0, not 0.0"),
        ("Optimizer: {lr: {learning_rate: .nan}}", "Optimizer.lr.learning_rate must be a finite number, not nan"),
        ("Optimizer: {lr: {learning_rate: fast}}", "Optimizer.lr.learning_rate must be a number, not 'fast'"),
        ("Optimizer: {lr: {name: Cosin}}", "must be Cosine or Const, not 'Cosin'; did you mean 'Cosine'?"),
        ("Train: {dataset: {synthetic: {difficulty: 0.5}}}", "must be a list of 2 values, not 0.5"),
        (
            "Train: {dataset: {synthetic: {difficulty: [0, 2]}}}",
            "difficulty[1] must be at least 0 and at most 1, not 2.0",
        ),
        ("Loss: 1", "x.yml: Loss must be a mapping of names to numbers, not 1"),
        ("Loss: {ctc: -1}", "x.yml: Loss.ctc must be at least 0, not -1.0"),
        ("Loss: {frame: 1}\nGlobal: {steps: 1, steps: 2}", "x.yml:2: 'steps' is given twice"),
        ("Global: [", "x.yml:1: "),
        ("7", "x.yml: a configuration is a mapping of sections"),
        ("&a [*a]", "x.yml"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(wrong: str, complaint: str) -> None:
    assert complaint in refusal(wrong)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("{}", "give exactly one of Global.steps and Global.epoch_num"),
        ("Global: {steps: 1, epoch_num: 1}", "give exactly one of Global.steps and Global.epoch_num"),
        ("Global: {epoch_num: 1}", "count passes over Train.dataset.label_file_list, which is empty"),
        ("Optimizer: {lr: {warmup_epoch: 1}}", "count passes over Train.dataset.label_file_list, which is empty"),
        ("Optimizer: {lr: {warmup_epoch: 1, warmup_steps: 1}}", "has both warmup_steps and warmup_epoch; keep one"),
        ("Loss: {ctc: 0, frame: 0}", "Loss gives no loss a weight above 0"),
        ("Teacher: {name: ppocr_v6_small}", "a teacher needs unlabelled pictures"),
        ("Train: {dataset: {unlabelled: pictures}}", "a teacher needs unlabelled pictures"),
        ("Train: {dataset: {shares: {synthetic: 0}}}", "leaves nothing to train on"),
        ("Train: {dataset: {label_file_list: [a], ratio_list: [1, 1]}}", "ratio_list has 2 numbers for the 1 lists"),
        (
            "Train: {dataset: {synthetic: {difficulty: [0.5, 0.2]}}}",
            "is [0.5, 0.2]; the first number must not be above",
        ),
        ("Eval: {dataset: {synthetic: {lines: 0}}}", "Eval.dataset has no validation set"),
        (
            "Teacher: {name: ppocr}\nTrain: {dataset: {unlabelled: pictures}}",
            "Teacher.name: there is no 'ppocr'",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(wrong: str, complaint: str) -> None:
    tail = "" if "Global" in wrong or wrong == "{}" else f"\n{STEPS}"
    assert complaint in refusal(wrong + tail)


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("steps=3", "-o steps=3: write it as Section.key=value"),
        ("Global.steps", "-o Global.steps: write it as Section.key=value"),
        ("Global.steps=[", "-o Global.steps=["),
        ("Global.steps.x=1", "'steps' is a value, not a section"),
        ("Global.stepz=1", "unknown setting 'Global.stepz'; did you mean 'Global.steps'?"),
    ],
)
def test_a_wrong_override_is_refused(override: str, complaint: str) -> None:
    assert complaint in refusal(STEPS, override)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"\x00"], ids=["missing", "not-utf8", "nul"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "c.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VinEdgeError, match=r"c\.yml"):
        load_settings(path)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match="cannot read the configuration"):
        load_settings(tmp_path)
