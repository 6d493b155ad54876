"""Write `bundle_refusals.json`: texts of `bundle.json` that every reader must refuse beside the specimen's model.onnx.

Each case has a `name`, the `text`, and `mentions`: what the error must name so that a user finds the fault.
Python (tests/runtime/test_bundle.py) and C++ are held to the same file; some cases in `accepted` must load.

    python tests/golden/make_bundle_refusals.py
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SPECIMEN = json.loads((HERE / "bundle_v1" / "bundle.json").read_text(encoding="utf-8"))
RECORD = SPECIMEN["files"]["model.onnx"]
GONE = object()

# (key path, value instead, what the error mentions; the key by default)
WRONG: list[tuple[str, Any, str]] = [
    ("format", "other-bundle", "not a vinedge bundle"),
    ("format", GONE, "not a vinedge bundle"),
    ("format", 1, "not a vinedge bundle"),
    ("format_version", GONE, "format_version"),
    ("format_version", 0, "format_version"),
    ("format_version", "1", "format_version"),
    ("format_version", True, "format_version"),
    ("format_version", 1.5, "format_version"),
    ("format_version", 2, "format version 2"),
    ("format_version", 10**30, "version"),
    ("name", GONE, "name"),
    ("name", "", "name"),
    ("name", "../demo", "name"),
    ("name", 7, "name"),
    ("name", "n" * 65, "name"),
    ("created_by", GONE, "created_by"),
    ("created_by", None, "created_by"),
    ("charset", GONE, "charset"),
    ("charset", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "charset"),
    ("charset", "0123456789ABCDEFGHJKLMNPRSTUVWXZY", "charset"),
    ("charset", list("0123456789ABCDEFGHJKLMNPRSTUVWXYZ"), "charset"),
    ("blank", 33, "blank"),
    ("blank", False, "blank"),
    ("blank", "0", "blank"),
    ("input", GONE, "input"),
    ("input", [], "input"),
    ("input.name", "", "input.name"),
    ("input.color", "bgr", "input.color"),
    ("input.height", GONE, "input.height"),
    ("input.height", 7, "input.height"),
    ("input.height", 513, "input.height"),
    ("input.height", "32", "input.height"),
    ("input.height", 32.5, "input.height"),
    ("input.height", -32, "input.height"),
    ("input.width", 31, "input.width"),
    ("input.width", 4097, "input.width"),
    ("input.width", None, "input.width"),
    ("input.width", 2**64 + 320, "input.width"),
    ("input.resize", "cubic", "input.resize"),
    ("input.mean", "127.5", "input.mean"),
    ("input.mean", 1e7, "input.mean"),
    ("input.std", 0, "input.std"),
    ("input.std", -127.5, "input.std"),
    ("input.std", True, "input.std"),
    ("output", GONE, "output"),
    ("output.name", 1, "output.name"),
    ("output.kind", "slots", "output.kind"),
    ("output.frames", 32, "output.frames"),
    ("output.frames", 4097, "output.frames"),
    ("output.frames", "80", "output.frames"),
    ("output.classes", 37, "output.classes"),
    ("decoder", GONE, "decoder"),
    ("decoder.policy", "prefer", "decoder.policy"),
    ("decoder.policy", None, "decoder.policy"),
    ("calibration", GONE, "calibration"),
    ("calibration", {"temperature": 1.5}, "calibration"),
    ("variants", GONE, "variants"),
    ("variants", {}, "variants.fp32"),
    ("variants", {"fp32": "other.onnx"}, "variants.fp32"),
    ("variants", {"fp32": 1}, "variants.fp32"),
    ("variants", {"int8": "model.onnx"}, "variants.fp32"),
    ("variants", {"fp32": "model.onnx", "int8": "missing.onnx"}, "variants.int8"),
    ("files", GONE, "files"),
    ("files", {}, "files"),
    ("files", [], "files"),
    ("files", {f"f{number}.txt": RECORD for number in range(65)}, "files"),
    ("files", {"model.onnx": RECORD, "absent.onnx": RECORD}, "absent.onnx"),
    ("files", {"model.onnx": RECORD["sha256"]}, "model.onnx"),
    ("files", {"model.onnx": {**RECORD, "bytes": RECORD["bytes"] - 1}}, "model.onnx"),
    ("files", {"model.onnx": {**RECORD, "bytes": RECORD["bytes"] + 1}}, "model.onnx"),
    ("files", {"model.onnx": {**RECORD, "bytes": 0}}, "bytes"),
    ("files", {"model.onnx": {**RECORD, "bytes": -1}}, "bytes"),
    ("files", {"model.onnx": {**RECORD, "bytes": 2**40}}, "bytes"),
    ("files", {"model.onnx": {**RECORD, "bytes": "642"}}, "bytes"),
    ("files", {"model.onnx": {"bytes": RECORD["bytes"]}}, "sha256"),
    ("files", {"model.onnx": {**RECORD, "sha256": RECORD["sha256"][:-1]}}, "sha256"),
    ("files", {"model.onnx": {**RECORD, "sha256": RECORD["sha256"].upper()}}, "sha256"),
    ("files", {"model.onnx": {**RECORD, "sha256": "0" * 64}}, "00000000"),
    *(
        ("files", {"model.onnx": RECORD, name: RECORD}, "model.onnx" if "\\" in name else name)
        for name in ("/etc/passwd", "../model.onnx", "..", "a/model.onnx", "a\\model.onnx", ".hidden", "bundle.json",
                     "C:model.onnx", "model.onnx.data", "model.onnx_data", "tensors.weights", "tensors.bin")
    ),
    ("files", {"model.onnx": RECORD, "": RECORD}, "file"),
    ("files", {"model.onnx": RECORD, "a\nb": RECORD}, "file"),
    ("provenance", GONE, "provenance"),
    ("provenance", "none", "provenance"),
    ("report", GONE, "report"),
    ("report", [], "report"),
]  # fmt: skip

RAW: list[tuple[str, str, str]] = [
    ("empty", "", "JSON"),
    ("not JSON", "hello", "JSON"),
    ("truncated", json.dumps(SPECIMEN)[:-10], "JSON"),
    ("trailing text", json.dumps(SPECIMEN) + "x", "JSON"),
    ("an array", "[]", "not a vinedge bundle"),
    ("null", "null", "not a vinedge bundle"),
    ("not a number", json.dumps(SPECIMEN).replace("127.5", "NaN"), "JSON"),
    ("infinite", json.dumps(SPECIMEN).replace('"std": 127.5', '"std": Infinity'), "JSON"),
    ("beyond double", json.dumps(SPECIMEN).replace('"std": 127.5', '"std": 1e999'), "std"),
    ("key twice", json.dumps(SPECIMEN).replace('"blank": 0', '"blank": 0, "blank": 0'), "twice"),
    ("single quotes", json.dumps(SPECIMEN).replace('"', "'"), "JSON"),
    ("comment", "// vinedge\n" + json.dumps(SPECIMEN), "JSON"),
    ("deeply nested", '{"format": ' + "[" * 100_000, "JSON"),
    ("over a megabyte", json.dumps(SPECIMEN) + " " * (1 << 20), "larger"),
]

ACCEPTED: list[tuple[str, Any]] = [
    ("unknown", {"a": [1, None, {"b": "\u00fc \ud83d\ude97"}]}),
    ("input.unknown", 1),
    ("created_by", "vinedge 9.9.9 \u00fc"),
    ("input.mean", 127),
    ("input.std", 1.275e2),
    ("report", {"parity": {"pictures": 64, "deep": [[[[[[]]]]]]}}),
    ("variants", {"fp32": "model.onnx", "fp16": "model.onnx"}),
]


def changed(path: str, value: Any) -> str:
    document = copy.deepcopy(SPECIMEN)
    *parents, last = path.split(".")
    place = document
    for key in parents:
        place = place[key]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return json.dumps(document)


def main() -> None:
    refused = [
        {
            "name": f"{path} = {'absent' if value is GONE else json.dumps(value)[:80]}",
            "text": changed(path, value),
            "mentions": mentions,
        }
        for path, value, mentions in WRONG
    ]
    # A long run of one character is stored as its count, to keep the file small.
    for name, text, mentions in RAW:
        body = text.rstrip(" ") if name == "over a megabyte" else text.rstrip("[") if name == "deeply nested" else text
        tail = {"repeat": text[len(body)], "times": len(text) - len(body)} if len(body) < len(text) else {}
        refused.append({"name": name, "text": body, "mentions": mentions, **tail})
    accepted = [
        {"name": f"{path} = {json.dumps(value)[:80]}", "text": changed(path, value)} for path, value in ACCEPTED
    ]
    content = json.dumps({"refused": refused, "accepted": accepted}, indent=1) + "\n"
    (HERE / "bundle_refusals.json").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
