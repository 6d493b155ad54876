"""Progress of a run on stderr: a live bar in a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PLAIN_EVERY_S = 10.0


class Reporter(Protocol):
    """Told about every step; `say` is for what must be seen and kept."""

    def start(self, done: int, total: int) -> None: ...
    def step(self, done: int, loss: float, lines_per_s: float) -> None: ...
    def say(self, text: str) -> None: ...
    def stop(self) -> None: ...


class Silent:
    """For processes other than the first."""

    def start(self, done: int, total: int) -> None: ...
    def step(self, done: int, loss: float, lines_per_s: float) -> None: ...
    def say(self, text: str) -> None: ...
    def stop(self) -> None: ...


class Plain:
    """`step 120/1000  loss 1.234  118 lines/s  7 min left` every `PLAIN_EVERY_S` seconds."""

    def start(self, done: int, total: int) -> None:
        self._total, self._began_at, self._began = total, done, time.monotonic()
        self._next = self._began + PLAIN_EVERY_S

    def step(self, done: int, loss: float, lines_per_s: float) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PLAIN_EVERY_S
        left = (now - self._began) / max(1, done - self._began_at) * (self._total - done)
        self.say(f"step {done}/{self._total}  loss {loss:.3f}  {lines_per_s:.0f} lines/s  {duration(left)} left")

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def stop(self) -> None: ...


class Live:
    """A rich progress bar."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.3f}  {task.fields[speed]:.0f} lines/s"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )

    def start(self, done: int, total: int) -> None:
        self._task = self._progress.add_task("", total=total, completed=done, loss=float("nan"), speed=0.0)
        self._progress.start()

    def step(self, done: int, loss: float, lines_per_s: float) -> None:
        self._progress.update(self._task, completed=done, loss=loss, speed=lines_per_s)

    def say(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def stop(self) -> None:
        self._progress.stop()


def reporter(rank: int) -> Reporter:
    """Return the reporter for a training process."""
    if rank:
        return Silent()
    return Live() if sys.stderr.isatty() else Plain()


def counter(what: str) -> Callable[[int, int], None]:
    """Return a function that is told how many of how many are done, and shows it on stderr now and then."""
    live = sys.stderr.isatty()
    shown = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if done < total and now < shown + (0.2 if live else PLAIN_EVERY_S):
            return
        shown = now
        end = "\n" if done == total or not live else "\r"
        print(f"{what}: {done}/{total}", end=end, file=sys.stderr, flush=True)

    return show


def duration(seconds: float) -> str:
    """Return `42 s`, `7 min` or `1 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
