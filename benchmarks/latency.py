"""Single-stream latency: one picture after the other, decoded array in, VIN out, every read on the clock.

    pictures in memory -> latency_us (n,), at_s (n,), stages_us (n, 3)

Pictures come in a new random order each round. The clock is read outside the call, so a latency holds everything
that a Python caller waits for; the stages are what the recognizer itself measured inside the same call, so their
means and the rest (the Python call, argument checks) add up to the mean latency. The harness runs the same
loop on a reader that does nothing and reports what it costs.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from .subject import Answer, Stages

# Keeps results.json under a few megabytes; at 0.1 ms a read this is 10 seconds.
MAX_SAMPLES = 100_000
# Progress is drawn between reads, so rarely that the caches hardly notice.
_TOLD_EVERY_NS = 200_000_000
STAGES = ("preprocess", "network", "decode")
ReadTimed = Callable[[np.ndarray], tuple[Answer, Stages]]


@dataclass(frozen=True)
class Latencies:
    """Samples in the order they were taken: latency and stages in microseconds, `at_s` seconds since the start.

    `cpu_share` is the CPU time of the measuring thread over the elapsed time: 1 for a network on one CPU thread that
    nobody disturbed, less when it waited (for a CPU, for other engine threads, for a GPU).
    """

    latency_us: np.ndarray
    at_s: np.ndarray
    stages_us: np.ndarray
    seconds: float
    cpu_share: float


def measure_latency(
    read_timed: ReadTimed,
    pictures: Sequence[np.ndarray],
    seconds: float,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Latencies:
    """Read pictures one at a time for `seconds` (at least one read, at most MAX_SAMPLES)."""
    clock = time.perf_counter_ns
    # Written in place: a list of result objects would grow what the garbage collector and the caches see.
    starts = np.zeros(MAX_SAMPLES, np.int64)
    ends = np.zeros(MAX_SAMPLES, np.int64)
    stages_us = np.zeros((MAX_SAMPLES, len(STAGES)))
    n = 0
    with collector_paused():
        cpu_begin = time.thread_time_ns()
        begin = end = told = clock()
        deadline = begin + int(seconds * 1e9)
        while n < MAX_SAMPLES and (end < deadline or n == 0):
            for index in rng.permutation(len(pictures)).tolist():
                picture = pictures[index]
                start = clock()
                _, stages = read_timed(picture)
                end = clock()
                starts[n] = start
                ends[n] = end
                stages_us[n] = stages.preprocess_us, stages.network_us, stages.decode_us
                n += 1
                if end - told > _TOLD_EVERY_NS:
                    told = end
                    progress((end - begin) / (seconds * 1e9))
                if end >= deadline or n == MAX_SAMPLES:
                    break
        progress(1.0)
        cpu_share = (time.thread_time_ns() - cpu_begin) / max(1, clock() - begin)
    latency_us = (ends[:n] - starts[:n]) / 1e3
    return Latencies(latency_us, (starts[:n] - begin) / 1e9, stages_us[:n].copy(), (end - begin) / 1e9, cpu_share)


def measure_decoding(
    decode: Callable[[bytes, str], object],
    files: Sequence[tuple[bytes, str]],
    seconds: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the microseconds (n,) of decoding picture files `(data, name)` in random order, for `seconds`."""
    clock = time.perf_counter_ns
    samples: list[int] = []
    with collector_paused():
        deadline = clock() + int(seconds * 1e9)
        while clock() < deadline or not samples:
            for index in rng.permutation(len(files)).tolist():
                data, name = files[index]
                start = clock()
                decode(data, name)
                samples.append(clock() - start)
                if clock() >= deadline:
                    break
    return np.array(samples) / 1e3


@dataclass(frozen=True)
class Harness:
    """What measuring costs: nanoseconds inside each latency (clock, call), and a picture's whole turn of the loop."""

    in_latency_ns: float
    per_picture_ns: float


class _NoStages:
    preprocess_us = network_us = decode_us = 0.0


def measure_harness(pictures: Sequence[np.ndarray], rng: np.random.Generator, seconds: float = 0.1) -> Harness:
    """Run the loop of `measure_latency` on a reader that does nothing."""
    nothing: tuple[Answer, Stages] = (_Nothing(), _NoStages())
    run = measure_latency(lambda picture: nothing, pictures, seconds, rng)
    turns = np.diff(run.at_s) if len(run.at_s) > 1 else np.array([run.seconds])
    return Harness(float(np.median(run.latency_us)) * 1e3, float(np.median(turns)) * 1e9)


class _Nothing:
    vin = None
    raw = ""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Collect garbage now and then not before the end: a collection is the harness's doing, not the reader's."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
