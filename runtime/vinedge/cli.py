"""vin-read: pictures, folders, videos or standard input -> one line for each picture, printed as it is read.

    args -> (name, pictures) -> Recognizer.read -> row (the JSON object) -> a line of text or of JSON

A picture that cannot be read becomes a row with an error and does not stop the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .command import run_command
from .errors import EXIT_BAD_INPUT, EXIT_NOTHING_READ, EXIT_OK, VinEdgeError
from .version import __version__

# numpy, OpenCV and the extension are imported in functions: `--help` and a mistyped flag answer at once.
if TYPE_CHECKING:
    import numpy as np

    from .recognizer import Reading, Recognizer

NAME = "vin-read"
STDIN = "-"
MAX_THREADS = 256  # ONNX Runtime starts as many as it is asked for; tens of thousands take a machine down

Row = dict[str, Any]

EPILOG = """\
A line of text holds the VIN (or -), its confidence (0 to 1), the state of its check digit (valid, invalid or
not_applicable) and the picture; where no VIN was read, what was read instead. Errors go to standard error.

A line of --json holds an object with path, vin, confidence, check_digit, raw (what was read before VIN rules
applied) and error; vin is null where 17 legal characters were not read, everything but path and error is null where
the picture could not be. Frames of a video carry frame (from 0) and time_s as well.

Of an animation or a multi-page picture the first frame is read. Of a video every frame is, and those that give a VIN
are printed, or the last one when none does. A folder's pictures are read in the order of their names, its sub-folders
are not. Transparent parts of a picture are taken for white, and it is turned upright as its Exif data ask.

exit codes:
  0  every picture (of a video: at least one frame) gave a VIN
  1  every picture could be opened, at least one gave no VIN
  2  bad input: a picture, folder, video, bundle or flag that cannot be used; the rest was read nevertheless
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run vin-read and return its exit code."""
    return run_command(NAME, _run, argv)


def _run(argv: Sequence[str] | None) -> int:
    args = _parser().parse_args(argv)
    from .picture import quiet_decoders
    from .recognizer import Recognizer

    with quiet_decoders():
        recognizer = Recognizer.from_bundle(args.bundle, engine=args.engine, threads=args.threads)
        show = _print_json if args.json else _print_text
        outcomes: Counter[int] = Counter()
        for row in _rows(args.inputs, recognizer):
            show(row)
            outcomes[EXIT_BAD_INPUT if row["error"] else EXIT_OK if row["vin"] else EXIT_NOTHING_READ] += 1
    if outcomes.total() > 1 and not args.json:
        print(_summary(outcomes), file=sys.stderr)
    return max(outcomes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Read the VIN from pictures of one text line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="PICTURE|FOLDER|VIDEO|-", help="what to read; - is one picture on standard input"
    )
    # A bundle shipped with the package will be the default here.
    parser.add_argument("--bundle", type=Path, required=True, help="folder written by vin-export")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--engine", default="auto", help="what runs the network (default: the best one available)")
    parser.add_argument("--threads", type=_threads, default=1, metavar="N", help="threads of one read (default: 1)")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _threads(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_THREADS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MAX_THREADS}")
    return int(text)


def _rows(inputs: Sequence[str], recognizer: Recognizer) -> Iterator[Row]:
    from .picture import pictures_in
    from .video import is_video

    for given in inputs:
        path = Path(given)
        if given == STDIN:
            yield _picture_row(STDIN, _picture_from_stdin, recognizer)
        elif path.is_dir():
            try:
                files = pictures_in(path)
            except VinEdgeError as mistake:
                yield _error_row(given, mistake)
                continue
            for file in files:
                yield _file_row(file, recognizer)
        elif is_video(path):
            yield from _video_rows(path, recognizer)
        else:
            yield _file_row(path, recognizer)


def _file_row(path: Path, recognizer: Recognizer) -> Row:
    from .picture import load_picture

    return _picture_row(str(path), lambda: load_picture(path), recognizer)


def _picture_from_stdin() -> np.ndarray:
    from .picture import MAX_FILE_BYTES, decode_picture

    return decode_picture(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), "on standard input")


def _picture_row(name: str, load: Callable[[], np.ndarray], recognizer: Recognizer) -> Row:
    try:
        return _reading_row(name, recognizer.read(load()))
    except VinEdgeError as mistake:
        return _error_row(name, mistake)


def _video_rows(path: Path, recognizer: Recognizer) -> Iterator[Row]:
    """Yield a row for every frame that gives a VIN; when none does, the last frame's, so that no input is silent."""
    from .video import frames_in

    found = False
    try:
        for frame in frames_in(path):
            row = _reading_row(str(path), recognizer.read(frame.picture))
            row |= {"frame": frame.number, "time_s": round(frame.time_s, 3)}
            if row["vin"]:
                found = True
                yield row
        if not found:
            yield row
    except VinEdgeError as mistake:
        yield _error_row(str(path), mistake)


def _reading_row(name: str, reading: Reading) -> Row:
    return {
        "path": name,
        "vin": reading.vin,
        "confidence": round(reading.confidence, 6),
        "check_digit": reading.check_digit,
        "raw": reading.raw,
        "error": None,
    }


def _error_row(name: str, mistake: VinEdgeError) -> Row:
    return {"path": name, "vin": None, "confidence": None, "check_digit": None, "raw": None, "error": str(mistake)}


def _print_json(row: Row) -> None:
    print(json.dumps(row), flush=True)


def _print_text(row: Row) -> None:
    if row["error"]:
        print(f"{NAME}: error: {row['error']}", file=sys.stderr)
        return
    place = f"{row['path']} at {row['time_s']:.2f} s" if "frame" in row else row["path"]
    read = "" if row["vin"] else f"  (read {row['raw']!r})"
    line = f"{row['vin'] or '-':<17}  {row['confidence']:.3f}  {row['check_digit'] or '-':<14}  {place}{read}"
    # A file name may hold bytes that are no text in this locale.
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def _summary(outcomes: Counter[int]) -> str:
    return (
        f"{NAME}: {outcomes[EXIT_OK]} VINs, {outcomes[EXIT_NOTHING_READ]} without a VIN, "
        f"{outcomes[EXIT_BAD_INPUT]} errors"
    )
