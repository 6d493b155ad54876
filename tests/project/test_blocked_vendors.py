"""The device side works where no vendor of the training side can be imported; commands at least start there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
VENDORS = [
    *("paddle", "paddleslim", "paddle2onnx", "onnx", "onnxslim", "tensorrt", "torch", "rapidocr", "safetensors"),
    *("matplotlib", "PIL", "rich", "yaml", "lmdb"),
]
BLOCK = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {VENDORS!r}:
            raise ImportError(f"{{name}} is blocked")

sys.meta_path.insert(0, Blocked())
"""
MODULES = [
    "vinedge.cli",
    "vinedge.distill.synth_cli",
    "vinedge.distill.data_cli",
    "vinedge.distill.cli",
    "vinedge.export.cli",
    "vinedge.benchmarks.cli",
]


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCK + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_blocker_blocks() -> None:
    assert "yaml is blocked" in python("import yaml").stderr


def test_a_picture_is_read() -> None:
    (picture,) = GOLDEN.glob("bundle_v1_*.pgm")
    code = (
        "import cv2, vinedge\n"
        "from vinedge import Recognizer\n"
        "reading = Recognizer.from_bundle(sys.argv[1]).read(cv2.imread(sys.argv[2]))\n"
        "print(reading.vin)\n"
        "assert 'onnxruntime' not in sys.modules\n"
    )
    done = python(code, GOLDEN / "bundle_v1", picture)
    assert done.stderr == ""
    assert done.stdout.strip() == picture.stem.rpartition("_")[2]


@pytest.mark.parametrize("module", MODULES)
def test_every_command_can_be_asked_for_help(module: str) -> None:
    done = python(f"import {module} as cli\ncli.main(['--help'])")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: vin-" in done.stdout


def test_the_whole_root_package_can_be_imported() -> None:
    code = (
        "import importlib, pkgutil, vinedge\n"
        "for module in pkgutil.iter_modules(vinedge.__path__, 'vinedge.'):\n"
        "    importlib.import_module(module.name)\n"
    )
    assert python(code).stderr == ""
