"""An auditor of the event log of trials under designs that look early. Run as `python -m tests.trial.audit 100000`.

It knows every patient's outcome and its day, and recomputes from those alone what could be known at each look.
"""

import sys
from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from simulator.designs.design import Action
from simulator.designs.follow_up_design import FollowUpDesign
from simulator.designs.patient_records import PENDING
from simulator.trial.early_looks import Look
from simulator.trial.ledger import NEVER, check_ledger
from simulator.trial.patient import Patient
from simulator.trial.record import ledger
from simulator.trial.setting import Pass, needed_pass, used_pass
from simulator.trial.trial_state import Log, Trial
from tests.trial.early_worlds import early_scenarios
from tests.trial.random_worlds import Drawn

Known = tuple[int, int, float, int, float, bool]
REPLICATES = 5
INFUSIONS = 20


def audit(trial: Trial) -> None:
    """Assert that every look read what was known and no more, and that every infusion kept what was decided."""
    assert trial.early is not None
    looks = trial.early.looks
    assert looks is not None
    check_ledger(ledger(trial))
    escalation = [patient for patient in trial.infused if not patient.expansion]
    for look in looks:
        _reads_what_was_known(trial, look, escalation)
        _pending_share_is_within_its_limit(trial, look)
    _nobody_is_infused_at_a_closed_level(trial, looks, escalation)
    _backfill_is_at_an_open_level(looks, escalation)
    _data_are_those_of_the_patients(trial, escalation)


def _reads_what_was_known(trial: Trial, look: Look, infused: list[Patient]) -> None:
    before = [_known(trial, patient, look.day) for patient in infused if patient.infused_day < look.day]
    # Whether an infusion of the same instant came before the look, the day does not say.
    now = [_known(trial, patient, look.day) for patient in infused if patient.infused_day == look.day]
    of = look.patients
    columns = (of.level, of.dlt, of.followup, of.response, of.response_followup, of.backfill)
    read = Counter(row for row in zip(*(column[0].tolist() for column in columns), strict=True) if row[0])
    must, may = Counter(filter(None, before)), Counter(filter(None, [*before, *now]))
    assert must <= read <= may, (look.day, read, must, may)


def _known(trial: Trial, patient: Patient, day: float) -> Known | None:
    """Return what is known of an infused patient on the day; None where they are not in the data."""
    observation, follow_up = trial.setting.observation, patient.follow_up
    ended = patient.infused_day + follow_up.day <= day
    if ended and not follow_up.counted:
        return None
    elapsed = day - patient.infused_day
    window, response_day = observation.window_days, observation.response_day
    dlt = int(follow_up.dlt) if ended else PENDING
    share = 1.0 if ended else elapsed / window if window else 0.0
    answered = elapsed >= min(response_day, follow_up.death_day)
    response = int(follow_up.response) if answered else PENDING
    response_share = 1.0 if answered else elapsed / response_day
    return patient.level, dlt, share, response, response_share, patient.backfill


def _pending_share_is_within_its_limit(trial: Trial, look: Look) -> None:
    design = trial.escalation.rulebook.design
    if not isinstance(design, FollowUpDesign) or look.verdict.action is not Action.TREAT:
        return
    if look.verdict.level > look.level > 0:
        there = look.patients.level == look.level
        pending = int((there & (look.patients.dlt == PENDING)).sum())
        assert pending <= design.waits.max_pending * int(there.sum()) + 1e-9


def _nobody_is_infused_at_a_closed_level(trial: Trial, looks: list[Look], infused: list[Patient]) -> None:
    for patient in infused:
        assert patient.level < patient.closed_from, (patient.name, patient.level, patient.closed_from)
    closed = [patient.closed_from for patient in trial.infused]
    assert closed == sorted(closed, reverse=True)
    if trial.early is not None and trial.early.backfills:
        return  # such a design is asked in mid-cohort too, about backfill alone
    for patient in infused:
        before = [look.verdict.closed_from for look in looks if look.day < patient.infused_day]
        assert patient.level < min(before, default=NEVER)


def _backfill_is_at_an_open_level(looks: list[Look], infused: list[Patient]) -> None:
    """Who is backfilled is of no cohort, and was started on the day's answer; a level may have closed since."""
    for patient in infused:
        if patient.backfill:
            assert patient.cohort == 0
            answers = {
                look.verdict.backfill_level for look in looks if look.day == patient.lymphodepleted_day
            }
            assert max(answers, default=0) >= patient.level > 0


def _data_are_those_of_the_patients(trial: Trial, infused: list[Patient]) -> None:
    """What the trial counts is what the records say, and both are the patients' outcomes by the recommendation."""
    doses = trial.escalation.rulebook.design.n_doses
    by_then = [
        one
        for one in infused
        if one.follow_up.counted
        and one.infused_day + one.follow_up.day <= min(trial.clock.now, trial.recommended_day)
    ]
    levels = [one.level for one in by_then]
    dlts = [one.level for one in by_then if one.follow_up.dlt]
    assert trial.escalation.n == np.bincount(levels, minlength=doses + 1)[1:].tolist()
    assert trial.escalation.dlt == np.bincount(dlts, minlength=doses + 1)[1:].tolist()


def audited_trials(drawn: Drawn, replicates: int) -> int:
    """Run and audit so many replicates, used and to a number of infusions; return the trials."""
    trials = 0
    passes: tuple[Pass, ...] = (used_pass(drawn.stages.rules), needed_pass(INFUSIONS))
    for intake in drawn.intakes(range(replicates)):
        for limits in passes:
            log: Log = []
            audit(drawn.trial(intake, limits, log))
            trials += 1
    return trials


def main(wanted: int) -> None:
    """Audit so many random trials, and say how many there were."""
    done = 0
    rounds = -(-wanted // (2 * REPLICATES))

    @seed(20261128)
    @settings(
        max_examples=rounds,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(early_scenarios())
    def run(drawn: Drawn) -> None:
        nonlocal done
        done += audited_trials(replace(drawn, seed=drawn.seed + done), REPLICATES)
        if done % 1000 < 2 * REPLICATES:
            print(f"{done} trials audited", flush=True)

    run()
    print(f"{done} trials audited: no fault")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
