"""The results document: what `results.json` holds, its version, and how measurements become its entries.

Schema `vinedge-bench`, version 1. Readers refuse a newer version; keys may be added without a new one.

    schema, schema_version, created (UTC), created_by
    bundle        name, engine, input size, sha256 of bundle.json and of every file
    settings      what the command was asked for
    pictures      how many, how many in memory for timing, labelled; sha256 of the set; median size. No names.
    conditions    machine, software, load average before
    disturbances  sentences; empty when nothing spoke against the times
    harness       what measuring costs
    scenarios     single_stream: warm_up, percentiles, stages, load;  throughput: points, load
    accuracy      null without labels
    peers         null unless asked for: readers with percentiles, ratio to the bundle, accuracy; not_measured; load
    samples       every single-stream latency in order, and the peers' time for each picture

Times are microseconds (`_us`) or seconds (`_s`). An interval is always `low` to `high`, 95 %. A percentile that the
samples do not resolve has `value_us` null. Readings and labels are never stored: VINs can be personal data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from vinedge.metrics import Proportion

from .estimates import Estimate, percentile_estimates, samples_needed

SCHEMA = "vinedge-bench"
SCHEMA_VERSION = 1
PERCENTS = (50, 90, 99)


def percentiles_entry(samples_us: np.ndarray, percents: Sequence[float] = PERCENTS) -> list[dict[str, Any]]:
    """Return one entry for each percentile: its value and interval, or null and how many samples it would need."""
    entries = []
    for percent, found in zip(percents, percentile_estimates(samples_us, percents), strict=True):
        values = (None, None, None) if found is None else (found.value, found.low, found.high)
        value_us, low_us, high_us = (None if value is None else round(value, 3) for value in values)
        entries.append(
            {
                "percent": percent,
                "resolved": found is not None,
                "value_us": value_us,
                "low_us": low_us,
                "high_us": high_us,
                "samples": len(samples_us),
                "samples_needed": samples_needed(percent),
            }
        )
    return entries


def estimate_entry(estimate: Estimate) -> dict[str, float]:
    """Return value, low and high, unrounded."""
    return asdict(estimate)


def proportion_entry(share: Proportion) -> dict[str, Any]:
    """Return hits, n, the share (null when n is 0) and its Wilson interval."""
    low, high = share.interval
    # Unrounded: a table rounds to a tenth of a percent, and rounding twice makes 59.1 % of 62 in 105 (59.048 %).
    return {"hits": share.hits, "n": share.n, "value": share.value if share.n else None, "low": low, "high": high}


def json_from_document(document: dict[str, Any]) -> str:
    """Return the document as JSON that people can read: indented, but the samples of a run on one line."""
    parts = []
    for key, value in document.items():
        if key == "samples":
            lists = [f"    {json.dumps(name)}: {json.dumps(values)}" for name, values in value.items()]
            text = "{\n" + ",\n".join(lists) + "\n  }"
        else:
            text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False).replace("\n", "\n  ")
        parts.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
