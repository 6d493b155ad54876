"""A bundle: the folder that carries a reader to a device, `bundle.json` plus the files that it lists with their hashes.

    bundle = open_bundle(Path("bundles/demo"))       # everything verified: format, every size, every sha256
    bundle.path("fp32"), bundle.spec, bundle.frames
    write_bundle(folder, document, {"model.onnx": data})   # all or nothing

The public format is described in docs/bundle.md; `bundle_document.py` checks what `bundle.json` says. The C++ reader
(`bundle.cpp`) holds to the same rules, and tests/golden/bundle_v1 must load in both for ever.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bundle_document import (
    AGAIN,
    DOCUMENT,
    FORMAT,
    FORMAT_VERSION,
    MAX_DOCUMENT_BYTES,
    REFERENCE_VARIANT,
    check_document,
    parse_document,
)
from .errors import VinEdgeError
from .preprocess import InputSpec

__all__ = ["FORMAT", "FORMAT_VERSION", "Bundle", "FileRecord", "check_destination", "open_bundle", "write_bundle"]

# A StringStringEntryProto with the key "location" opens with these bytes; in ONNX it stands only in a tensor whose
# values lie in another file. Readers never follow such a path.
_EXTERNAL_DATA = b"\x0a\x08location"
# Made on the device by `vin-export --trt`, not listed in `files`, and worthless once the bundle is replaced.
_ENGINES = "engines"


@dataclass(frozen=True)
class FileRecord:
    """Size in bytes and sha256 (64 hex digits) of one file of a bundle."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in `folder`. `variants` maps a precision to its file name, `files` a file name to its record.

    `frames` is T of the logits `(N, T, 34)`. `provenance` and `report` are for people: nothing in reading depends on
    them. `document` is the whole of `bundle.json`, keys that this version does not know included.
    """

    folder: Path
    name: str
    spec: InputSpec
    charset: str
    frames: int
    variants: Mapping[str, str]
    files: Mapping[str, FileRecord]
    provenance: Mapping[str, Any]
    report: Mapping[str, Any]
    document: Mapping[str, Any]

    def path(self, variant: str = REFERENCE_VARIANT) -> Path:
        """Return where the ONNX file of a precision lies; `VinEdgeError` lists the variants there are."""
        if variant not in self.variants:
            known = ", ".join(sorted(self.variants))
            raise VinEdgeError(f"bundle '{self.folder}' has no variant '{variant}'; choose one of: {known}")
        return self.folder / self.variants[variant]


def open_bundle(folder: Path) -> Bundle:
    """Return the bundle in `folder` after verifying its document and the size and hash of every file."""
    return _open(folder, f"bundle '{folder}'")


def write_bundle(folder: Path, document: Mapping[str, Any], files: Mapping[str, bytes | Path]) -> Bundle:
    """Write a bundle of `files` (name -> content, or a path to copy) and return it as opened again.

    `format`, `format_version` and the sizes and hashes under `files` are filled in here; the rest of `document` must
    be as docs/bundle.md wants it. All or nothing: the folder is made under a temporary name beside its place, verified,
    and renamed. An existing bundle is moved aside first and comes back if anything fails.
    """
    folder = check_destination(folder)
    where = f"bundle '{folder}'"
    made = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    try:
        contents = {name: data if isinstance(data, bytes) else data.read_bytes() for name, data in files.items()}
        records = {name: {"bytes": len(data), "sha256": _sha256(data)} for name, data in contents.items()}
        complete = {"format": FORMAT, "format_version": FORMAT_VERSION, **document, "files": records}
        check_document(complete, where)
        made.mkdir(parents=True)
        for name, data in contents.items():
            (made / name).write_bytes(data)
        text = json.dumps(complete, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        (made / DOCUMENT).write_text(text, encoding="utf-8")
        _open(made, where)
        _swap(made, folder)
    except OSError as reason:
        raise VinEdgeError(f"cannot write {where}: {reason}; choose another place or free it") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return open_bundle(folder)


def check_destination(folder: Path) -> Path:
    """Return `folder` resolved if `write_bundle` may write there: nothing is deleted that is not a bundle's own."""
    where = f"cannot write the bundle to '{folder}'"
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise VinEdgeError(f"{where}: it is a file; name a folder")
        if folder.is_dir() and (foreign := _foreign(folder)):
            raise VinEdgeError(
                f"{where}: it holds '{foreign}', which is no part of a bundle; name a new folder or move that away"
            )
        ancestor = next(path for path in folder.parents if path.exists())
        if not ancestor.is_dir() or not os.access(ancestor, os.W_OK | os.X_OK):
            raise VinEdgeError(f"{where}: '{ancestor}' is not a folder that can be written to; choose another place")
    except OSError as reason:
        raise VinEdgeError(f"{where}: {reason.strerror}; choose another place") from None
    return folder


def _foreign(folder: Path) -> str | None:
    """Return the name of something in `folder` that no bundle put there, or None."""
    try:
        document = json.loads((folder / DOCUMENT).read_bytes())
        own = {DOCUMENT, _ENGINES, *document["files"]} if document["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        own = set()
    return next((path.name for path in sorted(folder.iterdir()) if path.name not in own), None)


def _swap(made: Path, folder: Path) -> None:
    """Put `made` in the place of `folder`; what was there is deleted last, or restored."""
    if not folder.exists():
        made.rename(folder)
        return
    aside = made.with_suffix(".old")
    try:
        folder.rename(aside)
        made.rename(folder)
    except BaseException:  # Ctrl-C between the two renames must not lose the old bundle either
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _open(folder: Path, where: str) -> Bundle:
    document = parse_document(_document_bytes(folder, where), where)
    files = {name: FileRecord(entry["bytes"], entry["sha256"]) for name, entry in document["files"].items()}
    for name, record in files.items():
        _verify(folder / name, record, where)
    values = document["input"]
    return Bundle(
        folder=folder,
        name=document["name"],
        spec=InputSpec(values["height"], values["width"], float(values["mean"]), float(values["std"])),
        charset=document["charset"],
        frames=document["output"]["frames"],
        variants=document["variants"],
        files=files,
        provenance=document["provenance"],
        report=document["report"],
        document=document,
    )


def _document_bytes(folder: Path, where: str) -> bytes:
    path = folder / DOCUMENT
    data = _read(path, MAX_DOCUMENT_BYTES + 1, where)
    if data is not None:
        return data
    if folder.is_dir():
        problem = f"has no {DOCUMENT}, so it is not a bundle"
    else:
        problem = "is not a folder" if folder.exists() else "does not exist"
    raise VinEdgeError(f"{where} {problem}; give the folder that vin-export wrote")


def _verify(path: Path, record: FileRecord, where: str) -> None:
    # One byte beyond the record is read at most, enough to see that a file has grown.
    data = _read(path, record.bytes + 1, where)
    if data is None:
        raise VinEdgeError(f"{where}: {path.name} is missing; {AGAIN}")
    if len(data) != record.bytes:
        raise VinEdgeError(
            f"{where}: {path.name} has {path.stat().st_size} bytes (sha256 {_sha256(data)[:8]}), "
            f"{DOCUMENT} says {record.bytes} ({record.sha256[:8]}); {AGAIN}"
        )
    if (found := _sha256(data)) != record.sha256:
        raise VinEdgeError(f"{where}: {path.name} has sha256 {found[:8]}, {DOCUMENT} says {record.sha256[:8]}; {AGAIN}")
    if _EXTERNAL_DATA in data:
        raise VinEdgeError(
            f"{where}: {path.name} keeps tensors outside its own file; "
            f"a bundle takes only self-contained ONNX files, re-run vin-export"
        )


def _read(path: Path, limit: int, where: str) -> bytes | None:
    """Return at most `limit` bytes of `path`, or None if there is no such file; a pipe or a folder is none."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            return stream.read(limit)
    except OSError as reason:
        raise VinEdgeError(f"{where}: cannot read {path.name}: {reason.strerror}; check its permissions") from None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
