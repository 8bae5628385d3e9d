"""Toxicity after the window: reported, no DLT; and late DLTs, by which a design that does not wait loses."""

import numpy as np
from numpy.typing import NDArray

from simulator.designs import BOIN, TITEBOIN
from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, draw_outcomes
from simulator.randomness import Block, Streams
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import has_late_toxicity
from simulator.trial.record import used_row
from tests.trial.synthetic import Made, World, intake_of, no_delays

P_DLT = (0.1, 0.2, 0.3, 0.4)
TRIALS = 100


def _row(share: float, toxicities: list[float]) -> list[int]:
    outcomes = OutcomeParameters(late_toxicity_share=share, new_therapy=0)
    world = World(no_delays(4, dlt_window_days=28, enrolment_max=50), P_DLT, outcomes=outcomes)
    patients = [Made(k, toxicity=u, onset=5.0, expires_after=1e5) for k, u in enumerate(toxicities)]
    return used_row(world.trial(BOIN(n_doses=4, max_n=3), intake_of(patients)), 19).late_toxicities


def test_a_toxicity_after_the_window_is_reported_and_is_no_dlt() -> None:
    # At level 1, risk 0.1 in the window: with a third of the toxicities after it, 0.15 in all.
    assert _row(1 / 3, [0.09, 0.14, 0.16]) == [1, 0, 0, 0]
    assert _row(0.0, [0.09, 0.14, 0.16]) == [0, 0, 0, 0]


def test_the_share_of_toxicities_after_the_window_is_the_share_asked_for() -> None:
    u, p, share = np.random.default_rng(1).random(200_000), 0.25, 0.2
    late = np.array([has_late_toxicity(share, one, p) for one in u.tolist()])
    found = late.mean() / (late.mean() + (u < p).mean())
    error = np.sqrt(share * (1 - share) / ((late | (u < p)).sum()))
    assert abs(found - share) < 4 * error


def test_the_onset_law_can_put_dlts_late_into_the_window() -> None:
    blocks = [Block(0, 0, 0, 20_000)]
    late = OutcomeParameters(onset_shape=6, onset_scale_days=26)
    early_share, late_share = (
        float((draw_outcomes(parameters, 28, Streams(3), blocks).onset_days > 14).mean())
        for parameters in (OutcomeParameters(), late)
    )
    assert early_share < 0.3
    assert late_share > 0.95


def _above_target(design: Design, onset: float) -> NDArray[np.int64]:
    """Return the patients treated above the target in each trial, the DLTs coming on this day after infusion."""
    toxicities = np.random.default_rng(7).random((TRIALS, 60)).tolist()
    # Cohorts are completed, so that what BOIN decides does not depend on when in the window DLTs come.
    world = World(no_delays(4, dlt_window_days=28, mid_cohort="complete"), (0.1, 0.3, 0.5, 0.7))
    rulebook = Rulebook(design)
    above = []
    for row in toxicities:
        patients = [Made(4.0 * k, toxicity=u, onset=onset, expires_after=1e5) for k, u in enumerate(row)]
        trial = world.trial(rulebook, intake_of(patients))
        above.append(sum(patient.level > 2 for patient in trial.infused))
    return np.array(above)


def test_with_late_dlts_a_design_that_does_not_wait_treats_more_patients_above_the_target() -> None:
    early, late = 2.0, 27.0
    boin = BOIN(n_doses=4)
    assert _above_target(boin, early).tolist() == _above_target(boin, late).tolist()
    never_waits = TITEBOIN(n_doses=4, max_pending=1.0)
    lost = _above_target(never_waits, late) - _above_target(never_waits, early)
    assert lost.mean() > 4 * lost.std(ddof=1) / np.sqrt(TRIALS)
    assert lost.mean() > 0.5
