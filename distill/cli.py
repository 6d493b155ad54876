"""vin-distill: train a student; `vin-distill evaluate`: measure a checkpoint on labelled pictures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vinedge.command import run_command
from vinedge.errors import EXIT_INTERRUPTED, EXIT_OK, VinEdgeError
from vinedge.extras import require_extra

if TYPE_CHECKING:
    from .run_folder import RunFolder
    from .settings import Settings

NAME = "vin-distill"


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(NAME, _run, argv)


def _run(argv: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["evaluate"]:
        return _evaluate(_evaluate_parser().parse_args(arguments[1:]))
    return _train(_train_parser().parse_args(arguments))


def _train_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Train a student that reads VINs, on synthetic, labelled and teacher-labelled pictures.",
        epilog=f"'{NAME} evaluate CHECKPOINT --pictures LIST' measures a checkpoint; see '{NAME} evaluate --help'. "
        "Ctrl-C finishes the step and saves; the same command with --resume goes on from there.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, YAML (see configs/)")
    parser.add_argument(
        "-o", dest="overrides", action="append", default=[], metavar="Section.key=value", help="override one setting"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="run folder (default: runs/<name of the settings>)")
    parser.add_argument("--resume", action="store_true", help="go on with the run that lies in the run folder")
    parser.add_argument(
        "--require-gap", action="store_true", help="fail unless the Distillation.teacher reads better than the student"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)  # one process of a prepared run
    return parser


def _evaluate_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{NAME} evaluate", description="Measure a checkpoint on labelled pictures.")
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="folder such as runs/demo/best")
    parser.add_argument(
        "--pictures", type=Path, required=True, metavar="LIST", help="labelled pictures: picture<TAB>VIN"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _train(args: argparse.Namespace) -> int:
    require_extra("distill", NAME)
    from .parallel import inside_group, run_processes, this_command
    from .prepare import prepare

    if args.worker:
        return _train_here(args)
    settings, folder = _run_from(args)
    args.out = folder.path
    if inside_group():  # by paddle.distributed.launch
        return _train_here(args, settings)
    prepare(settings, folder, resume=args.resume)
    if settings.Global.processes == 1:
        return _train_here(args)
    options = ["--worker", "--out", str(folder.path), *(["--json"] if args.json else [])]
    return run_processes(this_command(options), settings.Global.processes)


def _run_from(args: argparse.Namespace) -> tuple[Settings, RunFolder]:
    """Return the settings and the folder that the arguments mean."""
    from .prepare import saved_settings
    from .run_folder import RunFolder
    from .settings_yaml import load_settings

    overrides = [*args.overrides, *(["Distillation.require_gap=true"] if args.require_gap else [])]
    if args.config is not None:
        settings = load_settings(args.config, overrides)
        return settings, RunFolder(args.out or Path(settings.Global.save_model_dir or f"runs/{args.config.stem}"))
    if args.resume and args.out:
        folder = RunFolder(args.out)
        return saved_settings(folder, overrides), folder
    raise VinEdgeError("give --config FILE to start a run (configs/demo.yml is one), or --out FOLDER --resume to go on")


def _train_here(args: argparse.Namespace, unprepared: Settings | None = None) -> int:
    """Train in this process, which may be one of several; process 0 prepares what nobody has prepared yet."""
    from .paddle_setup import prepare_paddle
    from .parallel import join_group
    from .prepare import prepare, saved_settings
    from .run_folder import RunFolder

    folder = RunFolder(args.out)
    use_gpu = (unprepared or saved_settings(folder, [])).Global.use_gpu
    prepare_paddle(use_gpu=use_gpu)
    from .session import train

    group = join_group(use_gpu=use_gpu)
    if unprepared is not None:
        if group.rank == 0:
            prepare(unprepared, folder, resume=args.resume)
        group.wait()
    summary = train(folder, group)
    if group.rank == 0:
        print(summary, file=sys.stderr if args.json else sys.stdout)
        if args.json:
            print(json.dumps(summary.as_json()))
    return EXIT_INTERRUPTED if summary.ending == "interrupted" else EXIT_OK


def _evaluate(args: argparse.Namespace) -> int:
    require_extra("distill", NAME)
    from .paddle_setup import prepare_paddle

    prepare_paddle()
    from .evaluation import evaluate_checkpoint

    report = evaluate_checkpoint(args.checkpoint, args.pictures)
    print(json.dumps(report.as_json()) if args.json else report)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
