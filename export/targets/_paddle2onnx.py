"""paddle2onnx's one door, in a process of its own: it ends the whole process at an operator that it does not know.

python -m vinedge.export.targets._paddle2onnx FOLDER     # student.json, student.pdiparams -> student.onnx
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# 17 keeps LayerNormalization in one node, and every engine we aim at reads it.
OPSET = 17
STEM = "student"


def onnx_from_program(folder: Path) -> bytes:
    """Return the ONNX file of the Paddle program in `folder`; RuntimeError with what the converter said."""
    command = [sys.executable, "-m", __name__, str(folder)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    made = folder / f"{STEM}.onnx"
    if done.returncode or not made.is_file():
        raise RuntimeError(f"paddle2onnx ended with {done.returncode} and said:\n{done.stdout}\n{done.stderr}")
    return made.read_bytes()


def convert(folder: Path) -> None:
    """Write `student.onnx` beside the program in `folder`."""
    import paddle2onnx

    data = paddle2onnx.export(
        str(folder / f"{STEM}.json"),
        str(folder / f"{STEM}.pdiparams"),
        opset_version=OPSET,
        auto_upgrade_opset=False,
        # Its default, "polygraphy", runs pip install in the user's environment.
        optimize_tool="None",
    )
    (folder / f"{STEM}.onnx").write_bytes(data)


if __name__ == "__main__":
    convert(Path(sys.argv[1]))
