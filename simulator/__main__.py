"""Run the command line. Exit code 0 done, 2 bad input, 130 interrupted, 1 otherwise."""

import sys
from typing import Final

from simulator.commands.cli import app
from simulator.commands.plain_output import print_whatever_the_encoding
from simulator.errors import SimulatorError, WorkerError

FAILED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130


def main() -> None:
    """Run one command and exit: an error raised on purpose is a message on standard error, never a traceback.

    Typer itself exits 2 on wrong usage, 130 on an interrupt, and quietly when the reader of a pipe has left.
    """
    print_whatever_the_encoding()
    try:
        app(prog_name="simulator")
    except SimulatorError as error:
        print(error, file=sys.stderr)
        sys.exit(FAILED if isinstance(error, WorkerError) else BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
