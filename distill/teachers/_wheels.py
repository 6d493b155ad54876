"""Models that lie inside other projects' wheels, found without importing (and so without running) them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from vinedge.errors import VinEdgeError


def file_in_wheel(package: str, relative: str, teacher: str, extra: str) -> Path:
    """Return the path of a file of an installed `package`; if it is missing, the error names the extra to install."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / relative
        if path.is_file():
            return path
    found = f"is installed without {relative}" if folders else "is not installed"
    raise VinEdgeError(
        f"teacher '{teacher}' needs the package {package}, which {found}; run: pip install 'vinedge[{extra}]'"
    )
