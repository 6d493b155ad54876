"""Write `runtime/vinedge/_native.pyi`, the typed stub of the C++ extension, from the built extension itself.

    python tests/golden/make_native_stub.py [FILE]     # "-" prints it

Needs nanobind, which reads the signatures, and ruff, which formats them as the rest of the repository is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from vinedge import _native

STUB = Path(__file__).parents[2] / "runtime" / "vinedge" / "_native.pyi"
HEADER = "# Written by tests/golden/make_native_stub.py from the extension; a test holds it to that.\n"


def stub() -> str:
    """Return the stub as nanobind writes it, formatted as the rest of the repository is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "_native.pyi"
        subprocess.run(
            [sys.executable, "-m", "nanobind.stubgen", "--quiet", "-m", _native.__name__, "-o", file], check=True
        )
        text = HEADER + file.read_text(encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(STUB), "-"]
    return subprocess.run(ruff, input=text, check=True, capture_output=True, text=True).stdout


def main(target: str) -> None:
    if target == "-":
        sys.stdout.write(stub())
    else:
        Path(target).write_text(stub(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(STUB))
