"""Progress of a command with few, named steps: `[2/4] Converting to ONNX ... 1.3 s`, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Steps:
    """Announces `total` steps one after the other and the seconds that each took."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total, self._number = total, 0
        self._stream = stream or sys.stderr
        self._line = ""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        self._number += 1
        self._line = f"[{self._number}/{self._total}] {text} ..."
        self._print(self._line)
        start = time.perf_counter()
        try:
            yield
        except BaseException:
            self._print(" stopped\n")
            raise
        self._print(f" {time.perf_counter() - start:.1f} s\n")

    def count(self, done: int, total: int) -> None:
        """Show how far the current step is; only on a terminal, where a line can be written over."""
        if self._stream.isatty():
            self._print(f"\r{self._line} {done}/{total}")

    def _print(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
