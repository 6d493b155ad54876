"""The folder is the registry: names without importing, modules by name, near misses named."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vinedge.errors import VinEdgeError
from vinedge.registry import load, names, nearest


@pytest.fixture
def losses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package `losses` of three files, one of which cannot be imported."""
    folder = tmp_path / "losses"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "ctc.py").write_text("weight = 1")
    (folder / "attention.py").write_text("raise ImportError('must not be imported to be listed')")
    (folder / "_shared.py").write_text("")
    (folder / "notes.txt").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "losses"]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("losses")


def test_names_are_sorted_and_private_files_are_not_listed(losses: ModuleType) -> None:
    assert names(losses) == ["attention", "ctc"]


def test_load_returns_the_module(losses: ModuleType) -> None:
    assert load(losses, "ctc").weight == 1


def test_an_unknown_name_lists_the_known_ones(losses: ModuleType) -> None:
    with pytest.raises(VinEdgeError) as error:
        load(losses, "ctcc")
    assert "'ctcc'; did you mean 'ctc'? (known: attention, ctc)" in str(error.value)


@pytest.mark.parametrize("name", ["_shared", "__init__", "../ctc", "notes"])
def test_only_listed_names_are_imported(losses: ModuleType, name: str) -> None:
    with pytest.raises(VinEdgeError):
        load(losses, name)


def test_an_import_error_in_a_known_module_is_not_swallowed(losses: ModuleType) -> None:
    with pytest.raises(ImportError, match="must not be imported to be listed"):
        load(losses, "attention")


def test_nearest() -> None:
    assert nearest("epoch", ["epochs", "seed"]) == "; did you mean 'epochs'?"
    assert nearest("zzz", ["epochs", "seed"]) == ""
