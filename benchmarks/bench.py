"""One benchmark: a bundle on a set of pictures, from warm-up to the results document (see `document.py`).

subject, pictures, settings, peers  ->  scenarios, accuracy, peers  ->  document
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import cv2
import numpy as np

from vinedge.version import __version__

from . import accuracy, peer_comparison, single_stream, throughput
from .document import SCHEMA, SCHEMA_VERSION
from .environment import machine, software
from .latency import measure_harness
from .machine_load import load_average
from .peers import Peers
from .pictures import PictureSet
from .run import Progress, Run, Settings
from .subject import Subject

# Name in the document -> `measure(run) -> entry`; in the order in which they are measured.
SCENARIOS = {"single_stream": single_stream.measure, "throughput": throughput.measure}


def run_bench(
    subject: Subject, pictures: PictureSet, settings: Settings, peers: Peers | None, progress: Progress
) -> dict[str, Any]:
    """Measure and return the results document; `progress(part, fraction)` is told how far each part is."""
    before = load_average()
    run = Run(subject, subject.open(1), pictures, settings, progress)
    with _one_opencv_thread():
        scenarios = {name: measure(run) for name, measure in SCENARIOS.items()}
        exactness = accuracy.measure(run)
        compared = peer_comparison.measure(run, peers) if peers else None
        harness = measure_harness(run.pixels, run.rng("harness"))
    sizes = np.median([picture.shape[:2] for picture in run.pixels], axis=0).astype(int).tolist()
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "created_by": f"vinedge {__version__}",
        "bundle": {**subject.facts, "engine": run.reader.engine},
        "settings": {**asdict(settings), "batches": list(settings.batches), "peers": peers is not None},
        "pictures": {
            "source": pictures.source,
            "count": len(pictures),
            "timed": len(pictures.timed),
            "labelled": pictures.labelled,
            "sha256": pictures.sha256,
            "median_height_px": sizes[0],
            "median_width_px": sizes[1],
        },
        "conditions": {
            "machine": machine(),
            "software": software(),
            "load_average_before": before,
        },
        "disturbances": run.disturbances,
        "harness": {key: round(value, 1) for key, value in asdict(harness).items()},
        "scenarios": scenarios,
        "accuracy": exactness,
        "peers": compared,
        "samples": run.samples,
    }


@contextmanager
def _one_opencv_thread() -> Iterator[None]:
    """Decoding and the peers' preprocessing use OpenCV, which otherwise spreads over all CPUs."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
