"""The run folder: everything one training run leaves behind, and nothing else.

settings.yml  resolved settings          best/  last/        checkpoints (`checkpoint.py`)
metrics.jsonl one JSON object a report   log                 the same for people, with times
distillation.json  the frozen teacher, its fingerprint, and how much better than the student it read at the start
pseudo_labels.txt  what the teacher labelled and the gate kept     curves.png  at the end
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinedge.atomic import replacing
from vinedge.errors import VinEdgeError


@dataclass(frozen=True)
class RunFolder:
    path: Path

    @property
    def best(self) -> Path:
        return self.path / "best"

    @property
    def last(self) -> Path:
        return self.path / "last"

    @property
    def settings(self) -> Path:
        return self.path / "settings.yml"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def pseudo_labels(self) -> Path:
        return self.path / "pseudo_labels.txt"

    @property
    def distillation(self) -> Path:
        return self.path / "distillation.json"

    @property
    def curves(self) -> Path:
        return self.path / "curves.png"

    def create(self) -> None:
        """Make the folder; refuse one that something else lies in."""
        try:
            if self.path.exists() and any(self.path.iterdir()):
                if self.settings.exists():
                    raise VinEdgeError(
                        f"{self.path} already holds a run; add --resume to go on with it, or choose another --out"
                    )
                raise VinEdgeError(f"{self.path} is not empty and holds no run; choose another --out")
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as reason:
            raise VinEdgeError(
                f"cannot make the run folder {self.path}: {reason.strerror}; choose another --out"
            ) from None

    def write(self, path: Path, text: str) -> None:
        """Write a text file atomically."""
        with replacing(path) as fresh:
            fresh.write_text(text, encoding="utf-8")

    def add_metrics(self, record: dict[str, Any]) -> None:
        with self.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def read_metrics(self) -> Iterator[dict[str, Any]]:
        """Yield the records; a last line that was cut off by a kill is left out."""
        if not self.metrics.exists():
            return
        for line in self.metrics.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue

    def forget_after(self, step: int) -> None:
        """Drop records of steps after `step`: a resumed run does those steps again."""
        if self.metrics.exists():
            kept = [record for record in self.read_metrics() if record["step"] <= step]
            self.write(self.metrics, "".join(json.dumps(record) + "\n" for record in kept))

    def log(self, text: str) -> None:
        with (self.path / "log").open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
