"""Run a command of the command line in this process: no start-up, the same exit code and messages."""

from typer.testing import CliRunner

from simulator.commands.cli import app
from simulator.errors import SimulatorError


def run(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command in this process: exit code, output, and message, as `__main__` gives them."""
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, SimulatorError):
        return 2, result.stdout, f"{result.exception}\n"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
