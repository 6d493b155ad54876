"""Validation: a data set with planted defects; every finding is asserted by kind and row, and nothing else is found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.charset import SYMBOLS
from vinedge.distill import importers
from vinedge.distill.inspection import CHUNK, Inspected, inspect_all
from vinedge.distill.validation import ERRORS, WARNINGS, Report, label_faults, text_from_report, validate
from vinedge.manifest import Sample
from vinedge.vin import check_digit, is_legal

VALID, OTHER, UNCHECKED, INVALID = "1M8GDM9AXKP042788", "JH4KA8172MC002609", "WVWZZZ1KZAW000001", "1M8GDM9A1KP042788"


def picture(path: Path, shade: int) -> str:
    cv2.imwrite(str(path), np.full((8, 40, 3), shade, np.uint8))
    return path.name


def report_on(*lists: tuple[str, Path]) -> Report:
    rows = ((split, row) for split, path in lists for row in importers.rows(path))
    return validate(inspect_all(rows, workers=2))


def planted(folder: Path) -> list[tuple[str, Path]]:
    """Write a train and a val list whose defects the comments name."""
    names = {shade: picture(folder / f"{shade}.png", shade) for shade in range(14)}
    (folder / "copy_of_0.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "also_0.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "cut.png").write_bytes((folder / "13.png").read_bytes()[:40])
    (folder / "text.png").write_text("no picture")
    train = [
        f"{names[0]}\t{VALID}",  # 1 fine
        f"{names[1]}\t{UNCHECKED}",  # 2 fine
        f"{names[2]}\t{VALID[:16]}",  # 3 too short
        f"{names[3]}\t{VALID}1",  # 4 too long
        f"{names[4]}\tIM8GDM9AXKPO42788",  # 5 I and O
        f"{names[5]}\t1M8GDM9AXKP04278*",  # 6 a star
        f"{names[6]}\t{OTHER.lower()}",  # 7 small letters
        f"missing.png\t{OTHER}",  # 8 missing picture
        f"cut.png\t{OTHER}",  # 9 truncated picture
        f"text.png\t{OTHER}",  # 10 no picture
        f"{names[0]}\t{VALID}",  # 11 row 1 again
        f"copy_of_0.png\t{VALID}",  # 12 another file with the bytes of row 1
        f"also_0.png\t{UNCHECKED}",  # 13 the same picture, another label
        f"{names[7]}\t{INVALID}",  # 14 compulsory check digit wrong
        "a row without a tab",  # 15 malformed
        f"{names[8]}\t",  # 16 no label
    ]
    val = [
        f"{names[9]}\tWVWZZZ1KZAW000002",  # 1 fine
        f"{names[10]}\t{UNCHECKED}",  # 2 in train as well
        f"{names[1]}\tWVWZZZ1KZAW000003",  # 3 the picture of train row 2, another label
    ]
    for name, lines in (("train.txt", train), ("val.txt", val)):
        (folder / name).write_text("\n".join(lines) + "\n")
    return [("train", folder / "train.txt"), ("val", folder / "val.txt")]


EXPECTED = [
    ("train.txt:3", "wrong_length", "has 16 characters; a VIN has 17"),
    ("train.txt:4", "wrong_length", "has 18 characters"),
    ("train.txt:5", "illegal_character", "'I' at 1, 'O' at 12; I, O and Q are in no VIN, look for 1 and 0"),
    ("train.txt:6", "illegal_character", "has '*' at 17"),
    ("train.txt:7", "not_uppercase", "has small letters"),
    ("train.txt:8", "missing_picture", "missing.png does not exist"),
    ("train.txt:9", "broken_picture", "cut.png is truncated"),
    ("train.txt:10", "broken_picture", "text.png is not a PNG"),
    ("train.txt:11", "duplicate_row", "train.txt:1 is the same row"),
    ("train.txt:12", "duplicate_picture", "0.png (train.txt:1)"),
    ("train.txt:13", "conflicting_label", f"train.txt:1 has the same picture as '{VALID}'"),
    ("train.txt:14", "check_digit_invalid", "has '1' at 9 where 'X' is compulsory"),
    ("train.txt:15", "malformed_row", "has no tab"),
    ("train.txt:16", "wrong_length", "'' has 0 characters"),
    ("val.txt:2", "vin_in_two_splits", f"'{UNCHECKED}' is in train (train.txt:2) as well"),
    ("val.txt:3", "conflicting_label", f"train.txt:2 has the same picture as '{UNCHECKED}'"),
]


def test_every_planted_defect_is_named_by_row_and_nothing_else(tmp_path: Path) -> None:
    report = report_on(*planted(tmp_path))
    assert [(finding.source, finding.kind) for finding in report.findings] == [row[:2] for row in EXPECTED]
    for finding, (source, kind, words) in zip(report.findings, EXPECTED, strict=True):
        assert words in finding.message, (source, kind)
    assert report.rows == Counter(train=16, val=3)
    # Legal labels: VALID x3 and OTHER x3, UNCHECKED x3 and two more W..., INVALID.
    assert report.check_digits == Counter(valid=6, not_applicable=5, invalid=1)
    assert report.errors == len(EXPECTED) - 1
    assert {finding.kind for finding in report.findings} == set(ERRORS) | set(WARNINGS)


def test_the_report_as_text_and_as_json(tmp_path: Path) -> None:
    report = report_on(*planted(tmp_path))
    lines = text_from_report(report).splitlines()
    for (source, kind, _), line in zip(EXPECTED, lines, strict=False):
        assert line.startswith(f"{source}: {kind}: ")
    assert lines[-1] == (
        "19 rows (train 16, val 3); check digits: valid 6, invalid 1, not_applicable 5; 15 errors, 1 warnings"
    )
    document = report.as_json()
    assert (document["rows"], document["errors"], document["warnings"]) == (19, 15, 1)
    assert document["splits"] == {"train": 16, "val": 3}
    assert document["counts"]["wrong_length"] == 3
    assert document["findings"][11]["severity"] == "warning"
    assert document["findings"][5]["path"] == str(tmp_path / "missing.png")
    assert document["findings"][12]["path"] is None


def test_a_clean_set_has_no_findings(tmp_path: Path) -> None:
    rows = [f"{picture(tmp_path / f'{k}.png', k)}\tWVWZZZ1KZAW00000{k}\n" for k in range(8)]
    rows += [f"{picture(tmp_path / '9.png', 9)}\tWVWZZZ1KZAW000001\n"]  # a vehicle with two pictures is fine
    (tmp_path / "train.txt").write_text("".join(rows))
    report = report_on(("train", tmp_path / "train.txt"))
    assert report.findings == [] and report.errors == 0
    assert text_from_report(report) == (
        "9 rows (train 9); check digits: valid 0, invalid 0, not_applicable 9; 0 errors, 0 warnings"
    )


def test_a_vin_in_small_letters_still_leaks_between_splits(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(f"{picture(tmp_path / '1.png', 1)}\t{VALID}\n")
    (tmp_path / "val.txt").write_text(f"{picture(tmp_path / '2.png', 2)}\t{VALID.lower()}\n")
    report = report_on(("train", tmp_path / "train.txt"), ("val", tmp_path / "val.txt"))
    assert [finding.kind for finding in report.findings] == ["not_uppercase", "vin_in_two_splits"]


@given(st.text(alphabet=SYMBOLS + "IOQa*é ", max_size=20))
def test_a_label_is_without_fault_when_it_is_a_vin_and_not_otherwise(label: str) -> None:
    kinds = {kind for kind, _ in label_faults(label)}
    assert (kinds <= set(WARNINGS)) == is_legal(label)
    assert ("check_digit_invalid" in kinds) == (is_legal(label) and check_digit(label) == "invalid")


# ---- inspection -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 5])
def test_inspection_keeps_the_order_whatever_the_workers(workers: int, tmp_path: Path) -> None:
    samples = [Sample(tmp_path / f"{k}.png", VALID, f"x:{k}") for k in range(3 * CHUNK + 1)]
    for k, sample in enumerate(samples):
        cv2.imwrite(str(sample.path), np.zeros((5 + k % 7, 10 + k, 3), np.uint8))
    inspected = list(inspect_all(((f"s{k % 2}", sample) for k, sample in enumerate(samples)), workers))
    assert [(one.row, one.split, one.width, one.height) for one in inspected] == [
        (sample, f"s{k % 2}", 10 + k, 5 + k % 7) for k, sample in enumerate(samples)
    ]
    assert len({one.digest for one in inspected}) == len(samples)


def test_inspection_streams() -> None:
    """A list of any length takes constant memory: only a few chunks are fetched ahead of what is used."""
    fetched = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal fetched
        while True:
            fetched += 1
            yield "data", Sample(Path("missing.png"), VALID, f"x:{fetched}")

    stream = inspect_all(endless(), workers=2)
    first = next(stream)
    assert isinstance(first, Inspected) and first.missing
    assert fetched <= 6 * CHUNK
    stream.close()  # type: ignore[attr-defined]
