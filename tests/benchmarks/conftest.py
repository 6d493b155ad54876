"""A small labelled set of pictures on disk, and one results document that the report tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from bench_fakes import VINS, FakePeer, FakeReader, picture, subject

from vinedge.benchmarks.bench import run_bench
from vinedge.benchmarks.peers import Peers
from vinedge.benchmarks.pictures import PictureSet, read_pictures
from vinedge.benchmarks.run import Settings


@pytest.fixture(scope="session")
def labelled_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures of one gray level each, in a PaddleOCR list."""
    folder = tmp_path_factory.mktemp("pictures")
    lines = []
    for place, vin in enumerate(VINS, start=1):
        cv2.imwrite(str(folder / f"secret{place}.png"), picture(place))
        lines.append(f"secret{place}.png\t{vin}\n")
    (folder / "labels.txt").write_text("".join(lines))
    return folder / "labels.txt"


@pytest.fixture(scope="session")
def picture_set(labelled_list: Path) -> PictureSet:
    return read_pictures(labelled_list, np.random.default_rng(0))


@pytest.fixture(scope="session")
def answers() -> dict[int, str]:
    """Two VINs right, one with a wrong character, one with an I for its 1."""
    wrong = {3: "WVWZZZ1JZ3W386753", 4: "5YJSAIDG9DFP14705"}
    return {place: wrong.get(place, vin) for place, vin in enumerate(VINS, start=1)}


@pytest.fixture(scope="session")
def document(picture_set: PictureSet, answers: dict[int, str]) -> dict[str, Any]:
    """The results of a real, short run on a fake bundle with one peer measured and one missing."""
    peers = Peers([FakePeer(seconds=0.02, answers=answers)], [{"title": "Absent", "reason": "not installed"}])
    settings = Settings(seconds=0.6, threads=2, batches=(1, 4))
    reader = FakeReader(answers, seconds=0.0005)
    return run_bench(subject(reader), picture_set, settings, peers, lambda part, fraction: None)
