"""What every command shares: errors become one sentence on stderr and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from .errors import EXIT_BAD_INPUT, EXIT_CHECK_FAILED, EXIT_INTERRUPTED, CheckFailed, VinEdgeError


def run_command(name: str, body: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None) -> int:
    """Run `body(argv)` and return its exit code; report a user's mistake without a traceback."""
    try:
        return body(argv)
    except VinEdgeError as mistake:
        print(f"{name}: error: {mistake}", file=sys.stderr)
        return EXIT_CHECK_FAILED if isinstance(mistake, CheckFailed) else EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`vin-read ... | head`): not an error, and nobody is left to tell.
        # Python flushes stdout again at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
