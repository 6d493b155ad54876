"""The loops that hold the clock: every read is timed, every picture comes equally often, the harness costs little."""

from __future__ import annotations

import gc
import time

import numpy as np
import pytest
from bench_fakes import FakeReader, FakeStages, key, picture

from vinedge.benchmarks import latency
from vinedge.benchmarks.latency import measure_decoding, measure_harness, measure_latency
from vinedge.benchmarks.side_by_side import read_side_by_side
from vinedge.benchmarks.throughput import Point, measure_throughput, points

PICTURES = [picture(value) for value in range(5)]


def test_every_read_is_timed_with_its_stages() -> None:
    reader = FakeReader(seconds=0.002)
    found = measure_latency(reader.read_timed, PICTURES, 0.1, np.random.default_rng(0))
    n = len(reader.seen)
    assert found.latency_us.shape == found.at_s.shape == (n,)
    assert found.stages_us.tolist() == [[10.0, 30.0, 2.0]] * n
    assert found.latency_us.min() >= 2000
    assert np.all(np.diff(found.at_s) >= found.latency_us[:-1] / 1e6)
    assert 0.1 <= found.seconds < 1.0
    assert found.cpu_share < 0.5  # it slept


def test_whole_rounds_in_new_orders() -> None:
    reader = FakeReader(seconds=0.0005)
    measure_latency(reader.read_timed, PICTURES, 0.2, np.random.default_rng(0))
    rounds = [tuple(reader.seen[start : start + 5]) for start in range(0, len(reader.seen) - 4, 5)]
    assert all(sorted(one) == [0, 1, 2, 3, 4] for one in rounds)
    assert len(set(rounds)) > 1


def test_a_read_longer_than_the_time_is_still_measured() -> None:
    found = measure_latency(FakeReader(seconds=0.05).read_timed, PICTURES, 0.001, np.random.default_rng(0))
    assert len(found.latency_us) == 1


def test_a_fast_reader_stops_at_the_sample_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "MAX_SAMPLES", 100)
    found = measure_latency(FakeReader().read_timed, PICTURES, 60, np.random.default_rng(0))
    assert len(found.latency_us) == 100


def test_an_error_is_not_swallowed_and_the_garbage_collector_runs_again() -> None:
    def broken(pixels: np.ndarray) -> tuple[object, FakeStages]:
        assert not gc.isenabled()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        measure_latency(broken, PICTURES, 0.1, np.random.default_rng(0))
    assert gc.isenabled()


def test_decoding_is_measured_by_file() -> None:
    seen: list[tuple[bytes, str]] = []

    def decode(data: bytes, name: str) -> None:
        seen.append((data, name))
        time.sleep(0.001)

    files = [(b"a", "a.png"), (b"b", "b.png")]
    found = measure_decoding(decode, files, 0.05, np.random.default_rng(0))
    assert len(found) == len(seen)
    assert set(seen) == set(files)
    assert found.min() >= 1000


def test_the_harness_costs_about_a_microsecond() -> None:
    found = measure_harness(PICTURES, np.random.default_rng(0))
    # Below 0.2 and 0.6 us on a quiet machine; the bounds leave room for a busy one.
    assert 0 < found.in_latency_ns < 2_000
    assert found.in_latency_ns <= found.per_picture_ns < 10_000


def test_points_are_batches_then_callers_then_engine_threads() -> None:
    assert points((1, 8), 1) == [Point(1, 1, 1), Point(8, 1, 1)]
    assert points((1,), 6) == [
        *(Point(1, 1, 1), Point(1, 2, 1), Point(1, 4, 1), Point(1, 6, 1)),
        *(Point(1, 1, 2), Point(1, 1, 4), Point(1, 1, 6)),
    ]


def test_throughput_of_a_reader_whose_speed_is_known() -> None:
    opened: dict[int, FakeReader] = {}

    def open_reader(threads: int) -> FakeReader:
        return opened.setdefault(threads, FakeReader(seconds=0.004 / threads))

    wanted = [Point(1, 1, 1), Point(4, 1, 1), Point(1, 2, 1), Point(1, 1, 2)]
    rates = measure_throughput(open_reader, PICTURES, wanted, 0.4, np.random.default_rng(0))
    assert [rate.point for rate in rates] == wanted
    assert sorted(opened) == [1, 2]
    one, batch, callers, threads = (rate.pictures_per_s.value for rate in rates)
    assert 100 < one <= 250
    assert batch == pytest.approx(one, rel=0.3)  # the fake gains nothing from batches, and counts every picture
    assert callers == pytest.approx(2 * one, rel=0.3)  # both callers sleep at the same time
    assert threads == pytest.approx(2 * one, rel=0.3)
    assert all(rate.pictures_per_s.low <= rate.pictures_per_s.value <= rate.pictures_per_s.high for rate in rates)


def test_readers_side_by_side_get_the_same_pictures_in_the_same_rounds() -> None:
    class Reader:
        def __init__(self, name: str, seconds: float) -> None:
            self.name, self.title, self.package, self.threads = name, name, name, 1
            self.seconds = seconds

        def read(self, pixels: np.ndarray) -> str:
            log.append((self.name, key(pixels)))
            time.sleep(self.seconds * (1 + key(pixels)))
            return f"{self.name}{key(pixels)}"

    log: list[tuple[str, int]] = []
    readers = [Reader("a", 0.0005), Reader("b", 0.002)]
    found = read_side_by_side(readers, PICTURES, 0.1, np.random.default_rng(0))
    rounds = len(found.times_us)
    measured = log[-rounds * 10 :]
    # Picture by picture: each is read by both before the next, and the first reader changes.
    pairs = [measured[start : start + 2] for start in range(0, len(measured), 2)]
    assert all({name for name, _ in pair} == {"a", "b"} and len({place for _, place in pair}) == 1 for pair in pairs)
    assert {pair[0][0] for pair in pairs} == {"a", "b"}
    assert [pair[0][1] for pair in pairs] == found.order.reshape(-1).tolist()
    assert found.texts == [[f"a{place}" for place in range(5)], [f"b{place}" for place in range(5)]]
    # Every time stands with its reader and its picture.
    assert np.all(found.picture_times_us(0) >= 500 * np.arange(1, 6))
    assert np.all(found.picture_times_us(1) >= 2000 * np.arange(1, 6))
    assert found.samples_us(1).tolist() == [
        found.times_us[turn, place, 1] for turn in range(rounds) for place in found.order[turn]
    ]


def test_side_by_side_ends_after_the_seconds_but_never_within_the_first_round() -> None:
    class Reader:
        name = title = package = "slow"
        threads = 1

        def read(self, pixels: np.ndarray) -> str:
            time.sleep(0.02)
            return ""

    found = read_side_by_side([Reader()], PICTURES, 0.001, np.random.default_rng(0))
    assert found.times_us.shape == (1, 5, 1)
