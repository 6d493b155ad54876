"""Who else used the machine while we measured: CPU time of other processes, CPU time stolen by other virtual machines.

From /proc/stat (proc(5): jiffies of all CPUs by kind) less our own CPU time. On a system without it the load average
has to do, which cannot tell our own work from that of others and is therefore not judged.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

# A fifth of one CPU is more than an idle desktop or a headless board spends on itself.
BUSY_CPUS = 0.2
STOLEN_SHARE = 0.01


@dataclass(frozen=True)
class Load:
    """Of one part of the run. `other_cpus`: how many CPUs other processes kept busy on average; `stolen_share`: the
    part of all CPU time that the hypervisor gave to others; both None where the system does not say.
    `preemptions_per_s`: how often a thread of ours lost its CPU. `load_average`: of the last minute, at the end.
    """

    seconds: float
    other_cpus: float | None
    stolen_share: float | None
    preemptions_per_s: float | None
    load_average: float | None

    def disturbances(self, part: str) -> list[str]:
        """Return one sentence for each reason not to trust the times of this part of the run."""
        found = []
        if self.other_cpus is not None and self.other_cpus > BUSY_CPUS:
            found.append(f"{part}: other processes kept {self.other_cpus:.2f} CPUs busy")
        if self.stolen_share is not None and self.stolen_share > STOLEN_SHARE:
            found.append(f"{part}: the hypervisor gave {100 * self.stolen_share:.1f} % of the CPU time to others")
        return found


@dataclass(frozen=True)
class _Jiffies:
    busy: float
    stolen: float
    total: float


def jiffies_from_stat(text: str) -> _Jiffies:
    """Parse the first line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice."""
    values = [float(word) for word in text.split("\n", 1)[0].split()[1:]] + [0.0] * 8
    user, nice, system, idle, iowait, irq, softirq, stolen = values[:8]  # guest time is part of user time
    busy = user + nice + system + irq + softirq
    return _Jiffies(busy, stolen, busy + idle + iowait + stolen)


class LoadMeter:
    """Starts when made; `stop()` tells about the time since."""

    def __init__(self) -> None:
        self._start, self._own = time.perf_counter(), time.process_time()
        self._jiffies, self._preemptions = _jiffies(), _preemptions()

    def stop(self) -> Load:
        seconds = max(1e-9, time.perf_counter() - self._start)
        own = time.process_time() - self._own
        now, preemptions = _jiffies(), _preemptions()
        other_cpus = stolen_share = None
        if now is not None and self._jiffies is not None:
            busy_s = (now.busy - self._jiffies.busy) / os.sysconf("SC_CLK_TCK")
            other_cpus = max(0.0, busy_s - own) / seconds
            stolen_share = (now.stolen - self._jiffies.stolen) / max(1.0, now.total - self._jiffies.total)
        rate = None
        if preemptions is not None and self._preemptions is not None:
            rate = (preemptions - self._preemptions) / seconds
        return Load(seconds, other_cpus, stolen_share, rate, load_average())


def load_average() -> float | None:
    """Return the load average of the last minute, or None where the system has none."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _jiffies() -> _Jiffies | None:
    try:
        return jiffies_from_stat(Path("/proc/stat").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _preemptions() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
