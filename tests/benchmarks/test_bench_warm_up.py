"""Warm-up ends when the speed has settled, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vinedge.benchmarks.warm_up import STABLE_WINDOWS, WarmUp, is_stable, warm_up


class Machine:
    """Its clock only moves while it reads; the n-th read takes `cost(n)` seconds."""

    def __init__(self, cost: Callable[[int], float]) -> None:
        self.now, self.reads, self.cost = 0.0, 0, cost
        self.seen: list[int] = []

    def read(self, picture: np.ndarray) -> None:
        self.now += self.cost(self.reads)
        self.reads += 1
        self.seen.append(int(picture[0]))


def run(machine: Machine, limit: float = 10.0, pictures: int = 3) -> WarmUp:
    return warm_up(machine.read, [np.array([place]) for place in range(pictures)], limit, lambda: machine.now)


def test_a_steady_machine_needs_the_fewest_windows() -> None:
    machine = Machine(lambda n: 0.001)
    found = run(machine)
    assert found.stable
    assert found.medians_us == pytest.approx([1000.0] * STABLE_WINDOWS)
    assert found.reads == machine.reads
    assert found.seconds == pytest.approx(machine.now)


def test_a_machine_that_gets_faster_is_waited_for() -> None:
    # 10 ms at first, 1 ms when warm; 5 % slower than that after 170 reads.
    machine = Machine(lambda n: 0.001 + 0.009 * 0.97**n)
    found = run(machine)
    assert found.stable
    assert machine.reads > 170
    assert max(found.medians_us[-STABLE_WINDOWS:]) <= 1.02 * min(found.medians_us[-STABLE_WINDOWS:])


def test_a_machine_that_never_settles_ends_at_the_limit_and_says_so() -> None:
    machine = Machine(lambda n: 0.001 * 1.001**n)
    found = run(machine, limit=2.0)
    assert not found.stable
    assert 2.0 <= found.seconds < 2.2


def test_one_read_longer_than_the_limit_is_the_last() -> None:
    machine = Machine(lambda n: 30.0)
    assert not run(machine).stable
    assert machine.reads == 1


def test_every_window_reads_every_picture_equally_often() -> None:
    machine = Machine(lambda n: 0.02)
    run(machine, pictures=7)
    counts = np.bincount(machine.seen)
    assert len(counts) == 7
    assert counts.min() == counts.max()


def test_stable_means_that_the_last_windows_agree() -> None:
    assert is_stable([9.0, 1.0, 1.01, 1.02])
    assert not is_stable([1.0, 1.01, 1.03])
    assert not is_stable([1.0, 1.0])
