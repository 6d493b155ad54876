"""What is wrong with a data set, row by row, named so that each row can be found and mended.

Errors make training or its measurement wrong; the only warning is a compulsory check digit that does not fit
(a typing mistake in the label more often than a real vehicle). Rows are looked at once, in order: a duplicate or a
VIN of another split is reported where it appears the second time, and says where the first stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vinedge.charset import SYMBOLS, VIN_LENGTH
from vinedge.manifest import Sample
from vinedge.vin import check_digit, check_symbol, is_legal

from .importers import BadRow
from .inspection import Inspected

ERRORS = {
    "malformed_row": "a row that is no picture and label",
    "wrong_length": "a label that has not 17 characters",
    "illegal_character": "a label with a character that no VIN contains",
    "not_uppercase": "a label with small letters",
    "missing_picture": "a picture that does not exist",
    "broken_picture": "a picture that cannot be decoded",
    "duplicate_row": "the same picture with the same label again",
    "duplicate_picture": "another file with the same bytes and label",
    "conflicting_label": "the same picture with another label",
    "vin_in_two_splits": "a VIN that another split has as well",
}
STATES = ("valid", "invalid", "not_applicable")
WARNINGS = {"check_digit_invalid": "a compulsory check digit that does not fit"}


@dataclass(frozen=True)
class Finding:
    """One thing wrong: `kind` is a key of `ERRORS` or `WARNINGS`, `source` the row (`train.txt:12`)."""

    kind: str
    split: str
    source: str
    path: str | None
    message: str

    @property
    def is_error(self) -> bool:
        return self.kind in ERRORS


@dataclass
class Report:
    """Everything found, with counts of rows by split and of legal labels by check-digit state."""

    rows: Counter[str] = field(default_factory=Counter)
    check_digits: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(finding.is_error for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "rows": self.rows.total(),
            "splits": dict(self.rows),
            "check_digits": {state: self.check_digits[state] for state in STATES},
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "counts": dict(Counter(finding.kind for finding in self.findings)),
            "findings": [
                {"kind": f.kind, "severity": "error" if f.is_error else "warning", "split": f.split, "source": f.source}
                | {"path": f.path, "message": f.message}
                for f in self.findings
            ],
        }


def validate(rows: Iterable[Inspected]) -> Report:
    """Look at every row once and return the report."""
    report = Report()
    pictures = _SeenPictures()
    splits = _SeenVins()
    for inspected in rows:
        report.rows[inspected.split] += 1
        row = inspected.row
        found: list[tuple[str, str]] = []
        if isinstance(row, BadRow):
            found.append(("malformed_row", row.reason))
        else:
            found += label_faults(row.vin)
            found += _picture_faults(inspected)
            found += pictures.compare(inspected, row)
            found += splits.compare(inspected.split, row)
            if is_legal(row.vin):
                report.check_digits[check_digit(row.vin)] += 1
        path = None if isinstance(row, BadRow) else str(row.path)
        report.findings += [Finding(kind, inspected.split, row.source, path, message) for kind, message in found]
    return report


def label_faults(label: str) -> Iterator[tuple[str, str]]:
    """Yield `(kind, message)` of everything wrong with one label."""
    if len(label) != VIN_LENGTH:
        yield "wrong_length", f"{label!r} has {len(label)} characters; a VIN has {VIN_LENGTH}"
    upper = label.upper()
    if upper != label:
        yield "not_uppercase", f"{label!r} has small letters; write it in capitals"
    illegal = [f"{symbol!r} at {at}" for at, symbol in enumerate(upper, start=1) if symbol not in SYMBOLS]
    if illegal:
        advice = "; I, O and Q are in no VIN, look for 1 and 0" if set(upper) & set("IOQ") else ""
        yield "illegal_character", f"{label!r} has {', '.join(illegal)}{advice}"
    if is_legal(label) and check_digit(label) == "invalid":
        yield (
            "check_digit_invalid",
            f"{label!r} has {label[8]!r} at 9 where {check_symbol(label)!r} is compulsory; compare it with the picture",
        )


def text_from_report(report: Report) -> str:
    """Return the findings, one a line, and a summary."""
    lines = [f"{f.source}: {f.kind}: {f.message}" for f in report.findings]
    counts = Counter(finding.kind for finding in report.findings)
    if lines:
        lines.append("")
    lines += [f"{count:>8}  {kind}: {(ERRORS | WARNINGS)[kind]}" for kind, count in counts.most_common()]
    states = ", ".join(f"{state} {report.check_digits[state]}" for state in STATES)
    splits = ", ".join(f"{name} {count}" for name, count in report.rows.items())
    warnings = len(report.findings) - report.errors
    lines.append(
        f"{report.rows.total()} rows ({splits}); check digits: {states}; {report.errors} errors, {warnings} warnings"
    )
    return "\n".join(lines)


def _picture_faults(inspected: Inspected) -> Iterator[tuple[str, str]]:
    if inspected.fault:
        yield ("missing_picture" if inspected.missing else "broken_picture"), str(inspected.fault)


class _SeenPictures:
    """Pictures by content; about 300 bytes of memory for each."""

    def __init__(self) -> None:
        self._first: dict[bytes, Sample] = {}

    def compare(self, inspected: Inspected, sample: Sample) -> Iterator[tuple[str, str]]:
        if inspected.digest is None or inspected.fault:
            return
        first = self._first.setdefault(inspected.digest, sample)
        if first is sample:
            return
        if first.vin != sample.vin:
            yield "conflicting_label", f"{sample.vin!r}, but {first.source} has the same picture as {first.vin!r}"
        elif Path(first.path) == Path(sample.path):
            yield "duplicate_row", f"{first.source} is the same row"
        else:
            yield "duplicate_picture", f"the same bytes as {first.path} ({first.source})"


class _SeenVins:
    """The first row of each VIN in each split."""

    def __init__(self) -> None:
        self._first: dict[str, dict[str, str]] = {}

    def compare(self, split: str, sample: Sample) -> Iterator[tuple[str, str]]:
        vin = sample.vin.upper()
        if not is_legal(vin):
            return
        places = self._first.setdefault(vin, {})
        others = [f"{other} ({source})" for other, source in places.items() if other != split]
        places.setdefault(split, sample.source)
        if others:
            yield "vin_in_two_splits", f"{vin!r} is in {', '.join(others)} as well; split by vehicle"
