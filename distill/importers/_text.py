"""Lines of a text file with their numbers, streamed; what is not text is a bad row or an error, never a guess."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vinedge.errors import VinEdgeError

from . import BadRow

# A row is a path and a label; a longer "line" means that the file is no list at all.
MAX_LINE_BYTES = 65536


def numbered_lines(path: Path) -> Iterator[tuple[str, str] | BadRow]:
    """Yield `("list.txt:12", text without the line end)` for every line that is not blank."""
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                source = f"{path.name}:{number}"
                if len(raw) > MAX_LINE_BYTES:
                    raise VinEdgeError(
                        f"{path}:{number} is longer than {MAX_LINE_BYTES} bytes; give a list of pictures"
                    )
                try:
                    text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError:
                    yield BadRow(source, "is not UTF-8 text; save the list as UTF-8")
                    continue
                if text.strip():
                    yield source, text
    except OSError as reason:
        raise VinEdgeError(f"cannot read the list {path}: {reason.strerror}; check its path and permissions") from None


def first_line(path: Path) -> str:
    """Return the first line that is not blank, or an empty string when there is none or it is not text."""
    if not path.is_file():
        return ""
    try:
        line = next(numbered_lines(path), ("", ""))
    except VinEdgeError:
        return ""
    return "" if isinstance(line, BadRow) else line[1]
