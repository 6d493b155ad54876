"""What trainer tests share: settings of a run that takes a second, and its parts without a command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from vinedge.distill.paddle_setup import prepare_paddle

prepare_paddle()

import paddle  # noqa: E402

from vinedge.distill.batch import Batch, Line, batch_from_lines  # noqa: E402
from vinedge.distill.checkpoint import Checkpoint, arrays_from, build_student, save_checkpoint  # noqa: E402
from vinedge.distill.cli import main  # noqa: E402
from vinedge.distill.evaluate import LabelledLines  # noqa: E402
from vinedge.distill.feed import Feed, Lists  # noqa: E402
from vinedge.distill.parallel import Group  # noqa: E402
from vinedge.distill.progress import Silent  # noqa: E402
from vinedge.distill.run_folder import RunFolder  # noqa: E402
from vinedge.distill.schedule import plan_from  # noqa: E402
from vinedge.distill.settings import Settings  # noqa: E402
from vinedge.distill.settings_yaml import settings_from_text  # noqa: E402
from vinedge.distill.trainer import Trainer  # noqa: E402
from vinedge.manifest import write_list  # noqa: E402

VIN = "1M8GDM9AXKP042788"  # the check-digit example of 49 CFR 565
HEIGHT, WIDTH = 16, 160

YAML = """
Global: {seed: 3, steps: 6, eval_batch_step: 2, print_batch_step: 1}
Student: {height: 16, width: 160}
Train: {loader: {batch_size_per_card: 4}}
Eval: {dataset: {synthetic: {lines: 4}}}
"""


def settings(*overrides: str) -> Settings:
    return settings_from_text(YAML, "small.yml", overrides)


def line(n: int, centers: bool = True) -> Line:
    """Line `n`: noise in which every character leaves a trace, so that there is something to learn."""
    image = np.random.default_rng(n).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    return Line(image, VIN, (np.arange(17, dtype=np.float32) + 0.5) / 17 if centers else None, f"noise {n}")


def batch(*lines: Line) -> Batch:
    return batch_from_lines(lines or [line(0), line(1)])


def validation() -> list[LabelledLines]:
    return [LabelledLines("noise", np.stack([line(n).image for n in range(4)]), (VIN,) * 4)]


class NoiseFeed(Feed):
    """Batches of noise, which cost nothing to draw; `at` is called before the batch of a step is handed out."""

    def __init__(self, chosen: Settings, at: dict[int, object] | None = None, rank: int = 0, ranks: int = 1) -> None:
        super().__init__(chosen, Lists(), rank, ranks)
        self._at = at or {}

    def batch(self, step: int) -> Batch:
        action = self._at.get(step)
        if callable(action):
            action()
        first = (step * self._ranks + self._rank) * self._size
        return batch_from_lines([line(n) for n in range(first, first + self._size)])


def trainer(chosen: Settings, folder: Path) -> Trainer:
    run = RunFolder(folder)
    folder.mkdir(exist_ok=True)
    return Trainer(chosen, plan_from(chosen, 0), Group(), run, Silent())


def teacher_folder(folder: Path, *overrides: str) -> Path:
    """Write the checkpoint of a vin_small of the tests' input size, with statistics of its own, and return `folder`."""
    paddle.seed(1)
    chosen = settings("Student.name=vin_small", *overrides)
    layer = build_student(chosen)
    layer.train()
    size = (4, 1, chosen.Student.height, chosen.Student.width)
    layer(paddle.to_tensor(np.random.default_rng(5).standard_normal(size, np.float32)))
    folder.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(folder, Checkpoint(chosen, arrays_from(layer), step=1))
    return folder


def same_bytes(a: Path, b: Path, names: Sequence[str] = ("weights.safetensors", "state.safetensors")) -> bool:
    return all((a / name).read_bytes() == (b / name).read_bytes() for name in names)


def pictures(folder: Path, count: int = 3) -> Path:
    folder.mkdir(exist_ok=True)
    for n in range(count):
        cv2.imwrite(str(folder / f"{n}.png"), np.random.default_rng(n).integers(0, 255, (20, 120), np.uint8))
    write_list(folder / "list.txt", [(f"{n}.png", VIN) for n in range(count)])
    return folder / "list.txt"


def write_config(folder: Path) -> Path:
    """Write settings of six small steps on three pictures: no synthetic line, whose first one is slow to draw."""
    listed = json.dumps(str(pictures(folder / "own")))
    path = folder / "small.yml"
    path.write_text(
        f"""
Global: {{seed: 3, steps: 6, eval_batch_step: 2, print_batch_step: 1}}
Student: {{height: 16, width: 160}}
Train: {{dataset: {{shares: {{synthetic: 0}}, label_file_list: [{listed}]}}, loader: {{batch_size_per_card: 4}}}}
Eval: {{dataset: {{synthetic: {{lines: 0}}, label_file_list: [{listed}]}}}}
"""
    )
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which must fail on a user's mistake; return its one sentence."""
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("vin-distill: error: ")
    assert err.count("\n") == 1
    return err
