"""Unlabelled pictures + teacher + gate -> pseudo-labels, with a record of every reading.

    labels = label_pictures(teacher, pictures_in(folder), Gate(), cache=run / "teacher_readings.sqlite")
    labels.kept       # [PseudoLabel(path, vin, confidence), ...]
    labels.refused    # Counter({"low_confidence": 12, ...}), reasons as in gate.REFUSALS and `unreadable_picture`

Readings are cached before they are judged, so an interrupted run goes on where it stopped, and judging
again with another gate costs no reading.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vinedge.atomic import replacing
from vinedge.errors import VinEdgeError
from vinedge.picture import decode_picture

from .gate import Gate, Verdict
from .importers import picture_bytes
from .teachers import Teacher, TeacherReading
from .teachers._cache import ReadingCache

UNREADABLE = "unreadable_picture"
# Pictures in memory, and readings stored, at a time: a kill loses at most this many readings, half a second's work.
CHUNK = 16


class PseudoLabel(NamedTuple):
    """A picture with the label that the gate let through, and the teacher's confidence in it."""

    path: Path
    vin: str
    confidence: float


@dataclass(frozen=True)
class Judgement:
    """What became of one picture: the teacher's reading and the gate's verdict, or the `error` of an unreadable one."""

    path: Path
    sha256: str | None
    teacher: str
    reading: TeacherReading | None
    verdict: Verdict | None
    error: str | None = None

    @property
    def refusal(self) -> str | None:
        """Why there is no label; None when there is one."""
        return self.verdict.refusal if self.verdict else UNREADABLE

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain data: who said what of which picture, and why it is a label or none."""
        reading, verdict = self.reading, self.verdict
        return {
            "path": str(self.path),
            "sha256": self.sha256,
            "teacher": self.teacher,
            "text": reading.text if reading else None,
            "confidence": round(reading.confidence, 6) if reading else None,
            "vin": verdict.vin if verdict else None,
            "refusal": self.refusal,
            "check_digit": verdict.check_digit if verdict else None,
            "changes": list(verdict.changes) if verdict else [],
            "error": self.error,
        }


@dataclass(frozen=True)
class PseudoLabels:
    """All judgements in the order of the pictures, and the two views of them that training needs."""

    judgements: tuple[Judgement, ...]

    @property
    def kept(self) -> list[PseudoLabel]:
        return [
            PseudoLabel(one.path, one.verdict.vin, one.reading.confidence)
            for one in self.judgements
            if one.reading and one.verdict and one.verdict.vin
        ]

    @property
    def refused(self) -> Counter[str]:
        return Counter(one.refusal for one in self.judgements if one.refusal)


def label_pictures(
    teacher: Teacher,
    paths: Sequence[Path],
    gate: Gate,
    *,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PseudoLabels:
    """Have `teacher` read every picture, and `gate` judge the readings; an unreadable picture does not stop the rest.

    `cache` is a file of earlier readings (made when missing); `progress` is told pictures done and in all.
    """
    judgements = []
    for judgement in judge_pictures(teacher, paths, gate, cache=cache):
        judgements.append(judgement)
        if progress:
            progress(len(judgements), len(paths))
    return PseudoLabels(tuple(judgements))


def judge_pictures(
    teacher: Teacher, paths: Iterable[Path], gate: Gate, *, cache: Path | None = None
) -> Iterator[Judgement]:
    """Yield one judgement a picture, in order; the streamed form of `label_pictures`, in constant memory."""
    known = ReadingCache(cache, teacher.identity) if cache else None
    with closing(known) if known else nullcontext():
        remaining = iter(paths)
        while chunk := list(islice(remaining, CHUNK)):
            yield from _judge(teacher, chunk, gate, known)


def _judge(teacher: Teacher, paths: Sequence[Path], gate: Gate, known: ReadingCache | None) -> Iterator[Judgement]:
    files: dict[Path, str] = {}  # path -> sha256
    errors: dict[Path, str] = {}
    data: dict[str, bytes] = {}  # sha256 -> the file
    for path in paths:
        try:
            content = picture_bytes(path)
            files[path] = hashlib.sha256(content).hexdigest()
            data[files[path]] = content
        except VinEdgeError as fault:
            errors[path] = str(fault)
    readings = known.find(data) if known else {}
    pictures: dict[str, np.ndarray] = {}
    for path, sha256 in files.items():
        if sha256 not in readings and sha256 not in pictures:
            try:
                pictures[sha256] = decode_picture(data[sha256], str(path))
            except VinEdgeError as fault:
                errors[path] = str(fault)
    fresh = dict(zip(pictures, teacher.read(list(pictures.values())), strict=True)) if pictures else {}
    if known and fresh:
        known.add(fresh)
    readings |= fresh
    for path in paths:
        reading = readings.get(files.get(path, ""))
        verdict = gate.judge(reading) if reading else None
        yield Judgement(path, files.get(path), teacher.identity, reading, verdict, errors.get(path))


def write_labels(path: Path, kept: Iterable[PseudoLabel]) -> None:
    """Write the labels as a PaddleOCR list with paths relative to the list's folder, atomically."""
    folder = path.parent.resolve()
    _write(path, (f"{os.path.relpath(label.path.resolve(), folder)}\t{label.vin}\n" for label in kept))


def write_provenance(path: Path, judgements: Iterable[Judgement]) -> None:
    """Write one JSON object a picture and line, kept and refused alike, atomically."""
    _write(path, (json.dumps(judgement.as_json(), ensure_ascii=False) + "\n" for judgement in judgements))


def _write(path: Path, lines: Iterable[str]) -> None:
    try:
        with replacing(path) as fresh, fresh.open("w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as reason:
        raise VinEdgeError(f"cannot write {path}: {reason.strerror}; check the folder and its permissions") from None
