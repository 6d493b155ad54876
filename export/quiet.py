"""Converters print: Paddle's and paddle2onnx's C++ code writes to the file descriptors of the whole process.

Here it goes to a temporary file, which is shown only when the conversion fails. For a command's main thread.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

_STREAMS = (1, 2)  # stdout and stderr


@contextmanager
def quiet() -> Iterator[Callable[[], str]]:
    """Keep everything the process prints off its stdout and stderr; yields a function that returns it so far."""
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "printed"
        kept = [os.dup(number) for number in _STREAMS]
        # Appending, because Python and C++ write through different buffers to the same file.
        with path.open("a", buffering=1, encoding="utf-8", errors="replace") as file:
            try:
                for number in _STREAMS:
                    os.dup2(file.fileno(), number)
                with redirect_stdout(file), redirect_stderr(file), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    yield lambda: path.read_text(encoding="utf-8", errors="replace")
            finally:
                for number, copy in zip(_STREAMS, kept, strict=True):
                    os.dup2(copy, number)
                    os.close(copy)
