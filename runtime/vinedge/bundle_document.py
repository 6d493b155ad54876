"""What `bundle.json` may say: format version 1, every known key checked for type and range (see docs/bundle.md).

Unknown keys are ignored, because a later 0.x or 1.x release may add some. A value that is not understood in a
known key is refused: a bundle that was verified with another decoder or another resize must not be read without it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from .charset import BLANK, MIN_FRAMES, NUM_CLASSES, SYMBOLS
from .errors import VinEdgeError
from .version import __version__

FORMAT = "vinedge-bundle"
FORMAT_VERSION = 1
DOCUMENT = "bundle.json"
REFERENCE_VARIANT = "fp32"  # what every other precision is compared with; always present

MAX_DOCUMENT_BYTES = 1 << 20
MAX_FILE_BYTES = 1 << 30
MAX_FILES = 64
AGAIN = "copy the bundle again or re-run vin-export"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Where ONNX writers put tensors that they leave outside the model (`model.onnx.data`, `model.onnx_data`, ...).
_SIDECAR = re.compile(r".*([._]data|\.weights?|\.bin|\.pb)", re.IGNORECASE)


def parse_document(text: bytes, where: str) -> dict[str, Any]:
    """Return the checked content of a `bundle.json`; `where` opens every error (`bundle 'bundles/demo'`)."""
    if len(text) > MAX_DOCUMENT_BYTES:
        raise VinEdgeError(f"{where}: {DOCUMENT} is larger than {MAX_DOCUMENT_BYTES} bytes; {AGAIN}")
    try:
        document = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as reason:
        raise VinEdgeError(f"{where}: {DOCUMENT} is not valid JSON ({reason}); {AGAIN}") from None
    check_document(document, where)
    return document  # type: ignore[no-any-return]  # check_document has just shown that it is an object


def check_document(document: Any, where: str) -> None:
    """Raise `VinEdgeError` naming the first key of `document` that is not as format version 1 wants it."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise VinEdgeError(
            f'{where}: {DOCUMENT} does not say "format": "{FORMAT}", so this is not a vinedge bundle; '
            f"give the folder that vin-export wrote"
        )
    _check_version(document.get("format_version"), where)
    top = _Section(document, "", where)
    top.want("name", is_name, "a name of letters, digits, '.', '_' and '-', at most 64")
    top.want("created_by", _is_text, "a non-empty text")
    top.want("charset", lambda value: value == SYMBOLS, f"'{SYMBOLS}'")
    top.want("blank", _exactly(BLANK), str(BLANK))
    _check_network(top)
    # Later decoders and calibrations change readings: without them, what the export verified does not hold.
    policy = top.section("decoder")
    policy.want("policy", lambda value: value == "off", f"'off' (all that vinedge {__version__} knows)")
    top.want("calibration", lambda value: value is None, f"null (vinedge {__version__} knows no calibration)")
    top.section("provenance")
    top.section("report")
    _check_files(top)


class _Section:
    """One JSON object of the document; `path` is how an error names it (`input.`)."""

    def __init__(self, values: dict[str, Any], path: str, where: str) -> None:
        self.values, self.path, self.where = values, path, where

    def want(self, key: str, good: Callable[[Any], bool], wanted: str) -> Any:
        if key not in self.values:
            raise VinEdgeError(f"{self.where}: {DOCUMENT} has no '{self.path}{key}'; {AGAIN}")
        value = self.values[key]
        if not good(value):
            shown = json.dumps(value, default=str)
            shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
            raise VinEdgeError(f"{self.where}: '{self.path}{key}' in {DOCUMENT} is {shown}, not {wanted}; {AGAIN}")
        return value

    def section(self, key: str) -> _Section:
        values = self.want(key, lambda value: isinstance(value, dict), "an object")
        return _Section(values, f"{self.path}{key}.", self.where)


def _check_version(version: Any, where: str) -> None:
    if not _is_int(version) or version < 1:
        raise VinEdgeError(f"{where}: 'format_version' in {DOCUMENT} is not a whole number from 1; {AGAIN}")
    if version > FORMAT_VERSION:
        raise VinEdgeError(
            f"{where} has format version {version}, and vinedge {__version__} reads up to {FORMAT_VERSION}; "
            f"upgrade vinedge, or re-run vin-export with this version"
        )


def _check_network(top: _Section) -> None:
    spec = top.section("input")
    spec.want("name", _is_text, "a non-empty text")
    spec.want("color", lambda value: value == "gray", "'gray'")
    spec.want("height", _within(8, 512), "a whole number of pixels from 8 to 512")
    spec.want("width", _within(32, 4096), "a whole number of pixels from 32 to 4096")
    spec.want("resize", lambda value: value == "box-linear", "'box-linear'")
    spec.want("mean", lambda value: _is_number(value) and -1e6 <= value <= 1e6, "a number from -1e6 to 1e6")
    spec.want("std", lambda value: _is_number(value) and 1e-6 <= value <= 1e6, "a number from 1e-6 to 1e6")
    output = top.section("output")
    output.want("name", _is_text, "a non-empty text")
    output.want("kind", lambda value: value == "ctc", "'ctc'")
    output.want("frames", _within(MIN_FRAMES, 4096), f"a whole number from {MIN_FRAMES} to 4096")
    output.want("classes", _exactly(NUM_CLASSES), str(NUM_CLASSES))


def _check_files(top: _Section) -> None:
    files = top.section("files")
    if not 1 <= len(files.values) <= MAX_FILES:
        raise VinEdgeError(
            f"{top.where}: 'files' in {DOCUMENT} lists {len(files.values)} files, not 1 to {MAX_FILES}; {AGAIN}"
        )
    for name in files.values:
        check_file_name(name, top.where)
        record = files.section(name)
        record.want("bytes", _within(1, MAX_FILE_BYTES), f"a whole number from 1 to {MAX_FILE_BYTES}")
        record.want("sha256", lambda value: isinstance(value, str) and bool(_SHA256.fullmatch(value)), "64 hex digits")
    variants = top.section("variants")
    variants.want(REFERENCE_VARIANT, lambda value: True, "")
    for variant in variants.values:
        variants.want(variant, lambda value: isinstance(value, str) and value in files.values, "one of 'files'")


def check_file_name(name: str, where: str) -> None:
    """Refuse a file name that would leave the bundle's folder, hide in it, or belong to external tensor data."""
    if not is_name(name) or name == DOCUMENT:
        raise VinEdgeError(
            f"{where}: {DOCUMENT} lists a file named {name!r}, and only plain names (letters, digits, '.', '_', '-') "
            f"inside the bundle's folder are allowed; {AGAIN}"
        )
    if _SIDECAR.fullmatch(name):
        raise VinEdgeError(
            f"{where}: {DOCUMENT} lists {name}, which holds tensors outside their ONNX file; "
            f"a bundle takes only self-contained ONNX files, re-run vin-export"
        )


def is_name(value: Any) -> bool:
    """Whether `value` is a plain name: letters, digits, `.`, `_` and `-`, not opening with a mark, at most 64."""
    return isinstance(value, str) and bool(_NAME.fullmatch(value))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _exactly(wanted: int) -> Callable[[Any], bool]:
    return lambda value: _is_int(value) and value == wanted


def _within(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: _is_int(value) and low <= value <= high


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: two readers could take different ones."""
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return values


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
