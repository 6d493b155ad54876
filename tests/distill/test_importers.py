"""Importers: one specimen of each format gives the same samples; what is malformed is a bad row, not a crash."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from vinedge.distill import importers
from vinedge.distill.importers import BadRow, MissingPictureError
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample, read_list

lmdb = pytest.importorskip("lmdb")

VINS = ["1M8GDM9AXKP042788", "WVWZZZ1KZAW000001", "JH4KA8172MC002609"]
FORMATS = ["fast_plate", "folder", "lmdb", "paddleocr", "tao"]


def png(shade: int = 0) -> bytes:
    return cv2.imencode(".png", np.full((6, 40, 3), shade, np.uint8))[1].tobytes()


def write_lmdb(folder: Path, records: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    with lmdb.open(str(folder), map_size=2**20) as environment, environment.begin(write=True) as transaction:
        for key, value in records.items():
            transaction.put(key.encode(), value)


def lmdb_records(vins: list[str]) -> dict[str, bytes]:
    records = {"num-samples": str(len(vins)).encode()}
    for number, vin in enumerate(vins, start=1):
        records |= {f"image-{number:09d}": png(number), f"label-{number:09d}": vin.encode()}
    return records


def specimen(form: str, folder: Path) -> Path:
    """Write the three VINs in one format and return what a user would name."""
    pictures = folder / ("images" if form == "tao" else "pictures")
    pictures.mkdir(parents=True)
    names = [f"{vin}.png" if form == "folder" else f"{number} x.png" for number, vin in enumerate(VINS, start=1)]
    for number, name in enumerate(names, start=1):
        (pictures / name).write_bytes(png(number))
    pairs = list(zip(names, VINS, strict=True))
    if form == "paddleocr":
        path = folder / "train.txt"
        path.write_text("\ufeff" + "".join(f"pictures/{name}\t{vin}\n" for name, vin in pairs), encoding="utf-8")
    elif form == "fast_plate":
        path = folder / "plates.csv"
        rows = "".join(f'"pictures/{name}",US,{vin}\r\n' for name, vin in pairs)
        path.write_text(f"image_path,region,plate_text\r\n{rows}", newline="")
    elif form == "tao":
        path = folder / "gt_list.txt"
        path.write_text("".join(f"{name}\t{vin}\n" for name, vin in pairs))
    elif form == "lmdb":
        path = folder / "set.lmdb"
        write_lmdb(path, lmdb_records(VINS))
    else:
        path = pictures
    return path


def test_names() -> None:
    assert importers.formats() == FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_labels_and_pictures(form: str, tmp_path: Path) -> None:
    path = specimen(form, tmp_path)
    assert importers.detect(path) == form
    samples = importers.read_samples([path])
    assert sorted(sample.vin for sample in samples) == sorted(VINS)
    for sample in samples:
        shade = VINS.index(sample.vin) + 1
        assert importers.picture_bytes(sample.path) == png(shade)
        assert (importers.load(sample.path) == shade).all()
    assert importers.read_samples([path], form=form) == samples


def test_the_streamed_paddleocr_list_agrees_with_the_root_package(tmp_path: Path) -> None:
    path = specimen("paddleocr", tmp_path)
    assert importers.read_samples([path]) == read_list(path)
    assert importers.read_samples([path], root=tmp_path / "a") == read_list(path, tmp_path / "a")


@pytest.mark.parametrize(
    "line", ['word 1.png, "ABC D"', "word 1.png\tABC D", "word 1.png ABC D", "word 1.png,ABC D", 'word 1.png "ABC D"  ']
)
def test_tao_lines_in_all_their_forms(line: str, tmp_path: Path) -> None:
    (tmp_path / "gt_list.txt").write_text(f"{line}\n")
    (row,) = importers.rows(tmp_path / "gt_list.txt")
    assert row == Sample(tmp_path / "word 1.png", "ABC D", "gt_list.txt:1")
    other = tmp_path / "list.txt"  # under another name the form itself is recognized, but a tab is PaddleOCR's
    other.write_text(f"{line}\n")
    assert importers.detect(other) == ("paddleocr" if "\t" in line else "tao")


def test_lmdbs_in_sub_folders_and_in_one_file(tmp_path: Path) -> None:
    write_lmdb(tmp_path / "sets/b", lmdb_records(VINS[:1]))
    write_lmdb(tmp_path / "sets/a", lmdb_records(VINS[1:]))
    samples = importers.read_samples([tmp_path / "sets"])
    assert [(sample.source, sample.vin) for sample in samples] == list(
        zip(["a:1", "a:2", "b:1"], [*VINS[1:], VINS[0]], strict=True)
    )
    single = tmp_path / "single.mdb"
    with (
        lmdb.open(str(single), subdir=False, map_size=2**20) as environment,
        environment.begin(write=True) as transaction,
    ):
        for key, value in lmdb_records(VINS).items():
            transaction.put(key.encode(), value)
    assert [importers.picture_bytes(sample.path) for sample in importers.read_samples([single])] == [
        png(1),
        png(2),
        png(3),
    ]


def test_an_lmdb_is_read_in_a_forked_process(tmp_path: Path) -> None:
    """As data loading workers do: the parent's environment must not be used in the child."""
    (sample, *_) = importers.read_samples([specimen("lmdb", tmp_path)])
    assert importers.picture_bytes(sample.path) == png(1)
    child = os.fork()
    if child == 0:
        os._exit(0 if importers.picture_bytes(sample.path) == png(1) else 1)
    assert os.waitpid(child, 0)[1] == 0


# ---- bad rows -------------------------------------------------------------------------------------------------------


def bad_rows(path: Path, form: str | None = None) -> list[tuple[str, str]]:
    return [(row.source, row.reason) for row in importers.rows(path, form) if isinstance(row, BadRow)]


def test_bad_rows_of_lists(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_bytes(f"a.png\t{VINS[0]}\n\nno tab here\n".encode() + b"b\xff.png\tX\n" + f"c.png\t{VINS[1]}".encode())
    assert bad_rows(path) == [
        ("train.txt:3", "has no tab; write 'picture<TAB>VIN'"),
        ("train.txt:4", "is not UTF-8 text; save the list as UTF-8"),
    ]
    assert len(list(importers.rows(path))) == 4
    with pytest.raises(VinEdgeError, match=r"train\.txt:3 has no tab; .* validate names every such row"):
        importers.read_samples([path])
    (tmp_path / "gt_list.txt").write_text(f"a.png\t{VINS[0]}\nwithout a picture name\n")
    assert bad_rows(tmp_path / "gt_list.txt") == [
        ("gt_list.txt:2", "is not a picture's name and a text; write 'picture<TAB>VIN'")
    ]


def test_bad_rows_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "plates.csv"
    path.write_text(f"image_path,plate_text\na.png,{VINS[0]}\nb.png\n,{VINS[1]}\n")
    assert bad_rows(path) == [("plates.csv:3", "has no plate_text"), ("plates.csv:4", "has no image_path")]
    with pytest.raises(VinEdgeError, match=r"other\.csv has no column plate_text in its first line"):
        (tmp_path / "other.csv").write_text("image_path,text\n")
        list(importers.rows(tmp_path / "other.csv", "fast_plate"))


def test_bad_rows_of_a_folder(tmp_path: Path) -> None:
    for name in (f"{VINS[0]}_2.png", "sub/short1M8.jpg", f"{VINS[0]}-{VINS[1]}.png", ".hidden.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    reason = "of 17 letters and digits in its name; exactly one must be the VIN"
    assert bad_rows(tmp_path) == [
        (f"{VINS[0]}-{VINS[1]}.png", f"has 2 words {reason}"),
        ("sub/short1M8.jpg", f"has no word {reason}"),
    ]


def test_bad_rows_of_an_lmdb(tmp_path: Path) -> None:
    records = lmdb_records(VINS)
    del records["label-000000002"], records["image-000000001"]
    records["label-000000003"] = b"\xff"
    records["another"] = b"entry"
    write_lmdb(tmp_path / "set", records)
    assert bad_rows(tmp_path / "set") == [
        ("set:2", "has no key label-000000002"),
        ("set:3", "has a label-000000003 that is not UTF-8 text"),
    ]
    (first, *_) = importers.rows(tmp_path / "set")
    assert isinstance(first, Sample)
    with pytest.raises(MissingPictureError, match="has no key image-000000001"):
        importers.picture_bytes(first.path)


@pytest.mark.parametrize("count", [None, b"", b"-1", b"3.5", b"999999999999"])
def test_an_lmdb_with_a_wrong_count_is_refused(count: bytes | None, tmp_path: Path) -> None:
    write_lmdb(tmp_path / "set", {"other": b"x"} if count is None else {"num-samples": count or b"many"})
    with pytest.raises(VinEdgeError, match=r"the LMDB .*num-samples"):
        list(importers.rows(tmp_path / "set"))


def test_a_damaged_lmdb_and_a_missing_package_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/data.mdb").write_bytes(b"nothing that LMDB wrote" * 500)
    with pytest.raises(VinEdgeError, match=r"cannot open the LMDB .*damaged"):
        list(importers.rows(tmp_path / "damaged"))
    write_lmdb(tmp_path / "fine", lmdb_records(VINS))
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(VinEdgeError, match=r"needs the lmdb package; run: pip install 'vinedge\[lmdb\]'"):
        list(importers.rows(tmp_path / "fine"))


# ---- what is no data at all -----------------------------------------------------------------------------------------


def test_unknown_things_are_refused_with_the_formats(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(png())
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "prose.txt").write_text("Dear reader,\n")
    for name in ("picture.png", "empty.txt", "prose.txt"):
        with pytest.raises(VinEdgeError, match=rf"{name} is in no format .* --format \(fast_plate, folder, "):
            importers.detect(tmp_path / name)
    with pytest.raises(VinEdgeError, match=r"cannot open .*missing\.txt: No such file"):
        list(importers.rows(tmp_path / "missing.txt", "paddleocr"))
    with pytest.raises(VinEdgeError, match="unknown importer 'paddle'; did you mean 'paddleocr'"):
        list(importers.rows(tmp_path / "prose.txt", "paddle"))


def test_a_file_without_line_ends_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "huge.txt").write_bytes(b"a.png\t" + b"A" * 70_000)
    with pytest.raises(VinEdgeError, match=r"huge\.txt:1 is longer than 65536 bytes"):
        list(importers.rows(tmp_path / "huge.txt", "paddleocr"))


@pytest.mark.parametrize("form", ["folder", "lmdb"])
def test_a_root_has_no_meaning_where_nothing_is_named(form: str, tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match="leave --root out"):
        list(importers.rows(specimen(form, tmp_path), root=tmp_path))


def test_pictures_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingPictureError, match=r"picture .*no\.png does not exist"):
        importers.picture_bytes(tmp_path / "no.png")
    for name in (tmp_path, tmp_path / "nul\0.png"):
        with pytest.raises(VinEdgeError, match="cannot read picture"):
            importers.picture_bytes(name)


# ---- ratio_list -----------------------------------------------------------------------------------------------------


def numbered_list(path: Path, count: int) -> Path:
    path.write_text("".join(f"{number}.png\t{VINS[0]}\n" for number in range(count)))
    return path


def test_ratios_draw_a_share_of_each_list(tmp_path: Path) -> None:
    lists = [numbered_list(tmp_path / "a.txt", 100), numbered_list(tmp_path / "b.txt", 41)]
    drawn = importers.read_samples(lists, ratios=[0.25, 0.5], seed=3)
    assert [sum(sample.source.startswith(name) for sample in drawn) for name in ("a.txt", "b.txt")] == [25, 20]
    assert len(set(drawn)) == 45
    everything = importers.read_samples(lists)
    assert [sample for sample in everything if sample in set(drawn)] == drawn  # in the lists' order
    assert importers.read_samples(lists, ratios=[0.25, 0.5], seed=3) == drawn
    assert importers.read_samples(lists, ratios=[0.25, 0.5], seed=4) != drawn
    assert importers.read_samples(lists, ratios=[1.0, 1.0]) == everything


def test_wrong_ratios(tmp_path: Path) -> None:
    path = numbered_list(tmp_path / "a.txt", 3)
    with pytest.raises(VinEdgeError, match="2 ratios for 1 lists"):
        importers.read_samples([path], ratios=[1, 1])
    for ratio in (0, 1.5, -1, float("nan")):
        with pytest.raises(VinEdgeError, match="must be above 0 and at most 1"):
            importers.read_samples([path], ratios=[ratio])
