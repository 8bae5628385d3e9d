"""Run the command line. Exit code 0 done, 2 bad input, 130 interrupted, 1 otherwise."""

import gc
import os
import sys
from typing import Final

from simulator.commands.cli import app
from simulator.commands.interrupts import keep_interrupts
from simulator.commands.last_guard import drop_output, exit_code_of, flush_output
from simulator.commands.plain_output import print_whatever_the_encoding

COLLECT_EVERY: Final = (50_000, 20, 100)
"""Objects made until the collector looks for cycles: by default so few that it walks all modules again and again."""
BLAS_THREADS: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run one command and exit: an error is a message on standard error, never a traceback.

    Typer itself exits 2 on wrong usage, 130 on an interrupt, and quietly when the reader of a pipe has left.
    """
    print_whatever_the_encoding()
    keep_interrupts()
    gc.set_threshold(*COLLECT_EVERY)
    # Read where NumPy is loaded, which commands do later: several threads only wait for each other on a busy machine.
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    code: int | str | None = 0
    try:
        app(prog_name="simulator")
    except SystemExit as ended:
        code = _flushed(ended.code)
    except BaseException as error:
        code = exit_code_of(error)
        drop_output()
    gc.freeze()  # else the interpreter looks for cycles among all objects as it ends: half a second for nothing
    sys.exit(code)


def _flushed(code: int | str | None) -> int | str | None:
    try:
        flush_output()
    except OSError as error:
        drop_output()
        return exit_code_of(error)
    return code


if __name__ == "__main__":
    main()
