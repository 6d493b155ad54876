"""Wrong lists, settings, checkpoints and destinations through the installed commands: one sentence, exit code 2,
and the folder they were called in as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from commands import assert_refused, run, tree

GOLDEN = Path(__file__).parents[1] / "golden"
(LINE,) = GOLDEN.glob("bundle_v1_*.pgm")
VIN = LINE.stem.rpartition("_")[2]


def labelled(file: str) -> str:
    return f"Global: {{steps: 2}}\nTrain: {{dataset: {{shares: {{labelled: 1}}, label_file_list: [{file}]}}}}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good and many bad inputs, by names that say what is wrong with them."""
    folder = tmp_path_factory.mktemp("inputs")
    assert cv2.imwrite(str(folder / "line.png"), cv2.imread(str(LINE)))
    (folder / "cut.png").write_bytes((folder / "line.png").read_bytes()[:100])
    (folder / "empty folder").mkdir()
    shutil.copytree(GOLDEN / "bundle_v1", folder / "bundle")
    shutil.copytree(GOLDEN / "bundle_v1", folder / "tampered")
    with (folder / "tampered/model.onnx").open("r+b") as model:
        model.seek(300)
        model.write(b"tampered")
    texts = {
        "good.txt": f"line.png\t{VIN}\n",
        "empty.txt": "",
        "no_tab.txt": f"line.png\t{VIN}\nline.png {VIN}\n",
        "missing_picture.txt": f"no.png\t{VIN}\n",
        "cut_picture.txt": f"cut.png\t{VIN}\n",
        "binary.txt": "\udcff\udcfe\0",
        "unknown_key.yml": "Global: {sed: 1}",
        "wrong_type.yml": "Global: {seed: one}",
        "out_of_range.yml": "Global: {steps: -1}",
        "syntax.yml": "Global: [",
        "list.yml": "- Global",
        "unknown_student.yml": "Student: {name: vin_nana}",
        "missing_list.yml": labelled("no.txt"),
        "wrong_label.yml": labelled("wrong_label.txt"),
        "wrong_label.txt": "line.png\tHELLO\n",
        "good.yml": "Global: {steps: 2}",
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


@pytest.fixture(autouse=True)
def nothing_is_written(place: Path) -> Iterator[None]:
    before = tree(place)
    yield
    assert tree(place) == before


CASES = [
    ("vin-distill --config no.yml", "no.yml"),
    ("vin-distill --config binary.txt", "binary.txt"),
    ("vin-distill --config unknown_key.yml", "'Global.sed'; did you mean 'Global.seed'?"),
    ("vin-distill --config wrong_type.yml", "Global.seed must be a whole number, not 'one'"),
    ("vin-distill --config out_of_range.yml", "Global.steps"),
    ("vin-distill --config syntax.yml", "syntax.yml:1"),
    ("vin-distill --config list.yml", "mapping of sections"),
    ("vin-distill --config unknown_student.yml", "did you mean 'vin_nano'?"),
    ("vin-distill --config missing_list.yml", "no.txt"),
    ("vin-distill --config wrong_label.yml", "wrong_label.txt:1"),
    ("vin-distill --config good.yml -o Global.sed=1", "'Global.sed'; did you mean 'Global.seed'?"),
    ("vin-distill --config good.yml -o Global.seed", "Section.key=value"),
    ("vin-distill --out nowhere --resume", "nowhere holds no run"),
    ("vin-distill evaluate nowhere --pictures good.txt", "nowhere is not a checkpoint"),
    ("vin-export nowhere -o out", "nowhere is not a checkpoint"),
    ("vin-export line.png -o out", "line.png is not a checkpoint"),
    ("vin-data validate no.txt", "no.txt"),
    ("vin-data validate binary.txt", "binary.txt"),
    ("vin-data stats empty.txt", "empty.txt"),
    ("vin-data preview empty?folder", "empty folder holds no"),
    ("vin-synth out --count 0", "--count must be at least 1"),
    ("vin-synth out --count 3 --difficulty 7", "difficulty must be between 0 and 1"),
    ("vin-synth out --count 3 --kinds paper", "unknown kind 'paper'"),
    ("vin-synth out --count 3 --splits 1,2", "--splits"),
    ("vin-synth line.png --count 3", "line.png is a file"),
    ("vin-synth bundle --count 3", "bundle is not empty"),
    ("vin-bench nowhere --pictures good.txt --out out", "bundle 'nowhere' does not exist"),
    ("vin-bench tampered --pictures good.txt --out out", "sha256"),
    ("vin-bench bundle --pictures no.txt --out out", "no.txt"),
    ("vin-bench bundle --pictures empty.txt --out out", "empty.txt is empty"),
    ("vin-bench bundle --pictures no_tab.txt --out out", "no_tab.txt:2 has no tab"),
    ("vin-bench bundle --pictures missing_picture.txt --out out", "no.png"),
    ("vin-bench bundle --pictures cut_picture.txt --out out", "cut.png is truncated"),
    ("vin-bench bundle --pictures empty?folder --out out", "empty folder holds no picture"),
    ("vin-bench bundle --pictures good.txt --out line.png", "line.png"),
]


@pytest.mark.parametrize(("line", "words"), CASES, ids=[line for line, _ in CASES])
def test_one_sentence_and_nothing_written(line: str, words: str, place: Path) -> None:
    command, *arguments = (word.replace("?", " ") for word in line.split())
    done = run(command, *arguments, cwd=place)
    # vin-export shows its steps on stderr; the sentence comes last.
    assert words in assert_refused(done, progress=command == "vin-export")


def test_validate_names_bad_rows_and_fails(place: Path) -> None:
    for name, word in (("missing_picture.txt", "no.png does not exist"), ("cut_picture.txt", "cut.png is truncated")):
        done = run("vin-data", "validate", name, cwd=place)
        assert done.returncode == 3
        assert f"{name}:1" in done.stdout
        assert word in done.stdout
        assert "Traceback" not in done.stderr
