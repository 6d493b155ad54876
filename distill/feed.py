"""Batches in order: step s of process r of R gets lines (s * R + r) * N to (s * R + r + 1) * N - 1 of the mixture.

The processes of one run therefore never see the same line, and together they see the same lines whatever the
number of drawing workers. Workers are separate Python processes (drawing holds the GIL) that never import Paddle.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.preprocess import InputSpec

from .batch import Batch, batch_from_lines
from .settings import Settings
from .sources import Mixture, PictureLines, Source, SyntheticLines


@dataclass(frozen=True)
class Lists:
    """Pictures with labels from files: those the user gave, and those a teacher labeled."""

    labelled: tuple[Sample, ...] = ()
    pseudo: tuple[Sample, ...] = ()


def mixture_from(settings: Settings, lists: Lists) -> Mixture:
    """Return the training lines that the settings describe."""
    data, seed = settings.Train.dataset, settings.Global.seed
    spec = InputSpec(settings.Student.height, settings.Student.width)
    sources: list[Source] = []
    weights = []
    if data.shares.synthetic:
        sources.append(SyntheticLines(spec, data.synthetic.seed, data.synthetic.difficulty, data.synthetic.kinds))
        weights.append(data.shares.synthetic)
    for kind, (samples, weight) in enumerate(
        ((lists.labelled, data.shares.labelled), (lists.pseudo, data.shares.pseudo))
    ):
        if samples and weight:
            sources.append(PictureLines(samples, spec, seed + kind, data.augment))
            weights.append(weight)
    if not sources:
        raise VinEdgeError(
            "there is nothing to train on: no picture was labelled with confidence and "
            "Train.dataset.shares.synthetic is 0; lower Teacher.confidence or give synthetic lines a share"
        )
    return Mixture(sources, weights)


class Feed:
    """The batches of one training process."""

    def __init__(self, settings: Settings, lists: Lists, rank: int = 0, ranks: int = 1) -> None:
        self._settings, self._lists = settings, lists
        self._rank, self._ranks = rank, ranks
        self._size = settings.Train.loader.batch_size_per_card
        self._lines: Mixture | None = None

    def batch(self, step: int) -> Batch:
        """Return this process's batch of `step`."""
        if self._lines is None:
            self._lines = mixture_from(self._settings, self._lists)
        start = (step * self._ranks + self._rank) * self._size
        return batch_from_lines([self._lines.line(n) for n in range(start, start + self._size)])

    def batches(self, start: int, stop: int) -> Iterator[Batch]:
        """Yield the batches of steps `start` to `stop - 1`, drawn by the settings' number of workers."""
        workers = self._settings.Train.loader.num_workers
        if not workers:
            yield from map(self.batch, range(start, stop))
            return
        context = multiprocessing.get_context("spawn")  # a fork would copy Paddle's threads in mid-step
        pool = ProcessPoolExecutor(workers, context, _start_worker, (self,))
        try:
            yield from _in_order(pool, range(start, stop), depth=2 * workers)
        except BrokenProcessPool:
            raise VinEdgeError(
                "a drawing worker ended unexpectedly (out of memory?); lower Train.loader.num_workers"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _in_order(pool: ProcessPoolExecutor, steps: Sequence[int], depth: int) -> Iterator[Batch]:
    waiting: deque[Future[Batch]] = deque()
    for step in steps:
        waiting.append(pool.submit(_draw, step))
        if len(waiting) > depth:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


_feed: Feed | None = None


def _start_worker(feed: Feed) -> None:
    global _feed
    # Ctrl-C reaches the whole process group; the trainer decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    import cv2

    cv2.setNumThreads(1)
    _feed = feed


def _draw(step: int) -> Batch:
    assert _feed is not None
    return _feed.batch(step)
