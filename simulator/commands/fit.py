"""The command `fit`: a screening log turned into settings, printed and written."""

import sys
from pathlib import Path

from simulator.errors import StoreError
from simulator.parsing.printable import printable
from simulator.parsing.yaml_nodes import read_text
from simulator.report.text.fit import render, render_columns
from simulator.scenario.scenario import load_scenario
from simulator.studies.fit import fit


def fit_and_print(
    log: Path,
    scenario: Path,
    cut_date: str | None,
    mapping: Path | None,
    write_scenario: Path | None,
    page: Path | None,
    force: bool,
) -> None:
    """Fit the scenario to the log and print it; write the fitted scenario and the page where asked."""
    assumed = load_scenario(scenario)
    for path in (write_scenario, page):
        refuse_file(path, force)
    found = fit(assumed, log, cut_date, mapping)
    sys.stdout.write(render(found))
    if write_scenario is not None:
        found.write_scenario(write_scenario, read_text(scenario))
        print(f"Written to {printable(str(write_scenario))}: the fitted scenario.")
    if page is not None:
        found.report(page)
        print(f"Written to {printable(str(page))}: fitted against assumed.")


def refuse_file(path: Path | None, force: bool) -> None:
    """Raise StoreError where a file would be written over."""
    if path is not None and path.exists() and not force:
        raise StoreError(f"{printable(str(path))}: exists; --force writes over it")


def print_columns() -> None:
    """Print the columns of a log."""
    sys.stdout.write(render_columns())
