"""Commands started in a process group of their own, as a user does or forked from one that has loaded the program.

A forked one does all that the command does, without the seconds of importing it.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from simulator.__main__ import main

TICK: Final = 0.002
COMMAND: Final = (sys.executable, "-m", "simulator")


class Started:
    """A command that runs, alone in its process group; what it says goes to a file.

    Attributes
    ----------
    pid
        Of its main process, and of its group.
    code
        Its exit code, below 0 the signal that ended it; None while it runs.
    """

    def __init__(self, arguments: Sequence[str], said: Path, *, forked: bool) -> None:
        self.code: int | None = None
        with said.open("wb") as file:
            if forked:
                self.pid = os.fork()
                if self.pid == 0:
                    _run(arguments, file.fileno())
                while os.getpgid(self.pid) != self.pid:
                    time.sleep(TICK)
            else:
                process = subprocess.Popen(
                    [*COMMAND, *arguments], stdout=file, stderr=file, start_new_session=True
                )
                self.pid, process.returncode = process.pid, 0  # waited for here, not by Popen

    def ended(self) -> bool:
        """Return whether the main process has ended."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, seconds: float) -> bool:
        """Wait for the main process, for so long at the most; return whether it has ended."""
        until = time.monotonic() + seconds
        while not self.ended() and time.monotonic() < until:
            time.sleep(TICK)
        return self.ended()

    def children(self) -> list[int]:
        """Return the processes that the main one has started: workers, and who keeps count of their files."""
        return [one for one in _processes() if _stat(one, 1) == self.pid]

    def left(self, seconds: float) -> int:
        """Return how many processes of the group are left so long after its main one; fewer, once none is."""
        until = time.monotonic() + seconds
        while (many := sum(_stat(one, 2) == self.pid for one in _processes())) and time.monotonic() < until:
            time.sleep(10 * TICK)
        return many

    def end_all(self) -> None:
        """Kill whatever is left of the group."""
        for one in _processes():
            if _stat(one, 2) == self.pid:
                os.kill(one, signal.SIGKILL)
        self.wait(60)


def _run(arguments: Sequence[str], said: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        sys.argv = ["simulator", *arguments]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # what an interpreter does that ends
        atexit._run_exitfuncs()
        os._exit(code)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int, place: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[place])
    except (OSError, ValueError, IndexError):
        return -1
