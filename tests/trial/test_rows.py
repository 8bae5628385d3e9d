"""What a finished trial leaves: its end, its rows, and a ledger whose days must not run backwards."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.designs import ThreePlusThree
from simulator.errors import SimulatorError
from simulator.trial.intake import Intake
from simulator.trial.ledger import Exit, State, check_ledger
from simulator.trial.record import ledger, needed_row, used_row
from simulator.trial.setting import needed_pass
from simulator.trial.trial_state import Trial
from tests.trial.synthetic import Made, World, intake_of, no_delays

CRITERIA = 19
WINDOW = 28.0


def _intake() -> Intake:
    """Return seven patients ten days apart: 1 and 2 have a DLT after 4 days; 7 comes long after the trial is over."""
    patients = [
        Made(day, toxicity=0.0 if k < 2 else 0.99, onset=4.0, expires_after=1e5)
        for k, day in enumerate([0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 3000.0])
    ]
    return intake_of(patients)


def _trial(intake: Intake, **rules: object) -> Trial:
    world = World(no_delays(3, dlt_window_days=WINDOW, **rules), (0.1, 0.2, 0.3))
    return world.trial(ThreePlusThree(n_doses=3), intake)


def test_the_trial_is_over_once_all_have_left_and_its_row_counts_them() -> None:
    """Two DLTs of three at level 1 stop 3+3 on day 48; patients 4 and 5, who wait for a place, leave on that day."""
    intake = _intake()
    intake.paths.rescreened[[0, 4, 6]] = True
    trial = _trial(intake)
    assert (trial.stop, trial.recommended_day) == ("safety", 20 + WINDOW)
    # Over then, not at the calendar limit: nobody is awaited.
    assert trial.clock.now == 20 + WINDOW
    row = used_row(trial, CRITERIA)
    book = ledger(trial)
    ended = np.array(row.ended).reshape(len(State), len(Exit))
    assert {
        (State(state), Exit(reason)): int(ended[state, reason]) for state, reason in np.argwhere(ended)
    } == {
        (State.EVALUABLE, Exit.DLT): 2,
        (State.EVALUABLE, Exit.NO_DLT): 1,
        (State.RELEASED, Exit.TRIAL_CLOSED): 2,
    }
    assert ended.sum() == len(book.state)
    # Patient 7 is referred after enrolment has closed: their second screening is none of this trial.
    assert row.rescreened == 2


def test_the_row_behind_the_caps_says_when_each_outcome_was_known_and_what_a_stop_selected() -> None:
    world = World(no_delays(3, dlt_window_days=WINDOW), (0.1, 0.2, 0.3))
    row = needed_row(world.trial(ThreePlusThree(n_doses=3), _intake(), needed_pass(20)))
    assert row.known_day == [4.0, 14.0, 20 + WINDOW]
    assert row.stopped_level == 0
    # A pass that reaches its last infusion was stopped by nobody.
    full = needed_row(world.trial(ThreePlusThree(n_doses=3), _intake(), needed_pass(2)))
    assert (full.known_day, full.stopped_level) == ([4.0, 14.0], -1)


@pytest.mark.parametrize("milestone", ["infused_day", "lymphodepleted_day", "released_day"])
def test_a_ledger_whose_days_run_backwards_is_refused(milestone: str) -> None:
    """Each milestone against the one before it: none of these days is before the referral, or after the exit."""
    patients = [Made(5.0, to_leukapheresis=(3.0,) * 3, manufacture=(9.0,) * 3, expires_after=1e5)] * 3
    book = ledger(_trial(intake_of(patients)))
    check_ledger(book)
    days = getattr(book, milestone).copy()
    days[0] = 6.0  # referred on day 5, donor collected on day 8
    with pytest.raises(SimulatorError, match="ledger of patient 0"):
        check_ledger(replace(book, **{milestone: days}))
