"""Other readers measured on the same pictures: one file each, found by its name.

A peer module has `TITLE` (for people), `IMPORT_NAME` (what must be installed; looked for without importing it),
`DISTRIBUTION` (what pip calls it) and `build() -> TextReader`, which uses the peer's own preprocessing and decoding,
one thread, and nothing from the network.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from vinedge import registry
from vinedge.errors import VinEdgeError


class TextReader(Protocol):
    """A reader of one text line. `name` is its file name, `title` its name for people, `package` what was installed,
    `threads` how many it uses.
    """

    name: str
    title: str
    package: str
    threads: int

    def read(self, picture: np.ndarray) -> str:
        """Return the text on a BGR uint8 picture (H, W, 3)."""


@dataclass(frozen=True)
class Peers:
    """Readers to compare with, and those that could not be had: `{"title", "reason"}`."""

    readers: Sequence[TextReader]
    not_measured: Sequence[dict[str, str]]


def open_peers() -> Peers:
    """Open every peer that is installed; `VinEdgeError` when none is."""
    package = importlib.import_module(__name__)
    modules = [registry.load(package, name) for name in registry.names(package)]
    installed = [module for module in modules if find_spec(module.IMPORT_NAME)]
    not_measured = [
        {"title": module.TITLE, "reason": f"{module.DISTRIBUTION} is not installed; run: pip install 'vinedge[peers]'"}
        for module in modules
        if module not in installed
    ]
    if not installed:
        names = " and ".join(module.DISTRIBUTION for module in modules)
        raise VinEdgeError(f"--peers needs {names}, and none is installed; run: pip install 'vinedge[peers]'")
    return Peers([module.build() for module in installed], not_measured)
