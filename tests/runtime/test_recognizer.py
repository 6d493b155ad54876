"""The whole chain through Python: one picture, batches, threads, stage times, and every way it can fail to start."""

from __future__ import annotations

import copy
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import vinedge
from vinedge import recognizer as module
from vinedge.bundle import write_bundle
from vinedge.charset import SYMBOLS
from vinedge.ctc import decode_greedy
from vinedge.errors import VinEdgeError
from vinedge.recognizer import Reading, Recognizer, StageTimes, engines

SPECIMEN = Path(__file__).parents[1] / "golden" / "bundle_v1"
VIN = "1M8GDM9AXKP042788"


def picture_from_text(text: str, height: int = 32, scale: int = 1) -> np.ndarray:
    """Return the gray picture that the specimen reads as `text`: 8 px black, 8 px of the symbol's level, and so on."""
    levels = [level for symbol in text for level in (0, round(255 * (SYMBOLS.index(symbol) + 1) / 33))]
    row = np.zeros(320, np.uint8)
    row[: 8 * len(levels)] = np.repeat(np.array(levels, np.uint8), 8)
    return np.repeat(np.tile(row, (height, 1)), scale, axis=1)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.from_bundle(SPECIMEN)


# ---- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "vin", "check_digit"),
    [
        (VIN, VIN, "valid"),
        ("1M8GDM9A1KP042788", "1M8GDM9A1KP042788", "invalid"),
        ("WVWZZZ1JZXW000001", "WVWZZZ1JZXW000001", "not_applicable"),
        ("1M8GDM9AXKP04278", None, None),  # 16 characters: raw, but no VIN
        ("1M8GDM9AXKP0427888", None, None),  # 18
        ("", None, None),
    ],
)
def test_reading(recognizer: Recognizer, text: str, vin: str | None, check_digit: str | None) -> None:
    reading = recognizer.read(picture_from_text(text))
    assert (reading.raw, reading.vin, reading.check_digit) == (text, vin, check_digit)
    assert len(reading.char_confidences) == len(text)
    assert all(0.9 < confidence <= 1 for confidence in reading.char_confidences)
    assert reading.confidence == pytest.approx(np.prod(reading.char_confidences) if text else 0)


@pytest.mark.parametrize(("height", "scale"), [(1, 1), (14, 1), (32, 2), (200, 3), (700, 5)])
def test_size_and_color_make_no_difference(recognizer: Recognizer, height: int, scale: int) -> None:
    gray = picture_from_text(VIN, height, scale)
    assert recognizer.read(gray).vin == VIN
    assert recognizer.read(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)) == recognizer.read(gray)


def noisy_pictures(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(8)
    pictures = []
    for _ in range(count):
        picture = picture_from_text("".join(rng.choice(list(SYMBOLS), 17)), int(rng.integers(10, 90)))
        pictures.append(np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8))
    return pictures


@pytest.mark.parametrize("count", [0, 1, 16, 17, 50])
def test_batch_reads_as_one_by_one(recognizer: Recognizer, count: int) -> None:
    pictures = noisy_pictures(count)
    batch = recognizer.read_batch(pictures)
    single = [recognizer.read(picture) for picture in pictures]
    assert [reading.raw for reading in batch] == [reading.raw for reading in single]
    for ours, theirs in zip(batch, single, strict=True):
        assert ours.char_confidences == pytest.approx(theirs.char_confidences, rel=1e-4)


def test_any_iterable_is_a_batch(recognizer: Recognizer) -> None:
    pictures = [picture_from_text(VIN)] * 3
    wanted = recognizer.read_batch(pictures)
    assert recognizer.read_batch(tuple(pictures)) == wanted
    assert recognizer.read_batch(picture for picture in pictures) == wanted
    assert recognizer.read_batch(np.stack(pictures)[..., None].repeat(3, axis=3)) == wanted


def test_logits_decode_to_the_reading(recognizer: Recognizer) -> None:
    pictures = noisy_pictures(20)
    logits = recognizer.logits(pictures)
    assert logits.shape == (20, recognizer.frames, 34)
    assert logits.dtype == np.float32
    for picture, answer in zip(pictures, logits, strict=True):
        reading, decoded = recognizer.read(picture), decode_greedy(answer)
        assert reading.raw == decoded.text
        assert reading.char_confidences == pytest.approx(decoded.char_confidences, rel=1e-4)
    assert recognizer.logits([]).shape == (0, 80, 34)


def test_stage_times_add_up(recognizer: Recognizer) -> None:
    reading, times = recognizer.read_timed(picture_from_text(VIN))
    assert reading == recognizer.read(picture_from_text(VIN))
    parts = times.preprocess_us, times.network_us, times.decode_us
    assert all(part > 0 for part in parts)
    assert sum(parts) == pytest.approx(times.total_us, abs=1e-6)


def test_what_a_recognizer_says_of_itself(recognizer: Recognizer) -> None:
    assert recognizer.name == "gray-reader"
    assert recognizer.spec == vinedge.preprocess.InputSpec()
    assert recognizer.engine.startswith("onnxruntime ")
    assert recognizer.engine.endswith(" (cpu)")
    assert vinedge.Recognizer is Recognizer


def test_more_threads_read_the_same(recognizer: Recognizer) -> None:
    wide = Recognizer.from_bundle(SPECIMEN, engine="onnxruntime", threads=2)
    np.testing.assert_allclose(wide.logits(noisy_pictures(5)), recognizer.logits(noisy_pictures(5)), rtol=1e-4)


# ---- values ----------------------------------------------------------------------------------------------------------


def test_readings_are_values(recognizer: Recognizer) -> None:
    reading = recognizer.read(picture_from_text(VIN))
    same = Reading(VIN, VIN, reading.confidence, reading.char_confidences, "valid")
    assert same == reading
    assert same != Reading(None, VIN, reading.confidence, reading.char_confidences, None)
    assert reading != VIN
    assert pickle.loads(pickle.dumps(reading)) == copy.deepcopy(reading) == reading
    assert eval(repr(reading), {"Reading": Reading}) == reading
    times = StageTimes(1.0, 2.0, 3.0, 6.0)
    assert pickle.loads(pickle.dumps(times)) == times != StageTimes(1.0, 2.0, 3.0, 7.0)
    assert len({reading, same}) == 1


def test_readings_are_frozen(recognizer: Recognizer) -> None:
    reading = recognizer.read(picture_from_text(VIN))
    with pytest.raises(AttributeError):
        reading.vin = "changed"  # type: ignore[misc]
    with pytest.raises(VinEdgeError, match="check_digit must be"):
        Reading(None, "", 0.0, [], "perhaps")


# ---- threads ---------------------------------------------------------------------------------------------------------


def test_many_threads_share_one_recognizer(recognizer: Recognizer) -> None:
    pictures = noisy_pictures(24)
    wanted = [recognizer.read(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(recognizer.read, pictures)) == wanted


def test_the_gil_is_free_while_reading(recognizer: Recognizer) -> None:
    pictures = [np.zeros((400, 1800, 3), np.uint8)] * 200
    reader = threading.Thread(target=recognizer.read_batch, args=(pictures,))
    ticks = 0
    reader.start()
    while reader.is_alive():
        ticks += 1
    assert ticks > 100


# ---- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [None, np.zeros((5, 5), np.float32), np.zeros((5, 5, 4), np.uint8)])
def test_what_is_no_picture_is_refused_everywhere(recognizer: Recognizer, thing: Any) -> None:
    good = picture_from_text(VIN)
    for call in (
        lambda: recognizer.read(thing),
        lambda: recognizer.read_timed(thing),
        lambda: recognizer.read_batch([good, thing]),
        lambda: recognizer.logits([good, thing]),
    ):
        with pytest.raises(VinEdgeError, match="a picture must be a uint8 array"):
            call()
    assert recognizer.read(good).vin == VIN


def test_one_picture_is_no_batch(recognizer: Recognizer) -> None:
    with pytest.raises(VinEdgeError, match=r"got one array of 3 dimensions; give \[picture\]"):
        recognizer.read_batch(np.zeros((5, 5, 3), np.uint8))
    with pytest.raises(VinEdgeError, match=r"got int; give \[picture\]"):
        recognizer.read_batch(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "mentioned"),
    [
        ({"engine": "warp"}, "unknown engine 'warp'; choose one of: auto, onnxruntime"),
        ({"threads": 0}, "from 1 to 256"),
    ],
)
def test_wrong_options(options: dict[str, Any], mentioned: str) -> None:
    with pytest.raises(VinEdgeError, match=mentioned) as caught:
        Recognizer.from_bundle(SPECIMEN, **options)
    assert "bundle_v1" in str(caught.value)


def test_a_bundle_path_may_hold_any_bytes(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    with pytest.raises(VinEdgeError, match="does not exist") as caught:
        Recognizer.from_bundle(folder)
    assert str(folder) in str(caught.value)
    shutil.copytree(SPECIMEN, folder)
    assert Recognizer.from_bundle(str(folder)).read(picture_from_text(VIN)).vin == VIN


def rewritten(folder: Path, change: Any = lambda data: data, **network: Any) -> Path:
    """Write the specimen anew with other file bytes or other values in `input` and `output`; all hashes fit."""
    document = json.loads((SPECIMEN / "bundle.json").read_text(encoding="utf-8"))
    for key, values in network.items():
        document[key] |= values
    return write_bundle(folder, document, {"model.onnx": change((SPECIMEN / "model.onnx").read_bytes())}).folder


@pytest.mark.parametrize(
    ("network", "mentioned"),
    [
        ({"input": {"width": 384}}, r"'image' \(open, 1, 32, 320\) where its bundle says 'image' \(open, 1, 32, 384\)"),
        ({"input": {"name": "x"}}, r"'image' .* where its bundle says 'x'"),
        ({"output": {"frames": 79}}, r"\(open, 80, 34\) where its bundle says 'logits' \(open, 79, 34\)"),
        ({"output": {"name": "y"}}, r"'logits' .* where its bundle says 'y'"),
    ],
)
def test_a_network_that_is_not_what_its_bundle_says(tmp_path: Path, network: Any, mentioned: str) -> None:
    with pytest.raises(VinEdgeError, match=mentioned + ".*; re-run vin-export"):
        Recognizer.from_bundle(rewritten(tmp_path / "other", **network))


def test_a_file_that_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"onnxruntime .*re-run vin-export"):
        Recognizer.from_bundle(rewritten(tmp_path / "foreign", lambda data: b"not a model"))


def test_a_network_that_answers_nonsense(tmp_path: Path) -> None:
    """A weight that is not a number comes through to the logits: no reading is better than a wrong one."""
    last_level = np.float32(2 * 2000.0).tobytes()
    broken = Recognizer.from_bundle(
        rewritten(tmp_path / "broken", lambda data: data.replace(last_level, np.float32("nan").tobytes()))
    )
    with pytest.raises(VinEdgeError, match="a value that is not a number; re-run vin-export"):
        broken.read(picture_from_text(VIN))


# ---- engines ---------------------------------------------------------------------------------------------------------


def test_engines_are_listed() -> None:
    assert engines() == [{"name": "onnxruntime", "available": True, "reason": ""}]


def test_a_missing_onnxruntime_is_one_sentence() -> None:
    """In a process of its own: the loader finds by its name a library that is already open."""
    code = (
        "from vinedge import recognizer\n"
        "recognizer.find_spec = lambda name: None\n"
        "info, = recognizer.engines()\n"
        "try:\n"
        f"    recognizer.Recognizer.from_bundle({str(SPECIMEN)!r})\n"
        "except recognizer.VinEdgeError as mistake:\n"
        "    assert info['reason'] in str(mistake), (info, mistake)\n"
        "    print(mistake)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "VINEDGE_ONNXRUNTIME"}
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    if not run.stdout:
        pytest.skip("the system has an ONNX Runtime of its own")
    assert "run: pip install onnxruntime, or set VINEDGE_ONNXRUNTIME" in run.stdout
    assert run.stdout.count("\n") == 1


def test_the_variable_overrides_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    library = os.fsdecode(module._onnxruntime_library())
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setenv("VINEDGE_ONNXRUNTIME", library)
    assert Recognizer.from_bundle(SPECIMEN).read(picture_from_text(VIN)).vin == VIN
    monkeypatch.setenv("VINEDGE_ONNXRUNTIME", "/nowhere/libonnxruntime.so")
    with pytest.raises(VinEdgeError, match=r"/nowhere/libonnxruntime\.so"):
        Recognizer.from_bundle(SPECIMEN)


def test_reading_imports_no_onnxruntime_and_shares_a_process_with_it() -> None:
    code = (
        "import sys, numpy as np, vinedge\n"
        f"recognizer = vinedge.Recognizer.from_bundle({str(SPECIMEN)!r})\n"
        "picture = np.zeros((32, 320), np.uint8)\n"
        "recognizer.read(picture)\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "import onnxruntime\n"
        f"session = onnxruntime.InferenceSession({str(SPECIMEN / 'model.onnx')!r})\n"
        "theirs = session.run(None, {'image': np.full((1, 1, 32, 320), -1, np.float32)})[0]\n"
        "np.testing.assert_allclose(recognizer.logits([picture]), theirs, rtol=1e-5)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
