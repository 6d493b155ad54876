"""Checkpoints: what is written reads back exactly, a reader never sees half, and a wrong folder is named."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_run import settings

from vinedge.distill.checkpoint import (
    Checkpoint,
    arrays_from,
    build_student,
    load_checkpoint,
    recover,
    save_checkpoint,
    student_from_checkpoint,
)
from vinedge.errors import VinEdgeError

# isort: split
import paddle


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    paddle.seed(5)
    chosen = settings()
    weights = arrays_from(build_student(chosen))
    folder = tmp_path_factory.mktemp("run") / "last"
    state = {"student/a": np.arange(3, dtype=np.float32)}
    save_checkpoint(folder, Checkpoint(chosen, weights, 7, {"step": 7}, state, 1.5, [0.25, -0.5]))
    return folder


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "last"))


def test_everything_reads_back_equal(written: Path) -> None:
    found = load_checkpoint(written)
    assert found.settings == settings()
    assert (found.step, found.metrics, found.elapsed_s, found.best) == (7, {"step": 7}, 1.5, [0.25, -0.5])
    assert found.state is not None
    assert found.state["student/a"].tolist() == [0, 1, 2]


def test_the_student_reads_as_before_and_does_not_train(written: Path) -> None:
    paddle.seed(5)
    original = build_student(settings())
    original.eval()
    layer, found = student_from_checkpoint(written)
    picture = paddle.randn([2, 1, 16, 160])
    assert not layer.training
    assert found == settings()
    assert np.array_equal(layer(picture).logits.numpy(), original(picture).logits.numpy())


def test_weights_are_keyed_by_structured_names(written: Path) -> None:
    names = set(load_checkpoint(written).weights)
    assert {"backbone.0.0.weight", "backbone.0.1._mean", "neck.1.0.weight", "head.bias"} <= names


def test_files_are_readable_like_any_other(written: Path, tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    assert {file.stat().st_mode for file in written.iterdir()} == {(tmp_path / "any").stat().st_mode}


def test_no_file_is_a_pickle(written: Path) -> None:
    assert {file.suffix for file in written.iterdir()} == {".safetensors", ".json", ".yml"}


def test_an_older_checkpoint_is_replaced(copy: Path) -> None:
    old = load_checkpoint(copy)
    save_checkpoint(copy, dataclasses.replace(old, step=8, state=None))
    assert load_checkpoint(copy).step == 8
    assert not (copy / "state.safetensors").exists()
    assert [entry.name for entry in copy.parent.iterdir()] == ["last"]


def test_a_failed_write_leaves_the_older_one(copy: Path) -> None:
    old = load_checkpoint(copy)
    with pytest.raises(TypeError):
        save_checkpoint(copy, dataclasses.replace(old, step=8, metrics={"x": object()}))
    assert load_checkpoint(copy).step == 7
    assert [entry.name for entry in copy.parent.iterdir()] == ["last"]


def test_a_kill_between_the_two_renames_loses_nothing(copy: Path) -> None:
    copy.rename(copy.with_name(".last.old"))
    assert load_checkpoint(copy).step == 7
    assert [entry.name for entry in copy.parent.iterdir()] == ["last"]


def test_a_kill_after_the_second_rename_leaves_the_new_one(copy: Path) -> None:
    shutil.copytree(copy, copy.with_name(".last.old"))
    (copy / "metrics.json").write_text('{"step": 8}')
    recover(copy)
    assert load_checkpoint(copy).metrics == {"step": 8}
    assert [entry.name for entry in copy.parent.iterdir()] == ["last"]


def test_a_kill_while_writing_is_cleaned_up_by_the_next_write(copy: Path) -> None:
    half = copy.with_name(".last.new")
    half.mkdir()
    (half / "weights.safetensors").write_bytes(b"half")
    save_checkpoint(copy, load_checkpoint(copy))
    assert [entry.name for entry in copy.parent.iterdir()] == ["last"]


def refusal(folder: Path) -> str:
    with pytest.raises(VinEdgeError) as mistake:
        student_from_checkpoint(folder)
    return str(mistake.value)


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "is not a checkpoint: it has no state.json" in refusal(tmp_path)
    assert "is not a checkpoint" in refusal(tmp_path / "missing")


def test_a_foreign_or_newer_format_is_refused(copy: Path) -> None:
    change(copy / "state.json", format_version=2)
    assert "has format version 2, this vinedge reads 1; update vinedge" in refusal(copy)
    change(copy / "state.json", format="other")
    assert "is not of a vinedge checkpoint" in refusal(copy)


@pytest.mark.parametrize("name", ["weights.safetensors", "settings.yml", "metrics.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert name in refusal(copy)


@pytest.mark.parametrize("name", ["weights.safetensors", "state.safetensors", "state.json", "metrics.json"])
@pytest.mark.parametrize("keep", [0, 1, 60, -1])
def test_a_truncated_file_is_named(copy: Path, name: str, keep: int) -> None:
    data = (copy / name).read_bytes().rstrip()
    (copy / name).write_bytes(data[: min(keep, len(data) - 1)])
    sentence = refusal(copy)
    assert name in sentence
    assert "copy the checkpoint again" in sentence


def test_a_pickle_in_the_place_of_the_weights_is_not_run(copy: Path) -> None:
    import os
    import pickle

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(copy / "ran"),)

    (copy / "weights.safetensors").write_bytes(pickle.dumps(Bomb()))
    assert "weights.safetensors is truncated or damaged" in refusal(copy)
    assert not (copy / "ran").exists()


def test_weights_of_another_shape_are_refused(copy: Path) -> None:
    found = load_checkpoint(copy)
    weights = {name: value for name, value in found.weights.items() if name != "head.bias"}
    weights["head.weight"] = np.zeros((3, 4), np.float32)
    weights["tail.weight"] = np.zeros(1, np.float32)
    save_checkpoint(copy, dataclasses.replace(found, weights=weights))
    sentence = refusal(copy)
    assert "head.bias is missing" in sentence
    assert "tail.weight is not of this network" in sentence
    assert "head.weight has shape [3, 4] instead of [96, 34]" in sentence


def test_files_of_two_students_are_refused(copy: Path) -> None:
    change(copy / "state.json", student="vin_large")
    assert "state.json is of a vin_large, settings.yml of a vin_nano" in refusal(copy)
