"""The bundle beside its peers on the same pictures: percentiles, times as long as the bundle, accuracy of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from vinedge.version import __version__

from .accuracy import text_accuracy_of
from .document import estimate_entry, percentiles_entry, proportion_entry
from .estimates import paired_ratio
from .peers import Peers, TextReader
from .run import Run
from .side_by_side import read_side_by_side
from .subject import Reader


class _Bundle:
    """The bundle as a `TextReader`, to stand beside its peers."""

    name = title = "vinedge"
    package = f"vinedge {__version__}"
    threads = 1

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, picture: np.ndarray) -> str:
        return self._reader.read(picture).raw


def measure(run: Run, peers: Peers) -> dict[str, Any]:
    """Return the entry of the results document; the bundle is the first reader and the unit of the ratios."""
    readers: list[TextReader] = [_Bundle(run.reader), *peers.readers]
    seconds = run.settings.seconds * len(readers)
    with run.watched("peers") as load:
        found = read_side_by_side(readers, run.pixels, seconds, run.rng("peers"), run.told("peers"))
    labels = [(place, picture.label) for place, picture in enumerate(run.pictures.timed) if picture.label is not None]
    entries = []
    for place, reader in enumerate(readers):
        times_us = found.picture_times_us(place)
        run.samples[f"{reader.name}_picture_us"] = times_us.round(2).tolist()
        ratio = paired_ratio(times_us, found.picture_times_us(0)) if place else None
        texts = [found.texts[place][index] for index, _ in labels]
        entries.append(
            {
                "name": reader.name,
                "title": reader.title,
                "package": reader.package,
                "threads": reader.threads,
                "percentiles": percentiles_entry(found.samples_us(place)),
                "times_as_long": estimate_entry(ratio) if ratio else None,
                "accuracy": _accuracy(texts, [label for _, label in labels]),
            }
        )
    return {
        "pictures": len(run.pixels),
        "labelled": len(labels),
        "rounds": len(found.times_us),
        "readers": entries,
        "not_measured": list(peers.not_measured),
        "load": load,
    }


def _accuracy(texts: list[str], labels: list[str]) -> dict[str, Any] | None:
    if not labels:
        return None
    shares = text_accuracy_of(texts, labels)
    return {"plain": proportion_entry(shares.plain), "rules": proportion_entry(shares.rules)}
