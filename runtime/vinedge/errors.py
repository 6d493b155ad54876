"""The one exception a user's mistake raises, and the exit codes every command shares.

A message says what is wrong, where, and what to do, in one sentence. Commands print it
without a traceback (see `command.py`); anything else that escapes is our own mistake and
keeps its traceback.
"""

from __future__ import annotations

# Exit codes of every command. A script may rely on them; tests hold them.
EXIT_OK = 0
EXIT_NOTHING_READ = 1  # vin-read: every picture could be opened, at least one gave no VIN
EXIT_BAD_INPUT = 2  # a user's mistake, named in one sentence (argparse uses 2 as well)
EXIT_CHECK_FAILED = 3  # a verification gate refused: parity, accuracy, hash
EXIT_INTERRUPTED = 130  # Ctrl-C, as shells report it


class VinEdgeError(Exception):
    """Bad input: a file, a setting, a bundle or an environment that cannot be used as it is."""


class CheckFailed(VinEdgeError):
    """A verification gate refused the result; nothing was written. Exit code 3."""
