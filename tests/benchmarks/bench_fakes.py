"""A reader with the face of `vinedge.Recognizer` that takes a known time and reads what it is told, and a peer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from vinedge.benchmarks.subject import Subject

VINS = ["1HGCM82633A004352", "1M8GDM9AXKP042788", "WVWZZZ1JZ3W386752", "5YJSA1DG9DFP14705"]
FACTS = {"document_sha256": "d" * 64, "files": {"model.onnx": "f" * 64}, "height": 32, "width": 320, "frames": 80}


@dataclass(frozen=True)
class FakeReading:
    vin: str | None
    raw: str


@dataclass(frozen=True)
class FakeStages:
    preprocess_us: float = 10.0
    network_us: float = 30.0
    decode_us: float = 2.0


def key(picture: np.ndarray) -> int:
    """Pictures are told apart by their first pixel."""
    return int(picture.flat[0])


@dataclass
class FakeReader:
    """`answers[key(picture)]` is what it reads; a call takes `seconds`, during which other threads may run."""

    answers: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    engine: str = "fake 1.0 (cpu)"
    seen: list[int] = field(default_factory=list)

    def read(self, picture: np.ndarray) -> FakeReading:
        if self.seconds:
            time.sleep(self.seconds)
        self.seen.append(key(picture))
        raw = self.answers.get(key(picture), "")
        return FakeReading(raw if len(raw) == 17 else None, raw)

    def read_batch(self, pictures: list[np.ndarray]) -> list[FakeReading]:
        return [self.read(picture) for picture in pictures]

    def read_timed(self, picture: np.ndarray) -> tuple[FakeReading, FakeStages]:
        return self.read(picture), FakeStages()


@dataclass
class FakePeer:
    """A `TextReader` of a known speed."""

    name: str = "slowpoke"
    title: str = "Slowpoke <OCR>"
    package: str = "slowpoke 0.1"
    threads: int = 1
    seconds: float = 0.0
    answers: dict[int, str] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)

    def read(self, picture: np.ndarray) -> str:
        if self.seconds:
            time.sleep(self.seconds)
        self.seen.append(key(picture))
        return self.answers.get(key(picture), "")


def picture(value: int) -> np.ndarray:
    return np.full((20, 150, 3), value, np.uint8)


def subject(reader: FakeReader, name: str = "demo <b>&") -> Subject:
    return Subject(name, {"name": name, **FACTS}, lambda threads: reader)
