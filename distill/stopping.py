"""When a run must stop early: Ctrl-C, SIGTERM, the time limit, or the process that started it being gone.

A first signal asks: the step is finished and a resumable checkpoint written. A second one interrupts at once.
"""

from __future__ import annotations

import os
import signal
import time
from types import FrameType, TracebackType
from typing import Any, Literal

from .parallel import SUPERVISOR

Reason = Literal["interrupted", "time"]


class Stopping:
    """Context manager that watches for reasons to stop while it is open."""

    def __init__(self, max_minutes: float | None, elapsed_s: float) -> None:
        """`elapsed_s` is the training time of earlier parts of the same run."""
        self._signalled = False
        self._earlier_s = elapsed_s
        self._limit_s = None if max_minutes is None else 60 * max_minutes
        self._supervisor = int(os.environ.get(SUPERVISOR, "0"))
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Stopping:
        self._began = time.monotonic()
        self._previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._signalled:
            raise KeyboardInterrupt
        self._signalled = True

    @property
    def elapsed_s(self) -> float:
        """Training time so far, earlier parts of the run included."""
        return self._earlier_s + time.monotonic() - self._began

    def reason(self) -> Reason | None:
        """Return why the run should stop now, if it should."""
        if self._signalled or (self._supervisor and os.getppid() != self._supervisor):
            return "interrupted"
        if self._limit_s is not None and self.elapsed_s >= self._limit_s:
            return "time"
        return None
