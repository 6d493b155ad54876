"""vin-distill as a user meets it: what it makes, what it says, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_run import VIN, pictures, refused, same_bytes, write_config

from vinedge.distill import prepare as preparing
from vinedge.distill.checkpoint import load_checkpoint
from vinedge.distill.cli import main
from vinedge.distill.settings_yaml import load_settings
from vinedge.distill.teachers import TeacherReading
from vinedge.manifest import read_list

RUN = [sys.executable, "-m", "vinedge.distill.cli"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("cli")
    assert main(["--config", str(write_config(folder)), "--out", str(folder / "run")]) == 0
    return folder / "run"


def test_a_run_leaves_what_it_promises(finished: Path) -> None:
    made = {entry.name for entry in finished.iterdir()}
    assert made == {"settings.yml", "metrics.jsonl", "log", "best", "last", "curves.png"}
    assert cv2.imread(str(finished / "curves.png")) is not None
    assert load_settings(finished / "settings.yml") == load_checkpoint(finished / "best").settings
    assert "vin_nano: 0.23 M parameters" in (finished / "log").read_text()


def test_the_summary_says_what_was_made_and_what_comes_next(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(finished), "--resume"]) == 0
    out = capsys.readouterr().out
    assert "trained 6 steps" in out
    assert "best exact match on lists: 0.0 % (0/3, 95 % interval" in out
    assert f"vin-export {finished / 'best'} -o " in out


def test_json_prints_one_object_and_nothing_else(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(finished), "--resume", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["ending"], summary["step"], summary["steps"]) == ("finished", 6, 6)
    assert summary["best"] == str(finished / "best")
    assert summary["validation"]["lists"]["n"] == 3


def test_resuming_a_finished_run_changes_nothing(finished: Path) -> None:
    before = {path: path.read_bytes() for path in finished.glob("*/*.safetensors")}
    assert main(["--out", str(finished), "--resume", "--config", str(finished.parent / "small.yml")]) == 0
    assert {path: path.read_bytes() for path in finished.glob("*/*.safetensors")} == before
    steps = [json.loads(line)["step"] for line in (finished / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)


def test_a_run_is_not_overwritten(finished: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = refused(capsys, "--config", str(config), "--out", str(finished))
    assert "already holds a run; add --resume" in sentence


def test_a_folder_with_other_things_is_left_alone(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (tmp_path / "own").exists()
    assert "is not empty and holds no run" in refused(capsys, "--config", str(config), "--out", str(tmp_path))


def test_a_run_is_resumed_with_its_own_settings_only(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--config", str(finished.parent / "small.yml"), "--out", str(finished), "--resume")
    sentence = refused(capsys, *arguments, "-o", "Optimizer.lr.learning_rate=1", "-o", "Global.seed=9")
    assert "was begun with another value of Global.seed, Optimizer.lr.learning_rate" in sentence
    assert main([*arguments, "-o", "Global.max_minutes=5", "-o", "Train.loader.num_workers=0"]) == 0


def test_nothing_to_resume_is_said(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no run to resume" in refused(capsys, "--out", str(tmp_path / "no"), "--resume")
    sentence = refused(capsys, "--config", str(config), "--out", str(tmp_path / "no"), "--resume")
    assert "holds no run to resume" in sentence


def test_no_configuration_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "give --config FILE" in refused(capsys)
    assert "cannot read the configuration" in refused(capsys, "--config", "no.yml")


def test_a_wrong_setting_leaves_nothing_behind(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    sentence = refused(capsys, "--config", str(config), "--out", str(out), "-o", "Global.stepz=1")
    assert "did you mean 'Global.steps'?" in sentence
    assert not out.exists()


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("0.png\tABC\n", "list.txt:1 has the label 'ABC', which is no VIN"),
        (f"gone.png\t{VIN}\n", "gone.png, which does not exist"),
        ("", "list.txt"),
    ],
)
@pytest.mark.parametrize("section", ["Train", "Eval"])
def test_a_wrong_list_is_named_before_anything_is_made(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], rows: str, complaint: str, section: str
) -> None:
    path = pictures(tmp_path / "pictures")
    path.write_text(rows)
    override = f"{section}.dataset.label_file_list=[{path}]"
    assert complaint in refused(capsys, "--config", str(config), "--out", str(tmp_path / "run"), "-o", override)
    assert not (tmp_path / "run").exists()


def test_epochs_count_passes_and_lists_choose_the_best(tmp_path: Path, config: Path) -> None:
    overrides = ["-oGlobal.steps=null", "-oGlobal.epoch_num=4", "-oEval.dataset.synthetic.lines=2"]
    out = tmp_path / "run"
    assert main(["--config", str(config), "--out", str(out), *overrides]) == 0
    found = load_checkpoint(out / "last")
    assert found.step == 3  # 4 passes of 3 pictures, 4 a step
    assert list(found.metrics["validation"]) == ["lists", "synthetic"]
    best = load_checkpoint(out / "best").metrics["validation"]["lists"]
    assert found.best == [best["exact"], -best["cer"]]


class FakeTeacher:
    """Reads bright pictures as a VIN, and is unsure of the others."""

    identity = "fake@1"

    def read(self, pictures: Sequence[np.ndarray]) -> list[TeacherReading]:
        return [TeacherReading(VIN, 0.99 if picture.mean() > 100 else 0.1) for picture in pictures]


def test_a_teacher_labels_the_unlabelled_once(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "unlabelled"
    pictures(folder, 2)
    cv2.imwrite(str(folder / "dark.png"), np.zeros((20, 100), np.uint8))
    monkeypatch.setattr("vinedge.distill.teachers.ppocr_v6_small.build", FakeTeacher)
    overrides = ["-oTeacher.name=ppocr_v6_small", f"-oTrain.dataset.unlabelled=[{folder}]"]
    arguments = ["--config", str(config), "--out", str(tmp_path / "run"), *overrides]
    settings = load_settings(config, [o.removeprefix("-o") for o in overrides])
    run = preparing.RunFolder(tmp_path / "run")
    preparing.prepare(settings, run, resume=False)
    assert "ppocr_v6_small read 3 unlabelled pictures: 2 readings kept as labels, 1 refused (low_confidence 1)" in (
        capsys.readouterr().err
    )
    samples = read_list(run.pseudo_labels)
    assert [(sample.path.resolve().name, sample.vin) for sample in samples] == [("0.png", VIN), ("1.png", VIN)]
    assert len((run.path / "teacher.jsonl").read_text().splitlines()) == 3
    monkeypatch.undo()  # from here on no teacher is needed
    assert main([*arguments, "--resume"]) == 0
    assert "unlabelled" not in capsys.readouterr().err


def test_unlabelled_pictures_may_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    path = pictures(tmp_path / "pictures")
    overrides = ["Teacher.name=ppocr_v6_small", f"Train.dataset.unlabelled=[{path}]"]
    monkeypatch.setattr("vinedge.distill.teachers.ppocr_v6_small.build", FakeTeacher)
    run = preparing.RunFolder(tmp_path / "run")
    preparing.prepare(load_settings(config, overrides), run, resume=False)
    assert len(read_list(run.pseudo_labels)) == 3


def test_a_run_that_ran_out_of_time_says_how_to_go_on(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["--config", str(config), "--out", str(out), "-oGlobal.max_minutes=1e-9"]) == 0
    said = capsys.readouterr().out
    assert "stopped by Global.max_minutes after step 1 of 6" in said
    hint = next(line for line in said.splitlines() if line.startswith("go on:"))
    assert main(hint.split()[3:]) == 0
    assert "trained 6 steps" in capsys.readouterr().out


def test_evaluate_counts_in_all_and_by_kind(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pictures(tmp_path / "pictures")
    kinds = ["plate", "label", "plate"]
    rows = [json.dumps({"path": f"{n}.png", "kind": kind}) for n, kind in enumerate(kinds)]
    (path.parent / "meta.jsonl").write_text("\n".join(rows))
    assert main(["evaluate", str(finished / "best"), "--pictures", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["n"], report["hits"]) == (3, 0)
    assert {kind: score["n"] for kind, score in report["by_kind"].items()} == {"plate": 2, "label": 1}
    assert main(["evaluate", str(finished / "best"), "--pictures", str(path)]) == 0
    all_of_them, label, plate = capsys.readouterr().out.splitlines()
    assert all_of_them.startswith(f"{finished / 'best'} on {path}: exact 0.0 % (0/3, 95 % interval 0.0-")
    assert label.startswith("  label  exact 0.0 % (0/1, ")
    assert plate.startswith("  plate  exact 0.0 % (0/2, ")


def test_evaluate_refuses_what_it_cannot_measure(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pictures(tmp_path / "pictures")
    assert "is not a checkpoint" in refused(capsys, "evaluate", str(tmp_path), "--pictures", str(path))
    best = str(finished / "best")
    assert "no.txt" in refused(capsys, "evaluate", best, "--pictures", str(tmp_path / "no.txt"))
    (path.parent / "meta.jsonl").write_text("{}")
    assert "meta.jsonl is no list of objects with path and kind" in refused(
        capsys, "evaluate", best, "--pictures", str(path)
    )
    (path.parent / "meta.jsonl").unlink()
    (path.parent / "1.png").write_bytes(b"no picture")
    assert "1.png" in refused(capsys, "evaluate", best, "--pictures", str(path))


@pytest.mark.slow
def test_ctrl_c_in_two_processes_can_be_resumed_to_the_same_end(tmp_path: Path, config: Path) -> None:
    steps = ["-oGlobal.steps=60", "-oGlobal.processes=2", "-oGlobal.eval_batch_step=60"]
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    subprocess.run([*RUN, "--config", config, *steps, "--out", straight], check=True, env=environment)

    run = subprocess.Popen(
        [*RUN, "--config", config, *steps, "--out", broken],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    while not (broken / "metrics.jsonl").exists() or not (broken / "metrics.jsonl").read_text():
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert f"vin-distill --out {broken} --resume" in out
    assert "Traceback" not in err
    assert 0 < load_checkpoint(broken / "last").step < 60

    subprocess.run([*RUN, "--out", broken, "--resume"], check=True, env=environment)
    assert same_bytes(straight / "last", broken / "last")
