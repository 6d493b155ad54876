"""What trainer tests share: settings of a run that takes a second, and its parts without a command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vinedge.distill.paddle_setup import prepare_paddle

prepare_paddle()

from vinedge.distill.batch import Batch, Line, batch_from_lines  # noqa: E402
from vinedge.distill.evaluate import LabelledLines  # noqa: E402
from vinedge.distill.feed import Feed, Lists  # noqa: E402
from vinedge.distill.parallel import Group  # noqa: E402
from vinedge.distill.progress import Silent  # noqa: E402
from vinedge.distill.run_folder import RunFolder  # noqa: E402
from vinedge.distill.schedule import plan_from  # noqa: E402
from vinedge.distill.settings import Settings  # noqa: E402
from vinedge.distill.settings_yaml import settings_from_text  # noqa: E402
from vinedge.distill.trainer import Trainer  # noqa: E402

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


def same_bytes(a: Path, b: Path, names: Sequence[str] = ("weights.safetensors", "state.safetensors")) -> bool:
    return all((a / name).read_bytes() == (b / name).read_bytes() for name in names)
