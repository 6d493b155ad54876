"""A file is replaced whole or stays as it was, and nothing else is left in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from vinedge.atomic import replacing


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("old")
    with replacing(path) as fresh:
        fresh.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("reason", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path: Path, reason: type[BaseException]) -> None:
    path = tmp_path / "list.txt"
    path.write_text("old")
    with pytest.raises(reason), replacing(path) as fresh:
        fresh.write_text("half")
        raise reason
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
