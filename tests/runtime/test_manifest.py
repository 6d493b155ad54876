"""PaddleOCR lists: what is written is read back, what is no list is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample, read_list, write_list

PAIRS = [("images/a b.png", "1M8GDM9AXKP042788"), ("deep/er/ä.jpg", "WVWZZZ1KZAW000001")]


def test_a_written_list_is_read_back(tmp_path: Path) -> None:
    write_list(tmp_path / "train.txt", PAIRS)
    assert (tmp_path / "train.txt").read_bytes().count(b"\n") == 2
    assert read_list(tmp_path / "train.txt") == [
        Sample(tmp_path / "images/a b.png", "1M8GDM9AXKP042788", "train.txt:1"),
        Sample(tmp_path / "deep/er/ä.jpg", "WVWZZZ1KZAW000001", "train.txt:2"),
    ]


def test_paths_may_be_relative_to_another_folder_or_absolute(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write_list(tmp_path / "list.txt", [("a.png", "X"), (str(tmp_path / "b.png"), "Y")])
    assert [sample.path for sample in read_list(tmp_path / "list.txt", elsewhere)] == [
        elsewhere / "a.png",
        tmp_path / "b.png",
    ]


def test_byte_order_mark_windows_lines_blank_lines_and_spaces(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_bytes(b"\xef\xbb\xbfa.png\tABC \r\n\r\n   \nb.png\t DEF")
    assert [(sample.path.name, sample.vin, sample.source) for sample in read_list(path)] == [
        ("a.png", "ABC", "labels.tsv:1"),
        ("b.png", "DEF", "labels.tsv:4"),
    ]


def test_labels_are_not_judged(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.png\tnot a VIN\nb.png\t\n")
    assert [sample.vin for sample in read_list(tmp_path / "list.txt")] == ["not a VIN", ""]


def test_a_line_without_a_tab_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.png\tABC\nb.png DEF\n")
    with pytest.raises(VinEdgeError, match=r"list\.txt:2 has no tab; each line must be 'picture<TAB>VIN'"):
        read_list(tmp_path / "list.txt")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", "folder"])
def test_what_is_no_text_file_is_named(tmp_path: Path, content: bytes | str | None) -> None:
    path = tmp_path / "list.txt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(VinEdgeError, match=r"cannot read the list .*list\.txt: .*; give a text file") as error:
        read_list(path)
    assert "\n" not in str(error.value)
