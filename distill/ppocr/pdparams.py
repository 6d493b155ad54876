"""Arrays out of a Paddle weight file (`*.pdparams`), without running what else the file may contain.

A `.pdparams` is a pickle, and `paddle.load` runs whatever its author wrote into it. `pickle_arrays` carries out
only what arrays need. Read is what `paddle.save` writes: a dictionary of name -> array or name -> (parameter
name, array), with its table of parameter names left out and arrays over 1 GiB (protocols 2 and 3) put together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vinedge.errors import VinEdgeError

from .pickle_arrays import Array, RefusedError, read_arrays

# What paddle.save adds beside the arrays.
NAME_TABLE = "StructuredToParameterName@@"
SLICE_TABLE = "UnpackBigParamInfor@@"


def read_pdparams(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the file at `path` by name, read-only.

    `VinEdgeError` if the file is missing or broken, or if it asks for anything but arrays, which is named.
    """
    try:
        content = path.read_bytes()
    except OSError as reason:
        raise VinEdgeError(f"cannot read {path}: {reason}; check the path") from None
    try:
        return _arrays(read_arrays(content))
    except RefusedError as reason:
        raise VinEdgeError(
            f"{path} is refused: {reason}; a weight file holds arrays only, so take it from its publisher again"
        ) from None
    except (ValueError, LookupError, TypeError, OverflowError, MemoryError) as reason:
        raise VinEdgeError(
            f"{path} is no complete Paddle weight file ({str(reason) or type(reason).__name__}); get it again"
        ) from None


def _arrays(document: Any) -> dict[str, np.ndarray]:
    if not isinstance(document, dict):
        raise RefusedError(f"it holds a {type(document).__name__}, not a dictionary of arrays")
    document.pop(NAME_TABLE, None)
    slices = document.pop(SLICE_TABLE, {})
    arrays = {}
    for name, value in document.items():
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            value = value[1]
        if not isinstance(name, str) or not isinstance(value, Array) or value.value is None:
            raise RefusedError(f"its entry {str(name)[:80]!r} is no array")
        arrays[name] = value.value
    for name, parts in slices.items():
        whole = np.concatenate([arrays.pop(part) for part in parts["slices"]])
        arrays[name] = whole.reshape(parts["OriginShape"])
    return arrays
