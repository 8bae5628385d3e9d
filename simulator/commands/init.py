"""The command `init`: a scenario file to start from."""

from pathlib import Path

import typer

from simulator.errors import ScenarioError
from simulator.scenario.templates import template_text


def write_template(path: Path, template: str, force: bool) -> None:
    """Write the template where no file is, and say what to do next.

    Raises
    ------
    ScenarioError
        An unknown template, a file that is there, or a place that cannot be written.
    """
    text = template_text(template)
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ScenarioError(
            f"{path}: is there already; name another file, or give --force to replace it"
        ) from None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from None
    typer.echo(
        f"Written to {path}. Edit it; `simulator check {path}` checks it, `simulator compare {path}` answers."
    )
