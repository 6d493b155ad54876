"""Bad pictures and bundles through the installed vin-read: one sentence, exit code 2, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import assert_refused, run

GOLDEN = Path(__file__).parents[1] / "golden"
BUNDLE = GOLDEN / "bundle_v1"
(LINE,) = GOLDEN.glob("bundle_v1_*.pgm")
VIN = LINE.stem.rpartition("_")[2]
GRAY = cv2.imread(str(LINE), cv2.IMREAD_GRAYSCALE)


def encoded(extension: str, picture: np.ndarray) -> bytes:
    done, data = cv2.imencode(extension, picture)
    assert done
    return data.tobytes()


def giant_header() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


PNG, JPEG = encoded(".png", GRAY), encoded(".jpg", GRAY)
# What cannot be read: file name -> content and the words that say why.
BAD: dict[str, tuple[bytes, str]] = {
    "empty.png": (b"", "is empty (0 bytes)"),
    "truncated.png": (PNG[: len(PNG) // 2], "is truncated: the PNG file ends before its IEND chunk"),
    "truncated.jpg": (JPEG[: len(JPEG) // 2], "is truncated: the JPEG file ends before its end marker"),
    "text.png": (b"no picture at all\n", "is not a PNG, JPEG, WebP, BMP, GIF or TIFF picture"),
    "damaged.png": (PNG[:60] + bytes(40) + PNG[100:], "is damaged"),
    "giant.png": (giant_header(), "has 30000 x 30000 pixels, more than 100 megapixels"),
}
# What is read as well as the plain picture: name -> content.
FINE: dict[str, bytes] = {
    "gray.png": PNG,
    "color.png": encoded(".png", cv2.cvtColor(GRAY, cv2.COLOR_GRAY2BGR)),
    "opaque.png": encoded(".png", cv2.cvtColor(GRAY, cv2.COLOR_GRAY2BGRA)),
    "deep.png": encoded(".png", GRAY.astype(np.uint16) * 257),
    "deep.tif": encoded(".tif", GRAY.astype(np.uint16) * 257),
}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(data)
    for name, data in FINE.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_picture_is_one_sentence(name: str, pictures: Path) -> None:
    sentence = assert_refused(run("vin-read", pictures / name, "--bundle", BUNDLE, cwd=pictures))
    assert sentence.startswith(f"picture {pictures / name} {BAD[name][1]}")


def test_missing_pictures_folders_and_videos(pictures: Path) -> None:
    empty = pictures / "empty folder"
    empty.mkdir()
    for name, words in (
        ("missing.png", "does not exist"),
        ("missing.mp4", "does not exist"),
        ("empty folder", "holds no picture"),
    ):
        sentence = assert_refused(run("vin-read", pictures / name, "--bundle", BUNDLE, cwd=pictures))
        assert f"{pictures / name} {words}" in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; test_picture.py covers it by changing users")
def test_an_unreadable_folder(pictures: Path) -> None:
    pictures.chmod(0)
    try:
        sentence = assert_refused(run("vin-read", pictures, "--bundle", BUNDLE, cwd=pictures.parent))
    finally:
        pictures.chmod(0o700)
    assert sentence.startswith(f"cannot list folder {pictures}: Permission denied")


def test_bad_pictures_do_not_stop_good_ones(pictures: Path) -> None:
    done = run("vin-read", pictures, "--bundle", BUNDLE, "--json", cwd=pictures)
    assert done.returncode == 2
    assert done.stderr == ""
    rows = {Path(row["path"]).name: row for row in map(json.loads, done.stdout.splitlines())}
    assert sorted(rows) == sorted([*BAD, *FINE])
    assert {name for name, row in rows.items() if row["vin"] == VIN} == set(FINE)
    assert {name for name, row in rows.items() if row["error"]} == set(BAD)


def test_every_kind_of_whole_picture_reads_alike(pictures: Path) -> None:
    """Gray, colour, opaque alpha and 16 bits: the same VIN with the same confidence."""
    done = run("vin-read", *(pictures / name for name in FINE), "--bundle", BUNDLE, "--json", cwd=pictures)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(row["vin"], row["confidence"], row["error"]) for row in rows} == {(VIN, rows[0]["confidence"], None)}


def test_one_pixel_is_read_and_gives_no_vin(tmp_path: Path) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(encoded(".png", np.zeros((1, 1), np.uint8)))
    done = run("vin-read", picture, "--bundle", BUNDLE, "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    row = json.loads(done.stdout)
    assert (row["vin"], row["error"]) == (None, None)


# ---- bundles --------------------------------------------------------------------------------------------------------


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A picture that can be read."""
    path = tmp_path / "line.png"
    path.write_bytes(PNG)
    return path


def tampered(folder: Path) -> None:
    model = folder / "model.onnx"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)


def truncated(folder: Path) -> None:
    model = folder / "model.onnx"
    model.write_bytes(model.read_bytes()[:-10])


def edited(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "bundle.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "tampered": (tampered, "sha256"),
    "truncated": (truncated, "bytes"),
    "without a model": (lambda folder: (folder / "model.onnx").unlink(), "model.onnx"),
    "without bundle.json": (lambda folder: (folder / "bundle.json").unlink(), "bundle.json"),
    "with half a bundle.json": (lambda folder: (folder / "bundle.json").write_text('{"format": "vin'), "bundle.json"),
    "foreign": (edited(format="other-bundle"), "is not a vinedge bundle"),
    "from the future": (edited(format_version=99), "99"),
    "of another alphabet": (edited(charset="ABC"), "charset"),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_bundle_is_one_sentence(what: str, tmp_path: Path, line: Path) -> None:
    bundle = Path(shutil.copytree(BUNDLE, tmp_path / "demo"))
    change, word = BROKEN[what]
    change(bundle)
    sentence = assert_refused(run("vin-read", line, "--bundle", bundle, cwd=tmp_path))
    assert word in sentence
    assert str(bundle) in sentence


def test_a_bundle_that_is_missing_or_a_file(tmp_path: Path, line: Path) -> None:
    assert str(tmp_path / "no") in assert_refused(run("vin-read", line, "--bundle", tmp_path / "no", cwd=tmp_path))
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in assert_refused(run("vin-read", line, "--bundle", tmp_path / "file", cwd=tmp_path))


def test_an_unknown_engine(tmp_path: Path, line: Path) -> None:
    assert "'abacus'" in assert_refused(run("vin-read", line, "--bundle", BUNDLE, "--engine", "abacus", cwd=tmp_path))


# ---- environment ----------------------------------------------------------------------------------------------------


def test_a_missing_onnxruntime(tmp_path: Path, line: Path) -> None:
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'onnxruntime' else find(name, package)\n"
    )
    done = run("vin-read", line, "--bundle", BUNDLE, cwd=tmp_path, environment={"PYTHONPATH": str(hiding)})
    sentence = assert_refused(done)
    assert "pip install onnxruntime" in sentence


def test_an_onnxruntime_that_is_none(tmp_path: Path, line: Path) -> None:
    library = tmp_path / "libonnxruntime.so"
    library.write_bytes(b"no library")
    environment = {"VINEDGE_ONNXRUNTIME": str(library)}
    assert str(library) in assert_refused(
        run("vin-read", line, "--bundle", BUNDLE, cwd=tmp_path, environment=environment)
    )
