"""Reading bundles: the specimen of format version 1 loads for ever, and everything else is refused in one sentence."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge.bundle import FileRecord, open_bundle
from vinedge.charset import SYMBOLS
from vinedge.errors import VinEdgeError
from vinedge.preprocess import InputSpec

GOLDEN = Path(__file__).parents[1] / "golden"
SPECIMEN = GOLDEN / "bundle_v1"
CASES: dict[str, list[dict[str, Any]]] = json.loads((GOLDEN / "bundle_refusals.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SPECIMEN, tmp_path / "demo"))


def with_text(folder: Path, case: dict[str, Any]) -> Path:
    text = case["text"] + case.get("repeat", "") * case.get("times", 0)
    (folder / "bundle.json").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(VinEdgeError) as caught:
        open_bundle(folder)
    sentence = str(caught.value)
    assert str(folder) in sentence or repr(str(folder)) in sentence, "an error names the bundle"
    assert "\n" not in sentence and len(sentence) < 600, "an error is one sentence"
    assert re.search(r"; (give|copy|upgrade|re-run|check|choose|a bundle takes)", sentence), "an error says what to do"
    return sentence


def test_specimen_of_format_1_loads() -> None:
    bundle = open_bundle(SPECIMEN)
    data = (SPECIMEN / "model.onnx").read_bytes()
    assert (bundle.name, bundle.charset, bundle.frames) == ("gray-reader", SYMBOLS, 80)
    assert bundle.spec == InputSpec(32, 320, 127.5, 127.5)
    assert bundle.files == {"model.onnx": FileRecord(len(data), hashlib.sha256(data).hexdigest())}
    assert bundle.path() == SPECIMEN / "model.onnx"
    assert bundle.document["a_key_of_a_later_version"] == "is ignored"


def test_specimen_is_the_one_first_committed() -> None:
    digest = hashlib.sha256((SPECIMEN / "model.onnx").read_bytes()).hexdigest()
    assert digest == "20d89ac60508a05ab23386db3e497c7093f3c60b82a477a51a4391cdf311b739"


def test_unknown_variant_lists_the_known_ones() -> None:
    with pytest.raises(VinEdgeError, match=r"no variant 'int8'; choose one of: fp32"):
        open_bundle(SPECIMEN).path("int8")


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"][:50])
def test_wrong_document_is_refused(copy: Path, case: dict[str, Any]) -> None:
    assert case["mentions"] in refusal(with_text(copy, case))


@pytest.mark.parametrize("case", CASES["accepted"], ids=lambda case: case["name"][:50])
def test_harmless_document_loads(copy: Path, case: dict[str, Any]) -> None:
    assert open_bundle(with_text(copy, case)).frames == 80


def test_newer_version_names_version_and_remedy(copy: Path) -> None:
    text = (copy / "bundle.json").read_text(encoding="utf-8").replace('"format_version": 1', '"format_version": 7')
    (copy / "bundle.json").write_text(text, encoding="utf-8")
    assert re.search(r"has format version 7, and vinedge [\d.]+ reads up to 1; upgrade vinedge", refusal(copy))


def test_no_such_folder(tmp_path: Path) -> None:
    assert "does not exist; give the folder that vin-export wrote" in refusal(tmp_path / "absent")


def test_a_file_instead_of_a_folder() -> None:
    assert "is not a folder; give" in refusal(SPECIMEN / "model.onnx")


def test_folder_without_document(tmp_path: Path) -> None:
    assert "has no bundle.json, so it is not a bundle" in refusal(tmp_path)


def test_document_that_is_not_utf8(copy: Path) -> None:
    (copy / "bundle.json").write_bytes(b"\xff\xfe{}")
    assert "not valid JSON" in refusal(copy)


def test_name_that_no_file_system_holds(tmp_path: Path) -> None:
    assert "cannot read" in refusal(tmp_path / ("n" * 300))


def test_missing_file(copy: Path) -> None:
    (copy / "model.onnx").unlink()
    assert "model.onnx is missing; copy the bundle again" in refusal(copy)


def test_folder_in_place_of_a_file(copy: Path) -> None:
    (copy / "model.onnx").unlink()
    (copy / "model.onnx").mkdir()
    assert "model.onnx is missing" in refusal(copy)


@pytest.mark.parametrize("change", [-1, -642, 1, 5000])
def test_size_is_checked_with_both_hashes(copy: Path, change: int) -> None:
    data = (copy / "model.onnx").read_bytes()
    changed = data + b"x" * change if change > 0 else data[:change]
    (copy / "model.onnx").write_bytes(changed)
    sentence = refusal(copy)
    assert f"model.onnx has {642 + change} bytes" in sentence
    assert "bundle.json says 642 (20d89ac6)" in sentence


@settings(max_examples=30, deadline=None)
@given(place=st.integers(0, 641), flip=st.integers(1, 255))
def test_every_changed_byte_is_refused(tmp_path_factory: pytest.TempPathFactory, place: int, flip: int) -> None:
    folder = Path(shutil.copytree(SPECIMEN, tmp_path_factory.mktemp("changed") / "demo"))
    data = bytearray((folder / "model.onnx").read_bytes())
    data[place] ^= flip
    (folder / "model.onnx").write_bytes(data)
    found = hashlib.sha256(data).hexdigest()[:8]
    assert f"model.onnx has sha256 {found}, bundle.json says 20d89ac6; copy the bundle again" in refusal(folder)


def test_external_tensor_data_is_refused_even_with_the_right_hash(copy: Path) -> None:
    # StringStringEntryProto {key: "location", value: "/etc/x"} as it stands inside a TensorProto.
    data = (copy / "model.onnx").read_bytes() + b"\x6a\x12\x0a\x08location\x12\x06/etc/x"
    (copy / "model.onnx").write_bytes(data)
    document = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))
    document["files"]["model.onnx"] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (copy / "bundle.json").write_text(json.dumps(document), encoding="utf-8")
    assert "model.onnx keeps tensors outside its own file" in refusal(copy)


def test_example_in_the_documentation_is_a_bundle(copy: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "bundle.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    digest = hashlib.sha256((copy / "model.onnx").read_bytes()).hexdigest()
    (copy / "bundle.json").write_text(example.replace("20d89ac6...", digest), encoding="utf-8")
    assert open_bundle(copy).name == "demo"
