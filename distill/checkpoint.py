"""Checkpoints: a folder of safetensors and text. No pickle, so opening one never runs code.

    weights.safetensors   the student to use (averaged weights where EMA is on), keyed by structured parameter names
    state.json            {"format": "vinedge-checkpoint", "format_version": 1, "student": ..., "step": ...,
                           "elapsed_s": ..., "best": ...}
    settings.yml          the run's resolved settings
    metrics.json          the last validation
    state.safetensors     only where a run can go on from it (`last/`): "student/<parameter>" are the weights under
                          training, "optimizer/<parameter>/<slot>" the optimizer's (Paddle's own keys depend on the
                          order of construction)

The learning rate, the data and every random number are functions of the step, so nothing else needs saving.
A folder is written beside its final place and renamed: a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from vinedge import registry
from vinedge.errors import VinEdgeError

from . import students
from .settings import Settings
from .settings_yaml import settings_from_text, text_from_settings

if TYPE_CHECKING:
    from paddle import nn

FORMAT = "vinedge-checkpoint"
FORMAT_VERSION = 1

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint folder holds; `state` is None where training cannot go on from it."""

    settings: Settings
    weights: Arrays
    step: int
    metrics: dict[str, Any] = field(default_factory=dict)
    state: Arrays | None = None
    elapsed_s: float = 0.0
    best: list[float] | None = None


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write `folder`, replacing an older checkpoint there; on failure the older one stays."""
    fresh, old = _beside(folder, "new"), _beside(folder, "old")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        (fresh / "weights.safetensors").write_bytes(save(checkpoint.weights))
        if checkpoint.state is not None:
            (fresh / "state.safetensors").write_bytes(save(checkpoint.state))
        identity = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "student": checkpoint.settings.Student.name,
            "step": checkpoint.step,
            "elapsed_s": round(checkpoint.elapsed_s, 3),
            "best": checkpoint.best,
        }
        (fresh / "state.json").write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
        (fresh / "metrics.json").write_text(json.dumps(checkpoint.metrics, indent=1) + "\n", encoding="utf-8")
        (fresh / "settings.yml").write_text(text_from_settings(checkpoint.settings), encoding="utf-8")
        recover(folder)
        if folder.exists():
            folder.replace(old)
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def recover(folder: Path) -> None:
    """Undo a replacement that was killed between its two renames: the old folder takes its place again."""
    old = _beside(folder, "old")
    if old.is_dir():
        if folder.exists():
            shutil.rmtree(old)
        else:
            old.replace(folder)


def _beside(folder: Path, word: str) -> Path:
    return folder.with_name(f".{folder.name}.{word}")


def load_checkpoint(folder: Path) -> Checkpoint:
    """Return the checkpoint in `folder`; `VinEdgeError` says what is missing, foreign, newer or damaged."""
    identity = _read_identity(folder)
    settings = settings_from_text(_read_text(folder / "settings.yml"), str(folder / "settings.yml"))
    if identity["student"] != settings.Student.name:
        raise VinEdgeError(
            f"checkpoint {folder}: state.json is of a {identity['student']}, settings.yml of a "
            f"{settings.Student.name}; the two files do not belong together, copy the folder again"
        )
    state = folder / "state.safetensors"
    return Checkpoint(
        settings,
        _read_arrays(folder / "weights.safetensors"),
        identity["step"],
        read_json(folder / "metrics.json"),
        _read_arrays(state) if state.exists() else None,
        identity.get("elapsed_s", 0.0),
        identity.get("best"),
    )


def weights_sha256(folder: Path) -> str:
    """Return the fingerprint of a checkpoint's weights."""
    path = folder / "weights.safetensors"
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as reason:
        raise VinEdgeError(f"cannot read {path}: {reason.strerror}; give the folder of a checkpoint") from None


def student_from_checkpoint(folder: Path) -> tuple[nn.Layer, Settings]:
    """Return the trained student, in evaluation mode, and the settings it was trained with."""
    checkpoint = load_checkpoint(folder)
    layer = build_student(checkpoint.settings)
    assign(layer, checkpoint.weights, str(folder / "weights.safetensors"))
    layer.eval()
    return layer, checkpoint.settings


def build_student(settings: Settings) -> nn.Layer:
    """Return the untrained student that the settings name."""
    student = settings.Student
    layer: nn.Layer = registry.load(students, student.name).build(height=student.height, width=student.width)
    return layer


def arrays_from(layer: nn.Layer) -> Arrays:
    """Return copies of a layer's weights and statistics by structured name."""
    return {name: np.array(value.numpy()) for name, value in layer.state_dict().items()}


def assign(layer: nn.Layer, arrays: Arrays, where: str) -> None:
    """Put `arrays` into `layer`; names and shapes must be exactly the layer's own."""
    own = layer.state_dict()
    complaints = [f"{name} is missing" for name in own if name not in arrays]
    complaints += [f"{name} is not of this network" for name in arrays if name not in own]
    complaints += [
        f"{name} has shape {list(arrays[name].shape)} instead of {list(own[name].shape)}"
        for name in own
        if name in arrays and list(arrays[name].shape) != list(own[name].shape)
    ]
    if complaints:
        more = f" (and {len(complaints) - 3} more)" if len(complaints) > 3 else ""
        raise VinEdgeError(f"{where} does not fit the student: {', '.join(complaints[:3])}{more}")
    for name, value in own.items():
        value.set_value(arrays[name])


def _read_identity(folder: Path) -> dict[str, Any]:
    recover(folder)
    if not (folder / "state.json").is_file():
        raise VinEdgeError(
            f"{folder} is not a checkpoint: it has no state.json; give a folder that vin-distill wrote, "
            f"such as runs/demo/best"
        )
    identity = read_json(folder / "state.json")
    if identity.get("format") != FORMAT:
        raise VinEdgeError(f"{folder}/state.json is not of a vinedge checkpoint (no format: {FORMAT!r})")
    version = identity.get("format_version")
    if version != FORMAT_VERSION:
        raise VinEdgeError(
            f"checkpoint {folder} has format version {version}, this vinedge reads {FORMAT_VERSION}; update vinedge"
        )
    if not isinstance(identity.get("step"), int) or not isinstance(identity.get("student"), str):
        raise VinEdgeError(f"{folder}/state.json lacks a step or a student; copy the checkpoint again")
    return identity


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        raise VinEdgeError(f"cannot read {path}: {reason}; copy the checkpoint again") from None


def read_json(path: Path) -> dict[str, Any]:
    """Return the mapping in a JSON file of a checkpoint or run."""
    try:
        value = json.loads(_read_text(path))
    except json.JSONDecodeError as reason:
        raise VinEdgeError(f"{path} is damaged ({reason}); copy the checkpoint again") from None
    if not isinstance(value, dict):
        raise VinEdgeError(f"{path} is damaged (not a mapping); copy the checkpoint again")
    return value


def _read_arrays(path: Path) -> Arrays:
    if not path.is_file():
        raise VinEdgeError(f"{path} is missing; copy the checkpoint again")
    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as reason:
        raise VinEdgeError(f"{path} is truncated or damaged ({reason}); copy the checkpoint again") from None
