"""What must be said to Paddle before its first import: threads, vector units, silence.

Call `prepare_paddle()` first in every command that trains or runs a network in Paddle.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from pathlib import Path

from vinedge.errors import VinEdgeError

# What MKL calls the processors it has code for.
_MKL_AVX512, _MKL_AVX2 = "7", "5"


def prepare_paddle(*, use_gpu: bool = False) -> None:
    """Import Paddle, set up for data-parallel training on shared cores, and choose the device.

    One OMP thread a process: OMP threads that share a busy core wait for each other in a spin loop (on two cores
    with other work, two threads were measured five times slower than one), and processes scale better anyway.
    Variables that the user has set are respected.
    """
    if "paddle" not in sys.modules:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("GLOG_minloglevel", "2")
        processor = mkl_processor(_cpuinfo())
        if processor:
            os.environ.setdefault("MKL_DEBUG_CPU_TYPE", processor)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="No ccache found")
            import paddle
    import paddle

    if use_gpu and not paddle.is_compiled_with_cuda():
        raise VinEdgeError(
            "Global.use_gpu is true, but this Paddle was built without CUDA; set it to false, or install "
            "paddlepaddle-gpu as https://www.paddlepaddle.org.cn/install/quick says"
        )
    warnings.filterwarnings("ignore", message="When training, we now always track global mean and variance")
    paddle.set_device("gpu" if use_gpu else "cpu")


def mkl_processor(cpuinfo: str) -> str | None:
    """Return what `MKL_DEBUG_CPU_TYPE` should be, or None for "as it is", from the text of /proc/cpuinfo.

    Paddle's wheel brings an MKL of 2019 that knows vector units by the maker: on an AMD processor it falls back to
    SSE code. Told which instructions there are, vin_nano trains 2.6 times faster (103 -> 266 lines/s, one EPYC
    core), with results that differ by 3e-6.
    """
    if "AuthenticAMD" not in cpuinfo:
        return None
    found = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    flags = set(found.group(1).split()) if found else set()
    if flags >= {"avx512f", "avx512bw", "avx512dq", "avx512vl"}:
        return _MKL_AVX512
    return _MKL_AVX2 if flags >= {"avx2", "fma"} else None


def _cpuinfo() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
