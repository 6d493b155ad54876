"""`vin-synth`: the files it promises, the same ones from any number of workers, and nothing half-written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vinedge.distill.synth_cli import main
from vinedge.distill.synthetic.dataset import DatasetSettings, write_dataset
from vinedge.distill.synthetic.vins import HELD_OUT_WMIS
from vinedge.manifest import read_list


def hashes(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synth") / "set"
    assert main([str(out), "--count", "100", "--seed", "4", "--workers", "1", "--splits", "0.7,0.1,0.2"]) == 0
    return out


def test_it_writes_what_it_promises(made: Path) -> None:
    assert sorted(entry.name for entry in made.iterdir()) == [
        "contact_sheet.png", "images", "meta.jsonl", "test.txt", "test_unseen.txt", "train.txt", "val.txt",
        "vin-synth.json",
    ]  # fmt: skip
    counts = {name: len(read_list(made / f"{name}.txt")) for name in ("train", "val", "test", "test_unseen")}
    assert counts == {"train": 70, "val": 10, "test": 20, "test_unseen": 20}
    assert len(list((made / "images").iterdir())) == 120
    sheet = cv2.imread(str(made / "contact_sheet.png"))
    assert sheet is not None and sheet.shape[1] > 1000


def test_no_vin_is_in_two_splits_and_unseen_makers_are_unseen(made: Path) -> None:
    vins = {name: {s.vin for s in read_list(made / f"{name}.txt")} for name in ("train", "val", "test", "test_unseen")}
    assert not vins["train"] & vins["val"] and not vins["train"] & vins["test"] and not vins["val"] & vins["test"]
    assert {vin[:3] for vin in vins["test_unseen"]} <= HELD_OUT_WMIS
    assert not {vin[:3] for name in ("train", "val", "test") for vin in vins[name]} & HELD_OUT_WMIS


def test_the_side_file_agrees_with_lists_and_pictures(made: Path) -> None:
    rows = [json.loads(line) for line in (made / "meta.jsonl").read_text().splitlines()]
    listed = {
        (split, sample.path.relative_to(made).as_posix(), sample.vin)
        for split in ("train", "val", "test", "test_unseen")
        for sample in read_list(made / f"{split}.txt")
    }
    assert {(row["split"], row["path"], row["vin"]) for row in rows} == listed
    for row in rows[::9]:
        picture = cv2.imread(str(made / row["path"]))
        assert picture is not None
        boxes, centers = np.array(row["boxes"]), np.array(row["centers"])
        assert boxes.shape == (17, 4) and centers.shape == (17, 2)
        assert (centers[:, 0] < picture.shape[1] + 1).all() and (np.diff(centers[:, 0]) > 0).all()


@pytest.mark.slow  # two spawned workers import everything anew
def test_any_number_of_workers_writes_the_same_files(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert main([str(out), "--count", "100", "--seed", "4", "--workers", "2", "--splits", "0.7,0.1,0.2"]) == 0
    assert hashes(out) == hashes(made)


def test_the_summary_says_what_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set"
    command = [str(out), "--count", "6", "--kinds", "label,laser", "--splits", "0.5,0.5,0", "--workers", "1"]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert f"6 pictures in {out}" in text
    assert "train 3  val 3  test 0  test_unseen 0" in text
    assert "lines/s" in text and "contact_sheet.png" in text
    assert main([*command, "--force", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pictures"] == 6
    assert document["splits"] == {"train": 3, "val": 3, "test": 0, "test_unseen": 0}
    assert set(document["kinds"]) == {"label", "laser"} and sum(document["kinds"].values()) == 6


def refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one sentence with which `command` is refused."""
    assert main([*command, "--workers", "1"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("vin-synth: error: ")
    return lines[0]


def test_a_folder_of_others_is_never_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    sentence = refused([str(tmp_path), "--count", "2", "--force"], capsys)
    assert "not made by vin-synth" in sentence
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    assert "is a file" in refused([str(tmp_path / "mine.txt"), "--count", "2"], capsys)


def test_an_own_folder_is_replaced_only_with_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set"
    assert main([str(out), "--count", "2", "--workers", "1"]) == 0
    before = hashes(out)
    capsys.readouterr()
    assert "add --force" in refused([str(out), "--count", "3"], capsys)
    assert hashes(out) == before
    assert main([str(out), "--count", "3", "--force", "--workers", "1"]) == 0
    assert len(list((out / "images").iterdir())) == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"], "nothing is left beside the set"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--count", "0"], "--count must be at least 1, got 0"),
        (["--count", "2", "--splits", "0.5,0.5"], "--splits must be three numbers"),
        (["--count", "2", "--splits", "0.5,0.5,0.5"], "add up to 1"),
        (["--count", "2", "--splits", "1.5,-0.5,0"], "add up to 1"),
        (["--count", "2", "--kinds", "labl"], "did you mean 'label'?"),
        (["--count", "2", "--difficulty", "2"], "difficulty must be between 0 and 1"),
    ],
)
def test_wrong_options_are_named(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused([str(tmp_path / "set"), *options], capsys)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(drawn: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(DatasetSettings(count=3), tmp_path / "set", progress=interrupt)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot create" in refused([str(tmp_path / "file" / "set"), "--count", "2"], capsys)
