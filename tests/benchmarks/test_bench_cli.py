"""`vin-bench` as a user runs it: tables, files, --json, and mistakes that end in one sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from bench_fakes import FakeReader, subject

from vinedge import VinEdgeError, extras
from vinedge.benchmarks import cli, peers
from vinedge.benchmarks import subject as subject_module

GOLDEN = Path(__file__).parents[1] / "golden"
QUICK = ["--seconds", "0.1", "--threads", "1", "--batches", "1,2"]


@pytest.fixture
def fake_bundle(monkeypatch: pytest.MonkeyPatch, answers: dict[int, str]) -> None:
    reader = FakeReader(answers, seconds=0.0005)
    monkeypatch.setattr(subject_module, "open_subject", lambda folder: subject(reader, "demo"))


@pytest.mark.usefixtures("fake_bundle")
def test_tables_files_and_where_they_lie(
    labelled_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report"
    assert cli.main(["bundle", "--pictures", str(labelled_list), "--out", str(out), *QUICK]) == 0
    shown = capsys.readouterr()
    for title in ("Latency of one picture", "Where the time goes", "Pictures a second", "Accuracy", "Conditions"):
        assert title in shown.out
    assert "50.0 % of 4 VINs exactly right" in re.sub(r"\s+", " ", shown.out)
    lines = shown.out.rstrip().splitlines()
    assert lines[-2:] == [f"wrote {out / 'results.json'}", f"wrote {out / 'report.html'}"]
    assert shown.err.splitlines() == [
        f"vin-bench: {part} done" for part in ("pictures", "warm-up", "latency", "throughput", "accuracy")
    ]


@pytest.mark.usefixtures("fake_bundle")
def test_json_on_stdout_is_the_document_without_samples(
    labelled_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bundle", "--pictures", str(labelled_list), "--out", str(tmp_path), "--json", *QUICK]) == 0
    printed = json.loads(capsys.readouterr().out)
    stored = json.loads((tmp_path / "results.json").read_text())
    assert printed.pop("written") == [str(tmp_path / "results.json"), str(tmp_path / "report.html")]
    assert stored.pop("samples")["latency_us"]
    assert printed == stored
    assert printed["settings"] == {"seconds": 0.1, "threads": 1, "batches": [1, 2], "seed": 0, "peers": False}


@pytest.mark.usefixtures("fake_bundle")
def test_by_default_every_run_gets_its_own_folder(
    labelled_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["bundle", "--pictures", str(labelled_list), *QUICK]) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"bench-demo-\d{8}-\d{6}", folder.name)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (["--seconds", "soon"], "'soon' is not a number of seconds"),
        (["--seconds", "0"], "0 is not between 0.1 and 3600 seconds"),
        (["--seconds", "nan"], "nan is not between"),
        (["--threads", "0"], "0 is not between 1 and 1024"),
        (["--batches", "1,x"], "'x' is not a whole number"),
        (["--batches", "1,,4"], "'' is not a whole number"),
    ],
)
def test_a_bad_option_is_named(option: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["bundle", "--pictures", "p", *option])
    assert sentence in capsys.readouterr().err


@pytest.mark.usefixtures("fake_bundle")
def test_pictures_that_do_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bundle", "--pictures", str(tmp_path / "none.txt"), "--out", str(tmp_path / "out"), *QUICK]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"vin-bench: error: cannot read the list {tmp_path / 'none.txt'}")
    assert not (tmp_path / "out").exists()


def test_a_bundle_that_does_not_exist(labelled_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(tmp_path / "none"), "--pictures", str(labelled_list), *QUICK]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("vin-bench: error: ") and "none" in line


@pytest.mark.usefixtures("fake_bundle")
def test_peers_that_are_missing_end_the_run_before_it_starts(
    labelled_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> None:
        raise VinEdgeError("--peers needs them; run: pip install 'vinedge[peers]'")

    monkeypatch.setattr(peers, "open_peers", none)
    out = tmp_path / "out"
    assert cli.main(["bundle", "--pictures", str(labelled_list), "--out", str(out), "--peers", *QUICK]) == 2
    assert "vinedge[peers]" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "rich" else object())
    assert cli.main(["bundle", "--pictures", "p"]) == 2
    assert capsys.readouterr().err == "vin-bench: error: vin-bench needs rich; run: pip install 'vinedge[bench]'\n"


def test_an_interrupted_run_writes_nothing(
    labelled_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(FakeReader):
        def read_batch(self, pictures: list[np.ndarray]) -> list[object]:
            raise KeyboardInterrupt

    monkeypatch.setattr(subject_module, "open_subject", lambda folder: subject(Interrupted(seconds=0.0005)))
    out = tmp_path / "out"
    assert cli.main(["bundle", "--pictures", str(labelled_list), "--out", str(out), *QUICK]) == 130
    assert capsys.readouterr().err.endswith("vin-bench: interrupted\n")
    assert not out.exists()


def test_the_golden_bundle_is_measured_for_real(tmp_path: Path) -> None:
    pytest.importorskip("vinedge.recognizer", exc_type=VinEdgeError)
    (source,) = GOLDEN.glob("bundle_v1_*.pgm")
    vin = source.stem.rpartition("_")[2]
    cv2.imwrite(str(tmp_path / "a.png"), cv2.imread(str(source)))
    (tmp_path / "list.txt").write_text(f"a.png\t{vin}\n")
    arguments = [str(GOLDEN / "bundle_v1"), "--pictures", str(tmp_path / "list.txt"), "--out", str(tmp_path / "out")]
    assert cli.main([*arguments, "--seconds", "0.3", "--threads", "2", "--batches", "1,3"]) == 0
    found = json.loads((tmp_path / "out/results.json").read_text())
    assert found["accuracy"]["exact"]["hits"] == 1
    assert found["bundle"]["engine"].startswith("onnxruntime ")
    stages = {stage["name"]: stage["mean_us"] for stage in found["scenarios"]["single_stream"]["stages"]}
    assert all(stages[name] > 0 for name in ("picture_decode", "preprocess", "network", "decode", "call"))
    points = found["scenarios"]["throughput"]["points"]
    assert [(p["batch"], p["callers"], p["engine_threads"]) for p in points] == [
        *((1, 1, 1), (3, 1, 1), (1, 2, 1), (1, 1, 2))
    ]
