"""Writing bundles: all or nothing, an old bundle survives every failure, and nobody else's files are deleted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from vinedge import bundle as bundle_module
from vinedge.bundle import check_destination, open_bundle, write_bundle
from vinedge.errors import VinEdgeError

SPECIMEN = Path(__file__).parents[1] / "golden" / "bundle_v1"
MODEL = (SPECIMEN / "model.onnx").read_bytes()


def document(**changes: Any) -> dict[str, Any]:
    known = json.loads((SPECIMEN / "bundle.json").read_text(encoding="utf-8"))
    return {**{key: value for key, value in known.items() if key != "files"}, **changes}


def everything(folder: Path) -> dict[str, bytes]:
    """Content of every file under `folder`, temporary leftovers included."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_written_bundle_opens_with_what_was_given(tmp_path: Path) -> None:
    card = tmp_path / "elsewhere.md"
    card.write_text("# card\n", encoding="utf-8")
    written = write_bundle(tmp_path / "new" / "demo", document(name="demo"), {"model.onnx": MODEL, "card.md": card})
    opened = open_bundle(tmp_path / "new" / "demo")
    assert written == opened
    assert (opened.name, opened.files["card.md"].bytes, opened.path().read_bytes()) == ("demo", 7, MODEL)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["demo"]


def test_folder_is_readable_by_others(tmp_path: Path) -> None:
    # A device often runs the reader as another user than the one who copied the bundle.
    plain = tmp_path / "plain"
    plain.mkdir()
    assert (
        write_bundle(tmp_path / "demo", document(), {"model.onnx": MODEL}).folder.stat().st_mode == plain.stat().st_mode
    )


def test_existing_bundle_is_replaced(tmp_path: Path) -> None:
    write_bundle(tmp_path / "demo", document(name="old"), {"model.onnx": MODEL, "card.md": b"old"})
    (tmp_path / "demo" / "engines").mkdir()
    write_bundle(tmp_path / "demo", document(name="new"), {"model.onnx": MODEL})
    assert open_bundle(tmp_path / "demo").name == "new"
    assert sorted(everything(tmp_path)) == ["demo/bundle.json", "demo/model.onnx"]


def test_damaged_bundle_is_replaced(tmp_path: Path) -> None:
    write_bundle(tmp_path / "demo", document(), {"model.onnx": MODEL})
    (tmp_path / "demo" / "model.onnx").write_bytes(b"damaged")
    assert write_bundle(tmp_path / "demo", document(), {"model.onnx": MODEL}).path().read_bytes() == MODEL


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    assert write_bundle(tmp_path, document(), {"model.onnx": MODEL}).folder == tmp_path


def test_link_to_a_bundle_stays_a_link(tmp_path: Path) -> None:
    write_bundle(tmp_path / "real", document(name="old"), {"model.onnx": MODEL})
    (tmp_path / "link").symlink_to("real")
    write_bundle(tmp_path / "link", document(name="new"), {"model.onnx": MODEL})
    assert (tmp_path / "link").is_symlink()
    assert open_bundle(tmp_path / "real").name == "new"


@pytest.mark.parametrize("listed", [False, True], ids=["no bundle at all", "a bundle and a stranger's file"])
def test_foreign_files_are_never_deleted(tmp_path: Path, listed: bool) -> None:
    folder = tmp_path / "demo"
    if listed:
        write_bundle(folder, document(), {"model.onnx": MODEL})
    folder.mkdir(exist_ok=True)
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    before = everything(tmp_path)
    with pytest.raises(VinEdgeError, match=r"it holds 'thesis.txt', which is no part of a bundle; name a new folder"):
        write_bundle(folder, document(), {"model.onnx": MODEL})
    assert everything(tmp_path) == before


def test_someone_elses_bundle_json_does_not_make_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text('{"format": "webpack", "files": {}}', encoding="utf-8")
    with pytest.raises(VinEdgeError, match=r"it holds 'bundle.json'"):
        check_destination(tmp_path)


@pytest.mark.parametrize(
    ("place", "sentence"), [("file", "it is a file; name a folder"), ("file/sub", "can be written")]
)
def test_place_that_cannot_be_a_folder(tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(VinEdgeError, match=sentence):
        write_bundle(tmp_path / place, document(), {"model.onnx": MODEL})
    assert everything(tmp_path) == {"file": b"kept"}


def test_place_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere, so permissions cannot be used
    with pytest.raises(VinEdgeError, match=r"is not a folder that can be written to; choose another place"):
        check_destination(tmp_path / "demo")


def test_name_that_no_file_system_holds(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"File name too long; choose another place"):
        check_destination(tmp_path / ("n" * 300))


@pytest.mark.parametrize(
    ("changes", "files", "sentence"),
    [
        ({"charset": "ABC"}, {"model.onnx": MODEL}, "'charset'"),
        ({}, {"model.onnx": MODEL, "model.onnx.data": b"weights"}, "model.onnx.data, which holds tensors outside"),
        ({}, {"model.onnx": MODEL, "../x": b""}, "'../x'"),
        ({}, {"model.onnx": MODEL + b"\x0a\x08location"}, "keeps tensors outside its own file"),
        ({}, {}, "lists 0 files"),
        ({}, {"model.onnx": Path("absent.onnx")}, "absent.onnx"),
    ],
    ids=["charset", "sidecar", "path", "external data", "no files", "absent file"],
)
def test_wrong_content_writes_nothing(tmp_path: Path, changes: Any, files: Any, sentence: str) -> None:
    with pytest.raises(VinEdgeError, match=sentence) as caught:
        write_bundle(tmp_path / "demo", document(**changes), files)
    assert ".tmp" not in str(caught.value), "a user never sees the temporary name"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk full", "Ctrl-C"]
)
@pytest.mark.parametrize("failing", range(6))
def test_old_bundle_survives_a_failure_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: BaseException
) -> None:
    """The five steps that touch the disk: make the folder, two files, old aside, new in its place."""
    folder = tmp_path / "demo"
    write_bundle(folder, document(name="old"), {"model.onnx": MODEL})
    before = everything(tmp_path)
    steps = {"mkdir": Path.mkdir, "write_bytes": Path.write_bytes, "write_text": Path.write_text, "rename": Path.rename}
    done = 0

    def counted(name: str) -> Any:
        def step(path: Path, *args: Any, **kwargs: Any) -> Any:
            nonlocal done
            done += 1
            if done == failing + 1:
                raise error
            return steps[name](path, *args, **kwargs)

        return step

    for name in steps:
        monkeypatch.setattr(Path, name, counted(name))
    if failing < 5:
        with pytest.raises((VinEdgeError, KeyboardInterrupt)):
            write_bundle(folder, document(name="new"), {"model.onnx": MODEL})
        monkeypatch.undo()
        assert everything(tmp_path) == before
    else:
        write_bundle(folder, document(name="new"), {"model.onnx": MODEL})
        assert open_bundle(folder).name == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_a_writer_that_corrupts_is_caught_before_the_swap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bundle(tmp_path / "demo", document(name="old"), {"model.onnx": MODEL})
    honest = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: honest(path, data[:-1]))
    with pytest.raises(VinEdgeError, match=r"model.onnx has 641 bytes"):
        write_bundle(tmp_path / "demo", document(name="new"), {"model.onnx": MODEL})
    monkeypatch.undo()
    assert open_bundle(tmp_path / "demo").name == "old"


def test_not_a_number_is_our_mistake_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_bundle(tmp_path / "demo", document(report={"accuracy": float("nan")}), {"model.onnx": MODEL})
    assert list(tmp_path.iterdir()) == []


def test_moving_a_bundle_changes_nothing(tmp_path: Path) -> None:
    write_bundle(tmp_path / "here", document(), {"model.onnx": MODEL})
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert bundle_module.open_bundle(tmp_path / "there").files.keys() == {"model.onnx"}
