"""Output of converters is kept, whoever prints it, and the streams come back whatever happens."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import pytest

from vinedge.export.quiet import quiet


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_everything_printed_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet() as printed:
        print("python out")
        print("python err", file=sys.stderr)
        os.write(1, b"native out\n")
        os.write(2, b"native err\n")
        warnings.warn("a warning", stacklevel=1)
        assert printed() == "python out\npython err\nnative out\nnative err\n"
    print("after")
    assert capfd.readouterr() == ("after\n", "")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_streams_come_back_after_an_error(capfd: pytest.CaptureFixture[str], error: type[BaseException]) -> None:
    before = open_files()
    with pytest.raises(error), quiet():
        os.write(1, b"hidden")
        raise error
    os.write(2, b"seen")
    assert capfd.readouterr() == ("", "seen")
    assert open_files() == before
