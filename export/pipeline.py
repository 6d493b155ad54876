"""Checkpoint -> ONNX -> parity -> bundle: the whole export, in the order in which it can fail.

Nothing stands at the destination before every check has passed. The bundle is first written to a temporary place,
where the native reader opens it as a device will; its readings are held to the student's (`parity.py`), and only then
is it written for good, with the numbers in its report.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinedge.bundle import Bundle, check_destination, write_bundle
from vinedge.bundle_document import is_name
from vinedge.charset import BLANK, NUM_CLASSES, SYMBOLS
from vinedge.distill.cost import Cost
from vinedge.errors import VinEdgeError
from vinedge.metrics import Proportion, character_error_rate, exact_match
from vinedge.recognizer import Recognizer
from vinedge.version import __version__

from .parity import BOUNDS, Parity, compare, reader_from_onnx, reader_from_recognizer, reader_from_student
from .pictures import PictureSet, picture_set
from .progress import Steps
from .source import Source, source_from_checkpoint
from .targets.onnx import INPUT, OUTPUT, OnnxModel, onnx_from_student

STEPS = 4


@dataclass(frozen=True)
class ExportResult:
    """What an export made: the bundle as opened again, and what is worth telling about it."""

    bundle: Bundle
    cost: Cost
    pictures: PictureSet
    parity: Parity
    accuracy: Proportion | None  # None when the pictures have no labels
    engine: str  # what ran the bundle, as the Recognizer names it


def export_bundle(
    checkpoint: Path, out: Path, *, pictures: Path | None = None, name: str | None = None, steps: Steps | None = None
) -> ExportResult:
    """Write the bundle of `checkpoint` to the folder `out`, verified on `pictures` (see `picture_set`).

    `name` is the bundle's, by default the folder's. Raises `VinEdgeError` for input that cannot be used and
    `CheckFailed` when the exported network is not the student; either way `out` is as it was before.
    """
    steps = steps or Steps(STEPS)
    name = name or out.resolve().name
    if not is_name(name):
        raise VinEdgeError(
            f"'{name}' cannot name a bundle; give a --name of letters, digits, '.', '_' and '-', at most 64"
        )
    check_destination(out)
    examples = picture_set(pictures)
    with steps.step(f"Loading {checkpoint}"):
        source = source_from_checkpoint(checkpoint)
    with steps.step("Converting to ONNX"):
        model = onnx_from_student(source.student, source.spec)
    with steps.step(f"Comparing on {examples}"), tempfile.TemporaryDirectory() as folder:
        trial = write_bundle(Path(folder) / name, document(name, source, [model], {}), files_of([model]))
        recognizer = Recognizer.from_bundle(trial.folder)
        parity = compare(
            reader_from_student(source.student, source.spec),
            {
                "the ONNX file in ONNX Runtime": reader_from_onnx(model.data, source.spec),
                "the bundle in the native reader": reader_from_recognizer(recognizer),
            },
            examples,
            BOUNDS[model.precision],
            lambda done: steps.count(done, examples.count),
        )
    accuracy = accuracy_of(parity)
    report = report_of(model, source.cost, examples, parity, accuracy, recognizer.engine)
    with steps.step(f"Writing {out}"):
        bundle = write_bundle(out, document(name, source, [model], report), files_of([model]))
    return ExportResult(bundle, source.cost, examples, parity, accuracy, recognizer.engine)


def document(name: str, source: Source, models: Sequence[OnnxModel], report: dict[str, Any]) -> dict[str, Any]:
    """Return the `bundle.json` of `models` (one a precision, all of one student); docs/bundle.md is its definition."""
    spec, frames = source.spec, models[0].frames
    return {
        "name": name,
        "created_by": f"vinedge {__version__}",
        "charset": SYMBOLS,
        "blank": BLANK,
        "input": {
            "name": INPUT,
            "color": "gray",
            "height": spec.height,
            "width": spec.width,
            "resize": "box-linear",
            "mean": spec.mean,
            "std": spec.std,
        },
        "output": {"name": OUTPUT, "kind": "ctc", "frames": frames, "classes": NUM_CLASSES},
        "decoder": {"policy": "off"},
        "calibration": None,
        "variants": {model.precision: model.file_name for model in models},
        "provenance": source.provenance,
        "report": report,
    }


def files_of(models: Sequence[OnnxModel]) -> dict[str, bytes | Path]:
    return {model.file_name: model.data for model in models}


def accuracy_of(parity: Parity) -> Proportion | None:
    """Return the share of texts that equal their label, or None if a label is missing."""
    labels = [label for label in parity.labels if label is not None]
    return exact_match(parity.texts, labels) if len(labels) == len(parity.texts) else None


def report_of(
    model: OnnxModel, cost: Cost, pictures: PictureSet, parity: Parity, accuracy: Proportion | None, engine: str
) -> dict[str, Any]:
    """Return what the bundle says about its checks. Pictures are named by content, never by a path of this machine."""
    report: dict[str, Any] = {
        "cost": {"parameters": cost.parameters, "gflop": cost.gflop, "operators": model.operators()},
        "pictures": {
            "kind": pictures.kind,
            "name": pictures.name,
            "count": len(parity.texts),
            "sha256": parity.pictures_sha256,
        },
        "parity": {
            "bound": parity.bound,
            "non_empty_texts": sum(map(bool, parity.texts)),
            "native_engine": engine,
            "readers": {
                reader: {"equal_texts": agreement.equal_texts, "max_difference": agreement.max_difference}
                for reader, agreement in parity.agreements.items()
            },
        },
        "accuracy": None,
    }
    if accuracy is not None:
        labels = [label or "" for label in parity.labels]
        report["accuracy"] = {
            "exact_match": accuracy.value,
            "hits": accuracy.hits,
            "n": accuracy.n,
            "interval_95": list(accuracy.interval),
            "character_error_rate": character_error_rate(parity.texts, labels),
        }
    return report
