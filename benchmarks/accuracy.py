"""How right the readings are, with intervals: never a latency without it.

readings + labels -> exact match, how often a VIN was given at all, how often such a VIN was right, CER
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vinedge.metrics import Proportion, edit_distance, exact_match

from .document import estimate_entry, proportion_entry
from .estimates import Estimate, bootstrap
from .ocr_rules import plain_text, vin_from_text
from .run import Run
from .subject import Answer


@dataclass(frozen=True)
class Accuracy:
    """Of the bundle's own answers. `exact`: the VIN given is the label, of all labelled pictures. `given`: the
    reader gave a VIN (17 legal characters). `right_when_given`: exact of those given. CER is over the raw text.
    """

    exact: Proportion
    given: Proportion
    right_when_given: Proportion
    character_error_rate: Estimate


@dataclass(frozen=True)
class TextAccuracy:
    """Of any reader's text: its letters and digits are the label, and so after the rules (see `ocr_rules.py`)."""

    plain: Proportion
    rules: Proportion


def measure(run: Run) -> dict[str, Any] | None:
    """Read every labelled picture once, also those that were too many to time; None when there is no label."""
    answers: list[Answer] = []
    labels: list[str] = []
    labelled = run.pictures.labelled
    for pixels, label in run.pictures.labelled_pixels():
        answers.append(run.reader.read(pixels))
        labels.append(label)
        run.progress("accuracy", len(labels) / labelled)
    if not labels:
        return None
    found = accuracy_of(answers, labels)
    return {
        "exact": proportion_entry(found.exact),
        "given": proportion_entry(found.given),
        "right_when_given": proportion_entry(found.right_when_given),
        "character_error_rate": estimate_entry(found.character_error_rate),
    }


def accuracy_of(answers: Sequence[Answer], labels: Sequence[str]) -> Accuracy:
    """Compare answers with labels, at least one of each, in the same order."""
    exact = exact_match([answer.vin or "" for answer in answers], labels)
    given = sum(answer.vin is not None for answer in answers)
    # One row a picture: edits and label length are resampled together.
    edits = np.array([(edit_distance(a.raw, label), len(label)) for a, label in zip(answers, labels, strict=True)])
    return Accuracy(
        exact,
        Proportion(given, len(labels)),
        Proportion(exact.hits, given),
        bootstrap(edits, lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum())),
    )


def text_accuracy_of(texts: Sequence[str], labels: Sequence[str]) -> TextAccuracy:
    """Compare texts with labels, plain and with the rules."""
    return TextAccuracy(
        exact_match([plain_text(text) for text in texts], labels),
        exact_match([vin_from_text(text) for text in texts], labels),
    )
