"""Golden files are what the definitions say, the typed stub is what the extension says, and SHA-256 is SHA-256."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vinedge import _native

GOLDEN = Path(__file__).parents[1] / "golden"
STUB = Path(_native.__file__).with_name("_native.pyi")


@pytest.mark.parametrize("name", ["preprocess.json", "ctc.json", "vin.json", "decoder.json", "slots.json"])
def test_golden_files_are_what_the_definitions_say(name: str, written: Path) -> None:
    assert (written / name).read_bytes() == (GOLDEN / name).read_bytes(), (
        "a definition has changed: if it was meant to, run python tests/golden/make_golden.py"
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    subprocess.run([sys.executable, GOLDEN / "make_golden.py", folder], check=True)
    return folder


def test_stub_is_what_the_extension_says() -> None:
    pytest.importorskip("nanobind", reason="nanobind writes the stub; pip install 'vinedge[dev]'")
    script = GOLDEN / "make_native_stub.py"
    stub = subprocess.run([sys.executable, script, "-"], check=True, capture_output=True, text=True).stdout
    assert stub == STUB.read_text(encoding="utf-8"), "run python tests/golden/make_native_stub.py"


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 100_000])
def test_sha256(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    assert _native.sha256(data) == hashlib.sha256(data).hexdigest()
