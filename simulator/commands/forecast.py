"""The command `forecast`: when patients are enrolled, infused and evaluable, printed and written."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.analysis.forecast_tables import Forecast
from simulator.commands.fit import refuse_file
from simulator.errors import ScenarioError, StoreError
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.parsing.yaml_nodes import read_text
from simulator.report.figures import accrual_forecast, rendered
from simulator.report.text.forecast import render
from simulator.runs.csv_text import frame_csv
from simulator.runs.progress import progress_bar
from simulator.runs.workers import processors
from simulator.scenario.scenario import load_scenario
from simulator.studies.fit import fit
from simulator.studies.forecast import forecast
from simulator.studies.replay import refuse_folder

FIGURE_STATES: Final = ("enrolled", "infused", "evaluable")


@dataclass(frozen=True, slots=True)
class ForecastOptions:
    """The options as typed; None is the scenario's own."""

    designs: list[str]
    truths: list[str]
    replicates: int | None
    seed: int | None
    workers: int | None
    milestones: str | None
    so_far: Path | None
    cut_date: str | None
    first_site_opened: str | None


def forecast_and_print(
    path: Path,
    options: ForecastOptions,
    out: Path | None,
    force: bool,
    write_scenario: Path | None = None,
) -> None:
    """Run the forecast and print it; with `out` also write tables, text and figures into that folder.

    With `write_scenario` the scenario fitted to the history is written there.
    """
    scenario = load_scenario(path)
    refuse_file(write_scenario, force)
    if write_scenario is not None and options.so_far is None:
        raise ScenarioError("--write-scenario: is fitted to what has happened: give --so-far too")
    if out is not None:
        refuse_folder(out, force)
    with progress_bar() as progress:
        found = forecast(
            scenario,
            options.designs or None,
            options.truths or None,
            options.replicates,
            options.seed,
            processors() if options.workers is None else options.workers,
            milestones=_milestones(options.milestones),
            so_far=options.so_far,
            cut_date=options.cut_date,
            first_site_opened=options.first_site_opened,
            progress=progress,
        )
    text = render(found)
    sys.stdout.write(text)
    if out is not None:
        names = write_forecast(found, text, out)
        print(f"Written to {out}: {', '.join(names)}.")
    if write_scenario is not None and options.so_far is not None:
        fitted = fit(scenario, options.so_far, options.cut_date)
        fitted.write_scenario(write_scenario, read_text(path))
        print(f"Written to {printable(str(write_scenario))}: the fitted scenario.")


def _milestones(text: str | None) -> list[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ScenarioError(f"milestones must be patient numbers, as 15,30,50, got {shown(text)}")
    return [int(part) for part in parts]


def write_forecast(found: Forecast, text: str, out: Path) -> list[str]:
    """Write the forecast into a folder and return the names of the files."""
    files: dict[str, bytes] = {
        "forecast.txt": text.encode(),
        "scenario.yaml": found.scenario.to_yaml().encode(),
    }
    for name, frame in found.tables().items():
        files[f"{name}.csv"] = frame_csv(frame).encode()
    for design in found.designs:
        for state in FIGURE_STATES:
            axes = accrual_forecast(found, state=state, design=design)
            figure = axes.get_figure(root=True)
            assert figure is not None
            stem = f"{state}_{_file_name(design)}"
            files |= {f"{stem}.{suffix}": content for suffix, content in rendered(figure).items()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as error:
        raise StoreError(f"{printable(str(out))}: cannot be written: {error.strerror}") from None
    return list(files)


def _file_name(design: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-+" else "_" for letter in design)
