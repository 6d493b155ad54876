"""setup.py and the folders agree."""

from __future__ import annotations

import ast

import arrows


def test_every_folder_with_python_files_is_a_package_in_setup() -> None:
    """A new sub-package that setup.py does not list works from a clone and is missing from the wheel."""
    tree = ast.parse((arrows.ROOT / "setup.py").read_text())
    (listed,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PACKAGES"
    )
    found = {path.parent for folder in arrows.FOLDERS.values() for path in folder.rglob("*.py")}
    assert {arrows.ROOT / folder for folder in listed.values()} == found
    assert all(name.split(".")[-1] == folder.split("/")[-1] for name, folder in listed.items())
