"""The folder is the registry: a student, teacher, loss, technique or quantizer is one file, found by its name.

File name = command-line name = name in a bundle. Listing imports nothing.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from .errors import VinEdgeError


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the nearest known word, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def names(package: ModuleType) -> list[str]:
    """Return the sorted names of the modules that lie in the folder of `package`."""
    folder = Path(next(iter(package.__path__)))
    return sorted(file.stem for file in folder.glob("*.py") if not file.stem.startswith("_"))


def load(package: ModuleType, name: str) -> ModuleType:
    """Import and return module `name` of `package`; an unknown name is an error that lists the known ones."""
    known = names(package)
    if name not in known:
        kind = package.__name__.rpartition(".")[2].rstrip("s")
        raise VinEdgeError(f"unknown {kind} '{name}'{nearest(name, known)} (known: {', '.join(known)})")
    return importlib.import_module(f"{package.__name__}.{name}")
