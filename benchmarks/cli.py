"""`vin-bench BUNDLE --pictures LIST|FOLDER`: latency, throughput and accuracy of a bundle, as tables and as a report.

vin-bench bundles/demo --pictures data/test.txt --peers --out runs/bench-demo
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from vinedge.command import run_command
from vinedge.errors import EXIT_OK
from vinedge.extras import require_extra

from .environment import usable_cpus


def main(argv: Sequence[str] | None = None) -> int:
    return run_command("vin-bench", _run, argv)


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    require_extra("bench", "vin-bench")
    import numpy as np
    from rich.console import Console

    from vinedge.picture import quiet_decoders

    from .bench import run_bench
    from .peers import open_peers
    from .pictures import read_pictures
    from .report import check_folder, write_report
    from .run import Settings
    from .subject import open_subject
    from .summary import ProgressBars, print_summary

    subject = open_subject(arguments.bundle)
    folder = arguments.out or Path("runs") / f"bench-{subject.name}-{datetime.now():%Y%m%d-%H%M%S}"
    check_folder(folder)
    peers = open_peers() if arguments.peers else None
    settings = Settings(arguments.seconds, arguments.threads, arguments.batches)
    with quiet_decoders(), ProgressBars() as progress:
        pictures = read_pictures(
            arguments.pictures, np.random.default_rng(settings.seed), lambda f: progress("pictures", f)
        )
        document = run_bench(subject, pictures, settings, peers, progress)
    files = write_report(document, folder)
    if arguments.json:
        # The samples are in results.json; a pipe wants the results.
        results = {key: value for key, value in document.items() if key != "samples"}
        print(json.dumps({**results, "written": [str(file) for file in files]}, indent=2, allow_nan=False))
    else:
        print_summary(document, files, Console(file=sys.stdout))
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vin-bench",
        description="Measure a bundle on your own pictures: latency percentiles with intervals, where the time goes, "
        "pictures a second, accuracy, and the conditions of the run. Writes results.json and report.html.",
    )
    parser.add_argument("bundle", type=Path, help="bundle folder, as vin-export writes it")
    parser.add_argument(
        "--pictures",
        type=Path,
        required=True,
        help="list of 'picture<TAB>VIN' lines, or a folder of pictures (no accuracy)",
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="also measure other readers on the same pictures (pip install 'vinedge[peers]')",
    )
    parser.add_argument("--seconds", type=_seconds, default=10.0, help="time for each part of the run (default 10)")
    parser.add_argument(
        "--threads", type=_count, default=usable_cpus(), help="most threads tried for pictures/s (default: CPUs usable)"
    )
    parser.add_argument(
        "--batches", type=_counts, default=(1, 4, 16), help="batch sizes for pictures/s (default 1,4,16)"
    )
    parser.add_argument("--out", type=Path, help="folder of the report (default runs/bench-NAME-DATE-TIME)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON on stdout instead of tables")
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds") from None
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.1 and 3600 seconds")
    return value


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number") from None
    if not 1 <= value <= 1024:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1024")
    return value


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted({_count(part) for part in text.split(",")}))


if __name__ == "__main__":
    sys.exit(main())
