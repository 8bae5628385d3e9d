"""The command `fields`: what a patient list can say."""

import sys

from simulator.report.text.fields import render_fields


def fields_and_print(names: list[str]) -> None:
    """Print the fields named, or all."""
    sys.stdout.write(render_fields(names) + "\n")
