"""What export tests share: a checkpoint, and eyes on everything that a process could do to its environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vinedge.distill.paddle_setup import prepare_paddle

prepare_paddle()

from gray_reader import GrayReader, make_checkpoint  # noqa: E402

from vinedge.export import pipeline  # noqa: E402
from vinedge.export.source import source_from_checkpoint  # noqa: E402
from vinedge.export.targets import _paddle2onnx  # noqa: E402
from vinedge.export.targets import onnx as onnx_target  # noqa: E402
from vinedge.export.targets.onnx import OnnxModel, onnx_from_student  # noqa: E402
from vinedge.preprocess import InputSpec  # noqa: E402

# Starting a program, or asking the network for something.
WATCHED = (
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "pty.spawn",
    "socket.connect",
    "socket.get",
)
_seen: list[str] = []
_watching = False


def _watch(event: str, args: object) -> None:
    if _watching and event.startswith(WATCHED):
        _seen.append(f"{event} {args}")


sys.addaudithook(_watch)  # cannot be removed again, hence the switch


@pytest.fixture
def programs_and_connections() -> Iterator[list[str]]:
    """The programs started and the connections made while the test runs (PEP 578)."""
    global _watching
    _seen.clear()
    _watching = True
    yield _seen
    _watching = False


@pytest.fixture(scope="session", autouse=True)
def _convert_in_this_process() -> Iterator[None]:
    """The converter's own process costs two seconds for importing Paddle again; `own_process` brings it back."""

    def onnx_from_program(folder: Path) -> bytes:
        _paddle2onnx.convert(folder)
        return (folder / "student.onnx").read_bytes()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_target, "onnx_from_program", onnx_from_program)
        yield


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convert as a user does."""
    monkeypatch.setattr(onnx_target, "onnx_from_program", _paddle2onnx.onnx_from_program)


@pytest.fixture
def student() -> GrayReader:
    return GrayReader()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("run") / "best")


@pytest.fixture(scope="session")
def exported() -> OnnxModel:
    """`GrayReader` as ONNX."""
    return onnx_from_student(GrayReader(), InputSpec())


@pytest.fixture(scope="session")
def converted(checkpoint: Path) -> OnnxModel:
    """`checkpoint` as ONNX."""
    source = source_from_checkpoint(checkpoint)
    return onnx_from_student(source.student, source.spec)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, converted: OnnxModel) -> None:
    """Let the pipeline take `converted` instead of converting `checkpoint` again."""
    monkeypatch.setattr(pipeline, "onnx_from_student", lambda student, spec: converted)
