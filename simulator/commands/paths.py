"""The command `paths`: the dose transition paths of the next cohorts."""

import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.analysis.next_dose_data import paths_csv
from simulator.commands.trial_so_far import TrialSoFar, record_of
from simulator.errors import DesignError
from simulator.exact.paths import transition_paths
from simulator.report.figures.style import rendered
from simulator.report.figures.transition_paths import drawable, paths_figure
from simulator.report.render.html import write
from simulator.report.text.next_dose import counted_cohorts, paths_text, so_far
from simulator.scenario.chosen_design import choose
from simulator.studies.replay import refuse_folder


def print_paths(
    source: str,
    design: str | None,
    options: Sequence[str],
    data: TrialSoFar,
    overrides: Sequence[str],
    cohorts: int,
    out: Path | None,
    force: bool,
) -> None:
    """Print every path of the next cohorts; with `out` also write paths.txt, paths.csv and the tree."""
    if cohorts < 1:
        raise DesignError(f"--cohorts {cohorts}: must be at least 1")
    if out is not None:
        refuse_folder(out, force)
    chosen = choose(source, design, options)
    record = record_of(chosen, data, overrides)
    root = transition_paths(record, cohorts)
    text = paths_text(chosen, record, root, cohorts)
    sys.stdout.write(text)
    if out is None:
        return
    files = {"paths.txt": text.encode(), "paths.csv": paths_csv(root, cohorts).encode()}
    refusal = drawable(root)
    if refusal is None:
        title = (
            f"{chosen.name}: dose transition paths of the next {counted_cohorts(cohorts)}, {so_far(record)}"
        )
        doses = [f"{dose:g} {chosen.dose_unit}".rstrip() for dose in chosen.doses or ()]
        for suffix, content in rendered(paths_figure(root, chosen.design.n_doses, title, doses)).items():
            files[f"paths.{suffix}"] = content
    for name, content in files.items():
        write(out / name, content)
    print(f"Written to {out}: {', '.join(files)}.")
    if refusal is not None:
        print(f"No figure: {refusal}.")
