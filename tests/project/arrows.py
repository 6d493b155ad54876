"""Who imports whom, read from the source: Python modules with what they import, C++ files with what they include.

Nothing is imported; imports inside functions and under TYPE_CHECKING count like any other.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "vinedge": ROOT / "runtime/vinedge",
    "vinedge.distill": ROOT / "distill",
    "vinedge.export": ROOT / "export",
    "vinedge.benchmarks": ROOT / "benchmarks",
}
CPP = ROOT / "runtime/cpp"


class Import(NamedTuple):
    """`file` (relative to the repository) imports module `target`; `area` is the part of the package it belongs to."""

    file: str
    area: str
    target: str

    @property
    def top(self) -> str:
        return self.target.partition(".")[0]


def area_of(module: str) -> str:
    """Return the part of the package that `module` belongs to: the longest matching name of FOLDERS."""
    return max((area for area in FOLDERS if module == area or module.startswith(area + ".")), key=len)


def imports() -> Iterator[Import]:
    """Yield every import of every module of the package, standard library and `__future__` left out."""
    for area, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            module = ".".join([area, *path.relative_to(folder).with_suffix("").parts])
            for target in imported(path, module):
                if target.partition(".")[0] not in sys.stdlib_module_names:
                    yield Import(str(path.relative_to(ROOT)), area, target)


def imported(path: Path, module: str) -> Iterator[str]:
    """Yield the absolute names that the file at `path`, known as `module`, imports."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield name
            # `from . import recognizer` imports a module, `from .errors import VinEdgeError` a name: both are kept,
            # a name too many changes no answer about areas and vendors.
            yield from (f"{name}.{alias.name}" for alias in node.names)


def includes() -> Iterator[tuple[str, str]]:
    """Yield (file relative to runtime/cpp, included name as written) of every C++ file."""
    for path in sorted(CPP.rglob("*.[ch]pp")):
        for line in path.read_text(encoding="utf-8").splitlines():
            match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if match:
                yield str(path.relative_to(CPP)), match[1]
