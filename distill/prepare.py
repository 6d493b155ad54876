"""What happens once before training starts: run folder, settings, lists and teachers checked, pictures labelled.

No Paddle here, unless a teacher's outputs are to be distilled (it is then tried first, see `rehearsal.py`): the
processes that train are started afterwards and read everything from the run folder.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vinedge import registry
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample, read_list
from vinedge.picture import pictures_in

from . import importers, teachers
from .checkpoint import read_json, weights_sha256
from .gate import Gate
from .progress import counter, reporter
from .run_folder import RunFolder
from .settings import Settings
from .settings_yaml import settings_from_text, text_from_settings
from .sources import check_samples

# What may differ between the parts of a resumed run, because no weight depends on it.
FREE_ON_RESUME = (
    *("Global.max_minutes", "Global.save_model_dir", "Global.print_batch_step", "Train.loader.num_workers"),
    "Distillation.teacher",  # its place; that its weights are the same is checked
)


def saved_settings(folder: RunFolder, overrides: list[str]) -> Settings:
    """Return the settings of the run that lies in `folder`."""
    if not folder.settings.exists():
        raise VinEdgeError(f"{folder.path} holds no run to resume (no settings.yml); start one with --config")
    return settings_from_text(folder.settings.read_text(encoding="utf-8"), str(folder.settings), overrides)


def prepare(settings: Settings, folder: RunFolder, *, resume: bool) -> None:
    """Make or check the run folder, and have the teacher label what it shall label; quick when that is done."""
    if resume:
        _check_same_run(saved_settings(folder, []), settings, folder)
        _check_same_teacher(settings, folder)
    else:
        labelled_samples(settings)
        samples = validation_samples(settings)
        tried = _try_teacher(settings, samples)
        folder.create()
        if tried is not None:
            document, said = tried
            folder.write(folder.distillation, json.dumps(document, indent=1) + "\n")
            folder.log(said)
    folder.write(folder.settings, text_from_settings(settings))
    if settings.Teacher.name is not None and not folder.pseudo_labels.exists():
        _label(settings, folder)


def labelled_samples(settings: Settings) -> list[Sample]:
    """Return the training samples of the settings' lists."""
    data = settings.Train.dataset
    samples = importers.read_samples(
        [Path(name) for name in data.label_file_list],
        root=Path(data.data_dir) if data.data_dir else None,
        ratios=data.ratio_list,
        seed=settings.Global.seed,
    )
    if data.label_file_list:
        check_samples(samples, "Train.dataset.label_file_list")
    return samples


def pseudo_samples(settings: Settings, folder: RunFolder) -> list[Sample]:
    return read_list(folder.pseudo_labels) if settings.Teacher.name is not None else []


def validation_samples(settings: Settings) -> list[Sample]:
    data = settings.Eval.dataset
    root = Path(data.data_dir) if data.data_dir else None
    samples = importers.read_samples([Path(name) for name in data.label_file_list], root=root)
    if data.label_file_list:
        check_samples(samples, "Eval.dataset.label_file_list")
    return samples


def _check_same_run(saved: Settings, given: Settings, folder: RunFolder) -> None:
    """Raise when a resumed run would not be the run that was begun."""
    differing = [
        path
        for (path, one), (_, other) in zip(_flat(saved), _flat(given), strict=True)
        if one != other and path not in FREE_ON_RESUME
    ]
    if differing:
        raise VinEdgeError(
            f"{folder.path} was begun with another value of {', '.join(differing)}; resume it with the settings it "
            f"was begun with (leave --config away to use those), or choose another --out"
        )


def _try_teacher(settings: Settings, samples: list[Sample]) -> tuple[dict[str, Any], str] | None:
    """Return what `distillation.json` and the log say of the teacher to distill from; None where there is none."""
    chosen = settings.Distillation
    if chosen.teacher is None:
        return None
    from .paddle_setup import prepare_paddle

    prepare_paddle(use_gpu=settings.Global.use_gpu)
    from .rehearsal import rehearse

    report = reporter(0)
    report.say(f"{chosen.teacher} and {settings.Student.name} at its start read the validation set ...")
    gap = rehearse(settings, samples)
    said = (
        f"teacher {chosen.teacher} reads {gap.teacher.exact} of {gap.lines} exactly, {settings.Student.name} at its "
        f"start {gap.student.exact}: a gap of {gap.points:.1f} points"
    )
    if gap.points <= 100 * chosen.margin:
        said += (
            f", not more than Distillation.margin ({100 * chosen.margin:.1f} points); such a teacher has little to "
            f"teach: train it longer, or choose a better one"
        )
        if chosen.require_gap:
            raise VinEdgeError(said)
        said = f"warning: {said}"
    report.say(said)
    return {"teacher": chosen.teacher, "weights_sha256": weights_sha256(Path(chosen.teacher)), **gap.as_json()}, said


def _check_same_teacher(settings: Settings, folder: RunFolder) -> None:
    """Raise when the teacher of a resumed run is not the one that it was begun with: its weights, not its place."""
    teacher = settings.Distillation.teacher
    if teacher is None:
        return
    begun_with = read_json(folder.distillation).get("weights_sha256", "")
    found = weights_sha256(Path(teacher))
    if found != begun_with:
        raise VinEdgeError(
            f"Distillation.teacher {teacher} has weights {found[:8]}..., {folder.path} was begun with {begun_with[:8]}"
            f"...; give the folder of that teacher with -o Distillation.teacher=..., or start another run"
        )


def _flat(settings: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            yield from _flat(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, value


def _label(settings: Settings, folder: RunFolder) -> None:
    """Write the run's `pseudo_labels.txt` from the teacher's readings of the unlabelled pictures."""
    from .pseudo import label_pictures, write_labels, write_provenance

    wanted = settings.Teacher
    teacher = registry.load(teachers, wanted.name or "").build()
    paths = list(_unlabelled_pictures(settings))
    gate = Gate(wanted.confidence, wanted.confidence_unchecked)
    progress = counter(f"{wanted.name} reads unlabelled pictures")
    labels = label_pictures(teacher, paths, gate, cache=folder.path / "teacher_readings.sqlite", progress=progress)
    write_provenance(folder.path / "teacher.jsonl", labels.judgements)
    write_labels(folder.pseudo_labels, labels.kept)
    refused = ", ".join(f"{reason} {count}" for reason, count in labels.refused.most_common())
    text = (
        f"{wanted.name} read {len(paths)} unlabelled pictures: {len(labels.kept)} readings kept as labels, "
        f"{labels.refused.total()} refused{f' ({refused})' if refused else ''}"
    )
    reporter(0).say(text)
    folder.log(text)


def _unlabelled_pictures(settings: Settings) -> Iterator[Path]:
    """Yield the pictures of the unlabelled folders and lists (a path a line, relative to
    the list's folder; what stands after a tab is not looked at)."""
    for name in settings.Train.dataset.unlabelled:
        path = Path(name)
        if path.is_file():
            yield from _listed(path)
        else:
            yield from pictures_in(path)


def _listed(path: Path) -> Iterator[Path]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise VinEdgeError(f"cannot read {path} of Train.dataset.unlabelled: {reason}") from None
    for line in text.splitlines():
        if line.strip():
            yield path.parent / line.partition("\t")[0].strip()
