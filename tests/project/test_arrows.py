"""The import arrows of docs/architecture.md hold, and every vendor stands behind its one door."""

from __future__ import annotations

import re
from pathlib import Path

import arrows
import pytest

IMPORTS = sorted(set(arrows.imports()))
INCLUDES = sorted(set(arrows.includes()))


@pytest.mark.parametrize(
    ("line", "module", "target"),
    [
        ("import vinedge.export.cli", "vinedge.distill.trainer", "vinedge.export.cli"),
        ("from ..export import cli", "vinedge.distill.trainer", "vinedge.export.cli"),
        ("from ...export.parity import check", "vinedge.distill.losses.ctc", "vinedge.export.parity"),
        ("from . import settings", "vinedge.distill.__init__", "vinedge.distill.settings"),
        ("def later():\n    import paddle.nn", "vinedge.cli", "paddle.nn"),
    ],
)
def test_every_way_to_import_is_seen(line: str, module: str, target: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(line)
    assert target in set(arrows.imported(tmp_path / "module.py", module))


MAY_IMPORT = {
    "vinedge": {"vinedge"},
    "vinedge.distill": {"vinedge", "vinedge.distill"},
    "vinedge.export": {"vinedge", "vinedge.distill", "vinedge.export"},
    "vinedge.benchmarks": {"vinedge", "vinedge.benchmarks"},
}


def test_the_source_was_found() -> None:
    assert {found.area for found in IMPORTS} == set(arrows.FOLDERS)
    assert len(INCLUDES) > 10


def test_areas_import_along_the_arrows() -> None:
    own = [found for found in IMPORTS if found.top == "vinedge"]
    wrong = [found for found in own if arrows.area_of(found.target) not in MAY_IMPORT[found.area]]
    assert wrong == []


def test_the_device_imports_numpy_opencv_and_itself() -> None:
    assert {found.top for found in IMPORTS if found.area == "vinedge"} <= {"vinedge", "numpy", "cv2"}


# Vendor -> the files that may name it, as a pattern on the path from the repository root.
DOORS = {
    "paddle": r"(distill|export)/.*",
    "paddleslim": r"export/quantizers/.*",
    "paddle2onnx": r"export/.*",
    "onnx": r"export/.*",
    "onnxslim": r"export/.*",
    "tensorrt": r"export/.*",
    "onnxruntime": r"(distill/teachers|export|benchmarks/peers)/.*",
    "rapidocr": r"benchmarks/peers/.*",
    "rapidocr_onnxruntime": r"benchmarks/peers/.*",
    "safetensors": r"(distill|export)/.*",
    "yaml": r"distill/.*",
    "lmdb": r"distill/.*",
    "PIL": r"distill/.*",
    "matplotlib": r"(distill|benchmarks)/.*",
    "rich": r"(distill|export|benchmarks)/.*",
    "numpy": r".*",
    "cv2": r".*",
    "vinedge": r".*",
}
ONE_FILE = ("paddle2onnx", "tensorrt")


def test_vendors_stand_behind_their_doors() -> None:
    wrong = [found for found in IMPORTS if not re.fullmatch(DOORS.get(found.top, ""), found.file)]
    assert wrong == []


@pytest.mark.parametrize("vendor", ONE_FILE)
def test_a_vendor_that_breaks_often_is_named_in_one_file(vendor: str) -> None:
    assert len({found.file for found in IMPORTS if found.top == vendor}) <= 1


def test_no_folder_is_imported_under_a_second_name() -> None:
    """A bare `import distill` from the repository root would be a second copy of vinedge.distill."""
    files = [*(arrows.ROOT / "tests").rglob("*.py"), arrows.ROOT / "setup.py"]
    targets = {target.partition(".")[0] for path in files for target in arrows.imported(path, f"tests.{path.stem}")}
    targets |= {found.top for found in IMPORTS}
    assert targets.isdisjoint({"distill", "export", "benchmarks", "runtime"})


# ---- C++ ------------------------------------------------------------------------------------------------------------

BASE = {"error", "tensor", "image", "charset", "grammar"}
SIBLINGS = {"preprocess", "ctc", "vin", "slots", "policy", "bundle", "engine"}
# What only one sibling needs, told from BASE by being private to it.
PRIVATE = {"json": "bundle", "sha256": "bundle"}
# What is made of siblings.
DECODER = {"ctc", "vin", "slots", "policy", "decoder"}
NOUNS = BASE | SIBLINGS | set(PRIVATE) | {"decoder", "recognizer"}


def noun_of(name: str) -> str:
    """Return what a file is about: `preprocess_avx2.cpp` and `vinedge/preprocess.hpp` are about preprocess."""
    stem = Path(name).stem
    known = [noun for noun in NOUNS if stem == noun or stem.startswith(noun + "_")]
    assert known, f"{name} is about none of {sorted(NOUNS)}: give it a place in this test and in docs/architecture.md"
    return max(known, key=len)


def may_include(file: str) -> set[str]:
    """Return the nouns whose headers the C++ file may include."""
    parts = Path(file).parts
    if "bindings" in parts:
        return NOUNS
    if "engines" in parts:
        return BASE | {"engine"}
    noun = noun_of(file)
    if noun == "recognizer":
        return NOUNS
    if noun == "decoder":
        return BASE | DECODER
    if noun in PRIVATE:
        return {"error", noun}
    if noun in SIBLINGS:
        return BASE | {noun} | {private for private, owner in PRIVATE.items() if owner == noun}
    return BASE


def own_headers() -> list[tuple[str, str]]:
    """Includes of this project's own headers; those that lie next to an engine or a binding are its own affair."""
    headers = {path.name for path in arrows.CPP.rglob("*.hpp")}
    local = {path.name for folder in ("src/engines", "bindings") for path in (arrows.CPP / folder).glob("*.hpp")}
    return [(file, name) for file, name in INCLUDES if Path(name).name in headers - local]


def test_cpp_files_include_along_the_arrows() -> None:
    wrong = [(file, name) for file, name in own_headers() if noun_of(name) not in may_include(file)]
    assert wrong == []


def test_public_headers_name_no_vendor() -> None:
    public = [(file, name) for file, name in INCLUDES if file.startswith("include/")]
    wrong = [(file, name) for file, name in public if "/" in name and not name.startswith("vinedge/")]
    wrong += [(file, name) for file, name in public if name.endswith(".h")]
    assert wrong == []


def naming(word: str) -> list[str]:
    sources = [path for path in arrows.CPP.rglob("*.[ch]pp") if word in path.read_text(encoding="utf-8")]
    return sorted(str(path.relative_to(arrows.CPP)) for path in sources)


def test_the_onnx_runtime_function_table_is_named_in_one_file() -> None:
    assert len(naming('"OrtGetApiBase"')) == 1
    assert len(naming("NvInfer.h")) <= 1


def test_nanobind_is_named_in_the_bindings_only() -> None:
    assert all(file.startswith("bindings/") for file in naming("nanobind"))
