"""vin-export: turn a checkpoint of vin-distill into a bundle that a device can read with."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vinedge.command import run_command
from vinedge.errors import EXIT_OK
from vinedge.extras import require_extra

if TYPE_CHECKING:
    from .pipeline import ExportResult


def main(argv: Sequence[str] | None = None) -> int:
    return run_command("vin-export", _run, argv)


def _run(argv: Sequence[str] | None) -> int:
    options = _parser().parse_args(argv)
    require_extra("export", "vin-export")
    from vinedge.distill.paddle_setup import prepare_paddle

    prepare_paddle()
    from .pipeline import export_bundle

    result = export_bundle(options.checkpoint, options.out, pictures=options.pictures, name=options.name)
    print(json.dumps(_record(result)) if options.json else _summary(result))
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vin-export",
        description="Turn a checkpoint into a bundle: ONNX, compared with the student picture by picture, every file "
        "hashed. Exit code 3 and no bundle if the exported network does not read as the student does.",
    )
    parser.add_argument(
        "checkpoint", type=Path, help="checkpoint folder, or a run folder (its best checkpoint is taken)"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="BUNDLE", help="folder to write")
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="LIST|FOLDER",
        help="pictures to compare on: a 'picture<TAB>VIN' list (accuracy is reported too) or a folder; "
        "default: synthetic lines",
    )
    parser.add_argument("--name", help="the bundle's name; default: the folder's")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of the summary")
    return parser


def _record(result: ExportResult) -> dict[str, object]:
    bundle = result.bundle
    files = {name: {"bytes": record.bytes, "sha256": record.sha256} for name, record in bundle.files.items()}
    return {
        "bundle": str(bundle.folder),
        "name": bundle.name,
        "files": files,
        "report": bundle.report,
        "provenance": bundle.provenance,
    }


def _summary(result: ExportResult) -> str:
    bundle, parity = result.bundle, result.parity
    worst = max(agreement.max_difference for agreement in parity.agreements.values())
    lines = [f"Bundle '{bundle.name}' in {bundle.folder}"]
    for name, record in bundle.files.items():
        lines.append(f"  {name:10} {record.bytes / 1024:.0f} KiB, sha256 {record.sha256[:8]}")
    size = f"input {bundle.spec.height}x{bundle.spec.width}, {bundle.frames} frames"
    bound = f"largest logit difference {worst:.1e} (bound {parity.bound:g})"
    lines.append(f"  student    {bundle.provenance['student']}: {result.cost}, {size}")
    lines.append(f"  parity     Paddle = ONNX Runtime = {result.engine}: all {len(parity.texts)} texts equal, {bound}")
    if result.accuracy is not None:
        lines.append(f"  accuracy   {result.accuracy} exact on {result.pictures}")
    if not any(parity.texts):
        lines.append("  note       the student read nothing at all in these pictures; train it longer before using it")
    lines += [
        "",
        "Next:",
        f"  vin-read --bundle {bundle.folder} PICTURE",
        f"  vin-bench {bundle.folder} --pictures FOLDER",
    ]
    return "\n".join(lines)
