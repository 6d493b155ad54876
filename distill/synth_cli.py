"""`vin-synth`: draw a set of synthetic VIN pictures into a folder.

vin-synth sets/first --count 5000 --seed 1
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from vinedge.command import run_command
from vinedge.errors import EXIT_OK, VinEdgeError
from vinedge.extras import require_extra


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vin-synth", description="Draw synthetic VIN pictures with labels, splits and character boxes."
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to make")
    parser.add_argument(
        "--count",
        type=int,
        required=True,
        metavar="N",
        help="pictures for train, val and test; test_unseen comes on top, with as many as test",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same pictures (default 0)")
    parser.add_argument("--difficulty", type=float, default=0.5, help="0 clean to 1 hard (default 0.5)")
    parser.add_argument("--kinds", help="kinds to draw, as windshield,label (default: all)")
    parser.add_argument("--splits", default="0.8,0.1,0.1", help="shares of train,val,test (default 0.8,0.1,0.1)")
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")
    parser.add_argument("--system-fonts", action="store_true", help="also use this machine's fonts (not reproducible)")
    parser.add_argument("--force", action="store_true", help="replace OUT if vin-synth made it")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    return parser


def _splits(text: str) -> tuple[float, float, float]:
    try:
        train, val, test = (float(part) for part in text.split(","))
    except ValueError:
        raise VinEdgeError(f"--splits must be three numbers as 0.8,0.1,0.1, got '{text}'") from None
    return train, val, test


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    require_extra("distill", "vin-synth")
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from .synthetic.dataset import DatasetSettings, write_dataset
    from .synthetic.generator import KINDS

    settings = DatasetSettings(
        count=arguments.count,
        seed=arguments.seed,
        difficulty=arguments.difficulty,
        kinds=KINDS if arguments.kinds is None else tuple(name for name in arguments.kinds.split(",") if name),
        splits=_splits(arguments.splits),
        system_fonts=arguments.system_fonts,
    )
    workers = _cores() if arguments.workers is None else arguments.workers
    started = time.perf_counter()
    columns = (TextColumn("drawing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # On a file or pipe the bar would leave an empty line and nothing else.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("drawing", total=settings.count + settings.unseen_count)
        summary = write_dataset(
            settings,
            arguments.out,
            workers=workers,
            force=arguments.force,
            progress=lambda drawn: bar.advance(task, drawn),
        )
    seconds = time.perf_counter() - started
    if arguments.json:
        document = {
            "out": str(summary.folder),
            "pictures": summary.pictures,
            "splits": summary.by_split,
            "kinds": summary.by_kind,
            "seconds": round(seconds, 2),
            "lines_per_second": round(summary.pictures / seconds, 1),
            "workers": workers,
        }
        print(json.dumps(document))
        return EXIT_OK
    print(f"{summary.pictures} pictures in {summary.folder}")
    print("  splits  " + "  ".join(f"{name} {count}" for name, count in summary.by_split.items()))
    print("  kinds   " + "  ".join(f"{name} {count}" for name, count in summary.by_kind.items()))
    print(f"  drawn in {seconds:.1f} s with {workers} workers, {summary.pictures / seconds:.0f} lines/s")
    print(f"  look at {summary.folder / 'contact_sheet.png'}")
    return EXIT_OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    return run_command("vin-synth", _run, argv)


if __name__ == "__main__":
    raise SystemExit(main())
