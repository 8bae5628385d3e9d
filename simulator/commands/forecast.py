"""The command `forecast`: when patients are enrolled, infused and evaluable, printed and written."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from simulator.analysis.forecast_tables import Forecast
from simulator.commands.answer_out import answer_folder, say_finished
from simulator.commands.fit import refuse_file
from simulator.errors import ScenarioError
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.parsing.yaml_nodes import read_text
from simulator.report.figures import accrual_forecast, rendered_axes
from simulator.report.text.forecast import render
from simulator.runs.atomic_files import sha256_of_file
from simulator.runs.progress import progress_bar
from simulator.runs.workers import processors
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.answer_folder import BASE_FILE, Files, file_names, finish
from simulator.studies.fit import fit
from simulator.studies.forecast import forecast

KIND: Final = "forecast"
PRINTED: Final = "forecast.txt"
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
    question = {"scenario": scenario.to_yaml(), **asdict(options), "workers": None}
    question["so_far"] = None if options.so_far is None else _digest(options.so_far)
    with answer_folder(out, KIND, question, force=force) as folder:
        if folder is not None and folder.finished:
            sys.stdout.write((folder.path / PRINTED).read_text(encoding="utf-8"))
            say_finished(out)
        else:
            found = _forecast(scenario, options)
            text = render(found)
            sys.stdout.write(text)
            if folder is not None:
                finish(folder, forecast_files(found, text))
                print(f"Written to {out}: tables/, figures/, {PRINTED}, {BASE_FILE}, run.json.")
    if write_scenario is not None and options.so_far is not None:
        fitted = fit(scenario, options.so_far, options.cut_date)
        fitted.write_scenario(write_scenario, read_text(path))
        print(f"Written to {printable(str(write_scenario))}: the fitted scenario.")


def _forecast(scenario: Scenario, options: ForecastOptions) -> Forecast:
    with progress_bar() as progress:
        return forecast(
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


def _digest(so_far: Path) -> str:
    """Return what names the content of the history; one that cannot be read is refused where it is read."""
    try:
        return sha256_of_file(so_far) if so_far.is_file() else ""
    except OSError:
        return ""


def _milestones(text: str | None) -> list[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ScenarioError(f"milestones must be patient numbers, as 15,30,50, got {shown(text)}")
    return [int(part) for part in parts]


def forecast_files(found: Forecast, text: str) -> Files:
    """Return the printed text, every frame, a figure for each design and state, and the scenario."""
    drawn = {}
    for design, name in zip(found.designs, file_names(found.designs), strict=True):
        for state in FIGURE_STATES:
            axes = accrual_forecast(found, state=state, design=design)
            drawn[f"{state}_{name}"] = rendered_axes(axes)
    about = {
        "seed": found.plan.seed,
        "replicates": found.replicates,
        "designs": found.designs,
        "truths": list(found.weights),
    }
    return Files(found.tables(), {BASE_FILE: found.scenario.to_yaml(), PRINTED: text}, drawn, about)
