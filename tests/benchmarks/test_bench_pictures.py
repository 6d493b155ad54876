"""Sets of pictures: lists and folders, labels, what fits into memory, and the hash that identifies a set."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from bench_fakes import VINS, key

from vinedge import VinEdgeError
from vinedge.benchmarks.pictures import PictureSet, read_pictures


def read(source: Path, **options: int) -> PictureSet:
    return read_pictures(source, np.random.default_rng(0), **options)


def test_a_list_gives_pictures_with_labels(labelled_list: Path) -> None:
    found = read(labelled_list)
    assert found.source == "labels.txt"
    assert (len(found), found.labelled) == (4, 4)
    assert {key(one.pixels): one.label for one in found.timed} == dict(enumerate(VINS, start=1))
    assert all(one.data == (labelled_list.parent / one.name).read_bytes() for one in found.timed)


def test_a_folder_has_no_labels(labelled_list: Path) -> None:
    found = read(labelled_list.parent)
    assert (len(found), found.labelled, list(found.labelled_pixels())) == (4, 0, [])


def test_a_label_that_is_no_vin_is_no_label(labelled_list: Path, tmp_path: Path) -> None:
    shutil.copy(labelled_list.parent / "secret1.png", tmp_path / "a.png")
    (tmp_path / "list.txt").write_text(f"a.png\t###\na.png\t{VINS[0]}\na.png\tIOQ\n")
    found = read(tmp_path / "list.txt")
    assert (len(found), found.labelled) == (3, 1)


def test_what_does_not_fit_into_memory_is_still_read_for_accuracy(labelled_list: Path) -> None:
    found = read(labelled_list, memory_bytes=10_000)  # one picture has 9,000 bytes of pixels
    assert (len(found.timed), len(found.others), len(found), found.labelled) == (2, 2, 4, 4)
    assert {key(pixels): label for pixels, label in found.labelled_pixels()} == dict(enumerate(VINS, start=1))
    assert found.sha256 == read(labelled_list).sha256


def test_the_hash_knows_the_pictures_and_not_their_order_names_or_place(labelled_list: Path, tmp_path: Path) -> None:
    for place in range(1, 5):
        shutil.copy(labelled_list.parent / f"secret{place}.png", tmp_path / f"{9 - place}.png")
    same = read(tmp_path)
    assert same.sha256 == read(labelled_list).sha256
    (tmp_path / "8.png").unlink()
    assert read(tmp_path).sha256 != same.sha256


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; give 'picture<TAB>VIN' lines"),
        ("missing.png\tX\n", "missing.png"),
        ("no tab\n", "has no tab"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "list.txt").write_text(text)
    with pytest.raises(VinEdgeError, match=sentence):
        read(tmp_path / "list.txt")


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    with pytest.raises(VinEdgeError, match=r"a\.png"):
        read(tmp_path)
