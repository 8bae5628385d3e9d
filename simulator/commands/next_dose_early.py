"""The command `next-dose` for a design that looks early: from patients with follow-up or dates."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulator.analysis.next_dose_early import WindowSources, early_look, early_look_data
from simulator.commands.trial_so_far import TrialSoFar
from simulator.designs.conduct_patients import last_cohort, observed_patients
from simulator.designs.design import COMPLETE_COHORT_FIELDS, Design
from simulator.designs.patient_rows import WINDOW_DAYS, Windows
from simulator.errors import DesignError
from simulator.patients.infused_patients import InfusedPatients, read_infused_patients
from simulator.report.text.next_dose_early import early_look_text
from simulator.scenario.chosen_design import Chosen


@dataclass(frozen=True, slots=True)
class EarlyOptions:
    """Options for designs that look early alone, as typed; None: not given."""

    today: str | None = None
    window_days: float | None = None
    response_window_days: float | None = None
    closed_from: int | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The options that were typed."""
        return tuple(
            f"--{name.replace('_', '-')}" for name in self.__slots__ if getattr(self, name) is not None
        )


def looks_early(design: Design) -> bool:
    """Return whether a design reads more than complete cohorts."""
    return not design.reads <= COMPLETE_COHORT_FIELDS


def print_early_look(
    chosen: Chosen, data: TrialSoFar, early: EarlyOptions, overrides: Sequence[str], as_json: bool
) -> None:
    """Print the decision, why, when to ask again, and the patients of every level."""
    design = chosen.design
    _refuse(chosen, data, early, overrides)
    windows, sources = _windows(chosen, early)
    patients = _patients(data.file, design, windows, early.today)
    observed = observed_patients(design, patients.rows, data.dose, early.closed_from)
    cohort = last_cohort(design, patients.rows, early.closed_from) if data.dose is None else None
    look = early_look(chosen, observed, windows, sources, cohort, patients.notes)
    if as_json:
        print(json.dumps(early_look_data(look), indent=1, ensure_ascii=False))
    else:
        sys.stdout.write(early_look_text(look))


def _refuse(chosen: Chosen, data: TrialSoFar, early: EarlyOptions, overrides: Sequence[str]) -> None:
    """Refuse what a design that looks early does not read."""
    forms = {"--outcomes": data.outcomes, "--counts": data.counts}
    wrong = [name for name, value in forms.items() if value is not None]
    if wrong:
        raise DesignError(
            f"{' and '.join(wrong)}: {chosen.name} looks early and reads follow-up: give --data FILE with a row a"
            " patient"
        )
    if overrides:
        raise DesignError(
            f"--override: {chosen.name} looks early, and its rows are replayed as they were treated, whatever it"
            " advised: leave it out"
        )
    if early.today is not None and data.file is None:
        raise DesignError("--today: only with --data FILE, of patients with infused_date")


def _windows(chosen: Chosen, early: EarlyOptions) -> tuple[Windows, WindowSources]:
    """Return the windows as given, else the scenario's, else the defaults, and which of these they are."""
    dlt, response = early.window_days, early.response_window_days
    dlt_from = response_from = "given"
    if dlt is None:
        dlt, dlt_from = chosen.window_days, "the scenario's"
    if dlt is None:
        dlt, dlt_from = WINDOW_DAYS, "the default; --window-days DAYS gives another"
    if response is None:
        response, response_from = chosen.response_window_days, "the scenario's"
    if response is None:
        response_from = "that of the DLTs; --response-window-days DAYS gives another"
    return Windows.of(dlt, response), WindowSources(dlt_from, response_from)


def _patients(file: Path | None, design: Design, windows: Windows, today: str | None) -> InfusedPatients:
    day = None
    if today is not None:
        try:
            day = date.fromisoformat(today)
        except ValueError:
            raise DesignError(f"--today {today!r}: must be a date YYYY-MM-DD") from None
    if file is None:
        return InfusedPatients(())
    return read_infused_patients(file, design.n_doses, windows, day)
