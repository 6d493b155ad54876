"""Optional dependencies: which `pip install 'vinedge[...]'` brings what a command needs.

Every entry point exists in every install; one whose packages are missing says so in one sentence.
"""

from __future__ import annotations

from importlib.util import find_spec

from .errors import VinEdgeError

# Extra -> import names that its commands need at start. setup.py names the distributions.
NEEDED = {
    "distill": ("paddle", "safetensors", "yaml", "rich", "PIL", "matplotlib", "font_roboto"),
    "export": ("paddle", "paddle2onnx", "onnx", "onnxslim", "rich"),
    "bench": ("rich",),
}


def require_extra(extra: str, command: str) -> None:
    """Raise `VinEdgeError` naming the extra when one of its packages is not installed."""
    missing = [name for name in NEEDED[extra] if find_spec(name) is None]
    if missing:
        raise VinEdgeError(f"{command} needs {', '.join(missing)}; run: pip install 'vinedge[{extra}]'")
