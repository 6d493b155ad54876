"""The conditions of a run, recorded by themselves: machine and software. Nothing that names a person, a host or a path.

What a system does not tell is None in the record and "not known" in the report, never a guess.
"""

from __future__ import annotations

import math
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from vinedge.version import __version__

_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "numpy", "opencv-python-headless", "opencv-python")
_CPU_MAX = "/sys/fs/cgroup/cpu.max"


def machine() -> dict[str, Any]:
    """Return what the computer is: processor, CPUs, clock, governor, memory."""
    cpuinfo = cpuinfo_fields(_text("/proc/cpuinfo") or "")
    return {
        "board": board(),
        "cpu": cpuinfo.get("model name") or platform.processor() or platform.machine(),
        "architecture": platform.machine(),
        "cores": _cores(),
        "cpus": os.cpu_count(),
        "usable_cpus": usable_cpus(),
        "cpu_quota": cpu_quota(_text(_CPU_MAX)),
        "clock_mhz": _number(_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"), 1e-3)
        or _number(cpuinfo.get("cpu MHz"), 1.0),
        "governor": _text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_gib": _memory_gib(),
        "virtual_machine": "hypervisor" in cpuinfo["flags"].split() if "flags" in cpuinfo else None,
    }


def software() -> dict[str, Any]:
    """Return operating system, Python and the versions of the packages that take part."""
    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "system": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "python": platform.python_version(),
        "vinedge": __version__,
        "packages": packages,
    }


def usable_cpus() -> int:
    """Return how many CPUs this process may keep busy: by affinity, and by a container's quota rounded up."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota(_text(_CPU_MAX))
    return count if quota is None else min(count, math.ceil(quota))


def cpuinfo_fields(text: str) -> dict[str, str]:
    """Return the fields of the first processor in /proc/cpuinfo."""
    pairs = (line.partition(":") for line in text.split("\n\n", 1)[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def cpu_quota(text: str | None) -> float | None:
    """Return how many CPUs a container may use (cgroup v2 `cpu.max`: quota and period in us), None without a limit."""
    quota, _, period = (text or "max").partition(" ")
    return None if quota == "max" else int(quota) / int(period or 100_000)


def board() -> str | None:
    """Return the board's name from the device tree (Jetson, Raspberry Pi), None on a PC."""
    name = _text("/proc/device-tree/model")
    return name.rstrip("\0") if name else None


def _cores() -> int | None:
    """Physical cores: distinct (package, core) pairs of the CPUs that are online."""
    pairs = set()
    for topology in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology"):
        pairs.add((_text(str(topology / "physical_package_id")), _text(str(topology / "core_id"))))
    return len(pairs) or None


def _memory_gib() -> float | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _distribution() -> str | None:
    if sys.platform != "linux":
        return platform.platform()
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return None


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _number(text: str | None, factor: float) -> float | None:
    try:
        return round(float(text) * factor, 1) if text else None
    except ValueError:
        return None
