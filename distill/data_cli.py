"""vin-data: validate, count and look at labelled pictures in any format that `importers` knows.

    DATA... -> (split, rows) of each -> inspected rows -> report, statistics or contact sheet

The split of a file or folder is the first word of its name (train, val, test ...), or given as SPLIT=PATH.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vinedge.command import run_command
from vinedge.errors import EXIT_CHECK_FAILED, EXIT_OK, VinEdgeError
from vinedge.version import __version__

from . import importers

NAME = "vin-data"
# What train.txt, val_2.csv or test_unseen.txt is for; anything else is one split called "data".
_SPLIT = re.compile(r"(train|valid|validation|val|eval|dev|test)(?=[^A-Za-z0-9]|$)", re.I)
_LISTS = (".txt", ".tsv", ".csv")
# A sheet of 2,000 pictures is about as large as image viewers open.
MAX_COUNT = 2000

EPILOG = f"""\
DATA is a list, a CSV file, an LMDB or a folder; formats: {", ".join(importers.formats())} (detected, or --format). A
folder that holds train.txt, val.txt, test.txt or the like stands for those lists. SPLIT=PATH names the split; without
it, it is the first word of the name (train_b.txt belongs to train), or "data".
"""
VALIDATE_EPILOG = """\
Every finding is one line: row, kind, what is wrong. Exit codes: 0 no errors (there may be warnings), 3 rows with
errors, 2 data that cannot be read at all.
"""

Item = TypeVar("Item")


def main(argv: Sequence[str] | None = None) -> int:
    """Run vin-data and return its exit code."""
    return run_command(NAME, _run, argv)


def _run(argv: Sequence[str] | None) -> int:
    args = _parser().parse_args(argv)
    from vinedge.picture import quiet_decoders

    with quiet_decoders():
        return int(args.command(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME, description="Validate, count and preview labelled pictures.", epilog=EPILOG, formatter_class=_RAW
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    validate = _command(commands, "validate", _validate, "name every bad row", VALIDATE_EPILOG)
    stats = _command(commands, "stats", _stats, "count rows, sizes, symbols, makers, check digits, overlaps", EPILOG)
    preview = _command(commands, "preview", _preview, "draw a contact sheet of pictures with their labels", EPILOG)
    for inspecting in (validate, stats):
        inspecting.add_argument("--workers", type=_count, metavar="N", help="threads (default: one a core)")
    preview.add_argument("-o", "--out", type=Path, default=Path("preview.png"), help="sheet to write (preview.png)")
    preview.add_argument(
        "--count", type=_count, default=60, metavar="N", help="pictures, drawn by --seed (default: 60)"
    )
    preview.add_argument(
        "--columns", type=_count, default=4, metavar="N", help="pictures beside one another (default: 4)"
    )
    return parser


_RAW = argparse.RawDescriptionHelpFormatter


def _command(commands: object, name: str, run: object, help_text: str, epilog: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined]
        name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.", epilog=epilog, formatter_class=_RAW
    )
    parser.set_defaults(command=run)
    parser.add_argument("data", nargs="+", metavar="[SPLIT=]DATA", help="lists, CSV files, LMDBs or folders")
    parser.add_argument("--format", choices=importers.formats(), help="format of all DATA (default: detected)")
    parser.add_argument("--root", type=Path, metavar="FOLDER", help="what the lists' paths are relative to")
    parser.add_argument("--ratio", metavar="R,R...", help="share of each DATA to use, one or one for each (default: 1)")
    parser.add_argument(
        "--seed", type=int, default=0, help="for --ratio and for the pictures of a preview (default: 0)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_COUNT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MAX_COUNT}")
    return int(text)


# ---- data -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One file or folder of rows, the split it belongs to, and the share of it that is used."""

    split: str
    path: Path
    ratio: float


def parts_from(data: Sequence[str], ratio: str | None) -> list[Part]:
    """Return the parts that the command line names, folders of lists replaced by their lists."""
    ratios = [_number(text) for text in (ratio or "1").split(",")]
    if len(ratios) not in (1, len(data)):
        raise VinEdgeError(f"--ratio has {len(ratios)} numbers for {len(data)} DATA; give one, or one for each")
    parts = []
    for index, given in enumerate(data):
        name, equals, rest = given.partition("=")
        named = bool(equals) and re.fullmatch(r"\w+", name) is not None and not Path(given).exists()
        path = Path(rest if named else given)
        share = ratios[index % len(ratios)]
        lists = _lists_in(path) if path.is_dir() and not named else []
        if lists:
            parts += [Part(_split_of(inner), inner, share) for inner in lists]
        else:
            parts.append(Part(name if named else _split_of(path), path, share))
    return parts


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise VinEdgeError(f"--ratio {text!r} is not a number; give shares such as 1,0.5") from None


def _lists_in(folder: Path) -> list[Path]:
    try:
        files = sorted(folder.iterdir())
    except OSError as reason:
        raise VinEdgeError(f"cannot list folder {folder}: {reason.strerror}; check its permissions") from None
    return [file for file in files if file.suffix.lower() in _LISTS and _SPLIT.match(file.stem)]


def _split_of(path: Path) -> str:
    word = _SPLIT.match(path.name)
    return word[1].lower() if word else "data"


def _rows(args: argparse.Namespace) -> Iterator[tuple[str, importers.Row]]:
    count = 0
    for part in parts_from(args.data, args.ratio):
        for row in importers.draw(importers.rows(part.path, args.format, args.root), part.ratio, args.seed):
            count += 1
            yield part.split, row
    if not count:
        raise VinEdgeError(f"{', '.join(args.data)} holds no rows; check the path")


def _counted(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items; on long work say on stderr every few seconds how many there were."""
    began = said = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - said > 3:
            said = now
            print(f"{NAME}: {done} rows, {done / (now - began):.0f} a second", file=sys.stderr, flush=True)


# ---- commands -------------------------------------------------------------------------------------------------------


def _validate(args: argparse.Namespace) -> int:
    from .inspection import inspect_all
    from .validation import text_from_report, validate

    report = validate(_counted(inspect_all(_rows(args), args.workers)))
    print(json.dumps(report.as_json(), ensure_ascii=False) if args.json else text_from_report(report))
    return EXIT_CHECK_FAILED if report.errors else EXIT_OK


def _stats(args: argparse.Namespace) -> int:
    from .data_stats import statistics, text_from_statistics
    from .inspection import inspect_all

    found = statistics(_counted(inspect_all(_rows(args), args.workers)))
    print(json.dumps(found, ensure_ascii=False) if args.json else text_from_statistics(found))
    return EXIT_OK


def _preview(args: argparse.Namespace) -> int:
    from .preview import contact_sheet, draw_sample, write_sheet

    samples = draw_sample((row for _, row in _counted(_rows(args))), args.count, args.seed)
    if not samples:
        raise VinEdgeError(f"{', '.join(args.data)} holds no usable row; vin-data validate names what is wrong")
    write_sheet(args.out, contact_sheet(samples, args.columns))
    if args.json:
        print(json.dumps({"sheet": str(args.out), "pictures": len(samples)}))
    else:
        print(f"wrote {args.out} with {len(samples)} pictures")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
