"""What the terminal shows: progress on stderr while measuring, then the tables of the report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from .tables import headline, tables

_DRAWN_EVERY_S = 0.5


class ProgressBars:
    """One bar for each part of the run, on stderr; use as a context manager and call with `(part, fraction)`.

    Where stderr is no terminal (a log), one line tells that a part is done.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        # Drawn only when told, between two reads: rich's own drawing thread would stall a read every now and then.
        self._bars = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=self._console,
            auto_refresh=False,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._done: set[str] = set()
        self._drawn_at = 0.0

    def __enter__(self) -> ProgressBars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, part: str, fraction: float) -> None:
        if part not in self._tasks:
            self._tasks[part] = self._bars.add_task(part, total=1.0)
        self._bars.update(self._tasks[part], completed=fraction)
        now = time.monotonic()
        if fraction >= 1 or now - self._drawn_at > _DRAWN_EVERY_S:
            self._bars.refresh()
            self._drawn_at = now
        if fraction >= 1 and part not in self._done and not self._console.is_terminal:
            self._done.add(part)
            self._console.print(f"vin-bench: {part} done", highlight=False)


def print_summary(document: dict[str, Any], files: Sequence[Path], console: Console) -> None:
    """Print the headline, every table, what disturbed the run, and where the report lies."""
    console.print(f"\n[bold]{document['bundle']['name']}[/bold]: {headline(document)}", highlight=False)
    for table in tables(document):
        shown = RichTable(title=table.title, title_justify="left", title_style="bold", show_header=any(table.columns))
        for place, column in enumerate(table.columns):
            shown.add_column(column, justify="left" if place < table.words else "right", overflow="fold")
        for row in table.rows:
            shown.add_row(*row)
        console.print()
        console.print(shown, markup=False, highlight=False)
        if table.note:
            console.print(table.note, style="dim", markup=False, highlight=False)
    for sentence in document["disturbances"]:
        console.print(f"not quiet: {sentence}", style="bold yellow", markup=False, highlight=False)
    console.print()
    for file in files:
        console.print(f"wrote {file}", markup=False, highlight=False, soft_wrap=True)
