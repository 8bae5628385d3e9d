"""Recorded commands in docs/conduct.md: `python -m tests.conduct_examples` makes their output anew."""

import re
import shlex
import tempfile
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from simulator.cli import app
from simulator.errors import SimulatorError

ROOT: Final = Path(__file__).parent.parent
DOCUMENT: Final = ROOT / "docs" / "conduct.md"
BLOCK: Final = re.compile(r"```console\n(.*?)```", re.DOTALL)
PROMPT: Final = "$ simulator "


def run(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command in this process: exit code, output, and message, as `__main__` gives them."""
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, SimulatorError):
        return 2, result.stdout, f"{result.exception}\n"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def fresh(text: str) -> str:
    """Return the document with the output of every command made anew; `results/` stands for a folder."""
    return BLOCK.sub(lambda block: f"```console\n{_with_output(block[1])}```", text)


def _with_output(block: str) -> str:
    lines = []
    for line in block.splitlines():
        if line.startswith(PROMPT):
            with tempfile.TemporaryDirectory() as folder:
                arguments = [
                    re.sub("^results/", f"{folder}/", argument)
                    for argument in shlex.split(line.removeprefix(PROMPT))
                ]
                _, output, message = run(arguments)
            lines.append(f"{line}\n{(output + message).replace(f'{folder}/', 'results/')}")
    return "".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(fresh(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
