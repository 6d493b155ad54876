"""What is shipped: a source archive that builds, a wheel of the package and nothing else, a small device side."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from email.parser import Parser
from pathlib import Path

import pytest
from distribution import ROOT, Built, run
from repository import tracked

pytestmark = pytest.mark.slow

FOLDERS = {"vinedge": "runtime/vinedge", **{f"vinedge/{part}": part for part in ("distill", "export", "benchmarks")}}
DEVICE_REQUIREMENTS = {"numpy", "onnxruntime", "opencv-python-headless"}
# The extra that each command needs, and arguments that get it as far as noticing.
COMMANDS: dict[str, tuple[str | None, list[str]]] = {
    "vin-read": (None, []),
    "vin-synth": ("distill", ["out", "--count", "1"]),
    "vin-data": (None, []),
    "vin-distill": ("distill", ["--config", "settings.yml"]),
    "vin-export": ("export", ["checkpoint", "-o", "bundle"]),
    "vin-bench": ("bench", ["bundle", "--pictures", "list.txt"]),
}


def package_files() -> set[str]:
    """Return the files that belong into a wheel: every module, typing files, and the extension."""
    files = {"vinedge/_native" + sysconfig.get_config_var("EXT_SUFFIX")}
    for package, folder in FOLDERS.items():
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".pyi") or path.name == "py.typed":
                files.add(f"{package}/{path.relative_to(ROOT / folder)}")
    return files


def requirements(built: Built) -> dict[str | None, set[str]]:
    """Return the distributions that the wheel requires, by extra; None is what every install gets."""
    required: dict[str | None, set[str]] = {None: set()}
    for line in Parser().parsestr(built.metadata()).get_all("Requires-Dist", []):
        name = re.match(r"[A-Za-z0-9._-]+", line)
        extra = re.search(r"""extra == ['"](\w+)['"]""", line)
        assert name
        required.setdefault(extra[1] if extra else None, set()).add(name[0].lower())
    return required


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    files = built.wheel_files()
    records = {name for name in files if ".dist-info/" in name}
    assert files - records == package_files()
    assert {name.rpartition("/")[2] for name in records} == {
        "LICENSE", "METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt",
    }  # fmt: skip


def test_the_source_archive_builds_and_tests(built: Built) -> None:
    files = built.sdist_files()
    sources = {str(path.relative_to(ROOT)) for path in tracked()}
    assert {name for name in sources - files if not name.startswith(".")} == set()
    assert not [name for name in files if name.endswith((".so", ".pyc"))]


def test_the_wheel_is_small(built: Built) -> None:
    assert built.wheel.stat().st_size < 4 * 2**20


def test_the_device_side_requires_three_distributions(built: Built) -> None:
    assert requirements(built)[None] == DEVICE_REQUIREMENTS


def test_no_extra_requires_torch_and_each_vendor_comes_with_its_extra(built: Built) -> None:
    required = requirements(built)
    assert not any("torch" in name or name == "tensorflow" for names in required.values() for name in names)
    assert set(required) - {None} == {"distill", "export", "bench", "teachers", "peers", "lmdb", "gpu", "dev"}
    assert required["distill"] <= required["export"]
    assert {"paddle2onnx", "onnx"} <= required["export"] - required["distill"]
    assert not {"paddlepaddle", "onnx"} & (required["bench"] | required["teachers"] | required["dev"])


def test_every_package_a_command_asks_for_is_brought_by_its_extra(built: Built) -> None:
    from vinedge.extras import NEEDED

    distribution = {"paddle": "paddlepaddle", "yaml": "pyyaml", "PIL": "pillow", "font_roboto": "font-roboto"}
    required = requirements(built)
    for extra, names in NEEDED.items():
        assert {distribution.get(name, name).lower() for name in names} <= required[extra]


def test_an_installed_package_is_imported_even_in_the_repository(device: Path) -> None:
    done = run(device / "python", "-c", "import vinedge; print(vinedge.__file__)", cwd=ROOT)
    assert Path(done.stdout.strip()).is_relative_to(device.parent)


def test_installed_reading_needs_the_device_side_only(device: Path, tmp_path: Path) -> None:
    golden = ROOT / "tests/golden"
    code = (
        "import sys, pathlib, cv2\n"
        "from vinedge import Recognizer\n"
        "picture = cv2.imread(sys.argv[2])\n"
        "print(Recognizer.from_bundle(pathlib.Path(sys.argv[1])).read(picture).vin)\n"
        "assert 'onnxruntime' not in sys.modules\n"
    )
    (picture,) = golden.glob("bundle_v1_*.pgm")
    done = run(device / "python", "-c", code, golden / "bundle_v1", picture, cwd=tmp_path)
    assert done.stdout.strip() == picture.stem.rpartition("_")[2]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_exists_in_every_install(command: str, device: Path, tmp_path: Path) -> None:
    assert f"usage: {command}" in run(device / command, "--help", cwd=tmp_path).stdout


@pytest.mark.parametrize("command", sorted(name for name, (extra, _) in COMMANDS.items() if extra))
def test_a_command_without_its_extra_says_which_brings_it(command: str, device: Path, tmp_path: Path) -> None:
    extra, arguments = COMMANDS[command]
    done = subprocess.run([device / command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"{command}: error: {command} needs ")
    assert sentence.endswith(f"; run: pip install 'vinedge[{extra}]'")
    assert list(tmp_path.iterdir()) == []
