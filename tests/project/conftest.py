"""Build the distribution once, as a user's machine would, and install it beside the device's dependencies alone."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

import pytest
from distribution import ROOT, Built, run

# What a fresh clone does not hold: git itself and what it ignores.
MADE = (".git", ".venv", "build", "dist", "runs", "data", "bundles", "demo", "*.egg-info", "*.so", "*.log")
CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
# What `import vinedge` and reading need beside the package itself; onnxruntime is opened, never imported.
DEVICE = ("numpy", "cv2", "onnxruntime")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Clone -> source archive -> wheel. The one C++ build of these tests: about a minute."""
    folder = tmp_path_factory.mktemp("built")
    clone = folder / "clone"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(*MADE, *CACHES))
    # cmake and ninja come with the development extra and need not be on the caller's path.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, "--sdist", ".", cwd=clone, environment=environment)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (unpacked,) = (folder / "unpacked").iterdir()
    run(*build, "--wheel", ".", cwd=unpacked, environment=environment)
    (wheel,) = folder.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="session")
def device(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` folder of an environment that holds the wheel, numpy, OpenCV, onnxruntime and nothing else."""
    home = tmp_path_factory.mktemp("device")
    venv.create(home, symlinks=True, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    for name in DEVICE:
        installed = Path(
            run(sys.executable, "-c", f"import {name}; print({name}.__path__[0])", cwd=home).stdout.strip()
        )
        # A wheel's bundled libraries lie beside its package.
        for part in (installed, *installed.parent.glob("*.libs")):
            if not (site / part.name).exists():
                (site / part.name).symlink_to(part)
    pip = (sys.executable, "-m", "pip", "--python", home / "bin/python", "--disable-pip-version-check")
    run(*pip, "install", "--no-deps", "--no-index", "--quiet", built.wheel, cwd=home)
    return home / "bin"
