"""vinedge: read vehicle identification numbers from pictures of one text line.

This root package is what a device imports: numpy and the C++ extension, never Paddle, onnx or TensorRT.

    from vinedge import Recognizer
    reading = Recognizer.from_bundle("bundles/demo").read(image_bgr)
    print(reading.vin, reading.confidence, reading.check_digit)
"""

from __future__ import annotations

from .errors import CheckFailed, VinEdgeError
from .version import __version__

__all__ = ["CheckFailed", "Reading", "Recognizer", "VinEdgeError", "__version__"]


def __getattr__(name: str) -> object:
    # The extension is loaded on first use, so that `vin-data` or `vin-synth` start without it.
    if name in ("Recognizer", "Reading"):
        from . import recognizer

        return getattr(recognizer, name)
    raise AttributeError(f"module 'vinedge' has no attribute {name!r}")
