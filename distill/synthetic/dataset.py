"""Many synthetic lines as files: pictures, PaddleOCR lists split by VIN, and what the generator knows of each.

    OUT/images/000000.png ...        pictures; `unseen_000000.png` ... show makers that no other picture shows
    OUT/train.txt val.txt test.txt   `path<TAB>VIN`; no VIN is in two of them
    OUT/test_unseen.txt              makers held out from the other three
    OUT/meta.jsonl                   path, vin, kind, split, boxes (17, 4) and centers (17, 2) in pixels
    OUT/contact_sheet.png            some of each kind, to look at
    OUT/vin-synth.json               the settings; also the mark by which `--force` knows that it may replace the folder

Files depend on the settings only, never on the number of workers. Everything is drawn into a sibling folder
that is renamed at the end, so an interrupted run leaves nothing behind.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vinedge.errors import VinEdgeError
from vinedge.manifest import write_list
from vinedge.version import __version__

from .contact_sheet import contact_sheet
from .generator import KINDS, Generator

MARK = "vin-synth.json"
SPLITS = ("train", "val", "test")
UNSEEN = "test_unseen"
# Lines drawn between two reports of progress; also what a worker takes at a time.
_CHUNK = 64

Row = dict[str, Any]


@dataclass(frozen=True)
class DatasetSettings:
    """What is drawn. `count` pictures go to train, val and test in the shares `splits`; as many pictures of
    held-out makers as test has come on top."""

    count: int
    seed: int = 0
    difficulty: float = 0.5
    kinds: tuple[str, ...] = KINDS
    splits: tuple[float, float, float] = (0.8, 0.1, 0.1)
    system_fonts: bool = False

    def check(self) -> None:
        """Raise `VinEdgeError` for values that cannot be drawn."""
        if self.count < 1:
            raise VinEdgeError(f"--count must be at least 1, got {self.count}")
        if min(self.splits) < 0 or abs(sum(self.splits) - 1) > 1e-6:
            shares = ",".join(f"{share:g}" for share in self.splits)
            raise VinEdgeError(f"--splits must be three shares that add up to 1 (as 0.8,0.1,0.1), got {shares}")
        self.generator()

    def generator(self, held_out_wmis: bool = False) -> Generator:
        return Generator(
            self.seed,
            difficulty=self.difficulty,
            kinds=self.kinds,
            held_out_wmis=held_out_wmis,
            system_fonts=self.system_fonts,
        )

    @property
    def unseen_count(self) -> int:
        return round(self.count * self.splits[2])


@dataclass(frozen=True)
class DatasetSummary:
    """What was written: pictures by split and by kind."""

    folder: Path
    by_split: dict[str, int]
    by_kind: dict[str, int]

    @property
    def pictures(self) -> int:
        return sum(self.by_split.values())


def check_target(out: Path, force: bool) -> None:
    """Raise `VinEdgeError` unless `out` may be written: it is new, empty, or a vin-synth folder and `force` is set."""
    if not out.exists():
        return
    if not out.is_dir():
        raise VinEdgeError(f"{out} is a file; give the name of a new folder")
    if not any(out.iterdir()):
        return
    if not (out / MARK).is_file():
        raise VinEdgeError(f"{out} is not empty and was not made by vin-synth; give the name of a new folder")
    if not force:
        raise VinEdgeError(f"{out} already holds a vin-synth set; add --force to replace it, or give another name")


def _split_of(vins: list[str], settings: DatasetSettings) -> dict[str, str]:
    """Assign every distinct VIN to a split, in an order that depends on the seed only."""
    distinct = sorted(set(vins))
    order = np.random.default_rng([settings.seed, len(distinct)]).permutation(len(distinct))
    edges = np.rint(np.cumsum(settings.splits) * len(distinct)).astype(int)
    return {
        distinct[position]: SPLITS[min(int(np.searchsorted(edges, rank, side="right")), len(SPLITS) - 1)]
        for rank, position in enumerate(order)
    }


def _draw_chunk(settings: DatasetSettings, held_out: bool, start: int, stop: int, folder: str) -> list[Row]:
    """Draw lines start..stop-1 into `folder/images` and return their rows of meta.jsonl, without the split."""
    cv2.setNumThreads(1)
    generator = settings.generator(held_out)
    rows: list[Row] = []
    for index in range(start, stop):
        line = generator.draw(index)
        path = f"images/{'unseen_' if held_out else ''}{index:06d}.png"
        _, data = cv2.imencode(".png", line.picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
        (Path(folder) / path).write_bytes(data.tobytes())
        boxes, centers = (np.round(values.astype(float), 2).tolist() for values in (line.boxes, line.centers))
        rows.append({"path": path, "vin": line.vin, "kind": line.kind, "boxes": boxes, "centers": centers})
    return rows


def _chunks(settings: DatasetSettings) -> Iterator[tuple[bool, int, int]]:
    for held_out, count in ((False, settings.count), (True, settings.unseen_count)):
        for start in range(0, count, _CHUNK):
            yield held_out, start, min(start + _CHUNK, count)


def _draw_all(settings: DatasetSettings, folder: Path, workers: int, progress: Callable[[int], None]) -> list[Row]:
    """Draw everything, reporting the pictures drawn so far, and return all rows in order."""
    chunks = list(_chunks(settings))
    drawn: dict[tuple[bool, int, int], list[Row]] = {}
    if workers == 1:
        threads = cv2.getNumThreads()
        try:
            for chunk in chunks:
                drawn[chunk] = _draw_chunk(settings, *chunk, str(folder))
                progress(len(drawn[chunk]))
        finally:
            cv2.setNumThreads(threads)
    else:
        # spawn: a fork would copy the locks of the progress display's thread.
        pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
        try:
            waiting = {pool.submit(_draw_chunk, settings, *chunk, str(folder)): chunk for chunk in chunks}
            for done in as_completed(waiting):
                drawn[waiting[done]] = done.result()
                progress(len(drawn[waiting[done]]))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return [row for chunk in chunks for row in drawn[chunk]]


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Yield a new sibling folder of `out` that takes its place when the block succeeds and vanishes when it fails."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as reason:
        raise VinEdgeError(f"cannot create {out}: {reason.strerror}; choose a folder that can be written") from None
    try:
        yield fresh
        fresh.chmod(0o755)
        if out.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
            out.rename(old / "set")
            fresh.rename(out)
            shutil.rmtree(old)
        else:
            fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_dataset(
    settings: DatasetSettings,
    out: Path,
    *,
    workers: int = 1,
    force: bool = False,
    progress: Callable[[int], None] = lambda drawn: None,
) -> DatasetSummary:
    """Draw the set of `settings` into folder `out` and return what was written.

    `progress` is called with the number of pictures just finished. Raises `VinEdgeError` when `out` may not be written.
    """
    settings.check()
    if workers < 1:
        raise VinEdgeError(f"--workers must be at least 1, got {workers}")
    out = out.absolute()
    check_target(out, force)
    with _replacing(out) as fresh:
        (fresh / "images").mkdir()
        rows = _draw_all(settings, fresh, workers, progress)
        seen = _split_of([row["vin"] for row in rows[: settings.count]], settings)
        for index, row in enumerate(rows):
            row["split"] = seen[row["vin"]] if index < settings.count else UNSEEN
        for split in (*SPLITS, UNSEEN):
            write_list(fresh / f"{split}.txt", [(row["path"], row["vin"]) for row in rows if row["split"] == split])
        with (fresh / "meta.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        cv2.imwrite(str(fresh / "contact_sheet.png"), _sheet_of(rows, fresh, settings.kinds))
        mark = {"made_by": f"vinedge {__version__}", **asdict(settings)}
        (fresh / MARK).write_text(json.dumps(mark, indent=1) + "\n", encoding="utf-8")
    by_split = Counter(row["split"] for row in rows)
    by_kind = Counter(row["kind"] for row in rows)
    return DatasetSummary(
        out, {split: by_split[split] for split in (*SPLITS, UNSEEN)}, {kind: by_kind[kind] for kind in settings.kinds}
    )


def _sheet_of(rows: list[Row], folder: Path, kinds: tuple[str, ...], most: int = 24) -> np.ndarray:
    """Return the contact sheet of the first `most` pictures of every kind."""
    chosen = {kind: [row for row in rows if row["kind"] == kind][:most] for kind in kinds}
    return contact_sheet(
        {
            kind: [(row["vin"], np.asarray(cv2.imread(str(folder / row["path"]), cv2.IMREAD_COLOR))) for row in of_kind]
            for kind, of_kind in chosen.items()
            if of_kind
        }
    )
