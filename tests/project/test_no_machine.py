"""Nothing in the repository knows the machine that it was written on, or holds what must not be published."""

from __future__ import annotations

import re

from repository import ROOT, tracked

# Absolute home and work folders, addresses inside a network, and settings of a private package index.
MACHINE = {
    "a folder of one machine": r"(?<![\w.:/~-])/(?:work|home/\w+|root|Users/\w+|mnt|tmp/dev)/",
    "an address inside a network": r"https?://(?:localhost|\d+\.\d+\.\d+\.\d+|[\w-]+(?::\d+)?/)",
    "a package index": r"(?:--index-url|--extra-index-url|--trusted-host|PIP_INDEX_URL|index-url\s*=)",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
}
# The one index that Paddle's GPU wheels come from is named in the documentation.
ALLOWED = "https://www.paddlepaddle.org.cn/packages/"
LARGEST_BYTES = 2 * 2**20


def test_no_file_names_a_machine() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        for line in text.splitlines():
            for what, pattern in MACHINE.items():
                if re.search(pattern, line) and ALLOWED not in line and path.name != "test_no_machine.py":
                    found.append(f"{path.relative_to(ROOT)} names {what}: {line.strip()[:100]}")
    assert found == []


def test_no_file_is_large() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > LARGEST_BYTES] == []


def test_no_pickle_is_loaded_or_kept() -> None:
    kept = [path for path in tracked() if path.suffix in (".pkl", ".pickle", ".pdparams", ".pth", ".pt")]
    assert kept == []
    package = ("runtime", "distill", "export", "benchmarks")
    loading = re.compile(r"\bpickle\.loads?\(|\b_?Unpickler\b|\b(?:paddle|torch)\.load\(|allow_pickle=True")
    for path in tracked():
        if path.relative_to(ROOT).parts[0] in package and path.suffix == ".py":
            assert not loading.search(path.read_text(encoding="utf-8")), path
