"""vin-export as a user meets it: what it prints, its exit codes, and one sentence for every mistake."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from gray_reader import picture_from_vin

from vinedge.bundle import open_bundle
from vinedge.errors import CheckFailed
from vinedge.export import cli, pipeline
from vinedge.manifest import write_list

VIN = "1M8GDM9AXKP042788"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A list of two pictures that open."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), picture_from_vin(VIN))
    cv2.imwrite(str(folder / "b.jpg"), np.full((40, 300, 3), 90, np.uint8))
    write_list(folder / "list.txt", [("a.png", VIN), ("b.jpg", VIN)])
    return folder / "list.txt"


def refused(capsys: pytest.CaptureFixture[str], code: int, *arguments: object) -> str:
    """Run, expect exit `code`, and return the one sentence on stderr."""
    assert cli.main([str(argument) for argument in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    (sentence,) = [line for line in err.splitlines() if not line.startswith("[")]
    assert sentence.startswith("vin-export: ")
    return sentence


@pytest.mark.usefixtures("own_process")
def test_export_says_what_it_made_and_what_comes_next(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundles" / "demo"
    assert cli.main([str(checkpoint), "-o", str(out), "--pictures", str(pictures)]) == 0
    said, progress = capsys.readouterr()
    bundle = open_bundle(out)
    assert said.startswith(f"Bundle 'demo' in {out}\n  model.onnx ")
    assert f"sha256 {bundle.files['model.onnx'].sha256[:8]}" in said
    assert re.search(r"vin_nano: 0\.\d\d M parameters, 0\.\d{3} GFLOP a picture, input 32x320, 80 frames", said)
    assert "all 2 texts equal, largest logit difference" in said
    assert "accuracy   0.0 % (0/2, 95 % interval 0.0-65.8) exact on 2 pictures of list.txt" in said
    assert said.endswith(f"Next:\n  vin-read --bundle {out} PICTURE\n  vin-bench {out} --pictures FOLDER\n")
    assert progress.count("[") == progress.count(" s\n") == 4


@pytest.mark.usefixtures("quick")
def test_json_is_alone_on_stdout(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    arguments = [checkpoint, "-o", out, "--pictures", pictures.parent, "--name", "x1", "--json"]
    assert cli.main([str(argument) for argument in arguments]) == 0
    said = json.loads(capsys.readouterr().out)
    bundle = open_bundle(out)
    assert (said["bundle"], said["name"]) == (str(out), "x1")
    assert said["files"]["model.onnx"]["sha256"] == bundle.files["model.onnx"].sha256
    assert said["report"] == bundle.report
    assert said["report"]["accuracy"] is None


@pytest.mark.usefixtures("quick")
def test_run_folder_stands_for_its_best_checkpoint(checkpoint: Path, pictures: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(checkpoint, run / "best")
    assert cli.main([str(run), "-o", str(tmp_path / "demo"), "--pictures", str(pictures)]) == 0


@pytest.mark.usefixtures("quick")
def test_student_that_reads_nothing_is_said_so(
    checkpoint: Path,
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = pipeline.compare

    def silent(*parts: Any) -> Any:
        parity = honest(*parts)
        parity.texts[:] = [""] * len(parity.texts)
        return parity

    monkeypatch.setattr(pipeline, "compare", silent)
    assert cli.main([str(checkpoint), "-o", str(tmp_path / "demo"), "--pictures", str(pictures)]) == 0
    assert "the student read nothing at all in these pictures; train it longer" in capsys.readouterr().out


def break_checkpoint(folder: Path, fault: str) -> None:
    weights = folder / "weights.safetensors"
    match fault:
        case "absent":
            shutil.rmtree(folder)
        case "empty":
            for path in folder.iterdir():
                path.unlink()
        case "no weights":
            weights.unlink()
        case "truncated weights":
            weights.write_bytes(weights.read_bytes()[:5000])
        case "unknown student":
            for name in ("settings.yml", "state.json"):
                text = (folder / name).read_text(encoding="utf-8")
                (folder / name).write_text(text.replace("vin_nano", "vin_nan"), encoding="utf-8")


@pytest.mark.parametrize("fault", ["absent", "empty", "no weights", "truncated weights", "unknown student"])
def test_bad_checkpoint(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    broken = Path(shutil.copytree(checkpoint, tmp_path / "broken"))
    break_checkpoint(broken, fault)
    sentence = refused(capsys, 2, broken, "-o", tmp_path / "demo", "--pictures", pictures)
    assert "broken" in sentence or "did you mean 'vin_nano'" in sentence
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(
    ("content", "mention"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"this is no picture", "c.png"),
        ("truncated", "c.png"),
    ],
    ids=["missing", "empty", "no picture", "truncated"],
)
@pytest.mark.usefixtures("quick")
def test_picture_that_cannot_be_read(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any, mention: str
) -> None:
    if content == "truncated":
        content = (pictures.parent / "a.png").read_bytes()[:120]
    if content is not None:
        (pictures.parent / "c.png").write_bytes(content)
    write_list(pictures, [("a.png", VIN), ("c.png", VIN)])
    sentence = refused(capsys, 2, checkpoint, "-o", tmp_path / "demo", "--pictures", pictures)
    assert mention in sentence
    assert "c.png" in sentence
    assert not (tmp_path / "demo").exists()


def test_pictures_that_are_none(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    start = (checkpoint, "-o", tmp_path / "demo", "--pictures")
    assert "holds no picture" in refused(capsys, 2, *start, tmp_path / "empty")
    assert "empty.txt is empty; give lines of" in refused(capsys, 2, *start, tmp_path / "empty.txt")
    assert "absent" in refused(capsys, 2, *start, tmp_path / "absent")
    assert "cannot read the list" in refused(capsys, 2, *start, pictures.parent / "b.jpg")
    assert not (tmp_path / "demo").exists()


def test_place_that_cannot_be_written(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    assert "it is a file; name a folder" in refused(capsys, 2, checkpoint, "-o", tmp_path / "file")
    assert "cannot name a bundle; give a --name" in refused(capsys, 2, checkpoint, "-o", tmp_path / "two words")
    assert "it holds 'file'" in refused(capsys, 2, checkpoint, "-o", tmp_path, "--name", "demo")
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_failed_check_has_its_own_exit_code(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_parts: Any) -> Any:
        raise CheckFailed("the ONNX file differs; nothing was written")

    monkeypatch.setattr(pipeline, "onnx_from_student", refuse)
    assert "differs" in refused(capsys, 3, checkpoint, "-o", tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_interrupt_has_its_own_exit_code(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_parts: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "onnx_from_student", interrupt)
    assert refused(capsys, 130, checkpoint, "-o", tmp_path / "demo") == "vin-export: interrupted"
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    """In a device's install there is no Paddle: the command still starts, and imports nothing of it."""
    program = (
        "import sys\n"
        "absent = ('paddle', 'paddle2onnx', 'onnx', 'onnxslim', 'rich', 'yaml', 'safetensors')\n"
        "sys.modules.update(dict.fromkeys(absent))\n"
        "from vinedge.export.cli import main\n"
        "sys.exit(main(['runs/demo', '-o', 'bundles/demo']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("vin-export: error: vin-export needs paddle, paddle2onnx")
    assert done.stderr.endswith("run: pip install 'vinedge[export]'\n")
    assert list(tmp_path.iterdir()) == []


def test_help_names_the_exit_code_of_a_failed_check(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    assert "Exit code 3 and no bundle" in " ".join(capsys.readouterr().out.split())
