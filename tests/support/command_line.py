"""The command line as a user starts it, in a process of its own.

`tests.support.in_process` is quicker, and tells as much of output, messages and exit codes.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.support.places import DEFAULT_SCENARIO, ROOT

COMMAND: Final = (sys.executable, "-m", "simulator")
FILE: Final = str(DEFAULT_SCENARIO.relative_to(ROOT))
"""The default scenario as it is typed in the folder of the clone."""
SECONDS: Final = 300


def simulator(*arguments: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in the folder of the clone unless another is given."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def started(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
    """Start a command that heeds interrupts, also where the tests run in the background."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509
        **options,
    )


def _heed_interrupts() -> None:
    """Undo the ignoring of SIGINT that a process started in the background inherits."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def fresh_python(code: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run code in a Python that has imported nothing yet."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=check
    )


def help_of(*words: str) -> tuple[str, set[str]]:
    """Return what `simulator WORDS --help` prints, and the top names of what it has imported."""
    code = (
        "import sys\n"
        "from simulator.__main__ import main\n"
        f"sys.argv = {['simulator', *words, '--help']}\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = fresh_python(code)
    return done.stdout, {name.split(".")[0] for name in done.stderr.split()}
