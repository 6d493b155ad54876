"""Data-parallel processes: they average, they end together, and somebody says why."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from small_run import NoiseFeed, Trainer, settings, teacher_folder, trainer

from vinedge.distill.checkpoint import arrays_from, load_checkpoint
from vinedge.distill.paddle_setup import mkl_processor
from vinedge.distill.parallel import Group, run_processes
from vinedge.distill.stopping import Stopping
from vinedge.errors import VinEdgeError

# isort: split
import paddle


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vinedge.distill.parallel.GRACE_S", 0.5)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import os, signal, sys, time\nrank = int(os.environ['PADDLE_TRAINER_ID'])\n{code}"]


def test_all_well_is_well() -> None:
    assert run_processes(python("assert os.environ['PADDLE_TRAINERS_NUM'] == '3'"), 3) == 0


def test_processes_are_told_who_they_are(tmp_path: Path) -> None:
    code = f"open(os.path.join({str(tmp_path)!r}, str(rank)), 'w').write(os.environ['PADDLE_CURRENT_ENDPOINT'])"
    assert run_processes(python(code), 2) == 0
    endpoints = {(tmp_path / str(rank)).read_text() for rank in (0, 1)}
    assert len(endpoints) == 2


def test_one_mistake_ends_all_with_its_exit_code() -> None:
    began = time.monotonic()
    assert run_processes(python("sys.exit(2) if rank else time.sleep(60)"), 2) == 2
    assert time.monotonic() - began < 20


def test_a_killed_process_ends_all_and_is_named() -> None:
    with pytest.raises(VinEdgeError, match=r"training process 1 was ended by SIGKILL .* --resume"):
        run_processes(python("os.kill(os.getpid(), signal.SIGKILL) if rank else time.sleep(60)"), 2)


def test_ctrl_c_is_passed_on_once_and_waited_for(tmp_path: Path) -> None:
    # Each process counts the signals and ends, as the trainer does, with 130.
    code = f"""
def heard(*_):
    with open(os.path.join({str(tmp_path)!r}, f'heard{{rank}}'), 'a') as file:
        file.write('x')
signal.signal(signal.SIGINT, heard)
open(os.path.join({str(tmp_path)!r}, f'ready{{rank}}'), 'w')
while not os.path.exists(os.path.join({str(tmp_path)!r}, f'heard{{rank}}')):
    time.sleep(0.01)
time.sleep(0.3)
sys.exit(130)
"""

    def press() -> None:
        while len(list(tmp_path.glob("ready*"))) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    presser = threading.Thread(target=press)
    presser.start()
    assert run_processes(python(code), 2) == 130
    presser.join()
    assert [(tmp_path / f"heard{rank}").read_text() for rank in (0, 1)] == ["x", "x"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_process_whose_starter_is_gone_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VINEDGE_SUPERVISOR", str(os.getppid()))
    with Stopping(None, 0) as stopping:
        assert stopping.reason() is None
    monkeypatch.setenv("VINEDGE_SUPERVISOR", "1" if os.getppid() != 1 else "2")
    with Stopping(None, 0) as stopping:
        assert stopping.reason() == "interrupted"


def test_a_group_of_one_changes_nothing() -> None:
    tensor = paddle.to_tensor([1.0, 2.0])
    extra = Group().average([tensor], np.array([5.0], np.float32))
    assert tensor.tolist() == [1, 2]
    assert extra.tolist() == [5]
    assert Group().sum(np.array([3.0], np.float32)).tolist() == [3]


class Recorded(Group):
    """Process `rank` of two, whose averages are taken with what another trainer recorded before."""

    def __init__(self, rank: int, others: list[list[np.ndarray]]) -> None:
        super().__init__(rank, 2)
        self._others = others
        self.own: list[list[np.ndarray]] = []

    def average(self, tensors: object, extra: np.ndarray) -> np.ndarray:
        assert isinstance(tensors, list)
        self.own.append([*(tensor.numpy().copy() for tensor in tensors), extra])
        if not self._others:
            return 2 * extra
        theirs = self._others.pop(0)
        for tensor, other in zip(tensors, theirs, strict=False):
            tensor.set_value((tensor.numpy() + other) / 2)
        return np.asarray(extra + theirs[-1])


@pytest.mark.slow
@pytest.mark.parametrize("taught", [False, True], ids=["labels-only", "with-a-teacher"])
def test_two_real_processes_average_their_gradients(tmp_path: Path, taught: bool) -> None:
    """Run one step in two processes, and work the same out in this one."""
    overrides = ["Global.steps=1", "Global.processes=2", "EMA.decay=0"]
    if taught:
        overrides += [f"Distillation.teacher={teacher_folder(tmp_path / 'teacher')}", "Loss.aligned_kl=1"]
    chosen = settings(*overrides)
    script = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from small_run import *
from vinedge.distill.parallel import join_group
group = join_group(use_gpu=False)
chosen = settings(*{overrides!r})
one = Trainer(chosen, plan_from(chosen, 0), group, RunFolder(Path({str(tmp_path)!r})), Silent())
one.run(NoiseFeed(chosen, None, group.rank, 2), validation())
assert group.sum(np.array([group.rank + 1.0], np.float32)).tolist() == [3]
"""
    assert run_processes([sys.executable, "-c", script], 2) == 0
    real = load_checkpoint(tmp_path / "last")
    assert real.metrics["validation"]["noise"]["n"] == 4

    def trained(rank: int, others: list[list[np.ndarray]]) -> tuple[Trainer, Recorded]:
        group = Recorded(rank, others)
        one = trainer(chosen, tmp_path)
        one.group = group
        one.layer.train()
        one.step(NoiseFeed(chosen, None, rank, 2).batch(0), None)
        return one, group

    _, second = trained(1, [])
    first, _ = trained(0, second.own)
    for name, value in arrays_from(first.layer).items():
        np.testing.assert_allclose(real.weights[name], value, rtol=1e-5, atol=1e-7, err_msg=name)


AMD = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu {}\n"


@pytest.mark.parametrize(
    ("cpuinfo", "processor"),
    [
        (AMD.format("avx2 fma avx512f avx512bw avx512dq avx512vl"), "7"),
        (AMD.format("avx2 fma"), "5"),
        (AMD.format("avx2 fma avx512f"), "5"),
        (AMD.format("sse4_2"), None),
        ("vendor_id\t: GenuineIntel\nflags\t: avx2 fma avx512f", None),
        ("", None),
    ],
)
def test_mkl_is_told_about_amd_s_vector_units(cpuinfo: str, processor: str | None) -> None:
    assert mkl_processor(cpuinfo) == processor
