"""The command `next-dose`: what a design does next in a trial under way."""

import json
import sys
from collections.abc import Sequence

from simulator.analysis.next_dose import answer
from simulator.analysis.next_dose_data import next_dose_data
from simulator.commands.next_dose_early import EarlyOptions, looks_early, print_early_look
from simulator.commands.trial_so_far import TrialSoFar, record_of
from simulator.errors import DesignError
from simulator.report.text.next_dose import next_dose_text
from simulator.scenario.chosen_design import choose

ONLY_COUNTS = (
    "From counts alone it cannot be seen whether the design's advice was followed, nor whether a level was"
    " closed on earlier data. Give the cohorts in order where they are known."
)


def print_next_dose(
    source: str,
    design: str | None,
    options: Sequence[str],
    data: TrialSoFar,
    overrides: Sequence[str],
    as_json: bool,
    early: EarlyOptions,
) -> None:
    """Print the decision, why, the estimates, and what each outcome of the next cohort would lead to."""
    chosen = choose(source, design, options)
    if looks_early(chosen.design):
        print_early_look(chosen, data, early, overrides, as_json)
        return
    if early.given:
        raise DesignError(
            f"{' and '.join(early.given)}: only of a design that looks early, and {chosen.name} waits for complete"
            " cohorts"
        )
    record = record_of(chosen, data, overrides)
    bedside = answer(chosen, record, (ONLY_COUNTS,) if data.counts is not None else ())
    if as_json:
        print(json.dumps(next_dose_data(bedside), indent=1, ensure_ascii=False))
    else:
        sys.stdout.write(next_dose_text(bedside))
