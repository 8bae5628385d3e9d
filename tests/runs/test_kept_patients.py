"""Patients that are kept are those that would be drawn: every row is the same."""

import numpy as np
import pytest

from simulator.runs.kept_patients import DRAWN_BY, KeptPatients, patients_kept
from simulator.runs.plan import run_plan
from simulator.runs.replicates import run_chunk
from simulator.scenario.scenario import Scenario

REPLICATES = range(3, 7)
CHANGES: dict[str, dict[str, object]] = {
    "stagger": {"trial.stagger_first_days": 35},
    "target": {"trial.target": 0.2},
    "cap": {"designs.boin.max_n": 18},
    "slots": {"trial.slots_ahead": 1, "trial.review_days": 0},
    "window": {"trial.dlt_window_days": 42},
    "limit": {"trial.calendar_limit_months": 60},
    "sites": {"arrivals.sites": 2},
    "failure": {"product.failure": 0.3},
    "lvef": {"eligibility.lvef_percent": 40},
}


@pytest.mark.parametrize("name", CHANGES)
def test_kept_patients_are_those_that_would_be_drawn(scenario: Scenario, name: str) -> None:
    pytest.importorskip("numba")
    kept = KeptPatients()
    changed = scenario.with_changes(CHANGES[name])
    with patients_kept(kept):
        run_chunk(run_plan(scenario, ["boin"], ["M3"], 1), REPLICATES)
        found = run_chunk(run_plan(changed, ["boin"], ["M3"], 1), REPLICATES)
    drawn_again = len(kept.found[REPLICATES]) == 2
    of_conduct = all(path.startswith(("trial.", "designs.")) for path in CHANGES[name])
    assert drawn_again is not (of_conduct and not any(path.endswith(DRAWN_BY) for path in CHANGES[name]))
    wanted = run_chunk(run_plan(changed, ["boin"], ["M3"], 1), REPLICATES)
    for part, other in ((found.used, wanted.used), (found.screening, wanted.screening)):
        assert part.keys() == other.keys()
        for column, values in part.items():
            np.testing.assert_array_equal(values, other[column], err_msg=column)
