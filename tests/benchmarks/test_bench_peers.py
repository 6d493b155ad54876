"""Peers are found by file name, a missing one is named with its remedy, and the real ones use one thread each."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from types import ModuleType

import cv2
import numpy as np
import pytest

from vinedge import VinEdgeError, registry
from vinedge.benchmarks import peers
from vinedge.benchmarks.ocr_rules import vin_from_text
from vinedge.benchmarks.peers import open_peers

NAMES = registry.names(peers)


def installed(module: ModuleType) -> bool:
    return importlib.util.find_spec(module.IMPORT_NAME) is not None


def test_the_known_peers_are_there() -> None:
    assert {"ppocr_v4_mobile", "ppocr_v6_small"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_peer_module_says_what_it_is_and_imports_no_vendor(name: str) -> None:
    module = registry.load(peers, name)
    assert module.TITLE and module.IMPORT_NAME and module.DISTRIBUTION and callable(module.build)
    code = f"import sys, vinedge.benchmarks.peers.{name}; assert {module.IMPORT_NAME!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_real_peer_reads_a_clear_line_on_one_thread(name: str) -> None:
    module = registry.load(peers, name)
    if not installed(module):
        pytest.skip(f"{module.DISTRIBUTION} is not installed")
    picture = np.full((60, 640, 3), 235, np.uint8)
    cv2.putText(picture, "1HGCM82633A004352", (20, 42), cv2.FONT_HERSHEY_DUPLEX, 1.4, (20, 20, 20), 2, cv2.LINE_AA)
    reader = module.build()
    assert vin_from_text(reader.read(picture)) == "1HGCM82633A004352"
    assert reader.read(np.full((32, 320, 3), 200, np.uint8)) == ""
    assert reader.read(np.full((9, 41, 3), 200, np.uint8)) == ""  # smaller than its own least height
    assert (reader.name, reader.title, reader.threads) == (name, module.TITLE, 1)
    assert reader.package.startswith(module.DISTRIBUTION + " ")


class Blank:
    name = title = package = "blank"
    threads = 1

    def read(self, picture: np.ndarray) -> str:
        return ""


def pretend(monkeypatch: pytest.MonkeyPatch, present: set[str]) -> None:
    """Let only the distributions of `present` peers be found, and build nothing real."""
    modules = {name: registry.load(peers, name) for name in NAMES}
    found = {module.IMPORT_NAME for name, module in modules.items() if name in present}
    monkeypatch.setattr(peers, "find_spec", lambda name: object() if name in found else None)
    for module in modules.values():
        monkeypatch.setattr(module, "build", Blank)


def test_a_missing_peer_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, {"ppocr_v4_mobile"})
    found = open_peers()
    assert len(found.readers) == 1
    assert {
        "title": "PP-OCRv6 small",
        "reason": "rapidocr is not installed; run: pip install 'vinedge[peers]'",
    } in list(found.not_measured)


def test_no_peer_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, set())
    with pytest.raises(VinEdgeError, match=r"none is installed; run: pip install 'vinedge\[peers\]'"):
        open_peers()
