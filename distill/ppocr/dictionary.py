"""The symbols of a PP-OCR recognizer: PaddleOCR's dictionary files, and the text of every class.

Layout as in PaddleOCR's `CTCLabelDecode`: class 0 is the blank, then the dictionary, then the space if the
network was trained with `use_space_char`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vinedge.errors import VinEdgeError

# The key under which rapidocr stores the dictionary in its ONNX files.
METADATA_KEY = "character"


def read_dictionary(path: Path) -> list[str]:
    """Return the symbols of a PaddleOCR dictionary file, one a line; a line may be a single space."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise VinEdgeError(
            f"cannot read the dictionary {path}: {reason}; give a UTF-8 file with one symbol a line"
        ) from None
    return _symbols(text)


def dictionary_in(metadata: Mapping[str, str], where: str) -> list[str]:
    """Return the symbols that an ONNX file carries in its metadata; `where` names it in errors."""
    if METADATA_KEY not in metadata:
        raise VinEdgeError(
            f"{where} carries no dictionary (metadata key '{METADATA_KEY}'); give its dictionary file as well"
        )
    return _symbols(metadata[METADATA_KEY])


def classes_from_dictionary(dictionary: Sequence[str], count: int, where: str) -> list[str]:
    """Return the text of each of the `count` classes: blank (empty), the dictionary, and the space if there is one."""
    classes = ["", *dictionary]
    if count == len(classes) + 1:
        classes.append(" ")
    if count != len(classes):
        raise VinEdgeError(
            f"{where}: the network has {count} classes, but the dictionary's {len(dictionary)} symbols with the blank "
            f"make {len(dictionary) + 1} (one more with the space); give the dictionary it was trained with"
        )
    return classes


def _symbols(text: str) -> list[str]:
    # Not splitlines(): a dictionary may hold U+0085 or U+2028 as a symbol.
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
