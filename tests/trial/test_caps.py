"""Cap N is the first N infused of one pass: against separate runs, whatever ends them (design 1, D32)."""

from functools import cache

import numpy as np
import pytest

from simulator.designs import BOIN, TITEBOIN, TITEBOIN12, RollingSix, ThreePlusThree
from simulator.designs.design import Design, Observed
from simulator.designs.patient_records import PatientRecords
from simulator.outcomes.outcomes import Truth
from simulator.randomness import Streams
from simulator.trial.caps import CapRows, read_caps
from simulator.trial.consumption import known_day_of
from simulator.trial.early_looks import looks_early
from simulator.trial.intake import Intake, draw_intakes
from simulator.trial.ledger import Exit, check_ledger
from simulator.trial.record import ledger as ledger_of
from simulator.trial.record import needed_row
from simulator.trial.setting import needed_pass
from simulator.trial.trial_state import Trial
from tests.trial.random_worlds import Drawn, default_stages, default_truth

LARGEST = 50
CAPS = (1, 2, 15, 16, 17, 23, 30, 41, 49)
REPLICATES = 12
DESIGNS: tuple[Design, ...] = (
    ThreePlusThree(n_doses=4),
    ThreePlusThree(n_doses=4, unfinished="none"),
    BOIN(n_doses=4),
    BOIN(n_doses=4, stop_n_at_dose=12, titration=True),
    TITEBOIN(n_doses=4),
    TITEBOIN(n_doses=4, cohort_size=1, stop_n_at_dose=12, suspension="chen2025"),
    RollingSix(n_doses=4),
    TITEBOIN12(n_doses=4),
)
CASES = [(design, name) for design in DESIGNS for name in ("M0", "M3")]


@cache
def _intakes() -> list[Intake]:
    return draw_intakes(default_stages(), Streams(11), range(REPLICATES), 9 * LARGEST)


def _run(design: Design, truth: Truth, cap: int) -> list[Trial]:
    drawn = Drawn(default_stages(), design, truth, 11)
    return [drawn.trial(intake, needed_pass(cap)) for intake in _intakes()]


def _shown(trial: Trial, first: int) -> list[tuple[object, ...]]:
    return [
        (
            p.name,
            p.level,
            p.follow_up,
            p.infused_day,
            p.cohort,
            p.closed_from,
            p.cohort_level,
            p.enrolled_so_far,
        )
        for p in trial.infused[:first]
    ]


@pytest.mark.parametrize(("design", "name"), CASES)
def test_a_run_capped_at_n_is_the_first_n_infused_of_the_largest(design: Design, name: str) -> None:
    truth = default_truth(name)
    longest = _run(design, truth, LARGEST)
    for cap in CAPS:
        for short, long in zip(_run(design, truth, cap), longest, strict=True):
            assert _shown(short, cap) == _shown(long, cap)
            assert len(short.infused) == min(cap, len(long.infused))
            if len(long.infused) > cap:
                assert short.stop == "infusion_cap"
            check_ledger(ledger_of(short))


@pytest.mark.parametrize(("design", "name"), CASES)
def test_the_caps_read_from_one_pass_are_what_the_capped_runs_give(design: Design, name: str) -> None:
    truth = default_truth(name)
    review = default_stages().rules.review_days
    longest = read_caps([needed_row(t) for t in _run(design, truth, LARGEST)], design, LARGEST, review)
    for cap in CAPS:
        trials = _run(design, truth, cap)
        for k, trial in enumerate(trials):
            _agrees(longest, k, cap, trial, design, review)


def _agrees(rows: CapRows, k: int, cap: int, trial: Trial, design: Design, review_days: float) -> None:
    at = cap - 1
    n = np.zeros((1, design.n_doses), dtype=np.int64)
    dlt = np.zeros_like(n)
    for patient in trial.infused:
        n[0, patient.level - 1] += patient.follow_up.counted
        dlt[0, patient.level - 1] += patient.follow_up.counted and patient.follow_up.dlt
    stopped = trial.stop not in ("infusion_cap", "not_finished")
    if stopped:
        selected, day = trial.selected, trial.recommended_day
    else:
        last = trial.infused[-1]
        of_cohort = [p for p in trial.infused if p.cohort == last.cohort and last.cohort]
        state = Observed(
            level=np.array([last.cohort_level]),
            n=n,
            dlt=dlt,
            last_n=np.array([sum(p.follow_up.counted for p in of_cohort)]),
            last_dlt=np.array([sum(p.follow_up.counted and p.follow_up.dlt for p in of_cohort)]),
            closed_from=np.array([trial.escalation.closed_from]),
        )
        selected = int(design.select(_with_patients(state, trial, design))[0])
        day = max(known_day_of(trial, p) for p in trial.infused) + review_days
    assert rows.reached[k, at]
    assert rows.selected[k, at] == selected
    assert rows.infused[k, at] == len(trial.infused)
    assert rows.evaluable[k, at] == n.sum()
    assert rows.known_day[k, at] == day
    assert rows.enrolled[k, at] == trial.enrolled
    consented = trial.intake.paths.consented_day
    assert rows.screened[k, at] == np.count_nonzero(consented <= trial.closed_day)


def _with_patients(state: Observed, trial: Trial, design: Design) -> Observed:
    """Return the state with the patients themselves, all followed up, for a design that reads them."""
    if not looks_early(design):
        return state
    counted = [p for p in trial.infused if p.follow_up.counted]
    records = PatientRecords.of(
        [p.level for p in counted],
        [p.follow_up.dlt for p in counted],
        response=[p.follow_up.response for p in counted],
        backfill=[p.backfill for p in counted],
    )
    return Observed.of_patients(
        design.n_doses, state.level, records, state.closed_from, state.last_n, state.last_dlt
    )


def test_patients_under_way_leave_when_the_capped_trial_closes() -> None:
    for trial in _run(BOIN(n_doses=4), default_truth("M3"), 15):
        if trial.stop == "infusion_cap":
            after = [p for p in trial.patients if p.exit_day >= trial.clock.now and p not in trial.infused]
            assert {p.reason for p in after} <= {Exit.TRIAL_CLOSED}
            assert trial.closed_day == trial.infused[14].infused_day


def test_some_of_these_trials_stop_for_safety_and_others_reach_the_largest_cap() -> None:
    stops = {trial.stop for design, name in CASES for trial in _run(design, default_truth(name), LARGEST)}
    assert stops == {"safety", "complete", "precision", "infusion_cap"}
