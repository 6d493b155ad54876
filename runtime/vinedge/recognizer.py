"""The friendly face: a bundle, an engine and a decoder in one; pictures in, readings out.

    recognizer = Recognizer.from_bundle("bundles/demo")
    reading = recognizer.read(image_bgr)
    print(reading.vin, reading.confidence, reading.check_digit)

One recognizer may be shared by many threads: it keeps a set of buffers for each call that runs at the same time,
and the GIL is released while it works. The work is done by the C++ core (`runtime/cpp`).
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from .errors import VinEdgeError
from .preprocess import InputSpec

try:
    from . import _native
except ImportError as reason:
    raise VinEdgeError(
        f"the C++ extension vinedge._native cannot be loaded ({reason}); in a clone of vinedge run: pip install ."
    ) from None

Reading = _native.Reading
StageTimes = _native.StageTimes

__all__ = ["EngineInfo", "Reading", "Recognizer", "StageTimes", "engines"]


class EngineInfo(TypedDict):
    """An engine of this build; `reason` says why it is not available, and what to do (empty when it is)."""

    name: str
    available: bool
    reason: str


class Recognizer(_native.Recognizer):
    """Reads VINs from pictures; see `read`, `read_batch`, `read_timed` and `logits`."""

    @classmethod
    def from_bundle(
        cls, path: str | os.PathLike[str], *, engine: str = "auto", threads: int = 1, policy: str = "off"
    ) -> Recognizer:
        """Open the bundle folder `path`.

        `engine` is a name from `engines()`, or "auto" for the first that is available; `threads` is what one run of
        the network may use; `policy` says what the check digit may do to a reading (`vinedge.policy`). `VinEdgeError`
        for a bundle that is not whole, for an engine that cannot run and for a policy that does not exist.
        """
        return cls(os.fsencode(path), engine, threads, _onnxruntime_library(), policy)

    @property
    def spec(self) -> InputSpec:
        """What the network expects."""
        return InputSpec(*self.input_spec)


def engines() -> list[EngineInfo]:
    """Return every engine of this build, in the order in which "auto" prefers them."""
    return [
        {"name": name, "available": available, "reason": reason}
        for name, available, reason in _native.engines(_onnxruntime_library())
    ]


def _onnxruntime_library() -> bytes:
    """Return the path of the library inside the installed onnxruntime wheel, which is not imported; empty if none.

    `VINEDGE_ONNXRUNTIME` overrides it; the C++ engine looks at that itself.
    """
    spec = find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        return b""
    libraries = sorted((Path(spec.origin).parent / "capi").glob("libonnxruntime.so*"))
    return os.fsencode(libraries[-1]) if libraries else b""
