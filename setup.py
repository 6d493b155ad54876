"""Build vinedge: one import package mapped from the top-level folders, and one C++ extension built with CMake."""

import re
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent

PACKAGES = {
    "vinedge": "runtime/vinedge",
    "vinedge.distill": "distill",
    "vinedge.distill.students": "distill/students",
    "vinedge.distill.teachers": "distill/teachers",
    "vinedge.distill.importers": "distill/importers",
    "vinedge.distill.ppocr": "distill/ppocr",
    "vinedge.distill.losses": "distill/losses",
    "vinedge.distill.finetune": "distill/finetune",
    "vinedge.distill.synthetic": "distill/synthetic",
    "vinedge.export": "export",
    "vinedge.export.targets": "export/targets",
    "vinedge.benchmarks": "benchmarks",
    "vinedge.benchmarks.peers": "benchmarks/peers",
}

DISTILL = [
    "paddlepaddle==3.3.1",
    "safetensors>=0.4",
    "PyYAML>=6",
    "rich>=13",
    "Pillow>=10",
    "matplotlib>=3.7",
    "font-roboto==0.0.1",
]
# paddle2onnx 2.1 needs onnx <= 1.17, which is why onnx stays off the device.
EXPORT = [*DISTILL, "paddle2onnx==2.1.0", "onnx>=1.16,<1.18", "onnxslim>=0.1.90"]
BENCH = ["rich>=13"]
DEV = ["pytest>=8", "hypothesis>=6", "ruff==0.17.6", "mypy==2.4.1", "types-PyYAML", "lmdb>=1.4"]
# The C++ tests and the packaging tests build without pip's isolation: what pyproject.toml asks for, and build itself.
BUILD = ["build>=1.2", "setuptools>=77", "cmake>=3.22", "ninja", "nanobind==3.1.0"]
EXTRAS = {
    "distill": DISTILL,
    "export": EXPORT,
    "bench": BENCH,
    # PP-OCRv6 small as a teacher: the model lies in the wheel, nothing is downloaded later.
    "teachers": ["rapidocr==3.10.0"],
    # What vin-bench --peers compares with. rapidocr-onnxruntime asks for the non-headless OpenCV, hence its own extra.
    "peers": ["rapidocr==3.10.0", "rapidocr-onnxruntime==1.4.4"],
    "lmdb": ["lmdb>=1.4"],
    "gpu": ["onnxruntime-gpu>=1.23"],
    "dev": [*DEV, *BUILD],
}


class CMakeBuild(build_ext):
    """Build `vinedge._native` with the CMake project at the repository root (CMake and ninja come through pip)."""

    def build_extension(self, ext: Extension) -> None:
        target = Path(self.get_ext_fullpath(ext.name)).resolve()
        build = (Path(self.build_temp) / "cmake").resolve()
        configure = [
            "cmake", "-S", str(ROOT.resolve()), "-B", str(build), "-G", "Ninja",
            "-DCMAKE_BUILD_TYPE=Release", "-DVINEDGE_PYTHON=ON",
            f"-DPython_EXECUTABLE={sys.executable}", f"-DVINEDGE_EXTENSION_DIR={target.parent}",
        ]  # fmt: skip
        subprocess.run(configure, check=True)
        subprocess.run(["cmake", "--build", str(build), "--target", "_native"], check=True)


version = re.search(r'__version__ = "(.+)"', (ROOT / "runtime/vinedge/version.py").read_text()).group(1)

setup(
    name="vinedge",
    version=version,
    description="Read vehicle identification numbers from pictures: distil, quantize, export and run tiny readers",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    package_dir=PACKAGES,
    packages=list(PACKAGES),
    package_data={"vinedge": ["py.typed", "*.pyi"]},
    ext_modules=[Extension("vinedge._native", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
    install_requires=["numpy>=1.24", "onnxruntime>=1.20", "opencv-python-headless>=4.8,<5"],
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "vin-read = vinedge.cli:main",
            "vin-synth = vinedge.distill.synth_cli:main",
            "vin-data = vinedge.distill.data_cli:main",
            "vin-distill = vinedge.distill.cli:main",
            "vin-export = vinedge.export.cli:main",
            "vin-bench = vinedge.benchmarks.cli:main",
        ]
    },
    zip_safe=False,
)
