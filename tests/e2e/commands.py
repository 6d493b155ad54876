"""Run the installed commands as a shell would."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

SCRIPTS = Path(sysconfig.get_path("scripts"))


def run(
    command: str, *arguments: object, cwd: Path, environment: dict[str, str] | None = None, stdin: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Run an installed command in `cwd` and return what it did."""
    done = subprocess.run(
        [SCRIPTS / command, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        input=stdin,
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def assert_refused(done: subprocess.CompletedProcess[str], *, progress: bool = False) -> str:
    """Hold a command to exit code 2, nothing on stdout and one line on stderr; return the sentence.

    With `progress`, lines that say what is being done may stand before it.
    """
    assert done.returncode == 2, done
    assert done.stdout == "", done
    *before, line = done.stderr.splitlines()
    assert progress or not before, done
    assert "Traceback" not in done.stderr, done
    command, _, sentence = line.partition(": error: ")
    assert command == Path(done.args[0]).name
    return sentence


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return everything below `folder`: content of files, None for folders. Equal before and after a refusal."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
