"""Writing a report: results document -> `results.json` and `report.html` in one folder, each whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vinedge.atomic import replacing
from vinedge.errors import VinEdgeError

from .document import json_from_document
from .report_html import html_from_document


def check_folder(folder: Path) -> None:
    """Raise `VinEdgeError` if a report could not be written there: found out before minutes of measuring, not after."""
    there = next((path for path in (folder, *folder.resolve().parents) if path.exists()), Path())
    if not there.is_dir():
        raise VinEdgeError(f"cannot write the report to '{folder}': '{there}' is a file; name a folder with --out")
    if not os.access(there, os.W_OK | os.X_OK):
        raise VinEdgeError(f"cannot write the report to '{folder}': no permission; name another folder with --out")


def write_report(document: dict[str, Any], folder: Path) -> list[Path]:
    """Write both files, replacing older ones, and return their paths."""
    contents = {"results.json": json_from_document(document), "report.html": html_from_document(document)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            with replacing(folder / name) as fresh:
                fresh.write_text(text, encoding="utf-8")
    except OSError as reason:
        raise VinEdgeError(f"cannot write the report to '{folder}': {reason.strerror}; choose another --out") from None
    return [folder / name for name in contents]
