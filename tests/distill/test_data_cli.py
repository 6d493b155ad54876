"""vin-data: exit codes, JSON, splits from names, statistics and contact sheets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from vinedge.distill import data_cli
from vinedge.distill.data_cli import Part, main, parts_from
from vinedge.distill.preview import PAPER, PICTURE_HEIGHT, TILE_WIDTH, draw_sample
from vinedge.manifest import Sample

VINS = ["1M8GDM9AXKP042788", "WVWZZZ1KZAW000001", "JH4KA8172MC002609", "WVWZZZ1KZAW000002"]


def data_set(folder: Path, name: str, vins: list[str], first_shade: int = 0, size: tuple[int, int] = (10, 60)) -> Path:
    lines = []
    for shade, vin in enumerate(vins, start=first_shade):
        cv2.imwrite(str(folder / f"{shade}.png"), np.full((*size, 3), shade, np.uint8))
        lines.append(f"{shade}.png\t{vin}\n")
    path = folder / name
    path.write_text("".join(lines))
    return path


# ---- validate -------------------------------------------------------------------------------------------------------


def test_sound_data_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(data_set(tmp_path, "list.txt", VINS))]) == 0
    assert capsys.readouterr().out.startswith(
        "4 rows (data 4); check digits: valid 2, invalid 0, not_applicable 2; 0 err"
    )


def test_a_warning_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(data_set(tmp_path, "list.txt", ["1M8GDM9A1KP042788"]))]) == 0
    assert "list.txt:1: check_digit_invalid: " in capsys.readouterr().out


def test_rows_with_errors_exit_3_and_json_is_all_of_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data_set(tmp_path, "list.txt", [*VINS, "WVWZZZ1KZAWOOOO1"])
    assert main(["validate", str(path)]) == 3
    assert "list.txt:5: wrong_length: 'WVWZZZ1KZAWOOOO1' has 16 characters" in capsys.readouterr().out
    assert main(["validate", str(path), "--json", "--workers", "1"]) == 3
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert [(f["source"], f["kind"]) for f in document["findings"]] == [
        ("list.txt:5", "wrong_length"),
        ("list.txt:5", "illegal_character"),
    ]
    assert captured.err == ""


def test_the_lists_of_a_folder_are_its_splits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As vin-synth writes them: one folder with train.txt, val.txt, test.txt and test_unseen.txt."""
    data_set(tmp_path, "train.txt", VINS[:2])
    data_set(tmp_path, "val.txt", VINS[1:3], first_shade=10)
    data_set(tmp_path, "test_unseen.txt", VINS[3:], first_shade=20)
    (tmp_path / "notes.txt").write_text("not a list")
    assert main(["validate", str(tmp_path)]) == 3
    out = capsys.readouterr().out
    assert "val.txt:1: vin_in_two_splits: 'WVWZZZ1KZAW000001' is in train (train.txt:2) as well" in out
    assert "5 rows (test 1, train 2, val 2)" in out


def test_splits_are_named_by_hand_or_by_name(tmp_path: Path) -> None:
    names = ["train_b.txt", "VAL-2.csv", "training.txt", "test.lmdb", "x/train=odd.txt"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x/train=odd.txt").write_text("")
    paths = [str(tmp_path / name) for name in names]
    assert [part.split for part in parts_from(paths, None)] == ["train", "val", "data", "test", "train"]
    assert parts_from([f"mine={paths[0]}", f"mine={tmp_path}"], "0.5,1") == [
        Part("mine", Path(paths[0]), 0.5),
        Part("mine", tmp_path, 1.0),
    ]


def test_formats_roots_and_ratios_reach_the_importers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    path = data_set(tmp_path, "list.txt", VINS).rename(lists / "list.txt")
    assert main(["validate", str(path)]) == 3  # pictures are not beside the list
    assert capsys.readouterr().out.count(": missing_picture: ") == 4
    assert main(["validate", str(path), "--root", str(tmp_path), "--ratio", "0.5", "--format", "paddleocr"]) == 0
    assert capsys.readouterr().out.startswith("2 rows")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.txt"], "vin-data: error: cannot open missing.txt: No such file or directory; check the path"),
        (["prose.txt"], "prose.txt is in no format that is known here; say which with --format (fast_plate, folder, "),
        (["list.txt", "--ratio", "1,1"], "--ratio has 2 numbers for 1 DATA; give one, or one for each"),
        (["list.txt", "--ratio", "half"], "--ratio 'half' is not a number; give shares such as 1,0.5"),
        (["list.txt", "--ratio", "2"], "the ratio 2.0 must be above 0 and at most 1"),
        (["pictures"], "pictures holds no rows; check the path"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "stats", "preview"])
def test_bad_input_is_one_sentence_and_exit_2(
    command: str,
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    data_set(tmp_path, "list.txt", VINS[:1])
    (tmp_path / "prose.txt").write_text("Dear reader,\n")
    (tmp_path / "pictures").mkdir()
    before = sorted(tmp_path.iterdir())
    assert main([command, *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("arguments", [["--workers", "0"], ["--workers", "many"], ["--format", "csv"]])
def test_mistyped_flags_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["validate", "list.txt", *arguments])
    assert caught.value.code == 2
    assert "error: argument" in capsys.readouterr().err


def test_long_work_reports_progress_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(data_cli.time, "monotonic", lambda: float(next(clock)))
    assert list(data_cli._counted("abcd")) == list("abcd")
    assert capsys.readouterr().err == "vin-data: 2 rows, 0 a second\nvin-data: 4 rows, 0 a second\n"


def test_the_command_starts_without_any_extra() -> None:
    code = (
        "import sys; blocked = dict.fromkeys(['paddle', 'onnx', 'yaml', 'rich', 'PIL', 'matplotlib', 'lmdb']); "
        "sys.modules.update(blocked); from vinedge.distill.data_cli import main; main(['validate', '--help'])"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "0 no errors" in out and "--ratio" in out


# ---- stats ----------------------------------------------------------------------------------------------------------


def test_statistics_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = data_set(tmp_path, "train.txt", [VINS[0], VINS[1], VINS[1], VINS[1], "TOO SHORT"], size=(10, 60))
    val = data_set(tmp_path, "val.txt", [VINS[1], VINS[2]], first_shade=10, size=(30, 200))
    with train.open("a") as file:
        file.write(f"missing.png\t{VINS[3]}\nno tab\n")
    assert main(["stats", str(train), str(val), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["splits"]) == (9, {"train": 7, "val": 2})
    assert (found["rows_malformed"], found["labels_not_legal"], found["pictures_not_read"]) == (1, 1, 1)
    assert found["vins"] == {"distinct": 4, "on_several_pictures": 1, "most_pictures": 4}
    assert found["check_digits"] == {"valid": 2, "invalid": 0, "not_applicable": 2}  # of distinct VINs
    assert found["makers"] == {"WVW": 5, "1M8": 1, "JH4": 1}
    assert found["vins_in_both"] == {"train, val": 1}
    assert found["pictures"]["height"]["0"] == 10 and found["pictures"]["height"]["100"] == 30
    assert found["pictures"]["aspect"]["50"] == 6
    labels = [VINS[0], *[VINS[1]] * 4, VINS[2], VINS[3]]
    assert found["symbols"] == {s: "".join(labels).count(s) for s in "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"}


def test_statistics_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", str(data_set(tmp_path, "train.txt", VINS))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "rows                4  (train 4)" in lines
    assert "their check digits  valid 2, invalid 0, not_applicable 2" in lines
    assert any(line.split() == ["width", *["60"] * 7] for line in lines)
    assert any(line.startswith("WVW          2  ####") for line in lines)


# ---- preview --------------------------------------------------------------------------------------------------------


def test_a_contact_sheet_shows_the_pictures_and_their_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data_set(tmp_path, "list.txt", VINS[:3], first_shade=100, size=(48, TILE_WIDTH))
    with path.open("a") as file:
        file.write(f"missing.png\t{VINS[3]}\n")
    sheet = tmp_path / "sheet.png"
    assert main(["preview", str(path), "-o", str(sheet), "--columns", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sheet": str(sheet), "pictures": 4}
    drawn = cv2.imread(str(sheet))
    tile_height = (drawn.shape[0] - 8) // 2
    for index, shade in enumerate((100, 101, 102)):
        top, left = 8 + index // 2 * tile_height, 8 + index % 2 * (TILE_WIDTH + 8)
        assert (drawn[top + PICTURE_HEIGHT - 48 : top + PICTURE_HEIGHT, left : left + TILE_WIDTH] == shade).all()
        below = drawn[top + PICTURE_HEIGHT : top + PICTURE_HEIGHT + 20, left : left + TILE_WIDTH]
        assert below.min() < 60 and (below == PAPER).mean() > 0.5  # dark print on paper
    red = (drawn[:, :, 2].astype(int) - drawn[:, :, 1] > 100).any(axis=(0, 1))
    assert red  # the missing picture is crossed out


def test_a_preview_draws_evenly_and_reproducibly(tmp_path: Path) -> None:
    samples = [Sample(tmp_path / f"{k}.png", VINS[0], f"x:{k}") for k in range(50)]
    assert draw_sample(samples, 50, 0) == samples
    assert draw_sample(samples, 80, 0) == samples
    drawn = draw_sample(samples, 10, 1)
    assert drawn == draw_sample(samples, 10, 1) and drawn != draw_sample(samples, 10, 2)
    assert drawn == sorted(drawn, key=samples.index) and len(set(drawn)) == 10
    counts = np.zeros(50)
    for seed in range(400):
        counts[[samples.index(sample) for sample in draw_sample(samples, 10, seed)]] += 1
    assert counts.min() > 45 and counts.max() < 120  # 80 expected each, standard deviation 8


def test_a_preview_refuses_what_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(data_set(tmp_path, "list.txt", VINS))
    assert main(["preview", path, "-o", str(tmp_path / "sheet.gif")]) == 2
    assert "a contact sheet is written as .png" in capsys.readouterr().err
    assert main(["preview", path, "-o", str(tmp_path / "no_folder/sheet.png")]) == 2
    assert "cannot write" in capsys.readouterr().err
    assert not list(tmp_path.glob("**/*.tmp"))
