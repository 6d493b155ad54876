"""Pseudo-labels: what is kept and refused, the cache that makes runs resumable, and the files that are written."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from vinedge.distill.gate import Gate
from vinedge.distill.pseudo import CHUNK, PseudoLabel, judge_pictures, label_pictures, write_labels, write_provenance
from vinedge.distill.teachers import TeacherReading
from vinedge.errors import VinEdgeError
from vinedge.manifest import read_list

VALID, UNCHECKED, INVALID = "1M8GDM9AXKP042788", "WVWZZZ1KZAW000001", "1M8GDM9A1KP042788"
SAID = [
    TeacherReading(f"*{VALID}*", 0.8),
    TeacherReading(UNCHECKED, 0.95),
    TeacherReading(UNCHECKED, 0.8),
    TeacherReading(INVALID, 1.0),
    TeacherReading("TOO SHORT", 0.9),
]


class Oracle:
    """A teacher that answers by the gray value of the picture, and counts what it was shown."""

    def __init__(self, identity: str = "oracle@1", fail_at: int | None = None) -> None:
        self.identity = identity
        self.shown = 0
        self._fail_at = fail_at

    def read(self, pictures: Sequence[np.ndarray]) -> list[TeacherReading]:
        if self._fail_at is not None and self.shown >= self._fail_at:
            raise KeyboardInterrupt
        self.shown += len(pictures)
        return [SAID[int(picture[0, 0, 0]) % len(SAID)] for picture in pictures]


def pictures(folder: Path, count: int) -> list[Path]:
    """Write `count` pictures of different bytes; picture k makes the oracle say `SAID[k % 5]`."""
    paths = []
    for k in range(count):
        paths.append(folder / f"{k:03d}.png")
        cv2.imwrite(str(paths[-1]), np.full((8, 8 + k // 5, 3), k % 5, np.uint8))
    return paths


def test_kept_and_refused(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 10)
    told: list[tuple[int, int]] = []
    labels = label_pictures(Oracle(), paths, Gate(), progress=lambda done, total: told.append((done, total)))
    assert labels.kept == [
        (paths[0], VALID, 0.8),
        (paths[1], UNCHECKED, 0.95),
        (paths[5], VALID, 0.8),
        (paths[6], UNCHECKED, 0.95),
    ]
    assert labels.refused == Counter(low_confidence_unchecked=2, check_digit_invalid=2, too_short=2)
    assert told == [(done, 10) for done in range(1, 11)]


def test_unreadable_pictures_are_counted_and_do_not_stop_the_rest(tmp_path: Path) -> None:
    good = pictures(tmp_path, 1)[0]
    broken, twin = tmp_path / "broken.png", tmp_path / "twin.png"
    broken.write_bytes(good.read_bytes()[:-20])
    twin.write_bytes(broken.read_bytes())
    labels = label_pictures(Oracle(), [broken, tmp_path / "missing.png", twin, good], Gate())
    assert [label.path for label in labels.kept] == [good]
    assert labels.refused == Counter(unreadable_picture=3)
    errors = [one.error for one in labels.judgements]
    assert errors[3] is None
    assert all(
        error and path.name in error for error, path in zip(errors, [broken, tmp_path / "missing.png"], strict=False)
    )


def test_a_second_run_reads_nothing_even_with_another_gate_or_other_names(tmp_path: Path) -> None:
    paths, cache = pictures(tmp_path, 20), tmp_path / "deep/er/readings.sqlite"
    first = label_pictures(Oracle(), paths, Gate(), cache=cache)
    again = Oracle()
    assert label_pictures(again, paths, Gate(), cache=cache) == first
    assert again.shown == 0
    looser = label_pictures(again, paths, Gate(0, 0), cache=cache)
    assert again.shown == 0 and len(looser.kept) > len(first.kept)
    moved = paths[0].rename(tmp_path / "moved.png")
    assert label_pictures(again, [moved], Gate(), cache=cache).kept == [PseudoLabel(moved, VALID, 0.8)]
    assert again.shown == 0


def test_another_teacher_and_a_changed_picture_are_read_anew(tmp_path: Path) -> None:
    paths, cache = pictures(tmp_path, 5), tmp_path / "readings.sqlite"
    label_pictures(Oracle(), paths, Gate(), cache=cache)
    other = Oracle("oracle@2")
    label_pictures(other, paths, Gate(), cache=cache)
    assert other.shown == 5
    cv2.imwrite(str(paths[0]), np.full((9, 9, 3), 1, np.uint8))
    changed = Oracle()
    assert label_pictures(changed, paths, Gate(), cache=cache).kept[0].vin == UNCHECKED
    assert changed.shown == 1


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    paths, cache = pictures(tmp_path, 3 * CHUNK), tmp_path / "readings.sqlite"
    with pytest.raises(KeyboardInterrupt):
        label_pictures(Oracle(fail_at=2 * CHUNK), paths, Gate(), cache=cache)
    rest = Oracle()
    resumed = label_pictures(rest, paths, Gate(), cache=cache)
    assert rest.shown == CHUNK
    assert resumed == label_pictures(Oracle(), paths, Gate())


def test_judging_streams(tmp_path: Path) -> None:
    """Millions of pictures must not be read before the first judgement comes out."""
    teacher = Oracle()
    stream = judge_pictures(teacher, iter(pictures(tmp_path, 5 * CHUNK)), Gate())
    assert next(stream).verdict
    assert teacher.shown == CHUNK


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at" * 10, None])
def test_a_foreign_cache_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    cache = tmp_path / "readings.sqlite"
    if content:
        cache.write_bytes(content)
    else:
        with sqlite3.connect(cache) as database:
            database.execute("CREATE TABLE readings (something_else TEXT)")
    with pytest.raises(VinEdgeError, match=r"cannot use .*readings\.sqlite as a cache .*; delete it or name another"):
        label_pictures(Oracle(), pictures(tmp_path, 1), Gate(), cache=cache)


def test_labels_are_a_list_that_training_reads(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "run").mkdir()
    labels = label_pictures(Oracle(), pictures(tmp_path / "data", 10), Gate())
    write_labels(tmp_path / "run/labels.txt", labels.kept)
    samples = read_list(tmp_path / "run/labels.txt")
    assert [(sample.path.resolve(), sample.vin) for sample in samples] == [(one.path, one.vin) for one in labels.kept]
    assert (tmp_path / "run/labels.txt").read_text().startswith("../data/000.png\t")


def test_provenance_says_who_said_what_and_why_it_is_no_label(tmp_path: Path) -> None:
    missing = tmp_path / "missing.png"
    labels = label_pictures(Oracle(), [*pictures(tmp_path, 4), missing], Gate())
    write_provenance(tmp_path / "provenance.jsonl", labels.judgements)
    records = [json.loads(line) for line in (tmp_path / "provenance.jsonl").read_text().splitlines()]
    assert [record["refusal"] for record in records] == [
        None,
        None,
        "low_confidence_unchecked",
        "check_digit_invalid",
        "unreadable_picture",
    ]
    first, last = records[0], records[-1]
    assert (first["teacher"], first["text"], first["confidence"]) == ("oracle@1", f"*{VALID}*", 0.8)
    assert (first["vin"], first["check_digit"], first["changes"]) == (VALID, "valid", ["dropped frame marks"])
    assert len(first["sha256"]) == 64
    assert (last["sha256"], last["text"], last["vin"]) == (None, None, None)
    assert last["error"] == f"picture {missing} does not exist; check its path"


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"cannot write .*labels\.txt"):
        write_labels(tmp_path / "no_such_folder/labels.txt", [])
    (tmp_path / "labels.txt").mkdir()
    with pytest.raises(VinEdgeError, match=r"cannot write .*labels\.txt"):
        write_labels(tmp_path / "labels.txt", [PseudoLabel(tmp_path / "x.png", VALID, 1.0)])
    assert [path.name for path in tmp_path.iterdir()] == ["labels.txt"]
