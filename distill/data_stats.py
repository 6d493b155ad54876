"""What is in a data set: counts, picture sizes, symbols, makers, check digits, repeated VINs, overlaps of splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np

from vinedge.charset import SYMBOLS
from vinedge.manifest import Sample
from vinedge.vin import check_digit, is_legal

from .inspection import Inspected

PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
STATES = ("valid", "invalid", "not_applicable")


def statistics(rows: Iterable[Inspected]) -> dict[str, Any]:
    """Look at every row once and return plain data, ready for JSON; `text_from_statistics` prints it.

    Labels that are no VIN count as `labels_not_legal` and nowhere else; pictures that cannot be read as
    `pictures_not_read`. Sizes are percentiles in pixels, `aspect` is width over height.
    """
    splits: Counter[str] = Counter()
    sizes: list[tuple[int, int]] = []
    vins: dict[str, Counter[str]] = {}
    illegal = unread = bad = 0
    for inspected in rows:
        splits[inspected.split] += 1
        if not isinstance(inspected.row, Sample):
            bad += 1
            continue
        if inspected.fault:
            unread += 1
        else:
            sizes.append((inspected.height, inspected.width))
        vin = inspected.row.vin
        if is_legal(vin):
            vins.setdefault(inspected.split, Counter())[vin] += 1
        else:
            illegal += 1
    every: Counter[str] = sum(vins.values(), Counter())
    makers = Counter(vin[:3] for vin in every.elements())
    symbols = Counter("".join(every.elements()))
    return {
        "rows": splits.total(),
        "splits": dict(splits),
        "rows_malformed": bad,
        "labels_not_legal": illegal,
        "pictures_not_read": unread,
        "pictures": _sizes(sizes),
        "vins": {"distinct": len(every), "on_several_pictures": sum(count > 1 for count in every.values())}
        | {"most_pictures": max(every.values(), default=0)},
        "check_digits": {state: sum(check_digit(vin) == state for vin in every) for state in STATES},
        "symbols": {symbol: symbols[symbol] for symbol in SYMBOLS},
        "makers": dict(makers.most_common()),
        "vins_in_both": {f"{a}, {b}": len(vins[a].keys() & vins[b].keys()) for a, b in combinations(sorted(vins), 2)},
    }


def _sizes(sizes: list[tuple[int, int]]) -> dict[str, dict[str, float]]:
    if not sizes:
        return {}
    height, width = np.array(sizes, np.float64).T
    measures = {"width": width, "height": height, "aspect": width / height}
    return {
        name: dict(zip(map(str, PERCENTILES), np.percentile(values, PERCENTILES).round(2).tolist(), strict=True))
        for name, values in measures.items()
    }


def text_from_statistics(found: dict[str, Any]) -> str:
    """Return the statistics as a page of text."""
    vins = found["vins"]
    overview = {
        "rows": f"{found['rows']}  ({', '.join(f'{name} {count}' for name, count in found['splits'].items())})",
        "malformed rows": found["rows_malformed"],
        "labels no VIN": found["labels_not_legal"],
        "unread pictures": found["pictures_not_read"],
        "VINs": f"{vins['distinct']}, of which {vins['on_several_pictures']} on several pictures "
        f"(at most {vins['most_pictures']})",
        "their check digits": ", ".join(f"{state} {count}" for state, count in found["check_digits"].items()),
    }
    lines = [f"{name:<20}{value}" for name, value in overview.items()]
    for pair, count in found["vins_in_both"].items():
        lines.append(f"{'VINs in both':<20}{pair}: {count}")
    if found["pictures"]:
        lines += ["", "pictures, px".ljust(14) + "".join(f"{f'p{p}':>8}" for p in PERCENTILES)]
        for name, values in found["pictures"].items():
            lines.append(f"{name:<14}" + "".join(f"{value:>8g}" for value in values.values()))
    lines += ["", "symbol  count", *_bars(found["symbols"])]
    makers = list(found["makers"].items())
    lines += ["", f"maker   pictures ({len(makers)} WMIs)", *_bars(dict(makers[:20]))]
    return "\n".join(lines)


def _bars(counts: dict[str, int]) -> list[str]:
    most = max(counts.values(), default=0) or 1
    return [f"{name:<6}{count:>8}  {'#' * round(40 * count / most)}".rstrip() for name, count in counts.items()]
