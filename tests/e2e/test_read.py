"""vin-read as a shell uses it: standard input, streams, pipes that close, threads; and how fast it starts."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import cv2
import pytest
from commands import SCRIPTS, run

GOLDEN = Path(__file__).parents[1] / "golden"
BUNDLE = GOLDEN / "bundle_v1"
(LINE,) = GOLDEN.glob("bundle_v1_*.pgm")
VIN = LINE.stem.rpartition("_")[2]


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "line.png"
    assert cv2.imwrite(str(path), cv2.imread(str(LINE)))
    return path


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [SCRIPTS / "vin-read", *map(str, arguments), "--bundle", BUNDLE]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_picture_on_standard_input(line: Path, tmp_path: Path) -> None:
    done = run("vin-read", "-", "--bundle", BUNDLE, "--json", cwd=tmp_path, stdin=line.read_bytes())
    assert (done.returncode, done.stderr) == (0, "")
    row = json.loads(done.stdout)
    assert (row["path"], row["vin"], row["check_digit"]) == ("-", VIN, "valid")


@pytest.mark.parametrize("format_", [[], ["--json"]])
def test_a_line_is_printed_before_the_next_picture_is_there(line: Path, tmp_path: Path, format_: list[str]) -> None:
    later = tmp_path / "later.png"
    os.mkfifo(later)
    with start(line, later, *format_) as reading:
        assert reading.stdout is not None
        assert VIN in reading.stdout.readline()
        later.write_bytes(line.read_bytes())
        assert VIN in reading.stdout.readline()
        assert reading.wait(timeout=30) == 0


def test_a_reader_that_goes_away_ends_it_quietly(line: Path) -> None:
    with start(*[line] * 3000) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.readline()
        reading.stdout.close()
        assert reading.stderr.read() == ""
        assert reading.wait(timeout=30) == 0


def test_ctrl_c_ends_it_in_one_line(line: Path, tmp_path: Path) -> None:
    never = tmp_path / "never.png"
    os.mkfifo(never)
    with start(line, never) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.readline()
        reading.send_signal(2)
        assert reading.stderr.read() == "vin-read: interrupted\n"
        assert reading.wait(timeout=30) == 130


def test_it_starts_within_seconds(line: Path, tmp_path: Path) -> None:
    """Process start to exit takes about 0.25 s on an idle core; the bound leaves room for busy machines."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        assert run("vin-read", line, "--bundle", BUNDLE, cwd=tmp_path).returncode == 0
        took.append(time.perf_counter() - begun)
    assert min(took) < 1.5
