"""From the arrays of an official PP-OCR file to a recognizer of VINs.

Student.backbone..., head.ctc_head.fc.weight (120, 6625), head.gtc_head...
  -> prefix removed -> what reading does not need left out -> head and guide restricted to the VIN alphabet
  -> first convolution summed over colors for a gray recognizer -> loaded, all or nothing
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vinedge.errors import VinEdgeError

from .guidance import SHIFT
from .projection import vin_classes_in
from .recognizers import Recognizer
from .weights import Fit, load_weights

HEAD = "head.ctc_head.fc."
# Axis of the guide's weights that counts tokens.
GUIDE_AXES = {"head.gtc_head.embedding.embedding.weight": 0, "head.gtc_head.tgt_word_prj.weight": 1}


@dataclass(frozen=True)
class Loaded:
    """What was loaded, and what the file held beside it: key and reason."""

    fit: Fit
    left_out: dict[str, str]


def load_pretrained(
    recognizer: Recognizer,
    arrays: Mapping[str, np.ndarray],
    where: str,
    *,
    source: Sequence[str] | None = None,
    fresh: Sequence[str] = (),
) -> Loaded:
    """Load an official file's arrays.

    `source` are the class texts of the file's head (`dictionary.classes_from_dictionary`) when the recognizer has
    the 34 VIN classes; without it the heads must agree. `fresh` as in `load_weights`; `where` names the file.
    """
    arrays = without_prefix(arrays)
    left_out = {key: reason for key in arrays if (reason := recognizer.not_needed(key))}
    arrays = {key: array for key, array in arrays.items() if key not in left_out}
    if source is not None:
        arrays = for_vins(arrays, source, where)
    if recognizer.backbone.channels == 1:
        arrays = for_gray(arrays, recognizer)
    return Loaded(load_weights(recognizer, arrays, where, fresh=fresh), left_out)


def without_prefix(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the student's arrays of a distillation checkpoint (`Student.` before every key), else all of them."""
    student = {key.removeprefix("Student."): array for key, array in arrays.items() if key.startswith("Student.")}
    return student or dict(arrays)


def for_vins(arrays: Mapping[str, np.ndarray], source: Sequence[str], where: str) -> dict[str, np.ndarray]:
    """Return the arrays with the CTC head, and the guide if there is one, restricted to the VIN alphabet."""
    weight = arrays.get(HEAD + "weight")
    if weight is None or weight.shape[-1] != len(source):
        found = "no CTC head" if weight is None else f"a CTC head of {weight.shape[-1]} classes"
        raise VinEdgeError(
            f"{where} has {found}, the dictionary gives {len(source)}; give the dictionary it was trained with"
        )
    classes = vin_classes_in(source)
    projected = dict(arrays)
    for name in ("weight", "bias"):
        if HEAD + name in arrays:
            projected[HEAD + name] = arrays[HEAD + name][..., classes]
    # Special tokens stay, then the symbols, then the spare class at the end.
    for name, axis in GUIDE_AXES.items():
        if name in arrays:
            count = arrays[name].shape[axis]
            tokens = np.concatenate([np.arange(SHIFT + 1), classes[1:] + SHIFT, [count - 1]])
            projected[name] = np.take(arrays[name], tokens, axis=axis)
    return projected


def for_gray(arrays: Mapping[str, np.ndarray], recognizer: Recognizer) -> dict[str, np.ndarray]:
    """Return the arrays with the first convolution `[out, 3, kh, kw]` summed to `[out, 1, kh, kw]`.

    On a gray picture, whose three colors are equal, the outputs stay the same.
    """
    key = "backbone." + recognizer.backbone.first_convolution
    if key not in arrays:
        return dict(arrays)
    return {**arrays, key: arrays[key].sum(axis=1, keepdims=True)}
