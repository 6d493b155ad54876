"""vin-read's own logic, with a recognizer that reads what the test painted: rows, text, order, exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from vinedge.cli import main
from vinedge.errors import VinEdgeError

VIN = "1M8GDM9AXKP042788"
# What the painted gray level stands for: vin, raw, confidence, check digit.
READINGS = {255: (VIN, VIN, 0.987654321, "valid"), 0: (None, "1M8GDM9", 0.25, None)}


class PaintReader:
    """A picture's gray level says what is read."""

    asked: dict[str, Any]

    @classmethod
    def from_bundle(cls, path: Path, **options: Any) -> PaintReader:
        if not path.is_dir():
            raise VinEdgeError(f"bundle {path} does not exist; make one with vin-export")
        cls.asked = options
        return cls()

    def read(self, picture: np.ndarray) -> SimpleNamespace:
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        vin, raw, confidence, check_digit = READINGS[255 if picture.mean() > 128 else 0]
        return SimpleNamespace(vin=vin, raw=raw, confidence=confidence, check_digit=check_digit)


@pytest.fixture(autouse=True)
def paint_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vinedge.recognizer", SimpleNamespace(Recognizer=PaintReader))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures b (a VIN), a (nothing) and c (damaged)."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    paint(pictures / "b.png", 255)
    paint(pictures / "a.png", 0)
    (pictures / "c.jpg").write_bytes(b"\xff\xd8\xff")
    return pictures


def paint(path: Path, level: int) -> Path:
    assert cv2.imwrite(str(path), np.full((32, 320, 3), level, np.uint8))
    return path


def film(path: Path, levels: list[int]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 64))
    for level in levels:
        writer.write(np.full((64, 320, 3), level, np.uint8))
    writer.release()
    return path


def read(*arguments: object) -> int:
    return main([*map(str, arguments), "--bundle", str(Path(__file__).parent)])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def test_json_rows_of_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(folder, "--json") == 2
    a, b, c = rows(capsys)
    assert a == {
        "path": str(folder / "a.png"),
        "vin": None,
        "confidence": 0.25,
        "check_digit": None,
        "raw": "1M8GDM9",
        "error": None,
    }
    assert b == {
        "path": str(folder / "b.png"),
        "vin": VIN,
        "confidence": 0.987654,
        "check_digit": "valid",
        "raw": VIN,
        "error": None,
    }
    assert c.pop("path") == str(folder / "c.jpg")
    assert c.pop("error").startswith(f"picture {folder / 'c.jpg'} is truncated")
    assert c == {"vin": None, "confidence": None, "check_digit": None, "raw": None}


def test_text_of_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(folder) == 2
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"-                  0.250  -               {folder / 'a.png'}  (read '1M8GDM9')",
        f"{VIN}  0.988  valid           {folder / 'b.png'}",
    ]
    error, summary = captured.err.splitlines()
    assert error.startswith(f"vin-read: error: picture {folder / 'c.jpg'} is truncated")
    assert summary == "vin-read: 1 VINs, 1 without a VIN, 1 errors"


@pytest.mark.parametrize(
    ("names", "code"), [(["b.png"], 0), (["a.png"], 1), (["b.png", "a.png"], 1), (["c.jpg", "b.png", "a.png"], 2)]
)
def test_exit_codes(folder: Path, names: list[str], code: int) -> None:
    assert read(*(folder / name for name in names)) == code


def test_arguments_are_read_in_order_and_a_bad_one_does_not_stop_the_rest(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert read(tmp_path / "no.png", empty, folder / "b.png", tmp_path / "no.mp4", folder / "a.png", "--json") == 2
    found = [(Path(row["path"]).name, row["vin"], row["error"]) for row in rows(capsys)]
    assert [(name, vin) for name, vin, _ in found] == [
        ("no.png", None),
        ("empty", None),
        ("b.png", VIN),
        ("no.mp4", None),
        ("a.png", None),
    ]
    assert "does not exist" in found[0][2]
    assert "holds no picture" in found[1][2]
    assert "video" in found[3][2]
    assert "does not exist" in found[3][2]


def test_standard_input_is_one_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for data, code in (((folder / "b.png").read_bytes(), 0), (b"", 2), (b"text", 2)):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        assert read("-", "--json") == code
        (row,) = rows(capsys)
        assert row["path"] == "-"
        assert row["vin"] == (VIN if code == 0 else None)
        assert code == 0 or "picture on standard input is" in row["error"]


def test_frames_of_a_video_that_give_a_vin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = film(tmp_path / "pass.avi", [0, 0, 255, 0, 255])
    assert read(video, "--json") == 0
    found = rows(capsys)
    assert [(row["path"], row["vin"], row["frame"], row["time_s"]) for row in found] == [
        (str(video), VIN, 2, 0.2),
        (str(video), VIN, 4, 0.4),
    ]
    assert read(video) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"{VIN}  0.988  valid           {video} at 0.20 s"


def test_a_video_without_a_vin_is_not_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(film(tmp_path / "dark.avi", [0, 0, 0]), "--json") == 1
    (row,) = rows(capsys)
    assert (row["vin"], row["raw"], row["frame"]) == (None, "1M8GDM9", 2)


@pytest.mark.parametrize("data", [b"", b"hello" * 100])
def test_a_video_that_is_none(tmp_path: Path, capfd: pytest.CaptureFixture[str], data: bytes) -> None:
    video = tmp_path / "bad.mp4"
    video.write_bytes(data)
    assert read(video) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    (sentence,) = captured.err.splitlines()  # and no word of FFmpeg's
    assert sentence.startswith(f"vin-read: error: video {video} gives no frame")


def test_flags_reach_the_recognizer(folder: Path) -> None:
    assert read(folder / "b.png", "--engine", "onnxruntime", "--threads", "3") == 0
    assert PaintReader.asked == {"engine": "onnxruntime", "threads": 3}
    assert read(folder / "b.png") == 0
    assert PaintReader.asked == {"engine": "auto", "threads": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required"),
        (["a.png"], "--bundle"),
        (["a.png", "--bundle", "b", "--threads", "0"], "'0' is not a whole number from 1 to 256"),
        (["a.png", "--bundle", "b", "--threads", "257"], "'257' is not a whole number from 1 to 256"),
        (["a.png", "--bundle", "b", "--threads", "two"], "'two' is not a whole number from 1 to 256"),
        (["a.png", "--bundle", "b", "--jsn"], "unrecognized arguments: --jsn"),
    ],
)
def test_wrong_flags_exit_2(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_a_missing_bundle_is_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "b.png"), "--bundle", str(folder / "no")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"vin-read: error: bundle {folder / 'no'} does not exist; make one with vin-export\n"


def test_a_file_name_that_is_no_text_is_printed(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    picture = tmp_path / name
    picture.write_bytes(paint(tmp_path / "plain.png", 255).read_bytes())
    assert read(picture) == 0
    assert capfdbinary.readouterr().out.endswith(b"caf\\udce9.png\n")
    assert read(picture, "--json") == 0
    assert Path(json.loads(capfdbinary.readouterr().out)["path"]) == picture


def test_help_documents_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    codes = capsys.readouterr().out.partition("exit codes:")[2].split("\n")
    assert [line.split()[0] for line in codes if line.strip()] == ["0", "1", "2"]


def test_help_imports_neither_numpy_nor_opencv() -> None:
    code = (
        "import sys\n"
        "from vinedge.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted({'numpy', 'cv2', 'vinedge._native'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1] == "[]"
