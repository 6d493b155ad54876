"""Draw a run's curves: losses on the left, exact match of every validation set on the right."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vinedge.atomic import replacing


def draw_curves(records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write a PNG of the records of a `metrics.jsonl`."""
    import matplotlib

    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # Paddle turns INFO on for everybody
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    kept = list(records)
    training = [record for record in kept if "loss" in record]
    for name in training[0]["losses"] if training else ():
        left.plot([r["step"] for r in training], [r["losses"][name] for r in training], label=name)
    left.set(xlabel="step", ylabel="nats", title="training losses", yscale="log")
    validations = [record for record in kept if "validation" in record]
    for name in validations[-1]["validation"] if validations else ():
        points = [(r["step"], 100 * r["validation"][name]["exact"]) for r in validations]
        right.plot(*zip(*points, strict=True), marker=".", label=name)
    right.set(xlabel="step", ylabel="%", title="exact match", ylim=(0, 100))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    with replacing(path) as fresh:
        figure.savefig(fresh, format="png", dpi=110)
    plt.close(figure)
