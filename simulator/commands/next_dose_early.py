"""The command `next-dose` for a design that looks early: from patients with follow-up or dates."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulator.analysis.next_dose_early import early_look, early_look_data
from simulator.commands.trial_so_far import TrialSoFar
from simulator.designs.conduct_patients import observed_patients
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
    refused = {"--outcomes": data.outcomes, "--counts": data.counts, "--override": overrides or None}
    wrong = [name for name, value in refused.items() if value is not None]
    if wrong:
        raise DesignError(
            f"{' and '.join(wrong)}: {chosen.name} looks early and reads follow-up: give --data FILE with a row a"
            " patient"
        )
    windows = Windows.of(
        early.window_days or chosen.window_days or WINDOW_DAYS,
        early.response_window_days or chosen.response_window_days,
    )
    patients = _patients(data.file, design, windows, early.today)
    observed = observed_patients(design, patients.rows, data.dose, early.closed_from)
    look = early_look(chosen, observed, windows, patients.notes)
    if as_json:
        print(json.dumps(early_look_data(look), indent=1, ensure_ascii=False))
    else:
        sys.stdout.write(early_look_text(look))


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
