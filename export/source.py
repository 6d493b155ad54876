"""Checkpoint folder -> the student to export, with where it comes from."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from paddle import nn

from vinedge.distill.checkpoint import student_from_checkpoint
from vinedge.distill.cost import Cost, cost
from vinedge.preprocess import InputSpec
from vinedge.version import __version__

# Everything that has a hand in the numbers of the exported file.
_TOOLS = ("paddlepaddle", "paddlepaddle-gpu", "paddle2onnx", "onnx", "onnxslim", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Source:
    """A trained student: `name` is its file in `distill/students`, `provenance` goes into the bundle."""

    student: nn.Layer
    name: str
    spec: InputSpec
    cost: Cost
    provenance: dict[str, Any]


def source_from_checkpoint(checkpoint: Path) -> Source:
    """Return the student of a checkpoint folder; of a whole run folder its best checkpoint is taken."""
    if not (checkpoint / "state.json").is_file() and (checkpoint / "best").is_dir():
        checkpoint = checkpoint / "best"
    student, settings = student_from_checkpoint(checkpoint)
    student.eval()
    name, height, width = settings.Student.name, settings.Student.height, settings.Student.width
    provenance = {
        "student": name,
        "settings_sha256": _sha256(checkpoint / "settings.yml"),
        "weights_sha256": _sha256(checkpoint / "weights.safetensors"),
        "metrics": _metrics(checkpoint / "metrics.json"),
        "versions": tool_versions(),
    }
    return Source(student, name, InputSpec(height, width), cost(student, height, width), provenance)


def tool_versions() -> dict[str, str]:
    """Return the versions of Python, vinedge and every installed package that takes part in an export."""
    versions = {"python": platform.python_version(), "vinedge": __version__}
    for tool in _TOOLS:
        try:
            versions[tool] = version(tool)
        except PackageNotFoundError:
            continue
    return versions


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _metrics(path: Path) -> Any:
    return _finite(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _finite(value: Any) -> Any:
    """Replace NaN and infinities (a metric over nothing) by null: JSON has neither."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
