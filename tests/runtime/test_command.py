"""What every command shares: a mistake is one sentence and an exit code, our own errors keep their traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from vinedge import errors
from vinedge.command import run_command
from vinedge.errors import CheckFailed, VinEdgeError


def raising(error: BaseException) -> Callable[[Sequence[str] | None], int]:
    def body(argv: Sequence[str] | None) -> int:
        raise error

    return body


def test_exit_codes_are_promised() -> None:
    codes = {name: value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert codes == {
        "EXIT_OK": 0,
        "EXIT_NOTHING_READ": 1,
        "EXIT_BAD_INPUT": 2,
        "EXIT_CHECK_FAILED": 3,
        "EXIT_INTERRUPTED": 130,
    }


def test_the_bodys_arguments_and_exit_code_pass_through() -> None:
    assert run_command("vin-x", lambda argv: len(argv or ()), ["a", "b"]) == 2
    assert run_command("vin-x", lambda argv: 7 if argv is None else 0, None) == 7


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (VinEdgeError("bundle b does not exist; make one"), 2, "vin-x: error: bundle b does not exist; make one\n"),
        (CheckFailed("parity differs by 0.1"), 3, "vin-x: error: parity differs by 0.1\n"),
        (KeyboardInterrupt(), 130, "vin-x: interrupted\n"),
    ],
)
def test_mistakes(error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command("vin-x", raising(error), []) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == line


def test_our_own_errors_keep_their_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command("vin-x", raising(ZeroDivisionError()), [])


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = (
        "import sys\n"
        "from vinedge.command import run_command\n"
        "def body(argv):\n"
        "    while True: print('x' * 1000, flush=True)\n"
        "sys.exit(run_command('vin-x', body, []))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 0
    process.stderr.close()
