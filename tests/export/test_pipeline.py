"""Checkpoint -> bundle, whole: an honest export stands, a planted fault leaves nothing and touches nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from gray_reader import GrayReader, examples, picture_from_vin
from onnx import numpy_helper

from vinedge.bundle import open_bundle
from vinedge.distill.cost import Cost
from vinedge.errors import CheckFailed, VinEdgeError
from vinedge.export import pipeline
from vinedge.export.parity import BOUNDS
from vinedge.export.pictures import PictureSet
from vinedge.export.progress import Steps
from vinedge.export.source import Source
from vinedge.export.targets.onnx import OnnxModel
from vinedge.manifest import write_list
from vinedge.preprocess import InputSpec
from vinedge.recognizer import Recognizer


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def gray(monkeypatch: pytest.MonkeyPatch, exported: OnnxModel) -> GrayReader:
    """Let every checkpoint be a `GrayReader`, converted once for all tests, and the pictures ones it can read."""
    student = GrayReader()
    source = Source(student, "gray_reader", InputSpec(), Cost(1, 0.1), {"student": "gray_reader"})
    colored = PictureSet("synthetic", "bands", 5, lambda: iter(examples(5, tint=60)))
    monkeypatch.setattr(pipeline, "source_from_checkpoint", lambda checkpoint: source)
    monkeypatch.setattr(pipeline, "onnx_from_student", lambda student, spec: exported)
    monkeypatch.setattr(pipeline, "picture_set", lambda path: colored)
    # GrayReader's logits reach 4,000, a hundred times a trained student's.
    monkeypatch.setitem(BOUNDS, "fp32", 5e-3)
    return student


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A place where a bundle stands already."""
    specimen = Path(__file__).parents[1] / "golden" / "bundle_v1"
    folder = tmp_path / "demo"
    folder.mkdir()
    for path in specimen.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_checkpoint_becomes_a_bundle_that_says_where_it_comes_from(checkpoint: Path, tmp_path: Path) -> None:
    result = pipeline.export_bundle(checkpoint, tmp_path / "demo")
    bundle = open_bundle(tmp_path / "demo")
    assert (bundle.name, bundle.frames, bundle.variants) == ("demo", 80, {"fp32": "model.onnx"})
    assert bundle == result.bundle
    provenance = bundle.provenance
    assert provenance["student"] == "vin_nano"
    assert provenance["metrics"] == {"exact_match": 0.5, "loss": None}, "JSON has no NaN"
    assert {"python", "vinedge", "paddlepaddle", "paddle2onnx", "onnx", "onnxruntime"} <= provenance["versions"].keys()
    assert len(provenance["weights_sha256"]) == len(provenance["settings_sha256"]) == 64
    assert bundle.report["cost"]["parameters"] == result.cost.parameters > 100_000
    assert "BatchNormalization" not in bundle.report["cost"]["operators"]
    readers = bundle.report["parity"]["readers"]
    assert len(readers) == 2
    for reader in readers.values():
        assert reader["equal_texts"] == 64
        assert 0 <= reader["max_difference"] <= BOUNDS["fp32"]
    assert bundle.report["accuracy"]["n"] == 64
    assert str(tmp_path) not in json.dumps(bundle.document), "a bundle names no folder of the machine that made it"


def test_gray_reader_reads_every_vin_on_the_way(gray: GrayReader, tmp_path: Path) -> None:
    result = pipeline.export_bundle(tmp_path, tmp_path / "demo")
    assert (result.accuracy.hits, result.accuracy.n) == (5, 5)  # type: ignore[union-attr]
    assert result.parity.texts == [example.label for example in examples(5)]


def test_labelled_list_gives_accuracy_and_a_folder_does_not(
    gray: GrayReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # real picture sets
    chosen = examples(3)
    for number, example in enumerate(chosen):
        cv2.imwrite(str(tmp_path / f"{number}.png"), example.picture)
    labels = [chosen[0].label, chosen[1].label, "0" * 17]
    write_list(tmp_path / "list.txt", [(f"{number}.png", label) for number, label in enumerate(labels)])  # type: ignore[misc]
    assert pipeline.picture_set(tmp_path).count == 3
    assert [example.label for example in pipeline.picture_set(tmp_path)] == [None] * 3
    assert [example.label for example in pipeline.picture_set(tmp_path / "list.txt")] == labels


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["list", "folder"])
def test_own_pictures_are_recorded_by_content(checkpoint: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    vin = "1M8GDM9AXKP042788"
    cv2.imwrite(str(folder / "a.png"), picture_from_vin(vin))
    write_list(folder / "test.txt", [("a.png", vin)])
    result = pipeline.export_bundle(
        checkpoint, tmp_path / "demo", pictures=folder / "test.txt" if kind == "list" else folder
    )
    report = result.bundle.report
    assert (report["pictures"]["kind"], report["pictures"]["count"]) == (kind, 1)
    assert report["pictures"]["name"] == ("test.txt" if kind == "list" else "pictures")
    assert (report["accuracy"] is None) == (kind == "folder")


@pytest.mark.usefixtures("quick")
def test_same_checkpoint_gives_the_same_bundle(checkpoint: Path, tmp_path: Path) -> None:
    bundles = [pipeline.export_bundle(checkpoint, tmp_path / place / "demo").bundle for place in ("a", "b")]
    assert everything(bundles[0].folder) == everything(bundles[1].folder)


def swap_classes(model: OnnxModel) -> OnnxModel:
    graph = onnx.load_from_string(model.data)
    weight = next(tensor for tensor in graph.graph.initializer if list(tensor.dims) == [34, 1, 1, 1])
    array = numpy_helper.to_array(weight).copy()
    array[[5, 6]] = array[[6, 5]]
    weight.CopyFrom(numpy_helper.from_array(array, weight.name))
    return replace(model, data=graph.SerializeToString())


class Native:
    """A native reader with a fault: `change` is applied to every picture, `text` to every text."""

    engine = "faulty 1.0"

    def __init__(self, real: Recognizer, change: Callable[[Any], Any], text: Callable[[str], str]) -> None:
        self.real, self.change, self.text = real, change, text

    def logits(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        return self.real.logits([np.ascontiguousarray(self.change(picture)) for picture in pictures])

    def read_batch(self, pictures: Sequence[np.ndarray]) -> list[Any]:
        readings = self.real.read_batch([np.ascontiguousarray(self.change(picture)) for picture in pictures])
        return [type("Reading", (), {"raw": self.text(reading.raw)}) for reading in readings]


def plant(fault: str, gray: GrayReader, monkeypatch: pytest.MonkeyPatch) -> None:
    convert, open_native, document = pipeline.onnx_from_student, Recognizer.from_bundle, pipeline.document

    def then_change_weights(student: GrayReader, spec: InputSpec) -> OnnxModel:
        model = convert(student, spec)
        student.conv.weight.set_value(student.conv.weight * 1.001)
        return model

    def native(change: Callable[[Any], Any] = lambda picture: picture, text: Callable[[str], str] = str) -> Any:
        return type("Faulty", (), {"from_bundle": staticmethod(lambda path: Native(open_native(path), change, text))})

    targets: dict[str, tuple[str, Any]] = {
        "weights changed after the export": ("onnx_from_student", then_change_weights),
        "two classes swapped": ("onnx_from_student", lambda student, spec: swap_classes(convert(student, spec))),
        "channels swapped": ("Recognizer", native(change=lambda picture: picture[:, :, ::-1])),
        "another alphabet": ("Recognizer", native(text=lambda text: text.replace("0", "O"))),
        "wrong charset": (
            "document",
            lambda *parts: {**document(*parts), "charset": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        ),
        "wrong input": (
            "document",
            lambda *parts: {**document(*parts), "input": {**document(*parts)["input"], "mean": 100.0}},
        ),
    }
    monkeypatch.setattr(pipeline, *targets[fault])


FAULTS = {
    "weights changed after the export": (CheckFailed, "ONNX Runtime differs from the student by"),
    "two classes swapped": (CheckFailed, "ONNX Runtime differs from the student by"),
    "channels swapped": (CheckFailed, "native reader differs from the student by"),
    "another alphabet": (CheckFailed, "native reader reads '.*O.*' on picture"),
    "wrong charset": (VinEdgeError, "'charset' in bundle.json is"),
    "wrong input": (CheckFailed, "native reader differs from the student by"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_leaves_the_old_bundle_untouched(
    gray: GrayReader, old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    plant(fault, gray, monkeypatch)
    trials = tmp_path / "trials"
    trials.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(trials))
    before = everything(tmp_path)
    expected, sentence = FAULTS[fault]
    with pytest.raises(expected, match=sentence):
        pipeline.export_bundle(tmp_path, old)
    assert everything(tmp_path) == before
    assert list(trials.iterdir()) == [], "the trial bundle is gone"
    with pytest.raises(expected):
        pipeline.export_bundle(tmp_path, tmp_path / "fresh")
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("step", ["source_from_checkpoint", "onnx_from_student", "compare", "report_of"])
def test_interrupt_leaves_nothing(
    gray: GrayReader, old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupted(*_parts: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, step, interrupted)
    trials = tmp_path / "trials"
    trials.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(trials))
    before = everything(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        pipeline.export_bundle(tmp_path, old)
    assert everything(tmp_path) == before
    assert list(trials.iterdir()) == []


def test_place_is_refused_before_the_work(gray: GrayReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    monkeypatch.setattr(pipeline, "source_from_checkpoint", lambda path: pytest.fail("worked before looking"))
    with pytest.raises(VinEdgeError, match=r"it holds 'thesis.txt'"):
        pipeline.export_bundle(tmp_path, tmp_path / "mine")


def test_folder_that_cannot_name_a_bundle_asks_for_a_name(gray: GrayReader, tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"'my bundle' cannot name a bundle; give a --name of letters"):
        pipeline.export_bundle(tmp_path, tmp_path / "my bundle")
    assert pipeline.export_bundle(tmp_path, tmp_path / "my bundle", name="mine").bundle.name == "mine"


def test_progress_names_every_step_with_its_time(
    gray: GrayReader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.export_bundle(tmp_path, tmp_path / "demo", steps=Steps(pipeline.STEPS))
    lines = capsys.readouterr().err.splitlines()
    assert [line[:5] for line in lines] == ["[1/4]", "[2/4]", "[3/4]", "[4/4]"]
    assert all(line.endswith(" s") for line in lines)
