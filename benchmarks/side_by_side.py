"""Several readers on the same pictures in the same run, picture by picture, in random order, one thread each.

    readers, pictures -> times_us (rounds, pictures, readers), texts by reader

Interleaving gives every reader the same machine: the same clock, the same disturbances, and caches that the
other readers have just used. Each reads an array of pixels to text with its own preprocessing and decoding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .latency import collector_paused
from .peers import TextReader
from .warm_up import warm_up

# A few rounds give every picture a median; more only cost the user's time once the seconds are used.
MAX_ROUNDS = 100
_WARM_UP_LIMIT_S = 5.0


@dataclass(frozen=True)
class SideBySide:
    """`times_us` (rounds, pictures, readers); `order` (rounds, pictures) says which picture came when.

    `texts[reader][picture]` is what each reader read in the first round.
    """

    times_us: np.ndarray
    order: np.ndarray
    texts: list[list[str]]
    seconds: float

    def samples_us(self, reader: int) -> np.ndarray:
        """Return one reader's times in the order they were taken, (rounds * pictures,)."""
        return np.take_along_axis(self.times_us[:, :, reader], self.order, axis=1).reshape(-1)

    def picture_times_us(self, reader: int) -> np.ndarray:
        """Return the median over the rounds of each picture, (pictures,)."""
        return np.asarray(np.median(self.times_us[:, :, reader], axis=0))


def read_side_by_side(
    readers: Sequence[TextReader],
    pictures: Sequence[np.ndarray],
    seconds: float,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
) -> SideBySide:
    """Warm every reader up, then read whole rounds until `seconds` have passed; the first round always ends."""
    for reader in readers:
        warm_up(reader.read, pictures, _WARM_UP_LIMIT_S)
    texts = [[""] * len(pictures) for _ in readers]
    rounds: list[np.ndarray] = []
    orders: list[np.ndarray] = []
    clock = time.perf_counter_ns
    begin = clock()
    elapsed = 0.0
    with collector_paused():
        while not rounds or (elapsed < seconds and len(rounds) < MAX_ROUNDS):
            times_us = np.zeros((len(pictures), len(readers)))
            order = rng.permutation(len(pictures))
            for done, index in enumerate(order.tolist(), start=1):
                picture = pictures[index]
                for place in rng.permutation(len(readers)).tolist():
                    read = readers[place].read
                    start = clock()
                    text = read(picture)
                    times_us[index, place] = (clock() - start) / 1e3
                    if not rounds:
                        texts[place][index] = text
                elapsed = (clock() - begin) / 1e9
                first_round_s = elapsed * len(pictures) / done if not rounds else 0.0
                progress(min(1.0, elapsed / max(seconds, first_round_s)))
            rounds.append(times_us)
            orders.append(order)
    return SideBySide(np.array(rounds), np.array(orders), texts, elapsed)
