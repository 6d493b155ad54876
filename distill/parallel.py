"""Data-parallel processes: start them, average their gradients, and end them together.

`run_processes` starts N copies of a command with the environment that `paddle.distributed.launch` would give them,
so a run may equally be started with that launcher (several machines, several GPUs). Every process then joins a
`Group`. Gradients travel as one flat array, averaged by all-reduce (gloo on CPUs); what is averaged is the same bits
everywhere, so the processes' weights stay identical and only process 0 needs to write.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vinedge.errors import EXIT_INTERRUPTED, EXIT_OK, VinEdgeError

if TYPE_CHECKING:
    from paddle import Tensor


# Tells a training process who started it, so that it stops when that process is gone (a closed terminal).
SUPERVISOR = "VINEDGE_SUPERVISOR"


class Group:
    """The processes of this run: `rank` of `size`. A group of one does nothing."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of float32 `values` over all processes; every process must call this with the same shape."""
        import paddle

        return values if self.size == 1 else np.asarray(self._reduce(paddle.to_tensor(values)).numpy())

    def wait(self) -> None:
        """Return when every process has called this."""
        self.sum(np.zeros(1, np.float32))

    def average(self, tensors: Sequence[Tensor], extra: np.ndarray) -> np.ndarray:
        """Replace `tensors` by their mean over all processes, and return the sum of float32 `extra` on the way."""
        if self.size == 1:
            return extra
        import paddle

        sizes = [tensor.size for tensor in tensors]
        with paddle.no_grad():
            flat = paddle.concat([*(tensor.reshape([-1]) for tensor in tensors), paddle.to_tensor(extra)])
            *means, total = paddle.split(self._reduce(flat), [*sizes, len(extra)])
            for tensor, mean in zip(tensors, means, strict=True):
                paddle.assign(mean.reshape(tensor.shape) / self.size, output=tensor)
            return np.asarray(total.numpy())

    def _reduce(self, values: Tensor) -> Tensor:
        import paddle.distributed

        try:
            paddle.distributed.all_reduce(values)
        except RuntimeError as reason:
            cause = str(reason).strip().splitlines()[-1].rpartition("] ")[2]  # after the C++ file and line
            # Gloo waits 30 s, and Paddle has no setting for it: a suspended machine ends a run as a dead process does.
            raise VinEdgeError(
                f"another training process is gone, or was silent for 30 s ({cause}); if it did not say why, "
                f"go on from the last checkpoint with --resume"
            ) from None
        return values


def inside_group() -> bool:
    """Whether this process was started as one of several (by `run_processes` or `paddle.distributed.launch`)."""
    return int(os.environ.get("PADDLE_TRAINERS_NUM", "1")) > 1


def join_group(*, use_gpu: bool) -> Group:
    """Join the group that the environment names; every process must call this once."""
    if not inside_group():
        return Group()
    import paddle.distributed

    if not use_gpu:
        os.environ["PADDLE_DISTRI_BACKEND"] = "gloo"
    with contextlib.redirect_stderr(io.StringIO()):  # Paddle prints the flags it changed itself
        paddle.distributed.init_parallel_env()
    return Group(paddle.distributed.get_rank(), paddle.distributed.get_world_size())


def run_processes(command: Sequence[str], count: int) -> int:
    """Run `count` copies of `command` as one group and return the exit code of the run.

    The first process owns the terminal; a process that dies takes the others with it. Ctrl-C and SIGTERM are
    passed on once: the processes finish their step, save and end with 130.
    """
    endpoints = [f"127.0.0.1:{port}" for port in _free_ports(count)]
    processes = []
    for rank, endpoint in enumerate(endpoints):
        environment = os.environ | {
            "PADDLE_TRAINER_ID": str(rank),
            "PADDLE_TRAINERS_NUM": str(count),
            "PADDLE_TRAINER_ENDPOINTS": ",".join(endpoints),
            "PADDLE_CURRENT_ENDPOINT": endpoint,
            SUPERVISOR: str(os.getpid()),
        }
        # Own process groups: Ctrl-C in the terminal reaches this process alone, which passes it on exactly once.
        processes.append(subprocess.Popen(command, env=environment, start_new_session=True))

    def pass_on(number: int, _frame: object) -> None:
        for process in processes:
            if process.poll() is None:
                process.send_signal(number)

    previous = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return _wait(processes)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
        for number, handler in previous.items():
            signal.signal(number, handler)


# How long the others may take to notice by themselves that one is gone, and to say so.
GRACE_S = 5.0


def _wait(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    while True:
        codes = [process.poll() for process in processes]
        dead = [(rank, code) for rank, code in enumerate(codes) if code not in (None, EXIT_OK, EXIT_INTERRUPTED)]
        if dead:
            break
        if None not in codes:
            return max(code for code in codes if code is not None)
        time.sleep(0.1)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        time.sleep(0.1)
    rank, code = dead[0]
    if code is not None and code > 0:
        return code  # it said why itself
    name = signal.Signals(-(code or 0)).name
    raise VinEdgeError(
        f"training process {rank} was ended by {name} (SIGKILL is often a lack of memory); "
        f"the run can be continued with --resume from its last checkpoint"
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def this_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line that runs `vin-distill` with `arguments` in this interpreter."""
    return [sys.executable, "-m", "vinedge.distill.cli", *arguments]
