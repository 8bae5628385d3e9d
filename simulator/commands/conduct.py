"""The commands to conduct a trial: table, next-dose and paths."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.analysis.next_dose import answer
from simulator.designs.conduct import observed_counts
from simulator.designs.conduct_record import Record, TreatedCohort, decided_next, of_state, replay
from simulator.designs.outcomes_file import replay_file
from simulator.designs.outcomes_notation import parse_counts, parse_outcomes
from simulator.designs.overrides import parse_override
from simulator.designs.protocol_table import protocol_table
from simulator.errors import DesignError, StoreError
from simulator.exact.paths import transition_paths
from simulator.report.text.decision_table import FORMATS, table_bytes
from simulator.report.text.next_dose import counted_cohorts, next_dose_text, paths_text, so_far
from simulator.report.text.next_dose_data import next_dose_data, paths_csv
from simulator.scenario.chosen_design import Chosen, choose

ONLY_COUNTS = (
    "From counts alone it cannot be seen whether the design's advice was followed, nor whether a level was"
    " closed on earlier data. Give the cohorts in order where they are known."
)


@dataclass(frozen=True, slots=True)
class Data:
    """The trial so far, in one of three forms; all None before the first patient."""

    outcomes: str | None = None
    file: Path | None = None
    counts: str | None = None
    last_level: int | None = None

    def __post_init__(self) -> None:
        """Refuse two forms at once."""
        given = [
            name
            for name, value in (
                ("--outcomes", self.outcomes),
                ("--data", self.file),
                ("--counts", self.counts),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise DesignError(f"{' and '.join(given)}: give the data in one form only")
        if (self.counts is None) != (self.last_level is None):
            raise DesignError(
                "--counts and --last-level: give both: DLTs/patients per level, and the level last"
            )


def print_table(
    source: str,
    design: str | None,
    options: Sequence[str],
    max_n: int | None,
    form: str,
    out: Path | None,
) -> None:
    """Print the decision table, or write it to a file."""
    if form not in FORMATS:
        raise DesignError(f"--format {form}: must be one of {', '.join(FORMATS)}")
    if form == "docx" and out is None:
        raise DesignError("--format docx: a Word file needs --out FILE")
    chosen = choose(source, design, options)
    content = table_bytes(protocol_table(chosen.design, max_n), chosen.name, chosen.about, form)
    if out is None:
        sys.stdout.write(content.decode("utf-8"))
        return
    _write(out, content)
    print(f"Written to {out}.")


def print_next_dose(
    source: str,
    design: str | None,
    options: Sequence[str],
    data: Data,
    overrides: Sequence[str],
    as_json: bool,
) -> None:
    """Print the decision, why, the estimates, and what each outcome of the next cohort would lead to."""
    chosen = choose(source, design, options)
    record = _record(chosen, data, overrides)
    bedside = answer(chosen, record, (ONLY_COUNTS,) if data.counts is not None else ())
    if as_json:
        print(json.dumps(next_dose_data(bedside), indent=1, ensure_ascii=False))
    else:
        sys.stdout.write(next_dose_text(bedside))


def print_paths(
    source: str,
    design: str | None,
    options: Sequence[str],
    data: Data,
    overrides: Sequence[str],
    cohorts: int,
    out: Path | None,
) -> None:
    """Print every path of the next cohorts; with `out` also write paths.txt, paths.csv and the tree."""
    if cohorts < 1:
        raise DesignError(f"--cohorts {cohorts}: must be at least 1")
    chosen = choose(source, design, options)
    record = _record(chosen, data, overrides)
    root = transition_paths(record, cohorts)
    text = paths_text(chosen, record, root, cohorts)
    sys.stdout.write(text)
    if out is None:
        return
    from simulator.report.figures.style import rendered
    from simulator.report.figures.transition_paths import drawable, paths_figure

    files = {"paths.txt": text.encode(), "paths.csv": paths_csv(root, cohorts).encode()}
    refusal = drawable(root)
    if refusal is None:
        title = (
            f"{chosen.name}: dose transition paths of the next {counted_cohorts(cohorts)}, {so_far(record)}"
        )
        for suffix, content in rendered(paths_figure(root, chosen.design.n_doses, title)).items():
            files[f"paths.{suffix}"] = content
    for name, content in files.items():
        _write(out / name, content)
    print(f"Written to {out}: {', '.join(files)}.")
    if refusal is not None:
        print(f"No figure: {refusal}.")


def _record(chosen: Chosen, data: Data, overrides: Sequence[str]) -> Record:
    design = chosen.design
    given = [parse_override(text) for text in overrides]
    if data.file is not None:
        return replay_file(design, data.file, given)
    if data.counts is not None:
        n, dlt = parse_counts(data.counts, design.n_doses)
        level = data.last_level
        if level is not None and 1 <= level <= design.n_doses and sum(n) > 0 and n[level - 1] == 0:
            raise DesignError(
                f"--last-level {level}: nobody was treated at level {level} in --counts {data.counts}"
            )
        return decided_next(of_state(design, observed_counts(design, data.last_level, n, dlt)), given)
    words = (data.outcomes or "").split()
    cohorts = parse_outcomes(data.outcomes or "", design.n_doses)
    treated = [
        TreatedCohort(cohort, f"outcomes, cohort {number}: {word!r}")
        for number, (word, cohort) in enumerate(zip(words, cohorts, strict=True), start=1)
    ]
    return replay(design, treated, given)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from None
