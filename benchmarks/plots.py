"""The plots of a report, drawn from the results document alone; all text is in the drawing's own units (760 wide)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .svg import Scale, Svg
from .tables import STAGE_NAMES, ms, percent, percentile, us

_WIDTH = 760
_BINS = 80
_ROW = 30
# A latency axis that spans more than this factor is logarithmic: stalls would hide the shape of the rest.
_LOG_FROM = 4
# Width of a letter, on the safe side: 13 units high in whatever font the reader's system has.
_LETTER = 7.6


def latency_plot(document: dict[str, Any]) -> str:
    """Histogram of the single-stream latencies with the percentiles and their intervals."""
    values = np.array(document["samples"]["latency_us"]) / 1000
    resolved = [e for e in document["scenarios"]["single_stream"]["percentiles"] if e["resolved"]]
    # The slowest half percent would squeeze everything else to the left; it is told in words.
    edge = 1.03 * max([float(np.quantile(values, 0.995)), *(e["high_us"] / 1000 for e in resolved)])
    low = 0.97 * float(values.min())
    log = edge > _LOG_FROM * low
    x = Scale(low, edge, 40, 740, log)
    edges = np.geomspace(low, edge, _BINS + 1) if log else np.linspace(low, edge, _BINS + 1)
    counts, _ = np.histogram(values, bins=edges)
    y = Scale(0, max(1, int(counts.max())), 252, 76)
    drawing = Svg("latency", "How long one picture takes", _WIDTH, 300)
    drawing.line(x.start, 252, x.end, 252, "axis")
    for tick in x.ticks(8):
        drawing.line(x(tick), 252, x(tick), 257, "axis")
        drawing.text(x(tick), 272, f"{tick:g}", "label", "middle")
    drawing.text(x.start, 294, "ms from pixels to VIN, logarithmic" if log else "ms from pixels to VIN", "note")
    for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if count:
            tip = f"{left:.3f} to {right:.3f} ms: {count:,} reads"
            drawing.rect(x(left), y(count), max(1.0, x(right) - x(left) - 0.6), 252 - y(count), "bar", tip)
    for row, entry in enumerate(resolved):
        top = 18 + 20 * row
        at, left, right = (x(entry[key] / 1000) for key in ("value_us", "low_us", "high_us"))
        drawing.rect(left, top, right - left, 252 - top, "band")
        drawing.line(at, top, at, 252, "mark")
        words = f"p{entry['percent']:g}  {ms(entry['value_us'])} ms"
        after = right < _WIDTH - 150
        drawing.text(right + 6 if after else left - 6, top + 10, words, "strong", "start" if after else "end")
    beyond = int((values > edge).sum())
    if beyond:
        words = f"{beyond:,} of {len(values):,} reads took longer, up to {ms(1000 * float(values.max()))} ms"
        drawing.text(740, 294, words, "note", "end")
    return drawing.render()


def time_plot(document: dict[str, Any]) -> str:
    """Median and slowest latency over the run: what disturbed it, and whether it drifted."""
    at_s, values = np.array(document["samples"]["at_s"]), np.array(document["samples"]["latency_us"]) / 1000
    bins = min(120, max(1, len(values) // 5))
    groups = [group for group in np.array_split(np.arange(len(values)), bins) if len(group)]
    times = [float(at_s[group].mean()) for group in groups]
    medians = [float(np.median(values[group])) for group in groups]
    slowest = [float(values[group].max()) for group in groups]
    drawing = Svg("time", "Latency over the run", _WIDTH, 220)
    # A single stall must not flatten the rest: the scale ends above most of the slowest, and stalls touch the top.
    top = min(max(slowest), 1.5 * float(np.quantile(slowest, 0.9)))
    x, y = Scale(0, float(at_s[-1]) or 1.0, 60, 740), Scale(0, top * 1.05, 176, 30)
    for tick in y.ticks(4):
        drawing.line(60, y(tick), 740, y(tick), "grid")
        drawing.text(54, y(tick) + 4, f"{tick:g}", "label", "end")
    for tick in x.ticks(8):
        drawing.text(x(tick), 194, f"{tick:g}", "label", "middle")
    drawing.text(740, 212, "seconds since the start", "note", "end")
    drawing.text(60, 18, "ms: median (line) and slowest (bars) of successive reads", "note")
    step = (x(times[-1]) - x(times[0])) / max(1, len(times) - 1)
    for at, middle, worst in zip(times, medians, slowest, strict=True):
        shown = min(worst, top * 1.05)
        tip = f"{at:.2f} s: median {middle:.3f} ms, slowest {worst:.3f} ms"
        drawing.rect(x(at) - step / 2 + 0.5, y(shown), max(1.0, step - 1), y(middle) - y(shown), "faint", tip)
    drawing.path([(x(at), y(middle)) for at, middle in zip(times, medians, strict=True)], "curve")
    return drawing.render()


def stage_plot(document: dict[str, Any]) -> str:
    """Mean time of each stage."""
    stages = document["scenarios"]["single_stream"]["stages"]
    rows = [
        (
            STAGE_NAMES[stage["name"]],
            stage["mean_us"],
            None,
            f"{us(stage['mean_us'])} µs",
            "bar" if stage["in_latency"] else "other",
        )
        for stage in stages
    ]
    return _bars("stages", "Mean time of each stage", rows)


def throughput_plot(document: dict[str, Any]) -> str:
    """Pictures a second of every way to read many."""
    rows = []
    for point in document["scenarios"]["throughput"]["points"]:
        parts = [f"batch {point['batch']}"]
        if point["callers"] > 1:
            parts = [f"{point['callers']} callers"]
        if point["engine_threads"] > 1:
            parts = [f"{point['engine_threads']} engine threads"]
        rate = point["pictures_per_s"]
        rows.append((*parts, rate["value"], (rate["low"], rate["high"]), f"{rate['value']:,.0f} pictures/s", "bar"))
    return _bars("throughput", "Pictures a second", rows)


def peers_speed_plot(document: dict[str, Any]) -> str:
    """Median latency of every reader."""
    rows = []
    for place, reader in enumerate(document["peers"]["readers"]):
        entry = percentile(reader["percentiles"], 50)
        if entry["resolved"]:
            words = f"{ms(entry['value_us'])} ms"
            if reader["times_as_long"]:
                words += f", {reader['times_as_long']['value']:.1f} times as long"
            interval = (entry["low_us"], entry["high_us"])
            rows.append((reader["title"], entry["value_us"], interval, words, "other" if place else "bar"))
    return _bars("peers-speed", "Median time of one picture", rows)


def peers_accuracy_plot(document: dict[str, Any]) -> str:
    """Share of pictures that every reader reads exactly, plain and with rules."""
    rows = []
    for place, reader in enumerate(document["peers"]["readers"]):
        for key, name in (("plain", ""), ("rules", ", with rules")):
            share = reader["accuracy"][key]
            kind = "other" if place else "bar"
            words = f"{percent(share['value'])} %"
            rows.append((reader["title"] + name, share["value"], (share["low"], share["high"]), words, kind))
    return _bars("peers-accuracy", "VINs exactly right", rows)


Row = tuple[str, float, tuple[float, float] | None, str, str]


def _bars(name: str, title: str, rows: Sequence[Row]) -> str:
    """Horizontal bars: name, value, interval (or None), words beside the bar, kind."""
    drawing = Svg(name, title, _WIDTH, _ROW * len(rows) + 12)
    start = 14 + _LETTER * max([len(label) for label, *_ in rows], default=0)
    room = 14 + _LETTER * max([len(words) for *_, words, _ in rows], default=0)
    ends = [max(value, interval[1] if interval else value) for _, value, interval, _, _ in rows]
    scale = Scale(0, max([1e-9, *ends]), start, _WIDTH - room)
    for place, (label, value, interval, words, kind) in enumerate(rows):
        top = 6 + _ROW * place
        drawing.text(start - 10, top + 19, label, "label", "end")
        drawing.rect(start, top + 4, max(1.0, scale(value) - start), _ROW - 10, kind, f"{label}: {words}")
        if interval:
            left, right, middle = scale(interval[0]), scale(interval[1]), top + _ROW / 2 - 1
            drawing.line(left, middle, right, middle, "whisker")
            drawing.line(left, middle - 5, left, middle + 5, "whisker")
            drawing.line(right, middle - 5, right, middle + 5, "whisker")
        drawing.text(scale(ends[place]) + 8, top + 19, words, "strong")
    return drawing.render()
