"""A trial that is not CAR-T: without losses, waits or cap it is the clockless sampler."""

from functools import cache

import numpy as np
import pytest

from simulator.exact import operating_characteristics, sample
from simulator.randomness import Streams
from simulator.runs.plan import run_plan
from simulator.runs.replicates import RunPlan
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.scenario.templates import template_text
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.intake import draw_intakes
from simulator.trial.ledger import Exit, State, check_ledger
from simulator.trial.record import ledger
from simulator.trial.run import run_trial
from simulator.trial.setting import used_pass
from simulator.trial.trial_state import Trial

SEED = 20261128
TRIALS = 400
PATIENTS = 42
AT_ONCE = {"low_days": 0, "high_days": 0}
BARE = {
    "trial.mid_cohort": "complete",
    "trial.dlt_window_days": 0,
    "trial.stagger_first_days": 0,
    "trial.review_days": 0,
    "trial.enrolment_max": 1000,
    "trial.expansion": False,
    "trial.calendar_limit_months": 600,
    "population.consent.refusal": 0,
    "screening.consent": AT_ONCE,
    "screening.screening": {**AT_ONCE, "mode_days": 0},
    "screening.validity_days": None,
    "screening.queue_share": 1,
    "dosing.withdrawal_per_30_days": 0,
    "dosing.progression_per_21_days": 0,
    "dosing.shortfall": 0,
    "outcomes.fatal_dlt": 0,
    "outcomes.new_therapy": 0,
}
"""The small-molecule trial with whole cohorts, and no losses, waits or cap."""


@cache
def _job() -> tuple[Scenario, RunPlan]:
    scenario = parse_scenario(template_text("small-molecule")).with_changes(BARE)
    return scenario, run_plan(scenario, None, None, SEED)


@cache
def _trials(place: int) -> list[Trial]:
    _, plan = _job()
    arm, stages = plan.design_truths[place], plan.stages
    risks = dose_risks(arm.truth, arm.outcomes, stages.rules.dose_levels)
    rules = setting(stages, arm.outcomes)
    intakes = draw_intakes(stages, Streams(SEED), range(TRIALS), 3 * PATIENTS)
    return [run_trial(rules, used_pass(stages.rules), one, rulebook(arm.design), risks) for one in intakes]


ARMS = pytest.mark.parametrize("place", range(6))


@ARMS
def test_small_molecule_without_losses_waits_or_cap_equals_the_sampler_trial_for_trial(place: int) -> None:
    arm = _job()[1].design_truths[place]
    trials = _trials(place)
    uniforms = np.array([trial.candidates.outcomes.toxicity[:PATIENTS] for trial in trials])
    sampled = sample(arm.design, arm.truth.p_dlt, uniforms, patients=True)
    assert sampled.patient_level is not None
    assert sampled.patient_dlt is not None
    for k, trial in enumerate(trials):
        total = int(sampled.total_n[k])
        assert [patient.level for patient in trial.infused] == sampled.patient_level[k, :total].tolist()
        given = [patient.follow_up.dlt for patient in trial.infused]
        assert given == sampled.patient_dlt[k, :total].tolist()
        assert trial.selected == sampled.selection[k]
        assert (trial.escalation.n, trial.escalation.dlt) == (sampled.n[k].tolist(), sampled.dlt[k].tolist())


@ARMS
def test_small_molecule_without_losses_waits_or_cap_is_within_4_standard_errors_of_exact(place: int) -> None:
    arm = _job()[1].design_truths[place]
    trials = _trials(place)
    exact = operating_characteristics(arm.design, arm.truth.p_dlt)
    levels = arm.design.n_doses + 1
    share = np.bincount([trial.selected for trial in trials], minlength=levels) / TRIALS
    p = exact.selection
    assert np.all(np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / TRIALS))
    treated = np.array([trial.escalation.n for trial in trials])
    error = treated.std(axis=0, ddof=1) / np.sqrt(TRIALS)
    assert np.all(np.abs(treated.mean(axis=0) - exact.n_per_dose) <= 4 * error)


def test_ledger_of_a_trial_without_product_has_no_donor_no_product_and_no_wait_for_them() -> None:
    reasons = set()
    for trial in _trials(1)[:50]:
        book = ledger(trial)
        check_ledger(book)
        treated = book.state >= State.INFUSED
        for day in (book.leukapheresed_day, book.released_day, book.lymphodepleted_day, book.infused_day):
            assert np.array_equal(day[treated], book.enrolled_day[treated])
        reasons |= {Exit(reason) for reason in book.reason}
    assert reasons <= {Exit.SCREEN_FAILURE, Exit.TRIAL_CLOSED, Exit.DLT, Exit.NO_DLT}
