"""Scenario: one picture after the other on one engine thread, warmed up; percentiles, stages, picture decoding."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from vinedge.picture import decode_picture

from .document import percentiles_entry
from .latency import STAGES, Latencies, measure_decoding, measure_latency
from .run import Run
from .warm_up import warm_up

WARM_UP_LIMIT_S = 10.0
# Decoding needs no more than a good median: a fifth of the time that the single stream takes.
_DECODING_SHARE = 0.2


def measure(run: Run) -> dict[str, Any]:
    """Return the entry of the results document; the latencies become `samples`."""
    rng = run.rng("single stream")
    read_timed, seconds = run.reader.read_timed, run.settings.seconds
    run.progress("warm-up", 0.0)
    warm = warm_up(read_timed, run.pixels, WARM_UP_LIMIT_S)
    run.progress("warm-up", 1.0)
    if not warm.stable:
        run.disturbances.append(f"warm-up: the speed had not settled after {warm.seconds:.0f} seconds")
    with run.watched("single stream") as load:
        found = measure_latency(read_timed, run.pixels, seconds, rng, run.told("latency"))
    files = [(picture.data, picture.name) for picture in run.pictures.timed]
    decoding_us = measure_decoding(decode_picture, files, _DECODING_SHARE * seconds, rng)
    run.samples["latency_us"] = found.latency_us.round(2).tolist()
    run.samples["at_s"] = found.at_s.round(5).tolist()
    return {
        "engine_threads": 1,
        "samples": len(found.latency_us),
        "seconds": round(found.seconds, 3),
        "mean_us": round(float(found.latency_us.mean()), 3),
        "min_us": round(float(found.latency_us.min()), 3),
        "max_us": round(float(found.latency_us.max()), 3),
        "percentiles": percentiles_entry(found.latency_us),
        "stages": _stages(found, decoding_us),
        "cpu_share": round(found.cpu_share, 4),
        "warm_up": {**asdict(warm), "medians_us": [round(value, 3) for value in warm.medians_us]},
        "load": load,
    }


def _stages(found: Latencies, decoding_us: np.ndarray) -> list[dict[str, Any]]:
    """Return the stages in the order in which they happen; those `in_latency` add up to the mean latency."""
    rest_us = found.latency_us - found.stages_us.sum(axis=1)
    inside = [*zip(STAGES, found.stages_us.T, strict=True), ("call", rest_us)]
    stages = [("picture_decode", decoding_us, False), *((name, values, True) for name, values in inside)]
    return [
        {
            "name": name,
            "in_latency": in_latency,
            "mean_us": round(float(values.mean()), 3),
            "percentiles": percentiles_entry(values),
        }
        for name, values, in_latency in stages
    ]
