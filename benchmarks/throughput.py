"""Scenario, pictures a second: by batch size, by callers (Python threads that share one recognizer), by engine threads.

Each point is measured in `SLICES` short slices; the slices of all points alternate in random order, so that a
machine that slows down during the run slows all points alike. The interval is the bootstrap over a point's slices.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .document import estimate_entry
from .estimates import Estimate, bootstrap
from .latency import collector_paused
from .run import Run
from .subject import Reader

SLICES = 20


@dataclass(frozen=True)
class Point:
    """One way of reading many pictures: `batch` pictures a call, `callers` Python threads, `engine_threads`."""

    batch: int
    callers: int
    engine_threads: int


@dataclass(frozen=True)
class Rate:
    """Pictures a second at one point."""

    point: Point
    pictures_per_s: Estimate


def points(batches: Sequence[int], threads: int) -> list[Point]:
    """Return what is measured: the batches on one thread, then 2, 4, ... `threads` callers, then engine threads."""
    counts = sorted({threads, *itertools.takewhile(lambda n: n <= threads, (2**k for k in itertools.count(1)))} - {1})
    return [
        *(Point(batch, 1, 1) for batch in batches),
        *(Point(1, count, 1) for count in counts),
        *(Point(1, 1, count) for count in counts),
    ]


def measure(run: Run) -> dict[str, Any]:
    """Scenario: return the entry of the results document; all points share the seconds of the settings."""
    wanted = points(run.settings.batches, run.settings.threads)
    seconds = run.settings.seconds / len(wanted)
    with run.watched("throughput") as load:
        rates = measure_throughput(
            run.subject.open, run.pixels, wanted, seconds, run.rng("throughput"), run.told("throughput")
        )
    return {
        "seconds_per_point": round(seconds, 3),
        "points": [{**asdict(rate.point), "pictures_per_s": estimate_entry(rate.pictures_per_s)} for rate in rates],
        "load": load,
    }


def measure_throughput(
    open_reader: Callable[[int], Reader],
    pictures: Sequence[np.ndarray],
    wanted: Sequence[Point],
    seconds: float,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
) -> list[Rate]:
    """Measure every wanted point for `seconds` in all; `open_reader(threads)` is called once a thread count."""
    readers = {threads: open_reader(threads) for threads in sorted({point.engine_threads for point in wanted})}
    slices: list[list[float]] = [[] for _ in wanted]
    turns = [place for _ in range(SLICES) for place in rng.permutation(len(wanted)).tolist()]
    with ThreadPoolExecutor(max(point.callers for point in wanted)) as pool, collector_paused():
        # Round 0 is not kept: the first call of a new batch size allocates.
        for done, place in enumerate([*range(len(wanted)), *turns]):
            point = wanted[place]
            order = [pictures[index] for index in rng.permutation(len(pictures))]
            rate = _slice(pool, readers[point.engine_threads], point, order, seconds / SLICES)
            if done >= len(wanted):
                slices[place].append(rate)
            progress((done + 1) / (len(turns) + len(wanted)))
    rates = [bootstrap(np.array(values), lambda drawn: float(drawn.mean())) for values in slices]
    return [Rate(point, rate) for point, rate in zip(wanted, rates, strict=True)]


def _slice(
    pool: ThreadPoolExecutor, reader: Reader, point: Point, order: Sequence[np.ndarray], seconds: float
) -> float:
    """Return pictures a second of all callers together; they start together and read for `seconds` each."""
    together = threading.Barrier(point.callers)

    def call(caller: int) -> float:
        # Callers start at different places of the same order: no two read the same picture at the same time.
        turn = itertools.islice(itertools.cycle(order), caller * len(order) // point.callers, None)
        together.wait()
        done = 0
        start = time.perf_counter()
        while True:
            if point.batch == 1:
                reader.read(next(turn))
            else:
                reader.read_batch(list(itertools.islice(turn, point.batch)))
            done += point.batch
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return done / elapsed

    return sum(pool.map(call, range(point.callers)))
