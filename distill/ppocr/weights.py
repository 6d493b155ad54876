"""Loading arrays into a layer by name, all or nothing, with one report of everything that does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from paddle import nn

from vinedge.errors import VinEdgeError

SHOWN = 10  # names of each kind in a message; the report has them all


@dataclass(frozen=True)
class Fit:
    """How names and shapes of arrays compare with a layer's."""

    matching: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshaped: tuple[str, ...]  # "name: the file has ..., the recognizer ..."

    @property
    def complete(self) -> bool:
        return not (self.missing or self.unexpected or self.misshaped)

    def __str__(self) -> str:
        lines = [f"{len(self.matching)} weights fit"]
        for title, names in (
            ("missing in the file", self.missing),
            ("unexpected in the file", self.unexpected),
            ("of another shape or type", self.misshaped),
        ):
            if names:
                lines.append(f"{len(names)} {title}:")
                lines += [f"  {name}" for name in names[:SHOWN]]
                if len(names) > SHOWN:
                    lines.append(f"  ... and {len(names) - SHOWN} more")
        return "\n".join(lines)


def compare(layer: nn.Layer, arrays: Mapping[str, np.ndarray]) -> Fit:
    """Compare `arrays` with `layer.state_dict()`; arrays must hold floats."""
    wanted = {key: tuple(value.shape) for key, value in layer.state_dict().items()}
    shared = [key for key in wanted if key in arrays]
    misshaped = {
        key: f"{key}: the file has {arrays[key].dtype} {arrays[key].shape}, the recognizer float32 {wanted[key]}"
        for key in shared
        if arrays[key].shape != wanted[key] or arrays[key].dtype.kind != "f"
    }
    return Fit(
        matching=tuple(key for key in shared if key not in misshaped),
        missing=tuple(key for key in wanted if key not in arrays),
        unexpected=tuple(key for key in arrays if key not in wanted),
        misshaped=tuple(misshaped.values()),
    )


def load_weights(layer: nn.Layer, arrays: Mapping[str, np.ndarray], where: str, *, fresh: Sequence[str] = ()) -> Fit:
    """Load `arrays` into `layer`; `VinEdgeError` with the whole report, and nothing loaded, unless all of it fits.

    Keys that begin with one of `fresh` may be missing and keep their random start. `where` names the file.
    """
    fit = compare(layer, arrays)
    missing = [key for key in fit.missing if not key.startswith(tuple(fresh))]
    if missing or fit.unexpected or fit.misshaped:
        raise VinEdgeError(
            f"{where} does not fit the recognizer; give weights of the same recognizer and dictionary\n{fit}"
        )
    values = layer.state_dict()
    for key in fit.matching:
        values[key].set_value(arrays[key].astype(np.float32))
    return fit
