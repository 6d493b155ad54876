"""Dictionaries of PP-OCR recognizers: odd symbols survive, foreign ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from vinedge.distill.ppocr.dictionary import classes_from_dictionary, dictionary_in, read_dictionary
from vinedge.errors import VinEdgeError


def test_a_dictionary_in_metadata() -> None:
    assert dictionary_in({"character": "a\nb\n"}, "m.onnx") == ["a", "b"]
    with pytest.raises(VinEdgeError, match=r"m.onnx carries no dictionary"):
        dictionary_in({}, "m.onnx")


def test_a_dictionary_file_keeps_odd_symbols(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_bytes("A\r\n \n\u0085\n\u2028\nZ\n".encode())
    assert read_dictionary(path) == ["A", " ", "\u0085", "\u2028", "Z"]


def test_the_space_is_appended_when_the_network_has_a_class_for_it() -> None:
    assert classes_from_dictionary(["A", "B"], 3, "x.onnx") == ["", "A", "B"]
    assert classes_from_dictionary(["A", "B"], 4, "x.onnx") == ["", "A", "B", " "]


@pytest.mark.parametrize("count", [2, 5])
def test_a_foreign_dictionary_is_refused(count: int) -> None:
    with pytest.raises(VinEdgeError, match=f"x.onnx: the network has {count} classes, but .* 2 symbols .* make 3"):
        classes_from_dictionary(["A", "B"], count, "x.onnx")


def test_an_unreadable_dictionary_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.bin").write_bytes(b"\xff\xfe\x00")
    for name in ("keys.bin", "missing.txt"):
        with pytest.raises(VinEdgeError, match=f"cannot read the dictionary .*{name}"):
            read_dictionary(tmp_path / name)
