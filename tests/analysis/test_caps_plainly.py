"""The caps of a pass, recomputed one cap at a time with plain Python: stopped and unfinished passes too."""

from functools import cache

import numpy as np
import pytest

from simulator.designs.design import Design, Observed
from simulator.randomness import Streams
from simulator.runs.plan import run_plan
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.caps import read_caps
from simulator.trial.intake import draw_intakes
from simulator.trial.record import needed_row
from simulator.trial.run import run_trial
from simulator.trial.setting import needed_pass
from simulator.trial.trial_state import Trial
from tests.analysis.runs import scenario

CAPS = 24
REVIEW_DAYS = 7.0
CASES = [(design, truth) for design in ("3+3", "boin", "boin-stop12") for truth in ("M0", "M4")]


@cache
def passes(design: str, truth: str) -> tuple[Trial, ...]:
    """Return passes on patients of two years only, so that some run out of patients."""
    short = scenario().with_changes(
        {"trial.calendar_limit_months": 24, "arrivals.referrals_per_site_month": 6}
    )
    plan = run_plan(short, [design], [truth], 3)
    [arm, *_] = plan.design_truths
    trials = []
    for intake in draw_intakes(plan.stages, Streams(plan.seed), range(12)):
        risks = dose_risks(arm.truth, arm.outcomes, plan.stages.rules.dose_levels)
        rules, limits = setting(plan.stages, arm.outcomes), needed_pass(CAPS)
        trials.append(run_trial(rules, limits, intake, rulebook(arm.design), risks))
    return tuple(trials)


def selected_of(design: Design, trial: Trial, cap: int) -> int:
    """Select on the first `cap` infused, whose outcomes are all in."""
    n, dlt = [0] * design.n_doses, [0] * design.n_doses
    first = trial.infused[:cap]
    for patient in first:
        if patient.follow_up.counted:
            n[patient.level - 1] += 1
            dlt[patient.level - 1] += patient.follow_up.dlt
    last = first[-1] if first else None
    cohort = [p for p in first if last and last.cohort and p.cohort == last.cohort and p.follow_up.counted]
    state = Observed(
        level=np.array([last.cohort_level if last else 0]),
        n=np.array([n]),
        dlt=np.array([dlt]),
        last_n=np.array([len(cohort)]),
        last_dlt=np.array([sum(p.follow_up.dlt for p in cohort)]),
        closed_from=np.array([last.closed_from if last else design.n_doses + 1]),
    )
    return int(design.select(state)[0])


@pytest.mark.parametrize(("name", "truth"), CASES)
def test_every_cap_is_what_a_plain_count_of_the_first_infused_gives(name: str, truth: str) -> None:
    trials = passes(name, truth)
    design = trials[0].escalation.rulebook.design
    rows = read_caps([needed_row(trial) for trial in trials], design, CAPS, REVIEW_DAYS)
    for k, trial in enumerate(trials):
        stopped = trial.stop not in ("infusion_cap", "not_finished")
        for cap in range(1, CAPS + 1):
            first = trial.infused[:cap]
            at = (k, cap - 1)
            assert rows.infused[at] == len(first)
            assert rows.evaluable[at] == sum(p.follow_up.counted for p in first)
            if stopped and cap > len(first):
                assert rows.selected[at] == trial.selected
                assert rows.known_day[at] == trial.recommended_day
                assert rows.reached[at]
                continue
            assert rows.selected[at] == selected_of(design, trial, cap)
            assert rows.reached[at] == (len(trial.infused) >= cap)
            if first:
                assert rows.known_day[at] == max(p.infused_day + p.follow_up.day for p in first) + REVIEW_DAYS
                assert rows.enrolled[at] >= len(first)


def test_some_of_these_passes_are_stopped_some_run_out_of_patients_and_some_reach_the_largest_cap() -> None:
    stops = {trial.stop for case in CASES for trial in passes(*case)}
    assert {"infusion_cap", "not_finished", "safety", "complete", "precision"} <= stops
