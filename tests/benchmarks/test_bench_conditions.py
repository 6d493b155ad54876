"""What is recorded about the machine, on samples of the files it comes from, and when it counts as disturbed."""

from __future__ import annotations

import getpass
import json
import os
import platform
import socket
import time
from pathlib import Path

import pytest

from vinedge.benchmarks import environment, machine_load
from vinedge.benchmarks.machine_load import Load, LoadMeter, jiffies_from_stat

STAT = "cpu  100 20 30 1000 50 3 7 11 40 0\ncpu0 50 10 15 500 25 1 3 5 20 0\n"
X86 = "processor\t: 0\nmodel name\t: AMD Ryzen 5\ncpu MHz\t\t: 1400.25\nflags\t\t: fpu hypervisor\n\nprocessor\t: 1\n"
JETSON = "processor\t: 0\nBogoMIPS\t: 62.50\nFeatures\t: fp asimd\nCPU part\t: 0xd42\n"


def test_jiffies() -> None:
    found = jiffies_from_stat(STAT)
    assert (found.busy, found.stolen, found.total) == (160, 11, 1221)


def test_jiffies_of_an_old_kernel_without_steal() -> None:
    assert jiffies_from_stat("cpu  1 2 3 4\n").stolen == 0


def test_the_load_of_others_is_all_less_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    tick = os.sysconf("SC_CLK_TCK")
    now = {"wall": 100.0, "own": 5.0}
    stat = iter(["cpu  0 0 0 0 0 0 0 0\n", f"cpu  {12 * tick} 0 0 {7 * tick} 0 0 0 {tick}\n"])
    monkeypatch.setattr(machine_load, "_jiffies", lambda: jiffies_from_stat(next(stat)))
    monkeypatch.setattr(time, "perf_counter", lambda: now["wall"])
    monkeypatch.setattr(time, "process_time", lambda: now["own"])
    meter = LoadMeter()
    now |= {"wall": 110.0, "own": 9.0}
    load = meter.stop()
    # 12 s of CPU time in 10 s, 4 s of them ours; 1 of 20 CPU seconds stolen.
    assert (load.seconds, load.other_cpus, load.stolen_share) == pytest.approx((10, 0.8, 0.05))


def test_a_system_without_proc_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_load, "_jiffies", lambda: None)
    load = LoadMeter().stop()
    assert (load.other_cpus, load.stolen_share) == (None, None)
    assert load.disturbances("x") == []


def test_a_busy_machine_is_marked() -> None:
    assert Load(1, 0.19, 0.009, 0, 9.0).disturbances("single stream") == []
    assert Load(1, 0.5, 0.1, 0, 0.0).disturbances("single stream") == [
        "single stream: other processes kept 0.50 CPUs busy",
        "single stream: the hypervisor gave 10.0 % of the CPU time to others",
    ]


def test_this_system_gives_sane_answers() -> None:
    meter = LoadMeter()
    time.sleep(0.1)
    load = meter.stop()
    assert load.seconds >= 0.1
    if load.other_cpus is not None and load.stolen_share is not None:
        # The kernel counts in hundredths of a second: one tick each way.
        assert 0 <= load.other_cpus <= (os.cpu_count() or 1) + 0.2
        assert 0 <= load.stolen_share <= 1


def test_processor_fields() -> None:
    assert environment.cpuinfo_fields(X86)["model name"] == "AMD Ryzen 5"
    assert environment.cpuinfo_fields(X86)["cpu MHz"] == "1400.25"
    assert "model name" not in environment.cpuinfo_fields(JETSON)


@pytest.mark.parametrize(
    ("text", "cpus"), [("max 100000", None), ("150000 100000", 1.5), ("200000", 2.0), (None, None), ("", None)]
)
def test_the_quota_of_a_container(text: str | None, cpus: float | None) -> None:
    assert environment.cpu_quota(text) == cpus


def test_conditions_are_complete_and_can_be_written() -> None:
    machine, software = environment.machine(), environment.software()
    assert machine["cpu"]
    assert 1 <= machine["usable_cpus"] <= machine["cpus"]
    assert software["python"] == platform.python_version()
    assert {"onnxruntime", "numpy"} <= set(software["packages"])
    json.dumps([machine, software], allow_nan=False)


def test_conditions_name_no_host_user_or_path() -> None:
    text = json.dumps([environment.machine(), environment.software()])
    names = {socket.gethostname(), getpass.getuser(), str(Path.home()), str(Path.cwd())} - {"", "/", "localhost"}
    # A host may be called "vm" or "linux": only names that say something are looked for.
    assert [name for name in names if len(name) > 5 and name in text] == []
